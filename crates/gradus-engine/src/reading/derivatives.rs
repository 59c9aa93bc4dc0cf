//! Derivatives that stay as they are, read as whole tensors: `∂L/∂u[i]` as the gradient, `∂f(u)[i]/∂u[j]` as the Jacobian, `g′(u[i])` as
//! `g′(u)`.

use super::paths::Reader;
use gradus_term::{Aff, Id, Node, Sort, VarId};

impl Reader<'_, '_> {
    /// An unevaluated derivative by an entry as an entry of the tensor of all of them.
    pub(super) fn gradient(&mut self, f: Id, vs: &[VarId]) -> Option<Id> {
        let s = self.store();
        let Node::Diff { hint, body, slot, point } = s.node(f) else { return None };
        if let (Node::Entry(t, ix), [u, v]) = (s.node(*body), vs) {
            let [i, j] = [*u, *v].map(Aff::free);
            let turned = ix.as_ref() == [j.clone()] && slot.as_ref() == [i.clone()];
            let straight = ix.as_ref() == [i] && slot.as_ref() == [j];
            let closed = vs.iter().all(|v| !s.mentions(*t, *v) && !s.mentions(*point, *v));
            let (rows, cols) = (s.sort(*t).dims().to_vec(), s.sort(*point).dims().to_vec());
            if let ([m], [n], true) = (rows.as_slice(), cols.as_slice(), closed && (turned || straight)) {
                let [k, l] = ["i", "j"].map(|w| s.fresh(s.sym(w), Sort::Scalar, true));
                let entry = s.intern(Node::Entry(*t, [Aff::free(k)].into()));
                let d = s.intern(Node::Diff { hint: *hint, body: entry, slot: [Aff::free(l)].into(), point: *point });
                let whole = s.tensor(&[k, l], &[m.clone(), n.clone()], d);
                return Some(if turned { super::words::transposed(s, whole) } else { whole });
            }
        }
        let closed = vs.iter().all(|v| !s.mentions(*body, *v) && !s.mentions(*point, *v));
        let at = super::free_names(slot)?;
        let turned = at != vs && at.iter().eq(vs.iter().rev());
        if !closed || (at != vs && !turned) || s.loose(*point) > 0 {
            return None;
        }
        let dims = s.sort(*point).dims().to_vec();
        let letters: Vec<VarId> = dims.iter().map(|_| s.fresh(s.sym("i"), Sort::Scalar, true)).collect();
        let entry = s.intern(Node::Diff { hint: *hint, body: *body, slot: letters.iter().map(|v| Aff::free(*v)).collect(), point: *point });
        let whole = s.tensor(&letters, &dims, entry);
        Some(if turned { super::words::transposed(s, whole) } else { whole })
    }
    /// `g′` of a scalar function at every entry of a tensor.
    pub(super) fn slopes(&mut self, f: Id, vs: &[VarId]) -> Option<Id> {
        let s = self.store();
        let Node::Diff { hint, body, slot, point } = s.node(f) else { return None };
        if !slot.is_empty() || vs.iter().any(|v| s.mentions(*body, *v)) || !vs.iter().all(|v| s.mentions(*point, *v)) {
            return None;
        }
        let at = self.read(*point, vs)?;
        let dims = s.sort(at).dims().to_vec();
        let letters: Vec<VarId> = dims.iter().map(|_| s.fresh(s.sym("i"), Sort::Scalar, true)).collect();
        let point = s.intern(Node::Entry(at, letters.iter().map(|v| Aff::free(*v)).collect()));
        let slope = s.intern(Node::Diff { hint: *hint, body: *body, slot: slot.clone(), point });
        (dims.len() == vs.len()).then(|| s.tensor(&letters, &dims, slope))
    }
}
