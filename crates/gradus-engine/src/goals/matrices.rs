//! Identities of matrices without indices. Both sides are multiplied out, and a matrix beside its inverse goes. Where one side has an
//! inverse at an end everywhere, the other side is multiplied by its matrix first: `(I + A B)⁻¹ A = A (I + B A)⁻¹`, because
//! `(I + A B) A (I + B A)⁻¹` is A.

use super::show::by_extension;
use crate::differentials::scalar_factor;
use crate::draft::Draft;
use crate::reading::words::{letters, merged, product, signed_sum, transposed_word, without_inverses, Term};
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{rearranged, Ground, Item, Substitution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Id, Node, Position, Prim, Sort, Store};

/// Terms that a side may have when it is multiplied out.
const TERMS: usize = 32;
/// How often terms with one inverse are grouped.
const GROUPS: usize = 4;
/// What is said where a matrix meets its inverse.
const CANCEL: &str = "a matrix times its inverse is the identity";

const MULTIPLY: &str = "multiply out";
const FACTOR: &str = "factor";

/// Both sides as walks: as they stand, or with names put in.
pub(super) type Sides<'a, 's> = &'a dyn Fn() -> (Walk<'s>, Walk<'s>);

/// A chain from the start of one walk to that of the other, and what is shown before it.
pub(super) fn connect<'s>(e: &Engine<'s>, sides: Sides<'_, 's>) -> Option<(Draft<'s>, Vec<Item>)> {
    let s = e.store;
    let (x, y) = sides();
    let (a, b) = (x.d.current(), y.d.current());
    if !has_inverses(s, a) && !has_inverses(s, b) || !without_indices(s, a) || !without_indices(s, b) {
        return None;
    }
    let plainly = || by_multiplying_out(e, sides()).map(|d| (d, Vec::new()));
    let by_a_product = || by_a_product(e, sides);
    // What the inverse of a product or of an inverse is, a product shows.
    let inside = |t: Id| matches!(s.node(t), Node::MatMul(_)) || inverse_of(s, t).is_some();
    let nested = |t: Id| {
        s.any_subterm(
            t,
            &mut |n| matches!(n, Node::Call(_, xs) if inverse_of(s, s.intern(n.clone())).is_some() && xs.iter().all(|x| inside(*x))),
        )
    };
    if nested(a) || nested(b) {
        by_a_product().or_else(plainly)
    } else {
        plainly().or_else(by_a_product)
    }
}

/// Both sides multiplied out, where that is the same.
fn by_multiplying_out<'s>(e: &Engine<'s>, (mut x, mut y): (Walk<'s>, Walk<'s>)) -> Option<Draft<'s>> {
    let opened = x.stops.len() - 1;
    multiply_out(e.store, &mut x)?;
    multiply_out(e.store, &mut y)?;
    // The first place where the walks meet.
    let (i, j) = (0..x.stops.len()).find_map(|i| {
        let j = y.stops.iter().position(|q| x.stops.get(i).is_some_and(|p| rearranged(e.store, p.term, q.term)))?;
        Some((i, j))
    })?;
    let down = if x.stops.get(i)?.back == Text::words(FACTOR) { MULTIPLY } else { CANCEL };
    // The line that meets the other side is written as that is; what stands there already takes no line.
    if i > opened {
        x.cut(i - 1);
    } else {
        x.cut(i);
    }
    let mut d = x.d;
    extend(&mut d, y.stops.get(j)?.term, if i > opened { down } else { "" })?;
    if i > 0 {
        d.line(Detail::Textbook);
    }
    e.climb(&mut d, &y, j).ok()?;
    d.line(Detail::Brief);
    Some(d)
}

/// One side is `M⁻¹ T` or `T M⁻¹`, and the other one multiplied by M comes to T.
fn by_a_product<'s>(e: &Engine<'s>, sides: Sides<'_, 's>) -> Option<(Draft<'s>, Vec<Item>)> {
    let s = e.store;
    let (x, y) = sides();
    let (a, b) = (x.d.current(), y.d.current());
    let givens = x.d.proof.givens();
    for (inverted, other) in [(a, b), (b, a)] {
        for front in [true, false] {
            let Some((m, rest)) = inverse_at_the_end(s, inverted, front) else { continue };
            let start = product(s, &ordered(front, letters(s, m), letters(s, other)));
            let mut w = Walk::new(Draft::new(e.prover, start, givens));
            // That both are the same without a word is no proof.
            if multiply_out(s, &mut w).is_none() || w.stops.len() < 2 || !by_extension(&mut w.d, rest, "collect") {
                continue;
            }
            w.d.line(Detail::Brief);
            let lemma = e.prover.add_lemma("the product above", &w.d.proof);
            let with = Inserted { m, front, inverted, other, rest, start, lemma };
            let mut d = sides().0.d;
            if (if inverted == a { with.down(s, &mut d) } else { with.up(s, &mut d) }).is_none() {
                continue;
            }
            d.line(Detail::Textbook);
            if e.climb(&mut d, &y, y.stops.len() - 1).is_err() {
                continue;
            }
            d.line(Detail::Brief);
            let which = if inverted == a { "The right side multiplied by " } else { "The left side multiplied by " };
            let heading = Text::words(which).term(m).and(if front { " from the left:" } else { " from the right:" });
            return Some((d, vec![e.lemma_item(lemma, &w.d, heading)]));
        }
    }
    None
}
/// Two words, the first one in front, or else behind.
fn ordered(front: bool, first: Vec<Id>, second: Vec<Id>) -> Vec<Id> {
    let [x, y] = if front { [first, second] } else { [second, first] };
    [x, y].concat()
}

/// `M⁻¹ T` and what it is equal to, because a lemma says that this multiplied by M is T.
struct Inserted {
    m: Id,
    front: bool,
    inverted: Id,
    other: Id,
    rest: Id,
    start: Id,
    lemma: usize,
}

impl Inserted {
    /// From `M⁻¹ T` over `M⁻¹ M U` to U.
    fn down(&self, s: &Store, d: &mut Draft<'_>) -> Option<()> {
        let rest = letters(s, self.rest);
        let n = rest.len();
        extend(d, product(s, &ordered(self.front, vec![self.inverse(s)], rest)), "")?;
        self.exchange(d, usize::from(self.front), n, self.start, true)?;
        d.line(Detail::Textbook);
        let at = if self.front { 0 } else { letters(s, self.other).len() };
        self.exchange(d, at, letters(s, self.m).len() + 1, self.eye(s)?, false)?;
        extend(d, self.other, "")
    }
    /// From U over `M⁻¹ M U` to `M⁻¹ T`.
    fn up(&self, s: &Store, d: &mut Draft<'_>) -> Option<()> {
        let other = letters(s, self.other);
        let n = other.len();
        extend(d, product(s, &ordered(self.front, vec![self.eye(s)?], other)), "")?;
        let m = letters(s, self.m);
        let count = n + m.len();
        let pair = ordered(self.front, vec![self.inverse(s)], m);
        self.exchange(d, if self.front { 0 } else { n }, 1, product(s, &pair), false)?;
        d.line(Detail::Textbook);
        self.exchange(d, usize::from(self.front), count, self.rest, true)?;
        extend(d, self.inverted, "")
    }
    fn inverse(&self, s: &Store) -> Id {
        s.prim_call(Prim::Inv, &[self.m])
    }
    fn eye(&self, s: &Store) -> Option<Id> {
        s.sort(self.m).dims().first().map(|n| s.prim_call(Prim::Eye, &[s.index(n.clone())]))
    }
    /// So many factors of the product from one on, by the lemma or as a matrix beside its inverse.
    fn exchange(&self, d: &mut Draft<'_>, from: usize, count: usize, new: Id, cited: bool) -> Option<()> {
        let run: Vec<u32> = (from..from + count).filter_map(|k| u32::try_from(k).ok()).collect();
        let pos = Position::root().select(&run);
        let f = d.proof.focus(&pos).ok()?;
        let (ground, name, why) = match cited {
            true => (Ground::Cited { lemma: self.lemma, subst: Substitution::new() }, "lemma.cite", "the product above"),
            false => (Ground::Extensional, "tensor.extensional", CANCEL),
        };
        d.step(&pos, &f, ground, new, name, Text::words(why), Weight::Main).ok()
    }
}
fn extend(d: &mut Draft<'_>, new: Id, why: &str) -> Option<()> {
    by_extension(d, new, why).then_some(())
}

/// Takes the walk down to a sum of words without a matrix beside its inverse.
fn multiply_out(s: &Store, w: &mut Walk<'_>) -> Option<()> {
    let start = w.d.current();
    let terms = merged(s, expanded(s, start)?);
    to(w, s, &terms, MULTIPLY, FACTOR)?;
    let mut terms = cancelled(s, terms);
    to(w, s, &terms, CANCEL, CANCEL)?;
    for _ in 0..GROUPS {
        let Some(grouped) = [true, false].into_iter().find_map(|front| grouped(s, w, &terms, front)) else { break };
        terms = cancelled(s, grouped);
        to(w, s, &terms, CANCEL, CANCEL)?;
    }
    Some(())
}
/// A line of these terms.
fn to(w: &mut Walk<'_>, s: &Store, terms: &[Term], down: &str, back: &str) -> Option<()> {
    let new = build(s, terms, w.d.current());
    if rearranged(s, new, w.d.current()) {
        return Some(());
    }
    by_extension(&mut w.d, new, down).then(|| w.stop_as_it_is(Text::words(back)))
}

/// Terms that end in one inverse of a sum and the same after it, `X S⁻¹ Z + Y S⁻¹ Z`, as `Q S S⁻¹ Z` where `X + Y` is `Q S`; read backwards
/// for `front`.
fn grouped(s: &Store, w: &mut Walk<'_>, terms: &[Term], front: bool) -> Option<Vec<Term>> {
    let read = |word: &[Id]| if front { word.iter().rev().copied().collect::<Vec<_>>() } else { word.to_vec() };
    let words: Vec<Vec<Id>> = terms.iter().map(|t| read(&t.word)).collect();
    for (word, first) in words.iter().zip(terms) {
        for k in 0..word.len() {
            let Some(of) = word.get(k).and_then(|x| inverse_of(s, *x)) else { continue };
            let Some(of_terms) = expanded(s, of).filter(|ts| ts.len() > 1) else { continue };
            let tail = word.get(k..)?;
            let alike = |t: &Term, u: &[Id]| u.ends_with(tail) && t.divisors == first.divisors;
            let group: Vec<usize> =
                (0..terms.len()).filter(|i| terms.get(*i).zip(words.get(*i)).is_some_and(|(t, u)| alike(t, u))).collect();
            if group.len() < 2 {
                continue;
            }
            let heads: Vec<Term> = group
                .iter()
                .filter_map(|i| Some(Term { word: words.get(*i)?.strip_suffix(tail)?.to_vec(), ..terms.get(*i)?.clone() }))
                .collect();
            let leads: Vec<Term> = of_terms.iter().map(|t| Term { word: read(&t.word), ..t.clone() }).collect();
            for (quotients, rest) in quotients(s, &heads, &leads, front) {
                let before = |t: Term, own: &[Id]| {
                    let whole: Vec<Id> = t.word.iter().chain(own).chain(tail).copied().collect();
                    Term { word: read(&whole), ..t }
                };
                let at = group.first().copied()?;
                let mut out: Vec<Term> = terms.iter().enumerate().filter(|(i, _)| !group.contains(i)).map(|(_, t)| t.clone()).collect();
                let at = (0..at).filter(|i| !group.contains(i)).count();
                let new = quotients.into_iter().map(|t| before(t, &[of])).chain(rest.into_iter().map(|t| before(t, &[])));
                out.splice(at..at, new.collect::<Vec<_>>());
                if to(w, s, &out, FACTOR, MULTIPLY).is_some() {
                    return Some(out);
                }
            }
        }
    }
    None
}
/// What the heads may be, divided by the sum of the leads from behind, and what is left: `U C` for `U + U C V U` by `C⁻¹ + V U`. What is
/// left makes the sum no longer.
fn quotients(s: &Store, heads: &[Term], leads: &[Term], front: bool) -> Vec<(Vec<Term>, Vec<Term>)> {
    let by = |lead: &Term| {
        let one = |t: &Term| {
            let word = t.word.strip_suffix(lead.word.as_slice())?.to_vec();
            Some(Term { neg: t.neg != lead.neg, number: t.number.div(&lead.number)?, word, ..t.clone() })
        };
        heads.iter().filter_map(one).collect::<Vec<_>>()
    };
    let several = leads.iter().map(by);
    let candidates = several.flat_map(|all| std::iter::once(all.clone()).chain(all.into_iter().map(|q| vec![q])));
    let read = |t: Term| Term { word: if front { t.word.into_iter().rev().collect() } else { t.word }, ..t };
    let divided = |qs: Vec<Term>| {
        let products = qs.iter().flat_map(|q| times(vec![q.clone()], leads)).map(|t| Term { neg: !t.neg, ..t });
        let rest: Vec<Term> = cancelled(s, heads.iter().cloned().chain(products).map(read).collect()).into_iter().map(read).collect();
        let fits = !qs.is_empty() && (rest.is_empty() || qs.len() + rest.len() < heads.len());
        fits.then_some((qs, rest))
    };
    candidates.filter_map(divided).collect()
}
/// Every term with every other one behind it.
fn times(xs: Vec<Term>, ys: &[Term]) -> Vec<Term> {
    let both = |x: &Term, y: &Term| Term {
        neg: x.neg != y.neg,
        number: x.number.mul(&y.number),
        scalars: [x.scalars.as_slice(), &y.scalars].concat(),
        divisors: [x.divisors.as_slice(), &y.divisors].concat(),
        word: [x.word.as_slice(), &y.word].concat(),
    };
    xs.iter().flat_map(|x| ys.iter().map(move |y| both(x, y))).collect()
}

/// The matrix whose inverse every term of a side begins with, or ends in, and the side without it.
fn inverse_at_the_end(s: &Store, t: Id, front: bool) -> Option<(Id, Id)> {
    let terms = cancelled(s, expanded(s, t)?);
    let end = |t: &Term| if front { t.word.first().copied() } else { t.word.last().copied() };
    let inverse = end(terms.first()?)?;
    let m = inverse_of(s, inverse)?;
    if !terms.iter().all(|t| end(t) == Some(inverse)) {
        return None;
    }
    let without = |t: &Term| {
        let n = t.word.len();
        let word = t.word.get(usize::from(front)..n - usize::from(!front)).unwrap_or_default().to_vec();
        Term { word, ..t.clone() }
    };
    Some((m, build(s, &terms.iter().map(without).collect::<Vec<_>>(), t)))
}

/// A term multiplied out, transposes inside; identities are empty words. `None` if there are too many.
fn expanded(s: &Store, t: Id) -> Option<Vec<Term>> {
    let one = |word: Vec<Id>| vec![Term { word, ..Term::one() }];
    let out = match s.node(t) {
        Node::Sum(xs) => {
            let mut out = Vec::new();
            for x in xs {
                out.extend(expanded(s, x.term)?.into_iter().map(|t| Term { neg: t.neg != x.neg, ..t }));
            }
            out
        }
        Node::MatMul(xs) => xs.iter().try_fold(one(Vec::new()), |out, x| Some(times(out, &expanded(s, *x)?)))?,
        Node::Product(xs) => {
            let mut outer = Term::one();
            let mut inner = one(Vec::new());
            for x in xs {
                match s.as_rational(*x) {
                    _ if s.sort(*x).is_tensor() => inner = expanded(s, *x)?,
                    Some(q) => outer.times(&q),
                    None => scalar_factor(s, &mut outer, *x),
                }
            }
            times(vec![outer], &inner)
        }
        Node::Quot(a, b) => {
            let mut outer = Term::one();
            outer.divided(s, *b);
            times(vec![outer], &expanded(s, *a)?)
        }
        Node::Pow(b, k) if s.sort(t).is_tensor() => {
            match s.as_rational(*k).and_then(|k| k.to_i64()).and_then(|k| usize::try_from(k).ok()) {
                Some(k @ 2..=6) => {
                    let b = expanded(s, *b)?;
                    (0..k).fold(one(Vec::new()), |out, _| times(out, &b))
                }
                _ => one(vec![t]),
            }
        }
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(Prim::Transpose), [x]) => expanded(s, *x)?.into_iter().map(|t| Term { word: transposed_word(s, &t.word), ..t }).collect(),
            (Some(Prim::Eye), _) => one(Vec::new()),
            _ => one(vec![t]),
        },
        _ => one(vec![t]),
    };
    (out.len() <= TERMS).then_some(out)
}
/// The same without a matrix beside its inverse.
fn cancelled(s: &Store, terms: Vec<Term>) -> Vec<Term> {
    let eye = |x: &Id| matches!(s.node(*x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Eye));
    let one = |t: Term| {
        let mut word = without_inverses(s, &t.word);
        word.retain(|x| !eye(x));
        Term { word, ..t }
    };
    merged(s, terms.into_iter().map(one).collect())
}
/// The sum of the terms, of the shape of `like`.
fn build(s: &Store, terms: &[Term], like: Id) -> Id {
    let eye = s.sort(like).dims().first().map(|n| s.prim_call(Prim::Eye, &[s.index(n.clone())]));
    let whole = |t: &Term| Term { word: if t.word.is_empty() { eye.into_iter().collect() } else { t.word.clone() }, ..t.clone() };
    match terms {
        [] => crate::reading::words::zero(s, like),
        _ => signed_sum(s, &terms.iter().map(whole).collect::<Vec<_>>()),
    }
}
/// What a matrix is the inverse of.
fn inverse_of(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Inv) && s.sort(t).is_tensor() => xs.first().copied(),
        _ => None,
    }
}
/// Whether there are inverses in a term of one or two directions.
fn has_inverses(s: &Store, t: Id) -> bool {
    let inverse = |n: &Node| matches!(n, Node::Call(f, xs) if s.prim(*f) == Some(Prim::Inv) && xs.iter().all(|x| s.sort(*x).is_tensor()));
    matches!(s.sort(t), Sort::Tensor(d) if d.len() <= 2) && s.any_subterm(t, &mut |n| inverse(n))
}
/// Whether a term has nothing that is made entry by entry.
fn without_indices(s: &Store, t: Id) -> bool {
    let made = |n: &Node| {
        matches!(
            n,
            Node::Entry(..)
                | Node::Tensor { .. }
                | Node::Big { .. }
                | Node::Cases(..)
                | Node::Iverson(_)
                | Node::Array(_)
                | Node::Stack(_)
                | Node::Diff { .. }
                | Node::Limit { .. }
        )
    };
    !s.any_subterm(t, &mut |n| made(n))
}
