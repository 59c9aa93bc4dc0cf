//! Balls and intervals against known values and against exact rational results.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests may fail loudly")]

use gradus_judge::ball::Ball;
use gradus_judge::field::Field;
use gradus_judge::interval::Iv;
use gradus_judge::num::{Num, Q};
use gradus_term::Rat;
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
