//! Derivations on the page: terms to math layout, layout to LaTeX, MathML, Markdown, terminal text, worksheet text; solutions as
//! JSON.
//!
//! One function (`compose`) turns terms into [`layout::Layout`]; it alone decides brackets, spaces, breaks and letters, never
//! order or signs. The printers spell a layout and decide nothing. One function (`page`) turns a solution into blocks; the
//! documents spell those. Everything is deterministic; hosts' prose never passes through here.

mod compose;
mod escape;
mod form;
mod latex;
pub mod layout;
mod mathml;
mod names;
mod plane;
mod text;

use compose::Composer;
use gradus_term::{Id, Store};
use layout::Style;

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
