//! Reading by synthesis: operator terms over the tensors that occur are tried by size; shapes prune, proof accepts.

use crate::Engine;
use gradus_decide::{Equality, Facts};
use gradus_term::{Aff, Goal, Id, Node, Prim, Sort, Store, VarId};

/// How many terms are put to the proof.
const TRIED: usize = 24;

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
        candidates
            .into_iter()
            .filter(|c| fits(facts, s.sort(*c), n))
            .take(TRIED)
            .find(|c| facts.equal(s.make_entry(*c, &[Aff::free(i)]), t) == Equality::Proved)
    }
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
