//! Connecting two equal scalars by one chain.

use super::angles::by_angles;
use super::search::Reach;
use super::turned::has_orthogonal;
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
/// Lines from which another way is looked for.
const LONG: usize = 3;
/// Layers of names opened on one side.
const LAYERS: usize = 8;

/// How hard the walks try to meet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// By the moves alone.
    Moves,
    /// With a few rules of the rulebook between them.
    Rules,
}

/// Connects `a` to `b` under the givens, opening names only as far as is needed, with the plainest means first.
pub(crate) fn connect<'s>(e: &Engine<'s>, a: Id, b: Id, givens: &[Id]) -> Met<'s> {
    if has_orthogonal(e.store, a) || has_orthogonal(e.store, b) {
        let walk = |t: Id| {
            let mut w = Walk::new(Draft::new(e.prover, t, givens));
            e.take_down_turned(&mut w);
            w
        };
        let (x, y) = (walk(a), walk(b));
        let facts = x.d.proof.facts().clone();
        if let Some(d) = e.meeting(&facts, &x, &y, true).and_then(|m| e.join(x, &y, m).ok()) {
            return Met::Joined(d);
        }
    }
    let depths = [Depth::Entries, Depth::Sheet, Depth::All];
    let at_depth = |depth: Depth, effort: Effort| {
        let (mut x, mut y) = walks(e, a, b, givens, depth);
        let facts = x.d.proof.facts().clone();
        if effort == Effort::Rules && !(worth_searching(e, &facts, &x, &y) && searched(e, &mut x, &mut y, Reach::FEW)) {
            return None;
        }
        joined(e, x, &y, false)
    };
    // What a normal form knows without a reason, or not at all, one rule may say.
    let by_one_rule = |(mut x, mut y): (Walk<'s>, Walk<'s>)| {
        let found = searched(e, &mut x, &mut y, Reach::ONE);
        found.then(|| joined(e, x, &y, false)).flatten()
    };
    let untouched = |t: Id| Walk::new(Draft::new(e.prover, t, givens));
    let plain = depths
        .into_iter()
        .find_map(|depth| at_depth(depth, Effort::Moves))
        .or_else(|| by_one_rule((untouched(a), untouched(b))))
        .or_else(|| depths.into_iter().find_map(|depth| at_depth(depth, Effort::Rules)));
    let plain = plain.or_else(|| by_one_rule(walks(e, a, b, givens, Depth::All)));
    let lines = |d: &Draft<'s>| d.chain(e.detail()).lines.len();
    if plain.as_ref().is_none_or(|d| d.is_unexplained() || lines(d) > LONG) {
        // One line would be no more than to cite what is to be shown.
        let better = |d: &Draft<'s>, p: &Draft<'s>| p.is_unexplained() || (2..lines(p)).contains(&lines(d));
        let angles = by_angles(e, a, b, givens);
        if let Some(d) = angles.filter(|d| plain.as_ref().is_none_or(|p| better(d, p))) {
            return Met::Joined(d);
        }
    }
    if let Some(d) = plain {
        return Met::Joined(d);
    }
    let (x, y) = walks(e, a, b, givens, Depth::All);
    match joined(e, x, &y, true) {
        Some(d) => Met::Joined(d),
        None => {
            let (x, y) = walks(e, a, b, givens, Depth::All);
            Met::Apart(x, y)
        }
    }
}

/// One chain of both walks if they meet; with `resort` the normal form may join them.
pub(super) fn joined<'s>(e: &Engine<'s>, x: Walk<'s>, y: &Walk<'s>, resort: bool) -> Option<Draft<'s>> {
    let facts = x.d.proof.facts().clone();
    e.meeting(&facts, &x, y, resort).and_then(|m| e.join(x, y, m).ok())
}

pub(super) fn walks<'s>(e: &Engine<'s>, a: Id, b: Id, givens: &[Id], depth: Depth) -> (Walk<'s>, Walk<'s>) {
    let walk = |t: Id| {
        let mut w = Walk::new(Draft::new(e.prover, t, givens));
        e.walk_down(&mut w, depth);
        w
    };
    (walk(a), walk(b))
}

/// Lengthens one of the walks by rules until it reaches the other; whether it did.
fn searched<'s>(e: &Engine<'s>, x: &mut Walk<'s>, y: &mut Walk<'s>, reach: Reach) -> bool {
    let terms = |w: &Walk<'s>| w.stops.iter().map(|s| s.term).collect::<Vec<_>>();
    let (to_y, to_x) = (terms(y), terms(x));
    from_ends(to_x.len()).into_iter().any(|k| e.search(x, k, &to_y, reach))
        || from_ends(to_y.len()).into_iter().any(|k| e.search(y, k, &to_x, reach))
}

/// The last stop and the first one.
fn from_ends(count: usize) -> Vec<usize> {
    let last = count.saturating_sub(1);
    if last == 0 {
        vec![0]
    } else {
        vec![last, 0]
    }
}

/// A search is made where the sides have functions with laws of their own, and are known to be equal.
fn worth_searching<'s>(e: &Engine<'s>, facts: &gradus_decide::Facts<'s>, x: &Walk<'s>, y: &Walk<'s>) -> bool {
    let s = e.store;
    let (a, b) = (x.d.current(), y.d.current());
    let lawful = |t: Id| {
        s.any_subterm(t, &mut |n| matches!(n, gradus_term::Node::Call(f, _) if matches!(s.fun(*f).kind, gradus_term::FnKind::Prim(p) if p.is_scalar()) || s.fun(*f).library))
    };
    (lawful(a) || lawful(b)) && facts.equal(a, b).is_proved()
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
            // A fraction with fractions in it is seen as it is, and cleared as one line.
            if self.has_nested_fraction(&w.d) {
                w.stop_as_it_is(back);
            } else {
                w.stop(back);
            }
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
            if let Some(back) = self.match_denominators(&mut w.d) {
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
                let words = if self.cancels(w.d.current()) { "cancel" } else { "one fraction" };
                w.tidy_line(words, "split the fraction");
                continue;
            }
            if let Some(back) = self.factor_to_cancel(&mut w.d) {
                w.stop_as_it_is(back);
                if let Some(back) = self.cancel(&mut w.d) {
                    w.stop(back);
                }
            }
            self.join_logarithms(w);
            self.square_under_root(w);
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
    fn opening_moves() -> [fn(&Engine<'s>, &mut Draft<'s>) -> Option<Back>; 7] {
        [
            Engine::settle_kinks,
            Engine::clear_fractions,
            Engine::write_out,
            Engine::entries,
            Engine::only_terms,
            Engine::open_powers,
            Engine::split_exponents,
        ]
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
