//! Integer expressions and entries.

use super::{lookup, named, Bound, Class, Composer, Cx, Piece, Prec, Scope};
use crate::layout::{Fence, Layout, Op, Style};
use crate::names;
use gradus_term::{Aff, IVar, Id, Node};

impl Composer<'_> {
    /// An integer expression: positive terms first (free names, then bound ones), then negative ones, the constant last.
    pub(super) fn index(&self, a: &Aff, cx: Cx<'_>) -> Piece {
        let mut parts: Vec<(u8, u32, IVar, i64)> =
            a.t.iter()
                .map(|(v, k)| match v {
                    IVar::Free(w) => (u8::from(*k < 0) * 2, w.0, *v, *k),
                    IVar::Bound(b) => (u8::from(*k < 0) * 2 + 1, u32::MAX - b, *v, *k),
                })
                .collect();
        parts.sort_by_key(|p| (p.0, p.1));
        let constant_first = a.c > 0 && parts.first().is_some_and(|p| p.3 < 0);
        let mut out: Vec<Layout> = Vec::new();
        if constant_first || parts.is_empty() {
            signed(&mut out, a.c < 0, vec![Layout::Number(a.c.unsigned_abs().to_string())]);
        }
        let mut single = None;
        for (_, _, v, k) in &parts {
            let name = self.index_name(*v, cx);
            single = Some((name.clone(), *k));
            let mut term = Vec::new();
            if k.unsigned_abs() != 1 {
                term.push(Layout::Number(k.unsigned_abs().to_string()));
                if cx.line() {
                    term.push(Layout::Op(Op::Space));
                }
            }
            term.push(name.lay);
            signed(&mut out, *k < 0, term);
        }
        if a.c != 0 && !constant_first && !parts.is_empty() {
            signed(&mut out, a.c < 0, vec![Layout::Number(a.c.unsigned_abs().to_string())]);
        }
        match (parts.len(), a.c, single) {
            (0, c, _) if c >= 0 => Piece::new(Layout::row(out), Prec::Atom, Class::Number),
            (1, 0, Some((p, 1))) => p,
            (1, 0, Some((_, k))) if k > 0 => Piece::new(Layout::row(out), Prec::Prod, Class::Symbol),
            _ => Piece::new(Layout::row(out), Prec::Sum, Class::Symbol),
        }
    }

    fn index_name(&self, v: IVar, cx: Cx<'_>) -> Piece {
        match v {
            IVar::Free(w) => self.var(w, cx),
            IVar::Bound(k) => match lookup(k, cx.scope) {
                Some((Bound::Letter(l), _)) if cx.line() => Piece::atom(Layout::plain(l)),
                Some((Bound::Letter(l), _)) => named(names::whole(l, None, crate::layout::Face::Italic)),
                Some((Bound::Point(p), up)) => self.term(*p, cx.within(up)),
                None => Piece::atom(Layout::Words(format!("?{k}"))),
            },
        }
    }

    /// Indices below a letter: `kj` where each is one letter or digit, else with commas.
    pub(super) fn subscripts(&self, ix: &[Aff], missing: usize, cx: Cx<'_>) -> Layout {
        let cx = Cx { style: if cx.line() { Style::Line } else { Style::Script }, ..cx };
        let mut parts: Vec<Layout> = ix.iter().map(|a| self.index(a, cx).lay).collect();
        parts.extend(std::iter::repeat_n(Layout::Op(Op::Colon), missing));
        let short = !cx.line() && parts.iter().all(|p| matches!(p, Layout::Name(_)));
        let mut out = Vec::new();
        for (k, p) in parts.into_iter().enumerate() {
            if k > 0 && !short {
                out.push(Layout::Op(Op::Comma));
            }
            out.push(p);
        }
        Layout::row(out)
    }

    /// An entry `T[i, j]`.
    pub(super) fn entry(&self, t: Id, ix: &[Aff], cx: Cx<'_>) -> Piece {
        let missing = self.s.sort(t).dims().len().saturating_sub(ix.len());
        self.entry_at(t, self.subscripts(ix, missing, cx), cx)
    }
    /// The entries `A[i, c]` for every i: a column, `A[:, c]`; `A[c, i]` for every i: a row, `A[c, :]`.
    pub(super) fn column_or_row(&self, dims: &[Aff], body: Id, cx: Cx<'_>) -> Option<Piece> {
        let Node::Entry(t, ix) = self.s.node(body) else { return None };
        let ([n], [a, b]) = (dims, ix.as_ref()) else { return None };
        let own = |k: usize, i: &Aff| *i == Aff::bound(0) && self.s.sort(*t).dims().get(k) == Some(n);
        let (column, c) = if own(0, a) {
            (true, b)
        } else if own(1, b) {
            (false, a)
        } else {
            return None;
        };
        if self.s.loose(*t) > 0 || c.mentions(IVar::Bound(0)) {
            return None;
        }
        // Outside of the former's own index.
        let c = c.map(|v| match v {
            IVar::Bound(k) => Aff::bound(k.saturating_sub(1)),
            v => Aff::var(v),
        });
        if !column {
            return Some(self.entry_at(*t, self.subscripts(&[c], 1, cx), cx));
        }
        let colon = vec![Layout::Op(Op::Colon), Layout::Op(Op::Comma)];
        let sub = Layout::row(colon.into_iter().chain([self.subscripts(&[c], 0, cx)]).collect());
        Some(self.entry_at(*t, sub, cx))
    }
    fn entry_at(&self, t: Id, sub: Layout, cx: Cx<'_>) -> Piece {
        if cx.line() {
            let base = self.term(t, cx.free());
            let simple = matches!(self.resolved(t, cx.scope).0, Node::Var(_) | Node::Bound(..) | Node::Call(..) | Node::Meta(..))
                && !self.prints_as_operator(t);
            let base = if simple { base.lay } else { base.fenced().lay };
            return Piece::atom(Layout::row(vec![base, sub.fenced(Fence::Square)]));
        }
        if let Some((name, form)) = self.plain_name(t, cx.scope) {
            return Piece::atom(names::entry(&name, form.as_deref(), sub, None));
        }
        let base = self.term(t, cx.followed()).at_least(Prec::Atom);
        Piece::atom(base.lay.script(Some(sub), None))
    }

    /// The node a term stands for, points put for bound values.
    pub(super) fn resolved<'a>(&'a self, mut t: Id, mut scope: Option<&'a Scope<'a>>) -> (&'a Node, Id, Option<&'a Scope<'a>>) {
        loop {
            match self.s.node(t) {
                Node::Bound(k, _) => match lookup(*k, scope) {
                    Some((Bound::Point(p), up)) => {
                        t = *p;
                        scope = up;
                    }
                    _ => return (self.s.node(t), t, scope),
                },
                n => return (n, t, scope),
            }
        }
    }

    /// The plain spelling and the given form of a term that prints as a bare name.
    pub(super) fn plain_name(&self, t: Id, scope: Option<&Scope<'_>>) -> Option<(String, Option<String>)> {
        let (node, _, scope) = self.resolved(t, scope);
        match node {
            Node::Var(v) => Some((self.names.var(self.s, *v).to_owned(), self.s.var(*v).latex.clone())),
            Node::Bound(k, _) => match lookup(*k, scope) {
                Some((Bound::Letter(l), _)) => Some((l.clone(), None)),
                _ => None,
            },
            Node::Call(f, _) if self.s.fun(*f).is_constant_name() => {
                Some((self.names.fun(self.s, *f).to_owned(), self.s.fun(*f).latex.clone()))
            }
            _ => None,
        }
    }
}

/// Appends a signed term.
fn signed(out: &mut Vec<Layout>, neg: bool, term: Vec<Layout>) {
    match (out.is_empty(), neg) {
        (true, false) => {}
        (true, true) => out.push(Layout::Op(Op::Neg)),
        (false, false) => out.push(Layout::Op(Op::Plus)),
        (false, true) => out.push(Layout::Op(Op::Minus)),
    }
    out.extend(term);
}
