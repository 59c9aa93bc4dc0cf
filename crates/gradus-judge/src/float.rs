//! Floating-point numbers with a mantissa of 192 bits, truncated, and upper bounds of errors.
//!
//! [`Big`] is `±m·2^e` with the top bit of `m` set, or zero. Every operation says whether it was exact; if not, the result
//! is less than two units in the last place (`2^(e+1)`) away. [`Mag`] is an upper bound of a non-negative number with 31 bits.

use num_bigint::{BigInt, BigUint, Sign};
use std::cmp::Ordering;

/// Bits of a mantissa.
pub const BITS: i64 = 192;

/// `±m·2^e`, `m` normalised, limbs from the least significant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Big {
    /// Sign.
    pub neg: bool,
    /// Exponent of the lowest bit.
    pub e: i64,
    /// Mantissa.
    pub m: [u64; 3],
}

/// `m·2^e`, an upper bound; `m < 2^31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mag {
    m: u64,
    e: i64,
}

impl Mag {
    /// 0.
    pub const ZERO: Mag = Mag { m: 0, e: 0 };
    const CAP: i64 = 1 << 58;
    /// No bound.
    pub const INFINITE: Mag = Mag { m: 1 << 30, e: Mag::CAP };
    fn is_infinite(self) -> bool {
        self.m != 0 && self.e >= Mag::CAP
    }
    /// At least `m·2^e`.
    pub fn new(m: u64, e: i64) -> Self {
        if m == 0 {
            return Mag::ZERO;
        }
        if e > Mag::CAP {
            return Mag::INFINITE;
        }
        let e = e.max(-Mag::CAP);
        let bits = 64 - i64::from(m.leading_zeros());
        if bits <= 30 {
            return Mag { m: m << (30 - bits), e: e - (30 - bits) };
        }
        let s = bits - 30;
        let top = m >> s;
        let exact = top << s == m;
        Mag { m: top + u64::from(!exact), e: e + s }
    }
    /// `2^e`.
    pub fn pow2(e: i64) -> Self {
        Mag::new(1, e)
    }
    /// Whether this is 0.
    pub fn is_zero(self) -> bool {
        self.m == 0
    }
    /// At least `self + o`.
    #[must_use]
    pub fn add(self, o: Mag) -> Mag {
        if self.m == 0 {
            return o;
        }
        if o.m == 0 {
            return self;
        }
        let (a, b) = if self.e >= o.e { (self, o) } else { (o, self) };
        let d = a.e - b.e;
        let low = if d > 60 { 1 } else { (b.m >> d) + 1 };
        Mag::new(a.m + low, a.e)
    }
    /// At least `self * o`.
    #[must_use]
    pub fn mul(self, o: Mag) -> Mag {
        if self.m == 0 || o.m == 0 {
            return Mag::ZERO;
        }
        if self.is_infinite() || o.is_infinite() {
            return Mag::INFINITE;
        }
        Mag::new(self.m * o.m, self.e + o.e)
    }
    /// At least `self / o`, where `o` is read as a lower bound; `o` not 0.
    #[must_use]
    pub fn div(self, o: Mag) -> Mag {
        if self.m == 0 || o.m == 0 {
            return if self.m == 0 { Mag::ZERO } else { Mag::INFINITE };
        }
        if self.is_infinite() {
            return Mag::INFINITE;
        }
        Mag::new((self.m << 31) / o.m + 1, self.e - o.e - 31)
    }
    /// `self·2^k`.
    #[must_use]
    pub fn shift(self, k: i64) -> Mag {
        if self.is_infinite() {
            self
        } else {
            Mag::new(self.m, self.e + k)
        }
    }
    /// Whether `self <= 2^k`.
    pub fn at_most_pow2(self, k: i64) -> bool {
        self.m == 0 || self.e + 31 <= k || Big::from_mag(self).cmp_abs(&Big::int(1).scale(k)) != Ordering::Greater
    }
    /// As an `f64`, rounded somewhere near.
    #[allow(clippy::cast_precision_loss, reason = "31 bits fit")]
    pub fn approx(self) -> f64 {
        libm::ldexp(self.m as f64, clamp_exp(self.e))
    }
}

fn clamp_exp(e: i64) -> i32 {
    i32::try_from(e.clamp(-5000, 5000)).unwrap_or(0)
}

/// The top 192 bits of `limbs·2^e`; the flag says whether anything was lost.
fn normalise(neg: bool, limbs: &[u64], e: i64, mut lost: bool) -> (Big, bool) {
    let Some(top) = limbs.iter().rposition(|x| *x != 0) else {
        return (Big::ZERO, lost);
    };
    let at = |k: i64| usize::try_from(k).ok().and_then(|k| limbs.get(k)).copied().unwrap_or(0);
    let t = top as i64;
    let lz = at(t).leading_zeros();
    let mut m = [0u64; 3];
    for (j, out) in m.iter_mut().enumerate() {
        let k = t - 2 + j as i64;
        *out = if lz == 0 { at(k) } else { (at(k) << lz) | (at(k - 1) >> (64 - lz)) };
    }
    let below = if lz == 0 { 0 } else { at(t - 3) << lz };
    lost |= below != 0 || limbs.iter().take(usize::try_from((t - 2 - i64::from(lz > 0)).max(0)).unwrap_or(0)).any(|x| *x != 0);
    (Big { neg, e: e + (t - 2) * 64 - i64::from(lz), m }, lost)
}

impl Big {
    /// 0.
    pub const ZERO: Big = Big { neg: false, e: 0, m: [0; 3] };
    /// Whether this is 0.
    pub fn is_zero(&self) -> bool {
        self.m[2] == 0
    }
    /// The integer `n`.
    pub fn int(n: i64) -> Self {
        normalise(n < 0, &[n.unsigned_abs()], 0, false).0
    }
    /// The big integer, truncated.
    pub fn from_bigint(n: &BigInt) -> (Self, bool) {
        normalise(n.sign() == Sign::Minus, &n.magnitude().to_u64_digits(), 0, false)
    }
    /// The value of a bound, exactly.
    pub fn from_mag(m: Mag) -> Self {
        normalise(false, &[m.m], m.e, false).0
    }
    /// The value of an `f64`, exactly; 0 for what is not finite.
    pub fn from_f64(x: f64) -> Self {
        if !x.is_finite() || x == 0.0 {
            return Big::ZERO;
        }
        let (f, e) = libm::frexp(x.abs());
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "2^53 f is an integer below 2^53")]
        let m = libm::ldexp(f, 53) as u64;
        normalise(x < 0.0, &[m], i64::from(e) - 53, false).0
    }
    /// `self·2^k`.
    #[must_use]
    pub fn scale(mut self, k: i64) -> Self {
        if !self.is_zero() {
            self.e += k;
        }
        self
    }
    /// `-self`.
    #[must_use]
    pub fn neg(mut self) -> Self {
        self.neg = !self.neg && !self.is_zero();
        self
    }
    /// The absolute values compared.
    pub fn cmp_abs(&self, o: &Big) -> Ordering {
        match (self.is_zero(), o.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            _ => {}
        }
        self.e.cmp(&o.e).then_with(|| self.m.iter().rev().cmp(o.m.iter().rev()))
    }
    /// At least `|self|`.
    pub fn upper(&self) -> Mag {
        if self.is_zero() {
            Mag::ZERO
        } else {
            Mag::new((self.m[2] >> 34) + 1, self.e + 128 + 34)
        }
    }
    /// At most `|self|`, as a number of 30 bits.
    pub fn lower(&self) -> Mag {
        if self.is_zero() {
            Mag::ZERO
        } else {
            Mag { m: self.m[2] >> 34, e: self.e + 128 + 34 }
        }
    }
    /// One more than the exponent of the top bit.
    pub fn top(&self) -> i64 {
        self.e + BITS
    }
    /// `self + o`.
    pub fn add(&self, o: &Big) -> (Big, bool) {
        if self.is_zero() {
            return (*o, false);
        }
        if o.is_zero() {
            return (*self, false);
        }
        let (a, b) = if self.cmp_abs(o) == Ordering::Less { (o, self) } else { (self, o) };
        let d = a.e - b.e;
        if d > 255 {
            return (*a, true);
        }
        let big = [0, a.m[0], a.m[1], a.m[2]];
        let (small, lost) = shifted(&b.m, d);
        let mut r = [0u64; 5];
        if a.neg == b.neg {
            let mut carry = 0u128;
            for k in 0..4 {
                let t = u128::from(big[k]) + u128::from(small[k]) + carry;
                r[k] = t as u64;
                carry = t >> 64;
            }
            r[4] = carry as u64;
        } else {
            let mut borrow = false;
            for k in 0..4 {
                let (x, b1) = big[k].overflowing_sub(small[k]);
                let (x, b2) = x.overflowing_sub(u64::from(borrow));
                r[k] = x;
                borrow = b1 || b2;
            }
        }
        let (v, inexact) = normalise(a.neg, &r, a.e - 64, lost);
        (v, inexact)
    }
    /// `self * o`.
    pub fn mul(&self, o: &Big) -> (Big, bool) {
        if self.is_zero() || o.is_zero() {
            return (Big::ZERO, false);
        }
        let mut r = [0u64; 6];
        for i in 0..3 {
            let mut carry = 0u128;
            for j in 0..3 {
                let t = u128::from(self.m[i]) * u128::from(o.m[j]) + u128::from(r[i + j]) + carry;
                r[i + j] = t as u64;
                carry = t >> 64;
            }
            r[i + 3] = carry as u64;
        }
        normalise(self.neg != o.neg, &r, self.e + o.e, false)
    }
    /// The mantissa as a big integer.
    pub fn mantissa(&self) -> BigUint {
        self.m.iter().rev().fold(BigUint::default(), |acc, x| (acc << 64) + BigUint::from(*x))
    }
    /// `self / o`, `o` not 0.
    pub fn div(&self, o: &Big) -> (Big, bool) {
        if self.is_zero() || o.is_zero() {
            return (Big::ZERO, false);
        }
        let (n, d) = (self.mantissa() << 200, o.mantissa());
        let q: BigUint = &n / &d;
        let lost = &q * &d != n;
        normalise(self.neg != o.neg, &q.to_u64_digits(), self.e - o.e - 200, lost)
    }
    /// √self for a positive number.
    pub fn sqrt(&self) -> (Big, bool) {
        if self.is_zero() || self.neg {
            return (Big::ZERO, false);
        }
        let shift = 200 + (self.e & 1);
        let n = self.mantissa() << shift;
        let r = n.sqrt();
        let lost = &r * &r != n;
        normalise(false, &r.to_u64_digits(), (self.e - shift) / 2, lost)
    }
    /// The nearest `f64` or so.
    #[allow(clippy::cast_precision_loss, reason = "an approximation is meant")]
    pub fn approx(&self) -> f64 {
        let v = libm::ldexp(self.m[2] as f64, clamp_exp(self.e + 128));
        if self.neg {
            -v
        } else {
            v
        }
    }
}

/// `m << 64 >> d` in four limbs; the flag says whether bits were lost.
fn shifted(m: &[u64; 3], d: i64) -> ([u64; 4], bool) {
    let src = [0, m[0], m[1], m[2]];
    let (limbs, bits) = ((d / 64) as usize, (d % 64) as u32);
    let mut out = [0u64; 4];
    let mut lost = false;
    for (k, x) in src.iter().enumerate() {
        if k >= limbs {
            out[k - limbs] |= x >> bits;
        } else {
            lost |= *x != 0;
        }
        if bits > 0 {
            let low = x << (64 - bits);
            if k > limbs {
                out[k - limbs - 1] |= low;
            } else {
                lost |= low != 0;
            }
        }
    }
    (out, lost)
}
