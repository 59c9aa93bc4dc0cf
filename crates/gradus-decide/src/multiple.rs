//! Whether one term is another, or a power of it, times a single product: `r²/2 − δ (|r| − δ/2)` is `1/2` times `(|r| − δ)²`, so that
//! the two branches of Huber's loss join with one slope.

use crate::atom::{Mono, Nf};
use crate::facts::{Facts, Mode};
use crate::Definedness;
use gradus_term::{BigOp, Id, Node, Prim, VarId};

impl Facts<'_> {
    /// A term c, one product of powers, free of `x` and with a value everywhere, with `a = c b^k` in value wherever these have one.
    /// `None` says nothing.
    pub fn constant_multiple(&self, x: VarId, a: Id, (b, k): (Id, u32)) -> Option<Id> {
        let found = self.asked(|f| [Mode::Opaque, Mode::Full].into_iter().find_map(|mode| f.factor_over(a, b, k, mode)));
        found.filter(|c| !self.store.mentions(*c, x) && matches!(self.defined(*c), Definedness::Always))
    }
    /// Whether `u` and `v`, functions of `x` of which one holds on each side of `a = b`, join there with one slope: `u − v` is
    /// `c (a − b)²` with c free of `x`, and `a − b` changes by no more than a multiple of the change of `x`. Then `u − v` changes by no
    /// more than a multiple of its square, and the whole is differentiated like u and like v.
    pub fn joins_smoothly(&self, x: VarId, (a, b): (Id, Id), (u, v): (Id, Id)) -> bool {
        let s = self.store;
        let e = s.sub(a, b);
        s.sort(u).is_scalar() && self.is_steady(e, x) && self.constant_multiple(x, s.sub(u, v), (e, 2)).is_some()
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
