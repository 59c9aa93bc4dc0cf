//! A solution as blocks of a page: headings, sentences, displayed chains. Every document format prints these; the words that
//! are not the engine's own ("Let", "Solution.", "This does not hold.") stand here and nowhere else.

use crate::compose::Composer;
use crate::layout::{Face, Layout, Op, Style};
use crate::names::{self, Parts};
use crate::Options;
use gradus_kernel::{Chain, Claim, Condition, Derivation, Inline, Item, Root, Solution, Status, Text};
use gradus_term::{FnId, IVar, Id, Node, Prim, RelOp, Store, VarId, VarKind};

/// A piece of a sentence.
#[derive(Clone, Debug)]
pub(crate) enum Span {
    /// Words.
    Words(String),
    /// Words that stand out.
    Strong(String),
    /// A formula: built up, and as it fits on a line.
    Math(Layout, Layout),
}

/// A line of a display.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The sign it begins with.
    pub sign: Op,
    /// What follows.
    pub right: Layout,
    /// Why.
    pub reason: Vec<Span>,
}

/// A part of the page.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    /// The heading: the label and the title.
    Heading(Option<String>, Option<String>),
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// `left = right = …`; without rows, the left side alone, with its reason.
    Display {
        /// The left side.
        left: Layout,
        /// The lines.
        rows: Vec<Row>,
        /// A reason for the left side alone.
        reason: Vec<Span>,
    },
    /// A table.
    Table(Vec<Vec<Span>>, Vec<Vec<Vec<Span>>>),
}

/// Deepest nesting of lemmas shown.
const LEMMAS: usize = 32;

/// The blocks of a solution.
pub(crate) fn blocks(s: &Store, sol: &Solution, o: &Options) -> Vec<Block> {
    let terms = terms_of(s, sol);
    let p = Page { c: Composer::new(s, o, &terms).zeros_outside_if_used(&terms) };
    p.solution(sol)
}

/// Every term a solution shows, in the order of the page.
pub(crate) fn terms_of(s: &Store, sol: &Solution) -> Vec<Id> {
    let mut out = Vec::new();
    let text = |t: &Text, out: &mut Vec<Id>| out.extend(t.0.iter().filter_map(|x| if let Inline::Term(t) = x { Some(*t) } else { None }));
    out.extend(sol.recalls.iter().filter_map(|f| s.body(*f)));
    text(&sol.task, &mut out);
    if let Some(d) = &sol.derivation {
        terms_of_derivation(d, LEMMAS, &mut out);
    }
    out.extend(sol.result);
    sol.problems.iter().for_each(|p| text(&p.1, &mut out));
    out
}

fn terms_of_derivation(d: &Derivation, depth: usize, out: &mut Vec<Id>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let text = |t: &Text, out: &mut Vec<Id>| out.extend(t.0.iter().filter_map(|x| if let Inline::Term(t) = x { Some(*t) } else { None }));
    out.extend(claim_terms(&d.claim));
    text(&d.heading, out);
    for item in &d.items {
        match item {
            Item::Say(t) => text(t, out),
            Item::Show(x, t) => {
                out.push(*x);
                text(t, out);
            }
            Item::Chain(c) => {
                out.extend(c.shown_start);
                out.push(c.start);
                for l in &c.lines {
                    out.push(l.term);
                    text(&l.reason, out);
                }
            }
            Item::Conditions(xs) => xs.iter().for_each(|x| {
                out.push(x.condition);
                text(&x.reason, out);
            }),
            Item::Lemma(l) => terms_of_derivation(l, depth, out),
            Item::Table(head, rows) => head.iter().chain(rows.iter().flatten()).for_each(|t| text(t, out)),
            Item::Answer(x, t) => {
                out.push(*x);
                text(t, out);
            }
        }
    }
    out.extend(&d.assumptions);
    d.notes.iter().for_each(|t| text(t, out));
}

fn claim_terms(c: &Claim) -> Vec<Id> {
    match c {
        Claim::Equal(a, b) => vec![*a, *b],
        Claim::Holds(a) => vec![*a],
        Claim::Solves { equation, values, .. } => {
            let of = |r: &Root| std::iter::once(r.value).chain(r.when.iter().copied()).collect::<Vec<_>>();
            std::iter::once(*equation).chain(values.iter().flat_map(of)).collect()
        }
        Claim::Found { condition, values, .. } => std::iter::once(*condition).chain(values.iter().map(|v| v.1)).collect(),
        Claim::Shape { of, .. } => of.iter().copied().collect(),
        Claim::Count { value, .. } => vec![*value],
        Claim::Field { .. } => Vec::new(),
    }
}

struct Page<'s> {
    c: Composer<'s>,
}

impl Page<'_> {
    fn math(&self, t: Id) -> Span {
        let small = self.c.whole(t, Style::Script);
        Span::Math(if self.rounds(t) { small.clone() } else { self.c.whole(t, Style::Page) }, small)
    }
    /// Whether something is rounded down: among words that keeps to one line, `⌊(h + 1)/2⌋`.
    fn rounds(&self, t: Id) -> bool {
        let s = self.c.s;
        let named = |v: IVar| matches!(v, IVar::Free(v) if s.var(v).floor.is_some());
        !matches!(s.node(t), Node::Diff { .. })
            && s.any_subterm(t, &mut |n| match n {
                Node::Call(f, _) => s.prim(*f) == Some(Prim::Floor),
                Node::Index(a) => a.vars().any(named),
                _ => false,
            })
    }
    fn text(&self, t: &Text) -> Vec<Span> {
        t.0.iter()
            .filter(|x| !matches!(x, Inline::Words(w) if w.is_empty()))
            .map(|x| match x {
                Inline::Words(w) => Span::Words(w.clone()),
                Inline::Term(t) => self.math(*t),
            })
            .collect()
    }

    fn solution(&self, sol: &Solution) -> Vec<Block> {
        let mut out = Vec::new();
        if sol.label.is_some() || self.c.o.title.is_some() {
            out.push(Block::Heading(sol.label.clone(), self.c.o.title.clone()));
        }
        let mut problem = self.recalls(&sol.recalls);
        if self.c.zeros_outside {
            if !problem.is_empty() {
                problem.push(Span::Words(" ".into()));
            }
            problem.push(Span::Words("Entries outside their range are 0.".into()));
        }
        let task = self.text(&sol.task);
        if !problem.is_empty() && !task.is_empty() {
            problem.push(Span::Words(" ".into()));
        }
        problem.extend(task);
        if !problem.is_empty() {
            out.push(Block::Paragraph(problem));
        }
        let start = out.len();
        if let Some(d) = &sol.derivation {
            self.items(d, LEMMAS, &mut out);
            self.endings(d, &mut out);
        }
        if start < out.len() {
            self.open_solution(start, &mut out);
        }
        self.verdict(sol, &mut out);
        for (code, t) in &sol.problems {
            let mut p = vec![Span::Strong(format!("{code}: "))];
            p.extend(self.text(t));
            out.push(Block::Paragraph(p));
        }
        out
    }

    /// "Solution." before the first sentence.
    fn open_solution(&self, start: usize, out: &mut Vec<Block>) {
        let lead = Span::Strong("Solution.".into());
        match out.get_mut(start) {
            Some(Block::Paragraph(p)) => {
                p.insert(0, Span::Words(" ".into()));
                p.insert(0, lead);
            }
            _ => out.insert(start, Block::Paragraph(vec![lead])),
        }
    }

    /// "Let f = σ(a) and L = …."
    fn recalls(&self, fs: &[FnId]) -> Vec<Span> {
        let mut out = Vec::new();
        let shown: Vec<Span> = fs.iter().filter_map(|f| self.definition(*f)).collect();
        let n = shown.len();
        for (k, d) in shown.into_iter().enumerate() {
            out.push(Span::Words(match k {
                0 => "Let ".into(),
                k if k + 1 == n && n == 2 => " and ".into(),
                k if k + 1 == n => ", and ".into(),
                _ => ", ".to_owned(),
            }));
            out.push(d);
        }
        if !out.is_empty() {
            out.push(Span::Words(".".into()));
        }
        out
    }

    /// A definition as an equation.
    fn definition(&self, f: FnId) -> Option<Span> {
        let page = self.c.definition(f, Style::Page)?;
        Some(Span::Math(page, self.c.definition(f, Style::Script)?))
    }

    fn items(&self, d: &Derivation, depth: usize, out: &mut Vec<Block>) {
        for item in &d.items {
            match item {
                Item::Say(t) => out.push(Block::Paragraph(self.text(t))),
                Item::Show(x, t) => out.push(self.shown(*x, self.text(t), false)),
                Item::Answer(x, t) => out.push(match (&d.claim, self.c.s.node(*x)) {
                    (Claim::Shape { .. } | Claim::Field { .. }, Node::Array(sizes)) => {
                        let left = Layout::Boxed(Box::new(self.c.sizes(sizes)));
                        Block::Display { left, rows: Vec::new(), reason: Vec::new() }
                    }
                    _ => self.shown(*x, self.text(t), true),
                }),
                Item::Chain(c) => out.push(self.chain(c)),
                Item::Conditions(xs) => out.push(self.conditions(xs)),
                Item::Table(head, rows) => out.push(Block::Table(
                    head.iter().map(|t| self.text(t)).collect(),
                    rows.iter().map(|r| r.iter().map(|t| self.text(t)).collect()).collect(),
                )),
                Item::Lemma(l) => {
                    if let Some(depth) = depth.checked_sub(1) {
                        if !l.heading.is_empty() {
                            out.push(Block::Paragraph(self.text(&l.heading)));
                        }
                        self.items(l, depth, out);
                        self.endings(l, out);
                    }
                }
            }
        }
    }

    /// A relation on a line of its own; the answer's right side is boxed.
    fn shown(&self, x: Id, reason: Vec<Span>, boxed: bool) -> Block {
        if let Node::Rel(op, a, b) = self.c.s.node(x) {
            let (left, right) = (self.c.whole(*a, Style::Page), self.c.whole(*b, Style::Page));
            let right = if boxed { Layout::Boxed(Box::new(right)) } else { right };
            return Block::Display { left, rows: vec![Row { sign: Op::Rel(*op), right, reason }], reason: Vec::new() };
        }
        let left = self.c.whole(x, Style::Page);
        let left = if boxed { Layout::Boxed(Box::new(left)) } else { left };
        Block::Display { left, rows: Vec::new(), reason }
    }

    fn chain(&self, c: &Chain) -> Block {
        let eq = Op::Rel(RelOp::Eq);
        let mut rows = Vec::new();
        let left = match c.shown_start {
            Some(s) if !self.c.s.same(s, c.start) => {
                rows.push(Row { sign: eq, right: self.c.whole(c.start, Style::Page), reason: Vec::new() });
                s
            }
            Some(s) => s,
            None => c.start,
        };
        rows.extend(c.lines.iter().map(|l| Row { sign: eq, right: self.c.whole(l.term, Style::Page), reason: self.text(&l.reason) }));
        if let (true, Some(last)) = (c.boxed, rows.last_mut()) {
            last.right = Layout::Boxed(Box::new(last.right.clone()));
        }
        Block::Display { left: self.c.whole(left, Style::Page), rows, reason: Vec::new() }
    }

    fn conditions(&self, xs: &[Condition]) -> Block {
        let Some((first, rest)) = xs.split_first() else { return Block::Paragraph(Vec::new()) };
        let row = |x: &Condition| Row {
            sign: if x.one_way { Op::Implies } else { Op::Iff },
            right: self.c.whole(x.condition, Style::Page),
            reason: self.text(&x.reason),
        };
        let left = self.c.whole(first.condition, Style::Page);
        Block::Display { left, rows: rest.iter().map(row).collect(), reason: self.text(&first.reason) }
    }

    /// The indices of an assumption of which the claim says nothing: it is meant for all their values.
    fn for_all(&self, d: &Derivation, assumption: Id) -> Vec<VarId> {
        let s = self.c.s;
        let Claim::Equal(a, b) = d.claim else { return Vec::new() };
        let index = |v: &VarId| matches!(s.var(*v).kind, VarKind::Index | VarKind::Opened) && s.var(*v).is_integer();
        s.free_vars(assumption).into_iter().filter(|v| index(v) && !s.mentions(a, *v) && !s.mentions(b, *v)).collect()
    }
    /// Assumptions and notes.
    fn endings(&self, d: &Derivation, out: &mut Vec<Block>) {
        if !d.assumptions.is_empty() {
            let mut p = vec![Span::Words(if d.status == Status::Conditional { "This holds if " } else { "Used here: " }.into())];
            for (k, a) in d.assumptions.iter().enumerate() {
                if k > 0 {
                    p.push(Span::Words(if k + 1 == d.assumptions.len() { " and " } else { ", " }.into()));
                }
                match self.c.s.invertible(*a) {
                    Some(m) => p.extend([self.math(m), Span::Words(" is invertible".into())]),
                    None => p.push(self.math(*a)),
                }
                for (k, v) in self.for_all(d, *a).into_iter().enumerate() {
                    p.push(Span::Words(if k == 0 { " for all " } else { ", " }.into()));
                    p.push(self.math(self.c.s.name(v)));
                }
            }
            p.push(Span::Words(".".into()));
            out.push(Block::Paragraph(p));
        }
        for n in &d.notes {
            let mut p = vec![Span::Words("Note: ".into())];
            p.extend(self.text(n));
            if !matches!(p.last(), Some(Span::Words(w)) if w.ends_with('.')) {
                p.push(Span::Words(".".into()));
            }
            out.push(Block::Paragraph(p));
        }
    }

    /// What became of a claim that is not proved.
    fn verdict(&self, sol: &Solution, out: &mut Vec<Block>) {
        if let Some(c) = &sol.counterexample {
            let mut p = vec![Span::Strong("This does not hold.".into()), Span::Words(if c.at.is_empty() { " The" } else { " At " }.into())];
            for (k, (name, value)) in c.at.iter().enumerate() {
                if k > 0 {
                    p.push(Span::Words(if k + 1 == c.at.len() { " and " } else { ", " }.into()));
                }
                let l = Layout::row(vec![self.spelt(name), Layout::Op(Op::Rel(RelOp::Eq)), value_layout(value)]);
                p.push(Span::Math(l.clone(), l));
            }
            p.push(Span::Words(if c.at.is_empty() { " left side is " } else { " the left side is " }.into()));
            let (a, b) = (value_layout(&c.left), value_layout(&c.right));
            p.push(Span::Math(a.clone(), a));
            p.push(Span::Words(" and the right side is ".into()));
            p.push(Span::Math(b.clone(), b));
            p.push(Span::Words(if c.right.ends_with('…') { "" } else { "." }.into()));
            out.push(Block::Paragraph(p));
        } else if sol.status == Status::Refuted {
            out.push(Block::Paragraph(vec![Span::Strong("This does not hold.".into())]));
        }
        if sol.status == Status::Unknown {
            let mut p = vec![Span::Strong("Not settled.".into())];
            match sol.derivation.as_ref().map(|d| &d.claim) {
                Some(Claim::Equal(a, b)) => {
                    let reached = sol.derivation.as_ref().and_then(|d| last_line(d)).unwrap_or(*a);
                    p.push(Span::Words(" What is left to show is ".into()));
                    p.push(self.math(self.c.s.rel(RelOp::Eq, reached, *b)));
                    p.push(Span::Words(".".into()));
                }
                Some(Claim::Holds(c)) => {
                    p.push(Span::Words(" What is left to show is ".into()));
                    p.push(self.math(*c));
                    p.push(Span::Words(".".into()));
                }
                _ => p.push(Span::Words(" The lines above are as far as this goes.".into())),
            }
            out.push(Block::Paragraph(p));
        }
    }

    /// A name given as text: `x[1]`, `w1`.
    fn spelt(&self, name: &str) -> Layout {
        match name.split_once('[').and_then(|(n, ix)| Some((n, ix.strip_suffix(']')?))) {
            Some((n, ix)) => names::entry(n, None, Layout::Number(ix.replace(' ', "")), None),
            None => Parts::of(name).stem(Face::Italic).script_of(&Parts::of(name)),
        }
    }
}

/// The last line of the last chain.
fn last_line(d: &Derivation) -> Option<Id> {
    d.items.iter().rev().find_map(|i| match i {
        Item::Chain(c) => c.lines.last().map(|l| l.term),
        _ => None,
    })
}

impl Layout {
    fn script_of(self, p: &Parts) -> Layout {
        match (p.subscript(), p.prime()) {
            (None, None) => self,
            (sub, sup) => self.script(sub, sup),
        }
    }
}

/// A value given as text: digits as a number, anything else as words.
fn value_layout(s: &str) -> Layout {
    let digits = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_digit() || c == '.');
    let (neg, rest) = s.strip_prefix('-').or_else(|| s.strip_prefix('−')).map_or((false, s), |r| (true, r));
    let (rest, dots) = rest.strip_suffix('…').or_else(|| rest.strip_suffix("...")).map_or((rest, false), |r| (r, true));
    let number = match rest.split_once('/') {
        Some((a, b)) if digits(a) && digits(b) => Layout::Frac(Box::new(Layout::Number(a.into())), Box::new(Layout::Number(b.into()))),
        None if digits(rest) => Layout::Number(rest.into()),
        _ => return Layout::Words(s.to_owned()),
    };
    let mut out = Vec::new();
    if neg {
        out.push(Layout::Op(Op::Neg));
    }
    out.push(number);
    if dots {
        out.push(Layout::Op(Op::Dots));
    }
    Layout::row(out)
}
