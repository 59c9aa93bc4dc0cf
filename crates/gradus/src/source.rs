//! A worksheet as it comes in, and what is said about it.

use gradus_syntax::Diagnostic;
pub use gradus_syntax::Host;
use std::sync::Arc;

/// A worksheet: its name, its bytes, and what kind of file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// How messages call it.
    pub name: String,
    /// What it holds; whatever is not UTF-8 is reported.
    pub bytes: Vec<u8>,
    /// Where the statements stand.
    pub host: Host,
}

impl Source {
    /// A worksheet whose host is told by its name: `.md` and `.tex` hold statements in blocks, everything else is statements.
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let name = name.into();
        let host = Host::of_path(&name);
        Source { name, bytes: bytes.into(), host }
    }
}

/// A message about a worksheet, with its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The stable code, such as `E0401`; [`explain`](crate::explain) tells more.
    pub code: String,
    /// Whether it is an error, rather than a warning.
    pub is_error: bool,
    /// In one sentence.
    pub text: String,
    /// The line it points at, counted from 1.
    pub line: usize,
    /// The words of the source it points at.
    pub at: String,
    diagnostic: Diagnostic,
    source: Arc<Source>,
}

impl Message {
    pub(crate) fn new(d: Diagnostic, source: &Arc<Source>) -> Self {
        let range = d.span().range();
        let before = source.bytes.get(..range.start.min(source.bytes.len())).unwrap_or(&[]);
        let at = source.bytes.get(range).map(|b| String::from_utf8_lossy(b).into_owned()).unwrap_or_default();
        Message {
            code: d.code.name().to_owned(),
            is_error: d.is_error(),
            text: d.message.clone(),
            line: before.iter().filter(|b| **b == b'\n').count() + 1,
            at,
            diagnostic: d,
            source: Arc::clone(source),
        }
    }
    /// The message with its place in the source, as compilers show it.
    #[must_use]
    pub fn render(&self, coloured: bool) -> String {
        self.diagnostic.render(&self.source.bytes, &self.source.name, coloured)
    }
}
