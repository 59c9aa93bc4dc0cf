//! What is known for every value of an index, used at one of its values.

use crate::domain::is_linear;
use crate::kink::surely_kink;
use gradus_decide::{Facts, Tri};
use gradus_term::{Aff, Arg, BigOp, IVar, Id, Node, Prim, RelOp, Store, VarId, VarKind};
use rustc_hash::FxHashMap;

/// How many conditions are put in at the most.
const INSTANCES: usize = 64;

/// Those of the conditions of the natural domain of `start` by which something has a value, for all values of the indices opened
/// on the way to them. Conditions that only keep away from a kink are left out: where kinks make up for each other, they are more
/// than the domain asks.
pub(crate) fn of_values(s: &Store, start: Id, domain: &[Id]) -> Vec<Id> {
    let opened = |c: Id| s.free_vars(c).into_iter().any(|v| is_opened_index(s, v));
    let mut indexed: Vec<Id> = domain.iter().copied().filter(|c| opened(*c)).collect();
    if !indexed.is_empty() && has_kinks(s, start) {
        indexed.retain(|c| !matches!(s.node(*c), Node::Rel(RelOp::Ne, ..)));
    }
    indexed
}

/// The conditions `u_i ≠ 0` of the natural domain of a derivative that keep it away from kinks, at the index of its own variable, where
/// `u` surely has a slope in it: there the derivative has no value without them.
pub(crate) fn of_kinks(facts: &Facts<'_>, start: Id, domain: &[Id]) -> Vec<Id> {
    let s = facts.store();
    let Node::Diff { slot, point, .. } = s.node(start) else { return Vec::new() };
    let entry = s.make_entry(*point, slot);
    let own = |c: &Id| -> Vec<Id> {
        let opened: Vec<VarId> = s.free_vars(*c).into_iter().filter(|v| is_opened_index(s, *v)).collect();
        let ([v], Node::Rel(RelOp::Ne, ..)) = (opened.as_slice(), s.node(*c)) else { return Vec::new() };
        let Some(range) = facts.range_of(*v).filter(|_| surely_kink(facts, start, *c)) else { return Vec::new() };
        let at = |w: &Aff| s.subst(*c, &std::iter::once((*v, Arg::Idx(w.clone()))).collect());
        let sloped = |c: &Id| matches!(s.node(*c), Node::Rel(_, a, b) if is_linear(facts, s.sub(*a, *b), entry));
        slot.iter().filter(|w| lies_in(facts, w, &range, &opened)).map(at).filter(sloped).collect()
    };
    domain.iter().flat_map(own).collect()
}

/// Given conditions that hold for all values of an index: it was opened, and what is claimed does not mention it.
pub(crate) fn of_givens(s: &Store, start: Id, givens: &[Id]) -> Vec<Id> {
    let for_all = |c: Id| s.free_vars(c).into_iter().any(|v| is_opened_index(s, v) && !s.mentions(start, v));
    givens.iter().copied().filter(|c| for_all(*c) && !is_of_integers(s, *c)).collect()
}

/// Whether a condition compares whole numbers.
pub(crate) fn is_of_integers(s: &Store, cond: Id) -> bool {
    matches!(s.node(cond), Node::Rel(_, a, b) if s.as_aff(*a).is_some() && s.as_aff(*b).is_some())
}

fn is_opened_index(s: &Store, v: VarId) -> bool {
    let info = s.var(v);
    info.kind == VarKind::Opened && info.is_integer()
}

/// Whether something with a kink or a jump stands in the term, definitions put in.
fn has_kinks(s: &Store, t: Id) -> bool {
    s.any_subterm_defined(t, &mut |n| match n {
        Node::Iverson(_) | Node::Cases(..) | Node::Big { op: BigOp::Max | BigOp::Min, .. } => true,
        Node::Call(f, _) => matches!(s.prim(*f), Some(Prim::Abs | Prim::Sign | Prim::Max | Prim::Min | Prim::Norm)),
        _ => false,
    })
}

/// Whether `cond` follows from what conditions `everywhere` say at the indices it mentions: each is used where these lie in the
/// ranges its own were opened over. Where `cond` mentions opened indices itself, it is meant for all their values.
pub(crate) fn holds_at_its_indices(s: &Store, facts: &Facts<'_>, everywhere: &[Id], cond: Id) -> bool {
    if everywhere.is_empty() {
        return false;
    }
    let mut wanted: Vec<Aff> = s.free_vars(cond).into_iter().filter(|v| s.var(*v).is_integer()).map(Aff::free).collect();
    // Entries may stand at shifted indices: v[i − 1].
    s.any_subterm(cond, &mut |n| {
        if let Node::Entry(_, ix) = n {
            let open = |a: &Aff| a.vars().any(|v| matches!(v, IVar::Bound(_)));
            let more: Vec<Aff> = ix.iter().filter(|a| !open(a) && !wanted.contains(a)).cloned().collect();
            wanted.extend(more);
        }
        false
    });
    let mut inside = Vec::new();
    for v in s.free_vars(cond).into_iter().filter(|v| is_opened_index(s, *v)) {
        if let Some((lo, hi)) = facts.range_of(v) {
            let i = s.index(Aff::free(v));
            inside.extend([s.rel(RelOp::Le, s.index(lo), i), s.rel(RelOp::Le, i, s.index(hi))]);
        }
    }
    let facts = &facts.with(&inside);
    let mut found: Vec<Id> = Vec::new();
    for k in everywhere {
        let all: Vec<VarId> = s.free_vars(*k).into_iter().filter(|v| is_opened_index(s, *v)).collect();
        let mut maps = vec![FxHashMap::default()];
        for v in &all {
            let inside: Vec<&Aff> = wanted
                .iter()
                .filter(|w| match facts.range_of(*v) {
                    Some(range) => lies_in(facts, w, &range, &all),
                    None => lies_where_given(s, facts, w, *v),
                })
                .collect();
            let with = |m: &FxHashMap<VarId, Arg>, w: &Aff| {
                let mut m = m.clone();
                m.insert(*v, Arg::Idx(w.clone()));
                m
            };
            maps = maps.iter().flat_map(|m| inside.iter().map(move |w| with(m, w))).take(INSTANCES).collect();
        }
        found.extend(maps.iter().map(|m| s.subst(*k, m)));
        if found.len() > INSTANCES {
            break;
        }
    }
    !found.is_empty() && facts.with(&found).holds(cond) == Tri::True
}

/// Whether an index lies in a range whose ends do not depend on the other opened indices.
fn lies_in(facts: &Facts<'_>, w: &Aff, (lo, hi): &(Aff, Aff), opened: &[VarId]) -> bool {
    let free = |a: &Aff| a.vars().all(|u| !matches!(u, IVar::Free(v) if opened.contains(&v)));
    free(lo) && free(hi) && facts.nonneg(&w.sub(lo)) == Tri::True && facts.nonneg(&hi.sub(w)) == Tri::True
}

/// Whether an index lies where conditions between whole numbers say that another one does.
fn lies_where_given(s: &Store, facts: &Facts<'_>, w: &Aff, v: VarId) -> bool {
    let at = std::iter::once((v, Arg::Idx(w.clone()))).collect();
    let said: Vec<Id> = facts.conditions().iter().copied().filter(|c| s.mentions(*c, v) && is_of_integers(s, *c)).collect();
    !said.is_empty() && said.into_iter().all(|c| facts.holds(s.subst(c, &at)) == Tri::True)
}
