//! The clauses under a goal.

use nom::multi::separated_list1;
use nom::Parser;

use super::{ClauseKind, Detail};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::input::{fail, must, sign, word, Parsed, Tokens};
use crate::plain;
use crate::span::Span;
use crate::suggest;
use crate::surface::{Expr, Ident};
use crate::token::Sign;

/// Formulas separated by commas.
pub fn formulas(i: Tokens<'_>) -> Parsed<'_, Vec<Expr>> {
    separated_list1(sign(Sign::Comma), plain::must_formula).parse(i)
}

/// A clause past its first word, but for `label` and `using`.
pub fn clause<'a>(keyword: &str, i: Tokens<'a>) -> Parsed<'a, ClauseKind> {
    let (rest, kind) = match keyword {
        "expect" => formulas.map(ClauseKind::Expect).parse(i)?,
        "through" => formulas.map(ClauseKind::Through).parse(i)?,
        "assuming" => formulas.map(ClauseKind::Assuming).parse(i)?,
        "in" => {
            let (i, _) = must("`terms of`", word("terms"))(i)?;
            let (i, _) = must("`of`", word("of"))(i)?;
            formulas.map(ClauseKind::InTermsOf).parse(i)?
        }
        "by" => match i.word() {
            Some("indices") => (i.next(), ClauseKind::ByIndices),
            Some("differentials") => (i.next(), ClauseKind::ByDifferentials),
            _ => return bad(i, "`by` takes `indices` or `differentials`"),
        },
        "detail" => match i.word() {
            Some("brief") => (i.next(), ClauseKind::Detail(Detail::Brief)),
            Some("textbook") => (i.next(), ClauseKind::Detail(Detail::Textbook)),
            Some("detailed") => (i.next(), ClauseKind::Detail(Detail::Detailed)),
            _ => return bad(i, "`detail` takes `brief`, `textbook` or `detailed`"),
        },
        _ => return fail(unknown(keyword, i)),
    };
    let (rest, ()) = plain::end(rest)?;
    Ok((rest, kind))
}

fn bad<'a, T>(i: Tokens<'a>, message: &str) -> Parsed<'a, T> {
    fail(Diagnostic::new(Code::BAD_CLAUSE, i.here(), format!("{message}, found {}", i.found())))
}

fn unknown(keyword: &str, i: Tokens<'_>) -> Diagnostic {
    let at = Tokens::all(i.cx).here();
    let d = Diagnostic::new(Code::UNKNOWN_CLAUSE, at, format!("no clause begins with `{keyword}`"));
    match suggest::closest(keyword, super::CLAUSES.iter().copied()) {
        Some(near) => d.help(format!("did you mean `{near}`?")),
        None if super::STATEMENTS.contains(&keyword) => d.help("statements begin at the start of their line"),
        None => d.help("clauses: expect, through, in terms of, using, assuming, by, detail, label"),
    }
}

/// The words after `label` or `using`: labels are words, not formulas.
pub fn labels(source: &str, raw: Span, keyword: &str) -> Result<ClauseKind, Box<Diagnostic>> {
    let text = raw.text(source);
    let mut all = Vec::new();
    let mut at = raw.start as usize;
    for piece in text.split_inclusive([' ', '\t', ',', '\u{a0}']) {
        let label = piece.trim_end_matches([' ', '\t', ',', '\u{a0}']);
        if !label.is_empty() {
            all.push(Ident { span: Span::new(at, at + label.len()), text: label.into() });
        }
        at += piece.len();
    }
    let bad = |span: Span, message: String| Err(Box::new(Diagnostic::new(Code::BAD_CLAUSE, span, message)));
    for l in &all {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '\'' | ':');
        if !l.text.chars().all(allowed) || l.text.len() > crate::limits::NAME_BYTES {
            return bad(l.span, "a label is one word of letters, digits, `.`, `-`, `_`, `'` and `:`".to_owned());
        }
    }
    if keyword == "label" {
        return match <[Ident; 1]>::try_from(all) {
            Ok([l]) => Ok(ClauseKind::Label(l)),
            Err(_) => bad(raw, "a label is one word".to_owned()),
        };
    }
    if all.is_empty() {
        return bad(raw, "`using` names a label".to_owned());
    }
    Ok(ClauseKind::Using(all))
}
