//! Whether one term is another, or a power of it, times a single product: `r²/2 − δ (|r| − δ/2)` is `1/2` times `(|r| − δ)²`, so that
//! the two branches of Huber's loss join with one slope. And whether a term vanishes twice where another vanishes: of Tukey's biweight,
//! `(1 − (r/c)²)³` does so where `|r| = c`.

use crate::atom::{Mono, Nf};
use crate::facts::{Facts, Mode};
use crate::Definedness;
use gradus_term::{Arg, BigOp, Id, Node, Prim, Sort, Store, Sym, VarId};

impl Facts<'_> {
    /// A term c, one product of powers, free of `x` and with a value everywhere, with `a = c b^k` in value wherever these have one.
    /// `None` says nothing.
    pub fn constant_multiple(&self, x: VarId, a: Id, (b, k): (Id, u32)) -> Option<Id> {
        let found = self.asked(|f| [Mode::Opaque, Mode::Full].into_iter().find_map(|mode| f.factor_over(a, b, k, mode)));
        found.filter(|c| !self.store.mentions(*c, x) && matches!(self.defined(*c), Definedness::Always))
    }
    /// Whether `u` and `v`, functions of `x` of which one holds on each side of `a = b`, join there with one slope: `u − v` is
    /// `c (a − b)²` with c free of `x`, or at least bounded near where `a = b`, and `a − b` changes by no more than a multiple of the
    /// change of `x`. Then `u − v` changes by no more than a multiple of its square, and the whole is differentiated like u and like v.
    pub fn joins_smoothly(&self, x: VarId, (a, b): (Id, Id), (u, v): (Id, Id)) -> bool {
        let s = self.store;
        let e = s.sub(a, b);
        let d = s.sub(u, v);
        let twice = || self.constant_multiple(x, d, (e, 2)).is_some() || self.vanishes_twice(x, d, e);
        s.sort(u).is_scalar() && self.is_steady(e, x) && twice()
    }
    /// Whether `d` is `e²` times what is bounded near the zeros of `e`, which is linear in the number `x`, or in `|x|`: then d is looked
    /// at for `x = |x|` and for `x = −|x|`.
    fn vanishes_twice(&self, x: VarId, d: Id, e: Id) -> bool {
        let s = self.store;
        let name = s.name(x);
        if !s.sort(name).is_scalar() {
            return false;
        }
        let fresh = || s.name(s.fresh(Sym::NONE, Sort::Scalar, false));
        let with = |t: Id, value: Id| s.subst(t, &std::iter::once((x, Arg::Val(value))).collect());
        let size = s.prim_call(Prim::Abs, &[name]);
        if s.any_subterm(e, &mut |n| n == s.node(size)) {
            let p = fresh();
            let Node::Var(by) = *s.node(p) else { return false };
            let e = replaced(s, e, size, p);
            let on = |value: Id| with(replaced(s, d, size, p), value);
            return !s.mentions(e, x) && [p, s.neg(p)].into_iter().all(|side| self.divides_twice(by, on(side), e));
        }
        self.divides_twice(x, d, e)
    }
    /// Whether `d` is `(p − c)²` times what is defined and steady, where `e`, linear in `p`, is 0 at `p = c`.
    fn divides_twice(&self, p: VarId, d: Id, e: Id) -> bool {
        let s = self.store;
        let with = |t: Id, value: Id| s.subst(t, &std::iter::once((p, Arg::Val(value))).collect());
        let (start, name) = (with(e, s.int(0)), s.name(p));
        let slope = s.sub(with(e, s.int(1)), start);
        let linear = self.equal(e, s.add(start, s.mul(slope, name))).is_proved();
        if !linear || !self.sign(slope).is_nonzero() || self.defined(start) != Definedness::Always {
            return false;
        }
        let by = s.fresh(Sym::NONE, Sort::Scalar, false);
        let from = s.name(by);
        let there = with(d, s.sub(from, s.quot(start, slope)));
        let quotient = self.asked(|f| {
            let n = f.nf_mode(there, Mode::Full).ok()?;
            let below = f.nf_mode(s.pow(from, s.int(-2)), Mode::Full).ok()?;
            if f.has_guard(&n) {
                return None;
            }
            f.to_term(&f.mul(&n, &below).ok()?)
        });
        quotient.is_some_and(|q| self.is_steady(q, by) && self.defined(q) == Definedness::Always)
    }
    /// Whether a term changes by no more than a multiple of the change of `x` near each point: what is smooth, sizes, the larger of two.
    fn is_steady(&self, t: Id, x: VarId) -> bool {
        let s = self.store;
        let all = || s.node(t).children().iter().all(|c| self.is_steady(c.0, x));
        if !s.mentions(t, x) {
            return true;
        }
        match s.node(t) {
            Node::Var(_) => true,
            Node::Sum(_) | Node::Product(_) | Node::MatMul(_) | Node::Entry(..) => all(),
            Node::Quot(a, b) => !s.mentions(*b, x) && self.is_steady(*a, x),
            Node::Pow(b, k) => s.as_rational(*k).and_then(|q| q.to_i64()).is_some_and(|k| k > 0) && self.is_steady(*b, x),
            Node::Big { op: BigOp::Sum, cond: None, .. } => s.open_child(t, 0).is_some_and(|(_, body)| self.is_steady(body, x)),
            Node::Call(f, xs) => match s.prim(*f) {
                Some(Prim::Abs | Prim::Max | Prim::Min | Prim::Norm | Prim::Exp | Prim::Sin | Prim::Cos) => all(),
                Some(Prim::Transpose | Prim::Tr | Prim::Dot | Prim::SumAll | Prim::Hadamard | Prim::Diag) => all(),
                Some(_) => false,
                None => s.unfold(*f, xs).is_some_and(|b| self.is_steady(b, x)),
            },
            _ => false,
        }
    }
    fn factor_over(&self, a: Id, b: Id, k: u32, mode: Mode) -> Option<Id> {
        let (n, b) = (self.nf_mode(a, mode).ok()?, self.nf_mode(b, mode).ok()?);
        let mut power = Nf::one();
        for _ in 0..k {
            power = self.mul(&power, &b).ok()?;
        }
        if n.is_zero() || self.has_guard(&n) || self.has_guard(&power) {
            return None;
        }
        let (lead, q) = power.lead()?.clone();
        let below = Mono(lead.iter().map(|(a, e)| (*a, -*e)).collect());
        n.iter().find_map(|(m, p)| {
            let c = Nf::term(self.mono_mul(m, &below).ok()?, p.div(&q)?);
            (self.mul(&c, &power).ok()? == n).then(|| self.to_term(&c)).flatten()
        })
    }
}

/// A term with one part replaced wherever it stands.
fn replaced(s: &Store, t: Id, part: Id, new: Id) -> Id {
    if s.same(t, part) {
        return new;
    }
    match s.node(t).children().is_empty() {
        true => t,
        false => s.intern(s.node(t).map_children(&mut |c, _| replaced(s, c, part, new))),
    }
}

/// The condition of a choice with two branches of which one holds in any case, and both: the second is what holds otherwise, or its
/// condition is the opposite of the first.
pub fn two_branches(s: &Store, branches: &[(Id, Id)], otherwise: Option<Id>) -> Option<(Id, Id, Id)> {
    match (branches, otherwise) {
        ([(c, u)], Some(v)) => Some((*c, *u, v)),
        ([(c, u), (d, v)], None) if opposite(s, *c, *d) => Some((*c, *u, *v)),
        _ => None,
    }
}
/// Whether exactly one of two relations holds.
pub fn opposite(s: &Store, c: Id, d: Id) -> bool {
    match (s.node(c), s.node(d)) {
        (Node::Rel(p, a, b), Node::Rel(q, u, v)) => {
            s.same(*a, *u) && s.same(*b, *v) && *q == p.negated() || s.same(*a, *v) && s.same(*b, *u) && q.mirrored() == p.negated()
        }
        _ => false,
    }
}
