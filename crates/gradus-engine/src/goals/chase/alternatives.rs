//! Equations that hold where one of several others does: products that are 0, squares, signs.

use super::{Chase, End};
use crate::tidy::{factors, is_zero, tidy, unsign};
use gradus_kernel::{rearranged, Condition, Item, Link, Text};
use gradus_term::{Id, Node, Prim, Rat, RelOp};

impl Chase<'_, '_> {
    /// Solves each of the alternatives.
    pub(super) fn each(&mut self, cases: Vec<Id>) -> End {
        self.close_lines();
        let s = self.e.store;
        // The equation itself, under conditions on the other names.
        let split = matches!(self.links.last(), Some((_, _, Link::Signs(u))) if !self.has(*u));
        let (mut values, mut ranges, count): (Vec<Id>, Vec<Item>, usize) = (Vec::new(), Vec::new(), cases.len());
        for c in cases {
            // `x = t (1 + x) and x ≥ 0`
            let (c, signs) = match s.node(c) {
                Node::And(parts) => parts.split_first().map_or((c, Vec::new()), |(line, signs)| (*line, signs.to_vec())),
                _ => (c, Vec::new()),
            };
            let with = |xs: &[Id]| xs.iter().chain(&signs).copied().collect();
            let mut sub = Chase {
                e: self.e,
                unknown: self.unknown,
                known: with(&self.known),
                now: c,
                lines: vec![Condition::equivalent(c, Text::default())],
                items: Vec::new(),
                assumes: Vec::new(),
                implied: with(&self.implied),
                bounds: self.bounds.clone(),
                case: with(&self.case),
                reached: Vec::new(),
                links: Vec::new(),
                opens: self.opens,
                checks_values: self.checks_values,
            };
            if let (true, [sign]) = (split, signs.as_slice()) {
                self.items.push(Item::Say(Text::words("For ").term(*sign).and(":")));
            }
            let end = sub.run();
            self.items.append(&mut sub.items);
            self.assumes.append(&mut sub.assumes);
            self.links.append(&mut sub.links);
            self.reached.append(&mut sub.reached);
            match end {
                End::Values(vs) => {
                    values.extend(vs.into_iter().filter(|v| !values.iter().any(|w| rearranged(self.e.store, *v, *w))).collect::<Vec<_>>())
                }
                // In one case only: the solutions fill a range.
                End::All if !sub.case.is_empty() => {
                    let of =
                        sub.case.iter().enumerate().fold(Text::words("For "), |t, (k, c)| if k > 0 { t.and(" and ") } else { t }.term(*c));
                    ranges.push(Item::Say(of.and(" both sides agree: the solutions are no list of values.")));
                }
                other => return other,
            }
        }
        match ranges.len() {
            0 => End::Values(values),
            n if n == count => End::All,
            _ => {
                self.items.append(&mut ranges);
                End::Range
            }
        }
    }

    /// `a b … = 0`, `u² = c` and `u³ = c`: alternatives.
    pub(super) fn split(&mut self) -> Option<Vec<Id>> {
        let (l, r) = self.sides()?;
        let s = self.e.store;
        if let Some(cases) = self.signs_apart(l, r).or_else(|| self.signs_in(l, r)) {
            return Some(cases);
        }
        if !self.has(l) || self.has(r) {
            return None;
        }
        if let Some(cases) = self.signs_of_power(l, r) {
            return Some(cases);
        }
        if let Node::Pow(u, k) = *s.node(l) {
            let two = s.as_rational(k).is_some_and(|q| q == Rat::int(2));
            // Of what is not known to be ≥ 0 that is assumed: √r asks for it.
            let sign = self.facts().sign(u);
            if two && (sign.is_nonneg() || self.facts().sign(s.neg(u)).is_nonneg()) || is_zero(s, r) {
                return None;
            }
            if two && !self.facts().sign(r).is_negative() {
                // ±|v| are ±v.
                let whole = super::super::plainest::without_signs(s, self.worked_out(s.prim_call(Prim::Sqrt, &[r])));
                for root in self.root_up_to_sign(r).into_iter().chain([whole]) {
                    let cases = vec![s.rel(RelOp::Eq, u, root), s.rel(RelOp::Eq, u, tidy(s, s.neg(root)))];
                    let to = s.intern(Node::Or(cases.clone().into_boxed_slice()));
                    if self.push(to, &Link::Factors(s.int(1)), Text::words("take roots")) {
                        return Some(cases);
                    }
                }
                return None;
            }
            return None;
        }
        let (neg, core) = unsign(s, l);
        let fs = factors(s, core);
        let with: Vec<Id> = fs.iter().copied().filter(|f| self.has(*f)).collect();
        if !is_zero(s, r) || with.len() < 2 {
            return None;
        }
        let mut cases: Vec<Id> = Vec::new();
        for f in &with {
            cases.push(s.rel(RelOp::Eq, *f, s.int(0)));
        }
        let rest: Vec<Id> = fs.iter().copied().filter(|f| !self.has(*f)).collect();
        let k = if neg { s.neg(s.product(&rest)) } else { s.product(&rest) };
        let to = s.intern(Node::Or(cases.clone().into()));
        self.push(to, &Link::Factors(k), Text::words("a product is 0 where a factor is")).then_some(cases)
    }
    /// `u³ = c` with a c of either sign: the root of an odd power has the sign of the power.
    fn signs_of_power(&mut self, l: Id, r: Id) -> Option<Vec<Id>> {
        let s = self.e.store;
        let Node::Pow(u, k) = *s.node(l) else { return None };
        let odd = s.as_rational(k).and_then(|q| q.to_i64()).is_some_and(|k| k > 1 && k % 2 == 1);
        let facts = self.facts();
        let known = |t: Id| facts.sign(t).is_nonneg();
        if !odd || self.has(k) || known(r) || known(s.neg(r)) || known(u) || known(s.neg(u)) {
            return None;
        }
        let case = |op: RelOp| s.intern(Node::And([self.now, s.rel(op, r, s.int(0))].into()));
        let cases: Vec<Id> = [RelOp::Ge, RelOp::Le].into_iter().map(case).collect();
        let to = s.intern(Node::Or(cases.clone().into_boxed_slice()));
        if !self.push(to, &Link::Signs(r), Text::words("the two signs of ").term(r)) {
            return None;
        }
        // The cases are the equation itself, and get headings.
        self.lines.pop();
        Some(cases)
    }
}
