//! Where lemmas and given equations may be used, by the kernel alone: the judge of these tests looks at no point.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod blind;

use blind::{name, put, shown, sides, with};
use gradus_judge::Judge;
use gradus_kernel::{chain_rule, Ground, Procedure, Refused, Substitution, Value};
use gradus_term::{Aff, Id, Node, Position, Prim, Rat, RelOp, Sort, VarId};

/// A lemma holds for the names it was proved for: in their sets, of their sizes, under its conditions.
#[test]
fn lemmas_are_cited_where_they_hold() {
    let text = "given y in {0, 1}\ngiven n, m in N\ngiven i in N\ngiven a, b in R\ngiven v in R^n\ngiven u in R^n\ngiven w in R^m\n\
        show y^2 = y\nshow sum(j in 1..n, 1) = n\nshow v^T v = sum(j in 1..n, v[j]^2)\nshow a/b = a b^(-1)\nshow sqrt(a)^2 = a\n";
    with(text, |prover, goals| {
        let s = prover.store();
        let lemma: Vec<usize> = goals
            .iter()
            .map(|g| {
                let (a, b, mut known) = sides(s, g);
                if shown(s, b) == "a" {
                    known.push(s.rel(RelOp::Ge, b, s.int(0)));
                }
                let mut p = prover.proof(a, &known);
                let f = p.focus(&Position::root()).unwrap();
                put(&mut p, &Position::root(), &f, Ground::Recomputed(Procedure::NormalForm), b).unwrap_or_else(|e| panic!("{e}"));
                prover.add_lemma("lemma", &p)
            })
            .collect();
        let of = |w: &str| name(s, &goals[0], w);
        let cite = |k: usize, values: &[(&str, Value)], known: &[Id]| {
            let l = prover.lemma(lemma[k]).unwrap();
            let subst = values.iter().fold(Substitution::new(), |mut sub, (w, x)| {
                sub.values.insert(of(w), x.clone());
                sub
            });
            let map = values
                .iter()
                .map(|(w, x)| {
                    let x = match x {
                        Value::Term(t) => gradus_term::Arg::Val(*t),
                        Value::Index(a) => gradus_term::Arg::Idx(a.clone()),
                        _ => panic!("no value"),
                    };
                    (of(w), x)
                })
                .collect();
            let (a, b) = (s.subst(l.left, &map), s.subst(l.right, &map));
            let mut p = prover.proof(a, known);
            let f = p.focus(&Position::root()).unwrap();
            put(&mut p, &Position::root(), &f, Ground::Cited { lemma: lemma[k], subst }, b)
                .map(|()| p.assumptions().into_iter().map(|c| shown(s, c)).collect::<Vec<_>>().join(", "))
        };
        let term = |w: &str| Value::Term(s.name(of(w)));
        let index = |w: &str, k: i64| Value::Index(Aff::free(of(w)).plus(k));
        let ok = |r: Result<String, Refused>| r.unwrap_or_else(|e| panic!("{e}"));
        // Finite sets.
        assert_eq!(ok(cite(0, &[], &[])), "");
        assert_eq!(ok(cite(0, &[("y", Value::Term(s.int(1)))], &[])), "");
        assert!(cite(0, &[("y", Value::Term(s.int(2)))], &[]).is_err());
        assert!(cite(0, &[("y", term("a"))], &[]).is_err());
        assert!(cite(0, &[("y", Value::Index(Aff::free(of("m"))))], &[]).is_err());
        // Whole numbers from 1 on.
        assert_eq!(ok(cite(1, &[("n", index("m", 0))], &[])), "");
        assert_eq!(ok(cite(1, &[("n", index("m", 3))], &[])), "");
        assert!(cite(1, &[("n", index("m", -1))], &[]).is_err());
        assert!(cite(1, &[("n", term("a"))], &[]).is_err());
        // Sizes go together.
        assert_eq!(ok(cite(2, &[("v", term("u"))], &[])), "");
        assert!(cite(2, &[("v", term("w"))], &[]).is_err());
        assert!(cite(2, &[("n", index("m", 0))], &[]).is_err());
        assert_eq!(ok(cite(2, &[("v", term("w")), ("n", index("m", 0))], &[])), "");
        assert!(cite(2, &[("v", term("a"))], &[]).is_err());
        // What it was proved under is asked again.
        assert_eq!(ok(cite(4, &[("a", term("b"))], &[])), "");
        let below = s.rel(RelOp::Lt, s.name(of("b")), s.int(0));
        assert!(cite(4, &[("a", term("b"))], &[below]).is_err());
        // The other way round it says more.
        let l = prover.lemma(lemma[4]).unwrap();
        let mut p = prover.proof(l.right, &[]);
        let f = p.focus(&Position::root()).unwrap();
        put(&mut p, &Position::root(), &f, Ground::Cited { lemma: lemma[4], subst: Substitution::new() }, l.left)
            .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(p.assumptions().into_iter().map(|c| shown(s, c)).collect::<Vec<_>>(), ["a >= 0"]);
        let none = Ground::Cited { lemma: 99, subst: Substitution::new() };
        assert!(put(&mut prover.proof(l.left, &[]), &Position::root(), &f, none, l.left).is_err());
    });
}

/// A lemma about names in an interval, or with a property, says nothing of other values; renamed it says the same of the same.
#[test]
fn lemmas_keep_to_their_intervals_and_properties() {
    let text = "given a in R\ngiven n in N\ngiven A in R^(n x n) symmetric\ngiven B in R^(n x n)\nshow a + A[1,1] + B[1,1] = A[1,1] + a + B[1,1]\n";
    with(text, |prover, goals| {
        let s = prover.store();
        let of = |w: &str| name(s, &goals[0], w);
        let mut within = gradus_term::VarInfo::new("p", gradus_term::VarKind::Given, Sort::Scalar);
        within.domain = gradus_term::Domain::Interval(Some((Rat::zero(), false)), Some((Rat::one(), false)));
        let p = s.declare(within);
        let (at, matrix) = (s.name(p), s.name(of("A")));
        let prove = |a: Id, b: Id| {
            let mut p = prover.proof(a, &[]);
            let f = p.focus(&Position::root()).unwrap();
            put(&mut p, &Position::root(), &f, Ground::Recomputed(Procedure::NormalForm), b).unwrap_or_else(|e| panic!("{e}"));
            prover.add_lemma("lemma", &p)
        };
        let lemmas = [(p, prove(s.prim_call(Prim::Abs, &[at]), at)), (of("A"), prove(s.prim_call(Prim::Transpose, &[matrix]), matrix))];
        let cite = |k: usize, x: Option<Value>| {
            let (v, lemma) = lemmas[k];
            let l = prover.lemma(lemma).unwrap();
            let (mut subst, mut map) = (Substitution::new(), Default::default());
            if let Some(x) = x {
                let arg = match &x {
                    Value::Term(t) => gradus_term::Arg::Val(*t),
                    Value::Index(a) => gradus_term::Arg::Idx(a.clone()),
                    _ => panic!("no value"),
                };
                subst.values.insert(v, x);
                map = std::iter::once((v, arg)).collect();
            }
            let (a, b) = (s.subst(l.left, &map), s.subst(l.right, &map));
            let mut p = prover.proof(a, &[]);
            let f = p.focus(&Position::root()).unwrap();
            put(&mut p, &Position::root(), &f, Ground::Cited { lemma, subst }, b)
        };
        assert!(cite(0, None).is_ok());
        for x in [s.int(-3), s.int(2), s.name(of("a")), s.neg(at)] {
            assert!(cite(0, Some(Value::Term(x))).is_err(), "{}", shown(s, x));
        }
        assert!(cite(0, Some(Value::Index(Aff::free(of("n")).neg()))).is_err());
        assert!(cite(1, None).is_ok());
        assert!(cite(1, Some(Value::Term(s.name(of("B"))))).is_err());
    });
}

#[test]
fn given_equations_are_those_given() {
    with("given a, b, c in R\nshow a = b\n  assuming a = b, b != c\n", |prover, goals| {
        let s = prover.store();
        let (a, b, known) = sides(s, &goals[0]);
        let equation = s.rel(RelOp::Eq, a, b);
        let c = s.name(name(s, &goals[0], "c"));
        let go = |cond: Id, from: Id, to: Id| {
            let mut p = prover.proof(from, &known);
            let f = p.focus(&Position::root()).unwrap();
            put(&mut p, &Position::root(), &f, Ground::Given(cond), to)
        };
        assert!(go(equation, a, b).is_ok());
        assert!(go(equation, b, a).is_ok());
        assert!(go(equation, a, c).is_err());
        assert!(go(equation, c, b).is_err());
        assert!(go(s.rel(RelOp::Ne, b, c), b, c).is_err());
        assert!(go(s.rel(RelOp::Eq, a, c), a, c).is_err());
    });
}

/// A tensor is rewritten entry by entry by a lemma that holds for every index in its range.
#[test]
fn a_lemma_about_an_entry_is_one_about_the_whole() {
    with("given n in N\ngiven v in R^n\ngiven i in N\nshow v[1] + v[1] = 2 v[1]\n", |prover, goals| {
        let s = prover.store();
        let n = Aff::free(name(s, &goals[0], "n"));
        let v = s.name(name(s, &goals[0], "v"));
        let at = |i: VarId| s.intern(Node::Entry(v, [Aff::free(i)].into()));
        let sides_of = |i: VarId| (s.add(at(i), at(i)), s.mul(s.int(2), at(i)));
        let range = |i: VarId, lo: i64| {
            let ix = s.index(Aff::free(i));
            vec![s.rel(RelOp::Le, s.int(lo), ix), s.rel(RelOp::Le, ix, s.index(n.clone()))]
        };
        let lemma = |i: VarId, known: &[Id]| {
            let (a, b) = sides_of(i);
            let mut p = prover.proof(a, known);
            let f = p.focus(&Position::root()).unwrap();
            put(&mut p, &Position::root(), &f, Ground::Recomputed(Procedure::NormalForm), b).unwrap_or_else(|e| panic!("{e}"));
            prover.add_lemma("entry", &p)
        };
        let i = s.fresh(s.sym("i"), Sort::Scalar, true);
        let former = |t: Id, i: VarId| s.tensor(&[i], std::slice::from_ref(&n), t);
        let (a, b) = sides_of(i);
        let (old, new) = (former(a, i), former(b, i));
        let go = |l: usize, indices: &[VarId], old: Id, new: Id| {
            let mut p = prover.proof(old, &[]);
            let f = p.focus(&Position::root()).unwrap();
            put(&mut p, &Position::root(), &f, Ground::Entrywise { lemma: l, indices: indices.to_vec() }, new)
                .map(|()| p.assumptions().into_iter().map(|c| shown(s, c)).collect::<Vec<_>>().join(", "))
        };
        let whole = lemma(i, &range(i, 1));
        assert_eq!(go(whole, &[i], old, new).unwrap_or_else(|e| panic!("{e}")), "");
        assert!(go(whole, &[i], old, old).is_err());
        assert!(go(whole, &[i], new, new).is_err());
        assert!(go(whole, &[], old, new).is_err());
        assert!(go(whole, &[i, i], old, new).is_err());
        assert!(go(whole, &[i], v, new).is_err());
        assert!(go(99, &[i], old, new).is_err());
        // For the places from 2 on only, the first is open.
        let most = lemma(i, &range(i, 2));
        assert_ne!(go(most, &[i], old, new).unwrap_or_else(|e| panic!("{e}")), "");
        // For a natural number only.
        let k = name(s, &goals[0], "i");
        let (a, b) = sides_of(k);
        let natural = lemma(k, &range(k, 1));
        assert!(go(natural, &[k], former(a, k), former(b, k)).is_err());
    });
}

/// The chain rule through a tensor: what it gives agrees with the derivative at points, and the kernel takes nothing else for it.
#[test]
fn the_chain_rule_is_taken_through_the_whole_tensor() {
    let text = "given n in N\ngiven i in N\ngiven A in R^(n x n)\ngiven v in R^n\n\
        show diff(sum(j in 1..n, exp((A*v)[j]) (A*v)[j]), v[1]) = 0\n\
        show diff(sum(j in 1..n, v[j] (A*v)[j]), v[1]) = 0\n";
    with(text, |prover, goals| {
        let s = prover.store();
        for (goal, fits) in goals.iter().zip([true, false]) {
            let (t, _, known) = sides(s, goal);
            let Node::Diff { body, .. } = s.node(t) else { panic!("no derivative") };
            let mut inner = None;
            let mut todo = vec![*body];
            while let Some(x) = todo.pop() {
                match s.node(x) {
                    Node::MatMul(_) => inner = Some(x),
                    Node::Entry(m, _) => todo.push(*m),
                    n => n.for_each_child(|c, _| todo.push(c)),
                }
            }
            // Under the sum the product mentions no index of it: it stands as it does under the derivative alone.
            let Node::Big { .. } = s.node(*body) else { panic!("no sum") };
            let inner = inner.unwrap();
            let outside = s.canon(s.open(inner, &[gradus_term::Arg::Val(s.name(name(s, goal, "v"))), gradus_term::Arg::Idx(Aff::int(0))]));
            let x = s.fresh(s.sym("x"), s.sort(s.name(name(s, goal, "v"))).clone(), false);
            let at_x = s.subst(outside, &std::iter::once((name(s, goal, "v"), gradus_term::Arg::Val(s.name(x)))).collect());
            let u = s.close(at_x, &[x]);
            let Some(new) = chain_rule(s, t, u) else {
                assert!(!fits);
                continue;
            };
            assert!(fits, "the variable stands beside the tensor");
            assert!(Judge::thorough().equal(s, t, new, &known).agrees(), "{} = {}", shown(s, t), shown(s, new));
            let go = |new: Id| {
                let mut p = prover.proof(t, &known);
                let f = p.focus(&Position::root()).unwrap();
                put(&mut p, &Position::root(), &f, Ground::Recomputed(Procedure::ChainRule), new)
            };
            assert!(go(new).is_ok());
            assert!(go(s.mul(s.int(2), new)).is_err());
            assert!(go(s.int(0)).is_err());
            let Node::Big { op, hint, lo, hi, cond, body } = s.node(new).clone() else { panic!("no sum") };
            assert!(go(s.intern(Node::Big { op, hint, lo: lo.plus(1), hi, cond, body })).is_err());
        }
    });
}

/// What a lemma says of both sides, or of their difference, is known where what it was proved under holds.
#[test]
fn claims_may_rest_on_lemmas() {
    let text = "given x in R\nshow gamma(x + 1) = x gamma(x)\nshow 1 + gamma(x + 1) - x gamma(x) = 1\nshow 1 + gamma(x + 1) > x gamma(x)\n\
        show x gamma(x) < 1 + gamma(x + 1)\nshow 1 + gamma(x + 1) < x gamma(x)\nshow x gamma(x) > 1 + gamma(x + 1)\nshow gamma(x + 1) = x gamma(x) + 1\n\
        show x gamma(x) = gamma(x + 1)\n";
    with(text, |prover, goals| {
        let s = prover.store();
        let cond = |k: usize| if let gradus_term::goal::GoalKind::Show(c) = goals[k].kind { c } else { panic!("no `show`") };
        let x = s.name(name(s, &goals[0], "x"));
        let positive = s.rel(RelOp::Gt, x, s.int(0));
        let rule = prover.rules().rule("special.gamma_recurrence").unwrap();
        let subst = Substitution::new().with(rule.metas[0], x);
        let instance = Ground::Instance { rule: rule.name.clone(), backward: false, subst };
        for k in [0, 1] {
            // Nothing is known before the lemma is there.
            assert!(prover.holds(&[positive], cond(k)).is_err());
        }
        let (a, b, _) = sides(s, &goals[0]);
        let mut p = prover.proof(a, &[positive]);
        let f = p.focus(&Position::root()).unwrap();
        put(&mut p, &Position::root(), &f, instance.clone(), b).unwrap_or_else(|e| panic!("{e}"));
        prover.add_lemma("recurrence", &p);
        let (t, one, _) = sides(s, &goals[1]);
        let mut p = prover.proof(t, &[positive]);
        let Node::Sum(xs) = s.node(t) else { panic!("no sum") };
        let at = xs.iter().position(|y| s.same(y.term, a)).unwrap();
        let pos = Position::at(&[at as u32]);
        let f = p.focus(&pos).unwrap();
        put(&mut p, &pos, &f, instance, b).unwrap_or_else(|e| panic!("{e}"));
        let f = p.focus(&Position::root()).unwrap();
        put(&mut p, &Position::root(), &f, Ground::Recomputed(Procedure::NormalForm), one).unwrap_or_else(|e| panic!("{e}"));
        prover.add_lemma("difference", &p);
        for (k, holds) in [(0, true), (1, true), (2, true), (3, true), (4, false), (5, false), (6, false), (7, true)] {
            assert_eq!(prover.holds(&[positive], cond(k)).is_ok(), holds, "{}", shown(s, cond(k)));
        }
        // Where both sides have values, what it was proved under holds.
        assert_eq!(prover.holds(&[], cond(0)).unwrap_or_else(|e| panic!("{e}")), []);
    });
}

/// A rulebook with one rule that is false.
struct Wrong(gradus_kernel::Rule);
impl gradus_kernel::RuleSource for Wrong {
    fn rule(&self, name: &str) -> Option<&gradus_kernel::Rule> {
        (name == self.0.name).then_some(&self.0)
    }
}

/// The judge refuses what a wrong rule gives: for itself, under a sum, under a derivative, beside a guard.
#[test]
fn the_judge_refuses_what_a_wrong_rule_gives() {
    let text =
        "given n in N\ngiven x in R\ngiven v in R^n\nshow sin(-x) = 0\nshow sum(j in 1..n, sin(-v[j])) = 0\nshow diff(x sin(-x), x) = 0\n\
        show [x > 0] sin(-x) = 0\n";
    with(text, |right, goals| {
        let s = right.store();
        let mut rule = right.rules().rule("trig.sine_is_odd").unwrap().clone();
        let Node::Sum(xs) = s.node(rule.right) else { panic!("no minus") };
        rule.right = xs[0].term;
        let (name_of, meta) = (rule.name.clone(), rule.metas[0]);
        let book = Wrong(rule);
        let judged = gradus_kernel::Prover::new(s, &book, gradus_engine::Engine::judge());
        let blind = gradus_kernel::Prover::new(s, &book, Judge { tries: 0, ..gradus_engine::Engine::judge() });
        for goal in goals {
            let (t, _, known) = sides(s, goal);
            for (prover, taken) in [(&judged, false), (&blind, true)] {
                let mut p = prover.proof(t, &known);
                let mut todo = vec![Position::root()];
                let mut tried = 0;
                while let Some(pos) = todo.pop() {
                    let Ok(f) = p.focus(&pos) else { continue };
                    todo.extend((0..s.node(f.part).children().len() as u32).map(|k| pos.child(k)));
                    let Node::Call(g, ys) = s.node(f.part) else { continue };
                    let Node::Sum(zs) = s.node(ys[0]) else { continue };
                    let subst = Substitution::new().with(meta, zs[0].term);
                    let ground = Ground::Instance { rule: name_of.clone(), backward: false, subst };
                    let r = put(&mut p, &pos, &f, ground, s.call(*g, &[zs[0].term]));
                    assert_eq!(r.is_ok(), taken, "{}: {r:?}", shown(s, t));
                    assert!(taken || matches!(r, Err(Refused::Refuted(_))));
                    tried += 1;
                    break;
                }
                assert_eq!(tried, 1);
            }
        }
    });
}

/// A rule with premises stands under what its premises were proved under.
#[test]
fn a_rule_stands_under_the_conditions_of_its_premises() {
    let text = "given a, x in R\nshow limit(sign(x) + sign(a x), x, inf) = 1 + 1\nshow limit(sign(x), x, inf) = 1\nshow limit(sign(a x), x, inf) = 1\n";
    with(text, |prover, goals| {
        let s = prover.store();
        let a = s.name(name(s, &goals[0], "a"));
        let positive = s.rel(RelOp::Gt, a, s.int(0));
        let r = prover.rules().rule("limit.sum").unwrap();
        let (whole, two, _) = sides(s, &goals[0]);
        let parts: Vec<Id> = goals[1..].iter().map(|g| sides(s, g).0).collect();
        let inner = |t: Id| {
            let Node::Limit { body, .. } = s.node(t) else { panic!("no limit") };
            *body
        };
        let infinity = s.intern(Node::Infinity(false));
        let subst = r.metas.iter().fold(Substitution::new(), |sub, m| match s.var(*m).name.as_str() {
            "u" => sub.with(*m, inner(parts[0])),
            "v" => sub.with(*m, inner(parts[1])),
            "l" | "m" => sub.with(*m, s.int(1)),
            "p" => sub.with(*m, infinity),
            _ => sub,
        });
        let step = |subst: &Substitution, known: &[Id], new: Id| {
            let mut p = prover.proof(whole, known);
            let f = p.focus(&Position::root()).unwrap();
            put(&mut p, &Position::root(), &f, Ground::Instance { rule: "limit.sum".into(), backward: false, subst: subst.clone() }, new)
                .map(|()| p.assumptions())
        };
        let prove = |t: Id, known: &[Id]| {
            let mut p = prover.proof(t, known);
            let f = p.focus(&Position::root()).unwrap();
            put(&mut p, &Position::root(), &f, Ground::Recomputed(Procedure::SignNear), s.int(1)).unwrap_or_else(|e| panic!("{e}"));
            prover.add_lemma("a part", &p);
        };
        // No premise is proved; then one of them; then both, one under a condition.
        assert!(step(&subst, &[], two).is_err());
        prove(parts[0], &[]);
        assert!(step(&subst, &[], two).is_err());
        prove(parts[1], &[positive]);
        assert_eq!(step(&subst, &[], two).unwrap_or_else(|e| panic!("{e}")), [positive]);
        assert_eq!(step(&subst, &[positive], two).unwrap_or_else(|e| panic!("{e}")), []);
        assert!(step(&subst, &[s.rel(RelOp::Lt, a, s.int(0))], two).is_err());
        assert!(step(&subst, &[], s.int(1)).is_err());
        // The values are those of the lemmas.
        let other = r.metas.iter().find(|m| s.var(**m).name == "m").unwrap();
        assert!(step(&subst.clone().with(*other, s.int(0)), &[], s.add(s.int(1), s.int(0))).is_err());
    });
}

/// The sign of a term near a point: by what is known near it, or by its value there where it is continuous. A term that jumps, has
/// no value on one side, or vanishes at the point has none.
#[test]
fn a_sign_near_a_point_is_one_on_all_sides() {
    let cases = [
        ("log(x) + 2", "1", Some(1)),
        ("(log(x) + 2)^2", "1", Some(1)),
        ("1 + a x", "0", Some(1)),
        ("log(1 + a x) - 1", "0", Some(-1)),
        ("exp(x) - 3", "0", Some(-1)),
        ("cos(x)", "0", Some(1)),
        ("1 - cos(x)", "0", Some(1)),
        ("x^2", "0", Some(1)),
        ("1 + a/x", "inf", Some(1)),
        ("a/x^2 - 3 + 1/x", "inf", Some(-1)),
        ("log(3 + a/x)", "inf", Some(1)),
        ("a + x", "inf", Some(1)),
        ("a - x/2", "inf", Some(-1)),
        ("a x^2 - x", "inf", None),
        ("a + 1/x", "inf", None),
        ("sin(x) + 1", "inf", None),
        ("x", "0", None),
        ("a + x", "0", None),
        ("sign(x) + 1", "0", None),
        ("floor(x) + 1", "0", None),
        ("1 + sqrt(x)", "0", None),
        ("log(x)", "0", None),
        ("2 + abs(x)", "0", Some(1)),
        ("[x > 0] + 1/2", "0", Some(1)),
        ("[x = 0] - 1/2", "0", Some(-1)),
        ("1/2 - [x > 0]", "0", None),
        ("acos(x) + 1", "1", None),
        ("1/x + 2", "0", None),
        ("cases(1 if x < 0, -1 otherwise)", "0", None),
    ];
    for (u, p, want) in cases {
        let text = format!("given a, x in R\nshow limit(sign({u}), x, {p}) = 1\n");
        with(&text, |prover, goals| {
            let s = prover.store();
            let start = sides(s, &goals[0]).0;
            let step = |value: i64| {
                let mut proof = prover.proof(start, &[]);
                let f = proof.focus(&Position::root()).unwrap();
                put(&mut proof, &Position::root(), &f, Ground::Recomputed(Procedure::SignNear), s.int(value)).is_ok()
            };
            let found = [1, -1].into_iter().filter(|v| step(*v)).collect::<Vec<_>>();
            assert_eq!(found, want.into_iter().collect::<Vec<_>>(), "{u} near {p}");
        });
    }
}

/// Cases must leave nothing out, be told apart by the same two terms, which have values, and each show the very equation.
#[test]
fn cases_leave_nothing_out() {
    let text = "given a, b in R\ngiven n in N\nshow abs(a) = max(a, -a)\nshow max(a, b) = b + relu(a - b)\nshow abs(log(a)) = max(log(a), -log(a))\nshow sum(j in 1..n, abs(a)) = n abs(a)\n";
    with(text, |prover, goals| {
        let s = prover.store();
        let zero = s.int(0);
        let [first, second, third] = [0, 1, 2].map(|k| sides(s, &goals[k]));
        let (a, b) = (s.name(name(s, &goals[0], "a")), s.name(name(s, &goals[0], "b")));
        // The engine's own proofs of the cases: by the normal form, under the case.
        let lemma = |(l, r, _): &(Id, Id, Vec<Id>), conditions: &[Id]| {
            let mut p = prover.proof(*l, conditions);
            let f = p.focus(&Position::root()).unwrap();
            put(&mut p, &Position::root(), &f, Ground::Recomputed(Procedure::NormalForm), *r).unwrap_or_else(|e| panic!("{e}"));
            prover.add_lemma("case", &p)
        };
        let joined = |(l, r, _): &(Id, Id, Vec<Id>), lemmas: &[usize]| {
            let mut p = prover.proof(*l, &[]);
            let f = p.focus(&Position::root()).unwrap();
            put(&mut p, &Position::root(), &f, Ground::ByCases(lemmas.to_vec()), *r)
                .map(|()| p.assumptions().into_iter().map(|c| shown(s, c)).collect::<Vec<_>>().join(", "))
        };
        let case = |op: RelOp| lemma(&first, &[s.rel(op, a, zero)]);
        let [lt, le, eq, ge, gt, ne] = [RelOp::Lt, RelOp::Le, RelOp::Eq, RelOp::Ge, RelOp::Gt, RelOp::Ne].map(case);
        for whole in [vec![lt, ge], vec![le, gt], vec![le, ge], vec![lt, eq, gt], vec![ne, eq], vec![gt, le, ge]] {
            assert_eq!(joined(&first, &whole).unwrap(), "");
        }
        for part in [vec![], vec![ge], vec![gt, lt], vec![ge, gt, eq], vec![le, lt, eq], vec![ne], vec![ne, gt], vec![99]] {
            assert!(joined(&first, &part).is_err(), "{part:?}");
        }
        // Other terms are compared, or the other way round.
        for other in [s.rel(RelOp::Lt, b, zero), s.rel(RelOp::Lt, a, b), s.rel(RelOp::Gt, zero, a), s.rel(RelOp::Lt, a, s.int(1))] {
            assert!(joined(&first, &[ge, lemma(&first, &[other])]).is_err(), "{}", shown(s, other));
        }
        // The case is the last condition; others must be known or are assumed.
        let positive = s.rel(RelOp::Gt, b, zero);
        assert_eq!(joined(&first, &[ge, lemma(&first, &[positive, s.rel(RelOp::Lt, a, zero)])]).unwrap(), "b > 0");
        assert!(joined(&first, &[ge, lemma(&first, &[s.rel(RelOp::Lt, a, zero), positive])]).is_err());
        assert!(joined(&first, &[ge, lemma(&first, &[])]).is_err());
        // Another equation, or one of which a side is another.
        assert!(joined(&second, &[ge, lt]).is_err());
        for (l, r) in [(first.0, a), (first.0, s.neg(a)), (second.0, first.1), (first.1, a)] {
            assert!(joined(&(l, r, Vec::new()), &[ge, lt]).is_err(), "{} = {}", shown(s, l), shown(s, r));
        }
        let of_second = [RelOp::Ge, RelOp::Lt].map(|op| lemma(&second, &[s.rel(op, a, b)]));
        assert_eq!(joined(&second, &of_second).unwrap(), "");
        // What is compared has a value wherever the left side has one, or that is assumed.
        let log = s.log(a);
        let of_third = [RelOp::Ge, RelOp::Lt].map(|op| lemma(&third, &[s.rel(op, log, zero)]));
        assert_eq!(joined(&third, &of_third).unwrap(), "");
        let at_log = [RelOp::Ge, RelOp::Lt].map(|op| lemma(&second, &[s.rel(op, log, zero)]));
        assert_eq!(joined(&second, &at_log).unwrap(), "a > 0");
        // Nothing is bound where cases are told apart.
        let mut p = prover.proof(sides(s, &goals[3]).0, &[]);
        let pos = Position::at(&[0]);
        let f = p.focus(&pos).unwrap();
        assert!(s.same(f.part, first.0));
        assert!(put(&mut p, &pos, &f, Ground::ByCases(vec![lt, ge]), first.1).is_err());
    });
}
