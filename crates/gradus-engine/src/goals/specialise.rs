//! `specialise T with a = …`: values put into a term, sums written out, numbers worked out.

use crate::draft::Draft;
use crate::moves::Depth;
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{Item, Solution, Text};
use gradus_term::goal::Detail;
use gradus_term::{Arg, Goal, Id, RelOp, VarId};
use rustc_hash::FxHashMap;

/// Answers `specialise term with …`.
pub(crate) fn answer(e: &Engine<'_>, goal: &Goal, term: Id, with: &[(VarId, Id)]) -> Solution {
    let s = e.store;
    let map: FxHashMap<VarId, Arg> = with.iter().map(|(v, t)| (*v, value(e, *v, *t))).collect();
    let start = s.subst(term, &map);
    let mut task = Text::words("Specialise ").term(term).and(" with ");
    for (k, (v, t)) in with.iter().enumerate() {
        task = if k == 0 { task } else { task.and(if k + 1 == with.len() { " and " } else { ", " }) };
        task = task.term(s.rel(RelOp::Eq, s.name(*v), *t));
    }
    let givens: Vec<Id> = e.givens(goal).into_iter().map(|c| s.subst(c, &map)).collect();
    let mut w = Walk::new(Draft::new(e.prover, start, &givens));
    for mv in [Engine::put_in, Engine::open_sheet, Engine::written] {
        while let Some(back) = mv(e, &mut w.d) {
            let before = w.stops.len();
            w.stop(back);
            if w.stops.len() == before {
                break;
            }
        }
    }
    let mut d = w.d;
    e.simplify(&mut d, &[]);
    let expected = e.meet_expectation(&mut d, goal.expect);
    let mut chain = d.chain(e.detail());
    chain.boxed = true;
    let mut out = e.conclude(goal, &d, start, vec![Item::Chain(chain)], true, expected);
    out.recalls = e.recalls(goal, term);
    out.task = task.and(".");
    out
}

fn value(e: &Engine<'_>, v: VarId, t: Id) -> Arg {
    match e.store.as_aff(t).filter(|_| e.store.var(v).is_integer()) {
        Some(a) => Arg::Idx(a),
        None => Arg::Val(t),
    }
}

impl<'s> Engine<'s> {
    /// The name itself is opened; what it mentions stays.
    fn put_in(&self, d: &mut Draft<'s>) -> Option<Text> {
        if d.len() > 0 {
            return None;
        }
        self.open_names(d, Depth::Sheet)
    }
    /// Sums are written out, with the entries of arrays taken on the way.
    fn written(&self, d: &mut Draft<'s>) -> Option<Text> {
        let back = self.write_out(d);
        while self.open_names(d, Depth::Entries).is_some() {}
        back
    }
    /// Further names, a layer a line, where they are not names of functions.
    fn open_sheet(&self, d: &mut Draft<'s>) -> Option<Text> {
        let before = d.len();
        self.open_names(d, Depth::Entries)?;
        d.line(Detail::Textbook);
        (d.len() > before).then(Text::default)
    }
}
