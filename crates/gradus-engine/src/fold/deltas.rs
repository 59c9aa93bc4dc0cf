//! Sums of deltas of one index as cases: `(δ_{i,2k−1} + δ_{i,2k})/2` is 1/2 if 2k − 1 ≤ i ≤ 2k, 0 otherwise.

use crate::draft::Draft;
use crate::tidy::{factors, summands, tidy, unsign};
use crate::Engine;
use gradus_decide::{Facts, Tri};
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, IVar, Id, Node, Position, RelOp, Store};

/// Branches at most.
const BRANCHES: usize = 6;

impl<'s> Engine<'s> {
    /// Writes the current term as cases where it is a sum of terms with a delta each, of one index at values that differ.
    pub(crate) fn deltas_as_cases(&self, d: &mut Draft<'s>) {
        let s = self.store;
        let pos = Position::root();
        let Ok(f) = d.proof.focus(&pos) else { return };
        let facts = d.proof.facts();
        let Some((v, new)) = as_cases(s, facts, f.part) else { return };
        let reason = Text::words("by the value of ").term(s.index(Aff::var(v)));
        if d.recompute(&pos, &f, new, "delta.cases", reason, Weight::Main).is_ok() {
            d.line(Detail::Textbook);
        }
    }
}

/// The index whose value decides, and the cases.
fn as_cases(s: &Store, facts: &Facts<'_>, t: Id) -> Option<(IVar, Id)> {
    let (neg, core) = unsign(s, t);
    let (top, below) = match *s.node(core) {
        Node::Quot(a, b) => (a, Some(b)),
        _ => (core, None),
    };
    let (outer, sum): (Vec<Id>, Vec<Id>) = factors(s, top).into_iter().partition(|x| !matches!(s.node(*x), Node::Sum(_)));
    let [sum] = sum.as_slice() else { return None };
    let terms = summands(s, *sum);
    if !(2..=BRANCHES).contains(&terms.len()) || outer.iter().any(|x| delta(s, *x).is_some()) {
        return None;
    }
    // What each delta says to be 0, and what stands beside it.
    let mut parts: Vec<(Aff, Id)> = Vec::new();
    for x in &terms {
        let (deltas, rest): (Vec<Id>, Vec<Id>) = factors(s, x.term).into_iter().partition(|f| delta(s, *f).is_some());
        let [one] = deltas.as_slice() else { return None };
        let value = s.product(&outer.iter().chain(&rest).copied().collect::<Vec<_>>());
        let value = below.map_or(value, |b| s.quot(value, b));
        parts.push((delta(s, *one)?, tidy(s, if x.neg != neg { s.neg(value) } else { value })));
    }
    let unit = |v: &IVar| parts.iter().all(|(e, _)| e.coef(*v).abs() == 1);
    let candidates: Vec<IVar> = parts.first()?.0.vars().filter(unit).collect();
    let v = candidates.into_iter().find(|v| {
        // The values are those of the other indices alone.
        parts.iter().all(|(e, _)| e.solve(*v).is_some()) && apart(facts, &values(&parts, *v))
    })?;
    let at = values(&parts, v);
    let mut order: Vec<usize> = (0..at.len()).collect();
    let below = |a: &Aff, b: &Aff| facts.nonneg(&b.sub(a)) == Tri::True;
    order.sort_by(|a, b| match (at.get(*a), at.get(*b)) {
        (Some(x), Some(y)) if below(x, y) => std::cmp::Ordering::Less,
        (Some(x), Some(y)) if below(y, x) => std::cmp::Ordering::Greater,
        _ => a.cmp(b),
    });
    let i = s.index(Aff::var(v));
    // Neighbours with one value are one range.
    let mut runs: Vec<(Aff, Aff, Id)> = Vec::new();
    for k in order {
        let (x, value) = (at.get(k)?.clone(), parts.get(k)?.1);
        match runs.last_mut() {
            Some((_, hi, w)) if s.same(*w, value) && x.sub(hi).as_int() == Some(1) => *hi = x,
            _ => runs.push((x.clone(), x, value)),
        }
    }
    let branch = |(lo, hi, value): (Aff, Aff, Id)| {
        let (a, b) = (s.index(lo), s.index(hi));
        let cond =
            if a == b { s.rel(RelOp::Eq, i, a) } else { s.intern(Node::And([s.rel(RelOp::Le, a, i), s.rel(RelOp::Le, i, b)].into())) };
        (cond, value)
    };
    Some((v, s.intern(Node::Cases(runs.into_iter().map(branch).collect(), Some(s.int(0))))))
}
fn values(parts: &[(Aff, Id)], v: IVar) -> Vec<Aff> {
    parts.iter().filter_map(|(e, _)| e.solve(v)).collect()
}
/// Whether no two of the values can be equal.
fn apart(facts: &Facts<'_>, xs: &[Aff]) -> bool {
    xs.iter().enumerate().all(|(k, x)| xs.iter().skip(k + 1).all(|y| facts.is_zero_aff(&x.sub(y)) == Tri::False))
}
/// What `δ_{ij}` says to be 0.
fn delta(s: &Store, t: Id) -> Option<Aff> {
    let Node::Iverson(c) = *s.node(t) else { return None };
    let Node::Rel(RelOp::Eq, a, b) = *s.node(c) else { return None };
    Some(s.as_aff(a)?.sub(&s.as_aff(b)?))
}
