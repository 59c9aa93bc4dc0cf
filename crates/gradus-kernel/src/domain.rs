//! Where a term has a value: what that needs, and what only the rules of its derivatives need.
//!
//! A derivative is known to have a value where its rules apply, but it may have one elsewhere: that of `x |x|` is 0 at 0, where no rule
//! says so. Who claims something of all values of a name, as that an equation has no other solutions, may use as known only what
//! a value needs.

use crate::check::needs;
use crate::kink::surely_kink;
use gradus_decide::{Definedness, Facts, Tri};
use gradus_term::{Arg, FnKind, Id, Node, RelOp, Sort, Store, Sym, VarId};

/// Conditions without which a term has no value, among those under which it is known to have one; `None` if where it has a value
/// cannot be said.
pub fn necessary_needs(facts: &Facts<'_>, t: Id) -> Option<Vec<Id>> {
    let s = facts.store();
    let mut all = needs(&facts.defined(t))?;
    if !s.any_subterm_defined(t, &mut |n| needs_less(s, n)) {
        return Some(all);
    }
    let mut derivatives = Vec::new();
    let without = with_plain_needs(s, t, &mut derivatives);
    let of_value = |t: Id| needs(&facts.defined(t)).unwrap_or_default();
    let of_values: Vec<Id> = of_value(without);
    let body = |d: Id| body_at_point(s, d).map(|b| with_plain_needs(s, b, &mut Vec::new()));
    let of_bodies: Vec<(Id, Vec<Id>)> = derivatives.into_iter().filter_map(|d| Some((d, of_value(body(d)?)))).collect();
    all.retain(|c| {
        of_values.contains(c)
            || facts.with(&of_values).holds(*c) == Tri::True
            || of_bodies.iter().any(|(d, known)| keeps_away(facts, *d, known, *c))
    });
    Some(all)
}

/// Whether a term surely has no value. That the rules of a derivative do not apply is not enough.
pub fn has_no_value(facts: &Facts<'_>, t: Id) -> bool {
    facts.defined(with_plain_needs(facts.store(), t, &mut Vec::new())) == Definedness::Never
}

/// Whether a derivative has no value where the condition fails: it keeps away from a kink `|u|` or from the boundary `u ≥ 0` of what is
/// differentiated, and u passes through 0 with a slope there, as it is linear in the variable.
fn keeps_away(facts: &Facts<'_>, derivative: Id, known: &[Id], cond: Id) -> bool {
    let s = facts.store();
    let (Node::Diff { point, .. }, Node::Rel(op, a, b)) = (s.node(derivative), s.node(cond)) else { return false };
    let weak = match op {
        // A kink may have a factor that is 0 for some values of other names.
        RelOp::Ne => {
            let alone = s.free_vars(derivative).iter().all(|v| s.mentions(*point, *v));
            return alone && surely_kink(facts, derivative, cond) && is_linear(facts, s.sub(*a, *b), *point);
        }
        RelOp::Lt => RelOp::Le,
        RelOp::Gt => RelOp::Ge,
        _ => return false,
    };
    facts.with(known).holds(s.rel(weak, *a, *b)) == Tri::True && is_linear(facts, s.sub(*a, *b), *point)
}

/// Whether a term may have a value where it is not known to have one: a derivative, or a power whose exponent varies: `x^a` has values at
/// negative x for some a.
fn needs_less(s: &Store, n: &Node) -> bool {
    is_derivative(n) || matches!(n, Node::Pow(_, b) if s.as_rational(*b).is_none() && s.as_aff(*b).is_none())
}
pub(crate) fn is_derivative(n: &Node) -> bool {
    matches!(n, Node::Diff { .. } | Node::Differential { .. })
}

fn body_at_point(s: &Store, derivative: Id) -> Option<Id> {
    match s.node(derivative) {
        Node::Diff { body, point, .. } => Some(s.open(*body, &[Arg::Val(*point)])),
        _ => None,
    }
}

/// A term that has a value wherever this one has, and of which what a value needs is known: every derivative is replaced by what is
/// differentiated, every power whose exponent varies by its base and exponent, beside a number of which nothing is known, since their
/// values are others. The derivatives that the term surely needs are collected; what has such terms in it and may be left out, or is
/// bound, gives way to such a number alone: `1/Σ x_i^a` is no `1/0`.
fn with_plain_needs(s: &Store, t: Id, found: &mut Vec<Id>) -> Id {
    if !s.any_subterm_defined(t, &mut |n| needs_less(s, n)) {
        return t;
    }
    let unknown = || s.name(s.fresh(Sym::NONE, Sort::Scalar, false));
    match s.node(t) {
        Node::Pow(a, b) if needs_less(s, s.node(t)) => {
            s.add(s.add(unknown(), with_plain_needs(s, *a, found)), with_plain_needs(s, *b, found))
        }
        Node::Diff { .. } => {
            found.push(t);
            let body = body_at_point(s, t).map(|b| with_plain_needs(s, b, found));
            body.map_or(t, |b| if s.sort(b).is_scalar() { s.add(unknown(), b) } else { b })
        }
        // Beside a bracket that is 0 nothing is needed.
        Node::Product(xs) if xs.iter().any(|x| s.any_subterm_defined(*x, &mut |n| matches!(n, Node::Iverson(_)))) => unknown(),
        Node::Sum(_) | Node::Product(_) | Node::Quot(..) | Node::Pow(..) => {
            let node = s.node(t).map_children(&mut |c, _| with_plain_needs(s, c, found));
            s.intern(node)
        }
        Node::Call(f, xs) if matches!(s.fun(*f).kind, FnKind::Defined) => {
            s.unfold(*f, xs).map_or(unknown(), |b| with_plain_needs(s, b, found))
        }
        Node::Call(f, xs) if s.prim(*f).is_some() && s.sort(t).is_scalar() && xs.iter().all(|x| s.sort(*x).is_scalar()) => {
            let node = s.node(t).map_children(&mut |c, _| with_plain_needs(s, c, found));
            s.intern(node)
        }
        _ => unknown(),
    }
}

/// Whether a term is `a x + b` in the variable, with numbers of which a is not 0.
pub(crate) fn is_linear(facts: &Facts<'_>, t: Id, variable: Id) -> bool {
    let s = facts.store();
    let x = s.fresh(Sym::NONE, Sort::Scalar, false);
    let u = s.open(s.abstract_term(t, variable), &[Arg::Val(s.name(x))]);
    let at = |n: i64| s.subst(u, &std::iter::once((x, Arg::Val(s.int(n)))).collect());
    degree(s, u, x) == Some(1) && facts.holds(s.rel(RelOp::Ne, s.sub(at(1), at(0)), s.int(0))) == Tri::True
}

/// The degree of a polynomial in a name, at most; `None` for anything else.
fn degree(s: &Store, t: Id, x: VarId) -> Option<u32> {
    if !s.mentions(t, x) {
        return Some(0);
    }
    match s.node(t) {
        Node::Var(_) => Some(1),
        Node::Sum(xs) => xs.iter().map(|y| degree(s, y.term, x)).try_fold(0, |d, k| Some(d.max(k?))),
        Node::Product(xs) => xs.iter().map(|y| degree(s, *y, x)).try_fold(0_u32, |d, k| d.checked_add(k?)),
        Node::Quot(a, b) if !s.mentions(*b, x) => degree(s, *a, x),
        _ => None,
    }
}
