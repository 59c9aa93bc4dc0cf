//! `find u, v such that A = B for all x`: the form with the unknowns is matched with the known one, coefficient by coefficient;
//! what is found is checked by substitution.

use super::convert;
use super::unify::{Assigned, Unifier};
use crate::draft::Draft;
use crate::moves::Depth;
use crate::tidy::tidy;
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{Claim, Derivation, Item, Solution, Status, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Arg, Goal, Id, Node, RelOp, VarId};
use std::sync::Arc;

/// What a way of finding gives: the values, and what is written down.
pub(super) struct Findings {
    pub values: Vec<Assigned>,
    pub items: Vec<Item>,
    pub assumptions: Vec<Id>,
}

/// Answers `find unknowns such that condition for all …`.
pub(crate) fn answer(e: &Engine<'_>, goal: &Goal, unknowns: &[VarId], condition: Id, for_all: &[VarId]) -> Solution {
    let s = e.store;
    let mut out = super::blank(goal);
    let mut task = Text::words("Find ");
    for (k, v) in unknowns.iter().enumerate() {
        task = if k == 0 { task } else { task.and(if k + 1 == unknowns.len() { " and " } else { ", " }) };
        task = task.term(s.name(*v));
    }
    task = task.and(" such that ").term(condition);
    for (k, v) in for_all.iter().enumerate() {
        task = task.and(if k == 0 { " for all " } else { ", " }).term(s.name(*v));
    }
    out.task = task.and(".");
    out.recalls = e.recalls(goal, condition);
    let Node::Rel(RelOp::Eq, a, b) = *s.node(condition) else { return super::unsupported(e, goal) };
    let givens = e.givens(goal);
    let has = |t: Id| unknowns.iter().any(|v| s.mentions(t, *v));
    // The side with the unknowns is the form that is matched.
    let (template, known) = if has(a) { (a, b) } else { (b, a) };
    let matched = if has(known) { None } else { matching(e, goal, unknowns, for_all, (template, known), &givens) };
    let found = matched.or_else(|| super::identity::compare(e, unknowns, for_all, (a, b), &givens));
    let found = found.or_else(|| super::identity::isolated(e, unknowns, for_all, (a, b), &givens));
    match found {
        Some(f) => conclude(e, goal, out, unknowns, condition, for_all, f),
        None => {
            let items = vec![Item::Say(Text::words("No way of matching the two sides is known."))];
            finished(out, Claim::Found { condition, values: Vec::new(), for_all: for_all.to_vec() }, items, Vec::new(), Status::Unknown)
        }
    }
}

fn finished(mut out: Solution, claim: Claim, items: Vec<Item>, assumptions: Vec<Id>, status: Status) -> Solution {
    let status = if status == Status::Proved && !assumptions.is_empty() { Status::Conditional } else { status };
    out.status = status;
    out.derivation =
        Some(Arc::new(Derivation { claim, heading: Text::default(), items, assumptions, notes: Vec::new(), status, lemma: None }));
    out
}

/// Matches the forms: as they stand, by a cited result, and with the names opened.
fn matching(
    e: &Engine<'_>,
    _goal: &Goal,
    unknowns: &[VarId],
    for_all: &[VarId],
    (template, known): (Id, Id),
    givens: &[Id],
) -> Option<Findings> {
    if let Some(f) = convert::by_citation(e, unknowns, for_all, (template, known), givens) {
        return Some(f);
    }
    if e.store.sort(template).is_tensor() {
        let mut u = Unifier::new(e, unknowns, for_all, givens);
        let items = vec![Item::Say(Text::words("Compare the two sides entry by entry:"))];
        return (u.unify(template, known) && u.found.len() == unknowns.len()).then_some(Findings {
            values: u.found,
            items,
            assumptions: Vec::new(),
        });
    }
    // The fewer names are opened, the better.
    let (forms, knowns) = (layers(e, template, givens), layers(e, known, givens));
    let mut pairs: Vec<(usize, usize)> = (0..forms.stops.len()).flat_map(|i| (0..knowns.stops.len()).map(move |j| (i, j))).collect();
    pairs.sort_by_key(|(i, j)| (i + j, *i));
    pairs.into_iter().find_map(|(i, j)| {
        let form = forms.stops.get(i)?.term;
        let mut w = layers(e, known, givens);
        w.cut(j);
        compared(e, unknowns, for_all, (template, form), w, givens)
    })
}

/// A side with its names opened layer by layer, the worksheet's first.
fn layers<'s>(e: &Engine<'s>, t: Id, givens: &[Id]) -> Walk<'s> {
    let mut w = Walk::new(Draft::new(e.prover, t, givens));
    for depth in [Depth::Sheet, Depth::All] {
        for _ in 0..4 {
            let Some(back) = e.open_names(&mut w.d, depth) else { break };
            w.stop(back);
        }
    }
    w
}

/// The known side brought into the form of the other, and compared with it.
fn compared<'s>(
    e: &Engine<'s>,
    unknowns: &[VarId],
    for_all: &[VarId],
    (template, form): (Id, Id),
    mut w: Walk<'s>,
    givens: &[Id],
) -> Option<Findings> {
    let s = e.store;
    let mut u = Unifier::new(e, unknowns, for_all, givens);
    let heads = u.heads(form);
    let mut items = Vec::new();
    // Kernels that the form does not have are put in terms of those it has; numbers are found by comparing coefficients instead.
    let arrays = unknowns.iter().any(|v| s.var(*v).sort.is_tensor());
    for g in u.heads(w.d.current()) {
        if !heads.contains(&g) {
            items.extend(convert::rewrite_kernel(e, &mut w, g, &heads, arrays));
        }
    }
    if !u.unify(form, w.d.current()) || u.found.len() != unknowns.len() {
        u = Unifier::new(e, unknowns, for_all, givens);
        let turned = heads.iter().any(|g| convert::share_as_sigmoid(e, &mut w, *g)) && u.unify(form, w.d.current());
        if !turned || u.found.len() != unknowns.len() {
            return None;
        }
    }
    if let Some(spread) = u.spread(w.d.current()).filter(|t| !s.same(*t, w.d.current())) {
        // If it is refused, the blocks were only a way of finding the values.
        let _ = e.line_to(&mut w.d, spread, "algebra.distribute", Text::words("distribute; split the sum"));
    }
    w.d.line(Detail::Brief);
    if w.d.len() > 0 {
        items.push(Item::Chain(w.d.chain(e.detail())));
    }
    let of = if s.same(template, form) {
        Text::words("Compare this with ").term(form)
    } else {
        Text::words("Compare this with ").term(s.rel(RelOp::Eq, template, form))
    };
    items.push(Item::Say(of.and(", coefficient by coefficient:")));
    Some(Findings { values: u.found, items, assumptions: w.d.proof.assumptions() })
}

#[allow(clippy::too_many_arguments, reason = "the parts of one answer")]
fn conclude(e: &Engine<'_>, goal: &Goal, out: Solution, unknowns: &[VarId], condition: Id, for_all: &[VarId], f: Findings) -> Solution {
    let s = e.store;
    let givens: Vec<Id> = e.givens(goal).into_iter().chain(f.assumptions.iter().copied()).collect();
    let mut items = f.items;
    let whole: Vec<(VarId, Id)> = f.values.iter().map(|a| (a.var, tensor_of(e, a))).collect();
    let read = read_whole(e, goal, (condition, for_all), &f.values, &givens);
    if let Some(shown) = read.as_ref().and_then(|values| distributed(e, unknowns, condition, values, &givens)) {
        items = shown;
    }
    let whole = read.unwrap_or(whole);
    let mut assumptions = f.assumptions;
    let claim = |values: &[(VarId, Id)]| Claim::Found { condition, values: values.to_vec(), for_all: for_all.to_vec() };
    match e.prover.satisfies(&givens, condition, &whole, for_all) {
        Ok(more) => assumptions.extend(more.into_iter().filter(|c| !assumptions.contains(c)).collect::<Vec<_>>()),
        Err(_) => {
            items.push(Item::Say(Text::words("That these values satisfy the condition could not be checked by putting them in.")));
            return finished(out, claim(&whole), items, assumptions, Status::Unknown);
        }
    }
    // Conditions on one quantity are said together, if that is enough.
    let plain = super::domain::distinct(s, &super::conditions::solved(&gradus_decide::Facts::new(s, &givens), &assumptions));
    let under: Vec<Id> = e.givens(goal).into_iter().chain(plain.iter().copied()).collect();
    if plain.len() < assumptions.len() && e.prover.satisfies(&under, condition, &whole, for_all).is_ok_and(|more| more.is_empty()) {
        assumptions = plain;
    }
    let equation = |a: &Assigned| match whole.iter().find(|x| x.0 == a.var).map(|x| (x.1, s.node(x.1))) {
        Some((t, n)) if !a.ix.is_empty() && !matches!(n, Node::Tensor { .. }) => s.rel(RelOp::Eq, s.name(a.var), t),
        _ => equation_of(e, a),
    };
    let shown: Vec<Id> = unknowns.iter().filter_map(|v| f.values.iter().find(|a| a.var == *v)).map(equation).collect();
    if goal.expect_eqs.is_empty() {
        items.push(Item::Answer(one_or_all(e, &shown), Text::default()));
        let mut out = out;
        if let [(_, v)] = whole.as_slice() {
            out.result = Some(*v);
        }
        return finished(out, claim(&whole), items, assumptions, Status::Proved);
    }
    expected(e, goal, out, unknowns, condition, for_all, (whole, shown), items, assumptions)
}

/// Parameters that were expected: any that satisfy the condition pass, and are shown as they were written.
#[allow(clippy::too_many_arguments, reason = "the parts of one answer")]
fn expected(
    e: &Engine<'_>,
    goal: &Goal,
    mut out: Solution,
    unknowns: &[VarId],
    condition: Id,
    for_all: &[VarId],
    (found, shown): (Vec<(VarId, Id)>, Vec<Id>),
    mut items: Vec<Item>,
    assumptions: Vec<Id>,
) -> Solution {
    let s = e.store;
    let givens = e.givens(goal);
    let facts = gradus_decide::Facts::new(s, &givens);
    let mut values = found.clone();
    for (l, r) in &goal.expect_eqs {
        let Some((v, t)) = stated(e, *l, *r) else { continue };
        if let Some(x) = values.iter_mut().find(|x| x.0 == v) {
            x.1 = t;
        }
    }
    let same = values.iter().zip(&found).all(|(x, y)| facts.equal(x.1, y.1).is_proved());
    let claim = Claim::Found { condition, values: values.clone(), for_all: for_all.to_vec() };
    let equations: Vec<Id> = goal.expect_eqs.iter().map(|(l, r)| s.rel(RelOp::Eq, *l, *r)).collect();
    let _ = unknowns;
    match e.prover.satisfies(&givens, condition, &values, for_all) {
        Ok(_) => {
            if !same {
                items.push(Item::Say(
                    Text::words("This way gives ").term(one_or_all(e, &shown)).and("; the values asked for satisfy the condition as well."),
                ));
            }
            items.push(Item::Answer(one_or_all(e, &equations), Text::default()));
            if let [(_, v)] = values.as_slice() {
                out.result = Some(*v);
            }
            finished(out, claim, items, assumptions, Status::Proved)
        }
        Err(gradus_kernel::Refused::Refuted(c)) => {
            out.counterexample = Some(e.counterexample(&c));
            items.push(Item::Answer(one_or_all(e, &shown), Text::default()));
            finished(out, claim, items, assumptions, Status::Refuted)
        }
        Err(_) => {
            items.push(Item::Answer(one_or_all(e, &shown), Text::default()));
            finished(out, claim, items, assumptions, Status::Unknown)
        }
    }
}

fn one_or_all(e: &Engine<'_>, xs: &[Id]) -> Id {
    match xs {
        [x] => *x,
        _ => e.store.intern(Node::And(xs.into())),
    }
}

/// `v[i, j] = t` or `v = t` as a value for v.
fn stated(e: &Engine<'_>, l: Id, r: Id) -> Option<(VarId, Id)> {
    let s = e.store;
    match s.node(l) {
        Node::Var(v) => Some((*v, r)),
        Node::Entry(t, ix) => {
            let Node::Var(v) = s.node(*t) else { return None };
            let ix: Option<Vec<VarId>> = ix
                .iter()
                .map(|a| match a.as_var() {
                    Some(gradus_term::IVar::Free(w)) => Some(w),
                    _ => None,
                })
                .collect();
            Some((*v, s.tensor(&ix?, s.sort(*t).dims(), r)))
        }
        Node::Index(a) => match a.as_var() {
            Some(gradus_term::IVar::Free(v)) => Some((v, r)),
            _ => None,
        },
        _ => None,
    }
}

/// Between tensors, the known side brought into the form of the other: `V (W x + b) = V W x + V b`.
fn distributed(e: &Engine<'_>, unknowns: &[VarId], condition: Id, values: &[(VarId, Id)], givens: &[Id]) -> Option<Vec<Item>> {
    let s = e.store;
    let Node::Rel(_, a, b) = *s.node(condition) else { return None };
    let (template, known) = if unknowns.iter().any(|v| s.mentions(a, *v)) { (a, b) } else { (b, a) };
    if !s.sort(template).is_tensor() {
        return None;
    }
    let map = values.iter().map(|(v, t)| (*v, Arg::Val(*t))).collect();
    let new = tidy(s, s.subst(template, &map));
    let mut d = Draft::new(e.prover, known, givens);
    e.rewrite_any(&mut d, new, "algebra.distribute", Text::words("distribute and collect"), Weight::Main).ok()?;
    d.line(Detail::Brief);
    let compare = Item::Say(Text::words("Compare this with ").term(template).and(":"));
    Some(vec![Item::Chain(d.chain(e.detail())), compare])
}

/// The values of a condition without entries as matrices, if all of them can be read so: `W V` for `Σ_l W_jl V_lk`.
fn read_whole(
    e: &Engine<'_>,
    goal: &Goal,
    (condition, for_all): (Id, &[VarId]),
    values: &[Assigned],
    givens: &[Id],
) -> Option<Vec<(VarId, Id)>> {
    let s = e.store;
    let by_entries = s.any_subterm(condition, &mut |n| matches!(n, Node::Entry(..) | Node::Big { .. }));
    if by_entries || values.iter().all(|a| a.ix.is_empty()) {
        return None;
    }
    let read = |a: &Assigned| {
        if a.ix.is_empty() {
            return Some((a.var, a.value));
        }
        let d = Draft::new(e.prover, a.value, givens);
        let dims = s.var(a.var).sort.dims().to_vec();
        let indices = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Big { .. } | Node::Tensor { .. }));
        let found = e.read_tensor(&d, &a.ix, &dims, None, goal).into_iter().find(|t| !indices(*t))?;
        Some((a.var, found))
    };
    let whole = values.iter().map(read).collect::<Option<Vec<_>>>()?;
    e.prover.satisfies(givens, condition, &whole, for_all).is_ok().then_some(whole)
}

/// The value of an unknown as a whole.
fn tensor_of(e: &Engine<'_>, a: &Assigned) -> Id {
    let s = e.store;
    if a.ix.is_empty() {
        return a.value;
    }
    s.tensor(&a.ix, s.var(a.var).sort.dims(), a.value)
}

/// `v[j, i] = t`, as it is shown.
fn equation_of(e: &Engine<'_>, a: &Assigned) -> Id {
    let s = e.store;
    let ix: Vec<Aff> = a.ix.iter().map(|v| Aff::free(*v)).collect();
    let left = if ix.is_empty() { s.name(a.var) } else { s.intern(Node::Entry(s.name(a.var), ix.into())) };
    s.rel(RelOp::Eq, left, tidy(s, a.value))
}
