//! Every example worksheet: understood, nothing refuted, and its pages as they were last approved.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use gradus::{Answer, Format, Layout, Session, Source, Status};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The worksheets of every topic under `examples/`, whatever their host.
fn worksheets() -> Vec<PathBuf> {
    let entries = |dir: &Path| std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect::<Vec<_>>();
    let hosted = |p: &PathBuf| p.extension().is_some_and(|e| ["gradus", "md", "tex"].iter().any(|host| e == *host));
    let topics = entries(&root().join("examples"));
    let mut out: Vec<PathBuf> = topics.iter().filter(|p| p.is_dir()).flat_map(|p| entries(p)).collect();
    out.retain(|p| hosted(p) && !p.ends_with("README.md"));
    out.sort();
    assert!(out.len() >= 10, "the examples are there: {out:?}");
    out
}

fn name(path: &Path) -> String {
    let parent = path.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{parent}/{}", path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default())
}

fn solve(path: &Path) -> gradus::Worked {
    let source = Source::new(name(path), std::fs::read(path).expect("the worksheet is there"));
    Session::new().solve(&source).expect("it can be worked on")
}

#[test]
fn every_example_is_understood_and_settled() {
    let mut open = Vec::new();
    let mut goals = 0;
    for path in worksheets() {
        let worked = solve(&path);
        let messages: Vec<_> = worked.messages().iter().map(|m| m.render(false)).collect();
        assert!(messages.is_empty(), "{}", messages.join("\n"));
        goals += worked.answers().len();
        let line = |a: &Answer| format!("{}:{} {:?} {}", name(&path), a.line, a.label, a.status.word());
        open.extend(worked.answers().iter().filter(|a| !a.is_settled()).map(line));
        assert!(worked.answers().iter().all(|a| a.status != Status::Refuted), "{open:?}");
    }
    assert!(goals >= 45, "{goals}");
    assert!(open.is_empty(), "not settled:\n{}", open.join("\n"));
}

#[test]
fn pages_are_as_approved() {
    for path in worksheets() {
        let worked = solve(&path);
        let stem = name(&path).replace(['/', '.'], "_");
        for format in [Format::Latex, Format::Text] {
            let page = worked.page(Layout::new(format)).expect("it prints");
            let ending = if format == Format::Latex { "tex" } else { "txt" };
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(format!("{stem}.{ending}"), page);
            });
        }
    }
}
