//! The work done in an arena, counted: the same on every machine, unlike a clock.

use crate::store::Store;
use std::cell::Cell;

/// Units of work done and allowed. A unit is about the making of one term.
#[derive(Debug)]
pub(crate) struct Work {
    done: Cell<u64>,
    allowed: Cell<u64>,
}

impl Default for Work {
    fn default() -> Self {
        Work { done: Cell::new(0), allowed: Cell::new(u64::MAX) }
    }
}

impl Store {
    /// Allows so much more work from now on. Nothing stops by itself: whoever searches asks.
    pub fn allow(&self, work: u64) {
        self.work.allowed.set(self.work.done.get().saturating_add(work));
    }
    /// Runs `f` with at most so much of what is left: what it does not find must not leave the rest without work.
    pub fn with_at_most<T>(&self, work: u64, f: impl FnOnce() -> T) -> T {
        let (end, part) = (self.work.allowed.get(), self.work.done.get().saturating_add(work));
        self.work.allowed.set(end.min(part));
        let out = f();
        self.work.allowed.set(end);
        out
    }
    /// Counts work.
    pub fn spend(&self, work: u64) {
        self.work.done.set(self.work.done.get().saturating_add(work));
    }
    /// The work done so far.
    pub fn work_done(&self) -> u64 {
        self.work.done.get()
    }
    /// The work that is still allowed.
    pub fn work_left(&self) -> u64 {
        self.work.allowed.get().saturating_sub(self.work.done.get())
    }
    /// Whether the work allowed is done.
    pub fn exhausted(&self) -> bool {
        self.work_left() == 0
    }
}
