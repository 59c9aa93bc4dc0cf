//! Values in closed form, each against plain numbers: sums of powers, sines of the angles that have roots for values, logarithms
//! and roots of numbers.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]
mod common;
use common::World;
use gradus_decide::Facts;
use gradus_term::{Aff, BigOp, Id, Prim, RelOp};

/// Sums of powers over ranges of which both ends may be symbolic: what is added where a range grows.
#[test]
fn sums_of_powers() {
    let w = World::new();
    let (n, m) = (w.size("n"), w.size("m"));
    let f = Facts::new(&w.s, &[w.le(&m, &n)]);
    let power = |k: &Aff, p: i64| if p == 0 { w.int(1) } else { w.pow(w.ix(k), p) };
    for p in 0..=6 {
        let sum = |lo: &Aff, hi: &Aff| w.sum(lo, hi, |k| power(k, p));
        let one = Aff::int(1);
        for k in 0..6 {
            let want = (1..=k).map(|i: i64| i.pow(p as u32)).sum::<i64>();
            w.yes(&f, sum(&one, &Aff::int(k)), w.int(want));
            w.no(&f, sum(&one, &Aff::int(k)), w.int(want + 1));
        }
        w.yes(&f, sum(&one, &n.plus(1)), w.add(&[sum(&one, &n), power(&n.plus(1), p)]));
        w.no(&f, sum(&one, &n.plus(1)), w.add(&[sum(&one, &n), power(&n, p), w.int(3)]));
        w.yes(&f, sum(&one, &n), w.add(&[sum(&one, &m), sum(&m.plus(1), &n)]));
        w.no(&f, sum(&one, &n), w.add(&[sum(&one, &m), sum(&m, &n)]));
        w.yes(&f, sum(&Aff::int(0), &n), w.add(&[sum(&one, &n), w.int(i64::from(p == 0))]));
        w.yes(&f, w.sum(&m, &n, |k| power(&k.plus(2), p)), sum(&m.plus(2), &n.plus(2)));
        // Nothing is said where the range may be empty.
        let g = Facts::new(&w.s, &[]);
        w.no(&g, sum(&one, &n), w.add(&[sum(&one, &m), sum(&m.plus(1), &n)]));
        w.yes(&g, sum(&one, &n), w.add(&[sum(&one, &n.plus(-1)), power(&n, p)]));
    }
}

#[test]
fn angles_with_roots_for_values() {
    let w = World::new();
    let f = Facts::new(&w.s, &[]);
    let pi = w.s.prim_call(Prim::Pi, &[]);
    let half = |t: Id| w.div(t, w.int(2));
    let root = |n: i64| half(w.s.prim_call(Prim::Sqrt, &[w.int(n)]));
    let values = [(w.int(0), 0.0), (w.q(1, 2), 0.5), (root(2), 0.5f64.sqrt()), (root(3), 0.75f64.sqrt()), (w.int(1), 1.0)];
    for k in -50..=50i64 {
        let at = w.mul(&[w.q(k, 12), pi]);
        let x = k as f64 * std::f64::consts::PI / 12.0;
        for (p, y) in [(Prim::Sin, x.sin()), (Prim::Cos, x.cos())] {
            let t = w.s.prim_call(p, &[at]);
            for (value, v) in values {
                for (value, v) in [(value, v), (w.neg(value), -v)] {
                    let same = (v - y).abs() < 1e-9;
                    assert_eq!(f.equal(t, value).is_proved(), same, "{p:?} of {k} twelfths of pi, {}", w.show(value));
                }
            }
        }
    }
}

#[test]
fn logarithms_and_roots_of_numbers() {
    let w = World::new();
    let f = Facts::new(&w.s, &[]);
    let (log, sqrt) = (|a: i64, b: i64| w.log(w.q(a, b)), |a: i64| w.s.prim_call(Prim::Sqrt, &[w.int(a)]));
    for a in 1..=12i64 {
        for b in 1..=12i64 {
            w.yes(&f, log(a, b), w.sub(log(a, 1), log(b, 1)));
            w.yes(&f, log(a * b, 1), w.add(&[log(a, 1), log(b, 1)]));
            assert_eq!(f.equal(log(a, 1), log(b, 1)).is_proved(), a == b, "{a} {b}");
            assert!(!f.equal(w.add(&[log(a, 1), w.int(1)]), log(b, 1)).is_proved(), "{a} {b}");
            w.yes(&f, w.mul(&[sqrt(a), sqrt(b)]), sqrt(a * b));
            assert_eq!(f.equal(sqrt(a), sqrt(b)).is_proved(), a == b, "{a} {b}");
            assert_eq!(f.equal(sqrt(a), w.int(b)).is_proved(), a == b * b, "{a} {b}");
            for (p, q) in [(1, 2), (3, 2), (1, 3), (2, 3), (-1, 2)] {
                let power = |t: Id| w.s.pow(t, w.q(p, q));
                w.yes(&f, w.mul(&[power(w.int(a)), power(w.int(b))]), power(w.int(a * b)));
                let (x, y) = ((a as f64).powf(p as f64 / q as f64), b as f64);
                assert_eq!(f.equal(power(w.int(a)), w.int(b)).is_proved(), (x - y).abs() < 1e-9, "{a}^({p}/{q}), {b}");
            }
        }
        w.yes(&f, w.exp(log(a, 1)), w.int(a));
        w.yes(&f, w.log(w.exp(w.int(a))), w.int(a));
        w.yes(&f, w.exp(w.mul(&[w.int(2), log(a, 1)])), w.int(a * a));
    }
}

/// Sums below a bar are joined only where one begins after the other ends, of the same terms, with the same factor, in known order.
#[test]
fn split_sums_below_a_bar() {
    let w = World::new();
    let (n, m) = (w.size("n"), w.size("m"));
    let (x, y) = (w.tensor("x", &[n.plus(3)]), w.tensor("y", &[n.plus(3)]));
    let f = Facts::new(&w.s, &[w.le(&m.plus(1), &n)]);
    let one = Aff::int(1);
    let sum = |t: Id, lo: &Aff, hi: &Aff| w.sum(lo, hi, |k| w.exp(w.at(t, &[k])));
    let over = |parts: &[Id]| w.div(w.int(1), w.add(parts));
    let whole = over(&[sum(x, &one, &n)]);
    w.yes(&f, over(&[sum(x, &one, &m), sum(x, &m.plus(1), &n)]), whole);
    for parts in [
        [sum(x, &one, &m), sum(x, &m, &n)],
        [sum(x, &one, &m), sum(x, &m.plus(2), &n)],
        [sum(x, &one, &m), sum(y, &m.plus(1), &n)],
        [sum(x, &one, &m), w.mul(&[w.int(2), sum(x, &m.plus(1), &n)])],
        [sum(x, &one, &m), sum(x, &one, &n)],
        [sum(x, &one, &m), sum(x, &n.plus(1), &n.plus(2))],
        [sum(x, &one, &n), sum(x, &n.plus(1), &n.plus(1))],
    ] {
        w.no(&f, over(&parts), whole);
    }
    let squares = over(&[w.pow(sum(x, &one, &m), 2), w.pow(sum(x, &m.plus(1), &n), 2)]);
    w.no(&f, squares, whole);
    w.no(&f, squares, over(&[w.pow(sum(x, &one, &n), 2)]));
    // Where m may be larger than n, the second sum is empty and the first too long.
    let g = Facts::new(&w.s, &[]);
    w.no(&g, over(&[sum(x, &one, &m), sum(x, &m.plus(1), &n)]), whole);
}

/// A product that leaves some out has no factor 0 for them.
#[test]
fn products_that_leave_out() {
    let w = World::new();
    let x = w.tensor("x", &[Aff::int(3)]);
    let f = Facts::new(&w.s, &[]);
    let at = |k: i64| w.at(x, &[&Aff::int(k)]);
    for op in [BigOp::Prod, BigOp::Sum] {
        for left_out in 1..=3 {
            let (v, k) = w.fresh("k");
            let cond = w.s.rel(RelOp::Ne, w.ix(&k), w.int(left_out));
            let t = w.s.big(op, v, Aff::int(1), Aff::int(3), Some(cond), w.at(x, &[&k]));
            let kept: Vec<Id> = (1..=3).filter(|k| *k != left_out).map(at).collect();
            let all = if op == BigOp::Prod { w.mul(&kept) } else { w.add(&kept) };
            let more = if op == BigOp::Prod { w.mul(&[all, at(left_out)]) } else { w.add(&[all, at(left_out)]) };
            w.no(&f, t, w.int(0));
            w.no(&f, t, more);
            if op == BigOp::Sum {
                w.yes(&f, t, all);
            }
        }
    }
}
