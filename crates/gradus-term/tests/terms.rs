//! Laws of the arena: binders, substitution, positions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may fail loudly")]

use gradus_term::{Aff, Arg, BigOp, Domain, LimitPoint, Node, Position, RelOp, Side, Sort, Store, Summand, VarInfo, VarKind};

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

fn names<const N: usize>(s: &Store, ns: [&str; N]) -> [gradus_term::Id; N] {
    ns.map(|n| s.name(scalar(s, n)))
}

#[test]
fn operands_are_ascending_and_there() {
    let s = Store::new();
    let [a, b, c] = names(&s, ["a", "b", "c"]);
    let product = s.product(&[a, b, c]);
    let part = |operands: &[u32]| s.focus(product, &Position::root().select(operands)).map(|f| f.part);
    assert_eq!(part(&[0, 2]).unwrap(), s.product(&[a, c]));
    for wrong in [&[1, 0][..], &[1, 1], &[0, 3], &[3]] {
        assert!(part(wrong).is_err(), "{wrong:?}");
        assert!(s.splice(product, &Position::root().select(wrong), &[], a).is_err(), "{wrong:?}");
    }
    assert!(s.focus(a, &Position::root().select(&[0])).is_err());
    assert!(s.focus(product, &Position::at(&[3])).is_err());
    assert!(s.splice(product, &Position::at(&[3]), &[], a).is_err());
}

#[test]
fn splice_in_products_flattens_and_drops_ones() {
    let s = Store::new();
    let [a, b, c, d] = names(&s, ["a", "b", "c", "d"]);
    let product = s.product(&[a, b, c]);
    let put = |pos: &Position, new| s.splice(product, pos, &[], new).unwrap();
    assert_eq!(put(&Position::at(&[1]), s.product(&[d, a])), s.product(&[a, d, a, c]));
    assert_eq!(put(&Position::at(&[1]), s.int(1)), s.product(&[a, c]));
    assert_eq!(put(&Position::root().select(&[0, 2]), d), s.product(&[d, b]));
    assert_eq!(put(&Position::root().select(&[1, 2]), s.product(&[d, s.int(1)])), s.product(&[a, d]));
    // 0 among factors stays, and so does 1 among summands.
    assert_eq!(put(&Position::at(&[1]), s.int(0)), s.product(&[a, s.int(0), c]));
    let sum = s.add(a, b);
    assert_eq!(s.splice(sum, &Position::at(&[0]), &[], s.int(1)).unwrap(), s.add(s.int(1), b));
    assert_eq!(s.splice(sum, &Position::root().select(&[0, 1]), &[], s.int(0)).unwrap(), s.int(0));
    assert_eq!(s.splice(sum, &Position::root(), &[], d).unwrap(), d);
}

#[test]
fn a_sum_below_a_minus_turns_its_signs() {
    let s = Store::new();
    let [a, b, c] = names(&s, ["a", "b", "c"]);
    let term = |neg, term| Summand { neg, term };
    let whole = s.sum(&[term(false, a), term(true, b)]);
    let got = s.splice(whole, &Position::at(&[1]), &[], s.sum(&[term(true, c), term(false, a), term(false, s.int(0))])).unwrap();
    assert_eq!(got, s.sum(&[term(false, a), term(false, c), term(true, a)]));
    // Selected with its sign, the same operand is replaced with its sign.
    let got = s.splice(whole, &Position::root().select(&[1]), &[], c).unwrap();
    assert_eq!(got, s.add(a, c));
    assert_eq!(s.focus(whole, &Position::root().select(&[1])).unwrap().part, s.neg(b));
}

#[test]
fn guards_beside_a_factor_are_facts_and_its_own_are_not() {
    let s = Store::new();
    let [a, b] = names(&s, ["a", "b"]);
    let (p, q) = (s.rel(RelOp::Lt, a, b), s.rel(RelOp::Gt, a, s.int(0)));
    let product = s.product(&[s.intern(Node::Iverson(p)), a, s.intern(Node::Iverson(q))]);
    assert_eq!(s.focus(product, &Position::at(&[1])).unwrap().facts, [p, q]);
    assert_eq!(s.focus(product, &Position::at(&[0])).unwrap().facts, [q]);
    assert_eq!(s.focus(product, &Position::root().select(&[1, 2])).unwrap().facts, [p]);
    let cases = s.intern(Node::Cases([(p, a), (q, b)].into(), Some(s.int(0))));
    assert_eq!(s.focus(cases, &Position::at(&[0])).unwrap().facts, []);
    assert_eq!(s.focus(cases, &Position::at(&[1])).unwrap().facts, [p]);
    assert_eq!(s.focus(cases, &Position::at(&[3])).unwrap().facts, [s.intern(Node::Not(p)), q]);
    assert_eq!(s.focus(cases, &Position::at(&[4])).unwrap().facts, [s.intern(Node::Not(p)), s.intern(Node::Not(q))]);
}

#[test]
fn near_a_point_is_near_it_and_on_its_side() {
    let s = Store::new();
    let v = scalar(&s, "x");
    let [x, p] = [s.name(v), s.int(2)];
    let close = s.quot(s.int(1), s.int(1000));
    let (below, above) = (s.rel(RelOp::Gt, x, s.sub(p, close)), s.rel(RelOp::Lt, x, s.add(p, close)));
    let at = |side| s.near(v, LimitPoint::At(p), side);
    assert_eq!(at(Side::Both), [s.rel(RelOp::Ne, x, p), above, below]);
    assert_eq!(at(Side::Right), [s.rel(RelOp::Gt, x, p), above]);
    assert_eq!(at(Side::Left), [s.rel(RelOp::Lt, x, p), below]);
    assert_eq!(s.near(v, LimitPoint::PosInf, Side::Both), [s.rel(RelOp::Gt, x, s.int(1000))]);
    assert_eq!(s.near(v, LimitPoint::NegInf, Side::Both), [s.rel(RelOp::Lt, x, s.neg(s.int(1000)))]);
}

#[test]
fn binders_say_what_their_names_range_over() {
    let s = Store::new();
    let n = Aff::free(size(&s, "n"));
    let x = s.declare(VarInfo::new("x", VarKind::Given, Sort::tensor(&[n.clone()])));
    let i = s.fresh(s.sym("i"), Sort::Scalar, true);
    let entry = s.intern(Node::Entry(s.name(x), [Aff::free(i)].into()));
    let range = |v: gradus_term::VarId| {
        let v = s.index(Aff::free(v));
        [s.rel(RelOp::Le, s.int(1), v), s.rel(RelOp::Le, v, s.index(n.clone()))]
    };
    let former = s.focus(s.tensor(&[i], &[n.clone()], entry), &Position::at(&[0])).unwrap();
    assert_eq!(former.facts, range(former.opened[0]));
    let odd = |v: gradus_term::VarId| s.rel(RelOp::Ne, s.index(Aff::free(v)), s.int(2));
    let sum = s.big(BigOp::Sum, i, Aff::int(1), n.clone(), Some(odd(i)), entry);
    let body = s.focus(sum, &Position::at(&[0])).unwrap();
    let [lo, hi] = range(body.opened[0]);
    assert_eq!(body.facts, [lo, hi, odd(body.opened[0])]);
    // The condition itself is said of the range alone.
    let cond = s.focus(sum, &Position::at(&[1])).unwrap();
    assert_eq!(cond.facts, range(cond.opened[0]));
}

/// What is loose in a term is what is loose below it, a binder less for each that is crossed; opened, nothing of it is.
#[test]
fn what_is_loose_is_what_is_loose_below() {
    let s = Store::new();
    let n = size(&s, "n");
    let [a, b, c] = names(&s, ["a", "b", "c"]);
    let x = s.name(s.declare(VarInfo::new("x", VarKind::Given, Sort::tensor(&[Aff::free(n)]))));
    let f = s.name(s.declare(VarInfo::new("f", VarKind::Given, Sort::Fun(1))));
    let bound = |t: gradus_term::Id| {
        let v = s.fresh(s.sym("u"), Sort::Scalar, false);
        let i = s.fresh(s.sym("i"), Sort::Scalar, true);
        let body = s.add(t, s.mul(s.name(v), s.intern(Node::Entry(x, [Aff::free(i)].into()))));
        let sum = s.big(BigOp::Sum, i, Aff::int(1), Aff::free(n), Some(s.rel(RelOp::Ne, s.index(Aff::free(i)), s.int(2))), body);
        s.diff(sum, s.name(v), &[])
    };
    let mut all = vec![a, s.add(a, b), s.mul(a, b), s.quot(a, b), s.exp(a), s.log(b), x];
    all.push(s.intern(Node::CallVar(f, [s.add(a, c)].into())));
    all.push(s.intern(Node::Stack([a, x].into())));
    all.push(s.intern(Node::Iverson(s.rel(RelOp::Lt, a, b))));
    all.push(s.intern(Node::Cases([(s.rel(RelOp::Gt, a, c), b)].into(), Some(c))));
    all.extend([bound(a), bound(s.exp(b)), s.add(bound(c), a)]);
    fn check(s: &Store, t: gradus_term::Id) {
        let mut below = 0;
        s.node(t).for_each_child(|c, crossed| {
            check(s, c);
            below = below.max(s.loose(c).saturating_sub(crossed));
        });
        // Indices of entries and ends of ranges are loose by themselves.
        assert!(s.loose(t) >= below, "{:?}", s.node(t));
        if !matches!(s.node(t), Node::Bound(..) | Node::Index(_) | Node::Entry(..) | Node::Big { .. } | Node::Tensor { .. }) {
            assert_eq!(s.loose(t), below, "{:?}", s.node(t));
        }
    }
    for t in all {
        assert_eq!(s.loose(t), 0);
        check(&s, t);
        // A name put in under binders stays free, whatever stands there.
        for v in [a, b, c] {
            let Node::Var(w) = s.node(v) else { continue };
            let put = s.subst(t, &std::iter::once((*w, Arg::Val(s.exp(c)))).collect());
            assert_eq!(s.loose(put), 0);
            assert_eq!(s.mentions(put, *w), v == c && s.mentions(t, *w));
            check(&s, put);
        }
    }
}

/// A function of one scalar, whether it is known or not, is taken entry by entry at a tensor, and only there; what is scalar beside
/// it stays whole.
#[test]
fn functions_of_scalars_are_taken_entry_by_entry() {
    let s = Store::new();
    let n = size(&s, "n");
    let v = Sort::tensor(&[Aff::free(n)]);
    let [x, y] = ["x", "y"].map(|l| s.name(s.declare(VarInfo::new(l, VarKind::Given, v.clone()))));
    let a = s.name(scalar(&s, "a"));
    let function = |name: &str, kinds: &[Sort], explicit: usize, kind: gradus_term::FnKind| {
        let params: Vec<_> = kinds.iter().map(|k| (s.declare(VarInfo::new("u", VarKind::Param, k.clone())), k)).collect();
        let info = gradus_term::FnInfo {
            name: name.into(),
            kind,
            params: params.iter().map(|(var, k)| gradus_term::Param { var: *var, sort: (*k).clone() }).collect(),
            explicit,
            dims: vec![],
            result: Sort::Scalar,
            latex: None,
            library: false,
        };
        (info, params.iter().map(|p| s.name(p.0)).collect::<Vec<_>>())
    };
    let unknown = |name: &str, kinds: &[Sort], explicit: usize| s.add_fn(function(name, kinds, explicit, gradus_term::FnKind::Unknown).0);
    let f = unknown("f", &[Sort::Scalar], 1);
    assert_eq!(*s.sort(s.call(f, &[x])), v);
    assert_eq!(*s.sort(s.call(f, &[a])), Sort::Scalar);
    // A value of a whole vector is none of its entries.
    let g = unknown("g", std::slice::from_ref(&v), 1);
    assert_eq!(*s.sort(s.call(g, &[x])), Sort::Scalar);
    let h = unknown("h", &[Sort::Scalar, Sort::Scalar], 2);
    assert_eq!(*s.sort(s.call(h, &[a, a])), Sort::Scalar);
    // With a hidden parameter beside it.
    let k = unknown("k", &[Sort::Scalar, Sort::Scalar], 1);
    assert_eq!(*s.sort(s.call(k, &[x, a])), v);
    assert_eq!(*s.sort(s.call(k, &[a, a])), Sort::Scalar);
    let (info, us) = function("m", &[Sort::Scalar, Sort::Scalar], 2, gradus_term::FnKind::Defined);
    let m = s.define(info, s.mul(us[0], s.exp(us[1])));
    let i = Aff::int(1);
    let at = |t: gradus_term::Id| s.intern(Node::Entry(t, [i.clone()].into()));
    assert_eq!(*s.sort(s.call(m, &[x, a])), v);
    assert_eq!(s.entry(s.call(m, &[x, a]), std::slice::from_ref(&i)), Some(s.call(m, &[at(x), a])));
    assert_eq!(s.entry(s.call(m, &[x, y]), std::slice::from_ref(&i)), Some(s.call(m, &[at(x), at(y)])));
    assert_eq!(s.entry(s.call(f, &[x]), std::slice::from_ref(&i)), Some(s.call(f, &[at(x)])));
    assert_eq!(s.entry(s.call(g, &[x]), std::slice::from_ref(&i)), None);
}

/// What may be anything takes the sort of what it stands beside, on either side.
#[test]
fn anything_takes_the_sort_beside_it() {
    let s = Store::new();
    let n = Aff::int(3);
    let any = s.intern(Node::Meta(s.declare(VarInfo::new("u", VarKind::Meta, Sort::Any)), Box::default()));
    let vector = Sort::tensor(std::slice::from_ref(&n));
    let v = s.name(s.declare(VarInfo::new("v", VarKind::Given, vector.clone())));
    let x = s.name(scalar(&s, "x"));
    assert_eq!([s.add(any, v), s.add(v, any)].map(|t| s.sort(t).clone()), [vector.clone(), vector.clone()]);
    assert_eq!([s.add(any, x), s.add(x, any)].map(|t| s.sort(t).clone()), [Sort::Scalar, Sort::Scalar]);
    assert_eq!([s.mul(any, v), s.mul(v, x)].map(|t| s.sort(t).clone()), [vector.clone(), vector]);
    assert_eq!([s.add(v, x), s.add(x, v)].map(|t| s.sort(t).clone()), [Sort::Ill, Sort::Ill]);
    assert_eq!(*s.sort(s.add(any, any)), Sort::Any);
}

/// Work is counted and, where it is limited, comes to an end.
#[test]
fn work_ends() {
    let s = Store::new();
    assert!(!s.exhausted());
    s.allow(3);
    assert_eq!((s.work_left(), s.exhausted()), (3, false));
    s.spend(2);
    assert_eq!((s.work_left(), s.exhausted()), (1, false));
    s.spend(5);
    assert_eq!((s.work_left(), s.exhausted()), (0, true));
    s.allow(1);
    assert!(!s.exhausted());
}
