//! Inverses and determinants in the normal form: transposes go inside, products of square matrices are taken apart.

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
    /// `(Aᵀ)⁻¹[i,j]` as `A⁻¹[j,i]`, `(A B)⁻¹` of square matrices as `B⁻¹ A⁻¹`, `(c A)⁻¹` as `A⁻¹/c`, the inverse of an inverse as it was.
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
    /// A determinant, or the logarithm of its size, by those of the factors of its matrix, or of the transpose where that
    /// comes first; `None` where that is what it is already.
    pub(crate) fn determinant(&self, t: Id) -> Option<Id> {
        let s = self.store;
        let (p, of) = [Prim::Det, Prim::LogDet].into_iter().find_map(|p| Some((p, operand(s, t, p)?)))?;
        let first = turned(s, of, false).min(turned(s, of, true));
        if let Some(xs) = square_factors(s, first) {
            let parts: Vec<Id> = xs.iter().map(|x| s.prim_call(p, &[*x])).collect();
            return Some(match p {
                Prim::Det => s.product(&parts),
                _ => s.sum(&parts.iter().map(|x| Summand { neg: false, term: *x }).collect::<Vec<_>>()),
            });
        }
        if let Some(inner) = operand(s, first, Prim::Inv) {
            let d = s.prim_call(p, &[inner]);
            return Some(if p == Prim::Det { s.quot(s.int(1), d) } else { s.sum(&[Summand { neg: true, term: d }]) });
        }
        if let (Some((c, inner)), [n, _]) = (scaled(s, first), s.sort(first).dims()) {
            let (d, n) = (s.prim_call(p, &[inner]), s.index(n.clone()));
            return Some(match p {
                Prim::Det => s.mul(s.pow(c, n), d),
                _ => s.add(s.mul(n, s.prim_call(Prim::Log, &[s.prim_call(Prim::Abs, &[c])])), d),
            });
        }
        (first != of).then(|| s.prim_call(p, &[first]))
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
        _ => operand(s, t, Prim::Inv).is_some_and(|of| own(of, names)),
    }
}

/// Whether a term is the determinant of a square matrix given as orthogonal, which is 1 or −1.
pub(crate) fn is_unit_determinant(s: &Store, t: Id) -> bool {
    let square = |of: Id| matches!(s.sort(of), Sort::Tensor(d) if matches!(d.as_ref(), [m, n] if m == n));
    let given = |of: Id| matches!(s.node(of), Node::Var(v) if s.var(*v).props.orthogonal);
    operand(s, t, Prim::Det).is_some_and(|of| square(of) && given(of))
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
fn operand(s: &Store, t: Id, p: Prim) -> Option<Id> {
    match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(p) => xs.first().copied(),
        _ => None,
    }
}

/// The factors of a product of square matrices of one size.
fn square_factors(s: &Store, t: Id) -> Option<Vec<Id>> {
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
