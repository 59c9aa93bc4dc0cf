//! Fractions: common denominators, cancelling, multiplying out, collecting.

use super::Back;
use crate::cost::cost;
use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, is_one, summands, tidy};
use crate::Engine;
use gradus_kernel::{rearranged, Text, Weight};
use gradus_term::{Id, Node, Position, Rat, Store, Summand};

impl<'s> Engine<'s> {
    /// `a/b + c` as `(a + c b)/b`, at the innermost sum with a fraction in it.
    pub(crate) fn common_denominator(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let mut paths = everywhere(s, d.current(), &|n| matches!(n, Node::Sum(xs) if xs.len() > 1));
        paths.sort_by_key(|p| std::cmp::Reverse(p.len()));
        for path in paths {
            if self.is_inside_function(d.current(), &path) {
                continue;
            }
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Some(new) = one_fraction(s, f.part) else { continue };
            if d.recompute(&pos, &f, new, "fraction.common_denominator", Text::words("common denominator"), Weight::Main).is_ok() {
                return Some(Text::words("split the fraction"));
            }
        }
        None
    }

    /// What the common denominator left to work out above the bar: brackets opened, numbers and like terms collected.
    pub(crate) fn work_out(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let start = d.len();
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Quot(a, _) if matches!(s.node(*a), Node::Sum(_)))) {
            let pos = Position::at(&path).child(0);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let plain = tidy(s, f.part);
            let expanded =
                d.proof.facts_at(&f).expand(f.part).map(|t| tidy(s, t)).filter(|t| summands(s, *t).len() < summands(s, plain).len());
            let new = expanded.unwrap_or(plain);
            if !rearranged(s, new, f.part)
                && d.recompute(&pos, &f, new, "algebra.collect", Text::words("simplify the numerator"), Weight::Main).is_ok()
            {
                break;
            }
        }
        (d.len() > start).then(|| Text::words("add and subtract"))
    }

    /// Cancels the common factors of numerators and denominators.
    pub(crate) fn cancel(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let mut gone: Vec<Id> = Vec::new();
        let start = d.len();
        for _ in 0..12 {
            let before = d.len();
            for path in everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..))) {
                let pos = Position::at(&path);
                let Ok(f) = d.proof.focus(&pos) else { continue };
                let Some((new, common)) = cancelled(s, f.part) else { continue };
                if d.recompute(&pos, &f, new, "fraction.cancel", Text::words("cancel ").term(common), Weight::Main).is_ok() {
                    gone.push(common);
                    break;
                }
            }
            if d.len() == before {
                break;
            }
        }
        (d.len() > start).then(|| Text::words("multiply numerator and denominator by ").term(s.product(&gone)))
    }

    /// `(x² − t²)/(x − t)` as `(x − t)(x + t)/(x − t)`: a numerator or denominator factored, where something cancels then.
    pub(crate) fn factor_to_cancel(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let paths = everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..)));
        paths.into_iter().filter(|p| !self.is_inside_function(d.current(), p)).collect::<Vec<_>>().into_iter().find_map(|path| {
            let pos = Position::at(&path);
            let f = d.proof.focus(&pos).ok()?;
            let Node::Quot(a, b) = *s.node(f.part) else { return None };
            let facts = d.proof.facts_at(&f);
            let factored = |t: Id| match s.node(t) {
                Node::Sum(_) => facts.factor(t).map(|x| tidy(s, x)).filter(|x| matches!(s.node(*x), Node::Product(_) | Node::Pow(..))),
                _ => None,
            };
            let (p, q) = (factored(a), factored(b));
            let forms = [(p, None), (None, q), (p, q)];
            let new = forms.into_iter().filter(|f| f.0.is_some() || f.1.is_some()).map(|(p, q)| s.quot(p.unwrap_or(a), q.unwrap_or(b)));
            let new = new.into_iter().find(|t| cancelled(s, *t).is_some())?;
            d.recompute(&pos, &f, new, "algebra.factor", Text::words("factor"), Weight::Main).ok()?;
            Some(Text::words("multiply out"))
        })
    }

    /// Whether the fraction's numerator and denominator have a common factor.
    pub(crate) fn cancels(&self, t: Id) -> bool {
        cancelled(self.store, t).is_some()
    }

    /// Multiplies out the outermost products of sums and powers of sums, outside denominators and exponents.
    pub(crate) fn multiply_out(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let start = d.len();
        for _ in 0..8 {
            let term = d.current();
            let paths = everywhere(s, term, &|n| is_product_of_sums(s, n));
            let open = |p: &Vec<u32>| !self.is_inside_function(term, p) && !in_denominator(s, term, p) && !above_in_sum(s, term, p);
            let hit = paths.into_iter().filter(open).any(|path| {
                let pos = Position::at(&path);
                let Ok(f) = d.proof.focus(&pos) else { return false };
                let Some(new) = d.proof.facts_at(&f).expand(f.part).map(|t| tidy(s, t)).filter(|t| !is_product_of_sums(s, s.node(*t)))
                else {
                    return false;
                };
                !rearranged(s, new, f.part)
                    && d.recompute(&pos, &f, new, "algebra.expand", Text::words("multiply out"), Weight::Main).is_ok()
            });
            if !hit {
                break;
            }
        }
        (d.len() > start).then(|| Text::words("factor"))
    }

    /// Like terms of sums are collected, wherever that makes them shorter.
    pub(crate) fn collect_terms(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let start = d.len();
        let mut dropped = 0;
        for _ in 0..8 {
            let hit = everywhere(s, d.current(), &|n| matches!(n, Node::Sum(xs) if xs.len() > 1)).into_iter().find_map(|path| {
                let pos = Position::at(&path);
                let f = d.proof.focus(&pos).ok()?;
                let new = d.proof.facts_at(&f).expand(f.part).map(|t| tidy(s, t))?;
                let (a, b) = (summands(s, f.part).len(), summands(s, new).len());
                if cost(s, new) >= cost(s, f.part) || b >= a || rearranged(s, new, f.part) {
                    return None;
                }
                let words = if b + 1 < a || is_one(s, new) { "collect" } else { "combine like terms" };
                d.recompute(&pos, &f, new, "algebra.collect", Text::words(words), Weight::Main).ok()?;
                Some(a - b)
            });
            let Some(gone) = hit else { break };
            dropped += gone;
        }
        (d.len() > start).then(|| Text::words(if dropped == 2 { "add and subtract" } else { "rewrite the sum" }))
    }
}

/// A product with a sum among its factors, or a whole power of a sum. A number before a sum of fractions stays there.
fn is_product_of_sums(s: &Store, n: &Node) -> bool {
    let sum = |x: &Id| matches!(s.node(*x), Node::Sum(xs) if xs.len() > 1);
    let of_fractions = |x: &Id| matches!(s.node(*x), Node::Sum(xs) if xs.iter().any(|y| matches!(s.node(y.term), Node::Quot(..))));
    match n {
        Node::Product(xs)
            if xs.iter().all(|x| s.as_rational(*x).is_some() || of_fractions(x)) && xs.iter().filter(|x| sum(x)).count() == 1 =>
        {
            false
        }
        Node::Product(xs) => xs.iter().any(|x| sum(x) || matches!(s.node(*x), Node::Pow(b, e) if sum(b) && small(s, *e))),
        Node::Pow(b, e) => sum(b) && small(s, *e),
        _ => false,
    }
}
fn small(s: &Store, e: Id) -> bool {
    s.as_rational(e).and_then(|q| q.to_i64()).is_some_and(|k| (2..=6).contains(&k))
}

fn in_denominator(s: &Store, term: Id, path: &[u32]) -> bool {
    let mut t = term;
    for k in path {
        if matches!((s.node(t), k), (Node::Quot(..), 1)) {
            return true;
        }
        match s.node(t).children().get(*k as usize) {
            Some((c, _)) => t = *c,
            None => return true,
        }
    }
    false
}

/// Whether the place is in the numerator of a fraction that is a summand: what stands there is worked out over a common denominator.
fn above_in_sum(s: &Store, term: Id, path: &[u32]) -> bool {
    let mut t = term;
    let mut in_sum = false;
    for k in path {
        if in_sum && matches!((s.node(t), k), (Node::Quot(_, b), 0) if s.as_rational(*b).is_none()) {
            return true;
        }
        in_sum = matches!(s.node(t), Node::Sum(xs) if xs.len() > 1);
        match s.node(t).children().get(*k as usize) {
            Some((c, _)) => t = *c,
            None => return false,
        }
    }
    false
}

/// Factors with whole exponents and a number in front.
pub(crate) struct Flat {
    pub number: Rat,
    pub powers: Vec<(Id, i64)>,
}

/// A product taken apart.
pub(crate) fn flat(s: &Store, t: Id) -> Flat {
    let mut out = Flat { number: Rat::one(), powers: Vec::new() };
    for f in factors(s, t) {
        if let Some(q) = s.as_rational(f) {
            out.number = out.number.mul(&q);
            continue;
        }
        let (base, k) = match s.node(f) {
            Node::Pow(b, e) => match s.as_rational(*e).and_then(|q| q.to_i64()) {
                Some(k) if k > 0 => (*b, k),
                _ => (f, 1),
            },
            _ => (f, 1),
        };
        match out.powers.iter_mut().find(|(b, _)| rearranged(s, *b, base)) {
            Some((_, n)) => *n += k,
            None => out.powers.push((base, k)),
        }
    }
    out
}

/// The product.
pub(crate) fn unflat(s: &Store, f: &Flat) -> Id {
    let mut xs: Vec<Id> = Vec::new();
    if !f.number.is_one() || f.powers.iter().all(|p| p.1 == 0) {
        xs.push(s.rational(&f.number));
    }
    xs.extend(f.powers.iter().filter(|p| p.1 > 0).map(|(b, k)| if *k == 1 { *b } else { s.pow(*b, s.int(*k)) }));
    s.product(&xs)
}

/// `2 a b²/b` as `2 a b`, if all factors below stand above.
pub(super) fn without_denominator(s: &Store, t: Id) -> Option<Id> {
    let Node::Quot(a, b) = *s.node(t) else { return None };
    let (mut above, below) = (flat(s, a), flat(s, b));
    above.number = above.number.div(&below.number)?;
    for (base, k) in below.powers {
        let own = above.powers.iter_mut().find(|(x, n)| *n >= k && rearranged(s, *x, base))?;
        own.1 -= k;
    }
    Some(unflat(s, &above))
}

/// The sum over one denominator, numerators not multiplied out. `None` without a proper fraction in it.
pub(super) fn one_fraction(s: &Store, t: Id) -> Option<Id> {
    let xs = summands(s, t);
    if xs.len() < 2 || !s.sort(t).is_scalar() {
        return None;
    }
    let parts: Vec<(Summand, Id, Flat)> = xs
        .iter()
        .map(|x| match s.node(x.term) {
            Node::Quot(a, b) => (*x, *a, flat(s, *b)),
            _ => (*x, x.term, Flat { number: Rat::one(), powers: Vec::new() }),
        })
        .collect();
    if parts.iter().all(|p| p.2.powers.is_empty()) && parts.iter().all(|p| p.2.number.is_one()) {
        return None;
    }
    let mut den = Flat { number: Rat::one(), powers: Vec::new() };
    for (_, _, f) in &parts {
        if !f.number.is_integer() {
            return None;
        }
        den.number = den.number.lcm(&f.number);
        for (b, k) in &f.powers {
            match den.powers.iter_mut().find(|(c, _)| rearranged(s, *c, *b)) {
                Some((_, n)) => *n = (*n).max(*k),
                None => den.powers.push((*b, *k)),
            }
        }
    }
    let tops: Option<Vec<Summand>> = parts
        .iter()
        .map(|(x, top, f)| {
            let mut missing = Flat { number: den.number.div(&f.number)?, powers: Vec::new() };
            for (b, k) in &den.powers {
                let have = f.powers.iter().find(|(c, _)| rearranged(s, *c, *b)).map_or(0, |p| p.1);
                missing.powers.push((*b, k - have));
            }
            missing.powers.retain(|p| p.1 > 0);
            let none = missing.number.is_one() && missing.powers.is_empty();
            let term = if none {
                *top
            } else {
                let mut fs = if is_one(s, *top) { Vec::new() } else { factors(s, *top) };
                let more = factors(s, unflat(s, &missing));
                // A number stands before letters.
                let number = more.iter().take_while(|f| s.as_rational(**f).is_some() && s.as_rational(*top).is_none()).count();
                fs.splice(0..0, more.iter().take(number).copied());
                fs.extend(more.iter().skip(number));
                s.product(&fs)
            };
            Some(Summand { neg: x.neg, term })
        })
        .collect();
    // Numerators that are sums join the sum.
    let mut out = Vec::new();
    for x in tops? {
        match s.node(x.term) {
            Node::Sum(ys) if !x.neg => out.extend(ys.iter().copied()),
            _ => out.push(x),
        }
    }
    Some(s.quot(s.sum(&out), unflat(s, &den)))
}

/// The quotient without a common factor, and that factor.
fn cancelled(s: &Store, t: Id) -> Option<(Id, Id)> {
    let Node::Quot(a, b) = s.node(t) else { return None };
    let (neg, a) = crate::tidy::unsign(s, *a);
    let (mut top, mut bottom) = (flat(s, a), flat(s, *b));
    let mut common: Vec<Id> = Vec::new();
    for (base, k) in &mut top.powers {
        if let Some((_, n)) = bottom.powers.iter_mut().find(|(c, _)| rearranged(s, *c, *base)) {
            let m = (*k).min(*n);
            if m > 0 {
                common.push(if m == 1 { *base } else { s.pow(*base, s.int(m)) });
                *k -= m;
                *n -= m;
            }
        }
    }
    if common.is_empty() {
        return None;
    }
    top.powers.retain(|p| p.1 > 0);
    bottom.powers.retain(|p| p.1 > 0);
    let (x, y) = (unflat(s, &top), unflat(s, &bottom));
    let new = if is_one(s, y) { x } else { s.quot(x, y) };
    Some((if neg { s.neg(new) } else { new }, s.product(&common)))
}
