//! Are two terms equal in value, wherever both have one?
//!
//! In this order: equal structure; tensors by entries with fresh indices; normal forms with definitions as kernels; with
//! definitions unfolded; then by cases on a guard that is left. A "proved" is never a guess; "unknown" says whether the budget
//! ran out.

use crate::algebra::ex;
use crate::atom::{Atom, AtomId, Collect, Ex, Mono, Nf};
use crate::budget::Budget;
use crate::facts::{Facts, Mode};
use crate::linear::System;
use gradus_term::{Aff, Arg, Domain, IVar, Id, Node, Prim, Rat, RelOp, Sort, Sym, VarId};

type R<T> = Result<T, Budget>;

/// Why an equality is not proved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Why {
    /// No proof was found; the terms may differ.
    NotFound,
    /// The budget ran out.
    Budget,
}

/// The answer to [`Facts::equal`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Equality {
    /// Equal in value wherever both have one.
    Proved,
    /// Not proved.
    Unknown(Why),
}

impl Equality {
    /// Whether it is proved.
    pub fn is_proved(self) -> bool {
        self == Equality::Proved
    }
}

/// Tensors with at most this many entries, all sizes known, are compared place by place.
const PLACES: i64 = 144;

/// Every place of a tensor of known sizes, if they are few.
fn places(dims: &[Aff]) -> Option<Vec<Vec<Aff>>> {
    let mut out = vec![Vec::new()];
    let mut count = 1i64;
    for d in dims {
        let n = d.as_int().filter(|n| *n >= 0)?;
        count = count.checked_mul(n).filter(|c| *c <= PLACES)?;
        out = out.into_iter().flat_map(|ix: Vec<Aff>| (1..=n).map(move |k| ix.iter().cloned().chain([Aff::int(k)]).collect())).collect();
    }
    Some(out)
}

/// How many guards are split one inside the other.
const MAX_SPLITS: u32 = 4;

impl Facts<'_> {
    /// Whether the two terms are equal in value wherever both have one.
    ///
    /// Under contradictory facts anything may be proved: ask [`Facts::contradictory`] once per set of givens.
    pub fn equal(&self, a: Id, b: Id) -> Equality {
        self.asked(|f| f.equal_at(a, b, 0))
    }
    fn equal_at(&self, a: Id, b: Id, splits: u32) -> Equality {
        if self.store.same(a, b) {
            return Equality::Proved;
        }
        let (s, t) = (self.store.sort(a).clone(), self.store.sort(b).clone());
        if s == t && self.same_words(a, b) {
            return Equality::Proved;
        }
        if s.is_tensor() || t.is_tensor() {
            return self.equal_tensors(a, b, &s, &t);
        }
        if !s.is_scalar() || !t.is_scalar() {
            return Equality::Unknown(Why::NotFound);
        }
        let mut why = Why::NotFound;
        let mut left = Nf::zero();
        // Angles that are sums stay whole where they can: first, since taking them apart makes the terms large.
        let units = self.units_of_angles(&[a, b]);
        if let Some(units) = &units {
            let f = self.with_angles(units.clone());
            if f.on_half(|f| f.difference(a, b, Mode::Full).and_then(|d| f.is_zero(&d, 0))) == Ok(true) {
                return Equality::Proved;
            }
        }
        for mode in [Mode::Opaque, Mode::Full] {
            match self.on_half(|f| f.difference(a, b, mode).and_then(|d| Ok((f.is_zero(&d, 0)?, d)))) {
                Ok((true, _)) => return Equality::Proved,
                Ok((false, d)) => left = d,
                Err(Budget) => why = Why::Budget,
            }
        }
        if let Some(parts) = self.common_angles(std::slice::from_ref(&left)).filter(|u| Some(u) != units.as_ref()) {
            let f = self.with_angles(parts);
            if f.on_half(|f| f.difference(a, b, Mode::Full).and_then(|d| f.is_zero(&d, 0))) == Ok(true) {
                return Equality::Proved;
            }
        }
        // Written out, Σ_{a=1}^3 [a = i − k + 1] u_a has no one term that is left.
        if !self.sums_whole && (self.has_few_members(a) || self.has_few_members(b)) {
            let f = self.with_sums_whole();
            for mode in [Mode::Opaque, Mode::Full] {
                if f.on_half(|f| f.difference(a, b, mode).and_then(|d| f.is_zero(&d, 0))) == Ok(true) {
                    return Equality::Proved;
                }
            }
        }
        if self.on_half(|f| f.logarithms_cancel(&left)) == Ok(true) {
            return Equality::Proved;
        }
        if splits < MAX_SPLITS && (self.split_cases(a, b, &left, splits) || self.split_values(a, b, splits)) {
            return Equality::Proved;
        }
        Equality::Unknown(why)
    }
    /// Whether a sum of whole multiples of logarithms, for each factor beside them, is 0 because the arguments multiply to 1: where they
    /// have values, `Σ k log u = log Π u^k`.
    fn logarithms_cancel(&self, n: &Nf) -> R<bool> {
        const POWERS: i64 = 12;
        let argument = |a: AtomId| match &*self.get(a) {
            Atom::Fn(h, args) if self.prim_of(*h) == Some(gradus_term::Prim::Log) => args.first().cloned(),
            _ => None,
        };
        let mut groups: std::collections::BTreeMap<Mono, Vec<(Nf, Rat)>> = std::collections::BTreeMap::new();
        for (m, q) in n.iter() {
            let logs: Vec<(AtomId, Nf)> = m.iter().filter(|(_, e)| *e == ex(1)).filter_map(|(a, _)| Some((*a, argument(*a)?))).collect();
            let [(a, u)] = logs.as_slice() else { return Ok(false) };
            groups.entry(m.without(*a)).or_default().push((u.clone(), q.clone()));
        }
        for group in groups.values() {
            let over = group.iter().fold(Rat::one(), |d, (_, q)| d.lcm(&Rat::from(q.denom())));
            let powers: Option<Vec<i64>> = group.iter().map(|(_, q)| q.mul(&over).to_i64().filter(|k| k.abs() <= POWERS)).collect();
            let Some(powers) = powers else { return Ok(false) };
            let (mut above, mut below) = (Nf::one(), Nf::one());
            for ((u, _), k) in group.iter().zip(powers) {
                let side = if k > 0 { &mut above } else { &mut below };
                *side = self.mul(side, &self.pow(u, ex(k.abs()))?)?;
            }
            if !self.is_zero(&above.sub(&below), 0)? {
                return Ok(false);
            }
        }
        Ok(!groups.is_empty())
    }
    fn equal_tensors(&self, a: Id, b: Id, s: &Sort, t: &Sort) -> Equality {
        let fits = match (s, t) {
            (Sort::Tensor(_), Sort::Tensor(_)) | (Sort::Row(_), Sort::Row(_)) => true,
            (Sort::Compound(x), Sort::Compound(y)) => x.rows == y.rows,
            _ => false,
        };
        let (d, e) = (s.dims(), t.dims());
        if !fits || d.len() != e.len() || !d.iter().zip(e).all(|(x, y)| self.is_zero_aff(&x.sub(y)).is_true()) {
            return Equality::Unknown(Why::NotFound);
        }
        if let Some(places) = places(d) {
            let each = |ix: &[Aff]| self.equal_at(self.store.make_entry(a, ix), self.store.make_entry(b, ix), 0);
            return places.iter().map(|ix| each(ix)).find(|e| !e.is_proved()).unwrap_or(Equality::Proved);
        }
        let mut facts = Vec::new();
        let ix: Vec<Aff> = d
            .iter()
            .map(|n| {
                let v = Aff::free(self.store.fresh(Sym::NONE, Sort::Scalar, true));
                let i = self.store.index(v.clone());
                facts.push(self.store.rel(RelOp::Le, self.store.int(1), i));
                facts.push(self.store.rel(RelOp::Le, i, self.store.index(n.clone())));
                v
            })
            .collect();
        self.with(&facts).equal_at(self.store.make_entry(a, &ix), self.store.make_entry(b, &ix), 0)
    }

    // ---- by cases

    /// Splits on a guard that is left in the difference: proved if it is proved in every case.
    fn split_cases(&self, a: Id, b: Id, d: &Nf, splits: u32) -> bool {
        let Some(cases) = self.cases_of(d) else { return false };
        cases.iter().all(|c| {
            let f = self.with(&[*c]).tightened();
            f.contradictory() || self.sh.fuel.deeper(|| Ok(f.equal_at(a, b, splits + 1).is_proved())).unwrap_or(false)
        })
    }
    /// Goes through the values of a name that has only a few, where it stands inside a function: with `y ∈ {−1, 1}`,
    /// `e^(y z)` is no polynomial in `y`. What is known at the place holds whichever value the name has.
    fn split_values(&self, a: Id, b: Id, splits: u32) -> bool {
        let s = self.store;
        let inside = |v: VarId| {
            let hit = &mut |n: &Node| matches!(n, Node::Call(_, xs) if xs.iter().any(|x| s.sort(*x).is_scalar() && s.mentions(*x, v)));
            s.any_subterm(a, hit) || s.any_subterm(b, hit)
        };
        let mut names: Vec<VarId> = s.free_vars(a).iter().chain(s.free_vars(b).iter()).copied().collect();
        names.sort_unstable();
        names.dedup();
        let few = |v: &VarId| match &s.var(*v).domain {
            Domain::Finite(xs) if (1..=3).contains(&xs.len()) && s.sort(s.name(*v)).is_scalar() && inside(*v) => Some((*v, xs.clone())),
            _ => None,
        };
        let Some((v, values)) = names.iter().find_map(few) else { return false };
        values.iter().all(|x| {
            let at = std::iter::once((v, Arg::Val(s.rational(x)))).collect();
            let (a, b) = (s.subst(a, &at), s.subst(b, &at));
            self.sh.fuel.deeper(|| Ok(self.equal_at(a, b, splits + 1).is_proved())).unwrap_or(false)
        })
    }
    /// Conditions that cover everything and decide one guard of `d`.
    fn cases_of(&self, d: &Nf) -> Option<Vec<Id>> {
        let s = self.store;
        let mut guards: Vec<AtomId> = d.iter().flat_map(|(m, _)| m.iter().map(|x| x.0)).collect();
        guards.sort_unstable();
        guards.dedup();
        let mut deep = Vec::new();
        guards.iter().for_each(|a| self.guards_inside(*a, &mut deep, 0));
        for a in deep {
            let index = |x: &Aff, op: RelOp| s.rel(op, s.index(x.clone()), s.int(0));
            match &*self.get(a) {
                Atom::Eq(x) if is_free(x) => return Some(vec![index(x, RelOp::Eq), index(x, RelOp::Lt), index(x, RelOp::Gt)]),
                Atom::Ge(x) if is_free(x) => return Some(vec![index(x, RelOp::Ge), index(x, RelOp::Lt)]),
                Atom::Real(_, n) => {
                    let Some(t) = self.to_term(n) else { continue };
                    let zero = s.int(0);
                    return Some(vec![s.rel(RelOp::Gt, t, zero), s.rel(RelOp::Eq, t, zero), s.rel(RelOp::Lt, t, zero)]);
                }
                Atom::Fn(crate::atom::Head::Fn(f), args) if s.prim(*f) == Some(Prim::Abs) => {
                    let Some(t) = args.first().and_then(|n| self.to_term(n)) else { continue };
                    let zero = s.int(0);
                    return Some(vec![s.rel(RelOp::Ge, t, zero), s.rel(RelOp::Lt, t, zero)]);
                }
                _ => {}
            }
        }
        None
    }
    /// Guards (and absolute values) in the atom, also inside kernels that bind nothing.
    fn guards_inside(&self, a: AtomId, out: &mut Vec<AtomId>, depth: u32) {
        if depth > 6 {
            return;
        }
        let in_nf =
            |n: &Nf, out: &mut Vec<AtomId>| n.iter().for_each(|(m, _)| m.iter().for_each(|x| self.guards_inside(x.0, out, depth + 1)));
        match &*self.get(a) {
            Atom::Eq(_) | Atom::Ge(_) | Atom::Real(..) => out.push(a),
            Atom::Fn(h, ns) => {
                if self.prim_of(*h) == Some(Prim::Abs) {
                    out.push(a);
                }
                ns.iter().for_each(|n| in_nf(n, out));
            }
            Atom::Exp(m) => m.iter().for_each(|x| self.guards_inside(x.0, out, depth + 1)),
            Atom::Poly(n) | Atom::Root(n) => in_nf(n, out),
            _ => {}
        }
    }

    // ---- zero

    /// Whether the normal form is 0 wherever it has a value.
    ///
    /// Terms are grouped by their guards; each group must vanish by itself, so that clearing a denominator never divides by
    /// something that is 0 where only another group's guards hold.
    pub(crate) fn is_zero(&self, n: &Nf, depth: u32) -> R<bool> {
        if n.is_zero() {
            return Ok(true);
        }
        let mut groups: std::collections::BTreeMap<Vec<AtomId>, Collect> = std::collections::BTreeMap::new();
        for (m, q) in n.iter() {
            let (g, rest): (Vec<_>, Vec<_>) = m.iter().copied().partition(|(a, _)| self.get(*a).is_guard());
            groups.entry(g.into_iter().map(|x| x.0).collect()).or_default().push(Mono(rest.into()), q);
        }
        for (g, c) in groups {
            if !self.group_is_zero(&g, c.finish(), depth)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
    fn group_is_zero(&self, guards: &[AtomId], mut n: Nf, depth: u32) -> R<bool> {
        let guard = Mono(guards.iter().map(|a| (*a, ex(1))).collect());
        for _ in 0..12 {
            if n.is_zero() {
                return Ok(true);
            }
            let den = self.clearable(&n);
            if den.is_empty() {
                break;
            }
            n = self.clear(&n, &den)?;
            // The cleared denominators met the guards' equations.
            let back = self.mul(&n, &Nf::term(guard.clone(), Rat::one()))?;
            let mut c = Collect::default();
            for (m, q) in back.iter() {
                let mine: Vec<AtomId> = m.iter().filter(|x| self.get(x.0).is_guard()).map(|x| x.0).collect();
                if mine != guards {
                    return Ok(false);
                }
                c.push(Mono(m.iter().filter(|x| !self.get(x.0).is_guard()).copied().collect()), q);
            }
            n = c.finish();
        }
        Ok(n.is_zero() || depth < 3 && self.sums_vanish(&n, depth)?)
    }
    /// Denominators without guards inside, and sines and cosines in denominators.
    pub(crate) fn clearable(&self, n: &Nf) -> Vec<(AtomId, Ex)> {
        let mut den: Vec<(AtomId, Ex)> = Vec::new();
        for (m, _) in n.iter() {
            for (a, e) in m.iter().filter(|x| x.1 < ex(0) && x.1.is_integer()) {
                let take = match &*self.get(*a) {
                    Atom::Poly(p) => !p.is_zero() && !self.has_guard(p),
                    Atom::Fn(h, _) => matches!(self.prim_of(*h), Some(Prim::Sin | Prim::Cos)),
                    _ => false,
                };
                if take {
                    match den.iter_mut().find(|d| d.0 == *a) {
                        Some(d) => d.1 = d.1.max(-*e),
                        None => den.push((*a, -*e)),
                    }
                }
            }
        }
        den
    }
    /// `n · Π a^k`, each power of `a` left over multiplied out.
    pub(crate) fn clear(&self, n: &Nf, den: &[(AtomId, Ex)]) -> R<Nf> {
        let mut out = Collect::default();
        for (m, q) in n.iter() {
            let rest = Mono(m.iter().filter(|(a, _)| !den.iter().any(|d| d.0 == *a)).copied().collect());
            let mut f = Nf::term(rest, q.clone());
            for (a, k) in den {
                let e = m.exponent(*a) + *k;
                let base = match &*self.get(*a) {
                    Atom::Poly(p) => p.clone(),
                    _ => Nf::atom(*a),
                };
                f = self.mul(&f, &self.pow(&base, e)?)?;
            }
            out.add(&f, &Rat::one());
        }
        Ok(out.finish())
    }
    /// Whether sums cancel although their ranges differ: all at once, or by groups that agree in everything but one sum.
    fn sums_vanish(&self, n: &Nf, depth: u32) -> R<bool> {
        let all: Vec<(&Mono, &Rat)> = n.iter().map(|(m, q)| (m, q)).collect();
        let first = |m: &Mono| m.iter().find(|x| self.dummies(x) > 0).map(|x| x.0);
        let chosen: Option<Vec<_>> = all.iter().map(|(m, q)| Some((*m, *q, first(m)?))).collect();
        let Some(chosen) = chosen else { return Ok(false) };
        if self.sums_cancel(&chosen, depth)? {
            return Ok(true);
        }
        let mut left = all;
        while let Some((m, _)) = left.first().copied() {
            let mut gone = false;
            for x in m.iter().filter(|x| self.dummies(x) > 0) {
                let (key, dummies) = (m.without(x.0), self.dummies(x));
                let beside = |k: &Mono| k.iter().find(|x| self.dummies(x) == dummies && k.without(x.0) == key).map(|x| x.0);
                let (group, rest): (Vec<_>, Vec<_>) = left.iter().copied().partition(|(k, _)| beside(k).is_some());
                let group: Vec<_> = group.into_iter().filter_map(|(k, q)| Some((k, q, beside(k)?))).collect();
                if group.len() > 1 && self.sums_cancel(&group, depth)? {
                    left = rest;
                    gone = true;
                    break;
                }
            }
            if !gone {
                return Ok(false);
            }
        }
        Ok(true)
    }
    /// How many dummies a sum to the first power has; 0 for anything else.
    fn dummies(&self, (a, e): &(AtomId, Ex)) -> usize {
        match &*self.get(*a) {
            Atom::Sum(vs, _) if *e == ex(1) => vs.len(),
            _ => 0,
        }
    }
    /// `Σ_{v∈R₁} f₁ + c Σ_{v∈R₂} f₂ + … = 0` because at every integer (at every point, for several dummies) the summands
    /// whose ranges contain it add up to 0.
    fn sums_cancel(&self, sums: &[(&Mono, &Rat, AtomId)], depth: u32) -> R<bool> {
        let mut parts: Vec<(Vec<Aff>, Nf)> = Vec::new();
        // Kernels of unequal height name their dummies differently: compare through common ones.
        let mut common: Vec<Aff> = Vec::new();
        for (m, q, a) in sums {
            let Atom::Sum(vs, body) = &*self.get(*a) else { return Ok(false) };
            if common.is_empty() {
                common = vs.iter().map(|_| Aff::var(self.sh.table.borrow_mut().temp())).collect();
            }
            if common.len() != vs.len() {
                return Ok(false);
            }
            let mut f = Nf::term(body.clone(), Rat::one());
            for (v, t) in vs.iter().zip(&common) {
                f = self.subst_nf(&f, *v, t)?;
            }
            let key = Nf::term(m.without(*a), (*q).clone());
            for (k, c) in f.iter() {
                let (guards, rest): (Vec<_>, Vec<_>) = k.iter().copied().partition(|(b, _)| self.get(*b).is_guard());
                let mut range = Vec::new();
                for (g, _) in guards {
                    let Atom::Ge(x) = &*self.get(g) else { return Ok(false) };
                    range.push(x.clone());
                }
                let f = Nf::term(Mono(rest.into()), c.clone());
                if self.has_guard(&f) {
                    return Ok(false);
                }
                parts.push((range, self.mul(&f, &key)?));
            }
        }
        self.vanish_at_each(&parts, &mut Vec::new(), depth)
    }
    /// Whether the values whose ranges hold add up to 0, wherever `assumed ≥ 0`: by cases on the ranges.
    fn vanish_at_each(&self, parts: &[(Vec<Aff>, Nf)], assumed: &mut Vec<Aff>, depth: u32) -> R<bool> {
        self.sh.fuel.spend(10)?;
        if self.refutes(&System { ge: assumed.clone(), ..System::default() })? {
            return Ok(true);
        }
        let mut total = Collect::default();
        for (range, f) in parts {
            let mut holds = true;
            for g in range {
                if self.entails(g, assumed)? {
                    continue;
                }
                holds = false;
                if self.entails(&g.neg().plus(-1), assumed)? {
                    break;
                }
                if assumed.len() >= 10 {
                    return Ok(false);
                }
                for side in [g.clone(), g.neg().plus(-1)] {
                    assumed.push(side);
                    let r = self.vanish_at_each(parts, assumed, depth);
                    assumed.pop();
                    if !r? {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
            if holds {
                total.add(f, &Rat::one());
            }
        }
        self.is_zero(&total.finish(), depth + 1)
    }
}

fn is_free(a: &Aff) -> bool {
    a.vars().all(|v| matches!(v, IVar::Free(_)))
}
