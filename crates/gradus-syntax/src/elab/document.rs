//! A worksheet elaborated: prose, declarations and goals in the order they were written.

use gradus_term::goal::{Goal, Network};
use gradus_term::{FnId, Id, Store};
use rustc_hash::FxHashMap;

use super::{Elab, Named, Out, Said, Scope};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::limits;
use crate::span::Span;
use crate::surface::Ident;
use crate::worksheet::{self, ClauseKind, Worksheet};

/// What a worksheet says, in order.
#[derive(Debug, Default)]
pub struct Document {
    /// The pieces.
    pub items: Vec<Item>,
    /// The networks, as goals refer to them.
    pub networks: Vec<Network>,
    /// What is declared at the end, for a shell that goes on.
    pub scope: Scope,
}

/// A piece of a document.
#[derive(Debug)]
pub struct Item {
    /// Where it stands in the source.
    pub span: Span,
    /// What it is.
    pub kind: ItemKind,
}

/// What a piece is.
#[derive(Debug)]
pub enum ItemKind {
    /// Text of the host, as it stands.
    Prose(String),
    /// The title.
    Title(String),
    /// A heading; `stated` by a `section` statement, else it also stands in the prose that follows.
    Section {
        /// The heading.
        heading: String,
        /// Whether a statement gave it.
        stated: bool,
    },
    /// Markdown with `$math$`.
    Text(String),
    /// Notations chosen from here on.
    Notation(Vec<Notation>),
    /// A `given`.
    Given(Stated),
    /// A `define`.
    Define(FnId),
    /// A `network`, by its number in [`Document::networks`].
    Network(usize),
    /// A goal.
    Goal(Box<StatedGoal>),
    /// A statement with errors, which have been said.
    Failed {
        /// The word it begins with, if that begins a goal.
        goal: Option<&'static str>,
        /// The label it would have.
        label: Option<String>,
    },
}

/// Choices of notation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notation {
    /// `ln` for `log`.
    Ln,
    /// Indicators for Kronecker's delta.
    Indicator,
    /// `f'` for `d/dx`.
    Primes,
}

/// What a `given` declared.
#[derive(Debug)]
pub struct Stated {
    /// The names.
    pub names: Vec<Named>,
    /// The conditions after commas.
    pub conditions: Vec<Id>,
}

/// A goal with the places it was written at.
#[derive(Debug)]
pub struct StatedGoal {
    /// The goal.
    pub goal: Goal,
    /// The statement's line.
    pub span: Span,
    /// The line of the `expect` clause, if there is one.
    pub expect: Option<Span>,
    /// The places of the labels in `using`.
    pub using: Vec<Span>,
}

/// Elaborates a worksheet. A statement with errors is [`ItemKind::Failed`] and does not stop the others.
#[must_use]
pub fn elaborate(store: &Store, sheet: &Worksheet) -> (Document, Vec<Diagnostic>) {
    let mut run =
        Run { elab: Elab::new(store), networks: Vec::new(), labels: FxHashMap::default(), coming: labels_of(sheet), source: &sheet.source };
    let mut items = Vec::with_capacity(sheet.items.len());
    for item in &sheet.items {
        let failed = |Said| ItemKind::Failed {
            goal: worksheet::goal_word(item.span.text(&sheet.source)),
            label: label_of(item).map(|l| l.text.to_string()),
        };
        let kind = run.item(item).unwrap_or_else(failed);
        items.push(Item { span: item.span, kind });
    }
    let mut said = run.elab.take_diagnostics();
    said.sort_by_key(Diagnostic::span);
    said.truncate(limits::DIAGNOSTICS);
    (Document { items, networks: run.networks, scope: run.elab.scope }, said)
}

struct Run<'s> {
    elab: Elab<'s>,
    networks: Vec<Network>,
    labels: FxHashMap<Box<str>, Span>,
    coming: Vec<Ident>,
    source: &'s str,
}

fn label_of(item: &worksheet::Item) -> Option<&Ident> {
    match &item.kind {
        worksheet::ItemKind::Goal(g) => g.clauses.iter().find_map(|c| match &c.kind {
            ClauseKind::Label(l) => Some(l),
            _ => None,
        }),
        worksheet::ItemKind::Broken { label, .. } => label.as_ref(),
        _ => None,
    }
}

fn labels_of(sheet: &Worksheet) -> Vec<Ident> {
    sheet.items.iter().filter_map(label_of).cloned().collect()
}

impl Run<'_> {
    fn item(&mut self, item: &worksheet::Item) -> Out<ItemKind> {
        Ok(match &item.kind {
            worksheet::ItemKind::Prose => ItemKind::Prose(item.span.text(self.source).to_owned()),
            worksheet::ItemKind::Title(t) => ItemKind::Title(t.clone()),
            worksheet::ItemKind::Section { heading, stated } => {
                self.elab.scope.section += 1;
                ItemKind::Section { heading: heading.clone(), stated: *stated }
            }
            worksheet::ItemKind::Text(span) => ItemKind::Text(span.text(self.source).to_owned()),
            worksheet::ItemKind::Notation(words) => ItemKind::Notation(words.iter().filter_map(notation).collect()),
            worksheet::ItemKind::Given(all) => {
                // One that is wrong does not hide the names of the next.
                let stated: Vec<_> = all.iter().map(|g| self.elab.given(g)).collect();
                let (mut names, mut conditions) = (Vec::new(), Vec::new());
                for one in stated {
                    let (n, c) = one?;
                    names.extend(n);
                    conditions.extend(c);
                }
                ItemKind::Given(Stated { names, conditions })
            }
            worksheet::ItemKind::Define(d) => ItemKind::Define(self.elab.define(d, false)?),
            worksheet::ItemKind::Network(n) => {
                let at = self.networks.len();
                match self.elab.network(n, at) {
                    Ok(network) => self.networks.push(network),
                    Err(Said) => {
                        self.elab.poison(std::slice::from_ref(&n.name));
                        return Err(Said);
                    }
                }
                ItemKind::Network(at)
            }
            worksheet::ItemKind::Goal(g) => {
                let labels = self.goal_labels(g);
                let goal = self.elab.goal(g)?;
                labels?;
                let expect = g.clauses.iter().find(|c| matches!(c.kind, ClauseKind::Expect(_))).map(|c| c.span);
                let using = g.clauses.iter().flat_map(|c| match &c.kind {
                    ClauseKind::Using(all) => all.iter().map(|l| l.span).collect(),
                    _ => Vec::new(),
                });
                ItemKind::Goal(Box::new(StatedGoal { goal, span: g.span, expect, using: using.collect() }))
            }
            worksheet::ItemKind::Broken { names, label } => {
                self.elab.poison(names);
                if let Some(l) = label {
                    self.labels.entry(l.text.clone()).or_insert(l.span);
                }
                return Err(Said);
            }
        })
    }

    /// Checks the labels a goal cites, and notes its own.
    fn goal_labels(&mut self, g: &worksheet::Goal) -> Out<()> {
        let mut out = Ok(());
        for c in &g.clauses {
            if let ClauseKind::Using(all) = &c.kind {
                for l in all {
                    if !self.labels.contains_key(&l.text) {
                        out = self.missing_label(l);
                    }
                }
            }
        }
        for c in &g.clauses {
            if let ClauseKind::Label(l) = &c.kind {
                if let Some(first) = self.labels.insert(l.text.clone(), l.span) {
                    let d = Diagnostic::new(Code::LABEL_TWICE, l.span, format!("the label `{}` is given twice", l.text));
                    out = self.elab.err(d.label(first, "first here").help("choose another label"));
                }
            }
        }
        out
    }

    fn missing_label(&mut self, l: &Ident) -> Out<()> {
        let d = Diagnostic::new(Code::LABEL, l.span, format!("no goal above has the label `{}`", l.text));
        if let Some(later) = self.coming.iter().find(|c| c.text == l.text && c.span > l.span) {
            let at = later.span;
            return self.elab.err(d.label(at, "it comes only here").help("move the goal that is cited above the one that cites it"));
        }
        let near = crate::suggest::closest(&l.text, self.coming.iter().map(|c| &*c.text)).map(str::to_owned);
        self.elab.err(match near {
            Some(n) => d.help(format!("did you mean `{n}`?")),
            None => d.help("a goal gets a label by the clause `label 1.4`"),
        })
    }
}

fn notation(word: &Ident) -> Option<Notation> {
    match &*word.text {
        "ln" => Some(Notation::Ln),
        "indicator" => Some(Notation::Indicator),
        "primes" => Some(Notation::Primes),
        _ => None,
    }
}
