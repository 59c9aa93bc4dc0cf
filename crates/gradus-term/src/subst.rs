//! Opening and closing binders, substitution, abstraction, and what a tensor's entry is.
//!
//! Free names are [`VarId`]s, bound names are counted binders, so nothing can be captured: a term put under a binder has
//! its loose bound names shifted, and usually has none, because binders are opened before anybody works under them.

mod entries;

use crate::aff::{Aff, IVar};
use crate::node::{BigOp, Node, RelOp, Summand, Sym};
use crate::rat::Rat;
use crate::signature::{FnId, FnKind, Prim, VarId, VarInfo, VarKind};
use crate::sort::Sort;
use crate::store::{Id, Store};
use rustc_hash::FxHashMap;

/// What stands for a name: a value, or an integer expression for a size or an index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arg {
    /// A scalar, a tensor or a function.
    Val(Id),
    /// An integer expression.
    Idx(Aff),
}

type Memo = FxHashMap<(Id, u32), Id>;

impl Store {
    /// `id` with its loose bound names moved out by `by` binders.
    pub fn shift(&self, id: Id, by: u32) -> Id {
        if by == 0 || self.loose(id) == 0 {
            return id;
        }
        self.shift_above(id, by, 0, &mut Memo::default())
    }
    fn shift_above(&self, id: Id, by: u32, depth: u32, memo: &mut Memo) -> Id {
        if self.loose(id) <= depth {
            return id;
        }
        if let Some(r) = memo.get(&(id, depth)) {
            return *r;
        }
        let n = match self.node(id) {
            Node::Bound(k, s) if *k >= depth => Node::Bound(k + by, s.clone()),
            n => n.map_affs(&mut |a| shift_aff(a, by, depth)).map_children(&mut |c, u| self.shift_above(c, by, depth + u, memo)),
        };
        let r = self.intern(n);
        memo.insert((id, depth), r);
        r
    }

    /// A body of `with.len()` binders with its bound names replaced; `with[0]` is the outermost.
    pub fn open(&self, body: Id, with: &[Arg]) -> Id {
        self.open_at(body, with, 0, &mut Memo::default())
    }
    fn open_at(&self, id: Id, with: &[Arg], depth: u32, memo: &mut Memo) -> Id {
        if self.loose(id) <= depth {
            return id;
        }
        if let Some(r) = memo.get(&(id, depth)) {
            return *r;
        }
        let n = with.len() as u32;
        let pick = |k: u32| with.get((n - 1 - (k - depth)) as usize);
        let r = match self.node(id) {
            Node::Bound(k, s) if *k >= depth => {
                if *k < depth + n {
                    match pick(*k) {
                        Some(Arg::Val(v)) => self.shift(*v, depth),
                        Some(Arg::Idx(a)) => self.intern(Node::Index(shift_aff(a, depth, 0))),
                        None => id,
                    }
                } else {
                    self.intern(Node::Bound(k - n, s.clone()))
                }
            }
            node => {
                let m = node
                    .map_affs(&mut |a| {
                        a.map(|v| match v {
                            IVar::Bound(k) if k >= depth + n => Aff::bound(k - n),
                            IVar::Bound(k) if k >= depth => match pick(k) {
                                Some(Arg::Idx(b)) => shift_aff(b, depth, 0),
                                Some(Arg::Val(x)) => self.as_aff(*x).map_or_else(|| Aff::var(v), |b| shift_aff(&b, depth, 0)),
                                None => Aff::var(v),
                            },
                            _ => Aff::var(v),
                        })
                    })
                    .map_children(&mut |c, u| self.open_at(c, with, depth + u, memo));
                self.intern(self.apply_head(m))
            }
        };
        memo.insert((id, depth), r);
        r
    }

    /// The body of a binder over `vars`: each becomes a bound name, the last one `Bound(0)`.
    pub fn close(&self, id: Id, vars: &[VarId]) -> Id {
        self.close_at(id, vars, 0, &mut Memo::default())
    }
    fn close_at(&self, id: Id, vars: &[VarId], depth: u32, memo: &mut Memo) -> Id {
        if let Some(r) = memo.get(&(id, depth)) {
            return *r;
        }
        let n = vars.len() as u32;
        let at = |v: VarId| vars.iter().rposition(|w| *w == v).map(|p| depth + (n - 1 - p as u32));
        let r = match self.node(id) {
            Node::Var(v) => at(*v).map_or(id, |k| self.intern(Node::Bound(k, self.var(*v).sort.clone()))),
            Node::Bound(k, s) if *k >= depth => self.intern(Node::Bound(k + n, s.clone())),
            node => {
                let m = node
                    .map_affs(&mut |a| {
                        a.map(|v| match v {
                            IVar::Free(w) => at(w).map_or_else(|| Aff::var(v), Aff::bound),
                            IVar::Bound(k) if k >= depth => Aff::bound(k + n),
                            IVar::Bound(_) => Aff::var(v),
                        })
                    })
                    .map_children(&mut |c, u| self.close_at(c, vars, depth + u, memo));
                self.intern(m)
            }
        };
        memo.insert((id, depth), r);
        r
    }

    /// The body of a value binder over a whole subterm: every occurrence of the closed term `target` becomes `Bound(0)`.
    pub fn abstract_term(&self, id: Id, target: Id) -> Id {
        self.abstract_at(id, self.canon(target), self.sort(target).clone(), 0, &mut Memo::default())
    }
    fn abstract_at(&self, id: Id, target: Id, sort: Sort, depth: u32, memo: &mut Memo) -> Id {
        if self.canon(id) == target {
            return self.intern(Node::Bound(depth, sort));
        }
        if let Some(r) = memo.get(&(id, depth)) {
            return *r;
        }
        let r = match self.node(id) {
            Node::Bound(k, s) if *k >= depth => self.intern(Node::Bound(k + 1, s.clone())),
            node => {
                let m = node
                    .map_affs(&mut |a| shift_aff(a, 1, depth))
                    .map_children(&mut |c, u| self.abstract_at(c, target, sort.clone(), depth + u, memo));
                self.intern(m)
            }
        };
        memo.insert((id, depth), r);
        r
    }

    /// Replaces free names, all at once. A value name takes [`Arg::Val`], a size or index [`Arg::Idx`].
    pub fn subst(&self, id: Id, map: &FxHashMap<VarId, Arg>) -> Id {
        if map.is_empty() {
            return id;
        }
        self.subst_at(id, map, 0, &mut Memo::default())
    }
    fn subst_at(&self, id: Id, map: &FxHashMap<VarId, Arg>, depth: u32, memo: &mut Memo) -> Id {
        if let Some(r) = memo.get(&(id, depth)) {
            return *r;
        }
        let aff = |a: &Aff| {
            a.map(|v| match v {
                IVar::Free(w) => match map.get(&w) {
                    Some(Arg::Idx(b)) => shift_aff(b, depth, 0),
                    Some(Arg::Val(x)) => self.as_aff(*x).map_or_else(|| Aff::var(v), |b| shift_aff(&b, depth, 0)),
                    None => Aff::var(v),
                },
                IVar::Bound(_) => Aff::var(v),
            })
        };
        let r = match self.node(id) {
            Node::Var(v) => match map.get(v) {
                Some(Arg::Val(x)) => self.shift(*x, depth),
                Some(Arg::Idx(a)) => self.intern(Node::Index(shift_aff(a, depth, 0))),
                None => id,
            },
            // An integer name may be replaced by any scalar where it stands alone.
            Node::Index(a) => match a.as_var() {
                Some(IVar::Free(w)) if matches!(map.get(&w), Some(Arg::Val(_))) => match map.get(&w) {
                    Some(Arg::Val(x)) => {
                        self.as_aff(*x).map_or_else(|| self.shift(*x, depth), |b| self.intern(Node::Index(shift_aff(&b, depth, 0))))
                    }
                    _ => id,
                },
                _ => self.intern(Node::Index(aff(a))),
            },
            node => {
                let m = node.map_affs(&mut |a| aff(a)).map_children(&mut |c, u| self.subst_at(c, map, depth + u, memo));
                self.intern(self.apply_head(m))
            }
        };
        memo.insert((id, depth), r);
        r
    }
    /// A call of a function-valued name whose name has become a function is a call of that function.
    fn apply_head(&self, n: Node) -> Node {
        if let Node::CallVar(h, xs) = &n {
            if let Node::Fun(f) = self.node(*h) {
                return Node::Call(*f, xs.clone());
            }
        }
        n
    }

    /// Whether the free name `v` occurs in the term, as a value or in an index.
    pub fn mentions(&self, id: Id, v: VarId) -> bool {
        self.any_subterm(id, &mut |n| {
            let mut hit = matches!(n, Node::Var(w) if *w == v) || matches!(n, Node::Meta(w, _) if *w == v);
            n.for_each_aff(|a, _| hit |= a.mentions(IVar::Free(v)));
            hit
        })
    }
    /// Whether `target` (up to letters) occurs in the term.
    pub fn contains(&self, id: Id, target: Id) -> bool {
        let t = self.canon(target);
        let mut seen = rustc_hash::FxHashSet::default();
        let mut todo = vec![self.canon(id)];
        while let Some(x) = todo.pop() {
            if x == t {
                return true;
            }
            if seen.insert(x) {
                self.node(x).for_each_child(|c, _| todo.push(c));
            }
        }
        false
    }
    /// The term with each node, its children first, exchanged for what `f` makes of it; each shared node once. What stands under binders
    /// is left alone unless `under` says otherwise.
    pub fn bottom_up(&self, t: Id, under: bool, f: &mut dyn FnMut(Id) -> Id) -> Id {
        fn go(s: &Store, t: Id, under: bool, f: &mut dyn FnMut(Id) -> Id, memo: &mut FxHashMap<Id, Id>) -> Id {
            if let Some(r) = memo.get(&t) {
                return *r;
            }
            let node = s.node(t).map_children(&mut |c, binders| if under || binders == 0 { go(s, c, under, f, memo) } else { c });
            let r = f(s.intern(node));
            memo.insert(t, r);
            r
        }
        go(self, t, under, f, &mut FxHashMap::default())
    }
    /// The term with a real variable in place of an integer one; definitions that rest on the latter are opened. `None` if it counts
    /// something there: a size, an index, the bound of a range.
    #[must_use]
    pub fn real_instead(&self, t: Id, n: VarId, x: VarId) -> Option<Id> {
        self.real_in(t, n, x, &mut FxHashMap::default())
    }
    fn real_in(&self, t: Id, n: VarId, x: VarId, memo: &mut FxHashMap<Id, Option<Id>>) -> Option<Id> {
        if let Some(r) = memo.get(&t) {
            return *r;
        }
        let r = self.real_anew(t, n, x, memo);
        memo.insert(t, r);
        r
    }
    fn real_anew(&self, t: Id, n: VarId, x: VarId, memo: &mut FxHashMap<Id, Option<Id>>) -> Option<Id> {
        let node = self.node(t);
        let mut mentioned = false;
        node.for_each_aff(|a, _| mentioned |= a.mentions(IVar::Free(n)));
        if let (Node::Index(a), true) = (node, mentioned) {
            let term = |v: IVar, k: i64| {
                let term = if v == IVar::Free(n) { self.intern(Node::Var(x)) } else { self.index(Aff::var(v)) };
                Summand { neg: k < 0, term: if k.abs() == 1 { term } else { self.mul(self.int(k.abs()), term) } }
            };
            let mut parts: Vec<Summand> = a.t.iter().map(|(v, k)| term(*v, *k)).collect();
            if a.c != 0 {
                parts.push(Summand { neg: a.c < 0, term: self.int(a.c.abs()) });
            }
            return Some(self.sum(&parts));
        }
        if mentioned {
            return None;
        }
        if let Node::Call(f, xs) = node {
            let rests_on_it = xs.iter().any(|y| matches!(self.node(*y), Node::Index(a) if a.mentions(IVar::Free(n))));
            if let Some(body) = self.unfold(*f, xs).filter(|_| rests_on_it) {
                return self.real_in(body, n, x, memo);
            }
        }
        let mut whole = true;
        let new = node.map_children(&mut |c, _| {
            self.real_in(c, n, x, memo).unwrap_or_else(|| {
                whole = false;
                c
            })
        });
        whole.then(|| self.intern(new))
    }
    /// Whether some node in the term satisfies the predicate; each shared node is looked at once.
    pub fn any_subterm(&self, id: Id, pred: &mut dyn FnMut(&Node) -> bool) -> bool {
        self.search(id, false, pred)
    }
    /// Whether some node satisfies the predicate in the term or in a definition it rests on.
    pub fn any_subterm_defined(&self, id: Id, pred: &mut dyn FnMut(&Node) -> bool) -> bool {
        self.search(id, true, pred)
    }
    fn search(&self, id: Id, definitions: bool, pred: &mut dyn FnMut(&Node) -> bool) -> bool {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut todo = vec![id];
        let mut found = false;
        while let Some(x) = todo.pop() {
            if !seen.insert(x) {
                continue;
            }
            let node = self.node(x);
            found = pred(node);
            if found {
                break;
            }
            if let (true, Node::Call(f, _)) = (definitions, node) {
                todo.extend(self.body(*f));
            }
            node.for_each_child(|c, _| todo.push(c));
        }
        self.spend(seen.len() as u64);
        found
    }
    /// The free names that occur, in order of first occurrence (depth first, left to right).
    pub fn free_vars(&self, id: Id) -> Vec<VarId> {
        let mut out = Vec::new();
        let mut seen = rustc_hash::FxHashSet::default();
        let mut todo = vec![id];
        while let Some(x) = todo.pop() {
            if !seen.insert(x) {
                continue;
            }
            let mut push = |v: VarId| {
                if !out.contains(&v) {
                    out.push(v);
                }
            };
            if let Node::Var(v) | Node::Meta(v, _) = self.node(x) {
                push(*v);
            }
            self.node(x).for_each_aff(|a, _| {
                a.vars().for_each(|v| {
                    if let IVar::Free(v) = v {
                        push(v)
                    }
                })
            });
            let mut kids = self.node(x).children();
            kids.reverse();
            todo.extend(kids.into_iter().map(|k| k.0));
        }
        out
    }

    /// A fresh name for a bound name of this letter and sort; `integer` for an index.
    pub fn fresh(&self, hint: Sym, sort: Sort, integer: bool) -> VarId {
        let mut info = VarInfo::new(self.sym_str(hint), VarKind::Opened, sort);
        if integer {
            info.domain = crate::Domain::Int;
        }
        self.declare(info)
    }

    // ---- definitions

    /// The sizes that a call's arguments give to the function's size parameters; `None` if the shapes do not fit.
    pub fn match_sizes(&self, f: FnId, args: &[Id]) -> Option<Vec<(VarId, Aff)>> {
        let info = self.fun(f);
        if info.params.len() != args.len() {
            return None;
        }
        let mut map: Vec<(VarId, Aff)> = Vec::new();
        let mut pending = Vec::new();
        for (p, x) in info.params.iter().zip(args) {
            let s = self.sort(*x);
            if *s == Sort::Any || p.sort == Sort::Any {
                continue;
            }
            let kinds_fit = match (&p.sort, s) {
                (Sort::Tensor(a), Sort::Tensor(b)) => a.len() == b.len(),
                (Sort::Row(_), Sort::Row(_)) | (Sort::Scalar, Sort::Scalar) | (Sort::Fun(_), Sort::Fun(_)) => true,
                _ => false,
            };
            if !kinds_fit {
                return None;
            }
            for (d, a) in p.sort.dims().iter().zip(s.dims()) {
                match d.as_var() {
                    Some(IVar::Free(v)) if info.dims.contains(&v) => match map.iter().find(|(u, _)| *u == v) {
                        Some((_, b)) if b != a => return None,
                        Some(_) => {}
                        None => map.push((v, a.clone())),
                    },
                    _ => pending.push((d.clone(), a.clone())),
                }
            }
        }
        for (mut d, a) in pending {
            d = d.map(|v| match v {
                IVar::Free(w) => map.iter().find(|(u, _)| *u == w).map_or_else(|| Aff::var(v), |(_, b)| b.clone()),
                IVar::Bound(_) => Aff::var(v),
            });
            // A size such as n + 1 in a parameter's shape settles n if nothing else has.
            let diff = d.sub(&a);
            let open = diff.vars().find_map(|v| match v {
                IVar::Free(w) if info.dims.contains(&w) && !map.iter().any(|(u, _)| *u == w) => Some((w, diff.solve(v)?)),
                _ => None,
            });
            match open {
                Some((w, s)) => map.push((w, s)),
                None if diff != Aff::int(0) => return None,
                None => {}
            }
        }
        Some(map)
    }

    /// The body of a definition with its arguments put in: `σ(u)` to `1/(1+e^{-u})`. `None` if there is no body, or the call
    /// is entrywise (take an entry first).
    pub fn unfold(&self, f: FnId, args: &[Id]) -> Option<Id> {
        let body = self.body(f)?;
        let sizes = self.match_sizes(f, args)?;
        let mut map: FxHashMap<VarId, Arg> = sizes.into_iter().map(|(v, a)| (v, Arg::Idx(a))).collect();
        for (p, x) in self.fun(f).params.iter().zip(args) {
            map.insert(p.var, Arg::Val(*x));
        }
        Some(self.subst(body, &map))
    }
}

fn shift_aff(a: &Aff, by: u32, depth: u32) -> Aff {
    if by == 0 || a.loose() <= depth {
        return a.clone();
    }
    a.map(|v| match v {
        IVar::Bound(k) if k >= depth => Aff::bound(k + by),
        _ => Aff::var(v),
    })
}
