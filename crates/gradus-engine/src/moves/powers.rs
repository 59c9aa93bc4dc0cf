//! Powers and exponentials, by the rules of the rulebook.

use super::Back;
use crate::cost::cost;
use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, is_zero, summands, tidy};
use crate::Engine;
use gradus_kernel::{rearranged, Text, Weight};
use gradus_term::{Id, Node, Position, Store, Summand};

/// Powers of products, fractions, powers and exponentials.
const POWERS: &[&str] =
    &["exp.power", "fraction.power", "power.of_product", "power.power_whole", "power.power", "root.square", "root.twice", "abs.square"];

impl<'s> Engine<'s> {
    /// Powers of products, fractions and powers taken apart.
    pub(crate) fn open_powers(&self, d: &mut Draft<'s>) -> Option<Back> {
        self.rules_everywhere(d, POWERS, Weight::Main)
    }
    /// `e^u e^v` as `e^{u + v}`, in products that are not under a sum over an index that only one of them mentions.
    pub(crate) fn join_exponentials(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let start = d.len();
        for _ in 0..16 {
            let hit = everywhere(s, d.current(), &|n| matches!(n, Node::Product(_) | Node::Quot(..))).into_iter().any(|path| {
                let pos = Position::at(&path);
                let Ok(f) = d.proof.focus(&pos) else { return false };
                let Some(new) = self.joined(f.part) else { return false };
                !rearranged(s, new, f.part) && d.recompute(&pos, &f, new, "exp.sum", Text::words("add the exponents"), Weight::Main).is_ok()
            });
            if !hit {
                break;
            }
        }
        (d.len() > start).then(|| Text::words("exponential of a sum"))
    }
    /// `t (t/l)^(k − 1)/l` as `(t/l)^k`: the factors of a fraction that its powers take up; and `K a K^(a − 1)` as `a K^a`.
    pub(crate) fn join_powers(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let symbolic = |x: Id| matches!(*s.node(x), Node::Pow(_, e) if s.as_rational(e).is_none());
        let product = |n: &Node| match n {
            Node::Quot(a, b) => {
                factors(s, *a).into_iter().chain(factors(s, *b)).any(|x| power(s, x).is_some_and(|p| s.as_rational(p.1).is_none()))
            }
            Node::Product(xs) => xs.iter().any(|x| symbolic(*x)),
            _ => false,
        };
        let start = d.len();
        for _ in 0..16 {
            let hit = everywhere(s, d.current(), &product).into_iter().any(|path| {
                let pos = Position::at(&path);
                let Ok(f) = d.proof.focus(&pos) else { return false };
                let Some(new) = of_one_base(s, f.part) else { return false };
                d.recompute(&pos, &f, new, "power.product", Text::words("add the exponents"), Weight::Main).is_ok()
            });
            if !hit {
                break;
            }
        }
        if d.len() > start {
            return true;
        }
        let powers = |n: &Node| matches!(n, Node::Quot(a, _) if factors(s, *a).into_iter().any(|x| power_of_fraction(s, x).is_some()));
        everywhere(s, d.current(), &powers).into_iter().any(|path| {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { return false };
            let Some(new) = taken_up(s, f.part) else { return false };
            d.recompute(&pos, &f, new, "powers.joined", Text::words("one power"), Weight::Main).is_ok()
        })
    }
    /// The exponentials among the factors of a product, or of a fraction of monomials, as one.
    fn joined(&self, t: Id) -> Option<Id> {
        let s = self.store;
        let (top, bottom) = match s.node(t) {
            Node::Quot(a, b) => (factors(s, *a), factors(s, *b)),
            _ => (factors(s, t), Vec::new()),
        };
        let is_exp = |x: &Id| self.exponent(*x).is_some();
        let count = top.iter().filter(|x| is_exp(x)).count() + bottom.iter().filter(|x| is_exp(x)).count();
        let alone = bottom.len() == 1 && bottom.iter().any(is_exp) && !top.iter().any(|x| matches!(s.node(*x), Node::Sum(_)));
        if count < 2 && !alone {
            return None;
        }
        let part = |xs: &[Id], neg: bool| -> Vec<Summand> {
            xs.iter().filter_map(|x| self.exponent(*x)).map(|u| Summand { neg, term: u }).collect()
        };
        let mut all = part(&top, false);
        all.extend(part(&bottom, true));
        let sum = s.sum(&all);
        // Like terms of the exponent are collected on the way.
        let u = gradus_decide::Facts::new(s, &[]).expand(sum).map_or_else(|| tidy(s, sum), |e| tidy(s, e));
        let mut above: Vec<Id> = top.into_iter().filter(|x| !is_exp(x) && !crate::tidy::is_one(s, *x)).collect();
        above.push(tidy(s, s.exp(u)));
        let below: Vec<Id> = bottom.into_iter().filter(|x| !is_exp(x)).collect();
        let a = tidy(s, s.product(&above));
        Some(if below.is_empty() { a } else { s.quot(a, s.product(&below)) })
    }
}

/// A power as base and exponent, `(b^e)^n` as `b^(n e)`.
fn power(s: &Store, t: Id) -> Option<(Id, Id)> {
    let Node::Pow(base, e) = *s.node(t) else { return None };
    match *s.node(base) {
        Node::Pow(b, inner) if s.as_rational(e).is_some_and(|q| q.is_integer()) => Some((b, tidy(s, s.mul(e, inner)))),
        _ => Some((base, e)),
    }
}

/// The powers of one base with a symbolic exponent, in a product or above and below, as one power, where that is not longer than the
/// longest of them.
fn of_one_base(s: &Store, t: Id) -> Option<Id> {
    let (top, bottom) = match s.node(t) {
        Node::Quot(a, b) => (factors(s, *a), factors(s, *b)),
        _ => (factors(s, t), Vec::new()),
    };
    let parts = |x: Id| power(s, x).unwrap_or((x, s.int(1)));
    let all: Vec<(Id, bool)> = top.iter().map(|x| (*x, false)).chain(bottom.iter().map(|x| (*x, true))).collect();
    let symbolic = all.iter().map(|x| parts(x.0)).filter(|p| s.as_rational(p.1).is_none() && s.sort(p.0).is_scalar());
    for (base, _) in symbolic {
        let own: Vec<(Id, bool)> = all.iter().copied().filter(|x| s.same(parts(x.0).0, base)).collect();
        // A sum is joined where something of it cancels.
        let sum = matches!(s.node(base), Node::Sum(_)) && !own.iter().any(|x| x.1);
        if own.len() < 2 || sum {
            continue;
        }
        let exponents: Vec<Summand> = own.iter().map(|x| Summand { neg: x.1, term: parts(x.0).1 }).collect();
        let longest = exponents.iter().map(|x| cost(s, x.term)).max()?;
        let sum = s.sum(&exponents);
        let total = gradus_decide::Facts::new(s, &[]).expand(sum).map_or_else(|| tidy(s, sum), |x| tidy(s, x));
        if cost(s, total) > longest + 1 {
            continue;
        }
        let turned: Vec<Summand> = summands(s, total).into_iter().map(|x| Summand { neg: !x.neg, term: x.term }).collect();
        let below = turned.iter().all(|x| !x.neg) && own.iter().any(|o| o.1);
        let one = tidy(s, s.pow(base, if below { s.sum(&turned) } else { total }));
        let one = if is_zero(s, total) { s.int(1) } else { one };
        let rest = |xs: &[Id]| xs.iter().copied().filter(|x| !own.iter().any(|o| o.0 == *x)).collect::<Vec<_>>();
        let last = top.iter().rposition(|x| own.iter().any(|o| o.0 == *x && !o.1)).unwrap_or(0);
        let at = top.iter().take(last).filter(|x| !own.iter().any(|o| o.0 == **x)).count();
        let (mut above, mut under) = (rest(&top), rest(&bottom));
        if below && !is_zero(s, total) {
            under.push(one);
        } else {
            above.insert(at.min(above.len()), one);
        }
        let above = tidy(s, s.product(&above));
        return Some(if under.is_empty() { above } else { tidy(s, s.quot(above, s.product(&under))) });
    }
    None
}

/// `(a/b)^e`, where e is no number.
fn power_of_fraction(s: &Store, t: Id) -> Option<(Id, Id, Id)> {
    let Node::Pow(base, e) = *s.node(t) else { return None };
    let Node::Quot(a, b) = *s.node(base) else { return None };
    s.as_rational(e).is_none().then_some((a, b, e))
}

/// A fraction with `a (a/b)^e` above and a power of b below.
fn taken_up(s: &Store, t: Id) -> Option<Id> {
    let Node::Quot(top, bottom) = *s.node(t) else { return None };
    let (mut top, mut bottom) = (factors(s, top), factors(s, bottom));
    let (at, (a, b, e)) = top.iter().enumerate().find_map(|(k, x)| Some((k, power_of_fraction(s, *x)?)))?;
    let power = top.remove(at);
    let above = top.iter().position(|x| s.same(*x, a))?;
    top.remove(above);
    let below = bottom
        .iter()
        .position(|x| s.same(*x, b) || matches!(s.node(*x), Node::Pow(c, q) if s.same(*c, b) && s.as_rational(*q).is_some()))?;
    let left = match *s.node(*bottom.get(below)?) {
        Node::Pow(c, q) if s.same(c, b) => tidy(s, s.pow(c, s.sub(q, s.int(1)))),
        _ => s.int(1),
    };
    *bottom.get_mut(below)? = left;
    let Node::Pow(base, _) = *s.node(power) else { return None };
    let exponent = s.add(e, s.int(1));
    let exponent = gradus_decide::Facts::new(s, &[]).expand(exponent).map_or(exponent, |x| tidy(s, x));
    top.push(s.pow(base, exponent));
    Some(tidy(s, s.quot(s.product(&top), s.product(&bottom))))
}
