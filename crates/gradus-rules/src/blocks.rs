//! The text of rule files: blocks, their clauses, and where each stands. Nothing of the mathematics is looked at here.
//!
//! A block begins at the left margin with its kind and its name; its clauses are indented, one a line, each beginning with
//! its word, except the statement of a rule. `#` begins a comment; a line without a word of its own goes on with the one
//! before if that has an open bracket.

use crate::{RuleError, RuleErrorKind as Kind};

/// What a block is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BlockKind {
    Rule,
    Function,
    Primitive,
}

/// A piece of text and its line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Text<'a> {
    pub line: usize,
    pub text: &'a str,
}

/// A clause: its word (empty for a rule's statement) and what follows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Clause<'a> {
    pub word: &'a str,
    pub text: Text<'a>,
}

/// A block of a rule file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Block<'a> {
    pub kind: BlockKind,
    pub head: Text<'a>,
    pub clauses: Vec<Clause<'a>>,
}

/// The words clauses begin with, by the kind of their block; `true`: at most once.
const WORDS: &[(BlockKind, &str, bool)] = &[
    (BlockKind::Rule, "where", true),
    (BlockKind::Rule, "needs", true),
    (BlockKind::Rule, "when", false),
    (BlockKind::Rule, "says", true),
    (BlockKind::Rule, "short", true),
    (BlockKind::Rule, "back", true),
    (BlockKind::Rule, "try", false),
    (BlockKind::Function, "latex", true),
    (BlockKind::Function, "alias", false),
    (BlockKind::Function, "domain", true),
    (BlockKind::Function, "fact", false),
    (BlockKind::Function, "says", true),
    (BlockKind::Primitive, "fact", false),
    (BlockKind::Primitive, "alias", false),
];

impl<'a> Block<'a> {
    /// The clauses with this word.
    pub fn all<'b>(&'b self, word: &'b str) -> impl Iterator<Item = Text<'a>> + 'b {
        self.clauses.iter().filter(move |c| c.word == word).map(|c| c.text)
    }
    /// The clause with this word.
    pub fn one(&self, word: &str) -> Option<Text<'a>> {
        self.clauses.iter().find(|c| c.word == word).map(|c| c.text)
    }
    /// The clause with this word, which must be there.
    pub fn must(&self, file: &'static str, word: &'static str) -> Result<Text<'a>, RuleError> {
        self.one(word).ok_or(RuleError { file, line: self.head.line, kind: Kind::Missing(word) })
    }
}

/// The blocks of a file.
pub(crate) fn blocks<'a>(file: &'static str, source: &'a str) -> Result<Vec<Block<'a>>, RuleError> {
    let mut out: Vec<Block<'a>> = Vec::new();
    for (k, full) in source.lines().enumerate() {
        let line = k + 1;
        let error = |kind| RuleError { file, line, kind };
        let content = full.split('#').next().unwrap_or("").trim_end();
        let text = content.trim_start();
        if text.is_empty() {
            continue;
        }
        let (word, rest) = split_word(text);
        if content.len() == text.len() {
            let kind = match word {
                "rule" => BlockKind::Rule,
                "function" => BlockKind::Function,
                "primitive" => BlockKind::Primitive,
                _ => return Err(error(Kind::NotABlock(word.to_owned()))),
            };
            if rest.is_empty() {
                return Err(error(Kind::Missing("a name")));
            }
            out.push(Block { kind, head: Text { line, text: rest }, clauses: Vec::new() });
            continue;
        }
        let Some(block) = out.last_mut() else { return Err(error(Kind::NotABlock(word.to_owned()))) };
        block.clauses.push(clause(block, word, rest, Text { line, text }).map_err(error)?);
    }
    Ok(out)
}

fn clause<'a>(block: &Block<'_>, word: &'a str, rest: &'a str, whole: Text<'a>) -> Result<Clause<'a>, Kind> {
    match WORDS.iter().find(|(k, w, _)| *k == block.kind && *w == word) {
        Some((_, w, once)) => {
            if *once && block.one(w).is_some() {
                return Err(Kind::Twice(word.to_owned()));
            }
            if rest.is_empty() {
                return Err(Kind::Empty(word.to_owned()));
            }
            Ok(Clause { word, text: Text { line: whole.line, text: rest } })
        }
        None if block.kind == BlockKind::Rule && block.clauses.is_empty() => Ok(Clause { word: "", text: whole }),
        None => Err(Kind::NotAClause(word.to_owned())),
    }
}

fn split_word(text: &str) -> (&str, &str) {
    match text.split_once(char::is_whitespace) {
        Some((w, r)) => (w, r.trim()),
        None => (text, ""),
    }
}

/// The two sides of a statement and whether it is an equivalence.
pub(crate) fn sides(text: &str) -> Option<(&str, &str, bool)> {
    // `<=>` contains `=>`, so it is looked for first.
    if let Some((l, r)) = text.split_once("<=>") {
        return Some((l.trim(), r.trim(), true));
    }
    text.split_once("=>").map(|(l, r)| (l.trim(), r.trim(), false))
}

/// The parts of a list separated by commas outside brackets.
pub(crate) fn list(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut depth, mut start) = (0i32, 0);
    for (i, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                out.push(text.get(start..i).unwrap_or("").trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(text.get(start..).unwrap_or("").trim());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_with_its_clauses() {
        let b = blocks("t", "# note\nrule a.b\n  f(x)  =>  x   # why\n  needs  x > 0\n  try  f(1)  =>  1\n").unwrap();
        assert_eq!(b.len(), 1);
        assert_eq!(b[0].one("").unwrap().text, "f(x)  =>  x");
        assert_eq!(b[0].one("needs").unwrap(), Text { line: 4, text: "x > 0" });
        assert_eq!(sides("a  <=>  b"), Some(("a", "b", true)));
    }

    #[test]
    fn errors_name_their_line() {
        for (text, line) in [
            ("rulle a.b\n", 1),
            ("rule a.b\n  x => y\n  short a\n  short b\n", 4),
            ("rule a.b\n x => y\n oops z\n", 3),
            ("  try x => y\n", 1),
            ("rule a.b\n x => y\n  says\n", 3),
        ] {
            assert_eq!(blocks("t", text).unwrap_err().line, line, "{text}");
        }
    }

    #[test]
    fn lists_split_outside_brackets() {
        assert_eq!(list("f(a, b) > 0, c != 1"), ["f(a, b) > 0", "c != 1"]);
    }
}
