//! Derivations on the page: terms to math layout, layout to LaTeX, MathML, Markdown, terminal text, worksheet text; solutions as
//! JSON.
//!
//! One function (`compose`) turns terms into [`layout::Layout`]; it alone decides brackets, spaces, breaks and letters, never
//! order or signs. The printers spell a layout and decide nothing. One function (`page`) turns a solution into blocks; the
//! documents spell those. Everything is deterministic; hosts' prose never passes through here.

mod compose;
mod document;
pub mod escape;
mod form;
mod latex;
pub mod layout;
mod mathml;
mod names;
mod page;
mod plane;
mod text;

use compose::Composer;
use gradus_kernel::Solution;
use gradus_term::{FnId, Id, Store};
use layout::Style;

pub use document::json::{JsonCounterexample, JsonDiagnostic, JsonGoal, JsonReport, JsonStep};
pub use latex::COMMANDS as LATEX_COMMANDS;
pub use names::Names;

/// What the LaTeX must run on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Profile {
    /// pdflatex with amsmath.
    #[default]
    Amsmath,
    /// KaTeX in strict mode, MathJax, notebooks: `$$\begin{aligned}…$$`.
    Katex,
}

/// How things are printed.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is an independent word of the language")]
pub struct Options {
    /// `ln` for `log`.
    pub ln: bool,
    /// 𝟏 for δ.
    pub indicator: bool,
    /// `f'` for d/dx.
    pub primes: bool,
    /// Ranges of sums are always shown.
    pub ranges: bool,
    /// Only the body of the document.
    pub fragment: bool,
    /// What the LaTeX must run on.
    pub profile: Profile,
    /// The heading after the label.
    pub title: Option<String>,
    /// The names of the solution; if none, those of what is printed.
    pub names: Option<Names>,
}

/// A term as LaTeX, without dollars.
pub fn latex_term(s: &Store, t: Id, o: &Options) -> String {
    latex::print(&Composer::new(s, o, &[t]).whole(t, Style::Page))
}

/// A term in worksheet syntax, on one line; it parses back to the same term.
pub fn text_term(s: &Store, t: Id, o: &Options) -> String {
    text::print(&Composer::new(s, o, &[t]).whole(t, Style::Line))
}

/// A term as built-up text for a terminal, without a line end after it.
pub fn pretty_term(s: &Store, t: Id, o: &Options) -> String {
    plane::print(&Composer::new(s, o, &[t]).whole(t, Style::Page))
}

/// A term as a MathML element.
pub fn mathml_term(s: &Store, t: Id, o: &Options) -> String {
    mathml::print(&Composer::new(s, o, &[t]).whole(t, Style::Page), false)
}

/// A definition as an equation in LaTeX, as it was written; `None` for a function without a body.
pub fn latex_definition(s: &Store, f: FnId, o: &Options) -> Option<String> {
    let body = s.body(f)?;
    Composer::new(s, o, &[body]).definition(f, Style::Page).map(|l| latex::print(&l))
}

/// A definition in worksheet syntax, without `define`.
pub fn text_definition(s: &Store, f: FnId, o: &Options) -> Option<String> {
    let body = s.body(f)?;
    Composer::new(s, o, &[body]).definition(f, Style::Line).map(|l| text::print(&l))
}

/// A solution as LaTeX: a whole document, or its body with `fragment`.
pub fn latex_solution(s: &Store, sol: &Solution, o: &Options) -> String {
    let body = document::latex::body(&page::blocks(s, sol, o), o);
    if o.fragment {
        body
    } else {
        latex_document(&body)
    }
}

/// A whole LaTeX document around bodies made with `fragment`, or around any LaTeX.
pub fn latex_document(body: &str) -> String {
    document::latex::document(body)
}

/// A solution as Markdown with LaTeX formulas.
pub fn markdown_solution(s: &Store, sol: &Solution, o: &Options) -> String {
    document::markdown::page(&page::blocks(s, sol, o))
}

/// A solution as HTML with MathML: a whole page, or its body with `fragment`.
pub fn html_solution(s: &Store, sol: &Solution, o: &Options) -> String {
    let body = document::html::body(&page::blocks(s, sol, o));
    if o.fragment {
        body
    } else {
        html_document(o.title.as_deref().or(sol.label.as_deref()).unwrap_or("Solution"), &body)
    }
}

/// A whole HTML page around a body.
pub fn html_document(title: &str, body: &str) -> String {
    document::html::document(title, body)
}

/// A solution as text for a terminal.
pub fn text_solution(s: &Store, sol: &Solution, o: &Options) -> String {
    document::terminal::page(&page::blocks(s, sol, o))
}

/// Solutions as a JSON report; formulas are in worksheet syntax.
pub fn json_report(s: &Store, solutions: &[&Solution], o: &Options) -> JsonReport {
    document::json::report(s, solutions, o)
}

/// The JSON Schema of [`JsonReport`].
pub fn json_schema() -> serde_json::Value {
    document::json::schema()
}
