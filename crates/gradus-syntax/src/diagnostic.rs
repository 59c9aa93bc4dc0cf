//! What Gradus tells a person about a text: a stable code, a message, labelled places, notes, a help.
//!
//! Not the typed errors of the other crates: those are for programs. A diagnostic always has a code of
//! [`crate::codes`] and, unless the whole file is meant, a place. Rendering is rustc's look, to a string;
//! nothing here prints.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::codes::Code;
use crate::span::Span;

/// How grave a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Severity {
    /// The statement has no meaning; it is not elaborated further.
    Error,
    /// The statement has a meaning, perhaps not the intended one.
    Warning,
}

/// One message about a source text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// The stable code; [`Code::entry`] explains it.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence without a full stop.
    pub message: String,
    /// Places and what to say there; the first is the primary one.
    pub labels: Vec<(Span, String)>,
    /// Further facts.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error or warning (as the code says) at a place.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: code.severity(),
            message: printable(&message.into()),
            labels: vec![(span, String::new())],
            notes: Vec::new(),
            help: None,
        }
    }

    /// Says something at the primary place.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.1 = printable(&text.into());
        }
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push((span, printable(&text.into())));
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(printable(&text.into()));
        self
    }

    /// Sets the help.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(printable(&text.into()));
        self
    }

    /// The primary place.
    #[must_use]
    pub fn span(&self) -> Span {
        self.labels.first().map_or_else(Span::default, |l| l.0)
    }

    /// Whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Renders in the manner of rustc. `source` may be any bytes; `path` names it.
    #[must_use]
    pub fn render(&self, source: &[u8], path: &str, coloured: bool) -> String {
        let text = displayable(source);
        let len = text.len();
        let mut snippet = Snippet::source(text.as_str()).path(path);
        for (n, (span, label)) in self.labels.iter().enumerate() {
            let kind = if n == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let start = span.range().start.min(len);
            let range = whole_characters(&text, start..span.range().end.clamp(start, len));
            let mut annotation = kind.span(range);
            if !label.is_empty() {
                annotation = annotation.label(label.as_str());
            }
            snippet = snippet.annotation(annotation);
        }
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(self.message.as_str()).id(self.code.name());
        let mut group: Group<'_> = title.element(snippet);
        for note in &self.notes {
            group = group.element(Level::NOTE.message(note.as_str()));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// Control characters of user text never reach a terminal: they are shown escaped.
fn printable(text: &str) -> String {
    let bad = |c: char| c.is_control() && c != '\n';
    if text.contains(bad) {
        text.chars().flat_map(|c| if bad(c) { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
    } else {
        text.to_owned()
    }
}

/// The source as text of the same length: a byte that is not UTF-8 shows as `?`, so offsets hold.
fn displayable(source: &[u8]) -> String {
    let mut out = String::with_capacity(source.len());
    for chunk in source.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| '?'));
    }
    out
}

/// The range widened to whole characters.
fn whole_characters(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = (0..=range.start).rev().find(|k| text.is_char_boundary(*k)).unwrap_or(0);
    let end = (range.end..=text.len()).find(|k| text.is_char_boundary(*k)).unwrap_or(text.len());
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_with_place_note_and_help() {
        let d = Diagnostic::new(Code::UNDECLARED, Span::new(7, 8), "`q` is not declared").here("used here").note("a note").help("a help");
        insta::assert_snapshot!(d.render(b"derive q\n", "w.gradus", false));
        assert!(d.render(b"derive q\n", "w.gradus", true).contains('\u{1b}'));
    }

    #[test]
    fn bytes_that_are_not_text_keep_their_offsets() {
        assert_eq!(displayable(b"a\xff\xfeb"), "a??b");
    }

    #[test]
    fn control_characters_are_escaped() {
        let d = Diagnostic::new(Code::UNDECLARED, Span::empty(0), "\u{1b}[2J");
        assert!(!d.message.contains('\u{1b}'));
    }
}
