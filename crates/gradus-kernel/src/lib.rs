//! The kernel: rule schemas, claims, steps, derivations, the certificate and its replay.
//!
//! The only way to a [`Step`] is [`Proof::step`], which checks its ground and asks the judge. Planners may be clever and
//! wrong: the worst they can do is an unfinished solution.

mod cases;
pub mod certificate;
mod chain;
mod check;
mod claims;
mod compare;
mod derivation;
mod differential;
mod domain;
mod entries;
pub mod field;
mod instances;
mod intervals;
mod kink;
mod lemma;
mod limit;
mod matrix;
pub mod network;
mod prover;
pub mod replay;
mod rule;
mod solutions;
mod statement;

pub use chain::{arguments_rule, chain_rule};
pub use check::{cases_rule, conditional_sum_rule, fails_at_an_index, holds_at_every_index, sum_rule};
pub use claims::Link;
pub use compare::{arranged, rearranged};
pub use derivation::{
    Chain, Claim, Condition, Counterexample, Derivation, Ground, Inline, Item, Judged, Line, Procedure, Solution, Status, Step, Text,
    Weight,
};
pub use differential::{differential_rule, DifferentialRule};
pub use domain::{has_no_value, necessary_needs};
pub use entries::entry_delta;
pub use intervals::Turning;
pub use kink::{branches_join, kink_is_domain, kinks_meet};
pub use limit::has_points;
pub use matrix::{matrix_rule, MatrixFunction};
pub use prover::{Lemma, Proof, Proposal, Prover, Refused, RuleSource, Tally};
pub use rule::{instantiate, InstanceError, Need, Relates, Rule, Substitution, Value};
pub use solutions::{Equivalence, Root, Solutions};
pub use statement::{parameter_count, same_size, sizes_of};
