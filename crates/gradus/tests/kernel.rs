//! What the kernel takes and what it refuses, by its grounds alone: the judge of these tests looks at no point. Every check of a
//! ground and of a claim is met by a step it must let pass and by false ones near it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod blind;

use blind::{name, put, shown, sides, step, with};
use gradus_kernel::{Ground, Link, Procedure, Proof, Refused, Root, Solutions, Substitution};
use gradus_term::goal::GoalKind;
use gradus_term::{Aff, Focus, Id, Node, Position, Prim, RelOp, Store};

const DECLARED: &str =
    "given a, b, c, x, t, z in R\ngiven y in {0, 1}\ngiven p, q in R, p > 0, q >= 0\ngiven n, m in N\ngiven v, w in R^n\n\
    given A, B in R^(n x n)\ngiven S in R^(n x n) symmetric\ndefine f(z) = z^2 + a\ndefine r[i] = v[i] + 1\n";

fn procedure(word: &str) -> Ground {
    match word {
        "rearranged" => Ground::Rearranged,
        "unfolded" => Ground::Unfolded,
        "folded" => Ground::Folded,
        "entries" => Ground::Entries,
        "extensional" => Ground::Extensional,
        other => Ground::Recomputed(match other {
            "normal" => Procedure::NormalForm,
            "delta" => Procedure::EntryDelta,
            "sum" => Procedure::SumRule,
            "cases" => Procedure::CasesRule,
            "sign" => Procedure::SignNear,
            "chain" => Procedure::ChainRule,
            "matrix" => Procedure::MatrixRule,
            w => panic!("no ground {w}"),
        }),
    }
}
const GROUNDS: [&str; 12] =
    ["rearranged", "unfolded", "folded", "entries", "extensional", "normal", "delta", "sum", "cases", "sign", "chain", "matrix"];

/// `ground: equation`, with what is assumed after a bar.
const TAKEN: &str = "
rearranged: a + b - c = -c + (b + a)
rearranged: a*b*(c*x) = x*c*(b*a)
rearranged: v .* w = w .* v
rearranged: max(a, b) = max(b, a)
rearranged: a*(A*B) = (A*B)*a
unfolded: f(x + 1) = (x + 1)^2 + a
unfolded: r[2] = v[2] + 1
folded: x^2 + a = f(x)
entries: (A*B)[i, j] = sum(k in 1..n, A[i, k] B[k, j])
entries: (A + B)[i, j] = A[i, j] + B[i, j]
entries: tr(A) = sum(k in 1..n, A[k, k])
entries: sum(k in 1..n, A[k, k]) = tr(A)
extensional: A + B = B + A
extensional: (A*B)^T = B^T * A^T
normal: (a + b)^2 = a^2 + 2 a b + b^2
normal: x = x^2/x | x != 0
normal: x/x = 1
normal: y^2 = y
normal: 0 = 0*log(x) | x > 0
normal: sum(j in 1..n, v[j]) = sum(j in 1..n, v[n + 1 - j])
normal: sqrt(q)^2 = q
normal: q = sqrt(q)^2
normal: sum(j in 1..n, 1/v[j]) = sum(j in 1..n, 1/v[j]) + 0*sum(j in 2..n, 1/v[j])
normal: sum(j in 1..n - 1, 1/v[j]) = sum(j in 1..n - 1, 1/v[j]) + 0*sum(j in 1..n, 1/v[j]) | v[j] != 0
delta: diff(v[i], v[j]) = [i = j]
delta: diff(A[i, j], A[k, l]) = [i = k] [j = l]
delta: diff(x, x) = 1
sum: diff(a x - x^2, x) = diff(a x, x) - diff(x^2, x)
cases: diff(cases(x^2 if x > a, b x otherwise), x) = cases(diff(x^2, x) if x > a, diff(b x, x) otherwise)
sign: limit(sign(x), x, 0, right) = 1
sign: limit(sign(x), x, 0, left) = -1
sign: limit(sign(x^2 - 1), x, 0) = -1
sign: limit(sign(x - 5), x, inf) = 1
sign: limit(sign(x), x, -inf) = -1
matrix: diff(det(A), A[i, j]) = det(A) sum(k in 1..n, sum(l in 1..n, inv(A)[l, k] diff(A[k, l], A[i, j]))) | det(A) != 0
matrix: diff(logdet(A), A[i, j]) = sum(k in 1..n, sum(l in 1..n, inv(A)[l, k] diff(A[k, l], A[i, j])))
";

/// Equations that do not hold, or hold elsewhere only: no ground takes them.
const REFUSED: &str = "
a - b = b - a
a*b = a + b
A*B = B*A
(A*B)*v = B*(A*v)
v = w
f(x) = x^2 + b
f(x) = x + a
r[2] = v[1] + 1
x^2 + x = f(x)
(A*B)[i, j] = sum(k in 1..n, A[k, i] B[k, j])
(A*B)[i, j] = sum(k in 1..n - 1, A[i, k] B[k, j])
(A + B)[i, j] = A[i, j] + B[j, i]
tr(A) = sum(k in 1..n, A[1, k])
(A*B)^T = A^T * B^T
A^T = A
A + B = A
v^T w = v^T v
(a + b)^2 = a^2 + b^2
x^2 = x
sqrt(x^2) = x
log(a b) = log(a) + log(b) + 1
sum(j in 1..n, v[j]) = sum(j in 1..n - 1, v[j])
sum(j in 1..n, v[j]) = n
sum(j in 3..n, 1) = n - 2
diff(v[i], v[j]) = 1
diff(v[i], v[j]) = [i = j + 1]
diff(A[i, j], A[k, l]) = [i = k]
diff(A[i, j], A[k, l]) = [i = l] [j = k]
diff(a x - x^2, x) = diff(a x, x) + diff(x^2, x)
diff(a x - x^2, x) = diff(a x, x)
diff(cases(x^2 if x > a, b x otherwise), x) = cases(diff(x^2, x) if x < a, diff(b x, x) otherwise)
diff(cases(x^2 if x > a, b x otherwise), x) = diff(x^2, x)
limit(sign(x), x, 0) = 1
limit(sign(x), x, 0, left) = 1
limit(sign(x), x, 0, right) = -1
limit(sign(x - a), x, 0, right) = 1
limit(sign(x), x, inf) = -1
limit(sign(a x), x, inf) = 1
limit(sign(sqrt(x)), x, 0) = 1
diff(det(A), A[i, j]) = sum(k in 1..n, sum(l in 1..n, inv(A)[l, k] diff(A[k, l], A[i, j])))
diff(det(A), A[i, j]) = det(A) sum(k in 1..n, sum(l in 1..n, inv(A)[k, l] diff(A[k, l], A[i, j])))
diff(logdet(A), A[i, j]) = det(A) sum(k in 1..n, sum(l in 1..n, inv(A)[l, k] diff(A[k, l], A[i, j])))
diff(inv(A)[i, j], A[1, 1]) = sum(k in 1..n, sum(l in 1..n, inv(A)[i, k] diff(A[k, l], A[1, 1]) inv(A)[l, j]))
diff(abs(x), x) = 1
diff(x^2, x) = diff(x, x)
";

#[test]
fn each_ground_takes_what_it_gives() {
    let lines: Vec<&str> = TAKEN.lines().filter(|l| !l.is_empty()).collect();
    for line in lines {
        let (word, rest) = line.split_once(": ").unwrap();
        let (equation, assumed) = rest.split_once(" | ").unwrap_or((rest, ""));
        with(&format!("{DECLARED}show {equation}\n"), |prover, goals| {
            let got = step(prover, &goals[0], &procedure(word)).unwrap_or_else(|e| panic!("{line}: {e}"));
            assert_eq!(got.join(", "), assumed, "{line}");
        });
    }
}

#[test]
fn no_ground_takes_what_does_not_hold() {
    for equation in REFUSED.lines().filter(|l| !l.is_empty()) {
        with(&format!("{DECLARED}show {equation}\n"), |prover, goals| {
            for word in GROUNDS {
                let r = step(prover, &goals[0], &procedure(word));
                assert!(r.is_err(), "{equation} is taken by {word}, if {r:?}");
            }
        });
    }
}

/// The first position at which this stands, as text.
fn find(s: &Store, p: &Proof<'_>, text: &str) -> (Position, Focus) {
    let mut todo = vec![Position::root()];
    while let Some(pos) = todo.pop() {
        let Ok(f) = p.focus(&pos) else { continue };
        if shown(s, f.part) == text {
            return (pos, f);
        }
        todo.extend((0..s.node(f.part).children().len() as u32).rev().map(|k| pos.child(k)));
    }
    panic!("{text} is not in {}", shown(s, p.current()))
}

/// Inside a derivative or a limit, a part is replaced by what is equal to it near the point, not only there.
#[test]
fn under_a_derivative_what_is_known_holds_near_the_point() {
    // given, whole, part, what is put there (made of the part), what is assumed (None: refused)
    type Put = fn(&Store, Id) -> Id;
    let root_squared: Put = |s, u| s.pow(s.prim_call(gradus_term::Prim::Sqrt, &[u]), s.int(2));
    let absolute: Put = |s, u| s.prim_call(gradus_term::Prim::Abs, &[u]);
    let vanishing: Put = |s, u| s.add(u, s.mul(s.int(0), s.prim_call(gradus_term::Prim::Asin, &[u])));
    let unit: Put = |s, u| s.mul(u, s.quot(u, u));
    let cases: [(&str, &str, &str, Put, Option<&str>); 10] = [
        ("x > 0", "diff(x, x)", "x", absolute, Some("")),
        ("x >= 0", "diff(x, x)", "x", absolute, None),
        ("0 <= x", "diff(x, x)", "x", absolute, None),
        ("0 < x", "diff(x, x)", "x", absolute, Some("")),
        ("x != 0", "diff(x, x)", "x", absolute, None),
        ("x > 0", "diff(x, x)", "x", root_squared, Some("")),
        ("x >= 0", "diff(x, x)", "x", root_squared, Some("x > 0")),
        ("x != 0", "diff(x, x)", "x", unit, Some("")),
        ("a > 0", "diff(x, x)", "x", unit, Some("x != 0")),
        ("a > 0", "diff(x, x)", "x", vanishing, Some("-1 < x, x < 1")),
    ];
    for (given, whole, part, new, assumed) in cases {
        with(&format!("given a, x in R\ngiven n in N\ngiven v in R^n\nshow {whole} = 1\n  assuming {given}\n"), |prover, goals| {
            let s = prover.store();
            let (a, _, known) = sides(s, &goals[0]);
            // Also with the sides of what is known exchanged.
            let turned = |c: &Id| match s.node(*c) {
                Node::Rel(op, a, b) => s.rel(op.mirrored(), *b, *a),
                _ => *c,
            };
            for known in [known.clone(), known.iter().map(turned).collect()] {
                let mut p = prover.proof(a, &known);
                let pos = Position::at(&[0]);
                let f = p.focus(&pos).unwrap();
                assert_eq!(shown(s, f.part), part);
                let r = put(&mut p, &pos, &f, Ground::Recomputed(Procedure::NormalForm), new(s, f.part));
                match (r, assumed) {
                    (Ok(()), Some(want)) => {
                        let got: Vec<String> = p.assumptions().into_iter().map(|c| shown(s, c)).collect();
                        assert_eq!(got.join(", "), want, "{whole} under {given}");
                    }
                    (Err(_), None) => {}
                    (r, _) => panic!("{whole} under {given}: {r:?}"),
                }
            }
        });
    }
}

/// A limit is over points at which its body has a value: where there are none, no step is made, though the new body has values there.
#[test]
fn a_limit_is_over_points_that_have_a_value() {
    type Widen = fn(&Store, Id) -> Id;
    let inside: Widen = |s, u| s.node(s.node(u).children()[0].0).children()[0].0;
    let zero: Widen = |s, _| s.int(0);
    let cases: [(&str, Widen, bool); 12] = [
        ("limit(sqrt(x)^2, x, 3)", inside, true),
        ("limit(sqrt(x)^2, x, 0, right)", inside, true),
        ("limit(sqrt(x)^2, x, 0)", inside, true),
        ("limit(sqrt(x)^2, x, inf)", inside, true),
        ("limit(sqrt(x)^2, x, -3)", inside, false),
        ("limit(sqrt(x)^2, x, 0, left)", inside, false),
        ("limit(sqrt(x)^2, x, -inf)", inside, false),
        // Whether there are such points depends on a.
        ("limit(sqrt(a)^2, x, 0)", inside, false),
        ("limit(asin(x) - asin(x), x, 1/2)", zero, true),
        ("limit(asin(x) - asin(x), x, 5)", zero, false),
        ("limit(log(x) - log(x), x, 1)", zero, true),
        ("limit(log(x) - log(x), x, -1)", zero, false),
    ];
    for (limit, new, taken) in cases {
        with(&format!("given a, x in R\nshow {limit} = 1\n"), |prover, goals| {
            let (start, _, known) = sides(prover.store(), &goals[0]);
            let mut p = prover.proof(start, &known);
            let pos = Position::at(&[0]);
            let f = p.focus(&pos).unwrap();
            let new = new(prover.store(), f.part);
            assert_eq!(put(&mut p, &pos, &f, Ground::Recomputed(Procedure::NormalForm), new).is_ok(), taken, "{limit}");
        });
    }
}

/// What jumps is no continuous function: that a strict condition on it holds at a point says nothing near it. What does not jump is.
#[test]
fn what_jumps_is_not_known_near_a_point() {
    let cases = [
        ("sum(j in 1..n if v[j] = 0, 1) > 0", "v[1]", false),
        ("sign(x) < 1", "x", false),
        ("floor(x) > 0", "x", false),
        ("[x > 0] < 1", "x", false),
        ("cases(0 if x <= 0, 1 otherwise) < 1", "x", false),
        ("jump(x) < 1", "x", false),
        ("sum(j in 1..n, abs(x) v[j]) > 0", "x", true),
        ("kink(x) < 1", "x", true),
        ("abs(x) < 1", "x", true),
        ("x != 0", "x", true),
        ("g(x) > 0", "x", true),
    ];
    for (given, by, known_near) in cases {
        let text = format!(
            "given n in N\ngiven v in R^n\ngiven x in R\ngiven g : R -> R\ndefine jump(z) = sign(z)\ndefine kink(z) = abs(z)\n\
             show diff([{given}], {by}) = 0\n  assuming {given}\n"
        );
        with(&text, |prover, goals| {
            let s = prover.store();
            let (a, _, known) = sides(s, &goals[0]);
            let mut p = prover.proof(a, &known);
            let pos = Position::at(&[0]);
            let f = p.focus(&pos).unwrap();
            let r = put(&mut p, &pos, &f, Ground::Recomputed(Procedure::NormalForm), s.int(1));
            assert_eq!(r.is_ok(), known_near, "{given}: {r:?}");
        });
    }
}

/// The variables of a rule stand for real values: ∞ − ∞ is not 0, and 0 · ∞ is not 0.
#[test]
fn infinity_is_no_value_of_a_rule() {
    with("given x in R\nshow x - x = 0\nshow 0 * x = 0\n", |prover, goals| {
        let s = prover.store();
        let x = s.name(name(s, &goals[0], "x"));
        for (goal, rule) in goals.iter().zip(["algebra.same_minus_same", "algebra.zero_factor"]) {
            let (t, zero, _) = sides(s, goal);
            let r = prover.rules().rule(rule).unwrap();
            for (value, taken) in [(x, true), (s.intern(Node::Infinity(false)), false), (s.intern(Node::Infinity(true)), false)] {
                let start = s.subst(t, &std::iter::once((name(s, goal, "x"), gradus_term::Arg::Val(value))).collect());
                let mut subst = Substitution::new();
                for m in &r.metas {
                    subst.values.insert(*m, gradus_kernel::Value::Term(value));
                }
                let mut p = prover.proof(start, &[]);
                let f = p.focus(&Position::root()).unwrap();
                let done = [
                    subst.clone(),
                    subst.values.keys().next_back().map_or(subst.clone(), |last| {
                        let mut other = subst.clone();
                        other.values.insert(*last, gradus_kernel::Value::Factors(vec![value]));
                        other
                    }),
                ]
                .into_iter()
                .any(|subst| {
                    put(&mut p, &Position::root(), &f, Ground::Instance { rule: rule.into(), backward: false, subst }, zero).is_ok()
                });
                assert_eq!(done, taken, "{rule} at {}", shown(s, value));
            }
        }
    });
}

#[test]
fn nothing_is_assumed_of_a_value_that_moves_to_a_limit() {
    with("given a, x in R\nshow limit(x + a, x, 0) = a\nshow limit(x + a, x, 0, right) = a\n", |prover, goals| {
        let s = prover.store();
        for (goal, taken) in goals.iter().zip([false, true]) {
            let (t, _, known) = sides(s, goal);
            let mut p = prover.proof(t, &known);
            let (pos, f) = find(s, &p, "x");
            let new = s.pow(s.prim_call(gradus_term::Prim::Sqrt, &[f.part]), s.int(2));
            let r = put(&mut p, &pos, &f, Ground::Recomputed(Procedure::NormalForm), new);
            assert_eq!(r.is_ok(), taken, "{}", shown(s, t));
            // The value is not the point itself.
            let (pos, f) = find(s, &p, if taken { "sqrt(x)^2" } else { "x" });
            let new = s.mul(f.part, s.quot(f.part, f.part));
            let _ = put(&mut p, &pos, &f, Ground::Recomputed(Procedure::NormalForm), new);
        }
    });
}

/// The focus a caller hands in is not believed: neither its part nor its facts.
#[test]
fn what_stands_at_a_position_is_looked_up() {
    with("given n in N\ngiven v in R^n\nshow sum(j in 1..n, v[j]) = 0\n", |prover, goals| {
        let s = prover.store();
        let (t, _, known) = sides(s, &goals[0]);
        let mut p = prover.proof(t, &known);
        let pos = Position::at(&[0]);
        let real = p.focus(&pos).unwrap();
        let mut lie = real.clone();
        lie.part = s.int(0);
        assert!(put(&mut p, &pos, &lie, Ground::Recomputed(Procedure::NormalForm), s.int(0)).is_err());
        let mut lie = real.clone();
        lie.facts.push(s.rel(RelOp::Eq, real.part, s.int(0)));
        let given = *lie.facts.last().unwrap();
        assert!(put(&mut p, &pos, &lie, Ground::Given(given), s.int(0)).is_err());
        let mut lie = real.clone();
        lie.opened.clear();
        assert!(put(&mut p, &pos, &lie, Ground::Rearranged, real.part).is_err());
        // A name of which more is known than of the opened one.
        let mut natural = gradus_term::VarInfo::new("k", gradus_term::VarKind::Opened, gradus_term::Sort::Scalar);
        natural.domain = gradus_term::Domain::Nat;
        let mut given = natural.clone();
        (given.domain, given.kind) = (gradus_term::Domain::Int, gradus_term::VarKind::Given);
        let mut positive = natural.clone();
        (positive.domain, positive.props.positive) = (gradus_term::Domain::Int, true);
        for info in [natural, given, positive] {
            let k = s.declare(info);
            let mut lie = real.clone();
            lie.opened = vec![k];
            lie.part = s.subst(real.part, &std::iter::once((real.opened[0], gradus_term::Arg::Idx(Aff::free(k)))).collect());
            assert!(put(&mut p, &pos, &lie, Ground::Rearranged, lie.part).is_err());
        }
        // A name of the worksheet for the opened one.
        let n = s.free_vars(t).into_iter().find(|v| s.var(*v).is_integer()).unwrap();
        let mut lie = real.clone();
        lie.opened = vec![n];
        lie.part =
            s.intern(Node::Entry(s.name(s.free_vars(t).into_iter().find(|v| !s.var(*v).is_integer()).unwrap()), [Aff::free(n)].into()));
        assert!(put(&mut p, &pos, &lie, Ground::Rearranged, lie.part).is_err());
        assert!(put(&mut p, &pos, &real, Ground::Rearranged, real.part).is_ok());
        let wrong_sort = s.free_vars(t).into_iter().find(|v| !s.var(*v).is_integer()).unwrap();
        assert!(matches!(put(&mut p, &pos, &real, Ground::Rearranged, s.name(wrong_sort)), Err(Refused::Sort)));
    });
}

/// A matrix in front of both sides is left out where it is invertible, and only where it is there.
#[test]
fn a_matrix_is_taken_off_both_sides() {
    let text = "given m, n in N\ngiven A in R^(n x n) invertible\ngiven X in R^(m x n)\ngiven x, b in R^n\ngiven y in R^m\ngiven Y in R^(m x n)\n\
        given Z in R^(n x n)\nshow A x = b\nshow x = A^-1 b\nshow x = b\nshow X^T X x = X^T y\nshow x = (X^T X)^-1 X^T y\nshow X x = y\nshow A^T x = b\n\
        show X A = Y\nshow X = Y A^-1\nshow X = Y A\nshow A Z = Z A\nshow Z = A Z\n";
    with(text, |prover, goals| {
        let s = prover.store();
        let conds: Vec<Id> = goals.iter().map(|g| if let GoalKind::Show(c) = g.kind { c } else { panic!("no `show`") }).collect();
        let known = goals[0].givens.clone();
        let of = |w: &str| s.name(name(s, &goals[0], w));
        let link = |from: usize, to: usize, m: Id| {
            prover
                .link(&known, conds[from], conds[to], &Link::Freed(m))
                .map(|cs| cs.into_iter().map(|c| shown(s, c)).collect::<Vec<_>>().join(", "))
        };
        let (a, x) = (of("A"), of("X"));
        assert_eq!(link(0, 1, a).unwrap_or_else(|e| panic!("{e}")), "");
        assert!(link(0, 2, a).is_err());
        assert!(link(6, 1, a).is_err());
        assert!(link(0, 1, s.int(1)).is_err());
        let square = s.intern(Node::MatMul([s.prim_call(Prim::Transpose, &[x]), x].into()));
        assert_eq!(link(3, 4, square).unwrap_or_else(|e| panic!("{e}")), "det(X^T X) != 0");
        assert!(link(5, 4, x).is_err());
        assert!(link(5, 4, square).is_err());
        // From behind, and never in front on one side and behind on the other.
        assert_eq!(link(7, 8, a).unwrap_or_else(|e| panic!("{e}")), "");
        assert!(link(8, 7, a).is_err());
        assert!(link(7, 9, a).is_err());
        assert!(link(10, 11, a).is_err());
    });
}

/// Equivalences between conditions, solutions and parameters.
#[test]
fn links_and_claims() {
    let text =
        "given a, b, x in R\ngiven u in R^3\ngiven w in R^3 zero outside\ngiven k in R, k != 0\ngiven n in N\ngiven y in {0, 1}\nshow k x = k a\nshow x = a\nshow x^2 = a^2\nshow x^2 + 1 = 0\n\
        show x + a - x = a\nshow exp(x) = exp(a)\nshow exp(x) <= exp(a)\nshow x <= a\nshow x >= a\nshow log(x) <= log(a)\n";
    with(text, |prover, goals| {
        let s = prover.store();
        let conds: Vec<Id> = goals.iter().map(|g| if let GoalKind::Show(c) = g.kind { c } else { panic!("no `show`") }).collect();
        let known = goals[0].givens.clone();
        let of = |w: &str| s.name(name(s, &goals[0], w));
        let (x, a, k) = (of("x"), of("a"), of("k"));
        let link = |from: Id, to: Id, l: &Link| {
            prover.link(&known, from, to, l).map(|cs| cs.into_iter().map(|c| shown(s, c)).collect::<Vec<_>>().join(", "))
        };
        let one = s.int(1);
        assert!(link(conds[0], conds[1], &Link::Scaled(s.quot(one, k))).is_ok());
        assert!(link(conds[0], conds[1], &Link::Scaled(one)).is_err());
        assert!(link(conds[0], conds[1], &Link::Sides).is_err());
        assert!(link(conds[1], s.rel(RelOp::Eq, x, s.add(a, s.int(0))), &Link::Sides).is_ok());
        assert!(link(conds[1], s.rel(RelOp::Eq, x, s.neg(a)), &Link::Sides).is_err());
        assert!(link(conds[1], s.rel(RelOp::Eq, s.neg(x), a), &Link::Sides).is_err());
        // A scale that may vanish is assumed not to; one that does is refused.
        let b = of("b");
        let scaled = s.rel(RelOp::Eq, s.mul(b, x), s.mul(b, a));
        assert_eq!(link(conds[1], scaled, &Link::Scaled(b)).unwrap_or_else(|e| panic!("{e}")), "b != 0");
        let nothing = s.rel(RelOp::Eq, s.int(0), s.int(0));
        assert!(link(conds[1], nothing, &Link::Scaled(s.int(0))).is_err());
        let either = |ys: &[Id]| s.intern(Node::Or(ys.iter().map(|y| s.rel(RelOp::Eq, x, *y)).collect()));
        assert!(link(conds[2], either(&[a, s.neg(a)]), &Link::Factors(one)).is_ok());
        assert!(link(conds[2], either(&[a]), &Link::Factors(one)).is_err());
        assert!(link(conds[2], either(&[a, a]), &Link::Factors(one)).is_err());
        let (never, always) = (s.intern(Node::Or([].into())), s.intern(Node::And([].into())));
        assert!(link(conds[3], never, &Link::Never).is_ok());
        assert!(link(conds[2], never, &Link::Never).is_err());
        assert!(link(conds[3], always, &Link::Never).is_err());
        assert!(link(conds[4], always, &Link::Always).is_ok());
        assert!(link(conds[1], always, &Link::Always).is_err());
        assert!(link(conds[4], never, &Link::Always).is_err());
        // What the new condition compares must have values.
        let b_over_b = s.rel(RelOp::Eq, x, s.mul(a, s.quot(b, b)));
        assert_eq!(link(conds[1], b_over_b, &Link::Sides).unwrap_or_else(|e| panic!("{e}")), "b != 0");
        // Rules between conditions, equations and inequalities.
        let rule = |name: &str, u: Id, v: Id, backward: bool| {
            let r = prover.rules().rule(name).unwrap_or_else(|| panic!("no {name}"));
            let sub = r.metas.iter().zip([u, v]).fold(Substitution::new(), |sub, (m, t)| sub.with(*m, t));
            Link::Rule { rule: name.to_owned(), backward, subst: sub }
        };
        assert_eq!(link(conds[6], conds[7], &rule("inequality.exp", x, a, false)).unwrap_or_else(|e| panic!("{e}")), "");
        assert!(link(conds[7], conds[6], &rule("inequality.exp", x, a, true)).is_ok());
        assert!(link(conds[6], conds[8], &rule("inequality.exp", x, a, false)).is_err());
        assert!(link(conds[6], conds[1], &rule("inequality.exp", x, a, false)).is_err());
        assert!(link(conds[5], conds[7], &rule("inequality.exp", x, a, false)).is_err());
        assert_eq!(link(conds[9], conds[7], &rule("inequality.log", x, a, false)).unwrap_or_else(|e| panic!("{e}")), "x > 0, a > 0");
        assert_eq!(link(conds[7], conds[9], &rule("inequality.log", x, a, true)).unwrap_or_else(|e| panic!("{e}")), "x > 0, a > 0");

        // Solutions.
        let unknown = name(s, &goals[0], "x");
        let solves = |equation: Id, values: &[Id], all: bool, links: &[(Id, Id, Link)]| {
            let values: Vec<Root> = values.iter().map(|v| Root::everywhere(*v)).collect();
            prover.solutions(&known, Solutions { equation, unknown, values: &values, all }, links)
        };
        assert!(solves(conds[0], &[a], false, &[]).is_ok());
        assert!(solves(conds[0], &[b], false, &[]).is_err());
        assert!(solves(conds[0], &[x], false, &[]).is_err());
        // A link that holds only for some values of the unknown would lose the others.
        let lossy = s.rel(RelOp::Eq, s.mul(x, x), s.mul(x, a));
        assert!(solves(lossy, &[a], true, &[(lossy, conds[1], Link::Scaled(s.quot(one, x)))]).is_err());
        let only = s.intern(Node::Or([conds[1]].into()));
        assert!(solves(lossy, &[a], true, &[(lossy, only, Link::Factors(x))]).is_err());
        assert!(solves(conds[0], &[a], true, &[]).is_err());
        let scale = [(conds[0], conds[1], Link::Scaled(s.quot(one, k)))];
        assert!(solves(conds[0], &[a], true, &scale).is_ok());
        assert!(solves(conds[0], &[], true, &scale).is_err());
        assert!(solves(conds[0], &[a, b], true, &scale).is_err());
        let split = [(conds[2], either(&[a, s.neg(a)]), Link::Factors(one))];
        assert!(solves(conds[2], &[a, s.neg(a)], true, &split).is_ok());
        assert!(solves(conds[2], &[a], true, &split).is_err());
        assert!(solves(conds[3], &[], true, &[(conds[3], never, Link::Never)]).is_ok());
        // An implication is no equivalence, and what it lets in is left out only where it solves the equation nowhere, or as another value.
        let abs = s.prim_call(Prim::Abs, &[x]);
        let (size, squares) = (s.rel(RelOp::Eq, abs, a), rule("equation.both_squared", abs, a, false));
        let squared = s.rel(RelOp::Eq, s.pow(abs, s.int(2)), s.pow(a, s.int(2)));
        assert_eq!(link(size, squared, &squares).unwrap_or_else(|e| panic!("{e}")), "");
        assert!(link(squared, size, &rule("equation.both_squared", abs, a, true)).is_err());
        assert!(prover.is_one_way(&squares) && !prover.is_one_way(&rule("equation.absolute_value", x, a, false)));
        let chain = [(size, squared, squares), (squared, conds[2], Link::Sides), split[0].clone()];
        for values in [&[][..], &[a], &[s.neg(a)], &[a, s.neg(a)]] {
            assert!(solves(size, values, true, &chain).is_err(), "|x| = a has other solutions for other signs of a");
        }
        // Under their conditions they are all, and under no others.
        let zero = s.int(0);
        let (nonneg, positive, negative) = (s.rel(RelOp::Ge, a, zero), s.rel(RelOp::Gt, a, zero), s.rel(RelOp::Lt, a, zero));
        let either_sign = |first: &[Id], second: &[Id]| {
            let values = [Root { value: a, when: first.to_vec() }, Root { value: s.neg(a), when: second.to_vec() }];
            prover.solutions(&known, Solutions { equation: size, unknown, values: &values, all: true }, &chain)
        };
        assert!(either_sign(&[nonneg], &[nonneg]).is_ok_and(|assumed| assumed.is_empty()));
        for (first, second) in [(&[positive][..], &[nonneg][..]), (&[nonneg], &[positive]), (&[negative], &[nonneg]), (&[], &[nonneg])] {
            assert!(either_sign(first, second).is_err());
        }
        assert!(either_sign(&[s.rel(RelOp::Ge, x, zero)], &[nonneg]).is_err(), "a condition on the unknown");
        // By the two signs of x: `a = x and x ≥ 0` or `−x = a and x ≤ 0`.
        let case = |l: Id, op: RelOp| s.intern(Node::And([s.rel(RelOp::Eq, l, a), s.rel(op, x, zero)].into()));
        let cases = |l: Id, m: Id, p: RelOp, q: RelOp| s.intern(Node::Or([case(l, p), case(m, q)].into()));
        let (whole, turned) = (cases(x, s.neg(x), RelOp::Ge, RelOp::Le), s.rel(RelOp::Eq, s.neg(x), a));
        assert!(link(size, whole, &Link::Signs(x)).is_ok());
        assert!(link(size, cases(x, x, RelOp::Ge, RelOp::Le), &Link::Signs(x)).is_err());
        assert!(link(size, cases(x, s.neg(x), RelOp::Le, RelOp::Ge), &Link::Signs(x)).is_err());
        assert!(link(size, cases(x, s.neg(x), RelOp::Gt, RelOp::Le), &Link::Signs(x)).is_err());
        assert!(link(size, case(x, RelOp::Ge), &Link::Signs(x)).is_err());
        let by_signs = [(size, whole, Link::Signs(x)), (turned, s.rel(RelOp::Eq, x, s.neg(a)), Link::Scaled(s.int(-1)))];
        let signed = |first: Id, second: Id| {
            let values = [Root { value: a, when: vec![first] }, Root { value: s.neg(a), when: vec![second] }];
            prover.solutions(&known, Solutions { equation: size, unknown, values: &values, all: true }, &by_signs)
        };
        assert!(signed(nonneg, nonneg).is_ok());
        assert!(signed(positive, nonneg).is_err() && signed(nonneg, negative).is_err());
        // What a line needs and gives is no condition: `exp(x) = a` has `log a` where a > 0, and nothing else.
        let power = s.rel(RelOp::Eq, s.exp(x), a);
        let logged = (power, s.rel(RelOp::Eq, x, s.log(a)), rule("equation.log", x, a, false));
        assert!(prover.follows(&known, (power, logged.1), positive) && !prover.follows(&known, (power, logged.1), negative));
        let log_a = |when: &[Id]| {
            let values = [Root { value: s.log(a), when: when.to_vec() }];
            prover.solutions(&known, Solutions { equation: power, unknown, values: &values, all: true }, &[logged.clone()])
        };
        assert!(log_a(&[positive]).is_ok_and(|assumed| assumed.is_empty()));
        assert!(log_a(&[]).is_ok_and(|assumed| !assumed.is_empty()), "without it a > 0 is assumed");
        assert!(log_a(&[s.rel(RelOp::Gt, a, one)]).is_err());
        // A factor may be left out: where k = 0, `k x = 1` is `0 = 1`.
        let linear = s.rel(RelOp::Eq, s.mul(a, x), one);
        assert!(prover.follows(&known, (linear, s.rel(RelOp::Eq, x, s.quot(one, a))), s.rel(RelOp::Ne, a, zero)));
        let open = s.rel(RelOp::Eq, s.mul(a, x), b);
        assert!(!prover.follows(&known, (open, s.rel(RelOp::Eq, x, s.quot(b, a))), s.rel(RelOp::Ne, a, zero)));
        let two = s.int(2);
        let (length, four) = (s.rel(RelOp::Eq, abs, two), s.rel(RelOp::Eq, s.pow(abs, two), s.pow(two, two)));
        let chain = [(length, four, rule("equation.both_squared", abs, two, false)), (four, either(&[two, s.int(-2)]), Link::Factors(one))];
        assert!(solves(length, &[two, s.int(-2)], true, &chain).is_ok());
        assert!(solves(length, &[two], true, &chain).is_err());
        let below = s.rel(RelOp::Eq, s.prim_call(Prim::Abs, &[x]), s.mul(two, s.sub(x, one)));
        assert!(prover.solves_nowhere(&known, below, unknown, s.quot(two, s.int(3))));
        assert!(!prover.solves_nowhere(&known, below, unknown, two));
        assert!(!prover.solves_nowhere(&known, size, unknown, s.neg(a)));
        let negative = s.rel(RelOp::Lt, a, s.int(0));
        assert!(prover.solves_nowhere(&[known.clone(), vec![negative]].concat(), size, unknown, a));
        assert!(prover.solves_only_as(&known, conds[1], unknown, (s.neg(a), a)), "−a = a only where a = 0");
        assert!(!prover.solves_only_as(&known, size, unknown, (s.neg(a), a)), "|−a| = a for every a ≤ 0");
        // Parameters: in their set, and free of the unknown and of what they must not depend on.
        let y = name(s, &goals[0], "y");
        let square = s.rel(RelOp::Eq, s.pow(s.name(y), s.int(2)), s.name(y));
        assert!(prover.satisfies(&known, square, &[(y, s.int(1))], &[]).is_ok());
        assert!(prover.satisfies(&known, square, &[(y, s.int(2))], &[]).is_err());
        let anything = s.rel(RelOp::Eq, s.name(y), s.name(y));
        assert!(prover.satisfies(&known, anything, &[(y, s.int(0))], &[]).is_ok());
        assert!(prover.satisfies(&known, anything, &[(y, s.int(2))], &[]).is_err());
        let n = name(s, &goals[0], "n");
        let size = s.rel(RelOp::Eq, s.index(Aff::free(n)), s.index(Aff::free(n)));
        assert!(prover.satisfies(&known, size, &[(n, s.int(3))], &[]).is_ok());
        assert!(prover.satisfies(&known, size, &[(n, s.int(0))], &[]).is_err());
        assert!(prover.satisfies(&known, size, &[(n, a)], &[]).is_err());
        let product = s.rel(RelOp::Eq, s.mul(x, of("b")), x);
        let b = name(s, &goals[0], "b");
        assert!(prover.satisfies(&known, product, &[(b, s.int(1))], &[unknown]).is_ok());
        assert!(prover.satisfies(&known, product, &[(b, s.int(2))], &[unknown]).is_err());
        assert!(prover.satisfies(&known, product, &[(b, s.quot(x, x))], &[unknown]).is_err());
        let u = name(s, &goals[0], "u");
        let entry = s.rel(RelOp::Eq, s.intern(Node::Entry(s.name(u), [Aff::int(1)].into())), s.int(0));
        assert!(prover.satisfies(&known, entry, &[(u, s.int(0))], &[]).is_err());
        let w = name(s, &goals[0], "w");
        let same = s.rel(RelOp::Eq, s.name(w), s.name(w));
        assert!(prover.satisfies(&known, same, &[(w, s.name(u))], &[]).is_err());
        assert!(prover.satisfies(&known, s.rel(RelOp::Eq, s.name(u), s.name(u)), &[(u, s.name(w))], &[]).is_ok());
        // Conditions that hold.
        let holds = |c: Id| prover.holds(&known, c);
        assert!(holds(s.rel(RelOp::Gt, s.exp(x), s.int(0))).is_ok());
        assert!(holds(s.rel(RelOp::Gt, s.pow(x, s.int(2)), s.int(0))).is_err());
        assert!(holds(s.rel(RelOp::Ge, s.pow(x, s.int(2)), s.int(0))).is_ok());
        assert!(holds(conds[4]).is_ok());
        assert!(holds(conds[1]).is_err());
        assert!(holds(s.intern(Node::And([conds[4], conds[1]].into()))).is_err());
        let (two, three) = (gradus_term::Size::int(2), gradus_term::Size::int(3));
        assert!(prover.same_sizes(&known, &[two.clone()], &[two.clone()]).is_ok());
        assert!(prover.same_sizes(&known, &[two.clone()], &[three]).is_err());
        assert!(prover.same_sizes(&known, &[two], &[]).is_err());
    });
}
