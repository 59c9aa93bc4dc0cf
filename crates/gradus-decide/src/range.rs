//! Intervals of real numbers with open or closed rational ends, and "not 0": what is known of a value.
//!
//! Every operation returns an interval that contains all values of the operation on members of its arguments.

use gradus_term::{Domain, Rat};
use std::cmp::Ordering;

/// The signs a value can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Signs {
    /// It may be < 0.
    pub neg: bool,
    /// It may be 0.
    pub zero: bool,
    /// It may be > 0.
    pub pos: bool,
}

impl Signs {
    /// Nothing is known.
    pub const ANY: Signs = Signs { neg: true, zero: true, pos: true };
    /// Certainly > 0.
    pub fn is_positive(self) -> bool {
        !self.neg && !self.zero
    }
    /// Certainly < 0.
    pub fn is_negative(self) -> bool {
        !self.pos && !self.zero
    }
    /// Certainly ≥ 0.
    pub fn is_nonneg(self) -> bool {
        !self.neg
    }
    /// Certainly ≠ 0.
    pub fn is_nonzero(self) -> bool {
        !self.zero
    }
    /// Certainly 0.
    pub fn is_zero(self) -> bool {
        !self.neg && !self.pos
    }
}

/// An end of an interval: the number and whether it belongs to it.
type End = Option<(Rat, bool)>;

/// What is known of a value: it lies in the interval, and is not 0 if so flagged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Range {
    pub lo: End,
    pub hi: End,
    pub nonzero: bool,
}

/// Decimals of the ends that enclose a logarithm.
const DECIMALS: i64 = 1_000_000_000;

/// Two numbers, one below and one above the logarithm of a positive number that is not 1 and not too long: `q = 2^k m` with m near 1, and
/// `log m = 2 (y + y³/3 + y⁵/5 + …)` for `y = (m − 1)/(m + 1)`, |y| ≤ 1/5, where what is left out after the term in y¹⁵ is less
/// than |y|¹⁷.
fn logarithm(q: &Rat) -> Option<(Rat, Rat)> {
    if q.is_one() || q.numer().bits() > 64 || q.denom().bits() > 64 {
        return None;
    }
    let (mut m, mut k) = (q.clone(), 0i64);
    let (high, low) = (Rat::new(4, 3)?, Rat::new(2, 3)?);
    while m > high {
        m = m.div(&Rat::int(2))?;
        k += 1;
    }
    while m < low {
        m = m.mul(&Rat::int(2));
        k -= 1;
    }
    let y = m.sub(&Rat::one()).div(&m.add(&Rat::one()))?;
    let (mut sum, mut power) = (Rat::zero(), y.clone());
    for n in [1, 3, 5, 7, 9, 11, 13, 15] {
        sum = sum.add(&power.mul(&Rat::new(2, n)?));
        power = power.mul(&y).mul(&y);
    }
    let rest = power.abs();
    let down = |x: Rat| x.mul(&Rat::int(DECIMALS)).floor().div(&Rat::int(DECIMALS));
    let (lo, hi) = (down(sum.sub(&rest))?, down(sum.add(&rest).neg())?.neg());
    // 0.693147180 < log 2 < 0.693147181
    let (less, more) = (Rat::new(693_147_180, DECIMALS)?, Rat::new(693_147_181, DECIMALS)?);
    let (a, b) = if k >= 0 { (less, more) } else { (more, less) };
    let step = Rat::new(1, DECIMALS)?;
    Some((lo.add(&a.mul(&Rat::int(k))).sub(&step), hi.add(&b.mul(&Rat::int(k))).add(&step)))
}

impl Range {
    pub fn any() -> Self {
        Range { lo: None, hi: None, nonzero: false }
    }
    /// Strictly between two positive decimals, given as numerators over a power of ten.
    pub fn decimals(lo: i64, hi: i64, over: i64) -> Self {
        let end = |n: i64| Rat::new(n, over).map(|q| (q, false));
        Range { lo: end(lo), hi: end(hi), nonzero: true }
    }
    /// The square roots of the members that have one.
    pub fn root(&self) -> Self {
        let end = |e: &End| e.as_ref().and_then(|(q, own)| Some((q.root(2)?, *own)));
        let base = if self.signs().is_nonzero() { Range::positive() } else { Range::nonneg() };
        let within = base.meet(&Range { lo: end(&self.lo), hi: end(&self.hi), nonzero: false });
        if within.is_empty() {
            base
        } else {
            within
        }
    }
    /// The logarithms of the positive members.
    pub fn logarithm(&self) -> Self {
        let end = |e: &End| e.as_ref().filter(|e| e.0.is_positive()).and_then(|e| logarithm(&e.0));
        Range { lo: end(&self.lo).map(|b| (b.0, false)), hi: end(&self.hi).map(|b| (b.1, false)), nonzero: false }
    }
    pub fn point(q: Rat) -> Self {
        Range { nonzero: !q.is_zero(), lo: Some((q.clone(), true)), hi: Some((q, true)) }
    }
    pub fn positive() -> Self {
        Range { lo: Some((Rat::zero(), false)), hi: None, nonzero: true }
    }
    pub fn nonneg() -> Self {
        Range { lo: Some((Rat::zero(), true)), hi: None, nonzero: false }
    }
    pub fn between(a: i64, b: i64) -> Self {
        Range { lo: Some((Rat::int(a), true)), hi: Some((Rat::int(b), true)), nonzero: false }
    }
    pub fn of_domain(d: &Domain) -> Self {
        match d {
            Domain::Real | Domain::Int => Range::any(),
            Domain::Nat => Range { lo: Some((Rat::one(), true)), hi: None, nonzero: true },
            Domain::Finite(xs) => match (xs.iter().min(), xs.iter().max()) {
                (Some(a), Some(b)) => {
                    Range { lo: Some((a.clone(), true)), hi: Some((b.clone(), true)), nonzero: !xs.iter().any(Rat::is_zero) }
                }
                _ => Range::any(),
            },
            Domain::Interval(a, b) => Range { lo: a.clone(), hi: b.clone(), nonzero: false },
        }
    }
    pub fn signs(&self) -> Signs {
        let zero = Rat::zero();
        let above = |closed_counts: bool| match &self.lo {
            Some((q, c)) => *q > zero || (*q == zero && (!closed_counts || !c)),
            None => false,
        };
        let below = |closed_counts: bool| match &self.hi {
            Some((q, c)) => *q < zero || (*q == zero && (!closed_counts || !c)),
            None => false,
        };
        Signs { neg: !above(false), pos: !below(false), zero: !(self.nonzero || above(true) || below(true)) }
    }
    /// Whether no number lies in it.
    pub fn is_empty(&self) -> bool {
        match (&self.lo, &self.hi) {
            (Some((a, c)), Some((b, d))) => a > b || a == b && (!(*c && *d) || a.is_zero() && self.nonzero),
            _ => false,
        }
    }
    /// Both are known.
    pub fn meet(&self, o: &Range) -> Range {
        Range {
            lo: tighter(&self.lo, &o.lo, Ordering::Greater),
            hi: tighter(&self.hi, &o.hi, Ordering::Less),
            nonzero: self.nonzero || o.nonzero,
        }
        .settled()
    }
    /// One of both is known.
    pub fn join(&self, o: &Range) -> Range {
        Range {
            lo: looser(&self.lo, &o.lo, Ordering::Less),
            hi: looser(&self.hi, &o.hi, Ordering::Greater),
            nonzero: self.signs().is_nonzero() && o.signs().is_nonzero(),
        }
    }
    pub fn add(&self, o: &Range) -> Range {
        let end = |a: &End, b: &End| Some((a.as_ref()?.0.add(&b.as_ref()?.0), a.as_ref()?.1 && b.as_ref()?.1));
        let nonzero = self.signs().is_zero() && o.nonzero || o.signs().is_zero() && self.nonzero;
        Range { lo: end(&self.lo, &o.lo), hi: end(&self.hi, &o.hi), nonzero }.settled()
    }
    pub fn neg(&self) -> Range {
        let n = |e: &End| e.as_ref().map(|(q, c)| (q.neg(), *c));
        Range { lo: n(&self.hi), hi: n(&self.lo), nonzero: self.nonzero }
    }
    pub fn scale(&self, q: &Rat) -> Range {
        self.mul(&Range::point(q.clone()))
    }
    pub fn mul(&self, o: &Range) -> Range {
        let (a, b) = ([corner(&self.lo, -1), corner(&self.hi, 1)], [corner(&o.lo, -1), corner(&o.hi, 1)]);
        let mut all: Vec<Corner> = Vec::with_capacity(4);
        for x in &a {
            for y in &b {
                all.push(x.times(y));
            }
        }
        let lo = all.iter().min_by(|x, y| x.order(y).then_with(|| y.closed.cmp(&x.closed)));
        let hi = all.iter().max_by(|x, y| x.order(y).then_with(|| x.closed.cmp(&y.closed)));
        let nonzero = self.signs().is_nonzero() && o.signs().is_nonzero();
        Range { lo: lo.and_then(Corner::end), hi: hi.and_then(Corner::end), nonzero }.settled()
    }
    /// `1/x` for the non-zero members.
    pub fn recip(&self) -> Range {
        let s = self.signs();
        let inv = |e: &End| match e {
            Some((q, c)) => q.recip().map(|r| (r, *c)),
            None => Some((Rat::zero(), false)),
        };
        if !s.neg {
            Range { lo: inv(&self.hi), hi: inv(&self.lo), nonzero: true }.meet(&Range::positive())
        } else if !s.pos {
            Range { lo: inv(&self.hi), hi: inv(&self.lo), nonzero: true }.meet(&Range::positive().neg())
        } else {
            Range { lo: None, hi: None, nonzero: true }
        }
    }
    /// `x^k` for a whole `k ≥ 0`.
    pub fn powi(&self, k: u32) -> Range {
        match k {
            0 => Range::point(Rat::one()),
            1 => self.clone(),
            _ => {
                let s = self.signs();
                let mut acc = self.clone();
                for _ in 1..k.min(6) {
                    acc = acc.mul(self);
                }
                if k > 6 {
                    acc = self.same_sign();
                }
                if k.is_multiple_of(2) {
                    acc = if k > 6 { Range::nonneg() } else { acc.meet(&Range::nonneg()) };
                }
                acc.nonzero |= s.is_nonzero();
                acc.settled()
            }
        }
    }
    /// An increasing function that keeps 0 and sign, with no bounds known: arctan, root.
    pub fn same_sign(&self) -> Range {
        let s = self.signs();
        let mut r = Range::any();
        if !s.neg {
            r = r.meet(&Range::nonneg());
        }
        if !s.pos {
            r = r.meet(&Range::nonneg().neg());
        }
        r.nonzero = s.is_nonzero();
        r
    }
    /// An end at 0 that the value does not reach is open, so that `x² + y²` is positive where `x ≠ 0`.
    fn settled(mut self) -> Self {
        self.nonzero |= self.signs().is_nonzero();
        if self.nonzero {
            for (q, closed) in [&mut self.lo, &mut self.hi].into_iter().flatten() {
                *closed &= !q.is_zero();
            }
        }
        self
    }
    /// Restricts by a comparison with a number.
    pub fn bounded(&self, op: gradus_term::RelOp, q: &Rat) -> Range {
        use gradus_term::RelOp as R;
        let e = |c| Some((q.clone(), c));
        let r = match op {
            R::Eq => Range::point(q.clone()),
            R::Ne => Range { nonzero: q.is_zero(), ..Range::any() },
            R::Lt => Range { hi: e(false), ..Range::any() },
            R::Le => Range { hi: e(true), ..Range::any() },
            R::Gt => Range { lo: e(false), ..Range::any() },
            R::Ge => Range { lo: e(true), ..Range::any() },
        };
        self.meet(&r).settled()
    }
}

fn tighter(a: &End, b: &End, want: Ordering) -> End {
    match (a, b) {
        (None, x) | (x, None) => x.clone(),
        (Some((p, c)), Some((q, d))) => match p.cmp(q) {
            Ordering::Equal => Some((p.clone(), *c && *d)),
            o if o == want => a.clone(),
            _ => b.clone(),
        },
    }
}
fn looser(a: &End, b: &End, want: Ordering) -> End {
    match (a, b) {
        (None, _) | (_, None) => None,
        (Some((p, c)), Some((q, d))) => match p.cmp(q) {
            Ordering::Equal => Some((p.clone(), *c || *d)),
            o if o == want => a.clone(),
            _ => b.clone(),
        },
    }
}

/// An end on the extended line.
#[derive(Clone)]
struct Corner {
    /// −1, 0 or 1 times infinity.
    inf: i8,
    q: Rat,
    closed: bool,
}
fn corner(e: &End, side: i8) -> Corner {
    match e {
        Some((q, c)) => Corner { inf: 0, q: q.clone(), closed: *c },
        None => Corner { inf: side, q: Rat::zero(), closed: false },
    }
}
impl Corner {
    fn sign(&self) -> i8 {
        match self.inf {
            0 => i8::from(self.q.is_positive()) - i8::from(self.q.is_negative()),
            s => s,
        }
    }
    fn is_zero(&self) -> bool {
        self.inf == 0 && self.q.is_zero()
    }
    fn times(&self, o: &Corner) -> Corner {
        if self.is_zero() || o.is_zero() {
            let closed = (self.is_zero() && self.closed) || (o.is_zero() && o.closed);
            return Corner { inf: 0, q: Rat::zero(), closed };
        }
        if self.inf != 0 || o.inf != 0 {
            return Corner { inf: self.sign() * o.sign(), q: Rat::zero(), closed: false };
        }
        Corner { inf: 0, q: self.q.mul(&o.q), closed: self.closed && o.closed }
    }
    fn order(&self, o: &Corner) -> Ordering {
        self.inf.cmp(&o.inf).then_with(|| self.q.cmp(&o.q))
    }
    fn end(&self) -> End {
        (self.inf == 0).then(|| (self.q.clone(), self.closed))
    }
}

#[cfg(test)]
mod tests;
