//! Gradus writes worked solutions: you state a problem, and every line of the answer is named, justified and proved.
//!
//! ```
//! use gradus::{Format, Layout, Session, Source};
//!
//! let sheet = Source::new("sheet.gradus", "given x in R\nderive diff(x sin(x), x)\n  label product\n");
//! let worked = Session::new().solve(&sheet)?;
//! assert!(worked.is_proved());
//! assert_eq!(worked.answer("product").and_then(|a| a.result.as_deref()), Some("sin(x) + x cos(x)"));
//! let page = worked.page(Layout::new(Format::Latex))?;
//! assert!(page.starts_with("\\documentclass"));
//! # Ok::<(), gradus::Error>(())
//! ```
//!
//! A [`Source`] is a worksheet; a [`Session`] solves it into a [`Worked`], which prints pages in every [`Format`] and gives the
//! steps as data ([`Report`]). A single [`Question`] needs no worksheet, [`gradient`] and [`differentiate`] no steps. A certificate, asked for by
//! [`Session::certificate`], is checked by [`verify`] without the engine that found it.
//!
//! The library reads no file and starts no process. It works in a thread of its own with a large stack, so a caller's stack does
//! not matter; results own their data and can be sent anywhere.

#![deny(missing_docs)]

mod ask;
mod error;
mod gradient;
mod library;
mod page;
mod prose;
mod report;
mod session;
mod settings;
mod source;
mod stack;
mod verify;

pub use ask::Question;
pub use error::Error;
pub use gradient::{differentiate, gradient, Gradient};
pub use library::{diagnostics_page, explain, families, rule, rules, rules_page, RuleEntry};
pub use report::{Answer, Counterexample, JsonCounterexample, JsonDiagnostic, JsonGoal, JsonStep, Report, ReportMessage, Status};
pub use session::{Session, Worked};
pub use settings::{Detail, Format, Layout, Profile};
pub use source::{Host, Message, Source};
pub use verify::{verify, Verified, VerifiedClaim};
