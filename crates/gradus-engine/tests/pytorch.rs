//! Random networks against PyTorch: `tests/networks/generate.py` wrote what it makes of them.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::unreachable, reason = "tests may fail loudly")]

mod worked;

use gradus_decide::Facts;
use gradus_kernel::network::{count_value, layer_shape};
use gradus_kernel::{Item, Status};
use gradus_syntax::{elaborate, parse_worksheet, Host};
use gradus_term::{Rat, Size, Store};
use serde_json::Value;

const DATA: &str = include_str!("../../../tests/networks/pytorch.json");

fn cases() -> Vec<Value> {
    match serde_json::from_str(DATA) {
        Ok(Value::Array(xs)) => xs,
        other => unreachable!("{other:?}"),
    }
}

fn numbers(v: &Value) -> Vec<i64> {
    v.as_array().into_iter().flatten().filter_map(Value::as_i64).collect()
}

fn declared(c: &Value) -> String {
    let input: Vec<String> = numbers(&c["input"]).iter().map(i64::to_string).collect();
    let layers: Vec<&str> = c["layers"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    format!("network net on R^({}) = {}\n", input.join(" x "), layers.join(", "))
}

#[test]
fn shapes_and_parameters_are_pytorchs() {
    let (mut fit, mut refused) = (0, 0);
    for c in cases() {
        let text = declared(&c);
        let store = Store::new();
        let (sheet, said) = parse_worksheet(text.as_bytes(), Host::Gradus);
        assert!(said.is_empty(), "{text}: {said:?}");
        let (doc, said) = elaborate(&store, &sheet);
        assert!(said.is_empty(), "{text}: {said:?}");
        let net = doc.networks.first().expect("a network");
        let facts = Facts::new(&store, &[]);
        let mut now: Vec<Size> = net.input.clone();
        for (k, layer) in net.layers.iter().enumerate() {
            let shape = layer_shape(&store, &facts, layer, &now);
            if c["fails"].as_u64().and_then(|f| usize::try_from(f).ok()) == Some(k + 1) {
                assert!(shape.is_err(), "layer {} of {text} does not fit: {shape:?}", k + 1);
                refused += 1;
                break;
            }
            let shape = shape.unwrap_or_else(|e| panic!("layer {} of {text}: {e}", k + 1));
            let sizes: Vec<Option<i64>> = shape.output.iter().map(Size::as_int).collect();
            assert_eq!(sizes, numbers(&c["shapes"][k]).into_iter().map(Some).collect::<Vec<_>>(), "layer {} of {text}", k + 1);
            let value = |t: Option<gradus_term::Id>| t.map_or(Some(Rat::zero()), |t| count_value(&store, t));
            let weights = value(shape.weights).expect("a number");
            let all = value(shape.biases).expect("a number").add(&weights);
            assert_eq!(Some(all), c["parameters"][k].as_i64().map(Rat::int), "parameters of layer {} of {text}", k + 1);
            assert_eq!(Some(weights), c["weights"][k].as_i64().map(Rat::int), "weights of layer {} of {text}", k + 1);
            now.clone_from(&shape.output);
        }
        fit += usize::from(c["fails"].is_null());
    }
    assert!(fit >= 200 && refused >= 20, "{fit} networks that fit, {refused} that do not");
}

/// Every formula on the page is worked out by a step, not only stated.
#[test]
fn formulas_are_worked_out() {
    for c in cases().iter().filter(|c| c["fails"].is_null()).step_by(6) {
        let Some(last) = c["shapes"].as_array().and_then(|s| s.last()) else { continue };
        let text = format!("{}shape of net\n  expect {last}\n", declared(c));
        worked::each(&text, |_, sol| {
            assert_eq!(sol.status, Status::Proved, "{text}");
            let items = sol.derivation.as_ref().map_or(&[][..], |d| &d.items);
            assert!(items.iter().all(|i| !matches!(i, Item::Show(..))), "{text}");
        });
    }
}
