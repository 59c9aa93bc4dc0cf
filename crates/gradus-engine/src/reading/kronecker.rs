//! Reading entries at compound indices: `A[i,k] B[j,l]` at `((j, i), (l, k))` as `B ⊗ A`.
//!
//! A summand reduces to matrices between the parts of the indices. One between a part of the row and a part of the column is a
//! factor of a Kronecker product; where two of them cross, the product is followed by a commutation matrix. One between the parts
//! of the row is a diagonal factor `Diag(vec(M))` on the left, of the column on the right. Without any across, the summand is a
//! column times a row.

use super::graph::Graph;
use super::paths::Reader;
use super::words::{product, transposed_word, with_powers, Term};
use gradus_term::{Id, Node, Prim, Store, VarId};

/// What stands across from a row index to a column index: a matrix, or an equation between them.
struct Across {
    row: usize,
    col: usize,
    equal: bool,
}

impl Reader<'_, '_> {
    /// The matrix whose entry in the row `rows` and the column `cols` is `t`; a column if there is no column index.
    pub fn read_compound(&mut self, t: Id, rows: &[VarId], cols: &[VarId]) -> Option<Id> {
        if rows.is_empty() || rows.len() > 2 || cols.len() > 2 {
            return None;
        }
        self.read_sum(t, &mut |r, neg, t| r.compound_term(neg, t, rows, cols))
    }
    fn compound_term(&mut self, neg: bool, t: Id, rows: &[VarId], cols: &[VarId]) -> Option<Term> {
        let s = self.store();
        // The columns of vec(M) are M's own, so its rows come first: (j, i) is M[i, j].
        let free: Vec<VarId> = rows.iter().rev().chain(cols.iter().rev()).copied().collect();
        let (graph, equal, mut out) = self.reduced(neg, t, &free)?;
        let at = |side: &[VarId], v: VarId| side.iter().position(|u| *u == v);
        let mut across: Vec<Across> = Vec::new();
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let pairs = graph.pairs();
        for ((u, v), equal) in pairs.iter().map(|p| (*p, false)).chain(equal.iter().map(|p| (*p, true))) {
            let (r, c) = (at(rows, u).or(at(rows, v)), at(cols, u).or(at(cols, v)));
            match (r, c) {
                (Some(row), Some(col)) => across.push(Across { row, col, equal }),
                (Some(_), None) if !equal => left = columns(s, &graph, rows)?,
                (None, Some(_)) if !equal => right = columns(s, &graph, cols)?,
                _ => return None,
            }
        }
        out.word = if across.is_empty() {
            side(s, &graph, rows)?.into_iter().chain(transposed_word(s, &side(s, &graph, cols)?)).collect()
        } else {
            let mut word = kronecker(s, &graph, rows, cols, across)?;
            let diagonal = |m: &[Id]| s.prim_call(Prim::Diag, &[product(s, m)]);
            if word.first().is_some_and(|k| is_identity(s, *k)) && (!left.is_empty() || !right.is_empty()) {
                word.remove(0);
            }
            if !left.is_empty() {
                word.insert(0, diagonal(&left));
            }
            if !right.is_empty() {
                word.push(diagonal(&right));
            }
            word
        };
        Some(out)
    }
}

/// Whether this is `I` or `I ⊗ I`.
fn is_identity(s: &Store, t: Id) -> bool {
    match s.node(t) {
        Node::Call(f, xs) => match s.prim(*f) {
            Some(Prim::Eye) => true,
            Some(Prim::Kron) => xs.iter().all(|x| is_identity(s, *x)),
            _ => false,
        },
        _ => false,
    }
}

/// `vec(M)` of the matrix alone between the two parts of an index.
fn columns(s: &Store, graph: &Graph<'_>, parts: &[VarId]) -> Option<Vec<Id>> {
    let [j, i] = parts else { return None };
    Some(vec![s.prim_call(Prim::Vec, &[product(s, &graph.between(*i, *j)?)])])
}

/// What stands at one index: a vector, or `vec` of a matrix; nothing for no index.
fn side(s: &Store, graph: &Graph<'_>, parts: &[VarId]) -> Option<Vec<Id>> {
    match parts {
        [] => Some(Vec::new()),
        [v] => graph.at(*v),
        [j, i] => Some(vec![s.prim_call(Prim::Vec, &[product(s, &graph.at_two(*i, *j, false)?)])]),
        _ => None,
    }
}

/// The Kronecker product of what stands across, and a commutation matrix where two cross.
fn kronecker(s: &Store, graph: &Graph<'_>, rows: &[VarId], cols: &[VarId], mut across: Vec<Across>) -> Option<Vec<Id>> {
    across.sort_by_key(|a| a.row);
    let once = |side: &dyn Fn(&Across) -> usize| (0..2).all(|k| across.iter().filter(|a| side(a) == k).count() <= 1);
    if !once(&|a| a.row) || !once(&|a| a.col) {
        return None;
    }
    let word = |a: &Across| graph.at_two(*rows.get(a.row)?, *cols.get(a.col)?, a.equal).map(|w| product(s, &with_powers(s, &w)));
    if let [a, b] = across.as_slice() {
        let both = s.prim_call(Prim::Kron, &[word(a)?, word(b)?]);
        if a.col < b.col {
            return Some(vec![both]);
        }
        let [l, k] = cols else { return None };
        let size = |v: &VarId| graph.size(*v).map(|n| s.index(n.clone()));
        let turn = s.prim_call(Prim::Commutation, &[size(k)?, size(l)?]);
        return Some(if is_identity(s, both) { vec![turn] } else { vec![both, turn] });
    }
    let [a] = across.as_slice() else { return None };
    // What is not met across is a column beside the row's other part, or a row beside the column's.
    let mut factors = vec![word(a)?];
    let alone = |parts: &[VarId], used: usize| parts.iter().enumerate().find(|(k, _)| *k != used).map(|(k, v)| (k < used, *v));
    let mut beside = |first: bool, f: Id| if first { factors.insert(0, f) } else { factors.push(f) };
    if let Some((first, v)) = alone(rows, a.row) {
        beside(first, product(s, &graph.at(v)?));
    }
    if let Some((first, v)) = alone(cols, a.col) {
        beside(first, product(s, &transposed_word(s, &graph.at(v)?)));
    }
    factors.into_iter().reduce(|a, b| s.prim_call(Prim::Kron, &[a, b])).map(|k| vec![k])
}
