//! Answers as data.

use crate::source::Message;
use gradus_kernel::{Inline, Solution, Text};
use gradus_render::Options;
use gradus_term::{Id, Store};
use schemars::JsonSchema;
use serde::Serialize;

pub use gradus_kernel::{Counterexample, Status};
pub use gradus_render::{JsonCounterexample, JsonDiagnostic, JsonGoal, JsonStep};

/// The answer to a goal, in short; [`Report`] has the steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The goal's label.
    pub label: Option<String>,
    /// `derive`, `show`, ….
    pub kind: &'static str,
    /// How far it is proved.
    pub status: Status,
    /// The result in worksheet syntax, if the goal has one.
    pub result: Option<String>,
    /// The same in LaTeX.
    pub result_latex: Option<String>,
    /// Conditions it needs beyond the givens, in worksheet syntax.
    pub assumptions: Vec<String>,
    /// A point at which it fails.
    pub counterexample: Option<Counterexample>,
    /// What went wrong: a code and a sentence.
    pub problems: Vec<(String, String)>,
    /// The line of the goal, counted from 1.
    pub line: usize,
    assumed_by_asker: bool,
}

impl Answer {
    pub(crate) fn new(store: &Store, assuming: &[Id], sol: &Solution, line: usize) -> Self {
        let o = Options::default();
        let term = |t| gradus_render::text_term(store, t, &o);
        let assumptions = sol.derivation.as_ref().map_or(&[][..], |d| &d.assumptions);
        Answer {
            label: sol.label.clone(),
            kind: sol.kind,
            status: sol.status,
            result: sol.result.map(term),
            result_latex: sol.result.map(|t| gradus_render::latex_term(store, t, &o)),
            assumptions: assumptions.iter().map(|t| term(*t)).collect(),
            counterexample: sol.counterexample.clone(),
            problems: sol.problems.iter().map(|(c, t)| (c.clone(), words(store, t))).collect(),
            line,
            assumed_by_asker: assumptions.iter().all(|a| assuming.iter().any(|b| store.same(*a, *b))),
        }
    }
    /// Whether it is proved, or conditional on nothing but what the goal's `assuming` states.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        match self.status {
            Status::Proved => true,
            Status::Conditional => self.assumed_by_asker,
            Status::Unknown | Status::Refuted | Status::Error => false,
        }
    }
}

/// A sentence with its formulas in worksheet syntax.
pub(crate) fn words(store: &Store, t: &Text) -> String {
    let o = Options::default();
    t.0.iter()
        .map(|x| match x {
            Inline::Words(w) => w.clone(),
            Inline::Term(t) => gradus_render::text_term(store, *t, &o),
        })
        .collect()
}

/// Everything a run answers, as `--format json` prints it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this format.
    pub gradus: u32,
    /// What is to be said about the worksheet itself.
    pub messages: Vec<ReportMessage>,
    /// The goals, in the order of the worksheet.
    pub goals: Vec<JsonGoal>,
}

/// A message about the worksheet.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReportMessage {
    /// Its stable code.
    pub code: String,
    /// `error` or `warning`.
    pub severity: String,
    /// In one sentence.
    pub message: String,
    /// The line it points at, counted from 1.
    pub line: usize,
}

impl Report {
    /// The version of the format.
    pub const VERSION: u32 = 1;

    pub(crate) fn new(messages: &[Message], goals: Vec<JsonGoal>) -> Self {
        let message = |m: &Message| ReportMessage {
            code: m.code.clone(),
            severity: if m.is_error { "error" } else { "warning" }.to_owned(),
            message: m.text.clone(),
            line: m.line,
        };
        Report { gradus: Report::VERSION, messages: messages.iter().map(message).collect(), goals }
    }
    /// The JSON Schema of a report.
    #[must_use]
    pub fn schema() -> String {
        serde_json::to_string_pretty(&schemars::schema_for!(Report)).unwrap_or_default()
    }
}
