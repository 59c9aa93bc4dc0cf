//! Equations shown by cases: where absolute values, maxima, rectifiers or cases stand, on either side of each kink.
//!
//! It terminates: each case decides one more kink, as deep as [`KINKS`].

use super::relation::by_sign;
use super::sides::{self, Met};
use crate::draft::{everywhere, Draft};
use crate::tidy::{summands, tidy};
use crate::Engine;
use gradus_decide::{Facts, Tri};
use gradus_kernel::{Ground, Item, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Id, Node, Position, Prim, Rat, RelOp, Store};

/// Kinks that are told apart one within the other.
const KINKS: usize = 3;

/// Shows `a = b` case by case: the chain that rests on the cases, and the lines for each of them. `None` if there is no kink to
/// tell apart, or some case is not settled.
pub(super) fn by_cases<'s>(e: &Engine<'s>, a: Id, b: Id, givens: &[Id]) -> Option<(Draft<'s>, Vec<Item>)> {
    let (d, mut items) = split(e, a, b, givens, &[], KINKS)?;
    items.push(Item::Say(Text::words("So in every case ").term(e.store.rel(RelOp::Eq, a, b)).and(".")));
    Some((d, items))
}

/// The same under the conditions `case` of the cases around it.
fn split<'s>(e: &Engine<'s>, a: Id, b: Id, givens: &[Id], case: &[Id], depth: usize) -> Option<(Draft<'s>, Vec<Item>)> {
    let s = e.store;
    let depth = depth.checked_sub(1)?;
    let with = |more: &[Id]| givens.iter().chain(case).chain(more).copied().collect::<Vec<Id>>();
    let known = with(&[]);
    let kink = undecided(e, a, b, &known)?;
    let mut items = Vec::new();
    let mut lemmas = Vec::new();
    for op in kink.sides {
        let here = s.rel(op, kink.left, kink.right);
        let d = match sides::connect(e, a, b, &with(&[here])) {
            Met::Joined(d) if !d.is_unexplained() => {
                items.push(Item::Say(heading(case, here)));
                items.push(Item::Chain(d.chain(e.detail())));
                d
            }
            _ => {
                let inner: Vec<Id> = case.iter().copied().chain([here]).collect();
                let (d, lines) = split(e, a, b, givens, &inner, depth)?;
                items.extend(lines);
                d
            }
        };
        lemmas.push(e.prover.add_lemma("the cases above", &d.proof));
    }
    let mut d = Draft::new(e.prover, a, &known);
    let root = Position::root();
    let f = d.proof.focus(&root).ok()?;
    d.step(&root, &f, Ground::ByCases(lemmas), b, "show.by_cases", Text::words("by cases"), Weight::Main).ok()?;
    Some((d, items))
}

/// Shows a relation case by case, as the kernel does: the sign of the difference on either side of each kink, plain or where it is
/// least. `None` if the kernel does not, or none of the cases has a reason.
pub(super) fn relation_by_cases(e: &Engine<'_>, claim: Id, difference: Id, givens: &[Id]) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    let with_reason = in_cases(e, claim, difference, givens, &[], &mut items, KINKS + 1)?;
    e.prover.holds(givens, claim).ok().filter(Vec::is_empty)?;
    if !with_reason {
        return None;
    }
    items.push(Item::Say(Text::words("So in every case ").term(claim).and(".")));
    Some(items)
}

/// The cases; whether one of them has a reason.
fn in_cases(e: &Engine<'_>, claim: Id, difference: Id, givens: &[Id], case: &[Id], items: &mut Vec<Item>, depth: usize) -> Option<bool> {
    let s = e.store;
    let depth = depth.checked_sub(1)?;
    let Node::Rel(op, a, b) = *s.node(claim) else { return None };
    let with = |more: &[Id]| givens.iter().chain(case).chain(more).copied().collect::<Vec<Id>>();
    let kink = undecided(e, a, b, &with(&[]))?;
    let mut with_reason = false;
    for side in kink.sides {
        let here = s.rel(side, kink.left, kink.right);
        let known = with(&[here]);
        let facts = Facts::new(s, &known);
        if facts.contradictory() {
            continue;
        }
        let holds = facts.holds(claim) == Tri::True;
        let signed = |known_so: bool| by_sign(e, Draft::new(e.prover, difference, &known), op, known_so);
        let plain = Some(signed(false)).filter(|(_, shown)| *shown && holds).map(|(lines, _)| lines);
        let found = plain.or_else(|| least_in_case(e, difference, op, &known));
        if let Some(lines) = found {
            items.push(Item::Say(heading(case, here)));
            items.extend(lines);
            with_reason = true;
            continue;
        }
        // A case of which no reason is seen is split further.
        let inner: Vec<Id> = case.iter().copied().chain([here]).collect();
        let mark = items.len();
        match in_cases(e, claim, difference, givens, &inner, items, depth) {
            Some(more) => with_reason |= more,
            None if holds => {
                items.truncate(mark);
                items.push(Item::Say(heading(case, here)));
                items.extend(signed(true).0);
            }
            None => return None,
        }
    }
    Some(with_reason)
}

/// The difference without the kinks that the conditions settle, and where that is least.
pub(super) fn least_in_case(e: &Engine<'_>, difference: Id, op: RelOp, known: &[Id]) -> Option<Vec<Item>> {
    let s = e.store;
    let mut d = Draft::new(e.prover, difference, known);
    e.settle_kinks(&mut d)?;
    let plain = tidy(s, d.current());
    if plain != d.current() {
        d.rewrite(plain, "kink.settle", Text::words("by the case"), Weight::Small).ok()?;
    }
    d.line(Detail::Textbook);
    e.prover.add_lemma("the case", &d.proof);
    let sign = if matches!(op, RelOp::Lt | RelOp::Gt) { RelOp::Gt } else { RelOp::Ge };
    let lines = super::extremum::by_extremum(e, s.rel(sign, plain, s.int(0)), plain, sign, known)?;
    Some(std::iter::once(Item::Chain(d.chain(e.detail()))).chain(lines).collect())
}

/// "For u ≥ v and w < 0:"
fn heading(case: &[Id], here: Id) -> Text {
    let mut text = Text::words("For ");
    for c in case {
        text = text.term(*c).and(" and ");
    }
    text.term(here).and(":")
}

/// Two terms that meet at a kink, and the relations between them to tell apart.
struct Kink {
    left: Id,
    right: Id,
    sides: [RelOp; 2],
}

/// The first kink in the lines of either side that is not decided. Conditions come before functions: they say to which side the kink
/// itself belongs. Of functions the inner ones come before the outer ones.
fn undecided(e: &Engine<'_>, a: Id, b: Id, known: &[Id]) -> Option<Kink> {
    let s = e.store;
    let facts = Facts::new(s, known);
    let mut kinks: Vec<Kink> = Vec::new();
    let mut of_functions: Vec<Kink> = Vec::new();
    let (x, y) = sides::walks(e, a, b, known, crate::moves::Depth::All);
    for line in [&x, &y].iter().flat_map(|w| &w.stops) {
        for path in everywhere(s, line.term, &|n| e.has_kink(n) || root_of_square(s, n).is_some()) {
            let Ok(f) = s.focus(line.term, &Position::at(&path)) else { continue };
            if !f.opened.is_empty() {
                continue;
            }
            match s.node(f.part) {
                Node::Iverson(c) => kinks.extend(of_condition(e, *c)),
                Node::Cases(branches, _) => kinks.extend(branches.iter().filter_map(|b| of_condition(e, b.0))),
                n if root_of_square(s, n).is_some() => of_functions.extend(of_function(e, false, root_of_square(s, n).as_slice())),
                Node::Call(g, xs) => of_functions.extend(of_function(e, matches!(s.prim(*g), Some(Prim::Max | Prim::Min)), xs)),
                _ => {}
            }
        }
    }
    // |x| before |tanh x|, whose sign x may tell.
    of_functions.sort_by_key(|k| crate::cost::cost(s, k.left) + crate::cost::cost(s, k.right));
    let smooth = |t: Id| !s.any_subterm(t, &mut |n| e.has_kink(n));
    let open = |k: &Kink| k.sides.iter().all(|op| facts.holds(s.rel(*op, k.left, k.right)) == Tri::Unknown);
    kinks.into_iter().chain(of_functions.into_iter().filter(|k| smooth(k.left) && smooth(k.right))).find(open)
}

/// The u of `√(u²)`, which is `|u|`.
fn root_of_square(s: &Store, n: &Node) -> Option<Id> {
    let Node::Call(f, xs) = n else { return None };
    match *s.node(*xs.first().filter(|_| s.prim(*f) == Some(Prim::Sqrt))?) {
        Node::Pow(u, k) if s.as_rational(k).is_some_and(|q| q == Rat::int(2)) => Some(u),
        _ => None,
    }
}

fn of_condition(e: &Engine<'_>, c: Id) -> Option<Kink> {
    let s = e.store;
    let Node::Rel(op, a, b) = *s.node(c) else { return None };
    if !e.compares_reals(c) {
        return None;
    }
    let flipped = s.as_rational(a).is_some();
    let (left, right) = if flipped { (b, a) } else { (a, b) };
    // The stated condition comes first.
    let sides = match (op, flipped) {
        (RelOp::Gt, false) | (RelOp::Lt, true) => [RelOp::Gt, RelOp::Le],
        (RelOp::Le, false) | (RelOp::Ge, true) => [RelOp::Le, RelOp::Gt],
        (RelOp::Ge, false) | (RelOp::Le, true) => [RelOp::Ge, RelOp::Lt],
        (RelOp::Lt, false) | (RelOp::Gt, true) => [RelOp::Lt, RelOp::Ge],
        (RelOp::Eq | RelOp::Ne, _) => return None,
    };
    Some(Kink { left, right, sides })
}

/// Of `max(u, v)` the two; of `|u − v|`, too; of `|u|` u and 0.
fn of_function(e: &Engine<'_>, two: bool, xs: &[Id]) -> Option<Kink> {
    let s = e.store;
    let first = *xs.first()?;
    let (left, right) = match (xs.get(1), summands(s, first).as_slice()) {
        (Some(v), _) if two => (first, *v),
        (_, [u, v]) if u.neg != v.neg => {
            if u.neg {
                (v.term, u.term)
            } else {
                (u.term, v.term)
            }
        }
        _ => (first, s.int(0)),
    };
    // A number stands on the right.
    let (left, right) = if s.as_rational(left).is_some() { (right, left) } else { (left, right) };
    Some(Kink { left, right, sides: [RelOp::Ge, RelOp::Lt] })
}
