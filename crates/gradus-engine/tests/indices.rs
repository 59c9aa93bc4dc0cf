//! Derivatives by indices: worksheets of matrix calculus and of convolutions, derived, read back and proved.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests may fail loudly")]

mod worked;

use gradus_kernel::Status;

const MATRICES: &str = "
given m, n, p, q in N
given x, a in R^n
given b in R^m
given w in R^m
given A in R^(m x n)
given B in R^(n x n)
given C in R^(m x m)
given P in R^(n x p)
given Q in R^(q x m)
given R in R^(m x q)
given X in R^(m x n)
given Y in R^(n x n)
derive gradient of a^T * x wrt x
  label linear
derive gradient of x^T * x wrt x
  label square
derive gradient of (A * x - b)^T * (A * x - b) wrt x
  label least_squares
derive gradient of x^T * B * x wrt x
  label quadratic
derive hessian of x^T * B * x wrt x
  label curvature
derive jacobian of a .* x wrt x
  label scaling
derive jacobian of a^T * x * x wrt x
  label stretched
derive jacobian of log(softmax(x)) wrt x
  label shares
derive hessian of sum(softplus(A * x)) wrt x
  label weighted
derive gradient of tr(X^T * A) wrt X
  label inner
derive gradient of tr(X^T * C * X) wrt X
  label form
derive gradient of tr(P^T * X^T * C * X * P) wrt X
  label two_sided
derive gradient of tr(Q * X * B * X^T * R) wrt X
  label five
derive gradient of tr(Y^3) wrt Y
  label cube
derive gradient of sum(A .* X .^ 2) wrt X
  label entrywise
";

const REGRESSIONS: &str = "
given n, d, m, k in N
given X in R^(n x d)
given y in R^n
given w in R^d
given c in R
given U in R^(n x k)
given V in R^(d x k)
given W in R^(m x d)
given b in R^m
define u = W * w + b
given L : function of u
derive gradient of norm(X * w - y)^2 + c * w^T * w wrt w
  label ridge
derive hessian of norm(X * w - y)^2 + c * w^T * w wrt w
  label ridge_curvature
derive gradient of sum(softplus(X * w)) - y^T * X * w wrt w
  label logistic
derive hessian of sum(softplus(X * w)) - y^T * X * w wrt w
  label logistic_curvature
derive gradient of tr((X - U * V^T)^T * (X - U * V^T)) wrt U
  label factorisation
derive gradient of L wrt w
  label layer_input
derive gradient of L wrt W
  label layer_weights
derive jacobian of tanh(W * w + b) wrt w
  label layer
";

#[test]
fn regressions() {
    insta::assert_snapshot!(worked::results(REGRESSIONS));
}

#[test]
fn matrices() {
    insta::assert_snapshot!(worked::results(MATRICES));
}

const CONVOLUTIONS: &str = "
given d, k in N, k < d
given x in R^d
given w in R^k
define h = 2 * x
define a = correlate(h, w, valid)
given L : function of a
derive da[i]/dh[n]
  label entry
derive gradient of L wrt h
  label through
  using entry
derive gradient of L wrt w
  label kernel
define e = correlate(h, w, full)
given M : function of e
derive gradient of M wrt h
  label through_full
";

#[test]
fn convolutions() {
    insta::assert_snapshot!(worked::results(CONVOLUTIONS));
}

#[test]
fn a_gradient_through_a_convolution_reads_like_a_page() {
    insta::assert_snapshot!(worked::solve(
        "
given d, k in N, k < d
given h in R^d
given w in R^k
define a = correlate(h, w, valid)
given L : function of a
derive gradient of L wrt h
"
    ));
}

/// Near misses: each is false, and is refuted with a point.
#[test]
fn near_misses_are_refuted() {
    let sheet = "
given m, n in N
given x in R^n
given A in R^(n x n)
given B in R^(m x n)
given b in R^m
derive gradient of x^T * A * x wrt x
  expect 2 * A * x
derive gradient of (B * x - b)^T * (B * x - b) wrt x
  expect B^T * (B * x - b)
derive hessian of x^T * A * x wrt x
  expect 2 * A
derive gradient of tr(A^3) wrt A
  expect 3 * A^2
";
    worked::each(sheet, |_, sol| assert_eq!(sol.status, Status::Refuted, "{:?}", sol.label));
}
