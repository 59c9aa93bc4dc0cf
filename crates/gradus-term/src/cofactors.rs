//! Determinants and inverses of matrices that are written out, by cofactors. Part of the trusted core.

use crate::aff::Aff;
use crate::node::{Node, Summand};
use crate::store::{Id, Store};

/// The largest matrix that is expanded.
const ROWS: usize = 4;

impl Store {
    /// The rows of a small square matrix that is written out.
    fn rows_of(&self, t: Id) -> Option<Vec<Vec<Id>>> {
        let Node::Array(rows) = self.node(t) else { return None };
        let row = |r: &Id| match self.node(*r) {
            Node::Array(xs) if xs.len() == rows.len() && xs.iter().all(|x| self.sort(*x).is_scalar()) => Some(xs.to_vec()),
            _ => None,
        };
        let all: Vec<Vec<Id>> = rows.iter().map(row).collect::<Option<_>>()?;
        (1..=ROWS).contains(&all.len()).then_some(all)
    }
    /// `det A = Σ_j (−1)^(1+j) A[1,j] det A_1j`, expanded along the first row; `None` unless A is small and written out.
    pub(crate) fn determinant_form(&self, t: Id) -> Option<Id> {
        Some(self.determinant(&self.rows_of(t)?))
    }
    fn determinant(&self, m: &[Vec<Id>]) -> Id {
        match m {
            [] => self.int(1),
            [only] => only.first().copied().unwrap_or_else(|| self.int(1)),
            [first, ..] => {
                let term = |(j, x): (usize, &Id)| Summand { neg: j % 2 == 1, term: self.mul(*x, self.determinant(&without(m, 0, j))) };
                self.sum(&first.iter().enumerate().map(term).collect::<Vec<_>>())
            }
        }
    }
    /// `A⁻¹[i,j] = (−1)^(i+j) det A_ji / det A`; `None` unless A is small and written out, and the indices are numbers.
    pub(crate) fn inverse_entry(&self, t: Id, ix: &[Aff]) -> Option<Id> {
        let m = self.rows_of(t)?;
        let place = |a: &Aff| usize::try_from(a.as_int()? - 1).ok().filter(|k| *k < m.len());
        let (i, j) = (place(ix.first()?)?, place(ix.get(1)?)?);
        let minor = self.determinant(&without(&m, j, i));
        let cofactor = if (i + j) % 2 == 1 { self.neg(minor) } else { minor };
        Some(self.quot(cofactor, self.determinant(&m)))
    }
}

/// A matrix without a row and a column.
fn without(m: &[Vec<Id>], row: usize, col: usize) -> Vec<Vec<Id>> {
    let keep = |r: &Vec<Id>| r.iter().enumerate().filter(|(k, _)| *k != col).map(|(_, x)| *x).collect();
    m.iter().enumerate().filter(|(k, _)| *k != row).map(|(_, r)| keep(r)).collect()
}
