//! Every rule file loads, and every block is what it should be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly")]

use gradus_rules::{catalogue, RuleErrorKind, Rulebook};
use gradus_term::{debug::show, Store};
use std::time::Instant;

fn book(store: &Store) -> Rulebook {
    Rulebook::load(store).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn the_rulebook_loads() {
    let s = Store::new();
    let b = book(&s);
    assert!(b.rules().len() > 200, "{}", b.rules().len());
    assert_eq!(b.get("log.power").map(|r| r.short.as_str()), Some("log of a power"));
    assert!(b.family("diff").iter().any(|r| r.name == "diff.tanh"));
    assert!(b.family("nothing").is_empty());
    let same = Rulebook::load(&Store::new()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(same.hash(), b.hash());
    let more = Rulebook::load_with(&Store::new(), &[("more.rules", "")]).unwrap_or_else(|e| panic!("{e}"));
    assert_ne!(more.hash(), b.hash());
}

/// The aim is 5 ms on a quiet machine, in release; the bound only catches a loader that has become quadratic, for a shared
/// machine may take long over anything.
#[test]
fn loading_is_fast() {
    let mut best = u128::MAX;
    for _ in 0..5 {
        let s = Store::new();
        let t = Instant::now();
        let b = book(&s);
        best = best.min(t.elapsed().as_micros());
        assert!(!b.rules().is_empty());
    }
    println!("loading takes {best} µs");
    assert!(best < if cfg!(debug_assertions) { 4_000_000 } else { 200_000 }, "{best} µs");
}

#[test]
fn a_sentence_is_a_sentence() {
    let s = Store::new();
    for r in book(&s).rules() {
        let first = r.says.chars().next().is_some_and(|c| c.is_uppercase());
        let sentence = first && r.says.ends_with('.') && !r.says.contains("  ") && r.says.len() < 160;
        assert!(sentence, "{}: {}", r.name, r.says);
        let few = r.short.split_whitespace().count() <= 7 && !r.short.ends_with('.') && !r.short.is_empty();
        assert!(few, "{}: {}", r.name, r.short);
    }
}

#[test]
fn no_rule_is_another_one() {
    let s = Store::new();
    let b = book(&s);
    for (k, r) in b.rules().iter().enumerate() {
        for q in b.rules().iter().skip(k + 1) {
            let list = |ps: &[gradus_term::Id]| ps.iter().map(|p| show(&s, *p)).collect::<Vec<_>>().join("; ");
            // The same sides under other premises are another rule: l'Hôpital's at zero and at infinity. So are an equivalence and what
            // of it holds everywhere.
            let key = |x: &gradus_kernel::Rule| {
                let side = |t: gradus_term::Id| format!("{} {} {:?}", show(&s, t), list(&x.premises), x.relates);
                (side(x.left), side(x.right))
            };
            let (a, c) = (key(r), key(q));
            assert!(a != c && (a.0.clone(), a.1.clone()) != (c.1, c.0), "{} and {} are one rule", r.name, q.name);
        }
    }
}

#[test]
fn a_rule_is_found_by_its_head() {
    let s = Store::new();
    let b = Rulebook::load_with(&s, &[]).unwrap_or_else(|e| panic!("{e}"));
    for r in b.rules() {
        for (before, after) in &r.tries {
            assert!(b.for_head(&s, *before).any(|q| q.name == r.name), "{}", r.name);
            assert!(
                b.for_head_backward(&s, *after).any(|q| q.name == r.name)
                    || s.same(r.right, *after)
                    || !r.premises.is_empty()
                    || matches!(
                        s.node(r.right),
                        gradus_term::Node::Index(_)
                            | gradus_term::Node::Sum(_)
                            | gradus_term::Node::Product(_)
                            | gradus_term::Node::Meta(..)
                    ),
                "{} backwards",
                r.name
            );
        }
    }
}

#[test]
fn faults_are_named_with_their_line() {
    let fails = |text: &'static str| match Rulebook::load_with(&Store::new(), &[("more.rules", text)]) {
        Ok(_) => panic!("{text} loads"),
        Err(e) => (e.line, e.kind),
    };
    assert_eq!(fails("rule bad\n  x => x\n"), (1, RuleErrorKind::BadName("bad".into())));
    assert_eq!(fails("rule a.b\n  sin(x)\n"), (2, RuleErrorKind::NoArrow));
    assert_eq!(fails("rule a.b\n  sin(x) => y\n  says A.\n  short a\n  try sin(1) => 1\n"), (2, RuleErrorKind::NewVariable("y".into())));
    assert!(matches!(fails("rule a.b\n  sin(x => x\n"), (2, RuleErrorKind::Formula(..))));
    assert_eq!(fails("rule a.b\n  sin(x) => x\n  says A.\n  short a\n"), (1, RuleErrorKind::Missing("an example")));
    assert_eq!(fails("rule a.b\n  sin(x) => x\n  needs x\n"), (3, RuleErrorKind::BadCondition("x".into())));
    assert_eq!(fails("function tanh(z) = z\n  says A.\n").1, RuleErrorKind::Duplicate("tanh".into()));
    assert_eq!(
        fails("rule log.power\n  sin(x) => x\n  says A.\n  short a\n  try sin(1) => 1\n").1,
        RuleErrorKind::Duplicate("log.power".into())
    );
    assert!(matches!(fails("rule a.b\n  [x > 0] = 1 => 2\n  says A.\n  short a\n  try 1 => 1\n").1, RuleErrorKind::Sorts));
}

/// `UPDATE_RULES=1 cargo test -p gradus-rules` writes the catalogue anew.
#[test]
fn the_catalogue_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");
    let now = catalogue(&book(&Store::new()));
    if std::env::var_os("UPDATE_RULES").is_some() {
        std::fs::write(path, &now).unwrap_or_else(|e| panic!("{e}"));
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == now, "docs/rules.md is not what the rule files say; run with UPDATE_RULES=1");
}
