//! Roots of squares that are written as sums: `√(x² + 2x + 1)` as `√((x + 1)²)`, then as |x + 1|.

use crate::draft::everywhere;
use crate::tidy::tidy;
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{Text, Weight};
use gradus_term::{Id, Node, Position, Prim, Rat};

impl<'s> Engine<'s> {
    /// A sum under a root that is a square: factored, and taken out of the root. Two lines.
    pub(crate) fn square_under_root(&self, w: &mut Walk<'s>) {
        let s = self.store;
        let root = |n: &Node| match n {
            Node::Call(f, xs) => s.prim(*f) == Some(Prim::Sqrt) && xs.iter().any(|x| matches!(s.node(*x), Node::Sum(_) | Node::Quot(..))),
            _ => false,
        };
        for path in everywhere(s, w.d.current(), &root) {
            let pos = Position::at(&path).child(0);
            let Ok(f) = w.d.proof.focus(&pos) else { continue };
            let facts = w.d.proof.facts_at(&f);
            let base = |t: Id| match s.node(t) {
                Node::Pow(b, k) if s.as_rational(*k) == Some(Rat::int(2)) => Some(*b),
                _ => None,
            };
            let square = facts.factor(f.part).map(|t| tidy(s, t)).and_then(|t| match *s.node(t) {
                Node::Quot(a, q) => Some(s.pow(s.quot(base(a)?, s.rational(&s.as_rational(q)?.root(2)?)), s.int(2))),
                _ => base(t).map(|_| t),
            });
            let Some(square) = square.filter(|t| !s.same(*t, f.part)) else { continue };
            if w.d.recompute(&pos, &f, square, "algebra.factor", Text::words("factor"), Weight::Main).is_err() {
                continue;
            }
            w.stop_as_it_is(Text::words("multiply out"));
            if let Some(back) = self.rules_everywhere(&mut w.d, &["root.of_square", "abs.positive"], Weight::Main) {
                w.stop(back);
            }
            return;
        }
    }
}
