//! The nodes of the term graph.

use crate::aff::Aff;
use crate::rat::Rat;
use crate::signature::{FnId, VarId};
use crate::sort::Sort;
use crate::store::Id;

/// An interned string: the letter of a binder. `Sym::NONE` asks the layout to choose one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Sym(pub(crate) u32);
impl Sym {
    /// No letter.
    pub const NONE: Sym = Sym(0);
}

/// A summand with its sign.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Summand {
    /// Whether it is subtracted.
    pub neg: bool,
    /// What is added or subtracted.
    pub term: Id,
}

/// Operations over a range.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum BigOp {
    /// Σ; 0 for an empty range.
    Sum,
    /// Π; 1 for an empty range.
    Prod,
    /// The largest value; undefined for an empty range.
    Max,
    /// The smallest value; undefined for an empty range.
    Min,
}

/// Relations between two scalars (or two tensors, for `Eq`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum RelOp {
    /// =
    Eq,
    /// ≠
    Ne,
    /// <
    Lt,
    /// ≤
    Le,
    /// >
    Gt,
    /// ≥
    Ge,
}

impl RelOp {
    /// The relation with its sides exchanged: `a < b` is `b > a`.
    #[must_use]
    pub fn mirrored(self) -> RelOp {
        match self {
            RelOp::Lt => RelOp::Gt,
            RelOp::Gt => RelOp::Lt,
            RelOp::Le => RelOp::Ge,
            RelOp::Ge => RelOp::Le,
            op => op,
        }
    }
    /// What holds of two numbers where this does not.
    pub fn negated(self) -> RelOp {
        match self {
            RelOp::Lt => RelOp::Ge,
            RelOp::Ge => RelOp::Lt,
            RelOp::Le => RelOp::Gt,
            RelOp::Gt => RelOp::Le,
            RelOp::Eq => RelOp::Ne,
            RelOp::Ne => RelOp::Eq,
        }
    }
}

/// Where a limit is taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum LimitPoint {
    /// At a real number.
    At(Id),
    /// Towards +∞.
    PosInf,
    /// Towards −∞.
    NegInf,
}

/// From where a limit is approached.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Side {
    /// From both sides.
    Both,
    /// From below.
    Left,
    /// From above.
    Right,
}

/// A node of the term graph. Nothing here is ever simplified or reordered by being built.
///
/// Binders and how many names they bind: [`Node::Big`] one index (its `cond` and `body` stand under it, `lo` and `hi` do
/// not); [`Node::Tensor`] as many indices as it has sizes (the *last* index is `Bound(0)`); [`Node::Diff`] and
/// [`Node::Differential`] one value of `point`'s sort (in `body`); [`Node::Limit`] one scalar (in `body`).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Node {
    /// A natural number (≥ 0, integer). Fractions are [`Node::Quot`]s, negative numbers signed summands.
    Num(Rat),
    /// An integer expression over sizes and indices, standing as a scalar.
    Index(Aff),
    /// A declared name: a scalar, a tensor, or an opened bound value. (Sizes and indices stand in [`Node::Index`].)
    Var(VarId),
    /// A value bound by the binder this many binders out, with its sort.
    Bound(u32, Sort),
    /// `±a ± b …`: scalars, or tensors of one shape. A single negative summand is `-a`.
    Sum(Box<[Summand]>),
    /// `a b c …`, at least two: scalars, with at most one tensor factor (a scalar multiple).
    Product(Box<[Id]>),
    /// `a / b` with a scalar below (a tensor above is a scalar multiple).
    Quot(Id, Id),
    /// `a ^ b`: scalars, or a square matrix with a whole exponent.
    Pow(Id, Id),
    /// A product of matrices, columns and rows, in order; at least two.
    MatMul(Box<[Id]>),
    /// A function of the signature applied to arguments, hidden ones last. A scalar function of a tensor acts entrywise.
    Call(FnId, Box<[Id]>),
    /// An application whose head is a function-valued name (`Bound` or `Var` of sort `Fun`).
    CallVar(Id, Box<[Id]>),
    /// A function as a value: the `tanh` of `net(tanh, …)`.
    Fun(FnId),
    /// `Σ_{j=lo}^{hi} body` and its kin; `cond` restricts the range.
    Big {
        /// Which operation.
        op: BigOp,
        /// The letter of the index.
        hint: Sym,
        /// First value of the index.
        lo: Aff,
        /// Last value of the index.
        hi: Aff,
        /// Restriction of the range, under the binder.
        cond: Option<Id>,
        /// What is summed, under the binder.
        body: Id,
    },
    /// 1 where the condition holds, else 0.
    Iverson(Id),
    /// The value of the first branch whose condition holds; `otherwise` or undefined if none does.
    Cases(Box<[(Id, Id)]>, Option<Id>),
    /// An entry `T[i, j]`; indices count from 1.
    Entry(Id, Box<[Aff]>),
    /// The tensor with these sizes and entries.
    Tensor {
        /// Sizes.
        dims: Box<[Aff]>,
        /// Letters of the indices.
        hints: Box<[Sym]>,
        /// The entry, under the binders.
        body: Id,
    },
    /// An array written out: of scalars, or of arrays of one shape.
    Array(Box<[Id]>),
    /// Blocks (scalars and vectors) stacked into one vector: `[0; y]`.
    Stack(Box<[Id]>),
    /// The derivative of `ξ ↦ body` with respect to the entry `slot` of ξ (none for a scalar), at `point`.
    Diff {
        /// The letter of the bound value.
        hint: Sym,
        /// A scalar under the binder.
        body: Id,
        /// Which entry of the bound value.
        slot: Box<[Aff]>,
        /// Where the derivative is taken; its sort is the bound value's.
        point: Id,
    },
    /// The differential of `ξ ↦ body`: the sum over the entries of ξ of the derivative by the entry, at `point`, times the same
    /// entry of `along`. It has the sort of the body.
    Differential {
        /// The letter of the bound value.
        hint: Sym,
        /// A scalar or a tensor, under the binder.
        body: Id,
        /// Where it is taken; its sort is the bound value's.
        point: Id,
        /// What the bound value changes by; its sort is the bound value's.
        along: Id,
    },
    /// The limit of `x ↦ body`.
    Limit {
        /// The letter of the bound value.
        hint: Sym,
        /// A scalar under the binder.
        body: Id,
        /// Where.
        point: LimitPoint,
        /// From which side.
        side: Side,
    },
    /// A relation.
    Rel(RelOp, Id, Id),
    /// All of these conditions (none: true).
    And(Box<[Id]>),
    /// Any of these conditions (none: false).
    Or(Box<[Id]>),
    /// The condition fails.
    Not(Id),
    /// +∞, only as a limit's value; see [`LimitPoint`]. `true`: −∞.
    Infinity(bool),
    /// A metavariable of a rule, applied to the bound names it may mention.
    Meta(VarId, Box<[Id]>),
    /// A sequence metavariable `..rest` among summands or factors.
    Seq(VarId),
}

impl Node {
    /// Calls `f(child, binders crossed)` for every child, left to right.
    pub fn for_each_child(&self, mut f: impl FnMut(Id, u32)) {
        match self {
            Node::Num(_) | Node::Index(_) | Node::Var(_) | Node::Bound(..) | Node::Fun(_) | Node::Infinity(_) | Node::Seq(_) => {}
            Node::Sum(xs) => xs.iter().for_each(|x| f(x.term, 0)),
            Node::Product(xs)
            | Node::MatMul(xs)
            | Node::Call(_, xs)
            | Node::Array(xs)
            | Node::Stack(xs)
            | Node::And(xs)
            | Node::Or(xs)
            | Node::Meta(_, xs) => {
                xs.iter().for_each(|x| f(*x, 0));
            }
            Node::Quot(a, b) | Node::Pow(a, b) | Node::Rel(_, a, b) => {
                f(*a, 0);
                f(*b, 0);
            }
            Node::CallVar(h, xs) => {
                f(*h, 0);
                xs.iter().for_each(|x| f(*x, 0));
            }
            Node::Big { cond, body, .. } => {
                f(*body, 1);
                if let Some(c) = cond {
                    f(*c, 1);
                }
            }
            Node::Iverson(c) | Node::Not(c) => f(*c, 0),
            Node::Cases(bs, o) => {
                for (c, v) in bs {
                    f(*c, 0);
                    f(*v, 0);
                }
                if let Some(o) = o {
                    f(*o, 0);
                }
            }
            Node::Entry(t, _) => f(*t, 0),
            Node::Tensor { dims, body, .. } => f(*body, dims.len() as u32),
            Node::Diff { body, point, .. } => {
                f(*body, 1);
                f(*point, 0);
            }
            Node::Differential { body, point, along, .. } => {
                f(*body, 1);
                f(*point, 0);
                f(*along, 0);
            }
            Node::Limit { body, point, .. } => {
                f(*body, 1);
                if let LimitPoint::At(p) = point {
                    f(*p, 0);
                }
            }
        }
    }
    /// The children with the binders crossed, in the order of [`Node::for_each_child`].
    pub fn children(&self) -> Vec<(Id, u32)> {
        let mut out = Vec::new();
        self.for_each_child(|c, u| out.push((c, u)));
        out
    }
    /// The same node with every child replaced by `f(child, binders crossed)`.
    #[must_use]
    pub fn map_children(&self, f: &mut dyn FnMut(Id, u32) -> Id) -> Node {
        let mut n = self.clone();
        match &mut n {
            Node::Num(_) | Node::Index(_) | Node::Var(_) | Node::Bound(..) | Node::Fun(_) | Node::Infinity(_) | Node::Seq(_) => {}
            Node::Sum(xs) => xs.iter_mut().for_each(|x| x.term = f(x.term, 0)),
            Node::Product(xs)
            | Node::MatMul(xs)
            | Node::Call(_, xs)
            | Node::Array(xs)
            | Node::Stack(xs)
            | Node::And(xs)
            | Node::Or(xs)
            | Node::Meta(_, xs) => {
                xs.iter_mut().for_each(|x| *x = f(*x, 0));
            }
            Node::Quot(a, b) | Node::Pow(a, b) | Node::Rel(_, a, b) => {
                *a = f(*a, 0);
                *b = f(*b, 0);
            }
            Node::CallVar(h, xs) => {
                *h = f(*h, 0);
                xs.iter_mut().for_each(|x| *x = f(*x, 0));
            }
            Node::Big { cond, body, .. } => {
                *body = f(*body, 1);
                if let Some(c) = cond {
                    *c = f(*c, 1);
                }
            }
            Node::Iverson(c) | Node::Not(c) => *c = f(*c, 0),
            Node::Cases(bs, o) => {
                for (c, v) in bs.iter_mut() {
                    *c = f(*c, 0);
                    *v = f(*v, 0);
                }
                if let Some(o) = o {
                    *o = f(*o, 0);
                }
            }
            Node::Entry(t, _) => *t = f(*t, 0),
            Node::Tensor { dims, body, .. } => *body = f(*body, dims.len() as u32),
            Node::Diff { body, point, .. } => {
                *body = f(*body, 1);
                *point = f(*point, 0);
            }
            Node::Differential { body, point, along, .. } => {
                *body = f(*body, 1);
                *point = f(*point, 0);
                *along = f(*along, 0);
            }
            Node::Limit { body, point, .. } => {
                *body = f(*body, 1);
                if let LimitPoint::At(p) = point {
                    *p = f(*p, 0);
                }
            }
        }
        n
    }
    /// Calls `f(expression, binders crossed)` for every affine expression of this node itself.
    pub fn for_each_aff(&self, mut f: impl FnMut(&Aff, u32)) {
        match self {
            Node::Index(a) => f(a, 0),
            Node::Bound(_, s) => s.dims().iter().for_each(|a| f(a, 0)),
            Node::Big { lo, hi, .. } => {
                f(lo, 0);
                f(hi, 0);
            }
            Node::Entry(_, ix) => ix.iter().for_each(|a| f(a, 0)),
            Node::Tensor { dims, .. } => dims.iter().for_each(|a| f(a, 0)),
            Node::Diff { slot, .. } => slot.iter().for_each(|a| f(a, 0)),
            _ => {}
        }
    }
    /// The same node with every affine expression of its own replaced by `f(expression)`.
    #[must_use]
    pub fn map_affs(&self, f: &mut dyn FnMut(&Aff) -> Aff) -> Node {
        let mut n = self.clone();
        match &mut n {
            Node::Index(a) => *a = f(a),
            Node::Bound(_, s) => *s = s.map_dims(f),
            Node::Big { lo, hi, .. } => {
                *lo = f(lo);
                *hi = f(hi);
            }
            Node::Entry(_, ix) => ix.iter_mut().for_each(|a| *a = f(a)),
            Node::Tensor { dims, .. } => dims.iter_mut().for_each(|a| *a = f(a)),
            Node::Diff { slot, .. } => slot.iter_mut().for_each(|a| *a = f(a)),
            _ => {}
        }
        n
    }
    /// How many names this node binds in the child with number `child`.
    pub fn binds(&self, child: usize) -> u32 {
        self.children().get(child).map_or(0, |c| c.1)
    }
    pub(crate) fn has_hint(&self) -> bool {
        match self {
            Node::Big { hint, .. } | Node::Diff { hint, .. } | Node::Differential { hint, .. } | Node::Limit { hint, .. } => {
                *hint != Sym::NONE
            }
            Node::Tensor { hints, .. } => hints.iter().any(|h| *h != Sym::NONE),
            _ => false,
        }
    }
    pub(crate) fn without_hints(mut self) -> Node {
        match &mut self {
            Node::Big { hint, .. } | Node::Diff { hint, .. } | Node::Differential { hint, .. } | Node::Limit { hint, .. } => {
                *hint = Sym::NONE
            }
            Node::Tensor { hints, .. } => hints.iter_mut().for_each(|h| *h = Sym::NONE),
            _ => {}
        }
        self
    }
}
