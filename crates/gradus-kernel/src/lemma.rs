//! Where a lemma may be used: at other values of its names, and for all entries of a tensor. Part of the trusted core.

use crate::check::Discharge;
use crate::compare::rearranged;
use crate::instances::is_of_integers;
use crate::prover::Refused;
use crate::rule::{Substitution, Value};
use gradus_decide::{Facts, Tri};
use gradus_term::{Aff, Arg, Id, Node, RelOp, Store, VarId, VarKind};
use rustc_hash::FxHashMap;

/// The indices for all values of which conditions of an equation are meant: those that were opened, and which it does not mention. Where
/// only whole numbers are compared one value is enough: it shows that there are any.
pub(crate) fn for_all(s: &Store, equation: &[Id], under: &[Id]) -> Vec<VarId> {
    let of_reals = under.iter().filter(|c| !is_of_integers(s, **c));
    let mut all: Vec<VarId> = of_reals.flat_map(|c| s.free_vars(*c)).collect();
    all.sort_unstable();
    all.dedup();
    all.retain(|v| s.var(*v).kind == VarKind::Opened && s.var(*v).is_integer() && !equation.iter().any(|t| s.mentions(*t, *v)));
    all
}

/// Those of the conditions that are meant for all values of an index.
pub(crate) fn for_all_of(s: &Store, equation: &[Id], under: &[Id]) -> Vec<Id> {
    let all = for_all(s, equation, under);
    under.iter().copied().filter(|c| !is_of_integers(s, *c) && all.iter().any(|v| s.mentions(*c, *v))).collect()
}

/// A lemma at an instance; what of its conditions must be assumed.
pub(crate) fn check_cited(d: &Discharge<'_, '_>, lemma: usize, subst: &Substitution, old: Id, new: Id) -> Result<Vec<Id>, Refused> {
    let s = d.store();
    let l = d.prover.lemma(lemma).ok_or(Refused::NoSuchLemma)?;
    let map: FxHashMap<VarId, Arg> = subst
        .values
        .iter()
        .filter_map(|(v, x)| match x {
            Value::Term(t) => Some((*v, Arg::Val(*t))),
            Value::Index(a) => Some((*v, Arg::Idx(a.clone()))),
            Value::Summands(_) | Value::Factors(_) => None,
        })
        .collect();
    let mut names: Vec<VarId> = [l.left, l.right].iter().chain(&l.under).flat_map(|t| s.free_vars(*t)).collect();
    names.extend(map.keys().copied());
    names.sort_unstable();
    names.dedup();
    for v in names {
        let fits = match map.get(&v) {
            Some(x) => in_declared_set(d, v, x, &map),
            // A name that stays keeps its sizes: none of them may be replaced.
            None => s.subst_sort(&s.var(v).sort, &map) == s.var(v).sort,
        };
        if !fits {
            return Err(Refused::NotGrounded(l.name.clone()));
        }
    }
    // What it was proved under for all values of an index is not known by one of them.
    if for_all(s, &[l.left, l.right], &l.under).into_iter().any(|v| map.contains_key(&v) || d.is_of_the_claim(v)) {
        return Err(Refused::NotGrounded(l.name.clone()));
    }
    let (a, b) = (s.subst(l.left, &map), s.subst(l.right, &map));
    if !((rearranged(s, a, old) && rearranged(s, b, new)) || (rearranged(s, b, old) && rearranged(s, a, new))) {
        return Err(Refused::NotGrounded(l.name.clone()));
    }
    let mut assumes = Vec::new();
    for c in &l.under {
        assumes.extend(d.discharge(s.subst(*c, &map))?);
    }
    Ok(assumes)
}

/// A tensor former is rewritten entry by entry by a lemma that holds for all indices in their ranges.
pub(crate) fn check_entrywise(d: &Discharge<'_, '_>, lemma: usize, indices: &[VarId], old: Id, new: Id) -> Result<Vec<Id>, Refused> {
    let s = d.store();
    let l = d.prover.lemma(lemma).ok_or(Refused::NoSuchLemma)?;
    let no = || Refused::NotGrounded(l.name.clone());
    let Node::Tensor { dims, .. } = s.node(old) else { return Err(no()) };
    let former = |entry: Id| s.tensor(indices, dims, entry);
    if dims.len() != indices.len() || !rearranged(s, former(l.left), old) || !rearranged(s, former(l.right), new) {
        return Err(no());
    }
    // The lemma must hold for every integer in the range, so its index may be declared in no smaller set.
    let free = |v: &VarId| s.var(*v).domain == gradus_term::Domain::Int && s.var(*v).props == gradus_term::Props::default();
    if !indices.iter().all(free) {
        return Err(no());
    }
    let mut ranges = Vec::new();
    for (v, n) in indices.iter().zip(dims.iter()) {
        let i = s.index(Aff::free(*v));
        ranges.push(s.rel(RelOp::Le, s.int(1), i));
        ranges.push(s.rel(RelOp::Le, i, s.index(n.clone())));
    }
    if for_all(s, &[l.left, l.right], &l.under).into_iter().any(|v| !indices.contains(&v) && d.is_of_the_claim(v)) {
        return Err(no());
    }
    // What else is known of such a name is known of one value, not of all in the range.
    let conditions = d.facts().conditions();
    let of_one = |c: &Id| indices.iter().any(|v| s.mentions(*c, *v));
    let facts = if conditions.iter().any(of_one) {
        let others: Vec<Id> = conditions.iter().copied().filter(|c| !of_one(c)).collect();
        Facts::new(s, &others).with(&ranges)
    } else {
        d.facts().with(&ranges)
    };
    let mut assumes = Vec::new();
    for c in &l.under {
        match facts.holds(*c) {
            Tri::True => {}
            Tri::False => return Err(Refused::NeedFails(*c)),
            Tri::Unknown => assumes.push(*c),
        }
    }
    Ok(assumes)
}

/// A lemma about `y ∈ {0, 1}` or `n ∈ ℕ` may be used only at such values; properties of names must carry over.
fn in_declared_set(d: &Discharge<'_, '_>, v: VarId, x: &Arg, map: &FxHashMap<VarId, Arg>) -> bool {
    use gradus_term::{Domain, Props};
    let s = d.store();
    let info = s.var(v);
    let same_name = match x {
        Arg::Val(t) => matches!(s.node(*t), Node::Var(w) if *w == v),
        Arg::Idx(a) => *a == Aff::free(v),
    };
    let sort = s.subst_sort(&info.sort, map);
    if same_name {
        return sort == info.sort;
    }
    if info.props != Props::default() {
        return false;
    }
    match (&info.domain, x) {
        (Domain::Real, Arg::Val(t)) => *s.sort(*t) == sort,
        (Domain::Int, Arg::Idx(_)) => true,
        (Domain::Nat, Arg::Idx(a)) => d.facts().nonneg(&a.plus(-1)) == Tri::True,
        (Domain::Finite(vs), Arg::Val(t)) => s.as_rational(*t).is_some_and(|q| vs.contains(&q)),
        _ => false,
    }
}
