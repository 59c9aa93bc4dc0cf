//! Differentiation without steps: reverse accumulation over the shared graph.
//!
//! Every node is met once, after everything that uses it; its *adjoint* (the derivative of the result by the node) is then
//! complete and is handed on to its operands, multiplied by the node's own partial derivatives. Those are read from the
//! rulebook's family `diff` (see the module `partials`): there is no second table of derivatives. So the work grows with the graph,
//! not with the tree it stands for, however many names the result is differentiated by.
//!
//! Under a sum over a range the operands may mention its index. They are handled in a *level* of their own; an adjoint that
//! leaves the level for a node outside is summed over the range. The adjoint of a tensor is a tensor: an entry `T[i]` hands
//! its adjoint to `T` at the slot `i`, and a sum over an index that the slot determines collapses.

mod expand;
mod partials;

use crate::tidy::is_zero;
use gradus_rules::Rulebook;
use gradus_term::{Aff, Arg, BigOp, FnId, FnKind, IVar, Id, Node, RelOp, Sort, Store, Summand, Sym, VarId};
use partials::{Partials, Sides};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Terms that one gradient may build.
const TERMS: usize = 4_000_000;
/// Ranges inside ranges that are followed.
const LEVELS: usize = 64;

/// Why there is no gradient.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GradientError {
    /// Only a scalar has a gradient.
    #[error("only a scalar can be differentiated without steps")]
    NotAScalar,
    /// What is differentiated by is not a scalar or a tensor with a name.
    #[error("a derivative is taken by a declared name")]
    NotAName,
    /// The rulebook gives no derivative for this.
    #[error("there is no derivative of {0} without steps")]
    Unsupported(String),
    /// A budget is spent.
    #[error("the derivative is too large")]
    TooLarge,
}

/// The derivatives of one scalar by several names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gradient {
    /// The derivatives, in the order of the names: a scalar for a scalar, a tensor of the same shape for a tensor.
    pub partials: Vec<Id>,
    /// What the rules that were used need; the derivatives are these where the conditions hold and both sides are defined.
    pub conditions: Vec<Id>,
}

/// What has reached a node so far.
#[derive(Default)]
struct Adjoint {
    /// The indices of its entries; none for a scalar.
    slots: Vec<VarId>,
    sum: Vec<Summand>,
}

/// The indices of one range (or of the entries of one tensor), and the nodes that mention them and wait for their turn.
struct Level {
    vars: Vec<(VarId, Aff, Aff)>,
    cond: Option<Id>,
    waiting: BTreeMap<Id, Adjoint>,
}

/// An entry's index and the slot it is handed to, with the size of the tensor there.
#[derive(Clone)]
struct Slot {
    index: Aff,
    slot: VarId,
    size: Aff,
}

/// What is known of a node: whether it depends on a wanted name, and the level it belongs to.
#[derive(Clone, Copy)]
struct Place {
    varies: bool,
    level: usize,
}

/// Differentiates without steps.
pub struct Accumulator<'s> {
    store: &'s Store,
    partials: Partials<'s>,
    /// Where definitions and tensor operators stood in what they were put in for.
    folded: FxHashMap<Id, Id>,
    expanded: FxHashMap<Id, Id>,
    wanted: Vec<VarId>,
    places: FxHashMap<Id, Place>,
    level_of: FxHashMap<VarId, usize>,
    levels: Vec<Level>,
    found: FxHashMap<VarId, Adjoint>,
    conditions: Vec<Id>,
    limit: usize,
}

impl<'s> Accumulator<'s> {
    /// An accumulator that reads its table of derivatives from the rulebook.
    pub fn new(store: &'s Store, rules: &Rulebook) -> Self {
        Accumulator {
            store,
            partials: Partials::read(store, rules),
            folded: FxHashMap::default(),
            expanded: FxHashMap::default(),
            wanted: Vec::new(),
            places: FxHashMap::default(),
            level_of: FxHashMap::default(),
            levels: Vec::new(),
            found: FxHashMap::default(),
            conditions: Vec::new(),
            limit: 0,
        }
    }

    /// The derivatives of a scalar by names.
    ///
    /// # Errors
    /// See [`GradientError`]. Nothing is left out: a part that cannot be differentiated ends the whole.
    pub fn gradient(&mut self, of: Id, by: &[VarId]) -> Result<Gradient, GradientError> {
        let s = self.store;
        if !s.sort(of).is_scalar() || s.loose(of) > 0 {
            return Err(GradientError::NotAScalar);
        }
        if by.iter().any(|v| s.var(*v).is_integer() || !(s.var(*v).sort.is_scalar() || s.var(*v).sort.is_tensor())) {
            return Err(GradientError::NotAName);
        }
        self.limit = s.len().saturating_add(TERMS);
        self.wanted = by.to_vec();
        self.places.clear();
        self.level_of.clear();
        self.found.clear();
        self.conditions.clear();
        let root = self.expand(of)?;
        let mut level = Level { vars: Vec::new(), cond: None, waiting: BTreeMap::new() };
        if self.place(root).varies {
            level.waiting.insert(root, Adjoint { slots: Vec::new(), sum: vec![Summand { neg: false, term: s.int(1) }] });
        }
        self.levels = vec![level];
        let run = self.run();
        self.levels.clear();
        run?;
        let mut memo = FxHashMap::default();
        let mut partials = Vec::with_capacity(by.len());
        for v in by {
            let whole = match self.found.get(v) {
                Some(a) => self.whole(a, s.var(*v).sort.dims()),
                None => self.zero(s.var(*v).sort.dims()),
            };
            partials.push(self.fold(whole, &mut memo));
        }
        let conditions = std::mem::take(&mut self.conditions);
        let conditions = conditions.into_iter().map(|c| self.fold(c, &mut memo)).collect();
        Ok(Gradient { partials, conditions })
    }

    /// The adjoint as a term: a sum, or the tensor of its entries.
    fn whole(&self, a: &Adjoint, dims: &[Aff]) -> Id {
        let entry = self.partials.sum(&a.sum);
        if a.slots.is_empty() {
            entry
        } else {
            self.store.tensor(&a.slots, dims, entry)
        }
    }
    fn zero(&self, dims: &[Aff]) -> Id {
        let s = self.store;
        if dims.is_empty() {
            return s.int(0);
        }
        s.intern(Node::Tensor { dims: dims.into(), hints: dims.iter().map(|_| Sym::NONE).collect(), body: s.int(0) })
    }

    /// The term as one writes it: tensors read at their entries, ones and zeros gone. `None` if it would have more than
    /// `nodes` nodes written out, shared parts being counted wherever they stand.
    pub fn written(&self, id: Id, nodes: usize) -> Option<Id> {
        let s = self.store;
        let read = self.rebuilt(id, &|n| match &n {
            Node::Entry(t, ix) => s.make_entry(*t, ix),
            _ => s.intern(n),
        });
        let mut sizes: FxHashMap<Id, usize> = FxHashMap::default();
        let mut todo = vec![(read, false)];
        while let Some((x, ready)) = todo.pop() {
            if sizes.contains_key(&x) {
                continue;
            }
            if !ready {
                todo.push((x, true));
                s.node(x).for_each_child(|c, _| todo.push((c, false)));
                continue;
            }
            let mut n = 1usize;
            s.node(x).for_each_child(|c, _| n = n.saturating_add(sizes.get(&c).copied().unwrap_or(0)));
            sizes.insert(x, n);
        }
        (sizes.get(&read).copied().unwrap_or(0) <= nodes).then(|| crate::tidy(s, read))
    }
    /// The term with every node built anew, operands first.
    fn rebuilt(&self, id: Id, build: &dyn Fn(Node) -> Id) -> Id {
        let s = self.store;
        let mut done: FxHashMap<Id, Id> = FxHashMap::default();
        let mut todo = vec![(id, false)];
        while let Some((x, ready)) = todo.pop() {
            if done.contains_key(&x) {
                continue;
            }
            if ready {
                let node = s.node(x).map_children(&mut |c, _| done.get(&c).copied().unwrap_or(c));
                done.insert(x, build(node));
            } else {
                todo.push((x, true));
                s.node(x).for_each_child(|c, _| todo.push((c, false)));
            }
        }
        done.get(&id).copied().unwrap_or(id)
    }

    // ---- the sweep

    /// Empties the innermost level, the latest node first: operands are always older than what uses them.
    fn run(&mut self) -> Result<(), GradientError> {
        while let Some((id, adjoint)) = self.levels.last_mut().and_then(|l| l.waiting.pop_last()) {
            if self.store.len() > self.limit {
                return Err(GradientError::TooLarge);
            }
            if adjoint.slots.is_empty() {
                let a = self.partials.sum(&adjoint.sum);
                if !is_zero(self.store, a) {
                    self.scalar(id, a)?;
                }
            } else {
                self.tensor(id, &adjoint)?;
            }
        }
        Ok(())
    }
    /// Does `work` in a level of its own and empties it.
    fn inside(&mut self, vars: Vec<(VarId, Aff, Aff)>, cond: Option<Id>, root: Id, seed: Id) -> Result<(), GradientError> {
        if self.levels.len() >= LEVELS {
            return Err(GradientError::TooLarge);
        }
        for (v, _, _) in &vars {
            self.level_of.insert(*v, self.levels.len());
        }
        self.levels.push(Level { vars, cond, waiting: BTreeMap::new() });
        self.hand(root, seed);
        let run = self.run();
        self.levels.pop();
        run
    }

    /// Hands the adjoint of a scalar on to its operands.
    fn scalar(&mut self, id: Id, a: Id) -> Result<(), GradientError> {
        let s = self.store;
        match s.node(id) {
            Node::Num(_) | Node::Index(_) | Node::Fun(_) | Node::Infinity(_) | Node::Iverson(_) => {}
            Node::Var(v) => self.found.entry(*v).or_default().sum.push(Summand { neg: false, term: a }),
            Node::Sum(xs) => {
                for x in xs.iter().filter(|x| s.sort(x.term).is_scalar()) {
                    let a = if x.neg { self.partials.neg(a) } else { a };
                    self.hand(x.term, a);
                }
            }
            Node::Product(xs) => self.product(xs, a),
            Node::Quot(u, v) => {
                let (du, dv) = self.partials.quotient(*u, *v).ok_or_else(|| unsupported(s, id))?;
                self.hand(*u, self.partials.times(a, du));
                self.hand(*v, self.partials.times(a, dv));
            }
            Node::Pow(u, v) => {
                let varies = (self.place(*u).varies, self.place(*v).varies);
                let Sides { by, needs } = self.partials.power(*u, *v, varies).ok_or_else(|| unsupported(s, id))?;
                for n in needs {
                    self.need(n);
                }
                for (x, d) in [*u, *v].into_iter().zip(by) {
                    self.hand(x, self.partials.times(a, d));
                }
            }
            Node::Call(f, xs) => self.call(id, *f, xs, a)?,
            Node::CallVar(_, xs) => {
                for k in 0..xs.len() {
                    self.chain(id, xs, k, a);
                }
            }
            Node::Big { op, hint, lo, hi, cond, body } => {
                let v = s.fresh(*hint, Sort::Scalar, true);
                let at = [Arg::Idx(Aff::free(v))];
                let seed = match op {
                    BigOp::Sum => a,
                    BigOp::Prod => {
                        // The derivative of one factor, times all the others.
                        let other = s.rel(RelOp::Ne, s.intern(Node::Index(Aff::bound(0))), s.intern(Node::Index(Aff::free(v))));
                        let cond = Some(cond.map_or(other, |c| s.intern(Node::And([c, other].into()))));
                        let others = Node::Big { op: *op, hint: *hint, lo: lo.clone(), hi: hi.clone(), cond, body: *body };
                        self.partials.times(a, s.intern(others))
                    }
                    BigOp::Max | BigOp::Min => return Err(unsupported(s, id)),
                };
                let (root, cond) = (s.open(*body, &at), cond.map(|c| s.open(c, &at)));
                self.inside(vec![(v, lo.clone(), hi.clone())], cond, root, seed)?;
            }
            Node::Cases(bs, o) => {
                // Branch by branch: a branch has the adjoint where it is the one that counts.
                let zero = s.int(0);
                for (k, (_, v)) in bs.iter().enumerate() {
                    let mut upto: Vec<(Id, Id)> = bs.iter().take(k + 1).map(|(c, _)| (*c, zero)).collect();
                    if let Some(last) = upto.last_mut() {
                        last.1 = a;
                    }
                    self.hand(*v, s.intern(Node::Cases(upto.into(), Some(zero))));
                }
                if let Some(o) = o {
                    let upto = bs.iter().map(|(c, _)| (*c, zero)).collect();
                    self.hand(*o, s.intern(Node::Cases(upto, Some(a))));
                }
            }
            Node::Entry(t, ix) => {
                let sizes = s.sort(*t).dims().to_vec();
                self.hand_entry(*t, ix.iter().cloned().zip(sizes).collect(), a);
            }
            _ => return Err(unsupported(s, id)),
        }
        Ok(())
    }

    /// Each factor's partial derivative is the product of the others, from what stands before it and after it.
    fn product(&mut self, xs: &[Id], a: Id) {
        let mut after = vec![self.store.int(1)];
        for x in xs.iter().skip(1).rev() {
            let last = after.last().copied().unwrap_or(*x);
            after.push(self.partials.times(*x, last));
        }
        let mut before = a;
        for (x, rest) in xs.iter().zip(after.into_iter().rev()) {
            self.hand(*x, self.partials.times(before, rest));
            before = self.partials.times(before, *x);
        }
    }
    fn call(&mut self, id: Id, f: FnId, xs: &[Id], a: Id) -> Result<(), GradientError> {
        let s = self.store;
        for (k, x) in xs.iter().enumerate() {
            if !self.place(*x).varies {
                continue;
            }
            match self.partials.call(f, xs, k) {
                Some(d) => self.hand(*x, self.partials.times(a, d)),
                None if s.fun(f).kind == FnKind::Unknown => self.chain(id, xs, k, a),
                None => return Err(unsupported(s, id)),
            }
        }
        Ok(())
    }
    /// An unknown function: its derivative by the argument stays as it is.
    fn chain(&mut self, call: Id, xs: &[Id], k: usize, a: Id) {
        let s = self.store;
        let Some(x) = xs.get(k).copied().filter(|x| self.place(*x).varies) else { return };
        let shifted: Vec<Id> =
            xs.iter().enumerate().map(|(i, y)| if i == k { s.intern(Node::Bound(0, s.sort(x).clone())) } else { s.shift(*y, 1) }).collect();
        let body = match s.node(call) {
            Node::Call(f, _) => Node::Call(*f, shifted.into()),
            Node::CallVar(h, _) => Node::CallVar(s.shift(*h, 1), shifted.into()),
            _ => return,
        };
        let (body, dims) = (s.intern(body), s.sort(x).dims().to_vec());
        if dims.is_empty() {
            let d = s.intern(Node::Diff { hint: Sym::NONE, body, slot: Box::default(), point: x });
            return self.hand(x, self.partials.times(a, d));
        }
        // By every entry: the tensor whose entries are the derivatives, read at the slot.
        let level = self.place(x).level;
        let slots = self.slots(level, x);
        let slot = slots.iter().map(|v| Aff::free(*v)).collect();
        let d = s.intern(Node::Diff { hint: Sym::NONE, body, slot, point: x });
        self.leave(x, level, Vec::new(), self.partials.times(a, d));
    }

    /// Hands the adjoint of a tensor on: by its entries, in a level of their own.
    fn tensor(&mut self, id: Id, adjoint: &Adjoint) -> Result<(), GradientError> {
        let s = self.store;
        if let Node::Var(v) = s.node(id) {
            let found = self.found.entry(*v).or_default();
            if found.slots.is_empty() {
                found.slots.clone_from(&adjoint.slots);
                found.sum.clone_from(&adjoint.sum);
                return Ok(());
            }
            // Reached before: the same entries under other letters.
            let to: FxHashMap<VarId, Arg> = adjoint.slots.iter().zip(&found.slots).map(|(a, b)| (*a, Arg::Idx(Aff::free(*b)))).collect();
            found.sum.extend(adjoint.sum.iter().map(|x| Summand { neg: x.neg, term: s.subst(x.term, &to) }));
            return Ok(());
        }
        let dims = s.sort(id).dims().to_vec();
        let whole = self.whole(adjoint, &dims);
        let vars: Vec<VarId> = dims.iter().map(|_| s.fresh(Sym::NONE, Sort::Scalar, true)).collect();
        let ix: Vec<Aff> = vars.iter().map(|v| Aff::free(*v)).collect();
        let seed = match s.node(whole) {
            // What is small is written where it is used; what is large keeps its name, so that it is shared.
            Node::Tensor { body, .. } if s.depth(*body) <= 3 => s.make_entry(whole, &ix),
            _ => s.intern(Node::Entry(whole, ix.clone().into())),
        };
        let entry = self.one_entry(id, &ix).ok_or_else(|| unsupported(s, id))?;
        let entry = self.expand(entry)?;
        let ranges = vars.into_iter().zip(dims).map(|(v, n)| (v, Aff::int(1), n)).collect();
        self.inside(ranges, None, entry, seed)
    }

    // ---- from level to level

    /// Adds to the adjoint of a scalar.
    fn hand(&mut self, x: Id, a: Id) {
        let s = self.store;
        let Place { varies, level } = self.place(x);
        if varies && !is_zero(s, a) && s.sort(x).is_scalar() {
            self.leave(x, level, Vec::new(), a);
        }
    }
    /// Adds to the adjoint of a tensor at one entry.
    fn hand_entry(&mut self, t: Id, ix: Vec<(Aff, Aff)>, a: Id) {
        let Place { varies, level } = self.place(t);
        if !varies {
            return;
        }
        let slots = self.slots(level, t);
        let at = ix.into_iter().zip(slots).map(|((index, size), slot)| Slot { index, slot, size }).collect();
        self.leave(t, level, at, a);
    }
    /// The indices by which the adjoint of a tensor is known.
    fn slots(&mut self, level: usize, t: Id) -> Vec<VarId> {
        let s = self.store;
        let Some(l) = self.levels.get_mut(level) else { return Vec::new() };
        let adjoint = l.waiting.entry(t).or_default();
        if adjoint.slots.is_empty() {
            adjoint.slots = s.sort(t).dims().iter().map(|_| s.fresh(Sym::NONE, Sort::Scalar, true)).collect();
        }
        adjoint.slots.clone()
    }
    /// Takes an adjoint from the innermost level out to the level of its node, summing over what is left behind.
    fn leave(&mut self, x: Id, level: usize, mut at: Vec<Slot>, mut a: Id) {
        for l in self.levels.iter().skip(level + 1).rev() {
            a = self.sum_over(l, &mut at, a);
        }
        for e in at {
            a = self.partials.times(self.equal(&e), a);
        }
        let (neg, term) = self.partials.sign(a);
        if let Some(l) = self.levels.get_mut(level) {
            l.waiting.entry(x).or_default().sum.push(Summand { neg, term });
        }
    }
    fn equal(&self, e: &Slot) -> Id {
        self.store.delta(&e.index, &Aff::free(e.slot))
    }
    /// The sum of an adjoint over the indices of a level; an index that a slot determines is put in instead.
    fn sum_over(&self, l: &Level, at: &mut Vec<Slot>, mut a: Id) -> Id {
        let s = self.store;
        let mut cond = l.cond;
        for (v, lo, hi) in l.vars.iter().rev() {
            let j = IVar::Free(*v);
            let solved = at.iter().enumerate().find_map(|(p, e)| {
                if e.index.coef(j).abs() != 1 {
                    return None;
                }
                e.index.sub(&Aff::free(e.slot)).solve(j).map(|value| (p, value))
            });
            let Some((p, value)) = solved else {
                let (tied, free): (Vec<Slot>, Vec<Slot>) = at.drain(..).partition(|e| e.index.mentions(j));
                *at = free;
                for e in &tied {
                    a = self.partials.times(self.equal(e), a);
                }
                let here = cond.take_if(|c| s.mentions(*c, *v));
                a = if here.is_none() && !s.mentions(a, *v) && lo.as_int() == Some(1) {
                    self.partials.times(s.index(hi.clone()), a)
                } else {
                    s.big(BigOp::Sum, *v, lo.clone(), hi.clone(), here, a)
                };
                continue;
            };
            let e = at.remove(p);
            let to: FxHashMap<VarId, Arg> = [(*v, Arg::Idx(value.clone()))].into_iter().collect();
            a = s.subst(a, &to);
            cond = cond.map(|c| s.subst(c, &to));
            for other in at.iter_mut() {
                other.index = other.index.subst(j, &value);
            }
            // The slot runs from 1 to the size: a range that is the same needs no guard.
            let same = e.index == Aff::free(*v) && lo.as_int() == Some(1) && *hi == e.size;
            if !same {
                let i = s.index(value.clone());
                let within = [s.rel(RelOp::Le, s.index(lo.clone()), i), s.rel(RelOp::Le, i, s.index(hi.clone()))];
                a = self.partials.times(s.intern(Node::Iverson(s.intern(Node::And(within.into())))), a);
            }
        }
        match cond {
            Some(c) => self.partials.times(s.intern(Node::Iverson(c)), a),
            None => a,
        }
    }
    /// What a rule needs, under the ranges at hand: it must fail nowhere.
    fn need(&mut self, cond: Id) {
        let s = self.store;
        let mut c = cond;
        for l in self.levels.iter().skip(1).rev() {
            for (v, lo, hi) in l.vars.iter().rev().filter(|(v, _, _)| s.mentions(cond, *v)) {
                let failures = s.intern(Node::Iverson(s.intern(Node::Not(c))));
                let restriction = l.cond.filter(|r| s.mentions(*r, *v));
                let count = s.big(BigOp::Sum, *v, lo.clone(), hi.clone(), restriction, failures);
                c = s.rel(RelOp::Eq, count, s.int(0));
            }
        }
        if !self.conditions.contains(&c) {
            self.conditions.push(c);
        }
    }

    // ---- what a node depends on

    /// Whether a node varies, and its level; each node is looked at once.
    fn place(&mut self, id: Id) -> Place {
        let s = self.store;
        let mut todo = vec![(id, false)];
        while let Some((x, ready)) = todo.pop() {
            if self.places.contains_key(&x) {
                continue;
            }
            let node = s.node(x);
            if !ready {
                todo.push((x, true));
                node.for_each_child(|c, _| todo.push((c, false)));
                continue;
            }
            let mut p = Place { varies: matches!(node, Node::Var(v) if self.wanted.contains(v)), level: 0 };
            node.for_each_aff(|a, _| {
                for v in a.vars() {
                    if let IVar::Free(v) = v {
                        p.level = p.level.max(self.level_of.get(&v).copied().unwrap_or(0));
                    }
                }
            });
            node.for_each_child(|c, _| {
                if let Some(q) = self.places.get(&c) {
                    p = Place { varies: p.varies || q.varies, level: p.level.max(q.level) };
                }
            });
            // A condition has no derivative.
            p.varies &= !matches!(node, Node::Rel(..) | Node::Iverson(_) | Node::And(_) | Node::Or(_) | Node::Not(_));
            self.places.insert(x, p);
        }
        self.places.get(&id).copied().unwrap_or(Place { varies: false, level: 0 })
    }
}

fn unsupported(s: &Store, id: Id) -> GradientError {
    let what = match s.node(id) {
        Node::Call(f, _) => format!("`{}`", s.fun(*f).name),
        Node::Big { .. } => "the largest or smallest of a range".to_owned(),
        Node::Diff { .. } => "an unevaluated derivative".to_owned(),
        Node::Limit { .. } => "a limit".to_owned(),
        Node::Pow(..) => "this power".to_owned(),
        _ => "this expression".to_owned(),
    };
    GradientError::Unsupported(what)
}
