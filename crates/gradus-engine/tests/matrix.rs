//! Matrix calculus: the worksheet of known derivatives with and without what is expected, inverses, determinants and kinks.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests may fail loudly")]

mod worked;

use gradus_kernel::Status;

/// The worksheet of known derivatives, up to the Jacobian by `vec`, whose shape is a product of sizes.
fn known() -> &'static str {
    let all = include_str!("../../../tests/worksheets/matrix.gradus");
    all.split("section 23").next().expect("a first part")
}

#[test]
fn known_derivatives_are_proved() {
    worked::all_proved(known());
}

#[test]
fn the_same_comes_out_unasked() {
    let unasked: String = known().lines().filter(|l| !l.trim_start().starts_with("expect")).fold(String::new(), |t, l| t + l + "\n");
    worked::all_proved(&unasked);
    insta::assert_snapshot!(worked::results(&unasked));
}

const INVERSES: &str = "
given n, m in N
given X, A, B in R^(n x n)
given Y in R^(n x m)
given S in R^(n x n) symmetric invertible
given a, b in R^n
given i, j, p, q in N, i <= n, j <= n, p <= n, q <= n
derive gradient of logdet(X) wrt X
  label logdet
derive gradient of log(det(X)) wrt X
  label log_det
derive gradient of det(X)^3 wrt X
  label cube
derive gradient of logdet(A X B) wrt X
  label product
derive gradient of logdet(eye(n) + Y Y^T) wrt Y
  label capacity
derive gradient of tr(A inv(X) B) wrt X
  label trace
derive gradient of tr(inv(X + A)) wrt X
  label shifted
derive gradient of a^T inv(S) b wrt S
  label form
derive diff(inv(X)[i, j], X[p, q])
  label entry
show inv(A^T) = inv(A)^T
  label turned
show inv(A B) = inv(B) inv(A)
  label socks
show A inv(A) = eye(n)
  label right
show inv(A) A = eye(n)
  label left
show S inv(S) = eye(n)
  label symmetric
show logdet(A B) = logdet(B) + logdet(A)
  label multiplicative
show det(A^T) = det(A)
  label transpose
";

#[test]
fn inverses_and_determinants() {
    insta::assert_snapshot!(worked::results(INVERSES));
}

/// Near misses: each is false, and is refuted with a point.
#[test]
fn near_misses_are_refuted() {
    let sheet = "
given n in N
given X, A, B in R^(n x n)
given a, b in R^n
derive gradient of logdet(X) wrt X
  expect inv(X)
derive gradient of det(X) wrt X
  expect inv(X)^T
derive gradient of tr(inv(X)) wrt X
  expect (inv(X) inv(X))^T
derive gradient of tr(A inv(X)) wrt X
  expect -inv(X) A inv(X)
derive gradient of a^T inv(X) b wrt X
  expect -inv(X)^T b a^T inv(X)^T
show inv(A B) = inv(A) inv(B)
show logdet(A + B) = logdet(A) + logdet(B)
show inv(A)^T = inv(A)
";
    worked::each(sheet, |s, sol| assert_eq!(sol.status, Status::Refuted, "{:?}", sol.result.map(|r| gradus_term::debug::show(s, r))));
}

/// A kink that is the only one an entry depends on is a matter of the domain; where kinks meet it is assumed that there is none;
/// the square of a rectifier has none.
#[test]
fn kinks_are_notes_or_assumptions() {
    let sheet = "
given m, n in N
given V in R^(m x n)
given u in R^m
given x in R^n
derive gradient of u^T relu(V x) wrt V
derive gradient of sum(abs(x)) wrt x
derive gradient of u^T relu(V x) wrt x
derive gradient of sum(relu(x) .^ 2) wrt x
";
    let mut found = Vec::new();
    worked::each(sheet, |_, sol| found.push(sol.status));
    assert_eq!(found, [Status::Proved, Status::Proved, Status::Conditional, Status::Proved]);
}

const FILTERS: &str = "
section filter
given n, m in N
given P in R^(n x n) symmetric positive definite
given H in R^(m x n)
given V in R^(m x m) symmetric positive definite
define S = H P H^T + V
define K = P H^T S^-1
show (eye(n) - K H) P (eye(n) - K H)^T + K V K^T = (eye(n) - K H) P
  label joseph
show K = inv(inv(P) + H^T inv(V) H) H^T inv(V)
  label information
section kernel
given n in N
given K in R^(n x n) symmetric positive definite
given y, a in R^n
given l in R, l > 0
define J = norm(y - K a)^2 + l a^T K a
solve gradient(J, a) = 0 for a
  label kernel
section link
given n, p in N
given X in R^(n x p)
given y in R^n
given w in R^p
define mu[i in 1..n] = 1 - exp(-exp(sum(j in 1..p, X[i, j] w[j])))
define L = -sum(i in 1..n, y[i] log(mu[i]) + (1 - y[i]) log(1 - mu[i]))
derive gradient of L wrt w
  label complementary
  expect X^T (((mu - y) .* exp(X w)) ./ mu)
";

#[test]
fn filters_kernels_and_a_complementary_link() {
    worked::all_proved(FILTERS);
}
