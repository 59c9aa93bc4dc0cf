//! Laws of what is decided by factors: expanded products, `a ± √b`, angles and their halves. Whatever is decided of one of them from
//! what is known of others holds at every point of a grid; how much is decided is counted and may not become less.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]
#[path = "common/mod.rs"]
mod common;
#[path = "common/values.rs"]
mod values;
use common::World;
use gradus_decide::{Facts, Tri};
use gradus_term::{Id, Node, Prim, RelOp};
use values::{Point, Rng};

const OPS: [RelOp; 6] = [RelOp::Lt, RelOp::Le, RelOp::Gt, RelOp::Ge, RelOp::Ne, RelOp::Eq];

/// A linear factor or one with a root, an exponential or an angle.
fn factor(w: &World, r: &mut Rng, names: &[Id]) -> Id {
    let (u, c) = (r.pick(names), w.int(r.below(5) as i64 - 2));
    let root = |inner: Id| w.s.prim_call(Prim::Sqrt, &[inner]);
    match r.below(10) {
        0..=3 => w.add(&[u, c]),
        4 => w.sub(u, r.pick(names)),
        5 => w.add(&[w.pow(u, 2), c]),
        6 => w.sub(c, w.mul(&[w.int(2), u])),
        7 => w.sub(w.exp(u), w.int(1)),
        8 => {
            let p = r.pick(&[Prim::Sin, Prim::Cos]);
            let angle = w.s.prim_call(p, &[w.mul(&[w.q(1, r.pick(&[1, 2])), u])]);
            w.add(&[w.int(r.pick(&[0, 1, -1])), angle])
        }
        _ => {
            let inner = w.add(&[w.pow(u, 2), c]);
            let m = w.int(r.pick(&[1, -1, 2]));
            let a = r.pick(&[u, w.neg(u), c, w.add(&[u, w.int(1)])]);
            w.add(&[a, w.mul(&[m, root(inner)])])
        }
    }
}
fn round(seed: u64) -> (usize, usize) {
    let w = World::new();
    let s = &w.s;
    let mut r = Rng(seed);
    let names = [w.scalar("x"), w.scalar("t")];
    let factors: Vec<Id> = (0..3).map(|_| factor(&w, &mut r, &names)).collect();
    // Products and their expansions, known and asked.
    let product = |r: &mut Rng| {
        let of: Vec<Id> = (0..1 + r.below(3)).map(|_| r.pick(&factors)).collect();
        let t = w.mul(&of);
        if r.below(2) == 0 {
            Facts::new(s, &[]).expand(t).unwrap_or(t)
        } else if r.below(6) == 0 {
            w.div(w.int(1), t)
        } else {
            t
        }
    };
    let known: Vec<Id> = (0..1 + r.below(3)).map(|_| s.rel(r.pick(&OPS), product(&mut r), w.int(0))).collect();
    let facts = Facts::new(s, &known);
    let asked: Vec<(Id, Tri)> = (0..8)
        .map(|_| {
            let c = s.rel(r.pick(&OPS), product(&mut r), w.int(0));
            (c, facts.holds(c))
        })
        .collect();
    let grid = [-3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 2.0, 2.5, 3.0, std::f64::consts::PI, -std::f64::consts::TAU];
    let mut seen = vec![false; asked.len()];
    for x in grid {
        for t in grid {
            let mut at = Point::default();
            for (name, value) in names.iter().zip([x, t]) {
                let Node::Var(v) = s.node(*name) else { panic!("no name") };
                at.reals.insert(*v, value);
            }
            if !known.iter().all(|c| at.cond(s, *c, &mut Vec::new()) == Some(true)) || at.unclear.get() {
                continue;
            }
            assert!(!facts.contradictory(), "seed {seed}: {known:?} hold at {at:?}");
            for ((c, answer), seen) in asked.iter().zip(&mut seen) {
                let holds = at.cond(s, *c, &mut Vec::new());
                if at.unclear.get() {
                    at.unclear.set(false);
                    continue;
                }
                *seen |= holds.is_some();
                let wrong = matches!((holds, answer), (Some(true), Tri::False) | (Some(false), Tri::True));
                let all = known.iter().map(|c| w.show(*c)).collect::<Vec<_>>();
                assert!(!wrong, "seed {seed}: {} is said to be {answer:?} under {all:?}, but at {at:?} it is not", w.show(*c));
            }
        }
    }
    // What holds nowhere on the grid says nothing.
    let decided = asked.iter().zip(&seen).filter(|(a, seen)| a.1 != Tri::Unknown && **seen).count();
    (decided, seen.iter().filter(|s| **s).count())
}

#[test]
fn what_factors_say_holds_at_every_point() {
    let rounds: u64 = std::env::var("GRADUS_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    let (mut decided, mut all) = (0, 0);
    for seed in 0..rounds {
        let (d, a) = round(seed);
        (decided, all) = (decided + d, all + a);
    }
    println!("{decided} of {all} decided");
    assert!(rounds != 150 || decided >= 280, "less is decided by factors: {decided}");
}

#[test]
fn products_roots_and_halves() {
    let w = World::new();
    let s = &w.s;
    let (x, t) = (w.scalar("x"), w.scalar("t"));
    let (one, zero) = (w.int(1), w.int(0));
    let ne = |a: Id| s.rel(RelOp::Ne, a, zero);
    let gt = |a: Id, b: Id| s.rel(RelOp::Gt, a, b);
    let call = |p: Prim, u: Id| s.prim_call(p, &[u]);
    let half = w.div(x, w.int(2));
    let (square, root) = (w.sub(w.pow(x, 2), one), |u: Id| s.prim_call(Prim::Sqrt, &[u]));
    let above = root(w.add(&[w.pow(t, 2), one]));
    let below = root(w.sub(w.pow(t, 2), one));
    let holds = |known: &[Id], c: Id| Facts::new(s, known).holds(c);
    let inside = [gt(t, w.int(-1)), gt(one, t)];
    for (known, asked) in [
        (vec![ne(square)], ne(w.sub(x, one))),
        (vec![ne(w.sub(x, one)), ne(w.add(&[x, one]))], ne(square)),
        (inside.to_vec(), gt(w.sub(one, w.pow(t, 2)), zero)),
        (vec![gt(square, zero), gt(w.add(&[x, one]), zero)], gt(x, one)),
        (vec![], gt(w.add(&[t, above]), zero)),
        (vec![], gt(above, t)),
        (vec![gt(t, one)], gt(w.sub(t, below), zero)),
        (vec![ne(call(Prim::Sin, half))], ne(w.sub(one, call(Prim::Cos, x)))),
        (vec![ne(w.sub(one, call(Prim::Cos, x)))], ne(call(Prim::Sin, half))),
        (vec![ne(call(Prim::Cos, half))], ne(w.add(&[one, call(Prim::Cos, x)]))),
        (vec![ne(call(Prim::Cos, x))], ne(w.add(&[one, call(Prim::Sin, x)]))),
        (vec![gt(w.div(x, t), zero)], gt(w.mul(&[x, w.pow(t, 3)]), zero)),
        (vec![gt(zero, w.mul(&[w.sub(x, t), w.add(&[x, one])]))], gt(w.div(w.sub(t, x), w.add(&[x, one])), zero)),
        (vec![], gt(one, w.div(t, above))),
        (vec![], gt(w.div(t, above), w.int(-1))),
        (vec![gt(x, zero), gt(one, x)], gt(one, call(Prim::Cos, x))),
        (vec![gt(x, zero), gt(one, x)], gt(one, call(Prim::Sin, x))),
        (vec![gt(w.div(one, x), w.int(-1)), gt(one, w.div(one, x))], gt(square, zero)),
        (vec![], gt(w.exp(x), w.sub(t, above))),
        (vec![], ne(w.sub(w.exp(x), w.sub(t, above)))),
        (vec![gt(x, zero)], gt(w.sub(w.exp(w.mul(&[w.int(2), x])), one), zero)),
    ] {
        assert_eq!(holds(&known, asked), Tri::True, "{}", w.show(asked));
    }
    for (known, asked) in [
        (vec![ne(w.sub(x, one))], ne(square)),
        (vec![], gt(w.add(&[t, below]), zero)),
        (vec![gt(w.mul(&[x, t]), zero)], gt(x, zero)),
        (vec![gt(w.mul(&[x, w.sub(t, one)]), zero)], gt(w.mul(&[x, t]), zero)),
        (vec![gt(square, zero)], gt(x, one)),
        (vec![ne(call(Prim::Cos, half))], ne(call(Prim::Sin, x))),
        (vec![ne(call(Prim::Sin, x))], gt(call(Prim::Sin, x), zero)),
    ] {
        assert_eq!(holds(&known, asked), Tri::Unknown, "{}", w.show(asked));
    }
}

#[test]
fn bounds_that_leave_no_number_contradict() {
    let w = World::new();
    let (x, t) = (w.scalar("x"), w.scalar("t"));
    let rel = |op, a: Id, b: i64| w.s.rel(op, a, w.int(b));
    let contradict = |known: &[Id]| Facts::new(&w.s, known).contradictory();
    assert!(contradict(&[rel(RelOp::Gt, x, 1), rel(RelOp::Lt, x, 0)]));
    assert!(contradict(&[rel(RelOp::Gt, w.add(&[x, t]), 1), rel(RelOp::Le, w.add(&[t, x]), 1)]));
    assert!(contradict(&[rel(RelOp::Ge, x, 0), rel(RelOp::Le, x, 0), rel(RelOp::Ne, x, 0)]));
    assert!(!contradict(&[rel(RelOp::Ge, x, 0), rel(RelOp::Le, x, 0)]));
    assert!(!contradict(&[rel(RelOp::Gt, x, 0), rel(RelOp::Lt, t, 0)]));
}
