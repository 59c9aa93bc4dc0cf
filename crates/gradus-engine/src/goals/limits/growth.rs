//! How fast terms grow towards infinity: exponentials of polynomials before powers before logarithms. Used only to choose
//! which term to divide by.

use super::{Kind, Limits};
use crate::tidy::{factors, unsign};
use gradus_term::{Id, LimitPoint, Node, Prim, Rat};
use std::cmp::Ordering;

/// `e^{p(x)} x^a log(x)^b`: the coefficients of `p` by degree, then `a`, then `b`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Growth {
    exponent: Vec<(Rat, Rat)>,
    power: Rat,
    log: Rat,
}

impl Growth {
    fn none() -> Self {
        Growth { exponent: Vec::new(), power: Rat::zero(), log: Rat::zero() }
    }
    fn times(mut self, o: &Growth, k: &Rat) -> Growth {
        for (deg, c) in &o.exponent {
            let c = c.mul(k);
            match self.exponent.iter_mut().find(|x| x.0 == *deg) {
                Some(x) => x.1 = x.1.add(&c),
                None => self.exponent.push((deg.clone(), c)),
            }
        }
        self.exponent.retain(|x| !x.1.is_zero());
        self.exponent.sort_by(|x, y| y.0.cmp(&x.0));
        self.power = self.power.add(&o.power.mul(k));
        self.log = self.log.add(&o.log.mul(k));
        self
    }
    /// Whether one outgrows the other.
    pub fn compare(&self, o: &Growth) -> Ordering {
        let d = self.clone().times(o, &Rat::int(-1));
        let zero = Rat::zero();
        match d.exponent.first() {
            Some((_, c)) => c.cmp(&zero),
            None => d.power.cmp(&zero).then(d.log.cmp(&zero)),
        }
    }
}

/// The logarithm of a positive number, to six digits.
fn logarithm(q: &Rat) -> Option<Rat> {
    const DIGITS: i64 = 1_000_000;
    let (above, below) = (Rat::from(q.numer()).to_i64()?, Rat::from(q.denom()).to_i64()?);
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "only the order of growth is read from it")]
    let rounded = (((above as f64).ln() - (below as f64).ln()) * DIGITS as f64).round() as i64;
    q.is_positive().then(|| Rat::new(rounded, DIGITS))?
}

impl<'s> Limits<'_, 's> {
    /// The growth of a product of exponentials, powers and logarithms of the moving name, as it goes to ±∞.
    pub(super) fn growth(&self, t: Id) -> Option<Growth> {
        let s = self.e.store;
        let core = unsign(s, t).1;
        if !self.moves(core) {
            return Some(Growth::none());
        }
        match s.node(core) {
            Node::Var(v) if *v == self.at.var => Some(Growth { power: Rat::one(), ..Growth::none() }),
            Node::Product(_) => factors(s, core).into_iter().try_fold(Growth::none(), |a, f| Some(a.times(&self.growth(f)?, &Rat::one()))),
            Node::Quot(a, b) => Some(self.growth(*a)?.times(&self.growth(*b)?, &Rat::int(-1))),
            Node::Pow(a, u) if self.moves(*u) => {
                let log = logarithm(&self.number(*a)?)?;
                Some(Growth { exponent: self.polynomial(*u)?.into_iter().map(|(k, c)| (k, c.mul(&log))).collect(), ..Growth::none() })
            }
            Node::Pow(a, k) => Some(Growth::none().times(&self.growth(*a)?, &s.as_rational(*k)?)),
            Node::Sum(xs) => {
                let all: Vec<Growth> = xs.iter().map(|x| self.growth(x.term)).collect::<Option<_>>()?;
                all.into_iter().reduce(|a, b| if b.compare(&a) == Ordering::Greater { b } else { a })
            }
            Node::Call(f, xs) => match (s.prim(*f)?, xs.first()) {
                (Prim::Exp, Some(u)) => Some(Growth { exponent: self.polynomial(*u)?, ..Growth::none() }),
                (Prim::Sqrt, Some(u)) => Some(Growth::none().times(&self.growth(*u)?, &Rat::new(1, 2)?)),
                (Prim::Log, Some(u)) => {
                    let g = self.growth(*u)?;
                    (g.exponent.is_empty() && g.power.is_positive()).then(|| Growth { log: Rat::one(), ..Growth::none() })
                }
                // What is bounded is outgrown by whatever grows.
                (Prim::Sin | Prim::Cos | Prim::Atan | Prim::Erf | Prim::Sign, Some(_)) => Some(Growth::none()),
                _ => None,
            },
            _ => None,
        }
    }
    /// The powers of a polynomial in the moving name with their coefficients, signs as at +∞; constants dropped.
    fn polynomial(&self, t: Id) -> Option<Vec<(Rat, Rat)>> {
        let s = self.e.store;
        let negative = self.at.point == LimitPoint::NegInf;
        let expanded = self.facts_near().expand(t).unwrap_or(t);
        let mut out: Vec<(Rat, Rat)> = Vec::new();
        for x in crate::tidy::summands(s, expanded) {
            if !self.moves(x.term) {
                continue;
            }
            let m = crate::goals::monomial::Monomial::read(s, x.term)?;
            let [(base, k)] = m.powers.as_slice() else { return None };
            if !matches!(s.node(*base), Node::Var(v) if *v == self.at.var) {
                return None;
            }
            let mut c = if x.neg { m.coef.neg() } else { m.coef.clone() };
            if negative && k % 2 == 1 {
                c = c.neg();
            }
            out.push((Rat::int(*k), c));
        }
        out.sort_by(|x, y| y.0.cmp(&x.0));
        Some(out)
    }
    /// The summand that outgrows all others; of equals the shortest.
    pub(super) fn dominant(&mut self, t: Id) -> Option<Id> {
        match self.at.point {
            LimitPoint::At(_) => self.largest_exponent(t),
            _ => self.outgrowing(t).or_else(|| self.largest_exponent(t)),
        }
    }
    /// Of a sum of exponentials and constants the summand whose exponent goes to +∞ beside every other one.
    fn largest_exponent(&mut self, t: Id) -> Option<Id> {
        let s: &'s gradus_term::Store = self.e.store;
        let exponent = |x: Id| -> Option<Id> {
            let exps: Vec<Id> = factors(s, x)
                .into_iter()
                .filter_map(|f| match s.node(f) {
                    Node::Call(g, us) if s.prim(*g) == Some(Prim::Exp) => us.first().copied(),
                    _ => None,
                })
                .collect();
            match exps.as_slice() {
                [] => Some(s.int(0)),
                [u] => Some(*u),
                _ => None,
            }
        };
        let xs = crate::tidy::summands(s, t);
        let us: Vec<Id> = xs.iter().map(|x| exponent(x.term)).collect::<Option<_>>()?;
        (0..xs.len()).find_map(|k| {
            let u = *us.get(k)?;
            let above = us.iter().enumerate().filter(|(j, _)| *j != k).all(|(_, v)| {
                let difference = s.sub(u, *v);
                let shorter = self.facts_near().together(difference).map_or(difference, |d| crate::tidy::tidy(s, d));
                self.part(shorter).is_some_and(|p| self.kind(p.value) == Kind::Above)
            });
            (above && xs.len() > 1).then(|| xs.get(k).map(|x| x.term))?
        })
    }
    fn outgrowing(&self, t: Id) -> Option<Id> {
        let s = self.e.store;
        let xs = crate::tidy::summands(s, t);
        let mut best: Option<(Id, Growth)> = None;
        for x in xs {
            let g = self.growth(x.term)?;
            match &best {
                Some((t, b)) => match g.compare(b) {
                    Ordering::Greater => best = Some((x.term, g)),
                    Ordering::Equal if crate::cost::cost(s, x.term) < crate::cost::cost(s, *t) => best = Some((x.term, g)),
                    _ => {}
                },
                None => best = Some((x.term, g)),
            }
        }
        best.map(|b| b.0)
    }
}
