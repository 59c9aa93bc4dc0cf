//! What the README and the pages under `docs/` show of the command is what the command prints: every line `$ gradus …` of a
//! block marked `console` is run at the root of the project. `GRADUS_BLESS=1 cargo test -p gradus-cli --test readme` writes the
//! outputs anew.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::path::{Path, PathBuf};
use std::process::Command;

const PAGES: &[&str] = &["README.md", "docs/library.md", "docs/tensors.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Words as a shell splits them: quotes keep spaces.
fn words(line: &str) -> Vec<String> {
    let (mut out, mut word, mut quote, mut open) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => (quote, open) = (Some(c), true),
            (None, ' ') => {
                if open {
                    out.push(std::mem::take(&mut word));
                }
                open = false;
            }
            (_, c) => {
                word.push(c);
                open = true;
            }
        }
    }
    if open {
        out.push(word);
    }
    out
}

fn run(line: &str) -> String {
    let words = words(line);
    assert_eq!(words.first().map(String::as_str), Some("gradus"), "only `gradus` is run: {line}");
    let args = words.get(1..).unwrap_or(&[]);
    let o = Command::new(env!("CARGO_BIN_EXE_gradus")).args(args).current_dir(root()).output().expect("the command starts");
    let text = String::from_utf8_lossy(&o.stdout).into_owned() + &String::from_utf8_lossy(&o.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// The page with the output of every command written anew.
fn refreshed(page: &str) -> String {
    let mut out = String::new();
    let mut in_console = false;
    let mut skipping = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_console = line == "```console";
            skipping = false;
        }
        if let (true, Some(command)) = (in_console, line.strip_prefix("$ ")) {
            out.push_str(&format!("{line}\n{}\n", run(command)));
            skipping = true;
        } else if !skipping {
            out.push_str(&format!("{line}\n"));
        }
    }
    out
}

#[test]
fn commands_print_what_the_pages_show() {
    for name in PAGES {
        let path = root().join(name);
        let page = std::fs::read_to_string(&path).expect("the page is there");
        let now = refreshed(&page);
        if std::env::var_os("GRADUS_BLESS").is_some() {
            std::fs::write(&path, &now).expect("it can be written");
        } else if page != now {
            let differs = page.lines().zip(now.lines()).find(|(a, b)| a != b);
            panic!("{name} shows what the command does not print: {differs:?}");
        }
    }
}
