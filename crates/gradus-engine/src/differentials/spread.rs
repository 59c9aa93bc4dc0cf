//! Spreading: traces and products of sums taken term by term, with signs and scalars out in front.
//!
//! This is what a person does without a word while writing the next line of differentials. It is only proposed; the step that uses
//! it is accepted by proof.

use super::adjoint::times_entrywise;
use super::has_differential;
use crate::reading::powers::sum_outside;
use crate::reading::words::{letters, product, transposed, transposed_word, Term};
use crate::tidy::unsign;
use gradus_term::{Id, Node, Prim, Rat, Store, Summand};

/// A summand of a tensor: its sign, its scalar factors, and the tensor.
type Piece = (bool, Vec<Id>, Id);

/// How a tensor made entry by entry is simplified.
pub(super) type Simple<'a> = &'a dyn Fn(Id) -> Id;

/// A scalar with traces and products of sums taken term by term, and signs and scalars out in front.
pub(super) fn spread(s: &Store, t: Id, simple: Simple<'_>) -> Id {
    if !has_differential(s, t) {
        return t;
    }
    match s.node(t) {
        Node::Differential { .. } => t,
        Node::Big { .. } => match super::samples::spread_inside(s, t, &|x| spread(s, x, simple)) {
            Some((neg, sum)) => signed(s, neg, sum),
            None => t,
        },
        Node::Sum(xs) => s.sum(
            &xs.iter()
                .flat_map(|x| {
                    let parts = crate::tidy::summands(s, spread(s, x.term, simple));
                    parts.into_iter().map(|y| Summand { neg: y.neg != x.neg, term: y.term })
                })
                .collect::<Vec<_>>(),
        ),
        Node::Product(xs) => {
            let spread: Vec<(bool, Id)> = xs.iter().map(|x| all_negative(s, spread(s, *x, simple))).collect();
            signed(
                s,
                spread.iter().any(|x| x.0) && spread.iter().filter(|x| x.0).count() % 2 == 1,
                s.product(&spread.iter().map(|x| x.1).collect::<Vec<_>>()),
            )
        }
        Node::Quot(a, b) => {
            let (neg, a) = all_negative(s, spread(s, *a, simple));
            signed(s, neg, s.quot(a, *b))
        }
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(p @ (Prim::Tr | Prim::SumAll)), [m]) => joined(s, pieces(s, *m, simple), &|m| s.prim_call(p, &[m])),
            _ => t,
        },
        Node::MatMul(_) if s.sort(t).is_scalar() => joined(s, pieces(s, t, simple), &|m| m),
        _ if s.sort(t).is_tensor() => joined(s, pieces(s, t, simple), &|m| m),
        _ => t,
    }
}
/// `yᵀ 1` as the sum of the entries of y.
fn summed(s: &Store, t: Id) -> Option<Id> {
    let Node::MatMul(xs) = s.node(t) else { return None };
    let [a, b] = xs.as_ref() else { return None };
    let ones = matches!(s.node(*b), Node::Call(f, _) if s.prim(*f) == Some(Prim::Ones));
    (ones && s.sort(t).is_scalar() && !has_differential(s, t)).then(|| s.prim_call(Prim::SumAll, &[transposed(s, *a)]))
}
/// A sum whose terms are all subtracted, without its signs, and whether it was one.
fn all_negative(s: &Store, t: Id) -> (bool, Id) {
    match s.node(t) {
        Node::Sum(xs) if xs.iter().all(|x| x.neg) => (true, s.sum(&xs.iter().map(|x| Summand { neg: false, ..*x }).collect::<Vec<_>>())),
        _ => (false, t),
    }
}
fn signed(s: &Store, neg: bool, t: Id) -> Id {
    if neg {
        s.neg(t)
    } else {
        t
    }
}
/// A factor that does not change, with its sign and scalars apart.
fn outside(s: &Store, t: Id) -> Piece {
    let (mut neg, core) = unsign(s, t);
    if let Node::Call(f, xs) = s.node(core) {
        if let (Some(Prim::Transpose), [x]) = (s.prim(*f), xs.as_ref()) {
            let (n, c, y) = outside(s, *x);
            return (n != neg, c, if y == *x { core } else { transposed(s, y) });
        }
    }
    let (tensors, scalars): (Vec<Id>, Vec<Id>) = crate::tidy::factors(s, core).into_iter().partition(|x| s.sort(*x).is_tensor());
    match tensors.as_slice() {
        [one] => {
            let (n, one) = unsign(s, *one);
            neg ^= n;
            (neg, scalars, one)
        }
        _ => (neg, Vec::new(), core),
    }
}
/// `F ⊙ N` or `N ⊘ F`, joined with the factor that N has already.
fn entrywise(s: &Store, fixed: Id, part: Id, below: bool, simple: Simple<'_>) -> Id {
    // Beside the change of a number nothing is left that changes: its factor is ones.
    if !has_differential(s, part) {
        return match (below, s.is_ones(part)) {
            (false, true) => fixed,
            (false, false) => simple(times_entrywise(s, fixed, part)),
            (true, _) => simple(s.prim_call(Prim::EntryDiv, &[part, fixed])),
        };
    }
    let own = match s.node(part) {
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(Prim::Hadamard), [a, n]) if !has_differential(s, *a) => Some((*a, *n)),
            _ => None,
        },
        _ => None,
    };
    if let Some((a, n)) = own {
        let both = if below { s.prim_call(Prim::EntryDiv, &[a, fixed]) } else { times_entrywise(s, fixed, a) };
        return s.prim_call(Prim::Hadamard, &[simple(both), n]);
    }
    if below {
        return s.prim_call(Prim::EntryDiv, &[part, fixed]);
    }
    entrywise_product(s, fixed, part)
}
/// `a ⊙ b`; `b ⊘ c` for `a = 1 ⊘ c`.
pub(super) fn entrywise_product(s: &Store, a: Id, b: Id) -> Id {
    match reciprocal(s, a) {
        Some(r) => s.prim_call(Prim::EntryDiv, &[b, r]),
        None => s.prim_call(Prim::Hadamard, &[a, b]),
    }
}
/// What `t` is the entrywise reciprocal of.
fn reciprocal(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(Prim::EntryPow), [b, k]) if s.as_rational(*k) == Some(gradus_term::Rat::int(-1)) => Some(*b),
            _ => None,
        },
        _ => None,
    }
}
fn joined(s: &Store, parts: Vec<Piece>, whole: &dyn Fn(Id) -> Id) -> Id {
    let terms: Vec<Summand> = parts
        .into_iter()
        .map(|(neg, mut scalars, m)| {
            let m = sum_outside(s, m, whole).unwrap_or_else(|| whole(m));
            match summed(s, m) {
                Some(sum) => scalars.insert(0, sum),
                None => scalars.push(m),
            }
            Summand { neg, term: s.product(&scalars) }
        })
        .collect();
    s.sum(&terms)
}
/// The summands of a tensor (or of a product that is a scalar).
fn pieces(s: &Store, m: Id, simple: Simple<'_>) -> Vec<Piece> {
    let plain = || vec![(false, Vec::new(), m)];
    if !has_differential(s, m) {
        return plain();
    }
    match s.node(m) {
        Node::Sum(xs) => xs.iter().flat_map(|x| pieces(s, x.term, simple).into_iter().map(move |(n, c, y)| (n != x.neg, c, y))).collect(),
        Node::Product(xs) => {
            let (tensors, scalars): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| s.sort(**x).is_tensor());
            match tensors.as_slice() {
                [one] => pieces(s, *one, simple).into_iter().map(|(n, c, y)| (n, scalars.iter().copied().chain(c).collect(), y)).collect(),
                _ => plain(),
            }
        }
        Node::Quot(a, b) if s.sort(*a).is_tensor() => {
            let below = s.quot(s.int(1), *b);
            pieces(s, *a, simple).into_iter().map(|(n, c, y)| (n, c.into_iter().chain([below]).collect(), y)).collect()
        }
        Node::MatMul(xs) => {
            let hits: Vec<usize> = (0..xs.len()).filter(|k| xs.get(*k).is_some_and(|x| has_differential(s, *x))).collect();
            let [k] = hits.as_slice() else { return plain() };
            let Some(x) = xs.get(*k).filter(|x| s.sort(**x).is_tensor()) else { return plain() };
            // Signs and scalars of the other factors come out as well.
            let others: Vec<Piece> = xs.iter().map(|x| outside(s, *x)).collect();
            let with = |y: Id| {
                let word: Vec<Id> = others.iter().enumerate().flat_map(|(i, z)| letters(s, if i == *k { y } else { z.2 })).collect();
                product(s, &word)
            };
            let own = others.iter().enumerate().filter(|(i, _)| i != k).map(|(_, o)| o);
            let neg = own.clone().filter(|o| o.0).count() % 2 == 1;
            let scalars: Vec<Id> = own.flat_map(|o| o.1.iter().copied()).collect();
            pieces(s, *x, simple).into_iter().map(|(n, c, y)| (n != neg, scalars.iter().copied().chain(c).collect(), with(y))).collect()
        }
        Node::Call(f, xs) if matches!(s.prim(*f), Some(Prim::Hadamard | Prim::EntryDiv)) => {
            let [a, b] = xs.as_ref() else { return plain() };
            let (a, b) = (*a, *b);
            // The factor that does not change, the part that does, and whether the factor divides.
            let (fixed, part, below) = match s.prim(*f) {
                Some(Prim::EntryDiv) if !has_differential(s, b) => (b, a, true),
                Some(Prim::Hadamard) if !has_differential(s, a) => (a, b, false),
                Some(Prim::Hadamard) if !has_differential(s, b) => (b, a, false),
                _ => return plain(),
            };
            let (neg, scalars, fixed) = if below { (false, Vec::new(), fixed) } else { outside(s, fixed) };
            let times = |y: Id| entrywise(s, fixed, y, below, simple);
            pieces(s, part, simple).into_iter().map(|(n, c, y)| (n != neg, scalars.iter().copied().chain(c).collect(), times(y))).collect()
        }
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Transpose) => match xs.as_ref() {
            [x] => {
                let turned = |y: Id| match s.node(y) {
                    Node::MatMul(ys) => product(s, &transposed_word(s, ys)),
                    _ => transposed(s, y),
                };
                pieces(s, *x, simple).into_iter().map(|(n, c, y)| (n, c, turned(y))).collect()
            }
            _ => plain(),
        },
        _ => plain(),
    }
}

/// Every summand with its number, its scalars and what it is divided by in front, as a fraction.
pub(super) fn fronted(s: &Store, t: Id) -> Id {
    let front = |x: Summand| {
        let mut out = Term { neg: x.neg, ..Term::one() };
        let mut todo = vec![(x.term, false)];
        while let Some((y, below)) = todo.pop() {
            match s.node(y) {
                Node::Product(ys) => todo.extend(ys.iter().rev().map(|y| (*y, below))),
                Node::Quot(a, b) => todo.extend([(*b, !below), (*a, below)]),
                _ if !below && has_differential(s, y) => out.word.push(y),
                _ if below => match s.as_rational(y).and_then(|q| Rat::one().div(&q)) {
                    Some(q) => out.times(&q),
                    None => out.divisors.push(y),
                },
                _ => super::adjoint::scalar_factor(s, &mut out, y),
            }
        }
        match out.word.as_slice() {
            [_] => Summand { neg: out.neg, term: Term { neg: false, ..out.clone() }.build(s) },
            _ => x,
        }
    };
    s.sum(&crate::tidy::summands(s, t).into_iter().map(front).collect::<Vec<_>>())
}
