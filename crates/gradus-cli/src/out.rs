//! Reading and writing. Colour only where a terminal shows it; `anstream` decides.

use crate::Result;
use std::io::{Read, Write};

/// A file's bytes; `-` is standard input.
pub fn read(path: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(|e| format!("standard input cannot be read: {e}"))?;
    } else {
        bytes = std::fs::read(path).map_err(|e| format!("{path} cannot be read: {e}"))?;
    }
    Ok(bytes)
}

/// Writes a page to a file or to standard output. A reader that stopped reading is no error.
pub fn page(path: Option<&str>, text: &str) -> Result<()> {
    match path {
        Some(p) if p != "-" => std::fs::write(p, text).map_err(|e| format!("{p} cannot be written: {e}")),
        _ => match std::io::stdout().lock().write_all(text.as_bytes()) {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("standard output cannot be written: {e}")),
            _ => Ok(()),
        },
    }
}

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[1;36m";
const RESET: &str = "\x1b[0m";

/// A line to standard error; what cannot be written is lost.
pub fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// An error without a place.
pub fn error(text: &str) {
    say(&format!("{RED}error{RESET}{BOLD}: {}{RESET}", printable(text)));
}

/// A remark.
pub fn note(text: &str) {
    say(&format!("{CYAN}note{RESET}: {}", printable(text)));
}

/// What became of a goal, with its place.
pub fn goal(grave: bool, what: &str, place: &str, more: &[String]) {
    let (colour, word) = if grave { (RED, "error") } else { (YELLOW, "warning") };
    let mut text = format!("{colour}{word}{RESET}{BOLD}: {}{RESET}\n  {CYAN}-->{RESET} {}", printable(what), printable(place));
    for m in more {
        text.push_str(&format!("\n   {CYAN}={RESET} {}", printable(m)));
    }
    say(&text);
}

/// Names and messages of a worksheet carry no commands to the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
