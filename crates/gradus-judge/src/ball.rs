//! Balls: a midpoint of 192 bits and a proved bound of the error.
//!
//! The arithmetic adds every rounding error to the radius. Elementary functions are evaluated at the midpoint by ball
//! arithmetic (argument reduction and Taylor series with their remainders added), and the radius of the argument enters by
//! the mean value theorem. Method: F. Johansson, *Arb: efficient arbitrary-precision midpoint-radius interval
//! arithmetic*, IEEE Trans. Comp. 2017.

use crate::field::{Fault, Field, Out};
use crate::float::{Big, Mag, BITS};
use crate::special;
use gradus_term::Rat;
use num_bigint::BigInt;
use std::cmp::Ordering;
use std::sync::OnceLock;

/// The numbers within `rad` of `mid`.
#[derive(Clone, Copy, Debug)]
pub struct Ball {
    /// Midpoint.
    pub mid: Big,
    /// Radius.
    pub rad: Mag,
}

/// Exponents beyond this are not computed with.
const HUGE: i64 = 1 << 40;

fn rounded(v: (Big, bool), rad: Mag) -> Ball {
    let (mid, inexact) = v;
    // Exponents stay far from overflow: a number of such a size is not known at all.
    if mid.e.abs() > 1 << 50 {
        return Ball { mid: Big::ZERO, rad: Mag::INFINITE };
    }
    Ball { rad: if inexact { rad.add(Mag::pow2(mid.e + 1)) } else { rad }, mid }
}

impl Ball {
    /// The integer `n`.
    pub fn int(n: i64) -> Self {
        Ball { mid: Big::int(n), rad: Mag::ZERO }
    }
    /// The midpoint alone.
    pub fn exactly(mid: Big) -> Self {
        Ball { mid, rad: Mag::ZERO }
    }
    /// The value of an `f64`.
    pub fn from_f64(x: f64) -> Self {
        Ball::exactly(Big::from_f64(x))
    }
    /// A quotient of big integers, `d` not 0.
    pub fn quotient(n: &BigInt, d: &BigInt) -> Self {
        let (n, d) = (rounded(Big::from_bigint(n), Mag::ZERO), rounded(Big::from_bigint(d), Mag::ZERO));
        n.div(&d).unwrap_or(Ball { mid: Big::ZERO, rad: Mag::INFINITE })
    }
    /// Widened by `r`.
    #[must_use]
    pub fn plus_minus(mut self, r: Mag) -> Self {
        self.rad = self.rad.add(r);
        self
    }
    /// `self·2^k`.
    #[must_use]
    pub fn scale(self, k: i64) -> Self {
        Ball { mid: self.mid.scale(k), rad: if self.rad.is_zero() { self.rad } else { self.rad.shift(k) } }
    }
    /// An upper bound of the absolute value.
    pub fn upper(&self) -> Mag {
        self.mid.upper().add(self.rad)
    }
    /// A lower bound of the absolute value, if it is positive.
    pub fn lower(&self) -> Option<Mag> {
        let mut m = self.mid;
        m.neg = false;
        let (d, inexact) = m.add(&Big::from_mag(self.rad).neg());
        let d = if inexact { d.add(&Big::int(1).scale(d.e + 2).neg()).0 } else { d };
        (!d.neg && !d.is_zero() && m.cmp_abs(&Big::from_mag(self.rad)) == Ordering::Greater).then(|| d.lower())
    }
    /// 1/n! for n < 60.
    pub fn inverse_factorials() -> &'static [Ball] {
        static T: OnceLock<Vec<Ball>> = OnceLock::new();
        T.get_or_init(|| {
            let mut f = BigInt::from(1);
            (0..60u32)
                .map(|n| {
                    f *= n.max(1);
                    Ball::quotient(&BigInt::from(1), &f)
                })
                .collect()
        })
    }
    /// `Σ 1/((2k+1) q^(2k+1))` with alternating signs if `alternate`: arctan(1/q) or artanh(1/q); 260 bits are summed.
    fn inverse_tangent(q: u32, alternate: bool) -> BigInt {
        let mut term: BigInt = (BigInt::from(1) << 300) / q;
        let (mut sum, mut k) = (BigInt::from(0), 0u32);
        while term.sign() != num_bigint::Sign::NoSign {
            let t = &term / (2 * k + 1);
            if alternate && k % 2 == 1 {
                sum -= t;
            } else {
                sum += t;
            }
            term /= q * q;
            k += 1;
        }
        sum
    }
    fn constant(n: BigInt) -> Ball {
        // Fewer than 2^10 truncations of one unit each, of numbers with 300 bits behind the point.
        rounded(Big::from_bigint(&n), Mag::pow2(12)).scale(-300)
    }
    /// ln 2 = 2 artanh(1/3)
    pub fn ln2() -> &'static Ball {
        static T: OnceLock<Ball> = OnceLock::new();
        T.get_or_init(|| Ball::constant(Ball::inverse_tangent(3, false) * 2))
    }
    /// π = 16 arctan(1/5) − 4 arctan(1/239) (Machin)
    pub fn pi_ref() -> &'static Ball {
        static T: OnceLock<Ball> = OnceLock::new();
        T.get_or_init(|| Ball::constant(Ball::inverse_tangent(5, true) * 16 - Ball::inverse_tangent(239, true) * 4))
    }

    /// e^mid: `mid = k ln 2 + r`, `e^r = (e^(r/2^10))^(2^10)`, 17 terms of the Taylor series.
    fn exp_mid(mid: Big) -> Out<Ball> {
        if mid.is_zero() {
            return Ok(Ball::int(1));
        }
        if mid.top() > 36 {
            return Err(Fault::Unclear);
        }
        #[allow(clippy::cast_possible_truncation, reason = "below 2^37")]
        let k = (mid.approx() / std::f64::consts::LN_2).round() as i64;
        let x = Ball::exactly(mid);
        let r = if k == 0 { x } else { x.sub(&Ball::ln2().mul(&Ball::int(k))) }.scale(-10);
        let t = Ball::inverse_factorials();
        let mut acc = Ball::int(0);
        for c in t.iter().take(17).rev() {
            acc = acc.mul(&r).add(c);
        }
        // |r| < 2^-11, so the remainder is below 2 |r|^17/17! < 2^-230.
        acc = acc.plus_minus(Mag::pow2(-230));
        for _ in 0..10 {
            acc = acc.mul(&acc);
        }
        Ok(acc.scale(k))
    }
    /// ln mid for mid > 0: a guess y, then `y + ln(mid e^-y)` by four terms of the series.
    fn ln_mid(mid: Big) -> Out<Ball> {
        if mid.neg || mid.is_zero() || mid.e.abs() > HUGE {
            return Err(Fault::Unclear);
        }
        if mid == Big::int(1) {
            return Ok(Ball::int(0));
        }
        let e = mid.top();
        let f = mid.scale(-e);
        let y = Ball::from_f64(libm::log(f.approx()));
        let d = Ball::exactly(f).mul(&Ball::exp_mid(y.neg().mid)?).sub(&Ball::int(1));
        let small = d.upper();
        if !small.at_most_pow2(-40) {
            return Err(Fault::Unclear);
        }
        let mut acc = Ball::ratio(-1, 4);
        for (n, q) in [(1, 3), (-1, 2), (1, 1)] {
            acc = acc.mul(&d).add(&Ball::ratio(n, q));
        }
        let tail = small.mul(small).mul(small).mul(small).mul(small);
        Ok(acc.mul(&d).plus_minus(tail).add(&y).add(&Ball::ln2().mul(&Ball::int(e))))
    }
    /// Sine and cosine at the midpoint: reduction by π/2, then Taylor series.
    fn sin_cos_mid(mid: Big) -> Out<(Ball, Ball)> {
        if mid.is_zero() {
            return Ok((Ball::int(0), Ball::int(1)));
        }
        if mid.top() > 40 {
            return Err(Fault::Unclear);
        }
        #[allow(clippy::cast_possible_truncation, reason = "below 2^41")]
        let k = (mid.approx() / std::f64::consts::FRAC_PI_2).round() as i64;
        let x = Ball::exactly(mid);
        let r = if k == 0 { x } else { x.sub(&Ball::pi_ref().scale(-1).mul(&Ball::int(k))) };
        let r2 = r.mul(&r).neg();
        let t = Ball::inverse_factorials();
        let series = |first: usize| t.iter().skip(first).step_by(2).take(24).rev().fold(Ball::int(0), |acc, c| acc.mul(&r2).add(c));
        // |r| < 0.8: the first omitted terms are below 0.8^48/48! < 2^-200.
        let tail = Mag::pow2(-200);
        let (s, c) = (series(1).plus_minus(tail).mul(&r), series(0).plus_minus(tail));
        Ok(match k.rem_euclid(4) {
            0 => (s, c),
            1 => (c, s.neg()),
            2 => (s.neg(), c.neg()),
            _ => (c.neg(), s),
        })
    }
    /// arctan: a guess y, then `y + arctan((x − tan y)/(1 + x tan y))`.
    fn atan_mid(mid: Big) -> Out<Ball> {
        if mid.is_zero() {
            return Ok(Ball::int(0));
        }
        if mid.top() > 30 {
            // arctan x = ±π/2 − arctan(1/x)
            let inv = Ball::int(1).div(&Ball::exactly(mid))?;
            let half = Ball::pi_ref().scale(-1);
            return Ok(if mid.neg { half.neg() } else { half }.sub(&Field::atan(&inv)?));
        }
        let y = Ball::from_f64(libm::atan(mid.approx()));
        let (s, c) = Ball::sin_cos_mid(y.mid)?;
        let x = Ball::exactly(mid);
        let d = x.mul(&c).sub(&s).div(&c.add(&x.mul(&s)))?;
        let small = d.upper();
        if !small.at_most_pow2(-40) {
            return Err(Fault::Unclear);
        }
        let d2 = d.mul(&d);
        let p = Ball::int(1).sub(&d2.mul(&Ball::ratio(1, 3)));
        let tail = small.mul(small).mul(small).mul(small).mul(small);
        Ok(p.mul(&d).plus_minus(tail).add(&y))
    }
}

impl Field for Ball {
    fn ratio(n: i64, d: i64) -> Self {
        if d == 1 {
            return Ball::int(n);
        }
        Ball::int(n).div(&Ball::int(d)).unwrap_or(Ball { mid: Big::ZERO, rad: Mag::INFINITE })
    }
    fn rational(q: &Rat) -> Self {
        Ball::quotient(&q.numer(), &q.denom())
    }
    fn add(&self, o: &Self) -> Self {
        rounded(self.mid.add(&o.mid), self.rad.add(o.rad))
    }
    fn sub(&self, o: &Self) -> Self {
        self.add(&o.neg())
    }
    fn mul(&self, o: &Self) -> Self {
        let rad = if self.rad.is_zero() && o.rad.is_zero() {
            Mag::ZERO
        } else {
            self.mid.upper().mul(o.rad).add(o.mid.upper().mul(self.rad)).add(self.rad.mul(o.rad))
        };
        rounded(self.mid.mul(&o.mid), rad)
    }
    fn neg(&self) -> Self {
        Ball { mid: self.mid.neg(), rad: self.rad }
    }
    fn div(&self, o: &Self) -> Out<Self> {
        let low = o.lower().ok_or(Fault::Unclear)?;
        let q = self.mid.div(&o.mid);
        let rad = if self.rad.is_zero() && o.rad.is_zero() {
            Mag::ZERO
        } else {
            let m = Ball { mid: q.0, rad: Mag::pow2(q.0.e + 1) }.upper();
            self.rad.add(m.mul(o.rad)).div(low)
        };
        Ok(rounded(q, rad))
    }
    fn sign(&self) -> Option<Ordering> {
        if self.mid.is_zero() {
            return self.rad.is_zero().then_some(Ordering::Equal);
        }
        let clear = self.rad.is_zero() || self.mid.cmp_abs(&Big::from_mag(self.rad)) == Ordering::Greater;
        clear.then_some(if self.mid.neg { Ordering::Less } else { Ordering::Greater })
    }
    fn hull(&self, o: &Self) -> Self {
        let half = rounded(self.mid.add(&o.mid), Mag::ZERO).scale(-1);
        let d = self.sub(o).upper();
        half.plus_minus(d.shift(-1)).plus_minus(self.rad).plus_minus(o.rad)
    }
    fn exp(&self) -> Out<Self> {
        if !self.rad.at_most_pow2(0) {
            return Err(Fault::Unclear);
        }
        let v = Ball::exp_mid(self.mid)?;
        // e^r − 1 ≤ 2 r for r ≤ 1
        Ok(if self.rad.is_zero() { v } else { v.plus_minus(v.upper().mul(self.rad.shift(1))) })
    }
    fn ln(&self) -> Out<Self> {
        let low = self.lower().filter(|_| !self.mid.neg).ok_or(Fault::Unclear)?;
        let v = Ball::ln_mid(self.mid)?;
        Ok(if self.rad.is_zero() { v } else { v.plus_minus(self.rad.div(low)) })
    }
    fn sqrt(&self) -> Out<Self> {
        if self.mid.is_zero() && self.rad.is_zero() {
            return Ok(*self);
        }
        self.lower().filter(|_| !self.mid.neg).ok_or(Fault::Unclear)?;
        let v = rounded(self.mid.sqrt(), Mag::ZERO);
        // |√a − √b| ≤ |a − b|/√a
        Ok(if self.rad.is_zero() { v } else { v.plus_minus(self.rad.div(v.lower().ok_or(Fault::Unclear)?)) })
    }
    fn sin_cos(&self) -> Out<(Self, Self)> {
        let (s, c) = Ball::sin_cos_mid(self.mid)?;
        Ok((s.plus_minus(self.rad), c.plus_minus(self.rad)))
    }
    fn atan(&self) -> Out<Self> {
        Ok(Ball::atan_mid(self.mid)?.plus_minus(self.rad))
    }
    fn pi() -> Self {
        *Ball::pi_ref()
    }
    fn erf(&self) -> Out<Self> {
        special::erf(self)
    }
    fn ln_gamma(&self) -> Out<Self> {
        special::ln_gamma(self)
    }
    fn polygamma(&self, order: u32) -> Out<Self> {
        special::polygamma(self, order)
    }
    fn approx(&self) -> f64 {
        self.mid.approx()
    }
    fn slack(&self) -> f64 {
        self.rad.approx()
    }
    fn floor(&self) -> Option<i64> {
        let f = self.mid.approx().floor();
        if f.abs() > 1e15 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, reason = "bounded just before")]
        let k = f as i64;
        let inside = |k: i64| {
            let above = self.sub(&Ball::int(k)).sign();
            let below = self.sub(&Ball::int(k + 1)).sign();
            matches!(above, Some(Ordering::Greater | Ordering::Equal)) && below == Some(Ordering::Less)
        };
        [k, k - 1, k + 1].into_iter().find(|k| inside(*k))
    }
    fn text(&self, digits: usize) -> String {
        crate::text::ball(self, digits)
    }
}

/// The relative precision, in bits, that a ball of this kind starts with.
pub const PRECISION: i64 = BITS;
