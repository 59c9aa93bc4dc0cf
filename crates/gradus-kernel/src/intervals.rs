//! What the sign of a derivative says of a term on an interval: that it is nowhere less than at one point, nowhere greater, or constant
//! (the mean value theorem). Part of the trusted core.
//!
//! The name that varies ranges over the interval that the linear inequalities among the conditions on it describe; of the others nothing
//! is used, so that what is shown holds on the whole interval. Where one end is left out, and is the
//! point at which the term is looked at, it is taken in: all that is asked is asked there too. At an end that belongs to it, a continuous
//! term needs no derivative.

use crate::check::{is_continuous, needs, Discharge};
use crate::compare::rearranged;
use crate::prover::{Prover, Refused};
use gradus_decide::{Definedness, Facts, Tri};
use gradus_term::{Arg, Domain, Id, Node, Props, RelOp, Sort, Store, VarId};

/// Derivatives of derivatives looked at.
const DEPTH: u32 = 4;

/// A point at which a term may be least, greatest, or looked at because it is constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turning {
    /// The name that varies.
    pub by: VarId,
    /// Where.
    pub at: Id,
}

/// What is known of the name that varies and of the others.
#[derive(Clone)]
struct Interval {
    known: Vec<Id>,
    others: Vec<Id>,
}

impl Interval {
    /// The interval with its ends.
    fn with_ends(&self, s: &Store, by: VarId) -> Interval {
        let closed = |c: &Id| if s.mentions(*c, by) { weak(s, *c) } else { *c };
        Interval { known: self.known.iter().map(closed).collect(), others: self.others.clone() }
    }
    /// The interval without its ends.
    fn without_ends(&self, s: &Store, by: VarId) -> Interval {
        let strict = |c: &Id| match *s.node(*c) {
            Node::Rel(RelOp::Le, a, b) if s.mentions(*c, by) => s.rel(RelOp::Lt, a, b),
            Node::Rel(RelOp::Ge, a, b) if s.mentions(*c, by) => s.rel(RelOp::Gt, a, b),
            _ => *c,
        };
        Interval { known: self.known.iter().map(strict).collect(), others: self.others.clone() }
    }
}

impl<'s> Prover<'s> {
    /// Whether a term has this sign under conditions, for it has it at one of the points looked at, where it is least or greatest.
    pub(crate) fn sign_by_extremum(&self, known: &[Id], op: RelOp, term: Id, depth: u32) -> bool {
        let s = self.store();
        if depth > DEPTH {
            return false;
        }
        let least = match op {
            RelOp::Ge | RelOp::Gt => true,
            RelOp::Le | RelOp::Lt => false,
            RelOp::Eq | RelOp::Ne => return false,
        };
        if depth == 0 && self.sign_by_ends(known, op, term) {
            return true;
        }
        self.turnings().into_iter().filter(|t| s.mentions(term, t.by)).any(|turning| {
            let Some(interval) = self.interval(known, term, turning) else { return false };
            let found = self.slope(&interval, term, turning.by).map(|slope| (slope, interval.clone()));
            let inside = || {
                let open = interval.without_ends(s, turning.by);
                let whole = Facts::new(s, &interval.known).defined(term) == Definedness::Always;
                let continuous = whole && is_continuous(s, term) && constant_exponents(&Facts::new(s, &interval.known), term, turning.by);
                let slope = self.slope(&open, term, turning.by).filter(|_| continuous)?;
                Some((slope, open))
            };
            let Some((slope, interval)) = found.or_else(inside) else { return false };
            let facts = Facts::new(s, &interval.others);
            let there = s.subst(term, &std::iter::once((turning.by, Arg::Val(turning.at))).collect());
            let zero = || facts.equal(there, s.int(0)).is_proved();
            let at_point = |op: RelOp| facts.holds(s.rel(op, there, s.int(0))) == Tri::True;
            let (weak, strong) = if least { (RelOp::Ge, RelOp::Gt) } else { (RelOp::Le, RelOp::Lt) };
            if at_point(strong) || op == weak && (zero() || at_point(weak)) {
                return self.turns(&interval, slope, turning, least, false, depth);
            }
            // Away from the point it is more than there.
            let away = Facts::new(s, known).holds(s.rel(RelOp::Ne, s.name(turning.by), turning.at)) == Tri::True;
            op == strong && away && (zero() || at_point(weak)) && self.turns(&interval, slope, turning, least, true, depth)
        })
    }
    /// Whether a term is nowhere negative on an interval since it is concave there and not negative at two of the points looked at, between
    /// which the interval lies; or nowhere positive since it is convex. Both points belong to the interval with its ends, on which the
    /// term has values and is continuous; its second derivative is asked for inside.
    fn sign_by_ends(&self, known: &[Id], op: RelOp, term: Id) -> bool {
        let s = self.store();
        let bend = match op {
            RelOp::Ge => RelOp::Le,
            RelOp::Le => RelOp::Ge,
            _ => return false,
        };
        let all: Vec<Turning> = self.turnings().into_iter().filter(|t| s.mentions(term, t.by)).collect();
        all.iter().any(|low| {
            let Some(interval) = self.interval(known, term, *low) else { return false };
            let whole = interval.with_ends(s, low.by);
            let facts = Facts::new(s, &whole.known);
            let beyond = |op: RelOp, t: &Turning| facts.holds(s.rel(op, s.name(t.by), t.at)) == Tri::True;
            let others = Facts::new(s, &whole.others);
            let signed = |t: &Turning| {
                let there = s.subst(term, &std::iter::once((t.by, Arg::Val(t.at))).collect());
                others.defined(t.at) == Definedness::Always
                    && !s.mentions(t.at, t.by)
                    && (others.holds(s.rel(op, there, s.int(0))) == Tri::True || others.equal(there, s.int(0)).is_proved())
            };
            let belongs = |t: &Turning| {
                let at = std::iter::once((t.by, Arg::Val(t.at))).collect();
                whole.known.iter().filter(|c| s.mentions(**c, t.by)).all(|c| others.holds(s.subst(*c, &at)) == Tri::True)
            };
            let smooth =
                || facts.defined(term) == Definedness::Always && is_continuous(s, term) && constant_exponents(&facts, term, low.by);
            let bent = || {
                let open = whole.without_ends(s, low.by);
                let second = self.slope(&open, term, low.by).and_then(|slope| self.slope(&open, slope, low.by));
                second.is_some_and(|c| Facts::new(s, &open.known).holds(s.rel(bend, c, s.int(0))) == Tri::True)
            };
            let high = |t: &&Turning| t.by == low.by && beyond(RelOp::Le, t) && belongs(t) && signed(t);
            beyond(RelOp::Ge, low) && belongs(low) && signed(low) && all.iter().any(|t| high(&t)) && smooth() && bent()
        })
    }
    /// Whether a term is the same wherever the conditions hold, for its derivative is 0 there.
    pub(crate) fn is_constant(&self, known: &[Id], term: Id, turning: Turning) -> bool {
        let s = self.store();
        let slope = self.interval(known, term, turning).and_then(|i| Some((self.slope(&i, term, turning.by)?, i)));
        slope.is_some_and(|(slope, i)| Facts::new(s, &i.known).equal(slope, s.int(0)).is_proved())
    }
    /// Whether the slope is not negative after the point and not positive before it, or the other way.
    fn turns(&self, interval: &Interval, slope: Id, turning: Turning, least: bool, strictly: bool, depth: u32) -> bool {
        let s = self.store();
        let v = s.name(turning.by);
        let side = |where_: [RelOp; 2], rising: bool| {
            let known = [interval.known.clone(), vec![s.rel(if strictly { where_[1] } else { where_[0] }, v, turning.at)]].concat();
            let op = match (rising, strictly) {
                (true, false) => RelOp::Ge,
                (true, true) => RelOp::Gt,
                (false, false) => RelOp::Le,
                (false, true) => RelOp::Lt,
            };
            let facts = Facts::new(s, &known);
            // There may be nothing on this side.
            let other = s.rel(if where_[0] == RelOp::Ge { RelOp::Le } else { RelOp::Ge }, v, turning.at);
            Facts::new(s, &interval.known).holds(other) == Tri::True
                || facts.contradictory()
                || facts.holds(s.rel(op, slope, s.int(0))) == Tri::True
                || self.sign_by_form(&facts, op, slope)
                || self.sign_by_extremum(&known, op, slope, depth + 1)
        };
        side([RelOp::Ge, RelOp::Gt], least) && side([RelOp::Le, RelOp::Lt], !least)
    }
    /// Whether a lemma that holds under the facts brings a term into a form whose sign is known.
    fn sign_by_form(&self, facts: &Facts<'s>, op: RelOp, term: Id) -> bool {
        let s = self.store();
        let holds = |l: &crate::prover::Lemma| {
            rearranged(s, l.left, term)
                && facts.holds(s.rel(op, l.right, s.int(0))) == Tri::True
                && l.under.iter().all(|c| facts.holds(*c) == Tri::True)
        };
        (0..self.lemma_count()).rev().filter_map(|k| self.lemma(k)).any(|l| holds(&l))
    }
    /// What the conditions say of the interval that the name lies in, to which the point belongs, and of the other names.
    fn interval(&self, known: &[Id], term: Id, turning: Turning) -> Option<Interval> {
        let s = self.store();
        let info = s.var(turning.by);
        let real = info.domain == Domain::Real && info.props == Props::default() && info.sort == Sort::Scalar && !info.is_integer();
        if !real || s.mentions(turning.at, turning.by) || !s.sort(turning.at).is_scalar() || !s.sort(term).is_scalar() {
            return None;
        }
        let mut all = Vec::new();
        let mut domain = Vec::new();
        needs(&Facts::new(s, known).defined(term))?.iter().for_each(|c| parts(s, *c, &mut domain));
        known.iter().for_each(|c| parts(s, *c, &mut all));
        all.extend(&domain);
        let (on_it, others): (Vec<Id>, Vec<Id>) = all.into_iter().partition(|c| s.mentions(*c, turning.by));
        let facts = Facts::new(s, &others);
        if facts.defined(turning.at) != Definedness::Always {
            return None;
        }
        let at = std::iter::once((turning.by, Arg::Val(turning.at))).collect();
        let (linear, rest): (Vec<Id>, Vec<Id>) = on_it.into_iter().partition(|c| is_linear(&facts, *c, turning.by));
        let mut kept = Vec::new();
        for c in linear {
            let belongs = |c: Id| facts.holds(s.subst(c, &at)) == Tri::True;
            let c = if belongs(c) { c } else { Some(weak(s, c)).filter(|c| belongs(*c))? };
            kept.push(c);
        }
        let known = [others.clone(), kept].concat();
        // Where the term has a value is seen from where the name lies.
        let implied = |c: &Id| Facts::new(s, &known).holds(*c) == Tri::True;
        rest.iter().filter(|c| domain.contains(c)).all(implied).then_some(Interval { known, others })
    }
    /// The derivative of a term, as a lemma says it, if the term has one everywhere on the interval.
    fn slope(&self, interval: &Interval, term: Id, by: VarId) -> Option<Id> {
        let s = self.store();
        let facts = Facts::new(s, &interval.known);
        let derivative = s.diff(term, s.name(by), &[]);
        if facts.defined(derivative) != Definedness::Always || facts.defined(term) != Definedness::Always {
            return None;
        }
        let holds = |l: &crate::prover::Lemma| {
            rearranged(s, l.left, derivative)
                && facts.defined(l.right) == Definedness::Always
                && l.under.iter().all(|c| facts.holds(*c) == Tri::True)
        };
        (0..self.lemma_count()).rev().filter_map(|k| self.lemma(k)).find(holds).map(|l| l.right)
    }
}

/// A term as what it is at one value of a name, since its derivative by that is 0; not under a binder of a value.
pub(crate) fn check_constant(d: &Discharge<'_, '_>, turning: Turning, old: Id, new: Id) -> Result<Vec<Id>, Refused> {
    let s = d.store();
    let there = s.subst(old, &std::iter::once((turning.by, Arg::Val(turning.at))).collect());
    let bound = !d.focus.opened.is_empty() || !d.focus.points.is_empty();
    if bound || !rearranged(s, there, new) || !d.prover.is_constant(&d.conditions, old, turning) {
        return Err(Refused::NotGrounded("a derivative that is 0".to_owned()));
    }
    Ok(Vec::new())
}

fn parts(s: &Store, c: Id, out: &mut Vec<Id>) {
    match s.node(c) {
        Node::And(xs) => xs.iter().for_each(|x| parts(s, *x, out)),
        _ => out.push(c),
    }
}

/// Whether a condition is an inequality whose sides differ by a linear term in the name, so that it holds on an interval.
fn is_linear(facts: &Facts<'_>, cond: Id, v: VarId) -> bool {
    let s = facts.store();
    let Node::Rel(RelOp::Lt | RelOp::Le | RelOp::Gt | RelOp::Ge, a, b) = *s.node(cond) else { return false };
    if !s.sort(a).is_scalar() || !s.sort(b).is_scalar() {
        return false;
    }
    let difference = s.sub(a, b);
    let at = |k: i64| s.subst(difference, &std::iter::once((v, Arg::Val(s.int(k)))).collect());
    let (zero, one) = (at(0), at(1));
    let defined = [difference, zero, one].into_iter().all(|t| facts.defined(t) == Definedness::Always);
    defined && facts.equal(difference, s.add(zero, s.mul(s.name(v), s.sub(one, zero)))).is_proved()
}

/// Whether no exponent varies but that of a positive number: `u^v` need not be continuous where u and v are 0.
fn constant_exponents(facts: &Facts<'_>, t: Id, by: VarId) -> bool {
    let s = facts.store();
    let positive = |u: Id| s.loose(u) == 0 && !s.mentions(u, by) && facts.sign(u).is_positive();
    !s.any_subterm_defined(t, &mut |n| matches!(n, Node::Pow(u, k) if (s.mentions(*k, by) || s.loose(*k) > 0) && !positive(*u)))
}

fn weak(s: &Store, cond: Id) -> Id {
    match *s.node(cond) {
        Node::Rel(RelOp::Lt, a, b) => s.rel(RelOp::Le, a, b),
        Node::Rel(RelOp::Gt, a, b) => s.rel(RelOp::Ge, a, b),
        _ => cond,
    }
}
