//! Exponentials that decay at a point beside powers that grow there: `e^{−1/x²}/x` as `x · (1/x²) e^{−1/x²}`, where a power of the
//! exponent stands beside the exponential and what is left does not grow.

use super::{Kind, Limits};
use crate::draft::Draft;
use crate::tidy::{factors, tidy, unsign};
use gradus_kernel::{Text, Weight};
use gradus_term::{Id, LimitPoint, Node, Prim, Store};

impl<'s> Limits<'_, 's> {
    /// `e^{−c/y^m} y^{−k} r` as `r y^{mj−k}/c^j · (c/y^m)^j e^{−c/y^m}` with the least j for which `mj ≥ k`.
    pub(super) fn decaying(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s: &'s Store = self.e.store;
        if !matches!(self.at.point, LimitPoint::At(_)) {
            return false;
        }
        let (neg, core) = unsign(s, body);
        let mut powers = Vec::new();
        if powers_in(s, core, 1, &mut powers).is_none() {
            return false;
        }
        let exponent = |t: Id| match s.node(t) {
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Exp) => xs.first().copied().filter(|u| self.moves(*u)),
            _ => None,
        };
        let Some((at, v)) = powers.iter().enumerate().find_map(|(i, (b, k))| Some((i, exponent(*b).filter(|_| *k == 1)?))) else {
            return false;
        };
        let (exponential, _) = powers.remove(at);
        // The exponent goes to −∞ like −c/y^m.
        let (true, w) = unsign(s, v) else { return false };
        let Node::Quot(c, below) = *s.node(w) else { return false };
        let (base, m) = match *s.node(below) {
            Node::Pow(b, k) => match s.as_rational(k).and_then(|q| q.to_i64()) {
                Some(k) if k > 0 => (b, k),
                _ => return false,
            },
            _ => (below, 1),
        };
        if self.moves(c) || !self.part(w).is_some_and(|p| self.kind(p.value) == Kind::Above) {
            return false;
        }
        let Some(k) = powers.iter().find(|(b, k)| s.same(*b, base) && *k < 0).map(|(_, k)| -k) else { return false };
        powers.retain(|(b, _)| !s.same(*b, base));
        let j = (k + m - 1) / m;
        let power = |b: Id, k: i64| if k == 1 { b } else { s.pow(b, s.int(k)) };
        let (mut above, mut under): (Vec<Id>, Vec<Id>) = (Vec::new(), Vec::new());
        for (b, k) in powers.into_iter().chain([(base, m * j - k), (c, -j)]) {
            let one = crate::tidy::is_one(s, b) || k == 0;
            match k > 0 {
                _ if one => {}
                true => above.push(power(b, k)),
                false => under.push(power(b, -k)),
            }
        }
        let front = if under.is_empty() { s.product(&above) } else { s.quot(s.product(&above), s.product(&under)) };
        let standard = s.product(&[power(w, j), exponential]);
        let front = tidy(s, if neg { s.neg(front) } else { front });
        let new = if crate::tidy::is_one(s, front) { standard } else { s.product(&[front, standard]) };
        let reason = Text::words("with ").term(power(w, j));
        self.rewrite_body(d, new, None, "fraction.multiply_whole", reason, Weight::Main) && self.go_on(d)
    }
}

/// The factors of a product of fractions with their whole exponents; `None` where an exponent is no number.
fn powers_in(s: &Store, t: Id, side: i64, out: &mut Vec<(Id, i64)>) -> Option<()> {
    for f in factors(s, t) {
        match *s.node(f) {
            Node::Quot(a, b) => {
                powers_in(s, a, side, out)?;
                powers_in(s, b, -side, out)?;
            }
            Node::Pow(b, k) => out.push((b, side * s.as_rational(k)?.to_i64()?)),
            _ => out.push((f, side)),
        }
    }
    Some(())
}
