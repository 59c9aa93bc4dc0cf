//! Equality up to the order and grouping of summands and of commuting factors, at every depth.
//!
//! Two terms are *rearranged* into each other exactly if [`arranged`] gives the same term for both: nested sums and products
//! are flattened (signs multiplied), zeros among summands and ones among factors dropped, operands sorted, letters erased.
//! Matrix products keep their order. Nothing is computed.

use gradus_term::{Id, Node, Store, Summand};
use rustc_hash::FxHashMap;

/// The canonical arrangement of a term.
pub fn arranged(s: &Store, id: Id) -> Id {
    arrange(s, s.canon(id), &mut FxHashMap::default())
}

/// Whether two terms differ only in arrangement.
pub fn rearranged(s: &Store, a: Id, b: Id) -> bool {
    s.same(a, b) || arranged(s, a) == arranged(s, b)
}

fn arrange(s: &Store, id: Id, memo: &mut FxHashMap<Id, Id>) -> Id {
    if let Some(r) = memo.get(&id) {
        return *r;
    }
    let n = s.node(id).map_children(&mut |c, _| arrange(s, c, memo));
    let r = match n {
        Node::Sum(xs) => {
            let mut out = Vec::new();
            for x in &xs {
                match s.node(x.term) {
                    Node::Sum(ys) => out.extend(ys.iter().map(|y| Summand { neg: y.neg != x.neg, term: y.term })),
                    _ => out.push(*x),
                }
            }
            if out.len() > 1 {
                out.retain(|x| !matches!(s.node(x.term), Node::Num(q) if q.is_zero()));
            }
            out.sort_unstable();
            s.sum(&out)
        }
        Node::Product(xs) => {
            let mut out = Vec::new();
            for x in &xs {
                match s.node(*x) {
                    Node::Product(ys) => out.extend_from_slice(ys),
                    Node::Num(q) if q.is_one() => {}
                    _ => out.push(*x),
                }
            }
            out.sort_unstable();
            s.product(&out)
        }
        Node::MatMul(xs) => {
            let mut out = Vec::new();
            for x in &xs {
                match s.node(*x) {
                    Node::MatMul(ys) => out.extend_from_slice(ys),
                    _ => out.push(*x),
                }
            }
            s.intern(Node::MatMul(out.into()))
        }
        Node::Call(f, mut xs)
            if matches!(s.prim(f), Some(gradus_term::Prim::Hadamard | gradus_term::Prim::Max | gradus_term::Prim::Min)) =>
        {
            xs.sort_unstable();
            s.intern(Node::Call(f, xs))
        }
        n => s.intern(n),
    };
    memo.insert(id, r);
    r
}
