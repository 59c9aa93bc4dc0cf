//! Names of the worksheet in place of the scalars they stand for: `(xᵀA x)/(xᵀx)` before a vector as `q`; scalars that are 0 by what
//! names stand for.

use super::adjoint::scalar_factor;
use crate::draft::{shows, Draft};
use crate::reading::words::{repeated, transposed, Term};
use crate::Engine;
use gradus_kernel::Text;
use gradus_term::{Goal, Id, Node, Prim, Store};

impl<'s> Engine<'s> {
    /// The terms without those that have a sum of deviations from a mean as a factor, and why.
    pub(super) fn without_vanishing(&self, d: &Draft<'s>, terms: Vec<Term>) -> (Vec<Term>, Text) {
        let (gone, left): (Vec<Term>, Vec<Term>) = terms.into_iter().partition(|t| t.scalars.iter().any(|x| self.adds_up_to_0(d, *x)));
        let why = if gone.is_empty() { Text::default() } else { Text::words("deviations from a mean add up to 0") };
        (left, why)
    }
    /// Whether a scalar is the sum of the entries of a difference that is 0, such as that of the deviations from a mean.
    fn adds_up_to_0(&self, d: &Draft<'s>, x: Id) -> bool {
        let s = self.store;
        let ones = |x: &Id| matches!(s.node(*x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Ones));
        let summed = match s.node(x) {
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::SumAll) => xs.first().copied(),
            Node::MatMul(xs) => match xs.as_ref() {
                [a, b] if ones(&transposed(s, *a)) => Some(*b),
                [a, b] if ones(b) => Some(transposed(s, *a)),
                _ => None,
            },
            _ => None,
        };
        summed.is_some_and(|u| matches!(s.node(u), Node::Sum(xs) if xs.len() > 1)) && d.proof.facts().equal(x, s.int(0)).is_proved()
    }
    /// The names of the worksheet that stand in a term and not in the one before, as the definitions that they are.
    pub(super) fn names_put_in(&self, before: Id, after: Id, goal: &Goal) -> Text {
        let s = self.store;
        let new = goal.constants.iter().filter(|(_, call)| shows(s, after, *call) && !shows(s, before, *call));
        new.fold(Text::default(), |why, (def, _)| why.also(&self.definition_reason(*def)))
    }
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
