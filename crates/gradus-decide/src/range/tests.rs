//! Every operation on intervals against the members: the result contains what the operation makes of them, and where it can be
//! tight, it is.

use super::{Range, Signs};
use gradus_term::{Domain, Rat, RelOp};

const ENDS: [i64; 4] = [-2, -1, 0, 1];
const TINY: f64 = 1e-6;
const HUGE: f64 = 1e6;

fn value(q: &Rat) -> f64 {
    q.to_i64().map_or_else(
        || q.numer().to_string().parse::<f64>().unwrap_or(0.0) / q.denom().to_string().parse::<f64>().unwrap_or(1.0),
        |k| k as f64,
    )
}

/// All intervals with these ends that have a member.
fn ranges() -> Vec<Range> {
    let mut ends = vec![None];
    ends.extend(ENDS.iter().flat_map(|q| [true, false].map(|c| Some((Rat::int(*q), c)))));
    let mut out = Vec::new();
    for lo in &ends {
        for hi in &ends {
            for nonzero in [false, true] {
                let r = Range { lo: lo.clone(), hi: hi.clone(), nonzero }.settled();
                let ordered = match (lo, hi) {
                    (Some((a, c)), Some((b, d))) => a < b || a == b && *c && *d && !(nonzero && a.is_zero()),
                    _ => true,
                };
                if ordered && !out.contains(&r) {
                    out.push(r);
                }
            }
        }
    }
    out
}
fn contains(r: &Range, x: f64) -> bool {
    let above = r.lo.as_ref().is_none_or(|(q, c)| x > value(q) || *c && x == value(q));
    let below = r.hi.as_ref().is_none_or(|(q, c)| x < value(q) || *c && x == value(q));
    above && below && !(r.nonzero && x == 0.0)
}
/// Members: near the ends, at them, far out, and a few between.
fn members(r: &Range) -> Vec<f64> {
    let mut all = vec![-HUGE, HUGE, -0.5, 0.5, -1.5, 3.0];
    for q in ENDS {
        all.extend([-TINY, 0.0, TINY].map(|h| q as f64 + h));
    }
    all.retain(|x| contains(r, *x));
    all
}
/// The interval is the hull of these values, which come near its ends.
fn tight(what: &str, r: &Range, values: &[f64]) {
    let (lo, hi) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
    for (end, x) in [(&r.lo, lo), (&r.hi, hi)] {
        match end {
            None => assert!(x.abs() > 1e4, "{what}: an end is lost: {r:?}, {x}"),
            Some((q, closed)) => {
                assert!((x - value(q)).abs() < 1e-3, "{what}: not tight: {r:?}, {x}");
                assert_eq!(*closed, x == value(q), "{what}: {r:?}, {x}");
            }
        }
    }
}
fn sound(what: &str, r: &Range, values: &[f64]) {
    for x in values {
        assert!(contains(r, *x), "{what}: {x} is not in {r:?}");
    }
}
/// The signs are those of the values, no more.
fn signs(what: &str, r: &Range, values: &[f64]) {
    let s = r.signs();
    let has = |f: fn(f64) -> bool| values.iter().any(|x| f(*x));
    let want = Signs { neg: has(|x| x < 0.0), zero: has(|x| x == 0.0), pos: has(|x| x > 0.0) };
    assert_eq!(s, want, "{what}: {r:?}");
    assert_eq!(s.is_positive(), want.pos && !want.neg && !want.zero);
    assert_eq!(s.is_negative(), want.neg && !want.pos && !want.zero);
    assert_eq!(s.is_nonneg(), !want.neg);
    assert_eq!(s.is_nonzero(), !want.zero);
    assert_eq!(s.is_zero(), !want.neg && !want.pos);
}
fn exact(what: &str, r: &Range, values: &[f64]) {
    sound(what, r, values);
    tight(what, r, values);
    signs(what, r, values);
}

#[test]
fn of_one_interval() {
    for r in ranges() {
        let xs = members(&r);
        let what = format!("{r:?}");
        let map = |f: &dyn Fn(f64) -> f64| xs.iter().map(|x| f(*x)).collect::<Vec<_>>();
        signs(&what, &r, &xs);
        exact(&format!("−{what}"), &r.neg(), &map(&|x| -x));
        for k in [-2i64, 0, 1, 3] {
            exact(&format!("{k} {what}"), &r.scale(&Rat::int(k)), &map(&|x| x * k as f64));
        }
        let nonzero: Vec<f64> = xs.iter().copied().filter(|x| *x != 0.0).collect();
        if !nonzero.is_empty() {
            let inverse: Vec<f64> = nonzero.iter().map(|x| 1.0 / x).collect();
            sound(&format!("1/{what}"), &r.recip(), &inverse);
            signs(&format!("1/{what}"), &r.recip(), &inverse);
            if !(r.signs().neg && r.signs().pos) {
                tight(&format!("1/{what}"), &r.recip(), &inverse);
            }
        }
        for k in 0..10 {
            let powers = map(&|x| x.powi(k));
            let p = r.powi(k as u32);
            sound(&format!("{what}^{k}"), &p, &powers);
            if !(r.signs().is_zero() && k == 8) {
                signs(&format!("{what}^{k}"), &p, &powers);
            }
            if k <= 6 && !(r.signs().neg && r.signs().pos) || k == 2 {
                tight(&format!("{what}^{k}"), &p, &powers);
            }
        }
        let roots = map(&|x| x.cbrt());
        sound(&format!("root of {what}"), &r.same_sign(), &roots);
        signs(&format!("root of {what}"), &r.same_sign(), &roots);
        for op in [RelOp::Eq, RelOp::Ne, RelOp::Lt, RelOp::Le, RelOp::Gt, RelOp::Ge] {
            for q in ENDS {
                let c = q as f64;
                let kept: Vec<f64> = xs
                    .iter()
                    .copied()
                    .filter(|x| match op {
                        RelOp::Eq => *x == c,
                        RelOp::Ne => *x != c,
                        RelOp::Lt => *x < c,
                        RelOp::Le => *x <= c,
                        RelOp::Gt => *x > c,
                        RelOp::Ge => *x >= c,
                    })
                    .collect();
                let b = r.bounded(op, &Rat::int(q));
                sound(&format!("{what} {op:?} {q}"), &b, &kept);
                if !kept.is_empty() && (op != RelOp::Ne || q == 0) {
                    tight(&format!("{what} {op:?} {q}"), &b, &kept);
                    signs(&format!("{what} {op:?} {q}"), &b, &kept);
                }
            }
        }
    }
}

#[test]
fn of_two_intervals() {
    let all = ranges();
    for a in &all {
        for b in &all {
            let (xs, ys) = (members(a), members(b));
            let what = format!("{a:?}, {b:?}");
            let with = |f: fn(f64, f64) -> f64| xs.iter().flat_map(|x| ys.iter().map(move |y| f(*x, *y))).collect::<Vec<_>>();
            let (sums, products) = (with(|x, y| x + y), with(|x, y| x * y));
            // Rounding makes no member.
            let clean: Vec<f64> = sums.into_iter().map(|x| if x.abs() < 1e-9 { 0.0 } else { x }).collect();
            let sum = a.add(b);
            sound(&format!("sum of {what}"), &sum, &clean);
            let s = sum.signs();
            assert!(!s.neg || clean.iter().any(|x| *x < 0.0), "sum of {what}");
            assert!(!s.pos || clean.iter().any(|x| *x > 0.0), "sum of {what}");
            exact(&format!("product of {what}"), &a.mul(b), &products);
            let both: Vec<f64> = xs.iter().copied().filter(|x| contains(b, *x)).collect();
            sound(&format!("{what} both"), &a.meet(b), &both);
            if !both.is_empty() {
                exact(&format!("{what} both"), &a.meet(b), &both);
            }
            let either: Vec<f64> = xs.iter().chain(&ys).copied().collect();
            sound(&format!("{what} either"), &a.join(b), &either);
            signs(&format!("{what} either"), &a.join(b), &either);
        }
    }
}

#[test]
fn of_sets() {
    let q = |a: i64| Rat::int(a);
    exact("naturals", &Range::of_domain(&Domain::Nat), &[1.0, 2.0, HUGE]);
    exact("a set", &Range::of_domain(&Domain::Finite(vec![q(1), q(-2)])), &[1.0, -2.0]);
    let with_zero = Range::of_domain(&Domain::Finite(vec![q(1), q(0)]));
    exact("a set with 0", &with_zero, &[1.0, 0.0]);
    for d in [Domain::Real, Domain::Int, Domain::Finite(Vec::new())] {
        assert_eq!(Range::of_domain(&d), Range::any());
    }
    assert_eq!(Range::any().signs(), Signs::ANY);
    exact("any", &Range::any(), &[-HUGE, 0.0, HUGE]);
    exact("positive", &Range::positive(), &[TINY, HUGE]);
    exact("no less than 0", &Range::nonneg(), &[0.0, HUGE]);
    exact("between", &Range::between(-1, 1), &[-1.0, 0.0, 1.0]);
    exact("a point", &Range::point(q(-1)), &[-1.0]);
    exact("the point 0", &Range::point(q(0)), &[0.0]);
    let half_open = Range::of_domain(&Domain::Interval(Some((q(0), false)), Some((q(1), true))));
    exact("an interval", &half_open, &[TINY, 1.0]);
}

#[test]
fn products_and_complements_keep_their_signs() {
    let unit = Range { lo: Some((Rat::zero(), false)), hi: Some((Rat::one(), false)), nonzero: false };
    let other = Range::point(Rat::one()).add(&unit.neg());
    assert!(other.signs().is_positive());
    assert!(unit.mul(&other).signs().is_positive());
    assert!(Range::between(-1, 1).powi(2).signs().is_nonneg());
    assert!(!Range::between(-1, 1).powi(2).signs().is_positive());
    assert!(Range::positive().neg().recip().signs().is_negative());
    assert!(Range::any().mul(&Range::point(Rat::zero())).signs().is_zero());
}
