//! Which names a claim needs values for, and the finite lists of sizes and indices to try.

use crate::eval::Slot;
use crate::eval::{Eval, Limits};
use crate::field::Fault;
use crate::interval::Iv;
use gradus_term::{Aff, Domain, FnKind, IVar, Id, Node, RelOp, Store, VarId, VarKind};
use rustc_hash::FxHashSet;

/// The free names of a claim, in the order of their declaration within each kind.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Sizes and other natural numbers.
    pub sizes: Vec<VarId>,
    /// Free indices.
    pub indices: Vec<VarId>,
    /// Scalars, tensors and functions.
    pub values: Vec<VarId>,
}

/// The names that occur in the terms, in the shapes of those names, and in the bodies of the functions called.
pub fn collect(s: &Store, terms: &[Id]) -> Names {
    let mut seen_fn = FxHashSet::default();
    let mut found: Vec<VarId> = Vec::new();
    let mut todo: Vec<(Id, Vec<VarId>)> = terms.iter().map(|t| (*t, Vec::new())).collect();
    let push = |v: VarId, hidden: &[VarId], found: &mut Vec<VarId>| {
        if !hidden.contains(&v) && !found.contains(&v) {
            found.push(v);
        }
    };
    while let Some((t, hidden)) = todo.pop() {
        for v in s.free_vars(t) {
            push(v, &hidden, &mut found);
        }
        s.any_subterm(t, &mut |n| {
            if let Node::Call(f, _) | Node::Fun(f) = n {
                let info = s.fun(*f);
                if !matches!(info.kind, FnKind::Prim(_)) && seen_fn.insert(*f) {
                    let hide: Vec<VarId> = info.params.iter().map(|p| p.var).chain(info.dims.iter().copied()).collect();
                    for a in info.result.dims() {
                        a.vars().for_each(|v| {
                            if let IVar::Free(v) = v {
                                push(v, &hide, &mut found)
                            }
                        });
                    }
                    if let Some(b) = s.body(*f) {
                        todo.push((b, hide));
                    }
                }
            }
            false
        });
    }
    let mut k = 0;
    while let Some(v) = found.get(k).copied() {
        for a in s.var(v).sort.dims() {
            a.vars().for_each(|v| {
                if let IVar::Free(v) = v {
                    push(v, &[], &mut found)
                }
            });
        }
        k += 1;
    }
    found.sort_unstable();
    let mut names = Names::default();
    for v in found {
        let info = s.var(v);
        match (info.is_integer(), info.kind, &info.domain) {
            (true, VarKind::Size, _) | (true, _, Domain::Nat) => names.sizes.push(v),
            (true, _, _) => names.indices.push(v),
            _ => names.values.push(v),
        }
    }
    names
}

/// A fact about integers alone: `a REL b` between index expressions, and the names in it.
struct IntFact {
    cond: Id,
    /// The place of the last of its names in the order of the search: it is tested when that is chosen.
    due: usize,
    affine: Option<Affine>,
}

/// `0 REL d` for `d = c + Σ k v`, each `v` by its place in the order of the search.
struct Affine {
    op: RelOp,
    c: i64,
    t: Vec<(usize, i64)>,
}

impl Affine {
    fn value(&self, chosen: &[(VarId, i64)]) -> Option<i64> {
        self.t.iter().try_fold(self.c, |acc, (at, k)| acc.checked_add(k.checked_mul(chosen.get(*at)?.1)?))
    }
}

/// The facts in which nothing but these integers occurs.
fn int_facts(s: &Store, order: &[VarId], facts: &[Id]) -> Vec<IntFact> {
    let place = |v: VarId| order.iter().position(|u| *u == v);
    let affine = |op: RelOp, d: &Aff| {
        let term = |(v, k): &(IVar, i64)| if let IVar::Free(v) = v { Some((place(*v)?, *k)) } else { None };
        Some(Affine { op, c: d.c, t: d.t.iter().map(term).collect::<Option<_>>()? })
    };
    let mut out = Vec::new();
    let mut todo: Vec<Id> = facts.iter().rev().copied().collect();
    while let Some(f) = todo.pop() {
        if let Node::And(xs) = s.node(f) {
            todo.extend(xs.iter().rev());
            continue;
        }
        let places: Option<Vec<usize>> = s.free_vars(f).iter().map(|v| place(*v)).collect();
        let Some(due) = places.and_then(|p| p.into_iter().max()) else { continue };
        if !s.any_subterm(f, &mut |n| matches!(n, Node::Call(..) | Node::CallVar(..) | Node::Meta(..))) {
            let affine = match s.node(f) {
                Node::Rel(op, a, b) => s.as_aff(*a).zip(s.as_aff(*b)).and_then(|(a, b)| affine(*op, &b.sub(&a))),
                _ => None,
            };
            out.push(IntFact { cond: f, due, affine });
        }
    }
    out
}

/// Extends assignments of integers name by name.
struct Search<'a> {
    s: &'a Store,
    facts: Vec<IntFact>,
    tested: usize,
}

impl Search<'_> {
    /// Whether the facts that the newest name completes hold.
    fn fits(&mut self, chosen: &[(VarId, i64)]) -> bool {
        self.tested += 1;
        self.facts.iter().filter(|f| f.due + 1 == chosen.len()).all(|f| {
            if let Some((op, d)) = f.affine.as_ref().and_then(|a| Some((a.op, a.value(chosen)?))) {
                return match op {
                    RelOp::Eq => d == 0,
                    RelOp::Ne => d != 0,
                    RelOp::Lt => d > 0,
                    RelOp::Le => d >= 0,
                    RelOp::Gt => d < 0,
                    RelOp::Ge => d <= 0,
                };
            }
            let mut ev: Eval<'_, Iv> = Eval::new(self.s, Limits::default());
            for (v, n) in chosen {
                ev.bind(*v, Slot::Int(*n));
            }
            !matches!(ev.condition(f.cond), Ok(false) | Err(Fault::Undefined))
        })
    }
    /// The range of the next name that the relations leave, the others being chosen.
    fn range(&self, chosen: &[(VarId, i64)], default: (i64, i64)) -> (i64, i64) {
        let (mut lo, mut hi) = (None, None);
        for f in self.facts.iter().filter(|f| f.due == chosen.len()) {
            let Some(Affine { op, c, t }) = &f.affine else { continue };
            let (mut k, mut r) = (0, *c);
            for (at, q) in t {
                match chosen.get(*at) {
                    Some((_, x)) => r += q * x,
                    None => k += q,
                }
            }
            if k == 0 {
                continue;
            }
            // k v + r ≥ 0, > 0, …
            let strict = i64::from(matches!(op, RelOp::Lt | RelOp::Gt));
            let mut at_least = |k: i64, r: i64| {
                if k > 0 {
                    let b = (strict - r).div_euclid(k) + i64::from((strict - r).rem_euclid(k) != 0);
                    lo = Some(lo.map_or(b, |x: i64| x.max(b)));
                } else {
                    let b = (r - strict).div_euclid(-k);
                    hi = Some(hi.map_or(b, |x: i64| x.min(b)));
                }
            };
            match op {
                RelOp::Lt | RelOp::Le => at_least(k, r),
                RelOp::Gt | RelOp::Ge => at_least(-k, -r),
                RelOp::Eq => {
                    at_least(k, r);
                    at_least(-k, -r);
                }
                RelOp::Ne => {}
            }
        }
        match (lo, hi) {
            (Some(a), Some(b)) => (a, b),
            (Some(a), None) => (a, default.1.max(a + 2)),
            (None, Some(b)) => (default.0.min(b - 2), b),
            (None, None) => default,
        }
    }
    fn extend(
        &mut self,
        vars: &[VarId],
        lists: &dyn Fn(&Self, VarId, &[(VarId, i64)]) -> Vec<i64>,
        chosen: &mut Vec<(VarId, i64)>,
        cap: usize,
        out: &mut Vec<Vec<(VarId, i64)>>,
    ) {
        let Some((v, rest)) = vars.split_first() else {
            out.push(chosen.clone());
            return;
        };
        for n in lists(self, *v, chosen) {
            if out.len() >= cap || self.tested > 4000 {
                return;
            }
            chosen.push((*v, n));
            if self.fits(chosen) {
                self.extend(rest, lists, chosen, cap, out);
            }
            chosen.pop();
        }
    }
}

/// Whether all shapes have sizes that are not negative.
fn shapes_fit(s: &Store, names: &Names, chosen: &[(VarId, i64)]) -> bool {
    let value = |a: &Aff| {
        a.t.iter().try_fold(a.c, |acc, (v, k)| match v {
            IVar::Free(v) => chosen.iter().find(|c| c.0 == *v).map(|c| acc + k * c.1),
            IVar::Bound(_) => None,
        })
    };
    names.values.iter().all(|v| s.var(*v).sort.dims().iter().all(|d| value(d).is_none_or(|n| n >= 1)))
}

/// The size tuples to try: small first, unequal ones, one larger than the degree; at most `cap`.
pub fn size_tuples(s: &Store, names: &Names, facts: &[Id], degree: i64, cap: usize) -> Vec<Vec<(VarId, i64)>> {
    if names.sizes.is_empty() {
        return vec![Vec::new()];
    }
    let mut search = Search { s, facts: int_facts(s, &names.sizes, facts), tested: 0 };
    for top in [3, 5, 9] {
        let mut all = Vec::new();
        let list = |me: &Search<'_>, v: VarId, c: &[(VarId, i64)]| {
            let (lo, hi) = me.range(c, (1, top));
            let floor = if s.var(v).domain == Domain::Int { lo } else { lo.max(1) };
            (floor..=hi.min(floor + top - 1)).collect()
        };
        search.tested = 0;
        search.extend(&names.sizes, &list, &mut Vec::new(), 3000, &mut all);
        all.retain(|c| shapes_fit(s, names, c));
        if all.is_empty() {
            continue;
        }
        all.sort_by_key(|c| {
            let sum: i64 = c.iter().map(|x| x.1.abs()).sum();
            (sum, c.iter().map(|x| x.1).collect::<Vec<_>>())
        });
        return choose(s, names, &mut search, all, degree, cap);
    }
    Vec::new()
}

/// The first few of the sorted tuples, then unequal ones spread over the rest, then one beyond the degree.
fn choose(
    s: &Store,
    names: &Names,
    search: &mut Search<'_>,
    all: Vec<Vec<(VarId, i64)>>,
    degree: i64,
    cap: usize,
) -> Vec<Vec<(VarId, i64)>> {
    let mut out: Vec<Vec<(VarId, i64)>> = if all.len() <= cap {
        all
    } else {
        let head = cap / 2;
        let unequal: Vec<_> = all
            .iter()
            .skip(head)
            .filter(|c| {
                let mut x: Vec<i64> = c.iter().map(|x| x.1).collect();
                x.sort_unstable();
                x.dedup();
                x.len() == c.len().min(3)
            })
            .cloned()
            .collect();
        let rest = if unequal.is_empty() { all.get(head..).unwrap_or(&[]).to_vec() } else { unequal };
        let want = cap - head;
        let spread = (0..want).filter_map(|k| rest.get(k * rest.len() / want).cloned()).collect::<Vec<_>>();
        let mut v: Vec<_> = all.iter().take(head).cloned().collect();
        v.extend(spread);
        v.dedup();
        v
    };
    if degree > 3 {
        let list = |me: &Search<'_>, _: VarId, c: &[(VarId, i64)]| {
            let (lo, hi) = me.range(c, (1, degree));
            vec![degree.clamp(lo, hi.max(lo))]
        };
        let mut big = Vec::new();
        search.tested = 0;
        search.extend(&names.sizes, &list, &mut Vec::new(), 1, &mut big);
        big.retain(|c| shapes_fit(s, names, c));
        for b in big {
            if !out.contains(&b) {
                out.push(b);
            }
        }
    }
    out
}

/// The index tuples that the facts allow at these sizes; if there are more than `cap`, evenly spread ones.
pub fn index_tuples(s: &Store, names: &Names, facts: &[Id], sizes: &[(VarId, i64)], cap: usize) -> Vec<Vec<(VarId, i64)>> {
    if names.indices.is_empty() {
        return vec![Vec::new()];
    }
    let order: Vec<VarId> = sizes.iter().map(|c| c.0).chain(names.indices.iter().copied()).collect();
    let mut search = Search { s, facts: int_facts(s, &order, facts), tested: 0 };
    let most = sizes.iter().map(|c| c.1).max().unwrap_or(2);
    let list = |me: &Search<'_>, v: VarId, c: &[(VarId, i64)]| {
        let (lo, hi) = me.range(c, (-1, most + 1));
        let lo = if s.var(v).domain == Domain::Nat { lo.max(1) } else { lo };
        (lo..=hi.min(lo.saturating_add(40))).collect()
    };
    let mut all = Vec::new();
    let mut chosen = sizes.to_vec();
    search.extend(&names.indices, &list, &mut chosen, 1000, &mut all);
    let all: Vec<Vec<(VarId, i64)>> = all.into_iter().map(|c| c.get(sizes.len()..).unwrap_or(&[]).to_vec()).collect();
    if all.len() <= cap {
        return all;
    }
    (0..cap).filter_map(|k| all.get(k * all.len() / cap + (k % 2).min(all.len() / cap - 1)).cloned()).collect()
}

/// A guess of the degree of matrix expressions in the terms: the longest product of matrices or nest of sums.
pub fn degree(s: &Store, terms: &[Id]) -> i64 {
    let mut most = 1i64;
    for t in terms {
        s.any_subterm(*t, &mut |n| {
            match n {
                Node::MatMul(xs) => most = most.max(xs.len() as i64),
                Node::Pow(a, k) if s.sort(*a).is_tensor() => most = most.max(s.as_rational(*k).and_then(|k| k.to_i64()).unwrap_or(1).abs()),
                _ => {}
            }
            false
        });
        most = most.max(nest(s, *t));
    }
    (most + 1).min(13)
}

fn nest(s: &Store, t: Id) -> i64 {
    let (mut depth, mut at) = (0, t);
    while let Node::Big { body, .. } = s.node(at) {
        depth += 1;
        at = *body;
    }
    depth
}
