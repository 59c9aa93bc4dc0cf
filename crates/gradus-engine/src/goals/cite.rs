//! Citing: an earlier result at the instance needed.

use crate::Engine;
use gradus_kernel::{Lemma, Substitution, Value};
use gradus_term::{Aff, Arg, Domain, Id, Node, Props, Sort, Store, VarId, VarInfo, VarKind};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// The left side of a lemma with metavariables for some of its names.
pub(crate) struct Schema {
    metas: Vec<(VarId, VarId)>,
    left: Id,
}

/// Which names are taken at other values, as few as possible: indices first, then scalars, tensors, sizes.
const KINDS: [fn(&VarInfo) -> bool; 4] =
    [|v| v.kind == VarKind::Index, |v| v.sort == Sort::Scalar && v.domain != Domain::Nat, |v| v.domain != Domain::Nat, |_| true];

/// How the lemma's left side becomes `part`: the substitution for its free names, and its right side there.
pub(crate) fn instance(e: &Engine<'_>, lemma: &Lemma, part: Id) -> Option<(Substitution, Id)> {
    if gradus_kernel::rearranged(e.store, lemma.left, part) {
        return Some((Substitution::new(), lemma.right));
    }
    schemas(e, lemma.left).iter().find_map(|schema| at(e, lemma, part, schema))
}

/// The schemas of a left side, made once: a chain of many names asks every lemma at every place.
fn schemas(e: &Engine<'_>, left: Id) -> Rc<[Schema]> {
    let s = e.store;
    let mut made = e.schemas.borrow_mut();
    let make = || {
        let free = s.free_vars(left);
        let names = |kind: &fn(&VarInfo) -> bool| free.iter().copied().filter(|v| generalisable(s.var(*v)) && kind(s.var(*v))).collect();
        let of_kinds = KINDS.iter().map(names).filter(|names: &Vec<VarId>| !names.is_empty());
        of_kinds.map(|names| schema(s, left, &names)).collect()
    };
    Rc::clone(made.entry(left).or_insert_with(make))
}

fn schema(s: &Store, left: Id, names: &[VarId]) -> Schema {
    let meta = |v: &VarId| {
        let info = s.var(*v);
        let mut m = VarInfo::new(&info.name, VarKind::Meta, info.sort.clone());
        m.domain = info.domain.clone();
        (*v, s.declare(m))
    };
    let metas: Vec<(VarId, VarId)> = names.iter().map(meta).collect();
    let map: FxHashMap<VarId, Arg> = metas
        .iter()
        .map(|(v, m)| (*v, if s.var(*v).is_integer() { Arg::Idx(Aff::free(*m)) } else { Arg::Val(s.intern(Node::Meta(*m, [].into()))) }))
        .collect();
    Schema { left: s.subst(left, &map), metas }
}

/// The instance in which only the names of the schema take other values.
fn at(e: &Engine<'_>, lemma: &Lemma, part: Id, schema: &Schema) -> Option<(Substitution, Id)> {
    let s = e.store;
    let found = crate::matching::matches(s, schema.left, part).into_iter().find(|m| m.operands.is_empty())?;
    let mut subst = Substitution::new();
    let mut args: FxHashMap<VarId, Arg> = FxHashMap::default();
    for (v, m) in &schema.metas {
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
