//! Tensor operators: transposes, inverses, entrywise and Kronecker products, convolutions.

use super::arithmetic::raise;
use super::{Class, Composer, Cx, Piece, Prec};
use crate::layout::{Face, Fence, Layout, Letters, Op};
use gradus_term::{Id, Node, Prim};

impl Composer<'_> {
    /// Whether a call of this primitive is printed with signs, not as a name with brackets, in worksheet syntax.
    pub(super) fn prints_as_operator(&self, t: Id) -> bool {
        matches!(self.s.node(t), Node::Call(f, _) if matches!(self.s.prim(*f), Some(Prim::Transpose | Prim::Inv | Prim::Hadamard | Prim::EntryDiv | Prim::EntryPow | Prim::Factorial)))
    }

    pub(super) fn operator(&self, t: Id, p: Prim, xs: &[Id], cx: Cx<'_>) -> Piece {
        if let (Prim::AsMatrix, [entries, rows]) = (p, xs) {
            if let Some(whole) = self.matrix_of_derivatives(*entries, cx) {
                return whole;
            }
            if let (false, Some(p)) = (cx.line(), self.matrix_of_entries(*entries, *rows, cx)) {
                return p;
            }
        }
        if cx.line() {
            return self.operator_line(p, xs, cx);
        }
        let word = |w: &str| self.applied_always(Layout::operator(w), xs, cx);
        match (p, xs) {
            (Prim::Transpose | Prim::Inv, [x]) => self.raised(p, *x, cx),
            (Prim::Tr, _) => word("tr"),
            (Prim::Det, _) => word("det"),
            (Prim::LogDet, [x]) => {
                let det =
                    Layout::row(vec![Layout::operator("det"), Layout::Op(Op::Thin), self.term(*x, cx.free()).at_least(Prec::Pow).lay]);
                let log = Layout::operator(if self.o.ln { "ln" } else { "log" });
                Piece::new(Layout::row(vec![log, det.fenced(Fence::Bars)]), Prec::Pow, Class::Symbol)
            }
            (Prim::Diag, _) => word("Diag"),
            (Prim::Diagonal, _) => word("diag"),
            (Prim::Vec, _) => word("vec"),
            (Prim::Outer, _) => word("outer"),
            (Prim::SumAll, _) => word("sum"),
            (Prim::Flip, _) => word("flip"),
            (Prim::Norm, [x]) => Piece::atom(self.term(*x, cx.free()).lay.fenced(Fence::DoubleBars)),
            (Prim::Hadamard, [a, b]) => self.infix(*a, Op::Hadamard, *b, cx),
            (Prim::EntryDiv, [a, b]) => match self.times_ones(*a) {
                // A number over the entries: 1 ⊘ x.
                Some(number) => {
                    let cx = cx.followed();
                    self.between(self.product_of(&number, cx), Op::EntryDiv, self.term(*b, cx), cx)
                }
                None => self.infix(*a, Op::EntryDiv, *b, cx),
            },
            (Prim::Kron, _) if self.s.is_ones(t) => Piece::new(bold("1"), Prec::Atom, Class::Matrix),
            (Prim::Kron, [a, b]) => self.infix(*a, Op::Kron, *b, cx),
            (Prim::Dot, [a, b]) => self.infix(*a, Op::Dot, *b, cx),
            (Prim::EntryPow, [a, b]) => {
                let exponent = Layout::row(vec![Layout::Op(Op::Hadamard), self.term(*b, cx.script()).lay]);
                let base = self.term(*a, cx.followed()).at_least(Prec::Atom);
                Piece::new(raise(base.lay, exponent), Prec::Pow, Class::Symbol)
            }
            (Prim::Ones, _) => Piece::new(bold("1"), Prec::Atom, Class::Matrix),
            (Prim::Eye, _) => {
                let face = if self.names.is_taken("I") { Face::Bold } else { Face::Italic };
                Piece::new(Layout::Name(Letters { text: "I".into(), face }), Prec::Atom, Class::Matrix)
            }
            (Prim::Commutation, [m, n]) => {
                let sub = self.arguments(&[*m, *n], cx.script());
                Piece::new(bold("K").script(Some(sub), None), Prec::Atom, Class::Matrix)
            }
            _ => self.convolution(t, p, xs, cx),
        }
    }

    fn applied_always(&self, head: Layout, xs: &[Id], cx: Cx<'_>) -> Piece {
        let args = self.arguments(xs, cx);
        Piece::atom(Layout::row(vec![head, args.fenced(Fence::Call)]))
    }

    /// A^⊤, A^{-1}, A^{-⊤}.
    fn raised(&self, p: Prim, x: Id, cx: Cx<'_>) -> Piece {
        let inverse_of = match (p, self.s.node(x)) {
            (Prim::Transpose, Node::Call(f, ys)) if self.s.prim(*f) == Some(Prim::Inv) => ys.first().copied(),
            _ => None,
        };
        let (base, sign) = match (inverse_of, p) {
            (Some(y), _) => (y, vec![Layout::Op(Op::Neg), Layout::Op(Op::Top)]),
            (None, Prim::Transpose) => (x, vec![Layout::Op(Op::Top)]),
            _ => (x, vec![Layout::Op(Op::Neg), Layout::Number("1".into())]),
        };
        let base = self.term(base, cx.followed()).at_least(Prec::Atom);
        let class = if base.class == Class::Letter { Class::Matrix } else { base.class };
        Piece::new(raise(base.lay, Layout::row(sign)), Prec::Pow, class)
    }

    /// Two operands with a sign between them; chained without brackets only by ⊙, from left to right.
    fn infix(&self, a: Id, op: Op, b: Id, cx: Cx<'_>) -> Piece {
        let cx = cx.followed();
        let entrywise = |t: Id| matches!(self.s.node(t), Node::Call(f, _) if self.s.prim(*f) == Some(Prim::Hadamard));
        if op == Op::Hadamard && entrywise(a) {
            // Read from left to right, a ⊙ b ⊙ c needs no brackets.
            let (a, b) = (self.term(a, cx), self.term(b, cx).at_least(if cx.line() { Prec::Pow } else { Prec::Frac }));
            return Piece::new(Layout::row(vec![a.lay, Layout::Op(op), b.lay]), Prec::Prod, Class::Symbol);
        }
        self.between(self.term(a, cx), op, self.term(b, cx), cx)
    }
    fn between(&self, a: Piece, op: Op, b: Piece, cx: Cx<'_>) -> Piece {
        let least = if cx.line() { Prec::Pow } else { Prec::Frac };
        let (a, b) = (a.at_least(least), b.at_least(least));
        Piece::new(Layout::row(vec![a.lay, Layout::Op(op), b.lay]), Prec::Prod, Class::Symbol)
    }

    fn operator_line(&self, p: Prim, xs: &[Id], cx: Cx<'_>) -> Piece {
        let cx = cx.free();
        let suffix = |x: Id, s: &str| {
            let base = self.term(x, cx).at_least(Prec::Atom);
            Piece::new(Layout::row(vec![base.lay, Layout::plain(s)]), Prec::Pow, Class::Symbol)
        };
        match (p, xs) {
            (Prim::Transpose, [x]) => match self.s.node(*x) {
                Node::Call(f, ys) if self.s.prim(*f) == Some(Prim::Inv) => match ys.first() {
                    Some(y) if self.s.sort(*y).is_tensor() => suffix(*y, "^-T"),
                    _ => suffix(*x, "^T"),
                },
                _ => suffix(*x, "^T"),
            },
            (Prim::Inv, [x]) if self.s.sort(*x).is_tensor() => suffix(*x, "^-1"),
            (Prim::Hadamard, [a, b]) => self.infix(*a, Op::Hadamard, *b, cx),
            (Prim::EntryDiv, [a, b]) => self.infix(*a, Op::EntryDiv, *b, cx),
            (Prim::EntryPow, [a, b]) => {
                let (a, b) = (self.term(*a, cx).at_least(Prec::Atom), self.term(*b, cx).at_least(Prec::Atom));
                Piece::new(Layout::row(vec![a.lay, Layout::Op(Op::EntryPow), b.lay]), Prec::Pow, Class::Symbol)
            }
            _ => match convolution_kind(p) {
                Some((correlate, kind)) => self.convolution_line(correlate, kind, xs, cx),
                None => {
                    let name = if p == Prim::SumAll { "sum" } else { p.name() };
                    Piece::atom(Layout::row(vec![Layout::plain(name), self.arguments(xs, cx).fenced(Fence::Call)]))
                }
            },
        }
    }

    fn convolution_line(&self, correlate: bool, kind: Op, xs: &[Id], cx: Cx<'_>) -> Piece {
        let (own, options) = xs.split_at(xs.len().min(2));
        let mut args = vec![self.arguments(own, cx), Layout::Op(Op::Comma), Layout::Op(kind)];
        for (key, x) in ["stride=", "padding=", "dilation="].iter().zip(options) {
            args.extend([Layout::Op(Op::Comma), Layout::Words((*key).to_owned()), self.term(*x, cx).lay]);
        }
        Piece::atom(super::call(if correlate { "correlate" } else { "convolve" }, args))
    }

    /// `x * w` and `x *~ w`, the kind below unless it is full; with options, as a call.
    fn convolution(&self, _t: Id, p: Prim, xs: &[Id], cx: Cx<'_>) -> Piece {
        let Some((correlate, kind)) = convolution_kind(p) else {
            return self.applied_always(Layout::operator(p.name()), xs, cx);
        };
        if let [a, b] = xs {
            let (a, b) = (self.term(*a, cx.followed()).at_least(Prec::Frac), self.term(*b, cx.followed()).at_least(Prec::Frac));
            let sign = Layout::Op(if correlate { Op::Correlate } else { Op::Convolve });
            let sign = if kind == Op::Full { sign } else { sign.script(Some(Layout::Op(kind)), None) };
            return Piece::new(Layout::row(vec![a.lay, sign, b.lay]), Prec::Prod, Class::Symbol);
        }
        let head = Layout::operator(if correlate { "correlate" } else { "convolve" });
        let (own, options) = xs.split_at(xs.len().min(2));
        let mut args = vec![self.arguments(own, cx), Layout::Op(Op::Comma), Layout::Op(kind)];
        for ((key, usual), x) in [("stride ", 1), ("padding ", 0), ("dilation ", 1)].iter().zip(options) {
            if self.s.as_aff(*x).and_then(|a| a.as_int()) == Some(*usual) {
                continue;
            }
            args.extend([Layout::Op(Op::Comma), Layout::Words((*key).to_owned()), self.term(*x, cx.free()).lay]);
        }
        Piece::atom(Layout::row(vec![head, Layout::row(args).fenced(Fence::Call)]))
    }
}

pub(super) fn bold(s: &str) -> Layout {
    Layout::Name(Letters { text: s.into(), face: Face::Bold })
}

fn convolution_kind(p: Prim) -> Option<(bool, Op)> {
    Some(match p {
        Prim::ConvolveFull => (false, Op::Full),
        Prim::ConvolveValid => (false, Op::Valid),
        Prim::ConvolveSame => (false, Op::Same),
        Prim::CorrelateFull => (true, Op::Full),
        Prim::CorrelateValid => (true, Op::Valid),
        Prim::CorrelateSame => (true, Op::Same),
        _ => return None,
    })
}
