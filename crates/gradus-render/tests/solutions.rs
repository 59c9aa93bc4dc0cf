//! Whole solutions in every document format.
#![allow(missing_docs, reason = "tests are read, not documented")]

mod common;
use common::{solutions, World};
use gradus_kernel::Solution;
use gradus_render::*;

type Build = fn(&World) -> Solution;
const ALL: &[(&str, &str, Build)] = &[
    ("cross_entropy", "Derivative of the cross-entropy in the pre-activation", solutions::cross_entropy),
    ("softmax_jacobian", "Jacobian of softmax", solutions::softmax_jacobian),
    ("false_claim", "A claim that is false", solutions::false_claim),
    ("wide", "Wide lines", solutions::wide),
    ("hostile", "Hostile 100% \\words", solutions::hostile),
];

fn each(kind: &str, f: &dyn Fn(&gradus_term::Store, &Solution, &Options) -> String) {
    for (name, title, build) in ALL {
        let w = World::new();
        let sol = build(&w);
        let o = Options { title: Some((*title).into()), ..Options::default() };
        insta::assert_snapshot!(format!("{kind}_{name}"), f(&w.s, &sol, &o));
    }
}

#[test]
fn solutions_in_latex() {
    each("latex", &|s, sol, o| latex_solution(s, sol, &Options { fragment: true, ..o.clone() }));
    each("document", &latex_solution);
}

#[test]
fn solutions_in_latex_for_katex() {
    each("katex", &|s, sol, o| latex_solution(s, sol, &Options { fragment: true, profile: Profile::Katex, ..o.clone() }));
}

#[test]
fn solutions_in_markdown() {
    each("markdown", &markdown_solution);
}

#[test]
fn solutions_in_html() {
    each("html", &html_solution);
}

#[test]
fn solutions_on_a_terminal() {
    each("terminal", &text_solution);
}

#[test]
fn solutions_in_json() {
    each("json", &|s, sol, o| serde_json::to_string_pretty(&json_report(s, &[sol], o)).unwrap_or_default());
}

#[test]
fn the_schema_is_published() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&json_schema()).unwrap_or_default());
}
