//! Deciding: what is known, what follows from it, and whether two terms are equal.
//!
//! [`Facts`] holds what is known at a place. It decides conditions ([`Facts::holds`]), signs ([`Facts::sign`]), whether a term
//! has a value ([`Facts::defined`]) and equality of values ([`Facts::equal`]) by a normal form ([`Nf`]): sums of monomials
//! over kernels, ranges as guards, deltas eliminated, dummies anchored, denominators in partial fractions.
//!
//! Where does what live? `linear`: integer constraints. `range`, `signs`: intervals. `atom`: the data of the normal form.
//! `algebra`, `functions`, `angles`, `guards`, `sums`: its laws. `translate`: terms into it. `equality`: zero tests and cases. `multiple`: one
//! term as another one's power times a factor. `present`: back into terms. `poly`, `factor`, `shape`: expanded, factored, collected presentations of terms.
//!
//! Invariants
//! * Sound always: a "yes" is a proof under the facts; everything else is "unknown".
//! * Equality of values and definedness are separate questions: `x/x = 1` in value; whether `x ≠ 0` is asked by `defined`.
//! * Every question ends within a deterministic budget. No clock, no floating point, no hash order in any output.

mod algebra;
mod angles;
mod atom;
mod budget;
mod compared;
mod defined;
mod definite;
mod determinants;
mod dominated;
mod equality;
mod factor;
mod facts;
mod functions;
mod guards;
mod linear;
mod matrices;
mod multiple;
mod poly;
mod present;
mod range;
mod shape;
mod signs;
mod sums;
mod translate;
mod words;

pub use atom::Nf;
pub use budget::Budget;
pub use defined::{reached_once, Definedness};
pub use equality::{Equality, Why};
pub use facts::{Facts, Tri};
pub use matrices::{is_symmetric, scaled};
pub use multiple::{opposite, two_branches};
pub use range::Signs;
