//! From a finished chain to a solution: `expect`, status, assumptions, notes.

use crate::draft::Draft;
use crate::Engine;
use gradus_decide::{Definedness, Facts, Tri};
use gradus_judge::{Reason, Verdict};
use gradus_kernel::{Claim, Counterexample, Derivation, Item, Solution, Status, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{FnId, Goal, Id, Node};
use std::sync::Arc;

/// What became of an `expect`.
pub(crate) enum Expected {
    /// There was none, or the result stands in its form now.
    Met,
    /// It could not be settled.
    Open,
    /// It is false, at this point.
    False(Counterexample),
}

impl<'s> Engine<'s> {
    /// Brings the result into the expected form, by a step, if it is equal.
    pub(crate) fn meet_expectation(&self, d: &mut Draft<'s>, expect: Option<Id>) -> Expected {
        let Some(e) = expect else { return Expected::Met };
        let s = self.store;
        let now = d.current();
        if s.same(now, e) {
            return Expected::Met;
        }
        // A line that has the form asked for is the last one.
        let asked = d.proof.steps().iter().position(|st| gradus_kernel::rearranged(s, st.after, e));
        if let Some(k) = asked.filter(|_| !crate::tidy::has_derivative(s, e)) {
            d.truncate(k + 1);
            d.line(Detail::Brief);
        }
        let now = d.current();
        if gradus_kernel::rearranged(s, now, e) {
            let _ = d.rewrite(e, "algebra.reorder", Text::default(), Weight::Trivial);
            d.line(Detail::Brief);
            return Expected::Met;
        }
        match d.rewrite(e, "algebra.form", Text::words("in the form asked for"), Weight::Main) {
            Ok(()) => {
                d.line(Detail::Brief);
                Expected::Met
            }
            Err(_) => match self.difference_in_value(now, e, d.proof.conditions()) {
                Some(c) => Expected::False(self.counterexample(&c)),
                None => Expected::Open,
            },
        }
    }
    /// A point at which both terms have a value and the values differ. Where only one of them has a value, an equation is not
    /// false but conditional.
    pub(crate) fn difference_in_value(&self, a: Id, b: Id, givens: &[Id]) -> Option<gradus_judge::Counterexample> {
        let (s, judge) = (self.store, self.prover.judge());
        let Verdict::Refuted(c) = judge.equal(s, a, b, givens) else { return None };
        match judge.equal_where_defined(s, a, b, givens) {
            Verdict::Refuted(both) => Some(*both),
            Verdict::NotJudged(Reason::NowhereDefined) => Some(*c),
            _ if self.real_domain(b, givens) => None,
            _ => Some(*c),
        }
    }
    /// Whether what the term needs to have a value are relations between reals, which a reader can be told as conditions; an
    /// index out of range is none.
    fn real_domain(&self, t: Id, givens: &[Id]) -> bool {
        let s = self.store;
        let real = |c: &Id| matches!(s.node(*c), Node::Rel(_, a, b) if s.as_aff(*a).is_none() || s.as_aff(*b).is_none());
        match Facts::new(s, givens).defined(t) {
            Definedness::Unknown { needs } => !needs.is_empty() && needs.iter().all(real),
            _ => false,
        }
    }
    /// A judge's point in the words of the page, with the names that the goal is about.
    pub(crate) fn counterexample(&self, c: &gradus_judge::Counterexample) -> Counterexample {
        let about = c.bindings.iter().filter(|(v, _)| self.is_about(*v));
        Counterexample {
            at: about.map(|(v, x)| (self.store.var(*v).name.clone(), x.clone())).collect(),
            left: c.left.clone(),
            right: c.right.clone(),
        }
    }

    /// The assumptions of a chain that its facts do not give, each once.
    pub(crate) fn open_assumptions(&self, d: &Draft<'s>) -> Vec<Id> {
        d.proof.assumptions().into_iter().filter(|c| d.proof.facts().holds(*c) != Tri::True).collect()
    }

    /// The solution of a goal whose claim is `left = result`, from its parts.
    pub(crate) fn conclude(&self, goal: &Goal, d: &Draft<'s>, left: Id, items: Vec<Item>, complete: bool, expected: Expected) -> Solution {
        let mut out = super::blank(goal);
        let name = goal.label.as_ref().map_or_else(String::new, |l| format!("by {l}"));
        let lemma = self.prover.add_lemma(&name, &d.proof);
        self.remember(goal.label.as_deref(), lemma);
        let (meeting, domain) = self.kinks_assumed(d, left);
        let (natural, mut assumptions) = self.natural(left, d.current(), d.proof.givens(), self.open_assumptions(d));
        assumptions.extend(meeting);
        let assumptions = super::domain::distinct(self.store, &assumptions);
        let assumed: Vec<Id> = assumptions.iter().map(|c| super::domain::without_names(self.store, *c)).collect();
        let natural: Vec<Id> = domain.into_iter().chain(natural).collect();
        let mut natural = super::domain::distinct(self.store, &natural);
        let facts = d.proof.facts();
        natural.retain(|c| !assumed.contains(&super::domain::without_names(self.store, *c)));
        natural.retain(|c| !gradus_kernel::holds_at_every_index(self.store, facts, *c));
        // At such values it may have none.
        let complete = complete && !natural.iter().any(|c| gradus_kernel::fails_at_an_index(self.store, facts, *c));
        let (status, counterexample) = match expected {
            Expected::False(c) => (Status::Refuted, Some(c)),
            Expected::Open => (Status::Unknown, None),
            Expected::Met if !complete => (Status::Unknown, None),
            Expected::Met if assumptions.is_empty() => (Status::Proved, None),
            Expected::Met => (Status::Conditional, None),
        };
        out.result = Some(d.current());
        out.status = status;
        out.counterexample = counterexample;
        // What the result is said in, too.
        out.recalls = self.recalls(goal, self.store.rel(gradus_term::RelOp::Eq, left, d.current()));
        out.derivation = Some(Arc::new(Derivation {
            claim: Claim::Equal(left, d.current()),
            heading: Text::default(),
            items,
            assumptions,
            notes: self.noted(d.proof.givens(), natural),
            status,
            lemma: Some(lemma),
        }));
        out
    }

    /// The worksheet's definitions a term rests on, oldest first.
    pub(crate) fn recalls(&self, goal: &Goal, term: Id) -> Vec<FnId> {
        let s = self.store;
        let mut found: Vec<FnId> = Vec::new();
        let mut todo = vec![term];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(t) = todo.pop() {
            if !seen.insert(t) {
                continue;
            }
            if let Node::Call(f, _) | Node::Fun(f) = s.node(t) {
                if !s.fun(*f).library && !found.contains(f) {
                    found.push(*f);
                    todo.extend(s.body(*f));
                }
            }
            s.node(t).for_each_child(|c, _| todo.push(c));
        }
        goal.definitions.iter().copied().filter(|f| found.contains(f)).collect()
    }
}
