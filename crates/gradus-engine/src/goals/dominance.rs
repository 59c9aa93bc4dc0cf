//! Why a difference with a sum, a logarithm or a root is not negative, in words: a sum against one of its terms, a logarithm and a
//! root against what they exceed. Whether it is so the facts have decided before.

use super::relation::sign_reason;
use crate::tidy::summands;
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::Text;
use gradus_term::{Aff, Arg, BigOp, Id, Node, Prim, RelOp, Sort, Summand, Sym};

/// The reason why a sum is not negative (positive, if `op` is strict); `None` if it is another.
pub(super) fn reason<'s>(e: &Engine<'s>, facts: &Facts<'s>, parts: &[Summand], op: RelOp) -> Option<Text> {
    let s = e.store;
    let within = |x: &Summand| summands(s, x.term).into_iter().map(|y| Summand { neg: y.neg != x.neg, ..y }).collect::<Vec<_>>();
    let flat: Vec<Summand> = parts.iter().flat_map(within).collect();
    if flat.len() > parts.len() {
        return reason(e, facts, &flat, op);
    }
    match parts {
        [x] if x.neg => match s.node(x.term) {
            Node::Big { op: BigOp::Sum, .. } => (!facts.sign(x.term).pos).then(|| Text::words("no term of the sum is positive")),
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Log) => {
                above(e, facts, s.int(1), *xs.first()?, op, "the logarithm is increasing")
            }
            _ => None,
        },
        [x, y] if is_sum(e, x.term) && is_sum(e, y.term) => term_by_term(e, facts, x, y),
        [x, y] if x.neg != y.neg => {
            let (large, small) = if x.neg { (y.term, x.term) } else { (x.term, y.term) };
            of_two(e, facts, large, small, op)
        }
        _ if parts.iter().filter(|x| x.neg).count() == 1 => {
            let rest: Vec<Summand> = parts.iter().filter(|x| !x.neg).copied().collect();
            let away = parts.iter().find(|x| x.neg)?.term;
            if let Node::Call(f, xs) = s.node(away) {
                if s.prim(*f) == Some(Prim::Log) {
                    return above(e, facts, exponential(e, &rest), *xs.first()?, op, "the logarithm is increasing");
                }
            }
            // One sum is larger than what is taken away, and nothing else is.
            let (k, sum) = rest.iter().enumerate().find(|(_, x)| is_sum(e, x.term))?;
            let beside = rest.iter().enumerate().all(|(j, x)| j == k || facts.sign(x.term).is_nonneg());
            let words = a_term(e, facts, sum.term, away, RelOp::Ge).filter(|_| beside)?;
            let positive = rest.iter().enumerate().any(|(j, x)| j != k && facts.sign(x.term).is_positive());
            Some(words.and(if positive { "; the rest is positive" } else { "; nor is the rest" }))
        }
        _ => None,
    }
}

/// `u e^v` for `log u + v`.
fn exponential(e: &Engine<'_>, parts: &[Summand]) -> Id {
    let s = e.store;
    let argument = |x: &Summand| match s.node(x.term) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Log) => xs.first().copied(),
        _ => None,
    };
    let plain: Vec<Summand> = parts.iter().filter(|x| argument(x).is_none()).copied().collect();
    let outside = parts.iter().filter_map(argument);
    s.product(&outside.chain((!plain.is_empty()).then(|| s.prim_call(Prim::Exp, &[s.sum(&plain)]))).collect::<Vec<_>>())
}

/// Why `large − small` is not negative.
fn of_two<'s>(e: &Engine<'s>, facts: &Facts<'s>, large: Id, small: Id, op: RelOp) -> Option<Text> {
    let s = e.store;
    let own = a_term(e, facts, large, small, op).or_else(|| a_member(e, facts, large, small));
    let own = own.or_else(|| above_every(e, facts, large, small, op)).or_else(|| each_term(e, facts, large, small));
    if own.is_some() {
        return own;
    }
    if let (true, Node::Quot(a, b)) = (crate::tidy::is_one(s, large), s.node(small)) {
        let inner = of_two(e, facts, *b, *a, op).filter(|_| facts.sign(*b).is_positive())?;
        let words =
            if strict(op) { "the numerator is less than the denominator: " } else { "the numerator is not larger than the denominator: " };
        return Some(Text::words(words).text(&inner));
    }
    let Node::Call(f, xs) = s.node(large) else { return None };
    match s.prim(*f) {
        Some(Prim::Log) => {
            let end = exponential(e, &[Summand { neg: false, term: small }]);
            above(e, facts, *xs.first()?, end, op, "the logarithm is increasing")
        }
        Some(Prim::Sqrt) => above(e, facts, *xs.first()?, s.pow(small, s.int(2)), op, "the root is increasing"),
        _ => None,
    }
}

/// `u ≥ v` with its own reason, and what it is used with.
fn above<'s>(e: &Engine<'s>, facts: &Facts<'s>, u: Id, v: Id, op: RelOp, with: &str) -> Option<Text> {
    let s = e.store;
    let relation = s.rel(if strict(op) { RelOp::Gt } else { RelOp::Ge }, u, v);
    if !facts.holds(relation).is_true() {
        return None;
    }
    let left = s.sub(u, v);
    let inner = of_two(e, facts, u, v, op).or_else(|| sign_reason(e, facts, left, op));
    let own = Text::default().term(relation);
    let own = match inner {
        Some(inner) => own.and(" (").text(&inner).and(")"),
        // Where the difference is a number, or a sum of what is not negative, the relation is plain.
        None => facts.expand(left).and_then(|t| sign_reason(e, facts, t, op)).map(|_| own)?,
    };
    Some(own.and(format!(" and {with}")))
}

fn strict(op: RelOp) -> bool {
    matches!(op, RelOp::Lt | RelOp::Gt)
}

fn is_sum(e: &Engine<'_>, t: Id) -> bool {
    matches!(e.store.node(t), Node::Big { op: BigOp::Sum, cond: None, .. })
}

/// Why `±x ± y` is not negative, two sums over the same range: it is so term by term.
fn term_by_term<'s>(e: &Engine<'s>, facts: &Facts<'s>, x: &Summand, y: &Summand) -> Option<Text> {
    let s = e.store;
    let (Node::Big { hint, lo, hi, body, .. }, Node::Big { lo: lo2, hi: hi2, body: body2, .. }) = (s.node(x.term), s.node(y.term)) else {
        return None;
    };
    if lo != lo2 || hi != hi2 || x.neg && y.neg {
        return None;
    }
    let (within, i) = any_index(e, facts, *hint, lo, hi);
    let open = |b: Id| s.open(b, &[Arg::Idx(i.clone())]);
    let (u, v) = (open(*body), open(*body2));
    let (large, small) = match (x.neg, y.neg) {
        (true, _) => (v, u),
        (_, true) => (u, v),
        _ => (u, s.neg(v)),
    };
    let relation = s.rel(RelOp::Ge, large, small);
    within.holds(relation).is_true().then(|| Text::words("term by term ").term(relation))
}

/// Why `y` is at least the largest of many: it is at least each of them.
fn above_every<'s>(e: &Engine<'s>, facts: &Facts<'s>, y: Id, largest: Id, op: RelOp) -> Option<Text> {
    let s = e.store;
    let Node::Big { op: BigOp::Max, hint, lo, hi, body, .. } = s.node(largest) else { return None };
    let (within, i) = any_index(e, facts, *hint, lo, hi);
    let one = s.open(*body, &[Arg::Idx(i)]);
    let inner = of_two(e, &within, y, one, op).or_else(|| sign_reason(e, &within, s.sub(y, one), op))?;
    let relation = s.rel(if strict(op) { RelOp::Gt } else { RelOp::Ge }, y, one);
    within.holds(relation).is_true().then(|| Text::words("for each of the values ").term(relation).and(" (").text(&inner).and(")"))
}

/// Why `x` is at most the largest of many: it is one of them.
fn a_member(e: &Engine<'_>, facts: &Facts<'_>, largest: Id, x: Id) -> Option<Text> {
    let s = e.store;
    let Node::Big { op: BigOp::Max, lo, hi, body, .. } = s.node(largest) else { return None };
    let found = places(e, facts, x, lo, hi).into_iter().any(|i| facts.equal(s.open(*body, &[Arg::Idx(i)]), x).is_proved());
    found.then(|| Text::default().term(x).and(" is one of the values of which the largest is taken"))
}

/// Why `y` is at least a sum: each of its `k` terms is at most `y/k`.
fn each_term<'s>(e: &Engine<'s>, facts: &Facts<'s>, y: Id, sum: Id) -> Option<Text> {
    let s = e.store;
    let Node::Big { op: BigOp::Sum, hint, lo, hi, body, cond: None } = s.node(sum) else { return None };
    let (within, i) = any_index(e, facts, *hint, lo, hi);
    let share = within.factor(s.quot(y, s.index(hi.sub(lo).plus(1))))?;
    let relation = s.rel(RelOp::Le, s.open(*body, &[Arg::Idx(i)]), share);
    within.holds(relation).is_true().then(|| Text::words("each term ").term(relation))
}

/// An index of which only the range is known, and what is known with it.
fn any_index<'s>(e: &Engine<'s>, facts: &Facts<'s>, hint: Sym, lo: &Aff, hi: &Aff) -> (Facts<'s>, Aff) {
    let s = e.store;
    let i = Aff::free(s.fresh(hint, Sort::Scalar, true));
    let at = |a: &Aff| s.index(a.clone());
    (facts.with(&[s.rel(RelOp::Le, at(lo), at(&i)), s.rel(RelOp::Le, at(&i), at(hi))]), i)
}

/// The indices in the range at which something stands in `x`.
fn places(e: &Engine<'_>, facts: &Facts<'_>, x: Id, lo: &Aff, hi: &Aff) -> Vec<Aff> {
    let s = e.store;
    let mut places: Vec<Aff> = s.free_vars(x).into_iter().filter(|v| s.var(*v).is_integer()).map(Aff::free).collect();
    s.any_subterm(x, &mut |n| {
        if let Node::Entry(_, ix) = n {
            places.extend(ix.iter().filter(|i| i.as_int().is_some()).cloned());
        }
        false
    });
    places.retain(|i| facts.nonneg(&i.sub(lo)).is_true() && facts.nonneg(&hi.sub(i)).is_true());
    places
}

/// Why the sum `t` of what is not negative is at least `x`: it has a term that is.
fn a_term(e: &Engine<'_>, facts: &Facts<'_>, t: Id, x: Id, op: RelOp) -> Option<Text> {
    let s = e.store;
    let Node::Big { op: BigOp::Sum, lo, hi, body, cond: None, .. } = s.node(t) else { return None };
    if !facts.sign(t).is_nonneg() {
        return None;
    }
    places(e, facts, x, lo, hi).into_iter().find_map(|i| {
        let term = s.open(*body, &[Arg::Idx(i)]);
        let others = if strict(op) { ", and the others are positive" } else { ", and no other term is negative" };
        let own = Text::default().term(term).and(format!(" is a term of the sum{others}"));
        if facts.equal(term, x).is_proved() {
            return Some(own);
        }
        let above = s.rel(RelOp::Ge, term, x);
        facts.holds(above).is_true().then(|| Text::default().term(above).and(", ").text(&own))
    })
}
