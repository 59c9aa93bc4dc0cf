//! Finite sums as sums over all integers with guards: delta elimination, components, canonical dummies.
//!
//! `Σ_{v=lo}^{hi} f` is `Σ_{v∈ℤ} [v ≥ lo][v ≤ hi] f`. For each monomial: nested sums that mention the dummy are opened, an
//! equality with a dummy of coefficient ±1 is solved and put in (also into the guards), what is free of dummies comes out,
//! the rest falls into connected components, and each component is brought to one form: every dummy is *anchored* (a slot
//! that holds it alone becomes bare, which removes shifts and flips) and the dummies are numbered canonically.
//!
//! Soundness with partial terms: a reciprocal free of the dummies leaves the sum only if the range is not empty; else an
//! empty sum (0, and defined) would become a reciprocal that has no value. Each step lowers the number of sums or of
//! equalities with dummies, so it terminates; the search for anchors and numberings is bounded by fuel.

use crate::algebra::ex;
use crate::atom::{Atom, AtomId, Collect, Ex, Mono, Nf, MAX_BINDERS};
use crate::budget::Budget;
use crate::facts::Facts;
use gradus_term::{Aff, IVar, Id, Rat};

type R<T> = Result<T, Budget>;

impl Facts<'_> {
    /// `Σ_{v ∈ ℤ} n` for all of `vs`.
    pub(crate) fn sum_over_all(&self, vs: &[IVar], n: &Nf) -> R<Nf> {
        let mut out = Collect::default();
        for (m, q) in n.iter() {
            out.add(&self.sum_mono(vs.to_vec(), m)?, q);
        }
        Ok(out.finish())
    }
    pub(crate) fn mentions(&self, a: AtomId, v: IVar) -> bool {
        self.sh.table.borrow().mentions(a, v)
    }
    fn mono_mentions(&self, m: &Mono, v: IVar) -> bool {
        self.sh.table.borrow().mono_mentions(m, v)
    }
    /// The dummies (fresh) and the body of a `Σ` kernel.
    pub(crate) fn open_sum(&self, a: AtomId) -> R<(Vec<IVar>, Nf)> {
        let Atom::Sum(vs, m) = &*self.get(a) else { return Ok((Vec::new(), Nf::atom(a))) };
        let mut body = Nf::term(m.clone(), Rat::one());
        let mut out = Vec::with_capacity(vs.len());
        for v in vs {
            let t = self.sh.table.borrow_mut().temp();
            body = self.subst_nf(&body, *v, &Aff::var(t))?;
            out.push(t);
        }
        Ok((out, body))
    }
    fn sum_mono(&self, mut vs: Vec<IVar>, m: &Mono) -> R<Nf> {
        self.sh.fuel.spend(4)?;
        if vs.len() > MAX_BINDERS {
            return Err(Budget);
        }
        // Open nested sums that depend on the dummies.
        let nested = m.iter().find(|(a, e)| {
            *e >= ex(1) && e.is_integer() && matches!(&*self.get(*a), Atom::Sum(..)) && vs.iter().any(|v| self.mentions(*a, *v))
        });
        if let Some((a, e)) = nested.copied() {
            let (new, body) = self.open_sum(a)?;
            vs.extend(new);
            let rest = Nf::term(self.mono_mul(&m.without(a), &Mono::atom(a, e - 1))?, Rat::one());
            let all = self.mul(&rest, &body)?;
            return self.sh.fuel.deeper(|| self.sum_over_all(&vs, &all));
        }
        if let Some(n) = self.eliminate_delta(&vs, m)? {
            return Ok(n);
        }
        if let Some(n) = self.contract_inverse(&vs, m)? {
            return Ok(n);
        }
        self.components(&vs, m)
    }
    /// `Σ_v [v = e] f(v) = f(e)`.
    fn eliminate_delta(&self, vs: &[IVar], m: &Mono) -> R<Option<Nf>> {
        for (a, _) in m.iter() {
            let Atom::Eq(x) = &*self.get(*a) else { continue };
            let Some(v) = vs.iter().copied().find(|v| x.coef(*v).abs() == 1) else { continue };
            let Some(by) = x.solve(v) else { continue };
            let body = self.subst_mono(&m.without(*a), v, &by)?;
            let left: Vec<IVar> = vs.iter().copied().filter(|u| *u != v).collect();
            return self.sh.fuel.deeper(|| self.sum_over_all(&left, &body)).map(Some);
        }
        Ok(None)
    }
    /// `Σ_v A⁻¹[i,v] A[v,k] = [i = k]`, either way round, over the whole range of `v`.
    fn contract_inverse(&self, vs: &[IVar], m: &Mono) -> R<Option<Nf>> {
        for v in vs {
            let with: Vec<(AtomId, Ex)> =
                m.iter().copied().filter(|(a, _)| self.mentions(*a, *v) && !matches!(&*self.get(*a), Atom::Ge(_))).collect();
            let [(p, e), (q, f)] = with.as_slice() else { continue };
            if *e != ex(1) || *f != ex(1) {
                continue;
            }
            let Some((i, k, n)) = self.inverse_pair(*p, *q, *v).or_else(|| self.inverse_pair(*q, *p, *v)) else { continue };
            // The guards on v must be exactly its range.
            let mut ranges: Vec<Aff> = Vec::new();
            for (a, _) in m.iter().filter(|(a, _)| self.mentions(*a, *v)) {
                if let Atom::Ge(g) = &*self.get(*a) {
                    ranges.push(g.clone());
                }
            }
            ranges.sort();
            let mut want = vec![Aff::var(*v).plus(-1), n.sub(&Aff::var(*v))];
            want.sort();
            if ranges != want {
                continue;
            }
            let rest = Mono(m.iter().filter(|(a, _)| !self.mentions(*a, *v)).copied().collect());
            let body = self.mul(&Nf::term(rest, Rat::one()), &self.eq_guard(&i.sub(&k))?)?;
            let left: Vec<IVar> = vs.iter().copied().filter(|u| u != v).collect();
            return self.sh.fuel.deeper(|| self.sum_over_all(&left, &body)).map(Some);
        }
        Ok(None)
    }
    /// `p = M[i, v]`, `q = N[v, k]` with `M N = I`: `(i, k, size)`.
    fn inverse_pair(&self, p: AtomId, q: AtomId, v: IVar) -> Option<(Aff, Aff, Aff)> {
        let (Atom::Ent { head: h, params: 0, args: x }, Atom::Ent { head: g, params: 0, args: y }) = (&*self.get(p), &*self.get(q)) else {
            return None;
        };
        if self.store.sort(*g).is_compound() || !self.is_inverse(*h, *g) && !self.is_inverse(*g, *h) {
            return None;
        }
        // The indices of a symmetric matrix and of its inverse stand in either order.
        let symmetric = |t: Id| crate::matrices::is_symmetric(self.store, t);
        let other = |args: &[Aff], at: usize, head: Id| match args {
            [a, b] if at == 1 && *b == Aff::var(v) => Some(a.clone()),
            [a, b] if at == 0 && *a == Aff::var(v) => Some(b.clone()),
            [a, b] if symmetric(head) && *a == Aff::var(v) => Some(b.clone()),
            [a, b] if symmetric(head) && *b == Aff::var(v) => Some(a.clone()),
            _ => None,
        };
        let (i, k) = (other(x, 1, *h)?, other(y, 0, *g)?);
        (!i.mentions(v) && !k.mentions(v)).then(|| Some((i, k, self.store.sort(*g).dims().first()?.clone())))?
    }
    fn is_inverse(&self, inv: Id, of: Id) -> bool {
        match self.store.node(inv) {
            gradus_term::Node::Call(f, xs) => {
                self.store.prim(*f) == Some(gradus_term::Prim::Inv) && xs.first().is_some_and(|x| self.store.same(*x, of))
            }
            _ => false,
        }
    }

    fn components(&self, vs: &[IVar], m: &Mono) -> R<Nf> {
        let mut comps: Vec<(Vec<IVar>, Vec<(AtomId, Ex)>)> = Vec::new();
        let mut free = Vec::new();
        for t in m.iter() {
            let mine: Vec<IVar> = vs.iter().copied().filter(|v| self.mentions(t.0, *v)).collect();
            if mine.is_empty() {
                free.push(*t);
                continue;
            }
            let (touch, apart): (Vec<_>, Vec<_>) = comps.into_iter().partition(|c| c.0.iter().any(|v| mine.contains(v)));
            let (mut cv, mut ct) = (mine, vec![*t]);
            for (v, t) in touch {
                cv.extend(v);
                ct.extend(t);
            }
            cv.sort_unstable();
            cv.dedup();
            comps = apart;
            comps.push((cv, ct));
        }
        // A dummy nothing mentions ranges over all integers: no finite sum is like that.
        if vs.iter().any(|v| !comps.iter().any(|c| c.0.contains(v))) {
            return Err(Budget);
        }
        let partial = free.iter().any(|(_, e)| *e < ex(0));
        let mut out = Nf::one();
        let mut inside = Vec::new();
        if partial {
            let mut nonempty = true;
            for (cv, ct) in &comps {
                nonempty &= self.nonempty(cv, ct)?;
            }
            if !nonempty {
                // What certainly has a reciprocal comes out of an empty sum, too.
                let open = |a: AtomId| !self.nf_range(&Nf::atom(a)).signs().is_nonzero();
                (inside, free) = free.into_iter().partition(|(a, e)| *e < ex(0) && open(*a));
            }
        }
        let count = comps.len();
        if !inside.is_empty() && count > 1 {
            // Keep everything together: which component is empty is not known.
            let all: Vec<_> = comps.into_iter().flat_map(|c| c.1).collect();
            comps = vec![(vs.to_vec(), all)];
        }
        for (cv, mut ct) in comps {
            ct.append(&mut inside);
            out = self.mul(&out, &self.component(&cv, &Mono::from_vec(ct))?)?;
        }
        self.mul(&out, &Nf::term(Mono::from_vec(free), Rat::one()))
    }
    /// Whether the index range of a component with one dummy certainly has a member.
    fn nonempty(&self, vs: &[IVar], atoms: &[(AtomId, Ex)]) -> R<bool> {
        let [v] = vs else { return self.nonempty_box(vs, atoms) };
        Ok(self.bounds_of(*v, atoms).is_some_and(|(lo, hi)| {
            !lo.is_empty() && !hi.is_empty() && lo.iter().all(|l| hi.iter().all(|h| self.entails(&h.sub(l), &[]) == Ok(true)))
        }))
    }
    /// Several dummies, each with bounds of its own free of the others.
    fn nonempty_box(&self, vs: &[IVar], atoms: &[(AtomId, Ex)]) -> R<bool> {
        for v in vs {
            let own: Vec<_> = atoms.iter().copied().filter(|(a, _)| !self.get(*a).is_guard() || self.mentions(*a, *v)).collect();
            let alone = own.iter().all(|(a, _)| !self.get(*a).is_guard() || !vs.iter().any(|u| u != v && self.mentions(*a, *u)));
            if !alone || !self.nonempty(&[*v], &own)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
    /// The lower and upper bounds of `v` in the guards; `None` if another kind of guard holds it.
    pub(crate) fn bounds_of(&self, v: IVar, atoms: &[(AtomId, Ex)]) -> Option<(Vec<Aff>, Vec<Aff>)> {
        let (mut lo, mut hi) = (Vec::new(), Vec::new());
        for (a, _) in atoms {
            match &*self.get(*a) {
                Atom::Ge(g) if g.coef(v) == 1 => lo.push(g.solve(v)?),
                Atom::Ge(g) if g.coef(v) == -1 => hi.push(g.solve(v)?),
                x if x.is_guard() && self.mentions(*a, v) => return None,
                _ => {}
            }
        }
        Some((lo, hi))
    }

    /// One connected component in canonical form.
    fn component(&self, vs: &[IVar], m: &Mono) -> R<Nf> {
        let g = self.guarded(m)?;
        let Some((m, q)) = g.single() else {
            return if g.is_zero() { Ok(Nf::zero()) } else { self.sum_over_all(vs, &g) };
        };
        if vs.iter().any(|v| !self.mono_mentions(m, *v)) {
            return Err(Budget);
        }
        if let Some(n) = self.power_sum(vs, m)? {
            return Ok(n.scale(q));
        }
        match self.canonical(vs, m)? {
            Canonical::One(c, names, best) => Ok(self.atom_nf(Atom::Sum(names, best)).scale(&c.mul(q))),
            // A dummy that stands as a value is several monomials after its shift; each is a sum of its own.
            Canonical::Several(vs, n) => Ok(self.sh.fuel.deeper(|| self.sum_over_all(&vs, &n))?.scale(q)),
        }
    }
    /// `Σ_{v=lo}^{hi} v^k` in closed form, where the range is certainly not shorter than empty.
    fn power_sum(&self, vs: &[IVar], m: &Mono) -> R<Option<Nf>> {
        let [v] = vs else { return Ok(None) };
        let (mine, rest): (Vec<_>, Vec<_>) = m.iter().copied().partition(|(a, _)| self.mentions(*a, *v));
        let mut k = 0;
        for (a, e) in &mine {
            match &*self.get(*a) {
                Atom::Int(_) if e.is_integer() && (1..=6).contains(e.numer()) => k = *e.numer(),
                x if x.is_guard() => {}
                _ => return Ok(None),
            }
        }
        let Some((lo, hi)) = self.bounds_of(*v, &mine) else { return Ok(None) };
        let ([lo], [hi]) = (lo.as_slice(), hi.as_slice()) else { return Ok(None) };
        if !self.entails(&hi.sub(lo).plus(1), &[])? {
            return Ok(None);
        }
        let (top, below) = (self.faulhaber(k, &self.aff_nf(hi))?, self.faulhaber(k, &self.aff_nf(&lo.plus(-1)))?);
        self.mul(&top.sub(&below), &Nf::term(Mono(rest.into()), Rat::one())).map(Some)
    }
    /// The polynomial `F` with `F(x) − F(x − 1) = x^k` and `F(0) = 0`: from
    /// `(k + 1) F_k(x) = x^{k+1} + Σ_{j<k} (−1)^{k−j+1} C(k+1, j) F_j(x)`.
    fn faulhaber(&self, k: i64, x: &Nf) -> R<Nf> {
        let mut fs: Vec<Nf> = Vec::new();
        for d in 0..=k {
            let mut f = self.pow(x, ex(d + 1))?;
            let mut c = 1i64;
            for (j, g) in fs.iter().enumerate() {
                let j = j as i64;
                if j > 0 {
                    c = c * (d + 2 - j) / j;
                }
                f = f.add_scaled(g, &Rat::int(if (d - j) % 2 == 0 { -c } else { c }));
            }
            fs.push(f.scale(&Rat::new(1, d + 1).unwrap_or_else(Rat::one)));
        }
        Ok(fs.pop().unwrap_or_default())
    }
    fn canonical(&self, vs: &[IVar], m: &Mono) -> R<Canonical> {
        let height = 1 + m.iter().map(|(a, _)| self.sh.table.borrow().height(*a)).max().unwrap_or(0);
        let names: Vec<IVar> = (0..vs.len()).map(|k| IVar::Bound(height * 32 + k as u32)).collect();
        let anchors: Vec<Vec<Aff>> = vs.iter().map(|v| self.anchors(*v, vs, m)).collect();
        let orders = self.orders(vs, m)?;
        let choices = anchors.iter().map(Vec::len).product::<usize>().saturating_mul(orders.len());
        self.sh.fuel.spend(choices as u64)?;
        if choices > 2000 {
            return Err(Budget);
        }
        let mut best: Option<(Mono, Rat)> = None;
        let mut several = None;
        for choice in product(&anchors) {
            let mut n = Nf::term(m.clone(), Rat::one());
            let mut temps = Vec::with_capacity(vs.len());
            for (v, s) in vs.iter().zip(&choice) {
                // The slot s becomes the new dummy t: v := solution of s = t.
                let t = self.sh.table.borrow_mut().temp();
                let Some(by) = s.sub(&Aff::var(t)).solve(*v) else { return Err(Budget) };
                n = self.subst_nf(&n, *v, &by)?;
                temps.push(t);
            }
            if n.single().is_none() {
                several.get_or_insert((temps, n));
                continue;
            }
            for order in &orders {
                let mut k = n.clone();
                for (name, i) in names.iter().zip(order) {
                    if let Some(t) = temps.get(*i) {
                        k = self.subst_nf(&k, *t, &Aff::var(*name))?;
                    }
                }
                if let Some((m, q)) = k.single() {
                    if best.as_ref().is_none_or(|b| (m, q) < (&b.0, &b.1)) {
                        best = Some((m.clone(), q.clone()));
                    }
                }
            }
        }
        match (best, several) {
            (Some((m, q)), _) => Ok(Canonical::One(q, names, m)),
            (None, Some((temps, n))) => Ok(Canonical::Several(temps, n)),
            (None, None) => Err(Budget),
        }
    }
    /// The slots that may become bare: those that hold `v` with coefficient ±1 and no other dummy, of the first kind found;
    /// failing these, guards; failing these, `v` as it is.
    fn anchors(&self, v: IVar, vs: &[IVar], m: &Mono) -> Vec<Aff> {
        let good = |a: &Aff| a.coef(v).abs() == 1 && !vs.iter().any(|u| *u != v && a.mentions(*u));
        let mut slots: Vec<(Id, usize, Aff)> = Vec::new();
        m.iter().for_each(|(a, _)| self.slots(*a, &mut slots));
        slots.retain(|s| good(&s.2));
        slots.sort();
        slots.dedup();
        if let Some((h, k, _)) = slots.first().cloned() {
            return slots.into_iter().filter(|s| s.0 == h && s.1 == k).map(|s| s.2).collect();
        }
        let mut guards: Vec<Aff> = Vec::new();
        for (a, _) in m.iter() {
            if let Atom::Ge(g) = &*self.get(*a) {
                if good(g) {
                    guards.push(g.clone());
                }
            }
        }
        guards.sort();
        // A lower bound, made to start at 1; where only guards hold the dummy, an upper one as well, turned round.
        if let Some(g) = guards.iter().find(|g| g.coef(v) == 1).or(guards.first()) {
            let only_guards = m.iter().all(|(a, _)| self.get(*a).is_guard() || !self.mentions(*a, v));
            return guards.iter().filter(|h| only_guards || h.coef(v) == g.coef(v)).map(|h| h.plus(1)).collect();
        }
        vec![Aff::var(v)]
    }
    fn slots(&self, a: AtomId, out: &mut Vec<(Id, usize, Aff)>) {
        let in_nf = |n: &Nf, out: &mut Vec<_>| n.iter().for_each(|(m, _)| m.iter().for_each(|(b, _)| self.slots(*b, out)));
        match &*self.get(a) {
            // Which index of a symmetric matrix comes first says nothing.
            Atom::Ent { head, params: 0, args } if args.len() == 2 && crate::matrices::is_symmetric(self.store, *head) => {
                out.extend(args.iter().map(|x| (*head, 0, x.clone())));
            }
            Atom::Ent { head, args, .. } => out.extend(args.iter().enumerate().map(|(k, x)| (*head, k, x.clone()))),
            Atom::Exp(m) | Atom::Sum(_, m) => m.iter().for_each(|(b, _)| self.slots(*b, out)),
            Atom::Fn(_, ns) => ns.iter().for_each(|n| in_nf(n, out)),
            Atom::Poly(n) | Atom::Root(n) | Atom::Real(_, n) | Atom::Big(_, _, _, _, n) => in_nf(n, out),
            _ => {}
        }
    }
    /// The orders of the dummies to try: dummies are told apart by where they stand, ties are permuted.
    fn orders(&self, vs: &[IVar], m: &Mono) -> R<Vec<Vec<usize>>> {
        if let [_] = vs {
            return Ok(vec![vec![0]]);
        }
        // The colour of a dummy: heads and slots it stands in, with exponents.
        let mut coloured: Vec<(Vec<(Id, usize, Ex)>, usize)> = Vec::new();
        for (i, v) in vs.iter().enumerate() {
            let mut colour = Vec::new();
            for (a, e) in m.iter().filter(|(a, _)| self.mentions(*a, *v)) {
                let mut slots = Vec::new();
                self.slots(*a, &mut slots);
                colour.extend(slots.into_iter().filter(|s| s.2.mentions(*v)).map(|s| (s.0, s.1, *e)));
            }
            colour.sort();
            coloured.push((colour, i));
        }
        coloured.sort();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut last = None;
        for (c, i) in &coloured {
            match (groups.last_mut(), last == Some(c)) {
                (Some(g), true) => g.push(*i),
                _ => groups.push(vec![*i]),
            }
            last = Some(c);
        }
        let mut out = vec![Vec::new()];
        for g in groups {
            let perms = permutations(&g);
            self.sh.fuel.spend((out.len() * perms.len()) as u64)?;
            if out.len() * perms.len() > 800 {
                return Err(Budget);
            }
            out = out.iter().flat_map(|o| perms.iter().map(move |p| o.iter().chain(p).copied().collect())).collect();
        }
        Ok(out)
    }
}

/// What a component becomes.
enum Canonical {
    /// A kernel: its coefficient, binders and body.
    One(Rat, Vec<IVar>, Mono),
    /// A sum over these dummies of several monomials.
    Several(Vec<IVar>, Nf),
}

/// All orders of at most six things (more: the order given).
fn permutations(xs: &[usize]) -> Vec<Vec<usize>> {
    if xs.len() > 6 {
        return vec![xs.to_vec()];
    }
    let mut out = vec![Vec::new()];
    for _ in 0..xs.len() {
        out = out
            .iter()
            .flat_map(|p: &Vec<usize>| xs.iter().filter(|x| !p.contains(x)).map(move |x| p.iter().copied().chain([*x]).collect()))
            .collect();
    }
    out
}
/// All choices of one of each.
fn product(xs: &[Vec<Aff>]) -> Vec<Vec<Aff>> {
    xs.iter().fold(vec![Vec::new()], |acc, ys| {
        acc.iter().flat_map(|p: &Vec<Aff>| ys.iter().map(move |y| p.iter().cloned().chain([y.clone()]).collect())).collect()
    })
}

impl Facts<'_> {
    /// Whether the range written in the guards of `m` certainly has a member.
    pub(crate) fn nonempty_range(&self, vs: &[IVar], m: &Mono) -> R<bool> {
        self.nonempty(vs, &m.0)
    }
    /// `Σ_{v=a}^{b} f + Σ_{v=b+1}^{c} f = Σ_{v=a}^{c} f` where `a − 1 ≤ b ≤ c`: so that a split sum in a denominator is one.
    pub(crate) fn merged(&self, n: Nf) -> R<Nf> {
        let mut n = n;
        for _ in 0..8 {
            let mut parts: Vec<(Mono, Rat, Aff, Aff, Nf, IVar)> = Vec::new();
            for (m, q) in n.iter() {
                let sums: Vec<AtomId> = m
                    .iter()
                    .filter(|(a, e)| *e == ex(1) && matches!(&*self.get(*a), Atom::Sum(vs, _) if vs.len() == 1))
                    .map(|x| x.0)
                    .collect();
                let [a] = sums.as_slice() else { continue };
                let Atom::Sum(vs, body) = &*self.get(*a) else { continue };
                let [v] = vs.as_slice() else { continue };
                let Some((lo, hi)) = self.bounds_of(*v, &body.0) else { continue };
                let ([lo], [hi]) = (lo.as_slice(), hi.as_slice()) else { continue };
                let rest = body.iter().filter(|(b, _)| !matches!(&*self.get(*b), Atom::Ge(_))).copied().collect();
                let key = Nf::term(m.without(*a), Rat::one());
                let t = IVar::Bound(crate::atom::TEMP);
                let f = self.mul(&key, &self.subst_mono(&Mono(rest), *v, &Aff::var(t))?)?;
                parts.push((m.clone(), q.clone(), lo.clone(), hi.clone(), f, t));
            }
            let mut found = None;
            'pairs: for x in &parts {
                for y in &parts {
                    if x.0 != y.0
                        && x.1 == y.1
                        && x.4 == y.4
                        && x.3.plus(1) == y.2
                        && self.entails(&x.3.sub(&x.2).plus(1), &[])?
                        && self.entails(&y.3.sub(&y.2).plus(1), &[])?
                    {
                        found = Some((x.clone(), y.clone()));
                        break 'pairs;
                    }
                }
            }
            let Some((x, y)) = found else { break };
            let v = Aff::var(x.5);
            let range = self.mul(&self.ge_guard(&v.sub(&x.2))?, &self.ge_guard(&y.3.sub(&v))?)?;
            let joined = self.sum_over_all(&[x.5], &self.mul(&range, &x.4)?)?;
            n = n.sub(&Nf::term(x.0, x.1.clone())).sub(&Nf::term(y.0, y.1.clone())).add_scaled(&joined, &x.1);
        }
        Ok(n)
    }
}
