//! Citing: an earlier result at the instance needed.

use crate::Engine;
use gradus_kernel::{Lemma, Substitution, Value};
use gradus_term::{Aff, Arg, Domain, Id, Node, Props, Sort, VarId, VarInfo, VarKind};
use rustc_hash::FxHashMap;

/// How the lemma's left side becomes `part`: the substitution for its free names, and its right side there.
pub(crate) fn instance(e: &Engine<'_>, lemma: &Lemma, part: Id) -> Option<(Substitution, Id)> {
    let s = e.store;
    if gradus_kernel::rearranged(s, lemma.left, part) {
        return Some((Substitution::new(), lemma.right));
    }
    // As few names as possible are taken at other values: indices first, then scalars, tensors, sizes.
    let kinds: [fn(&VarInfo) -> bool; 4] =
        [|v| v.kind == VarKind::Index, |v| v.sort == Sort::Scalar && v.domain != Domain::Nat, |v| v.domain != Domain::Nat, |_| true];
    let free = s.free_vars(lemma.left);
    kinds.iter().find_map(|kind| {
        let names: Vec<VarId> = free.iter().copied().filter(|v| generalisable(s.var(*v)) && kind(s.var(*v))).collect();
        at(e, lemma, part, &names)
    })
}

/// The instance in which only these names take other values.
fn at(e: &Engine<'_>, lemma: &Lemma, part: Id, names: &[VarId]) -> Option<(Substitution, Id)> {
    let s = e.store;
    if names.is_empty() {
        return None;
    }
    let metas: Vec<(VarId, VarId)> = names
        .iter()
        .map(|v| {
            let info = s.var(*v);
            let mut m = VarInfo::new(&info.name, VarKind::Meta, info.sort.clone());
            m.domain = info.domain.clone();
            (*v, s.declare(m))
        })
        .collect();
    let map: FxHashMap<VarId, Arg> = metas
        .iter()
        .map(|(v, m)| (*v, if s.var(*v).is_integer() { Arg::Idx(Aff::free(*m)) } else { Arg::Val(s.intern(Node::Meta(*m, [].into()))) }))
        .collect();
    let schema = s.subst(lemma.left, &map);
    let found = crate::matching::matches(s, schema, part).into_iter().find(|m| m.operands.is_empty())?;
    let mut subst = Substitution::new();
    let mut args: FxHashMap<VarId, Arg> = FxHashMap::default();
    for (v, m) in &metas {
        match found.subst.values.get(m)? {
            Value::Term(t) => {
                subst.values.insert(*v, Value::Term(*t));
                args.insert(*v, Arg::Val(*t));
            }
            Value::Index(a) => {
                subst.values.insert(*v, Value::Index(a.clone()));
                args.insert(*v, Arg::Idx(a.clone()));
            }
            Value::Summands(_) | Value::Factors(_) => return None,
        }
    }
    Some((subst, s.subst(lemma.right, &args)))
}

fn generalisable(info: &VarInfo) -> bool {
    info.props == Props::default()
        && matches!(info.sort, Sort::Scalar | Sort::Tensor(_))
        && matches!(info.domain, Domain::Real | Domain::Nat | Domain::Int)
}
