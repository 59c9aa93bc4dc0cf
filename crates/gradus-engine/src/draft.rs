//! A chain being written: the kernel's [`Proof`] with the line breaks a person would make.
//!
//! Steps are small and always checked; lines are where a reader rests. A [`Mark`] says that a line ends after a step and
//! from which level of detail on it is shown.

use gradus_kernel::{Chain, Ground, Inline, Line, Procedure, Proof, Proposal, Prover, Refused, Rule, Step, Substitution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Arg, Focus, IVar, Id, Node, Position, Store, VarId, VarKind};
use rustc_hash::FxHashMap;

/// The end of a line.
#[derive(Clone, Debug)]
struct Mark {
    /// The number of steps before the end.
    upto: usize,
    /// The coarsest level at which the line is shown.
    level: Detail,
    /// The reason, if it is not that of the steps.
    reason: Option<Text>,
}

/// A chain with its line breaks.
pub struct Draft<'s> {
    /// The checked chain.
    pub proof: Proof<'s>,
    marks: Vec<Mark>,
    /// How many "taken along" stand open: steps made meanwhile are not main ones.
    asides: u32,
}

impl<'s> Draft<'s> {
    /// A chain from `start` under these conditions.
    pub fn new(prover: &'s Prover<'s>, start: Id, givens: &[Id]) -> Self {
        Draft { proof: prover.proof(start, givens), marks: Vec::new(), asides: 0 }
    }
    /// The arena.
    pub fn store(&self) -> &'s Store {
        self.proof.store()
    }
    /// The term reached.
    pub fn current(&self) -> Id {
        self.proof.current()
    }
    /// The number of steps so far.
    pub fn len(&self) -> usize {
        self.proof.steps().len()
    }
    /// Ends a line here, if there are steps since the last one.
    pub fn line(&mut self, level: Detail) {
        self.line_because(level, None);
    }
    /// Ends a line here with a reason of its own.
    pub fn line_because(&mut self, level: Detail, reason: Option<Text>) {
        let upto = self.len();
        match self.marks.last_mut() {
            Some(m) if m.upto == upto => m.level = m.level.min(level),
            None if upto == 0 => {}
            _ => self.marks.push(Mark { upto, level, reason }),
        }
    }
    /// The last line goes on if all it does is this rule.
    pub fn go_on_after(&mut self, rule: &str) {
        let Some((last, before)) = self.marks.split_last() else { return };
        let line = self.proof.steps().get(before.last().map_or(0, |m| m.upto)..last.upto).unwrap_or(&[]);
        if last.upto == self.len() && last.reason.is_none() && line.iter().all(|s| s.rule == rule || s.weight == Weight::Trivial) {
            self.marks.pop();
        }
    }
    /// The last line takes along what follows it, if that is but another order or grouping without a reason.
    pub fn take_along_order(&mut self) {
        let upto = self.len();
        let Some(last) = self.marks.last_mut() else { return };
        let rest = self.proof.steps().get(last.upto..).unwrap_or(&[]);
        if rest.iter().all(|s| s.weight == Weight::Trivial && s.reason.is_empty()) {
            last.upto = upto;
        }
    }
    /// Whether some step is by the normal form alone: nothing says why.
    pub fn is_unexplained(&self) -> bool {
        self.proof.steps().iter().any(|s| s.rule == crate::bridge::UNEXPLAINED)
    }
    /// What was written so far will be one line.
    pub fn forget_lines(&mut self) {
        self.marks.clear();
    }
    /// Goes back to an earlier number of steps.
    pub fn truncate(&mut self, steps: usize) {
        self.proof.truncate(steps);
        self.marks.retain(|m| m.upto <= steps);
    }

    /// Begins or ends what is taken along on a line whose main step is another: its reasons are not said beside the line.
    pub fn aside(&mut self, begin: bool) {
        self.asides = if begin { self.asides + 1 } else { self.asides.saturating_sub(1) };
    }
    fn weight(&self, w: Weight) -> Weight {
        if self.asides > 0 {
            w.min(Weight::Small)
        } else {
            w
        }
    }

    // ---- moves

    /// Applies a rule with a finished substitution.
    ///
    /// # Errors
    /// As [`Proof::step`].
    pub fn apply(
        &mut self,
        pos: &Position,
        f: &Focus,
        rule: &Rule,
        backward: bool,
        subst: Substitution,
        weight: Weight,
    ) -> Result<(), Refused> {
        let side = if backward { rule.left } else { rule.right };
        let new = gradus_kernel::instantiate(self.store(), side, &subst).map_err(|_| Refused::NotGrounded(rule.name.clone()))?;
        // So guards stand beside what they shield.
        let new = crate::tidy::flat_product(self.store(), new);
        let ground = Ground::Instance { rule: rule.name.clone(), backward, subst };
        self.proof.step(
            pos,
            f,
            Proposal { rule: rule.name.clone(), ground, new, reason: Text::words(rule.short.clone()), weight: self.weight(weight) },
        )
    }
    /// Replaces the part at `pos` by `new` if both have the same normal form.
    ///
    /// # Errors
    /// As [`Proof::step`].
    pub fn recompute(&mut self, pos: &Position, f: &Focus, new: Id, name: &str, reason: Text, weight: Weight) -> Result<(), Refused> {
        if self.store().same(f.part, new) {
            return Ok(());
        }
        let ground = if gradus_kernel::rearranged(self.store(), f.part, new) {
            Ground::Rearranged
        } else {
            Ground::Recomputed(Procedure::NormalForm)
        };
        self.proof.step(pos, f, Proposal { rule: name.to_owned(), ground, new, reason, weight: self.weight(weight) })
    }
    /// Replaces the whole term by an equal one.
    ///
    /// # Errors
    /// As [`Proof::step`].
    pub fn rewrite(&mut self, new: Id, name: &str, reason: Text, weight: Weight) -> Result<(), Refused> {
        let pos = Position::root();
        let f = self.proof.focus(&pos)?;
        self.recompute(&pos, &f, new, name, reason, weight)
    }
    /// Makes a step on another ground.
    ///
    /// # Errors
    /// As [`Proof::step`].
    pub fn step(
        &mut self,
        pos: &Position,
        f: &Focus,
        ground: Ground,
        new: Id,
        name: &str,
        reason: Text,
        weight: Weight,
    ) -> Result<(), Refused> {
        let new = if matches!(ground, Ground::Entries | Ground::Unfolded) { self.lettered(f, new) } else { new };
        self.proof.step(pos, f, Proposal { rule: name.to_owned(), ground, new, reason, weight: self.weight(weight) })
    }
    /// What is to stand at a place, with letters for indices that have none: letters that nothing there has yet.
    pub fn lettered(&self, f: &Focus, new: Id) -> Id {
        let s = self.store();
        let names = s.free_vars(self.current()).into_iter().chain(f.opened.iter().copied()).chain(s.free_vars(new));
        let used: Vec<String> = names.map(|v| s.var(v).name.clone()).collect();
        crate::letters::lettered(s, new, &used)
    }
    /// Makes a step on another ground, unless it would need an assumption; whether it was made.
    #[allow(clippy::too_many_arguments, reason = "as Draft::step")]
    pub fn step_surely(&mut self, pos: &Position, f: &Focus, ground: Ground, new: Id, name: &str, reason: Text, weight: Weight) -> bool {
        let before = self.len();
        if self.step(pos, f, ground, new, name, reason, weight).is_err() {
            return false;
        }
        if self.proof.steps().last().is_some_and(|s| !s.assumes.is_empty()) {
            self.truncate(before);
            return false;
        }
        true
    }
    /// As [`Draft::step`], with its reason said even in an aside.
    ///
    /// # Errors
    /// As [`Proof::step`].
    #[allow(clippy::too_many_arguments, reason = "a step is its parts")]
    pub fn step_said(
        &mut self,
        pos: &Position,
        f: &Focus,
        ground: Ground,
        new: Id,
        name: &str,
        reason: Text,
        weight: Weight,
    ) -> Result<(), Refused> {
        let asides = std::mem::take(&mut self.asides);
        let r = self.step(pos, f, ground, new, name, reason, weight);
        self.asides = asides;
        r
    }
    /// Makes the steps of another chain, which begins where this one stands, with its lines; whether all could be made.
    pub fn follow(&mut self, other: &Draft<'s>) -> bool {
        let s = self.store();
        let before = self.len();
        for st in other.proof.steps() {
            let Ok(own) = self.proof.focus(&st.position) else { break };
            let named = |v: &VarId| if s.var(*v).is_integer() { Arg::Idx(Aff::free(*v)) } else { Arg::Val(s.name(*v)) };
            let map: FxHashMap<VarId, Arg> = own.opened.iter().copied().zip(st.opened.iter().map(named)).collect();
            let f = Focus { part: s.subst(own.part, &map), opened: st.opened.clone(), ..own };
            let again =
                Proposal { rule: st.rule.clone(), ground: st.ground.clone(), new: st.new, reason: st.reason.clone(), weight: st.weight };
            if self.proof.step(&st.position, &f, again).is_err() {
                break;
            }
        }
        if self.len() != before + other.len() {
            self.truncate(before);
            return false;
        }
        self.marks.extend(other.marks.iter().map(|m| Mark { upto: m.upto + before, ..m.clone() }));
        true
    }
    /// Puts the term that ends the last line into another order, on that line and without a word.
    pub fn reorder(&mut self, new: Id) {
        self.quietly(new, "algebra.reorder");
    }
    fn quietly(&mut self, new: Id, name: &str) {
        if self.store().same(new, self.current()) {
            return;
        }
        let before = self.len();
        if self.rewrite(new, name, Text::default(), Weight::Trivial).is_ok() {
            self.on_the_line_before(before);
        }
    }
    /// Steps since `before` belong to the line that ended there.
    pub fn on_the_line_before(&mut self, before: usize) {
        let after = self.len();
        self.marks.iter_mut().filter(|m| m.upto == before).for_each(|m| m.upto = after);
    }
    /// Tidies the whole term without a word, on the line before.
    pub fn tidy(&mut self) {
        // A tidied form that the kernel does not accept is not used.
        self.quietly(crate::tidy::tidy(self.store(), self.current()), "arithmetic.tidy");
    }

    /// The chain as it is shown at a level of detail.
    pub fn chain(&self, detail: Detail) -> Chain {
        self.chain_from(0, detail)
    }
    /// The part of the chain after the first `from` steps, which stand elsewhere on the page.
    pub fn chain_from(&self, from: usize, detail: Detail) -> Chain {
        let steps = self.proof.steps();
        let start = self.proof.start();
        let begin = steps.get(from).map_or(self.current(), |s| s.before);
        let ends: Vec<usize> = match detail {
            Detail::Detailed => detailed_ends(steps),
            level => self.marks.iter().filter(|m| m.level <= level).map(|m| m.upto).collect(),
        };
        let mut lines = Vec::new();
        let all = from;
        let mut from = from;
        for end in ends.into_iter().chain(std::iter::once(steps.len())) {
            let Some(group) = steps.get(from..end).filter(|g| !g.is_empty()) else { continue };
            from = end;
            let Some(last) = group.last() else { continue };
            let own = self.marks.iter().find(|m| m.upto == end && detail != Detail::Detailed).and_then(|m| m.reason.clone());
            lines.push(Line {
                term: last.after,
                reason: own.unwrap_or_else(|| joined_reason(self.proof.store(), group)),
                steps: group.to_vec(),
            });
        }
        drop_unseen_lines(self.store(), begin, &mut lines);
        join_tidied_lines(&mut lines);
        if detail != Detail::Detailed {
            join_factored_lines(&mut lines);
        }
        Chain { start: begin, shown_start: (all > 0).then_some(start), lines, boxed: false }
    }
}

/// In detail every step of some weight ends a line; what is trivial joins the step before it.
fn detailed_ends(steps: &[Step]) -> Vec<usize> {
    let mut ends = Vec::new();
    for (i, _) in steps.iter().enumerate() {
        if steps.get(i + 1).is_none_or(|n| n.weight > Weight::Trivial)
            && steps.get(..=i).is_some_and(|g| g.iter().any(|s| s.weight > Weight::Trivial))
        {
            ends.push(i + 1);
        }
    }
    ends
}

/// What a reader sees of a reason: names that were opened anew in each step and have the same letters are one.
fn seen(s: &Store, reason: &Text) -> Vec<(Inline, Vec<String>)> {
    let term = |t: Id| {
        let free = s.free_vars(t);
        let opened: Vec<VarId> = free.iter().copied().filter(|v| s.var(*v).kind == VarKind::Opened).collect();
        let letters = free.iter().map(|v| s.var(*v).name.clone()).collect();
        (Inline::Term(s.canon(s.close(t, &opened))), letters)
    };
    let inline = |x: &Inline| match x {
        Inline::Words(w) => (Inline::Words(w.clone()), Vec::new()),
        Inline::Term(t) => term(*t),
    };
    reason.0.iter().map(inline).collect()
}

/// The reasons of merged steps, each once, at most three.
fn joined_reason(store: &Store, steps: &[Step]) -> Text {
    let heaviest = steps.iter().map(|s| s.weight).max().unwrap_or(Weight::Trivial).max(Weight::Small);
    let mut parts: Vec<Text> = Vec::new();
    let mut said = Vec::new();
    for s in steps.iter().filter(|s| s.weight >= heaviest && !s.reason.is_empty()) {
        let sight = seen(store, &s.reason);
        if said.contains(&sight) {
            continue;
        }
        let several = parts.len();
        match parts.iter_mut().find_map(|p| Some((in_one_frame(store, &s.reason, p)?, p))) {
            Some((both, p)) => *p = both,
            None if several == 3 => continue,
            None => parts.push(s.reason.clone()),
        }
        said.push(sight);
    }
    parts.iter().fold(Text::default(), Text::also)
}

/// "only the term i = k is left" and "only the term j = l is left" in one: "only the term i = k, j = l is left".
fn in_one_frame(s: &Store, new: &Text, old: &Text) -> Option<Text> {
    let ([Inline::Words(a), Inline::Term(t), Inline::Words(b)], [Inline::Words(c), between @ .., Inline::Words(e)]) =
        (new.0.as_slice(), old.0.as_slice())
    else {
        return None;
    };
    // The same letter twice is of two sums.
    let letter = |t: Id| match s.node(t) {
        Node::Rel(_, v, _) => {
            s.as_aff(*v).and_then(|a| a.as_var()).and_then(|v| if let IVar::Free(v) = v { Some(&s.var(v).name) } else { None })
        }
        _ => None,
    };
    let of_other = |x: &Inline| matches!(x, Inline::Term(u) if letter(*u) != letter(*t)) || matches!(x, Inline::Words(_));
    let framed = a == c && b == e && matches!(between.first(), Some(Inline::Term(_))) && between.iter().all(of_other);
    let first = [Inline::Words(a.clone()), Inline::Term(*t), Inline::Words(", ".into())];
    framed.then(|| Text(first.into_iter().chain(between.iter().cloned()).chain([Inline::Words(b.clone())]).collect()))
}

/// Lines whose term looks like the line before (only a definition of no visible consequence changed) are merged.
fn drop_unseen_lines(s: &Store, start: Id, lines: &mut Vec<Line>) {
    let mut before = start;
    let mut i = 0;
    while i < lines.len() {
        let Some(term) = lines.get(i).map(|l| l.term) else { break };
        if s.same(term, before) {
            let gone = lines.remove(i);
            if let Some(next) = lines.get_mut(i) {
                next.steps.splice(0..0, gone.steps);
            }
        } else {
            before = term;
            i += 1;
        }
    }
}

/// A line that only tidies, and so has no reason, goes on to the next one.
fn join_tidied_lines(lines: &mut Vec<Line>) {
    let mut i = 0;
    while i + 1 < lines.len() {
        let tidies = lines.get(i).is_some_and(|l| l.reason.is_empty() && l.steps.iter().all(|s| s.weight == Weight::Trivial));
        if tidies {
            let gone = lines.remove(i);
            if let Some(next) = lines.get_mut(i) {
                next.steps.splice(0..0, gone.steps);
            }
        } else {
            i += 1;
        }
    }
}

/// What is factored twice in a row is factored in one line.
fn join_factored_lines(lines: &mut Vec<Line>) {
    let factored = |l: &Line| l.reason == Text::words("factor") && l.steps.iter().any(|s| s.rule == "algebra.factor");
    let mut i = 0;
    while let (Some(this), Some(next)) = (lines.get(i), lines.get(i + 1)) {
        if factored(this) && factored(next) {
            let gone = lines.remove(i);
            if let Some(next) = lines.get_mut(i) {
                next.steps.splice(0..0, gone.steps);
            }
        } else {
            i += 1;
        }
    }
}

/// Whether a name is written in a term: not in what other names rest on.
pub(crate) fn shows(s: &Store, t: Id, name: Id) -> bool {
    let mut todo = vec![t];
    let mut seen = rustc_hash::FxHashSet::default();
    while let Some(x) = todo.pop() {
        if s.same(x, name) {
            return true;
        }
        if !seen.insert(x) {
            continue;
        }
        match s.node(x) {
            Node::Call(f, xs) => todo.extend(xs.iter().take(if s.body(*f).is_some() { s.fun(*f).explicit } else { xs.len() })),
            n => n.for_each_child(|c, _| todo.push(c)),
        }
    }
    false
}

/// The paths of the outermost nodes that satisfy a predicate, left to right; it does not look inside a hit.
pub fn outermost(s: &Store, id: Id, pred: &dyn Fn(&Node) -> bool) -> Vec<Vec<u32>> {
    let mut out = Vec::new();
    walk(s, id, &mut Vec::new(), &mut |n, p| {
        let hit = pred(n);
        if hit {
            out.push(p.to_vec());
        }
        !hit
    });
    out
}

/// The paths of all nodes that satisfy a predicate, outer before inner.
pub fn everywhere(s: &Store, id: Id, pred: &dyn Fn(&Node) -> bool) -> Vec<Vec<u32>> {
    let mut out = Vec::new();
    walk(s, id, &mut Vec::new(), &mut |n, p| {
        if pred(n) {
            out.push(p.to_vec());
        }
        true
    });
    out
}

fn walk(s: &Store, id: Id, path: &mut Vec<u32>, visit: &mut dyn FnMut(&Node, &[u32]) -> bool) {
    s.spend(1);
    // Every search goes over places: where the work allowed is done there are none left.
    if s.exhausted() || !visit(s.node(id), path) {
        return;
    }
    for (k, (c, _)) in s.node(id).children().into_iter().enumerate() {
        path.push(u32::try_from(k).unwrap_or(u32::MAX));
        walk(s, c, path, visit);
        path.pop();
    }
}
