//! Kinks at which a derivative has no value: conditions of its natural domain rather than assumptions.

mod parted;

use gradus_decide::{Facts, Tri};
use gradus_term::{Aff, Arg, BigOp, FnKind, IVar, Id, Node, Prim, RelOp, Sort, Store, VarId};
use rustc_hash::FxHashMap;

/// What is differentiated, on the way to the places where it has a kink.
struct Search<'s> {
    s: &'s Store,
    /// What is known.
    facts: Facts<'s>,
    /// The variable.
    x: VarId,
    /// Indices of sums on the way.
    indices: Vec<VarId>,
    /// The conditions of those sums, each with its index.
    guards: Vec<(VarId, Id)>,
}

/// The kinks of what is differentiated: the terms that are 0 there.
struct Kinks {
    at: Vec<Id>,
    way: Way,
    /// Whether a factor of one may be 0, so that it is none.
    may_vanish: bool,
}

/// How the slope changes at the kinks found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// At each it bends as said.
    All(Bend),
    /// At each the same way, up or down by the sign of a common factor.
    Alike,
    /// There is but one.
    One,
}

/// Whether `cond` keeps the derivative `left` away from its kinks, and nothing makes up for them: what is differentiated is smooth
/// but for `c |u|`, `c relu(u)`, `c max(u, b)` with `b`, `c` free of the variable and `u` smooth in it, `max(u, v)` where one of these is a
/// constant times `u − v`, and cases that are `v + c relu(u)`, where there is one such
/// term (or a sum over `k` of which only one term depends on the entry), or where they all bend the same way, and `cond` says
/// `u ≠ 0` of one. The slopes to both sides differ by the sum of all `|c u′|` with `u = 0`: either the derivative has no value
/// there, or all these are 0 and the kinks add nothing to it. Where a sum leaves terms out, `u ≠ 0` must hold of those by itself, as
/// `s_j − s_y + 1 ≠ 0` does for j = y. Of a tensor of derivatives, each entry.
pub fn kink_is_domain(s: &Store, known: &[Id], left: Id, cond: Id) -> bool {
    kink(&Facts::new(s, known), left, cond, false)
}
/// Whether what is differentiated surely has a kink where `cond`, some `u ≠ 0`, fails and u has a slope: its factors are not 0.
pub(crate) fn surely_kink(facts: &Facts<'_>, left: Id, cond: Id) -> bool {
    matches!(facts.store().node(cond), Node::Rel(RelOp::Ne, ..)) && kink(facts, left, cond, true)
}
fn kink(known: &Facts<'_>, left: Id, cond: Id, surely: bool) -> bool {
    let s = known.store();
    let entry = match s.node(left) {
        Node::Tensor { .. } => s.open_child(left, 0).map_or(left, |(_, e)| e),
        _ => left,
    };
    let Node::Diff { body, point, .. } = s.node(entry) else { return false };
    let Node::Rel(RelOp::Ne, a, b) = s.node(cond) else {
        return matches!(s.node(cond), Node::Rel(RelOp::Eq, ..)) && is_largest(known, *body, *point, cond);
    };
    let x = s.fresh(gradus_term::Sym::NONE, s.sort(*point).clone(), false);
    let mut search = Search { s, facts: known.clone(), x, indices: Vec::new(), guards: Vec::new() };
    let opened = s.open(*body, &[Arg::Val(s.name(x))]);
    let at: FxHashMap<VarId, Arg> = std::iter::once((x, Arg::Val(*point))).collect();
    let parted = search.parted(opened).filter(|_| !surely).map(|u| s.subst(u, &at));
    if parted.is_some_and(|u| says_apart(s, (*a, *b), u)) {
        return true;
    }
    let Some(kinks) = search.kinks(opened) else { return false };
    if surely && kinks.may_vanish {
        return false;
    }
    let facts = Facts::new(s, &[]);
    let is = |u: Id| says_apart(s, (*a, *b), u);
    let integers: Vec<VarId> = s.free_vars(cond).into_iter().filter(|v| s.var(*v).is_integer()).collect();
    kinks.at.into_iter().map(|u| s.subst(u, &at)).any(|u| {
        let own: Vec<VarId> = search.indices.iter().copied().filter(|k| s.mentions(u, *k)).collect();
        match own.as_slice() {
            [] => search.guards.is_empty() && is(u),
            [k] => integers.iter().any(|w| {
                let there = std::iter::once((*k, Arg::Idx(Aff::free(*w)))).collect();
                let (u, zero) = (s.subst(u, &there), s.int(0));
                let left_out = |c: Id| facts.with(&[s.intern(Node::Not(s.subst(c, &there)))]).holds(s.rel(RelOp::Ne, u, zero)) == Tri::True;
                is(u) && search.guards.iter().all(|(i, c)| i == k && left_out(*c))
            }),
            _ => false,
        }
    })
}

/// Whether `a ≠ b` says that u is not 0.
fn says_apart(s: &Store, (a, b): (Id, Id), u: Id) -> bool {
    let said = if is_zero(s, b) {
        a
    } else if is_zero(s, a) {
        b
    } else {
        s.sub(a, b)
    };
    let facts = Facts::new(s, &[]);
    [said, s.neg(said)].iter().any(|t| facts.equal(u, *t).is_proved())
}

/// Whether `cond` says that a largest (or smallest) of many is reached once, of which what is differentiated is a multiple beside what is
/// smooth, and each entry of the variable is in one of the many, which is smooth. Where the largest is reached twice, the derivative
/// by an entry of one that reaches it has no value, or it is 0, as its formula says; and so it is for an entry of another.
fn is_largest(known: &Facts<'_>, body: Id, point: Id, cond: Id) -> bool {
    let s = known.store();
    let x = s.fresh(gradus_term::Sym::NONE, s.sort(point).clone(), false);
    let search = Search { s, facts: known.clone(), x, indices: Vec::new(), guards: Vec::new() };
    let Some(largest) = search.only_largest(s.open(body, &[Arg::Val(s.name(x))])) else { return false };
    let Some((vars, u)) = s.open_child(largest, 0) else { return false };
    let u = with_entries_open(s, u);
    let apart = vars.first().is_some_and(|j| search.is_smooth(u) && search.one_term_depends(u, *j));
    let at = std::iter::once((x, Arg::Val(point))).collect();
    apart && gradus_decide::reached_once(s, s.subst(largest, &at)).is_some_and(|c| s.same(c, cond))
}
/// A term with the entries of names and of operations written out.
fn with_entries_open(s: &Store, t: Id) -> Id {
    let entry = match s.node(t) {
        Node::Entry(u, ix) => opened_entry(s, *u, ix),
        _ => None,
    };
    match entry {
        Some(e) => with_entries_open(s, e),
        None if s.node(t).children().is_empty() => t,
        None => s.intern(s.node(t).map_children(&mut |c, _| with_entries_open(s, c))),
    }
}

/// The entry of an operation by its entries, that of a name by what it stands for.
fn opened_entry(s: &Store, t: Id, at: &[Aff]) -> Option<Id> {
    s.entry(t, at).or_else(|| match s.node(t) {
        Node::Call(f, xs) => s.unfold(*f, xs).map(|b| s.make_entry(b, at)),
        _ => None,
    })
}

/// Whether several kinks of what is differentiated may lie where `cond`, some `a ≠ b`, fails: they may cancel, as in
/// `relu(t) − relu(−t) = t` or, where `a = b`, in `relu(x − a) − relu(b − x)`, and then the derivative has a value there, which
/// its formula need not give. Kinks that bend the same way, as in `|u| + |v|`, do not cancel; what is known may keep kinks apart.
pub fn kinks_meet(s: &Store, known: &[Id], left: Id, cond: Id) -> bool {
    if let Node::Rel(RelOp::Gt | RelOp::Lt, a, b) = s.node(cond) {
        return boundary_is_rough(s, known, left, cond, s.sub(*a, *b));
    }
    let Node::Rel(RelOp::Ne, a, b) = s.node(cond) else { return false };
    let mut all = Bends { s, found: Vec::new(), seen: rustc_hash::FxHashSet::default() };
    all.derivatives(left);
    if all.found.len() < 2 {
        return false;
    }
    let facts = Facts::new(s, known);
    let (there, turned) = (s.sub(*a, *b), s.sub(*b, *a));
    let own = |u: Id| facts.equal(u, there).is_proved() || facts.equal(u, turned).is_proved();
    if !all.found.iter().any(|k| own(k.0)) {
        return false;
    }
    let zero = s.int(0);
    let keeps_off = |here: Id, other: Id| facts.with(&[s.rel(RelOp::Eq, here, zero)]).holds(s.rel(RelOp::Ne, other, zero)) == Tri::True;
    let apart = |u: Id| keeps_off(there, u) || keeps_off(u, there);
    // A kink of what has kinks itself may fill an interval that ends at one of those, as that of `max(x, |x|)` does at 0.
    let mut within = Bends { s, found: Vec::new(), seen: rustc_hash::FxHashSet::default() };
    within.search(there, Bend::Up);
    if within.found.iter().any(|k| !apart(k.0)) {
        return true;
    }
    let meeting: Vec<Bend> = all.found.iter().filter(|k| own(k.0) || !apart(k.0)).map(|k| k.1).collect();
    let same_way = [Bend::Up, Bend::Down].iter().any(|way| meeting.iter().all(|b| b == way));
    meeting.len() > 1 && !same_way
}

/// Whether what is differentiated has a value where `cond`, some `u > 0`, fails, and u has a kink: it may be 0 on an interval, as that of
/// `√(relu(x)²)` is for x < 0.
fn boundary_is_rough(s: &Store, known: &[Id], left: Id, cond: Id, u: Id) -> bool {
    let mut within = Bends { s, found: Vec::new(), seen: rustc_hash::FxHashSet::default() };
    within.search(u, Bend::Up);
    let facts = Facts::new(s, known);
    !within.found.is_empty() && crate::domain::necessary_needs(&facts, left).is_some_and(|n| facts.with(&n).holds(cond) != Tri::True)
}

/// How the slope changes at a kink.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Bend {
    /// It grows, as at that of `|u|`.
    Up,
    /// It falls.
    Down,
    /// Not known; or the value jumps.
    Either,
}

impl Bend {
    fn turned(self) -> Self {
        match self {
            Bend::Up => Bend::Down,
            Bend::Down => Bend::Up,
            Bend::Either => Bend::Either,
        }
    }
}

/// The kinks of what is differentiated: where they lie (the zeros of a term), and how they bend.
struct Bends<'s> {
    s: &'s Store,
    found: Vec<(Id, Bend)>,
    seen: rustc_hash::FxHashSet<(Id, Bend)>,
}

impl Bends<'_> {
    /// Every derivative in the term.
    fn derivatives(&mut self, t: Id) {
        let s = self.s;
        let mut todo = vec![t];
        while let Some(t) = todo.pop() {
            match s.node(t) {
                Node::Diff { body, point, .. } | Node::Differential { body, point, .. } => {
                    let before = self.found.len();
                    self.search(s.open(*body, &[Arg::Val(*point)]), Bend::Up);
                    if let Node::Var(v) = s.node(*point) {
                        let moves = |u: Id| s.mentions(u, *v);
                        let mut k = 0;
                        self.found.retain(|(u, _)| {
                            k += 1;
                            k <= before || moves(*u)
                        });
                    }
                }
                n => n.for_each_child(|c, _| todo.push(c)),
            }
        }
    }
    fn kink(&mut self, u: Id, bend: Bend) {
        // Under a binder a kink stands for many, which are not told apart here.
        if self.s.loose(u) == 0 {
            self.found.push((u, bend));
        }
    }
    fn search(&mut self, t: Id, bend: Bend) {
        let s = self.s;
        if !self.seen.insert((t, bend)) {
            return;
        }
        match s.node(t) {
            Node::Sum(xs) => xs.iter().for_each(|x| self.search(x.term, if x.neg { bend.turned() } else { bend })),
            Node::Product(xs) => {
                for (k, x) in xs.iter().enumerate() {
                    let others: Vec<Id> = xs.iter().enumerate().filter(|(j, _)| *j != k).map(|(_, y)| *y).collect();
                    self.search(*x, self.beside(&others, bend));
                }
            }
            Node::Quot(a, b) => {
                self.search(*a, self.beside(&[*b], bend));
                self.search(*b, Bend::Either);
            }
            Node::Diff { body, point, .. } => self.search(s.open(*body, &[Arg::Val(*point)]), Bend::Either),
            Node::Big { op: BigOp::Sum, cond: None, body, .. } => self.search(*body, bend),
            Node::Iverson(c) => self.jumps(*c, &mut Vec::new()),
            Node::Cases(bs, otherwise) => {
                let mut met = Vec::new();
                bs.iter().for_each(|b| self.jumps(b.0, &mut met));
                bs.iter().map(|b| b.1).chain(*otherwise).for_each(|v| self.search(v, Bend::Either));
            }
            Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
                (Some(Prim::Abs), [u]) => {
                    self.kink(*u, bend);
                    self.search(*u, Bend::Either);
                }
                (Some(Prim::Sign), [u]) => {
                    self.kink(*u, Bend::Either);
                    self.search(*u, Bend::Either);
                }
                (Some(p @ (Prim::Max | Prim::Min)), [u, v]) => {
                    self.kink(s.sub(*u, *v), if p == Prim::Max { bend } else { bend.turned() });
                    self.search(*u, bend);
                    self.search(*v, bend);
                }
                _ => match s.unfold(*f, xs) {
                    Some(body) => self.search(body, bend),
                    None => xs.iter().for_each(|x| self.search(*x, Bend::Either)),
                },
            },
            n => n.for_each_child(|c, _| self.search(c, Bend::Either)),
        }
    }
    /// How a kink bends beside factors (or above a denominator).
    fn beside(&self, others: &[Id], bend: Bend) -> Bend {
        let facts = Facts::new(self.s, &[]);
        others.iter().fold(bend, |b, x| match self.s.loose(*x) {
            0 if facts.sign(*x).is_nonneg() => b,
            0 if !facts.sign(*x).pos => b.turned(),
            _ => Bend::Either,
        })
    }
    /// Where a condition between reals changes, the value may jump; `met` are the conditions of the same choice before it. Where one of
    /// these is its opposite, it tells nothing more apart. An equation is met and left at once: there are two changes.
    fn jumps(&mut self, cond: Id, met: &mut Vec<Id>) {
        let s = self.s;
        match s.node(cond) {
            Node::Rel(op, a, b) if s.sort(*a).is_scalar() && (s.as_aff(*a).is_none() || s.as_aff(*b).is_none()) => {
                if met.iter().any(|c| gradus_decide::opposite(s, *c, cond)) {
                    return;
                }
                met.push(cond);
                self.kink(s.sub(*a, *b), Bend::Either);
                if matches!(op, RelOp::Eq | RelOp::Ne) {
                    self.kink(s.sub(*a, *b), Bend::Either);
                }
            }
            n => n.for_each_child(|c, _| self.jumps(c, met)),
        }
    }
}

impl Kinks {
    fn turned(self) -> Self {
        let way = match self.way {
            Way::All(b) => Way::All(b.turned()),
            w => w,
        };
        Kinks { way, ..self }
    }
    /// These and others, if they bend the same way.
    fn beside(mut self, others: Kinks) -> Option<Self> {
        let same = matches!(self.way, Way::All(_)) && self.way == others.way;
        self.at.extend(others.at);
        self.may_vanish |= others.may_vanish;
        same.then_some(self)
    }
}

impl Search<'_> {
    /// Where the term has kinks, of `|u|`, `relu(u)` and `max(u, b)`; `None` if they may make up for each other.
    fn kinks(&mut self, t: Id) -> Option<Kinks> {
        let s = self.s;
        match s.node(t) {
            Node::Sum(xs) => {
                let mut all: Option<Kinks> = None;
                let rough: Vec<_> = xs.iter().filter(|x| !self.is_smooth(x.term)).collect();
                for x in rough {
                    let more = self.kinks(x.term)?;
                    let more = if x.neg { more.turned() } else { more };
                    all = Some(match all {
                        Some(one) => one.beside(more)?,
                        None => more,
                    });
                }
                all
            }
            Node::Product(xs) => self.only(xs),
            Node::Quot(a, b) if !s.mentions(*b, self.x) => self.kinks(*a).map(|k| self.times(k, *b)),
            Node::Big { op: BigOp::Sum, cond, .. } => {
                let (vars, body) = s.open_child(t, 0)?;
                let k = *vars.first()?;
                self.indices.push(k);
                self.guards.extend(cond.map(|c| (k, s.open(c, &[Arg::Idx(Aff::free(k))]))));
                let kinks = self.kinks(body)?;
                (kinks.way != Way::One || self.one_term_depends(body, k)).then_some(kinks)
            }
            Node::Entry(u, ix) => opened_entry(s, *u, ix).and_then(|e| self.kinks(e)),
            Node::MatMul(_) => s.scalar_form(t).and_then(|e| self.kinks(e)),
            Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
                (Some(Prim::Abs), [u]) if s.sort(*u).is_scalar() && self.is_smooth(*u) => {
                    Some(Kinks { at: vec![*u], way: Way::All(Bend::Up), may_vanish: false })
                }
                // Where the slopes of both agree, they must be 0, as the formula says.
                (Some(p @ (Prim::Max | Prim::Min)), [a, b]) => {
                    let (u, b) = if s.mentions(*b, self.x) { (*b, *a) } else { (*a, *b) };
                    let way = Way::All(if p == Prim::Max { Bend::Up } else { Bend::Down });
                    let own = Kinks { at: vec![if is_zero(s, b) { u } else { s.sub(u, b) }], way, may_vanish: false };
                    match self.is_smooth(u) {
                        _ if !s.sort(u).is_scalar() => None,
                        _ if s.mentions(b, self.x) => self.steady(u, b).then_some(own),
                        true => Some(own),
                        false => own.beside(self.kinks(u)?),
                    }
                }
                (Some(_), _) => s.scalar_form(t).and_then(|e| self.kinks(e)),
                (None, _) => s.unfold(*f, xs).and_then(|b| self.kinks(b)),
            },
            Node::Cases(branches, otherwise) => {
                let (cond, u, v) = gradus_decide::two_branches(s, branches, *otherwise)?;
                self.bend(cond, u, v)
            }
            _ => None,
        }
    }
    /// The one largest or smallest of many in a term that is a multiple of it beside what is smooth.
    fn only_largest(&self, t: Id) -> Option<Id> {
        let s = self.s;
        let one = |xs: Vec<Id>| match xs.as_slice() {
            [one] => self.only_largest(*one),
            _ => None,
        };
        match s.node(t) {
            Node::Big { op: BigOp::Max | BigOp::Min, cond: None, .. } => Some(t),
            Node::Sum(xs) => one(xs.iter().map(|x| x.term).filter(|x| !self.is_smooth(*x)).collect()),
            Node::Product(xs) => one(xs.iter().copied().filter(|x| s.mentions(*x, self.x)).collect()),
            Node::Quot(a, b) if !s.mentions(*b, self.x) => self.only_largest(*a),
            Node::Call(f, xs) if s.prim(*f).is_none() => s.unfold(*f, xs).and_then(|b| self.only_largest(b)),
            _ => None,
        }
    }
    /// Whether `u` and `v` have the slope 0 wherever they have the same one: one of them is `c (u − v)` with c free of the variable, or
    /// `u = c v` with such a c that is not 1.
    fn steady(&self, u: Id, v: Id) -> bool {
        let s = self.s;
        let e = s.sub(u, v);
        let multiple = |a: Id, b: Id| self.facts.constant_multiple(self.x, a, (b, 1));
        let not_one = |c: Id| self.facts.holds(s.rel(RelOp::Ne, c, s.int(1))) == Tri::True;
        let proportional = || [(u, v), (v, u)].into_iter().any(|(a, b)| multiple(a, b).is_some_and(not_one));
        self.is_smooth(u) && self.is_smooth(v) && ([u, v].into_iter().any(|w| multiple(w, e).is_some()) || proportional())
    }
    /// Where `u` if `a > b`, else `v` bends: it is `v + c relu(a − b)` if `u − v` is `c (a − b)` with c free of the variable.
    fn bend(&self, cond: Id, u: Id, v: Id) -> Option<Kinks> {
        let s = self.s;
        let e = match s.node(cond) {
            Node::Rel(RelOp::Gt | RelOp::Ge, a, b) => s.sub(*a, *b),
            Node::Rel(RelOp::Lt | RelOp::Le, a, b) => s.sub(*b, *a),
            _ => return None,
        };
        let smooth = s.sort(u).is_scalar() && [e, u, v].into_iter().all(|t| self.is_smooth(t));
        let c = self.facts.constant_multiple(self.x, s.sub(u, v), (e, 1)).filter(|_| smooth)?;
        Some(self.times(Kinks { at: vec![e], way: Way::All(Bend::Up), may_vanish: false }, c))
    }
    /// The one factor that depends on the variable, beside the others.
    fn only(&mut self, xs: &[Id]) -> Option<Kinks> {
        let (with, others): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| self.s.mentions(**x, self.x));
        let [one] = with.as_slice() else { return None };
        let kinks = self.kinks(*one)?;
        Some(others.into_iter().fold(kinks, |k, c| self.times(k, c)))
    }
    /// Kinks times, or over, something free of the variable.
    fn times(&self, kinks: Kinks, c: Id) -> Kinks {
        let s = self.s;
        let sign = self.facts.sign(c);
        let kinks = Kinks { may_vanish: kinks.may_vanish || !sign.is_nonzero(), ..kinks };
        if sign.is_nonneg() {
            return kinks;
        }
        if !sign.pos {
            return kinks.turned();
        }
        let varies = kinks.way == Way::One || self.indices.iter().any(|k| s.mentions(c, *k));
        Kinks { way: if varies { Way::One } else { Way::Alike }, ..kinks }
    }
    /// Sums and products of entries of the variable, and what is free of it.
    fn is_smooth(&self, t: Id) -> bool {
        let s = self.s;
        if !s.mentions(t, self.x) {
            return true;
        }
        match s.node(t) {
            Node::Var(_) => true,
            Node::Sum(_) | Node::Product(_) | Node::MatMul(_) | Node::Entry(..) => s.node(t).children().iter().all(|c| self.is_smooth(c.0)),
            Node::Pow(b, k) => {
                let whole = s.as_rational(*k).and_then(|q| q.to_i64()).filter(|q| *q >= 0);
                match s.node(*b) {
                    // The square of a norm is a sum of squares.
                    Node::Call(f, xs) if s.prim(*f) == Some(Prim::Norm) => {
                        whole.is_some_and(|q| q % 2 == 0) && xs.iter().all(|x| self.is_smooth(*x))
                    }
                    _ => whole.is_some() && self.is_smooth(*b),
                }
            }
            Node::Quot(a, b) if !s.mentions(*b, self.x) => self.is_smooth(*a),
            Node::Big { op: BigOp::Sum, .. } => s.open_child(t, 0).is_some_and(|(_, body)| self.is_smooth(body)),
            Node::Call(f, xs) => {
                let smooth = match s.fun(*f).kind {
                    FnKind::Prim(p) => matches!(
                        p,
                        Prim::Transpose
                            | Prim::Tr
                            | Prim::Dot
                            | Prim::SumAll
                            | Prim::Hadamard
                            | Prim::Outer
                            | Prim::Diag
                            | Prim::Exp
                            | Prim::Sin
                            | Prim::Cos
                    ),
                    FnKind::Defined => return s.unfold(*f, xs).is_some_and(|b| self.is_smooth(b)),
                    FnKind::Unknown => false,
                };
                smooth && xs.iter().all(|x| self.is_smooth(*x))
            }
            _ => false,
        }
    }
    /// Whether the variable occurs in `t` only by entries with `k` as their index in one place: then one term alone of the sum
    /// over `k` depends on an entry of it.
    fn one_term_depends(&self, t: Id, k: VarId) -> bool {
        let s = self.s;
        let Sort::Tensor(dims) = s.sort(s.name(self.x)) else { return false };
        let k = Aff::var(IVar::Free(k));
        (0..dims.len()).any(|place| {
            let closed = |ix: &[Aff]| ix.get(place) == Some(&k);
            // The variable with its entries at `k` taken away does not occur.
            let mut todo = vec![t];
            while let Some(u) = todo.pop() {
                match s.node(u) {
                    Node::Var(v) if *v == self.x => return false,
                    Node::Entry(w, ix) if matches!(s.node(*w), Node::Var(v) if *v == self.x) && closed(ix) => {}
                    n => n.for_each_child(|c, _| todo.push(c)),
                }
            }
            true
        })
    }
}

/// Whether `t` is the derivative of cases with two branches that meet with one slope wherever their condition changes.
pub fn branches_join(s: &Store, facts: &Facts<'_>, t: Id) -> bool {
    let Node::Diff { hint, body, point, .. } = s.node(t) else { return false };
    let x = s.fresh(*hint, s.sort(*point).clone(), false);
    let Node::Cases(branches, otherwise) = s.node(s.open(*body, &[Arg::Val(s.name(x))])) else { return false };
    gradus_decide::two_branches(s, branches, *otherwise).is_some_and(|(cond, u, v)| match s.node(cond) {
        Node::Rel(_, a, b) => facts.joins_smoothly(x, (*a, *b), (u, v)),
        _ => false,
    })
}

fn is_zero(s: &Store, t: Id) -> bool {
    s.as_rational(t).is_some_and(|q| q.is_zero())
}
