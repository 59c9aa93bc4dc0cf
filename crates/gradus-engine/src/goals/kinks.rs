//! Kinks of what is differentiated that may make up for each other: what excludes them is an assumption, unless the chain holds there too.

use crate::draft::Draft;
use crate::Engine;
use gradus_kernel::{Ground, Proof, Proposal, Step};
use gradus_term::{Aff, Arg, Focus, Id, Node, RelOp, VarId};
use rustc_hash::FxHashMap;

/// Of so many kinks each is tried by itself.
const SEVERAL: usize = 4;
/// How deep lemmas may rest on lemmas.
const DEPTH: u32 = 12;

impl<'s> Engine<'s> {
    /// The conditions of the natural domain of `left` along a chain: those that exclude kinks which may make up for each other and
    /// without which the chain does not hold, and the others.
    pub(crate) fn kinks_assumed(&self, d: &Draft<'s>, left: Id) -> (Vec<Id>, Vec<Id>) {
        let givens = d.proof.givens();
        let meets = |c: &Id| {
            self.is_once(*c) && !gradus_kernel::kink_is_domain(self.store, givens, left, *c)
                || gradus_kernel::kinks_meet(self.store, givens, left, *c)
                || super::domain::may_be_smoothed(self.store, givens, left, *c)
        };
        let (meeting, domain): (Vec<Id>, Vec<Id>) = d.proof.domain().iter().copied().partition(meets);
        if meeting.is_empty() || self.holds_without(d, &meeting) {
            return (Vec::new(), domain);
        }
        // Some of several may be done without: of `min(A r, A clip(r))` only one bound of the clip matters.
        let (mut kept, mut dropped) = (Vec::new(), Vec::new());
        if (2..=SEVERAL).contains(&meeting.len()) {
            for c in meeting {
                dropped.push(c);
                if !self.holds_without(d, &dropped) {
                    kept.extend(dropped.pop());
                }
            }
            return (kept, domain);
        }
        (meeting, domain)
    }
    /// Whether a condition says that the largest of many is reached once.
    fn is_once(&self, cond: Id) -> bool {
        matches!(self.store.node(cond), Node::Rel(RelOp::Eq, a, _) if matches!(self.store.node(*a), Node::Big { .. }))
    }
    /// Whether every step of a chain can be made where these conditions of its natural domain are not known.
    fn holds_without(&self, d: &Draft<'s>, conditions: &[Id]) -> bool {
        let again = self.prover.proof_without(d.proof.start(), d.proof.givens(), conditions);
        let known = self.open_assumptions(d);
        self.made_again(again, d.proof.steps(), &known, 0)
    }
    /// Whether the steps can be made in this proof, with no more assumptions than these; what they cite must hold at kinks, too.
    fn made_again(&self, mut again: Proof<'s>, steps: &[Step], known: &[Id], depth: u32) -> bool {
        let s = self.store;
        for st in steps {
            let cited = match &st.ground {
                Ground::Cited { lemma, .. } | Ground::Entrywise { lemma, .. } | Ground::ReadOff { lemma, .. } => Some(*lemma),
                _ => None,
            };
            let Ok(own) = again.focus(&st.position) else { return false };
            let named = |v: &VarId| if s.var(*v).is_integer() { Arg::Idx(Aff::free(*v)) } else { Arg::Val(s.name(*v)) };
            let map: FxHashMap<VarId, Arg> = own.opened.iter().copied().zip(st.opened.iter().map(named)).collect();
            let f = Focus { part: s.subst(own.part, &map), opened: st.opened.clone(), ..own };
            let proposal =
                Proposal { rule: st.rule.clone(), ground: st.ground.clone(), new: st.new, reason: st.reason.clone(), weight: st.weight };
            if again.step(&st.position, &f, proposal).is_err() || cited.is_some_and(|k| !self.lemma_at_kinks(k, depth)) {
                return false;
            }
        }
        again.assumptions().iter().all(|c| known.contains(c) || again.facts().holds(*c).is_true())
    }
    /// Whether a lemma's chain can be made without what its natural domain excludes of single values.
    fn lemma_at_kinks(&self, k: usize, depth: u32) -> bool {
        let s = self.store;
        let Some(l) = self.prover.lemma(k).filter(|_| depth < DEPTH) else { return false };
        let whole = self.prover.proof(l.left, &l.givens);
        let excluded: Vec<Id> =
            whole.domain().iter().copied().filter(|c| matches!(s.node(*c), Node::Rel(RelOp::Ne, ..)) || self.is_once(*c)).collect();
        let known: Vec<Id> = l.under.iter().copied().filter(|c| !l.givens.contains(c)).collect();
        excluded.is_empty() || self.made_again(self.prover.proof_without(l.left, &l.givens, &excluded), &l.steps, &known, depth + 1)
    }
}
