//! What the nom parsers read: a cursor over tokens, with the depth reached, and their error.
//!
//! A parser takes [`Tokens`] and returns the rest. `nom::Err::Error` means "not here, try something else" and
//! carries only a place; `nom::Err::Failure` carries the diagnostic and is never tried around.

use std::cell::{Cell, RefCell};

use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Input, Needed};

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::groups::Groups;
use crate::limits;
use crate::span::Span;
use crate::token::{Sign, Tok, Token};

/// What stays the same while a statement is read.
#[derive(Debug)]
pub struct Context<'a> {
    /// The whole source.
    pub source: &'a str,
    /// The tokens of the statement.
    pub tokens: &'a [Token],
    /// The end of the statement, where something missing is reported.
    pub end: u32,
    /// Its brackets.
    pub groups: RefCell<Groups>,
    /// How deep the group being read goes.
    pub reach: Cell<u16>,
}

impl<'a> Context<'a> {
    /// The context of a statement, its brackets read.
    ///
    /// # Errors
    /// What is wrong with the brackets.
    pub fn new(source: &'a str, tokens: &'a [Token], end: u32) -> Result<Self, Box<Diagnostic>> {
        let cx = Context { source, tokens, end, groups: RefCell::default(), reach: Cell::new(0) };
        crate::groups::read(&cx)?;
        Ok(cx)
    }
}

/// A cursor into the tokens of a statement.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a> {
    /// The statement.
    pub cx: &'a Context<'a>,
    at: u32,
    end: u32,
    depth: u16,
}

/// Why a parser did not succeed.
#[derive(Debug)]
pub enum Fail {
    /// It does not apply here.
    Miss,
    /// It applies, and the input is wrong.
    Said(Box<Diagnostic>),
}

impl<'a> ParseError<Tokens<'a>> for Fail {
    fn from_error_kind(_: Tokens<'a>, _: ErrorKind) -> Self {
        Fail::Miss
    }
    fn append(_: Tokens<'a>, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// The result of a parser.
pub type Parsed<'a, T> = IResult<Tokens<'a>, T, Fail>;

/// A failure with a diagnostic.
pub fn fail<T>(d: Diagnostic) -> Result<T, nom::Err<Fail>> {
    Err(nom::Err::Failure(Fail::Said(Box::new(d))))
}

/// "Not here."
pub fn miss<T>() -> Result<T, nom::Err<Fail>> {
    Err(nom::Err::Error(Fail::Miss))
}

impl<'a> Tokens<'a> {
    /// All tokens of a statement.
    #[must_use]
    pub fn all(cx: &'a Context<'a>) -> Self {
        Tokens { cx, at: 0, end: u32::try_from(cx.tokens.len()).unwrap_or(u32::MAX), depth: 0 }
    }

    /// The tokens `at..end`.
    #[must_use]
    pub fn between(cx: &'a Context<'a>, at: u32, end: u32) -> Self {
        Tokens { cx, at, end, depth: 0 }
    }

    /// The number of the next token in the statement.
    #[must_use]
    pub fn position_in_statement(&self) -> u32 {
        self.at
    }

    /// Past the token with this number.
    #[must_use]
    pub fn past(self, n: u32) -> Self {
        Tokens { at: n.saturating_add(1).min(self.end), ..self }
    }

    /// As deep as another cursor.
    #[must_use]
    pub fn at_depth_of(self, other: Tokens<'a>) -> Self {
        Tokens { depth: other.depth, ..self }
    }

    /// Notes that the tree goes `more` levels deeper here.
    ///
    /// # Errors
    /// `TOO_DEEP` beyond the budget.
    pub fn reach(self, more: u16) -> Result<(), nom::Err<Fail>> {
        let depth = self.depth.saturating_add(more);
        self.cx.reach.set(self.cx.reach.get().max(depth));
        if depth > limits::DEPTH {
            fail(too_deep(self.here(), limits::DEPTH))
        } else {
            Ok(())
        }
    }

    /// The next token.
    #[must_use]
    pub fn first(&self) -> Option<&'a Token> {
        if self.at < self.end {
            self.cx.tokens.get(self.at as usize)
        } else {
            None
        }
    }

    /// The token after the next.
    #[must_use]
    pub fn second(&self) -> Option<&'a Token> {
        if self.at + 1 < self.end {
            self.cx.tokens.get(self.at as usize + 1)
        } else {
            None
        }
    }

    /// The next sign.
    #[must_use]
    pub fn sign(&self) -> Option<Sign> {
        match self.first().map(|t| &t.tok) {
            Some(Tok::Sign(s)) => Some(*s),
            _ => None,
        }
    }

    /// The next name.
    #[must_use]
    pub fn word(&self) -> Option<&'a str> {
        match self.first().map(|t| &t.tok) {
            Some(Tok::Name(n)) => Some(n),
            _ => None,
        }
    }

    /// Past the next token.
    #[must_use]
    pub fn next(self) -> Self {
        Tokens { at: (self.at + 1).min(self.end), ..self }
    }

    /// Past the next `n` tokens.
    #[must_use]
    pub fn skip(self, n: usize) -> Self {
        self.take_from(n)
    }

    /// Past everything.
    #[must_use]
    pub fn take_all(self) -> Self {
        Tokens { at: self.end, ..self }
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.at >= self.end
    }

    /// The next `n` tokens alone.
    #[must_use]
    pub fn only(self, n: usize) -> Self {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        Tokens { end: self.at.saturating_add(n).min(self.end), ..self }
    }

    /// What is left, as a slice.
    #[must_use]
    pub fn rest(&self) -> &'a [Token] {
        self.cx.tokens.get(self.at as usize..self.end as usize).unwrap_or(&[])
    }

    /// How many tokens stand between an earlier cursor and this one.
    #[must_use]
    pub fn since(&self, earlier: Tokens<'a>) -> usize {
        (self.at - earlier.at.min(self.at)) as usize
    }

    /// The place of the next token, or the empty place after the last.
    #[must_use]
    pub fn here(&self) -> Span {
        match self.first() {
            Some(t) => t.span,
            None => {
                let end = self.last_end();
                self.cx.tokens.get(self.end as usize).map_or(Span { start: end, end }, |t| t.span)
            }
        }
    }

    /// Where the token before the cursor ends.
    #[must_use]
    pub fn last_end(&self) -> u32 {
        let before = self.at.checked_sub(1).and_then(|n| self.cx.tokens.get(n as usize));
        before.map_or(self.cx.end, |t| t.span.end)
    }

    /// From an earlier cursor's token to just before this one.
    #[must_use]
    pub fn span_since(&self, earlier: Tokens<'a>) -> Span {
        let start = earlier.here().start;
        Span { start, end: self.last_end().max(start) }
    }

    /// What stands here, for messages.
    #[must_use]
    pub fn found(&self) -> String {
        match self.cx.tokens.get(self.at as usize) {
            None => "the end of the line".to_owned(),
            Some(t) => format!("`{}`", t.span.text(self.cx.source).chars().take(40).collect::<String>()),
        }
    }

    /// Runs a parser one level deeper.
    ///
    /// # Errors
    /// `TOO_DEEP` beyond the budget; the parser's own.
    pub fn deeper<T>(self, parser: impl FnOnce(Tokens<'a>) -> Parsed<'a, T>) -> Parsed<'a, T> {
        self.deeper_by(1, parser)
    }

    /// Runs a parser some levels deeper.
    ///
    /// # Errors
    /// As [`Tokens::deeper`].
    pub fn deeper_by<T>(self, by: u16, parser: impl FnOnce(Tokens<'a>) -> Parsed<'a, T>) -> Parsed<'a, T> {
        self.reach(by)?;
        let (rest, value) = parser(Tokens { depth: self.depth + by, ..self })?;
        Ok((Tokens { depth: self.depth, ..rest }, value))
    }
}

/// The diagnostic of the depth budget.
#[must_use]
pub fn too_deep(at: Span, limit: u16) -> Diagnostic {
    let message = format!("nested deeper than {limit}");
    Diagnostic::new(Code::TOO_DEEP, at, message).help("give a name to an inner part with `define`")
}

/// A sign.
pub fn sign<'a>(wanted: Sign) -> impl Fn(Tokens<'a>) -> Parsed<'a, Span> {
    move |i| if i.sign() == Some(wanted) { Ok((i.next(), i.here())) } else { miss() }
}

/// A word, keyword or not.
pub fn word<'a>(wanted: &'static str) -> impl Fn(Tokens<'a>) -> Parsed<'a, Span> {
    move |i| if i.word() == Some(wanted) { Ok((i.next(), i.here())) } else { miss() }
}

/// Something that must follow: a miss becomes a failure that says what was expected.
pub fn must<'a, T>(expected: &'static str, parser: impl Fn(Tokens<'a>) -> Parsed<'a, T>) -> impl Fn(Tokens<'a>) -> Parsed<'a, T> {
    move |i| match parser(i) {
        Err(nom::Err::Error(_)) => {
            let message = format!("expected {expected}, found {}", i.found());
            fail(Diagnostic::new(Code::BAD_STATEMENT, i.here(), message))
        }
        other => other,
    }
}

/// What was parsed, or its diagnostic with this help.
pub fn with_help<'a, T>(help: &'static str, parsed: Parsed<'a, T>) -> Parsed<'a, T> {
    parsed.map_err(|e| match e {
        nom::Err::Failure(Fail::Said(d)) => nom::Err::Failure(Fail::Said(Box::new(d.help(help)))),
        other => other,
    })
}

impl<'a> Input for Tokens<'a> {
    type Item = &'a Token;
    type Iter = std::slice::Iter<'a, Token>;
    type IterIndices = std::iter::Enumerate<std::slice::Iter<'a, Token>>;

    fn input_len(&self) -> usize {
        self.rest().len()
    }
    fn take(&self, index: usize) -> Self {
        self.only(index)
    }
    fn take_from(&self, index: usize) -> Self {
        let n = u32::try_from(index).unwrap_or(u32::MAX);
        Tokens { at: self.at.saturating_add(n).min(self.end), ..*self }
    }
    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }
    fn position<P: Fn(Self::Item) -> bool>(&self, predicate: P) -> Option<usize> {
        self.rest().iter().position(predicate)
    }
    fn iter_elements(&self) -> Self::Iter {
        self.rest().iter()
    }
    fn iter_indices(&self) -> Self::IterIndices {
        self.rest().iter().enumerate()
    }
    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        if count <= self.input_len() {
            Ok(count)
        } else {
            Err(Needed::new(count - self.input_len()))
        }
    }
}
