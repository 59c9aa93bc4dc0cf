use super::*;
use gradus_term::{debug::show, BigOp, RelOp, Summand, Sym, VarInfo};

struct Lab {
    s: Store,
}

impl Lab {
    fn new() -> Self {
        Lab { s: Store::new() }
    }
    fn var(&self, name: &str) -> Id {
        self.s.intern(Node::Var(self.s.declare(VarInfo::new(name, VarKind::Given, Sort::Scalar))))
    }
    fn tensor(&self, name: &str, n: VarId) -> Id {
        self.s.intern(Node::Var(self.s.declare(VarInfo::new(name, VarKind::Given, Sort::tensor(&[Aff::free(n)])))))
    }
    fn size(&self, name: &str) -> VarId {
        let mut i = VarInfo::new(name, VarKind::Size, Sort::Scalar);
        i.domain = gradus_term::Domain::Nat;
        self.s.declare(i)
    }
    fn meta(&self, name: &str) -> VarId {
        self.s.declare(VarInfo::new(name, VarKind::Meta, Sort::Scalar))
    }
    fn index_meta(&self, name: &str) -> VarId {
        let mut i = VarInfo::new(name, VarKind::Meta, Sort::Scalar);
        i.domain = gradus_term::Domain::Int;
        self.s.declare(i)
    }
    fn m(&self, v: VarId) -> Id {
        self.s.intern(Node::Meta(v, [].into()))
    }
    fn at(&self, v: VarId, args: &[Id]) -> Id {
        self.s.intern(Node::Meta(v, args.into()))
    }
    fn bound(&self, k: u32) -> Id {
        self.s.intern(Node::Bound(k, Sort::Any))
    }
    fn bound_index(&self, k: u32) -> Id {
        self.s.intern(Node::Index(Aff::bound(k)))
    }
    fn big(&self, lo: Aff, hi: Aff, body: Id) -> Id {
        self.s.intern(Node::Big { op: BigOp::Sum, hint: Sym::NONE, lo, hi, cond: None, body })
    }
    fn diff(&self, body: Id, point: Id) -> Id {
        self.s.intern(Node::Diff { hint: Sym::NONE, body, slot: [].into(), point })
    }
    fn rule(&self, left: Id, right: Id) -> Rule {
        Rule {
            name: "t.t".into(),
            left,
            right,
            relates: gradus_kernel::Relates::Equal,
            needs: vec![],
            premises: vec![],
            says: String::new(),
            short: String::new(),
            tries: vec![],
            metas: vec![],
        }
    }
    fn results(&self, left: Id, right: Id, part: Id) -> Vec<String> {
        rewrite(&self.s, &self.rule(left, right), part, false)
            .into_iter()
            .map(|(m, x)| format!("{:?} {}", m.operands, show(&self.s, x)))
            .collect()
    }
}

#[test]
fn logarithm_of_a_power() {
    let l = Lab::new();
    let (u, n) = (l.meta("u"), l.meta("n"));
    let (x, s) = (l.var("x"), &l.s);
    let left = s.log(s.pow(l.m(u), l.m(n)));
    let right = s.mul(l.m(n), s.log(l.m(u)));
    assert_eq!(l.results(left, right, s.log(s.pow(x, s.int(2)))), ["[] (2 * log(x))"]);
    assert!(l.results(left, right, s.log(x)).is_empty());
}

#[test]
fn a_common_factor_among_several_summands() {
    let l = Lab::new();
    let s = &l.s;
    let (a, b, c) = (l.meta("a"), l.meta("b"), l.meta("c"));
    let left = s.add(s.mul(l.m(a), l.m(c)), s.mul(l.m(b), l.m(c)));
    let right = s.mul(s.add(l.m(a), l.m(b)), l.m(c));
    let (x, y, z, w) = (l.var("x"), l.var("y"), l.var("z"), l.var("w"));
    let p = |t: Id| Summand { neg: false, term: t };
    let part = s.sum(&[p(s.mul(x, z)), p(y), p(s.product(&[z, w, y]))]);
    let found = l.results(left, right, part);
    assert_eq!(found.first().map(String::as_str), Some("[0, 2] ((+x +(w * y)) * z)"));
}

#[test]
fn signs_go_with_a_metavariable_and_must_fit_anything_else() {
    let l = Lab::new();
    let s = &l.s;
    let (u, v) = (l.meta("u"), l.meta("v"));
    let (x, y) = (l.var("x"), l.var("y"));
    let exp = s.exp(s.add(l.m(u), l.m(v)));
    let found = l.results(exp, s.mul(s.exp(l.m(u)), s.exp(l.m(v))), s.exp(s.sub(x, y)));
    assert_eq!(found.first().map(String::as_str), Some("[] (exp(x) * exp((-y)))"));
    let logs = s.add(s.log(l.m(u)), s.log(l.m(v)));
    assert!(l.results(logs, s.log(s.mul(l.m(u), l.m(v))), s.sub(s.log(x), s.log(y))).is_empty());
}

#[test]
fn constants_come_out_of_a_sum_over_a_range() {
    let l = Lab::new();
    let s = &l.s;
    let (lo, hi) = (l.index_meta("lo"), l.index_meta("hi"));
    let (c, u) = (l.meta("c"), l.meta("u"));
    let j = l.bound_index(0);
    let left = l.big(Aff::free(lo), Aff::free(hi), s.mul(l.m(c), l.at(u, &[j])));
    let right = s.mul(l.m(c), l.big(Aff::free(lo), Aff::free(hi), l.at(u, &[j])));
    let n = l.size("n");
    let (x, a, b) = (l.tensor("x", n), l.var("a"), l.var("b"));
    let xj = s.intern(Node::Entry(x, [Aff::bound(0)].into()));
    let part = l.big(Aff::int(1), Aff::free(n), s.product(&[a, xj, b]));
    let found = l.results(left, right, part);
    assert_eq!(found.first().map(String::as_str), Some("[] ((a * b) * Sum(1..n, x[^0]))"));
    assert!(l.results(left, right, l.big(Aff::int(1), Aff::free(n), xj)).is_empty());
}

#[test]
fn a_delta_collapses_a_sum() {
    let l = Lab::new();
    let s = &l.s;
    let (lo, hi, m) = (l.index_meta("lo"), l.index_meta("hi"), l.index_meta("m"));
    let u = l.meta("u");
    let j = l.bound_index(0);
    let delta = s.intern(Node::Iverson(s.rel(RelOp::Eq, j, s.intern(Node::Index(Aff::free(m))))));
    let left = l.big(Aff::free(lo), Aff::free(hi), s.mul(delta, l.at(u, &[j])));
    let right = l.at(u, &[s.intern(Node::Index(Aff::free(m)))]);
    let n = l.size("n");
    let i = l.size("i");
    let x = l.tensor("x", n);
    let e = |a: Aff| s.intern(Node::Entry(x, [a].into()));
    let d = s.intern(Node::Iverson(s.rel(RelOp::Eq, j, s.intern(Node::Index(Aff::free(n).sub(&Aff::free(i)))))));
    let part = l.big(Aff::int(1), Aff::free(n), s.product(&[e(Aff::bound(0)), d, e(Aff::bound(0).plus(1))]));
    assert_eq!(l.results(left, right, part).first().map(String::as_str), Some("[] (x[n-i] * x[n-i+1])"));
    // The other order of the equation is another rule.
    let d2 = s.intern(Node::Iverson(s.rel(RelOp::Eq, s.intern(Node::Index(Aff::free(i))), j)));
    assert!(l.results(left, right, l.big(Aff::int(1), Aff::free(n), s.mul(d2, e(Aff::bound(0))))).is_empty());
}

#[test]
fn an_index_is_replaced_beside_a_delta() {
    let l = Lab::new();
    let s = &l.s;
    let (i, j) = (l.index_meta("i"), l.index_meta("j"));
    let u = l.meta("u");
    let ix = |v: VarId| s.intern(Node::Index(Aff::free(v)));
    let delta = s.intern(Node::Iverson(s.rel(RelOp::Eq, ix(i), ix(j))));
    let left = s.mul(delta, l.at(u, &[ix(i)]));
    let right = s.mul(delta, l.at(u, &[ix(j)]));
    let n = l.size("n");
    let (p, q) = (l.index_meta("p"), l.index_meta("q"));
    let x = l.tensor("x", n);
    let part = s.product(&[s.intern(Node::Entry(x, [Aff::free(p)].into())), s.delta(&Aff::free(p), &Aff::free(q))]);
    let found = l.results(left, right, part);
    assert_eq!(found.first().map(String::as_str), Some("[] ([p Eq q] * x[q])"), "{found:?}");
}

#[test]
fn derivatives_match_at_any_entry_of_any_point() {
    let l = Lab::new();
    let s = &l.s;
    let (c, u, x) = (l.meta("c"), l.meta("u"), l.s.declare(VarInfo::new("x", VarKind::Meta, Sort::Any)));
    let left = l.diff(s.mul(l.m(c), l.at(u, &[l.bound(0)])), l.m(x));
    let right = s.mul(l.m(c), l.diff(l.at(u, &[l.bound(0)]), l.m(x)));
    let n = l.size("n");
    let w = l.tensor("w", n);
    let a = l.var("a");
    let wj = s.intern(Node::Entry(w, [Aff::int(1)].into()));
    let part = s.diff(s.product(&[a, s.exp(wj)]), w, &[Aff::int(2)]);
    assert_eq!(l.results(left, right, part).first().map(String::as_str), Some("[] (a * D(exp(^0[1]) ;[2] @ w))"));
    let scalar = s.diff(s.product(&[s.int(3), a, s.log(a)]), a, &[]);
    assert_eq!(l.results(left, right, scalar).first().map(String::as_str), Some("[] (3 * D((^0 * log(^0)) ;[] @ a))"));
    let constant = l.diff(l.m(c), l.m(x));
    assert!(l.results(constant, s.int(0), scalar).is_empty());
    assert_eq!(l.results(constant, s.int(0), s.diff(s.int(3), a, &[])), ["[] 0"]);
}

#[test]
fn the_chain_rule_reads_off_the_outer_function() {
    let l = Lab::new();
    let s = &l.s;
    let (g, u, x) = (l.meta("g"), l.meta("u"), l.s.declare(VarInfo::new("x", VarKind::Meta, Sort::Any)));
    let ux = l.at(u, &[l.bound(0)]);
    let left = l.diff(l.at(g, &[ux]), l.m(x));
    let right = s.mul(l.diff(l.at(g, &[l.bound(0)]), l.at(u, &[l.m(x)])), l.diff(ux, l.m(x)));
    let a = l.var("a");
    let part = s.diff(s.exp(s.pow(a, s.int(2))), a, &[]);
    assert_eq!(l.results(left, right, part), ["[] (D(exp(^0) ;[] @ a^2) * D(^0^2 ;[] @ a))"]);
}

#[test]
fn sequences_take_what_is_left() {
    let l = Lab::new();
    let s = &l.s;
    let (u, rest, x) = (l.meta("u"), l.meta("rest"), l.s.declare(VarInfo::new("x", VarKind::Meta, Sort::Any)));
    let ux = l.at(u, &[l.bound(0)]);
    let tail = s.intern(Node::Seq(rest));
    let left = l.diff(s.add(ux, tail), l.m(x));
    let right = s.add(l.diff(ux, l.m(x)), l.diff(tail, l.m(x)));
    let a = l.var("a");
    let part = s.diff(
        s.sum(&[Summand { neg: false, term: s.exp(a) }, Summand { neg: true, term: a }, Summand { neg: false, term: s.log(a) }]),
        a,
        &[],
    );
    assert_eq!(l.results(left, right, part).first().map(String::as_str), Some("[] (+D(exp(^0) ;[] @ a) +D((-^0 +log(^0)) ;[] @ a))"));
}

#[test]
fn a_name_bound_by_the_schema_is_never_captured() {
    let l = Lab::new();
    let s = &l.s;
    let (lo, hi, c) = (l.index_meta("lo"), l.index_meta("hi"), l.meta("c"));
    let left = l.big(Aff::free(lo), Aff::free(hi), l.m(c));
    let n = l.size("n");
    let x = l.tensor("x", n);
    let inner = l.big(Aff::int(1), Aff::bound(0), s.intern(Node::Entry(x, [Aff::bound(0)].into())));
    assert!(matches(s, left, l.big(Aff::int(1), Aff::free(n), inner)).is_empty());
    let closed = l.big(Aff::int(1), Aff::free(n), s.intern(Node::Entry(x, [Aff::bound(0)].into())));
    assert_eq!(matches(s, left, l.big(Aff::int(1), Aff::free(n), closed)).len(), 1);
}

#[test]
fn limits_match_at_infinity_and_keep_their_side() {
    let l = Lab::new();
    let s = &l.s;
    let (c, p) = (l.meta("c"), s.declare(VarInfo::new("p", VarKind::Meta, Sort::Scalar)));
    let u = l.meta("u");
    let limit = |body: Id, point, side| s.intern(Node::Limit { hint: Sym::NONE, body, point, side });
    let schema = |body: Id| limit(body, LimitPoint::At(l.m(p)), Side::Both);
    let y = s.intern(Node::Bound(0, Sort::Scalar));
    let left = schema(s.mul(l.m(c), l.at(u, &[y])));
    let right = s.mul(l.m(c), schema(l.at(u, &[y])));
    let part = limit(s.mul(s.int(2), s.exp(y)), LimitPoint::NegInf, Side::Both);
    assert_eq!(l.results(left, right, part), ["[] (2 * lim(exp(^0) -> NegInf Both))"]);
    let part = limit(s.mul(s.int(2), s.log(y)), LimitPoint::At(s.int(0)), Side::Right);
    assert_eq!(l.results(left, right, part), ["[] (2 * lim(log(^0) -> 0 Right))"]);
}

#[test]
fn wide_sums_end_within_the_fuel() {
    let l = Lab::new();
    let s = &l.s;
    let metas: Vec<VarId> = ["a", "b", "c", "d"].iter().map(|n| l.meta(n)).collect();
    let pow = |v: VarId| Summand { neg: false, term: s.pow(l.m(v), s.int(2)) };
    let left = s.sum(&metas.iter().map(|v| pow(*v)).collect::<Vec<_>>());
    let wide: Vec<Summand> =
        (0..60).map(|k| Summand { neg: false, term: s.pow(l.var(&format!("x{k}")), s.int(if k % 2 == 0 { 2 } else { 3 })) }).collect();
    assert_eq!(matches(s, left, s.sum(&wide)).len(), MOST);
}

#[test]
fn more_patterns_than_operands_do_not_match() {
    let l = Lab::new();
    let s = &l.s;
    let (u, v) = (l.meta("u"), l.meta("v"));
    assert!(matches(s, s.add(l.m(u), l.m(v)), s.neg(l.var("x"))).is_empty());
}
