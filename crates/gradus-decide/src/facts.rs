//! What is known at a place, and the decisions made from it.
//!
//! [`Facts`] holds conditions (of givens, assumptions, ranges of opened indices, branches); domains and properties of names
//! are read from the store. Every answer is three-valued: "unknown" is never a guess. Facts are immutable: [`Facts::with`]
//! makes a larger set that shares the table of atoms.

mod conditions;
mod entries;
mod factors;

use crate::angles::Units;
use crate::atom::{Atom, AtomId, Mono, Nf, Table};
use crate::budget::{Allowed, Budget, Fuel};
use crate::defined::NeedsMemo;
use crate::linear::System;
use crate::range::{Range, Signs};
use gradus_term::{Aff, Domain, IVar, Id, Node, RelOp, Store, VarId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Tri {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Not decided.
    Unknown,
}

impl Tri {
    /// Whether it certainly holds.
    pub fn is_true(self) -> bool {
        self == Tri::True
    }
    /// Whether it certainly fails.
    pub fn is_false(self) -> bool {
        self == Tri::False
    }
    /// True if `yes`, else false if `no`, else unknown.
    pub fn of(yes: bool, no: bool) -> Tri {
        match (yes, no) {
            (true, _) => Tri::True,
            (_, true) => Tri::False,
            _ => Tri::Unknown,
        }
    }
}
impl std::ops::Not for Tri {
    type Output = Tri;
    /// The opposite.
    fn not(self) -> Tri {
        match self {
            Tri::True => Tri::False,
            Tri::False => Tri::True,
            Tri::Unknown => Tri::Unknown,
        }
    }
}

/// How far definitions are opened before comparing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) enum Mode {
    /// Definitions are kernels.
    Opaque,
    /// Definitions are unfolded down to primitives.
    Full,
}

/// What a family of facts shares.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub table: RefCell<Table>,
    pub fuel: Fuel,
    infeasible: RefCell<FxHashMap<System, bool>>,
    /// What the indices opened on the way to a need range over.
    opened: RefCell<FxHashMap<VarId, (Aff, Aff)>>,
}

/// Normal forms already made.
pub(crate) type Memo = Rc<RefCell<FxHashMap<(Id, Mode), Result<Nf, Allowed>>>>;

/// The work allowed for one question.
const FUEL: u64 = 3_000_000;
/// What a unit of fuel, about a product of two monomials, costs in units of the arena.
const FUEL_COSTS: u64 = 3;

/// What is known at a place.
#[derive(Clone)]
pub struct Facts<'s> {
    pub(crate) store: &'s Store,
    pub(crate) sh: Rc<Shared>,
    conds: Vec<Id>,
    sys: System,
    /// Equations solved for an index or a size, put in everywhere.
    solved: Vec<(IVar, Aff)>,
    real: Vec<(RelOp, Id, Id)>,
    /// Ranges of polynomials without constant term, leading coefficient positive, primitive.
    bounds: Rc<FxHashMap<Nf, Range>>,
    /// Normal forms known to be unequal to 0, leading coefficient positive, primitive.
    nonzero: Rc<FxHashSet<Nf>>,
    /// Products of factors whose own signs are open, sorted: whether they are negative.
    products: Rc<FxHashMap<Vec<Nf>, bool>>,
    /// The angles that all others are whole multiples and sums of, where some are fixed.
    pub(crate) units: Rc<Units>,
    /// The normal forms in which those units were used.
    by_units: Rc<RefCell<FxHashMap<Units, Memo>>>,
    /// Whether sums over a few known members stay sums.
    pub(crate) sums_whole: bool,
    /// Directed equations: a kernel and what it equals.
    rules: Rc<Vec<(AtomId, Nf)>>,
    memo: Memo,
    ranges: Rc<RefCell<FxHashMap<Id, (Range, Option<Allowed>)>>>,
    /// What terms need to have a value.
    needs: Rc<RefCell<NeedsMemo>>,
    /// What was made of these facts by adding to them.
    extended: Extended<'s>,
    /// Whether a public question is being answered: the outermost fills the fuel.
    asking: Rc<Cell<bool>>,
}

/// Facts made from others, by the conditions added. They do not point back at those, so nothing keeps itself alive.
type Extended<'s> = Rc<RefCell<FxHashMap<Vec<Id>, Facts<'s>>>>;
/// More are not kept.
const EXTENDED: usize = 64;

impl std::fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.conds.iter().map(|c| gradus_term::debug::show(self.store, *c))).finish()
    }
}

impl<'s> Facts<'s> {
    /// The facts `conds`, terms of sort `Cond`; declared domains and properties of names are known from the store.
    pub fn new(store: &'s Store, conds: &[Id]) -> Self {
        let empty = Facts {
            store,
            sh: Rc::default(),
            conds: Vec::new(),
            sys: System::default(),
            solved: Vec::new(),
            real: Vec::new(),
            bounds: Rc::default(),
            nonzero: Rc::default(),
            products: Rc::default(),
            units: Rc::default(),
            by_units: Rc::default(),
            sums_whole: false,
            rules: Rc::default(),
            memo: Rc::default(),
            ranges: Rc::default(),
            needs: Rc::default(),
            extended: Rc::default(),
            asking: Rc::default(),
        };
        empty.with(conds)
    }
    /// These facts and `more`.
    pub fn with(&self, more: &[Id]) -> Facts<'s> {
        if let Some(f) = self.extended.borrow().get(more) {
            return f.clone();
        }
        let (f, refused) = self.sh.fuel.attempt(|| self.extend(more));
        let mut kept = self.extended.borrow_mut();
        // What was learnt with too little fuel may be less than could be.
        if refused.is_none() && kept.len() < EXTENDED {
            kept.insert(more.to_vec(), f.clone());
        }
        f
    }
    fn extend(&self, more: &[Id]) -> Facts<'s> {
        let mut f = self.clone();
        f.forget();
        let (conds, before) = (f.conds.len(), f.real.len());
        for c in more {
            if !f.conds.contains(c) {
                f.conds.push(*c);
                f.assume(*c, true, 0);
            }
        }
        f.read_equations_at_indices(conds, before);
        if f.real.len() > before {
            let (sh, asking) = (f.sh.clone(), f.asking.clone());
            let (outer, left) = (asking.replace(true), sh.fuel.left());
            let allowed = FUEL.min(self.store.work_left() / FUEL_COSTS);
            if !outer {
                sh.fuel.fill(allowed);
            }
            f = f.learn(before);
            if !outer {
                self.store.spend(FUEL_COSTS * allowed.saturating_sub(sh.fuel.left()));
                sh.fuel.fill(left);
                asking.set(false);
            }
        }
        f
    }
    /// Drops what was found of terms under other facts.
    fn forget(&mut self) {
        (self.memo, self.ranges, self.by_units) = (Rc::default(), Rc::default(), Rc::default());
        (self.needs, self.extended) = (Rc::default(), Rc::default());
    }
    /// The range of an index that [`Facts::defined`] of these facts, or of facts made from them, opened.
    pub fn range_of(&self, v: VarId) -> Option<(Aff, Aff)> {
        self.sh.opened.borrow().get(&v).cloned()
    }
    pub(crate) fn opened(&self, v: VarId, lo: &Aff, hi: &Aff) {
        self.sh.opened.borrow_mut().insert(v, (lo.clone(), hi.clone()));
    }
    /// The store.
    pub fn store(&self) -> &'s Store {
        self.store
    }
    /// The conditions given, in order.
    pub fn conditions(&self) -> &[Id] {
        &self.conds
    }
    /// Whether the facts contradict each other (then anything follows from them): those between integers, or the bounds of one
    /// real quantity.
    pub fn contradictory(&self) -> bool {
        let vars: Vec<Aff> = self.sys.ge.iter().chain(&self.sys.eq).chain(&self.sys.ne).cloned().collect();
        let s = System { ge: Vec::new(), eq: Vec::new(), ne: Vec::new() };
        self.bounds.values().any(Range::is_empty) || !vars.is_empty() && self.decide_system(&s, &vars).unwrap_or(false)
    }

    /// These facts with every equation that two inequalities force: `1 ≤ i` and `i < 2` give `i = 1`.
    pub(crate) fn tightened(&self) -> Facts<'s> {
        let s = self.store;
        let forced: Vec<Id> = self
            .sys
            .ge
            .iter()
            .filter(|a| a.vars().count() > 0 && self.entails(&a.neg(), &[]).unwrap_or(false))
            .map(|a| s.rel(RelOp::Eq, s.index(a.clone()), s.int(0)))
            .collect();
        if forced.is_empty() {
            self.clone()
        } else {
            self.with(&forced)
        }
    }

    fn assume(&mut self, c: Id, positive: bool, depth: u32) {
        if depth > 64 {
            return;
        }
        let store = self.store;
        match store.node(c) {
            Node::And(xs) if positive => xs.iter().for_each(|x| self.assume(*x, true, depth + 1)),
            Node::Or(xs) if !positive => xs.iter().for_each(|x| self.assume(*x, false, depth + 1)),
            Node::And(xs) | Node::Or(xs) if xs.len() == 1 => xs.iter().for_each(|x| self.assume(*x, positive, depth + 1)),
            Node::Not(x) => self.assume(*x, !positive, depth + 1),
            Node::Rel(op, a, b) => {
                let op = if positive { *op } else { op.negated() };
                match (store.as_aff(*a), store.as_aff(*b)) {
                    (Some(x), Some(y)) => self.assume_integer(op, &x.sub(&y)),
                    _ => {
                        self.real.push((op, *a, *b));
                        self.assume_factors(op, *a, *b);
                    }
                }
            }
            _ => {}
        }
    }
    /// A product that is not 0 has no factor that is.
    fn assume_factors(&mut self, op: RelOp, a: Id, b: Id) {
        let zero = matches!(self.store.node(b), Node::Num(q) if q.is_zero());
        if let (RelOp::Ne, true, Node::Product(xs)) = (op, zero, self.store.node(a)) {
            self.real.extend(xs.iter().map(|x| (RelOp::Ne, *x, b)));
        }
    }
    fn assume_integer(&mut self, op: RelOp, d: &Aff) {
        match op {
            RelOp::Ge => self.sys.ge.push(d.clone()),
            RelOp::Gt => self.sys.ge.push(d.plus(-1)),
            RelOp::Le => self.sys.ge.push(d.neg()),
            RelOp::Lt => self.sys.ge.push(d.neg().plus(-1)),
            RelOp::Ne => self.sys.ne.push(d.clone()),
            RelOp::Eq => {
                self.sys.eq.push(d.clone());
                let d = self.solve_in(d);
                // The youngest name goes: an index rather than a size.
                let v = d.vars().filter(|v| d.coef(*v).abs() == 1).max();
                if let Some((v, by)) = v.and_then(|v| Some((v, d.solve(v)?))) {
                    for s in &mut self.solved {
                        s.1 = s.1.subst(v, &by);
                    }
                    self.solved.push((v, by));
                }
            }
        }
    }
    /// Turns the real relations from number `from` on into ranges and directed equations.
    fn learn(mut self, from: usize) -> Self {
        let rels: Vec<_> = self.real.iter().skip(from).copied().collect();
        let mut open = Vec::new();
        for (op, a, b) in rels {
            if !self.store.sort(a).is_scalar() {
                continue;
            }
            for mode in [Mode::Opaque, Mode::Full] {
                let Ok(d) = self.difference(a, b, mode) else { continue };
                self.forget();
                if self.learn_one(op, &d) {
                    open.push((op, d));
                }
            }
        }
        // A sign left open may follow from what was learnt after it.
        for (op, d) in open {
            self.learn_polynomial_factors(op, &d);
        }
        self.forget();
        self
    }
    /// Whether the sign of a factor is left open.
    fn learn_one(&mut self, op: RelOp, d: &Nf) -> bool {
        let mut open = false;
        if matches!(op, RelOp::Ne | RelOp::Lt | RelOp::Gt) {
            Rc::make_mut(&mut self.nonzero).insert(monic(d));
            self.learn_factors(op, d);
            open = self.learn_polynomial_factors(op, d);
        }
        if let (Some((key, bound)), RelOp::Eq) = (self.learn_bound(op, d), op) {
            if let Some((a, v)) = self.directed(&key, &bound) {
                Rc::make_mut(&mut self.rules).push((a, v));
            }
        }
        open
    }
    /// Keeps `d op 0` as a bound of `d` without its constant; that polynomial and the bound.
    fn learn_bound(&mut self, op: RelOp, d: &Nf) -> Option<(Nf, gradus_term::Rat)> {
        let (key, k, c) = split_constant(d)?;
        // d = k·key + c, so `d op 0` is `key op' −c/k`.
        let bound = c.neg().div(&k)?;
        let op = if k.is_negative() { op.mirrored() } else { op };
        let old = self.bounds.get(&key).cloned().unwrap_or_else(Range::any);
        Rc::make_mut(&mut self.bounds).insert(key.clone(), old.bounded(op, &bound));
        Some((key, bound))
    }
    /// A product unequal to 0 has no factor 0; where the signs of all others are known, so is that of a factor to an odd power:
    /// from `sin(u)/cos(u) > 0` follows `sin(u) ≠ 0`, from `x y > 0` and `y > 0` follows `x > 0`.
    fn learn_factors(&mut self, op: RelOp, d: &Nf) {
        let Some((m, q)) = d.single() else { return };
        if m.0.len() < 2 && m.iter().all(|(_, e)| *e == crate::algebra::ex(1)) {
            return;
        }
        // A product and its inverse have the same sign.
        let inverse = Mono(m.iter().map(|(a, e)| (*a, if self.get(*a).is_guard() { *e } else { -*e })).collect());
        let mut found = vec![(Nf::term(inverse, gradus_term::Rat::one()), if q.is_negative() { op.mirrored() } else { op })];
        for (a, e) in m.iter().filter(|(a, _)| !self.get(*a).is_guard()) {
            let rest = self.mono_range(&m.without(*a)).scale(q).signs();
            let odd = e.is_integer() && e.numer() % 2 != 0;
            let op = match op {
                RelOp::Lt | RelOp::Gt if odd && rest.is_positive() => op,
                RelOp::Lt | RelOp::Gt if odd && rest.is_negative() => op.mirrored(),
                _ => RelOp::Ne,
            };
            found.push((Nf::atom(*a), op));
        }
        for (key, op) in found {
            let old = self.bounds.get(&key).cloned().unwrap_or_else(Range::any);
            Rc::make_mut(&mut self.bounds).insert(key, old.bounded(op, &gradus_term::Rat::zero()));
        }
    }
    /// `key = bound` solved for a kernel that stands alone and linearly: a sum first, then any other.
    fn directed(&self, key: &Nf, bound: &gradus_term::Rat) -> Option<(AtomId, Nf)> {
        let alone = |a: AtomId| key.iter().filter(|(m, _)| m.iter().any(|x| x.0 == a)).count() == 1 && !self.rules.iter().any(|r| r.0 == a);
        let mut cands: Vec<(u8, AtomId, gradus_term::Rat)> = Vec::new();
        for (m, q) in key.iter() {
            if let [(a, e)] = m.0.as_ref() {
                if *e == crate::algebra::ex(1) && alone(*a) {
                    let rank = match &*self.get(*a) {
                        Atom::Sum(..) => 0,
                        Atom::Fn(..) => 1,
                        Atom::Ent { .. } => 2,
                        _ => continue,
                    };
                    cands.push((rank, *a, q.clone()));
                }
            }
        }
        cands.sort();
        let (_, a, q) = cands.into_iter().next()?;
        let rest = key.sub(&Nf::atom(a).scale(&q));
        // The other side must not contain the kernel, not even inside others.
        if rest.iter().any(|(m, _)| m.iter().any(|x| !matches!(&*self.get(x.0), Atom::Ent { .. } | Atom::Int(_)))) {
            return None;
        }
        Some((a, Nf::num(bound.clone()).sub(&rest).scale(&q.recip()?)))
    }
    pub(crate) fn rule_for(&self, a: AtomId) -> Option<Nf> {
        self.rules.iter().find(|r| r.0 == a).map(|r| r.1.clone())
    }
    /// Kernels with their known values.
    pub(crate) fn known_values(&self) -> impl Iterator<Item = (AtomId, &Nf)> {
        self.rules.iter().map(|(a, v)| (*a, v))
    }
    pub(crate) fn bound_of(&self, key: &Nf) -> Option<&Range> {
        self.bounds.get(key)
    }
    /// The ranges known of sums of at least two and at most so many terms, in a fixed order.
    pub(crate) fn short_bounds(&self, terms: usize) -> Vec<(&Nf, &Range)> {
        let mut out: Vec<_> = self.bounds.iter().filter(|(n, _)| (2..=terms).contains(&n.len())).collect();
        out.sort_unstable_by_key(|x| x.0);
        out
    }
    /// Whether a fact says that this is not 0.
    pub(crate) fn known_nonzero(&self, n: &Nf) -> bool {
        !self.nonzero.is_empty() && self.nonzero.contains(&monic(n))
    }
    /// These facts, where a sum over a few known members is not written out but treated like any other.
    pub(crate) fn with_sums_whole(&self) -> Facts<'s> {
        let mut f = self.clone();
        f.forget();
        f.sums_whole = true;
        f
    }
    /// These facts, where angles are whole multiples and sums of these.
    pub(crate) fn with_angles(&self, units: Units) -> Facts<'s> {
        let mut f = self.clone();
        f.extended = Rc::default();
        f.memo = self.by_units.borrow_mut().entry(units.clone()).or_default().clone();
        (f.ranges, f.needs, f.units) = (Rc::default(), Rc::default(), Rc::new(units));
        f
    }
    pub(crate) fn has_real_facts(&self) -> bool {
        !self.bounds.is_empty()
    }
    /// Normal forms found, and what was allowed to attempts that failed: a failure is no answer, and with more allowed (asked by
    /// itself rather than deep inside another question) the attempt is made again.
    pub(crate) fn memo(&self) -> &RefCell<FxHashMap<(Id, Mode), Result<Nf, Allowed>>> {
        &self.memo
    }
    /// Ranges found, with what was allowed to those that were cut short.
    pub(crate) fn range_memo(&self) -> &RefCell<FxHashMap<Id, (Range, Option<Allowed>)>> {
        &self.ranges
    }
    /// What terms need to have a value, with what was allowed where the walk was cut short.
    pub(crate) fn needs_memo(&self) -> &RefCell<NeedsMemo> {
        &self.needs
    }

    /// Answers a public question: fills the fuel if it is the outermost.
    pub(crate) fn asked<A>(&self, f: impl FnOnce(&Self) -> A) -> A {
        let outer = self.asking.replace(true);
        let left = self.sh.fuel.left();
        let allowed = FUEL.min(self.store.work_left() / FUEL_COSTS);
        if !outer {
            self.sh.fuel.fill(allowed);
        }
        let r = f(self);
        if !outer {
            self.store.spend(FUEL_COSTS * allowed.saturating_sub(self.sh.fuel.left()));
            self.sh.fuel.fill(left);
            self.asking.set(false);
        }
        r
    }
    /// Runs `f` with half of what is left: one attempt must not starve the next.
    pub(crate) fn on_half<A>(&self, f: impl FnOnce(&Self) -> A) -> A {
        let left = self.sh.fuel.left();
        self.sh.fuel.fill(left / 2);
        let r = f(self);
        self.sh.fuel.fill(left - left / 2 + self.sh.fuel.left());
        r
    }

    // ---- integers

    /// With the solved equations put in.
    pub(crate) fn solve_in(&self, a: &Aff) -> Aff {
        let mut a = a.clone();
        for (v, by) in &self.solved {
            a = a.subst(*v, by);
        }
        a
    }
    fn decide_system(&self, s: &System, goals: &[Aff]) -> Result<bool, Budget> {
        let mut all: Vec<&Aff> = goals.iter().collect();
        all.extend(s.ge.iter().chain(&s.eq).chain(&s.ne));
        let mut sys = self.sys.connected(&all);
        sys.ge.extend(s.ge.iter().cloned());
        sys.eq.extend(s.eq.iter().cloned());
        sys.ne.extend(s.ne.iter().cloned());
        let mut vars: Vec<IVar> = sys.ge.iter().chain(&sys.eq).chain(&sys.ne).flat_map(|a| a.vars().collect::<Vec<_>>()).collect();
        vars.sort_unstable();
        vars.dedup();
        for v in vars {
            if let IVar::Free(w) = v {
                if self.store.var(w).domain == Domain::Nat {
                    sys.ge.push(Aff::var(v).plus(-1));
                }
            }
        }
        sys.ge.sort();
        sys.ge.dedup();
        if let Some(r) = self.sh.infeasible.borrow().get(&sys) {
            return Ok(*r);
        }
        self.sh.fuel.spend(10 + 2 * (sys.ge.len() * sys.ge.len()) as u64)?;
        let r = sys.infeasible();
        self.sh.infeasible.borrow_mut().insert(sys, r);
        Ok(r)
    }
    /// Whether the facts and `s` together have no integer solution.
    pub(crate) fn refutes(&self, s: &System) -> Result<bool, Budget> {
        self.decide_system(s, &[])
    }
    /// Whether the facts and `extra ≥ 0` give `a ≥ 0`.
    pub(crate) fn entails(&self, a: &Aff, extra: &[Aff]) -> Result<bool, Budget> {
        if let Some(c) = a.as_int() {
            if c >= 0 {
                return Ok(true);
            }
        }
        let mut ge = extra.to_vec();
        ge.push(a.neg().plus(-1));
        self.decide_system(&System { ge, ..System::default() }, &[])
    }
    /// Whether the integer expression is ≥ 0.
    pub fn nonneg(&self, a: &Aff) -> Tri {
        self.asked(|f| Tri::of(f.entails(a, &[]).unwrap_or(false), f.entails(&a.neg().plus(-1), &[]).unwrap_or(false)))
    }
    /// Whether the integer expression is 0.
    pub fn is_zero_aff(&self, a: &Aff) -> Tri {
        self.asked(|f| {
            let both = f.entails(a, &[]).unwrap_or(false) && f.entails(&a.neg(), &[]).unwrap_or(false);
            Tri::of(both, f.refutes(&System { eq: vec![a.clone()], ..System::default() }).unwrap_or(false))
        })
    }
    pub(crate) fn integer_relation(&self, op: RelOp, d: &Aff) -> Tri {
        match op {
            RelOp::Eq => self.is_zero_aff(d),
            RelOp::Ne => !self.is_zero_aff(d),
            RelOp::Ge => self.nonneg(d),
            RelOp::Gt => self.nonneg(&d.plus(-1)),
            RelOp::Le => self.nonneg(&d.neg()),
            RelOp::Lt => self.nonneg(&d.neg().plus(-1)),
        }
    }
}

fn meet(a: Signs, b: Signs) -> Signs {
    Signs { neg: a.neg && b.neg, zero: a.zero && b.zero, pos: a.pos && b.pos }
}
/// Whether `d op 0` for a `d` of these signs.
fn compare(op: RelOp, s: Signs) -> Tri {
    match op {
        RelOp::Eq => Tri::of(s.is_zero(), !s.zero),
        RelOp::Ne => Tri::of(!s.zero, s.is_zero()),
        RelOp::Lt => Tri::of(s.is_negative(), !s.neg),
        RelOp::Le => Tri::of(!s.pos, s.is_positive()),
        RelOp::Gt => Tri::of(s.is_positive(), !s.pos),
        RelOp::Ge => Tri::of(!s.neg, s.is_negative()),
    }
}
/// What a known relation says of another between the same two.
fn implies(known: RelOp, asked: RelOp) -> Tri {
    let s = |op| match op {
        RelOp::Eq => Signs { neg: false, zero: true, pos: false },
        RelOp::Ne => Signs { neg: true, zero: false, pos: true },
        RelOp::Lt => Signs { neg: true, zero: false, pos: false },
        RelOp::Le => Signs { neg: true, zero: true, pos: false },
        RelOp::Gt => Signs { neg: false, zero: false, pos: true },
        RelOp::Ge => Signs { neg: false, zero: true, pos: true },
    };
    compare(asked, s(known))
}
/// Primitive, with a positive leading coefficient.
fn monic(n: &Nf) -> Nf {
    let p = n.primitive().1;
    match p.lead() {
        Some((_, q)) if q.is_negative() => p.neg(),
        _ => p,
    }
}
/// `n = k·key + c` with a primitive `key` without constant term and with positive leading coefficient; `None` for a constant.
pub(crate) fn split_constant(n: &Nf) -> Option<(Nf, gradus_term::Rat, gradus_term::Rat)> {
    let c = n.iter().find(|(m, _)| m.is_one()).map_or_else(gradus_term::Rat::zero, |x| x.1.clone());
    let rest = n.sub(&Nf::num(c.clone()));
    if rest.is_zero() {
        return None;
    }
    let (k, p) = rest.primitive();
    match p.lead() {
        Some((_, q)) if q.is_negative() => Some((p.neg(), k.neg(), c)),
        _ => Some((p, k, c)),
    }
}
