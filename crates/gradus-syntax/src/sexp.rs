//! The surface tree as a fully bracketed line, for tests: the same for plain text and LaTeX.

use crate::surface::{Arg, Domain, Expr, Join, Kind, Relation, SetKind, Subscript};

/// The tree of a formula, names without their origin, single brackets dropped.
#[must_use]
pub fn sexp(e: &Expr) -> String {
    match &e.kind {
        Kind::Error => "ERROR".to_owned(),
        Kind::Number(n) if n.exponent == 0 => n.mantissa.to_string(),
        Kind::Number(n) => format!("{}e{}", n.mantissa, n.exponent),
        Kind::Name(n) => n.text.to_string(),
        Kind::Paren(e) => sexp(e),
        Kind::Tuple(args) => format!("(tuple {})", join(args.iter().map(arg))),
        Kind::Sum(all) => {
            format!("(+ {})", join(all.iter().map(|s| format!("{}{}", if s.minus { "-" } else { "" }, sexp(&s.expr)))))
        }
        Kind::Neg(e) => format!("(neg {})", sexp(e)),
        Kind::Product(all) => {
            let sign = |j| match j {
                Join::First | Join::Beside | Join::Times => "",
                Join::Over => "/",
                Join::DotTimes => ".*",
                Join::DotOver => "./",
            };
            format!("(* {})", join(all.iter().map(|f| format!("{}{}", sign(f.join), sexp(&f.expr)))))
        }
        Kind::Power { base, entrywise, exponent } => {
            format!("({} {} {})", if *entrywise { ".^" } else { "^" }, sexp(base), sexp(exponent))
        }
        Kind::Transpose(e) => format!("(T {})", sexp(e)),
        Kind::InverseTranspose(e) => format!("(-T {})", sexp(e)),
        Kind::Factorial(e) => format!("(! {})", sexp(e)),
        Kind::Call(f, args) => format!("{}({})", sexp(f), join(args.iter().map(arg))),
        Kind::Index(x, subs) => format!(
            "{}[{}]",
            sexp(x),
            join(subs.iter().map(|s| match s {
                Subscript::At(e) => sexp(e),
                Subscript::All(_) => ":".to_owned(),
            }))
        ),
        Kind::Script(x, s) => format!("{}_{{{}|{}}}", sexp(x), s.text, join(s.indices.iter().map(sexp))),
        Kind::Array(rows) => {
            let rows: Vec<String> = rows.iter().map(|r| join(r.iter().map(sexp))).collect();
            format!("[{}]", rows.join("; "))
        }
        Kind::Iverson(c) => format!("(iverson {})", sexp(c)),
        Kind::Relation(first, links) => {
            let sign = |r| match r {
                Relation::Equal => "=",
                Relation::NotEqual => "!=",
                Relation::Less => "<",
                Relation::LessEqual => "<=",
                Relation::Greater => ">",
                Relation::GreaterEqual => ">=",
            };
            format!("({} {})", sexp(first), join(links.iter().map(|(r, e)| format!("{} {}", sign(*r), sexp(e)))))
        }
        Kind::Rest(n) => format!("..{}", n.text),
        Kind::Quoted(w) => format!("{w:?}"),
        Kind::And(all) => format!("(and {})", join(all.iter().map(sexp))),
    }
}

fn join(all: impl Iterator<Item = String>) -> String {
    all.collect::<Vec<_>>().join(" ")
}

fn arg(a: &Arg) -> String {
    match a {
        Arg::Expr(e) => sexp(e),
        Arg::Branch(e, c) => format!("{{{} if {}}}", sexp(e), sexp(c)),
        Arg::Otherwise(e) => format!("{{{} otherwise}}", sexp(e)),
        Arg::Binder(b) => {
            let domain = match &b.domain {
                None => String::new(),
                Some(Domain::Range(lo, hi)) => format!(" in {}..{}", sexp(lo), sexp(hi)),
                Some(Domain::Set(s)) => match &s.kind {
                    SetKind::Real(d) => format!(" in R^({})", join(d.iter().map(sexp))),
                    SetKind::Complex(d) => format!(" in C^({})", join(d.iter().map(sexp))),
                    SetKind::Natural(d) => format!(" in N^({})", join(d.iter().map(sexp))),
                    SetKind::Finite(d) => format!(" in {{{}}}", join(d.iter().map(sexp))),
                },
            };
            let condition = b.condition.as_ref().map_or(String::new(), |c| format!(" if {}", sexp(c)));
            format!("{{{}{domain}{condition}}}", b.name.text)
        }
    }
}
