//! Plain evaluation in floating point, where a term has a value, at points that hit kinks, jumps and boundaries.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]

use gradus_term::{Aff, BigOp, IVar, Id, Node, Prim, Rat, RelOp, Store, VarId};
use std::collections::BTreeMap;

/// SplitMix64.
pub struct Rng(pub u64);
impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    pub fn pick<T: Clone>(&mut self, xs: &[T]) -> T {
        xs[self.below(xs.len())].clone()
    }
}

// ---- evaluation

/// What counts as 0.
pub const NEAR: f64 = 1e-9;

/// Values of the names; entries of a tensor by place.
#[derive(Clone, Debug, Default)]
pub struct Point {
    pub reals: BTreeMap<VarId, f64>,
    pub ints: BTreeMap<VarId, i64>,
    pub entries: BTreeMap<VarId, Vec<f64>>,
    /// Set where rounding may have decided.
    pub unclear: std::cell::Cell<bool>,
}

impl Point {
    fn aff(&self, a: &Aff, stack: &[i64]) -> i64 {
        let one = |v: &IVar| match v {
            IVar::Free(v) => self.ints[v],
            IVar::Bound(b) => stack[stack.len() - 1 - *b as usize],
        };
        a.c + a.t.iter().map(|(v, k)| k * one(v)).sum::<i64>()
    }
    /// The value; `None` where there is none.
    pub fn eval(&self, s: &Store, t: Id, stack: &mut Vec<i64>) -> Option<f64> {
        let x = match s.node(t) {
            Node::Num(_) => ratio(&s.as_rational(t)?)?,
            Node::Index(a) => self.aff(a, stack) as f64,
            Node::Var(v) => *self.reals.get(v)?,
            Node::Sum(xs) => {
                let mut r = 0.0;
                for x in xs {
                    let y = self.eval(s, x.term, stack)?;
                    r += if x.neg { -y } else { y };
                }
                r
            }
            Node::Product(xs) => {
                // A false guard beside a factor shields it.
                for x in xs {
                    if let Node::Iverson(c) = s.node(*x) {
                        if !self.cond(s, *c, stack)? {
                            return Some(0.0);
                        }
                    }
                }
                let mut r = 1.0;
                for x in xs {
                    r *= self.eval(s, *x, stack)?;
                }
                r
            }
            Node::Quot(a, b) => {
                let (a, b) = (self.eval(s, *a, stack)?, self.eval(s, *b, stack)?);
                if self.is_zero(b) {
                    return None;
                }
                a / b
            }
            Node::Pow(a, b) => {
                let (a, b) = (self.eval(s, *a, stack)?, self.eval(s, *b, stack)?);
                match (b.fract() == 0.0, self.is_zero(a)) {
                    (true, true) if b < 0.0 => return None,
                    (true, _) => a.powi(b as i32),
                    (false, zero) if a < 0.0 || zero && b < 0.0 => return None,
                    (false, _) => a.powf(b),
                }
            }
            Node::Call(f, xs) => match s.prim(*f) {
                Some(p) => self.prim(s, p, xs, stack)?,
                None => self.eval(s, s.unfold(*f, xs)?, stack)?,
            },
            Node::Big { op, lo, hi, cond, body, .. } => {
                let (lo, hi) = (self.aff(lo, stack), self.aff(hi, stack));
                let mut values = Vec::new();
                for k in lo..=hi {
                    stack.push(k);
                    let v = match cond.map_or(Some(true), |c| self.cond(s, c, stack)) {
                        Some(true) => self.eval(s, *body, stack).map(Some),
                        Some(false) => Some(None),
                        None => None,
                    };
                    stack.pop();
                    values.extend(v?);
                }
                match op {
                    BigOp::Sum => values.iter().sum(),
                    BigOp::Prod => values.iter().product(),
                    BigOp::Max => values.into_iter().reduce(f64::max)?,
                    BigOp::Min => values.into_iter().reduce(f64::min)?,
                }
            }
            Node::Iverson(c) => f64::from(u8::from(self.cond(s, *c, stack)?)),
            Node::Cases(bs, o) => {
                for (c, v) in bs {
                    if self.cond(s, *c, stack)? {
                        return self.eval(s, *v, stack);
                    }
                }
                return self.eval(s, (*o)?, stack);
            }
            Node::Entry(t, ix) => {
                let Node::Var(v) = s.node(*t) else { panic!("an entry of a term") };
                let k = self.aff(&ix[0], stack);
                let own = &self.entries[v];
                match usize::try_from(k - 1).ok().and_then(|k| own.get(k)) {
                    Some(x) => *x,
                    None if s.var(*v).props.zero_outside => 0.0,
                    None => return None,
                }
            }
            n => panic!("not evaluated: {n:?}"),
        };
        x.is_finite().then_some(x)
    }
    /// Whether a value is 0; what is nearly 0 is unclear.
    pub fn is_zero(&self, x: f64) -> bool {
        if x != 0.0 && x.abs() < NEAR {
            self.unclear.set(true);
        }
        x == 0.0
    }
    fn prim(&self, s: &Store, p: Prim, xs: &[Id], stack: &mut Vec<i64>) -> Option<f64> {
        if p == Prim::Pi {
            return Some(std::f64::consts::PI);
        }
        let x = self.eval(s, xs[0], stack)?;
        Some(match p {
            Prim::Exp => {
                // Beside 1, what is left of it is lost.
                if x.abs() > 20.0 {
                    self.unclear.set(true);
                }
                x.exp()
            }
            Prim::Log if !self.is_zero(x) && x > 0.0 => x.ln(),
            Prim::Sqrt if self.is_zero(x) || x > 0.0 => x.max(0.0).sqrt(),
            Prim::Abs => x.abs(),
            Prim::Sign if self.is_zero(x) => 0.0,
            Prim::Sign => x.signum(),
            Prim::Sin => x.sin(),
            Prim::Cos => x.cos(),
            Prim::Atan => x.atan(),
            Prim::Asin if self.is_zero(x.abs() - 1.0) || x.abs() < 1.0 => x.clamp(-1.0, 1.0).asin(),
            Prim::Acos if self.is_zero(x.abs() - 1.0) || x.abs() < 1.0 => x.clamp(-1.0, 1.0).acos(),
            Prim::Floor => {
                self.is_zero(x - x.round());
                x.floor()
            }
            // Any positive function will do for what is only known to be one where its argument is positive.
            Prim::Gamma if !self.is_zero(x) && x > 0.0 => (3.0 * x).sin().exp(),
            Prim::Digamma if !self.is_zero(x) && x > 0.0 => (2.0 * x).cos(),
            Prim::Factorial if x > -NEAR && x < 15.0 => (1..=x.round() as u64).product::<u64>() as f64,
            Prim::Asin | Prim::Acos | Prim::Gamma | Prim::Digamma | Prim::Factorial => return None,
            Prim::Max => x.max(self.eval(s, xs[1], stack)?),
            Prim::Min => x.min(self.eval(s, xs[1], stack)?),
            Prim::Log | Prim::Sqrt => return None,
            p => panic!("not evaluated: {p:?}"),
        })
    }
    pub fn cond(&self, s: &Store, c: Id, stack: &mut Vec<i64>) -> Option<bool> {
        Some(match s.node(c) {
            Node::Rel(op, a, b) => {
                let (a, b) = (self.eval(s, *a, stack)?, self.eval(s, *b, stack)?);
                let d = if self.is_zero((a - b) / (1.0 + a.abs())) { 0.0 } else { a - b };
                match op {
                    RelOp::Eq => d == 0.0,
                    RelOp::Ne => d != 0.0,
                    RelOp::Lt => d < 0.0,
                    RelOp::Le => d <= 0.0,
                    RelOp::Gt => d > 0.0,
                    RelOp::Ge => d >= 0.0,
                }
            }
            Node::And(xs) => {
                let all: Option<Vec<bool>> = xs.iter().map(|x| self.cond(s, *x, stack)).collect();
                all?.iter().all(|b| *b)
            }
            Node::Or(xs) => {
                let all: Option<Vec<bool>> = xs.iter().map(|x| self.cond(s, *x, stack)).collect();
                all?.iter().any(|b| *b)
            }
            Node::Not(x) => !self.cond(s, *x, stack)?,
            n => panic!("no condition: {n:?}"),
        })
    }
}
fn ratio(q: &Rat) -> Option<f64> {
    Some(Rat::from(q.numer()).to_i64()? as f64 / Rat::from(q.denom()).to_i64()? as f64)
}
