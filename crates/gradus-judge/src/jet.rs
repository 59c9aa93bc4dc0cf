//! Jets: numbers with nilpotent parts, so that derivatives fall out of how functions are computed.
//!
//! A jet over `k` infinitesimals `ε_1 … ε_k` with `ε_i² = 0` has a coefficient for each set of them (bit `i` of its number).
//! Each derivative being taken owns one infinitesimal, so nested derivatives of any kind are exact mixed partial
//! derivatives, and no two can be confused. A scalar function acts by its Taylor series: `f(a + h) = Σ f_j(a) h^j` with `h`
//! nilpotent. No derivative rule is read: the series come from [`crate::series`].

use crate::field::{Fault, Field, Out};
use crate::num::Num;
use std::cmp::Ordering;
use std::rc::Rc;

/// A real number, perhaps with nilpotent parts. A value that depends on an infinitesimal stays a jet even where its parts
/// vanish, so that kinks are noticed.
#[derive(Clone, Debug)]
pub enum Scalar<F> {
    /// A number.
    N(Num<F>),
    /// Coefficients by set of infinitesimals; a power of two of them.
    J(Rc<[Num<F>]>),
}

impl<F: Field> Scalar<F> {
    /// The integer `n`.
    pub fn int(n: i64) -> Self {
        Scalar::N(Num::int(n))
    }
    /// The part without infinitesimals.
    pub fn real(&self) -> &Num<F> {
        match self {
            Scalar::N(n) => n,
            Scalar::J(c) => &c[0],
        }
    }
    /// Whether infinitesimals take part.
    pub fn is_jet(&self) -> bool {
        matches!(self, Scalar::J(_))
    }
    fn coefficients(&self) -> &[Num<F>] {
        match self {
            Scalar::N(n) => std::slice::from_ref(n),
            Scalar::J(c) => c,
        }
    }
    /// `self + ε_level`.
    pub fn with_infinitesimal(&self, level: usize) -> Self {
        let mut c = self.coefficients().to_vec();
        c.resize(1 << (level + 1), Num::int(0));
        if let Some(x) = c.get_mut(1 << level) {
            *x = x.add(&Num::int(1));
        }
        Scalar::J(c.into())
    }
    /// The coefficient of `ε_level`, the highest infinitesimal that occurs.
    pub fn derivative(&self, level: usize) -> Self {
        let c = self.coefficients();
        match c.get(1 << level..) {
            None | Some([]) => Scalar::int(0),
            Some(upper) if level == 0 => Scalar::N(upper[0].clone()),
            Some(upper) => Scalar::J(upper.into()),
        }
    }
    fn zip(&self, o: &Self, f: impl Fn(&Num<F>, &Num<F>) -> Num<F>) -> Self {
        if let (Scalar::N(a), Scalar::N(b)) = (self, o) {
            return Scalar::N(f(a, b));
        }
        let zero = Num::int(0);
        let (a, b) = (self.coefficients(), o.coefficients());
        Scalar::J((0..a.len().max(b.len())).map(|k| f(a.get(k).unwrap_or(&zero), b.get(k).unwrap_or(&zero))).collect())
    }
    /// `self + o`
    pub fn add(&self, o: &Self) -> Self {
        self.zip(o, Num::add)
    }
    /// `self - o`
    pub fn sub(&self, o: &Self) -> Self {
        self.zip(o, Num::sub)
    }
    /// `-self`
    pub fn neg(&self) -> Self {
        match self {
            Scalar::N(n) => Scalar::N(n.neg()),
            Scalar::J(c) => Scalar::J(c.iter().map(Num::neg).collect()),
        }
    }
    /// `self * o`: `c_m = Σ_{s ⊆ m} a_s b_{m∖s}`
    pub fn mul(&self, o: &Self) -> Self {
        if let (Scalar::N(a), Scalar::N(b)) = (self, o) {
            return Scalar::N(a.mul(b));
        }
        let (a, b) = (self.coefficients(), o.coefficients());
        let n = a.len().max(b.len());
        let product = |m: usize| {
            let mut acc = Num::int(0);
            let mut s = m;
            loop {
                if let (Some(x), Some(y)) = (a.get(s), b.get(m & !s)) {
                    if !x.is_zero() && !y.is_zero() {
                        acc = acc.add(&x.mul(y));
                    }
                }
                if s == 0 {
                    break;
                }
                s = (s - 1) & m;
            }
            acc
        };
        Scalar::J((0..n).map(product).collect())
    }
    /// How many infinitesimals may stand in a product.
    pub fn order(&self) -> usize {
        self.coefficients().len().trailing_zeros() as usize
    }
    /// `Σ t_j h^j` where `h` is the nilpotent part; `t` has `order + 1` coefficients.
    pub fn apply_series(&self, t: &[Num<F>]) -> Self {
        let c = match self {
            Scalar::N(_) => return t.first().map_or(Scalar::int(0), |x| Scalar::N(x.clone())),
            Scalar::J(c) => c,
        };
        if let ([t0, t1], [_, h]) = (t, c.as_ref()) {
            return Scalar::J([t0.clone(), t1.mul(h)].into());
        }
        let mut h = c.to_vec();
        if let Some(x) = h.first_mut() {
            *x = Num::int(0);
        }
        let h = Scalar::J(h.into());
        let mut acc = Scalar::int(0);
        for x in t.iter().rev() {
            acc = acc.mul(&h).add(&Scalar::N(x.clone()));
        }
        acc
    }
    /// `1 / self`: `Σ (−1)^j h^j / a^{j+1}`
    pub fn recip(&self) -> Out<Self> {
        let r = Num::int(1).div(self.real())?;
        if !self.is_jet() {
            return Ok(Scalar::N(r));
        }
        let mut t = vec![r.clone()];
        for _ in 0..self.order() {
            let next = t.last().map_or(Num::int(0), |x| x.mul(&r).neg());
            t.push(next);
        }
        Ok(self.apply_series(&t))
    }
    /// `self / o`
    pub fn div(&self, o: &Self) -> Out<Self> {
        match (self, o) {
            (Scalar::N(a), Scalar::N(b)) => Ok(Scalar::N(a.div(b)?)),
            (Scalar::J(c), Scalar::N(b)) => Ok(Scalar::J(c.iter().map(|x| x.div(b)).collect::<Out<Vec<_>>>()?.into())),
            _ => Ok(self.mul(&o.recip()?)),
        }
    }
    /// `self^n` for an integer `n`.
    pub fn powi(&self, n: i64) -> Out<Self> {
        if let Scalar::N(a) = self {
            return Ok(Scalar::N(a.powi(n)?));
        }
        if n < 0 {
            return self.powi(n.checked_neg().ok_or(Fault::Budget)?)?.recip();
        }
        let (mut acc, mut base, mut e) = (Scalar::int(1), self.clone(), n);
        if n == 0 {
            return Ok(acc);
        }
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
    /// `self` against `o`. At a tie of something differentiated it is unclear: that is where kinks are.
    pub fn cmp(&self, o: &Self) -> Out<Ordering> {
        let c = self.real().cmp(o.real())?;
        if c == Ordering::Equal && (self.is_jet() || o.is_jet()) {
            Err(Fault::Unclear)
        } else {
            Ok(c)
        }
    }
    /// The sign, with the same care.
    pub fn sign(&self) -> Out<Ordering> {
        match self {
            Scalar::N(n) => n.sign(),
            Scalar::J(_) => self.cmp(&Scalar::int(0)),
        }
    }
    /// The larger (`Greater`) or smaller (`Less`) of two.
    pub fn extreme(&self, o: &Self, which: Ordering) -> Out<Self> {
        match (self, o) {
            (Scalar::N(a), Scalar::N(b)) => Ok(Scalar::N(a.extreme(b, which))),
            _ => Ok(if self.cmp(o)? == which { self.clone() } else { o.clone() }),
        }
    }
}
