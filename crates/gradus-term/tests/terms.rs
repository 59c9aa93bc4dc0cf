//! Laws of the arena: binders, substitution, positions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may fail loudly")]

use gradus_term::{Aff, Arg, BigOp, Domain, Node, Position, Sort, Store, Summand, VarInfo, VarKind};

fn scalar(s: &Store, n: &str) -> gradus_term::VarId {
    s.declare(VarInfo::new(n, VarKind::Given, Sort::Scalar))
}
fn size(s: &Store, n: &str) -> gradus_term::VarId {
    let mut i = VarInfo::new(n, VarKind::Size, Sort::Scalar);
    i.domain = Domain::Nat;
    s.declare(i)
}

#[test]
fn letters_do_not_matter_for_sameness() {
    let s = Store::new();
    let n = size(&s, "n");
    let x = s.declare(VarInfo::new("x", VarKind::Given, Sort::tensor(&[Aff::free(n)])));
    let make = |l: &str| {
        let j = s.fresh(s.sym(l), Sort::Scalar, true);
        let e = s.intern(Node::Entry(s.name(x), [Aff::free(j)].into()));
        s.big(BigOp::Sum, j, Aff::int(1), Aff::free(n), None, e)
    };
    let (a, b) = (make("j"), make("k"));
    assert_ne!(a, b);
    assert!(s.same(a, b));
    assert_eq!(s.loose(a), 0);
}

#[test]
fn splice_flattens_and_multiplies_signs() {
    let s = Store::new();
    let [a, b, c] = ["a", "b", "c"].map(|n| s.name(scalar(&s, n)));
    let whole = s.sum(&[Summand { neg: false, term: a }, Summand { neg: true, term: b }]);
    let new = s.sub(b, c);
    let got = s.splice(whole, &Position::at(&[1]), &[], new).unwrap();
    let want = s.sum(&[Summand { neg: false, term: a }, Summand { neg: true, term: b }, Summand { neg: false, term: c }]);
    assert_eq!(got, want);
    let gone = s.splice(whole, &Position::at(&[1]), &[], s.int(0)).unwrap();
    assert_eq!(gone, a);
    let both = s.splice(whole, &Position::root().select(&[0, 1]), &[], c).unwrap();
    assert_eq!(both, c);
}

#[test]
fn focus_opens_binders_and_splice_closes_them() {
    let s = Store::new();
    let n = size(&s, "n");
    let x = s.declare(VarInfo::new("x", VarKind::Given, Sort::tensor(&[Aff::free(n)])));
    let j = s.fresh(s.sym("j"), Sort::Scalar, true);
    let e = s.intern(Node::Entry(s.name(x), [Aff::free(j)].into()));
    let sum = s.big(BigOp::Sum, j, Aff::int(1), Aff::free(n), None, s.exp(e));
    let pos = Position::at(&[0, 0]);
    let f = s.focus(sum, &pos).unwrap();
    assert_eq!(f.opened.len(), 1);
    assert_eq!(f.facts.len(), 2);
    let same = s.splice(sum, &pos, &f.opened, f.part).unwrap();
    assert_eq!(same, sum);
}

#[test]
fn derivative_reaches_through_hidden_arguments() {
    let s = Store::new();
    let (a, y) = (s.name(scalar(&s, "a")), scalar(&s, "y"));
    let p = scalar(&s, "phi");
    let info = gradus_term::FnInfo {
        name: "L".into(),
        kind: gradus_term::FnKind::Defined,
        params: vec![gradus_term::Param { var: p, sort: Sort::Scalar }],
        explicit: 0,
        dims: vec![],
        result: Sort::Scalar,
        latex: None,
        library: false,
    };
    let body = s.mul(s.name(y), s.log(s.name(p)));
    let l = s.define(info, body);
    let call = s.call(l, &[s.exp(a)]);
    let d = s.diff(call, a, &[]);
    assert_eq!(s.loose(d), 0);
    assert_eq!(s.unfold(l, &[s.exp(a)]), Some(s.mul(s.name(y), s.log(s.exp(a)))));
    let opened = s.open_child(d, 0).unwrap().1;
    assert!(matches!(s.node(opened), Node::Call(..)));
}

#[test]
fn entries_of_tensor_operations() {
    let s = Store::new();
    let n = size(&s, "n");
    let v = Sort::tensor(&[Aff::free(n)]);
    let x = s.name(s.declare(VarInfo::new("x", VarKind::Given, v.clone())));
    let row = s.prim_call(gradus_term::Prim::Transpose, &[x]);
    let outer = s.intern(Node::MatMul([x, row].into()));
    assert_eq!(s.sort(outer).dims().len(), 2);
    let (i, j) = (Aff::int(1), Aff::int(2));
    let e = s.entry(outer, &[i.clone(), j.clone()]).unwrap();
    let want = s.mul(s.intern(Node::Entry(x, [i].into())), s.intern(Node::Entry(x, [j].into())));
    assert_eq!(e, want);
    let dot = s.intern(Node::MatMul([row, x].into()));
    assert_eq!(*s.sort(dot), Sort::Scalar);
    assert!(s.scalar_form(dot).is_some());
    let z = s.int(0);
    let stack = s.intern(Node::Stack([z, x].into()));
    assert_eq!(s.entry(stack, &[Aff::int(1)]), Some(z));
    let _ = Arg::Idx(Aff::int(1));
}
