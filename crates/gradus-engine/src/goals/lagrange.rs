//! Differences of sums whose sign shows termwise: `Σ x² Σ y² − (Σ x y)²` as half the double sum of the squares `(x_i y_j − x_j y_i)²`
//! (Lagrange's identity), and `b − Σ p_j z_j` with weights that add up to 1 as `Σ p_j (b − z_j)`. Only the form is found here; that it is
//! equal, and its sign, are checked where it is used.

use crate::tidy::{factors, is_one, summands, tidy};
use gradus_decide::{Equality, Facts};
use gradus_term::{Aff, BigOp, Id, Node, Prim, Rat, Store, Summand, VarId};

/// A sum over one range: its ends, and its term under a name for the index.
#[derive(Clone)]
struct Range {
    lo: Aff,
    hi: Aff,
    index: VarId,
    body: Id,
}

impl Range {
    fn of(s: &Store, t: Id) -> Option<Range> {
        let Node::Big { op: BigOp::Sum, lo, hi, cond: None, .. } = s.node(t) else { return None };
        let (vars, body) = s.open_child(t, 0)?;
        Some(Range { lo: lo.clone(), hi: hi.clone(), index: *vars.first()?, body })
    }
    /// The term at the index of another sum over the same range.
    fn at(&self, s: &Store, other: &Range) -> Option<Id> {
        (self.lo == other.lo && self.hi == other.hi).then(|| renamed(s, self.body, self.index, other.index))
    }
}

fn renamed(s: &Store, t: Id, from: VarId, to: VarId) -> Id {
    s.subst(t, &std::iter::once((from, gradus_term::Arg::Idx(Aff::free(to)))).collect())
}

/// Products of columns and norms as the sums they are.
fn in_sums(s: &Store, t: Id) -> Id {
    let sums = |t: Id| {
        let opened = match s.node(t) {
            Node::MatMul(_) => true,
            Node::Call(f, _) => matches!(s.prim(*f), Some(Prim::Dot | Prim::Norm | Prim::SumAll)),
            _ => false,
        };
        if opened && s.sort(t).is_scalar() && s.loose(t) == 0 {
            s.scalar_form(t).unwrap_or(t)
        } else {
            t
        }
    };
    tidy(s, s.bottom_up(t, false, &mut |t| sums(t)))
}

/// The square root of a square.
fn base(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        _ if is_one(s, t) => Some(t),
        Node::Pow(b, k) if s.as_rational(*k) == Some(Rat::int(2)) => Some(*b),
        _ => None,
    }
}

/// A product taken apart: the sums among its factors, each as often as it stands there, and the rest as a fraction.
#[derive(Default)]
struct Parts {
    sums: Vec<Id>,
    above: Vec<Id>,
    below: Vec<Id>,
}

impl Parts {
    fn of(s: &Store, t: Id) -> Option<Parts> {
        let mut out = Parts::default();
        out.take(s, t, 1)?;
        Some(out)
    }
    fn take(&mut self, s: &Store, t: Id, times: usize) -> Option<()> {
        match s.node(t) {
            Node::Product(xs) => xs.iter().try_for_each(|x| self.take(s, *x, times))?,
            Node::Quot(a, b) if !s.any_subterm(*b, &mut |n| matches!(n, Node::Big { .. })) => {
                self.take(s, *a, times)?;
                self.below.extend(std::iter::repeat_n(*b, times));
            }
            Node::Pow(b, k) if s.as_rational(*k) == Some(Rat::int(2)) && s.any_subterm(*b, &mut |n| matches!(n, Node::Big { .. })) => {
                self.take(s, *b, times.checked_mul(2).filter(|k| *k <= 4)?)?;
            }
            Node::Big { .. } => self.sums.extend(std::iter::repeat_n(t, times)),
            _ => self.above.extend(std::iter::repeat_n(t, times)),
        }
        Some(())
    }
    fn rest(&self, s: &Store) -> Id {
        let above = s.product(&self.above);
        tidy(s, if self.below.is_empty() { above } else { s.quot(above, s.product(&self.below)) })
    }
}

/// `a P Q − b R²` for sums over one range with `p q = r²`, where b is a, or with the number of terms for P.
pub(super) fn with_lagrange(facts: &Facts<'_>, difference: Id) -> Option<Id> {
    let s = facts.store();
    let [a, b] = <[Summand; 2]>::try_from(summands(s, in_sums(s, difference))).ok()?;
    let (plus, minus) = match (a.neg, b.neg) {
        (false, true) => (a.term, b.term),
        (true, false) => (b.term, a.term),
        _ => return None,
    };
    let (plus, minus) = (Parts::of(s, plus)?, Parts::of(s, minus)?);
    let [r, again] = *minus.sums.as_slice() else { return None };
    let r = Range::of(s, r).filter(|_| s.same(r, again))?;
    let (outside, beside) = (minus.rest(s), plus.rest(s));
    let equal = |x: Id, y: Id| facts.equal(x, y) == Equality::Proved;
    let count = s.index(r.hi.sub(&r.lo).plus(1));
    let (p, q) = match *plus.sums.as_slice() {
        [x, y] if equal(beside, outside) => (Range::of(s, x)?.at(s, &r)?, Range::of(s, y)?.at(s, &r)?),
        [y] if equal(beside, s.mul(outside, count)) => (s.int(1), Range::of(s, y)?.at(s, &r)?),
        // Weights that add up to 1 are one of the sums.
        [y] if equal(beside, outside) => (weights(facts, &r, &r.body)?, Range::of(s, y)?.at(s, &r)?),
        _ => return None,
    };
    let two = s.int(2);
    if facts.equal(s.mul(p, q), s.pow(r.body, two)) != Equality::Proved {
        return None;
    }
    let (i, j) = (s.fresh(s.sym("i"), gradus_term::Sort::Scalar, true), s.fresh(s.sym("j"), gradus_term::Sort::Scalar, true));
    let at = |t: Id, v: VarId| renamed(s, t, r.index, v);
    let term = match (base(s, p), base(s, q)) {
        (Some(x), Some(y)) => {
            let same = facts.equal(s.mul(x, y), r.body) == Equality::Proved;
            let crossed = [s.mul(at(x, i), at(y, j)), s.mul(at(x, j), at(y, i))].map(|t| tidy(s, t));
            let [u, v] = crossed;
            s.pow(if same { s.sub(u, v) } else { s.add(u, v) }, two)
        }
        _ => {
            let quotient = |below: Id| {
                facts.factor(s.quot(r.body, below)).map(|t| tidy(s, t)).filter(|t| !s.any_subterm(*t, &mut |n| matches!(n, Node::Quot(..))))
            };
            let (w, t) = quotient(p).map(|t| (p, t)).or_else(|| quotient(q).map(|t| (q, t)))?;
            s.product(&[at(w, i), at(w, j), s.pow(s.sub(at(t, i), at(t, j)), two)])
        }
    };
    let inner = s.big(BigOp::Sum, j, r.lo.clone(), r.hi.clone(), None, term);
    let double = s.big(BigOp::Sum, i, r.lo.clone(), r.hi.clone(), None, inner);
    let half = s.quot(double, two);
    Some(match *s.node(outside) {
        _ if is_one(s, outside) => half,
        Node::Quot(c, d) if is_one(s, c) => s.quot(double, tidy(s, s.mul(two, d))),
        _ => s.mul(outside, half),
    })
}

/// A factor of the term whose sum over the range is known to be 1.
fn weights(facts: &Facts<'_>, r: &Range, body: &Id) -> Option<Id> {
    let s = facts.store();
    let candidates = factors(s, *body).into_iter().flat_map(|f| [Some(f), base(s, f)]).flatten();
    let mut candidates = candidates.filter(|w| s.mentions(*w, r.index));
    candidates.find(|w| facts.equal(s.big(BigOp::Sum, r.index, r.lo.clone(), r.hi.clone(), None, *w), s.int(1)) == Equality::Proved)
}

/// `E ± Σ p_j z_j` with `Σ p_j = 1` as `Σ p_j (E ± z_j)`, a number 1 in it perhaps as the sum of the weights.
pub(super) fn with_mean(facts: &Facts<'_>, difference: Id, plain: &dyn Fn(Id) -> bool) -> Option<Id> {
    let s = facts.store();
    let all = summands(s, in_sums(s, difference));
    all.iter().enumerate().find_map(|(k, x)| {
        let r = Range::of(s, x.term)?;
        let p = weights(facts, &r, &r.body)?;
        let mut rest = factors(s, r.body);
        match rest.iter().position(|f| *f == p) {
            Some(at) => {
                rest.remove(at);
            }
            None => {
                let at = rest.iter().position(|f| base(s, *f) == Some(p))?;
                *rest.get_mut(at)? = p;
            }
        }
        let mut inside: Vec<Summand> = all.iter().enumerate().filter(|(j, _)| *j != k).map(|(_, y)| *y).collect();
        let z = Summand { neg: x.neg, term: s.product(&rest) };
        inside.insert(if x.neg { inside.len() } else { 0 }, z);
        let over_range = |t: Id| s.big(BigOp::Sum, r.index, r.lo.clone(), r.hi.clone(), None, t);
        let whole = over_range(p);
        let summed = inside.iter().map(|x| if is_one(s, x.term) { Summand { term: whole, ..*x } } else { *x }).collect();
        let forms: [Vec<Summand>; 2] = [inside, summed];
        forms.into_iter().filter(|xs| xs.len() > 1).map(|xs| over_range(s.mul(p, s.sum(&xs)))).find(|t| plain(*t))
    })
}
