//! Denominators: fractions in fractions cleared, and fractions whose denominators differ by an exponential brought to the same one.

use super::fractions::{one_fraction, without_denominator};
use super::Back;
use crate::cost::cost;
use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, is_one, summands, tidy};
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::{rearranged, Text, Weight};
use gradus_term::{Aff, Arg, Focus, Id, Node, Position, Sort, Summand, Sym};

/// A sum with its powers of fractions as fractions of powers.
fn powers_apart(s: &gradus_term::Store, t: Id) -> Id {
    if !matches!(s.node(t), Node::Sum(_)) {
        return t;
    }
    let apart = |t: Id| match *s.node(t) {
        Node::Pow(u, k) => match *s.node(u) {
            Node::Quot(a, b) if s.as_rational(k).is_some_and(|q| q.is_integer() && q.is_positive()) => s.quot(s.pow(a, k), s.pow(b, k)),
            _ => t,
        },
        _ => t,
    };
    s.sum(&summands(s, t).into_iter().map(|x| Summand { neg: x.neg, term: apart(x.term) }).collect::<Vec<_>>())
}

/// How much more may be written after fractions in a fraction are cleared.
const DEARER: u32 = 6;

impl<'s> Engine<'s> {
    /// `(1/D)/(1 − 1/D)` as `1/(D − 1)`: a fraction with sums of fractions in it, multiplied above and below by their
    /// denominator.
    pub(crate) fn clear_fractions(&self, d: &mut Draft<'s>) -> Option<Back> {
        let (pos, f, new, by) = self.cleared(d)?;
        let reason = Text::words("multiply numerator and denominator by ").term(by);
        d.recompute(&pos, &f, new, "fraction.expand", reason, Weight::Main).ok()?;
        Some(Text::words("divide numerator and denominator by ").term(by))
    }
    /// Whether there is a fraction with fractions in it that [`clear_fractions`](Self::clear_fractions) would clear.
    pub(crate) fn has_nested_fraction(&self, d: &Draft<'s>) -> bool {
        self.cleared(d).is_some()
    }
    /// The first such fraction: its place, what it becomes, and the factor.
    fn cleared(&self, d: &Draft<'s>) -> Option<(Position, Focus, Id, Id)> {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..))) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Quot(a, b) = *s.node(f.part) else { continue };
            let (a, b) = (powers_apart(s, a), powers_apart(s, b));
            let numbers = || self.any_denominator(b).filter(|q| self.any_denominator(a).is_some_and(|p| s.same(p, *q)));
            let Some(by) = self.inner_denominator(b).or_else(|| self.inner_denominator(a)).or_else(numbers) else { continue };
            let fraction = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Quot(..)));
            let over = |t: Id| {
                if self.any_denominator(t).is_none() {
                    let all = tidy(s, s.product(&factors(s, t).into_iter().filter(|x| !is_one(s, *x)).chain([by]).collect::<Vec<_>>()));
                    // A factor that is a fraction itself is cancelled.
                    return without_denominator(s, all).map_or(all, |t| tidy(s, t));
                }
                let xs: Vec<Summand> =
                    summands(s, t).into_iter().map(|x| Summand { neg: x.neg, term: tidy(s, s.product(&[x.term, by])) }).collect();
                tidy(s, s.sum(&xs))
            };
            let (top, bottom) = (over(a), over(b));
            let new = s.quot(top, bottom);
            if !fraction(top) && !fraction(bottom) && cost(s, new) < cost(s, f.part) + DEARER {
                return Some((pos, f, new, by));
            }
        }
        None
    }
    /// The denominator of a sum of fractions and whole terms, if it is no number.
    fn inner_denominator(&self, t: Id) -> Option<Id> {
        self.any_denominator(t).filter(|b| self.store.as_rational(*b).is_none())
    }
    fn any_denominator(&self, t: Id) -> Option<Id> {
        let s = self.store;
        matches!(s.node(t), Node::Sum(_)).then(|| one_fraction(s, t)).flatten().and_then(|q| match *s.node(q) {
            Node::Quot(_, b) => Some(b),
            _ => None,
        })
    }

    /// `a/(1 + e^{−u}) + b/(1 + e^u)`: the second fraction multiplied above and below by `e^{−u}`, so that the denominators agree.
    pub(crate) fn match_denominators(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Sum(xs) if xs.len() > 1)) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let facts = d.proof.facts_at(&f);
            let xs = summands(s, f.part);
            let quotients: Vec<(usize, Id, Id)> = xs
                .iter()
                .enumerate()
                .filter_map(|(k, x)| match *s.node(x.term) {
                    Node::Quot(a, b) => Some((k, a, b)),
                    _ => None,
                })
                .collect();
            let pairs = quotients.iter().enumerate().flat_map(|(i, p)| quotients.iter().skip(i + 1).map(move |q| (p, q)));
            let hit = pairs.into_iter().find_map(|(p, q)| {
                let m = (!rearranged(s, p.2, q.2)).then(|| self.exponential_ratio(&facts, p.2, q.2)).flatten()?;
                let top = tidy(s, s.product(&factors(s, q.1).into_iter().filter(|x| !is_one(s, *x)).chain([m]).collect::<Vec<_>>()));
                Some((q.0, s.quot(top, p.2), m))
            });
            let Some((k, new, m)) = hit else { continue };
            let terms: Vec<Summand> =
                xs.iter().enumerate().map(|(j, x)| if j == k { Summand { neg: x.neg, term: new } } else { *x }).collect();
            let reason = Text::words("multiply numerator and denominator by ").term(m);
            if d.recompute(&pos, &f, s.sum(&terms), "fraction.expand", reason, Weight::Main).is_ok() {
                return Some(Text::words("divide numerator and denominator by ").term(m));
            }
        }
        None
    }
    /// `p/q`, if that is an exponential, or a number and one.
    pub(crate) fn exponential_ratio(&self, facts: &Facts<'s>, p: Id, q: Id) -> Option<Id> {
        let s = self.store;
        if let (Node::Pow(a, j), Node::Pow(b, k)) = (s.node(p), s.node(q)) {
            if s.same(*j, *k) {
                let m = self.exponential_ratio(facts, *a, *b)?;
                let power = s.pow(m, *j);
                return facts.expand(power).map(|t| tidy(s, t));
            }
        }
        if let (Node::Big { lo: l1, hi: h1, body: a, .. }, Node::Big { lo: l2, hi: h2, body: b, .. }) = (s.node(p), s.node(q)) {
            // The factor must not depend on the index.
            let j = Arg::Idx(Aff::free(s.fresh(Sym::NONE, Sort::Scalar, true)));
            let same_range = l1 == l2 && h1 == h2;
            let m = same_range.then(|| self.exponential_ratio(facts, s.open(*a, std::slice::from_ref(&j)), s.open(*b, &[j])))??;
            return facts.equal(p, s.product(&[m, q])).is_proved().then_some(m);
        }
        if let (Node::Product(xs), Node::Product(ys)) = (s.node(p), s.node(q)) {
            let without =
                |xs: &[Id], ys: &[Id]| -> Vec<Id> { xs.iter().copied().filter(|x| !ys.iter().any(|y| rearranged(s, *x, *y))).collect() };
            return match (without(xs, ys).as_slice(), without(ys, xs).as_slice()) {
                ([a], [b]) => self.exponential_ratio(facts, *a, *b).filter(|m| facts.equal(p, s.product(&[q, *m])).is_proved()),
                _ => None,
            };
        }
        let (x, ys) = (*summands(s, p).first()?, summands(s, q));
        ys.iter().find_map(|y| {
            let ratio = tidy(s, s.quot(x.term, y.term));
            let ratio = facts.expand(ratio).map_or(ratio, |t| tidy(s, t));
            let fits = x.neg == y.neg && !is_one(s, ratio) && self.is_exponential_monomial(ratio);
            (fits && facts.equal(p, s.product(&[q, ratio])).is_proved()).then_some(ratio)
        })
    }
}
