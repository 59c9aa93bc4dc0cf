//! The closed list of LaTeX commands and what they stand for. A table and nothing else.

/// Commands that leave no trace: spacing, sizes, style.
pub const SPACES: &[&str] = &[
    ",",
    ";",
    ":",
    "!",
    " ",
    ">",
    "quad",
    "qquad",
    "thinspace",
    "medspace",
    "thickspace",
    "negthinspace",
    "negmedspace",
    "negthickspace",
    "enspace",
    "limits",
    "nolimits",
    "displaystyle",
    "textstyle",
    "scriptstyle",
    "big",
    "Big",
    "bigg",
    "Bigg",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
    "biggl",
    "biggr",
    "Biggl",
    "Biggr",
    "bigm",
    "middle",
    "nonumber",
    "notag",
    "mathstrut",
];

/// Commands that name a function, and the function.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("log", "log"),
    ("ln", "log"),
    ("exp", "exp"),
    ("sin", "sin"),
    ("cos", "cos"),
    ("tan", "tan"),
    ("sec", "sec"),
    ("csc", "csc"),
    ("cot", "cot"),
    ("sinh", "sinh"),
    ("cosh", "cosh"),
    ("tanh", "tanh"),
    ("coth", "coth"),
    ("arcsin", "asin"),
    ("arccos", "acos"),
    ("arctan", "atan"),
    ("det", "det"),
    ("max", "max"),
    ("min", "min"),
];

/// Signs written as commands, as one character.
pub const SIGNS: &[(&str, char)] = &[
    ("cdot", '*'),
    ("times", '*'),
    ("ast", '*'),
    ("odot", '⊙'),
    ("circ", '⊙'),
    ("oslash", '⊘'),
    ("div", '/'),
    ("le", '≤'),
    ("leq", '≤'),
    ("leqslant", '≤'),
    ("ge", '≥'),
    ("geq", '≥'),
    ("geqslant", '≥'),
    ("ne", '≠'),
    ("neq", '≠'),
    ("lt", '<'),
    ("gt", '>'),
    ("land", '∧'),
    ("wedge", '∧'),
    ("in", '∈'),
    ("to", '→'),
    ("rightarrow", '→'),
    ("Rightarrow", '→'),
    ("longrightarrow", '→'),
    ("Longrightarrow", '→'),
    ("vert", '|'),
    ("mid", '|'),
    ("|", '‖'),
    ("Vert", '‖'),
    ("lbrace", '{'),
    ("rbrace", '}'),
    ("prime", '\''),
    ("lbrack", '['),
    ("rbrack", ']'),
    ("lparen", '('),
    ("rparen", ')'),
];

/// Fonts: the letters inside are one name.
pub const FONTS: &[&str] = &[
    "mathbf",
    "mathrm",
    "mathit",
    "mathsf",
    "mathcal",
    "mathtt",
    "mathfrak",
    "mathbb",
    "boldsymbol",
    "bm",
    "operatorname",
    "mathnormal",
    "mathscr",
    "symbf",
    "pmb",
];

/// Accents, and what they add to a name.
pub const ACCENTS: &[(&str, &str)] = &[
    ("tilde", "tilde"),
    ("widetilde", "tilde"),
    ("hat", "hat"),
    ("widehat", "hat"),
    ("bar", "bar"),
    ("dot", "dot"),
    ("ddot", "ddot"),
    ("vec", "vec"),
    ("check", "check"),
    ("breve", "breve"),
];

/// What Gradus has not, and what to call it.
pub const UNSUPPORTED: &[(&str, &str)] = &[
    ("int", "integrals"),
    ("iint", "integrals"),
    ("oint", "integrals"),
    ("overline", "conjugates"),
    ("langle", "angle brackets"),
    ("rangle", "angle brackets"),
    ("cdots", "ellipses"),
    ("ldots", "ellipses"),
    ("dots", "ellipses"),
    ("vdots", "ellipses"),
    ("pm", "signs of two values"),
    ("mp", "signs of two values"),
    ("cup", "set operations"),
    ("cap", "set operations"),
    ("forall", "quantifiers"),
    ("exists", "quantifiers"),
];

/// Looks a command up in a table.
pub fn find<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|row| row.0 == name).map(|row| row.1)
}

/// All commands that are read, for suggestions.
pub fn known() -> impl Iterator<Item = &'static str> {
    let own = ["frac", "sqrt", "sum", "prod", "lim", "nabla", "partial", "binom", "infty", "left", "right", "top"];
    own.into_iter()
        .chain(FUNCTIONS.iter().map(|r| r.0))
        .chain(SIGNS.iter().map(|r| r.0))
        .chain(FONTS.iter().copied())
        .chain(ACCENTS.iter().map(|r| r.0))
        .chain(crate::chars::GREEK.iter().map(|r| r.1))
}
