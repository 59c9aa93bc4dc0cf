//! Affine expressions with integer coefficients over index names and sizes: `n - i + 1`, `2 i + 3 j - 4`.

use crate::signature::VarId;
use smallvec::SmallVec;

/// What an affine expression is made of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum IVar {
    /// A declared size, a free index, or an index opened from its binder.
    Free(VarId),
    /// An index bound by the binder this many binders out (0 is the innermost; every binder counts).
    Bound(u32),
}

/// `c + Σ k·v`, sorted by variable, no zero coefficient: equal expressions are equal values.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Aff {
    /// The constant part.
    pub c: i64,
    /// The variables with their coefficients, sorted, none zero.
    pub t: SmallVec<[(IVar, i64); 2]>,
}

impl Aff {
    /// The constant `c`.
    pub fn int(c: i64) -> Self {
        Aff { c, t: SmallVec::new() }
    }
    /// The variable `v`.
    pub fn var(v: IVar) -> Self {
        let mut t = SmallVec::new();
        t.push((v, 1));
        Aff { c: 0, t }
    }
    /// The free variable `v`.
    pub fn free(v: VarId) -> Self {
        Self::var(IVar::Free(v))
    }
    /// The bound variable `k` binders out.
    pub fn bound(k: u32) -> Self {
        Self::var(IVar::Bound(k))
    }
    /// The value, if no variable occurs.
    pub fn as_int(&self) -> Option<i64> {
        self.t.is_empty().then_some(self.c)
    }
    /// The variable, if this is exactly one variable with coefficient 1 and constant 0.
    pub fn as_var(&self) -> Option<IVar> {
        match (self.c, self.t.as_slice()) {
            (0, [(v, 1)]) => Some(*v),
            _ => None,
        }
    }
    /// The coefficient of `v`.
    pub fn coef(&self, v: IVar) -> i64 {
        self.t.iter().find(|(u, _)| *u == v).map_or(0, |(_, k)| *k)
    }
    /// `self + s·o`.
    pub fn add_scaled(&self, o: &Self, s: i64) -> Self {
        let mut out = Aff { c: self.c.saturating_add(o.c.saturating_mul(s)), t: SmallVec::new() };
        let (mut a, mut b) = (self.t.iter().peekable(), o.t.iter().peekable());
        loop {
            let pick = match (a.peek(), b.peek()) {
                (None, None) => break,
                (Some(x), None) => (x.0, x.1, true, false),
                (None, Some(y)) => (y.0, y.1.saturating_mul(s), false, true),
                (Some(x), Some(y)) => match x.0.cmp(&y.0) {
                    std::cmp::Ordering::Less => (x.0, x.1, true, false),
                    std::cmp::Ordering::Greater => (y.0, y.1.saturating_mul(s), false, true),
                    std::cmp::Ordering::Equal => (x.0, x.1.saturating_add(y.1.saturating_mul(s)), true, true),
                },
            };
            if pick.2 {
                a.next();
            }
            if pick.3 {
                b.next();
            }
            if pick.1 != 0 {
                out.t.push((pick.0, pick.1));
            }
        }
        out
    }
    /// `self + o`.
    pub fn add(&self, o: &Self) -> Self {
        self.add_scaled(o, 1)
    }
    /// `self - o`.
    pub fn sub(&self, o: &Self) -> Self {
        self.add_scaled(o, -1)
    }
    /// `self + k`.
    pub fn plus(&self, k: i64) -> Self {
        Aff { c: self.c.saturating_add(k), t: self.t.clone() }
    }
    /// `k·self`.
    pub fn scale(&self, k: i64) -> Self {
        Aff::int(0).add_scaled(self, k)
    }
    /// `⌊self / k⌋` for k ≥ 1, where the coefficients of all variables divide by k; else it is no such expression.
    pub fn divided_down(&self, k: i64) -> Option<Self> {
        let mut out = Aff::int(self.c.checked_div_euclid(k)?);
        for (v, c) in &self.t {
            if c.checked_rem(k)? != 0 {
                return None;
            }
            out = out.add_scaled(&Aff::var(*v), c / k);
        }
        Some(out)
    }
    /// `-self`.
    pub fn neg(&self) -> Self {
        self.scale(-1)
    }
    /// The variables that occur.
    pub fn vars(&self) -> impl Iterator<Item = IVar> + '_ {
        self.t.iter().map(|(v, _)| *v)
    }
    /// Whether `v` occurs.
    pub fn mentions(&self, v: IVar) -> bool {
        self.coef(v) != 0
    }
    /// Replaces every variable by `f(v)`.
    pub fn map(&self, mut f: impl FnMut(IVar) -> Aff) -> Self {
        let mut out = Aff::int(self.c);
        for (v, k) in &self.t {
            out = out.add_scaled(&f(*v), *k);
        }
        out
    }
    /// `self` with `v := by`.
    pub fn subst(&self, v: IVar, by: &Aff) -> Self {
        if !self.mentions(v) {
            return self.clone();
        }
        self.map(|u| if u == v { by.clone() } else { Aff::var(u) })
    }
    /// The solution of `self = 0` for `v`, where its coefficient is ±1.
    pub fn solve(&self, v: IVar) -> Option<Aff> {
        let k = self.coef(v);
        if k.abs() != 1 {
            return None;
        }
        Some(self.subst(v, &Aff::int(0)).scale(-k))
    }
    /// The largest `Bound` index that occurs, plus one.
    pub(crate) fn loose(&self) -> u32 {
        self.vars().filter_map(|v| if let IVar::Bound(k) = v { Some(k + 1) } else { None }).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn addition_cancels_and_sorts() {
        let (a, b) = (Aff::bound(0), Aff::bound(1));
        let s = b.add(&a).sub(&b).plus(2);
        assert_eq!(s, a.plus(2));
        assert_eq!(s.solve(IVar::Bound(0)), Some(Aff::int(-2)));
    }
}
