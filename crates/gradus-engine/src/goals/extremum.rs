//! Inequalities and identities by the derivative: a term is least where its derivative changes its sign, and constant where its
//! derivative is 0. Only the derivatives and the points are found here; what follows from them the kernel checks.

use super::chase::{Chase, End};
use crate::cost::cost;
use crate::draft::Draft;
use crate::tidy::{summands, tidy};
use crate::Engine;
use gradus_decide::{Facts, Tri};
use gradus_kernel::{Ground, Item, Text, Turning, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Arg, Id, Node, Position, RelOp, Store, VarId};

/// Derivatives of derivatives that are taken.
const DEPTH: usize = 4;
/// Names that are tried where the relation is known anyway.
const FEW: usize = 2;

/// Shows `condition` by the least value of a difference; what is said, or `None`. For what is known anyway a long search is not worth it.
pub(super) fn by_extremum(e: &Engine<'_>, condition: Id, difference: Id, op: RelOp, givens: &[Id]) -> Option<Vec<Item>> {
    let sign = if matches!(op, RelOp::Lt | RelOp::Gt) { RelOp::Gt } else { RelOp::Ge };
    if matches!(op, RelOp::Eq | RelOp::Ne) {
        return None;
    }
    let s = e.store;
    if reals(e, difference).len() > FEW && Facts::new(s, givens).holds(condition) == Tri::True {
        return None;
    }
    let mut known = Vec::new();
    givens.iter().for_each(|c| parts(s, *c, &mut known));
    reals(e, difference).into_iter().find_map(|v| {
        // Of what is known of the name, only what says in which interval it lies.
        let bent = |n: &Node| match n {
            Node::Call(_, xs) => xs.iter().any(|x| s.mentions(*x, v)),
            Node::Pow(a, b) => s.mentions(*a, v) || s.mentions(*b, v),
            _ => false,
        };
        let plain = |c: &Id| !s.any_subterm(*c, &mut |n| bent(n));
        let near: Vec<Id> = known.iter().copied().filter(|c| !s.mentions(*c, v) || plain(c)).collect();
        let items = least(e, difference, sign, (v, &near), &mut Vec::new())?;
        e.prover.holds_where_least(givens, condition).then_some(items)
    })
}

fn parts(s: &Store, c: Id, out: &mut Vec<Id>) {
    match s.node(c) {
        Node::And(xs) => xs.iter().for_each(|x| parts(s, *x, out)),
        _ => out.push(c),
    }
}

/// The names that vary over real numbers in a term.
fn reals(e: &Engine<'_>, t: Id) -> Vec<VarId> {
    let s = e.store;
    let mut out: Vec<VarId> = s.free_vars(t).into_iter().filter(|v| s.var(*v).sort.is_scalar() && !s.var(*v).is_integer()).collect();
    out.sort_by_key(|v| s.var(*v).name.clone());
    out
}

/// The derivative of a term by a name in its plainest form, as a lemma.
fn derivative<'s>(e: &Engine<'s>, term: Id, v: VarId, givens: &[Id]) -> Option<Draft<'s>> {
    let s = e.store;
    let mut d = Draft::new(e.prover, s.diff(term, s.name(v), &[]), givens);
    if !e.push_derivatives(&mut d) {
        return None;
    }
    let instances = e.instances(&[term, d.current()]);
    e.simplify(&mut d, &instances);
    e.open_assumptions(&d).is_empty().then_some(d)
}

/// That a term is nowhere less than 0 (`Ge`, `Gt`) or nowhere greater, by its value where it is least or greatest; `seen` are the terms
/// whose derivatives stand on the page, the outermost first.
fn least(e: &Engine<'_>, term: Id, sign: RelOp, (v, givens): (VarId, &[Id]), seen: &mut Vec<Id>) -> Option<Vec<Item>> {
    if seen.len() > DEPTH {
        return None;
    }
    let closed = closed(e, v, givens);
    let ends = if closed == givens { vec![givens] } else { vec![closed.as_slice(), givens] };
    // The derivative as it comes and in the forms that show a sign; at last its own derivative.
    let ways = [Some(0), Some(1), Some(2), None].into_iter().flat_map(|form| ends.iter().map(move |under| (form, *under)));
    let by_slope = ways.collect::<Vec<_>>().into_iter().find_map(|(form, under)| {
        let (shown, mark) = (e.pending.borrow().len(), seen.len());
        let found = with_derivative(e, term, sign, (v, givens), seen, (form, under));
        if found.is_none() {
            e.pending.borrow_mut().truncate(shown);
            seen.truncate(mark);
        }
        found
    });
    by_slope.or_else(|| {
        let shown = e.pending.borrow().len();
        let found = bent(e, term, sign, (v, givens)).filter(|_| seen.is_empty());
        e.pending.borrow_mut().truncate(shown);
        found
    })
}

/// A concave term that is not negative at either end of an interval is so in between; and a convex one that is not positive.
fn bent(e: &Engine<'_>, term: Id, sign: RelOp, (v, givens): (VarId, &[Id])) -> Option<Vec<Item>> {
    let s = e.store;
    if !matches!(sign, RelOp::Ge | RelOp::Le) {
        return None;
    }
    let closed = closed(e, v, givens);
    let facts = Facts::new(s, &closed);
    let is = |t: Id| matches!(s.node(t), Node::Var(w) if *w == v);
    let ends: Vec<Id> = closed
        .iter()
        .filter_map(|c| match *s.node(*c) {
            Node::Rel(RelOp::Ge | RelOp::Le, a, b) if is(a) != is(b) => Some(if is(a) { b } else { a }),
            _ => None,
        })
        .collect();
    let end = |op: RelOp| ends.iter().copied().find(|t| facts.holds(s.rel(op, s.name(v), *t)) == Tri::True);
    let (low, high) = (end(RelOp::Ge)?, end(RelOp::Le)?);
    let value = |at: Id| {
        let there = s.subst(term, &std::iter::once((v, Arg::Val(at))).collect());
        let plain = if facts.equal(there, s.int(0)).is_proved() { s.int(0) } else { e.number_worked_out(there, givens) };
        (facts.holds(s.rel(sign, there, s.int(0))) == Tri::True).then_some(plain)
    };
    let (first, last) = (value(low)?, value(high)?);
    for at in [low, high] {
        e.prover.look_at(Turning { by: v, at });
    }
    let inside: Vec<Id> = closed
        .iter()
        .map(|c| match *s.node(*c) {
            Node::Rel(RelOp::Ge, a, b) if is(a) || is(b) => s.rel(RelOp::Gt, a, b),
            Node::Rel(RelOp::Le, a, b) if is(a) || is(b) => s.rel(RelOp::Lt, a, b),
            _ => *c,
        })
        .collect();
    let mut items = Vec::new();
    let mut of = term;
    for _ in 0..2 {
        let mut d = derivative(e, of, v, &inside)?;
        d.line(Detail::Brief);
        let lemma = e.prover.add_lemma("the derivative above", &d.proof);
        items.push(e.lemma_item(lemma, &d, Text::words("The derivative of ").term(of).and(":")));
        of = d.current();
    }
    let turned = if sign == RelOp::Ge { RelOp::Le } else { RelOp::Ge };
    let bend = s.rel(turned, of, s.int(0));
    if Facts::new(s, &inside).holds(bend) != Tri::True {
        return None;
    }
    let at = |x: Id| s.rel(RelOp::Eq, s.name(v), x);
    let word = if sign == RelOp::Ge { " is concave. It is " } else { " is convex. It is " };
    let text = Text::words("Here ").term(bend).and(", so ").term(term).and(word).term(first).and(" at ").term(at(low));
    let text = text.and(" and ").term(last).and(" at ").term(at(high)).and(", so ").term(s.rel(sign, term, s.int(0)));
    items.push(Item::Say(text.and(" in between.")));
    Some(items)
}

/// The conditions with the ends of the interval taken in.
fn closed(e: &Engine<'_>, v: VarId, givens: &[Id]) -> Vec<Id> {
    let s = e.store;
    let is = |t: Id| matches!(s.node(t), Node::Var(w) if *w == v);
    let weak = |c: &Id| match *s.node(*c) {
        Node::Rel(RelOp::Gt, a, b) if is(a) || is(b) => s.rel(RelOp::Ge, a, b),
        Node::Rel(RelOp::Lt, a, b) if is(a) || is(b) => s.rel(RelOp::Le, a, b),
        _ => *c,
    };
    givens.iter().map(weak).collect()
}

fn with_derivative(
    e: &Engine<'_>,
    term: Id,
    sign: RelOp,
    (v, givens): (VarId, &[Id]),
    seen: &mut Vec<Id>,
    (form, under): (Option<usize>, &[Id]),
) -> Option<Vec<Item>> {
    let s = e.store;
    let shown = e.pending.borrow().len();
    let mut d = derivative(e, term, v, under)?;
    let facts = Facts::new(s, givens);
    let near = d.proof.facts().clone();
    let better = match form {
        Some(1) => Some(near.factor(d.current())?),
        Some(2) => Some(near.together(d.current())?),
        _ => None,
    };
    if let Some(t) = better.map(|t| tidy(s, t)) {
        let words = if form == Some(1) { "factor" } else { "common denominator" };
        d.rewrite(t, "algebra.factor", Text::words(words), Weight::Main).ok()?;
    }
    let slope = d.current();
    let lemma = e.prover.add_lemma("the derivative above", &d.proof);
    let repeated = seen.iter().any(|t| s.same(*t, term));
    seen.push(term);
    let rising = matches!(sign, RelOp::Ge | RelOp::Gt);
    let strong = if rising { RelOp::Gt } else { RelOp::Lt };
    let weak = if rising { RelOp::Ge } else { RelOp::Le };
    // What is asked of the value at the point, where that is not 0.
    let enough = if sign == strong { strong } else { weak };
    let (at, plain, strictly, before, said, sides) = points(e, term, slope, v, givens).into_iter().find_map(|at| {
        let value = s.subst(term, &std::iter::once((v, Arg::Val(at))).collect());
        let zero = facts.equal(value, s.int(0)).is_proved();
        if !zero && facts.holds(s.rel(enough, value, s.int(0))) != Tri::True {
            return None;
        }
        let number = s.free_vars(value).is_empty().then(|| e.number_worked_out(value, givens));
        let forms = e.forms(&facts, value).into_iter().chain([value]).chain(number).map(|t| tidy(s, t));
        let plain = if zero { s.int(0) } else { forms.min_by_key(|t| cost(s, *t))? };
        e.prover.look_at(Turning { by: v, at });
        let strictly = zero && sign == strong;
        let mut before: Vec<Item> = Vec::new();
        let (mut said, mut sides): (Vec<Text>, Vec<bool>) = (Vec::new(), Vec::new());
        for (on, up) in [(RelOp::Ge, rising), (RelOp::Le, !rising)] {
            let beyond = |op: RelOp| s.rel(op, s.name(v), at);
            // There may be nothing on this side.
            if facts.holds(beyond(on.mirrored())) == Tri::True {
                continue;
            }
            let strict = |op: RelOp| if op == RelOp::Ge { RelOp::Gt } else { RelOp::Lt };
            let weak = if up { RelOp::Ge } else { RelOp::Le };
            let (on, op) = if strictly { (strict(on), strict(weak)) } else { (on, weak) };
            let known = [givens, &[beyond(on)]].concat();
            let claim = s.rel(op, slope, s.int(0));
            if Facts::new(s, &known).holds(claim) != Tri::True {
                if form.is_some() {
                    return None;
                }
                // Where the slope rises on both sides, that is said once.
                let lines = least(e, slope, op, (v, &known), seen)?;
                let said = |x: &Item| before.iter().any(|y| matches!((x, y), (Item::Say(a), Item::Say(b)) if a == b));
                let new: Vec<Item> = lines.into_iter().filter(|x| !said(x)).collect();
                before.extend(new);
            }
            let words = Text::default().term(claim);
            sides.push(matches!(on, RelOp::Ge | RelOp::Gt));
            said.push(if facts.holds(beyond(on)) == Tri::True { words } else { words.and(" for ").term(beyond(on)) });
        }
        Some((at, plain, strictly, before, said, sides))
    })?;
    let mut items = e.pending.borrow_mut().split_off(shown);
    d.line(Detail::Brief);
    if !repeated {
        items.push(e.lemma_item(lemma, &d, Text::words("The derivative of ").term(term).and(":")));
    }
    let (begin, then) = if before.is_empty() { ("Here ", ", so ") } else { ("So ", ", and ") };
    items.extend(before);
    let text = said.iter().enumerate().fold(Text::words(begin), |t, (k, x)| if k == 0 { t } else { t.and(" and ") }.text(x));
    let is = s.rel(RelOp::Eq, s.name(v), at);
    // On one side of the point only: the term rises or falls from there, or towards it.
    if let ([_], [after]) = (said.as_slice(), sides.as_slice()) {
        let word = match (rising == *after, strictly) {
            (true, false) => " never decreases; at ",
            (false, false) => " never increases; at ",
            (true, true) => " increases; at ",
            (false, true) => " decreases; at ",
        };
        items.push(Item::Say(text.and(then).term(term).and(word).term(is).and(" it is ").term(plain).and(".")));
        return Some(items);
    }
    let word = match (rising, strictly) {
        (true, false) => " is least at ",
        (false, false) => " is greatest at ",
        (true, true) => " is greater than at ",
        (false, true) => " is less than at ",
    };
    items.push(Item::Say(text.and(then).term(term).and(word).term(is).and(", where it is ").term(plain).and(".")));
    Some(items)
}

/// Where a term may be least: where its slope is 0, or at an end that the conditions name.
fn points(e: &Engine<'_>, term: Id, slope: Id, v: VarId, givens: &[Id]) -> Vec<Id> {
    let s = e.store;
    let mut out: Vec<Id> = Vec::new();
    let mut add = |t: Id| {
        if !s.mentions(t, v) && !out.iter().any(|x| s.same(*x, t)) {
            out.push(t);
        }
    };
    for c in givens {
        if let Node::Rel(RelOp::Ge | RelOp::Gt | RelOp::Le | RelOp::Lt, a, b) = *s.node(*c) {
            for (x, y) in [(a, b), (b, a)] {
                if matches!(s.node(x), Node::Var(w) if *w == v) {
                    add(y);
                }
            }
        }
    }
    let mut chase = Chase::new(e, v, givens, s.rel(RelOp::Eq, slope, s.int(0)));
    if let End::Values(values) = chase.run() {
        values.into_iter().for_each(&mut add);
    }
    // Where the solution is not found it is often plain.
    let facts = Facts::new(s, givens);
    for t in [s.int(0), s.int(1)] {
        let at = std::iter::once((v, Arg::Val(t))).collect();
        if facts.equal(s.subst(term, &at), s.int(0)).is_proved() {
            add(t);
        }
    }
    out
}

/// Connects `a` to `b` by the derivative of `a` (less b), which is 0: the chain, and what is said before it.
pub(super) fn by_constancy<'s>(e: &Engine<'s>, a: Id, b: Id, givens: &[Id]) -> Option<(Draft<'s>, Vec<Item>)> {
    let s = e.store;
    reals(e, a).into_iter().find_map(|v| {
        let term = if s.mentions(b, v) { s.sub(a, b) } else { a };
        let shown = e.pending.borrow().len();
        let gone = |d: &mut Draft<'s>| {
            let zero = s.int(0);
            s.same(d.current(), zero) || d.rewrite(zero, "algebra.collect", Text::words("collect"), Weight::Main).is_ok()
        };
        let d = derivative(e, term, v, givens).and_then(|mut d| gone(&mut d).then_some(d));
        let Some(mut slope) = d else {
            e.pending.borrow_mut().truncate(shown);
            return None;
        };
        let lemma = e.prover.add_lemma("the derivative above", &slope.proof);
        for k in [1, 0, 2, -1] {
            let at = s.int(k);
            let mut d = Draft::new(e.prover, a, givens);
            let (own, other) = (summands(s, term), summands(s, b));
            let apart = s.sum(&[own.clone(), other].concat());
            let reason = Text::words("subtract and add ").term(b);
            let placed = s.same(term, a) || d.rewrite(apart, "algebra.add_subtract", reason, Weight::Main).is_ok();
            d.line(Detail::Textbook);
            let operands: Vec<u32> = (0u32..).take(own.len()).collect();
            let pos = if s.same(term, a) { Position::root() } else { Position::root().select(&operands) };
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let there = s.subst(f.part, &std::iter::once((v, Arg::Val(at))).collect());
            let reason = Text::words("constant, since its derivative is 0: put ").term(s.rel(RelOp::Eq, s.name(v), at));
            let ground = Ground::Constant(Turning { by: v, at });
            if !placed || d.step(&pos, &f, ground, there, "diff.constant", reason, Weight::Main).is_err() {
                continue;
            }
            d.line(Detail::Textbook);
            if !s.same(d.current(), b) && d.rewrite(b, "arithmetic.values", Text::words("values"), Weight::Main).is_err() {
                continue;
            }
            d.line(Detail::Textbook);
            slope.line(Detail::Brief);
            let mut items = e.pending.borrow_mut().split_off(shown);
            items.push(e.lemma_item(lemma, &slope, Text::words("The derivative of ").term(term).and(":")));
            return Some((d, items));
        }
        e.pending.borrow_mut().truncate(shown);
        None
    })
}
