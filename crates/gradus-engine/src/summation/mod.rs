//! Closed forms of sums: Gosper's algorithm.
//!
//! For a term `f` whose neighbours have a rational quotient it finds the `F` of the same kind with `F(k + 1) − F(k) = f(k)`, if there is
//! one (R. W. Gosper, 1978; M. Petkovšek, H. Wilf, D. Zeilberger, *A = B*, chapter 5). What it finds is only a proposal: the sum is then
//! shown to telescope.

mod polynomial;

use gradus_term::{Aff, BigOp, Id, Node, Rat, Store};
pub(crate) use polynomial::in_indices;
use polynomial::{Hypergeometric, Poly};

/// Shifts at which common factors are looked for.
const SHIFTS: i64 = 16;

/// The closed form of a sum or product over a range that ends at `n + c`: what depends on n, and the number that does not.
pub(crate) fn closed_form(s: &Store, sum: Id) -> Option<Id> {
    let Node::Big { op: op @ (BigOp::Sum | BigOp::Prod), lo, hi, cond: None, .. } = s.node(sum) else { return None };
    let (lo, n) = (lo.as_int()?, hi.vars().next()?);
    let h = hi.sub(&Aff::var(n)).as_int()?;
    let (vars, body) = s.open_child(sum, 0)?;
    let f = Hypergeometric::of(s, body, *vars.first()?)?;
    if f.above.is_zero() || f.above.degree() == 0 && f.below.degree() == 0 && f.base.is_one() {
        return None;
    }
    if *op == BigOp::Prod {
        let big = neighbours(&f)?;
        let start = big.at(lo)?.recip()?;
        return big.times(&Hypergeometric::number(start))?.term(s, &Aff::var(n), h + 1);
    }
    let big = antidifference(&f)?;
    let (end, start) = (big.term(s, &Aff::var(n), h + 1)?, big.at(lo)?);
    let minus = gradus_term::Summand { neg: start.is_positive(), term: s.rational(&start.abs()) };
    let all = [gradus_term::Summand { neg: false, term: end }, minus];
    Some(crate::tidy::tidy(s, s.sum(all.get(..if start.is_zero() { 1 } else { 2 })?)))
}

/// `F` with `F(k + 1) − F(k) = f(k)`.
fn antidifference(f: &Hypergeometric) -> Option<Hypergeometric> {
    // f(k + 1)/f(k) = a(k)/b(k) · c(k + 1)/c(k), where a(k) and b(k + h) have no common factor.
    let mut a = f.above.shifted(1).mul(&f.below).scale(&f.base);
    let mut b = f.below.shifted(1).mul(&f.above);
    let common = a.gcd(&b)?;
    (a, b) = (a.divided(&common)?.0, b.divided(&common)?.0);
    let mut c = Poly::one();
    for h in 0..=SHIFTS {
        let common = a.gcd(&b.shifted(h))?;
        if common.degree() > 0 {
            a = a.divided(&common)?.0;
            b = b.divided(&common.shifted(-h))?.0;
            c = (1..=h).fold(c, |c, i| c.mul(&common.shifted(-i)));
        }
    }
    // a(k) x(k + 1) − b(k − 1) x(k) = c(k)
    let back = b.shifted(-1);
    let x = (0..=c.degree() + 2).find_map(|degree| solve(&a, &back, &c, degree))?;
    Hypergeometric { above: back.mul(&x).mul(&f.above), below: c.mul(&f.below), base: f.base.clone() }.lowest()
}

/// `U` with `U(k + 1)/U(k) = f(k)`, for a quotient of linear factors whose zeros lie whole numbers apart.
fn neighbours(f: &Hypergeometric) -> Option<Hypergeometric> {
    let (above, mut below) = (zeros(&f.above)?, zeros(&f.below)?);
    if above.len() != below.len() || above.is_empty() || !f.base.is_one() || f.above.lead() != f.below.lead() {
        return None;
    }
    let mut out = Hypergeometric::number(Rat::one());
    for z in above {
        let apart = |w: &Rat| w.sub(&z).to_i64().filter(|d| d.abs() <= SHIFTS);
        let k = (0..below.len()).filter(|k| below.get(*k).is_some_and(|w| apart(w).is_some()));
        let k = k.min_by_key(|k| below.get(*k).and_then(apart).map_or(0, i64::abs))?;
        let w = below.remove(k);
        let d = apart(&w)?;
        let from = if d > 0 { &w } else { &z };
        let all = (0..d.abs()).fold(Poly::one(), |p, i| p.mul(&Poly::without(&from.sub(&Rat::int(i)))));
        let part = if d > 0 {
            Hypergeometric { above: all, ..Hypergeometric::number(Rat::one()) }
        } else {
            Hypergeometric { below: all, ..Hypergeometric::number(Rat::one()) }
        };
        out = out.times(&part)?;
    }
    Some(out)
}

/// The zeros of a product of linear factors, each as often as it counts.
fn zeros(p: &Poly) -> Option<Vec<Rat>> {
    let (mut rest, mut out) = (p.clone(), Vec::new());
    let candidates = (1..=4).flat_map(|q| (-SHIFTS..=SHIFTS).filter_map(move |n| Rat::new(n, q)));
    for z in candidates {
        while rest.degree() > 0 && rest.at(&z).is_zero() {
            rest = rest.divided(&Poly::without(&z))?.0;
            out.push(z.clone());
        }
    }
    (rest.degree() == 0).then_some(out)
}

/// The polynomial x of a degree with `a(k) x(k + 1) − b(k) x(k) = c(k)`.
fn solve(a: &Poly, b: &Poly, c: &Poly, degree: usize) -> Option<Poly> {
    let columns: Vec<Poly> = (0..=degree)
        .map(|k| {
            let power = Poly::linear(1, 0).pow(k);
            a.mul(&power.shifted(1)).sub(&b.mul(&power))
        })
        .collect();
    let rows = columns.iter().chain([c]).map(|p| p.0.len()).max()?;
    let mut m: Vec<Vec<Rat>> = (0..rows).map(|r| columns.iter().chain([c]).map(|p| p.coefficient(r)).collect()).collect();
    let mut x = vec![Rat::zero(); degree + 1];
    let mut pivots = Vec::new();
    let mut from = 0;
    for col in 0..=degree {
        let Some(p) = (from..rows).find(|r| m.get(*r).and_then(|row| row.get(col)).is_some_and(|v| !v.is_zero())) else { continue };
        m.swap(from, p);
        let pivot = m.get(from)?.clone();
        for r in (0..rows).filter(|r| *r != from) {
            let row = m.get_mut(r)?;
            let by = row.get(col)?.div(pivot.get(col)?)?;
            for (v, w) in row.iter_mut().zip(&pivot) {
                *v = v.sub(&w.mul(&by));
            }
        }
        pivots.push((from, col));
        from += 1;
    }
    if m.iter().skip(from).any(|row| row.last().is_some_and(|v| !v.is_zero())) {
        return None;
    }
    for (r, col) in pivots {
        let row = m.get(r)?;
        *x.get_mut(col)? = row.last()?.div(row.get(col)?)?;
    }
    Some(Poly(x).add(&Poly(Vec::new())))
}
