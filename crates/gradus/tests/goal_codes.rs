//! The codes that are said of goals: every example gives its code, and the engine says no other.
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod sheets;

use gradus_syntax::codes::{lookup, TABLE};

#[test]
fn every_example_gives_its_code() {
    let of_goals: Vec<_> = TABLE.iter().filter(|e| e.code.is_of_goals()).collect();
    assert!(of_goals.len() >= 7);
    std::thread::scope(|all| {
        for e in of_goals {
            all.spawn(move || {
                let text = String::from_utf8(e.example.bytes()).expect("it is text");
                let worked = sheets::solve("case", text);
                let a = worked.answers().first().expect("a goal was read");
                let codes: Vec<&str> = a.problems.iter().map(|p| p.0.as_str()).collect();
                assert_eq!(codes, [e.code.name()]);
            });
        }
    });
}

#[test]
fn the_engine_says_no_other() {
    fn said(at: &std::path::Path, out: &mut Vec<String>) {
        for entry in std::fs::read_dir(at).expect("it is there").flatten() {
            if entry.path().is_dir() {
                said(&entry.path(), out);
                continue;
            }
            let text = sheets::text(&entry.path());
            out.extend(text.split("\"E09").skip(1).filter_map(|rest| rest.get(..2)).map(|n| format!("E09{n}")));
        }
    }
    let mut codes = Vec::new();
    said(&sheets::root().join("crates/gradus-engine/src"), &mut codes);
    assert!(codes.len() >= 7, "{codes:?}");
    let unknown: Vec<&String> = codes.iter().filter(|c| lookup(c).is_none()).collect();
    assert!(unknown.is_empty(), "not in the table of codes: {unknown:?}");
}

/// A limit says that there are points near its own at which the term has a value.
#[test]
fn a_limit_where_nothing_has_a_value_is_none() {
    let nowhere = ["sqrt(x)^2 as x -> -3", "asin(x) - asin(x) as x -> 5", "log(x) - log(x) as x -> -1", "sqrt(x)^2/abs(x) as x -> 0-"];
    let somewhere = ["sqrt(x)^2 as x -> 3", "sqrt(x)^2/abs(x) as x -> 0+", "x log(x) as x -> 0+", "sin(x)/x as x -> 0"];
    for (terms, has) in [(nowhere, false), (somewhere, true)] {
        for t in terms {
            let worked = sheets::solve("limit", format!("given x in R\nlimit of {t}\n"));
            let a = worked.answers().first().expect("a goal was read");
            assert_eq!(a.is_settled(), has, "{t}");
            assert_eq!(a.problems.iter().any(|p| p.0 == "E0912"), !has, "{t}");
        }
    }
}
