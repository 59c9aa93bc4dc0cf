//! Kinks: absolute values, maxima and the like where it is known on which side of the kink the argument lies.

use super::Back;
use crate::draft::{everywhere, Draft};
use crate::Engine;
use gradus_decide::Tri;
use gradus_kernel::{Text, Weight};
use gradus_term::{Id, Node, Position, Prim, RelOp};

/// What is known of one side of a kink, said by a rule.
const SIDES: &[&str] =
    &["abs.positive", "abs.of_negative", "maximum.larger", "maximum.smaller", "maximum.relu_of_positive", "maximum.relu_of_negative"];

impl<'s> Engine<'s> {
    /// `|u|` as u where u ≥ 0, `max(u, v)` as u where u ≥ v, a bracket as 1 or 0, cases as their branch: as far as it is known.
    pub(crate) fn settle_kinks(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        if !s.any_subterm(d.current(), &mut |n| self.has_kink(n)) {
            return None;
        }
        let start = d.len();
        let mut back = self.rules_everywhere(d, SIDES, Weight::Main);
        for path in everywhere(s, d.current(), &|n| self.has_kink(n)).into_iter().rev() {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let facts = d.proof.facts_at(&f);
            let known = |c: Id| facts.holds(c);
            let new = match s.node(f.part) {
                Node::Iverson(c) => match known(*c) {
                    Tri::True => Some(s.int(1)),
                    Tri::False => Some(s.int(0)),
                    Tri::Unknown => None,
                },
                Node::Cases(branches, otherwise) => {
                    let open = branches.iter().find(|b| known(b.0) != Tri::False);
                    open.map_or(*otherwise, |b| Some(b.1).filter(|_| known(b.0) == Tri::True))
                }
                Node::Call(g, xs) if s.prim(*g) == Some(Prim::Sign) => {
                    let is = |op| xs.first().is_some_and(|u| known(s.rel(op, *u, s.int(0))) == Tri::True);
                    let one = s.int(1);
                    is(RelOp::Gt).then_some(one).or_else(|| is(RelOp::Lt).then(|| s.neg(one)))
                }
                _ => None,
            };
            let before = d.len();
            let Some(new) = new else { continue };
            let words = "by the case";
            if d.recompute(&pos, &f, new, "kink.settle", Text::words(words), Weight::Main).is_err() {
                continue;
            }
            if d.proof.steps().last().is_some_and(|st| !st.assumes.is_empty()) {
                d.truncate(before);
                continue;
            }
            back = Some(back.map_or(Text::words(words), |b| b.also(&Text::words(words))));
        }
        back.filter(|_| d.len() > start)
    }

    /// Whether a node has a kink or a jump where two numbers meet.
    pub(crate) fn has_kink(&self, n: &Node) -> bool {
        let s = self.store;
        match n {
            Node::Call(f, _) => {
                matches!(s.prim(*f), Some(Prim::Abs | Prim::Max | Prim::Min | Prim::Sign))
                    || s.fun(*f).library && &*s.fun(*f).name == "relu"
            }
            Node::Iverson(c) => self.compares_reals(*c),
            Node::Cases(bs, _) => bs.iter().any(|b| self.compares_reals(b.0)),
            _ => false,
        }
    }

    /// Whether a condition is one relation between reals that are no indices.
    pub(crate) fn compares_reals(&self, cond: Id) -> bool {
        let s = self.store;
        matches!(s.node(cond), Node::Rel(_, a, b) if s.as_aff(*a).is_none() || s.as_aff(*b).is_none())
    }
}
