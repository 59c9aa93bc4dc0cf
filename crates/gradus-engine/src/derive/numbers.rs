//! Numbers that rules leave inside of sums: `(Σ_j 2 u_j)/2` is `Σ_j u_j`, as a person writes it at once.

use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, tidy};
use crate::Engine;
use gradus_kernel::{Text, Weight};
use gradus_term::{BigOp, Id, Node, Position, Rat, Store};

impl<'s> Engine<'s> {
    /// Whole numbers in front of what is summed are cancelled against the number below the sum, on the line at hand.
    pub(super) fn numbers_cancel(&self, d: &mut Draft<'s>) {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..))) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Some(new) = cancelled(s, f.part) else { continue };
            // What the kernel does not take stays as it is.
            let _ = d.recompute(&pos, &f, new, "sum.number", Text::default(), Weight::Trivial);
        }
    }
}

/// `(u Σ_j 2 v_j)/4` as `(u Σ_j v_j)/2`.
fn cancelled(s: &Store, t: Id) -> Option<Id> {
    let Node::Quot(above, below) = *s.node(t) else { return None };
    let below = s.as_rational(below).filter(|q| q.is_integer())?;
    let mut fs = factors(s, above);
    let (k, n) = fs.iter().enumerate().find_map(|(k, x)| Some((k, number_inside(s, *x)?)))?;
    let ratio = n.div(&below)?;
    // Nothing is gained where the two have no common factor.
    let (over, under) = (Rat::from_big(ratio.numer().into()), Rat::from_big(ratio.denom().into()));
    if over == n {
        return None;
    }
    let x = fs.get_mut(k)?;
    *x = with_number_inside(s, *x, &over)?;
    let whole = s.quot(s.product(&fs), s.rational(&under));
    Some(tidy(s, whole))
}

/// The whole number in front of what is summed in the innermost of nested sums.
fn number_inside(s: &Store, t: Id) -> Option<Rat> {
    match s.node(t) {
        Node::Big { op: BigOp::Sum, body, .. } => match s.node(*body) {
            Node::Big { .. } => number_inside(s, *body),
            Node::Product(xs) => s.as_rational(*xs.first()?).filter(|q| q.is_integer() && !q.is_zero()),
            _ => None,
        },
        _ => None,
    }
}

/// The same sums with another number there.
fn with_number_inside(s: &Store, t: Id, n: &Rat) -> Option<Id> {
    let Node::Big { op, hint, lo, hi, cond, body } = s.node(t).clone() else { return None };
    let body = match s.node(body) {
        Node::Big { .. } => with_number_inside(s, body, n)?,
        Node::Product(xs) => {
            let rest = xs.iter().skip(1).copied();
            let own = (!n.is_one()).then(|| s.rational(n));
            s.product(&own.into_iter().chain(rest).collect::<Vec<_>>())
        }
        _ => return None,
    };
    Some(s.intern(Node::Big { op, hint, lo, hi, cond, body }))
}
