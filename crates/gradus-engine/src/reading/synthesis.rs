//! Reading by synthesis: operator terms over the tensors that occur are tried by size; shapes prune, proof accepts.
//!
//! Of a tensor's indices the last ones are directions in which a kernel moves, the ones before them channels, which stay as they are:
//! `Σ_o G_o * K_oc` for every `c`. A sum over a channel is taken apart first; what stands in it is a convolution of slices.

use super::paths::Reader;
use crate::arrange::Order;
use crate::Engine;
use gradus_decide::{Equality, Facts};
use gradus_judge::Verdict;
use gradus_term::{Aff, BigOp, Goal, IVar, Id, Node, Prim, RelOp, Sort, Store, VarId};

/// How many terms are put to the proof.
const TRIED: usize = 24;
/// The most directions a kernel moves in.
const DIRECTIONS: usize = 3;

const CORRELATIONS: [Prim; 3] = [Prim::CorrelateValid, Prim::CorrelateFull, Prim::CorrelateSame];
const CONVOLUTIONS: [Prim; 3] = [Prim::ConvolveValid, Prim::ConvolveFull, Prim::ConvolveSame];

/// What is looked for: a tensor with these sizes whose entry at these indices is the term.
struct Wanted<'a, 's> {
    facts: Facts<'s>,
    order: &'a Order<'s>,
    entry: Id,
    at: &'a [VarId],
    sizes: &'a [Aff],
    /// Indices that stand for a channel.
    channels: Vec<VarId>,
}

impl<'s> Engine<'s> {
    /// A tensor with these sizes whose entry at `vars` is `t`: a convolution or correlation of tensors that occur in `t`, perhaps for
    /// every value of the first indices, perhaps summed over channels.
    pub(crate) fn synthesise(
        &self,
        (facts, order): (&Facts<'s>, &Order<'s>),
        t: Id,
        vars: &[VarId],
        dims: &[Aff],
        goal: &Goal,
    ) -> Option<Id> {
        let s = self.store;
        let (factors, t) = in_front(s, t, vars);
        let (summed, inner) = channels(s, t);
        let ranges: Vec<Id> = summed
            .iter()
            .flat_map(|(v, n)| [s.rel(RelOp::Le, s.int(1), s.name(*v)), s.rel(RelOp::Le, s.name(*v), s.index(n.clone()))])
            .collect();
        for lead in vars.len().saturating_sub(DIRECTIONS)..vars.len() {
            let ((own, at), (outer, sizes)) = (vars.split_at(lead), dims.split_at(lead));
            let channels = own.iter().copied().chain(summed.iter().map(|c| c.0)).collect();
            let wanted = Wanted { facts: facts.with(&ranges), order, entry: inner, at, sizes, channels };
            let Some(one) = self.convolution_for(&wanted, goal) else { continue };
            let sum = summed.iter().rev().fold(one, |x, (v, n)| s.big(BigOp::Sum, *v, Aff::int(1), n.clone(), None, x));
            let whole = if own.is_empty() { sum } else { s.tensor(own, outer, sum) };
            return Some(s.product(&factors.into_iter().chain([whole]).collect::<Vec<_>>()));
        }
        None
    }
    /// The factors that stand at summed indices alone, as one tensor: `∇_a L ⊙ step(z)` of `Σ_m (∇_a L)_m step(z)_m x[i + m − 1]`.
    fn composite(&self, w: &Wanted<'_, 's>) -> Option<Id> {
        let s = self.store;
        let (mut body, mut summed, mut factors) = (w.entry, Vec::new(), Vec::new());
        let sum = |t: &Id| matches!(s.node(*t), Node::Big { op: BigOp::Sum, cond: None, .. });
        loop {
            // What does not rest on an inner index may stand before its sum.
            if let Node::Product(xs) = s.node(body) {
                let (sums, others): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| sum(x));
                let [inner] = sums.as_slice() else { break };
                factors.extend(others);
                body = *inner;
            }
            if !sum(&body) {
                break;
            }
            let (vars, inner) = s.open_child(body, 0)?;
            summed.extend(vars);
            body = inner;
        }
        // What stands below belongs to the tensor that is summed, if to anything.
        let mut below = Vec::new();
        for f in crate::tidy::factors(s, body) {
            match *s.node(f) {
                Node::Quot(a, b) if !w.at.iter().any(|v| s.mentions(b, *v)) => {
                    factors.extend(crate::tidy::factors(s, a));
                    below.extend(crate::tidy::factors(s, b));
                }
                _ => factors.push(f),
            }
        }
        let alone: Vec<Id> = factors
            .iter()
            .copied()
            .filter(|f| summed.iter().any(|v| s.mentions(*f, *v)) && !w.at.iter().any(|v| s.mentions(*f, *v)))
            .collect();
        if summed.len() != w.at.len() || alone.len() == factors.len() || alone.is_empty() {
            return None;
        }
        if matches!(alone.as_slice(), [one] if matches!(s.node(*one), Node::Entry(..) | Node::Diff { .. })) {
            return None;
        }
        let (order, sizes) = alone.iter().find_map(|f| read_at(s, *f, &summed, &w.channels))?;
        // That an index is in range says nothing of a tensor's own entries.
        let within = order.iter().zip(&sizes).flat_map(|(v, n)| {
            let i = s.name(*v);
            [s.rel(RelOp::Le, s.int(1), i), s.rel(RelOp::Le, i, s.index(n.clone()))]
        });
        let inside = w.facts.with(&within.collect::<Vec<_>>());
        let holds = |f: &Id| matches!(s.node(*f), Node::Iverson(c) if inside.holds(*c).is_true());
        let own: Vec<Id> = alone.into_iter().filter(|f| !holds(f)).collect();
        let term = if below.is_empty() { s.product(&own) } else { s.quot(s.product(&own), s.product(&below)) };
        let whole = Reader::new(self, w.order, &order, &sizes).read(term, &order)?;
        let closed = s.free_vars(whole).iter().all(|v| s.var(*v).kind != gradus_term::VarKind::Opened);
        let lead = order.len().checked_sub(summed.len())?;
        let channels: Vec<Aff> = order.iter().take(lead).map(|v| Aff::free(*v)).collect();
        let slice = if lead == 0 { whole } else { s.intern(Node::Entry(whole, channels.into())) };
        (closed && s.sort(whole).dims() == sizes).then_some(slice)
    }
    fn convolution_for(&self, w: &Wanted<'_, 's>, goal: &Goal) -> Option<Id> {
        let s = self.store;
        let mut plain: Vec<Id> = self.composite(w).into_iter().collect();
        plain.extend(occurring(s, w));
        let flipped: Vec<Id> = plain.iter().map(|v| s.prim_call(Prim::Flip, &[*v])).collect();
        let all: Vec<Id> = plain.iter().chain(&flipped).copied().collect();
        // The family that the worksheet speaks of comes first.
        let written = written(s, goal);
        let convolves = written.iter().any(|(p, _)| CONVOLUTIONS.contains(p));
        let families = if convolves { [CONVOLUTIONS, CORRELATIONS] } else { [CORRELATIONS, CONVOLUTIONS] };
        // Both flipped is the whole flipped.
        let mut pairs: Vec<(Id, Id)> = all
            .iter()
            .flat_map(|x| all.iter().filter(move |k| *k != x && !(is_flip(s, *x) && is_flip(s, **k))).map(move |k| (*x, *k)))
            .collect();
        // What is a kernel in the worksheet stays one.
        let kernel = |k: Id| {
            let own = if is_flip(s, k) { s.node(k).children().first().map_or(k, |c| c.0) } else { k };
            matches!(s.node(own), Node::Var(v) if written.iter().any(|(_, name)| *name == s.var(*v).name))
        };
        // A gradient is what a kernel goes over, where it may be either.
        let gradient = |k: Id| s.any_subterm(k, &mut |n| matches!(n, Node::Diff { .. }));
        pairs.sort_by_key(|(x, k)| (is_flip(s, *x), !kernel(*k), gradient(*k)));
        let mut candidates = all.clone();
        for op in families.into_iter().flatten() {
            candidates.extend(pairs.iter().map(|(x, k)| s.prim_call(op, &[*x, *k])));
        }
        let flipped: Vec<Id> = candidates.iter().skip(all.len()).map(|c| s.prim_call(Prim::Flip, &[*c])).collect();
        candidates.extend(flipped);
        let moved = |op: Prim, (x, k): (Id, Id), steps: Steps, padding: Aff| {
            s.prim_call(op, &[x, k, s.int(steps.stride), s.index(padding), s.int(steps.dilation)])
        };
        let steps = steps(s, w);
        for st in steps.iter().filter(|st| **st != PLAIN) {
            let from = candidates.len();
            for op in families.into_iter().flatten() {
                candidates.extend(pairs.iter().map(|p| moved(op, *p, *st, Aff::int(0))));
            }
            let flipped: Vec<Id> = candidates.iter().skip(from).map(|c| s.prim_call(Prim::Flip, &[*c])).collect();
            candidates.extend(flipped);
        }
        // With padding, it is not the kernel that is padded.
        for (st, [valid, ..]) in steps.iter().flat_map(|st| families.iter().map(move |f| (st, *f))) {
            for p in pairs.iter().filter(|p| !kernel(p.0)) {
                candidates.extend(paddings(s, w, *p, *st).into_iter().map(|padding| moved(valid, *p, *st, padding)));
            }
        }
        let at: Vec<Aff> = w.at.iter().map(|v| Aff::free(*v)).collect();
        candidates
            .into_iter()
            .filter(|c| fits(&w.facts, s.sort(*c), w.sizes))
            .take(TRIED)
            .map(|c| (c, s.make_entry(c, &at)))
            // Most candidates are seen to be wrong at a few values, which is cheaper than that they cannot be proved.
            .filter(|(_, entry)| !matches!(self.prover.judge().equal(s, *entry, w.entry, w.facts.conditions()), Verdict::Refuted(_)))
            .find(|(_, entry)| w.facts.equal(*entry, w.entry) == Equality::Proved)
            .map(|(c, _)| c)
    }
}

/// The convolutions and correlations in the worksheet's definitions, with the names of their kernels.
fn written(s: &Store, goal: &Goal) -> Vec<(Prim, String)> {
    let mut out = Vec::new();
    for body in goal.definitions.iter().filter_map(|f| s.body(*f)) {
        s.any_subterm(body, &mut |n| {
            if let Node::Call(f, xs) = n {
                let prim = s.prim(*f).filter(|p| CONVOLUTIONS.contains(p) || CORRELATIONS.contains(p));
                if let (Some(p), Some(Node::Var(v))) = (prim, xs.get(1).map(|k| s.node(*k))) {
                    out.push((p, s.var(*v).name.clone()));
                }
            }
            false
        });
    }
    out
}

/// The indices of an entry in the term, with its sizes: those of its channels, then all that are summed, each alone.
fn read_at(s: &Store, t: Id, summed: &[VarId], channels: &[VarId]) -> Option<(Vec<VarId>, Vec<Aff>)> {
    let mut found = None;
    s.any_subterm(t, &mut |n| {
        let (ix, sort) = match n {
            Node::Entry(u, ix) => (ix, s.sort(*u)),
            Node::Diff { slot, point, .. } => (slot, s.sort(*point)),
            _ => return false,
        };
        let Some(lead) = ix.len().checked_sub(summed.len()).filter(|_| sort.dims().len() == ix.len()) else { return false };
        let one_of = |a: &Aff, of: &[VarId]| match a.as_var() {
            Some(IVar::Free(v)) if of.contains(&v) => Some(v),
            _ => None,
        };
        let at: Option<Vec<VarId>> = ix.iter().enumerate().map(|(i, a)| one_of(a, if i < lead { channels } else { summed })).collect();
        found = at.map(|a| (a, sort.dims().to_vec()));
        found.is_some()
    });
    found
}

/// The factors without indices in front of a sum, and the sum.
fn in_front(s: &Store, t: Id, vars: &[VarId]) -> (Vec<Id>, Id) {
    let Node::Product(xs) = s.node(t) else { return (Vec::new(), t) };
    let (inside, outside): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| vars.iter().any(|v| s.mentions(**x, *v)));
    (outside, s.product(&inside))
}

/// The sums over channels in front of a term, with how many there are, and the term without them: an index is one of a channel if it
/// stands in entries only by itself, from 1 on.
fn channels(s: &Store, t: Id) -> (Vec<(VarId, Aff)>, Id) {
    let mut sums: Vec<(VarId, Aff, Aff)> = Vec::new();
    let mut body = t;
    while let Node::Big { op: BigOp::Sum, lo, hi, cond: None, .. } = s.node(body) {
        let (lo, hi) = (lo.clone(), hi.clone());
        let Some((vars, inner)) = s.open_child(body, 0) else { break };
        let Some(v) = vars.first() else { break };
        sums.push((*v, lo, hi));
        body = inner;
    }
    let bare = |v: VarId| {
        let mut only = sums.iter().all(|(_, lo, hi)| !lo.mentions(IVar::Free(v)) && !hi.mentions(IVar::Free(v)));
        s.any_subterm(body, &mut |n| {
            n.for_each_aff(|a, _| only &= !a.mentions(IVar::Free(v)) || *a == Aff::free(v));
            !only
        });
        only
    };
    let (own, rest): (Vec<_>, Vec<_>) = sums.iter().cloned().partition(|(v, lo, _)| *lo == Aff::int(1) && bare(*v));
    let inner = rest.into_iter().rev().fold(body, |x, (v, lo, hi)| s.big(BigOp::Sum, v, lo, hi, None, x));
    (own.into_iter().map(|(v, _, n)| (v, n)).collect(), inner)
}

/// How a kernel moves.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Steps {
    stride: i64,
    dilation: i64,
}

/// From place to place, neighbour to neighbour.
const PLAIN: Steps = Steps { stride: 1, dilation: 1 };

/// Strides and dilations worth trying: strides are factors of the entry's indices, dilations those of summed ones.
fn steps(s: &Store, w: &Wanted<'_, '_>) -> Vec<Steps> {
    let (mut strides, mut dilations) = (vec![1], vec![1]);
    let mut todo = vec![w.entry];
    let mut seen = rustc_hash::FxHashSet::default();
    let own = |v: IVar| w.at.iter().any(|i| v == IVar::Free(*i));
    while let Some(x) = todo.pop() {
        if !seen.insert(x) {
            continue;
        }
        if matches!(s.node(x), Node::Entry(..) | Node::Diff { .. }) {
            s.node(x).for_each_aff(|a, _| {
                for (v, c) in &a.t {
                    let list = if own(*v) { &mut strides } else { &mut dilations };
                    let c = c.saturating_abs();
                    if (matches!(v, IVar::Bound(_)) || own(*v)) && !list.contains(&c) {
                        list.push(c);
                    }
                }
            });
        }
        todo.extend(s.node(x).children().into_iter().map(|k| k.0));
    }
    strides.iter().flat_map(|stride| dilations.iter().map(|dilation| Steps { stride: *stride, dilation: *dilation })).collect()
}

/// The paddings with which the places are as many as wanted, the same in every direction: `n = ⌊(m + 2p − span)/stride⌋ + 1`.
fn paddings(s: &Store, w: &Wanted<'_, '_>, (x, k): (Id, Id), steps: Steps) -> Vec<Aff> {
    let (m, kernel) = (s.sort(x).dims(), s.sort(k).dims());
    if m.len() != w.sizes.len() || kernel.len() != w.sizes.len() {
        return Vec::new();
    }
    let mut out = Vec::new();
    for rest in 0..steps.stride {
        let mut each = w.sizes.iter().zip(m.iter().zip(kernel)).map(|(n, (m, k))| {
            let span = k.plus(-1).scale(steps.dilation).plus(1);
            let twice = n.plus(-1).scale(steps.stride).plus(rest).add(&span).sub(m);
            twice.divided_down(2).filter(|p| p.scale(2) == twice)
        });
        let Some(Some(p)) = each.next() else { continue };
        let none = p == Aff::int(0);
        if !none && each.all(|q| q.as_ref() == Some(&p)) && w.facts.nonneg(&p).is_true() && !out.contains(&p) {
            out.push(p);
        }
    }
    out
}

fn fits(facts: &Facts<'_>, sort: &Sort, sizes: &[Aff]) -> bool {
    matches!(sort, Sort::Tensor(d) if d.len() == sizes.len() && d.iter().zip(sizes).all(|(m, n)| facts.is_zero_aff(&m.sub(n)).is_true()))
}

fn is_flip(s: &Store, t: Id) -> bool {
    matches!(s.node(t), Node::Call(f, _) if s.prim(*f) == Some(Prim::Flip))
}

/// The tensors whose entries occur in a term, in order, with as many directions as are wanted: names, calls, and tensors of unevaluated
/// derivatives; of one with channels the slice there.
fn occurring(s: &Store, w: &Wanted<'_, '_>) -> Vec<Id> {
    let mut out: Vec<Id> = Vec::new();
    let mut todo = vec![w.entry];
    let mut seen = rustc_hash::FxHashSet::default();
    while let Some(x) = todo.pop() {
        if !seen.insert(x) {
            continue;
        }
        let tensor = match s.node(x) {
            Node::Entry(u, ix) => Some((*u, ix.to_vec())),
            Node::Diff { hint, body, slot, point } if !slot.is_empty() && s.loose(*point) == 0 && s.loose(*body) <= 1 => {
                let letters: Vec<VarId> = slot.iter().map(|_| s.fresh(s.sym("i"), Sort::Scalar, true)).collect();
                let at = letters.iter().map(|v| Aff::free(*v)).collect();
                let entry = s.intern(Node::Diff { hint: *hint, body: *body, slot: at, point: *point });
                Some((s.tensor(&letters, s.sort(*point).dims(), entry), slot.to_vec()))
            }
            _ => None,
        };
        if let Some(v) = tensor.and_then(|(t, ix)| slice(s, w, t, &ix)) {
            if !out.iter().any(|o| s.same(*o, v)) {
                out.push(v);
            }
        }
        if !matches!(s.node(x), Node::Diff { .. }) {
            let mut kids = s.node(x).children();
            kids.reverse();
            todo.extend(kids.into_iter().map(|k| k.0));
        }
    }
    out
}

/// The whole tensor, or its slice where the first indices are channels.
fn slice(s: &Store, w: &Wanted<'_, '_>, t: Id, ix: &[Aff]) -> Option<Id> {
    let lead = ix.len().checked_sub(w.at.len())?;
    let (own, _) = ix.split_at(lead);
    let named = own.iter().all(|a| w.channels.iter().any(|c| *a == Aff::free(*c)));
    let closed = s.loose(t) == 0 && s.free_vars(t).iter().all(|v| s.var(*v).kind != gradus_term::VarKind::Opened);
    if !named || !closed || s.sort(t).dims().len() != ix.len() || s.sort(t).is_compound() {
        return None;
    }
    Some(if own.is_empty() { t } else { s.intern(Node::Entry(t, own.into())) })
}
