//! Solutions as JSON. Every formula is in worksheet syntax, which parses back; `latex` beside it is for showing.

use crate::compose::Composer;
use crate::layout::{Layout, Op, Style};
use crate::page::terms_of;
use crate::{latex, text, Options};
use gradus_kernel::{Chain, Claim, Derivation, Inline, Item, Judged, Line, Root, Solution, Step, Text};
use gradus_term::{Id, RelOp, Store, VarId};
use schemars::JsonSchema;
use serde::Serialize;

/// What a run answers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonReport {
    /// The version of this format.
    pub gradus: u32,
    /// The goals, in the order of the worksheet.
    pub goals: Vec<JsonGoal>,
}

/// The answer to a goal.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonGoal {
    /// Its label.
    pub label: Option<String>,
    /// `derive`, `show`, ….
    pub kind: String,
    /// `proved`, `conditional`, `unknown`, `refuted` or `error`.
    pub status: String,
    /// What is claimed.
    pub claim: Option<String>,
    /// The result, if the goal has one.
    pub result: Option<String>,
    /// The result in LaTeX.
    pub result_latex: Option<String>,
    /// Conditions needed beyond the givens.
    pub assumptions: Vec<String>,
    /// Domain facts worth a note.
    pub notes: Vec<String>,
    /// A point at which the claim fails.
    pub counterexample: Option<JsonCounterexample>,
    /// What went wrong.
    pub diagnostics: Vec<JsonDiagnostic>,
    /// The shown lines, with the steps merged into them.
    pub steps: Vec<JsonStep>,
}

/// A point at which a claim fails.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonCounterexample {
    /// Names and values.
    pub at: Vec<(String, String)>,
    /// The left side there.
    pub left: String,
    /// The right side there.
    pub right: String,
}

/// What went wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonDiagnostic {
    /// Its code.
    pub code: String,
    /// In words.
    pub message: String,
}

/// A shown line, a step, or a lemma.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonStep {
    /// The rule, if it is one step.
    pub rule: Option<String>,
    /// Why it is true: `instance`, `rearranged`, `definition`, `given`, `cited`, `extensionality`, `recomputed`; `line`, `statement` or
    /// `lemma` for what is no step.
    pub ground: String,
    /// The reason in words, formulas in worksheet syntax.
    pub reason: String,
    /// The term or relation after it.
    pub text: Option<String>,
    /// The same in LaTeX.
    pub latex: Option<String>,
    /// What the judge said: `agrees at N points`, `not judged`, `not asked`.
    pub judged: Option<String>,
    /// The steps merged into it.
    pub steps: Vec<JsonStep>,
}

/// The report of these solutions.
pub fn report(s: &Store, solutions: &[&Solution], o: &Options) -> JsonReport {
    JsonReport { gradus: 1, goals: solutions.iter().map(|x| goal(s, x, o)).collect() }
}

/// The JSON Schema of a report.
pub fn schema() -> serde_json::Value {
    serde_json::to_value(schemars::schema_for!(JsonReport)).unwrap_or(serde_json::Value::Null)
}

fn goal(s: &Store, sol: &Solution, o: &Options) -> JsonGoal {
    let w = Writer { c: Composer::new(s, o, &terms_of(s, sol)) };
    let d = sol.derivation.as_deref();
    JsonGoal {
        label: sol.label.clone(),
        kind: sol.kind.to_owned(),
        status: sol.status.word().to_owned(),
        claim: d.map(|d| w.claim(&d.claim)),
        result: sol.result.map(|t| w.text(t)),
        result_latex: sol.result.map(|t| w.latex(t)),
        assumptions: d.map_or_else(Vec::new, |d| d.assumptions.iter().map(|t| w.text(*t)).collect()),
        notes: d.map_or_else(Vec::new, |d| d.notes.iter().map(|t| w.words(t)).collect()),
        counterexample: sol.counterexample.as_ref().map(|c| JsonCounterexample {
            at: c.at.clone(),
            left: c.left.clone(),
            right: c.right.clone(),
        }),
        diagnostics: sol.problems.iter().map(|(code, t)| JsonDiagnostic { code: code.clone(), message: w.words(t) }).collect(),
        steps: d.map_or_else(Vec::new, |d| w.items(d, 32)),
    }
}

struct Writer<'s> {
    c: Composer<'s>,
}

impl Writer<'_> {
    fn text(&self, t: Id) -> String {
        text::print(&self.c.whole(t, Style::Line))
    }
    fn latex(&self, t: Id) -> String {
        latex::print(&self.c.whole(t, Style::Page))
    }
    fn words(&self, t: &Text) -> String {
        t.0.iter()
            .map(|x| match x {
                Inline::Words(w) => w.clone(),
                Inline::Term(t) => self.text(*t),
            })
            .collect()
    }
    fn name(&self, v: VarId) -> String {
        self.c.names.var(self.c.s, v).to_owned()
    }
    fn claim(&self, c: &Claim) -> String {
        match c {
            Claim::Equal(a, b) => format!("{} = {}", self.text(*a), self.text(*b)),
            Claim::Holds(a) => self.text(*a),
            Claim::Solves { unknown, values, .. } => {
                let is = |r: &Root| format!("{} = {}", self.name(*unknown), self.text(r.value));
                let when = |r: &Root| r.when.iter().map(|c| format!(" and {}", self.text(*c))).collect::<String>();
                values.iter().map(|r| is(r) + &when(r)).collect::<Vec<_>>().join(" or ")
            }
            Claim::Found { values, .. } => {
                values.iter().map(|(v, t)| format!("{} = {}", self.name(*v), self.text(*t))).collect::<Vec<_>>().join(", ")
            }
            Claim::Shape { sizes, .. } | Claim::Field { sizes, .. } => {
                format!("[{}]", sizes.iter().map(|a| self.text(a.term(self.c.s))).collect::<Vec<_>>().join(", "))
            }
            Claim::Count { value, .. } => self.text(*value),
        }
    }

    fn items(&self, d: &Derivation, depth: usize) -> Vec<JsonStep> {
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        let mut out = Vec::new();
        for item in &d.items {
            match item {
                Item::Say(t) => out.push(plain("statement", self.words(t), None)),
                Item::Show(x, t) => out.push(plain("statement", self.words(t), Some((self.text(*x), self.latex(*x))))),
                Item::Answer(x, t) => out.push(plain("answer", self.words(t), Some((self.text(*x), self.latex(*x))))),
                Item::Chain(c) => out.push(self.chain(c)),
                Item::Conditions(xs) => out.extend(xs.iter().map(|x| {
                    let rule = if x.one_way { "implication" } else { "equivalence" };
                    plain(rule, self.words(&x.reason), Some((self.text(x.condition), self.latex(x.condition))))
                })),
                Item::Lemma(l) => {
                    let mut step = plain("lemma", self.words(&l.heading), Some((self.claim(&l.claim), self.claim_latex(&l.claim))));
                    step.steps = self.items(l, depth);
                    out.push(step);
                }
                Item::Table(head, rows) => {
                    for r in std::iter::once(head).chain(rows) {
                        out.push(plain("table", r.iter().map(|t| self.words(t)).collect::<Vec<_>>().join(" | "), None));
                    }
                }
            }
        }
        out
    }
    fn claim_latex(&self, c: &Claim) -> String {
        match c {
            Claim::Equal(a, b) => {
                let eq = Layout::Op(Op::Rel(RelOp::Eq));
                latex::print(&Layout::Row(vec![self.c.whole(*a, Style::Page), eq, self.c.whole(*b, Style::Page)]))
            }
            Claim::Holds(a) => self.latex(*a),
            _ => String::new(),
        }
    }
    fn chain(&self, c: &Chain) -> JsonStep {
        let start = c.shown_start.unwrap_or(c.start);
        let mut step = plain("chain", String::new(), Some((self.text(start), self.latex(start))));
        step.steps = c.lines.iter().map(|l| self.line(l)).collect();
        step
    }
    fn line(&self, l: &Line) -> JsonStep {
        let mut step = plain("line", self.words(&l.reason), Some((self.text(l.term), self.latex(l.term))));
        step.steps = l.steps.iter().map(|s| self.step(s)).collect();
        step
    }
    fn step(&self, s: &Step) -> JsonStep {
        JsonStep {
            rule: Some(s.rule.clone()),
            ground: s.ground.word().to_owned(),
            reason: self.words(&s.reason),
            text: Some(self.text(s.after)),
            latex: Some(self.latex(s.after)),
            judged: Some(match s.judged {
                Judged::Agrees(n) => format!("agrees at {n} points"),
                Judged::NotJudged => "not judged".to_owned(),
                Judged::Unasked => "not asked".to_owned(),
            }),
            steps: Vec::new(),
        }
    }
}

fn plain(ground: &str, reason: String, term: Option<(String, String)>) -> JsonStep {
    let (text, latex) = term.unzip();
    JsonStep { rule: None, ground: ground.to_owned(), reason, text, latex, judged: None, steps: Vec::new() }
}
