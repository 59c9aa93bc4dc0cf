//! Products, powers and reduction of normal forms.
//!
//! Every rewriting here holds *pointwise*: wherever all parts of the left side have values, both sides have the same value,
//! with the rule that a false guard makes its monomial 0 whatever stands beside it. So no rewriting may move a
//! denominator out from under its guards, and reciprocals of sums that contain guards are left alone.
//!
//! Reduction terminates: each rule lowers, in this order, the degree in radicals and roots of unity-like kernels, the
//! number of monomials divisible by the leading monomial of a denominator beside them, and the number of guards.

use crate::atom::{Atom, AtomId, Collect, Ex, Head, Mono, Nf};
use crate::budget::Budget;
use crate::facts::Facts;
use gradus_term::{Domain, Node, Prim, Rat};
use std::rc::Rc;

type R<T> = Result<T, Budget>;

/// Powers of sums are expanded up to this exponent.
const MAX_POWER: i64 = 24;
/// No normal form grows beyond this many monomials.
const MAX_TERMS: usize = 6000;

pub(crate) fn ex(n: i64) -> Ex {
    Ex::from_integer(n)
}
/// Small exponents only: their sums cannot overflow.
fn checked(e: Ex) -> R<Ex> {
    (e.numer().abs() < 1 << 30 && *e.denom() < 1 << 20).then_some(e).ok_or(Budget)
}

impl Facts<'_> {
    pub(crate) fn atom(&self, a: Atom) -> AtomId {
        self.sh.table.borrow_mut().intern(a)
    }
    pub(crate) fn get(&self, a: AtomId) -> Rc<Atom> {
        self.sh.table.borrow().get(a)
    }
    pub(crate) fn atom_nf(&self, a: Atom) -> Nf {
        let a = self.atom(a);
        self.rule_for(a).unwrap_or_else(|| Nf::atom(a))
    }

    /// The product of two monomials: exponents added, guards idempotent.
    pub(crate) fn mono_mul(&self, a: &Mono, b: &Mono) -> R<Mono> {
        if a.is_one() {
            return Ok(b.clone());
        }
        if b.is_one() {
            return Ok(a.clone());
        }
        let mut out = Vec::with_capacity(a.0.len() + b.0.len());
        let (mut x, mut y) = (a.iter().copied().peekable(), b.iter().copied().peekable());
        loop {
            match (x.peek().copied(), y.peek().copied()) {
                (None, None) => break,
                (Some(p), Some(q)) if p.0 == q.0 => {
                    let e = if self.get(p.0).is_guard() { ex(1) } else { checked(p.1 + q.1)? };
                    if e != ex(0) {
                        out.push((p.0, e));
                    }
                    x.next();
                    y.next();
                }
                (Some(p), q) if q.is_none_or(|q| p.0 < q.0) => {
                    out.push(p);
                    x.next();
                }
                _ => out.extend(y.next()),
            }
        }
        Ok(Mono(out.into()))
    }

    /// `a · b`, reduced.
    pub(crate) fn mul(&self, a: &Nf, b: &Nf) -> R<Nf> {
        if let Some(q) = a.as_rat() {
            return Ok(b.scale(&q));
        }
        if let Some(q) = b.as_rat() {
            return Ok(a.scale(&q));
        }
        let mut work = Vec::with_capacity(a.len() * b.len());
        self.sh.fuel.spend((a.len() * b.len()) as u64)?;
        for (m, p) in a.iter() {
            for (n, q) in b.iter() {
                work.push((self.mono_mul(m, n)?, p.mul(q)));
            }
        }
        self.reduce(work)
    }
    /// The reduced sum of these terms.
    pub(crate) fn reduce(&self, mut work: Vec<(Mono, Rat)>) -> R<Nf> {
        let mut out = Collect::default();
        while let Some((m, q)) = work.pop() {
            self.sh.fuel.spend(1 + m.0.len() as u64 / 4)?;
            if work.len() > MAX_TERMS {
                return Err(Budget);
            }
            match self.reduce_mono(&m)? {
                Some(n) => work.extend(n.iter().map(|(k, c)| (k.clone(), c.mul(&q)))),
                None => out.add(&self.guarded(&m)?, &q),
            }
        }
        let n = out.finish();
        if n.len() > MAX_TERMS {
            return Err(Budget);
        }
        Ok(n)
    }
    /// One rewriting of a monomial, as a sum of (not yet reduced) monomials; `None` if it stays.
    fn reduce_mono(&self, m: &Mono) -> R<Option<Nf>> {
        for (a, e) in m.iter() {
            let (a, e) = (*a, *e);
            let whole = e.is_integer();
            if whole && *e.numer() > 0 {
                if let Some(v) = self.rule_for(a) {
                    let rest = self.mono_mul(&m.without(a), &Mono::atom(a, e - 1))?;
                    return Ok(Some(self.times_raw(&rest, &v)?));
                }
            }
            match &*self.get(a) {
                Atom::Poly(p) if whole && *e.numer() > 0 => {
                    let rest = self.mono_mul(&m.without(a), &Mono::atom(a, e - 1))?;
                    return Ok(Some(self.times_raw(&rest, p)?));
                }
                Atom::Poly(p) if whole => {
                    if let Some(n) = self.partial_fraction(m, a, p)? {
                        return Ok(Some(n));
                    }
                }
                Atom::Root(p) if e >= ex(1) => {
                    let rest = self.mono_mul(&m.without(a), &Mono::atom(a, e - e.floor()))?;
                    return Ok(Some(self.times_raw(&rest, &self.power_raw(p, *e.floor().numer())?)?));
                }
                Atom::Root(p) if e < ex(0) => {
                    let k = e.floor();
                    let rest = self.mono_mul(&m.without(a), &Mono::atom(a, e - k))?;
                    return Ok(Some(self.times_raw(&rest, &self.pow(p, k)?)?));
                }
                Atom::Fn(Head::Fn(f), args) if whole => {
                    if let Some(n) = self.reduce_fn(m, a, e, self.store.prim(*f), args)? {
                        return Ok(Some(n));
                    }
                }
                Atom::Ent { head, .. } if whole && *e.numer() >= 2 => {
                    if let Some(n) = self.reduce_finite(m, a, e, *head)? {
                        return Ok(Some(n));
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }
    /// `sin² = 1 − cos²` (and `cos² = 1 − sin²` over a power of the sine); `|u|² = u²`.
    fn reduce_fn(&self, m: &Mono, a: AtomId, e: Ex, p: Option<Prim>, args: &[Nf]) -> R<Option<Nf>> {
        let Some(u) = args.first() else { return Ok(None) };
        let lower = |n: &Nf| {
            let rest = self.mono_mul(&m.without(a), &Mono::atom(a, e - 2))?;
            self.times_raw(&rest, n).map(Some)
        };
        let other = |p: Prim| self.atom(Atom::Fn(Head::Fn(p.id()), vec![u.clone()]));
        let square = |p: Prim| Nf::one().sub(&Nf::term(Mono::atom(other(p), ex(2)), Rat::one()));
        match p {
            Some(Prim::Abs) if *e.numer() >= 2 => lower(&self.mul(u, u)?),
            Some(Prim::Sin) if *e.numer() >= 2 => lower(&square(Prim::Cos)),
            Some(Prim::Cos) if *e.numer() >= 2 && m.exponent(other(Prim::Sin)) < ex(0) => lower(&square(Prim::Sin)),
            _ => Ok(None),
        }
    }
    /// `x² = x` for x ∈ {0, 1}; in general `Π (x − d) = 0` over a finite domain. The determinant of an orthogonal matrix is 1 or −1.
    fn reduce_finite(&self, m: &Mono, a: AtomId, e: Ex, head: gradus_term::Id) -> R<Option<Nf>> {
        let given = match self.store.node(head) {
            Node::Var(v) => self.store.var(*v).domain.clone(),
            _ => Domain::Real,
        };
        let ds = match given {
            Domain::Finite(ds) => ds,
            _ if crate::determinants::is_unit_determinant(self.store, head) => vec![Rat::int(-1), Rat::one()],
            _ => return Ok(None),
        };
        let k = ds.len() as i64;
        if ds.is_empty() || k > 4 || *e.numer() < k {
            return Ok(None);
        }
        let x = Nf::atom(a);
        let mut p = Nf::one();
        for d in &ds {
            p = self.times_raw_nf(&p, &x.sub(&Nf::num(d.clone())))?;
        }
        let top = Nf::term(Mono::atom(a, ex(k)), Rat::one());
        let rest = self.mono_mul(&m.without(a), &Mono::atom(a, e - k))?;
        Ok(Some(self.times_raw(&rest, &top.sub(&p))?))
    }
    /// `lead(p) · p⁻¹ = 1 − (p − lead(p)) p⁻¹`, and from the constant side for Laurent monomials of exponentials. Only for
    /// denominators without guards: under a false guard the left side is 0 but the right side need not be.
    fn partial_fraction(&self, m: &Mono, a: AtomId, p: &Nf) -> R<Option<Nf>> {
        if self.has_guard(p) {
            return Ok(None);
        }
        let Some((l, lc)) = p.lead() else { return Ok(None) };
        let divides = |d: &Mono| d.iter().all(|(b, f)| if *f.numer() > 0 { m.exponent(*b) >= *f } else { m.exponent(*b) <= *f });
        let inverse = |d: &Mono| Mono(d.iter().map(|(b, f)| (*b, -*f)).collect());
        if !l.is_one() && divides(l) {
            let rest = self.mono_mul(m, &inverse(l))?;
            let up = self.mono_mul(&rest, &Mono::atom(a, ex(1)))?;
            let mut out = Collect::default();
            let Some(inv) = lc.recip() else { return Ok(None) };
            out.push(up, &inv);
            for (k, q) in p.iter().filter(|(k, _)| k != l) {
                out.push(self.mono_mul(&rest, k)?, &q.mul(&inv).neg());
            }
            return Ok(Some(out.finish()));
        }
        let negative_exp = l.iter().any(|(b, f)| *f > ex(0) && m.exponent(*b) < ex(0) && matches!(&*self.get(*b), Atom::Exp(_)));
        if negative_exp && p.len() == 2 {
            if let Some((_, c0)) = p.iter().find(|(k, _)| k.is_one()) {
                let Some(inv) = c0.recip() else { return Ok(None) };
                let mut out = Collect::default();
                out.push(self.mono_mul(m, &Mono::atom(a, ex(1)))?, &inv);
                out.push(self.mono_mul(m, l)?, &lc.mul(&inv).neg());
                return Ok(Some(out.finish()));
            }
        }
        Ok(None)
    }
    /// Whether a guard stands in a monomial of `p` (not inside its kernels).
    pub(crate) fn has_guard(&self, p: &Nf) -> bool {
        p.iter().any(|(m, _)| m.iter().any(|(a, _)| self.get(*a).is_guard()))
    }
    /// `m · n` without reducing.
    fn times_raw(&self, m: &Mono, n: &Nf) -> R<Nf> {
        self.sh.fuel.spend(n.len() as u64)?;
        let mut out = Collect::default();
        for (k, q) in n.iter() {
            out.push(self.mono_mul(m, k)?, q);
        }
        Ok(out.finish())
    }
    fn times_raw_nf(&self, a: &Nf, b: &Nf) -> R<Nf> {
        let mut out = Collect::default();
        for (m, q) in a.iter() {
            out.add(&self.times_raw(m, b)?, q);
        }
        Ok(out.finish())
    }
    fn power_raw(&self, p: &Nf, k: i64) -> R<Nf> {
        let mut acc = Nf::one();
        for _ in 0..k {
            acc = self.mul(&acc, p)?;
        }
        Ok(acc)
    }

    /// `n^x` for a rational `x`. A negative power of 0 gives a kernel that nothing cancels.
    pub(crate) fn pow(&self, n: &Nf, x: Ex) -> R<Nf> {
        let x = checked(x)?;
        if x == ex(0) {
            return Ok(Nf::one());
        }
        if x == ex(1) {
            return Ok(n.clone());
        }
        if n.is_zero() && x > ex(0) {
            return Ok(Nf::zero());
        }
        if x.is_integer() {
            let k = *x.numer();
            if let Some((m, q)) = n.single() {
                if let Some(r) = self.mono_power(m, q, k)? {
                    return Ok(r);
                }
            }
            if k > 0 {
                return if k <= MAX_POWER { self.power_raw(n, k) } else { Err(Budget) };
            }
            return self.recip_power(n, k);
        }
        self.root_power(n, x)
    }
    /// `(q m)^k` for a whole `k`; `None` if a guard would be inverted or an inverse of 0 taken.
    fn mono_power(&self, m: &Mono, q: &Rat, k: i64) -> R<Option<Nf>> {
        let Some(c) = q.pow(k) else { return if q.is_zero() { Ok(None) } else { Err(Budget) } };
        let mut v = Vec::with_capacity(m.0.len());
        for (a, e) in m.iter() {
            if self.get(*a).is_guard() {
                if k < 0 {
                    return Ok(None);
                }
                v.push((*a, ex(1)));
            } else {
                v.push((*a, checked(*e * k)?));
            }
        }
        self.reduce(vec![(Mono(v.into()), c)]).map(Some)
    }
    /// The denominators in `n` with their largest powers.
    pub(crate) fn denominators(&self, n: &Nf) -> Vec<(AtomId, Ex)> {
        let mut den: Vec<(AtomId, Ex)> = Vec::new();
        for (m, _) in n.iter() {
            for (a, e) in m.iter() {
                if e.is_integer() && *e < ex(0) && matches!(&*self.get(*a), Atom::Poly(_)) {
                    match den.iter_mut().find(|d| d.0 == *a) {
                        Some(d) => d.1 = d.1.max(-*e),
                        None => den.push((*a, -*e)),
                    }
                }
            }
        }
        den
    }
    /// `n^k`, `k < 0`, for a sum: over one denominator first, the common monomial and the leading coefficient out.
    fn recip_power(&self, n: &Nf, k: i64) -> R<Nf> {
        if n.is_zero() || self.has_guard(n) {
            return Ok(Nf::term(Mono::atom(self.atom(Atom::Poly(n.clone())), ex(k)), Rat::one()));
        }
        let den = self.denominators(n);
        if !den.is_empty() {
            let up = Mono::from_vec(den.clone());
            let cleared = self.mul(n, &Nf::term(up.clone(), Rat::one()))?;
            let again = self.denominators(&cleared);
            if again.iter().all(|d| !den.iter().any(|o| o.0 == d.0)) {
                let r = self.sh.fuel.deeper(|| self.pow(&cleared, ex(k)))?;
                let back = Mono(up.iter().map(|(a, e)| (*a, *e * -k)).collect());
                return self.mul(&r, &Nf::term(back, Rat::one()));
            }
        }
        let (common, n) = self.split_common(n, |_| true)?;
        if n.single().is_some() {
            return self.mul(&self.pow(&n, ex(k))?, &self.pow(&Nf::term(common, Rat::one()), ex(k))?);
        }
        let Some((_, lc)) = n.lead() else { return Err(Budget) };
        let (inv, ck) = (lc.recip().ok_or(Budget)?, lc.pow(k).ok_or(Budget)?);
        let poly = self.atom(Atom::Poly(n.scale(&inv)));
        let outside = Mono(common.iter().map(|(a, e)| (*a, *e * k)).collect());
        self.reduce(vec![(self.mono_mul(&outside, &Mono::atom(poly, ex(k)))?, ck)])
    }
    /// `n = m · n'` with the largest monomial of allowed atoms common to all (exponents may be negative).
    fn split_common(&self, n: &Nf, allowed: impl Fn(AtomId) -> bool) -> R<(Mono, Nf)> {
        let mut low: Vec<(AtomId, Ex, usize)> = Vec::new();
        for (m, _) in n.iter() {
            for (a, e) in m.iter() {
                match low.iter_mut().find(|x| x.0 == *a) {
                    Some(x) => {
                        x.1 = x.1.min(*e);
                        x.2 += 1;
                    }
                    None => low.push((*a, *e, 1)),
                }
            }
        }
        let common: Vec<(AtomId, Ex)> = low
            .into_iter()
            .map(|(a, e, times)| (a, if times < n.len() { e.min(ex(0)) } else { e }))
            .filter(|(a, e)| *e != ex(0) && allowed(*a) && !self.get(*a).is_guard() && !matches!(&*self.get(*a), Atom::Root(_)))
            .collect();
        if common.is_empty() {
            return Ok((Mono::one(), n.clone()));
        }
        let common = Mono::from_vec(common);
        let inv = Mono(common.iter().map(|(a, e)| (*a, -*e)).collect());
        Ok((common, self.times_raw(&inv, n)?))
    }
    /// `n^x` for a fractional `x`: factors known to be ≥ 0 come out, the rest stays a root.
    fn root_power(&self, n: &Nf, x: Ex) -> R<Nf> {
        if let Some(q) = n.as_rat() {
            if q.is_positive() {
                return self.rat_power(&q, x);
            }
        }
        let nonneg = |a: AtomId, e: Ex| {
            let s = self.atom_range(a).signs();
            s.is_nonneg() && (e > ex(0) || !s.zero || x < ex(0))
        };
        if self.has_guard(n) {
            return self.root_kernel(n, x);
        }
        if let Some((m, q)) = n.single() {
            let (mut out, mut inside, mut sums, mut minus) = (Vec::new(), Vec::new(), Nf::one(), false);
            for (a, e) in m.iter() {
                if nonneg(*a, *e) {
                    match &*self.get(*a) {
                        // As a sum is raised to that power by itself.
                        Atom::Poly(p) if !checked(*e * x)?.is_integer() => {
                            sums = self.mul(&sums, &self.sh.fuel.deeper(|| self.pow(p, checked(*e * x)?))?)?;
                        }
                        _ => out.push((*a, checked(*e * x)?)),
                    }
                } else if let Some(turned) = self.negative_sum(*a).filter(|_| e.is_integer()) {
                    // (t − 1)^e = (−1)^e (1 − t)^e
                    minus ^= e.numer() % 2 != 0;
                    sums = self.mul(&sums, &self.sh.fuel.deeper(|| self.pow(&turned, checked(*e * x)?))?)?;
                } else {
                    inside.push((*a, *e));
                }
            }
            let (c, neg) = (q.abs(), q.is_negative() != minus);
            let inner = Nf::term(Mono::from_vec(inside), Rat::int(if neg { -1 } else { 1 }));
            let mut r = self.mul(&self.rat_power(&c, x)?, &self.reduce(vec![(Mono::from_vec(out), Rat::one())])?)?;
            r = self.mul(&r, &sums)?;
            if inner != Nf::one() {
                r = self.mul(&r, &self.single_root(&inner, x)?)?;
            }
            return Ok(r);
        }
        if let Some(r) = self.root_over_even_powers(n, x)? {
            return Ok(r);
        }
        let (common, rest) = self.split_common(n, |a| nonneg(a, ex(1)) && !self.atom_range(a).signs().zero)?;
        let (c, prim) = rest.primitive();
        let out = Mono(common.iter().map(|(a, e)| (*a, *e * x)).collect());
        let r = self.mul(&self.rat_power(&c, x)?, &self.reduce(vec![(out, Rat::one())])?)?;
        let Some(all) = self.positive_factors(&prim)? else { return self.mul(&r, &self.root_kernel(&prim, x)?) };
        let mut r = self.mul(&r, &self.rat_power(&all.number, x)?)?;
        for (base, e) in all.powers {
            r = self.mul(&r, &self.sh.fuel.deeper(|| self.pow(&base, checked(e * x)?))?)?;
        }
        if all.rest == Nf::one() {
            Ok(r)
        } else {
            self.mul(&r, &self.root_kernel(&all.rest, x)?)
        }
    }
    /// A sum that is an atom and negative, with its signs turned.
    fn negative_sum(&self, a: AtomId) -> Option<Nf> {
        match &*self.get(a) {
            Atom::Poly(p) if self.atom_range(a).signs().is_negative() => Some(p.neg()),
            _ => None,
        }
    }
    /// `√(1 + 1/x²)` as `√(x² + 1)/|x|`, if there are such denominators.
    fn root_over_even_powers(&self, n: &Nf, x: Ex) -> R<Option<Nf>> {
        let even = self.even_denominators(n);
        if even.is_empty() {
            return Ok(None);
        }
        let (mut up, mut out) = (n.clone(), Nf::one());
        for (base, k) in even {
            up = self.mul(&up, &self.pow(&base, k)?)?;
            out = self.mul(&out, &self.pow(&self.apply_prim(Prim::Abs, vec![base])?, -k * x)?)?;
        }
        Ok(Some(self.mul(&out, &self.sh.fuel.deeper(|| self.pow(&up, x))?)?))
    }
    /// The denominators in a sum that are known not to be 0 but not to be positive, with the even powers that clear them.
    fn even_denominators(&self, n: &Nf) -> Vec<(Nf, Ex)> {
        let mut out: Vec<(AtomId, Ex)> = Vec::new();
        for (a, e) in n.iter().flat_map(|(m, _)| m.iter()).filter(|(_, e)| e.is_integer() && *e < ex(0)) {
            let s = self.atom_range(*a).signs();
            if s.is_nonneg() || !s.is_nonzero() || self.get(*a).is_guard() {
                continue;
            }
            let k = if e.numer() % 2 == 0 { -*e } else { ex(1) - *e };
            match out.iter_mut().find(|x| x.0 == *a) {
                Some(x) => x.1 = x.1.max(k),
                None => out.push((*a, k)),
            }
        }
        let base = |a: AtomId| match &*self.get(a) {
            Atom::Poly(p) => p.clone(),
            _ => Nf::atom(a),
        };
        out.into_iter().map(|(a, k)| (base(a), k)).collect()
    }
    /// A root of a monomial of unknown sign: an atom to the first power keeps its exponent, `√(x²) = |x|`.
    fn single_root(&self, inner: &Nf, x: Ex) -> R<Nf> {
        if let Some((m, q)) = inner.single() {
            if q.is_one() {
                if let [(a, e)] = m.0.as_ref() {
                    if *e == ex(1) {
                        // Defined only where the atom is ≥ 0, so powers add.
                        return self.reduce(vec![(Mono::atom(*a, x), Rat::one())]);
                    }
                }
                let halves: Option<Vec<(AtomId, Ex)>> =
                    m.iter().map(|(a, e)| (e.is_integer() && e.numer() % 2 == 0).then(|| (*a, *e / 2))).collect();
                if let Some(h) = halves {
                    let u = Nf::term(Mono::from_vec(h), Rat::one());
                    return self.pow(&self.apply_prim(Prim::Abs, vec![u])?, x * 2);
                }
            }
        }
        self.root_kernel(inner, x)
    }
    fn root_kernel(&self, n: &Nf, x: Ex) -> R<Nf> {
        let k = x.floor();
        let r = Nf::term(Mono::atom(self.atom(Atom::Root(n.clone())), x - k), Rat::one());
        if k == ex(0) {
            return Ok(r);
        }
        self.mul(&r, &self.pow(n, k)?)
    }
    /// `q^x` for `q > 0`: prime by prime.
    fn rat_power(&self, q: &Rat, x: Ex) -> R<Nf> {
        let mut out = Nf::one();
        for (n, s) in [(q.numer(), ex(1)), (q.denom(), ex(-1))] {
            let Some(mut n) = Rat::from(n).to_i64() else {
                return self.mul(&out, &self.root_kernel(&Nf::num(q.clone()), x)?);
            };
            let mut p = 2;
            while n > 1 && p <= 1000 {
                let mut k = 0;
                while n % p == 0 {
                    n /= p;
                    k += 1;
                }
                if k > 0 {
                    out = self.mul(&out, &self.prime_power(p, checked(x * s * k)?)?)?;
                }
                p += 1;
            }
            if n > 1 {
                out = self.mul(&out, &self.prime_power(n, x * s)?)?;
            }
        }
        Ok(out)
    }
    fn prime_power(&self, p: i64, x: Ex) -> R<Nf> {
        let k = x.floor();
        let c = Rat::int(p).pow(*k.numer()).ok_or(Budget)?;
        let m = if x == k { Mono::one() } else { Mono::atom(self.atom(Atom::Root(Nf::int(p))), x - k) };
        Ok(Nf::term(m, c))
    }
}
