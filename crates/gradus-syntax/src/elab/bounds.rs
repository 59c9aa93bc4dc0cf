//! What is given of every entry of a tensor: `given w in R^n, w[j] >= 0` and `0 < p[i] < 1` bound the entries of what is declared.

use gradus_term::{Domain as Values, Rat};

use super::Elab;
use crate::surface::{Expr, Ident, Kind, Relation, Set, SetKind, Subscript};
use crate::worksheet::{Given, GivenKind, Property};

/// The ends of the range of all entries of a name, each with whether it belongs to it.
#[derive(Clone, Default)]
pub(super) struct Ends {
    low: Option<(Rat, bool)>,
    high: Option<(Rat, bool)>,
}

impl Ends {
    fn meet(&mut self, q: Rat, relation: Relation) {
        let closed = matches!(relation, Relation::LessEqual | Relation::GreaterEqual);
        let low = matches!(relation, Relation::Greater | Relation::GreaterEqual);
        let end = if low { &mut self.low } else { &mut self.high };
        let beyond = |p: &Rat| if low { *p < q } else { q < *p };
        if end.as_ref().is_none_or(|(p, c)| beyond(p) || *p == q && *c) {
            *end = Some((q, closed));
        }
    }
    /// Whether all entries are more than 0.
    pub fn positive(&self) -> bool {
        self.low.as_ref().is_some_and(|(q, closed)| q.is_positive() || q.is_zero() && !closed)
    }
    /// The set of the entries, if more is said of them than that they are positive.
    pub fn set(self) -> Option<Values> {
        let plain = matches!((&self.low, &self.high), (Some((q, false)), None) if q.is_zero());
        (!plain && (self.low.is_some() || self.high.is_some())).then_some(Values::Interval(self.low, self.high))
    }
}

impl Elab<'_> {
    /// What the conditions of a statement say of every entry of a name that it declares.
    pub(super) fn ends_of(&self, name: &Ident, g: &Given) -> Ends {
        let mut ends = Ends::default();
        for (of, q, relation) in g.conditions.iter().filter_map(|c| self.bounds_in(c, g)).flatten() {
            if *of == *name.text {
                ends.meet(q, relation);
            }
        }
        ends
    }
    /// A condition as bounds of all entries of names the statement declares: `0 <= w[j] <= 1`. `None` if it says anything else.
    pub(super) fn bounds_in<'e>(&self, c: &'e Expr, g: &Given) -> Option<Vec<(&'e str, Rat, Relation)>> {
        let Kind::Relation(first, links) = &c.kind else { return None };
        let mut left: &Expr = first;
        let mut out = Vec::new();
        for (relation, right) in links {
            let bound = match (self.every_entry(left, g), self.every_entry(right, g)) {
                (Some(of), None) => (of, self.written(right)?, *relation),
                (None, Some(of)) => (of, self.written(left)?, mirrored(*relation)),
                _ => return None,
            };
            if matches!(relation, Relation::Equal | Relation::NotEqual) {
                return None;
            }
            out.push(bound);
            left = right;
        }
        Some(out)
    }
    /// The name whose every entry is meant: `w` of `w[j]`, if the statement declares w and nothing declares j.
    fn every_entry<'e>(&self, e: &'e Expr, g: &Given) -> Option<&'e str> {
        let Kind::Index(of, subscripts) = &e.kind else { return None };
        let GivenKind::In(Set { kind: SetKind::Real(dims), .. }) = &g.what else { return None };
        let name = of.as_name().filter(|n| g.names.iter().any(|x| *x.text == **n))?;
        // What a matrix is as a whole is not searched for together with bounds.
        let free = g.properties.iter().all(|(p, _)| *p == Property::Positive);
        if dims.len() != subscripts.len() || !free {
            return None;
        }
        let mut seen: Vec<&str> = Vec::new();
        for s in subscripts {
            let Subscript::At(i) = s else { return None };
            let index = i.as_name().filter(|i| !seen.contains(i) && self.declared(i).is_none())?;
            if g.names.iter().any(|x| *x.text == *index) {
                return None;
            }
            seen.push(index);
        }
        Some(name)
    }
    /// A number that is written out, perhaps with a minus.
    fn written(&self, e: &Expr) -> Option<Rat> {
        match &e.kind {
            Kind::Number(n) => self.store.as_rational(self.number(n)),
            Kind::Paren(e) => self.written(e),
            Kind::Neg(e) => self.written(e).map(|q| q.neg()),
            Kind::Sum(xs) => match xs.as_slice() {
                [one] => self.written(&one.expr).map(|q| if one.minus { q.neg() } else { q }),
                _ => None,
            },
            _ => None,
        }
    }
}

fn mirrored(relation: Relation) -> Relation {
    match relation {
        Relation::Less => Relation::Greater,
        Relation::LessEqual => Relation::GreaterEqual,
        Relation::Greater => Relation::Less,
        Relation::GreaterEqual => Relation::LessEqual,
        same => same,
    }
}
