//! Gradients, Jacobians and Hessians by differentials: what comes out, what is refuted, and what is said where the method does not lead
//! there.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests may fail loudly")]

mod worked;

use gradus_kernel::{Inline, Item, Status};

#[test]
fn the_goals_of_every_rule_are_proved() {
    worked::all_proved(include_str!("../../../tests/worksheets/differentials.gradus"));
}

/// Each is false: a transpose, a factor 2, a sign, an exchanged pair.
#[test]
fn near_misses_are_refuted() {
    let sheet = "
given m, n in N
given R, S in R^(n x n)
given T, B in R^(m x n)
given u, v in R^n
given w in R^m
derive gradient of tr(B^T T) wrt T
  by differentials
  expect 2 B
derive gradient of u^T S v wrt S
  by differentials
  expect v u^T
derive gradient of tr(S^T R S) wrt S
  by differentials
  expect 2 R S
derive gradient of norm(T u - w)^2 wrt u
  by differentials
  expect T^T (T u - w)
derive gradient of u^T inv(S) v wrt S
  by differentials
  expect inv(S)^T u v^T inv(S)^T
derive gradient of w^T tanh(T u) wrt u
  by differentials
  expect T^T (w .* (ones(m) + tanh(T u) .^ 2))
derive jacobian of v .* u wrt u
  by differentials
  expect v u^T
derive hessian of u^T S u wrt u
  by differentials
  expect 2 S
";
    worked::each(sheet, |s, sol| assert_eq!(sol.status, Status::Refuted, "{:?}", sol.result.map(|r| gradus_term::debug::show(s, r))));
}

fn says(sol: &gradus_kernel::Solution, words: &str) -> bool {
    let said = |i: &Item| match i {
        Item::Say(t) => t.0.iter().any(|x| matches!(x, Inline::Words(w) if w.contains(words))),
        _ => false,
    };
    sol.derivation.as_ref().is_some_and(|d| d.items.iter().any(said))
}

/// A product over a range is differentiated entry by entry, whatever is asked, and the page says so.
#[test]
fn where_differentials_do_not_lead_the_page_says_so() {
    let sheet = "
given n in N
given z in R^n positive
derive gradient of prod(j in 1..n, exp(z[j])) wrt z
  by differentials
";
    worked::each(sheet, |_, sol| assert!(says(sol, "Differentials do not lead"), "{sol:?}"));
}

#[test]
fn the_way_asked_for_is_taken() {
    let sheet = "
given n in N
given z in R^n
derive gradient of z^T z wrt z
  by indices
derive gradient of z^T z wrt z
  by differentials
derive gradient of z^T z wrt z
";
    let mut ways = Vec::new();
    worked::each(sheet, |_, sol| ways.push((says(sol, "Entry by entry"), says(sol, "By differentials"))));
    assert_eq!(ways, [(true, false), (false, true), (false, true)]);
}
