//! The evaluator: a term at a point.
//!
//! Names are bound to values in an environment and never substituted: a call binds the parameters in a new frame, a binder
//! pushes its value on a stack that `Bound(k)` counts from the top. Values of closed subterms are kept per frame, those
//! under binders by the values of the bound names they mention. Every derivative being taken owns an infinitesimal.
//!
//! Definedness is three-valued ([`Fault`]). Guards come first: a false Iverson factor makes its product 0 whatever stands
//! beside it; branches not taken are not evaluated.

use crate::field::{Fault, Field, Out};
use crate::jet::Scalar;
use crate::num::Num;
use crate::tensor::{extents, Value};
use crate::{calls, linalg, series, sums, unknown};
use gradus_term::{Aff, BigOp, FnId, IVar, Id, Node, Sort, Store, Summand, VarId};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::rc::Rc;

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Slot<F> {
    /// A size or an index.
    Int(i64),
    /// A value.
    Val(Value<F>),
}

/// A bound name with a number that identifies its value among all bindings.
#[derive(Clone, Debug)]
pub(crate) struct Bind<F> {
    pub slot: Slot<F>,
    pub uid: i64,
}

type Key = (Id, smallvec::SmallVec<[i64; 3]>);

/// The bindings of a call and what was computed under them.
pub(crate) struct Frame<F> {
    pub vars: Vec<(VarId, Slot<F>)>,
    closed: FxHashMap<Id, Out<Value<F>>>,
    open: FxHashMap<Key, Out<Value<F>>>,
}

impl<F> Frame<F> {
    pub(crate) fn new(vars: Vec<(VarId, Slot<F>)>) -> Self {
        Frame { vars, closed: FxHashMap::default(), open: FxHashMap::default() }
    }
}

/// Limits of one evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Operations.
    pub ops: u64,
    /// Nesting of terms and calls.
    pub depth: u32,
    /// Derivatives inside each other.
    pub order: usize,
    /// Entries of a tensor.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { ops: 2_000_000, depth: 400, order: 6, entries: 20_000 }
    }
}

/// An evaluator at one assignment of the free names.
pub struct Eval<'a, F: Field> {
    pub(crate) s: &'a Store,
    pub(crate) globals: FxHashMap<VarId, Slot<F>>,
    /// Free names whose value changes from point to point while the others stay.
    varying: Vec<VarId>,
    touches: FxHashMap<Id, bool>,
    pub(crate) frames: Vec<Frame<F>>,
    moving: FxHashMap<Id, Out<Value<F>>>,
    pub(crate) stack: Vec<Bind<F>>,
    mentioned: FxHashMap<Id, Option<Rc<[u32]>>>,
    pub(crate) level: usize,
    pub(crate) ops: u64,
    pub(crate) depth: u32,
    pub(crate) limits: Limits,
    uid: i64,
    /// Varies the unknown functions from point to point.
    pub(crate) salt: u64,
}

impl<'a, F: Field> Eval<'a, F> {
    /// An evaluator with nothing bound.
    pub fn new(s: &'a Store, limits: Limits) -> Self {
        Eval {
            s,
            globals: FxHashMap::default(),
            varying: Vec::new(),
            touches: FxHashMap::default(),
            frames: vec![Frame::new(Vec::new())],
            moving: FxHashMap::default(),
            stack: Vec::new(),
            mentioned: FxHashMap::default(),
            level: 0,
            ops: 0,
            depth: 0,
            limits,
            uid: i64::MIN,
            salt: 0,
        }
    }
    /// Names that will be bound again with [`Eval::rebind`].
    pub fn set_varying(&mut self, vars: &[VarId]) {
        self.varying = vars.to_vec();
        self.touches.clear();
    }
    /// Binds a free name before anything is evaluated.
    pub fn bind(&mut self, v: VarId, slot: Slot<F>) {
        self.globals.insert(v, slot);
    }
    /// Binds a varying name anew; what does not mention it stays computed.
    pub fn rebind(&mut self, v: VarId, slot: Slot<F>) {
        self.globals.insert(v, slot);
        self.moving.clear();
        if let Some(f) = self.frames.first_mut() {
            f.open.clear();
        }
    }
    /// Forgets what was computed, after names were bound.
    pub fn start_over(&mut self) {
        self.refill();
        self.moving.clear();
        self.frames = vec![Frame::new(Vec::new())];
    }
    /// Gives a new evaluation its full budget.
    pub fn refill(&mut self) {
        self.ops = 0;
        self.depth = 0;
        self.level = 0;
        self.stack.clear();
        self.frames.truncate(1);
    }

    pub(crate) fn work(&mut self, n: u64) -> Out<()> {
        self.ops += n;
        if self.ops > self.limits.ops {
            Err(Fault::Budget)
        } else {
            Ok(())
        }
    }
    pub(crate) fn push(&mut self, slot: Slot<F>) {
        let uid = match &slot {
            Slot::Int(n) => *n,
            Slot::Val(_) => {
                self.uid += 1;
                self.uid
            }
        };
        self.stack.push(Bind { slot, uid });
    }
    pub(crate) fn set_top(&mut self, back: usize, n: i64) {
        let at = self.stack.len().wrapping_sub(1 + back);
        if let Some(b) = self.stack.get_mut(at) {
            *b = Bind { slot: Slot::Int(n), uid: n };
        }
    }
    pub(crate) fn bound(&self, k: u32) -> Out<&Bind<F>> {
        self.stack.len().checked_sub(1 + k as usize).and_then(|i| self.stack.get(i)).ok_or(Fault::Unsupported)
    }
    pub(crate) fn var(&self, v: VarId) -> Out<&Slot<F>> {
        let local = self.frames.last().and_then(|f| f.vars.iter().find(|(u, _)| *u == v));
        local.map(|x| &x.1).or_else(|| self.globals.get(&v)).ok_or(Fault::Unsupported)
    }

    /// The value of an integer expression.
    pub fn aff(&self, a: &Aff) -> Out<i64> {
        let mut acc = a.c;
        for (v, k) in &a.t {
            let slot = match v {
                IVar::Free(v) => self.var(*v)?,
                IVar::Bound(k) => &self.bound(*k)?.slot,
            };
            let n = match slot {
                Slot::Int(n) => *n,
                Slot::Val(Value::S(Scalar::N(x))) => x.as_int().ok_or(Fault::Unclear)?,
                Slot::Val(_) => return Err(Fault::Unsupported),
            };
            acc = n.checked_mul(*k).and_then(|x| acc.checked_add(x)).ok_or(Fault::Budget)?;
        }
        Ok(acc)
    }
    /// Sizes; negative ones are undefined.
    pub(crate) fn sizes(&self, dims: &[Aff]) -> Out<Vec<usize>> {
        let d: Vec<usize> = dims.iter().map(|a| usize::try_from(self.aff(a)?).map_err(|_| Fault::Undefined)).collect::<Out<_>>()?;
        let n = d.iter().try_fold(1usize, |acc, x| acc.checked_mul(*x)).unwrap_or(usize::MAX);
        if n > self.limits.entries {
            Err(Fault::Budget)
        } else {
            Ok(d)
        }
    }

    fn touches(&mut self, id: Id) -> bool {
        if self.varying.is_empty() {
            return false;
        }
        if let Some(t) = self.touches.get(&id) {
            return *t;
        }
        let (s, mut hit) = (self.s, false);
        let node = s.node(id);
        node.for_each_aff(|a, _| hit |= a.vars().any(|v| matches!(v, IVar::Free(v) if self.varying.contains(&v))));
        if let Node::Var(v) | Node::Meta(v, _) = node {
            hit |= self.varying.contains(v)
                || s.var(*v).sort.dims().iter().any(|a| a.vars().any(|v| matches!(v, IVar::Free(v) if self.varying.contains(&v))));
        }
        if !hit {
            for (c, _) in node.children() {
                if self.touches(c) {
                    hit = true;
                    break;
                }
            }
        }
        self.touches.insert(id, hit);
        hit
    }
    /// The bound names a term mentions, if they are few.
    fn mentions(&mut self, id: Id) -> Option<Rc<[u32]>> {
        if let Some(m) = self.mentioned.get(&id) {
            return m.clone();
        }
        let s = self.s;
        let node = s.node(id);
        let mut set: Vec<u32> = Vec::new();
        if let Node::Bound(k, _) = node {
            set.push(*k);
        }
        node.for_each_aff(|a, under| {
            set.extend(a.vars().filter_map(|v| match v {
                IVar::Bound(k) => k.checked_sub(under),
                IVar::Free(_) => None,
            }));
        });
        let mut too_many = false;
        for (c, under) in node.children() {
            if s.loose(c) == 0 {
                continue;
            }
            match self.mentions(c) {
                Some(m) => set.extend(m.iter().filter_map(|k| k.checked_sub(under))),
                None => too_many = true,
            }
        }
        set.sort_unstable();
        set.dedup();
        let m = (!too_many && set.len() <= 8).then(|| set.into());
        self.mentioned.insert(id, m.clone());
        m
    }

    /// Whether `Bound(k)` occurs loose in the term (or may, if it mentions many).
    pub(crate) fn bound_occurs(&mut self, id: Id, k: u32) -> bool {
        self.mentions(id).is_none_or(|m| m.contains(&k))
    }

    /// The value of a term.
    pub fn eval(&mut self, id: Id) -> Out<Value<F>> {
        let s = self.s;
        let node = s.node(id);
        match node {
            Node::Num(q) => return Ok(Value::S(Scalar::N(Num::rational(q)))),
            Node::Index(a) => return Ok(Value::S(self.aff_scalar(a)?)),
            Node::Var(v) => return self.slot_value(*v),
            Node::Bound(k, _) => {
                return Ok(match &self.bound(*k)?.slot {
                    Slot::Int(n) => Value::S(Scalar::int(*n)),
                    Slot::Val(v) => v.clone(),
                })
            }
            Node::Entry(t, ix) => return self.entry(*t, ix),
            _ => {}
        }
        if s.loose(id) == 0 {
            return self.closed(id, node);
        }
        let keep = matches!(
            node,
            Node::Big { .. }
                | Node::Diff { .. }
                | Node::Differential { .. }
                | Node::Call(..)
                | Node::MatMul(_)
                | Node::Tensor { .. }
                | Node::Quot(..)
        );
        if !keep {
            return self.guarded(node, id);
        }
        let Some(m) = self.mentions(id).filter(|m| m.len() <= 3) else { return self.guarded(node, id) };
        let mut key = (id, smallvec::SmallVec::new());
        for k in m.iter() {
            key.1.push(self.bound(*k)?.uid);
        }
        if let Some(v) = self.frames.last().and_then(|f| f.open.get(&key)) {
            return v.clone();
        }
        let v = self.guarded(node, id);
        if !matches!(v, Err(Fault::Budget)) {
            if let Some(f) = self.frames.last_mut() {
                f.open.insert(key, v.clone());
            }
        }
        v
    }
    fn closed(&mut self, id: Id, node: &'a Node) -> Out<Value<F>> {
        let moving = self.frames.len() == 1 && self.touches(id);
        let table = if moving { Some(&self.moving) } else { self.frames.last().map(|f| &f.closed) };
        if let Some(v) = table.and_then(|t| t.get(&id)) {
            return v.clone();
        }
        let v = self.guarded(node, id);
        if !matches!(v, Err(Fault::Budget)) {
            let table = if moving { Some(&mut self.moving) } else { self.frames.last_mut().map(|f| &mut f.closed) };
            if let Some(t) = table {
                t.insert(id, v.clone());
            }
        }
        v
    }
    fn guarded(&mut self, node: &'a Node, id: Id) -> Out<Value<F>> {
        self.work(1)?;
        if self.depth >= self.limits.depth {
            return Err(Fault::Budget);
        }
        self.depth += 1;
        let v = self.node(node, id);
        self.depth -= 1;
        v
    }
    /// The value of a scalar term.
    pub fn scalar(&mut self, id: Id) -> Out<Scalar<F>> {
        self.eval(id)?.scalar()
    }
    fn slot_value(&self, v: VarId) -> Out<Value<F>> {
        Ok(match self.var(v)? {
            Slot::Int(n) => Value::S(Scalar::int(*n)),
            Slot::Val(x) => x.clone(),
        })
    }
    /// An integer expression where a scalar stands; a name in it may have a real value there.
    fn aff_scalar(&self, a: &Aff) -> Out<Scalar<F>> {
        match self.aff(a) {
            Ok(n) => Ok(Scalar::int(n)),
            Err(Fault::Budget) => Err(Fault::Budget),
            Err(_) => {
                let mut acc = Scalar::int(a.c);
                for (v, k) in &a.t {
                    let x = match v {
                        IVar::Free(v) => self.slot_value(*v)?,
                        IVar::Bound(k) => match &self.bound(*k)?.slot {
                            Slot::Int(n) => Value::S(Scalar::int(*n)),
                            Slot::Val(v) => v.clone(),
                        },
                    };
                    acc = acc.add(&x.scalar()?.mul(&Scalar::int(*k)));
                }
                Ok(acc)
            }
        }
    }

    fn node(&mut self, node: &'a Node, id: Id) -> Out<Value<F>> {
        match node {
            Node::Sum(xs) => self.sum(xs),
            Node::Product(xs) => self.product(xs, id),
            Node::Quot(a, b) => {
                let b = self.scalar(*b)?;
                let a = self.eval(*a)?;
                a.map(|x| x.div(&b))
            }
            Node::Pow(a, b) => self.pow(*a, *b),
            Node::MatMul(xs) => {
                let mut acc: Option<Value<F>> = None;
                for x in xs {
                    let v = self.eval(*x)?;
                    if let Value::T(t) = &v {
                        self.work(2 * t.data.len() as u64)?;
                    }
                    acc = Some(match acc {
                        None => v,
                        Some(a) => linalg::matmul(&a, &v)?,
                    });
                }
                acc.ok_or(Fault::Unsupported)
            }
            Node::Call(f, xs) => calls::call(self, *f, xs),
            Node::CallVar(h, xs) => self.call_var(*h, xs),
            Node::Fun(f) => Ok(Value::Fun(*f)),
            Node::Big { .. } => sums::big(self, node, id),
            Node::Iverson(c) => Ok(Value::S(Scalar::int(i64::from(self.condition(*c)?)))),
            Node::Cases(bs, o) => {
                for (c, v) in bs {
                    if self.condition(*c)? {
                        return self.eval(*v);
                    }
                }
                o.map_or(Err(Fault::Undefined), |v| self.eval(v))
            }
            Node::Tensor { dims, body, .. } => self.former(dims, *body),
            Node::Array(xs) => self.array(xs),
            Node::Stack(xs) => self.stack_blocks(xs),
            Node::Diff { body, slot, point, .. } => self.diff(*body, slot, *point),
            Node::Differential { body, point, along, .. } => self.differential(*body, *point, *along),
            Node::Meta(v, xs) => self.meta(*v, xs),
            Node::Rel(..) | Node::And(_) | Node::Or(_) | Node::Not(_) => Ok(Value::S(Scalar::int(i64::from(self.condition(id)?)))),
            _ => Err(Fault::Unsupported),
        }
    }

    fn sum(&mut self, xs: &[Summand]) -> Out<Value<F>> {
        let mut acc: Option<Value<F>> = None;
        let mut fault = None;
        for x in xs {
            let v = match self.eval(x.term) {
                Ok(v) => v,
                Err(Fault::Unclear) => {
                    // A later summand may be certainly undefined.
                    fault = Some(Fault::Unclear);
                    continue;
                }
                Err(e) => return Err(e),
            };
            acc = Some(match (acc, x.neg) {
                (None, false) => v,
                (None, true) => v.map(|x| Ok(x.neg()))?,
                (Some(a), false) => a.zip(&v, |a, b| Ok(a.add(b)))?,
                (Some(a), true) => a.zip(&v, |a, b| Ok(a.sub(b)))?,
            });
        }
        match fault {
            Some(f) => Err(f),
            None => acc.ok_or(Fault::Unsupported),
        }
    }
    /// A product: Iverson factors first; a false one makes it 0, whatever the others are.
    fn product(&mut self, xs: &[Id], id: Id) -> Out<Value<F>> {
        let s = self.s;
        let mut fault = None;
        for x in xs {
            if let Node::Iverson(c) = s.node(*x) {
                match self.condition(*c) {
                    Ok(true) => {}
                    Ok(false) => return self.zero_like(id),
                    // One that may yet be false leaves it open whether there is a value.
                    Err(f) => fault = if f == Fault::Undefined { fault.or(Some(f)) } else { Some(f) },
                }
            }
        }
        if let Some(f) = fault {
            return Err(f);
        }
        let mut acc: Option<Value<F>> = None;
        for x in xs.iter().filter(|x| !matches!(s.node(**x), Node::Iverson(_))) {
            let v = self.eval(*x)?;
            acc = Some(match acc {
                None => v,
                Some(a) => a.zip(&v, |a, b| Ok(a.mul(b)))?,
            });
        }
        Ok(acc.unwrap_or(Value::S(Scalar::int(1))))
    }
    /// The zero of a term's sort.
    pub(crate) fn zero_like(&mut self, id: Id) -> Out<Value<F>> {
        let sort = self.s.sort(id);
        if !sort.is_tensor() {
            return Ok(Value::S(Scalar::int(0)));
        }
        let dims = extents(sort, self.sizes(sort.dims())?);
        let n = dims.iter().product();
        let row = sort.axes().is_some_and(|(rows, _)| rows.is_empty());
        Ok(Value::new(dims, row, vec![Ok(Scalar::int(0)); n]))
    }
    fn pow(&mut self, a: Id, b: Id) -> Out<Value<F>> {
        let e = self.scalar(b)?;
        match self.eval(a)? {
            Value::S(x) => Ok(Value::S(series::pow(&x, &e)?)),
            Value::T(t) => {
                let k = e.real().as_int().filter(|_| !e.is_jet()).ok_or(Fault::Unsupported)?;
                if k.abs() > 64 {
                    return Err(Fault::Budget);
                }
                self.work(20 * t.data.len() as u64)?;
                linalg::power(&t, k)
            }
            _ => Err(Fault::Unsupported),
        }
    }
    /// `∂/∂ξ[slot] body` at ξ = point: the entry gets an infinitesimal of its own.
    fn diff(&mut self, body: Id, slot: &'a [Aff], point: Id) -> Out<Value<F>> {
        if self.level >= self.limits.order {
            return Err(Fault::Budget);
        }
        let at = slot.iter().map(|a| self.aff(a)).collect::<Out<Vec<i64>>>()?;
        let p = match (self.eval(point)?, at.as_slice()) {
            (Value::S(x), []) => Value::S(x.with_infinitesimal(self.level)),
            (Value::T(t), _) if at.len() == t.dims.len() => {
                let place = t.place(&at).ok_or(Fault::Undefined)?;
                let mut u = (*t).clone();
                if let Some(x) = u.data.get_mut(place) {
                    *x = x.as_ref().map(|x| x.with_infinitesimal(self.level)).map_err(|e| *e);
                }
                Value::T(Rc::new(u))
            }
            _ => return Err(Fault::Unsupported),
        };
        self.derivative_at(body, p)
    }
    /// `d/dε body` at ξ = point + ε along: every entry moves with one infinitesimal.
    fn differential(&mut self, body: Id, point: Id, along: Id) -> Out<Value<F>> {
        if self.level >= self.limits.order {
            return Err(Fault::Budget);
        }
        let (p, h) = (self.eval(point)?, self.eval(along)?);
        let level = self.level;
        let p = p.zip(&h, |x, h| Ok(x.add(&Scalar::int(0).with_infinitesimal(level).mul(h))))?;
        self.derivative_at(body, p)
    }
    /// The part of the body that goes with the infinitesimal of this level, where ξ is `p`.
    fn derivative_at(&mut self, body: Id, p: Value<F>) -> Out<Value<F>> {
        self.push(Slot::Val(p));
        let level = self.level;
        self.level += 1;
        let v = self.eval(body);
        self.level = level;
        self.stack.pop();
        v?.map(|x| Ok(x.derivative(level)))
    }
    fn call_var(&mut self, h: Id, xs: &'a [Id]) -> Out<Value<F>> {
        match self.eval(h)? {
            Value::Fun(f) => calls::call(self, f, xs),
            Value::Random(seed) => {
                let args = xs.iter().map(|x| self.eval(*x)).collect::<Out<Vec<_>>>()?;
                Ok(Value::S(unknown::smooth(seed, self.salt, &args)?))
            }
            _ => Err(Fault::Unsupported),
        }
    }
    /// A metavariable of a rule: a name, or an unknown function of the bound names it may mention.
    fn meta(&mut self, v: VarId, xs: &'a [Id]) -> Out<Value<F>> {
        if xs.is_empty() {
            return self.slot_value(v);
        }
        let args = xs.iter().map(|x| self.eval(*x)).collect::<Out<Vec<_>>>()?;
        let sort = &self.s.var(v).sort;
        let seed = unknown::seed(0x6d65_7461 ^ (self.salt << 24), u64::from(v.0));
        let dims = extents(sort, self.sizes(sort.dims())?);
        unknown::value(seed, self.salt, &args, &dims, matches!(sort, Sort::Row(_)))
    }

    /// Evaluates with the parameters of a function bound.
    pub(crate) fn in_frame(&mut self, vars: Vec<(VarId, Slot<F>)>, f: impl FnOnce(&mut Self) -> Out<Value<F>>) -> Out<Value<F>> {
        if self.depth >= self.limits.depth {
            return Err(Fault::Budget);
        }
        self.frames.push(Frame::new(vars));
        let v = f(self);
        self.frames.pop();
        v
    }
    /// The function's number, for seeds.
    pub(crate) fn seed_of(&self, f: FnId) -> u64 {
        let name = &self.s.fun(f).name;
        name.bytes().fold(unknown::seed(0x666e ^ (self.salt << 24), u64::from(f.0)), |acc, b| unknown::seed(acc, u64::from(b)))
    }
}

/// Used by sums: the operation of two values.
pub(crate) fn combine<F: Field>(op: BigOp, a: &Value<F>, b: &Value<F>) -> Out<Value<F>> {
    a.zip(b, |x, y| match op {
        BigOp::Sum => Ok(x.add(y)),
        BigOp::Prod => Ok(x.mul(y)),
        BigOp::Max => x.extreme(y, Ordering::Greater),
        BigOp::Min => x.extreme(y, Ordering::Less),
    })
}
