//! Polynomials with rational coefficients in finitely many variables: arithmetic, exact division, greatest common divisors.
//!
//! Sparse: exponent vectors (trailing zeros dropped) to coefficients. Used for presentation only; sizes are small and every
//! operation refuses beyond [`MAX_TERMS`].

mod modular;

use gradus_term::Rat;
use num_integer::Integer;
use std::collections::btree_map::{BTreeMap, Entry};

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
fn add_to(terms: &mut BTreeMap<Exps, Rat>, e: Exps, q: &Rat) {
    match terms.entry(e) {
        Entry::Vacant(x) if !q.is_zero() => {
            x.insert(q.clone());
        }
        Entry::Vacant(_) => {}
        Entry::Occupied(mut x) => {
            let s = x.get().add(q);
            if s.is_zero() {
                x.remove();
            } else {
                x.insert(s);
            }
        }
    }
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
        o.terms.iter().for_each(|(e, q)| add_to(&mut out.terms, e.clone(), &q.mul(c)));
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
        if self.is_zero() {
            return (!d.is_zero()).then(Poly::zero);
        }
        let (le, lq) = d.lead()?;
        let inv = lq.recip()?;
        if d.terms.len() == 1 {
            return self.divide_by_monomial(le, &inv);
        }
        if d.terms.len() > 4 && modular::never_divides(d, self) {
            return None;
        }
        let (mut rest, mut out) = (self.terms.clone(), Poly::zero());
        let mut steps = 0;
        while let Some((e, q)) = rest.iter().next_back() {
            steps += 1;
            if steps > MAX_TERMS || e.len() < le.len() || le.iter().zip(e).any(|(x, y)| x > y) {
                return None;
            }
            let f: Exps = e.iter().enumerate().map(|(v, x)| x - exp_of(le, v)).collect();
            let t = q.mul(&inv);
            for (g, c) in &d.terms {
                let at = trimmed((0..f.len().max(g.len())).map(|v| exp_of(&f, v) + exp_of(g, v)).collect());
                add_to(&mut rest, at, &t.mul(c).neg());
            }
            out.terms.insert(trimmed(f), t);
        }
        Some(out)
    }
    fn divide_by_monomial(&self, le: &[u32], inv: &Rat) -> Option<Poly> {
        let mut out = Poly::zero();
        for (e, q) in &self.terms {
            if (0..le.len()).any(|v| exp_of(e, v) < exp_of(le, v)) {
                return None;
            }
            let f = e.iter().enumerate().map(|(v, x)| x - exp_of(le, v)).collect();
            out.terms.insert(trimmed(f), q.mul(inv));
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
/// Coefficient operations, counted by machine words, that one greatest common divisor may cost.
const GCD_WORK: u64 = 400_000;

/// The greatest common divisor, primitive with positive leading coefficient; 1 if the computation is refused (which is a
/// common divisor too).
pub(crate) fn gcd(a: &Poly, b: &Poly) -> Poly {
    gcd_at(a, b, 0, &mut GCD_WORK.clone()).unwrap_or_else(Poly::one)
}
/// Images modulo a prime bound the degree of the divisor in each variable. A variable it is free of goes through the
/// coefficients; what is left is found by trial division or by primitive remainders.
fn gcd_at(a: &Poly, b: &Poly, depth: u32, work: &mut u64) -> Option<Poly> {
    if a.is_zero() {
        return Some(b.primitive().1);
    }
    if b.is_zero() {
        return Some(a.primitive().1);
    }
    if a.as_num().is_some() || b.as_num().is_some() {
        return Some(Poly::one());
    }
    if depth > 24 {
        return None;
    }
    let (va, vb) = (a.vars(), b.vars());
    let common: Vec<usize> = va.iter().copied().filter(|v| vb.contains(v)).collect();
    let bounds: Vec<(usize, u32)> = common.iter().map(|v| (*v, modular::degree_of_gcd(a, b, *v))).collect();
    if bounds.iter().all(|x| x.1 == 0) {
        return Some(Poly::one());
    }
    let free = |v: &usize| bounds.iter().all(|(w, k)| w != v || *k == 0);
    if let Some(v) = va.iter().chain(&vb).copied().find(free) {
        let mut parts: Vec<Poly> = [a, b].iter().flat_map(|p| p.coefficients(v)).filter(|c| !c.is_zero()).collect();
        parts.sort_by_key(|c| c.terms.len());
        return gcd_of(&parts, depth, work);
    }
    let (small, large) = if a.terms.len() <= b.terms.len() { (a, b) } else { (b, a) };
    if bounds.iter().all(|(v, k)| small.degree(*v) == *k) {
        if let Some(q) = large.divide(small) {
            spend(work, small, &q)?;
            return Some(small.primitive().1);
        }
    }
    let v = bounds.iter().map(|x| x.0).min_by_key(|v| a.degree(*v).min(b.degree(*v)))?;
    let (ca, pa) = content_at(a, v, depth, work)?;
    let (cb, pb) = content_at(b, v, depth, work)?;
    let c = gcd_at(&ca, &cb, depth + 1, work)?;
    let (mut p, mut q) = if pa.degree(v) >= pb.degree(v) { (pa, pb) } else { (pb, pa) };
    while !q.is_zero() {
        if q.degree(v) == 0 {
            return Some(c.primitive().1);
        }
        let r = pseudo_rem(&p, &q, v, work)?;
        let r = if r.is_zero() { r } else { content_at(&r, v, depth, work)?.1 };
        (p, q) = (q, r);
    }
    Some(c.mul(&p)?.primitive().1)
}
fn gcd_of(parts: &[Poly], depth: u32, work: &mut u64) -> Option<Poly> {
    let mut g = Poly::zero();
    for c in parts {
        g = gcd_at(&g, c, depth + 1, work)?;
        if g.as_num().is_some() {
            break;
        }
    }
    Some(g)
}
/// The content with respect to `v` and the primitive part.
pub(crate) fn content(a: &Poly, v: usize) -> Option<(Poly, Poly)> {
    content_at(a, v, 0, &mut GCD_WORK.clone())
}
fn content_at(a: &Poly, v: usize, depth: u32, work: &mut u64) -> Option<(Poly, Poly)> {
    let mut parts: Vec<Poly> = a.coefficients(v).into_iter().filter(|c| !c.is_zero()).collect();
    parts.sort_by_key(|c| c.terms.len());
    let g = gcd_of(&parts, depth, work)?;
    let (_, p) = a.divide(&g)?.primitive();
    Some((g, p))
}
fn pseudo_rem(a: &Poly, b: &Poly, v: usize, work: &mut u64) -> Option<Poly> {
    let db = b.degree(v);
    let lb = b.coefficients(v).pop()?;
    let mut r = a.clone();
    while !r.is_zero() && r.degree(v) >= db {
        let lr = r.coefficients(v).pop()?;
        let mut e = vec![0; v + 1];
        *e.last_mut()? = r.degree(v) - db;
        let t = lr.mul(&Poly::term(e, Rat::one()))?;
        spend(work, &r, &lb)?;
        spend(work, b, &t)?;
        r = r.mul(&lb)?.sub(&b.mul(&t)?);
    }
    Some(r)
}
/// Pays for the product of two polynomials.
fn spend(work: &mut u64, a: &Poly, b: &Poly) -> Option<()> {
    let words = |p: &Poly| p.terms.values().map(words_of).sum::<u64>();
    *work = work.checked_sub(words(a).saturating_mul(words(b)))?;
    Some(())
}
/// The machine words of a coefficient.
fn words_of(q: &Rat) -> u64 {
    match q {
        Rat::Small(_) => 1,
        Rat::Big(b) => 2 + (b.numer().bits() + b.denom().bits()) / 64,
    }
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
    #[test]
    fn gcd_of_large_coprime_polynomials_is_found_by_their_images() {
        let (x, y, z) = (Poly::var(0), Poly::var(1), Poly::var(2));
        let dense = |k: i64| {
            let s = x.scale(&Rat::int(k)).add(&y.scale(&Rat::int(3 * k + 1))).sub(&z).add(&Poly::num(Rat::int(k + 5)));
            s.pow(6).unwrap_or_default()
        };
        let (a, b) = (dense(2).add(&x), dense(7).sub(&y));
        assert_eq!(gcd(&a, &b), Poly::one());
        let common = x.mul(&y).unwrap_or_default().add(&z);
        let with = |p: &Poly| p.mul(&common).unwrap_or_default();
        assert_eq!(with(&a).divide(&common), Some(a.clone()));
        assert_eq!(gcd(&with(&a), &common), common.primitive().1);
    }
}
