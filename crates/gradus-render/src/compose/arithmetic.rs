//! Sums, products, fractions, powers.

use super::operators::bold;
use super::{Class, Composer, Cx, Piece, Prec};
use crate::layout::{Fence, Layout, Op, Style};
use gradus_term::{Id, Node, Prim, Summand};

impl Composer<'_> {
    /// A signed sum. A scalar times `ones` beside other tensors is shown as the scalar.
    pub(super) fn sum(&self, t: Id, xs: &[Summand], cx: Cx<'_>) -> Piece {
        let cx = cx.free();
        let broadcast = self.s.sort(t).is_tensor() && xs.iter().any(|x| self.times_ones(x.term).is_none());
        let mut out = Vec::with_capacity(2 * xs.len());
        for (k, x) in xs.iter().enumerate() {
            match (k, x.neg) {
                (0, false) => {}
                (0, true) => out.push(Layout::Op(Op::Neg)),
                (_, false) => out.push(Layout::Op(Op::Plus)),
                (_, true) => out.push(Layout::Op(Op::Minus)),
            }
            let shown = match self.times_ones(x.term) {
                Some(fs) if broadcast => self.product_of(&fs, cx),
                _ => self.term(x.term, cx),
            };
            out.push(shown.at_least(Prec::Prod).lay);
        }
        Piece::new(Layout::row(out), Prec::Sum, Class::Symbol)
    }

    /// The scalar factors of a scalar times `ones`; none for `ones` alone.
    pub(super) fn times_ones(&self, t: Id) -> Option<Vec<Id>> {
        let Node::Product(xs) = self.s.node(t) else { return None };
        let (last, init) = xs.split_last()?;
        self.s.is_ones(*last).then(|| init.to_vec())
    }
    pub(super) fn product_of(&self, xs: &[Id], cx: Cx<'_>) -> Piece {
        match xs {
            [x] => self.term(*x, cx),
            _ => self.product(xs, cx),
        }
    }

    pub(super) fn product(&self, xs: &[Id], cx: Cx<'_>) -> Piece {
        if cx.line() {
            return self.product_line(xs, cx);
        }
        // The zero vector or matrix.
        if let [zero, ones] = xs {
            if self.s.is_ones(*ones) && self.s.as_rational(*zero).is_some_and(|q| q.is_zero()) {
                return Piece::new(bold("0"), Prec::Atom, Class::Matrix);
            }
        }
        let mut out: Vec<Layout> = Vec::with_capacity(2 * xs.len());
        let mut before: Option<Class> = None;
        for (k, x) in xs.iter().enumerate() {
            let last = k + 1 == xs.len();
            // `\sin x \cos x`: a function stops at the next one.
            let stops = last || xs.get(k + 1).is_some_and(|y| self.is_command_call(*y));
            let piece = self.factor(*x, if last || (stops && self.is_command_call(*x)) { cx } else { cx.followed() }, stops);
            if let Some(b) = before {
                let digit = starts_with_digit(&piece.lay).then_some(Op::Dot);
                out.extend(digit.or_else(|| between(b, piece.class)).map(Layout::Op));
            }
            before = Some(piece.class);
            out.push(piece.lay);
        }
        Piece::new(Layout::row(out), Prec::Prod, Class::Symbol)
    }

    fn factor(&self, x: Id, cx: Cx<'_>, last: bool) -> Piece {
        let p = self.term(x, cx);
        let whole_product = last && matches!(self.s.node(x), Node::MatMul(_)) && p.prec == Prec::Prod;
        if whole_product || (last && cx.tail && p.prec == Prec::Apply) {
            return p;
        }
        p.at_least(Prec::Frac)
    }

    fn product_line(&self, xs: &[Id], cx: Cx<'_>) -> Piece {
        let cx = cx.free();
        let mut out: Vec<Layout> = Vec::with_capacity(2 * xs.len());
        for (k, x) in xs.iter().enumerate() {
            let p = self.term(*x, cx);
            // `a/b c` is (a/b) c, so a fraction may come first; elsewhere it needs brackets.
            let first_fraction = k == 0 && matches!(self.s.node(*x), Node::Quot(..));
            let p = if first_fraction { p.at_least(Prec::Prod) } else { p.at_least(Prec::Pow) };
            if k > 0 {
                out.push(Layout::Op(if starts_with_digit(&p.lay) { Op::Star } else { Op::Space }));
            }
            out.push(p.lay);
        }
        Piece::new(Layout::row(out), Prec::Prod, Class::Symbol)
    }

    pub(super) fn quotient(&self, a: Id, b: Id, cx: Cx<'_>) -> Piece {
        let cx = cx.free();
        let (a, b) = (self.term(a, cx), self.term(b, cx));
        if cx.style == Style::Page {
            return Piece::new(Layout::Frac(Box::new(a.lay), Box::new(b.lay)), Prec::Frac, Class::Frac);
        }
        let a = if cx.line() { a.at_least(Prec::Prod) } else { a.at_least(Prec::Frac) };
        let lay = Layout::row(vec![a.lay, Layout::Op(Op::Slash), b.at_least(Prec::Pow).lay]);
        Piece::new(lay, Prec::Prod, Class::Symbol)
    }

    pub(super) fn power(&self, a: Id, b: Id, cx: Cx<'_>) -> Piece {
        if cx.line() {
            return self.power_line(a, b, cx);
        }
        let exponent = self.term(b, cx.script()).lay;
        if let Some(p) = self.function_power(a, b, &exponent, cx) {
            return p;
        }
        // A power of an inverse is A^{-2}.
        let (a, exponent) = match self.s.node(a) {
            Node::Call(f, xs) if self.s.prim(*f) == Some(Prim::Inv) && matches!(exponent, Layout::Number(_)) => {
                (xs.first().copied().unwrap_or(a), Layout::row(vec![Layout::Op(Op::Neg), exponent]))
            }
            _ => (a, exponent),
        };
        let base = self.term(a, cx.followed()).at_least(Prec::Atom);
        let class = match base.class {
            Class::Letter | Class::Matrix | Class::Fence => base.class,
            _ => Class::Symbol,
        };
        Piece::new(raise(base.lay, exponent), Prec::Pow, class)
    }

    fn power_line(&self, a: Id, b: Id, cx: Cx<'_>) -> Piece {
        let base = self.term(a, cx.free()).at_least(Prec::Atom);
        let exponent = self.term(b, cx.free());
        // `x^T` would be the transpose.
        let exponent = match &exponent.lay {
            Layout::Name(l) if l.text == "T" => exponent.fenced(),
            _ => exponent.at_least(Prec::Pow),
        };
        Piece::new(Layout::row(vec![base.lay, Layout::Op(Op::Caret), exponent.lay]), Prec::Pow, Class::Symbol)
    }

    pub(super) fn matmul(&self, xs: &[Id], cx: Cx<'_>) -> Piece {
        let mut out: Vec<Layout> = Vec::with_capacity(2 * xs.len());
        let mut before: Option<Class> = None;
        for x in xs {
            let p = self.term(*x, cx.followed());
            let p = p.at_least(if cx.line() { Prec::Pow } else { Prec::Frac });
            match before {
                None => {}
                Some(_) if cx.line() => out.push(Layout::Op(if starts_with_digit(&p.lay) { Op::Star } else { Op::Space })),
                Some(b) => out.extend(between(b, p.class).map(Layout::Op)),
            }
            before = Some(p.class);
            out.push(p.lay);
        }
        Piece::new(Layout::row(out), Prec::Prod, Class::Symbol)
    }
}

/// The base with an exponent; an exponent goes beside a subscript that is there.
pub(super) fn raise(base: Layout, exponent: Layout) -> Layout {
    match base {
        Layout::Script { base, sub, sup: None } => Layout::Script { base, sub, sup: Some(Box::new(exponent)) },
        // A name with primes or a form with an exponent of its own.
        b @ (Layout::Script { .. } | Layout::Form(..)) => b.fenced(Fence::Round).script(None, Some(exponent)),
        b => b.script(None, Some(exponent)),
    }
}

/// What stands between two factors.
fn between(a: Class, b: Class) -> Option<Op> {
    use Class::{Derivative, DerivativeFrac, Fence, Frac, Letter, Matrix, Number, Symbol};
    match (a, b) {
        (_, Number) | (Number, Frac) => Some(Op::Dot),
        (Frac | DerivativeFrac, Frac | DerivativeFrac | Derivative) => Some(Op::Dot),
        (_, Fence | Frac) => None,
        (Number | Letter, Letter) | (Frac, Letter | Symbol | Matrix) | (Number | Matrix, Matrix) => None,
        _ => Some(Op::Thin),
    }
}

/// Whether the first thing written is a digit.
fn starts_with_digit(l: &Layout) -> bool {
    match l {
        Layout::Number(_) => true,
        Layout::Row(xs) => xs.first().is_some_and(starts_with_digit),
        Layout::Script { base, .. } => starts_with_digit(base),
        _ => false,
    }
}
