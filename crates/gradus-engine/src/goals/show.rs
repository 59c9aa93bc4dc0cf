//! `show`: an equation with both sides connected, entry by entry for tensors; other relations by their reason.
//!
//! Both sides are walked down by the same moves; where the walks meet, the right one is climbed back up, so the page has one
//! chain from the left side to the right one. Names are opened only as far as is needed.

use super::at_values::Values;
use super::sides::{self, Met};
use crate::draft::{outermost, Draft};
use crate::reading::words::letters;
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{Claim, Derivation, Ground, Item, Solution, Status, Substitution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Goal, Id, Node, Position, Prim, RelOp, Sort, Store, VarId};
use std::sync::Arc;

/// Arrays of at most this many entries are shown entry by entry, written out.
const WRITTEN: i64 = 6;
/// Layers of names that are put in for matrices.
const NAMES: usize = 4;

/// What is said where two products of matrices are the same sum of words.
const MULTIPLIED: &str = "multiply out; a matrix times its inverse is the identity";
const EXPONENTS: &str = "exponents of one matrix add up";

/// Answers `show claim`.
pub(crate) fn answer(e: &Engine<'_>, goal: &Goal, claim: Id) -> Solution {
    let s = e.store;
    let mut out = match s.node(claim) {
        Node::Rel(RelOp::Eq, a, b) => equation(e, goal, *a, *b),
        Node::And(xs) => several(e, goal, claim, &xs.clone()),
        _ => super::relation::answer(e, goal, claim),
    };
    out.task = Text::words("Show that ").term(claim).and(".");
    out.result = None;
    out.recalls = e.recalls(goal, claim);
    out
}

/// A chain of relations, one after the other.
fn several(e: &Engine<'_>, goal: &Goal, claim: Id, parts: &[Id]) -> Solution {
    let mut items = Vec::new();
    let mut status = Status::Proved;
    let mut assumptions = Vec::new();
    let mut out = super::blank(goal);
    for c in parts {
        let one = answer(e, &Goal { label: None, ..goal.clone() }, *c);
        status = worse(status, one.status);
        out.counterexample = out.counterexample.or(one.counterexample);
        if let Some(d) = one.derivation {
            assumptions.extend(d.assumptions.iter().copied().filter(|a| !assumptions.contains(a)).collect::<Vec<_>>());
            items.push(Item::Say(Text::words("First part of the claim: ").term(*c).and(".")));
            if items.len() > 1 {
                items.pop();
                items.push(Item::Say(Text::words("Next: ").term(*c).and(".")));
            }
            items.extend(d.items.iter().cloned());
        }
    }
    out.status = status;
    out.derivation = Some(Arc::new(Derivation {
        claim: Claim::Holds(claim),
        heading: Text::default(),
        items,
        assumptions,
        notes: Vec::new(),
        status,
        lemma: None,
    }));
    out
}

fn worse(a: Status, b: Status) -> Status {
    let rank = |s: Status| match s {
        Status::Proved => 0,
        Status::Conditional => 1,
        Status::Unknown => 2,
        Status::Refuted => 3,
        Status::Error => 4,
    };
    if rank(b) > rank(a) {
        b
    } else {
        a
    }
}

fn equation(e: &Engine<'_>, goal: &Goal, a: Id, b: Id) -> Solution {
    let givens = e.givens(goal);
    if let Some(c) = e.difference_in_value(a, b, &givens) {
        return refuted(e, goal, Claim::Equal(a, b), &c);
    }
    if e.store.sort(a).is_tensor() {
        return derived(e, goal, a, b, &givens).unwrap_or_else(|| tensor(e, goal, a, b, &givens));
    }
    if e.rests_on_derivative(a) && !e.rests_on_derivative(b) && e.opens_a_derivative(a) {
        return differentiated(e, goal, a, b, &givens);
    }
    if crate::tidy::has_derivative(e.store, a) {
        if !crate::tidy::has_derivative(e.store, b) {
            return differentiated(e, goal, a, b, &givens);
        }
        for (t, heading) in [(a, "The derivative on the left side:"), (b, "The derivative on the right side:")] {
            e.derivatives_apart(t, &givens, heading);
        }
    }
    let mut items = e.pending.take();
    let mut met = sides::connect(e, a, b, &givens);
    if !matches!(&met, Met::Joined(d) if !d.is_unexplained()) {
        if let Some(d) = super::determinants::connect(e, a, b, &givens) {
            met = Met::Joined(d);
        }
    }
    if matches!(met, Met::Apart(..)) && (speaks_of_traces(e.store, a) || speaks_of_traces(e.store, b)) {
        let why = match () {
            () if inverted(e.store, a) || inverted(e.store, b) => "the trace is cyclic; a matrix times its inverse is the identity",
            () if raised(e.store, a) || raised(e.store, b) => "the trace is cyclic; exponents of one matrix add up",
            () => "the trace is cyclic",
        };
        let mut plain = Draft::new(e.prover, a, &givens);
        if by_extension(&mut plain, b, why) {
            plain.line(Detail::Brief);
            met = Met::Joined(plain);
        } else if let Some(d) = (1..=NAMES).find_map(|layers| with_names_put_in(e, a, b, (&givens, why), layers)) {
            met = Met::Joined(d);
        }
    }
    if matches!(met, Met::Apart(..)) {
        if let Some((d, more)) = super::extremum::by_constancy(e, a, b, &givens) {
            items.extend(more);
            met = Met::Joined(d);
        }
    }
    if !matches!(&met, Met::Joined(d) if !d.is_unexplained()) {
        let by_sum = || super::telescope::either_way(e, a, b, &givens).map(|(d, lines)| (d, vec![Item::Chain(lines)]));
        if let Some((d, lines)) = by_sum().or_else(|| super::by_cases::by_cases(e, a, b, &givens)) {
            return e.conclude(goal, &d, a, items.into_iter().chain(lines).collect(), true, super::finish::Expected::Met);
        }
    }
    finish(e, goal, a, b, &givens, met, items)
}

/// Whether an inverse stands in a term.
fn inverted(s: &Store, t: Id) -> bool {
    s.any_subterm(t, &mut |n| is_inverse(s, n))
}
fn is_inverse(s: &Store, n: &Node) -> bool {
    matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Inv))
}
/// Whether a power of a matrix with a symbolic exponent stands in a term.
fn raised(s: &Store, t: Id) -> bool {
    s.any_subterm(t, &mut |n| matches!(n, Node::Pow(b, k) if s.sort(*b).is_tensor() && s.as_rational(*k).is_none()))
}
fn speaks_of_traces(s: &Store, t: Id) -> bool {
    s.any_subterm(t, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Tr)))
}

/// A derivative on the left side: it is evaluated and brought into the form of the right side.
fn differentiated(e: &Engine<'_>, goal: &Goal, a: Id, b: Id, givens: &[Id]) -> Solution {
    let mut d = Draft::new(e.prover, a, givens);
    let mut items = Vec::new();
    e.names_of_derivatives(&mut d, a);
    let complete = e.derive_chain(&mut d, goal, &mut items);
    let expected = e.meet_expectation(&mut d, Some(b));
    super::derive::close_items(e, &d, &mut items);
    e.conclude(goal, &d, a, items, complete, expected)
}

/// A claim that the judge refutes.
pub(super) fn refuted(e: &Engine<'_>, goal: &Goal, claim: Claim, c: &gradus_judge::Counterexample) -> Solution {
    let mut out = super::blank(goal);
    out.status = Status::Refuted;
    let plain = super::counterexample::plainest(e, &e.givens(goal), &claim, c);
    out.counterexample = Some(e.counterexample(&plain));
    out.derivation = Some(Arc::new(Derivation {
        claim,
        heading: Text::default(),
        items: Vec::new(),
        assumptions: Vec::new(),
        notes: Vec::new(),
        status: Status::Refuted,
        lemma: None,
    }));
    out
}

/// The solution whose main chain is `met`, or the lines that were reached.
fn finish<'s>(e: &Engine<'s>, goal: &Goal, a: Id, b: Id, givens: &[Id], met: Met<'s>, mut items: Vec<Item>) -> Solution {
    match met {
        Met::Joined(d) => {
            items.push(Item::Chain(d.chain(e.detail())));
            e.conclude(goal, &d, a, items, true, super::finish::Expected::Met)
        }
        Met::Apart(x, y) => {
            items.push(Item::Chain(x.d.chain(e.detail())));
            items.push(Item::Say(Text::words("The other side:")));
            items.push(Item::Chain(y.d.chain(e.detail())));
            let d = Draft::new(e.prover, a, givens);
            let mut out = e.conclude(goal, &d, a, items, false, super::finish::Expected::Met);
            restate(&mut out, Claim::Equal(a, b));
            out
        }
    }
}

/// The claim of a derivation as it was asked.
pub(super) fn restate(out: &mut Solution, claim: Claim) {
    if let Some(d) = out.derivation.as_mut().and_then(Arc::get_mut) {
        d.claim = claim;
        d.lemma = None;
    }
}

/// Tensors of which the left one is told by derivatives: each of them first, then the equation with what they are. `None` where there
/// are none, or this does not lead to the right side.
fn derived(e: &Engine<'_>, goal: &Goal, a: Id, b: Id, givens: &[Id]) -> Option<Solution> {
    let s = e.store;
    let derivative = |t: Id| crate::tidy::has_derivative(s, t);
    if !(derivative(a) || e.opens_a_derivative(a)) || derivative(b) {
        return None;
    }
    let (mut d, mut items) = (Draft::new(e.prover, a, givens), Vec::new());
    let opened = e.names_of_derivatives(&mut d, a);
    if !e.derivatives_first(&mut d, goal, opened, &Values::new(s, &[]), &mut items) || derivative(d.current()) {
        return None;
    }
    unbracketed(&mut d);
    d.line(Detail::Textbook);
    let done = s.same(d.current(), b) || {
        let why = if inverted(s, d.current()) || inverted(s, b) { MULTIPLIED } else { "multiply out" };
        let whole = by_extension(&mut d, b, why);
        d.line(Detail::Brief);
        whole
    };
    items.push(Item::Chain(d.chain(e.detail())));
    done.then(|| conclude(e, goal, a, b, &d, items, true))
}

/// Two tensors: equal because their entries are.
fn tensor(e: &Engine<'_>, goal: &Goal, a: Id, b: Id, givens: &[Id]) -> Solution {
    let s = e.store;
    let dims: Vec<Aff> = s.sort(a).dims().to_vec();
    let has_array = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Array(_)));
    let size = match dims.as_slice() {
        [n] => n.as_int().filter(|n| (1..=WRITTEN).contains(n) && (has_array(a) || has_array(b) || stacks(s, a) || stacks(s, b))),
        _ => None,
    };
    let numbered = dims.iter().any(|n| n.as_int().is_some()) && (stacks(s, a) || stacks(s, b));
    match (size, s.sort(a)) {
        (None, Sort::Tensor(_)) if numbered => {
            let mut d = Draft::new(e.prover, a, givens);
            let done = by_extension(&mut d, b, "both sides have the same entries");
            d.line(Detail::Brief);
            conclude(e, goal, a, b, &d, vec![Item::Chain(d.chain(e.detail()))], done)
        }
        (Some(n), Sort::Tensor(_)) => written(e, goal, a, b, givens, n),
        (_, Sort::Tensor(_) | Sort::Compound(_)) => general(e, goal, a, b, givens, &dims),
        _ => {
            let mut d = Draft::new(e.prover, a, givens);
            let done = by_extension(&mut d, b, "both sides have the same entries");
            d.line(Detail::Brief);
            conclude(e, goal, a, b, &d, vec![Item::Chain(d.chain(e.detail()))], done)
        }
    }
}

/// Whether a term has indices that would be compound: where sizes are numbers, its entries are counted, entry 3 of `vec(A)`.
fn stacks(s: &Store, t: Id) -> bool {
    let stacked = |p: Prim| matches!(p, Prim::Vec | Prim::Kron | Prim::Commutation | Prim::AsMatrix);
    s.any_subterm(t, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f).is_some_and(stacked)))
}

pub(super) fn by_extension(d: &mut Draft<'_>, new: Id, why: &str) -> bool {
    let pos = Position::root();
    if d.store().same(d.current(), new) {
        return true;
    }
    let Ok(f) = d.proof.focus(&pos) else { return false };
    if d.store().sort(f.part).is_scalar() {
        return d.recompute(&pos, &f, new, "matrix.multiply", Text::words(why), Weight::Main).is_ok();
    }
    d.step(&pos, &f, Ground::Extensional, new, "tensor.extensional", Text::words(why), Weight::Small).is_ok()
}

/// Entry by entry with letters for the indices.
fn general(e: &Engine<'_>, goal: &Goal, a: Id, b: Id, givens: &[Id], dims: &[Aff]) -> Solution {
    let s = e.store;
    let rows = match s.sort(a) {
        Sort::Compound(c) => Some(c.rows),
        _ => None,
    };
    let mut vars = index_letters(e, goal, a, b, dims.len());
    match (rows, vars.as_mut_slice()) {
        (Some(2), [_, j, k, _]) => std::mem::swap(j, k),
        (Some(_), [i, j]) => std::mem::swap(i, j),
        _ => {}
    }
    let ix: Vec<Aff> = vars.iter().map(|v| Aff::free(*v)).collect();
    let mut under = givens.to_vec();
    let mut intro = match rows {
        Some(k) => at_row_and_column(s, &vars, k).and(", for "),
        None => Text::words("Entry by entry, for "),
    };
    for (k, (v, n)) in vars.iter().zip(dims).enumerate() {
        let (i, one, n) = (s.name(*v), s.int(1), s.index(n.clone()));
        under.push(s.rel(RelOp::Le, one, i));
        under.push(s.rel(RelOp::Le, i, n));
        let joint = match k {
            0 => "",
            _ if k + 1 == vars.len() => " and ",
            _ => ", ",
        };
        intro = intro.and(joint).term(s.intern(Node::And([s.rel(RelOp::Le, one, i), s.rel(RelOp::Le, i, n)].into())));
    }
    let plain = || (Walk::new(Draft::new(e.prover, a, givens)), Walk::new(Draft::new(e.prover, b, givens)));
    let by_names = || {
        let layers = (1..=NAMES).map(|n| opened_sides(e, a, b, givens, n)).take_while(|(x, y)| x.stops.len() + y.stops.len() > 2);
        layers.enumerate().find_map(|(n, _)| super::matrices::connect(e, &|| opened_sides(e, a, b, givens, n + 1)))
    };
    if let Some((d, mut items)) = super::matrices::connect(e, &plain).or_else(by_names) {
        items.push(Item::Chain(d.chain(e.detail())));
        return conclude(e, goal, a, b, &d, items, true);
    }
    // An inverse that a name stands for is put in at once.
    let hidden = |t: Id| !inverted(s, t) && s.any_subterm_defined(t, &mut |n| is_inverse(s, n));
    if rows.is_none() && (hidden(a) || hidden(b)) {
        if let Some(d) = (1..=NAMES).find_map(|layers| with_names_put_in(e, a, b, (givens, MULTIPLIED), layers)) {
            return conclude(e, goal, a, b, &d, vec![Item::Chain(d.chain(e.detail()))], true);
        }
    }
    let entry = |t: Id| s.bottom_up(s.make_entry(t, &ix), true, &mut |x| crate::tidy::flat_product(s, x));
    let (x, y) = (entry(a), entry(b));
    let met = sides::connect(e, x, y, &under);
    let mut items = vec![Item::Say(intro.and(":"))];
    let Met::Joined(d) = met else {
        // Without indices: products multiplied out, a matrix times its inverse gone.
        let mut d = Draft::new(e.prover, a, givens);
        let why = if inverted(s, a) || inverted(s, b) || !raised(s, a) && !raised(s, b) { MULTIPLIED } else { EXPONENTS };
        if by_extension(&mut d, b, why) {
            d.line(Detail::Brief);
            return conclude(e, goal, a, b, &d, vec![Item::Chain(d.chain(e.detail()))], true);
        }
        if let Some(d) = (1..=NAMES).find_map(|layers| with_names_put_in(e, a, b, (givens, MULTIPLIED), layers)) {
            return conclude(e, goal, a, b, &d, vec![Item::Chain(d.chain(e.detail()))], true);
        }
        let mut out = finish(e, goal, x, y, &under, met, items);
        restate(&mut out, Claim::Equal(a, b));
        return out;
    };
    items.push(Item::Chain(d.chain(e.detail())));
    let mut whole = Draft::new(e.prover, a, givens);
    let former = |x: Id| match rows {
        Some(k) => s.prim_call(Prim::AsMatrix, &[s.tensor(&vars, dims, x), s.int(i64::try_from(k).unwrap_or(0))]),
        None => s.tensor(&vars, dims, x),
    };
    let (left, right) = (former(x), former(y));
    let lemma = e.prover.add_lemma("the entries above", &d.proof);
    let mut done = by_extension(&mut whole, left, "entry by entry");
    if !s.same(left, right) {
        let pos = if rows.is_some() { Position::root().child(0) } else { Position::root() };
        done &= whole.proof.focus(&pos).is_ok_and(|f| {
            whole
                .step(
                    &pos,
                    &f,
                    Ground::Entrywise { lemma, indices: vars.clone() },
                    s.tensor(&vars, dims, y),
                    "tensor.entrywise",
                    Text::words("entry by entry"),
                    Weight::Small,
                )
                .is_ok()
        });
    }
    done &= by_extension(&mut whole, b, "read as a whole");
    items.push(Item::Say(Text::words("All entries agree, so ").term(s.rel(RelOp::Eq, a, b)).and(".")));
    let mut out = conclude(e, goal, a, b, &whole, items, done);
    add_assumptions(&mut out, &e.open_assumptions(&d));
    out
}

/// A product put into a product needs no bracket.
fn unbracketed(d: &mut Draft<'_>) {
    let s = d.store();
    let flat = s.bottom_up(d.current(), true, &mut |x| match s.node(x) {
        Node::MatMul(xs) => s.intern(Node::MatMul(xs.iter().flat_map(|x| letters(s, *x)).collect())),
        _ => x,
    });
    if flat != d.current() {
        // Where it is not taken the brackets stay.
        let _ = d.rewrite(flat, "arithmetic.tidy", Text::default(), Weight::Trivial);
    }
}

/// Both sides with the definitions of matrices put in, so many one inside the other.
fn opened_sides<'s>(e: &Engine<'s>, a: Id, b: Id, givens: &[Id], layers: usize) -> (Walk<'s>, Walk<'s>) {
    let s = e.store;
    let named = |n: &Node| matches!(n, Node::Call(f, _) if s.fun(*f).is_constant_name() && !s.fun(*f).library);
    let opened = |t: Id| {
        let mut w = Walk::new(Draft::new(e.prover, t, givens));
        for _ in 0..layers {
            let before = w.d.current();
            let whole = |path: &Vec<u32>| s.focus(before, &Position::at(path)).is_ok_and(|f| s.sort(f.part).is_tensor());
            let mut reason = Text::default();
            for path in outermost(s, before, &named).into_iter().filter(whole) {
                if e.open_at(&mut w.d, &path) {
                    reason = w.d.proof.steps().last().map_or(reason.clone(), |step| reason.also(&step.reason));
                }
            }
            unbracketed(&mut w.d);
            w.stop(reason);
        }
        w
    };
    (opened(a), opened(b))
}
/// One chain without indices, the definitions of matrices put in on both sides: `P P = P` for `P = A (Aᵀ A)⁻¹ Aᵀ`.
fn with_names_put_in<'s>(e: &Engine<'s>, a: Id, b: Id, (givens, why): (&[Id], &str), layers: usize) -> Option<Draft<'s>> {
    let (x, y) = opened_sides(e, a, b, givens, layers);
    if x.stops.len() + y.stops.len() < 3 {
        return None;
    }
    let mut d = x.d;
    if !by_extension(&mut d, y.d.current(), why) {
        return None;
    }
    d.line(Detail::Textbook);
    e.climb(&mut d, &y, y.stops.len() - 1).ok()?;
    Some(d)
}

/// "The entry in row (j, i) and column (l, k)", the first `rows` of the letters being the row's.
pub(super) fn at_row_and_column(s: &Store, vars: &[VarId], rows: usize) -> Text {
    let tuple = |text: Text, parts: &[VarId]| match parts {
        [one] => text.term(s.name(*one)),
        _ => {
            let inside = parts.iter().enumerate().fold(text.and("("), |t, (k, v)| if k == 0 { t } else { t.and(", ") }.term(s.name(*v)));
            inside.and(")")
        }
    };
    let (rows, cols) = vars.split_at(rows.min(vars.len()));
    let mut text = Text::words("The entry");
    if !rows.is_empty() {
        text = tuple(text.and(if cols.is_empty() { " at " } else { " in row " }), rows);
    }
    match cols {
        [] => text,
        _ => tuple(text.and(if rows.is_empty() { " at " } else { " and column " }), cols),
    }
}

/// Letters for the indices of a goal: i, j, … without those that are declared.
pub(super) fn index_letters(e: &Engine<'_>, goal: &Goal, a: Id, b: Id, count: usize) -> Vec<VarId> {
    let s = e.store;
    let mut taken: Vec<String> = goal.names.iter().map(|v| s.var(*v).name.clone()).collect();
    taken.extend(goal.indices.iter().map(|(v, ..)| s.var(*v).name.clone()));
    taken.extend([a, b].iter().flat_map(|t| s.free_vars(*t)).map(|v| s.var(v).name.clone()));
    let letters = ["i", "j", "k", "l", "m", "p", "q", "r", "s", "t"];
    letters.iter().filter(|l| !taken.iter().any(|t| t == *l)).take(count).map(|l| s.fresh(s.sym(l), Sort::Scalar, true)).collect()
}

/// Entries 1, 2, … one below the other.
fn written(e: &Engine<'_>, goal: &Goal, a: Id, b: Id, givens: &[Id], n: i64) -> Solution {
    let s = e.store;
    let mut items = vec![Item::Say(Text::words("Entry by entry:"))];
    let mut whole = Draft::new(e.prover, a, givens);
    let at = |t: Id, k: i64| s.make_entry(t, &[Aff::int(k)]);
    let array = s.intern(Node::Array((1..=n).map(|k| at(a, k)).collect()));
    let mut done = by_extension(&mut whole, array, "the entries");
    let mut assumptions = Vec::new();
    for k in 1..=n {
        let (x, y) = (at(a, k), at(b, k));
        match sides::connect(e, x, y, givens) {
            Met::Joined(d) => {
                items.push(Item::Chain(d.chain(e.detail())));
                assumptions.extend(e.open_assumptions(&d));
                let lemma = e.prover.add_lemma("the entries above", &d.proof);
                let pos = Position::root().child(u32::try_from(k - 1).unwrap_or(0));
                let ground = Ground::Cited { lemma, subst: Substitution::new() };
                done &= s.same(x, y)
                    || whole.proof.focus(&pos).is_ok_and(|f| {
                        whole.step(&pos, &f, ground, y, "lemma.cite", Text::words("by the entries above"), Weight::Small).is_ok()
                    });
            }
            Met::Apart(p, q) => {
                items.push(Item::Chain(p.d.chain(e.detail())));
                items.push(Item::Say(Text::words("The other side:")));
                items.push(Item::Chain(q.d.chain(e.detail())));
                done = false;
            }
        }
    }
    done = done && by_extension(&mut whole, b, "read as a whole");
    if done {
        items.push(Item::Say(Text::words("All entries agree, so ").term(s.rel(RelOp::Eq, a, b)).and(".")));
    }
    let mut out = conclude(e, goal, a, b, &whole, items, done);
    add_assumptions(&mut out, &assumptions);
    out
}

fn conclude<'s>(e: &Engine<'s>, goal: &Goal, a: Id, b: Id, d: &Draft<'s>, items: Vec<Item>, done: bool) -> Solution {
    let mut out = e.conclude(goal, d, a, items, done, super::finish::Expected::Met);
    if !done {
        restate(&mut out, Claim::Equal(a, b));
    }
    out
}

/// Assumptions of a part are assumptions of the whole.
pub(super) fn add_assumptions(out: &mut Solution, more: &[Id]) {
    let Some(d) = out.derivation.as_mut().and_then(Arc::get_mut) else { return };
    for c in more {
        if !d.assumptions.contains(c) {
            d.assumptions.push(*c);
        }
    }
    if !d.assumptions.is_empty() && d.status == Status::Proved {
        d.status = Status::Conditional;
        out.status = Status::Conditional;
    }
}
