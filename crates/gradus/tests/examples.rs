//! Every example worksheet: understood, nothing refuted, and its pages as they were last approved.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod sheets;

use gradus::{Answer, Format, Layout, Status};
use sheets::{examples, name};
use std::path::Path;

fn solve(path: &Path) -> gradus::Worked {
    sheets::solve(&name(path), sheets::text(path))
}

#[test]
fn every_example_is_understood_and_settled() {
    let mut open = Vec::new();
    let mut goals = 0;
    for path in examples() {
        let worked = solve(&path);
        let messages: Vec<_> = worked.messages().iter().map(|m| m.render(false)).collect();
        assert!(messages.is_empty(), "{}", messages.join("\n"));
        goals += worked.answers().len();
        let line = |a: &Answer| format!("{}:{} {:?} {}", name(&path), a.line, a.label, a.status.word());
        open.extend(worked.answers().iter().filter(|a| !a.is_settled()).map(line));
        assert!(worked.answers().iter().all(|a| a.status != Status::Refuted), "{open:?}");
    }
    assert!(goals >= 45 || !sheets::all(), "{goals}");
    assert!(open.is_empty(), "not settled:\n{}", open.join("\n"));
}

#[test]
fn pages_are_as_approved() {
    for path in examples() {
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
