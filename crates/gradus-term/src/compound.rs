//! Compound indices: `vec(A)` has the index `(j, i)`, `A ⊗ B` the row index `(i, k)` and the column index `(j, l)`. Part of the
//! trusted core.
//!
//! The size of a compound index is a product, `n m`, and no affine expression. It is never multiplied out: a compound index is the
//! list of its parts, each with its own range, so that every entry is asked for at affine indices and nothing is ever
//! divided. The last part runs fastest: `(j, i)` over n and m is the place `(j − 1) m + i`, counting from 1, so the columns of an
//! m×n matrix A stand one below the other in `vec(A)`, and `A ⊗ B` consists of the blocks `A[i,j] B`.

use crate::aff::Aff;
use crate::node::{Node, RelOp};
use crate::signature::Prim;
use crate::sort::Sort;
use crate::store::{Id, Store};
use std::sync::Arc;

/// The sizes behind compound indices.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Compound {
    /// The sizes of all parts: those of the row index, then those of the column index.
    pub dims: Box<[Aff]>,
    /// How many of them belong to the row index: all for a column, none for a row.
    pub rows: usize,
}

impl Sort {
    /// The column, row or matrix whose row and column indices have these parts. Parts that are all numbers are one index.
    pub fn matrix(rows: &[Aff], cols: &[Aff]) -> Self {
        let (rows, cols) = (joined(rows), joined(cols));
        match (rows.as_slice(), cols.as_slice()) {
            ([], []) => Sort::Scalar,
            ([n], []) => Sort::tensor(std::slice::from_ref(n)),
            ([], [n]) => Sort::Row(n.clone()),
            ([m], [n]) => Sort::tensor(&[m.clone(), n.clone()]),
            _ => Sort::Compound(Arc::new(Compound { dims: rows.iter().chain(&cols).cloned().collect(), rows: rows.len() })),
        }
    }
    /// The parts of the row index and of the column index of a scalar, column, row or matrix.
    pub fn axes(&self) -> Option<(&[Aff], &[Aff])> {
        match self {
            Sort::Scalar => Some((&[], &[])),
            Sort::Tensor(d) if d.len() <= 2 => d.split_at_checked(1),
            Sort::Row(n) => Some((&[], std::slice::from_ref(n))),
            Sort::Compound(c) => c.dims.split_at_checked(c.rows),
            _ => None,
        }
    }
    /// Whether an index of this is compound.
    pub fn is_compound(&self) -> bool {
        matches!(self, Sort::Compound(_))
    }
    /// Whether this is a square matrix.
    pub(crate) fn is_square(&self) -> bool {
        self.axes().is_some_and(|(r, c)| !r.is_empty() && r == c)
    }
}

/// The parts of one index; one number where all are numbers.
fn joined(parts: &[Aff]) -> Vec<Aff> {
    match number(parts) {
        Some(n) if parts.len() > 1 => vec![Aff::int(n)],
        _ => parts.to_vec(),
    }
}
/// The product of sizes that are numbers.
fn number(parts: &[Aff]) -> Option<i64> {
    parts.iter().map(Aff::as_int).try_fold(1i64, |n, p| n.checked_mul(p?))
}
/// The parts of the index that `ix` begins with, and what follows it. Of an index that is one number, its digits.
fn split<'a>(parts: &[Aff], ix: &'a [Aff]) -> Option<(Vec<Aff>, &'a [Aff])> {
    if parts.len() < 2 || number(parts).is_none() {
        let (own, rest) = ix.split_at_checked(parts.len())?;
        return Some((own.to_vec(), rest));
    }
    let (place, rest) = ix.split_first()?;
    let mut left = place.as_int()? - 1;
    let mut own = Vec::new();
    for n in parts.iter().rev() {
        let n = n.as_int().filter(|n| *n > 0)?;
        own.push(Aff::int(left.rem_euclid(n) + 1));
        left = left.div_euclid(n);
    }
    own.reverse();
    (left == 0).then_some((own, rest))
}

impl Store {
    /// The sort of an operator that makes compound indices, or of any operator where an operand has one.
    pub(crate) fn compound_sort(&self, p: Prim, xs: &[Id]) -> Sort {
        let sort = |k: usize| xs.get(k).map_or(&Sort::Ill, |x| self.sort(*x));
        let axes = |k: usize| sort(k).axes();
        let column = |k: usize| axes(k).filter(|(r, c)| c.is_empty() && !r.is_empty()).map(|a| a.0);
        let size = |k: usize| xs.get(k).and_then(|x| self.as_aff(*x));
        let square = sort(0).is_square();
        let both = || axes(0).zip(axes(1));
        let out = match p {
            Prim::Transpose => axes(0).map(|(r, c)| Sort::matrix(c, r)),
            Prim::Vec => axes(0).map(|(r, c)| Sort::matrix(&[c, r].concat(), &[])),
            Prim::Kron => both().map(|((r, c), (q, d))| Sort::matrix(&[r, q].concat(), &[c, d].concat())),
            Prim::Commutation => size(0).zip(size(1)).map(|(m, n)| Sort::matrix(&[m.clone(), n.clone()], &[n, m])),
            Prim::AsMatrix => self.parts_of_tensor(xs).map(|(r, c)| Sort::matrix(r, c)),
            Prim::Inv if square => Some(sort(0).clone()),
            Prim::Tr | Prim::Det | Prim::LogDet if square => Some(Sort::Scalar),
            Prim::Norm | Prim::SumAll => Some(Sort::Scalar),
            Prim::Diag => column(0).map(|r| Sort::matrix(r, r)),
            Prim::Diagonal if square => axes(0).map(|(r, _)| Sort::matrix(r, &[])),
            Prim::Dot => column(0).filter(|r| Some(*r) == column(1)).map(|_| Sort::Scalar),
            Prim::Outer => column(0).zip(column(1)).map(|(r, c)| Sort::matrix(r, c)),
            Prim::Hadamard | Prim::EntryDiv | Prim::EntryPow => Some(crate::sort::join_or_scale(p, sort(0), sort(1))),
            _ => None,
        };
        out.unwrap_or(Sort::Ill)
    }
    /// The sizes of the tensor of `as_matrix(T, rows)`, those of the rows and those of the columns.
    fn parts_of_tensor(&self, xs: &[Id]) -> Option<(&[Aff], &[Aff])> {
        let (t, rows) = (xs.first()?, self.as_aff(*xs.get(1)?)?.as_int()?);
        match self.sort(*t) {
            Sort::Tensor(d) => d.split_at_checked(usize::try_from(rows).ok()?),
            _ => None,
        }
    }
    /// The entry of such an operator: `vec(A)[(j, i)]` is `A[i, j]`, `(A ⊗ B)[(i, k), (j, l)]` is `A[i, j] B[k, l]`.
    pub(crate) fn compound_entry(&self, p: Prim, xs: &[Id], ix: &[Aff]) -> Option<Id> {
        let x = *xs.first()?;
        let at = |x: Id, ix: &[Aff]| if ix.is_empty() && self.sort(x).is_scalar() { x } else { self.make_entry(x, ix) };
        let axes = |k: usize| xs.get(k).and_then(|x| self.sort(*x).axes());
        let same = |a: &[Aff], b: &[Aff]| a.iter().zip(b).map(|(i, j)| self.delta(i, j)).collect::<Vec<_>>();
        Some(match p {
            Prim::Transpose => {
                let (cols, rows) = ix.split_at_checked(axes(0)?.1.len())?;
                at(x, &[rows, cols].concat())
            }
            Prim::Vec => {
                let (r, c) = axes(0)?;
                let (own, _) = split(&[c, r].concat(), ix)?;
                let (j, i) = own.split_at_checked(c.len())?;
                at(x, &[i, j].concat())
            }
            Prim::Kron => {
                let ((r, c), (q, d)) = (axes(0)?, axes(1)?);
                let (rows, rest) = split(&[r, q].concat(), ix)?;
                let (cols, _) = split(&[c, d].concat(), rest)?;
                let ((i, k), (j, l)) = (rows.split_at_checked(r.len())?, cols.split_at_checked(c.len())?);
                self.product(&[at(x, &[i, j].concat()), at(*xs.get(1)?, &[k, l].concat())])
            }
            Prim::Commutation => {
                let (m, n) = (self.as_aff(x)?, self.as_aff(*xs.get(1)?)?);
                let (rows, rest) = split(&[m.clone(), n.clone()], ix)?;
                let (mut cols, _) = split(&[n, m], rest)?;
                cols.reverse();
                if rows.iter().chain(&cols).all(|a| a.as_int().is_some()) {
                    return Some(self.int(i64::from(rows == cols)));
                }
                self.product(&same(&rows, &cols))
            }
            Prim::AsMatrix => {
                let (r, c) = self.parts_of_tensor(xs)?;
                let (rows, rest) = split(r, ix)?;
                let (cols, _) = split(c, rest)?;
                at(x, &[rows, cols].concat())
            }
            Prim::Diag => {
                let (i, j) = ix.split_at_checked(ix.len() / 2)?;
                let mut fs = same(i, j);
                fs.push(at(x, i));
                self.product(&fs)
            }
            // (A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹ of square matrices.
            Prim::Inv => match self.node(x) {
                Node::Call(f, ys) if self.prim(*f) == Some(Prim::Kron) && ys.iter().all(|y| self.sort(*y).is_square()) => {
                    let inverses: Vec<Id> = ys.iter().map(|y| self.prim_call(Prim::Inv, &[*y])).collect();
                    self.make_entry(self.prim_call(Prim::Kron, &inverses), ix)
                }
                _ => return None,
            },
            Prim::Diagonal => at(x, &[ix, ix].concat()),
            Prim::Outer => {
                let (i, j) = ix.split_at_checked(axes(0)?.0.len())?;
                self.product(&[at(x, i), at(*xs.get(1)?, j)])
            }
            _ => return None,
        })
    }
    /// `(A B)[i.., j..]` as a sum over all parts of the inner index.
    pub(crate) fn compound_product_entry(&self, a: Id, b: Id, ix: &[Aff]) -> Option<Id> {
        let (rows, inner) = self.sort(a).axes()?;
        let (i, j) = ix.split_at_checked(rows.len())?;
        Some(self.sum_entries(inner, &mut Vec::new(), &|k| {
            self.product(&[self.make_entry(a, &[i, k].concat()), self.make_entry(b, &[k, j].concat())])
        }))
    }
    /// Whether every entry is 1 by the way this is written.
    pub fn is_ones(&self, t: Id) -> bool {
        match self.node(t) {
            Node::Call(f, xs) => match self.prim(*f) {
                Some(Prim::Ones) => true,
                Some(Prim::Kron) => xs.iter().all(|x| self.is_ones(*x)),
                _ => false,
            },
            _ => false,
        }
    }
    /// The matrix of `det A ≠ 0`: that it is invertible is how the condition is said.
    pub fn invertible(&self, cond: Id) -> Option<Id> {
        let Node::Rel(RelOp::Ne, d, zero) = self.node(cond) else { return None };
        if self.as_rational(*zero).is_none_or(|q| !q.is_zero()) {
            return None;
        }
        match self.node(*d) {
            Node::Call(f, xs) if self.prim(*f) == Some(Prim::Det) => xs.first().copied(),
            _ => None,
        }
    }
    /// All ones, of this shape.
    pub fn ones_like(&self, sort: &Sort) -> Id {
        let ones = |parts: &[Aff]| {
            let columns = parts.iter().map(|n| self.prim_call(Prim::Ones, &[self.index(n.clone())]));
            columns.reduce(|a, b| self.prim_call(Prim::Kron, &[a, b]))
        };
        let turned = |t: Id| self.prim_call(Prim::Transpose, &[t]);
        match (sort, sort.axes()) {
            (Sort::Row(_) | Sort::Compound(_), Some((rows, cols))) => match (ones(rows), ones(cols)) {
                (Some(r), Some(c)) => self.intern(Node::MatMul([r, turned(c)].into())),
                (Some(r), None) => r,
                (None, Some(c)) => turned(c),
                (None, None) => self.int(1),
            },
            _ => {
                let dims: Vec<Id> = sort.dims().iter().map(|d| self.index(d.clone())).collect();
                self.prim_call(Prim::Ones, &dims)
            }
        }
    }
}
