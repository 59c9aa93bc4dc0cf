//! A worksheet answered goal by goal, as plain text with each goal's status.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly")]
#![allow(dead_code, reason = "each test program uses its part")]

use gradus_engine::Engine;
use gradus_kernel::{Prover, Solution, Status};
use gradus_render::{text_solution, Options};
use gradus_rules::Rulebook;
use gradus_syntax::elab::ItemKind;
use gradus_syntax::{elaborate, parse_worksheet, Host};
use gradus_term::goal::Detail;
use gradus_term::Store;

/// Answers every goal of a worksheet, in order.
pub fn each(text: &str, mut see: impl FnMut(&Store, &Solution)) {
    let store = Store::new();
    let rules = Rulebook::load(&store).expect("the rulebook loads");
    let (sheet, said) = parse_worksheet(text.as_bytes(), Host::Gradus);
    assert!(said.is_empty(), "{said:?}");
    let (doc, said) = elaborate(&store, &sheet);
    assert!(said.is_empty(), "{said:?}");
    let prover = Prover::new(&store, &rules, Engine::judge());
    let engine = Engine::new(&rules, &prover);
    engine.set_networks(&doc.networks);
    for item in &doc.items {
        if let ItemKind::Goal(g) = &item.kind {
            see(&store, &engine.answer(&g.goal, Detail::Textbook));
        }
    }
}

/// The solutions of a worksheet as text.
#[allow(dead_code, reason = "each test file uses what it needs")]
pub fn solve(text: &str) -> String {
    let mut out = String::new();
    each(text, |s, sol| {
        out.push_str(&text_solution(s, sol, &Options::default()));
        out.push_str(&format!("-- {}", sol.status.word()));
        for (code, t) in &sol.problems {
            out.push_str(&format!(" {code} {t:?}"));
        }
        if let Some(c) = &sol.counterexample {
            out.push_str(&format!(" at {:?}: {} against {}", c.at, c.left, c.right));
        }
        out.push_str("\n\n");
    });
    out
}

/// Panics unless every goal is proved.
#[allow(dead_code, reason = "each test file uses what it needs")]
pub fn all_proved(text: &str) {
    let mut k = 0;
    each(text, |s, sol| {
        k += 1;
        assert_eq!(sol.status, Status::Proved, "goal {k}:\n{}", text_solution(s, sol, &Options::default()));
    });
}

/// Each goal's label, status and result, a line a goal.
pub fn results(text: &str) -> String {
    let mut out = String::new();
    each(text, |s, sol| {
        let label = sol.label.clone().unwrap_or_default();
        let result = sol.result.map_or_else(String::new, |r| gradus_term::debug::show(s, r));
        out.push_str(&format!("{label} {} {result}\n", sol.status.word()));
    });
    out
}
