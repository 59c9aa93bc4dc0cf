//! From a term with free indices to a matrix expression: each summand becomes a contraction graph, its parts are read
//! the same way.

use super::collect::assemble;
use super::graph::{is_whole, Graph, Place};
use super::words::{pulled, Term};
use crate::arrange::Order;
use crate::tidy::{factors, summands, unsign};
use crate::Engine;
use gradus_term::{Aff, Arg, BigOp, FnId, FnKind, IVar, Id, Node, Prim, RelOp, Sort, Store, Summand, VarId};
use rustc_hash::FxHashMap;

/// How deep a reading may nest.
const NESTING: u32 = 40;

/// How often one summand is taken apart.
const SPLITS: u32 = 4;

/// A reader with the sizes of the indices it met.
pub(super) struct Reader<'e, 's> {
    e: &'e Engine<'s>,
    order: &'e Order<'s>,
    sizes: FxHashMap<VarId, Aff>,
    depth: u32,
    /// How often brackets may be multiplied out.
    splits: u32,
}

/// The factors of a summand, gathered.
#[derive(Default)]
struct Gathered {
    neg: bool,
    above: Vec<Id>,
    below: Vec<Id>,
    dummies: Vec<VarId>,
    deltas: Vec<(VarId, VarId)>,
}

impl<'e, 's> Reader<'e, 's> {
    /// A reader for entries at these indices.
    pub fn new(e: &'e Engine<'s>, order: &'e Order<'s>, vars: &[VarId], dims: &[Aff]) -> Self {
        Reader { e, order, sizes: vars.iter().copied().zip(dims.iter().cloned()).collect(), depth: 0, splits: 0 }
    }
    /// A reader that multiplies brackets out where it cannot read on.
    pub fn taking_apart(mut self) -> Self {
        self.splits = SPLITS;
        self
    }
    /// The store the terms are in.
    pub(super) fn store(&self) -> &'s Store {
        self.e.store
    }
    /// The library's function of this name.
    pub(super) fn function(&self, name: &str) -> Option<FnId> {
        self.e.rules.function(name)
    }
    fn s(&self) -> &'s Store {
        self.e.store
    }
    /// The tensor whose entry at `free` is `t`; for no index, the scalar with its sums read as products.
    pub fn read(&mut self, t: Id, free: &[VarId]) -> Option<Id> {
        if free.len() > 2 || self.depth > NESTING {
            return None;
        }
        self.depth += 1;
        let summands = if self.depth == 1 && !free.is_empty() { spread(self.s(), t) } else { summands(self.s(), t) };
        let mut terms = Some(Vec::new());
        for x in summands {
            let read = self.summand(x, free);
            terms = terms.and_then(|mut all: Vec<Term>| {
                all.extend(read?);
                Some(all)
            });
        }
        self.depth -= 1;
        let terms = terms?;
        Some(assemble(self.s(), self.order, terms, self.depth == 0))
    }

    /// The sum of the summands' readings.
    pub(super) fn read_sum(&mut self, t: Id, one: &mut dyn FnMut(&mut Self, bool, Id) -> Option<Term>) -> Option<Id> {
        let terms: Option<Vec<Term>> = summands(self.s(), t).into_iter().map(|x| one(self, x.neg, x.term)).collect();
        Some(assemble(self.s(), self.order, terms?, true))
    }
    /// The graph of one summand over the free indices and the summed ones, reduced to the free ones; equations between free
    /// indices; and the number and scalars in front.
    pub(super) fn reduced(&mut self, neg: bool, t: Id, free: &[VarId]) -> Option<(Graph<'s>, Vec<(VarId, VarId)>, Term)> {
        let s = self.s();
        let mut g = Gathered { neg, ..Gathered::default() };
        self.gather(t, true, &mut g)?;
        let (between, summed): (Vec<_>, Vec<_>) =
            std::mem::take(&mut g.deltas).into_iter().partition(|(a, b)| free.contains(a) && free.contains(b));
        g.deltas = summed;
        if self.merge_deltas(&mut g, free)? {
            return None;
        }
        let active: Vec<VarId> = free.iter().copied().chain(g.dummies.iter().copied()).collect();
        self.shares(&mut g.above, &mut g.below, &active);
        let place = |v: &VarId| {
            Some(Place { index: *v, size: self.sizes.get(v)?.clone(), free: free.contains(v), labels: Vec::new(), divisors: Vec::new() })
        };
        let mut graph = Graph::new(s, active.iter().map(place).collect::<Option<_>>()?);
        let mut out = Term { neg: g.neg, ..Term::one() };
        for f in &g.above {
            self.place(*f, &active, &mut graph, &mut out)?;
        }
        for f in &g.below {
            self.place_below(*f, &active, &mut graph, &mut out)?;
        }
        if !graph.reduce() {
            return None;
        }
        out.scalars.append(&mut graph.scalars);
        Some((graph, between, out))
    }

    /// One summand; a sum over an index that is read in parts only as several.
    fn summand(&mut self, x: Summand, free: &[VarId]) -> Option<Vec<Term>> {
        let s = self.s();
        let mut out = Vec::new();
        for y in apart(s, x, free, false) {
            if let Some(t) = self.term(y.neg, y.term, free) {
                out.push(t);
                continue;
            }
            out.extend(self.in_parts(y, free, self.splits)?);
        }
        Some(out)
    }
    /// What cannot be read at once as several terms: brackets are multiplied out, one at a time.
    fn in_parts(&mut self, x: Summand, free: &[VarId], splits: u32) -> Option<Vec<Term>> {
        let s = self.s();
        let mut parts = apart(s, x, free, true);
        if parts.len() < 2 {
            if self.splits == 0 {
                return None;
            }
            parts = split(s, x.term)?.iter().map(|p| Summand { neg: p.neg != x.neg, term: p.term }).collect();
        }
        let mut out = Vec::new();
        for p in parts {
            match self.term(p.neg, p.term, free) {
                Some(t) => out.push(t),
                None if splits > 0 => out.extend(self.in_parts(p, free, splits - 1)?),
                None => return None,
            }
        }
        Some(out)
    }
    /// One summand.
    fn term(&mut self, neg: bool, t: Id, free: &[VarId]) -> Option<Term> {
        let s = self.s();
        let mut g = Gathered { neg, ..Gathered::default() };
        self.gather(t, true, &mut g)?;
        let equal = self.merge_deltas(&mut g, free)?;
        let active: Vec<VarId> = free.iter().copied().chain(g.dummies.iter().copied()).collect();
        self.shares(&mut g.above, &mut g.below, &active);
        let places = active
            .iter()
            .filter(|v| !equal || Some(*v) != free.get(1))
            .map(|v| {
                Some(Place {
                    index: *v,
                    size: self.sizes.get(v)?.clone(),
                    free: free.contains(v),
                    labels: Vec::new(),
                    divisors: Vec::new(),
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let mut graph = Graph::new(s, places);
        let mut out = Term { neg: g.neg, ..Term::one() };
        for f in &g.above {
            self.place(*f, &active, &mut graph, &mut out)?;
        }
        for f in &g.below {
            self.place_below(*f, &active, &mut graph, &mut out)?;
        }
        if !graph.reduce() {
            return None;
        }
        out.scalars.append(&mut graph.scalars);
        out.word = match free {
            [] => Vec::new(),
            [_] => graph.at_one()?,
            [i, j] => graph.at_two(*i, *j, equal)?,
            _ => return None,
        };
        Some(out)
    }

    /// How many of the indices a factor mentions.
    fn indices_in(&self, f: Id) -> usize {
        self.sizes.keys().filter(|v| self.s().mentions(f, **v)).count()
    }
    /// Products, quotients, signs and sums over ranges taken apart.
    fn gather(&mut self, t: Id, above: bool, g: &mut Gathered) -> Option<()> {
        let s = self.s();
        let (neg, core) = unsign(s, t);
        g.neg ^= neg;
        match s.node(core) {
            Node::Product(xs) => xs.iter().try_for_each(|x| self.gather(*x, above, g)),
            Node::Quot(a, b) => {
                self.gather(*a, above, g)?;
                self.gather(*b, !above, g)
            }
            Node::Big { op: BigOp::Sum, lo, hi, cond: None, .. } if above && lo.as_int() == Some(1) => {
                let hi = hi.clone();
                let (vars, body) = s.open_child(core, 0)?;
                let v = *vars.first()?;
                self.sizes.insert(v, hi);
                g.dummies.push(v);
                // Σ_j (X_ji u_j − X_ji) is Σ_j X_ji (u_j − 1).
                let together = crate::fold::common_factors(s, body).filter(|t| factors(s, *t).iter().all(|f| self.indices_in(*f) < 3));
                self.gather(together.unwrap_or(body), true, g)
            }
            Node::Iverson(c) if above => {
                let conds = match s.node(*c) {
                    Node::And(cs) => cs.to_vec(),
                    _ => vec![*c],
                };
                let deltas: Option<Vec<(VarId, VarId)>> = conds.iter().map(|c| self.delta(*c)).collect();
                match deltas {
                    Some(ds) => g.deltas.extend(ds),
                    None => g.above.push(core),
                }
                Some(())
            }
            _ => {
                if above {
                    g.above.push(core)
                } else {
                    g.below.push(core)
                }
                Some(())
            }
        }
    }
    /// `i = j` between two known indices.
    fn delta(&self, c: Id) -> Option<(VarId, VarId)> {
        let s = self.s();
        let Node::Rel(RelOp::Eq, a, b) = s.node(c) else { return None };
        let (i, j) = (s.index_var(*a)?, s.index_var(*b)?);
        (self.sizes.contains_key(&i) && self.sizes.contains_key(&j)).then_some((i, j))
    }
    /// Puts equal indices in for each other; whether the two free ones are equal.
    fn merge_deltas(&mut self, g: &mut Gathered, free: &[VarId]) -> Option<bool> {
        let s = self.s();
        let mut equal = false;
        let mut deltas = std::mem::take(&mut g.deltas);
        while let Some((a, b)) = deltas.pop() {
            if a == b {
                continue;
            }
            let (gone, kept) = if g.dummies.contains(&b) {
                (b, a)
            } else if g.dummies.contains(&a) || free.first() == Some(&b) {
                (a, b)
            } else {
                (b, a)
            };
            if self.sizes.get(&gone)? != self.sizes.get(&kept)? {
                return None;
            }
            if g.dummies.contains(&gone) {
                g.dummies.retain(|v| *v != gone);
            } else if free.contains(&gone) && free.contains(&kept) {
                equal = true;
            } else {
                return None;
            }
            let map: FxHashMap<VarId, Arg> = std::iter::once((gone, Arg::Idx(Aff::free(kept)))).collect();
            for f in g.above.iter_mut().chain(g.below.iter_mut()) {
                *f = s.subst(*f, &map);
            }
            for d in &mut deltas {
                if d.0 == gone {
                    d.0 = kept;
                }
                if d.1 == gone {
                    d.1 = kept;
                }
            }
        }
        Some(equal)
    }
    pub(super) fn mentioned(&self, f: Id, active: &[VarId]) -> Vec<VarId> {
        active.iter().copied().filter(|v| self.s().mentions(f, *v)).collect()
    }
    /// A factor above: a scalar, a label or an edge. `alone`: it is the whole summand.
    fn place(&mut self, f: Id, active: &[VarId], graph: &mut Graph<'s>, out: &mut Term) -> Option<()> {
        let s = self.s();
        match self.mentioned(f, active).as_slice() {
            [] => match s.as_rational(f) {
                Some(q) => out.times(&q),
                None => out.scalars.push(self.scalar(f)?),
            },
            [v] if self.on_the_diagonal(f, *v).is_some() => graph.edge(*v, *v, self.on_the_diagonal(f, *v)?),
            [v] => {
                let t = self.vector(f, *v)?;
                let (outer, vector) = pulled(s, t);
                absorb(out, outer);
                graph.label(*v, vector)?;
            }
            [u, v] => {
                let t = self.matrix(f, *u, *v)?;
                let (outer, matrix) = pulled(s, t);
                absorb(out, outer);
                graph.edge(*u, *v, matrix);
            }
            _ => return None,
        }
        Some(())
    }
    fn place_below(&mut self, f: Id, active: &[VarId], graph: &mut Graph<'s>, out: &mut Term) -> Option<()> {
        let s = self.s();
        match self.mentioned(f, active).as_slice() {
            [] => match s.as_rational(f).and_then(|q| gradus_term::Rat::one().div(&q)) {
                Some(q) => out.times(&q),
                None => out.divisors.push(self.scalar(f)?),
            },
            [v] => {
                let t = self.vector(f, *v)?;
                graph.divide(*v, t)?;
            }
            [u, v] => {
                let t = self.matrix(f, *u, *v)?;
                graph.divide_edge(*u, *v, t);
            }
            _ => return None,
        }
        Some(())
    }

    /// `A` of `A[v, v]` over the whole diagonal.
    fn on_the_diagonal(&self, f: Id, v: VarId) -> Option<Id> {
        let s = self.s();
        let Node::Entry(t, ix) = s.node(f) else { return None };
        let n = self.sizes.get(&v)?;
        let own = ix.len() == 2 && ix.iter().all(|a| *a == Aff::free(v)) && s.sort(*t).dims().iter().all(|m| m == n);
        (own && is_whole(s, *t) && !s.mentions(*t, v)).then_some(*t)
    }

    /// The vector whose entry at `v` is `f`.
    fn vector(&mut self, f: Id, v: VarId) -> Option<Id> {
        let s = self.s();
        match s.node(f) {
            Node::Entry(t, ix) => {
                let diagonal = || self.on_the_diagonal(f, v).map(|a| s.prim_call(Prim::Diagonal, &[a]));
                diagonal().or_else(|| self.slice(*t, ix, &[v]))
            }
            Node::Diff { .. } => self.gradient(f, &[v]).or_else(|| self.slopes(f, &[v])),
            Node::Sum(_) => self.read(f, &[v]),
            Node::Iverson(c) => self.unit(*c, v).or_else(|| self.entrywise(f, &[v])),
            _ => self.entrywise(f, &[v]),
        }
    }
    /// `[i = c]` for a fixed c: a column of the identity.
    fn unit(&self, c: Id, v: VarId) -> Option<Id> {
        let s = self.s();
        let Node::Rel(RelOp::Eq, a, b) = s.node(c) else { return None };
        let (a, b) = (s.as_aff(*a)?, s.as_aff(*b)?);
        let own = Aff::free(v);
        let at = if a == own {
            b
        } else if b == own {
            a
        } else {
            return None;
        };
        let n = self.sizes.get(&v)?;
        let fixed = self.sizes.keys().all(|w| !at.mentions(IVar::Free(*w)));
        let eye = s.prim_call(Prim::Eye, &[s.index(n.clone())]);
        fixed.then(|| self.column(eye, at, n.clone()))
    }
    /// Column c of a matrix.
    fn column(&self, t: Id, c: Aff, rows: Aff) -> Id {
        let s = self.s();
        let i = s.fresh(s.sym("i"), Sort::Scalar, true);
        s.tensor(&[i], &[rows], s.intern(Node::Entry(t, vec![Aff::free(i), c].into())))
    }
    /// The matrix whose entry at `u`, `v` is `f`.
    fn matrix(&mut self, f: Id, u: VarId, v: VarId) -> Option<Id> {
        let s = self.s();
        match s.node(f) {
            Node::Entry(t, ix) => self.slice(*t, ix, &[u, v]),
            Node::Diff { .. } => self.gradient(f, &[u, v]).or_else(|| self.slopes(f, &[u, v])),
            Node::Sum(_) => self.read(f, &[u, v]),
            _ => self.entrywise(f, &[u, v]),
        }
    }
    /// `t[i]`, `t[i, j]` or `t[j, i]` over whole ranges, as a whole; a row or a column of a matrix.
    fn slice(&mut self, t: Id, ix: &[Aff], vs: &[VarId]) -> Option<Id> {
        let s = self.s();
        if let ([a, b], [v]) = (ix, vs) {
            let (own, fixed) = (Aff::free(*v), |x: &Aff| self.sizes.keys().all(|w| !x.mentions(IVar::Free(*w))));
            let size = |k: usize| self.sizes.get(v).filter(|n| s.sort(t).dims().get(k) == Some(*n)).cloned();
            if !is_whole(s, t) {
                return None;
            }
            return match () {
                () if *b == own && fixed(a) => size(1).map(|_| s.intern(Node::Entry(t, vec![a.clone()].into()))),
                () if *a == own && fixed(b) => size(0).map(|n| self.column(t, b.clone(), n)),
                () => None,
            };
        }
        if !is_whole(s, t) || vs.iter().any(|v| s.mentions(t, *v)) || ix.len() != vs.len() {
            return None;
        }
        let at = super::free_names(ix)?;
        let full = s.sort(t).dims().iter().zip(&at).all(|(n, v)| self.sizes.get(v) == Some(n));
        if !full {
            return None;
        }
        if at == vs {
            return Some(t);
        }
        let reversed: Vec<VarId> = vs.iter().rev().copied().collect();
        (at == reversed).then(|| super::words::transposed(s, t))
    }
    /// A scalar function of entries, applied to whole tensors.
    fn entrywise(&mut self, f: Id, vs: &[VarId]) -> Option<Id> {
        let s = self.s();
        if self.depth > NESTING {
            return None;
        }
        match s.node(f) {
            Node::Pow(b, k) if vs.iter().all(|v| !s.mentions(*k, *v)) => {
                let b = self.read(*b, vs)?;
                let k = self.scalar(*k)?;
                Some(s.prim_call(Prim::EntryPow, &[b, k]))
            }
            Node::Call(g, xs) => {
                let info = s.fun(*g);
                let scalar = match info.kind {
                    FnKind::Prim(p) => p.is_scalar(),
                    _ => info.params.iter().all(|p| p.sort == Sort::Scalar),
                };
                if !scalar {
                    return None;
                }
                let args = xs
                    .iter()
                    .map(|x| if vs.iter().any(|v| s.mentions(*x, *v)) { self.read(*x, vs) } else { self.scalar(*x) })
                    .collect::<Option<Vec<_>>>()?;
                Some(s.call(*g, &args))
            }
            // [u > 0] is a step.
            Node::Iverson(c) => match s.node(*c) {
                Node::Rel(RelOp::Gt, u, z) if crate::tidy::is_zero(s, *z) => {
                    let step = self.e.rules.function("step")?;
                    let u = self.read(*u, vs)?;
                    Some(s.call(step, &[u]))
                }
                _ => None,
            },
            Node::Quot(..) | Node::Product(_) | Node::Sum(_) | Node::Big { .. } => self.read(f, vs),
            _ => None,
        }
    }
    /// A factor without indices: its sums over indices read as products, wherever they stand in it.
    fn scalar(&mut self, f: Id) -> Option<Id> {
        let s = self.s();
        if self.depth > NESTING {
            return Some(f);
        }
        Some(match s.node(f) {
            Node::Diff { .. } | Node::Limit { .. } | Node::Entry(..) | Node::Num(_) | Node::Index(_) | Node::Var(_) => f,
            Node::Big { op: BigOp::Sum, .. } => self.read(f, &[]).unwrap_or(f),
            node if node.children().iter().any(|c| c.1 > 0) || !s.sort(f).is_scalar() => f,
            node => {
                self.depth += 1;
                let n = node.map_children(&mut |c, _| if s.sort(c).is_scalar() { self.scalar(c).unwrap_or(c) } else { c });
                self.depth -= 1;
                s.intern(n)
            }
        })
    }
}

/// The summands, with what stands before a bracket multiplied in: what they share is taken out again of what is read.
fn spread(s: &Store, t: Id) -> Vec<Summand> {
    let mut out = Vec::new();
    for x in summands(s, t) {
        let fs = factors(s, x.term);
        let at = fs.iter().position(|f| matches!(s.node(*f), Node::Sum(ys) if ys.len() > 1));
        let rest: Vec<Id> = fs.iter().enumerate().filter(|(k, _)| Some(*k) != at).map(|(_, f)| *f).collect();
        match at.and_then(|k| fs.get(k)) {
            Some(sum) if rest.iter().all(|f| s.as_rational(*f).is_some()) => out.extend(summands(s, *sum).into_iter().map(|y| Summand {
                neg: x.neg != y.neg,
                term: s.product(&rest.iter().copied().chain(factors(s, y.term)).collect::<Vec<_>>()),
            })),
            _ => out.push(x),
        }
    }
    out
}

/// A product with a bracket among its factors, or within a sum over a range among them, as the sum of the products with each of the
/// bracket's summands.
fn split(s: &Store, t: Id) -> Option<Vec<Summand>> {
    let all = |parts: Vec<Summand>, with: &dyn Fn(Id) -> Id| parts.iter().map(|p| Summand { neg: p.neg, term: with(p.term) }).collect();
    match s.node(t) {
        Node::Sum(xs) if xs.len() > 1 => Some(xs.to_vec()),
        Node::Product(fs) => fs.iter().enumerate().find_map(|(k, f)| {
            let with = |x: Id| s.product(&fs.iter().enumerate().map(|(j, g)| if j == k { x } else { *g }).collect::<Vec<_>>());
            Some(all(split(s, *f)?, &with))
        }),
        Node::Quot(a, b) => Some(all(split(s, *a)?, &|x| s.quot(x, *b))),
        Node::Big { op: BigOp::Sum, hint, lo, hi, cond: None, .. } => {
            let (vars, body) = s.open_child(t, 0)?;
            let big = |x: Id| {
                s.intern(Node::Big { op: BigOp::Sum, hint: *hint, lo: lo.clone(), hi: hi.clone(), cond: None, body: s.close(x, &vars) })
            };
            Some(all(split(s, body)?, &big))
        }
        _ => None,
    }
}

/// `Σ_k (u_k + v_k y_i)` as `Σ_k u_k + y_i Σ_k v_k`, where every summand then is a scalar times what has the free indices; with `all`,
/// whatever the summands are.
fn apart(s: &Store, x: Summand, free: &[VarId], all: bool) -> Vec<Summand> {
    let fs = factors(s, x.term);
    let split = fs.iter().enumerate().find_map(|(k, f)| {
        let Node::Big { op: BigOp::Sum, hint, lo, hi, cond: None, .. } = s.node(*f) else { return None };
        let (vars, body) = s.open_child(*f, 0)?;
        let v = *vars.first()?;
        let parts = summands(s, body);
        let linked = |f: &Id| s.mentions(*f, v) && free.iter().any(|i| s.mentions(*f, *i));
        let scalar = free.iter().any(|i| s.mentions(body, *i)) && !parts.iter().any(|p| factors(s, p.term).iter().any(linked));
        if parts.len() < 2 || !(all || scalar) {
            return None;
        }
        let big = |b: Id| {
            s.intern(Node::Big { op: BigOp::Sum, hint: *hint, lo: lo.clone(), hi: hi.clone(), cond: None, body: s.close(b, &vars) })
        };
        let of = |p: &Summand| {
            let mut all = fs.clone();
            if let Some(slot) = all.get_mut(k) {
                *slot = big(p.term);
            }
            Summand { neg: x.neg != p.neg, term: s.product(&all) }
        };
        Some(parts.iter().map(of).collect::<Vec<_>>())
    });
    split.unwrap_or_else(|| vec![x])
}

fn absorb(out: &mut Term, outer: Term) {
    out.neg ^= outer.neg;
    out.number = out.number.mul(&outer.number);
    out.scalars.extend(outer.scalars);
}
