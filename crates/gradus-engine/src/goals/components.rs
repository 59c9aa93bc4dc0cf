//! Derivatives by a vector of a few entries that the formula names one by one, `v₁` and `v₂`: each entry of the gradient, Jacobian or
//! Hessian by itself, and then all of them in one column or matrix.

use crate::draft::Draft;
use crate::Engine;
use gradus_kernel::{Ground, Item, Solution, Substitution, Text, Weight};
use gradus_term::goal::{Detail, Way};
use gradus_term::{Aff, Arg, Goal, Id, Node, Position, Store};

/// Entries that are worked out one by one.
const ENTRIES: i64 = 9;
/// Entries along one side.
const SIDE: i64 = 4;

/// Answers `derive term` entry by entry where every entry has a number; `None` where the formula does not name entries.
pub(super) fn answer(e: &Engine<'_>, goal: &Goal, term: Id) -> Option<Solution> {
    let s = e.store;
    if goal.way == Some(Way::Differentials) || !goal.through.is_empty() {
        return None;
    }
    let Node::Tensor { dims, .. } = s.node(term).clone() else { return None };
    let sizes: Vec<i64> = dims.iter().map(Aff::as_int).collect::<Option<_>>()?;
    if sizes.len() > 2 || sizes.iter().any(|n| !(1..=SIDE).contains(n)) || sizes.iter().product::<i64>() > ENTRIES {
        return None;
    }
    let (_, entry) = s.open_child(term, 0)?;
    let point = argument(s, entry)?;
    if !names_entries(e, entry, point) {
        return None;
    }
    let hessian = sizes.len() == 2 && matches!(s.node(entry), Node::Diff { body, .. } if matches!(s.node(*body), Node::Diff { .. }));
    let givens = e.givens(goal);
    let mut items = vec![Item::Say(Text::words("Entry by entry:"))];
    let mut lemmas = Vec::new();
    let places: Vec<Vec<i64>> = sizes
        .iter()
        .fold(vec![Vec::new()], |all, n| all.iter().flat_map(|p| (1..=*n).map(move |k| p.iter().copied().chain([k]).collect())).collect());
    for place in &places {
        let at: Vec<Arg> = place.iter().map(|k| Arg::Idx(Aff::int(*k))).collect();
        let Node::Tensor { body, .. } = s.node(term) else { return None };
        let one = s.open(*body, &at);
        let mut d = Draft::new(e.prover, one, &givens);
        let mut own = Vec::new();
        if !e.derive_entry(&mut d, goal, &mut own) || !e.open_assumptions(&d).is_empty() {
            return None;
        }
        let lemma = e.prover.add_lemma("the derivative above", &d.proof);
        e.remember(None, lemma);
        e.shared(lemma);
        // Of two second derivatives in the other order one is enough on the page.
        if !(hessian && place.first() > place.last()) {
            items.append(&mut own);
            items.push(Item::Chain(d.chain(e.detail())));
        }
        lemmas.push((one, d.current(), lemma));
    }
    if hessian && sizes.first().is_some_and(|n| *n > 1) {
        items.push(Item::Say(Text::words("The order of the two derivatives does not matter.")));
    }
    let mut whole = Draft::new(e.prover, term, &givens);
    let array = array(s, &sizes, &lemmas.iter().map(|x| x.0).collect::<Vec<_>>());
    e.rewrite_any(&mut whole, array, "tensor.write_out", Text::words("entry by entry"), Weight::Main).ok()?;
    for (place, (_, value, lemma)) in places.iter().zip(&lemmas) {
        let path: Option<Vec<u32>> = place.iter().map(|k| u32::try_from(k - 1).ok()).collect();
        let pos = Position::at(&path?);
        let f = whole.proof.focus(&pos).ok()?;
        if s.same(f.part, *value) {
            continue;
        }
        let ground = Ground::Cited { lemma: *lemma, subst: Substitution::new() };
        whole.step(&pos, &f, ground, *value, "lemma.cite", Text::words("the entries above"), Weight::Small).ok()?;
    }
    whole.line(Detail::Brief);
    let expected = e.meet_expectation(&mut whole, goal.expect);
    items.push(Item::Answer(s.rel(gradus_term::RelOp::Eq, term, whole.current()), Text::default()));
    Some(e.conclude(goal, &whole, term, items, true, expected))
}

/// What the derivative is taken by.
fn argument(s: &Store, entry: Id) -> Option<Id> {
    match s.node(entry) {
        Node::Diff { point, .. } if s.sort(*point).is_tensor() => Some(*point),
        _ => None,
    }
}

/// Whether the formula, its names opened, has entries of the argument with numbers as indices and does not range over the others.
fn names_entries(e: &Engine<'_>, entry: Id, point: Id) -> bool {
    let s = e.store;
    let mut todo = vec![crate::arrange::at_its_point(s, entry)];
    let mut seen = rustc_hash::FxHashSet::default();
    let mut found = false;
    while let Some(t) = todo.pop() {
        if !seen.insert(t) {
            continue;
        }
        match s.node(t) {
            Node::Entry(u, ix) if s.same(*u, point) => {
                if ix.iter().any(|a| a.as_int().is_none()) {
                    return false;
                }
                found = true;
                continue;
            }
            Node::Var(_) if s.same(t, point) => return false,
            Node::Big { .. } => return false,
            Node::Call(f, xs) if !s.fun(*f).library => match s.unfold(*f, xs) {
                Some(body) => {
                    todo.push(body);
                    continue;
                }
                None => return false,
            },
            _ => {}
        }
        s.node(t).for_each_child(|c, _| todo.push(c));
    }
    found
}

/// A column, or the rows of a matrix.
fn array(s: &Store, sizes: &[i64], entries: &[Id]) -> Id {
    let column = |xs: &[Id]| s.intern(Node::Array(xs.to_vec().into()));
    match sizes {
        [_, cols] => {
            let width = usize::try_from(*cols).unwrap_or(1).max(1);
            column(&entries.chunks(width).map(column).collect::<Vec<_>>())
        }
        _ => column(entries),
    }
}
