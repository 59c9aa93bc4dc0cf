//! Values: scalars, functions, and tensors whose entries may each be missing.

use crate::field::{Fault, Field, Out};
use crate::jet::Scalar;
use gradus_term::{FnId, Sort};
use std::rc::Rc;

/// A tensor: entries in row-major order; each may lack a value.
#[derive(Clone, Debug)]
pub struct Tensor<F> {
    /// Sizes.
    pub dims: Vec<usize>,
    /// Whether this is a row vector.
    pub row: bool,
    /// Whether it reads as 0 outside its range.
    pub zero: bool,
    /// Entries.
    pub data: Vec<Out<Scalar<F>>>,
}

/// The sizes of a tensor of this sort from those of its indices, part by part: the parts of one index are multiplied.
pub fn extents(sort: &Sort, parts: Vec<usize>) -> Vec<usize> {
    match sort {
        Sort::Compound(c) => {
            let (rows, cols) = parts.split_at(c.rows.min(parts.len()));
            [rows, cols].into_iter().filter(|d| !d.is_empty()).map(|d| d.iter().product()).collect()
        }
        _ => parts,
    }
}

/// What a term evaluates to.
#[derive(Clone, Debug)]
pub enum Value<F> {
    /// A number.
    S(Scalar<F>),
    /// A tensor.
    T(Rc<Tensor<F>>),
    /// A function of the signature.
    Fun(FnId),
    /// A random smooth function with this seed, for a name that stands for one.
    Random(u64),
}

impl<F: Field> Value<F> {
    /// The number.
    pub fn scalar(self) -> Out<Scalar<F>> {
        match self {
            Value::S(s) => Ok(s),
            _ => Err(Fault::Unsupported),
        }
    }
    /// The tensor.
    pub fn tensor(self) -> Out<Rc<Tensor<F>>> {
        match self {
            Value::T(t) => Ok(t),
            _ => Err(Fault::Unsupported),
        }
    }
    /// Whether this is a tensor.
    pub fn is_tensor(&self) -> bool {
        matches!(self, Value::T(_))
    }
    /// A tensor value.
    pub fn new(dims: Vec<usize>, row: bool, data: Vec<Out<Scalar<F>>>) -> Self {
        Value::T(Rc::new(Tensor { dims, row, zero: false, data }))
    }
    /// `f` at the number or at every entry.
    pub fn map(&self, f: impl Fn(&Scalar<F>) -> Out<Scalar<F>>) -> Out<Self> {
        match self {
            Value::S(s) => Ok(Value::S(f(s)?)),
            Value::T(t) => Ok(Value::T(Rc::new(t.map(f)))),
            _ => Err(Fault::Unsupported),
        }
    }
    /// `f` at pairs of entries; a number goes with every entry.
    pub fn zip(&self, o: &Self, f: impl Fn(&Scalar<F>, &Scalar<F>) -> Out<Scalar<F>>) -> Out<Self> {
        match (self, o) {
            (Value::S(a), Value::S(b)) => Ok(Value::S(f(a, b)?)),
            (Value::S(a), Value::T(t)) => Ok(Value::T(Rc::new(t.map(|x| f(a, x))))),
            (Value::T(t), Value::S(b)) => Ok(Value::T(Rc::new(t.map(|x| f(x, b))))),
            (Value::T(a), Value::T(b)) => Ok(Value::T(Rc::new(a.zip(b, f)?))),
            _ => Err(Fault::Unsupported),
        }
    }
    /// The first missing entry's fault: undefined before unclear.
    pub fn defined(self) -> Out<Self> {
        if let Value::T(t) = &self {
            let mut worst = None;
            for x in &t.data {
                if let Err(f) = x {
                    if *f == Fault::Undefined {
                        return Err(*f);
                    }
                    worst = worst.or(Some(*f));
                }
            }
            if let Some(f) = worst {
                return Err(f);
            }
        }
        Ok(self)
    }
}

impl<F: Field> Tensor<F> {
    /// From a function of the indices (from 0).
    pub fn build(dims: &[usize], row: bool, mut f: impl FnMut(&[usize]) -> Out<Scalar<F>>) -> Self {
        let n: usize = dims.iter().product();
        let mut ix = vec![0usize; dims.len()];
        let mut data = Vec::with_capacity(n);
        for _ in 0..n {
            data.push(f(&ix));
            for (k, d) in dims.iter().enumerate().rev() {
                ix[k] += 1;
                if ix[k] < *d {
                    break;
                }
                ix[k] = 0;
            }
        }
        Tensor { dims: dims.to_vec(), row, zero: false, data }
    }
    /// The place of an entry, from indices counting from 1.
    pub fn place(&self, ix: &[i64]) -> Option<usize> {
        let mut at = 0usize;
        for (i, d) in ix.iter().zip(&self.dims) {
            let i = usize::try_from(i.checked_sub(1)?).ok()?;
            if i >= *d {
                return None;
            }
            at = at.checked_mul(*d)?.checked_add(i)?;
        }
        let rest: usize = self.dims.get(ix.len()..)?.iter().product();
        at.checked_mul(rest)
    }
    /// An entry, indices from 0.
    pub fn at(&self, ix: &[usize]) -> Out<Scalar<F>> {
        let place = ix.iter().zip(&self.dims).fold(0, |acc, (i, d)| acc * d + i);
        self.data.get(place).cloned().unwrap_or(Err(Fault::Undefined))
    }
    /// Size number `k`; 1 beyond.
    pub fn dim(&self, k: usize) -> usize {
        self.dims.get(k).copied().unwrap_or(1)
    }
    /// `f` at every entry.
    #[must_use]
    pub fn map(&self, f: impl Fn(&Scalar<F>) -> Out<Scalar<F>>) -> Self {
        let data = self.data.iter().map(|x| x.as_ref().map_err(|e| *e).and_then(&f)).collect();
        Tensor { dims: self.dims.clone(), row: self.row, zero: false, data }
    }
    /// `f` at pairs of entries.
    pub fn zip(&self, o: &Self, f: impl Fn(&Scalar<F>, &Scalar<F>) -> Out<Scalar<F>>) -> Out<Self> {
        if self.dims != o.dims {
            return Err(Fault::Undefined);
        }
        let data = self
            .data
            .iter()
            .zip(&o.data)
            .map(|(a, b)| match (a, b) {
                (Ok(a), Ok(b)) => f(a, b),
                (Err(Fault::Undefined), _) | (_, Err(Fault::Undefined)) => Err(Fault::Undefined),
                (Err(e), _) | (_, Err(e)) => Err(*e),
            })
            .collect();
        Ok(Tensor { dims: self.dims.clone(), row: self.row, zero: false, data })
    }
    /// All entries added.
    pub fn sum(&self) -> Out<Scalar<F>> {
        let mut acc = Scalar::int(0);
        for x in &self.data {
            acc = acc.add(x.as_ref().map_err(|e| *e)?);
        }
        Ok(acc)
    }
    /// Aᵀ, a row of a column and back.
    #[must_use]
    pub fn transpose(&self) -> Self {
        if let [m, n] = self.dims.as_slice() {
            Tensor::build(&[*n, *m], false, |ix| self.at(&[ix[1], ix[0]]))
        } else {
            Tensor { dims: self.dims.clone(), row: !self.row, zero: false, data: self.data.clone() }
        }
    }
}
