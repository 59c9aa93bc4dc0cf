//! Derivatives through every layer below the page: the losses through a sigmoid and the softmax Jacobian.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs, reason = "tests may fail loudly")]

use gradus_engine::Engine;
use gradus_kernel::{Inline, Item, Prover, Solution, Status, Text};
use gradus_rules::Rulebook;
use gradus_term::goal::{DeriveNotation, Detail};
use gradus_term::{
    debug, Aff, BigOp, Domain, FnId, FnInfo, FnKind, Goal, GoalKind, Id, Node, Param, Rat, Sort, Store, VarId, VarInfo, VarKind,
};

fn given(s: &Store, n: &str, sort: Sort) -> VarId {
    s.declare(VarInfo::new(n, VarKind::Given, sort))
}

fn define(s: &Store, name: &str, params: &[VarId], explicit: usize, dims: &[VarId], body: Id) -> FnId {
    let params = params.iter().map(|v| Param { var: *v, sort: s.var(*v).sort.clone() }).collect();
    let info = FnInfo {
        name: name.into(),
        kind: FnKind::Defined,
        params,
        explicit,
        dims: dims.to_vec(),
        result: Sort::Scalar,
        latex: None,
        library: false,
    };
    s.define(info, body)
}

fn words(s: &Store, t: &Text) -> String {
    t.0.iter()
        .map(|x| match x {
            Inline::Words(w) => w.clone(),
            Inline::Term(t) => debug::show(s, *t),
        })
        .collect()
}

fn items(s: &Store, items: &[Item], indent: &str) -> String {
    let mut out = String::new();
    for i in items {
        match i {
            Item::Chain(c) => {
                out += &format!("{indent}  {}\n", debug::show(s, c.start));
                for l in &c.lines {
                    out += &format!("{indent}= {}      [{}] ({} steps)\n", debug::show(s, l.term), words(s, &l.reason), l.steps.len());
                }
            }
            Item::Lemma(d) => out += &format!("{indent}lemma:\n{}", items_of(s, d, indent)),
            Item::Say(t) => out += &format!("{indent}{}\n", words(s, t)),
            Item::Answer(a, _) => out += &format!("{indent}answer {}\n", debug::show(s, *a)),
            other => out += &format!("{indent}{other:?}\n"),
        }
    }
    out
}

fn items_of(s: &Store, d: &gradus_kernel::Derivation, indent: &str) -> String {
    items(s, &d.items, &format!("{indent}    "))
}

fn report(s: &Store, sol: &Solution) -> String {
    let d = sol.derivation.as_ref().unwrap();
    let assumptions: Vec<String> = d.assumptions.iter().map(|a| debug::show(s, *a)).collect();
    format!(
        "{}\nstatus {:?} assumptions {assumptions:?}\nresult {}\n",
        items(s, &d.items, ""),
        sol.status,
        debug::show(s, sol.result.unwrap())
    )
}

fn sigmoid(s: &Store) -> FnId {
    let z = s.declare(VarInfo::new("z", VarKind::Param, Sort::Scalar));
    let e = s.exp(s.neg(s.name(z)));
    define(s, "sigma", &[z], 1, &[], s.quot(s.int(1), s.add(s.int(1), e)))
}

#[test]
fn cross_entropy_through_a_sigmoid() {
    let s = Store::new();
    let rules = Rulebook::load(&s).unwrap();
    let a = s.name(given(&s, "a", Sort::Scalar));
    let mut yi = VarInfo::new("y", VarKind::Given, Sort::Scalar);
    yi.domain = Domain::Finite(vec![Rat::zero(), Rat::one()]);
    let y = s.name(s.declare(yi));
    let sigma = sigmoid(&s);
    let pa = s.declare(VarInfo::new("a", VarKind::Param, Sort::Scalar));
    let f = define(&s, "f", &[pa], 0, &[], s.call(sigma, &[s.name(pa)]));
    let (py, pf) = (s.declare(VarInfo::new("y", VarKind::Param, Sort::Scalar)), s.declare(VarInfo::new("f", VarKind::Param, Sort::Scalar)));
    let (vy, vf) = (s.name(py), s.name(pf));
    let one = s.int(1);
    let body = s.sub(s.neg(s.mul(vy, s.log(vf))), s.mul(s.sub(one, vy), s.log(s.sub(one, vf))));
    let body = gradus_engine::tidy(&s, body);
    let l = define(&s, "L_CE", &[py, pf], 0, &[], body);
    let fa = s.call(f, &[a]);
    let term = s.diff(s.call(l, &[y, fa]), a, &[]);
    let prover = Prover::new(&s, &rules, Engine::judge());
    let e = Engine::new(&rules, &prover);
    let mut goal = Goal::new(GoalKind::Derive { term, notation: DeriveNotation::Derivative });
    goal.through = vec![fa];
    let sol = e.answer(&goal, Detail::Textbook);
    println!("{}", report(&s, &sol));
    assert_eq!(sol.status, Status::Proved);
    assert_eq!(sol.result, Some(s.sub(s.call(sigma, &[a]), y)));
}

#[test]
fn softmax_jacobian() {
    let s = Store::new();
    let rules = Rulebook::load(&s).unwrap();
    let mut k = VarInfo::new("K", VarKind::Size, Sort::Scalar);
    k.domain = Domain::Nat;
    let k = s.declare(k);
    let v = Sort::tensor(&[Aff::free(k)]);
    let x = s.name(given(&s, "x", v));
    let mut kp = VarInfo::new("K", VarKind::Param, Sort::Scalar);
    kp.domain = Domain::Nat;
    let kp = s.declare(kp);
    let px = s.declare(VarInfo::new("x", VarKind::Param, Sort::tensor(&[Aff::free(kp)])));
    let (i, j) = (s.fresh(s.sym("i"), Sort::Scalar, true), s.fresh(s.sym("j"), Sort::Scalar, true));
    let at = |v: VarId| s.exp(s.intern(Node::Entry(s.name(px), [Aff::free(v)].into())));
    let sum = s.big(BigOp::Sum, j, Aff::int(1), Aff::free(kp), None, at(j));
    let body = s.tensor(&[i], &[Aff::free(kp)], s.quot(at(i), sum));
    let softmax = define(&s, "S", &[px], 1, &[kp], body);
    let call = s.call(softmax, &[x]);
    let entry = s.intern(Node::Entry(call, [Aff::free(i)].into()));
    let term = s.tensor(&[i, j], &[Aff::free(k), Aff::free(k)], s.diff(entry, x, &[Aff::free(j)]));
    let prover = Prover::new(&s, &rules, Engine::judge());
    let e = Engine::new(&rules, &prover);
    let goal = Goal::new(GoalKind::Derive { term, notation: DeriveNotation::Jacobian });
    let sol = e.answer(&goal, Detail::Textbook);
    println!("{}", report(&s, &sol));
    assert_eq!(sol.status, Status::Proved);
}
