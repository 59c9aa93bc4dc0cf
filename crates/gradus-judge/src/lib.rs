//! The judge: an independent evaluator that tries to refute claims.
//!
//! It reads terms only. Definitions are unfolded by binding their parameters, never by substitution; primitives are computed by
//! its own code; derivatives fall out of Taylor jets ([`jet`], the series of the primitives), so no derivative rule is
//! ever read; an unknown function is a random smooth one. It shares no code with rules or normal form.
//!
//! Numbers are exact rationals while they are small ([`num`]), then enclosures: intervals of `f64` ([`interval`]), which find
//! refutations and agree cheaply, and balls of 192 bits ([`ball`]), which alone refute.
//!
//! Invariants
//! * A refutation of an equation or a condition is a proof: rational values that differ, disjoint balls, or a side that
//!   certainly has no value. A zero is never concluded from an enclosure.
//! * Same input, same verdict: no clock, no hash order, no platform's libm.
//! * Budgets end in [`Verdict::NotJudged`]; facts that no point satisfies in [`Verdict::Vacuous`], never in agreement.

pub mod ball;
mod calls;
mod claim;
mod conditions;
pub mod eval;
pub mod field;
pub mod float;
mod formers;
pub mod interval;
pub mod jet;
mod judge;
mod limits;
mod linalg;
mod names;
pub mod num;
mod points;
pub mod series;
mod special;
mod sums;
pub mod tensor;
mod text;
mod unknown;

pub use judge::{Counterexample, Judge, Kind, Reason, Verdict};
