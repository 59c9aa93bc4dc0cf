//! Polynomials in one name with rational coefficients, and quotients of them.

use gradus_term::{Aff, IVar, Id, Node, Rat, Store, VarId};

/// Degrees a polynomial may have.
const DEGREE: usize = 24;

/// The coefficients, lowest first; the last is not 0, and 0 has none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Poly(pub Vec<Rat>);

impl Poly {
    pub fn number(q: Rat) -> Poly {
        Poly(vec![q]).trimmed()
    }
    pub fn one() -> Poly {
        Poly::number(Rat::one())
    }
    /// `k x + c`
    pub fn linear(k: i64, c: i64) -> Poly {
        Poly(vec![Rat::int(c), Rat::int(k)]).trimmed()
    }
    /// `x − z`
    pub fn without(z: &Rat) -> Poly {
        Poly(vec![z.neg(), Rat::one()])
    }
    fn trimmed(mut self) -> Poly {
        while self.0.last().is_some_and(Rat::is_zero) {
            self.0.pop();
        }
        self
    }
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }
    /// The degree; of 0, 0.
    pub fn degree(&self) -> usize {
        self.0.len().saturating_sub(1)
    }
    pub fn coefficient(&self, k: usize) -> Rat {
        self.0.get(k).cloned().unwrap_or_else(Rat::zero)
    }
    pub fn lead(&self) -> Rat {
        self.0.last().cloned().unwrap_or_else(Rat::zero)
    }
    pub fn add(&self, o: &Poly) -> Poly {
        let n = self.0.len().max(o.0.len());
        Poly((0..n).map(|k| self.coefficient(k).add(&o.coefficient(k))).collect()).trimmed()
    }
    pub fn scale(&self, q: &Rat) -> Poly {
        Poly(self.0.iter().map(|c| c.mul(q)).collect()).trimmed()
    }
    pub fn sub(&self, o: &Poly) -> Poly {
        self.add(&o.scale(&Rat::int(-1)))
    }
    pub fn mul(&self, o: &Poly) -> Poly {
        let mut out = vec![Rat::zero(); (self.0.len() + o.0.len()).saturating_sub(1)];
        for (i, a) in self.0.iter().enumerate() {
            for (j, b) in o.0.iter().enumerate() {
                if let Some(c) = out.get_mut(i + j) {
                    *c = c.add(&a.mul(b));
                }
            }
        }
        Poly(out).trimmed()
    }
    pub fn pow(&self, n: usize) -> Poly {
        (0..n).fold(Poly::one(), |p, _| p.mul(self))
    }
    /// The polynomial at `x + h`.
    pub fn shifted(&self, h: i64) -> Poly {
        let step = Poly::linear(1, h);
        self.0.iter().rev().fold(Poly(Vec::new()), |p, c| p.mul(&step).add(&Poly::number(c.clone())))
    }
    pub fn at(&self, x: &Rat) -> Rat {
        self.0.iter().rev().fold(Rat::zero(), |v, c| v.mul(x).add(c))
    }
    /// Quotient and remainder.
    pub fn divided(&self, by: &Poly) -> Option<(Poly, Poly)> {
        let lead = by.lead();
        let (mut rest, mut quotient) = (self.clone(), Poly(Vec::new()));
        while !rest.is_zero() && rest.degree() >= by.degree() {
            let mut term = vec![Rat::zero(); rest.degree() - by.degree()];
            term.push(rest.lead().div(&lead)?);
            let term = Poly(term);
            rest = rest.sub(&term.mul(by));
            quotient = quotient.add(&term);
        }
        Some((quotient, rest))
    }
    /// The greatest common divisor, with 1 for its highest coefficient.
    pub fn gcd(&self, o: &Poly) -> Option<Poly> {
        let (mut a, mut b) = (self.clone(), o.clone());
        while !b.is_zero() {
            let (_, rest) = a.divided(&b)?;
            (a, b) = (b, rest);
        }
        let lead = a.lead().recip()?;
        Some(a.scale(&lead))
    }
    /// The polynomial of the term `x`.
    pub fn term(&self, s: &Store, x: Id) -> Id {
        let summands: Vec<gradus_term::Summand> = (0..self.0.len())
            .rev()
            .map(|k| (k, self.coefficient(k)))
            .filter(|(_, c)| !c.is_zero())
            .map(|(k, c)| {
                let power = match k {
                    0 => s.int(1),
                    1 => x,
                    _ => s.pow(x, s.int(i64::try_from(k).unwrap_or(0))),
                };
                gradus_term::Summand { neg: c.is_negative(), term: s.mul(s.rational(&c.abs()), power) }
            })
            .collect();
        crate::tidy::tidy(s, s.sum(&summands))
    }
}

/// `above/below · base^v`: a term whose neighbours have a rational quotient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Hypergeometric {
    pub above: Poly,
    pub below: Poly,
    pub base: Rat,
}

impl Hypergeometric {
    pub fn number(q: Rat) -> Self {
        Hypergeometric { above: Poly::number(q), below: Poly::one(), base: Rat::one() }
    }
    pub fn times(&self, o: &Self) -> Option<Self> {
        Hypergeometric { above: self.above.mul(&o.above), below: self.below.mul(&o.below), base: self.base.mul(&o.base) }.lowest()
    }
    fn inverse(&self) -> Option<Self> {
        (!self.above.is_zero()).then_some(())?;
        Some(Hypergeometric { above: self.below.clone(), below: self.above.clone(), base: self.base.recip()? })
    }
    fn plus(&self, o: &Self) -> Option<Self> {
        let same = self.base == o.base || self.above.is_zero() || o.above.is_zero();
        let base = if self.above.is_zero() { &o.base } else { &self.base };
        let above = self.above.mul(&o.below).add(&o.above.mul(&self.below));
        same.then(|| Hypergeometric { above, below: self.below.mul(&o.below), base: base.clone() })?.lowest()
    }
    /// Common factors cancelled.
    pub fn lowest(self) -> Option<Self> {
        if self.above.is_zero() {
            return Some(Hypergeometric { below: Poly::one(), ..self });
        }
        let common = self.above.gcd(&self.below)?;
        let (above, below) = (self.above.divided(&common)?.0, self.below.divided(&common)?.0);
        (above.degree() <= DEGREE && below.degree() <= DEGREE).then_some(Hypergeometric { above, below, ..self })
    }
    /// A term in a whole number `v`, without other names.
    pub fn of(s: &Store, t: Id, v: VarId) -> Option<Self> {
        let index = |a: &Aff| {
            let k = a.coef(IVar::Free(v));
            let c = a.add_scaled(&Aff::free(v), -k).as_int()?;
            Some((k, c))
        };
        match s.node(t) {
            Node::Num(q) => Some(Hypergeometric::number(q.clone())),
            Node::Index(a) => {
                let (k, c) = index(a)?;
                Some(Hypergeometric { above: Poly::linear(k, c), ..Hypergeometric::number(Rat::one()) })
            }
            Node::Sum(xs) => xs.iter().try_fold(Hypergeometric::number(Rat::zero()), |sum, x| {
                let sign = Hypergeometric::number(Rat::int(if x.neg { -1 } else { 1 }));
                sum.plus(&Hypergeometric::of(s, x.term, v)?.times(&sign)?)
            }),
            Node::Product(xs) => {
                xs.iter().try_fold(Hypergeometric::number(Rat::one()), |product, x| product.times(&Hypergeometric::of(s, *x, v)?))
            }
            Node::Quot(a, b) => Hypergeometric::of(s, *a, v)?.times(&Hypergeometric::of(s, *b, v)?.inverse()?),
            Node::Pow(b, e) => {
                if let Some(n) = s.as_rational(*e).and_then(|q| q.to_i64()).filter(|n| n.unsigned_abs() <= 8) {
                    let base = Hypergeometric::of(s, *b, v)?;
                    let base = if n < 0 { base.inverse()? } else { base };
                    return (0..n.unsigned_abs()).try_fold(Hypergeometric::number(Rat::one()), |p, _| p.times(&base));
                }
                let (k, c) = match s.node(*e) {
                    Node::Index(a) => index(a)?,
                    _ => return None,
                };
                let q = s.as_rational(*b).filter(|q| !q.is_zero() && k.unsigned_abs() <= 4 && c.unsigned_abs() <= 16)?;
                Some(Hypergeometric { base: q.pow(k)?, ..Hypergeometric::number(q.pow(c)?) })
            }
            _ => None,
        }
    }
    /// The value at a whole number.
    pub fn at(&self, x: i64) -> Option<Rat> {
        let x = Rat::int(x);
        self.above.at(&x).div(&self.below.at(&x))?.mul(&self.base.pow(x.to_i64()?)?).into()
    }
    /// The term at `x + h`.
    pub fn term(&self, s: &Store, x: &Aff, h: i64) -> Option<Id> {
        let at = s.index(x.clone());
        let facts = gradus_decide::Facts::new(s, &[]);
        let nicest = |p: &Poly| {
            let whole = p.shifted(h).term(s, at);
            facts.factor(whole).map_or(whole, |t| crate::tidy::tidy(s, t))
        };
        let lead = self.above.lead().div(&self.below.lead())?;
        let monic = |p: &Poly| Some(p.scale(&p.lead().recip()?));
        // The number in front is one fraction with the polynomials, of whole coefficients each.
        let whole = |p: Poly| {
            let by = p.0.iter().fold(Rat::one(), |l, c| l.lcm(&denominator(c)));
            (p.scale(&by), by)
        };
        let ((above, a), (below, b)) = (whole(monic(&self.above)?), whole(monic(&self.below)?));
        let q = lead.mul(&b).div(&a)?;
        // `2^(n + 1)`, but `(n + 2)/2^n`: of a fraction the number in front takes what it can.
        let (base_above, base_below) = (numerator(&self.base), denominator(&self.base));
        let (q, end) = if base_above.is_one() { (q.mul(&self.base.pow(h)?), x.clone()) } else { (q, x.plus(h)) };
        let raised = |b: &Rat| if b.is_one() { s.int(1) } else { s.pow(s.rational(b), s.index(end.clone())) };
        let top = s.product(&[s.rational(&numerator(&q.abs())), nicest(&above), raised(&base_above)]);
        let bottom = s.product(&[s.rational(&denominator(&q)), nicest(&below), raised(&base_below)]);
        let fraction = in_indices(s, crate::tidy::tidy(s, s.quot(top, bottom)));
        Some(if q.is_negative() { crate::tidy::tidy(s, s.neg(fraction)) } else { fraction })
    }
}

fn numerator(q: &Rat) -> Rat {
    Rat::from_big(q.numer().into())
}
fn denominator(q: &Rat) -> Rat {
    Rat::from_big(q.denom().into())
}

/// The term with every sum of whole numbers as one index expression.
pub(crate) fn in_indices(s: &Store, t: Id) -> Id {
    s.bottom_up(t, true, &mut |t| match s.node(t) {
        Node::Sum(_) => s.as_aff(t).map_or(t, |a| s.index(a)),
        _ => t,
    })
}
