//! Conditions, signs, definedness, and equality of functions of reals.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]
mod common;
use common::World;
use gradus_decide::{Definedness, Facts, Tri};
use gradus_term::{Aff, Domain, Id, Node, Prim, Props, Rat, RelOp};

fn rel(w: &World, op: RelOp, a: Id, b: Id) -> Id {
    w.s.rel(op, a, b)
}

#[test]
fn integer_conditions() {
    let w = World::new();
    let n = w.size("n");
    let (i, j) = (w.index("i"), w.index("j"));
    let f = Facts::new(&w.s, &w.range(&i, &n)).with(&[rel(&w, RelOp::Lt, w.ix(&i), w.ix(&j))]);
    assert_eq!(f.holds(rel(&w, RelOp::Ne, w.ix(&i), w.ix(&j))), Tri::True);
    assert_eq!(f.holds(rel(&w, RelOp::Ge, w.ix(&j), w.int(2))), Tri::True);
    assert_eq!(f.holds(rel(&w, RelOp::Le, w.ix(&j), w.ix(&i))), Tri::False);
    assert_eq!(f.holds(rel(&w, RelOp::Le, w.ix(&j), w.ix(&n))), Tri::Unknown);
    assert_eq!(f.nonneg(&n.plus(-1)), Tri::True);
    assert!(f.with(&[rel(&w, RelOp::Le, w.ix(&j), w.int(1))]).contradictory());
    assert!(!f.contradictory());
}

#[test]
fn signs_from_domains_facts_and_definitions() {
    let w = World::new();
    let (a, x, y) = (w.scalar("a"), w.scalar("x"), w.scalar("y"));
    let b = w.scalar_in("b", Domain::Finite(vec![Rat::zero(), Rat::one()]));
    let s = w.s.call(w.sigma(), &[a]);
    let f = Facts::new(&w.s, &[rel(&w, RelOp::Gt, x, y)]);
    assert!(f.sign(s).is_positive());
    assert!(f.sign(w.sub(w.int(1), s)).is_positive());
    assert!(f.sign(w.mul(&[s, w.sub(w.int(1), s)])).is_positive());
    assert!(f.sign(w.sub(x, y)).is_positive());
    assert!(f.sign(w.sub(y, x)).is_negative());
    assert!(f.sign(w.add(&[w.pow(a, 2), w.int(1)])).is_positive());
    assert!(f.sign(w.sub(w.int(1), b)).is_nonneg());
    assert!(!f.sign(w.sub(w.int(1), b)).is_positive());
    let t = w.s.call(w.tanh(), &[a]);
    assert!(!f.sign(t).is_positive());
    let n = w.size("n");
    let v = w.tensor("v", &[n.clone()]);
    assert!(f.sign(w.sum1(&n, |k| w.exp(w.at(v, &[k])))).is_positive());
    assert!(f.sign(w.sum1(&n, |k| w.pow(w.at(v, &[k]), 2))).is_nonneg());
    assert_eq!(f.holds(rel(&w, RelOp::Lt, s, w.int(1))), Tri::True);
    assert_eq!(f.holds(rel(&w, RelOp::Gt, s, w.int(1))), Tri::False);
}

#[test]
fn definedness() {
    let w = World::new();
    let (a, x) = (w.scalar("a"), w.scalar("x"));
    let s = w.s.call(w.sigma(), &[a]);
    let f = Facts::new(&w.s, &[]);
    assert!(f.defined(w.log(s)).is_always());
    assert!(f.defined(w.div(w.int(1), w.sub(w.int(1), s))).is_always());
    assert_eq!(f.defined(w.div(x, x)), Definedness::Unknown { needs: vec![rel(&w, RelOp::Ne, x, w.int(0))] });
    assert_eq!(f.defined(w.log(x)), Definedness::Unknown { needs: vec![w.gt0(x)] });
    assert!(f.with(&[w.gt0(x)]).defined(w.log(x)).is_always());
    assert_eq!(f.defined(w.div(x, w.int(0))), Definedness::Never);
    // A false guard shields.
    let guard = w.s.intern(Node::Iverson(rel(&w, RelOp::Gt, x, w.int(0))));
    assert!(f.defined(w.mul(&[guard, w.log(x)])).is_always());
    // Entries.
    let n = w.size("n");
    let i = w.index("i");
    let t = w.tensor("t", &[n.clone()]);
    // A bracket about an entry needs one only where the index is in range, whichever stands first; one that may have no value itself
    // shields no other.
    let within = w.s.intern(Node::Iverson(w.s.intern(Node::And(w.range(&i, &n).into()))));
    let positive = |x| w.s.intern(Node::Iverson(rel(&w, RelOp::Gt, x, w.int(0))));
    let at = positive(w.at(t, &[&i]));
    assert!(f.defined(w.mul(&[within, at])).is_always());
    assert!(f.defined(w.mul(&[at, within])).is_always());
    assert!(!f.defined(at).is_always());
    assert!(!f.defined(w.mul(&[positive(w.log(x)), positive(w.log(a))])).is_always());
    let z = w.tensor_with("z", &[n.clone()], Props { zero_outside: true, ..Props::default() });
    let g = Facts::new(&w.s, &w.range(&i, &n));
    assert!(g.defined(w.at(t, &[&i])).is_always());
    assert!(!g.defined(w.at(t, &[&i.plus(1)])).is_always());
    assert!(g.defined(w.at(z, &[&i.plus(1)])).is_always());
    assert!(g.defined(w.sum1(&n, |k| w.at(t, &[k]))).is_always());
    assert_eq!(g.defined(w.at(t, &[&n.plus(1)])), Definedness::Never);
    // A derivative of |x| needs x ≠ 0.
    let abs = w.s.prim_call(Prim::Abs, &[x]);
    let d = w.s.diff(abs, x, &[]);
    assert_eq!(f.defined(d), Definedness::Unknown { needs: vec![rel(&w, RelOp::Ne, x, w.int(0))] });
}

/// A norm has a kink at 0, an even power of it none; below a bar it must not be 0.
#[test]
fn powers_of_norms() {
    let w = World::new();
    let n = w.size("n");
    let v = w.tensor("v", &[n.clone()]);
    let i = w.index("i");
    let f = Facts::new(&w.s, &w.range(&i, &n));
    let norm = w.s.prim_call(Prim::Norm, &[v]);
    let needed = rel(&w, RelOp::Ne, norm, w.int(0));
    for k in -4..=4 {
        let t = w.pow(norm, k);
        let want = if k < 0 { Definedness::Unknown { needs: vec![needed] } } else { Definedness::Always };
        assert_eq!(f.defined(t), want, "{k}");
        let want = if k > 0 && k % 2 == 0 { Definedness::Always } else { Definedness::Unknown { needs: vec![needed] } };
        assert_eq!(f.defined(w.s.diff(t, v, &[i.clone()])), want, "its derivative: {k}");
    }
    // A root of 0 is 0.
    let root = w.s.pow(norm, w.q(1, 2));
    assert!(f.defined(root).is_always());
    assert!(!f.defined(w.s.diff(root, v, &[i])).is_always());
    assert!(!f.defined(w.s.pow(norm, w.q(-1, 2))).is_always());
}

#[test]
fn functions_of_reals() {
    let w = World::new();
    let (x, y) = (w.scalar("x"), w.scalar("y"));
    let f = Facts::new(&w.s, &[]);
    let p = f.with(&[w.gt0(x), w.gt0(y)]);
    let call = |p: Prim, u: Id| w.s.prim_call(p, &[u]);
    let (sin, cos) = (|u| call(Prim::Sin, u), |u| call(Prim::Cos, u));
    w.yes(&f, w.add(&[w.pow(sin(x), 2), w.pow(cos(x), 2)]), w.int(1));
    w.yes(&f, sin(w.add(&[x, y])), w.add(&[w.mul(&[sin(x), cos(y)]), w.mul(&[cos(x), sin(y)])]));
    w.yes(&f, cos(w.mul(&[w.int(2), x])), w.sub(w.int(1), w.mul(&[w.int(2), w.pow(sin(x), 2)])));
    w.yes(&f, w.add(&[w.int(1), w.div(w.pow(sin(x), 2), w.pow(cos(x), 2))]), w.div(w.int(1), w.pow(cos(x), 2)));
    w.no(&f, sin(w.add(&[x, y])), w.add(&[sin(x), sin(y)]));
    let pi = w.s.prim_call(Prim::Pi, &[]);
    w.yes(&f, sin(w.add(&[x, pi])), w.neg(sin(x)));
    w.yes(&f, cos(w.div(pi, w.int(3))), w.q(1, 2));
    w.yes(&p, w.log(w.mul(&[x, y])), w.add(&[w.log(x), w.log(y)]));
    let below = f.with(&[w.gt0(x), w.gt0(w.sub(w.int(1), x))]);
    w.yes(&below, w.log(w.div(x, w.sub(w.int(1), x))), w.neg(w.log(w.div(w.sub(w.int(1), x), x))));
    w.yes(&below, w.log(w.div(w.int(-2), w.sub(x, w.int(1)))), w.sub(w.log(w.int(2)), w.log(w.sub(w.int(1), x))));
    let complement = w.log(w.sub(w.int(1), x));
    w.yes(&below, w.exp(w.log(w.neg(complement))), w.neg(complement));
    w.yes(&below, w.log(w.mul(&[w.int(-2), complement])), w.add(&[w.log(w.int(2)), w.log(w.neg(complement))]));
    w.no(&below, w.log(w.div(x, w.sub(w.int(1), x))), w.log(w.div(w.sub(w.int(1), x), x)));
    // Both have values only where x < 0.
    w.yes(&f, w.log(w.pow(x, 2)), w.mul(&[w.int(2), w.log(w.neg(x))]));
    w.no(&f, w.log(w.pow(x, 2)), w.mul(&[w.int(3), w.log(w.neg(x))]));
    w.no(&f, w.log(w.pow(x, 2)), w.add(&[w.log(w.neg(x)), w.log(w.neg(y))]));
    w.yes(&f, call(Prim::Abs, w.add(&[w.int(1), w.div(y, x)])), w.div(call(Prim::Abs, w.add(&[x, y])), call(Prim::Abs, x)));
    w.no(&f, call(Prim::Abs, w.add(&[w.int(1), w.div(y, x)])), w.div(call(Prim::Abs, w.add(&[x, y])), x));
    for (p, u, n, d) in [
        (Prim::Atan, w.int(1), 1, 4),
        (Prim::Atan, w.int(-1), -1, 4),
        (Prim::Acos, w.int(0), 1, 2),
        (Prim::Acos, w.q(-1, 2), 2, 3),
        (Prim::Asin, w.q(1, 2), 1, 6),
    ] {
        w.yes(&f, call(p, u), w.mul(&[w.q(n, d), pi]));
        w.no(&f, call(p, u), w.mul(&[w.q(n, d + 1), pi]));
    }
    // Factors of known sign, even powers and arguments that multiply to 1.
    let (above, below_x) = (w.add(&[x, w.int(1)]), w.sub(x, w.int(1)));
    let product = w.sub(w.pow(x, 2), w.int(1));
    w.yes(&f, w.add(&[w.log(above), w.log(below_x)]), w.log(product));
    w.no(&f, w.sub(w.log(above), w.log(below_x)), w.log(product));
    w.yes(&f, w.mul(&[y, w.sub(w.log(above), w.log(w.pow(above, 2)))]), w.neg(w.mul(&[y, w.log(above)])));
    let beyond = f.with(&[w.gt0(below_x)]);
    let square = w.add(&[w.pow(x, 2), w.mul(&[w.int(2), x]), w.int(1)]);
    w.yes(&f, call(Prim::Sqrt, square), call(Prim::Abs, above));
    w.no(&f, call(Prim::Sqrt, square), above);
    w.yes(&beyond, call(Prim::Sqrt, square), above);
    w.yes(&beyond, call(Prim::Sqrt, product), w.mul(&[call(Prim::Sqrt, above), call(Prim::Sqrt, below_x)]));
    w.no(&beyond, call(Prim::Sqrt, product), below_x);
    w.yes(&f, w.log(w.mul(&[w.int(3), square])), w.add(&[w.log(w.int(3)), w.mul(&[w.int(2), w.log(call(Prim::Abs, above))])]));
    let sqrt = |u| call(Prim::Sqrt, u);
    w.yes(&p, sqrt(w.pow(x, 2)), x);
    w.no(&f, sqrt(w.pow(x, 2)), x);
    w.yes(&f, sqrt(w.pow(x, 2)), call(Prim::Abs, x));
    w.yes(&f, w.pow(sqrt(w.add(&[w.pow(x, 2), w.int(1)])), 2), w.add(&[w.pow(x, 2), w.int(1)]));
    let (minus, apart) = (f.with(&[w.gt0(w.neg(x))]), f.with(&[w.s.rel(RelOp::Ne, x, w.int(0))]));
    let (root, over) = (sqrt(w.add(&[w.pow(x, 2), w.int(1)])), sqrt(w.add(&[w.int(1), w.pow(x, -2)])));
    w.yes(&minus, w.div(root, x), w.neg(over));
    w.yes(&p, w.div(root, x), over);
    w.yes(&apart, w.div(root, call(Prim::Abs, x)), over);
    w.no(&apart, w.div(root, x), over);
    w.yes(&minus, sqrt(w.add(&[w.div(y, x), w.int(1)])), w.div(sqrt(w.add(&[w.mul(&[x, y]), w.pow(x, 2)])), w.neg(x)));
    w.yes(&f, w.mul(&[sqrt(w.int(2)), sqrt(w.int(8))]), w.int(4));
    w.yes(&p, w.s.pow(x, y), w.exp(w.mul(&[y, w.log(x)])));
    // |x| = x [x ≥ 0] − x [x < 0] by cases; max by cases.
    let abs = call(Prim::Abs, x);
    let zero = w.int(0);
    let cases = w.s.intern(Node::Cases([(rel(&w, RelOp::Ge, x, zero), x)].into(), Some(w.neg(x))));
    w.yes(&f, abs, cases);
    let max = w.s.prim_call(Prim::Max, &[x, y]);
    let min = w.s.prim_call(Prim::Min, &[x, y]);
    w.yes(&f, w.add(&[max, min]), w.add(&[x, y]));
    w.yes(&f, max, w.div(w.add(&[x, y, call(Prim::Abs, w.sub(x, y))]), w.int(2)));
    w.no(&f, max, x);
    let b = w.scalar_in("b", Domain::Finite(vec![Rat::zero(), Rat::one()]));
    w.yes(&f, w.pow(b, 2), b);
    w.no(&f, w.pow(x, 2), x);
}

#[test]
fn shielded_denominators_prove_nothing() {
    // [x ≠ 0] x/x is not 1, and [i = j] f does not vanish beside 1/(x_i − x_j).
    let w = World::new();
    let n = w.size("n");
    let (i, j) = (w.index("i"), w.index("j"));
    let x = w.tensor("x", &[n.clone()]);
    let f = Facts::new(&w.s, &[w.range(&i, &n), w.range(&j, &n)].concat());
    let d = w.sub(w.at(x, &[&i]), w.at(x, &[&j]));
    let ne = w.s.intern(Node::Iverson(rel(&w, RelOp::Ne, w.ix(&i), w.ix(&j))));
    let t = w.mul(&[ne, w.div(d, d)]);
    w.no(&f, t, w.int(1));
    w.yes(&f, t, ne);
    let c = w.scalar("c");
    let g = w.s.intern(Node::Iverson(rel(&w, RelOp::Ne, c, w.int(0))));
    w.no(&f, w.mul(&[g, w.div(c, c)]), w.int(1));
    w.yes(&f, w.mul(&[g, w.div(c, c)]), g);
}

#[test]
fn tensors_by_entries_and_inverses() {
    let w = World::new();
    let (m, n, k) = (w.size("m"), w.size("n"), w.size("k"));
    let (a, b) = (w.tensor("A", &[m.clone(), n.clone()]), w.tensor("B", &[n.clone(), k.clone()]));
    let f = Facts::new(&w.s, &[]);
    let t = |x| w.s.prim_call(Prim::Transpose, &[x]);
    let mm = |x: &[Id]| w.s.intern(Node::MatMul(x.into()));
    w.yes(&f, t(mm(&[a, b])), mm(&[t(b), t(a)]));
    w.no(&f, t(mm(&[a, b])), t(mm(&[a, w.add(&[b, b])])));
    let s = w.tensor_with("S", &[n.clone(), n.clone()], Props { invertible: true, ..Props::default() });
    let inv = w.s.prim_call(Prim::Inv, &[s]);
    let eye = w.s.prim_call(Prim::Eye, &[w.ix(&n)]);
    w.yes(&f, mm(&[inv, s]), eye);
    w.yes(&f, mm(&[s, inv]), eye);
    w.no(&f, mm(&[s, s]), eye);
    let tr = |x| w.s.prim_call(Prim::Tr, &[x]);
    let q = w.tensor("Q", &[n.clone(), n.clone()]);
    w.yes(&f, tr(mm(&[s, q])), tr(mm(&[q, s])));
    // Concrete sizes are written out.
    let v = w.tensor("v", &[Aff::int(2)]);
    w.yes(&f, w.sum1(&Aff::int(2), |i| w.at(v, &[i])), w.add(&[w.at(v, &[&Aff::int(1)]), w.at(v, &[&Aff::int(2)])]));
}

#[test]
fn what_is_not_zero_has_a_positive_square() {
    let w = World::new();
    let (x, y) = (w.scalar("x"), w.scalar("y"));
    let zero = w.int(0);
    let squares = w.add(&[w.pow(x, 2), w.pow(y, 2)]);
    let f = Facts::new(&w.s, &[rel(&w, RelOp::Ne, x, zero)]);
    assert_eq!(f.holds(rel(&w, RelOp::Gt, squares, zero)), Tri::True);
    assert_eq!(f.holds(rel(&w, RelOp::Ne, squares, zero)), Tri::True);
    assert_eq!(f.holds(rel(&w, RelOp::Gt, w.pow(x, 4), zero)), Tri::True);
    assert_eq!(f.holds(rel(&w, RelOp::Ne, y, zero)), Tri::Unknown);
    let g = Facts::new(&w.s, &[rel(&w, RelOp::Ne, squares, zero)]);
    assert_eq!(g.holds(rel(&w, RelOp::Gt, squares, zero)), Tri::True);
    assert!(g.defined(w.log(squares)).is_always());
    assert_eq!(g.holds(rel(&w, RelOp::Gt, w.pow(x, 2), zero)), Tri::Unknown);
    let h = Facts::new(&w.s, &[rel(&w, RelOp::Ne, w.sub(w.int(1), x), zero)]);
    for t in [w.sub(x, w.int(1)), w.pow(w.sub(x, w.int(1)), 2), w.pow(w.sub(w.int(1), x), 2)] {
        assert_eq!(h.holds(rel(&w, RelOp::Ne, t, zero)), Tri::True);
    }
    assert_eq!(h.holds(rel(&w, RelOp::Gt, w.pow(w.sub(x, w.int(1)), 2), zero)), Tri::True);
    assert_eq!(h.holds(rel(&w, RelOp::Ne, x, zero)), Tri::Unknown);
}

#[test]
fn factors_of_what_is_not_zero() {
    let w = World::new();
    let (x, y, u) = (w.scalar("x"), w.scalar("y"), w.scalar("u"));
    let zero = w.int(0);
    let prim = |p: Prim, t: Id| w.s.prim_call(p, &[t]);
    let tan = w.define("tan", |z| w.div(w.s.prim_call(Prim::Sin, &[z]), w.s.prim_call(Prim::Cos, &[z])));
    let tan = w.s.call(tan, &[u]);
    let f = Facts::new(&w.s, &[rel(&w, RelOp::Gt, tan, zero)]);
    let (s, c) = (prim(Prim::Sin, u), prim(Prim::Cos, u));
    for t in [s, c, w.mul(&[s, c]), tan] {
        assert_eq!(f.holds(rel(&w, RelOp::Ne, t, zero)), Tri::True, "{}", w.show(t));
    }
    for t in [w.div(s, c), w.div(c, s)] {
        assert_eq!(f.holds(rel(&w, RelOp::Gt, t, zero)), Tri::True, "{}", w.show(t));
    }
    assert_eq!(f.holds(rel(&w, RelOp::Gt, s, zero)), Tri::Unknown);
    let g = Facts::new(&w.s, &[rel(&w, RelOp::Gt, y, zero), rel(&w, RelOp::Lt, w.mul(&[x, y]), zero)]);
    assert_eq!(g.holds(rel(&w, RelOp::Lt, x, zero)), Tri::True);
}

#[test]
fn halves_and_multiples_of_one_angle() {
    let w = World::new();
    let (x, y) = (w.scalar("x"), w.scalar("y"));
    let f = Facts::new(&w.s, &[]);
    let (sin, cos) = (|t: Id| w.s.prim_call(Prim::Sin, &[t]), |t: Id| w.s.prim_call(Prim::Cos, &[t]));
    let tan = w.define("tan", |z| w.div(sin(z), cos(z)));
    let tan = |t: Id| w.s.call(tan, &[t]);
    let half = w.div(x, w.int(2));
    let (one, two) = (w.int(1), w.int(2));
    w.yes(&f, w.div(w.add(&[one, w.pow(tan(half), 2)]), w.mul(&[two, tan(half)])), w.div(one, sin(x)));
    w.yes(&f, w.div(sin(x), w.add(&[one, cos(x)])), tan(half));
    w.yes(&f, w.pow(sin(half), 2), w.div(w.sub(one, cos(x)), two));
    w.yes(&f, w.div(w.mul(&[two, tan(half)]), w.sub(one, w.pow(tan(half), 2))), tan(x));
    w.yes(&f, w.mul(&[two, sin(x), cos(y)]), w.add(&[sin(w.add(&[x, y])), sin(w.sub(x, y))]));
    w.yes(&f, cos(w.div(x, w.int(3))), w.sub(w.mul(&[two, w.pow(cos(w.div(x, w.int(6))), 2)]), one));
    w.yes(&f, cos(x), w.sub(w.mul(&[w.int(4), w.pow(cos(w.div(x, w.int(3))), 3)]), w.mul(&[w.int(3), cos(w.div(x, w.int(3)))])));
    w.no(&f, sin(half), cos(half));
    w.no(&f, sin(half), w.div(sin(x), two));
    w.no(&f, w.pow(sin(half), 2), w.div(w.add(&[one, cos(x)]), two));
}

#[test]
fn angles_that_are_sums_stay_whole() {
    let w = World::new();
    let (a, b, c, d, x) = (w.scalar("a"), w.scalar("b"), w.scalar("c"), w.scalar("d"), w.scalar("x"));
    let f = Facts::new(&w.s, &[]);
    let (sin, cos) = (|t: Id| w.s.prim_call(Prim::Sin, &[t]), |t: Id| w.s.prim_call(Prim::Cos, &[t]));
    let sec = w.define("sec", |z| w.div(w.int(1), cos(z)));
    let (sec, one) = (|t: Id| w.s.call(sec, &[t]), w.int(1));
    let u = w.add(&[c, w.mul(&[d, x])]);
    let tan2 = w.div(w.pow(sin(u), 2), w.pow(cos(u), 2));
    let whole = w.pow(w.add(&[a, w.mul(&[b, w.pow(sec(u), 2)])]), 6);
    w.yes(&f, whole, w.pow(w.add(&[a, b, w.mul(&[b, tan2])]), 6));
    w.no(&f, whole, w.pow(w.add(&[a, w.mul(&[b, tan2])]), 6));
    // The double and the half of the sum, and a multiple of pi beside it.
    let half = w.div(u, w.int(2));
    w.yes(&f, cos(w.mul(&[w.int(2), u])), w.sub(w.mul(&[w.int(2), w.pow(cos(u), 2)]), one));
    w.yes(&f, w.div(sin(u), w.add(&[one, cos(u)])), w.div(sin(half), cos(half)));
    let quarter = w.div(w.s.prim_call(Prim::Pi, &[]), w.int(2));
    w.yes(&f, sin(w.add(&[u, quarter])), cos(u));
    // Two sums that depend on each other through a third.
    let v = w.sub(c, w.mul(&[d, x]));
    w.yes(&f, w.mul(&[w.int(2), cos(u), cos(v)]), w.add(&[cos(w.mul(&[w.int(2), c])), cos(w.mul(&[w.int(2), d, x]))]));
    w.no(&f, w.mul(&[cos(u), cos(v)]), cos(w.mul(&[w.int(2), c])));
}

#[test]
fn a_name_of_few_values_inside_a_function() {
    let w = World::new();
    let y = w.scalar_in("y", Domain::Finite(vec![Rat::int(-1), Rat::one()]));
    let (z, t) = (w.scalar("z"), w.scalar("t"));
    let f = Facts::new(&w.s, &[]);
    let one = w.int(1);
    let e = |u: Id| w.exp(u);
    let sigma = |u: Id| w.div(one, w.add(&[one, e(w.neg(u))]));
    let curvature = |y: Id| w.div(w.mul(&[y, y, e(w.neg(w.mul(&[y, z])))]), w.pow(w.add(&[one, e(w.neg(w.mul(&[y, z])))]), 2));
    w.yes(&f, curvature(y), w.mul(&[sigma(z), sigma(w.neg(z))]));
    w.yes(&f, w.add(&[e(w.mul(&[y, z])), e(w.neg(w.mul(&[y, z])))]), w.add(&[e(z), e(w.neg(z))]));
    w.no(&f, curvature(t), w.mul(&[sigma(z), sigma(w.neg(z))]));
    w.no(&f, e(w.mul(&[y, z])), e(z));
    w.no(&f, sigma(w.mul(&[y, z])), sigma(w.neg(w.mul(&[y, z]))));
}
