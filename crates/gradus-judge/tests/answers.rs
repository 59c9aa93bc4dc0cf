//! What the judge says: values with their digits, verdicts with the points that were compared or the one that refutes. Kept, a line for
//! each question; what it refutes, the decisions must not prove.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]
#[path = "../../../tests/answers/questions.rs"]
mod questions;

use gradus_decide::{Facts, Tri};
use gradus_judge::{Judge, Kind, Verdict};
use gradus_term::{Id, Node, RelOp, Sort, Store, VarId};
use questions::{Answer, Question};

fn verdict(q: &Question<'_>) -> Verdict {
    let (s, judge) = (&q.w.s, Judge { points: 20, ..Judge::default() });
    match s.node(q.asked) {
        Node::Rel(RelOp::Eq, a, b) if matches!(s.node(*a), Node::Limit { .. }) => judge.limit(s, *a, *b, &q.facts),
        Node::Rel(RelOp::Eq, a, b) => judge.equal(s, *a, *b, &q.facts),
        _ => judge.holds(s, q.asked, &q.facts),
    }
}
fn bindings(s: &Store, all: &[(VarId, String)]) -> String {
    all.iter().map(|(v, x)| format!("{} = {x}", s.var(*v).name)).collect::<Vec<_>>().join(", ")
}

fn answer(q: &Question<'_>) -> Answer {
    let s = &q.w.s;
    if *s.sort(q.asked) != Sort::Cond {
        let text = Judge::default().evaluate(s, q.asked, &[]).unwrap_or_else(|| "no value".into());
        return Answer { text, decided: true };
    }
    let text = match verdict(q) {
        Verdict::Agrees { points } => format!("agrees at {points}"),
        Verdict::Refuted(c) => format!("refuted at {}: {} and {}, {:?}", bindings(s, &c.bindings), c.left, c.right, c.kind),
        Verdict::NotJudged(why) => format!("not judged, {why:?}"),
        Verdict::Vacuous => "vacuous".into(),
    };
    let witness = if q.facts.is_empty() { None } else { Judge::default().witness(s, &q.facts) };
    let witness = witness.map_or(String::new(), |w| format!(" ({})", bindings(s, &w)));
    Answer { decided: text.starts_with("refuted"), text: text + &witness }
}

/// What is refuted is not proved.
fn check(q: &Question<'_>) {
    let s = &q.w.s;
    if *s.sort(q.asked) != Sort::Cond {
        return;
    }
    let f = Facts::new(s, &q.facts);
    let proved = |c: Id| match s.node(c) {
        Node::Rel(RelOp::Eq, a, b) => f.equal(*a, *b).is_proved(),
        _ => f.holds(c) == Tri::True,
    };
    if let Verdict::Refuted(c) = verdict(q) {
        assert!(c.kind == Kind::RightUndefined || !proved(q.asked), "proved and refuted: {} {c:?}", q.text);
    }
}

macro_rules! files {
    ($($name:ident)*) => {
        mod answers {
            $(#[test] fn $name() { super::questions::kept("judge", stringify!($name), super::answer); })*
        }
        mod sums {
            $(#[test] fn $name() { super::questions::sums("judge", stringify!($name), 1_000_000, super::answer); })*
        }
        mod decided {
            $(#[test] fn $name() { super::questions::each("judge", stringify!($name), super::check); })*
        }
    };
}
files!(values verdicts);
