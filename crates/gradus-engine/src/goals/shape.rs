//! `shape of T`: the sizes, quantity by quantity, each by the formula of the operation that makes it.

use super::sizes;
use crate::Engine;
use gradus_kernel::{Claim, Item, Solution, Text};

use gradus_term::{FnKind, Goal, Id, Node, Prim, RelOp, Sort, Summand};

/// Answers `shape of term`.
pub(crate) fn answer(e: &Engine<'_>, goal: &Goal, term: Id) -> Solution {
    let s = e.store;
    let Some(sizes) = gradus_kernel::sizes_of(s.sort(term)) else { return super::unsupported(e, goal) };
    let mut rows = Rows { e, seen: Vec::new(), rows: Vec::new() };
    rows.visit(term, 0);
    let mut items = Vec::new();
    if !rows.rows.is_empty() {
        items.push(Item::Table(vec![Text::words("quantity"), Text::words("made by"), Text::words("sizes")], rows.rows));
    }
    let name = gradus_term::debug::show(s, term);
    let mut out = sizes::finish(
        e,
        goal,
        Claim::Shape { of: Some(term), name, sizes: sizes.clone() },
        items,
        (&sizes, sizes::terms_of(e.store, &sizes)),
        &sizes,
    );
    out.task = Text::words("Find the shape of ").term(term).and(".");
    out
}

struct Rows<'a, 's> {
    e: &'a Engine<'s>,
    seen: Vec<Id>,
    rows: Vec<Vec<Text>>,
}

impl Rows<'_, '_> {
    /// What the term is made of first, then the term.
    fn visit(&mut self, t: Id, depth: u32) {
        let s = self.e.store;
        if depth > 40 || self.rows.len() > 60 || !s.sort(t).is_tensor() || self.seen.contains(&t) {
            return;
        }
        self.seen.push(t);
        // A name stands for its definition; the row shows the name.
        let (shown, body) = self.named(t);
        for x in operands(s.node(body)) {
            self.visit(x, depth + 1);
        }
        let (how, sizes) = self.how(body);
        self.rows.push(vec![Text::default().term(shown), how, self.steps(&sizes, s.sort(t))]);
    }
    /// A name's definition, down to the first operation.
    fn named(&self, t: Id) -> (Id, Id) {
        let s = self.e.store;
        match s.node(t) {
            Node::Call(f, xs) if s.fun(*f).kind == FnKind::Defined && s.fun(*f).is_constant_name() => (t, s.unfold(*f, xs).unwrap_or(t)),
            _ => (t, t),
        }
    }
    /// What an operation does to sizes, in words, and the sizes by its formula.
    fn how(&self, t: Id) -> (Text, Vec<Id>) {
        let s = self.e.store;
        let own: Vec<Id> = s.sort(t).dims().iter().map(|a| s.index(a.clone())).collect();
        let size = |x: Id, k: usize| s.index(s.sort(x).dims().get(k).cloned().unwrap_or_default());
        if let Some(c) = s.convolution(t) {
            let plain = matches!(s.node(t), Node::Call(_, xs) if xs.len() == 2);
            let plus = |neg: bool, term: Id| Summand { neg, term };
            let kind = head(s.node(t)).and_then(|f| s.prim(f));
            let word = match kind {
                Some(Prim::CorrelateFull | Prim::ConvolveFull) => "full",
                Some(Prim::CorrelateValid | Prim::ConvolveValid) => "valid",
                _ => "same",
            };
            let formula = |n: usize| {
                let (m, k) = (size(c.x, n), size(c.w, n));
                match word {
                    "full" => s.sum(&[plus(false, m), plus(false, k), plus(true, s.int(1))]),
                    "valid" => s.sum(&[plus(false, m), plus(true, k), plus(false, s.int(1))]),
                    _ => m,
                }
            };
            let what = if c.flips { "convolution" } else { "correlation" };
            let how = Text::words(format!("{word} {what} of ")).term(c.x).and(" with ").term(c.w);
            return (how, if plain { (0..c.directions.len()).map(formula).collect() } else { own });
        }
        let how = match s.node(t) {
            Node::Var(_) => Text::words("given"),
            Node::MatMul(_) => Text::words("rows of the first, columns of the last"),
            Node::Call(..) if s.is_entrywise(t) => Text::words("entry by entry"),
            Node::Call(f, xs) => match (s.prim(*f), xs.first()) {
                (Some(Prim::Transpose), _) => Text::words("sizes exchanged"),
                (Some(Prim::Diag), Some(x)) => Text::words("diagonal matrix of ").term(*x),
                (Some(Prim::Outer), _) => Text::words("sizes side by side"),
                (Some(Prim::Flip | Prim::Hadamard | Prim::EntryDiv | Prim::EntryPow), _) => Text::words("the same sizes"),
                _ => Text::words("by definition"),
            },
            Node::Sum(_) | Node::Product(_) | Node::Quot(..) => Text::words("entry by entry"),
            Node::Stack(_) => Text::words("sizes added"),
            _ => Text::words("by its entries"),
        };
        (how, own)
    }
    /// `(d − k₁ + 1) − k₂ + 1 = d − k₁ − k₂ + 2`, with × between sizes.
    fn steps(&self, formulas: &[Id], sort: &Sort) -> Text {
        let s = self.e.store;
        let mut out = Text::default();
        for (k, (f, a)) in formulas.iter().zip(sort.dims()).enumerate() {
            if k > 0 {
                out = out.and(" × ");
            }
            let value = s.index(a.clone());
            // A formula of plain sizes reads as its value.
            let plain = sizes::is_written_as(s, *f, a);
            let bracketed = formulas.len() > 1 && a.t.len() + usize::from(a.c != 0) > 1;
            out = if bracketed { out.and("(") } else { out };
            out = out.term(if plain { value } else { s.rel(RelOp::Eq, *f, value) });
            out = if bracketed { out.and(")") } else { out };
        }
        out
    }
}

fn head(n: &Node) -> Option<gradus_term::FnId> {
    match n {
        Node::Call(f, _) => Some(*f),
        _ => None,
    }
}

/// The tensors an operation is applied to.
fn operands(n: &Node) -> Vec<Id> {
    match n {
        Node::Call(..) | Node::MatMul(_) | Node::Sum(_) | Node::Product(_) | Node::Quot(..) | Node::Stack(_) => {
            n.children().into_iter().map(|c| c.0).collect()
        }
        _ => Vec::new(),
    }
}
