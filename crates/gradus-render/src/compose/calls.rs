//! Calls of functions: named ones, scalar primitives, names without parameters.

use super::{named, Class, Composer, Cx, Piece, Prec, Scope};
use crate::form;
use crate::layout::{Face, Fence, Layout, Letters, Op};
use crate::names::{self, Parts};
use gradus_term::{FnId, Id, Node, Prim};

/// Functions that LaTeX has a command for: the name in plain text and the word on the page.
const COMMANDS: &[(&str, &str)] = &[
    ("sin", "sin"),
    ("cos", "cos"),
    ("tan", "tan"),
    ("sec", "sec"),
    ("csc", "csc"),
    ("cot", "cot"),
    ("sinh", "sinh"),
    ("cosh", "cosh"),
    ("tanh", "tanh"),
    ("coth", "coth"),
    ("asin", "arcsin"),
    ("acos", "arccos"),
    ("atan", "arctan"),
    ("exp", "exp"),
    ("log", "log"),
    ("det", "det"),
    ("max", "max"),
    ("min", "min"),
];

impl Composer<'_> {
    /// Arguments with commas.
    pub(super) fn arguments(&self, xs: &[Id], cx: Cx<'_>) -> Layout {
        let mut out = Vec::with_capacity(2 * xs.len());
        for (k, x) in xs.iter().enumerate() {
            if k > 0 {
                out.push(Layout::Op(Op::Comma));
            }
            out.push(self.term(*x, cx.free()).lay);
        }
        Layout::row(out)
    }

    /// The name of a function on the page.
    pub(super) fn function_name(&self, f: FnId, cx: Cx<'_>) -> Layout {
        let info = self.s.fun(f);
        let name = self.names.fun(self.s, f);
        if cx.line() {
            return Layout::plain(name);
        }
        if let Some(l) = &info.latex {
            return match COMMANDS.iter().find(|(_, w)| l.strip_prefix('\\') == Some(*w)) {
                Some((_, w)) => Layout::operator(*w),
                None => form::whole(l),
            };
        }
        if let Some((_, w)) = COMMANDS.iter().find(|(n, _)| *n == name && info.library) {
            return Layout::operator(if *w == "log" && self.o.ln { "ln" } else { *w });
        }
        match info.kind {
            gradus_term::FnKind::Prim(Prim::Sign) => Layout::operator("sgn"),
            _ => names::whole(name, None, Face::Operator),
        }
    }

    pub(super) fn call(&self, t: Id, f: FnId, xs: &[Id], cx: Cx<'_>) -> Piece {
        if let Some(p) = self.s.prim(f) {
            return self.primitive(t, p, xs, cx);
        }
        let info = self.s.fun(f);
        let explicit = xs.get(..info.explicit.min(xs.len())).unwrap_or(xs);
        let hidden = xs.get(explicit.len()..).unwrap_or(&[]);
        let piece = if info.is_constant_name() {
            self.constant_name(t, f, cx)
        } else {
            let head = self.function_name(f, cx);
            self.applied(head, explicit, cx)
        };
        match self.elsewhere(f, explicit.len(), hidden, cx) {
            Some(at) if !cx.line() => Piece::atom(Layout::At(Box::new(piece.lay), Box::new(at))),
            _ => piece,
        }
    }

    fn constant_name(&self, t: Id, f: FnId, cx: Cx<'_>) -> Piece {
        let name = self.names.fun(self.s, f);
        if cx.line() {
            return Piece::atom(Layout::plain(name));
        }
        named(names::whole(name, self.s.fun(f).latex.as_deref(), names::face(self.s.sort(t))))
    }

    /// Whether this is an array of numbers.
    fn is_written_out(&self, t: Id) -> bool {
        match self.s.node(t) {
            Node::Array(xs) => xs.iter().all(|x| self.is_written_out(*x) || self.s.as_rational(*x).is_some()),
            _ => false,
        }
    }
    /// `L|_{f = …}`: hidden arguments that are not the names the definition mentions.
    fn elsewhere(&self, f: FnId, from: usize, hidden: &[Id], cx: Cx<'_>) -> Option<Layout> {
        let params = self.s.fun(f).params.get(from..)?;
        let mut out = Vec::new();
        for (p, x) in params.iter().zip(hidden) {
            // Arrays of numbers were said where they were put in.
            if self.stands_for_itself(*x, cx.scope) || self.is_written_out(*x) {
                continue;
            }
            if !out.is_empty() {
                out.push(Layout::Op(Op::Comma));
            }
            let info = self.s.var(p.var);
            out.push(names::whole(&info.name, info.latex.as_deref(), names::face(&info.sort)));
            out.push(Layout::Op(Op::Rel(gradus_term::RelOp::Eq)));
            out.push(self.term(*x, cx.script()).lay);
        }
        (!out.is_empty()).then(|| Layout::row(out))
    }

    /// Whether an argument is a bare name.
    fn stands_for_itself(&self, x: Id, scope: Option<&Scope<'_>>) -> bool {
        let (node, _, _) = self.resolved(x, scope);
        match node {
            Node::Var(_) | Node::Bound(..) | Node::Meta(..) | Node::Fun(_) => true,
            Node::Index(a) => a.as_var().is_some(),
            Node::Call(f, _) => self.s.fun(*f).is_constant_name(),
            _ => false,
        }
    }

    /// A head with its arguments in brackets, or `log f` without them.
    pub(super) fn applied(&self, head: Layout, xs: &[Id], cx: Cx<'_>) -> Piece {
        let spaced = matches!(&head, Layout::Name(Letters { face: Face::Operator, text }) if COMMANDS.iter().any(|(_, w)| w == text) || text == "ln");
        if let ([x], true, true, false) = (xs, spaced, cx.tail, cx.line()) {
            if self.is_simple(*x, cx.scope) {
                let lay = Layout::row(vec![head, Layout::Op(Op::Thin), self.term(*x, cx).lay]);
                return Piece::new(lay, Prec::Apply, Class::Symbol);
            }
        }
        let args = self.arguments(xs, cx);
        Piece::atom(Layout::row(vec![head, args.fenced(Fence::Call)]))
    }

    /// One simple factor: a name, a number, an entry of a name.
    pub(super) fn is_simple(&self, x: Id, scope: Option<&Scope<'_>>) -> bool {
        let (node, _, scope) = self.resolved(x, scope);
        match node {
            Node::Var(_) | Node::Bound(..) | Node::Num(_) | Node::Meta(..) => true,
            Node::Index(a) => a.as_var().is_some() || a.as_int().is_some(),
            Node::Entry(t, _) => self.plain_name(*t, scope).is_some(),
            Node::Call(f, _) => self.s.fun(*f).is_constant_name() || self.s.prim(*f) == Some(Prim::Pi),
            _ => false,
        }
    }

    /// Whether a term is a call of a function that LaTeX has a command for, or a power of one.
    pub(super) fn is_command_call(&self, t: Id) -> bool {
        match self.s.node(t) {
            Node::Call(f, xs) => {
                xs.len() == 1
                    && self.s.fun(*f).library
                    && !matches!(self.s.prim(*f), Some(Prim::Exp))
                    && COMMANDS.iter().any(|(n, _)| *n == self.s.fun(*f).name)
            }
            Node::Pow(a, _) => matches!(self.s.node(*a), Node::Call(..)) && self.is_command_call(*a),
            _ => false,
        }
    }

    pub(super) fn call_var(&self, h: Id, xs: &[Id], cx: Cx<'_>) -> Piece {
        let head = self.term(h, cx.free());
        let args = self.arguments(xs, cx);
        Piece::atom(Layout::row(vec![head.lay, args.fenced(Fence::Call)]))
    }

    /// A scalar primitive or a tensor operator.
    fn primitive(&self, t: Id, p: Prim, xs: &[Id], cx: Cx<'_>) -> Piece {
        if !p.is_scalar() {
            return self.operator(t, p, xs, cx);
        }
        if cx.line() {
            return self.scalar_line(p, xs, cx);
        }
        let one = |f: Fence| {
            let inner = self.arguments(xs, cx);
            Piece::new(inner.fenced(f), Prec::Atom, Class::Symbol)
        };
        let greek = |word: &str| Layout::Name(Parts::of(word).letters(Face::Italic));
        match (p, xs) {
            (Prim::Exp, [u]) => self.exponential(*u, cx),
            (Prim::Sqrt, [u]) => Piece::atom(Layout::Sqrt(Box::new(self.term(*u, cx.free()).lay))),
            (Prim::Abs, _) => one(Fence::Bars),
            (Prim::Floor, _) => one(Fence::Floor),
            (Prim::Pi, _) => Piece::new(greek("pi"), Prec::Atom, Class::Letter),
            (Prim::Gamma, _) if !self.names.is_taken("Gamma") => self.applied(greek("Gamma"), xs, cx),
            (Prim::Digamma, _) if !self.names.is_taken("psi") => self.applied(greek("psi"), xs, cx),
            (Prim::Polygamma, [k, u]) if !self.names.is_taken("psi") => {
                let order = self.term(*k, cx.script()).lay.fenced(Fence::Round);
                self.applied(greek("psi").script(None, Some(order)), &[*u], cx)
            }
            (Prim::Factorial, [u]) => {
                let u = self.term(*u, cx.followed()).at_least(Prec::Atom);
                Piece::new(Layout::row(vec![u.lay, Layout::Op(Op::Bang)]), Prec::Pow, Class::Symbol)
            }
            (Prim::Binom, [n, k]) => {
                Piece::atom(Layout::Binom(Box::new(self.term(*n, cx.free()).lay), Box::new(self.term(*k, cx.free()).lay)))
            }
            _ => self.applied(self.function_name(p.id(), cx), xs, cx),
        }
    }

    fn scalar_line(&self, p: Prim, xs: &[Id], cx: Cx<'_>) -> Piece {
        match (p, xs) {
            (Prim::Pi, _) => Piece::atom(Layout::plain("pi")),
            (Prim::Factorial, [u]) => {
                let u = self.term(*u, cx.free()).at_least(Prec::Atom);
                Piece::atom(Layout::row(vec![u.lay, Layout::Op(Op::Bang)]))
            }
            _ => Piece::atom(Layout::row(vec![Layout::plain(p.name()), self.arguments(xs, cx).fenced(Fence::Call)])),
        }
    }

    /// e^u, or exp(u) where u is too big for an exponent.
    fn exponential(&self, u: Id, cx: Cx<'_>) -> Piece {
        if self.names.is_taken("e") || self.s.sort(u).is_tensor() || self.too_big_to_raise(u) {
            return self.applied(Layout::operator("exp"), &[u], cx);
        }
        let e = Layout::Name(Letters { text: "e".into(), face: Face::Italic });
        if self.s.as_rational(u).is_some_and(|q| q.is_one()) {
            return Piece::atom(e);
        }
        Piece::new(e.script(None, Some(self.term(u, cx.script()).lay)), Prec::Pow, Class::Symbol)
    }

    /// Big signs, or fractions of more than a few nodes, are no exponents.
    fn too_big_to_raise(&self, u: Id) -> bool {
        const MANY: usize = 9;
        let (mut nodes, mut big, mut fraction) = (0_usize, false, false);
        let mut todo = vec![u];
        while let Some(x) = todo.pop() {
            nodes += 1;
            match self.s.node(x) {
                Node::Big { .. } | Node::Cases(..) | Node::Tensor { .. } | Node::Diff { .. } => big = true,
                Node::Quot(..) => fraction = true,
                _ => {}
            }
            if big || nodes > 4 * MANY {
                return true;
            }
            self.s.node(x).for_each_child(|c, _| todo.push(c));
        }
        fraction && nodes > MANY
    }

    /// `\sin^2 x` for a positive whole power of a function that has a command.
    pub(super) fn function_power(&self, a: Id, b: Id, exponent: &Layout, cx: Cx<'_>) -> Option<Piece> {
        let Node::Call(f, xs) = self.s.node(a) else { return None };
        let whole = self.s.as_rational(b).is_some_and(|q| q.is_integer() && q.is_positive());
        let name = self.s.fun(*f).name.as_str();
        let trig =
            self.s.fun(*f).library && matches!(name, "sin" | "cos" | "tan" | "sec" | "csc" | "cot" | "sinh" | "cosh" | "tanh" | "coth");
        if !whole || !trig || xs.len() != 1 {
            return None;
        }
        let head = self.function_name(*f, cx);
        let raised = head.script(None, Some(exponent.clone()));
        let x = *xs.first()?;
        if cx.tail && self.is_simple(x, cx.scope) {
            let lay = Layout::row(vec![raised, Layout::Op(Op::Thin), self.term(x, cx).lay]);
            return Some(Piece::new(lay, Prec::Apply, Class::Symbol));
        }
        Some(Piece::new(Layout::row(vec![raised, self.arguments(xs, cx).fenced(Fence::Call)]), Prec::Pow, Class::Symbol))
    }
}
