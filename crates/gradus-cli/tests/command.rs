//! The command as a shell meets it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn gradus(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gradus"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let _ = child.stdin.take().expect("its input is piped").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn out(o: &Output) -> String {
    String::from_utf8_lossy(&o.stdout).into_owned()
}

fn err(o: &Output) -> String {
    String::from_utf8_lossy(&o.stderr).into_owned()
}

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&dir).expect("it can be made");
    dir
}

const GOOD: &str = "given x in R\nderive diff(x^2, x)\n  label square\n";

#[test]
fn exit_codes() {
    assert_eq!(gradus(&["solve", "-"], GOOD).status.code(), Some(0));
    assert_eq!(gradus(&["solve", "-"], "given x in R\nderive diff(x^2, x)\n  expect 3 x\n").status.code(), Some(1));
    assert_eq!(gradus(&["solve", "-"], "derive diff(x^2, x)\n").status.code(), Some(2));
    assert_eq!(gradus(&["solve", "-"], &format!("{GOOD}derive diff(q^2, q)\n")).status.code(), Some(1));
    assert_eq!(gradus(&["solve", "no such file"], "").status.code(), Some(2));
    assert_eq!(gradus(&["solve", "-", "--format", "papyrus"], GOOD).status.code(), Some(2));
    assert_eq!(gradus(&[], "").status.code(), Some(2));
}

#[test]
fn the_page_goes_to_output_and_the_rest_to_error() {
    let o = gradus(&["solve", "-"], "given x in R\nderive diff(x^2, y)\nderive diff(x^2, x)\n");
    assert!(out(&o).contains("2x"));
    assert!(err(&o).contains("error[E0401]"), "{}", err(&o));
    assert!(err(&o).contains("standard input:2:"), "{}", err(&o));
    assert!(!err(&o).contains('\u{1b}'), "no colour where no terminal is");
}

#[test]
fn the_ending_of_the_output_chooses_the_format() {
    let dir = folder("endings");
    for (ending, start) in
        [("tex", "\\documentclass"), ("html", "<!DOCTYPE html>"), ("json", "{"), ("md", "## square"), ("txt", "square\n")]
    {
        let path = dir.join(format!("page.{ending}"));
        let o = gradus(&["solve", "-", "-o", &path.to_string_lossy()], GOOD);
        assert_eq!((o.status.code(), out(&o).as_str()), (Some(0), ""));
        let page = std::fs::read_to_string(&path).expect("the page is there");
        assert!(page.starts_with(start), "{page}");
    }
    assert!(out(&gradus(&["solve", "-"], GOOD)).starts_with("square\n"), "text without a file");
    assert!(out(&gradus(&["solve", "-", "-f", "latex"], GOOD)).starts_with("\\documentclass"));
    assert!(!out(&gradus(&["solve", "-", "-f", "latex", "--fragment"], GOOD)).contains("documentclass"));
    assert!(out(&gradus(&["solve", "-", "-f", "latex", "--profile", "katex"], GOOD)).contains("\\begin{aligned}"));
}

#[test]
fn a_document_is_answered_in_its_own_language() {
    let dir = folder("hosts");
    let hosts = [
        ("a.md", "# One\n\n```gradus\nevaluate 1 + 1\n```\n\n*So* it is.\n", "# One\n\n", "\n\n*So* it is.\n", "$$"),
        (
            "a.tex",
            "\\section{One}\n\\begin{gradus}\nevaluate 1 + 1\n\\end{gradus}\nSo it is.\n",
            "\\section{One}\n",
            "\nSo it is.\n",
            "\\[",
        ),
    ];
    for (name, text, before, after, formula) in hosts {
        let path = dir.join(name);
        std::fs::write(&path, text).expect("it can be written");
        let o = gradus(&["solve", &path.to_string_lossy()], "");
        let page = out(&o);
        assert_eq!(o.status.code(), Some(0), "{}", err(&o));
        assert!(page.starts_with(before) && page.ends_with(after) && page.contains(formula), "{page}");
        assert!(out(&gradus(&["solve", &path.to_string_lossy(), "-f", "text"], "")).contains("┌───┐"));
    }
}

#[test]
fn a_worksheet_is_never_written_over() {
    let path = folder("over").join("a.md");
    std::fs::write(&path, "```gradus\nevaluate 1 + 1\n```\n").expect("it can be written");
    let name = path.to_string_lossy();
    let o = gradus(&["solve", &name, "-o", &name], "");
    assert_eq!(o.status.code(), Some(2));
    assert!(std::fs::read_to_string(&path).expect("it is there").contains("```gradus"));
}

#[test]
fn questions_from_the_command_line() {
    let o = gradus(&["derive", "dL/da", "--given", "a in R", "--define", "L = a^2"], "");
    assert_eq!((o.status.code(), err(&o).as_str()), (Some(0), ""));
    assert!(out(&o).contains("2a"));
    let o = gradus(&["show", "tanh(z) = 2 sigma(2 z) - 1", "--define", "sigma(z) = 1/(1 + exp(-z))"], "");
    assert_eq!(o.status.code(), Some(0), "{}{}", out(&o), err(&o));
    assert!(err(&o).contains("`z` is taken as a real number"));
    let o = gradus(&["show", "tanh(z) = 2 sigmoid(z) - 1"], "");
    assert_eq!(o.status.code(), Some(1));
    assert!(err(&o).contains("does not hold"), "{}", err(&o));
}

#[test]
fn certificates() {
    let path = folder("certificates").join("a.cert");
    let name = path.to_string_lossy();
    assert_eq!(gradus(&["solve", "-", "--certificate", &name], GOOD).status.code(), Some(0));
    let o = gradus(&["verify", &name], "");
    assert_eq!(o.status.code(), Some(0), "{}", err(&o));
    assert!(out(&o).contains("square: diff(x^2, x) = 2 x"), "{}", out(&o));
    assert_eq!(gradus(&["verify", "-"], "not a certificate").status.code(), Some(2));
}

#[test]
fn looking_things_up() {
    let o = gradus(&["rules", "diff"], "");
    assert!(out(&o).lines().all(|l| l.starts_with("diff.")) && out(&o).contains("diff.product"), "{}", out(&o));
    assert_eq!(gradus(&["rules", "nonsense"], "").status.code(), Some(2));
    assert!(out(&gradus(&["explain", "diff.product"], "")).contains("diff.product"));
    assert!(out(&gradus(&["explain", "E0401"], "")).contains("not declared"));
    assert_eq!(gradus(&["explain", "E9999"], "").status.code(), Some(2));
    assert!(out(&gradus(&["schema"], "")).contains("\"goals\""));
    assert!(out(&gradus(&["completions", "bash"], "")).contains("gradus"));
}
