//! What an equation between vectors says of their entries at the indices at hand.

use super::{Facts, Tri};
use gradus_term::{Aff, Id, RelOp, VarId, VarKind};

/// Indices for which an equation is read, at most.
const INDICES: usize = 12;

impl Facts<'_> {
    /// Adds the equation of the entries of every known equation between vectors, for each index that surely lies in their range.
    ///
    /// After `conds` conditions and `real` relations that were read so before.
    pub(super) fn read_equations_at_indices(&mut self, conds: usize, real: usize) {
        let s = self.store;
        let of_vectors = |r: &&(RelOp, Id, Id)| r.0 == RelOp::Eq && s.sort(r.1).dims().len() == 1;
        let equations: Vec<(Id, Id)> = self.real.iter().filter(of_vectors).map(|r| (r.1, r.2)).collect();
        if equations.is_empty() {
            return;
        }
        // Old equations are read where something new is known of an index.
        let from = if self.real.iter().skip(real).any(|r| of_vectors(&r)) { 0 } else { conds };
        let mut indices: Vec<VarId> = Vec::new();
        for v in self.conds.iter().skip(from).flat_map(|c| s.free_vars(*c)).filter(|v| s.var(*v).is_integer()) {
            if !indices.contains(&v) {
                indices.push(v);
            }
        }
        // Sizes are seldom read at.
        indices.sort_by_key(|v| s.var(*v).kind == VarKind::Size);
        let entry = |t: Id, i: &Aff| s.entry(t, std::slice::from_ref(i)).unwrap_or_else(|| s.make_entry(t, std::slice::from_ref(i)));
        for i in indices.into_iter().take(INDICES).map(Aff::free) {
            for (a, b) in &equations {
                let Some(n) = s.sort(*a).dims().first().cloned() else { continue };
                let inside = self.nonneg(&i.plus(-1)) == Tri::True && self.nonneg(&n.sub(&i)) == Tri::True;
                let new = (RelOp::Eq, entry(*a, &i), entry(*b, &i));
                if inside && !self.real.contains(&new) {
                    self.real.push(new);
                }
            }
        }
    }
}
