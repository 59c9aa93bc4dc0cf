//! The chain rule through a tensor whose entries all have a share in each entry of a function of it, as a softmax of logits: the
//! function's own derivative is found once, and what stands inside is differentiated after it.

use super::window::Window;
use super::Moved;
use crate::draft::{outermost, Draft};
use crate::tidy::is_final;
use crate::Engine;
use gradus_kernel::{Ground, Procedure, Refused, Text, Weight};
use gradus_term::{Aff, Arg, FnId, FnKind, Focus, Id, Node, Position, RelOp, Sort, Store, VarId, VarInfo, VarKind};

/// A call `g(…, u, …)` of a definition or a function of the library that depends on the variable through one tensor `u` that is more
/// than the variable itself.
struct Through {
    g: FnId,
    args: Vec<Id>,
    slot: usize,
    u: Id,
}

impl Through {
    fn of(s: &Store, call: Id) -> Option<Through> {
        let Node::Call(g, args) = s.node(call) else { return None };
        let mut dependent = args.iter().copied().enumerate().filter(|(_, x)| s.loose(*x) > 0);
        let (slot, u) = dependent.next().filter(|_| s.prim(*g).is_none() && s.body(*g).is_some())?;
        let alone = dependent.next().is_none();
        let proper = s.sort(u).is_tensor() && !matches!(s.node(u), Node::Bound(..));
        (alone && proper).then(|| Through { g: *g, args: args.to_vec(), slot, u })
    }
    /// The call with a bound value in the place of `u`.
    fn of_bound(&self, s: &Store) -> Id {
        let bound = s.intern(Node::Bound(0, s.sort(self.u).clone()));
        s.call(self.g, &self.args.iter().enumerate().map(|(k, x)| if k == self.slot { bound } else { *x }).collect::<Vec<_>>())
    }
}

/// Letters for the entries of a tensor, and that they are in its range.
fn letters(s: &Store, names: [&str; 4], dims: &[Aff]) -> (Vec<VarId>, Vec<Id>) {
    let vars: Vec<VarId> = names.iter().zip(dims).map(|(w, _)| s.fresh(s.sym(w), Sort::Scalar, true)).collect();
    let range = |(v, n): (&VarId, &Aff)| {
        let i = s.name(*v);
        [s.rel(RelOp::Le, s.int(1), i), s.rel(RelOp::Le, i, s.index(n.clone()))]
    };
    let facts = vars.iter().zip(dims).flat_map(range).collect();
    (vars, facts)
}

fn entries(vars: &[VarId]) -> Box<[Aff]> {
    vars.iter().map(|v| Aff::free(*v)).collect()
}

impl<'s> Engine<'s> {
    /// `∂p_k/∂x` for `p = g(u)`: `Σ_l ∂p_k/∂u_l ∂u_l/∂x` with the derivative of g put in; whether it could. Where each entry of g rests
    /// on one entry of `u` alone the sum would say nothing.
    pub(super) fn through_tensor(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus) -> Result<bool, Refused> {
        let s = self.store;
        let Node::Diff { body, point, .. } = *s.node(f.part) else { return Ok(false) };
        let Node::Entry(t, ix) = s.node(body) else { return Ok(false) };
        let Some(through) = Through::of(s, *t) else { return Ok(false) };
        // What is linear in the variable is not worth a derivative at a point of its own.
        if !is_named(s, through.u) && self.is_linear(through.u) {
            return Ok(false);
        }
        if f.opened.iter().any(|v| s.var(*v).name.is_empty()) || !self.mixes(d, &through, point, ix, &f.facts) {
            return Ok(false);
        }
        self.chain_and_cite(d, pos, f, through.u)
    }
    /// `∂f(u)_k/∂x` of an unknown function of a tensor: `Σ_l ∂f_k/∂u_l ∂u_l/∂x`; whether it is one.
    pub(super) fn through_unknown(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus) -> Result<bool, Refused> {
        let s = self.store;
        let Node::Diff { body, .. } = *s.node(f.part) else { return Ok(false) };
        let Node::Entry(t, _) = s.node(body) else { return Ok(false) };
        let Node::Call(g, args) = s.node(*t) else { return Ok(false) };
        let mut dependent = args.iter().copied().filter(|x| s.loose(*x) > 0);
        let (Some(u), None) = (dependent.next(), dependent.next()) else { return Ok(false) };
        if s.fun(*g).kind != FnKind::Unknown || !s.sort(u).is_tensor() || matches!(s.node(u), Node::Bound(..)) {
            return Ok(false);
        }
        let Some(new) = gradus_kernel::chain_rule(s, f.part, u) else { return Ok(false) };
        d.step(pos, f, Ground::Recomputed(Procedure::ChainRule), new, "diff.chain_tensor", Text::words("chain rule"), Weight::Main)?;
        Ok(true)
    }
    /// `d/dx g(u, v)` of an unknown function of several numbers, or of a partial derivative of one: `∂₁g u′ + ∂₂g v′`.
    pub(super) fn through_arguments(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus, w: Window) -> Result<Moved, Refused> {
        let s = self.store;
        let Node::Diff { body, .. } = *s.node(f.part) else { return Ok(Moved::Stuck) };
        if is_final(s, body) {
            return Ok(Moved::Stuck);
        }
        let Some(new) = gradus_kernel::arguments_rule(s, f.part) else { return Ok(Moved::Stuck) };
        d.step(pos, f, Ground::Recomputed(Procedure::ChainRule), new, "diff.chain_arguments", Text::words("chain rule"), Weight::Main)?;
        self.take_along(d, w, Self::is_simple);
        Ok(Moved::Done)
    }
    /// `∂L/∂x` of a scalar that depends on x only through a named tensor `o` of which a function such as a softmax is taken:
    /// `Σ_l ∂L/∂o_l ∂o_l/∂x`, the first factor found apart; whether it could.
    pub(crate) fn through_argument(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let root = Position::root();
        let Ok(f) = d.proof.focus(&root) else { return false };
        let Node::Diff { body, point, .. } = *s.node(f.part) else { return false };
        if !s.sort(body).is_scalar() || matches!(s.node(body), Node::Entry(..)) {
            return false;
        }
        let calls = outermost_first(s, body, &|t| Through::of(s, t).is_some_and(|c| is_named(s, c.u) && s.sort(t).is_tensor()));
        for through in calls.into_iter().filter_map(|t| Through::of(s, t)) {
            if gradus_kernel::chain_rule(s, f.part, through.u).is_none() {
                continue;
            }
            let (own, facts) = letters(s, ["k", "n", "r", "t"], s.sort(s.call(through.g, &through.args)).dims());
            if !self.mixes(d, &through, point, &entries(&own), &facts) {
                continue;
            }
            let at = s.open(through.u, &[Arg::Val(point)]);
            let (vars, facts) = letters(s, ["l", "m", "p", "q"], s.sort(at).dims());
            let v = s.fresh(gradus_term::Sym::NONE, s.sort(point).clone(), false);
            let (opened, inner) = (s.open(body, &[Arg::Val(s.name(v))]), s.open(through.u, &[Arg::Val(s.name(v))]));
            let of = s.abstract_term(opened, inner);
            let outer = s.intern(Node::Diff { hint: gradus_term::Sym::NONE, body: of, slot: entries(&vars), point: at });
            return self.scalar_lemma(d, body, outer, &facts) && matches!(self.chain_and_cite(d, &root, &f, through.u), Ok(true));
        }
        false
    }
    /// Whether the derivative of the function's entry by an entry of its argument is known, or found now, and no multiple of a delta.
    fn mixes(&self, d: &Draft<'s>, through: &Through, point: Id, ix: &[Aff], facts: &[Id]) -> bool {
        let s = self.store;
        // It is about a name, so that it reads well and serves at every point.
        let at = s.open(through.u, &[Arg::Val(point)]);
        let z = if is_named(s, at) { at } else { s.name(s.declare(VarInfo::new("z", VarKind::Given, s.sort(at).clone()))) };
        let (vars, ranges) = letters(s, ["l", "m", "p", "q"], s.sort(at).dims());
        let entry = s.intern(Node::Entry(through.of_bound(s), ix.into()));
        let part = s.intern(Node::Diff { hint: gradus_term::Sym::NONE, body: entry, slot: entries(&vars), point: z });
        self.mixing_lemma(d, through.g, part, &[facts, &ranges].concat())
    }
    /// The chain rule through `u`, and the outer derivative that is known by now put in.
    fn chain_and_cite(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus, u: Id) -> Result<bool, Refused> {
        let s = self.store;
        let Some(new) = gradus_kernel::chain_rule(s, f.part, u) else { return Ok(false) };
        d.step(pos, f, Ground::Recomputed(Procedure::ChainRule), new, "diff.chain_tensor", Text::words("chain rule"), Weight::Main)?;
        let f = d.proof.focus(pos)?;
        if let Some(path) = outermost(s, f.part, &|n| matches!(n, Node::Diff { .. })).first() {
            let outer = Position::at(&[pos.path.as_slice(), path].concat());
            let f = d.proof.focus(&outer)?;
            self.cite_known(d, &outer, &f)?;
        }
        Ok(true)
    }
}

/// Whether this is a name of the worksheet for a tensor.
fn is_named(s: &Store, t: Id) -> bool {
    matches!(s.node(t), Node::Call(h, _) if s.fun(*h).is_constant_name() && !s.fun(*h).library)
}

/// The subterms that a test takes, outer ones first.
fn outermost_first(s: &Store, t: Id, is: &dyn Fn(Id) -> bool) -> Vec<Id> {
    let mut out = Vec::new();
    let mut todo = std::collections::VecDeque::from([t]);
    let mut seen = rustc_hash::FxHashSet::default();
    while let Some(x) = todo.pop_front() {
        if seen.insert(x) && seen.len() < 2000 {
            out.extend(is(x).then_some(x));
            s.node(x).for_each_child(|c, _| todo.push_back(c));
        }
    }
    out
}
