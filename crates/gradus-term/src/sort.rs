//! Sorts of terms.

use crate::aff::Aff;
use crate::compound::Compound;
use std::sync::Arc;

/// The sort of a term: what kind of thing it stands for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Sort {
    /// A real number.
    Scalar,
    /// A column vector, a matrix or a tensor with these sizes (never empty).
    Tensor(Arc<[Aff]>),
    /// A row vector: the transpose of a column of this size.
    Row(Aff),
    /// A column, row or matrix some of whose indices are tuples, as the `(j, i)` of `vec(A)`: its sizes are products.
    Compound(Arc<Compound>),
    /// A truth value.
    Cond,
    /// A function; the number of its arguments.
    Fun(u32),
    /// Anything: a metavariable of a rule before matching.
    Any,
    /// A term whose parts do not fit. The elaborator reports it; the kernel refuses it.
    Ill,
}

impl Sort {
    /// The tensor sort of these sizes; the scalar sort for none.
    pub fn tensor(dims: &[Aff]) -> Self {
        if dims.is_empty() {
            Sort::Scalar
        } else {
            Sort::Tensor(dims.into())
        }
    }
    /// The sort with every size replaced by `f(size)`.
    #[must_use]
    pub fn map_dims(&self, f: &mut dyn FnMut(&Aff) -> Aff) -> Sort {
        match self {
            Sort::Tensor(d) => Sort::Tensor(d.iter().map(f).collect()),
            Sort::Row(n) => Sort::Row(f(n)),
            Sort::Compound(c) => {
                let dims: Vec<Aff> = c.dims.iter().map(f).collect();
                dims.split_at_checked(c.rows).map_or(Sort::Ill, |(rows, cols)| Sort::matrix(rows, cols))
            }
            other => other.clone(),
        }
    }
    /// The sizes: none for a scalar, one for a vector or a row; the parts of compound indices one by one.
    pub fn dims(&self) -> &[Aff] {
        match self {
            Sort::Tensor(d) => d,
            Sort::Compound(c) => &c.dims,
            Sort::Row(n) => std::slice::from_ref(n),
            _ => &[],
        }
    }
    /// Whether this is a scalar.
    pub fn is_scalar(&self) -> bool {
        matches!(self, Sort::Scalar | Sort::Any)
    }
    /// Whether this is a tensor or a row.
    pub fn is_tensor(&self) -> bool {
        matches!(self, Sort::Tensor(_) | Sort::Row(_) | Sort::Compound(_))
    }
}

use crate::node::Node;
use crate::signature::{FnKind, Prim};
use crate::store::{Id, Store};

impl Store {
    pub(crate) fn sort_of_node(&self, node: &Node) -> Sort {
        match node {
            Node::Num(_) | Node::Index(_) | Node::Infinity(_) => Sort::Scalar,
            Node::Var(v) | Node::Meta(v, _) => self.var(*v).sort.clone(),
            Node::Bound(_, s) => s.clone(),
            Node::Seq(_) => Sort::Any,
            Node::Sum(xs) => xs.iter().map(|x| self.sort(x.term).clone()).reduce(join).unwrap_or(Sort::Scalar),
            Node::Product(xs) => xs.iter().map(|x| self.sort(*x).clone()).reduce(scale).unwrap_or(Sort::Scalar),
            Node::Quot(a, b) => match (self.sort(*a), self.sort(*b)) {
                (s, Sort::Scalar | Sort::Any) if !matches!(s, Sort::Cond | Sort::Fun(_)) => s.clone(),
                _ => Sort::Ill,
            },
            Node::Pow(a, b) => match (self.sort(*a), self.sort(*b)) {
                (Sort::Any, Sort::Scalar | Sort::Any) => Sort::Any,
                (Sort::Scalar, Sort::Scalar | Sort::Any) => Sort::Scalar,
                (Sort::Tensor(d), Sort::Scalar | Sort::Any) if d.len() == 2 && d.first() == d.get(1) => Sort::Tensor(d.clone()),
                (s @ Sort::Compound(_), Sort::Scalar | Sort::Any) if s.is_square() => s.clone(),
                _ => Sort::Ill,
            },
            Node::MatMul(xs) => xs.iter().map(|x| self.sort(*x).clone()).reduce(|a, b| matmul(&a, &b)).unwrap_or(Sort::Ill),
            Node::Call(f, xs) => self.call_sort(*f, xs),
            Node::CallVar(..) => Sort::Scalar,
            Node::Fun(f) => Sort::Fun(u32::try_from(self.fun(*f).explicit).unwrap_or(0)),
            Node::Big { body, .. } => self.sort(*body).clone(),
            Node::Iverson(_) | Node::Limit { .. } => Sort::Scalar,
            Node::Diff { body, .. } => self.sort(*body).clone(),
            Node::Differential { body, point, along, .. } if self.sort(*point) == self.sort(*along) => self.sort(*body).clone(),
            Node::Differential { .. } => Sort::Ill,
            Node::Cases(bs, o) => bs.iter().map(|b| b.1).chain(*o).map(|x| self.sort(x).clone()).reduce(join).unwrap_or(Sort::Ill),
            Node::Entry(t, ix) => match self.sort(*t) {
                Sort::Any => Sort::Any,
                Sort::Compound(c) if c.dims.len() == ix.len() => Sort::Scalar,
                Sort::Compound(_) => Sort::Ill,
                s if s.dims().len() >= ix.len() => Sort::tensor(s.dims().get(ix.len()..).unwrap_or(&[])),
                _ => Sort::Ill,
            },
            Node::Tensor { dims, body, .. } => {
                let mut d = dims.to_vec();
                d.extend(self.sort(*body).dims().iter().cloned());
                match self.sort(*body) {
                    Sort::Ill | Sort::Cond | Sort::Compound(_) => Sort::Ill,
                    _ => Sort::tensor(&d),
                }
            }
            Node::Array(xs) => match xs.iter().map(|x| self.sort(*x).clone()).reduce(join) {
                Some(s @ (Sort::Scalar | Sort::Any | Sort::Tensor(_))) => {
                    let mut d = vec![Aff::int(i64::try_from(xs.len()).unwrap_or(i64::MAX))];
                    d.extend(s.dims().iter().cloned());
                    Sort::tensor(&d)
                }
                _ => Sort::Ill,
            },
            Node::Stack(xs) => {
                let mut n = Aff::int(0);
                for x in xs {
                    match self.sort(*x) {
                        Sort::Scalar | Sort::Any => n = n.plus(1),
                        Sort::Tensor(d) if d.len() == 1 => n = n.add(d.first().unwrap_or(&Aff::int(0))),
                        _ => return Sort::Ill,
                    }
                }
                Sort::tensor(&[n])
            }
            Node::Rel(..) | Node::And(_) | Node::Or(_) | Node::Not(_) => Sort::Cond,
        }
    }

    fn call_sort(&self, f: crate::FnId, xs: &[Id]) -> Sort {
        let info = self.fun(f);
        match info.kind {
            FnKind::Prim(p) => self.prim_sort(p, xs),
            FnKind::Unknown => entrywise(
                info.explicit == 1 && info.params.iter().all(|p| p.sort == Sort::Scalar),
                &info.result,
                xs.first().map(|x| self.sort(*x)),
            ),
            FnKind::Defined => {
                let Some(body) = self.body(f) else { return info.result.clone() };
                let s = self.sort(body).clone();
                let Some(map) = self.match_sizes(f, xs) else {
                    // A scalar function of tensors acts entrywise.
                    return match xs.first().map(|x| self.sort(*x)) {
                        Some(t)
                            if t.is_tensor()
                                && s == Sort::Scalar
                                && info.params.iter().all(|p| p.sort == Sort::Scalar)
                                && xs.iter().all(|x| self.sort(*x) == t || self.sort(*x).is_scalar()) =>
                        {
                            t.clone()
                        }
                        _ => Sort::Ill,
                    };
                };
                s.map_dims(&mut |a| {
                    a.map(|v| match v {
                        crate::IVar::Free(w) => map.iter().find(|(u, _)| *u == w).map_or_else(|| Aff::var(v), |(_, a)| a.clone()),
                        crate::IVar::Bound(_) => Aff::var(v),
                    })
                })
            }
        }
    }

    fn prim_sort(&self, p: Prim, xs: &[Id]) -> Sort {
        let s = |k: usize| xs.get(k).map_or(Sort::Ill, |x| self.sort(*x).clone());
        let d = |k: usize, i: usize| s(k).dims().get(i).cloned();
        let ix = |k: usize| xs.get(k).and_then(|x| self.as_aff(*x));
        let t = |v: Option<Vec<Aff>>| v.map_or(Sort::Ill, |v| Sort::tensor(&v));
        if p.is_scalar() {
            let joined = xs.iter().map(|x| self.sort(*x).clone()).filter(|s| !s.is_scalar()).reduce(join);
            return joined.unwrap_or(Sort::Scalar);
        }
        if xs.iter().any(|x| *self.sort(*x) == Sort::Any) && !matches!(p, Prim::Ones | Prim::Eye | Prim::Commutation) {
            return if matches!(p, Prim::Tr | Prim::Det | Prim::LogDet | Prim::Norm | Prim::Dot | Prim::SumAll) {
                Sort::Scalar
            } else {
                Sort::Any
            };
        }
        if xs.iter().any(|x| self.sort(*x).is_compound()) {
            return self.compound_sort(p, xs);
        }
        match p {
            Prim::Transpose => match s(0) {
                Sort::Tensor(v) => match v.as_ref() {
                    [n] => Sort::Row(n.clone()),
                    [m, n] => Sort::tensor(&[n.clone(), m.clone()]),
                    _ => Sort::Ill,
                },
                Sort::Row(n) => Sort::tensor(&[n]),
                Sort::Scalar => Sort::Scalar,
                other => other,
            },
            Prim::Inv => match s(0) {
                Sort::Tensor(v) if v.len() == 2 && v.first() == v.get(1) => Sort::Tensor(v),
                Sort::Scalar => Sort::Scalar,
                _ => Sort::Ill,
            },
            Prim::Tr | Prim::Det | Prim::LogDet => match s(0) {
                Sort::Tensor(v) if v.len() == 2 && v.first() == v.get(1) => Sort::Scalar,
                _ => Sort::Ill,
            },
            Prim::Diag => t(d(0, 0).filter(|_| s(0).dims().len() == 1).map(|n| vec![n.clone(), n])),
            Prim::Diagonal => t(d(0, 0).filter(|_| s(0).dims().len() == 2).map(|n| vec![n])),
            Prim::Norm | Prim::SumAll => {
                if s(0).is_tensor() {
                    Sort::Scalar
                } else {
                    Sort::Ill
                }
            }
            Prim::Dot => {
                if s(0).dims().len() == 1 && s(0).dims() == s(1).dims() {
                    Sort::Scalar
                } else {
                    Sort::Ill
                }
            }
            Prim::Outer => t(d(0, 0).zip(d(1, 0)).map(|(m, n)| vec![m, n])),
            Prim::Hadamard | Prim::EntryDiv | Prim::EntryPow => join_or_scale(p, &s(0), &s(1)),
            Prim::Ones => match xs.len() {
                1 => t(ix(0).map(|n| vec![n])),
                _ => t(xs.iter().map(|x| self.as_aff(*x)).collect()),
            },
            Prim::Eye => t(ix(0).map(|n| vec![n.clone(), n])),
            Prim::Flip => s(0),
            Prim::Vec | Prim::Kron | Prim::Commutation | Prim::AsMatrix => self.compound_sort(p, xs),
            Prim::ConvolveFull
            | Prim::CorrelateFull
            | Prim::ConvolveValid
            | Prim::CorrelateValid
            | Prim::ConvolveSame
            | Prim::CorrelateSame => self.convolution_sort(p, xs),
            _ => Sort::Ill,
        }
    }
}

fn entrywise(is_entrywise: bool, result: &Sort, arg: Option<&Sort>) -> Sort {
    match arg {
        Some(t) if is_entrywise && t.is_tensor() => t.clone(),
        _ => result.clone(),
    }
}

/// The sort of a sum of two terms: they must agree.
fn join(a: Sort, b: Sort) -> Sort {
    match (a, b) {
        (Sort::Any, s) | (s, Sort::Any) => s,
        (a, b) if a == b && !matches!(a, Sort::Cond | Sort::Fun(_)) => a,
        _ => Sort::Ill,
    }
}

/// The sort of an entrywise product, quotient or power; a power is of a tensor by a scalar, too.
pub(crate) fn join_or_scale(p: Prim, a: &Sort, b: &Sort) -> Sort {
    match (p, a, b) {
        (Prim::EntryPow, s, Sort::Scalar) | (Prim::EntryPow, Sort::Scalar, s) => s.clone(),
        _ => join(a.clone(), b.clone()),
    }
}

/// The sort of a scalar multiple.
fn scale(a: Sort, b: Sort) -> Sort {
    match (a, b) {
        (Sort::Any, s) | (s, Sort::Any) | (Sort::Scalar, s) | (s, Sort::Scalar) if !matches!(s, Sort::Cond | Sort::Fun(_)) => s,
        _ => Sort::Ill,
    }
}

/// The sort of a matrix product, left to right.
fn matmul(a: &Sort, b: &Sort) -> Sort {
    match (a, b) {
        (Sort::Any, _) | (_, Sort::Any) => Sort::Any,
        (Sort::Compound(_), _) | (_, Sort::Compound(_)) if a.is_tensor() && b.is_tensor() => match (a.axes(), b.axes()) {
            (Some((rows, inner)), Some((same, cols))) if inner == same => Sort::matrix(rows, cols),
            _ => Sort::Ill,
        },
        (Sort::Scalar, s) | (s, Sort::Scalar) if s.is_tensor() || *s == Sort::Scalar => s.clone(),
        (Sort::Row(n), Sort::Tensor(d)) => match d.as_ref() {
            [m] if m == n => Sort::Scalar,
            [m, p] if m == n => Sort::Row(p.clone()),
            _ => Sort::Ill,
        },
        (Sort::Tensor(d), Sort::Row(p)) => match d.as_ref() {
            [m] => Sort::tensor(&[m.clone(), p.clone()]),
            [m, n] if *n == Aff::int(1) => Sort::tensor(&[m.clone(), p.clone()]),
            _ => Sort::Ill,
        },
        (Sort::Tensor(d), Sort::Tensor(e)) => match (d.as_ref(), e.as_ref()) {
            ([m, n], [p]) if n == p => Sort::tensor(&[m.clone()]),
            ([m, n], [p, q]) if n == p => Sort::tensor(&[m.clone(), q.clone()]),
            _ => Sort::Ill,
        },
        _ => Sort::Ill,
    }
}
