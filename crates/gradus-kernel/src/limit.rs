//! What is special about limits: infinite values, the sign of a term near a point, and that nothing may be assumed of the
//! value that moves. Part of the trusted core.
//!
//! A limit is taken over the points near `p` at which its body has a value, and says that there are such points. So a body
//! may be replaced by one that is equal to it near `p` and defined at least where it is.

use crate::prover::Refused;
use crate::rule::{Rule, Substitution, Value};
use gradus_decide::{Facts, Tri};
use gradus_term::{Focus, Id, LimitPoint, Node, Prim, RelOp, Store};

/// ±∞ is a limit's point or a limit claim's whole value, and nothing is assumed of a value that moves towards a limit.
pub(crate) fn check_step(s: &Store, f: &Focus, new: Id, after: Id, assumes: &[Id]) -> Result<(), Refused> {
    let infinite = |n: &Node| matches!(n, Node::Infinity(_));
    if s.any_subterm(new, &mut |n| infinite(n)) && !(infinite(s.node(new)) && s.same(new, after)) {
        return Err(Refused::NotGrounded("an infinite value inside a term".to_owned()));
    }
    if f.limits.iter().any(|v| assumes.iter().any(|c| s.mentions(*c, *v))) {
        return Err(Refused::NotGrounded("what is known near the point of the limit".to_owned()));
    }
    Ok(())
}

/// The variables of a rule stand for real values; only a limit's point may be infinite.
pub(crate) fn check_values(s: &Store, rule: &Rule, subst: &Substitution) -> Result<(), Refused> {
    let is_point = |v: gradus_term::VarId| {
        s.any_subterm(rule.left, &mut |n| match n {
            Node::Limit { point: LimitPoint::At(p), .. } => matches!(s.node(*p), Node::Meta(w, _) if *w == v),
            _ => false,
        })
    };
    for (v, x) in &subst.values {
        let terms: Vec<Id> = match x {
            Value::Term(t) => vec![*t],
            Value::Index(_) => Vec::new(),
            Value::Summands(xs) => xs.iter().map(|x| x.term).collect(),
            Value::Factors(xs) => xs.clone(),
        };
        let whole = matches!(terms.as_slice(), [t] if matches!(s.node(*t), Node::Infinity(_)));
        if terms.iter().any(|t| s.any_subterm(*t, &mut |n| matches!(n, Node::Infinity(_)))) && !(whole && is_point(*v)) {
            return Err(Refused::NotGrounded(rule.name.clone()));
        }
    }
    Ok(())
}

/// `lim sign(u)` as 1 or −1, where `u` is defined and has that sign at every point near the limit's.
pub(crate) fn sign_near(s: &Store, facts: &Facts<'_>, t: Id) -> Option<Id> {
    let Node::Limit { point, side, .. } = s.node(t) else { return None };
    let (vars, opened) = s.open_child(t, 0)?;
    let [x] = vars.as_slice() else { return None };
    let u = match s.node(opened) {
        Node::Call(f, ys) if s.prim(*f) == Some(Prim::Sign) => *ys.first()?,
        _ => return None,
    };
    let near = facts.with(&s.near(*x, *point, *side));
    if !near.defined(u).is_always() {
        return None;
    }
    let holds = |op: RelOp| near.holds(s.rel(op, u, s.int(0))) == Tri::True;
    if holds(RelOp::Gt) {
        Some(s.int(1))
    } else if holds(RelOp::Lt) {
        Some(s.int(-1))
    } else {
        None
    }
}
