//! Sums of words, shorter: what terms share is taken out, from the left, from the right, entrywise, as a scalar, under a linear operation.

use super::words::{
    bare, letters, merged, powers, product, pulled, repeated, signed_sum, transposed, transposed_word, transposes, without_inverses, Term,
};
use crate::arrange::Order;
use crate::tidy::{summands, tidy};
use gradus_term::{Id, Node, Prim, Rat, Sort, Store, Summand};

/// The sum of these terms, with what is common taken out where that is shorter. `top`: it is the whole result.
pub(crate) fn assemble(s: &Store, order: &Order<'_>, terms: Vec<Term>, top: bool) -> Id {
    let terms = terms.into_iter().map(|t| without_opposites(s, order, settled(s, t))).collect();
    let mut terms = in_order(s, order, merged(s, terms));
    if let Some(t) = all_transposed(s, order, &terms) {
        return t;
    }
    let whole = collected(s, order, terms.clone(), top);
    if top || s.sort(whole).dims().len() != 2 || !matches!(s.node(pulled(s, whole).1), Node::Sum(_)) {
        return whole;
    }
    // `(U Vᵀ − M)ᵀ` for `V Uᵀ − Mᵀ`
    terms.iter_mut().for_each(|t| t.word = transposed_word(s, &t.word));
    let (mut outer, turned) = pulled(s, collected(s, order, terms, top));
    if transposes(s, turned) + 1 > transposes(s, whole) {
        return whole;
    }
    outer.word = vec![transposed(s, turned)];
    signed_sum(s, &[outer])
}

fn collected(s: &Store, order: &Order<'_>, mut terms: Vec<Term>, top: bool) -> Id {
    let step = |terms: &[Term]| {
        factored(s, order, terms, true)
            .or_else(|| factored(s, order, terms, false))
            .or_else(|| scalars_of_one(s, terms))
            .or_else(|| by_bracket(s, order, terms))
            .or_else(|| entrywise(s, order, terms))
            .or_else(|| under_one(s, order, terms))
    };
    while let Some(better) = step(&terms) {
        terms = better;
    }
    let (outer, inner) = common(s, opened(s, terms), top);
    let inner = opened(s, inner);
    let sum = signed_sum(s, &inner);
    if inner.len() < 2 || (outer.number.is_one() && outer.scalars.is_empty() && outer.divisors.is_empty()) {
        return if inner.len() < 2 { signed_sum(s, &rejoin(&outer, inner)) } else { sum };
    }
    let whole = if s.sort(sum).is_scalar() {
        Term { scalars: outer.scalars.iter().copied().chain([sum]).collect(), ..outer }
    } else {
        Term { word: vec![sum], ..outer }
    };
    signed_sum(s, &[whole])
}

/// A sum that is a term by itself without its brackets: `(u − v) + w` as `u − v + w`.
fn opened(s: &Store, terms: Vec<Term>) -> Vec<Term> {
    if terms.len() < 2 {
        return terms;
    }
    let plain = |t: &Term| t.number.is_one() && t.scalars.is_empty() && t.divisors.is_empty();
    let parts = |t: Term| match (t.word.as_slice(), plain(&t)) {
        ([one], true) => match s.node(*one) {
            Node::Sum(xs) => {
                let one = |x: &Summand| {
                    let inner = of_summand(s, x);
                    Term { neg: inner.neg != t.neg, ..inner }
                };
                xs.iter().map(one).collect()
            }
            _ => vec![t],
        },
        _ => vec![t],
    };
    merged(s, terms.into_iter().flat_map(parts).collect())
}

/// Products of the same matrices, some of them transposed, in the order of an alphabet that is the problem's.
fn in_order(s: &Store, order: &Order<'_>, mut terms: Vec<Term>) -> Vec<Term> {
    if terms.len() > 1 && terms.iter().all(|t| !t.word.is_empty()) && same_letters(s, &terms) {
        let letter = |x: &Id| {
            let turned = matches!(s.node(*x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Transpose));
            (order.name_rank(bare(s, *x)), turned)
        };
        terms.sort_by_cached_key(|t| t.word.iter().map(letter).collect::<Vec<_>>());
    }
    terms
}

fn rejoin(outer: &Term, inner: Vec<Term>) -> Vec<Term> {
    inner
        .into_iter()
        .map(|t| Term {
            neg: t.neg,
            number: t.number.mul(&outer.number),
            scalars: outer.scalars.iter().copied().chain(t.scalars).collect(),
            divisors: outer.divisors.iter().copied().chain(t.divisors).collect(),
            word: t.word,
        })
        .collect()
}

/// The number and the scalars that all terms share, and the terms without them.
fn common(s: &Store, mut terms: Vec<Term>, top: bool) -> (Term, Vec<Term>) {
    let mut outer = Term::one();
    let Some(first) = terms.first().cloned() else { return (outer, terms) };
    if terms.len() < 2 {
        return (outer, terms);
    }
    // A whole number is taken out of a sum of products only where the sum is a factor itself: `2 Xᵀ X + 2 λ I`.
    let plain = |t: &Term| t.word.len() + t.scalars.len() < 2;
    // Divisors are taken out only if no term keeps one: no fraction stands inside another.
    let divides = |t: &Term, u: &Term| t.divisors.iter().all(|x| u.divisors.iter().any(|y| s.same(*x, *y)));
    if terms.iter().all(|t| t.divisors.len() == first.divisors.len() && divides(t, &first) && divides(&first, t)) {
        outer.divisors.clone_from(&first.divisors);
        terms.iter_mut().for_each(|t| t.divisors.clear());
    }
    for x in &first.scalars {
        let everywhere = terms.iter().all(|t| t.scalars.iter().any(|y| s.same(*x, *y)));
        // A scalar sum keeps at least one factor in each term.
        let worth = terms.iter().all(|t| !t.word.is_empty() || t.scalars.len() > 1);
        if everywhere && worth {
            outer.scalars.push(*x);
            for t in &mut terms {
                if let Some(k) = t.scalars.iter().position(|y| s.same(*x, *y)) {
                    t.scalars.remove(k);
                }
            }
        }
    }
    let taken = !top || !first.number.is_integer() || !outer.divisors.is_empty() || !outer.scalars.is_empty() || terms.iter().all(plain);
    if taken && !first.number.is_one() && terms.iter().all(|t| t.number == first.number) {
        outer.number = first.number.clone();
        terms.iter_mut().for_each(|t| t.number = Rat::one());
    }
    // Over a divisor there are whole numbers: (A − 2 I)/(2 n), not (A/2 − I)/n.
    let whole = terms.iter().map(|t| Rat::from(t.number.denom())).try_fold(1i64, |n, q| lcm(n, q.to_i64()?));
    if let Some(n) = whole.filter(|n| *n > 1 && !outer.divisors.is_empty()) {
        let n = Rat::int(n);
        terms.iter_mut().for_each(|t| t.number = t.number.mul(&n));
        outer.number = outer.number.div(&n).unwrap_or(outer.number);
    }
    (outer, terms)
}

fn lcm(a: i64, b: i64) -> Option<i64> {
    (a / crate::tidy::gcd(a, b)).checked_mul(b)
}

/// `A u + A v` as `A (u + v)` (from the left), `u A + v A` as `(u + v) A`. `None` if no two terms share an end.
fn factored(s: &Store, order: &Order<'_>, terms: &[Term], left: bool) -> Option<Vec<Term>> {
    let end = |t: &Term| if left { t.word.first().copied() } else { t.word.last().copied() };
    let alike = |t: &Term, u: &Term| u.word.len() > 1 && end(u) == end(t) && u.divisors == t.divisors;
    let k = terms.iter().position(|t| t.word.len() > 1 && terms.iter().filter(|u| alike(t, u)).count() > 1)?;
    let first = terms.get(k)?.clone();
    let letter = end(&first)?;
    let (group, rest): (Vec<Term>, Vec<Term>) = terms.iter().cloned().partition(|u| alike(&first, u));
    if anagrams(s, &group, letter) {
        return None;
    }
    let inside: Vec<Term> = group
        .into_iter()
        .map(|mut t| {
            t.divisors.clear();
            if left {
                t.word.remove(0);
            } else {
                t.word.pop();
            }
            t
        })
        .collect();
    let (mut outer, inner) = pulled(s, assemble(s, order, inside, false));
    outer.divisors.extend(first.divisors);
    let inner = letters(s, inner);
    outer.word = if left { std::iter::once(letter).chain(inner).collect() } else { inner.into_iter().chain([letter]).collect() };
    if s.sort(product(s, &outer.word)) == &Sort::Ill {
        return None;
    }
    let mut out = rest;
    out.insert(k.min(out.len()), outer);
    Some(out)
}

/// Whether these matrices, which share a factor, have the same factors up to transposition: `B X + Bᵀ X` and
/// `X A X + X X A` stay as they are.
fn anagrams(s: &Store, terms: &[Term], shared: Id) -> bool {
    if s.sort(shared).dims().len() != 2 || terms.iter().any(|t| s.sort(product(s, &t.word)).dims().len() != 2) {
        return false;
    }
    same_letters(s, terms)
}

/// Whether the products have the same factors up to order and transposition.
fn same_letters(s: &Store, terms: &[Term]) -> bool {
    let mut bags = terms.iter().map(|t| {
        let mut bag: Vec<Id> = t.word.iter().map(|x| bare(s, *x)).collect();
        bag.sort_unstable();
        bag
    });
    let first = bags.next();
    bags.all(|b| Some(&b) == first.as_ref())
}

/// A sum of products all of whose factors are transposes as the transpose of a sum: `(A X² + X A X + X² A)ᵀ`.
fn all_transposed(s: &Store, order: &Order<'_>, terms: &[Term]) -> Option<Id> {
    let transpose = |x: &Id| matches!(s.node(*x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Transpose));
    let distinct = |t: &Term| t.word.iter().any(|x| Some(x) != t.word.first());
    // Rows: pᵀ − yᵀ as (p − y)ᵀ.
    let row = |t: &Term| matches!(t.word.as_slice(), [x] if s.sort(transposed(s, *x)).dims().len() == 1);
    let rows = terms.len() > 1 && terms.iter().all(row);
    let products = terms.iter().all(|t| t.word.len() > 1 && distinct(t));
    // Aᵀ Bᵀ is as short as (B A)ᵀ.
    let two = |t: &Term| {
        t.word.len() == 2 && !t.word.iter().any(|x| matches!(s.node(bare(s, *x)), Node::Call(f, _) if s.prim(*f) == Some(Prim::Inv)))
    };
    if matches!(terms, [t] if two(t)) {
        return None;
    }
    if terms.is_empty() || !(rows || products) || !terms.iter().all(|t| t.word.iter().all(transpose)) {
        return None;
    }
    let turned: Vec<Term> = terms.iter().map(|t| Term { word: transposed_word(s, &t.word), ..t.clone() }).collect();
    let (mut outer, inner) = pulled(s, assemble(s, order, turned, false));
    outer.word = vec![transposed(s, inner)];
    Some(signed_sum(s, &[outer]))
}

/// `Diag(a) − Diag(b)` as `Diag(a − b)`, `vec(A) + vec(B)` as `vec(A + B)`: one linear operation for several terms.
fn under_one(s: &Store, order: &Order<'_>, terms: &[Term]) -> Option<Vec<Term>> {
    let inside = |t: &Term| match t.word.as_slice() {
        [one] => match s.node(*one) {
            Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
                (Some(p @ (Prim::Diag | Prim::Diagonal | Prim::Vec | Prim::Flip)), [x]) => Some((p, *x, s.sort(*one).clone())),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    let alike = |t: &Term, u: &Term| match (inside(t), inside(u)) {
        (Some((p, x, whole)), Some((q, y, other))) => p == q && whole == other && s.sort(x) == s.sort(y),
        _ => false,
    };
    let k = terms.iter().position(|t| terms.iter().filter(|u| alike(t, u)).count() > 1)?;
    let first = terms.get(k)?;
    let (p, _, _) = inside(first)?;
    let (group, mut rest): (Vec<Term>, Vec<Term>) = terms.iter().cloned().partition(|u| alike(first, u));
    let within: Vec<Term> = group.iter().filter_map(|t| Some(Term { word: letters(s, inside(t)?.1), ..t.clone() })).collect();
    let at = if p == Prim::Diag { 0 } else { k.min(rest.len()) };
    rest.insert(at, Term { word: vec![s.prim_call(p, &[assemble(s, order, within, false)])], ..Term::one() });
    Some(rest)
}

/// `k x − e^η x` as `(k − e^η) x`: the scalars before one word in one bracket, or as one fraction where that is shorter.
fn scalars_of_one(s: &Store, terms: &[Term]) -> Option<Vec<Term>> {
    let same = |a: &[Id], b: &[Id]| a.len() == b.len() && a.iter().zip(b).all(|(x, y)| s.same(*x, *y));
    let alike = |t: &Term, u: &Term| !t.word.is_empty() && same(&t.word, &u.word);
    let k = terms.iter().position(|t| terms.iter().filter(|u| alike(t, u)).count() > 1)?;
    let first = terms.get(k)?.clone();
    let (group, mut rest): (Vec<Term>, Vec<Term>) = terms.iter().cloned().partition(|u| alike(&first, u));
    // Numbers that are added to each entry stay apart: s − s_y + 1.
    if !rest.is_empty() && matches!(first.word.as_slice(), [one] if s.is_ones(*one)) {
        return None;
    }
    let mut within: Vec<Term> = group.into_iter().map(|t| Term { word: Vec::new(), ..t }).collect();
    let neg = within.iter().all(|t| t.neg);
    within.iter_mut().for_each(|t| t.neg ^= neg);
    let (mut outer, within) = common(s, within, false);
    outer.neg ^= neg;
    let sum = tidy(s, signed_sum(s, &within));
    let fraction = crate::fold::over_one_denominator(s, sum).map(|t| match s.node(t) {
        Node::Quot(a, b) => s.quot(crate::arrange::collected(s, *a).unwrap_or(*a), *b),
        _ => t,
    });
    match fraction.filter(|f| crate::cost(s, *f) < crate::cost(s, sum)).map(|f| s.node(f)) {
        Some(Node::Quot(a, b)) => {
            let (minus, top) = crate::tidy::unsign(s, tidy(s, *a));
            outer.neg ^= minus;
            let b = *b;
            match s.as_rational(top) {
                Some(q) => outer.times(&q),
                None => outer.scalars.push(top),
            }
            outer.divided(s, b);
        }
        _ => outer.scalars.push(sum),
    }
    outer.word = first.word;
    rest.insert(k.min(rest.len()), outer);
    Some(rest)
}

/// `(σ − 1) p + (1 − σ) q + 2 λ u` as `(σ − 1)(p − q) + 2 λ u`: a bracket before several words, perhaps with the other sign. One that all
/// words have alike is common to them.
fn by_bracket(s: &Store, order: &Order<'_>, terms: &[Term]) -> Option<Vec<Term>> {
    let turned = |x: Id| s.sum(&summands(s, x).iter().map(|x| Summand { neg: !x.neg, term: x.term }).collect::<Vec<_>>());
    let at = |t: &Term, x: Id| {
        let place = |y: Id| t.scalars.iter().position(|z| gradus_kernel::rearranged(s, *z, y));
        place(x).map(|k| (k, false)).or_else(|| place(turned(x)).map(|k| (k, true)))
    };
    let bracket = |x: &Id| matches!(s.node(*x), Node::Sum(xs) if xs.len() > 1);
    terms.iter().enumerate().find_map(|(k, first)| {
        let x = first.scalars.iter().copied().find(bracket)?;
        let alike = |t: &Term| !t.word.is_empty() && t.divisors == first.divisors && at(t, x).is_some();
        let (group, mut rest): (Vec<Term>, Vec<Term>) = terms.iter().cloned().partition(alike);
        if group.len() < 2 || (rest.is_empty() && group.iter().all(|t| at(t, x).is_some_and(|(_, minus)| !minus))) {
            return None;
        }
        let without = |mut t: Term| {
            let (k, minus) = at(&t, x)?;
            t.scalars.remove(k);
            t.divisors.clear();
            Some(Term { neg: t.neg != minus, ..t })
        };
        let (mut outer, within) = pulled(s, assemble(s, order, group.into_iter().filter_map(without).collect(), false));
        outer.scalars.push(x);
        outer.divisors.extend(first.divisors.iter().copied());
        outer.word = letters(s, within);
        rest.insert(k.min(rest.len()), outer);
        Some(rest)
    })
}

/// `u ⊙ v ⊙ w − u ⊙ x ⊙ w` as `u ⊙ (v − x) ⊙ w`: entrywise factors that several terms share.
fn entrywise(s: &Store, order: &Order<'_>, terms: &[Term]) -> Option<Vec<Term>> {
    let parts = |t: &Term| match t.word.as_slice() {
        [one] => Some(entrywise_factors(s, *one)),
        _ => None,
    };
    let shares = |t: &Term, u: &Term| match (parts(t), parts(u)) {
        (Some(a), Some(b)) => {
            t.divisors == u.divisors && (a.len() > 1 || b.len() > 1) && a.iter().any(|x| b.iter().any(|y| s.same(*x, *y)))
        }
        _ => false,
    };
    let k = terms.iter().enumerate().position(|(i, t)| terms.iter().enumerate().any(|(j, u)| i != j && shares(t, u)))?;
    let first = terms.get(k)?.clone();
    let own = parts(&first)?;
    // The factor that most terms share, and with it all that those terms share.
    let has = |u: &Term, x: Id| parts(u).is_some_and(|b| b.iter().any(|y| s.same(x, *y)) && u.divisors == first.divisors);
    let most = own.iter().copied().max_by_key(|x| terms.iter().filter(|u| has(u, *x)).count())?;
    let (group, mut rest): (Vec<Term>, Vec<Term>) = terms.iter().cloned().partition(|u| has(u, most));
    let mut shared: Vec<Id> = Vec::new();
    let mut left: Vec<Vec<Id>> = group.iter().filter_map(parts).collect();
    for x in &own {
        let at: Option<Vec<usize>> = left.iter().map(|b| b.iter().position(|y| s.same(*x, *y))).collect();
        if let Some(at) = at {
            left.iter_mut().zip(at).for_each(|(b, i)| {
                b.remove(i);
            });
            shared.push(*x);
        }
    }
    let dims: Vec<Id> = s.sort(most).dims().iter().map(|n| s.index(n.clone())).collect();
    let within: Vec<Term> = group
        .into_iter()
        .zip(left)
        .map(|(t, b)| {
            let word = match entrywise_product(s, &b) {
                Some(w) => w,
                None => s.prim_call(Prim::Ones, &dims),
            };
            Term { word: vec![word], divisors: Vec::new(), ..t }
        })
        .collect();
    let (mut outer, within) = pulled(s, assemble(s, order, within, false));
    // The bracket stands where the terms first differ.
    let at = own.iter().position(|x| !shared.iter().any(|y| s.same(*x, *y))).unwrap_or(own.len());
    shared.insert(at.min(shared.len()), within);
    outer.word = vec![entrywise_product(s, &shared)?];
    outer.divisors.extend(first.divisors);
    rest.insert(k.min(rest.len()), outer);
    Some(rest)
}
/// The factors of `u ⊙ v ⊙ w`, from left to right.
fn entrywise_factors(s: &Store, t: Id) -> Vec<Id> {
    match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Hadamard) => xs.iter().flat_map(|x| entrywise_factors(s, *x)).collect(),
        _ => vec![t],
    }
}
fn entrywise_product(s: &Store, xs: &[Id]) -> Option<Id> {
    xs.iter().copied().reduce(|a, b| s.prim_call(Prim::Hadamard, &[a, b]))
}

/// A number and scalars that all summands of a bracket share in front of the product: `A (2 x − 2 y)` as `2 A (x − y)`; powers that
/// divide as repeated divisors.
/// `−(a − x) (x − a)ᵀ` as `(x − a) (x − a)ᵀ`: of two opposite differences, both as the problem writes one.
fn without_opposites(s: &Store, order: &Order<'_>, mut t: Term) -> Term {
    let turned = |x: Id| match s.node(x) {
        Node::Sum(xs) => Some(s.sum(&xs.iter().map(|y| Summand { neg: !y.neg, term: y.term }).collect::<Vec<_>>())),
        _ => None,
    };
    for k in 0..t.word.len() {
        let Some((x, opposite)) = t.word.get(k).and_then(|x| Some((*x, turned(bare(s, *x))?))) else { continue };
        let other = t.word.iter().skip(k + 1).position(|y| gradus_kernel::rearranged(s, bare(s, *y), opposite)).map(|j| j + k + 1);
        let Some((j, y)) = other.and_then(|j| Some((j, *t.word.get(j)?))) else { continue };
        let (at, of, new) = if order.is_spelt(bare(s, x)) { (j, y, bare(s, x)) } else { (k, x, bare(s, y)) };
        if let Some(z) = t.word.get_mut(at) {
            *z = if of == bare(s, of) { new } else { transposed(s, new) };
            t.neg = !t.neg;
        }
    }
    t
}
fn settled(s: &Store, mut t: Term) -> Term {
    for x in std::mem::take(&mut t.divisors) {
        t.divided(s, x);
    }
    scalars_in_front(s, &mut t);
    cancelled(s, &mut t);
    t.word = diagonal_products(s, &without_inverses(s, &t.word));
    for k in 0..t.word.len() {
        let Some(letter) = t.word.get(k).copied() else { continue };
        let terms = match s.node(letter) {
            Node::Sum(xs) if xs.len() > 1 => xs.iter().map(|x| of_summand(s, x)).collect::<Vec<_>>(),
            _ => continue,
        };
        let (outer, within) = common(s, terms, false);
        if outer.number.is_one() && outer.scalars.is_empty() && outer.divisors.is_empty() {
            continue;
        }
        t.number = t.number.mul(&outer.number);
        t.scalars.extend(outer.scalars);
        t.divisors.extend(outer.divisors);
        if let Some(x) = t.word.get_mut(k) {
            *x = signed_sum(s, &within);
        }
    }
    t
}
/// Scalars that stand above and below the line are gone; whether any were.
pub(super) fn cancelled(s: &Store, t: &mut Term) -> bool {
    let all: Vec<Id> = t.scalars.iter().flat_map(|x| crate::tidy::factors(s, *x)).flat_map(|x| repeated(s, x)).collect();
    let under_root = |x: Id| match s.node(x) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) => xs.first().copied(),
        _ => None,
    };
    let halves = |x: Id, y: Id| under_root(x).is_some_and(|u| s.same(u, y));
    if !all.iter().any(|x| t.divisors.iter().any(|y| s.same(*x, *y) || halves(*x, *y))) {
        return false;
    }
    t.scalars = all;
    // √u/u is 1/√u.
    for y in &mut t.divisors {
        if let Some(k) = t.scalars.iter().position(|x| halves(*x, *y)) {
            *y = t.scalars.remove(k);
        }
    }
    let divisors = std::mem::take(&mut t.divisors);
    for y in divisors {
        match t.scalars.iter().position(|x| s.same(*x, y)) {
            Some(k) => {
                t.scalars.remove(k);
            }
            None => t.divisors.push(y),
        }
    }
    t.scalars = powers(s, &t.scalars);
    true
}
/// Scalars inside of products that are scalars stand beside them: `(v/c)ᵀ x` is `vᵀ x` over c.
fn scalars_in_front(s: &Store, t: &mut Term) {
    for x in std::mem::take(&mut t.scalars) {
        let Node::MatMul(xs) = s.node(x) else {
            t.scalars.push(x);
            continue;
        };
        let word = xs.iter().map(|l| {
            let turned = bare(s, *l) != *l;
            let (outer, inner) = pulled(s, bare(s, *l));
            t.neg ^= outer.neg;
            t.number = t.number.mul(&outer.number);
            t.scalars.extend(outer.scalars);
            t.divisors.extend(outer.divisors);
            if turned {
                transposed(s, inner)
            } else {
                inner
            }
        });
        let word: Vec<Id> = word.collect();
        t.scalars.push(product(s, &word));
    }
}
/// `Diag(a) Diag(b)` as `Diag(a ⊙ b)`.
fn diagonal_products(s: &Store, word: &[Id]) -> Vec<Id> {
    let inside = |x: Id| match s.node(x) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Diag) => xs.first().copied(),
        _ => None,
    };
    let mut out: Vec<Id> = Vec::new();
    for x in word {
        match (out.last().and_then(|l| inside(*l)), inside(*x)) {
            (Some(a), Some(b)) => {
                out.pop();
                let all: Vec<Id> = entrywise_factors(s, a).into_iter().chain(entrywise_factors(s, b)).collect();
                out.extend(entrywise_product(s, &all).map(|v| s.prim_call(Prim::Diag, &[v])));
            }
            _ => out.push(*x),
        }
    }
    out
}
/// A summand as a term.
pub(crate) fn of_summand(s: &Store, x: &Summand) -> Term {
    let (outer, inner) = pulled(s, x.term);
    let divisors = outer.divisors.iter().flat_map(|d| repeated(s, *d)).collect();
    Term { neg: outer.neg != x.neg, word: letters(s, inner), divisors, ..outer }
}
