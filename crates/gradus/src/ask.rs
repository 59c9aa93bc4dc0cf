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
        for g in &self.given {
            text.push_str(&format!("given {g}\n"));
        }
        for d in &self.define {
            text.push_str(&format!("define {d}\n"));
        }
        text.push_str(&self.goal);
        text.push('\n');
        Source { name: "question".to_owned(), bytes: text.into_bytes(), host: Host::Gradus }
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
            let missing =
                said.iter().filter(|d| d.code == gradus_syntax::Code::UNDECLARED).map(|d| d.span().text(&sheet.source).to_owned());
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
