//! `specialise T with a = …`: values put into a term, sums written out, numbers worked out.

use crate::draft::Draft;
use crate::moves::Depth;
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{Ground, Item, Solution, Status, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Arg, Goal, Id, Node, Position, RelOp, VarId, VarInfo, VarKind};
use rustc_hash::FxHashMap;

/// Answers `specialise term with …`.
pub(crate) fn answer(e: &Engine<'_>, goal: &Goal, term: Id, with: &[(VarId, Id)]) -> Solution {
    let s = e.store;
    let map: FxHashMap<VarId, Arg> = with.iter().map(|(v, t)| (*v, value(e, *v, *t))).collect();
    let start = s.subst(term, &map);
    let mut task = Text::words("Specialise ").term(term).and(" with ");
    for (k, (v, t)) in with.iter().enumerate() {
        task = if k == 0 { task } else { task.and(if k + 1 == with.len() { " and " } else { ", " }) };
        task = task.term(s.rel(RelOp::Eq, s.name(*v), *t));
    }
    let givens: Vec<Id> = e.givens(goal).into_iter().map(|c| s.subst(c, &map)).collect();
    let mut items = Vec::new();
    let mut d = match e.put_in_general(&givens, start, (term, with), &mut items) {
        Some(d) => d,
        None => e.write_through(Draft::new(e.prover, start, &givens)),
    };
    e.simplify(&mut d, &[]);
    if s.sort(term).is_tensor() || holds_arrays(e, d.current()) {
        // A value that is worked out entry by entry.
        let found = super::evaluate::answer(e, goal, term, with);
        if !matches!(found.status, Status::Unknown | Status::Error) {
            return Solution { task: task.and("."), ..found };
        }
    }
    let expected = e.meet_expectation(&mut d, goal.expect);
    let mut chain = d.chain(e.detail());
    chain.boxed = true;
    items.push(Item::Chain(chain));
    let mut out = e.conclude(goal, &d, start, items, true, expected);
    out.recalls = e.recalls(goal, term);
    out.task = task.and(".");
    out
}

/// Whether a derivative is left, or a function of an array.
fn holds_arrays(e: &Engine<'_>, t: Id) -> bool {
    let s = e.store;
    s.any_subterm(t, &mut |n| match n {
        Node::Diff { .. } => true,
        Node::Call(_, xs) => xs.iter().any(|x| matches!(s.node(*x), Node::Array(_))),
        _ => false,
    })
}

fn value(e: &Engine<'_>, v: VarId, t: Id) -> Arg {
    match e.store.as_aff(t).filter(|_| e.store.var(v).is_integer()) {
        Some(a) => Arg::Idx(a),
        None => Arg::Val(t),
    }
}

impl<'s> Engine<'s> {
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
    /// Where arrays are put into a sum: the sum is written out for entries in general first, as a lemma at the given sizes, and the
    /// arrays are put into what that gives. `None` if there is no array or no sum.
    fn put_in_general(&self, givens: &[Id], start: Id, (term, with): (Id, &[(VarId, Id)]), items: &mut Vec<Item>) -> Option<Draft<'s>> {
        let s = self.store;
        let (sizes, values): (Vec<_>, Vec<_>) = with.iter().copied().partition(|(v, t)| matches!(value(self, *v, *t), Arg::Idx(_)));
        if !s.sort(term).is_scalar() || !values.iter().any(|(_, t)| s.sort(*t).is_tensor()) {
            return None;
        }
        // A name whose shape changes with the sizes stands in the lemma as another name that is written like it.
        let mut map: FxHashMap<VarId, Arg> = sizes.iter().map(|(v, t)| (*v, value(self, *v, *t))).collect();
        for (v, t) in values.iter().filter(|(v, t)| s.sort(s.name(*v)) != s.sort(*t)) {
            let info = s.var(*v);
            let mut other = VarInfo::new(&info.name, VarKind::Given, s.sort(*t).clone());
            let form = if s.sort(*t).is_tensor() { format!("\\mathbf{{{}}}", info.name) } else { info.name.clone() };
            other.latex = Some(info.latex.clone().unwrap_or(form));
            map.insert(*v, Arg::Val(s.name(s.declare(other))));
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
