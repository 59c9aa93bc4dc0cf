//! What a person does to a form by eye: like terms of an inner sum collected, a difference that has been multiplied out
//! written as that difference again (`s² + x² − 2 μ x + μ²` as `s² + (x − μ)²`), two factors that differ in a sign as a
//! difference of squares, a power of an exponential as one exponential. Every change lowers the cost; the kernel checks
//! what comes out.

use crate::cost::cost;
use crate::draft::everywhere;
use crate::simplify::positive_order;
use crate::tidy::{tidy, unsign};
use gradus_decide::Facts;
use gradus_term::{Arg, Id, Node, Prim, Rat, Store, Summand, Sym, VarId};

/// Differences that are looked for.
const DIFFERENCES: usize = 4;
/// Summands of a sum that is looked at.
const SUMMANDS: usize = 12;

/// The sums of names (`x − μ`) that stand somewhere in these terms, each once, in the order met.
pub(crate) fn differences(s: &Store, terms: &[Id]) -> Vec<Id> {
    let mut out: Vec<Id> = Vec::new();
    for t in terms {
        // A derivative is read at its point.
        let t = match s.node(*t) {
            Node::Diff { body, point, .. } if s.sort(*point).is_scalar() => s.open(*body, &[Arg::Val(*point)]),
            _ => *t,
        };
        s.any_subterm(t, &mut |n| {
            if let Node::Sum(xs) = n {
                let names = xs.len() == 2 && xs.iter().all(|x| scalar_name(s, x.term).is_some());
                let u = s.intern(n.clone());
                if names && s.loose(u) == 0 && out.len() < DIFFERENCES && !out.contains(&u) {
                    out.push(u);
                }
            }
            false
        });
    }
    out
}

fn scalar_name(s: &Store, t: Id) -> Option<VarId> {
    match s.node(t) {
        Node::Var(v) if s.sort(t).is_scalar() && !s.var(*v).is_integer() => Some(*v),
        _ => None,
    }
}

/// The term with every inner form made easier to read where that is possible.
pub(crate) fn polish<'s>(facts: &Facts<'s>, differences: &[Id], t: Id) -> Id {
    let s = facts.store();
    // Entries and sums over ranges are read back as matrices, from the form at hand.
    if s.any_subterm(t, &mut |n| matches!(n, Node::Entry(..) | Node::Big { .. } | Node::Iverson(_))) {
        return t;
    }
    let t = tidy(s, powers_of_exponentials(s, conjugates(s, differences, t)));
    let sums = everywhere(s, t, &|n| matches!(n, Node::Sum(xs) if xs.len() <= SUMMANDS));
    let mut out = t;
    for path in sums.into_iter().rev() {
        let pos = gradus_term::Position::at(&path);
        let Ok(focus) = s.focus(out, &pos) else { continue };
        let part = focus.part;
        if !focus.opened.is_empty() || s.loose(part) > 0 || !s.sort(part).is_scalar() || crate::tidy::has_derivative(s, part) {
            continue;
        }
        let has_exponential = s.any_subterm(part, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Exp)));
        let best = (!has_exponential)
            .then(|| facts.expand(part))
            .flatten()
            .into_iter()
            .chain(crate::fold::over_one_denominator(s, part))
            .chain(differences.iter().filter_map(|u| around(facts, *u, part)))
            .map(|x| positive_order(s, tidy(s, x)))
            .min_by_key(|x| cost(s, *x))
            .filter(|x| cost(s, *x) < cost(s, part));
        if let Some(new) = best.and_then(|b| s.splice(out, &pos, &[], b).ok()) {
            out = new;
        }
    }
    tidy(s, content_out(s, sign_out(s, tidy(s, out))))
}

/// `(x − 1) (8 x² − 6 x + 2)` as `2 (x − 1) (4 x² − 3 x + 1)`: the number that all summands of a factor share.
fn content_out(s: &Store, t: Id) -> Id {
    let content = |f: Id| {
        let Node::Sum(xs) = s.node(f) else { return None };
        let number = |x: &Summand| match s.node(x.term) {
            Node::Product(fs) => fs.first().and_then(|q| s.as_rational(*q)).unwrap_or_else(Rat::one).to_i64(),
            _ => s.as_rational(x.term).map_or(Some(1), |q| q.to_i64()),
        };
        let k = xs.iter().map(number).try_fold(0, |a, n| Some(crate::tidy::gcd(a, n?)))?;
        (k > 1 && xs.len() > 1).then_some(k)
    };
    match s.node(t) {
        Node::Sum(xs) if xs.len() == 1 => {
            s.sum(&xs.iter().map(|x| Summand { neg: x.neg, term: content_out(s, x.term) }).collect::<Vec<_>>())
        }
        Node::Quot(a, b) => s.quot(content_out(s, *a), *b),
        Node::Product(fs) => {
            let mut number = 1i64;
            let mut out = Vec::new();
            for f in fs {
                match content(*f).and_then(|k| Some((k, number.checked_mul(k)?))) {
                    Some((k, n)) => {
                        number = n;
                        let part = |x: &Summand| Summand { neg: x.neg, term: tidy(s, s.quot(x.term, s.int(k))) };
                        out.push(match s.node(*f) {
                            Node::Sum(xs) => s.sum(&xs.iter().map(part).collect::<Vec<_>>()),
                            _ => *f,
                        });
                    }
                    None => out.push(*f),
                }
            }
            s.product(&std::iter::once(s.int(number)).chain(out).collect::<Vec<_>>())
        }
        _ => t,
    }
}

/// A polynomial in the names of `u` as one in `u` alone, if it is one.
fn around(facts: &Facts<'_>, u: Id, t: Id) -> Option<Id> {
    let s = facts.store();
    let Node::Sum(xs) = s.node(u) else { return None };
    let [first, rest @ ..] = xs.as_ref() else { return None };
    let v = scalar_name(s, first.term)?;
    let others: Vec<VarId> = rest.iter().filter_map(|x| scalar_name(s, x.term)).collect();
    if !s.mentions(t, v) || !others.iter().all(|o| s.mentions(t, *o)) || s.same(t, u) {
        return None;
    }
    // Names carry what they mention: they are left alone.
    if s.any_subterm(t, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f).is_none())) {
        return None;
    }
    let r = s.fresh(Sym::NONE, s.sort(first.term).clone(), false);
    let mut solved = vec![Summand { neg: first.neg, term: s.name(r) }];
    solved.extend(rest.iter().map(|x| Summand { neg: x.neg == first.neg, term: x.term }));
    let put = s.subst(t, &std::iter::once((v, Arg::Val(s.sum(&solved)))).collect());
    let expanded = facts.expand(put)?;
    if others.iter().any(|o| s.mentions(expanded, *o)) {
        return None;
    }
    Some(s.subst(expanded, &std::iter::once((r, Arg::Val(u))).collect()))
}

/// `(a − b) (a + b)` as `a² − b²`, everywhere outside derivatives.
fn conjugates(s: &Store, differences: &[Id], t: Id) -> Id {
    match s.node(t) {
        Node::Diff { .. } | Node::Limit { .. } => t,
        node => {
            let n = node.map_children(&mut |c, _| conjugates(s, differences, c));
            match n {
                Node::Product(xs) => joined(s, differences, &xs),
                n => s.intern(n),
            }
        }
    }
}

fn joined(s: &Store, differences: &[Id], xs: &[Id]) -> Id {
    for (i, a) in xs.iter().enumerate() {
        for (j, b) in xs.iter().enumerate().skip(i + 1) {
            if let Some(square) = difference_of_squares(s, differences, *a, *b) {
                let rest = xs.iter().enumerate().filter(|(k, _)| *k != i && *k != j).map(|(_, x)| *x);
                return s.product(&rest.chain(std::iter::once(square)).collect::<Vec<_>>());
            }
        }
    }
    s.product(xs)
}

fn difference_of_squares(s: &Store, differences: &[Id], a: Id, b: Id) -> Option<Id> {
    let (Node::Sum(xs), Node::Sum(ys)) = (s.node(a), s.node(b)) else { return None };
    if xs.len() != ys.len() || xs.len() > 3 {
        return None;
    }
    let (mut same, mut other) = (Vec::new(), Vec::new());
    for x in xs {
        let y = ys.iter().find(|y| s.same(y.term, x.term))?;
        if x.neg == y.neg {
            same.push(*x);
        } else {
            other.push(Summand { neg: false, term: x.term });
        }
    }
    if same.is_empty() || other.len() != 1 {
        return None;
    }
    let square = |parts: &[Summand]| {
        let (_, base) = unsign(s, positive_order(s, s.sum(parts)));
        // As the difference stands elsewhere: (x − μ)², not (μ − x)².
        let known = differences.iter().find(|u| is_negative(s, **u, base));
        s.pow(known.copied().unwrap_or(base), s.int(2))
    };
    Some(s.sum(&[Summand { neg: false, term: square(&same) }, Summand { neg: true, term: square(&other) }]))
}

/// Whether one sum is the other with all signs turned.
fn is_negative(s: &Store, u: Id, v: Id) -> bool {
    let (Node::Sum(xs), Node::Sum(ys)) = (s.node(u), s.node(v)) else { return false };
    xs.len() == ys.len() && xs.iter().all(|x| ys.iter().any(|y| y.neg != x.neg && s.same(x.term, y.term)))
}

/// A numerator all of whose summands are negative gives its sign to the fraction.
fn sign_out(s: &Store, t: Id) -> Id {
    match s.node(t) {
        Node::Quot(a, b) => match s.node(*a) {
            Node::Sum(xs) if xs.len() > 1 && xs.iter().all(|x| x.neg) => {
                let top = s.sum(&xs.iter().map(|x| Summand { neg: false, term: x.term }).collect::<Vec<_>>());
                s.neg(s.quot(top, *b))
            }
            _ => t,
        },
        _ => t,
    }
}

/// `(e^u)^k` as `e^(k u)`, everywhere outside derivatives.
fn powers_of_exponentials(s: &Store, t: Id) -> Id {
    let node = match s.node(t) {
        Node::Diff { .. } | Node::Limit { .. } => return t,
        node => node.map_children(&mut |c, _| powers_of_exponentials(s, c)),
    };
    if let Node::Pow(b, k) = &node {
        if let (Node::Call(f, xs), Some(_)) = (s.node(*b), s.as_rational(*k)) {
            if let (Some(Prim::Exp), [u]) = (s.prim(*f), xs.as_ref()) {
                return s.prim_call(Prim::Exp, &[s.mul(*k, *u)]);
            }
        }
    }
    s.intern(node)
}
