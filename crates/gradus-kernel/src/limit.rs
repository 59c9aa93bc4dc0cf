//! What is special about limits: infinite values, the sign of a term near a point, and that nothing may be assumed of the
//! value that moves. Part of the trusted core.
//!
//! A limit is taken over the points near `p` at which its body has a value, and says that there are such points. So a body
//! may be replaced by one that is equal to it near `p` and defined at least where it is.

use crate::prover::Refused;
use crate::rule::{Rule, Substitution, Value};
use gradus_decide::{Definedness, Facts, Tri};
use gradus_term::{Arg, Focus, Id, LimitPoint, Node, Prim, RelOp, Side, Store, VarId};
use rustc_hash::FxHashMap;

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
    let sides: Vec<Facts<'_>> = match (point, side) {
        (LimitPoint::At(_), Side::Both) => [Side::Left, Side::Right].map(|side| facts.with(&s.near(*x, *point, side))).into(),
        _ => Vec::new(),
    };
    let on_each_side = |c: Id| !sides.is_empty() && sides.iter().all(|f| f.holds(c) == Tri::True);
    let holds = |c: Id| near.holds(c) == Tri::True || on_each_side(c) || holds_at_and_near(s, facts, *x, *point, c);
    let defined = match near.defined(u) {
        Definedness::Always => true,
        Definedness::Never => false,
        Definedness::Unknown { needs } => !needs.is_empty() && needs.iter().all(|c| holds(*c)),
    };
    let has_sign = |op: RelOp| holds(s.rel(op, u, s.int(0)));
    match defined {
        true if has_sign(RelOp::Gt) => Some(s.int(1)),
        true if has_sign(RelOp::Lt) => Some(s.int(-1)),
        _ => None,
    }
}

/// Whether a strict relation holds at the limit's point and, since the difference of its sides is smooth there and so continuous
/// near it, at every point near it. Far out the difference is taken as a term in `1/x`, near 0.
fn holds_at_and_near(s: &Store, facts: &Facts<'_>, x: VarId, point: LimitPoint, cond: Id) -> bool {
    let Node::Rel(op @ (RelOp::Gt | RelOp::Lt | RelOp::Ne), a, b) = *s.node(cond) else { return false };
    if !s.sort(a).is_scalar() || !s.sort(b).is_scalar() {
        return false;
    }
    let at = |v: VarId, value: Id| -> FxHashMap<VarId, Arg> { std::iter::once((v, Arg::Val(value))).collect() };
    let (difference, v, p) = match point {
        LimitPoint::At(p) => (s.sub(a, b), x, p),
        LimitPoint::PosInf | LimitPoint::NegInf => {
            let t = s.fresh(gradus_term::Sym::NONE, gradus_term::Sort::Scalar, false);
            let side = if point == LimitPoint::PosInf { RelOp::Gt } else { RelOp::Lt };
            let near = facts.with(&[s.rel(side, s.name(t), s.int(0))]);
            let far = s.subst(s.sub(a, b), &at(x, s.quot(s.int(1), s.name(t))));
            match near.nf(far).ok().and_then(|n| near.to_term(&n)) {
                Some(plain) if near.equal(far, plain).is_proved() => (plain, t, s.int(0)),
                _ => return false,
            }
        }
    };
    let put_in = at(v, p);
    let slope = s.subst(s.diff(difference, s.name(v), &[]), &put_in);
    facts.defined(slope).is_always() && facts.holds(s.rel(op, s.subst(difference, &put_in), s.int(0))) == Tri::True
}
