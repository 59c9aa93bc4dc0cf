//! The left side of a definition written in LaTeX: `$\phi(z) = …$`, `$p_i = …$`, `$S(x)_i = …$`, `$L_{CE}$ = …`.
//!
//! A subscript makes the definition a tensor by its entries if each of its letters is used as an index on the right, as in
//! `$p_i = e^{a_i}/\sum_j e^{a_j}$`; otherwise it is part of the name, as in `$L_{CE} = …$`.

use super::{is_reserved, parameter};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::input::{fail, Fail};
use crate::span::Span;
use crate::surface::{Arg, Binder, Expr, Factor, Ident, Join, Kind, Relation, Script, Subscript};
use crate::walk;

/// What is defined: its name, its parameters, its indices.
pub(super) struct Head {
    pub name: Ident,
    pub params: Option<Vec<Binder>>,
    pub indices: Vec<Binder>,
}

type Out<T> = Result<T, nom::Err<Fail>>;

/// The two sides of one equation; none, if the formula is no equation.
pub(super) fn sides(e: &Expr) -> Option<(&Expr, &Expr)> {
    match &e.bare().kind {
        Kind::Relation(left, links) => match links.as_slice() {
            [(Relation::Equal, right)] => Some((left, right)),
            _ => None,
        },
        _ => None,
    }
}

/// What the left side defines, the right side being `body`.
pub(super) fn head(left: &Expr, body: &Expr) -> Out<Head> {
    match &left.kind {
        Kind::Name(_) => named(left, None),
        Kind::Script(base, script) => match base.as_name() {
            Some(name) if !are_indices(script, body) && !script.text.is_empty() => {
                let span = left.span;
                named(&Expr::name(span, &format!("{name}_{}", script.text), crate::surface::Origin::Latex), None)
            }
            _ => indexed(head(base, body)?, script, body),
        },
        Kind::Call(name, args) => applied(name, args.iter().cloned(), body),
        Kind::Product(factors) => match factors.as_slice() {
            [name, Factor { join: Join::Beside, expr }] => match &expr.kind {
                Kind::Paren(e) => applied(&name.expr, std::iter::once(Arg::Expr((**e).clone())), body),
                Kind::Tuple(args) => applied(&name.expr, args.iter().cloned(), body),
                Kind::Script(bracket, script) => {
                    let call = vec![name.clone(), Factor { join: Join::Beside, expr: (**bracket).clone() }];
                    indexed(head(&Expr::new(left.span, Kind::Product(call)), body)?, script, body)
                }
                _ => wrong(left.span),
            },
            _ => wrong(left.span),
        },
        _ => wrong(left.span),
    }
}

fn wrong<T>(span: Span) -> Out<T> {
    let d = Diagnostic::new(Code::BAD_STATEMENT, span, "this cannot be defined");
    fail(d.help("a definition is `NAME = …`, `f(z) = …`, `p_i = …` or `S(x)_i = …`"))
}

fn named(e: &Expr, params: Option<Vec<Binder>>) -> Out<Head> {
    let Some(text) = e.as_name() else { return wrong(e.span) };
    if is_reserved(text) {
        return fail(Diagnostic::new(Code::RESERVED, e.span, format!("`{text}` is a keyword and cannot be a name")));
    }
    Ok(Head { name: Ident { span: e.span, text: text.into() }, params, indices: Vec::new() })
}

fn applied(name: &Expr, args: impl Iterator<Item = Arg>, body: &Expr) -> Out<Head> {
    let mut params = Vec::new();
    for arg in args {
        match parameter(arg) {
            Ok(b) if !is_reserved(&b.name.text) => params.push(b),
            Ok(b) => return wrong(b.span),
            Err(span) => return fail(Diagnostic::new(Code::BAD_STATEMENT, span, "a parameter is a name")),
        }
    }
    let before = head(name, body)?;
    if before.params.is_some() || !before.indices.is_empty() {
        return wrong(name.span);
    }
    Ok(Head { params: Some(params), ..before })
}

fn indexed(before: Head, script: &Script, body: &Expr) -> Out<Head> {
    if !before.indices.is_empty() || !are_indices(script, body) {
        return wrong(script.span);
    }
    let binder = |e: &Expr| {
        let name = Ident { span: e.span, text: e.as_name().unwrap_or_default().into() };
        Binder { span: e.span, name, domain: None, condition: None }
    };
    Ok(Head { indices: script.indices.iter().map(binder).collect(), ..before })
}

/// Whether each letter of the subscript is used as an index in the body.
fn are_indices(script: &Script, body: &Expr) -> bool {
    let mut used = Vec::new();
    walk::each(body, |e| match &e.kind {
        Kind::Script(_, s) => used.extend(&s.indices),
        Kind::Index(_, subs) => used.extend(subs.iter().filter_map(|s| if let Subscript::At(e) = s { Some(e) } else { None })),
        _ => {}
    });
    let mut names = Vec::new();
    used.into_iter().for_each(|e| walk::each(e, |x| names.extend(x.as_name())));
    !script.indices.is_empty() && script.indices.iter().all(|e| e.as_name().is_some_and(|n| names.contains(&n)))
}
