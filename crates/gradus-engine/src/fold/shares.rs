//! Shares that the worksheet names and the problem does not use, as the responsibilities of a mixture: `r_nk = a_k g_nk/Σ_l a_l g_nl` is
//! read back from `g_nk/Σ_l a_l g_nl` as `r_nk/a_k`.

use super::Instance;
use crate::draft::Draft;
use crate::tidy::factors;
use crate::Engine;
use gradus_kernel::{Substitution, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Arg, Goal, Id, Node, VarId};
use rustc_hash::FxHashMap;

/// How many fractions of one term are read so.
const SHARES: usize = 12;

impl<'s> Engine<'s> {
    /// Names of the worksheet for shares put in where their denominators stand; whether any was.
    pub(crate) fn fold_shares(&self, d: &mut Draft<'s>, goal: &Goal) -> bool {
        let s = self.store;
        let share = |i: &Instance| matches!(s.node(i.body), Node::Quot(_, b) if matches!(s.node(*b), Node::Big { .. }));
        let start = d.len();
        for call in goal.constants.iter().filter(|(f, _)| goal.definitions.contains(f)).map(|(_, c)| *c) {
            let Some(inst) = self.instance(call).filter(|i| !i.indices.is_empty() && share(i)) else { continue };
            // What the problem itself uses is folded back as it is defined.
            if s.contains(d.proof.start(), call) || self.instances(&[d.proof.start()]).iter().any(|i| i.def == inst.def) {
                continue;
            }
            for _ in 0..SHARES {
                if !self.fold_share(d, &inst) {
                    break;
                }
            }
        }
        if d.len() == start {
            return false;
        }
        while self.constants_out_of_sums(d) {}
        d.tidy();
        d.line(Detail::Brief);
        true
    }
    /// One fraction over the denominator of a share.
    fn fold_share(&self, d: &mut Draft<'s>, inst: &Instance) -> bool {
        let s = self.store;
        for (pos, f, a, b) in self.settled_fractions(d) {
            let (tops, bottoms) = (factors(s, a), factors(s, b));
            let Some((name, above, below)) = self.share_of(inst, &tops, &bottoms) else { continue };
            let facts = d.proof.facts_at(&f);
            if !below.iter().all(|x| facts.sign(*x).is_nonzero()) {
                continue;
            }
            let top = s.product(&std::iter::once(name).chain(above).collect::<Vec<_>>());
            let new = crate::tidy::tidy(s, if below.is_empty() { top } else { s.quot(top, s.product(&below)) });
            if d.recompute(&pos, &f, new, "definition.fold", self.definition_reason(inst.def), Weight::Main).is_ok() {
                return true;
            }
        }
        false
    }
    /// The entry of the share that `tops/bottoms` holds, and what is left above and below beside it.
    fn share_of(&self, inst: &Instance, tops: &[Id], bottoms: &[Id]) -> Option<(Id, Vec<Id>, Vec<Id>)> {
        let s = self.store;
        let Node::Quot(n, den) = *s.node(inst.body) else { return None };
        let whole = |p: Id, x: Id| crate::matching::matches(s, p, x).into_iter().find(|m| m.operands.is_empty());
        let (at, m) = bottoms.iter().enumerate().find_map(|(k, x)| Some((k, whole(den, *x)?)))?;
        // The indices of the denominator, then those of one factor above it.
        let known = of_indices(inst, &m.subst);
        let n = s.subst(n, &known);
        let open: Vec<VarId> = inst.indices.iter().copied().filter(|v| s.mentions(n, *v)).collect();
        let rest = if open.is_empty() {
            FxHashMap::default()
        } else {
            let fitting = factors(s, n).into_iter().filter(|p| open.iter().all(|v| s.mentions(*p, *v)));
            fitting.filter_map(|p| tops.iter().find_map(|x| whole(p, *x))).map(|m| of_indices(inst, &m.subst)).next()?
        };
        let (n, name) = (s.subst(n, &rest), s.subst(s.subst(inst.name, &known), &rest));
        if inst.indices.iter().any(|v| s.mentions(name, *v)) {
            return None;
        }
        let (mut above, mut below) = (tops.to_vec(), Vec::new());
        for p in factors(s, n) {
            match above.iter().position(|x| gradus_kernel::rearranged(s, *x, p)) {
                Some(k) => {
                    above.remove(k);
                }
                None => below.push(p),
            }
        }
        // Something of the share must stand above its denominator.
        if above.len() == tops.len() {
            return None;
        }
        below.extend(bottoms.iter().enumerate().filter(|(k, _)| *k != at).map(|(_, x)| *x));
        Some((name, above, below))
    }
}

/// What a match found for the indices of a tensor, those it has.
fn of_indices(inst: &Instance, sub: &Substitution) -> FxHashMap<VarId, Arg> {
    let found = |v: &VarId| match sub.values.get(v)? {
        gradus_kernel::Value::Index(a) => Some((*v, Arg::Idx(a.clone()))),
        _ => None,
    };
    inst.indices.iter().filter_map(found).collect()
}
