//! The procedures of the kernel on random expressions of scalars, vectors and matrices: what each gives is taken by its ground,
//! with its sign changed it is not, and the judge, who evaluates derivatives and differentials as jets, does not refute it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod blind;

use blind::{name, put, shown, sides, with};
use gradus_engine::Engine;
use gradus_judge::Verdict;
use gradus_kernel::{cases_rule, differential_rule, entry_delta, matrix_rule, sum_rule, Ground, Procedure, Prover};
use gradus_term::{Aff, Id, Node, Position, Sort, Store, VarId, VarInfo, VarKind};
use std::collections::BTreeMap;

const DECLARED: &str = "given n in N\ngiven x, y in R\ngiven u, v in R^n\ngiven A, B in R^(n x n)\ngiven S in R^(n x n) symmetric\n\
    define f(z) = z^2 + z\ndefine g(r in R^n) = sum(k in 1..n, r[k]^3)\n";

/// Heads that are seldom drawn.
const HEADS: [&str; 14] = [
    "x",
    "u[1]",
    "u[n]",
    "A[1, n]",
    "A[n, 1]",
    "cases(x^2 if x > 1/2, x y otherwise)",
    "cases(x^2 if x < y, 2 x if x < 2 y, y otherwise)",
    "cases(u[1]^2 if u[1] > y, u[n] otherwise)",
    "inv(A)[1, n]",
    "inv(A B)[n, 1]",
    "det(A)",
    "logdet(A)",
    "det(A B A)",
    "x^2 + u[1] x - A[1, n]",
];

/// Numbers without structure.
struct Rng(u64);
impl Rng {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }
    fn of(&mut self, words: &[&str]) -> String {
        words.get(self.below(words.len())).copied().unwrap_or_default().to_owned()
    }
}

fn scalar(r: &mut Rng, depth: u32) -> String {
    if depth == 0 {
        return r.of(&["x", "x", "y", "u[1]", "A[1, n]", "2", "tr(A)", "u^T v", "u^T A u"]);
    }
    let d = depth - 1;
    let s = |r: &mut Rng| scalar(r, d);
    match r.below(21) {
        0..=1 => format!("({} + {})", s(r), s(r)),
        2 => format!("({} - {} + {})", s(r), s(r), s(r)),
        3..=4 => format!("({}) * ({})", s(r), s(r)),
        5 => format!("({}) / (1 + ({})^2)", s(r), s(r)),
        6 => format!("({})^{}", s(r), r.of(&["2", "3", "(-1)", "(-2)"])),
        7 => format!("{}({})", r.of(&["exp", "sin", "cos", "f"]), s(r)),
        8 => format!("log(1 + ({})^2)", s(r)),
        9..=10 => format!("tr({})", matrix(r, d)),
        11 => format!("({})^T ({}) ({})", vector(r, d), matrix(r, d), vector(r, d)),
        12 => format!("dot({}, {})", vector(r, d), vector(r, d)),
        13 => format!("norm({})^{}", vector(r, d), r.of(&["2", "2", "4", "(-2)"])),
        14 => format!("{}({})", r.of(&["norm", "g", "sum"]), vector(r, d)),
        15 => format!("{}({})", r.of(&["det", "logdet"]), r.of(&["A", "S", "A B", "A + B"])),
        16 => format!("sum(k in 1..n, u[k] * ({}))", s(r)),
        17 => format!("sum(k in 1..n, sum(l in 1..n, A[k, l] * v[l]^2 * ({})))", s(r)),
        18 => format!("cases({} if x > 1/2, {} otherwise)", s(r), s(r)),
        19 => format!("max({}, {})", s(r), s(r)),
        _ => format!("({})[1, n]", matrix(r, d)),
    }
}
fn vector(r: &mut Rng, depth: u32) -> String {
    if depth == 0 {
        return r.of(&["u", "u", "v"]);
    }
    let d = depth - 1;
    match r.below(9) {
        0..=2 => format!("({}) ({})", matrix(r, d), vector(r, d)),
        3 => format!("({} + {})", vector(r, d), vector(r, d)),
        4 => format!("({}) ({})", scalar(r, d), vector(r, d)),
        5 => format!("(({}) .* ({}))", vector(r, d), vector(r, d)),
        6 => format!("{}({})", r.of(&["exp", "f", "sin"]), vector(r, d)),
        7 => format!("(({}) .^ 2)", vector(r, d)),
        _ => format!("diagonal({})", matrix(r, d)),
    }
}
fn matrix(r: &mut Rng, depth: u32) -> String {
    if depth == 0 {
        return r.of(&["A", "A", "B", "S"]);
    }
    let d = depth - 1;
    match r.below(10) {
        0 => format!("({})^T", matrix(r, d)),
        1..=2 => format!("({}) ({})", matrix(r, d), matrix(r, d)),
        3 => format!("({} - {})", matrix(r, d), matrix(r, d)),
        4 => format!("({}) ({})", scalar(r, d), matrix(r, d)),
        5 => format!("({}) ({})^T", vector(r, d), vector(r, d)),
        6 => format!("diag({})", vector(r, d)),
        7 => format!("inv({})", r.of(&["A", "A B", "S"])),
        8 => format!("({})^{}", matrix(r, d), r.of(&["2", "3"])),
        _ => format!("(({}) .* ({}))", matrix(r, d), matrix(r, d)),
    }
}

/// What each procedure gives for a term.
fn given(s: &Store, t: Id) -> Vec<(Procedure, Id)> {
    let mut out = Vec::new();
    out.extend(entry_delta(s, t).map(|r| (Procedure::EntryDelta, r)));
    out.extend(sum_rule(s, t).map(|r| (Procedure::SumRule, r)));
    out.extend(cases_rule(s, t).map(|r| (Procedure::CasesRule, r.0)));
    out.extend(matrix_rule(s, t).map(|r| (Procedure::MatrixRule, r.0)));
    out.extend(differential_rule(s, t).map(|r| (Procedure::DifferentialRule, r.0)));
    out
}

/// The derivative or the differential of a term by a name, and what the procedures leave of it, layer by layer.
fn layers(s: &Store, t: Id, by: VarId, change: VarId) -> Vec<Id> {
    let close = |t: Id| s.close(t, &[by]);
    let (hint, point) = (s.sym("z"), s.name(by));
    let mut all = vec![s.intern(Node::Differential { hint, body: close(t), point, along: s.name(change) })];
    if s.sort(t).is_scalar() {
        let slot = s.var(by).sort.dims().iter().enumerate().map(|(k, n)| if k == 0 { Aff::int(1) } else { n.clone() }).collect();
        all.push(s.intern(Node::Diff { hint, body: close(t), slot, point }));
    }
    let mut at = 0;
    while at < all.len() && all.len() < 24 {
        let mut todo: Vec<Id> = all.get(at).and_then(|t| given(s, *t).pop()).map(|x| x.1).into_iter().collect();
        while let Some(x) = todo.pop() {
            match s.node(x) {
                Node::Differential { .. } | Node::Diff { .. } if s.loose(x) == 0 && !all.contains(&x) => all.push(x),
                n => todo.extend(n.children().into_iter().filter(|c| c.1 == 0).map(|c| c.0)),
            }
        }
        at += 1;
    }
    all
}

fn check(prover: &Prover<'_>, text: &str, t: Id, n: &mut BTreeMap<String, usize>) {
    let s = prover.store();
    let taken = |old: Id, ground: Procedure, new: Id| {
        let mut p = prover.proof(old, &[]);
        let f = p.focus(&Position::root()).unwrap();
        put(&mut p, &Position::root(), &f, Ground::Recomputed(ground), new).map(|()| p.assumptions())
    };
    for (procedure, new) in given(s, t) {
        *n.entry(format!("{procedure:?}")).or_default() += 1;
        assert_eq!(s.sort(new), s.sort(t), "{text}: {} becomes {}", shown(s, t), shown(s, new));
        let Ok(assumed) = taken(t, procedure, new) else { continue };
        *n.entry(format!("{procedure:?} taken")).or_default() += 1;
        let refuted = |new: Id, assumed: &[Id]| matches!(Engine::judge().equal(s, t, new, assumed), Verdict::Refuted(_));
        assert!(!refuted(new, &assumed), "{text}: {} is not {}", shown(s, t), shown(s, new));
        for wrong in [s.neg(new), s.sum(&[new, new].map(|t| gradus_term::Summand { neg: false, term: t }))] {
            // Of what is 0 that is no other value.
            if let Ok(assumed) = taken(t, procedure, wrong) {
                assert!(!refuted(wrong, &assumed), "{text}: {} is taken for {}", shown(s, wrong), shown(s, t));
            }
        }
    }
}

#[test]
fn what_a_procedure_gives_is_taken_and_not_refuted() {
    let rounds = std::env::var("GRADUS_FUZZ").ok().and_then(|n| n.parse().ok()).map_or(60, |n: u64| n.min(3000));
    let mut n = BTreeMap::new();
    let mut texts: Vec<String> = HEADS.map(str::to_owned).to_vec();
    for seed in 0..rounds {
        let mut r = Rng(seed * 77 + 5);
        texts.push(match seed % 4 {
            0..=1 => scalar(&mut r, 2),
            2 => vector(&mut r, 2),
            _ => matrix(&mut r, 2),
        });
    }
    let sheet: String = texts.iter().map(|t| format!("show {t} = {t}\n")).collect();
    let work = std::thread::Builder::new().stack_size(64 << 20).spawn(move || {
        with(&format!("{DECLARED}{sheet}"), |prover, goals| {
            let s = prover.store();
            let by = ["x", "u", "A"].map(|w| name(s, &goals[0], w));
            let changes = by.map(|v| s.declare(VarInfo::new(&format!("d{}", s.var(v).name), VarKind::Given, s.var(v).sort.clone())));
            for (goal, text) in goals.iter().zip(&texts) {
                let (t, _, _) = sides(s, goal);
                assert_ne!(*s.sort(t), Sort::Ill, "{text}");
                for (by, change) in by.into_iter().zip(changes).filter(|(v, _)| s.mentions(t, *v)) {
                    for layer in layers(s, t, by, change) {
                        check(prover, text, layer, &mut n);
                    }
                }
            }
        });
        println!("{n:?}");
        for p in ["EntryDelta", "SumRule", "CasesRule", "MatrixRule", "DifferentialRule"] {
            assert!(n.get(&format!("{p} taken")).is_some_and(|k| *k > 2), "{p} is hardly tried: {n:?}");
        }
    });
    work.expect("a thread starts").join().expect("each procedure is right");
}

/// A derivative is read off a differential, not its transpose, its multiple, or another matrix; and only along a change of which
/// nothing is known.
#[test]
fn a_derivative_read_off_is_that_of_the_differential() {
    // What is differentiated, by what, and its derivative.
    let cases = [
        ("u^T A v", "A", "u v^T"),
        ("tr(A B)", "A", "B^T"),
        ("tr(A^T B)", "A", "B"),
        ("u^T v", "u", "v"),
        ("u^T B v", "u", "B v"),
        ("B u", "u", "B"),
        ("B^T u + A u", "u", "B^T + A"),
        ("(u^T v) x", "u", "x v"),
    ];
    let sheet: String = cases.iter().map(|(t, _, g)| format!("show {t} = {t}\nshow {g} = {g}\n")).collect();
    with(&format!("{DECLARED}{sheet}"), |prover, goals| {
        let s = prover.store();
        for (pair, (text, by, _)) in goals.chunks(2).zip(cases) {
            let (t, g) = (sides(s, &pair[0]).0, sides(s, &pair[1]).0);
            let x = name(s, &goals[0], by);
            let sort = s.var(x).sort.clone();
            let declare = |domain: gradus_term::Domain, positive: bool| {
                let mut v = VarInfo::new("h", VarKind::Given, sort.clone());
                (v.domain, v.props.positive) = (domain, positive);
                s.declare(v)
            };
            let change = declare(gradus_term::Domain::Real, false);
            let h = s.name(change);
            let hint = s.sym("z");
            let differential = s.intern(Node::Differential { hint, body: s.close(t, &[x]), point: s.name(x), along: h });
            let flat = |t: Id| s.prim_call(gradus_term::Prim::Transpose, &[t]);
            let product = |a: Id| s.intern(Node::MatMul([a, h].into()));
            let right = match (s.sort(t).is_scalar(), sort.dims().len()) {
                (true, 1) => product(flat(g)),
                (true, _) => s.prim_call(gradus_term::Prim::Tr, &[product(flat(g))]),
                _ => product(g),
            };
            // The lemma: layer by layer, then what it is.
            let proved = |start: Id, end: Id| {
                let mut p = prover.proof(start, &[]);
                let mut todo = vec![Position::root()];
                while let Some(pos) = todo.pop() {
                    let f = p.focus(&pos).unwrap();
                    match differential_rule(s, f.part) {
                        Some((new, _)) => {
                            put(&mut p, &pos, &f, Ground::Recomputed(Procedure::DifferentialRule), new)
                                .unwrap_or_else(|e| panic!("{text}: {e}"));
                            todo.push(Position::root());
                        }
                        None => todo.extend((0..s.node(f.part).children().len() as u32).map(|k| pos.child(k))),
                    }
                }
                let f = p.focus(&Position::root()).unwrap();
                put(&mut p, &Position::root(), &f, Ground::Recomputed(Procedure::NormalForm), end)
                    .unwrap_or_else(|e| panic!("{text}: {} to {}: {e}", shown(s, f.part), shown(s, end)));
                prover.add_lemma("d", &p)
            };
            let lemma = proved(differential, right);
            // All partial derivatives, in both orders.
            let rows = s.sort(t).dims().to_vec();
            let letters: Vec<VarId> = rows.iter().chain(sort.dims()).map(|_| s.fresh(s.sym("i"), Sort::Scalar, true)).collect();
            let free: Vec<Aff> = letters.iter().map(|v| Aff::free(*v)).collect();
            let (i, j) = free.split_at(rows.len());
            let entry = if i.is_empty() { t } else { s.intern(Node::Entry(t, i.into())) };
            let derivative = s.intern(Node::Diff { hint, body: s.close(entry, &[x]), slot: j.into(), point: s.name(x) });
            let all = [rows.as_slice(), sort.dims()].concat();
            let whole = s.tensor(&letters, &all, derivative);
            let read = |old: Id, along: VarId, new: Id| {
                let mut p = prover.proof(old, &[]);
                let f = p.focus(&Position::root()).unwrap();
                put(&mut p, &Position::root(), &f, Ground::ReadOff { lemma, along }, new).map(|()| p.assumptions())
            };
            assert_eq!(read(whole, change, g).unwrap_or_else(|e| panic!("{text}: {e}")), [], "{text}");
            let mut wrong = vec![s.neg(g), s.mul(s.int(2), g), s.add(g, g)];
            wrong.extend(
                ["u", "v"].map(|w| s.name(name(s, &goals[0], w))).into_iter().filter(|w| s.sort(*w) == s.sort(g) && !s.same(*w, g)),
            );
            wrong.extend(
                ["A", "B"].map(|w| s.name(name(s, &goals[0], w))).into_iter().filter(|w| s.sort(*w) == s.sort(g) && !s.same(*w, g)),
            );
            if s.sort(g).dims().len() == 2 {
                wrong.push(flat(g));
                let turned: Vec<VarId> = letters.iter().rev().copied().collect();
                let other = s.tensor(&turned, &all, derivative);
                assert_eq!(read(other, change, flat(g)).is_ok(), !rows.is_empty(), "{text}: turned");
                assert!(read(other, change, g).is_err(), "{text}: turned, but not the derivative");
            }
            for new in wrong {
                assert!(read(whole, change, new).is_err(), "{text}: {} is taken", shown(s, new));
            }
            // Another change, or one that is known or mentioned, says nothing; nor does another tensor.
            assert!(read(whole, declare(gradus_term::Domain::Real, false), g).is_err(), "{text}");
            assert!(read(whole, x, g).is_err() && read(g, change, g).is_err(), "{text}");
            assert!(read(whole, change, s.add(g, s.sub(h, h))).is_err() || s.sort(h) != s.sort(g), "{text}");
            let known = declare(gradus_term::Domain::Real, true);
            let positive = s.subst(differential, &std::iter::once((change, gradus_term::Arg::Val(s.name(known)))).collect());
            let end = s.subst(right, &std::iter::once((change, gradus_term::Arg::Val(s.name(known)))).collect());
            let special = proved(positive, end);
            let mut p = prover.proof(whole, &[]);
            let f = p.focus(&Position::root()).unwrap();
            assert!(put(&mut p, &Position::root(), &f, Ground::ReadOff { lemma: special, along: known }, g).is_err(), "{text}");
        }
    });
}
