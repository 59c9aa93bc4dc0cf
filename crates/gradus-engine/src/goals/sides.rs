//! Connecting two equal scalars by one chain.

use crate::draft::Draft;
use crate::moves::{Back, Depth};
use crate::walk::Walk;
use crate::Engine;
use gradus_term::{Id, Position};

/// What became of two sides.
pub(crate) enum Met<'s> {
    /// One chain from the left side to the right one.
    Joined(Draft<'s>),
    /// How far either side was taken.
    Apart(Walk<'s>, Walk<'s>),
}

/// Rounds of moves on one side.
const ROUNDS: usize = 8;
/// Layers of names opened on one side.
const LAYERS: usize = 8;

/// Connects `a` to `b` under the givens, opening names only as far as is needed.
pub(crate) fn connect<'s>(e: &Engine<'s>, a: Id, b: Id, givens: &[Id]) -> Met<'s> {
    let start = |t: Id| Walk::new(Draft::new(e.prover, t, givens));
    let mut apart = None;
    for depth in [Depth::Entries, Depth::Sheet, Depth::All] {
        let (mut x, mut y) = (start(a), start(b));
        e.walk_down(&mut x, depth);
        e.walk_down(&mut y, depth);
        let facts = x.d.proof.facts().clone();
        let resort = depth == Depth::All;
        if let Some(meeting) = e.meeting(&facts, &x, &y, resort) {
            if let Ok(d) = e.join(x, &y, meeting) {
                return Met::Joined(d);
            }
            (x, y) = (start(a), start(b));
            e.walk_down(&mut x, depth);
            e.walk_down(&mut y, depth);
        }
        apart = Some((x, y));
    }
    match apart {
        Some((x, y)) => Met::Apart(x, y),
        None => Met::Apart(start(a), start(b)),
    }
}

impl<'s> Engine<'s> {
    /// Takes a side down: results cited, names opened, then algebra until nothing changes.
    pub(crate) fn walk_down(&self, w: &mut Walk<'s>, depth: Depth) {
        self.cite_everywhere(w);
        self.take_down(w, depth);
    }
    /// The same without citing results.
    pub(crate) fn take_down(&self, w: &mut Walk<'s>, depth: Depth) {
        for _ in 0..LAYERS {
            let Some(back) = self.open_names(&mut w.d, depth) else { break };
            w.stop(back);
        }
        let mut seen: Vec<Id> = Vec::new();
        for _ in 0..ROUNDS {
            let before = w.d.len();
            for mv in Self::opening_moves() {
                if let Some(back) = mv(self, &mut w.d) {
                    w.stop(back);
                }
            }
            if let Some(back) = self.constants_out(&mut w.d) {
                w.stop_as_it_is(back);
            }
            for mv in Self::algebra_moves() {
                if let Some(back) = mv(self, &mut w.d) {
                    w.stop(back);
                }
            }
            if let Some(back) = self.common_denominator(&mut w.d) {
                w.stop_as_it_is(back);
                if let Some(back) = self.work_out(&mut w.d) {
                    w.stop_as_it_is(back);
                }
                w.tidy_line("one fraction", "split the fraction");
                continue;
            }
            if let Some(back) = self.open_logarithms(&mut w.d) {
                w.stop(back);
            }
            let now = self.store.canon(w.d.current());
            if w.d.len() == before || seen.contains(&now) {
                break;
            }
            seen.push(now);
        }
    }
    /// The first moves of a round, in the order a person tries them.
    fn opening_moves() -> [fn(&Engine<'s>, &mut Draft<'s>) -> Option<Back>; 4] {
        [Engine::write_out, Engine::entries, Engine::open_powers, Engine::split_exponents]
    }
    /// The others.
    fn algebra_moves() -> [fn(&Engine<'s>, &mut Draft<'s>) -> Option<Back>; 5] {
        [Engine::cancel, Engine::multiply_out, Engine::join_exponentials, Engine::collect_terms, Engine::split_sums]
    }
    fn entries(&self, d: &mut Draft<'s>) -> Option<Back> {
        self.open_names(d, Depth::Entries)
    }
    /// Cites the results of `using` where their left sides stand.
    fn cite_everywhere(&self, w: &mut Walk<'s>) {
        if self.citable_lemmas().is_empty() {
            return;
        }
        for _ in 0..4 {
            let before = w.d.len();
            for path in crate::draft::everywhere(self.store, w.d.current(), &|_| true) {
                let pos = Position::at(&path);
                let Ok(f) = w.d.proof.focus(&pos) else { continue };
                if self.cite_known(&mut w.d, &pos, &f).unwrap_or(false) {
                    break;
                }
            }
            if w.d.len() == before {
                return;
            }
            let back = w.d.proof.steps().last().map(|s| s.reason.clone()).unwrap_or_default();
            w.stop(back);
        }
    }
}
