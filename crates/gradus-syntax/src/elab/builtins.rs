//! The forms of the language that bind names or take words: sums, cases, derivatives, limits, convolutions.

use gradus_term::{Aff, BigOp, Id, LimitPoint, Node, Prim, Side, Sort, VarId, VarInfo, VarKind};

use super::{Elab, Local, Named, Out};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Arg, Binder, Expr, Ident, Kind, Name, Relation};
use crate::worksheet::DerivativeForm;

/// The most directions a kernel moves in.
const DIRECTIONS: usize = 3;

impl Elab<'_> {
    pub(super) fn form(&mut self, n: &Name, args: &[Arg], span: Span) -> Out<Id> {
        match &*n.text {
            "sum" => self.over_range(BigOp::Sum, n, args, span),
            "prod" => self.over_range(BigOp::Prod, n, args, span),
            "max" => self.over_range(BigOp::Max, n, args, span),
            "min" => self.over_range(BigOp::Min, n, args, span),
            "cases" => self.cases(args, span),
            "diff" => self.diff_form(args, span),
            "gradient" => self.by_form(DerivativeForm::Gradient, n, args, span),
            "jacobian" => self.by_form(DerivativeForm::Jacobian, n, args, span),
            "hessian" => self.by_form(DerivativeForm::Hessian, n, args, span),
            "limit" => self.limit_form(args, span),
            "ones" => self.ones(args, span),
            "ceil" => {
                let [e] = self.exactly::<1>("ceil", args, span)?;
                let u = self.value(e)?;
                let floor = self.store.prim_call(Prim::Floor, &[self.store.neg(u)]);
                Ok(self.store.neg(floor))
            }
            _ => self.convolution(n, args, span),
        }
    }

    fn exactly<'e, const N: usize>(&mut self, n: &str, args: &'e [Arg], span: Span) -> Out<[&'e Expr; N]> {
        let exprs = self.plain_args(args)?;
        match <[&Expr; N]>::try_from(exprs) {
            Ok(all) => Ok(all),
            Err(given) => {
                let message = format!("`{n}` takes {N} argument{}, and {} are given", if N == 1 { "" } else { "s" }, given.len());
                self.wrong(Code::ARGUMENTS, span, message)
            }
        }
    }

    /// A bound name written as an argument: `j in 1..n`, or a bare undeclared name.
    fn as_binder(&self, a: &Arg) -> Option<Binder> {
        match a {
            Arg::Binder(b) => Some((**b).clone()),
            Arg::Expr(e) => {
                let name = e.as_name().filter(|n| !self.is_taken(n))?;
                let ident = Ident { span: e.span, text: name.into() };
                Some(Binder { span: e.span, name: ident, domain: None, condition: None })
            }
            _ => None,
        }
    }

    fn over_range(&mut self, op: BigOp, n: &Name, args: &[Arg], span: Span) -> Out<Id> {
        let Some((last, init)) = args.split_last() else {
            return self.wrong(Code::ARGUMENTS, span, format!("`{}` needs something to range over", n.text));
        };
        let (Arg::Expr(body), Some((first, more))) = (last, init.split_first()) else {
            return match last {
                Arg::Expr(x) => self.over_all(op, n, x, span),
                _ => {
                    let d = Diagnostic::new(Code::ARGUMENTS, span, format!("`{}` needs a body after its range", n.text));
                    self.err(d.help(format!("`{}(j in 1..n, x[j])`", n.text)))
                }
            };
        };
        if let Some(b) = self.as_binder(first) {
            if more.is_empty() {
                return self.big(op, &b, body);
            }
            // Several ranges: the first is the outermost.
            let head = Expr::name(Span { end: span.start, ..span }, &n.text, crate::surface::Origin::Sign);
            let rest = args.get(1..).unwrap_or(&[]).to_vec();
            let inner = Expr::new(span, Kind::Call(Box::new(head), rest));
            return self.big(op, &b, &inner);
        }
        match op {
            BigOp::Max => self.fold_pairs(Prim::Max, args),
            BigOp::Min => self.fold_pairs(Prim::Min, args),
            _ => {
                let d = Diagnostic::new(Code::ARGUMENTS, span, format!("the first argument of `{}` should be an index", n.text));
                self.err(d.help(format!("`{}(j in 1..n, x[j])`", n.text)))
            }
        }
    }

    /// `sum(x)`: all entries.
    fn over_all(&mut self, op: BigOp, n: &Name, x: &Expr, span: Span) -> Out<Id> {
        let id = self.value(x)?;
        let sort = self.sort(id);
        if op == BigOp::Sum && (sort.is_tensor() || sort == Sort::Any) {
            return Ok(self.store.prim_call(Prim::SumAll, &[id]));
        }
        let shown = self.show_sort(&sort);
        let d = Diagnostic::new(
            Code::ARGUMENTS,
            span,
            format!("`{}` of one argument adds the entries of a tensor, and this is {shown}", n.text),
        );
        self.err(d.help(format!("over a range: `{}(j in 1..n, …)`", n.text)))
    }

    fn fold_pairs(&mut self, p: Prim, args: &[Arg]) -> Out<Id> {
        let mut parts = Vec::new();
        for e in self.plain_args(args)? {
            parts.push((self.value(e)?, e.span));
        }
        let ids = self.join(parts, "in these arguments")?;
        let folded = ids.into_iter().reduce(|a, b| self.store.prim_call(p, &[a, b]));
        folded.ok_or(super::Said)
    }

    fn cases(&mut self, args: &[Arg], span: Span) -> Out<Id> {
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        let mut otherwise = false;
        self.guarded += 1;
        let mut run = || -> Out<()> {
            for a in args {
                match a {
                    _ if otherwise => return self.wrong(Code::ARGUMENTS, span, "`otherwise` is the last branch"),
                    Arg::Branch(v, c) => {
                        conditions.push(self.condition(c)?);
                        values.push((self.value(v)?, v.span));
                    }
                    Arg::Otherwise(v) => {
                        otherwise = true;
                        values.push((self.value(v)?, v.span));
                    }
                    Arg::Expr(e) => {
                        let d = Diagnostic::new(Code::ARGUMENTS, e.span, "a branch needs its condition");
                        return self.err(d.help("`cases(u if i = j, 0 otherwise)`"));
                    }
                    Arg::Binder(b) => return self.wrong(Code::ARGUMENTS, b.span, "`cases` binds no name"),
                }
            }
            Ok(())
        };
        let out = run();
        self.guarded -= 1;
        out?;
        if conditions.is_empty() {
            return self.wrong(Code::ARGUMENTS, span, "`cases` has no branch with a condition");
        }
        let ids = self.join(values, "in these branches")?;
        let last = if otherwise { ids.last().copied() } else { None };
        let branches = conditions.into_iter().map(|c| self.settle(c)).zip(ids).collect();
        Ok(self.store.intern(Node::Cases(branches, last)))
    }

    /// `diff(u, x)`, `diff(u, x, 2)`, `diff(u, x, y)`.
    fn diff_form(&mut self, args: &[Arg], span: Span) -> Out<Id> {
        let exprs = self.plain_args(args)?;
        let [u, vars @ ..] = exprs.as_slice() else {
            return self.wrong(Code::ARGUMENTS, span, "`diff` takes what is derived and by what: `diff(u, x)`");
        };
        if vars.is_empty() {
            return self.wrong(Code::ARGUMENTS, span, "by what this is derived is not said: `diff(u, x)`");
        }
        if let Some(out) = self.rule_diff(u, vars)? {
            return Ok(out);
        }
        let mut of = self.value(u)?;
        let mut before: Option<&Expr> = None;
        for v in vars {
            let order = match &v.bare().kind {
                Kind::Number(k) if k.exponent == 0 => u32::try_from(&k.mantissa).ok(),
                _ => None,
            };
            match (order, before) {
                (Some(k @ 1..=64), Some(x)) => {
                    for _ in 1..k {
                        of = self.derivative(of, u.span, x, span)?;
                    }
                }
                (Some(_), _) => {
                    return self.wrong(Code::ARGUMENTS, v.span, "the order of a derivative is from 1 to 64, after its variable")
                }
                (None, _) => {
                    of = self.derivative(of, u.span, v, span)?;
                    before = Some(v);
                }
            }
        }
        Ok(of)
    }

    /// In a rule, `diff(u(x) v(x), x)`: `x` is bound inside, and outside it is the point.
    fn rule_diff(&mut self, u: &Expr, vars: &[&Expr]) -> Out<Option<Id>> {
        let [x] = vars else { return Ok(None) };
        let Some(Named::Meta(point, 0)) = x.as_name().and_then(|n| self.declared(n)) else { return Ok(None) };
        let sort = self.store.var(point).sort.clone();
        let name = self.store.var(point).name.clone();
        let v = self.store.fresh(self.store.sym(&name), sort, false);
        let local = Local { name: name.as_str().into(), named: Named::Var(v) };
        let body = self.under(vec![local], |s| s.value(u))?;
        let node = Node::Diff {
            hint: self.store.sym(&name),
            body: self.store.close(body, &[v]),
            slot: [].into(),
            point: self.store.intern(Node::Meta(point, [].into())),
        };
        Ok(Some(self.store.intern(node)))
    }

    fn by_form(&mut self, form: DerivativeForm, n: &Name, args: &[Arg], span: Span) -> Out<Id> {
        let [u, x] = self.exactly::<2>(&n.text, args, span)?;
        self.named_derivative(form, u, x)
    }

    fn limit_form(&mut self, args: &[Arg], span: Span) -> Out<Id> {
        let exprs = self.plain_args(args)?;
        let (u, x, p, side) = match exprs.as_slice() {
            [u, x, p] => (u, x, p, Side::Both),
            [u, x, p, s] => match s.as_name() {
                Some("right") => (u, x, p, Side::Right),
                Some("left") => (u, x, p, Side::Left),
                _ => return self.wrong(Code::ARGUMENTS, s.span, "a limit's side is `left` or `right`"),
            },
            _ => return self.wrong(Code::ARGUMENTS, span, "`limit` takes what, which variable and where: `limit(u, x, 0)`"),
        };
        let point = self.limit_point(p)?;
        let Some(name) = x.as_name() else {
            return self.wrong(Code::NOT_A_NAME, x.span, "a limit's variable is a name");
        };
        let (v, body) = match self.declared(name) {
            Some(Named::Meta(..)) | None => {
                let v = self.store.fresh(self.store.sym(name), Sort::Scalar, false);
                let local = Local { name: name.into(), named: Named::Var(v) };
                (v, self.under(vec![local], |s| s.value(u))?)
            }
            Some(_) => {
                let body = self.value(u)?;
                self.limit_variable(name, x.span, point, (body, u.span))?
            }
        };
        let body = self.scalar(body, u.span, "what a limit is taken of")?;
        let node = Node::Limit { hint: self.store.sym(name), body: self.store.close(body, &[v]), point, side };
        Ok(self.store.intern(node))
    }

    /// A limit's variable and body, of a declared real variable. Where a whole number grows without bound a real one is put in its
    /// place: if that has a limit, the sequence has the same.
    pub(super) fn limit_variable(&mut self, name: &str, span: Span, point: LimitPoint, body: (Id, Span)) -> Out<(VarId, Id)> {
        match self.declared(name) {
            Some(Named::Var(v)) if self.store.var(v).sort == Sort::Scalar && !self.store.var(v).is_integer() => Ok((v, body.0)),
            Some(Named::Var(n)) if self.store.var(n).is_integer() && point == LimitPoint::PosInf => {
                let x = self.store.declare(VarInfo::new(name, VarKind::Opened, Sort::Scalar));
                match self.store.real_instead(body.0, n, x) {
                    Some(b) => Ok((x, b)),
                    None => {
                        self.wrong(Code::NOT_A_NAME, body.1, format!("`{name}` counts something here; a limit needs it as a number only"))
                    }
                }
            }
            Some(Named::Poisoned | Named::Twice) => Err(super::Said),
            None => self.undeclared(name, span),
            _ => self.wrong(Code::NOT_A_NAME, span, format!("`{name}` is not a real variable")),
        }
    }

    /// `inf`, `-inf`, or a value.
    pub(super) fn limit_point(&mut self, e: &Expr) -> Out<LimitPoint> {
        let infinite = |e: &Expr| e.bare().as_name() == Some("inf");
        match &e.bare().kind {
            _ if infinite(e) => Ok(LimitPoint::PosInf),
            Kind::Neg(x) if infinite(x) => Ok(LimitPoint::NegInf),
            Kind::Sum(all) if all.len() == 1 && all.iter().all(|s| s.minus && infinite(&s.expr)) => Ok(LimitPoint::NegInf),
            _ => {
                let id = self.value(e)?;
                Ok(LimitPoint::At(self.scalar(id, e.span, "a limit's point")?))
            }
        }
    }

    fn ones(&mut self, args: &[Arg], span: Span) -> Out<Id> {
        let mut sizes = Vec::new();
        for e in self.plain_args(args)? {
            let a = self.size_of(e)?;
            sizes.push(self.store.index(a));
        }
        if sizes.is_empty() {
            let d = Diagnostic::new(Code::ARGUMENTS, span, "`ones` takes sizes");
            return self.err(d.help("`ones(n)` is a vector, `ones(m, n)` a matrix"));
        }
        Ok(self.store.prim_call(Prim::Ones, &sizes))
    }

    /// `convolve(x, w, mode)` and `correlate(x, w, mode)`.
    fn convolution(&mut self, n: &Name, args: &[Arg], span: Span) -> Out<Id> {
        let exprs = self.plain_args(args)?;
        let named = |e: &Expr| matches!(&e.kind, Kind::Relation(key, links) if key.as_name().is_some() && links.iter().all(|l| l.0 == Relation::Equal));
        let positional: Vec<&Expr> = exprs.iter().copied().filter(|e| !named(e)).collect();
        let [x, w, mode] = positional.as_slice() else {
            let d = Diagnostic::new(Code::ARGUMENTS, span, format!("`{}` takes two tensors of one rank and a mode", n.text));
            return self.err(d.help("the modes are `full`, `valid` and `same`"));
        };
        let flips = &*n.text == "convolve";
        let prim = match (flips, mode.as_name()) {
            (true, Some("full")) => Prim::ConvolveFull,
            (true, Some("valid")) => Prim::ConvolveValid,
            (true, Some("same")) => Prim::ConvolveSame,
            (false, Some("full")) => Prim::CorrelateFull,
            (false, Some("valid")) => Prim::CorrelateValid,
            (false, Some("same")) => Prim::CorrelateSame,
            _ => return self.wrong(Code::ARGUMENTS, mode.span, "the mode is `full`, `valid` or `same`"),
        };
        let mut ids = Vec::new();
        for e in [x, w] {
            let id = self.value(e)?;
            let sort = self.sort(id);
            if !matches!(&sort, Sort::Tensor(d) if d.len() <= DIRECTIONS) && sort != Sort::Any {
                let shown = self.show_sort(&sort);
                return self.wrong(Code::SHAPE, e.span, format!("`{}` takes vectors and matrices, and this is {shown}", n.text));
            }
            ids.push(self.settle(id));
        }
        let shapes: Vec<Sort> = ids.iter().map(|x| self.sort(*x)).collect();
        if let [own, kernel] = shapes.as_slice() {
            if own.dims().len() != kernel.dims().len() && *own != Sort::Any && *kernel != Sort::Any {
                return self.mismatch("in this convolution", (own, x.span), (kernel, w.span));
            }
        }
        ids.extend(self.strides(exprs.iter().copied().filter(|e| named(e)))?);
        let out = self.store.prim_call(prim, &ids);
        let s = self.store;
        if *s.sort(out) == Sort::Ill {
            // What the stride leaves over is not read: by its entries.
            let by_entries = s.convolution_by_entries(prim, &ids, &mut |a, d| self.floor_of(a, d));
            if let Some(t) = by_entries {
                return Ok(t);
            }
            let d = Diagnostic::new(
                Code::NOT_YET,
                span,
                "the size of this convolution is no whole-number expression of sizes, which is not supported yet",
            );
            return self
                .err(d.help("write it by its entries: `define y[i in 1..floor((d - k)/2) + 1] = sum(j in 1..k, x[2 (i - 1) + j] w[j])`"));
        }
        if self.store.sort(out).dims().iter().any(|n| n.as_int().is_some_and(|n| n < 1)) {
            let d = Diagnostic::new(Code::SHAPE, w.span, "the kernel is longer than what it moves along");
            return self.err(d.help("with `valid` the first operand is at least as long as the second, in every direction"));
        }
        Ok(out)
    }

    /// `stride=`, `padding=`, `dilation=` in this order; nothing if none is written.
    fn strides<'e>(&mut self, named: impl Iterator<Item = &'e Expr>) -> Out<Vec<Id>> {
        let mut values: [(&str, i64, Option<Aff>); 3] = [("stride", 1, None), ("padding", 0, None), ("dilation", 1, None)];
        let mut any = false;
        for e in named {
            let Kind::Relation(key, links) = &e.kind else { continue };
            let value = links.first().map_or(e, |l| &l.1);
            let size = self.size_of(value)?;
            let slot = values.iter_mut().find(|v| Some(v.0) == key.as_name());
            match (slot, size.as_int()) {
                (Some(v), Some(n)) if v.2.is_none() && (n > 0 || (v.0 == "padding" && n == 0)) => v.2 = Some(size),
                (Some(v), None) if v.2.is_none() && v.0 == "padding" => v.2 = Some(size),
                (None, _) => {
                    let d = Diagnostic::new(Code::ARGUMENTS, key.span, "a convolution has no such argument");
                    return self.err(d.help("it takes `stride=`, `padding=` and `dilation=`"));
                }
                _ => return self.wrong(Code::ARGUMENTS, e.span, "a number is needed here, once, and a stride or dilation is positive"),
            }
            any = true;
        }
        if !any {
            return Ok(Vec::new());
        }
        Ok(values.into_iter().map(|v| self.store.index(v.2.unwrap_or(Aff::int(v.1)))).collect())
    }
}
