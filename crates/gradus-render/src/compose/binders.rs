//! Operations over ranges, brackets of conditions, branches, tensors from entries, arrays.

use super::{call, Bound, Class, Composer, Cx, Piece, Prec, Scope};
use crate::layout::{BigSign, Face, Fence, Layout, Letters, Op, Style};
use crate::names::{self, Names};
use gradus_term::{Aff, BigOp, IVar, Id, Node, RelOp, Store, Sym, VarKind};

impl Composer<'_> {
    /// The letter of an index over this body.
    pub(super) fn letter(&self, hint: Sym, body: Id, cx: Cx<'_>) -> String {
        let inside = self.parameters(body);
        self.names.letter(self.s, hint, super::depth_of(cx.scope), &|n| {
            above(n, cx.scope) || cx.beside.iter().any(|m| m == n) || inside.contains(&n)
        })
    }

    /// The letter of a value over this body: it may hide a declared name that the body does not mention.
    pub(super) fn value_letter(&self, hint: Sym, body: Id, cx: Cx<'_>) -> String {
        let inside = self.free_names(body);
        Names::value_letter(self.s, hint, super::depth_of(cx.scope), &|n| above(n, cx.scope) || inside.iter().any(|m| m == n))
    }

    /// The spellings of the parameters that a body mentions.
    fn parameters(&self, body: Id) -> Vec<&str> {
        self.s.free_vars(body).into_iter().map(|v| self.s.var(v)).filter(|v| v.kind == VarKind::Param).map(|v| v.name.as_str()).collect()
    }

    pub(super) fn big(&self, t: Id, cx: Cx<'_>) -> Piece {
        let Node::Big { op, hint, lo, hi, cond, body } = self.s.node(t) else { return Piece::atom(Layout::Row(Vec::new())) };
        let letter = self.letter(*hint, *body, cx);
        let scope = Scope { up: cx.scope, bound: Bound::Letter(letter.clone()) };
        let inner = cx.within(Some(&scope)).free();
        if cx.line() {
            let name = match op {
                BigOp::Sum => "sum",
                BigOp::Prod => "prod",
                BigOp::Max => "max",
                BigOp::Min => "min",
            };
            let mut args = vec![
                Layout::plain(letter),
                Layout::Words(" in ".into()),
                self.index(lo, cx).lay,
                Layout::Words("..".into()),
                self.index(hi, cx).lay,
            ];
            if let Some(c) = cond {
                args.extend([Layout::Words(" if ".into()), self.term(*c, inner).lay]);
            }
            args.extend([Layout::Op(Op::Comma), self.term(*body, inner).lay]);
            return Piece::atom(call(name, args));
        }
        let sign = match op {
            BigOp::Sum => BigSign::Sum,
            BigOp::Prod => BigSign::Prod,
            BigOp::Max => BigSign::Max,
            BigOp::Min => BigSign::Min,
        };
        let (sub, sup) = self.limits(t, &letter, inner, cx);
        let shown = if self.zeros_outside && *op == BigOp::Sum { zero_extended(self.s, *body).unwrap_or(*body) } else { *body };
        let body = self.term(shown, inner).at_least(Prec::Prod);
        Piece::new(Layout::Big { sign, sub, sup, body: Box::new(body.lay) }, Prec::Apply, Class::Symbol)
    }

    /// What stands below and above a big operator.
    fn limits(&self, t: Id, letter: &str, inner: Cx<'_>, cx: Cx<'_>) -> (Vec<Layout>, Option<Box<Layout>>) {
        let Node::Big { lo, hi, cond, body, .. } = self.s.node(t) else { return (Vec::new(), None) };
        let name = names::whole(letter, None, Face::Italic);
        let condition = cond.map(|c| self.term(c, inner.script()).lay);
        if !self.o.ranges && self.range_is_shape(lo, hi, *body) {
            // `k ≠ i` says the letter itself.
            let says_letter =
                cond.is_some_and(|c| matches!(self.s.node(c), Node::Rel(RelOp::Ne, a, _) if self.s.as_aff(*a) == Some(Aff::bound(0))));
            return match condition {
                Some(c) if says_letter => (vec![c], None),
                Some(c) => (vec![name, c], None),
                None => (vec![name], None),
            };
        }
        let from = Layout::row(vec![name, Layout::Op(Op::Rel(RelOp::Eq)), self.index(lo, cx.script()).lay]);
        let mut below = vec![from];
        below.extend(condition);
        (below, Some(Box::new(self.index(hi, cx.script()).lay)))
    }

    /// Whether the range is exactly the shape of what the bare index is used on, and ends at a number or a name, so that it
    /// need not be said.
    fn range_is_shape(&self, lo: &Aff, hi: &Aff, body: Id) -> bool {
        if hi.as_int().is_none() && hi.as_var().is_none() {
            return false;
        }
        if *lo != Aff::int(1) || hi.vars().any(|v| matches!(v, IVar::Bound(_))) {
            return false;
        }
        let (mut sure, mut found) = (true, false);
        let mut todo = vec![(body, 0_u32)];
        let mut seen = std::collections::BTreeSet::new();
        while let Some((x, depth)) = todo.pop() {
            if self.s.loose(x) <= depth || !seen.insert((x, depth)) {
                continue;
            }
            let me = IVar::Bound(depth);
            let bare = |a: &Aff| a.as_var() == Some(me);
            match self.s.node(x) {
                Node::Entry(t, ix) => {
                    for (k, a) in ix.iter().enumerate().filter(|(_, a)| a.mentions(me)) {
                        let fits = bare(a) && self.s.sort(*t).dims().get(k) == Some(hi);
                        sure &= fits;
                        found |= fits;
                    }
                }
                Node::Rel(_, a, b) if [a, b].iter().all(|x| self.s.as_aff(**x).is_none_or(|a| !a.mentions(me) || bare(&a))) => {
                    // A comparison of the bare index does not hide its range.
                    todo.extend([a, b].iter().filter(|x| self.s.as_aff(***x).is_none()).map(|x| (**x, depth)));
                    continue;
                }
                Node::Diff { slot, .. } => sure &= slot.iter().all(|a| !a.mentions(me) || bare(a)),
                n => n.for_each_aff(|a, under| sure &= !a.mentions(IVar::Bound(depth + under))),
            }
            self.s.node(x).for_each_child(|c, under| todo.push((c, depth + under)));
        }
        sure && found
    }

    /// 1 where the condition holds: δ for equal indices.
    pub(super) fn iverson(&self, c: Id, cx: Cx<'_>) -> Piece {
        if cx.line() {
            return Piece::atom(self.term(c, cx.free()).lay.fenced(Fence::Square));
        }
        if let Node::Rel(RelOp::Eq, a, b) = self.s.node(c) {
            let delta = Layout::Name(Letters { text: "δ".into(), face: Face::Italic });
            if let (Some(a), Some(b), false, false) = (self.s.as_aff(*a), self.s.as_aff(*b), self.o.indicator, self.names.is_taken("delta"))
            {
                return Piece::atom(delta.script(Some(self.subscripts(&[a, b], 0, cx)), None));
            }
        }
        let one = Layout::Name(Letters { text: "1".into(), face: Face::Bold });
        Piece::atom(one.script(Some(self.term(c, cx.script()).lay), None))
    }

    pub(super) fn cases(&self, bs: &[(Id, Id)], otherwise: Option<Id>, cx: Cx<'_>) -> Piece {
        let cx = cx.free();
        if cx.line() {
            let mut args = Vec::new();
            for (c, v) in bs {
                if !args.is_empty() {
                    args.push(Layout::Op(Op::Comma));
                }
                args.extend([self.term(*v, cx).lay, Layout::Words(" if ".into()), self.term(*c, cx).lay]);
            }
            if let Some(o) = otherwise {
                args.extend([Layout::Op(Op::Comma), self.term(o, cx).lay, Layout::Words(" otherwise".into())]);
            }
            return Piece::atom(call("cases", args));
        }
        let mut rows: Vec<(Layout, Option<Layout>)> =
            bs.iter().map(|(c, v)| (self.term(*v, cx).lay, Some(self.term(*c, cx).lay))).collect();
        rows.extend(otherwise.map(|o| (self.term(o, cx).lay, None)));
        Piece::new(Layout::Cases(rows), Prec::Prod, Class::Symbol)
    }

    /// A tensor from its entries: a gradient, a Jacobian, a Hessian, or the entry in brackets with its indices.
    pub(super) fn tensor(&self, t: Id, cx: Cx<'_>) -> Piece {
        if let Some(p) = self.tensor_of_derivatives(t, cx).or_else(|| self.slopes(t, cx)) {
            return p;
        }
        let Node::Tensor { dims, hints, body } = self.s.node(t) else { return Piece::atom(Layout::Row(Vec::new())) };
        if let Some(p) = self.column_or_row(dims, *body, cx) {
            return p;
        }
        self.tensor_letters(dims, hints, *body, Vec::new(), None, cx)
    }
    /// `as_matrix(…)` of entries: the entry in brackets with the row and the column index, `(…)_{(j,i),(l,k)}`.
    pub(super) fn matrix_of_entries(&self, t: Id, rows: Id, cx: Cx<'_>) -> Option<Piece> {
        let Node::Tensor { dims, hints, body } = self.s.node(t) else { return None };
        let rows = usize::try_from(self.s.as_rational(rows)?.to_i64()?).ok()?;
        Some(self.tensor_letters(dims, hints, *body, Vec::new(), Some(rows), cx))
    }

    /// Opens the tensor's binders one after the other, then shows its entry.
    fn tensor_letters(&self, dims: &[Aff], hints: &[Sym], body: Id, mut letters: Vec<String>, rows: Option<usize>, cx: Cx<'_>) -> Piece {
        if let Some(h) = hints.get(letters.len()) {
            let letter = self.letter(*h, body, cx);
            letters.push(letter.clone());
            let scope = Scope { up: cx.scope, bound: Bound::Letter(letter) };
            return self.tensor_letters(dims, hints, body, letters, rows, cx.within(Some(&scope)));
        }
        let entry = self.term(body, cx.free()).lay;
        // The sizes stand outside the binders.
        let mut outside = cx;
        for _ in 0..letters.len() {
            outside = outside.within(outside.scope.and_then(|s| s.up));
        }
        if cx.line() {
            let mut args = Vec::new();
            for (l, n) in letters.iter().zip(dims) {
                args.extend([Layout::plain(l.clone()), Layout::Words(" in 1..".into()), self.index(n, outside).lay, Layout::Op(Op::Comma)]);
            }
            args.push(entry);
            return Piece::atom(call("tensor", args));
        }
        if let Some(k) = rows {
            let (rows, cols) = letters.split_at(k.min(letters.len()));
            let tuple = |side: &[String]| {
                let names = side.iter().map(|l| names::whole(l, None, Face::Italic));
                let inside: Vec<Layout> =
                    names.enumerate().flat_map(|(k, n)| (k > 0).then_some(Layout::Op(Op::Comma)).into_iter().chain([n])).collect();
                if side.len() > 1 {
                    Layout::row(inside).fenced(Fence::Round)
                } else {
                    Layout::row(inside)
                }
            };
            let mut below = vec![tuple(rows)];
            if !cols.is_empty() {
                below.extend([Layout::Op(Op::Comma), tuple(cols)]);
            }
            return Piece::atom(entry.fenced(Fence::Round).script(Some(Layout::row(below)), None));
        }
        let mut below = Vec::new();
        let mut above = Vec::new();
        for (l, n) in letters.iter().zip(dims) {
            if !below.is_empty() {
                below.push(Layout::Op(Op::Comma));
                above.push(Layout::Op(Op::Comma));
            }
            below.push(names::whole(l, None, Face::Italic));
            above.push(self.index(n, outside.script()).lay);
        }
        if let [_] = letters.as_slice() {
            below.extend([Layout::Op(Op::Rel(RelOp::Eq)), Layout::Number("1".into())]);
            return Piece::atom(entry.fenced(Fence::Round).script(Some(Layout::row(below)), Some(Layout::row(above))));
        }
        below.retain(|x| *x != Layout::Op(Op::Comma));
        Piece::atom(entry.fenced(Fence::Round).script(Some(Layout::row(below)), None))
    }

    pub(super) fn array(&self, xs: &[Id], cx: Cx<'_>) -> Piece {
        let cx = cx.free();
        if cx.line() {
            return Piece::atom(self.arguments(xs, cx).fenced(Fence::Square));
        }
        let inner = Cx { style: Style::Script, ..cx };
        let rows = xs
            .iter()
            .map(|x| match self.s.node(*x) {
                Node::Array(ys) => ys.iter().map(|y| self.term(*y, inner).lay).collect(),
                _ => vec![self.term(*x, inner).lay],
            })
            .collect();
        Piece::atom(Layout::Grid(rows))
    }

    pub(super) fn stack(&self, xs: &[Id], cx: Cx<'_>) -> Piece {
        let cx = cx.free();
        if cx.line() {
            let mut out = Vec::new();
            for x in xs {
                if !out.is_empty() {
                    out.push(Layout::Op(Op::Semicolon));
                }
                out.push(self.term(*x, cx).lay);
            }
            return Piece::atom(Layout::row(out).fenced(Fence::Square));
        }
        Piece::atom(Layout::Grid(xs.iter().map(|x| vec![self.term(*x, cx).lay]).collect()))
    }
}

/// Whether a binder above has this letter.
fn above(n: &str, scope: Option<&Scope<'_>>) -> bool {
    let mut at = scope;
    while let Some(sc) = at {
        if matches!(&sc.bound, Bound::Letter(l) if l == n) {
            return true;
        }
        at = sc.up;
    }
    false
}

/// A product without the guards that only say that an entry beside them lies in its range: it is written as 0 outside, where
/// the page says so.
pub(crate) fn zero_extended(s: &Store, body: Id) -> Option<Id> {
    let Node::Product(xs) = s.node(body) else { return None };
    let mut inside: Vec<Aff> = Vec::new();
    for x in xs.iter() {
        let (ix, t) = match s.node(*x) {
            Node::Entry(t, ix) => (ix, *t),
            Node::Diff { slot, point, .. } => (slot, *point),
            _ => continue,
        };
        for (a, n) in ix.iter().zip(s.sort(t).dims()) {
            inside.extend([a.plus(-1), n.sub(a)]);
        }
    }
    let said = |c: Id| match s.node(c) {
        Node::Rel(RelOp::Le, a, b) => s.as_aff(*a).zip(s.as_aff(*b)).is_some_and(|(a, b)| inside.contains(&b.sub(&a))),
        _ => false,
    };
    let carried = |x: Id| match s.node(x) {
        Node::Iverson(c) => match s.node(*c) {
            Node::And(cs) => cs.iter().all(|c| said(*c)),
            _ => said(*c),
        },
        _ => false,
    };
    let kept: Vec<Id> = xs.iter().copied().filter(|x| !carried(*x)).collect();
    (kept.len() < xs.len()).then(|| s.product(&kept))
}
