//! Reading by synthesis: operator terms over the tensors that occur are tried by size; shapes prune, proof accepts.

use crate::Engine;
use gradus_decide::{Equality, Facts};
use gradus_term::{Aff, Goal, IVar, Id, Node, Prim, Sort, Store, VarId};

/// How many terms are put to the proof.
const TRIED: usize = 24;

/// The largest padding tried.
const PADDING: i64 = 4;

const CORRELATIONS: [Prim; 3] = [Prim::CorrelateValid, Prim::CorrelateFull, Prim::CorrelateSame];
const CONVOLUTIONS: [Prim; 3] = [Prim::ConvolveValid, Prim::ConvolveFull, Prim::ConvolveSame];

impl<'s> Engine<'s> {
    /// A vector of size `n` whose entry at `i` is `t`: a convolution or correlation of vectors that occur in `t`.
    pub(crate) fn synthesise(&self, facts: &Facts<'s>, t: Id, i: VarId, n: &Aff, goal: &Goal) -> Option<Id> {
        let s = self.store;
        let plain = occurring(s, t);
        let flipped: Vec<Id> = plain.iter().map(|v| s.prim_call(Prim::Flip, &[*v])).collect();
        let all: Vec<Id> = plain.iter().chain(&flipped).copied().collect();
        // The family that the worksheet speaks of comes first.
        let convolves = goal
            .definitions
            .iter()
            .filter_map(|f| s.body(*f))
            .any(|b| s.any_subterm(b, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f).is_some_and(|p| CONVOLUTIONS.contains(&p)))));
        let families = if convolves { [CONVOLUTIONS, CORRELATIONS] } else { [CORRELATIONS, CONVOLUTIONS] };
        let mut candidates = all.clone();
        for op in families.into_iter().flatten() {
            for x in all.iter().filter(|x| !is_flip(s, **x)) {
                candidates.extend(all.iter().filter(|w| *w != x).map(|w| s.prim_call(op, &[*x, *w])));
            }
        }
        let windows = windows(s, t, i);
        for op in families.into_iter().flatten() {
            for x in all.iter().filter(|x| !is_flip(s, **x)) {
                for w in all.iter().filter(|w| *w != x) {
                    candidates
                        .extend(windows.iter().map(|o| s.prim_call(op, &[*x, *w, s.int(o.stride), s.int(o.padding), s.int(o.dilation)])));
                }
            }
        }
        candidates
            .into_iter()
            .filter(|c| fits(facts, s.sort(*c), n))
            .take(TRIED)
            .find(|c| facts.equal(s.make_entry(*c, &[Aff::free(i)]), t) == Equality::Proved)
    }
}

/// How a kernel moves.
#[derive(PartialEq, Eq)]
struct Window {
    stride: i64,
    padding: i64,
    dilation: i64,
}

/// Strides, paddings and dilations worth trying: strides are factors of the entry's index `i`, dilations those of summed
/// indices; the size of the result decides the padding.
fn windows(s: &Store, t: Id, i: VarId) -> Vec<Window> {
    let (mut strides, mut dilations) = (vec![1], vec![1]);
    let mut todo = vec![t];
    let mut seen = rustc_hash::FxHashSet::default();
    while let Some(x) = todo.pop() {
        if !seen.insert(x) {
            continue;
        }
        if matches!(s.node(x), Node::Entry(..) | Node::Diff { .. }) {
            s.node(x).for_each_aff(|a, _| {
                for (v, c) in &a.t {
                    let list = if *v == IVar::Free(i) { &mut strides } else { &mut dilations };
                    let c = c.saturating_abs();
                    if (matches!(v, IVar::Bound(_)) || *v == IVar::Free(i)) && !list.contains(&c) {
                        list.push(c);
                    }
                }
            });
        }
        todo.extend(s.node(x).children().into_iter().map(|k| k.0));
    }
    let mut out = Vec::new();
    for padding in 0..=PADDING {
        for stride in &strides {
            out.extend(dilations.iter().map(|d| Window { stride: *stride, padding, dilation: *d }));
        }
    }
    out.retain(|o| *o != Window { stride: 1, padding: 0, dilation: 1 });
    out
}

fn fits(facts: &Facts<'_>, sort: &Sort, n: &Aff) -> bool {
    matches!(sort, Sort::Tensor(d) if matches!(d.as_ref(), [m] if facts.is_zero_aff(&m.sub(n)).is_true()))
}

fn is_flip(s: &Store, t: Id) -> bool {
    matches!(s.node(t), Node::Call(f, _) if s.prim(*f) == Some(Prim::Flip))
}

/// The vectors whose entries occur in a term, in order: names, calls, and vectors of unevaluated derivatives.
fn occurring(s: &Store, t: Id) -> Vec<Id> {
    let mut out: Vec<Id> = Vec::new();
    let mut todo = vec![t];
    let mut seen = rustc_hash::FxHashSet::default();
    while let Some(x) = todo.pop() {
        if !seen.insert(x) {
            continue;
        }
        let vector = match s.node(x) {
            Node::Entry(u, ix) if ix.len() == 1 => Some(*u),
            Node::Diff { hint, body, slot, point } if slot.len() == 1 && s.loose(*point) == 0 && s.loose(*body) <= 1 => {
                let v = s.fresh(s.sym("i"), Sort::Scalar, true);
                let entry = s.intern(Node::Diff { hint: *hint, body: *body, slot: [Aff::free(v)].into(), point: *point });
                Some(s.tensor(&[v], s.sort(*point).dims(), entry))
            }
            _ => None,
        };
        let whole = vector.filter(|v| {
            s.loose(*v) == 0
                && s.sort(*v).dims().len() == 1
                && s.free_vars(*v).iter().all(|w| s.var(*w).kind != gradus_term::VarKind::Opened)
        });
        if let Some(v) = whole {
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
