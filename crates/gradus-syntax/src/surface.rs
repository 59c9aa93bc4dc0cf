//! The surface tree of a formula: what was written, with places, before any name has a meaning.
//!
//! Plain text and LaTeX give the same tree. Whatever depends on the kind of a name (call or product, entry or
//! part of the name, `dU/dV`, `sin x cos x`) is left as written; [`crate::elab`] decides it. Errors are nodes.
//!
//! Invariants: the tree is at most about [`crate::limits::DEPTH`] brackets deep; sums, products, relations are
//! flat; a [`Kind::Product`] directly inside a product comes from LaTeX's `\frac`, one operand.

use crate::span::Span;
use crate::token::Number;

/// A formula and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// How a name came to be in the tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Written in plain text.
    Plain,
    /// A letter or command in LaTeX: spaces do not count, juxtaposition applies functions.
    Latex,
    /// Meant by a sign (`|x|`, `\sum`): the built-in, whatever the worksheet declares.
    Sign,
}

/// A name as used in a formula.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    /// The ASCII spelling.
    pub text: Box<str>,
    /// How it was written.
    pub origin: Origin,
}

/// A name where one is declared or bound.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ident {
    /// Where it stands.
    pub span: Span,
    /// The ASCII spelling.
    pub text: Box<str>,
}

/// What a formula is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Something a diagnostic has been given for.
    Error,
    /// A number.
    Number(Box<Number>),
    /// A name.
    Name(Name),
    /// `(e)`.
    Paren(Box<Expr>),
    /// `(a, b)` or `()` that does not touch a name.
    Tuple(Vec<Arg>),
    /// `a - b + c`; a leading minus is the first summand's.
    Sum(Vec<Summand>),
    /// A minus after an operator: `2 * -x`.
    Neg(Box<Expr>),
    /// `a b / c`, one level, left to right.
    Product(Vec<Factor>),
    /// `a^b` or `a.^b` (entrywise).
    Power {
        /// What is raised.
        base: Box<Expr>,
        /// Whether it was `.^`.
        entrywise: bool,
        /// The exponent.
        exponent: Box<Expr>,
    },
    /// `A^T`.
    Transpose(Box<Expr>),
    /// `A^-T`.
    InverseTranspose(Box<Expr>),
    /// `n!`.
    Factorial(Box<Expr>),
    /// `f(…)`, the bracket touching.
    Call(Box<Expr>, Vec<Arg>),
    /// `x[…]`, the bracket touching.
    Index(Box<Expr>, Vec<Subscript>),
    /// LaTeX `x_{…}`: an entry of a tensor or part of a name.
    Script(Box<Expr>, Box<Script>),
    /// `[a, b; c, d]`: rows of entries or blocks.
    Array(Vec<Vec<Expr>>),
    /// `[i = j]`.
    Iverson(Box<Expr>),
    /// `a <= b < c`.
    Relation(Box<Expr>, Vec<(Relation, Expr)>),
    /// `p and q`.
    And(Vec<Expr>),
    /// `..rest`: the other summands or factors, in rules.
    Rest(Ident),
    /// A word in quotes, as the argument of a layer.
    Quoted(Box<str>),
}

/// A signed summand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summand {
    /// Whether a minus stands before it.
    pub minus: bool,
    /// The summand.
    pub expr: Expr,
}

/// How a factor joins what stands before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Join {
    /// The first factor.
    First,
    /// Juxtaposition.
    Beside,
    /// `*`.
    Times,
    /// `/`.
    Over,
    /// `.*`.
    DotTimes,
    /// `./`.
    DotOver,
}

/// A factor of a product.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Factor {
    /// How it joins.
    pub join: Join,
    /// The factor.
    pub expr: Expr,
}

/// The signs of relations.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Relation {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// A subscript in `x[…]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subscript {
    /// An index.
    At(Expr),
    /// `:`, all indices.
    All(Span),
}

/// A LaTeX subscript.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    /// Its place.
    pub span: Span,
    /// What it would add to a name (`CE` of `L_{CE}`); empty if it cannot be part of one.
    pub text: Box<str>,
    /// As indices: `kj` gives k and j, `k, j` too.
    pub indices: Vec<Expr>,
}

/// An argument of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arg {
    /// A formula; `key = value` is a relation.
    Expr(Expr),
    /// `j in 1..n`, `j in 1..n if c`, `w in R^n`.
    Binder(Box<Binder>),
    /// `u if c`.
    Branch(Expr, Expr),
    /// `u otherwise`.
    Otherwise(Expr),
}

/// A bound name with its domain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binder {
    /// The whole.
    pub span: Span,
    /// The name.
    pub name: Ident,
    /// What it ranges over; none: the shape says.
    pub domain: Option<Domain>,
    /// `if …`.
    pub condition: Option<Expr>,
}

/// What a bound name ranges over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Domain {
    /// `lo..hi`; a missing upper bound is where a shape gives it (LaTeX `\sum_j`).
    Range(Expr, Expr),
    /// `R^n`.
    Set(Set),
}

/// A set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Set {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: SetKind,
}

/// The sets of the language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SetKind {
    /// `R`, `R^n`, `R^(m x n)`.
    Real(Vec<Expr>),
    /// `C`, `C^n`.
    Complex(Vec<Expr>),
    /// `N` (1, 2, …), `N^n`.
    Natural(Vec<Expr>),
    /// `{0, 1}`.
    Finite(Vec<Expr>),
}

impl Expr {
    /// A formula at a place.
    #[must_use]
    pub fn new(span: Span, kind: Kind) -> Self {
        Expr { span, kind }
    }

    /// The error node.
    #[must_use]
    pub fn error(span: Span) -> Self {
        Expr { span, kind: Kind::Error }
    }

    /// A name.
    #[must_use]
    pub fn name(span: Span, text: &str, origin: Origin) -> Self {
        Expr { span, kind: Kind::Name(Name { text: text.into(), origin }) }
    }

    /// A call of a built-in that a sign means.
    #[must_use]
    pub fn sign_call(span: Span, head: &str, args: Vec<Expr>) -> Self {
        let head = Expr::name(Span { end: span.start, ..span }, head, Origin::Sign);
        Expr { span, kind: Kind::Call(Box::new(head), args.into_iter().map(Arg::Expr).collect()) }
    }

    /// The name, if the formula is one.
    #[must_use]
    pub fn as_name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Name(n) => Some(&n.text),
            _ => None,
        }
    }

    /// Without the brackets around it.
    #[must_use]
    pub fn bare(&self) -> &Expr {
        let mut e = self;
        while let Kind::Paren(inner) = &e.kind {
            e = inner;
        }
        e
    }

    /// Whether it is a relation or a conjunction.
    #[must_use]
    pub fn is_condition(&self) -> bool {
        matches!(self.kind, Kind::Relation(..) | Kind::And(..))
    }
}
