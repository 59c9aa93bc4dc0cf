//! Brackets, read innermost first.
//!
//! Before a statement is parsed its brackets are matched, and the content of each is parsed in the order in which
//! they close. A parser that meets a bracket takes what was found there, so nesting costs no stack. What is wrong
//! inside a bracket is said only when the bracket is taken.

use rustc_hash::FxHashMap;

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::input::{fail, too_deep, Context, Fail, Parsed, Tokens};
use crate::limits;
use crate::plain;
use crate::span::Span;
use crate::surface::{Arg, Expr, Subscript};
use crate::token::{Sign, Tok, Token};

/// One thing between commas.
#[derive(Debug)]
pub enum Item {
    /// An argument.
    Arg(Arg),
    /// `:`.
    All(Span),
}

/// The rows (between semicolons) of items (between commas) of a bracket.
pub type Rows = Vec<Vec<Item>>;

/// What is known of a bracket.
#[derive(Debug)]
pub struct Group {
    close: u32,
    height: u16,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Read(Result<Rows, Box<Diagnostic>>),
    /// `R^(m x n)`: read when it is known whether it holds sizes.
    Later,
    Taken,
}

/// Groups by their opening token.
pub type Groups = FxHashMap<u32, Group>;

fn partner(s: Sign) -> Sign {
    match s {
        Sign::Open => Sign::Close,
        Sign::OpenSquare => Sign::CloseSquare,
        _ => Sign::CloseBrace,
    }
}

/// Matches and reads all brackets of a statement.
pub fn read(cx: &Context<'_>) -> Result<(), Box<Diagnostic>> {
    let mut open: Vec<(u32, Sign, Span)> = Vec::new();
    let mut pairs = Vec::new();
    for (n, t) in (0_u32..).zip(cx.tokens) {
        match t.tok {
            Tok::Sign(s) if s.opens() => {
                if open.len() >= usize::from(limits::DEPTH) {
                    return Err(Box::new(too_deep(t.span, limits::DEPTH)));
                }
                open.push((n, s, t.span));
            }
            Tok::Sign(s) if s.closes() => match open.pop() {
                Some((o, opener, _)) if partner(opener) == s => pairs.push((o, n)),
                Some((_, opener, at)) => {
                    let message = format!("`{}` does not close `{}`", s.text(), opener.text());
                    let d = Diagnostic::new(Code::MISMATCHED_DELIMITER, t.span, message);
                    return Err(Box::new(d.label(at, "opened here")));
                }
                None => {
                    let d = Diagnostic::new(Code::UNEXPECTED_CLOSE, t.span, format!("`{}` closes nothing", s.text()));
                    return Err(Box::new(d.help("delete it, or open a bracket before it")));
                }
            },
            _ => {}
        }
    }
    if let Some((_, s, at)) = open.pop() {
        let d = Diagnostic::new(Code::UNCLOSED_GROUP, at, format!("this `{}` is not closed", s.text()));
        return Err(Box::new(d.help(format!("add `{}`", partner(s).text()))));
    }
    for (o, close) in pairs {
        cx.reach.set(0);
        let content = if sizes(cx.tokens, o) { Content::Later } else { Content::Read(content(Tokens::between(cx, o + 1, close))) };
        cx.groups.borrow_mut().insert(o, Group { close, height: cx.reach.get(), content });
    }
    Ok(())
}

/// Whether the bracket stands after `R^`, `C^` or `N^`.
fn sizes(tokens: &[Token], open: u32) -> bool {
    let before = |n: u32| open.checked_sub(n).and_then(|k| tokens.get(k as usize)).map(|t| &t.tok);
    before(1) == Some(&Tok::Sign(Sign::Caret)) && matches!(before(2), Some(Tok::Name(n)) if matches!(&**n, "R" | "C" | "N"))
}

fn content(i: Tokens<'_>) -> Result<Rows, Box<Diagnostic>> {
    match rows(i) {
        Ok((_, rows)) => Ok(rows),
        Err(nom::Err::Failure(Fail::Said(d)) | nom::Err::Error(Fail::Said(d))) => Err(d),
        Err(_) => Err(Box::new(Diagnostic::new(Code::EXPECTED_FORMULA, i.here(), "expected a formula"))),
    }
}

fn rows(i: Tokens<'_>) -> Parsed<'_, Rows> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut rest = i;
    if rest.is_done() {
        return Ok((rest, rows));
    }
    loop {
        let (next, item) = match rest.sign() {
            Some(Sign::Colon) => (rest.next(), Item::All(rest.here())),
            _ => plain::arg(rest).map(|(r, a)| (r, Item::Arg(a)))?,
        };
        row.push(item);
        match next.sign() {
            Some(Sign::Comma) => {}
            Some(Sign::Semicolon) => rows.push(std::mem::take(&mut row)),
            None if next.is_done() => {
                rows.push(row);
                return Ok((next, rows));
            }
            _ => {
                let message = format!("expected `,` or the closing bracket, found {}", next.found());
                return fail(Diagnostic::new(Code::UNEXPECTED, next.here(), message));
            }
        }
        rest = next.next();
    }
}

/// Takes what was read in the bracket that opens here.
pub fn take(i: Tokens<'_>) -> Parsed<'_, Rows> {
    let at = i.position_in_statement();
    let Some((close, height, content)) =
        i.cx.groups.borrow_mut().get_mut(&at).map(|g| (g.close, g.height, std::mem::replace(&mut g.content, Content::Taken)))
    else {
        return fail(Diagnostic::new(Code::UNEXPECTED, i.here(), format!("{} cannot stand here", i.found())));
    };
    let rest = i.past(close);
    i.reach(height.saturating_add(1))?;
    match content {
        Content::Read(Ok(rows)) => Ok((rest, rows)),
        Content::Read(Err(d)) => fail(*d),
        // Each costs much depth, since here brackets do use the stack.
        Content::Later => {
            let inner = Tokens::between(i.cx, at + 1, close).at_depth_of(i);
            let (_, rows) = inner.deeper_by(16, rows)?;
            Ok((rest, rows))
        }
        Content::Taken => fail(Diagnostic::new(Code::UNEXPECTED, i.here(), "this bracket cannot stand here")),
    }
}

/// Where the bracket that opens here closes, and what stands between, unread.
pub fn unread(i: Tokens<'_>) -> Option<(Tokens<'_>, Tokens<'_>)> {
    let at = i.position_in_statement();
    let close = i.cx.groups.borrow().get(&at).map(|g| g.close)?;
    Some((i.past(close), Tokens::between(i.cx, at + 1, close)))
}

/// The bracket that opens here, as arguments.
pub fn args(i: Tokens<'_>) -> Parsed<'_, Vec<Arg>> {
    let (rest, rows) = take(i)?;
    let mut out = Vec::new();
    if rows.len() > 1 {
        return fail(Diagnostic::new(Code::UNEXPECTED, rest.span_since(i), "`;` stands only in arrays"));
    }
    for item in rows.into_iter().flatten() {
        match item {
            Item::Arg(a) => out.push(a),
            Item::All(at) => return fail(Diagnostic::new(Code::UNEXPECTED, at, "`:` stands only in an index")),
        }
    }
    Ok((rest, out))
}

/// The bracket that opens here, as an index.
pub fn subscripts(i: Tokens<'_>) -> Parsed<'_, Vec<Subscript>> {
    let (rest, rows) = take(i)?;
    if rows.len() != 1 {
        return fail(Diagnostic::new(Code::EXPECTED_FORMULA, rest.span_since(i), "an index is one list"));
    }
    let mut out = Vec::new();
    for item in rows.into_iter().flatten() {
        match item {
            Item::All(at) => out.push(Subscript::All(at)),
            Item::Arg(a) => out.push(Subscript::At(formula_of(a)?)),
        }
    }
    Ok((rest, out))
}

/// The bracket that opens here, as rows of formulas.
pub fn formulas(i: Tokens<'_>) -> Parsed<'_, Vec<Vec<Expr>>> {
    let (rest, rows) = take(i)?;
    let mut out = Vec::new();
    for row in rows {
        let mut all = Vec::new();
        for item in row {
            match item {
                Item::All(at) => return fail(Diagnostic::new(Code::UNEXPECTED, at, "`:` stands only in an index")),
                Item::Arg(a) => all.push(formula_of(a)?),
            }
        }
        out.push(all);
    }
    if out.is_empty() {
        return fail(Diagnostic::new(Code::EXPECTED_FORMULA, rest.span_since(i), "nothing stands between these brackets"));
    }
    Ok((rest, out))
}

fn formula_of(a: Arg) -> Result<Expr, nom::Err<Fail>> {
    match a {
        Arg::Expr(e) => Ok(e),
        Arg::Binder(b) => fail(Diagnostic::new(Code::UNEXPECTED, b.span, "`in` stands only in the arguments of a call")),
        Arg::Branch(e, _) | Arg::Otherwise(e) => {
            let d = Diagnostic::new(Code::UNEXPECTED, e.span, "a branch stands only in `cases`");
            fail(d.help("`cases(u if i = j, 0 otherwise)`"))
        }
    }
}
