//! Folding results back into the names in scope.
//!
//! Instances of definitions known to a derivation (σ(a), S(x)) are found in a term by their bodies: as they stand; as the
//! quotient of a product (`e^{x_i} e^{x_j} / Z²` is S_i S_j for S_i = e^{x_i}/Z); and for definitions that are Möbius in one
//! exponential (σ), by putting the exponential in terms of the name and cancelling. Each fold is a step the kernel checks.

mod branches;
mod circular;
mod deltas;
mod densities;
mod factors;
mod moebius;
mod shares;
mod softmax;

use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, tidy};
use crate::Engine;
pub(crate) use branches::shorter_relation;
pub(crate) use circular::{circular, lcm_of_denominators, Circular};
use factors::factor_map;
pub(crate) use factors::{
    cancelled_in_terms, common_factors, common_factors_that, common_power, common_roots, is_product_over, log_of_factors,
    over_one_denominator, settled_fraction,
};
use gradus_kernel::{Ground, Text, Value, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, FnId, Focus, Id, Node, Position, Prim, Rat, Sort, VarId, VarInfo, VarKind};
pub(crate) use moebius::speaks_of_softplus;
use rustc_hash::FxHashMap;

/// A known instance of a definition: a scalar call, or an entry of a tensor call with index metavariables.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    /// The definition.
    pub def: FnId,
    /// What stands on the page after folding; mentions `indices`.
    pub name: Id,
    /// What it is; mentions `indices`.
    pub body: Id,
    /// Metavariables for the indices of a tensor.
    pub indices: Vec<VarId>,
}

/// The exponential u of `1 − u`.
fn complement(s: &gradus_term::Store, body: Id) -> Option<Id> {
    let Node::Sum(xs) = s.node(body) else { return None };
    let [a, b] = xs.as_ref() else { return None };
    let one = |x: &gradus_term::Summand| !x.neg && crate::tidy::is_one(s, x.term);
    let u = if one(a) && b.neg {
        b.term
    } else if one(b) && a.neg {
        a.term
    } else {
        return None;
    };
    matches!(s.node(u), Node::Call(f, _) if s.prim(*f) == Some(Prim::Exp)).then_some(u)
}

/// How often one definition is folded back in one pass.
const FOLDS: usize = 24;

impl<'s> Engine<'s> {
    /// The instances of definitions that occur in these terms, with those their bodies mention.
    pub(crate) fn instances(&self, terms: &[Id]) -> Vec<Instance> {
        let s = self.store;
        let mut calls: Vec<Id> = Vec::new();
        let mut todo: Vec<Id> = terms.to_vec();
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(t) = todo.pop() {
            if !seen.insert(t) || seen.len() > 4000 {
                continue;
            }
            if let Node::Call(f, xs) = s.node(t) {
                if !s.fun(*f).library && s.loose(t) == 0 {
                    if let Some(b) = s.unfold(*f, xs) {
                        if !calls.iter().any(|c| s.same(*c, t)) {
                            calls.push(t);
                        }
                        todo.push(b);
                    }
                }
            }
            if let Node::Diff { body, point, .. } = s.node(t) {
                todo.push(s.open(*body, &[gradus_term::Arg::Val(*point)]));
            }
            s.node(t).for_each_child(|c, _| todo.push(c));
        }
        let mut out: Vec<Instance> = Vec::new();
        for inst in calls.into_iter().filter_map(|c| self.instance(c)) {
            // As it is defined, and as it looks tidied.
            let tidied = tidy(s, inst.body);
            let again = (tidied != inst.body).then(|| Instance { body: tidied, ..inst.clone() });
            // `H = −Σ …`: the sum alone is −H.
            let (neg, core) = crate::tidy::unsign(s, tidied);
            let turned = (neg && inst.indices.is_empty()).then(|| Instance { body: core, name: s.neg(inst.name), ..inst.clone() });
            // `μ = 1 − e^u`: the exponential is 1 − μ.
            let rest = complement(s, tidied).map(|u| Instance { body: u, name: s.sub(s.int(1), inst.name), ..inst.clone() });
            let branch = self.branch_of(&inst);
            out.push(inst);
            out.extend(again);
            out.extend(turned);
            out.extend(rest);
            out.extend(branch);
        }
        out.extend(self.norms(terms));
        out.extend(self.softmaxes(terms));
        out
    }
    /// The norms that stand in the terms: their roots are written as they are there.
    fn norms(&self, terms: &[Id]) -> Vec<Instance> {
        let s = self.store;
        let mut out: Vec<Instance> = Vec::new();
        let mut todo = terms.to_vec();
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(t) = todo.pop() {
            if !seen.insert(t) || seen.len() > 2000 {
                continue;
            }
            match s.node(t) {
                Node::Diff { body, point, .. } if s.loose(*point) == 0 => todo.push(s.open(*body, &[gradus_term::Arg::Val(*point)])),
                Node::Call(f, _) if s.prim(*f) == Some(Prim::Norm) && s.loose(t) == 0 => {
                    out.extend(s.scalar_form(t).map(|body| Instance { def: *f, name: t, body: tidy(s, body), indices: Vec::new() }));
                }
                Node::Call(f, xs) if !s.fun(*f).library && s.loose(t) == 0 => todo.extend(s.unfold(*f, xs)),
                _ => {}
            }
            s.node(t).for_each_child(|c, _| todo.push(c));
        }
        out
    }
    /// The instance of one call.
    pub(crate) fn instance(&self, call: Id) -> Option<Instance> {
        let s = self.store;
        let Node::Call(def, xs) = s.node(call) else { return None };
        let body = s.unfold(*def, xs)?;
        let rank = s.sort(call).dims().len();
        if rank == 0 {
            return Some(Instance { def: *def, name: call, body, indices: Vec::new() });
        }
        let indices: Vec<VarId> = (0..rank)
            .map(|_| {
                let mut info = VarInfo::new("i", VarKind::Meta, Sort::Scalar);
                info.domain = gradus_term::Domain::Int;
                s.declare(info)
            })
            .collect();
        let ix: Vec<Aff> = indices.iter().map(|v| Aff::free(*v)).collect();
        let body = s.make_entry(body, &ix);
        let name = s.intern(Node::Entry(call, ix.into()));
        Some(Instance { def: *def, name, body, indices })
    }

    /// Folds what can be folded; whether anything was.
    pub(crate) fn fold(&self, d: &mut Draft<'s>, instances: &[Instance]) -> bool {
        let start = d.len();
        for _ in 0..8 {
            let before = d.len();
            self.fold_pass(d, instances, &|e, d, i| e.split_sum(d, i) || e.split_quotient_at(d, i));
            if d.proof.steps().iter().skip(before).any(|s| s.weight == Weight::Main) {
                d.line(Detail::Textbook);
            }
            self.fold_pass(d, instances, &|e, d, i| e.fold_as_it_stands(d, i) || e.fold_factors(d, i) || e.fold_under_sum(d, i));
            self.fold_pass(d, instances, &|e, d, i| e.fold_moebius(d, i));
            while self.fold_exponentials(d) || self.fold_densities(d) {}
            d.line(Detail::Textbook);
            if d.len() == before {
                break;
            }
        }
        d.len() > start
    }
    /// Names for roots (norms, too) and exponentials, which their own derivatives say again, and for functions of a sum over an index or of
    /// a product of matrices, wherever they stand as they are defined.
    pub(crate) fn fold_roots(&self, d: &mut Draft<'s>, instances: &[Instance]) {
        let s = self.store;
        let again = |i: &&Instance| {
            let Node::Call(f, xs) = s.node(i.body) else { return false };
            let own = i.indices.is_empty() && matches!(s.prim(*f), Some(Prim::Sqrt | Prim::Exp));
            let long = |x: &Id| s.any_subterm(*x, &mut |n| matches!(n, Node::Big { .. } | Node::MatMul(_)));
            let norm = s.prim(i.def) == Some(Prim::Norm);
            (s.fun(i.def).is_constant_name() || norm) && (own || xs.iter().any(long))
        };
        let known: Vec<Instance> = instances.iter().filter(again).cloned().collect();
        self.fold_pass(d, &known, &|e, d, i| e.fold_as_it_stands(d, i));
    }
    /// One kind of folding, as often as it applies.
    fn fold_pass(&self, d: &mut Draft<'s>, instances: &[Instance], fold: &dyn Fn(&Self, &mut Draft<'s>, &Instance) -> bool) {
        for _ in 0..FOLDS {
            let before = d.len();
            for i in instances {
                for _ in 0..FOLDS {
                    if !fold(self, d, i) {
                        break;
                    }
                }
            }
            if d.len() == before {
                return;
            }
        }
    }

    /// The body as it stands somewhere.
    pub(crate) fn fold_as_it_stands(&self, d: &mut Draft<'s>, inst: &Instance) -> bool {
        let s = self.store;
        let plain = match s.node(inst.body) {
            Node::Var(_) | Node::Num(_) | Node::Index(_) => true,
            // An entry of a known vector, but p = softmax(z) is a name.
            Node::Entry(t, _) => !matches!(s.node(*t), Node::Call(f, _) if s.fun(*f).library),
            _ => false,
        };
        if plain {
            return false;
        }
        // 1 − μ for an exponential only where μ stands beside it.
        let beside = &mut |n: &Node| matches!(n, Node::Call(f, _) if *f == inst.def);
        if matches!(s.node(inst.name), Node::Sum(xs) if xs.len() == 2) && !s.any_subterm(d.current(), beside) {
            return false;
        }
        // A body without indices that is no part of a longer sum or product stands there as it is or not at all.
        let names = |t: Id| {
            let mut free = s.free_vars(t);
            free.sort_unstable();
            free
        };
        let free = names(inst.body);
        let whole = inst.indices.is_empty() && !matches!(s.node(inst.body), Node::Sum(_) | Node::Product(_) | Node::MatMul(_));
        for path in everywhere(s, d.current(), &|n| same_head(s, n, inst.body)) {
            let part = path.iter().try_fold(d.current(), |t, k| s.node(t).children().get(*k as usize).map(|c| c.0));
            if whole && part.is_some_and(|t| !s.same(t, inst.body) && names(t) != free) {
                continue;
            }
            if under_diff(s, d.current(), &path) {
                continue;
            }
            let Ok(f) = d.proof.focus(&Position::at(&path)) else { continue };
            for m in crate::matching::matches(s, inst.body, f.part) {
                let pos = Position { path: path.clone(), operands: m.operands.clone() };
                let Ok(f2) = d.proof.focus(&pos) else { continue };
                // A focus opens binders anew; match again in its names.
                let Some(m2) = crate::matching::matches(s, inst.body, f2.part).into_iter().find(|m| m.operands.is_empty()) else {
                    continue;
                };
                let Some(new) = put_indices(self, inst, &m2.subst) else { continue };
                if s.same(new, f2.part) {
                    continue;
                }
                let reason = self.definition_reason(inst.def);
                if d.step(&pos, &f2, Ground::Folded, new, "definition.fold", reason.clone(), Weight::Small).is_ok()
                    || d.recompute(&pos, &f2, new, "definition.fold", reason, Weight::Small).is_ok()
                {
                    return true;
                }
            }
        }
        false
    }

    /// `(Σ_j x_j N_j)/D` as `Σ_j x_j S_j` for a definition `S_j = N_j/D`.
    fn fold_under_sum(&self, d: &mut Draft<'s>, inst: &Instance) -> bool {
        let s = self.store;
        if inst.indices.is_empty() {
            return false;
        }
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..))) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Quot(a, b) = *s.node(f.part) else { continue };
            let Some((_, den)) = self.over(inst, b) else { continue };
            let mut bottoms = factors(s, b);
            let Some(k) = bottoms.iter().position(|x| gradus_kernel::rearranged(s, *x, den)) else { continue };
            bottoms.remove(k);
            let mut tops = factors(s, a);
            let Some((i, new)) = tops.iter().enumerate().find_map(|(i, x)| Some((i, self.name_under_sum(inst, den, *x)?))) else {
                continue;
            };
            if let Some(t) = tops.get_mut(i) {
                *t = new;
            }
            let top = s.product(&tops);
            let new = if bottoms.is_empty() { top } else { s.quot(top, s.product(&bottoms)) };
            if !under_diff(s, d.current(), &path)
                && d.recompute(&pos, &f, new, "definition.fold", self.definition_reason(inst.def), Weight::Main).is_ok()
            {
                return true;
            }
        }
        false
    }
    /// `Σ_j x_j N_j` with the name in place of `N_j`, over this denominator.
    fn name_under_sum(&self, inst: &Instance, over: Id, sum: Id) -> Option<Id> {
        let s = self.store;
        let Node::Quot(n, den) = *s.node(inst.body) else { return None };
        let Node::Big { op: gradus_term::BigOp::Sum, hint, lo, hi, cond, .. } = s.node(sum).clone() else { return None };
        let (vars, body) = s.open_child(sum, 0)?;
        let (top, below) = match s.node(body) {
            Node::Quot(a, b) => (*a, Some(*b)),
            _ => (body, None),
        };
        let mut fs = factors(s, top);
        let (i, name) = fs.iter().enumerate().find_map(|(i, x)| {
            let m = crate::matching::matches(s, n, *x).into_iter().find(|m| m.operands.is_empty())?;
            let map = indices_found(self, inst, &m.subst)?;
            gradus_kernel::rearranged(s, s.subst(den, &map), over).then(|| (i, s.subst(inst.name, &map)))
        })?;
        *fs.get_mut(i)? = name;
        let top = s.product(&fs);
        let body = s.close(below.map_or(top, |b| s.quot(top, b)), &vars);
        Some(s.intern(Node::Big { op: gradus_term::BigOp::Sum, hint, lo, hi, cond, body }))
    }
    /// The fractions that stand under no derivative: where, and what stands above and below.
    fn settled_fractions(&self, d: &Draft<'s>) -> Vec<(Position, Focus, Id, Id)> {
        let s = self.store;
        let paths = everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..))).into_iter();
        let at = |path: Vec<u32>| {
            let pos = Position::at(&path);
            let f = d.proof.focus(&pos).ok()?;
            match *s.node(f.part) {
                Node::Quot(a, b) => Some((pos, f, a, b)),
                _ => None,
            }
        };
        paths.filter(|path| !under_diff(s, d.current(), path)).filter_map(at).collect()
    }
    /// `N_i N_j / D²` as `(N_i/D) (N_j/D)` for a definition `N_i / D`.
    fn split_quotient_at(&self, d: &mut Draft<'s>, inst: &Instance) -> bool {
        let s = self.store;
        let split = |(pos, f, a, b): (Position, Focus, Id, Id)| {
            let (n, den) = self.over(inst, b)?;
            let new = self.split_quotient(n, den, a, b).filter(|t| !s.same(*t, f.part))?;
            Some((pos, f, new))
        };
        let found: Vec<_> = self.settled_fractions(d).into_iter().filter_map(split).collect();
        // One fraction beside other factors is seen; where there are several they are written first, on the line of the term that is
        // left of a sum.
        let quotients = |t: Id| factors(s, t).into_iter().filter(|x| matches!(s.node(*x), Node::Quot(..) | Node::Pow(..))).count();
        let seen = found.iter().all(|(_, _, new)| quotients(*new) == 1);
        let (reason, weight) = if seen { (Text::default(), Weight::Small) } else { (Text::words("split the fraction"), Weight::Main) };
        if !seen {
            d.go_on_after("delta.collapse");
        }
        found.into_iter().any(|(pos, f, new)| d.recompute(&pos, &f, new, "fractions.split", reason.clone(), weight).is_ok())
    }
    /// `(A ± B)/D²` as `A/D² ± B/D²` where D is the denominator of a definition `N/D` that occurs above.
    fn split_sum(&self, d: &mut Draft<'s>, inst: &Instance) -> bool {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..))) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Quot(a, b) = *s.node(f.part) else { continue };
            let Some((n, den)) = self.over(inst, b) else { continue };
            let Node::Sum(xs) = s.node(a) else { continue };
            let over_den = factors(s, b).into_iter().any(|x| {
                gradus_kernel::rearranged(s, x, den) || matches!(s.node(x), Node::Pow(base, _) if gradus_kernel::rearranged(s, *base, den))
            });
            // `(p/q)/b` as `p/(q b)`
            let parts = |x: Id| match s.node(x) {
                Node::Quot(p, q) => (*p, s.product(&factors(s, *q).into_iter().chain(factors(s, b)).collect::<Vec<_>>())),
                _ => (x, b),
            };
            let occurs = xs.iter().map(|x| parts(x.term)).any(|(p, q)| self.split_quotient(n, den, p, q).is_some());
            if under_diff(s, d.current(), &path) || !over_den || !occurs || xs.len() < 2 {
                continue;
            }
            let terms: Vec<_> = xs
                .iter()
                .map(|x| (x.neg, parts(x.term)))
                .map(|(neg, (p, q))| gradus_term::Summand { neg, term: tidy(s, self.cancelled(p, q)) })
                .collect();
            if d.recompute(&pos, &f, s.sum(&terms), "fractions.split", Text::words("split the fraction"), Weight::Main).is_ok() {
                d.line(Detail::Textbook);
                return true;
            }
        }
        false
    }
    /// Numerator and denominator of a definition `N/D`, with the indices that D has in a denominator `b`.
    fn over(&self, inst: &Instance, b: Id) -> Option<(Id, Id)> {
        let s = self.store;
        let Node::Quot(n, den) = *s.node(inst.body) else { return None };
        if s.as_rational(n).is_some() {
            return None;
        }
        if !inst.indices.iter().any(|v| s.mentions(den, *v)) {
            return Some((n, den));
        }
        factors(s, b).into_iter().find_map(|x| {
            let base = match s.node(x) {
                Node::Pow(base, _) => *base,
                _ => x,
            };
            let whole = |p: Id| crate::matching::matches(s, p, base).into_iter().find(|m| m.operands.is_empty());
            let m = whole(den).or_else(|| whole(under_root(s, den)?))?;
            let map = inst.indices.iter().filter_map(|v| Some((*v, gradus_term::Arg::Idx(index_of(s, m.subst.values.get(v)?)?)))).collect();
            Some((s.subst(n, &map), s.subst(den, &map)))
        })
    }
    /// `a/b` with whole factors cancelled.
    fn cancelled(&self, a: Id, b: Id) -> Id {
        let s = self.store;
        let (mut tops, mut bottoms) = (factors(s, a), Vec::new());
        for x in factors(s, b) {
            let (base, mut k) = match s.node(x) {
                Node::Pow(base, e) => match s.as_rational(*e).and_then(|q| q.to_i64()) {
                    Some(k) if k > 0 => (*base, k),
                    _ => (x, 1),
                },
                _ => (x, 1),
            };
            while k > 0 {
                match tops.iter().position(|t| gradus_kernel::rearranged(s, *t, base)) {
                    Some(i) => {
                        tops.remove(i);
                        k -= 1;
                    }
                    None => break,
                }
            }
            match k {
                0 => {}
                1 => bottoms.push(base),
                k => bottoms.push(s.pow(base, s.int(k))),
            }
        }
        if bottoms.is_empty() {
            s.product(&tops)
        } else {
            s.quot(s.product(&tops), s.product(&bottoms))
        }
    }
    fn split_quotient(&self, n: Id, den: Id, a: Id, b: Id) -> Option<Id> {
        let s = self.store;
        let mut power = 0i64;
        let mut bottoms = Vec::new();
        // Below the line `u` is `√u √u`.
        let under = under_root(s, den);
        for x in factors(s, b) {
            match s.node(x) {
                _ if under.is_some_and(|u| gradus_kernel::rearranged(s, x, u)) => power += 2,
                Node::Pow(base, e) if gradus_kernel::rearranged(s, *base, den) => power += s.as_rational(*e)?.to_i64()?,
                _ if gradus_kernel::rearranged(s, x, den) => power += 1,
                _ => bottoms.push(x),
            }
        }
        let (mut tops, mut split) = (Vec::new(), Vec::new());
        for x in factors(s, a) {
            let fits = |x: Id| crate::matching::matches(s, n, x).into_iter().any(|m| m.operands.is_empty());
            let base = match s.node(x) {
                Node::Pow(b, e) => {
                    s.as_rational(*e).and_then(|q| q.to_i64()).filter(|k| *k > 1 && *k <= power && fits(*b)).map(|k| (*b, k))
                }
                _ => None,
            };
            if let Some((b, k)) = base {
                power -= k;
                split.push(s.pow(s.quot(b, den), s.int(k)));
            } else if power > 0 && fits(x) {
                power -= 1;
                split.push(s.quot(x, den));
            } else {
                tops.push(x);
            }
        }
        if split.is_empty() || power < 0 {
            return None;
        }
        match power {
            0 => {}
            1 => bottoms.push(den),
            k => bottoms.push(s.pow(den, s.int(k))),
        }
        let rest = if bottoms.is_empty() { tops } else { vec![s.quot(s.product(&tops), s.product(&bottoms))] };
        Some(s.product(&rest.into_iter().chain(split).filter(|x| !crate::tidy::is_one(s, *x)).collect::<Vec<_>>()))
    }
}

/// `u` of `√u`.
fn under_root(s: &gradus_term::Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) => xs.first().copied(),
        _ => None,
    }
}
/// An index that a metavariable stands for.
fn index_of(s: &gradus_term::Store, v: &Value) -> Option<Aff> {
    match v {
        Value::Index(a) => Some(a.clone()),
        Value::Term(t) => s.as_aff(*t),
        _ => None,
    }
}

/// The folded name with the indices a match found.
fn put_indices(e: &Engine<'_>, inst: &Instance, sub: &gradus_kernel::Substitution) -> Option<Id> {
    Some(e.store.subst(inst.name, &indices_found(e, inst, sub)?))
}
/// What a match found for the indices.
fn indices_found(e: &Engine<'_>, inst: &Instance, sub: &gradus_kernel::Substitution) -> Option<FxHashMap<VarId, gradus_term::Arg>> {
    let index = |v: &VarId| Some((*v, gradus_term::Arg::Idx(index_of(e.store, sub.values.get(v)?)?)));
    inst.indices.iter().map(index).collect()
}

fn same_head(s: &gradus_term::Store, n: &Node, body: Id) -> bool {
    std::mem::discriminant(n) == std::mem::discriminant(s.node(body))
}

fn under_diff(s: &gradus_term::Store, term: Id, path: &[u32]) -> bool {
    let mut t = term;
    for k in path {
        if matches!(s.node(t), Node::Diff { .. }) {
            return true;
        }
        match s.node(t).children().get(*k as usize) {
            Some((c, _)) => t = *c,
            None => return true,
        }
    }
    false
}
