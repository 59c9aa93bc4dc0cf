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
    /// How often work was refused.
    refusals: Cell<u64>,
}

/// What was allowed to an attempt that failed for want of it. The same attempt need not be made again until more is allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Allowed {
    left: u64,
    depth: u32,
}

impl Allowed {
    /// More would not have helped: the attempt failed for another reason.
    const ANYTHING: Allowed = Allowed { left: u64::MAX, depth: 0 };
}

/// How deep unfoldings and binders may nest inside one question.
const MAX_NESTING: u32 = 100;

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
                Err(self.refuse())
            }
        }
    }
    /// Counts work that is not done.
    pub fn refuse(&self) -> Budget {
        self.refusals.set(self.refusals.get() + 1);
        Budget
    }
    /// Makes an attempt; what it gives, and, if any work was refused on the way, what was allowed to it.
    pub fn attempt<T>(&self, f: impl FnOnce() -> T) -> (T, Option<Allowed>) {
        let (allowed, before) = (Allowed { left: self.left.get(), depth: self.depth.get() }, self.refusals.get());
        let r = f();
        (r, (self.refusals.get() > before).then_some(allowed))
    }
    /// Makes an attempt; if it fails, what was allowed to it.
    pub fn attempt_or<T>(&self, f: impl FnOnce() -> Result<T, Budget>) -> Result<T, Allowed> {
        let (r, allowed) = self.attempt(f);
        r.map_err(|Budget| allowed.unwrap_or(Allowed::ANYTHING))
    }
    /// Whether no more is allowed now than was to an attempt that failed; then this one is refused for the same reason.
    pub fn hopeless(&self, then: Allowed) -> bool {
        let yes = self.left.get() <= then.left && self.depth.get() >= then.depth;
        if yes && then != Allowed::ANYTHING {
            self.refuse();
        }
        yes
    }
    /// Runs `f` one level deeper; refuses beyond the deepest level allowed.
    pub fn deeper<T>(&self, f: impl FnOnce() -> Result<T, Budget>) -> Result<T, Budget> {
        let d = self.depth.get();
        if d >= MAX_NESTING {
            return Err(self.refuse());
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
