//! Derivations as data: claims, steps with their grounds, chains of shown lines, lemmas, and the answer to a goal.
//!
//! A [`Step`] is made only by [`Proof::step`](crate::Proof::step), which checks it; everything else here is arrangement. A chain's lines
//! group steps: `detailed` shows them one by one, `textbook` and `brief` merge them; the steps themselves never change.

use crate::intervals::Turning;
use crate::rule::Substitution;
use crate::solutions::Root;
use gradus_term::{Id, Position, Size, VarId};
use std::sync::Arc;

/// Words with terms in them; never formatted mathematics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Vec<Inline>);

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Words, as they stand.
    Words(String),
    /// A term, set as mathematics.
    Term(Id),
}

impl Text {
    /// Words alone.
    pub fn words(s: impl Into<String>) -> Self {
        Text(vec![Inline::Words(s.into())])
    }
    /// Adds words.
    #[must_use]
    pub fn and(mut self, s: impl Into<String>) -> Self {
        self.0.push(Inline::Words(s.into()));
        self
    }
    /// Adds a term.
    #[must_use]
    pub fn term(mut self, t: Id) -> Self {
        self.0.push(Inline::Term(t));
        self
    }
    /// Adds another text.
    #[must_use]
    pub fn text(mut self, t: &Text) -> Self {
        self.0.extend(t.0.iter().cloned());
        self
    }
    /// Adds another reason after a semicolon; reasons that are definitions are said together: "definitions of f and σ".
    #[must_use]
    pub fn also(mut self, reason: &Text) -> Self {
        if self.is_empty() {
            return reason.clone();
        }
        if reason.is_empty() {
            return self;
        }
        let word = |x: &Inline, w: &str| matches!(x, Inline::Words(s) if s == w);
        let (one, many) = ("definition of ", "definitions of ");
        if let [what, Inline::Term(t)] = reason.0.as_slice() {
            let begin = self.0.iter().position(|x| word(x, one) || word(x, many)).filter(|_| word(what, one));
            if let Some(begin) = begin {
                let end = self.0.iter().skip(begin).position(|x| word(x, "; ")).map_or(self.0.len(), |k| begin + k);
                let named = self.0.get(begin..end).unwrap_or(&[]);
                if named.contains(&Inline::Term(*t)) {
                    return self;
                }
                let earlier = named.iter().skip(1).map(|x| if word(x, " and ") { Inline::Words(", ".into()) } else { x.clone() });
                let all: Vec<Inline> = std::iter::once(Inline::Words(many.into()))
                    .chain(earlier)
                    .chain([Inline::Words(" and ".into()), Inline::Term(*t)])
                    .collect();
                self.0.splice(begin..end, all);
                return self;
            }
        }
        self.and("; ").text(reason)
    }
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why a step is true; the kernel checks each kind by its own rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Ground {
    /// An instance of a rule of the rulebook.
    Instance {
        /// The rule's name, `family.what`.
        rule: String,
        /// Whether it is read from right to left.
        backward: bool,
        /// What stands for its metavariables.
        subst: Substitution,
    },
    /// Equal up to the order and grouping of summands and of commuting factors.
    Rearranged,
    /// A definition put in for its name.
    Unfolded,
    /// A name put for its definition.
    Folded,
    /// What an entry of a tensor, or a scalar-valued tensor operation, is by definition.
    Entries,
    /// An equation among the givens, the assumptions or the facts of the path (its index among them is found again).
    Given(Id),
    /// A lemma proved before, at this instance.
    Cited {
        /// Which lemma, by its number in the prover's library.
        lemma: usize,
        /// What stands for its free names.
        subst: Substitution,
    },
    /// Two tensors with equal entries (equal by normal form).
    Extensional,
    /// A tensor former whose entry a lemma rewrites, for all values of the indices.
    Entrywise {
        /// The lemma about the entry.
        lemma: usize,
        /// The lemma's names for the indices.
        indices: Vec<VarId>,
    },
    /// A tensor of derivatives read off a differential.
    ReadOff {
        /// The lemma about the differential.
        lemma: usize,
        /// The change, of which the lemma knows nothing.
        along: VarId,
    },
    /// Shown in several cases that leave nothing out, each by a lemma.
    ByCases(Vec<usize>),
    /// The term is the same for all values of a name, since its derivative is 0: it is what it is at one value.
    Constant(Turning),
    /// Recomputed by whoever verifies.
    Recomputed(Procedure),
}

impl Ground {
    /// The ground's word in JSON and in reports.
    pub fn word(&self) -> &'static str {
        match self {
            Ground::Instance { .. } => "instance",
            Ground::Rearranged => "rearranged",
            Ground::Unfolded | Ground::Folded | Ground::Entries => "definition",
            Ground::Given(_) => "given",
            Ground::Cited { .. } | Ground::ByCases(_) => "cited",
            Ground::Constant(_) => "constant",
            Ground::Extensional | Ground::Entrywise { .. } | Ground::ReadOff { .. } => "extensionality",
            Ground::Recomputed(_) => "recomputed",
        }
    }
}

/// A computation that a verifier repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Procedure {
    /// Both sides have the same normal form.
    NormalForm,
    /// The derivative of an entry of the variable: a product of Kronecker deltas.
    EntryDelta,
    /// The derivative of a signed sum of any number of terms is the signed sum of the derivatives.
    SumRule,
    /// Away from the boundaries of its conditions, cases are differentiated branch by branch.
    CasesRule,
    /// The sign of a term near a point: `lim sign(u) = ±1`.
    SignNear,
    /// What is smooth at a point has its value there as limit.
    Continuity,
    /// The derivative through a tensor is the sum over its entries of outer times inner derivative.
    ChainRule,
    /// The derivative of an entry of an inverse, of a determinant, or of its logarithm.
    MatrixRule,
    /// One layer of a differential.
    DifferentialRule,
}

/// What the judge said of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It could not refute it at this many points.
    Agrees(usize),
    /// It could not evaluate it.
    NotJudged,
    /// It was not asked (only in tests of the kernel itself).
    Unasked,
}

/// How much a step weighs for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Not worth a line: drop 1·x, reorder.
    Trivial,
    /// Worth a line only in detail.
    Small,
    /// A line of its own.
    Main,
}

/// One checked step: `before` with the part at `position` replaced is `after`.
#[derive(Clone, Debug)]
pub struct Step {
    /// The name of the rule, or of the move for other grounds: `family.what`.
    pub rule: String,
    /// Why it is true.
    pub ground: Ground,
    /// Where.
    pub position: Position,
    /// The names that looking there opened; `new` and the ground are said in them.
    pub opened: Vec<VarId>,
    /// The part put there.
    pub new: Id,
    /// The term before.
    pub before: Id,
    /// The term after.
    pub after: Id,
    /// The reason in words.
    pub reason: Text,
    /// Its weight.
    pub weight: Weight,
    /// Conditions it needed that the facts did not give: they become assumptions of the claim.
    pub assumes: Vec<Id>,
    /// What the judge said.
    pub judged: Judged,
}

/// A shown line: what stands after the relation sign, and the reason beside it.
#[derive(Clone, Debug)]
pub struct Line {
    /// The term.
    pub term: Id,
    /// The reason beside it.
    pub reason: Text,
    /// The steps merged into it, in order.
    pub steps: Vec<Step>,
}

/// `start = line = line = …`
#[derive(Clone, Debug)]
pub struct Chain {
    /// What it starts from. For a chain that continues an earlier one of the same derivation, the claim's left side is
    /// shown again.
    pub start: Id,
    /// How the start is shown (the claim's left side), if `start` is a later form of it.
    pub shown_start: Option<Id>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Whether its last line is the answer and is boxed.
    pub boxed: bool,
}

/// What is claimed.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// The two are equal wherever the left one is defined. A limit is an equation whose left side is a `Limit`.
    Equal(Id, Id),
    /// The condition holds wherever its terms are defined.
    Holds(Id),
    /// The values solve the equation for the unknown under their conditions, and (`all`) nothing else does.
    Solves {
        /// The equation.
        equation: Id,
        /// The unknown.
        unknown: VarId,
        /// Its values.
        values: Vec<Root>,
        /// Whether these are all solutions.
        all: bool,
    },
    /// The values satisfy the condition for all values of the names in `for_all`.
    Found {
        /// The condition.
        condition: Id,
        /// The parameters and their values.
        values: Vec<(VarId, Id)>,
        /// The names the condition must hold for.
        for_all: Vec<VarId>,
    },
    /// The sizes of a tensor or of a network's output.
    Shape {
        /// What has the shape: a term, if it is one.
        of: Option<Id>,
        /// Its name in words otherwise.
        name: String,
        /// The sizes.
        sizes: Vec<Size>,
    },
    /// The receptive field of a network, or of its layers up to one, in each direction.
    Field {
        /// Of what, in words.
        name: String,
        /// The sizes.
        sizes: Vec<Size>,
    },
    /// A number of parameters.
    Count {
        /// What is counted, in words.
        name: String,
        /// How many, as a term.
        value: Id,
    },
}

/// How far a claim is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It holds on its natural domain under the givens.
    Proved,
    /// It needs the printed assumptions as well.
    Conditional,
    /// Not settled: the lines reached and the goal left are shown.
    Unknown,
    /// False, with a point.
    Refuted,
    /// The goal could not be attempted.
    Error,
}

impl Status {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Status::Proved => "proved",
            Status::Conditional => "conditional",
            Status::Unknown => "unknown",
            Status::Refuted => "refuted",
            Status::Error => "error",
        }
    }
}

/// A part of a derivation as it stands on the page.
#[derive(Clone, Debug)]
pub enum Item {
    /// A sentence.
    Say(Text),
    /// A displayed relation or equation with no chain: an equivalence in a solution for an unknown, a named abbreviation.
    Show(Id, Text),
    /// A chain of equal terms.
    Chain(Chain),
    /// Conditions one below the other, each following from the one before: `… ⇔ …`, `… ⇒ …`.
    Conditions(Vec<Condition>),
    /// A lemma with its own derivation.
    Lemma(Arc<Derivation>),
    /// A table: head and rows of texts.
    Table(Vec<Text>, Vec<Vec<Text>>),
    /// The answer, boxed on its own: the claim as an equation, and words beside it.
    Answer(Id, Text),
}

/// A condition in a chain of conditions.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The equation, or several with "or" between them.
    pub condition: Id,
    /// Whether it only follows from the one before, which need not follow from it.
    pub one_way: bool,
    /// Why it follows.
    pub reason: Text,
}

impl Condition {
    /// A condition equivalent to the one before, or the first one.
    #[must_use]
    pub fn equivalent(condition: Id, reason: Text) -> Self {
        Condition { condition, one_way: false, reason }
    }
}

/// A claim with its proof.
#[derive(Clone, Debug)]
pub struct Derivation {
    /// What is claimed.
    pub claim: Claim,
    /// A heading for a lemma: "The outer derivative".
    pub heading: Text,
    /// The parts, in the order of the page.
    pub items: Vec<Item>,
    /// Conditions it needs beyond the givens and the natural domain.
    pub assumptions: Vec<Id>,
    /// Domain facts worth a note: conditions of the natural domain that the steps used.
    pub notes: Vec<Text>,
    /// How far it is proved.
    pub status: Status,
    /// The prover's lemma that proves it, for an equation.
    pub lemma: Option<usize>,
}

/// A point at which a claim fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// Names and values, as text.
    pub at: Vec<(String, String)>,
    /// The value of the left side there.
    pub left: String,
    /// The value of the right side there.
    pub right: String,
}

/// The answer to a goal.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The goal's label.
    pub label: Option<String>,
    /// The goal's kind: `derive`, `show`, …
    pub kind: &'static str,
    /// What is asked, in words with terms: "Find ∂L/∂a."
    pub task: Text,
    /// Definitions recalled before the solution, in order.
    pub recalls: Vec<gradus_term::FnId>,
    /// The derivation, as far as it goes. `None` only for [`Status::Error`].
    pub derivation: Option<Arc<Derivation>>,
    /// The result, if the goal has one.
    pub result: Option<Id>,
    /// How far it is proved.
    pub status: Status,
    /// A point at which the claim or the `expect` fails.
    pub counterexample: Option<Counterexample>,
    /// What went wrong, in words, with a code.
    pub problems: Vec<(String, Text)>,
}
