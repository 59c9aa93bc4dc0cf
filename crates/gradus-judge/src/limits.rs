//! Claims about limits: the term along a sequence towards the point.
//!
//! A limit has no exact value here. The term is evaluated by balls at `p ± 2^-k` (or at `±2^k`), and the claim is refuted only where
//! the values have settled clearly away from the claimed one (or, for an infinite claim, have settled at all); otherwise it agrees or is
//! not judged. Unlike a refutation by disjoint enclosures this is strong evidence, not proof, so the counterexample says
//! [`Kind::LimitDiffers`].

use crate::ball::Ball;
use crate::eval::{Eval, Slot};
use crate::field::Field;
use crate::jet::Scalar;
use crate::judge::{bindings_text, Counterexample, Judge, Kind, Reason, Verdict};
use crate::num::{Num, Q};
use crate::points::{evaluator, Assignment};
use crate::tensor::Value;
use gradus_term::{Id, LimitPoint, Node, Side, Store};

/// `lim = value`
pub(crate) fn limit(judge: &Judge, s: &Store, lim: Id, value: Id, facts: &[Id]) -> Verdict {
    let Node::Limit { body, point, side, .. } = s.node(lim) else { return Verdict::NotJudged(Reason::Unsupported) };
    let mut terms = vec![lim, value];
    terms.extend_from_slice(facts);
    let points = judge.assignments(s, &terms, facts, 4);
    if points.is_empty() {
        return Verdict::Vacuous;
    }
    let (mut agreed, mut compared) = (0, 0);
    for (a, salt) in &points {
        let sides: &[i64] = match (point, side) {
            (LimitPoint::PosInf, _) | (LimitPoint::At(_), Side::Right) => &[1],
            (LimitPoint::NegInf, _) | (LimitPoint::At(_), Side::Left) => &[-1],
            _ => &[1, -1],
        };
        for sign in sides {
            let Some(values) = sequence(judge, s, *body, *point, *sign, a, *salt) else { continue };
            compared += 1;
            match settled_apart(judge, s, &values, value, a, *salt) {
                Some(true) => {
                    let right = claimed(judge, s, value, a, *salt).map_or_else(|| "∞".to_owned(), |b| b.text(12));
                    let left = values.last().map_or_else(String::new, |b| b.text(12));
                    return Verdict::Refuted(Box::new(Counterexample {
                        bindings: bindings_text(s, a),
                        left,
                        right,
                        kind: Kind::LimitDiffers,
                    }));
                }
                Some(false) => agreed += 1,
                None => {}
            }
        }
    }
    match (agreed, compared) {
        (0, _) => Verdict::NotJudged(Reason::Unclear),
        (n, _) => Verdict::Agrees { points: n },
    }
}

/// The values along the sequence; `None` if fewer than six are clear.
fn sequence(judge: &Judge, s: &Store, body: Id, point: LimitPoint, sign: i64, a: &Assignment, salt: u64) -> Option<Vec<Ball>> {
    let mut out = Vec::new();
    let mut ev: Eval<'_, Ball> = evaluator(s, a, salt, judge.limits).ok()?;
    let centre = match point {
        LimitPoint::At(p) => Some(ev.scalar(p).ok()?.real().clone()),
        _ => None,
    };
    for k in 1..=12u32 {
        ev.refill();
        let x = match &centre {
            Some(c) => c.add(&Num::Q(Q { n: sign, d: 1 << (3 * k) })),
            None => Num::int(sign << k),
        };
        ev.push(Slot::Val(Value::S(Scalar::N(x))));
        let v = ev.scalar(body);
        ev.stack.clear();
        if let Ok(v) = v {
            out.push(v.real().field());
        }
    }
    (out.len() >= 6).then_some(out)
}

fn claimed(judge: &Judge, s: &Store, value: Id, a: &Assignment, salt: u64) -> Option<Ball> {
    let mut ev: Eval<'_, Ball> = evaluator(s, a, salt, judge.limits).ok()?;
    ev.scalar(value).ok().map(|v| v.real().field())
}

/// Whether the values have settled away from the claim (`Some(true)`), go to it (`Some(false)`), or neither is clear.
fn settled_apart(judge: &Judge, s: &Store, values: &[Ball], value: Id, a: &Assignment, salt: u64) -> Option<bool> {
    let n = values.len();
    let v: Vec<f64> = values.iter().map(Ball::approx).collect();
    let (last, before, third) = (*v.get(n - 1)?, *v.get(n - 2)?, *v.get(n - 3)?);
    let step = (last - before).abs();
    let still = step <= 1e-3 * (1.0 + last.abs()) && step <= (before - third).abs();
    if let Node::Infinity(negative) = s.node(value) {
        let towards = |x: f64| if *negative { -x } else { x };
        let grows = v.windows(2).rev().take(5).all(|w| matches!(w, [x, y] if towards(*y) > towards(*x)));
        if grows && towards(last) > 1.0 && (towards(last) > 1e3 || step >= 1e-3) {
            return Some(false);
        }
        let falls = v.windows(2).rev().take(5).all(|w| matches!(w, [x, y] if towards(*y) < towards(*x)));
        return ((still && last.abs() < 1e3) || (falls && towards(last) < -1e3)).then_some(true);
    }
    let l = claimed(judge, s, value, a, salt)?;
    let target = l.approx();
    let gap = |x: f64| (x - target).abs();
    if gap(last) <= 1e-2 * (1.0 + target.abs()) {
        return Some(false);
    }
    // Apart, and certainly so, at the last four places, no longer moving by a tenth of the gap.
    let certain = values.iter().rev().take(4).all(|b| b.sub(&l).sign().is_some());
    let resting = step * 10.0 < gap(last) && (before - third).abs() * 5.0 < gap(last);
    let running = last.abs() > 1e6 && gap(last) > gap(before) && gap(before) > gap(third);
    // Steps that do not shrink, away from the claim: logarithmic growth.
    let marching = step >= 0.99 * (before - third).abs() && gap(last) > 10.0 && gap(last) > gap(before) && gap(before) > gap(third);
    if certain && (resting && still || running || marching) {
        return Some(true);
    }
    (gap(last) < gap(before) && gap(before) < gap(third)).then_some(false)
}
