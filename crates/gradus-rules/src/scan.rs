//! Reading a formula of a rule file to the surface tree, and finding which of its names are whole numbers and which are
//! points of derivatives before any of them has a meaning.

use gradus_syntax::input::{Context, Fail, Tokens};
use gradus_syntax::surface::{Arg, Binder, Domain, Expr, Kind, Subscript};
use gradus_syntax::{lexer, plain, Span};
use std::collections::BTreeSet;

/// The surface tree of a formula.
pub(crate) fn surface(text: &str) -> Result<Expr, String> {
    let (tokens, faults) = lexer::lex(text, Span::new(0, text.len()));
    if let Some(d) = faults.first() {
        return Err(d.message.clone());
    }
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let cx = Context::new(text, &tokens, end).map_err(|d| d.message)?;
    match plain::must_formula(Tokens::all(&cx)).and_then(|(rest, e)| plain::end(rest).map(|_| e)) {
        Ok(e) => Ok(e),
        Err(nom_error) => Err(match fault(nom_error) {
            Some(Fail::Said(d)) => d.message,
            _ => "not a formula".to_owned(),
        }),
    }
}

fn fault<E>(e: nom::Err<E>) -> Option<E> {
    match e {
        nom::Err::Error(f) | nom::Err::Failure(f) => Some(f),
        nom::Err::Incomplete(_) => None,
    }
}

/// What the places of names say of them.
#[derive(Clone, Default, Debug)]
pub(crate) struct Roles {
    /// Names in the ends of ranges.
    pub ends: BTreeSet<String>,
    /// Names in the indices of entries.
    pub indices: BTreeSet<String>,
    /// Names of variables of derivatives.
    pub points: BTreeSet<String>,
    /// Names of tensors, with the number of their indices.
    pub tensors: Vec<(String, usize)>,
}

impl Roles {
    /// Adds what a formula says. The tree is as deep as the parser allows.
    pub fn read(&mut self, e: &Expr) {
        match &e.kind {
            Kind::Paren(x) | Kind::Neg(x) | Kind::Transpose(x) | Kind::InverseTranspose(x) | Kind::Factorial(x) | Kind::Iverson(x) => {
                self.read(x)
            }
            Kind::Sum(xs) => xs.iter().for_each(|x| self.read(&x.expr)),
            Kind::Product(xs) => xs.iter().for_each(|x| self.read(&x.expr)),
            Kind::Power { base, exponent, .. } => {
                self.read(base);
                self.read(exponent);
            }
            Kind::Call(head, args) => {
                if let (Some("diff"), Some(Arg::Expr(x))) = (head.as_name(), args.get(1)) {
                    self.points.extend(x.as_name().map(str::to_owned));
                }
                args.iter().for_each(|a| self.arg(a));
            }
            Kind::Tuple(args) => args.iter().for_each(|a| self.arg(a)),
            Kind::Index(t, subs) => {
                if let Some(n) = t.as_name() {
                    self.tensors.push((n.to_owned(), subs.len()));
                }
                for s in subs {
                    if let Subscript::At(x) = s {
                        names(x, &mut self.indices);
                    }
                }
                self.read(t);
            }
            Kind::Relation(a, links) => {
                self.read(a);
                links.iter().for_each(|(_, b)| self.read(b));
            }
            Kind::And(xs) => xs.iter().for_each(|x| self.read(x)),
            Kind::Array(rows) => rows.iter().flatten().for_each(|x| self.read(x)),
            _ => {}
        }
    }
    fn arg(&mut self, a: &Arg) {
        match a {
            Arg::Expr(x) | Arg::Otherwise(x) => self.read(x),
            Arg::Branch(x, c) => {
                self.read(x);
                self.read(c);
            }
            Arg::Binder(b) => self.binder(b),
        }
    }
    fn binder(&mut self, b: &Binder) {
        if let Some(Domain::Range(lo, hi)) = &b.domain {
            names(lo, &mut self.ends);
            names(hi, &mut self.ends);
        }
        if let Some(c) = &b.condition {
            self.read(c);
        }
    }
}

fn names(e: &Expr, out: &mut BTreeSet<String>) {
    match &e.kind {
        Kind::Name(n) => {
            out.insert(n.text.to_string());
        }
        Kind::Paren(x) | Kind::Neg(x) => names(x, out),
        Kind::Sum(xs) => xs.iter().for_each(|x| names(&x.expr, out)),
        Kind::Product(xs) => xs.iter().for_each(|x| names(&x.expr, out)),
        _ => {}
    }
}
