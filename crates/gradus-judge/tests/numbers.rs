//! Balls and intervals against known values and against exact rational results.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests may fail loudly")]

use gradus_judge::ball::Ball;
use gradus_judge::field::Field;
use gradus_judge::interval::Iv;
use gradus_judge::num::{Num, Q};
use gradus_judge::series::{real_power, series};
use gradus_term::{Prim, Rat};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;

/// The decimal constant lies in the ball, to within the digits it is written with.
fn contains(b: &Ball, decimal: &str) {
    let places = decimal.split('.').nth(1).map_or(0, str::len);
    let n: BigInt = decimal.replace('.', "").parse().unwrap();
    let ten = BigInt::from(10).pow(u32::try_from(places).unwrap());
    let c = Ball::quotient(&n, &ten);
    let ulp = Ball::quotient(&BigInt::from(1), &ten);
    let d = b.sub(&c);
    assert!(d.sub(&ulp).sign() != Some(std::cmp::Ordering::Greater), "{} is above {decimal}", b.text(50));
    assert!(d.add(&ulp).sign() != Some(std::cmp::Ordering::Less), "{} is below {decimal}", b.text(50));
    assert!(b.slack() < 1e-45, "wide: {}", b.slack());
}
fn r(n: i64, d: i64) -> Ball {
    Ball::ratio(n, d)
}

#[test]
fn elementary_functions_at_known_points() {
    // 50 digits, from mpmath.
    contains(&Ball::pi(), "3.14159265358979323846264338327950288419716939937511");
    contains(&r(1, 1).exp().unwrap(), "2.71828182845904523536028747135266249775724709369996");
    contains(&r(-1, 2).exp().unwrap(), "0.60653065971263342360379953499118045344191813548719");
    contains(&r(2, 1).ln().unwrap(), "0.69314718055994530941723212145817656807550013436026");
    contains(&r(10, 1).ln().unwrap(), "2.30258509299404568401799145468436420760110148862877");
    contains(&r(2, 1).sqrt().unwrap(), "1.41421356237309504880168872420969807856967187537695");
    contains(&r(1, 1).sin_cos().unwrap().0, "0.84147098480789650665250232163029899962256306079837");
    contains(&r(1, 1).sin_cos().unwrap().1, "0.54030230586813971740093660744297660373231042061792");
    contains(&r(1, 1).atan().unwrap(), "0.78539816339744830961566084581987572104929234984378");
    contains(&r(1, 2).erf().unwrap(), "0.52049987781304653768274665389196452873645157575796");
    contains(&r(1, 3).ln_gamma().unwrap(), "0.98542064692776706918717403697796139173555649638589");
    contains(&r(1, 1).polygamma(0).unwrap(), "-0.57721566490153286060651209008240243104215933593992");
    contains(&r(1, 1).polygamma(1).unwrap(), "1.64493406684822643647241516664602518921894990120679");
}

#[test]
fn inverse_pairs() {
    for (n, d) in [(1, 7), (40, 1), (-40, 1), (355, 113), (1, 10_000_000), (123_456, 7)] {
        let x = r(n, d);
        if n < 1000 {
            let y = x.exp().unwrap().ln().unwrap();
            assert!(y.sub(&x).sign().is_none() && y.slack() < 1e-40);
        }
        let (s, c) = x.sin_cos().unwrap();
        let one = s.mul(&s).add(&c.mul(&c)).sub(&Ball::int(1));
        assert!(one.sign().is_none() && one.slack() < 1e-40);
        let t = x.atan().unwrap();
        let (s, c) = t.sin_cos().unwrap();
        assert!(s.div(&c).unwrap().sub(&x).sign().is_none());
    }
}

#[test]
fn text_shows_certain_digits() {
    assert_eq!(Num::<Ball>::F(r(1, 3)).text(12), "0.333333333333");
    assert_eq!(r(1, 1).exp().unwrap().text(12), "2.71828182846");
    assert_eq!(r(-5, 2).text(12), "-2.5");
    assert_eq!(r(40, 1).exp().unwrap().text(6), "2.35385e17");
    assert_eq!(r(-1, 10_000_000).text(6), "-1e-7");
}

#[test]
fn towers_of_powers_end_in_balls_that_know_nothing() {
    let mut b = r(1 << 35, 1).exp().unwrap();
    for _ in 0..200 {
        b = b.mul(&b);
    }
    assert_eq!(b.sign(), None);
    let tiny = r(-(1 << 35), 1).exp().unwrap();
    let mut c = tiny;
    for _ in 0..200 {
        c = c.mul(&c);
    }
    assert_eq!(b.mul(&c).add(&Ball::int(1)).sign(), None);
}

/// A small program over +, −, ·, / evaluated exactly and by both enclosures.
fn run(ops: &[(u8, i64, i64)]) -> Option<(BigRational, Ball, Iv, Num<Ball>)> {
    let mut exact = BigRational::from_integer(BigInt::from(1));
    let (mut ball, mut iv, mut num) = (Ball::int(1), Iv::ratio(1, 1), Num::<Ball>::int(1));
    for (op, n, d) in ops {
        let q = BigRational::new(BigInt::from(*n), BigInt::from(*d));
        let (b, i, m) = (r(*n, *d), Iv::ratio(*n, *d), Num::Q(Q::new(i128::from(*n), i128::from(*d))?));
        match op % 4 {
            0 => (exact, ball, iv, num) = (exact + q, ball.add(&b), iv.add(&i), num.add(&m)),
            1 => (exact, ball, iv, num) = (exact - q, ball.sub(&b), iv.sub(&i), num.sub(&m)),
            2 => (exact, ball, iv, num) = (exact * q, ball.mul(&b), iv.mul(&i), num.mul(&m)),
            _ if *n == 0 => return None,
            _ => (exact, ball, iv, num) = (exact / q, ball.div(&b).ok()?, iv.div(&i).ok()?, num.div(&m).ok()?),
        }
    }
    Some((exact, ball, iv, num))
}

proptest! {
    #[test]
    fn enclosures_contain_the_exact_result(ops in proptest::collection::vec((0u8..4, -9_999_999i64..9_999_999, 1i64..9_999_999), 1..12)) {
        if let Some((exact, ball, iv, num)) = run(&ops) {
            let rat = Rat::from_big(exact);
            let tight = Ball::rational(&rat);
            prop_assert!(ball.sub(&tight).sign().is_none_or(|s| s == std::cmp::Ordering::Equal));
            prop_assert!(num.field().sub(&tight).sign().is_none_or(|s| s == std::cmp::Ordering::Equal));
            prop_assert!(iv.sub(&Iv::rational(&rat)).sign().is_none());
        }
    }
    #[test]
    fn elementary_enclosures_agree(n in -400i64..400, d in 1i64..50) {
        let (b, i) = (r(n, d), Iv::ratio(n, d));
        let close = |b: &Ball, i: &Iv| {
            let x = b.approx();
            i.lo <= x && x <= i.hi
        };
        prop_assert!(close(&b.exp().unwrap(), &i.exp().unwrap()) || n / d > 700);
        prop_assert!(close(&b.sin_cos().unwrap().0, &i.sin_cos().unwrap().0));
        prop_assert!(close(&b.sin_cos().unwrap().1, &i.sin_cos().unwrap().1));
        prop_assert!(close(&b.atan().unwrap(), &i.atan().unwrap()));
        if n > 0 {
            prop_assert!(close(&b.ln().unwrap(), &i.ln().unwrap()));
            prop_assert!(close(&b.sqrt().unwrap(), &i.sqrt().unwrap()));
        }
    }
    #[test]
    fn exponentials_add(a in -100i64..100, b in -100i64..100, d in 1i64..20) {
        let l = r(a, d).exp().unwrap().mul(&r(b, d).exp().unwrap());
        let s = r(a + b, d).exp().unwrap();
        let q = l.div(&s).unwrap().sub(&Ball::int(1));
        prop_assert!(q.sign().is_none_or(|s| s == std::cmp::Ordering::Equal));
        prop_assert!(q.slack() < 1e-40);
    }
}

/// Taylor's theorem at a small step: the coefficients of a function at a give its value beside a.
#[test]
fn series_give_the_values_beside() {
    let h = Num::<Ball>::F(Ball::int(1).div(&Ball::int(1 << 24)).unwrap());
    let bound = Ball::int(1).div(&Ball::int(1 << 60)).unwrap();
    let bound = bound.mul(&bound).mul(&r(1, 1 << 11));
    let near = |c: &[Num<Ball>], at: &Num<Ball>, what: &str| {
        let value = c.iter().rev().fold(Num::int(0), |acc, x| acc.mul(&h).add(x));
        let d = value.sub(at).field();
        assert!(d.slack() < 1e-45, "{what}: wide");
        assert_eq!(d.sub(&bound).sign(), Some(std::cmp::Ordering::Less), "{what}: above");
        assert_eq!(d.add(&bound).sign(), Some(std::cmp::Ordering::Greater), "{what}: below");
    };
    let all = [(1, 3), (1, 2), (3, 4), (5, 2), (-1, 3), (-3, 5), (-5, 2)];
    let mut tried = 0;
    for p in [
        Prim::Exp,
        Prim::Log,
        Prim::Sqrt,
        Prim::Sin,
        Prim::Cos,
        Prim::Atan,
        Prim::Asin,
        Prim::Acos,
        Prim::Erf,
        Prim::Gamma,
        Prim::LGamma,
        Prim::Digamma,
    ] {
        for (n, d) in all {
            let a = Num::<Ball>::Q(Q::new(n, d).unwrap());
            let (Ok(c), Ok(beside)) = (series(p, &a, 5), series(p, &a.add(&h), 0)) else { continue };
            assert_eq!(c.len(), 6, "{p:?}");
            near(&c, &beside[0], &format!("{p:?} at {n}/{d}"));
            // Fewer coefficients are the first ones.
            for k in 0..5 {
                let fewer = series(p, &a, k).unwrap();
                assert_eq!(fewer.len(), k + 1, "{p:?}");
                assert!(fewer.iter().zip(&c).all(|(x, y)| x.sub(y).field().sub(&Ball::int(0)).slack() < 1e-40));
            }
            tried += 1;
        }
    }
    assert!(tried > 55, "{tried}");
    for (n, d) in all.iter().filter(|x| x.0 > 0) {
        for (p, q) in [(1, 2), (-1, 2), (5, 3), (-1, 3), (3, 1)] {
            let (a, e) = (Num::<Ball>::Q(Q::new(*n, *d).unwrap()), Num::Q(Q::new(p, q).unwrap()));
            let beside = a.add(&h).ln().unwrap().mul(&e).exp().unwrap();
            near(&real_power(&a, &e, 5).unwrap(), &beside, &format!("({n}/{d})^({p}/{q})"));
        }
    }
}

/// Intervals hold the results of their members, and hardly more.
#[test]
fn intervals_are_the_hulls_of_their_results() {
    let ends = -3..=3i64;
    let all: Vec<(i64, i64)> = ends.clone().flat_map(|a| (a..=3).map(move |b| (a, b))).collect();
    let iv = |(a, b): (i64, i64)| Iv { lo: a as f64, hi: b as f64 };
    let hull = |xs: &[f64]| (xs.iter().copied().fold(f64::INFINITY, f64::min), xs.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    for u in &all {
        for v in &all {
            let pairs = [(u.0, v.0), (u.0, v.1), (u.1, v.0), (u.1, v.1)].map(|(x, y)| (x as f64, y as f64));
            let check = |got: Iv, f: fn(f64, f64) -> f64, what: &str| {
                let (lo, hi) = hull(&pairs.map(|(x, y)| f(x, y)));
                assert!(got.lo <= lo && hi <= got.hi, "{u:?} {what} {v:?}: {got:?}");
                assert!(lo - got.lo < 1e-14 && got.hi - hi < 1e-14, "{u:?} {what} {v:?}: {got:?} is wide");
            };
            check(iv(*u).add(&iv(*v)), |x, y| x + y, "+");
            check(iv(*u).sub(&iv(*v)), |x, y| x - y, "-");
            check(iv(*u).mul(&iv(*v)), |x, y| x * y, "*");
            if v.0 > 0 || v.1 < 0 {
                check(iv(*u).div(&iv(*v)).unwrap(), |x, y| x / y, "/");
            } else {
                assert!(iv(*u).div(&iv(*v)).map_or(true, |q| !(q.hi - q.lo).is_finite() || q.hi - q.lo > 1e300), "{u:?} / {v:?}");
            }
        }
        let sign = iv(*u).sign();
        let want = match u {
            (0, 0) => Some(std::cmp::Ordering::Equal),
            (a, _) if *a > 0 => Some(std::cmp::Ordering::Greater),
            (_, b) if *b < 0 => Some(std::cmp::Ordering::Less),
            _ => None,
        };
        assert_eq!(sign, want, "{u:?}");
    }
}

/// Small whole numbers are computed with exactly; a floor is one number or none.
#[test]
fn whole_numbers_are_exact_and_floors_are_certain() {
    use std::cmp::Ordering::{Equal, Greater, Less};
    for a in -7..=7i64 {
        for b in -7..=7i64 {
            let (x, y) = (Ball::int(a), Ball::int(b));
            for (got, want) in [(x.add(&y), a + b), (x.sub(&y), a - b), (x.mul(&y), a * b)] {
                assert_eq!(got.sub(&Ball::int(want)).sign(), Some(Equal), "{a}, {b}");
                assert_eq!(got.sub(&Ball::int(want + 1)).sign(), Some(Less), "{a}, {b}");
                assert_eq!(got.add(&Ball::int(1 - want)).sign(), Some(Greater), "{a}, {b}");
            }
            if b > 0 {
                let q = r(a, b);
                let want = a.div_euclid(b);
                assert!(Field::floor(&q).is_none_or(|k| k == want), "{a}/{b}");
                assert!(a % b == 0 || Field::floor(&q) == Some(want), "{a}/{b}");
                assert_eq!(Field::floor(&Ball::int(a)), Some(a));
            }
        }
    }
    let huge = Ball::int(1 << 60);
    assert_eq!(Field::floor(&huge.mul(&huge)), None);
    assert!(Field::floor(&r(1, 3).mul(&Ball::int(3))).is_none_or(|k| k == 1));
}
