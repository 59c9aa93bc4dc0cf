//! Guards and ranges: a guard as cases, a guard in a sum as its range, a sum under another index.

use crate::draft::{outermost, Draft};
use crate::tidy::factors;
use crate::Engine;
use gradus_decide::Tri;
use gradus_kernel::{Ground, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, BigOp, IVar, Id, Node, Position, Prim, RelOp, Store, VarId};

impl<'s> Engine<'s> {
    /// `[c] u` with an inequality between indices as `u` if c, 0 otherwise.
    pub(crate) fn guards_to_cases(&self, d: &mut Draft<'s>) {
        let s = self.store;
        let fs = factors(s, d.current());
        let (guards, rest): (Vec<Id>, Vec<Id>) = fs
            .iter()
            .copied()
            .partition(|f| matches!(s.node(*f), Node::Iverson(c) if conjuncts(s, *c).iter().all(|c| inequality(s, *c).is_some())));
        if guards.is_empty() || rest.is_empty() {
            return;
        }
        let conds: Vec<Id> = guards.iter().flat_map(|g| guard_conditions(s, *g)).collect();
        let new = s.intern(Node::Cases([(conjunction(s, &conds), s.product(&rest))].into(), Some(s.int(0))));
        let _ = d.rewrite(new, "guard.cases", Text::words("by cases"), Weight::Small);
        d.line(Detail::Textbook);
    }

    /// A sum whose body is 0 outside a range is taken over that range; where the range leaves the old one a guard stays.
    pub(crate) fn restrict_ranges(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        for path in outermost(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, cond: None, .. })) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let facts = d.proof.facts_at(&f);
            let Some((new, outside)) = restricted(s, f.part, &|a| facts.nonneg(a) == Tri::True) else { continue };
            let reason = if outside {
                Text::words("the other terms are 0; so is what lies outside the range")
            } else {
                Text::words("the other terms are 0")
            };
            if d.recompute(&pos, &f, new, "sum.restrict", reason, Weight::Main).is_ok() {
                d.line(Detail::Textbook);
                return true;
            }
        }
        false
    }

    /// From a sum that is an entry of the convolution `whole` to that entry: reindexed, the kernel's flip recognised, the
    /// definition folded.
    pub(crate) fn towards_convolution(&self, d: &mut Draft<'s>, whole: Id, at: VarId) {
        let s = self.store;
        let (Some(c), place) = (s.convolution(whole), Aff::free(at)) else { return };
        let start = d.len();
        let goal = s.intern(Node::Entry(whole, [place.clone()].into()));
        let Some(entry) = s.entry(whole, &[place.clone()]).map(|e| lettered(s, e, "j")) else { return };
        if let (Node::Big { hint, .. }, Node::Big { .. }) = (s.node(d.current()), s.node(entry)) {
            let name = |h: gradus_term::Sym| s.fresh(h, gradus_term::Sort::Scalar, true);
            let (i, j) = (name(*hint), name(s.sym("j")));
            let to = c.first.add(&place.plus(-1).scale(c.stride)).add(&Aff::free(j).plus(-1).scale(c.dilation));
            let reason = if s.sym_str(*hint).is_empty() {
                Text::words("another index")
            } else {
                Text::words("put ").term(s.rel(RelOp::Eq, s.index(Aff::free(i)), s.index(to)))
            };
            if d.rewrite(entry, "sum.reindex", reason, Weight::Main).is_ok() {
                d.line(Detail::Textbook);
            }
        }
        if let Some(flipped) = self.flip_folded(d.current(), c.w) {
            if d.rewrite(flipped, "definition.fold", Text::words("definition of flip"), Weight::Main).is_ok() {
                d.line(Detail::Textbook);
            }
        }
        let Ok(f) = d.proof.focus(&Position::root()) else { return };
        let ground = if s.entry(whole, &[place]).is_some_and(|e| gradus_kernel::rearranged(s, e, f.part)) {
            Ground::Entries
        } else {
            Ground::Recomputed(gradus_kernel::Procedure::NormalForm)
        };
        let reason = Text::words(format!("definition of the {}", spoken(s, whole)));
        if d.step(&Position::root(), &f, ground, goal, "definition.fold", reason, Weight::Main).is_err() {
            d.truncate(start);
        }
        d.line(Detail::Brief);
    }
    /// The sum with `w[k − j + 1]` written `flip(w)[j]`.
    fn flip_folded(&self, sum: Id, kernel: Id) -> Option<Id> {
        let s = self.store;
        let Node::Call(f, xs) = s.node(kernel) else { return None };
        if s.prim(*f) != Some(Prim::Flip) {
            return None;
        }
        let Node::Big { op, hint, lo, hi, cond, .. } = s.node(sum).clone() else { return None };
        let (vars, body) = s.open_child(sum, 0)?;
        let j = Aff::free(*vars.first()?);
        let opened = s.entry(kernel, &[j.clone()])?;
        let folded = s.intern(Node::Entry(kernel, [j].into()));
        let fs: Vec<Id> = factors(s, body).into_iter().map(|x| if s.same(x, opened) { folded } else { x }).collect();
        let new = s.intern(Node::Big { op, hint, lo, hi, cond, body: s.close(s.product(&fs), &vars) });
        (xs.len() == 1 && !s.same(new, sum)).then_some(new)
    }
}

/// `full correlation`, as it is said.
fn spoken(s: &Store, t: Id) -> String {
    let Node::Call(f, _) = s.node(t) else { return String::new() };
    let name = s.prim(*f).map_or("", Prim::name);
    match name.split_once('_') {
        Some(("correlate", kind)) => format!("{kind} correlation"),
        Some((_, kind)) => format!("{kind} convolution"),
        None => name.to_owned(),
    }
}
/// The outermost sum with this letter for its index.
fn lettered(s: &Store, t: Id, letter: &str) -> Id {
    match s.node(t).clone() {
        Node::Big { op, lo, hi, cond, body, .. } => s.intern(Node::Big { op, hint: s.sym(letter), lo, hi, cond, body }),
        _ => t,
    }
}
fn conjuncts(s: &Store, c: Id) -> Vec<Id> {
    match s.node(c) {
        Node::And(cs) => cs.to_vec(),
        _ => vec![c],
    }
}
fn conjunction(s: &Store, cs: &[Id]) -> Id {
    match cs {
        [one] => *one,
        _ => s.intern(Node::And(cs.into())),
    }
}
fn guard_conditions(s: &Store, g: Id) -> Vec<Id> {
    match s.node(g) {
        Node::Iverson(c) => conjuncts(s, *c),
        _ => Vec::new(),
    }
}
/// `a` for a condition that says `a ≥ 0` of an integer expression.
fn inequality(s: &Store, c: Id) -> Option<Aff> {
    let Node::Rel(op, a, b) = s.node(c) else { return None };
    let (a, b) = (s.as_aff(*a)?, s.as_aff(*b)?);
    match op {
        RelOp::Le => Some(b.sub(&a)),
        RelOp::Lt => Some(b.sub(&a).plus(-1)),
        RelOp::Ge => Some(a.sub(&b)),
        RelOp::Gt => Some(a.sub(&b).plus(-1)),
        _ => None,
    }
}

/// `Σ_{v=lo}^{hi} [l ≤ v ≤ u] f` as `Σ_{v=l}^{u} f`, guarded by the old range where it may be left; whether a guard stays.
fn restricted(s: &Store, sum: Id, known: &dyn Fn(&Aff) -> bool) -> Option<(Id, bool)> {
    let Node::Big { op, hint, lo, hi, .. } = s.node(sum).clone() else { return None };
    let (vars, body) = s.open_child(sum, 0)?;
    let v = *vars.first()?;
    let (mut conds, mut rest) = (Vec::new(), Vec::new());
    for f in factors(s, body) {
        match s.node(f) {
            Node::Iverson(c) if conjuncts(s, *c).iter().all(|c| inequality(s, *c).is_some()) => conds.extend(conjuncts(s, *c)),
            Node::Cases(bs, Some(z)) if crate::tidy::is_zero(s, *z) => match bs.as_ref() {
                [(c, u)] if conjuncts(s, *c).iter().all(|c| inequality(s, *c).is_some()) => {
                    conds.extend(conjuncts(s, *c));
                    rest.push(*u);
                }
                _ => rest.push(f),
            },
            _ => rest.push(f),
        }
    }
    let var = IVar::Free(v);
    let (mut low, mut high, mut stay) = (None, None, Vec::new());
    for c in conds {
        let a = inequality(s, c)?;
        match a.coef(var) {
            1 if low.is_none() => low = a.solve(var),
            -1 if high.is_none() => high = a.solve(var),
            _ => stay.push(c),
        }
    }
    if low.is_none() && high.is_none() {
        return None;
    }
    let (low, high) = (low.unwrap_or_else(|| lo.clone()), high.unwrap_or_else(|| hi.clone()));
    let i = s.index(Aff::free(v));
    if !known(&low.sub(&lo)) {
        stay.push(s.rel(RelOp::Le, s.index(lo), i));
    }
    if !known(&hi.sub(&high)) {
        stay.push(s.rel(RelOp::Le, i, s.index(hi)));
    }
    let outside = !stay.is_empty();
    if outside {
        rest.insert(0, s.intern(Node::Iverson(conjunction(s, &stay))));
    }
    let body = s.close(s.product(&rest), &[v]);
    Some((s.intern(Node::Big { op, hint, lo: low, hi: high, cond: None, body }), outside))
}
