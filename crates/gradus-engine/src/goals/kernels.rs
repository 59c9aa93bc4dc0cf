//! Equations that are polynomials in one kernel of the unknown: the unknown itself, or the powers of one exponential.

use super::chase::Chase;
use crate::tidy::{factors, summands, tidy};
use gradus_decide::Facts;
use gradus_kernel::{Link, Text};
use gradus_term::{Id, Node, Prim, Rat, RelOp, Store, Summand};

/// A polynomial `Σ_k p_k K^k`, from k = 0, times a power of K that was divided out.
struct Polynomial {
    kernel: Id,
    coefficients: Vec<Id>,
    /// The polynomial is this power of the kernel times the expression it was made of.
    shift: i64,
}

impl Chase<'_, '_> {
    /// Writes the equation as a polynomial in a kernel and takes the next step towards its roots.
    pub(super) fn polynomial(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let difference = tidy(s, s.sub(l, r));
        let Some(expanded) = self.form(difference, Facts::expand) else { return false };
        if summands(s, expanded).iter().any(|x| matches!(s.node(x.term), Node::Quot(_, b) if self.has(*b) && !self.is_exponential(*b))) {
            return self.clear_fractions(difference);
        }
        let Some(p) = self.as_polynomial(expanded) else { return false };
        match p.coefficients.as_slice() {
            [_] => self.push(s.rel(RelOp::Eq, expanded, s.int(0)), &Link::Scaled(s.int(1)), Text::words("bring everything to one side")),
            [c, a] => self.linear(&p, *c, *a),
            [c, b, a] => self.quadratic(&p, *c, *b, *a),
            _ => self.factored(expanded),
        }
    }
    fn is_exponential(&self, t: Id) -> bool {
        factors(self.e.store, t).iter().all(|f| self.e.exponent(*f).is_some() || self.e.store.as_rational(*f).is_some())
    }
    fn clear_fractions(&mut self, difference: Id) -> bool {
        let s = self.e.store;
        let Some(one) = self.form(difference, Facts::together) else { return false };
        let Node::Quot(n, d) = *s.node(one) else { return false };
        // … and no fractions of numbers.
        let (n, d) = match crate::fold::lcm_of_denominators(s, n).filter(|k| *k > 1) {
            Some(k) => (self.facts().expand(s.mul(s.int(k), n)).map_or(n, |t| tidy(s, t)), s.mul(s.int(k), d)),
            None => (n, d),
        };
        self.push(s.rel(RelOp::Eq, n, s.int(0)), &Link::Scaled(d), Text::words("multiply by the common denominator"))
    }
    /// `a K = −c`
    fn linear(&mut self, p: &Polynomial, c: Id, a: Id) -> bool {
        let s = self.e.store;
        let right = self.worked_out(s.neg(c));
        let a = crate::simplify::positive_order(s, a);
        let left = tidy(s, s.mul(a, p.kernel));
        let factor = if p.shift == 0 { s.int(1) } else { s.pow(p.kernel, s.int(p.shift)) };
        let reason = Text::words("collect ").term(p.kernel);
        let plain = s.rel(RelOp::Eq, left, right);
        // Prefer the sign that leaves a positive coefficient.
        let (neg, core) = crate::tidy::unsign(s, a);
        if neg {
            let flipped = s.rel(RelOp::Eq, tidy(s, s.mul(core, p.kernel)), self.worked_out(c));
            if self.push(flipped, &Link::Scaled(tidy(s, s.neg(factor))), reason.clone()) {
                return true;
            }
        }
        self.push(plain, &Link::Scaled(factor), reason)
    }
    fn quadratic(&mut self, p: &Polynomial, c: Id, b: Id, a: Id) -> bool {
        let s = self.e.store;
        let factor = if p.shift == 0 { s.int(1) } else { s.pow(p.kernel, s.int(p.shift)) };
        // With a positive leading coefficient.
        let turned = crate::tidy::unsign(s, a).0;
        let signed = |t: Id| if turned { tidy(s, s.neg(t)) } else { t };
        let (a, b, c, factor) = (signed(a), signed(b), signed(c), signed(factor));
        // … and whole numbers.
        let numbers: Option<Vec<Rat>> = [a, b, c].iter().map(|t| s.as_rational(*t)).collect();
        let over = numbers.map_or(Rat::one(), |qs| qs.iter().fold(Rat::one(), |d, q| d.lcm(&Rat::from(q.denom()))));
        let times = |t: Id| if over.is_one() { t } else { tidy(s, s.mul(s.rational(&over), t)) };
        let (a, b, c, factor) = (times(a), times(b), times(c), times(factor));
        let square = s.pow(p.kernel, s.int(2));
        // The polynomial written out first.
        let standard = tidy(s, s.sum(&[(a, square), (b, p.kernel), (c, s.int(1))].map(|(q, k)| Summand { neg: false, term: s.mul(q, k) })));
        let zero = s.rel(RelOp::Eq, standard, s.int(0));
        let standing = gradus_kernel::rearranged(s, zero, self.now);
        if crate::tidy::is_zero(s, b) {
            let right = self.worked_out(s.neg(s.quot(c, a)));
            // The square of an exponential is an exponential.
            let left = self.e.exponent(p.kernel).map_or(square, |u| s.exp(tidy(s, s.mul(s.int(2), u))));
            return self.push(s.rel(RelOp::Eq, left, right), &Link::Scaled(tidy(s, s.quot(factor, a))), Text::words("isolate ").term(left));
        }
        let to_zero = self.sides().is_some_and(|(_, r)| crate::tidy::is_zero(s, r));
        let words = if to_zero && !s.same(p.kernel, s.name(self.unknown)) {
            Text::words("in terms of ").term(p.kernel)
        } else {
            Text::words("bring everything to one side")
        };
        if !standing && self.push(zero, &Link::Scaled(factor), words) {
            return true;
        }
        if self.factored(standard) {
            return true;
        }
        let four = s.int(4);
        let d = self.worked_out(s.sub(s.pow(b, s.int(2)), s.product(&[four, a, c])));
        // Completing the square also shows that there is no root, where there is none: (K + b/2a)² = D/4a².
        let half = tidy(s, s.quot(b, s.mul(s.int(2), a)));
        let plain = s.quot(d, s.mul(four, s.pow(a, s.int(2))));
        // `(1 − 4t²)/(4t²)` rather than `1/(4t²) − 1`: its root is taken next.
        let worked = self.worked_out(plain);
        let apart = matches!(s.node(worked), Node::Sum(xs) if xs.iter().any(|x| matches!(s.node(x.term), Node::Quot(..)) || s.as_rational(x.term).is_some_and(|q| !q.is_integer())));
        let right = if apart { tidy(s, plain) } else { worked };
        let left = tidy(s, s.pow(s.add(p.kernel, half), s.int(2)));
        self.push(s.rel(RelOp::Eq, left, right), &Link::Scaled(s.quot(s.int(1), a)), Text::words("complete the square"))
    }
    /// A product of factors, if there is one.
    fn factored(&mut self, t: Id) -> bool {
        let s = self.e.store;
        let Some(f) = self.facts().factor(t).map(|x| tidy(s, x)) else { return false };
        let parts = factors(s, crate::tidy::unsign(s, f).1);
        let powers = parts.iter().any(|x| matches!(s.node(*x), Node::Pow(b, _) if self.has(*b)));
        if parts.iter().filter(|x| self.has(**x)).count() < 2 && !powers {
            return false;
        }
        self.push(s.rel(RelOp::Eq, f, s.int(0)), &Link::Scaled(s.int(1)), Text::words("factor"))
    }

    /// The expression as a polynomial in the unknown, or in one exponential of it.
    fn as_polynomial(&self, t: Id) -> Option<Polynomial> {
        let s = self.e.store;
        let z = s.name(self.unknown);
        self.polynomial_in(t, z)
            .or_else(|| {
                let exps = crate::draft::everywhere(s, t, &|n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Exp)));
                let us: Vec<Id> = exps
                    .iter()
                    .filter_map(|p| s.focus(t, &gradus_term::Position::at(p)).ok())
                    .filter_map(|f| self.e.exponent(f.part))
                    .filter(|u| self.has(*u))
                    .collect();
                // The smallest positive multiple of the unknown counts as the first power.
                let rates: Vec<Rat> = us.iter().map(|u| self.rate(*u)).collect::<Option<_>>()?;
                let unit = rates.iter().map(Rat::abs).filter(|q| !q.is_zero()).min_by(|a, b| {
                    if a.sub(b).is_negative() {
                        std::cmp::Ordering::Less
                    } else {
                        std::cmp::Ordering::Greater
                    }
                })?;
                let u = if unit.is_one() { z } else { tidy(s, s.mul(s.rational(&unit), z)) };
                self.polynomial_in(t, s.exp(u))
            })
            .or_else(|| {
                // `3^(2x) − 4·3^x` in 3^x.
                let is = |n: &Node| matches!(n, Node::Pow(b, k) if !self.has(*b) && self.has(*k));
                let powers = crate::draft::everywhere(s, t, &is).into_iter();
                let first =
                    powers.filter_map(|p| s.focus(t, &gradus_term::Position::at(&p)).ok()).map(|f| f.part).min_by_key(|p| {
                        match s.node(*p) {
                            Node::Pow(b, k) => {
                                let rate = self.rate(*k).and_then(|q| q.to_i64()).map_or(i64::MAX, i64::abs);
                                (rate, s.as_rational(*b).and_then(|q| q.to_i64()).unwrap_or(i64::MAX))
                            }
                            _ => (i64::MAX, i64::MAX),
                        }
                    })?;
                self.polynomial_in(t, first)
            })
            .or_else(|| {
                let heads = crate::draft::everywhere(
                    s,
                    t,
                    &|n| matches!(n, Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Log | Prim::Sqrt | Prim::Sin | Prim::Cos))),
                );
                let k =
                    heads.iter().filter_map(|p| s.focus(t, &gradus_term::Position::at(p)).ok()).map(|f| f.part).find(|k| self.has(*k))?;
                self.polynomial_in(t, k)
            })
    }
    /// The rational number of times the unknown occurs in an exponent `q z + c`.
    fn rate(&self, u: Id) -> Option<Rat> {
        let s = self.e.store;
        let mut q = Rat::zero();
        for x in summands(s, self.facts().expand(u)?) {
            if !self.has(x.term) {
                continue;
            }
            let z = s.name(self.unknown);
            let ratio = self.facts().together(s.quot(x.term, z)).map(|t| tidy(s, t)).and_then(|t| s.as_rational(t))?;
            q = if x.neg { q.sub(&ratio) } else { q.add(&ratio) };
        }
        Some(q)
    }
    fn polynomial_in(&self, t: Id, kernel: Id) -> Option<Polynomial> {
        let s = self.e.store;
        let mut parts: Vec<(i64, Summand)> = Vec::new();
        for x in summands(s, t) {
            let (k, rest) = self.power_of(x.term, kernel)?;
            parts.push((k, Summand { neg: x.neg, term: rest }));
        }
        let low = parts.iter().map(|p| p.0).min()?;
        let high = parts.iter().map(|p| p.0).max()?;
        let moving = self.e.exponent(kernel).is_some() || matches!(s.node(kernel), Node::Pow(_, k) if self.has(*k));
        let shift = if moving { -low } else { 0 };
        if low + shift < 0 || high + shift > 8 {
            return None;
        }
        let coefficients = (0..=high + shift)
            .map(|k| {
                let own: Vec<Summand> = parts.iter().filter(|p| p.0 + shift == k).map(|p| p.1).collect();
                if own.is_empty() {
                    s.int(0)
                } else {
                    tidy(s, s.sum(&own))
                }
            })
            .collect();
        Some(Polynomial { kernel, coefficients, shift })
    }
    /// `t = rest K^k` with a rest free of the unknown.
    fn power_of(&self, t: Id, kernel: Id) -> Option<(i64, Id)> {
        let s = self.e.store;
        let (top, bottom) = match s.node(t) {
            Node::Quot(a, b) => (factors(s, *a), factors(s, *b)),
            _ => (factors(s, t), Vec::new()),
        };
        let (mut k, mut above, mut below) = (0i64, Vec::new(), Vec::new());
        for (f, up) in top.into_iter().map(|f| (f, true)).chain(bottom.into_iter().map(|f| (f, false))) {
            if !self.has(f) {
                if up {
                    above.push(f)
                } else {
                    below.push(f)
                }
                continue;
            }
            let (n, rest) = self.own_power(f, kernel)?;
            k = if up { k.checked_add(n)? } else { k.checked_sub(n)? };
            if let Some(r) = rest {
                if up {
                    above.push(r)
                } else {
                    below.push(r)
                }
            }
        }
        let a = s.product(&above);
        Some((k, if below.is_empty() { a } else { s.quot(a, s.product(&below)) }))
    }
    /// `f = K^n rest`: the kernel, a whole power of it, or an exponential of a multiple of its exponent.
    fn own_power(&self, f: Id, kernel: Id) -> Option<(i64, Option<Id>)> {
        let s = self.e.store;
        if s.same(f, kernel) {
            return Some((1, None));
        }
        if let Node::Pow(b, e) = s.node(f) {
            if s.same(*b, kernel) {
                return Some((s.as_rational(*e)?.to_i64()?, None));
            }
        }
        let powers = match (s.node(kernel), s.node(f)) {
            (Node::Pow(b, u), Node::Pow(c, v)) if self.has(*u) => Some((*u, *v, *b, power_of_base(s, *c, *b)?)),
            _ => None,
        };
        let (u, v) = match powers {
            Some((u, v, _, 1)) => (u, v),
            // 4^x = 2^(2x)
            Some((u, v, _, m)) => (u, tidy(s, s.mul(s.int(m), v))),
            None => (self.e.exponent(kernel)?, self.e.exponent(f)?),
        };
        let n = self.rate(v)?.div(&self.rate(u)?)?.to_i64()?;
        let rest = self.facts().expand(s.sub(v, s.mul(s.int(n), u))).map(|t| tidy(s, t))?;
        if self.has(rest) {
            return None;
        }
        let left = || powers.map_or_else(|| s.exp(rest), |(_, _, b, _)| s.pow(b, rest));
        Some((n, (!crate::tidy::is_zero(s, rest)).then(left)))
    }
}

/// The whole m with `c = b^m`: 1 for the same base, else of numbers.
fn power_of_base(s: &Store, c: Id, b: Id) -> Option<i64> {
    if s.same(b, c) {
        return Some(1);
    }
    let (b, c) = (s.as_rational(b)?, s.as_rational(c)?);
    (-16..=16i64).filter(|m| *m != 0).find(|m| b.pow(*m).is_some_and(|q| q == c))
}
