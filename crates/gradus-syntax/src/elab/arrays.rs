//! Arrays, stacked blocks, entries and rows of tensors.

use gradus_term::{Aff, IVar, Id, Node, Sort};

use super::scope::Named;
use super::{Elab, Out, Said};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Expr, Kind, Subscript};

impl Elab<'_> {
    pub(super) fn array(&mut self, rows: &[Vec<Expr>], span: Span) -> Out<Id> {
        let stacked = rows.len() > 1;
        let mut parts = Vec::new();
        let mut failed = false;
        for e in rows.iter().flatten() {
            match self.value(e) {
                Ok(id) => parts.push((id, e.span)),
                Err(Said) => failed = true,
            }
        }
        if failed {
            return Err(Said);
        }
        if stacked {
            if rows.iter().any(|r| r.len() != 1) {
                let d = Diagnostic::new(Code::NOT_YET, span, "blocks side by side are not supported yet");
                return self.err(d.help("a matrix is written row by row: `[[1, 2], [3, 4]]`"));
            }
            for (id, at) in &parts {
                let s = self.sort(*id);
                if !matches!(&s, Sort::Scalar | Sort::Any) && !matches!(&s, Sort::Tensor(d) if d.len() == 1) {
                    let shown = self.show_sort(&s);
                    return self.wrong(Code::SHAPE, *at, format!("blocks are scalars and vectors, and this is {shown}"));
                }
            }
            let ids: Vec<Id> = parts.iter().map(|p| self.settle(p.0)).collect();
            return Ok(self.store.intern(Node::Stack(ids.into())));
        }
        let first = parts.first().map(|p| (self.sort(p.0), p.1));
        let Some((first, first_at)) = first else {
            return self.wrong(Code::EXPECTED_FORMULA, span, "an array has entries");
        };
        for (id, at) in parts.iter().skip(1) {
            let s = self.sort(*id);
            if !self.unify_sorts(&first, &s) {
                return self.mismatch("in this array", (&first, first_at), (&s, *at));
            }
        }
        let ids: Vec<Id> = parts.iter().map(|p| self.settle(p.0)).collect();
        if parts.iter().any(|p| !matches!(self.sort(p.0), Sort::Scalar | Sort::Any | Sort::Tensor(_))) {
            return self.wrong(Code::SHAPE, span, "the entries of an array are scalars or arrays");
        }
        Ok(self.store.intern(Node::Array(ids.into())))
    }

    pub(super) fn indexed(&mut self, base: &Expr, subs: &[Subscript], span: Span) -> Out<Id> {
        let t = self.value(base)?;
        for s in subs {
            if let Subscript::At(e) = s {
                self.warn_of_size_of_before(base, t, e);
            }
        }
        if subs.iter().all(|s| matches!(s, Subscript::At(_))) {
            let mut ix = Vec::new();
            for s in subs {
                if let Subscript::At(e) = s {
                    ix.push((self.index(e)?, e.span));
                }
            }
            return self.entry_at(t, ix, base.span, span);
        }
        self.slice(t, subs, base.span, span)
    }

    /// `Y[n, c]` of a tensor given here, where n is a number given in an earlier section that is none of its sizes: one entry, though any
    /// may be meant. It matters where something is given of that entry alone, or of the number.
    pub(super) fn warn_of_size_of_before(&mut self, base: &Expr, t: Id, index: &Expr) {
        let (Kind::Name(n), Kind::Name(of)) = (&index.bare().kind, &base.bare().kind) else { return };
        let hidden = self.locals.iter().any(|l| *l.name == *n.text) || self.free.iter().any(|f| *f.0 == *n.text);
        let here = self.scope.get(&of.text).is_some_and(|e| e.section == self.scope.section);
        let Some(given) = self.scope.get(&n.text).filter(|e| here && !hidden && e.section < self.scope.section) else { return };
        let (Named::Var(v), first) = (given.named.clone(), given.span) else { return };
        let size = self.sort(t).dims().iter().any(|d| d.mentions(IVar::Free(v)));
        let matters = self.giving || self.scope.conditions.iter().any(|c| self.store.mentions(*c, v));
        if size || !matters || !self.store.var(v).is_integer() || self.said.iter().any(|d| d.span() == index.span) {
            return;
        }
        let message = format!("`{}` is a number given in an earlier section, so this is one entry", n.text);
        let d = Diagnostic::new(Code::INDEX_OF_BEFORE, index.span, message).label(first, "given here");
        self.said.push(d.help("for any entry take a letter that is declared nowhere"));
    }

    /// `A[i, :]`: a tensor over the indices left open.
    fn slice(&mut self, t: Id, subs: &[Subscript], base: Span, span: Span) -> Out<Id> {
        let dims = self.sort(t).dims().to_vec();
        self.count(t, subs.len(), dims.len(), base, span)?;
        let open = subs.iter().filter(|s| matches!(s, Subscript::All(_))).count();
        let vars = self.letters(open, 0);
        let mut free = vars.iter();
        let (mut ix, mut sizes) = (Vec::new(), Vec::new());
        for (s, d) in subs.iter().zip(&dims) {
            match s {
                Subscript::At(e) => {
                    let a = self.index(e)?;
                    self.check_index(t, &a, d, e.span)?;
                    ix.push(a);
                }
                Subscript::All(_) => {
                    if let Some(v) = free.next() {
                        ix.push(Aff::free(*v));
                        sizes.push(d.clone());
                    }
                }
            }
        }
        let body = self.entry(t, ix);
        Ok(self.store.tensor(&vars, &sizes, body))
    }

    fn count(&mut self, t: Id, given: usize, rank: usize, base: Span, span: Span) -> Out<()> {
        let sort = self.sort(t);
        if sort == Sort::Any || (given == rank && rank > 0) {
            return Ok(());
        }
        let shown = self.show_sort(&sort);
        let message = format!("{given} {} for {shown}", if given == 1 { "index" } else { "indices" });
        let d = Diagnostic::new(Code::INDEX_COUNT, span, message).label(base, shown.clone());
        let help = match rank {
            0 => "a scalar has no entries; a space before `[` makes it a product with a bracket".to_owned(),
            1 => "a vector takes one index, `x[i]`".to_owned(),
            n => format!("it takes {n} indices; a whole row is `A[i, :]`"),
        };
        self.err(d.help(help))
    }

    /// `t[ix]`, its indices checked against the sizes.
    pub(super) fn entry_at(&mut self, t: Id, ix: Vec<(Aff, Span)>, base: Span, span: Span) -> Out<Id> {
        let dims = self.sort(t).dims().to_vec();
        self.count(t, ix.len(), dims.len(), base, span)?;
        for ((a, at), d) in ix.iter().zip(&dims) {
            self.check_index(t, a, d, *at)?;
        }
        let t = self.settle(t);
        Ok(self.entry(t, ix.into_iter().map(|p| p.0).collect()))
    }
}
