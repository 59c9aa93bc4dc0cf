//! `specialise T with a = …`: values put into a term, sums written out, numbers worked out.

use super::at_values::Values;
use super::evaluate::{has_entry_of_array, written_out};
use super::passes::Pass;
use crate::draft::{outermost, Draft};
use crate::moves::Depth;
use crate::tidy::tidy;
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{Ground, Item, Solution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Arg, FnKind, Goal, Id, Node, Position, RelOp, Sort, VarId, VarInfo, VarKind};
use rustc_hash::FxHashMap;

/// Layers of names that values are put into.
const LAYERS: usize = 8;

/// Answers `specialise term with …`.
pub(crate) fn answer(e: &Engine<'_>, goal: &Goal, term: Id, with: &[(VarId, Id)]) -> Solution {
    let s = e.store;
    let put: Vec<(VarId, Id)> = with.iter().copied().chain(e.resized(term, with)).collect();
    let values = Values::new(s, &put);
    let start = values.put(s, term);
    let mut task = Text::words("Specialise ").term(term).and(" with ");
    for (k, (v, t)) in with.iter().enumerate() {
        task = if k == 0 { task } else { task.and(if k + 1 == with.len() { " and " } else { ", " }) };
        task = task.term(s.rel(RelOp::Eq, s.name(*v), *t));
    }
    let givens: Vec<Id> = e.givens(goal).into_iter().map(|c| values.put(s, c)).collect();
    if let Some(none) = super::no_value(e, goal, start, &givens) {
        return none;
    }
    let mut items = Vec::new();
    let mut complete = true;
    let mut d = if e.rests_on_derivative(term) {
        let mut d = Draft::new(e.prover, start, &givens);
        let opened = e.names_of_derivatives(&mut d, term);
        complete = e.derivatives_first(&mut d, goal, opened, &values, &mut items);
        if !items.is_empty() {
            items.push(Item::Say(Text::words("At the values given:")));
        }
        d
    } else if s.sort(start).is_tensor() {
        Draft::new(e.prover, start, &givens)
    } else {
        match e.put_in_general(&givens, start, (term, with), &mut items) {
            Some(d) => d,
            None => e.write_through(Draft::new(e.prover, start, &givens)),
        }
    };
    e.names_at_values(&mut d);
    if s.sort(d.current()).is_tensor() {
        e.entries_at_values(&mut d);
    } else if s.free_vars(d.current()).is_empty() {
        e.arithmetic(&mut d);
        e.nicest(&mut d);
    } else {
        e.simplify(&mut d, &[]);
    }
    let expected = e.meet_expectation(&mut d, goal.expect.map(|x| values.put(s, x)));
    d.line(Detail::Brief);
    let mut chain = d.chain(e.detail());
    chain.boxed = true;
    items.push(if d.len() == 0 { Item::Answer(start, Text::default()) } else { Item::Chain(chain) });
    let mut out = e.conclude(goal, &d, start, items, complete, expected);
    out.recalls = e.recalls(goal, term);
    out.task = task.and(".");
    out
}

fn value(e: &Engine<'_>, v: VarId, t: Id) -> Arg {
    match e.store.as_aff(t).filter(|_| e.store.var(v).is_integer()) {
        Some(a) => Arg::Idx(a),
        None => Arg::Val(t),
    }
}

impl<'s> Engine<'s> {
    /// The names the term rests on whose shape changes with the sizes put in, each with one of the new shape that is written like
    /// it.
    fn resized(&self, term: Id, with: &[(VarId, Id)]) -> Vec<(VarId, Id)> {
        let s = self.store;
        let sizes: FxHashMap<VarId, Arg> =
            with.iter().filter(|(v, _)| s.var(*v).is_integer()).filter_map(|(v, t)| Some((*v, Arg::Idx(s.as_aff(*t)?)))).collect();
        if sizes.is_empty() {
            return Vec::new();
        }
        let mut out = Vec::new();
        for v in s.free_vars(term) {
            let info = s.var(v);
            let sort = s.subst_sort(&info.sort, &sizes);
            if with.iter().any(|(w, _)| *w == v) || sort == info.sort {
                continue;
            }
            out.push((v, self.written_like(v, sort)));
        }
        out
    }
    /// Another name of this sort that is written like `v`.
    fn written_like(&self, v: VarId, sort: Sort) -> Id {
        let s = self.store;
        let info = s.var(v);
        let mut other = VarInfo::new(&info.name, VarKind::Given, sort);
        other.latex.clone_from(&info.latex);
        s.name(s.declare(other))
    }
    /// The name put in, then further names and sums written out, a line a layer.
    fn write_through(&self, d: Draft<'s>) -> Draft<'s> {
        let mut w = Walk::new(d);
        for mv in [Engine::put_in, Engine::open_sheet, Engine::written] {
            while let Some(back) = mv(self, &mut w.d) {
                let before = w.stops.len();
                w.stop(back);
                if w.stops.len() == before {
                    break;
                }
            }
        }
        w.d
    }
    /// The worksheet's names that the values stand in: those without arguments are put in, `σ(0)` is worked out if it is a number.
    fn names_at_values(&self, d: &mut Draft<'s>) {
        let s = self.store;
        for _ in 0..LAYERS {
            let before = d.len();
            while let Some(path) = self.name_with_values(d.current()) {
                if !self.open_at(d, &path) {
                    return;
                }
            }
            if d.len() == before {
                break;
            }
            if !s.sort(d.current()).is_tensor() {
                // An array is not read inside a sum: that is written out on the same line.
                if !has_entry_of_array(s, d.current()) {
                    d.tidy();
                    d.line(Detail::Textbook);
                }
                let _ = self.written(d);
                d.tidy();
                d.line(Detail::Textbook);
            }
        }
        let known = |n: &Node| matches!(n, Node::Call(f, _) if s.fun(*f).explicit > 0 && matches!(s.fun(*f).kind, FnKind::Defined) && !s.fun(*f).library);
        for path in outermost(s, d.current(), &known) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let mut number = f.part;
            for _ in 0..LAYERS {
                number = Pass::ALL.into_iter().fold(number, |t, p| p.apply(s, t));
            }
            if !s.free_vars(f.part).is_empty() || s.as_rational(number).is_none() || !self.definition_put_in(d, &pos) {
                continue;
            }
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let _ = d.recompute(&pos, &f, number, "arithmetic.values", Text::default(), Weight::Small);
        }
        d.line(Detail::Textbook);
    }
    /// Where a name without arguments, or an entry of one, stands that is no longer the one of the worksheet: something was put in
    /// for what it rests on.
    fn name_with_values(&self, t: Id) -> Option<Vec<u32>> {
        let s = self.store;
        let put_in = |n: &Node| match n {
            Node::Call(f, xs) => {
                let info = s.fun(*f);
                let kept = |(k, x): (usize, &Id)| match (s.node(*x), info.params.get(k)) {
                    (Node::Var(v), Some(p)) => s.var(*v).name == s.var(p.var).name,
                    _ => s.as_aff(*x).is_some(),
                };
                info.is_constant_name() && !info.library && !xs.iter().enumerate().all(kept)
            }
            _ => false,
        };
        outermost(s, t, &|n| put_in(n) || matches!(n, Node::Entry(u, _) if put_in(s.node(*u)))).first().cloned()
    }
    /// An array of numbered size, written down entry by entry.
    fn entries_at_values(&self, d: &mut Draft<'s>) {
        let s = self.store;
        self.unfold_names(d);
        self.inner_operations(d);
        if let Some(array) = written_out(s, d.current()) {
            if self.rewrite_any(d, tidy(s, array), "tensor.write_out", Text::words("entry by entry"), Weight::Main).is_ok() {
                d.line(Detail::Textbook);
            }
        }
        let mut now = d.current();
        for p in [Pass::Values, Pass::Powers, Pass::Products, Pass::Denominators, Pass::Sums] {
            now = tidy(s, p.apply(s, now));
        }
        if !s.same(now, d.current()) && self.rewrite_any(d, now, "arithmetic.values", Text::words("work out"), Weight::Main).is_ok() {
            d.line(Detail::Textbook);
        }
    }
    /// Where arrays are put into a sum: the sum is written out for entries in general first, as a lemma at the given sizes, and the
    /// arrays are put into what that gives. `None` if there is no array or no sum.
    pub(super) fn put_in_general(
        &self,
        givens: &[Id],
        start: Id,
        (term, with): (Id, &[(VarId, Id)]),
        items: &mut Vec<Item>,
    ) -> Option<Draft<'s>> {
        let s = self.store;
        let (sizes, values): (Vec<_>, Vec<_>) = with.iter().copied().partition(|(v, t)| matches!(value(self, *v, *t), Arg::Idx(_)));
        if !s.sort(term).is_scalar() || !values.iter().any(|(_, t)| s.sort(*t).is_tensor()) {
            return None;
        }
        // A name whose shape changes with the sizes stands in the lemma as another name that is written like it.
        let mut map: FxHashMap<VarId, Arg> = sizes.iter().map(|(v, t)| (*v, value(self, *v, *t))).collect();
        map.extend(self.resized(term, with).into_iter().map(|(v, t)| (v, Arg::Val(t))));
        for (v, t) in values.iter().filter(|(v, t)| s.sort(s.name(*v)) != s.sort(*t)) {
            map.insert(*v, Arg::Val(self.written_like(*v, s.sort(*t).clone())));
        }
        let general = s.subst(term, &map);
        let d = self.write_through(Draft::new(self.prover, general, &[]));
        let sums = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Big { .. }));
        let had = d.proof.steps().iter().any(|st| sums(st.after));
        if !had || sums(d.current()) {
            return None;
        }
        let mut heading = Text::words("With ");
        for (k, (v, t)) in sizes.iter().enumerate() {
            heading = if k == 0 { heading } else { heading.and(", ") }.term(s.rel(RelOp::Eq, s.name(*v), *t));
        }
        let heading = if sizes.is_empty() { Text::words("Written out:") } else { heading.and(":") };
        let mut main = Draft::new(self.prover, start, givens);
        let lemma = self.prover.add_lemma("the sum written out", &d.proof);
        let (subst, new) = super::cite::instance(self, &self.prover.lemma(lemma)?, start)?;
        let mut reason = Text::default();
        for (k, (v, t)) in values.iter().enumerate() {
            reason = if k == 0 { reason } else { reason.and(", ") }.term(s.rel(RelOp::Eq, s.name(*v), *t));
        }
        let root = Position::root();
        let f = main.proof.focus(&root).ok()?;
        main.step(&root, &f, Ground::Cited { lemma, subst }, new, "lemma.cite", reason, Weight::Main).ok()?;
        while self.open_names(&mut main, Depth::Entries).is_some() {}
        items.extend(self.pending.take());
        items.push(self.lemma_item(lemma, &d, heading));
        Some(main)
    }
    /// The name itself is opened; what it mentions stays.
    fn put_in(&self, d: &mut Draft<'s>) -> Option<Text> {
        if d.len() > 0 {
            return None;
        }
        self.open_names(d, Depth::Sheet)
    }
    /// Sums are written out, with the entries of arrays taken on the way.
    fn written(&self, d: &mut Draft<'s>) -> Option<Text> {
        let back = self.write_out(d);
        while self.open_names(d, Depth::Entries).is_some() {}
        back
    }
    /// Further names, a layer a line, where they are not names of functions.
    fn open_sheet(&self, d: &mut Draft<'s>) -> Option<Text> {
        let before = d.len();
        self.open_names(d, Depth::Entries)?;
        d.line(Detail::Textbook);
        (d.len() > before).then(Text::default)
    }
}
