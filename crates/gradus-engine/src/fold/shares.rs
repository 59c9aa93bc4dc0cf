//! Shares that the worksheet names and the problem does not use, as the responsibilities of a mixture: `r_nk = a_k g_nk/Σ_l a_l g_nl` is
//! read back from `g_nk/Σ_l a_l g_nl` as `r_nk/a_k`.

use super::Instance;
use crate::draft::Draft;
use crate::tidy::{factors, summands, unsign};
use crate::Engine;
use gradus_kernel::{Substitution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Arg, BigOp, Goal, Id, Node, Summand, VarId};
use rustc_hash::FxHashMap;

/// How many fractions of one term are read so.
const SHARES: usize = 12;

impl<'s> Engine<'s> {
    /// Names of the worksheet for shares put in where their denominators stand; whether any was.
    pub(crate) fn fold_shares(&self, d: &mut Draft<'s>, goal: &Goal) -> bool {
        let s = self.store;
        // The denominator is a sum, or the name of one.
        let sum = |b: Id| match s.node(b) {
            Node::Call(f, xs) => s.fun(*f).is_constant_name() && s.unfold(*f, xs).is_some_and(|b| matches!(s.node(b), Node::Big { .. })),
            n => matches!(n, Node::Big { .. }),
        };
        let share = |i: &Instance| matches!(s.node(i.body), Node::Quot(_, b) if sum(*b));
        let start = d.len();
        for call in goal.constants.iter().filter(|(f, _)| goal.definitions.contains(f)).map(|(_, c)| *c) {
            let Some(inst) = self.instance(call).filter(|i| !i.indices.is_empty() && share(i)) else { continue };
            // What the problem itself uses is folded back as it is defined.
            if s.contains(d.proof.start(), call) || self.instances(&[d.proof.start()]).iter().any(|i| i.def == inst.def) {
                continue;
            }
            for _ in 0..SHARES {
                if !self.fold_share(d, &inst) && !self.fold_share_in_sum(d, &inst) {
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
    /// `(Σ_y G_y e^{θ_y})/Z` as `Σ_y G_y p_y`: the denominator inside first.
    fn fold_share_in_sum(&self, d: &mut Draft<'s>, inst: &Instance) -> bool {
        let s = self.store;
        let Node::Quot(_, den) = *s.node(inst.body) else { return false };
        let (neg, core) = unsign(s, d.current());
        let (mut tops, mut bottoms) = (Vec::new(), Vec::new());
        for x in factors(s, core) {
            match *s.node(x) {
                Node::Quot(a, b) => {
                    tops.extend(factors(s, a).into_iter().filter(|x| !crate::tidy::is_one(s, *x)));
                    bottoms.extend(factors(s, b));
                }
                _ => tops.push(x),
            }
        }
        let Some(at) = bottoms.iter().position(|b| s.same(*b, den)) else { return false };
        bottoms.remove(at);
        let big = |t: Id| matches!(s.node(t), Node::Big { op: BigOp::Sum, .. });
        let sums = |t: Id| summands(s, t).iter().all(|x| big(x.term));
        let Some(k) = tops.iter().position(|t| sums(*t)) else { return false };
        let inside = |t: Id| {
            let Node::Big { op, hint, lo, hi, cond, body } = s.node(t).clone() else { return t };
            s.intern(Node::Big { op, hint, lo, hi, cond, body: s.quot(body, den) })
        };
        let whole =
            tops.get(k).map(|t| s.sum(&summands(s, *t).iter().map(|x| Summand { neg: x.neg, term: inside(x.term) }).collect::<Vec<_>>()));
        let Some(sum) = whole else { return false };
        let top = s.product(&tops.iter().enumerate().map(|(i, t)| if i == k { sum } else { *t }).collect::<Vec<_>>());
        let new = if bottoms.is_empty() { top } else { s.quot(top, s.product(&bottoms)) };
        let before = d.len();
        let moved = d.rewrite(if neg { s.neg(new) } else { new }, "algebra.distribute", Text::default(), Weight::Small).is_ok();
        if moved && self.fold_share(d, inst) {
            return true;
        }
        d.truncate(before);
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
