//! Moves: what a person does to a line, one kind at a time, everywhere it can be done at once.
//!
//! A move changes the term of a draft by steps the kernel checks, and says how it reads upwards; it returns `None` if there was
//! nothing to do. Moves know nothing of goals: which to make, and when to stop, is the planner's.

mod denominators;
pub(crate) mod fractions;
mod kinks;
mod logarithms;
mod open;
mod powers;
mod ranges;
mod roots;

pub(crate) use open::Depth;

use crate::draft::Draft;
use crate::Engine;
use gradus_kernel::{Ground, Text, Weight};
use gradus_term::{Id, Node, Position, Prim};

/// What a move did, read upwards.
pub(crate) type Back = Text;

/// Most places a move changes in one line.
const PLACES: usize = 48;

impl<'s> Engine<'s> {
    /// Applies the first of these rules that fits at a place, at every place from the outermost in, until none fits.
    pub(crate) fn rules_everywhere(&self, d: &mut Draft<'s>, names: &[&str], weight: Weight) -> Option<Back> {
        let mut back = Text::default();
        let mut said: Vec<&str> = Vec::new();
        let start = d.len();
        for _ in 0..PLACES {
            let Some(name) = self.one_rule_somewhere(d, names, weight) else { break };
            if !said.contains(&name) {
                if let Some(b) =
                    self.rules.note(name).and_then(|n| n.back.clone()).or_else(|| self.rules.get(name).map(|r| r.short.clone()))
                {
                    back = back.also(&Text::words(b));
                }
                said.push(name);
            }
        }
        (d.len() > start).then_some(back)
    }
    fn one_rule_somewhere<'n>(&self, d: &mut Draft<'s>, names: &[&'n str], weight: Weight) -> Option<&'n str> {
        let s = self.store;
        for path in crate::draft::everywhere(s, d.current(), &|_| true) {
            let Ok(f) = d.proof.focus(&Position::at(&path)) else { continue };
            for name in names {
                let Some(rule) = self.rules.get(name) else { continue };
                for (m, new) in crate::matching::rewrite(s, rule, f.part, false) {
                    let pos = Position { path: path.clone(), operands: m.operands.clone() };
                    let whole;
                    let focus = if m.operands.is_empty() {
                        &f
                    } else {
                        // The operands alone, with the names that are open already.
                        let Some(part) = operands_of(self, f.part, &m.operands) else { continue };
                        whole = gradus_term::Focus { part, ..f.clone() };
                        &whole
                    };
                    let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: m.subst };
                    if !s.same(new, focus.part)
                        && d.step_surely(&pos, focus, ground, new, &rule.name, Text::words(rule.short.clone()), weight)
                    {
                        return Some(name);
                    }
                }
            }
        }
        None
    }
    /// Whether the place is in an exponent or in the argument of a function other than a logarithm or a root: algebra stays
    /// outside of those.
    pub(crate) fn is_inside_function(&self, term: Id, path: &[u32]) -> bool {
        let s = self.store;
        let mut t = term;
        for k in path {
            let plain = matches!(s.node(t), Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Log | Prim::Sqrt)));
            if matches!(s.node(t), Node::Call(..) | Node::CallVar(..)) && !plain || matches!((s.node(t), k), (Node::Pow(..), 1)) {
                return true;
            }
            match s.node(t).children().get(*k as usize) {
                Some((c, _)) => t = *c,
                None => return true,
            }
        }
        false
    }
    /// Whether the term is `e^u`; u.
    pub(crate) fn exponent(&self, t: Id) -> Option<Id> {
        match self.store.node(t) {
            Node::Call(f, xs) if self.store.prim(*f) == Some(Prim::Exp) => xs.first().copied(),
            _ => None,
        }
    }
}

fn operands_of(e: &Engine<'_>, part: Id, operands: &[u32]) -> Option<Id> {
    let pos = Position { path: Vec::new(), operands: operands.to_vec() };
    e.store.focus(part, &pos).ok().map(|f| f.part)
}
