//! Matching: where and how a rule's side fits a term.
//!
//! [`matches()`] finds substitutions under which the kernel's [`instantiate`] of a schema is
//! [`rearranged`] into the part (or into a set of operands of it). It decides nothing: side
//! conditions and premises are the caller's, and whatever is found here the kernel checks again.
//!
//! Invariants
//! * Same store, schema and part: same matches in the same order; matches that keep the order of operands come first.
//! * The search is bounded by [`FUEL`] goals and [`MOST`] matches; running out loses matches, never adds false ones.
//! * No name is declared in the store: bound names are matched as bound names.
//!
//! What a metavariable may take: a term of its sort that mentions no name bound by the schema, except those the
//! metavariable is applied to, which are abstracted. Among summands (factors) without a sequence variable, a
//! metavariable takes several operands where there are more operands than patterns: `c u(j)` splits `2 a x[j] y[j]` into
//! `2 a` and `x[j] y[j]`. At the root, operands that no pattern takes are simply not selected.

mod abstraction;
mod nary;

use abstraction::{abstracted, Target};
use gradus_kernel::{instantiate, rearranged, Need, Rule, Substitution, Value};
use gradus_term::{Aff, Arg, IVar, Id, LimitPoint, Node, Prim, Side, Sort, Store, VarId, VarKind};
use nary::Nary;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Most goals tried in one search.
pub const FUEL: u32 = 20_000;
/// Sums and products of more operands than these are matched by nothing: each choice among them costs as much as they are many.
const WIDEST: usize = 1_000;
/// Most matches returned.
pub const MOST: usize = 64;

/// A way a schema fits a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// What stands for the metavariables.
    pub subst: Substitution,
    /// The operands of the part that are meant, ascending; empty for the whole.
    pub operands: Vec<u32>,
}

/// All ways in which `schema` fits `part`, the most orderly first. A sum, product or matrix product may be fitted in a
/// set of its operands (of a matrix product: in a run).
pub fn matches(store: &Store, schema: Id, part: Id) -> Vec<Match> {
    let wide = match store.node(part) {
        Node::Sum(xs) => xs.len() > WIDEST,
        Node::Product(xs) => xs.len() > WIDEST,
        _ => false,
    };
    if wide || store.exhausted() || !could_fit(store, schema, part) {
        return Vec::new();
    }
    let goal = match (store.node(schema), store.node(part)) {
        (Node::Sum(_), Node::Sum(_)) | (Node::Product(_), Node::Product(_)) | (Node::MatMul(_), Node::MatMul(_)) => {
            Nary::at_root(store, schema, part).map(|n| Goal::Operands(Rc::new(n)))
        }
        _ => Some(Goal::Pair { schema, part, binders: Rc::from([]) }),
    };
    let Some(goal) = goal else { return Vec::new() };
    let mut search = Search { store, fuel: FUEL, found: Vec::new() };
    search.run(vec![goal], State::default());
    store.spend(u64::from(FUEL - search.fuel));
    if cfg!(debug_assertions) {
        for m in &search.found {
            debug_assert!(
                fits(store, schema, part, m),
                "{} does not fit {}",
                gradus_term::debug::show(store, schema),
                gradus_term::debug::show(store, part)
            );
        }
    }
    search.found
}

/// What a rule makes of `part`, read forwards or backwards: the match, and what stands there instead. Metavariables that only the other side mentions must be
/// supplied by the caller, so such readings are left out here; so are instances where a number is needed and none stands.
pub fn rewrite(store: &Store, rule: &Rule, part: Id, backward: bool) -> Vec<(Match, Id)> {
    let (from, to) = if backward { (rule.right, rule.left) } else { (rule.left, rule.right) };
    let mut out: Vec<(Match, Id)> = Vec::new();
    let mut seen = Vec::new();
    for m in matches(store, from, part) {
        if !numbers_stand(store, rule, &m.subst) {
            continue;
        }
        let Ok(new) = instantiate(store, to, &m.subst) else { continue };
        let key = (m.operands.clone(), gradus_kernel::arranged(store, new));
        if *store.sort(new) != Sort::Ill && !seen.contains(&key) {
            seen.push(key);
            out.push((m, crate::letters::in_letters_of(store, from, part, new)));
        }
    }
    out
}

/// Whether the terms of which a rule needs a written number are numbers.
fn numbers_stand(store: &Store, rule: &Rule, subst: &Substitution) -> bool {
    rule.needs.iter().all(|n| match n {
        Need::Number(t) => instantiate(store, *t, subst).is_ok_and(|x| store.as_rational(x).is_some()),
        Need::Holds(_) => true,
    })
}

/// Whether the instance of the schema is the selected part, up to arrangement.
pub fn fits(store: &Store, schema: Id, part: Id, m: &Match) -> bool {
    let selected = if m.operands.is_empty() {
        Some(part)
    } else {
        store.focus(part, &gradus_term::Position { path: Vec::new(), operands: m.operands.clone() }).ok().map(|f| f.part)
    };
    match (selected, instantiate(store, schema, &m.subst)) {
        (Some(p), Ok(i)) => rearranged(store, p, i),
        _ => false,
    }
}

/// The sorts of the binders crossed, outermost first.
type Binders = Rc<[Sort]>;

/// Something still to be matched.
#[derive(Clone)]
enum Goal {
    Pair {
        schema: Id,
        part: Id,
        binders: Binders,
    },
    Affine {
        schema: Aff,
        part: Aff,
    },
    /// The metavariable has no value yet and gets this one.
    Bind {
        meta: VarId,
        body: Id,
    },
    Operands(Rc<Nary>),
}

#[derive(Clone, Default)]
struct State {
    values: BTreeMap<VarId, Value>,
    slot: Option<Vec<Aff>>,
    side: Option<Side>,
    operands: Vec<u32>,
    /// Goals that wait for a metavariable, and how many had a value when the last of them was put off.
    waiting: Vec<Goal>,
    known: usize,
}

/// What became of a goal.
enum Outcome {
    /// Matched; smaller goals may have been added.
    Done,
    /// Does not match.
    Fails,
    /// Cannot be decided before another metavariable has a value.
    Waits,
    /// One of these lists of goals must be matched.
    Either(Vec<Vec<Goal>>),
}

struct Search<'a> {
    store: &'a Store,
    fuel: u32,
    found: Vec<Match>,
}

impl Search<'_> {
    /// Depth first over the goals. It terminates: every goal either consumes a node of the schema or is put off, at most
    /// once for each value found; branching is bounded by the fuel. The recursion is as deep as the schema has choices.
    fn run(&mut self, mut goals: Vec<Goal>, mut st: State) {
        loop {
            if self.fuel == 0 || self.found.len() >= MOST {
                return;
            }
            self.fuel -= 1;
            let Some(goal) = goals.pop() else {
                if st.waiting.is_empty() {
                    return self.keep(st);
                }
                if st.known == st.values.len() {
                    return;
                }
                st.known = st.values.len();
                goals = std::mem::take(&mut st.waiting);
                continue;
            };
            let outcome = match &goal {
                Goal::Pair { schema, part, binders } => self.pair(*schema, *part, binders, &mut st, &mut goals),
                Goal::Affine { schema, part } => affine(schema, part, self.store, &mut st),
                Goal::Bind { meta, body } => done(st.values.insert(*meta, Value::Term(*body)).is_none()),
                Goal::Operands(n) => return self.operands(n, &goals, &st),
            };
            match outcome {
                Outcome::Done => {}
                Outcome::Fails => return,
                Outcome::Waits => st.waiting.push(goal),
                Outcome::Either(ways) => {
                    for way in ways {
                        let mut more = goals.clone();
                        more.extend(way);
                        self.run(more, st.clone());
                    }
                    return;
                }
            }
        }
    }

    fn keep(&mut self, st: State) {
        let subst = Substitution { values: st.values, slot: st.slot.unwrap_or_default(), side: st.side };
        let m = Match { subst, operands: st.operands };
        if !self.found.contains(&m) {
            self.found.push(m);
        }
    }

    fn pair(&self, p: Id, t: Id, binders: &Binders, st: &mut State, goals: &mut Vec<Goal>) -> Outcome {
        let s = self.store;
        // Within a pattern without metavariables, equality up to arrangement is all there is to ask.
        if s.same(p, t) && !has_metas(s, p) {
            return Outcome::Done;
        }
        if !could_fit(s, p, t) {
            return Outcome::Fails;
        }
        let mut children = |xs: &[Id], ys: &[Id]| {
            if xs.len() != ys.len() {
                return Outcome::Fails;
            }
            goals.extend(xs.iter().zip(ys).rev().map(|(a, b)| Goal::Pair { schema: *a, part: *b, binders: binders.clone() }));
            Outcome::Done
        };
        match (s.node(p), s.node(t)) {
            (Node::Meta(v, args), _) => self.meta(*v, args, t, binders, st, goals),
            (Node::Seq(v), _) => seq(s, *v, t, st),
            (Node::Index(a), _) => match standing_index(s, t) {
                Some(b) => {
                    goals.push(Goal::Affine { schema: a.clone(), part: b });
                    Outcome::Done
                }
                None => Outcome::Fails,
            },
            // A rule's bound value has no sort; a bare one stands for a scalar.
            (Node::Bound(k, a), Node::Bound(l, b)) => done(k == l && (a == b || *a == Sort::Any && b.is_scalar())),
            (Node::Sum(_), Node::Sum(_)) | (Node::Product(_), Node::Product(_)) | (Node::MatMul(_), Node::MatMul(_)) => {
                match Nary::inside(s, p, t, binders, st) {
                    Some(n) => {
                        goals.push(Goal::Operands(Rc::new(n)));
                        Outcome::Done
                    }
                    None => Outcome::Fails,
                }
            }
            (Node::Call(f, xs), Node::Call(_, ys))
                if xs.len() == 2 && ys.len() == 2 && matches!(s.prim(*f), Some(Prim::Max | Prim::Min | Prim::Hadamard)) =>
            {
                let way = |i: usize, j: usize| {
                    [(0, i), (1, j)]
                        .iter()
                        .rev()
                        .filter_map(|(a, b)| Some(Goal::Pair { schema: *xs.get(*a)?, part: *ys.get(*b)?, binders: binders.clone() }))
                        .collect::<Vec<_>>()
                };
                Outcome::Either(vec![way(0, 1), way(1, 0)])
            }
            (Node::Call(_, xs), Node::Call(_, ys))
            | (Node::Array(xs), Node::Array(ys))
            | (Node::Stack(xs), Node::Stack(ys))
            | (Node::And(xs), Node::And(ys))
            | (Node::Or(xs), Node::Or(ys)) => children(xs, ys),
            (Node::CallVar(f, xs), Node::CallVar(g, ys)) => match children(xs, ys) {
                Outcome::Done => children(&[*f], &[*g]),
                other => other,
            },
            (Node::Quot(a, b), Node::Quot(c, d)) | (Node::Pow(a, b), Node::Pow(c, d)) | (Node::Rel(_, a, b), Node::Rel(_, c, d)) => {
                children(&[*a, *b], &[*c, *d])
            }
            (Node::Iverson(a), Node::Iverson(b)) | (Node::Not(a), Node::Not(b)) => children(&[*a], &[*b]),
            (Node::Cases(xs, o), Node::Cases(ys, q)) if o.is_some() == q.is_some() => {
                let list = |bs: &[(Id, Id)], o: &Option<Id>| bs.iter().flat_map(|(c, v)| [*c, *v]).chain(*o).collect::<Vec<_>>();
                children(&list(xs, o), &list(ys, q))
            }
            (Node::Entry(x, ix), Node::Entry(y, jx)) if ix.len() == jx.len() => {
                goals.extend(ix.iter().zip(jx).map(|(a, b)| Goal::Affine { schema: a.clone(), part: b.clone() }));
                goals.push(Goal::Pair { schema: *x, part: *y, binders: binders.clone() });
                Outcome::Done
            }
            (a, b) => self.binder(a, b, binders, st, goals),
        }
    }

    /// Nodes that bind names: the bodies match under one binder more.
    fn binder(&self, p: &Node, t: &Node, binders: &Binders, st: &mut State, goals: &mut Vec<Goal>) -> Outcome {
        let s = self.store;
        let under = |sorts: &[Sort]| -> Binders { binders.iter().cloned().chain(sorts.iter().cloned()).collect() };
        match (p, t) {
            (Node::Big { lo, hi, cond, body, .. }, Node::Big { lo: lo2, hi: hi2, cond: cond2, body: body2, .. })
                if cond.is_some() == cond2.is_some() =>
            {
                let inner = under(&[Sort::Scalar]);
                goals.push(Goal::Pair { schema: *body, part: *body2, binders: inner.clone() });
                if let (Some(c), Some(d)) = (cond, cond2) {
                    goals.push(Goal::Pair { schema: *c, part: *d, binders: inner });
                }
                goals.push(Goal::Affine { schema: hi.clone(), part: hi2.clone() });
                goals.push(Goal::Affine { schema: lo.clone(), part: lo2.clone() });
                Outcome::Done
            }
            (Node::Tensor { dims, body, .. }, Node::Tensor { dims: dims2, body: body2, .. }) if dims.len() == dims2.len() => {
                goals.push(Goal::Pair { schema: *body, part: *body2, binders: under(&vec![Sort::Scalar; dims.len()]) });
                goals.extend(dims.iter().zip(dims2).rev().map(|(a, b)| Goal::Affine { schema: a.clone(), part: b.clone() }));
                Outcome::Done
            }
            (Node::Diff { body, slot, point, .. }, Node::Diff { body: body2, slot: slot2, point: point2, .. }) => {
                if slot.is_empty() {
                    if slot2.iter().any(has_bound) || st.slot.as_ref().is_some_and(|old| old.as_slice() != slot2.as_ref()) {
                        return Outcome::Fails;
                    }
                    st.slot = Some(slot2.to_vec());
                } else if slot.len() == slot2.len() {
                    goals.extend(slot.iter().zip(slot2).map(|(a, b)| Goal::Affine { schema: a.clone(), part: b.clone() }));
                } else {
                    return Outcome::Fails;
                }
                goals.push(Goal::Pair { schema: *body, part: *body2, binders: under(&[s.sort(*point2).clone()]) });
                goals.push(Goal::Pair { schema: *point, part: *point2, binders: binders.clone() });
                Outcome::Done
            }
            (Node::Limit { body, point, side, .. }, Node::Limit { body: body2, point: point2, side: side2, .. }) => {
                if *side == Side::Both {
                    if st.side.is_some_and(|old| old != *side2) {
                        return Outcome::Fails;
                    }
                    st.side = Some(*side2);
                } else if side != side2 {
                    return Outcome::Fails;
                }
                goals.push(Goal::Pair { schema: *body, part: *body2, binders: under(&[Sort::Scalar]) });
                match (point, point2) {
                    (LimitPoint::At(a), p2) => {
                        let value = match p2 {
                            LimitPoint::At(b) => *b,
                            LimitPoint::PosInf => s.intern(Node::Infinity(false)),
                            LimitPoint::NegInf => s.intern(Node::Infinity(true)),
                        };
                        goals.push(Goal::Pair { schema: *a, part: value, binders: binders.clone() });
                        Outcome::Done
                    }
                    (a, b) => done(a == b),
                }
            }
            (a, b) => done(a == b),
        }
    }

    /// A metavariable takes `t`, or already has a value and `t` must be it.
    fn meta(&self, v: VarId, args: &[Id], t: Id, binders: &Binders, st: &mut State, goals: &mut Vec<Goal>) -> Outcome {
        let s = self.store;
        if st.values.contains_key(&v) {
            return match self.expected(v, args, binders, st) {
                Some(x) => done(rearranged(s, x, t)),
                None => Outcome::Waits,
            };
        }
        let info = s.var(v);
        if info.is_integer() {
            return match standing_index(s, t) {
                Some(a) => affine(&Aff::free(v), &a, s, st),
                None => Outcome::Fails,
            };
        }
        if !sort_fits(&info.sort, s.sort(t), goals) {
            return Outcome::Fails;
        }
        let mut targets = Vec::new();
        for a in args {
            match self.target(*a, binders, st) {
                Some(x) => targets.push(x),
                // `g(u(x))` with neither known: the outermost call gives both.
                None if args.len() == 1 && may_peel(s, *a) => return self.peel(v, *a, t, binders),
                None => return Outcome::Waits,
            }
        }
        match abstracted(s, t, binders.len(), &targets) {
            Some(x) => {
                st.values.insert(v, Value::Term(x));
                Outcome::Done
            }
            None => Outcome::Fails,
        }
    }

    /// `g(u(x))` against `f(t, …)`: g is the call with one of its arguments left open, u that argument. An argument that is a
    /// bound name itself is left alone: there is nothing inside, and the rule would go on for ever.
    fn peel(&self, v: VarId, arg: Id, t: Id, binders: &Binders) -> Outcome {
        let s = self.store;
        let Node::Call(f, xs) = s.node(t) else { return Outcome::Fails };
        let ways = (0..xs.len())
            .filter_map(|k| {
                let hole = *xs.get(k)?;
                if matches!(s.node(hole), Node::Bound(..)) {
                    return None;
                }
                let mut ys: Vec<Id> = xs.to_vec();
                // The hole is marked by the metavariable itself, which no term contains.
                let mark = s.intern(Node::Meta(v, [].into()));
                *ys.get_mut(k)? = mark;
                let value = abstracted(s, s.call(*f, &ys), binders.len(), &[Target::Term(mark, s.sort(hole).clone())])?;
                Some((hole, value))
            })
            .map(|(hole, value)| {
                vec![Goal::Pair { schema: arg, part: hole, binders: binders.clone() }, Goal::Bind { meta: v, body: value }]
            })
            .collect();
        Outcome::Either(ways)
    }

    /// The instance of a metavariable that has a value; `None` if its arguments are not known yet.
    fn expected(&self, v: VarId, args: &[Id], binders: &Binders, st: &State) -> Option<Id> {
        let s = self.store;
        match st.values.get(&v)? {
            Value::Index(a) => Some(s.index(a.clone())),
            Value::Term(x) => {
                let args: Option<Vec<Arg>> = args.iter().map(|a| self.argument(*a, binders, st)).collect();
                Some(s.open(*x, &args?))
            }
            _ => None,
        }
    }
    /// An argument of an applied metavariable as a value.
    fn argument(&self, a: Id, binders: &Binders, st: &State) -> Option<Arg> {
        let s = self.store;
        match s.node(a) {
            Node::Index(i) => known_affine(i, s, st).map(Arg::Idx),
            Node::Bound(k, _) => {
                let sort = binders.len().checked_sub(*k as usize + 1).and_then(|i| binders.get(i))?;
                Some(Arg::Val(s.intern(Node::Bound(*k, sort.clone()))))
            }
            Node::Meta(w, more) => self.expected(*w, more, binders, st).map(Arg::Val),
            Node::Num(_) => Some(Arg::Val(a)),
            _ => None,
        }
    }
    /// What an argument of an applied metavariable abstracts.
    fn target(&self, a: Id, binders: &Binders, st: &State) -> Option<Target> {
        match self.store.node(a) {
            Node::Index(i) => match i.as_var() {
                Some(IVar::Bound(k)) => Some(Target::Bound(k)),
                // `u(j + 1)` waits until `u(j)` beside it has given u.
                _ => known_affine(i, self.store, st).filter(|a| !has_bound(a)).map(Target::Affine),
            },
            Node::Bound(k, _) => Some(Target::Bound(*k)),
            Node::Meta(w, more) => {
                let x = self.expected(*w, more, binders, st)?;
                Some(Target::Term(x, self.store.sort(x).clone()))
            }
            _ => None,
        }
    }
}

fn done(ok: bool) -> Outcome {
    if ok {
        Outcome::Done
    } else {
        Outcome::Fails
    }
}

/// A lone `..rest` as a whole sum or product.
fn seq(s: &Store, v: VarId, t: Id, st: &mut State) -> Outcome {
    match (st.values.get(&v), s.node(t)) {
        (Some(Value::Summands(xs)), _) => done(rearranged(s, s.sum(xs), t)),
        (Some(Value::Factors(xs)), _) => done(rearranged(s, s.product(xs), t)),
        (None, Node::Sum(xs)) => {
            st.values.insert(v, Value::Summands(xs.to_vec()));
            Outcome::Done
        }
        (None, Node::Product(xs)) => {
            st.values.insert(v, Value::Factors(xs.to_vec()));
            Outcome::Done
        }
        _ => Outcome::Fails,
    }
}

/// An affine expression of the schema against one of the part: equal, or solved for the only unknown metavariable.
fn affine(schema: &Aff, part: &Aff, s: &Store, st: &mut State) -> Outcome {
    let (known, unknown) = split_affine(schema, s, st);
    let rest = part.sub(&known);
    match unknown.as_slice() {
        [] => done(rest == Aff::int(0)),
        [(v, k)] if k.abs() == 1 => {
            let value = rest.scale(*k);
            if has_bound(&value) {
                return Outcome::Fails;
            }
            st.values.insert(*v, Value::Index(value));
            Outcome::Done
        }
        [_] => Outcome::Fails,
        _ => Outcome::Waits,
    }
}

/// The expression with known metavariables replaced, and the unknown ones with their coefficients.
fn split_affine(a: &Aff, s: &Store, st: &State) -> (Aff, Vec<(VarId, i64)>) {
    let mut unknown = Vec::new();
    let mut known = Aff::int(a.c);
    for (v, k) in &a.t {
        match v {
            IVar::Free(w) => match st.values.get(w) {
                Some(Value::Index(b)) => known = known.add_scaled(b, *k),
                _ if s.var(*w).kind == VarKind::Meta => unknown.push((*w, *k)),
                _ => known = known.add_scaled(&Aff::var(*v), *k),
            },
            IVar::Bound(_) => known = known.add_scaled(&Aff::var(*v), *k),
        }
    }
    (known, unknown)
}
fn known_affine(a: &Aff, s: &Store, st: &State) -> Option<Aff> {
    let (known, unknown) = split_affine(a, s, st);
    unknown.is_empty().then_some(known)
}
fn has_bound(a: &Aff) -> bool {
    a.vars().any(|v| matches!(v, IVar::Bound(_)))
}

/// An integer expression standing as a scalar in the form in which an instance writes it.
fn standing_index(s: &Store, t: Id) -> Option<Aff> {
    match s.node(t) {
        Node::Index(a) => Some(a.clone()),
        Node::Num(q) => q.to_i64().map(Aff::int),
        Node::Sum(xs) => match xs.as_ref() {
            [x] if x.neg => match s.node(x.term) {
                Node::Num(q) => q.to_i64().map(|k| Aff::int(-k)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Whether a term of this sort may stand for a metavariable; sizes that are metavariables become goals.
fn sort_fits(meta: &Sort, sort: &Sort, goals: &mut Vec<Goal>) -> bool {
    match (meta, sort) {
        (Sort::Any, Sort::Ill | Sort::Cond) => false,
        (Sort::Any, _) => true,
        (Sort::Scalar, b) => b.is_scalar(),
        (Sort::Tensor(a), Sort::Tensor(b)) if a.len() == b.len() => {
            goals.extend(a.iter().zip(b.iter()).map(|(x, y)| Goal::Affine { schema: x.clone(), part: y.clone() }));
            true
        }
        (Sort::Row(a), Sort::Row(b)) => {
            goals.push(Goal::Affine { schema: a.clone(), part: b.clone() });
            true
        }
        (a, b) => a == b,
    }
}

/// Whether an argument pattern may be read off a call: an applied or plain metavariable, or a number to be met.
fn may_peel(s: &Store, a: Id) -> bool {
    matches!(s.node(a), Node::Meta(..))
}

fn has_metas(s: &Store, p: Id) -> bool {
    s.any_subterm(p, &mut |n| {
        let mut hit = matches!(n, Node::Meta(..) | Node::Seq(_));
        n.for_each_aff(|a, _| hit |= a.vars().any(|v| matches!(v, IVar::Free(w) if s.var(w).kind == VarKind::Meta)));
        hit || matches!(n, Node::Diff { slot, .. } if slot.is_empty()) || matches!(n, Node::Limit { .. })
    })
}

/// A quick look at the heads: `false` only if the schema cannot fit.
pub(crate) fn could_fit(s: &Store, p: Id, t: Id) -> bool {
    match (s.node(p), s.node(t)) {
        (Node::Meta(..) | Node::Seq(_), _) => true,
        (Node::Index(_), n) => matches!(n, Node::Index(_) | Node::Num(_) | Node::Sum(_)),
        (Node::Num(a), Node::Num(b)) => a == b,
        (Node::Num(a), Node::Index(b)) => b.as_int().is_some_and(|k| a.to_i64() == Some(k)),
        (Node::Call(f, xs), Node::Call(g, ys)) => f == g && xs.len() == ys.len(),
        (Node::Big { op, .. }, Node::Big { op: q, .. }) => op == q,
        (Node::Rel(a, ..), Node::Rel(b, ..)) => a == b,
        (Node::Var(a), Node::Var(b)) => a == b,
        (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

#[cfg(test)]
mod tests;
