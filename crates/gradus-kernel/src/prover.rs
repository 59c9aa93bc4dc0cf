//! The one place where steps are made: a prover holds the rules, the lemmas proved so far and the judge; a [`Proof`] is a
//! chain being built from a start.

use crate::check::{check_ground, needs, Discharge};
use crate::derivation::{Ground, Judged, Step, Text, Weight};
use crate::intervals::Turning;
use crate::rule::Rule;
use crate::solutions::Equivalence;
use gradus_decide::Facts;
use gradus_judge::{Counterexample, Judge, Verdict};
use gradus_term::{Aff, Arg, Focus, Id, Position, PositionError, Store, VarId, MAX_DEPTH, MAX_SIZE};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// Where rules come from.
pub trait RuleSource {
    /// The rule of this name.
    fn rule(&self, name: &str) -> Option<&Rule>;
}

/// Why a step was refused. Never a claim that it is false, except [`Refused::Refuted`].
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The position is not in the term.
    #[error(transparent)]
    Position(#[from] PositionError),
    /// The parts do not fit together any more.
    #[error("the new part has another sort")]
    Sort,
    /// Too deep.
    #[error("the term is deeper than {MAX_DEPTH}")]
    TooDeep,
    /// Too large to be written out.
    #[error("the term has more than {MAX_SIZE} nodes")]
    TooLarge,
    /// The work allowed is done.
    #[error("the work allowed is done")]
    Budget,
    /// There is no rule of this name.
    #[error("no rule {0}")]
    NoSuchRule(String),
    /// The ground does not give this step.
    #[error("{0} does not give this step")]
    NotGrounded(String),
    /// A side condition is false.
    #[error("a side condition fails")]
    NeedFails(Id),
    /// The judge refuted it.
    #[error("refuted by the judge")]
    Refuted(Box<Counterexample>),
    /// There is no such lemma.
    #[error("no such lemma")]
    NoSuchLemma,
}

/// An equation proved before, closed over its givens.
#[derive(Clone, Debug)]
pub struct Lemma {
    /// How it is cited: a label, or what it says.
    pub name: String,
    /// Its left side.
    pub left: Id,
    /// Its right side.
    pub right: Id,
    /// What it was proved under: givens and assumptions, discharged at each citation.
    pub under: Vec<Id>,
    /// The conditions its chain began with.
    pub givens: Vec<Id>,
    /// Its chain.
    pub steps: Vec<Step>,
}

/// Counts of a session, for reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Steps accepted.
    pub steps: usize,
    /// Points the judge evaluated.
    pub points: usize,
    /// Steps refused because what they lead to is too large to be written out.
    pub too_large: usize,
}

/// The links by which all solutions of an equation were checked under what is known.
pub(crate) struct Chained {
    pub(crate) known: Vec<Id>,
    pub(crate) equation: Id,
    pub(crate) unknown: VarId,
    pub(crate) links: Vec<Equivalence>,
}

/// Rules, lemmas and judge of one session.
pub struct Prover<'s> {
    store: &'s Store,
    rules: &'s dyn RuleSource,
    judge: Judge,
    lemmas: RefCell<Vec<Lemma>>,
    premises: RefCell<BTreeSet<Id>>,
    chains: RefCell<Vec<Chained>>,
    turnings: RefCell<Vec<Turning>>,
    tally: Cell<Tally>,
}

impl<'s> Prover<'s> {
    /// A prover with no lemmas.
    pub fn new(store: &'s Store, rules: &'s dyn RuleSource, judge: Judge) -> Self {
        Prover {
            store,
            rules,
            judge,
            lemmas: RefCell::default(),
            premises: RefCell::default(),
            chains: RefCell::default(),
            turnings: RefCell::default(),
            tally: Cell::default(),
        }
    }
    /// The arena.
    pub fn store(&self) -> &'s Store {
        self.store
    }
    /// The rules.
    pub fn rules(&self) -> &'s dyn RuleSource {
        self.rules
    }
    /// The judge.
    pub fn judge(&self) -> &Judge {
        &self.judge
    }
    /// What was counted so far.
    pub fn tally(&self) -> Tally {
        self.tally.get()
    }
    fn count(&self, change: impl FnOnce(&mut Tally)) {
        let mut t = self.tally.get();
        change(&mut t);
        self.tally.set(t);
    }
    /// A lemma by number.
    pub fn lemma(&self, k: usize) -> Option<Lemma> {
        self.lemmas.borrow().get(k).cloned()
    }
    /// The links by which all solutions of an equation under conditions were checked, in order.
    pub fn chain(&self, known: &[Id], equation: Id, unknown: VarId) -> Option<Vec<Equivalence>> {
        let all = self.chains.borrow();
        let of = |c: &&Chained| c.equation == equation && c.unknown == unknown && c.known == known;
        all.iter().rev().find(of).map(|c| c.links.clone())
    }
    pub(crate) fn keep_chain(&self, chain: Chained) {
        self.chains.borrow_mut().push(chain);
    }
    /// The points at which terms are looked at, in order: where they may be least or greatest.
    pub fn turnings(&self) -> Vec<Turning> {
        self.turnings.borrow().clone()
    }
    /// A point at which terms are looked at; what is said of it is checked.
    pub fn look_at(&self, turning: Turning) {
        let mut all = self.turnings.borrow_mut();
        if !all.contains(&turning) {
            all.push(turning);
        }
    }
    /// The number of lemmas.
    pub fn lemma_count(&self) -> usize {
        self.lemmas.borrow().len()
    }
    /// A chain from `start` under these conditions; the natural domain of `start` is known along it.
    pub fn proof(&'s self, start: Id, givens: &[Id]) -> Proof<'s> {
        self.proof_without(start, givens, &[])
    }
    /// The same, with less known: without these conditions of the natural domain.
    pub fn proof_without(&'s self, start: Id, givens: &[Id], left_out: &[Id]) -> Proof<'s> {
        let facts = Facts::new(self.store, givens);
        let for_all = crate::instances::of_givens(self.store, start, givens);
        let mut domain = needs(&facts.defined(start)).unwrap_or_default();
        domain.retain(|c| !left_out.contains(c) && !crate::instances::holds_at_its_indices(self.store, &facts, &for_all, *c));
        let mut conditions = givens.to_vec();
        conditions.extend(domain.iter().copied());
        let mut everywhere = crate::instances::of_values(self.store, start, &domain);
        everywhere.extend(for_all);
        let facts = facts.with(&domain);
        let kinks = crate::instances::of_kinks(&facts, start, &domain);
        conditions.extend(kinks.iter().copied());
        Proof {
            prover: self,
            facts: if kinks.is_empty() { facts } else { facts.with(&kinks) },
            givens: givens.to_vec(),
            conditions,
            domain,
            everywhere,
            start,
            current: start,
            steps: Vec::new(),
        }
    }
    /// Records a finished chain as a lemma; its number.
    pub fn add_lemma(&self, name: &str, proof: &Proof<'_>) -> usize {
        let mut under = proof.givens.clone();
        under.extend(proof.assumptions());
        let s = self.store;
        self.premises.borrow_mut().insert(s.canon(s.rel(gradus_term::RelOp::Eq, proof.start, proof.current)));
        let mut l = self.lemmas.borrow_mut();
        l.push(Lemma {
            name: name.to_owned(),
            left: proof.start,
            right: proof.current,
            under,
            givens: proof.givens.clone(),
            steps: proof.steps.clone(),
        });
        l.len() - 1
    }
    /// This equation (a premise of a rule) and what it was proved under; `None` if it is no lemma.
    pub(crate) fn proved_under(&self, equation: Id) -> Option<(Id, Vec<Id>)> {
        let s = self.store;
        if !self.premises.borrow().contains(&s.canon(equation)) {
            return None;
        }
        let is = |l: &&Lemma| s.same(s.rel(gradus_term::RelOp::Eq, l.left, l.right), equation);
        self.lemmas.borrow().iter().rev().find(is).map(|l| (equation, l.under.clone()))
    }
    /// Asks the judge about an equation under conditions.
    pub fn judge_equal(&self, a: Id, b: Id, conditions: &[Id]) -> Result<Judged, Box<Counterexample>> {
        match self.judge.equal(self.store, a, b, conditions) {
            Verdict::Agrees { points } => {
                self.count(|t| t.points += points);
                Ok(Judged::Agrees(points))
            }
            Verdict::Refuted(c) => Err(c),
            Verdict::NotJudged(_) | Verdict::Vacuous => Ok(Judged::NotJudged),
        }
    }
}

/// A chain of equal terms being built, step by step.
pub struct Proof<'s> {
    prover: &'s Prover<'s>,
    facts: Facts<'s>,
    givens: Vec<Id>,
    conditions: Vec<Id>,
    domain: Vec<Id>,
    everywhere: Vec<Id>,
    start: Id,
    current: Id,
    steps: Vec<Step>,
}

/// What is proposed as a step at a focus.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The rule's or the move's name.
    pub rule: String,
    /// Why it is true.
    pub ground: Ground,
    /// The new part, with the names the focus opened.
    pub new: Id,
    /// The reason in words.
    pub reason: Text,
    /// Its weight.
    pub weight: Weight,
}

impl<'s> Proof<'s> {
    /// The prover.
    pub fn prover(&self) -> &'s Prover<'s> {
        self.prover
    }
    /// The arena.
    pub fn store(&self) -> &'s Store {
        self.prover.store
    }
    /// What it starts from.
    pub fn start(&self) -> Id {
        self.start
    }
    /// The term reached.
    pub fn current(&self) -> Id {
        self.current
    }
    /// The steps so far.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
    /// What is known along the chain: givens and the natural domain of the start.
    pub fn facts(&self) -> &Facts<'s> {
        &self.facts
    }
    /// The conditions behind [`Proof::facts`].
    pub fn conditions(&self) -> &[Id] {
        &self.conditions
    }
    /// The givens the chain stands under.
    pub fn givens(&self) -> &[Id] {
        &self.givens
    }
    /// The conditions of the natural domain of the start.
    pub fn domain(&self) -> &[Id] {
        &self.domain
    }
    /// Conditions the steps needed beyond the facts.
    pub fn assumptions(&self) -> Vec<Id> {
        let mut out: Vec<Id> = Vec::new();
        for c in self.steps.iter().flat_map(|s| &s.assumes) {
            if !out.contains(c) {
                out.push(*c);
            }
        }
        out
    }
    /// What stands at a position of the current term.
    ///
    /// # Errors
    /// If it is not in the term.
    pub fn focus(&self, pos: &Position) -> Result<Focus, PositionError> {
        self.store().focus(self.current, pos)
    }
    /// Everything known at a focus.
    pub fn facts_at(&self, f: &Focus) -> Facts<'s> {
        self.facts.with(&f.facts)
    }

    /// Makes a step: the focus `f` of `pos` is replaced by the proposal's new part.
    ///
    /// # Errors
    /// If the ground does not give it, a side condition fails, or the judge refutes it. The chain is unchanged then.
    pub fn step(&mut self, pos: &Position, f: &Focus, p: Proposal) -> Result<(), Refused> {
        let f = &self.refocus(pos, f)?;
        let s = self.store();
        if s.exhausted() {
            return Err(Refused::Budget);
        }
        let before = self.current;
        let after = s.splice(before, pos, &f.opened, p.new)?;
        if s.sort(p.new) != s.sort(f.part) || *s.sort(after) == gradus_term::Sort::Ill {
            return Err(Refused::Sort);
        }
        if s.depth(after) > MAX_DEPTH {
            return Err(Refused::TooDeep);
        }
        if s.size(after) > MAX_SIZE.max(s.size(before)) {
            self.prover.count(|t| t.too_large += 1);
            return Err(Refused::TooLarge);
        }
        let local = Discharge::new(self.prover, &self.facts, &self.conditions, &self.everywhere, f, [self.start, before]);
        let assumes = check_ground(&local, &p.ground, f.part, p.new)?;
        crate::limit::check_step(s, f, p.new, after, &assumes)?;
        if self.steps.is_empty() {
            crate::limit::check_points(self.prover, &self.facts, before, true)?;
        }
        crate::limit::check_points(self.prover, &self.facts_at(f), p.new, false)?;
        let mut conditions = self.conditions.clone();
        conditions.extend(assumes.iter().copied());
        let judged = self.judge_step(pos, f, p.new, before, after, &conditions)?;
        self.steps.push(Step {
            rule: p.rule,
            ground: p.ground,
            position: pos.clone(),
            opened: f.opened.clone(),
            new: p.new,
            before,
            after,
            reason: p.reason,
            weight: p.weight,
            assumes,
            judged,
        });
        self.current = after;
        self.prover.count(|t| t.steps += 1);
        Ok(())
    }
    /// What really stands at the position, in the names the caller opened: neither its part nor its facts are taken on trust.
    fn refocus(&self, pos: &Position, given: &Focus) -> Result<Focus, Refused> {
        let s = self.store();
        let not = || Refused::NotGrounded("what stands at the position".to_owned());
        let own = s.focus(self.current, pos)?;
        if own.opened.len() != given.opened.len() {
            return Err(not());
        }
        let mut map = FxHashMap::default();
        for (a, b) in own.opened.iter().zip(&given.opened) {
            let (x, y) = (s.var(*a), s.var(*b));
            let alike = x.kind == y.kind && x.sort == y.sort && x.domain == y.domain && x.props == y.props;
            if !alike || s.mentions(self.current, *b) || self.conditions.iter().any(|c| s.mentions(*c, *b)) {
                return Err(not());
            }
            map.insert(*a, if y.is_integer() { Arg::Idx(Aff::free(*b)) } else { Arg::Val(s.name(*b)) });
        }
        let part = s.subst(own.part, &map);
        if !s.same(part, given.part) {
            return Err(not());
        }
        let named = |v: VarId| own.opened.iter().position(|o| *o == v).and_then(|k| given.opened.get(k).copied()).unwrap_or(v);
        Ok(Focus {
            part,
            opened: given.opened.clone(),
            facts: own.facts.iter().map(|c| s.subst(*c, &map)).collect(),
            limits: own.limits.iter().map(|v| named(*v)).collect(),
            points: own.points.iter().map(|(v, p)| (named(*v), s.subst(*p, &map))).collect(),
        })
    }
    /// Under a `diff` only the whole step is judged: the bound value is not free there.
    fn judge_step(&self, _pos: &Position, f: &Focus, new: Id, before: Id, after: Id, conditions: &[Id]) -> Result<Judged, Refused> {
        if self.store().same(f.part, new) {
            return Ok(Judged::Agrees(0));
        }
        let r = if f.points.is_empty() {
            let mut c = conditions.to_vec();
            c.extend(f.facts.iter().copied());
            self.prover.judge_equal(f.part, new, &c)
        } else {
            self.prover.judge_equal(before, after, conditions)
        };
        r.map_err(Refused::Refuted)
    }

    /// Goes back to an earlier number of steps.
    pub fn truncate(&mut self, steps: usize) {
        if steps < self.steps.len() {
            self.current = self.steps.get(steps).map_or(self.start, |s| s.before);
            self.steps.truncate(steps);
        }
    }
}
