//! Derivatives of what has no entries of its own: an inverse, a determinant, the logarithm of one. Part of the trusted core.

use gradus_term::{Aff, Arg, BigOp, IVar, Id, Node, Prim, Sort, Store, Summand, VarId};

/// A function of a square matrix that is no sum over its entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MatrixFunction {
    /// `A⁻¹[i, j]`
    Inverse,
    /// `det A`
    Determinant,
    /// `log |det A|`
    LogDeterminant,
}

/// With `B = A⁻¹`: `∂B[i,j]` is `−Σ_k Σ_l B[i,k] · ∂A[k,l] · B[l,j]`, `∂ det A` is `det A · Σ_k Σ_l B[l,k] · ∂A[k,l]`,
/// `∂ log |det A|` the same without `det A`. The sums run over the whole of `A`, which stands under the binder of the
/// derivative `t`. `None` if `t` is no such derivative.
pub fn matrix_rule(s: &Store, t: Id) -> Option<(Id, MatrixFunction)> {
    let Node::Diff { hint, body, slot, point } = s.node(t) else { return None };
    let (call, ix) = match s.node(*body) {
        Node::Entry(m, ix) => (*m, ix.iter().map(outside).collect::<Vec<_>>()),
        _ => (*body, Vec::new()),
    };
    let Node::Call(f, xs) = s.node(call) else { return None };
    let (kind, matrix) = match (s.prim(*f)?, xs.as_ref(), ix.len()) {
        (Prim::Inv, [a], 2) => (MatrixFunction::Inverse, *a),
        (Prim::Det, [a], 0) => (MatrixFunction::Determinant, *a),
        (Prim::LogDet, [a], 0) => (MatrixFunction::LogDeterminant, *a),
        _ => return None,
    };
    let at = s.open(matrix, &[Arg::Val(*point)]);
    let Sort::Tensor(dims) = s.sort(at) else { return None };
    let n = dims.first().filter(|_| dims.len() == 2)?.clone();
    let [k, l] = letters(s, t);
    let entry = |m: Id, i: &Aff, j: &Aff| s.intern(Node::Entry(m, [i.clone(), j.clone()].into()));
    let (ka, la) = (Aff::free(k), Aff::free(l));
    let inner = s.intern(Node::Diff { hint: *hint, body: entry(matrix, &ka, &la), slot: slot.clone(), point: *point });
    let inverse = s.prim_call(Prim::Inv, &[at]);
    let term = match ix.as_slice() {
        [i, j] => s.product(&[entry(inverse, i, &ka), inner, entry(inverse, &la, j)]),
        _ => s.mul(entry(inverse, &la, &ka), inner),
    };
    let sum = s.big(BigOp::Sum, k, Aff::int(1), n.clone(), None, s.big(BigOp::Sum, l, Aff::int(1), n, None, term));
    let new = match kind {
        MatrixFunction::Inverse => s.sum(&[Summand { neg: true, term: sum }]),
        MatrixFunction::Determinant => s.mul(s.prim_call(Prim::Det, &[at]), sum),
        MatrixFunction::LogDeterminant => sum,
    };
    Some((new, kind))
}

/// An index under a derivative's binder, as it reads outside: it cannot mention the value bound.
pub(crate) fn outside(a: &Aff) -> Aff {
    a.map(|v| match v {
        IVar::Bound(k) => Aff::bound(k.saturating_sub(1)),
        free => Aff::var(free),
    })
}

/// Two indices with letters that the term does not use.
fn letters(s: &Store, t: Id) -> [VarId; 2] {
    let taken: Vec<&str> = s.free_vars(t).into_iter().map(|v| s.var(v).name.as_str()).collect();
    let mut free = ["k", "l", "p", "q", "r", "s"].into_iter().filter(|w| !taken.contains(w));
    std::array::from_fn(|_| s.fresh(s.sym(free.next().unwrap_or("")), Sort::Scalar, true))
}
