//! A definition as an equation: `σ(z) = 1/(1+e^{-z})`, `S(x)_i = …`, `f = σ(a)`.

use super::{Bound, Composer, Cx, Scope};
use crate::layout::{Fence, Layout, Op, Style};
use crate::names;
use gradus_term::{Aff, FnId, Id, Node, RelOp};

impl Composer<'_> {
    /// The definition of a function, as it was written.
    pub fn definition(&self, f: FnId, style: Style) -> Option<Layout> {
        let info = self.s.fun(f);
        let body = self.s.body(f)?;
        let cx = Cx::top(style, &[]);
        let params: Vec<Id> = info.params.iter().take(info.explicit).map(|p| self.s.name(p.var)).collect();
        let mut head = if info.is_constant_name() {
            names::whole(self.names.fun(self.s, f), info.latex.as_deref(), names::face(self.s.sort(body)))
        } else {
            Layout::row(vec![self.function_name(f, cx), self.arguments(&params, cx).fenced(Fence::Call)])
        };
        if style == Style::Line {
            head = if info.is_constant_name() { Layout::plain(self.names.fun(self.s, f)) } else { head };
        }
        let Node::Tensor { hints, body: entry, .. } = self.s.node(body) else {
            return Some(equation(head, self.term(body, cx).lay));
        };
        if self.tensor_of_derivatives(body, cx).is_some() {
            return Some(equation(head, self.term(body, cx).lay));
        }
        self.entries(f, head, hints, *entry, 0, cx)
    }

    /// Opens the binders of the tensor one by one, then writes its entry.
    fn entries(&self, f: FnId, head: Layout, hints: &[gradus_term::Sym], body: Id, opened: usize, cx: Cx<'_>) -> Option<Layout> {
        if let Some(h) = hints.get(opened) {
            let scope = Scope { up: cx.scope, bound: Bound::Letter(self.letter(*h, body, cx)) };
            return self.entries(f, head, hints, body, opened + 1, cx.within(Some(&scope)));
        }
        let n = u32::try_from(hints.len()).ok()?;
        let ix: Vec<Aff> = (0..n).map(|k| Aff::bound(n - 1 - k)).collect();
        let sub = self.subscripts(&ix, 0, cx);
        let info = self.s.fun(f);
        let left = match (cx.style, info.is_constant_name()) {
            (Style::Line, _) => Layout::row(vec![head, sub.fenced(Fence::Square)]),
            (_, true) => names::entry(self.names.fun(self.s, f), info.latex.as_deref(), sub, None),
            _ => head.script(Some(sub), None),
        };
        Some(equation(left, self.term(body, cx).lay))
    }
}

fn equation(left: Layout, right: Layout) -> Layout {
    Layout::row(vec![left, Layout::Op(Op::Rel(RelOp::Eq)), right])
}
