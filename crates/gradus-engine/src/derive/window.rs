//! Windows on the derivatives of a term.

use super::*;

/// Some of the innermost derivatives of a term (those that differentiate nothing unevaluated), left to right: all but so
/// many at either end. A step inside the window changes paths and the number of derivatives there, not these counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Window {
    pub(super) before: usize,
    pub(super) after: usize,
}

impl Window {
    /// The window of exactly the derivative at `path`.
    pub(super) fn around(e: &Engine<'_>, term: Id, path: &[u32]) -> Self {
        let all = innermost(e, term);
        let before = all.iter().position(|p| p == path).unwrap_or(0);
        Window { before, after: all.len().saturating_sub(before + 1) }
    }
    /// The paths of the derivatives in the window.
    pub(super) fn paths(self, e: &Engine<'_>, term: Id) -> Vec<Vec<u32>> {
        let all = innermost(e, term);
        let end = all.len().saturating_sub(self.after);
        all.get(self.before..end).map(<[_]>::to_vec).unwrap_or_default()
    }
}

fn innermost(e: &Engine<'_>, term: Id) -> Vec<Vec<u32>> {
    outermost(e.store, term, &|n| matches!(n, Node::Diff { body, .. } if !is_final(e.store, *body) && !has_derivative(e.store, *body)))
}
