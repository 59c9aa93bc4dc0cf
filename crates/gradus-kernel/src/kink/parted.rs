//! Cases with two smooth branches, told apart by a relation that is linear in the variable.
//!
//! Where the branches change, points on one side at least lie in the branch that holds there. So if the term has a derivative at the
//! change, it is the slope of that branch, as branch by branch differentiation says; if it has none, nothing is claimed. A factor in
//! front that is free of the variable is 0, and then so are the derivative and what is said of it, or it changes nothing.

use super::Search;
use gradus_decide::Facts;
use gradus_term::{Id, Node, RelOp};

impl Search<'_> {
    /// `a − b` for the relation between a and b that tells the branches apart, in a term that is a multiple of such cases beside what is
    /// smooth.
    pub(super) fn parted(&self, t: Id) -> Option<Id> {
        let s = self.s;
        match s.node(t) {
            Node::Cases(branches, otherwise) => {
                let (cond, u, v) = gradus_decide::two_branches(s, branches, *otherwise)?;
                let Node::Rel(RelOp::Lt | RelOp::Le | RelOp::Gt | RelOp::Ge, a, b) = *s.node(cond) else { return None };
                let apart = s.sub(a, b);
                let facts = Facts::new(s, &[]);
                let fits = self.is_smooth(u) && self.is_smooth(v) && crate::domain::is_linear(&facts, apart, s.name(self.x));
                fits.then_some(apart)
            }
            Node::Sum(xs) => {
                let mut rest = xs.iter().map(|x| x.term).filter(|x| !self.is_smooth(*x));
                let one = rest.next()?;
                rest.next().is_none().then(|| self.parted(one))?
            }
            Node::Product(xs) => {
                let mut rest = xs.iter().copied().filter(|x| s.mentions(*x, self.x));
                let one = rest.next()?;
                rest.next().is_none().then(|| self.parted(one))?
            }
            Node::Quot(a, b) if !s.mentions(*b, self.x) => self.parted(*a),
            Node::Call(f, xs) if s.prim(*f).is_none() => s.unfold(*f, xs).and_then(|b| self.parted(b)),
            _ => None,
        }
    }
}
