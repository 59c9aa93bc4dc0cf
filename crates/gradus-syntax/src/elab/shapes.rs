//! Shapes: unification of sizes, broadcasting, and how a shape is shown.
//!
//! Only sizes in `open_sizes` are ever settled, by an equation in which one has coefficient ±1.

use gradus_term::{Aff, Arg, Domain, IVar, Id, Node, Sort, VarId, VarInfo, VarKind};

use super::{Elab, Named, Out};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

impl Elab<'_> {
    /// A size that unification may settle.
    pub(super) fn open_size(&mut self, hint: &str) -> Aff {
        let mut info = VarInfo::new(hint, VarKind::Param, Sort::Scalar);
        info.domain = Domain::Nat;
        let v = self.store.declare(info);
        self.open_sizes.push(v);
        Aff::free(v)
    }

    /// With the settled sizes put in.
    pub(super) fn size(&self, a: &Aff) -> Aff {
        let mut out = a.clone();
        for _ in 0..8 {
            let next = out.map(|v| match v {
                IVar::Free(w) => match self.settled.get(&w) {
                    Some(Arg::Idx(b)) => b.clone(),
                    _ => Aff::var(v),
                },
                IVar::Bound(_) => Aff::var(v),
            });
            if next == out {
                break;
            }
            out = next;
        }
        out
    }

    /// The term with the settled sizes put in.
    pub(super) fn settle(&self, id: Id) -> Id {
        let mut out = id;
        if self.settled.is_empty() {
            return out;
        }
        for _ in 0..8 {
            let next = self.store.subst(out, &self.settled);
            if next == out {
                break;
            }
            out = next;
        }
        out
    }

    /// The sort with the settled sizes put in.
    pub(super) fn sort(&self, id: Id) -> Sort {
        self.settle_sort(self.store.sort(id))
    }

    pub(super) fn settle_sort(&self, s: &Sort) -> Sort {
        s.map_dims(&mut |a| self.size(a))
    }

    /// Makes two sizes equal, if they can be.
    pub(super) fn unify(&mut self, a: &Aff, b: &Aff) -> bool {
        let (a, b) = (self.size(a), self.size(b));
        let diff = a.sub(&b);
        if diff == Aff::int(0) {
            return true;
        }
        let open = |v: VarId| self.open_sizes.contains(&v);
        let found = diff.vars().find_map(|v| match v {
            IVar::Free(w) if open(w) => diff.solve(v).map(|s| (w, s)),
            _ => None,
        });
        match found {
            Some((w, s)) => {
                self.settled.insert(w, Arg::Idx(s));
                self.reshape(w);
                true
            }
            None => false,
        }
    }

    /// Declares anew the parameters whose shape holds a size that was settled.
    fn reshape(&mut self, size: VarId) {
        for k in 0..self.shaped.len() {
            let Some(old) = self.shaped.get(k).copied() else { continue };
            let info = self.store.var(old);
            if !info.sort.dims().iter().any(|a| a.mentions(IVar::Free(size))) {
                continue;
            }
            let sort = self.settle_sort(&info.sort);
            let new = self.store.declare(VarInfo { sort, ..info.clone() });
            self.settled.insert(old, Arg::Val(self.store.name(new)));
            for l in &mut self.locals {
                if l.named == Named::Var(old) {
                    l.named = Named::Var(new);
                }
            }
            if let Some(slot) = self.shaped.get_mut(k) {
                *slot = new;
            }
        }
    }

    /// Makes two sorts equal, if they can be.
    pub(super) fn unify_sorts(&mut self, a: &Sort, b: &Sort) -> bool {
        match (a, b) {
            (Sort::Any, _) | (_, Sort::Any) => true,
            (Sort::Tensor(x), Sort::Tensor(y)) => x.len() == y.len() && x.iter().zip(y.iter()).all(|(a, b)| self.unify(a, b)),
            (Sort::Row(x), Sort::Row(y)) => self.unify(x, y),
            (Sort::Compound(x), Sort::Compound(y)) => x.rows == y.rows && self.unify_parts(&x.dims, &y.dims),
            (a, b) => a == b,
        }
    }
    /// Makes the parts of two indices equal, if they can be.
    pub(super) fn unify_parts(&mut self, a: &[Aff], b: &[Aff]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.unify(a, b))
    }

    /// How a sort is shown: `R^(m x n)`.
    pub(super) fn show_sort(&self, s: &Sort) -> String {
        let size = |a: &Aff| gradus_term::debug::aff(self.store, &self.size(a));
        match s {
            Sort::Scalar => "a scalar".to_owned(),
            Sort::Tensor(d) => match d.as_ref() {
                [n] if n.t.len() + usize::from(n.c != 0) <= 1 => format!("a vector in R^{}", size(n)),
                [n] => format!("a vector in R^({})", size(n)),
                d => {
                    let dims: Vec<String> = d.iter().map(size).collect();
                    let kind = if d.len() == 2 { "matrix" } else { "tensor" };
                    format!("a {kind} in R^({})", dims.join(" x "))
                }
            },
            Sort::Row(n) => format!("a row of {} entries", size(n)),
            Sort::Compound(c) => {
                let part = |a: &Aff| match a.t.len() + usize::from(a.c != 0) {
                    0 | 1 => size(a),
                    _ => format!("({})", size(a)),
                };
                let product = |parts: &[Aff]| parts.iter().map(part).collect::<Vec<_>>().join(" ");
                match c.dims.split_at_checked(c.rows) {
                    Some((rows, [])) => format!("a vector in R^({})", product(rows)),
                    Some(([], cols)) => format!("a row of {} entries", product(cols)),
                    Some((rows, cols)) => format!("a matrix in R^({} x {})", product(rows), product(cols)),
                    None => "a matrix".to_owned(),
                }
            }
            Sort::Cond => "a condition".to_owned(),
            Sort::Fun(n) => format!("a function of {n} argument{}", if *n == 1 { "" } else { "s" }),
            Sort::Any => "anything".to_owned(),
            Sort::Ill => "nothing that fits".to_owned(),
        }
    }

    /// `c ones(dims)`: a scalar added to each entry.
    pub(super) fn broadcast(&self, scalar: Id, sort: &Sort) -> Id {
        self.store.mul(scalar, self.store.ones_like(sort))
    }

    /// Brings operands of a sum, of branches or of an equation to one sort: shapes are unified, scalars broadcast.
    pub(super) fn join(&mut self, parts: Vec<(Id, Span)>, what: &str) -> Out<Vec<Id>> {
        let mut common: Option<(Sort, Span)> = None;
        for (id, span) in &parts {
            let s = self.sort(*id);
            match s {
                Sort::Scalar | Sort::Any => continue,
                Sort::Cond => return self.condition_as_value(*span),
                Sort::Fun(_) | Sort::Ill => {
                    let shown = self.show_sort(&s);
                    return self.wrong(Code::SHAPE, *span, format!("{shown} cannot be an operand"));
                }
                Sort::Tensor(_) | Sort::Row(_) | Sort::Compound(_) => {}
            }
            match common.clone() {
                None => common = Some((s, *span)),
                Some((c, at)) => {
                    if !self.unify_sorts(&c, &s) {
                        return self.mismatch(what, (&c, at), (&s, *span));
                    }
                }
            }
        }
        let Some((common, _)) = common else {
            return Ok(parts.into_iter().map(|p| self.settle(p.0)).collect());
        };
        let common = self.settle_sort(&common);
        let fit = |p: &(Id, Span)| {
            let id = self.settle(p.0);
            if *self.store.sort(id) == Sort::Scalar {
                self.broadcast(id, &common)
            } else {
                id
            }
        };
        Ok(parts.iter().map(fit).collect())
    }

    /// The diagnostic with both shapes.
    pub(super) fn mismatch<T>(&mut self, what: &str, a: (&Sort, Span), b: (&Sort, Span)) -> Out<T> {
        let (left, right) = (self.show_sort(a.0), self.show_sort(b.0));
        let mut d = Diagnostic::new(Code::SHAPE, b.1, format!("{what}: the shapes do not fit")).here(right);
        d = d.label(a.1, left);
        let help = match (a.0, b.0) {
            (Sort::Tensor(x), Sort::Tensor(y)) if x.len() == 1 && y.len() == 1 && x == y => {
                Some("for the scalar product write `x^T y`, entrywise `x .* y`")
            }
            (Sort::Tensor(x), Sort::Tensor(y)) if x == y => Some("the entrywise product is written `A .* B`"),
            (Sort::Row(x), Sort::Tensor(y)) | (Sort::Tensor(y), Sort::Row(x)) if y.len() == 1 && y.first() == Some(x) => {
                Some("a vector is a column; `x^T` turns a row into a column and back")
            }
            (Sort::Row(_), Sort::Row(_)) => Some("transpose one of them: `x^T y` is a number, `x y^T` a matrix"),
            (Sort::Tensor(x), Sort::Tensor(y)) if x.len() == 2 && y.len() <= 2 && x.first() == y.first() => {
                Some("the first one transposed would fit: `A^T B`")
            }
            (Sort::Tensor(x), Sort::Tensor(y)) if x.len() == 2 && y.len() == 2 && x.get(1) == y.get(1) => {
                Some("the second one transposed would fit: `A B^T`")
            }
            _ => None,
        };
        if let Some(h) = help {
            d = d.help(h);
        }
        self.err(d)
    }

    pub(super) fn condition_as_value<T>(&mut self, span: Span) -> Out<T> {
        let d = Diagnostic::new(Code::CONDITION, span, "a condition stands where a value should");
        self.err(d.help("`[a = b]` is 1 where the condition holds and 0 elsewhere"))
    }

    /// Whether a term is a scalar (or may be).
    pub(super) fn is_scalar(&self, id: Id) -> bool {
        matches!(self.store.sort(id), Sort::Scalar | Sort::Any)
    }

    /// A scalar, or the diagnostic.
    pub(super) fn scalar(&mut self, id: Id, span: Span, what: &str) -> Out<Id> {
        match self.sort(id) {
            Sort::Scalar | Sort::Any => Ok(id),
            Sort::Cond => self.condition_as_value(span),
            s => {
                let shown = self.show_sort(&s);
                let d = Diagnostic::new(Code::SCALAR_NEEDED, span, format!("{what} must be a scalar, and this is {shown}"));
                self.err(if matches!(what, "what has a gradient" | "what has a Hessian") {
                    d.help("the derivatives of a vector are its Jacobian: `derive jacobian of … wrt …`")
                } else {
                    d
                })
            }
        }
    }

    /// An entry as written, without looking into the tensor.
    pub(super) fn entry(&self, t: Id, ix: Vec<Aff>) -> Id {
        if ix.is_empty() {
            t
        } else {
            self.store.intern(Node::Entry(t, ix.into()))
        }
    }
}
