//! The chain rule: through a tensor, and through the arguments of an unknown function of several numbers.

use crate::compare::rearranged;
use gradus_term::{Aff, Arg, BigOp, Id, Node, Sort, Store, Summand, VarId};

/// `∂/∂x g(u(x))` through the tensor `u`: `Σ_i ∂g/∂u[i] · ∂u[i]/∂x`. `u` stands under the binder of the derivative `t`, in
/// which `x` occurs only through it; `None` if that is not so.
pub fn chain_rule(s: &Store, t: Id, u: Id) -> Option<Id> {
    let Node::Diff { hint, body, slot, point } = s.node(t) else { return None };
    let x = s.fresh(*hint, s.sort(*point).clone(), false);
    let at = |t: Id, by: Id| s.open(t, &[Arg::Val(by)]);
    let (body, inner) = (at(*body, s.name(x)), at(u, s.name(x)));
    let Sort::Tensor(dims) = s.sort(inner) else { return None };
    let g = s.abstract_term(body, inner);
    if !s.mentions(inner, x) || s.mentions(g, x) || s.loose(g) == 0 {
        return None;
    }
    let taken: Vec<&str> = s.free_vars(t).into_iter().map(|v| s.var(v).name.as_str()).collect();
    let free = ["i", "k", "l", "m", "p", "q"].into_iter().filter(|w| !taken.contains(w)).chain(std::iter::repeat(""));
    let letters: Vec<VarId> = dims.iter().zip(free).map(|(_, w)| s.fresh(s.sym(w), Sort::Scalar, true)).collect();
    let ix: Box<[Aff]> = letters.iter().map(|v| Aff::free(*v)).collect();
    let outer = s.intern(Node::Diff { hint: gradus_term::Sym::NONE, body: g, slot: ix.clone(), point: at(u, *point) });
    let entry = s.close(s.intern(Node::Entry(inner, ix)), &[x]);
    let product = s.mul(outer, s.intern(Node::Diff { hint: *hint, body: entry, slot: slot.clone(), point: *point }));
    Some(letters.iter().zip(dims.iter()).rev().fold(product, |t, (v, n)| s.big(BigOp::Sum, *v, Aff::int(1), n.clone(), None, t)))
}

/// `∂/∂x F(u(x), v(x), …)` of an unknown function of numbers, or of a partial derivative of one: `∂₁F ∂u/∂x + ∂₂F ∂v/∂x + …`, a
/// summand for each argument that x stands in. What is unknown is smooth, so its partial derivatives are all it takes. `None` if `t` is
/// no such derivative.
pub fn arguments_rule(s: &Store, t: Id) -> Option<Id> {
    let Node::Diff { hint, body, slot, point } = s.node(t) else { return None };
    let x = s.fresh(*hint, s.sort(*point).clone(), false);
    let p = s.as_partial(s.open(*body, &[Arg::Val(s.name(x))]))?;
    let mut out = Vec::new();
    for (k, u) in p.args.iter().enumerate().filter(|(_, u)| s.mentions(**u, x)) {
        let outer = s.partial(&p.clone().by(k));
        let outer = s.open(s.close(outer, &[x]), &[Arg::Val(*point)]);
        let inner = s.intern(Node::Diff { hint: *hint, body: s.close(*u, &[x]), slot: slot.clone(), point: *point });
        out.push(Summand { neg: false, term: s.mul(outer, inner) });
    }
    (!out.is_empty()).then(|| s.sum(&out))
}

/// Whether `new` is the chain rule for `old` through the arguments of an unknown function, or through a tensor whose entries it
/// differentiates.
pub(crate) fn by_chain_rule(s: &Store, old: Id, new: Id) -> bool {
    if let Some(e) = arguments_rule(s, old) {
        return rearranged(s, e, new);
    }
    let mut t = new;
    while let Node::Big { op: BigOp::Sum, body, .. } = s.node(t) {
        t = *body;
    }
    let Node::Product(xs) = s.node(t) else { return false };
    xs.iter().any(|x| match s.node(*x) {
        Node::Diff { body, .. } => match s.node(*body) {
            Node::Entry(u, _) if s.loose(*u) == 1 => chain_rule(s, old, *u).is_some_and(|e| rearranged(s, e, new)),
            _ => false,
        },
        _ => false,
    })
}
