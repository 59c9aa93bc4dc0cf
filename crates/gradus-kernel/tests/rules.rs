//! Rules: what their instances are, for every kind of value and of node, and which instances are refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]

use gradus_judge::Judge;
use gradus_kernel::{
    instantiate, Ground, InstanceError, Need, Proposal, Prover, Refused, Rule, RuleSource, Substitution, Text, Value, Weight,
};
use gradus_term::{debug::show, Aff, Arg, Id, LimitPoint, Node, Position, RelOp, Side, Sort, Store, Summand, VarId, VarInfo, VarKind};

struct World {
    s: Store,
    x: Id,
    y: Id,
}
impl World {
    fn new() -> Self {
        let s = Store::new();
        let [x, y] = ["x", "y"].map(|n| s.name(s.declare(VarInfo::new(n, VarKind::Given, Sort::Scalar))));
        World { s, x, y }
    }
    fn meta(&self, name: &str) -> VarId {
        self.s.declare(VarInfo::new(name, VarKind::Meta, Sort::Any))
    }
    fn alone(&self, v: VarId) -> Id {
        self.s.intern(Node::Meta(v, Box::default()))
    }
    fn plus(&self, t: Id) -> Summand {
        Summand { neg: false, term: t }
    }
    fn minus(&self, t: Id) -> Summand {
        Summand { neg: true, term: t }
    }
}

#[test]
fn a_metavariable_stands_for_a_term_or_an_index() {
    let w = World::new();
    let (u, v) = (w.meta("u"), w.meta("v"));
    let sub = Substitution::new().with(u, w.x);
    assert_eq!((sub.term(u), sub.term(v)), (Some(w.x), None));
    assert_eq!(instantiate(&w.s, w.alone(u), &sub), Ok(w.x));
    assert_eq!(instantiate(&w.s, w.alone(v), &sub), Err(InstanceError::Missing("v".into())));
    let mut by_index = Substitution::new();
    by_index.values.insert(v, Value::Index(Aff::int(3)));
    assert_eq!(instantiate(&w.s, w.alone(v), &by_index).map(|t| show(&w.s, t)), Ok("3".into()));
    assert_eq!(by_index.term(v), None);
    let mut wrong = Substitution::new();
    wrong.values.insert(u, Value::Factors(vec![w.x]));
    assert_eq!(instantiate(&w.s, w.alone(u), &wrong), Err(InstanceError::WrongKind("u".into())));
    assert_eq!(wrong.term(u), None);
    // Applied to a name: the value under a binder takes it.
    let applied = w.s.intern(Node::Meta(u, [w.y].into()));
    let x = var(&w.s, w.x);
    let body = w.s.close(w.s.mul(w.x, w.x), &[x]);
    assert_eq!(instantiate(&w.s, applied, &Substitution::new().with(u, body)), Ok(w.s.mul(w.y, w.y)));
}
fn var(s: &Store, t: Id) -> VarId {
    match s.node(t) {
        Node::Var(v) => *v,
        n => panic!("{n:?}"),
    }
}

#[test]
fn a_sequence_stands_for_what_is_left_of_a_sum_or_a_product() {
    let w = World::new();
    let s = &w.s;
    let (u, rest) = (w.meta("u"), w.meta("rest"));
    let seq = s.intern(Node::Seq(rest));
    let with = |v: Value| {
        let mut sub = Substitution::new().with(u, w.x);
        sub.values.insert(rest, v);
        sub
    };
    let summands = with(Value::Summands(vec![w.plus(w.y), w.minus(s.int(2))]));
    let factors = with(Value::Factors(vec![w.y, s.int(2)]));
    let sum = s.sum(&[w.plus(w.alone(u)), w.plus(seq)]);
    let less = s.sum(&[w.plus(w.alone(u)), w.minus(seq)]);
    let product = s.product(&[w.alone(u), seq]);
    let text = |t: Id, sub: &Substitution| instantiate(s, t, sub).map(|t| show(s, t));
    assert_eq!(text(sum, &summands), Ok("(+x +y -2)".into()));
    assert_eq!(text(less, &summands), Ok("(+x -y +2)".into()));
    assert_eq!(text(product, &factors), Ok("(x * y * 2)".into()));
    assert_eq!(text(seq, &summands), Ok("(+y -2)".into()));
    assert_eq!(text(seq, &factors), Ok("(y * 2)".into()));
    for (t, sub) in [(sum, &factors), (product, &summands), (seq, &Substitution::new().with(rest, w.x))] {
        assert_eq!(text(t, sub), Err(InstanceError::WrongKind("rest".into())));
    }
    for t in [sum, product, seq] {
        assert_eq!(text(t, &Substitution::new().with(u, w.x)), Err(InstanceError::Missing("rest".into())));
        let all = with(Value::Summands(Vec::new()));
        assert!(t == product || text(t, &all).is_ok());
    }
    // Anywhere below, what is missing is said.
    let deep = s.exp(s.quot(w.alone(u), w.alone(w.meta("z"))));
    assert_eq!(text(deep, &summands), Err(InstanceError::Missing("z".into())));
}

#[test]
fn limits_and_derivatives_take_points_sides_and_entries() {
    let w = World::new();
    let s = &w.s;
    let (p, u) = (w.meta("p"), w.meta("u"));
    let limit = |side| {
        let body = s.intern(Node::Meta(u, [s.intern(Node::Bound(0, Sort::Any))].into()));
        s.intern(Node::Limit { hint: s.sym("t"), body, point: LimitPoint::At(w.alone(p)), side })
    };
    let x = var(s, w.x);
    let value = s.close(s.exp(w.x), &[x]);
    let at = |point: Id, side: Side, own: Option<Side>| {
        let sub = Substitution { side: own, ..Substitution::new().with(p, point).with(u, value) };
        show(s, instantiate(s, limit(side), &sub).unwrap())
    };
    assert_eq!(at(s.int(0), Side::Both, None), "lim(exp(^0) -> 0 Both)");
    assert_eq!(at(s.int(0), Side::Both, Some(Side::Left)), "lim(exp(^0) -> 0 Left)");
    assert_eq!(at(s.int(0), Side::Right, Some(Side::Left)), "lim(exp(^0) -> 0 Right)");
    assert_eq!(at(s.intern(Node::Infinity(false)), Side::Both, None), "lim(exp(^0) -> PosInf Both)");
    assert_eq!(at(s.intern(Node::Infinity(true)), Side::Both, None), "lim(exp(^0) -> NegInf Both)");
    // The entry goes into derivatives by a tensor of that rank, not into those by a scalar.
    let n = Aff::int(3);
    let v = s.name(s.declare(VarInfo::new("v", VarKind::Given, Sort::tensor(std::slice::from_ref(&n)))));
    let by = |point: Id, slot: Vec<Aff>| {
        let body = w.alone(u);
        let d = s.intern(Node::Diff { hint: s.sym("t"), body, slot: Box::default(), point: w.alone(p) });
        let sub = Substitution { slot, ..Substitution::new().with(p, point).with(u, w.y) };
        show(s, instantiate(s, d, &sub).unwrap())
    };
    assert_eq!(by(w.x, vec![]), "D(y ;[] @ x)");
    assert_eq!(by(w.x, vec![Aff::int(2)]), "D(y ;[] @ x)");
    assert_eq!(by(v, vec![Aff::int(2)]), "D(y ;[2] @ v)");
}

/// A book of one rule: `u + 0 => u`, for a number `u`.
struct Book(Rule);
impl RuleSource for Book {
    fn rule(&self, name: &str) -> Option<&Rule> {
        (name == self.0.name).then_some(&self.0)
    }
}

#[test]
fn needs_are_asked_of_the_instance() {
    let w = World::new();
    let s = &w.s;
    let u = w.meta("u");
    let t = w.alone(u);
    let whole = s.add(t, s.int(0));
    let book = |needs: Vec<Need>| {
        Book(Rule {
            name: "test.zero".into(),
            left: whole,
            right: t,
            relates: gradus_kernel::Relates::Equal,
            needs,
            premises: Vec::new(),
            says: String::new(),
            short: String::new(),
            tries: Vec::new(),
            metas: vec![u],
        })
    };
    let positive = Need::Holds(s.rel(RelOp::Gt, t, s.int(0)));
    let tried = |b: &Book, of: Id, backward: bool, given: &[Id], value: Id, rule: &str| -> Result<Vec<Id>, Refused> {
        let prover = Prover::new(s, b, Judge { tries: 0, ..Judge::default() });
        let before = s.subst(s.add(w.y, s.int(0)), &std::iter::once((var(s, w.y), Arg::Val(of))).collect());
        let (start, new) = if backward { (of, before) } else { (before, of) };
        let mut p = prover.proof(start, given);
        let f = p.focus(&Position::root()).unwrap();
        let ground = Ground::Instance { rule: rule.into(), backward, subst: Substitution::new().with(u, value) };
        p.step(&Position::root(), &f, Proposal { rule: "test".into(), ground, new, reason: Text::default(), weight: Weight::Main })?;
        Ok(p.assumptions())
    };
    let name = "test.zero";
    let number = book(vec![Need::Number(t)]);
    let five = s.int(5);
    assert!(tried(&number, five, false, &[], five, name).is_ok());
    assert!(tried(
        &number,
        s.rational(&gradus_term::Rat::new(-1, 2).unwrap()),
        false,
        &[],
        s.rational(&gradus_term::Rat::new(-1, 2).unwrap()),
        name
    )
    .is_ok());
    assert!(matches!(tried(&number, w.x, false, &[], w.x, name), Err(Refused::NotGrounded(_))));
    let free = book(vec![]);
    assert!(tried(&free, w.x, false, &[], w.x, name).is_ok() && tried(&free, w.x, true, &[], w.x, name).is_ok());
    assert!(matches!(tried(&free, w.x, false, &[], w.y, name), Err(Refused::NotGrounded(_))), "another instance");
    assert!(matches!(tried(&free, w.x, false, &[], w.x, "test.one"), Err(Refused::NoSuchRule(_))));
    let under = book(vec![positive]);
    let gt = |a: Id| s.rel(RelOp::Gt, a, s.int(0));
    assert_eq!(tried(&under, w.x, false, &[], w.x, name).unwrap(), [gt(w.x)]);
    assert!(tried(&under, w.x, false, &[gt(w.x)], w.x, name).unwrap().is_empty());
    assert!(tried(&under, five, false, &[], five, name).unwrap().is_empty());
    assert!(matches!(tried(&under, s.int(-5), false, &[], s.int(-5), name), Err(Refused::NeedFails(_))));
    assert!(matches!(tried(&under, w.x, false, &[s.rel(RelOp::Lt, w.x, s.int(0))], w.x, name), Err(Refused::NeedFails(_))));
}
