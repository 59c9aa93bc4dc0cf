//! The factors of a normal form as a polynomial in powers of its atoms: a proposal, which whoever uses it multiplies out again.

use super::factor;
use crate::algebra::ex;
use crate::atom::{AtomId, Collect, Ex, Mono, Nf};
use crate::facts::Facts;
use crate::poly::Poly;
use gradus_term::Rat;

/// Polynomials of higher degree are not factored.
const MAX_DEGREE: u32 = 16;

impl Facts<'_> {
    /// A number and factors with their powers, of the normal form divided by the lowest powers of its atoms.
    pub(crate) fn proposed_factors(&self, n: &Nf, lowest: &[(AtomId, Ex)]) -> Option<(Rat, Vec<(Nf, i64)>)> {
        // Every atom counts in the largest power of it that makes all others whole.
        let unit = |a: AtomId, low: Ex| Ex::new(1, n.iter().fold(1, |l, (m, _)| num_integer::lcm(l, *(m.exponent(a) - low).denom())));
        let vars: Vec<(AtomId, Ex, Ex)> = lowest.iter().map(|(a, low)| (*a, *low, unit(*a, *low))).collect();
        let mut p = Poly::zero();
        for (m, q) in n.iter() {
            let powers = vars.iter().map(|(a, low, unit)| u32::try_from(((m.exponent(*a) - low) / unit).to_integer()).ok());
            p = p.add(&Poly::term(powers.collect::<Option<Vec<u32>>>()?, q.clone()));
        }
        if p.total_degree() > MAX_DEGREE {
            return None;
        }
        let (number, factors) = if p.total_degree() < 2 { (Rat::one(), vec![(p, 1)]) } else { factor(&p) };
        let form = |f: &Poly| {
            let mut n = Collect::default();
            for (e, q) in &f.terms {
                let m = e.iter().zip(&vars).filter(|x| *x.0 > 0).map(|(e, (a, _, unit))| (*a, *unit * ex(i64::from(*e))));
                n.push(Mono::from_vec(m.collect()), q);
            }
            n.finish()
        };
        Some((number, factors.iter().map(|(f, k)| (form(f), i64::from(*k))).collect()))
    }
}
