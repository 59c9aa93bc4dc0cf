//! Deep terms, closed list of commands, hostile words.
#![allow(missing_docs, reason = "tests are read, not documented")]

mod common;
use common::{solutions, World};
use gradus_render::*;
use gradus_term::*;

fn deep(w: &World, n: u32) -> Vec<Id> {
    let s = &w.s;
    let a = w.scalar("a");
    let nest = |f: &dyn Fn(Id) -> Id| (1..n).fold(a, |t, _| f(t));
    vec![
        nest(&|t| s.neg(t)),
        nest(&|t| s.prim_call(Prim::Sin, &[t])),
        nest(&|t| s.quot(s.int(1), t)),
        nest(&|t| s.exp(t)),
        nest(&|t| s.pow(t, s.int(2))),
        nest(&|t| s.intern(Node::Array([t].into()))),
        nest(&|t| s.intern(Node::Big { op: BigOp::Sum, hint: Sym::NONE, lo: Aff::int(1), hi: Aff::int(2), cond: None, body: t })),
    ]
}

#[test]
fn the_deepest_terms_are_shown_as_far_as_can_be_read() {
    let w = World::new();
    for t in deep(&w, MAX_DEPTH) {
        for f in [latex_term, text_term, mathml_term, pretty_term] {
            assert!(f(&w.s, t, &Options::default()).contains('…'));
        }
    }
}

fn commands(latex: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = latex;
    while let Some((_, after)) = rest.split_once('\\') {
        let n = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len()).max(1);
        out.push(after.get(..n).unwrap_or("").to_owned());
        rest = after.get(n..).unwrap_or("");
    }
    out
}

#[test]
fn only_known_commands_are_emitted_in_formulas() {
    let snapshot = include_str!("snapshots/terms__terms_in_latex.snap");
    for line in snapshot.lines().skip(4) {
        for c in commands(line.get(25..).unwrap_or("")) {
            assert!(LATEX_COMMANDS.contains(&c.as_str()), "\\{c} in {line}");
        }
    }
}

#[test]
fn hostile_words_stay_words() {
    let w = World::new();
    let sol = solutions::hostile(&w);
    let o = Options::default();
    let html = html_solution(&w.s, &sol, &o);
    assert!(!html.contains("<script>"));
    let latex = latex_solution(&w.s, &sol, &o);
    assert!(!latex.contains("\\input"));
    assert!(!text_solution(&w.s, &sol, &o).contains('\u{7}'));
}

#[test]
fn the_same_bytes_every_time() {
    let once = || {
        let w = World::new();
        let sol = solutions::softmax_jacobian(&w);
        latex_solution(&w.s, &sol, &Options::default())
    };
    assert_eq!(once(), once());
}
