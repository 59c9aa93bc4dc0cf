//! Guards and ranges: a guard as cases, a guard in a sum as its range, a sum under another index.

use crate::draft::{outermost, Draft};
use crate::tidy::factors;
use crate::Engine;
use gradus_decide::Tri;
use gradus_kernel::{Ground, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Arg, BigOp, IVar, Id, Node, Position, Prim, RelOp, Store, Summand, VarId};

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

    /// `[u > v] a + [v > u] b` as a choice between a and b, where both say something.
    pub(crate) fn sides_to_cases(&self, d: &mut Draft<'s>) {
        let s = self.store;
        let Node::Sum(xs) = s.node(d.current()) else { return };
        let side = |x: &Summand| {
            let (guards, rest): (Vec<Id>, Vec<Id>) = factors(s, x.term).into_iter().partition(|f| matches!(s.node(*f), Node::Iverson(_)));
            let [guard] = guards.as_slice() else { return None };
            let Node::Iverson(c) = s.node(*guard) else { return None };
            let value = s.product(&rest);
            self.compares_reals(*c).then(|| (*c, crate::tidy::tidy(s, if x.neg { s.neg(value) } else { value })))
        };
        let Some([(c, a), (e, b)]) = xs.iter().map(side).collect::<Option<Vec<_>>>().and_then(|v| <[_; 2]>::try_from(v).ok()) else {
            return;
        };
        let Some(turned) = turned(s, c, e) else { return };
        let new = s.intern(Node::Cases([(c, a), (turned, b)].into(), None));
        if d.rewrite(new, "guard.cases", Text::words("by cases"), Weight::Small).is_ok() {
            d.line(Detail::Textbook);
        }
    }

    /// A sum whose body is 0 outside a range is taken over that range; where the range leaves the old one a guard stays, or with
    /// `inside` nothing is done.
    pub(crate) fn restrict_ranges(&self, d: &mut Draft<'s>, inside: bool) -> bool {
        let s = self.store;
        // Conditions that were written so stay.
        let written = s.any_subterm_defined(d.proof.start(), &mut |n| matches!(n, Node::Big { cond: Some(_), .. }));
        for path in outermost(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, cond, .. } if cond.is_none() || !written)) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let facts = d.proof.facts_at(&f);
            let Some((new, outside)) = restricted(s, f.part, &|a| facts.nonneg(a) == Tri::True) else { continue };
            if outside && inside {
                continue;
            }
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
        let (Some(c), place) = (s.convolution(whole).filter(|c| c.directions.len() == 1), Aff::free(at)) else { return };
        let start = d.len();
        let goal = s.intern(Node::Entry(whole, [place.clone()].into()));
        let Some(entry) = s.entry(whole, &[place.clone()]).map(|e| lettered(s, e, "j")) else { return };
        if let (Node::Big { .. }, Node::Big { .. }) = (s.node(d.current()), s.node(entry)) {
            let reason = self.reindexed(d.current(), entry);
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
    /// "put k = i + j − 1": what the index of one sum is in the other's, read off an entry that stands in both.
    fn reindexed(&self, from: Id, to: Id) -> Text {
        let s = self.store;
        let said = || {
            let (Node::Big { hint: h, .. }, Node::Big { hint: g, .. }) = (s.node(from), s.node(to)) else { return None };
            if s.sym_str(*h).is_empty() {
                return None;
            }
            let ((own, a), (others, b)) = (s.open_child(from, 0)?, s.open_child(to, 0)?);
            let (v, j) = (*own.first()?, *others.first()?);
            let new = factors(s, b);
            let value = factors(s, a).into_iter().find_map(|x| {
                let (whole, at) = one_index(s, x)?;
                let (_, to) = new.iter().filter_map(|y| one_index(s, *y)).find(|(w, _)| *w == whole)?;
                at.sub(&to).solve(IVar::Free(v))
            })?;
            if value.as_var() == Some(IVar::Free(j)) {
                let words = if h == g { "reordered" } else { "another letter" };
                return Some(Text::words(words));
            }
            Some(Text::words("put ").term(s.rel(RelOp::Eq, s.index(Aff::free(v)), s.index(value))))
        };
        said().unwrap_or_else(|| Text::words("another index"))
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
/// An entry of a vector, or of a vector of derivatives: the vector, and the index.
fn one_index(s: &Store, t: Id) -> Option<((Id, Option<Id>), Aff)> {
    match s.node(t) {
        Node::Entry(u, ix) => match ix.as_ref() {
            [a] => Some(((*u, None), a.clone())),
            _ => None,
        },
        Node::Diff { body, slot, point, .. } => match slot.as_ref() {
            [a] => Some(((*body, Some(*point)), a.clone())),
            _ => None,
        },
        _ => None,
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

/// One of the sums that stand directly inside each other.
struct Level {
    op: BigOp,
    hint: gradus_term::Sym,
    v: VarId,
    lo: Aff,
    hi: Aff,
    low: Option<Aff>,
    high: Option<Aff>,
}

/// `Σ_{v=lo}^{hi} [l ≤ v ≤ u] f` as `Σ_{v=l}^{u} f`, guarded by the old range where it may be left; whether a guard stays. Sums
/// that stand directly inside each other are taken together.
fn restricted(s: &Store, sum: Id, known: &dyn Fn(&Aff) -> bool) -> Option<(Id, bool)> {
    let (mut levels, mut body) = (Vec::new(), sum);
    let (mut conds, mut rest) = (Vec::new(), Vec::new());
    while let Node::Big { op: op @ BigOp::Sum, hint, lo, hi, cond, .. } = s.node(body).clone() {
        let (vars, inner) = s.open_child(body, 0)?;
        let v = *vars.first()?;
        conds.extend(cond.into_iter().flat_map(|c| conjuncts(s, s.open(c, &[Arg::Idx(Aff::free(v))]))));
        levels.push(Level { op, hint, v, lo, hi, low: None, high: None });
        body = inner;
    }
    let branches = factors(s, body).iter().any(|f| matches!(s.node(*f), Node::Cases(..)));
    for f in factors(s, body) {
        rest.extend(without_guards(s, f, &mut conds).into_iter().flat_map(|x| factors(s, x)));
    }
    let mut stay = Vec::new();
    for c in conds {
        let a = inequality(s, c)?;
        let mut own = levels.iter_mut().filter(|l| a.mentions(IVar::Free(l.v)));
        let (Some(l), None) = (own.next(), own.next()) else {
            stay.push(c);
            continue;
        };
        match a.coef(IVar::Free(l.v)) {
            1 if l.low.is_none() => l.low = a.solve(IVar::Free(l.v)),
            -1 if l.high.is_none() => l.high = a.solve(IVar::Free(l.v)),
            _ => stay.push(c),
        }
    }
    if (stay.is_empty() || !branches) && levels.iter().all(|l| l.low.is_none() && l.high.is_none()) {
        return None;
    }
    for l in &levels {
        let i = s.index(Aff::free(l.v));
        if l.low.as_ref().is_some_and(|a| !known(&a.sub(&l.lo))) {
            stay.push(s.rel(RelOp::Le, s.index(l.lo.clone()), i));
        }
        if l.high.as_ref().is_some_and(|a| !known(&l.hi.sub(a))) {
            stay.push(s.rel(RelOp::Le, i, s.index(l.hi.clone())));
        }
    }
    let outside = !stay.is_empty();
    if outside {
        rest.insert(0, s.intern(Node::Iverson(conjunction(s, &stay))));
    }
    let new = levels.into_iter().rev().fold(s.product(&rest), |body, l| {
        let (lo, hi) = (l.low.unwrap_or(l.lo), l.high.unwrap_or(l.hi));
        s.intern(Node::Big { op: l.op, hint: l.hint, lo, hi, cond: None, body: s.close(body, &[l.v]) })
    });
    Some((new, outside))
}

/// What is left of a factor when its guards by inequalities are taken out into `conds`.
fn without_guards(s: &Store, f: Id, conds: &mut Vec<Id>) -> Option<Id> {
    let between = |c: Id| conjuncts(s, c).iter().all(|c| inequality(s, *c).is_some());
    match s.node(f) {
        Node::Iverson(c) if between(*c) => {
            conds.extend(conjuncts(s, *c));
            None
        }
        Node::Cases(bs, Some(z)) if crate::tidy::is_zero(s, *z) => match bs.as_ref() {
            [(c, u)] if between(*c) => {
                conds.extend(conjuncts(s, *c));
                Some(*u)
            }
            _ => Some(f),
        },
        Node::Quot(a, b) if factors(s, *a).iter().any(|x| matches!(s.node(*x), Node::Iverson(c) if between(*c))) => {
            let kept: Vec<Id> = factors(s, *a).into_iter().filter_map(|x| without_guards(s, x, conds)).collect();
            Some(s.quot(s.product(&kept), *b))
        }
        _ => Some(f),
    }
}

/// `u < v` beside `u > v`, and the other way round, if that is what the second condition says.
fn turned(s: &Store, c: Id, e: Id) -> Option<Id> {
    let Node::Rel(op @ (RelOp::Gt | RelOp::Lt), a, b) = *s.node(c) else { return None };
    let turned = s.rel(op.mirrored(), a, b);
    (s.same(e, turned) || s.same(e, s.rel(op, b, a))).then_some(turned)
}
