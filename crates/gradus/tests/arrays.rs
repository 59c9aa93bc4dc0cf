//! Concrete arrays against NumPy and PyTorch: `tests/arrays/generate.py` wrote what they make of them.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable, reason = "a test may fail loudly")]

use gradus::{Session, Source, Status};
use serde_json::Value;
use std::fmt::Write;

const DATA: &str = include_str!("../../../tests/arrays/evaluated.json");

/// A nested list of numerators and denominators as a worksheet writes it.
fn written(v: &Value) -> String {
    match v.as_array().map(Vec::as_slice) {
        Some([Value::Number(p), Value::Number(q)]) if q.as_i64() == Some(1) => p.to_string(),
        Some([Value::Number(p), Value::Number(q)]) => format!("{p}/{q}"),
        Some(xs) => format!("[{}]", xs.iter().map(written).collect::<Vec<_>>().join(", ")),
        None => unreachable!("{v}"),
    }
}

#[test]
fn values_are_those_of_numpy_and_pytorch() {
    let Ok(Value::Array(cases)) = serde_json::from_str(DATA) else { unreachable!("the data is a list") };
    assert!(cases.len() >= 180, "{}", cases.len());
    let mut sheet = String::new();
    for (k, c) in cases.iter().enumerate() {
        let text = c["text"].as_str().expect("statements");
        writeln!(sheet, "section {k}\n{text}\n  expect {}", written(&c["value"])).expect("it is text");
    }
    let worked = Session::new().solve(&Source::new("arrays.gradus", sheet.into_bytes())).expect("it can be worked on");
    let said: Vec<String> = worked.messages().iter().map(|m| m.render(false)).collect();
    let answers = worked.answers();
    assert_eq!(answers.len(), cases.len(), "{}", said.join("\n"));
    let wrong: Vec<String> = answers
        .iter()
        .zip(&cases)
        .filter(|(a, _)| a.status != Status::Proved)
        .map(|(a, c)| format!("{} {}\n{}\n  expect {}", a.status.word(), c["kind"], c["text"].as_str().unwrap_or(""), written(&c["value"])))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
