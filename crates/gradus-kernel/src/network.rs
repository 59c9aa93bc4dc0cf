//! What layers do to shapes, and how many parameters they have: the trusted formulas, PyTorch's.
//!
//! A size along one direction becomes `⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1` for a convolution or pooling with kernel k, stride s,
//! padding p and dilation d, and `(n − 1)s − 2p + d(k − 1) + q + 1` for a transposed convolution with output padding q. All of these
//! may be symbolic. A floor of a symbolic size, and a product of several, stay as they are: see [`Size`].
//! Rounded up, a last place must begin inside the input or its left padding.

use gradus_decide::{Facts, Tri};
use gradus_term::goal::{Layer, Network};
use gradus_term::{Id, LayerKind, Node, Prim, Rat, RelOp, Size, Store, Summand};

/// Why a layer does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayerError {
    /// There is no such layer.
    #[error("there is no layer `{0}`")]
    Unknown(String),
    /// A required argument is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// An argument is neither true nor false.
    #[error("`{0}` is true or false; how many inputs there are is not written, the shape says it")]
    Flag(&'static str),
    /// The number of channels is written where none stands.
    #[error("how many channels there are is not written, the shape says it")]
    Channels,
    /// Input channels first, or the stride third?
    #[error("the input has {0} channels, so three numbers can be read in two ways: leave the input channels out, or write `stride=…`")]
    InputChannels(String),
    /// Too many arguments.
    #[error("it takes at most {0} arguments")]
    TooMany(usize),
    /// An argument is no whole number, or not one it may be.
    #[error("`{0}` is not a number it may be")]
    Argument(&'static str),
    /// An argument must be a number written out.
    #[error("`{0}` must be a number")]
    Symbolic(&'static str),
    /// Nothing says that what divides is at least 1.
    #[error("`{0}` divides, so it must be a product of numbers and of whole numbers from 1 on, or a sum of such products")]
    Divisor(&'static str),
    /// A padding that keeps the size has no stride.
    #[error("with `padding=\"same\"` the stride must be 1, as in PyTorch")]
    SamePadding,
    /// The output padding is at least the stride and the dilation.
    #[error("an output padding of {0} must be smaller than the stride or the dilation")]
    OutputPadding(String),
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
    Groups(String, String),
    /// Nothing says that the channels divide into the groups.
    #[error("nothing says that {0} channels divide into {1} groups; write the channels as a multiple of {1}, such as {1} m")]
    OpenGroups(String, String),
    /// The kernel is larger than what it moves over.
    #[error("a kernel that spans {span} does not fit a size of {size}")]
    Kernel {
        /// How far the kernel reaches.
        span: String,
        /// The padded size.
        size: String,
    },
    /// Rounded up, whether a last place begins in the padding on the right is open.
    #[error("with `ceil_mode`, the formula depends on whether {0} <= {1}; say in the givens which it is")]
    LastPlace(String, String),
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
    pub kernel: Vec<Size>,
    /// How far it moves.
    pub stride: Vec<Size>,
    /// Zeros on each side.
    pub padding: Vec<Size>,
    /// The distance of neighbouring entries.
    pub dilation: Vec<Size>,
    /// Added to one side of a transposed convolution's output.
    pub extra: Vec<Size>,
    /// Into how many groups the channels are divided.
    pub groups: Size,
    /// Whether there is as much padding as keeps the size.
    pub same: bool,
    /// Whether places are rounded up.
    pub ceil: bool,
}

/// What every layer of a network does, or which layer (counted from 1) does not fit, and why.
///
/// # Errors
/// At the first layer that does not fit.
pub fn network_shapes<'s>(s: &'s Store, facts: &Facts<'s>, net: &Network) -> Result<Vec<LayerShape>, (usize, LayerError)> {
    let mut now: Vec<Size> = net.input.clone();
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
pub fn layer_shape<'s>(s: &'s Store, facts: &Facts<'s>, layer: &Layer, input: &[Size]) -> Result<LayerShape, LayerError> {
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
        "Flatten" => a.flatten(input),
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
    fn nonneg(&self, a: &Size) -> Tri {
        match a.as_aff() {
            Some(a) => self.facts.nonneg(&a),
            None => self.facts.holds(self.s.rel(RelOp::Ge, a.term(self.s), self.s.int(0))),
        }
    }
    /// Whether a size is not surely less than `least`.
    fn may_be(&self, a: &Size, least: i64) -> bool {
        a.plus(-least).is_some_and(|a| self.nonneg(&a) != Tri::False)
    }
    /// A size: at least `least`.
    fn size(&self, key: &'static str, least: i64, default: Option<i64>) -> Result<Size, LayerError> {
        let v = match self.get(key) {
            Some(t) => Size::read(self.s, t).ok_or(LayerError::Argument(key))?,
            None => Size::int(default.ok_or(LayerError::Missing(key))?),
        };
        if self.may_be(&v, least) {
            Ok(v)
        } else {
            Err(LayerError::Argument(key))
        }
    }
    fn number(&self, key: &'static str, least: i64, default: i64) -> Result<i64, LayerError> {
        self.size(key, least, Some(default))?.as_int().ok_or(LayerError::Symbolic(key))
    }
    /// True or false.
    fn flag(&self, key: &'static str, usual: i64) -> Result<bool, LayerError> {
        match self.number(key, 0, usual)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(LayerError::Flag(key)),
        }
    }
    /// The small number of a norm is no number of channels.
    fn no_channels(&self) -> Result<(), LayerError> {
        let large = self.get("eps").and_then(|t| self.s.as_rational(t)).is_some_and(|q| q >= Rat::one());
        if large {
            Err(LayerError::Channels)
        } else {
            Ok(())
        }
    }
    /// A size that others are divided by.
    fn divisor(&self, key: &'static str, v: Size) -> Result<Size, LayerError> {
        v.surely_positive(self.s).then_some(v).ok_or(LayerError::Divisor(key))
    }
    /// One size for each direction.
    fn each(&self, key: &'static str, n: usize, least: i64, default: &[Size]) -> Result<Vec<Size>, LayerError> {
        let read = |t: Id| Size::read(self.s, t).ok_or(LayerError::Argument(key));
        let out = match self.get(key) {
            None if default.is_empty() => return Err(LayerError::Missing(key)),
            None => default.to_vec(),
            Some(t) => match self.s.node(t) {
                Node::Array(xs) => xs.iter().map(|x| read(*x)).collect::<Result<Vec<_>, _>>()?,
                _ => vec![read(t)?; n],
            },
        };
        if out.len() == n && out.iter().all(|a| self.may_be(a, least)) {
            Ok(out)
        } else {
            Err(LayerError::Argument(key))
        }
    }
    fn pads_to_same(&self) -> bool {
        self.layer.words.iter().any(|(k, w)| k == "padding" && w == "same")
    }
    fn window(&self, n: usize, stride: &[Size]) -> Result<Window, LayerError> {
        let (one, zero) = (vec![Size::int(1); n], vec![Size::int(0); n]);
        let same = self.pads_to_same();
        let stride = self.each("stride", n, 1, stride)?;
        if same && stride != one {
            return Err(LayerError::SamePadding);
        }
        Ok(Window {
            kernel: self.each("kernel", n, 1, &[])?,
            stride: stride.into_iter().map(|s| self.divisor("stride", s)).collect::<Result<_, _>>()?,
            padding: self.each("padding", n, 0, &zero)?,
            dilation: self.each("dilation", n, 1, &one)?,
            extra: zero,
            groups: Size::int(1),
            same,
            ceil: self.flag("ceil_mode", 0)?,
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
        let groups = self.size("groups", 1, Some(1)).and_then(|g| self.divisor("groups", g))?;
        if self.layer.args.len() >= 3 && out == *channels {
            return Err(LayerError::InputChannels(gradus_term::debug::size(self.s, channels)));
        }
        if transposed && self.pads_to_same() {
            return Err(LayerError::Argument("padding"));
        }
        let mut w = self.window(n, &vec![Size::int(1); n])?;
        if transposed {
            w.extra = self.each("output_padding", n, 0, &vec![Size::int(0); n])?;
        }
        let (from, to) = (self.share(channels, &groups)?, self.share(&out, &groups)?);
        w.groups = groups;
        let axes = self.move_over(&w, sizes, transposed)?;
        let mut factors: Vec<Id> = w.kernel.iter().flat_map(|k| k.factor_terms(self.s)).collect();
        let channels = if transposed { [channels, &to] } else { [&from, &out] };
        factors.extend(channels.into_iter().flat_map(|c| c.factor_terms(self.s)));
        // Among names a factor 1 says nothing, and numbers stand first.
        if factors.iter().any(|f| self.s.as_rational(*f).is_none()) {
            factors.retain(|f| *f != self.s.int(1));
            factors.sort_by_key(|f| self.s.as_rational(*f).is_none());
        }
        let biases = if self.flag("bias", 1)? { Some(out.term(self.s)) } else { None };
        let after = if axes.is_empty() { sizes.to_vec() } else { axes.iter().map(|a| a.after.clone()).collect() };
        let output = std::iter::once(out).chain(after).collect();
        Ok(LayerShape { input: input.to_vec(), output, axes, weights: Some(self.s.product(&factors)), biases, window: Some(w) })
    }
    /// The channels of one group.
    fn share(&self, channels: &Size, groups: &Size) -> Result<Size, LayerError> {
        let shown = |a: &Size| gradus_term::debug::size(self.s, a);
        channels.exact_quotient(groups).ok_or_else(|| match (channels.as_int(), groups.as_int()) {
            (Some(_), Some(_)) => LayerError::Groups(shown(channels), shown(groups)),
            _ => LayerError::OpenGroups(shown(channels), shown(groups)),
        })
    }
    fn pool(&self, input: &[Size], n: usize) -> Result<LayerShape, LayerError> {
        let (channels, sizes) = self.split(input, n)?;
        let kernel = self.each("kernel", n, 1, &[])?;
        let w = self.window(n, &kernel)?;
        // At most half of the kernel may lie in the padding.
        let too_much = |k: &Size, p: &Size| k.add_scaled(p, -2).is_none_or(|rest| self.nonneg(&rest) == Tri::False);
        if let Some((k, p)) = w.kernel.iter().zip(&w.padding).find(|(k, p)| too_much(k, p)) {
            let size = |a: &Size| gradus_term::debug::size(self.s, a);
            return Err(LayerError::Padding { padding: size(p), kernel: size(k) });
        }
        let axes = self.move_over(&w, sizes, false)?;
        let output = std::iter::once(channels.clone()).chain(axes.iter().map(|a| a.after.clone())).collect();
        Ok(LayerShape { output, axes, window: Some(w), ..same(input) })
    }
    fn move_over(&self, w: &Window, sizes: &[Size], transposed: bool) -> Result<Vec<Axis>, LayerError> {
        if w.same {
            return Ok(Vec::new());
        }
        sizes.iter().enumerate().map(|(i, n)| self.axis(&Place::of(w, i).ok_or(LayerError::Argument("kernel"))?, n, transposed)).collect()
    }
    fn axis(&self, w: &Place<'_>, n: &Size, transposed: bool) -> Result<Axis, LayerError> {
        let shown = |a: &Size| gradus_term::debug::size(self.s, a);
        let span = w.span().and_then(|s| s.plus(1)).ok_or(LayerError::TooLarge)?;
        let after = if transposed {
            let at_least = |q: &Size, x: &Size| q.add_scaled(x, -1).is_some_and(|rest| self.nonneg(&rest).is_true());
            if *w.q != Size::int(0) && at_least(w.q, w.s) && at_least(w.q, w.d) {
                return Err(LayerError::OutputPadding(shown(w.q)));
            }
            let steps = n.plus(-1).and_then(|n| Size::product(&[n, w.s.clone()]));
            let with = |a: Option<Size>, b: &Size, k: i64| a.and_then(|a| a.add_scaled(b, k));
            with(with(with(steps, w.p, -2), &span, 1), w.q, 1).ok_or(LayerError::TooLarge)?
        } else {
            self.places(n, w)?
        }
        .shortest();
        if after.plus(-1).and_then(|a| a.nonneg_where()).is_some_and(|a| self.nonneg(&a) == Tri::False) {
            let padded = n.add_scaled(w.p, 2).ok_or(LayerError::TooLarge)?;
            return Err(LayerError::Kernel { span: shown(&span), size: shown(&padded) });
        }
        let formula = formula(self.s, n, w, &after, transposed);
        Ok(Axis { formula, before: n.clone(), after })
    }
    /// `⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1`. Rounded up, the last place begins inside the input or its left padding: then this is the
    /// smaller of `⌊(n + 2p − d(k − 1) − 1 + s − 1)/s⌋ + 1` and `⌊(n + p + s − 1)/s⌋`.
    fn places(&self, n: &Size, w: &Place<'_>) -> Result<Size, LayerError> {
        let large = LayerError::TooLarge;
        let reach = w.reach(n).ok_or(large.clone())?;
        let down = reach.quotient(w.s).and_then(|q| q.plus(1));
        if !w.ceil {
            return down.ok_or(large);
        }
        let steps = w.s.plus(-1).ok_or(large.clone())?;
        // p − d(k − 1) + s − 1, by which the first numerator, with s for the added place, exceeds the second.
        let over = w.span().and_then(|span| w.p.add_scaled(&span, -1)).and_then(|x| x.add_scaled(&steps, 1)).ok_or(large.clone())?;
        let up = |a: Option<Size>| a.and_then(|a| a.add_scaled(&steps, 1)).and_then(|a| a.quotient(w.s));
        if over.scale(-1).is_some_and(|a| self.nonneg(&a).is_true()) {
            up(Some(reach)).and_then(|q| q.plus(1)).ok_or(large)
        } else if self.nonneg(&over).is_true() {
            up(n.add_scaled(w.p, 1)).ok_or(large)
        } else {
            let (more, less) = over.sides();
            let shown = |a: &Size| gradus_term::debug::size(self.s, a);
            Err(LayerError::LastPlace(shown(&more), shown(&less)))
        }
    }
    fn adaptive(&self, input: &[Size], n: usize) -> Result<LayerShape, LayerError> {
        let (channels, _) = self.split(input, n)?;
        let sizes = self.each("size", n, 1, &[])?;
        let output = std::iter::once(channels.clone()).chain(sizes).collect();
        Ok(LayerShape { output, ..same(input) })
    }
    fn linear(&self, input: &[Size]) -> Result<LayerShape, LayerError> {
        let (last, rest) = input.split_last().ok_or(LayerError::Rank(1, "a single number".into()))?;
        let out = self.size("out", 1, None)?;
        let weights = self.s.product(&[last.factor_terms(self.s), out.factor_terms(self.s)].concat());
        let biases = if self.flag("bias", 1)? { Some(out.term(self.s)) } else { None };
        let output = rest.iter().cloned().chain([out]).collect();
        Ok(LayerShape { output, weights: Some(weights), biases, ..same(input) })
    }
    /// The sizes from one dimension to another as one; dimension 0 is the batch, as in PyTorch, and −1 the last.
    fn flatten(&self, input: &[Size]) -> Result<LayerShape, LayerError> {
        let dim = |key: &'static str, default: i64| -> Result<usize, LayerError> {
            let at = match self.get(key) {
                Some(t) => self.s.as_rational(t).and_then(|q| q.to_i64()).ok_or(LayerError::Argument(key))?,
                None => default,
            };
            let all = i64::try_from(input.len()).map_err(|_| LayerError::TooLarge)?;
            let at = if at < 0 { at + all } else { at - 1 };
            usize::try_from(at).ok().filter(|k| *k < input.len()).ok_or(LayerError::Argument(key))
        };
        if input.is_empty() {
            return Err(LayerError::Rank(1, "a single number".into()));
        }
        let (from, to) = (dim("start_dim", 1)?, dim("end_dim", -1)?);
        let (Some(before), Some(joined), Some(after)) = (input.get(..from), input.get(from..=to), input.get(to + 1..)) else {
            return Err(LayerError::Argument("end_dim"));
        };
        let all = Size::product(joined).ok_or(LayerError::TooLarge)?;
        let formula = self.s.product(&joined.iter().flat_map(|a| a.factor_terms(self.s)).collect::<Vec<_>>());
        let axes = if joined.len() > 1 { vec![Axis { formula, before: all.clone(), after: all.clone() }] } else { Vec::new() };
        Ok(LayerShape { output: [before, &[all], after].concat(), axes, ..same(input) })
    }
    /// Normalised by channel; `usual` is whether it has weights where that is not said.
    fn batch_norm(&self, input: &[Size], n: usize, usual: i64) -> Result<LayerShape, LayerError> {
        let channels = match input {
            [c] if n == 1 => c,
            _ => self.split(input, n)?.0,
        };
        let c = channels.term(self.s);
        self.no_channels()?;
        let affine = self.flag("affine", usual)?;
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
        let affine = self.flag("elementwise_affine", 1)?;
        let bias = affine && self.flag("bias", 1)?;
        Ok(LayerShape { weights: affine.then_some(count), biases: bias.then_some(count), ..same(input) })
    }
    fn group_norm(&self, input: &[Size]) -> Result<LayerShape, LayerError> {
        let channels = input.first().ok_or(LayerError::Rank(1, "a single number".into()))?;
        let groups = self.size("groups", 1, None).and_then(|g| self.divisor("groups", g))?;
        self.share(channels, &groups)?;
        let c = channels.term(self.s);
        self.no_channels()?;
        let affine = self.flag("affine", 1)?;
        Ok(LayerShape { weights: affine.then_some(c), biases: affine.then_some(c), ..same(input) })
    }
    /// One slope for all channels, or one for each.
    fn prelu(&self, input: &[Size]) -> Result<LayerShape, LayerError> {
        let slopes = self.size("num_parameters", 1, Some(1))?;
        if slopes != Size::int(1) && input.first() != Some(&slopes) {
            return Err(LayerError::Argument("num_parameters"));
        }
        Ok(LayerShape { weights: Some(slopes.term(self.s)), ..same(input) })
    }
    fn embedding(&self, input: &[Size]) -> Result<LayerShape, LayerError> {
        let (words, size) = (self.size("words", 1, None)?, self.size("size", 1, None)?);
        let weights = self.s.product(&[words.factor_terms(self.s), size.factor_terms(self.s)].concat());
        let output = input.iter().cloned().chain([size]).collect();
        Ok(LayerShape { output, weights: Some(weights), ..same(input) })
    }
}

/// `3 × 128 × 128`
fn shown(s: &Store, sizes: &[Size]) -> String {
    sizes.iter().map(|a| gradus_term::debug::size(s, a)).collect::<Vec<_>>().join(" × ")
}

/// A window in one direction.
struct Place<'a> {
    k: &'a Size,
    s: &'a Size,
    p: &'a Size,
    d: &'a Size,
    q: &'a Size,
    ceil: bool,
}

impl<'a> Place<'a> {
    fn of(w: &'a Window, i: usize) -> Option<Self> {
        let (k, s, p) = (w.kernel.get(i)?, w.stride.get(i)?, w.padding.get(i)?);
        Some(Place { k, s, p, d: w.dilation.get(i)?, q: w.extra.get(i)?, ceil: w.ceil })
    }
    /// `d(k − 1)`
    fn span(&self) -> Option<Size> {
        Size::product(&[self.d.clone(), self.k.plus(-1)?])
    }
    /// `n + 2p − d(k − 1) − 1`
    fn reach(&self, n: &Size) -> Option<Size> {
        n.add_scaled(self.p, 2)?.add_scaled(&self.span()?, -1)?.plus(-1)
    }
}

/// The formula with its numbers put in, as a person writes it: padding 0 and dilation 1 are left out, and a stride of 1 divides
/// nothing.
fn formula(s: &Store, n: &Size, w: &Place<'_>, after: &Size, transposed: bool) -> Id {
    let term = |neg: bool, term: Id| Summand { neg, term };
    let one = Size::int(1);
    let zero = Size::int(0);
    let times = |a: Id, b: &Size| {
        let mut all = vec![a];
        all.extend(b.factor_terms(s));
        s.product(&all)
    };
    let padding = (*w.p != zero).then(|| times(s.int(2), w.p));
    let less = |a: &Size| s.sub(a.term(s), s.int(1));
    let span = || s.product(&[w.d.factor_terms(s), vec![less(w.k)]].concat());
    let plain = *w.d == one;
    if transposed {
        let mut all = vec![term(false, if *w.s == one { less(n) } else { times(less(n), w.s) })];
        all.extend(padding.map(|x| term(true, x)));
        all.push(term(false, if plain { w.k.term(s) } else { span() }));
        if *w.q != zero {
            all.push(term(false, w.q.term(s)));
        }
        if !plain {
            all.push(term(false, s.int(1)));
        }
        return s.sum(&all);
    }
    let mut reach = vec![term(false, n.term(s))];
    reach.extend(padding.map(|x| term(false, x)));
    if plain {
        reach.push(term(true, w.k.term(s)));
    } else {
        reach.push(term(true, span()));
        if *w.s == one {
            return s.sum(&reach);
        }
        reach.push(term(true, s.int(1)));
    }
    let added = term(false, s.int(1));
    if *w.s == one {
        reach.push(added);
        return s.sum(&reach);
    }
    let rounded = |mut above: Vec<Summand>| {
        if w.ceil {
            match w.s.as_int() {
                Some(k) => above.push(term(false, s.int(k - 1))),
                None => above.extend([term(false, w.s.term(s)), term(true, s.int(1))]),
            }
        }
        s.prim_call(Prim::Floor, &[s.quot(s.sum(&above), w.s.term(s))])
    };
    // Rounded up, a last place that begins in the padding on the right is none.
    let own = || {
        let all = if w.ceil { w.reach(n)?.add_scaled(&w.s.plus(-1)?, 1) } else { w.reach(n) };
        all?.quotient(w.s)?.plus(1)
    };
    if own().as_ref() == Some(after) {
        return s.sum(&[term(false, rounded(reach)), added]);
    }
    let mut inside = vec![term(false, n.term(s))];
    inside.extend((*w.p != zero).then(|| term(false, w.p.term(s))));
    rounded(inside)
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
