//! `receptive field of NET`: how much of the input one output depends on, layer by layer.

use super::network::{layers, no_layer};
use super::problem;
use super::sizes::{finish, length, terms_of};
use crate::Engine;
use gradus_kernel::field::{receptive_fields, Field};
use gradus_kernel::network::LayerShape;
use gradus_kernel::{Claim, Item, Solution, Text};
use gradus_term::{Goal, Id, RelOp, Size, Summand};

/// Answers `receptive field of NET layer k`.
pub(crate) fn answer(e: &Engine<'_>, goal: &Goal, at: usize, layer: Option<u32>) -> Solution {
    let Some((mut net, mut shapes)) = (match layers(e, goal, at) {
        Ok(x) => x,
        Err(out) => return *out,
    }) else {
        return super::unsupported(e, goal);
    };
    let count = match layer.map(|k| (k, usize::try_from(k).unwrap_or(0))) {
        None => shapes.len(),
        Some((_, k)) if (1..=shapes.len()).contains(&k) => k,
        Some((k, _)) => return no_layer(goal, &net, k),
    };
    net.layers.truncate(count);
    shapes.truncate(count);
    let fields = match receptive_fields(&net, &shapes) {
        Ok(fields) => fields,
        Err(k) => {
            let name = net.layers.get(k - 1).map_or("", |l| l.name.as_str());
            let words = format!("layer {k} ({name}): no kernel says on how much of its input an output depends");
            return problem(goal, "E0902", Text::words(words));
        }
    };
    let Some(last) = fields.last() else { return super::unsupported(e, goal) };
    let mut items = vec![Item::Say(Text::words(
        "A kernel widens the field by one less than its size, times its dilation and the distance of neighbouring inputs; \
         its stride multiplies that distance.",
    ))];
    let head = ["", "layer", "widens by", "receptive field", "distance"].map(Text::words);
    let rows = (0..fields.len()).map(|k| row(e, &net.layers[..], &shapes, &fields, k)).collect();
    items.push(Item::Table(head.to_vec(), rows));
    let name = layer.map_or_else(|| net.name.clone(), |k| format!("{} layer {k}", net.name));
    let sizes = last.sizes.clone();
    let mut out =
        finish(e, goal, Claim::Field { name: name.clone(), sizes: sizes.clone() }, items, (&sizes, terms_of(e.store, &sizes)), &sizes);
    out.task = Text::words(format!("Find the receptive field of {name}."));
    out
}

/// `3 · 2` and `1 + 3 · 2 = 7`, once where all directions are alike.
fn row(e: &Engine<'_>, layers: &[gradus_term::goal::Layer], shapes: &[LayerShape], fields: &[Field], k: usize) -> Vec<Text> {
    let s = e.store;
    let name = layers.get(k).map_or_else(String::new, |l| l.name.clone());
    let mut cells = vec![Text::default().term(s.int(i64::try_from(k + 1).unwrap_or(0))), Text::words(name)];
    let Some(field) = fields.get(k) else { return cells };
    let start = Field { sizes: vec![Size::int(1); field.sizes.len()], distance: vec![Size::int(1); field.sizes.len()] };
    let before = k.checked_sub(1).and_then(|j| fields.get(j)).unwrap_or(&start);
    let window = shapes.get(k).and_then(|l| l.window.as_ref()).filter(|_| before.sizes != field.sizes);
    let (mut widens, mut values): (Vec<Id>, Vec<Id>) = (Vec::new(), Vec::new());
    for (i, size) in field.sizes.iter().enumerate() {
        let (Some(old), Some(at)) = (before.sizes.get(i), before.distance.get(i)) else { continue };
        let value = size.term(s);
        match window.and_then(|w| Some((w.kernel.get(i)?, w.dilation.get(i)?))) {
            Some((kernel, d)) => {
                let one = Size::int(1);
                let mut factors: Vec<Id> = if *d == one { Vec::new() } else { d.factor_terms(s) };
                factors.push(s.sub(kernel.term(s), s.int(1)));
                factors.extend((*at != one).then(|| at.factor_terms(s)).into_iter().flatten());
                let wider = s.product(&factors);
                let widened = Size::product(&[d.clone(), kernel.plus(-1).unwrap_or_default(), at.clone()]).unwrap_or_default();
                let sum = s.sum(&[Summand { neg: false, term: old.term(s) }, Summand { neg: false, term: wider }]);
                let equal = |a: Id, b: Id| if length(s, a) <= length(s, b) { a } else { s.rel(RelOp::Eq, a, b) };
                widens.push(equal(wider, widened.term(s)));
                values.push(equal(sum, value));
            }
            None => values.push(value),
        }
    }
    let distances: Vec<Id> = field.distance.iter().map(|d| d.term(s)).collect();
    cells.extend([side_by_side(&widens), side_by_side(&values), side_by_side(&distances)]);
    cells
}

fn side_by_side(terms: &[Id]) -> Text {
    match terms.split_first() {
        None => Text::words(""),
        Some((first, rest)) if rest.iter().all(|t| t == first) => Text::default().term(*first),
        Some((first, rest)) => rest.iter().fold(Text::default().term(*first), |t, x| t.and(", ").term(*x)),
    }
}
