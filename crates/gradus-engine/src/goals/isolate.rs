//! Equations with the unknown under roots, absolute values and logarithms: one of them is isolated and undone, by squaring, by its two
//! signs, or after all logarithms are joined to one. What follows need not give the equation back, so every value is put in at the end.

use super::chase::Chase;
use crate::cost::cost;
use crate::tidy::{factors, is_zero, summands, tidy};
use gradus_kernel::{Link, Text};
use gradus_term::{Id, Node, Prim, Rat, RelOp, Summand};

impl Chase<'_, '_> {
    /// The next step towards an equation without the roots, absolute values and logarithms that the unknown stands under.
    pub(super) fn isolate(&mut self, l: Id, r: Id) -> bool {
        self.one_logarithm(l, r) || self.alone(l, r)
    }
    /// `√u = v` squared.
    pub(super) fn squared(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        match s.node(l) {
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) => {
                xs.first().is_some_and(|a| self.by_rule("equation.squares", &[("a", *a), ("b", r)]))
            }
            _ => false,
        }
    }
    /// `u + k √v = w` as `√v = (w − u)/k`: of several, the one with the most under it.
    fn alone(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let left = summands(s, l).into_iter();
        let mut all: Vec<Summand> = left.chain(summands(s, r).into_iter().map(|x| Summand { neg: !x.neg, term: x.term })).collect();
        if !all.iter().any(|x| factors(s, x.term).iter().any(|f| self.is_wrapped(*f))) {
            let Some(expanded) = self.facts().expand(s.sub(l, r)) else { return false };
            all = summands(s, tidy(s, expanded));
        }
        let head = |t: Id| factors(s, t).into_iter().find(|x| self.is_wrapped(*x));
        let Some((at, inner)) =
            all.iter().enumerate().filter_map(|(k, x)| head(x.term).map(|h| (k, h))).max_by_key(|(k, h)| (cost(s, *h), usize::MAX - k))
        else {
            return false;
        };
        let Some(own) = all.get(at) else { return false };
        let others: Vec<Id> = factors(s, own.term).into_iter().filter(|x| *x != inner).collect();
        let k = s.product(&others);
        if self.has(k) || all.len() == 1 {
            return false;
        }
        let rest = all.iter().enumerate().filter(|(j, _)| *j != at).map(|(_, x)| Summand { neg: x.neg == own.neg, term: x.term });
        let rest = s.sum(&rest.collect::<Vec<_>>());
        let right = tidy(s, s.quot(rest, k));
        let factor = if own.neg { s.neg(k) } else { k };
        let link = Link::Scaled(tidy(s, s.quot(s.int(1), factor)));
        let facts = self.facts();
        // Of equally long forms a fraction is the one that is cancelled.
        let cancelled = if matches!(s.node(right), Node::Quot(..)) { facts.factor(right) } else { None };
        let forms = [cancelled, Some(right), facts.expand(right)].into_iter().flatten().map(|t| tidy(s, t));
        let plain = forms.min_by_key(|t| cost(s, *t)).unwrap_or(right);
        self.push(s.rel(RelOp::Eq, inner, plain), &link, Text::words("isolate ").term(inner))
    }
    /// Whether the term is a root or an absolute value with the unknown under it.
    fn is_wrapped(&self, t: Id) -> bool {
        let s = self.e.store;
        matches!(s.node(t), Node::Call(f, xs) if matches!(s.prim(*f), Some(Prim::Sqrt | Prim::Abs)) && xs.iter().any(|x| self.has(*x)))
    }
    /// `log u − 2 log v + w = c` as `log(u/v²) = c − w`.
    fn one_logarithm(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let left = summands(s, l).into_iter();
        let all = left.chain(summands(s, r).into_iter().map(|x| Summand { neg: !x.neg, term: x.term }));
        let (logs, rest): (Vec<Summand>, Vec<Summand>) = all.partition(|x| self.logarithm(x.term).is_some());
        let powers: Option<Vec<(i64, Id)>> =
            logs.iter().map(|x| self.logarithm(x.term).and_then(|(k, u)| Some((if x.neg { k.neg() } else { k }.to_i64()?, u)))).collect();
        let Some(powers) = powers.filter(|p| p.len() > 1) else { return false };
        if rest.iter().any(|x| self.has(x.term)) {
            return false;
        }
        let side = |up: bool| {
            let of = powers.iter().filter(|(k, _)| (*k > 0) == up).map(|(k, u)| tidy(s, s.pow(*u, s.int(k.abs()))));
            s.product(&of.collect::<Vec<_>>())
        };
        let below = side(false);
        let argument = if crate::tidy::is_one(s, below) { side(true) } else { s.quot(side(true), below) };
        let right: Vec<Summand> = rest.iter().filter(|x| !is_zero(s, x.term)).map(|x| Summand { neg: !x.neg, term: x.term }).collect();
        let to = s.rel(RelOp::Eq, s.log(argument), s.sum(&right));
        self.push_worked(to, &Link::Scaled(s.int(1)), Text::words("one logarithm"))
    }
    /// `k log u` with a number k and the unknown in u.
    fn logarithm(&self, t: Id) -> Option<(Rat, Id)> {
        let s = self.e.store;
        let (mut k, mut of) = (Rat::one(), None);
        for f in factors(s, t) {
            match s.node(f) {
                Node::Call(g, xs) if s.prim(*g) == Some(Prim::Log) && of.is_none() && xs.iter().any(|x| self.has(*x)) => {
                    of = xs.first().copied();
                }
                _ => k = k.mul(&s.as_rational(f)?),
            }
        }
        Some((k, of?))
    }
    /// `|u| = v` as `u = v` or `u = −v`: both have the square v².
    pub(super) fn signs_apart(&mut self, l: Id, r: Id) -> Option<Vec<Id>> {
        let s = self.e.store;
        let Node::Call(f, xs) = s.node(l) else { return None };
        let u = xs.first().copied().filter(|u| s.prim(*f) == Some(Prim::Abs) && self.has(*u))?;
        let values = [("a", u), ("b", r)];
        if !self.by_rule("equation.absolute_value", &values) && !self.by_rule("equation.absolute_values", &values) {
            return None;
        }
        // |u| = |v| is u = v or u = −v.
        let r = match s.node(r) {
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Abs) => xs.first().copied().unwrap_or(r),
            _ => r,
        };
        let cases =
            if is_zero(s, r) { vec![s.rel(RelOp::Eq, u, r); 2] } else { [r, tidy(s, s.neg(r))].map(|v| s.rel(RelOp::Eq, u, v)).to_vec() };
        let to = s.intern(Node::Or(cases.clone().into_boxed_slice()));
        if !self.push(to, &Link::Factors(s.int(1)), Text::words("the two signs")) {
            return None;
        }
        self.drop_line_before();
        Some(if is_zero(s, r) { cases.into_iter().take(1).collect() } else { cases })
    }
}
