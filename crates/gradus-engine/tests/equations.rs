//! Values put in, equations solved, parameters found.

mod worked;

#[test]
fn losses_specialised() {
    insta::assert_snapshot!(worked::solve(
        "given C, N in N
given q, u in R^C
given t, r, s, v in R
given yy, ff in R^N
define CE = -sum(c in 1..C, u[c] log(q[c]))
define MSE = 1/N sum(i in 1..N, (yy[i] - ff[i])^2)
specialise CE with C = 2, u = [t, 1 - t], q = [r, 1 - r]
  expect -t log(r) - (1 - t) log(1 - r)
specialise MSE with N = 1, yy = [s], ff = [v]
  expect (s - v)^2
"
    ));
}

#[test]
fn solved_by_equivalences() {
    insta::assert_snapshot!(worked::solve(
        "given b in R^2
given x, z, a, c in R
given r in R, r > 0, r < 1
given k in R, k > 0
define sigma(z) = 1/(1 + exp(-z))
define S2(b)[i] = exp(b[i]) / sum(j in 1..2, exp(b[j]))
solve sigma(z) = S2(b)[1] for z
  expect b[1] - b[2]
solve sigma(z) = r for z
solve tanh(z) = r for z
solve a x + c = 1 for x
solve x^2 - 5 x + 6 = 0 for x
solve x^2 + x + 1 = 0 for x
solve exp(2 x) - 3 exp(x) + 2 = 0 for x
solve (x - 1)/(x + 2) = 3 for x
solve softplus(x) = k for x
solve x + 1 = x for x
solve 2 (x + 1) = 2 x + 2 for x
"
    ));
}

#[test]
fn parameters_of_the_seed() {
    insta::assert_snapshot!(worked::solve(
        "given K, D, M in N, K >= 2
given x in R^K
given o in R^(K-1)
given c, z in R
define sigma(z) = 1/(1 + exp(-z))
define S(x)[i] = exp(x[i]) / sum(j in 1..K, exp(x[j]))
show S(x + c) = S(x)
  label shift
find o such that S(x) = S([0; o])
  using shift
  expect o[i] = x[i+1] - x[1]
show tanh(z) = 2 sigma(2 z) - 1
  label t
given X in R^D
given w1, v1 in R^(M x D)
given b1, c1 in R^M
given w2, v2 in R^(K x M)
given b2, c2 in R^K
define net(h, A, u, B, v)[k] = sum(j in 1..M, B[k, j] h(sum(i in 1..D, A[j, i] X[i]) + u[j])) + v[k]
find v1, c1, v2, c2 such that net(tanh, v1, c1, v2, c2)[k] = net(sigma, w1, b1, w2, b2)[k] for all X
  using t
  expect v1 = w1/2, c1 = b1/2, v2 = w2/2, c2[k] = b2[k] + sum(j in 1..M, w2[k, j]/2)
"
    ));
}

#[test]
fn parameters_by_coefficients() {
    insta::assert_snapshot!(worked::solve(
        "given z, k, a, c, x in R
define sigma(z) = 1/(1 + exp(-z))
find k such that sigma(-z) = 1 - k sigma(z) for all z
find a, c such that tanh(z) = a sigma(2 z) + c for all z
find a, c such that x^2 + 4 x + 5 = (x + a)^2 + c for all x
find a, c such that (3 x + 1)/((x - 1) (x + 2)) = a/(x - 1) + c/(x + 2) for all x
"
    ));
}
