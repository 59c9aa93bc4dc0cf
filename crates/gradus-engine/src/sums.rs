//! Sums over a range as a person treats them: expanded inside, split, what does not depend on the index taken out, deltas
//! collapsed.

use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, summands, tidy};
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, BigOp, Id, Node, Position, RelOp, Summand, VarId};

impl<'s> Engine<'s> {
    /// Expands and splits sums over a range whose body then falls apart: into deltas, or into terms without the index.
    /// Whether any was.
    pub(crate) fn split_sums_over(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let start = d.len();
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, cond: None, .. })) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Some((expanded, split)) = self.fallen_apart(d, &pos, f.part) else { continue };
            let before = d.len();
            if !gradus_kernel::rearranged(s, expanded, f.part)
                && d.recompute(&pos, &f, expanded, "sums.expand", Text::words("multiply out"), Weight::Main).is_err()
            {
                continue;
            }
            d.line(Detail::Textbook);
            let Ok(f) = d.proof.focus(&pos) else { break };
            let Some(split) = self.fallen_apart(d, &pos, f.part).map_or(Some(split), |(_, again)| Some(again)) else { break };
            if d.recompute(&pos, &f, split, "sums.split", Text::words("split the sum"), Weight::Main).is_err() {
                d.truncate(before);
                continue;
            }
            d.line(Detail::Textbook);
            break;
        }
        d.len() > start
    }
    /// Sums that are 1 (of probabilities) or 0 are replaced by that; whether any was.
    pub(crate) fn known_sums(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, cond: None, .. })) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Big { body, .. } = s.node(f.part) else { continue };
            let shares = sum_of_shares(&d.proof.facts_at(&f), f.part);
            let value = match s.node(*body) {
                _ if shares.is_some() => s.int(1),
                // Deviations from a mean add up to 0.
                Node::Sum(xs)
                    if xs.len() == 2 && s.any_subterm(*body, &mut |n| matches!(n, Node::Call(g, _) if s.fun(*g).is_constant_name())) =>
                {
                    s.int(0)
                }
                _ => continue,
            };
            if d.proof.facts_at(&f).equal(f.part, value) != gradus_decide::Equality::Proved {
                continue;
            }
            let reason = Text::default().term(s.rel(RelOp::Eq, f.part, value));
            if d.recompute(&pos, &f, value, "sums.known", reason, Weight::Main).is_ok() {
                return true;
            }
        }
        false
    }
    /// The sum with its body expanded, and as separate sums with constant factors in front; `None` if nothing is gained.
    fn fallen_apart(&self, d: &Draft<'s>, pos: &Position, sum: Id) -> Option<(Id, Id)> {
        let s = self.store;
        let Node::Big { op, hint, lo, hi, cond, .. } = s.node(sum).clone() else { return None };
        let (vars, body) = s.open_child(sum, 0)?;
        let v = *vars.first()?;
        let f = d.proof.focus(&pos.child(0)).ok()?;
        let facts = d.proof.facts_at(&f);
        let open = tidy(s, facts.expand(body)?);
        let terms = summands(s, open);
        let big = |b: Id| s.intern(Node::Big { op, hint, lo: lo.clone(), hi: hi.clone(), cond, body: s.close(b, &[v]) });
        // Shares with constant factors, whose sum is known.
        let around = d.proof.focus(pos).map(|f| d.proof.facts_at(&f)).ok()?;
        let shares = |t: Id| {
            let top = match s.node(t) {
                Node::Quot(a, b) if !s.mentions(*b, v) => *a,
                _ => t,
            };
            let rest: Vec<Id> = factors(s, top).into_iter().filter(|f| s.mentions(*f, v)).collect();
            terms.len() > 1 && matches!(rest.as_slice(), [one] if sum_of_shares(&around, big(*one)).is_some())
        };
        let gains = |t: Id| !s.mentions(t, v) || has_delta(s, t, v) || shares(t);
        if !terms.iter().any(|x| gains(x.term)) || (terms.len() == 1 && !s.any_subterm(body, &mut |n| matches!(n, Node::Sum(_)))) {
            return None;
        }
        let split: Vec<Summand> =
            terms.iter().map(|x| Summand { neg: x.neg, term: self.factor_out(x.term, v, (&lo, &hi), &big) }).collect();
        let split = s.sum(&split);
        // Without a delta a sum stays whole unless its parts are shorter: Σ (y − a − b x).
        if !terms.iter().any(|x| has_delta(s, x.term, v) || shares(x.term))
            && crate::cost::cost(s, tidy(s, split)) > crate::cost::cost(s, sum)
        {
            return None;
        }
        Some((big(open), split))
    }
    /// A sum as separate sums of the summands of its body, multiplied out, with constant factors in front.
    pub(crate) fn sum_apart(&self, facts: &Facts<'s>, sum: Id, fixed: &dyn Fn(Id) -> bool) -> Option<Id> {
        let s = self.store;
        let Node::Big { op, hint, lo, hi, cond: None, .. } = s.node(sum).clone() else { return None };
        let (vars, body) = s.open_child(sum, 0)?;
        let v = *vars.first()?;
        let big = |b: Id| s.intern(Node::Big { op, hint, lo: lo.clone(), hi: hi.clone(), cond: None, body: s.close(b, &[v]) });
        let kept = crate::goals::squares::with_squares_whole(s, body, fixed, |x| facts.expand(x));
        let terms = summands(s, tidy(s, kept.or_else(|| facts.expand(body))?));
        Some(s.sum(&terms.iter().map(|x| Summand { neg: x.neg, term: self.factor_out(x.term, v, (&lo, &hi), &big) }).collect::<Vec<_>>()))
    }
    /// `Σ c u` as `c Σ u`; a sum of a constant as the number of terms times it.
    fn factor_out(&self, t: Id, v: VarId, (lo, hi): (&Aff, &Aff), big: &dyn Fn(Id) -> Id) -> Id {
        let s = self.store;
        let (num, den) = as_fraction(s, t, v);
        let all = factors(s, num);
        // That an index is in range belongs to the entry that is read there.
        let some_left = all.iter().any(|f| s.mentions(*f, v));
        let (constants, rest): (Vec<Id>, Vec<Id>) =
            all.into_iter().partition(|f| !(s.mentions(*f, v) || some_left && crate::tidy::is_guard(s, *f)));
        let (fixed, varying): (Vec<Id>, Vec<Id>) =
            den.map(|b| factors(s, b)).unwrap_or_default().into_iter().partition(|f| !s.mentions(*f, v));
        let together = |fs: &[Id]| (!fs.is_empty()).then(|| s.product(fs));
        let (below_constant, below) = (together(&fixed), together(&varying));
        if rest.is_empty() && below.is_none() {
            let count = s.index(hi.sub(lo).plus(1));
            let top = s.product(&std::iter::once(count).chain(constants).collect::<Vec<_>>());
            return tidy(s, below_constant.map_or(top, |b| s.quot(top, b)));
        }
        let inner = s.product(&rest);
        let inner = big(below.map_or(inner, |b| s.quot(inner, b)));
        let mut out: Vec<Id> = constants.into_iter().filter(|c| !crate::tidy::is_one(s, *c)).collect();
        out.push(inner);
        let top = s.product(&out);
        below_constant.map_or(top, |b| s.quot(top, b))
    }
    /// `Σ_j [j ≠ i] u` is the sum over the other indices, `Σ_j [j < i] u` the sum over those before i.
    pub(crate) fn excluded_terms(&self, d: &mut Draft<'s>) {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, cond: None, .. })) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Big { op, hint, lo, hi, .. } = s.node(f.part).clone() else { continue };
            let Some((vars, body)) = s.open_child(f.part, 0) else { continue };
            let Some(v) = vars.first().copied() else { continue };
            let (neg, core) = crate::tidy::unsign(s, body);
            let fs = factors(s, core);
            let other = |t: &Id| {
                let Node::Iverson(c) = s.node(*t) else { return None };
                let Node::Rel(op, a, b) = s.node(*c) else { return None };
                let at = s.as_aff(*a)?.sub(&s.as_aff(*b)?).solve(gradus_term::IVar::Free(v))?;
                match op {
                    RelOp::Ne => Some(s.rel(RelOp::Ne, s.index(Aff::free(v)), s.index(at))),
                    RelOp::Eq => None,
                    _ => Some(*c),
                }
            };
            let Some((at, cond)) = fs.iter().enumerate().find_map(|(k, x)| Some((k, other(x)?))) else { continue };
            let rest: Vec<Id> = fs.iter().enumerate().filter(|(k, _)| *k != at).map(|(_, x)| *x).collect();
            let cond = s.close(cond, &[v]);
            let (rest, cond) = (if neg { s.neg(s.product(&rest)) } else { s.product(&rest) }, Some(cond));
            let new = s.intern(Node::Big { op, hint, lo, hi, cond, body: s.close(rest, &[v]) });
            let before = d.len();
            if d.recompute(&pos, &f, new, "sums.excluded", Text::words("the other terms are 0"), Weight::Trivial).is_ok() {
                d.on_the_line_before(before);
            }
        }
    }
    /// Constant factors of a sum over a range are taken out in front, wherever such a sum stands; whether any was.
    pub(crate) fn constants_out_of_sums(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, .. })) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Big { op, hint, lo, hi, cond, .. } = s.node(f.part).clone() else { continue };
            let Some((vars, body)) = s.open_child(f.part, 0) else { continue };
            let Some(v) = vars.first().copied() else { continue };
            let (neg, core) = crate::tidy::unsign(s, body);
            let uncounted = cond.is_some() && !s.mentions(core, v);
            if matches!(s.node(core), Node::Sum(_)) || has_delta(s, core, v) || uncounted {
                continue;
            }
            let big = |b: Id| s.intern(Node::Big { op, hint, lo: lo.clone(), hi: hi.clone(), cond, body: s.close(b, &[v]) });
            let out = self.factor_out(core, v, (&lo, &hi), &big);
            let out = if neg { s.neg(out) } else { out };
            if s.same(out, f.part) {
                continue;
            }
            if d.recompute(&pos, &f, out, "sums.constants", Text::words("constant factors come out of the sum"), Weight::Small).is_ok() {
                return true;
            }
        }
        false
    }
}

/// A term as one numerator over one denominator, also of the fractions among its factors in which the index stands.
fn as_fraction(s: &gradus_term::Store, t: Id, v: VarId) -> (Id, Option<Id>) {
    let (mut above, mut below) = (Vec::new(), Vec::new());
    let fs = factors(s, t);
    for f in &fs {
        match s.node(*f) {
            Node::Quot(a, b) if fs.len() == 1 || s.mentions(*f, v) => {
                above.extend(factors(s, *a));
                below.extend(factors(s, *b));
            }
            _ => above.push(*f),
        }
    }
    if above.len() > 1 {
        above.retain(|x| !crate::tidy::is_one(s, *x));
    }
    (s.product(&above), (!below.is_empty()).then(|| s.product(&below)))
}

/// 1 for the sum of shares, which add up to it as they are or as is given.
fn sum_of_shares(facts: &Facts<'_>, sum: Id) -> Option<Id> {
    let s = facts.store();
    let Node::Big { body, .. } = s.node(sum) else { return None };
    let entry = matches!(s.node(*body), Node::Entry(t, _) if matches!(s.node(*t), Node::Call(..) | Node::Var(_)));
    let one = s.int(1);
    (entry && facts.equal(sum, one).is_proved()).then_some(one)
}

/// Whether the term has a factor `[v = …]`.
fn has_delta(s: &gradus_term::Store, t: Id, v: VarId) -> bool {
    let num = match s.node(t) {
        Node::Quot(a, _) => *a,
        _ => t,
    };
    factors(s, num).into_iter().any(|f| match s.node(f) {
        Node::Iverson(c) => match s.node(*c) {
            Node::Rel(RelOp::Eq, a, b) => match (s.as_aff(*a), s.as_aff(*b)) {
                (Some(a), Some(b)) => a.sub(&b).coef(gradus_term::IVar::Free(v)).abs() == 1,
                _ => false,
            },
            _ => false,
        },
        _ => false,
    })
}
