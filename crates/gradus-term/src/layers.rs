//! The layers a network may have: names and arguments as in PyTorch, less the input channels, which the shape gives. What
//! they do to a shape is the kernel's business.

/// A kind of layer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LayerKind {
    /// Its name: `Conv2d`.
    pub name: &'static str,
    /// Its arguments in order; `|` separates other spellings of one.
    pub arguments: &'static [&'static str],
    /// How many of them must be given.
    pub required: usize,
}

const CONV: &[&str] = &["out|out_channels", "kernel|kernel_size", "stride", "padding", "dilation", "groups", "bias"];
const TRANSPOSED: &[&str] =
    &["out|out_channels", "kernel|kernel_size", "stride", "padding", "output_padding", "groups", "bias", "dilation"];
const MAX_POOL: &[&str] = &["kernel|kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"];
const AVG_POOL: &[&str] = &["kernel|kernel_size", "stride", "padding", "ceil_mode"];
const ADAPTIVE: &[&str] = &["size|output_size"];
const BATCH_NORM: &[&str] = &["eps", "momentum", "affine"];

const fn kind(name: &'static str, arguments: &'static [&'static str], required: usize) -> LayerKind {
    LayerKind { name, arguments, required }
}

/// All kinds.
pub const LAYERS: &[LayerKind] = &[
    kind("Conv1d", CONV, 2),
    kind("Conv2d", CONV, 2),
    kind("Conv3d", CONV, 2),
    kind("ConvTranspose1d", TRANSPOSED, 2),
    kind("ConvTranspose2d", TRANSPOSED, 2),
    kind("ConvTranspose3d", TRANSPOSED, 2),
    kind("MaxPool1d", MAX_POOL, 1),
    kind("MaxPool2d", MAX_POOL, 1),
    kind("MaxPool3d", MAX_POOL, 1),
    kind("AvgPool1d", AVG_POOL, 1),
    kind("AvgPool2d", AVG_POOL, 1),
    kind("AvgPool3d", AVG_POOL, 1),
    kind("AdaptiveAvgPool1d", ADAPTIVE, 1),
    kind("AdaptiveAvgPool2d", ADAPTIVE, 1),
    kind("AdaptiveAvgPool3d", ADAPTIVE, 1),
    kind("AdaptiveMaxPool1d", ADAPTIVE, 1),
    kind("AdaptiveMaxPool2d", ADAPTIVE, 1),
    kind("AdaptiveMaxPool3d", ADAPTIVE, 1),
    kind("Linear", &["out|out_features", "bias"], 1),
    kind("Flatten", &[], 0),
    kind("BatchNorm1d", BATCH_NORM, 0),
    kind("BatchNorm2d", BATCH_NORM, 0),
    kind("BatchNorm3d", BATCH_NORM, 0),
    kind("LayerNorm", &["shape|normalized_shape"], 0),
    kind("GroupNorm", &["groups|num_groups"], 1),
    kind("Embedding", &["words|num_embeddings", "size|embedding_dim"], 2),
    kind("Dropout", &["p"], 0),
    kind("Dropout1d", &["p"], 0),
    kind("Dropout2d", &["p"], 0),
    kind("Dropout3d", &["p"], 0),
    kind("Identity", &[], 0),
    kind("ReLU", &[], 0),
    kind("LeakyReLU", &["slope|negative_slope"], 0),
    kind("ELU", &["alpha"], 0),
    kind("SELU", &[], 0),
    kind("GELU", &[], 0),
    kind("SiLU", &[], 0),
    kind("Mish", &[], 0),
    kind("Sigmoid", &[], 0),
    kind("Tanh", &[], 0),
    kind("Softplus", &[], 0),
    kind("Softmax", &["dim"], 0),
    kind("LogSoftmax", &["dim"], 0),
];

impl LayerKind {
    /// The kind of this name.
    pub fn of(name: &str) -> Option<&'static LayerKind> {
        LAYERS.iter().find(|k| k.name == name)
    }
    /// The first spelling of an argument, if the layer has it.
    pub fn argument(&self, key: &str) -> Option<&'static str> {
        self.arguments.iter().find(|a| a.split('|').any(|s| s == key)).and_then(|a| a.split('|').next())
    }
}
