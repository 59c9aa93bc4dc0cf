//! What is asked: goals with their clauses, and the givens they stand under. Built by the elaborator, answered by the
//! engine.

use crate::aff::Aff;
use crate::node::{LimitPoint, Side};
use crate::signature::{FnId, VarId};
use crate::size::Size;
use crate::store::Id;

/// How fine the steps are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash, PartialOrd, Ord)]
pub enum Detail {
    /// The outline.
    Brief,
    /// As in a good textbook.
    #[default]
    Textbook,
    /// Every step.
    Detailed,
}

/// The way of a matrix derivative.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Entry by entry.
    Indices,
    /// By differentials.
    Differentials,
}

/// A goal with its clauses. Conditions in scope (of givens, of `assuming`) are terms of sort `Cond`.
#[derive(Clone, Debug)]
pub struct Goal {
    /// What is asked.
    pub kind: GoalKind,
    /// The word by which others cite it.
    pub label: Option<String>,
    /// The result must equal this and is shown in its form (an array for a shape). After `find`, see [`Goal::expect_eqs`].
    pub expect: Option<Id>,
    /// After `find`: what each unknown is expected to be.
    pub expect_eqs: Vec<(Id, Id)>,
    /// Present by the chain rule through these.
    pub through: Vec<Id>,
    /// Fold the result into these.
    pub in_terms_of: Vec<Id>,
    /// Labels of results to cite.
    pub using: Vec<String>,
    /// Extra assumptions.
    pub assuming: Vec<Id>,
    /// The way of a matrix derivative.
    pub way: Option<Way>,
    /// How fine the steps are, if said.
    pub detail: Option<Detail>,
    /// Conditions of the declarations in scope (`given t in R, t > 0`). Domains and properties stand with the names.
    pub givens: Vec<Id>,
    /// The definitions in scope, oldest first: results are folded back into these.
    pub definitions: Vec<FnId>,
    /// The calls that the parameterless definitions in scope stand for (`p` is `p⟨x⟩`), oldest first.
    pub constants: Vec<(FnId, Id)>,
    /// The declared names in scope, oldest first.
    pub names: Vec<VarId>,
    /// The index names free in this goal, with their ranges (first and last value).
    pub indices: Vec<(VarId, Aff, Aff)>,
}

impl Goal {
    /// A goal of this kind with no clauses and nothing in scope.
    pub fn new(kind: GoalKind) -> Self {
        Goal {
            kind,
            label: None,
            expect: None,
            expect_eqs: Vec::new(),
            through: Vec::new(),
            in_terms_of: Vec::new(),
            using: Vec::new(),
            assuming: Vec::new(),
            way: None,
            detail: None,
            givens: Vec::new(),
            definitions: Vec::new(),
            constants: Vec::new(),
            names: Vec::new(),
            indices: Vec::new(),
        }
    }
    /// The terms that the goal and its clauses are about.
    pub fn terms(&self) -> Vec<Id> {
        let mut out = match &self.kind {
            GoalKind::Derive { term, .. } | GoalKind::Limit { term, .. } => vec![*term],
            GoalKind::Specialise { term, with } | GoalKind::Evaluate { term, with } => with.iter().map(|w| w.1).chain([*term]).collect(),
            GoalKind::Show(t) | GoalKind::Shape(t) | GoalKind::Expand(t) | GoalKind::Factor(t) | GoalKind::Simplify(t) => vec![*t],
            GoalKind::Solve { equation, .. } => vec![*equation],
            GoalKind::Find { condition, .. } => vec![*condition],
            GoalKind::NetworkShape { .. } | GoalKind::NetworkField { .. } | GoalKind::NetworkParameters { .. } => Vec::new(),
        };
        out.extend(self.expect);
        out.extend(self.expect_eqs.iter().flat_map(|e| [e.0, e.1]));
        out.extend(self.through.iter().chain(&self.in_terms_of).chain(&self.assuming));
        out
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum GoalKind {
    /// `derive T`: a term with derivatives in it (`Diff` nodes; a Jacobian, gradient or Hessian is a `Tensor` of them).
    Derive {
        /// The term.
        term: Id,
        /// How it was asked, for the page.
        notation: DeriveNotation,
    },
    /// `show A = B`, or a relation or chain of them.
    Show(Id),
    /// `specialise T with a = …`.
    Specialise {
        /// The term.
        term: Id,
        /// Names and what is put for them.
        with: Vec<(VarId, Id)>,
    },
    /// `solve A = B for z`.
    Solve {
        /// The equation.
        equation: Id,
        /// The unknown.
        unknown: VarId,
    },
    /// `find u, v such that A = B for all x`.
    Find {
        /// The unknowns.
        unknowns: Vec<VarId>,
        /// The condition.
        condition: Id,
        /// The names after `for all`.
        for_all: Vec<VarId>,
    },
    /// `evaluate T`, perhaps `with x = …`.
    Evaluate {
        /// The term.
        term: Id,
        /// Names and what is put for them; derivatives are taken before.
        with: Vec<(VarId, Id)>,
    },
    /// `limit of T as x -> p`.
    Limit {
        /// The term.
        term: Id,
        /// The name that moves.
        var: VarId,
        /// Where to.
        point: LimitPoint,
        /// From which side.
        side: Side,
    },
    /// `shape of T` (a tensor term).
    Shape(Id),
    /// `shape of net layer 3`.
    NetworkShape {
        /// Which network of the session.
        network: usize,
        /// After which layer, counted from 1; none: the last one.
        layer: Option<u32>,
    },
    /// `receptive field of net layer 3`.
    NetworkField {
        /// Which network of the session.
        network: usize,
        /// Up to which layer, counted from 1; none: all of them.
        layer: Option<u32>,
    },
    /// `parameters of NET layer k without bias`.
    NetworkParameters {
        /// Which network of the document.
        network: usize,
        /// One layer, counted from 1, or all.
        layer: Option<u32>,
        /// Whether biases are left out.
        without_bias: bool,
    },
    /// `expand T`.
    Expand(Id),
    /// `factor T`.
    Factor(Id),
    /// `simplify T`.
    Simplify(Id),
}

/// How a derivative was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeriveNotation {
    /// `dL/da`, `diff(u, x)`, `d/dx u`.
    Derivative,
    /// `gradient of L wrt x`.
    Gradient,
    /// `jacobian of f wrt x`.
    Jacobian,
    /// `hessian of L wrt x`.
    Hessian,
}

/// A layer of a network as written: its name, positional arguments and named arguments.
#[derive(Clone, Debug)]
pub struct Layer {
    /// `Conv2d`.
    pub name: String,
    /// Positional arguments.
    pub args: Vec<Id>,
    /// Named arguments.
    pub named: Vec<(String, Id)>,
    /// Named arguments whose value is a word: `padding="same"`.
    pub words: Vec<(String, String)>,
}

/// A network as written.
#[derive(Clone, Debug)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// The sizes of its input.
    pub input: Vec<Size>,
    /// Its layers.
    pub layers: Vec<Layer>,
}
