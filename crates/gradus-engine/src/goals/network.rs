//! Networks: the shape after every layer by its formula with the numbers put in, and the number of parameters.

use super::problem;
use super::sizes::{as_written, asked, finish, length, terms_of};
use crate::draft::Draft;
use crate::tidy::{summands, tidy};
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::network::{network_shapes, Axis, LayerShape, Window};
use gradus_kernel::{parameter_count, Claim, Item, Solution, Text, Weight};
use gradus_term::goal::{Detail, Layer, Network};
use gradus_term::{Goal, Id, Node, Prim, RelOp, Size, Summand};
use std::sync::Arc;

/// Answers `shape of NET layer k`.
pub(crate) fn shape(e: &Engine<'_>, goal: &Goal, at: usize, layer: Option<u32>) -> Solution {
    let Some((mut net, mut shapes)) = (match layers(e, goal, at) {
        Ok(x) => x,
        Err(out) => return *out,
    }) else {
        return super::unsupported(e, goal);
    };
    if let Some(k) = layer {
        let upto = usize::try_from(k).unwrap_or(0);
        if !(1..=shapes.len()).contains(&upto) {
            return no_layer(goal, &net, k);
        }
        net.layers.truncate(upto);
        shapes.truncate(upto);
    }
    let mut items = Vec::new();
    for (k, layer) in net.layers.iter().enumerate() {
        e.layer_items(goal, k + 1, layer, &shapes[..=k], &mut items);
    }
    items.push(e.table(&net, &shapes, false));
    let sizes = shapes.last().map_or_else(|| net.input.clone(), |l| l.output.clone());
    let mut all: Vec<Size> = shapes.iter().filter_map(|l| l.window.as_ref()).flat_map(asked).collect();
    all.extend(shapes.iter().flat_map(|l| &l.output).chain(&sizes).cloned());
    let name = layer.map_or_else(|| net.name.clone(), |k| format!("{} layer {k}", net.name));
    let of = layer.map_or_else(|| net.name.clone(), |k| format!("layer {k} of {}", net.name));
    let written = as_written(e.store, &shapes, &sizes);
    let mut out = finish(e, goal, Claim::Shape { of: None, name, sizes: sizes.clone() }, items, (&sizes, written), &all);
    let input = terms_of(e.store, &net.input);
    out.task = Text::words(format!("Find the shape of the output of {of} for an input of ")).text(&e.shape_text(&input)).and(".");
    out
}

/// Answers `parameters of NET layer k without bias`.
pub(crate) fn parameters(e: &Engine<'_>, goal: &Goal, at: usize, layer: Option<u32>, without_bias: bool) -> Solution {
    let Some((net, shapes)) = (match layers(e, goal, at) {
        Ok(x) => x,
        Err(out) => return *out,
    }) else {
        return super::unsupported(e, goal);
    };
    let chosen: Vec<usize> = match layer {
        None => (0..shapes.len()).collect(),
        Some(k) => match usize::try_from(k).ok().and_then(|k| k.checked_sub(1)).filter(|k| *k < shapes.len()) {
            Some(k) => vec![k],
            None => return no_layer(goal, &net, k),
        },
    };
    let mut items = Vec::new();
    if let [k] = chosen.as_slice() {
        if let (Some(l), Some(shape)) = (net.layers.get(*k), shapes.get(*k)) {
            items.push(Item::Say(e.counted(k + 1, l, shape, without_bias)));
        }
    } else {
        items.push(e.table(&net, &shapes, !without_bias));
    }
    let terms: Vec<Id> = chosen.iter().filter_map(|k| shapes.get(*k)).filter_map(|l| parameter_count(e.store, l, without_bias)).collect();
    let count = e.store.sum(&terms.into_iter().map(|term| Summand { neg: false, term }).collect::<Vec<_>>());
    let mut d = Draft::new(e.prover, count, &e.givens(goal));
    if gradus_kernel::network::count_value(e.store, count).is_some() {
        e.arithmetic(&mut d);
    } else {
        let short = e.counted_in_short(count);
        if !gradus_kernel::rearranged(e.store, short, count)
            && d.rewrite(short, "algebra.expand", Text::words("multiply"), Weight::Main).is_ok()
        {
            d.line(Detail::Textbook);
        }
    }
    let expected = e.meet_expectation(&mut d, goal.expect);
    d.line(Detail::Brief);
    let mut chain = d.chain(e.detail());
    chain.boxed = true;
    items.push(if d.len() == 0 { Item::Answer(count, Text::default()) } else { Item::Chain(chain) });
    let what = match layer {
        Some(k) => format!("layer {k} of {}", net.name),
        None => net.name.clone(),
    };
    let mut out = e.conclude(goal, &d, count, items, true, expected);
    if let Some(dv) = out.derivation.as_mut().and_then(Arc::get_mut) {
        dv.claim = Claim::Count { name: what.clone(), value: d.current() };
    }
    out.task = Text::words(format!("Count the parameters of {what}{}.", if without_bias { " without biases" } else { "" }));
    out
}

/// The error for a layer that is not there.
pub(super) fn no_layer(goal: &Goal, net: &Network, k: u32) -> Solution {
    problem(goal, "E0903", Text::words(format!("{} has {} layers, not {k}", net.name, net.layers.len())))
}

pub(super) type Found = Option<(Network, Vec<LayerShape>)>;

/// The network and what its layers do; the error as a solution if a layer does not fit.
pub(super) fn layers(e: &Engine<'_>, goal: &Goal, at: usize) -> Result<Found, Box<Solution>> {
    let Some(net) = e.networks.borrow().get(at).cloned() else { return Ok(None) };
    let facts = Facts::new(e.store, &e.givens(goal));
    match network_shapes(e.store, &facts, &net) {
        Ok(shapes) => Ok(Some((net, shapes))),
        Err((k, why)) => {
            let name = net.layers.get(k - 1).map_or("", |l| l.name.as_str());
            Err(Box::new(problem(goal, "E0902", Text::words(format!("layer {k} ({name}): {why}")))))
        }
    }
}

/// How deep floors stand in floors.
fn floors_deep(s: &gradus_term::Store, t: Id) -> u32 {
    let inside = s.node(t).children().into_iter().map(|(x, _)| floors_deep(s, x)).max().unwrap_or(0);
    inside + u32::from(matches!(s.node(t), Node::Call(f, _) if s.prim(*f) == Some(Prim::Floor)))
}

impl Engine<'_> {
    /// What a layer is, and its sizes by the formula.
    fn layer_items(&self, goal: &Goal, k: usize, layer: &Layer, upto: &[LayerShape], items: &mut Vec<Item>) {
        let Some(shape) = upto.last() else { return };
        let output = self.shape_text(&as_written(self.store, upto, &shape.output));
        let mut say = Text::words(format!("Layer {k}, {}", layer.name));
        if let Some(w) = &shape.window {
            say = say.and(": ").text(&self.window_text(w));
        }
        let mut seen: Vec<&Axis> = Vec::new();
        let different: Vec<&Axis> = shape
            .axes
            .iter()
            .filter(|a| {
                let new = !seen.iter().any(|b| self.store.same(a.formula, b.formula));
                seen.push(a);
                new
            })
            .collect();
        if different.is_empty() {
            items.push(Item::Say(
                say.and(if shape.input == shape.output { ". The shape stays " } else { ". The shape becomes " }).text(&output).and("."),
            ));
            return;
        }
        let alike = match (different.len(), shape.axes.len()) {
            (1, 2) => ". Both directions:",
            (1, 3) => ". All directions:",
            _ => ".",
        };
        items.push(Item::Say(say.and(alike)));
        for a in different {
            let mut d = Draft::new(self.prover, a.formula, &self.givens(goal));
            let value = a.after.term(self.store);
            let words = if shape.window.is_none() {
                "all sizes multiplied"
            } else if shape.window.as_ref().is_some_and(|w| w.ceil) {
                "the formula that rounds up"
            } else if floors_deep(self.store, a.formula) > 1 {
                "the formula; nested floors join"
            } else if floors_deep(self.store, a.formula) > 0 && !layer.name.starts_with("ConvTranspose") {
                "the formula, rounded down"
            } else {
                "the formula"
            };
            if length(self.store, a.formula) <= length(self.store, value) {
                items.push(Item::Show(a.formula, Text::words(words)));
                continue;
            }
            if d.rewrite(value, "arithmetic.sums", Text::words(words), Weight::Main).is_ok() {
                d.line(Detail::Brief);
                items.push(Item::Chain(d.chain(self.detail())));
            } else {
                items.push(Item::Show(self.store.rel(RelOp::Eq, a.formula, value), Text::words(words)));
            }
        }
        items.push(Item::Say(Text::words("The shape becomes ").text(&output).and(".")));
    }
    /// "kernel 8 × 8, stride 2, padding 3"
    fn window_text(&self, w: &Window) -> Text {
        let mut out = Text::words("kernel ").text(&self.shape_text(&terms_of(self.store, &w.kernel)));
        for (word, values, usual) in
            [("stride", &w.stride, 1), ("padding", &w.padding, 0), ("dilation", &w.dilation, 1), ("output padding", &w.extra, 0)]
        {
            if values.iter().all(|v| *v == Size::int(usual)) && word != "stride" {
                continue;
            }
            out = out.and(format!(", {word} "));
            out = match values.split_first() {
                Some((first, rest)) if rest.iter().all(|r| r == first) => out.term(first.term(self.store)),
                _ => out.text(&self.shape_text(&terms_of(self.store, values))),
            };
        }
        if w.same {
            out.and(", padded so that the size stays")
        } else if w.ceil {
            out.and(", rounded up")
        } else {
            out
        }
    }
    /// Layer, output, parameters.
    fn table(&self, net: &Network, shapes: &[LayerShape], with_bias: bool) -> Item {
        let s = self.store;
        let mut rows = vec![vec![Text::default(), Text::words("input"), self.shape_text(&terms_of(s, &net.input)), Text::words("")]];
        for (k, (l, shape)) in net.layers.iter().zip(shapes).enumerate() {
            let count = match parameter_count(s, shape, !with_bias) {
                Some(t) => {
                    let value = self.counted_in_short(t);
                    // With floors in it the product would make the row too long.
                    let short = floors_deep(s, t) > 0;
                    if gradus_kernel::rearranged(s, t, value) {
                        Text::default().term(t)
                    } else {
                        Text::default().term(if short { value } else { s.rel(RelOp::Eq, t, value) })
                    }
                }
                None => Text::default().term(s.int(0)),
            };
            rows.push(vec![
                Text::default().term(s.int(i64::try_from(k + 1).unwrap_or(0))),
                Text::words(l.name.clone()),
                self.shape_text(&as_written(s, &shapes[..=k], &shape.output)),
                count,
            ]);
        }
        let last = if with_bias { "parameters" } else { "weights" };
        Item::Table(vec![Text::default(), Text::words("layer"), Text::words("output"), Text::words(last)], rows)
    }
    /// A count as a number, or multiplied out with the number last: `8 c^2 + 2 c + 64`.
    fn counted_in_short(&self, count: Id) -> Id {
        let s = self.store;
        if let Some(q) = gradus_kernel::network::count_value(s, count) {
            return s.rational(&q);
        }
        let short = Facts::new(s, &[]).expand(count).map_or(count, |t| tidy(s, t));
        let (numbers, mut others): (Vec<Summand>, Vec<Summand>) =
            summands(s, short).into_iter().partition(|x| s.as_rational(x.term).is_some());
        others.extend(numbers);
        s.sum(&others)
    }
    /// "Layer 3 (Conv2d) has 64 kernels of 3 × 3 for each of its 32 input channels."
    fn counted(&self, k: usize, l: &Layer, shape: &LayerShape, without_bias: bool) -> Text {
        let s = self.store;
        let say = Text::words(format!("Layer {k} ({}) ", l.name));
        let ix = |a: Option<&Size>| a.cloned().unwrap_or_default().term(s);
        let bias = if without_bias || shape.biases.is_none() { "" } else { ", and one bias each" };
        match (&shape.window, shape.weights) {
            (_, None) => say.and("has no parameters."),
            (Some(w), Some(_)) => {
                let inputs = shape.input.first().cloned().unwrap_or_default();
                let each = inputs.exact_quotient(&w.groups).unwrap_or_else(|| inputs.clone());
                let say = say.and("has ").term(ix(shape.output.first()));
                let say = say.and(if w.kernel.len() == 1 { " kernels of size " } else { " kernels of " });
                let say = say.text(&self.shape_text(&terms_of(s, &w.kernel)));
                let say = match (w.groups == Size::int(1), each == Size::int(1)) {
                    (true, true) => say.and(" for the one channel of its input"),
                    (true, false) => say.and(" for each of the ").term(inputs.term(s)).and(" channels of its input"),
                    (false, true) => say.and(", each for one of the ").term(inputs.term(s)).and(" channels of its input"),
                    (false, false) => {
                        let say = say.and(" in ").term(w.groups.term(s)).and(" groups, each over ").term(each.term(s));
                        say.and(" of the ").term(inputs.term(s)).and(" channels of its input")
                    }
                };
                say.and(bias).and(":")
            }
            (None, Some(_)) if l.name == "Linear" => say
                .and("has ")
                .term(ix(shape.input.last()))
                .and(" weights for each of the ")
                .term(ix(shape.output.last()))
                .and(" outputs")
                .and(bias)
                .and(":"),
            (None, Some(_)) => say.and(if bias.is_empty() { "has as many weights:" } else { "has as many weights and biases:" }),
        }
    }
}
