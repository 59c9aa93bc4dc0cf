//! Places in a source text.
//!
//! A [`Span`] is a half-open range of byte offsets into one source file. Sources are at most 1 MiB
//! ([`crate::limits::SOURCE_BYTES`]), so `u32` offsets never overflow.

/// A half-open range of bytes, `start..end`, in the source it was read from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The span `start..end`; offsets beyond `u32` saturate.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let clip = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: clip(start), end: clip(end.max(start)) }
    }

    /// The empty span at `at`.
    #[must_use]
    pub fn empty(at: usize) -> Self {
        Span::new(at, at)
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// As a range of `usize`.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text at this span, empty if the span does not fit the source.
    #[must_use]
    pub fn text(self, source: &str) -> &str {
        source.get(self.range()).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_join_and_read() {
        let s = Span::new(2, 4).to(Span::new(7, 9));
        assert_eq!(s, Span::new(2, 9));
        assert_eq!(Span::new(1, 3).text("abcd"), "bc");
        assert_eq!(Span::new(3, 9).text("abcd"), "");
    }
}
