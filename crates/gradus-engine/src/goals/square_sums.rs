//! Polynomials written as sums of squares, which shows that they are nowhere negative: `x² + y² + z² − xy − yz − zx` as half the sum
//! of the squares of the differences. Only the form is found here; that it is equal, and its sign, are checked where it is used.

use crate::tidy::{factors, summands, tidy};
use gradus_decide::Facts;
use gradus_term::{Id, Node, Rat, Store, Summand};

/// Names of squares at most.
const SIZE: usize = 6;

/// A product of whole powers, sorted.
type Monomial = Vec<(Id, i64)>;

/// Of the factors of a term those whose signs are open as sums of squares. `None` if some is none, or there is nothing to do.
pub(super) fn with_square_sums(facts: &Facts<'_>, t: Id) -> Option<Id> {
    let s = facts.store();
    let whole = tidy(s, facts.factor(t).unwrap_or(t));
    let (above, below) = match *s.node(whole) {
        Node::Quot(a, b) => (a, Some(b)),
        _ => (whole, None),
    };
    let mut changed = false;
    let mut parts = Vec::new();
    for f in factors(s, above) {
        if facts.sign(f).is_nonneg() && !matches!(s.node(f), Node::Sum(_)) {
            parts.push(f);
            continue;
        }
        match square_sum(facts, f) {
            Some(new) => {
                parts.push(new);
                changed = true;
            }
            None => parts.push(f),
        }
    }
    let above = s.product(&parts);
    changed.then(|| tidy(s, below.map_or(above, |b| s.quot(above, b))))
}

/// A polynomial as a sum of squares of sums of two if its form has a dominant diagonal, else by completing squares one by one.
fn square_sum(facts: &Facts<'_>, t: Id) -> Option<Id> {
    let s = facts.store();
    let terms = monomials(s, facts.expand(t).unwrap_or(t))?;
    let halves: Vec<Monomial> = terms.iter().filter(|x| x.1.is_positive()).filter_map(|(m, _)| half(m)).collect();
    if halves.len() > SIZE || halves.len() < 2 {
        return None;
    }
    let n = halves.len();
    let mut form = vec![vec![Rat::zero(); n]; n];
    for (m, q) in &terms {
        let pairs = (0..n).flat_map(|i| (i..n).map(move |j| (i, j)));
        let (i, j) = pairs.filter(|(i, j)| product(halves.get(*i), halves.get(*j)).as_ref() == Some(m)).min_by_key(|(i, j)| j - i)?;
        let q = if i == j { q.clone() } else { q.div(&Rat::int(2))? };
        for (i, j) in [(i, j), (j, i)] {
            *form.get_mut(i)?.get_mut(j)? = q.clone();
        }
    }
    let names: Vec<Id> = halves.iter().map(|m| monomial(s, m)).collect();
    let squares = by_pairs(&form).or_else(|| completed(form))?;
    if squares.iter().all(|(_, xs)| xs.iter().filter(|x| !x.is_zero()).count() < 2) {
        return None;
    }
    // One number in front of all where it is the same.
    let common = squares.first().map(|x| x.0.clone()).filter(|q| squares.iter().all(|x| x.0 == *q));
    let written = squares.iter().map(|(q, xs)| {
        let inside = xs.iter().zip(&names).filter(|(x, _)| !x.is_zero());
        let inside = inside.map(|(x, g)| Summand { neg: x.is_negative(), term: tidy(s, s.mul(s.rational(&x.abs()), *g)) });
        let square = s.pow(s.sum(&inside.collect::<Vec<_>>()), s.int(2));
        Summand { neg: false, term: if common.is_some() { square } else { s.mul(s.rational(q), square) } }
    });
    let sum = s.sum(&written.collect::<Vec<_>>());
    let Some(q) = common.filter(|q| !q.is_one()) else { return Some(sum) };
    let below = q.recip()?;
    Some(if below.is_integer() { s.quot(sum, s.rational(&below)) } else { s.mul(s.rational(&q), sum) })
}

/// `Σ q (x_i ± x_j)² + Σ r x_i²`, if each entry of the diagonal is at least the sum of the sizes beside it.
fn by_pairs(form: &[Vec<Rat>]) -> Option<Vec<(Rat, Vec<Rat>)>> {
    let n = form.len();
    let mut out = Vec::new();
    for (i, row) in form.iter().enumerate() {
        for (j, q) in row.iter().enumerate().skip(i + 1).filter(|(_, q)| !q.is_zero()) {
            let mut xs = vec![Rat::zero(); n];
            *xs.get_mut(i)? = Rat::one();
            *xs.get_mut(j)? = if q.is_negative() { Rat::int(-1) } else { Rat::one() };
            out.push((q.abs(), xs));
        }
    }
    for (i, row) in form.iter().enumerate() {
        let beside = row.iter().enumerate().filter(|(j, _)| *j != i).fold(Rat::zero(), |a, (_, q)| a.add(&q.abs()));
        let left = row.get(i)?.sub(&beside);
        if left.is_negative() {
            return None;
        }
        if !left.is_zero() {
            let mut xs = vec![Rat::zero(); n];
            *xs.get_mut(i)? = Rat::one();
            out.push((left, xs));
        }
    }
    Some(out)
}

/// The squares completed one after the other; `None` if the form is not positive semidefinite.
fn completed(mut form: Vec<Vec<Rat>>) -> Option<Vec<(Rat, Vec<Rat>)>> {
    let n = form.len();
    let mut out = Vec::new();
    for i in 0..n {
        let row = form.get(i)?.clone();
        let pivot = row.get(i)?.clone();
        if pivot.is_zero() && row.iter().all(Rat::is_zero) {
            continue;
        }
        if !pivot.is_positive() {
            return None;
        }
        let xs: Vec<Rat> = row.iter().map(|q| q.div(&pivot)).collect::<Option<_>>()?;
        for j in 0..n {
            for k in 0..n {
                let taken = pivot.mul(xs.get(j)?).mul(xs.get(k)?);
                let entry = form.get_mut(j)?.get_mut(k)?;
                *entry = entry.sub(&taken);
            }
        }
        out.push((pivot, xs));
    }
    Some(out)
}

/// The summands of a polynomial: monomials and their numbers.
fn monomials(s: &Store, t: Id) -> Option<Vec<(Monomial, Rat)>> {
    let mut out: Vec<(Monomial, Rat)> = Vec::new();
    for x in summands(s, t) {
        let (above, below) = match *s.node(x.term) {
            Node::Quot(a, b) => (a, s.as_rational(b)?),
            _ => (x.term, Rat::one()),
        };
        let (mut q, mut m) = (if x.neg { Rat::int(-1) } else { Rat::one() }.div(&below)?, Monomial::new());
        for f in factors(s, above) {
            if let Some(k) = s.as_rational(f) {
                q = q.mul(&k);
                continue;
            }
            let (base, k) = match *s.node(f) {
                Node::Pow(b, k) => (b, s.as_rational(k)?.to_i64().filter(|k| *k > 0)?),
                _ => (f, 1),
            };
            m.push((base, k));
        }
        m.sort_unstable();
        out.push((m, q));
    }
    Some(out)
}
fn half(m: &Monomial) -> Option<Monomial> {
    m.iter().map(|(b, k)| (k % 2 == 0).then_some((*b, k / 2))).collect()
}
fn product(a: Option<&Monomial>, b: Option<&Monomial>) -> Option<Monomial> {
    let mut out: Monomial = Vec::new();
    for (b, k) in a?.iter().chain(b?) {
        match out.iter_mut().find(|x| x.0 == *b) {
            Some(x) => x.1 += k,
            None => out.push((*b, *k)),
        }
    }
    out.sort_unstable();
    Some(out)
}
fn monomial(s: &Store, m: &Monomial) -> Id {
    s.product(&m.iter().map(|(b, k)| if *k == 1 { *b } else { s.pow(*b, s.int(*k)) }).collect::<Vec<_>>())
}
