//! What layers do to shapes, and how many parameters they have: the trusted formulas, PyTorch's.
//!
//! A size along one direction becomes `⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1` for a convolution or pooling with kernel k, stride s,
//! padding p and dilation d, and `(n − 1)s − 2p + d(k − 1) + q + 1` for a transposed convolution with output padding q.
//! A floor of a symbolic size, and a product of several, stay as they are: see [`Size`].

use gradus_decide::{Facts, Tri};
use gradus_term::goal::{Layer, Network};
use gradus_term::{Aff, Id, LayerKind, Node, Prim, Rat, Size, Store, Summand};

/// Why a layer does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayerError {
    /// There is no such layer.
    #[error("there is no layer `{0}`")]
    Unknown(String),
    /// A required argument is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// Too many arguments.
    #[error("it takes at most {0} arguments")]
    TooMany(usize),
    /// An argument is no whole number, or not one it may be.
    #[error("`{0}` is not a number it may be")]
    Argument(&'static str),
    /// An argument must be a number written out.
    #[error("`{0}` must be a number")]
    Symbolic(&'static str),
    /// The input has another number of sizes.
    #[error("it takes an input with {0} sizes, and this one is {1}")]
    Rank(usize, String),
    /// The sizes are not the last ones of the input.
    #[error("it is made for sizes that end with {0}, and these are {1}")]
    Ending(String, String),
    /// More padding than half the kernel of a pooling.
    #[error("a padding of {padding} is more than half of the kernel's {kernel}")]
    Padding {
        /// The padding.
        padding: String,
        /// The size of the kernel.
        kernel: String,
    },
    /// The channels do not divide into the groups.
    #[error("{0} channels do not divide into {1} groups")]
    Groups(String, i64),
    /// The kernel is larger than what it moves over.
    #[error("a kernel that spans {span} does not fit a size of {size}")]
    Kernel {
        /// How far the kernel reaches.
        span: String,
        /// The padded size.
        size: String,
    },
    /// Rounded up, whether a last place begins inside the input is open for a symbolic size.
    #[error("with `ceil_mode`, whether a last place begins inside the input depends on {0}; write the size as a multiple of the stride and a rest, such as 2 m")]
    LastPlace(String),
    /// A number that is too large.
    #[error("a size or a product of sizes is too large")]
    TooLarge,
}

/// One direction of a layer that changes its size.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The formula with its numbers put in.
    pub formula: Id,
    /// The size before.
    pub before: Size,
    /// The size after.
    pub after: Size,
}

/// What a layer does.
#[derive(Clone, Debug)]
pub struct LayerShape {
    /// The sizes before.
    pub input: Vec<Size>,
    /// The sizes after.
    pub output: Vec<Size>,
    /// The directions whose size a formula gives.
    pub axes: Vec<Axis>,
    /// The number of weights, as a product; `None` for a layer without parameters.
    pub weights: Option<Id>,
    /// The number of biases.
    pub biases: Option<Id>,
    /// The arguments of a window, for the page: kernel, stride, padding, dilation.
    pub window: Option<Window>,
}

/// A kernel moving over its input, a number for each direction.
#[derive(Clone, Debug)]
pub struct Window {
    /// Sizes of the kernel.
    pub kernel: Vec<Aff>,
    /// How far it moves.
    pub stride: Vec<i64>,
    /// Zeros on each side.
    pub padding: Vec<Aff>,
    /// The distance of neighbouring entries.
    pub dilation: Vec<i64>,
    /// Added to one side of a transposed convolution's output.
    pub extra: Vec<Aff>,
    /// Whether places are rounded up.
    pub ceil: bool,
}

/// What every layer of a network does, or which layer (counted from 1) does not fit, and why.
///
/// # Errors
/// At the first layer that does not fit.
pub fn network_shapes(s: &Store, facts: &Facts<'_>, net: &Network) -> Result<Vec<LayerShape>, (usize, LayerError)> {
    let mut now: Vec<Size> = net.input.iter().map(Size::from).collect();
    let mut out = Vec::with_capacity(net.layers.len());
    for (k, l) in net.layers.iter().enumerate() {
        let shape = layer_shape(s, facts, l, &now).map_err(|e| (k + 1, e))?;
        now.clone_from(&shape.output);
        out.push(shape);
    }
    Ok(out)
}

/// What one layer does to sizes.
///
/// # Errors
/// If its arguments or the sizes do not fit.
pub fn layer_shape(s: &Store, facts: &Facts<'_>, layer: &Layer, input: &[Size]) -> Result<LayerShape, LayerError> {
    let kind = LayerKind::of(&layer.name).ok_or_else(|| LayerError::Unknown(layer.name.clone()))?;
    if layer.args.len() > kind.arguments.len() {
        return Err(LayerError::TooMany(kind.arguments.len()));
    }
    let a = Args { s, facts, kind, layer };
    let name = layer.name.as_str();
    let directions = match name.as_bytes().iter().rev().nth(1) {
        Some(c @ b'1'..=b'3') if name.ends_with('d') => usize::from(c - b'0'),
        _ => 0,
    };
    match name.trim_end_matches(|c: char| c.is_ascii_digit() || c == 'd') {
        "Conv" => a.convolution(input, directions, false),
        "ConvTranspose" => a.convolution(input, directions, true),
        "MaxPool" | "AvgPool" => a.pool(input, directions),
        "AdaptiveAvgPool" | "AdaptiveMaxPool" => a.adaptive(input, directions),
        "Linear" => a.linear(input),
        "Flatten" => flatten(s, input),
        "BatchNorm" => a.batch_norm(input, directions, 1),
        "InstanceNorm" => a.batch_norm(input, directions, 0),
        "LayerNorm" => a.layer_norm(input),
        "GroupNorm" => a.group_norm(input),
        "PReLU" => a.prelu(input),
        "Embedding" => a.embedding(input),
        _ => Ok(same(input)),
    }
}

fn same(input: &[Size]) -> LayerShape {
    LayerShape { input: input.to_vec(), output: input.to_vec(), axes: Vec::new(), weights: None, biases: None, window: None }
}

struct Args<'a, 's> {
    s: &'s Store,
    facts: &'a Facts<'s>,
    kind: &'static LayerKind,
    layer: &'a Layer,
}

impl Args<'_, '_> {
    fn get(&self, key: &'static str) -> Option<Id> {
        let at = self.kind.arguments.iter().position(|k| k.split('|').next() == Some(key))?;
        self.layer.args.get(at).copied().or_else(|| self.layer.named.iter().find(|(k, _)| k == key).map(|x| x.1))
    }
    /// A size: at least `least`.
    fn size(&self, key: &'static str, least: i64, default: Option<i64>) -> Result<Aff, LayerError> {
        let v = match self.get(key) {
            Some(t) => self.s.as_aff(t).ok_or(LayerError::Argument(key))?,
            None => Aff::int(default.ok_or(LayerError::Missing(key))?),
        };
        if self.facts.nonneg(&v.plus(-least)) == Tri::False {
            return Err(LayerError::Argument(key));
        }
        Ok(v)
    }
    fn number(&self, key: &'static str, least: i64, default: i64) -> Result<i64, LayerError> {
        self.size(key, least, Some(default))?.as_int().ok_or(LayerError::Symbolic(key))
    }
    /// One size for each direction.
    fn each(&self, key: &'static str, n: usize, least: i64, default: &[Aff]) -> Result<Vec<Aff>, LayerError> {
        let out = match self.get(key) {
            None if default.is_empty() => return Err(LayerError::Missing(key)),
            None => default.to_vec(),
            Some(t) => match self.s.node(t) {
                Node::Array(xs) => xs.iter().map(|x| self.s.as_aff(*x)).collect::<Option<Vec<_>>>().ok_or(LayerError::Argument(key))?,
                _ => vec![self.s.as_aff(t).ok_or(LayerError::Argument(key))?; n],
            },
        };
        let fits = out.len() == n && out.iter().all(|a| self.facts.nonneg(&a.plus(-least)) != Tri::False);
        if fits {
            Ok(out)
        } else {
            Err(LayerError::Argument(key))
        }
    }
    fn numbers(&self, key: &'static str, n: usize, least: i64, default: &[Aff]) -> Result<Vec<i64>, LayerError> {
        self.each(key, n, least, default)?.iter().map(|a| a.as_int().ok_or(LayerError::Symbolic(key))).collect()
    }
    fn window(&self, n: usize, stride: &[Aff]) -> Result<Window, LayerError> {
        let (one, zero) = (vec![Aff::int(1); n], vec![Aff::int(0); n]);
        Ok(Window {
            kernel: self.each("kernel", n, 1, &[])?,
            stride: self.numbers("stride", n, 1, stride)?,
            padding: self.each("padding", n, 0, &zero)?,
            dilation: self.numbers("dilation", n, 1, &one)?,
            extra: zero,
            ceil: self.number("ceil_mode", 0, 0)? != 0,
        })
    }
    /// Channels first, then `n` directions.
    fn split<'i>(&self, input: &'i [Size], n: usize) -> Result<(&'i Size, &'i [Size]), LayerError> {
        match input.split_first() {
            Some((c, rest)) if rest.len() == n => Ok((c, rest)),
            _ => Err(LayerError::Rank(n + 1, shown(self.s, input))),
        }
    }
    fn convolution(&self, input: &[Size], n: usize, transposed: bool) -> Result<LayerShape, LayerError> {
        let (channels, sizes) = self.split(input, n)?;
        let out = self.size("out", 1, None)?;
        let groups = self.number("groups", 1, 1)?;
        let mut w = self.window(n, &vec![Aff::int(1); n])?;
        if transposed {
            w.extra = self.each("output_padding", n, 0, &vec![Aff::int(0); n])?;
        }
        let out = Size::from(&out);
        let share = |c: &Size| divided(c, groups).ok_or_else(|| LayerError::Groups(gradus_term::debug::size(self.s, c), groups));
        let (from, to) = (share(channels)?, share(&out)?);
        let axes = self.move_over(&w, sizes, transposed)?;
        let mut factors: Vec<Id> = w.kernel.iter().map(|k| self.s.index(k.clone())).collect();
        factors.extend(if transposed {
            [channels.factor_terms(self.s), to.factor_terms(self.s)].concat()
        } else {
            [from.factor_terms(self.s), out.factor_terms(self.s)].concat()
        });
        let biases = if self.number("bias", 0, 1)? != 0 { Some(out.term(self.s)) } else { None };
        let output = std::iter::once(out).chain(axes.iter().map(|a| a.after.clone())).collect();
        Ok(LayerShape { input: input.to_vec(), output, axes, weights: Some(self.s.product(&factors)), biases, window: Some(w) })
    }
    fn pool(&self, input: &[Size], n: usize) -> Result<LayerShape, LayerError> {
        let (channels, sizes) = self.split(input, n)?;
        let kernel = self.each("kernel", n, 1, &[])?;
        let w = self.window(n, &kernel)?;
        // At most half of the kernel may lie in the padding.
        if let Some((k, p)) = w.kernel.iter().zip(&w.padding).find(|(k, p)| self.facts.nonneg(&k.sub(&p.scale(2))) == Tri::False) {
            let size = |a: &Aff| gradus_term::debug::aff(self.s, a);
            return Err(LayerError::Padding { padding: size(p), kernel: size(k) });
        }
        let axes = self.move_over(&w, sizes, false)?;
        let output = std::iter::once(channels.clone()).chain(axes.iter().map(|a| a.after.clone())).collect();
        Ok(LayerShape { output, axes, window: Some(w), ..same(input) })
    }
    fn move_over(&self, w: &Window, sizes: &[Size], transposed: bool) -> Result<Vec<Axis>, LayerError> {
        let mut out = Vec::new();
        for (i, n) in sizes.iter().enumerate() {
            let (Some(k), Some(s), Some(p), Some(d), Some(q)) =
                (w.kernel.get(i), w.stride.get(i), w.padding.get(i), w.dilation.get(i), w.extra.get(i))
            else {
                return Err(LayerError::Argument("kernel"));
            };
            let after = if transposed {
                let fixed = k.plus(-1).scale(*d).sub(&p.scale(2)).add(q).plus(1);
                n.plus(-1).and_then(|n| n.scale(*s)).and_then(|n| n.add_scaled(&Size::from(&fixed), 1)).ok_or(LayerError::TooLarge)?
            } else {
                places(self.s, n, k, (*s, p, *d), w.ceil)?
            };
            let least = after.plus(-1).and_then(|a| a.nonneg_where());
            if least.is_some_and(|a| self.facts.nonneg(&a) == Tri::False) {
                let span = k.plus(-1).scale(*d).plus(1);
                let padded = n.add_scaled(&Size::from(p), 2).ok_or(LayerError::TooLarge)?;
                return Err(LayerError::Kernel {
                    span: gradus_term::debug::aff(self.s, &span),
                    size: gradus_term::debug::size(self.s, &padded),
                });
            }
            let formula = formula(self.s, n, (k, *s, p, *d, q), &after, (transposed, w.ceil));
            out.push(Axis { formula, before: n.clone(), after });
        }
        Ok(out)
    }
    fn adaptive(&self, input: &[Size], n: usize) -> Result<LayerShape, LayerError> {
        let (channels, _) = self.split(input, n)?;
        let sizes = self.each("size", n, 1, &[])?;
        let output = std::iter::once(channels.clone()).chain(sizes.iter().map(Size::from)).collect();
        Ok(LayerShape { output, ..same(input) })
    }
    fn linear(&self, input: &[Size]) -> Result<LayerShape, LayerError> {
        let (last, rest) = input.split_last().ok_or(LayerError::Rank(1, "a single number".into()))?;
        let out = self.size("out", 1, None)?;
        let mut factors = last.factor_terms(self.s);
        factors.push(self.s.index(out.clone()));
        let weights = self.s.product(&factors);
        let biases = if self.number("bias", 0, 1)? != 0 { Some(self.s.index(out.clone())) } else { None };
        let output = rest.iter().cloned().chain([Size::from(&out)]).collect();
        Ok(LayerShape { output, weights: Some(weights), biases, ..same(input) })
    }
    /// Normalised by channel; `usual` is whether it has weights where that is not said.
    fn batch_norm(&self, input: &[Size], n: usize, usual: i64) -> Result<LayerShape, LayerError> {
        let channels = match input {
            [c] if n == 1 => c,
            _ => self.split(input, n)?.0,
        };
        let c = channels.term(self.s);
        let affine = self.number("affine", 0, usual)? != 0;
        Ok(LayerShape { weights: affine.then_some(c), biases: affine.then_some(c), ..same(input) })
    }
    fn layer_norm(&self, input: &[Size]) -> Result<LayerShape, LayerError> {
        let read = |t: Id| Size::read(self.s, t).ok_or(LayerError::Argument("shape"));
        let shape = match self.get("shape") {
            None => input.last().cloned().into_iter().collect(),
            Some(t) => match self.s.node(t) {
                Node::Array(xs) => xs.iter().map(|x| read(*x)).collect::<Result<Vec<_>, _>>()?,
                _ => vec![read(t)?],
            },
        };
        if shape.is_empty() || !input.ends_with(&shape) {
            return Err(LayerError::Ending(shown(self.s, &shape), shown(self.s, input)));
        }
        let count = self.s.product(&shape.iter().map(|a| a.term(self.s)).collect::<Vec<_>>());
        let affine = self.number("elementwise_affine", 0, 1)? != 0;
        let bias = affine && self.number("bias", 0, 1)? != 0;
        Ok(LayerShape { weights: affine.then_some(count), biases: bias.then_some(count), ..same(input) })
    }
    fn group_norm(&self, input: &[Size]) -> Result<LayerShape, LayerError> {
        let channels = input.first().ok_or(LayerError::Rank(1, "a single number".into()))?;
        let groups = self.size("groups", 1, None)?.as_int().ok_or(LayerError::Symbolic("groups"))?;
        divided(channels, groups).ok_or_else(|| LayerError::Groups(gradus_term::debug::size(self.s, channels), groups))?;
        let c = channels.term(self.s);
        let affine = self.number("affine", 0, 1)? != 0;
        Ok(LayerShape { weights: affine.then_some(c), biases: affine.then_some(c), ..same(input) })
    }
    /// One slope for all channels, or one for each.
    fn prelu(&self, input: &[Size]) -> Result<LayerShape, LayerError> {
        let slopes = self.size("num_parameters", 1, Some(1))?;
        if slopes != Aff::int(1) && input.first() != Some(&Size::from(&slopes)) {
            return Err(LayerError::Argument("num_parameters"));
        }
        Ok(LayerShape { weights: Some(self.s.index(slopes)), ..same(input) })
    }
    fn embedding(&self, input: &[Size]) -> Result<LayerShape, LayerError> {
        let (words, size) = (self.size("words", 1, None)?, self.size("size", 1, None)?);
        let weights = self.s.product(&[self.s.index(words), self.s.index(size.clone())]);
        let output = input.iter().cloned().chain([Size::from(&size)]).collect();
        Ok(LayerShape { output, weights: Some(weights), ..same(input) })
    }
}

/// `3 × 128 × 128`
fn shown(s: &Store, sizes: &[Size]) -> String {
    sizes.iter().map(|a| gradus_term::debug::size(s, a)).collect::<Vec<_>>().join(" × ")
}

/// All sizes as one.
fn flatten(s: &Store, input: &[Size]) -> Result<LayerShape, LayerError> {
    let acc = Size::product(input).ok_or(LayerError::TooLarge)?;
    let formula = s.product(&input.iter().flat_map(|a| a.factor_terms(s)).collect::<Vec<_>>());
    let axes = if input.len() > 1 { vec![Axis { formula, before: acc.clone(), after: acc.clone() }] } else { Vec::new() };
    Ok(LayerShape { output: vec![acc], axes, ..same(input) })
}

/// `a / k`, if that is whole for all values.
fn divided(a: &Size, k: i64) -> Option<Size> {
    a.divided_down(k).filter(|q| q.scale(k).as_ref() == Some(a))
}

/// `⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1`; rounded up, the last place begins inside the input or its left padding.
fn places(store: &Store, n: &Size, k: &Aff, (s, p, d): (i64, &Aff, i64), ceil: bool) -> Result<Size, LayerError> {
    let up = if ceil { s - 1 } else { 0 };
    let reach = n.add_scaled(&Size::from(&p.scale(2).sub(&k.plus(-1).scale(d)).plus(up - 1)), 1).ok_or(LayerError::TooLarge)?;
    let mut out = reach.divided_down(s).ok_or(LayerError::TooLarge)?;
    // Rounded up, (places − 1)·s must be less than n + p. It is at most the reach, n + 2p − d(k − 1) + s − 2.
    let inside = p.sub(&k.plus(-1).scale(d)).plus(s - 2).as_int().is_some_and(|over| over < 0);
    if ceil && !inside {
        let begin = out.scale(s).and_then(|x| x.add_scaled(n, -1)).and_then(|x| x.add_scaled(&Size::from(p), -1));
        match begin.ok_or(LayerError::TooLarge)?.as_int() {
            Some(b) if b >= 0 => out = out.plus(-1).ok_or(LayerError::TooLarge)?,
            Some(_) => {}
            None => return Err(LayerError::LastPlace(gradus_term::debug::size(store, n))),
        }
    }
    out.plus(1).ok_or(LayerError::TooLarge)
}

/// The formula with its numbers put in, as a person writes it: padding 0 and dilation 1 are left out, and a stride of 1 divides
/// nothing.
fn formula(s: &Store, n: &Size, (k, stride, p, d, q): (&Aff, i64, &Aff, i64, &Aff), after: &Size, (transposed, ceil): (bool, bool)) -> Id {
    let ix = |a: &Aff| s.index(a.clone());
    let term = |neg: bool, term: Id| Summand { neg, term };
    let zero = Aff::int(0);
    let padding = (*p != zero).then(|| s.product(&[s.int(2), ix(p)]));
    let span = s.product(&[s.int(d), s.sub(ix(k), s.int(1))]);
    if transposed {
        let steps = s.sub(n.term(s), s.int(1));
        let mut all = vec![term(false, if stride == 1 { steps } else { s.product(&[steps, s.int(stride)]) })];
        all.extend(padding.map(|x| term(true, x)));
        if d == 1 {
            all.push(term(false, ix(k)));
        } else {
            all.extend([term(false, span), term(false, s.int(1))]);
        }
        if *q != zero {
            all.push(term(false, ix(q)));
        }
        return s.sum(&all);
    }
    let mut reach = vec![term(false, n.term(s))];
    reach.extend(padding.map(|x| term(false, x)));
    if d == 1 {
        reach.push(term(true, ix(k)));
    } else {
        reach.push(term(true, span));
        if stride == 1 {
            return s.sum(&reach);
        }
        reach.push(term(true, s.int(1)));
    }
    let one = term(false, s.int(1));
    if stride == 1 {
        reach.push(one);
        return s.sum(&reach);
    }
    if ceil {
        reach.push(term(false, s.int(stride - 1)));
    }
    let rounded = s.prim_call(Prim::Floor, &[s.quot(s.sum(&reach), s.int(stride))]);
    // Rounded up, a last place that begins in the padding on the right is none.
    let up = if ceil { stride - 1 } else { 0 };
    let all = n.add_scaled(&Size::from(&p.scale(2).sub(&k.plus(-1).scale(d)).plus(up - 1)), 1);
    let left = all.and_then(|x| x.add_scaled(after, -stride)).and_then(|x| x.as_int());
    if left.is_some_and(|r| (0..stride).contains(&r)) {
        return rounded;
    }
    s.sum(&[term(false, rounded), one])
}

/// The value of a product of counts, if all are numbers.
pub fn count_value(s: &Store, t: Id) -> Option<Rat> {
    match s.node(t) {
        Node::Product(xs) => xs.iter().try_fold(Rat::one(), |a, x| Some(a.mul(&count_value(s, *x)?))),
        Node::Sum(xs) => xs.iter().try_fold(Rat::zero(), |a, x| {
            let v = count_value(s, x.term)?;
            Some(if x.neg { a.sub(&v) } else { a.add(&v) })
        }),
        _ => s.as_rational(t),
    }
}
