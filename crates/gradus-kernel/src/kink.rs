//! Kinks at which a derivative has no value: conditions of its natural domain rather than assumptions.

use gradus_decide::Facts;
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

/// Whether several kinks of what is differentiated lie where `cond`, some `a ≠ b`, fails: they may cancel, as in `relu(t) − relu(−t) = t`,
/// and then the derivative has a value there, which its formula need not give.
pub fn kinks_meet(s: &Store, left: Id, cond: Id) -> bool {
    let Node::Rel(RelOp::Ne, a, b) = s.node(cond) else { return false };
    let facts = Facts::new(s, &[]);
    let (there, turned) = (s.sub(*a, *b), s.sub(*b, *a));
    let here = |u: Id| facts.equal(u, there).is_proved() || facts.equal(u, turned).is_proved();
    let mut seen = rustc_hash::FxHashSet::default();
    let mut todo = vec![left];
    let mut met = 0;
    while let Some(t) = todo.pop() {
        if !seen.insert(t) {
            continue;
        }
        match s.node(t) {
            Node::Diff { body, point, .. } => todo.push(s.open(*body, &[Arg::Val(*point)])),
            Node::Call(f, xs) => {
                let kink = match (s.prim(*f), xs.as_ref()) {
                    (Some(Prim::Abs | Prim::Sign), [u]) => Some(*u),
                    (Some(Prim::Max | Prim::Min), [u, v]) => Some(s.sub(*u, *v)),
                    _ => None,
                };
                met += usize::from(kink.is_some_and(|u| s.loose(u) == 0 && here(u)));
                todo.extend(s.unfold(*f, xs));
                todo.extend(xs.iter().copied());
            }
            n => n.for_each_child(|c, _| todo.push(c)),
        }
    }
    met > 1
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
