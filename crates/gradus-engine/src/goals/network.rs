//! Networks: the shape after every layer by its formula with the numbers put in, and the number of parameters.

use super::finish::Expected;
use super::problem;
use crate::draft::Draft;
use crate::tidy::{summands, tidy};
use crate::Engine;
use gradus_decide::{Facts, Tri};
use gradus_kernel::network::{network_shapes, Axis, LayerShape, Window};
use gradus_kernel::{parameter_count, Claim, Derivation, Item, Solution, Status, Text, Weight};
use gradus_term::goal::{Detail, Layer, Network};
use gradus_term::{Aff, Goal, Id, Node, Prim, RelOp, Size, Summand};
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
    for (k, (layer, shape)) in net.layers.iter().zip(&shapes).enumerate() {
        e.layer_items(goal, k + 1, layer, shape, &mut items);
    }
    items.push(e.table(&net, &shapes, false));
    let input: Vec<Size> = net.input.iter().map(Size::from).collect();
    let sizes = shapes.last().map_or_else(|| input.clone(), |l| l.output.clone());
    let all: Vec<Size> = shapes.iter().flat_map(|l| &l.output).chain(&sizes).cloned().collect();
    let name = layer.map_or_else(|| net.name.clone(), |k| format!("{} layer {k}", net.name));
    let of = layer.map_or_else(|| net.name.clone(), |k| format!("layer {k} of {}", net.name));
    let mut out = finish(e, goal, Claim::Shape { of: None, name, sizes: sizes.clone() }, items, &sizes, &all);
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
        if !e.store.same(short, count) && d.rewrite(short, "algebra.expand", Text::words("multiply"), Weight::Main).is_ok() {
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

/// What the givens do not say and the sizes ask, each to be at least 1; the last sizes first, what they imply left out.
fn needed(s: &gradus_term::Store, facts: &Facts<'_>, sizes: &[Size]) -> Vec<Id> {
    let mut facts = facts.clone();
    let mut out = Vec::new();
    let mut todo: Vec<&Size> = sizes.iter().collect();
    while let Some(a) = todo.pop() {
        if let Some(factors) = a.factors() {
            todo.extend(factors);
            continue;
        }
        let least = a.plus(-1).and_then(|a| a.nonneg_where());
        if least.as_ref().is_some_and(|a| facts.nonneg(a).is_true()) {
            continue;
        }
        let condition = match least {
            Some(at) if a.as_aff().is_none() => s.rel(RelOp::Ge, s.index(at.plus(at.c.saturating_neg())), s.int(at.c.saturating_neg())),
            _ => s.rel(RelOp::Ge, a.term(s), s.int(1)),
        };
        if !out.iter().any(|c| s.same(*c, condition)) {
            facts = facts.with(&[condition]);
            out.push(condition);
        }
    }
    out.reverse();
    out
}

/// A shape as a solution: boxed as an array, compared with `expect` size by size; a note says where `all` sizes are at least 1.
pub(crate) fn finish(e: &Engine<'_>, goal: &Goal, claim: Claim, mut items: Vec<Item>, sizes: &[Size], all: &[Size]) -> Solution {
    let s = e.store;
    let facts = Facts::new(s, &e.givens(goal));
    let own = s.intern(Node::Array(sizes.iter().map(|a| a.term(s)).collect()));
    let expected = match goal.expect {
        None => Expected::Met,
        Some(t) => match sizes_of(e, t) {
            Some(want) if want.len() == sizes.len() => {
                let each: Vec<Tri> = want.iter().zip(sizes).map(|(a, b)| gradus_kernel::same_size(&facts, a, b)).collect();
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
    items.push(Item::Answer(shown, Text::default()));
    let (status, counterexample) = match expected {
        Expected::Met => (Status::Proved, None),
        Expected::Open => (Status::Unknown, None),
        Expected::False(c) => (Status::Refuted, Some(c)),
    };
    let notes = match needed(s, &facts, all).as_slice() {
        [] => Vec::new(),
        [c] => vec![Text::words("for ").term(*c)],
        each => vec![Text::words("for ").term(s.intern(Node::And(each.into())))],
    };
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
            format!("[{}]", v.iter().map(|a| gradus_term::debug::size(e.store, a)).collect::<Vec<_>>().join(", "))
        })
    };
    Expected::False(gradus_kernel::Counterexample { at: Vec::new(), left: text(own), right: text(want) })
}

/// The sizes an array says; a single size may stand alone.
fn sizes_of(e: &Engine<'_>, t: Id) -> Option<Vec<Size>> {
    let s = e.store;
    match s.node(t) {
        Node::Array(xs) => xs.iter().map(|x| Size::read(s, *x)).collect(),
        _ => Some(vec![Size::read(s, t)?]),
    }
}

/// How deep floors stand in floors.
fn floors_deep(s: &gradus_term::Store, t: Id) -> u32 {
    let inside = s.node(t).children().into_iter().map(|(x, _)| floors_deep(s, x)).max().unwrap_or(0);
    inside + u32::from(matches!(s.node(t), Node::Call(f, _) if s.prim(*f) == Some(Prim::Floor)))
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
    pub(crate) fn shape_text(&self, sizes: &[Size]) -> Text {
        let s = self.store;
        let mut out = Text::default();
        for (k, a) in sizes.iter().enumerate() {
            if k > 0 {
                out = out.and(" × ");
            }
            let term = a.term(s);
            let bracketed = sizes.len() > 1
                && match s.as_aff(term) {
                    Some(a) => a.t.len() + usize::from(a.c != 0) > 1,
                    None => matches!(s.node(term), Node::Sum(_)),
                };
            out = if bracketed { out.and("(") } else { out };
            out = out.term(term);
            out = if bracketed { out.and(")") } else { out };
        }
        out
    }
    pub(super) fn affine_shape(&self, sizes: &[Aff]) -> Text {
        self.shape_text(&sizes.iter().map(Size::from).collect::<Vec<_>>())
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
            let value = a.after.term(self.store);
            if gradus_kernel::rearranged(self.store, a.formula, value)
                || a.after.as_aff().is_some_and(|v| is_written_as(self.store, a.formula, &v))
            {
                items.push(Item::Show(value, Text::words("the formula")));
                continue;
            }
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
            if d.rewrite(value, "arithmetic.sums", Text::words(words), Weight::Main).is_ok() {
                d.line(Detail::Brief);
                items.push(Item::Chain(d.chain(self.detail())));
            } else {
                items.push(Item::Show(self.store.rel(RelOp::Eq, a.formula, value), Text::words(words)));
            }
        }
        items.push(Item::Say(Text::words("The shape becomes ").text(&self.shape_text(&shape.output)).and(".")));
    }
    /// "kernel 8 × 8, stride 2, padding 3"
    fn window_text(&self, w: &Window) -> Text {
        let mut out = Text::words("kernel ").text(&self.affine_shape(&w.kernel));
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
                _ => out.text(&self.affine_shape(values)),
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
        let mut rows = vec![vec![Text::default(), Text::words("input"), self.affine_shape(&net.input), Text::words("")]];
        for (k, (l, shape)) in net.layers.iter().zip(shapes).enumerate() {
            let count = match parameter_count(s, shape, !with_bias) {
                Some(t) => {
                    let value = self.counted_in_short(t);
                    // With floors in it the product would make the row too long.
                    let short = s.same(value, t) || floors_deep(s, t) > 0;
                    Text::default().term(if short { value } else { s.rel(RelOp::Eq, t, value) })
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
                let grouped = self.count_grouped(shape, w);
                say.and("has ")
                    .term(ix(shape.output.first()))
                    .and(" kernels of ")
                    .text(&self.affine_shape(&w.kernel))
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
        let full: Vec<Id> = w
            .kernel
            .iter()
            .map(|a| self.store.index(a.clone()))
            .chain([shape.input.first(), shape.output.first()].into_iter().flatten().map(|a| a.term(self.store)))
            .collect();
        !shape.weights.is_some_and(|t| gradus_kernel::rearranged(self.store, t, self.store.product(&full)))
    }
}
