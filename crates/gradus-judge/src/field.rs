//! What the evaluator asks of a number: enclosures with certain signs.
//!
//! Two kinds of enclosure answer it: [`Iv`](crate::interval::Iv), intervals of `f64`, cheap, and
//! [`Ball`](crate::ball::Ball), about 192 bits, with proved error bounds. Everything above (rational numbers, jets, tensors,
//! the evaluator) is written once, over this trait.

use gradus_term::Rat;
use std::cmp::Ordering;

/// Why there is no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// There is certainly none: `1/0`, `log(-1)`, an entry out of range.
    Undefined,
    /// The enclosure is too wide to tell, or the point is a kink of something differentiated.
    Unclear,
    /// The judge cannot evaluate this.
    Unsupported,
    /// Too much work.
    Budget,
}

/// A value or the reason there is none.
pub type Out<T> = Result<T, Fault>;

/// An enclosure of a real number.
pub trait Field: Clone + std::fmt::Debug {
    /// `n/d`, with `d > 0`.
    fn ratio(n: i64, d: i64) -> Self;
    /// A rational number of any size.
    fn rational(q: &Rat) -> Self;
    /// `self + o`
    fn add(&self, o: &Self) -> Self;
    /// `self - o`
    fn sub(&self, o: &Self) -> Self;
    /// `self * o`
    fn mul(&self, o: &Self) -> Self;
    /// `-self`
    fn neg(&self) -> Self;
    /// `self / o`; unclear where `o` may be 0.
    fn div(&self, o: &Self) -> Out<Self>;
    /// The sign, if it is certain.
    fn sign(&self) -> Option<Ordering>;
    /// The smallest enclosure found that contains both.
    fn hull(&self, o: &Self) -> Self;
    /// e^self
    fn exp(&self) -> Out<Self>;
    /// ln self, for a positive enclosure.
    fn ln(&self) -> Out<Self>;
    /// √self, for a positive enclosure.
    fn sqrt(&self) -> Out<Self>;
    /// Sine and cosine.
    fn sin_cos(&self) -> Out<(Self, Self)>;
    /// Arctangent.
    fn atan(&self) -> Out<Self>;
    /// π
    fn pi() -> Self;
    /// The error function.
    fn erf(&self) -> Out<Self>;
    /// ln Γ, for a positive enclosure.
    fn ln_gamma(&self) -> Out<Self>;
    /// ψ (order 0) and its derivatives, for a positive enclosure.
    fn polygamma(&self, order: u32) -> Out<Self>;
    /// Something inside, roughly; for choosing pivots and reductions, never for verdicts.
    fn approx(&self) -> f64;
    /// An upper bound of half the width, roughly.
    fn slack(&self) -> f64;
    /// The floor, if it is certain.
    fn floor(&self) -> Option<i64>;
    /// As text: the digits that are certain, at most `digits`.
    fn text(&self, digits: usize) -> String;
}
