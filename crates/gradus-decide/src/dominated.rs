//! Sums against their terms, and logarithms and roots against what they exceed.
//!
//! A sum of terms that are not negative is at least each of them: `Σ_j e^{z_j} ≥ e^{z_k}`. A logarithm exceeds `x` where its
//! argument exceeds `e^x`, a root where its radicand exceeds `x²`. Nothing is said here of where a term has a value.

use crate::algebra::ex;
use crate::atom::{Atom, AtomId, Ex, Mono, Nf};
use crate::facts::{Facts, Mode};
use crate::functions::from_ex;
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
            let own = self.above_terms(n).or_else(|| self.against_largest(n)).or_else(|| self.term_by_term(n));
            let own = own
                .or_else(|| self.above_part(n))
                .or_else(|| self.above_inverse(n))
                .or_else(|| self.by_exponents(n))
                .or_else(|| self.of_one_sign(n));
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
    /// A number in `n` as the sum that is known to be it: `1 − w_i` as `Σ_j w_j − w_i` where the `w_j` add up to 1.
    fn above_part(&self, n: &Nf) -> Option<Range> {
        let (_, q) = n.iter().find(|(m, _)| m.is_one()).filter(|_| n.len() == 2)?;
        let sums = self.known_values().filter(|(a, _)| self.adds_up_entries_of(*a, n));
        let numbers = sums.filter_map(|(a, v)| Some((a, v.single().filter(|(m, _)| m.is_one())?.1.clone())));
        let forms = numbers.filter_map(|(a, v)| Some(n.sub(&Nf::num(q.clone())).add(&Nf::atom(a).scale(&q.div(&v)?))));
        forms.take(PLACES).collect::<Vec<_>>().iter().find_map(|n| self.above_terms(n))
    }
    /// Whether a sum is of the entries of one tensor, of which an entry stands in `n`, too.
    fn adds_up_entries_of(&self, sum: AtomId, n: &Nf) -> bool {
        if !matches!(&*self.get(sum), Atom::Sum(..)) {
            return false;
        }
        let head = |a: AtomId| match &*self.get(a) {
            Atom::Ent { head, .. } => Some(*head),
            _ => None,
        };
        let Ok((_, body)) = self.open_sum(sum) else { return false };
        let Some((m, _)) = body.single() else { return false };
        let mut values = m.iter().filter(|x| !self.get(x.0).is_guard());
        let of = values.next().and_then(|x| head(x.0)).filter(|_| values.next().is_none());
        of.is_some_and(|of| n.iter().any(|(m, _)| m.iter().any(|x| head(x.0) == Some(of))))
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
        const AT_MOST: usize = 3;
        let inverse = |m: &Mono| match m.0.as_ref() {
            [(a, e)] => match &*self.get(*a) {
                Atom::Fn(h, args) if *e == ex(1) && self.prim_of(*h) == Some(Prim::Log) => args.first().cloned().map(|u| (u, true)),
                Atom::Root(u) if *e == ex(1) / 2 => Some((u.clone(), false)),
                _ if *e == ex(1) / 2 => Some((Nf::atom(*a), false)),
                _ => None,
            },
            _ => None,
        };
        n.iter().filter_map(|(m, q)| Some((m, q, inverse(m)?))).take(AT_MOST).find_map(|(m, q, (u, log))| {
            let x = n.sub(&Nf::term(m.clone(), q.clone())).scale(&q.recip()?.neg());
            // Where one of the logarithms has no value nothing is said.
            let no_value = |(v, log): (Nf, bool)| log && !self.nf_range(&v).signs().is_positive();
            if !self.nf_range(&u).signs().pos || x.iter().filter_map(|(m, _)| inverse(m)).any(no_value) {
                return None;
            }
            let end = if log { self.exp_nf(&x) } else { self.mul(&x, &x) }.ok()?;
            let s = self.nf_range(&u.sub(&end)).signs();
            let r = if s.is_positive() {
                Range::positive()
            } else if s.is_nonneg() {
                Range::nonneg()
            } else if !s.pos && (log || self.nf_range(&x).signs().is_nonneg()) {
                Range::nonneg().neg()
            } else {
                return None;
            };
            Some(r.scale(q))
        })
    }
    /// `r e^u − r e^v`, where r has a sign, has that of `r (u − v)`.
    fn by_exponents(&self, n: &Nf) -> Option<Range> {
        let mut terms = n.iter();
        let (Some((a, p)), Some((b, q)), None) = (terms.next(), terms.next(), terms.next()) else { return None };
        let ratio = self.mono_mul(a, &Mono::from_vec(b.iter().map(|(x, e)| (*x, -*e)).collect())).ok().filter(|_| p.add(q).is_zero())?;
        let mut exponent = Nf::zero();
        for (x, e) in ratio.iter() {
            let Atom::Exp(m) = &*self.get(*x) else { return None };
            exponent = exponent.add_scaled(&Nf::term(m.clone(), Rat::one()), &from_ex(*e));
        }
        let s = self.factored_range(&exponent, 0).signs();
        let r = match (s.is_nonneg(), !s.pos) {
            (true, _) if s.is_positive() => Range::positive(),
            (true, _) => Range::nonneg(),
            (_, true) if s.is_negative() => Range::positive().neg(),
            (_, true) => Range::nonneg().neg(),
            _ => return None,
        };
        Some(r.mul(&self.mono_range(b)).scale(p))
    }
    /// `q max_v f(v) + x`, for positive q, is at least `q f(i) + x` for each i in the range, and at most what `q f(v) + x` is for every v;
    /// a least member and a negative q turn this round.
    fn against_largest(&self, n: &Nf) -> Option<Range> {
        for (m, q) in n.iter() {
            let [(a, e)] = m.0.as_ref() else { continue };
            let Atom::Big(op, v, lo, hi, body) = &*self.get(*a) else { continue };
            if *e != ex(1) || !matches!(op, BigOp::Max | BigOp::Min) {
                continue;
            }
            let rest = n.sub(&Nf::term(m.clone(), q.clone()));
            let largest = (*op == BigOp::Max) != q.is_negative();
            let mut places = Vec::new();
            self.places_of(&rest, &mut places);
            let inside = |i: &Aff| [i.sub(lo), hi.sub(i)].iter().all(|a| self.entails(a, &[]) == Ok(true));
            for i in places.iter().filter(|i| inside(i)) {
                let s = self.subst_nf(body, *v, i).map(|f| self.nf_range(&rest.add(&f.scale(q))).signs()).ok()?;
                match (largest, s.is_nonneg(), !s.pos) {
                    (true, true, _) => return Some(if s.is_positive() { Range::positive() } else { Range::nonneg() }),
                    (false, _, true) => return Some(if s.is_negative() { Range::positive() } else { Range::nonneg() }.neg()),
                    _ => {}
                }
            }
            let (within, i) = self.at_any_index(self.store.sym("i"), lo, hi);
            let s = self.subst_nf(body, *v, &Aff::free(i)).map(|f| within.nf_range(&rest.add(&f.scale(q))).signs()).ok()?;
            match (largest, s.is_nonneg(), !s.pos) {
                (true, _, true) => return Some(if s.is_negative() { Range::positive() } else { Range::nonneg() }.neg()),
                (false, true, _) => return Some(if s.is_positive() { Range::positive() } else { Range::nonneg() }),
                _ => {}
            }
        }
        None
    }
    /// Sums over the same range, and what is taken as often as it has members, term by term: `Σ_j |w_j| − Σ_j w_j` is a sum of what is not
    /// negative, and so is `K max_j w_j − Σ_j w_j`.
    fn term_by_term(&self, n: &Nf) -> Option<Range> {
        let mut common: Option<(IVar, Vec<(AtomId, Ex)>)> = None;
        let (mut body, mut others) = (Nf::zero(), Vec::new());
        for (m, q) in n.iter() {
            let sum = match m.0.as_ref() {
                [(a, e)] if *e == ex(1) => self.open_sum(*a).ok()?,
                _ => (Vec::new(), Nf::zero()),
            };
            let ([v], own) = (sum.0.as_slice(), &sum.1) else {
                others.push((m, q));
                continue;
            };
            let at = common.as_ref().map_or(*v, |c| c.0);
            let named = self.subst_nf(own, *v, &Aff::var(at)).ok()?;
            let (m, k) = named.single()?;
            let (guards, values): (Vec<_>, Vec<_>) = m.iter().copied().partition(|(a, _)| self.get(*a).is_guard());
            if common.get_or_insert_with(|| (at, guards.clone())).1 != guards {
                return None;
            }
            body = body.add_scaled(&Nf::term(Mono(values.into()), Rat::one()), &q.mul(k));
        }
        let (v, guards) = common.filter(|c| c.1.iter().all(|(a, _)| self.mentions(*a, c.0)))?;
        let (lo, hi) = self.bounds_of(v, &guards)?;
        let ([lo], [hi]) = (lo.as_slice(), hi.as_slice()) else { return None };
        for (m, q) in others {
            let each = self.taken_for_each(m, &hi.sub(lo).plus(1))?;
            body = body.add_scaled(&Nf::term(each, Rat::one()), q);
        }
        let (within, i) = self.at_any_index(self.store.sym("i"), lo, hi);
        let s = within.factored_range(&self.subst_nf(&body, v, &Aff::free(i)).ok()?, 0).signs();
        if s.is_nonneg() {
            Some(Range::nonneg())
        } else {
            (!s.pos).then(|| Range::nonneg().neg())
        }
    }
    /// `x` for `K x`, if K is the number of members.
    fn taken_for_each(&self, m: &Mono, count: &Aff) -> Option<Mono> {
        let members = self.aff_nf(count);
        let (size, q) = members.single()?;
        let [(k, e)] = size.0.as_ref() else { return None };
        if *e != ex(1) || !q.is_one() || self.entails(count, &[]) != Ok(true) || m.exponent(*k) < ex(1) {
            return None;
        }
        self.mono_mul(m, &Mono::atom(*k, ex(-1))).ok().filter(|each| each.exponent(*k) >= ex(0))
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
