//! Inequalities and identities by a derivative, by the kernel alone: the judge of these tests looks at no point. What is false, what is
//! said of no interval, and what has no derivative somewhere is refused, whatever points are looked at.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod blind;

use blind::{goals, name, put, sides};
use gradus_engine::Engine;
use gradus_judge::Judge;
use gradus_kernel::{Ground, Prover, Turning};
use gradus_rules::Rulebook;
use gradus_term::goal::{Detail, GoalKind};
use gradus_term::{Goal, Id, Node, Position, Store};

/// Answers the goals but the last, which leaves their results as lemmas; the last claim, its conditions and the prover to the test.
fn claim(text: &str, test: impl Fn(&Prover<'_>, &Goal, Id, Vec<Id>)) {
    let store = Store::new();
    let book = Rulebook::load(&store).unwrap();
    let goals = goals(&store, text);
    let prover = Prover::new(&store, &book, Judge { tries: 0, ..Engine::judge() });
    let engine = Engine::new(&book, &prover);
    let (last, before) = goals.split_last().unwrap();
    for g in before {
        engine.answer(g, Detail::Brief);
    }
    let GoalKind::Show(c) = last.kind else { panic!("the last goal is no `show`") };
    test(&prover, last, c, engine.givens(last));
}

/// The derivative, the claim and its conditions; the points looked at; whether it holds by them.
const CLAIMS: &[(&str, &str, &str, &[i64], bool)] = &[
    ("exp(x) - (1 + x)", "exp(x) >= 1 + x", "", &[0], true),
    ("exp(x) - (1 + x)", "exp(x) >= 1 + x", "", &[1], false),
    ("exp(x) - (1 + x)", "exp(x) >= 1 + x", "", &[], false),
    ("exp(x) - (1 + x)", "exp(x) > 1 + x", "", &[0], false),
    ("exp(x) - (1 + x)", "exp(x) > 1 + x", "x > 0", &[0], true),
    ("exp(x) - (1 + x)", "exp(x) > 1 + x", "x != 0", &[0], false),
    ("exp(x) - x", "exp(x) > x", "", &[0], true),
    // Another derivative says nothing of it.
    ("exp(x) - x", "exp(x) >= 1 + x", "", &[0], false),
    ("x - sin(x)", "sin(x) <= x", "x >= 0", &[0], true),
    ("x - sin(x)", "sin(x) <= x", "x >= -1", &[0], false),
    ("x - sin(x)", "sin(x) <= x", "x <= 1", &[0], false),
    ("x - sin(x)", "sin(x) < x", "x > 0", &[0], false),
    ("x - 1 - log(x)", "log(x) <= x - 1", "x > 0", &[1], true),
    ("x - 1 - log(x)", "log(x) <= x - 1", "x > 0", &[2], false),
    // Two intervals: 1/x falls on each, and is not least at 1 for it.
    ("1/x - (2 - x)", "1/x >= 2 - x", "x > 0", &[1], true),
    ("1/x - (2 - x)", "1/x >= 2 - x", "x != 0", &[1], false),
    ("1/x - (2 - x)", "1/x >= 2 - x", "x^2 > 0", &[1], false),
    // No slope at 0.
    ("abs(x) - x/2", "abs(x) >= x/2 + 1", "", &[0], false),
    // A parameter may shift the point, not the sign.
    ("x^2 + a - a", "x^2 + a >= a", "", &[0], true),
];

#[test]
fn inequalities_by_where_a_difference_is_least() {
    for (of, says, under, points, holds) in CLAIMS {
        let assuming = if under.is_empty() { String::new() } else { format!("\n  assuming {under}") };
        // The derivative is taken where the ends belong to the interval, too.
        let closed = assuming.replace("x > 0", if of.contains("log") || of.contains("1/x") { "x > 0" } else { "x >= 0" });
        let text = format!("given a, x in R\nderive diff({of}, x){closed}\nshow {says}{assuming}\n");
        claim(&text, |prover, goal, c, known| {
            let s = prover.store();
            for p in *points {
                prover.look_at(Turning { by: name(s, goal, "x"), at: s.int(*p) });
            }
            assert_eq!(prover.holds(&known, c).is_ok(), *holds, "{says} under {under:?} at {points:?}");
        });
    }
}

#[test]
fn what_has_no_slope_is_constant_on_an_interval() {
    for (of, under, at, holds) in [
        ("atan(x) + atan(1/x)", "x > 0", 1, true),
        ("atan(x) + atan(1/x)", "x > 0", -1, false),
        ("atan(x) + atan(1/x)", "x > 0", 0, false),
        ("atan(x) + atan(1/x)", "x < 0", -1, true),
        ("atan(x) + atan(1/x)", "x != 0", 1, false),
        ("atan(x) + atan(a x)", "x > 0", 1, false),
        ("sign(x) + 1", "x != 0", 1, false),
        ("sin(x)^2 + cos(x)^2", "x > 0", 1, true),
    ] {
        let text = format!("given a, x in R\nderive diff({of}, x)\n  assuming {under}\nshow {of} = 1\n  assuming {under}\n");
        claim(&text, |prover, goal, c, known| {
            let s = prover.store();
            let Node::Rel(_, start, _) = *s.node(c) else { panic!("no equation") };
            let turning = Turning { by: name(s, goal, "x"), at: s.int(at) };
            let there = s.subst(start, &std::iter::once((turning.by, gradus_term::Arg::Val(turning.at))).collect());
            let mut p = prover.proof(start, &known);
            let f = p.focus(&Position::root()).unwrap();
            let taken = put(&mut p, &Position::root(), &f, Ground::Constant(turning), there);
            assert_eq!(taken.is_ok(), holds, "{of} under {under} at {at}: {taken:?}");
        });
    }
    // Another value is not put in.
    claim("given x in R\nderive diff(sin(x)^2 + cos(x)^2, x)\nshow sin(x)^2 + cos(x)^2 = 1\n", |prover, goal, _, known| {
        let s = prover.store();
        let (start, one, _) = sides(s, goal);
        let mut p = prover.proof(start, &known);
        let f = p.focus(&Position::root()).unwrap();
        let turning = Turning { by: name(s, goal, "x"), at: s.int(1) };
        assert!(put(&mut p, &Position::root(), &f, Ground::Constant(turning), one).is_err());
    });
}
