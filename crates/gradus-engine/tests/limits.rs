//! Limits with their reasons.

mod worked;

#[test]
fn limits_of_the_seed() {
    insta::assert_snapshot!(worked::solve(
        "given a in R
define sigma(z) = 1/(1 + exp(-z))
define g_CE = sigma(a) - 1
define g_MSE = -2 (1 - sigma(a)) sigma(a) (1 - sigma(a))
limit of g_CE as a -> -inf
  expect -1
limit of g_MSE as a -> -inf
  expect 0
"
    ));
}

#[test]
fn by_continuity() {
    insta::assert_snapshot!(worked::solve(
        "given x, c in R
limit of (x^2 + 1)/(x + 2) as x -> 1
limit of exp(x) cos(x) + c as x -> 0
limit of log(1 + x^2) as x -> 2
limit of sqrt(x) as x -> 0+
limit of x^2 - c as x -> c
"
    ));
}

#[test]
fn at_infinity() {
    insta::assert_snapshot!(worked::solve(
        "given x in R
limit of (3 x^2 + 1)/(2 x^2 - 5) as x -> inf
limit of (x + 1)/(x^2 + 1) as x -> -inf
limit of x^3 - x as x -> -inf
limit of (exp(x) - exp(-x))/(exp(x) + exp(-x)) as x -> inf
limit of x^3 exp(-x) as x -> inf
limit of log(x)/x as x -> inf
limit of atan(x) as x -> -inf
limit of sin(x)/x as x -> inf
limit of sqrt(x^2 + x) - x as x -> inf
limit of (1 + 1/x)^x as x -> inf
limit of tanh(x) as x -> -inf
"
    ));
}

#[test]
fn indeterminate() {
    insta::assert_snapshot!(worked::solve(
        "given x in R
limit of sin(x)/x as x -> 0
limit of (x^2 - 1)/(x - 1) as x -> 1
limit of (exp(x) - 1 - x)/x^2 as x -> 0
limit of (1 - cos(x))/x^2 as x -> 0
limit of log(1 + x)/x as x -> 0
limit of sin(3 x)/x as x -> 0
limit of x log(x) as x -> 0+
limit of x sin(1/x) as x -> 0
limit of (sqrt(1 + x) - 1)/x as x -> 0
limit of x^x as x -> 0+
limit of (tan(x) - x)/x^3 as x -> 0
"
    ));
}

#[test]
fn one_sided_and_none() {
    insta::assert_snapshot!(worked::solve(
        "given x in R
limit of 1/x as x -> 0+
limit of 1/x as x -> 0
limit of 1/x^2 as x -> 0
limit of abs(x)/x as x -> 0
limit of log(x) as x -> 0+
limit of exp(1/x) as x -> 0-
limit of sin(x) as x -> inf
limit of 1/(1 - x) as x -> 1+
"
    ));
}
