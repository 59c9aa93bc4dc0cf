//! What a change is multiplied by: the walk from the whole to the change, every factor on the way handed on to the operand that changes.

use super::gather::{rows, Turned};
use super::{has_differential, spread};
use crate::reading::powers::spelt;
use crate::reading::words::{all_ones, entrywise_inverse, letters, product, pulled, transposed, transposed_word, Term};
use crate::tidy::unsign;
use gradus_term::{Aff, Id, Node, Prim, Sort, Store, Summand};

/// Adds to `out` what the change in `t` is multiplied by, where `t` is multiplied by `w`. The word of `w` is empty for a scalar,
/// and for the identity where `t` is a matrix.
pub(super) fn adjoint(s: &Store, t: Id, w: Term, out: &mut Vec<Term>, turned: &mut Turned) -> Option<()> {
    let one = |xs: &[Id]| {
        let mut hit = xs.iter().enumerate().filter(|(_, x)| has_differential(s, **x)).map(|(k, _)| k);
        hit.next().filter(|_| hit.next().is_none())
    };
    match s.node(t) {
        Node::Differential { body, .. } if matches!(s.node(*body), Node::Bound(0, _)) => {
            out.push(Term { word: spelt(s, &w.word), ..w });
            Some(())
        }
        Node::Sum(xs) => {
            for x in xs {
                if !has_differential(s, x.term) {
                    return None;
                }
                adjoint(s, x.term, Term { neg: w.neg != x.neg, ..w.clone() }, out, turned)?;
            }
            Some(())
        }
        Node::Big { .. } => super::samples::under_sum(s, t, &w, out, turned),
        Node::Product(xs) => {
            let k = one(xs)?;
            let mut w = w;
            for (i, x) in xs.iter().enumerate().filter(|(i, _)| *i != k) {
                let _ = i;
                match s.as_rational(*x) {
                    Some(q) => w.times(&q),
                    None if s.sort(*x).is_tensor() => w = contracted(s, w, *x)?,
                    None => scalar_factor(s, &mut w, *x),
                }
            }
            adjoint(s, *xs.get(k)?, w, out, turned)
        }
        Node::Quot(a, b) if !has_differential(s, *b) => {
            let mut w = w;
            w.divided(s, *b);
            adjoint(s, *a, w, out, turned)
        }
        Node::MatMul(xs) => {
            let k = one(xs)?;
            let part = *xs.get(k)?;
            if s.sort(part).is_scalar() {
                return None;
            }
            let (before, after) = (xs.get(..k)?, xs.get(k + 1..)?);
            turned.round |= !after.is_empty();
            turned.scalar |= s.sort(t).is_scalar() && s.sort(part).dims().len() == 2;
            let mut word = transposed_word(s, before);
            word.extend(&w.word);
            word.extend(transposed_word(s, after));
            adjoint(s, part, Term { word, ..w }, out, turned)
        }
        Node::Call(f, xs) => {
            let p = s.prim(*f)?;
            let k = one(xs)?;
            let x = *xs.get(k)?;
            turned.diagonal |= p == Prim::Diag;
            let other = xs.get(1 - k.min(1)).copied();
            let word = match (p, other) {
                (Prim::Tr, _) => Vec::new(),
                (Prim::Transpose, _) => {
                    turned.transposed = true;
                    transposed_word(s, &w.word)
                }
                (Prim::SumAll, _) => {
                    turned.summed = true;
                    ones(s, x)
                }
                (Prim::Dot, Some(y)) => vec![y],
                (Prim::Outer, Some(y)) if k == 0 => w.word.iter().copied().chain([y]).collect(),
                (Prim::Outer, Some(y)) => transposed_word(s, &w.word).into_iter().chain([y]).collect(),
                (Prim::Hadamard, Some(y)) => {
                    turned.entrywise = true;
                    hadamard(s, y, &w.word)?
                }
                (Prim::EntryDiv, Some(y)) if k == 0 && !w.word.is_empty() => {
                    turned.entrywise = true;
                    vec![s.prim_call(Prim::EntryDiv, &[product(s, &w.word), y])]
                }
                (Prim::Diag, _) if !w.word.is_empty() => vec![diagonal_of(s, &w.word)],
                (Prim::Diag, _) => ones(s, x),
                (Prim::Diagonal, _) if all_ones(s, &w.word) => Vec::new(),
                (Prim::Diagonal, _) => vec![s.prim_call(Prim::Diag, &[product(s, &w.word)])],
                _ => return None,
            };
            adjoint(s, x, Term { word, ..w }, out, turned)
        }
        _ => None,
    }
}

/// Adds to `out` the matrices that the change in the vector `t` is multiplied by, where `t` is multiplied by `w`.
pub(super) fn multipliers(s: &Store, t: Id, w: Term, out: &mut Vec<Term>) -> Option<()> {
    let hit = |xs: &[Id]| {
        let mut hits = (0..xs.len()).filter(|k| xs.get(*k).is_some_and(|x| has_differential(s, *x)));
        hits.next().filter(|_| hits.next().is_none())
    };
    let joined = |more: Vec<Id>| Term { word: w.word.iter().copied().chain(more).collect(), ..w.clone() };
    match s.node(t) {
        Node::Differential { body, .. } if matches!(s.node(*body), Node::Bound(0, _)) => {
            out.push(Term { word: spelt(s, &w.word), ..w });
            Some(())
        }
        Node::Sum(xs) => xs.iter().try_for_each(|x| multipliers(s, x.term, Term { neg: w.neg != x.neg, ..w.clone() }, out)),
        Node::Quot(a, b) if !has_differential(s, *b) => {
            let mut w = w;
            w.divided(s, *b);
            multipliers(s, *a, w, out)
        }
        Node::Product(xs) => {
            let part = *xs.get(hit(xs)?)?;
            let mut w = w;
            let mut column = None;
            for x in xs.iter().filter(|x| **x != part) {
                match s.as_rational(*x) {
                    Some(q) => w.times(&q),
                    None if s.sort(*x).is_tensor() => {
                        let (outer, inner) = pulled(s, *x);
                        w.neg ^= outer.neg;
                        w.number = w.number.mul(&outer.number);
                        w.scalars.extend(outer.scalars);
                        w.divisors.extend(outer.divisors);
                        column = Some(inner);
                    }
                    None => scalar_factor(s, &mut w, *x),
                }
            }
            let Some(c) = column else { return multipliers(s, part, w, out) };
            // A vector times a scalar that changes: x (aᵀ dx) is (x aᵀ) dx.
            let mut inner = Vec::new();
            adjoint(s, part, Term::one(), &mut inner, &mut Turned::default())?;
            for t in one_word(s, inner) {
                let (p, q) = (w.number.mul(&t.number), w.neg != t.neg);
                let word = w.word.iter().copied().chain(letters(s, c)).chain(rows(s, &t.word)).collect();
                let scalars = w.scalars.iter().chain(&t.scalars).copied().collect();
                let divisors = w.divisors.iter().chain(&t.divisors).copied().collect();
                out.push(Term { neg: q, number: p, scalars, divisors, word });
            }
            Some(())
        }
        Node::MatMul(xs) => match xs.split_last()? {
            (last, init) if hit(xs)? == init.len() => multipliers(s, *last, joined(init.to_vec()), out),
            _ => None,
        },
        Node::Call(f, xs) => match (s.prim(*f)?, xs.as_ref()) {
            (Prim::Hadamard, [a, b]) if !has_differential(s, *a) => multipliers(s, *b, joined(vec![s.prim_call(Prim::Diag, &[*a])]), out),
            (Prim::Hadamard, [a, b]) if !has_differential(s, *b) => multipliers(s, *a, joined(vec![s.prim_call(Prim::Diag, &[*b])]), out),
            (Prim::EntryDiv, [a, b]) if !has_differential(s, *b) => {
                let below = entrywise_inverse(s, *b);
                multipliers(s, *a, joined(vec![s.prim_call(Prim::Diag, &[below])]), out)
            }
            _ => None,
        },
        _ => None,
    }
}
/// The diagonal of a product of matrices; of `u vᵀ` it is `u ⊙ v`.
fn diagonal_of(s: &Store, word: &[Id]) -> Id {
    if let [one] = word {
        if let Some(v) = on_diagonal(s, *one) {
            return v;
        }
    }
    let product = |w: &[Id]| times_diagonals(s, w);
    let column = |w: &[Id]| !w.is_empty() && s.sort(product(w)).dims().len() == 1;
    let parts = (1..word.len()).find_map(|k| {
        let (u, v) = word.split_at(k);
        let v = transposed_word(s, v);
        (column(u) && column(&v)).then(|| (product(u), product(&v)))
    });
    match parts {
        Some((u, v)) if s.same(u, v) => s.prim_call(Prim::EntryPow, &[u, s.int(2)]),
        Some((u, v)) => s.prim_call(Prim::Hadamard, &[u, v]),
        None => s.prim_call(Prim::Diagonal, &[product(word)]),
    }
}
/// Columns with the same scalars before them and the same last letters as one: `A x` and `Aᵀ x` as `(A + Aᵀ) x`.
fn one_word(s: &Store, terms: Vec<Term>) -> Vec<Term> {
    let Some((first, others)) = terms.split_first() else { return terms };
    let alike = |t: &Term| t.number == first.number && t.scalars == first.scalars && t.divisors == first.divisors;
    let common = |t: &Term| t.word.iter().rev().zip(first.word.iter().rev()).take_while(|(x, y)| s.same(**x, **y)).count();
    let Some(n) = others.iter().map(common).min().filter(|n| *n > 0 && others.iter().all(alike)) else { return terms };
    if terms.iter().any(|t| t.word.len() <= n) {
        return terms;
    }
    let front = |t: &Term| Summand { neg: t.neg != first.neg, term: product(s, t.word.get(..t.word.len() - n).unwrap_or_default()) };
    let sum = s.sum(&terms.iter().map(front).collect::<Vec<_>>());
    let word = std::iter::once(sum).chain(first.word.iter().skip(first.word.len() - n).copied()).collect();
    vec![Term { word, ..first.clone() }]
}
/// v, of `Diag(v)`.
fn on_diagonal(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Diag) => xs.first().copied(),
        _ => None,
    }
}
/// A product; of diagonal matrices and a column, entry by entry.
fn times_diagonals(s: &Store, word: &[Id]) -> Id {
    match word.split_first() {
        Some((d, rest)) if !rest.is_empty() => match on_diagonal(s, *d) {
            Some(v) if s.sort(product(s, rest)).dims().len() == 1 => spread::entrywise_product(s, v, times_diagonals(s, rest)),
            _ => product(s, word),
        },
        _ => product(s, word),
    }
}
/// A scalar factor, its sign and number apart.
pub(crate) fn scalar_factor(s: &Store, w: &mut Term, x: Id) {
    let (neg, core) = unsign(s, x);
    w.neg ^= neg;
    match s.node(core) {
        Node::Quot(a, b) => {
            let (neg, a) = unsign(s, *a);
            w.neg ^= neg;
            match s.as_rational(a) {
                Some(q) => w.times(&q),
                None => w.scalars.push(a),
            }
            w.divided(s, *b);
        }
        _ => match s.as_rational(core) {
            Some(q) => w.times(&q),
            None => w.scalars.push(core),
        },
    }
}
/// `⟨W, n M⟩ = ⟨W, M⟩ n` for a scalar n.
fn contracted(s: &Store, mut w: Term, m: Id) -> Option<Term> {
    // Scalars stand in front: wᵀ (v/c) is (wᵀ v)/c.
    let (outer, m) = pulled(s, m);
    w.neg ^= outer.neg;
    w.number = w.number.mul(&outer.number);
    w.scalars.extend(outer.scalars);
    w.divisors.extend(outer.divisors);
    let scalar = match s.sort(m) {
        Sort::Tensor(d) if d.len() == 2 => {
            let word: Vec<Id> = transposed_word(s, &w.word).into_iter().chain([m]).collect();
            s.prim_call(Prim::Tr, &[product(s, &word)])
        }
        Sort::Tensor(d) if d.len() == 1 => product(s, &transposed_word(s, &w.word).into_iter().chain([m]).collect::<Vec<_>>()),
        _ => return None,
    };
    let mut out = Term { word: Vec::new(), ..w };
    out.scalars.push(scalar);
    Some(out)
}
/// All ones, of the shape of `x`.
fn ones(s: &Store, x: Id) -> Vec<Id> {
    let one = |n: &Aff| s.prim_call(Prim::Ones, &[s.index(n.clone())]);
    match s.sort(x).dims() {
        [m, n] => vec![one(m), transposed(s, one(n))],
        [n] => vec![one(n)],
        _ => Vec::new(),
    }
}
/// `a ⊙ b`, read from left to right.
pub(super) fn times_entrywise(s: &Store, a: Id, b: Id) -> Id {
    match s.node(b) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Hadamard) => match xs.as_ref() {
            [x, y] => s.prim_call(Prim::Hadamard, &[times_entrywise(s, a, *x), *y]),
            _ => s.prim_call(Prim::Hadamard, &[a, b]),
        },
        _ => s.prim_call(Prim::Hadamard, &[a, b]),
    }
}
/// `F ⊙ W`; ones are no factor.
fn hadamard(s: &Store, f: Id, w: &[Id]) -> Option<Vec<Id>> {
    let is_one = |x: &Id| {
        let inner = match s.node(*x) {
            Node::Call(g, xs) if s.prim(*g) == Some(Prim::Transpose) => xs.first().copied().unwrap_or(*x),
            _ => *x,
        };
        matches!(s.node(inner), Node::Call(g, _) if s.prim(*g) == Some(Prim::Ones))
    };
    match w {
        [] => None,
        _ if w.iter().all(is_one) => Some(vec![f]),
        _ => Some(vec![times_entrywise(s, product(s, w), f)]),
    }
}
