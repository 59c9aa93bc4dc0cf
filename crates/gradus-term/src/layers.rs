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

/// Arguments whose value may be a word, with these words.
pub const WORDS: &[(&str, &[&str])] = &[("padding", &["valid", "same"]), ("padding_mode", &["zeros", "reflect", "replicate", "circular"])];

const CONV: &[&str] = &["out|out_channels", "kernel|kernel_size", "stride", "padding", "dilation", "groups", "bias", "padding_mode"];
const TRANSPOSED: &[&str] =
    &["out|out_channels", "kernel|kernel_size", "stride", "padding", "output_padding", "groups", "bias", "dilation", "padding_mode"];
const MAX_POOL: &[&str] = &["kernel|kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"];
const AVG_POOL: &[&str] = &["kernel|kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"];
const ADAPTIVE: &[&str] = &["size|output_size"];
const BATCH_NORM: &[&str] = &["eps", "momentum", "affine", "track_running_stats"];
const INPLACE: &[&str] = &["inplace"];
const DROPOUT: &[&str] = &["p", "inplace"];

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
    kind("Flatten", &["start_dim", "end_dim"], 0),
    kind("BatchNorm1d", BATCH_NORM, 0),
    kind("BatchNorm2d", BATCH_NORM, 0),
    kind("BatchNorm3d", BATCH_NORM, 0),
    kind("InstanceNorm1d", BATCH_NORM, 0),
    kind("InstanceNorm2d", BATCH_NORM, 0),
    kind("InstanceNorm3d", BATCH_NORM, 0),
    kind("LayerNorm", &["shape|normalized_shape", "eps", "elementwise_affine", "bias"], 0),
    kind("GroupNorm", &["groups|num_groups", "eps", "affine"], 1),
    kind("Embedding", &["words|num_embeddings", "size|embedding_dim"], 2),
    kind("Dropout", DROPOUT, 0),
    kind("Dropout1d", DROPOUT, 0),
    kind("Dropout2d", DROPOUT, 0),
    kind("Dropout3d", DROPOUT, 0),
    kind("Identity", &[], 0),
    kind("ReLU", INPLACE, 0),
    kind("ReLU6", INPLACE, 0),
    kind("PReLU", &["num_parameters", "init"], 0),
    kind("CELU", &["alpha", "inplace"], 0),
    kind("Hardtanh", &["min_val", "max_val", "inplace"], 0),
    kind("Hardsigmoid", INPLACE, 0),
    kind("Hardswish", INPLACE, 0),
    kind("Softsign", &[], 0),
    kind("LogSigmoid", &[], 0),
    kind("LeakyReLU", &["slope|negative_slope", "inplace"], 0),
    kind("ELU", &["alpha", "inplace"], 0),
    kind("SELU", INPLACE, 0),
    kind("GELU", &[], 0),
    kind("SiLU", INPLACE, 0),
    kind("Mish", INPLACE, 0),
    kind("Sigmoid", &[], 0),
    kind("Tanh", &[], 0),
    kind("Softplus", &["beta", "threshold"], 0),
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
