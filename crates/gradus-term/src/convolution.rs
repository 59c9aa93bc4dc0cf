//! Convolutions and correlations of tensors of one rank: their sizes and entries.
//!
//! In each direction, with `m` entries in `x`, `k` in `w`, and `span = dilation (k − 1) + 1`, the entry at place `n` is
//! `Σ_j x[at] w[j]` with `at = first + (n − 1) stride + (j − 1) dilation`, zero outside; a convolution takes `w[k − j + 1]`
//! instead of `w[j]`. `first` is `1 − padding` for *valid*, `2 − span − padding` for *full*, and for *same* so that the
//! longer one's size is kept. Matrices and tensors of higher rank are summed over all directions.
//!
//! A *valid* convolution needs `k ≤ m` in every direction. Of two operands whose sizes are all numbers the smaller one is the kernel,
//! since a convolution commutes; a symbolic kernel is never exchanged.

use crate::aff::Aff;
use crate::node::{BigOp, Node, RelOp, Summand};
use crate::signature::{Prim, VarId};
use crate::sort::Sort;
use crate::store::{Id, Store};

/// The largest kernel whose products are written out.
const WRITTEN_OUT: i64 = 4096;

/// A convolution or correlation, taken apart.
#[derive(Clone, Debug)]
pub struct Convolution {
    /// What the kernel moves along.
    pub x: Id,
    /// The kernel.
    pub w: Id,
    /// Whether the kernel is flipped (a convolution).
    pub flips: bool,
    /// The sizes and places in each direction.
    pub directions: Vec<Direction>,
    /// How far the kernel moves from place to place.
    pub stride: i64,
    /// How far apart neighbouring entries of the kernel stand.
    pub dilation: i64,
    /// Whether the kernel lies inside `x` at every place.
    pub inside: bool,
}

/// One direction of a convolution.
#[derive(Clone, Debug)]
pub struct Direction {
    /// The size of `x`.
    pub m: Aff,
    /// The size of `w`.
    pub k: Aff,
    /// Where in `x` the kernel begins at place 1.
    pub first: Aff,
    /// How many places there are.
    pub places: Aff,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Full,
    Valid,
    Same,
}

/// `⌊a/d⌋` as an affine expression, if it is one.
type Rounding<'a> = dyn FnMut(&Aff, i64) -> Option<Aff> + 'a;

/// How the kernel moves, in every direction alike.
struct Movement {
    extent: Extent,
    stride: i64,
    padding: Aff,
    dilation: i64,
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

impl Movement {
    /// The places along one direction; `None` if their number is no affine expression. What a stride does not divide is rounded down
    /// by `floor`.
    fn along(&self, m: &Aff, k: &Aff, floor: &mut Rounding<'_>) -> Option<Direction> {
        let stride = self.stride;
        let span = k.plus(-1).scale(self.dilation).plus(1);
        let (padded, begin) = (m.add_scaled(&self.padding, 2), Aff::int(1).sub(&self.padding));
        let (first, reach) = match self.extent {
            Extent::Full => (begin.plus(1).sub(&span), padded.add(&span).plus(-1)),
            Extent::Valid => (begin, padded.sub(&span).plus(1)),
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
                (begin.plus(1 + (least - 1).div_euclid(2)).sub(&span), whole)
            }
        };
        let places = match (stride, reach.as_int()) {
            (1, _) => reach,
            (_, Some(n)) if n >= 1 => Aff::int((n - 1) / stride + 1),
            (_, Some(_)) => Aff::int(0),
            _ => floor(&reach.plus(-1), stride)?.plus(1),
        };
        Some(Direction { m: m.clone(), k: k.clone(), first, places })
    }
}

/// Whether the second of two shapes given by numbers is larger than the first: no smaller in any direction, larger in one.
pub fn kernel_first(x: &[Aff], w: &[Aff]) -> bool {
    let numbers = |d: &[Aff]| d.iter().map(Aff::as_int).collect::<Option<Vec<_>>>();
    match (numbers(x), numbers(w)) {
        (Some(m), Some(k)) => m.len() == k.len() && m.iter().zip(&k).all(|(a, b)| b >= a) && m != k,
        _ => false,
    }
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
        self.convolution_rounded(p, xs, &mut |a, d| a.divided_down(d))
    }
    /// The tensor of the entries of a convolution whose stride does not divide its sizes, these rounded down by `floor`, which gives
    /// `⌊a/d⌋` a name; `None` if the operands do not fit.
    pub fn convolution_by_entries(&self, p: Prim, xs: &[Id], floor: &mut Rounding<'_>) -> Option<Id> {
        let c = self.convolution_rounded(p, xs, floor)?;
        let dims: Vec<Aff> = c.directions.iter().map(|d| d.places.clone()).collect();
        let vars: Vec<VarId> = ["i", "k", "l"].iter().take(dims.len()).map(|w| self.fresh(self.sym(w), Sort::Scalar, true)).collect();
        let at: Vec<Aff> = vars.iter().map(|v| Aff::free(*v)).collect();
        let entry = self.convolution_entry(&c, &at)?;
        Some(self.tensor(&vars, &dims, entry))
    }
    fn convolution_rounded(&self, p: Prim, xs: &[Id], floor: &mut Rounding<'_>) -> Option<Convolution> {
        let (flips, extent) = kind(p)?;
        let (&x, &w) = (xs.first()?, xs.get(1)?);
        let option = |i: usize, default: i64| xs.get(i).map_or(Some(Aff::int(default)), |t| self.as_aff(*t));
        let (stride, padding, dilation) = (option(2, 1)?.as_int()?, option(3, 0)?, option(4, 1)?.as_int()?);
        if stride < 1 || padding.as_int().is_some_and(|p| p < 0) || dilation < 1 {
            return None;
        }
        let (Sort::Tensor(m), Sort::Tensor(k)) = (self.sort(x), self.sort(w)) else { return None };
        if m.len() != k.len() {
            return None;
        }
        if flips && extent == Extent::Valid && xs.len() == 2 && kernel_first(m, k) {
            return self.convolution_rounded(p, &[w, x], floor);
        }
        let inside = extent == Extent::Valid && padding == Aff::int(0);
        let movement = Movement { extent, stride, padding, dilation };
        let directions = m.iter().zip(k.iter()).map(|(m, k)| movement.along(m, k, floor)).collect::<Option<_>>()?;
        Some(Convolution { x, w, flips, directions, stride, dilation, inside })
    }
    /// The sort of a convolution: so many places in each direction. Of symbolic sizes *same* keeps the first's.
    pub(crate) fn convolution_sort(&self, p: Prim, xs: &[Id]) -> Sort {
        if let Some(c) = self.convolution_of(p, xs) {
            return Sort::tensor(&c.directions.into_iter().map(|d| d.places).collect::<Vec<_>>());
        }
        match xs {
            [x, w] if matches!(p, Prim::ConvolveSame | Prim::CorrelateSame) => match (self.sort(*x), self.sort(*w)) {
                (own @ Sort::Tensor(m), Sort::Tensor(k)) if m.len() == k.len() => own.clone(),
                _ => Sort::Ill,
            },
            _ => Sort::Ill,
        }
    }
    /// The entry at the place `n`: the products written out if place and sizes are known, else a sum over the kernel, with a
    /// guard where entries of `x` outside are 0 and its name does not say so.
    pub(crate) fn convolution_entry(&self, c: &Convolution, n: &[Aff]) -> Option<Id> {
        if n.len() != c.directions.len() {
            return None;
        }
        if let Some(terms) = c.products(n) {
            let product = |(at, weight): (Vec<Aff>, Vec<Aff>)| self.product(&[self.make_entry(c.x, &at), self.make_entry(c.w, &weight)]);
            return Some(self.sum(&terms.into_iter().map(|t| Summand { neg: false, term: product(t) }).collect::<Vec<_>>()));
        }
        let letters: &[&str] = if n.len() == 1 { &["j"] } else { &["a", "b", "c"] };
        let vars: Vec<VarId> = (0..n.len()).map(|k| self.fresh(self.sym(letters.get(k).unwrap_or(&"")), Sort::Scalar, true)).collect();
        let j: Vec<Aff> = vars.iter().map(|v| Aff::free(*v)).collect();
        let (at, weight) = c.at(n, &j);
        let product = self.product(&[self.make_entry(c.x, &at), self.make_entry(c.w, &weight)]);
        let zero_outside = matches!(self.node(c.x), Node::Var(v) if self.var(*v).props.zero_outside);
        let mut body = product;
        if !c.inside && !zero_outside {
            let mut range = Vec::new();
            for (i, d) in at.iter().zip(&c.directions) {
                let (one, here, end) = (self.int(1), self.index(i.clone()), self.index(d.m.clone()));
                range.extend([self.rel(RelOp::Le, one, here), self.rel(RelOp::Le, here, end)]);
            }
            let mut fs = vec![self.intern(Node::Iverson(self.intern(Node::And(range.into()))))];
            match self.node(product) {
                Node::Product(xs) => fs.extend(xs.iter().copied()),
                _ => fs.push(product),
            }
            body = self.product(&fs);
        }
        for (v, d) in vars.iter().zip(&c.directions).rev() {
            body = self.big(BigOp::Sum, *v, Aff::int(1), d.k.clone(), None, body);
        }
        Some(body)
    }
}

impl Convolution {
    /// Where in `x` and in `w` the entries stand that are multiplied at the place `n` for the kernel's index `j`.
    fn at(&self, n: &[Aff], j: &[Aff]) -> (Vec<Aff>, Vec<Aff>) {
        let x = self.directions.iter().zip(n.iter().zip(j));
        let x = x.map(|(d, (n, j))| d.first.add(&n.plus(-1).scale(self.stride)).add(&j.plus(-1).scale(self.dilation)));
        let w = self.directions.iter().zip(j).map(|(d, j)| if self.flips { d.k.sub(j).plus(1) } else { j.clone() });
        (x.collect(), w.collect())
    }
    /// The products at the place `n`, in the order of the kernel, without those outside; `None` unless all sizes are numbers.
    fn products(&self, n: &[Aff]) -> Option<Vec<(Vec<Aff>, Vec<Aff>)>> {
        let numbers = n.iter().chain(self.directions.iter().flat_map(|d| [&d.m, &d.k]));
        if !numbers.into_iter().all(|a| a.as_int().is_some()) {
            return None;
        }
        let count = self.directions.iter().try_fold(1i64, |n, d| n.checked_mul(d.k.as_int()?))?;
        if count > WRITTEN_OUT {
            return None;
        }
        let mut js: Vec<Vec<Aff>> = vec![Vec::new()];
        for d in &self.directions {
            let k = d.k.as_int()?;
            js = js.into_iter().flat_map(|j| (1..=k).map(move |i| [j.clone(), vec![Aff::int(i)]].concat())).collect();
        }
        let inside =
            |at: &[Aff]| at.iter().zip(&self.directions).all(|(i, d)| i.as_int().zip(d.m.as_int()).is_some_and(|(i, m)| 1 <= i && i <= m));
        Some(js.iter().map(|j| self.at(n, j)).filter(|(at, _)| inside(at)).collect())
    }
}
