//! Taylor series of the scalar primitives, by recurrences that follow from how they are defined.
//!
//! `series(p, a, k)` gives `f(a), f'(a)/1!, …, f^(k)(a)/k!`. Compositions with polynomials use the recurrences for powers
//! and exponentials of power series (Knuth, TAOCP 2, 4.7; J. C. P. Miller).

use crate::field::{Fault, Field, Out};
use crate::jet::Scalar;
use crate::num::{Num, Q};
use gradus_term::Prim;
use std::cmp::Ordering;

fn q<F: Field>(n: i64, d: i64) -> Num<F> {
    Q::new(i128::from(n), i128::from(d)).map_or(Num::int(0), Num::Q)
}

/// The series of `d(h)^r` from the series `d`, `d_0 ≠ 0`, given `d_0^r`.
fn power<F: Field>(d: &[Num<F>], r: &Num<F>, first: Num<F>, k: usize) -> Out<Vec<Num<F>>> {
    let mut p = vec![first];
    let d0 = d.first().cloned().unwrap_or(Num::int(0));
    for n in 1..=k {
        let mut s = Num::int(0);
        for j in 1..=n.min(d.len().saturating_sub(1)) {
            // (j r − n + j) d_j p_{n−j}
            let c = r.mul(&Num::int(j as i64)).add(&Num::int(j as i64 - n as i64));
            if let (Some(dj), Some(pj)) = (d.get(j), p.get(n - j)) {
                s = s.add(&c.mul(dj).mul(pj));
            }
        }
        p.push(s.div(&d0.mul(&Num::int(n as i64)))?);
    }
    Ok(p)
}

/// The series of `e^{d(h)}`, given `e^{d_0}`.
fn exponential<F: Field>(d: &[Num<F>], first: Num<F>, k: usize) -> Out<Vec<Num<F>>> {
    let mut p = vec![first];
    for n in 1..=k {
        let mut s = Num::int(0);
        for j in 1..=n.min(d.len().saturating_sub(1)) {
            if let (Some(dj), Some(pj)) = (d.get(j), p.get(n - j)) {
                s = s.add(&Num::int(j as i64).mul(dj).mul(pj));
            }
        }
        p.push(s.mul(&q(1, n as i64)));
    }
    Ok(p)
}

/// `c + ∫ g`
fn integral<F: Field>(c: Num<F>, g: &[Num<F>]) -> Vec<Num<F>> {
    let mut out = vec![c];
    out.extend(g.iter().enumerate().map(|(n, x)| x.mul(&q(1, n as i64 + 1))));
    out
}

/// `a^r` for a constant exponent that is no integer, `a > 0` (or `a = 0 < r` where nothing is differentiated).
pub fn real_power<F: Field>(a: &Num<F>, r: &Num<F>, k: usize) -> Out<Vec<Num<F>>> {
    match a.sign()? {
        Ordering::Less => return Err(Fault::Unclear),
        Ordering::Equal => {
            return match r.sign()? {
                Ordering::Greater if k == 0 => Ok(vec![Num::int(0)]),
                Ordering::Greater => Err(Fault::Unclear),
                _ => Err(Fault::Undefined),
            }
        }
        Ordering::Greater => {}
    }
    let first = match r {
        Num::Q(Q { n, d: 2 }) => a.sqrt()?.powi(*n)?,
        _ => r.mul(&a.ln()?).exp()?,
    };
    power(&[a.clone(), Num::int(1)], r, first, k)
}

/// Γ-type functions at a non-integer or positive argument: ln|Γ| and its derivatives by order; reflection is not used, so
/// negative arguments are shifted upwards: `ln|Γ(a)| = ln|Γ(a+n)| − Σ ln|a+i|`.
fn ln_gamma<F: Field>(a: &Num<F>, order: u32) -> Out<Num<F>> {
    let (mut x, mut fix) = (a.clone(), Num::int(0));
    for _ in 0..200 {
        match x.sign()? {
            Ordering::Greater => break,
            Ordering::Equal => return Err(Fault::Undefined),
            Ordering::Less => {}
        }
        // The derivatives of ln|x| are (−1)^{m−1} (m−1)!/x^m.
        let part = match order {
            0 => x.neg().ln()?,
            m => {
                let f = (1..i64::from(m)).product::<i64>();
                Num::int(if m % 2 == 0 { -f } else { f }).div(&x.powi(i64::from(m))?)?
            }
        };
        fix = fix.sub(&part);
        x = x.add(&Num::int(1));
    }
    if x.sign()? != Ordering::Greater {
        return Err(Fault::Budget);
    }
    if order == 0 {
        if let Some(1 | 2) = x.as_int() {
            return Ok(fix);
        }
        return Ok(Num::F(x.field().ln_gamma()?).add(&fix));
    }
    Ok(Num::F(x.field().polygamma(order - 1)?).add(&fix))
}

/// Γ(a) for a positive integer that is not large, exactly.
fn factorial<F: Field>(n: i64) -> Option<Num<F>> {
    (0..=60).contains(&n).then(|| (1..=n).fold(Num::int(1), |acc, j| acc.mul(&Num::int(j))))
}

fn gamma_series<F: Field>(a: &Num<F>, k: usize) -> Out<Vec<Num<F>>> {
    if let Some(n) = a.as_int() {
        if n <= 0 {
            return Err(Fault::Undefined);
        }
        if let (0, Some(v)) = (k, factorial(n - 1)) {
            return Ok(vec![v]);
        }
    }
    let log: Vec<Num<F>> = ln_gamma_series(a, 0, k)?;
    let negative = a.sign()? == Ordering::Less && a.floor()? % 2 != 0;
    let first = log.first().cloned().unwrap_or(Num::int(0)).exp()?;
    exponential(&log, if negative { first.neg() } else { first }, k)
}

/// The series of the derivative of order `m` of ln|Γ|.
fn ln_gamma_series<F: Field>(a: &Num<F>, m: u32, k: usize) -> Out<Vec<Num<F>>> {
    let mut f = Num::int(1);
    (0..=k)
        .map(|j| {
            if j > 0 {
                f = f.mul(&q(1, j as i64));
            }
            Ok(ln_gamma(a, m + u32::try_from(j).map_err(|_| Fault::Budget)?)?.mul(&f))
        })
        .collect()
}

/// A derivative of digamma: `polygamma(m, a)`, `m ≥ 0`.
pub fn polygamma_series<F: Field>(m: u32, a: &Num<F>, k: usize) -> Out<Vec<Num<F>>> {
    ln_gamma_series(a, m + 1, k)
}

/// Taylor coefficients of a scalar primitive of one argument.
pub fn series<F: Field>(p: Prim, a: &Num<F>, k: usize) -> Out<Vec<Num<F>>> {
    let one = || Num::int(1);
    match p {
        Prim::Exp => exponential(&[a.clone(), one()], a.exp()?, k),
        Prim::Log => {
            let first = a.ln()?;
            let r = one().div(a)?;
            Ok(integral(first, &power(&[a.clone(), one()], &Num::int(-1), r, k)?.into_iter().take(k).collect::<Vec<_>>()))
        }
        Prim::Sqrt => {
            let r = a.sqrt()?;
            if k == 0 {
                return Ok(vec![r]);
            }
            real_power(a, &q(1, 2), k)
        }
        Prim::Sin | Prim::Cos => {
            let (s, c) = a.sin_cos()?;
            let cycle = [s.clone(), c.clone(), s.neg(), c.neg()];
            let shift = usize::from(p == Prim::Cos);
            let mut f = one();
            Ok((0..=k)
                .map(|j| {
                    if j > 0 {
                        f = f.mul(&q(1, j as i64));
                    }
                    cycle[(j + shift) % 4].mul(&f)
                })
                .collect())
        }
        Prim::Atan => {
            let d = [one().add(&a.mul(a)), a.add(a), one()];
            let g = power(&d, &Num::int(-1), one().div(&d[0])?, k)?;
            Ok(integral(a.atan()?, g.get(..k).unwrap_or(&[])))
        }
        Prim::Asin | Prim::Acos => {
            let s = a.asin()?;
            let g = if k == 0 {
                Vec::new()
            } else {
                let d = [one().sub(&a.mul(a)), a.add(a).neg(), Num::int(-1)];
                if d[0].is_zero() {
                    return Err(Fault::Unclear);
                }
                power(&d, &q(-1, 2), one().div(&d[0].sqrt()?)?, k)?
            };
            let t = integral(s, g.get(..k).unwrap_or(&[]));
            if p == Prim::Asin {
                return Ok(t);
            }
            let mut t: Vec<Num<F>> = t.iter().map(Num::neg).collect();
            if let Some(x) = t.first_mut() {
                *x = x.add(&Num::F(F::pi()).mul(&q(1, 2)));
                if a.is_one() {
                    *x = Num::int(0);
                }
            }
            Ok(t)
        }
        Prim::Erf => {
            let first = if a.is_zero() { Num::int(0) } else { Num::F(a.field().erf()?) };
            let d = [a.mul(a).neg(), a.add(a).neg(), Num::int(-1)];
            let c = Num::int(2).div(&Num::F(F::pi().sqrt()?))?;
            let g = exponential(&d, d[0].exp()?.mul(&c), k)?;
            Ok(integral(first, g.get(..k).unwrap_or(&[])))
        }
        Prim::Gamma => gamma_series(a, k),
        Prim::LGamma => ln_gamma_series(a, 0, k),
        Prim::Digamma => polygamma_series(0, a, k),
        _ => Err(Fault::Unsupported),
    }
}

/// A scalar primitive of one argument on jets.
pub fn apply<F: Field>(p: Prim, x: &Scalar<F>) -> Out<Scalar<F>> {
    if let (Scalar::N(a), Prim::Exp) = (x, p) {
        return Ok(Scalar::N(a.exp()?));
    }
    if let (Scalar::N(a), Prim::Log) = (x, p) {
        return Ok(Scalar::N(a.ln()?));
    }
    match p {
        Prim::Abs => match x {
            Scalar::N(n) => Ok(Scalar::N(n.extreme(&n.neg(), Ordering::Greater))),
            Scalar::J(_) => Ok(if x.sign()? == Ordering::Less { x.neg() } else { x.clone() }),
        },
        Prim::Sign => Ok(Scalar::int(match x.sign()? {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        })),
        Prim::Floor => {
            let n = x.real().floor()?;
            if x.is_jet() && x.real().cmp(&Num::int(n))? == Ordering::Equal {
                return Err(Fault::Unclear);
            }
            Ok(Scalar::int(n))
        }
        Prim::Factorial => match (x.is_jet(), x.real().as_int()) {
            (false, Some(n)) if n < 0 => Err(Fault::Undefined),
            (false, Some(n)) => factorial(n).map(Scalar::N).ok_or(Fault::Unclear),
            _ => Err(Fault::Unclear),
        },
        _ => Ok(x.apply_series(&series(p, x.real(), x.order())?)),
    }
}

/// `binom(n, k)` for whole `k ≥ 0`: `Π (n − j)/(j + 1)`.
pub fn binomial<F: Field>(n: &Scalar<F>, k: &Scalar<F>) -> Out<Scalar<F>> {
    let k = k.real().as_int().filter(|_| !k.is_jet()).ok_or(Fault::Unclear)?;
    if k < 0 {
        return Ok(Scalar::int(0));
    }
    if k > 200 {
        return Err(Fault::Budget);
    }
    (0..k).try_fold(Scalar::int(1), |acc, j| acc.mul(&n.sub(&Scalar::int(j))).div(&Scalar::int(j + 1)))
}

/// `a^b` with everything that may stand in it.
pub fn pow<F: Field>(a: &Scalar<F>, b: &Scalar<F>) -> Out<Scalar<F>> {
    if let Scalar::N(r) = b {
        if let Some(n) = r.as_int() {
            if n.abs() > 100_000 {
                return Err(Fault::Budget);
            }
            return a.powi(n);
        }
        return Ok(a.apply_series(&real_power(a.real(), r, a.order())?));
    }
    // An exponent that is differentiated: e^{b ln a}.
    match a.real().sign()? {
        Ordering::Greater => apply(Prim::Exp, &b.mul(&apply(Prim::Log, a)?)),
        _ => Err(Fault::Unclear),
    }
}
