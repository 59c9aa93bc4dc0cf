//! Solutions built by hand: 1.4 and 2.4 of the seed, a refuted claim, wide lines, hostile words.

use super::World;
use gradus_kernel::*;
use gradus_term::*;
use std::sync::Arc;

pub fn line(term: Id, reason: Text) -> Line {
    Line { term, reason, steps: vec![] }
}
pub fn chain(start: Id, lines: Vec<Line>) -> Item {
    Item::Chain(Chain { start, shown_start: None, lines, boxed: false })
}
pub fn derivation(claim: Claim, items: Vec<Item>, status: Status) -> Derivation {
    Derivation { claim, heading: Text::default(), items, assumptions: vec![], notes: vec![], status, lemma: None }
}
pub fn solution(label: &str, kind: &'static str, task: Text, recalls: Vec<FnId>, d: Derivation, result: Option<Id>) -> Solution {
    let status = d.status;
    Solution {
        label: Some(label.into()),
        kind,
        task,
        recalls,
        derivation: Some(Arc::new(d)),
        result,
        status,
        counterexample: None,
        problems: vec![],
    }
}
fn w(s: &str) -> Text {
    Text::words(s)
}
fn fn_of(s: &Store, t: Id) -> FnId {
    match s.node(t) {
        Node::Call(f, _) => *f,
        _ => Prim::Exp.id(),
    }
}

/// 1.4: the derivative of the cross-entropy in the pre-activation.
pub fn cross_entropy(world: &World) -> Solution {
    let s = &world.s;
    let (a, y, one) = (world.scalar("a"), world.scalar("y"), s.int(1));
    let sigma = world.sigma();
    let sa = s.call(sigma, &[a]);
    let f = world.named("f", &[("a", a)], &|v| s.call(sigma, v));
    let bce = |y: Id, f: Id| world.signed(&[(true, s.mul(y, s.log(f))), (true, s.mul(s.sub(one, y), s.log(s.sub(one, f))))]);
    let l = world.named("L_CE", &[("y", y), ("f", f)], &|v| bce(v[0], v[1]));
    let (dl_da, dl_df, df_da) = (s.diff(l, a, &[]), s.diff(l, f, &[]), s.diff(f, a, &[]));
    let ya = |f: Id| world.signed(&[(true, s.quot(y, f)), (false, s.quot(s.sub(one, y), s.sub(one, f)))]);
    let e = s.exp(s.neg(a));
    let denominator = s.add(one, e);
    let not_sa = s.sub(one, sa);
    let outer = vec![
        line(
            world.signed(&[(true, s.mul(y, s.diff(s.log(f), f, &[]))), (true, s.mul(s.sub(one, y), s.diff(s.log(s.sub(one, f)), f, &[])))]),
            w("sum rule; ").term(y).and(" is constant"),
        ),
        line(ya(f), w("derivative of log, chain rule")),
    ];
    let inner = vec![
        line(s.diff(s.pow(denominator, s.neg(one)), a, &[]), w("definition of ").and("σ")),
        line(s.quot(e, s.pow(denominator, s.int(2))), w("power rule and chain rule")),
        line(s.mul(s.quot(one, denominator), s.quot(s.sub(denominator, one), denominator)), w("add and subtract 1")),
        line(s.mul(sa, not_sa), w("split the fraction; definition of σ")),
    ];
    let together = vec![
        line(
            world.signed(&[(true, s.mul(y, not_sa)), (false, s.mul(s.sub(one, y), sa))]),
            w("distribute and cancel; ").term(s.intern(Node::And([s.rel(RelOp::Lt, s.int(0), sa), s.rel(RelOp::Lt, sa, one)].into()))),
        ),
        line(s.sub(sa, y), w("expand; ").term(s.mul(y, sa)).and(" cancels")),
    ];
    let items = vec![
        Item::Say(Text::default().term(l).and(" depends on ").term(a).and(" through ").term(f).and(":")),
        chain(dl_da, vec![line(s.mul(dl_df, df_da), w("chain rule"))]),
        Item::Say(w("The outer derivative:")),
        chain(dl_df, outer),
        Item::Say(w("The inner derivative:")),
        chain(df_da, inner),
        Item::Say(w("Together, with ").term(s.rel(RelOp::Eq, f, sa)).and(":")),
        Item::Chain(Chain { start: s.product(&[ya(sa), sa, not_sa]), shown_start: Some(dl_da), lines: together, boxed: true }),
    ];
    let d = derivation(Claim::Equal(dl_da, s.sub(sa, y)), items, Status::Proved);
    let task = w("Find ").term(dl_da).and(".");
    solution("1.4", "derive", task, vec![sigma, fn_of(s, f), fn_of(s, l)], d, Some(s.sub(sa, y)))
}

/// 2.4: the Jacobian of softmax.
pub fn softmax_jacobian(world: &World) -> Solution {
    let s = &world.s;
    let kk = Aff::free(world.size("K"));
    let x = s.name(world.tensor("x", &[kk.clone()]));
    let soft = world.softmax();
    let sx = s.call(soft, &[x]);
    let p = world.named("p", &[("x", x)], &|v| s.call(soft, v));
    let (i, j, k) = (world.index("i"), world.index("j"), world.index("k"));
    let (ai, aj, ak) = (Aff::free(i), Aff::free(j), Aff::free(k));
    let ex = |i: &Aff| s.exp(world.entry(x, &[i.clone()]));
    let total = s.big(BigOp::Sum, k, Aff::int(1), kk.clone(), None, ex(&ak));
    let si = |i: &Aff| world.entry(sx, &[i.clone()]);
    let d = |u: Id| s.diff(u, x, &[aj.clone()]);
    let deltas = s.big(BigOp::Sum, k, Aff::int(1), kk.clone(), None, s.mul(s.delta(&ak, &aj), ex(&ak)));
    let two = s.int(2);
    let lines = vec![
        line(d(s.quot(ex(&ai), total)), w("definition of ").and("S")),
        line(s.sub(s.mul(s.quot(s.int(1), total), d(ex(&ai))), s.mul(s.quot(ex(&ai), s.pow(total, two)), d(total))), w("quotient rule")),
        line(
            s.sub(s.quot(s.mul(s.delta(&ai, &aj), ex(&ai)), total), s.mul(s.quot(ex(&ai), s.pow(total, two)), deltas)),
            Text::default().term(s.rel(RelOp::Eq, d(world.entry(x, &[ak.clone()])), s.delta(&ak, &aj))),
        ),
        line(
            s.sub(s.quot(s.mul(s.delta(&ai, &aj), ex(&ai)), total), s.mul(s.quot(ex(&ai), total), s.quot(ex(&aj), total))),
            w("only the term ").term(s.rel(RelOp::Eq, s.index(ak), s.index(aj.clone()))).and(" is left"),
        ),
        line(s.sub(s.mul(s.delta(&ai, &aj), si(&ai)), s.mul(si(&ai), si(&aj))), w("definition of S")),
    ];
    let entry = d(si(&ai));
    let jacobian = s.tensor(&[i, j], &[kk.clone(), kk], entry);
    let diag = s.prim_call(Prim::Diag, &[p]);
    let outer = world.matmul(&[p, world.t(p)]);
    let result = s.sub(diag, outer);
    let items = vec![
        Item::Say(
            w("Entry by entry, with ")
                .term(s.rel(RelOp::Eq, s.delta(&ai, &aj), s.int(1)))
                .and(" if ")
                .term(s.rel(RelOp::Eq, s.index(ai.clone()), s.index(aj.clone())))
                .and(" and 0 otherwise:"),
        ),
        chain(entry, lines),
        Item::Say(w("The first part is the entry (i, j) of ").term(diag).and(", the second that of ").term(outer).and(":")),
        Item::Answer(s.rel(RelOp::Eq, jacobian, result), Text::default()),
    ];
    let d = derivation(Claim::Equal(jacobian, result), items, Status::Proved);
    let f = fn_of(s, p);
    solution("2.4", "derive", w("Find the Jacobian of S."), vec![soft, f], d, Some(result))
}

/// A claim that is false.
pub fn false_claim(world: &World) -> Solution {
    let s = &world.s;
    let z = world.scalar("z");
    let sigma = world.sigma();
    let mut info = World::info("tanh", FnKind::Defined, vec![world.param("z", Sort::Scalar)], 1);
    info.latex = Some("\\tanh".into());
    info.library = true;
    let tanh = s.add_fn(info);
    let (left, right) = (s.call(tanh, &[z]), s.sub(s.mul(s.int(2), s.call(sigma, &[z])), s.int(1)));
    let d = derivation(Claim::Equal(left, right), vec![], Status::Refuted);
    let mut sol = solution("3x", "show", w("Show that ").term(s.rel(RelOp::Eq, left, right)).and("."), vec![sigma], d, None);
    sol.counterexample = Some(Counterexample { at: vec![("z".into(), "1".into())], left: "0.7615…".into(), right: "0.4621…".into() });
    sol
}

/// Lines wider than a page, long reasons, a lemma, assumptions, notes, a table.
pub fn wide(world: &World) -> Solution {
    let s = &world.s;
    let (a, b) = (world.scalar("a"), world.scalar("b"));
    let term = |n: i64| s.quot(s.mul(s.int(n), s.pow(s.add(a, s.int(n)), s.int(n))), s.add(s.pow(b, s.int(n)), s.exp(s.mul(s.int(n), a))));
    let long = world.signed(&(1..9).map(|n| (n % 2 == 0, term(n))).collect::<Vec<_>>());
    let factors: Vec<Id> = (1..14).map(|n| s.add(s.pow(a, s.int(n)), s.mul(s.int(n), b))).collect();
    let product = s.product(&factors);
    let reason = "because this follows from that by a rule whose statement is far too long to stand beside a formula on one line of a page";
    let lemma = Derivation {
        claim: Claim::Equal(a, b),
        heading: w("A lemma about ").term(s.add(a, b)),
        items: vec![chain(s.sub(a, b), vec![line(s.sub(a, b), w(reason)), line(s.int(0), w("given"))])],
        assumptions: vec![],
        notes: vec![w("the natural domain is ").term(s.rel(RelOp::Ne, a, s.int(0)))],
        status: Status::Proved,
        lemma: None,
    };
    let items = vec![
        Item::Lemma(Arc::new(lemma)),
        Item::Conditions(vec![
            Condition::equivalent(s.rel(RelOp::Eq, a, b), w("")),
            Condition::equivalent(s.rel(RelOp::Eq, s.sub(a, b), s.int(0)), w("subtract ").term(b)),
            Condition { condition: s.rel(RelOp::Le, s.sub(a, b), s.int(0)), one_way: true, reason: w("") },
        ]),
        Item::Table(
            vec![w("layer"), w("size")],
            vec![vec![w("1"), Text::default().term(s.add(a, b))], vec![w("2"), Text::default().term(s.pow(a, b))]],
        ),
        Item::Show(s.rel(RelOp::Lt, a, b), w("given")),
        Item::Chain(Chain {
            start: s.call(world.sigma(), &[a]),
            shown_start: None,
            lines: vec![line(long, w("by expanding")), line(product, w(reason)), line(a, w("short"))],
            boxed: true,
        }),
        Item::Chain(Chain { start: long, shown_start: None, lines: vec![line(product, w("both sides wide"))], boxed: false }),
    ];
    let mut d = derivation(Claim::Equal(a, b), items, Status::Conditional);
    d.assumptions = vec![s.rel(RelOp::Ne, a, s.int(0)), s.rel(RelOp::Gt, b, s.int(0))];
    solution("w", "derive", w("Find it."), vec![], d, Some(a))
}

/// Words that try to be commands, and an unfinished goal.
pub fn hostile(world: &World) -> Solution {
    let s = &world.s;
    let bad = "100% of \\input{x} & $y$ #1 _a^b~ <script>alert('1')</script> | {z} \"q\" σ ≤ é 中 `c` *s* [l](u)\u{7}\n- x";
    let x = world.scalar("x_%#&");
    let d = derivation(
        Claim::Equal(x, s.int(0)),
        vec![Item::Say(w(bad)), chain(x, vec![line(s.neg(x), w(bad)), line(x, w("again"))])],
        Status::Unknown,
    );
    let mut sol = solution("<b>&\\x", "show", w(bad), vec![], d, None);
    sol.problems = vec![("E%1".into(), w(bad).term(x))];
    sol
}
