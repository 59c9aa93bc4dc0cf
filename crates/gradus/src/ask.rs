//! One question without a worksheet: names that are not declared are taken as real numbers, and that is said.

use crate::error::Error;
use crate::session::{Session, Worked};
use crate::source::Source;
use crate::stack;
use gradus_rules::Rulebook;
use gradus_syntax::{elaborate, parse_worksheet, Host};
use gradus_term::Store;

/// A goal with what it needs, as typed on a command line.
///
/// ```
/// use gradus::{Question, Session};
///
/// let worked = Session::new().ask(&Question::new("show (x + 1)^2 = x^2 + 2 x + 1"))?;
/// assert_eq!(worked.notes(), ["`x` is taken as a real number"]);
/// assert!(worked.is_proved());
/// # Ok::<(), gradus::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The goal as a worksheet states it, clauses on lines of their own.
    pub goal: String,
    /// Givens without the word: `a in R`.
    pub given: Vec<String>,
    /// Definitions without the word: `f(x) = x^2`.
    pub define: Vec<String>,
}

/// Most names declared unasked.
const NAMES: usize = 32;

impl Question {
    /// A goal alone.
    #[must_use]
    pub fn new(goal: impl Into<String>) -> Self {
        Question { goal: goal.into(), ..Question::default() }
    }
    /// With a given: `a in R`.
    #[must_use]
    pub fn given(mut self, given: impl Into<String>) -> Self {
        self.given.push(given.into());
        self
    }
    /// With a definition: `f(x) = x^2`.
    #[must_use]
    pub fn define(mut self, define: impl Into<String>) -> Self {
        self.define.push(define.into());
        self
    }
    /// The question as a worksheet, these names being real numbers.
    pub(crate) fn worksheet(&self, names: &[String]) -> Source {
        let mut text = String::new();
        for n in names {
            text.push_str(&format!("given {n} in R\n"));
        }
        for line in self.in_order() {
            text.push_str(&line);
            text.push('\n');
        }
        text.push_str(&self.goal);
        text.push('\n');
        Source { name: "question".to_owned(), bytes: text.into_bytes(), host: Host::Gradus }
    }
    /// Givens and definitions as statements, each after those whose names it mentions: `L : function of a` after `a = …`.
    fn in_order(&self) -> Vec<String> {
        let given = self.given.iter().map(|g| (format!("given {g}"), declared(g, &[" in ", ":"])));
        let defined = self.define.iter().map(|d| (format!("define {d}"), declared(d, &["(", " ", "=", "["])));
        let mut waiting: Vec<(String, Vec<String>)> = given.chain(defined).collect();
        let mut out = Vec::new();
        while !waiting.is_empty() {
            let mentions = |k: usize, names: &[String]| {
                waiting.get(k).is_some_and(|(line, own)| words(line).any(|w| names.iter().any(|n| n == w) && !own.iter().any(|n| n == w)))
            };
            let free = |k: &usize| waiting.iter().enumerate().all(|(j, (_, names))| j == *k || !mentions(*k, names));
            // Statements that mention each other stay in their order, and the worksheet says what is wrong with them.
            let next = (0..waiting.len()).find(free).unwrap_or(0);
            out.push(waiting.remove(next).0);
        }
        out
    }
    /// The names the question leaves undeclared.
    pub(crate) fn undeclared(&self) -> Result<Vec<String>, Error> {
        let mut names: Vec<String> = Vec::new();
        while names.len() < NAMES {
            let store = Store::new();
            Rulebook::load(&store)?;
            let source = self.worksheet(&names);
            let (sheet, mut said) = parse_worksheet(&source.bytes, source.host);
            said.extend(elaborate(&store, &sheet).1);
            let is_new = |n: &String| n.chars().all(|c| c.is_alphanumeric() || "_'".contains(c)) && !n.is_empty() && !names.contains(n);
            // What is called is a function that is not known, no number.
            let called =
                |d: &gradus_syntax::Diagnostic| sheet.source.get(d.span().end as usize..).is_some_and(|rest| rest.starts_with('('));
            let missing = said
                .iter()
                .filter(|d| d.code == gradus_syntax::Code::UNDECLARED && !called(d))
                .map(|d| d.span().text(&sheet.source).to_owned());
            let found: Vec<String> = missing.filter(is_new).collect();
            if found.is_empty() {
                break;
            }
            found.into_iter().for_each(|n| {
                if !names.contains(&n) {
                    names.push(n)
                }
            });
        }
        Ok(names)
    }
}

/// The names before the first of these marks.
fn declared(statement: &str, marks: &[&str]) -> Vec<String> {
    let end = marks.iter().filter_map(|m| statement.trim_start().find(m)).min();
    end.map_or_else(Vec::new, |end| words(statement.trim_start().get(..end).unwrap_or("")).map(str::to_owned).collect())
}

/// The names in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '\'')).filter(|w| !w.is_empty())
}

impl Session {
    /// Answers one question.
    ///
    /// # Errors
    /// Only if nothing could be done at all; see [`Session::solve`].
    pub fn ask(&self, question: &Question) -> Result<Worked, Error> {
        let names = stack::run(|| question.undeclared())??;
        let mut worked = self.solve(&question.worksheet(&names))?;
        worked.notes = names.iter().map(|n| format!("`{n}` is taken as a real number")).collect();
        Ok(worked)
    }
}
