//! The one error of the library: opaque outside, precise inside.

use gradus_kernel::replay::ReplayError;
use gradus_rules::RuleError;

/// Why there is no answer at all. A goal that cannot be solved is not an error of this kind: it has a
/// [`Status`](crate::Status) and says why on its page.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Kind);

/// The precise errors.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    /// The input has errors, rendered.
    #[error("{0}")]
    Input(String),
    /// The goal has no result.
    #[error("no result: {0}")]
    NoResult(String),
    /// The rulebook has a fault.
    #[error("the rulebook cannot be loaded: {0}")]
    Rulebook(#[from] RuleError),
    /// Not a certificate.
    #[error("this is not a certificate: {0}")]
    NotACertificate(#[from] serde_json::Error),
    /// A certificate that does not verify.
    #[error("the certificate does not verify: {0}")]
    Replay(#[from] ReplayError),
    /// The system gives no thread.
    #[error("no thread could be started: {0}")]
    Thread(#[from] std::io::Error),
    /// A fault of Gradus.
    #[error("a fault inside Gradus ended the work; please report the input that led to it")]
    Fault,
}

impl Error {
    /// Whether the input is at fault, rather than Gradus or the system.
    #[must_use]
    pub fn is_input(&self) -> bool {
        matches!(self.0, Kind::Input(_) | Kind::NotACertificate(_))
    }
    /// Whether a certificate was read and does not hold.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.0, Kind::Replay(_))
    }
}

impl From<RuleError> for Error {
    fn from(e: RuleError) -> Self {
        Error(Kind::Rulebook(e))
    }
}
