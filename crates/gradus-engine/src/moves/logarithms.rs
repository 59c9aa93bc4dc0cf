//! Logarithms: taken apart by the rules of the rulebook, or put together where their arguments cancel.

use super::Back;
use crate::cost::cost;
use crate::draft::{everywhere, Draft};
use crate::tidy::{summands, tidy};
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{rearranged, Text, Weight};
use gradus_term::{Id, Node, Position, Prim, Summand};

/// What a logarithm or an exponential of something composite is.
const LOGARITHMS: &[&str] = &[
    "log.exp",
    "log.one",
    "log.reciprocal",
    "log.quotient",
    "log.product",
    "log.product_over",
    "log.power",
    "log.root",
    "exp.log",
    "exp.multiple_of_log",
    "exp.zero",
];
impl<'s> Engine<'s> {
    /// Logarithms of products, fractions, powers and exponentials taken apart.
    pub(crate) fn open_logarithms(&self, d: &mut Draft<'s>) -> Option<Back> {
        self.rules_everywhere(d, LOGARITHMS, Weight::Main)
    }
    /// `log u − log v` as the logarithm of the quotient, where that cancels: the logarithms of a sum as one, then its argument
    /// simplified. Two lines.
    pub(crate) fn join_logarithms(&self, w: &mut Walk<'s>) {
        let s = self.store;
        for path in everywhere(s, w.d.current(), &|n| matches!(n, Node::Sum(xs) if xs.len() > 1)) {
            let pos = Position::at(&path);
            let Ok(f) = w.d.proof.focus(&pos) else { continue };
            let (logs, rest): (Vec<Summand>, Vec<Summand>) =
                summands(s, f.part).into_iter().partition(|x| self.logarithm_of(x.term).is_some());
            if logs.len() < 2 {
                continue;
            }
            let arguments =
                |neg: bool| -> Vec<Id> { logs.iter().filter(|x| x.neg == neg).filter_map(|x| self.logarithm_of(x.term)).collect() };
            let (above, below) = (s.product(&arguments(false)), s.product(&arguments(true)));
            let joined = if arguments(true).is_empty() { above } else { s.quot(above, below) };
            let facts = w.d.proof.facts_at(&f);
            let shorter = [facts.together(joined), facts.expand(joined)].into_iter().flatten().map(|t| tidy(s, t));
            let Some(argument) = shorter.min_by_key(|t| cost(s, *t)) else { continue };
            let before: u32 = logs.iter().map(|x| cost(s, x.term)).sum();
            if cost(s, argument).saturating_mul(2) > before || rearranged(s, argument, joined) {
                continue;
            }
            let with = |t: Id| {
                let one = std::iter::once(Summand { neg: false, term: s.log(t) });
                s.sum(&one.chain(rest.iter().copied()).collect::<Vec<_>>())
            };
            let reason = Text::words("one logarithm");
            if w.d.recompute(&pos, &f, with(joined), "log.quotient", reason, Weight::Main).is_err() {
                continue;
            }
            w.stop_as_it_is(Text::words("log of a fraction"));
            let Ok(f) = w.d.proof.focus(&pos) else { return };
            if w.d.recompute(&pos, &f, with(argument), "fraction.cancel", Text::words("cancel"), Weight::Main).is_ok() {
                w.stop(Text::words("as a fraction"));
            }
            return;
        }
    }
    /// u, if the term is log(u).
    pub(crate) fn logarithm_of(&self, t: Id) -> Option<Id> {
        match self.store.node(t) {
            Node::Call(f, xs) if self.store.prim(*f) == Some(Prim::Log) => xs.first().copied(),
            _ => None,
        }
    }
}
