//! Families of which every member is decided: what is equal is proved, and its twin that is not is not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may fail loudly")]
mod common;
use common::World;
use gradus_decide::{Definedness, Facts, Tri};
use gradus_term::{Aff, Arg, Id, Node, Prim, Props, RelOp, Sort};

fn prim(w: &World, p: Prim, t: Id) -> Id {
    w.s.prim_call(p, &[t])
}

/// Terms that are positive by their form, or because their names are.
fn positive(w: &World) -> (Vec<Id>, Vec<Id>) {
    let [x, y, z] = ["x", "y", "z"].map(|n| w.scalar(n));
    let one = w.int(1);
    let sigma = w.s.call(w.sigma(), &[z]);
    let squares = w.add(&[one, w.pow(z, 2)]);
    (vec![x, y, w.exp(z), squares, sigma, w.add(&[x, y]), w.add(&[one, w.exp(z)])], vec![w.gt0(x), w.gt0(y)])
}

/// `log(q uᵃ vᵇ) = log q + a log u + b log v`, for all pairs of positive terms.
#[test]
fn logarithms_of_products_split() {
    let w = World::new();
    let (us, known) = positive(&w);
    let f = Facts::new(&w.s, &known);
    for (i, u) in us.iter().enumerate() {
        for (j, v) in us.iter().enumerate().skip(i + 1) {
            // Sums stand below the bar: above it they are multiplied out.
            let power = |k: usize, e: i64| if matches!(w.s.node(us[k]), Node::Sum(_)) { -e } else { e * [1, -1][j % 2] };
            let (a, b) = (power(i, 1 + i as i64 % 2), power(j, 1 + j as i64 % 3));
            let q = w.q(1 + i as i64, 2 + j as i64);
            let whole = w.log(w.mul(&[q, w.pow(*u, a), w.pow(*v, b)]));
            let part = |a: i64, b: i64| w.add(&[w.log(q), w.mul(&[w.int(a), w.log(*u)]), w.mul(&[w.int(b), w.log(*v)])]);
            w.yes(&f, whole, part(a, b));
            w.no(&f, whole, part(a, b + 1));
            w.no(&f, whole, part(a + 1, b));
        }
    }
}

/// `log(c + d/u) = log(c u + d) − log u` for what is positive below the bar, in several terms over several denominators.
#[test]
fn logarithms_go_over_one_denominator() {
    let w = World::new();
    let [x, y] = ["x", "y"].map(|n| w.scalar(n));
    let one = w.int(1);
    let (u, v) = (w.add(&[one, w.pow(x, 2)]), w.add(&[w.int(2), w.exp(y)]));
    let f = Facts::new(&w.s, &[]);
    let over = |t: Id| w.div(one, t);
    w.yes(&f, w.log(w.add(&[one, over(u)])), w.sub(w.log(w.add(&[u, one])), w.log(u)));
    w.yes(&f, w.log(w.add(&[over(u), over(v)])), w.sub(w.log(w.add(&[u, v])), w.add(&[w.log(u), w.log(v)])));
    w.yes(&f, w.log(w.add(&[w.int(3), w.pow(u, -2)])), w.sub(w.log(w.add(&[w.mul(&[w.int(3), u, u]), one])), w.mul(&[w.int(2), w.log(u)])));
    w.no(&f, w.log(w.add(&[one, over(u)])), w.sub(w.log(w.add(&[u, one])), w.log(v)));
    // The common factor of exponentials, as far as every summand has it.
    let (p, q) = (w.exp(x), w.exp(y));
    let sum = w.add(&[w.mul(&[p, p, q]), w.mul(&[p, q, q]), p]);
    w.yes(&f, w.log(sum), w.add(&[x, w.log(w.add(&[w.mul(&[p, q]), w.mul(&[q, q]), one]))]));
    w.yes(&f, w.log(w.add(&[p, over(p)])), w.sub(w.log(w.add(&[one, w.mul(&[p, p])])), x));
    w.yes(&f, w.log(w.add(&[one, w.mul(&[p, p])])), w.add(&[w.mul(&[w.int(2), x]), w.log(w.add(&[one, over(w.mul(&[p, p]))]))]));
    w.no(&f, w.log(sum), w.add(&[w.mul(&[w.int(2), x]), w.log(w.add(&[w.mul(&[p, q]), w.mul(&[q, q]), one]))]));
}

/// `(u v)^r = u^r v^r` where neither is negative, 0 among them; not where the signs are unknown.
#[test]
fn roots_of_products_split_where_no_factor_is_negative() {
    let w = World::new();
    let [x, y, a, b] = ["x", "y", "a", "b"].map(|n| w.scalar(n));
    let zero = w.int(0);
    let f = Facts::new(&w.s, &[w.s.rel(RelOp::Ge, x, zero), w.s.rel(RelOp::Ge, y, zero)]);
    for (p, q) in [(1, 2), (-1, 2), (3, 2), (1, 3), (-2, 3)] {
        let root = |t: Id| w.s.intern(Node::Pow(t, w.q(p, q)));
        w.yes(&f, root(w.mul(&[x, y])), w.mul(&[root(x), root(y)]));
        w.yes(&f, root(w.mul(&[w.int(4), x, w.pow(y, 2)])), w.mul(&[root(w.int(4)), root(x), root(y), root(y)]));
        if p == 1 {
            w.yes(&f, root(w.div(x, w.add(&[w.int(1), y]))), w.div(root(x), root(w.add(&[w.int(1), y]))));
        }
        w.no(&f, root(w.mul(&[x, y])), root(x));
        w.no(&f, root(w.mul(&[x, y])), w.mul(&[root(x), root(w.pow(y, 2))]));
    }
    let sqrt = |t: Id| prim(&w, Prim::Sqrt, t);
    w.yes(&f, sqrt(w.pow(a, 2)), prim(&w, Prim::Abs, a));
    w.no(&f, sqrt(w.pow(a, 2)), a);
    w.no(&f, sqrt(w.mul(&[w.pow(a, 2), b])), w.mul(&[a, sqrt(b)]));
}

/// What has no value has none inside a derivative, a former, a sum, a product, or beside something else.
#[test]
fn what_has_no_value_has_none_inside() {
    let w = World::new();
    let [x, y] = ["x", "y"].map(|n| w.scalar(n));
    let n = w.size("n");
    let f = Facts::new(&w.s, &[]);
    let never = [w.log(w.int(-1)), w.div(x, w.int(0)), w.log(w.neg(w.exp(x)))];
    for t in never {
        let twice = w.mul(&[w.int(2), y]);
        let at = |p: Id| {
            let v = w.s.fresh(w.s.sym("u"), Sort::Scalar, false);
            let d = w.s.diff(w.mul(&[t, w.pow(w.s.name(v), 2)]), w.s.name(v), &[]);
            w.s.subst(d, &std::iter::once((v, Arg::Val(p))).collect())
        };
        for whole in [w.add(&[y, t]), w.mul(&[y, t]), w.div(y, t), w.exp(t), at(y), at(twice), w.sum1(&n, |_| t)] {
            assert_eq!(f.defined(whole), Definedness::Never, "{}", w.show(whole));
            assert_eq!(f.defined(w.add(&[w.log(x), whole])), Definedness::Never, "{}", w.show(whole));
        }
    }
    assert!(f.defined(at_twice(&w, x, y)).is_always());
}

fn at_twice(w: &World, x: Id, y: Id) -> Id {
    let v = w.s.fresh(w.s.sym("u"), Sort::Scalar, false);
    let d = w.s.diff(w.mul(&[w.exp(x), w.pow(w.s.name(v), 2)]), w.s.name(v), &[]);
    w.s.subst(d, &std::iter::once((v, Arg::Val(w.mul(&[w.int(2), y])))).collect())
}

/// The condition of a sum must have a value where it does not hold, too, and jumps at its ends.
#[test]
fn that_a_condition_holds_is_no_help_to_itself() {
    let w = World::new();
    let (n, x) = (w.size("n"), w.scalar("x"));
    let v = w.tensor("v", &[n.clone()]);
    let f = Facts::new(&w.s, &[]);
    let sum = |cond: &dyn Fn(Id) -> Id, body: &dyn Fn(Id) -> Id| {
        let (k, i) = w.fresh("k");
        let e = w.at(v, &[&i]);
        w.s.big(gradus_term::BigOp::Sum, k, Aff::int(1), n.clone(), Some(cond(e)), body(e))
    };
    let over = |e: Id| w.div(w.int(1), e);
    assert!(!f.defined(sum(&|e| w.gt0(over(e)), &|_| x)).is_always());
    assert!(!f.defined(sum(&|e| w.gt0(w.log(e)), &|e| e)).is_always());
    assert!(f.defined(sum(&|e| w.gt0(e), &|e| w.log(e))).is_always());
    let jumps = sum(&|e| w.s.rel(RelOp::Gt, e, x), &|_| x);
    assert!(!f.defined(w.s.diff(jumps, x, &[])).is_always());
    assert!(f.defined(w.s.diff(sum(&|e| w.gt0(e), &|e| w.mul(&[e, x])), x, &[])).is_always());
}

/// A power of a matrix with a whole number that is not negative has a value, another one need not.
#[test]
fn powers_of_matrices() {
    let w = World::new();
    let n = w.size("n");
    let (a, k, x) = (w.tensor("A", &[n.clone(), n.clone()]), w.size("k"), w.scalar("x"));
    let f = Facts::new(&w.s, &[]);
    let pow = |e: Id| w.s.intern(Node::Pow(a, e));
    assert!(f.defined(pow(w.int(2))).is_always());
    assert!(f.defined(pow(w.int(0))).is_always());
    assert!(f.defined(pow(w.ix(&k.plus(-1)))).is_always());
    for e in [w.int(-1), w.ix(&k.plus(-2)), x] {
        assert!(!f.defined(pow(e)).is_always());
    }
}

/// A vector and the row that it gives have the same entries and are not the same; neither are tensors of other sizes.
#[test]
fn tensors_of_other_kinds_are_not_equal() {
    let w = World::new();
    let (m, n) = (w.size("m"), w.size("n"));
    let (u, v) = (w.tensor("u", &[n.clone()]), w.tensor("v", &[m.clone()]));
    let (a, b) = (w.tensor("A", &[m.clone(), n.clone()]), w.tensor("B", &[n.clone(), m.clone()]));
    let column = w.tensor("C", &[n.clone(), Aff::int(1)]);
    let f = Facts::new(&w.s, &[]);
    let t = |x| prim(&w, Prim::Transpose, x);
    let all = [u, t(u), v, t(v), a, b, column, t(column)];
    for (i, x) in all.iter().enumerate() {
        for (j, y) in all.iter().enumerate() {
            assert_eq!(f.equal(*x, *y).is_proved(), i == j, "{} = {}", w.show(*x), w.show(*y));
            let ne = f.holds(w.s.rel(RelOp::Ne, *x, *y));
            assert_eq!(ne, Tri::Unknown, "{} != {}", w.show(*x), w.show(*y));
        }
    }
    assert_eq!(f.holds(w.s.rel(RelOp::Eq, w.add(&[a, t(b)]), w.add(&[t(b), a]))), Tri::True);
    assert_eq!(f.holds(w.s.rel(RelOp::Eq, w.add(&[a, a]), a)), Tri::Unknown);
    let two = |l: &str| w.tensor(l, &[Aff::int(2)]);
    let (p, q) = (two("p"), two("q"));
    w.no(&f, p, t(p));
    w.no(&f, p, q);
    w.no(&f, w.tensor("z", &[Aff::int(0)]), t(w.tensor("z", &[Aff::int(0)])));
}

/// Relations that follow from products of what is not 0, and signs of functions at and beside 1 and 0.
#[test]
fn conditions_of_products() {
    let w = World::new();
    let [x, y, z] = ["x", "y", "z"].map(|n| w.scalar(n));
    let (zero, one) = (w.int(0), w.int(1));
    let ne = |a: Id, b: Id| w.s.rel(RelOp::Ne, a, b);
    let sin = |t: Id| prim(&w, Prim::Sin, t);
    let f = Facts::new(&w.s, &[ne(x, zero), ne(y, one), ne(sin(z), zero)]);
    for t in [
        w.mul(&[x, w.sub(y, one)]),
        w.div(x, w.sub(y, one)),
        w.pow(w.sub(one, y), 3),
        w.mul(&[w.pow(x, 2), sin(z)]),
        w.div(sin(z), x),
        w.neg(x),
    ] {
        assert_eq!(f.holds(ne(t, zero)), Tri::True, "{}", w.show(t));
        assert_eq!(f.holds(w.s.rel(RelOp::Gt, t, zero)), Tri::Unknown, "{}", w.show(t));
    }
    for t in [y, w.sub(x, one), w.mul(&[x, y]), w.add(&[x, sin(z)]), w.sub(sin(z), one)] {
        assert_eq!(f.holds(ne(t, zero)), Tri::Unknown, "{}", w.show(t));
    }
    let g = |c: RelOp, at: Id| Facts::new(&w.s, &[w.s.rel(c, x, at)]);
    let says = |f: &Facts, op: RelOp, a: Id, b: Id| f.holds(w.s.rel(op, a, b));
    use RelOp::{Ge, Gt, Le, Lt};
    // Of an exponential beside 1 and a logarithm beside 0: strict where what is known is.
    for (known, mirrored, weak) in [(Gt, Le, Ge), (Lt, Ge, Le)] {
        assert_eq!(says(&g(known, zero), known, w.exp(x), one), Tri::True);
        assert_eq!(says(&g(known, zero), mirrored, w.exp(x), one), Tri::False);
        assert_eq!(says(&g(weak, zero), weak, w.exp(x), one), Tri::True);
        assert_eq!(says(&g(weak, zero), known, w.exp(x), one), Tri::Unknown);
    }
    assert_eq!(says(&g(Gt, one), Gt, w.log(x), zero), Tri::True);
    assert_eq!(says(&g(Ge, one), Ge, w.log(x), zero), Tri::True);
    assert_eq!(says(&g(Ge, one), Gt, w.log(x), zero), Tri::Unknown);
    assert_eq!(says(&g(Lt, one), Lt, w.log(x), zero), Tri::True);
    assert_eq!(says(&g(Le, one), Lt, w.log(x), zero), Tri::Unknown);
    let bound = |p: Prim, lo: (RelOp, i64), hi: (RelOp, i64)| {
        let (none, t) = (Facts::new(&w.s, &[]), prim(&w, p, x));
        assert_eq!(says(&none, lo.0, t, w.int(lo.1)), Tri::True, "{}", w.show(t));
        assert_eq!(says(&none, hi.0, t, w.int(hi.1)), Tri::True, "{}", w.show(t));
        if lo.0 == Ge {
            assert_eq!(says(&none, Gt, t, w.int(lo.1)), Tri::Unknown, "{}", w.show(t));
        }
        if hi.0 == Le {
            assert_eq!(says(&none, Lt, t, w.int(hi.1)), Tri::Unknown, "{}", w.show(t));
        }
    };
    for p in [Prim::Sin, Prim::Cos, Prim::Sign] {
        bound(p, (Ge, -1), (Le, 1));
    }
    bound(Prim::Erf, (Gt, -1), (Lt, 1));
    let pi = w.s.prim_call(Prim::Pi, &[]);
    let none = Facts::new(&w.s, &[]);
    assert_eq!(says(&none, Gt, pi, w.int(3)), Tri::True);
    assert_eq!(says(&none, Lt, pi, w.int(4)), Tri::True);
    assert_eq!(says(&none, Gt, prim(&w, Prim::Factorial, w.ix(&w.size("n"))), zero), Tri::True);
    assert_eq!(says(&none, Ge, prim(&w, Prim::Acos, x), zero), Tri::True);
    assert_eq!(says(&none, Gt, prim(&w, Prim::Acos, x), zero), Tri::Unknown);
    assert_eq!(says(&none, Gt, prim(&w, Prim::Abs, x), zero), Tri::Unknown);
    assert_eq!(says(&f, Gt, prim(&w, Prim::Abs, x), zero), Tri::True);
}

/// An orthogonal matrix beside its transpose is none; one that is not, or is not square, stays.
#[test]
fn orthogonal_matrices_go_beside_their_transposes() {
    let w = World::new();
    let (m, n) = (w.size("m"), w.size("n"));
    let orthogonal = Props { orthogonal: true, ..Props::default() };
    let (q, a) = (w.tensor_with("Q", &[n.clone(), n.clone()], orthogonal), w.tensor("A", &[n.clone(), n.clone()]));
    let long = w.tensor_with("U", &[m.clone(), n.clone()], orthogonal);
    let x = w.tensor("x", &[n.clone()]);
    let f = Facts::new(&w.s, &[]);
    let (t, tr) = (|u| prim(&w, Prim::Transpose, u), |u| prim(&w, Prim::Tr, u));
    let mm = |xs: &[Id]| w.s.intern(Node::MatMul(xs.into()));
    let eye = |k: &Aff| prim(&w, Prim::Eye, w.ix(k));
    w.yes(&f, mm(&[t(q), q]), eye(&n));
    w.yes(&f, mm(&[q, t(q)]), eye(&n));
    w.yes(&f, mm(&[a, q, t(q), a]), mm(&[a, a]));
    w.yes(&f, mm(&[t(a), t(q), q, a]), mm(&[t(a), a]));
    w.yes(&f, mm(&[t(mm(&[q, x])), mm(&[q, x])]), mm(&[t(x), x]));
    w.yes(&f, tr(mm(&[q, a, t(q)])), tr(a));
    w.no(&f, mm(&[q, q]), eye(&n));
    w.no(&f, mm(&[t(a), a]), eye(&n));
    w.no(&f, mm(&[q, a, t(q)]), a);
    w.no(&f, mm(&[long, t(long)]), eye(&m));
    w.no(&f, q, t(q));
    w.no(&f, mm(&[t(x), q, x]), mm(&[t(x), x]));
}

/// What is known with more facts is not known without them, whichever is asked first; the answers are those of facts made anew.
#[test]
fn what_more_facts_say_stays_with_them() {
    let w = World::new();
    let [x, y] = ["x", "y"].map(|n| w.scalar(n));
    let (i, n) = (w.index("i"), w.size("n"));
    let zero = w.int(0);
    let rel = |op: RelOp, a: Id, b: Id| w.s.rel(op, a, b);
    let abs = |t: Id| prim(&w, Prim::Abs, t);
    let more =
        [rel(RelOp::Gt, x, zero), rel(RelOp::Lt, x, zero), rel(RelOp::Eq, x, y), rel(RelOp::Le, w.ix(&i), w.ix(&n)), rel(RelOp::Ne, x, y)];
    let questions = [
        rel(RelOp::Gt, x, zero),
        rel(RelOp::Ne, x, zero),
        rel(RelOp::Gt, w.mul(&[x, w.exp(y)]), zero),
        rel(RelOp::Le, w.ix(&i), w.ix(&n.plus(1))),
        rel(RelOp::Ne, w.pow(w.sub(x, y), 2), zero),
    ];
    let equations = [(abs(x), x), (abs(x), w.neg(x)), (w.mul(&[x, y]), w.pow(x, 2)), (abs(w.mul(&[x, x, x])), w.mul(&[x, x, abs(x)]))];
    let terms = [w.log(x), w.div(y, x), w.s.intern(Node::Pow(w.neg(x), w.q(1, 2))), w.div(w.int(1), w.sub(x, y))];
    let answers = |f: &Facts| {
        let holds: Vec<Tri> = questions.iter().map(|c| f.holds(*c)).collect();
        let equal: Vec<bool> = equations.iter().map(|(a, b)| f.equal(*a, *b).is_proved()).collect();
        let defined: Vec<bool> = terms.iter().map(|t| f.defined(*t).is_always()).collect();
        (holds, equal, defined)
    };
    let none = answers(&Facts::new(&w.s, &[]));
    assert!(none.0.iter().all(|t| *t == Tri::Unknown) && none.2.iter().all(|d| !d));
    let base = Facts::new(&w.s, &[]);
    for c in more {
        let with = base.with(&[c]);
        let found = answers(&with);
        assert_eq!(found, answers(&Facts::new(&w.s, &[c])), "{}", w.show(c));
        assert_ne!(found, none, "{}", w.show(c));
        assert_eq!(answers(&base), none, "after {}", w.show(c));
        assert_eq!(answers(&base.with(&[c])), found, "{}", w.show(c));
    }
}
