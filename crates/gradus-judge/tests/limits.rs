//! Limits, budgets, positions under derivatives.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests may fail loudly")]

mod common;
use common::World;
use gradus_judge::{Judge, Reason, Verdict};
use gradus_term::{LimitPoint, Node, Side, Sym};

#[test]
fn limits_agree_or_are_clearly_apart() {
    let w = World::new();
    let s = &w.s;
    let lim = |body: &str, point: LimitPoint, side: Side| {
        let body = s.close(w.parse(body), &[w.vars["t"]]);
        s.intern(Node::Limit { hint: Sym::NONE, body, point, side })
    };
    let zero = LimitPoint::At(s.int(0));
    let j = Judge::default();
    let (inf, minus) = (s.intern(Node::Infinity(false)), s.intern(Node::Infinity(true)));
    for (body, point, side, yes, no) in [
        ("sin(t)/t", zero, Side::Both, s.int(1), s.int(0)),
        ("sigma(t)", LimitPoint::PosInf, Side::Both, s.int(1), s.int(0)),
        ("sigma(t) - y", LimitPoint::NegInf, Side::Both, w.parse("-y"), w.parse("1 - y")),
        ("(1 + a/t)^t", LimitPoint::PosInf, Side::Both, w.parse("exp(a)"), w.parse("a + 3*exp(a)")),
        ("log(1 + exp(t))", LimitPoint::PosInf, Side::Both, inf, minus),
        ("1/t", zero, Side::Left, minus, inf),
        ("log(t)", zero, Side::Right, minus, s.int(0)),
    ] {
        let l = lim(body, point, side);
        let v = j.limit(s, l, yes, &[]);
        assert!(v.agrees(), "{body}: {v:?}");
        let v = j.equal(s, l, no, &[]);
        assert!(v.is_refuted(), "{body}, false: {v:?}");
    }
}

#[test]
fn budgets_end_in_a_reason_and_deep_terms_do_not_overflow_the_stack() {
    let w = World::new();
    let mut t = w.parse("a");
    for _ in 0..1400 {
        t = w.s.exp(w.s.neg(t));
    }
    assert!(matches!(Judge::default().equal(&w.s, t, w.parse("b"), &[]), Verdict::NotJudged(Reason::Budget)));
    let mut t = w.parse("a^2");
    for _ in 0..8 {
        t = w.s.diff(w.s.mul(t, w.parse("exp(a)")), w.parse("a"), &[]);
    }
    assert!(matches!(Judge::default().equal(&w.s, t, w.parse("b"), &[]), Verdict::NotJudged(Reason::Budget)));
}

#[test]
fn under_a_derivative_the_claim_must_hold_on_an_open_set() {
    let w = World::new();
    let (f, y) = (w.vars["t"], w.vars["bit"]);
    let j = Judge::default();
    // t stands for bit ∈ {0, 1}: t² = t holds at the point, not around it.
    let v = j.equal_at(&w.s, w.parse("t^2"), w.parse("t"), &[], &[(f, w.s.name(y))], true);
    assert!(v.is_refuted());
    let v = j.equal_at(&w.s, w.parse("log(t^2)"), w.parse("2*log(t)"), &w.facts("t > 0"), &[(f, w.parse("sigma(a)"))], true);
    assert!(v.agrees(), "{v:?}");
}

#[test]
fn values_at_given_points() {
    let w = World::new();
    let j = Judge::default();
    assert_eq!(j.evaluate(&w.s, w.parse("tanh(a)"), &[(w.vars["a"], w.s.int(1))]).unwrap(), "0.761594155956");
    assert_eq!(j.evaluate(&w.s, w.parse("a/(n + 1)"), &[(w.vars["a"], w.s.int(2)), (w.vars["n"], w.s.int(3))]).unwrap(), "1/2");
    assert_eq!(j.evaluate(&w.s, w.parse("1/a"), &[(w.vars["a"], w.s.int(0))]), None);
}
