//! Derivatives: by a scalar, by an entry, by a whole tensor.
//!
//! By a whole tensor the result is a tensor: the sizes of what is derived, then those of what it is derived by. A
//! defined name counts as independent: its calls are abstracted, not unfolded.

use gradus_term::{Aff, Id, Node, Prim, Sort, VarId};

use super::{Elab, Out};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Expr, Kind, Subscript};
use crate::worksheet::DerivativeForm;

/// What a derivative is taken by: a name's value, perhaps one of its entries, perhaps its columns stacked (`vec(X)`).
pub(super) struct Target {
    of: Id,
    slot: Option<Vec<Aff>>,
    stacked: bool,
}

/// Indices of a tensor of derivatives: in which order they count, and in which order they stand in the entry.
struct Indices {
    order: Vec<VarId>,
    sizes: Vec<Aff>,
    entry: Vec<Aff>,
}

impl Elab<'_> {
    /// `x`, `x[j]`, `f`.
    pub(super) fn target(&mut self, e: &Expr) -> Out<Target> {
        match &e.bare().kind {
            Kind::Index(base, subs) => {
                let of = self.target_name(base)?;
                let mut ix = Vec::new();
                for s in subs {
                    match s {
                        Subscript::At(i) => {
                            self.warn_of_size_of_before(base, of, i);
                            ix.push((self.index(i)?, i.span));
                        }
                        Subscript::All(at) => return self.wrong(Code::NOT_A_NAME, *at, "a derivative is by one entry or by the whole"),
                    }
                }
                let entry = self.entry_at(of, ix, base.span, e.span)?;
                self.target_of_entry(of, entry, e.span)
            }
            Kind::Script(..) => {
                let id = self.value(e)?;
                match self.store.node(id) {
                    Node::Entry(of, _) => self.target_of_entry(*of, id, e.span),
                    _ => self.target_value(id, e.span),
                }
            }
            Kind::Call(head, args) if head.as_name() == Some("vec") && args.len() == 1 => match args.as_slice() {
                [crate::surface::Arg::Expr(x)] => self.stacked(x),
                _ => self.target_name(e).map(|of| Target { of, slot: None, stacked: false }),
            },
            _ => self.target_name(e).map(|of| Target { of, slot: None, stacked: false }),
        }
    }

    /// `vec(X)`: by X, its columns stacked.
    fn stacked(&mut self, e: &Expr) -> Out<Target> {
        let of = self.target_name(e)?;
        let sort = self.sort(of);
        if !matches!(&sort, Sort::Tensor(d) if d.len() <= 2) {
            let shown = self.show_sort(&sort);
            return self.wrong(Code::SHAPE, e.span, format!("`vec` takes a matrix, and this is {shown}"));
        }
        Ok(Target { of, slot: None, stacked: true })
    }

    fn target_of_entry(&mut self, of: Id, entry: Id, span: Span) -> Out<Target> {
        match self.store.node(entry) {
            Node::Entry(_, ix) if self.is_scalar(entry) => Ok(Target { of, slot: Some(ix.to_vec()), stacked: false }),
            _ => self.wrong(Code::NOT_A_NAME, span, "a derivative is by one entry or by the whole"),
        }
    }

    fn target_name(&mut self, e: &Expr) -> Out<Id> {
        let id = self.value(e)?;
        self.target_value(id, e.span).map(|t| t.of)
    }

    fn target_value(&mut self, id: Id, span: Span) -> Out<Target> {
        let fits = match self.store.node(id) {
            Node::Var(_) | Node::Meta(..) => true,
            Node::Call(f, _) => self.store.fun(*f).is_constant_name(),
            Node::Index(a) if a.as_var().is_some() => {
                let d = Diagnostic::new(Code::NOT_A_NAME, span, "a whole number cannot vary continuously");
                return self.err(d.help("declare it in R to derive by it"));
            }
            _ => false,
        };
        if !fits {
            let d = Diagnostic::new(Code::NOT_A_NAME, span, "a derivative is taken by a declared name or its entry");
            return self.err(d.help("give a name to the expression with `define`, and use the name in what is derived"));
        }
        if self.store.loose(id) > 0 {
            return self.wrong(Code::NOT_A_NAME, span, "a derivative cannot be taken by a bound value");
        }
        Ok(Target { of: id, slot: None, stacked: false })
    }

    /// `d of / d by`.
    pub(super) fn derivative(&mut self, of: Id, at: Span, by: &Expr, span: Span) -> Out<Id> {
        let target = self.target(by)?;
        self.derivative_by(of, at, &target, span)
    }

    /// As [`Elab::derivative`], with the target at hand.
    pub(super) fn derivative_by(&mut self, of: Id, at: Span, target: &Target, _span: Span) -> Out<Id> {
        let own = self.sort(of);
        if target.stacked || own.is_compound() {
            return self.stacked_derivative(of, &own, at, target);
        }
        if !matches!(own, Sort::Scalar | Sort::Any | Sort::Tensor(_)) {
            let shown = self.show_sort(&own);
            return self.wrong(Code::SHAPE, at, format!("{shown} cannot be derived"));
        }
        let outer = own.dims().to_vec();
        let inner = if target.slot.is_some() { Vec::new() } else { self.sort(target.of).dims().to_vec() };
        if let Sort::Row(_) = self.sort(target.of) {
            return self.wrong(Code::NOT_A_NAME, at, "a derivative by a row; derive by the column");
        }
        let (us, vs) = (self.letters(outer.len(), 0), self.letters(inner.len(), outer.len()));
        let frees = |vs: &[VarId]| vs.iter().map(|v| Aff::free(*v)).collect::<Vec<_>>();
        let scalar = self.entry(of, frees(&us));
        let slot = target.slot.clone().unwrap_or_else(|| frees(&vs));
        let body = self.store.diff(scalar, target.of, &slot);
        if outer.is_empty() && inner.is_empty() {
            return Ok(body);
        }
        let vars: Vec<VarId> = us.into_iter().chain(vs).collect();
        let dims: Vec<Aff> = outer.into_iter().chain(inner).collect();
        Ok(self.store.tensor(&vars, &dims, body))
    }

    /// The derivative of a column by `vec(X)`, or of one with compound indices: a matrix by its entries.
    fn stacked_derivative(&mut self, of: Id, own: &Sort, at: Span, target: &Target) -> Out<Id> {
        let rows = match own.axes() {
            Some((rows, [])) => rows.to_vec(),
            _ if *own == Sort::Any => return self.wrong(Code::SHAPE, at, "the shape of this is not known"),
            _ => {
                let shown = self.show_sort(own);
                let d = Diagnostic::new(Code::SHAPE, at, format!("a Jacobian by `vec(X)` is of a vector, and this is {shown}"));
                return self.err(d.help("derive its `vec`"));
            }
        };
        // The entries of vec(F) are those of F, column by column.
        let inside = match self.store.node(of) {
            Node::Call(f, xs) if self.store.prim(*f) == Some(Prim::Vec) => xs.first().copied().filter(|x| self.sort(*x).dims().len() == 2),
            _ => None,
        };
        let (of, outer) = match inside {
            Some(x) => (x, self.column_major(self.sort(x).dims(), 0)),
            None => (of, self.in_order(&rows, 0)),
        };
        let inner = match &target.slot {
            Some(slot) => Indices { order: Vec::new(), sizes: Vec::new(), entry: slot.clone() },
            None => {
                let dims = self.sort(target.of).dims().to_vec();
                match dims.len() {
                    2 if target.stacked => self.column_major(&dims, outer.order.len()),
                    0 | 1 => self.in_order(&dims, outer.order.len()),
                    _ => {
                        let d =
                            Diagnostic::new(Code::SHAPE, at, "a vector with a compound index is derived by `vec(X)`, not by the matrix X");
                        return self.err(d.help("write `vec(X)` for what it is derived by"));
                    }
                }
            }
        };
        let body = self.store.diff(self.entry(of, outer.entry), target.of, &inner.entry);
        let rows = if outer.order.is_empty() { inner.order.len() } else { outer.order.len() };
        let (vars, sizes) = ([outer.order, inner.order].concat(), [outer.sizes, inner.sizes].concat());
        Ok(self.as_matrix(&vars, &sizes, rows, body))
    }
    fn as_matrix(&self, vars: &[VarId], sizes: &[Aff], rows: usize, body: Id) -> Id {
        if vars.is_empty() {
            return body;
        }
        let whole = self.store.tensor(vars, sizes, body);
        self.store.prim_call(Prim::AsMatrix, &[whole, self.store.int(i64::try_from(rows).unwrap_or(0))])
    }
    /// `(i, j, …)` as they stand.
    fn in_order(&self, dims: &[Aff], from: usize) -> Indices {
        let order = self.letters(dims.len(), from);
        let entry = order.iter().map(|v| Aff::free(*v)).collect();
        Indices { order, sizes: dims.to_vec(), entry }
    }
    /// The entry `[i, j]` of a matrix, counted column by column: `(j, i)`.
    fn column_major(&self, dims: &[Aff], from: usize) -> Indices {
        let mut out = self.in_order(dims, from);
        out.order.reverse();
        out.sizes.reverse();
        out
    }

    /// Fresh index names for the entries of a tensor.
    pub(super) fn letters(&self, n: usize, from: usize) -> Vec<VarId> {
        const LETTERS: &[&str] = &["i", "j", "k", "l"];
        (0..n)
            .map(|k| {
                let letter = LETTERS.get(k + from).copied().unwrap_or("");
                self.store.fresh(self.store.sym(letter), Sort::Scalar, true)
            })
            .collect()
    }

    /// `gradient|jacobian|hessian of U wrt V`.
    pub(super) fn named_derivative(&mut self, form: DerivativeForm, of: &Expr, wrt: &Expr) -> Out<Id> {
        let u = self.value(of)?;
        let u = self.settle(u);
        let target = self.target(wrt)?;
        let span = of.span.to(wrt.span);
        match form {
            DerivativeForm::Jacobian => self.derivative_by(u, of.span, &target, span),
            DerivativeForm::Gradient => {
                let u = self.scalar(u, of.span, "what has a gradient")?;
                self.derivative_by(u, of.span, &target, span)
            }
            DerivativeForm::Hessian => {
                let u = self.scalar(u, of.span, "what has a Hessian")?;
                self.hessian(u, &target, of.span)
            }
        }
    }

    /// `H[i, j] = d^2 u / dx_i dx_j`.
    fn hessian(&mut self, u: Id, target: &Target, at: Span) -> Out<Id> {
        let dims = self.sort(target.of).dims().to_vec();
        if target.stacked {
            let (rows, cols) = (self.column_major(&dims, 0), self.column_major(&dims, dims.len()));
            let first = self.store.diff(u, target.of, &cols.entry);
            let second = self.store.diff(first, target.of, &rows.entry);
            let (vars, sizes) = ([rows.order, cols.order].concat(), [rows.sizes, cols.sizes].concat());
            return Ok(self.as_matrix(&vars, &sizes, dims.len(), second));
        }
        if target.slot.is_some() || dims.len() > 1 {
            return self.wrong(Code::SHAPE, at, "a Hessian is by a scalar, a vector or `vec(X)`");
        }
        let vars = self.letters(dims.len() * 2, 0);
        let (is, js) = vars.split_at(dims.len());
        let slot = |vs: &[VarId]| vs.iter().map(|v| Aff::free(*v)).collect::<Vec<_>>();
        let first = self.store.diff(u, target.of, &slot(js));
        let second = self.store.diff(first, target.of, &slot(is));
        if dims.is_empty() {
            return Ok(second);
        }
        let both: Vec<Aff> = dims.iter().chain(&dims).cloned().collect();
        Ok(self.store.tensor(&vars, &both, second))
    }
}
