//! Presentations of one value: expanded, over a common denominator, factored, collected.
//!
//! These work on terms over *opaque kernels*: names, entries, functions and sums are left as they stand; only sums, products,
//! quotients, whole powers and the law of exponents are used. The results are candidates: whoever puts one into a line has it
//! checked like any step. `None` means the term is too large or not a scalar.

mod rational;

use crate::algebra::ex;
use crate::atom::{Ex, Nf};
use crate::facts::{Facts, Mode};
use crate::functions::{from_ex, to_ex};
use crate::poly::{gcd, Poly, MAX_TERMS};
use crate::present::{mono_term, page_order, sum_term, TermMono};
use gradus_term::{Aff, Id, Node, Prim, Rat};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A monomial over kernels: sorted, exponents not 0.
type KMono = Vec<(usize, Ex)>;
/// A sum of monomials over kernels.
type Flat = BTreeMap<KMono, Rat>;

/// What a kernel is.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Kernel {
    /// A term taken as it stands.
    Term(Id),
    /// `e^m`
    Exp(KMono),
}
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Id(Id),
    Nf(Nf),
    Exp(KMono),
}

/// Powers of sums are multiplied out up to this exponent.
const MAX_POWER: i64 = 16;
const MAX_DEPTH: u32 = 200;

struct Kernels<'f, 's> {
    facts: &'f Facts<'s>,
    list: Vec<Kernel>,
    by_key: FxHashMap<Key, usize>,
    /// For exponential kernels and roots in polynomials: the exponent that counts as the first power.
    units: FxHashMap<usize, Ex>,
    /// What the first power of a kernel is, for those that are sums or products: `√u √u` is `u` written out.
    bases: FxHashMap<usize, Flat>,
}

impl Facts<'_> {
    /// Products distributed over sums, powers of sums multiplied out, like terms collected; denominators that are sums stay.
    pub fn expand(&self, t: Id) -> Option<Id> {
        self.asked(|f| {
            let mut k = Kernels::new(f);
            let flat = k.flat_out(t, 0)?;
            Some(k.flat_term(&flat))
        })
    }
    /// One fraction, cancelled.
    pub fn together(&self, t: Id) -> Option<Id> {
        self.asked(|f| {
            let mut k = Kernels::new(f);
            let (n, d) = k.rational_of(t)?;
            // A minus stands before the fraction.
            let minus = n.terms.len() == 1 && n.terms.values().all(Rat::is_negative) && d.as_num().is_none();
            if minus {
                return Some(f.store.neg(f.store.quot(k.poly_term(&n.neg()), k.poly_term(&d))));
            }
            let (n, d) = (k.poly_term(&n), k.poly_term(&d));
            Some(if f.store.as_rational(d).is_some_and(|q| q.is_one()) { n } else { f.store.quot(n, d) })
        })
    }
    /// A product of irreducible factors over a product of irreducible factors, as far as they are found.
    pub fn factor(&self, t: Id) -> Option<Id> {
        self.asked(|f| {
            let mut k = Kernels::new(f);
            let (n, d) = k.rational_of(t)?;
            let given = k.sums_of(t);
            let new = k.factored_term(&n, &d, &given)?;
            // A product of these factors already stays as it stands.
            Some(if same_factors(f.store, t, new) { t } else { new })
        })
    }
    /// The expanded term ordered by powers of the kernel `by`, each with its coefficient.
    pub fn collect(&self, t: Id, by: Id) -> Option<Id> {
        self.asked(|f| {
            let mut k = Kernels::new(f);
            let at = k.kernel(by);
            let flat = k.flat_out(t, 0)?;
            let mut groups: BTreeMap<std::cmp::Reverse<Ex>, Flat> = BTreeMap::new();
            for (m, q) in flat {
                let e = m.iter().find(|x| x.0 == at).map_or(ex(0), |x| x.1);
                groups.entry(std::cmp::Reverse(e)).or_default().insert(m.into_iter().filter(|x| x.0 != at).collect(), q);
            }
            let monos: Vec<TermMono> = groups
                .into_iter()
                .map(|(e, g)| {
                    let single = g.len() == 1;
                    match (g.iter().next(), single, e.0 == ex(0)) {
                        (Some((m, q)), true, _) => {
                            let mut fs = k.factors(m);
                            if e.0 != ex(0) {
                                fs.push((by, e.0));
                            }
                            vec![(q.clone(), fs)]
                        }
                        (_, _, true) => k.flat_monos(&g),
                        _ => vec![(Rat::one(), vec![(k.flat_term(&g), ex(1)), (by, e.0)])],
                    }
                })
                .collect::<Vec<_>>()
                .concat();
            Some(sum_term(f.store, &monos))
        })
    }
}

impl<'f, 's> Kernels<'f, 's> {
    fn new(facts: &'f Facts<'s>) -> Self {
        Kernels { facts, list: Vec::new(), by_key: FxHashMap::default(), units: FxHashMap::default(), bases: FxHashMap::default() }
    }
    fn add_kernel(&mut self, key: Key, k: Kernel) -> usize {
        let n = self.list.len();
        *self.by_key.entry(key).or_insert_with(|| {
            self.list.push(k);
            n
        })
    }
    fn kernel(&mut self, t: Id) -> usize {
        let s = self.facts.store;
        let key = match s.node(t) {
            Node::Var(_) | Node::Index(_) => Key::Id(s.canon(t)),
            _ => match self.facts.nf_mode(t, Mode::Opaque) {
                // Only a kernel of its own: what the normal form takes apart keeps its identity as a term.
                Ok(n) if n.len() == 1 && n.as_rat().is_none() => Key::Nf(n),
                _ => Key::Id(s.canon(t)),
            },
        };
        self.add_kernel(key, Kernel::Term(t))
    }

    // ---- expanded

    fn flat(&mut self, t: Id, depth: u32) -> Option<Flat> {
        let s = self.facts.store;
        if depth > MAX_DEPTH || !s.sort(t).is_scalar() || self.facts.sh.fuel.spend(1).is_err() {
            return None;
        }
        Some(match s.node(t) {
            Node::Num(q) => number(q.clone()),
            Node::Index(a) => {
                let mut out = number(Rat::int(a.c));
                for (v, k) in &a.t {
                    let x = self.kernel(s.index(Aff::var(*v)));
                    push(&mut out, vec![(x, ex(1))], &Rat::int(*k));
                }
                out
            }
            Node::Sum(xs) => {
                let mut out = Flat::new();
                for x in xs {
                    for (m, q) in self.flat(x.term, depth + 1)? {
                        push(&mut out, m, &if x.neg { q.neg() } else { q });
                    }
                }
                out
            }
            Node::Product(xs) => {
                let mut out = number(Rat::one());
                for x in xs {
                    let x = self.flat(*x, depth + 1)?;
                    out = times(&out, &x)?;
                }
                out
            }
            Node::Quot(a, b) => {
                let (a, b) = (self.flat(*a, depth + 1)?, self.flat(*b, depth + 1)?);
                let b = self.inverse(&b, 1)?;
                times(&a, &b)?
            }
            Node::Pow(a, b) => match s.as_rational(*b).and_then(|q| q.to_i64()) {
                Some(k) if k.abs() <= MAX_POWER => {
                    let a = self.flat(*a, depth + 1)?;
                    if k >= 0 {
                        let mut out = number(Rat::one());
                        for _ in 0..k {
                            out = times(&out, &a)?;
                        }
                        out
                    } else {
                        self.inverse(&a, -k)?
                    }
                }
                _ => match root_of(s, t) {
                    Some((u, e)) => self.root(u, e, depth + 1)?,
                    None => single(self.kernel(t)),
                },
            },
            Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
                (Some(Prim::Sqrt), [u]) => self.root(*u, Ex::new(1, 2), depth + 1)?,
                (Some(Prim::Exp), [u]) => {
                    let u = self.flat_out(*u, depth + 1)?;
                    let mut m = Vec::new();
                    for (k, q) in u {
                        let at = self.add_kernel(Key::Exp(k.clone()), Kernel::Exp(k));
                        m.push((at, to_ex(&q)?));
                    }
                    m.sort_unstable();
                    Flat::from([(m, Rat::one())])
                }
                _ => single(self.kernel(t)),
            },
            _ => single(self.kernel(t)),
        })
    }
    /// `u^e` for a fraction `e`: a power of the kernel `u`.
    fn root(&mut self, u: Id, e: Ex, depth: u32) -> Option<Flat> {
        let at = self.base(u, depth)?;
        Some(Flat::from([(vec![(at, e)], Rat::one())]))
    }
    /// [`Kernels::flat`], where powers of sums that have come up are written out.
    fn flat_out(&mut self, t: Id, depth: u32) -> Option<Flat> {
        let f = self.flat(t, depth)?;
        self.settled(f)
    }
    /// The kernel whose powers are those of `u`.
    fn base(&mut self, u: Id, depth: u32) -> Option<usize> {
        let f = self.flat_out(u, depth)?;
        if let (Some((m, q)), 1) = (f.iter().next(), f.len()) {
            if let ([(x, e)], true) = (m.as_slice(), q.is_one()) {
                if *e == ex(1) && matches!(self.list.get(*x), Some(Kernel::Term(_))) {
                    return Some(*x);
                }
            }
        }
        let t = self.flat_term(&f);
        let at = self.kernel(t);
        self.bases.insert(at, f);
        Some(at)
    }
    /// First and higher powers of kernels that are sums or products written out.
    fn settled(&self, f: Flat) -> Option<Flat> {
        let whole = |m: &KMono| m.iter().position(|(x, e)| *e >= ex(1) && self.bases.contains_key(x));
        if self.bases.is_empty() || !f.keys().any(|m| whole(m).is_some()) {
            return Some(f);
        }
        let mut out = Flat::new();
        for (m, q) in f {
            let Some((k, (x, e))) = whole(&m).and_then(|k| Some((k, *m.get(k)?))) else {
                push(&mut out, m, &q);
                continue;
            };
            self.facts.sh.fuel.spend(1).ok()?;
            let mut rest = m.clone();
            rest.remove(k);
            let left = e - e.floor();
            if left != ex(0) {
                rest.insert(k, (x, left));
            }
            let mut g = Flat::from([(rest, q)]);
            for _ in 0..*e.floor().numer() {
                g = times(&g, self.bases.get(&x)?)?;
            }
            for (m, q) in g {
                push(&mut out, m, &q);
            }
        }
        self.facts.sh.fuel.deeper(|| self.settled(out).ok_or(crate::Budget)).ok()
    }
    /// `1/p^k`: a monomial inverted, or a kernel with a negative exponent.
    fn inverse(&mut self, p: &Flat, k: i64) -> Option<Flat> {
        let mut it = p.iter();
        match (it.next(), it.next()) {
            (Some((m, q)), None) => Some(Flat::from([(m.iter().map(|(x, e)| (*x, *e * -k)).collect(), q.pow(-k)?)])),
            (None, _) => None,
            _ if self.settled(p.clone())? != *p => {
                let p = self.settled(p.clone())?;
                self.inverse(&p, k)
            }
            _ => {
                // The content out, so that 2x + 2y and x + y share a kernel.
                let t = self.flat_term(p);
                let at = self.kernel(t);
                self.bases.insert(at, p.clone());
                Some(Flat::from([(vec![(at, ex(-k))], Rat::one())]))
            }
        }
    }
    fn factors(&self, m: &KMono) -> Vec<(Id, Ex)> {
        let s = self.facts.store;
        let mut out = Vec::new();
        let mut exponent: Vec<TermMono> = Vec::new();
        for (x, e) in m {
            match self.list.get(*x) {
                // x √x, which has a value at 0, but (x² + 1)^(3/2).
                Some(Kernel::Term(t)) if *e > ex(1) && !e.is_integer() && !self.facts.term_range(*t).signs().is_positive() => {
                    out.extend([(*t, e.floor()), (*t, *e - e.floor())])
                }
                Some(Kernel::Term(t)) => out.push((*t, *e)),
                Some(Kernel::Exp(k)) => exponent.push((from_ex(*e), self.factors(k))),
                None => {}
            }
        }
        out.sort_by_cached_key(|(t, e)| (rank(s, *t), gradus_term::debug::show(s, *t), !e.is_integer()));
        if !exponent.is_empty() {
            page_order(s, &mut exponent);
            out.push((s.exp(sum_term(s, &exponent)), ex(1)));
        }
        out
    }
    fn flat_monos(&self, f: &Flat) -> Vec<TermMono> {
        let mut monos: Vec<TermMono> = f.iter().map(|(m, q)| (q.clone(), self.factors(m))).collect();
        page_order(self.facts.store, &mut monos);
        monos
    }
    fn flat_term(&self, f: &Flat) -> Id {
        sum_term(self.facts.store, &self.flat_monos(f))
    }
}

/// How factors are ordered: without brackets first (by kind, then by spelling); sums by degree, names, then coefficients, so
/// that `x − 1` stands before `x + 1`.
type FactorOrder = (bool, u32, String, Vec<Rat>);

/// `t` as a base and an exponent that is no whole number.
fn root_of(s: &gradus_term::Store, t: Id) -> Option<(Id, Ex)> {
    match s.node(t) {
        Node::Pow(u, e) if s.sort(*u).is_scalar() => Some((*u, fraction(s, *e)?)),
        _ => None,
    }
}
/// A rational exponent that is no whole number.
fn fraction(s: &gradus_term::Store, e: Id) -> Option<Ex> {
    to_ex(&s.as_rational(e)?).filter(|e| !e.is_integer() && *e.denom() <= 12)
}
/// Whether two products have the same factors, signs and numbers included.
fn same_factors(s: &gradus_term::Store, a: Id, b: Id) -> bool {
    let list = |t: Id| -> (bool, Vec<Id>) {
        let (neg, t) = match s.node(t) {
            Node::Sum(xs) => match xs.as_ref() {
                [x] => (x.neg, x.term),
                _ => (false, t),
            },
            _ => (false, t),
        };
        let mut fs: Vec<Id> = match s.node(t) {
            Node::Product(xs) => xs.iter().map(|x| s.canon(*x)).collect(),
            _ => vec![s.canon(t)],
        };
        fs.sort_unstable();
        (neg, fs)
    };
    let of_sums = matches!(s.node(a), Node::Product(_)) || matches!(s.node(a), Node::Sum(xs) if xs.len() == 1);
    of_sums && list(a) == list(b)
}

/// Numbers' names before functions before sums.
fn rank(s: &gradus_term::Store, t: Id) -> u8 {
    match s.node(t) {
        Node::Iverson(_) => 0,
        Node::Index(_) => 1,
        Node::Var(_) => 2,
        Node::Entry(..) => 3,
        Node::Big { .. } => 6,
        _ => 4,
    }
}
fn number(q: Rat) -> Flat {
    if q.is_zero() {
        Flat::new()
    } else {
        Flat::from([(Vec::new(), q)])
    }
}
fn single(x: usize) -> Flat {
    Flat::from([(vec![(x, ex(1))], Rat::one())])
}
fn push(f: &mut Flat, m: KMono, q: &Rat) {
    let s = f.get(&m).map_or_else(|| q.clone(), |p| p.add(q));
    if s.is_zero() {
        f.remove(&m);
    } else {
        f.insert(m, s);
    }
}
fn times(a: &Flat, b: &Flat) -> Option<Flat> {
    if a.len().saturating_mul(b.len()) > 20 * MAX_TERMS {
        return None;
    }
    let mut out = Flat::new();
    for (m, p) in a {
        for (n, q) in b {
            let mut v: BTreeMap<usize, Ex> = m.iter().copied().collect();
            for (x, e) in n {
                *v.entry(*x).or_insert(ex(0)) += *e;
            }
            push(&mut out, v.into_iter().filter(|x| x.1 != ex(0)).collect(), &p.mul(q));
        }
    }
    (out.len() <= MAX_TERMS).then_some(out)
}
