//! Kinks at which a derivative has no value: conditions of its natural domain rather than assumptions.

use gradus_decide::{Facts, Tri};
use gradus_term::{Aff, Arg, BigOp, FnKind, IVar, Id, Node, Prim, RelOp, Sort, Store, VarId};
use rustc_hash::FxHashMap;

/// What is differentiated, on the way to the one place where it has a kink.
struct Search<'s> {
    s: &'s Store,
    /// The variable.
    x: VarId,
    /// Indices of sums of which only one term depends on an entry of the variable.
    indices: Vec<VarId>,
}

/// Whether `cond` keeps the derivative `left` away from its only kink: what is differentiated is `c |u| + v` or `c relu(u) + v`
/// with `c` free of the variable and `u`, `v` smooth in it (or a sum over `k` of which only one term depends on the entry), and
/// `cond` says `u ≠ 0`. Of a tensor of derivatives, each entry. Where `u = 0`, either the derivative has no value, or `c u′ = 0` and the kink adds nothing to it.
pub fn kink_is_domain(s: &Store, left: Id, cond: Id) -> bool {
    let entry = match s.node(left) {
        Node::Tensor { .. } => s.open_child(left, 0).map_or(left, |(_, e)| e),
        _ => left,
    };
    let (Node::Diff { body, point, .. }, Node::Rel(RelOp::Ne, a, zero)) = (s.node(entry), s.node(cond)) else { return false };
    if s.as_rational(*zero).is_none_or(|q| !q.is_zero()) {
        return false;
    }
    let x = s.fresh(gradus_term::Sym::NONE, s.sort(*point).clone(), false);
    let mut search = Search { s, x, indices: Vec::new() };
    let Some(u) = search.kink(s.open(*body, &[Arg::Val(s.name(x))])) else { return false };
    let at: FxHashMap<VarId, Arg> = std::iter::once((x, Arg::Val(*point))).collect();
    let u = s.subst(u, &at);
    let facts = Facts::new(s, &[]);
    let integers: Vec<VarId> = s.free_vars(*a).into_iter().filter(|v| s.var(*v).is_integer()).collect();
    match search.indices.as_slice() {
        [] => facts.equal(u, *a).is_proved(),
        [k] => integers.iter().any(|w| {
            let map = std::iter::once((*k, Arg::Idx(Aff::free(*w)))).collect();
            facts.equal(s.subst(u, &map), *a).is_proved()
        }),
        _ => false,
    }
}

/// Whether several kinks of what is differentiated may lie where `cond`, some `a ≠ b`, fails: they may cancel, as in
/// `relu(t) − relu(−t) = t` or, where `a = b`, in `relu(x − a) − relu(b − x)`, and then the derivative has a value there, which
/// its formula need not give. Kinks that bend the same way, as in `|u| + |v|`, do not cancel; what is known may keep kinks apart.
pub fn kinks_meet(s: &Store, known: &[Id], left: Id, cond: Id) -> bool {
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
    let meeting: Vec<Bend> = all.found.iter().filter(|k| own(k.0) || !apart(k.0)).map(|k| k.1).collect();
    let same_way = [Bend::Up, Bend::Down].iter().any(|way| meeting.iter().all(|b| b == way));
    meeting.len() > 1 && !same_way
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
            Node::Iverson(c) => self.jumps(*c),
            Node::Cases(bs, otherwise) => {
                bs.iter().for_each(|b| self.jumps(b.0));
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
    /// Where a condition between reals changes, the value may jump.
    fn jumps(&mut self, cond: Id) {
        let s = self.s;
        match s.node(cond) {
            Node::Rel(_, a, b) if s.sort(*a).is_scalar() && (s.as_aff(*a).is_none() || s.as_aff(*b).is_none()) => {
                self.kink(s.sub(*a, *b), Bend::Either);
            }
            n => n.for_each_child(|c, _| self.jumps(c)),
        }
    }
}

impl Search<'_> {
    /// The argument of the only `|u|` or `relu(u)` that depends on the variable.
    fn kink(&mut self, t: Id) -> Option<Id> {
        let s = self.s;
        match s.node(t) {
            Node::Sum(xs) => {
                let mut rough = xs.iter().map(|x| x.term).filter(|x| !self.is_smooth(*x));
                let one = rough.next()?;
                if rough.next().is_some() {
                    return None;
                }
                self.kink(one)
            }
            Node::Product(xs) => self.only(xs),
            Node::Quot(a, b) if !s.mentions(*b, self.x) => self.kink(*a),
            Node::Big { op: BigOp::Sum, cond: None, .. } => {
                let (vars, body) = s.open_child(t, 0)?;
                let k = *vars.first()?;
                if !self.one_term_depends(body, k) {
                    return None;
                }
                self.indices.push(k);
                self.kink(body)
            }
            Node::Entry(u, ix) => s.entry(*u, ix).and_then(|e| self.kink(e)),
            Node::MatMul(_) => s.scalar_form(t).and_then(|e| self.kink(e)),
            Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
                (Some(Prim::Abs), [u]) => self.smooth(*u),
                (Some(Prim::Max), [u, z]) if is_zero(s, *z) => self.smooth(*u),
                (Some(_), _) => s.scalar_form(t).and_then(|e| self.kink(e)),
                (None, [_]) if s.fun(*f).library => s.unfold(*f, xs).and_then(|b| self.kink(b)),
                _ => None,
            },
            _ => None,
        }
    }
    /// The one factor that depends on the variable.
    fn only(&mut self, xs: &[Id]) -> Option<Id> {
        let mut with = xs.iter().filter(|x| self.s.mentions(**x, self.x));
        let one = *with.next()?;
        if with.next().is_some() {
            return None;
        }
        self.kink(one)
    }
    fn smooth(&self, u: Id) -> Option<Id> {
        (self.s.sort(u).is_scalar() && self.is_smooth(u)).then_some(u)
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
            Node::Pow(b, k) => s.as_rational(*k).is_some_and(|q| q.is_integer() && !q.is_negative()) && self.is_smooth(*b),
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
                    _ => false,
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

fn is_zero(s: &Store, t: Id) -> bool {
    s.as_rational(t).is_some_and(|q| q.is_zero())
}
