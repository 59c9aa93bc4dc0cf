//! Walks: one side of a claim taken down line by line, so that another chain can go back up along it.
//!
//! A [`Walk`] is a [`Draft`] that remembers where its lines end and how each line is read upwards ("common denominator"
//! downwards is "split the fraction" upwards). [`Engine::climb`] repeats a walk backwards at the end of another chain, step by
//! step, each checked anew by the kernel.

use crate::draft::Draft;
use crate::Engine;
use gradus_kernel::{Ground, Procedure, Refused, Step, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Arg, Focus, Id, Position};
use rustc_hash::FxHashMap;

/// The end of a line of a walk.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    /// The number of steps up to here.
    pub steps: usize,
    /// The term reached.
    pub term: Id,
    /// The reason of the line read upwards.
    pub back: Text,
}

/// A chain with its stops; the first stop is its start.
pub(crate) struct Walk<'s> {
    /// The chain.
    pub d: Draft<'s>,
    /// Where its lines end.
    pub stops: Vec<Stop>,
}

impl<'s> Walk<'s> {
    /// A walk that stands at the current end of `d`.
    pub(crate) fn new(d: Draft<'s>) -> Self {
        let first = Stop { steps: d.len(), term: d.current(), back: Text::default() };
        Walk { d, stops: vec![first] }
    }
    /// Tidies and ends a line here, if there are steps since the last one; `back` is its reason read upwards.
    pub(crate) fn stop(&mut self, back: Text) {
        self.d.tidy();
        self.stop_as_it_is(back);
    }
    /// Ends a line here without tidying.
    pub(crate) fn stop_as_it_is(&mut self, back: Text) {
        if self.stops.last().is_some_and(|s| s.steps == self.d.len()) {
            return;
        }
        self.d.line(Detail::Textbook);
        let (steps, term) = (self.d.len(), self.d.current());
        match self.stops.last_mut() {
            // A line that changed nothing to see joins the one before.
            Some(last) if self.d.store().same(last.term, term) => last.steps = steps,
            _ => self.stops.push(Stop { steps, term, back }),
        }
    }
    /// Tidies as a line of its own.
    pub(crate) fn tidy_line(&mut self, words: &str, back: &str) {
        let s = self.d.store();
        let new = crate::tidy::tidy(s, self.d.current());
        if !s.same(new, self.d.current()) && self.d.rewrite(new, "arithmetic.tidy", Text::words(words), Weight::Small).is_ok() {
            self.stop_as_it_is(Text::words(back));
        }
    }
    /// Forgets everything after stop number `k`.
    pub(crate) fn cut(&mut self, k: usize) {
        self.stops.truncate(k + 1);
        if let Some(last) = self.stops.last() {
            self.d.truncate(last.steps);
        }
    }
}

impl<'s> Engine<'s> {
    /// Goes back up along `walk` from its stop number `from` to its start; `d` stands at that stop's term.
    ///
    /// # Errors
    /// If a step cannot be made backwards.
    pub(crate) fn climb(&self, d: &mut Draft<'s>, walk: &Walk<'s>, from: usize) -> Result<(), Refused> {
        for k in (1..=from).rev() {
            let (Some(stop), Some(below)) = (walk.stops.get(k), walk.stops.get(k - 1)) else { continue };
            let steps = walk.d.proof.steps().get(below.steps..stop.steps).unwrap_or(&[]);
            let before = d.len();
            for step in steps.iter().rev() {
                self.step_back(d, step, &stop.back)?;
            }
            if d.len() > before {
                d.line_because(Detail::Textbook, Some(stop.back.clone()));
            }
        }
        Ok(())
    }

    /// One step backwards: on its own ground where its place is found again, else on the whole term.
    fn step_back(&self, d: &mut Draft<'s>, step: &Step, reason: &Text) -> Result<(), Refused> {
        let s = self.store;
        if s.same(d.current(), step.before) {
            return Ok(());
        }
        if s.same(d.current(), step.after) {
            if let Some((f, old)) = self.same_place(step) {
                if let Some(ground) = reversed(&step.ground) {
                    if d.step(&step.position, &f, ground, old, &step.rule, reason.clone(), step.weight).is_ok() {
                        return Ok(());
                    }
                }
            }
        }
        let pos = Position::root();
        let f = d.proof.focus(&pos)?;
        let ground =
            if gradus_kernel::rearranged(s, f.part, step.before) { Ground::Rearranged } else { Ground::Recomputed(Procedure::NormalForm) };
        d.step(&pos, &f, ground, step.before, &step.rule, reason.clone(), step.weight)
    }

    /// The focus of the step's place in the term after it, and what stood there before, if the place is still a place.
    fn same_place(&self, step: &Step) -> Option<(Focus, Id)> {
        let s = self.store;
        if !step.position.operands.is_empty() {
            return None;
        }
        let old = s.focus(step.before, &step.position).ok()?;
        let new = s.focus(step.after, &step.position).ok()?;
        let map: FxHashMap<_, _> = old
            .opened
            .iter()
            .zip(&new.opened)
            .map(|(a, b)| (*a, if s.var(*b).is_integer() { Arg::Idx(gradus_term::Aff::free(*b)) } else { Arg::Val(s.name(*b)) }))
            .collect();
        let part = s.subst(old.part, &map);
        let back = s.splice(step.after, &step.position, &new.opened, part).ok()?;
        s.same(back, step.before).then_some((new, part))
    }

    /// Replaces the term of `d` by one with the same normal form, as a line of its own.
    ///
    /// # Errors
    /// As [`Draft::rewrite`].
    pub(crate) fn line_to(&self, d: &mut Draft<'s>, new: Id, name: &str, reason: Text) -> Result<(), Refused> {
        let weight = if reason.is_empty() { Weight::Trivial } else { Weight::Main };
        d.rewrite(new, name, reason, weight)?;
        if weight > Weight::Trivial {
            d.line(Detail::Textbook);
        }
        Ok(())
    }
}

/// The ground of a step read backwards; `None` if it has none of its own.
fn reversed(g: &Ground) -> Option<Ground> {
    match g {
        Ground::Instance { rule, backward, subst } => {
            Some(Ground::Instance { rule: rule.clone(), backward: !backward, subst: subst.clone() })
        }
        Ground::Unfolded => Some(Ground::Folded),
        Ground::Folded => Some(Ground::Unfolded),
        Ground::Rearranged
        | Ground::Entries
        | Ground::Given(_)
        | Ground::Cited { .. }
        | Ground::ByCases(_)
        | Ground::Extensional
        | Ground::Recomputed(gradus_kernel::Procedure::NormalForm) => Some(g.clone()),
        Ground::Entrywise { .. } | Ground::ReadOff { .. } | Ground::Constant(_) | Ground::Recomputed(_) => None,
    }
}
