//! `solve A = B for z`: one equation after the other down to the unknown, every one checked, and the values checked by substitution.

use super::at_values::Values;
use super::chase::{Chase, End};
use super::finish::Expected;
use super::sides::{connect, Met};
use crate::draft::Draft;
use crate::Engine;
use gradus_decide::{Definedness, Facts};
use gradus_kernel::certificate::links;
use gradus_kernel::{necessary_needs, Claim, Derivation, Item, Link, Refused, Solution, Solutions, Status, Text};
use gradus_term::{Arg, Goal, Id, Node, RelOp, Store, VarId};
use std::sync::Arc;

/// Answers `solve equation for unknown`.
pub(crate) fn answer(e: &Engine<'_>, goal: &Goal, equation: Id, unknown: VarId) -> Solution {
    let s = e.store;
    let givens = e.givens(goal);
    let mut out = super::blank(goal);
    out.task = Text::words("Solve ").term(equation).and(" for ").term(s.name(unknown)).and(".");
    out.recalls = e.recalls(goal, equation);
    let mut items = Vec::new();
    let mut chase = Chase::new(e, unknown, &givens, equation).with_implications();
    let mut where_unknown = Vec::new();
    if let Some(plain) = without_derivatives(e, goal, equation, &givens, &mut items) {
        if !chase.push(plain, &Link::Sides, Text::words("the derivative above")) {
            where_unknown = places_of_rules(s, &givens, equation, unknown);
        }
    }
    let end = match where_unknown.is_empty() {
        true => chase.run(),
        false => End::Stuck,
    };
    items.append(&mut chase.items);
    let mut assumptions = chase.assumes.clone();
    let (values, all) = match end {
        End::Values(vs) => (vs, true),
        End::All => {
            items.push(Item::Say(Text::words("Both sides agree for every value: every ").term(s.name(unknown)).and(" is a solution.")));
            return concluded(out, Claim::Holds(equation), items, assumptions, Status::Proved);
        }
        End::Stuck if !where_unknown.is_empty() => {
            let why = Text::words("The derivative is known only for ");
            let why = where_unknown.iter().enumerate().fold(why, |t, (k, c)| if k > 0 { t.and(" and ") } else { t }.term(*c));
            items.push(Item::Say(why.and("; it may have a value elsewhere, and a solution there.")));
            return concluded(out, unsolved(equation, unknown), items, assumptions, Status::Unknown);
        }
        End::Stuck => {
            items.push(Item::Say(Text::words("From here on no way of isolating ").term(s.name(unknown)).and(" is known.")));
            return concluded(out, unsolved(equation, unknown), items, assumptions, Status::Unknown);
        }
    };
    let mut good = Vec::new();
    let mut others = Vec::new();
    for v in values {
        let under = [givens.clone(), assumptions.clone()].concat();
        let put_in = || e.prover.satisfies(&under, equation, &[(unknown, v)], &[]);
        // What no normal form knows may be shown line by line.
        let answer = match put_in() {
            Err(Refused::NotGrounded(_)) if shown_at(e, &under, equation, (unknown, v)) => put_in(),
            known => known,
        };
        match answer {
            Ok(more) => {
                assumptions.extend(more.into_iter().filter(|c| !assumptions.contains(c)).collect::<Vec<_>>());
                good.push(v);
            }
            Err(why) => others.push((v, why)),
        }
    }
    let under = [givens.clone(), assumptions.clone()].concat();
    for (v, why) in others {
        let is = |v: Id| s.rel(RelOp::Eq, s.name(unknown), v);
        let known = good.iter().find(|w| e.prover.solves_only_as(&under, equation, unknown, (v, **w)));
        let words = if e.prover.solves_nowhere(&under, equation, unknown, v) {
            let no = Text::default().term(is(v)).and(" is no solution: ");
            match sides_at(&chase, equation, v).filter(|_| matches!(why, Refused::Refuted(_))) {
                Some((a, b)) => no.and("there the sides are ").term(a).and(" and ").term(b).and("."),
                None => no.and("the equation has no value there."),
            }
        } else if let Some(w) = known {
            Text::default().term(is(v)).and(" is a solution only where it is ").term(is(*w)).and(".")
        } else {
            items.push(Item::Say(match why {
                Refused::Refuted(_) => Text::default().term(is(v)).and(" solves the equation for some values of the other names only."),
                _ => Text::words("That ").term(is(v)).and(" solves the equation could not be checked by putting it in."),
            }));
            return concluded(out, unsolved(equation, unknown), items, assumptions, Status::Unknown);
        };
        items.push(Item::Say(words));
    }
    let assumptions = needed(&Facts::new(s, &givens), assumptions);
    conclude(e, goal, out, (equation, unknown), good, all, items, assumptions)
}

/// What the rules of its derivatives ask of the unknown, though the equation may have a solution where it fails.
fn places_of_rules(s: &Store, givens: &[Id], equation: Id, unknown: VarId) -> Vec<Id> {
    let Node::Rel(_, a, b) = *s.node(equation) else { return Vec::new() };
    let facts = Facts::new(s, givens);
    let mut out: Vec<Id> = Vec::new();
    for t in [a, b] {
        let necessary = necessary_needs(&facts, t).unwrap_or_default();
        let Definedness::Unknown { needs } = facts.defined(t) else { continue };
        out.extend(needs.into_iter().filter(|c| s.mentions(*c, unknown) && !necessary.contains(c)));
    }
    out.dedup();
    out
}

/// Whether the sides of an equation are shown to agree at a value of the unknown, as a lemma.
fn shown_at(e: &Engine<'_>, givens: &[Id], equation: Id, (unknown, value): (VarId, Id)) -> bool {
    let s = e.store;
    let Node::Rel(_, a, b) = *s.node(equation) else { return false };
    let at = std::iter::once((unknown, Arg::Val(value))).collect();
    let Met::Joined(d) = connect(e, s.subst(a, &at), s.subst(b, &at), givens) else { return false };
    e.prover.add_lemma("the value put in", &d.proof);
    true
}

/// What the sides of an equation are at a value of the unknown.
fn sides_at(chase: &Chase<'_, '_>, equation: Id, value: Id) -> Option<(Id, Id)> {
    let s = chase.e.store;
    let Node::Rel(_, a, b) = *s.node(equation) else { return None };
    let at = std::iter::once((chase.unknown, Arg::Val(value))).collect();
    let of = |side: Id| chase.worked_out(s.subst(side, &at));
    Some((of(a), of(b)))
}

/// The conditions solved for what they are about, without those that the others give.
fn needed(facts: &Facts<'_>, conditions: Vec<Id>) -> Vec<Id> {
    let mut kept = super::conditions::solved(facts, &conditions);
    let mut k = kept.len();
    while k > 0 && kept.len() > 1 {
        k -= 1;
        let others: Vec<Id> = kept.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, c)| *c).collect();
        if kept.get(k).is_some_and(|c| facts.with(&others).holds(*c).is_true()) {
            kept.remove(k);
        }
    }
    kept
}

/// The equation with the derivatives in its sides taken, each as a lemma; `None` if there are none, or one could not be taken.
fn without_derivatives(e: &Engine<'_>, goal: &Goal, equation: Id, givens: &[Id], items: &mut Vec<Item>) -> Option<Id> {
    let s = e.store;
    let Node::Rel(RelOp::Eq, a, b) = *s.node(equation) else { return None };
    let mut plain = |side: Id| {
        let mut d = Draft::new(e.prover, side, givens);
        let opened = e.names_of_derivatives(&mut d, side);
        if !e.derivatives_first(&mut d, goal, opened, &Values::new(s, &[]), items) {
            return None;
        }
        if d.len() > 0 {
            e.prover.add_lemma("the derivative above", &d.proof);
        }
        Some(d.current())
    };
    let new = s.rel(RelOp::Eq, plain(a)?, plain(b)?);
    (new != equation).then_some(new)
}

fn unsolved(equation: Id, unknown: VarId) -> Claim {
    Claim::Solves { equation, unknown, values: Vec::new(), all: false }
}

fn concluded(mut out: Solution, claim: Claim, items: Vec<Item>, assumptions: Vec<Id>, best: Status) -> Solution {
    let status = if best == Status::Proved && !assumptions.is_empty() { Status::Conditional } else { best };
    out.status = status;
    out.derivation =
        Some(Arc::new(Derivation { claim, heading: Text::default(), items, assumptions, notes: Vec::new(), status, lemma: None }));
    out
}

#[allow(clippy::too_many_arguments, reason = "the parts of one answer")]
fn conclude(
    e: &Engine<'_>,
    goal: &Goal,
    mut out: Solution,
    (equation, unknown): (Id, VarId),
    values: Vec<Id>,
    all: bool,
    mut items: Vec<Item>,
    assumptions: Vec<Id>,
) -> Solution {
    let s = e.store;
    let mut values = values;
    let mut status = Status::Proved;
    if let (Some(expect), [v]) = (goal.expect, values.as_slice()) {
        let mut d = Draft::new(e.prover, *v, &e.givens(goal));
        match e.meet_expectation(&mut d, Some(expect)) {
            Expected::Met => values = vec![d.current()],
            Expected::Open => status = Status::Unknown,
            Expected::False(c) => {
                out.counterexample = Some(c);
                status = Status::Refuted;
            }
        }
    } else if goal.expect.is_some() {
        status = Status::Unknown;
    }
    // The claim as a whole is for the kernel to say: every line, and every value put in.
    let under = [e.givens(goal), assumptions.clone()].concat();
    let claim = Solutions { equation, unknown, values: &values, all };
    let checked = links(e.prover, equation, unknown).and_then(|l| e.prover.solutions(&under, claim, &l).ok());
    let Some(more) = checked else {
        items.push(Item::Say(Text::words("That these are all solutions could not be checked.")));
        return concluded(out, unsolved(equation, unknown), items, assumptions, Status::Unknown);
    };
    let mut assumptions = assumptions;
    if more.iter().any(|c| !under.contains(c)) {
        assumptions.extend(more);
        assumptions = needed(&Facts::new(s, &e.givens(goal)), super::domain::distinct(s, &assumptions));
    }
    let equations: Vec<Id> = values.iter().map(|v| s.rel(RelOp::Eq, s.name(unknown), *v)).collect();
    match equations.as_slice() {
        [] => items.push(Item::Say(Text::words("There is no solution."))),
        [one] => items.push(Item::Answer(*one)),
        _ => items.push(Item::Answer(s.intern(Node::Or(equations.into())))),
    }
    if let [v] = values.as_slice() {
        out.result = Some(*v);
    }
    concluded(out, Claim::Solves { equation, unknown, values, all }, items, assumptions, status)
}
