//! The signs of differences of logarithms, by what grows, and of squares: `log u − log v + w` has the sign of `u e^w − v`, and where
//! `u < 1` and `u > −1`, `1 − u²` is positive.

use crate::atom::{Atom, Ex, Mono, Nf};
use crate::facts::Facts;
use crate::range::Range;
use gradus_term::{Prim, Rat};

/// Summands looked at.
const SUMMANDS: usize = 6;
/// The highest power an argument of a logarithm is raised to.
const POWER: i64 = 4;

impl Facts<'_> {
    /// The range of a sum whose own range leaves the sign open; only the sign is found.
    pub(crate) fn compared_range(&self, n: &Nf) -> Range {
        if n.len() < 2 || n.len() > SUMMANDS {
            return Range::any();
        }
        self.by_ends(n).or_else(|| self.by_logarithms(n)).unwrap_or_else(Range::any)
    }
    /// `q (r² − u²)` by what is known of `r − u` and `r + u`: of `1 − 1/x²` where `−1 < 1/x < 1`, of `1 − x` where `√x < 1`.
    fn by_ends(&self, n: &Nf) -> Option<Range> {
        if !self.has_real_facts() || n.len() != 2 {
            return None;
        }
        let (m, p) = n.iter().find(|(m, _)| !m.is_one())?;
        let (_, q) = n.iter().find(|(m, _)| m.is_one())?;
        let even = |e: Ex| (e.is_integer() && e.numer() % 2 == 0).then(|| e / 2);
        let halved = m.iter().map(|(a, e)| Some((*a, even(*e)?))).collect::<Option<Vec<_>>>();
        let u = match halved {
            Some(powers) => Nf::term(Mono(powers.into()), Rat::one()),
            // Of x where something is known of √x.
            None => self.pow(&Nf::term(m.clone(), Rat::one()), Ex::new(1, 2)).ok()?,
        };
        let root = q.div(&p.neg())?.root(2)?;
        let r = Nf::num(root.clone());
        // A root is never negative: only the upper end need be known.
        let above = u.single().is_some_and(|(m, _)| self.mono_range(m).signs().is_nonneg()) && root.is_positive();
        let plus = if above { Range::positive() } else { self.known_range(&r.add(&u)) };
        let whole = self.known_range(&r.sub(&u)).mul(&plus).scale(&p.neg());
        Some(whole.same_sign()).filter(|w| w.signs().is_nonzero())
    }
    /// `q (log u − log v + w)` by the signs of q and `u e^w − v`: where the logarithms have values, u and v are positive.
    fn by_logarithms(&self, n: &Nf) -> Option<Range> {
        let argument = |m: &Mono| match m.0.as_ref() {
            [(a, e)] if *e == Ex::from_integer(1) => match &*self.get(*a) {
                Atom::Fn(h, args) if self.prim_of(*h) == Some(Prim::Log) => args.first().cloned(),
                _ => None,
            },
            _ => None,
        };
        let logs: Vec<(Nf, Rat)> = n.iter().filter_map(|(m, q)| Some((argument(m)?, q.clone()))).collect();
        let unit = logs.iter().map(|(_, q)| q.abs()).min()?;
        let rest = n.iter().filter(|(m, _)| argument(m).is_none());
        let rest = rest.fold(Nf::zero(), |r, (m, q)| r.add(&Nf::term(m.clone(), q.clone())));
        let rest = rest.scale(&Rat::one().div(&unit)?);
        let sides = self.sh.fuel.deeper(|| {
            let (mut above, mut below) = (self.exp_nf(&rest)?, Nf::one());
            for (u, q) in &logs {
                let k = q.div(&unit).and_then(|k| k.to_i64()).filter(|k| k.abs() <= POWER).ok_or(crate::budget::Budget)?;
                let power = self.pow(u, Ex::from_integer(k.abs()))?;
                let side = if k > 0 { &mut above } else { &mut below };
                *side = self.mul(side, &power)?;
            }
            Ok(self.factored_range(&above.sub(&below), 0))
        });
        Some(sides.ok()?.same_sign())
    }
}
