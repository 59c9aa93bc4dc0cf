//! Each line of the precedence table, and what must not be read.

use crate::input::{Context, Fail, Tokens};
use crate::lexer;
use crate::sexp::sexp;
use crate::span::Span;

use super::{end, must_formula};

fn read(text: &str) -> String {
    let (tokens, said) = lexer::lex(text, Span::new(0, text.len()));
    if let Some(d) = said.first() {
        return d.code.name().to_owned();
    }
    let cx = match Context::new(text, &tokens, u32::try_from(text.len()).unwrap_or(0)) {
        Ok(cx) => cx,
        Err(d) => return d.code.name().to_owned(),
    };
    let out = must_formula(Tokens::all(&cx)).and_then(|(rest, e)| end(rest).map(|_| sexp(&e)));
    match out {
        Ok(s) => s,
        Err(nom::Err::Failure(Fail::Said(d)) | nom::Err::Error(Fail::Said(d))) => d.code.name().to_owned(),
        Err(_) => "miss".to_owned(),
    }
}

fn same(table: &[(&str, &str)]) {
    for (text, tree) in table {
        assert_eq!(&read(text), tree, "{text}");
    }
}

#[test]
fn precedence() {
    same(&[
        ("-a^2", "(+ -(^ a 2))"),
        ("a - b + c", "(+ a -b c)"),
        ("-a b + c", "(+ -(* a b) c)"),
        ("1/n sum(x)", "(* 1 /n sum(x))"),
        ("2 * -x y", "(* 2 (neg x) y)"),
        ("x--y", "(+ x -(neg y))"),
        ("2^-1", "(^ 2 (neg 1))"),
        ("a^b^c", "(^ a (^ b c))"),
        ("X^2^T", "(T (^ X 2))"),
        ("x^(T)", "(^ x T)"),
        ("A^-T B", "(* (-T A) B)"),
        ("A^T(x - a)", "(* (T A) (+ x -a))"),
        ("X .^ 2 ./ y", "(* (.^ X 2) ./y)"),
        ("2 sigma(2 z) - 1", "(+ (* 2 sigma((* 2 z))) -1)"),
        ("a^n[i] b", "(* (^ a n[i]) b)"),
        ("2n!", "(* 2 (! n))"),
        ("sin^2(x)", "(* (^ sin 2) x)"),
        ("-2/3", "(+ -(* 2 /3))"),
    ]);
}

#[test]
fn brackets() {
    same(&[
        ("f(x)", "f(x)"),
        ("f (x)", "(* f x)"),
        ("2(x)", "(* 2 x)"),
        ("S(x)[i]", "S(x)[i]"),
        ("x [1]", "(* x [1])"),
        ("[i = j] x", "(* (iverson (i = j)) x)"),
        ("[0; o]", "[0; o]"),
        ("[[1, 2], [3, 4]]", "[[1 2] [3 4]]"),
        ("A[i, :]", "A[i :]"),
        ("([1, 2])[1]", "[1 2][1]"),
        ("x^T[i, j]", "(T x)[i j]"),
    ]);
}

#[test]
fn binders_branches_and_conditions() {
    same(&[
        ("sum(j in 1..n if j != i, x[j])", "sum({j in 1..n if (j != i)} x[j])"),
        ("sum(j, x[j]^2)", "sum(j (^ x[j] 2))"),
        ("cases(u if i = j, v if 1 <= i <= j, 0 otherwise)", "cases({u if (i = j)} {v if (1 <= i <= j)} {0 otherwise})"),
        ("a < b and b < c", "(and (a < b) (b < c))"),
        ("f(x, stride=2)", "f(x (stride = 2))"),
        ("q(w in R^(m x n))", "q({w in R^(m n)})"),
        ("q(w in R^(x x x))", "q({w in R^(x x)})"),
    ]);
}

#[test]
fn latex_stands_anywhere_a_formula_may() {
    assert_eq!(read("1 + $\\frac{a}{b}$"), read("1 + (a/b)"));
}

#[test]
fn what_is_wrong_is_said() {
    same(&[
        ("", "E0201"),
        ("1 +", "E0201"),
        ("(x", "E0202"),
        ("x)+2", "E0203"),
        (")", "E0203"),
        ("(x]", "E0304"),
        ("1..2", "E0205"),
        ("3 4", "E0206"),
        ("f(,)", "E0201"),
        ("f(x y z -> 2)", "E0205"),
        ("x +* y", "E0201"),
        ("sum(j in 1, x)", "E0210"),
    ]);
}

#[test]
fn depth_is_bounded_and_every_depth_within_it_is_read() {
    let nest = |n: usize| read(&format!("{}x{}", "(".repeat(n), ")".repeat(n)));
    assert_eq!(nest(256), "x");
    assert_eq!(nest(257), "E0204");
    assert_eq!(nest(500_000), "E0204");
    assert_eq!(read(&format!("{}x", "-".repeat(10_000))), "E0204");
    assert_eq!(read(&format!("x{}", "^x".repeat(300))), "E0204");
    assert_eq!(read(&format!("x{}", "^T".repeat(300))), "E0204");
    assert_eq!(read(&format!("x{}", "!".repeat(300))), "E0204");
    assert_eq!(read(&format!("x{}", "[1]".repeat(300))), "E0204");
    assert!(read(&format!("{}x{}", "sin(".repeat(200), ")".repeat(200))).starts_with("sin("));
    assert!(read(&vec!["x"; 100_000].join("+")).starts_with("(+ x"));
}
