//! The judge tries to refute every rule, and refutes what is left of it without its needs or after one edit.
//!
//! Metavariables become free names, applied ones unknown smooth functions, so what is tested is the rule itself and not an
//! example. Limits have no values in the judge; what a rule says of them is judged where it is used.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly")]

use gradus_judge::{Judge, Verdict};
use gradus_kernel::{instantiate, Need, Relates, Rule, Substitution, Value};
use gradus_rules::Rulebook;
use gradus_term::{
    debug::show, Aff, BigOp, Domain, FnInfo, FnKind, Id, Node, Param, Prim, Rat, Sort, Store, Summand, VarId, VarInfo, VarKind,
};
use std::collections::BTreeMap;

/// A rule with free names for its metavariables.
struct Case {
    left: Id,
    right: Id,
    needs: Vec<Id>,
}

/// How many cases with drawn stand-ins are tried after the one with names that stand for anything.
const DRAWN: usize = 200;

fn case(s: &Store, r: &Rule) -> Option<Case> {
    let largest = s.any_subterm(r.left, &mut |n| matches!(n, Node::Big { op: BigOp::Max | BigOp::Min, .. }));
    with_stand_ins(s, r, &mut |v, args| if largest { exact_stand_in(s, v, args) } else { stand_in(s, v, args) })
}
/// What has exact values, so that the judge can tell which of many reach the largest: `k x − k² + x` for `u(k, x)`.
fn exact_stand_in(s: &Store, v: VarId, args: &[bool]) -> Value {
    let n = args.len() as u32;
    let index = args.iter().position(|a| *a).map(|k| s.intern(Node::Index(Aff::bound(n - 1 - k as u32))));
    let number = args.iter().position(|a| !*a).map(|k| s.intern(Node::Bound(n - 1 - k as u32, Sort::Scalar)));
    match (index, number) {
        (Some(k), Some(x)) => Value::Term(s.add(s.sub(s.mul(k, x), s.mul(k, k)), x)),
        _ => stand_in(s, v, args),
    }
}
/// Cases in which values meet: numbers, equal terms, small powers stand for the metavariables. Some may be ill-formed.
fn drawn_cases<'a>(s: &'a Store, r: &'a Rule) -> impl Iterator<Item = Case> + 'a {
    let mut seed = 20_261_125u64;
    let x = s.intern(Node::Var(s.declare(VarInfo::new("x", VarKind::Given, Sort::Scalar))));
    (0..DRAWN).filter_map(move |_| {
        with_stand_ins(s, r, &mut |v, args| {
            let menu = menu(s, v, args, x);
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            menu.get((seed >> 33) as usize % (menu.len() + 1)).cloned().unwrap_or_else(|| stand_in(s, v, args))
        })
    })
}
fn menu(s: &Store, v: VarId, args: &[bool], x: Id) -> Vec<Value> {
    if s.var(v).is_integer() {
        return [-2, -1, 0, 1, 2, 3, 4].into_iter().map(|k| Value::Index(Aff::int(k))).collect();
    }
    let half = s.rational(&Rat::new(1, 2).expect("2 is not 0"));
    let mut out: Vec<Id> = [-2, -1, 0, 1, 2].map(|k| s.int(k)).to_vec();
    out.extend([half, x, x, s.neg(x)]);
    let n = args.len() as u32;
    for (k, _) in args.iter().enumerate().filter(|a| !a.1) {
        let b = s.intern(Node::Bound(n - 1 - k as u32, Sort::Scalar));
        out.extend([b, b, s.neg(b), s.mul(b, b), s.sub(b, s.int(1)), s.intern(Node::Pow(b, s.int(3)))]);
    }
    out.into_iter().map(Value::Term).collect()
}
fn with_stand_ins(s: &Store, r: &Rule, choose: &mut dyn FnMut(VarId, &[bool]) -> Value) -> Option<Case> {
    if !r.premises.is_empty() || mentions_limit(s, r.left) {
        return None;
    }
    let mut arity: BTreeMap<VarId, Vec<bool>> = BTreeMap::new();
    for side in [r.left, r.right] {
        collect(s, side, &mut arity);
    }
    let mut sub = Substitution::new();
    for v in &r.metas {
        sub.values.insert(*v, choose(*v, arity.get(v).map_or(&[], Vec::as_slice)));
    }
    let put = |t: Id| instantiate(s, t, &sub).unwrap_or_else(|e| panic!("{}: {e}", r.name));
    let needs = r.needs.iter().filter_map(|n| if let Need::Holds(c) = n { Some(put(*c)) } else { None }).collect();
    let holds = |t: Id| s.intern(Node::Iverson(put(t)));
    let (left, right) = match r.relates {
        Relates::Equal => (put(r.left), put(r.right)),
        Relates::Equivalent => (holds(r.left), holds(r.right)),
        // Where the left side holds, the right one does.
        Relates::Implied => (holds(r.left), s.mul(holds(r.left), holds(r.right))),
    };
    Some(Case { left, right, needs })
}

fn mentions_limit(s: &Store, t: Id) -> bool {
    s.any_subterm(t, &mut |n| matches!(n, Node::Limit { .. }))
}

/// For each applied metavariable, which of its arguments are indices.
fn collect(s: &Store, t: Id, out: &mut BTreeMap<VarId, Vec<bool>>) {
    if let Node::Meta(v, args) = s.node(t) {
        out.entry(*v).or_insert_with(|| args.iter().map(|a| matches!(s.node(*a), Node::Index(_))).collect());
    }
    s.node(t).for_each_child(|c, _| collect(s, c, out));
}

fn stand_in(s: &Store, v: VarId, args: &[bool]) -> Value {
    let info = s.var(v);
    if info.is_integer() {
        let mut i = VarInfo::new(&info.name, VarKind::Index, Sort::Scalar);
        i.domain = Domain::Int;
        return Value::Index(Aff::free(s.declare(i)));
    }
    if args.is_empty() {
        return Value::Term(s.intern(Node::Var(s.declare(VarInfo::new(&info.name, VarKind::Given, Sort::Scalar)))));
    }
    let params =
        args.iter().map(|_| Param { var: s.declare(VarInfo::new("t", VarKind::Param, Sort::Scalar)), sort: Sort::Scalar }).collect();
    let f = s.add_fn(FnInfo {
        name: info.name.clone(),
        kind: FnKind::Unknown,
        params,
        explicit: args.len(),
        dims: vec![],
        result: Sort::Scalar,
        latex: None,
        library: false,
    });
    let n = args.len() as u32;
    let xs: Vec<Id> = args
        .iter()
        .enumerate()
        .map(|(k, index)| {
            let b = n - 1 - k as u32;
            if *index {
                s.intern(Node::Index(Aff::bound(b)))
            } else {
                s.intern(Node::Bound(b, Sort::Scalar))
            }
        })
        .collect();
    Value::Term(s.call(f, &xs))
}

fn judge() -> Judge {
    Judge::default()
}

#[test]
fn the_judge_refutes_no_rule() {
    let s = Store::new();
    let book = Rulebook::load(&s).unwrap_or_else(|e| panic!("{e}"));
    let (mut agree, mut silent, mut refuted) = (0, Vec::new(), Vec::new());
    for r in book.rules() {
        let Some(c) = case(&s, r) else { continue };
        match judge().equal_where_defined(&s, c.left, c.right, &c.needs) {
            Verdict::Agrees { .. } => agree += 1,
            Verdict::Refuted(at) => refuted.push(format!("{}: {} is not {} at {at:?}", r.name, show(&s, c.left), show(&s, c.right))),
            other => silent.push(format!("{} {other:?}", r.name)),
        }
    }
    println!("{agree} rules agree; not judged: {silent:#?}");
    assert!(refuted.is_empty(), "{}", refuted.join("\n"));
    assert!(silent.is_empty(), "{silent:#?}");
}

/// Needs that fail only at a kink or a jump, where the judge says nothing (`crates/gradus/tests/kinks.rs` shows that there the formula
/// may differ from the slope), or only at a point that is not drawn (a = tan b for b beyond a right angle, or b = tan a for such an a), or only in definedness: at
/// a point that is not drawn (a multiple of π/2), or where the judge does not tell (a negative number to a power that is not whole).
const MEETING: &[&str] = &[
    "diff.abs",
    "diff.sign",
    "diff.floor",
    "diff.relu",
    "diff.step",
    "diff.bracket",
    "diff.max",
    "diff.min",
    "diff.cases",
    "equation.atan",
    "equation.tan",
    "power.of_positive_product",
    "trig.tangent_of_sum",
];

/// Without its needs a rule is false somewhere, in value or in definedness; an equivalence, read in either direction.
#[test]
fn needs_are_not_idle() {
    let s = Store::new();
    let book = Rulebook::load(&s).unwrap_or_else(|e| panic!("{e}"));
    let mut idle = Vec::new();
    for r in book.rules().iter().filter(|r| !r.needs.is_empty()) {
        let Some(c) = case(&s, r) else { continue };
        let false_somewhere =
            |c: &Case| judge().equal(&s, c.left, c.right, &[]).is_refuted() || judge().equal(&s, c.right, c.left, &[]).is_refuted();
        // Where the needs fail, one by one and all together.
        let negated: Vec<Id> = c.needs.iter().map(|n| s.intern(Node::Not(*n))).collect();
        let outside =
            |facts: &[Id]| judge().equal(&s, c.left, c.right, facts).is_refuted() || judge().equal(&s, c.right, c.left, facts).is_refuted();
        let refuted = false_somewhere(&c)
            || outside(&negated)
            || negated.iter().any(|n| outside(&[*n]))
            || drawn_cases(&s, r).any(|c| false_somewhere(&c));
        if !refuted && !MEETING.contains(&r.name.as_str()) {
            idle.push(r.name.clone());
        }
    }
    assert!(idle.is_empty(), "{idle:#?}");
}

/// One edit anywhere on the right side makes a rule false: it is refuted, or it has no value anywhere (the root of a negative number, a
/// division by sin π), and then the test above, which asks every rule to agree with values, sees it.
#[test]
fn one_edit_mutants_are_refuted() {
    let s = Store::new();
    let book = Rulebook::load(&s).unwrap_or_else(|e| panic!("{e}"));
    let (mut all, mut caught, mut without_value, mut alive) = (0, 0, 0, Vec::new());
    for r in book.rules().iter().filter(|r| r.relates == Relates::Equal) {
        let Some(original) = case(&s, r) else { continue };
        for right in mutants(&s, r.right) {
            let m = Rule { right, ..r.clone() };
            let Some(c) = case(&s, &m) else { continue };
            if s.same(right, r.right) || s.same(c.right, original.right) || *s.sort(c.right) == Sort::Ill {
                continue;
            }
            all += 1;
            let verdict = |c: &Case| judge().equal_where_defined(&s, c.left, c.right, &c.needs);
            if verdict(&c).is_refuted() || drawn_cases(&s, &m).any(|c| verdict(&c).is_refuted()) {
                caught += 1;
            } else if !matches!(verdict(&c), Verdict::Agrees { .. }) {
                without_value += 1;
            } else {
                alive.push(format!("{}: {}", r.name, show(&s, right)));
            }
        }
    }
    println!("{caught} of {all} mutants are refuted, {without_value} have no value; alive: {alive:#?}");
    assert!(alive.is_empty() && without_value * 50 < all, "{without_value} of {all}; {alive:#?}");
}

/// All terms one edit away: a number more, a sign flipped, a factor dropped, a fraction turned over, a function exchanged.
fn mutants(s: &Store, t: Id) -> Vec<Id> {
    let mut out = Vec::new();
    match s.node(t) {
        Node::Num(q) => out.push(s.rational(&q.add(&Rat::one()))),
        Node::Sum(xs) => {
            for k in 0..xs.len() {
                let flipped: Vec<Summand> = xs.iter().enumerate().map(|(i, x)| Summand { neg: x.neg != (i == k), term: x.term }).collect();
                out.push(s.sum(&flipped));
            }
        }
        Node::Product(xs) => {
            for k in 0..xs.len() {
                out.push(s.product(&xs.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, x)| *x).collect::<Vec<_>>()));
            }
        }
        Node::Quot(a, b) => out.push(s.quot(*b, *a)),
        Node::Call(f, xs) if xs.len() == 1 => {
            let other = match s.prim(*f) {
                Some(Prim::Sin) => Prim::Cos,
                Some(Prim::Exp) => Prim::Abs,
                _ => Prim::Sin,
            };
            if s.fun(*f).library {
                out.push(s.prim_call(other, xs));
            }
        }
        _ => {}
    }
    for (k, (child, _)) in s.node(t).children().into_iter().enumerate() {
        for m in mutants(s, child) {
            let mut i = 0;
            let n = s.node(t).map_children(&mut |c, _| {
                i += 1;
                if i - 1 == k {
                    m
                } else {
                    c
                }
            });
            out.push(s.intern(n));
        }
    }
    out
}
