//! Exact rational numbers with a small fast path.
//!
//! `Ratio<i64>` with checked operations while numerator and denominator fit, `BigRational` beyond. Values that fit the
//! small form are always stored in it, so equality and hashing are structural.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::{BigRational, Ratio};
use num_traits::{CheckedAdd, CheckedMul, CheckedSub, One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;

/// An exact rational number in lowest terms.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Rat {
    /// Numerator and denominator fit in 64 bits.
    Small(Ratio<i64>),
    /// Everything else.
    Big(Box<BigRational>),
}

impl Rat {
    /// The integer `n`.
    pub fn int(n: i64) -> Self {
        Rat::Small(Ratio::from_integer(n))
    }
    /// The fraction `p/q`; `None` if `q = 0`.
    pub fn new(p: i64, q: i64) -> Option<Self> {
        if q == 0 {
            return None;
        }
        Some(Self::from_big(BigRational::new(BigInt::from(p), BigInt::from(q))))
    }
    /// From a big rational, using the small form where it fits.
    pub fn from_big(b: BigRational) -> Self {
        match (b.numer().to_i64(), b.denom().to_i64()) {
            (Some(p), Some(q)) if p != i64::MIN => Rat::Small(Ratio::new_raw(p, q)),
            _ => Rat::Big(Box::new(b)),
        }
    }
    /// As a big rational.
    pub fn to_big(&self) -> BigRational {
        match self {
            Rat::Small(r) => BigRational::new_raw(BigInt::from(*r.numer()), BigInt::from(*r.denom())),
            Rat::Big(b) => (**b).clone(),
        }
    }
    /// Zero.
    pub fn zero() -> Self {
        Self::int(0)
    }
    /// One.
    pub fn one() -> Self {
        Self::int(1)
    }
    /// Whether this is 0.
    pub fn is_zero(&self) -> bool {
        matches!(self, Rat::Small(r) if r.is_zero())
    }
    /// Whether this is 1.
    pub fn is_one(&self) -> bool {
        matches!(self, Rat::Small(r) if r.is_one())
    }
    /// Whether this is < 0.
    pub fn is_negative(&self) -> bool {
        match self {
            Rat::Small(r) => r.is_negative(),
            Rat::Big(b) => b.is_negative(),
        }
    }
    /// Whether this is > 0.
    pub fn is_positive(&self) -> bool {
        !self.is_zero() && !self.is_negative()
    }
    /// Whether the denominator is 1.
    pub fn is_integer(&self) -> bool {
        match self {
            Rat::Small(r) => r.is_integer(),
            Rat::Big(b) => b.is_integer(),
        }
    }
    /// The value as `i64`, if it is an integer that fits.
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Rat::Small(r) if r.is_integer() => Some(*r.numer()),
            _ => None,
        }
    }
    /// Numerator (sign included).
    pub fn numer(&self) -> BigInt {
        match self {
            Rat::Small(r) => BigInt::from(*r.numer()),
            Rat::Big(b) => b.numer().clone(),
        }
    }
    /// Denominator, positive.
    pub fn denom(&self) -> BigInt {
        match self {
            Rat::Small(r) => BigInt::from(*r.denom()),
            Rat::Big(b) => b.denom().clone(),
        }
    }
    /// The absolute value.
    pub fn abs(&self) -> Self {
        if self.is_negative() {
            self.neg()
        } else {
            self.clone()
        }
    }
    /// `-self`.
    pub fn neg(&self) -> Self {
        match self {
            Rat::Small(r) => Rat::Small(-*r),
            Rat::Big(b) => Self::from_big(-(**b).clone()),
        }
    }
    /// `self + o`.
    pub fn add(&self, o: &Self) -> Self {
        if let (Rat::Small(a), Rat::Small(b)) = (self, o) {
            if let Some(c) = a.checked_add(b).filter(|c| *c.numer() != i64::MIN) {
                return Rat::Small(c);
            }
        }
        Self::from_big(self.to_big() + o.to_big())
    }
    /// `self - o`.
    pub fn sub(&self, o: &Self) -> Self {
        if let (Rat::Small(a), Rat::Small(b)) = (self, o) {
            if let Some(c) = a.checked_sub(b).filter(|c| *c.numer() != i64::MIN) {
                return Rat::Small(c);
            }
        }
        Self::from_big(self.to_big() - o.to_big())
    }
    /// `self * o`.
    pub fn mul(&self, o: &Self) -> Self {
        if let (Rat::Small(a), Rat::Small(b)) = (self, o) {
            if let Some(c) = a.checked_mul(b).filter(|c| *c.numer() != i64::MIN) {
                return Rat::Small(c);
            }
        }
        Self::from_big(self.to_big() * o.to_big())
    }
    /// `1/self`; `None` for 0.
    pub fn recip(&self) -> Option<Self> {
        if self.is_zero() {
            None
        } else {
            Some(Self::from_big(self.to_big().recip()))
        }
    }
    /// `self / o`; `None` if `o = 0`.
    pub fn div(&self, o: &Self) -> Option<Self> {
        o.recip().map(|r| self.mul(&r))
    }
    /// `self^n` for an integer `n`; `None` for `0^n` with `n < 0`, or where the result would have more than `2^16` digits.
    pub fn pow(&self, n: i64) -> Option<Self> {
        if n < 0 {
            return self.recip()?.pow(n.checked_neg()?);
        }
        let bits = self.numer().bits().max(self.denom().bits());
        if bits > 1 && bits.saturating_mul(n.unsigned_abs()) > 200_000 {
            return None;
        }
        let (mut acc, mut base, mut e) = (Rat::one(), self.clone(), n.unsigned_abs());
        while e > 0 {
            if e.is_odd() {
                acc = acc.mul(&base);
            }
            e /= 2;
            if e > 0 {
                base = base.mul(&base);
            }
        }
        Some(acc)
    }
    /// The `k`-th root, if it is rational.
    #[must_use]
    pub fn root(&self, k: i64) -> Option<Self> {
        let n = u32::try_from(k).ok().filter(|n| *n >= 1)?;
        if self.is_negative() && k % 2 == 0 {
            return None;
        }
        let root = Self::from(self.numer().nth_root(n)).div(&Self::from(self.denom().nth_root(n)))?;
        (root.pow(k)? == *self).then_some(root)
    }
    /// The least common multiple of two whole numbers, positive.
    #[must_use]
    pub fn lcm(&self, o: &Rat) -> Rat {
        Self::from(self.numer().lcm(&o.numer()))
    }
    /// The integer part, rounded towards minus infinity.
    pub fn floor(&self) -> Self {
        Self::from_big(self.to_big().floor())
    }
}

impl PartialOrd for Rat {
    fn partial_cmp(&self, o: &Self) -> Option<Ordering> {
        Some(self.cmp(o))
    }
}
impl Ord for Rat {
    fn cmp(&self, o: &Self) -> Ordering {
        match (self, o) {
            (Rat::Small(a), Rat::Small(b)) => a.cmp(b),
            _ => self.to_big().cmp(&o.to_big()),
        }
    }
}
impl fmt::Display for Rat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rat::Small(r) => r.fmt(f),
            Rat::Big(b) => b.fmt(f),
        }
    }
}
impl fmt::Debug for Rat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl From<BigInt> for Rat {
    fn from(n: BigInt) -> Self {
        Self::from_big(BigRational::from_integer(n))
    }
}
