//! Denominators without roots: `1/(√a − √b)` is multiplied above and below by `√a + √b`.

use crate::draft::{everywhere, Draft};
use crate::tidy::{summands, tidy};
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Id, Node, Position, Prim, Store, Summand};

impl<'s> Engine<'s> {
    /// Fractions whose denominator is a sum of two with a root, where that can be done without an assumption.
    pub(crate) fn rationalise(&self, d: &mut Draft<'s>) {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Quot(_, b) if two_with_root(s, *b).is_some())).into_iter().rev() {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let facts = d.proof.facts_at(&f);
            let Some((new, by)) = without_root_below(&facts, f.part) else { continue };
            let before = d.len();
            let reason = Text::words("multiply above and below by ").term(by);
            if d.recompute(&pos, &f, new, "root.rationalise", reason, Weight::Main).is_err()
                || d.proof.steps().last().is_some_and(|st| !st.assumes.is_empty())
            {
                d.truncate(before);
                continue;
            }
            d.line(Detail::Textbook);
        }
    }
}

/// A fraction with its denominator multiplied by its conjugate, and that; `None` if roots are left below.
fn without_root_below(facts: &Facts<'_>, t: Id) -> Option<(Id, Id)> {
    let s = facts.store();
    let Node::Quot(a, b) = *s.node(t) else { return None };
    let [x, y] = two_with_root(s, b)?;
    let below = |conjugate: Id| facts.expand(s.mul(b, conjugate)).map(|t| tidy(s, t)).filter(|t| !has_root(s, *t));
    // `√2 − 1` rather than `1 − √2` for `1 + √2`.
    let plain = s.sum(&[Summand { neg: false, ..x }, Summand { neg: y.neg == x.neg, ..y }]);
    let turned = s.sum(&[Summand { neg: false, ..y }, Summand { neg: y.neg == x.neg, ..x }]);
    let conjugate = if crate::tidy::unsign(s, below(plain)?).0 { turned } else { plain };
    let below = below(conjugate)?;
    let above = if s.as_rational(a).is_some() || matches!(s.node(a), Node::Sum(_)) && has_root(s, a) {
        facts.expand(s.mul(a, conjugate)).map(|t| tidy(s, t))?
    } else {
        s.mul(a, conjugate)
    };
    let whole = tidy(s, s.quot(above, below));
    let number = s.as_rational(below).is_some();
    let shared = if number {
        facts.factor(whole).map(|t| tidy(s, t)).filter(|t| crate::cost::cost(s, *t) <= crate::cost::cost(s, whole))
    } else {
        None
    };
    let order = crate::arrange::Order::of(s, &[t, conjugate]);
    Some((order.arrange(shared.unwrap_or(whole)), conjugate))
}
/// The two summands of a term, one of which has a root as a factor.
fn two_with_root(s: &Store, t: Id) -> Option<[Summand; 2]> {
    let xs = summands(s, t);
    let [x, y] = xs.as_slice() else { return None };
    [x, y].iter().any(|x| has_root(s, x.term)).then_some([*x, *y])
}
fn has_root(s: &Store, t: Id) -> bool {
    s.any_subterm(t, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Sqrt)))
}
