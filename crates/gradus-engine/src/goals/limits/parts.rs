//! Sums, products, quotients and powers by the limits of their parts, where no form is indeterminate.

use super::{Kind, Limits, Part};
use crate::draft::Draft;
use gradus_kernel::{Text, Weight};
use gradus_term::{Id, Node, Summand};

impl<'s> Limits<'_, 's> {
    /// A sum: the finite parts together, the infinite parts if they have one sign.
    pub(super) fn sum(&mut self, d: &mut Draft<'s>, xs: &[Summand]) -> bool {
        let s = self.e.store;
        if let [x] = xs {
            return self.negative(d, x.term);
        }
        let Some(parts) = xs.iter().map(|x| self.signed(*x)).collect::<Option<Vec<Kind>>>() else { return false };
        let pick = |k: Kind| -> Vec<Summand> { xs.iter().zip(&parts).filter(|(_, p)| **p == k).map(|(x, _)| *x).collect() };
        let (finite, above, below) = (pick(Kind::Finite), pick(Kind::Above), pick(Kind::Below));
        let reason = Some(self.because(s.sum(xs))).filter(|t| !t.is_empty());
        match (finite.is_empty(), above.is_empty(), below.is_empty()) {
            (_, false, false) => false,
            (false, true, true) => self.two(d, &finite, "sum", reason),
            (true, false, true) => self.two(d, &above, "infinity_plus_infinity", reason),
            (true, true, false) => self.two(d, &below, "minus_both_infinities", reason),
            (false, _, down_empty) => {
                let infinite = if down_empty { above } else { below };
                let (u, v) = (s.sum(&finite), s.sum(&infinite));
                let (Some(l), Some(_)) = (self.part(u), self.part(v)) else { return false };
                let rule = if down_empty { "finite_plus_infinity" } else { "finite_minus_infinity" };
                let (u, v) = (self.under(u), self.under(v));
                self.by(d, rule, &[("u", u), ("v", v), ("l", l.raw)], reason)
            }
            (true, true, true) => false,
        }
    }
    /// The kind of a signed summand's limit; its lemma is proved with the sign.
    fn signed(&mut self, x: Summand) -> Option<Kind> {
        let t = if x.neg { self.e.store.neg(x.term) } else { x.term };
        let p = self.part(t)?;
        Some(self.kind(p.value))
    }
    /// The first summand and the others.
    fn two(&mut self, d: &mut Draft<'s>, xs: &[Summand], rule: &str, reason: Option<Text>) -> bool {
        let s = self.e.store;
        let Some((first, rest)) = xs.split_first() else { return false };
        let (u, v) = (s.sum(&[*first]), s.sum(rest));
        let (Some(l), Some(m)) = (self.part(u), self.part(v)) else { return false };
        let (u, v) = (self.under(u), self.under(v));
        self.by(d, rule, &[("u", u), ("v", v), ("l", l.raw), ("m", m.raw)], reason)
    }
    fn negative(&mut self, d: &mut Draft<'s>, t: Id) -> bool {
        let Some(p) = self.part(t) else { return false };
        let u = self.under(t);
        let reason = match self.e.store.node(t) {
            Node::Product(xs) => self.product_reason(&xs.clone()),
            _ => Some(self.because(t)).filter(|t| !t.is_empty()),
        };
        match self.kind(p.value) {
            Kind::Finite => self.by(d, "negative", &[("u", u), ("l", p.raw)], reason),
            Kind::Above => self.by(d, "minus_infinity", &[("u", u)], reason),
            Kind::Below => self.by(d, "plus_infinity", &[("u", u)], reason),
        }
    }

    /// Which factor vanishes, if the others stay bounded; else what the factors tend to.
    fn product_reason(&mut self, xs: &[Id]) -> Option<Text> {
        let s = self.e.store;
        let moving: Vec<(Id, Part)> = xs
            .iter()
            .filter(|x| self.moves(**x))
            .copied()
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(|x| Some((x, self.part(x)?)))
            .collect();
        let bounded = moving.iter().all(|(_, p)| self.kind(p.value) == Kind::Finite);
        match moving.iter().find(|(_, p)| self.is_zero(p.value)) {
            Some((z, _)) if bounded && moving.len() > 1 => {
                Some(Text::default().term(*z).and(" tends to ").term(s.int(0)).and(", the other factors stay bounded"))
            }
            _ => Some(self.because(s.product(xs))).filter(|t| !t.is_empty()),
        }
    }

    /// A product: finite parts together; an infinite one beside a finite one other than 0.
    pub(super) fn product(&mut self, d: &mut Draft<'s>, xs: &[Id]) -> bool {
        let s = self.e.store;
        let Some(parts) = xs.iter().map(|x| self.part(*x)).collect::<Option<Vec<Part>>>() else { return false };
        let (finite, infinite): (Vec<(Id, Part)>, Vec<(Id, Part)>) =
            xs.iter().copied().zip(parts.iter().copied()).partition(|(_, p)| self.kind(p.value) == Kind::Finite);
        let zero = finite.iter().any(|(_, p)| self.is_zero(p.value));
        let reason = self.product_reason(xs);
        let all = |ps: &[(Id, Part)]| s.product(&ps.iter().map(|p| p.0).collect::<Vec<_>>());
        if infinite.is_empty() {
            let Some((first, rest)) = finite.split_first() else { return false };
            let (u, v) = (first.0, all(rest));
            let (Some(l), Some(m)) = (self.part(u), self.part(v)) else { return false };
            let (u, v) = (self.under(u), self.under(v));
            return self.by(d, "product", &[("u", u), ("v", v), ("l", l.raw), ("m", m.raw)], reason);
        }
        if zero {
            return false;
        }
        if finite.is_empty() {
            let Some((first, rest)) = infinite.split_first() else { return false };
            let (u, v) = (first.0, all(rest));
            let (Some(l), Some(m)) = (self.part(u), self.part(v)) else { return false };
            let (mut a, mut b) = ((u, self.kind(l.value)), (v, self.kind(m.value)));
            if a.1 == Kind::Below && b.1 == Kind::Above {
                std::mem::swap(&mut a, &mut b);
            }
            let rule = match (a.1, b.1) {
                (Kind::Above, Kind::Above) => "infinity_times_infinity",
                (Kind::Above, Kind::Below) => "infinity_times_minus_infinity",
                _ => "minus_times_minus_infinity",
            };
            let (u, v) = (self.under(a.0), self.under(b.0));
            return self.by(d, rule, &[("u", u), ("v", v)], reason);
        }
        let (u, v) = (all(&finite), all(&infinite));
        let (Some(l), Some(m)) = (self.part(u), self.part(v)) else { return false };
        let Some(positive) = self.sign(l.value) else { return false };
        let rule = match (positive, self.kind(m.value)) {
            (true, Kind::Above) => "positive_times_infinity",
            (false, Kind::Above) => "negative_times_infinity",
            (true, _) => "positive_times_minus_infinity",
            (false, _) => "negative_times_minus_infinity",
        };
        let (u, v) = (self.under(u), self.under(v));
        self.by(d, rule, &[("u", u), ("v", v), ("l", l.raw)], reason)
    }

    /// A quotient with a finite numerator and any denominator but 0, or 0 from one side.
    pub(super) fn quotient(&mut self, d: &mut Draft<'s>, a: Id, b: Id) -> bool {
        let s = self.e.store;
        let (Some(pa), Some(pb)) = (self.part(a), self.part(b)) else { return false };
        let (ka, kb) = (self.kind(pa.value), self.kind(pb.value));
        let reason = || Some(self.because(s.quot(a, b))).filter(|t| !t.is_empty());
        let (u, v) = (self.under(a), self.under(b));
        match (ka, kb) {
            (Kind::Finite, Kind::Finite) if !self.is_zero(pb.value) => {
                self.by(d, "quotient", &[("u", u), ("v", v), ("l", pa.raw), ("m", pb.raw)], reason())
            }
            (Kind::Finite, Kind::Above) => self.by(d, "over_infinity", &[("u", u), ("v", v), ("l", pa.raw)], reason()),
            (Kind::Finite, Kind::Below) => self.by(d, "over_minus_infinity", &[("u", u), ("v", v), ("l", pa.raw)], reason()),
            (Kind::Finite, Kind::Finite) if self.is_zero(pa.value) => false,
            (_, Kind::Finite) if crate::tidy::is_one(s, a) => match self.sign_near(b) {
                Some(true) => self.by(d, "over_positive_zero", &[("u", v)], None),
                Some(false) => self.by(d, "over_negative_zero", &[("u", v)], None),
                None => false,
            },
            (_, Kind::Finite) => {
                let split = s.product(&[a, s.quot(s.int(1), b)]);
                self.rewrite_body(d, split, None, "fraction.reciprocal_product", Text::default(), Weight::Trivial) && self.go_on(d)
            }
            _ => false,
        }
    }

    /// A power with a whole exponent, or with a positive base.
    pub(super) fn power(&mut self, d: &mut Draft<'s>, a: Id, b: Id) -> bool {
        let s = self.e.store;
        if !self.moves(b) {
            if let Some(q) = self.number(b) {
                if q.is_negative() {
                    let below = if q == gradus_term::Rat::int(-1) { a } else { s.pow(a, s.rational(&q.neg())) };
                    return self.rewrite_body(
                        d,
                        s.quot(s.int(1), below),
                        None,
                        "power.negative",
                        Text::words("negative exponent"),
                        Weight::Small,
                    ) && self.go_on(d);
                }
            }
            let Some(p) = self.part(a) else { return false };
            let u = self.under(a);
            let whole = self.number(b).is_some_and(|q| q.is_integer());
            let reason = Some(self.because(a)).filter(|t| !t.is_empty());
            match self.kind(p.value) {
                Kind::Finite if whole => return self.by(d, "power", &[("u", u), ("n", b), ("l", p.raw)], reason),
                Kind::Above => return self.by(d, "power_above", &[("u", u), ("a", b)], reason),
                Kind::Below if whole => {
                    // u^n is ±(−u)^n.
                    let odd = self.number(b).and_then(|q| q.to_i64()).is_some_and(|n| n % 2 == 1);
                    let flipped = s.pow(s.neg(a), b);
                    let new = if odd { s.neg(flipped) } else { flipped };
                    return self.rewrite_body(d, new, None, "power.even_of_minus", Text::default(), Weight::Small) && self.go_on(d);
                }
                _ => {}
            }
        }
        let (Some(p), Some(q)) = (self.part(a), self.part(b)) else { return false };
        if self.kind(p.value) == Kind::Finite && self.kind(q.value) == Kind::Finite && self.sign(p.value) == Some(true) {
            let (u, v) = (self.under(a), self.under(b));
            return self.by(d, "positive_power", &[("u", u), ("v", v), ("l", p.raw), ("m", q.raw)], None);
        }
        false
    }
}
