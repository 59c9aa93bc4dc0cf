//! Names of the worksheet in place of the scalars they stand for: `(xᵀA x)/(xᵀx)` before a vector as `q`.

use super::gather::scalar_factor;
use crate::reading::words::{repeated, Term};
use crate::Engine;
use gradus_kernel::Text;
use gradus_term::{Goal, Id, Node, Store};

impl<'s> Engine<'s> {
    /// The terms with names of the worksheet in place of the scalars they stand for, and why: `(xᵀA x)/(xᵀx)` as `q`.
    pub(super) fn named(&self, mut terms: Vec<Term>, goal: &Goal) -> (Vec<Term>, Text) {
        let s = self.store;
        let mut why = Text::default();
        for (def, call) in goal.constants.iter().rev() {
            let Node::Call(_, xs) = s.node(*call) else { continue };
            let Some(body) = s.unfold(*def, xs).filter(|b| s.sort(*b).is_scalar()) else { continue };
            let mut wanted = Term::one();
            scalar_factor(s, &mut wanted, body);
            wanted.scalars = wanted.scalars.iter().flat_map(|x| crate::tidy::factors(s, *x)).collect();
            wanted.divisors = wanted.divisors.iter().flat_map(|x| repeated(s, *x)).collect();
            if wanted.scalars.len() + wanted.divisors.len() < 2 {
                continue;
            }
            for t in &mut terms {
                if let Some(new) = without(s, t, &wanted) {
                    *t = new;
                    t.scalars.push(*call);
                    why = std::mem::take(&mut why).also(&self.definition_reason(*def));
                }
            }
        }
        (terms, why)
    }
}

/// The term divided by the scalars of another one, if it has them all.
fn without(s: &Store, t: &Term, wanted: &Term) -> Option<Term> {
    let mut out = Term { divisors: t.divisors.iter().flat_map(|x| repeated(s, *x)).collect(), ..t.clone() };
    let take = |have: &mut Vec<Id>, x: &Id| have.iter().position(|y| s.same(*x, *y)).map(|k| have.remove(k));
    for x in &wanted.scalars {
        take(&mut out.scalars, x)?;
    }
    for x in &wanted.divisors {
        take(&mut out.divisors, x)?;
    }
    out.number = out.number.div(&wanted.number)?;
    out.neg ^= wanted.neg;
    Some(out)
}
