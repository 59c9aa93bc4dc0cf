//! Both sides of a claim connected.

mod worked;

#[test]
fn softmax_and_sigmoid_of_the_seed() {
    insta::assert_snapshot!(worked::solve(
        "given K in N, K >= 2
given x in R^K
given c, z in R
given b in R^2
define sigma(z) = 1/(1 + exp(-z))
define S(x)[i] = exp(x[i]) / sum(j in 1..K, exp(x[j]))
define S2(b)[i] = exp(b[i]) / sum(j in 1..2, exp(b[j]))
show S(x + c) = S(x)
show S2(b) = [sigma(b[1] - b[2]), 1 - sigma(b[1] - b[2])]
show tanh(z) = 2 sigma(2 z) - 1
"
    ));
}

#[test]
fn sigmoid_and_hyperbolic_functions() {
    insta::assert_snapshot!(worked::solve(
        "given x, z in R
define sigma(z) = 1/(1 + exp(-z))
show sigma(-z) = 1 - sigma(z)
show sigma(z)/(1 - sigma(z)) = exp(z)
show log(sigma(z)/(1 - sigma(z))) = z
show -log(sigma(z)) = softplus(-z)
show sinh(2 x) = 2 sinh(x) cosh(x)
show cosh(x)^2 - sinh(x)^2 = 1
"
    ));
}

#[test]
fn sums_and_logarithms() {
    insta::assert_snapshot!(worked::solve(
        "given n in N
given u in R^n
given c in R
given t in R, t > 0
define P(x)[i] = exp(x[i]) / sum(j in 1..n, exp(x[j]))
show sum(i in 1..n, P(u)[i]) = 1
show log(P(u)[i]) = u[i] - log(sum(j in 1..n, exp(u[j])))
show log(sum(j in 1..n, exp(u[j] + c))) = c + log(sum(j in 1..n, exp(u[j])))
show log(t^2) = 2 log(t)
"
    ));
}

#[test]
fn trigonometry() {
    insta::assert_snapshot!(worked::solve(
        "given x in R
show sin(x)^2 + cos(x)^2 = 1
show sin(2 x) = 2 sin(x) cos(x)
show cos(2 x) = 1 - 2 sin(x)^2
show 1 + tan(x)^2 = 1/cos(x)^2
"
    ));
}

#[test]
fn other_relations_and_false_claims() {
    insta::assert_snapshot!(worked::solve(
        "given x, z in R
define sigma(z) = 1/(1 + exp(-z))
show exp(x) > 0
show sigma(z) < 1
show x^2 + 1 > 0
show tanh(z) = 2 sigma(z) - 1
show 1 = x/x
"
    ));
}
