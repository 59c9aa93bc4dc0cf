//! `solve A = B for z`: one equation after the other down to the unknown, every one checked, and the values checked by substitution.

use super::at_values::Values;
use super::chase::{Chase, End, Reached};
use super::finish::Expected;
use super::sides::{connect, Met};
use crate::cost::cost;
use crate::draft::{everywhere, Draft};
use crate::moves::Depth;
use crate::walk::Walk;
use crate::Engine;
use gradus_decide::{Definedness, Facts};
use gradus_kernel::{
    necessary_needs, rearranged, Claim, Derivation, Equivalence, Ground, Item, Link, Refused, Root, Solution, Solutions, Status,
    Substitution, Text, Weight,
};
use gradus_term::{Arg, Goal, Id, Node, Position, Prim, RelOp, Store, VarId};
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
    match end {
        End::Values(_) => {}
        End::All => {
            return every_value(e, out, (equation, unknown), items, assumptions, &givens);
        }
        End::Range => return concluded(out, unsolved(equation, unknown), items, assumptions, Status::Unknown),
        End::Stuck if !where_unknown.is_empty() => {
            let why = Text::words("The derivative is known only for ");
            let why = where_unknown.iter().enumerate().fold(why, |t, (k, c)| if k > 0 { t.and(" and ") } else { t }.term(*c));
            items.push(Item::Say(why.and("; it may have a value elsewhere, and a solution there.")));
            return concluded(out, unsolved(equation, unknown), items, assumptions, Status::Unknown);
        }
        End::Stuck => {
            items.push(Item::Say(stuck(s, equation, unknown)));
            return concluded(out, unsolved(equation, unknown), items, assumptions, Status::Unknown);
        }
    }
    let more: Vec<Id> =
        chase.reached.iter().filter_map(|r| definite_if(s, &[givens.clone(), assumptions.clone()].concat(), unknown, r.value)).collect();
    assumptions.extend(more);
    let mut good: Vec<Root> = Vec::new();
    let mut others = Vec::new();
    let roots = squared_lines(s, &chase);
    for r in &chase.reached {
        let under = [givens.clone(), assumptions.clone()].concat();
        if good.iter().any(|w| rearranged(s, w.value, r.value)) {
            continue;
        }
        match root(e, &under, equation, unknown, r, &roots) {
            Ok(root) => good.push(root),
            Err(why) => others.push((r, why)),
        }
    }
    let under = [givens.clone(), assumptions.clone()].concat();
    // A value that is a solution only where another one is the same.
    let twice = |g: &Root, w: &Root| {
        let here = [under.clone(), g.when.clone()].concat();
        !g.when.is_empty()
            && g.value != w.value
            && e.prover.solves_only_as(&here, equation, unknown, (g.value, w.value))
            && w.when.iter().all(|c| Facts::new(s, &here).holds(*c).is_true())
    };
    while let Some((k, w)) = (0..good.len()).rev().find_map(|k| {
        let g = good.get(k)?;
        Some((k, good.iter().find(|w| twice(g, w))?.value))
    }) {
        let g = good.remove(k);
        let is = |v: Id| s.rel(RelOp::Eq, s.name(unknown), v);
        items.push(Item::Say(Text::default().term(is(g.value)).and(" is a solution only where it is ").term(is(w)).and(".")));
    }
    for (r, why) in others {
        let v = r.value;
        let is = |v: Id| s.rel(RelOp::Eq, s.name(unknown), v);
        let here = [under.clone(), r.when.clone()].concat();
        let facts = Facts::new(s, &under);
        plain_at(e, &here, equation, (unknown, v));
        let broken = || r.when.iter().chain(&r.bounds).find(|c| facts.holds(**c).is_false());
        let known = good.iter().find(|w| e.prover.solves_only_as(&here, equation, unknown, (v, w.value)));
        let at = std::iter::once((unknown, Arg::Val(v))).collect();
        let denied = givens.iter().find(|c| s.mentions(**c, unknown) && facts.holds(s.subst(**c, &at)).is_false());
        let words = if let Some(c) = denied {
            Text::default().term(is(v)).and(" is no solution: ").term(*c).and(" is given.")
        } else if e.prover.solves_nowhere(&under, equation, unknown, v) {
            let no = Text::default().term(is(v)).and(" is no solution: ");
            let has_value = |t: Id| facts.defined(t) == Definedness::Always;
            match sides_at(&chase, equation, v).filter(|(a, b)| matches!(why, Refused::Refuted(_)) || has_value(*a) && has_value(*b)) {
                Some((a, b)) => no.and("there the sides are ").term(a).and(" and ").term(b).and("."),
                None => no.and("the equation has no value there."),
            }
        } else if let Some(w) = known {
            Text::default().term(is(v)).and(" is a solution only where it is ").term(is(w.value)).and(".")
        } else if let Some(c) = broken() {
            Text::default().term(is(v)).and(" is no solution: ").term(*c).and(" would have to hold.")
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
    let all = [givens.clone(), assumptions.clone()].concat();
    let claim = Solutions { equation, unknown, values: &good, all: true };
    match e.prover.solutions(&all, claim, &chase.links) {
        Ok(more) if more.iter().all(|c| all.contains(c)) => {}
        _ => {
            items.push(Item::Say(Text::words("That there are no other solutions could not be checked.")));
            return concluded(out, unsolved(equation, unknown), items, assumptions, Status::Unknown);
        }
    }
    conclude(e, goal, out, (equation, unknown), good, items, assumptions)
}

/// For a positive definite unknown, that the matrix its value is a multiple of is invertible, where that makes the value definite: `XᵀX/n`.
fn definite_if(s: &Store, under: &[Id], unknown: VarId, value: Id) -> Option<Id> {
    let facts = Facts::new(s, under);
    if !s.var(unknown).props.positive_definite || facts.positive_definite(value) {
        return None;
    }
    let mut core = value;
    while let Some((_, inner)) = gradus_decide::scaled(s, core) {
        core = inner;
    }
    let condition = s.rel(RelOp::Ne, s.prim_call(Prim::Det, &[core]), s.int(0));
    facts.with(&[condition]).positive_definite(value).then_some(condition)
}

/// A value reached as a solution, with the conditions under which it is one.
fn root(e: &Engine<'_>, under: &[Id], equation: Id, unknown: VarId, reached: &Reached, roots: &[(Id, Id)]) -> Result<Root, Refused> {
    let s = e.store;
    let facts = Facts::new(s, under);
    let v = reached.value;
    let tried = |when: Vec<Id>| -> Result<Root, Refused> {
        let when = needed(&facts, when.into_iter().filter(|c| !facts.holds(*c).is_true()).collect());
        let here = [under, when.as_slice()].concat();
        let put_in = || e.prover.satisfies(&here, equation, &[(unknown, v)], &[]);
        // What no normal form knows may be shown line by line.
        let more = match put_in() {
            Err(Refused::NotGrounded(_)) if shown_at(e, &here, equation, (unknown, v), roots) => put_in()?,
            known => known?,
        };
        if more.iter().any(|c| facts.with(&when).holds(*c).is_false()) {
            return Err(Refused::NotGrounded("its conditions".to_owned()));
        }
        let when = if more.is_empty() { when } else { needed(&facts, [when, more].concat()) };
        if when.iter().any(|c| facts.holds(*c).is_false()) {
            return Err(Refused::NotGrounded("its conditions".to_owned()));
        }
        Ok(Root { value: v, when })
    };
    tried(reached.when.clone()).or_else(|why| {
        if reached.bounds.is_empty() {
            return Err(why);
        }
        tried([reached.when.clone(), reached.bounds.clone()].concat()).map_err(|_| why)
    })
}

/// The lines `√u = v` that were squared: u and v.
fn squared_lines(s: &Store, chase: &Chase<'_, '_>) -> Vec<(Id, Id)> {
    let of = |(from, _, link): &Equivalence| match (s.node(*from), link) {
        (Node::Rel(_, l, r), Link::Rule { rule, .. }) if rule == "equation.squares" => match s.node(*l) {
            Node::Call(_, xs) => Some((*xs.first()?, *r)),
            _ => None,
        },
        _ => None,
    };
    chase.links.iter().filter_map(of).collect()
}

/// The roots in a term that were squared on the way, at a value of the unknown: they are what the squared line says.
fn known_roots(e: &Engine<'_>, d: &mut Draft<'_>, roots: &[(Id, Id)], (unknown, value): (VarId, Id)) {
    let s = e.store;
    let at = std::iter::once((unknown, Arg::Val(value))).collect();
    for (u, v) in roots.iter().map(|(u, v)| (s.subst(*u, &at), s.subst(*v, &at))) {
        let mut square = Draft::new(e.prover, s.pow(v, s.int(2)), d.proof.givens());
        if square.rewrite(u, "algebra.expand", Text::words("multiply out"), Weight::Small).is_err() {
            continue;
        }
        e.prover.add_lemma("the square", &square.proof);
        let is = |n: &Node| matches!(n, Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) && xs.first().is_some_and(|x| s.same(*x, u)));
        for path in everywhere(s, d.current(), &is).into_iter().rev() {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Ok(subst) = e.subst(Substitution::new(), "root.known_square", &[("u", u), ("w", v)]) else { continue };
            let ground = Ground::Instance { rule: "root.known_square".to_owned(), backward: false, subst };
            // What the kernel does not take stays as it is.
            let _ =
                d.step(&pos, &f, ground, v, "root.known_square", Text::words("its square is what stands under the root"), Weight::Small);
        }
    }
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

/// The last line holds for every value. Where a line only followed from the one before, that says nothing of the equation itself: it is
/// for the kernel to say that it holds wherever its sides have values, by what is known or by one chain.
fn every_value(
    e: &Engine<'_>,
    out: Solution,
    (equation, unknown): (Id, VarId),
    mut items: Vec<Item>,
    mut assumptions: Vec<Id>,
    givens: &[Id],
) -> Solution {
    let s = e.store;
    let under = [givens, assumptions.as_slice()].concat();
    let held = e.prover.holds(&under, equation).or_else(|why| {
        let Node::Rel(_, a, b) = *s.node(equation) else { return Err(why) };
        let Met::Joined(d) = connect(e, a, b, &under) else { return Err(why) };
        e.prover.add_lemma("both sides", &d.proof);
        e.prover.holds(&under, equation)
    });
    match held {
        Ok(more) => {
            assumptions.extend(more.into_iter().filter(|c| !under.contains(c)));
            let every = Text::words("Both sides agree wherever they have values: every such ");
            items.push(Item::Say(every.term(s.name(unknown)).and(" is a solution.")));
            concluded(out, Claim::Holds(equation), items, assumptions, Status::Proved)
        }
        Err(_) => {
            items.push(Item::Say(Text::words("The last line holds for every value; that the equation does, could not be checked.")));
            concluded(out, unsolved(equation, unknown), items, assumptions, Status::Unknown)
        }
    }
}

/// Whether the sides of an equation are shown to agree at a value of the unknown, as a lemma.
fn shown_at(e: &Engine<'_>, givens: &[Id], equation: Id, (unknown, value): (VarId, Id), roots: &[(Id, Id)]) -> bool {
    let s = e.store;
    let Node::Rel(_, a, b) = *s.node(equation) else { return false };
    let at = std::iter::once((unknown, Arg::Val(value))).collect();
    let (x, y) = (s.subst(a, &at), s.subst(b, &at));
    let mut whole = Draft::new(e.prover, x, givens);
    known_roots(e, &mut whole, roots, (unknown, value));
    work_out_inside(e, &mut whole);
    let Met::Joined(d) = connect(e, whole.current(), y, givens) else { return false };
    let lemma = e.prover.add_lemma("the value put in", &d.proof);
    if whole.len() == 0 {
        return true;
    }
    let root = Position::root();
    let cited = whole.proof.focus(&root).ok().and_then(|f| {
        let ground = Ground::Cited { lemma, subst: Substitution::new() };
        whole.step(&root, &f, ground, y, "lemma.cite", Text::words("by the lines above"), Weight::Small).ok()
    });
    if cited.is_some() {
        e.prover.add_lemma("the value put in", &whole.proof);
    }
    cited.is_some()
}

/// What the sides of an equation are at a value of the unknown in their plainest form, as lemmas.
fn plain_at(e: &Engine<'_>, givens: &[Id], equation: Id, (unknown, value): (VarId, Id)) {
    let s = e.store;
    let Node::Rel(_, a, b) = *s.node(equation) else { return };
    let at = std::iter::once((unknown, Arg::Val(value))).collect();
    for side in [a, b].map(|t| s.subst(t, &at)) {
        let mut d = Draft::new(e.prover, side, givens);
        work_out_inside(e, &mut d);
        let mut w = Walk::new(d);
        e.take_down(&mut w, Depth::All);
        let (facts, now) = (w.d.proof.facts().clone(), w.d.current());
        if let Some(best) = e.forms(&facts, now).into_iter().min_by_key(|x| cost(s, *x)).filter(|x| cost(s, *x) < cost(s, now)) {
            let _ = w.d.rewrite(best, "algebra.collect", Text::words("collect"), Weight::Small);
        }
        if w.d.len() > 0 {
            e.prover.add_lemma("the value put in", &w.d.proof);
        }
    }
}

/// Brings the arguments of functions into their plainest form.
fn work_out_inside<'s>(e: &Engine<'s>, d: &mut Draft<'s>) {
    let s = e.store;
    for path in everywhere(s, d.current(), &|n| matches!(n, Node::Call(..))).into_iter().rev() {
        let pos = Position::at(&path).child(0);
        let Ok(f) = d.proof.focus(&pos) else { continue };
        let facts = d.proof.facts_at(&f);
        let best = e.forms(&facts, f.part).into_iter().min_by_key(|x| cost(s, *x));
        if let Some(best) = best.filter(|b| cost(s, *b) < cost(s, f.part)) {
            // What the kernel does not take stays as it is.
            let _ = d.recompute(&pos, &f, best, "algebra.collect", Text::words("put in"), Weight::Small);
        }
    }
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
    mut values: Vec<Root>,
    mut items: Vec<Item>,
    assumptions: Vec<Id>,
) -> Solution {
    let s = e.store;
    let mut status = Status::Proved;
    if let (Some(expect), [v]) = (goal.expect, values.as_slice()) {
        let mut d = Draft::new(e.prover, v.value, &[e.givens(goal), v.when.clone()].concat());
        match e.meet_expectation(&mut d, Some(expect)) {
            Expected::Met => values = vec![Root { value: d.current(), when: v.when.clone() }],
            Expected::Open => status = Status::Unknown,
            Expected::False(c) => {
                out.counterexample = Some(c);
                status = Status::Refuted;
            }
        }
    } else if goal.expect.is_some() {
        status = Status::Unknown;
    }
    answers(s, unknown, &Facts::new(s, &[e.givens(goal), assumptions.clone()].concat()), &values, &mut items);
    if let [v] = values.as_slice() {
        out.result = Some(v.value);
    }
    concluded(out, Claim::Solves { equation, unknown, values, all: true }, items, assumptions, status)
}

/// The solutions: those under one condition together.
fn answers(s: &Store, unknown: VarId, facts: &Facts<'_>, values: &[Root], items: &mut Vec<Item>) {
    let mut left: Vec<&Root> = values.iter().collect();
    if left.is_empty() {
        items.push(Item::Say(Text::words("There is no solution.")));
    }
    let mut conditions: Vec<Vec<Id>> = Vec::new();
    while let Some(first) = left.first().copied() {
        let (these, others): (Vec<&Root>, Vec<&Root>) = left.into_iter().partition(|r| r.when == first.when);
        left = others;
        let equations: Vec<Id> = these.iter().map(|r| s.rel(RelOp::Eq, s.name(unknown), r.value)).collect();
        let one = match equations.as_slice() {
            [one] => *one,
            _ => s.intern(Node::Or(equations.into())),
        };
        let words = first.when.iter().enumerate().fold(Text::default(), |t, (k, c)| {
            let before = if k == 0 {
                "for "
            } else if k + 1 == first.when.len() {
                " and "
            } else {
                ", "
            };
            t.and(before).term(*c)
        });
        items.push(Item::Answer(one, words));
        conditions.push(first.when.clone());
    }
    // Whether some value is one for all values of the other names.
    let covered = match conditions.as_slice() {
        [] => true,
        [all @ .., last] => {
            let fails = |cs: &Vec<Id>| match cs.as_slice() {
                [c] => Some(s.intern(Node::Not(*c))),
                _ => None,
            };
            let none: Option<Vec<Id>> = all.iter().map(fails).collect();
            conditions.iter().any(Vec::is_empty) || none.is_some_and(|n| last.iter().all(|c| facts.with(&n).holds(*c).is_true()))
        }
    };
    if !covered {
        items.push(Item::Say(Text::words("Otherwise there is no solution.")));
    }
}

/// Why the unknown cannot be isolated.
fn stuck(s: &Store, left: Id, unknown: VarId) -> Text {
    let circular = |n: &Node| {
        let f = match n {
            Node::Call(f, xs) if xs.iter().any(|x| s.mentions(*x, unknown)) => s.prim(*f),
            _ => None,
        };
        matches!(f, Some(Prim::Sin | Prim::Cos))
    };
    let x = s.name(unknown);
    if s.any_subterm_defined(left, &mut |n| circular(n)) {
        let why = Text::words("Circular functions take each of their values again and again; a solution can be named once a range of ");
        return why
            .term(x)
            .and(" is given, as by ")
            .term(s.intern(Node::And([s.rel(RelOp::Le, s.int(0), x), s.rel(RelOp::Le, x, s.prim_call(Prim::Pi, &[]))].into())))
            .and(".");
    }
    Text::words("From here on no way of isolating ").term(x).and(" is known.")
}
