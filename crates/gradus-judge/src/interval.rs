//! Intervals of `f64`: the fast enclosure.
//!
//! Every operation rounds outwards by at least one unit in the last place; elementary functions (crate `libm`, pure Rust, so the same
//! bits on every platform) by eight, well beyond their documented error of about one. An interval therefore only ever *suggests* a refutation: the judge proves it
//! again with [`Ball`](crate::ball::Ball)s.

use crate::field::{Fault, Field, Out};
use gradus_term::Rat;
use num_traits::ToPrimitive;
use std::cmp::Ordering;

/// `[lo, hi]`, never NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Iv {
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

fn up(x: f64) -> f64 {
    if x.is_nan() || x == f64::INFINITY {
        return f64::INFINITY;
    }
    if x == 0.0 {
        return f64::from_bits(1);
    }
    let b = x.to_bits();
    f64::from_bits(if x > 0.0 { b + 1 } else { b - 1 })
}
fn down(x: f64) -> f64 {
    -up(-x)
}

impl Iv {
    /// The interval, widened by one unit at each end.
    fn out(lo: f64, hi: f64) -> Self {
        Iv { lo: down(lo), hi: up(hi) }
    }
    /// The interval, widened for the error of an elementary function.
    fn wide(lo: f64, hi: f64) -> Self {
        let pad = |x: f64| (x.abs() * 2e-15).max(1e-300);
        if lo.is_nan() || hi.is_nan() {
            return Iv { lo: f64::NEG_INFINITY, hi: f64::INFINITY };
        }
        let lo = if lo == f64::INFINITY { f64::MAX } else { lo };
        Iv::out(lo - pad(lo), hi + pad(hi))
    }
    fn exactly(x: f64) -> Self {
        Iv { lo: x, hi: x }
    }
    fn is_finite(self) -> bool {
        self.lo.is_finite() && self.hi.is_finite()
    }
    fn min4(x: [f64; 4]) -> (f64, f64) {
        if x.iter().any(|v| v.is_nan()) {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        (x[0].min(x[1]).min(x[2].min(x[3])), x[0].max(x[1]).max(x[2].max(x[3])))
    }
}

impl Field for Iv {
    #[allow(clippy::cast_precision_loss, reason = "large values are widened")]
    fn ratio(n: i64, d: i64) -> Self {
        const EXACT: u64 = 1 << 53;
        if d == 1 && n.unsigned_abs() <= EXACT {
            return Iv::exactly(n as f64);
        }
        let q = n as f64 / d as f64;
        if n.unsigned_abs() <= EXACT && d.unsigned_abs() <= EXACT {
            Iv::out(q, q)
        } else {
            Iv::wide(q, q)
        }
    }
    fn rational(q: &Rat) -> Self {
        match q.to_big().to_f64() {
            Some(x) if x.is_finite() => Iv::wide(x, x),
            _ => Iv { lo: f64::NEG_INFINITY, hi: f64::INFINITY },
        }
    }
    fn add(&self, o: &Self) -> Self {
        Iv::out(self.lo + o.lo, self.hi + o.hi)
    }
    fn sub(&self, o: &Self) -> Self {
        Iv::out(self.lo - o.hi, self.hi - o.lo)
    }
    fn mul(&self, o: &Self) -> Self {
        let (lo, hi) = Iv::min4([self.lo * o.lo, self.lo * o.hi, self.hi * o.lo, self.hi * o.hi]);
        Iv::out(lo, hi)
    }
    fn neg(&self) -> Self {
        Iv { lo: -self.hi, hi: -self.lo }
    }
    fn div(&self, o: &Self) -> Out<Self> {
        if o.lo <= 0.0 && o.hi >= 0.0 {
            return Err(Fault::Unclear);
        }
        let (lo, hi) = Iv::min4([self.lo / o.lo, self.lo / o.hi, self.hi / o.lo, self.hi / o.hi]);
        Ok(Iv::out(lo, hi))
    }
    fn sign(&self) -> Option<Ordering> {
        if self.lo > 0.0 {
            Some(Ordering::Greater)
        } else if self.hi < 0.0 {
            Some(Ordering::Less)
        } else if self.lo == 0.0 && self.hi == 0.0 {
            Some(Ordering::Equal)
        } else {
            None
        }
    }
    fn hull(&self, o: &Self) -> Self {
        Iv { lo: self.lo.min(o.lo), hi: self.hi.max(o.hi) }
    }
    fn exp(&self) -> Out<Self> {
        let v = Iv::wide(libm::exp(self.lo), libm::exp(self.hi));
        Ok(Iv { lo: v.lo.max(0.0), hi: v.hi })
    }
    fn ln(&self) -> Out<Self> {
        if self.lo <= 0.0 || !self.is_finite() {
            return Err(Fault::Unclear);
        }
        Ok(Iv::wide(libm::log(self.lo), libm::log(self.hi)))
    }
    fn sqrt(&self) -> Out<Self> {
        if self.lo < 0.0 {
            return Err(Fault::Unclear);
        }
        let v = Iv::out(self.lo.sqrt(), self.hi.sqrt());
        Ok(Iv { lo: v.lo.max(0.0), hi: v.hi })
    }
    fn sin_cos(&self) -> Out<(Self, Self)> {
        let (mid, rad) = (self.approx(), self.slack());
        if !mid.is_finite() || mid.abs() > 1e9 {
            return Err(Fault::Unclear);
        }
        let around = |v: f64| {
            let w = Iv::wide(v - rad, v + rad);
            Iv { lo: w.lo.max(-1.0), hi: w.hi.min(1.0) }
        };
        Ok((around(libm::sin(mid)), around(libm::cos(mid))))
    }
    fn atan(&self) -> Out<Self> {
        Ok(Iv::wide(libm::atan(self.lo), libm::atan(self.hi)))
    }
    fn pi() -> Self {
        Iv::out(std::f64::consts::PI, std::f64::consts::PI)
    }
    fn erf(&self) -> Out<Self> {
        Err(Fault::Unclear)
    }
    fn ln_gamma(&self) -> Out<Self> {
        Err(Fault::Unclear)
    }
    fn polygamma(&self, _order: u32) -> Out<Self> {
        Err(Fault::Unclear)
    }
    fn approx(&self) -> f64 {
        if self.is_finite() {
            self.lo / 2.0 + self.hi / 2.0
        } else {
            f64::MAX
        }
    }
    fn slack(&self) -> f64 {
        up(up(self.hi / 2.0 - self.lo / 2.0))
    }
    #[allow(clippy::cast_possible_truncation, reason = "bounded just before")]
    fn floor(&self) -> Option<i64> {
        let (a, b) = (self.lo.floor(), self.hi.floor());
        (a == b && a.abs() < 1e15).then_some(a as i64)
    }
    fn text(&self, _digits: usize) -> String {
        format!("{:.6}", self.approx())
    }
}
