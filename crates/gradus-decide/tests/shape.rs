//! Presentations: expanded, together, factored, collected.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]
mod common;
use common::World;
use gradus_decide::Facts;
use gradus_term::Prim;

#[test]
fn expanded_factored_together_collected() {
    let w = World::new();
    let (x, y, a) = (w.scalar("x"), w.scalar("y"), w.scalar("a"));
    let s = w.s.call(w.sigma(), &[a]);
    let f = Facts::new(&w.s, &[]);
    let expand = |t| w.show(f.expand(t).unwrap());
    let factor = |t| w.show(f.factor(t).unwrap());
    let together = |t| w.show(f.together(t).unwrap());
    assert_eq!(expand(w.pow(w.add(&[x, y]), 2)), "(+x^2 +(2 * x * y) +y^2)");
    assert_eq!(expand(w.mul(&[s, w.sub(w.int(1), s)])), "(+sigma(a) -sigma(a)^2)");
    let e = w.exp(w.neg(a));
    assert_eq!(expand(w.pow(w.add(&[w.int(1), e]), 2)), "(+exp((-(2 * a))) +(2 * exp((-a))) +1)");
    assert_eq!(expand(w.add(&[w.neg(w.mul(&[y, w.sub(w.int(1), s)])), w.mul(&[w.sub(w.int(1), y), s])])), "(+sigma(a) -y)");
    assert_eq!(factor(w.sub(s, w.pow(s, 2))), "(sigma(a) * (+1 -sigma(a)))");
    assert_eq!(factor(w.sub(w.pow(x, 2), w.int(1))), "((+x -1) * (+x +1))");
    assert_eq!(factor(w.add(&[w.pow(x, 2), w.mul(&[w.int(2), x, y]), w.pow(y, 2)])), "(+x +y)^2");
    assert_eq!(factor(w.sub(w.pow(x, 3), w.pow(y, 3))), "((+x -y) * (+x^2 +(x * y) +y^2))");
    assert_eq!(together(w.add(&[w.div(x, y), w.div(y, x)])), "((+x^2 +y^2) / (x * y))");
    assert_eq!(together(w.div(w.sub(w.pow(x, 2), w.int(1)), w.sub(x, w.int(1)))), "(+x +1)");
    assert_eq!(together(w.add(&[w.int(1), e])), "(+exp((-a)) +1)");
    let c = f.collect(w.add(&[w.mul(&[a, x]), w.mul(&[y, x]), w.pow(x, 2), y]), x).unwrap();
    assert_eq!(w.show(c), "(+x^2 +((+a +y) * x) +y)");
}

#[test]
fn roots_and_exponentials_cancel() {
    let w = World::new();
    let (x, z) = (w.scalar("x"), w.scalar("z"));
    let f = Facts::new(&w.s, &[]);
    let sqrt = |t| w.s.prim_call(Prim::Sqrt, &[t]);
    let r = sqrt(w.add(&[w.pow(x, 2), w.int(1)]));
    let together = |t| w.show(f.together(t).unwrap());
    let expand = |t| w.show(f.expand(t).unwrap());
    let factor = |t| w.show(f.factor(t).unwrap());
    let t = w.sub(w.div(w.int(1), r), w.div(r, w.pow(x, 2)));
    assert_eq!(together(t), "(-(1 / (x^2 * sqrt((+x^2 +1)))))");
    assert_eq!(factor(t), "(-(1 / (x^2 * sqrt((+x^2 +1)))))");
    assert_eq!(together(w.div(w.add(&[w.pow(x, 2), w.int(1)]), r)), "sqrt((+x^2 +1))");
    assert_eq!(together(w.div(r, w.add(&[w.pow(x, 2), w.int(1)]))), "(1 / sqrt((+x^2 +1)))");
    assert_eq!(together(w.sub(w.div(w.int(1), r), w.div(w.pow(x, 2), w.pow(r, 3)))), "(1 / (+x^2 +1)^(3 / 2))");
    assert_eq!(expand(w.pow(r, 2)), "(+x^2 +1)");
    assert_eq!(expand(w.div(w.pow(r, 2), r)), "sqrt((+x^2 +1))");
    assert_eq!(expand(w.mul(&[sqrt(x), sqrt(x)])), "x");
    assert_eq!(expand(w.mul(&[x, sqrt(x)])), "(x * sqrt(x))");
    assert_eq!(expand(w.div(x, sqrt(x))), "sqrt(x)");
    assert_eq!(expand(w.div(w.int(1), w.mul(&[x, sqrt(x)]))), "(1 / x^(3 / 2))");
    assert_eq!(expand(w.mul(&[sqrt(w.int(2)), sqrt(w.int(2))])), "2");
    let e = w.exp(w.neg(z));
    assert_eq!(expand(w.mul(&[w.add(&[z, w.int(1), e]), w.exp(z)])), "(+(z * exp(z)) +exp(z) +1)");
}

#[test]
fn factors_stand_as_a_person_writes_them() {
    let w = World::new();
    let (x, y, s) = (w.scalar("x"), w.scalar("y"), w.scalar("s"));
    let f = Facts::new(&w.s, &[]);
    let factor = |t| w.show(f.factor(t).unwrap());
    let one = w.int(1);
    assert_eq!(factor(w.sub(w.pow(x, 2), one)), "((+x -1) * (+x +1))");
    assert_eq!(factor(w.sub(w.pow(x, 3), x)), "(x * (+x -1) * (+x +1))");
    assert_eq!(factor(w.sub(w.pow(y, 2), w.pow(x, 2))), "((+y -x) * (+x +y))");
    let given = w.neg(w.mul(&[w.int(2), w.sub(y, s), s, w.sub(one, s)]));
    assert_eq!(f.factor(given).unwrap(), given);
    assert_eq!(factor(w.sub(w.mul(&[y, w.sub(one, s)]), w.mul(&[s, w.sub(one, s)]))), "((+y -s) * (+1 -s))");
    assert_eq!(factor(w.sub(s, w.pow(s, 2))), "(s * (+1 -s))");
    assert_eq!(factor(w.mul(&[w.int(6), w.sub(w.mul(&[x, y]), w.pow(x, 2))])), "(6 * x * (+y -x))");
    assert_eq!(factor(w.mul(&[x, w.s.prim_call(Prim::Sin, &[x])])), "(x * sin(x))");
}
