//! What is special about limits: infinite values, the sign of a term near a point, and that nothing may be assumed of the
//! value that moves. Part of the trusted core.
//!
//! A limit is taken over the points near `p` at which its body has a value, and says that there are such points. So a body
//! may be replaced by one that is equal to it near `p` and defined at least where it is.

use crate::compare::rearranged;
use crate::domain::{has_no_value, necessary_needs};
use crate::prover::{Prover, Refused};
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

/// Refuses a limit whose body has no value near the point: steps may widen where a body has a value, and the limit would come out as
/// that of the wider body. Of the limits with which a chain starts it must be shown that there are such points (a derivative, as in
/// l'Hôpital's quotients, has them where its term is smooth); of those that come later, not that there are none.
pub(crate) fn check_points<'s>(prover: &Prover<'s>, facts: &Facts<'s>, term: Id, start: bool) -> Result<(), Refused> {
    let s = prover.store();
    if !s.any_subterm(term, &mut |n| matches!(n, Node::Limit { .. })) {
        return Ok(());
    }
    let derivative = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Diff { .. }));
    let known = |limit: Id, value: Id| {
        let mut assumes = Vec::new();
        prover.lemma_gives(facts, limit, value, &mut assumes).is_ok_and(|gives| gives) && assumes.is_empty()
    };
    let mut seen = rustc_hash::FxHashSet::default();
    let mut todo = vec![term];
    while let Some(t) = todo.pop() {
        if !seen.insert(t) {
            continue;
        }
        if matches!(s.node(t), Node::Limit { .. }) && s.loose(t) == 0 {
            let fits = match points(s, facts, t, &known) {
                Tri::True => true,
                Tri::Unknown => !start || derivative(t),
                Tri::False => false,
            };
            if !fits {
                return Err(Refused::NotGrounded("a value near the point of the limit".to_owned()));
            }
        }
        s.node(t).for_each_child(|c, _| todo.push(c));
    }
    Ok(())
}

/// Whether there are points near the limit's at which its body has a value, as a limit says: what it needs holds on one side at
/// least, or fails on each.
pub fn has_points(s: &Store, facts: &Facts<'_>, limit: Id) -> Tri {
    points(s, facts, limit, &|_, _| false)
}
/// The same where limits are known: what tends to 0 or grows without bound, with a derivative that is not 0 near the point, is not 0
/// near it (Rolle).
fn points(s: &Store, facts: &Facts<'_>, limit: Id, known: &dyn Fn(Id, Id) -> bool) -> Tri {
    let Node::Limit { hint, point, side: whole, .. } = s.node(limit) else { return Tri::Unknown };
    let Some((vars, body)) = s.open_child(limit, 0) else { return Tri::Unknown };
    let [x] = vars.as_slice() else { return Tri::Unknown };
    let strictly = |c: Id, turned: bool| match *s.node(c) {
        Node::Rel(RelOp::Gt | RelOp::Ge, a, b) => s.rel(if turned { RelOp::Lt } else { RelOp::Gt }, a, b),
        Node::Rel(RelOp::Lt | RelOp::Le, a, b) => s.rel(if turned { RelOp::Gt } else { RelOp::Lt }, a, b),
        _ => c,
    };
    let on = |side: Side| {
        let near = facts.with(&s.near(*x, *point, side));
        match near.defined(body) {
            Definedness::Always => Tri::True,
            // That the rules of a derivative do not apply near the point is not enough.
            Definedness::Never => Tri::of(false, has_no_value(&near, body)),
            Definedness::Unknown { needs } => {
                let apart_from_zero = |c: Id| {
                    let Node::Rel(RelOp::Ne, g, zero) = *s.node(c) else { return false };
                    let of = |body: Id| s.intern(Node::Limit { hint: *hint, body: s.close(body, &[*x]), point: *point, side: *whole });
                    let slope = s.pow(s.diff(g, s.name(*x), &[]), s.int(2));
                    let ends = [s.int(0), s.intern(Node::Infinity(false)), s.intern(Node::Infinity(true))];
                    s.as_rational(zero).is_some_and(|q| q.is_zero())
                        && near.defined(g) == Definedness::Always
                        && ends.iter().any(|end| known(of(g), *end))
                        && known(of(s.prim_call(Prim::Sign, &[slope])), s.int(1))
                };
                let holds = |c: &Id| {
                    near.holds(*c) == Tri::True
                        || holds_at_and_near(s, facts, *x, *point, strictly(*c, false))
                        || apart_from_zero(*c)
                        || holds_by_shift(s, facts, *x, (*point, side), *c)
                };
                let necessary = necessary_needs(&near, body).unwrap_or_default();
                let fails = |c: &Id| {
                    necessary.contains(c) && strictly(*c, true) != *c && holds_at_and_near(s, facts, *x, *point, strictly(*c, true))
                };
                Tri::of(!needs.is_empty() && needs.iter().all(holds), needs.iter().any(fails))
            }
        }
    };
    let sides: &[Side] = match (point, whole) {
        (LimitPoint::At(_), Side::Both) => &[Side::Left, Side::Right],
        (_, side) => &[*side],
    };
    let each: Vec<Tri> = sides.iter().map(|side| on(*side)).collect();
    Tri::of(each.contains(&Tri::True), each.iter().all(|t| *t == Tri::False))
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
    let holds = |c: Id| holds(c) || holds_by_shift(s, facts, *x, (*point, *side), c);
    let sign = |u: Id| match (holds(s.rel(RelOp::Gt, u, s.int(0))), holds(s.rel(RelOp::Lt, u, s.int(0)))) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    // Of a product or a quotient, by the signs of its factors.
    let factors = |t: Id| match s.node(t) {
        Node::Product(xs) => xs.to_vec(),
        Node::Quot(a, b) => vec![*a, *b],
        _ => vec![t],
    };
    let all: Vec<Id> = factors(u).into_iter().flat_map(factors).collect();
    let positive = sign(u).or_else(|| all.iter().try_fold(true, |all, f| Some(sign(*f)? == all)));
    positive.filter(|_| defined).map(|p| s.int(if p { 1 } else { -1 }))
}

/// Whether a condition on x near a real point p holds for `p + h` with h near 0: `cos(π/2 + h)` is `−sin h`.
fn holds_by_shift(s: &Store, facts: &Facts<'_>, x: VarId, (point, side): (LimitPoint, Side), cond: Id) -> bool {
    let LimitPoint::At(p) = point else { return false };
    if s.as_rational(p).is_some() {
        return false;
    }
    let h = s.fresh(gradus_term::Sym::NONE, gradus_term::Sort::Scalar, false);
    let moved = s.subst(cond, &std::iter::once((x, Arg::Val(s.add(p, s.name(h))))).collect());
    let near = facts.with(&s.near(h, LimitPoint::At(s.int(0)), side));
    near.holds(moved) == Tri::True
}

/// Whether this is the limit at a real point of what has a derivative there, under the facts: its value.
pub(crate) fn continued(s: &Store, facts: &Facts<'_>, t: Id, value: Id) -> bool {
    let Node::Limit { point: LimitPoint::At(p), .. } = *s.node(t) else { return false };
    let Some((vars, body)) = s.open_child(t, 0) else { return false };
    let [x] = vars.as_slice() else { return false };
    if !s.sort(body).is_scalar() || s.var(*x).is_integer() {
        return false;
    }
    let at = std::iter::once((*x, Arg::Val(p))).collect();
    let slope = s.subst(s.diff(body, s.name(*x), &[]), &at);
    facts.defined(slope).is_always() && rearranged(s, s.subst(body, &at), value)
}

/// Whether a strict relation holds at the limit's point and, since the difference of its sides is smooth there and so continuous
/// near it, at every point near it. Far out the difference is taken as a term in `t = 1/x`, near 0, as it stands or times a power of
/// t that is positive: of `b + 1/t` > 0 for t > 0 the product `b t + 1` decides.
fn holds_at_and_near(s: &Store, facts: &Facts<'_>, x: VarId, point: LimitPoint, cond: Id) -> bool {
    let Node::Rel(op @ (RelOp::Gt | RelOp::Lt | RelOp::Ne), a, b) = *s.node(cond) else { return false };
    if !s.sort(a).is_scalar() || !s.sort(b).is_scalar() {
        return false;
    }
    let at = |v: VarId, value: Id| -> FxHashMap<VarId, Arg> { std::iter::once((v, Arg::Val(value))).collect() };
    let decides = |difference: Id, v: VarId, p: Id| {
        let put_in = at(v, p);
        let slope = s.subst(s.diff(difference, s.name(v), &[]), &put_in);
        facts.defined(slope).is_always() && facts.holds(s.rel(op, s.subst(difference, &put_in), s.int(0))) == Tri::True
    };
    let (side, powers): (RelOp, &[i64]) = match point {
        LimitPoint::At(p) => return decides(s.sub(a, b), x, p),
        LimitPoint::PosInf => (RelOp::Gt, &[0, 1, 2]),
        LimitPoint::NegInf => (RelOp::Lt, &[0, 2]),
    };
    let t = s.fresh(gradus_term::Sym::NONE, gradus_term::Sort::Scalar, false);
    let near = facts.with(&[s.rel(side, s.name(t), s.int(0))]);
    let far = s.subst(s.sub(a, b), &at(x, s.quot(s.int(1), s.name(t))));
    powers.iter().any(|k| {
        let times = if *k == 0 { far } else { s.mul(s.pow(s.name(t), s.int(*k)), far) };
        let plain = near.nf(times).ok().and_then(|n| near.to_term(&n)).filter(|plain| near.equal(times, *plain).is_proved());
        plain.is_some_and(|plain| decides(plain, t, s.int(0)))
    })
}
