//! Where a minus stands: a positive summand first, the sign of a sum inside its only difference.

use crate::tidy::{factors, summands};
use gradus_term::{BigOp, Id, Node, Summand};

/// `−(a − b)/c` as `(b − a)/c`, `−Σ u (a − b)` as `Σ u (b − a)`, where that difference is the only one, also under a further sum. `None` for anything else.
pub(crate) fn minus_inside(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let (true, core) = crate::tidy::unsign(s, t) else { return None };
    if let Node::Quot(a, b) = s.node(core) {
        return Some(s.quot(turned_difference(s, *a)?, *b));
    }
    let mut outside = factors(s, core);
    let big = outside.iter().position(|f| matches!(s.node(*f), Node::Big { op: BigOp::Sum, .. }))?;
    *outside.get_mut(big)? = turned_sum(s, *outside.get(big)?)?;
    Some(s.product(&outside))
}
/// `b − a` for `a − b`. A residual of more terms, y − a − b x, stays as it is.
fn turned_difference(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let terms = summands(s, t);
    if terms.len() != 2 || terms.iter().filter(|x| x.neg).count() != 1 {
        return None;
    }
    Some(positive_order(s, s.sum(&terms.iter().map(|x| Summand { neg: !x.neg, term: x.term }).collect::<Vec<_>>())))
}
/// A sum over a range with the other sign, by its only difference.
fn turned_sum(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let mut sum = s.node(t).clone();
    let Node::Big { body, .. } = &mut sum else { return None };
    let mut fs = factors(s, *body);
    let mixed = |f: &Id| matches!(s.node(*f), Node::Sum(xs) if xs.iter().any(|x| x.neg) && xs.iter().any(|x| !x.neg));
    let inner = |f: &Id| matches!(s.node(*f), Node::Big { op: BigOp::Sum, .. });
    let all: Vec<usize> = fs.iter().enumerate().filter(|(_, f)| mixed(f)).map(|(k, _)| k).collect();
    match all.as_slice() {
        [] => {
            let k = fs.iter().position(inner)?;
            *fs.get_mut(k)? = turned_sum(s, *fs.get(k)?)?;
        }
        [k] => {
            *fs.get_mut(*k)? = turned_difference(s, *fs.get(*k)?)?;
        }
        _ => return None,
    }
    *body = s.product(&fs);
    Some(s.intern(sum))
}

/// A sum that starts with a minus starts with its first positive summand instead.
pub(crate) fn positive_order(s: &gradus_term::Store, t: Id) -> Id {
    let Node::Sum(xs) = s.node(t) else { return t };
    if !xs.first().is_some_and(|x| x.neg) {
        return t;
    }
    let Some(k) = xs.iter().position(|x| !x.neg) else { return t };
    let mut out = xs.to_vec();
    let first = out.remove(k);
    out.insert(0, first);
    s.sum(&out)
}

/// Summands with a positive one first, if there is one.
pub(crate) fn positive_first_parts(mut xs: Vec<Summand>) -> Vec<Summand> {
    if xs.first().is_some_and(|x| x.neg) {
        if let Some(k) = xs.iter().position(|x| !x.neg) {
            let first = xs.remove(k);
            xs.insert(0, first);
        }
    }
    xs
}
