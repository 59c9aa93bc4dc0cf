//! Reading a tensor's entries back as a matrix expression: `δ_ij p_i − p_i p_j` as `Diag(p) − p pᵀ`.
//!
//! What is read is only proposed; the step that uses it is accepted by proof.

use crate::draft::Draft;
use crate::tidy::{factors, summands};
use crate::Engine;
use gradus_term::{Aff, Arg, Goal, Id, IVar, Node, Prim, RelOp, Summand, VarId};

impl<'s> Engine<'s> {
    /// A matrix expression with the entry that `d` ends in, at the indices `vars`.
    pub(crate) fn read_tensor(&self, d: &Draft<'s>, vars: &[VarId], dims: &[Aff], goal: &Goal) -> Option<Id> {
        let s = self.store;
        let mut out = Vec::new();
        for x in summands(s, d.current()) {
            let term = match vars {
                [i] => self.read_vector(x.term, *i, dims)?,
                [i, j] => self.read_matrix(x.term, *i, *j)?,
                _ => return None,
            };
            out.push(Summand { neg: x.neg, term: self.fold_aliases(term, goal) });
        }
        let whole = s.sum(&out);
        (s.sort(whole).dims() == dims).then_some(whole)
    }
    /// `f(i)` as a vector.
    fn read_vector(&self, t: Id, i: VarId, dims: &[Aff]) -> Option<Id> {
        let s = self.store;
        if !s.mentions(t, i) {
            let ones = s.prim_call(Prim::Ones, &[s.index(dims.first()?.clone())]);
            return Some(if crate::tidy::is_one(s, t) { ones } else { s.mul(t, ones) });
        }
        let (num, den) = match s.node(t) {
            Node::Quot(a, b) if !s.mentions(*b, i) => (*a, Some(*b)),
            _ => (t, None),
        };
        let (scalars, vectors): (Vec<Id>, Vec<Id>) = factors(s, num).into_iter().partition(|f| !s.mentions(*f, i));
        let [v] = vectors.as_slice() else { return None };
        let v = self.whole(*v, i)?;
        let m = s.product(&scalars.into_iter().chain([v]).collect::<Vec<_>>());
        Some(den.map_or(m, |b| s.quot(m, b)))
    }
    /// `c [i = j] f(i)` as `c Diag(f)`, `c u(i) v(j)` as `c u vᵀ`.
    fn read_matrix(&self, t: Id, i: VarId, j: VarId) -> Option<Id> {
        let s = self.store;
        let (mut scalars, mut us, mut vs, mut both, mut delta) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), false);
        for f in factors(s, t) {
            match (s.mentions(f, i), s.mentions(f, j)) {
                (false, false) => scalars.push(f),
                (true, false) => us.push(f),
                (false, true) => vs.push(f),
                (true, true) if self.is_delta(f, i, j) => delta = true,
                (true, true) => both.push(f),
            }
        }
        let core = if delta {
            if !both.is_empty() {
                return None;
            }
            // δ_ij f(j) is δ_ij f(i).
            for v in vs {
                let map = std::iter::once((j, Arg::Idx(Aff::free(i)))).collect();
                us.push(s.subst(v, &map));
            }
            match us.as_slice() {
                [] => s.prim_call(Prim::Eye, &[s.index(self.range_of(i)?)]),
                [u] => s.prim_call(Prim::Diag, &[self.whole(*u, i)?]),
                many => {
                    let all: Option<Vec<Id>> = many.iter().map(|u| self.whole(*u, i)).collect();
                    let v = all?.into_iter().reduce(|a, b| s.prim_call(Prim::Hadamard, &[a, b]))?;
                    s.prim_call(Prim::Diag, &[v])
                }
            }
        } else {
            match (us.as_slice(), vs.as_slice(), both.as_slice()) {
                ([u], [v], []) => {
                    let (u, v) = (self.whole(*u, i)?, self.whole(*v, j)?);
                    s.intern(Node::MatMul([u, s.prim_call(Prim::Transpose, &[v])].into()))
                }
                ([], [], [m]) => self.whole_matrix(*m, i, j)?,
                _ => return None,
            }
        };
        Some(s.product(&scalars.into_iter().chain([core]).collect::<Vec<_>>()))
    }
    fn range_of(&self, _i: VarId) -> Option<Aff> {
        None
    }
    fn is_delta(&self, f: Id, i: VarId, j: VarId) -> bool {
        let s = self.store;
        let Node::Iverson(c) = s.node(f) else { return false };
        let Node::Rel(RelOp::Eq, a, b) = s.node(*c) else { return false };
        let names = (s.index_var(*a), s.index_var(*b));
        names == (Some(i), Some(j)) || names == (Some(j), Some(i))
    }
    /// The vector whose entry at `i` is `f`: a name's entry, or an entrywise function of one.
    fn whole(&self, f: Id, i: VarId) -> Option<Id> {
        let s = self.store;
        match s.node(f) {
            Node::Entry(t, ix) => match ix.as_ref() {
                [a] if a.as_var() == Some(IVar::Free(i)) && !s.mentions(*t, i) => Some(*t),
                _ => None,
            },
            Node::Call(g, xs) if xs.len() == 1 => {
                let x = self.whole(*xs.first()?, i)?;
                Some(s.call(*g, &[x]))
            }
            Node::Pow(b, k) if !s.mentions(*k, i) => Some(s.prim_call(Prim::EntryPow, &[self.whole(*b, i)?, *k])),
            Node::Sum(xs) => {
                let parts: Option<Vec<Summand>> = xs.iter().map(|x| Some(Summand { neg: x.neg, term: self.whole(x.term, i)? })).collect();
                Some(s.sum(&parts?))
            }
            _ => None,
        }
    }
    fn whole_matrix(&self, f: Id, i: VarId, j: VarId) -> Option<Id> {
        let s = self.store;
        let Node::Entry(t, ix) = s.node(f) else { return None };
        if s.mentions(*t, i) || s.mentions(*t, j) {
            return None;
        }
        match ix.as_ref() {
            [a, b] if a.as_var() == Some(IVar::Free(i)) && b.as_var() == Some(IVar::Free(j)) => Some(*t),
            [a, b] if a.as_var() == Some(IVar::Free(j)) && b.as_var() == Some(IVar::Free(i)) => Some(s.prim_call(Prim::Transpose, &[*t])),
            _ => None,
        }
    }
    /// `S(x)` as `p` where `p = S(x)` is in scope.
    fn fold_aliases(&self, t: Id, goal: &Goal) -> Id {
        let s = self.store;
        let mut out = t;
        for f in goal.definitions.iter().rev() {
            let (info, Some(body)) = (s.fun(*f), s.body(*f)) else { continue };
            if !info.is_constant_name() || !s.sort(body).is_tensor() || !matches!(s.node(body), Node::Call(..)) {
                continue;
            }
            // The alias of the names themselves: hidden arguments are the names they stand for.
            let Some(call) = goal.constants.iter().find(|(g, _)| g == f).map(|(_, c)| *c) else { continue };
            let Node::Call(_, xs) = s.node(call) else { continue };
            let Some(b) = s.unfold(*f, xs) else { continue };
            if s.contains(out, b) {
                out = s.open(s.abstract_term(out, b), &[Arg::Val(call)]);
            }
        }
        out
    }
}
