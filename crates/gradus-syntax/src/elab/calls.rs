//! Calls: of declared functions, library functions, function parameters, and derivatives `g'(u)`.
//!
//! The sizes of a definition's parameters are instantiated anew at each call and unified with the arguments. A scalar
//! function of tensors acts entrywise.

use gradus_term::{Arg as Put, FnId, FnKind, Id, Node, Prim, Sort, VarId};
use rustc_hash::FxHashMap;

use super::{Elab, Named, Out, Said};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Arg, Expr, Kind, Name, Origin};

impl Elab<'_> {
    pub(super) fn call(&mut self, head: &Expr, args: &[Arg], span: Span) -> Out<Id> {
        let Kind::Name(n) = &head.kind else {
            return self.wrong(Code::NOT_A_FUNCTION, head.span, "only a name can be called");
        };
        if self.is_form(n) {
            return self.form(n, args, span);
        }
        match self.meaning(n) {
            Some(Named::Fun(f, hidden)) if self.store.fun(f).explicit > 0 => {
                let exprs = self.plain_args(args)?;
                self.apply_function(f, &hidden, &exprs, n, span)
            }
            Some(Named::Var(v)) if matches!(self.store.var(v).sort, Sort::Fun(_)) => self.apply_variable(v, args, n, span),
            Some(Named::Meta(v, arity)) if arity > 0 => self.apply_meta(v, arity, args, span),
            Some(Named::Poisoned | Named::Twice) => Err(Said),
            Some(_) => self.not_a_function(n, head.span, args),
            None => match self.primed(&n.text) {
                Some((base, primes)) => self.prime_call(base, primes, n, args, span),
                None if &*n.text == "pi" || &*n.text == "inf" => self.not_a_function(n, head.span, args),
                None => self.undeclared_function(&n.text, head.span),
            },
        }
    }

    fn not_a_function<T>(&mut self, n: &Name, span: Span, args: &[Arg]) -> Out<T> {
        let d = Diagnostic::new(Code::NOT_A_FUNCTION, span, format!("`{}` is not a function", n.text)).here("called like one");
        let d = if args.len() == 1 { d.help(format!("a product is written `{0}*(…)` or `{0} (…)` with a space", n.text)) } else { d };
        self.err(d)
    }

    /// Arguments that are formulas.
    pub(super) fn plain_args<'e>(&mut self, args: &'e [Arg]) -> Out<Vec<&'e Expr>> {
        let mut out = Vec::new();
        for a in args {
            match a {
                Arg::Expr(e) => out.push(e),
                Arg::Binder(b) => return self.wrong(Code::ARGUMENTS, b.span, "this function binds no name"),
                Arg::Branch(e, _) | Arg::Otherwise(e) => {
                    return self.wrong(Code::ARGUMENTS, e.span, "branches stand only in `cases`");
                }
            }
        }
        Ok(out)
    }

    fn arity<T>(&mut self, n: &str, wanted: usize, given: usize, span: Span) -> Out<T> {
        let s = if wanted == 1 { "" } else { "s" };
        self.wrong(Code::ARGUMENTS, span, format!("`{n}` takes {wanted} argument{s}, and {given} are given"))
    }

    fn apply_meta(&mut self, v: VarId, arity: usize, args: &[Arg], span: Span) -> Out<Id> {
        let exprs = self.plain_args(args)?;
        if exprs.len() != arity {
            let name = self.store.var(v).name.clone();
            return self.arity(&name, arity, exprs.len(), span);
        }
        let mut ids = Vec::new();
        for e in exprs {
            ids.push(self.value(e)?);
        }
        Ok(self.store.intern(Node::Meta(v, ids.into())))
    }

    fn apply_variable(&mut self, v: VarId, args: &[Arg], n: &Name, span: Span) -> Out<Id> {
        let exprs = self.plain_args(args)?;
        if self.store.var(v).sort != Sort::Fun(u32::try_from(exprs.len()).unwrap_or(0)) {
            let Sort::Fun(k) = self.store.var(v).sort else { return Err(Said) };
            return self.arity(&n.text, k as usize, exprs.len(), span);
        }
        let mut ids = Vec::new();
        for e in exprs {
            let id = self.value(e)?;
            ids.push(self.scalar(id, e.span, "the argument of a function parameter")?);
        }
        let head = self.store.name(v);
        Ok(self.store.intern(Node::CallVar(head, ids.into())))
    }

    /// A function's name where a function is wanted.
    pub(super) fn function_value(&mut self, e: &Expr, arity: u32) -> Out<Id> {
        if let Kind::Name(n) = &e.bare().kind {
            match self.meaning(n) {
                Some(Named::Fun(f, hidden)) if self.store.fun(f).explicit == arity as usize && arity > 0 => {
                    if hidden.is_empty() {
                        return Ok(self.store.intern(Node::Fun(f)));
                    }
                    let message = format!("`{}` mentions givens, so it cannot be passed as a function yet", n.text);
                    return self.wrong(Code::NOT_YET, e.span, message);
                }
                Some(Named::Var(v)) if self.store.var(v).sort == Sort::Fun(arity) => return Ok(self.store.name(v)),
                Some(Named::Poisoned | Named::Twice) => return Err(Said),
                None if self.primed(&n.text).is_none() && !self.is_form(n) => return self.undeclared(&n.text, e.span),
                _ => {}
            }
        }
        let s = if arity == 1 { "" } else { "s" };
        self.wrong(Code::ARGUMENTS, e.span, format!("the name of a function of {arity} argument{s} should stand here"))
    }

    /// A function of the store with these arguments.
    fn apply_function(&mut self, f: FnId, hidden: &[Id], exprs: &[&Expr], n: &Name, span: Span) -> Out<Id> {
        let info = self.store.fun(f);
        if exprs.len() != info.explicit {
            return self.arity(&n.text, info.explicit, exprs.len(), span);
        }
        let mut parts = Vec::new();
        let mut failed = false;
        for (p, e) in info.params.iter().zip(exprs) {
            let id = match p.sort {
                Sort::Fun(k) => self.function_value(e, k),
                _ => self.value(e),
            };
            match id {
                Ok(id) => parts.push((id, e.span)),
                Err(Said) => failed = true,
            }
        }
        if failed {
            return Err(Said);
        }
        match info.kind {
            FnKind::Prim(p) => self.apply_prim(p, parts, n, span),
            _ => self.apply_defined(f, hidden, parts, n, span),
        }
    }

    fn apply_prim(&mut self, p: Prim, parts: Vec<(Id, Span)>, n: &Name, span: Span) -> Out<Id> {
        // Bars around a square matrix are its determinant.
        if let (Prim::Abs, Origin::Sign, [(a, _)]) = (p, n.origin, parts.as_slice()) {
            let sort = self.sort(*a);
            if sort.dims().len() == 2 && self.square(&sort) {
                return Ok(self.store.prim_call(Prim::Det, &[self.settle(*a)]));
            }
        }
        if p.is_scalar() {
            let ids = self.join(parts, "in these arguments")?;
            return Ok(self.store.prim_call(p, &ids));
        }
        if matches!(p, Prim::Eye | Prim::Commutation) {
            for (id, at) in &parts {
                if self.store.as_aff(*id).is_none() {
                    return self.wrong(Code::SIZE, *at, format!("`{}` takes sizes", n.text));
                }
            }
        }
        match (p, parts.as_slice()) {
            (Prim::Inv, [(a, at)]) => return self.inverse(*a, *at),
            (Prim::Dot, [(a, _), (b, _)]) => {
                let (s, t) = (self.sort(*a), self.sort(*b));
                if !self.unify_sorts(&s, &t) {
                    let (x, y) = (parts.first().map_or(span, |p| p.1), parts.get(1).map_or(span, |p| p.1));
                    return self.mismatch("in this product", (&s, x), (&t, y));
                }
            }
            (Prim::Tr | Prim::Det | Prim::LogDet, [(a, at)]) => {
                let sort = self.sort(*a);
                if !self.square(&sort) && sort != Sort::Any {
                    let shown = self.show_sort(&sort);
                    return self.wrong(Code::SHAPE, *at, format!("`{}` takes a square matrix, and this is {shown}", n.text));
                }
            }
            _ => {}
        }
        let ids: Vec<Id> = parts.iter().map(|q| self.settle(q.0)).collect();
        let out = self.store.prim_call(p, &ids);
        if *self.store.sort(out) != Sort::Ill {
            return Ok(out);
        }
        let shown: Vec<String> = ids.iter().map(|x| self.show_sort(&self.sort(*x))).collect();
        self.wrong(Code::SHAPE, span, format!("`{}` does not take {}", n.text, shown.join(" and ")))
    }

    fn apply_defined(&mut self, f: FnId, hidden: &[Id], parts: Vec<(Id, Span)>, n: &Name, span: Span) -> Out<Id> {
        let f = self.by_rows(f, &parts);
        let info = self.store.fun(f);
        let fresh: FxHashMap<VarId, Put> =
            info.dims.iter().map(|v| (*v, Put::Idx(self.open_size(&self.store.var(*v).name.clone())))).collect();
        let scalars = info.params.iter().take(info.explicit).all(|p| p.sort == Sort::Scalar);
        let tensors = parts.iter().any(|p| self.sort(p.0).is_tensor());
        if scalars && tensors {
            let scalar_valued = match info.kind {
                FnKind::Unknown => info.result == Sort::Scalar,
                _ => self.store.body(f).is_some_and(|b| *self.store.sort(b) == Sort::Scalar),
            };
            if scalar_valued {
                let mut ids = self.join(parts, "in these arguments")?;
                ids.extend(hidden);
                return Ok(self.store.call(f, &ids));
            }
        }
        for (p, (id, at)) in info.params.iter().zip(&parts) {
            let wanted = self.store.subst_sort(&p.sort, &fresh);
            let found = self.sort(*id);
            if matches!(found, Sort::Cond) {
                return self.condition_as_value(*at);
            }
            if !self.unify_sorts(&wanted, &found) {
                let (w, s) = (self.show_sort(&wanted), self.show_sort(&found));
                let message = format!("`{}` takes {w} here, and this is {s}", n.text);
                return self.wrong(Code::SHAPE, *at, message);
            }
        }
        let mut ids: Vec<Id> = parts.iter().map(|q| self.settle(q.0)).collect();
        ids.extend(hidden);
        let out = self.store.call(f, &ids);
        if *self.store.sort(out) == Sort::Ill {
            return self.wrong(Code::SHAPE, span, format!("the shapes of these arguments do not fit `{}`", n.text));
        }
        Ok(out)
    }

    /// The library's function that does row by row to a matrix what `f` does to a vector, where there is one and a matrix is given.
    fn by_rows(&self, f: FnId, parts: &[(Id, Span)]) -> FnId {
        let info = self.store.fun(f);
        let matrix = matches!(parts, [(x, _)] if self.sort(*x).dims().len() == 2);
        let vector = matches!(info.params.as_slice(), [p] if p.sort.dims().len() == 1);
        let rows = self.scope.library(&format!("{}_rows", info.name));
        rows.filter(|_| info.library && matrix && vector).unwrap_or(f)
    }

    /// `g'(u)`: the derivative of g at u, entrywise for a tensor u.
    fn prime_call(&mut self, base: &str, primes: usize, n: &Name, args: &[Arg], span: Span) -> Out<Id> {
        let exprs = self.plain_args(args)?;
        let [e] = exprs.as_slice() else { return self.arity(&n.text, 1, exprs.len(), span) };
        let u = self.value(e)?;
        if primes > 8 {
            return self.wrong(Code::ARGUMENTS, span, "at most eight primes are read");
        }
        let name = Name { text: base.into(), origin: n.origin };
        let dims = self.sort(u).dims().to_vec();
        let vars = self.letters(dims.len(), 0);
        let point = self.entry(u, vars.iter().map(|v| gradus_term::Aff::free(*v)).collect());
        let mut out = None;
        for k in 0..primes {
            let t = self.store.fresh(self.store.sym("t"), Sort::Scalar, false);
            let inner = self.store.name(t);
            let body = match out {
                None => self.apply_named(&name, inner, span)?,
                Some(d) => self.store.intern(self.put_point(d, inner)),
            };
            let at = if k + 1 == primes { point } else { inner };
            let closed = self.store.close(body, &[t]);
            let d = Node::Diff { hint: self.store.sym("t"), body: closed, slot: [].into(), point: at };
            out = Some(self.store.intern(d));
        }
        let Some(d) = out else { return Err(Said) };
        Ok(if dims.is_empty() { d } else { self.store.tensor(&vars, &dims, d) })
    }

    /// The derivative node with another point.
    fn put_point(&self, d: Id, at: Id) -> Node {
        match self.store.node(d) {
            Node::Diff { hint, body, slot, .. } => Node::Diff { hint: *hint, body: *body, slot: slot.clone(), point: at },
            other => other.clone(),
        }
    }

    fn apply_named(&mut self, name: &Name, arg: Id, span: Span) -> Out<Id> {
        match self.meaning(name) {
            Some(Named::Fun(f, hidden)) => {
                let mut ids = vec![arg];
                ids.extend(hidden);
                let out = self.store.call(f, &ids);
                if *self.store.sort(out) == Sort::Scalar {
                    return Ok(out);
                }
                self.wrong(Code::ARGUMENTS, span, format!("`{}` is not a scalar function of one variable", name.text))
            }
            Some(Named::Var(v)) => {
                let head = self.store.name(v);
                Ok(self.store.intern(Node::CallVar(head, [arg].into())))
            }
            _ => Err(Said),
        }
    }
}
