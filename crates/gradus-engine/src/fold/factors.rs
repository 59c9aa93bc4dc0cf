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
        number = number.lcm(&Rat::from(q.denom()));
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

/// `log(e^u v^k / w)` as `u + k log v − log w`; `None` unless an exponential or a product over a range stands among at least two
/// factors, or a power with an exponent that is no number.
pub(crate) fn log_of_factors(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let (number, m) = factor_map(s, t);
    let exponent = |b: Id| match s.node(b) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Exp) => xs.first().copied(),
        _ => None,
    };
    let power = |b: Id| match s.node(b) {
        Node::Pow(v, e) if s.as_rational(*e).is_none() => Some((*v, *e)),
        _ => None,
    };
    let among_others = m.len() > 1 || !number.is_one();
    // `1/(γ (1 + u²))`
    let below = m.len() > 1 && m.iter().all(|(_, k)| *k < 0) && m.iter().any(|(b, _)| matches!(s.node(*b), Node::Sum(_)));
    if !(below
        || among_others && m.iter().any(|(b, _)| exponent(*b).is_some() || is_product_over(s, *b))
        || m.iter().any(|(b, _)| power(*b).is_some()))
        || !number.is_positive()
    {
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
        match power(*b) {
            Some((v, e)) => push(*k, s.mul(e, s.log(v))),
            None if exponent(*b).is_none() => push(*k, s.log(*b)),
            None => {}
        }
    }
    Some(tidy(s, s.sum(&out)))
}

/// `∏_j u_j`.
pub(crate) fn is_product_over(s: &gradus_term::Store, t: Id) -> bool {
    matches!(s.node(t), Node::Big { op: gradus_term::BigOp::Prod, .. })
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

/// `u (g v u^(g − 1) − u^g)` as `u^g (g v − 1)`: the power that every summand has after multiplying out. `None` if there is no
/// power with a letter in its exponent.
pub(crate) fn common_power(facts: &gradus_decide::Facts<'_>, t: Id) -> Option<Id> {
    let s = facts.store();
    let (neg, core) = crate::tidy::unsign(s, t);
    if let Node::Quot(a, b) = *s.node(core) {
        let whole = tidy(s, s.quot(common_power(facts, a)?, b));
        return Some(powers_joined(facts, if neg { s.neg(whole) } else { whole }));
    }
    // Of a fraction what stands above, then what stands below.
    let factors = |s: &gradus_term::Store, t: Id| -> Vec<Id> {
        let of = |f: Id| match *s.node(f) {
            Node::Quot(a, b) if factors(s, a).len() > 1 => factors(s, a).into_iter().chain([s.quot(s.int(1), b)]).collect(),
            _ => vec![f],
        };
        factors(s, t).into_iter().flat_map(of).collect()
    };
    let fs = factors(s, core);
    let k = fs.iter().position(|f| matches!(s.node(*f), Node::Sum(xs) if xs.len() > 1))?;
    let lettered = |f: &Id| matches!(s.node(*f), Node::Pow(_, e) if s.as_rational(*e).is_none());
    // The sum whose summands have such a power.
    let at = (k..fs.len()).find(|i| match fs.get(*i).map(|f| s.node(*f)) {
        Some(Node::Sum(xs)) => xs.iter().any(|x| factors(s, x.term).iter().any(lettered)),
        _ => false,
    })?;
    let sum = *fs.get(at)?;
    let rest: Vec<Id> = fs.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, f)| *f).collect();
    let terms = crate::tidy::summands(s, sum);
    let base = terms.iter().flat_map(|x| factors(s, x.term)).find_map(|f| match s.node(f) {
        Node::Pow(b, e) if s.as_rational(*e).is_none() => Some(*b),
        _ => None,
    })?;
    // The exponent of the base in a list of factors, and the other factors.
    let apart = |fs: Vec<Id>| {
        let mut exponent = Vec::new();
        let mut others = Vec::new();
        for f in fs {
            match s.node(f) {
                Node::Pow(b, e) if gradus_kernel::rearranged(s, *b, base) => exponent.push(*e),
                _ if gradus_kernel::rearranged(s, f, base) => exponent.push(s.int(1)),
                _ => others.push(f),
            }
        }
        (exponent, others)
    };
    let (shared, rest) = apart(rest);
    let total = |own: &[Id]| {
        let all: Vec<_> = shared.iter().chain(own).map(|e| gradus_term::Summand { neg: false, term: *e }).collect();
        facts.expand(s.sum(&all)).map(|e| tidy(s, e))
    };
    // The least of the exponents, which differ by whole numbers.
    let mut least: Option<Id> = None;
    let mut parts = Vec::new();
    let ahead = |e: Id, of: Id| facts.expand(s.sub(e, of)).and_then(|k| s.as_rational(tidy(s, k))).and_then(|k| k.to_i64());
    for x in &terms {
        let (own, others) = apart(factors(s, x.term));
        let e = total(&own)?;
        if least.is_none_or(|l| ahead(e, l).is_some_and(|k| k < 0)) {
            least = Some(e);
        }
        parts.push((x.neg != neg, e, others));
    }
    let least = least?;
    let mut inner = Vec::new();
    for (neg, e, mut others) in parts {
        match ahead(e, least)? {
            0 => {}
            1 => others.push(base),
            k => others.push(s.pow(base, s.int(k))),
        }
        inner.push(gradus_term::Summand { neg, term: s.product(&others) });
    }
    let out: Vec<Id> = rest.into_iter().chain([s.pow(base, least), s.sum(&inner)]).collect();
    Some(tidy(s, s.product(&out)))
}

/// `θ θ^k` as `θ^(k + 1)`.
fn powers_joined(facts: &gradus_decide::Facts<'_>, t: Id) -> Id {
    let s = facts.store();
    let t = s.intern(s.node(t).map_children(&mut |c, _| if s.sort(c).is_scalar() { powers_joined(facts, c) } else { c }));
    let Node::Product(xs) = s.node(t) else { return t };
    let lettered = |f: &Id| match *s.node(*f) {
        Node::Pow(b, e) if s.as_rational(e).is_none() => Some((b, e)),
        _ => None,
    };
    let Some((b, e)) = xs.iter().find_map(lettered) else { return t };
    let whole = |f: Id| match *s.node(f) {
        Node::Pow(c, k) if s.same(c, b) => s.as_rational(k),
        _ if s.same(f, b) => Some(Rat::one()),
        _ => None,
    };
    let Some((at, k)) = xs.iter().enumerate().find_map(|(i, f)| Some((i, whole(*f)?))) else { return t };
    let exponent = tidy(s, s.add(e, s.rational(&k)));
    let joined =
        xs.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, f)| if lettered(f) == Some((b, e)) { s.pow(b, exponent) } else { *f });
    s.product(&joined.collect::<Vec<_>>())
}

/// `a b + a c` as `a (b + c)` for factors that stand in every summand. `None` if there are none.
pub(crate) fn common_factors(s: &gradus_term::Store, t: Id) -> Option<Id> {
    common_factors_that(s, t, &|_| true)
}
/// The same for factors with a property.
pub(crate) fn common_factors_that(s: &gradus_term::Store, t: Id, taken: &dyn Fn(Id) -> bool) -> Option<Id> {
    let (neg, core) = crate::tidy::unsign(s, t);
    let Node::Sum(xs) = s.node(core) else { return None };
    let powers = |a: Id| factors(s, a).into_iter().map(|f| whole_power(s, f)).collect::<Vec<(Id, i64)>>();
    let parts: Vec<(bool, Vec<(Id, i64)>, Option<Id>)> = xs
        .iter()
        .map(|x| match s.node(x.term) {
            Node::Quot(a, b) => (x.neg, powers(*a), Some(*b)),
            _ => (x.neg, powers(x.term), None),
        })
        .collect();
    let (_, first, _) = parts.first()?;
    let least = |b: Id| parts.iter().map(|(_, fs, _)| fs.iter().find(|g| s.same(b, g.0)).map(|g| g.1)).min().flatten();
    let shared: Vec<(Id, i64)> =
        first.iter().filter(|f| s.as_rational(f.0).is_none() && taken(f.0)).filter_map(|f| Some((f.0, least(f.0)?))).collect();
    if xs.len() < 2 || shared.is_empty() {
        return None;
    }
    let number = if taken(s.int(2)) { common_number(s, parts.iter().map(|p| p.1.as_slice())) } else { 1 };
    let product = |fs: &[(Id, i64)]| {
        let power = |(b, k): &(Id, i64)| if *k == 1 { *b } else { s.pow(*b, s.int(*k)) };
        s.product(&fs.iter().filter(|f| f.1 > 0).map(power).collect::<Vec<_>>())
    };
    let inner: Vec<_> = parts
        .into_iter()
        .map(|(n, mut fs, below)| {
            for (b, k) in &shared {
                if let Some(f) = fs.iter_mut().find(|g| s.same(*b, g.0)) {
                    f.1 -= k;
                }
            }
            if number > 1 {
                let left = whole_number(s, &fs) / number;
                fs.retain(|f| s.as_rational(f.0).is_none());
                fs.extend((left > 1).then(|| (s.int(left), 1)));
                fs.rotate_right(usize::from(left > 1));
            }
            let top = product(&fs);
            gradus_term::Summand { neg: n != neg, term: below.map_or(top, |b| s.quot(top, b)) }
        })
        .collect();
    let front = (number > 1).then(|| s.int(number));
    Some(s.product(&front.into_iter().chain(factors(s, product(&shared))).chain([s.sum(&inner)]).collect::<Vec<_>>()))
}
/// The number a summand with these factors has if it is whole, else 1.
fn whole_number(s: &gradus_term::Store, fs: &[(Id, i64)]) -> i64 {
    let numbers = fs.iter().map(|(b, k)| s.as_rational(*b).map(|q| q.to_i64().filter(|_| *k == 1)));
    numbers.flatten().try_fold(1i64, |n, q| n.checked_mul(q?)).unwrap_or(1)
}
/// The greatest number that divides those of all summands.
fn common_number<'a>(s: &gradus_term::Store, parts: impl Iterator<Item = &'a [(Id, i64)]>) -> i64 {
    parts.map(|fs| whole_number(s, fs)).fold(0, crate::tidy::gcd)
}
/// `(a √u − b/√u)/u` as `1/√u (a − b/u)`: over the roots that all terms share. `None` if there are none.
pub(crate) fn common_roots(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let (shared, bracket) = common_powers(s, t)?;
    let roots = shared.iter().any(|(_, e)| !e.is_integer());
    roots.then(|| s.product(&[fraction_of(s, &Rat::one(), &shared), bracket]))
}
/// `g (a s − b/s)/s²` as `g/s (a − b/s²)`: a fraction with fractions above its line, where what stands below cancels against some of
/// them. `None` if nothing cancels.
pub(crate) fn settled_fraction(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let Node::Quot(a, b) = *s.node(t) else { return None };
    let mut fs = factors(s, a);
    let fraction = |x: &gradus_term::Summand| matches!(s.node(x.term), Node::Quot(..));
    let k = fs.iter().position(|f| matches!(s.node(*f), Node::Sum(xs) if xs.len() > 1 && xs.iter().any(fraction)))?;
    let sum = fs.remove(k);
    let powers = |x: Id| with_roots(s, factor_map(s, x).1);
    let below = powers(b);
    let cancels = crate::tidy::summands(s, sum)
        .iter()
        .any(|x| powers(x.term).iter().any(|(base, e)| e.is_positive() && below.iter().any(|(c, _)| s.same(*c, *base))));
    let (shared, bracket) = common_powers(s, s.quot(sum, b)).filter(|_| cancels)?;
    let outside = fraction_of(s, &Rat::one(), &shared);
    let new = if fs.is_empty() { s.product(&[outside, bracket]) } else { s.product(&[tidy(s, s.mul(s.product(&fs), outside)), bracket]) };
    (crate::cost(s, new) < crate::cost(s, t)).then_some(new)
}
/// `g (δ p − p q)/p` as `g (δ − q)`: factors of the denominator that all terms of a bracket above the line have. `None` if there are none.
pub(crate) fn cancelled_in_terms(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let Node::Quot(a, b) = *s.node(t) else { return None };
    let mut above = factors(s, a);
    let k = above.iter().position(|f| matches!(s.node(*f), Node::Sum(xs) if xs.len() > 1))?;
    let mut terms: Vec<(bool, Vec<Id>)> = crate::tidy::summands(s, *above.get(k)?).iter().map(|x| (x.neg, factors(s, x.term))).collect();
    let mut below = factors(s, b);
    let before = below.len();
    below.retain(|y| {
        let at: Option<Vec<usize>> = terms.iter().map(|(_, fs)| fs.iter().position(|x| s.same(*x, *y))).collect();
        for ((_, fs), k) in terms.iter_mut().zip(at.iter().flatten()) {
            fs.remove(*k);
        }
        at.is_none()
    });
    if below.len() == before {
        return None;
    }
    let inner: Vec<gradus_term::Summand> = terms.iter().map(|(neg, fs)| gradus_term::Summand { neg: *neg, term: s.product(fs) }).collect();
    *above.get_mut(k)? = s.sum(&inner);
    let above = s.product(&above);
    Some(if below.is_empty() { above } else { s.quot(above, s.product(&below)) })
}
/// The powers, roots among them, that all terms of a sum or a fraction of a sum share, and the bracket that is left.
fn common_powers(s: &gradus_term::Store, t: Id) -> Option<(Vec<(Id, Rat)>, Id)> {
    let (neg, core) = crate::tidy::unsign(s, t);
    let (above, below) = match s.node(core) {
        Node::Quot(a, b) => (*a, Some(*b)),
        _ => (core, None),
    };
    let Node::Sum(xs) = s.node(above) else { return None };
    let mut terms = Vec::new();
    for x in xs {
        let (q, m) = factor_map(s, below.map_or(x.term, |b| s.quot(x.term, b)));
        terms.push((x.neg != neg, q, with_roots(s, m)));
    }
    let (_, _, first) = terms.first()?;
    // The power nearest to 1 that divides (multiplies) all.
    let least = |b: Id| {
        let all: Option<Vec<&Rat>> = terms.iter().map(|(_, _, m)| m.iter().find(|x| s.same(x.0, b)).map(|x| &x.1)).collect();
        let all = all?;
        let one_sign = all.iter().all(|e| e.is_negative()) || all.iter().all(|e| e.is_positive());
        all.into_iter().min_by_key(|e| e.abs()).cloned().filter(|_| one_sign)
    };
    let shared: Vec<(Id, Rat)> = first.iter().filter_map(|(b, _)| Some((*b, least(*b)?))).collect();
    if terms.len() < 2 || shared.is_empty() {
        return None;
    }
    let mut inner = Vec::new();
    for (neg, q, mut m) in terms {
        for (b, e) in &shared {
            if let Some(x) = m.iter_mut().find(|x| s.same(x.0, *b)) {
                x.1 = x.1.sub(e);
            }
        }
        let term = fraction_of(s, &q, &m);
        inner.push(gradus_term::Summand { neg, term });
    }
    Some((shared, tidy(s, s.sum(&inner))))
}
fn half() -> Rat {
    Rat::new(1, 2).unwrap_or_else(Rat::one)
}
/// Roots as powers one half.
fn with_roots(s: &gradus_term::Store, m: Vec<(Id, i64)>) -> Vec<(Id, Rat)> {
    let mut out: Vec<(Id, Rat)> = Vec::new();
    for (b, k) in m {
        let (base, e) = match s.node(b) {
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) => (xs.first().copied().unwrap_or(b), half()),
            Node::Pow(u, e) => s.as_rational(*e).map_or((b, Rat::one()), |e| (*u, e)),
            _ => (b, Rat::one()),
        };
        let e = e.mul(&Rat::int(k));
        match out.iter_mut().find(|x| s.same(x.0, base)) {
            Some(x) => x.1 = x.1.add(&e),
            None => out.push((base, e)),
        }
    }
    out
}
/// A number times powers, as one fraction.
fn fraction_of(s: &gradus_term::Store, q: &Rat, m: &[(Id, Rat)]) -> Id {
    let power = |b: Id, e: Rat| match e.to_i64() {
        Some(1) => b,
        _ if e == half() => s.prim_call(Prim::Sqrt, &[b]),
        _ => s.pow(b, s.rational(&e)),
    };
    let side =
        |up: bool| m.iter().filter(|x| x.1.is_positive() == up && !x.1.is_zero()).map(|(b, e)| power(*b, e.abs())).collect::<Vec<_>>();
    let (top, bottom) = (side(true), side(false));
    let top = s.product(&std::iter::once(s.rational(q)).chain(top).collect::<Vec<_>>());
    tidy(s, if bottom.is_empty() { top } else { s.quot(top, s.product(&bottom)) })
}
/// A factor as a whole positive power of its base.
fn whole_power(s: &gradus_term::Store, f: Id) -> (Id, i64) {
    match s.node(f) {
        Node::Pow(b, e) => match s.as_rational(*e).and_then(|q| q.to_i64()) {
            Some(k) if k > 0 && s.as_rational(*b).is_none() => (*b, k),
            _ => (f, 1),
        },
        _ => (f, 1),
    }
}
