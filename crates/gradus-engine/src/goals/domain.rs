//! What a solution says of where it holds: conditions of the natural domain are notes, others are assumptions.

use crate::draft::Draft;
use crate::tidy::has_derivative;
use crate::Engine;
use gradus_decide::{Definedness, Facts};
use gradus_judge::Verdict;
use gradus_kernel::Text;
use gradus_term::{Aff, Arg, BigOp, Id, Node, Prim, RelOp, Sort, Store, VarId, VarKind};
use rustc_hash::FxHashMap;

/// Letters for an index that has none of its own.
const LETTERS: [&str; 4] = ["r", "s", "p", "q"];

impl<'s> Engine<'s> {
    /// The conditions that are of the natural domain of `left = result` and need only a note, and those that are assumed: the
    /// derivative has no value at its only kink, and the result none where a matrix in it has no inverse.
    pub(crate) fn natural(&self, left: Id, result: Id, givens: &[Id], conditions: Vec<Id>) -> (Vec<Id>, Vec<Id>) {
        let (kinks, others): (Vec<Id>, Vec<Id>) =
            conditions.into_iter().partition(|c| gradus_kernel::kink_is_domain(self.store, givens, left, *c));
        // The equation itself, without the conditions, must stand before the judge, who looks at kinks.
        let stands = kinks.is_empty() || !matches!(self.prover.judge().equal(self.store, left, result, givens), Verdict::Refuted(_));
        let (mut notes, others) = if stands { (kinks, others) } else { (Vec::new(), kinks.into_iter().chain(others).collect()) };
        // A claim is about what its left side says: there an inverse on the right is no part of what is found.
        let found = has_derivative(self.store, left);
        let (inverses, assumed): (Vec<Id>, Vec<Id>) = others.into_iter().partition(|c| found && self.is_needed_inverse(result, givens, *c));
        notes.extend(inverses);
        (notes, assumed)
    }
    /// Whether `cond` says that a matrix has an inverse, and the result needs that to have a value.
    fn is_needed_inverse(&self, result: Id, givens: &[Id], cond: Id) -> bool {
        let s = self.store;
        if s.invertible(cond).is_none() || !s.any_subterm(result, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Inv))) {
            return false;
        }
        let facts = Facts::new(s, givens);
        match facts.defined(result) {
            Definedness::Unknown { needs } => needs.iter().any(|n| s.same(*n, cond)) || facts.with(&needs).holds(cond).is_true(),
            _ => false,
        }
    }
    /// A condition with its derivatives worked out: `∂f/∂u ≠ 0` with f = u² − a is `2u ≠ 0`.
    fn without_derivatives(&self, givens: &[Id], condition: Id) -> Id {
        let s = self.store;
        let Node::Rel(op, a, b) = *s.node(condition) else { return condition };
        let shown = self.pending.take();
        let [a, b] = [a, b].map(|t| {
            let mut d = Draft::new(self.prover, t, givens);
            if !has_derivative(s, t) || !self.push_derivatives(&mut d) {
                return t;
            }
            d.tidy();
            d.current()
        });
        self.pending.replace(shown);
        s.rel(op, a, b)
    }
    /// Conditions as notes. What another says already is not said again: of `x > 0` and `x ≠ 0` the first is enough.
    pub(crate) fn noted(&self, givens: &[Id], conditions: Vec<Id>) -> Vec<Text> {
        let s = self.store;
        let facts = Facts::new(s, givens);
        let worked = conditions.into_iter().map(|c| self.without_derivatives(givens, c));
        let mut conditions: Vec<Id> = worked.filter(|c| !facts.holds(*c).is_true()).collect();
        let mut k = conditions.len();
        while k > 0 && conditions.len() > 1 {
            k -= 1;
            let others: Vec<Id> = conditions.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, c)| *c).collect();
            if conditions.get(k).is_some_and(|c| Facts::new(s, givens).with(&others).holds(*c).is_true()) {
                conditions.remove(k);
            }
        }
        let solved = super::conditions::solved(&Facts::new(s, givens), &conditions);
        let note = |c: &Id| match s.invertible(*c) {
            Some(m) => Text::words("for ").term(m).and(" invertible"),
            None => reached_once(s, *c).unwrap_or_else(|| Text::words("for ").term(*c)),
        };
        solved.iter().map(note).collect()
    }
}

/// "where the largest of xᵢ is reached once", for the condition that says so.
fn reached_once(s: &Store, cond: Id) -> Option<Text> {
    let Node::Rel(RelOp::Eq, count, _) = s.node(cond) else { return None };
    let Node::Big { op: BigOp::Sum, hint, .. } = s.node(*count) else { return None };
    let (vars, reached) = s.open_child(*count, 0)?;
    let Node::Iverson(c) = s.node(reached) else { return None };
    let Node::Rel(RelOp::Eq, u, largest) = s.node(*c) else { return None };
    let word = match s.node(*largest) {
        Node::Big { op: BigOp::Max, .. } => "where the largest of the ",
        Node::Big { op: BigOp::Min, .. } => "where the smallest of the ",
        _ => return None,
    };
    gradus_decide::reached_once(s, *largest).filter(|own| s.same(*own, cond))?;
    let letter = s.fresh(*hint, Sort::Scalar, true);
    let map = vars.first().map(|v| (*v, Arg::Idx(Aff::free(letter)))).into_iter().collect();
    Some(Text::words(word).term(s.subst(*u, &map)).and(" is reached by one alone"))
}

/// Conditions that differ in more than the names of opened indices, each once, with letters for indices that have none.
pub(super) fn distinct(s: &Store, conditions: &[Id]) -> Vec<Id> {
    let letters: Vec<VarId> = LETTERS.iter().map(|w| s.fresh(s.sym(w), Sort::Scalar, true)).collect();
    let mut seen: Vec<Id> = Vec::new();
    let mut out = Vec::new();
    for c in conditions.iter().map(|c| without_ones(s, of_elements(s, *c))) {
        let (key, shown) = (without_names(s, by_entries(s, c)), lettered(s, c, &letters));
        match seen.iter().position(|k| *k == key) {
            None => {
                seen.push(key);
                out.push(shown);
            }
            // Of two ways to say the same the shorter one is shown.
            Some(k) => {
                if let Some(old) = out.get_mut(k).filter(|old| crate::cost(s, shown) < crate::cost(s, **old)) {
                    *old = shown;
                }
            }
        }
    }
    out
}

/// A condition without the ones that entries of vectors of ones left in products.
fn without_ones(s: &Store, cond: Id) -> Id {
    s.bottom_up(cond, true, &mut |x| match s.node(x) {
        Node::Product(xs) if s.sort(x).is_scalar() && xs.iter().any(|y| crate::tidy::is_one(s, *y)) => {
            s.product(&xs.iter().copied().filter(|y| !crate::tidy::is_one(s, *y)).collect::<Vec<_>>())
        }
        _ => x,
    })
}

/// A condition with every entry of an expression written out: `(V x)[i] ≠ 0` as `Σ_j V[i,j] x[j] ≠ 0`.
fn by_entries(s: &Store, t: Id) -> Id {
    match s.node(t) {
        Node::Entry(u, ix) => match s.entry(*u, ix) {
            Some(e) => by_entries(s, e),
            None => t,
        },
        n if s.loose(t) == 0 || !n.children().is_empty() => s.intern(n.map_children(&mut |c, _| by_entries(s, c))),
        _ => t,
    }
}

/// A relation between entries of written-out arrays as one between the elements: `[r; 1 − r]₁ > 0` is `r > 0`.
fn of_elements(s: &Store, cond: Id) -> Id {
    let element = |t: Id| match s.node(t) {
        Node::Entry(u, ix) if matches!(s.node(*u), Node::Array(_) | Node::Stack(_)) && ix.iter().all(|a| a.as_int().is_some()) => {
            s.make_entry(*u, ix)
        }
        _ => t,
    };
    match s.node(cond) {
        // u ≠ 0, not 0 ≠ u.
        Node::Rel(RelOp::Ne, a, b) if s.as_rational(*a).is_some_and(|q| q.is_zero()) => s.rel(RelOp::Ne, element(*b), element(*a)),
        Node::Rel(op, a, b) => s.rel(*op, element(*a), element(*b)),
        _ => cond,
    }
}

/// Whether `cond` keeps the entries of something away from a kink that need not be one of what is differentiated, as in the
/// sum of `relu(x[i])²`: there the derivative has a value, which its formula need not give.
pub(super) fn may_be_smoothed(s: &Store, givens: &[Id], left: Id, cond: Id) -> bool {
    let of_entries = matches!(s.node(cond), Node::Rel(RelOp::Ne, ..)) && s.free_vars(cond).into_iter().any(|v| is_opened_index(s, v));
    matches!(s.node(left), Node::Tensor { .. }) && of_entries && has_kinks(s, left) && !gradus_kernel::kink_is_domain(s, givens, left, cond)
}

/// Whether a function with a kink stands in the term, its definitions put in.
fn has_kinks(s: &Store, t: Id) -> bool {
    let kink = |n: &Node| matches!(n, Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Abs | Prim::Sign | Prim::Max | Prim::Min)));
    s.any_subterm_defined(t, &mut |n| kink(n))
}

/// A condition with its opened indices bound: the same for conditions that differ in their names alone.
pub(super) fn without_names(s: &Store, cond: Id) -> Id {
    let opened: Vec<VarId> = s.free_vars(cond).into_iter().filter(|v| is_opened_index(s, *v)).collect();
    s.canon(s.close(cond, &opened))
}

fn is_opened_index(s: &Store, v: VarId) -> bool {
    let info = s.var(v);
    info.kind == VarKind::Opened && info.is_integer()
}

/// A condition with letters for the indices that were opened on the way to it and have none.
fn lettered(s: &Store, cond: Id, letters: &[VarId]) -> Id {
    let free = s.free_vars(cond);
    let taken: Vec<&str> = free.iter().map(|v| s.var(*v).name.as_str()).collect();
    let mut left = letters.iter().filter(|w| !taken.contains(&s.var(**w).name.as_str()));
    let mut map: FxHashMap<VarId, Arg> = FxHashMap::default();
    for v in free {
        if is_opened_index(s, v) && s.var(v).name.is_empty() {
            let Some(w) = left.next() else { break };
            map.insert(v, Arg::Idx(Aff::free(*w)));
        }
    }
    s.subst(cond, &map)
}
