//! LaTeX against plain text: both give the same tree.

use super::formula;
use crate::sexp::sexp;
use crate::span::Span;

fn read(text: &str) -> String {
    match formula(text, Span::new(0, text.len())) {
        Ok(e) => sexp(&e),
        Err(d) => d.code.name().to_owned(),
    }
}

fn same(table: &[(&str, &str)]) {
    for (text, tree) in table {
        assert_eq!(&read(text), tree, "{text}");
    }
}

#[test]
fn operands_and_scripts() {
    same(&[
        ("Xw", "(* X w)"),
        ("L_{CE}", "L_{CE|C E}"),
        ("W_{kj}", "W_{kj|k j}"),
        ("x_{i+j-1}", "x_{|(+ i j -1)}"),
        ("x^T y", "(* (T x) y)"),
        ("A^{-\\top}", "(-T A)"),
        ("A^{-1}", "(^ A (+ -1))"),
        ("x_i^2", "(^ x_{i|i} 2)"),
        ("x^2_i", "(^ x_{i|i} 2)"),
        ("\\frac12y", "(* (* 1 /2) y)"),
        ("\\sqrt[3]{x}", "(^ x (* 1 /3))"),
        ("\\mathbf{w}", "w"),
        ("\\tilde{w}", "w_tilde"),
        ("{g}_{k} + 2", "(+ g_{k|k} 2)"),
        ("a'_{b'}'", "a'_{b''|}"),
        ("-y\\log f", "(+ -(* y log f))"),
        ("\\sin x\\cos x", "(* sin x cos x)"),
        ("|x||y|", "(* abs(x) abs(y))"),
        ("x \\cdot -1", "(* x (neg 1))"),
        ("\\mathbb{1}_{i=j} S", "(* (iverson (i = j)) S)"),
        ("\\mathbf{x}^{\\mathsf{T}} y", "(* (T x) y)"),
    ]);
}

#[test]
fn operators_over_what_follows() {
    same(&[
        ("\\sum_{i=1}^{n} a_i b + c", "(+ sum({i in 1..n} (* a_{i|i} b)) c)"),
        ("\\sum_j x_j", "sum({j} x_{j|j})"),
        ("\\prod^3_{k = 1} c", "prod({k in 1..3} c)"),
        ("\\lim_{x \\to 3^+} a", "limit(a x 3 right)"),
        ("\\lim_{x \\to -\\infty} a x", "limit((* a x) x (neg inf))"),
        ("\\frac{d}{dx} x^x", "(* (* d /(* d x)) (^ x x))"),
        ("\\nabla_x L", "gradient(L x)"),
        ("\\nabla_x L y", "(* gradient(L x) y)"),
        ("\\nabla_x f(x) y", "(* gradient((* f x) x) y)"),
        ("\\nabla_A \\log\\det A", "gradient((* log det A) A)"),
        ("\\nabla_x x^\\top A x", "gradient((* (T x) A x) x)"),
        ("\\nabla_w \\frac{1}{2} \\|w\\|^2", "gradient((* (* 1 /2) (^ norm(w) 2)) w)"),
        ("\\begin{cases} u & i = j \\\\ 0 & \\text{otherwise} \\end{cases}", "cases({u if (i = j)} {0 otherwise})"),
        ("\\begin{pmatrix} a & b \\\\ c & d \\\\ \\end{pmatrix}", "[[a b] [c d]]"),
        ("\\begin{bmatrix} 1 \\\\ 0 \\end{bmatrix}", "[1 0]"),
        ("\\left( x + y \\right) z", "(* (+ x y) z)"),
    ]);
}

#[test]
fn what_is_wrong_is_said() {
    same(&[
        ("2^3^4", "E0303"),
        ("x_1_2", "E0303"),
        ("3 4", "E0206"),
        ("1{,}000", "E0201"),
        ("|x|y|z|", "E0305"),
        ("\\sin^{-1} x", "E0307"),
        ("\\cos^2", "E0201"),
        ("\\sum_i^C y_i", "E0308"),
        ("\\left(x\\right]", "E0304"),
        ("(3-9) (5-15", "E0202"),
        ("\\def\\a{\\a\\a}\\a", "E0301"),
        ("\\csname input\\endcsname", "E0301"),
        ("^^5cinput{x}", "E0201"),
        ("\\begin{verbatim}", "E0302"),
        ("\\int x dx", "E0309"),
        ("x^10", "E0306"),
        ("\\mathit{21}", "E0201"),
        ("", "E0201"),
        ("\\", "E0301"),
        ("{", "E0201"),
    ]);
}

#[test]
fn depth_is_bounded() {
    assert_eq!(read(&format!("{}x{}", "\\frac{1}{".repeat(1000), "}".repeat(1000))), "E0204");
    assert_eq!(read(&format!("{}x{}", "{".repeat(100_000), "}".repeat(100_000))), "E0204");
    assert_eq!(read(&format!("x{}", "^{x".repeat(1000))), "E0204");
    assert_eq!(read(&"\\sum_i ".repeat(1000)), "E0204");
    assert_eq!(read(&format!("{}x{}", "(".repeat(100), ")".repeat(100))), "x");
}

#[test]
fn forms_stay_inside_their_formula() {
    for good in ["\\mathbf{w}^{1}", "\\omega^{(1)}_{#0}", "\\tilde{\\omega}^{(1)}_{#}", "x"] {
        assert_eq!(super::check_form(good), Ok(()), "{good}");
    }
    for bad in ["x}\\write18{id}{", "\\input{/etc/passwd}", "a$b", "a%b", "a&b", "x_{", "a##", "<script>", "^^5c", ""] {
        assert!(super::check_form(bad).is_err(), "{bad}");
    }
}
