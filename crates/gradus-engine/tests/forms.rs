//! `expand`, `factor`, `simplify`, `evaluate`: the lines a person would write.

mod worked;

#[test]
fn expand() {
    insta::assert_snapshot!(worked::solve(
        "given x, y, a, b, c in R
expand (x + y)^3
expand (x - 2 y)^2
expand (x + 1) (x + 2)
expand (a + b) (a - b)
expand (a + b + c)^2
expand x (x + 1) - 2 (x - 3)
expand (x + 1)^2 (x - 1)
"
    ));
}

#[test]
fn factor() {
    insta::assert_snapshot!(worked::solve(
        "given x, y, a, b in R
factor x^2 - 1
factor x^2 + 2 x y + y^2
factor x^4 - 1
factor x^3 - y^3
factor x^2 + 5 x + 6
factor 2 x^2 - 5 x + 3
factor 6 x^2 y + 9 x y^2
factor x^3 + x^2 + x + 1
factor a x + a y + b x + b y
factor x^2 + 1
factor sin(x)^2 - 1
factor x^3 - 3 x^2 + 3 x - 1
"
    ));
}

#[test]
fn simplify() {
    insta::assert_snapshot!(worked::solve(
        "given x, y, a, b in R
given p, q in R, p > 0, q > 0
simplify x/x + 1
simplify sin(x)^2 + cos(x)^2
simplify exp(a) exp(b)
simplify log(p q) - log(q)
simplify 1/(1 + 1/x)
simplify (x^2 - 1)/(x - 1)
simplify x/(x + 1) + 1/(x + 1)
simplify (a + b)^2 - (a - b)^2
simplify exp(log(p))
simplify 1 - sin(x)^2
"
    ));
}

#[test]
fn evaluate() {
    insta::assert_snapshot!(worked::solve(
        "given t in R
evaluate 2/3 + 1/4
evaluate 2^10 - 4!
evaluate sum(k in 1..4, k^2)
evaluate prod(k in 1..5, k/(k+1))
evaluate exp(0) + log(1) + sin(pi/6)
evaluate sqrt(12) + cos(pi)
evaluate binom(5, 2)
evaluate [[1, 2], [3, 4]] * [5, 6]
evaluate [[1, 2], [3, 4]] * [[0, 1], [1, 0]]
evaluate [1, 2, 3]^T [4, 5, 6]
evaluate 2 [1, 2] + [3, 4]
evaluate softmax([0, t])
evaluate flip([1, 0, 2])
evaluate det([[1, 2], [3, 4]])
"
    ));
}

#[test]
fn convolutions() {
    insta::assert_snapshot!(worked::solve(
        "evaluate convolve([1, 2, 3, 4], [1, 0, 2], valid)
  expect [5, 8]
evaluate convolve([1, 2, 3, 4], [1, 0, 2], same)
  expect [2, 5, 8, 6]
evaluate convolve([1, 2, 3, 4], [1, 0, 2], full)
  expect [1, 2, 5, 8, 6, 8]
evaluate correlate([1, 2, 3, 4], [1, 0, 2], valid)
"
    ));
}

#[test]
fn forms_of_derivatives() {
    insta::assert_snapshot!(worked::solve(
        "given x, mu in R
given s in R, s > 0
define score = -log(s) - (x - mu)^2/(2 s^2)
define phi = 1/(s sqrt(2 pi)) exp(-(x - mu)^2/(2 s^2))
derive diff(-log(1 + ((x - mu)/s)^2), mu)
derive d^2 score/ds^2
derive d^2 phi/dx^2
derive diff(sqrt((1 - x)/(1 + x)), x)
derive diff(x^2 exp(3 x), x)
derive diff(log(x)/x, x)
"
    ));
}

#[test]
fn labels_of_two_values() {
    insta::assert_snapshot!(worked::solve(
        "given z in R
given y in {-1, 1}
define sigma(r) = 1/(1 + exp(-r))
define L = log(1 + exp(-y z))
derive d^2 L/dz^2
  expect sigma(z) sigma(-z)
"
    ));
}
