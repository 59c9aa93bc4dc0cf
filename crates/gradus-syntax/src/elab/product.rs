//! Products: left to right, scalars gathered, matrices in runs.
//!
//! `2 A^T (A x - b)` is one product of 2 and one matrix product. A run of columns, rows and matrices that comes out as
//! a scalar closes; what follows begins a new run. Nothing is reordered.

use gradus_term::{Aff, Id, Node, Prim, Sort};

use super::leibniz::Piece;
use super::{Elab, Out};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Factor, Join, Kind};

/// What stands to the left while a product is read.
#[derive(Default)]
struct Left {
    /// Scalars before the run.
    before: Vec<Id>,
    /// The run of tensors.
    run: Vec<Id>,
    /// The sort of the run.
    sort: Option<Sort>,
    /// Scalars after the run.
    after: Vec<Id>,
    span: Option<Span>,
}

impl Elab<'_> {
    pub(super) fn product(&mut self, factors: &[Factor], span: Span) -> Out<Id> {
        let iverson = factors.iter().any(|f| matches!(f.expr.bare().kind, Kind::Iverson(_)));
        self.guarded += u32::from(iverson);
        let out = self.product_inner(factors, span);
        self.guarded -= u32::from(iverson);
        out
    }

    fn product_inner(&mut self, factors: &[Factor], span: Span) -> Out<Id> {
        let applied;
        let mut factors = factors;
        if self.has_bare_function(factors) {
            applied = self.apply_functions(factors)?;
            factors = &applied;
        }
        let pieces = self.pieces(factors)?;
        let mut left = Left::default();
        for (join, piece, at) in pieces {
            let id = match piece {
                Piece::Plain(e) => self.value(e)?,
                Piece::Derivative(d) => self.leibniz(&d, span)?,
                Piece::ByArguments(d) => self.by_arguments(&d, at)?,
            };
            left = self.multiply(left, join, id, at)?;
        }
        Ok(self.affine(self.finish(left)))
    }

    fn finish(&self, left: Left) -> Id {
        let mut all = left.before;
        match left.run.as_slice() {
            [] => {}
            [one] => all.push(*one),
            run => all.push(self.store.intern(Node::MatMul(run.into()))),
        }
        all.extend(left.after);
        self.store.product(&all)
    }

    fn multiply(&mut self, mut left: Left, join: Join, id: Id, at: Span) -> Out<Left> {
        let sort = self.sort(id);
        if matches!(sort, Sort::Fun(_) | Sort::Ill) {
            let shown = self.show_sort(&sort);
            return self.wrong(Code::SHAPE, at, format!("{shown} cannot be a factor"));
        }
        let Some(before) = left.span else {
            left.span = Some(at);
            return self.times(left, id, at, at);
        };
        left.span = Some(before.to(at));
        match join {
            Join::First | Join::Beside | Join::Times => self.times(left, id, before, at),
            Join::Over => {
                let a = self.finish(left);
                let q = self.over(a, id, before, at)?;
                self.start(q, before.to(at))
            }
            Join::DotTimes | Join::DotOver => {
                let a = self.finish(left);
                let id = self.entrywise(a, id, join, before, at)?;
                self.start(id, before.to(at))
            }
        }
    }

    fn start(&mut self, id: Id, at: Span) -> Out<Left> {
        let left = Left { span: Some(at), ..Left::default() };
        self.times(left, id, at, at)
    }

    fn entrywise(&mut self, a: Id, b: Id, join: Join, before: Span, at: Span) -> Out<Id> {
        let tensors = (self.sort(a).is_tensor(), self.sort(b).is_tensor());
        match (join, tensors) {
            (Join::DotTimes, (false, _) | (_, false)) => Ok(self.store.mul(a, b)),
            (_, (_, false)) => self.over(a, b, before, at),
            _ => {
                let ids = self.join(vec![(a, before), (b, at)], "in this entrywise product")?;
                let prim = if join == Join::DotTimes { Prim::Hadamard } else { Prim::EntryDiv };
                Ok(self.store.prim_call(prim, &ids))
            }
        }
    }

    /// Appends a factor to the product on the left.
    fn times(&mut self, mut left: Left, id: Id, before: Span, at: Span) -> Out<Left> {
        let sort = self.sort(id);
        if !sort.is_tensor() {
            if left.run.is_empty() {
                left.before.push(id)
            } else {
                left.after.push(id)
            }
            return Ok(left);
        }
        let Some(run) = left.sort.clone() else {
            left.run.push(id);
            left.sort = Some(sort);
            return Ok(left);
        };
        let Some(product) = self.matrix_product(&run, &sort) else {
            return self.mismatch("in this product", (&run, before), (&sort, at));
        };
        for x in left.run.iter_mut().chain(left.before.iter_mut()) {
            *x = self.settle(*x);
        }
        let id = self.settle(id);
        left.run.push(id);
        if product == Sort::Scalar {
            let closed = self.store.intern(Node::MatMul(std::mem::take(&mut left.run).into()));
            left.before.push(closed);
            left.before.append(&mut left.after);
            left.sort = None;
        } else {
            left.sort = Some(product);
        }
        Ok(left)
    }

    /// The sort of a product of a run and the next tensor, sizes unified.
    fn matrix_product(&mut self, a: &Sort, b: &Sort) -> Option<Sort> {
        if a.is_compound() || b.is_compound() {
            let ((rows, inner), (same, cols)) = (a.axes()?, b.axes()?);
            let out = self.unify_parts(inner, same).then(|| Sort::matrix(rows, cols));
            return out.map(|s| self.settle_sort(&s));
        }
        let dims = |s: &Sort| s.dims().to_vec();
        let (x, y) = (dims(a), dims(b));
        let out = match (a, x.as_slice(), b, y.as_slice()) {
            (Sort::Row(_), [m], Sort::Tensor(_), [n]) => self.unify(m, n).then_some(Sort::Scalar),
            (Sort::Row(_), [m], Sort::Tensor(_), [n, p]) => self.unify(m, n).then(|| Sort::Row(p.clone())),
            (Sort::Tensor(_), [m], Sort::Row(_), [p]) => Some(Sort::tensor(&[m.clone(), p.clone()])),
            (Sort::Tensor(_), [m, n], Sort::Row(_), [p]) => self.unify(n, &Aff::int(1)).then(|| Sort::tensor(&[m.clone(), p.clone()])),
            (Sort::Tensor(_), [m, n], Sort::Tensor(_), [p]) => self.unify(n, p).then(|| Sort::tensor(std::slice::from_ref(m))),
            (Sort::Tensor(_), [m, n], Sort::Tensor(_), [p, q]) => self.unify(n, p).then(|| Sort::tensor(&[m.clone(), q.clone()])),
            _ => None,
        };
        out.map(|s| self.settle_sort(&s))
    }

    /// The product of two formulas that are not derivatives, for callers that have terms.
    pub(super) fn no_operand<T>(&mut self, span: Span) -> Out<T> {
        let d = Diagnostic::new(Code::OPERATOR_ALONE, span, "nothing follows this derivative");
        self.err(d.help("write what is derived after it: `d/dx u`"))
    }
}
