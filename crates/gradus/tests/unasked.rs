//! Results do not rest on what was expected.
//!
//! Every `expect` is taken away: each goal must come out in the same form and with no more lines. (What things are called: `renamed.rs`.)

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod sheets;

use gradus::{JsonGoal, JsonStep, Report};
use std::path::Path;

/// Goals where the expectation chooses between two equally good forms, and why.
const CHOSEN: &[(&str, &str)] = &[
    ("m5", "the scalar before the vector: sum(y) softmax(x)"),
    ("m14", "C before its transpose, as in m12"),
    ("m21", "as m5"),
    ("m10", "a vector of ones beside another one as 1"),
];

/// The same among the examples.
const CHOSEN_IN_EXAMPLES: &[(&str, &str)] = &[
    ("two", "the share of one of two exponentials as the sigmoid of their difference"),
    ("discriminants", "what the terms share is multiplied out"),
    ("bias", "1/n before the sum"),
];

/// Goals whose own form is not yet the one that is asked for.
const OWED: &[(&str, &str)] = &[
    ("causal", "what the terms share is not taken out beside a delta"),
    ("logits-negative", "1 − σ(−x) is not read as σ(x)"),
    ("logits-minimum", "1 − σ(−x) is not read as σ(x)"),
    ("diagonal-mean", "Diag(1 ⊘ v) u is not read as u ⊘ v"),
    ("diagonal-variance", "a quotient squared stays one beside v^(−1)"),
];

/// The worksheet without its `expect` clauses, which may go on while a bracket is open.
fn unasked(text: &str) -> String {
    let mut open = 0i64;
    let depth = |l: &str| l.chars().map(|c| i64::from("([{".contains(c)) - i64::from(")]}".contains(c))).sum::<i64>();
    let kept = |l: &&str| {
        let clause = l.starts_with(' ') && l.trim_start().starts_with("expect ");
        if open > 0 || clause {
            open += depth(l);
            return false;
        }
        true
    };
    text.lines().filter(kept).collect::<Vec<_>>().join("\n") + "\n"
}

fn report(path: &Path, text: String) -> Report {
    let worked = sheets::solve(&sheets::name(path), text);
    worked.report().expect("it reports")
}

/// The lines a reader sees: those of lemmas too.
fn lines(goal: &JsonGoal) -> usize {
    fn count(steps: &[JsonStep]) -> usize {
        steps.iter().map(|s| if s.ground == "lemma" { count(&s.steps) } else { 1 }).sum()
    }
    count(&goal.steps)
}

/// What differs between a worksheet and the same without its expectations.
fn differences(path: &Path) -> Vec<(String, String)> {
    let text = sheets::text(path);
    let (asked, free) = (report(path, text.clone()), report(path, unasked(&text)));
    assert_eq!(asked.goals.len(), free.goals.len());
    let mut out = Vec::new();
    for (a, b) in asked.goals.iter().zip(&free.goals) {
        let label = a.label.clone().unwrap_or_default();
        if a.status != b.status || a.result != b.result || lines(b) > lines(a) {
            let shown = |g: &JsonGoal| format!("{} in {} lines: {}", g.status, lines(g), g.result.clone().unwrap_or_default());
            out.push((label, format!("{}\n  asked   {}\n  unasked {}", sheets::name(path), shown(a), shown(b))));
        }
    }
    out
}

#[test]
fn the_seed_comes_out_the_same_without_expectations() {
    let found = differences(&sheets::root().join("tests/worksheets/seed.gradus"));
    assert!(found.is_empty(), "{found:#?}");
}

/// What is found is listed, and what is listed is found.
fn settled(found: &[(String, String)], lists: &[&[(&str, &str)]]) {
    let listed: Vec<&str> = lists.iter().flat_map(|l| l.iter().map(|(c, _)| *c)).collect();
    let unexplained: Vec<_> = found.iter().filter(|(l, _)| !listed.contains(&l.as_str())).map(|(_, d)| d).collect();
    assert!(unexplained.is_empty(), "{}", unexplained.into_iter().cloned().collect::<Vec<_>>().join("\n"));
    let gone: Vec<_> = listed.iter().filter(|c| !found.iter().any(|(l, _)| l == *c)).collect();
    assert!(gone.is_empty(), "no longer different: {gone:?}");
}

#[test]
fn matrix_calculus_comes_out_the_same_without_expectations() {
    settled(&differences(&sheets::root().join("tests/worksheets/matrix.gradus")), &[CHOSEN]);
}

#[test]
fn the_examples_come_out_the_same_without_expectations() {
    let paths = sheets::examples();
    // Every other one on a thread of its own.
    let found: Vec<_> = std::thread::scope(|scope| {
        let every_other = |first: usize| paths.iter().skip(first).step_by(2);
        let halves = [0, 1].map(|k| scope.spawn(move || every_other(k).flat_map(|p| differences(p)).collect::<Vec<_>>()));
        halves.into_iter().flat_map(|h| h.join().expect("no thread fails")).collect()
    });
    settled(&found, &[CHOSEN_IN_EXAMPLES, OWED]);
}
