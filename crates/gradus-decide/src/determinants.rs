//! Determinants in the normal form: of products, powers, inverses and multiples by those of the parts; of a matrix changed by a
//! product of few columns and rows by Sylvester's identity `det(I + U V) = det(I + V U)`.

use crate::facts::Facts;
use crate::matrices::{matrix_power, operand, scaled, square_factors, turned};
use gradus_term::{Aff, BigOp, Id, Node, Prim, Rat, Sort, Store, Summand};

impl Facts<'_> {
    /// A determinant, or the logarithm of its size, by those of the factors of its matrix or of what this is a power of, or of the transpose where that
    /// comes first; `None` where that is what it is already.
    pub(crate) fn determinant(&self, t: Id) -> Option<Id> {
        let s = self.store;
        let (p, of) = [Prim::Det, Prim::LogDet].into_iter().find_map(|p| Some((p, operand(s, t, p)?)))?;
        let first = turned(s, of, false).min(turned(s, of, true));
        if operand(s, first, Prim::Eye).is_some() {
            return Some(s.int(i64::from(p == Prim::Det)));
        }
        if let Some(v) = operand(s, first, Prim::Diag) {
            return self.of_diagonal(p, v);
        }
        if let Some(xs) = square_factors(s, first) {
            let parts: Vec<Id> = xs.iter().map(|x| s.prim_call(p, &[*x])).collect();
            return Some(match p {
                Prim::Det => s.product(&parts),
                _ => s.sum(&parts.iter().map(|x| Summand { neg: false, term: *x }).collect::<Vec<_>>()),
            });
        }
        if let Some((base, k)) = matrix_power(s, first) {
            let d = s.prim_call(p, &[base]);
            return Some(if p == Prim::Det { s.pow(d, k) } else { s.mul(k, d) });
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
        if let Some(less) = self.changed_by_a_product(p, first) {
            return Some(less);
        }
        (first != of).then(|| s.prim_call(p, &[first]))
    }
    /// The determinant (`p`) of `Diag(v)`: the product of the entries of v, and of its logarithm the sum of theirs.
    fn of_diagonal(&self, p: Prim, v: Id) -> Option<Id> {
        let s = self.store;
        let [n] = s.sort(v).dims() else { return None };
        let i = s.fresh(s.sym("i"), Sort::Scalar, true);
        let entry = s.intern(Node::Entry(v, [Aff::free(i)].into()));
        let over = |op: BigOp, term: Id| s.big(op, i, Aff::int(1), n.clone(), None, term);
        Some(match p {
            Prim::Det => over(BigOp::Prod, entry),
            _ => over(BigOp::Sum, s.prim_call(Prim::Log, &[s.prim_call(Prim::Abs, &[entry])])),
        })
    }
    /// The determinant (`p`) of `M + U V` with an invertible M as `det M · det(I + M⁻¹ U V)`, and of `I + U V` by the first of the
    /// matrices that this may be turned round to; `1 + vᵀ u` where it can be a number. `None` where it is that already.
    fn changed_by_a_product(&self, p: Prim, whole: Id) -> Option<Id> {
        let s = self.store;
        let (outside, changed) = self.taken_out(whole)?;
        let det = |m: Id| s.prim_call(p, &[m]);
        let together = |outside: Id, inside: Id| if p == Prim::Det { s.mul(outside, inside) } else { s.add(outside, inside) };
        let Some(Node::Sum(xs)) = changed.map(|m| s.node(m)) else {
            return None;
        };
        let inside = round(s, p, xs)?;
        match outside {
            Some(m) => Some(together(det(m), inside)),
            None => (inside != det(whole)).then_some(inside),
        }
    }
    /// Of a sum `M + W` of an invertible matrix and a product: M, unless it is the identity, and `I + M⁻¹ W`.
    pub fn taken_out(&self, whole: Id) -> Option<(Option<Id>, Option<Id>)> {
        let s = self.store;
        let Node::Sum(xs) = s.node(whole) else { return None };
        let [a, b] = xs.as_ref() else { return None };
        let signed = |x: &Summand| if x.neg { s.neg(x.term) } else { x.term };
        let eye = |t: Id| operand(s, t, Prim::Eye).is_some() || scaled(s, t).is_some_and(|(_, m)| operand(s, m, Prim::Eye).is_some());
        let (m, w) = match (signed(a), signed(b)) {
            (x, y) if eye(x) => (x, y),
            (x, y) if eye(y) => (y, x),
            (x, y) => match (self.invertible(x), self.invertible(y)) {
                (true, false) => (x, y),
                (false, true) => (y, x),
                _ => return None,
            },
        };
        if operand(s, m, Prim::Eye).is_some() {
            return Some((None, Some(whole)));
        }
        if !self.invertible(m) {
            return None;
        }
        let one = s.prim_call(Prim::Eye, &[s.index(s.sort(m).dims().first()?.clone())]);
        let (neg, c, letters) = word(s, w)?;
        let changed = match scaled(s, m).filter(|(_, inner)| operand(s, *inner, Prim::Eye).is_some()) {
            Some((scale, _)) => s.mul(s.quot(c, scale), product(s, &letters)),
            None => {
                let inverse = operand(s, m, Prim::Inv).unwrap_or_else(|| s.prim_call(Prim::Inv, &[m]));
                times(s, c, product(s, &std::iter::once(inverse).chain(letters).collect::<Vec<_>>()))
            }
        };
        Some((Some(m), Some(s.sum(&[Summand { neg: false, term: one }, Summand { neg, term: changed }]))))
    }
}

/// The determinant (`p`) of `I + c W`, the word W turned round to what comes first.
fn round(s: &Store, p: Prim, xs: &[Summand]) -> Option<Id> {
    let eye = |x: &&Summand| operand(s, x.term, Prim::Eye).is_some() && !x.neg;
    let [a, b] = xs else { return None };
    let w = [a, b].into_iter().find(|x| !eye(x))?;
    [a, b].into_iter().find(eye)?;
    let (neg, c, letters) = word(s, if w.neg { s.neg(w.term) } else { w.term })?;
    let one = |n: &Aff| s.prim_call(Prim::Eye, &[s.index(n.clone())]);
    let plus = |one: Id, w: Id| s.sum(&[Summand { neg: false, term: one }, Summand { neg, term: times(s, c, w) }]);
    let turns: Vec<Vec<Id>> = (0..letters.len())
        .map(|k| letters.get(k..).unwrap_or_default().iter().chain(letters.get(..k).unwrap_or_default()).copied().collect())
        .collect();
    let is_row = |x: Id| matches!(s.sort(x), Sort::Row(_));
    if let Some(w) = turns.iter().find(|w| w.first().is_some_and(|x| is_row(*x)) && w.len() > 1) {
        let number = plus(s.int(1), product(s, w));
        return Some(match p {
            Prim::Det => number,
            _ => s.prim_call(Prim::Log, &[s.prim_call(Prim::Abs, &[number])]),
        });
    }
    let matrix = |w: &Vec<Id>| {
        let w = product(s, w);
        let Sort::Tensor(d) = s.sort(w) else { return None };
        let m = plus(one(d.first()?), w);
        Some(turned(s, m, false).min(turned(s, m, true)))
    };
    turns.iter().filter_map(matrix).min().map(|m| s.prim_call(p, &[m]))
}
/// `c W`; 1 is no factor.
fn times(s: &Store, c: Id, w: Id) -> Id {
    if s.as_rational(c).is_some_and(|c| c.is_one()) {
        w
    } else {
        s.mul(c, w)
    }
}
/// Whether it is subtracted, the scalar, and the letters of a multiple of a product of matrices and vectors.
fn word(s: &Store, t: Id) -> Option<(bool, Id, Vec<Id>)> {
    let mut letters = Vec::new();
    let (mut neg, mut c, mut at) = (false, s.int(1), t);
    while let Some((q, inner)) = scaled(s, at) {
        if s.as_rational(q).is_some_and(|q| q == Rat::int(-1)) {
            neg = !neg;
        } else {
            c = times(s, c, q);
        }
        at = inner;
    }
    match s.node(at) {
        Node::MatMul(xs) => letters.extend(xs.iter().copied()),
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Outer) => {
            let [u, v] = xs.as_ref() else { return None };
            letters.extend([*u, s.prim_call(Prim::Transpose, &[*v])]);
        }
        _ => return None,
    }
    let compound = letters.iter().any(|x| s.sort(*x).is_compound());
    (!compound && letters.len() > 1).then_some((neg, c, letters))
}
fn product(s: &Store, letters: &[Id]) -> Id {
    match letters {
        [one] => *one,
        _ => s.intern(Node::MatMul(letters.into())),
    }
}

/// Whether a term is the determinant of a square matrix given as orthogonal, which is 1 or −1.
pub(crate) fn is_unit_determinant(s: &Store, t: Id) -> bool {
    let square = |of: Id| matches!(s.sort(of), Sort::Tensor(d) if matches!(d.as_ref(), [m, n] if m == n));
    let given = |of: Id| matches!(s.node(of), Node::Var(v) if s.var(*v).props.orthogonal);
    operand(s, t, Prim::Det).is_some_and(|of| square(of) && given(of))
}
