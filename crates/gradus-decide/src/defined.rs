//! Does a term have a value?
//!
//! One walk collects what each partial operation needs: `log u` needs `u > 0`, `a/b` needs `b ≠ 0`, an entry its index in
//! range (unless entries outside are 0), and so on. What the facts give is dropped, what they refute makes the term undefined,
//! the rest is reported. A false guard beside a factor shields it; the branches of cases count only under their conditions; a
//! derivative needs its body to have a value and to be smooth at the point, as far as it depends on what is differentiated by.

use crate::budget::Allowed;
use crate::facts::{Facts, Tri};
use gradus_term::{Aff, Arg, BigOp, FnId, FnKind, Id, Node, Prim, RelOp, Sort, Store, VarId};
use rustc_hash::FxHashMap;

/// The answer to [`Facts::defined`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Definedness {
    /// It has a value under the facts.
    Always,
    /// It has a value if all these conditions hold, in order of need. Where a condition stands under a binder, it mentions the
    /// opened index and is meant for all its values. Empty: what is needed cannot be said.
    Unknown {
        /// Conditions that would suffice.
        needs: Vec<Id>,
    },
    /// It has no value under the facts.
    Never,
}

impl Definedness {
    /// Whether it certainly has a value.
    pub fn is_always(&self) -> bool {
        *self == Definedness::Always
    }
}

/// How deep the walk goes.
const DEPTH: u32 = 400;
/// Choices with so many branches are asked whether they leave nothing out, each condition taken apart.
const BRANCHES: usize = 6;

/// What a term needs to have a value.
#[derive(Clone, Default)]
pub(crate) struct Needs {
    list: Vec<Id>,
    never: bool,
    gave_up: bool,
}

/// By term and what is differentiated there; with what was allowed, if the walk was cut short.
pub(crate) type NeedsMemo = FxHashMap<(Id, Vec<VarId>), (Needs, Option<Allowed>)>;

impl Needs {
    fn add(&mut self, s: &Store, more: &Needs) {
        self.never |= more.never;
        self.gave_up |= more.gave_up;
        for c in &more.list {
            if !self.list.iter().any(|d| s.same(*d, *c)) {
                self.list.push(*c);
            }
        }
    }
    /// What something needs that counts only under a guard: there what fails is a need, no refutation.
    fn take_under(&mut self, inner: Needs) {
        self.gave_up |= inner.gave_up || inner.never;
        for c in inner.list {
            if !self.list.contains(&c) {
                self.list.push(c);
            }
        }
    }
}

impl Facts<'_> {
    /// Whether the term has a value.
    pub fn defined(&self, t: Id) -> Definedness {
        self.asked(|f| {
            let mut n = Needs::default();
            f.walk(t, &[], 0, &mut n);
            if n.never {
                Definedness::Never
            } else if n.gave_up {
                Definedness::Unknown { needs: Vec::new() }
            } else if n.list.is_empty() {
                Definedness::Always
            } else {
                Definedness::Unknown { needs: n.list }
            }
        })
    }
    fn need(&self, c: Id, out: &mut Needs) {
        match self.holds_at(c, 0) {
            Tri::True => {}
            Tri::False => out.never = true,
            Tri::Unknown => out.list.push(c),
        }
    }
    fn need_rel(&self, op: RelOp, a: Id, b: Id, out: &mut Needs) {
        self.need(self.store.rel(op, a, b), out);
    }
    /// `moving`: what is differentiated here, by these values: what depends on one of them must also be smooth.
    fn walk(&self, t: Id, moving: &[VarId], depth: u32, out: &mut Needs) {
        if out.never || matches!(self.store.node(t), Node::Num(_) | Node::Index(_) | Node::Var(_) | Node::Fun(_)) {
            return;
        }
        // Every term is walked once, however often it occurs in what is asked about.
        let key = (t, moving.to_vec());
        let known = self.needs_memo().borrow().get(&key).cloned();
        match known {
            Some((n, cut)) if cut.is_none_or(|then| self.sh.fuel.hopeless(then)) => return out.add(self.store, &n),
            _ => {}
        }
        let (n, cut) = self.sh.fuel.attempt(|| {
            let mut n = Needs::default();
            self.walk_anew(t, moving, depth, &mut n);
            n
        });
        out.add(self.store, &n);
        self.needs_memo().borrow_mut().insert(key, (n, cut));
    }
    fn walk_anew(&self, t: Id, moving: &[VarId], depth: u32, out: &mut Needs) {
        if depth > DEPTH {
            self.sh.fuel.refuse();
            out.gave_up = true;
            return;
        }
        if self.sh.fuel.spend(1).is_err() || self.store.loose(t) > 0 {
            out.gave_up = true;
            return;
        }
        let zero = self.store.int(0);
        let go = |x: Id, out: &mut Needs| self.walk(x, moving, depth + 1, out);
        match self.store.node(t) {
            Node::Num(_) | Node::Index(_) | Node::Var(_) | Node::Bound(..) | Node::Fun(_) => {}
            Node::Sum(xs) => xs.iter().for_each(|x| go(x.term, out)),
            Node::Product(xs) => self.walk_product(xs, moving, depth, out),
            Node::MatMul(xs) | Node::Array(xs) | Node::Stack(xs) => xs.iter().for_each(|x| go(*x, out)),
            Node::Quot(a, b) => {
                go(*a, out);
                go(*b, out);
                self.need_rel(RelOp::Ne, *b, zero, out);
            }
            Node::Pow(a, b) if self.even_power_of_norm(*a, *b).is_some() => {
                // The square of the norm of relu(u) is the sum of the squares of its entries.
                let inside = |u: Id| self.power_of_positive_part(u, *b, moving).unwrap_or(u);
                self.even_power_of_norm(*a, *b).into_iter().for_each(|u| go(inside(u), out))
            }
            Node::Call(f, xs) if self.store.prim(*f) == Some(Prim::EntryPow) && self.entry_power_of_positive_part(xs, moving).is_some() => {
                self.entry_power_of_positive_part(xs, moving).into_iter().for_each(|u| go(u, out))
            }
            Node::Pow(a, b) if self.power_of_positive_part(*a, *b, moving).is_some() => {
                self.power_of_positive_part(*a, *b, moving).into_iter().for_each(|u| go(u, out))
            }
            Node::Pow(a, b) => {
                go(*a, out);
                go(*b, out);
                self.walk_pow(*a, *b, moving, out);
            }
            Node::Call(f, xs) => {
                xs.iter().for_each(|x| go(*x, out));
                self.walk_call(*f, xs, moving, depth, out);
            }
            Node::CallVar(_, xs) => xs.iter().for_each(|x| go(*x, out)),
            Node::Big { op, lo, hi, body, cond, .. } => {
                if matches!(op, BigOp::Max | BigOp::Min) {
                    self.need_rel(RelOp::Le, self.store.index(lo.clone()), self.store.index(hi.clone()), out);
                    // Where the largest is reached twice there is a kink.
                    if self.moves(*body, moving) {
                        match reached_once(self.store, t) {
                            Some(c) => self.need(c, out),
                            None => out.gave_up = true,
                        }
                    }
                }
                if let (Some(members), None) = (few_members(lo, hi), cond) {
                    // Written out, so that each need can be said without the index.
                    for k in members {
                        self.walk(self.store.open(*body, &[Arg::Idx(Aff::int(k))]), moving, depth + 1, out);
                    }
                    return;
                }
                let Some((within, v)) = self.under_range(t) else { return };
                if within.contradictory() {
                    return;
                }
                let args = [Arg::Idx(Aff::free(v))];
                let certain = self.nonneg(&hi.sub(lo)).is_true();
                let cond = cond.map(|c| self.store.open(c, &args));
                // That it holds says nothing of where the condition itself has a value, or jumps.
                if let Some(c) = cond {
                    self.walk_members(certain, out, |n| within.walk_cond(c, moving, depth + 1, n));
                }
                let under = within.with(cond.as_slice());
                if under.contradictory() {
                    return;
                }
                let certain = certain && cond.is_none();
                self.walk_members(certain, out, |n| under.walk_nested(self.store.open(*body, &args), moving, depth, n));
            }
            Node::Iverson(c) => self.walk_cond(*c, moving, depth + 1, out),
            Node::Cases(bs, o) => self.walk_cases(bs, *o, moving, depth, out),
            Node::Entry(u, ix) => self.walk_entry(*u, ix, moving, depth, out),
            Node::Tensor { dims, body, hints } => {
                let vars: Vec<_> = hints.iter().map(|h| self.store.fresh(*h, Sort::Scalar, true)).collect();
                let mut facts = Vec::new();
                for (v, n) in vars.iter().zip(dims) {
                    self.opened(*v, &Aff::int(1), n);
                    facts.extend(self.in_range(&Aff::free(*v), n));
                }
                let args: Vec<Arg> = vars.iter().map(|v| Arg::Idx(Aff::free(*v))).collect();
                let under = self.with(&facts);
                if !under.contradictory() {
                    let certain = dims.iter().all(|n| self.nonneg(&n.plus(-1)).is_true());
                    self.walk_members(certain, out, |n| under.walk_nested(self.store.open(*body, &args), moving, depth, n));
                }
            }
            Node::Diff { body, slot, point, .. } => {
                go(*point, out);
                for (a, n) in slot.iter().zip(self.store.sort(*point).dims().to_vec()) {
                    for c in self.in_range(a, &n) {
                        self.need(c, out);
                    }
                }
                self.walk_differentiated(*body, *point, moving, depth, out);
            }
            Node::Differential { body, point, along, .. } => {
                go(*point, out);
                go(*along, out);
                self.walk_differentiated(*body, *point, moving, depth, out);
            }
            Node::Rel(..) | Node::And(_) | Node::Or(_) | Node::Not(_) => self.walk_cond(t, moving, depth, out),
            Node::Limit { .. } | Node::Infinity(_) | Node::Meta(..) | Node::Seq(_) => out.gave_up = true,
        }
    }
    /// The body of a derivative: smooth in the value it binds. What that value is made of need not be smooth, so a point that
    /// is no name is put in afterwards.
    fn walk_differentiated(&self, body: Id, point: Id, moving: &[VarId], depth: u32, out: &mut Needs) {
        let s = self.store;
        if let Node::Var(v) = s.node(point) {
            return self.walk_nested(s.open(body, &[Arg::Val(point)]), &[moving, &[*v]].concat(), depth, out);
        }
        let v = s.fresh(gradus_term::Sym::NONE, s.sort(point).clone(), false);
        let mut inner = Needs::default();
        self.walk_nested(s.open(body, &[Arg::Val(s.name(v))]), &[moving, &[v]].concat(), depth, &mut inner);
        out.never |= inner.never;
        out.gave_up |= inner.gave_up;
        let map = std::iter::once((v, Arg::Val(point))).collect();
        for c in inner.list {
            self.need(s.subst(c, &map), out);
        }
    }
    /// Whether the value of a term may depend on what is differentiated by.
    fn moves(&self, t: Id, moving: &[VarId]) -> bool {
        moving.iter().any(|v| self.store.mentions(t, *v))
    }
    /// Every entry of a tensor that is made entry by entry.
    fn walk_entries(&self, t: Id, moving: &[VarId], depth: u32, out: &mut Needs) {
        let s = self.store;
        let (mut ix, mut facts) = (Vec::new(), Vec::new());
        for n in s.sort(t).dims() {
            let v = s.fresh(gradus_term::Sym::NONE, Sort::Scalar, true);
            self.opened(v, &Aff::int(1), n);
            let i = Aff::free(v);
            facts.extend(self.in_range(&i, n));
            ix.push(i);
        }
        let under = self.with(&facts);
        match s.entry(t, &ix) {
            Some(e) if !under.contradictory() => {
                let certain = s.sort(t).dims().iter().all(|n| self.nonneg(&n.plus(-1)).is_true());
                self.walk_members(certain, out, |n| under.walk_nested(e, moving, depth, n));
            }
            Some(_) => {}
            None => out.gave_up = true,
        }
    }
    /// What the members of a range need. Where there may be none, one without a value refutes nothing.
    fn walk_members(&self, certain: bool, out: &mut Needs, walk: impl FnOnce(&mut Needs)) {
        let mut inner = Needs::default();
        walk(&mut inner);
        if inner.never && !certain {
            (inner.never, inner.gave_up) = (false, true);
        }
        out.add(self.store, &inner);
    }
    fn walk_nested(&self, t: Id, moving: &[VarId], depth: u32, out: &mut Needs) {
        if self
            .sh
            .fuel
            .deeper(|| {
                self.walk(t, moving, depth + 1, out);
                Ok(())
            })
            .is_err()
        {
            out.gave_up = true;
        }
    }
    fn in_range(&self, a: &Aff, n: &Aff) -> [Id; 2] {
        let i = self.store.index(a.clone());
        [self.store.rel(RelOp::Le, self.store.int(1), i), self.store.rel(RelOp::Le, i, self.store.index(n.clone()))]
    }
    /// A guard that fails makes the product 0; the other factors count where all guards hold.
    fn walk_product(&self, xs: &[Id], moving: &[VarId], depth: u32, out: &mut Needs) {
        let guards: Vec<Id> = xs.iter().filter_map(|x| if let Node::Iverson(c) = self.store.node(*x) { Some(*c) } else { None }).collect();
        if guards.is_empty() {
            xs.iter().for_each(|x| self.walk(*x, moving, depth + 1, out));
            return;
        }
        // What compares whole numbers always has a value: where it fails, the other guards need none.
        let (sure, others): (Vec<Id>, Vec<Id>) = guards.iter().partition(|c| self.compares_indices(**c));
        sure.iter().for_each(|c| self.walk_cond(*c, moving, depth + 1, out));
        let within = self.with(&sure);
        for c in others.into_iter().filter(|_| !within.contradictory()) {
            let mut own = Needs::default();
            within.walk_cond(c, moving, depth + 1, &mut own);
            out.take_under(own);
        }
        if guards.iter().any(|c| self.holds_at(*c, 0).is_false()) {
            return;
        }
        let under = self.with(&guards);
        if under.contradictory() {
            return;
        }
        for x in xs.iter().filter(|x| !matches!(self.store.node(**x), Node::Iverson(_))) {
            self.walk_under(&under, *x, moving, depth, out);
        }
    }
    fn walk_under(&self, under: &Self, x: Id, moving: &[VarId], depth: u32, out: &mut Needs) {
        let mut inner = Needs::default();
        under.walk_nested(x, moving, depth, &mut inner);
        out.take_under(inner);
    }
    /// Whether a condition only compares affine expressions in whole numbers.
    fn compares_indices(&self, c: Id) -> bool {
        match self.store.node(c) {
            Node::And(xs) | Node::Or(xs) => xs.iter().all(|x| self.compares_indices(*x)),
            Node::Not(x) => self.compares_indices(*x),
            Node::Rel(_, a, b) => self.store.as_aff(*a).is_some() && self.store.as_aff(*b).is_some(),
            _ => false,
        }
    }
    fn walk_cond(&self, c: Id, moving: &[VarId], depth: u32, out: &mut Needs) {
        match self.store.node(c) {
            Node::And(xs) | Node::Or(xs) => xs.iter().for_each(|x| self.walk_cond(*x, moving, depth + 1, out)),
            Node::Not(x) => self.walk_cond(*x, moving, depth + 1, out),
            Node::Rel(_, a, b) => {
                self.walk(*a, moving, depth + 1, out);
                self.walk(*b, moving, depth + 1, out);
                let integers = self.store.as_aff(*a).is_some() && self.store.as_aff(*b).is_some();
                if !integers && self.store.sort(*a).is_scalar() && (self.moves(*a, moving) || self.moves(*b, moving)) {
                    // A bracket jumps where its sides meet.
                    self.need_rel(RelOp::Ne, *a, *b, out);
                }
            }
            _ => out.gave_up = true,
        }
    }
    fn walk_cases(&self, bs: &[(Id, Id)], o: Option<Id>, moving: &[VarId], depth: u32, out: &mut Needs) {
        let mut before = Vec::new();
        let joined = match (crate::two_branches(self.store, bs, o), moving) {
            (Some((c, u, v)), [x]) => match self.store.node(c) {
                Node::Rel(_, a, b) => self.joins_smoothly(*x, (*a, *b), (u, v)),
                _ => false,
            },
            _ => false,
        };
        // Where branches join with one slope, the condition may change.
        let steady = if joined { &[] } else { moving };
        for (c, v) in bs {
            let here = self.with(&before);
            if here.contradictory() {
                return;
            }
            self.walk_cond(*c, steady, depth + 1, out);
            match here.holds_at(*c, 0) {
                Tri::False => {}
                Tri::True => return self.walk_under(&here, *v, moving, depth, out),
                Tri::Unknown => self.walk_under(&here.with(&[*c]), *v, moving, depth, out),
            }
            before.push(self.store.intern(Node::Not(*c)));
        }
        let last = self.with(&before);
        match o {
            _ if last.contradictory() => {}
            None if self.leaves_nothing(bs) => {}
            Some(v) => self.walk_under(&last, v, moving, depth, out),
            None => {
                let any = self.store.intern(Node::Or(bs.iter().map(|b| b.0).collect()));
                self.need(any, out);
            }
        }
    }
    /// Whether one of the conditions holds in any case: of `x < −1`, `−1 ≤ x ≤ 1` and `x > 1`, whichever part of the second fails.
    fn leaves_nothing(&self, bs: &[(Id, Id)]) -> bool {
        let Some(((c, _), rest)) = bs.split_first() else { return self.contradictory() };
        let without = |c: Id| self.with(&[self.store.intern(Node::Not(c))]).leaves_nothing(rest);
        match self.store.node(*c) {
            Node::And(xs) if bs.len() <= BRANCHES => xs.iter().all(|x| without(*x)),
            _ => without(*c),
        }
    }
    fn walk_entry(&self, u: Id, ix: &[Aff], moving: &[VarId], depth: u32, out: &mut Needs) {
        let zero_outside = matches!(self.store.node(u), Node::Var(v) if self.store.var(*v).props.zero_outside);
        if !zero_outside {
            for (a, n) in ix.iter().zip(self.store.sort(u).dims()) {
                for c in self.in_range(a, n) {
                    self.need(c, out);
                }
            }
        }
        if out.never || matches!(self.store.node(u), Node::Var(_)) {
            return;
        }
        match self.store.entry(u, ix) {
            Some(e) if self.store.sort(e).is_scalar() || self.store.depth(e) < self.store.depth(u) => {
                self.walk_nested(e, moving, depth, out)
            }
            _ => match self.store.node(u) {
                Node::Call(f, xs) => match self.store.unfold(*f, xs) {
                    Some(b) => self.walk_nested(self.store.make_entry(b, ix), moving, depth, out),
                    None => self.walk(u, moving, depth + 1, out),
                },
                _ => self.walk(u, moving, depth + 1, out),
            },
        }
    }
    /// What a norm is taken of, under an even power: that is smooth everywhere.
    fn even_power_of_norm(&self, a: Id, k: Id) -> Option<Id> {
        let even = self.store.as_rational(k)?.to_i64().is_some_and(|k| k > 0 && k % 2 == 0);
        match self.store.node(a) {
            Node::Call(f, xs) if even && self.store.prim(*f) == Some(Prim::Norm) => xs.first().copied(),
            _ => None,
        }
    }
    /// `u` of `relu(u)^n` and `max(0, u)^n`, which is differentiated fewer than n times: so often it is smooth where u is.
    fn power_of_positive_part(&self, a: Id, n: Id, moving: &[VarId]) -> Option<Id> {
        let s = self.store;
        let n = s.as_rational(n)?.to_i64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > moving.len())?;
        let Node::Call(f, xs) = s.node(a) else { return None };
        let zero = |t: Id| n > 0 && s.as_rational(t).is_some_and(|q| q.is_zero());
        let of = |f: FnId, xs: &[Id]| match (s.prim(f), xs) {
            (Some(Prim::Max), [u, o] | [o, u]) if zero(*o) => Some(*u),
            _ => None,
        };
        let info = s.fun(*f);
        match (info.params.as_slice(), xs.as_ref()) {
            // A function of the library that is defined so, of a number or entrywise.
            ([p], [u]) if info.library && p.sort.is_scalar() => {
                let Node::Call(g, ys) = s.node(s.unfold(*f, &[s.name(p.var)])?) else { return None };
                of(*g, ys).filter(|v| s.same(*v, s.name(p.var))).map(|_| *u)
            }
            _ => of(*f, xs).filter(|_| s.sort(a).is_scalar()),
        }
    }
    fn entry_power_of_positive_part(&self, xs: &[Id], moving: &[VarId]) -> Option<Id> {
        match xs {
            [a, n] => self.power_of_positive_part(*a, *n, moving),
            _ => None,
        }
    }
    fn walk_pow(&self, a: Id, b: Id, moving: &[VarId], out: &mut Needs) {
        let zero = self.store.int(0);
        if !self.store.sort(a).is_scalar() {
            match self.store.as_aff(b) {
                Some(k) if self.nonneg(&k).is_true() => {}
                Some(_) => self.walk_prim(Prim::Inv, &[a], moving, out),
                None => out.gave_up = true,
            }
            return;
        }
        match self.store.as_rational(b) {
            Some(q) if q.is_integer() && !q.is_negative() => {}
            Some(q) if q.is_integer() => self.need_rel(RelOp::Ne, a, zero, out),
            // A root of 0 is 0; it has no slope there.
            Some(q) if !q.is_negative() && !self.moves(a, moving) => self.need_rel(RelOp::Ge, a, zero, out),
            Some(_) => self.need_rel(RelOp::Gt, a, zero, out),
            None => match self.store.as_aff(b) {
                Some(k) if self.nonneg(&k).is_true() => {}
                Some(_) if !self.moves(a, moving) && !self.moves(b, moving) => self.need_rel(RelOp::Ne, a, zero, out),
                _ => self.need_rel(RelOp::Gt, a, zero, out),
            },
        }
    }
    fn walk_call(&self, f: FnId, xs: &[Id], moving: &[VarId], depth: u32, out: &mut Needs) {
        if let Some(p) = self.store.prim(f) {
            let entrywise = p.is_scalar() || matches!(p, Prim::EntryDiv | Prim::EntryPow);
            return if entrywise && xs.iter().any(|x| self.store.sort(*x).is_tensor()) {
                self.walk_entries(self.store.call(f, xs), moving, depth, out)
            } else {
                self.walk_prim(p, xs, moving, out)
            };
        }
        let info = self.store.fun(f);
        if let Some(dom) = self.store.fn_domain(f) {
            if info.params.len() == xs.len() {
                let map = info.params.iter().map(|p| p.var).zip(xs.iter().map(|x| Arg::Val(*x))).collect();
                let c = self.store.subst(dom, &map);
                self.need(c, out);
            }
        }
        if info.kind == FnKind::Defined {
            match self.store.unfold(f, xs) {
                Some(b) => self.walk_nested(b, moving, depth, out),
                // Entrywise: a scalar function of the entries.
                None => self.walk_entries(self.store.call(f, xs), moving, depth, out),
            }
        }
    }
    fn walk_prim(&self, p: Prim, xs: &[Id], moving: &[VarId], out: &mut Needs) {
        let s = self.store;
        let moves = |u: &Id| self.moves(*u, moving);
        let zero = s.int(0);
        let scalar = xs.iter().all(|x| s.sort(*x).is_scalar());
        match (p, xs) {
            _ if p.is_scalar() && !scalar && !matches!(p, Prim::Exp | Prim::Sin | Prim::Cos | Prim::Atan | Prim::Erf) => {
                out.gave_up = true;
            }
            (Prim::Log, [u]) => self.need_rel(RelOp::Gt, *u, zero, out),
            (Prim::Sqrt, [u]) => self.need_rel(if moves(u) { RelOp::Gt } else { RelOp::Ge }, *u, zero, out),
            (Prim::Asin | Prim::Acos, [u]) => {
                let op = if moves(u) { RelOp::Lt } else { RelOp::Le };
                self.need_rel(op, s.int(-1), *u, out);
                self.need_rel(op, *u, s.int(1), out);
            }
            (Prim::Gamma | Prim::LGamma | Prim::Digamma, [u]) => self.need_rel(RelOp::Gt, *u, zero, out),
            (Prim::Polygamma, [_, u]) => self.need_rel(RelOp::Gt, *u, zero, out),
            (Prim::Factorial, [u]) => match s.as_aff(*u) {
                Some(_) => self.need_rel(RelOp::Ge, *u, zero, out),
                None => out.gave_up = true,
            },
            (Prim::Binom, [_, k]) => match s.as_aff(*k) {
                Some(_) => self.need_rel(RelOp::Ge, *k, zero, out),
                None => out.gave_up = true,
            },
            (Prim::Abs | Prim::Sign, [u]) if moves(u) => self.need_rel(RelOp::Ne, *u, zero, out),
            (Prim::Max | Prim::Min, [a, b]) if moves(a) || moves(b) => self.need_rel(RelOp::Ne, *a, *b, out),
            (Prim::Floor, [u]) if moves(u) => out.gave_up = true,
            (Prim::Norm, [u]) if moves(u) => self.need_rel(RelOp::Ne, s.prim_call(p, xs), zero, out),
            (Prim::Inv | Prim::LogDet, [a]) if !self.invertible(*a) => {
                if let Node::Pow(b, k) = s.node(*a) {
                    if s.as_aff(*k).is_some_and(|k| self.nonneg(&k.plus(-1)).is_true()) {
                        return self.walk_prim(p, &[*b], moving, out);
                    }
                }
                let d = s.prim_call(Prim::Det, &[*a]);
                self.need_rel(RelOp::Ne, d, zero, out);
            }
            (Prim::EntryDiv | Prim::EntryPow, _) => out.gave_up = true,
            _ => {}
        }
    }
}

/// That the largest (the smallest) of several terms is reached by one of them alone: `Σ_k [u_k = max_j u_j] = 1`. `None` if the term is no
/// largest or smallest of many.
pub fn reached_once(s: &Store, largest: Id) -> Option<Id> {
    let Node::Big { op: BigOp::Max | BigOp::Min, hint, lo, hi, cond: None, body } = s.node(largest) else { return None };
    let k = s.fresh(*hint, Sort::Scalar, true);
    let here = s.open(*body, &[Arg::Idx(Aff::free(k))]);
    let reached = s.intern(Node::Iverson(s.rel(RelOp::Eq, here, largest)));
    Some(s.rel(RelOp::Eq, s.big(BigOp::Sum, k, lo.clone(), hi.clone(), None, reached), s.int(1)))
}

/// The members of a range of known ends, if they are few.
fn few_members(lo: &Aff, hi: &Aff) -> Option<std::ops::RangeInclusive<i64>> {
    let (lo, hi) = (lo.as_int()?, hi.as_int()?);
    (hi.checked_sub(lo)? < 6).then_some(lo..=hi)
}
