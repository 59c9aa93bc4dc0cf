//! Derivatives: by a scalar, by an entry, by a whole tensor.
//!
//! By a whole tensor the result is a tensor: the sizes of what is derived, then those of what it is derived by. A
//! defined name counts as independent: its calls are abstracted, not unfolded.

use gradus_term::{Aff, Id, Node, Sort, VarId};

use super::{Elab, Out};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Expr, Kind, Subscript};
use crate::worksheet::DerivativeForm;

/// What a derivative is taken by: a name's value, and perhaps one of its entries.
pub(super) struct Target {
    of: Id,
    slot: Option<Vec<Aff>>,
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
                        Subscript::At(i) => ix.push((self.index(i)?, i.span)),
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
            _ => self.target_name(e).map(|of| Target { of, slot: None }),
        }
    }

    fn target_of_entry(&mut self, of: Id, entry: Id, span: Span) -> Out<Target> {
        match self.store.node(entry) {
            Node::Entry(_, ix) if self.is_scalar(entry) => Ok(Target { of, slot: Some(ix.to_vec()) }),
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
        Ok(Target { of: id, slot: None })
    }

    /// `d of / d by`.
    pub(super) fn derivative(&mut self, of: Id, at: Span, by: &Expr, span: Span) -> Out<Id> {
        let target = self.target(by)?;
        self.derivative_by(of, at, &target, span)
    }

    /// As [`Elab::derivative`], with the target at hand.
    pub(super) fn derivative_by(&mut self, of: Id, at: Span, target: &Target, _span: Span) -> Out<Id> {
        let own = self.sort(of);
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
        if let Kind::Call(head, args) = &wrt.bare().kind {
            if head.as_name() == Some("vec") && args.len() == 1 {
                let d = Diagnostic::new(Code::NOT_YET, wrt.span, "derivatives by `vec(X)` are not supported yet");
                return self.err(d.help("derive by X itself: the result has the sizes of both"));
            }
        }
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
        if target.slot.is_some() || dims.len() > 1 {
            return self.wrong(Code::SHAPE, at, "a Hessian is by a scalar or a vector");
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
