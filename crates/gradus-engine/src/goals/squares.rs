//! Squares of sums without the unknown stay whole in an equation: `N s² = Σ (x_n − m)²`, not `N m² − 2 m Σ x_n + Σ x_n²`.

use super::chase::Chase;
use crate::cost::cost;
use crate::draft::everywhere;
use crate::tidy::tidy;
use gradus_decide::Facts;
use gradus_term::{Arg, Id, Node, Position, Rat, Sort, Store, Sym, VarId};
use rustc_hash::FxHashMap;

impl<'s> Chase<'_, 's> {
    /// A form of a term, with the squares of sums without the unknown left whole where that is no longer.
    pub(super) fn form(&self, t: Id, form: impl Fn(&Facts<'s>, Id) -> Option<Id>) -> Option<Id> {
        let s = self.e.store;
        let facts = self.facts();
        let plain = form(&facts, t).map(|x| tidy(s, x));
        let kept = with_squares_whole(s, t, &|x| !self.has(x), |x| form(&facts, x)).map(|x| tidy(s, x));
        match (kept, plain) {
            (Some(k), Some(p)) if cost(s, k) > cost(s, p) => Some(p),
            (kept, plain) => kept.or(plain),
        }
    }
}

/// A form of a term found with a name in place of each square of a sum that `fixed` holds of. `None` if there is no such square.
pub(crate) fn with_squares_whole(s: &Store, t: Id, fixed: &dyn Fn(Id) -> bool, form: impl FnOnce(Id) -> Option<Id>) -> Option<Id> {
    let square = |n: &Node| match n {
        Node::Pow(b, k) => matches!(s.node(*b), Node::Sum(xs) if xs.len() > 1) && s.as_rational(*k) == Some(Rat::int(2)),
        _ => false,
    };
    let mut names: FxHashMap<VarId, Arg> = FxHashMap::default();
    let mut open = t;
    for path in everywhere(s, t, &square) {
        let Ok(f) = s.focus(t, &Position::at(&path)) else { continue };
        if !f.opened.is_empty() || !s.sort(f.part).is_scalar() || !fixed(f.part) || !s.contains(open, f.part) {
            continue;
        }
        let name = s.fresh(Sym::NONE, Sort::Scalar, false);
        open = s.open(s.abstract_term(open, f.part), &[Arg::Val(s.name(name))]);
        names.insert(name, Arg::Val(f.part));
    }
    if names.is_empty() {
        return None;
    }
    form(open).map(|found| s.subst(found, &names))
}
