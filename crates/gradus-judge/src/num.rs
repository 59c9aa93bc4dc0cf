//! Numbers: exact small rationals as long as possible, enclosures beyond.

use crate::field::{Fault, Field, Out};
use gradus_term::Rat;
use std::cmp::Ordering;

/// `n/d` in lowest terms, `d > 0`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Q {
    /// Numerator.
    pub n: i64,
    /// Denominator.
    pub d: i64,
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        if let (Ok(x), Ok(y)) = (u64::try_from(a), u64::try_from(b)) {
            let (mut x, mut y) = (x, y);
            while y != 0 {
                (x, y) = (y, x % y);
            }
            return u128::from(x);
        }
        (a, b) = (b, a % b);
    }
    a
}

impl Q {
    /// The integer `n`.
    pub const fn int(n: i64) -> Self {
        Q { n, d: 1 }
    }
    /// `n/d` reduced, if it fits; `d` not 0.
    pub fn new(n: i128, d: i128) -> Option<Self> {
        if d == 0 {
            return None;
        }
        let (n, d) = if d < 0 { (n.checked_neg()?, d.checked_neg()?) } else { (n, d) };
        let g = if d == 1 { 1 } else { i128::try_from(gcd(n.unsigned_abs(), d.unsigned_abs())).ok()?.max(1) };
        let q = Q { n: i64::try_from(n / g).ok()?, d: i64::try_from(d / g).ok()? };
        (q.n != i64::MIN).then_some(q)
    }
    fn parts(self) -> (i128, i128) {
        (i128::from(self.n), i128::from(self.d))
    }
    fn add(self, o: Q) -> Option<Q> {
        if self.d == 1 && o.d == 1 {
            return self.n.checked_add(o.n).filter(|n| *n != i64::MIN).map(Q::int);
        }
        let ((a, b), (c, d)) = (self.parts(), o.parts());
        Q::new((a * d).checked_add(c * b)?, b * d)
    }
    fn mul(self, o: Q) -> Option<Q> {
        if self.d == 1 && o.d == 1 {
            return self.n.checked_mul(o.n).filter(|n| *n != i64::MIN).map(Q::int);
        }
        let ((a, b), (c, d)) = (self.parts(), o.parts());
        Q::new(a * c, b * d)
    }
    /// √self, if it is rational.
    fn sqrt(self) -> Option<Q> {
        let root = |x: i64| {
            let r = u64::try_from(x).ok()?.isqrt();
            (r * r == u64::try_from(x).ok()?).then(|| i64::try_from(r).ok()).flatten()
        };
        Some(Q { n: root(self.n)?, d: root(self.d)? })
    }
}

impl std::fmt::Display for Q {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.d == 1 {
            write!(f, "{}", self.n)
        } else {
            write!(f, "{}/{}", self.n, self.d)
        }
    }
}

/// A real number: known exactly or enclosed.
#[derive(Clone, Debug)]
pub enum Num<F> {
    /// Exact.
    Q(Q),
    /// Enclosed.
    F(F),
}

impl<F: Field> Num<F> {
    /// The integer `n`.
    pub fn int(n: i64) -> Self {
        Num::Q(Q::int(n))
    }
    /// A rational number.
    pub fn rational(r: &Rat) -> Self {
        match r {
            Rat::Small(q) => Num::Q(Q { n: *q.numer(), d: *q.denom() }),
            Rat::Big(_) => Num::F(F::rational(r)),
        }
    }
    /// The enclosure.
    pub fn field(&self) -> F {
        match self {
            Num::Q(q) => F::ratio(q.n, q.d),
            Num::F(f) => f.clone(),
        }
    }
    /// Whether this is exactly 0.
    pub fn is_zero(&self) -> bool {
        matches!(self, Num::Q(Q { n: 0, .. }))
    }
    /// Whether this is exactly 1.
    pub fn is_one(&self) -> bool {
        matches!(self, Num::Q(Q { n: 1, d: 1 }))
    }
    /// The integer, if this is exactly one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Num::Q(Q { n, d: 1 }) => Some(*n),
            _ => None,
        }
    }
    /// `self + o`
    pub fn add(&self, o: &Self) -> Self {
        match (self, o) {
            (Num::Q(a), Num::Q(b)) => {
                if let Some(c) = a.add(*b) {
                    return Num::Q(c);
                }
            }
            (Num::Q(Q { n: 0, .. }), x) | (x, Num::Q(Q { n: 0, .. })) => return x.clone(),
            _ => {}
        }
        Num::F(self.field().add(&o.field()))
    }
    /// `-self`
    pub fn neg(&self) -> Self {
        match self {
            Num::Q(q) => Num::Q(Q { n: -q.n, d: q.d }),
            Num::F(f) => Num::F(f.neg()),
        }
    }
    /// `self - o`
    pub fn sub(&self, o: &Self) -> Self {
        match (self, o) {
            (Num::F(a), Num::F(b)) => Num::F(a.sub(b)),
            _ => self.add(&o.neg()),
        }
    }
    /// `self * o`
    pub fn mul(&self, o: &Self) -> Self {
        match (self, o) {
            (Num::Q(a), Num::Q(b)) => {
                if let Some(c) = a.mul(*b) {
                    return Num::Q(c);
                }
            }
            (Num::Q(Q { n: 0, .. }), _) | (_, Num::Q(Q { n: 0, .. })) => return Num::int(0),
            (Num::Q(Q { n: 1, d: 1 }), x) | (x, Num::Q(Q { n: 1, d: 1 })) => return x.clone(),
            _ => {}
        }
        Num::F(self.field().mul(&o.field()))
    }
    /// `self / o`
    pub fn div(&self, o: &Self) -> Out<Self> {
        if let Num::Q(b) = o {
            if b.n == 0 {
                return Err(Fault::Undefined);
            }
            if let Some(r) = Q::new(i128::from(b.d), i128::from(b.n)) {
                return Ok(self.mul(&Num::Q(r)));
            }
        }
        if self.is_zero() {
            return if o.sign()? == Ordering::Equal { Err(Fault::Undefined) } else { Ok(Num::int(0)) };
        }
        match o.field().sign() {
            Some(Ordering::Equal) => Err(Fault::Undefined),
            Some(_) => Ok(Num::F(self.field().div(&o.field())?)),
            None => Err(Fault::Unclear),
        }
    }
    /// The sign, if it is certain.
    pub fn sign(&self) -> Out<Ordering> {
        match self {
            Num::Q(q) => Ok(q.n.cmp(&0)),
            Num::F(f) => f.sign().ok_or(Fault::Unclear),
        }
    }
    /// `self` against `o`, if it is certain.
    pub fn cmp(&self, o: &Self) -> Out<Ordering> {
        if let (Num::Q(a), Num::Q(b)) = (self, o) {
            let ((p, q), (r, s)) = (a.parts(), b.parts());
            return Ok((p * s).cmp(&(r * q)));
        }
        self.sub(o).sign()
    }
    /// Roughly.
    pub fn approx(&self) -> f64 {
        self.field().approx()
    }
    /// `self^n` by repeated squaring; `0^0 = 1`.
    pub fn powi(&self, n: i64) -> Out<Self> {
        if n < 0 {
            return Num::int(1).div(&self.powi(n.checked_neg().ok_or(Fault::Budget)?)?);
        }
        let (mut acc, mut base, mut e) = (Num::int(1), self.clone(), n);
        while e > 0 {
            if e & 1 == 1 {
                acc = acc.mul(&base);
            }
            e >>= 1;
            if e > 0 {
                base = base.mul(&base);
            }
        }
        Ok(acc)
    }
    /// e^self
    pub fn exp(&self) -> Out<Self> {
        if self.is_zero() {
            Ok(Num::int(1))
        } else {
            Ok(Num::F(self.field().exp()?))
        }
    }
    /// ln self
    pub fn ln(&self) -> Out<Self> {
        match self.sign()? {
            Ordering::Greater if self.is_one() => Ok(Num::int(0)),
            Ordering::Greater => Ok(Num::F(self.field().ln()?)),
            _ => Err(Fault::Undefined),
        }
    }
    /// √self
    pub fn sqrt(&self) -> Out<Self> {
        if let Num::Q(q) = self {
            if let Some(r) = q.sqrt() {
                return Ok(Num::Q(r));
            }
        }
        match self.sign()? {
            Ordering::Less => Err(Fault::Undefined),
            Ordering::Equal => Ok(Num::int(0)),
            Ordering::Greater => Ok(Num::F(self.field().sqrt()?)),
        }
    }
    /// Sine and cosine.
    pub fn sin_cos(&self) -> Out<(Self, Self)> {
        if self.is_zero() {
            return Ok((Num::int(0), Num::int(1)));
        }
        let (s, c) = self.field().sin_cos()?;
        Ok((Num::F(s), Num::F(c)))
    }
    /// Arctangent.
    pub fn atan(&self) -> Out<Self> {
        if self.is_zero() {
            Ok(Num::int(0))
        } else {
            Ok(Num::F(self.field().atan()?))
        }
    }
    /// Arcsine: `atan(x/√(1−x²))`, ±π/2 at ±1.
    pub fn asin(&self) -> Out<Self> {
        let one = Num::int(1);
        let room = one.sub(&self.mul(self));
        match room.sign()? {
            Ordering::Less => Err(Fault::Undefined),
            Ordering::Equal => {
                let half = Num::F(F::pi()).mul(&Num::Q(Q { n: 1, d: 2 }));
                Ok(if self.sign()? == Ordering::Less { half.neg() } else { half })
            }
            Ordering::Greater => self.div(&room.sqrt()?)?.atan(),
        }
    }
    /// The larger (`Greater`) or smaller (`Less`) of two.
    pub fn extreme(&self, o: &Self, which: Ordering) -> Self {
        match self.cmp(o) {
            Ok(c) => {
                if c == which {
                    self.clone()
                } else {
                    o.clone()
                }
            }
            Err(_) => Num::F(self.field().hull(&o.field())),
        }
    }
    /// The floor, if it is certain.
    pub fn floor(&self) -> Out<i64> {
        match self {
            Num::Q(q) => Ok(q.n.div_euclid(q.d)),
            Num::F(f) => f.floor().ok_or(Fault::Unclear),
        }
    }
    /// As text.
    pub fn text(&self, digits: usize) -> String {
        match self {
            Num::Q(q) => q.to_string(),
            Num::F(f) => f.text(digits),
        }
    }
}
