//! Inverses in the normal form, and matrices that are their own transposes: transposes go inside, products of square matrices are taken apart.

use crate::facts::Facts;
use gradus_term::{Aff, Id, Node, Prim, Sort, Store, Summand};

/// The entry of a matrix that may be an inverse, with what inverses obey.
pub(crate) enum InverseEntry {
    /// The matrix and the indices to read it at.
    Kept(Id, Vec<Aff>),
    /// The inverse of a product of square matrices is a product, to be read by its entries.
    Product(Id, Vec<Aff>),
}

impl Facts<'_> {
    /// `(Aᵀ)⁻¹[i,j]` as `A⁻¹[j,i]`, `(A B)⁻¹` of square matrices as `B⁻¹ A⁻¹`, `(A^k)⁻¹` as `(A⁻¹)^k`, `(c A)⁻¹` as `A⁻¹/c`, `Diag(v)⁻¹` as
    /// `Diag(1 ⊘ v)`, the inverse of an inverse as it was.
    /// Each holds wherever both sides have a value.
    pub(crate) fn inverse_entry(&self, u: Id, mut ix: Vec<Aff>) -> InverseEntry {
        let s = self.store;
        let Some(of) = operand(s, u, Prim::Inv).filter(|_| ix.len() == 2) else { return InverseEntry::Kept(u, ix) };
        let (plain, turned) = (turned(s, of, false), turned(s, of, true));
        let of = if turned < plain {
            ix.reverse();
            turned
        } else {
            plain
        };
        if let Some(inner) = operand(s, of, Prim::Inv) {
            return InverseEntry::Product(inner, ix);
        }
        // It has a value only where no entry of the diagonal is 0.
        if let Some(v) = operand(s, of, Prim::Diag) {
            let below = s.prim_call(Prim::EntryPow, &[v, s.int(-1)]);
            return InverseEntry::Product(s.prim_call(Prim::Diag, &[below]), ix);
        }
        if let Some((base, k)) = matrix_power(s, of) {
            return InverseEntry::Product(s.pow(s.prim_call(Prim::Inv, &[base]), k), ix);
        }
        if let Some((c, inner)) = scaled(s, of) {
            return InverseEntry::Product(s.mul(s.quot(s.int(1), c), s.prim_call(Prim::Inv, &[inner])), ix);
        }
        match square_factors(s, of) {
            Some(xs) => {
                let inverses = xs.iter().rev().map(|x| s.prim_call(Prim::Inv, &[*x])).collect();
                InverseEntry::Product(s.intern(Node::MatMul(inverses)), ix)
            }
            None => InverseEntry::Kept(s.prim_call(Prim::Inv, &[of]), ix),
        }
    }
}

/// Names that are opened one inside the other to see whether a matrix is symmetric by its form.
const NAMES: u32 = 3;

/// Whether the entries of a matrix may be read with their indices exchanged: a name given as symmetric, a name for what is its own
/// transpose by its form, and the inverse of such.
pub fn is_symmetric(s: &Store, t: Id) -> bool {
    symmetric_within(s, t, NAMES)
}

fn symmetric_within(s: &Store, t: Id, names: u32) -> bool {
    let own = |of: Id, names: u32| turned_within(s, of, false, names) == turned_within(s, of, true, names);
    match s.node(t) {
        Node::Var(v) => {
            let p = s.var(*v).props;
            p.symmetric || p.positive_definite || p.diagonal
        }
        Node::Call(f, xs) if names > 0 && s.fun(*f).is_constant_name() => {
            let square = matches!(s.sort(t), Sort::Tensor(d) if matches!(d.as_ref(), [m, n] if m == n));
            square && s.unfold(*f, xs).is_some_and(|b| own(b, names - 1))
        }
        Node::Pow(b, _) if s.sort(*b).is_tensor() => symmetric_within(s, *b, names),
        _ => operand(s, t, Prim::Inv).is_some_and(|of| own(of, names)),
    }
}

/// Whether a product is `MᵀM` for a matrix or a vector M, by its factors: the number `xᵀx` and the trace of `AᵀA` are not negative.
pub(crate) fn is_gram(s: &Store, factors: &[Id]) -> bool {
    let side = |xs: &[Id], turn: bool| {
        let whole = match xs {
            [one] => *one,
            _ => s.intern(Node::MatMul(xs.into())),
        };
        turned(s, whole, turn)
    };
    (1..factors.len()).any(|k| {
        let (a, b) = factors.split_at(k);
        side(a, true) == side(b, false)
    })
}

/// The scalar and the matrix of `c A`, `A/c` and `−A`.
pub fn scaled(s: &Store, t: Id) -> Option<(Id, Id)> {
    match s.node(t) {
        Node::Sum(xs) => match xs.as_ref() {
            [x] if x.neg => Some((s.int(-1), x.term)),
            _ => None,
        },
        Node::Quot(a, b) if s.sort(*a).is_tensor() => Some((s.quot(s.int(1), *b), *a)),
        Node::Product(xs) => {
            let (tensors, scalars): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| s.sort(**x).is_tensor());
            match tensors.as_slice() {
                [one] if !scalars.is_empty() => Some((s.product(&scalars), *one)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The operand of an operator with one.
pub(crate) fn operand(s: &Store, t: Id, p: Prim) -> Option<Id> {
    match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(p) => xs.first().copied(),
        _ => None,
    }
}

/// The matrix and the exponent of `A^k`.
pub(crate) fn matrix_power(s: &Store, t: Id) -> Option<(Id, Id)> {
    match s.node(t) {
        Node::Pow(a, k) if s.sort(t).is_tensor() && s.as_aff(*k).is_some() => Some((*a, *k)),
        _ => None,
    }
}

/// The factors of a product of square matrices of one size.
pub(crate) fn square_factors(s: &Store, t: Id) -> Option<Vec<Id>> {
    let Node::MatMul(xs) = s.node(t) else { return None };
    let size = s.sort(t).dims().to_vec();
    xs.iter().all(|x| s.sort(*x).dims() == size && size.len() == 2 && !s.sort(*x).is_compound()).then(|| xs.to_vec())
}

/// The matrix, or its transpose, with the transposes pushed in to its parts.
pub(crate) fn turned(s: &Store, t: Id, turn: bool) -> Id {
    turned_within(s, t, turn, NAMES)
}

fn turned_within(s: &Store, t: Id, turn: bool, names: u32) -> Id {
    let turned = |s: &Store, t: Id, turn: bool| turned_within(s, t, turn, names);
    let t = s.canon(t);
    match s.node(t) {
        Node::MatMul(xs) => {
            let mut ys: Vec<Id> = xs.iter().map(|x| turned(s, *x, turn)).collect();
            if turn {
                ys.reverse();
            }
            s.intern(Node::MatMul(ys.into()))
        }
        Node::Sum(xs) => {
            let mut ys: Vec<Summand> = xs.iter().map(|x| Summand { neg: x.neg, term: turned(s, x.term, turn) }).collect();
            ys.sort_unstable();
            s.sum(&ys)
        }
        Node::Product(xs) => {
            let ys: Vec<Id> = xs.iter().map(|x| if s.sort(*x).is_tensor() { turned(s, *x, turn) } else { *x }).collect();
            s.product(&ys)
        }
        Node::Quot(a, b) => s.quot(turned(s, *a, turn), *b),
        Node::Pow(a, k) => s.pow(turned(s, *a, turn), *k),
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(Prim::Transpose), [x]) => turned(s, *x, !turn),
            (Some(Prim::Inv), [x]) => s.prim_call(Prim::Inv, &[turned(s, *x, turn)]),
            (Some(Prim::Diag | Prim::Eye), _) => t,
            _ if turn && symmetric_within(s, t, names) => t,
            _ => transpose_if(s, t, turn),
        },
        Node::Var(_) if is_symmetric(s, t) => t,
        _ => transpose_if(s, t, turn),
    }
}

fn transpose_if(s: &Store, t: Id, turn: bool) -> Id {
    if turn && s.sort(t).is_tensor() {
        s.prim_call(Prim::Transpose, &[t])
    } else {
        t
    }
}
