//! Scalar parameters of an identity: everything on one fraction, then the coefficient of every kernel must vanish.

use super::chase::{Chase, End};
use super::find::Findings;
use super::unify::Assigned;
use crate::bridge::replace_all;
use crate::draft::Draft;
use crate::moves::Depth;
use crate::tidy::{factors, summands, tidy};
use crate::walk::Walk;
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::{rearranged, Condition, Inline, Item, Text};
use gradus_term::{Arg, Id, Node, Prim, RelOp, Sort, Store, Summand, VarId, VarInfo, VarKind};
use rustc_hash::FxHashMap;

/// Compares coefficients of `a = b` in the names it must hold for, and solves for scalar unknowns.
pub(super) fn compare(e: &Engine<'_>, unknowns: &[VarId], for_all: &[VarId], (a, b): (Id, Id), givens: &[Id]) -> Option<Findings> {
    let s = e.store;
    if unknowns.iter().any(|v| !s.var(*v).sort.is_scalar() || s.var(*v).is_integer()) || !s.sort(a).is_scalar() {
        return None;
    }
    [Depth::Entries, Depth::Sheet, Depth::All].into_iter().find_map(|depth| at_depth(e, unknowns, for_all, (a, b), givens, depth))
}

fn at_depth(e: &Engine<'_>, unknowns: &[VarId], for_all: &[VarId], (a, b): (Id, Id), givens: &[Id], depth: Depth) -> Option<Findings> {
    let s = e.store;
    let facts = Facts::new(s, givens);
    let mut lines = vec![Condition::equivalent(s.rel(RelOp::Eq, a, b), Text::default())];
    let open = |t: Id| {
        let mut w = Walk::new(Draft::new(e.prover, t, givens));
        let mut why = Text::default();
        while let Some(back) = e.open_names(&mut w.d, depth) {
            why = why.also(&back);
            w.stop(back);
        }
        (w.d.current(), why)
    };
    let ((x, why), (y, also)) = (open(a), open(b));
    if !s.same(x, a) || !s.same(y, b) {
        let why = if also.is_empty() || also.0 == why.0 { why } else { why.also(&also) };
        lines.push(Condition::equivalent(s.rel(RelOp::Eq, x, y), why));
    }
    let difference = tidy(s, s.sub(x, y));
    let one = facts.together(difference)?;
    let (top, bottom) = match s.node(one) {
        Node::Quot(n, d) => (*n, Some(*d)),
        _ => (one, None),
    };
    let flat = facts.expand(top).map(|t| tidy(s, t))?;
    if bottom.is_some() {
        let why = "multiply by the common denominator; bring everything to one side";
        lines.push(Condition::equivalent(s.rel(RelOp::Eq, flat, s.int(0)), Text::words(why)));
    } else if !s.same(flat, difference) {
        lines.push(Condition::equivalent(s.rel(RelOp::Eq, flat, s.int(0)), Text::words("bring everything to one side; expand")));
    }
    let solve = |flat: Id| {
        let groups = coefficients(e, flat, for_all);
        let equations: Vec<Id> = groups.iter().map(|(_, c)| *c).collect();
        system(e, unknowns, &equations, givens, 0).map(|solved| (groups, solved))
    };
    let (groups, solved) = match solve(flat) {
        Some(found) => found,
        None if solve(exponents_apart(s, flat, for_all)).is_some() => {
            let apart = exponents_apart(s, flat, for_all);
            lines.push(Condition::equivalent(
                s.rel(RelOp::Eq, apart, s.int(0)),
                Text::words("bring everything to one side; split the exponents"),
            ));
            solve(apart)?
        }
        // Functions that the laws of exponentials and logarithms put in terms of each other.
        None => {
            let normal = facts.nf(flat).ok().and_then(|n| facts.to_term(&n)).map(|t| tidy(s, t)).filter(|t| !rearranged(s, *t, flat))?;
            let angles = s.any_subterm(flat, &mut |n| match n {
                Node::Call(f, xs) => {
                    matches!(s.prim(*f), Some(Prim::Sin | Prim::Cos)) && xs.iter().any(|x| matches!(s.node(*x), Node::Sum(_)))
                }
                _ => false,
            });
            let why = if angles { "addition theorem; bring everything to one side" } else { "simplify" };
            lines.push(Condition::equivalent(s.rel(RelOp::Eq, normal, s.int(0)), Text::words(why)));
            solve(normal)?
        }
    };
    let mut items = vec![Item::Conditions(lines)];
    items.push(Item::Say(Text::words("This holds for all values exactly if every coefficient vanishes:")));
    for (k, c) in &groups {
        let words = if crate::tidy::is_one(s, *k) { Text::words("the rest") } else { Text::words("coefficient of ").term(*k) };
        items.push(Item::Show(s.rel(RelOp::Eq, *c, s.int(0)), words));
    }
    let values = solved.into_iter().map(|(var, value)| Assigned { var, ix: Vec::new(), value }).collect();
    Some(Findings { values, items, assumptions: Vec::new() })
}

/// `e^(2x + 3)` as `e³ e^(2x)`: what varies apart from what does not.
fn exponents_apart(s: &Store, t: Id, for_all: &[VarId]) -> Id {
    let apart = |t: Id| {
        let Node::Call(f, xs) = s.node(t) else { return None };
        let u = xs.first().filter(|_| s.prim(*f) == Some(Prim::Exp))?;
        let (moving, still): (Vec<Summand>, Vec<Summand>) =
            summands(s, *u).into_iter().partition(|x| for_all.iter().any(|v| s.mentions(x.term, *v)));
        let both = !moving.is_empty() && !still.is_empty();
        both.then(|| s.mul(s.exp(s.sum(&still)), s.exp(s.sum(&moving))))
    };
    s.bottom_up(t, false, &mut |t| apart(t).unwrap_or(t))
}

/// Where the unknowns stand in one argument alone, the equation is first solved for it: `log(u x) = log x + 1` for u x.
pub(super) fn isolated(e: &Engine<'_>, unknowns: &[VarId], for_all: &[VarId], (a, b): (Id, Id), givens: &[Id]) -> Option<Findings> {
    let s = e.store;
    let has = |t: Id| unknowns.iter().any(|v| s.mentions(t, *v));
    let (template, known) = if has(a) { (a, b) } else { (b, a) };
    let part = only_place(e, template, unknowns).filter(|p| !has(known) && s.sort(*p).is_scalar())?;
    let z = s.declare(VarInfo::new("z", VarKind::Opened, Sort::Scalar));
    let outer = replace_all(s, template, part, s.name(z));
    if has(outer) {
        return None;
    }
    let mut chase = Chase::new(e, z, givens, s.rel(RelOp::Eq, outer, known));
    let End::Values(values) = chase.run() else { return None };
    let ([value], []) = (values.as_slice(), chase.assumes.as_slice()) else { return None };
    let map: FxHashMap<VarId, Arg> = std::iter::once((z, Arg::Val(part))).collect();
    let put = |t: Id| s.subst(t, &map);
    let said = |why: Text| {
        let each = why.0.into_iter().map(|x| if let Inline::Term(t) = x { Inline::Term(put(t)) } else { x });
        Text(each.collect())
    };
    let mut items: Vec<Item> = Vec::new();
    for item in chase.items {
        let Item::Conditions(lines) = item else { return None };
        let put_in = |x: Condition| Condition { condition: put(x.condition), reason: said(x.reason), ..x };
        items.push(Item::Conditions(lines.into_iter().map(put_in).collect()));
    }
    let mut found = compare(e, unknowns, for_all, (part, *value), givens)?;
    // Its first line is the last one here.
    if let (Some(Item::Conditions(before)), Some(Item::Conditions(after))) = (items.last_mut(), found.items.first_mut()) {
        before.extend(after.drain(..).skip(1));
        found.items.remove(0);
    }
    Some(Findings { items: items.into_iter().chain(found.items).collect(), ..found })
}

/// The innermost argument of a function or power that holds all places of the unknowns.
fn only_place(e: &Engine<'_>, whole: Id, unknowns: &[VarId]) -> Option<Id> {
    let s = e.store;
    let (mut at, mut found) = (whole, None);
    loop {
        let node = s.node(at);
        let children = node.children();
        let mut holders = children.iter().filter(|(x, _)| unknowns.iter().any(|v| s.mentions(*x, *v)));
        // Below a binder a part is no closed term.
        let (Some((x, 0)), None) = (holders.next(), holders.next()) else { return found };
        at = *x;
        if !matches!(node, Node::Sum(_) | Node::Product(_) | Node::Quot(..)) {
            found = Some(at);
        }
    }
}

/// The coefficients of the kernels that vary, in order of appearance.
fn coefficients(e: &Engine<'_>, t: Id, for_all: &[VarId]) -> Vec<(Id, Id)> {
    let s = e.store;
    let varies = |x: Id| for_all.iter().any(|v| s.mentions(x, *v));
    let mut groups: Vec<(Id, Vec<Summand>)> = Vec::new();
    for x in summands(s, t) {
        let (num, den) = match s.node(x.term) {
            Node::Quot(a, b) => (factors(s, *a), factors(s, *b)),
            _ => (factors(s, x.term), Vec::new()),
        };
        let (moving, still): (Vec<Id>, Vec<Id>) = num.into_iter().partition(|f| varies(*f));
        let (below, under): (Vec<Id>, Vec<Id>) = den.into_iter().partition(|f| varies(*f));
        let over = |a: Id, b: &[Id]| if b.is_empty() { a } else { s.quot(a, s.product(b)) };
        let kernel = over(s.product(&moving), &below);
        let part = Summand { neg: x.neg, term: over(s.product(&still), &under) };
        match groups.iter_mut().find(|(k, _)| rearranged(s, *k, kernel)) {
            Some((_, xs)) => xs.push(part),
            None => groups.push((kernel, vec![part])),
        }
    }
    groups.into_iter().map(|(k, xs)| (k, tidy(s, s.sum(&xs)))).collect()
}

/// Solves `c = 0` for all of these: an equation in one unknown first, its values put into the others.
fn system(e: &Engine<'_>, unknowns: &[VarId], equations: &[Id], givens: &[Id], depth: u32) -> Option<Vec<(VarId, Id)>> {
    let s = e.store;
    let facts = Facts::new(s, givens);
    let of = |c: Id| unknowns.iter().copied().filter(|v| s.mentions(c, *v)).collect::<Vec<_>>();
    let open: Vec<Id> = equations.iter().copied().filter(|c| !facts.equal(*c, s.int(0)).is_proved()).collect();
    if depth > 12 || open.iter().any(|c| of(*c).is_empty()) {
        return None;
    }
    if open.is_empty() {
        // Unknowns that nothing determines are 0.
        return Some(unknowns.iter().map(|v| (*v, s.int(0))).collect());
    }
    let mut order = open.clone();
    order.sort_by_key(|c| (of(*c).len(), crate::cost::cost(s, *c)));
    for c in order {
        for v in of(c) {
            let mut chase = Chase::new(e, v, givens, s.rel(RelOp::Eq, c, s.int(0)));
            let End::Values(values) = chase.run() else { continue };
            if !chase.assumes.is_empty() {
                continue;
            }
            for value in values {
                let map: FxHashMap<VarId, Arg> = std::iter::once((v, Arg::Val(value))).collect();
                let rest: Vec<Id> = open.iter().map(|c| tidy(s, s.subst(*c, &map))).collect();
                let others: Vec<VarId> = unknowns.iter().copied().filter(|w| *w != v).collect();
                let Some(mut solved) = system(e, &others, &rest, givens, depth + 1) else { continue };
                let map: FxHashMap<VarId, Arg> = solved.iter().map(|(w, t)| (*w, Arg::Val(*t))).collect();
                let value = s.subst(value, &map);
                let value = facts.expand(value).map_or(value, |t| tidy(s, t));
                solved.push((v, value));
                solved.sort_by_key(|x| unknowns.iter().position(|w| *w == x.0));
                return Some(solved);
            }
        }
    }
    None
}
