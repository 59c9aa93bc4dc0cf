//! What holds at a point only, or for one value of an index, is not used near the point or for all values. The judge of these tests looks
//! at no point.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod blind;

use blind::{name, put, shown, sides, step, with};
use gradus_kernel::{Ground, Procedure, Prover, Root, Solutions, Substitution, Value};
use gradus_term::goal::{Goal, GoalKind};
use gradus_term::{Aff, Arg, Id, Node, Position, RelOp, Sort, VarId};

/// Each condition holds at the point and nowhere near it, where the function is another: its derivative at the point is that one's.
#[test]
fn a_condition_that_jumps_decides_no_derivative() {
    let at_zero = [
        "sign(x)^2 < 1",
        "abs(sign(x)) < 1/2",
        "sign(x) > -1/2 and sign(x) < 1/2",
        "[x = 0] > 0",
        "1 - [x != 0] > 0",
        "floor(x) + floor(-x) > -1/2",
    ];
    let mut text = "given x in R, x = 0\n".to_owned();
    for c in at_zero {
        text += &format!("show diff(cases(1 if {c}, x + 1 otherwise), x) = cases(diff(1, x) if {c}, diff(x + 1, x) otherwise)\n");
        text += &format!("show diff(cases(1 if x < -1, 1 if {c}, x + 1 otherwise), x) = cases(diff(1, x) if x < -1, diff(1, x) if {c}, diff(x + 1, x) otherwise)\n");
    }
    text += "show diff(cases(1 if x < 1, x + 1 otherwise), x) = cases(diff(1, x) if x < 1, diff(x + 1, x) otherwise)\n";
    with(&text, |prover, goals| {
        for (k, g) in goals.iter().enumerate() {
            let made = step(prover, g, &Ground::Recomputed(Procedure::CasesRule));
            assert_eq!(made.is_ok(), k + 1 == goals.len(), "{:?}", g.kind);
        }
        // Nor is a branch taken under a derivative because its condition holds at the point.
        let s = prover.store();
        for g in &goals[..goals.len() - 1] {
            let (t, _, known) = sides(s, g);
            let mut p = prover.proof(t, &known);
            let pos = Position::at(&[0]);
            let f = p.focus(&pos).unwrap();
            let taken = put(&mut p, &pos, &f, Ground::Recomputed(Procedure::NormalForm), s.int(1));
            assert!(taken.is_err(), "{} is taken", shown(s, p.current()));
        }
    });
}

/// A lemma that holds where `x = 1` says nothing of the derivative there; one that holds for `x > 0`, what it says near the point.
#[test]
fn a_lemma_of_one_point_says_nothing_of_a_derivative_there() {
    let text = "given x in R\n\
        show x^2 = x\n  assuming x = 1\nshow x^2 = x\n  assuming -(x - 1)^2 >= 0, x = 1\nshow abs(x) = x\n  assuming x > 0\nshow abs(x) = x\n  assuming x >= 0\n\
        show diff(x^2, x) = diff(x, x)\nshow diff(abs(x), x) = diff(x, x)\n";
    with(text, |prover, goals| {
        let s = prover.store();
        let x = name(s, &goals[0], "x");
        let lemma = |k: usize| {
            let (a, b, known) = sides(s, &goals[k]);
            let mut p = prover.proof(a, &known);
            let f = p.focus(&Position::root()).unwrap();
            let rule = prover.rules().rule("abs.positive").unwrap();
            let instance = Ground::Instance { rule: rule.name.clone(), backward: false, subst: Substitution::new().with(rule.metas[0], b) };
            put(&mut p, &Position::root(), &f, if k < 2 { Ground::Recomputed(Procedure::NormalForm) } else { instance }, b)
                .unwrap_or_else(|e| panic!("{e}"));
            prover.add_lemma("lemma", &p)
        };
        let cite = |l: usize, g: &Goal, more: &[Id]| {
            let (t, _, mut known) = sides(s, g);
            known.extend(more);
            let mut p = prover.proof(t, &known);
            let pos = Position::at(&[0]);
            let f = p.focus(&pos).unwrap();
            let v = f.opened[0];
            let subst = Substitution { values: std::iter::once((x, Value::Term(s.name(v)))).collect(), ..Substitution::new() };
            put(&mut p, &pos, &f, Ground::Cited { lemma: l, subst }, s.name(v))
                .map(|()| p.assumptions().into_iter().map(|c| shown(s, c)).collect::<Vec<_>>())
        };
        let is_one = s.rel(RelOp::Eq, s.name(x), s.int(1));
        for k in [0, 1] {
            let l = lemma(k);
            assert!(cite(l, &goals[4], &[]).is_err());
            assert!(cite(l, &goals[4], &[is_one]).is_err());
        }
        let positive = s.rel(RelOp::Gt, s.name(x), s.int(0));
        for k in [2, 3] {
            let l = lemma(k);
            assert_eq!(cite(l, &goals[5], &[positive]).unwrap_or_else(|e| panic!("{e}")), Vec::<String>::new());
            assert_eq!(cite(l, &goals[5], &[]).unwrap_or_else(|e| panic!("{e}")), ["x > 0"]);
        }
    });
}

/// A lemma under `z[r] ≥ 0` for all r, proved under the sum.
fn of_all(prover: &Prover<'_>, g: &Goal) -> (usize, VarId) {
    let s = prover.store();
    let (a, _, known) = sides(s, g);
    let r = s.free_vars(known[known.len() - 1]).into_iter().find(|v| s.var(*v).is_integer()).unwrap();
    let all = s.fresh(s.sym("r"), Sort::Scalar, true);
    let map = std::iter::once((r, Arg::Idx(Aff::free(all)))).collect();
    let known: Vec<Id> = known.iter().map(|c| s.subst(*c, &map)).collect();
    let mut p = prover.proof(a, &known);
    let pos = Position::at(&[0]);
    let f = p.focus(&pos).unwrap();
    let rule = prover.rules().rule("abs.positive").unwrap();
    let entry = s.node(f.part).children()[0].0;
    let subst = Substitution::new().with(rule.metas[0], entry);
    put(&mut p, &pos, &f, Ground::Instance { rule: rule.name.clone(), backward: false, subst }, entry).unwrap_or_else(|e| panic!("{e}"));
    assert!(p.assumptions().is_empty());
    (prover.add_lemma("all", &p), all)
}

#[test]
fn what_is_known_of_one_index_is_not_known_of_all() {
    let text = "given n in N, n >= 3\ngiven z in R^n\n\
        show sum(j in 1..n, abs(z[j])) = sum(j in 1..n, z[j])\n  assuming z[r] >= 0\n\
        show sum(j in 1..n, abs(z[j])) = sum(j in 1..n, z[j])\n  assuming z[1] >= 0\n\
        show sum(k in 1..n, [z[k] >= 0] sum(j in 1..n, abs(z[j]))) = 0\n\
        show [n >= 3] sum(j in 1..n, abs(z[j])) = 0\n";
    with(text, |prover, goals| {
        let s = prover.store();
        let (lemma, all) = of_all(prover, &goals[0]);
        let right = prover.lemma(lemma).unwrap().right;
        let under = prover.lemma(lemma).unwrap().under;
        let go = |start: Id, known: &[Id], pos: &Position, opened: &[VarId], subst: Substitution| {
            let mut p = prover.proof(start, known);
            let mut f = p.focus(pos).unwrap();
            if !opened.is_empty() {
                f.opened = opened.to_vec();
            }
            put(&mut p, pos, &f, Ground::Cited { lemma, subst }, right).map(|()| p.assumptions())
        };
        let (a, _, first) = sides(s, &goals[1]);
        let root = Position::root();
        let at = |k: i64| Substitution { values: std::iter::once((all, Value::Index(Aff::int(k)))).collect(), ..Substitution::new() };
        // Where the same is known, and where nothing is: then all of it is assumed.
        assert_eq!(go(a, &under, &root, &[], Substitution::new()).unwrap_or_else(|e| panic!("{e}")), []);
        assert!(!go(a, &first, &root, &[], Substitution::new()).unwrap_or_else(|e| panic!("{e}")).is_empty());
        // Of one index.
        assert!(go(a, &first, &root, &[], at(1)).is_err());
        assert!(go(a, &under, &root, &[], at(1)).is_err());
        // Beside a bracket that says it of the index of another sum, which is called like the lemma's.
        let (t, _, known) = sides(s, &goals[2]);
        assert!(go(t, &known, &Position::at(&[0, 1]), &[all], Substitution::new()).is_err());
        // Beside a bracket that says it of one value of the very name.
        let guard = s.intern(Node::Iverson(under[under.len() - 1]));
        let (_, _, known) = sides(s, &goals[3]);
        for t in [s.mul(guard, a), s.add(a, s.mul(s.int(2), s.index(Aff::free(all))))] {
            let pos = Position::at(&[if matches!(s.node(t), Node::Product(_)) { 1 } else { 0 }]);
            assert!(go(t, &[known.clone(), under.clone()].concat(), &pos, &[], Substitution::new()).is_err(), "{}", shown(s, t));
        }
    });
}

/// A tensor is rewritten by a lemma about its entry where the lemma holds for all entries, whatever is given of the name of its index.
#[test]
fn what_is_given_of_an_index_is_not_given_of_all_entries() {
    with("given n in N, n >= 3\ngiven z in R^n\nshow abs(z[1]) = z[1]\n", |prover, goals| {
        let s = prover.store();
        let n = Aff::free(name(s, &goals[0], "n"));
        let z = s.name(name(s, &goals[0], "z"));
        let i = s.fresh(s.sym("i"), Sort::Scalar, true);
        let entry = s.intern(Node::Entry(z, [Aff::free(i)].into()));
        let range = [s.rel(RelOp::Le, s.int(1), s.index(Aff::free(i))), s.rel(RelOp::Le, s.index(Aff::free(i)), s.index(n.clone()))];
        let said = s.rel(RelOp::Ge, entry, s.int(0));
        let known = [range.to_vec(), vec![said]].concat();
        let absolute = s.prim_call(gradus_term::Prim::Abs, &[entry]);
        let mut p = prover.proof(absolute, &known);
        let f = p.focus(&Position::root()).unwrap();
        let rule = prover.rules().rule("abs.positive").unwrap();
        let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: Substitution::new().with(rule.metas[0], entry) };
        put(&mut p, &Position::root(), &f, ground, entry).unwrap_or_else(|e| panic!("{e}"));
        let lemma = prover.add_lemma("entry", &p);
        let former = |t: Id| s.tensor(&[i], std::slice::from_ref(&n), t);
        let go = |known: &[Id]| {
            let mut p = prover.proof(former(absolute), known);
            let f = p.focus(&Position::root()).unwrap();
            put(&mut p, &Position::root(), &f, Ground::Entrywise { lemma, indices: vec![i] }, former(entry)).map(|()| p.assumptions())
        };
        assert_eq!(go(&[]).unwrap_or_else(|e| panic!("{e}")), [said]);
        assert_eq!(go(&[said]).unwrap_or_else(|e| panic!("{e}")), [said]);
        assert_eq!(go(&known).unwrap_or_else(|e| panic!("{e}")), [said]);
    });
}

/// The kink of a term times 0 is none: the derivative has a value there, and may solve an equation.
#[test]
fn a_kink_that_vanishes_hides_no_solution() {
    let zero = [
        "0 abs(x)",
        "(1 - 1) abs(x)",
        "(sqrt(2)^2 - 2) abs(x)",
        "0 relu(x)",
        "(2 - 2) max(x, 0)",
        "0 max(x, 2 x)",
        "cases(x if x > 0, x otherwise) - x",
    ];
    let mut text = "given x in R\n".to_owned();
    for z in zero {
        text += &format!("solve diff({z} + x^2, x) = 0 for x\n");
    }
    text += "solve diff(abs(x) + x^2, x) = 0 for x\n";
    with(&text, |prover, goals| {
        let s = prover.store();
        for (k, g) in goals.iter().enumerate() {
            let GoalKind::Solve { equation, unknown } = &g.kind else { panic!("no `solve`") };
            let none = Solutions { equation: *equation, unknown: *unknown, values: &[], all: true };
            let needs = gradus_kernel::necessary_needs(&gradus_decide::Facts::new(s, &[]), s.node(*equation).children()[0].0);
            let nonzero = s.rel(RelOp::Ne, s.name(*unknown), s.int(0));
            // That of the last one has no value at 0.
            assert_eq!(needs.is_some_and(|n| n.contains(&nonzero)), k + 1 == goals.len(), "{:?}", g.kind);
            let roots: [Root; 0] = [];
            assert!(prover.solutions(&[], Solutions { values: &roots, ..none }, &[]).is_err());
        }
    });
}
