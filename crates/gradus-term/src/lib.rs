//! Terms of Gradus: the hash-consed arena, sorts and shapes, affine indices, binders, positions and splice,
//! substitution, exact numbers, the signature of functions, and the statement of goals.
//!
//! This crate is the vocabulary of every other one. It decides nothing (see `gradus-decide`), evaluates nothing
//! (see `gradus-judge`) and prints only for debugging (see `gradus-render`).
//!
//! Invariants
//! * Constructors never simplify or reorder: what is built is what stands on the page.
//! * Equal structure is equal [`Id`]. Binder letters are part of the structure; [`Store::canon`] erases them, so
//!   equality up to renaming is `store.canon(a) == store.canon(b)`.
//! * Bound names are locally nameless: [`Node::Bound`] and [`IVar::Bound`] count binders outwards, all binders alike.

mod aff;
mod build;
mod cofactors;
mod compound;
mod convolution;
pub mod debug;
pub mod goal;
mod layers;
mod node;
mod partial;
mod position;
mod rat;
mod signature;
mod size;
mod sort;
mod store;
mod subst;
mod work;

pub use aff::{Aff, IVar};
pub use compound::Compound;
pub use convolution::{kernel_first, Convolution, Direction};
pub use goal::{Goal, GoalKind};
pub use layers::{LayerKind, LAYERS, WORDS};
pub use node::{BigOp, LimitPoint, Node, RelOp, Side, Summand, Sym};
pub use partial::Partial;
pub use position::{Focus, Position, PositionError, MAX_DEPTH, MAX_SIZE};
pub use rat::Rat;
pub use signature::{Domain, FnId, FnInfo, FnKind, Param, Prim, Props, VarId, VarInfo, VarKind};
pub use size::Size;
pub use sort::Sort;
pub use store::{Id, Store};
pub use subst::Arg;
