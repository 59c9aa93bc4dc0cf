//! What a name means where it stands.

use gradus_term::{Id, Node, Prim, Sort};

use super::{Elab, Named, Out, Said};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::suggest;
use crate::surface::{Arg, Expr, Kind, Name, Origin};

/// Forms that take bound names or are spelt by signs: not values of the store.
pub(super) const FORMS: &[&str] =
    &["sum", "prod", "max", "min", "cases", "diff", "gradient", "jacobian", "hessian", "limit", "convolve", "correlate", "ceil", "ones"];

impl Elab<'_> {
    /// What is declared under this name: bound names first, then free indices, then declarations.
    pub(super) fn declared(&self, name: &str) -> Option<Named> {
        if let Some(l) = self.locals.iter().rev().find(|l| &*l.name == name) {
            return Some(l.named.clone());
        }
        if let Some(f) = self.free.iter().find(|f| &*f.0 == name) {
            return Some(Named::Var(f.1));
        }
        self.scope.get(name).map(|e| e.named.clone())
    }

    /// Whether a name can be no index: it is declared in an earlier section, and not as a whole number.
    pub(super) fn is_no_index_of_before(&self, name: &str) -> bool {
        self.scope.get(name).is_some_and(|e| {
            let other = match &e.named {
                Named::Var(v) => !self.store.var(*v).is_integer(),
                Named::Fun(..) => true,
                _ => false,
            };
            other && e.section < self.scope.section
        })
    }

    /// Whether a name is bound or declared, free indices aside.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.locals.iter().any(|l| &*l.name == name) || self.scope.get(name).is_some()
    }

    /// As [`Elab::declared`], with the library; a sign's name means the built-in.
    pub(super) fn meaning(&self, n: &Name) -> Option<Named> {
        if n.origin != Origin::Sign {
            if let Some(named) = self.declared(&n.text) {
                return Some(named);
            }
        }
        self.scope.library(&n.text).map(|f| Named::Fun(f, Vec::new()))
    }

    /// Whether a name stands for a form such as `sum` that no declaration hides.
    pub(super) fn is_form(&self, n: &Name) -> bool {
        FORMS.contains(&&*n.text) && (n.origin == Origin::Sign || self.declared(&n.text).is_none())
    }

    /// Whether a name stands for something that is applied to arguments.
    pub(super) fn is_function(&self, n: &Name) -> bool {
        if self.is_form(n) {
            return true;
        }
        match self.meaning(n) {
            Some(Named::Fun(f, _)) => self.store.fun(f).explicit > 0,
            Some(Named::Var(v)) => matches!(self.store.var(v).sort, Sort::Fun(_)),
            Some(Named::Meta(_, arity)) => arity > 0,
            Some(_) => false,
            None => self.primed(&n.text).is_some(),
        }
    }

    /// `g'` where only `g` is declared: the function and the number of primes.
    pub(super) fn primed<'n>(&self, name: &'n str) -> Option<(&'n str, usize)> {
        let base = name.trim_end_matches('\'');
        let primes = name.len() - base.len();
        if primes == 0 || base.is_empty() {
            return None;
        }
        let n = Name { text: base.into(), origin: Origin::Plain };
        let applied = match self.meaning(&n)? {
            Named::Fun(f, _) => self.store.fun(f).explicit == 1,
            Named::Var(v) => self.store.var(v).sort == Sort::Fun(1),
            _ => false,
        };
        applied.then_some((base, primes))
    }

    /// A name where a value stands.
    pub(super) fn name(&mut self, n: &Name, span: Span) -> Out<Id> {
        if !self.is_form(n) {
            match self.meaning(n) {
                Some(Named::Var(v)) => return Ok(self.store.name(v)),
                Some(Named::Fun(f, hidden)) if self.store.fun(f).explicit == 0 => return Ok(self.store.call(f, &hidden)),
                Some(Named::Fun(..)) => return self.function_alone(n, span),
                Some(Named::Meta(v, 0)) => return Ok(self.store.intern(Node::Meta(v, [].into()))),
                Some(Named::Meta(..)) => return self.function_alone(n, span),
                Some(Named::Rest(v)) => return Ok(self.store.intern(Node::Seq(v))),
                Some(Named::Network(_)) => {
                    return self.wrong(Code::UNEXPECTED, span, format!("`{}` is a network, not a value", n.text));
                }
                Some(Named::Poisoned | Named::Twice) => return Err(Said),
                None => {}
            }
        }
        match &*n.text {
            "pi" => return Ok(self.store.prim_call(Prim::Pi, &[])),
            // As in `e^u`.
            "e" if n.origin == Origin::Latex => return Ok(self.store.exp(self.store.int(1))),
            "inf" => {
                let d = Diagnostic::new(Code::UNEXPECTED, span, "`inf` is only a limit's point or value");
                return self.err(d);
            }
            _ => {}
        }
        if self.is_function(n) {
            return self.function_alone(n, span);
        }
        self.undeclared(&n.text, span)
    }

    pub(super) fn function_alone<T>(&mut self, n: &Name, span: Span) -> Out<T> {
        let d = Diagnostic::new(Code::FUNCTION_ALONE, span, format!("the function `{}` has no argument", n.text));
        self.err(d.help(format!("write `{}(…)`", n.text)))
    }

    /// The diagnostic for an unknown name, with the closest known one.
    pub(super) fn undeclared<T>(&mut self, name: &str, span: Span) -> Out<T> {
        self.undeclared_like(name, span, &format!("declare it above: `given {name} in R`, or `define {name} = …`"))
    }
    /// As [`Elab::undeclared`], of a name that is called.
    pub(super) fn undeclared_function<T>(&mut self, name: &str, span: Span) -> Out<T> {
        self.undeclared_like(name, span, &format!("declare it above: `define {name}(z) = …`, or `given {name} : R -> R`"))
    }
    fn undeclared_like<T>(&mut self, name: &str, span: Span, how: &str) -> Out<T> {
        let mut d = Diagnostic::new(Code::UNDECLARED, span, format!("`{name}` is not declared"));
        let known = self.scope.known();
        let locals = self.locals.iter().map(|l| &*l.name);
        let forms = FORMS.iter().copied();
        let near = suggest::closest(name, known.iter().copied().chain(locals).chain(forms)).map(str::to_owned);
        if let Some(how) = self.meant_as_entry(name) {
            return self.err(d.help(how));
        }
        d = match (name, near) {
            ("d", _) if !self.whole => {
                d.help("a derivative is `df/dx`, `diff(f, x)` or `d/dx f`; a decimal is written with a point, `1.5`")
            }
            (c, _) if crate::worksheet::CLAUSES.contains(&c) => d.help("a clause stands on a line of its own, indented under its goal"),
            (c, _) if c.starts_with("∂_") || c.starts_with("partial_") => {
                d.help("write `\\frac{\\partial}{\\partial x}` before what is derived, or `diff(f, x)`")
            }
            (c, _) if c.strip_suffix('\'').and_then(|b| self.declared(b)).is_some_and(|n| self.is_tensor_name(&n)) => {
                d.help(format!("the transpose is written `{}^T`", c.trim_end_matches('\'')))
            }
            ("e", _) => d.help("Euler's number is `exp(1)`, and `e^u` is `exp(u)`"),
            ("I" | "Id", _) => d.help("the identity matrix is `eye(n)`"),
            ("delta" | "kron" | "kronecker", _) => d.help("Kronecker's delta is a bracket: `[i = j]`"),
            ("sigma", _) => d.help("the sigmoid is `sigmoid`; as another name for it: `define sigma(z) = 1/(1 + exp(-z))`"),
            (_, Some(near)) => d.help(format!("did you mean `{near}`?")),
            _ if self.whole => d.help(format!("declare it above: `given {name} in N`")),
            _ => d.help(how),
        };
        self.err(d)
    }

    fn is_tensor_name(&self, n: &Named) -> bool {
        matches!(n, Named::Var(v) if self.store.var(*v).sort.is_tensor())
    }

    /// `W_kj` or `x_i` in plain text, where W and x are tensors: how the entry is written.
    fn meant_as_entry(&self, name: &str) -> Option<String> {
        let (base, indices) = name.split_once('_')?;
        let sort = match self.declared(base)? {
            Named::Var(v) => &self.store.var(v).sort,
            Named::Fun(f, _) => &self.store.fun(f).result,
            _ => return None,
        };
        let letters: Vec<String> = match sort.dims().len() {
            0 => return None,
            1 => vec![indices.to_owned()],
            _ => indices.chars().map(String::from).collect(),
        };
        Some(format!("an entry of `{base}` is written `{base}[{}]`", letters.join(", ")))
    }

    /// LaTeX `x_j`: an entry of a tensor, or a name that this is part of, or Kronecker's delta.
    pub(super) fn script(&mut self, base: &Expr, script: &crate::surface::Script, span: Span) -> Out<Id> {
        if let Kind::Name(n) = &base.kind {
            let joined = [format!("{}_{}", n.text, script.text), format!("{}{}", n.text, script.text)];
            let tensor = match self.declared(&n.text) {
                Some(Named::Var(v)) => self.store.var(v).sort.is_tensor() || self.store.var(v).sort == Sort::Any,
                Some(Named::Fun(f, _)) => self.store.fun(f).explicit == 0 && self.store.fun(f).result.is_tensor(),
                _ => false,
            };
            if !tensor && !script.text.is_empty() {
                for name in joined {
                    if self.declared(&name).is_some() {
                        return self.name(&Name { text: name.into(), origin: Origin::Latex }, span);
                    }
                }
            }
            let declared = self.declared(&n.text).is_some();
            if &*n.text == "delta" && !declared && script.indices.len() == 2 {
                return self.kronecker(&script.indices);
            }
            if !tensor && self.is_function(n) {
                let d = Diagnostic::new(Code::UNSUPPORTED, script.span, format!("`{}` takes no subscript", n.text));
                return self.err(d.help("a logarithm to another base is `\\frac{\\log x}{\\log 2}`"));
            }
            if !tensor {
                let name = if script.text.is_empty() { n.text.to_string() } else { format!("{}_{}", n.text, script.text) };
                return self.undeclared(&name, span);
            }
        }
        if matches!(&base.kind, Kind::Call(head, _) if matches!(&head.kind, Kind::Name(n) if &*n.text == "norm" && n.origin == Origin::Sign))
        {
            return self.norm_named(base, script);
        }
        let t = self.expr(base)?;
        let mut ix = Vec::new();
        for e in &script.indices {
            self.warn_of_size_of_before(base, t, e);
            ix.push((self.index(e)?, e.span));
        }
        self.entry_at(t, ix, base.span, span)
    }

    /// `\|x\|_2`, `\|A\|_F`, `\|x\|_1`: which norm.
    fn norm_named(&mut self, norm: &Expr, script: &crate::surface::Script) -> Out<Id> {
        let Kind::Call(_, args) = &norm.kind else { return self.expr(norm) };
        if let ("1", [Arg::Expr(x)]) = (&*script.text, args.as_slice()) {
            let of = self.expr(x)?;
            if self.store.sort(of).dims().len() == 1 {
                let sizes = Expr::sign_call(norm.span, "abs", vec![x.clone()]);
                return self.expr(&Expr::sign_call(norm.span, "sum", vec![sizes]));
            }
        }
        let t = self.expr(norm)?;
        let rank = match self.store.node(t) {
            Node::Call(_, xs) => xs.first().map_or(0, |x| self.store.sort(*x).dims().len()),
            _ => 0,
        };
        match (&*script.text, rank) {
            ("2", 1) | ("F", _) => Ok(t),
            _ => {
                let d = Diagnostic::new(Code::UNSUPPORTED, script.span, "this norm is not known");
                self.err(d.help("there are `\\|x\\|_2` and `\\|x\\|_1` of a vector, and `\\|A\\|_F` of a matrix"))
            }
        }
    }

    fn kronecker(&mut self, indices: &[Expr]) -> Out<Id> {
        let mut ix = Vec::new();
        for e in indices {
            ix.push(self.index(e)?);
        }
        match ix.as_slice() {
            [a, b] => Ok(self.store.delta(a, b)),
            _ => Err(Said),
        }
    }
}
