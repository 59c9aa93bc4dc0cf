//! The parser of plain formulas: tokens to the surface tree.
//!
//! Precedence is the table of `docs/language.md`, one function per level. It knows no name's kind: `f(x)` with
//! the bracket touching is a [`Kind::Call`], `f (x)` a product, and elaboration reads both as the names demand.
//! Brackets are read innermost first ([`groups`]); the other recursion (signs, exponents) is bounded by
//! [`Tokens::deeper`]; lists and chains are loops.

use nom::combinator::opt;
use nom::Parser;

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::groups;
use crate::input::{fail, miss, too_deep, word, Parsed, Tokens};
use crate::latex;
use crate::limits;
use crate::span::Span;
use crate::surface::{Arg, Binder, Domain, Expr, Factor, Ident, Join, Kind, Origin, Relation, Set, SetKind, Summand};
use crate::token::{Sign, Tok};

/// Words that end a formula.
pub const INNER_WORDS: &[&str] = &["in", "if", "otherwise", "and", "for", "as", "on", "wrt", "with", "such"];

/// Most calls, indices, factorials and transposes on one operand.
const POSTFIXES: usize = 8;

/// A formula, conditions included. A miss if none begins here.
pub fn formula(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (mut rest, first) = relation(i)?;
    if rest.word() != Some("and") {
        return Ok((rest, first));
    }
    let mut all = vec![first];
    while rest.word() == Some("and") {
        let (next, e) = needed(relation, rest.next())?;
        all.push(e);
        rest = next;
    }
    Ok((rest, Expr::new(rest.span_since(i), Kind::And(all))))
}

/// As [`formula`], but something must stand here.
pub fn must_formula(i: Tokens<'_>) -> Parsed<'_, Expr> {
    needed(formula, i)
}

fn needed<'a>(parser: fn(Tokens<'a>) -> Parsed<'a, Expr>, i: Tokens<'a>) -> Parsed<'a, Expr> {
    match parser(i) {
        Err(nom::Err::Error(_)) => fail(expected_formula(i)),
        other => other,
    }
}

#[inline(never)]
fn expected_formula(i: Tokens<'_>) -> Diagnostic {
    let at = i.here();
    if let Some(w) = i.word().filter(|w| INNER_WORDS.contains(w)) {
        return Diagnostic::new(Code::EXPECTED_FORMULA, at, format!("expected a formula, found the keyword `{w}`"));
    }
    let d = Diagnostic::new(Code::EXPECTED_FORMULA, at, format!("expected a formula, found {}", i.found()));
    match i.sign() {
        Some(Sign::Times) => d.help("a power is written `a^2`, a product `a * b`"),
        _ => d,
    }
}

/// What is left must be nothing.
pub fn end(i: Tokens<'_>) -> Parsed<'_, ()> {
    match i.first() {
        None => Ok((i, ())),
        Some(_) => {
            let d = Diagnostic::new(Code::UNEXPECTED, i.here(), format!("{} cannot stand here", i.found()));
            fail(match i.word() {
                Some("in") => d.help("names in a set are declared by `given x in R^n`"),
                _ => d,
            })
        }
    }
}

fn relation_sign(s: Sign) -> Option<Relation> {
    Some(match s {
        Sign::Equal => Relation::Equal,
        Sign::NotEqual => Relation::NotEqual,
        Sign::Less => Relation::Less,
        Sign::LessEqual => Relation::LessEqual,
        Sign::Greater => Relation::Greater,
        Sign::GreaterEqual => Relation::GreaterEqual,
        _ => return None,
    })
}

/// A sum, or a chain of relations between sums.
pub fn relation(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (mut rest, first) = sum(i)?;
    if rest.sign().and_then(relation_sign).is_none() {
        return Ok((rest, first));
    }
    let mut links = Vec::new();
    while let Some(r) = rest.sign().and_then(relation_sign) {
        let (next, e) = needed(sum, rest.next())?;
        links.push((r, e));
        rest = next;
    }
    Ok((rest, Expr::new(rest.span_since(i), Kind::Relation(Box::new(first), links))))
}

/// A sum of products; a leading sign is the first summand's.
pub fn sum(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let signed = |s: Option<Sign>| match s {
        Some(Sign::Plus) => Some(false),
        Some(Sign::Minus) => Some(true),
        _ => None,
    };
    let lead = signed(i.sign());
    let (mut rest, first) = match lead {
        Some(_) => needed(product, i.next())?,
        None => product(i)?,
    };
    if lead != Some(true) && signed(rest.sign()).is_none() {
        return Ok((rest, first));
    }
    let mut all = vec![Summand { minus: lead == Some(true), expr: first }];
    while let Some(minus) = signed(rest.sign()) {
        let (next, expr) = needed(product, rest.next())?;
        all.push(Summand { minus, expr });
        rest = next;
    }
    Ok((rest, Expr::new(rest.span_since(i), Kind::Sum(all))))
}

fn product(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (mut rest, first) = factor(i)?;
    let Some(mut join) = joins(rest) else { return Ok((rest, first)) };
    let mut all = vec![Factor { join: Join::First, expr: first }];
    loop {
        let from = if join == Join::Beside { rest } else { rest.next() };
        if join == Join::Beside {
            adjacent_numbers(rest, all.last())?;
        }
        let (next, expr) = needed(factor, from)?;
        all.push(Factor { join, expr });
        rest = next;
        match joins(rest) {
            Some(j) => join = j,
            None => break,
        }
    }
    Ok((rest, Expr::new(rest.span_since(i), Kind::Product(all))))
}

#[inline(never)]
fn adjacent_numbers(i: Tokens<'_>, before: Option<&Factor>) -> Result<(), nom::Err<crate::input::Fail>> {
    let numeric = before.is_some_and(|f| matches!(f.expr.kind, Kind::Number(_)));
    if numeric && matches!(i.first().map(|t| &t.tok), Some(Tok::Number(_))) {
        let d = Diagnostic::new(Code::ADJACENT_NUMBERS, i.here(), "two numbers side by side");
        return fail(d.help("write `*` between them, or remove the space"));
    }
    Ok(())
}

fn joins(i: Tokens<'_>) -> Option<Join> {
    match &i.first()?.tok {
        Tok::Sign(Sign::Times | Sign::Cross) => Some(Join::Times),
        Tok::Sign(Sign::Slash) => Some(Join::Over),
        Tok::Sign(Sign::DotTimes) => Some(Join::DotTimes),
        Tok::Sign(Sign::DotSlash) => Some(Join::DotOver),
        Tok::Sign(Sign::Open | Sign::OpenSquare) | Tok::Number(_) | Tok::Latex => Some(Join::Beside),
        Tok::Name(n) if !INNER_WORDS.contains(&&**n) => Some(Join::Beside),
        _ => None,
    }
}

/// A power, or a minus and a factor.
fn factor(i: Tokens<'_>) -> Parsed<'_, Expr> {
    match i.sign() {
        Some(Sign::Minus) => {
            let (rest, e) = i.next().deeper(|i| needed(factor, i))?;
            Ok((rest, Expr::new(rest.span_since(i), Kind::Neg(Box::new(e)))))
        }
        Some(Sign::Plus) => i.next().deeper(|i| needed(factor, i)),
        _ => power(i),
    }
}

fn power(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (mut rest, mut e) = tight(i)?;
    for _ in 0..POSTFIXES {
        let Some(s @ (Sign::Caret | Sign::DotCaret)) = rest.sign() else { return Ok((rest, e)) };
        let after = rest.next();
        if let Some((next, inverse)) = transpose(s, after) {
            let base = Box::new(e);
            let kind = if inverse { Kind::InverseTranspose(base) } else { Kind::Transpose(base) };
            e = Expr::new(next.span_since(i), kind);
            (rest, e) = if touches(next, Sign::OpenSquare) { index(i, next, e)? } else { (next, e) };
            continue;
        }
        let (next, exponent) = after.deeper(exponent)?;
        let kind = Kind::Power { base: Box::new(e), entrywise: s == Sign::DotCaret, exponent: Box::new(exponent) };
        e = Expr::new(next.span_since(i), kind);
        rest = next;
    }
    match rest.sign() {
        Some(Sign::Caret | Sign::DotCaret) => fail(too_deep(rest.here(), limits::DEPTH)),
        _ => Ok((rest, e)),
    }
}

/// `T` or `-T` after `^`: the rest, and whether inverted.
fn transpose(s: Sign, after: Tokens<'_>) -> Option<(Tokens<'_>, bool)> {
    if s != Sign::Caret {
        return None;
    }
    if after.word() == Some("T") {
        return Some((after.next(), false));
    }
    let minus = after.sign() == Some(Sign::Minus) && after.next().word() == Some("T");
    minus.then(|| (after.next().next(), true))
}

/// One atom, perhaps signed, with its calls and indices, and perhaps raised in turn.
fn exponent(i: Tokens<'_>) -> Parsed<'_, Expr> {
    if let Some(Sign::Minus) = i.sign() {
        let (rest, e) = i.next().deeper(exponent)?;
        return Ok((rest, Expr::new(rest.span_since(i), Kind::Neg(Box::new(e)))));
    }
    if let Some(Sign::Plus) = i.sign() {
        return i.next().deeper(exponent);
    }
    let (rest, base) = needed(tight, i)?;
    let Some(s @ (Sign::Caret | Sign::DotCaret)) = rest.sign() else { return Ok((rest, base)) };
    if transpose(s, rest.next()).is_some() {
        return Ok((rest, base));
    }
    let (next, e) = rest.next().deeper(exponent)?;
    let kind = Kind::Power { base: Box::new(base), entrywise: s == Sign::DotCaret, exponent: Box::new(e) };
    Ok((next, Expr::new(next.span_since(i), kind)))
}

fn touches(i: Tokens<'_>, wanted: Sign) -> bool {
    i.first().is_some_and(|t| !t.spaced && t.tok == Tok::Sign(wanted))
}

/// An atom with the calls, indices and factorials that touch it.
fn tight(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (mut rest, mut e) = atom(i)?;
    for _ in 0..POSTFIXES {
        (rest, e) = if touches(rest, Sign::Open) && matches!(e.kind, Kind::Name(_)) {
            call(i, rest, e)?
        } else if touches(rest, Sign::OpenSquare) && indexable(&e) {
            index(i, rest, e)?
        } else if rest.sign() == Some(Sign::Bang) {
            let next = rest.next();
            (next, Expr::new(next.span_since(i), Kind::Factorial(Box::new(e))))
        } else {
            return Ok((rest, e));
        };
    }
    if rest.sign() == Some(Sign::Bang) || touches(rest, Sign::OpenSquare) {
        return fail(too_deep(rest.here(), limits::DEPTH));
    }
    Ok((rest, e))
}

fn indexable(e: &Expr) -> bool {
    matches!(e.kind, Kind::Name(_) | Kind::Paren(_) | Kind::Call(..) | Kind::Index(..) | Kind::Array(_))
}

fn call<'a>(start: Tokens<'a>, i: Tokens<'a>, head: Expr) -> Parsed<'a, Expr> {
    let (rest, args) = groups::args(i)?;
    Ok((rest, Expr::new(rest.span_since(start), Kind::Call(Box::new(head), args))))
}

fn index<'a>(start: Tokens<'a>, i: Tokens<'a>, base: Expr) -> Parsed<'a, Expr> {
    let (rest, subs) = groups::subscripts(i)?;
    Ok((rest, Expr::new(rest.span_since(start), Kind::Index(Box::new(base), subs))))
}

/// A number, a name, a bracket, an array, LaTeX between dollars.
pub fn atom(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let Some(token) = i.first() else { return miss() };
    match &token.tok {
        Tok::Number(n) => Ok((i.next(), Expr::new(token.span, Kind::Number(n.clone())))),
        Tok::Name(n) if INNER_WORDS.contains(&&**n) => miss(),
        Tok::Name(n) => Ok((i.next(), Expr::name(token.span, n, Origin::Plain))),
        Tok::Sign(Sign::Open) => group(i),
        Tok::Sign(Sign::Range) if i.second().is_some_and(|t| !t.spaced) => {
            let (rest, name) = ident(i.next())?;
            Ok((rest, Expr::new(rest.span_since(i), Kind::Rest(name))))
        }
        Tok::Sign(Sign::OpenSquare) => array(i),
        Tok::Quoted(q) => Ok((i.next(), Expr::new(token.span, Kind::Quoted(q.clone())))),
        Tok::Latex => {
            let inner = Span { start: token.span.start + 1, end: token.span.end - 1 };
            match latex::formula(i.cx.source, inner) {
                Ok(e) => Ok((i.next(), Expr::new(token.span, Kind::Paren(Box::new(e))))),
                Err(d) => fail(*d),
            }
        }
        _ => miss(),
    }
}

fn group(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (rest, mut args) = groups::args(i)?;
    let span = rest.span_since(i);
    if matches!(args.as_slice(), [Arg::Expr(_)]) {
        if let Some(Arg::Expr(e)) = args.pop() {
            return Ok((rest, Expr::new(span, Kind::Paren(Box::new(e)))));
        }
    }
    Ok((rest, Expr::new(span, Kind::Tuple(args))))
}

fn array(i: Tokens<'_>) -> Parsed<'_, Expr> {
    let (rest, mut rows) = groups::formulas(i)?;
    let span = rest.span_since(i);
    let iverson = matches!(rows.as_slice(), [row] if matches!(row.as_slice(), [c] if c.is_condition()));
    if iverson {
        if let Some(c) = rows.pop().and_then(|mut row| row.pop()) {
            return Ok((rest, Expr::new(span, Kind::Iverson(Box::new(c)))));
        }
    }
    Ok((rest, Expr::new(span, Kind::Array(rows))))
}

/// An argument: a formula, a bound name with its domain, or a branch.
pub fn arg(i: Tokens<'_>) -> Parsed<'_, Arg> {
    let bound = i.second().is_some_and(|t| t.tok == Tok::Name("in".into()));
    if bound && i.word().is_some_and(|w| !INNER_WORDS.contains(&w)) {
        return binder(i);
    }
    let (rest, value) = needed(formula, i)?;
    match rest.word() {
        Some("if") => {
            let (rest, condition) = must_formula(rest.next())?;
            Ok((rest, Arg::Branch(value, condition)))
        }
        Some("otherwise") => Ok((rest.next(), Arg::Otherwise(value))),
        _ => Ok((rest, Arg::Expr(value))),
    }
}

/// A name that is not a keyword of formulas.
pub fn ident(i: Tokens<'_>) -> Parsed<'_, Ident> {
    match i.word() {
        Some(w) if !INNER_WORDS.contains(&w) => Ok((i.next(), Ident { span: i.here(), text: w.into() })),
        _ => miss(),
    }
}

fn binder(i: Tokens<'_>) -> Parsed<'_, Arg> {
    let (rest, name) = ident(i)?;
    let (rest, _) = word("in")(rest)?;
    let (rest, domain) = domain(rest)?;
    let (rest, guard) = opt(word("if")).parse(rest)?;
    let (rest, condition) = match guard {
        Some(_) => must_formula(rest).map(|(r, c)| (r, Some(c)))?,
        None => (rest, None),
    };
    let span = rest.span_since(i);
    Ok((rest, Arg::Binder(Box::new(Binder { span, name, domain: Some(domain), condition }))))
}

/// `lo..hi`, or a set.
pub fn domain(i: Tokens<'_>) -> Parsed<'_, Domain> {
    let range_next = i.second().is_some_and(|t| t.tok == Tok::Sign(Sign::Range));
    if !range_next {
        match set(i) {
            Err(nom::Err::Error(_)) => {}
            other => return other.map(|(rest, set)| (rest, Domain::Set(set))),
        }
    }
    let (rest, lo) = needed(sum, i)?;
    if rest.sign() != Some(Sign::Range) {
        let message = format!("expected a range `lo..hi`, found {}", rest.found());
        return fail(Diagnostic::new(Code::BAD_STATEMENT, rest.here(), message).help("a range is written `1..n`"));
    }
    let (rest, hi) = needed(sum, rest.next())?;
    Ok((rest, Domain::Range(lo, hi)))
}

/// `R`, `R^n`, `R^(m x n)`, `C…`, `N…`, `{0, 1}`. A miss if no set begins here.
pub fn set(i: Tokens<'_>) -> Parsed<'_, Set> {
    if i.sign() == Some(Sign::OpenBrace) {
        let (rest, rows) = groups::formulas(i)?;
        let items = rows.into_iter().flatten().collect();
        return Ok((rest, Set { span: rest.span_since(i), kind: SetKind::Finite(items) }));
    }
    let Some(letter @ ("R" | "C" | "N")) = i.word() else { return miss() };
    let (rest, dims) = dims(i.next())?;
    let kind = match letter {
        "R" => SetKind::Real(dims),
        "C" => SetKind::Complex(dims),
        _ => SetKind::Natural(dims),
    };
    Ok((rest, Set { span: rest.span_since(i), kind }))
}

/// `^n` or `^(m x n)`; nothing means no dimensions.
fn dims(i: Tokens<'_>) -> Parsed<'_, Vec<Expr>> {
    if i.sign() != Some(Sign::Caret) {
        return Ok((i, Vec::new()));
    }
    let i = i.next();
    if i.sign() == Some(Sign::Minus) {
        let d = Diagnostic::new(Code::SIZE, i.here(), "a size is not negative");
        return fail(d.help("a size with signs stands in brackets: `R^(n - 1)`"));
    }
    if i.sign() != Some(Sign::Open) {
        let (rest, e) = needed(tight, i)?;
        return Ok((rest, vec![e]));
    }
    let Some((after, mut part)) = groups::unread(i) else { return miss() };
    let mut all = Vec::new();
    loop {
        let n = separator(part);
        let (left, e) = needed(sum, part.only(n))?;
        end(left)?;
        all.push(e);
        if n >= part.rest().len() {
            return Ok((after, all));
        }
        part = part.skip(n + 1);
    }
}

/// Where the first `x` or `×` that separates dimensions stands: outside brackets and after an operand.
fn separator(i: Tokens<'_>) -> usize {
    let mut depth = 0_usize;
    let mut operand = false;
    for (n, t) in i.rest().iter().enumerate() {
        match &t.tok {
            Tok::Sign(Sign::Cross) if depth == 0 => return n,
            Tok::Name(w) if &**w == "x" && depth == 0 && operand => return n,
            Tok::Sign(s) => {
                depth = if s.opens() { depth + 1 } else { depth.saturating_sub(usize::from(s.closes())) };
                operand = s.closes();
            }
            _ => operand = true,
        }
    }
    i.rest().len()
}

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;
