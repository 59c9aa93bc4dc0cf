//! Relations between roots, exponentials or logarithms, brought to ones without: squares or logarithms of both sides are compared, or
//! several logarithms are joined to one. What is said here rests on what the kernel checks of the whole relation.

use super::relation::by_sign;
use crate::draft::Draft;
use crate::tidy::{factors, is_one, is_zero, summands, tidy};
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::{Item, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Id, Node, Prim, Rat, RelOp, Store, Summand};

/// The relation with what is claimed to be the larger and the smaller side.
fn sides(s: &Store, claim: Id) -> Option<(RelOp, Id, Id)> {
    match *s.node(claim) {
        Node::Rel(op @ (RelOp::Lt | RelOp::Le), a, b) => Some((op, b, a)),
        Node::Rel(op @ (RelOp::Gt | RelOp::Ge), a, b) => Some((op, a, b)),
        _ => None,
    }
}

/// How often both sides are squared.
const SQUARED: usize = 2;

/// `small ≤ big` with a root on one side, or on both, by the sign of `big² − small²`; if that has roots, too, by squaring once more.
pub(super) fn by_squares(e: &Engine<'_>, claim: Id, givens: &[Id]) -> Option<Vec<Item>> {
    squares(e, claim, givens, SQUARED)
}
fn squares(e: &Engine<'_>, claim: Id, givens: &[Id], depth: usize) -> Option<Vec<Item>> {
    let depth = depth.checked_sub(1)?;
    let s = e.store;
    let (op, big, small) = sides(s, claim)?;
    let facts = Facts::new(s, givens);
    if ![big, small].iter().any(|t| has_root(s, *t)) || !facts.sign(big).is_nonneg() || is_zero(s, small) {
        return None;
    }
    let two = s.int(2);
    let difference = s.sub(s.pow(big, two), s.pow(small, two));
    let mut d = Draft::new(e.prover, difference, givens);
    let plain = tidy(s, s.sub(squared(s, big), squared(s, small)));
    if plain != difference {
        d.rewrite(plain, "root.square", Text::words("square"), Weight::Main).ok()?;
        d.line(Detail::Textbook);
    }
    let words = match facts.sign(small).is_nonneg() {
        true => "Neither side is negative, so their squares may be compared:",
        false => "The larger side is not negative, so it is enough to compare the squares:",
    };
    let mut items = vec![Item::Say(Text::words(words))];
    let mark = d.len();
    match by_sign(e, d, op, false) {
        (lines, true) => items.extend(lines),
        _ => {
            let mut d = Draft::new(e.prover, difference, givens);
            let flat = facts.expand(plain).map(|t| tidy(s, t))?;
            if mark > 0 {
                d.rewrite(plain, "root.square", Text::words("square"), Weight::Main).ok()?;
                d.line(Detail::Textbook);
            }
            d.rewrite(flat, "algebra.expand", Text::words("multiply out"), Weight::Main).ok()?;
            d.line(Detail::Textbook);
            let left = without_common_number(s, flat);
            let (roots, rest): (Vec<Summand>, Vec<Summand>) = summands(s, left).into_iter().partition(|x| has_root(s, x.term));
            let turned: Vec<Summand> = rest.iter().map(|x| Summand { neg: !x.neg, ..*x }).collect();
            let strict = if matches!(op, RelOp::Lt | RelOp::Gt) { RelOp::Lt } else { RelOp::Le };
            let inner = s.rel(strict, s.sum(&turned), s.sum(&roots));
            let lines = squares(e, inner, givens, depth)?;
            e.prover.add_lemma("", &d.proof);
            items.push(Item::Chain(d.chain(e.detail())));
            items.push(Item::Say(Text::words("It is left to show that ").term(inner).and(".")));
            items.extend(lines);
        }
    }
    e.prover.holds(givens, claim).is_ok_and(|more| more.is_empty()).then_some(items)
}

/// A relation between positive terms with exponentials or powers, by that of their logarithms: `cosh x ≤ e^{x²/2}` by
/// `log cosh x ≤ x²/2`.
pub(super) fn by_logarithms(e: &Engine<'_>, claim: Id, givens: &[Id]) -> Option<Vec<Item>> {
    let s = e.store;
    let (op, big, small) = sides(s, claim)?;
    let facts = Facts::new(s, givens);
    let positive = |t: Id| s.sort(t).is_scalar() && facts.sign(t).is_positive();
    if ![big, small].iter().any(|t| has_exponent(s, *t)) || !positive(big) || !positive(small) {
        return None;
    }
    let difference = s.sub(s.log(big), s.log(small));
    let flat = |t: Id| crate::tidy::summands(s, tidy(s, t)).into_iter();
    let turned = flat(logarithm_of(s, small)).map(|x| Summand { neg: !x.neg, ..x });
    let plain = tidy(s, crate::simplify::positive_order(s, s.sum(&flat(logarithm_of(s, big)).chain(turned).collect::<Vec<_>>())));
    let mut d = Draft::new(e.prover, difference, givens);
    d.rewrite(plain, "log.product", Text::words("logarithms"), Weight::Main).ok()?;
    d.line(Detail::Textbook);
    e.prover.add_lemma("", &d.proof);
    let strict = matches!(op, RelOp::Lt | RelOp::Gt);
    let inner = s.rel(if strict { RelOp::Gt } else { RelOp::Ge }, plain, s.int(0));
    let (lines, shown) = by_sign(e, Draft::new(e.prover, plain, givens), op, false);
    let found = if shown { Some(lines) } else { super::by_cases::relation_by_cases(e, inner, plain, givens) };
    let found = found.or_else(|| super::extremum::by_extremum(e, inner, plain, op, givens))?;
    let mut items = vec![Item::Say(Text::words("Both sides are positive, so their logarithms may be compared:"))];
    items.push(Item::Chain(d.chain(e.detail())));
    items.extend(found);
    e.prover.holds(givens, claim).is_ok_and(|more| more.is_empty()).then_some(items)
}

/// Whether an exponential, or a power whose exponent is no number, is a factor of the term, above or below.
fn has_exponent(s: &Store, t: Id) -> bool {
    match *s.node(t) {
        Node::Quot(a, b) => has_exponent(s, a) || has_exponent(s, b),
        _ => factors(s, t).iter().any(|f| match s.node(*f) {
            Node::Call(g, _) => s.prim(*g) == Some(Prim::Exp),
            Node::Pow(_, k) => s.as_rational(*k).is_none(),
            _ => false,
        }),
    }
}
/// The logarithm of a term, taken apart.
fn logarithm_of(s: &Store, t: Id) -> Id {
    match *s.node(t) {
        Node::Quot(a, b) => s.sub(logarithm_of(s, a), logarithm_of(s, b)),
        Node::Pow(u, k) => s.mul(k, logarithm_of(s, u)),
        Node::Product(ref xs) => s.sum(&xs.iter().map(|x| Summand { neg: false, term: logarithm_of(s, *x) }).collect::<Vec<_>>()),
        Node::Call(f, ref xs) if s.prim(f) == Some(Prim::Exp) => xs.first().copied().unwrap_or(t),
        _ if is_one(s, t) => s.int(0),
        _ => s.log(t),
    }
}

/// A sum divided by the whole number that all its summands have.
fn without_common_number(s: &Store, t: Id) -> Id {
    let number = |x: &Summand| {
        let q = factors(s, x.term).iter().find_map(|f| s.as_rational(*f));
        q.map_or(Some(1), |q| q.to_i64())
    };
    let common = summands(s, t).iter().map(number).try_fold(0, |a, q| Some(crate::tidy::gcd(a, q?)));
    let Some(k) = common.filter(|k| *k > 1) else { return t };
    let divided = summands(s, t).into_iter().map(|x| Summand { term: tidy(s, s.quot(x.term, s.int(k))), ..x });
    s.sum(&divided.collect::<Vec<_>>())
}

/// Whether a root is a factor of the term, above or below.
fn has_root(s: &Store, t: Id) -> bool {
    match *s.node(t) {
        Node::Quot(a, b) => has_root(s, a) || has_root(s, b),
        _ => factors(s, t).iter().any(|f| under_root(s, *f).is_some()),
    }
}
fn under_root(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) => xs.first().copied(),
        // A norm is the root of a sum of squares.
        Node::Call(f, _) if s.prim(*f) == Some(Prim::Norm) => under_root(s, s.scalar_form(t)?),
        _ => None,
    }
}
/// The square of a term, its roots undone.
fn squared(s: &Store, t: Id) -> Id {
    let two = s.int(2);
    match *s.node(t) {
        Node::Quot(a, b) => s.quot(squared(s, a), squared(s, b)),
        Node::Call(f, ref xs) if s.prim(f) == Some(Prim::Abs) => xs.first().map_or(t, |u| s.pow(*u, two)),
        _ if !has_root(s, t) => s.pow(t, two),
        _ => s.product(&factors(s, t).into_iter().map(|f| under_root(s, f).unwrap_or_else(|| s.pow(f, two))).collect::<Vec<_>>()),
    }
}

/// A sum with logarithms as one of them: `log(1 + e^x) − x` as `log(1 + e^{−x})`. `None` if the rest is no exponent of a plain factor.
pub(super) fn one_logarithm(e: &Engine<'_>, difference: Id, givens: &[Id]) -> Option<Id> {
    let s = e.store;
    let (mut above, mut below, mut unit) = (Vec::new(), Vec::new(), None);
    let mut rest: Vec<Summand> = Vec::new();
    let flat = summands(s, difference)
        .into_iter()
        .flat_map(|x| summands(s, x.term).into_iter().map(move |y| Summand { neg: x.neg != y.neg, ..y }).collect::<Vec<_>>());
    for x in flat {
        match logarithm(s, x.term) {
            Some((q, u)) => {
                if *unit.get_or_insert_with(|| q.clone()) != q {
                    return None;
                }
                if x.neg {
                    below.push(u)
                } else {
                    above.push(u)
                }
            }
            None => rest.push(x),
        }
    }
    let unit = unit?;
    let is_log = |n: &Node| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Log));
    if rest.iter().any(|x| s.any_subterm(x.term, &mut |n| is_log(n))) {
        return None;
    }
    let facts = Facts::new(s, givens);
    if !rest.is_empty() {
        let by = s.rational(&unit);
        above.push(s.exp(tidy(s, if unit.is_one() { s.sum(&rest) } else { s.quot(s.sum(&rest), by) })));
    } else if above.len() + below.len() < 2 {
        return None;
    }
    let (top, bottom) = (s.product(&above), s.product(&below));
    let argument = if is_one(s, bottom) { facts.expand(top)? } else { facts.expand(s.quot(top, bottom))? };
    Some(tidy(s, s.mul(s.rational(&unit), s.log(tidy(s, argument)))))
}
/// `q log u` with a number q.
fn logarithm(s: &Store, t: Id) -> Option<(Rat, Id)> {
    let (above, below) = match *s.node(t) {
        Node::Quot(a, b) => (a, s.as_rational(b)?),
        _ => (t, Rat::one()),
    };
    let (mut q, mut of) = (Rat::one().div(&below)?, None);
    for f in factors(s, above) {
        match s.node(f) {
            Node::Call(g, xs) if s.prim(*g) == Some(Prim::Log) && of.is_none() => of = xs.first().copied(),
            _ => q = q.mul(&s.as_rational(f)?),
        }
    }
    Some((q, of?))
}
