//! `derive` of a gradient, a Jacobian or a Hessian: one entry for all indices, then read as a whole.

use super::differential::Found;
use super::finish::Expected;
use crate::draft::{outermost, Draft};
use crate::Engine;
use gradus_kernel::{Ground, Item, Procedure, Solution, Status, Text, Weight};
use gradus_term::goal::{Detail, Way};
use gradus_term::{Aff, Arg, BigOp, FnKind, Goal, IVar, Id, Node, Position, Prim, RelOp, Sort, Store, VarId};
use std::sync::Arc;

/// Answers `derive term` for a tensor of derivatives: by differentials or entry by entry, as asked; unasked, the shorter way.
pub(super) fn answer<'s>(e: &Engine<'s>, goal: &Goal, term: Id) -> Solution {
    if let Some(out) = super::components::answer(e, goal, term) {
        return out;
    }
    let before = e.citable_lemmas().len();
    let found = match goal.way {
        Some(Way::Indices) => None,
        Some(Way::Differentials) => e.by_differential_of_a_number(goal, term).or_else(|| e.by_differentials(goal, term)),
        None if e.is_in_indices(term) => None,
        None => e.by_differential_of_a_number(goal, term).or_else(|| e.by_differentials(goal, term)),
    };
    let Some(found) = found else {
        let mut plan = by_indices(e, goal, term);
        if goal.way == Some(Way::Differentials) {
            if let Some(p) = &mut plan {
                p.items.insert(0, Item::Say(Text::words("Differentials do not lead to this derivative.")));
            }
        }
        return plan.map_or_else(|| super::unsupported(e, goal), |p| p.conclude(e, goal, term));
    };
    let assumes = |d: &Draft<'s>| !e.open_assumptions(d).is_empty() || !e.kinks_assumed(d, term).0.is_empty();
    let assumed = assumes(&found.whole);
    // What `using` names is used, if one of the ways can; if both can, the shorter result is taken.
    let plain = |d: &Draft<'s>| crate::cost(e.store, d.current());
    if goal.way.is_none() && !goal.using.is_empty() {
        let told = e.cites_told(&found.items, goal);
        let better = |p: &ByIndices<'s>| !told || plain(&p.whole) < plain(&found.whole);
        let uses = |p: &ByIndices<'s>| p.complete && e.cites_told(&p.items, goal) && better(p);
        if let Some(p) = e.another_way(before, || by_indices(e, goal, term).filter(uses), Option::is_some) {
            return p.conclude(e, goal, term);
        }
    }
    if goal.way.is_none() && (assumed || found.lines > SHORT) {
        // What differentials find under an assumption may come out without it, or in fewer lines.
        let free = |p: &ByIndices<'s>| e.open_assumptions(&p.d).is_empty() && !assumes(&p.whole);
        let shorter = |p: &ByIndices<'s>| {
            lines(&p.items) < found.lines && length(e, &p.items) <= length(e, &found.items) && plain(&p.whole) <= plain(&found.whole)
        };
        let better = |p: &ByIndices<'s>| p.complete && (assumed && free(p) || found.lines > SHORT && shorter(p));
        let other = || e.store.with_at_most(e.store.work_left() / 2, || by_indices(e, goal, term).filter(better));
        if let Some(p) = e.another_way(before, other, Option::is_some) {
            return p.conclude(e, goal, term);
        }
    }
    conclude(e, goal, term, found)
}

/// The solution of a derivative that was read off a differential.
pub(super) fn conclude<'s>(e: &Engine<'s>, goal: &Goal, term: Id, found: Found<'s>) -> Solution {
    let Found { mut whole, mut items, .. } = found;
    let expected = e.meet_expectation(&mut whole, goal.expect);
    items.push(Item::Answer(e.store.rel(RelOp::Eq, term, whole.current()), Text::default()));
    e.conclude(goal, &whole, term, items, true, expected)
}

/// Entry by entry nothing takes fewer lines.
const SHORT: usize = 2;

/// The lines that these parts of a page show, those of lemmas too.
pub(super) fn lines(items: &[Item]) -> usize {
    let one = |i: &Item| match i {
        Item::Chain(c) => c.lines.len(),
        Item::Lemma(l) => lines(&l.items),
        _ => 0,
    };
    items.iter().map(one).sum()
}

/// The length of these lines, all together.
fn length(e: &Engine<'_>, items: &[Item]) -> u64 {
    let one = |i: &Item| match i {
        Item::Chain(c) => c.lines.iter().map(|l| u64::from(crate::cost(e.store, l.term))).sum(),
        Item::Lemma(l) => length(e, &l.items),
        _ => 0,
    };
    items.iter().map(one).sum()
}

/// A derivation by entries, before it is concluded.
struct ByIndices<'s> {
    items: Vec<Item>,
    d: Draft<'s>,
    whole: Draft<'s>,
    complete: bool,
}

fn by_indices<'s>(e: &Engine<'s>, goal: &Goal, term: Id) -> Option<ByIndices<'s>> {
    let s = e.store;
    let (former, rows) = by_entries(s, term);
    let Node::Tensor { dims, .. } = s.node(former).clone() else { return None };
    let (vars, entry) = s.open_child(former, 0)?;
    let (vars, entry) = e.with_cited_letters(vars, entry);
    let mut givens = e.givens(goal);
    for (v, n) in vars.iter().zip(dims.iter()) {
        let i = s.name(*v);
        givens.push(s.rel(RelOp::Le, s.int(1), i));
        givens.push(s.rel(RelOp::Le, i, s.index(n.clone())));
    }
    let mut d = Draft::new(e.prover, entry, &givens);
    let mut items = vec![Item::Say(entry_by_entry(e, entry, &vars, rows))];
    let complete = e.derive_entry(&mut d, goal, &mut items);
    let read = e.read_tensor(&d, &vars, &dims, rows, goal);
    if complete && read.is_empty() {
        e.deltas_as_cases(&mut d);
    }
    e.towards(&mut d, &vars, &read);
    let shown: usize = items.iter().map(|i| if let Item::Chain(c) = i { c.lines.iter().map(|l| l.steps.len()).sum() } else { 0 }).sum();
    items.push(Item::Chain(d.chain_from(shown, e.detail())));
    let mut whole = Draft::new(e.prover, term, &e.givens(goal));
    let place = if rows.is_some() { Position::root().child(0) } else { Position::root() };
    let complete = complete && e.whole_by_entries(&mut whole, &place, &d, &vars) && e.read_as(&mut whole, &read);
    whole.line(Detail::Brief);
    Some(ByIndices { items, d, whole, complete })
}

impl<'s> ByIndices<'s> {
    fn conclude(mut self, e: &Engine<'s>, goal: &Goal, term: Id) -> Solution {
        let expected = if self.complete { e.meet_expectation(&mut self.whole, goal.expect) } else { Expected::Open };
        if self.complete {
            self.items.push(Item::Answer(e.store.rel(RelOp::Eq, term, self.whole.current()), Text::default()));
        }
        if self.complete {
            e.keep_entry(goal, &self.d);
        }
        let out = e.conclude(goal, &self.whole, term, self.items, self.complete, expected);
        with_assumptions(e, out, &self.d)
    }
}

/// The tensor of entries, and of a matrix with compound indices how many of them belong to the row.
fn by_entries(s: &Store, term: Id) -> (Id, Option<usize>) {
    match s.node(term) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::AsMatrix) => match xs.as_ref() {
            [t, k] => (*t, s.as_rational(*k).and_then(|k| k.to_i64()).and_then(|k| usize::try_from(k).ok())),
            _ => (term, None),
        },
        _ => (term, None),
    }
}

/// "Entry by entry", where compound indices are said, and for a symmetric argument how its entries count.
fn entry_by_entry(e: &Engine<'_>, entry: Id, vars: &[VarId], rows: Option<usize>) -> Text {
    let start = match rows {
        Some(k) => super::show::at_row_and_column(e.store, vars, k),
        None => Text::words("Entry by entry"),
    };
    match e.store.node(entry) {
        Node::Diff { point, .. } if gradus_decide::is_symmetric(e.store, *point) => {
            start.and(", the entries of ").term(*point).and(" counted as independent:")
        }
        _ => start.and(":"),
    }
}

impl<'s> Engine<'s> {
    /// Whether what is differentiated is written with indices, by itself or by the worksheet's definitions.
    fn is_in_indices(&self, term: Id) -> bool {
        let s = self.store;
        let Some((_, entry)) = s.open_child(term, 0) else { return true };
        let Node::Diff { body, point, .. } = s.node(entry) else { return true };
        // The entry of a Jacobian and the inner derivative of a Hessian are of the question, not of the formula.
        let formula = match s.node(*body) {
            Node::Entry(f, _) => *f,
            Node::Diff { body, .. } => *body,
            _ => *body,
        };
        self.speaks_in_indices(formula) && !self.is_over_samples(*body, *point)
    }
    /// Whether a scalar depends on a tensor as a whole, under sums over an index of other tensors: `Σ_n (x_n − μ)ᵀ Σ⁻¹ (x_n − μ)`.
    fn is_over_samples(&self, body: Id, point: Id) -> bool {
        let s = self.store;
        let x = s.fresh(gradus_term::Sym::NONE, s.sort(point).clone(), false);
        let mut todo = vec![s.open(body, &[Arg::Val(s.name(x))])];
        let (mut summed, mut whole) = (false, false);
        while let Some(t) = todo.pop() {
            if !s.mentions(t, x) {
                continue;
            }
            match s.node(t) {
                Node::Big { op: BigOp::Sum, cond: None, .. } => {
                    let Some((_, inner)) = s.open_child(t, 0) else { return false };
                    summed = true;
                    todo.push(inner);
                }
                Node::Entry(..) | Node::Tensor { .. } | Node::Cases(..) | Node::Iverson(_) | Node::Diff { .. } | Node::Big { .. } => {
                    return false
                }
                Node::Call(f, xs) if !s.fun(*f).library && s.fun(*f).is_constant_name() => match s.unfold(*f, xs) {
                    Some(b) => todo.push(b),
                    None => return false,
                },
                n => {
                    whole |= matches!(n, Node::MatMul(_)) || matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Norm));
                    n.for_each_child(|c, _| todo.push(c));
                }
            }
        }
        summed && whole
    }
    /// Whether a formula is written with indices, by itself or by the worksheet's definitions.
    pub(crate) fn speaks_in_indices(&self, formula: Id) -> bool {
        self.has_indices(formula, &|_| true)
    }
    /// The same, not looking into tensors that have a name: a matrix may be defined by its entries and used as a whole.
    pub(crate) fn speaks_of_entries(&self, formula: Id) -> bool {
        self.has_indices(formula, &|t| self.store.sort(t).is_scalar())
    }
    fn has_indices(&self, formula: Id, into: &dyn Fn(Id) -> bool) -> bool {
        let s = self.store;
        let mut todo = vec![formula];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(t) = todo.pop() {
            if !seen.insert(t) {
                continue;
            }
            match s.node(t) {
                Node::Big { .. } | Node::Entry(..) | Node::Tensor { .. } | Node::Cases(..) | Node::Iverson(_) => return true,
                Node::Call(f, _) if !s.fun(*f).library && into(t) => todo.extend(s.body(*f)),
                _ => {}
            }
            s.node(t).for_each_child(|c, _| todo.push(c));
        }
        false
    }
    /// The entry with the letters of a result that is cited: after `∂a[i]/∂h[n]`, the gradient of what rests on a by `h` has the entry n.
    fn with_cited_letters(&self, vars: Vec<VarId>, entry: Id) -> (Vec<VarId>, Id) {
        let s = self.store;
        let Node::Diff { slot, point, body, .. } = s.node(entry) else { return (vars, entry) };
        let own: Vec<VarId> = slot.iter().filter_map(|a| if let Some(IVar::Free(v)) = a.as_var() { Some(v) } else { None }).collect();
        let cited = self.citable_lemmas().into_iter().filter_map(|k| self.prover.lemma(k)).find_map(|l| match s.node(l.left) {
            Node::Diff { slot: theirs, point: p, body: of, .. }
                if theirs.len() == slot.len()
                    && s.same(*p, *point)
                    && crate::known::name_of(s, *of).is_some_and(|g| rests_on(s, *body, g)) =>
            {
                theirs.iter().map(|a| if let Some(IVar::Free(v)) = a.as_var() { Some(s.var(v).name.clone()) } else { None }).collect()
            }
            _ => None,
        });
        let Some(names) = cited.filter(|n: &Vec<String>| own == vars && n.len() == vars.len()) else { return (vars, entry) };
        let new: Vec<VarId> = names.iter().map(|n| s.fresh(s.sym(n), Sort::Scalar, true)).collect();
        let map = vars.iter().zip(&new).map(|(v, w)| (*v, Arg::Idx(Aff::free(*w)))).collect();
        let entry = s.subst(entry, &map);
        (new, entry)
    }
    /// Derives one entry: through a tensor that an unknown function depends on, or as it stands.
    pub(super) fn derive_entry(&self, d: &mut Draft<'s>, goal: &Goal, items: &mut Vec<Item>) -> bool {
        if !self.chain_through_tensor(d) {
            if goal.through.is_empty() && self.through_argument(d) {
                d.tidy();
                self.collapse_deltas(d);
                d.line(Detail::Textbook);
            }
            return self.derive_chain(d, goal, items);
        }
        d.line(Detail::Textbook);
        let settled = self.settle_inner(d);
        items.splice(0..0, self.pending.take());
        self.restrict_ranges(d, false);
        // A delta inside a factor is a factor.
        let s = self.store;
        let delta = |n: &Node| matches!(n, Node::Iverson(c) if matches!(s.node(*c), Node::Rel(RelOp::Eq, ..)));
        if s.any_subterm(d.current(), &mut |n| delta(n)) {
            d.tidy();
        }
        if self.collapse_deltas_of_brackets(d) {
            d.tidy();
        }
        while self.constants_out_of_sums(d) {}
        d.line(Detail::Textbook);
        settled
    }
    /// `∂L/∂x` of an unknown function of one tensor `u` that depends on x: `Σ_i ∂L/∂u[i] · ∂u[i]/∂x`.
    fn chain_through_tensor(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let pos = Position::root();
        let Ok(f) = d.proof.focus(&pos) else { return false };
        let Node::Diff { body, .. } = s.node(f.part) else { return false };
        let Node::Call(g, xs) = s.node(*body) else { return false };
        let dependent: Vec<Id> = xs.iter().copied().filter(|x| s.loose(*x) > 0).collect();
        let [u] = dependent.as_slice() else { return false };
        if s.fun(*g).kind != FnKind::Unknown || !s.sort(*u).is_tensor() || matches!(s.node(*u), Node::Bound(..)) {
            return false;
        }
        let Some(new) = gradus_kernel::chain_rule(s, f.part, *u) else { return false };
        d.step(&pos, &f, Ground::Recomputed(Procedure::ChainRule), new, "diff.chain_tensor", Text::words("chain rule"), Weight::Main)
            .is_ok()
    }
    /// The derivatives of entries of the tensor gone through: cited, or proved as a lemma and cited.
    fn settle_inner(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let inner = |n: &Node| matches!(n, Node::Diff { body, .. } if matches!(s.node(*body), Node::Entry(..)));
        let Some(path) = outermost(s, d.current(), &inner).first().cloned() else { return false };
        let pos = Position::at(&path);
        let Ok(f) = d.proof.focus(&pos) else { return false };
        if matches!(self.cite_known(d, &pos, &f), Ok(true)) {
            return true;
        }
        let mut givens = d.proof.givens().to_vec();
        givens.extend(&f.facts);
        let mut sub = Draft::new(self.prover, f.part, &givens);
        if !self.push_derivatives(&mut sub) {
            return false;
        }
        let instances = self.instances(&[f.part, sub.current()]);
        self.simplify(&mut sub, &instances);
        while self.deltas_out_of_cases(&mut sub) {}
        self.guards_to_cases(&mut sub);
        let heading = if self.pending.borrow().is_empty() { "First, one entry:" } else { "Next, one entry:" };
        self.keep_lemma("the derivative of one entry", &sub, Text::words(heading));
        matches!(self.cite_known(d, &pos, &f), Ok(true))
    }
    /// The tensor of the entries found, by extensionality.
    fn whole_by_entries(&self, whole: &mut Draft<'s>, place: &Position, d: &Draft<'s>, vars: &[VarId]) -> bool {
        let Ok(f) = whole.proof.focus(place) else { return false };
        let lemma = self.prover.add_lemma("the entries above", &d.proof);
        let Node::Tensor { dims, .. } = self.store.node(f.part) else { return false };
        let new = self.store.tensor(vars, dims, d.current());
        whole
            .step(
                place,
                &f,
                Ground::Entrywise { lemma, indices: vars.to_vec() },
                new,
                "tensor.extensional",
                Text::words("entry by entry"),
                Weight::Small,
            )
            .is_ok()
    }
    /// The derivative of a name by one entry, found on the way to its gradient, may be cited in later goals.
    fn keep_entry(&self, goal: &Goal, d: &Draft<'s>) {
        let s = self.store;
        let Node::Diff { body, .. } = s.node(d.proof.start()) else { return };
        let Node::Call(g, _) = s.node(*body) else { return };
        if !s.fun(*g).is_constant_name() || !self.open_assumptions(d).is_empty() {
            return;
        }
        match &goal.label {
            Some(label) => self.remember(Some(label), self.prover.add_lemma(&format!("by {label}"), &d.proof)),
            None => self.remember_derivative(self.prover.add_lemma("the entries above", &d.proof), *g),
        }
    }
    /// The first reading that is proved; without one the tensor of entries stays the answer.
    fn read_as(&self, whole: &mut Draft<'s>, read: &[Id]) -> bool {
        for r in read {
            if self.store.same(*r, whole.current()) {
                return true;
            }
            let Ok(f) = whole.proof.focus(&Position::root()) else { return false };
            if whole
                .step(&Position::root(), &f, Ground::Extensional, *r, "tensor.read", Text::words("read as a whole"), Weight::Main)
                .is_ok()
            {
                return true;
            }
        }
        true
    }
    /// The lines from the entry found to the entry of what it will be read as, where they say something.
    fn towards(&self, d: &mut Draft<'s>, vars: &[VarId], read: &[Id]) {
        if let ([first, ..], [i]) = (read, vars) {
            self.towards_convolution(d, *first, *i);
        }
    }
}

/// Whether a name stands in a term, or in what the names in it stand for.
fn rests_on(s: &Store, t: Id, g: gradus_term::FnId) -> bool {
    s.any_subterm_defined(t, &mut |n| matches!(n, Node::Call(f, _) if *f == g))
}

/// Assumptions of the entry's chain are assumptions of the whole.
fn with_assumptions<'s>(e: &Engine<'s>, mut out: Solution, d: &Draft<'s>) -> Solution {
    let Some(dv) = out.derivation.as_mut().and_then(Arc::get_mut) else { return out };
    let (_, assumed) = e.natural(d.proof.start(), d.current(), d.proof.givens(), e.open_assumptions(d));
    for a in super::domain::distinct(e.store, &assumed) {
        let key = super::domain::without_names(e.store, a);
        if dv.assumptions.iter().any(|b| super::domain::without_names(e.store, *b) == key) {
            continue;
        }
        dv.assumptions.push(a);
        if out.status == Status::Proved {
            out.status = Status::Conditional;
            dv.status = Status::Conditional;
        }
    }
    out
}
