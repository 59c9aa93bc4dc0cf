//! An equation, or a relation, shown in several cases that leave nothing out.

use crate::check::Discharge;
use crate::compare::rearranged;
use crate::lemma::for_all;
use crate::prover::{Prover, Refused};
use gradus_decide::{Facts, Tri};
use gradus_term::{Id, Node, Prim, Rat, RelOp, Store, VarId};

/// Kinks that are told apart one within the other.
const KINKS: u32 = 4;

/// Which of `a < b`, `a = b` and `a > b` a relation allows.
fn allowed(op: RelOp) -> [bool; 3] {
    match op {
        RelOp::Lt => [true, false, false],
        RelOp::Le => [true, true, false],
        RelOp::Eq => [false, true, false],
        RelOp::Ge => [false, true, true],
        RelOp::Gt => [false, false, true],
        RelOp::Ne => [true, false, true],
    }
}

/// Each lemma states `old = new`, and the last of its givens is its case: a relation between two real terms, the same in all of
/// them. Of two reals one is less, or they are equal, so the cases leave nothing out if between them they allow all three. What
/// else a lemma was proved under must be known here, in its case, or is assumed; and so is that the two terms have values.
pub(crate) fn check_by_cases(d: &Discharge<'_, '_>, lemmas: &[usize], old: Id, new: Id) -> Result<Vec<Id>, Refused> {
    let s = d.store();
    let no = || Refused::NotGrounded("the cases".to_owned());
    if !(d.focus.opened.is_empty() && d.focus.points.is_empty() && d.focus.limits.is_empty()) {
        return Err(no());
    }
    let mut left = [true; 3];
    let mut between: Option<(Id, Id)> = None;
    let mut assumes: Vec<Id> = Vec::new();
    for k in lemmas {
        let l = d.lemma(*k).ok_or(Refused::NoSuchLemma)?;
        let states = |a: Id, b: Id| rearranged(s, a, old) && rearranged(s, b, new);
        let other = |v: VarId| d.is_of_the_claim(v);
        if !states(l.left, l.right) && !states(l.right, l.left) || for_all(s, &[old, new], &l.under).into_iter().any(other) {
            return Err(no());
        }
        let case = *l.givens.last().ok_or_else(no)?;
        let Node::Rel(op, a, b) = *s.node(case) else { return Err(no()) };
        let (x, y) = *between.get_or_insert((a, b));
        if !s.same(a, x) || !s.same(b, y) || !s.sort(a).is_scalar() || !s.sort(b).is_scalar() {
            return Err(no());
        }
        for (is_left, is_allowed) in left.iter_mut().zip(allowed(op)) {
            *is_left &= !is_allowed;
        }
        let facts = d.facts_with(case);
        assumes.extend(l.under.iter().filter(|c| !s.same(**c, case) && facts.holds(**c) != Tri::True));
    }
    let Some((a, b)) = between.filter(|_| left == [false; 3]) else { return Err(no()) };
    for side in [a, b] {
        assumes.extend(d.still_defined(old, side)?);
    }
    assumes.dedup();
    Ok(assumes)
}

impl<'s> Prover<'s> {
    /// Whether a relation between real terms that have values holds on either side of each kink in them: of `|x + y| ≤ |x| + |y|`, for
    /// x + y ≥ 0 and for x + y < 0, and so on. Of two reals one is at least the other, or less.
    pub(crate) fn holds_in_cases(&self, facts: &Facts<'s>, relation: Id) -> bool {
        self.in_cases(facts, relation, KINKS)
    }
    fn in_cases(&self, facts: &Facts<'s>, relation: Id, depth: u32) -> bool {
        let s = facts.store();
        let mut kinks = Vec::new();
        kinks_outside_of_binders(s, relation, &mut kinks);
        let cases = |(op, a, b): (RelOp, Id, Id)| [s.rel(op, a, b), s.rel(op.negated(), a, b)];
        let open = |kink: &(RelOp, Id, Id)| cases(*kink).into_iter().all(|c| facts.holds(c) == Tri::Unknown);
        let Some(kink) = kinks.into_iter().find(open).filter(|_| depth > 0) else { return false };
        cases(kink).into_iter().all(|c| {
            let here = facts.with(&[c]);
            here.contradictory()
                || here.holds(relation) == Tri::True
                || self.least_by_lemma(&here, relation)
                || self.in_cases(&here, relation, depth - 1)
        })
    }
}

/// The comparisons at which absolute values, larger and smaller terms and brackets change, where they surely have a value: not under
/// a binder, nor in a part that a bracket or a choice may leave out.
fn kinks_outside_of_binders(s: &Store, t: Id, out: &mut Vec<(RelOp, Id, Id)>) {
    match s.node(t) {
        Node::Rel(_, a, b) | Node::Quot(a, b) | Node::Pow(a, b) => [*a, *b].into_iter().for_each(|x| kinks_outside_of_binders(s, x, out)),
        Node::Sum(xs) => xs.iter().for_each(|x| kinks_outside_of_binders(s, x.term, out)),
        // Beside a bracket the other factors may have no value.
        Node::Product(xs) => {
            let shielded = xs.iter().any(|x| matches!(s.node(*x), Node::Iverson(_)));
            let open = xs.iter().filter(|x| !shielded || matches!(s.node(**x), Node::Iverson(_)));
            open.for_each(|x| kinks_outside_of_binders(s, *x, out));
        }
        Node::Iverson(c) => out.extend(comparison(s, *c)),
        Node::Call(f, xs) if xs.iter().all(|x| s.sort(*x).is_scalar()) => match s.prim(*f) {
            Some(p) => {
                xs.iter().for_each(|x| kinks_outside_of_binders(s, *x, out));
                match (p, xs.as_ref()) {
                    (Prim::Abs | Prim::Sign, [u]) => out.push((RelOp::Ge, *u, s.int(0))),
                    (Prim::Sqrt, [u]) => match *s.node(*u) {
                        Node::Pow(b, k) if s.as_rational(k).is_some_and(|q| q == Rat::int(2)) => out.push((RelOp::Ge, b, s.int(0))),
                        _ => {}
                    },
                    (Prim::Max | Prim::Min, [a, b]) => out.push((RelOp::Ge, *a, *b)),
                    _ => {}
                }
            }
            None => s.unfold(*f, xs).into_iter().for_each(|body| kinks_outside_of_binders(s, body, out)),
        },
        _ => {}
    }
}

/// A bracket's condition, if it compares two real terms that surely have values.
fn comparison(s: &Store, c: Id) -> Option<(RelOp, Id, Id)> {
    match *s.node(c) {
        Node::Rel(op, a, b) if [a, b].into_iter().all(|x| s.sort(x).is_scalar()) && [a, b].into_iter().any(|x| s.as_aff(x).is_none()) => {
            Some((op, a, b))
        }
        _ => None,
    }
}
