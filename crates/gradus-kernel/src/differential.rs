//! Differentials: their rules, and how a derivative is read off one. Part of the trusted core.
//!
//! `d u` is the sum, over the entries of a bound value, of the derivative of `u` by the entry times the change of the entry
//! ([`Node::Differential`]). Every rule here is the rule of derivatives of the same name, multiplied by the changes and
//! summed; so a line of differentials is an ordinary equation, and the judge evaluates both of its sides. Source: Magnus and
//! Neudecker, Matrix Differential Calculus, chapters 5, 8 and 9.

use crate::check::Discharge;
use crate::compare::rearranged;
use crate::lemma::for_all;
use crate::prover::Refused;
use gradus_decide::Equality;
use gradus_term::{Aff, Arg, BigOp, Domain, IVar, Id, Node, Prim, Props, Rat, Sort, Store, Summand, Sym, VarId};
use rustc_hash::FxHashMap;

/// The rule by which a differential was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DifferentialRule {
    /// `d(u + v) = du + dv`, `d(c u) = c du`, `d tr U = tr dU`, `d(Uᵀ) = (dU)ᵀ` and the other linear operations.
    Linear,
    /// `d(U V) = dU V + U dV` for any product.
    Product,
    /// `d(u / v) = du / v − u dv / v²`
    Quotient,
    /// `d(uⁿ) = n uⁿ⁻¹ du`; of a matrix, `dU U ⋯ U + U dU ⋯ U + …`, or `Σ_{i=0}^{n−1} Uⁱ dU Uⁿ⁻¹⁻ⁱ` for a symbolic n
    Power,
    /// `d(U⁻¹) = −U⁻¹ dU U⁻¹`
    Inverse,
    /// `d det U = det U tr(U⁻¹ dU)`
    Determinant,
    /// `d log |det U| = tr(U⁻¹ dU)`
    LogDeterminant,
    /// `d‖u‖² = 2 uᵀ du`
    SquaredNorm,
    /// `d‖u‖ⁿ = n ‖u‖ⁿ⁻² uᵀ du` for n > 2, where u is 0 too
    PowerOfNorm,
    /// `d‖u‖ = uᵀ du / ‖u‖`
    Norm,
    /// `d f(U) = f′(U) ⊙ dU` for a scalar function of each entry; of a scalar, `f′(u) du`.
    Entrywise,
    /// `d f(u) = (∂f/∂u) du` for a function of a whole tensor.
    Chain,
}

/// One layer of the differential `t`, and the rule. `None` if `t` is no differential, does not vary, or no rule fits.
pub fn differential_rule(s: &Store, t: Id) -> Option<(Id, DifferentialRule)> {
    let Node::Differential { hint, body, point, along } = s.node(t) else { return None };
    let x = s.fresh(*hint, s.sort(*point).clone(), false);
    let d = Layer { s, hint: *hint, x, point: *point, along: *along };
    let body = s.open(*body, &[Arg::Val(s.name(x))]);
    if !d.varies(body) {
        return None;
    }
    match s.node(body) {
        Node::Sum(xs) => {
            let terms: Vec<Summand> = xs.iter().filter(|x| d.varies(x.term)).map(|x| Summand { neg: x.neg, term: d.of(x.term) }).collect();
            Some((s.sum(&terms), DifferentialRule::Linear))
        }
        Node::Product(xs) => Some(d.factors(xs, &|fs| s.product(&fs))),
        Node::MatMul(xs) => Some(d.factors(xs, &|fs| s.intern(Node::MatMul(fs.into())))),
        Node::Quot(a, b) => Some(d.quotient(*a, *b)),
        Node::Pow(u, n) => d.power(*u, *n),
        Node::Entry(u, ix) => Some((s.intern(Node::Entry(d.of(*u), ix.clone())), DifferentialRule::Linear)),
        Node::Big { op: BigOp::Sum, lo, hi, cond: None, .. } => {
            let (vars, term) = s.open_child(body, 0)?;
            let sum = s.big(BigOp::Sum, *vars.first()?, lo.clone(), hi.clone(), None, d.of(term));
            Some((sum, DifferentialRule::Linear))
        }
        Node::Call(f, xs) => match s.prim(*f) {
            Some(p) if !p.is_scalar() => d.operator(p, xs),
            _ => d.call(body, xs),
        },
        _ => None,
    }
}

/// A differential whose bound value has been given the name `x`.
struct Layer<'s> {
    s: &'s Store,
    hint: Sym,
    x: VarId,
    point: Id,
    along: Id,
}

impl Layer<'_> {
    fn varies(&self, u: Id) -> bool {
        self.s.mentions(u, self.x)
    }
    /// The differential of a part that varies.
    fn of(&self, u: Id) -> Id {
        self.s.intern(Node::Differential { hint: self.hint, body: self.s.close(u, &[self.x]), point: self.point, along: self.along })
    }
    /// The value of a part.
    fn at(&self, u: Id) -> Id {
        let map: FxHashMap<VarId, Arg> = std::iter::once((self.x, Arg::Val(self.point))).collect();
        self.s.subst(u, &map)
    }
    /// Each factor that varies in turn, the others at their values.
    fn factors(&self, xs: &[Id], join: &dyn Fn(Vec<Id>) -> Id) -> (Id, DifferentialRule) {
        let one = |k: usize| join(xs.iter().enumerate().map(|(i, x)| if i == k { self.of(*x) } else { self.at(*x) }).collect());
        let terms: Vec<Summand> =
            xs.iter().enumerate().filter(|(_, x)| self.varies(**x)).map(|(k, _)| Summand { neg: false, term: one(k) }).collect();
        (self.s.sum(&terms), if terms.len() == 1 { DifferentialRule::Linear } else { DifferentialRule::Product })
    }
    fn quotient(&self, a: Id, b: Id) -> (Id, DifferentialRule) {
        let s = self.s;
        let below = self.at(b);
        let mut terms = Vec::new();
        if self.varies(a) {
            terms.push(Summand { neg: false, term: s.quot(self.of(a), below) });
        }
        if !self.varies(b) {
            return (s.sum(&terms), DifferentialRule::Linear);
        }
        let outer = s.quot(self.at(a), s.pow(below, s.int(2)));
        terms.push(Summand { neg: true, term: s.mul(outer, self.of(b)) });
        (s.sum(&terms), DifferentialRule::Quotient)
    }
    fn power(&self, u: Id, n: Id) -> Option<(Id, DifferentialRule)> {
        let s = self.s;
        if self.varies(n) {
            return None;
        }
        let q = s.as_rational(n);
        let at = self.at(u);
        if s.sort(u).is_scalar() {
            let norm = match s.node(u) {
                Node::Call(f, xs) if s.prim(*f) == Some(Prim::Norm) => xs.first().copied(),
                _ => None,
            };
            if let (Some(v), Some(over)) = (norm, q.as_ref().map(|q| q.sub(&Rat::int(2))).filter(|over| !over.is_negative())) {
                let inner = self.inner(self.at(v), self.of(v))?;
                return Some(match over.is_zero() {
                    true => (s.mul(s.int(2), inner), DifferentialRule::SquaredNorm),
                    false => (s.product(&[n, s.pow(at, s.rational(&over)), inner]), DifferentialRule::PowerOfNorm),
                });
            }
            let lower = match &q {
                Some(q) if *q == Rat::int(2) => at,
                Some(q) => s.pow(at, s.rational(&q.sub(&Rat::one()))),
                None => s.pow(at, s.sub(n, s.int(1))),
            };
            return Some((s.product(&[n, lower, self.of(u)]), DifferentialRule::Power));
        }
        let Some(n) = q.as_ref().filter(|q| q.is_integer()).and_then(Rat::to_i64) else { return self.symbolic_power(u, &s.as_aff(n)?) };
        if !(2..=64).contains(&n) {
            return None;
        }
        let power = |k: i64| match k {
            0 => None,
            1 => Some(at),
            _ => Some(s.pow(at, s.int(k))),
        };
        let term = |k: i64| s.intern(Node::MatMul(power(k).into_iter().chain([self.of(u)]).chain(power(n - 1 - k)).collect()));
        let terms: Vec<Summand> = (0..n).map(|k| Summand { neg: false, term: term(k) }).collect();
        Some((s.sum(&terms), DifferentialRule::Power))
    }
    /// `d(Uⁿ) = Σ_{i=0}^{n−1} Uⁱ dU Uⁿ⁻¹⁻ⁱ` for an n that is not negative whatever the numbers of N in it are.
    fn symbolic_power(&self, u: Id, n: &Aff) -> Option<(Id, DifferentialRule)> {
        let s = self.s;
        let natural = |v: &IVar| matches!(v, IVar::Free(v) if s.var(*v).domain == Domain::Nat);
        let least = n.t.iter().try_fold(n.c, |sum, (v, k)| if natural(v) && *k > 0 { sum.checked_add(*k) } else { None })?;
        if least < 0 {
            return None;
        }
        let (letters, _) = indices(s, &["i"], 1)?;
        let i = *letters.first()?;
        let (at, before, last) = (self.at(u), Aff::free(i), n.plus(-1));
        let power = |k: &Aff| s.pow(at, s.index(k.clone()));
        let term = s.intern(Node::MatMul([power(&before), self.of(u), power(&last.sub(&before))].into()));
        Some((s.big(BigOp::Sum, i, Aff::int(0), last, None, term), DifferentialRule::Power))
    }
    /// The sum of the products of entries, as `uᵀ v` or `tr(Uᵀ V)`.
    fn inner(&self, u: Id, v: Id) -> Option<Id> {
        let s = self.s;
        let product = s.intern(Node::MatMul([s.prim_call(Prim::Transpose, &[u]), v].into()));
        match s.sort(v) {
            Sort::Tensor(d) if d.len() == 1 => Some(product),
            Sort::Tensor(d) if d.len() == 2 => Some(s.prim_call(Prim::Tr, &[product])),
            _ => None,
        }
    }
    /// An operation on tensors.
    fn operator(&self, p: Prim, xs: &[Id]) -> Option<(Id, DifferentialRule)> {
        let s = self.s;
        let inverse = |a: Id| s.prim_call(Prim::Inv, &[self.at(a)]);
        let trace = |a: Id| s.prim_call(Prim::Tr, &[s.intern(Node::MatMul([inverse(a), self.of(a)].into()))]);
        match (p, xs) {
            (Prim::Transpose | Prim::Tr | Prim::SumAll | Prim::Diag | Prim::Diagonal | Prim::Vec | Prim::Flip, [u]) => {
                Some((s.prim_call(p, &[self.of(*u)]), DifferentialRule::Linear))
            }
            (Prim::Dot | Prim::Outer | Prim::Hadamard | Prim::Kron, [_, _]) => Some(self.factors(xs, &|fs| s.prim_call(p, &fs))),
            (Prim::EntryDiv, [u, v]) if !self.varies(*v) => Some((s.prim_call(p, &[self.of(*u), *v]), DifferentialRule::Linear)),
            (Prim::EntryPow, [u, n]) if !self.varies(*n) && s.sort(*n).is_scalar() => self.entrywise(*u, &|z, _| s.pow(z, *n)),
            (Prim::Inv, [a]) if s.sort(*a).is_tensor() => {
                let product = s.intern(Node::MatMul([inverse(*a), self.of(*a), inverse(*a)].into()));
                Some((s.neg(product), DifferentialRule::Inverse))
            }
            (Prim::Det, [a]) => Some((s.mul(s.prim_call(Prim::Det, &[self.at(*a)]), trace(*a)), DifferentialRule::Determinant)),
            (Prim::LogDet, [a]) => Some((trace(*a), DifferentialRule::LogDeterminant)),
            (Prim::Norm, [u]) => {
                let v = self.at(*u);
                Some((s.quot(self.inner(v, self.of(*u))?, s.prim_call(Prim::Norm, &[v])), DifferentialRule::Norm))
            }
            _ => None,
        }
    }
    /// A function of which one argument varies: a scalar, each entry of a tensor, or a whole tensor.
    fn call(&self, call: Id, xs: &[Id]) -> Option<(Id, DifferentialRule)> {
        let s = self.s;
        let Node::Call(f, _) = s.node(call) else { return None };
        let mut varying = (0..xs.len()).filter(|k| xs.get(*k).is_some_and(|x| self.varies(*x)));
        let k = varying.next()?;
        if varying.next().is_some() {
            return None;
        }
        let u = *xs.get(k)?;
        if let (Some(Prim::Log), Node::Call(g, of)) = (s.prim(*f), s.node(u)) {
            // `d log |u| = du / u`
            if let (Some(Prim::Abs), [inner], Sort::Scalar) = (s.prim(*g), of.as_ref(), s.sort(u)) {
                let outer = self.derivative(&Sort::Scalar, self.at(*inner), &[], &|z| s.call(*f, &[s.call(*g, &[z])]));
                return Some((s.mul(outer, self.of(*inner)), DifferentialRule::Entrywise));
            }
        }
        let with = |z: Id, other: &dyn Fn(Id) -> Id| {
            let args: Vec<Id> = xs.iter().enumerate().map(|(i, y)| if i == k { z } else { other(*y) }).collect();
            s.call(*f, &args)
        };
        if s.sort(u).is_scalar() {
            let outer = self.derivative(&Sort::Scalar, self.at(u), &[], &|z| with(z, &|y| y));
            return Some((s.mul(outer, self.of(u)), DifferentialRule::Entrywise));
        }
        if s.is_entrywise(call) {
            return self.entrywise(u, &|z, ix| with(z, &|y| if s.sort(y).is_tensor() { s.intern(Node::Entry(y, ix.into())) } else { y }));
        }
        self.through(u, s.sort(call), &|z| with(z, &|y| y))
    }
    /// The derivative of `z ↦ f(z)` by the entry `slot`, at `point`.
    fn derivative(&self, sort: &Sort, point: Id, slot: &[Aff], f: &dyn Fn(Id) -> Id) -> Id {
        let s = self.s;
        let z = s.fresh(Sym::NONE, sort.clone(), false);
        s.intern(Node::Diff { hint: Sym::NONE, body: s.close(f(s.name(z)), &[z]), slot: slot.into(), point })
    }
    /// `f′(U) ⊙ dU`; `f` is told the entry's indices.
    fn entrywise(&self, u: Id, f: &dyn Fn(Id, &[Aff]) -> Id) -> Option<(Id, DifferentialRule)> {
        let s = self.s;
        let Sort::Tensor(dims) = s.sort(u) else { return None };
        let (letters, ix) = indices(s, &["i", "j", "k", "l"], dims.len())?;
        let entry = s.intern(Node::Entry(self.at(u), ix.clone().into()));
        let outer = s.tensor(&letters, dims, self.derivative(&Sort::Scalar, entry, &[], &|z| f(z, &ix)));
        Some((s.prim_call(Prim::Hadamard, &[outer, self.of(u)]), DifferentialRule::Entrywise))
    }
    /// `(∂f/∂u) du`
    fn through(&self, u: Id, result: &Sort, f: &dyn Fn(Id) -> Id) -> Option<(Id, DifferentialRule)> {
        let s = self.s;
        let (sort, at) = (s.sort(u), self.at(u));
        match (result, sort.dims().len()) {
            (Sort::Scalar, n) => {
                let (letters, ix) = indices(s, &["i", "j"], n)?;
                let gradient = s.tensor(&letters, sort.dims(), self.derivative(sort, at, &ix, f));
                Some((self.inner(gradient, self.of(u))?, DifferentialRule::Chain))
            }
            (Sort::Tensor(rows), 1) if rows.len() == 1 && matches!(sort, Sort::Tensor(_)) => {
                let (letters, ix) = indices(s, &["i", "j"], 2)?;
                let (i, j) = ix.split_at(1);
                let entry = self.derivative(sort, at, j, &|z| s.intern(Node::Entry(f(z), i.into())));
                let jacobian = s.tensor(&letters, &[rows.first()?.clone(), sort.dims().first()?.clone()], entry);
                Some((s.intern(Node::MatMul([jacobian, self.of(u)].into())), DifferentialRule::Chain))
            }
            _ => None,
        }
    }
}

/// So many fresh indices.
fn indices(s: &Store, letters: &[&str], n: usize) -> Option<(Vec<VarId>, Vec<Aff>)> {
    let vars: Vec<VarId> = letters.get(..n)?.iter().map(|w| s.fresh(s.sym(w), Sort::Scalar, true)).collect();
    let ix = vars.iter().map(|v| Aff::free(*v)).collect();
    Some((vars, ix))
}

/// Whether the right side is `gᵀ dx`, `tr(Gᵀ dX)` or `J dx`, where `new` is `g`, `G` or `J` (`turned`: `Jᵀ`).
fn written_as_product(s: &Store, d: &Discharge<'_, '_>, right: Id, new: Id, change: Id, turned: bool) -> bool {
    let transpose = |t: Id| s.prim_call(Prim::Transpose, &[t]);
    let product = |a: Id| s.intern(Node::MatMul([a, change].into()));
    let (values, changes) = (s.sort(right).dims().len(), s.sort(change).dims().len());
    let whole = match (values, changes) {
        (0, 1) if s.sort(new) == s.sort(change) => product(transpose(new)),
        (0, 2) if s.sort(new) == s.sort(change) => s.prim_call(Prim::Tr, &[product(transpose(new))]),
        (1, 1) if turned => product(transpose(new)),
        (1, 1) => product(new),
        _ => return false,
    };
    s.sort(whole) == s.sort(right) && d.equal(right, whole) == Equality::Proved
}

/// Whether `new` is the tensor `old` of all partial derivatives of some `u` by the entries of `x`, read off the lemma
/// `du = Σ new[j] dx[j]`. The lemma holds for every change `along`, so for the change of one entry alone, where the left side is
/// the derivative by that entry (by what a differential is) and the right side the entry of `new`. The conditions the lemma
/// stands under.
pub(crate) fn check_read_off(d: &Discharge<'_, '_>, lemma: usize, along: VarId, old: Id, new: Id) -> Result<Vec<Id>, Refused> {
    let s = d.store();
    let l = d.lemma(lemma).ok_or(Refused::NoSuchLemma)?;
    let no = || Refused::NotGrounded(l.name.clone());
    let Node::Differential { hint, body, point, along: change } = s.node(l.left) else { return Err(no()) };
    // The change is a name of which nothing is known.
    let info = s.var(along);
    let any = info.domain == Domain::Real && info.props == Props::default() && s.same(*change, s.name(along));
    let mentioned = [*body, *point, old, new].iter().chain(&l.under).any(|t| s.mentions(*t, along));
    let one_value = for_all(s, &[l.left, l.right], &l.under).into_iter().any(|v| d.is_of_the_claim(v));
    if !any || mentioned || one_value {
        return Err(no());
    }
    let (rows, columns) = (s.sort(*body).dims(), s.sort(*point).dims());
    let fresh = |n: usize| -> Vec<VarId> { (0..n).map(|_| s.fresh(Sym::NONE, Sort::Scalar, true)).collect() };
    let free = |vs: &[VarId]| -> Vec<Aff> { vs.iter().map(|v| Aff::free(*v)).collect() };
    let (i, j) = (fresh(rows.len()), fresh(columns.len()));
    let (ix, jx) = (free(&i), free(&j));
    let x = s.fresh(*hint, s.sort(*point).clone(), false);
    let opened = s.open(*body, &[Arg::Val(s.name(x))]);
    let entry = if i.is_empty() { opened } else { s.intern(Node::Entry(opened, ix.clone().into())) };
    let derivative = s.intern(Node::Diff { hint: *hint, body: s.close(entry, &[x]), slot: jx.clone().into(), point: *point });
    // A Jacobian has its rows first; in a Hessian the indices of the outer derivative stand first.
    let orders = [(&i, rows, &j, columns), (&j, columns, &i, rows)];
    let read = orders.iter().find_map(|(a, m, b, n)| {
        let both = [a.as_slice(), b.as_slice()].concat();
        let all = if both.is_empty() { derivative } else { s.tensor(&both, &[*m, *n].concat(), derivative) };
        rearranged(s, all, old).then_some(both)
    });
    let both = read.ok_or_else(no)?;
    if written_as_product(s, d, l.right, new, *change, both.first() != i.first()) {
        return d.discharge_all(&l.under);
    }
    let product = s.mul(s.make_entry(new, &free(&both)), s.make_entry(*change, &jx));
    let sum = j.iter().zip(columns).rev().fold(product, |t, (v, n)| s.big(BigOp::Sum, *v, Aff::int(1), n.clone(), None, t));
    let whole = if i.is_empty() { sum } else { s.tensor(&i, rows, sum) };
    if d.equal(l.right, whole) != Equality::Proved {
        return Err(no());
    }
    d.discharge_all(&l.under)
}
