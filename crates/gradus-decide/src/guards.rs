//! Guards: Iverson factors of monomials, simplified by what is known and by each other.

use crate::atom::{Atom, AtomId, Cmp, Collect, Mono, Nf};
use crate::budget::Budget;
use crate::facts::Facts;
use crate::linear::System;
use gradus_term::{Aff, IVar, Rat, VarKind};

type R<T> = Result<T, Budget>;

impl Facts<'_> {
    /// `[a = 0]`
    pub(crate) fn eq_guard(&self, a: &Aff) -> R<Nf> {
        let a = self.solve_in(a);
        if let Some(c) = a.as_int() {
            return Ok(if c == 0 { Nf::one() } else { Nf::zero() });
        }
        let g = a.t.iter().fold(0u64, |g, x| num_integer::gcd(g, x.1.unsigned_abs()));
        let Ok(g) = i64::try_from(g) else { return Err(Budget) };
        if a.c % g != 0 {
            return Ok(Nf::zero());
        }
        let lead = a.t.first().map_or(1, |x| x.1.signum());
        let b = Aff { c: a.c / g * lead, t: a.t.iter().map(|(v, k)| (*v, k / g * lead)).collect() };
        if self.refutes(&System { eq: vec![b.clone()], ..System::default() })? {
            return Ok(Nf::zero());
        }
        if self.entails(&b, &[])? && self.entails(&b.neg(), &[])? {
            return Ok(Nf::one());
        }
        Ok(self.atom_nf(Atom::Eq(b)))
    }
    /// `[a ≥ 0]`
    pub(crate) fn ge_guard(&self, a: &Aff) -> R<Nf> {
        let a = self.solve_in(a);
        if let Some(c) = a.as_int() {
            return Ok(if c >= 0 { Nf::one() } else { Nf::zero() });
        }
        let g = a.t.iter().fold(0u64, |g, x| num_integer::gcd(g, x.1.unsigned_abs()));
        let Ok(g) = i64::try_from(g) else { return Err(Budget) };
        let b = Aff { c: a.c.div_euclid(g), t: a.t.iter().map(|(v, k)| (*v, k / g)).collect() };
        if self.entails(&b, &[])? {
            return Ok(Nf::one());
        }
        if self.entails(&b.neg().plus(-1), &[])? {
            return Ok(Nf::zero());
        }
        Ok(self.atom_nf(Atom::Ge(b)))
    }
    /// `[u > 0]`, `[u ≥ 0]`, `[u = 0]`, `[u ≠ 0]` for a real `u`, up to a positive factor.
    pub(crate) fn real_guard(&self, c: Cmp, u: &Nf) -> R<Nf> {
        let s = self.nf_range(u).signs();
        let (yes, no) = match c {
            Cmp::Gt => (s.is_positive(), !s.pos),
            Cmp::Ge => (s.is_nonneg(), s.is_negative()),
            Cmp::Eq => (s.is_zero(), s.is_nonzero()),
            Cmp::Ne => (s.is_nonzero(), s.is_zero()),
        };
        if yes {
            return Ok(Nf::one());
        }
        if no {
            return Ok(Nf::zero());
        }
        if let Some(rest) = self.without_known_factors(c, u)? {
            return self.real_guard(c, &rest);
        }
        let (_, mut p) = u.primitive();
        if matches!(c, Cmp::Eq | Cmp::Ne) && p.lead().is_some_and(|x| x.1.is_negative()) {
            p = p.neg();
        }
        Ok(self.atom_nf(Atom::Real(c, p)))
    }

    /// The monomial with its guards simplified: contradictions give 0, entailed guards go, `[i = j] f(j) = [i = j] f(i)`.
    pub(crate) fn guarded(&self, m: &Mono) -> R<Nf> {
        let (mut eqs, mut ges): (Vec<(AtomId, Aff)>, Vec<(AtomId, Aff)>) = (Vec::new(), Vec::new());
        let mut real = Vec::new();
        for (a, _) in m.iter() {
            match &*self.get(*a) {
                Atom::Eq(x) => eqs.push((*a, x.clone())),
                Atom::Ge(x) => ges.push((*a, x.clone())),
                Atom::Real(c, n) => real.push((*c, n.clone())),
                _ => {}
            }
        }
        let one = || Nf::term(m.clone(), Rat::one());
        if eqs.is_empty() && ges.is_empty() {
            return Ok(if contradict(&real) { Nf::zero() } else { one() });
        }
        if let Some(n) = self.substitute_equal(m, &eqs)? {
            return Ok(n);
        }
        let all = System { ge: ges.iter().map(|g| g.1.clone()).collect(), eq: eqs.iter().map(|g| g.1.clone()).collect(), ne: Vec::new() };
        if contradict(&real) || self.refutes(&all)? {
            return Ok(Nf::zero());
        }
        if ges.is_empty() {
            return Ok(one());
        }
        // The longest first, so that the simplest description of the range is kept.
        ges.sort_by(|x, y| y.1.t.len().cmp(&x.1.t.len()).then_with(|| x.1.cmp(&y.1)));
        let eqc: Vec<Aff> = eqs.iter().flat_map(|e| [e.1.clone(), e.1.neg()]).collect();
        let mut keep = ges.clone();
        for g in &ges {
            let others: Vec<Aff> = keep.iter().filter(|x| x.0 != g.0).map(|x| x.1.clone()).chain(eqc.iter().cloned()).collect();
            if self.entails(&g.1, &others)? {
                keep.retain(|x| x.0 != g.0);
            }
        }
        if keep.len() == ges.len() {
            return Ok(one());
        }
        let left = m.iter().filter(|(a, _)| !ges.iter().any(|g| g.0 == *a) || keep.iter().any(|g| g.0 == *a)).copied().collect();
        Ok(Nf::term(Mono(left), Rat::one()))
    }
    /// `[i = j] f(j) = [i = j] f(i)`: eliminates the youngest free index with coefficient ±1 elsewhere.
    fn substitute_equal(&self, m: &Mono, eqs: &[(AtomId, Aff)]) -> R<Option<Nf>> {
        for (a, x) in eqs {
            let mut cand: Vec<IVar> = x.vars().filter(|v| x.coef(*v).abs() == 1 && self.is_index(*v)).collect();
            cand.sort_unstable();
            let Some(v) = cand.pop() else { continue };
            let rest = m.without(*a);
            if !self.sh.table.borrow().mono_mentions(&rest, v) {
                continue;
            }
            let Some(by) = x.solve(v) else { continue };
            let body = self.sh.fuel.deeper(|| self.subst_mono(&rest, v, &by))?;
            let guard = self.atom_nf(Atom::Eq(x.clone()));
            return self.mul(&body, &guard).map(Some);
        }
        Ok(None)
    }
    /// Whether the variable is an index (and no size), free or a dummy standing free.
    fn is_index(&self, v: IVar) -> bool {
        match v {
            IVar::Free(v) => matches!(self.store.var(v).kind, VarKind::Index | VarKind::Opened),
            IVar::Bound(k) => k >= crate::atom::TEMP,
        }
    }

    // ---- substitution for an index

    /// `n` with the index `v := by`.
    pub(crate) fn subst_nf(&self, n: &Nf, v: IVar, by: &Aff) -> R<Nf> {
        let mut out = Collect::default();
        for (m, q) in n.iter() {
            if self.sh.table.borrow().mono_mentions(m, v) {
                out.add(&self.subst_mono(m, v, by)?, q);
            } else {
                out.push(m.clone(), q);
            }
        }
        Ok(out.finish())
    }
    pub(crate) fn subst_mono(&self, m: &Mono, v: IVar, by: &Aff) -> R<Nf> {
        let (stay, change): (Vec<_>, Vec<_>) = m.iter().copied().partition(|(a, _)| !self.sh.table.borrow().mentions(*a, v));
        let mut out = Nf::term(Mono(stay.into()), Rat::one());
        for (a, e) in change {
            let n = self.sh.fuel.deeper(|| self.subst_atom(a, v, by))?;
            let n = if e == crate::algebra::ex(1) { n } else { self.pow(&n, e)? };
            out = self.mul(&out, &n)?;
            if out.is_zero() {
                break;
            }
        }
        Ok(out)
    }
    fn subst_atom(&self, a: AtomId, v: IVar, by: &Aff) -> R<Nf> {
        self.sh.fuel.spend(1)?;
        let affs = |xs: &[Aff]| xs.iter().map(|x| x.subst(v, by)).collect::<Vec<_>>();
        match &*self.get(a) {
            Atom::Int(u) => Ok(if *u == v { self.aff_nf(by) } else { Nf::atom(a) }),
            Atom::Ent { head, params, args } => self.entry_atom(*head, *params, affs(args)),
            Atom::Cond { head, args } => Ok(self.atom_nf(Atom::Cond { head: *head, args: affs(args) })),
            Atom::Eq(x) => self.eq_guard(&x.subst(v, by)),
            Atom::Ge(x) => self.ge_guard(&x.subst(v, by)),
            Atom::Real(c, n) => self.real_guard(*c, &self.subst_nf(n, v, by)?),
            Atom::Exp(m) => self.exp_nf(&self.subst_mono(m, v, by)?),
            Atom::Fn(h, args) => {
                let args = args.iter().map(|n| self.subst_nf(n, v, by)).collect::<R<Vec<_>>>()?;
                self.apply(*h, args)
            }
            Atom::Poly(n) | Atom::Root(n) => self.subst_nf(n, v, by),
            Atom::Sum(..) => {
                let (vs, body) = self.open_sum(a)?;
                let body = self.subst_nf(&body, v, by)?;
                self.sum_over_all(&vs, &body)
            }
            Atom::Big(op, u, lo, hi, n) => {
                let body = self.subst_nf(n, v, by)?;
                Ok(self.atom_nf(Atom::Big(*op, *u, lo.subst(v, by), hi.subst(v, by), body)))
            }
        }
    }
    /// A real affine value.
    pub(crate) fn aff_nf(&self, a: &Aff) -> Nf {
        let mut out = Collect::default();
        out.push(Mono::one(), &Rat::int(a.c));
        for (v, k) in &a.t {
            out.push(Mono::atom(self.atom(Atom::Int(*v)), crate::algebra::ex(1)), &Rat::int(*k));
        }
        out.finish()
    }
}

/// Whether two real guards of one quantity exclude each other.
fn contradict(real: &[(Cmp, Nf)]) -> bool {
    let excludes = |c: Cmp, d: Cmp, opposite: bool| match (c, d) {
        (Cmp::Gt, Cmp::Eq) | (Cmp::Eq, Cmp::Gt | Cmp::Ne) | (Cmp::Ne, Cmp::Eq) => true,
        (Cmp::Gt, Cmp::Gt | Cmp::Ge) | (Cmp::Ge, Cmp::Gt) => opposite,
        _ => false,
    };
    real.iter().enumerate().any(|(i, (c, n))| {
        real.iter().skip(i + 1).any(|(d, m)| (n == m && excludes(*c, *d, false)) || (*n == m.neg() && excludes(*c, *d, true)))
    })
}
