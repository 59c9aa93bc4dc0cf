//! Figures of the worksheets that the project keeps: goals by status, lines at each detail, rewrites merged into a line, steps
//! by ground; and the size of each crate.

use crate::{files, tools};
use gradus::{Detail, JsonStep, Session, Source};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is counted over the worksheets of one group at one detail.
#[derive(Default)]
struct Counts {
    goals: usize,
    statuses: BTreeMap<&'static str, usize>,
    lines: usize,
    merged: usize,
    largest: usize,
    grounds: BTreeMap<String, usize>,
}

impl Counts {
    fn steps(&mut self, steps: &[JsonStep]) {
        for s in steps {
            match s.ground.as_str() {
                "line" => {
                    self.lines += 1;
                    self.merged += s.steps.len();
                    self.largest = self.largest.max(s.steps.len());
                }
                "equivalence" | "implication" => self.lines += 1,
                _ if s.rule.is_some() => *self.grounds.entry(s.ground.clone()).or_default() += 1,
                _ => {}
            }
            self.steps(&s.steps);
        }
    }
}

/// The figures as a page of Markdown.
///
/// # Errors
/// If a worksheet cannot be read or worked on.
pub fn page(root: &Path) -> Result<String, String> {
    let kept = root.join("tests/worksheets");
    let groups: [(&str, Vec<PathBuf>); 3] = [
        ("seed", vec![kept.join("seed.gradus")]),
        ("matrix", vec![kept.join("matrix.gradus")]),
        ("examples", files(&root.join("examples"), &[".gradus"])),
    ];
    let mut out =
        String::from("| worksheets | goals | by status | lines brief | textbook | detailed | rewrites in a line, mean | largest |\n");
    out.push_str("|---|---|---|---|---|---|---|---|\n");
    let mut grounds: BTreeMap<String, usize> = BTreeMap::new();
    for (name, worksheets) in groups {
        let [brief, textbook, detailed] = [Detail::Brief, Detail::Textbook, Detail::Detailed].map(|d| counts(&worksheets, d));
        let (brief, textbook, detailed) = (brief?, textbook?, detailed?);
        let statuses: Vec<String> = textbook.statuses.iter().map(|(s, n)| format!("{n} {s}")).collect();
        out.push_str(&format!(
            "| {name} | {} | {} | {} | {} | {} | {:.1} | {} |\n",
            textbook.goals,
            statuses.join(", "),
            brief.lines,
            textbook.lines,
            detailed.lines,
            share(textbook.merged, textbook.lines),
            textbook.largest,
        ));
        for (g, n) in textbook.grounds {
            *grounds.entry(g).or_default() += n;
        }
    }
    let all: usize = grounds.values().sum();
    out.push_str("\n| ground | steps | share |\n|---|---|---|\n");
    for (g, n) in &grounds {
        out.push_str(&format!("| {g} | {n} | {:.0} % |\n", 100.0 * share(*n, all)));
    }
    out.push_str("\n| crate | lines of Rust | of them tests |\n|---|---|---|\n");
    let mut crates: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let folder = root.join("crates");
    for path in files(&folder, &[".rs"]) {
        let Ok(inside) = path.strip_prefix(&folder) else { continue };
        let mut parts = inside.components().map(|c| c.as_os_str().to_string_lossy().into_owned());
        let (Some(name), Some(part)) = (parts.next(), parts.next()) else { continue };
        let n = tools::read(&path)?.lines().count();
        let entry = crates.entry(name).or_default();
        entry.0 += n;
        entry.1 += if part == "tests" || path.ends_with("tests.rs") { n } else { 0 };
    }
    for (name, (n, tests)) in crates {
        out.push_str(&format!("| {name} | {n} | {tests} |\n"));
    }
    Ok(out)
}

fn counts(worksheets: &[PathBuf], detail: Detail) -> Result<Counts, String> {
    let mut c = Counts::default();
    for path in worksheets {
        let source = Source::new(path.display().to_string(), tools::read(path)?);
        let worked = Session::new().detail(detail).solve(&source).map_err(|e| e.to_string())?;
        for a in worked.answers() {
            c.goals += 1;
            *c.statuses.entry(a.status.word()).or_default() += 1;
        }
        for goal in worked.report().map_err(|e| e.to_string())?.goals {
            c.steps(&goal.steps);
        }
    }
    Ok(c)
}

#[allow(clippy::cast_precision_loss, reason = "counts of lines are small")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
