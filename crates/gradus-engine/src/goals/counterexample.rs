//! The point at which a claim fails, as plain as can be: of the numbers that a person puts in by head, the first that do.

use crate::Engine;
use gradus_judge::{Counterexample, Verdict};
use gradus_kernel::Claim;
use gradus_term::{Arg, Domain, Id, Rat, VarId};
use rustc_hash::FxHashMap;

/// The numbers tried for a name, the plainest first: numerator and denominator.
const NUMBERS: [(i64, i64); 11] = [(0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2), (3, 1), (-3, 1), (4, 1), (-4, 1)];
/// Points tried at most.
const POINTS: usize = 130;

/// A plainer point than the one found at which a claim between reals fails in the same way, if there is one.
pub(super) fn plainest(e: &Engine<'_>, givens: &[Id], claim: &Claim, found: &Counterexample) -> Counterexample {
    let s = e.store;
    let real = |v: VarId| s.var(v).domain == Domain::Real && s.var(v).sort.is_scalar() && !s.var(v).is_integer();
    let names: Vec<VarId> = found.bindings.iter().map(|b| b.0).collect();
    if names.is_empty() || names.len() > 3 || !names.iter().all(|v| real(*v)) {
        return found.clone();
    }
    let place = |text: &str| NUMBERS.iter().position(|(n, d)| Rat::new(*n, *d).is_some_and(|q| q.to_string() == text));
    let own: Option<usize> = found.bindings.iter().map(|b| place(&b.1)).sum();
    let mut points: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in &names {
        points = points.iter().flat_map(|p| (0..NUMBERS.len()).map(move |k| p.iter().copied().chain([k]).collect())).collect();
    }
    let trouble = |p: &Vec<usize>| p.iter().sum::<usize>();
    points.retain(|p| own.is_none_or(|own| trouble(p) < own));
    points.sort_by_key(trouble);
    let plainer = points.into_iter().take(POINTS).find_map(|p| {
        let values: Vec<(VarId, Rat)> =
            names.iter().zip(&p).map(|(v, k)| Some((*v, NUMBERS.get(*k).and_then(|(n, d)| Rat::new(*n, *d))?))).collect::<Option<_>>()?;
        let at: FxHashMap<VarId, Arg> = values.iter().map(|(v, q)| (*v, Arg::Val(s.rational(q)))).collect();
        let put = |t: Id| s.subst(t, &at);
        let facts: Vec<Id> = givens.iter().map(|c| put(*c)).collect();
        let verdict = match claim {
            Claim::Equal(a, b) => e.prover.judge().equal(s, put(*a), put(*b), &facts),
            Claim::Holds(c) => e.prover.judge().holds(s, put(*c), &facts),
            _ => return None,
        };
        match verdict {
            Verdict::Refuted(c) if c.kind == found.kind => {
                Some(Counterexample { bindings: values.into_iter().map(|(v, q)| (v, q.to_string())).collect(), ..*c })
            }
            _ => None,
        }
    });
    plainer.unwrap_or_else(|| found.clone())
}
