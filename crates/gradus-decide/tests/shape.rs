//! Presentations: expanded, together, factored, collected.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]
mod common;
use common::World;
use gradus_decide::Facts;

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
    assert_eq!(factor(w.sub(w.pow(x, 2), w.int(1))), "((+x +1) * (+x -1))");
    assert_eq!(factor(w.add(&[w.pow(x, 2), w.mul(&[w.int(2), x, y]), w.pow(y, 2)])), "(+x +y)^2");
    assert_eq!(factor(w.sub(w.pow(x, 3), w.pow(y, 3))), "((+x -y) * (+x^2 +(x * y) +y^2))");
    assert_eq!(together(w.add(&[w.div(x, y), w.div(y, x)])), "((+x^2 +y^2) / (x * y))");
    assert_eq!(together(w.div(w.sub(w.pow(x, 2), w.int(1)), w.sub(x, w.int(1)))), "(+x +1)");
    assert_eq!(together(w.add(&[w.int(1), e])), "(+exp((-a)) +1)");
    let c = f.collect(w.add(&[w.mul(&[a, x]), w.mul(&[y, x]), w.pow(x, 2), y]), x).unwrap();
    assert_eq!(w.show(c), "(+x^2 +((+a +y) * x) +y)");
}
