//! Powers of matrices in words: `X^i X^(k−1−i)` as `X^(k−1)`, `(X²)⁻¹ X` as `X⁻¹`, and sums of words over an index that stands in exponents.

use super::words::{bare, is_transpose, letters, product, transposed, transposed_word, transposes, without_inverses};
use gradus_term::{Aff, BigOp, Id, Node, Prim, Store, VarId};

/// A letter as a power of a matrix, which may be transposed: `(X^k)⁻ᵀ` is `(Xᵀ)^(−k)`.
fn as_power(s: &Store, x: Id) -> (Id, Aff) {
    match s.node(x) {
        Node::Pow(b, k) if s.sort(x).is_tensor() => match (as_power(s, *b), s.as_aff(*k)) {
            ((b, e), Some(k)) if e.as_int().is_some() => (b, k.scale(e.c)),
            _ => (x, Aff::int(1)),
        },
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(Prim::Transpose), [y]) if s.sort(x).dims().len() == 2 => {
                let (b, k) = as_power(s, *y);
                (transposed(s, b), k)
            }
            (Some(Prim::Inv), [y]) if s.sort(x).is_tensor() => {
                let (b, k) = as_power(s, *y);
                (b, k.neg())
            }
            _ => (x, Aff::int(1)),
        },
        _ => (x, Aff::int(1)),
    }
}
/// `b^k`, transposed on the outside; nothing for an exponent 0.
fn power(s: &Store, b: Id, k: &Aff) -> Option<Id> {
    let inner = bare(s, b);
    let raised = match k.as_int() {
        Some(0) => return None,
        Some(1) => inner,
        Some(-1) => s.prim_call(Prim::Inv, &[inner]),
        Some(c) if c < 0 => s.pow(s.prim_call(Prim::Inv, &[inner]), s.int(-c)),
        _ => s.pow(inner, s.index(k.clone())),
    };
    Some(if is_transpose(s, b) { transposed(s, raised) } else { raised })
}
/// A word with neighbours that are powers of one matrix joined, where an exponent is symbolic.
pub(crate) fn joined_powers(s: &Store, word: &[Id]) -> Vec<Id> {
    let mut out: Vec<Id> = Vec::new();
    for x in word {
        let (b, mut k) = as_power(s, *x);
        let mut symbolic = k.as_int().is_none();
        let mut n = out.len();
        while let Some((_, e)) = n.checked_sub(1).and_then(|n| out.get(n)).map(|y| as_power(s, *y)).filter(|(c, _)| s.same(*c, b)) {
            symbolic |= e.as_int().is_none();
            k = k.add(&e);
            n -= 1;
        }
        if symbolic && n < out.len() {
            out.truncate(n);
            out.extend(power(s, b, &k));
        } else {
            out.push(*x);
        }
    }
    out
}
/// A word with powers and products in it written out, a power beside its inverse gone.
pub(crate) fn spelt(s: &Store, word: &[Id]) -> Vec<Id> {
    let mut inverses = false;
    let mut out = Vec::new();
    for x in word {
        let inner = match s.node(bare(s, *x)) {
            Node::MatMul(xs) => spelt(s, xs),
            _ => {
                let (b, k) = as_power(s, bare(s, *x));
                match k.as_int().map(|c| (c, usize::try_from(c.abs()))) {
                    Some((c, Ok(n @ 2..=64))) => {
                        inverses |= c < 0;
                        vec![power(s, b, &Aff::int(c.signum())).unwrap_or(b); n]
                    }
                    _ => vec![bare(s, *x)],
                }
            }
        };
        out.extend(if is_transpose(s, *x) { transposed_word(s, &inner) } else { inner });
    }
    let out = joined_powers(s, &out);
    if inverses {
        without_inverses(s, &out)
    } else {
        out
    }
}
/// The sum over `v` of a word in whose exponents v stands, as one letter, with as few transposes as may be.
pub(crate) fn summed_word(s: &Store, word: &[Id], v: VarId, lo: &Aff, hi: &Aff) -> Option<Id> {
    let exponent = |n: &Node| matches!(n, Node::Pow(b, k) if s.sort(*b).is_tensor() && s.mentions(*k, v));
    if !word.iter().any(|x| s.any_subterm(*x, &mut |n| exponent(n))) {
        return None;
    }
    let sum = |word: &[Id]| s.big(BigOp::Sum, v, lo.clone(), hi.clone(), None, product(s, word));
    let (plain, turned) = (sum(word), transposed(s, sum(&transposed_word(s, word))));
    Some(if transposes(s, turned) < transposes(s, plain) { turned } else { plain })
}
/// A product with a sum of matrices in it as the sum of the products: `tr(A Σ_i B_i)` as `Σ_i tr(A B_i)`, where `whole` puts the trace on.
pub(crate) fn sum_outside(s: &Store, m: Id, whole: &dyn Fn(Id) -> Id) -> Option<Id> {
    let word = letters(s, m);
    let sum = |x: &Id| matches!(s.node(*x), Node::Big { op: BigOp::Sum, cond: None, .. }) && s.sort(*x).is_tensor();
    let k = word.iter().position(sum)?;
    let big = *word.get(k)?;
    let Node::Big { lo, hi, .. } = s.node(big) else { return None };
    let (vars, body) = s.open_child(big, 0)?;
    let (before, after) = (word.get(..k)?, word.get(k + 1..)?);
    let term = whole(product(s, &[before, &letters(s, body), after].concat()));
    Some(s.big(BigOp::Sum, *vars.first()?, lo.clone(), hi.clone(), None, term))
}
