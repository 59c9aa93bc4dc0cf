//! Budgets of the reader: every input ends in a tree or in a typed diagnostic, whatever it is.
//!
//! All are checked before the work they bound is done.

/// Longest source, in bytes.
pub const SOURCE_BYTES: usize = 1 << 20;
/// Deepest nesting of brackets, signs, exponents and braces.
pub const DEPTH: u16 = 256;
/// Deepest nesting of a LaTeX formula; there, unlike in plain text, each level uses the stack.
pub const LATEX_DEPTH: u16 = 128;
/// Deepest formula that is elaborated; brackets alone do not count.
pub const ELABORATION_DEPTH: u16 = 400;
/// Longest name, in bytes.
pub const NAME_BYTES: usize = 128;
/// Most digits of a number.
pub const DIGITS: usize = 10_000;
/// Largest absolute value of a decimal exponent (`1e-3`).
pub const EXPONENT: u32 = 10_000;
/// Most diagnostics kept of one source.
pub const DIAGNOSTICS: usize = 100;
