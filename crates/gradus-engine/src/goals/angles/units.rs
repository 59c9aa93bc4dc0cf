//! Angles as whole multiples of the units that they share.

use crate::tidy::{factors, summands, tidy};
use gradus_decide::Facts;
use gradus_term::{Id, Node, Prim, Rat, Store};

/// Multiples of units that are taken apart in one angle.
const MOST: i64 = 8;

/// One angle as whole multiples of units.
pub(super) type Multiples = Vec<(Id, i64)>;

/// The units of which all angles are whole multiples: of `x + y`, `2x` and `y/2`, x and y/2.
pub(super) struct Units {
    /// What is multiplied, and the least part of it.
    parts: Vec<(Id, Rat)>,
}

impl Units {
    pub(super) fn of(s: &Store, facts: &Facts<'_>, angles: &[Id]) -> Option<Units> {
        let mut parts: Vec<(Id, Rat)> = Vec::new();
        for (u, q) in angles.iter().flat_map(|a| monomials(s, facts, *a)) {
            let q = q.abs();
            if q.is_zero() {
                continue;
            }
            match parts.iter_mut().find(|p| s.same(p.0, u)) {
                Some(p) => p.1 = common(&p.1, &q)?,
                None => parts.push((u, q)),
            }
        }
        // What stands inside is an angle itself: `2 arctan x`.
        for (u, q) in &mut parts {
            if matches!(s.node(*u), Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Asin | Prim::Acos | Prim::Atan))) {
                *q = common(q, &Rat::one())?;
            }
        }
        (!parts.is_empty() && parts.len() <= 4).then_some(Units { parts })
    }
    /// An angle as whole multiples of the units; multiples of π stay together, since their functions are known.
    pub(super) fn multiples(&self, s: &Store, facts: &Facts<'_>, angle: Id) -> Option<Multiples> {
        let mut out = Multiples::new();
        // π first, since its functions are known.
        let mut own = monomials(s, facts, angle);
        own.sort_by_key(|m| !is_pi(s, m.0));
        for (u, q) in own {
            let (_, unit) = self.parts.iter().find(|p| s.same(p.0, u))?;
            let (unit, k) =
                if is_pi(s, u) { (q.abs(), if q.is_negative() { -1 } else { 1 }) } else { (unit.clone(), q.div(unit)?.to_i64()?) };
            out.push((tidy(s, s.mul(s.rational(&unit), u)), k));
        }
        (out.iter().map(|x| x.1.abs()).sum::<i64>() <= MOST).then_some(out)
    }
}

fn is_pi(s: &Store, t: Id) -> bool {
    matches!(s.node(t), Node::Call(f, _) if s.prim(*f) == Some(Prim::Pi))
}

/// The greatest part of which both are whole multiples.
fn common(a: &Rat, b: &Rat) -> Option<Rat> {
    let (mut a, mut b) = (a.clone(), b.clone());
    for _ in 0..64 {
        if b.is_zero() {
            return Some(a);
        }
        let rest = a.sub(&b.mul(&a.div(&b)?.floor()));
        (a, b) = (b, rest);
    }
    None
}

/// An angle as a sum of numbers times terms.
fn monomials(s: &Store, facts: &Facts<'_>, angle: Id) -> Vec<(Id, Rat)> {
    let flat = facts.expand(angle).map_or(angle, |t| tidy(s, t));
    summands(s, flat)
        .into_iter()
        .map(|x| {
            let (above, below) = match *s.node(x.term) {
                Node::Quot(a, b) => (factors(s, a), factors(s, b)),
                _ => (factors(s, x.term), Vec::new()),
            };
            let mut q = if x.neg { Rat::int(-1) } else { Rat::one() };
            let mut side = |fs: Vec<Id>, up: bool| -> Vec<Id> {
                let (numbers, rest): (Vec<Id>, Vec<Id>) = fs.into_iter().partition(|f| s.as_rational(*f).is_some_and(|n| !n.is_zero()));
                for n in numbers.iter().filter_map(|f| s.as_rational(*f)) {
                    q = if up { q.mul(&n) } else { q.div(&n).unwrap_or_else(Rat::one) };
                }
                rest
            };
            let (above, below) = (side(above, true), side(below, false));
            let core = if below.is_empty() { s.product(&above) } else { s.quot(s.product(&above), s.product(&below)) };
            (core, q)
        })
        .collect()
}
