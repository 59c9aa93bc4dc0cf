//! Deterministic fuel. Every loop of this crate that could run away spends from it; the clock is never asked.

use std::cell::Cell;

/// The work allowed for one question ran out. The question stays unanswered; no answer was wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the budget for this question ran out")]
pub struct Budget;

/// Units of work left for the question being answered.
#[derive(Debug, Default)]
pub(crate) struct Fuel {
    left: Cell<u64>,
    depth: Cell<u32>,
}

/// How deep unfoldings and binders may nest inside one question.
const MAX_NESTING: u32 = 48;

impl Fuel {
    /// Allows `n` units.
    pub fn fill(&self, n: u64) {
        self.left.set(n);
    }
    /// The units left.
    pub fn left(&self) -> u64 {
        self.left.get()
    }
    /// Spends `n` units.
    pub fn spend(&self, n: u64) -> Result<(), Budget> {
        match self.left.get().checked_sub(n) {
            Some(k) => {
                self.left.set(k);
                Ok(())
            }
            None => {
                self.left.set(0);
                Err(Budget)
            }
        }
    }
    /// Runs `f` one level deeper; refuses beyond the deepest level allowed.
    pub fn deeper<T>(&self, f: impl FnOnce() -> Result<T, Budget>) -> Result<T, Budget> {
        let d = self.depth.get();
        if d >= MAX_NESTING {
            return Err(Budget);
        }
        self.depth.set(d + 1);
        let r = f();
        self.depth.set(d);
        r
    }
    /// Whether another level is allowed.
    pub fn may_deepen(&self) -> bool {
        self.depth.get() < MAX_NESTING
    }
}
