//! The data of the normal form: atoms (kernels), monomials and sums of monomials.
//!
//! An [`Atom`] is interned in a [`Table`] and named by a number; a [`Mono`] is a sorted product of atom powers; an [`Nf`] a
//! sorted sum of monomials with rational coefficients. Nothing here knows algebra beyond merging sorted lists: the laws
//! live in `norm`, `guards` and `sums`.
//!
//! Index variables inside atoms are [`IVar`]s. `IVar::Free` is a name of the store. `IVar::Bound(k)` is *not* a de Bruijn
//! index here (terms are opened before they are normalised): below [`TEMP`] it is a binder of a [`Atom::Sum`] named by its
//! height, `k = 32·height + number`; from [`TEMP`] on it is a dummy that stands free for the time being. Inner heights are
//! strictly smaller than outer ones, so a kernel can be put under any binder without capture.

use gradus_term::{Aff, BigOp, FnId, IVar, Id, Rat};
use num_rational::Ratio;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::rc::Rc;

/// An exponent.
pub(crate) type Ex = Ratio<i64>;
/// The number of an atom in its [`Table`].
pub(crate) type AtomId = u32;
/// The first number of a dummy that stands free for the time being.
pub(crate) const TEMP: u32 = 1 << 24;
/// How many binders one `Σ` kernel may have.
pub(crate) const MAX_BINDERS: usize = 12;

/// Which function an [`Atom::Fn`] applies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(crate) enum Head {
    /// A function of the signature.
    Fn(FnId),
    /// A function-valued name.
    Var(Id),
    /// The derivative of a function of a number, or a partial derivative of one of several: the node with 0 for every argument.
    Slope(Id),
    /// `base ^ exponent` that does not split.
    Pow,
}

/// How a real quantity is compared with 0 in a guard.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(crate) enum Cmp {
    Gt,
    Ge,
    Eq,
    Ne,
}

/// An atom of the normal form.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Atom {
    /// An integer variable as a value.
    Int(IVar),
    /// A name, an entry of a tensor, or an opaque term. `head` is closed over its first `params` index arguments (as binders
    /// would close it); the remaining ones are the entry's indices.
    Ent { head: Id, params: u8, args: Vec<Aff> },
    /// `e^m`
    Exp(Mono),
    /// A function of scalars.
    Fn(Head, Vec<Nf>),
    /// A denominator: stands only with negative whole exponents; its leading coefficient is 1.
    Poly(Nf),
    /// A radicand: stands only with exponents strictly between 0 and 1.
    Root(Nf),
    /// `Σ` over all integers of these binders; the range stands as guards in the monomial.
    Sum(Vec<IVar>, Mono),
    /// `Π`, max or min over a range that does not split.
    Big(BigOp, IVar, Aff, Aff, Nf),
    /// `[a = 0]`
    Eq(Aff),
    /// `[a ≥ 0]`
    Ge(Aff),
    /// `[u > 0]` and its kin for a real `u`.
    Real(Cmp, Nf),
    /// `[c]` for a condition not looked into, closed over its index arguments.
    Cond { head: Id, args: Vec<Aff> },
}

impl Atom {
    /// Whether this is 0 or 1 and its zero shields what stands beside it.
    pub fn is_guard(&self) -> bool {
        matches!(self, Atom::Eq(_) | Atom::Ge(_) | Atom::Real(..) | Atom::Cond { .. })
    }
}

/// A product of atom powers, sorted by atom, no zero exponent.
#[derive(Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Default)]
pub(crate) struct Mono(pub Rc<[(AtomId, Ex)]>);

impl Mono {
    /// The empty product.
    pub fn one() -> Self {
        Mono(Rc::from([]))
    }
    /// One atom to a power (1 for the power 0).
    pub fn atom(a: AtomId, e: Ex) -> Self {
        if *e.numer() == 0 {
            return Self::one();
        }
        Mono(Rc::from([(a, e)]))
    }
    pub fn is_one(&self) -> bool {
        self.0.is_empty()
    }
    pub fn iter(&self) -> std::slice::Iter<'_, (AtomId, Ex)> {
        self.0.iter()
    }
    /// Sorted and cleaned.
    pub fn from_vec(mut v: Vec<(AtomId, Ex)>) -> Self {
        v.sort_unstable_by_key(|x| x.0);
        let mut out: Vec<(AtomId, Ex)> = Vec::with_capacity(v.len());
        for (a, e) in v {
            match out.last_mut() {
                Some(x) if x.0 == a => x.1 += e,
                _ => out.push((a, e)),
            }
        }
        out.retain(|x| *x.1.numer() != 0);
        Mono(out.into())
    }
    pub fn exponent(&self, a: AtomId) -> Ex {
        self.0.iter().find(|x| x.0 == a).map_or(Ex::from_integer(0), |x| x.1)
    }
    /// Without the atom `a`.
    pub fn without(&self, a: AtomId) -> Mono {
        Mono(self.0.iter().filter(|x| x.0 != a).copied().collect())
    }
    /// Σ |exponents|: the degree used to choose leading monomials.
    pub fn degree(&self) -> Ex {
        self.0.iter().fold(Ex::from_integer(0), |d, x| d + if *x.1.numer() < 0 { -x.1 } else { x.1 })
    }
}

/// A sum of monomials with rational coefficients: the normal form of a scalar term.
///
/// It belongs to the [`Facts`](crate::Facts) (and those derived from it) that made it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Default)]
pub struct Nf {
    pub(crate) terms: Rc<Vec<(Mono, Rat)>>,
}

impl Nf {
    /// 0
    pub fn zero() -> Self {
        Self::default()
    }
    pub(crate) fn num(q: Rat) -> Self {
        Self::term(Mono::one(), q)
    }
    pub(crate) fn int(k: i64) -> Self {
        Self::num(Rat::int(k))
    }
    pub(crate) fn one() -> Self {
        Self::int(1)
    }
    pub(crate) fn term(m: Mono, q: Rat) -> Self {
        if q.is_zero() {
            return Self::zero();
        }
        Nf { terms: Rc::new(vec![(m, q)]) }
    }
    pub(crate) fn atom(a: AtomId) -> Self {
        Self::term(Mono::atom(a, Ex::from_integer(1)), Rat::one())
    }
    /// Whether this is syntactically 0. See [`Facts::equal`](crate::Facts::equal) for the full test.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }
    /// The number of monomials.
    pub fn len(&self) -> usize {
        self.terms.len()
    }
    /// Whether there is no monomial.
    pub fn is_empty(&self) -> bool {
        self.is_zero()
    }
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, (Mono, Rat)> {
        self.terms.iter()
    }
    /// The value, if it is a rational number.
    pub fn as_rat(&self) -> Option<Rat> {
        match self.terms.as_slice() {
            [] => Some(Rat::zero()),
            [(m, q)] if m.is_one() => Some(q.clone()),
            _ => None,
        }
    }
    /// The only monomial, if there is one.
    pub(crate) fn single(&self) -> Option<(&Mono, &Rat)> {
        match self.terms.as_slice() {
            [(m, q)] => Some((m, q)),
            _ => None,
        }
    }
    /// `self + c·o`
    pub(crate) fn add_scaled(&self, o: &Nf, c: &Rat) -> Nf {
        if o.is_zero() || c.is_zero() {
            return self.clone();
        }
        let mut out = Vec::with_capacity(self.len() + o.len());
        let (mut a, mut b) = (self.iter().peekable(), o.iter().peekable());
        loop {
            match (a.peek(), b.peek()) {
                (None, None) => break,
                (Some(_), None) => out.extend(a.next().cloned()),
                (None, Some(y)) => {
                    out.push((y.0.clone(), y.1.mul(c)));
                    b.next();
                }
                (Some(x), Some(y)) => match x.0.cmp(&y.0) {
                    std::cmp::Ordering::Less => out.extend(a.next().cloned()),
                    std::cmp::Ordering::Greater => {
                        out.push((y.0.clone(), y.1.mul(c)));
                        b.next();
                    }
                    std::cmp::Ordering::Equal => {
                        let q = x.1.add(&y.1.mul(c));
                        if !q.is_zero() {
                            out.push((x.0.clone(), q));
                        }
                        a.next();
                        b.next();
                    }
                },
            }
        }
        Nf { terms: Rc::new(out) }
    }
    pub(crate) fn add(&self, o: &Nf) -> Nf {
        self.add_scaled(o, &Rat::one())
    }
    pub(crate) fn sub(&self, o: &Nf) -> Nf {
        self.add_scaled(o, &Rat::int(-1))
    }
    pub(crate) fn scale(&self, c: &Rat) -> Nf {
        if c.is_zero() {
            return Nf::zero();
        }
        Nf { terms: Rc::new(self.iter().map(|(m, q)| (m.clone(), q.mul(c))).collect()) }
    }
    pub(crate) fn neg(&self) -> Nf {
        self.scale(&Rat::int(-1))
    }
    /// The leading term: highest degree, then the monomial order.
    pub(crate) fn lead(&self) -> Option<&(Mono, Rat)> {
        self.iter().max_by(|x, y| x.0.degree().cmp(&y.0.degree()).then_with(|| x.0.cmp(&y.0)))
    }
    /// The positive rational `c` and `n` with `self = c n`, `n` with whole coprime coefficients.
    pub(crate) fn primitive(&self) -> (Rat, Nf) {
        use num_integer::Integer;
        let Some(first) = self.iter().next() else { return (Rat::one(), Nf::zero()) };
        let (mut g, mut l) = (first.1.abs().numer(), first.1.denom());
        for (_, q) in self.iter().skip(1) {
            g = g.gcd(&q.abs().numer());
            l = l.lcm(&q.denom());
        }
        let Some(c) = Rat::from(g).div(&Rat::from(l)) else { return (Rat::one(), self.clone()) };
        let inv = c.recip().unwrap_or_else(Rat::one);
        (c, self.scale(&inv))
    }
}

/// A sum being collected.
#[derive(Default)]
pub(crate) struct Collect {
    map: std::collections::BTreeMap<Mono, Rat>,
}
impl Collect {
    pub fn push(&mut self, m: Mono, q: &Rat) {
        if q.is_zero() {
            return;
        }
        match self.map.entry(m) {
            std::collections::btree_map::Entry::Vacant(e) => {
                e.insert(q.clone());
            }
            std::collections::btree_map::Entry::Occupied(mut e) => {
                let s = e.get().add(q);
                if s.is_zero() {
                    e.remove();
                } else {
                    e.insert(s);
                }
            }
        }
    }
    pub fn add(&mut self, n: &Nf, c: &Rat) {
        for (m, q) in n.iter() {
            self.push(m.clone(), &q.mul(c));
        }
    }
    pub fn finish(self) -> Nf {
        Nf { terms: Rc::new(self.map.into_iter().collect()) }
    }
}

/// What is kept for an atom.
#[derive(Debug)]
struct Entry {
    atom: Rc<Atom>,
    vars: Rc<[IVar]>,
    height: u32,
}

/// The atoms of a family of facts.
#[derive(Debug, Default)]
pub(crate) struct Table {
    atoms: Vec<Entry>,
    map: FxHashMap<Rc<Atom>, AtomId>,
    temps: u32,
}

impl Table {
    /// The number of the atom.
    pub fn intern(&mut self, a: Atom) -> AtomId {
        if let Some(k) = self.map.get(&a) {
            return *k;
        }
        let (mut vars, mut height) = (SmallVec::<[IVar; 8]>::new(), 0u32);
        match &a {
            Atom::Int(v) => vars.push(*v),
            Atom::Ent { args, .. } | Atom::Cond { args, .. } => args.iter().for_each(|x| vars.extend(x.vars())),
            Atom::Eq(x) | Atom::Ge(x) => vars.extend(x.vars()),
            Atom::Exp(m) => self.scan_mono(m, &mut vars, &mut height),
            Atom::Fn(_, ns) => ns.iter().for_each(|n| self.scan_nf(n, &mut vars, &mut height)),
            Atom::Poly(n) | Atom::Root(n) | Atom::Real(_, n) => self.scan_nf(n, &mut vars, &mut height),
            Atom::Sum(vs, m) => {
                self.scan_mono(m, &mut vars, &mut height);
                vars.retain(|v| !vs.contains(v));
                height += 1;
            }
            Atom::Big(_, v, lo, hi, n) => {
                self.scan_nf(n, &mut vars, &mut height);
                vars.retain(|u| *u != *v);
                vars.extend(lo.vars().chain(hi.vars()));
                height += 1;
            }
        }
        vars.sort_unstable();
        vars.dedup();
        let id = u32::try_from(self.atoms.len()).unwrap_or(u32::MAX);
        let atom = Rc::new(a);
        self.atoms.push(Entry { atom: atom.clone(), vars: vars.to_vec().into(), height });
        self.map.insert(atom, id);
        id
    }
    fn scan_mono(&self, m: &Mono, vars: &mut SmallVec<[IVar; 8]>, height: &mut u32) {
        for (a, _) in m.iter() {
            if let Some(e) = self.atoms.get(*a as usize) {
                vars.extend(e.vars.iter().copied());
                *height = (*height).max(e.height);
            }
        }
    }
    fn scan_nf(&self, n: &Nf, vars: &mut SmallVec<[IVar; 8]>, height: &mut u32) {
        n.iter().for_each(|(m, _)| self.scan_mono(m, vars, height));
    }
    #[allow(clippy::indexing_slicing, reason = "an AtomId is only ever made by intern, which pushes its entry")]
    fn entry(&self, a: AtomId) -> &Entry {
        &self.atoms[a as usize]
    }
    pub fn get(&self, a: AtomId) -> Rc<Atom> {
        self.entry(a).atom.clone()
    }
    pub fn height(&self, a: AtomId) -> u32 {
        self.entry(a).height
    }
    /// Whether the index variable is free in the atom.
    pub fn mentions(&self, a: AtomId, v: IVar) -> bool {
        self.entry(a).vars.binary_search(&v).is_ok()
    }
    pub fn mono_mentions(&self, m: &Mono, v: IVar) -> bool {
        m.iter().any(|(a, _)| self.mentions(*a, v))
    }
    /// A dummy nobody else has.
    pub fn temp(&mut self) -> IVar {
        self.temps += 1;
        IVar::Bound(TEMP + self.temps)
    }
}
