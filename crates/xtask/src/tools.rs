//! Programs that checks and demonstrations call. One that is missing is an error, never a check left out.

use std::path::Path;
use std::process::{Command, Stdio};

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
