//! Tokens of Gradus text.
//!
//! A token knows its place and whether a space stands before it (a bracket that *touches* a name calls or
//! indexes). Names are already in their ASCII spelling; their text stays in the lexer's token.

use num_bigint::BigUint;

use crate::span::Span;

/// An exact decimal: `mantissa · 10^exponent`.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Number {
    /// The digits without the point.
    pub mantissa: BigUint,
    /// The power of ten; `0.1` has -1.
    pub exponent: i32,
}

/// A sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs, reason = "the spellings in `text` say it")]
pub enum Sign {
    Open,
    Close,
    OpenSquare,
    CloseSquare,
    OpenBrace,
    CloseBrace,
    Comma,
    Semicolon,
    Colon,
    Range,
    Arrow,
    Plus,
    Minus,
    Times,
    Cross,
    Slash,
    Caret,
    DotTimes,
    DotSlash,
    DotCaret,
    Bang,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Sign {
    /// How it is written in ASCII.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Sign::Open => "(",
            Sign::Close => ")",
            Sign::OpenSquare => "[",
            Sign::CloseSquare => "]",
            Sign::OpenBrace => "{",
            Sign::CloseBrace => "}",
            Sign::Comma => ",",
            Sign::Semicolon => ";",
            Sign::Colon => ":",
            Sign::Range => "..",
            Sign::Arrow => "->",
            Sign::Plus => "+",
            Sign::Minus => "-",
            Sign::Times => "*",
            Sign::Cross => "×",
            Sign::Slash => "/",
            Sign::Caret => "^",
            Sign::DotTimes => ".*",
            Sign::DotSlash => "./",
            Sign::DotCaret => ".^",
            Sign::Bang => "!",
            Sign::Equal => "=",
            Sign::NotEqual => "!=",
            Sign::Less => "<",
            Sign::LessEqual => "<=",
            Sign::Greater => ">",
            Sign::GreaterEqual => ">=",
        }
    }

    /// Whether it opens a bracket.
    #[must_use]
    pub fn opens(self) -> bool {
        matches!(self, Sign::Open | Sign::OpenSquare | Sign::OpenBrace)
    }

    /// Whether it closes a bracket.
    #[must_use]
    pub fn closes(self) -> bool {
        matches!(self, Sign::Close | Sign::CloseSquare | Sign::CloseBrace)
    }
}

/// What a token is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tok {
    /// A name or keyword, in ASCII spelling.
    Name(Box<str>),
    /// A number.
    Number(Box<Number>),
    /// A sign.
    Sign(Sign),
    /// `"…"`; the span covers the quotes.
    Quoted(Box<str>),
    /// `$…$`; the span covers the dollars.
    Latex,
}

/// A token and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub tok: Tok,
    /// Where it stands.
    pub span: Span,
    /// Whether white space (or the start) stands before it.
    pub spaced: bool,
}
