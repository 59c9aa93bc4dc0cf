//! Programs that checks and demonstrations call. One that is missing is an error, never a check left out.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// As much as a main thread has: worksheets may nest deeply.
const STACK: usize = 8 << 20;

/// Does the same with every item, on as many threads as there are cores; the answers in the order of the items.
///
/// # Errors
/// If a thread cannot be started or panics.
pub fn on_every_core<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Result<Vec<R>, String> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicUsize::new(0);
    let mine = || {
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|k| Some((k, items.get(k)?)));
        std::iter::from_fn(take).map(|(k, x)| (k, work(x))).collect::<Vec<_>>()
    };
    let mut all = std::thread::scope(|scope| {
        let start = |_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, mine);
        let threads = (0..cores).map(start).collect::<Result<Vec<_>, _>>().map_err(|e| format!("a thread cannot be started: {e}"))?;
        let joined = threads.into_iter().map(|t| t.join().map_err(|_| "a thread panicked".to_owned()));
        Ok::<_, String>(joined.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect::<Vec<_>>())
    })?;
    all.sort_by_key(|x| x.0);
    Ok(all.into_iter().map(|x| x.1).collect())
}

/// Runs a program in a folder and gives its output.
///
/// # Errors
/// If it is missing or fails; the message ends with the last lines it printed.
pub fn run(dir: &Path, program: &str, args: &[&str]) -> Result<String, String> {
    let out = Command::new(program).args(args).current_dir(dir).stdin(Stdio::null()).output();
    let out = out.map_err(|e| format!("{program} cannot be started ({e}); `./x` installs what is missing"))?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    if out.status.success() {
        return Ok(text);
    }
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.get(lines.len().saturating_sub(12)..).unwrap_or(&[]).join("\n");
    Err(format!("{program} {} failed:\n{last}", args.join(" ")))
}

/// Writes a file, making its folder.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, text)).map_err(|e| format!("{} cannot be written: {e}", path.display()))
}

/// Reads a file.
///
/// # Errors
/// If it cannot be read.
pub fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))
}
