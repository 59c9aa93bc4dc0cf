//! Relations other than equality: by the sign of the difference, with the reason for the sign.

use crate::draft::Draft;
use crate::moves::Depth;
use crate::walk::Walk;
use crate::Engine;
use gradus_decide::{Facts, Tri};
use gradus_judge::Verdict;
use gradus_kernel::{Claim, Derivation, Item, Solution, Status, Text};
use gradus_term::{Goal, Id, Node, Prim, RelOp, Summand};
use std::sync::Arc;

/// Answers `show a < b` and its kin.
pub(super) fn answer(e: &Engine<'_>, goal: &Goal, claim: Id) -> Solution {
    let s = e.store;
    let said = e.givens(goal);
    // A relation is claimed where both sides have values.
    let domain = match s.node(claim) {
        Node::Rel(_, a, b) if s.sort(*a) == s.sort(*b) => e.prover.domain_of_relation(&said, *a, *b),
        _ => None,
    };
    let givens = domain.map_or_else(|| said.clone(), |d| d.0);
    if let Verdict::Refuted(c) = e.prover.judge().holds(s, claim, &givens) {
        return super::show::refuted(e, goal, Claim::Holds(claim), &c);
    }
    let facts = Facts::new(s, &givens);
    let mut items = Vec::new();
    let mut holds = facts.holds(claim) == Tri::True;
    if let Node::Rel(op, a, b) = *s.node(claim) {
        let (big, small) = if matches!(op, RelOp::Lt | RelOp::Le) { (b, a) } else { (a, b) };
        let difference = if crate::tidy::is_zero(s, small) {
            big
        } else if crate::tidy::is_zero(s, big) {
            s.neg(small)
        } else {
            s.sub(big, small)
        };
        let draft = || Draft::new(e.prover, difference, &givens);
        let (lines, shown) = by_sign(e, draft(), op, false);
        let found = if shown { Some(lines) } else { super::compared::by_squares(e, claim, &givens) };
        let found = found.or_else(|| {
            // `sin x − x + x³/6` rather than `sin x − (x − x³/6)`.
            let turned = crate::tidy::summands(s, small).into_iter().map(|x| Summand { neg: !x.neg, ..x });
            let zero = crate::tidy::is_zero(s, small);
            let flat = s.sum(&crate::tidy::summands(s, big).into_iter().chain(turned.filter(|_| !zero)).collect::<Vec<_>>());
            let by_cases = super::by_cases::relation_by_cases(e, claim, flat, &givens);
            let settled = || super::by_cases::least_in_case(e, difference, op, &givens);
            let settled = || settled().filter(|_| e.prover.holds(&givens, claim).is_ok_and(|more| more.is_empty()));
            by_cases
                .or_else(settled)
                .or_else(|| super::extremum::by_extremum(e, claim, flat, op, &givens))
                .or_else(|| super::compared::by_logarithms(e, claim, &givens))
        });
        items = match found {
            Some(lines) => {
                holds = true;
                lines
            }
            None => by_sign(e, draft(), op, holds).0,
        };
    }
    let checked = e.prover.holds(&said, claim).ok().filter(|_| holds);
    let status = match &checked {
        Some(more) if more.is_empty() => Status::Proved,
        Some(_) => Status::Conditional,
        None => Status::Unknown,
    };
    let assumptions = checked.unwrap_or_default();
    let natural: Vec<Id> = givens.into_iter().filter(|c| !said.contains(c)).collect();
    let notes = if status == Status::Unknown { Vec::new() } else { e.noted(&said, super::domain::distinct(s, &natural)) };
    let mut out = super::blank(goal);
    out.status = status;
    out.derivation =
        Some(Arc::new(Derivation { claim: Claim::Holds(claim), heading: Text::default(), items, assumptions, notes, status, lemma: None }));
    out
}

/// The difference, which a draft has reached, taken down to a form whose sign is plain, and why; whether the sign is decided.
pub(super) fn by_sign<'s>(e: &Engine<'s>, d: Draft<'s>, op: RelOp, known: bool) -> (Vec<Item>, bool) {
    let s = e.store;
    let difference = d.current();
    let givens = d.proof.givens().to_vec();
    let mut w = Walk::new(d);
    let facts = w.d.proof.facts().clone();
    let plain = |t: Id| given_reason(e, &facts, t, op).or_else(|| sign_reason(e, &facts, t, op).filter(|_| decided(&facts, t, op)));
    if plain(difference).is_none() {
        // A product, a square, a sum of squares or one logarithm shows its sign.
        let factored = || facts.factor(difference).map(|t| crate::tidy::tidy(s, t));
        let squares = || super::square_sums::with_square_sums(&facts, difference);
        let logarithm = || super::compared::one_logarithm(e, difference, &givens);
        let lagrange = || super::lagrange::with_lagrange(&facts, difference);
        let mean = || super::lagrange::with_mean(&facts, difference, &|t| plain(t).is_some());
        let forms: [(&dyn Fn() -> Option<Id>, &str, &str); 5] = [
            (&factored, "algebra.factor", "factor"),
            (&squares, "algebra.squares", "as a sum of squares"),
            (&logarithm, "log.product", "one logarithm"),
            (&lagrange, "sum.lagrange", "Lagrange's identity"),
            (&mean, "sum.mean", "the weights add up to 1"),
        ];
        let found = forms.into_iter().any(|(form, name, words)| {
            let shown = form().filter(|t| plain(*t).is_some());
            shown.is_some_and(|t| e.line_to(&mut w.d, t, name, Text::words(words)).is_ok())
        });
        if found {
            w.stop(Text::words("multiply out"));
        } else {
            e.walk_down(&mut w, Depth::All);
        }
    }
    let hit = w.stops.iter().enumerate().find_map(|(k, stop)| Some((k, plain(stop.term)?)));
    let Some((k, reason)) = hit else {
        let words = if known {
            "This follows from the signs and ranges of what it is made of."
        } else {
            "The sign of the difference is not settled."
        };
        return (vec![Item::Say(Text::words(words))], known);
    };
    w.cut(k);
    let (end, zero) = (w.d.current(), s.int(0));
    let sign = if op == RelOp::Ne {
        RelOp::Ne
    } else if matches!(op, RelOp::Lt | RelOp::Gt) {
        RelOp::Gt
    } else {
        RelOp::Ge
    };
    let mut items = Vec::new();
    if k > 0 {
        e.prover.add_lemma("", &w.d.proof);
        items.push(Item::Chain(w.d.chain(e.detail())));
    }
    if crate::tidy::is_zero(s, end) {
        items.push(Item::Say(Text::words("The two sides are equal.")));
    } else {
        items.push(Item::Say(Text::default().term(s.rel(sign, end, zero)).and(", since ").text(&reason).and(".")));
    }
    (items, true)
}

fn decided(facts: &Facts<'_>, t: Id, op: RelOp) -> bool {
    let sign = facts.sign(t);
    match op {
        RelOp::Lt | RelOp::Gt => sign.is_positive(),
        RelOp::Le | RelOp::Ge => sign.is_nonneg(),
        RelOp::Ne => sign.is_nonzero(),
        RelOp::Eq => false,
    }
}

/// Of numbers times one or two names, the conditions that say its sign: `−2y ≥ 0`, since `y < 0`.
fn given_reason(e: &Engine<'_>, facts: &Facts<'_>, t: Id, op: RelOp) -> Option<Text> {
    let s = e.store;
    let name = |x: &Id| matches!(s.node(*x), Node::Var(_) | Node::Entry(..));
    let mut names: Vec<Id> = Vec::new();
    let above = match *s.node(t) {
        Node::Quot(a, q) if s.as_rational(q).is_some() => a,
        _ => t,
    };
    let parts = crate::tidy::summands(s, above);
    for x in &parts {
        let (own, numbers): (Vec<Id>, Vec<Id>) = crate::tidy::factors(s, x.term).into_iter().partition(name);
        if own.len() > 1 || own.iter().any(|n| names.contains(n)) || numbers.iter().any(|q| s.as_rational(*q).is_none()) {
            return None;
        }
        names.extend(own);
    }
    // What a name was declared as needs no condition.
    if parts.len() > 2 || names.is_empty() || decided(&Facts::new(s, &[]), t, op) {
        return None;
    }
    // That an index lies in its range says nothing of a value.
    let said = |c: &Id| s.free_vars(*c).iter().any(|v| !s.var(*v).is_integer()) || s.as_aff(t).is_some();
    let all: Vec<Id> = facts.conditions().iter().copied().filter(said).collect();
    let one = all.iter().map(|c| vec![*c]);
    let two = all.iter().enumerate().flat_map(|(k, c)| all.iter().skip(k + 1).map(|d| vec![*c, *d]));
    let found = one.chain(two).find(|cs| decided(&Facts::new(s, cs), t, op))?;
    Some(found.iter().enumerate().fold(Text::default(), |text, (k, c)| if k > 0 { text.and(" and ") } else { text }.term(*c)))
}

/// Why a term is positive (not negative, not zero), in words; `None` if no plain reason is seen.
pub(super) fn sign_reason<'s>(e: &Engine<'s>, facts: &Facts<'s>, t: Id, op: RelOp) -> Option<Text> {
    let s = e.store;
    match s.node(t) {
        Node::Num(_) => Some(Text::default().term(t).and(" is a positive number")),
        Node::Call(f, _) => match s.prim(*f) {
            Some(Prim::Exp) => Some(Text::words("an exponential is positive")),
            Some(Prim::Sqrt) => Some(Text::words("a root is not negative")),
            Some(Prim::Abs) => Some(Text::words("an absolute value is not negative")),
            Some(Prim::Log) => decided(facts, t, op).then(|| {
                let strict = facts.sign(t).is_positive();
                Text::words(if strict {
                    "the logarithm of more than 1 is positive"
                } else {
                    "the logarithm of what is at least 1 is not negative"
                })
            }),
            _ => None,
        },
        Node::Pow(_, k) if s.as_rational(*k).and_then(|q| q.to_i64()).is_some_and(|k| k % 2 == 0) => {
            Some(Text::words("a square is not negative"))
        }
        Node::Entry(u, _) if matches!(s.node(*u), Node::Call(..)) => None,
        Node::Var(_) | Node::Entry(..) | Node::Index(_) => {
            decided(facts, t, op).then(|| Text::default().term(t).and(" is so by what is given"))
        }
        Node::Sum(xs) if xs.iter().all(|x| !x.neg && facts.sign(x.term).is_nonneg()) => {
            joined(e, facts, xs.iter().map(|x| x.term), op, "every summand is positive or zero")
        }
        // `−p log p` with p < 1
        Node::Sum(xs) if xs.iter().all(|x| negative_logarithm(facts, x).is_some()) => {
            let parts: Vec<Id> = xs.iter().filter_map(|x| negative_logarithm(facts, x)).collect();
            let less = parts.iter().map(|u| s.rel(RelOp::Le, *u, s.int(1)));
            let less = less.enumerate().fold(Text::default(), |t, (k, c)| if k > 0 { t.and(" and ") } else { t }.term(c));
            let nobody =
                if parts.len() > 1 { ", so that neither logarithm is positive" } else { ", so that the logarithm is not positive" };
            (parts.len() < 3 && decided(facts, t, op)).then(|| less.and(nobody))
        }
        Node::Product(xs) if xs.iter().all(|x| facts.sign(*x).is_nonneg()) => {
            joined(e, facts, xs.iter().copied(), op, "every factor is positive or zero")
        }
        Node::Quot(a, b) if facts.sign(*a).is_nonneg() && facts.sign(*b).is_positive() => {
            let words = if facts.sign(*a).is_positive() {
                "numerator and denominator are positive"
            } else {
                "the numerator is not negative and the denominator is positive"
            };
            let parts = [*a, *b].map(|x| sign_reason(e, facts, x, RelOp::Ge));
            parts.iter().all(Option::is_some).then(|| Text::words(words))
        }
        Node::Big { .. } => decided(facts, t, op).then(|| Text::words("every term of the sum is")),
        Node::Sum(xs) if decided(facts, t, op) => given_reason(e, facts, t, op).or_else(|| super::dominance::reason(e, facts, xs, op)),
        _ => None,
    }
}

/// The u of `−k log u`, where `k ≥ 0` and `u ≤ 1` are known.
fn negative_logarithm(facts: &Facts<'_>, x: &Summand) -> Option<Id> {
    let s = facts.store();
    let log = |t: Id| match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Log) => xs.first().copied(),
        _ => None,
    };
    let (logs, others): (Vec<Id>, Vec<Id>) = crate::tidy::factors(s, x.term).into_iter().partition(|f| log(*f).is_some());
    let u = log(*logs.first()?)?;
    let small = facts.holds(s.rel(RelOp::Le, u, s.int(1))) == Tri::True;
    (x.neg && logs.len() == 1 && small && others.iter().all(|f| facts.sign(*f).is_nonneg())).then_some(u)
}

fn joined<'s>(e: &Engine<'s>, facts: &Facts<'s>, parts: impl Iterator<Item = Id>, op: RelOp, words: &str) -> Option<Text> {
    let mut strict = true;
    for x in parts {
        sign_reason(e, facts, x, op).or_else(|| sign_reason(e, facts, x, RelOp::Ge))?;
        strict &= facts.sign(x).is_positive();
    }
    Some(Text::words(if strict { words.replace(" or zero", "") } else { words.to_owned() }))
}
