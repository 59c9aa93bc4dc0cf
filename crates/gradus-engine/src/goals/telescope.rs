//! Sums with a closed form, shown as telescoping sums: each term is a difference of neighbours of the closed form.

use crate::draft::Draft;
use crate::tidy::summands;
use crate::Engine;
use gradus_kernel::{rearranged, Chain, Ground, Substitution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Arg, BigOp, IVar, Id, Node, Position, Summand, VarId};

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

/// `Σ_{k=a}^{n+c} f(k) = b(n)` by `f(k) = F(k + 1) − F(k)`, where `F(k)` is what b says for an upper end of `k − 1`, without what
/// does not depend on n. One chain, or `None` if the terms are no such differences.
fn telescoped<'s>(e: &Engine<'s>, sum: Id, b: Id, givens: &[Id]) -> Option<Draft<'s>> {
    let s = e.store;
    let Node::Big { op: BigOp::Sum, lo, hi, cond: None, .. } = s.node(sum) else { return None };
    let n = last_name(hi)?;
    let before = hi.sub(&Aff::free(n)).plus(1);
    let moving: Vec<_> = summands(s, b).into_iter().filter(|x| s.mentions(x.term, n)).collect();
    if moving.is_empty() || lo.vars().any(|v| v == IVar::Free(n)) {
        return None;
    }
    // `−1/n` falls: its terms are `1/k − 1/(k + 1)`.
    let falls = moving.iter().all(|x| x.neg);
    let closed = s.sum(&moving.iter().map(|x| Summand { neg: x.neg != falls, ..*x }).collect::<Vec<_>>());
    // What the closed form is where the upper end is `at − 1`.
    let form = |at: &Aff| s.subst(closed, &std::iter::once((n, Arg::Idx(at.sub(&before)))).collect());
    let mut d = Draft::new(e.prover, sum, givens);
    let pos = Position::root();
    let inner = d.proof.focus(&pos.child(0)).ok()?;
    let k = Aff::free(*inner.opened.last()?);
    let (here, next) = (form(&k), form(&k.plus(1)));
    let (difference, name) = if falls { (s.sub(here, next), "sum.telescope_down") } else { (s.sub(next, here), "sum.telescope") };
    if !rearranged(s, inner.part, difference) {
        let reason = Text::words("each term is a difference");
        d.recompute(&pos.child(0), &inner, difference, "sum.differences", reason, Weight::Main).ok()?;
        d.line(Detail::Textbook);
    }
    let whole = d.proof.focus(&pos).ok()?;
    let rule = e.rules.get(name)?;
    let (m, ends) = crate::matching::rewrite(s, rule, whole.part, false).into_iter().next()?;
    let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: m.subst };
    let surely = d.step_surely(&pos, &whole, ground, ends, &rule.name, Text::words(rule.short.clone()), Weight::Main);
    if !surely {
        return None;
    }
    d.line(Detail::Textbook);
    d.rewrite(b, "arithmetic.tidy", Text::words("simplify"), Weight::Main).ok()?;
    d.line(Detail::Brief);
    Some(d)
}

/// The one name in an upper end `n + c`.
fn last_name(hi: &Aff) -> Option<VarId> {
    let mut names = hi.vars();
    match (names.next(), names.next()) {
        (Some(IVar::Free(n)), None) if hi.sub(&Aff::free(n)).as_int().is_some() => Some(n),
        _ => None,
    }
}
