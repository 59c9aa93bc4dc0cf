//! `given`, `define`.
//!
//! A definition carries what its body mentions as hidden arguments, so that derivatives and limits reach through its
//! name; a call of another definition without parameters is one such argument. Sizes in the shapes of its parameters
//! become size parameters.

use gradus_term::{Aff, Arg, Domain as Values, FnId, FnInfo, FnKind, IVar, Id, Node, Param, Props, RelOp, Sort, VarId, VarInfo, VarKind};

use super::{Elab, Local, Named, OpenIndex, Out, Said};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Binder, Domain, Expr, Ident, Kind, Set, SetKind};
use crate::walk;
use crate::worksheet::{Define, Given, GivenKind, Property};

impl Elab<'_> {
    /// Forgets what belonged to the last statement.
    pub(super) fn reset(&mut self) {
        self.locals.clear();
        self.indices.clear();
        self.free.clear();
        self.open_sizes.clear();
        self.shaped.clear();
        self.settled.clear();
        self.guarded = 0;
        self.depth = 0;
    }

    /// A name declared twice in one section is an error, and what uses it later is not attempted: either could be meant.
    pub(super) fn declare_name(&mut self, name: &Ident, named: Named) -> Out<()> {
        let before = self.scope.get(&name.text).filter(|b| b.section == self.scope.section && b.named != Named::Poisoned);
        if let Some(b) = before {
            let first = b.span;
            self.scope.insert(&name.text, Named::Twice, first);
            let d = Diagnostic::new(Code::DECLARED_TWICE, name.span, format!("`{}` is declared twice in this section", name.text));
            return self.err(d.label(first, "first here").help("choose another name, or begin a new `section`"));
        }
        self.scope.insert(&name.text, named, name.span);
        Ok(())
    }

    /// Declares names whose declaration is wrong, so that their uses are not reported too.
    pub(super) fn poison(&mut self, names: &[Ident]) {
        for n in names {
            let here = self.scope.get(&n.text).is_some_and(|e| e.section == self.scope.section);
            if !here {
                self.scope.insert(&n.text, Named::Poisoned, n.span);
            }
        }
    }

    /// An equation with free indices as one between tensors: `sum(k, y[n, k]) = 1` is meant for every n.
    fn at_every_index(&mut self, cond: Id, span: Span) -> Out<Id> {
        let s = self.store;
        let free: Vec<VarId> = std::mem::take(&mut self.free).into_iter().map(|f| f.1).filter(|v| s.mentions(cond, *v)).collect();
        if free.is_empty() {
            return Ok(cond);
        }
        let mut sizes = Vec::new();
        for v in &free {
            sizes.push(self.close_index(*v, span)?.1);
        }
        match s.node(cond) {
            Node::Rel(RelOp::Eq, a, b) if s.sort(*a).is_scalar() && s.sort(*b).is_scalar() => {
                Ok(s.rel(RelOp::Eq, s.tensor(&free, &sizes, *a), s.tensor(&free, &sizes, *b)))
            }
            _ => {
                let what = "what is given for every index must be an equation of numbers";
                let help = "bounds of all entries stand where a name is given: `given x in R^n, x[i] >= 0`";
                self.err(Diagnostic::new(Code::CONDITION, span, what).help(help))
            }
        }
    }

    /// `given …`: what was declared, and the conditions.
    pub(super) fn given(&mut self, g: &Given) -> Out<(Vec<Named>, Vec<Id>)> {
        self.reset();
        let mut declared = Vec::new();
        let mut failed = false;
        for name in &g.names {
            match self.given_one(name, g) {
                Ok(named) => declared.push(named),
                Err(Said) => {
                    failed = true;
                    self.poison(std::slice::from_ref(name));
                }
            }
        }
        if failed {
            return Err(Said);
        }
        let mut conditions = Vec::new();
        // Bounds of all entries belong to what was declared.
        for c in g.conditions.iter().filter(|c| self.bounds_in(c, g).is_none()).collect::<Vec<_>>() {
            self.free_indices_of(&[c]);
            self.giving = true;
            let id = self.condition(c);
            self.giving = false;
            let id = self.settle(id?);
            conditions.push(self.at_every_index(id, c.span)?);
        }
        self.scope.conditions.extend(&conditions);
        Ok((declared, conditions))
    }

    fn given_one(&mut self, name: &Ident, g: &Given) -> Out<Named> {
        let latex = g.latex.as_ref().map(|l| l.0.clone());
        let named = match &g.what {
            GivenKind::In(set) => {
                let (sort, domain) = self.set(set)?;
                let mut props = self.properties(&sort, &g.properties)?;
                let ends = self.ends_of(name, g);
                props.positive |= ends.positive();
                let domain = ends.set().unwrap_or(domain);
                let kind = if domain == Values::Nat && sort == Sort::Scalar { VarKind::Size } else { VarKind::Given };
                let v = self.store.declare(VarInfo { name: name.text.to_string(), kind, sort, domain, props, latex, floor: None });
                Named::Var(v)
            }
            GivenKind::Map { from, to } => self.given_map(name, from, to, latex)?,
            GivenKind::FunctionOf(of) => self.function_of(name, of, latex)?,
        };
        if let (Some((_, span)), false) = (g.properties.first(), matches!(g.what, GivenKind::In(_))) {
            return self.wrong(Code::BAD_VALUE, *span, "properties belong to numbers, vectors and matrices");
        }
        self.declare_name(name, named.clone())?;
        Ok(named)
    }

    fn set(&mut self, set: &Set) -> Out<(Sort, Values)> {
        let mut sizes = Vec::new();
        match &set.kind {
            SetKind::Complex(_) => {
                return self.wrong(Code::NOT_YET, set.span, "complex numbers are not supported yet");
            }
            SetKind::Finite(items) => {
                let mut values = Vec::new();
                for e in items {
                    let id = self.value(e)?;
                    match self.store.as_rational(id) {
                        Some(q) => values.push(q),
                        None => return self.wrong(Code::BAD_VALUE, e.span, "the elements of a finite set are numbers"),
                    }
                }
                return Ok((Sort::Scalar, Values::Finite(values)));
            }
            SetKind::Real(dims) | SetKind::Natural(dims) => {
                for e in dims {
                    sizes.push(self.size_of(e)?);
                }
            }
        }
        let domain = if matches!(set.kind, SetKind::Natural(_)) { Values::Nat } else { Values::Real };
        Ok((Sort::tensor(&sizes), domain))
    }

    fn properties(&mut self, sort: &Sort, all: &[(Property, Span)]) -> Out<Props> {
        let mut props = Props::default();
        let square = matches!(sort, Sort::Tensor(d) if d.len() == 2 && d.first() == d.get(1));
        for (p, span) in all {
            let fits = match p {
                Property::Positive => true,
                Property::ZeroOutside => sort.is_tensor(),
                _ => square,
            };
            if !fits {
                let shown = self.show_sort(sort);
                let wanted = if *p == Property::ZeroOutside { "a vector or a matrix" } else { "a square matrix" };
                return self.wrong(Code::BAD_VALUE, *span, format!("this property belongs to {wanted}, and this is {shown}"));
            }
            match p {
                Property::Symmetric => props.symmetric = true,
                Property::Invertible => props.invertible = true,
                Property::PositiveDefinite => {
                    props.positive_definite = true;
                    props.symmetric = true;
                }
                Property::Diagonal => props.diagonal = true,
                Property::Orthogonal => props.orthogonal = true,
                Property::Positive => props.positive = true,
                Property::ZeroOutside => props.zero_outside = true,
            }
        }
        Ok(props)
    }

    fn given_map(&mut self, name: &Ident, from: &[Set], to: &Set, latex: Option<String>) -> Out<Named> {
        let mut params = Vec::new();
        for s in from {
            let (sort, _) = self.set(s)?;
            let var = self.store.declare(VarInfo::new("u", VarKind::Param, sort.clone()));
            params.push(Param { var, sort });
        }
        let (result, _) = self.set(to)?;
        let explicit = params.len();
        let f = self.store.add_fn(FnInfo {
            name: name.text.to_string(),
            kind: FnKind::Unknown,
            params,
            explicit,
            dims: Vec::new(),
            result,
            latex,
            library: false,
        });
        Ok(Named::Fun(f, Vec::new()))
    }

    /// `given L : function of a2`: an unknown scalar with hidden arguments.
    fn function_of(&mut self, name: &Ident, of: &[Expr], latex: Option<String>) -> Out<Named> {
        let (mut params, mut hidden) = (Vec::new(), Vec::new());
        for e in of {
            let id = self.value(e)?;
            let Some(label) = e.bare().as_name().filter(|_| matches!(self.store.node(id), Node::Var(_) | Node::Call(..))) else {
                return self.wrong(Code::NOT_A_NAME, e.span, "a function of declared names");
            };
            let sort = self.sort(id);
            let mut info = VarInfo::new(label, VarKind::Param, sort.clone());
            info.latex = self.latex_of(id);
            params.push(Param { var: self.store.declare(info), sort });
            hidden.push(id);
        }
        let dims = self.sizes_in(&params);
        let f = self.store.add_fn(FnInfo {
            name: name.text.to_string(),
            kind: FnKind::Unknown,
            params,
            explicit: 0,
            dims,
            result: Sort::Scalar,
            latex,
            library: false,
        });
        Ok(Named::Fun(f, hidden))
    }

    fn latex_of(&self, id: Id) -> Option<String> {
        match self.store.node(id) {
            Node::Var(v) => self.store.var(*v).latex.clone(),
            Node::Call(f, _) => self.store.fun(*f).latex.clone(),
            _ => None,
        }
    }

    /// The sizes that occur in the shapes of parameters, in order.
    fn sizes_in(&self, params: &[Param]) -> Vec<VarId> {
        let mut out = Vec::new();
        for a in params.iter().flat_map(|p| p.sort.dims()) {
            for v in a.vars() {
                if let IVar::Free(v) = v {
                    if !out.contains(&v) {
                        out.push(v);
                    }
                }
            }
        }
        out
    }

    /// `define …`. `library` puts the function among those the language knows.
    ///
    /// # Errors
    /// [`Said`]: diagnostics have been recorded.
    pub fn define(&mut self, d: &Define, library: bool) -> Out<FnId> {
        self.reset();
        let out = self.definition(d, library);
        if out.is_err() {
            self.poison(std::slice::from_ref(&d.name));
        }
        self.reset();
        let (f, hidden) = out?;
        if library {
            self.scope.add_library(&d.name.text, f);
        } else {
            self.declare_name(&d.name, Named::Fun(f, hidden))?;
        }
        Ok(f)
    }

    fn definition(&mut self, d: &Define, library: bool) -> Out<(FnId, Vec<Id>)> {
        let params = d.params.as_deref().unwrap_or(&[]);
        for b in params {
            self.parameter(b, &d.body)?;
        }
        let explicit: Vec<Box<str>> = params.iter().map(|b| b.name.text.clone()).collect();
        let mut vars = Vec::new();
        for b in &d.indices {
            vars.push(self.definition_index(b)?);
        }
        let body = self.value(&d.body)?;
        let mut dims = Vec::new();
        for (v, b) in vars.iter().zip(&d.indices) {
            let (lo, hi) = self.close_index(*v, b.span)?;
            if lo != Aff::int(1) {
                return self.wrong(Code::BAD_VALUE, b.span, "the indices of a tensor are counted from 1");
            }
            dims.push(hi);
        }
        let mut body = self.settle(body);
        if !vars.is_empty() {
            body = self.store.tensor(&vars, &dims, body);
        }
        if *self.store.sort(body) == Sort::Ill {
            return self.wrong(Code::SHAPE, d.body.span, "the parts of this definition do not fit together");
        }
        self.finish_definition(d, &explicit, body, library)
    }

    fn finish_definition(&mut self, d: &Define, explicit: &[Box<str>], body: Id, library: bool) -> Out<(FnId, Vec<Id>)> {
        let mut all = Vec::new();
        for name in explicit {
            if let Some(Named::Var(v)) = self.declared(name) {
                all.push(Param { var: v, sort: self.store.var(v).sort.clone() });
            }
        }
        let (body, inner) = self.abstract_names(body);
        let own: Vec<VarId> = all.iter().map(|p| p.var).collect();
        let free = self.store.free_vars(body);
        let values = free.iter().copied().filter(|v| !own.contains(v) && !self.store.var(*v).is_integer());
        let mut hidden = Vec::new();
        for v in values {
            let at = inner.iter().find(|p| p.0 == v).map_or_else(|| self.store.name(v), |p| p.1);
            all.push(Param { var: v, sort: self.store.var(v).sort.clone() });
            hidden.push(at);
        }
        let sizes = self.sizes_in(&all);
        let numbers = free.iter().copied().filter(|v| !own.contains(v) && self.store.var(*v).is_integer() && !sizes.contains(v));
        for v in numbers {
            all.push(Param { var: v, sort: Sort::Scalar });
            hidden.push(self.store.name(v));
        }
        if library && !hidden.is_empty() {
            let names: Vec<&str> = hidden.iter().filter_map(|h| self.name_of(*h)).collect();
            let message = format!("a function of the library mentions only its parameters, not {}", names.join(", "));
            return self.wrong(Code::UNDECLARED, d.body.span, message);
        }
        let dims = sizes.into_iter().filter(|v| !own.contains(v)).collect();
        let info = FnInfo {
            name: d.name.text.to_string(),
            kind: FnKind::Defined,
            params: all,
            explicit: explicit.len(),
            dims,
            result: self.store.sort(body).clone(),
            latex: d.latex.as_ref().map(|l| l.0.clone()),
            library,
        };
        Ok((self.store.define(info, body), hidden))
    }

    fn name_of(&self, id: Id) -> Option<&str> {
        match self.store.node(id) {
            Node::Var(v) => Some(&self.store.var(*v).name),
            Node::Call(f, _) => Some(&self.store.fun(*f).name),
            Node::Index(a) => match a.as_var() {
                Some(IVar::Free(v)) => Some(&self.store.var(v).name),
                _ => None,
            },
            _ => None,
        }
    }

    /// The body with every call of a parameterless definition replaced by a name of its own; the names with the calls.
    fn abstract_names(&self, body: Id) -> (Id, Vec<(VarId, Id)>) {
        let mut calls: Vec<Id> = Vec::new();
        let mut todo = vec![body];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(x) = todo.pop() {
            if !seen.insert(x) {
                continue;
            }
            if let Node::Call(f, _) = self.store.node(x) {
                if self.store.fun(*f).is_constant_name() && !self.store.fun(*f).library && self.store.loose(x) == 0 {
                    calls.push(x);
                    continue;
                }
            }
            let mut kids = self.store.node(x).children();
            kids.reverse();
            todo.extend(kids.into_iter().map(|k| k.0));
        }
        // A call inside another's hidden arguments goes last, or the outer one would no longer be found.
        calls.sort_by_key(|c| std::cmp::Reverse(self.store.depth(*c)));
        let mut body = body;
        let mut out = Vec::new();
        for c in calls {
            let mut info = VarInfo::new(self.name_of(c).unwrap_or(""), VarKind::Param, self.store.sort(c).clone());
            info.latex = self.latex_of(c);
            let v = self.store.declare(info);
            let opened = self.store.abstract_term(body, c);
            body = self.store.open(opened, &[Arg::Val(self.store.name(v))]);
            out.push((v, c));
        }
        (body, out)
    }

    /// Binds a parameter: its sort as stated, else by use, else that of the given of its name, else a scalar.
    fn parameter(&mut self, b: &Binder, body: &Expr) -> Out<()> {
        let mut domain = Values::Real;
        let sort = match &b.domain {
            Some(Domain::Range(..)) => {
                return self.wrong(Code::BAD_VALUE, b.span, "a parameter lies in a set: `w in R^n`, `k in N`");
            }
            Some(Domain::Set(set)) => {
                self.new_sizes(set);
                let (sort, values) = self.set(set)?;
                domain = values;
                sort
            }
            None => self.sort_by_use(&b.name.text, body),
        };
        let mut info = VarInfo::new(&b.name.text, VarKind::Param, sort);
        info.domain = domain;
        let v = self.store.declare(info);
        self.shaped.push(v);
        self.locals.push(Local { name: b.name.text.clone(), named: Named::Var(v) });
        Ok(())
    }

    /// Names in a parameter's set that are declared nowhere are sizes of the definition.
    fn new_sizes(&mut self, set: &Set) {
        let mut names = Vec::new();
        for e in walk::set(set) {
            walk::each(e, |e| names.extend(e.as_name()));
        }
        for n in names {
            if self.declared(n).is_none() {
                let mut info = VarInfo::new(n, VarKind::Param, Sort::Scalar);
                info.domain = Values::Nat;
                let v = self.store.declare(info);
                self.locals.push(Local { name: n.into(), named: Named::Var(v) });
            }
        }
    }

    fn sort_by_use(&mut self, name: &str, body: &Expr) -> Sort {
        let (mut applied, mut rank) = (None, None);
        walk::each(body, |e| match &e.kind {
            Kind::Call(head, args) if head.as_name() == Some(name) => applied = Some(args.len()),
            Kind::Index(base, subs) if base.as_name() == Some(name) => rank = Some(subs.len()),
            Kind::Script(base, script) if base.as_name() == Some(name) => rank = Some(script.indices.len()),
            _ => {}
        });
        if let Some(n) = applied {
            return Sort::Fun(u32::try_from(n).unwrap_or(1));
        }
        if let Some(r) = rank {
            let dims: Vec<Aff> = (0..r).map(|_| self.open_size("n")).collect();
            return Sort::tensor(&dims);
        }
        match self.scope.get(name).map(|e| e.named.clone()) {
            Some(Named::Var(v)) if !self.store.var(v).is_integer() => self.store.var(v).sort.clone(),
            _ => Sort::Scalar,
        }
    }

    fn definition_index(&mut self, b: &Binder) -> Out<VarId> {
        let range = match &b.domain {
            Some(Domain::Range(lo, hi)) => Some((self.size_of(lo)?, self.size_of(hi)?)),
            _ => None,
        };
        let v = self.new_index(&b.name.text, VarKind::Opened);
        let stated = range.is_some();
        let (lo, hi) = range.map_or((Aff::int(1), None), |(lo, hi)| (lo, Some(hi)));
        self.indices.push(OpenIndex { var: v, lo, hi, weak: None, stated });
        self.locals.push(Local { name: b.name.text.clone(), named: Named::Var(v) });
        Ok(v)
    }
}
