//! Derivatives: fractions of ∂, primes, gradients, Jacobians, Hessians.
//!
//! `Diff { body, slot, point }` binds the variable; where nothing else in the body mentions the point it may be shown with the
//! point in the variable's place, `∂/∂f log f`. Where that would say something else, the value is shown apart:
//! `∂/∂u (u a)|_{u=a}`.

use super::{call, Bound, Class, Composer, Cx, Piece, Prec, Scope};
use crate::layout::{Fence, Layout, Op, Style};
use crate::names;
use gradus_term::{Aff, FnKind, IVar, Id, Node, Prim, RelOp, Store};

/// Whether some derivative in these terms is of something that mentions another value than its variable.
pub(super) fn any_partial(s: &Store, terms: &[Id]) -> bool {
    // What is written by the number of the argument, `∂_1 g(u, v)`, is one of its own.
    let is_name = |x: &Id| match s.node(*x) {
        Node::Call(f, _) => s.fun(*f).is_constant_name(),
        n => matches!(n, Node::Var(_) | Node::Bound(..)),
    };
    let names = |xs: &[Id]| xs.iter().all(is_name) && xs.iter().collect::<std::collections::BTreeSet<_>>().len() == xs.len();
    let numbered = |n: &Node| s.as_partial(s.intern(n.clone())).is_some_and(|p| p.is_written(s) && !names(&p.args));
    let partial = |n: &Node| matches!(n, Node::Diff { body, slot, .. } if (!slot.is_empty() || !single(s, *body)) && !numbered(n));
    terms.iter().any(|t| s.any_subterm(*t, &mut |n| partial(n)))
}

/// Whether the body depends on its bound value alone.
fn single(s: &Store, body: Id) -> bool {
    let mut todo = vec![(body, 0_u32)];
    while let Some((x, depth)) = todo.pop() {
        match s.node(x) {
            Node::Var(_) | Node::Meta(..) => return false,
            Node::Bound(k, _) if *k > depth => return false,
            n => n.for_each_child(|c, under| todo.push((c, depth + under))),
        }
        if todo.len() > 10_000 {
            return false;
        }
    }
    true
}

impl Composer<'_> {
    pub(super) fn diff(&self, t: Id, cx: Cx<'_>) -> Piece {
        let Node::Diff { hint, body, slot, point } = self.s.node(t) else { return Piece::atom(Layout::Row(Vec::new())) };
        if let Some(p) = self.prime(*body, slot, *point, cx).or_else(|| self.by_arguments(t, cx)) {
            return p;
        }
        if !self.shows_at_point(*body, *point, cx.scope) {
            return self.diff_elsewhere(t, *hint, cx);
        }
        if cx.line() {
            return self.diff_line(*body, slot, *point, cx);
        }
        let scope = Scope { up: cx.scope, bound: Bound::Point(*point) };
        if let Some(p) = self.gradient_entry(*body, slot, *point, &scope, cx) {
            return p;
        }
        let mut below = vec![self.variable(*point, slot, cx)];
        self.higher(*body, cx, &scope, &mut below)
    }

    /// `dX`, `d tr(X)`, `d(X Y)`: the variable shown at its value.
    pub(super) fn differential(&self, body: Id, point: Id, cx: Cx<'_>) -> Piece {
        let scope = Scope { up: cx.scope, bound: Bound::Point(point) };
        let inner = cx.within(Some(&scope));
        if cx.line() {
            return Piece::atom(call("d", vec![self.term(body, inner.free()).lay]));
        }
        let u = self.term(body, inner.followed());
        let u = if u.prec == Prec::Atom || matches!(u.lay, Layout::Fence(..)) || self.is_function_call(body) { u } else { u.fenced() };
        let name = matches!(
            u.lay,
            Layout::Name(_) | Layout::Script { .. } | Layout::Fence(Fence::Round, _) | Layout::Form(..) | Layout::Accent(..)
        );
        let mut out = vec![Layout::Op(Op::D)];
        if !name {
            out.push(Layout::Op(Op::Thin));
        }
        out.push(u.lay);
        Piece::new(Layout::row(out), Prec::Pow, Class::Symbol)
    }

    /// A function written before its argument, or the square of a norm: what a `d` may stand before without brackets.
    fn is_function_call(&self, t: Id) -> bool {
        match self.s.node(t) {
            Node::Call(..) => {
                !self.prints_as_operator(t)
                    && !matches!(self.s.node(t), Node::Call(f, _) if matches!(self.s.prim(*f), Some(Prim::Dot | Prim::Kron | Prim::Exp)))
            }
            Node::Pow(b, _) => matches!(self.s.node(*b), Node::Call(f, _) if self.s.prim(*f) == Some(Prim::Norm)),
            _ => false,
        }
    }

    /// Collects `∂²/∂x∂y` from derivatives of derivatives, then shows the whole.
    fn higher(&self, body: Id, cx: Cx<'_>, scope: &Scope<'_>, below: &mut Vec<Layout>) -> Piece {
        let inner = cx.within(Some(scope));
        if let Node::Diff { body: b, slot, point, .. } = self.s.node(body) {
            let itself = self.prime(*b, slot, *point, inner).is_some() || self.by_arguments(body, inner).is_some();
            if !itself && self.shows_at_point(*b, *point, inner.scope) {
                below.push(self.variable(*point, slot, inner));
                let next = Scope { up: inner.scope, bound: Bound::Point(*point) };
                return self.higher(*b, inner, &next, below);
            }
        }
        self.derivative_of(body, below, inner)
    }

    fn derivative_of(&self, body: Id, below: &[Layout], cx: Cx<'_>) -> Piece {
        const NARROW: u32 = 450;
        let d = Layout::Op(if self.partial { Op::Partial } else { Op::D });
        let top = match below.len() {
            1 => d.clone(),
            n => d.clone().script(None, Some(Layout::Number(n.to_string()))),
        };
        let mut bottom: Vec<Layout> = Vec::new();
        let mut at = 0;
        while let Some(x) = below.get(at) {
            let n = below.iter().skip(at).take_while(|y| *y == x).count();
            if !bottom.is_empty() {
                bottom.push(Layout::Op(Op::Thin));
            }
            bottom.push(d.clone());
            bottom.push(if n > 1 { super::arithmetic::raise(x.clone(), Layout::Number(n.to_string())) } else { x.clone() });
            at += n;
        }
        let bottom = Layout::row(bottom);
        let u = self.term(body, cx.free());
        // `d/dt x(t)²`: over the bar it would be read as the square of dx(t).
        let barred = |f| matches!(self.s.prim(f), Some(Prim::Norm | Prim::Abs | Prim::Det));
        let of_call = match self.s.node(body) {
            Node::Pow(b, _) => {
                matches!(self.s.node(*b), Node::Call(f, xs) if !xs.is_empty() && !self.s.fun(*f).is_constant_name() && !barred(*f))
            }
            _ => false,
        };
        if !of_call && u.prec >= Prec::Pow && u.class != Class::Fence && u.lay.height() < 2 && u.lay.width() <= NARROW {
            let lay = if cx.style == Style::Page {
                Layout::Frac(Box::new(Layout::row(vec![top, u.lay])), Box::new(bottom))
            } else {
                Layout::row(vec![top, u.lay, Layout::Op(Op::Slash), bottom])
            };
            let prec = if cx.style == Style::Page { Prec::Frac } else { Prec::Prod };
            return Piece::new(lay, prec, Class::DerivativeFrac);
        }
        let operator = Layout::Frac(Box::new(top), Box::new(bottom));
        let u = u.at_least(Prec::Apply);
        let mut out = vec![operator];
        if !matches!(u.class, Class::Fence) {
            out.push(Layout::Op(Op::Thin));
        }
        out.push(u.lay);
        Piece::new(Layout::row(out), Prec::Apply, Class::Derivative)
    }

    /// The variable of a derivative: a name or an entry of one.
    fn variable(&self, point: Id, slot: &[Aff], cx: Cx<'_>) -> Layout {
        if slot.is_empty() {
            self.term(point, cx.free()).at_least(Prec::Atom).lay
        } else {
            self.entry(point, slot, cx).lay
        }
    }

    /// Whether the point may be shown in the variable's place: it is a name that the body does not mention otherwise.
    fn shows_at_point(&self, body: Id, point: Id, scope: Option<&Scope<'_>>) -> bool {
        let (node, at, above) = self.resolved(point, scope);
        let name = match node {
            Node::Var(_) | Node::Bound(..) | Node::Meta(..) => true,
            Node::Call(f, _) => self.s.fun(*f).is_constant_name(),
            _ => false,
        };
        if !name {
            return false;
        }
        // Does some other value in the body print as the same name?
        let own = self.s.canon(at);
        let probe = Scope { up: scope, bound: Bound::Letter(String::new()) };
        !self.mentions_resolved(body, own, above, Some(&probe))
    }

    /// Whether a term, points put for bound values, mentions the closed value `own`.
    fn mentions_resolved(&self, t: Id, own: Id, above: Option<&Scope<'_>>, scope: Option<&Scope<'_>>) -> bool {
        if self.s.loose(own) == 0 {
            if self.s.contains(t, own) {
                return true;
            }
            // Through the points of the binders above.
            return self.points_used(t, scope).iter().any(|p| self.s.contains(*p, own));
        }
        // A bound name of an outer binder: it is mentioned if its number occurs.
        let Node::Bound(k, _) = self.s.node(own) else { return false };
        let up = u32::try_from(super::depth_of(scope).saturating_sub(super::depth_of(above))).unwrap_or(u32::MAX);
        mentions_bound(self.s, t, *k + up)
    }

    /// The points of derivatives above that the loose names of `t` stand for.
    fn points_used(&self, t: Id, scope: Option<&Scope<'_>>) -> Vec<Id> {
        let mut out = Vec::new();
        let mut at = scope;
        let mut k = 0;
        while let Some(sc) = at {
            if let Bound::Point(p) = &sc.bound {
                if mentions_bound(self.s, t, k) {
                    out.push(*p);
                }
            }
            at = sc.up;
            k += 1;
        }
        out
    }

    fn diff_line(&self, body: Id, slot: &[Aff], point: Id, cx: Cx<'_>) -> Piece {
        let scope = Scope { up: cx.scope, bound: Bound::Point(point) };
        self.diff_times(body, cx.within(Some(&scope)).free(), self.variable(point, slot, cx), 1)
    }
    /// `diff(u, x, n)`: derivatives by the same variable are counted.
    fn diff_times(&self, body: Id, cx: Cx<'_>, variable: Layout, n: u32) -> Piece {
        if let Node::Diff { body: b, slot, point, .. } = self.s.node(body) {
            if self.prime(*b, slot, *point, cx).is_none()
                && self.by_arguments(body, cx).is_none()
                && self.shows_at_point(*b, *point, cx.scope)
                && self.variable(*point, slot, cx) == variable
            {
                let next = Scope { up: cx.scope, bound: Bound::Point(*point) };
                return self.diff_times(*b, cx.within(Some(&next)).free(), variable, n + 1);
            }
        }
        let mut args = vec![self.term(body, cx).lay, Layout::Op(Op::Comma), variable];
        if n > 1 {
            args.extend([Layout::Op(Op::Comma), Layout::Number(n.to_string())]);
        }
        Piece::atom(call("diff", args))
    }

    /// `g'(u)`: the derivative of a function of one argument, where the point is no name, or g is unknown, or primes are asked for.
    fn prime(&self, mut body: Id, slot: &[Aff], point: Id, cx: Cx<'_>) -> Option<Piece> {
        let mut order = 1;
        while let Node::Diff { body: of, slot, point, .. } = self.s.node(body) {
            if !slot.is_empty() || !matches!(self.s.node(*point), Node::Bound(0, _)) {
                return None;
            }
            (body, order) = (*of, order + 1);
        }
        let Node::Call(f, xs) = self.s.node(body) else { return None };
        let info = self.s.fun(*f);
        let of_itself = matches!(xs.as_ref(), [x] if matches!(self.s.node(*x), Node::Bound(0, _)));
        if !of_itself || !slot.is_empty() || info.explicit != 1 || !self.s.sort(body).is_scalar() {
            return None;
        }
        let (node, _, _) = self.resolved(point, cx.scope);
        let is_name =
            matches!(node, Node::Var(_) | Node::Bound(..)) || matches!(node, Node::Call(g, _) if self.s.fun(*g).is_constant_name());
        if is_name && info.kind != FnKind::Unknown && !self.o.primes {
            return None;
        }
        let head = self.function_name(*f, cx);
        let primes = Layout::row(vec![Layout::Op(Op::Prime); order]);
        let head = match head {
            h if cx.line() => Layout::row(vec![h, Layout::plain("'".repeat(order))]),
            Layout::Script { base, sub, sup: None } => Layout::Script { base, sub, sup: Some(Box::new(primes)) },
            h => h.script(None, Some(primes)),
        };
        let args = self.arguments(&[point], cx);
        Some(Piece::atom(Layout::row(vec![head, args.fenced(Fence::Call)])))
    }

    /// `∂_1 ∂_2^2 g(u, v)`: a partial derivative of an unknown function of several arguments that are not names of their own.
    fn by_arguments(&self, t: Id, cx: Cx<'_>) -> Option<Piece> {
        let p = self.s.as_partial(t).filter(|p| p.is_written(self.s))?;
        let name = |x: &Id| match self.resolved(*x, cx.scope).0 {
            Node::Call(f, _) => self.s.fun(*f).is_constant_name(),
            n => matches!(n, Node::Var(_) | Node::Bound(..)),
        };
        let shown: Vec<Layout> = p.args.iter().map(|x| self.term(*x, cx.free()).lay).collect();
        if p.args.iter().all(name) && shown.iter().enumerate().all(|(k, x)| !shown.iter().take(k).any(|y| y == x)) {
            return None;
        }
        let mut out = Vec::new();
        for (k, n) in p.orders.iter().enumerate().filter(|(_, n)| **n > 0) {
            let power = (*n > 1).then(|| Layout::Number(n.to_string()));
            if cx.line() {
                let raised = power.map(|n| Layout::row(vec![Layout::plain("^"), n]));
                out.extend([Layout::plain(format!("∂_{}", k + 1))].into_iter().chain(raised));
                out.push(Layout::plain(" "));
            } else {
                out.push(Layout::Op(Op::Partial).script(Some(Layout::Number((k + 1).to_string())), power));
            }
        }
        let Node::Call(_, args) = self.s.node(self.s.partial(&p.clone().without_order())).clone() else { return None };
        out.push(self.function_name(p.f, cx));
        out.push(self.arguments(&args, cx).fenced(Fence::Call));
        Some(Piece::new(Layout::row(out), Prec::Pow, Class::Symbol))
    }

    /// The derivative in a letter of its own, taken at the point.
    fn diff_elsewhere(&self, t: Id, hint: gradus_term::Sym, cx: Cx<'_>) -> Piece {
        let Node::Diff { body, slot, point, .. } = self.s.node(t) else { return Piece::atom(Layout::Row(Vec::new())) };
        let letter = match self.s.sym_str(hint) {
            "" => self.value_letter(self.s.sym("u"), *body, cx),
            _ => self.value_letter(hint, *body, cx),
        };
        let scope = Scope { up: cx.scope, bound: Bound::Letter(letter.clone()) };
        let inner = cx.within(Some(&scope)).free();
        let sort = self.s.sort(*point);
        let point = self.term(*point, cx.script()).lay;
        if cx.line() {
            let x = if slot.is_empty() {
                Layout::plain(letter.clone())
            } else {
                Layout::row(vec![Layout::plain(letter.clone()), self.subscripts(slot, 0, cx).fenced(Fence::Square)])
            };
            let args = vec![
                self.term(*body, inner).lay,
                Layout::Op(Op::Comma),
                x,
                Layout::Op(Op::Comma),
                Layout::plain(letter),
                Layout::Op(Op::Rel(RelOp::Eq)),
                point,
            ];
            return Piece::atom(call("diff", args));
        }
        let whole = names::whole(&letter, None, names::face(sort));
        let x = if slot.is_empty() { whole.clone() } else { names::entry(&letter, None, self.subscripts(slot, 0, cx), None) };
        let d = self.higher(*body, cx.free(), &scope, &mut vec![x]);
        let at = Layout::row(vec![whole, Layout::Op(Op::Rel(RelOp::Eq)), point]);
        Piece::atom(Layout::At(Box::new(d.lay), Box::new(at)))
    }

    /// `(∇_a L)_j` for an unknown L without written arguments.
    fn gradient_entry(&self, body: Id, slot: &[Aff], point: Id, scope: &Scope<'_>, cx: Cx<'_>) -> Option<Piece> {
        let Node::Call(f, _) = self.s.node(body) else { return None };
        let info = self.s.fun(*f);
        if slot.is_empty() || info.kind != FnKind::Unknown || info.explicit != 0 {
            return None;
        }
        let nabla = self.nabla(body, point, None, scope, cx);
        Some(Piece::atom(nabla.lay.fenced(Fence::Round).script(Some(self.subscripts(slot, 0, cx)), None)))
    }

    fn nabla(&self, body: Id, point: Id, order: Option<&str>, scope: &Scope<'_>, cx: Cx<'_>) -> Piece {
        let x = self.term(point, cx.script()).lay;
        let sign = Layout::Op(Op::Nabla).script(Some(x), order.map(|n| Layout::Number(n.to_owned())));
        let of = self.term(body, cx.within(Some(scope)).followed()).at_least(Prec::Pow);
        Piece::new(Layout::row(vec![sign, of.lay]), Prec::Frac, Class::Symbol)
    }

    /// `g′(U)` of a scalar function at every entry of a tensor.
    pub(super) fn slopes(&self, t: Id, cx: Cx<'_>) -> Option<Piece> {
        let Node::Tensor { dims, body, .. } = self.s.node(t) else { return None };
        let n = u32::try_from(dims.len()).ok()?;
        let Node::Diff { body: g, slot, point, .. } = self.s.node(*body) else { return None };
        let Node::Entry(u, ix) = self.s.node(*point) else { return None };
        let own = ix.iter().eq((0..n).map(|k| Aff::bound(n - 1 - k)).collect::<Vec<_>>().iter());
        let whole = self.s.sort(*u).dims() == dims.as_ref();
        if !own || !whole || mentions_any(self.s, *u, 0, n) || self.s.loose(*g) > 1 {
            return None;
        }
        Silent::new(cx.scope, n).with(&mut |above| self.prime(*g, slot, *u, cx.within(above)))
    }
    /// Gradients, Jacobians and Hessians: tensors whose entries are derivatives by just the tensor's own indices.
    pub(super) fn tensor_of_derivatives(&self, t: Id, cx: Cx<'_>) -> Option<Piece> {
        self.derivatives_by_entries(t, false, cx)
    }
    /// The same of `as_matrix(…)`: indices in the order `(j, i)` are those of `vec`.
    pub(super) fn matrix_of_derivatives(&self, t: Id, cx: Cx<'_>) -> Option<Piece> {
        self.derivatives_by_entries(t, true, cx)
    }
    fn derivatives_by_entries(&self, t: Id, stacked: bool, cx: Cx<'_>) -> Option<Piece> {
        let Node::Tensor { dims, body, .. } = self.s.node(t) else { return None };
        let n = u32::try_from(dims.len()).ok()?;
        let Node::Diff { hint, body: u, slot, point } = self.s.node(*body) else { return None };
        let silent = |k: u32| mentions_any(self.s, *point, 0, k);
        if silent(n) {
            return None;
        }
        let scopes = Silent::new(cx.scope, n);
        scopes.with(&mut |above| {
            let inner = cx.within(above);
            let own = |from: u32, count: u32| (0..count).map(|k| Aff::bound(from + count - 1 - k)).collect::<Vec<_>>();
            if !self.shows_at_point(*u, *point, above) {
                let m = u32::try_from(slot.len()).ok()?;
                let plain = !stacked && !inner.line() && slot.as_ref() == own(0, m).as_slice();
                return plain.then(|| self.derivatives_elsewhere(*hint, *u, *point, (m, n), inner)).flatten();
            }
            let scope = Scope { up: above, bound: Bound::Point(*point) };
            let turned = |slot: &[Aff], from: u32| {
                let mut back = slot.to_vec();
                back.reverse();
                stacked && slot.len() == 2 && back == own(from, 2)
            };
            let vec = |x: Id, by: bool| if by { self.s.prim_call(Prim::Vec, &[x]) } else { x };
            let fits = |ix: &[Aff], from: u32, count: u32| ix == own(from, count).as_slice();
            let m = u32::try_from(slot.len()).ok()?;
            // ∇: all indices are the variable's.
            if (fits(slot, 0, n) || (m == n && turned(slot, 0))) && !mentions_any(self.s, *u, 1, n) {
                return Some(self.named_derivative("gradient", *u, vec(*point, turned(slot, 0)), &scope, inner));
            }
            if m == 0 || m >= n {
                return None;
            }
            match self.s.node(*u) {
                // ∂f/∂x: the first indices are the entry's, the last the variable's.
                Node::Entry(f, ix) => {
                    let by = turned(slot, 0);
                    let of = turned(ix, m + 1);
                    let whole = (fits(slot, 0, m) || by) && (fits(ix, m + 1, n - m) || of) && self.s.sort(*f).dims().len() == ix.len();
                    (whole && !mentions_any(self.s, *f, 1, n))
                        .then(|| self.named_derivative("jacobian", vec(*f, of), vec(*point, by), &scope, inner))
                }
                // ∇²: the outer derivative by the first indices, the inner one by the last.
                Node::Diff { body: l, slot: s2, point: p2, .. } => {
                    let by = turned(slot, n - m) && turned(s2, 1);
                    let again = matches!(self.s.node(*p2), Node::Bound(0, _)) && ((fits(slot, n - m, m) && fits(s2, 1, n - m)) || by);
                    let next = Scope { up: Some(&scope), bound: Bound::Point(*p2) };
                    (again && !mentions_any(self.s, *l, 2, n)).then(|| self.hessian(*l, vec(*p2, by), &scope, &next, inner))
                }
                _ => None,
            }
        })
    }

    /// `∇_w L |_{w = …}` and `∂f/∂x |_{x = …}`, by the last `m` of `n` indices.
    fn derivatives_elsewhere(&self, hint: gradus_term::Sym, u: Id, point: Id, (m, n): (u32, u32), cx: Cx<'_>) -> Option<Piece> {
        let letter = self.value_letter(hint, u, cx);
        let scope = Scope { up: cx.scope, bound: Bound::Letter(letter.clone()) };
        let inner = cx.within(Some(&scope)).free();
        let x = names::whole(&letter, None, names::face(self.s.sort(point)));
        let d = match self.s.node(u) {
            _ if m == n && !mentions_any(self.s, u, 1, n) => {
                let sign = Layout::Op(Op::Nabla).script(Some(x.clone()), None);
                Layout::row(vec![sign, self.term(u, inner.followed()).at_least(Prec::Pow).lay])
            }
            Node::Entry(f, ix) if m < n && !mentions_any(self.s, *f, 1, n) => {
                let own: Vec<Aff> = (0..n - m).map(|k| Aff::bound(n - k)).collect();
                if ix.as_ref() != own.as_slice() || self.s.sort(*f).dims().len() != ix.len() {
                    return None;
                }
                self.derivative_of(*f, &[x.clone()], inner).lay
            }
            _ => return None,
        };
        let at = Layout::row(vec![x, Layout::Op(Op::Rel(RelOp::Eq)), self.term(point, cx.script()).lay]);
        Some(Piece::atom(Layout::At(Box::new(d), Box::new(at))))
    }

    fn named_derivative(&self, word: &str, u: Id, point: Id, scope: &Scope<'_>, cx: Cx<'_>) -> Piece {
        if cx.line() {
            let args = vec![self.term(u, cx.within(Some(scope)).free()).lay, Layout::Op(Op::Comma), self.term(point, cx.free()).lay];
            return Piece::atom(call(word, args));
        }
        if word == "gradient" {
            return self.nabla(u, point, None, scope, cx);
        }
        let x = self.term(point, cx.free()).at_least(Prec::Atom).lay;
        let saved = self.derivative_of(u, &[x], cx.within(Some(scope)));
        Piece { class: if saved.class == Class::Derivative { Class::Derivative } else { Class::DerivativeFrac }, ..saved }
    }

    fn hessian(&self, l: Id, p2: Id, scope: &Scope<'_>, next: &Scope<'_>, cx: Cx<'_>) -> Piece {
        let inner = cx.within(Some(scope));
        if cx.line() {
            let args = vec![self.term(l, inner.within(Some(next)).free()).lay, Layout::Op(Op::Comma), self.term(p2, inner.free()).lay];
            return Piece::atom(call("hessian", args));
        }
        self.nabla(l, p2, Some("2"), next, inner)
    }
}

/// Binders whose letters are never shown.
struct Silent<'a> {
    up: Option<&'a Scope<'a>>,
    n: u32,
}

impl<'a> Silent<'a> {
    fn new(up: Option<&'a Scope<'a>>, n: u32) -> Self {
        Silent { up, n }
    }
    fn with<R>(&self, f: &mut dyn FnMut(Option<&Scope<'_>>) -> R) -> R {
        fn go<R>(up: Option<&Scope<'_>>, n: u32, f: &mut dyn FnMut(Option<&Scope<'_>>) -> R) -> R {
            if n == 0 {
                return f(up);
            }
            go(Some(&Scope { up, bound: Bound::Letter(String::new()) }), n - 1, f)
        }
        go(self.up, self.n, f)
    }
}

/// Whether the name bound `k` binders out occurs, as a value or in an index.
fn mentions_bound(s: &Store, t: Id, k: u32) -> bool {
    mentions_any(s, t, k, 1)
}

/// Whether one of the names bound `k .. k + n` binders out occurs.
fn mentions_any(s: &Store, t: Id, k: u32, n: u32) -> bool {
    let mut todo = vec![(t, 0_u32)];
    let mut seen = std::collections::BTreeSet::new();
    while let Some((x, depth)) = todo.pop() {
        if s.loose(x) <= depth + k || !seen.insert((x, depth)) {
            continue;
        }
        let hit = |b: u32| (depth + k..depth + k + n).contains(&b);
        let node = s.node(x);
        let mut found = matches!(node, Node::Bound(b, _) if hit(*b));
        node.for_each_aff(|a, under| found |= a.vars().any(|v| matches!(v, IVar::Bound(b) if b >= under && hit(b - under))));
        if found {
            return true;
        }
        node.for_each_child(|c, under| todo.push((c, depth + under)));
    }
    false
}
