//! erf, ln Γ and the polygamma functions on balls.
//!
//! erf by its all-positive series `2x e^{-x²}/√π Σ (2x²)^n/(2n+1)!!`; ln Γ and ψ⁽ᵐ⁾ by a shift of the argument beyond 60 and the asymptotic series, whose
//! error for a positive argument is at most the first omitted term (Abramowitz & Stegun 6.1.42, 6.4.11; DLMF 5.11).

use crate::ball::Ball;
use crate::field::{Fault, Field, Out};
use crate::float::Mag;
use num_bigint::BigInt;
use num_rational::BigRational;
use std::cmp::Ordering;
use std::sync::OnceLock;

/// erf
pub fn erf(x: &Ball) -> Out<Ball> {
    let mid = Ball::exactly(x.mid);
    if x.mid.is_zero() {
        return Ok(Ball::int(0).plus_minus(x.rad.shift(1)));
    }
    let x2 = mid.mul(&mid);
    if x.mid.top() > 4 {
        // |x| ≥ 8: 1 − erf |x| < e^{-x²}
        let tail = if x.mid.top() > 12 { Mag::pow2(-(1 << 20)) } else { Field::exp(&x2.neg())?.upper() };
        return Ok(Ball::int(if x.mid.neg { -1 } else { 1 }).plus_minus(tail).plus_minus(x.rad.shift(1)));
    }
    let t2 = x2.scale(1);
    let (mut term, mut sum) = (Ball::int(1), Ball::int(1));
    let mut n = 1;
    loop {
        term = term.mul(&t2).div(&Ball::int(2 * n + 1))?;
        sum = sum.add(&term);
        // Beyond n > 2 t² the terms fall by half each.
        let small = term.upper();
        if n > 600 || (small.at_most_pow2(sum.mid.top() - 200) && n > 4 * 256) {
            return Err(Fault::Budget);
        }
        #[allow(clippy::cast_precision_loss, reason = "small")]
        if (n as f64) > 2.0 * t2.approx() && small.at_most_pow2(sum.mid.top() - 200) {
            sum = sum.plus_minus(small.shift(1));
            break;
        }
        n += 1;
    }
    let scale = Field::exp(&x2.neg())?.mul(&mid).scale(1).div(&Field::sqrt(Ball::pi_ref())?)?;
    // |erf'| ≤ 2/√π < 2
    Ok(sum.mul(&scale).plus_minus(x.rad.shift(1)))
}

/// B₂, B₄, … B₅₄
fn bernoulli() -> &'static [BigRational] {
    static T: OnceLock<Vec<BigRational>> = OnceLock::new();
    T.get_or_init(|| {
        // Σ_{k<=n} C(n+1, k) B_k = 0
        let int = |n: u64| BigRational::from_integer(BigInt::from(n));
        let mut b: Vec<BigRational> = vec![int(1)];
        for n in 1..=54u64 {
            let (mut c, mut s) = (BigInt::from(1), int(0));
            for (k, bk) in b.iter().enumerate() {
                s += bk * BigRational::from_integer(c.clone());
                c = c * (n + 1 - k as u64) / (k as u64 + 1);
            }
            b.push(-s / int(n + 1));
        }
        b.into_iter().skip(2).step_by(2).collect()
    })
}

/// How far a positive argument is shifted.
fn shift_of(x: &Ball) -> Out<i64> {
    if x.sign() != Some(Ordering::Greater) || x.mid.top() > 60 {
        return Err(Fault::Unclear);
    }
    #[allow(clippy::cast_possible_truncation, reason = "below 60")]
    Ok((60.0 - x.approx()).ceil().max(0.0) as i64)
}

/// ln Γ for a positive argument.
pub fn ln_gamma(x: &Ball) -> Out<Ball> {
    let n = shift_of(x)?;
    let mid = *x;
    let mut product = Ball::int(1);
    for k in 0..n {
        product = product.mul(&mid.add(&Ball::int(k)));
    }
    let z = mid.add(&Ball::int(n));
    let ln_z = Field::ln(&z)?;
    let half_ln_2pi = Field::ln(&Ball::pi_ref().scale(1))?.scale(-1);
    let mut sum = z.sub(&Ball::ratio(1, 2)).mul(&ln_z).sub(&z).add(&half_ln_2pi);
    let inv = Ball::int(1).div(&z)?;
    let (inv2, mut p) = (inv.mul(&inv), inv);
    let mut last = Mag::ZERO;
    for (k, b) in (1i64..).zip(bernoulli()) {
        let t = Ball::quotient(b.numer(), b.denom()).mul(&p).div(&Ball::int(2 * k * (2 * k - 1)))?;
        sum = sum.add(&t);
        last = t.upper();
        p = p.mul(&inv2);
    }
    Ok(sum.plus_minus(last).sub(&Field::ln(&product)?))
}

/// ψ⁽ᵐ⁾ for a positive argument: `(−1)^{m+1} m! Σ_k (x+k)^{-m-1}` in its shifted part, the asymptotic series beyond.
pub fn polygamma(x: &Ball, m: u32) -> Out<Ball> {
    if m > 12 {
        return Err(Fault::Unclear);
    }
    let n = shift_of(x)?;
    let mi = i64::from(m);
    let factorial = |k: i64| (1..=k).fold(BigInt::from(1), |a, b| a * b);
    let power = |b: &Ball, k: i64| (0..k).fold(Ball::int(1), |acc, _| acc.mul(b));
    let mut head = Ball::int(0);
    for k in 0..n {
        head = head.add(&Ball::int(1).div(&power(&x.add(&Ball::int(k)), mi + 1))?);
    }
    let z = x.add(&Ball::int(n));
    let inv = Ball::int(1).div(&z)?;
    let ball = |n: &BigInt| Ball::quotient(n, &BigInt::from(1));
    // The tail, up to the factor (−1)^{m+1}: (m−1)!/z^m + m!/(2 z^{m+1}) + Σ B_2k (2k+m−1)!/((2k)! z^{2k+m})
    let mut tail = ball(&factorial(mi)).scale(-1).mul(&power(&inv, mi + 1));
    tail = if m == 0 { tail.sub(&Field::ln(&z)?) } else { tail.add(&ball(&factorial(mi - 1)).mul(&power(&inv, mi))) };
    let (inv2, mut p) = (inv.mul(&inv), power(&inv, mi + 2));
    let mut last = Mag::ZERO;
    for (k, b) in (1i64..).zip(bernoulli()) {
        let c = BigRational::new(factorial(2 * k + mi - 1), factorial(2 * k)) * b;
        let t = Ball::quotient(c.numer(), c.denom()).mul(&p);
        tail = tail.add(&t);
        last = t.upper();
        p = p.mul(&inv2);
    }
    let v = head.mul(&ball(&factorial(mi))).add(&tail.plus_minus(last));
    Ok(if m.is_multiple_of(2) { v.neg() } else { v })
}
