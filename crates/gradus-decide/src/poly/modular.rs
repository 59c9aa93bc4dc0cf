//! Images of polynomials modulo a prime, all variables but one at fixed points.
//!
//! They decide quickly, and surely, what a pair of polynomials is *not*: where the leading coefficient of one survives, the
//! degree of the greatest common divisor is at most that of the images', and what does not divide there does not divide.

use super::Poly;
use gradus_term::Rat;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// 2^61 − 1
const P: u64 = (1 << 61) - 1;

fn mul(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(P)) as u64
}
fn add(a: u64, b: u64) -> u64 {
    (a + b) % P
}
fn sub(a: u64, b: u64) -> u64 {
    add(a, P - b)
}
fn pow(mut a: u64, mut k: u64) -> u64 {
    let mut out = 1;
    while k > 0 {
        if k & 1 == 1 {
            out = mul(out, a);
        }
        a = mul(a, a);
        k >>= 1;
    }
    out
}
fn inverse(a: u64) -> u64 {
    pow(a, P - 2)
}
/// The residue of a rational number; `None` if its denominator has none.
fn residue(q: &Rat) -> Option<u64> {
    let small = |n: &BigInt| {
        let p = BigInt::from(P);
        ((n % &p + &p) % &p).to_u64()
    };
    let (n, d) = match q {
        Rat::Small(r) => {
            let of = |k: i64| u64::try_from(i128::from(k).rem_euclid(i128::from(P))).ok();
            (of(*r.numer())?, of(*r.denom())?)
        }
        Rat::Big(b) => (small(b.numer())?, small(b.denom())?),
    };
    match d {
        0 => None,
        1 => Some(n),
        d => Some(mul(n, inverse(d))),
    }
}
/// The point at which the variable is taken: fixed, without structure.
fn point(v: usize) -> u64 {
    let mut z = (v as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % P
}
/// The coefficients in `v`, lowest first, the other variables at their points; `None` if the degree falls.
fn image(a: &Poly, v: usize) -> Option<Vec<u64>> {
    let mut out = vec![0; a.degree(v) as usize + 1];
    for (e, q) in &a.terms {
        let mut c = residue(q)?;
        for (w, k) in e.iter().enumerate().filter(|(w, k)| *w != v && **k > 0) {
            c = mul(c, pow(point(w), u64::from(*k)));
        }
        if let Some(x) = out.get_mut(super::exp_of(e, v) as usize) {
            *x = add(*x, c);
        }
    }
    (out.last() != Some(&0)).then_some(out)
}
/// `a` modulo `b`; neither has a zero in front, `b` is not empty.
fn remainder(mut a: Vec<u64>, b: &[u64]) -> Vec<u64> {
    let Some(lead) = b.last().map(|c| inverse(*c)) else { return a };
    while a.len() >= b.len() {
        let k = mul(a.last().copied().unwrap_or(0), lead);
        let shift = a.len() - b.len();
        for (x, c) in a.iter_mut().skip(shift).zip(b) {
            *x = sub(*x, mul(k, *c));
        }
        while a.last() == Some(&0) {
            a.pop();
        }
    }
    a
}
/// A bound of the degree in `v` of the greatest common divisor.
pub(super) fn degree_of_gcd(a: &Poly, b: &Poly, v: usize) -> u32 {
    let least = a.degree(v).min(b.degree(v));
    let (Some(mut p), Some(mut q)) = (image(a, v), image(b, v)) else { return least };
    while !q.is_empty() {
        (p, q) = (q.clone(), remainder(p, &q));
    }
    u32::try_from(p.len().saturating_sub(1)).map_or(least, |k| k.min(least))
}
/// Whether `d` surely does not divide `a`.
pub(super) fn never_divides(d: &Poly, a: &Poly) -> bool {
    let Some(v) = d.vars().into_iter().max_by_key(|v| d.degree(*v)) else { return false };
    match (image(d, v), image(a, v)) {
        (Some(d), Some(a)) => !remainder(a, &d).is_empty(),
        _ => false,
    }
}
