//! Factorisation over the rationals of small polynomials: content, common monomial, squarefree parts, then factors found by
//! differences of powers, roots linear in a variable, quadratics with a square discriminant, and Kronecker's substitution for
//! small degrees.
//!
//! Every factor found is checked by exact division; a factor not found leaves its product unfactored, which is still right.

mod kronecker;
mod proposed;

use crate::poly::{gcd, Poly};
use gradus_term::Rat;
use kronecker::kronecker;

/// `c · Π p^k`, each `p` primitive, not constant; in order of discovery made canonical by sorting.
pub(crate) fn factor(p: &Poly) -> (Rat, Vec<(Poly, u32)>) {
    let (c, mut rest) = p.primitive();
    let mut out: Vec<(Poly, u32)> = Vec::new();
    for v in rest.vars() {
        let k = rest.terms.keys().map(|e| e.get(v).copied().unwrap_or(0)).min().unwrap_or(0);
        for _ in 0..k {
            if let Some(q) = rest.divide(&Poly::var(v)) {
                rest = q;
            }
        }
        if k > 0 {
            out.push((Poly::var(v), k));
        }
    }
    for (s, k) in squarefree(&rest) {
        for f in split(&s, 0) {
            match out.iter_mut().find(|x| x.0 == f) {
                Some(x) => x.1 += k,
                None => out.push((f, k)),
            }
        }
    }
    // The product of the factors may differ from the primitive part by a sign only.
    let product = out.iter().try_fold(Poly::one(), |acc, (f, k)| acc.mul(&f.pow(*k)?));
    match product.and_then(|q| p.divide(&q)).and_then(|q| q.as_num()) {
        Some(c) => {
            out.sort_by(|a, b| (a.0.total_degree(), &a.0).cmp(&(b.0.total_degree(), &b.0)));
            (c, out)
        }
        None => (c.clone(), vec![(p.scale(&c.recip().unwrap_or_else(Rat::one)), 1)]),
    }
}

/// Squarefree parts with their multiplicities.
fn squarefree(p: &Poly) -> Vec<(Poly, u32)> {
    if p.as_num().is_some() {
        return Vec::new();
    }
    let Some(v) = p.vars().into_iter().next() else { return Vec::new() };
    // Factors free of v hide in the content.
    let Some((c, p)) = crate::poly::content(p, v) else { return vec![(p.clone(), 1)] };
    let mut out = squarefree(&c);
    let Some(d) = p.derivative(v) else { return vec![(p, 1)] };
    let mut g = gcd(&p, &d);
    let Some(mut w) = p.divide(&g) else { return vec![(p, 1)] };
    let mut k = 1;
    while w.as_num().is_none() && k < 64 {
        let y = gcd(&w, &g);
        if let Some(s) = w.divide(&y) {
            if s.as_num().is_none() {
                out.push((s.primitive().1, k));
            }
        }
        let Some(next) = g.divide(&y) else { break };
        (w, g) = (y, next);
        k += 1;
    }
    out
}

/// Factors of a squarefree primitive polynomial.
fn split(p: &Poly, depth: u32) -> Vec<Poly> {
    if depth > 12 || p.total_degree() <= 1 {
        return vec![p.clone()];
    }
    for v in p.vars() {
        // A factor free of v divides the content.
        let Some((c, q)) = crate::poly::content(p, v) else { continue };
        if c.as_num().is_none() {
            return again(&[c, q], depth);
        }
        if p.degree(v) == 1 {
            return vec![p.clone()];
        }
    }
    match quadratic(p).or_else(|| linear_factor(p)).or_else(|| kronecker(p)) {
        Some((a, b)) => again(&[a, b], depth),
        None => vec![p.clone()],
    }
}
fn again(ps: &[Poly], depth: u32) -> Vec<Poly> {
    ps.iter().flat_map(|q| split(&q.primitive().1, depth + 1)).collect()
}

/// `a v² + b v + c` with a square discriminant, also in `v²` for `v⁴`.
fn quadratic(p: &Poly) -> Option<(Poly, Poly)> {
    for v in p.vars() {
        let cs = p.coefficients(v);
        let step = (1..cs.len()).find(|k| cs.get(*k).is_some_and(|c| !c.is_zero()))?;
        if (cs.len() != 2 * step + 1 || cs.iter().enumerate().any(|(k, c)| k % step != 0 && !c.is_zero()))
            && !(cs.len() % 2 == 1 && cs.iter().enumerate().all(|(k, c)| c.is_zero() || k == 0 || k == cs.len() - 1))
        {
            continue;
        }
        let m = (cs.len() - 1) / 2;
        let (c, b, a) = (cs.first()?, cs.get(m)?, cs.last()?);
        if let Some(r) = square_root(&b.mul(b)?.sub(&a.mul(c)?.scale(&Rat::int(4)))) {
            // p = a (v^m + (b + r)/2a)(v^m + (b − r)/2a): 2a v^m + b ± r, primitive.
            let mut e = vec![0; v + 1];
            *e.last_mut()? = u32::try_from(m).ok()?;
            let head = a.scale(&Rat::int(2)).mul(&Poly::term(e, Rat::one()))?.add(b);
            let f = gcd(p, &head.add(&r));
            if f.as_num().is_none() && f != *p {
                return Some((f.clone(), p.divide(&f)?));
            }
        }
        // v⁴ + b v² + c with c a square: (v² + s)² − (2 s − b) v².
        if m.is_multiple_of(2) && a.as_num()?.is_one() {
            let s = square_root(c)?;
            for s in [s.clone(), s.neg()] {
                if let Some(t) = square_root(&s.scale(&Rat::int(2)).sub(b)) {
                    let (mut e, mut h) = (vec![0; v + 1], vec![0; v + 1]);
                    *e.last_mut()? = u32::try_from(m).ok()?;
                    *h.last_mut()? = u32::try_from(m / 2).ok()?;
                    let f = Poly::term(e, Rat::one()).add(&s).add(&t.mul(&Poly::term(h, Rat::one()))?);
                    if let Some(g) = p.divide(&f) {
                        return Some((f, g));
                    }
                }
            }
        }
    }
    None
}

/// A factor `a v − r` with `a` a divisor of the leading and `r` of the constant coefficient in `v`.
fn linear_factor(p: &Poly) -> Option<(Poly, Poly)> {
    for v in p.vars() {
        let cs = p.coefficients(v);
        let (first, last) = (cs.first()?, cs.last()?);
        if first.is_zero() || cs.len() > 12 {
            continue;
        }
        let (rs, az) = (poly_divisors(first)?, poly_divisors(last)?);
        for a in &az {
            let head = a.mul(&Poly::var(v))?;
            for r in rs.iter().flat_map(|r| [r.clone(), r.neg()]) {
                let f = head.sub(&r);
                if gcd(a, &r).as_num().is_some() {
                    if let Some(q) = p.divide(&f) {
                        return Some((f, q));
                    }
                }
            }
        }
    }
    None
}
/// The divisors of a polynomial, up to sign, as far as it factors; `None` if there are too many.
fn poly_divisors(p: &Poly) -> Option<Vec<Poly>> {
    let (c, fs) = factor(p);
    let mut out: Vec<Poly> = divisors(c.to_i64()?)?.into_iter().filter(|d| *d > 0).map(|d| Poly::num(Rat::int(d))).collect();
    for (f, k) in fs {
        let mut more = Vec::new();
        for j in 0..=k {
            let g = f.pow(j)?;
            for d in &out {
                more.push(d.mul(&g)?);
            }
        }
        out = more;
        if out.len() > 200 {
            return None;
        }
    }
    Some(out)
}

/// The square root of a polynomial that is a square.
pub(crate) fn square_root(p: &Poly) -> Option<Poly> {
    if p.is_zero() {
        return Some(Poly::zero());
    }
    let mut rest = p.clone();
    let (e, q) = p.lead()?;
    if e.iter().any(|x| x % 2 != 0) {
        return None;
    }
    let lead = Poly::term(e.iter().map(|x| x / 2).collect(), q.root(2)?);
    let mut root = lead.clone();
    rest = rest.sub(&lead.mul(&lead)?);
    let twice = lead.scale(&Rat::int(2));
    for _ in 0..200 {
        if rest.is_zero() {
            return Some(root);
        }
        let (e, q) = rest.lead()?;
        let t = Poly::term(e.clone(), q.clone()).divide(&twice)?;
        rest = rest.sub(&root.scale(&Rat::int(2)).add(&t).mul(&t)?);
        root = root.add(&t);
    }
    None
}

/// All divisors with sign; `None` if there are too many to try or the number is large.
fn divisors(y: i64) -> Option<Vec<i64>> {
    let y = y.checked_abs()?;
    if y > 100_000 {
        return None;
    }
    let mut out = Vec::new();
    let mut d = 1;
    while d * d <= y {
        if y % d == 0 {
            out.extend([d, -d]);
            if d * d != y {
                out.extend([y / d, -(y / d)]);
            }
        }
        d += 1;
    }
    Some(out)
}
#[cfg(test)]
mod tests;
