//! Roots of squares: of what is written as a sum, `√(x² + 2x + 1)` as `√((x + 1)²)`, then as |x + 1|; and of factors.

use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, tidy};
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
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
    /// Squares among the factors under a root, taken out of it: `√(y⁴)` as `y²`, `√(4 (x + y))` as `2 √(x + y)`.
    pub(crate) fn squares_out_of_roots(&self, d: &mut Draft<'s>) {
        let s = self.store;
        let root = |n: &Node| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Sqrt));
        for path in everywhere(s, d.current(), &root) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let facts = d.proof.facts_at(&f);
            let Node::Call(_, xs) = s.node(f.part) else { continue };
            let Some(under) = xs.first() else { continue };
            let of_square = |x: Id| match *s.node(x) {
                Node::Num(_) => Some(s.rational(&s.as_rational(x)?.root(2)?)),
                Node::Pow(b, k) => {
                    let half = s.as_rational(k)?.to_i64().filter(|k| *k > 0 && k % 2 == 0)? / 2;
                    let size = if half % 2 == 0 || facts.sign(b).is_nonneg() { b } else { s.prim_call(Prim::Abs, &[b]) };
                    Some(tidy(s, s.pow(size, s.int(half))))
                }
                _ => None,
            };
            let (mut out, mut left) = (Vec::new(), Vec::new());
            for x in factors(s, *under) {
                match of_square(x) {
                    Some(u) => out.push(u),
                    None => left.push(x),
                }
            }
            // A bare number is a value, which is known elsewhere.
            if out.is_empty() || s.as_rational(*under).is_some() {
                continue;
            }
            if !left.is_empty() {
                out.push(s.prim_call(Prim::Sqrt, &[s.product(&left)]));
            }
            // What the kernel does not take stays as it is.
            let words = Text::words("squares come out of the root");
            let _ = d.recompute(&pos, &f, tidy(s, s.product(&out)), "root.of_square", words, Weight::Main);
        }
        d.line(Detail::Textbook);
    }
}
