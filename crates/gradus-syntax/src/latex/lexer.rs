//! LaTeX tokens, read with nom. Spacing commands and sizes leave no token.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{anychar, char, digit1};
use nom::combinator::{map, opt, recognize, verify};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use num_bigint::BigUint;

use super::commands;
use crate::chars;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::limits;
use crate::span::Span;
use crate::token::Number;

/// A LaTeX token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tok {
    /// `\name`.
    Command(Box<str>),
    /// A letter or Greek character, in its ASCII spelling.
    Letter(Box<str>),
    /// Digits, perhaps with a point and more digits.
    Digits(Box<str>),
    /// `\text{…}` and its kin, trimmed.
    Text(Box<str>),
    /// Any other character that may stand in a formula.
    Sign(char),
    /// `\begin{…}`.
    Begin(Box<str>),
    /// `\end{…}`.
    End(Box<str>),
    /// `\\`.
    Row,
}

/// A token and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub tok: Tok,
    /// Where it stands.
    pub span: Span,
}

type Lexed<'a> = IResult<&'a str, Option<Tok>>;

fn braced(i: &str) -> IResult<&str, &str> {
    delimited((take_while(|c: char| c == ' '), char('{')), take_while(|c| c != '}' && c != '{'), char('}')).parse(i)
}

fn command(i: &str) -> Lexed<'_> {
    let (rest, _) = char('\\')(i)?;
    let letters = take_while1(|c: char| c.is_ascii_alphabetic());
    let (rest, name) = alt((letters, recognize(anychar))).parse(rest)?;
    match name {
        "\\" => Ok((rest, Some(Tok::Row))),
        "begin" => map(braced, |n: &str| Some(Tok::Begin(n.trim().into()))).parse(rest),
        "end" => map(braced, |n: &str| Some(Tok::End(n.trim().into()))).parse(rest),
        "text" | "textrm" | "textit" | "textbf" | "mbox" => map(braced, |n: &str| Some(Tok::Text(n.trim().into()))).parse(rest),
        n if commands::SPACES.contains(&n) => Ok((rest, None)),
        n => Ok((rest, Some(Tok::Command(n.into())))),
    }
}

fn number(i: &str) -> Lexed<'_> {
    let decimals = opt(preceded(char('.'), digit1));
    map(recognize((digit1, decimals)), |d: &str| Some(Tok::Digits(d.into()))).parse(i)
}

fn letter(i: &str) -> Lexed<'_> {
    let latin = verify(anychar, char::is_ascii_alphabetic);
    let latin = map(latin, |c| Some(Tok::Letter(c.to_string().into())));
    let greek = nom::combinator::map_opt(anychar, |c| chars::greek(c).map(|n| Some(Tok::Letter(n.into()))));
    alt((latin, greek)).parse(i)
}

fn sign(i: &str) -> Lexed<'_> {
    map(verify(anychar, |c| "+-*/=<>()[]{}^_!|,.;:'&−≤≥≠·⋅×÷∈∞∂∇⊤⊙′→".contains(*c)), |c| Some(Tok::Sign(c))).parse(i)
}

fn space(i: &str) -> Lexed<'_> {
    let blank = take_while1(|c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '~' | '\u{a0}'));
    map(alt((blank, tag("\\\n"))), |_| None).parse(i)
}

/// All tokens of `source[span]`.
pub fn lex(source: &str, span: Span) -> Result<Vec<Token>, Box<Diagnostic>> {
    let text = span.text(source);
    let base = span.start as usize;
    let mut rest = text;
    let mut out = Vec::new();
    while let Some(c) = rest.chars().next() {
        let at = base + text.len() - rest.len();
        let Ok((next, tok)) = alt((space, number, letter, command, sign)).parse(rest) else {
            return Err(Box::new(bad(c, Span::new(at, at + c.len_utf8()))));
        };
        if let Some(tok) = tok {
            out.push(Token { tok, span: Span::new(at, base + text.len() - next.len()) });
        }
        rest = next;
    }
    Ok(out)
}

fn bad(c: char, span: Span) -> Diagnostic {
    if c == '\\' {
        return Diagnostic::new(Code::UNKNOWN_COMMAND, span, "a command without its name or its braces");
    }
    if let Some(latin) = chars::confusable(c) {
        let message = format!("`{c}` (U+{:04X}) looks like the Latin letter `{latin}` but is another letter", c as u32);
        return Diagnostic::new(Code::CONFUSABLE, span, message).help(format!("replace it by `{latin}`"));
    }
    let d = Diagnostic::new(Code::BAD_CHARACTER, span, format!("the character U+{:04X} means nothing here", c as u32));
    match chars::hint(c) {
        Some(h) => d.help(h),
        None => d,
    }
}

/// The exact value of a token's digits.
pub fn value(digits: &str, span: Span) -> Result<Number, Box<Diagnostic>> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let n = whole.len() + fraction.len();
    if n > limits::DIGITS {
        let message = format!("a number of {n} digits; at most {} are allowed", limits::DIGITS);
        return Err(Box::new(Diagnostic::new(Code::INTEGER_TOO_LONG, span, message)));
    }
    let mantissa = BigUint::parse_bytes(format!("{whole}{fraction}").as_bytes(), 10).unwrap_or_default();
    let exponent = i32::try_from(fraction.len()).map_or(0, |n| -n);
    Ok(Number { mantissa, exponent })
}
