//! Derivatives without steps: equal to those with steps, and growing with the graph.
#![allow(missing_docs, reason = "tests are read, not documented")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly")]

use gradus_engine::gradient::{Accumulator, GradientError};
use gradus_engine::Engine;
use gradus_kernel::Prover;
use gradus_rules::Rulebook;
use gradus_syntax::elab::ItemKind;
use gradus_syntax::{elaborate, parse_worksheet, Host};
use gradus_term::goal::Detail;
use gradus_term::{Aff, FnKind, Goal, GoalKind, Id, Node, Sort, Store, VarId};

struct World {
    store: Store,
    rules: Rulebook,
    goals: Vec<Goal>,
}

fn world(text: &str) -> World {
    let store = Store::new();
    let rules = Rulebook::load(&store).expect("the rulebook loads");
    let (sheet, said) = parse_worksheet(text.as_bytes(), Host::Gradus);
    assert!(said.is_empty(), "{text}\n{said:?}");
    let (doc, said) = elaborate(&store, &sheet);
    assert!(said.is_empty(), "{text}\n{said:?}");
    let goals = doc.items.into_iter().filter_map(|i| match i.kind {
        ItemKind::Goal(g) => Some(g.goal),
        _ => None,
    });
    World { goals: goals.collect(), store, rules }
}

impl World {
    /// The terms of the `simplify` goals.
    fn terms(&self) -> Vec<Id> {
        let term = |g: &Goal| match g.kind {
            GoalKind::Simplify(t) => t,
            _ => panic!("only terms are expected here"),
        };
        self.goals.iter().map(term).collect()
    }
    fn var(&self, t: Id) -> VarId {
        match self.store.node(t) {
            Node::Var(v) => *v,
            _ => panic!("a name is expected here"),
        }
    }
}

/// The first goal is what is differentiated, the others are names: each derivative is compared with the judge's own, which
/// reads no rule.
fn agrees_with_the_judge(text: &str) {
    let w = world(text);
    let s = &w.store;
    let terms = w.terms();
    let (of, by) = terms.split_first().expect("something to differentiate");
    let vars: Vec<VarId> = by.iter().map(|t| w.var(*t)).collect();
    let g = Accumulator::new(s, &w.rules).gradient(*of, &vars).expect("differentiable");
    for ((x, v), d) in by.iter().zip(&vars).zip(&g.partials) {
        let dims = s.sort(*x).dims().to_vec();
        let indices: Vec<VarId> = dims.iter().map(|_| s.fresh(s.sym("i"), Sort::Scalar, true)).collect();
        let slot: Vec<Aff> = indices.iter().map(|i| Aff::free(*i)).collect();
        let direct = s.diff(*of, *x, &slot);
        let found = if slot.is_empty() { *d } else { s.make_entry(*d, &slot) };
        let mut facts = g.conditions.clone();
        for (i, n) in indices.iter().zip(&dims) {
            let i = s.name(*i);
            facts.push(s.rel(gradus_term::RelOp::Le, s.int(1), i));
            facts.push(s.rel(gradus_term::RelOp::Le, i, s.index(n.clone())));
        }
        let verdict = Engine::judge().equal_where_defined(s, direct, found, &facts);
        assert!(verdict.agrees(), "{text}\nby {}: {}\n{verdict:?}", s.var(*v).name, gradus_term::debug::show(s, found));
    }
}

/// The derivative with steps and the one without are compared, if the first is found.
fn agrees_with_the_steps(expressions: &[String]) -> usize {
    let lines: Vec<String> = expressions.iter().map(|e| format!("derive diff({e}, x)\nsimplify {e}\n")).collect();
    let w = world(&format!("given x in R\n{}simplify x\n", lines.concat()));
    let s = &w.store;
    let prover = Prover::new(s, &w.rules, Engine::judge());
    let engine = Engine::new(&w.rules, &prover);
    let mut without = Accumulator::new(s, &w.rules);
    let x = match w.goals.last().map(|g| &g.kind) {
        Some(GoalKind::Simplify(t)) => w.var(*t),
        _ => panic!("x is expected here"),
    };
    let mut compared = 0;
    for (pair, e) in w.goals.chunks(2).zip(expressions) {
        let [derive, Goal { kind: GoalKind::Simplify(t), .. }] = pair else { panic!("a goal and its term") };
        let g = without.gradient(*t, &[x]).unwrap_or_else(|error| panic!("{e}: {error}"));
        let Some(stepwise) = engine.answer(derive, Detail::Brief).result else { continue };
        let verdict = Engine::judge().equal_where_defined(s, stepwise, g.partials[0], &g.conditions);
        let (a, b) = (gradus_term::debug::show(s, stepwise), gradus_term::debug::show(s, g.partials[0]));
        assert!(!verdict.is_refuted(), "{e}:\n{a}\n{b}\n{verdict:?}");
        compared += usize::from(verdict.agrees() || s.same(stepwise, g.partials[0]));
    }
    compared
}

#[test]
fn every_function_of_the_rulebook_has_one_derivative() {
    let w = world("given x in R\nsimplify x\n");
    let s = &w.store;
    let mut calls: Vec<String> = Vec::new();
    for k in 0..s.fn_count() {
        let info = s.fun(gradus_term::FnId(u32::try_from(k).expect("few functions")));
        let scalar = match info.kind {
            FnKind::Prim(p) => p.is_scalar(),
            _ => info.params.iter().all(|p| p.sort == Sort::Scalar) && info.dims.is_empty(),
        };
        let known = w.rules.rules().iter().any(|r| match s.node(r.left) {
            Node::Diff { body, .. } => matches!(s.node(*body), Node::Call(f, _) if s.fun(*f).name == info.name),
            _ => false,
        });
        match (scalar && known, info.explicit) {
            (true, 1) => calls.push(format!("{}(x/3 + 1/2)", info.name)),
            (true, 2) if info.name == "polygamma" => calls.push("polygamma(1, x^2 + 1)".to_owned()),
            (true, 2) => calls.push(format!("{}(x^2, 2 x)", info.name)),
            _ => {}
        }
    }
    assert!(calls.len() >= 30, "{calls:?}");
    let compared = agrees_with_the_steps(&calls);
    assert!(compared * 10 >= calls.len() * 8, "only {compared} of {} could be compared", calls.len());
}

/// Random expressions in x, the same on every run.
fn random(seed: &mut u64, depth: usize) -> String {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let k = (*seed >> 33) as usize;
    if depth == 0 {
        return ["x", "2", "x", "(1 - x)", "x/3", "(x + 3)"][k % 6].to_owned();
    }
    let mut sub = || random(seed, depth - 1);
    match k % 11 {
        0 => format!("({} + {})", sub(), sub()),
        1 => format!("({} - {})", sub(), sub()),
        2 | 3 => format!("({}) ({})", sub(), sub()),
        4 => format!("({})/(2 + ({})^2)", sub(), sub()),
        5 => format!("({})^3", sub()),
        6 => format!("exp(-({})^2)", sub()),
        7 => format!("sin({})", sub()),
        8 => format!("log(1 + ({})^2)", sub()),
        9 => format!("tanh({})", sub()),
        _ => format!("sigmoid({}) cos({})", sub(), sub()),
    }
}

#[test]
fn random_expressions_have_one_derivative() {
    let mut seed = 7;
    let count = if std::env::var_os("GRADUS_FULL").is_some() { 400 } else { 12 };
    let all: Vec<String> = (0..count).map(|k| random(&mut seed, 1 + k % 3)).collect();
    let compared = agrees_with_the_steps(&all);
    assert!(compared * 10 >= count * 8, "only {compared} of {count} could be compared");
}

#[test]
fn powers_products_and_branches() {
    for e in ["x^x", "2^x y", "x^y", "y^x", "x y z (x + y) x", "x/y/z", "prod(k in 1..4, x + k y)"] {
        agrees_with_the_judge(&format!("given x, y, z in R\nsimplify {e}\nsimplify x\nsimplify y\n"));
    }
    agrees_with_the_judge("given x in R\nsimplify cases(x^2 if x > 1, 2 x if x > 0, sin(x) otherwise)\nsimplify x\n");
    agrees_with_the_judge("given x in R\nsimplify relu(x)^2 + abs(x) x + max(x, x^2)\nsimplify x\n");
}

#[test]
fn tensors_of_symbolic_size() {
    for (given, loss) in [
        ("given x in R^n", "log(sum(j in 1..n, exp(x[j])))"),
        ("given x in R^n", "norm(x)^2 + x^T x"),
        ("given x in R^n", "sum(j in 2..n, (x[j] - x[j - 1])^2)"),
        ("given x in R^n", "sum(j in 1..n, j x[j]) prod(j in 1..n, x[j])"),
        ("given x in R^n", "sum(j in 1..n if j != 1, x[j] x[1])"),
        ("given x in R^(m x n)", "tr(x^T x) + sum(tanh(x))"),
        ("given x in R^(n x n)", "tr(x x x)"),
        ("given x in R^n", "softmax(x)[1]^2"),
        ("given A in R^(n x n)\ngiven x in R^n", "x^T A x + sum(A x)"),
        ("given w in R^2\ngiven x in R^n", "sum(convolve(x, w, full) .^ 2)"),
    ] {
        agrees_with_the_judge(&format!("given n, m in N\n{given}\nsimplify {loss}\nsimplify x\n"));
    }
}

#[test]
fn weights_shared_by_layers() {
    let net = "given n in N\ngiven x in R^n\ngiven W in R^(n x n)\ndefine h1 = tanh(W x) + x\ndefine h2 = tanh(W h1) + h1\ndefine L = norm(h2)^2\n";
    agrees_with_the_judge(&format!("{net}simplify L\nsimplify W\nsimplify x\n"));
}

/// Terms built for the gradient of what `text` states.
fn built(text: &str) -> usize {
    let w = world(text);
    let terms = w.terms();
    let (of, by) = terms.split_first().expect("something to differentiate");
    let vars: Vec<VarId> = by.iter().map(|t| w.var(*t)).collect();
    let mut without = Accumulator::new(&w.store, &w.rules);
    let before = w.store.len();
    without.gradient(*of, &vars).expect("differentiable");
    w.store.len() - before
}

#[test]
fn the_work_grows_with_the_graph() {
    // Written out, the n-th of these has 2^n leaves.
    let squares = |n: usize| {
        let w = world("given x in R\nsimplify x\n");
        let s = &w.store;
        let x = w.terms()[0];
        let mut e = x;
        for _ in 0..n {
            e = s.call(gradus_term::Prim::Sin.id(), &[s.mul(e, s.add(e, s.int(1)))]);
        }
        let mut without = Accumulator::new(s, &w.rules);
        let before = s.len();
        without.gradient(e, &[w.var(x)]).expect("differentiable");
        s.len() - before
    };
    let (a, b) = (squares(1_000), squares(2_000));
    assert!(b <= 2 * a + 16 && a <= 16 * 1_000, "{a} terms for 1000 layers, {b} for 2000");
}

#[test]
fn the_work_grows_with_the_layers() {
    let layers = |n: usize| {
        let mut text = "given n in N\ngiven h0 in R^n\ngiven W in R^(n x n)\n".to_owned();
        for k in 1..=n {
            text.push_str(&format!("define h{k} = tanh(W h{}) + h{}\n", k - 1, k - 1));
        }
        built(&format!("{text}define L = norm(h{n})^2\nsimplify L\nsimplify W\nsimplify h0\n"))
    };
    let (a, b, c) = (layers(4), layers(8), layers(16));
    assert!(c - b <= 2 * (b - a) + 32, "{a}, {b}, {c} terms for 4, 8, 16 layers");
}

#[test]
fn what_has_no_derivative_is_said() {
    let w = world("given A in R^(2 x 2)\ngiven x in R\nsimplify det(A)\nsimplify A\nsimplify x\n");
    let terms = w.terms();
    let found = Accumulator::new(&w.store, &w.rules).gradient(terms[0], &[w.var(terms[1])]);
    assert_eq!(found, Err(GradientError::Unsupported("`det`".to_owned())));
    let constant = Accumulator::new(&w.store, &w.rules).gradient(terms[0], &[w.var(terms[2])]).expect("constant in x");
    assert_eq!(constant.partials, [w.store.int(0)]);
}
