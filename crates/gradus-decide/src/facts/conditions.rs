//! Whether conditions hold: relations between integers and between reals, conjunctions, what is known not to vanish.

use super::*;

impl<'s> Facts<'s> {
    /// Whether the condition holds.
    pub fn holds(&self, cond: Id) -> Tri {
        self.asked(|f| f.holds_at(cond, 0))
    }
    pub(crate) fn holds_at(&self, cond: Id, depth: u32) -> Tri {
        if depth > 64 {
            return Tri::Unknown;
        }
        if self.conds.iter().any(|c| self.store.same(*c, cond)) {
            return Tri::True;
        }
        let all = |xs: &[Id]| {
            let mut r = Tri::True;
            for x in xs {
                match self.holds_at(*x, depth + 1) {
                    Tri::False => return Tri::False,
                    Tri::Unknown => r = Tri::Unknown,
                    Tri::True => {}
                }
            }
            r
        };
        match self.store.node(cond) {
            Node::And(xs) => all(xs),
            Node::Or(xs) => {
                let negated: Vec<Id> = xs.iter().map(|x| self.store.intern(Node::Not(*x))).collect();
                !all(&negated)
            }
            Node::Not(x) => !self.holds_at(*x, depth + 1),
            Node::Rel(op, a, b) => self.relation(*op, *a, *b),
            _ => Tri::Unknown,
        }
    }
    pub(super) fn relation(&self, op: RelOp, a: Id, b: Id) -> Tri {
        if let (Some(x), Some(y)) = (self.store.as_aff(a), self.store.as_aff(b)) {
            return self.integer_relation(op, &x.sub(&y));
        }
        if !self.store.sort(a).is_scalar() || !self.store.sort(b).is_scalar() {
            return match op {
                RelOp::Eq => Tri::of(self.equal(a, b) == crate::Equality::Proved, false),
                _ => Tri::Unknown,
            };
        }
        let known = self.real.iter().filter(|r| self.store.same(r.1, a) && self.store.same(r.2, b)).map(|r| r.0);
        let turned = self.real.iter().filter(|r| self.store.same(r.1, b) && self.store.same(r.2, a)).map(|r| r.0.mirrored());
        for k in known.chain(turned) {
            match implies(k, op) {
                Tri::Unknown => {}
                t => return t,
            }
        }
        let mut s = self.term_range(a).add(&self.term_range(b).neg()).signs();
        for mode in [Mode::Opaque, Mode::Full] {
            let r = compare(op, s);
            if r != Tri::Unknown {
                return r;
            }
            if let Ok(d) = self.difference(a, b, mode) {
                s = meet(s, self.nf_range(&d).signs());
            }
        }
        match (op, self.relation_by_factors(op, a, b, s)) {
            (RelOp::Ne, Tri::Unknown) => {
                let nonzero = |f: &Self| f.nonzero_by_parts(a, 0) || f.nonzero_by_size(a);
                Tri::of(
                    self.product_of_nonzero(a, b)
                        || (self.is_number_zero(b) && nonzero(self))
                        || self.differ_by_values(a, b)
                        || self.extremum_differs(a, b),
                    false,
                )
            }
            (_, r) => r,
        }
    }
    pub(super) fn is_number_zero(&self, t: Id) -> bool {
        matches!(self.store.node(t), Node::Num(q) if q.is_zero())
    }
    /// Whether the size of a term is known to be positive: `|r| > δ` with `δ > 0` says that r is not 0.
    fn nonzero_by_size(&self, t: Id) -> bool {
        let s = self.store;
        let sized = |n: &Node| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(gradus_term::Prim::Abs));
        let known = self.real.iter().any(|r| s.any_subterm(r.1, &mut |n| sized(n)) || s.any_subterm(r.2, &mut |n| sized(n)));
        known
            && self
                .nf_mode(s.prim_call(gradus_term::Prim::Abs, &[t]), Mode::Opaque)
                .is_ok_and(|n| self.known_range(&n).signs().is_positive())
    }
    /// Whether a power, product or quotient is known to be unequal to 0 because its parts are.
    pub(super) fn nonzero_by_parts(&self, t: Id, depth: u32) -> bool {
        if depth > 16 {
            return false;
        }
        let part = |x: Id| self.nonzero_by_parts(x, depth + 1) || self.relation(RelOp::Ne, x, self.store.int(0)) == Tri::True;
        match self.store.node(t) {
            Node::Pow(u, _) | Node::Quot(u, _) => part(*u),
            Node::Product(xs) => xs.iter().all(|x| part(*x)),
            Node::Sum(xs) if xs.len() == 1 => xs.iter().all(|x| part(x.term)),
            _ => false,
        }
    }
    /// Whether `a - b` is, up to a number, the product of two terms known to be unequal to 0 (or one of them): from
    /// `x ≠ 0` and `1 + 1/x ≠ 0` follows `x + 1 ≠ 0`.
    pub(super) fn product_of_nonzero(&self, a: Id, b: Id) -> bool {
        let Ok(d) = self.difference(a, b, Mode::Opaque) else { return false };
        let same = |n: &Nf| {
            let (p, q) = (n.primitive().1, d.primitive().1);
            !n.is_zero() && (p == q || p == q.neg())
        };
        let strict = self.real.iter().filter(|r| matches!(r.0, RelOp::Ne | RelOp::Lt | RelOp::Gt)).take(12);
        let known: Vec<Nf> = strict.filter_map(|r| self.difference(r.1, r.2, Mode::Opaque).ok()).collect();
        known.iter().enumerate().any(|(i, x)| same(x) || known.iter().skip(i).any(|y| self.mul(x, y).is_ok_and(|n| same(&n))))
    }
    /// Whether the larger or the smaller of two is unequal to a term since both are.
    fn extremum_differs(&self, a: Id, b: Id) -> bool {
        let both = |x: Id, y: Id| match self.store.node(x) {
            Node::Call(f, xs) if matches!(self.store.prim(*f), Some(gradus_term::Prim::Max | gradus_term::Prim::Min)) => {
                xs.iter().all(|u| self.relation(RelOp::Ne, *u, y) == Tri::True)
            }
            _ => false,
        };
        both(a, b) || both(b, a)
    }
    /// Whether two terms cannot be equal since two functions of them are known to differ: from `√x ≠ √y` follows `x ≠ y`.
    fn differ_by_values(&self, a: Id, b: Id) -> bool {
        let s = self.store;
        let functions = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Call(..) | Node::CallVar(..) | Node::Pow(..)));
        let large =
            |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Big { .. } | Node::Iverson(_) | Node::Cases(..) | Node::Diff { .. }));
        if functions(a) || functions(b) || large(a) || large(b) {
            return false;
        }
        let names: Vec<_> = [a, b].into_iter().flat_map(|t| s.free_vars(t)).collect();
        let apart = |r: &&(RelOp, Id, Id)| {
            matches!(r.0, RelOp::Ne | RelOp::Lt | RelOp::Gt)
                && (functions(r.1) || functions(r.2))
                && ![r.1, r.2].into_iter().any(large)
                && names.iter().all(|v| s.mentions(r.1, *v) || s.mentions(r.2, *v))
        };
        let known: Vec<_> = self.real.iter().filter(apart).take(4).copied().collect();
        if known.is_empty() {
            return false;
        }
        let supposed = self.with(&[s.rel(RelOp::Eq, a, b)]);
        known.iter().any(|r| supposed.difference(r.1, r.2, Mode::Opaque).is_ok_and(|n| n.is_zero()))
    }
    /// Whether `a = 0` etc. by the signs.
    pub(crate) fn difference(&self, a: Id, b: Id, mode: Mode) -> Result<Nf, Budget> {
        Ok(self.nf_mode(a, mode)?.sub(&self.nf_mode(b, mode)?))
    }
    /// The signs a value of the term can have, where it has one.
    pub fn sign(&self, t: Id) -> Signs {
        self.asked(|f| f.term_range(t).signs())
    }
}
