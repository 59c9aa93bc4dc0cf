//! The receptive field of a layer: how much of the network's input one of its outputs depends on, in each direction.
//!
//! Before the first layer the field is 1 and neighbouring entries stand 1 apart. A kernel of size k with dilation d widens the field
//! by `d(k − 1)` times the distance at which its input's neighbours stand, and its stride multiplies that distance (Araujo, Norris and
//! Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, equation 2). Padding does not count.

use crate::network::{LayerShape, Window};
use gradus_term::goal::{Layer, Network};
use gradus_term::Size;

/// What one output of a layer depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field in each direction.
    pub sizes: Vec<Size>,
    /// How far apart in the input the fields of neighbouring outputs begin.
    pub distance: Vec<Size>,
}

/// How a layer acts on the field.
enum Reach<'a> {
    /// Each output depends on the input at its own place.
    Place,
    /// A kernel moves over the input.
    Kernel(&'a Window),
    /// Each output depends on all of the input.
    All,
    /// No kernel says what it depends on.
    Unsaid,
}

fn reach<'a>(layer: &Layer, shape: &'a LayerShape, flat: bool) -> Reach<'a> {
    let name = layer.name.trim_end_matches(|c: char| c.is_ascii_digit() || c == 'd');
    match name {
        "Conv" | "MaxPool" | "AvgPool" => shape.window.as_ref().map_or(Reach::Unsaid, Reach::Kernel),
        "ConvTranspose" | "Embedding" => Reach::Unsaid,
        "AdaptiveAvgPool" | "AdaptiveMaxPool" if shape.output.iter().skip(1).all(|n| *n == Size::int(1)) => Reach::All,
        "AdaptiveAvgPool" | "AdaptiveMaxPool" => Reach::Unsaid,
        "Linear" if flat => Reach::All,
        "Linear" => Reach::Unsaid,
        "LayerNorm" | "GroupNorm" | "InstanceNorm" => Reach::All,
        _ => Reach::Place,
    }
}

/// The receptive field after every layer, or the first layer (counted from 1) for which it is not said by a kernel. Sizes are those of the
/// input's directions, without its channels.
///
/// # Errors
/// At a layer whose outputs depend on its input in no fixed window: a transposed convolution, an adaptive pooling to more than one
/// entry, a linear layer that is not after `Flatten`.
pub fn receptive_fields(net: &Network, shapes: &[LayerShape]) -> Result<Vec<Field>, usize> {
    let directions = net.input.get(1..).unwrap_or(&[]);
    let mut now = Field { sizes: vec![Size::int(1); directions.len()], distance: vec![Size::int(1); directions.len()] };
    let (mut flat, mut whole) = (directions.is_empty(), false);
    let mut out = Vec::new();
    for (k, (layer, shape)) in net.layers.iter().zip(shapes).enumerate() {
        match reach(layer, shape, flat) {
            Reach::Place => {}
            Reach::Kernel(_) if whole => {}
            Reach::Kernel(w) => now = widened(&now, w).ok_or(k + 1)?,
            Reach::All => {
                now.sizes = directions.to_vec();
                whole = true;
            }
            Reach::Unsaid => return Err(k + 1),
        }
        flat |= layer.name == "Flatten" && shape.output.len() == 1;
        out.push(now.clone());
    }
    Ok(out)
}

fn widened(f: &Field, w: &Window) -> Option<Field> {
    let mut out = Field { sizes: Vec::new(), distance: Vec::new() };
    for (i, size) in f.sizes.iter().enumerate() {
        let (k, d, s, at) = (w.kernel.get(i)?, w.dilation.get(i)?, w.stride.get(i)?, f.distance.get(i)?);
        out.sizes.push(size.add_scaled(&Size::product(&[d.clone(), k.plus(-1)?, at.clone()])?, 1)?.shortest());
        out.distance.push(Size::product(&[at.clone(), s.clone()])?);
    }
    Some(out)
}
