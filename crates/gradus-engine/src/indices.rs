//! Indices: sums whose deltas leave one term.

use crate::draft::{everywhere, Draft};
use crate::tidy::factors;
use crate::Engine;
use gradus_decide::Tri;
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Arg, BigOp, Id, IVar, Node, Position, RelOp};
use rustc_hash::FxHashMap;

impl<'s> Engine<'s> {
    /// Collapses sums with a delta in the bound index; whether any was.
    pub(crate) fn collapse_deltas(&self, d: &mut Draft<'s>) -> bool {
        let start = d.len();
        for _ in 0..12 {
            let before = d.len();
            self.collapse_one(d);
            if d.len() == before {
                break;
            }
            d.line(Detail::Textbook);
        }
        d.len() > start
    }
    fn collapse_one(&self, d: &mut Draft<'s>) {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, cond: None, .. })) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Some((new, index, value)) = self.only_term(d, &pos, f.part) else { continue };
            let equation = s.rel(RelOp::Eq, s.index(index), s.index(value));
            let reason = Text::words("only the term ").term(equation).and(" is left");
            if d.recompute(&pos, &f, new, "delta.collapse", reason, Weight::Main).is_ok() {
                return;
            }
        }
    }
    /// `Σ_k [k = r] u(k)` is `u(r)` where r lies in the range, else `u(r)` with the range as a guard.
    fn only_term(&self, d: &Draft<'s>, pos: &Position, sum: Id) -> Option<(Id, Aff, Aff)> {
        let s = self.store;
        let Node::Big { lo, hi, .. } = s.node(sum) else { return None };
        let (vars, body) = s.open_child(sum, 0)?;
        let v = *vars.first()?;
        let (num, den) = match s.node(body) {
            Node::Quot(a, b) => (*a, Some(*b)),
            _ => (body, None),
        };
        let fs = factors(s, num);
        let (k, r) = fs.iter().enumerate().find_map(|(k, f)| {
            let Node::Iverson(c) = s.node(*f) else { return None };
            let Node::Rel(RelOp::Eq, a, b) = s.node(*c) else { return None };
            let r = s.as_aff(*a)?.sub(&s.as_aff(*b)?).solve(IVar::Free(v))?;
            Some((k, r))
        })?;
        let rest: Vec<Id> = fs.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, f)| *f).collect();
        let top = s.product(&rest);
        let rest = den.map_or(top, |b| s.quot(top, b));
        let map: FxHashMap<_, _> = std::iter::once((v, Arg::Idx(r.clone()))).collect();
        let value = s.subst(rest, &map);
        let f = d.proof.focus(pos).ok()?;
        let facts = d.proof.facts_at(&f);
        let mut guards = Vec::new();
        for (a, b) in [(lo, &r), (&r, hi)] {
            if facts.nonneg(&b.sub(a)) != Tri::True {
                guards.push(s.rel(RelOp::Le, s.index(a.clone()), s.index(b.clone())));
            }
        }
        let new = match guards.as_slice() {
            [] => value,
            [g] => s.mul(s.intern(Node::Iverson(*g)), value),
            gs => s.mul(s.intern(Node::Iverson(s.intern(Node::And(gs.into())))), value),
        };
        Some((new, Aff::free(v), r))
    }
}
