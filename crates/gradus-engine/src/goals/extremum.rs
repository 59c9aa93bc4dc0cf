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
use gradus_term::{Arg, Id, Node, Position, RelOp, VarId};

/// Derivatives of derivatives that are taken.
const DEPTH: usize = 4;

/// Shows `condition` by the least value of a difference; what is said, or `None`.
pub(super) fn by_extremum(e: &Engine<'_>, condition: Id, difference: Id, op: RelOp, givens: &[Id]) -> Option<Vec<Item>> {
    let sign = if matches!(op, RelOp::Lt | RelOp::Gt) { RelOp::Gt } else { RelOp::Ge };
    if matches!(op, RelOp::Eq | RelOp::Ne) {
        return None;
    }
    reals(e, difference).into_iter().find_map(|v| {
        let items = least(e, difference, sign, (v, givens), &mut Vec::new())?;
        e.prover.holds_where_least(givens, condition).then_some(items)
    })
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
    ways.collect::<Vec<_>>().into_iter().find_map(|(form, under)| {
        let (shown, mark) = (e.pending.borrow().len(), seen.len());
        let found = with_derivative(e, term, sign, (v, givens), seen, (form, under));
        if found.is_none() {
            e.pending.borrow_mut().truncate(shown);
            seen.truncate(mark);
        }
        found
    })
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
    let (at, plain, strictly, before, said) = points(e, term, slope, v, givens).into_iter().find_map(|at| {
        let value = s.subst(term, &std::iter::once((v, Arg::Val(at))).collect());
        let zero = facts.equal(value, s.int(0)).is_proved();
        if !zero && facts.holds(s.rel(strong, value, s.int(0))) != Tri::True {
            return None;
        }
        let number = s.free_vars(value).is_empty().then(|| e.number_worked_out(value, givens));
        let forms = e.forms(&facts, value).into_iter().chain([value]).chain(number).map(|t| tidy(s, t));
        let plain = if zero { s.int(0) } else { forms.min_by_key(|t| cost(s, *t))? };
        e.prover.look_at(Turning { by: v, at });
        let strictly = zero && sign == strong;
        let mut before: Vec<Item> = Vec::new();
        let mut said: Vec<Text> = Vec::new();
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
                before.extend(least(e, slope, op, (v, &known), seen)?);
            }
            let words = Text::default().term(claim);
            said.push(if facts.holds(beyond(on)) == Tri::True { words } else { words.and(" for ").term(beyond(on)) });
        }
        Some((at, plain, strictly, before, said))
    })?;
    let mut items = e.pending.borrow_mut().split_off(shown);
    d.line(Detail::Brief);
    if !repeated {
        items.push(e.lemma_item(lemma, &d, Text::words("The derivative of ").term(term).and(":")));
    }
    let (begin, then) = if before.is_empty() { ("Here ", ", so ") } else { ("So ", ", and ") };
    items.extend(before);
    let text = said.iter().enumerate().fold(Text::words(begin), |t, (k, x)| if k == 0 { t } else { t.and(" and ") }.text(x));
    let word = match (rising, strictly) {
        (true, false) => " is least at ",
        (false, false) => " is greatest at ",
        (true, true) => " is greater than at ",
        (false, true) => " is less than at ",
    };
    let is = s.rel(RelOp::Eq, s.name(v), at);
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
