//! Sizes as answers: how they are written, what they ask of the names in them, and where two shapes differ.

use super::finish::Expected;
use crate::Engine;
use gradus_decide::{Facts, Tri};
use gradus_kernel::network::{LayerShape, Window};
use gradus_kernel::{Claim, Counterexample, Derivation, Item, Solution, Status, Text};
use gradus_term::{Aff, Arg, Goal, Id, Node, RelOp, Size, VarId};
use std::sync::Arc;

/// The sum of the numbers tried beyond the least, and how many points are tried.
const MOST_TOTAL: usize = 24;
const MOST_POINTS: usize = 4000;

/// What the givens do not say and the sizes ask, each to be at least 1; the last sizes first, what they imply left out.
fn needed(s: &gradus_term::Store, facts: &Facts<'_>, sizes: &[Size]) -> Vec<Id> {
    let mut facts = facts.clone();
    let mut out = Vec::new();
    let mut todo: Vec<&Size> = sizes.iter().collect();
    while let Some(a) = todo.pop() {
        if let Some(factors) = a.factors() {
            todo.extend(factors);
            continue;
        }
        let condition = match a.plus(-1).and_then(|a| a.nonneg_where()) {
            Some(at) => at_least_0(s, &at),
            None => s.rel(RelOp::Ge, a.term(s), s.int(1)),
        };
        if facts.holds(condition).is_true() {
            continue;
        }
        if !out.iter().any(|c| s.same(*c, condition)) {
            facts = facts.with(&[condition]);
            out.push(condition);
        }
    }
    out.reverse();
    out
}

/// The sizes of a kernel, its dilation, and one more than its padding: all at least 1.
pub(super) fn asked(w: &Window) -> Vec<Size> {
    let padding = w.padding.iter().filter_map(|p| p.plus(1));
    w.kernel.iter().chain(&w.dilation).cloned().chain(padding).collect()
}

/// `n + 2p ≥ k + 1`: what is taken away stands on the right.
fn at_least_0(s: &gradus_term::Store, a: &Size) -> Id {
    let (left, right) = a.sides();
    s.rel(RelOp::Ge, left.term(s), right.term(s))
}

/// How much there is to read in a size.
pub(super) fn length(s: &gradus_term::Store, t: Id) -> usize {
    let inside = s.node(t).children();
    if let Some(a) = s.as_aff(t).filter(|_| inside.is_empty()) {
        return a.t.iter().map(|x| 1 + usize::from(x.1.abs() != 1)).sum::<usize>() + usize::from(a.c != 0 || a.t.is_empty());
    }
    inside.into_iter().map(|(x, _)| length(s, x)).sum::<usize>().max(1)
}

/// Sizes as they are written by themselves.
pub(super) fn terms_of(s: &gradus_term::Store, sizes: &[Size]) -> Vec<Id> {
    sizes.iter().map(|a| a.term(s)).collect()
}

/// Sizes as the formulas of the layers write them, where that is no longer than they are by themselves.
pub(super) fn as_written(s: &gradus_term::Store, shapes: &[LayerShape], sizes: &[Size]) -> Vec<Id> {
    let axes = || shapes.iter().rev().flat_map(|l| &l.axes);
    let written = |a: &Size| {
        let own = a.term(s);
        axes().find(|x| x.after == *a && length(s, x.formula) <= length(s, own)).map_or(own, |x| x.formula)
    };
    sizes.iter().map(written).collect()
}

/// A shape as a solution: boxed as an array, compared with `expect` size by size; a note says where `all` sizes are at least 1.
pub(crate) fn finish(
    e: &Engine<'_>,
    goal: &Goal,
    claim: Claim,
    mut items: Vec<Item>,
    (sizes, written): (&[Size], Vec<Id>),
    all: &[Size],
) -> Solution {
    let s = e.store;
    let facts = Facts::new(s, &e.givens(goal));
    let own = s.intern(Node::Array(written.into()));
    let conditions = needed(s, &facts, all);
    let expected = match goal.expect {
        None => Expected::Met,
        Some(t) => match sizes_of(e, t) {
            Some(want) if want.len() == sizes.len() => {
                let each: Vec<Tri> = want.iter().zip(sizes).map(|(a, b)| gradus_kernel::same_size(&facts, a, b)).collect();
                if each.iter().all(|t| t.is_true()) {
                    Expected::Met
                } else {
                    let all: Vec<Id> = conditions.iter().chain(&e.givens(goal)).copied().collect();
                    differing(e, sizes, &want, &all).map_or(Expected::Open, Expected::False)
                }
            }
            _ => refuted(e, own, t),
        },
    };
    let shown = match (&expected, goal.expect) {
        (Expected::Met, Some(t)) if matches!(s.node(t), Node::Array(_)) => t,
        _ => own,
    };
    items.push(Item::Answer(shown, Text::default()));
    let (status, counterexample) = match expected {
        Expected::Met => (Status::Proved, None),
        Expected::Open => (Status::Unknown, None),
        Expected::False(c) => (Status::Refuted, Some(c)),
    };
    let notes = match conditions.as_slice() {
        [] => Vec::new(),
        [c] => vec![Text::words("for ").term(*c)],
        each => vec![Text::words("for ").term(s.intern(Node::And(each.into())))],
    };
    let mut out = super::blank(goal);
    out.result = Some(shown);
    out.status = status;
    out.counterexample = counterexample;
    let of = match &claim {
        Claim::Shape { of: Some(t), .. } => *t,
        _ => shown,
    };
    out.recalls = e.recalls(goal, of);
    out.derivation =
        Some(Arc::new(Derivation { claim, heading: Text::default(), items, assumptions: Vec::new(), notes, status, lemma: None }));
    out
}

/// The smallest numbers for the names in sizes at which they differ and all conditions hold.
fn differing(e: &Engine<'_>, own: &[Size], want: &[Size], conditions: &[Id]) -> Option<Counterexample> {
    let s = e.store;
    let pairs: Vec<(Id, Id)> = own.iter().zip(want).map(|(a, b)| (a.term(s), b.term(s))).collect();
    let mut names: Vec<VarId> = pairs.iter().flat_map(|(a, b)| [s.free_vars(*a), s.free_vars(*b)].concat()).collect();
    names.sort_unstable();
    names.dedup();
    let open: Vec<Id> = conditions.iter().copied().filter(|c| s.free_vars(*c).iter().any(|v| names.contains(v))).collect();
    let facts = Facts::new(s, &[]);
    let mut tried = 0;
    for total in names.len()..=MOST_TOTAL + names.len() {
        let mut point = first_point(names.len(), total)?;
        loop {
            tried += 1;
            if tried > MOST_POINTS {
                return None;
            }
            let at = names.iter().zip(&point).filter_map(|(v, x)| Some((*v, Arg::Idx(Aff::int(i64::try_from(*x).ok()?))))).collect();
            let put = |t: Id| Size::read(s, s.subst(t, &at)).and_then(|x| x.as_int());
            if open.iter().all(|c| facts.holds(s.subst(*c, &at)).is_true()) {
                let values = pairs.iter().map(|(a, b)| Some((put(*a)?, put(*b)?))).collect::<Option<Vec<_>>>()?;
                if values.iter().any(|(a, b)| a != b) {
                    let shown = |xs: Vec<i64>| format!("[{}]", xs.iter().map(i64::to_string).collect::<Vec<_>>().join(", "));
                    let (left, right) = values.into_iter().unzip();
                    let at = names.iter().zip(&point).map(|(v, x)| (s.var(*v).name.clone(), x.to_string())).collect();
                    return Some(Counterexample { at, left: shown(left), right: shown(right) });
                }
            }
            if !next_point(&mut point) {
                break;
            }
        }
    }
    None
}

/// `1, 1, …, rest`: the first point of numbers from 1 on with this sum.
fn first_point(n: usize, total: usize) -> Option<Vec<usize>> {
    let mut point = vec![1; n];
    match point.last_mut() {
        Some(last) => *last = total + 1 - n,
        None if total > 0 => return None,
        None => {}
    }
    Some(point)
}

/// The next point with the same sum; false after the last.
fn next_point(point: &mut [usize]) -> bool {
    let Some(from) = point.iter().rposition(|x| *x > 1).filter(|k| *k > 0) else { return false };
    if let [before, at] = point.get_mut(from - 1..=from).unwrap_or_default() {
        *before += 1;
        let rest = *at - 2;
        *at = 1;
        if let Some(last) = point.last_mut() {
            *last += rest;
        }
        return true;
    }
    false
}

fn refuted(e: &Engine<'_>, own: Id, want: Id) -> Expected {
    let text = |t: Id| {
        sizes_of(e, t).map_or_else(String::new, |v| {
            format!("[{}]", v.iter().map(|a| gradus_term::debug::size(e.store, a)).collect::<Vec<_>>().join(", "))
        })
    };
    Expected::False(Counterexample { at: Vec::new(), left: text(own), right: text(want) })
}

/// The sizes an array says; a single size may stand alone.
fn sizes_of(e: &Engine<'_>, t: Id) -> Option<Vec<Size>> {
    let s = e.store;
    match s.node(t) {
        Node::Array(xs) => xs.iter().map(|x| Size::read(s, *x)).collect(),
        _ => Some(vec![Size::read(s, t)?]),
    }
}

/// Whether a formula is a sum of plain sizes that reads as its value does: `n − k + 1`.
pub(super) fn is_written_as(s: &gradus_term::Store, formula: Id, value: &Aff) -> bool {
    let short = |a: Aff| a.t.len() + usize::from(a.c != 0) <= 1;
    match s.node(formula) {
        Node::Sum(xs) => xs.iter().all(|x| s.as_aff(x.term).is_some_and(short)) && xs.len() == value.t.len() + usize::from(value.c != 0),
        _ => s.same(formula, s.index(value.clone())),
    }
}

impl Engine<'_> {
    /// `3 × 128 × 128`
    pub(crate) fn shape_text(&self, sizes: &[Id]) -> Text {
        let s = self.store;
        let mut out = Text::default();
        for (k, term) in sizes.iter().copied().enumerate() {
            if k > 0 {
                out = out.and(" × ");
            }
            let bracketed = sizes.len() > 1
                && match s.as_aff(term) {
                    Some(a) => a.t.len() + usize::from(a.c != 0) > 1,
                    None => matches!(s.node(term), Node::Sum(_)),
                };
            out = if bracketed { out.and("(") } else { out };
            out = out.term(term);
            out = if bracketed { out.and(")") } else { out };
        }
        out
    }
}
