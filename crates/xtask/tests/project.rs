//! The project held against its own rules.

use xtask::{arrows, root, tidy};

#[test]
fn the_arrows_of_the_architecture_hold() {
    assert_eq!(arrows::check(&root()), Vec::<String>::new());
}

#[test]
fn what_decides_uses_nothing_that_only_proposes() {
    assert_eq!(arrows::proposing(&root()), Vec::<String>::new());
}

#[test]
fn the_sources_are_tidy() {
    assert_eq!(tidy::check(&root()), Vec::<String>::new());
}

#[test]
fn generated_pages_are_current() {
    for (path, text) in xtask::generated::pages().expect("the rulebook loads") {
        let there = std::fs::read_to_string(root().join(path)).unwrap_or_default();
        assert!(there == text, "{path} is out of date: run `cargo xtask generate`");
    }
}

/// The commands of the README are the ones that the checks run.
#[test]
fn the_readme_names_the_commands_that_run() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap_or_default();
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap_or_default();
    let commands: Vec<&str> = readme.lines().filter(|l| l.starts_with("./x ")).collect();
    assert_eq!(commands.get(..2), Some(&["./x demo", "./x test"][..]));
    assert!(ci.contains("exec ./x test"));
}
