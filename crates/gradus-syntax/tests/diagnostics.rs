//! The table of codes: every example gives its code, the page is current, and messages read well.

mod support;

use std::path::Path;

use gradus_syntax::codes::{markdown, Example, TABLE};
use gradus_syntax::worksheet::Host;
use support::{read, said, store};

#[test]
fn every_example_gives_its_code() {
    // Those of goals are run where goals are answered.
    for e in TABLE.iter().filter(|e| !e.code.is_of_goals()) {
        let host = if matches!(e.example, Example::Tex(_)) { Host::Latex } else { Host::Gradus };
        let bytes = e.example.bytes();
        let (_, said) = read(&store(), &bytes, host);
        let codes: Vec<&str> = said.iter().map(|d| d.code.name()).collect();
        assert!(codes.contains(&e.code.name()), "{} gives {codes:?}", e.code.name());
        assert!(codes.len() <= 2, "{} gives {codes:?}", e.code.name());
    }
}

#[test]
fn codes_are_in_order_and_unique() {
    assert!(TABLE.windows(2).all(|w| w[0].code < w[1].code));
}

#[test]
fn the_page_of_diagnostics_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics.md");
    if std::env::var_os("GRADUS_BLESS").is_some() {
        std::fs::write(&path, markdown()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), markdown(), "run GRADUS_BLESS=1 cargo test -p gradus-syntax");
}

#[test]
fn messages() {
    for (name, text) in [
        ("undeclared", "given sigma1, alpha in R\nevaluate alpah + 1"),
        ("confusable", "given \u{430} in R"),
        ("shapes_of_a_sum", "given m, n in N\ngiven A in R^(m x n)\ngiven x in R^n\nevaluate A + x"),
        ("shapes_of_a_product", "given m, n in N\ngiven A, B in R^(m x n)\nevaluate A * B"),
        ("two_columns", "given x, y in R^3\nevaluate x y"),
        ("call_of_a_scalar", "given f, x in R\nevaluate f(x)"),
        ("function_without_brackets", "given f in R\nevaluate log f"),
        ("ambiguous_latex", "given x, y in R\nevaluate $\\log x y$"),
        ("power_of_a_vector", "given x in R^3\nevaluate x^2"),
        ("unclosed", "given x in R\nevaluate (x + 1\nshow x = x"),
        ("mismatched", "evaluate (1 + [2, 3)]"),
        ("twice", "given x in R\ngiven y, x in R"),
        ("label_below", "show 1 = 1\n  using b\nshow 2 = 2\n  label b"),
        ("expectation_of_another_size", "given x in R^3\nderive gradient of x^T x wrt x\n  expect [1, 2]"),
        ("range_needed", "given n in N\ngiven x in R^n\nevaluate sum(j, x[2 j])"),
        ("out_of_range", "given n in N\ngiven x in R^n\nevaluate x[n + 1] + x[0]"),
        ("division_by_a_vector", "given x in R^3\nevaluate 1/x"),
        ("unknown_statement", "drive d/dx x"),
        ("not_differentiable_by", "given n in N\nderive d/dn n^2"),
        ("several_mistakes", "given x in Q\ngiven a in R\nevaluate b\nevaluate x\nevaluate a +\nderive a^2"),
    ] {
        insta::assert_snapshot!(name, said(text));
    }
}
