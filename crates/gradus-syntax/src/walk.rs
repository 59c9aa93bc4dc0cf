//! Walking surface trees without recursion.

use crate::surface::{Arg, Binder, Domain, Expr, Kind, Set, SetKind, Subscript};

/// Every formula in `root`, itself included, in no order anybody should rely on.
pub fn each<'e>(root: &'e Expr, mut visit: impl FnMut(&'e Expr)) {
    let mut todo = vec![root];
    while let Some(e) = todo.pop() {
        visit(e);
        children(e, &mut todo);
    }
}

fn children<'e>(e: &'e Expr, out: &mut Vec<&'e Expr>) {
    match &e.kind {
        Kind::Error | Kind::Number(_) | Kind::Quoted(_) | Kind::Name(_) | Kind::Rest(_) => {}
        Kind::Paren(x) | Kind::Neg(x) | Kind::Transpose(x) | Kind::InverseTranspose(x) | Kind::Factorial(x) | Kind::Iverson(x) => {
            out.push(x);
        }
        Kind::Tuple(args) => args.iter().for_each(|a| arg(a, out)),
        Kind::Sum(all) => out.extend(all.iter().map(|s| &s.expr)),
        Kind::Product(all) => out.extend(all.iter().map(|f| &f.expr)),
        Kind::Power { base, exponent, .. } => out.extend([&**base, &**exponent]),
        Kind::Call(head, args) => {
            out.push(head);
            args.iter().for_each(|a| arg(a, out));
        }
        Kind::Index(base, subs) => {
            out.push(base);
            out.extend(subs.iter().filter_map(|s| match s {
                Subscript::At(e) => Some(e),
                Subscript::All(_) => None,
            }));
        }
        Kind::Script(base, script) => {
            out.push(base);
            out.extend(&script.indices);
        }
        Kind::Array(rows) => out.extend(rows.iter().flatten()),
        Kind::Relation(first, links) => {
            out.push(first);
            out.extend(links.iter().map(|l| &l.1));
        }
        Kind::And(all) => out.extend(all),
    }
}

fn arg<'e>(a: &'e Arg, out: &mut Vec<&'e Expr>) {
    match a {
        Arg::Expr(e) | Arg::Otherwise(e) => out.push(e),
        Arg::Branch(e, c) => out.extend([e, c]),
        Arg::Binder(b) => binder(b, out),
    }
}

fn binder<'e>(b: &'e Binder, out: &mut Vec<&'e Expr>) {
    match &b.domain {
        Some(Domain::Range(lo, hi)) => out.extend([lo, hi]),
        Some(Domain::Set(s)) => out.extend(set(s)),
        None => {}
    }
    out.extend(&b.condition);
}

/// The formulas in a set.
#[must_use]
pub fn set(s: &Set) -> &[Expr] {
    match &s.kind {
        SetKind::Real(d) | SetKind::Complex(d) | SetKind::Natural(d) | SetKind::Finite(d) => d,
    }
}
