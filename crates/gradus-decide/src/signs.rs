//! Ranges of terms and of normal forms: interval propagation with what is declared, known and defined.
//!
//! A range is that of the values a term has *where it is defined*. Definitions are opened only when the direct answer leaves
//! the sign open, one level at a time, under the nesting budget.

use crate::algebra::ex;
use crate::atom::{Atom, AtomId, Ex, Head, Mono, Nf};
use crate::facts::{split_constant, Facts, Mode, Tri};
use crate::linear::System;
use crate::range::Range;
use gradus_term::{Aff, Arg, BigOp, FnId, FnKind, IVar, Id, Node, Prim, Rat, RelOp};
use rustc_hash::FxHashMap;

impl Facts<'_> {
    /// The range of an integer expression.
    pub(crate) fn aff_range(&self, a: &Aff) -> Range {
        if let Some(c) = a.as_int() {
            return Range::point(Rat::int(c));
        }
        let at_least = |k: i64| self.entails(&a.plus(-k), &[]).unwrap_or(false);
        let at_most = |k: i64| self.entails(&a.neg().plus(k), &[]).unwrap_or(false);
        let mut r = Range::any();
        if at_least(0) {
            let lo = if at_least(1) {
                if at_least(2) {
                    2
                } else {
                    1
                }
            } else {
                0
            };
            r = r.bounded(RelOp::Ge, &Rat::int(lo));
        } else if at_most(0) {
            r = r.bounded(RelOp::Le, &Rat::int(if at_most(-1) { -1 } else { 0 }));
        }
        if !r.nonzero && self.refutes(&System { eq: vec![a.clone()], ..System::default() }).unwrap_or(false) {
            r.nonzero = true;
        }
        r
    }

    // ---- normal forms

    /// The range of a normal form.
    pub(crate) fn nf_range(&self, n: &Nf) -> Range {
        if let Some(a) = self.as_affine(n) {
            return self.aff_range(&a);
        }
        let mut r = n.iter().fold(Range::point(Rat::zero()), |r, (m, q)| r.add(&self.mono_range(m).scale(q)));
        if let Some(q) = self.quadratic_range(n) {
            r = r.meet(&q);
        }
        if let Some(q) = self.angle_range(n) {
            r = r.meet(&q);
        }
        if r.signs().neg && r.signs().pos {
            if let Some(q) = self.sign_by_terms(n) {
                r = r.meet(&q);
            }
        }
        if r.signs().neg && r.signs().pos {
            r = r.meet(&self.compared_range(n));
        }
        if self.has_real_facts() {
            if let Some((key, k, c)) = split_constant(n) {
                if let Some(b) = self.bound_of(&key) {
                    r = r.meet(&b.scale(&k).add(&Range::point(c)));
                }
            }
            if !r.nonzero && self.known_nonzero(n) {
                r = r.meet(&Range { nonzero: true, ..Range::any() });
            }
            if !r.signs().is_nonzero() {
                r = r.meet(&self.chained_range(n));
            }
        }
        r
    }
    /// The range that facts give, alone or two together.
    pub(crate) fn known_range(&self, n: &Nf) -> Range {
        let own = split_constant(n).and_then(|(key, k, c)| Some(self.bound_of(&key)?.scale(&k).add(&Range::point(c))));
        own.unwrap_or_else(Range::any).meet(&self.chained_range(n))
    }
    /// The range of what is known of a sum and of what is left without it: of `x` where `x − d > 0` and `d > 0`.
    fn chained_range(&self, n: &Nf) -> Range {
        const SHORT: usize = 4;
        let mut r = Range::any();
        if n.len() > SHORT {
            return r;
        }
        // What is left is made of names, whose ranges ask for no others: not of floor(x), where x is asked about.
        let name = |a: AtomId| match &*self.get(a) {
            Atom::Int(_) => true,
            Atom::Ent { head, .. } => matches!(self.store.node(*head), Node::Var(_)),
            _ => false,
        };
        let of_names = |n: &Nf| n.iter().all(|(m, _)| m.iter().all(|(a, _)| name(*a)));
        for (key, known) in self.short_bounds(SHORT) {
            for (m, q) in n.iter() {
                let Some((_, c)) = key.iter().find(|(k, _)| k == m) else { continue };
                let Some(k) = q.div(c) else { continue };
                let rest = n.add_scaled(key, &k.neg());
                if !of_names(&rest) {
                    continue;
                }
                let plain = rest.iter().fold(Range::point(Rat::zero()), |r, (m, q)| r.add(&self.mono_range(m).scale(q)));
                let left = match split_constant(&rest) {
                    Some((key, j, c)) => self.bound_of(&key).map_or_else(Range::any, |b| b.scale(&j).add(&Range::point(c))).meet(&plain),
                    None => plain,
                };
                r = r.meet(&known.scale(&k).add(&left));
            }
        }
        r
    }
    /// A sum with one arcsine, arccosine or arctangent, which lies between parts of π: `atan u − π/2` is negative.
    fn angle_range(&self, n: &Nf) -> Option<Range> {
        // There is more than the angle.
        n.iter().nth(1)?;
        let angle = |m: &Mono| match m.0.as_ref() {
            [(a, k)] if *k == ex(1) => match &*self.get(*a) {
                Atom::Fn(h, _) => self.prim_of(*h).filter(|p| matches!(p, Prim::Asin | Prim::Acos | Prim::Atan)),
                _ => None,
            },
            _ => None,
        };
        let mut angles = n.iter().filter_map(|(m, q)| Some((angle(m)?, m, q)));
        let (p, m, q) = angles.next()?;
        if angles.next().is_some() {
            return None;
        }
        let (low, high) = if p == Prim::Acos { (Rat::zero(), Rat::one()) } else { (Rat::new(-1, 2)?, Rat::new(1, 2)?) };
        let rest = n.sub(&Nf::term(m.clone(), q.clone()));
        let pi = self.nf(self.store.prim_call(Prim::Pi, &[])).ok()?;
        // The arctangent does not reach its ends.
        let closed = p != Prim::Atan;
        let end = |e: Option<(Rat, bool)>| e.map(|(x, own)| (x, own && closed));
        let at = |turns: &Rat| self.nf_range(&rest.add(&pi.scale(&turns.mul(q))));
        let (a, b) = if q.is_negative() { (at(&high), at(&low)) } else { (at(&low), at(&high)) };
        Some(Range { lo: end(a.lo), hi: end(b.hi), nonzero: false })
    }
    /// `a p² + b p q + c q²` with `b² < 4 a c` has the sign of `a`, and is 0 only where `p` and `q` are.
    fn quadratic_range(&self, n: &Nf) -> Option<Range> {
        let terms: Vec<&(Mono, Rat)> = n.iter().collect();
        let [x, y, z] = terms.as_slice() else { return None };
        let half = |m: &Mono| -> Option<Mono> {
            let halved = |e: Ex| (e.is_integer() && e.numer() % 2 == 0).then(|| e / 2);
            Some(Mono(m.iter().map(|(a, e)| Some((*a, halved(*e)?))).collect::<Option<Vec<_>>>()?.into()))
        };
        for (u, v, w) in [(x, y, z), (x, z, y), (y, z, x)] {
            let (Some(p), Some(q)) = (half(&u.0), half(&v.0)) else { continue };
            if self.mono_mul(&p, &q).ok()? != w.0 || self.has_guard(n) {
                continue;
            }
            let discriminant = w.1.mul(&w.1).sub(&u.1.mul(&v.1).mul(&Rat::int(4)));
            if !discriminant.is_negative() {
                return None;
            }
            let differ = || self.known_nonzero(&Nf::term(p.clone(), Rat::one()).sub(&Nf::term(q.clone(), Rat::one())));
            let apart = !self.mono_range(&p).signs().zero || !self.mono_range(&q).signs().zero || differ();
            let r = if apart { Range::positive() } else { Range::nonneg() };
            return Some(if u.1.is_negative() { r.neg() } else { r });
        }
        None
    }
    fn as_affine(&self, n: &Nf) -> Option<Aff> {
        let mut a = Aff::int(0);
        for (m, q) in n.iter() {
            let k = q.to_i64()?;
            match m.0.as_ref() {
                [] => a = a.plus(k),
                [(x, e)] if *e == ex(1) => match &*self.get(*x) {
                    Atom::Int(v) => a = a.add_scaled(&Aff::var(*v), k),
                    _ => return None,
                },
                _ => return None,
            }
        }
        Some(a)
    }
    pub(crate) fn mono_range(&self, m: &Mono) -> Range {
        m.iter().fold(Range::point(Rat::one()), |r, (a, e)| r.mul(&power_range(&self.atom_range(*a), *e)))
    }
    /// The range of an atom.
    pub(crate) fn atom_range(&self, a: AtomId) -> Range {
        let own = match &*self.get(a) {
            Atom::Int(v) => self.aff_range(&Aff::var(*v)),
            Atom::Ent { head, .. } => self.head_range(*head),
            // An exponential in an exponential goes as deep as the terms do.
            Atom::Exp(m) => {
                let exponent = self.sh.fuel.deeper(|| Ok(self.mono_range(m)));
                prim_range(Prim::Exp, &exponent.unwrap_or_else(|_| Range::any()))
            }
            Atom::Fn(h, args) => self.fn_range(*h, args),
            Atom::Poly(n) => self.nf_range(n),
            Atom::Root(n) => {
                let under = self.sh.fuel.deeper(|| Ok(self.nf_range(n)));
                // Where it has no value nothing is said.
                Some(under.unwrap_or_else(|_| Range::any()).meet(&Range::nonneg())).filter(|r| !r.is_empty()).unwrap_or_else(Range::nonneg)
            }
            Atom::Sum(vs, m) => {
                let body = m.iter().filter(|(a, _)| !self.get(*a).is_guard()).copied().collect();
                let r = self.mono_range(&Mono(body));
                self.sum_range(&r, vs.len() == 1 && self.nonempty_sum(vs, m))
            }
            Atom::Big(op, _, lo, hi, n) => {
                let r = self.nf_range(n);
                match op {
                    BigOp::Prod if r.signs().is_positive() => Range::positive(),
                    BigOp::Prod if r.signs().is_nonneg() => Range::nonneg(),
                    BigOp::Max | BigOp::Min => r,
                    BigOp::Sum => self.sum_range(&r, self.entails(&hi.sub(lo), &[]).unwrap_or(false)),
                    BigOp::Prod => Range::any(),
                }
            }
            Atom::Eq(_) | Atom::Ge(_) | Atom::Real(..) | Atom::Cond { .. } => Range::between(0, 1),
        };
        match self.bound_of(&Nf::atom(a)) {
            Some(b) => own.meet(b),
            None => own,
        }
    }
    fn nonempty_sum(&self, vs: &[IVar], m: &Mono) -> bool {
        self.nonempty_range(vs, m).unwrap_or(false)
    }
    /// Whether the range of the sum `t` has a member that satisfies its condition: one of the indices that `t` or the facts mention.
    fn has_member(&self, t: Id, lo: &Aff, hi: &Aff, cond: Id) -> bool {
        const TRIED: usize = 8;
        let s = self.store;
        let mut names = s.free_vars(t);
        for c in self.conditions() {
            let more = s.free_vars(*c).into_iter().filter(|v| !names.contains(v)).collect::<Vec<_>>();
            names.extend(more);
        }
        names.into_iter().filter(|v| s.var(*v).is_integer()).take(TRIED).map(Aff::free).any(|i| {
            let inside = [i.sub(lo), hi.sub(&i)].iter().all(|a| self.entails(a, &[]).unwrap_or(false));
            inside && self.holds_at(s.open(cond, &[Arg::Idx(i)]), 0) == Tri::True
        })
    }
    fn head_range(&self, head: Id) -> Range {
        match self.store.node(head) {
            Node::Var(v) => {
                let info = self.store.var(*v);
                let r = Range::of_domain(&info.domain);
                if info.props.positive {
                    r.meet(&Range::positive())
                } else {
                    r
                }
            }
            _ => Range::any(),
        }
    }
    fn fn_range(&self, h: Head, args: &[Nf]) -> Range {
        match (self.prim_of(h), args) {
            (Some(p), [u]) => {
                let r = prim_range(p, &self.nf_range(u));
                self.by_right_angles(p, u).map_or(r.clone(), |known| r.meet(&known))
            }
            (Some(p), _) => prim_range(p, &Range::any()),
            (None, [b, _]) if h == Head::Pow => {
                let s = self.nf_range(b).signs();
                if s.is_positive() {
                    Range::positive()
                } else if s.is_nonneg() {
                    Range::nonneg()
                } else {
                    Range::any()
                }
            }
            _ => match h {
                Head::Fn(f) => self.fact_range(f, None),
                _ => Range::any(),
            },
        }
    }
    /// A cosine is positive within a right angle of 0, a sine between 0 and two right angles, if the facts say that its argument lies there.
    fn by_right_angles(&self, p: Prim, u: &Nf) -> Option<Range> {
        if let (Prim::Cos, Some((m, q))) = (p, u.single()) {
            if let ([(a, k)], true) = (m.0.as_ref(), q.abs().is_one()) {
                if *k == ex(1) && matches!(&*self.get(*a), Atom::Fn(h, _) if self.prim_of(*h) == Some(Prim::Atan)) {
                    return Some(Range::positive());
                }
            }
        }
        if !self.has_real_facts() || !matches!(p, Prim::Sin | Prim::Cos) {
            return None;
        }
        let pi = self.nf(self.store.prim_call(Prim::Pi, &[])).ok()?;
        let positive = |n: &Nf| self.known_range(n).signs().is_positive();
        let (low, high) = match p {
            Prim::Cos => {
                let right = pi.scale(&Rat::new(1, 2)?);
                (u.add(&right), right.sub(u))
            }
            _ => (u.clone(), pi.sub(u)),
        };
        (positive(&low) && positive(&high)).then(Range::positive)
    }
    /// What the facts of a function say of its value: bounds by numbers.
    fn fact_range(&self, f: FnId, args: Option<&[Id]>) -> Range {
        let mut r = Range::any();
        let params: Vec<Id> = self.store.fun(f).params.iter().map(|p| self.store.name(p.var)).collect();
        let call = self.store.call(f, &params);
        let mut todo = self.store.fn_facts(f);
        while let Some(c) = todo.pop() {
            match self.store.node(c) {
                Node::And(xs) => todo.extend(xs.iter()),
                Node::Rel(op, a, b) => {
                    for (op, a, b) in [(*op, *a, *b), (op.mirrored(), *b, *a)] {
                        if !self.store.same(a, call) {
                            continue;
                        }
                        if let Some(q) = self.store.as_rational(b) {
                            r = r.bounded(op, &q);
                        } else if let Some(xs) = args {
                            // A bound that depends on the arguments.
                            let map: FxHashMap<_, _> =
                                self.store.fun(f).params.iter().map(|p| p.var).zip(xs.iter().map(|x| Arg::Val(*x))).collect();
                            let other = self.term_range(self.store.subst(b, &map));
                            r = r.meet(&one_sided(op, &other));
                        }
                    }
                }
                _ => {}
            }
        }
        r
    }

    // ---- terms

    /// The range of the values of a scalar term.
    pub(crate) fn term_range(&self, t: Id) -> Range {
        let t = self.store.canon(t);
        match self.range_memo().borrow().get(&t) {
            Some((r, None)) => return r.clone(),
            Some((r, Some(then))) if self.sh.fuel.hopeless(*then) => return r.clone(),
            _ => {}
        }
        if self.sh.fuel.spend(2).is_err() || self.store.loose(t) > 0 || self.store.depth(t) > 400 {
            return Range::any();
        }
        // A cycle (through facts) finds "anything" here.
        self.range_memo().borrow_mut().insert(t, (Range::any(), None));
        let (r, cut_short) = self.sh.fuel.attempt(|| self.fresh_range(t));
        self.range_memo().borrow_mut().insert(t, (r.clone(), cut_short));
        r
    }
    fn fresh_range(&self, t: Id) -> Range {
        let mut r = self.node_range(t);
        let s = r.signs();
        if (s.neg && s.pos || s.zero && (s.neg || s.pos))
            && self.store.sort(t).is_scalar()
            && (self.has_real_facts() || matches!(self.store.node(t), Node::Sum(_)))
        {
            if let Ok(n) = self.nf_mode(t, Mode::Opaque) {
                r = r.meet(&self.nf_range(&n));
            }
        }
        r
    }
    fn node_range(&self, t: Id) -> Range {
        match self.store.node(t) {
            Node::Num(q) => Range::point(q.clone()),
            Node::Index(a) => self.aff_range(a),
            Node::Var(_) => self.head_range(t),
            Node::Sum(xs) => {
                if let Some(a) = self.store.as_aff(t) {
                    return self.aff_range(&a);
                }
                xs.iter().fold(Range::point(Rat::zero()), |r, x| {
                    let y = self.term_range(x.term);
                    r.add(&if x.neg { y.neg() } else { y })
                })
            }
            Node::Product(xs) => {
                let mut groups: Vec<(Id, u32)> = Vec::new();
                for x in xs {
                    let c = self.store.canon(*x);
                    match groups.iter_mut().find(|g| g.0 == c) {
                        Some(g) => g.1 += 1,
                        None => groups.push((c, 1)),
                    }
                }
                groups.iter().fold(Range::point(Rat::one()), |r, (x, k)| r.mul(&self.term_range(*x).powi(*k)))
            }
            Node::Quot(a, b) => self.quotient_range(*a, *b),
            Node::Pow(a, b) if self.store.sort(*a).is_scalar() => self.pow_range(*a, *b),
            Node::Call(f, xs) => self.call_range(t, *f, xs),
            Node::Big { op, lo, hi, body, cond, .. } => {
                let Some((under, v)) = self.under_binder(t) else { return Range::any() };
                let body = self.store.open(*body, &[Arg::Idx(Aff::free(v))]);
                let r = under.term_range(body);
                match op {
                    BigOp::Sum => {
                        let some = match cond {
                            None => self.entails(&hi.sub(lo), &[]).unwrap_or(false),
                            Some(c) => self.has_member(t, lo, hi, *c),
                        };
                        self.sum_range(&r, some)
                    }
                    BigOp::Prod if r.signs().is_positive() => Range::positive(),
                    BigOp::Prod if r.signs().is_nonneg() => Range::nonneg(),
                    BigOp::Prod => Range::any(),
                    BigOp::Max | BigOp::Min => r,
                }
            }
            Node::Iverson(c) => match self.holds_at(*c, 0) {
                Tri::True => Range::point(Rat::one()),
                Tri::False => Range::point(Rat::zero()),
                Tri::Unknown => Range::between(0, 1),
            },
            Node::Cases(bs, o) => self.cases_range(bs, *o),
            Node::Entry(u, ix) => match self.store.entry(*u, ix) {
                Some(e) if self.sh.fuel.may_deepen() => self.deeper_range(e),
                _ => match self.store.node(*u) {
                    Node::Call(f, xs) => match self.store.unfold(*f, xs) {
                        Some(b) => self.deeper_range(self.store.make_entry(b, ix)),
                        None => Range::any(),
                    },
                    Node::Var(v) if self.store.var(*v).props.zero_outside => self.head_range(*u).join(&Range::point(Rat::zero())),
                    _ => self.head_range(*u),
                },
            },
            Node::MatMul(xs) if crate::matrices::is_gram(self.store, xs) => Range::nonneg(),
            Node::MatMul(_) => self.store.scalar_form(t).map_or_else(Range::any, |e| self.deeper_range(e)),
            _ => Range::any(),
        }
    }
    fn deeper_range(&self, t: Id) -> Range {
        self.sh.fuel.deeper(|| Ok(self.term_range(t))).unwrap_or_else(|_| Range::any())
    }
    fn pow_range(&self, a: Id, b: Id) -> Range {
        let base = self.term_range(a);
        if let Some(q) = self.store.as_rational(b) {
            if let Some(e) = crate::functions::to_ex(&q) {
                return power_range(&base, e);
            }
        }
        let mut s = base.signs();
        // Of the base of such a power the factors are looked at, too: of `1 − (a − 1)/(a + b − 2)`.
        if !s.is_positive() && self.has_real_facts() {
            s = self.nf(a).map_or(s, |n| self.factored_range(&n, 0).signs());
        }
        if s.is_positive() {
            Range::positive()
        } else if s.is_nonneg() {
            Range::nonneg()
        } else {
            Range::any()
        }
    }
    fn call_range(&self, t: Id, f: FnId, xs: &[Id]) -> Range {
        if let Some(p) = self.store.prim(f) {
            return match (p, xs) {
                (Prim::Max, [a, b]) => max_range(&self.term_range(*a), &self.term_range(*b)),
                (Prim::Min, [a, b]) => max_range(&self.term_range(*a).neg(), &self.term_range(*b).neg()).neg(),
                (Prim::Norm, _) => Range::nonneg(),
                (Prim::Tr, [m]) if matches!(self.store.node(*m), Node::MatMul(xs) if crate::matrices::is_gram(self.store, xs)) => {
                    Range::nonneg()
                }
                (Prim::Det, [m]) => self.determinant_range(*m),
                (p, [u]) if p.is_scalar() => {
                    let r = prim_range(p, &self.term_range(*u));
                    let turns = self.has_real_facts() && matches!(p, Prim::Sin | Prim::Cos);
                    let known = turns.then(|| self.nf(*u).ok()).flatten().and_then(|u| self.by_right_angles(p, &u));
                    known.map_or(r.clone(), |known| r.meet(&known))
                }
                (p, _) if p.is_scalar() => prim_range(p, &Range::any()),
                _ => self.store.scalar_form(t).map_or_else(Range::any, |e| self.deeper_range(e)),
            };
        }
        let mut r = self.fact_range(f, Some(xs));
        let s = r.signs();
        let open = s.neg && s.pos || s.zero && (s.neg || s.pos);
        if open && self.store.fun(f).kind == FnKind::Defined {
            if let Some(b) = self.store.unfold(f, xs) {
                r = r.meet(&self.deeper_range(b));
            }
        }
        r
    }
    fn cases_range(&self, bs: &[(Id, Id)], o: Option<Id>) -> Range {
        let mut before: Vec<Id> = Vec::new();
        let mut out: Option<Range> = None;
        for (c, v) in bs {
            let mut facts = before.clone();
            facts.push(*c);
            let r = self.sh.fuel.deeper(|| Ok(self.with(&facts).term_range(*v))).unwrap_or_else(|_| Range::any());
            out = Some(out.map_or(r.clone(), |x| x.join(&r)));
            before.push(self.store.intern(Node::Not(*c)));
        }
        if let Some(v) = o {
            let r = self.sh.fuel.deeper(|| Ok(self.with(&before).term_range(v))).unwrap_or_else(|_| Range::any());
            out = Some(out.map_or(r.clone(), |x| x.join(&r)));
        }
        out.unwrap_or_else(Range::any)
    }
}

/// `x^e` for `x` in the range, where it has a value.
pub(crate) fn power_range(r: &Range, e: Ex) -> Range {
    if e == ex(1) / 2 {
        return r.root();
    }
    if !e.is_integer() {
        return if r.signs().is_nonzero() || e < ex(0) { Range::positive() } else { Range::nonneg() };
    }
    let k = u32::try_from(e.numer().unsigned_abs()).unwrap_or(u32::MAX);
    let p = r.powi(k);
    if e < ex(0) {
        p.recip()
    } else {
        p
    }
}
pub(crate) fn max_range(a: &Range, b: &Range) -> Range {
    // The larger of two is at least each of them.
    let lo = [a, b].iter().fold(Range::any(), |r, x| r.meet(&Range { lo: x.lo.clone(), hi: None, nonzero: false }));
    lo.meet(&a.join(b))
}
fn one_sided(op: RelOp, other: &Range) -> Range {
    let strict = |e: &Option<(Rat, bool)>| e.as_ref().map(|(q, _)| (q.clone(), false));
    match op {
        RelOp::Lt => Range { lo: None, hi: strict(&other.hi), nonzero: false },
        RelOp::Le => Range { lo: None, hi: other.hi.clone(), nonzero: false },
        RelOp::Gt => Range { lo: strict(&other.lo), hi: None, nonzero: false },
        RelOp::Ge => Range { lo: other.lo.clone(), hi: None, nonzero: false },
        RelOp::Eq => other.clone(),
        RelOp::Ne => Range::any(),
    }
}
/// The range of a primitive of one argument.
fn prim_range(p: Prim, u: &Range) -> Range {
    let s = u.signs();
    let shifted = |at: i64| u.add(&Range::point(Rat::int(-at))).signs();
    match p {
        Prim::Exp => {
            let mut r = Range::positive();
            if !s.neg {
                r = r.bounded(if s.zero { RelOp::Ge } else { RelOp::Gt }, &Rat::one());
            }
            if !s.pos {
                r = r.bounded(if s.zero { RelOp::Le } else { RelOp::Lt }, &Rat::one());
            }
            if *u == Range::point(Rat::one()) {
                r = r.meet(&Range::decimals(2_718_281, 2_718_282, 1_000_000));
            }
            r
        }
        Prim::Log => {
            let t = shifted(1);
            let r = Range { lo: (!t.neg).then(|| (Rat::zero(), t.zero)), hi: (!t.pos).then(|| (Rat::zero(), t.zero)), nonzero: !t.zero };
            r.meet(&u.logarithm())
        }
        Prim::Sqrt => {
            if s.is_nonzero() {
                Range::positive()
            } else {
                Range::nonneg()
            }
        }
        Prim::Abs => {
            if s.is_nonzero() {
                Range::positive()
            } else {
                Range::nonneg()
            }
        }
        // Near 0 the cosine is positive and the sine has the sign of its argument.
        Prim::Cos if within(u, 3, 2) => Range::positive().meet(&Range::between(-1, 1)),
        Prim::Sin if within(u, 3, 1) => u.same_sign().meet(&Range::between(-1, 1)),
        Prim::Sin | Prim::Cos => Range::between(-1, 1),
        Prim::Erf => u.same_sign().meet(&Range { lo: Some((Rat::int(-1), false)), hi: Some((Rat::one(), false)), nonzero: false }),
        Prim::Atan | Prim::Asin => u.same_sign(),
        Prim::Acos => Range::nonneg(),
        Prim::Sign => u.same_sign().meet(&Range::between(-1, 1)),
        Prim::Gamma if s.is_positive() => Range::positive(),
        Prim::Factorial => Range { lo: Some((Rat::one(), true)), hi: None, nonzero: true },
        Prim::Pi => Range::decimals(3_141_592, 3_141_593, 1_000_000),
        _ => Range::any(),
    }
}

/// Whether all members lie between `-p/q` and `p/q`.
fn within(r: &Range, p: i64, q: i64) -> bool {
    Rat::new(p, q).is_some_and(|end| r.hi.as_ref().is_some_and(|h| h.0 <= end) && r.lo.as_ref().is_some_and(|l| l.0.neg() <= end))
}
