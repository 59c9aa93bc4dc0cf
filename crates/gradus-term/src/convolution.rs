//! Convolutions and correlations of vectors: their sizes and entries.
//!
//! With `m` entries in `x`, `k` in `w`, and `span = dilation (k − 1) + 1`, the entry at place `n` is `Σ_j x[at] w[j]` with
//! `at = first + (n − 1) stride + (j − 1) dilation`, zero outside; a convolution takes `w[k − j + 1]` instead of `w[j]`.
//! `first` is `1 − padding` for *valid*, `2 − span − padding` for *full*, and for *same* so that the longer one's size is kept.

use crate::aff::Aff;
use crate::node::{BigOp, Node, RelOp, Summand};
use crate::signature::Prim;
use crate::sort::Sort;
use crate::store::{Id, Store};

/// A convolution or correlation, taken apart.
#[derive(Clone, Debug)]
pub struct Convolution {
    /// The long vector.
    pub x: Id,
    /// The kernel.
    pub w: Id,
    /// Whether the kernel is flipped (a convolution).
    pub flips: bool,
    /// The size of `x`.
    pub m: Aff,
    /// The size of `w`.
    pub k: Aff,
    /// Where in `x` the kernel begins at place 1.
    pub first: Aff,
    /// How many places there are.
    pub places: Aff,
    /// How far the kernel moves from place to place.
    pub stride: i64,
    /// How far apart neighbouring entries of the kernel stand.
    pub dilation: i64,
    /// Whether the kernel lies inside `x` at every place.
    pub inside: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Full,
    Valid,
    Same,
}

fn kind(p: Prim) -> Option<(bool, Extent)> {
    Some(match p {
        Prim::ConvolveFull => (true, Extent::Full),
        Prim::ConvolveValid => (true, Extent::Valid),
        Prim::ConvolveSame => (true, Extent::Same),
        Prim::CorrelateFull => (false, Extent::Full),
        Prim::CorrelateValid => (false, Extent::Valid),
        Prim::CorrelateSame => (false, Extent::Same),
        _ => return None,
    })
}

impl Store {
    /// The parts of `convolve(x, w, …)` or `correlate(x, w, …)`; `None` if the term is none, or its size is no affine expression.
    pub fn convolution(&self, t: Id) -> Option<Convolution> {
        match self.node(t) {
            Node::Call(f, xs) => self.convolution_of(self.prim(*f)?, xs),
            _ => None,
        }
    }
    pub(crate) fn convolution_of(&self, p: Prim, xs: &[Id]) -> Option<Convolution> {
        let (flips, extent) = kind(p)?;
        let (&x, &w) = (xs.first()?, xs.get(1)?);
        let option = |i: usize, default: i64| xs.get(i).map_or(Some(default), |t| self.as_aff(*t)?.as_int());
        let (stride, padding, dilation) = (option(2, 1)?, option(3, 0)?, option(4, 1)?);
        if stride < 1 || padding < 0 || dilation < 1 {
            return None;
        }
        let size = |t: Id| match self.sort(t) {
            Sort::Tensor(d) if d.len() == 1 => d.first().cloned(),
            _ => None,
        };
        let (m, k) = (size(x)?, size(w)?);
        if flips && extent == Extent::Valid && xs.len() == 2 && matches!((m.as_int(), k.as_int()), (Some(a), Some(b)) if b > a) {
            // The shorter one is the kernel.
            return self.convolution_of(p, &[w, x]);
        }
        let span = k.plus(-1).scale(dilation).plus(1);
        let padded = m.plus(2 * padding);
        let (first, reach) = match extent {
            Extent::Full => (Aff::int(2 - padding).sub(&span), padded.add(&span).plus(-1)),
            Extent::Valid => (Aff::int(1 - padding), padded.sub(&span).plus(1)),
            Extent::Same => {
                let least = match (m.as_int(), span.as_int()) {
                    (Some(a), Some(b)) => a.min(b),
                    // A symbolic vector is taken to be the longer one.
                    (_, Some(b)) => b,
                    _ => return None,
                };
                let whole = match (padded.as_int(), span.as_int()) {
                    (Some(a), Some(b)) => Aff::int(a.max(b)),
                    _ => padded,
                };
                (Aff::int(2 - padding + (least - 1).div_euclid(2)).sub(&span), whole)
            }
        };
        let places = match (stride, reach.as_int()) {
            (1, _) => reach,
            (_, Some(n)) if n >= 1 => Aff::int((n - 1) / stride + 1),
            (_, Some(_)) => Aff::int(0),
            _ => reach.plus(-1).divided_down(stride)?.plus(1),
        };
        Some(Convolution { x, w, flips, m, k, first, places, stride, dilation, inside: extent == Extent::Valid && padding == 0 })
    }
    /// The entry at place `n`: the products written out if place and sizes are known, else a sum over the kernel, with a
    /// guard where entries of `x` outside are 0 and its name does not say so.
    pub(crate) fn convolution_entry(&self, c: &Convolution, n: &Aff) -> Option<Id> {
        let at = |j: &Aff| c.first.add(&n.plus(-1).scale(c.stride)).add(&j.plus(-1).scale(c.dilation));
        let weight = |j: &Aff| self.make_entry(c.w, &[if c.flips { c.k.sub(j).plus(1) } else { j.clone() }]);
        if let (Some(k), Some(m), Some(_)) = (c.k.as_int(), c.m.as_int(), n.as_int()) {
            let mut terms = Vec::new();
            for j in (1..=k).map(Aff::int) {
                let i = at(&j);
                if i.as_int().is_some_and(|i| 1 <= i && i <= m) {
                    terms.push(Summand { neg: false, term: self.product(&[self.make_entry(c.x, &[i]), weight(&j)]) });
                }
            }
            return Some(self.sum(&terms));
        }
        let v = self.fresh(self.sym("j"), Sort::Scalar, true);
        let j = Aff::free(v);
        let i = at(&j);
        let product = self.product(&[self.make_entry(c.x, &[i.clone()]), weight(&j)]);
        let zero_outside = matches!(self.node(c.x), Node::Var(v) if self.var(*v).props.zero_outside);
        let body = if c.inside || zero_outside {
            product
        } else {
            let (one, here, end) = (self.int(1), self.index(i), self.index(c.m.clone()));
            let range = self.intern(Node::And([self.rel(RelOp::Le, one, here), self.rel(RelOp::Le, here, end)].into()));
            let mut fs = vec![self.intern(Node::Iverson(range))];
            match self.node(product) {
                Node::Product(xs) => fs.extend(xs.iter().copied()),
                _ => fs.push(product),
            }
            self.product(&fs)
        };
        let body = self.close(body, &[v]);
        Some(self.intern(Node::Big { op: BigOp::Sum, hint: self.sym("j"), lo: Aff::int(1), hi: c.k.clone(), cond: None, body }))
    }
}
