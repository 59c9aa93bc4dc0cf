//! `evaluate`: a concrete value, one kind of operation a line; vectors and matrices entry by entry; convolutions with
//! the products behind each entry.

use super::at_values::{computed, shown_lines, Values};
use super::finish::Expected;
use super::passes::Pass;
use crate::cost::cost;
use crate::draft::Draft;
use crate::tidy::tidy;
use crate::Engine;
use gradus_kernel::{Ground, Item, Refused, Solution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Goal, Id, Node, Position, Prim, Rat, RelOp, Store, VarId};

/// Entries a written-out array may have.
pub(crate) const ENTRIES: usize = 144;
/// The dearest line that is shown on the way to a number.
const WIDEST: u32 = 260;
/// Rounds of passes.
const ROUNDS: usize = 12;

/// Answers `evaluate term with …`.
pub(crate) fn answer(e: &Engine<'_>, goal: &Goal, term: Id, with: &[(VarId, Id)]) -> Solution {
    let s = e.store;
    let values = Values::new(s, with);
    let start = values.put(s, term);
    let givens: Vec<Id> = e.givens(goal).into_iter().map(|c| values.put(s, c)).collect();
    if let Some(none) = super::no_value(e, goal, start, &givens) {
        return none;
    }
    let ranges = |n: &Node| matches!(n, Node::Big { hi, .. } if hi.as_int().is_none());
    if with.is_empty() && s.sort(start).is_scalar() && s.any_subterm(start, &mut |n| ranges(n)) {
        let mut out = super::expand::answer(e, goal, term, super::expand::Form::Simple);
        out.task = Text::words("Evaluate ").term(term).and(".");
        return out;
    }
    let mut d = Draft::new(e.prover, start, &givens);
    let mut items = Vec::new();
    let from = e.prover.lemma_count();
    let opened = e.names_of_derivatives(&mut d, term);
    let derived = e.derivatives_first(&mut d, goal, opened, &values, &mut items);
    if items.is_empty() && d.len() == 0 {
        // Sums are written out before arrays are put into them.
        if let Some(general) = e.put_in_general(&givens, start, (term, with), &mut items) {
            d = general;
        }
    } else {
        items.push(Item::Say(Text::words("At the values given:")));
    }
    let complete = e.worked_out(&mut d, &mut items, from) && derived;
    if complete && s.sort(start).is_scalar() {
        e.nicest(&mut d);
    }
    let complete = complete && !operation_left(s, d.current()) && !crate::tidy::has_derivative(s, d.current());
    let expected = if complete { e.meet_expectation(&mut d, goal.expect) } else { Expected::Open };
    d.line(Detail::Brief);
    let mut chain = d.chain(e.detail());
    chain.boxed = true;
    items.push(if d.len() == 0 { Item::Answer(start, Text::default()) } else { Item::Chain(chain) });
    let mut out = e.conclude(goal, &d, start, items, complete, expected);
    out.recalls = e.recalls(goal, term);
    out.task = Text::words("Evaluate ").term(term);
    let shown: Vec<&(VarId, Id)> = with.iter().filter(|(v, _)| !s.var(*v).is_integer()).collect();
    for (k, (v, t)) in shown.iter().enumerate() {
        let joint = match k {
            0 => " with ",
            _ if k + 1 == shown.len() => " and ",
            _ => ", ",
        };
        out.task = out.task.and(joint).term(s.rel(RelOp::Eq, s.name(*v), *t));
    }
    out.task = out.task.and(".");
    out
}

impl<'s> Engine<'s> {
    /// Works the current term out: names it rests on first, then operations from the inside; whether it could be written down.
    pub(super) fn worked_out(&self, d: &mut Draft<'s>, items: &mut Vec<Item>, from: usize) -> bool {
        let s = self.store;
        self.unfold_names(d);
        self.names_first(d, items, from);
        self.inner_operations(d);
        let written = if s.sort(d.current()).is_tensor() {
            match super::convolve::operands(s, d.current()) {
                Some(c) => self.convolution(d, &c, items),
                None => self.by_entries(d),
            }
        } else {
            true
        };
        self.arithmetic(d);
        written
    }
    /// Passes over the current term, a line each, until nothing changes.
    pub(crate) fn arithmetic(&self, d: &mut Draft<'s>) {
        for _ in 0..ROUNDS {
            let before = d.len();
            for pass in Pass::ALL {
                if pass == Pass::Unfold && self.store.sort(d.current()).is_tensor() {
                    continue;
                }
                self.pass(d, pass);
            }
            if d.len() == before {
                return;
            }
        }
    }
    fn pass(&self, d: &mut Draft<'s>, pass: Pass) {
        let s = self.store;
        let new = pass.apply(s, d.current());
        if s.same(new, d.current()) {
            return;
        }
        let (name, words) = pass.words();
        let reason = match (pass, s.node(d.current())) {
            (Pass::Unfold, Node::Call(f, _)) => self.definition_reason(*f),
            _ => Text::words(words),
        };
        if self.rewrite_any(d, new, name, reason, Weight::Main).is_ok()
            && (pass != Pass::Entries || s.same(Pass::WriteOut.apply(s, new), new))
            // What no page holds is not written down.
            && (s.sort(new).is_tensor() || cost(s, new) <= WIDEST)
        {
            d.line(Detail::Textbook);
        }
    }
    /// Replaces the whole by an equal term: by normal form, of tensors by their entries.
    pub(crate) fn rewrite_any(&self, d: &mut Draft<'s>, new: Id, name: &str, reason: Text, weight: Weight) -> Result<(), Refused> {
        if !self.store.sort(new).is_tensor() {
            return d.rewrite(new, name, reason, weight);
        }
        let pos = Position::root();
        let f = d.proof.focus(&pos)?;
        let ground = if gradus_kernel::rearranged(self.store, f.part, new) { Ground::Rearranged } else { Ground::Extensional };
        d.step(&pos, &f, ground, new, name, reason, weight)
    }
    /// Names of tensors are put in until an operation stands at the head.
    pub(super) fn unfold_names(&self, d: &mut Draft<'s>) {
        let s = self.store;
        for _ in 0..16 {
            let Node::Call(f, xs) = s.node(d.current()) else { return };
            if s.prim(*f).is_some() || s.fun(*f).explicit > 0 {
                return;
            }
            let Some(body) = s.unfold(*f, xs) else { return };
            let pos = Position::root();
            let Ok(focus) = d.proof.focus(&pos) else { return };
            if d.step(&pos, &focus, Ground::Unfolded, body, "definition.unfold", self.definition_reason(*f), Weight::Main).is_err() {
                return;
            }
            if !has_entry_of_array(s, body) {
                d.line(Detail::Textbook);
            }
        }
    }
    /// A tensor of concrete shape as an array of what its entries are; whether it could be written.
    fn by_entries(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let now = d.current();
        if is_array(s, now) {
            return true;
        }
        let Some(array) = written_out(s, now) else { return false };
        let words = match s.node(now) {
            Node::MatMul(_) => "rows times columns",
            _ => "entry by entry",
        };
        for (new, words) in shown_lines(s, now, array, computed(s, array), words) {
            if self.rewrite_any(d, new, "tensor.write_out", Text::words(words), Weight::Main).is_err() {
                return false;
            }
            d.line(Detail::Textbook);
            if new == array {
                break;
            }
        }
        true
    }
    /// A term of numbers worked out: `101/100 − √1` is 1/100.
    pub(crate) fn number_worked_out(&self, t: Id, givens: &[Id]) -> Id {
        let mut d = Draft::new(self.prover, t, givens);
        self.arithmetic(&mut d);
        self.nicest(&mut d);
        d.current()
    }
    /// A shorter form of a value that is no number.
    pub(super) fn nicest(&self, d: &mut Draft<'s>) {
        if self.store.as_rational(d.current()).is_some() {
            return;
        }
        self.by_rules(d);
        self.simplify(d, &[]);
        self.rationalise(d);
        self.shorter_logarithms(d);
    }
    /// `log 4` as `2 log 2` where that is shorter, as in `log(4)/2`.
    fn shorter_logarithms(&self, d: &mut Draft<'s>) {
        let s = self.store;
        let new = tidy(s, logarithms_of_roots(s, d.current()));
        if cost(s, new) < cost(s, d.current()) {
            d.line(Detail::Textbook);
            let _ = d.rewrite(new, "log.power", Text::words("log of a power"), Weight::Main);
            d.line(Detail::Brief);
        }
    }
}

/// Logarithms of powers of whole numbers, `log(bᵏ)`, as `k log(b)`.
fn logarithms_of_roots(s: &Store, t: Id) -> Id {
    if let Node::Call(f, xs) = s.node(t) {
        let n = xs.first().and_then(|x| s.as_rational(*x)).filter(|q| s.prim(*f) == Some(Prim::Log) && *q > Rat::one());
        let power = n.and_then(|n| (2..=6).rev().find_map(|k| Some((k, n.root(k)?))));
        if let Some((k, b)) = power {
            return s.mul(s.int(k), s.prim_call(Prim::Log, &[s.rational(&b)]));
        }
    }
    s.intern(s.node(t).map_children(&mut |c, _| logarithms_of_roots(s, c)))
}

/// Whether an array stands with an index, as `[1, 2]_k`: nothing to read.
pub(super) fn has_entry_of_array(s: &Store, t: Id) -> bool {
    s.any_subterm(t, &mut |n| matches!(n, Node::Entry(u, _) if matches!(s.node(*u), Node::Array(_))))
}

pub(super) fn is_array(s: &Store, t: Id) -> bool {
    match s.node(t) {
        Node::Array(xs) => xs.iter().all(|x| s.sort(*x).is_scalar() || is_array(s, *x)),
        _ => false,
    }
}

/// The array of the entries of a tensor of concrete shape, each written down as a person would: indices put in, sums over
/// concrete ranges written out, nothing computed. `None` if a size is symbolic or the array too large.
pub(crate) fn written_out(s: &Store, t: Id) -> Option<Id> {
    let dims: Vec<i64> = s.sort(t).dims().iter().map(Aff::as_int).collect::<Option<_>>()?;
    let count = dims.iter().try_fold(1usize, |a, d| a.checked_mul(usize::try_from(*d).ok()?))?;
    if count > ENTRIES || count == 0 {
        return None;
    }
    array(s, t, &dims, &mut Vec::new())
}

fn array(s: &Store, t: Id, dims: &[i64], ix: &mut Vec<Aff>) -> Option<Id> {
    match dims.split_first() {
        None => Some(entry(s, t, ix)),
        Some((n, rest)) => {
            let mut xs = Vec::new();
            for k in 1..=*n {
                ix.push(Aff::int(k));
                let x = array(s, t, rest, ix);
                ix.pop();
                xs.push(x?);
            }
            Some(s.intern(Node::Array(xs.into())))
        }
    }
}

fn entry(s: &Store, t: Id, ix: &[Aff]) -> Id {
    let mut e = tidy_ones(s, s.make_entry(t, ix));
    for _ in 0..24 {
        let mut next = e;
        for p in [Pass::Entries, Pass::Unfold, Pass::WriteOut] {
            next = p.apply(s, next);
        }
        if next == e {
            break;
        }
        e = next;
    }
    tidy_ones(s, e)
}

/// Brackets decided to 1 and 0 leave their products; nothing else is computed yet.
fn tidy_ones(s: &Store, t: Id) -> Id {
    let n = s.node(t).map_children(&mut |c, _| tidy_ones(s, c));
    let t = s.intern(n);
    let has_bracket = |x: Id| s.any_subterm(x, &mut |n| matches!(n, Node::Iverson(_)));
    if has_bracket(t) {
        tidy(s, t)
    } else {
        t
    }
}

/// Whether an operation on tensors is left that a value would not have.
pub(super) fn operation_left(s: &Store, t: Id) -> bool {
    s.any_subterm(t, &mut |n| match n {
        Node::Call(f, xs) => {
            s.prim(*f).is_some_and(|p| !p.is_scalar()) && xs.iter().all(|x| s.sort(*x).is_tensor() && s.free_vars(*x).is_empty())
        }
        Node::MatMul(xs) => xs.iter().all(|x| s.free_vars(*x).is_empty()),
        _ => false,
    })
}
