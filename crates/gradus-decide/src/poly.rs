//! Polynomials with rational coefficients in finitely many variables: arithmetic, exact division, greatest common divisors.
//!
//! Sparse: exponent vectors (trailing zeros dropped) to coefficients. Used for presentation only; sizes are small and every
//! operation refuses beyond [`MAX_TERMS`].

use gradus_term::Rat;
use num_integer::Integer;
use std::collections::BTreeMap;

/// Exponents of variables 0, 1, …; no trailing zero.
pub(crate) type Exps = Vec<u32>;

/// Larger results are refused.
pub(crate) const MAX_TERMS: usize = 2000;
const MAX_DEGREE: u32 = 64;

/// A polynomial: no zero coefficient.
#[derive(Clone, PartialEq, Eq, Debug, Default, PartialOrd, Ord)]
pub(crate) struct Poly {
    pub terms: BTreeMap<Exps, Rat>,
}

fn trimmed(mut e: Exps) -> Exps {
    while e.last() == Some(&0) {
        e.pop();
    }
    e
}
fn exp_of(e: &[u32], v: usize) -> u32 {
    e.get(v).copied().unwrap_or(0)
}

impl Poly {
    pub fn zero() -> Self {
        Self::default()
    }
    pub fn num(q: Rat) -> Self {
        Self::term(Vec::new(), q)
    }
    pub fn one() -> Self {
        Self::num(Rat::one())
    }
    pub fn term(e: Exps, q: Rat) -> Self {
        let mut p = Self::default();
        if !q.is_zero() {
            p.terms.insert(trimmed(e), q);
        }
        p
    }
    pub fn var(v: usize) -> Self {
        let mut e = vec![0; v + 1];
        if let Some(x) = e.last_mut() {
            *x = 1;
        }
        Self::term(e, Rat::one())
    }
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }
    pub fn as_num(&self) -> Option<Rat> {
        match self.terms.len() {
            0 => Some(Rat::zero()),
            1 => self.terms.get(&Vec::new()).cloned(),
            _ => None,
        }
    }
    pub fn add_scaled(&self, o: &Self, c: &Rat) -> Self {
        let mut out = self.clone();
        for (e, q) in &o.terms {
            let s = out.terms.get(e).map_or_else(|| q.mul(c), |p| p.add(&q.mul(c)));
            if s.is_zero() {
                out.terms.remove(e);
            } else {
                out.terms.insert(e.clone(), s);
            }
        }
        out
    }
    pub fn add(&self, o: &Self) -> Self {
        self.add_scaled(o, &Rat::one())
    }
    pub fn sub(&self, o: &Self) -> Self {
        self.add_scaled(o, &Rat::int(-1))
    }
    pub fn scale(&self, c: &Rat) -> Self {
        Self::zero().add_scaled(self, c)
    }
    pub fn neg(&self) -> Self {
        self.scale(&Rat::int(-1))
    }
    pub fn mul(&self, o: &Self) -> Option<Self> {
        if self.terms.len().saturating_mul(o.terms.len()) > 40 * MAX_TERMS {
            return None;
        }
        let mut out = BTreeMap::new();
        for (e, p) in &self.terms {
            for (f, q) in &o.terms {
                let g: Exps = (0..e.len().max(f.len())).map(|v| exp_of(e, v).saturating_add(exp_of(f, v))).collect();
                if g.iter().any(|x| *x > MAX_DEGREE) {
                    return None;
                }
                let c = out.entry(g).or_insert_with(Rat::zero);
                *c = c.add(&p.mul(q));
            }
        }
        out.retain(|_, q| !q.is_zero());
        (out.len() <= MAX_TERMS).then_some(Poly { terms: out })
    }
    pub fn pow(&self, k: u32) -> Option<Self> {
        let mut out = Self::one();
        for _ in 0..k {
            out = out.mul(self)?;
        }
        Some(out)
    }
    pub fn degree(&self, v: usize) -> u32 {
        self.terms.keys().map(|e| exp_of(e, v)).max().unwrap_or(0)
    }
    pub fn total_degree(&self) -> u32 {
        self.terms.keys().map(|e| e.iter().sum()).max().unwrap_or(0)
    }
    /// The variables that occur.
    pub fn vars(&self) -> Vec<usize> {
        let n = self.terms.keys().map(Vec::len).max().unwrap_or(0);
        (0..n).filter(|v| self.degree(*v) > 0).collect()
    }
    /// The leading coefficient in the order of exponents (last in the map).
    pub fn lead(&self) -> Option<(&Exps, &Rat)> {
        self.terms.iter().next_back()
    }
    /// The coefficients of `v^0, v^1, …`.
    pub fn coefficients(&self, v: usize) -> Vec<Poly> {
        let mut out = vec![Poly::zero(); self.degree(v) as usize + 1];
        for (e, q) in &self.terms {
            let k = exp_of(e, v) as usize;
            let mut f = e.clone();
            if let Some(x) = f.get_mut(v) {
                *x = 0;
            }
            if let Some(p) = out.get_mut(k) {
                p.terms.insert(trimmed(f), q.clone());
            }
        }
        out
    }
    pub fn from_coefficients(cs: &[Poly], v: usize) -> Option<Poly> {
        let mut out = Poly::zero();
        for (k, c) in cs.iter().enumerate() {
            let mut e = vec![0; v + 1];
            if let Some(x) = e.last_mut() {
                *x = u32::try_from(k).ok()?;
            }
            out = out.add(&c.mul(&Poly::term(e, Rat::one()))?);
        }
        Some(out)
    }
    /// With whole coprime coefficients and positive leading coefficient: `self = c · p`.
    pub fn primitive(&self) -> (Rat, Poly) {
        let Some((_, lead)) = self.lead() else { return (Rat::one(), Poly::zero()) };
        let (mut g, mut l) = (num_integer_zero(), num_integer_one());
        for q in self.terms.values() {
            g = g.gcd(&q.abs().numer());
            l = l.lcm(&q.denom());
        }
        let mut c = Rat::from(g).div(&Rat::from(l)).unwrap_or_else(Rat::one);
        if lead.is_negative() {
            c = c.neg();
        }
        let inv = c.recip().unwrap_or_else(Rat::one);
        (c, self.scale(&inv))
    }
    /// The exact quotient, if there is one.
    pub fn divide(&self, d: &Poly) -> Option<Poly> {
        let (le, lq) = d.lead()?;
        let inv = lq.recip()?;
        let (mut rest, mut out) = (self.clone(), Poly::zero());
        let mut steps = 0;
        while let Some((e, q)) = rest.lead() {
            steps += 1;
            if steps > MAX_TERMS || e.len() < le.len() || le.iter().zip(e).any(|(x, y)| x > y) {
                return None;
            }
            let f: Exps = e.iter().enumerate().map(|(v, x)| x - exp_of(le, v)).collect();
            let t = Poly::term(f, q.mul(&inv));
            rest = rest.sub(&t.mul(d)?);
            out = out.add(&t);
        }
        Some(out)
    }
    /// With the variable `v` at this value.
    pub fn eval(&self, v: usize, at: &Rat) -> Option<Poly> {
        let cs = self.coefficients(v);
        let mut out = Poly::zero();
        for c in cs.iter().rev() {
            out = out.scale(at).add(c);
        }
        Some(out)
    }
    pub fn derivative(&self, v: usize) -> Option<Poly> {
        let cs = self.coefficients(v);
        let ds: Vec<Poly> = cs.iter().enumerate().skip(1).map(|(k, c)| c.scale(&Rat::int(k as i64))).collect();
        Poly::from_coefficients(&ds, v)
    }
}

fn num_integer_zero() -> num_bigint::BigInt {
    Rat::zero().numer()
}
fn num_integer_one() -> num_bigint::BigInt {
    Rat::one().numer()
}
/// The greatest common divisor, primitive with positive leading coefficient; 1 if the computation is refused (which is a
/// common divisor too).
pub(crate) fn gcd(a: &Poly, b: &Poly) -> Poly {
    gcd_at(a, b, 0).unwrap_or_else(Poly::one)
}
fn gcd_at(a: &Poly, b: &Poly, depth: u32) -> Option<Poly> {
    if a.is_zero() {
        return Some(b.primitive().1);
    }
    if b.is_zero() {
        return Some(a.primitive().1);
    }
    if a.as_num().is_some() || b.as_num().is_some() {
        return Some(Poly::one());
    }
    if depth > 12 {
        return None;
    }
    // A variable in both; one that is in one only must drop out through the content.
    let (va, vb) = (a.vars(), b.vars());
    let Some(v) = va.iter().copied().filter(|v| vb.contains(v)).min_by_key(|v| a.degree(*v).min(b.degree(*v))) else {
        return Some(Poly::one());
    };
    let (ca, pa) = content(a, v, depth)?;
    let (cb, pb) = content(b, v, depth)?;
    let c = gcd_at(&ca, &cb, depth + 1)?;
    let (mut p, mut q) = if pa.degree(v) >= pb.degree(v) { (pa, pb) } else { (pb, pa) };
    let mut steps = 0;
    while !q.is_zero() {
        steps += 1;
        if q.degree(v) == 0 {
            return Some(c.primitive().1);
        }
        if steps > 64 {
            return None;
        }
        let r = pseudo_rem(&p, &q, v)?;
        let r = if r.is_zero() { r } else { content(&r, v, depth)?.1 };
        (p, q) = (q, r);
    }
    Some(c.mul(&p)?.primitive().1)
}
/// The content with respect to `v` and the primitive part.
pub(crate) fn content(a: &Poly, v: usize, depth: u32) -> Option<(Poly, Poly)> {
    let mut g = Poly::zero();
    for c in a.coefficients(v).iter().filter(|c| !c.is_zero()) {
        g = gcd_at(&g, c, depth + 1)?;
        if g.as_num().is_some() {
            break;
        }
    }
    let (_, p) = a.divide(&g)?.primitive();
    Some((g, p))
}
fn pseudo_rem(a: &Poly, b: &Poly, v: usize) -> Option<Poly> {
    let db = b.degree(v);
    let lb = b.coefficients(v).pop()?;
    let mut r = a.clone();
    let mut steps = 0;
    while !r.is_zero() && r.degree(v) >= db {
        steps += 1;
        if steps > 100 {
            return None;
        }
        let lr = r.coefficients(v).pop()?;
        let mut e = vec![0; v + 1];
        *e.last_mut()? = r.degree(v) - db;
        let t = lr.mul(&Poly::term(e, Rat::one()))?;
        r = r.mul(&lb)?.sub(&b.mul(&t)?);
    }
    Some(r)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn gcd_of_products() {
        let (x, y, z) = (Poly::var(0), Poly::var(1), Poly::var(2));
        let common = x.add(&y).sub(&Poly::one());
        let a = common.mul(&x.sub(&z)).unwrap_or_default();
        let b = common.mul(&common).unwrap_or_default().mul(&y).unwrap_or_default();
        assert_eq!(gcd(&a, &b), common.primitive().1);
        assert_eq!(a.divide(&common), Some(x.sub(&z)));
        assert_eq!(a.divide(&y), None);
    }
}
