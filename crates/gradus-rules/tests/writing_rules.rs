//! The examples of docs/writing-rules.md are rules, and a function added there behaves like any other.

use gradus_rules::Rulebook;
use gradus_term::{debug::show, Store};

/// The fenced blocks of the page that begin with this word.
fn fences(word: &str) -> Vec<String> {
    let page = include_str!("../../../docs/writing-rules.md");
    page.split("```").skip(1).step_by(2).map(|f| f.trim_start().to_owned()).filter(|f| f.starts_with(word)).collect()
}

#[test]
fn the_function_of_the_page_is_one_file_and_nothing_else() {
    let s = Store::new();
    let text = fences("function");
    let [block] = text.as_slice() else { panic!("one block of functions: {text:?}") };
    let b = Rulebook::load_with(&s, &[("page.rules", block)]).unwrap_or_else(|e| panic!("{e}"));
    let silu = b.function("silu").unwrap_or_else(|| panic!("no silu"));
    assert_eq!(show(&s, s.body(silu).unwrap_or_else(|| panic!("no body"))), "(u * sigmoid(u))");
    assert_eq!(s.fun(silu).latex.as_deref(), Some("\\operatorname{silu}"));
    assert!(b.family("diff").iter().any(|r| r.name == "diff.silu"));
}

#[test]
fn the_rule_of_the_page_is_the_rule_of_the_book() {
    let b = Rulebook::load(&Store::new()).unwrap_or_else(|e| panic!("{e}"));
    let text = fences("rule");
    let [block] = text.as_slice() else { panic!("one rule: {text:?}") };
    let file = include_str!("../rules/powers.rules");
    assert!(file.contains(block.trim()), "{block}");
    assert!(b.get("log.power").is_some());
}
