//! Tidiness: what style guides ask and compilers do not check.

use crate::{files, shown, Findings};
use std::path::Path;

/// Longest file.
pub const LINES: usize = 600;

/// What library code does not contain; errors are typed.
const FORBIDDEN: &[&str] = &["todo!(", "unimplemented!(", "dbg!(", "panic!(", "unreachable!(", ".unwrap()", ".expect(\""];

/// What only programs do: the library prints nothing.
const PRINTS: &[&str] = &["println!(", "eprintln!(", "print!(", "eprint!("];

/// Checks every Rust source of the workspace.
#[must_use]
pub fn check(root: &Path) -> Findings {
    let mut out = Vec::new();
    for path in files(&root.join("crates"), &[".rs"]) {
        let Ok(text) = std::fs::read_to_string(&path) else {
            out.push(format!("{}: cannot be read", shown(root, &path)));
            continue;
        };
        let name = shown(root, &path);
        let library = !["/tests/", "/benches/", "/examples/"].iter().any(|d| name.contains(d)) && !name.ends_with("tests.rs");
        out.extend(source(&name, &text, library));
    }
    out
}

/// Checks one source; what stands from the first `#[cfg(test)]` on is test code.
#[must_use]
pub fn source(name: &str, text: &str, library: bool) -> Findings {
    let mut out = Vec::new();
    let lines = text.lines().count();
    if lines > LINES {
        out.push(format!("{name}: {lines} lines; at most {LINES}"));
    }
    let mut in_tests = !library;
    for (k, line) in text.lines().enumerate() {
        let code = line.trim_start();
        in_tests |= code.starts_with("#[cfg(test)]");
        if code.starts_with("//") {
            continue;
        }
        if !in_tests {
            let program = name.starts_with("crates/gradus-cli/") || name.starts_with("crates/xtask/");
            let printing = if program { &[] } else { PRINTS };
            if let Some(word) = FORBIDDEN.iter().chain(printing).find(|w| outside_quotes(code, w)) {
                out.push(format!("{name}:{}: `{word}` in library code", k + 1));
            }
        }
        if (code.starts_with("#[allow(") || code.starts_with("#![allow(")) && !has_reason(text, k) {
            out.push(format!("{name}:{}: allow without a reason", k + 1));
        }
        if code.starts_with("#[ignore") {
            out.push(format!("{name}:{}: an ignored test", k + 1));
        }
    }
    out
}

/// Whether the word stands in a line outside string literals, as far as one line tells.
fn outside_quotes(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| code.get(..at).is_some_and(|before| before.matches('"').count() % 2 == 0))
}

/// A reason beside the attribute, inside it, or in a comment after it.
fn has_reason(text: &str, line: usize) -> bool {
    let mut rest = text.lines().skip(line);
    let first = rest.next().unwrap_or("");
    if first.contains("reason") || first.contains("//") {
        return true;
    }
    !first.contains(']') && rest.take_while(|l| !l.contains(']')).any(|l| l.contains("reason"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_name_the_line() {
        let text = "fn f() {\n    x.unwrap();\n}\n#[cfg(test)]\nmod tests {\n    fn g() { y.unwrap() }\n}\n";
        assert_eq!(source("a.rs", text, true), ["a.rs:2: `.unwrap()` in library code"]);
        assert!(source("a.rs", text, false).is_empty());
    }

    #[test]
    fn a_library_prints_nothing() {
        let text = "fn f() {\n    eprintln!(\"x\");\n}\n";
        assert_eq!(source("crates/gradus-term/src/a.rs", text, true).len(), 1);
        assert!(source("crates/xtask/src/a.rs", text, true).is_empty());
    }

    #[test]
    fn an_allow_needs_a_reason() {
        assert_eq!(source("a.rs", "#[allow(dead_code)]\n", true).len(), 1);
        assert!(source("a.rs", "#[allow(dead_code, reason = \"kept for the table\")]\n", true).is_empty());
        assert!(source("a.rs", "#[allow(\n    dead_code,\n    reason = \"kept\"\n)]\n", true).is_empty());
    }

    #[test]
    fn long_files_are_found() {
        assert_eq!(source("a.rs", &"\n".repeat(LINES + 1), true).len(), 1);
    }
}
