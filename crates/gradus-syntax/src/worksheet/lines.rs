//! From text to statements: logical lines, their clauses, and who reads them.
//!
//! A logical line goes on while a bracket is open, and where an operator or a word from within a statement ends it or begins
//! the indented line below, but never past a line that begins with a keyword at its own place (a statement at the margin, a
//! clause indented), so one missing bracket spoils one statement.

use nom::Parser;

use super::{clauses, declare, goals, Clause, ClauseKind, Item, ItemKind, CLAUSES, STATEMENTS};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::input::{Context, Fail, Parsed, Tokens};
use crate::lexer;
use crate::limits;
use crate::plain::{self, INNER_WORDS};
use crate::span::Span;
use crate::suggest;
use crate::surface::Ident;
use crate::token::{Sign, Tok, Token};

/// A statement's or clause's text.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    span: Span,
    indented: bool,
    word: &'a str,
}

/// Reads the statements in `source[span]`.
pub fn statements(source: &str, span: Span, items: &mut Vec<Item>, said: &mut Vec<Diagnostic>) {
    let mut reader = Reader { source, at: span.start as usize, end: span.end as usize };
    let mut pending: Option<Line<'_>> = None;
    while let Some(line) = pending.take().or_else(|| reader.line()) {
        if said.len() >= limits::DIAGNOSTICS {
            return;
        }
        if line.indented {
            let word = line.word.to_owned();
            let at = Span::new(line.span.start as usize, line.span.start as usize + word.len());
            let known = CLAUSES.contains(&line.word);
            let d = if known || suggest::closest(&word, CLAUSES.iter().copied()).is_some() {
                Diagnostic::new(Code::UNKNOWN_CLAUSE, at, "a clause without a goal above it")
            } else {
                Diagnostic::new(Code::UNKNOWN_STATEMENT, at, "a statement begins at the start of its line")
            };
            said.push(d.help("indented lines are clauses of the goal above them"));
            continue;
        }
        if line.word == "text" {
            let text = reader.paragraph(line);
            said.extend(statement_in(source, text));
            items.push(Item { span: Span { start: line.span.start, end: text.end }, kind: ItemKind::Text(text) });
            continue;
        }
        let mut clause_lines = Vec::new();
        while let Some(next) = reader.line() {
            if next.indented {
                clause_lines.push(next);
            } else {
                pending = Some(next);
                break;
            }
        }
        items.push(statement(source, line, &clause_lines, said));
    }
}

/// A line of a text, after the first, that could be read as a statement: what is meant to be read would only be printed.
fn statement_in(source: &str, text: Span) -> Option<Diagnostic> {
    let mut at = text.start as usize;
    text.text(source).split_inclusive('\n').enumerate().find_map(|(k, physical)| {
        let span = Span::new(at, at + physical.trim_end().len());
        at += physical.len();
        let line = Line { span, indented: false, word: first_word(physical) };
        let reads = k > 0 && STATEMENTS.contains(&line.word) && parsed(source, span, |i| dispatch(line, i)).is_ok();
        let d = || Diagnostic::new(Code::STATEMENT_IN_TEXT, span, "this line belongs to the text above").help("a blank line ends a text");
        reads.then(d)
    })
}

fn statement(source: &str, line: Line<'_>, clause_lines: &[Line<'_>], said: &mut Vec<Diagnostic>) -> Item {
    let span = clause_lines.last().map_or(line.span, |c| line.span.to(c.span));
    let mut label = None;
    let mut all = Vec::new();
    for c in clause_lines {
        match clause(source, *c) {
            Ok(clause) => {
                if let ClauseKind::Label(l) = &clause.kind {
                    label = Some(l.clone());
                }
                all.push(clause);
            }
            Err(ds) => said.extend(ds),
        }
    }
    let raw = Span::new(line.span.start as usize + line.word.len(), line.span.end as usize);
    let heading = || uncommented(raw.text(source)).trim().to_owned();
    let kind = match line.word {
        "title" => ItemKind::Title(heading()),
        "section" => ItemKind::Section { heading: heading(), stated: true },
        _ => match parsed(source, line.span, |i| dispatch(line, i)) {
            Ok(ItemKind::Goal(mut goal)) => {
                goal.span = line.span;
                goal.clauses = std::mem::take(&mut all);
                ItemKind::Goal(goal)
            }
            Ok(kind) => kind,
            Err(ds) => {
                said.extend(ds);
                all.clear();
                ItemKind::Broken { names: would_declare(source, line), label }
            }
        },
    };
    if let Some(c) = all.first() {
        let d = Diagnostic::new(Code::UNKNOWN_CLAUSE, c.span, format!("`{}` takes no clauses", line.word));
        said.push(d.help("clauses belong to goals"));
    }
    Item { span, kind }
}

fn dispatch<'a>(line: Line<'_>, i: Tokens<'a>) -> Parsed<'a, ItemKind> {
    let (i, _) = crate::input::must("a keyword", any_word)(i)?;
    let (rest, kind) = match line.word {
        "given" => declare::givens.map(ItemKind::Given).parse(i)?,
        "define" => declare::define.map(|d| ItemKind::Define(Box::new(d))).parse(i)?,
        "network" => declare::network.map(|n| ItemKind::Network(Box::new(n))).parse(i)?,
        "notation" => declare::notation.map(ItemKind::Notation).parse(i)?,
        word if STATEMENTS.contains(&word) => goals::goal(word, i)?,
        word => return crate::input::fail(unknown_statement(word, line.span)),
    };
    let (rest, ()) = plain::end(rest)?;
    Ok((rest, kind))
}

fn any_word(i: Tokens<'_>) -> Parsed<'_, ()> {
    Ok((i.next(), ()))
}

fn unknown_statement(word: &str, line: Span) -> Diagnostic {
    let at = if word.is_empty() { line } else { Span::new(line.start as usize, line.start as usize + word.len()) };
    let d = if word.is_empty() {
        Diagnostic::new(Code::UNKNOWN_STATEMENT, at, "a statement begins with a keyword")
    } else {
        Diagnostic::new(Code::UNKNOWN_STATEMENT, at, format!("no statement begins with `{word}`"))
    };
    if CLAUSES.contains(&word) {
        return d.help("clauses are indented under their goal");
    }
    match suggest::closest(word, STATEMENTS.iter().copied()) {
        Some(near) => d.help(format!("did you mean `{near}`?")),
        None => d.help("for example `given x in R`, `define f = x^2`, `derive df/dx`"),
    }
}

/// Lexes and parses one logical line. What the lexer says goes before what the parser says.
fn parsed<T>(source: &str, span: Span, parser: impl for<'a> FnOnce(Tokens<'a>) -> Parsed<'a, T>) -> Result<T, Vec<Diagnostic>> {
    let (tokens, said) = lexer::lex(source, span);
    if !said.is_empty() {
        return Err(said);
    }
    let cx = Context::new(source, &tokens, span.end).map_err(|d| vec![*d])?;
    match parser(Tokens::all(&cx)) {
        Ok((_, value)) => Ok(value),
        Err(nom::Err::Failure(Fail::Said(d)) | nom::Err::Error(Fail::Said(d))) => Err(vec![*d]),
        Err(_) => Err(vec![Diagnostic::new(Code::BAD_STATEMENT, span, "this statement cannot be read")]),
    }
}

fn clause(source: &str, line: Line<'_>) -> Result<Clause, Vec<Diagnostic>> {
    let raw = Span::new(line.span.start as usize + line.word.len(), line.span.end as usize);
    let kind = match line.word {
        "label" | "using" => clauses::labels(source, raw, line.word).map_err(|d| vec![*d])?,
        _ => parsed(source, line.span, |i| clauses::clause(line.word, i.next()))?,
    };
    Ok(Clause { span: line.span, kind })
}

/// The names a broken declaration would declare, so that their uses are not reported too.
fn would_declare(source: &str, line: Line<'_>) -> Vec<Ident> {
    let (tokens, _) = lexer::lex(source, line.span);
    let rest = tokens.get(1..).unwrap_or(&[]);
    match line.word {
        "given" => names_before_sets(rest),
        "define" | "network" => rest.first().and_then(name).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn name(t: &Token) -> Option<Ident> {
    match &t.tok {
        Tok::Name(n) => Some(Ident { span: t.span, text: n.clone() }),
        _ => None,
    }
}

/// The names, separated by commas, before each `in` and `:`; all of them, if neither stands there.
fn names_before_sets(tokens: &[Token]) -> Vec<Ident> {
    let (mut all, mut row) = (Vec::new(), Vec::new());
    let mut after_comma = true;
    for t in tokens {
        let comma = t.tok == Tok::Sign(Sign::Comma);
        match &t.tok {
            Tok::Sign(Sign::Comma) => {}
            Tok::Sign(Sign::Colon) => all.append(&mut row),
            Tok::Name(n) if &**n == "in" => all.append(&mut row),
            Tok::Name(_) if after_comma => row.extend(name(t)),
            Tok::Name(_) => row = name(t).into_iter().collect(),
            _ => row.clear(),
        }
        after_comma = comma;
    }
    if all.is_empty() {
        all = row;
    }
    all
}

/// Without a `#` comment outside quotes and dollars.
fn uncommented(line: &str) -> &str {
    let mut quote = None;
    for (n, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') => return line.get(..n).unwrap_or(line),
            (None, '"' | '$') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            _ => {}
        }
    }
    line
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    /// The next physical line without its end, and past it.
    fn physical(&mut self) -> Option<(usize, &'a str)> {
        if self.at >= self.end {
            return None;
        }
        let start = self.at;
        let text = self.source.get(start..self.end)?;
        let len = text.find(['\n', '\r']).unwrap_or(text.len());
        let ending = text.get(len..).unwrap_or("");
        self.at = start + len + if ending.starts_with("\r\n") { 2 } else { usize::from(!ending.is_empty()) };
        Some((start, text.get(..len).unwrap_or("")))
    }

    /// The next logical line that is not blank.
    fn line(&mut self) -> Option<Line<'a>> {
        loop {
            let (start, text) = self.physical()?;
            let text = if start == 0 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
            let start = start + if start == 0 && self.source.starts_with('\u{feff}') { 3 } else { 0 };
            let body = uncommented(text);
            let trimmed = body.trim();
            if trimmed.is_empty() {
                continue;
            }
            let lead = body.len() - body.trim_start().len();
            let begin = start + lead;
            let mut end = begin + trimmed.len();
            let word = first_word(trimmed);
            let mut open = Brackets::default();
            open.read(body);
            let mut above = trimmed;
            loop {
                let before = self.at;
                let Some((next, text)) = self.physical() else { break };
                let body = uncommented(text);
                let goes_on = || !VERBATIM.contains(&word) && open.quote.is_none() && goes_on(above, body);
                if starts_anew(text) || (open.depth == 0 && !goes_on()) {
                    self.at = before;
                    break;
                }
                open.read(body);
                if !body.trim().is_empty() {
                    end = next + body.trim_end().len();
                    above = body.trim();
                }
            }
            return Some(Line { span: Span::new(begin, end), indented: lead > 0, word });
        }
    }

    /// The text of a `text` statement: up to the next blank line.
    fn paragraph(&mut self, line: Line<'a>) -> Span {
        let start = line.span.start as usize + line.word.len();
        self.at = start;
        let mut end = start;
        let mut first = true;
        while let Some((at, text)) = self.physical() {
            if text.trim().is_empty() && !first {
                break;
            }
            end = at + text.trim_end().len();
            first = false;
        }
        let text = self.source.get(start..end).unwrap_or("");
        Span::new(start + text.len() - text.trim_start().len(), end.max(start))
    }
}

fn first_word(text: &str) -> &str {
    let n = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '\'').unwrap_or(text.len());
    text.get(..n).unwrap_or("")
}

/// Statements and clauses whose words are not formulas.
const VERBATIM: &[&str] = &["title", "section", "text", "label", "using"];

/// Whether the statement of the line above goes on in this one: it is indented, and one of them ends or begins with what has a
/// formula on either side.
fn goes_on(above: &str, below: &str) -> bool {
    let text = below.trim();
    let inner = |w: &str| INNER_WORDS.contains(&w);
    let last_word = above.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '\'').next().unwrap_or("");
    below.starts_with([' ', '\t'])
        && !text.is_empty()
        && !starts_anew(below)
        && (text.starts_with(OPERATORS) || above.ends_with(OPERATORS) || inner(first_word(text)) || inner(last_word))
}

/// Signs with a formula, or a further item of a list, on either side.
const OPERATORS: [char; 17] = ['+', '-', '−', '*', '·', '×', '⊙', '/', '=', '<', '>', '≤', '≥', '≠', '∈', ',', ':'];

/// Whether a line begins with a keyword at its own place, so that no open bracket reaches past it.
fn starts_anew(line: &str) -> bool {
    let trimmed = line.trim_start();
    let word = first_word(trimmed);
    let table = if trimmed.len() == line.len() { STATEMENTS } else { CLAUSES };
    table.contains(&word) && (word != "in" || trimmed.starts_with("in terms of"))
}

/// Counts brackets outside quotes and dollars.
#[derive(Default)]
struct Brackets {
    depth: usize,
    quote: Option<char>,
}

impl Brackets {
    fn read(&mut self, text: &str) {
        self.quote = None;
        for c in text.chars() {
            match (self.quote, c) {
                (None, '(' | '[' | '{') => self.depth += 1,
                (None, ')' | ']' | '}') => self.depth = self.depth.saturating_sub(1),
                (None, '"' | '$') => self.quote = Some(c),
                (Some(q), c) if q == c => self.quote = None,
                _ => {}
            }
        }
    }
}
