//! Derivatives by the entries of a tensor. Part of the trusted core.

use gradus_term::{Aff, Id, Node, Store};

/// `∂x[i]/∂x[j]` is the product of `[i_r = j_r]`; `∂x/∂x` is 1; what speaks of other entries alone, `∂f(x[2])/∂x[1]`, is constant. `None`
/// if `t` is no such derivative.
pub fn entry_delta(s: &Store, t: Id) -> Option<Id> {
    let Node::Diff { body, slot, .. } = s.node(t) else { return None };
    match s.node(*body) {
        Node::Bound(0, _) if slot.is_empty() => Some(s.int(1)),
        Node::Entry(x, ix) if matches!(s.node(*x), Node::Bound(0, _)) && ix.len() == slot.len() => {
            let pairs = ix.iter().map(crate::matrix::outside).zip(slot.iter()).filter(|(i, j)| i != *j);
            Some(s.product(&pairs.map(|(i, j)| s.delta(&i, j)).collect::<Vec<_>>()))
        }
        _ => (!slot.is_empty() && s.sort(*body).is_scalar() && speaks_of_others(s, *body, slot, 0)).then(|| s.int(0)),
    }
}

/// Whether the variable, under so many binders, stands only in entries with numbers as indices, each at another place than the slot.
fn speaks_of_others(s: &Store, t: Id, slot: &[Aff], depth: u32) -> bool {
    match s.node(t) {
        Node::Bound(k, _) => *k != depth,
        Node::Entry(x, ix) if matches!(s.node(*x), Node::Bound(k, _) if *k == depth) => {
            let apart = |(i, j): (&Aff, &Aff)| matches!((i.as_int(), j.as_int()), (Some(i), Some(j)) if i != j);
            ix.len() == slot.len() && ix.iter().all(|i| i.as_int().is_some()) && ix.iter().zip(slot).any(apart)
        }
        n => n.children().into_iter().all(|(c, under)| speaks_of_others(s, c, slot, depth + under)),
    }
}
