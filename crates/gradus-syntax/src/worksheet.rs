//! The surface of a worksheet: prose and statements in order, each with its place.
//!
//! Reading never fails: a statement that cannot be read is an [`ItemKind::Broken`] item with its diagnostics said,
//! and the next statement is read all the same. Prose of a host file is kept byte for byte: the spans of
//! prose and blocks together cover the file.

mod clauses;
mod declare;
mod equation;
mod goals;
mod hosts;
mod lines;

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::lexer;
use crate::limits;
use crate::span::Span;
use crate::surface::{Arg, Binder, Expr, Ident, Set};

/// What kind of file holds the statements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Host {
    /// `NAME.gradus`: statements alone.
    Gradus,
    /// `NAME.md`: statements in fences marked `gradus`.
    Markdown,
    /// `NAME.tex`: statements in `gradus` environments.
    Latex,
}

impl Host {
    /// The host by a file's name; `.gradus` if the ending says nothing.
    #[must_use]
    pub fn of_path(path: &str) -> Host {
        let ending = path.rsplit_once('.').map_or("", |p| p.1).to_ascii_lowercase();
        match ending.as_str() {
            "md" | "markdown" | "qmd" => Host::Markdown,
            "tex" | "latex" => Host::Latex,
            _ => Host::Gradus,
        }
    }
}

/// A worksheet as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Worksheet {
    /// The source text; empty if it could not be decoded.
    pub source: String,
    /// Its host.
    pub host: Host,
    /// Prose and statements in order.
    pub items: Vec<Item>,
}

/// One piece of a worksheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// The statement with its clauses, or the prose.
    pub span: Span,
    /// What it is.
    pub kind: ItemKind,
}

/// What a piece of a worksheet is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ItemKind {
    /// Text of the host, copied as it stands (the source at the item's span).
    Prose,
    /// `title …`.
    Title(String),
    /// `section …`, or a heading of the host (whose text also stands in the prose that follows).
    Section {
        /// The heading.
        heading: String,
        /// Whether a `section` statement gave it.
        stated: bool,
    },
    /// `text …`: Markdown with `$math$`, the place of the text.
    Text(Span),
    /// `notation …`.
    Notation(Vec<Ident>),
    /// `given …`: names in one set, then names in another.
    Given(Vec<Given>),
    /// `define …`.
    Define(Box<Define>),
    /// `network …`.
    Network(Box<Network>),
    /// A goal.
    Goal(Box<Goal>),
    /// A statement that could not be read; the names it would declare, and the label it would have.
    Broken {
        /// Names it would declare.
        names: Vec<Ident>,
        /// Its `label` clause.
        label: Option<Ident>,
    },
}

/// `given NAMES in SET …`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    /// The names.
    pub names: Vec<Ident>,
    /// What they are.
    pub what: GivenKind,
    /// Properties with their places.
    pub properties: Vec<(Property, Span)>,
    /// How LaTeX shows the name.
    pub latex: Option<(String, Span)>,
    /// Conditions after commas.
    pub conditions: Vec<Expr>,
}

/// What a given name is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GivenKind {
    /// `in SET`.
    In(Set),
    /// `: A, B -> C`: an unknown smooth function.
    Map {
        /// Where its arguments come from.
        from: Vec<Set>,
        /// Where its values lie.
        to: Set,
    },
    /// `: function of u, v`: a scalar that depends on these alone.
    FunctionOf(Vec<Expr>),
}

/// Properties of a given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Property {
    Symmetric,
    Invertible,
    PositiveDefinite,
    Diagonal,
    Orthogonal,
    Positive,
    ZeroOutside,
}

/// `define NAME(params)[indices] = body`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Define {
    /// The name.
    pub name: Ident,
    /// Its parameters, if it has a parameter list.
    pub params: Option<Vec<Binder>>,
    /// Its indices.
    pub indices: Vec<Binder>,
    /// What it is.
    pub body: Expr,
    /// How LaTeX shows the name.
    pub latex: Option<(String, Span)>,
}

/// `network NAME on SET = LAYERS`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Network {
    /// The name.
    pub name: Ident,
    /// The input.
    pub input: Set,
    /// The layers, each a call.
    pub layers: Vec<Expr>,
}

/// A goal with its clauses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Goal {
    /// The statement's line.
    pub span: Span,
    /// What is wanted.
    pub kind: GoalKind,
    /// Its clauses in order.
    pub clauses: Vec<Clause>,
}

/// What is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GoalKind {
    /// `derive dU/dV`, `derive diff(…)`, and other derivatives written as a formula.
    Derive(Expr),
    /// `derive gradient|jacobian|hessian of U wrt V`.
    DeriveBy {
        /// Which.
        form: DerivativeForm,
        /// Of what.
        of: Expr,
        /// By what.
        wrt: Expr,
    },
    /// `show A = B`.
    Show(Expr),
    /// `specialise NAME with a = …, b = …`.
    Specialise {
        /// The definition.
        name: Expr,
        /// The values, each an equation.
        with: Vec<Expr>,
    },
    /// `solve A = B for z`.
    Solve {
        /// The equation.
        equation: Expr,
        /// The unknown.
        unknown: Ident,
    },
    /// `find a, b such that C for all x`.
    Find {
        /// The unknowns.
        unknowns: Vec<Ident>,
        /// The condition.
        condition: Expr,
        /// The names it must hold for.
        for_all: Vec<Ident>,
    },
    /// `evaluate E`.
    Evaluate {
        /// What is evaluated.
        of: Expr,
        /// The equations after `with`.
        with: Vec<Expr>,
    },
    /// `limit of E as x -> p`.
    Limit {
        /// Of what.
        of: Expr,
        /// The variable.
        variable: Ident,
        /// The point.
        point: Expr,
        /// The side, if one is given.
        side: Option<Side>,
    },
    /// `shape of E`.
    Shape(Expr),
    /// `shape of NET layer 3`.
    LayerShape {
        /// The network.
        network: Ident,
        /// After which layer.
        layer: Option<Expr>,
    },
    /// `receptive field of NET layer 3`.
    Field {
        /// The network.
        network: Ident,
        /// Up to which layer; none for all.
        layer: Option<Expr>,
    },
    /// `parameters of NET layer 3 without bias`.
    Parameters {
        /// The network.
        network: Ident,
        /// The layer; none for all.
        layer: Option<Expr>,
        /// Whether biases are left out.
        without_bias: bool,
    },
    /// `expand E`.
    Expand(Expr),
    /// `factor E`.
    Factor(Expr),
    /// `simplify E`.
    Simplify(Expr),
}

/// The derivatives that have a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "their names say it")]
pub enum DerivativeForm {
    Gradient,
    Jacobian,
    Hessian,
}

/// The side a limit is taken from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// From below.
    Left,
    /// From above.
    Right,
}

/// A clause and its line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clause {
    /// The line.
    pub span: Span,
    /// What it says.
    pub kind: ClauseKind,
}

/// What a clause says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClauseKind {
    /// `expect E, …`.
    Expect(Vec<Expr>),
    /// `through f, g`.
    Through(Vec<Expr>),
    /// `in terms of …`.
    InTermsOf(Vec<Expr>),
    /// `using 1.4, …`.
    Using(Vec<Ident>),
    /// `assuming …`.
    Assuming(Vec<Expr>),
    /// `by indices`.
    ByIndices,
    /// `by differentials`.
    ByDifferentials,
    /// `detail …`.
    Detail(Detail),
    /// `label 1.4`.
    Label(Ident),
}

/// How fine the steps are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Detail {
    Brief,
    #[default]
    Textbook,
    Detailed,
}

/// Words that begin statements; the goals stand last, from `derive` on.
pub const STATEMENTS: &[&str] = &[
    "title",
    "section",
    "text",
    "notation",
    "given",
    "define",
    "network",
    "derive",
    "show",
    "specialise",
    "solve",
    "find",
    "evaluate",
    "limit",
    "shape",
    "parameters",
    "receptive",
    "expand",
    "factor",
    "simplify",
];

/// The word a statement begins with, if that word begins a goal.
#[must_use]
pub fn goal_word(statement: &str) -> Option<&'static str> {
    let word = statement.split(|c: char| !c.is_alphabetic()).next()?;
    let goals = STATEMENTS.iter().skip_while(|w| **w != "derive");
    goals.copied().find(|w| *w == word)
}

/// Words that begin clauses.
pub const CLAUSES: &[&str] = &["expect", "through", "in", "using", "assuming", "by", "detail", "label"];

/// Whether a word cannot be declared.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    STATEMENTS.contains(&word) || CLAUSES.contains(&word) || crate::plain::INNER_WORDS.contains(&word)
}

/// Reads a worksheet. The diagnostics are in the order of their places.
#[must_use]
pub fn parse_worksheet(bytes: &[u8], host: Host) -> (Worksheet, Vec<Diagnostic>) {
    let mut sheet = Worksheet { source: String::new(), host, items: Vec::new() };
    match lexer::decode(bytes) {
        Err(d) => return (sheet, vec![*d]),
        Ok(text) => text.clone_into(&mut sheet.source),
    }
    let mut said = Vec::new();
    let mut items = Vec::new();
    for block in hosts::blocks(&sheet.source, host, &mut said) {
        match block {
            hosts::Block::Prose(span) => items.push(Item { span, kind: ItemKind::Prose }),
            hosts::Block::Heading(span, heading) => {
                items.push(Item { span, kind: ItemKind::Section { heading, stated: false } });
            }
            hosts::Block::Statements(span) => lines::statements(&sheet.source, span, &mut items, &mut said),
        }
    }
    if host == Host::Gradus && items.is_empty() && said.is_empty() {
        let d = Diagnostic::new(Code::EMPTY_INPUT, Span::empty(0), "there is no statement here");
        said.push(d.help("a worksheet states goals, such as `derive diff(x^2, x)`"));
    }
    said.sort_by_key(Diagnostic::span);
    said.truncate(limits::DIAGNOSTICS);
    sheet.items = items;
    (sheet, said)
}

/// A parameter written as an argument: a name, or a name with its set.
fn parameter(arg: Arg) -> Result<Binder, Span> {
    match arg {
        Arg::Binder(b) if b.condition.is_none() => Ok(*b),
        Arg::Expr(e) => match e.as_name() {
            Some(n) => {
                let name = Ident { span: e.span, text: n.into() };
                Ok(Binder { span: e.span, name, domain: None, condition: None })
            }
            None => Err(e.span),
        },
        Arg::Binder(b) => Err(b.span),
        Arg::Branch(e, _) | Arg::Otherwise(e) => Err(e.span),
    }
}
