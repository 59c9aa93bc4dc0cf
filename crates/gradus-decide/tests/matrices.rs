//! Diagonal matrices, multiples of inverses, and what is definite because it is said to be invertible; each with a false twin.

mod common;

use common::World;
use gradus_decide::Facts;
use gradus_term::{Aff, BigOp, Id, Node, Prim, Props, RelOp};

fn diag(w: &World, v: Id) -> Id {
    w.s.prim_call(Prim::Diag, &[v])
}
fn prim(w: &World, p: Prim, t: Id) -> Id {
    w.s.prim_call(p, &[t])
}

#[test]
fn diagonal_matrices() {
    let w = World::new();
    let n = w.size("n");
    let (v, u) = (w.tensor_with("v", &[n.clone()], Props { positive: true, ..Props::default() }), w.tensor("u", &[n.clone()]));
    let f = Facts::new(&w.s, &[]);
    let over = |op: BigOp, v: Id| {
        let i = w.s.fresh(w.s.sym("i"), gradus_term::Sort::Scalar, true);
        let entry = w.s.intern(Node::Entry(v, [Aff::free(i)].into()));
        w.s.big(op, i, Aff::int(1), n.clone(), None, entry)
    };
    w.yes(&f, prim(&w, Prim::Det, diag(&w, v)), over(BigOp::Prod, v));
    w.no(&f, prim(&w, Prim::Det, diag(&w, v)), over(BigOp::Sum, v));
    w.no(&f, prim(&w, Prim::Det, diag(&w, v)), over(BigOp::Prod, u));
    let power = |k: i64| diag(&w, w.s.prim_call(Prim::EntryPow, &[v, w.int(k)]));
    w.yes(&f, prim(&w, Prim::Inv, diag(&w, v)), power(-1));
    w.no(&f, prim(&w, Prim::Inv, diag(&w, v)), power(-2));
    // Invertible and definite by the signs of the entries; of u nothing is known.
    assert!(f.positive_definite(diag(&w, v)) && f.invertible(diag(&w, v)));
    assert!(!f.positive_definite(diag(&w, u)) && !f.invertible(diag(&w, u)));
    let minus = diag(&w, w.s.neg(v));
    assert!(!f.positive_definite(minus) && f.invertible(minus));
}

#[test]
fn what_is_said_to_be_invertible() {
    let w = World::new();
    let (n, p) = (w.size("n"), w.size("p"));
    let (x, y) = (w.tensor("X", &[n.clone(), p.clone()]), w.tensor("Y", &[p.clone(), p.clone()]));
    let gram = w.s.intern(Node::MatMul([prim(&w, Prim::Transpose, x), x].into()));
    let said = |m: Id| Facts::new(&w.s, &[w.s.rel(RelOp::Ne, prim(&w, Prim::Det, m), w.int(0))]);
    let over = |t: Id| w.div(t, w.ix(&n));
    assert!(said(gram).positive_definite(gram) && said(over(gram)).positive_definite(gram) && said(gram).positive_definite(over(gram)));
    assert!(!Facts::new(&w.s, &[]).positive_definite(gram));
    assert!(!said(y).positive_definite(y) && !said(y).positive_definite(gram));
    assert!(!said(gram).positive_definite(w.s.neg(gram)));
    let zero = Facts::new(&w.s, &[w.s.rel(RelOp::Eq, prim(&w, Prim::Det, gram), w.int(0))]);
    assert!(!zero.positive_definite(gram));
}

#[test]
fn inverses_of_multiples() {
    let w = World::new();
    let (n, p) = (w.size("n"), w.size("p"));
    let (x, m) = (w.tensor("X", &[n.clone(), p.clone()]), w.tensor("M", &[p.clone(), p.clone()]));
    let c = w.scalar("c");
    let f = Facts::new(&w.s, &[]);
    let inv = |t: Id| prim(&w, Prim::Inv, t);
    let mm = |x: &[Id]| w.s.intern(Node::MatMul(x.into()));
    let t = |x: Id| prim(&w, Prim::Transpose, x);
    let gram = mm(&[t(x), x]);
    w.yes(&f, inv(w.mul(&[c, inv(gram)])), w.div(gram, c));
    w.no(&f, inv(w.mul(&[c, inv(gram)])), w.mul(&[c, gram]));
    w.no(&f, inv(w.mul(&[c, inv(gram)])), gram);
    // The inverse of a Gram matrix is its own transpose, that of another matrix is not.
    let tr = |xs: &[Id]| prim(&w, Prim::Tr, mm(xs));
    let d = w.tensor("D", &[n.clone(), p.clone()]);
    w.yes(&f, tr(&[inv(gram), t(d), x, inv(gram), m]), tr(&[inv(gram), t(x), d, inv(gram), t(m)]));
    w.no(&f, tr(&[inv(gram), t(d), x, inv(gram), m]), tr(&[inv(gram), t(x), d, inv(gram), m]));
    w.no(&f, tr(&[inv(m), t(d), x]), tr(&[inv(m), t(x), d]));
}
