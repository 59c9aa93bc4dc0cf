//! False twins of known results: a sign, a transpose, a factor, a bound, an index, a forgotten case. Each must be refuted at a
//! point a person can check, and the true goal it was made from must be proved.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod sheets;

use gradus::{Answer, Status};
use std::path::PathBuf;

/// What stands in the label of a false goal, between the label of the true one and the kind of the edit.
const FALSE: &str = "-false-";

/// What is wrong with an answer, if anything.
fn fault(a: &Answer) -> Option<String> {
    let label = a.label.as_deref()?;
    let said = format!("{label} (line {}): {}", a.line, a.status.word());
    if !label.contains(FALSE) {
        return (!a.is_settled()).then_some(said);
    }
    if a.status != Status::Refuted {
        return Some(said);
    }
    let Some(c) = &a.counterexample else { return Some(format!("{said} without a point")) };
    // Sizes and whole numbers that stand alone in the point are small.
    let large = |v: &str| v.parse::<i64>().is_ok_and(|n| n.abs() > 64);
    let bad =
        c.left == c.right || c.left.is_empty() || c.right.is_empty() || c.at.iter().any(|(n, v)| n.is_empty() || v.is_empty() || large(v));
    bad.then(|| format!("{said} at {:?}: {} against {}", c.at, c.left, c.right))
}

#[test]
fn false_twins_are_refuted_and_true_ones_proved() {
    let (mut wrong, mut refuted) = (Vec::new(), 0);
    let solved = std::thread::scope(|all| {
        let work = |path: PathBuf| {
            let worked = sheets::solve(&sheets::name(&path), sheets::text(&path));
            (path, worked)
        };
        let runs: Vec<_> = sheets::of("near-misses").into_iter().map(|p| all.spawn(move || work(p))).collect();
        runs.into_iter().map(|r| r.join().expect("it ends")).collect::<Vec<_>>()
    });
    for (path, worked) in solved {
        let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let messages: Vec<_> = worked.messages().iter().map(|m| m.render(false)).collect();
        assert!(messages.is_empty(), "{file}: {}", messages.join("\n"));
        refuted += worked.answers().iter().filter(|a| a.status == Status::Refuted).count();
        wrong.extend(worked.answers().iter().filter_map(fault).map(|w| format!("{file}: {w}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refuted >= 200 || !sheets::all(), "{refuted}");
}
