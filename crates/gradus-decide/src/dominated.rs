//! Sums against their terms, and logarithms and roots against what they exceed.
//!
//! A sum of terms that are not negative is at least each of them: `Σ_j e^{z_j} ≥ e^{z_k}`. A logarithm exceeds `x` where its
//! argument exceeds `e^x`, a root where its radicand exceeds `x²`. Nothing is said here of where a term has a value.

use crate::algebra::ex;
use crate::atom::{Atom, Mono, Nf};
use crate::facts::{Facts, Mode};
use crate::range::Range;
use crate::signs::max_range;
use gradus_term::{Aff, BigOp, IVar, Id, Node, Prim, Rat, RelOp};

/// How many places of a sum are looked at.
const PLACES: usize = 12;

impl Facts<'_> {
    /// The range of a finite sum of values of range `r`.
    pub(crate) fn sum_range(&self, r: &Range, nonempty: bool) -> Range {
        let s = r.signs();
        match (s.neg, s.pos, s.zero || !nonempty) {
            (false, false, _) => Range::point(Rat::zero()),
            (false, true, false) => Range::positive(),
            (false, true, true) => Range::nonneg(),
            (true, false, false) => Range::positive().neg(),
            (true, false, true) => Range::nonneg().neg(),
            (true, true, _) => Range::any(),
        }
    }
    /// A quotient, at most 1 where the denominator is a sum that is at least the numerator.
    pub(crate) fn quotient_range(&self, a: Id, b: Id) -> Range {
        let (above, below) = (self.term_range(a), self.term_range(b));
        let r = above.mul(&below.recip());
        let open = above.signs().is_nonneg() && below.signs().is_positive() && r.hi.is_none();
        if !open || !self.store.any_subterm(b, &mut |n| matches!(n, Node::Big { op: BigOp::Sum, .. })) {
            return r;
        }
        let left = self.sh.fuel.deeper(|| Ok(self.nf_range(&self.difference(b, a, Mode::Opaque)?).signs()));
        match left {
            Ok(s) if s.is_positive() => r.bounded(RelOp::Lt, &Rat::one()),
            Ok(s) if s.is_nonneg() => r.bounded(RelOp::Le, &Rat::one()),
            _ => r,
        }
    }
    /// What sums say of `n` by their terms, and logarithms and roots by their arguments; its sign only.
    pub(crate) fn sign_by_terms(&self, n: &Nf) -> Option<Range> {
        n.iter().nth(1)?;
        let attempt = self.sh.fuel.deeper(|| {
            let own =
                self.above_terms(n).or_else(|| self.term_by_term(n)).or_else(|| self.above_inverse(n)).or_else(|| self.of_one_sign(n));
            if own.is_some() {
                return Ok(own);
            }
            // Over a positive denominator the numerator has the sign.
            let mut cleared = n.clone();
            for (a, e) in self.denominators(n) {
                let d = self.pow(&Nf::atom(a), e)?;
                if !self.nf_range(&d).signs().is_positive() {
                    return Ok(None);
                }
                cleared = self.mul(&cleared, &d)?;
            }
            Ok(if cleared == *n { None } else { self.above_terms(&cleared) })
        });
        attempt.ok().flatten()
    }
    /// `c Σ_v f(v) + x` with `f ≥ 0` and positive c is at least `c f(i) + x`; with negative c it is at most that.
    fn above_terms(&self, n: &Nf) -> Option<Range> {
        for (m, c) in n.iter() {
            let Some((a, _)) = m.iter().find(|(a, e)| *e == ex(1) && matches!(&*self.get(*a), Atom::Sum(..))) else { continue };
            let beside = Nf::term(m.without(*a), c.clone());
            let rest = n.sub(&Nf::term(m.clone(), c.clone()));
            let side = self.nf_range(&beside).signs();
            if side.neg && side.pos {
                continue;
            }
            let (vs, body) = self.open_sum(*a).ok()?;
            let Some((inside, q)) = body.single() else { continue };
            let values = Mono(inside.iter().filter(|x| !self.get(x.0).is_guard()).copied().collect());
            let term = self.mono_range(&values).scale(q).signs();
            if !term.is_nonneg() {
                continue;
            }
            let mut places = Vec::new();
            self.places_of(&rest, &mut places);
            // What is left of the sum without one term is positive.
            let more = term.is_positive() && !side.zero && self.has_two(&vs, inside);
            for one in self.at_places(&body, &vs, &places) {
                self.sh.fuel.spend(4).ok()?;
                let Ok(with_one) = self.mul(&beside, &one) else { continue };
                let s = self.nf_range(&rest.add(&with_one)).signs();
                let r = match more || s.is_nonzero() {
                    true => Range::positive(),
                    false => Range::nonneg(),
                };
                if s.is_nonneg() && !side.neg {
                    return Some(r);
                }
                if !s.pos && !side.pos {
                    return Some(r.neg());
                }
            }
        }
        None
    }
    /// The body of a sum with the indices at places, where these lie in the range.
    fn at_places(&self, body: &Nf, vs: &[IVar], places: &[Aff]) -> Vec<Nf> {
        let Some((v, left)) = vs.split_first() else {
            let known = body.single().and_then(|(m, q)| Some(self.guarded(m).ok()?.scale(q))).filter(|n| !self.has_guard(n));
            return known.into_iter().collect();
        };
        let put = |i: &Aff| self.subst_nf(body, *v, i).map(|n| self.at_places(&n, left, places)).unwrap_or_default();
        places.iter().flat_map(put).take(PLACES).collect()
    }
    /// Whether a range of one index has two members.
    fn has_two(&self, vs: &[IVar], m: &Mono) -> bool {
        let [v] = vs else { return false };
        // What does not depend on the index could make all terms 0.
        if m.iter().any(|(a, _)| self.get(*a).is_guard() && !self.mentions(*a, *v)) {
            return false;
        }
        let Some((lo, hi)) = self.bounds_of(*v, &m.0) else { return false };
        !lo.is_empty() && !hi.is_empty() && lo.iter().all(|l| hi.iter().all(|h| self.entails(&h.sub(l).plus(-1), &[]) == Ok(true)))
    }
    /// The indices at which something stands in a monomial.
    fn places(&self, m: &Mono, out: &mut Vec<Aff>) {
        for (a, _) in m.iter() {
            match &*self.get(*a) {
                Atom::Ent { args, .. } => {
                    for i in args {
                        if !out.contains(i) && out.len() < PLACES {
                            out.push(i.clone());
                        }
                    }
                }
                Atom::Int(v) if !out.contains(&Aff::var(*v)) && out.len() < PLACES => out.push(Aff::var(*v)),
                Atom::Exp(m) => self.places(m, out),
                Atom::Fn(_, ns) => ns.iter().for_each(|n| self.places_of(n, out)),
                Atom::Poly(n) | Atom::Root(n) => self.places_of(n, out),
                _ => {}
            }
        }
    }
    fn places_of(&self, n: &Nf, out: &mut Vec<Aff>) {
        n.iter().for_each(|(m, _)| self.places(m, out));
    }
    /// `q log u − x` has the sign of `q (u − e^{x/q})`; `q √u − x` that of `q` where `u` is at least `(x/q)²`.
    fn above_inverse(&self, n: &Nf) -> Option<Range> {
        let mut found = None;
        for (m, q) in n.iter() {
            if let [(a, e)] = m.0.as_ref() {
                let inverse = match &*self.get(*a) {
                    Atom::Fn(h, args) if *e == ex(1) && self.prim_of(*h) == Some(Prim::Log) => args.first().cloned().map(|u| (u, true)),
                    Atom::Root(u) if *e == ex(1) / 2 => Some((u.clone(), false)),
                    _ if *e == ex(1) / 2 => Some((Nf::atom(*a), false)),
                    _ => None,
                };
                if let Some((u, log)) = inverse {
                    if found.replace((m.clone(), q.clone(), u, log)).is_some() {
                        return None;
                    }
                }
            }
        }
        let (m, q, u, log) = found?;
        let x = n.sub(&Nf::term(m, q.clone())).scale(&q.recip()?.neg());
        let end = if log { self.exp_nf(&x) } else { self.mul(&x, &x) }.ok()?;
        let beyond = u.sub(&end);
        let s = self.nf_range(&beyond).meet(&self.above_terms(&beyond).unwrap_or_else(Range::any)).signs();
        let r = if s.is_positive() {
            Range::positive()
        } else if s.is_nonneg() {
            Range::nonneg()
        } else if !s.pos && (log || self.nf_range(&x).signs().is_nonneg()) {
            Range::nonneg().neg()
        } else {
            return None;
        };
        Some(r.scale(&q))
    }
    /// Sums over the same range, term by term: `Σ_j |w_j| − Σ_j w_j` is a sum of what is not negative.
    fn term_by_term(&self, n: &Nf) -> Option<Range> {
        let mut common: Option<(IVar, Vec<Aff>)> = None;
        let mut body = Nf::zero();
        for (m, q) in n.iter() {
            let [(a, e)] = m.0.as_ref() else { return None };
            let (vs, own) = self.open_sum(*a).ok().filter(|_| *e == ex(1))?;
            let ([v], Some((m, c))) = (vs.as_slice(), own.single()) else { return None };
            let (v, range) = match &common {
                Some((first, range)) => (*first, range.clone()),
                None => (*v, Vec::new()),
            };
            let named = self.subst_nf(&Nf::term(m.clone(), Rat::one()), vs.first().copied()?, &Aff::var(v)).ok()?;
            let (m, k) = named.single()?;
            let (guards, values): (Vec<_>, Vec<_>) = m.iter().copied().partition(|(a, _)| self.get(*a).is_guard());
            let mut bounds = Vec::new();
            for (a, _) in guards {
                let Atom::Ge(g) = &*self.get(a) else { return None };
                bounds.push(g.clone());
            }
            bounds.sort();
            if common.is_some() && bounds != range {
                return None;
            }
            common = Some((v, bounds));
            body = body.add_scaled(&Nf::term(Mono(values.into()), Rat::one()), &q.mul(c).mul(k));
        }
        let s = self.factored_range(&body, 0).signs();
        if s.is_nonneg() {
            Some(Range::nonneg())
        } else {
            (!s.pos).then(|| Range::nonneg().neg())
        }
    }
    /// `y + q |u|` is the larger of `y + q u` and `y − q u`, for negative q the smaller.
    fn of_one_sign(&self, n: &Nf) -> Option<Range> {
        const AT_MOST: usize = 3;
        let size = |m: &Mono| match m.0.as_ref() {
            [(a, e)] if *e == ex(1) => match &*self.get(*a) {
                Atom::Fn(h, args) if self.prim_of(*h) == Some(Prim::Abs) => args.first().cloned(),
                _ => None,
            },
            _ => None,
        };
        let mut sizes = n.iter().filter_map(|(m, q)| Some((m, q, size(m)?)));
        let (m, q, u) = sizes.next()?;
        if sizes.count() >= AT_MOST {
            return None;
        }
        let y = n.sub(&Nf::term(m.clone(), q.clone()));
        let (a, b) = (self.nf_range(&y.add_scaled(&u, q)), self.nf_range(&y.add_scaled(&u, &q.neg())));
        Some(if q.is_negative() { max_range(&a.neg(), &b.neg()).neg() } else { max_range(&a, &b) })
    }
}
