//! From a worksheet to its answers: read, elaborate, solve, in one thread with a stack of its own.

use crate::error::{Error, Kind};
use crate::page::{Piece, Sheet};
use crate::report::{Answer, Report};
use crate::settings::{Detail, Layout};
use crate::source::{Message, Source};
use crate::stack;
use gradus_engine::Engine;
use gradus_kernel::certificate::{self, Answered};
use gradus_kernel::{Prover, Solution, Status, Text};
use gradus_render::Options;
use gradus_rules::Rulebook;
use gradus_syntax::elab::{ItemKind, Notation};
use gradus_syntax::{elaborate, parse_worksheet, Diagnostic, Document};
use gradus_term::{Goal, GoalKind, Id, Store};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

/// How worksheets are solved. Cheap to make and to copy; every worksheet gets an arena of its own.
///
/// ```
/// use gradus::{Detail, Session, Source};
///
/// let worked = Session::new().detail(Detail::Brief).solve(&Source::new("a.gradus", "given x in R\nderive diff(x^2, x)\n"))?;
/// assert!(worked.is_proved());
/// # Ok::<(), gradus::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    detail: Detail,
    certificate: bool,
}

impl Session {
    /// Steps as in a good textbook, and no certificate.
    #[must_use]
    pub fn new() -> Self {
        Session::default()
    }
    /// How fine the steps are, where a goal does not say.
    #[must_use]
    pub fn detail(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }
    /// Whether a certificate is made, which [`verify`](crate::verify) checks later.
    #[must_use]
    pub fn certificate(mut self, yes: bool) -> Self {
        self.certificate = yes;
        self
    }
    /// Reads a worksheet and answers its goals in order. Statements with errors are reported by [`Worked::messages`], a goal
    /// among them has the status [`Status::Error`]; the others are answered all the same.
    ///
    /// # Errors
    /// Only if nothing could be done at all: no thread, or a fault of Gradus.
    pub fn solve(&self, source: &Source) -> Result<Worked, Error> {
        stack::run(|| solve(*self, source))?
    }
}

/// A worksheet with its answers. Owns everything, so it can be sent to another thread; pages are printed on demand.
pub struct Worked {
    sheet: Mutex<Sheet>,
    answers: Vec<Answer>,
    messages: Vec<Message>,
    certificate: Option<String>,
    pub(crate) notes: Vec<String>,
}

impl std::fmt::Debug for Worked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worked").field("answers", &self.answers).field("messages", &self.messages).finish_non_exhaustive()
    }
}

impl Worked {
    /// The answers, in the order of the goals.
    #[must_use]
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }
    /// The answer with this label.
    #[must_use]
    pub fn answer(&self, label: &str) -> Option<&Answer> {
        self.answers.iter().find(|a| a.label.as_deref() == Some(label))
    }
    /// What is to be said about the worksheet itself, in the order of its lines.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }
    /// What was taken for granted to understand the question; empty for a worksheet.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
    /// Whether a statement could not be understood.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.messages.iter().any(|m| m.is_error)
    }
    /// Whether everything was understood and every goal is settled: proved, or conditional on what its `assuming` states.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        !self.has_errors() && self.answers.iter().all(Answer::is_settled)
    }
    /// The certificate, if the session was asked for one: JSON, one line.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }
    /// The page: prose, headings and solutions.
    ///
    /// # Errors
    /// If no thread can be started, or for a fault of Gradus.
    pub fn page(&self, layout: Layout) -> Result<String, Error> {
        if layout.format == crate::Format::Json {
            let mut out = serde_json::to_string_pretty(&self.report()?).map_err(|_| Kind::Fault)?;
            out.push('\n');
            return Ok(out);
        }
        stack::run(|| self.sheet.lock().unwrap_or_else(PoisonError::into_inner).print(layout))
    }
    /// The answers with all their steps, as data.
    ///
    /// # Errors
    /// If no thread can be started, or for a fault of Gradus.
    pub fn report(&self) -> Result<Report, Error> {
        let goals = stack::run(|| self.sheet.lock().unwrap_or_else(PoisonError::into_inner).goals())?;
        Ok(Report::new(&self.messages, goals))
    }
}

fn solve(session: Session, source: &Source) -> Result<Worked, Error> {
    let store = Store::new();
    let book = Rulebook::load(&store)?;
    let (sheet, mut said) = parse_worksheet(&source.bytes, source.host);
    let (doc, more) = elaborate(&store, &sheet);
    said.extend(more);
    said.sort_by_key(Diagnostic::span);
    let (pieces, goals) = pieces(&doc, &said);
    let (solutions, certificate) = {
        let prover = Prover::new(&store, &book, Engine::judge());
        let engine = Engine::new(&book, &prover);
        engine.set_networks(&doc.networks);
        let solutions: Vec<Solution> = goals
            .iter()
            .map(|g| match &g.asked {
                Posed::Goal(goal) => {
                    engine.enter_section(g.section);
                    answer(&engine, goal, session.detail)
                }
                Posed::Broken(solution) => solution.clone(),
            })
            .collect();
        let certificate = session.certificate.then(|| {
            let answered = goals.iter().zip(&solutions).map(|(g, solution)| match &g.asked {
                Posed::Goal(goal) => Answered { goal: Some(goal), givens: engine.givens(goal), solution },
                Posed::Broken(_) => Answered { goal: None, givens: Vec::new(), solution },
            });
            certificate::certify(&prover, &hash(&book), &doc.networks, &answered.collect::<Vec<_>>())
        });
        (solutions, certificate)
    };
    let certificate = certificate.map(|c| serde_json::to_string(&c)).transpose().map_err(|_| Kind::Fault)?;
    let answers = goals.iter().zip(&solutions).map(|(g, s)| Answer::new(&store, g.assuming(), s, g.line(source))).collect();
    let shared = Arc::new(source.clone());
    let messages = said.into_iter().map(|d| Message::new(d, &shared)).collect();
    let solutions = solutions.into_iter().zip(&goals).map(|(s, g)| (s, g.notation.clone())).collect();
    let sheet = Mutex::new(Sheet { store, host: source.host, pieces, solutions });
    Ok(Worked { sheet, answers, messages, certificate, notes: Vec::new() })
}

/// How certificates name the rulebook.
pub(crate) fn hash(book: &Rulebook) -> String {
    format!("{:016x}", book.hash())
}

/// What a goal's statement came to.
enum Posed<'d> {
    Goal(&'d Goal),
    /// It could not be understood: an answer that says so.
    Broken(Solution),
}

/// A goal, where it stands, and how its section writes things.
struct Asked<'d> {
    asked: Posed<'d>,
    at: usize,
    section: usize,
    notation: Options,
}

impl Asked<'_> {
    fn assuming(&self) -> &[Id] {
        match &self.asked {
            Posed::Goal(goal) => &goal.assuming,
            Posed::Broken(_) => &[],
        }
    }
    fn line(&self, source: &Source) -> usize {
        source.bytes.iter().take(self.at).filter(|b| **b == b'\n').count() + 1
    }
}

/// What the page shows, and the goals in it.
fn pieces<'d>(doc: &'d Document, said: &[Diagnostic]) -> (Vec<Piece>, Vec<Asked<'d>>) {
    let mut pieces = Vec::new();
    let mut goals: Vec<Asked<'d>> = Vec::new();
    let mut notation = Options::default();
    let mut sections = 0;
    for item in &doc.items {
        match &item.kind {
            ItemKind::Prose(p) => pieces.push(Piece::Prose(p.clone())),
            ItemKind::Title(t) => pieces.push(Piece::Title(t.clone())),
            ItemKind::Section { heading, stated } => {
                sections += 1;
                if *stated {
                    pieces.push(Piece::Section(heading.clone()));
                }
            }
            ItemKind::Text(t) => pieces.push(Piece::Text(t.clone())),
            ItemKind::Notation(words) => words.iter().for_each(|w| match w {
                Notation::Ln => notation.ln = true,
                Notation::Indicator => notation.indicator = true,
                Notation::Primes => notation.primes = true,
            }),
            ItemKind::Goal(g) => {
                pieces.push(Piece::Goal(goals.len()));
                goals.push(Asked { asked: Posed::Goal(&g.goal), at: g.span.range().start, section: sections, notation: notation.clone() });
            }
            ItemKind::Failed { goal, label } => {
                let here = said.iter().filter(|d| d.is_error() && d.span().start >= item.span.start && d.span().start <= item.span.end);
                let wrong = here.map(|d| (d.code.name().to_owned(), d.message.clone()));
                match goal {
                    None => pieces.extend(wrong.map(|(code, message)| Piece::Broken(format!("{code}: {message}")))),
                    Some(word) => {
                        pieces.push(Piece::Goal(goals.len()));
                        let problems = wrong.map(|(code, message)| (code, Text::words(message))).collect();
                        let asked = Posed::Broken(unanswered(word, label.clone(), problems));
                        goals.push(Asked { asked, at: item.span.range().start, section: sections, notation: notation.clone() });
                    }
                }
            }
            ItemKind::Given(_) | ItemKind::Define(_) | ItemKind::Network(_) => {}
        }
    }
    (pieces, goals)
}

/// One goal; a fault in it is its own and ends nothing else.
fn answer(engine: &Engine<'_>, goal: &Goal, detail: Detail) -> Solution {
    catch_unwind(AssertUnwindSafe(|| engine.answer(goal, detail))).unwrap_or_else(|_| fault(goal))
}

fn fault(goal: &Goal) -> Solution {
    let problem = Text::words("a fault inside Gradus ended the work on this goal; please report the worksheet");
    unanswered(kind(&goal.kind), goal.label.clone(), vec![("E0999".to_owned(), problem)])
}

/// A goal without an answer: what stood in the way, each with its code.
fn unanswered(kind: &'static str, label: Option<String>, problems: Vec<(String, Text)>) -> Solution {
    Solution {
        label,
        kind,
        task: Text::default(),
        recalls: Vec::new(),
        derivation: None,
        result: None,
        status: Status::Error,
        counterexample: None,
        problems,
    }
}

fn kind(kind: &GoalKind) -> &'static str {
    match kind {
        GoalKind::Derive { .. } => "derive",
        GoalKind::Show(_) => "show",
        GoalKind::Specialise { .. } => "specialise",
        GoalKind::Solve { .. } => "solve",
        GoalKind::Find { .. } => "find",
        GoalKind::Evaluate { .. } => "evaluate",
        GoalKind::Limit { .. } => "limit",
        GoalKind::Shape(_) | GoalKind::NetworkShape { .. } => "shape",
        GoalKind::NetworkParameters { .. } => "parameters",
        GoalKind::NetworkField { .. } => "receptive field",
        GoalKind::Expand(_) => "expand",
        GoalKind::Factor(_) => "factor",
        GoalKind::Simplify(_) => "simplify",
    }
}
