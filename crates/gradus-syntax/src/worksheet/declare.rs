//! `given`, `define`, `network`, `notation`.

use nom::combinator::opt;
use nom::multi::separated_list1;
use nom::Parser;

use super::{clauses, equation, is_reserved, parameter, Define, Given, GivenKind, Network, Property};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::groups;
use crate::input::{fail, must, sign, with_help, word, Parsed, Tokens};
use crate::plain;
use crate::span::Span;
use crate::surface::{Binder, Domain, Ident, Kind, Set};
use crate::token::{Sign, Tok};

/// A name that is declared: not a keyword.
pub fn new_name(i: Tokens<'_>) -> Parsed<'_, Ident> {
    if i.first().is_some_and(|t| t.tok == Tok::Latex) {
        return latex_name(i);
    }
    match i.word() {
        Some(w) if is_reserved(w) => {
            let d = Diagnostic::new(Code::RESERVED, i.here(), format!("`{w}` is a keyword and cannot be a name"));
            fail(d.help(format!("add a letter or an underscore: `{w}_`")))
        }
        Some(w) => Ok((i.next(), Ident { span: i.here(), text: w.into() })),
        None => fail(Diagnostic::new(Code::BAD_STATEMENT, i.here(), format!("expected a name, found {}", i.found()))),
    }
}

/// A name between dollars: `$\hat{y}$`, `$L_{CE}$`.
fn latex_name(i: Tokens<'_>) -> Parsed<'_, Ident> {
    let span = i.here();
    let (rest, between) = plain::atom(i)?;
    let name = match &between.bare().kind {
        Kind::Name(n) => Some(n.text.to_string()),
        Kind::Script(base, script) if !script.text.is_empty() => base.as_name().map(|n| format!("{n}_{}", script.text)),
        _ => None,
    };
    match name {
        Some(w) if is_reserved(&w) => fail(Diagnostic::new(Code::RESERVED, span, format!("`{w}` is a keyword and cannot be a name"))),
        Some(w) => Ok((rest, Ident { span, text: w.into() })),
        None => fail(Diagnostic::new(Code::BAD_STATEMENT, span, "expected a name between the dollars")),
    }
}

/// Names separated by commas.
pub fn new_names(i: Tokens<'_>) -> Parsed<'_, Vec<Ident>> {
    separated_list1(sign(Sign::Comma), new_name).parse(i)
}

/// A set where one must stand.
fn must_set(i: Tokens<'_>) -> Parsed<'_, Set> {
    match plain::set(i) {
        Err(nom::Err::Error(_)) => {
            let d = Diagnostic::new(Code::BAD_STATEMENT, i.here(), format!("expected a set, found {}", i.found()));
            fail(d.help(if i.second().is_some_and(|t| t.tok == Tok::Sign(Sign::Range)) {
                "an index is `given i in N, 1 <= i, i <= n`; one that is declared nowhere takes the range of its entry"
            } else {
                "sets are `R`, `R^n`, `R^(m x n)`, `N`, `C` and `{0, 1}`"
            }))
        }
        other => other,
    }
}

/// One declaration after another, separated by commas: `x in R^n, w in R^k, k <= n`.
pub fn givens(i: Tokens<'_>) -> Parsed<'_, Vec<Given>> {
    let (mut i, first) = given(i)?;
    let mut all = vec![first];
    while i.sign() == Some(Sign::Comma) {
        let (rest, next) = given(i.next())?;
        all.push(next);
        i = rest;
    }
    Ok((i, all))
}

/// Whether names and the set of them stand here: `a, b in R`, `g : R -> R`.
fn declares(mut i: Tokens<'_>) -> bool {
    while i.word().is_some_and(|w| !is_reserved(w)) || i.first().is_some_and(|t| t.tok == Tok::Latex) {
        i = i.next();
        match i.sign() {
            Some(Sign::Comma) => i = i.next(),
            Some(Sign::Colon) => return true,
            _ => return i.word() == Some("in"),
        }
    }
    false
}

/// `NAMES in SET properties as "…", conditions`, as far as the next declaration.
fn given(i: Tokens<'_>) -> Parsed<'_, Given> {
    let (i, names) = new_names(i)?;
    let (mut i, what) = match (i.word(), i.sign()) {
        (Some("in"), _) => must_set.map(GivenKind::In).parse(i.next())?,
        (_, Some(Sign::Colon)) => map_or_function(i.next())?,
        _ => {
            let d = Diagnostic::new(Code::BAD_STATEMENT, i.here(), format!("expected `in` or `:`, found {}", i.found()));
            return fail(d.help("for example `given x in R`, `given x in R, x > 0`, `given g : R -> R`"));
        }
    };
    let (mut properties, mut latex) = (Vec::new(), None);
    loop {
        if let (rest, Some(property)) = opt(property).parse(i)? {
            properties.push((property, rest.span_since(i)));
            i = rest;
        } else if i.word() == Some("as") {
            (i, latex) = form(i, latex)?;
        } else {
            break;
        }
    }
    let mut conditions = Vec::new();
    while i.sign() == Some(Sign::Comma) && !declares(i.next()) {
        let (rest, condition) = plain::must_formula(i.next())?;
        conditions.push(condition);
        i = rest;
    }
    Ok((i, Given { names, what, properties, latex, conditions }))
}

fn map_or_function(i: Tokens<'_>) -> Parsed<'_, GivenKind> {
    if i.word() == Some("function") {
        let (i, _) = must("`of`", word("of"))(i.next())?;
        let (mut i, first) = plain::must_formula(i)?;
        let mut of = vec![first];
        while i.sign() == Some(Sign::Comma) && !declares(i.next()) {
            let (rest, next) = plain::must_formula(i.next())?;
            of.push(next);
            i = rest;
        }
        return Ok((i, GivenKind::FunctionOf(of)));
    }
    let (i, from) = separated_list1(sign(Sign::Comma), must_set).parse(i)?;
    if i.sign() != Some(Sign::Arrow) {
        let d = Diagnostic::new(Code::BAD_STATEMENT, i.here(), format!("expected `->`, found {}", i.found()));
        return fail(d.help("a function is declared as `g : R -> R`, a number or a tensor with `in`: `x in R`"));
    }
    let (i, _) = sign(Sign::Arrow)(i)?;
    must_set.map(|to| GivenKind::Map { from: from.clone(), to }).parse(i)
}

fn property(i: Tokens<'_>) -> Parsed<'_, Property> {
    let second = match i.second().map(|t| &t.tok) {
        Some(Tok::Name(n)) => &**n,
        _ => "",
    };
    let (property, words) = match (i.word(), second) {
        (Some("symmetric"), _) => (Property::Symmetric, 1),
        (Some("invertible"), _) => (Property::Invertible, 1),
        (Some("diagonal"), _) => (Property::Diagonal, 1),
        (Some("orthogonal"), _) => (Property::Orthogonal, 1),
        (Some("positive"), "definite") => (Property::PositiveDefinite, 2),
        (Some("positive"), _) => (Property::Positive, 1),
        (Some("zero"), "outside") => (Property::ZeroOutside, 2),
        _ => return crate::input::miss(),
    };
    Ok((i.skip(words), property))
}

type Form = Option<(String, Span)>;

/// `as "…"`, once.
fn form(i: Tokens<'_>, before: Form) -> Parsed<'_, Form> {
    if before.is_some() {
        return fail(Diagnostic::new(Code::UNEXPECTED, i.here(), "a second `as`"));
    }
    let i = i.next();
    match i.first().map(|t| (&t.tok, t.span)) {
        Some((Tok::Quoted(q), span)) => {
            checked_form(q, span)?;
            Ok((i.next(), Some((q.to_string(), span))))
        }
        _ => {
            let d = Diagnostic::new(Code::BAD_STATEMENT, i.here(), format!("expected a quoted form, found {}", i.found()));
            fail(d.help("for example `as \"\\mathbf{w}\"`"))
        }
    }
}

/// A form is LaTeX that stays inside its formula: known commands, balanced braces, at most one `#`.
fn checked_form(form: &str, span: Span) -> Result<(), nom::Err<crate::input::Fail>> {
    if let Err(why) = crate::latex::check_form(form) {
        let d = Diagnostic::new(Code::BAD_FORM, span, format!("this form cannot be used: {why}"));
        return fail(d.help("a form is a letter with fonts, accents, scripts and braces, such as `\\tilde{\\omega}^{(1)}_{#0}`"));
    }
    Ok(())
}

/// `NAME(params)[indices] = body as "…"`; the equation, or its left side, may be LaTeX.
pub fn define(i: Tokens<'_>) -> Parsed<'_, Define> {
    if i.first().is_some_and(|t| t.tok == Tok::Latex) {
        return define_in_latex(i);
    }
    let (mut i, name) = new_name(i)?;
    let mut params = None;
    if i.sign() == Some(Sign::Open) {
        let (rest, args) = groups::args(i)?;
        let mut all = Vec::new();
        for arg in args {
            all.push(declared(parameter(arg), "a parameter is a name, or a name with its set: `w in R^n`")?);
        }
        params = Some(all);
        i = rest;
    }
    let mut indices = Vec::new();
    if i.sign() == Some(Sign::OpenSquare) {
        let (rest, rows) = groups::take(i)?;
        for item in rows.into_iter().flatten() {
            indices.push(index_binder(item)?);
        }
        i = rest;
    }
    let (i, _) = must("`=`", sign(Sign::Equal))(i)?;
    let (mut i, body) = plain::must_formula(i)?;
    let mut latex = None;
    if i.word() == Some("as") {
        (i, latex) = form(i, latex)?;
    }
    Ok((i, Define { name, params, indices, body, latex }))
}

/// `$f(z) = body$ as "…"`, `$f(z)$ = body as "…"`.
fn define_in_latex(i: Tokens<'_>) -> Parsed<'_, Define> {
    let (mut i, between) = plain::atom(i)?;
    // The dollars group, as brackets do.
    let formula = match between.kind {
        Kind::Paren(inner) => *inner,
        _ => between,
    };
    let (head, body) = match equation::sides(&formula) {
        Some((left, right)) => (equation::head(left, right)?, right.clone()),
        None => {
            let (rest, _) = must("`=`", sign(Sign::Equal))(i)?;
            let (rest, body) = plain::must_formula(rest)?;
            i = rest;
            (equation::head(&formula, &body)?, body)
        }
    };
    let mut latex = None;
    if i.word() == Some("as") {
        (i, latex) = form(i, latex)?;
    }
    Ok((i, Define { name: head.name, params: head.params, indices: head.indices, body, latex }))
}

fn declared(b: Result<Binder, Span>, message: &str) -> Result<Binder, nom::Err<crate::input::Fail>> {
    match b {
        Ok(b) if is_reserved(&b.name.text) => {
            let message = format!("`{}` is a keyword and cannot be a name", b.name.text);
            fail(Diagnostic::new(Code::RESERVED, b.name.span, message))
        }
        Ok(b) => Ok(b),
        Err(span) => fail(Diagnostic::new(Code::BAD_STATEMENT, span, message)),
    }
}

/// `i` or `i in lo..hi`.
fn index_binder(item: groups::Item) -> Result<Binder, nom::Err<crate::input::Fail>> {
    let found = match item {
        groups::Item::Arg(a) => parameter(a),
        groups::Item::All(at) => Err(at),
    };
    let b = declared(found, "an index is a name, or a name with its range: `i in 1..n`")?;
    match b.domain {
        Some(Domain::Set(s)) => fail(Diagnostic::new(Code::BAD_STATEMENT, s.span, "an index ranges over `lo..hi`, not over a set")),
        _ => Ok(b),
    }
}

/// `NAME on SET = LAYER, LAYER`.
pub fn network(i: Tokens<'_>) -> Parsed<'_, Network> {
    let (i, name) = new_name(i)?;
    let help = "for example `network net on R^(3 x 32 x 32) = Conv2d(8, kernel=3), Flatten, Linear(10)`";
    let (i, _) = with_help(help, must("`on`", word("on"))(i))?;
    if !matches!(i.word(), Some("R" | "N" | "C")) && i.sign() != Some(Sign::OpenBrace) {
        let d = Diagnostic::new(Code::BAD_STATEMENT, i.here(), format!("expected the set of the inputs, found {}", i.found()));
        return fail(d.help(help));
    }
    let (i, input) = must_set(i)?;
    let (i, _) = with_help(help, must("`=`", sign(Sign::Equal))(i))?;
    let (i, layers) = clauses::formulas(i)?;
    if i.sign() == Some(Sign::Arrow) {
        let d = Diagnostic::new(Code::UNEXPECTED, i.here(), "`->` cannot stand here");
        return fail(d.help("layers are separated by commas"));
    }
    Ok((i, Network { name, input, layers }))
}

/// Words separated by commas or spaces.
pub fn notation(mut i: Tokens<'_>) -> Parsed<'_, Vec<Ident>> {
    let mut all = Vec::new();
    while let Some(w) = i.word() {
        if !matches!(w, "ln" | "indicator" | "primes") {
            let d = Diagnostic::new(Code::BAD_STATEMENT, i.here(), format!("`{w}` is not a notation"));
            return fail(d.help("notations are `ln`, `indicator` and `primes`"));
        }
        all.push(Ident { span: i.here(), text: w.into() });
        i = i.next();
        if i.sign() == Some(Sign::Comma) {
            i = i.next();
        }
    }
    if all.is_empty() {
        return fail(Diagnostic::new(Code::BAD_STATEMENT, i.here(), format!("expected a notation, found {}", i.found())));
    }
    Ok((i, all))
}
