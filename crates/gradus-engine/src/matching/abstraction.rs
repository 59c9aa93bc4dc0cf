//! Abstraction: from a term under the schema's binders to a closed body for a metavariable.

use gradus_term::{Aff, IVar, Id, Node, Sort, Store, VarId, VarKind};
use rustc_hash::FxHashMap;

/// What an argument of a metavariable stands for in the term.
pub(super) enum Target {
    /// A name bound by the schema, this many binders out.
    Bound(u32),
    /// An integer expression; one of its names is solved for and replaced everywhere.
    Affine(Aff),
    /// A term, replaced wherever it stands, with its sort.
    Term(Id, Sort),
}

/// The body under `targets.len()` binders (the last target is `Bound(0)`) that gives `t` back when it is opened with the
/// targets. `None` if `t` mentions another of the `depth` binders above it, or a target cannot be solved for.
///
/// It terminates: one visit for every node and depth.
pub(super) fn abstracted(s: &Store, t: Id, depth: usize, targets: &[Target]) -> Option<Id> {
    if targets.is_empty() {
        return (s.loose(t) == 0 || depth == 0).then_some(t);
    }
    let n = u32::try_from(targets.len()).ok()?;
    let mut plan = Plan {
        s,
        depth: u32::try_from(depth).ok()?,
        arity: n,
        bound: Vec::new(),
        solved: None,
        terms: Vec::new(),
        memo: FxHashMap::default(),
    };
    for (i, target) in targets.iter().enumerate() {
        let slot = n - 1 - u32::try_from(i).ok()?;
        match target {
            Target::Bound(k) => plan.bound.push((*k, slot)),
            Target::Affine(a) if plan.solved.is_none() => plan.solved = Some(solve(s, a, slot)?),
            Target::Affine(_) => return None,
            Target::Term(x, sort) => plan.terms.push((s.canon(*x), slot, sort.clone())),
        }
    }
    plan.visit(t, 0)
}

/// A name of `a` with coefficient ±1 (an index before a size), as an expression in `Bound(slot)` and the others.
fn solve(s: &Store, a: &Aff, slot: u32) -> Option<(VarId, Aff)> {
    let unit = |v: IVar| match v {
        IVar::Free(w) if a.coef(v).abs() == 1 => Some(w),
        _ => None,
    };
    let names: Vec<VarId> = a.vars().filter_map(unit).collect();
    let v = names.iter().copied().find(|w| s.var(*w).kind != VarKind::Size).or(names.first().copied())?;
    let value = a.sub(&Aff::bound(slot)).solve(IVar::Free(v))?;
    Some((v, value))
}

struct Plan<'a> {
    s: &'a Store,
    depth: u32,
    arity: u32,
    bound: Vec<(u32, u32)>,
    solved: Option<(VarId, Aff)>,
    terms: Vec<(Id, u32, Sort)>,
    memo: FxHashMap<(Id, u32), Option<Id>>,
}

impl Plan<'_> {
    fn visit(&mut self, t: Id, under: u32) -> Option<Id> {
        if self.solved.is_none() && self.terms.is_empty() && self.s.loose(t) <= under {
            return Some(t);
        }
        if let Some(r) = self.memo.get(&(t, under)) {
            return *r;
        }
        let r = self.rebuilt(t, under);
        self.memo.insert((t, under), r);
        r
    }
    fn rebuilt(&mut self, t: Id, under: u32) -> Option<Id> {
        let s = self.s;
        let c = s.canon(t);
        if let Some((_, slot, sort)) = self.terms.iter().find(|(x, ..)| *x == c) {
            return Some(s.intern(Node::Bound(under + slot, sort.clone())));
        }
        match s.node(t) {
            Node::Bound(k, sort) if *k >= under => self.place(k - under, under).map(|k| s.intern(Node::Bound(k, sort.clone()))),
            node => {
                let mut ok = true;
                let n = node.map_affs(&mut |a| {
                    self.affine(a, under).unwrap_or_else(|| {
                        ok = false;
                        a.clone()
                    })
                });
                let n = n.map_children(&mut |c, u| {
                    if !ok {
                        return c;
                    }
                    self.visit(c, under + u).unwrap_or_else(|| {
                        ok = false;
                        c
                    })
                });
                ok.then(|| s.intern(n))
            }
        }
    }
    /// Where the name bound `k` binders above the term goes. Names of binders above the whole part are moved, not lost.
    fn place(&self, k: u32, under: u32) -> Option<u32> {
        match self.bound.iter().find(|(b, _)| *b == k) {
            Some((_, slot)) => Some(under + slot),
            None if k >= self.depth => Some(under + self.arity + k - self.depth),
            None => None,
        }
    }
    fn affine(&self, a: &Aff, under: u32) -> Option<Aff> {
        let mut out = Aff::int(a.c);
        for (v, k) in &a.t {
            let by = match v {
                IVar::Bound(b) if *b >= under => Aff::bound(self.place(b - under, under)?),
                IVar::Free(w) => match &self.solved {
                    Some((x, e)) if x == w => e.map(|u| match u {
                        IVar::Bound(b) => Aff::bound(b + under),
                        IVar::Free(_) => Aff::var(u),
                    }),
                    _ => Aff::var(*v),
                },
                IVar::Bound(_) => Aff::var(*v),
            };
            out = out.add_scaled(&by, *k);
        }
        Some(out)
    }
}
