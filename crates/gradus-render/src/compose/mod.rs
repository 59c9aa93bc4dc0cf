//! The one function from terms to math layout: it alone decides brackets, spaces and letters; never order or signs.
//!
//! Works down the term with the binders met so far ([`Scope`]). Every part comes back as a [`Piece`]: its layout, how tightly
//! it binds, and what it looks like beside other factors. Recursion is bounded by [`DEPTH`].

mod arithmetic;
mod binders;
mod calls;
mod definition;
mod derivatives;
mod indices;
mod operators;

use crate::layout::{BigSign, Face, Fence, Layout, Letters, Op, Style};
use crate::names::{self, Names};
use crate::Options;
use gradus_term::{Id, LimitPoint, Node, Prim, RelOp, Side, Sort, Store, VarId};

/// How tightly a piece binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Prec {
    /// Conditions.
    Rel,
    /// Sums, and anything with a minus before it.
    Sum,
    /// Products.
    Prod,
    /// What takes everything after it: Σ, ∂/∂x, log without brackets.
    Apply,
    /// Built-up fractions: whole among factors, not under an exponent.
    Frac,
    /// Powers.
    Pow,
    /// Names, numbers, calls, brackets.
    Atom,
}

/// What a factor looks like to its neighbours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// Digits.
    Number,
    /// One letter, perhaps raised.
    Letter,
    /// Anything longer.
    Symbol,
    /// A fraction.
    Frac,
    /// A derivative as a fraction.
    DerivativeFrac,
    /// ∂/∂x before what it applies to.
    Derivative,
    /// In brackets.
    Fence,
    /// A bold letter or matrix.
    Matrix,
}

/// A part with what its surroundings must know of it.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub lay: Layout,
    pub prec: Prec,
    pub class: Class,
}

impl Piece {
    pub fn new(lay: Layout, prec: Prec, class: Class) -> Self {
        Piece { lay, prec, class }
    }
    pub fn atom(lay: Layout) -> Self {
        Piece { lay, prec: Prec::Atom, class: Class::Symbol }
    }
    /// In round brackets.
    pub fn fenced(self) -> Self {
        Piece { lay: self.lay.fenced(Fence::Round), prec: Prec::Atom, class: Class::Fence }
    }
    /// In brackets unless it binds at least this tightly.
    pub fn at_least(self, p: Prec) -> Self {
        if self.prec < p {
            self.fenced()
        } else {
            self
        }
    }
}

/// What a bound name stands for on the page.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    /// Itself, by this letter.
    Letter(String),
    /// The point at which the derivative is taken (a term in the scope above).
    Point(Id),
}

/// The binders above a part, innermost first.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub up: Option<&'a Scope<'a>>,
    pub bound: Bound,
}

/// Where a part stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cx<'a> {
    pub scope: Option<&'a Scope<'a>>,
    pub style: Style,
    /// Whether nothing follows that a Σ or a `log` without brackets would swallow.
    pub tail: bool,
    /// The names that stand free in the whole formula: no index takes their letters.
    pub beside: &'a [String],
    /// How many parts it stands in.
    pub depth: u32,
}

/// Deepest nesting shown; what stands deeper is shown as `…`. The parser reads no deeper brackets than this.
const DEPTH: u32 = 250;

impl<'a> Cx<'a> {
    pub fn top(style: Style, beside: &'a [String]) -> Self {
        Cx { scope: None, style, tail: true, beside, depth: 0 }
    }
    pub fn free(self) -> Self {
        Cx { tail: true, ..self }
    }
    pub fn followed(self) -> Self {
        Cx { tail: false, ..self }
    }
    pub fn script(self) -> Self {
        Cx { tail: true, style: if self.style == Style::Line { Style::Line } else { Style::Script }, ..self }
    }
    pub fn within(self, scope: Option<&'a Scope<'a>>) -> Self {
        Cx { scope, ..self }
    }
    pub fn line(self) -> bool {
        self.style == Style::Line
    }
}

/// Terms to layout, with the names of one solution.
pub(crate) struct Composer<'s> {
    pub s: &'s Store,
    pub o: &'s Options,
    pub names: Names,
    /// Whether derivatives are written with ∂ (something on the page depends on more than one name).
    pub partial: bool,
    /// Whether the page says that entries outside their range are 0, so that guards that say it are left out.
    pub zeros_outside: bool,
}

impl<'s> Composer<'s> {
    /// For these terms together.
    pub fn new(s: &'s Store, o: &'s Options, terms: &[Id]) -> Self {
        let names = o.names.clone().unwrap_or_else(|| Names::of(s, terms));
        Composer { s, o, names, partial: derivatives::any_partial(s, terms), zeros_outside: false }
    }

    /// A term as a whole formula.
    pub fn whole(&self, t: Id, style: Style) -> Layout {
        let beside = self.free_names(t);
        self.term(t, Cx::top(style, &beside)).lay
    }

    /// The same for a page that says that entries outside their range are 0, if that spares some term a guard.
    pub fn zeros_outside_if_used(mut self, terms: &[Id]) -> Self {
        let mut seen = std::collections::BTreeSet::new();
        let mut todo: Vec<Id> = terms.to_vec();
        while let Some(x) = todo.pop() {
            if !seen.insert(x) {
                continue;
            }
            if let Node::Big { op: gradus_term::BigOp::Sum, body, .. } = self.s.node(x) {
                self.zeros_outside |= binders::zero_extended(self.s, *body).is_some();
            }
            todo.extend(self.s.node(x).children().into_iter().map(|k| k.0));
        }
        self
    }

    /// Sizes as one answer: (64, 32, 32); a single one stands alone.
    pub fn sizes(&self, sizes: &[Id]) -> Layout {
        let mut all = Vec::new();
        for (k, n) in sizes.iter().enumerate() {
            if k > 0 {
                all.push(Layout::Op(Op::Comma));
            }
            all.push(self.whole(*n, Style::Page));
        }
        let row = Layout::row(all);
        if sizes.len() == 1 {
            row
        } else {
            row.fenced(Fence::Round)
        }
    }

    /// The names that stand free in a term.
    pub(super) fn free_names(&self, t: Id) -> Vec<String> {
        self.s.free_vars(t).into_iter().map(|v| self.names.var(self.s, v).to_owned()).collect()
    }

    /// A term among others.
    pub fn term(&self, t: Id, cx: Cx<'_>) -> Piece {
        if cx.depth >= DEPTH {
            return Piece::atom(Layout::Words("…".to_owned()));
        }
        let cx = Cx { depth: cx.depth + 1, ..cx };
        match self.s.node(t) {
            Node::Num(q) => Piece::new(Layout::Number(q.to_string()), Prec::Atom, Class::Number),
            Node::Index(a) => self.index(a, cx),
            Node::Var(v) => self.var(*v, cx),
            Node::Bound(k, sort) => self.bound(*k, sort, cx),
            Node::Sum(xs) => self.sum(t, xs, cx),
            Node::Product(xs) => self.product(xs, cx),
            Node::Quot(a, b) => self.quotient(*a, *b, cx),
            Node::Pow(a, b) => self.power(*a, *b, cx),
            Node::MatMul(xs) => self.matmul(xs, cx),
            Node::Call(f, xs) => self.call(t, *f, xs, cx),
            Node::CallVar(h, xs) => self.call_var(*h, xs, cx),
            Node::Fun(f) => Piece::atom(self.function_name(*f, cx)),
            Node::Big { .. } => self.big(t, cx),
            Node::Iverson(c) => self.iverson(*c, cx),
            Node::Cases(bs, otherwise) => self.cases(bs, *otherwise, cx),
            Node::Entry(x, ix) => self.entry(*x, ix, cx),
            Node::Tensor { .. } => self.tensor(t, cx),
            Node::Array(xs) => self.array(xs, cx),
            Node::Stack(xs) => self.stack(xs, cx),
            Node::Diff { .. } => self.diff(t, cx),
            Node::Differential { body, point, .. } => self.differential(*body, *point, cx),
            Node::Limit { .. } => self.limit(t, cx),
            Node::Rel(op, a, b) => self.relation(*op, *a, *b, cx),
            Node::And(xs) => self.all_of(xs, cx),
            Node::Or(xs) => self.any_of(xs, cx),
            Node::Not(x) => self.not(*x, cx),
            Node::Infinity(neg) => self.infinity(*neg, cx),
            Node::Meta(v, xs) => self.meta(*v, xs, cx),
            Node::Seq(v) => Piece::atom(Layout::row(vec![Layout::Words("..".to_owned()), Layout::plain(self.names.var(self.s, *v))])),
        }
    }

    /// A declared name.
    fn var(&self, v: VarId, cx: Cx<'_>) -> Piece {
        let info = self.s.var(v);
        if let Some((a, d)) = &info.floor {
            return self.term(self.s.prim_call(Prim::Floor, &[self.s.quot(self.s.index(a.clone()), self.s.int(*d))]), cx.free());
        }
        let name = self.names.var(self.s, v);
        if cx.line() {
            return Piece::atom(Layout::plain(name));
        }
        named(names::whole(name, info.latex.as_deref(), names::face(&info.sort)))
    }

    fn bound(&self, k: u32, sort: &Sort, cx: Cx<'_>) -> Piece {
        match lookup(k, cx.scope) {
            Some((Bound::Point(p), up)) => self.term(*p, cx.within(up)),
            Some((Bound::Letter(l), _)) if cx.line() => Piece::atom(Layout::plain(l)),
            Some((Bound::Letter(l), _)) => named(names::whole(l, None, names::face(sort))),
            None => Piece::atom(Layout::Words(format!("?{k}"))),
        }
    }

    fn meta(&self, v: VarId, xs: &[Id], cx: Cx<'_>) -> Piece {
        let head = self.var(v, cx);
        if xs.is_empty() {
            return head;
        }
        let args = self.arguments(xs, cx);
        Piece::atom(Layout::row(vec![head.lay, args.fenced(Fence::Call)]))
    }

    fn infinity(&self, neg: bool, cx: Cx<'_>) -> Piece {
        let inf = if cx.line() { Layout::plain("inf") } else { Layout::Op(Op::Infinity) };
        if neg {
            Piece::new(Layout::row(vec![Layout::Op(Op::Neg), inf]), Prec::Sum, Class::Symbol)
        } else {
            Piece::atom(inf)
        }
    }

    // ---- conditions

    fn relation(&self, op: RelOp, a: Id, b: Id, cx: Cx<'_>) -> Piece {
        let cx = cx.free();
        let (a, b) = (self.term(a, cx).at_least(Prec::Sum), self.term(b, cx).at_least(Prec::Sum));
        Piece::new(Layout::row(vec![a.lay, Layout::Op(Op::Rel(op)), b.lay]), Prec::Rel, Class::Symbol)
    }

    /// All of these; `a ≤ b` and `b < c` beside each other are one chain.
    fn all_of(&self, xs: &[Id], cx: Cx<'_>) -> Piece {
        let cx = cx.free();
        let mut out: Vec<Layout> = Vec::new();
        let mut last: Option<Id> = None;
        for x in xs {
            match (self.s.node(*x), last) {
                (Node::Rel(op, a, b), Some(l)) if *a == l && *op != RelOp::Ne => {
                    out.push(Layout::Op(Op::Rel(*op)));
                    out.push(self.term(*b, cx).at_least(Prec::Sum).lay);
                    last = Some(*b);
                }
                (node, _) => {
                    if !out.is_empty() {
                        out.push(Layout::Op(Op::And));
                    }
                    let p = self.term(*x, cx);
                    let nested = matches!(node, Node::And(_) | Node::Or(_));
                    out.push(if nested { p.fenced().lay } else { p.lay });
                    last = if let Node::Rel(RelOp::Le | RelOp::Lt | RelOp::Eq, _, b) = node { Some(*b) } else { None };
                }
            }
        }
        if out.is_empty() {
            out.push(Layout::Words("true".to_owned()));
        }
        Piece::new(Layout::row(out), Prec::Rel, Class::Symbol)
    }

    fn any_of(&self, xs: &[Id], cx: Cx<'_>) -> Piece {
        let mut out: Vec<Layout> = Vec::new();
        for x in xs {
            if !out.is_empty() {
                out.push(Layout::Op(Op::Or));
            }
            let p = self.term(*x, cx.free());
            out.push(if matches!(self.s.node(*x), Node::And(_) | Node::Or(_)) { p.fenced().lay } else { p.lay });
        }
        if out.is_empty() {
            out.push(Layout::Words("false".to_owned()));
        }
        Piece::new(Layout::row(out), Prec::Rel, Class::Symbol)
    }

    fn not(&self, x: Id, cx: Cx<'_>) -> Piece {
        let inner = self.term(x, cx.free()).fenced();
        Piece::new(Layout::row(vec![Layout::Op(Op::Not), inner.lay]), Prec::Rel, Class::Symbol)
    }

    // ---- limits

    fn limit(&self, t: Id, cx: Cx<'_>) -> Piece {
        let Node::Limit { hint, body, point, side } = self.s.node(t) else { return Piece::atom(Layout::Row(Vec::new())) };
        let letter = self.value_letter(*hint, *body, cx);
        let to = match point {
            LimitPoint::At(p) => self.term(*p, cx.script()).lay,
            LimitPoint::PosInf => self.infinity(false, cx).lay,
            LimitPoint::NegInf => self.infinity(true, cx).lay,
        };
        let scope = Scope { up: cx.scope, bound: Bound::Letter(letter.clone()) };
        let inner = cx.within(Some(&scope)).free();
        if cx.line() {
            let mut args = vec![self.term(*body, inner).lay, Layout::Op(Op::Comma), Layout::plain(letter), Layout::Op(Op::Comma), to];
            match side {
                Side::Both => {}
                Side::Left => args.extend([Layout::Op(Op::Comma), Layout::plain("left")]),
                Side::Right => args.extend([Layout::Op(Op::Comma), Layout::plain("right")]),
            }
            return Piece::atom(call("limit", args));
        }
        let mut under = vec![names::whole(&letter, None, Face::Italic), Layout::Op(Op::To), to];
        if *side != Side::Both {
            let last = under.pop().unwrap_or(Layout::Row(Vec::new()));
            under.push(last.script(None, Some(Layout::Op(Op::Plusminus(*side == Side::Right)))));
        }
        let body = self.term(*body, inner).at_least(Prec::Prod);
        let lay = Layout::Big { sign: BigSign::Lim, sub: vec![Layout::row(under)], sup: None, body: Box::new(body.lay) };
        Piece::new(lay, Prec::Apply, Class::Symbol)
    }
}

/// A call in worksheet syntax.
pub(crate) fn call(name: &str, args: Vec<Layout>) -> Layout {
    Layout::row(vec![Layout::plain(name), Layout::row(args).fenced(Fence::Call)])
}

/// The binder a bound name belongs to, and the scope above it.
pub(crate) fn lookup<'a>(k: u32, scope: Option<&'a Scope<'a>>) -> Option<(&'a Bound, Option<&'a Scope<'a>>)> {
    let mut at = scope?;
    for _ in 0..k {
        at = at.up?;
    }
    Some((&at.bound, at.up))
}

/// A name as a factor.
pub(crate) fn named(lay: Layout) -> Piece {
    let bare = |x: &Layout| match x {
        Layout::Accent(_, inner) => (**inner).clone(),
        _ => x.clone(),
    };
    // Words keep a space before and behind them.
    let class = match &bare(&lay) {
        Layout::Name(l) if l.text.chars().count() != 1 => Class::Symbol,
        Layout::Name(Letters { face: Face::Bold, .. }) => Class::Matrix,
        Layout::Name(_) => Class::Letter,
        Layout::Script { base, .. } => match bare(base) {
            Layout::Name(Letters { face: Face::Bold, text }) if text.chars().count() == 1 => Class::Matrix,
            _ => Class::Symbol,
        },
        _ => Class::Symbol,
    };
    Piece::new(lay, Prec::Atom, class)
}

/// The number of binders above.
pub(crate) fn depth_of(scope: Option<&Scope<'_>>) -> usize {
    std::iter::successors(scope, |s| s.up).count()
}
