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

/// What people type from habit, and what the help tells them to write.
#[test]
fn helps_say_what_to_write() {
    let given = "given n in N\ngiven x, y in R^n\ngiven a in R\ngiven A in R^(n x n)\n";
    for (text, code, help) in [
        ("derive gradeint of a^2 wrt a", "E0205", "derive gradient of"),
        ("show a = a for all a", "E0205", "all values"),
        ("derive $\\partial_a a^2$", "E0401", "\\frac{\\partial}"),
        ("derive d(1,5 a^2)/da", "E0401", "with a point"),
        ("derive gradient of A x wrt x", "E0502", "jacobian"),
        ("derive gradient of x^T y^T wrt x", "E0501", "transpose one"),
        ("derive d(a)/da\n  label b\nderive d(a)/da\n  label b", "E0407", "another label"),
        ("expect 2 a", "E0208", "indented"),
        ("derive d(a^2)/da expect 2 a", "E0401", "line of its own"),
        ("derive $\\frac{d}{da}{a^2$", "E0202", "add `}`"),
        ("solve a^2 = 4", "E0210", "for x"),
        ("limit of a^2", "E0210", "as x -> 0"),
        ("limit a^2 as a -> 0", "E0210", "limit of"),
        ("given z in R^-3", "E0510", "brackets"),
        ("given u in R^d", "E0401", "given d in N"),
        ("derive gradient of x'*A*x wrt x", "E0401", "`x^T`"),
        ("derive gradient of x @ y wrt x", "E0102", "side by side"),
        ("derive d(a**2)/da", "E0201", "a^2"),
        ("derive d(a 😀)/da", "E0102", "delete it"),
        ("network net on R^3 = Linear(4) -> ReLU", "E0205", "commas"),
        ("network net on 3 x 8 = Linear(4)", "E0210", "network net on R^"),
        ("network net = Linear(4)", "E0210", "network net on R^"),
        ("network net on R^(3 x 8) = Conv1d(4, kernel=3, padding=\"sane\")", "E0511", "`same`"),
        ("derive gradient of $\\langle x, y\\rangle$ wrt x", "E0309", "x^\\top y"),
        ("derive gradient of $\\sum_{i=1,j=2}^n x_i x_j$ wrt x", "E0308", ""),
        ("derive d(foobar(a))/da", "E0401", "define foobar(z)"),
        ("derive gradient of $\\sum_{i\\ne j} x_i A_{ij} x_j$ wrt x", "E0308", "`\\sum_{j}` before it"),
    ] {
        let (_, said) = read(&store(), format!("{given}{text}\n").as_bytes(), Host::Gradus);
        let found = said.iter().find(|d| d.code.name() == code);
        let helps = found.and_then(|d| d.help.as_deref()).unwrap_or_default();
        assert!(helps.contains(help), "{text}: {code} says {helps:?}, not {help:?}; {} in all", said.len());
    }
    // Where the other index stands outside the sum, or is bound around it, its meaning is clear.
    for text in [
        "derive $\\frac{d}{dx_j}\\sum_{i\\ne j} x_i A_{ij} x_j$",
        "derive gradient of $\\sum_j\\sum_{i\\ne j} x_i A_{ij} x_j$ wrt x",
        "derive gradient of $\\sum_{i,j} x_i A_{ij} x_j$ wrt x",
        "derive gradient of $\\sum_{i,j=1}^n x_i A_{ij} x_j$ wrt x",
        "derive gradient of $\\sum_{i=1,j=1}^n x_i A_{ij} x_j$ wrt x",
        "derive gradient of $\\sum_{i,j: i<j} x_i A_{ij} x_j$ wrt x",
        "derive gradient of sum(j in 1..n, sum(i in 1..n if i != j, x[i] A[i, j] x[j])) wrt x",
    ] {
        let (_, said) = read(&store(), format!("{given}{text}\n").as_bytes(), Host::Gradus);
        assert!(said.is_empty(), "{text}: {:?}", said.iter().map(|d| &d.message).collect::<Vec<_>>());
    }
}
