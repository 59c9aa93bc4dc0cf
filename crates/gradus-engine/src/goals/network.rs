//! Networks: the shape after every layer by its formula with the numbers put in, and the number of parameters.

use super::finish::Expected;
use crate::draft::Draft;
use crate::Engine;
use gradus_decide::{Facts, Tri};
use gradus_kernel::network::{network_shapes, Axis, LayerShape, Window};
use gradus_kernel::{parameter_count, Claim, Derivation, Item, Solution, Status, Text, Weight};
use gradus_term::goal::{Detail, Layer, Network};
use gradus_term::{Aff, Goal, Id, Node, Summand};
use std::sync::Arc;

/// Answers `shape of NET`.
pub(crate) fn shape(e: &Engine<'_>, goal: &Goal, at: usize) -> Solution {
    let Some((net, shapes)) = (match layers(e, goal, at) {
        Ok(x) => x,
        Err(out) => return *out,
    }) else {
        return super::unsupported(e, goal);
    };
    let mut items = Vec::new();
    for (k, (layer, shape)) in net.layers.iter().zip(&shapes).enumerate() {
        e.layer_items(goal, k + 1, layer, shape, &mut items);
    }
    items.push(e.table(&net, &shapes, false));
    let sizes = shapes.last().map_or_else(|| net.input.clone(), |l| l.output.clone());
    let mut out = finish(e, goal, Claim::Shape { of: None, name: net.name.clone(), sizes: sizes.clone() }, items, &sizes);
    out.task =
        Text::words(format!("Find the shape of the output of {} for an input of ", net.name)).text(&e.shape_text(&net.input)).and(".");
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
            None => return problem(goal, "E0903", format!("{} has {} layers, not {k}", net.name, shapes.len())),
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
    e.arithmetic(&mut d);
    let expected = e.meet_expectation(&mut d, goal.expect);
    d.line(Detail::Brief);
    let mut chain = d.chain(e.detail());
    chain.boxed = true;
    items.push(if d.len() == 0 { Item::Answer(count) } else { Item::Chain(chain) });
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

pub(super) type Found = Option<(Network, Vec<LayerShape>)>;

/// The network and what its layers do; the error as a solution if a layer does not fit.
pub(super) fn layers(e: &Engine<'_>, goal: &Goal, at: usize) -> Result<Found, Box<Solution>> {
    let Some(net) = e.networks.borrow().get(at).cloned() else { return Ok(None) };
    let facts = Facts::new(e.store, &e.givens(goal));
    match network_shapes(e.store, &facts, &net) {
        Ok(shapes) => Ok(Some((net, shapes))),
        Err((k, why)) => {
            let name = net.layers.get(k - 1).map_or("", |l| l.name.as_str());
            Err(Box::new(problem(goal, "E0902", format!("layer {k} ({name}): {why}"))))
        }
    }
}

pub(super) fn problem(goal: &Goal, code: &str, words: String) -> Solution {
    let mut out = super::blank(goal);
    out.problems.push((code.to_owned(), Text::words(words)));
    out
}

/// A shape as a solution: boxed as an array, compared with `expect` size by size.
pub(crate) fn finish(e: &Engine<'_>, goal: &Goal, claim: Claim, mut items: Vec<Item>, sizes: &[Aff]) -> Solution {
    let s = e.store;
    let facts = Facts::new(s, &e.givens(goal));
    let own = s.intern(Node::Array(sizes.iter().map(|a| s.index(a.clone())).collect()));
    let expected = match goal.expect {
        None => Expected::Met,
        Some(t) => match sizes_of(e, t) {
            Some(want) if want.len() == sizes.len() => {
                let each: Vec<Tri> = want.iter().zip(sizes).map(|(a, b)| facts.is_zero_aff(&a.sub(b))).collect();
                match (each.iter().all(|t| t.is_true()), each.iter().any(|t| t.is_false())) {
                    (true, _) => Expected::Met,
                    (_, true) => refuted(e, own, t),
                    _ => Expected::Open,
                }
            }
            _ => refuted(e, own, t),
        },
    };
    let shown = match (&expected, goal.expect) {
        (Expected::Met, Some(t)) if matches!(s.node(t), Node::Array(_)) => t,
        _ => own,
    };
    items.push(Item::Answer(shown));
    let (status, counterexample) = match expected {
        Expected::Met => (Status::Proved, None),
        Expected::Open => (Status::Unknown, None),
        Expected::False(c) => (Status::Refuted, Some(c)),
    };
    // Sizes that the givens do not make positive are worth a note.
    let notes = sizes
        .iter()
        .filter(|a| !facts.nonneg(&a.plus(-1)).is_true())
        .map(|a| Text::words("for ").term(s.rel(gradus_term::RelOp::Ge, s.index((*a).clone()), s.int(1))))
        .collect();
    let mut out = super::blank(goal);
    out.result = Some(shown);
    out.status = status;
    out.counterexample = counterexample;
    let of = match &claim {
        Claim::Shape { of: Some(t), .. } => *t,
        _ => shown,
    };
    out.recalls = e.recalls(goal, of);
    out.derivation =
        Some(Arc::new(Derivation { claim, heading: Text::default(), items, assumptions: Vec::new(), notes, status, lemma: None }));
    out
}

fn refuted(e: &Engine<'_>, own: Id, want: Id) -> Expected {
    let text = |t: Id| {
        sizes_of(e, t).map_or_else(String::new, |v| {
            format!("[{}]", v.iter().map(|a| gradus_term::debug::aff(e.store, a)).collect::<Vec<_>>().join(", "))
        })
    };
    Expected::False(gradus_kernel::Counterexample { at: Vec::new(), left: text(own), right: text(want) })
}

/// The sizes an array says; a single size may stand alone.
fn sizes_of(e: &Engine<'_>, t: Id) -> Option<Vec<Aff>> {
    let s = e.store;
    match s.node(t) {
        Node::Array(xs) => xs.iter().map(|x| s.as_aff(*x)).collect(),
        _ => Some(vec![s.as_aff(t)?]),
    }
}

/// Whether a formula is a sum of plain sizes that reads as its value does: `n − k + 1`.
pub(super) fn is_written_as(s: &gradus_term::Store, formula: Id, value: &Aff) -> bool {
    let short = |a: Aff| a.t.len() + usize::from(a.c != 0) <= 1;
    match s.node(formula) {
        Node::Sum(xs) => xs.iter().all(|x| s.as_aff(x.term).is_some_and(short)) && xs.len() == value.t.len() + usize::from(value.c != 0),
        _ => s.same(formula, s.index(value.clone())),
    }
}

impl Engine<'_> {
    /// `3 × 128 × 128`
    pub(crate) fn shape_text(&self, sizes: &[Aff]) -> Text {
        let mut out = Text::default();
        for (k, a) in sizes.iter().enumerate() {
            if k > 0 {
                out = out.and(" × ");
            }
            let bracketed = sizes.len() > 1 && a.t.len() + usize::from(a.c != 0) > 1;
            out = if bracketed { out.and("(") } else { out };
            out = out.term(self.store.index(a.clone()));
            out = if bracketed { out.and(")") } else { out };
        }
        out
    }
    /// What a layer is, and its sizes by the formula.
    fn layer_items(&self, goal: &Goal, k: usize, layer: &Layer, shape: &LayerShape, items: &mut Vec<Item>) {
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
                say.and(if shape.input == shape.output { ". The shape stays " } else { ". The shape becomes " })
                    .text(&self.shape_text(&shape.output))
                    .and("."),
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
            let value = self.store.index(a.after.clone());
            if gradus_kernel::rearranged(self.store, a.formula, value) || is_written_as(self.store, a.formula, &a.after) {
                items.push(Item::Show(value, Text::words("the formula")));
                continue;
            }
            let words = if shape.window.is_none() {
                "all sizes multiplied"
            } else if shape.window.as_ref().is_some_and(|w| w.ceil) {
                "the formula that rounds up"
            } else if self.store.any_subterm(a.formula, &mut |n| matches!(n, Node::Call(..))) {
                "the formula, rounded down"
            } else {
                "the formula"
            };
            if d.rewrite(value, "arithmetic.sums", Text::words(words), Weight::Main).is_ok() {
                d.line(Detail::Brief);
                items.push(Item::Chain(d.chain(self.detail())));
            } else {
                items.push(Item::Show(self.store.rel(gradus_term::RelOp::Eq, a.formula, value), Text::words(words)));
            }
        }
        items.push(Item::Say(Text::words("The shape becomes ").text(&self.shape_text(&shape.output)).and(".")));
    }
    /// "kernel 8 × 8, stride 2, padding 3"
    fn window_text(&self, w: &Window) -> Text {
        let mut out = Text::words("kernel ").text(&self.shape_text(&w.kernel));
        let stride: Vec<Aff> = w.stride.iter().map(|x| Aff::int(*x)).collect();
        let dilation: Vec<Aff> = w.dilation.iter().map(|x| Aff::int(*x)).collect();
        for (word, values, usual) in
            [("stride", &stride, 1), ("padding", &w.padding, 0), ("dilation", &dilation, 1), ("output padding", &w.extra, 0)]
        {
            if values.iter().all(|v| *v == Aff::int(usual)) && word != "stride" {
                continue;
            }
            out = out.and(format!(", {word} "));
            out = match values.split_first() {
                Some((first, rest)) if rest.iter().all(|r| r == first) => out.term(self.store.index(first.clone())),
                _ => out.text(&self.shape_text(values)),
            };
        }
        if w.ceil {
            out.and(", rounded up")
        } else {
            out
        }
    }
    /// Layer, output, parameters.
    fn table(&self, net: &Network, shapes: &[LayerShape], with_bias: bool) -> Item {
        let s = self.store;
        let mut rows = vec![vec![Text::default(), Text::words("input"), self.shape_text(&net.input), Text::words("")]];
        for (k, (l, shape)) in net.layers.iter().zip(shapes).enumerate() {
            let count = match parameter_count(s, shape, !with_bias) {
                Some(t) => {
                    let value = gradus_kernel::network::count_value(s, t).map(|q| s.rational(&q));
                    Text::default().term(value.filter(|v| !s.same(*v, t)).map_or(t, |v| s.rel(gradus_term::RelOp::Eq, t, v)))
                }
                None => Text::default().term(s.int(0)),
            };
            rows.push(vec![
                Text::default().term(s.int(i64::try_from(k + 1).unwrap_or(0))),
                Text::words(l.name.clone()),
                self.shape_text(&shape.output),
                count,
            ]);
        }
        let last = if with_bias { "parameters" } else { "weights" };
        Item::Table(vec![Text::default(), Text::words("layer"), Text::words("output"), Text::words(last)], rows)
    }
    /// "Layer 3 (Conv2d) has 64 kernels of 3 × 3 for each of its 32 input channels."
    fn counted(&self, k: usize, l: &Layer, shape: &LayerShape, without_bias: bool) -> Text {
        let s = self.store;
        let say = Text::words(format!("Layer {k} ({}) ", l.name));
        let ix = |a: Option<&Aff>| s.index(a.cloned().unwrap_or_default());
        let bias = if without_bias || shape.biases.is_none() { "" } else { ", and one bias each" };
        match (&shape.window, shape.weights) {
            (_, None) => say.and("has no parameters."),
            (Some(w), Some(_)) => {
                let grouped = self.count_grouped(shape, w);
                say.and("has ")
                    .term(ix(shape.output.first()))
                    .and(" kernels of ")
                    .text(&self.shape_text(&w.kernel))
                    .and(if grouped { " over its group of the " } else { " for each of the " })
                    .term(ix(shape.input.first()))
                    .and(" channels of its input")
                    .and(bias)
                    .and(":")
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
    fn count_grouped(&self, shape: &LayerShape, w: &Window) -> bool {
        let full: Vec<Id> =
            w.kernel.iter().chain(shape.input.first()).chain(shape.output.first()).map(|a| self.store.index(a.clone())).collect();
        !shape.weights.is_some_and(|t| gradus_kernel::rearranged(self.store, t, self.store.product(&full)))
    }
}
