//! Sizes that are no affine expressions: `⌊(h + 1)/2⌋`, `16 ⌊h/4⌋ w`, as the layers of a network make them of symbolic ones.
//!
//! A [`Size`] is `c + Σ k·a` with whole coefficients over integer-valued atoms: an index variable, `⌊S/d⌋`, or a product of sizes.
//! Equal values are mostly equal data, by the laws of the floor (Graham, Knuth and Patashnik, *Concrete Mathematics*, §3.1 and
//! (3.11)): `⌊(S + d T)/d⌋ = ⌊S/d⌋ + T`, `⌊(g S + c)/(g d)⌋ = ⌊(S + ⌊c/g⌋)/d⌋` and `⌊(⌊S/e⌋ + T)/d⌋ = ⌊(S + e T)/(e d)⌋` for integers
//! S and T. All arithmetic is checked: what leaves 64 bits is `None`.

use crate::aff::{Aff, IVar};
use crate::node::{Node, Summand};
use crate::rat::Rat;
use crate::signature::Prim;
use crate::store::{Id, Store};
use num_integer::Integer;

/// What a size is made of.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
enum Atom {
    /// An index variable.
    Var(IVar),
    /// `⌊S/d⌋`: S has coefficients and a constant from 0 to d − 1 with no common divisor of all coefficients and d.
    Floor(Box<Size>, i64),
    /// A product of at least two sizes, sorted, none a number or a multiple.
    Product(Vec<Size>),
}

/// `c + Σ k·a` over integer-valued atoms.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Size {
    t: Vec<(Atom, i64)>,
    c: i64,
}

impl From<&Aff> for Size {
    fn from(a: &Aff) -> Self {
        Size { c: a.c, t: a.t.iter().map(|(v, k)| (Atom::Var(*v), *k)).collect() }
    }
}

impl Size {
    /// The number `c`.
    pub fn int(c: i64) -> Self {
        Size { c, t: Vec::new() }
    }
    /// The value, if it is a number.
    pub fn as_int(&self) -> Option<i64> {
        self.t.is_empty().then_some(self.c)
    }
    /// The same as an affine expression, if no floor and no product occurs.
    pub fn as_aff(&self) -> Option<Aff> {
        let mut out = Aff::int(self.c);
        for (a, k) in &self.t {
            let Atom::Var(v) = a else { return None };
            out = out.add_scaled(&Aff::var(*v), *k);
        }
        Some(out)
    }
    /// `self + k·o`
    pub fn add_scaled(&self, o: &Self, k: i64) -> Option<Self> {
        let mut out = Size { c: self.c.checked_add(o.c.checked_mul(k)?)?, t: self.t.clone() };
        for (a, q) in &o.t {
            let q = q.checked_mul(k)?;
            match out.t.binary_search_by(|x| x.0.cmp(a)) {
                Ok(at) => {
                    let x = out.t.get_mut(at)?;
                    x.1 = x.1.checked_add(q)?;
                }
                Err(at) => out.t.insert(at, (a.clone(), q)),
            }
        }
        out.t.retain(|x| x.1 != 0);
        Some(out)
    }
    /// `self + k`
    pub fn plus(&self, k: i64) -> Option<Self> {
        self.add_scaled(&Self::int(1), k)
    }
    /// `k·self`
    pub fn scale(&self, k: i64) -> Option<Self> {
        Self::default().add_scaled(self, k)
    }
    fn atom(a: Atom) -> Self {
        Size { c: 0, t: vec![(a, 1)] }
    }
    /// `⌊self/d⌋` for d ≥ 1.
    pub fn divided_down(&self, d: i64) -> Option<Self> {
        if d < 1 {
            return None;
        }
        // What d divides comes out.
        let (mut whole, mut rest) = (Size::int(self.c.div_euclid(d)), Size::int(self.c.rem_euclid(d)));
        for (a, k) in &self.t {
            whole = whole.add_scaled(&Self::atom(a.clone()), k.div_euclid(d))?;
            rest = rest.add_scaled(&Self::atom(a.clone()), k.rem_euclid(d))?;
        }
        if rest.t.is_empty() {
            return Some(whole);
        }
        // A floor inside joins this one.
        if let Some((Atom::Floor(inner, e), 1)) = rest.t.iter().find(|x| x.1 == 1 && matches!(x.0, Atom::Floor(..))) {
            let others = rest.add_scaled(&Self::atom(Atom::Floor(inner.clone(), *e)), -1)?;
            let joined = inner.add_scaled(&others, *e)?.divided_down(e.checked_mul(d)?)?;
            return whole.add_scaled(&joined, 1);
        }
        let g = rest.t.iter().fold(d, |g, x| g.gcd(&x.1));
        if g > 1 {
            let reduced = Size { c: rest.c.div_euclid(g), t: rest.t.iter().map(|(a, k)| (a.clone(), k / g)).collect() };
            return whole.add_scaled(&reduced.divided_down(d / g)?, 1);
        }
        whole.add_scaled(&Self::atom(Atom::Floor(Box::new(rest), d)), 1)
    }
    /// The product of sizes.
    pub fn product(sizes: &[Self]) -> Option<Self> {
        let (mut k, mut factors) = (1i64, Vec::new());
        for x in sizes {
            if let Some(c) = x.as_int() {
                k = k.checked_mul(c)?;
                continue;
            }
            let g = x.t.iter().fold(x.c, |g, t| g.gcd(&t.1));
            k = k.checked_mul(g)?;
            let x = Size { c: x.c / g, t: x.t.iter().map(|(a, q)| (a.clone(), q / g)).collect() };
            match x.t.as_slice() {
                [(Atom::Product(xs), 1)] if x.c == 0 => factors.extend(xs.iter().cloned()),
                _ => factors.push(x),
            }
        }
        if k == 0 {
            return Some(Self::default());
        }
        factors.sort();
        match factors.len() {
            0 => Some(Self::int(k)),
            1 => factors.pop()?.scale(k),
            _ => Self::atom(Atom::Product(factors)).scale(k),
        }
    }
    /// An integer expression that is at least 0 exactly where `self` is, if there is an affine one.
    pub fn nonneg_where(&self) -> Option<Aff> {
        match self.t.as_slice() {
            // k ⌊S/d⌋ + c ≥ 0 exactly where ⌊S/d⌋ + ⌊c/k⌋ ≥ 0, exactly where S + d ⌊c/k⌋ ≥ 0.
            [(Atom::Floor(s, d), k)] if *k > 0 => s.plus(d.checked_mul(self.c.div_euclid(*k))?)?.nonneg_where(),
            _ => self.as_aff(),
        }
    }
    /// The factors, if this is a positive multiple of a product.
    pub fn factors(&self) -> Option<&[Self]> {
        match self.t.as_slice() {
            [(Atom::Product(xs), k)] if self.c == 0 && *k > 0 => Some(xs),
            _ => None,
        }
    }
    /// The factors of the term, a number first; of what is no product, the term alone.
    pub fn factor_terms(&self, s: &Store) -> Vec<Id> {
        let number = |k: i64| (k != 1).then(|| s.int(k));
        match self.t.as_slice() {
            [(Atom::Product(xs), k)] if self.c == 0 => number(*k).into_iter().chain(xs.iter().map(|x| x.term(s))).collect(),
            [(a, k)] if self.c == 0 => number(*k).into_iter().chain([Self::atom(a.clone()).term(s)]).collect(),
            _ => vec![self.term(s)],
        }
    }
    /// As a term: `⌊(h + 1)/2⌋`.
    pub fn term(&self, s: &Store) -> Id {
        let floor = |x: &Size, d: i64| s.prim_call(Prim::Floor, &[s.quot(x.term(s), s.int(d))]);
        if let [(Atom::Floor(x, d), 1)] = self.t.as_slice() {
            // What is added goes into the floor.
            if let Some(x) = d.checked_mul(self.c).and_then(|k| x.plus(k)) {
                return floor(&x, *d);
            }
        }
        if let Some(a) = self.as_aff() {
            return s.index(a);
        }
        let term = |(a, k): &(Atom, i64)| {
            let own = match a {
                Atom::Var(v) => return s.index(Aff::var(*v).scale(k.abs())),
                Atom::Floor(x, d) => vec![floor(x, *d)],
                Atom::Product(xs) => xs.iter().map(|x| x.term(s)).collect(),
            };
            let number = (k.abs() != 1).then(|| s.int(k.abs()));
            s.product(&number.into_iter().chain(own).collect::<Vec<_>>())
        };
        let mut all: Vec<Summand> = self.t.iter().map(|x| Summand { neg: x.1 < 0, term: term(x) }).collect();
        if self.c != 0 {
            all.push(Summand { neg: self.c < 0, term: s.int(self.c.saturating_abs()) });
        }
        s.sum(&all)
    }
    /// The size that a term says, if it is one.
    pub fn read(s: &Store, t: Id) -> Option<Self> {
        let (x, d) = over(s, t)?;
        (d == 1).then_some(x)
    }
}

/// A term as a size divided by a positive number; a number for which that is not whole stands over its own denominator.
fn over(s: &Store, t: Id) -> Option<(Size, i64)> {
    if let Some(a) = s.as_aff(t) {
        return Some((Size::from(&a), 1));
    }
    if let Some(q) = s.as_rational(t) {
        return Some((Size::int(Rat::from(q.numer()).to_i64()?), Rat::from(q.denom()).to_i64()?));
    }
    match s.node(t) {
        Node::Sum(xs) => {
            let (x, d) = xs.iter().try_fold((Size::default(), 1i64), |(acc, d), x| {
                let (own, e) = over(s, x.term)?;
                let both = d.checked_mul(e / d.gcd(&e))?;
                let sign = if x.neg { -1 } else { 1 };
                Some((acc.scale(both / d)?.add_scaled(&own, sign * (both / e))?, both))
            })?;
            lowest(&x, d)
        }
        Node::Product(xs) => {
            let each = xs.iter().map(|x| over(s, *x)).collect::<Option<Vec<_>>>()?;
            let d = each.iter().try_fold(1i64, |d, x| d.checked_mul(x.1))?;
            lowest(&Size::product(&each.into_iter().map(|x| x.0).collect::<Vec<_>>())?, d)
        }
        Node::Quot(a, b) => {
            let ((a, d), b) = (over(s, *a)?, over(s, *b).filter(|b| b.1 == 1)?.0.as_int()?);
            lowest(&a.scale(b.signum())?, d.checked_mul(b.checked_abs()?)?)
        }
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Floor) => {
            let (x, d) = over(s, *xs.first()?)?;
            Some((x.divided_down(d)?, 1))
        }
        _ => None,
    }
}

/// In lowest terms; `None` for the divisor 0.
fn lowest(x: &Size, d: i64) -> Option<(Size, i64)> {
    let g = x.t.iter().fold(d.gcd(&x.c), |g, t| g.gcd(&t.1));
    (d >= 1).then(|| (Size { c: x.c / g, t: x.t.iter().map(|(a, k)| (a.clone(), k / g)).collect() }, d / g))
}
