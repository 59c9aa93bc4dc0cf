//! Unifying a form with unknown parameters with a known one: structure first, then coefficient by coefficient.
//!
//! Both sides are spread into *blocks*: a coefficient times a kernel, a kernel being what mentions the names the condition
//! must hold for, under the sums it stands under. Blocks with kernels of one kind are matched; their coefficients and
//! arguments give equations for the unknowns. Nothing here is trusted: what is found is checked by substitution.

use crate::tidy::{factors, is_one, is_zero, tidy, unsign};
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::rearranged;
use gradus_term::{Aff, Arg, BigOp, IVar, Id, Node, Sort, Summand, VarId};
use rustc_hash::FxHashMap;

/// A value found for an unknown: `var[ix] = value` for all indices.
#[derive(Clone, Debug)]
pub(super) struct Assigned {
    pub var: VarId,
    /// The names of its indices in `value`.
    pub ix: Vec<VarId>,
    pub value: Id,
}

/// A coefficient times a kernel, under sums.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub neg: bool,
    pub binders: Vec<(VarId, Aff, Aff)>,
    pub coefficient: Id,
    pub kernel: Option<Id>,
}

/// A unification under way.
#[derive(Clone)]
pub(super) struct Unifier<'e, 's> {
    pub e: &'e Engine<'s>,
    pub unknowns: Vec<VarId>,
    /// A free parameter of a cited result, to be chosen.
    pub choice: Option<VarId>,
    pub for_all: Vec<VarId>,
    pub facts: Facts<'s>,
    pub found: Vec<Assigned>,
    pub chosen: Option<Id>,
    depth: u32,
}

impl<'e, 's> Unifier<'e, 's> {
    pub(super) fn new(e: &'e Engine<'s>, unknowns: &[VarId], for_all: &[VarId], givens: &[Id]) -> Self {
        Unifier {
            e,
            unknowns: unknowns.to_vec(),
            choice: None,
            for_all: for_all.to_vec(),
            facts: Facts::new(e.store, givens),
            found: Vec::new(),
            chosen: None,
            depth: 0,
        }
    }
    fn has_unknown(&self, t: Id) -> bool {
        self.unknowns.iter().any(|v| self.e.store.mentions(t, *v))
    }
    fn varies(&self, t: Id) -> bool {
        self.for_all.iter().any(|v| self.e.store.mentions(t, *v))
    }

    /// Finds values of the unknowns with `template = known`; what was found stays in `found`.
    pub(super) fn unify(&mut self, template: Id, known: Id) -> bool {
        if self.depth > 24 {
            return false;
        }
        self.depth += 1;
        let ok = self.unify_here(template, known);
        self.depth -= 1;
        ok
    }
    fn unify_here(&mut self, template: Id, known: Id) -> bool {
        let s = self.e.store;
        let known = self.with_choice(known);
        if !self.has_unknown(template) {
            return self.choose(template, known) || self.facts.equal(template, known).is_proved();
        }
        if s.sort(template).is_tensor() && !matches!((s.node(template), s.node(known)), (Node::Call(f, _), Node::Call(g, _)) if f == g) {
            return self.tensors(template, known);
        }
        match s.node(template) {
            Node::Var(v) if self.unknowns.contains(v) => return self.assign(*v, &[], known),
            Node::Entry(t, ix) => {
                if let Node::Var(v) = s.node(*t) {
                    if self.unknowns.contains(v) {
                        return self.assign(*v, ix, known);
                    }
                }
            }
            Node::Call(f, xs) => {
                if let Node::Call(g, ys) = s.node(known) {
                    if f == g && xs.len() == ys.len() {
                        let before = self.clone();
                        if xs.iter().zip(ys).all(|(x, y)| self.unify(*x, *y)) {
                            return true;
                        }
                        *self = before;
                    }
                }
            }
            _ => {}
        }
        !s.sort(template).is_tensor() && self.linear(template, known)
    }
    fn with_choice(&self, t: Id) -> Id {
        match (self.choice, self.chosen) {
            (Some(v), Some(x)) => self.e.store.subst(t, &std::iter::once((v, Arg::Val(x))).collect()),
            _ => t,
        }
    }
    /// Both sides are free of unknowns, but the free parameter can be chosen so that they agree.
    fn choose(&mut self, template: Id, known: Id) -> bool {
        let s = self.e.store;
        let (Some(v), None) = (self.choice, self.chosen) else { return false };
        if !s.mentions(known, v) || s.mentions(template, v) {
            return false;
        }
        let mut chase = super::chase::Chase::new(self.e, v, self.facts.conditions(), s.rel(gradus_term::RelOp::Eq, known, template));
        match chase.run() {
            super::chase::End::Values(vs) if chase.assumes.is_empty() => {
                self.chosen = vs.first().copied();
                self.chosen.is_some()
            }
            _ => false,
        }
    }

    // ---- assignments

    fn assign(&mut self, var: VarId, ix: &[Aff], value: Id) -> bool {
        let s = self.e.store;
        let value = self.with_choice(value);
        if self.has_unknown(value) || self.choice.is_some_and(|c| s.mentions(value, c)) {
            return false;
        }
        let mut names = Vec::new();
        let mut map: FxHashMap<VarId, Arg> = FxHashMap::default();
        for a in ix {
            // An index is one name and a shift: v[i + c] = u(i) is v[m] = u(m − c).
            let [(IVar::Free(w), 1)] = a.t.as_slice() else { return false };
            let m = if a.c == 0 { *w } else { s.fresh(s.sym(&s.var(*w).name), Sort::Scalar, true) };
            if names.contains(&m) {
                return false;
            }
            if m != *w {
                map.insert(*w, Arg::Idx(Aff::free(m).plus(-a.c)));
            }
            names.push(m);
        }
        let value = self.polished(s.subst(value, &map));
        if self.varies(value) {
            return false;
        }
        if let Some(old) = self.found.iter().find(|f| f.var == var) {
            let rename: FxHashMap<VarId, Arg> = names.iter().zip(&old.ix).map(|(a, b)| (*a, Arg::Idx(Aff::free(*b)))).collect();
            return self.facts.equal(old.value, s.subst(value, &rename)).is_proved();
        }
        self.found.push(Assigned { var, ix: names, value });
        true
    }
    fn polished(&self, t: Id) -> Id {
        let s = self.e.store;
        let plain = tidy(s, t);
        if s.any_subterm(plain, &mut |n| matches!(n, Node::Big { .. } | Node::Call(..))) {
            return plain;
        }
        self.facts.expand(plain).map(|x| tidy(s, x)).filter(|x| crate::cost::cost(s, *x) < crate::cost::cost(s, plain)).unwrap_or(plain)
    }

    // ---- tensors

    /// Entry by entry; a stack block by block.
    fn tensors(&mut self, template: Id, known: Id) -> bool {
        let s = self.e.store;
        match s.node(template).clone() {
            Node::Var(v) if self.unknowns.contains(&v) => {
                let ix = self.fresh_indices(template);
                let value = self.entry(known, &ix);
                self.assign(v, &ix, value)
            }
            Node::Stack(blocks) => {
                let mut before = Aff::int(0);
                for b in blocks {
                    if s.sort(b).is_scalar() {
                        before = before.plus(1);
                        let k = self.entry(known, &[before.clone()]);
                        if !self.unify(b, k) {
                            return false;
                        }
                    } else {
                        let ix = self.fresh_indices(b);
                        let Some(i) = ix.first().cloned() else { return false };
                        let k = self.entry(known, &[before.add(&i)]);
                        let t = s.make_entry(b, &ix);
                        if !self.unify(t, k) {
                            return false;
                        }
                        before = before.add(s.sort(b).dims().first().unwrap_or(&Aff::int(0)));
                    }
                }
                true
            }
            Node::Array(xs) => xs.iter().enumerate().all(|(k, x)| {
                let y = self.entry(known, &[Aff::int(i64::try_from(k).unwrap_or(0) + 1)]);
                self.unify(*x, y)
            }),
            _ => {
                let ix = self.fresh_indices(template);
                let (t, k) = (self.entry(template, &ix), self.entry(known, &ix));
                !matches!(s.node(t), Node::Entry(u, _) if s.same(*u, template)) && self.unify(t, k)
            }
        }
    }
    fn fresh_indices(&self, t: Id) -> Vec<Aff> {
        let s = self.e.store;
        let letters = ["i", "j", "m", "l"];
        s.sort(t).dims().iter().zip(letters).map(|(_, l)| Aff::free(s.fresh(s.sym(l), Sort::Scalar, true))).collect()
    }
    /// An entry, looked into as far as sums and multiples go.
    fn entry(&self, t: Id, ix: &[Aff]) -> Id {
        let s = self.e.store;
        let e = s.make_entry(t, ix);
        tidy(s, e)
    }

    // ---- linear forms

    fn linear(&mut self, template: Id, known: Id) -> bool {
        let (Some(ts), Some(ks)) = (self.blocks(template), self.blocks(known)) else { return false };
        let ks = ks.into_iter().map(|b| self.as_a_sum(b, &ts)).collect();
        let mut ks = self.joined(ks);
        let (moving, resting): (Vec<Block>, Vec<Block>) = ts.into_iter().partition(|b| b.kernel.is_some());
        for t in &moving {
            if !self.one_block(t, &mut ks) {
                return false;
            }
        }
        ks.iter().all(|b| b.kernel.is_none()) && self.rest(&resting, &ks)
    }
    /// `c x_r` as `Σ_k δ_kr c x_k`, where the template has a sum over the entries of x.
    fn as_a_sum(&self, b: Block, template: &[Block]) -> Block {
        let s = self.e.store;
        let entry = |t: Option<Id>| match s.node(t?) {
            Node::Entry(x, ix) => match ix.as_ref() {
                [a] => Some((*x, a.clone())),
                _ => None,
            },
            _ => None,
        };
        let Some((x, at)) = entry(b.kernel).filter(|_| b.binders.is_empty()) else { return b };
        let over = template.iter().find_map(|t| {
            let [(k, lo, hi)] = t.binders.as_slice() else { return None };
            let (y, i) = entry(t.kernel)?;
            (s.same(x, y) && i == Aff::free(*k)).then(|| (*k, lo.clone(), hi.clone(), t.kernel))
        });
        let Some((k, lo, hi, kernel)) = over else { return b };
        let delta = s.intern(Node::Iverson(s.rel(gradus_term::RelOp::Eq, s.index(at), s.index(Aff::free(k)))));
        Block { neg: b.neg, binders: vec![(k, lo, hi)], coefficient: tidy(s, s.mul(delta, b.coefficient)), kernel }
    }
    /// Blocks of one kernel under the same sums as one: `a x − b x` as `(a − b) x`.
    fn joined(&self, blocks: Vec<Block>) -> Vec<Block> {
        let s = self.e.store;
        let mut out: Vec<Block> = Vec::new();
        for b in blocks {
            let like = out.iter_mut().find_map(|a| {
                let own = self.renamed(&b, a)?;
                let (x, y) = (a.kernel?, own.kernel?);
                rearranged(s, x, y).then_some((a, own))
            });
            match like {
                Some((a, own)) => {
                    let parts = [Summand { neg: a.neg, term: a.coefficient }, Summand { neg: own.neg, term: own.coefficient }];
                    a.coefficient = tidy(s, s.sum(&parts));
                    a.neg = false;
                }
                None => out.push(b),
            }
        }
        out
    }
    /// Matches one block of the template with the known blocks of its kernel, which are taken out.
    fn one_block(&mut self, t: &Block, ks: &mut Vec<Block>) -> bool {
        for n in 0..ks.len() {
            let Some(k) = ks.get(n).and_then(|k| self.renamed(k, t)) else { continue };
            let (Some(a), Some(b)) = (t.kernel, k.kernel) else { continue };
            let before = self.clone();
            if !self.same_kernel(a, b) {
                *self = before;
                continue;
            }
            let coefficient = if k.neg == t.neg { k.coefficient } else { self.e.store.neg(k.coefficient) };
            if self.scaled(t.coefficient, coefficient) {
                ks.remove(n);
                return true;
            }
            *self = before;
        }
        // No such kernel on the known side: its coefficient must vanish.
        let zero = self.e.store.int(0);
        self.has_unknown(t.coefficient) && !t.kernel.is_some_and(|k| self.has_unknown(k)) && self.scaled(t.coefficient, zero)
    }
    fn same_kernel(&mut self, a: Id, b: Id) -> bool {
        let s = self.e.store;
        if !self.has_unknown(a) {
            return rearranged(s, a, b) || self.facts.equal(a, b).is_proved();
        }
        let (x, y) = (s.node(a), s.node(b));
        match (x, y) {
            (Node::Call(f, _), Node::Call(g, _)) if f == g => self.unify(a, b),
            (Node::Pow(u, m), Node::Pow(v, n)) if s.same(*m, *n) => {
                let (u, v) = (*u, *v);
                self.unify(u, v)
            }
            _ => false,
        }
    }
    /// `u c = k` for an unknown u: u = k/c.
    fn scaled(&mut self, template: Id, known: Id) -> bool {
        let s = self.e.store;
        let (neg, core) = unsign(s, template);
        let known = if neg { s.neg(known) } else { known };
        let (num, den) = match s.node(core) {
            Node::Quot(a, b) if !self.has_unknown(*b) => (*a, Some(*b)),
            _ => (core, None),
        };
        let (with, free): (Vec<Id>, Vec<Id>) = factors(s, num).into_iter().partition(|f| self.has_unknown(*f));
        match with.as_slice() {
            [] => self.unify(template, known),
            [u] => {
                let mut v = known;
                if let Some(d) = den {
                    v = s.mul(d, v);
                }
                if !free.is_empty() {
                    v = s.quot(v, s.product(&free));
                }
                let v = tidy(s, v);
                self.unify(*u, v)
            }
            _ => false,
        }
    }
    /// What does not vary: one unknown of the template takes all of it.
    fn rest(&mut self, ts: &[Block], ks: &[Block]) -> bool {
        let s = self.e.store;
        let (with, free): (Vec<&Block>, Vec<&Block>) = ts.iter().partition(|b| self.has_unknown(b.coefficient));
        let mut parts: Vec<Summand> = ks.iter().map(|b| Summand { neg: b.neg, term: self.rebuilt(b) }).collect();
        parts.extend(free.iter().map(|b| Summand { neg: !b.neg, term: self.rebuilt(b) }));
        let sum = if parts.is_empty() { s.int(0) } else { s.sum(&crate::simplify::positive_first_parts(parts)) };
        match with.as_slice() {
            [] => self.facts.equal(sum, s.int(0)).is_proved(),
            [u] if u.binders.is_empty() => {
                let value = if u.neg { s.neg(sum) } else { sum };
                self.scaled(u.coefficient, value)
            }
            _ => false,
        }
    }

    // ---- blocks

    /// The term as a sum of blocks; `None` if it cannot be spread.
    pub(super) fn blocks(&self, t: Id) -> Option<Vec<Block>> {
        let s = self.e.store;
        let single = |coefficient: Id, kernel: Option<Id>| vec![Block { neg: false, binders: Vec::new(), coefficient, kernel }];
        if !self.varies(t) && !matches!(s.node(t), Node::Sum(_)) {
            return Some(single(t, None));
        }
        match s.node(t) {
            Node::Sum(xs) => {
                let mut out = Vec::new();
                for x in xs {
                    for mut b in self.blocks(x.term)? {
                        b.neg ^= x.neg;
                        out.push(b);
                    }
                }
                (out.len() < 64).then_some(out)
            }
            Node::Product(xs) => {
                let mut acc = single(s.int(1), None);
                for x in xs {
                    let fs = if self.varies(*x) { self.blocks(*x)? } else { single(*x, None) };
                    let mut next = Vec::new();
                    for a in &acc {
                        for b in &fs {
                            next.push(self.times(a, b));
                        }
                    }
                    acc = next;
                }
                (acc.len() < 64).then_some(acc)
            }
            Node::Quot(a, b) if !self.varies(*b) => {
                let mut out = self.blocks(*a)?;
                for x in &mut out {
                    x.coefficient = tidy(s, s.quot(x.coefficient, *b));
                }
                Some(out)
            }
            Node::Big { op: BigOp::Sum, lo, hi, cond: None, .. } => {
                let (vars, body) = s.open_child(t, 0)?;
                let v = *vars.first()?;
                let mut out = self.blocks(body)?;
                for x in &mut out {
                    self.under_sum(x, v, lo, hi);
                }
                Some(out)
            }
            // `wᵀ x` is a sum over entries.
            Node::MatMul(_) | Node::Call(..) if s.sort(t).is_scalar() && self.is_of_tensors(t) => {
                s.scalar_form(t).map_or_else(|| Some(single(s.int(1), Some(t))), |sum| self.blocks(sum))
            }
            _ => Some(single(s.int(1), Some(t))),
        }
    }
    /// Whether this is a product of vectors and matrices, or an operation on them.
    fn is_of_tensors(&self, t: Id) -> bool {
        let s = self.e.store;
        match s.node(t) {
            Node::MatMul(_) => true,
            Node::Call(f, xs) => s.prim(*f).is_some_and(|p| !p.is_scalar()) && xs.iter().all(|x| s.sort(*x).is_tensor()),
            _ => false,
        }
    }
    /// A block under a sum; what is summed over does not vary where the kernel does not mention it: `Σ_l W_jl V_lk x_k` is
    /// `(Σ_l W_jl V_lk) x_k`.
    fn under_sum(&self, b: &mut Block, v: VarId, lo: &Aff, hi: &Aff) {
        let s = self.e.store;
        let outside = b.kernel.is_some_and(|k| !s.mentions(k, v)) && !self.has_unknown(b.coefficient);
        if outside && b.binders.iter().all(|(_, l, h)| !l.mentions(IVar::Free(v)) && !h.mentions(IVar::Free(v))) {
            b.coefficient = s.big(BigOp::Sum, v, lo.clone(), hi.clone(), None, b.coefficient);
        } else {
            b.binders.insert(0, (v, lo.clone(), hi.clone()));
        }
    }
    fn times(&self, a: &Block, b: &Block) -> Block {
        let s = self.e.store;
        let product = |x: Id, y: Id| {
            tidy(s, s.product(&factors(s, x).into_iter().chain(factors(s, y)).filter(|f| !is_one(s, *f)).collect::<Vec<_>>()))
        };
        let kernel = match (a.kernel, b.kernel) {
            (Some(x), Some(y)) => Some(product(x, y)),
            (x, y) => x.or(y),
        };
        Block {
            neg: a.neg != b.neg,
            binders: a.binders.iter().chain(&b.binders).cloned().collect(),
            coefficient: product(a.coefficient, b.coefficient),
            kernel,
        }
    }
    /// A block with the bound names of another, if their ranges are the same.
    fn renamed(&self, b: &Block, like: &Block) -> Option<Block> {
        let s = self.e.store;
        if b.binders.len() != like.binders.len() {
            return None;
        }
        let mut map: FxHashMap<VarId, Arg> = FxHashMap::default();
        for ((v, lo, hi), (w, lo2, hi2)) in b.binders.iter().zip(&like.binders) {
            let same = |x: &Aff, y: &Aff| self.facts.is_zero_aff(&x.sub(y)).is_true();
            if !same(lo, lo2) || !same(hi, hi2) {
                return None;
            }
            map.insert(*v, Arg::Idx(Aff::free(*w)));
        }
        Some(Block {
            neg: b.neg,
            binders: like.binders.clone(),
            coefficient: s.subst(b.coefficient, &map),
            kernel: b.kernel.map(|k| s.subst(k, &map)),
        })
    }
    /// The block as a term, without its sign.
    pub(super) fn rebuilt(&self, b: &Block) -> Id {
        let s = self.e.store;
        let kernel = b.kernel.map(|k| self.spread_arguments(k));
        let mut t = match kernel {
            Some(k) if is_one(s, b.coefficient) => k,
            Some(k) => s.product(&factors(s, b.coefficient).into_iter().chain([k]).collect::<Vec<_>>()),
            None => b.coefficient,
        };
        for (v, lo, hi) in b.binders.iter().rev() {
            t = s.big(BigOp::Sum, *v, lo.clone(), hi.clone(), None, t);
        }
        t
    }
    /// A kernel with its scalar arguments spread into blocks.
    fn spread_arguments(&self, k: Id) -> Id {
        let s = self.e.store;
        let Node::Call(f, xs) = s.node(k) else { return k };
        let args: Vec<Id> =
            xs.iter().map(|x| if s.sort(*x).is_scalar() && self.varies(*x) { self.spread(*x).unwrap_or(*x) } else { *x }).collect();
        s.call(*f, &args)
    }
    /// The term as the sum of its blocks.
    pub(super) fn spread(&self, t: Id) -> Option<Id> {
        let s = self.e.store;
        let mut bs = self.blocks(t)?;
        // What varies comes first.
        bs.sort_by_key(|b| b.kernel.is_none());
        Some(s.sum(&bs.iter().map(|b| Summand { neg: b.neg, term: self.rebuilt(b) }).filter(|x| !is_zero(s, x.term)).collect::<Vec<_>>()))
    }
    /// The heads of the kernels that vary.
    pub(super) fn heads(&self, t: Id) -> Vec<gradus_term::FnId> {
        let s = self.e.store;
        let mut out = Vec::new();
        for path in crate::draft::everywhere(s, t, &|n| matches!(n, Node::Call(..))) {
            let Ok(f) = s.focus(t, &gradus_term::Position::at(&path)) else { continue };
            if let Node::Call(g, _) = s.node(f.part) {
                if self.varies(f.part) && !out.contains(g) {
                    out.push(*g);
                }
            }
        }
        out
    }
}
