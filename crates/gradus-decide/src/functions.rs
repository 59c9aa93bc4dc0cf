//! Kernels of functions: exponentials, logarithms, angles, absolute values, powers with unknown exponents.
//!
//! Each function takes normal forms and gives one; what it knows no law for becomes an opaque kernel.

use crate::algebra::ex;
use crate::atom::{Atom, AtomId, Cmp, Ex, Head, Mono, Nf};
use crate::budget::Budget;
use crate::facts::Facts;
use gradus_term::{FnId, Node, Prim, Rat};

type R<T> = Result<T, Budget>;

impl Facts<'_> {
    /// The application of a function without a body to these arguments.
    pub(crate) fn apply(&self, h: Head, args: Vec<Nf>) -> R<Nf> {
        match h {
            Head::Fn(f) => match self.store.prim(f) {
                Some(p) => self.apply_prim(p, args),
                None => Ok(self.atom_nf(Atom::Fn(h, args))),
            },
            Head::Pow => match args.as_slice() {
                [b, e] => self.power(b, e),
                _ => Ok(self.atom_nf(Atom::Fn(h, args))),
            },
            Head::Var(_) | Head::Slope(_) => Ok(self.atom_nf(Atom::Fn(h, args))),
        }
    }
    /// A primitive applied.
    pub(crate) fn apply_prim(&self, p: Prim, args: Vec<Nf>) -> R<Nf> {
        let opaque = |args: Vec<Nf>| Ok(self.atom_nf(Atom::Fn(Head::Fn(p.id()), args)));
        match (p, args.as_slice()) {
            (Prim::Exp, [u]) => self.exp_nf(u),
            (Prim::Log, [u]) => self.log_nf(u),
            (Prim::Sqrt, [u]) => self.pow(u, Ex::new(1, 2)),
            (Prim::Abs, [u]) => self.abs_nf(u),
            (Prim::Sin | Prim::Cos, [u]) => self.angle(p, u),
            (Prim::Sign, [u]) => {
                let s = self.nf_range(u).signs();
                if s.is_zero() {
                    Ok(Nf::zero())
                } else if s.is_positive() {
                    Ok(Nf::one())
                } else if s.is_negative() {
                    Ok(Nf::int(-1))
                } else {
                    Ok(self.real_guard(Cmp::Gt, u)?.sub(&self.real_guard(Cmp::Gt, &u.neg())?))
                }
            }
            (Prim::Max, [a, b]) => self.larger(a, b),
            (Prim::Min, [a, b]) => Ok(self.larger(&a.neg(), &b.neg())?.neg()),
            (Prim::Atan | Prim::Asin | Prim::Erf, [u]) => {
                if u.is_zero() {
                    return Ok(Nf::zero());
                }
                let (flip, u) = self.leading_positive(u);
                let r = match self.known_angle(p, &u)? {
                    Some(r) => r,
                    None => opaque(vec![u])?,
                };
                Ok(if flip { r.neg() } else { r })
            }
            (Prim::Acos, [u]) => self.known_angle(p, u)?.map_or_else(|| opaque(args.clone()), Ok),
            (Prim::Factorial, [u]) => match u.as_rat().and_then(|q| q.to_i64()) {
                Some(k) if (0..=20).contains(&k) => Ok(Nf::num((1..=k).fold(Rat::one(), |a, i| a.mul(&Rat::int(i))))),
                _ => opaque(args),
            },
            (Prim::Binom, [n, k]) => match k.as_rat().and_then(|q| q.to_i64()) {
                Some(k) if (0..=8).contains(&k) => {
                    let mut r = Nf::one();
                    for i in 0..k {
                        r = self.mul(&r, &n.sub(&Nf::int(i)))?.scale(&Rat::new(1, i + 1).unwrap_or_else(Rat::one));
                    }
                    Ok(r)
                }
                _ => opaque(args),
            },
            (Prim::Floor, [u]) => self.floor_nf(u),
            _ => opaque(args),
        }
    }
    /// `e^u`: one kernel for each monomial of `u`, its coefficient as exponent; `e^{q log v} = v^q`.
    pub(crate) fn exp_nf(&self, u: &Nf) -> R<Nf> {
        let mut out = Nf::one();
        let mut exps = Vec::new();
        for (m, q) in u.iter() {
            let Some(e) = to_ex(q) else { return Err(Budget) };
            match m.0.as_ref() {
                [(a, k)] if *k == ex(1) => {
                    if let Atom::Fn(Head::Fn(f), args) = &*self.get(*a) {
                        if let (Some(Prim::Log), [v]) = (self.store.prim(*f), args.as_slice()) {
                            out = self.mul(&out, &self.pow(v, e)?)?;
                            continue;
                        }
                    }
                }
                _ => {}
            }
            exps.push((self.atom(Atom::Exp(m.clone())), e));
        }
        self.mul(&out, &Nf::term(Mono::from_vec(exps), Rat::one()))
    }
    /// An inverse function at a number, or at one times a square root, where it is a known part of π.
    fn known_angle(&self, p: Prim, u: &Nf) -> R<Option<Nf>> {
        let root = |(m, q): (&Mono, &Rat)| match m.0.as_ref() {
            [(a, e)] if *e == Ex::new(1, 2) => match &*self.get(*a) {
                Atom::Root(n) => n.as_rat().map(|n| (q.is_negative(), q.mul(q).mul(&n))),
                _ => None,
            },
            _ => None,
        };
        let square = u.as_rat().map(|q| (q.is_negative(), q.mul(&q))).or_else(|| u.single().and_then(root));
        let Some(turns) = square.and_then(|(negative, q)| p.angle_of(negative, &q)) else { return Ok(None) };
        Ok(Some(self.nf(self.store.prim_call(Prim::Pi, &[]))?.scale(&turns)))
    }
    /// `⌊u⌋`: what is whole comes out; where the rest is a whole number over d, so is what is added to it, and a floor inside joins:
    /// `⌊(⌊v⌋ + k)/d⌋ = ⌊(v + k)/d⌋` (Graham, Knuth and Patashnik, *Concrete Mathematics*, (3.11)).
    fn floor_nf(&self, u: &Nf) -> R<Nf> {
        let floored = |a: AtomId| match &*self.get(a) {
            Atom::Fn(Head::Fn(f), args) if self.store.prim(*f) == Some(Prim::Floor) => args.first().cloned(),
            _ => None,
        };
        let whole = |m: &Mono| {
            let mut atoms = m.iter();
            atoms.all(|(a, e)| e.is_integer() && *e > ex(0) && (matches!(&*self.get(*a), Atom::Int(_)) || floored(*a).is_some()))
        };
        let (mut out, mut rest, mut added, mut over) = (Nf::zero(), Nf::zero(), Rat::zero(), Some(Rat::one()));
        for (m, q) in u.iter() {
            if !whole(m) {
                rest = rest.add(&Nf::term(m.clone(), q.clone()));
                over = None;
                continue;
            }
            let left = q.sub(&q.floor());
            out = out.add(&Nf::term(m.clone(), q.floor()));
            if m.is_one() {
                added = left;
                continue;
            }
            over = over.map(|d| d.lcm(&Rat::from(left.denom())));
            rest = rest.add(&Nf::term(m.clone(), left));
        }
        if rest.is_zero() {
            return Ok(out);
        }
        if let Some(d) = over {
            added = added.mul(&d).floor().div(&d).unwrap_or(added);
            let inside = rest.iter().find_map(|(m, q)| match m.0.as_ref() {
                [(a, e)] if *e == ex(1) && q.mul(&d).is_one() => floored(*a).map(|v| (m.clone(), q.clone(), v)),
                _ => None,
            });
            if let Some((m, q, v)) = inside {
                let joined = rest.sub(&Nf::term(m, q.clone())).add(&Nf::num(added)).add_scaled(&v, &q);
                return Ok(out.add(&self.sh.fuel.deeper(|| self.floor_nf(&joined))?));
            }
        }
        let kernel = self.atom_nf(Atom::Fn(Head::Fn(Prim::Floor.id()), vec![rest.add(&Nf::num(added))]));
        Ok(out.add(&kernel))
    }
    /// `log u`: `log e^v = v`; products split where their factors are known to be positive.
    fn log_nf(&self, u: &Nf) -> R<Nf> {
        let kernel = |n: Nf| self.atom_nf(Atom::Fn(Head::Fn(Prim::Log.id()), vec![n]));
        if let Some(q) = u.as_rat() {
            return if q.is_positive() { self.log_rat(&q) } else { Ok(kernel(u.clone())) };
        }
        if self.has_guard(u) {
            return Ok(kernel(u.clone()));
        }
        let base = |a: AtomId| match &*self.get(a) {
            Atom::Poly(p) => p.clone(),
            _ => Nf::atom(a),
        };
        let den = self.denominators(u);
        if !den.is_empty() && u.len() > 1 {
            // Over one denominator, where its sign is known.
            let up = Mono::from_vec(den.clone());
            let cleared = self.mul(u, &Nf::term(up.clone(), Rat::one()))?;
            let sizes: Option<Vec<(Nf, Ex, bool)>> = up
                .iter()
                .map(|(a, e)| {
                    let (s, base) = (self.atom_range(*a).signs(), base(*a));
                    let turned = s.is_negative();
                    (s.is_positive() || turned).then(|| (if turned { base.neg() } else { base }, *e, turned))
                })
                .collect();
            if let (true, Some(sizes)) = (self.denominators(&cleared).is_empty(), sizes) {
                let turns = sizes.iter().filter(|(_, e, turned)| *turned && e.numer() % 2 != 0).count();
                let above = if turns % 2 == 0 { cleared } else { cleared.neg() };
                let mut out = self.sh.fuel.deeper(|| self.log_nf(&above))?;
                for (size, e, _) in sizes {
                    out = out.add_scaled(&self.sh.fuel.deeper(|| self.log_nf(&size))?, &from_ex(-e));
                }
                return Ok(out);
            }
        }
        let Some((m, q)) = u.single() else {
            return self.log_sum(u);
        };
        let (mut out, mut rest, mut q) = (Nf::zero(), Vec::new(), q.clone());
        for (a, e) in m.iter() {
            let signs = self.atom_range(*a).signs();
            if signs.is_positive() {
                out = out.add_scaled(&self.log_atom(*a)?, &from_ex(*e));
            } else if signs.is_negative() && e.is_integer() {
                // A negative factor counts by its size, and turns the sign of the rest.
                let size = match &*self.get(*a) {
                    Atom::Poly(p) => self.sh.fuel.deeper(|| self.log_nf(&p.neg()))?,
                    _ => kernel(Nf::atom(*a).neg()),
                };
                out = out.add_scaled(&size, &from_ex(*e));
                q = if e.numer() % 2 == 0 { q } else { q.neg() };
            } else {
                rest.push((*a, *e));
            }
        }
        // An even power is that of the absolute value.
        let even = |e: &Ex| e.is_integer() && e.numer() % 2 == 0;
        for (a, e) in rest.iter().filter(|x| even(&x.1)) {
            let size = self.abs_nf(&base(*a))?;
            out = out.add_scaled(&self.sh.fuel.deeper(|| self.log_nf(&size))?, &from_ex(*e));
        }
        rest.retain(|x| !even(&x.1));
        if rest.is_empty() && q.is_positive() {
            return Ok(out.add(&self.log_rat(&q)?));
        }
        // A single factor of unknown sign in an odd power is positive where the logarithm has a value.
        if let [(a, e)] = rest.as_slice() {
            if q.is_positive() && e.is_integer() && e.numer() % 2 != 0 {
                let l = kernel(Nf::atom(*a));
                return Ok(out.add(&self.log_rat(&q)?).add_scaled(&l, &from_ex(*e)));
            }
        }
        let c = if q.is_negative() { Rat::int(-1) } else { Rat::one() };
        Ok(out.add(&self.log_rat(&q.abs())?).add(&kernel(Nf::term(Mono::from_vec(rest), c))))
    }
    fn log_sum(&self, u: &Nf) -> R<Nf> {
        // Pull out a common factor of what is positive, and the content.
        let comes_out = |a: AtomId| match &*self.get(a) {
            Atom::Exp(_) => true,
            Atom::Ent { .. } | Atom::Int(_) | Atom::Fn(..) => self.atom_range(a).signs().is_positive(),
            _ => false,
        };
        let mut low: Vec<(AtomId, Ex, usize)> = Vec::new();
        for (m, _) in u.iter() {
            for (a, e) in m.iter().filter(|(a, _)| comes_out(*a)) {
                match low.iter_mut().find(|x| x.0 == *a) {
                    Some(x) => (x.1, x.2) = (x.1.min(*e), x.2 + 1),
                    None => low.push((*a, *e, 1)),
                }
            }
        }
        let common: Vec<_> =
            low.into_iter().map(|(a, e, k)| (a, if k < u.len() { e.min(ex(0)) } else { e })).filter(|x| x.1 != ex(0)).collect();
        let inv = Mono::from_vec(common.iter().map(|(a, e)| (*a, -*e)).collect());
        let (c, prim) = self.mul(u, &Nf::term(inv, Rat::one()))?.primitive();
        let kernel = |n: Nf| self.atom_nf(Atom::Fn(Head::Fn(Prim::Log.id()), vec![n]));
        let mut out = self.log_rat(&c)?;
        match self.positive_factors(&prim)? {
            Some(all) => {
                out = out.add(&self.log_rat(&all.number)?);
                for (base, e) in all.powers {
                    out = out.add_scaled(&self.sh.fuel.deeper(|| self.log_nf(&base))?, &from_ex(e));
                }
                if all.rest != Nf::one() {
                    out = out.add(&kernel(all.rest));
                }
            }
            None => out = out.add(&kernel(prim)),
        }
        for (a, e) in common {
            out = out.add_scaled(&self.log_atom(a)?, &from_ex(e));
        }
        Ok(out)
    }
    fn log_atom(&self, a: AtomId) -> R<Nf> {
        match &*self.get(a) {
            Atom::Exp(m) => Ok(Nf::term(m.clone(), Rat::one())),
            Atom::Poly(p) => self.log_sum(p),
            Atom::Root(p) => match p.as_rat() {
                Some(q) => self.log_rat(&q),
                None => self.log_sum(p),
            },
            _ => Ok(self.atom_nf(Atom::Fn(Head::Fn(Prim::Log.id()), vec![Nf::atom(a)]))),
        }
    }
    /// `log q` for `q > 0`: prime by prime.
    fn log_rat(&self, q: &Rat) -> R<Nf> {
        let log = |n: Nf| self.atom_nf(Atom::Fn(Head::Fn(Prim::Log.id()), vec![n]));
        let mut out = Nf::zero();
        for (n, s) in [(q.numer(), 1), (q.denom(), -1)] {
            let Some(mut n) = Rat::from(n).to_i64() else { return Ok(log(Nf::num(q.clone()))) };
            let mut p = 2;
            while n > 1 && p <= 1000 {
                while n % p == 0 {
                    n /= p;
                    out = out.add_scaled(&log(Nf::int(p)), &Rat::int(s));
                }
                p += 1;
            }
            if n > 1 {
                out = out.add_scaled(&log(Nf::int(n)), &Rat::int(s));
            }
        }
        Ok(out)
    }
    fn leading_positive(&self, u: &Nf) -> (bool, Nf) {
        match u.lead() {
            Some((_, c)) if c.is_negative() => (true, u.neg()),
            _ => (false, u.clone()),
        }
    }
    fn abs_nf(&self, u: &Nf) -> R<Nf> {
        let s = self.nf_range(u).signs();
        if s.is_nonneg() {
            return Ok(u.clone());
        }
        if !s.pos {
            return Ok(u.neg());
        }
        let below = |n: &Nf| {
            let mut den: Vec<(AtomId, Ex)> = Vec::new();
            for (a, e) in n.iter().flat_map(|(m, _)| m.iter()).filter(|(_, e)| e.is_integer() && *e < ex(0)) {
                match den.iter_mut().find(|d| d.0 == *a) {
                    Some(d) => d.1 = d.1.max(-*e),
                    None => den.push((*a, -*e)),
                }
            }
            den
        };
        let den = if u.len() > 1 && !self.has_guard(u) { below(u) } else { Vec::new() };
        if !den.is_empty() {
            // Over one denominator: |a/b| = |a|/|b|.
            let cleared = self.clear(u, &den)?;
            if below(&cleared).is_empty() {
                let mut out = self.sh.fuel.deeper(|| self.abs_nf(&cleared))?;
                for (a, e) in den {
                    let base = match &*self.get(a) {
                        Atom::Poly(p) => p.clone(),
                        _ => Nf::atom(a),
                    };
                    out = self.mul(&out, &self.pow(&self.sh.fuel.deeper(|| self.abs_nf(&base))?, -e)?)?;
                }
                return Ok(out);
            }
        }
        let (c, p) = u.primitive();
        let (_, p) = self.leading_positive(&p);
        // Factors of known sign come out of a single monomial.
        let (mut outside, mut inside) = (Nf::num(c), p.clone());
        if let Some((m, q)) = p.single() {
            if !self.has_guard(&p) {
                let (mut o, mut i) = (Vec::new(), Vec::new());
                for (a, e) in m.iter() {
                    let even = e.is_integer() && e.numer() % 2 == 0;
                    if even || self.atom_range(*a).signs().is_nonneg() {
                        o.push((*a, *e))
                    } else {
                        i.push((*a, *e))
                    }
                }
                outside = self.mul(&outside, &Nf::term(Mono::from_vec(o), q.abs()))?;
                inside = Nf::term(Mono::from_vec(i), Rat::one());
            }
        }
        if inside == Nf::one() {
            return Ok(outside);
        }
        self.mul(&outside, &self.atom_nf(Atom::Fn(Head::Fn(Prim::Abs.id()), vec![inside])))
    }
    fn larger(&self, a: &Nf, b: &Nf) -> R<Nf> {
        let d = a.sub(b);
        let s = self.nf_range(&d).signs();
        if s.is_nonneg() {
            return Ok(a.clone());
        }
        if !s.pos {
            return Ok(b.clone());
        }
        // max(a, b) = b + [a − b > 0] (a − b)
        Ok(b.add(&self.mul(&self.real_guard(Cmp::Gt, &d)?, &d)?))
    }

    // ---- powers with unknown exponents

    /// `b^e`: rational exponents directly, `b > 0` through the exponential, else a kernel from which known whole powers split
    /// off where that is valid for `b = 0` too.
    pub(crate) fn power(&self, b: &Nf, e: &Nf) -> R<Nf> {
        if let Some(q) = e.as_rat() {
            return match to_ex(&q) {
                Some(x) => self.pow(b, x),
                None => Err(Budget),
            };
        }
        if *b == Nf::one() {
            return Ok(Nf::one());
        }
        if self.nf_range(b).signs().is_positive() {
            let l = self.log_nf(b)?;
            return self.exp_nf(&self.mul(e, &l)?);
        }
        // b^{e' + k} = b^{e'} b^k for whole k ≥ 0 and e' ≥ 0.
        let k = e.iter().find(|(m, _)| m.is_one()).map_or_else(Rat::zero, |x| x.1.clone()).floor();
        let kernel = |e: &Nf| self.atom_nf(Atom::Fn(Head::Pow, vec![b.clone(), e.clone()]));
        match k.to_i64() {
            Some(k) if (1..=16).contains(&k) => {
                let rest = e.sub(&Nf::int(k));
                if self.nf_range(&rest).signs().is_nonneg() {
                    return self.mul(&kernel(&rest), &self.pow(b, ex(k))?);
                }
                Ok(kernel(e))
            }
            _ => Ok(kernel(e)),
        }
    }
    /// The primitive of a function atom.
    pub(crate) fn prim_of(&self, h: Head) -> Option<Prim> {
        match h {
            Head::Fn(f) => self.store.prim(f),
            _ => None,
        }
    }
    /// Whether the function takes scalars only.
    pub(crate) fn scalar_args(&self, f: FnId, args: &[gradus_term::Id]) -> bool {
        args.iter().all(|x| self.store.sort(*x).is_scalar() && !matches!(self.store.node(*x), Node::Fun(_)))
            && (self.store.prim(f).is_none_or(Prim::is_scalar))
    }
}

pub(crate) fn to_ex(q: &Rat) -> Option<Ex> {
    let (n, d) = (Rat::from(q.numer()).to_i64()?, Rat::from(q.denom()).to_i64()?);
    (n.abs() < 1 << 30 && d < 1 << 20).then(|| Ex::new(n, d))
}
pub(crate) fn from_ex(e: Ex) -> Rat {
    Rat::new(*e.numer(), *e.denom()).unwrap_or_else(Rat::zero)
}
