//! Matrix operations on tensors of jets.

use crate::field::{Fault, Field, Out};
use crate::jet::Scalar;
use crate::tensor::{Tensor, Value};
use std::cmp::Ordering;
use std::rc::Rc;

/// `Σ_k f(k) g(k)` for k < n
fn contract<F: Field>(n: usize, f: impl Fn(usize) -> Out<Scalar<F>>, g: impl Fn(usize) -> Out<Scalar<F>>) -> Out<Scalar<F>> {
    let mut acc = Scalar::int(0);
    let mut fault = None;
    for k in 0..n {
        match (f(k), g(k)) {
            (Ok(a), Ok(b)) => {
                if fault.is_none() {
                    acc = acc.add(&a.mul(&b));
                }
            }
            (Err(Fault::Undefined), _) | (_, Err(Fault::Undefined)) => return Err(Fault::Undefined),
            (Err(e), _) | (_, Err(e)) => fault = Some(e),
        }
    }
    fault.map_or(Ok(acc), Err)
}

/// The product of two of: number, column, row, matrix.
pub fn matmul<F: Field>(a: &Value<F>, b: &Value<F>) -> Out<Value<F>> {
    let (Value::T(x), Value::T(y)) = (a, b) else {
        return a.zip(b, |u, v| Ok(u.mul(v)));
    };
    match (x.dims.as_slice(), x.row, y.dims.as_slice(), y.row) {
        ([n], true, [m], false) if n == m => Ok(Value::S(contract(*n, |k| x.at(&[k]), |k| y.at(&[k]))?)),
        ([n], true, [m, p], _) if n == m => {
            Ok(Value::T(Rc::new(Tensor::build(&[*p], true, |ix| contract(*n, |k| x.at(&[k]), |k| y.at(&[k, ix[0]]))))))
        }
        ([m], false, [p], true) => Ok(outer(x, y, *m, *p)),
        ([m, 1], _, [p], true) => Ok(outer(x, y, *m, *p)),
        ([m, n], _, [p], false) if n == p => {
            Ok(Value::T(Rc::new(Tensor::build(&[*m], false, |ix| contract(*n, |k| x.at(&[ix[0], k]), |k| y.at(&[k]))))))
        }
        ([m, n], _, [p, q], _) if n == p => {
            Ok(Value::T(Rc::new(Tensor::build(&[*m, *q], false, |ix| contract(*n, |k| x.at(&[ix[0], k]), |k| y.at(&[k, ix[1]]))))))
        }
        _ => Err(Fault::Undefined),
    }
}

fn outer<F: Field>(x: &Tensor<F>, y: &Tensor<F>, m: usize, p: usize) -> Value<F> {
    Value::T(Rc::new(Tensor::build(&[m, p], false, |ix| match (x.data.get(ix[0]), y.data.get(ix[1])) {
        (Some(Ok(a)), Some(Ok(b))) => Ok(a.mul(b)),
        (Some(Err(e)), _) | (_, Some(Err(e))) => Err(*e),
        _ => Err(Fault::Undefined),
    })))
}

/// x yᵀ
pub fn outer_product<F: Field>(x: &Tensor<F>, y: &Tensor<F>) -> Value<F> {
    outer(x, y, x.data.len(), y.data.len())
}

/// The identity matrix.
pub fn eye<F: Field>(n: usize) -> Value<F> {
    Value::T(Rc::new(Tensor::build(&[n, n], false, |ix| Ok(Scalar::int(i64::from(ix[0] == ix[1]))))))
}

fn square<F: Field>(a: &Tensor<F>) -> Out<(usize, Vec<Vec<Scalar<F>>>)> {
    match a.dims.as_slice() {
        [m, n] if m == n => {
            let all: Vec<Scalar<F>> = a.data.iter().cloned().collect::<Out<_>>()?;
            Ok((*n, if *n == 0 { Vec::new() } else { all.chunks(*n).map(<[_]>::to_vec).collect() }))
        }
        _ => Err(Fault::Undefined),
    }
}

/// Tr A
pub fn trace<F: Field>(a: &Tensor<F>) -> Out<Scalar<F>> {
    let n = a.dim(0);
    (0..n).try_fold(Scalar::int(0), |acc, i| Ok(acc.add(&a.at(&[i, i])?)))
}

/// det A, by expansion along rows over sets of columns: no division, so it holds for singular matrices and jets.
pub fn det<F: Field>(a: &Tensor<F>) -> Out<Scalar<F>> {
    let (n, m) = square(a)?;
    if n > 9 {
        return det_by_elimination(m);
    }
    let mut table: Vec<Option<Scalar<F>>> = vec![None; 1 << n];
    table[0] = Some(Scalar::int(1));
    for set in 1usize..1 << n {
        let row = set.count_ones() as usize - 1;
        let mut acc = Scalar::int(0);
        for (col, x) in m[row].iter().enumerate().filter(|(c, _)| set >> c & 1 == 1) {
            let minor = table[set & !(1 << col)].clone().unwrap_or(Scalar::int(0));
            let t = x.mul(&minor);
            // The sign is that of the number of chosen columns to the right.
            acc = if (set >> (col + 1)).count_ones() % 2 == 1 { acc.sub(&t) } else { acc.add(&t) };
        }
        table[set] = Some(acc);
    }
    Ok(table.pop().flatten().unwrap_or(Scalar::int(1)))
}

/// The row at or below `k` with the largest certain pivot in column `k`.
fn pivot<F: Field>(m: &[Vec<Scalar<F>>], k: usize) -> Out<usize> {
    let mut best: Option<(f64, usize)> = None;
    let mut unclear = false;
    for (r, row) in m.iter().enumerate().skip(k) {
        match row[k].real().sign() {
            Ok(Ordering::Equal) => {}
            Ok(_) => {
                let v = row[k].real().approx().abs();
                if best.is_none_or(|b| v > b.0) {
                    best = Some((v, r));
                }
            }
            Err(_) => unclear = true,
        }
    }
    best.map(|b| b.1).ok_or(if unclear { Fault::Unclear } else { Fault::Undefined })
}

fn det_by_elimination<F: Field>(mut m: Vec<Vec<Scalar<F>>>) -> Out<Scalar<F>> {
    let n = m.len();
    let mut acc = Scalar::int(1);
    for k in 0..n {
        let jets = m.iter().flatten().any(Scalar::is_jet);
        let p = match pivot(&m, k) {
            Err(Fault::Undefined) if !jets => return Ok(Scalar::int(0)),
            Err(_) => return Err(Fault::Unclear),
            Ok(p) => p,
        };
        if p != k {
            m.swap(p, k);
            acc = acc.neg();
        }
        acc = acc.mul(&m[k][k]);
        let inv = m[k][k].recip()?;
        let top = m[k].clone();
        for row in m.iter_mut().skip(k + 1) {
            let f = row[k].mul(&inv);
            for (x, t) in row.iter_mut().zip(&top).skip(k) {
                *x = x.sub(&f.mul(t));
            }
        }
    }
    Ok(acc)
}

/// A⁻¹ by Gauss–Jordan elimination; undefined where A is certainly singular.
pub fn inverse<F: Field>(a: &Tensor<F>) -> Out<Value<F>> {
    let (n, mut m) = square(a)?;
    for (i, row) in m.iter_mut().enumerate() {
        row.extend((0..n).map(|j| Scalar::int(i64::from(i == j))));
    }
    for k in 0..n {
        let p = pivot(&m, k)?;
        m.swap(p, k);
        let inv = m[k][k].recip()?;
        for x in &mut m[k] {
            *x = x.mul(&inv);
        }
        let top = m[k].clone();
        for (r, row) in m.iter_mut().enumerate() {
            if r != k {
                let f = row[k].clone();
                for (x, t) in row.iter_mut().zip(&top) {
                    *x = x.sub(&f.mul(t));
                }
            }
        }
    }
    let data = m.into_iter().flat_map(|r| r.into_iter().skip(n).map(Ok)).collect();
    Ok(Value::new(vec![n, n], false, data))
}

/// `A^k` for a whole `k`.
pub fn power<F: Field>(a: &Tensor<F>, k: i64) -> Out<Value<F>> {
    if k < 0 {
        let inv = inverse(a)?.tensor()?;
        return power(&inv, k.checked_neg().ok_or(Fault::Budget)?);
    }
    let (n, _) = square(a)?;
    let (mut acc, mut base, mut e) = (eye(n), Value::T(Rc::new(a.clone())), k);
    while e > 0 {
        if e & 1 == 1 {
            acc = matmul(&acc, &base)?;
        }
        e >>= 1;
        if e > 0 {
            base = matmul(&base, &base)?;
        }
    }
    Ok(acc)
}

/// A ⊗ B
pub fn kron<F: Field>(a: &Tensor<F>, b: &Tensor<F>) -> Out<Value<F>> {
    let shape = |t: &Tensor<F>| match t.dims.as_slice() {
        [m] if !t.row => Ok((*m, 1)),
        [n] => Ok((1, *n)),
        [m, n] => Ok((*m, *n)),
        _ => Err(Fault::Unsupported),
    };
    let ((m, n), (p, q)) = (shape(a)?, shape(b)?);
    let get = |t: &Tensor<F>, i: usize, j: usize, n: usize| t.data.get(i * n + j).cloned().unwrap_or(Err(Fault::Undefined));
    let entry = |i: usize, j: usize| Ok(get(a, i / p, j / q, n)?.mul(&get(b, i % p, j % q, q)?));
    if a.dims.len() == 1 && b.dims.len() == 1 && a.row == b.row {
        let data = (0..m * n * p * q).map(|k| if a.row { entry(0, k) } else { entry(k, 0) }).collect();
        return Ok(Value::new(vec![m * n * p * q], a.row, data));
    }
    Ok(Value::T(Rc::new(Tensor::build(&[m * p, n * q], false, |ix| entry(ix[0], ix[1])))))
}

/// The columns stacked.
pub fn vec<F: Field>(a: &Tensor<F>) -> Value<F> {
    let t = if a.dims.len() == 2 { a.transpose() } else { a.clone() };
    Value::new(vec![t.data.len()], false, t.data)
}

/// K with `K vec(A) = vec(Aᵀ)` for A m×n.
pub fn commutation<F: Field>(m: usize, n: usize) -> Value<F> {
    Value::T(Rc::new(Tensor::build(&[m * n, m * n], false, |ix| {
        let (i, j) = (ix[0] / n, ix[0] % n);
        Ok(Scalar::int(i64::from(ix[1] == j * m + i)))
    })))
}

/// Which entries of the full result are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// All.
    Full,
    /// Those where the kernel lies inside.
    Valid,
    /// The middle ones, as many as the longer has.
    Same,
}

/// How the kernel of a convolution moves, in every direction alike.
#[derive(Clone, Copy, Debug)]
pub struct Movement {
    /// Which entries are kept.
    pub extent: Extent,
    /// How far it moves from place to place.
    pub stride: i64,
    /// How many zeros stand before and behind.
    pub padding: i64,
    /// How far apart its entries stand.
    pub dilation: i64,
}

impl Movement {
    /// Whether the kernel is no longer than what it moves along.
    pub fn fits<F: Field>(&self, x: &Tensor<F>, w: &Tensor<F>) -> bool {
        x.dims.iter().zip(&w.dims).all(|(m, k)| self.dilation * (*k as i64 - 1) < *m as i64)
    }
    /// Along `m` entries with a kernel of `k`: the index (from 1) of the kernel's first entry at the first place that is kept, and how
    /// many places there are.
    fn along(&self, m: i64, k: i64) -> Out<(i64, i64)> {
        let (span, padded) = (self.dilation * (k - 1) + 1, m + 2 * self.padding);
        let (start, places) = match self.extent {
            Extent::Full => (2 - span - self.padding, padded + span - 1),
            Extent::Valid => (1 - self.padding, padded - span + 1),
            Extent::Same => (2 - span - self.padding + (m.min(span) - 1).div_euclid(2), padded.max(span)),
        };
        match places {
            0 => Ok((start, 0)),
            1.. => Ok((start, (places - 1) / self.stride + 1)),
            _ => Err(Fault::Undefined),
        }
    }
}

/// `Σ_j x[n s + j d − …] w[j]` (correlation), or with the kernel flipped (convolution), over all directions; see the worksheet
/// language.
pub fn convolve<F: Field>(x: &Tensor<F>, w: &Tensor<F>, flip: bool, how: Movement) -> Out<Value<F>> {
    let Movement { stride, padding, dilation, .. } = how;
    if x.dims.is_empty() || x.dims.len() != w.dims.len() || stride < 1 || dilation < 1 || padding < 0 || w.data.is_empty() {
        return Err(Fault::Undefined);
    }
    let along = x.dims.iter().zip(&w.dims).map(|(m, k)| how.along(*m as i64, *k as i64)).collect::<Out<Vec<_>>>()?;
    let counts: Vec<usize> = along.iter().map(|(_, count)| *count as usize).collect();
    let entry = |n: &[usize]| {
        let mut acc = Scalar::int(0);
        let mut j = vec![0usize; w.dims.len()];
        for _ in 0..w.data.len() {
            let at: Vec<i64> =
                n.iter().zip(&along).zip(&j).map(|((n, (start, _)), j)| start + *n as i64 * stride + *j as i64 * dilation).collect();
            if let Some(place) = x.place(&at) {
                let weight: Vec<usize> = j.iter().zip(&w.dims).map(|(j, k)| if flip { k - 1 - j } else { *j }).collect();
                match (x.data.get(place), w.at(&weight)) {
                    (Some(Ok(a)), Ok(b)) => acc = acc.add(&a.mul(&b)),
                    (Some(Err(e)), _) => return Err(*e),
                    (_, Err(e)) => return Err(e),
                    (None, _) => return Err(Fault::Undefined),
                }
            }
            for (k, d) in w.dims.iter().enumerate().rev() {
                j[k] += 1;
                if j[k] < *d {
                    break;
                }
                j[k] = 0;
            }
        }
        Ok(acc)
    };
    Ok(Value::T(Rc::new(Tensor::build(&counts, false, entry))))
}
