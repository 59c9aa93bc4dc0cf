//! Bridges: the last step between two chains that are about to meet.
//!
//! Two terms of equal value are joined by the plainest reason there is: nothing but order; exponents worked out; one factor
//! above and below; one differing part of which that is true. The last resort, that both have the same expanded form, is
//! said honestly and costs most.

use crate::cost::cost;
use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, summands, tidy};
use crate::walk::Walk;
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::{rearranged, Refused, Text};
use gradus_term::{Arg, Id, Node, Position, Prim, Summand};

/// How two terms are joined.
#[derive(Clone, Debug)]
pub(crate) struct Bridge {
    /// Lines between the two, each with its reason.
    pub via: Vec<(Id, Text)>,
    /// The move's name.
    pub name: &'static str,
    /// The reason from the first to the second.
    pub reason: Text,
    /// The lower the plainer.
    pub price: u32,
}

/// The name of a step by the normal form that nothing explains.
pub(crate) const UNEXPLAINED: &str = "algebra.normal_form";
/// The price of a normal form that nothing explains.
const LAST_RESORT: u32 = 400;

impl<'s> Engine<'s> {
    /// The plainest way from `p` to `q`, which have equal values. Without `resort` only ways a reader can follow.
    pub(crate) fn bridge(&self, facts: &Facts<'s>, p: Id, q: Id, resort: bool) -> Option<Bridge> {
        let s = self.store;
        if rearranged(s, p, q) {
            return Some(Bridge { via: Vec::new(), name: "algebra.reorder", reason: Text::default(), price: 0 });
        }
        let (a, b) = (self.arguments_settled(facts, p), self.arguments_settled(facts, q));
        if rearranged(s, a, b) {
            return Some(Bridge { via: Vec::new(), name: "algebra.tidy", reason: Text::default(), price: 2 });
        }
        if rearranged(s, tidy(s, a), tidy(s, b)) {
            return Some(Bridge { via: Vec::new(), name: "algebra.tidy", reason: Text::words("simplify"), price: 8 });
        }
        if let Some(b) = self.same_fraction(facts, p, q) {
            return Some(b);
        }
        if let Some((x, y)) = one_difference(s, p, q) {
            if let Some(b) = self.bridge(facts, x, y, false) {
                return Some(b);
            }
        }
        if let Some(b) = self.same_logarithm(facts, p, q).or_else(|| self.joined_logarithm(facts, p, q)) {
            return Some(b);
        }
        if let Some(b) = resort.then(|| self.same_products(facts, p, q)).flatten() {
            return Some(b);
        }
        (resort && facts.equal(p, q).is_proved()).then(|| Bridge {
            via: Vec::new(),
            name: UNEXPLAINED,
            reason: Text::words("both sides have the same expanded form"),
            price: LAST_RESORT + (cost(s, p).max(cost(s, q))) / 4,
        })
    }

    /// The term with exponents and arguments of functions expanded: what a reader sees as the same.
    fn arguments_settled(&self, facts: &Facts<'s>, t: Id) -> Id {
        let s = self.store;
        let mut out = t;
        for path in everywhere(s, t, &|n| matches!(n, Node::Call(f, _) if s.prim(*f).is_some_and(Prim::is_scalar))).into_iter().rev() {
            let pos = Position::at(&path).child(0);
            let Ok(f) = s.focus(out, &pos) else { continue };
            let Some(new) = facts.expand(f.part).map(|x| tidy(s, x)) else { continue };
            if !s.same(new, f.part) {
                out = s.splice(out, &pos, &f.opened, new).unwrap_or(out);
            }
        }
        out
    }

    /// `N/D` and `N m/(D m)`.
    fn same_fraction(&self, facts: &Facts<'s>, p: Id, q: Id) -> Option<Bridge> {
        let s = self.store;
        let quotient = |t: Id| match s.node(t) {
            Node::Quot(a, b) => Some((*a, *b)),
            _ => None,
        };
        let ((_, d1), (n2, d2)) = (quotient(p)?, quotient(q)?);
        // What comes out of a sum over a range comes out on lines of its own.
        let over_range = s.any_subterm(d1, &mut |n| matches!(n, Node::Big { .. }));
        if over_range || !self.has_exponential(d1) && !self.has_exponential(d2) {
            return None;
        }
        let m = self.exponential_ratio(facts, d2, d1)?;
        let product = |a: Id| s.product(&factors(s, a).into_iter().chain([m]).collect::<Vec<_>>());
        let Node::Quot(n1, _) = *s.node(p) else { return None };
        if !facts.equal(product(n1), n2).is_proved() {
            return None;
        }
        let inverse = self.reciprocal(facts, m);
        let (verb, by) = if cost(s, inverse) < cost(s, m) { ("divide", inverse) } else { ("multiply", m) };
        let reason = Text::words(format!("{verb} numerator and denominator by ")).term(by);
        // Plainest if the factor is seen in the numerator, too.
        let each: Option<Vec<Summand>> = summands(s, n1)
            .into_iter()
            .map(|x| facts.expand(product(x.term)).map(|term| Summand { neg: x.neg, term: tidy(s, term) }))
            .collect();
        let seen = each.is_some_and(|xs| rearranged(s, self.arguments_settled(facts, s.sum(&xs)), self.arguments_settled(facts, n2)));
        Some(Bridge { via: Vec::new(), name: "fraction.expand", reason, price: if seen { 6 } else { 20 } })
    }
    /// `a/b` and `c/d` with `a d = c b`, of trigonometric functions: both are multiplied up to one denominator.
    fn same_products(&self, facts: &Facts<'s>, p: Id, q: Id) -> Option<Bridge> {
        let s = self.store;
        let (Node::Quot(a, b), Node::Quot(c, d)) = (s.node(p), s.node(q)) else { return None };
        let circular =
            |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Sin | Prim::Cos))));
        let known = facts.holds(s.rel(gradus_term::RelOp::Ne, *d, s.int(0))).is_true();
        if !circular(*b) || !circular(*d) || !known || facts.equal(*b, *d).is_proved() {
            return None;
        }
        let product = |x: Id, y: Id| tidy(s, s.product(&factors(s, x).into_iter().chain(factors(s, y)).collect::<Vec<_>>()));
        let (above, wanted, below) = (product(*a, *d), product(*c, *b), product(*b, *d));
        if !facts.equal(above, wanted).is_proved() {
            return None;
        }
        let mut via = vec![(s.quot(above, below), Text::words("multiply numerator and denominator by ").term(*d))];
        let expanded = facts.expand(above).map(|t| tidy(s, t)).filter(|t| !rearranged(s, *t, above) && !rearranged(s, *t, wanted));
        via.extend(expanded.map(|t| (s.quot(t, below), Text::words("multiply out"))));
        if !rearranged(s, above, wanted) {
            via.push((s.quot(wanted, below), Text::words("sine and cosine")));
        }
        let reason = Text::words("cancel ").term(*b);
        Some(Bridge { via, name: "fraction.expand", reason, price: 60 })
    }
    /// `log(u)` beside `w + log(v)`, where `u = e^w v`: the exponential is taken out on a line between.
    fn same_logarithm(&self, facts: &Facts<'s>, p: Id, q: Id) -> Option<Bridge> {
        let s = self.store;
        let (ps, qs) = (summands(s, p), summands(s, q));
        let pairs = ps.iter().enumerate().flat_map(|(k, x)| qs.iter().filter(|y| y.neg == x.neg).map(move |y| (k, *x, *y)));
        pairs.into_iter().find_map(|(k, x, y)| {
            let (u, v) = (self.logarithm_of(x.term)?, self.logarithm_of(y.term)?);
            let m = self.exponential_ratio(facts, u, v)?;
            let w = self.exponent(m)?;
            let with = |neg: bool, terms: &[Summand]| {
                let others = ps.iter().enumerate().filter(|(j, _)| *j != k).map(|(_, z)| *z);
                let put = terms.iter().map(|z| Summand { neg: z.neg != neg, term: z.term });
                s.sum(&others.chain(put).collect::<Vec<_>>())
            };
            let inside = s.product(&[m, v]);
            let apart = with(x.neg, &[Summand { neg: false, term: s.log(inside) }]);
            let opened = with(x.neg, &summands(s, w).into_iter().chain([Summand { neg: false, term: y.term }]).collect::<Vec<_>>());
            let last = self.bridge(facts, opened, q, false)?;
            let mut via = vec![(apart, Text::words("take out ").term(m))];
            if !last.reason.is_empty() {
                via.push((opened, Text::words("log of a product")));
            }
            let reason = if last.reason.is_empty() { Text::words("log of a product") } else { last.reason };
            Some(Bridge { via, name: "log.product", reason, price: 8 + last.price })
        })
    }
    /// `w + log(v)` beside `log(u)`, where `u = e^w v`: the exponential goes into the logarithm on a line between.
    fn joined_logarithm(&self, facts: &Facts<'s>, p: Id, q: Id) -> Option<Bridge> {
        let apart = self.same_logarithm(facts, q, p)?;
        let [(line, _)] = apart.via.as_slice() else { return None };
        let via = vec![(*line, Text::words("one logarithm"))];
        Some(Bridge { via, reason: Text::words("multiply out"), ..apart })
    }
    pub(crate) fn reciprocal(&self, facts: &Facts<'s>, m: Id) -> Id {
        let s = self.store;
        let one_over = s.quot(s.int(1), m);
        facts.expand(one_over).map_or(one_over, |t| tidy(s, t))
    }
    /// Numbers and exponentials, multiplied and divided.
    pub(crate) fn is_exponential_monomial(&self, t: Id) -> bool {
        let s = self.store;
        match s.node(t) {
            Node::Quot(a, b) => self.is_exponential_monomial(*a) && self.is_exponential_monomial(*b),
            _ => factors(s, crate::tidy::unsign(s, t).1).iter().all(|f| s.as_rational(*f).is_some() || self.exponent(*f).is_some()),
        }
    }
    fn has_exponential(&self, t: Id) -> bool {
        let s = self.store;
        s.any_subterm(t, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Exp)))
    }

    /// The pair of stops, one of each walk, with the plainest bridge between them.
    pub(crate) fn meeting(&self, facts: &Facts<'s>, a: &Walk<'s>, b: &Walk<'s>, resort: bool) -> Option<(usize, usize, Bridge)> {
        let mut best: Option<(u32, usize, usize, Bridge)> = None;
        for (i, x) in a.stops.iter().enumerate() {
            for (j, y) in b.stops.iter().enumerate() {
                let length = u32::try_from(i + j).unwrap_or(u32::MAX).saturating_mul(2);
                let last = resort && i + 1 == a.stops.len() && j + 1 == b.stops.len();
                if best.as_ref().is_some_and(|(p, ..)| *p <= length) {
                    continue;
                }
                if let Some(bridge) = self.bridge(facts, x.term, y.term, last) {
                    let price = length.saturating_add(bridge.price);
                    if best.as_ref().is_none_or(|(p, ..)| price < *p) {
                        best = Some((price, i, j, bridge));
                    }
                }
            }
        }
        best.map(|(_, i, j, b)| (i, j, b))
    }

    /// Puts `a` up to its stop `i`, the bridge, and `b` from its stop `j` upwards into one chain.
    ///
    /// # Errors
    /// If a step cannot be made in this direction.
    pub(crate) fn join(&self, mut a: Walk<'s>, b: &Walk<'s>, (i, j, bridge): (usize, usize, Bridge)) -> Result<Draft<'s>, Refused> {
        a.cut(i);
        let mut d = a.d;
        let Some(target) = b.stops.get(j).map(|s| s.term) else { return Ok(d) };
        for (line, reason) in bridge.via {
            self.line_to(&mut d, line, bridge.name, reason)?;
        }
        if !self.store.same(d.current(), target) {
            self.line_to(&mut d, target, bridge.name, bridge.reason)?;
        }
        self.climb(&mut d, b, j)?;
        d.take_along_order();
        Ok(d)
    }
}

/// The one part in which two terms of one head differ.
fn one_difference(s: &gradus_term::Store, p: Id, q: Id) -> Option<(Id, Id)> {
    let (m, n) = (s.node(p), s.node(q));
    if std::mem::discriminant(m) != std::mem::discriminant(n) || matches!(m, Node::Product(_)) {
        return None;
    }
    let (xs, ys) = (m.children(), n.children());
    if xs.len() != ys.len() || xs.iter().any(|x| x.1 > 0) {
        return None;
    }
    // Everything but the children is the same.
    let shape = |id: Id, kids: &[(Id, u32)]| s.with_children(id, &kids.iter().map(|_| s.int(0)).collect::<Vec<_>>());
    if !s.same(shape(p, &xs), shape(q, &ys)) {
        return None;
    }
    let differing: Vec<(Id, Id)> = xs.iter().zip(&ys).filter(|(x, y)| !rearranged(s, x.0, y.0)).map(|(x, y)| (x.0, y.0)).collect();
    match differing.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

/// Every occurrence of a closed term replaced by another.
pub(crate) fn replace_all(s: &gradus_term::Store, term: Id, what: Id, by: Id) -> Id {
    s.open(s.abstract_term(term, what), &[Arg::Val(by)])
}
