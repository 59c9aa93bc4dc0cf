//! Integer systems against every point of a box: none that has a solution is refuted, and of those that have none, how many are.

use super::System;
use gradus_term::{Aff, IVar};

/// Numbers without structure.
struct Rng(u64);
impl Rng {
    fn below(&mut self, n: u64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n) as i64
    }
}
fn at(a: &Aff, p: &[i64]) -> i64 {
    a.c + a.t.iter().map(|(v, k)| k * if let IVar::Bound(b) = v { p.get(*b as usize).copied().unwrap_or(0) } else { 0 }).sum::<i64>()
}
fn holds(s: &System, p: &[i64]) -> bool {
    s.ge.iter().all(|a| at(a, p) >= 0) && s.eq.iter().all(|a| at(a, p) == 0) && s.ne.iter().all(|a| at(a, p) != 0)
}

const SIDE: i64 = 3;

/// A system within the box `0..SIDE` in each of `n` directions.
fn boxed(n: u32) -> System {
    let mut s = System::default();
    for k in 0..n {
        s.ge.push(Aff::bound(k));
        s.ge.push(Aff::bound(k).neg().plus(SIDE));
    }
    s
}
fn points(n: u32) -> Vec<Vec<i64>> {
    (0..n).fold(vec![Vec::new()], |all, _| {
        all.into_iter().flat_map(|p| (0..=SIDE).map(move |x| p.iter().copied().chain([x]).collect())).collect()
    })
}

#[test]
fn a_system_with_a_solution_is_never_refuted() {
    let mut r = Rng(0x9e37_79b9_7f4a_7c15);
    let (mut none, mut refuted) = ([0; 4], [0; 4]);
    for round in 0..3000 {
        let n = 1 + (round % 3) as u32;
        let points = points(n);
        let mut s = boxed(n);
        for _ in 0..1 + r.below(4) {
            let mut a = Aff::int(r.below(9) - 4);
            for k in 0..n {
                a = a.add(&Aff::bound(k).scale(r.below(7) - 3));
            }
            match r.below(4) {
                0 => s.eq.push(a),
                1 => s.ne.push(a),
                _ => s.ge.push(a),
            }
        }
        let solvable = points.iter().any(|p| holds(&s, p));
        assert!(!(s.infeasible() && solvable), "{s:?} has a solution");
        // What is connected to a goal is a part: refuted only if the whole has no solution.
        let near = s.connected(&[&Aff::bound(0)]);
        assert!(!(near.infeasible() && solvable), "{near:?}");
        let goals: Vec<Aff> = (0..n).map(Aff::bound).collect();
        let all = s.connected(&goals.iter().collect::<Vec<_>>());
        assert!(!(all.infeasible() && solvable), "{all:?} has a solution");
        assert_eq!((all.ge.len() <= s.ge.len(), all.eq.len() <= s.eq.len(), all.ne.len() <= s.ne.len()), (true, true, true));
        if !solvable {
            none[n as usize] += 1;
            refuted[n as usize] += usize::from(s.infeasible());
        }
    }
    println!("no solution: {none:?}, refuted: {refuted:?}");
    assert_eq!(refuted[1], none[1], "one variable is decided whenever");
    assert!(refuted[2] >= 462 && refuted[3] >= 383, "fewer: {refuted:?} of {none:?}");
}

#[test]
fn exclusions_are_split_up_to_a_bound() {
    // Each point of 1..n excluded.
    for n in 1..=6 {
        let v = Aff::bound(0);
        let mut s = System { ge: vec![v.plus(-1), v.neg().plus(n)], ..System::default() };
        s.ne = (1..n).map(|k| v.plus(-k)).collect();
        assert!(!s.infeasible());
        s.ne.push(v.plus(-n));
        assert_eq!(s.infeasible(), n <= 4, "{n}");
    }
}

#[test]
fn numbers_that_overflow_refute_nothing() {
    let (a, b) = (Aff::bound(0), Aff::bound(1));
    let big = i64::MAX / 2;
    let rows: Vec<Aff> = (1..6).map(|k| a.scale(big / k).add(&b.scale(-(big / (k + 1))))).collect();
    let s = System { ge: rows, eq: vec![a.scale(big).sub(&b.scale(big - 1))], ..System::default() };
    assert!(!s.infeasible(), "0 solves it");
}

#[test]
fn transitivity_parity_and_splits() {
    // i ≥ j, j ≥ k, k ≥ i + 1 has no solution.
    let s = System {
        ge: vec![Aff::bound(0).sub(&Aff::bound(1)), Aff::bound(1).sub(&Aff::bound(2)), Aff::bound(2).sub(&Aff::bound(0)).plus(-1)],
        ..System::default()
    };
    assert!(s.infeasible());
    // 2 i = 2 j + 1
    let s = System { eq: vec![Aff::bound(0).scale(2).sub(&Aff::bound(1).scale(2)).plus(-1)], ..System::default() };
    assert!(s.infeasible());
    // 1 ≤ 2 i ≤ 1
    let s = System { ge: vec![Aff::bound(0).scale(2).plus(-1), Aff::bound(0).scale(-2).plus(1)], ..System::default() };
    assert!(s.infeasible());
    // 1 ≤ i ≤ 2, i ≠ 1, i ≠ 2
    let s = System {
        ge: vec![Aff::bound(0).plus(-1), Aff::bound(0).neg().plus(2)],
        ne: vec![Aff::bound(0).plus(-1), Aff::bound(0).plus(-2)],
        ..System::default()
    };
    assert!(s.infeasible());
    let s = System {
        ge: vec![Aff::bound(0).plus(-1), Aff::bound(0).neg().plus(3)],
        ne: vec![Aff::bound(0).plus(-1), Aff::bound(0).plus(-2)],
        ..System::default()
    };
    assert!(!s.infeasible());
}
