//! Entries of the convolutions that stand in what is asked, found again in the entries of its derivative: `Σ_l x[j + l − 1] w[l]` as
//! `(x ⋆ w)[j]`.

use crate::Engine;
use gradus_term::{Aff, Arg, Goal, GoalKind, Id, Node, VarId};

/// Most convolutions looked for.
const MOST: usize = 8;

impl<'s> Engine<'s> {
    /// The term with such entries put in, if there are any.
    pub(super) fn with_convolutions(&self, t: Id, goal: &Goal) -> Option<Id> {
        let GoalKind::Derive { term, .. } = goal.kind else { return None };
        let mut found = Vec::new();
        self.convolutions_in(term, &mut found);
        let new = found.iter().fold(t, |t, c| self.entries_put_in(t, *c, &mut Vec::new()));
        (new != t).then_some(new)
    }
    /// The convolutions in a term, at the point where it is differentiated.
    fn convolutions_in(&self, t: Id, out: &mut Vec<Id>) {
        let s = self.store;
        if out.len() >= MOST {
            return;
        }
        if let Node::Diff { body, point, .. } = s.node(t) {
            return self.convolutions_in(s.open(*body, &[Arg::Val(*point)]), out);
        }
        if s.loose(t) == 0 && s.convolution(t).is_some() && !out.contains(&t) {
            out.push(t);
        }
        for (x, binds) in s.node(t).children() {
            match binds {
                0 => self.convolutions_in(x, out),
                _ => {
                    if let Some((_, inner)) = s.open_child(t, 0) {
                        self.convolutions_in(inner, out);
                    }
                }
            }
        }
    }
    /// Entries of `c` at indices that were opened on the way to them.
    fn entries_put_in(&self, t: Id, c: Id, opened: &mut Vec<VarId>) -> Id {
        let s = self.store;
        let at = |vars: &[VarId]| -> Option<(Id, Id)> {
            let ix: Vec<Aff> = vars.iter().map(|v| Aff::free(*v)).collect();
            Some((s.entry(c, &ix)?, s.intern(Node::Entry(c, ix.into()))))
        };
        let rank = s.sort(c).dims().len();
        let here = match (rank, opened.as_slice()) {
            (1, vs) => vs.iter().find_map(|v| at(&[*v]).filter(|(e, _)| s.same(*e, t))),
            (2, vs) => vs.iter().flat_map(|v| vs.iter().map(move |w| [*v, *w])).find_map(|p| at(&p).filter(|(e, _)| s.same(*e, t))),
            _ => None,
        };
        if let Some((_, entry)) = here {
            return entry;
        }
        match s.node(t).clone() {
            Node::Big { op, hint, lo, hi, cond: None, .. } => {
                let Some((vars, body)) = s.open_child(t, 0) else { return t };
                opened.extend(&vars);
                let new = self.entries_put_in(body, c, opened);
                opened.truncate(opened.len() - vars.len());
                if new == body {
                    return t;
                }
                s.intern(Node::Big { op, hint, lo, hi, cond: None, body: s.close(new, &vars) })
            }
            Node::Big { .. } | Node::Tensor { .. } | Node::Diff { .. } | Node::Limit { .. } => t,
            n => s.intern(n.map_children(&mut |x, _| self.entries_put_in(x, c, opened))),
        }
    }
}
