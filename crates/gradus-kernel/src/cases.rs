//! An equation shown in several cases that leave nothing out.

use crate::check::Discharge;
use crate::compare::rearranged;
use crate::lemma::for_all;
use crate::prover::Refused;
use gradus_decide::Tri;
use gradus_term::{Id, Node, RelOp, VarId};

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
