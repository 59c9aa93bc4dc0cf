//! Monomials as a person sees them: a rational coefficient and factors with whole exponents. Used to *propose* steps (the
//! kernel checks them): the square root of `4 x² y⁴`, the common factor of a sum.

use crate::tidy::{factors, gcd};
use gradus_term::{Id, Node, Rat, Store};

/// `coef · Π base^exponent`; bases differ from each other and are no numbers, exponents are ≥ 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Monomial {
    /// The number in front, sign included.
    pub coef: Rat,
    /// The factors, in the order of the page.
    pub powers: Vec<(Id, i64)>,
}

impl Monomial {
    /// The term as a monomial; `None` for a sum, a fraction with a denominator that is no number, or a negative exponent.
    pub fn read(s: &Store, t: Id) -> Option<Monomial> {
        let mut m = Monomial { coef: Rat::one(), powers: Vec::new() };
        m.take(s, t)?;
        Some(m)
    }
    fn take(&mut self, s: &Store, t: Id) -> Option<()> {
        let (neg, core) = crate::tidy::unsign(s, t);
        if neg {
            self.coef = self.coef.neg();
        }
        for f in factors(s, core) {
            if let Some(q) = s.as_rational(f) {
                self.coef = self.coef.mul(&q);
                continue;
            }
            match s.node(f) {
                Node::Sum(_) => self.power(s, f, 1),
                Node::Quot(a, b) => {
                    let q = s.as_rational(*b)?.recip()?;
                    self.coef = self.coef.mul(&q);
                    self.take(s, *a)?;
                }
                Node::Pow(b, e) => match s.as_rational(*e).and_then(|q| q.to_i64()) {
                    Some(k) if k >= 1 => self.power(s, *b, k),
                    _ => return None,
                },
                _ => self.power(s, f, 1),
            }
        }
        Some(())
    }
    fn power(&mut self, s: &Store, base: Id, k: i64) {
        match self.powers.iter_mut().find(|p| s.same(p.0, base)) {
            Some(p) => p.1 += k,
            None => self.powers.push((base, k)),
        }
    }
    /// Back to a term, without its sign.
    pub fn term(&self, s: &Store) -> Id {
        let mut fs: Vec<Id> = Vec::new();
        let c = self.coef.abs();
        if !c.is_one() || self.powers.is_empty() {
            fs.push(s.rational(&c));
        }
        fs.extend(self.powers.iter().map(|(b, k)| if *k == 1 { *b } else { s.pow(*b, s.int(*k)) }));
        s.product(&fs)
    }
    /// The `k`-th root, if it is a monomial with a rational coefficient ≥ 0 (for odd `k`, of the same sign).
    pub fn root(&self, k: i64) -> Option<Monomial> {
        if k % 2 == 0 && self.coef.is_negative() {
            return None;
        }
        let powers = self.powers.iter().map(|(b, e)| (e % k == 0).then_some((*b, e / k))).collect::<Option<_>>()?;
        Some(Monomial { coef: self.coef.root(k)?, powers })
    }
    /// The product of two monomials.
    pub fn mul(&self, s: &Store, o: &Monomial) -> Monomial {
        let mut m = Monomial { coef: self.coef.mul(&o.coef), powers: self.powers.clone() };
        for (b, k) in &o.powers {
            m.power(s, *b, *k);
        }
        m
    }
    /// What is left after dividing by `d`, which must divide it (see [`common`]).
    pub fn over(&self, s: &Store, d: &Monomial) -> Option<Monomial> {
        let mut powers = Vec::new();
        for (b, k) in &self.powers {
            let e = k - d.powers.iter().find(|p| s.same(p.0, *b)).map_or(0, |p| p.1);
            match e {
                0 => {}
                e if e > 0 => powers.push((*b, e)),
                _ => return None,
            }
        }
        Some(Monomial { coef: self.coef.div(&d.coef)?, powers })
    }
    /// Whether both have the same factors.
    pub fn alike(&self, s: &Store, o: &Monomial) -> bool {
        self.powers.len() == o.powers.len() && self.powers.iter().all(|(b, k)| o.powers.iter().any(|(c, j)| k == j && s.same(*b, *c)))
    }
}

/// The greatest common factor: the gcd of the coefficients (of whole numbers; else 1) and the least power of each base
/// that stands in all of them.
pub(crate) fn common(s: &Store, ms: &[Monomial]) -> Monomial {
    let whole = ms.iter().all(|m| m.coef.is_integer());
    let coef = ms.iter().filter_map(|m| m.coef.to_i64()).fold(0i64, gcd);
    let coef = if whole && coef > 0 { Rat::int(coef) } else { Rat::one() };
    let Some((first, rest)) = ms.split_first() else { return Monomial { coef, powers: Vec::new() } };
    let powers = first
        .powers
        .iter()
        .filter_map(|(b, k)| {
            let least = rest.iter().map(|m| m.powers.iter().find(|p| s.same(p.0, *b)).map_or(0, |p| p.1)).fold(*k, i64::min);
            (least > 0).then_some((*b, least))
        })
        .collect();
    Monomial { coef, powers }
}
