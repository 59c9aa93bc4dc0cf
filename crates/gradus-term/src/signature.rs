//! The signature: declared names and functions, as tables of the [`Store`](crate::Store).
//!
//! A declared name ([`VarInfo`]) has an identity of its own, not its spelling: a section may declare a name anew without
//! touching what was said before. Functions ([`FnInfo`]) are primitives, functions of the rulebook, definitions of a
//! worksheet and unknown functions alike.

use crate::aff::Aff;
use crate::rat::Rat;
use crate::sort::Sort;

/// A declared or opened name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct VarId(pub u32);

/// A function of the signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FnId(pub u32);

/// Why a name exists.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum VarKind {
    /// A `given` scalar, tensor or function.
    Given,
    /// A `given` size or other natural number (`given n in N`): stands in [`Node::Index`](crate::Node::Index).
    Size,
    /// An index free in a goal (`da2[i]/dh1[n]`): stands in [`Node::Index`](crate::Node::Index).
    Index,
    /// A parameter of a definition; a size parameter has the integer domain and stands in `Node::Index`.
    Param,
    /// A bound name opened for the time being.
    Opened,
    /// A metavariable of a rule.
    Meta,
}

/// The set a scalar (or every entry of a tensor) lies in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Domain {
    /// ℝ
    #[default]
    Real,
    /// 1, 2, 3, …
    Nat,
    /// …, −1, 0, 1, …
    Int,
    /// One of these numbers.
    Finite(Vec<Rat>),
    /// Between two numbers; `None` is unbounded; the flags say whether the end belongs to it.
    Interval(Option<(Rat, bool)>, Option<(Rat, bool)>),
}

/// Declared properties.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is an independent word of the language")]
pub struct Props {
    /// `A[i,j] = A[j,i]`
    pub symmetric: bool,
    /// det A ≠ 0
    pub invertible: bool,
    /// xᵀAx > 0 for x ≠ 0; symmetric too
    pub positive_definite: bool,
    /// `A[i,j] = 0` for i ≠ j
    pub diagonal: bool,
    /// AᵀA = I
    pub orthogonal: bool,
    /// every entry > 0
    pub positive: bool,
    /// entries read outside the range are 0
    pub zero_outside: bool,
}

/// What is known of a name.
#[derive(Clone, Debug)]
pub struct VarInfo {
    /// As spelt in plain text.
    pub name: String,
    /// Why it exists.
    pub kind: VarKind,
    /// Its sort.
    pub sort: Sort,
    /// Where its values lie.
    pub domain: Domain,
    /// Declared properties.
    pub props: Props,
    /// The form given by `as "…"`.
    pub latex: Option<String>,
    /// `(a, d)` for the name of ⌊a/d⌋: how it is shown. That it has this value is said by conditions among the givens.
    pub floor: Option<(Aff, i64)>,
}

impl VarInfo {
    /// A name of this kind and sort with nothing else known.
    pub fn new(name: &str, kind: VarKind, sort: Sort) -> Self {
        VarInfo { name: name.to_owned(), kind, sort, domain: Domain::Real, props: Props::default(), latex: None, floor: None }
    }
    /// Whether it is integer-valued and so stands in index expressions.
    pub fn is_integer(&self) -> bool {
        matches!(self.domain, Domain::Nat | Domain::Int) && self.sort == Sort::Scalar
    }
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub struct Param {
    /// The name by which the body mentions it.
    pub var: VarId,
    /// Its sort; sizes may mention the function's size parameters.
    pub sort: Sort,
}

/// What a function is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FnKind {
    /// Built in: see [`Prim`].
    Prim(Prim),
    /// Defined by a body: in the rulebook or in a worksheet.
    Defined,
    /// An unknown smooth function: `given g : R -> R`, `given L : function of a2`.
    Unknown,
}

/// What is known of a function.
#[derive(Clone, Debug)]
pub struct FnInfo {
    /// As spelt in plain text.
    pub name: String,
    /// What it is.
    pub kind: FnKind,
    /// Parameters, the hidden ones last.
    pub params: Vec<Param>,
    /// How many parameters are written in a call; the rest are hidden.
    pub explicit: usize,
    /// Size parameters, found from the shapes of the arguments.
    pub dims: Vec<VarId>,
    /// The sort of a call, for unknown functions (others: from the body, or by the rule of the primitive).
    pub result: Sort,
    /// The LaTeX form: `\tanh`, or one given by `as "…"`.
    pub latex: Option<String>,
    /// Whether it belongs to the rulebook (or is built in) rather than to a worksheet.
    pub library: bool,
}

impl FnInfo {
    /// A name without parameters in parentheses: `L_CE`, `f`.
    pub fn is_constant_name(&self) -> bool {
        self.explicit == 0 && !matches!(self.kind, FnKind::Prim(_))
    }
}

macro_rules! prims {
    ($($(#[$doc:meta])* $variant:ident $name:literal $arity:literal,)*) => {
        /// Built-in functions and operators: the scalar primitives the judge evaluates by itself, and the tensor operators
        /// whose entries are given by [`Store::entry`](crate::Store::entry).
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u32)]
        pub enum Prim { $($(#[$doc])* $variant,)* }
        impl Prim {
            /// All of them, in order.
            pub const ALL: &'static [Prim] = &[$(Prim::$variant,)*];
            /// The name in plain text.
            pub fn name(self) -> &'static str { match self { $(Prim::$variant => $name,)* } }
            /// The number of arguments (the fewest, where more are allowed).
            pub fn arity(self) -> usize { match self { $(Prim::$variant => $arity,)* } }
        }
    };
}

prims! {
    /// e^u
    Exp "exp" 1,
    /// natural logarithm, u > 0
    Log "log" 1,
    /// √u, u ≥ 0
    Sqrt "sqrt" 1,
    /// sine
    Sin "sin" 1,
    /// cosine
    Cos "cos" 1,
    /// arctangent
    Atan "atan" 1,
    /// arcsine, −1 ≤ u ≤ 1
    Asin "asin" 1,
    /// arccosine, −1 ≤ u ≤ 1
    Acos "acos" 1,
    /// |u|
    Abs "abs" 1,
    /// −1, 0 or 1
    Sign "sign" 1,
    /// the greatest integer ≤ u
    Floor "floor" 1,
    /// the larger of two
    Max "max" 2,
    /// the smaller of two
    Min "min" 2,
    /// the error function
    Erf "erf" 1,
    /// Γ(u)
    Gamma "gamma" 1,
    /// log|Γ(u)|
    LGamma "lgamma" 1,
    /// ψ(u) = Γ′(u)/Γ(u)
    Digamma "digamma" 1,
    /// the derivatives of ψ: polygamma(k, u), k ≥ 1
    Polygamma "polygamma" 2,
    /// n!
    Factorial "factorial" 1,
    /// binomial coefficient
    Binom "binom" 2,
    /// π
    Pi "pi" 0,
    /// Aᵀ; of a column, a row
    Transpose "transpose" 1,
    /// A⁻¹
    Inv "inv" 1,
    /// trace
    Tr "tr" 1,
    /// determinant
    Det "det" 1,
    /// log|det A|
    LogDet "logdet" 1,
    /// the diagonal matrix of a vector
    Diag "diag" 1,
    /// the diagonal of a matrix
    Diagonal "diagonal" 1,
    /// 2-norm of a vector, Frobenius norm of a matrix
    Norm "norm" 1,
    /// entrywise product
    Hadamard "hadamard" 2,
    /// entrywise quotient
    EntryDiv "entrydiv" 2,
    /// entrywise power: of a tensor by a scalar or a tensor
    EntryPow "entrypow" 2,
    /// Kronecker product
    Kron "kron" 2,
    /// the columns of a matrix stacked
    Vec "vec" 1,
    /// x yᵀ
    Outer "outer" 2,
    /// xᵀ y
    Dot "dot" 2,
    /// all ones: ones(n), ones(m, n)
    Ones "ones" 1,
    /// the identity matrix
    Eye "eye" 1,
    /// the commutation matrix: commutation(m, n) vec(A) = vec(Aᵀ)
    Commutation "commutation" 2,
    /// a tensor as the matrix whose row index is the first so many of its indices, its column index the others: as_matrix(T, rows)
    AsMatrix "as_matrix" 2,
    /// the sum of all entries
    SumAll "sumall" 1,
    /// the entries in reverse order, in every direction
    Flip "flip" 1,
    /// convolution, full; then stride, padding, dilation
    ConvolveFull "convolve_full" 2,
    /// convolution, valid
    ConvolveValid "convolve_valid" 2,
    /// convolution, same
    ConvolveSame "convolve_same" 2,
    /// correlation, full
    CorrelateFull "correlate_full" 2,
    /// correlation, valid
    CorrelateValid "correlate_valid" 2,
    /// correlation, same
    CorrelateSame "correlate_same" 2,
}

impl Prim {
    /// The primitive as a function of the signature.
    pub fn id(self) -> FnId {
        FnId(self as u32)
    }
    /// Whether it takes and gives scalars (and acts entrywise on a tensor).
    pub fn is_scalar(self) -> bool {
        self < Prim::Transpose
    }
    /// The angle that an inverse function gives, as a part of π, where it is one of the known ones; the number is given by its sign and
    /// its square: arcsin 1/2 is π/6, arctan √3 is π/3.
    pub fn angle_of(self, negative: bool, square: &Rat) -> Option<Rat> {
        // Twelfths of π by the square of the sine, or of the tangent.
        let known: &[(i64, i64, i64)] = match self {
            Prim::Asin | Prim::Acos => &[(0, 1, 0), (1, 4, 2), (1, 2, 3), (3, 4, 4), (1, 1, 6)],
            Prim::Atan => &[(0, 1, 0), (1, 3, 2), (1, 1, 3), (3, 1, 4)],
            _ => return None,
        };
        let (_, _, k) = known.iter().find(|(n, d, _)| Rat::new(*n, *d).as_ref() == Some(square))?;
        let turned = if negative { -k } else { *k };
        // The arccosine and the arcsine of a number are a right angle together.
        Rat::new(if self == Prim::Acos { 6 - turned } else { turned }, 12)
    }
}
