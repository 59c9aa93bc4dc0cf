//! Circular and hyperbolic functions in the sine and the cosine alone, as one fraction in which `sin² + cos² = 1`
//! (`cosh² − sinh² = 1`) has been used above and below. Candidates only: the readability table chooses, the kernel checks.

use super::*;
use gradus_decide::Facts;
use gradus_term::{Arg, Store, Summand, Sym};

/// Sine and cosine of one argument as two unknowns.
struct Pair {
    /// The hyperbolic sine and cosine, if it is of these.
    hyperbolic: Option<(FnId, FnId)>,
    argument: Id,
    sine: VarId,
    cosine: VarId,
}

/// The parts of a pair by the names of functions: powers of the sine and of the cosine.
const CIRCULAR: [(&str, i64, i64); 6] = [("sin", 1, 0), ("cos", 0, 1), ("tan", 1, -1), ("cot", -1, 1), ("sec", 0, -1), ("csc", -1, 0)];
const HYPERBOLIC: [(&str, i64, i64); 6] =
    [("sinh", 1, 0), ("cosh", 0, 1), ("tanh", 1, -1), ("coth", -1, 1), ("sech", 0, -1), ("csch", -1, 0)];

/// A fraction in the sine and the cosine.
pub(crate) struct Circular {
    /// The term in these two functions alone.
    pub plain: Id,
    /// The forms it has by `sin² + cos² = 1`.
    pub forms: Vec<Id>,
    /// The words for these two functions, and for using what their squares add up to.
    pub words: (&'static str, &'static str),
}

/// `t` as one fraction in the sine and the cosine, and the forms that has by `sin² + cos² = 1`. Nothing unless functions of one
/// argument stand in `t` more than once and one of them in a fraction.
pub(crate) fn circular(e: &Engine<'_>, facts: &Facts<'_>, t: Id) -> Option<Circular> {
    let s = facts.store();
    if !s.any_subterm(t, &mut |n| matches!(n, Node::Quot(_, b) if s.any_subterm(*b, &mut |n| matches!(n, Node::Call(..))))) {
        return None;
    }
    let hyperbolic = e.rules.function("sinh").zip(e.rules.function("cosh"))?;
    let mut count = 0;
    let mut pair = None;
    let mapped = unknowns(s, t, hyperbolic, &mut pair, &mut count)?;
    let pair = pair.filter(|_| count > 1)?;
    let whole = facts.together(mapped).map_or(mapped, |x| tidy(s, x));
    let (neg, core) = crate::tidy::unsign(s, whole);
    let (above, below) = match s.node(core) {
        Node::Quot(a, b) => (*a, *b),
        _ => (core, s.int(1)),
    };
    // No fractions of numbers above the line.
    let (above, below) = match lcm_of_denominators(s, above) {
        Some(k) if k > 1 => (facts.expand(s.mul(s.int(k), above))?, tidy(s, s.mul(s.int(k), below))),
        _ => (above, below),
    };
    let whole = tidy(s, if neg { s.neg(s.quot(above, below)) } else { s.quot(above, below) });
    let back = |x: Id| tidy(s, pair.back(s, x));
    let mut out = Vec::new();
    for a in pair.reduced(facts, above) {
        for b in pair.reduced(facts, below) {
            let q = s.quot(a, b);
            let q = facts.together(q).unwrap_or(q);
            let q = facts.factor(q).unwrap_or(q);
            let q = tidy(s, if neg { s.neg(q) } else { q });
            out.extend([back(q), back(pair.doubled(facts, q))]);
        }
    }
    out.dedup();
    let words = match pair.hyperbolic {
        Some(_) => ("in terms of sinh and cosh", "cosh and sinh"),
        None => ("in terms of sine and cosine", "sine and cosine"),
    };
    Some(Circular { plain: back(whole), forms: out, words })
}

/// The term with two unknowns for the sine and the cosine; `None` if there are two arguments.
fn unknowns(s: &Store, t: Id, functions: (FnId, FnId), pair: &mut Option<Pair>, count: &mut usize) -> Option<Id> {
    let node = s.node(t);
    if let Node::Call(f, xs) = node {
        let name = s.fun(*f).name.as_str();
        let found = [(&CIRCULAR, false), (&HYPERBOLIC, true)].into_iter().find_map(|(table, h)| {
            table.iter().find(|(n, _, _)| *n == name && (s.fun(*f).library || s.prim(*f).is_some())).map(|r| (r, h))
        });
        if let (Some(((_, p, q), hyperbolic)), [u]) = (found, xs.as_ref()) {
            if s.loose(*u) > 0 || !s.sort(*u).is_scalar() {
                return None;
            }
            let known = pair.get_or_insert_with(|| Pair {
                hyperbolic: hyperbolic.then_some(functions),
                argument: *u,
                sine: s.fresh(Sym::NONE, Sort::Scalar, false),
                cosine: s.fresh(Sym::NONE, Sort::Scalar, false),
            });
            if known.hyperbolic.is_some() != hyperbolic || !s.same(known.argument, *u) {
                return None;
            }
            *count += 1;
            let power = |v: VarId, k: i64| if k.abs() == 1 { s.name(v) } else { s.int(1) };
            let (above, below) = (
                s.mul(power(known.sine, (*p).max(0)), power(known.cosine, (*q).max(0))),
                s.mul(power(known.sine, (*p).min(0)), power(known.cosine, (*q).min(0))),
            );
            return Some(tidy(s, s.quot(above, below)));
        }
    }
    if matches!(node, Node::Diff { .. } | Node::Limit { .. } | Node::Big { .. } | Node::Tensor { .. }) {
        return None;
    }
    let mut whole = true;
    let n = node.map_children(&mut |c, _| match unknowns(s, c, functions, pair, count) {
        Some(x) => x,
        None => {
            whole = false;
            c
        }
    });
    whole.then(|| s.intern(n))
}

impl Pair {
    /// The functions in place of the unknowns.
    fn back(&self, s: &Store, t: Id) -> Id {
        let (sine, cosine) = self.functions(s, self.argument);
        s.subst(t, &[(self.sine, Arg::Val(sine)), (self.cosine, Arg::Val(cosine))].into_iter().collect())
    }
    fn functions(&self, s: &Store, u: Id) -> (Id, Id) {
        match self.hyperbolic {
            Some((sinh, cosh)) => (s.call(sinh, &[u]), s.call(cosh, &[u])),
            None => (s.prim_call(Prim::Sin, &[u]), s.prim_call(Prim::Cos, &[u])),
        }
    }
    /// A polynomial as it stands, with even powers of the sine in terms of the cosine, and the other way round.
    fn reduced(&self, facts: &Facts<'_>, t: Id) -> Vec<Id> {
        let s = facts.store();
        let one = |neg: bool, v: VarId, first: bool| {
            let square = Summand { neg, term: s.pow(s.name(v), s.int(2)) };
            let one = Summand { neg: first, term: s.int(1) };
            if first {
                s.sum(&[square, one])
            } else {
                s.sum(&[one, square])
            }
        };
        // sin² = 1 − cos², cos² = 1 − sin²; sinh² = cosh² − 1, cosh² = 1 + sinh².
        let rules = [
            (self.sine, if self.hyperbolic.is_some() { one(false, self.cosine, true) } else { one(true, self.cosine, false) }),
            (self.cosine, one(self.hyperbolic.is_none(), self.sine, false)),
        ];
        let mut out = vec![t];
        for (v, square) in rules {
            let lowered = facts.expand(t).map(|t| lowered(s, t, v, square)).and_then(|t| facts.expand(t));
            if let Some(t) = lowered.map(|t| tidy(s, t)).filter(|x| !out.contains(x)) {
                out.push(t);
            }
        }
        out
    }
    /// `cosh² + sinh²` and `cos² − sin²` of half an argument as the cosine of the whole.
    fn doubled(&self, facts: &Facts<'_>, t: Id) -> Id {
        let s = facts.store();
        let twice = tidy(s, s.mul(s.int(2), self.argument));
        if crate::cost(s, twice) >= crate::cost(s, self.argument) {
            return t;
        }
        let square = |v: VarId| s.pow(s.name(v), s.int(2));
        let sum = s
            .sum(&[Summand { neg: false, term: square(self.cosine) }, Summand { neg: self.hyperbolic.is_none(), term: square(self.sine) }]);
        let (_, whole) = self.functions(s, twice);
        replaced(s, t, &|x| gradus_kernel::rearranged(s, x, sum).then_some(whole))
    }
}

/// The least number whose multiple of the sum has no fractions of numbers.
pub(crate) fn lcm_of_denominators(s: &Store, t: Id) -> Option<i64> {
    crate::tidy::summands(s, t).iter().try_fold(1i64, |k, x| {
        let (number, _) = factor_map(s, x.term);
        Rat::int(k).lcm(&Rat::from(number.denom())).to_i64()
    })
}
/// A polynomial, multiplied out, with the square of `v` in place of its powers.
fn lowered(s: &Store, t: Id, v: VarId, square: Id) -> Id {
    replaced(s, t, &|x| match s.node(x) {
        Node::Pow(b, k) if matches!(s.node(*b), Node::Var(w) if *w == v) => {
            let k = s.as_rational(*k)?.to_i64().filter(|k| (2..=12).contains(k))?;
            let half = s.pow(square, s.int(k / 2));
            Some(if k % 2 == 1 { s.mul(*b, half) } else { half })
        }
        _ => None,
    })
}
fn replaced(s: &Store, t: Id, by: &dyn Fn(Id) -> Option<Id>) -> Id {
    by(t).unwrap_or_else(|| s.intern(s.node(t).map_children(&mut |c, _| replaced(s, c, by))))
}
