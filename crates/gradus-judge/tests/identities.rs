//! True claims agree, their false twins are refuted.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests may fail loudly")]

mod common;
use common::World;
use gradus_judge::{Judge, Verdict};
use std::time::Instant;

/// Left side, true right side, false right side, facts.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("(a + b)^2", "a^2 + 2*a*b + b^2", "a^2 + a*b + b^2", ""),
    ("a/a", "1", "2", ""),
    ("a^2/b", "a*(a/b)", "a*(b/a)", ""),
    ("exp(a + b)", "exp(a)*exp(b)", "exp(a) + exp(b)", ""),
    ("log(a*b)", "log(a) + log(b)", "log(a)*log(b)", "a > 0; b > 0"),
    ("log(a^2)", "2*log(a)", "log(a)", "a > 0"),
    ("sqrt(a^2)", "abs(a)", "a", ""),
    ("sin(a)^2 + cos(a)^2", "1", "1 + a^2/10000000", ""),
    ("atan(a) + atan(1/a)", "3*asin(1)/3", "asin(1)/2", "a > 0"),
    ("acos(a)", "asin(1) - asin(a)", "asin(1) + asin(a)", ""),
    ("sigma(-a)", "1 - sigma(a)", "sigma(a) - 1", ""),
    ("D(sigma(a), a)", "sigma(a)*(1 - sigma(a))", "sigma(a)*(1 + sigma(a))", ""),
    ("D(tanh(a), a)", "1 - tanh(a)^2", "1 - tanh(a)", ""),
    ("tanh(a)", "2*sigma(2*a) - 1", "2*sigma(a) - 1", ""),
    ("D(D(sigma(a), a), a)", "sigma(a)*(1 - sigma(a))*(1 - 2*sigma(a))", "sigma(a)*(1 - sigma(a))*(1 - sigma(a))", ""),
    ("D(D(D(exp(2*a), a), a), a)", "8*exp(2*a)", "6*exp(2*a)", ""),
    ("D(D(D(a^5, a), a), a)", "60*a^2", "20*a^3", ""),
    ("D(log(a), a)", "1/a", "1/a^2", ""),
    ("D(a^b, b)", "a^b*log(a)", "b*a^(b - 1)", "a > 0"),
    ("D(a^a, a)", "a^a*(log(a) + 1)", "a^a*log(a)", "a > 0"),
    ("D(sqrt(a), a)", "1/(2*sqrt(a))", "1/sqrt(a)", "a > 0"),
    ("D(asin(a), a)", "1/sqrt(1 - a^2)", "1/(1 - a^2)", "a < 1; a > -1"),
    ("D(atan(a), a)", "1/(1 + a^2)", "1/(1 - a^2)", ""),
    ("D(erf(a), a)", "2/sqrt(pi())*exp(-a^2)", "1/sqrt(pi())*exp(-a^2)", ""),
    ("D(lgamma(a), a)", "digamma(a)", "digamma(a + 1)", "a > 0"),
    ("D(gamma(a), a)", "gamma(a)*digamma(a)", "digamma(a)", "a > 0"),
    ("D(digamma(a), a)", "polygamma(1, a)", "polygamma(2, a)", "a > 0"),
    ("gamma(a + 1)", "a*gamma(a)", "gamma(a)", "a > 0"),
    ("D(abs(a), a)", "sign(a)", "abs(a)", "a != 0"),
    ("D(relu(a), a)", "{a > 0}", "{a < 0}", ""),
    ("-y*log(sigma(a)) - (1 - y)*log(1 - sigma(a))", "log(1 + exp(a)) - y*a", "log(1 + exp(a)) - a", ""),
    ("D(-bit*log(sigma(a)) - (1 - bit)*log(1 - sigma(a)), a)", "sigma(a) - bit", "bit - sigma(a)", ""),
    ("D(F(a^2), a)", "2*a*D(F(b), b)", "2*a*D(F(a), a)", "b = a^2"),
    ("D(L(x), x, i) + 1", "1 + D(L(x), x, i)", "D(L(x), x, i)", "1 <= i; i <= n"),
    ("D(a*b*c*a*b, c)", "a^2*b^2", "a^2*b", ""),
    ("sum(j, 1, n, x[j] + z[j])", "sum(j, 1, n, x[j]) + sum(j, 1, n, z[j])", "sum(j, 1, n, x[j]) - sum(j, 1, n, z[j])", ""),
    ("sum(j, 1, n, j)", "n*(n + 1)/2", "n*(n - 1)/2", ""),
    ("sum(j, 1, n, x[j])", "sum(j, 1, n, x[n - j + 1])", "sum(j, 1, n, x[1])", ""),
    ("sum(j, 1, n, {i = j}*x[j])", "x[i]", "x[1]", "1 <= i; i <= n"),
    ("sum(j, 1, n, sum(l, 1, n, x[j]*z[l]))", "sum(j, 1, n, x[j])*sum(l, 1, n, z[l])", "n*sum(j, 1, n, x[j]*z[j])", ""),
    ("sum(j, 1, m, {x[j] > 0}*{j <= n})", "sum(j, 1, n, {x[j] > 0})", "sum(j, 1, n, {x[j] < 0})", "n <= m"),
    ("sum(j, 1, m, {j <= n}*x[j])", "sum(j, 1, n, x[j])", "sum(j, 1, n - 1, x[j])", "n <= m"),
    ("sum(j, 1, n ? j != i, x[j])", "sum(j, 1, n, x[j]) - x[i]", "sum(j, 1, n, x[j])", "1 <= i; i <= n"),
    ("prod(j, 1, n, exp(x[j]))", "exp(sum(j, 1, n, x[j]))", "exp(prod(j, 1, n, x[j]))", ""),
    ("maxo(j, 1, n, x[j] + a)", "maxo(j, 1, n, x[j]) + a", "maxo(j, 1, n, x[j])", ""),
    ("D(x[i], x, j)", "{i = j}", "1", "1 <= i; i <= n; 1 <= j; j <= n"),
    (
        "D(softmax(x)[i], x, j)",
        "softmax(x)[i]*({i = j} - softmax(x)[j])",
        "softmax(x)[i]*({i = j} + softmax(x)[j])",
        "1 <= i; i <= n; 1 <= j; j <= n",
    ),
    ("T(i, n, j, n, D(softmax(x)[i], x, j))", "diag(softmax(x)) - softmax(x)@softmax(x)'", "diag(softmax(x)) - softmax(x)@x'", ""),
    ("sum(i, 1, n, softmax(x)[i])", "1", "n", ""),
    ("softmax(x + a*ones(n))", "softmax(x)", "a*softmax(x)", ""),
    ("T(i, n, D(lse(x), x, i))", "softmax(x)", "x", ""),
    ("T(i, n, j, n, D(D(lse(x), x, i), x, j))", "diag(softmax(x)) - softmax(x)@softmax(x)'", "diag(softmax(x))", ""),
    ("T(i, n, D(x'@A@x, x, i))", "A@x + A'@x", "2*A@x", ""),
    ("T(i, n, D(x'@S@x, x, i))", "2*S@x", "S@x", ""),
    ("T(i, n, D((M@x - v)'@(M@x - v), x, i))", "2*(M'@(M@x - v))", "M'@(M@x - v)", ""),
    ("T(i, n, j, n, D(tr(X@X@X), X, i, j))", "3*((X@X)')", "3*(X@X)", ""),
    ("T(i, n, j, n, D(logdet(V), V, i, j))", "inv(V)'", "inv(V)", ""),
    ("T(i, n, j, n, D(det(V), V, i, j))", "det(V)*(inv(V)')", "det(V)*inv(V)", ""),
    ("inv(A@B)", "inv(B)@inv(A)", "inv(A)@inv(B)", ""),
    ("O'@O", "eye(n)", "O", ""),
    ("(A@B)'", "B'@A'", "A'@B'", ""),
    ("tr(A@B)", "tr(B@A)", "tr(A)*tr(B)", ""),
    ("det(A@B)", "det(A)*det(B)", "det(A) + det(B)", ""),
    ("V^-1@V", "eye(n)", "V", ""),
    ("norm(x)^2", "x'@x", "sumall(x)", ""),
    ("diag(x)@z", "hadamard(x, z)", "x + z", ""),
    ("vec(M)", "vec(T(i, m, j, n, M[i, j]))", "vec(2*M)", ""),
    ("commutation(m, n)@vec(M)", "vec(M')", "vec(M)", ""),
    ("vec(A@X@B)", "kron(B', A)@vec(X)", "kron(A, B')@vec(X)", ""),
    ("D(norm(x), x, i)", "x[i]/norm(x)", "x[i]", "1 <= i; i <= n"),
    ("corrvalid(h, w)[i]", "sum(j, 1, k, h[i + j - 1]*w[j])", "sum(j, 1, k, h[i + j]*w[j])", "k <= n; 1 <= i; i <= n - k + 1"),
    ("convfull(h, w)", "corrfull(h, flip(w))", "corrfull(h, w)", ""),
    ("convfull(x, w)", "convfull(w, x)", "convfull(w, 2*x)", ""),
    (
        "sum(i, 1, n - k + 1, g[i]*D(sum(j, 1, k, h[i + j - 1]*w[j]), h, l))",
        "sum(j, 1, k, g[l + j - k]*w[k - j + 1])",
        "sum(j, 1, k, g[l + j - k]*w[j])",
        "k <= n; 1 <= l; l <= n",
    ),
    (
        "sum(i, 1, n - k + 1, g[i]*D(sum(j, 1, k, h[i + j - 1]*w[j]), h, l))",
        "convfull(g, w)[l]",
        "corrfull(g, w)[l]",
        "k <= n; 1 <= l; l <= n",
    ),
    ("[; 0, x][i + 1]", "x[i]", "x[1]", "1 <= i; i <= n"),
    ("[a, b][2]", "b", "a", ""),
    ("{j <= n}*x[j]", "cases(j <= n, x[j], 0)", "cases(j <= n, x[j], 1)", "1 <= j"),
    ("sum(j, 1, n, x[j])", "n", "1", "sum(j, 1, n, x[j]) = n"),
    ("a + b", "1", "a", "a + b = 1"),
    ("relu(a) - relu(-a)", "a", "abs(a)", ""),
    ("P@inv(P)", "eye(n)", "P", ""),
    ("log(det(P))", "logdet(P)", "tr(P)", ""),
    ("sum(i, 1, n, sum(j, 1, n, Dg[i, j]))", "tr(Dg)", "tr(Dg) + 1", ""),
    ("exp(log(a))", "a", "abs(a)*2", ""),
    ("y^2", "y", "1", "y = 0"),
];

#[test]
fn true_claims_agree_and_false_twins_are_refuted() {
    let w = World::new();
    let judge = Judge::default();
    let mut bad = Vec::new();
    let mut spent = [0u128; 2];
    let mut all = Vec::new();
    for (l, yes, no, facts) in TABLE {
        let facts = w.facts(facts);
        let l_id = w.parse(l);
        for (k, (r, want)) in [(*yes, true), (*no, false)].into_iter().enumerate() {
            let r_id = w.parse(r);
            let t = Instant::now();
            let v = judge.equal(&w.s, l_id, r_id, &facts);
            let us = t.elapsed().as_micros();
            spent[k] += us;
            all.push(us);
            if us > 600 {
                println!("{us:6} µs  {l} = {r}: {v:?}");
            }
            let fine = if want { v.agrees() } else { v.is_refuted() };
            if !fine {
                bad.push(format!("{l} = {r}: {v:?}"));
            }
        }
    }
    println!("true: {} µs each, false: {} µs each, of {}", spent[0] / TABLE.len() as u128, spent[1] / TABLE.len() as u128, TABLE.len());
    all.sort_unstable();
    println!("median {} µs, 90 % below {} µs", all[all.len() / 2], all[all.len() * 9 / 10]);
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn definedness_runs_from_left_to_right() {
    let w = World::new();
    let j = Judge::default();
    let eq = |a: &str, b: &str, f: &str| j.equal(&w.s, w.parse(a), w.parse(b), &w.facts(f));
    assert!(eq("a/a", "1", "").agrees());
    assert!(eq("1", "a/a", "").is_refuted());
    assert!(eq("1", "a/a", "a != 0").agrees());
    assert!(eq("log(a^2)", "2*log(a)", "").is_refuted());
    assert!(eq("2*log(a)", "log(a^2)", "").agrees());
    assert!(j.equal_where_defined(&w.s, w.parse("1"), w.parse("a/a"), &[]).agrees());
    assert!(eq("0*x[n + 1]", "0", "").agrees() || matches!(eq("0*x[n + 1]", "0", ""), Verdict::NotJudged(_)));
    assert!(eq("0", "0*x[n + 1]", "").is_refuted());
    assert!(eq("0", "{n + 1 <= n}*x[n + 1]", "").agrees());
    assert!(eq("0", "h[n + 1]", "").agrees());
    // The derivative of relu(x)² exists at 0; through relu' it is not defined there, which the judge must not claim either way.
    assert!(eq("D(relu(a)^2, a)", "2*relu(a)", "").agrees());
}

#[test]
fn facts_no_point_meets_are_vacuous() {
    let w = World::new();
    let j = Judge::default();
    assert_eq!(j.equal(&w.s, w.parse("a"), w.parse("b"), &w.facts("a > 1; a < 0")), Verdict::Vacuous);
    assert_eq!(j.equal(&w.s, w.parse("x[i]"), w.parse("1"), &w.facts("i <= n; i > n")), Verdict::Vacuous);
    assert!(j.witness(&w.s, &w.facts("a > 1; a < 0")).is_none());
    assert!(j.witness(&w.s, &w.facts("a > 1; a < 2; b = a^2; k < n")).is_some());
}

#[test]
fn conditions() {
    let w = World::new();
    let j = Judge::default();
    let h = |c: &str, f: &str| j.holds(&w.s, w.cond(c), &w.facts(f));
    assert!(h("sigma(a) > 0", "").agrees());
    assert!(h("0 < sigma(a) < 1", "").agrees());
    assert!(h("sigma(a) > 1/2", "").is_refuted());
    assert!(h("a^2 >= 0", "").agrees());
    assert!(h("a^2 > 0", "").is_refuted());
    assert!(h("x'@P@x >= 0", "").agrees());
    assert!(h("x'@A@x >= 0", "").is_refuted());
    assert!(h("i + 1 <= n", "1 <= i; i <= n").is_refuted());
    assert!(h("i <= n", "1 <= i; i < n").agrees());
    assert!(h("log(a) <= a - 1", "a > 0").agrees());
}

#[test]
fn traces_of_powers_are_summed_factor_by_factor() {
    let w = World::new();
    // tr(X^6) as a nest of six sums.
    let t = "sum(i1, 1, n, sum(i2, 1, n, sum(i3, 1, n, sum(i4, 1, n, sum(i5, 1, n, sum(i6, 1, n, X[i1, i2]*X[i2, i3]*X[i3, i4]*X[i4, i5]*X[i5, i6]*X[i6, i1]))))))";
    let no = "sum(i1, 1, n, sum(i2, 1, n, sum(i3, 1, n, sum(i4, 1, n, sum(i5, 1, n, sum(i6, 1, n, X[i1, i2]*X[i2, i3]*X[i3, i4]*X[i4, i5]*X[i6, i5]*X[i6, i1]))))))";
    let time = Instant::now();
    let v = Judge::thorough().equal(&w.s, w.parse(t), w.parse("tr(X^6)"), &[]);
    println!("tr(X^6): {v:?} in {} µs", time.elapsed().as_micros());
    assert!(v.agrees());
    assert!(Judge::default().equal(&w.s, w.parse(no), w.parse("tr(X^6)"), &[]).is_refuted());
    let time = Instant::now();
    let v = Judge::default().equal(&w.s, w.parse("tr(X^12)"), w.parse("tr(X^6@X^6)"), &[]);
    println!("tr(X^12): {v:?} in {} µs", time.elapsed().as_micros());
    assert!(v.agrees());
}

#[test]
fn the_same_input_gives_the_same_verdict() {
    let run = || {
        let w = World::new();
        let v = Judge::default().equal(&w.s, w.parse("a*b + x[i]"), w.parse("a + b*x[i]"), &w.facts("1 <= i; i <= n"));
        format!("{v:?}")
    };
    assert_eq!(run(), run());
    println!("{}", run());
}
