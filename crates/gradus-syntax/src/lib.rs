//! Reading: spans and diagnostics, the worksheet language and LaTeX formulas, elaboration to terms.
//!
//! Text goes to tokens ([`lexer`]), to a surface tree ([`plain`], [`latex`], [`worksheet`]), to terms ([`elab`]). This crate knows
//! no rule and proves nothing; it reads no file.
//!
//! Invariants: no input panics or runs away ([`limits`]); no input is dropped or silently read as something
//! else; every diagnostic has a code ([`codes`]) and a place.

pub mod chars;
pub mod codes;
pub mod diagnostic;
pub mod elab;
pub mod groups;
pub mod input;
pub mod latex;
pub mod lexer;
pub mod limits;
pub mod plain;
#[cfg(test)]
mod sexp;
pub mod span;
pub mod suggest;
pub mod surface;
pub mod token;
pub mod walk;
pub mod worksheet;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Severity};
pub use elab::{elaborate, parse_expr, Document, Elab, Scope};
pub use span::Span;
pub use worksheet::{parse_worksheet, Host, Worksheet};
