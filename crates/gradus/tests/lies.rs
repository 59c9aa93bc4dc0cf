//! Certificates written by hand to mislead: each step follows, and still what a reader would be told is false or hides something.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use gradus::{Session, Source, Verified};
use serde_json::{json, Value};

fn certificate(sheet: &str) -> Value {
    let worked = Session::new().certificate(true).solve(&Source::new("a.gradus", sheet)).expect("it can be worked on");
    serde_json::from_str(worked.certificate().expect("it was asked for")).expect("it is JSON")
}
fn verified(c: &Value) -> Option<Verified> {
    gradus::verify(&c.to_string()).ok()
}

/// With the first name declared otherwise.
fn with_name(c: &Value, key: &str, value: Value) -> Value {
    let mut c = c.clone();
    c["names"][0][key] = value;
    c
}

const BIT: &str = "given y in {0, 1}\nshow y^2 = y\n";

#[test]
fn the_set_of_a_name_is_printed_or_all_numbers() {
    let bit = certificate(BIT);
    assert_eq!(verified(&bit).expect("it holds").declarations, ["y in {0, 1}"]);
    for kind in ["param", "opened", "meta"] {
        assert!(verified(&with_name(&bit, "kind", json!(kind))).is_none(), "{kind}: y² = y without its set");
    }
    // A whole number that is bound nowhere and declared nowhere.
    let whole = certificate("given m in N\ngiven a in R\nshow [m < 2] a = [m <= 1] a\n");
    let hidden = with_name(&with_name(&whole, "kind", json!("opened")), "domain", json!("Int"));
    assert!(verified(&hidden).is_none(), "a name that is not declared");
}

#[test]
fn what_stands_as_an_index_is_a_whole_number() {
    let whole = certificate("given m in N\ngiven a in R\nshow [m < 2] a = [m <= 1] a\n");
    let real = [json!("Real"), json!({"Interval": [["0", true], null]}), json!({"Finite": ["1/2", "3"]})];
    for domain in real {
        for kind in ["size", "given", "index", "opened"] {
            let lie = with_name(&with_name(&whole, "domain", domain.clone()), "kind", json!(kind));
            assert!(verified(&lie).is_none(), "{kind} {domain}: m < 2 is m ≤ 1");
        }
    }
    assert!(verified(&with_name(&whole, "sort", json!({"Tensor": [[2, []]]}))).is_none(), "a vector as an index");
    assert!(verified(&with_name(&whole, "domain", json!("Int"))).is_some(), "it holds of all whole numbers");
}

#[test]
fn names_are_words() {
    let bit = certificate(BIT);
    for name in ["2", "", "x in R; y", "x^2 = x and y", "y\n", "floor(n/2)", "y + 0"] {
        assert!(verified(&with_name(&bit, "name", json!(name))).is_none(), "{name:?} in {{0, 1}}");
    }
    for name in ["α", "y_1", "y'", "y_hat"] {
        assert!(verified(&with_name(&bit, "name", json!(name))).is_some(), "{name:?}");
    }
    let sum = certificate("given n in N\ngiven c in R\nshow sum(j in 1..n, c) = n c\n");
    let letter =
        |w: &str| serde_json::from_str(&sum.to_string().replace("\"letter\":\"j\"", &format!("\"letter\":\"{w}\""))).expect("JSON");
    for (word, fits) in [("1", false), ("j in 1..3, k", false), ("k", true)] {
        assert_eq!(verified(&letter(word)).is_some(), fits, "{word}");
    }
    // A letter that is a name in the body is printed as another.
    for word in ["c", "n"] {
        let claim = verified(&letter(word)).expect("it holds").claims[0].claim.clone();
        assert!(!claim.contains(&format!("sum({word} in")), "{claim}");
    }
    let mut labelled = bit;
    labelled["claims"][0]["label"] = json!("a\n0 = 1");
    assert!(verified(&labelled).is_none(), "a label of two lines");
}

#[test]
fn of_names_spelt_alike_the_one_that_is_meant_is_said() {
    let twice = certificate("section A\ngiven y in R\nshow y + 0 = y\nsection B\ngiven y in {0, 1}\nshow y^2 = y\n");
    let claims = verified(&twice).expect("it holds").claims;
    let about: Vec<&[String]> = claims.iter().map(|c| c.about.as_slice()).collect();
    assert_eq!(about, [["y in R"], ["y in {0, 1}"]]);
    assert!(verified(&certificate(BIT)).expect("it holds").claims[0].about.is_empty());
}

#[test]
fn a_function_of_which_nothing_is_known_is_declared() {
    let unknown = certificate("given g : R -> R\ngiven x in R\nshow g(x) - g(x) = 0\n");
    let mut hidden = unknown.clone();
    hidden["functions"][0]["Own"]["name"] = json!("log");
    assert!(verified(&unknown).expect("it holds").declarations.contains(&"g : R -> R".to_owned()));
    assert!(verified(&hidden).expect("it holds of any function").declarations.contains(&"log : R -> R".to_owned()));
}
