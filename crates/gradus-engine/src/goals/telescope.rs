//! Sums and products with a closed form, shown to telescope: each term is a difference, each factor a quotient, of neighbours of the
//! closed form.

use crate::draft::Draft;
use crate::summation::in_indices;
use crate::tidy::{factors, summands};
use crate::Engine;
use gradus_kernel::{rearranged, Chain, Ground, Substitution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Arg, BigOp, Focus, IVar, Id, Node, Position, Store, Summand, VarId};

/// Sums and products that the rulebook knows.
const KNOWN: [&str; 10] = [
    "sum.geometric",
    "sum.geometric_from",
    "sum.binomial",
    "sum.binomial_one",
    "sum.binomials",
    "sum.binomial_mean",
    "sum.factorials",
    "product.factorial",
    "sum.telescope",
    "sum.telescope_down",
];

/// Shows `a = b`, one of which is a sum with the other as its closed form: the chain that is asked for, and its lines.
pub(super) fn either_way<'s>(e: &Engine<'s>, a: Id, b: Id, givens: &[Id]) -> Option<(Draft<'s>, Chain)> {
    if let Some(d) = telescoped(e, a, b, givens) {
        let lines = d.chain(e.detail());
        return Some((d, lines));
    }
    let from_sum = telescoped(e, b, a, givens)?;
    let lines = from_sum.chain(e.detail());
    let lemma = e.prover.add_lemma("the sum above", &from_sum.proof);
    let mut d = Draft::new(e.prover, a, givens);
    let f = d.proof.focus(&Position::root()).ok()?;
    let ground = Ground::Cited { lemma, subst: Substitution::new() };
    d.step(&Position::root(), &f, ground, b, "lemma.cite", Text::words("by the sum above"), Weight::Main).ok()?;
    Some((d, lines))
}

/// A sum that the rulebook knows, and its value in the form `b`.
fn known<'s>(e: &Engine<'s>, sum: Id, b: Id, givens: &[Id]) -> Option<Draft<'s>> {
    let mut d = Draft::new(e.prover, sum, givens);
    let f = d.proof.focus(&Position::root()).ok()?;
    if !matches!(e.store.node(sum), Node::Big { .. }) || !e.known_range(&mut d, &Position::root(), &f) {
        return None;
    }
    if !rearranged(e.store, d.current(), b) {
        d.rewrite(b, "arithmetic.values", Text::words("simplify"), Weight::Main).ok()?;
        d.line(Detail::Textbook);
    }
    Some(d)
}

/// `Σ_{k=a}^{n+c} f(k) = b(n)` in one chain, or `None` if the terms are no differences of neighbours of the closed form.
fn telescoped<'s>(e: &Engine<'s>, sum: Id, b: Id, givens: &[Id]) -> Option<Draft<'s>> {
    if let Some(d) = known(e, sum, b, givens) {
        return Some(d);
    }
    let mut d = Draft::new(e.prover, sum, givens);
    e.telescope_at(&mut d, &Position::root(), b)?;
    d.line(Detail::Brief);
    Some(d)
}

/// How the parts of a closed form are joined: what stands for neighbours, and the rules that join them.
struct Joined {
    /// What depends on the upper end, rising.
    closed: Id,
    /// Whether the neighbours stand the other way round: `1/k − 1/(k + 1)`.
    falls: bool,
}

impl Joined {
    /// Of `b`, what depends on n.
    fn of(s: &Store, op: BigOp, b: Id, n: VarId) -> Option<Joined> {
        if op == BigOp::Sum {
            let moving: Vec<_> = summands(s, b).into_iter().filter(|x| s.mentions(x.term, n)).collect();
            let falls = !moving.is_empty() && moving.iter().all(|x| x.neg);
            let closed = s.sum(&moving.iter().map(|x| Summand { neg: x.neg != falls, ..*x }).collect::<Vec<_>>());
            return (!moving.is_empty()).then_some(Joined { closed, falls });
        }
        // `2n` is as good as `n`.
        let plain = |x: Id| match s.node(x) {
            Node::Index(a) => {
                a.vars().map(|v| a.coef(v)).next().and_then(|k| a.divided_down(k).filter(|b| b.scale(k) == *a)).map_or(x, |b| s.index(b))
            }
            _ => x,
        };
        let moving = |t: Id| s.product(&factors(s, t).into_iter().filter(|x| s.mentions(*x, n)).map(plain).collect::<Vec<_>>());
        let (above, below) = match *s.node(b) {
            Node::Quot(x, y) => (moving(x), moving(y)),
            _ => (moving(b), s.int(1)),
        };
        match (s.mentions(above, n), s.mentions(below, n)) {
            (false, false) => None,
            (false, true) => Some(Joined { closed: below, falls: true }),
            (true, false) => Some(Joined { closed: above, falls: false }),
            (true, true) => Some(Joined { closed: s.quot(above, below), falls: false }),
        }
    }
}

impl<'s> Engine<'s> {
    /// The closed forms of sums and products; whether the whole term was one, then as the shorter of a sum and a fraction.
    pub(crate) fn closed_forms(&self, d: &mut Draft<'s>) -> bool {
        let (s, start) = (self.store, d.len());
        let whole = matches!(s.node(d.current()), Node::Big { .. });
        self.close_sums(d);
        self.telescope_everything(d);
        if !whole || d.len() == start || s.any_subterm(d.current(), &mut |n| matches!(n, Node::Big { .. })) {
            return false;
        }
        let last = crate::simplify::positive_order(s, d.current());
        d.reorder(crate::simplify::minus_inside(s, last).unwrap_or(last));
        let now = d.current();
        let factored = d.proof.facts().clone().factor(now).map(|t| crate::tidy::tidy(s, in_indices(s, t)));
        if let Some(t) = factored.filter(|t| crate::cost::cost(s, *t) < crate::cost::cost(s, now)) {
            let reason = if matches!(s.node(now), Node::Sum(_)) && matches!(s.node(t), Node::Quot(..)) { "one fraction" } else { "factor" };
            // What the kernel does not take stays as it is.
            let _ = d.rewrite(t, "algebra.factor", Text::words(reason), Weight::Main);
            d.line(Detail::Textbook);
        }
        true
    }
    /// Sums and products with a closed form that is found, outermost ones first, shown to telescope.
    fn telescope_everything(&self, d: &mut Draft<'s>) {
        let s = self.store;
        let open = |n: &Node| matches!(n, Node::Big { op: BigOp::Sum | BigOp::Prod, hi, cond: None, .. } if hi.as_int().is_none());
        for path in crate::draft::outermost(s, d.current(), &open).into_iter().rev() {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let before = d.len();
            if self.known_range(d, &pos, &f) {
                continue;
            }
            let found = crate::summation::closed_form(s, f.part).map(|b| crate::simplify::positive_order(s, b));
            if found.and_then(|b| self.telescope_at(d, &pos, b)).is_none() {
                d.truncate(before);
            }
        }
    }
    /// `−(1 − q)` as `q − 1`.
    fn sign_inside(&self, d: &mut Draft<'s>, pos: &Position) {
        let s = self.store;
        let Ok(f) = d.proof.focus(pos) else { return };
        let (true, t) = crate::tidy::unsign(s, f.part) else { return };
        let Node::Sum(xs) = s.node(t) else { return };
        let turned = s.sum(&xs.iter().map(|x| Summand { neg: !x.neg, ..*x }).collect::<Vec<_>>());
        let new = crate::simplify::positive_order(s, turned);
        // What the kernel does not take stays as it is.
        let _ = d.recompute(pos, &f, new, "arithmetic.tidy", Text::default(), Weight::Trivial);
    }
    /// A sum or product that the rulebook knows.
    fn known_range(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus) -> bool {
        for name in KNOWN {
            let Some(rule) = self.rules.get(name) else { continue };
            for (m, new) in crate::matching::rewrite(self.store, rule, f.part, false) {
                let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: m.subst };
                if m.operands.is_empty() && d.step_surely(pos, f, ground, new, &rule.name, Text::words(rule.short.clone()), Weight::Main) {
                    d.tidy();
                    self.sign_inside(d, pos);
                    d.line(Detail::Textbook);
                    return true;
                }
            }
        }
        false
    }
    /// `Σ_{k=a}^{n+c} f(k) = b(n)` by `f(k) = F(k + 1) − F(k)`, where `F(k)` is what b says for an upper end of `k − 1`, without what
    /// does not depend on n; a product likewise, by quotients.
    fn telescope_at(&self, d: &mut Draft<'s>, pos: &Position, b: Id) -> Option<()> {
        let s = self.store;
        let whole = d.proof.focus(pos).ok()?;
        let Node::Big { op: op @ (BigOp::Sum | BigOp::Prod), lo, hi, cond: None, .. } = s.node(whole.part) else { return None };
        let n = last_name(hi)?;
        let before = hi.sub(&Aff::free(n)).plus(1);
        if lo.vars().any(|v| v == IVar::Free(n)) {
            return None;
        }
        let Joined { closed, falls } = Joined::of(s, *op, b, n)?;
        // What the closed form is where the upper end is `at − 1`.
        let form = |at: &Aff| in_indices(s, s.subst(closed, &std::iter::once((n, Arg::Idx(at.sub(&before)))).collect()));
        let inside = pos.child(0);
        let inner = d.proof.focus(&inside).ok()?;
        let k = Aff::free(*inner.opened.last()?);
        let (first, second) = if falls { (form(&k), form(&k.plus(1))) } else { (form(&k.plus(1)), form(&k)) };
        let (joined, name, reason) = match (op, falls) {
            (BigOp::Sum, false) => (s.sub(first, second), "sum.telescope", "each term is a difference"),
            (BigOp::Sum, true) => (s.sub(first, second), "sum.telescope_down", "each term is a difference"),
            (_, false) => (s.quot(first, second), "product.telescope", "each factor is a quotient"),
            (_, true) => (s.quot(first, second), "product.telescope_down", "each factor is a quotient"),
        };
        if !rearranged(s, inner.part, joined) {
            d.recompute(&inside, &inner, joined, "sum.differences", Text::words(reason), Weight::Main).ok()?;
            d.line(Detail::Textbook);
        }
        let whole = d.proof.focus(pos).ok()?;
        let rule = self.rules.get(name)?;
        let (m, ends) = crate::matching::rewrite(s, rule, whole.part, false).into_iter().next()?;
        let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: m.subst };
        let surely = d.step_surely(pos, &whole, ground, ends, &rule.name, Text::words(rule.short.clone()), Weight::Main);
        if !surely {
            return None;
        }
        d.tidy();
        d.line(Detail::Textbook);
        let f = d.proof.focus(pos).ok()?;
        if !s.same(f.part, b) {
            d.recompute(pos, &f, b, "arithmetic.tidy", Text::words("simplify"), Weight::Main).ok()?;
            d.line(Detail::Textbook);
        }
        Some(())
    }
}

/// The one name in an upper end `n + c`.
fn last_name(hi: &Aff) -> Option<VarId> {
    let mut names = hi.vars();
    match (names.next(), names.next()) {
        (Some(IVar::Free(n)), None) if hi.sub(&Aff::free(n)).as_int().is_some() => Some(n),
        _ => None,
    }
}
