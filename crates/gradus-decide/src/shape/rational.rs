//! Presentations as rational functions of kernels: over one denominator, cancelled, factored.

use super::*;

impl<'f, 's> Kernels<'f, 's> {
    /// Numerator and denominator without common factor.
    pub(super) fn rational_of(&mut self, t: Id) -> Option<(Poly, Poly)> {
        self.find_units(t)?;
        let (n, d) = self.rational(t, 0)?;
        let g = gcd(&n, &d);
        let (mut n, mut d) = (n.divide(&g)?, d.divide(&g)?);
        let mut roots: Vec<(usize, Id)> = Vec::new();
        for (x, unit) in &self.units {
            if let (Some(Kernel::Term(t)), true, true) = (self.list.get(*x), self.bases.contains_key(x), *unit < ex(1)) {
                roots.push((*x, *t));
            }
        }
        roots.sort_unstable();
        for (x, t) in roots {
            (n, d) = self.without_roots(n, d, x, t)?;
        }
        // The denominator has a positive leading coefficient and whole coefficients.
        let (c, d) = d.primitive();
        Some((n.scale(&c.recip()?), d))
    }
    /// A fraction in `r = u^(1/k)`: `r^k` is `u`, and powers of `u` beside powers of `r` are one power.
    pub(super) fn without_roots(&mut self, n: Poly, d: Poly, x: usize, u: Id) -> Option<(Poly, Poly)> {
        let k = u32::try_from(*self.units.get(&x)?.denom()).ok()?;
        let (u, one) = self.rational(u, 0)?;
        if n.degree(x) == 0 && d.degree(x) == 0 || one != Poly::one() {
            return Some((n, d));
        }
        let reduced = |p: &Poly| -> Option<Poly> {
            let mut out = Poly::zero();
            for (e, c) in p.coefficients(x).iter().enumerate() {
                let e = u32::try_from(e).ok()?;
                out = out.add(&c.mul(&u.pow(e / k)?)?.mul(&Poly::var(x).pow(e % k)?)?);
            }
            Some(out)
        };
        let (n, d) = (reduced(&n)?, reduced(&d)?);
        if d.is_zero() {
            return None;
        }
        let g = gcd(&n, &d);
        let (mut n, mut d) = (n.divide(&g)?, d.divide(&g)?);
        let mut power = 0i64;
        for (p, sign) in [(&mut n, 1), (&mut d, -1)] {
            while let (Some(q), false) = (p.divide(&Poly::var(x)), p.is_zero()) {
                (*p, power) = (q, power + sign);
            }
        }
        // A number divides every polynomial, again and again.
        let number = u.lead().is_none_or(|(e, _)| e.iter().all(|x| *x == 0));
        if power != 0 && !number {
            for (p, sign) in [(&mut n, 1), (&mut d, -1)] {
                while let (Some(q), false) = (p.divide(&u), p.is_zero()) {
                    (*p, power) = (q, power + sign * i64::from(k));
                }
            }
        }
        let r = Poly::var(x).pow(u32::try_from(power.unsigned_abs()).ok()?)?;
        Some(if power > 0 { (n.mul(&r)?, d) } else { (n, d.mul(&r)?) })
    }
    /// Exponential kernels count in powers of their smallest common exponent, negative if all occurrences are.
    pub(super) fn find_units(&mut self, t: Id) -> Option<()> {
        let s = self.facts.store;
        let (mut calls, mut roots) = (Vec::new(), Vec::new());
        s.any_subterm(t, &mut |n| {
            match n {
                Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) => roots.extend(xs.first().map(|u| (*u, Ex::new(1, 2)))),
                Node::Pow(u, e) => roots.extend(fraction(s, *e).map(|e| (*u, e))),
                _ => {}
            }
            if let Node::Call(f, xs) = n {
                if let (Some(Prim::Exp), [u]) = (s.prim(*f), xs.as_ref()) {
                    calls.push(*u);
                }
            }
            false
        });
        for (u, e) in roots {
            if s.loose(u) > 0 || !s.sort(u).is_scalar() {
                continue;
            }
            let at = self.base(u, 0)?;
            let lcm = num_integer::lcm(*e.denom(), self.units.get(&at).map_or(1, |o| *o.denom()));
            self.units.insert(at, Ex::new(1, lcm));
        }
        for u in calls {
            if s.loose(u) > 0 {
                continue;
            }
            for (k, q) in self.flat_out(u, 0)? {
                let at = self.add_kernel(Key::Exp(k.clone()), Kernel::Exp(k));
                let e = to_ex(&q)?;
                let old = self.units.get(&at).copied();
                let lcm = num_integer::lcm(*e.denom(), old.map_or(1, |o| *o.denom()));
                let sign = if e < ex(0) && old.is_none_or(|o| o < ex(0)) { -1 } else { 1 };
                self.units.insert(at, Ex::new(sign, lcm));
            }
        }
        Some(())
    }
    /// Fuel for a divisor of the two.
    fn pay(&self, a: &Poly, b: &Poly) -> Option<()> {
        self.facts.sh.fuel.spend((a.terms.len() * b.terms.len()) as u64).ok()
    }
    pub(super) fn rational(&mut self, t: Id, depth: u32) -> Option<(Poly, Poly)> {
        let s = self.facts.store;
        if depth > MAX_DEPTH || !s.sort(t).is_scalar() || self.facts.sh.fuel.spend(4).is_err() {
            return None;
        }
        Some(match s.node(t) {
            Node::Sum(xs) => {
                let (mut n, mut d) = (Poly::zero(), Poly::one());
                for x in xs {
                    let (a, b) = self.rational(x.term, depth + 1)?;
                    let sign = Rat::int(if x.neg { -1 } else { 1 });
                    if b == d {
                        n = n.add_scaled(&a, &sign);
                        continue;
                    }
                    self.pay(&b, &d)?;
                    let g = gcd(&b, &d);
                    let (b1, d1) = (b.divide(&g)?, d.divide(&g)?);
                    n = n.mul(&b1)?.add_scaled(&a.mul(&d1)?, &sign);
                    d = d.mul(&b1)?;
                }
                (n, d)
            }
            Node::Product(xs) => {
                let (mut n, mut d) = (Poly::one(), Poly::one());
                for x in xs {
                    let (a, b) = self.rational(*x, depth + 1)?;
                    self.pay(&n, &b)?;
                    self.pay(&a, &d)?;
                    let (g, h) = (gcd(&n, &b), gcd(&a, &d));
                    n = n.divide(&g)?.mul(&a.divide(&h)?)?;
                    d = d.divide(&h)?.mul(&b.divide(&g)?)?;
                }
                (n, d)
            }
            Node::Quot(a, b) => {
                let ((a, b), (c, d)) = (self.rational(*a, depth + 1)?, self.rational(*b, depth + 1)?);
                if c.is_zero() {
                    return None;
                }
                self.pay(&a, &c)?;
                self.pay(&b, &d)?;
                let (g, h) = (gcd(&a, &c), gcd(&b, &d));
                (a.divide(&g)?.mul(&d.divide(&h)?)?, b.divide(&h)?.mul(&c.divide(&g)?)?)
            }
            Node::Pow(a, b) => match s.as_rational(*b).and_then(|q| q.to_i64()) {
                Some(k) if k.abs() <= MAX_POWER => {
                    let (n, d) = self.rational(*a, depth + 1)?;
                    let e = u32::try_from(k.unsigned_abs()).ok()?;
                    if k >= 0 {
                        (n.pow(e)?, d.pow(e)?)
                    } else if n.is_zero() {
                        return None;
                    } else {
                        (d.pow(e)?, n.pow(e)?)
                    }
                }
                _ => {
                    let f = self.flat_out(t, depth + 1)?;
                    self.fraction_of(f)?
                }
            },
            _ => {
                let f = self.flat_out(t, depth + 1)?;
                self.fraction_of(f)?
            }
        })
    }
    /// A sum of monomials, exponents counted in units, as a fraction.
    pub(super) fn fraction_of(&mut self, f: Flat) -> Option<(Poly, Poly)> {
        Some({
            {
                let (mut n, mut d) = (Poly::zero(), Poly::one());
                // One monomial (a kernel or exponentials), or an affine expression.
                for (m, q) in f {
                    let (mut up, mut down) = (Poly::num(q), Poly::one());
                    for (x, e) in m {
                        let unit = self.units.get(&x).copied().unwrap_or(ex(1));
                        let k = e / unit;
                        if !k.is_integer() {
                            return None;
                        }
                        let p = Poly::var(x).pow(u32::try_from(k.numer().unsigned_abs()).ok()?)?;
                        if *k.numer() > 0 {
                            up = up.mul(&p)?
                        } else {
                            down = down.mul(&p)?
                        }
                    }
                    n = n.mul(&down)?.add(&up.mul(&d)?);
                    d = d.mul(&down)?;
                }
                (n, d)
            }
        })
    }
    pub(super) fn poly_monos(&self, p: &Poly) -> Vec<TermMono> {
        let mut monos = self.unordered_monos(p);
        page_order(self.facts.store, &mut monos);
        monos
    }
    pub(super) fn unordered_monos(&self, p: &Poly) -> Vec<TermMono> {
        p.terms
            .iter()
            .map(|(e, q)| {
                let m: KMono = e
                    .iter()
                    .enumerate()
                    .filter(|(_, k)| **k > 0)
                    .map(|(x, k)| (x, ex(i64::from(*k)) * self.units.get(&x).copied().unwrap_or(ex(1))))
                    .collect();
                (q.clone(), self.factors(&m))
            })
            .collect()
    }
    pub(super) fn poly_term(&self, p: &Poly) -> Id {
        sum_term(self.facts.store, &self.poly_monos(p))
    }
    /// The sums that stand in `t` among factors, summands and powers, as polynomials, outermost first.
    pub(super) fn sums_of(&mut self, t: Id) -> Vec<Poly> {
        let s = self.facts.store;
        let (mut out, mut todo) = (Vec::new(), std::collections::VecDeque::from([t]));
        for _ in 0..200 {
            let Some(t) = todo.pop_front() else { break };
            match s.node(t) {
                Node::Sum(xs) => {
                    if let (Some((n, d)), true) = (self.rational(t, 0), out.len() < 24) {
                        if d == Poly::one() {
                            out.push(n);
                        }
                    }
                    todo.extend(xs.iter().map(|x| x.term));
                }
                Node::Product(xs) => todo.extend(xs.iter()),
                Node::Quot(a, b) => todo.extend([*a, *b]),
                Node::Pow(a, _) => todo.push_back(*a),
                _ => {}
            }
        }
        out
    }
    /// Whether the first term of a factor, as it is written, is positive.
    pub(super) fn begins_positive(&self, p: &Poly) -> bool {
        let mut monos = self.unordered_monos(p);
        crate::present::falling(self.facts.store, &mut monos);
        monos.first().is_none_or(|m| m.0.is_positive())
    }
    pub(super) fn factored_term(&self, n: &Poly, d: &Poly, given: &[Poly]) -> Option<Id> {
        if n.terms.len() > MAX_TERMS || d.terms.len() > MAX_TERMS {
            return None;
        }
        if n.is_zero() {
            return Some(self.facts.store.int(0));
        }
        let (c, mut ns) = crate::factor::factor(n);
        let (e, mut ds) = crate::factor::factor(d);
        let mut c = c.div(&e)?;
        // Each factor as it stands in what was given, else with a positive first term.
        let stands = |p: &Poly| given.iter().any(|g| g == p);
        for (p, k) in ns.iter_mut().chain(ds.iter_mut()).filter(|x| x.0.terms.len() > 1) {
            let turned = p.neg();
            if stands(&turned) && !stands(p) || stands(&turned) == stands(p) && !self.begins_positive(p) {
                *p = turned;
                c = if *k % 2 == 1 { c.neg() } else { c };
            }
        }
        // A minus goes into a difference: −s(s − 1) is s(1 − s).
        if c.is_negative() {
            let differs =
                |x: &(Poly, u32)| x.1 % 2 == 1 && x.0.terms.len() > 1 && x.0.terms.values().any(Rat::is_negative) && !stands(&x.0);
            if let Some(x) = ns.iter_mut().find(|x| differs(x)) {
                x.0 = x.0.neg();
                c = c.neg();
            }
        }
        let s = self.facts.store;
        let mut fs: Vec<(FactorOrder, Id, Ex)> = Vec::new();
        for (list, sign) in [(&ns, 1), (&ds, -1)] {
            for (p, k) in list {
                let monos = self.poly_monos(p);
                let k = i64::from(*k) * sign;
                match monos.as_slice() {
                    // A lone kernel joins with its own exponent.
                    [(q, one)] if q.is_one() => {
                        for (t, e) in one {
                            let spelled = gradus_term::debug::show(s, *t);
                            fs.push(((false, u32::from(rank(s, *t)), spelled, Vec::new()), *t, *e * k));
                        }
                    }
                    _ => {
                        let mut plain = self.unordered_monos(p);
                        crate::present::falling(s, &mut plain);
                        let spelled = plain
                            .iter()
                            .map(|m| format!("{:?};", m.1.iter().map(|x| gradus_term::debug::show(s, x.0)).collect::<Vec<_>>()))
                            .collect();
                        let numbers = plain.into_iter().map(|m| m.0).collect();
                        fs.push(((true, p.total_degree(), spelled, numbers), sum_term(s, &monos), ex(k)));
                    }
                }
            }
        }
        fs.sort();
        let factors: Vec<(Id, Ex)> = fs.into_iter().map(|x| (x.1, x.2)).collect();
        let t = mono_term(s, &c, &factors);
        Some(if c.is_negative() { s.neg(t) } else { t })
    }
}
