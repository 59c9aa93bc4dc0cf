//! Terms as numbers times whole powers of their factors, and what that gives: one denominator, logarithms taken apart.

use super::*;

/// `−1/s + (x−μ)²/s³` as `((x−μ)² − s²)/s³`: over one denominator with the numerators as they stand. `None` for anything but
/// a sum with a fraction in it.
pub(crate) fn over_one_denominator(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let Node::Sum(xs) = s.node(t) else { return None };
    let terms: Vec<(bool, Rat, Vec<(Id, i64)>)> = xs
        .iter()
        .map(|x| {
            let (q, m) = factor_map(s, x.term);
            (x.neg, q, m)
        })
        .collect();
    let mut common: Vec<(Id, i64)> = Vec::new();
    let mut number = Rat::one();
    for (_, q, m) in &terms {
        number = lcm(&number, &Rat::from(q.denom()))?;
        for (b, k) in m.iter().filter(|(_, k)| *k < 0) {
            match common.iter_mut().find(|(c, _)| gradus_kernel::rearranged(s, *c, *b)) {
                Some((_, n)) => *n = (*n).max(-k),
                None => common.push((*b, -k)),
            }
        }
    }
    if common.is_empty() {
        return None;
    }
    let power = |b: Id, k: i64| if k == 1 { b } else { s.pow(b, s.int(k)) };
    let tops: Vec<gradus_term::Summand> = terms
        .into_iter()
        .map(|(neg, q, mut m)| {
            for (b, k) in &common {
                match m.iter_mut().find(|(c, _)| gradus_kernel::rearranged(s, *c, *b)) {
                    Some((_, n)) => *n += k,
                    None => m.push((*b, *k)),
                }
            }
            let fs: Vec<Id> =
                std::iter::once(s.rational(&q.mul(&number))).chain(m.iter().filter(|(_, k)| *k > 0).map(|(b, k)| power(*b, *k))).collect();
            gradus_term::Summand { neg, term: tidy(s, s.product(&fs)) }
        })
        .collect();
    let bottom: Vec<Id> = std::iter::once(s.rational(&number)).chain(common.iter().map(|(b, k)| power(*b, *k))).collect();
    let top = crate::simplify::positive_order(s, tidy(s, s.sum(&tops)));
    Some(tidy(s, s.quot(top, s.product(&bottom))))
}
/// The least common multiple of two positive whole numbers that fit in 64 bits.
pub(super) fn lcm(a: &Rat, b: &Rat) -> Option<Rat> {
    let (x, y) = (a.to_i64()?, b.to_i64()?);
    let (mut p, mut q) = (x, y);
    while q != 0 {
        (p, q) = (q, p % q);
    }
    (p != 0).then(|| Rat::int(x / p).mul(&Rat::int(y)))
}

/// `log(e^u v^k / w)` as `u + k log v − log w`; `None` unless an exponential stands among at least two factors.
pub(crate) fn log_of_factors(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let (number, m) = factor_map(s, t);
    let exponent = |b: Id| match s.node(b) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Exp) => xs.first().copied(),
        _ => None,
    };
    if !m.iter().any(|(b, _)| exponent(*b).is_some()) || (m.len() < 2 && number.is_one()) || !number.is_positive() {
        return None;
    }
    let mut out = Vec::new();
    let mut push = |k: i64, u: Id| {
        let term = if k.abs() == 1 { u } else { s.mul(s.int(k.abs()), u) };
        out.push(gradus_term::Summand { neg: k < 0, term });
    };
    for (b, k) in &m {
        if let Some(u) = exponent(*b) {
            push(*k, u);
        }
    }
    if !number.is_one() {
        push(1, s.log(s.rational(&number)));
    }
    for (b, k) in &m {
        if exponent(*b).is_none() {
            push(*k, s.log(*b));
        }
    }
    Some(tidy(s, s.sum(&out)))
}

/// A term as a number times whole powers of its factors.
pub(super) fn factor_map(s: &gradus_term::Store, t: Id) -> (Rat, Vec<(Id, i64)>) {
    let mut number = Rat::one();
    let mut out: Vec<(Id, i64)> = Vec::new();
    let mut todo = vec![(t, 1i64)];
    while let Some((x, k)) = todo.pop() {
        if let Some(q) = s.as_rational(x).and_then(|q| q.pow(k)) {
            number = number.mul(&q);
            continue;
        }
        match s.node(x) {
            Node::Product(xs) => todo.extend(xs.iter().rev().map(|y| (*y, k))),
            Node::Quot(a, b) => todo.extend([(*b, -k), (*a, k)]),
            Node::Sum(xs) if xs.len() == 1 && xs.iter().all(|y| y.neg) => {
                number = if k % 2 == 0 { number } else { number.neg() };
                todo.extend(xs.iter().map(|y| (y.term, k)));
            }
            Node::Pow(b, e) => match s.as_rational(*e).and_then(|q| q.to_i64()).and_then(|m| m.checked_mul(k)) {
                Some(m) => todo.push((*b, m)),
                None => push_factor(s, &mut out, x, k),
            },
            _ => push_factor(s, &mut out, x, k),
        }
    }
    (number, out)
}
pub(super) fn push_factor(s: &gradus_term::Store, out: &mut Vec<(Id, i64)>, x: Id, k: i64) {
    match out.iter_mut().find(|(b, _)| gradus_kernel::rearranged(s, *b, x)) {
        Some((_, n)) => *n += k,
        None => out.push((x, k)),
    }
}
