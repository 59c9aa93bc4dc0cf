//! Which matrices are positive definite or invertible by their form: `XᵀX + λ I` for λ > 0, `H P Hᵀ + R` for definite P and R.

use crate::facts::Facts;
use crate::matrices::{operand, scaled, turned};
use crate::range::{Range, Signs};
use gradus_term::{Aff, Id, Node, Prim, Props, RelOp, Sort};

/// How deep forms are looked into.
const DEPTH: u32 = 8;

impl Facts<'_> {
    /// Whether a square matrix is known to be invertible.
    pub fn invertible(&self, a: Id) -> bool {
        self.invertible_within(a, DEPTH)
    }
    /// What is known of a determinant: positive for a definite matrix, not 0 for an invertible one.
    pub(crate) fn determinant_range(&self, of: Id) -> Range {
        if self.definite(of, DEPTH) {
            Range::positive()
        } else if self.invertible(of) {
            Range { nonzero: true, ..Range::any() }
        } else {
            Range::any()
        }
    }
    /// Whether a matrix is positive definite, and so symmetric, by what is given and by its form.
    pub fn positive_definite(&self, a: Id) -> bool {
        self.definite(a, DEPTH)
    }
    fn invertible_within(&self, a: Id, depth: u32) -> bool {
        let s = self.store;
        let Some(depth) = depth.checked_sub(1) else { return false };
        let by_form = match s.node(a) {
            Node::Var(_) => {
                let p = self.square(a);
                p.invertible || p.positive_definite || p.orthogonal
            }
            Node::MatMul(xs) => xs.iter().all(|x| s.sort(*x) == s.sort(a) && self.invertible_within(*x, depth)),
            Node::Pow(b, _) if s.sort(*b).is_tensor() => self.invertible_within(*b, depth),
            Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
                (Some(Prim::Transpose | Prim::Inv), [x]) => self.invertible_within(*x, depth),
                (Some(Prim::Eye), _) => true,
                (Some(Prim::Diag), [v]) => self.entries(*v).is_nonzero(),
                _ => false,
            },
            _ => scaled(s, a).is_some_and(|(c, m)| self.sign(c).is_nonzero() && self.invertible_within(m, depth)),
        };
        by_form || self.definite(a, depth)
    }
    /// Whether `xᵀ A x > 0` for every x ≠ 0, A symmetric.
    fn definite(&self, a: Id, depth: u32) -> bool {
        let s = self.store;
        let Some(depth) = depth.checked_sub(1) else { return false };
        if let Some((c, m)) = scaled(s, a) {
            return self.sign(c).is_positive() && self.definite(m, depth);
        }
        // A semidefinite matrix that is said to be invertible.
        if self.said_invertible(a) && self.semidefinite_by_form(a, depth) {
            return true;
        }
        match s.node(a) {
            Node::Var(_) => self.square(a).positive_definite,
            Node::Sum(xs) => {
                let all = xs.iter().all(|x| !x.neg && self.semidefinite(x.term, depth));
                all && xs.iter().any(|x| self.definite(x.term, depth))
            }
            // Every power of a definite matrix, even powers of an invertible symmetric one.
            Node::Pow(b, k) if s.sort(*b).is_tensor() => {
                let even = s.as_aff(*k).is_some_and(|k| k.c % 2 == 0 && k.t.iter().all(|(_, c)| c % 2 == 0));
                self.definite(*b, depth) || even && crate::matrices::is_symmetric(s, *b) && self.invertible_within(*b, depth)
            }
            // M S Mᵀ with an invertible M.
            Node::MatMul(_) => self
                .framed(a)
                .is_some_and(|(m, inside)| self.invertible_within(m, depth) && inside.is_none_or(|inside| self.definite(inside, depth))),
            Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
                (Some(Prim::Transpose | Prim::Inv), [x]) => self.definite(*x, depth),
                (Some(Prim::Eye), _) => true,
                (Some(Prim::Diag), [v]) => self.entries(*v).is_positive(),
                (None, _) => self.by_definition(a).is_some_and(|b| self.definite(b, depth)),
                _ => false,
            },
            _ => false,
        }
    }
    /// Whether `xᵀ A x ≥ 0` for every x, A symmetric.
    fn semidefinite(&self, a: Id, depth: u32) -> bool {
        let s = self.store;
        let Some(depth) = depth.checked_sub(1) else { return false };
        if let Some((c, m)) = scaled(s, a) {
            return self.sign(c).is_nonneg() && self.semidefinite(m, depth);
        }
        self.semidefinite_by_form(a, depth) || self.definite(a, depth)
    }
    fn semidefinite_by_form(&self, a: Id, depth: u32) -> bool {
        let s = self.store;
        match s.node(a) {
            Node::Sum(xs) => xs.iter().all(|x| !x.neg && self.semidefinite(x.term, depth)),
            Node::MatMul(_) => self.framed(a).is_some_and(|(_, inside)| inside.is_none_or(|inside| self.semidefinite(inside, depth))),
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Diag) => xs.iter().all(|v| self.entries(*v).is_nonneg()),
            Node::Call(f, _) if s.prim(*f).is_none() => self.by_definition(a).is_some_and(|b| self.semidefinite(b, depth)),
            _ => false,
        }
    }
    /// Whether one of the facts is that the determinant of this very matrix, or of a multiple of it, is not 0.
    fn said_invertible(&self, a: Id) -> bool {
        let s = self.store;
        let core = |mut t: Id| {
            while let Some((_, inner)) = scaled(s, t) {
                t = inner;
            }
            t
        };
        self.conditions().iter().any(|c| match s.node(*c) {
            Node::Rel(RelOp::Ne, x, y) => [(x, y), (y, x)].into_iter().any(|(d, zero)| {
                s.as_rational(*zero).is_some_and(|q| q.is_zero()) && operand(s, *d, Prim::Det).is_some_and(|of| s.same(core(of), a))
            }),
            _ => false,
        })
    }
    /// `M Mᵀ` and `M S Mᵀ`, as M and what stands between.
    fn framed(&self, a: Id) -> Option<(Id, Option<Id>)> {
        let s = self.store;
        let Node::MatMul(xs) = s.node(a) else { return None };
        let half = xs.len() / 2;
        let whole = |xs: &[Id]| match xs {
            [one] => *one,
            _ => s.intern(Node::MatMul(xs.into())),
        };
        let (left, right) = (whole(xs.get(..half)?), whole(xs.get(xs.len() - half..)?));
        (turned(s, left, true) == turned(s, right, false)).then(|| (left, xs.get(half).copied().filter(|_| xs.len() % 2 == 1)))
    }
    /// The sign that every entry of a vector has.
    fn entries(&self, v: Id) -> Signs {
        let s = self.store;
        let [n] = s.sort(v).dims() else { return Range::any().signs() };
        let (within, i) = self.at_any_index(s.sym("i"), &Aff::int(1), n);
        within.sign(s.intern(Node::Entry(v, [Aff::free(i)].into())))
    }
    /// What is given of the name of a square matrix.
    fn square(&self, a: Id) -> Props {
        match (self.store.node(a), self.store.sort(a)) {
            (Node::Var(v), Sort::Tensor(d)) if matches!(d.as_ref(), [m, n] if m == n) => self.store.var(*v).props,
            _ => Props::default(),
        }
    }
    /// The definition of a name without arguments.
    fn by_definition(&self, a: Id) -> Option<Id> {
        let Node::Call(f, xs) = self.store.node(a) else { return None };
        self.store.fun(*f).is_constant_name().then(|| self.store.unfold(*f, xs))?
    }
}
