//! Sizes that are no affine expressions: `⌊(h + 1)/2⌋`, `16 ⌊h/4⌋ w`, as the layers of a network make them of symbolic ones.
//!
//! A [`Size`] is `c + Σ k·a` with whole coefficients over integer-valued atoms: an index variable, `⌊S/d⌋`, or a product of sizes.
//! Equal values are mostly equal data, by the laws of the floor (Graham, Knuth and Patashnik, *Concrete Mathematics*, §3.1 and
//! (3.11)): `⌊(S + d T)/d⌋ = ⌊S/d⌋ + T`, `⌊(g S + c)/(g d)⌋ = ⌊(S + ⌊c/g⌋)/d⌋` and `⌊(⌊S/e⌋ + T)/d⌋ = ⌊(S + e T)/(e d)⌋` for integers
//! S and T and positive integers d, e and g, which may be sizes themselves. Products of sums stay products; [`Size::expanded`]
//! multiplies them out. All arithmetic is checked: what leaves 64 bits is `None`.

use crate::aff::{Aff, IVar};
use crate::node::{Node, Summand};
use crate::rat::Rat;
use crate::signature::{Domain, Prim};
use crate::store::{Id, Store};
use num_integer::Integer;

/// What a size is made of.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
enum Atom {
    /// An index variable.
    Var(IVar),
    /// `⌊S/d⌋`, d no number below 2: for a number d, S has coefficients and a constant from 0 to d − 1; no common divisor of all
    /// coefficients and those of d.
    Floor(Box<Size>, Box<Size>),
    /// A product of at least two sizes, sorted, none a number or a multiple.
    Product(Vec<Size>),
}

/// `c + Σ k·a` over integer-valued atoms.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Size {
    t: Vec<(Atom, i64)>,
    c: i64,
}

/// Most terms of a product that is multiplied out.
const MOST_TERMS: usize = 64;

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
    /// The greatest common divisor of all coefficients.
    fn content(&self) -> i64 {
        self.t.iter().fold(self.c, |g, x| g.gcd(&x.1))
    }
    /// All coefficients divided by a common divisor.
    fn reduced(&self, g: i64) -> Self {
        Size { c: self.c.div_euclid(g), t: self.t.iter().map(|(a, k)| (a.clone(), k.div_euclid(g))).collect() }
    }
    /// A number and sorted factors whose product this is, none of them a number, a multiple or a product.
    fn factored(&self) -> (i64, Vec<Self>) {
        match self.t.as_slice() {
            [] => (self.c, Vec::new()),
            [(Atom::Product(xs), k)] if self.c == 0 => (*k, xs.clone()),
            [(a, k)] if self.c == 0 => (*k, vec![Self::atom(a.clone())]),
            _ => {
                let g = self.content();
                (g, vec![self.reduced(g)])
            }
        }
    }
    /// `⌊self/d⌋` for a number d ≥ 1.
    pub fn divided_down(&self, d: i64) -> Option<Self> {
        self.quotient(&Self::int(d))
    }
    /// `⌊self/d⌋` for a size d of which it is known that it is at least 1; `None` for a number that is not.
    pub fn quotient(&self, d: &Self) -> Option<Self> {
        if d.as_int().is_some_and(|d| d < 1) {
            return None;
        }
        let (g, factors) = d.factored();
        if g < 1 {
            return None;
        }
        // What d divides comes out.
        let (mut whole, mut rest) = match d.as_int() {
            Some(d) => (Size::int(self.c.div_euclid(d)), Size::int(self.c.rem_euclid(d))),
            None => (Size::default(), Size::int(self.c)),
        };
        for (a, k) in &self.t {
            let own = Self::atom(a.clone());
            let (out, stays) = match without(own.factored().1, &factors) {
                Some(left) => (Self::product(&left)?, k.rem_euclid(g)),
                None => (Size::default(), *k),
            };
            whole = whole.add_scaled(&out, k.div_euclid(g))?;
            rest = rest.add_scaled(&own, stays)?;
        }
        // A sum d may stand in what is left as it is: `k + 1` in `k + 1`.
        if let Some((a, k)) = d.t.first().filter(|_| factors.len() == 1 && d.t.len() + usize::from(d.c != 0) > 1) {
            if let Some((_, q)) = rest.t.iter().find(|x| x.0 == *a).filter(|x| x.1 % k == 0) {
                let q = q / k;
                let left = rest.add_scaled(d, q.checked_neg()?)?;
                if left.t.len() < rest.t.len() {
                    (whole, rest) = (whole.plus(q)?, left);
                }
            }
        }
        match rest.as_int() {
            Some(0) => return Some(whole),
            Some(_) if d.as_int().is_some() => return Some(whole),
            // −1/d is at least −1 and below 0.
            Some(-1) => return whole.plus(-1),
            _ => {}
        }
        // A floor inside joins this one.
        if let Some((Atom::Floor(inner, e), 1)) = rest.t.iter().find(|x| x.1 == 1 && matches!(x.0, Atom::Floor(..))) {
            let others = rest.add_scaled(&Self::atom(Atom::Floor(inner.clone(), e.clone())), -1)?;
            let joined = inner.add_scaled(&others.times(e).map_or_else(|| Self::product(&[others.clone(), (**e).clone()]), Some)?, 1)?;
            return whole.add_scaled(&joined.quotient(&Self::product(&[(**e).clone(), d.clone()])?)?, 1);
        }
        let common = rest.t.iter().fold(d.content(), |g, x| g.gcd(&x.1));
        if common > 1 {
            return whole.add_scaled(&rest.reduced(common).quotient(&d.reduced(common))?, 1);
        }
        whole.add_scaled(&Self::atom(Atom::Floor(Box::new(rest), Box::new(d.clone()))), 1)
    }
    /// Whether this is at least 1 by its form: a sum without minus of numbers and of products of whole numbers from 1 on.
    pub fn surely_positive(&self, s: &Store) -> bool {
        let from_1 = |a: &Atom| match a {
            Atom::Var(IVar::Free(v)) => s.var(*v).domain == Domain::Nat,
            Atom::Var(IVar::Bound(_)) | Atom::Floor(..) => false,
            Atom::Product(xs) => xs.iter().all(|x| x.surely_positive(s)),
        };
        self.c >= 0 && (self.c > 0 || !self.t.is_empty()) && self.t.iter().all(|(a, k)| *k > 0 && from_1(a))
    }
    /// `self / d`, if that is whole for all values, d as in [`Size::quotient`].
    pub fn exact_quotient(&self, d: &Self) -> Option<Self> {
        let q = self.quotient(d)?;
        let back = Self::product(&[q.clone(), d.clone()])?;
        (back.add_scaled(self, -1)?.expanded()?.as_int() == Some(0)).then_some(q)
    }
    /// The product of sizes.
    pub fn product(sizes: &[Self]) -> Option<Self> {
        let (mut k, mut factors) = (1i64, Vec::new());
        for x in sizes {
            let (own, xs) = x.factored();
            k = k.checked_mul(own)?;
            factors.extend(xs);
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
    /// With products of sums multiplied out, in floors as well; `None` where that has too many terms.
    pub fn expanded(&self) -> Option<Self> {
        let mut out = Size::int(self.c);
        for (a, k) in &self.t {
            let own = match a {
                Atom::Var(_) => Self::atom(a.clone()),
                Atom::Floor(x, d) => x.expanded()?.quotient(&d.expanded()?)?,
                Atom::Product(xs) => xs.iter().try_fold(Size::int(1), |acc, x| acc.times(&x.expanded()?))?,
            };
            out = out.add_scaled(&own, *k)?;
        }
        Some(out)
    }
    /// Multiplied out where that leaves fewer terms.
    #[must_use]
    pub fn shortest(self) -> Self {
        match self.expanded() {
            Some(x) if x.t.len() < self.t.len() => x,
            _ => self,
        }
    }
    /// The product, term by term.
    fn times(&self, o: &Self) -> Option<Self> {
        let terms = |x: &Self| -> Vec<Self> {
            let number = (x.c != 0).then(|| Size::int(x.c));
            x.t.iter().map(|(a, k)| Size { c: 0, t: vec![(a.clone(), *k)] }).chain(number).collect()
        };
        let (a, b) = (terms(self), terms(o));
        if a.len().checked_mul(b.len())? > MOST_TERMS {
            return None;
        }
        let mut out = Size::default();
        for x in &a {
            for y in &b {
                out = out.add_scaled(&Self::product(&[x.clone(), y.clone()])?, 1)?;
            }
        }
        Some(out)
    }
    /// A size that is at least 0 exactly where `self` is, without a floor around all of it.
    pub fn nonneg_where(&self) -> Option<Self> {
        match self.t.as_slice() {
            // k ⌊S/d⌋ + c ≥ 0 exactly where ⌊S/d⌋ + ⌊c/k⌋ ≥ 0, exactly where S + d ⌊c/k⌋ ≥ 0.
            [(Atom::Floor(s, d), k)] if *k > 0 => s.add_scaled(d, self.c.div_euclid(*k))?.nonneg_where(),
            _ => Some(self.clone()),
        }
    }
    /// What is added, and what is taken away.
    pub fn sides(&self) -> (Self, Self) {
        let (plus, minus): (Vec<_>, Vec<_>) = self.t.iter().cloned().partition(|x| x.1 > 0);
        let minus = minus.into_iter().map(|(a, k)| (a, k.saturating_neg())).collect();
        (Size { c: self.c.max(0), t: plus }, Size { c: self.c.min(0).saturating_neg(), t: minus })
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
            [(Atom::Product(xs), k)] if self.c == 0 => number(*k).into_iter().chain(powers(s, xs)).collect(),
            [(a, k)] if self.c == 0 => number(*k).into_iter().chain([Self::atom(a.clone()).term(s)]).collect(),
            _ => vec![self.term(s)],
        }
    }
    /// As a term: `⌊(h + 1)/2⌋`.
    pub fn term(&self, s: &Store) -> Id {
        let floor = |x: &Size, d: &Size| s.prim_call(Prim::Floor, &[s.quot(x.term(s), d.term(s))]);
        if let [(Atom::Floor(x, d), 1)] = self.t.as_slice() {
            // What is added goes into a floor over a number.
            if let Some(x) = d.as_int().and_then(|d| d.checked_mul(self.c)).and_then(|k| x.plus(k)) {
                return floor(&x, d);
            }
        }
        if let Some(a) = self.as_aff() {
            return s.index(a);
        }
        let term = |(a, k): &(Atom, i64)| {
            let own = match a {
                Atom::Var(v) => return s.index(Aff::var(*v).scale(k.abs())),
                Atom::Floor(x, d) => vec![floor(x, d)],
                Atom::Product(xs) => powers(s, xs),
            };
            let number = (k.abs() != 1).then(|| s.int(k.abs()));
            s.product(&number.into_iter().chain(own).collect::<Vec<_>>())
        };
        let mut all: Vec<Summand> = self.t.iter().map(|x| Summand { neg: x.1 < 0, term: term(x) }).collect();
        all.sort_by_key(|x| x.neg);
        if self.c != 0 {
            all.push(Summand { neg: self.c < 0, term: s.int(self.c.saturating_abs()) });
        }
        s.sum(&all)
    }
    /// The size that a term says, if it is one.
    pub fn read(s: &Store, t: Id) -> Option<Self> {
        let (x, d) = over(s, t)?;
        (d == Self::int(1)).then_some(x)
    }
}

/// Factors as terms, equal ones as a power, sums last: `d (k − 1)`.
fn powers(s: &Store, xs: &[Size]) -> Vec<Id> {
    let (sums, plain): (Vec<Size>, Vec<Size>) = xs.iter().cloned().partition(|x| x.t.len() + usize::from(x.c != 0) > 1);
    let power = |run: &[Size]| {
        let base = run.first().map_or_else(|| s.int(1), |x| x.term(s));
        match i64::try_from(run.len()) {
            Ok(n) if n > 1 => s.pow(base, s.int(n)),
            _ => base,
        }
    };
    [plain, sums].iter().flat_map(|xs| xs.chunk_by(|a, b| a == b)).map(power).collect()
}

/// The factors with `others` taken away, if they are among them; both are sorted.
fn without(mut factors: Vec<Size>, others: &[Size]) -> Option<Vec<Size>> {
    for x in others {
        let at = factors.iter().position(|y| y == x)?;
        factors.remove(at);
    }
    Some(factors)
}

/// A term as a size divided by a positive size; a number for which that is not whole stands over its own denominator.
fn over(s: &Store, t: Id) -> Option<(Size, Size)> {
    let one = || Size::int(1);
    if let Some(a) = s.as_aff(t) {
        return Some((Size::from(&a), one()));
    }
    if let Some(q) = s.as_rational(t) {
        return Some((Size::int(Rat::from(q.numer()).to_i64()?), Size::int(Rat::from(q.denom()).to_i64()?)));
    }
    match s.node(t) {
        Node::Sum(xs) => {
            let (x, d) = xs.iter().try_fold((Size::default(), one()), |(acc, d), x| {
                let (own, e) = over(s, x.term)?;
                let sign = if x.neg { -1 } else { 1 };
                if d == e {
                    return Some((acc.add_scaled(&own, sign)?, d));
                }
                let cross = Size::product(&[acc, e.clone()])?.add_scaled(&Size::product(&[own, d.clone()])?, sign)?;
                Some((cross, Size::product(&[d, e])?))
            })?;
            lowest(&x, &d)
        }
        Node::Product(xs) => {
            let each = xs.iter().map(|x| over(s, *x)).collect::<Option<Vec<_>>>()?;
            let (above, below): (Vec<Size>, Vec<Size>) = each.into_iter().unzip();
            lowest(&Size::product(&above)?, &Size::product(&below)?)
        }
        Node::Pow(base, n) => {
            let (x, d) = over(s, *base)?;
            let n = usize::try_from(s.as_rational(*n)?.to_i64()?).ok().filter(|n| *n <= MOST_TERMS)?;
            Some((Size::product(&vec![x; n])?, Size::product(&vec![d; n])?))
        }
        Node::Quot(a, b) => {
            let ((a, d), (b, e)) = (over(s, *a)?, over(s, *b)?);
            let sign = b.as_int().map_or(1, i64::signum);
            let b = b.scale(sign).filter(|b| b.surely_positive(s))?;
            lowest(&Size::product(&[a, e])?.scale(sign)?, &Size::product(&[d, b])?)
        }
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Floor) => {
            let (x, d) = over(s, *xs.first()?)?;
            Some((x.quotient(&d)?, one()))
        }
        _ => None,
    }
}

/// In lowest terms, as far as their numbers and common factors go; `None` for the divisor 0.
fn lowest(x: &Size, d: &Size) -> Option<(Size, Size)> {
    if d.as_int().is_some_and(|d| d < 1) {
        return None;
    }
    if let Some(q) = x.exact_quotient(d) {
        return Some((q, Size::int(1)));
    }
    let g = x.t.iter().fold(d.content().gcd(&x.c), |g, t| g.gcd(&t.1)).max(1);
    Some((x.reduced(g), d.reduced(g)))
}
