//! The engine: matching, moves, planners, goals.
//!
//! Planners choose steps; the kernel makes them. Nothing here is trusted: the worst a planner can do is an ugly or
//! unfinished solution.

mod arrange;
mod bridge;
mod cost;
mod derive;
mod differentials;
mod draft;
mod fold;
mod goals;
pub mod gradient;
mod indices;
mod known;
mod letters;
pub mod matching;
mod moves;
mod polish;
mod reading;
mod simplify;
mod summation;
mod sums;
mod tidy;
mod walk;

use gradus_judge::Judge;
use gradus_kernel::{Prover, Solution, Status, Text};
use gradus_rules::Rulebook;
use gradus_term::goal::Detail;
use gradus_term::{Goal, Id, Store};
use known::Known;
use std::cell::RefCell;

pub use cost::cost;
pub use tidy::tidy;

/// The work one goal may take, in units of the arena ([`Store::spend`]): some five times what the longest goals of the examples take.
const GOAL_WORK: u64 = 45_000_000;
/// What is said when it was not enough.
const TOO_MUCH: &str = "the work allowed for one goal is done; name parts of the expression with `define`, or ask for less at once";
/// What is said when the lines would be too long.
const TOO_LARGE: &str =
    "written out, the next line would be too large; name parts of the expression with `define`, or ask for less at once";

/// The engine of one session.
pub struct Engine<'s> {
    pub(crate) store: &'s Store,
    pub(crate) rules: &'s Rulebook,
    pub(crate) prover: &'s Prover<'s>,
    known: RefCell<Vec<Known>>,
    citable: RefCell<Vec<usize>>,
    /// What the goals so far assumed.
    assumed_before: RefCell<rustc_hash::FxHashSet<Id>>,
    /// Left sides of lemmas with metavariables, by the left side.
    pub(crate) schemas: RefCell<rustc_hash::FxHashMap<gradus_term::Id, std::rc::Rc<[goals::cite::Schema]>>>,
    /// Lemmas found while a chain was written, to be shown before it.
    pub(crate) pending: RefCell<Vec<gradus_kernel::Item>>,
    detail: RefCell<Detail>,
    /// The section of the worksheet, and the lemmas about names that goals without a label showed in it.
    section: RefCell<(usize, Vec<usize>)>,
    /// Whether the goal at hand has a label: it is read by itself.
    labelled: std::cell::Cell<bool>,
    /// Whether what is simplified is a part of a problem about `log(1 + e^u)`.
    pub(crate) softplus: std::cell::Cell<bool>,
    /// The definitions in scope of the goal at hand, oldest first.
    scope: RefCell<Vec<gradus_term::FnId>>,
    constants: RefCell<Vec<gradus_term::Id>>,
    /// Indices of assumptions that are meant for all their values.
    opened: RefCell<rustc_hash::FxHashMap<gradus_term::VarId, gradus_term::VarId>>,
    /// The names that the goal at hand is about, sizes of its tensors included.
    about: RefCell<Vec<gradus_term::VarId>>,
    pub(crate) networks: RefCell<Vec<gradus_term::goal::Network>>,
}

impl<'s> Engine<'s> {
    /// An engine over a rulebook and a prover.
    pub fn new(rules: &'s Rulebook, prover: &'s Prover<'s>) -> Self {
        Engine {
            store: prover.store(),
            rules,
            prover,
            known: RefCell::default(),
            citable: RefCell::default(),
            assumed_before: RefCell::default(),
            schemas: RefCell::default(),
            pending: RefCell::default(),
            detail: RefCell::new(Detail::Textbook),
            section: RefCell::default(),
            labelled: std::cell::Cell::default(),
            softplus: std::cell::Cell::default(),
            scope: RefCell::default(),
            constants: RefCell::default(),
            opened: RefCell::default(),
            about: RefCell::default(),
            networks: RefCell::default(),
        }
    }
    /// The networks of the document, as goals refer to them by number.
    pub fn set_networks(&self, networks: &[gradus_term::goal::Network]) {
        *self.networks.borrow_mut() = networks.to_vec();
    }
    /// The judge's default for a session.
    pub fn judge() -> Judge {
        Judge::default()
    }
    /// Answers a goal.
    pub fn answer(&self, goal: &Goal, default_detail: Detail) -> Solution {
        *self.detail.borrow_mut() = goal.detail.unwrap_or(default_detail);
        self.scope.borrow_mut().clone_from(&goal.definitions);
        *self.constants.borrow_mut() = goal.constants.iter().map(|c| c.1).collect();
        *self.about.borrow_mut() = names_of(self.store, goal);
        *self.citable.borrow_mut() =
            self.known.borrow().iter().filter(|k| k.label.as_ref().is_some_and(|l| goal.using.contains(l))).map(|k| k.lemma).collect();
        self.labelled.set(goal.label.is_some());
        if goal.label.is_none() {
            // What was found under an assumption of another goal would bring it here, needed or not.
            let (own, before) = (self.assumed(goal), self.assumed_before.borrow());
            let foreign = |c: &Id| before.contains(c) && !own.contains(c) && !goal.givens.contains(c);
            let fits = |k: &usize| self.prover.lemma(*k).is_some_and(|l| !l.givens.iter().any(foreign));
            self.citable.borrow_mut().extend(self.section.borrow().1.iter().copied().filter(fits));
        }
        let assumed = self.assumed(goal);
        self.assumed_before.borrow_mut().extend(assumed);
        self.store.allow(GOAL_WORK);
        let large = self.prover.tally().too_large;
        let before = (self.known.borrow().len(), self.section.borrow().1.len());
        let mut out = goals::answer(self, goal);
        self.forget_unshown(before, &out);
        self.label_lemmas(before.0, goal);
        if matches!(out.status, Status::Unknown | Status::Error) {
            if self.store.exhausted() {
                out.problems.push(("E0910".to_owned(), Text::words(TOO_MUCH)));
            } else if self.prover.tally().too_large > large {
                out.problems.push(("E0911".to_owned(), Text::words(TOO_LARGE)));
            }
        }
        self.store.allow(u64::MAX);
        if gradus_decide::Facts::new(self.store, &self.givens(goal)).contradictory() {
            if let Some(d) = out.derivation.as_mut().and_then(std::sync::Arc::get_mut) {
                d.notes.push(Text::words("what is given contradicts itself, so every claim holds under it"));
            }
        }
        out.task = self.with_assumptions(std::mem::take(&mut out.task), goal);
        self.keep_derivative(&out);
        out
    }
    /// The goals that follow stand in this section of the worksheet. Those without a label cite what was shown in it.
    pub fn enter_section(&self, section: usize) {
        let mut own = self.section.borrow_mut();
        if own.0 != section {
            *own = (section, Vec::new());
        }
    }
    /// What is asked, and what is assumed for it.
    fn with_assumptions(&self, task: Text, goal: &Goal) -> Text {
        let Some((last, before)) = goal.assuming.split_last().filter(|_| !task.is_empty()) else { return task };
        let mut said = task.and(" Assume ");
        for (k, c) in before.iter().enumerate() {
            said = said.term(*c).and(if k + 1 == before.len() { " and " } else { ", " });
        }
        said = said.term(*last);
        let all = self.only_assumed(goal);
        for (k, v) in goal.indices.iter().map(|i| i.0).filter(|v| all.contains_key(v)).enumerate() {
            said = said.and(if k == 0 { " for every " } else { ", " }).term(self.store.name(v));
        }
        said.and(".")
    }
    /// Whether the goal at hand is about this name, rather than about something that stands beside it on the worksheet.
    pub(crate) fn is_about(&self, v: gradus_term::VarId) -> bool {
        self.about.borrow().contains(&v)
    }
    pub(crate) fn detail(&self) -> Detail {
        *self.detail.borrow()
    }
    /// What the parameterless definitions in scope stand for, oldest first.
    pub(crate) fn constants(&self) -> Vec<gradus_term::Id> {
        self.constants.borrow().clone()
    }
    /// The definitions in scope of the goal at hand, the latest first.
    pub(crate) fn scope(&self) -> Vec<gradus_term::FnId> {
        self.scope.borrow().iter().rev().copied().collect()
    }
    /// The conditions a goal stands under.
    pub fn givens(&self, goal: &Goal) -> Vec<Id> {
        let s = self.store;
        let mut out = goal.givens.clone();
        let all = self.only_assumed(goal);
        out.extend(self.assumed(goal));
        for (v, lo, hi) in &goal.indices {
            let i = s.subst(s.name(*v), &all);
            out.push(s.rel(gradus_term::RelOp::Le, s.index(lo.clone()), i));
            out.push(s.rel(gradus_term::RelOp::Le, i, s.index(hi.clone())));
        }
        out
    }
    /// What a goal assumes beside what is given.
    fn assumed(&self, goal: &Goal) -> Vec<Id> {
        let all = self.only_assumed(goal);
        goal.assuming.iter().map(|c| self.store.subst(*c, &all)).collect()
    }
    /// Indices that stand in assumptions alone: these are meant for all their values, which an opened index says.
    fn only_assumed(&self, goal: &Goal) -> rustc_hash::FxHashMap<gradus_term::VarId, gradus_term::Arg> {
        let s = self.store;
        let asked = Goal { assuming: Vec::new(), ..goal.clone() }.terms();
        let alone = |v: gradus_term::VarId| goal.assuming.iter().any(|c| s.mentions(*c, v)) && !asked.iter().any(|t| s.mentions(*t, v));
        let mut opened = self.opened.borrow_mut();
        let free = goal.indices.iter().map(|i| i.0).filter(|v| alone(*v));
        free.map(|v| {
            let w = *opened.entry(v).or_insert_with(|| s.fresh(s.sym(&s.var(v).name), gradus_term::Sort::Scalar, true));
            (v, gradus_term::Arg::Idx(gradus_term::Aff::free(w)))
        })
        .collect()
    }
}

/// The names in a goal's terms, and those in the sizes of these.
fn names_of(s: &Store, goal: &Goal) -> Vec<gradus_term::VarId> {
    let mut out: Vec<gradus_term::VarId> = Vec::new();
    let mut todo: Vec<gradus_term::VarId> = goal.terms().into_iter().flat_map(|t| s.free_vars(t)).collect();
    while let Some(v) = todo.pop() {
        if !out.contains(&v) {
            out.push(v);
            let sizes = s.var(v).sort.dims().iter().flat_map(|n| n.vars().collect::<Vec<_>>()).collect::<Vec<_>>();
            todo.extend(sizes.into_iter().filter_map(|u| if let gradus_term::IVar::Free(w) = u { Some(w) } else { None }));
        }
    }
    out
}
