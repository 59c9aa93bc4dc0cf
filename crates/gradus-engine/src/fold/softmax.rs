//! Shares of exponentials: `e^{x_i}/Σ_j e^{x_j}` by the name it has, whatever the vector is.

use super::{Engine, Instance};
use crate::draft::everywhere;
use gradus_term::{Aff, Arg, BigOp, FnId, IVar, Id, Node, Position, Prim, Sort, VarKind};

/// Vectors and matrices one term may give.
const TENSORS: usize = 6;

impl<'s> Engine<'s> {
    /// Softmax of every vector, and of the rows of every matrix, whose exponentials are summed or whose softmax stands there: by the
    /// worksheet's own definition where there is one, else by the library's.
    pub(super) fn softmaxes(&self, terms: &[Id]) -> Vec<Instance> {
        let s = self.store;
        let (Some(library), Some(rows)) = (self.rules.function("softmax"), self.rules.function("softmax_rows")) else { return Vec::new() };
        let own: Vec<FnId> = self.scope().into_iter().filter(|f| self.is_softmax(*f)).collect();
        // Each vector or matrix, and whether the library's softmax of it is what the problem says.
        let mut tensors: Vec<(Id, bool)> = Vec::new();
        let said = terms.iter().flat_map(|t| [library, rows].map(|f| self.calls_of(f, *t))).flatten().map(|v| (v, true));
        // An entry with the problem's own letters is written as the problem writes it; one of a whole is read as a matrix.
        let of_a_whole = terms.iter().any(|t| s.free_vars(*t).iter().any(|v| s.var(*v).kind == VarKind::Opened));
        let wanted = |v: &Id| of_a_whole || s.sort(*v).dims().len() == 1;
        let summed = terms.iter().flat_map(|t| self.tensors_summed(*t)).filter(wanted).map(|v| (v, false));
        for (v, said) in said.chain(summed) {
            if tensors.len() < TENSORS && !tensors.iter().any(|(w, _)| s.same(*w, v)) {
                tensors.push((v, said));
            }
        }
        let mut out = Vec::new();
        for (v, said) in tensors {
            let mut names = own.iter().filter(|_| !said).chain([&library, &rows]);
            let named = || if said { None } else { self.constant_softmax(library, v) };
            let call = names.find_map(|f| Some(s.call(*f, &[v])).filter(|c| s.sort(*c).dims() == s.sort(v).dims()));
            let call = named().or(call);
            let Some(inst) = call.and_then(|c| self.instance(c)) else { continue };
            // As it stands, and with the entries of the tensor written out.
            let opened = crate::goals::entries_opened(s, inst.body);
            if !s.same(opened, inst.body) {
                out.push(Instance { body: crate::tidy::tidy(s, opened), ..inst.clone() });
            }
            out.push(inst);
        }
        out
    }
    /// The name that the worksheet gave to the softmax of a vector: `p` for `p_i = e^{x_i}/Σ_j e^{x_j}`.
    fn constant_softmax(&self, library: FnId, v: Id) -> Option<Id> {
        let s = self.store;
        let body = self.instance(s.call(library, &[v]))?;
        let [j] = body.indices.as_slice() else { return None };
        self.constants().into_iter().rev().filter(|c| s.sort(*c) == s.sort(v)).find(|c| {
            let Some(own) = self.instance(*c) else { return false };
            let [i] = own.indices.as_slice() else { return false };
            let there = s.subst(own.body, &std::iter::once((*i, Arg::Idx(Aff::free(*j)))).collect());
            gradus_kernel::rearranged(s, there, body.body)
        })
    }
    /// Whether a definition of one vector is `e^{x_i}/Σ_j e^{x_j}`.
    fn is_softmax(&self, f: FnId) -> bool {
        let s = self.store;
        let info = s.fun(f);
        let ([p], 1) = (info.params.as_slice(), info.explicit) else { return false };
        let Some(library) = self.rules.function("softmax").filter(|_| p.sort.dims().len() == 1) else { return false };
        let x = s.declare(gradus_term::VarInfo::new("x", gradus_term::VarKind::Given, p.sort.clone()));
        let body = |f: FnId| self.instance(s.call(f, &[s.name(x)]));
        let (Some(a), Some(b)) = (body(f), body(library)) else { return false };
        let ([i], [j]) = (a.indices.as_slice(), b.indices.as_slice()) else { return false };
        let there = s.subst(a.body, &std::iter::once((*i, Arg::Idx(Aff::free(*j)))).collect());
        gradus_kernel::rearranged(s, there, b.body)
    }
    /// What the function is called with.
    fn calls_of(&self, f: FnId, t: Id) -> Vec<Id> {
        let s = self.store;
        let mut out = Vec::new();
        let mut todo = vec![t];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(x) = todo.pop() {
            if !seen.insert(x) || seen.len() > 2000 {
                continue;
            }
            match s.node(x) {
                Node::Diff { body, point, .. } if s.loose(*point) == 0 => todo.push(s.open(*body, &[Arg::Val(*point)])),
                Node::Call(g, xs) if *g == f => out.extend(xs.first().copied().filter(|x| s.loose(*x) == 0)),
                Node::Call(g, xs) if s.loose(x) == 0 && !s.fun(*g).library => todo.extend(s.unfold(*g, xs)),
                _ => {}
            }
            s.node(x).for_each_child(|c, _| todo.push(c));
        }
        out
    }
    /// The vectors of `Σ_j e^{x_j}` and the matrices of `Σ_j e^{x_ij}`, turned where the sum is over a column.
    fn tensors_summed(&self, t: Id) -> Vec<Id> {
        let s = self.store;
        let mut out = Vec::new();
        for path in everywhere(s, t, &|n| matches!(n, Node::Big { op: BigOp::Sum, cond: None, .. })) {
            let Ok(f) = s.focus(t, &Position::at(&path)) else { continue };
            let Node::Big { body, .. } = s.node(f.part) else { continue };
            let Node::Call(e, xs) = s.node(*body) else { continue };
            let scaled = xs.first().filter(|_| s.prim(*e) == Some(Prim::Exp)).and_then(|x| self.scaled_entry(*x));
            let Some((x, ix)) = &scaled else { continue };
            let (own, fixed) = (|a: &Aff| *a == Aff::bound(0), |a: &Aff| !a.mentions(IVar::Bound(0)));
            let tensor = match ix.as_slice() {
                [j] if own(j) => *x,
                [i, j] if own(j) && fixed(i) => *x,
                [i, j] if own(i) && fixed(j) => s.prim_call(Prim::Transpose, &[*x]),
                _ => continue,
            };
            if s.loose(*x) == 0 && !f.opened.iter().any(|v| s.mentions(*x, *v)) && matches!(s.sort(tensor), Sort::Tensor(_)) {
                out.push(tensor);
            }
        }
        out
    }
    /// The entry of a tensor times a number, `s x_j`, as an entry of `s x`.
    fn scaled_entry(&self, t: Id) -> Option<(Id, Vec<Aff>)> {
        let s = self.store;
        match s.node(t) {
            Node::Entry(x, ix) => Some((*x, ix.to_vec())),
            Node::Product(xs) => {
                let k = xs.iter().position(|x| s.loose(*x) > 0)?;
                let (tensor, ix) = self.scaled_entry(*xs.get(k)?)?;
                let others: Vec<Id> = xs.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, x)| *x).collect();
                others.iter().all(|x| s.loose(*x) == 0).then(|| (s.product(&others.into_iter().chain([tensor]).collect::<Vec<_>>()), ix))
            }
            Node::Quot(a, b) if s.loose(*b) == 0 => {
                let (tensor, ix) = self.scaled_entry(*a)?;
                Some((s.quot(tensor, *b), ix))
            }
            Node::Sum(xs) => match xs.as_ref() {
                [x] if x.neg => {
                    let (tensor, ix) = self.scaled_entry(x.term)?;
                    Some((s.neg(tensor), ix))
                }
                _ => None,
            },
            _ => None,
        }
    }
}
