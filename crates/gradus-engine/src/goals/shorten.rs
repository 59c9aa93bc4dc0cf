//! Shortening a term by rules of the rulebook: the rule (or two in a row) after which the term is cheapest to read, as long
//! as one helps; fractions factored so that they cancel.

use crate::cost::cost;
use crate::draft::{everywhere, Draft};
use crate::moves::Depth;
use crate::tidy::{factors, tidy};
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{Ground, Need, Rule, Substitution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{FnId, Focus, Goal, Id, Node, Position, Prim, Rat, Store};

/// Rules one simplification may apply.
const RULES: usize = 16;
/// Places of a term that are looked at.
const PLACES: usize = 120;
/// First steps from which a second one is tried.
const FIRST: usize = 10;
/// How much dearer a first step may be.
const DETOUR: u32 = 14;
/// Families whose rules may shorten a term.
const FAMILIES: &[&str] =
    &["algebra", "fraction", "power", "root", "exp", "log", "abs", "trig", "hyperbolic", "sum", "product", "relu", "maximum", "sigmoid"];

/// An instance of a rule at a place, and what the term costs after it.
#[derive(Clone)]
struct Move<'s> {
    pos: Position,
    rule: &'s Rule,
    backward: bool,
    subst: Substitution,
    new: Id,
    after: Id,
    cost: u32,
}

impl<'s> Engine<'s> {
    /// `simplify`: derivatives are taken; a name alone is opened, other names where something shorter comes of it.
    pub(crate) fn simplified(&self, goal: &Goal, term: Id) -> Draft<'s> {
        let s = self.store;
        let named = |n: &Node| matches!(n, Node::Call(f, _) if s.fun(*f).is_constant_name() && !s.fun(*f).library);
        let alone = named(s.node(term)) && s.sort(term).is_scalar();
        let keeping = if alone { None } else { Some(self.simplified_in(goal, term, false)) };
        match keeping {
            Some(d) if !s.any_subterm(d.current(), &mut |n| named(n)) => d,
            Some(d) => {
                let opened = self.simplified_in(goal, term, true);
                if cost(s, opened.current()) < cost(s, d.current()) {
                    opened
                } else {
                    d
                }
            }
            None => self.simplified_in(goal, term, true),
        }
    }
    fn simplified_in(&self, goal: &Goal, term: Id, opening: bool) -> Draft<'s> {
        let mut d = Draft::new(self.prover, term, &self.givens(goal));
        if opening {
            while let Some(back) = self.open_names(&mut d, Depth::Sheet) {
                d.line_because(Detail::Textbook, Some(back));
            }
        }
        if crate::tidy::has_derivative(self.store, d.current()) {
            self.push_derivatives(&mut d);
        }
        if self.closed_forms(&mut d) {
            return d;
        }
        self.exact_values(&mut d);
        // What is algebraic is so written, though that may be longer.
        self.undo_inverses(&mut d);
        self.shorten(&mut d, goal);
        self.rationalise(&mut d);
        let mut w = Walk::new(d);
        self.square_under_root(&mut w);
        self.squares_out_of_roots(&mut w.d);
        self.exact_values(&mut w.d);
        w.d
    }
    /// What stands for a number is worked out where that makes it shorter: `tan(π/4)` is 1, `√50` is `5 √2`, `log 8/log 2` is 3.
    fn exact_values(&self, d: &mut Draft<'s>) {
        let s = self.store;
        let constant = |n: &Node| {
            let open =
                matches!(n, Node::Num(_) | Node::Index(_) | Node::Var(_) | Node::Rel(..) | Node::And(_) | Node::Or(_) | Node::Not(_));
            let t = s.intern(n.clone());
            !open && s.free_vars(t).is_empty() && s.loose(t) == 0 && s.sort(t).is_scalar() && s.any_subterm(t, &mut |n| is_irrational(s, n))
        };
        if constant(s.node(d.current())) {
            let (before, was) = (d.len(), cost(s, d.current()));
            self.arithmetic(d);
            self.nicest(d);
            let start = d.proof.steps().get(before).map_or(d.current(), |st| st.before);
            if cost(s, d.current()) >= was && !square_out(s, start, d.current()) {
                d.truncate(before);
            }
            return;
        }
        for path in crate::draft::outermost(s, d.current(), &constant).into_iter().rev() {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let value = self.number_worked_out(f.part, d.proof.givens());
            if cost(s, value) < cost(s, f.part) || square_out(s, f.part, value) {
                // What the kernel does not take stays as it is.
                let _ = d.recompute(&pos, &f, value, "values.exact", Text::words("exact value"), Weight::Main);
            }
        }
        d.line(Detail::Textbook);
    }
    /// The most readable form: rules of the rulebook while they make it shorter, then the forms of the normal form.
    pub(crate) fn shorten(&self, d: &mut Draft<'s>, goal: &Goal) {
        let (start, begin) = (d.current(), d.len());
        let facts = d.proof.facts().clone();
        let form = self.forms(&facts, start).into_iter().map(|t| cost(self.store, t)).min();
        self.by_rules(d);
        self.cancel_factors(d);
        // A detour by rules that ends in a longer form than the normal form's is not taken, nor a long one of mere arithmetic that
        // ends in one as long.
        let used: Vec<&str> = d.proof.steps().iter().skip(begin).map(|st| &*st.rule).filter(|r| self.rules.get(r).is_some()).collect();
        let long = used.len() > 2 && used.iter().all(|r| ["algebra.", "fraction."].iter().any(|family| r.starts_with(family)));
        if form.is_some_and(|f| f < cost(self.store, d.current()) || long && f == cost(self.store, d.current())) {
            d.truncate(begin);
        }
        let mut known = vec![start];
        known.extend(&goal.in_terms_of);
        let instances: Vec<_> = self.instances(&known).into_iter().collect();
        self.simplify(d, &instances);
        self.by_rules(d);
    }
    /// Applies the rules that shorten most, as long as some do.
    pub(crate) fn by_rules(&self, d: &mut Draft<'s>) {
        for _ in 0..RULES {
            let now = cost(self.store, d.current());
            let all = self.shortenings(d);
            let best = all.iter().min_by_key(|m| m.cost).filter(|m| m.cost < now).cloned();
            if let Some(m) = best {
                if !self.make(d, &m) {
                    return;
                }
                continue;
            }
            if !self.two_moves(d, all, now) {
                return;
            }
        }
    }
    /// A step that does not help by itself but by the one it makes possible.
    fn two_moves(&self, d: &mut Draft<'s>, mut firsts: Vec<Move<'s>>, now: u32) -> bool {
        let start = d.len();
        firsts.retain(|m| m.cost <= now + DETOUR);
        firsts.sort_by_key(|m| m.cost);
        let mut best: Option<(u32, Move<'s>, Move<'s>)> = None;
        for m in firsts.into_iter().take(FIRST) {
            if !self.make(d, &m) {
                continue;
            }
            if let Some(n) = self.shortenings(d).into_iter().min_by_key(|n| n.cost).filter(|n| n.cost < best.as_ref().map_or(now, |b| b.0))
            {
                best = Some((n.cost, m, n));
            }
            d.truncate(start);
        }
        let Some((_, m, n)) = best else { return false };
        self.make(d, &m) && self.make(d, &n)
    }
    fn make(&self, d: &mut Draft<'s>, m: &Move<'s>) -> bool {
        let Ok(f) = d.proof.focus(&m.pos) else { return false };
        // Under a binder the names opened then are not those of the step: the instance is found again.
        let mut again = Vec::new();
        if !f.opened.is_empty() {
            self.instances_of(d, m.rule, m.backward, &m.pos.path, &f, &mut again);
            again.retain(|n| n.after == m.after);
        }
        let m = match again.first() {
            Some(n) => n,
            None if f.opened.is_empty() => m,
            None => return false,
        };
        let words = match self.rules.note(&m.rule.name).and_then(|n| n.back.clone()).filter(|_| m.backward) {
            Some(back) => back,
            None => m.rule.short.clone(),
        };
        let ground = Ground::Instance { rule: m.rule.name.clone(), backward: m.backward, subst: m.subst.clone() };
        if d.step(&m.pos, &f, ground, m.new, &m.rule.name, Text::words(words), Weight::Main).is_err() {
            return false;
        }
        d.tidy();
        d.line(Detail::Textbook);
        true
    }
    /// Every instance of a shortening rule in the current term that holds here.
    fn shortenings(&self, d: &Draft<'s>) -> Vec<Move<'s>> {
        let s = self.store;
        let mut out = Vec::new();
        let unasked = self.unasked_reciprocals(d);
        for path in everywhere(s, d.current(), &|n| !matches!(n, Node::Num(_) | Node::Var(_) | Node::Index(_))).into_iter().take(PLACES) {
            let Ok(f) = d.proof.focus(&Position::at(&path)) else { continue };
            if s.exhausted() {
                continue;
            }
            for rule in FAMILIES.iter().flat_map(|family| self.rules.family(family)) {
                self.instances_of(d, rule, false, &path, &f, &mut out);
                if self.rules.note(&rule.name).is_some_and(|n| n.back.is_some()) {
                    self.instances_of(d, rule, true, &path, &f, &mut out);
                }
            }
        }
        out.retain(|m| !s.any_subterm(m.new, &mut |n| matches!(n, Node::Call(f, _) if unasked.contains(f))));
        out
    }
    /// Names for reciprocals (`sec x` for `1/cos x`) that the derivative asked for does not use: they are not brought in.
    fn unasked_reciprocals(&self, d: &Draft<'s>) -> Vec<FnId> {
        let s = self.store;
        let start = d.proof.start();
        if !crate::tidy::has_derivative(s, start) {
            return Vec::new();
        }
        let used = |g: FnId| s.any_subterm(start, &mut |n| matches!(n, Node::Call(f, _) if *f == g));
        ["sec", "csc", "cot", "sech", "csch", "coth"].iter().filter_map(|name| self.rules.function(name)).filter(|g| !used(*g)).collect()
    }
    fn instances_of(&self, d: &Draft<'s>, rule: &'s Rule, backward: bool, path: &[u32], f: &Focus, out: &mut Vec<Move<'s>>) {
        let s = self.store;
        for (m, new) in crate::matching::rewrite(s, rule, f.part, backward) {
            let pos = Position { path: path.to_vec(), operands: m.operands.clone() };
            let Ok(after) = s.splice(d.current(), &pos, &f.opened, new) else { continue };
            let after = tidy(s, after);
            if after != d.current() && self.holds_here(d, rule, &m.subst) {
                out.push(Move { pos, rule, backward, subst: m.subst, new, after, cost: cost(s, after) });
            }
        }
        out.sort_by_key(|m| m.cost);
        out.dedup_by(|a, b| a.after == b.after);
    }
    /// Whether the rule's needs are known here: simplifying makes no assumptions.
    fn holds_here(&self, d: &Draft<'s>, rule: &Rule, subst: &Substitution) -> bool {
        rule.premises.is_empty()
            && rule.needs.iter().all(|n| match n {
                Need::Holds(c) => gradus_kernel::instantiate(self.store, *c, subst).is_ok_and(|c| d.proof.facts().holds(c).is_true()),
                Need::Number(_) => true,
            })
    }

    /// `(x² − 1)/(x − 1)`: numerator and denominator factored, so that a common factor cancels.
    fn cancel_factors(&self, d: &mut Draft<'s>) {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..))) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Quot(a, b) = *s.node(f.part) else { continue };
            let facts = d.proof.facts_at(&f);
            let form = |t: Id| facts.factor(t).map_or(t, |x| tidy(s, x));
            let (p, q) = (form(a), form(b));
            let shared = bases(self, p).iter().any(|x| bases(self, q).iter().any(|y| s.same(*x, *y)));
            if !shared || (s.same(p, a) && s.same(q, b)) {
                continue;
            }
            let before = d.len();
            if d.recompute(&pos, &f, s.quot(p, q), "fraction.factor", Text::words("factor"), Weight::Main).is_err() {
                continue;
            }
            d.line(Detail::Textbook);
            self.by_rules(d);
            if d.len() == before + 1 {
                d.truncate(before);
            }
            return;
        }
    }
}

/// Whether of a root `√12` the squares are taken out: `2 √3`.
fn square_out(s: &Store, root: Id, value: Id) -> bool {
    let of = |t: Id| match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) => xs.first().and_then(|x| s.as_rational(*x)),
        _ => None,
    };
    let below = |q: &Rat| factors(s, value).into_iter().filter_map(of).any(|r| r < *q);
    of(root).is_some_and(|q| factors(s, value).len() == 2 && below(&q))
}

/// Whether a term of numbers is more than arithmetic: a function, or a root.
fn is_irrational(s: &Store, n: &Node) -> bool {
    match n {
        Node::Call(_, xs) => !xs.is_empty(),
        Node::Pow(_, k) => s.as_rational(*k).is_none_or(|q| !q.is_integer()),
        _ => false,
    }
}

/// The factors of a term, without their powers.
fn bases(e: &Engine<'_>, t: Id) -> Vec<Id> {
    let s = e.store;
    factors(s, crate::tidy::unsign(s, t).1)
        .into_iter()
        .map(|f| match s.node(f) {
            Node::Pow(b, _) => *b,
            _ => f,
        })
        .filter(|f| s.as_rational(*f).is_none())
        .collect()
}
