//! From sums of monomials back to terms: one deterministic, clean presentation.
//!
//! No stray ones and zeros, signs on the summands, negative powers below a fraction bar, exponentials of one monomial joined
//! into one, higher degree first. Order never depends on how the arena was filled: ties are broken by spelling.

use crate::algebra::ex;
use crate::atom::{Atom, AtomId, Cmp, Ex, Head, Mono, Nf};
use crate::facts::Facts;
use gradus_term::{debug, Aff, Arg, BigOp, IVar, Id, Node, Prim, Rat, RelOp, Store, Summand};
use rustc_hash::FxHashMap;

/// A monomial of terms: coefficient, factors with exponents.
pub(crate) type TermMono = (Rat, Vec<(Id, Ex)>);

/// `base^e`
pub(crate) fn power_term(s: &Store, base: Id, e: Ex) -> Id {
    if e == ex(1) {
        base
    } else if e == Ex::new(1, 2) {
        s.prim_call(Prim::Sqrt, &[base])
    } else {
        s.pow(base, s.rational(&crate::functions::from_ex(e)))
    }
}

/// The product `|q| Π factors` as a term: negative powers below the bar; exponentials joined by the caller.
pub(crate) fn mono_term(s: &Store, q: &Rat, factors: &[(Id, Ex)]) -> Id {
    let q = q.abs();
    let (mut num, mut den) = (Vec::new(), Vec::new());
    for (x, e) in factors {
        let below = *e < ex(0);
        let t = power_term(s, *x, if below { -*e } else { *e });
        (if below { &mut den } else { &mut num }).push(t);
    }
    let (p, d) = (Rat::from(q.numer()), Rat::from(q.denom()));
    let fraction_alone = den.is_empty() && !d.is_one() && !num.is_empty();
    if fraction_alone {
        num.insert(0, s.rational(&q));
        return s.product(&num);
    }
    if !p.is_one() || num.is_empty() {
        num.insert(0, s.rational(&p));
    }
    if !d.is_one() {
        den.insert(0, s.rational(&d));
    }
    let top = s.product(&num);
    if den.is_empty() {
        top
    } else {
        s.quot(top, s.product(&den))
    }
}

/// The signed sum of monomials in the order given; 0 if there is none.
pub(crate) fn sum_term(s: &Store, monos: &[TermMono]) -> Id {
    let xs: Vec<Summand> = monos.iter().map(|(q, fs)| Summand { neg: q.is_negative(), term: mono_term(s, q, fs) }).collect();
    s.sum(&xs)
}

/// Higher degree first, constants last, then by spelling.
pub(crate) fn falling(s: &Store, monos: &mut [TermMono]) {
    let degree = |m: &TermMono| m.1.iter().fold(ex(0), |d, x| d + x.1);
    monos.sort_by_cached_key(|m| {
        (
            m.1.is_empty(),
            std::cmp::Reverse(degree(m)),
            m.1.iter().map(|(x, e)| (debug::show(s, *x), std::cmp::Reverse(*e))).collect::<Vec<_>>(),
        )
    });
}
/// Orders monomials for the page: falling, with a positive one first if there is one.
pub(crate) fn page_order(s: &Store, monos: &mut [TermMono]) {
    falling(s, monos);
    // A sum does not begin with a minus if it can begin with something else.
    if monos.first().is_some_and(|m| m.0.is_negative()) {
        if let Some(k) = monos.iter().position(|m| m.0.is_positive()) {
            if let Some(head) = monos.get_mut(..=k) {
                head.rotate_right(1);
            }
        }
    }
}

impl Facts<'_> {
    /// The normal form as a term: sums over ranges, deltas and guards as Iverson brackets, fractions. `None` if a part has no
    /// presentation (a dummy without range).
    pub fn to_term(&self, n: &Nf) -> Option<Id> {
        let mut monos =
            n.iter().map(|(m, q)| Some((q.clone(), self.mono_factors(m, &FxHashMap::default())?))).collect::<Option<Vec<_>>>()?;
        page_order(self.store, &mut monos);
        Some(sum_term(self.store, &monos))
    }
    fn nf_term(&self, n: &Nf, env: &Env) -> Option<Id> {
        let mut monos = n.iter().map(|(m, q)| Some((q.clone(), self.mono_factors(m, env)?))).collect::<Option<Vec<_>>>()?;
        page_order(self.store, &mut monos);
        Some(sum_term(self.store, &monos))
    }
    /// The factors of a monomial, ordered: guards, numbers' roots, names and entries, functions, exponentials, sums.
    fn mono_factors(&self, m: &Mono, env: &Env) -> Option<Vec<(Id, Ex)>> {
        let mut out: Vec<(u8, String, Id, Ex)> = Vec::new();
        let mut exponent: Vec<TermMono> = Vec::new();
        for (a, e) in m.iter() {
            if let Atom::Exp(k) = &*self.get(*a) {
                exponent.push((crate::functions::from_ex(*e), self.mono_factors(k, env)?));
                continue;
            }
            let t = self.atom_term(*a, env)?;
            out.push((self.rank(*a), debug::show(self.store, t), t, *e));
        }
        if !exponent.is_empty() {
            page_order(self.store, &mut exponent);
            let t = self.store.exp(sum_term(self.store, &exponent));
            out.push((5, String::new(), t, ex(1)));
        }
        out.sort();
        Some(out.into_iter().map(|x| (x.2, x.3)).collect())
    }
    fn rank(&self, a: AtomId) -> u8 {
        match &*self.get(a) {
            Atom::Eq(_) | Atom::Ge(_) | Atom::Real(..) | Atom::Cond { .. } => 0,
            Atom::Root(n) if n.as_rat().is_some() => 1,
            Atom::Int(_) => 2,
            Atom::Ent { .. } => 3,
            Atom::Fn(..) | Atom::Root(_) | Atom::Poly(_) => 4,
            Atom::Exp(_) => 5,
            Atom::Sum(..) | Atom::Big(..) => 6,
        }
    }
    fn atom_term(&self, a: AtomId, env: &Env) -> Option<Id> {
        let s = self.store;
        let aff = |x: &Aff| put(x, env);
        let iv = |op, x: &Aff| {
            // Positive part on the left, negative on the right.
            let (mut l, mut r) = (Aff::int(x.c.max(0)), Aff::int((-x.c).max(0)));
            for (v, k) in &x.t {
                if *k > 0 {
                    l = l.add_scaled(&Aff::var(*v), *k)
                } else {
                    r = r.add_scaled(&Aff::var(*v), -k)
                }
            }
            Some(s.intern(Node::Iverson(s.rel(op, s.index(put(&l, env)?), s.index(put(&r, env)?)))))
        };
        match &*self.get(a) {
            Atom::Int(v) => Some(s.index(aff(&Aff::var(*v))?)),
            Atom::Ent { head, params, args } => {
                let args = args.iter().map(aff).collect::<Option<Vec<_>>>()?;
                let (own, ix) = args.split_at_checked(usize::from(*params))?;
                let t = if own.is_empty() { *head } else { s.open(*head, &own.iter().cloned().map(Arg::Idx).collect::<Vec<_>>()) };
                Some(if ix.is_empty() { t } else { s.intern(Node::Entry(t, ix.into())) })
            }
            Atom::Exp(m) => Some(s.exp(mono_term(s, &Rat::one(), &self.mono_factors(m, env)?))),
            Atom::Fn(h, ns) => {
                let xs = ns.iter().map(|n| self.nf_term(n, env)).collect::<Option<Vec<_>>>()?;
                match h {
                    Head::Fn(f) => Some(s.call(*f, &xs)),
                    Head::Var(v) => Some(s.intern(Node::CallVar(*v, xs.into()))),
                    Head::Slope(d) => match s.node(*d).clone() {
                        _ if xs.len() > 1 => s.as_partial(*d).map(|p| s.partial(&p.at(xs))),
                        Node::Diff { hint, body, slot, .. } => Some(s.intern(Node::Diff { hint, body, slot, point: *xs.first()? })),
                        _ => None,
                    },
                    Head::Pow => Some(s.pow(*xs.first()?, *xs.get(1)?)),
                }
            }
            Atom::Poly(n) | Atom::Root(n) => self.nf_term(n, env),
            Atom::Sum(vs, m) => self.sum_atom_term(vs, m, env),
            Atom::Big(op, v, lo, hi, n) => {
                let (w, env2) = self.bind(*v, env);
                let body = self.nf_term(n, &env2)?;
                Some(s.big(*op, w, aff(lo)?, aff(hi)?, None, body))
            }
            Atom::Eq(x) => iv(RelOp::Eq, x),
            Atom::Ge(x) => iv(RelOp::Ge, x),
            Atom::Real(c, n) => {
                let op = match c {
                    Cmp::Gt => RelOp::Gt,
                    Cmp::Ge => RelOp::Ge,
                    Cmp::Eq => RelOp::Eq,
                    Cmp::Ne => RelOp::Ne,
                };
                Some(s.intern(Node::Iverson(s.rel(op, self.nf_term(n, env)?, s.int(0)))))
            }
            Atom::Cond { head, args } => {
                let args = args.iter().map(|x| aff(x).map(Arg::Idx)).collect::<Option<Vec<_>>>()?;
                Some(s.intern(Node::Iverson(if args.is_empty() { *head } else { s.open(*head, &args) })))
            }
        }
    }
    fn bind(&self, v: IVar, env: &Env) -> (gradus_term::VarId, Env) {
        let w = self.store.fresh(gradus_term::Sym::NONE, gradus_term::Sort::Scalar, true);
        let mut e = env.clone();
        e.insert(v, w);
        (w, e)
    }
    /// `Σ` with guards as bounds: for each dummy one lower and one upper bound free of the dummies inside it.
    fn sum_atom_term(&self, vs: &[IVar], m: &Mono, env: &Env) -> Option<Id> {
        let mut rest: Vec<(AtomId, Ex)> = m.iter().copied().collect();
        let (mut open, mut order) = (vs.to_vec(), Vec::new());
        // The innermost dummy first: its bounds may mention the others.
        while !open.is_empty() {
            let found = open.iter().rev().find_map(|v| {
                let bound = |sign: i64| {
                    rest.iter().find_map(|(a, _)| match &*self.get(*a) {
                        Atom::Ge(g) if g.coef(*v) == sign && g.vars().all(|u| u == *v || !vs.contains(&u) || open.contains(&u)) => {
                            Some((*a, g.solve(*v)?))
                        }
                        _ => None,
                    })
                };
                Some((*v, bound(1)?, bound(-1)?))
            })?;
            let (v, lo, hi) = found;
            rest.retain(|(a, _)| *a != lo.0 && *a != hi.0);
            open.retain(|u| *u != v);
            order.push((v, lo.1, hi.1));
        }
        let mut e = env.clone();
        let mut names = Vec::new();
        for (v, ..) in order.iter().rev() {
            let (w, e2) = self.bind(*v, &e);
            e = e2;
            names.push(w);
        }
        let mut t = mono_term(self.store, &Rat::one(), &self.mono_factors(&Mono(rest.into()), &e)?);
        for ((_, lo, hi), w) in order.iter().zip(names.iter().rev()) {
            t = self.store.big(BigOp::Sum, *w, put(lo, &e)?, put(hi, &e)?, None, t);
        }
        Some(t)
    }
}

/// The names that stand for dummies.
type Env = FxHashMap<IVar, gradus_term::VarId>;

fn put(a: &Aff, env: &Env) -> Option<Aff> {
    let ok = a.vars().all(|v| matches!(v, IVar::Free(_)) || env.contains_key(&v));
    ok.then(|| a.map(|v| env.get(&v).map_or_else(|| Aff::var(v), |w| Aff::free(*w))))
}
