//! One planner per kind of goal, and what they share: finishing a chain into a solution.

mod angles;
mod at_values;
mod by_cases;
mod chase;
pub(crate) mod cite;
mod compared;
mod components;
pub(crate) mod conditions;
mod conjugate;
mod convert;
mod convolve;
mod counterexample;
mod derive;
mod determinants;
mod differential;
mod domain;
mod dominance;
mod evaluate;
mod expand;
mod extremum;
mod factor;
mod field;
mod find;
mod finish;
mod gradient;
mod identity;
mod isolate;
mod kernels;
mod kinks;
mod lagrange;
mod limit;
pub(crate) mod limits;
mod linear;
mod matrices;
mod monomial;
mod network;
mod passes;
mod plainest;
mod relation;
mod search;
mod shape;
mod shorten;
mod show;
mod sides;
mod sizes;
mod solve;
mod specialise;
mod square_sums;
pub(crate) mod squares;
mod telescope;
mod turned;
mod undone;
mod unify;

use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::{Solution, Status, Text};
use gradus_term::{Goal, GoalKind, Id};

/// Answers a goal.
pub(crate) fn answer(e: &Engine<'_>, goal: &Goal) -> Solution {
    if let Some(s) = without_value(e, goal) {
        return s;
    }
    match &goal.kind {
        GoalKind::Derive { term, notation } => derive::answer(e, goal, *term, *notation),
        GoalKind::Expand(t) => expand::answer(e, goal, *t, expand::Form::Expanded),
        GoalKind::Factor(t) => expand::answer(e, goal, *t, expand::Form::Factored),
        GoalKind::Simplify(t) => expand::answer(e, goal, *t, expand::Form::Simple),
        GoalKind::Solve { equation, unknown } => solve::answer(e, goal, *equation, *unknown),
        GoalKind::Find { unknowns, condition, for_all } => find::answer(e, goal, unknowns, *condition, for_all),
        GoalKind::Show(c) => show::answer(e, goal, *c),
        GoalKind::Specialise { term, with } => specialise::answer(e, goal, *term, with),
        GoalKind::Evaluate { term, with } => evaluate::answer(e, goal, *term, with),
        GoalKind::Limit { term, var, point, side } => limit::answer(e, goal, *term, limits::At { var: *var, point: *point, side: *side }),
        GoalKind::Shape(t) => shape::answer(e, goal, *t),
        GoalKind::NetworkShape { network, layer } => network::shape(e, goal, *network, *layer),
        GoalKind::NetworkField { network, layer } => field::answer(e, goal, *network, *layer),
        GoalKind::NetworkParameters { network, layer, without_bias } => network::parameters(e, goal, *network, *layer, *without_bias),
    }
}

/// Entries of tensor operations written by the entries of their operands.
pub(crate) fn entries_opened(s: &gradus_term::Store, t: gradus_term::Id) -> gradus_term::Id {
    passes::Pass::Entries.apply(s, t)
}

/// The kind's word in JSON.
pub(crate) fn word(kind: &GoalKind) -> &'static str {
    match kind {
        GoalKind::Derive { .. } => "derive",
        GoalKind::Show(_) => "show",
        GoalKind::Specialise { .. } => "specialise",
        GoalKind::Solve { .. } => "solve",
        GoalKind::Find { .. } => "find",
        GoalKind::Evaluate { .. } => "evaluate",
        GoalKind::Limit { .. } => "limit",
        GoalKind::Shape(_) | GoalKind::NetworkShape { .. } => "shape",
        GoalKind::NetworkParameters { .. } => "parameters",
        GoalKind::NetworkField { .. } => "receptive field",
        GoalKind::Expand(_) => "expand",
        GoalKind::Factor(_) => "factor",
        GoalKind::Simplify(_) => "simplify",
    }
}

/// The answer to a question about an expression that has no real value, whatever its names stand for.
fn without_value(e: &Engine<'_>, goal: &Goal) -> Option<Solution> {
    let (GoalKind::Derive { term: t, .. }
    | GoalKind::Evaluate { term: t, .. }
    | GoalKind::Expand(t)
    | GoalKind::Factor(t)
    | GoalKind::Simplify(t)) = &goal.kind
    else {
        return None;
    };
    no_value(e, goal, *t, &e.givens(goal))
}
/// The same of a term at values, under these conditions.
fn no_value(e: &Engine<'_>, goal: &Goal, t: Id, givens: &[Id]) -> Option<Solution> {
    let facts = Facts::new(e.store, givens);
    let never = e.store.sort(t).is_scalar() && gradus_kernel::has_no_value(&facts, t) && !facts.contradictory();
    never.then(|| problem(goal, "E0912", Text::default().term(t).and(" has no real value; state it where it has one")))
}

/// A solution with nothing in it yet.
pub(crate) fn blank(goal: &Goal) -> Solution {
    Solution {
        label: goal.label.clone(),
        kind: word(&goal.kind),
        task: Text::default(),
        recalls: Vec::new(),
        derivation: None,
        result: None,
        status: Status::Error,
        counterexample: None,
        problems: Vec::new(),
    }
}

/// A goal that cannot be answered, and why.
pub(crate) fn problem(goal: &Goal, code: &str, why: Text) -> Solution {
    let mut out = blank(goal);
    out.problems.push((code.to_owned(), why));
    out
}

/// What is asked is understood but not done yet.
pub(crate) fn unsupported(_e: &Engine<'_>, goal: &Goal) -> Solution {
    problem(goal, "E0901", Text::words(format!("`{}` of this kind is not supported yet", word(&goal.kind))))
}
