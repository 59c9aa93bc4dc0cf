//! Medians and tables for the programs of this folder.

use std::time::{Duration, Instant};

/// The median of the times that `runs` runs take, and what the last one gave.
pub fn median<T>(runs: usize, mut work: impl FnMut() -> T) -> (Duration, Option<T>) {
    let mut times = Vec::with_capacity(runs);
    let mut last = None;
    for _ in 0..runs {
        let begin = Instant::now();
        let value = std::hint::black_box(work());
        times.push(begin.elapsed());
        last = Some(value);
    }
    times.sort_unstable();
    (times.get(times.len() / 2).copied().unwrap_or_default(), last)
}

/// Whether this is a run for figures (`cargo bench`), rather than for a look whether the program works (`cargo test --benches`).
pub fn in_earnest() -> bool {
    std::env::args().any(|a| a == "--bench")
}

/// Most memory this process ever held, in MiB, where the system says.
#[allow(dead_code, reason = "each program uses what it needs")]
pub fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}
