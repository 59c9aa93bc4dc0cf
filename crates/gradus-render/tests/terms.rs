//! Terms in every format: precedence and signs above all.
#![allow(missing_docs, reason = "tests are read, not documented")]

mod common;
use common::World;
use gradus_render::{latex_term, mathml_term, pretty_term, text_term, Options};
use gradus_term::*;

fn table() -> (World, Vec<(&'static str, Id)>) {
    let w = World::new();
    let mut out: Vec<(&'static str, Id)> = Vec::new();
    scalars(&w, &mut out);
    vectors(&w, &mut out);
    derivatives(&w, &mut out);
    (w, out)
}

fn scalars(w: &World, out: &mut Vec<(&'static str, Id)>) {
    let s = &w.s;
    let (a, b, c, x, y) = (w.scalar("a"), w.scalar("b"), w.scalar("c"), w.scalar("x"), w.scalar("y"));
    let (one, two) = (s.int(1), s.int(2));
    let sigma = w.sigma();
    let sa = s.call(sigma, &[a]);
    let third = s.quot(one, s.int(3));
    let minus_b = s.neg(b);
    let mut add = |n, t| out.push((n, t));
    add("a - b + c", w.signed(&[(false, a), (true, b), (false, c)]));
    add("a - (b - c)", s.sub(a, s.sub(b, c)));
    add("-a", s.neg(a));
    add("-(a + b)", s.neg(s.add(a, b)));
    add("a + (-b)", s.add(a, minus_b));
    add("a - (-b)", s.sub(a, minus_b));
    add("(a + b) + c nested", s.add(s.add(a, b), c));
    add("a (-b)", s.mul(a, minus_b));
    add("(-b) a", s.mul(minus_b, a));
    add("(-b)^2", s.pow(minus_b, two));
    add("-(b^2)", s.neg(s.pow(b, two)));
    add("2 * 1/3", s.mul(two, third));
    add("1/3 * x", s.mul(third, x));
    add("(1/3) / x", s.quot(third, x));
    add("1 / (x/y)", s.quot(one, s.quot(x, y)));
    add("2 * 3", s.mul(two, s.int(3)));
    add("x * 2", s.mul(x, two));
    add("a (b c) nested", s.mul(a, s.mul(b, c)));
    add("(a/b) (b/c)", s.mul(s.quot(a, b), s.quot(b, c)));
    add("a b / c", s.quot(s.mul(a, b), c));
    add("a (b / c)", s.mul(a, s.quot(b, c)));
    add("a / (b c)", s.quot(a, s.mul(b, c)));
    add("(a + b)/(a - b)", s.quot(s.add(a, b), s.sub(a, b)));
    add("(x/y)^2", s.pow(s.quot(x, y), two));
    add("x^(1/2)", s.pow(x, s.quot(one, two)));
    add("x^-1", s.pow(x, s.neg(one)));
    add("(x^2)^3", s.pow(s.pow(x, two), s.int(3)));
    add("x^(2^3)", s.pow(x, s.pow(two, s.int(3))));
    add("e^(-a)", s.exp(s.neg(a)));
    add("(e^a)^2", s.pow(s.exp(a), two));
    add("e^(x/2)", s.exp(s.quot(x, two)));
    add("exp big", s.exp(s.neg(s.quot(s.pow(s.sub(x, a), two), s.mul(two, s.pow(b, two))))));
    add("log f", s.log(a));
    add("log(1 - a)", s.log(s.sub(one, a)));
    add("y log a, cross-entropy", w.signed(&[(true, s.mul(y, s.log(a))), (true, s.mul(s.sub(one, y), s.log(s.sub(one, a))))]));
    add("log(a) y", s.mul(s.log(a), y));
    add("sin^2 x", s.pow(s.prim_call(Prim::Sin, &[x]), two));
    add("sin x cos x", s.mul(s.prim_call(Prim::Sin, &[x]), s.prim_call(Prim::Cos, &[x])));
    add("sin(x)^-1", s.pow(s.prim_call(Prim::Sin, &[x]), s.neg(one)));
    add(
        "sqrt, abs, floor",
        w.signed(&[
            (false, s.prim_call(Prim::Sqrt, &[s.quot(x, y)])),
            (true, s.prim_call(Prim::Abs, &[s.sub(x, y)])),
            (false, s.prim_call(Prim::Floor, &[x])),
        ]),
    );
    add("n!, binom", s.mul(s.prim_call(Prim::Factorial, &[s.add(x, one)]), s.prim_call(Prim::Binom, &[x, y])));
    add("sigma(a) (1 - sigma(a))", s.mul(sa, s.sub(one, sa)));
    add("-y(1-s)+(1-y)s", w.signed(&[(true, s.mul(y, s.sub(one, sa))), (false, s.mul(s.sub(one, y), sa))]));
    add("-y/a + (1-y)/(1-a)", w.signed(&[(true, s.quot(y, a)), (false, s.quot(s.sub(one, y), s.sub(one, a)))]));
    add("(1 + e^-a)^-1", s.pow(s.add(one, s.exp(s.neg(a))), s.neg(one)));
    add("1 <= x <= a", s.intern(Node::And([s.rel(RelOp::Le, one, x), s.rel(RelOp::Le, x, a)].into())));
    add("x != y or not", s.intern(Node::Or([s.rel(RelOp::Ne, x, y), s.intern(Node::Not(s.rel(RelOp::Lt, x, one)))].into())));
    let lx = s.declare(VarInfo::new("x", VarKind::Opened, Sort::Scalar));
    let body = s.close(s.quot(s.prim_call(Prim::Sin, &[s.name(lx)]), s.name(lx)), &[lx]);
    let hint = s.sym("x");
    add("limit", s.intern(Node::Limit { hint, body, point: LimitPoint::At(s.int(0)), side: Side::Right }));
    add("limit inf", s.intern(Node::Limit { hint: Sym::NONE, body, point: LimitPoint::NegInf, side: Side::Both }));
    add("1/(2 pi)", s.quot(one, s.mul(two, s.prim_call(Prim::Pi, &[]))));
    add(
        "names",
        w.signed(&[
            (false, w.scalar("L_CE")),
            (false, w.scalar("w1")),
            (false, w.scalar("lambda")),
            (false, w.scalar("h1'")),
            (false, w.scalar("MSE")),
        ]),
    );
    add("alike w1 and w_1", s.add(w.scalar("w1"), w.scalar("w_1")));
    add("two of one name", s.sub(w.scalar("q"), w.scalar("q")));
}

fn vectors(w: &World, out: &mut Vec<(&'static str, Id)>) {
    let s = &w.s;
    let (n, m) = (w.size("n"), w.size("m"));
    let (nn, mm) = (Aff::free(n), Aff::free(m));
    let x = w.tensor("x", &[nn.clone()]);
    let big_w = w.tensor("W", &[mm.clone(), nn.clone()]);
    let w1 = w.tensor("w1", &[mm.clone()]);
    let (i, j, k) = (w.index("i"), w.index("j"), w.index("k"));
    let (ai, aj, ak) = (Aff::free(i), Aff::free(j), Aff::free(k));
    let (vx, vw) = (s.name(x), s.name(big_w));
    let c = w.scalar("c");
    let soft = w.softmax();
    let sx = s.call(soft, &[vx]);
    let h1 = w.formed("h1", &[nn.clone()], r"\mathbf{h}^{1}");
    let om = w.formed("omega1", &[mm.clone(), nn.clone()], r"\omega^{(1)}_{#}");
    let om0 = w.formed("omega10", &[mm.clone()], r"\omega^{(1)}_{#0}");
    let mut add = |n, t| out.push((n, t));
    add("x[i]^2", s.pow(w.at(x, &[ai.clone()]), s.int(2)));
    add("W[k,j] x[j]", s.mul(w.at(big_w, &[ak.clone(), aj.clone()]), w.at(x, &[aj.clone()])));
    add("W[i+1,j]", w.at(big_w, &[ai.plus(1), aj.clone()]));
    add("w1[i], w1[n-i+1]", s.add(w.at(w1, &[ai.clone()]), w.at(w1, &[nn.sub(&ai).plus(1)])));
    add("h1[i+j-1]", w.at(h1, &[ai.add(&aj).plus(-1)]));
    add("omega", w.signed(&[(false, w.at(om, &[ak.clone(), aj.clone()])), (false, w.at(om0, &[aj.clone()]))]));
    add("omega whole", w.matmul(&[s.name(om), s.name(h1)]));
    add("sum k", s.big(BigOp::Sum, k, Aff::int(1), nn.clone(), None, s.exp(w.at(x, &[ak.clone()]))));
    add(
        "sum shifted",
        s.big(BigOp::Sum, j, Aff::int(1), mm.clone(), None, s.mul(w.at(h1, &[ai.add(&aj).plus(-1)]), w.at(w1, &[aj.clone()]))),
    );
    let ne = s.rel(RelOp::Ne, s.index(ak.clone()), s.index(ai.clone()));
    add("sum if", s.big(BigOp::Sum, k, Aff::int(1), nn.clone(), Some(ne), s.mul(s.delta(&ak, &aj), s.exp(w.at(x, &[ak.clone()])))));
    let sk = s.big(BigOp::Sum, k, Aff::int(1), nn.clone(), None, s.exp(w.at(x, &[ak.clone()])));
    add(
        "softmax squared sum",
        s.mul(
            s.quot(s.exp(w.at(x, &[ai.clone()])), s.pow(sk, s.int(2))),
            s.big(BigOp::Sum, k, Aff::int(1), nn.clone(), None, s.mul(s.delta(&ak, &aj), s.exp(w.at(x, &[ak.clone()])))),
        ),
    );
    add("sum times y", s.mul(sk, c));
    add("sum of sum", s.big(BigOp::Sum, k, Aff::int(1), nn.clone(), None, s.add(w.at(x, &[ak.clone()]), c)));
    let inner = s.big(BigOp::Sum, k, Aff::int(1), mm.clone(), None, w.at(big_w, &[ak.clone(), Aff::int(1)]));
    add("clash", s.big(BigOp::Sum, k, Aff::int(1), nn.clone(), None, s.mul(w.at(x, &[ak.clone()]), inner)));
    add("clash with free", s.mul(w.at(x, &[ak.clone()]), sk));
    add(
        "S(x)[i] delta",
        w.signed(&[
            (false, s.mul(s.delta(&ai, &aj), w.entry(sx, &[ai.clone()]))),
            (true, s.mul(w.entry(sx, &[ai.clone()]), w.entry(sx, &[aj.clone()]))),
        ]),
    );
    add("iverson", w.iverson(s.rel(RelOp::Le, s.index(ai.clone()), s.index(nn.sub(&aj)))));
    add("delta i,j+1", s.delta(&ai, &aj.plus(1)));
    let ones = s.prim_call(Prim::Ones, &[s.index(nn.clone())]);
    add("S(x + c)", s.call(soft, &[s.add(vx, s.mul(c, ones))]));
    add("x - 2c ones", s.sub(vx, s.product(&[s.int(2), c, ones])));
    let p = w.named("p", &[("x", vx)], &|v| s.call(soft, v));
    add("diag(p) - p p^T", s.sub(s.prim_call(Prim::Diag, &[p]), w.matmul(&[p, w.t(p)])));
    add("p[i]", w.entry(p, &[ai.clone()]));
    let r = w.named("r", &[("W", vw), ("x", vx)], &|v| w.matmul(v));
    add("2 W^T r", s.mul(s.int(2), w.matmul(&[w.t(vw), r])));
    add("(W x)^T", w.t(w.matmul(&[vw, vx])));
    add("(W^T W)^-1", s.prim_call(Prim::Inv, &[w.matmul(&[w.t(vw), vw])]));
    add("A^-T", w.t(s.prim_call(Prim::Inv, &[vw])));
    add("W (x + x)", w.matmul(&[vw, s.add(vx, vx)]));
    add("norm^2", s.pow(s.prim_call(Prim::Norm, &[vx]), s.int(2)));
    add("hadamard", s.prim_call(Prim::Hadamard, &[vx, s.prim_call(Prim::Hadamard, &[vx, vx])]));
    add("entrypow", s.prim_call(Prim::EntryPow, &[vx, s.int(2)]));
    add("array", s.intern(Node::Array([s.int(1), s.quot(s.int(1), s.int(2)), s.neg(c)].into())));
    add(
        "matrix",
        s.intern(Node::Array(
            [s.intern(Node::Array([s.int(1), s.int(2)].into())), s.intern(Node::Array([s.int(3), s.int(4)].into()))].into(),
        )),
    );
    add("stack", s.intern(Node::Stack([s.int(0), vx].into())));
    add("correlate full", s.prim_call(Prim::CorrelateFull, &[vx, s.prim_call(Prim::Flip, &[s.name(w1)])]));
    add("convolve valid", s.prim_call(Prim::ConvolveValid, &[vx, s.name(w1)]));
    let cond = s.intern(Node::And(
        [s.rel(RelOp::Le, s.int(1), s.index(ai.clone())), s.rel(RelOp::Le, s.index(ai.clone()), s.index(mm.clone()))].into(),
    ));
    add("cases", s.intern(Node::Cases([(cond, w.at(w1, &[ai.clone()]))].into(), Some(s.int(0)))));
    add("tensor", s.tensor(&[i], &[nn.clone()], s.mul(c, w.at(x, &[ai.clone()]))));
    add("row A[i, :]", w.at(big_w, &[ai]));
    add("max", s.big(BigOp::Max, j, Aff::int(1), nn, None, w.at(x, &[aj])));
}

fn derivatives(w: &World, out: &mut Vec<(&'static str, Id)>) {
    let s = &w.s;
    let (a, y) = (w.scalar("a"), w.scalar("y"));
    let one = s.int(1);
    let sigma = w.sigma();
    let f = w.named("f", &[("a", a)], &|v| s.call(sigma, v));
    let l = w.named("L_CE", &[("y", y), ("f", f)], &|v| s.mul(v[0], s.log(v[1])));
    let n = w.size("n");
    let nn = Aff::free(n);
    let x = s.name(w.tensor("x", &[nn.clone()]));
    let (i, j) = (Aff::free(w.index("i")), Aff::free(w.index("j")));
    let soft = w.softmax();
    let sx = s.call(soft, &[x]);
    let g = s.add_fn(World::info("g", FnKind::Unknown, vec![w.param("u", Sort::Scalar)], 1));
    let a2 = s.name(w.formed("a2", &[nn.clone()], r"\mathbf{a}^{2}"));
    let big_l = w.unknown_of("L", "a2", a2);
    let exi = s.exp(w.entry(x, &[i.clone()]));
    let mut add = |n, t| out.push((n, t));
    add("dL/da", s.diff(l, a, &[]));
    add("chain rule", s.mul(s.diff(l, f, &[]), s.diff(f, a, &[])));
    add(
        "d/df log f",
        w.signed(&[(true, s.mul(y, s.diff(s.log(f), f, &[]))), (true, s.mul(s.sub(one, y), s.diff(s.log(s.sub(one, f)), f, &[])))]),
    );
    add("d2L/da2", s.diff(s.diff(l, a, &[]), a, &[]));
    add("d2 mixed", s.diff(s.diff(l, f, &[]), y, &[]));
    add("d/da (1+e^-a)^-1", s.diff(s.pow(s.add(one, s.exp(s.neg(a))), s.neg(one)), a, &[]));
    add("d/da of a sum", s.diff(s.add(a, y), a, &[]));
    add("d/da of a product", s.diff(s.mul(a, y), a, &[]));
    add("dS(x)_i/dx_j", s.diff(w.entry(sx, &[i.clone()]), x, &[j.clone()]));
    add("de^x_i/dx_j", s.mul(s.quot(one, y), s.diff(exi, x, &[j.clone()])));
    add("d/dx_j of a fraction", s.diff(s.quot(exi, y), x, &[j.clone()]));
    add("g'(a)", s.diff(s.call(g, &[a]), a, &[]));
    let b0 = s.intern(Node::Bound(0, Sort::Scalar));
    add("log'(1-a)", s.intern(Node::Diff { hint: Sym::NONE, body: s.log(b0), slot: [].into(), point: s.sub(one, a) }));
    add("u a at u = a", s.intern(Node::Diff { hint: s.sym("u"), body: s.mul(b0, a), slot: [].into(), point: a }));
    add("gradient", w.gradient(big_l, a2));
    add("entry of a gradient", s.diff(big_l, a2, &[i.clone()]));
    add("gradient times", s.prim_call(Prim::CorrelateFull, &[w.gradient(big_l, a2), s.prim_call(Prim::Flip, &[a2])]));
    let (vi, vj) = (w.index("i"), w.index("j"));
    let e = s.diff(w.entry(sx, &[Aff::free(vi)]), x, &[Aff::free(vj)]);
    add("jacobian", s.tensor(&[vi, vj], &[nn.clone(), nn.clone()], e));
    let q = s.pow(s.prim_call(Prim::Norm, &[x]), s.int(2));
    let h = s.diff(s.diff(q, x, &[Aff::free(vj)]), x, &[Aff::free(vi)]);
    add("hessian", s.tensor(&[vi, vj], &[nn.clone(), nn], h));
    add("gradient of norm", w.gradient(q, x));
    let at = s.call(s_fn(s, l), &[y, s.add(a, one)]);
    add("L at f = a + 1", at);
}

fn s_fn(s: &Store, t: Id) -> FnId {
    match s.node(t) {
        Node::Call(f, _) => *f,
        _ => Prim::Exp.id(),
    }
}

fn all(f: &dyn Fn(&Store, Id) -> String) -> String {
    let (w, terms) = table();
    terms.iter().map(|(n, t)| format!("{n:<24} {}\n", f(&w.s, *t))).collect()
}

#[test]
fn terms_in_latex() {
    insta::assert_snapshot!(all(&|s, t| latex_term(s, t, &Options::default())));
}

#[test]
fn terms_in_worksheet_syntax() {
    insta::assert_snapshot!(all(&|s, t| text_term(s, t, &Options::default())));
}

#[test]
fn terms_on_a_terminal() {
    insta::assert_snapshot!(all(&|s, t| format!("\n{}\n", pretty_term(s, t, &Options::default()))));
}

#[test]
fn terms_in_mathml() {
    insta::assert_snapshot!(all(&|s, t| mathml_term(s, t, &Options::default())));
}
