//! `limit of T as x -> p`: the limit with its reasons; a limit that does not exist, with the two values that differ.

use super::finish::Expected;
use super::limits::{At, Kind, Limits};
use crate::draft::Draft;
use crate::Engine;
use gradus_decide::{Definedness, Facts, Tri};
use gradus_kernel::{Claim, Derivation, Item, Solution, Status, Text};
use gradus_term::goal::Detail;
use gradus_term::{Arg, Goal, Id, LimitPoint, Node, RelOp, Side, Store, VarId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Answers `limit of term as var -> point`.
pub(crate) fn answer<'s>(e: &Engine<'s>, goal: &Goal, term: Id, at: At) -> Solution {
    let s = e.store;
    let givens: Vec<Id> = e.givens(goal).into_iter().filter(|c| !s.mentions(*c, at.var)).collect();
    let mut limits = Limits::new(e, at, &givens);
    let node = limits.node(term);
    if gradus_kernel::has_points(s, &Facts::new(s, &givens), node).is_false() {
        return super::problem(goal, "E0912", Text::words("the term has no value near the point of the limit"));
    }
    let mut d = Draft::new(e.prover, node, &givens);
    let mut complete = limits.reduce(&mut d, term);
    if !complete {
        if let Some(out) = where_defined(e, goal, term, at, &givens) {
            return out;
        }
    }
    if !complete && at.side == Side::Both && matches!(at.point, LimitPoint::At(_)) {
        match sides(e, goal, term, at, &givens) {
            Sided::Differ(out) => return *out,
            Sided::Same(value) => complete = limits.by(&mut d, "two_sides", &[("u", limits.under(term)), ("l", value)], None),
            Sided::Open => {}
        }
    }
    if complete {
        limits.settle(&mut d);
    }
    let expected = if complete { e.meet_expectation(&mut d, goal.expect) } else { Expected::Open };
    d.line(Detail::Brief);
    let mut chain = d.chain(e.detail());
    chain.boxed = complete;
    let mut items: Vec<Item> = e.pending.borrow_mut().drain(..).collect();
    items.push(Item::Chain(chain));
    let mut out = e.conclude(goal, &d, node, items, complete, expected);
    out.task = Text::words("Find ").term(node).and(".");
    out
}

/// The answer under the conditions on other names that the term needs to have values near the point, as `x ≠ 0` for
/// `(1/(x + h) − 1/x)/h` as h → 0; they are assumptions.
fn where_defined(e: &Engine<'_>, goal: &Goal, term: Id, at: At, givens: &[Id]) -> Option<Solution> {
    let s = e.store;
    let LimitPoint::At(p) = at.point else { return None };
    let facts = Facts::new(s, givens).with(&s.near(at.var, at.point, at.side));
    let Definedness::Unknown { needs } = facts.defined(term) else { return None };
    let at_point: FxHashMap<VarId, Arg> = std::iter::once((at.var, Arg::Val(p))).collect();
    let conditions: Vec<Id> = needs
        .into_iter()
        .map(|c| match *s.node(c) {
            // What is ≥ 0 on both sides of the point is > 0 there.
            Node::Rel(RelOp::Ge, a, b) if s.mentions(c, at.var) => s.rel(RelOp::Gt, a, b),
            _ => c,
        })
        .map(|c| tidied(s, s.subst(c, &at_point)))
        .collect();
    let facts = Facts::new(s, givens);
    let conditions = super::conditions::solved(&facts, &conditions);
    if conditions.is_empty() || conditions.iter().any(|c| facts.holds(*c) != Tri::Unknown) {
        return None;
    }
    let under = Goal { assuming: goal.assuming.iter().chain(&conditions).copied().collect(), ..goal.clone() };
    let mut out = answer(e, &under, term, at);
    match out.status {
        Status::Proved => {}
        // What is expected is false at a point where the conditions hold.
        Status::Refuted => return Some(out),
        _ => {
            e.pending.borrow_mut().clear();
            return None;
        }
    }
    out.status = Status::Conditional;
    let derivation = out.derivation.as_mut().and_then(Arc::get_mut)?;
    derivation.status = Status::Conditional;
    derivation.assumptions.extend(conditions);
    Some(out)
}

/// Both sides of a relation tidied.
fn tidied(s: &Store, c: Id) -> Id {
    match *s.node(c) {
        Node::Rel(op, a, b) => s.rel(op, crate::tidy::tidy(s, a), crate::tidy::tidy(s, b)),
        _ => c,
    }
}

/// What the limits from the two sides say.
enum Sided {
    /// They differ: there is no limit.
    Differ(Box<Solution>),
    /// They are this value.
    Same(Id),
    /// Not both are known.
    Open,
}

fn sides(e: &Engine<'_>, goal: &Goal, term: Id, at: At, givens: &[Id]) -> Sided {
    let s = e.store;
    let mut found: Vec<(Id, Id, Kind)> = Vec::new();
    for side in [Side::Left, Side::Right] {
        let mut limits = Limits::new(e, At { side, ..at }, givens);
        let node = limits.node(term);
        let mut d = Draft::new(e.prover, node, givens);
        if !limits.reduce(&mut d, term) {
            e.pending.borrow_mut().clear();
            return Sided::Open;
        }
        let value = limits.settle(&mut d);
        d.line(Detail::Brief);
        let heading = if side == Side::Left { "From the left:" } else { "From the right:" };
        e.keep_lemma("", &d, Text::words(heading));
        found.push((node, value, limits.kind(value)));
    }
    let [(_, l, kl), (_, r, kr)] = found.as_slice() else { return Sided::Open };
    if s.same(*l, *r) && *kl == Kind::Finite {
        return Sided::Same(*l);
    }
    let differ = s.rel(RelOp::Ne, *l, *r);
    let apart = kl != kr || gradus_decide::Facts::new(s, givens).holds(differ).is_true();
    if !apart {
        return Sided::Open;
    }
    let mut items: Vec<Item> = e.pending.borrow_mut().drain(..).collect();
    items.push(Item::Say(Text::words("The limits from the two sides differ, so the limit does not exist.")));
    let mut out = super::blank(goal);
    let node = s.intern(match s.node(found.first().map_or(term, |f| f.0)) {
        Node::Limit { hint, body, point, .. } => Node::Limit { hint: *hint, body: *body, point: *point, side: Side::Both },
        other => other.clone(),
    });
    out.task = Text::words("Find ").term(node).and(".");
    out.recalls = e.recalls(goal, term);
    out.status = if goal.expect.is_some() { Status::Refuted } else { Status::Proved };
    out.derivation = Some(Arc::new(Derivation {
        claim: Claim::Holds(differ),
        heading: Text::default(),
        items,
        assumptions: Vec::new(),
        notes: Vec::new(),
        status: out.status,
        lemma: None,
    }));
    Sided::Differ(Box::new(out))
}
