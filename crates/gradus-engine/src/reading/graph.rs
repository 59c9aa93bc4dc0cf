//! The contraction graph of a summand and its reduction to a word.
//!
//! Nodes are indices, edges are matrices between two of them, labels are vectors at one of them. A summed index with one edge
//! is a matrix times a vector, one with two edges a product of matrices, a lone one a scalar. What is left at the free
//! indices is the word: every series-parallel graph reduces.

use super::words::{entrywise_inverse, letters, product, transposed_word, transposes, with_powers};
use gradus_term::{Aff, Id, Node, Prim, Store, VarId};

/// An index of the graph.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Its name.
    pub index: VarId,
    /// How many values it takes, from 1.
    pub size: Aff,
    /// Whether it is an index of the result.
    pub free: bool,
    /// Vectors multiplied at it, as words.
    pub labels: Vec<Vec<Id>>,
    /// Vectors it is divided by.
    pub divisors: Vec<Id>,
}

/// A matrix between two indices.
#[derive(Clone, Debug)]
struct Edge {
    from: VarId,
    to: VarId,
    word: Vec<Id>,
}

impl Edge {
    fn touches(&self, v: VarId) -> bool {
        self.from == v || self.to == v
    }
    /// The index at the other end.
    fn other(&self, v: VarId) -> VarId {
        if self.from == v {
            self.to
        } else {
            self.from
        }
    }
    /// The word with its rows at `v`.
    fn leaving(&self, s: &Store, v: VarId) -> Vec<Id> {
        if self.from == v {
            self.word.clone()
        } else {
            transposed_word(s, &self.word)
        }
    }
}

/// The graph of one summand.
pub(super) struct Graph<'s> {
    s: &'s Store,
    places: Vec<Place>,
    edges: Vec<Edge>,
    /// What was summed up completely.
    pub scalars: Vec<Id>,
}

impl<'s> Graph<'s> {
    /// A graph of these indices with nothing at them.
    pub fn new(s: &'s Store, places: Vec<Place>) -> Self {
        Graph { s, places, edges: Vec::new(), scalars: Vec::new() }
    }
    fn place(&mut self, v: VarId) -> Option<&mut Place> {
        self.places.iter_mut().find(|p| p.index == v)
    }
    /// Multiplies by a vector at `v`.
    pub fn label(&mut self, v: VarId, vector: Id) -> Option<()> {
        let word = letters(self.s, vector);
        self.place(v)?.labels.push(word);
        Some(())
    }
    /// Divides by a vector at `v`.
    pub fn divide(&mut self, v: VarId, vector: Id) -> Option<()> {
        self.place(v)?.divisors.push(vector);
        Some(())
    }
    /// Multiplies by a matrix with rows at `u` and columns at `v`.
    pub fn edge(&mut self, u: VarId, v: VarId, matrix: Id) {
        let word = letters(self.s, matrix);
        self.edges.push(Edge { from: u, to: v, word });
    }

    /// Divides entry by entry by a matrix with rows at `u` and columns at `v`: what stands between these already, or 1.
    pub fn divide_edge(&mut self, u: VarId, v: VarId, matrix: Id) {
        let s = self.s;
        let between = |e: &Edge| e.from != e.to && e.touches(u) && e.touches(v);
        let word = match self.edges.iter().position(between).map(|k| self.edges.remove(k)) {
            Some(e) => vec![s.prim_call(Prim::EntryDiv, &[product(s, &e.leaving(s, u)), matrix])],
            None => vec![entrywise_inverse(s, matrix)],
        };
        self.edges.push(Edge { from: u, to: v, word });
    }

    /// Reduces to the free indices; whether nothing else is left.
    pub fn reduce(&mut self) -> bool {
        while self.places.iter().any(|p| !p.free) || !self.edges.is_empty() {
            let moved = self.loops() || self.alone() || self.leaf() || self.parallel() || self.series();
            if !moved {
                break;
            }
        }
        self.places.iter().all(|p| p.free)
    }
    fn degree(&self, v: VarId) -> usize {
        self.edges.iter().filter(|e| e.touches(v)).count()
    }
    /// A matrix from an index to itself: a trace if nothing else is there, else its diagonal.
    fn loops(&mut self) -> bool {
        let Some(k) = self.edges.iter().position(|e| e.from == e.to) else { return false };
        let e = self.edges.remove(k);
        let v = e.from;
        let lone = self.degree(v) == 0;
        let s = self.s;
        let Some(p) = self.place(v) else { return false };
        if lone && !p.free && p.divisors.is_empty() {
            let mut word = e.word;
            if !p.labels.is_empty() {
                let Some(l) = vector(s, p) else { return false };
                word.insert(0, s.prim_call(Prim::Diag, &[l]));
            }
            self.places.retain(|p| p.index != v);
            // A transpose has the same trace.
            let turned = transposed_word(s, &word);
            let written = |w: &[Id]| w.iter().map(|x| transposes(s, *x)).sum::<usize>();
            let word = if written(&turned) < written(&word) { turned } else { word };
            self.scalars.push(s.prim_call(Prim::Tr, &[product(s, &with_powers(s, &word))]));
            return true;
        }
        p.labels.push(vec![s.prim_call(Prim::Diagonal, &[product(s, &e.word)])]);
        true
    }
    /// A summed index without edges: a scalar.
    fn alone(&mut self) -> bool {
        let Some(k) = self.places.iter().position(|p| !p.free && self.degree(p.index) == 0) else { return false };
        let mut p = self.places.remove(k);
        let s = self.s;
        if p.divisors.is_empty() && p.labels.is_empty() {
            self.scalars.push(s.index(p.size));
            return true;
        }
        // xᵀ A y: the simplest vector first.
        p.labels.sort_by_key(Vec::len);
        let scalar = match (p.labels.as_slice(), p.divisors.as_slice()) {
            ([one], []) if squares(s, one).is_some() => squares(s, one).map(|u| s.pow(s.prim_call(Prim::Norm, &[u]), s.int(2))),
            ([_], []) | (_, [_, ..]) => vector(s, &p).map(|v| s.prim_call(Prim::SumAll, &[v])),
            ([first, rest @ ..], _) => {
                let right = match rest {
                    [one] => one.clone(),
                    many => vec![hadamard(s, many)],
                };
                let word: Vec<Id> = transposed_word(s, first).into_iter().chain(right).collect();
                // A number is its own transpose: yᵀ A⁻¹ y, not yᵀ A⁻ᵀ y.
                let turned = transposed_word(s, &word);
                let written = |w: &[Id]| w.iter().map(|x| transposes(s, *x)).sum::<usize>();
                Some(product(s, &with_powers(s, if written(&turned) < written(&word) { &turned } else { &word })))
            }
            ([], _) => None,
        };
        self.scalars.extend(scalar);
        scalar.is_some()
    }
    /// A summed index with one edge: a matrix times a vector.
    fn leaf(&mut self) -> bool {
        let Some(v) = self.places.iter().find(|p| !p.free && self.degree(p.index) == 1).map(|p| p.index) else { return false };
        let Some(k) = self.edges.iter().position(|e| e.touches(v)) else { return false };
        let e = self.edges.remove(k);
        let s = self.s;
        let u = e.other(v);
        let mut word = e.leaving(s, u);
        let Some(j) = self.places.iter().position(|p| p.index == v) else { return false };
        let p = self.places.remove(j);
        match (p.labels.as_slice(), p.divisors.is_empty()) {
            ([one], true) => word.extend(one),
            ([], true) => summed(s, &mut word, &p.size),
            _ => word.extend(vector(s, &p)),
        }
        match self.place(u) {
            Some(q) => q.labels.push(word),
            None => return false,
        }
        true
    }
    /// Two matrices between the same indices: their entrywise product, or a trace if nothing else hangs there.
    fn parallel(&mut self) -> bool {
        let s = self.s;
        let pair = (0..self.edges.len()).find_map(|i| {
            let e = self.edges.get(i)?;
            let j = (i + 1..self.edges.len())
                .find(|j| self.edges.get(*j).is_some_and(|f| (f.from == e.from && f.to == e.to) || (f.from == e.to && f.to == e.from)))?;
            Some((i, j))
        });
        let Some((i, j)) = pair else { return false };
        let (u, v) = match self.edges.get(i) {
            Some(e) => (e.from, e.to),
            None => return false,
        };
        let summed = |g: &Self, v: VarId| g.places.iter().any(|p| p.index == v && !p.free && p.divisors.is_empty()) && g.degree(v) == 2;
        // Between two vectors it is uᵀ (A ⊙ B) v.
        let labelled = |g: &Self, v: VarId| g.places.iter().any(|p| p.index == v && !p.labels.is_empty());
        let traced = summed(self, u) && summed(self, v) && !(labelled(self, u) && labelled(self, v));
        let f = self.edges.remove(j);
        let e = self.edges.remove(i);
        if traced {
            // Σ_uv A_uv B_uv = tr(Aᵀ B), with the label of v between.
            let mut word = transposed_word(s, &e.leaving(s, u));
            let label = self.places.iter().position(|p| p.index == u).map(|k| self.places.remove(k));
            if let Some(p) = label.filter(|p| !p.labels.is_empty()) {
                word.extend(vector(s, &p).map(|l| s.prim_call(Prim::Diag, &[l])));
            }
            word.extend(f.leaving(s, u));
            self.edges.push(Edge { from: v, to: v, word });
            return true;
        }
        // (A ⊙ B)ᵀ for Aᵀ ⊙ Bᵀ.
        let there = [product(s, &e.word), product(s, &f.leaving(s, u))];
        let back = [product(s, &transposed_word(s, &e.word)), product(s, &f.leaving(s, v))];
        let written = |xs: &[Id; 2]| xs.iter().map(|x| transposes(s, *x)).sum::<usize>();
        let (from, to, both) = if written(&back) + 1 < written(&there) { (v, u, back) } else { (u, v, there) };
        self.edges.push(Edge { from, to, word: vec![s.prim_call(Prim::Hadamard, &both)] });
        true
    }
    /// A summed index between two others: a product of matrices.
    fn series(&mut self) -> bool {
        let Some(v) = self.places.iter().find(|p| !p.free && self.degree(p.index) == 2).map(|p| p.index) else { return false };
        let (mine, rest): (Vec<Edge>, Vec<Edge>) = self.edges.drain(..).partition(|e| e.touches(v));
        self.edges = rest;
        let [a, b] = mine.as_slice() else { return false };
        let s = self.s;
        let (u, w) = (a.other(v), b.other(v));
        let Some(j) = self.places.iter().position(|p| p.index == v) else { return false };
        let p = self.places.remove(j);
        let mut word = a.leaving(s, u);
        if !p.labels.is_empty() || !p.divisors.is_empty() {
            word.extend(vector(s, &p).map(|l| s.prim_call(Prim::Diag, &[l])));
        }
        word.extend(b.leaving(s, v));
        self.edges.push(Edge { from: u, to: w, word });
        true
    }

    /// The word at the only free index.
    pub fn at_one(&self) -> Option<Vec<Id>> {
        let [p] = self.places.as_slice() else { return None };
        self.at(p.index)
    }
    /// The word at one of the free indices, whatever else there is.
    pub fn at(&self, v: VarId) -> Option<Vec<Id>> {
        let p = self.places.iter().find(|p| p.index == v)?;
        match (p.labels.as_slice(), p.divisors.is_empty()) {
            ([], true) => Some(vec![ones(self.s, &p.size)]),
            ([one], true) => Some(one.clone()),
            _ => Some(vec![vector(self.s, p)?]),
        }
    }
    /// The word between two free indices, rows at the first. `equal` if the two are one index: a diagonal matrix.
    pub fn at_two(&self, i: VarId, j: VarId, equal: bool) -> Option<Vec<Id>> {
        let s = self.s;
        let here = |v: VarId| self.places.iter().find(|p| p.index == v);
        let bare = |p: &Place| p.labels.is_empty() && p.divisors.is_empty();
        let p = here(i)?;
        if equal && here(j).is_some() {
            let both = Place { labels: here(j)?.labels.iter().chain(&p.labels).cloned().collect(), ..p.clone() };
            return if bare(&both) {
                Some(vec![s.prim_call(Prim::Eye, &[s.index(p.size.clone())])])
            } else {
                Some(vec![s.prim_call(Prim::Diag, &[vector(s, &both)?])])
            };
        }
        if equal {
            return Some(vec![if bare(p) {
                s.prim_call(Prim::Eye, &[s.index(p.size.clone())])
            } else {
                s.prim_call(Prim::Diag, &[vector(s, p)?])
            }]);
        }
        let q = here(j)?;
        let Some(e) = self.edges.iter().find(|e| e.touches(i) && e.touches(j)) else {
            let own = |p: &Place| match (p.labels.as_slice(), p.divisors.is_empty()) {
                ([], true) => Some(vec![ones(s, &p.size)]),
                ([one], true) => Some(one.clone()),
                _ => Some(vec![vector(s, p)?]),
            };
            return Some(own(p)?.into_iter().chain(transposed_word(s, &own(q)?)).collect());
        };
        let diagonal = |p: &Place| if bare(p) { Some(None) } else { Some(Some(s.prim_call(Prim::Diag, &[vector(s, p)?]))) };
        let (l, r) = (diagonal(p)?, diagonal(q)?);
        Some(l.into_iter().chain(e.leaving(s, i)).chain(r).collect())
    }
    /// The matrix between two free indices alone, rows at the first.
    pub fn between(&self, i: VarId, j: VarId) -> Option<Vec<Id>> {
        Some(self.edges.iter().find(|e| e.touches(i) && e.touches(j))?.leaving(self.s, i))
    }
    /// How many values a free index takes.
    pub fn size(&self, v: VarId) -> Option<&Aff> {
        self.places.iter().find(|p| p.index == v).map(|p| &p.size)
    }
    /// The pairs of indices with a matrix between them.
    pub fn pairs(&self) -> Vec<(VarId, VarId)> {
        self.edges.iter().map(|e| (e.from, e.to)).collect()
    }
}

/// `u` of `u ⊙ u`, or of such times all ones, whose entries add up to `‖u‖²`.
fn squares(s: &Store, word: &[Id]) -> Option<Id> {
    let (first, rest) = word.split_first()?;
    let ones = |x: &Id| matches!(s.node(*x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Ones));
    match s.node(*first) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::EntryPow) && rest.iter().all(ones) && rest.len() < 2 => match xs.as_ref() {
            [u, k] => s.as_rational(*k).filter(|k| *k == gradus_term::Rat::int(2)).map(|_| *u),
            _ => None,
        },
        _ => None,
    }
}

/// All ones.
fn ones(s: &Store, n: &Aff) -> Id {
    s.prim_call(Prim::Ones, &[s.index(n.clone())])
}
/// A matrix product times all ones: `Diag(v)` times ones is `v`.
fn summed(s: &Store, word: &mut Vec<Id>, n: &Aff) {
    let inside = word.last().and_then(|x| match s.node(*x) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Diag) => xs.first().copied(),
        _ => None,
    });
    match (inside, word.last_mut()) {
        (Some(v), Some(last)) => *last = v,
        _ => word.push(ones(s, n)),
    }
}
/// The entrywise product of words.
fn hadamard(s: &Store, words: &[Vec<Id>]) -> Id {
    words.iter().map(|w| product(s, w)).reduce(|a, b| s.prim_call(Prim::Hadamard, &[a, b])).unwrap_or_else(|| s.int(1))
}
/// The labels of a place over its divisors, as one vector.
fn vector(s: &Store, p: &Place) -> Option<Id> {
    let below = p.divisors.iter().copied().reduce(|a, b| s.prim_call(Prim::Hadamard, &[a, b]));
    match (p.labels.is_empty(), below) {
        (true, None) => None,
        (true, Some(b)) => Some(entrywise_inverse(s, b)),
        (false, None) => Some(hadamard(s, &p.labels)),
        (false, Some(b)) => Some(s.prim_call(Prim::EntryDiv, &[hadamard(s, &p.labels), b])),
    }
}

/// Whether the term is a node that can be a letter at all.
pub(super) fn is_whole(s: &Store, t: Id) -> bool {
    s.sort(t).is_tensor() && s.loose(t) == 0 && !matches!(s.node(t), Node::Big { .. })
}
