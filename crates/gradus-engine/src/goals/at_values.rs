//! `evaluate … with x = [1, 2]`: derivatives in general first, then the values put in; names and inner operations worked out one
//! after the other, each shown once.

use super::evaluate::{is_array, operation_left, written_out};
use super::passes::Pass;
use crate::draft::{everywhere, outermost, Draft};
use crate::Engine;
use gradus_kernel::{Chain, Claim, Derivation, Ground, Item, Status, Substitution, Text, Value, Weight};
use gradus_term::goal::{DeriveNotation, Detail};
use gradus_term::{Arg, Goal, GoalKind, Id, Node, Position, Prim, RelOp, Sort, Store, VarId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Names and operations worked out one by one.
const STEPS: usize = 32;

/// What is put for names.
pub(super) struct Values {
    args: FxHashMap<VarId, Arg>,
    subst: Substitution,
}

impl Values {
    /// Sizes are put in as sizes, all else as terms.
    pub fn new(s: &Store, with: &[(VarId, Id)]) -> Self {
        let (mut args, mut subst) = (FxHashMap::default(), Substitution::new());
        for (v, t) in with {
            match s.as_aff(*t).filter(|_| s.var(*v).is_integer()) {
                Some(a) => {
                    args.insert(*v, Arg::Idx(a.clone()));
                    subst.values.insert(*v, Value::Index(a));
                }
                None => {
                    args.insert(*v, Arg::Val(*t));
                    subst.values.insert(*v, Value::Term(*t));
                }
            }
        }
        Values { args, subst }
    }
    /// The term with the values put in.
    pub fn put(&self, s: &Store, t: Id) -> Id {
        if self.args.is_empty() {
            t
        } else {
            s.subst(t, &self.args)
        }
    }
}

impl<'s> Engine<'s> {
    /// Names that stand for something with a derivative in it, put in before values are; the term with them put in.
    pub(super) fn names_of_derivatives(&self, d: &mut Draft<'s>, mut term: Id) -> Id {
        let s = self.store;
        let named = |n: &Node| match n {
            Node::Call(f, xs) if s.fun(*f).is_constant_name() => s.unfold(*f, xs).filter(|b| self.rests_on_derivative(*b)),
            _ => None,
        };
        let body = |n: &Node| match n {
            Node::Entry(t, ix) => named(s.node(*t)).map(|b| s.make_entry(b, ix)),
            _ => named(n),
        };
        for _ in 0..STEPS {
            let Some(path) = outermost(s, term, &|n| body(n).is_some()).into_iter().next() else { break };
            let pos = Position::at(&path);
            let Ok(f) = s.focus(term, &pos) else { break };
            let Some(new) = body(s.node(f.part)).and_then(|b| s.splice(term, &pos, &f.opened, b).ok()) else { break };
            if !self.definition_put_in(d, &pos) {
                break;
            }
            term = new;
            d.line(Detail::Textbook);
        }
        term
    }
    /// Whether a name of the worksheet in the term stands for something with a derivative in it that can be evaluated.
    pub(super) fn opens_a_derivative(&self, t: Id) -> bool {
        let s = self.store;
        let name = |n: &Node| matches!(n, Node::Call(f, _) if s.fun(*f).is_constant_name());
        s.any_subterm(t, &mut |n| name(n))
            && s.any_subterm_defined(t, &mut |n| matches!(n, Node::Diff { body, .. } if !crate::tidy::is_final(s, *body)))
    }
    /// Whether a derivative stands in the term, or in a definition it rests on.
    pub(super) fn rests_on_derivative(&self, t: Id) -> bool {
        self.store.any_subterm_defined(t, &mut |n| matches!(n, Node::Diff { .. }))
    }
    /// The derivatives in `term`, each as a lemma before values are put in, and cited at the values; whether all could be.
    pub(super) fn derivatives_first(&self, d: &mut Draft<'s>, goal: &Goal, term: Id, values: &Values, items: &mut Vec<Item>) -> bool {
        let s = self.store;
        for path in outermost(s, term, &|n| is_derivative(s, n)) {
            let Ok(part) = s.focus(term, &Position::at(&path)).map(|f| f.part) else { return false };
            let asked = Goal {
                kind: GoalKind::Derive { term: part, notation: DeriveNotation::Derivative },
                label: None,
                expect: None,
                ..goal.clone()
            };
            let found = super::derive::answer(self, &asked, part, DeriveNotation::Derivative);
            let settled = matches!(found.status, Status::Proved | Status::Conditional);
            let (Some(derivation), Some(result)) = (found.derivation.filter(|_| settled), found.result) else { return false };
            let Some(lemma) = derivation.lemma.filter(|_| !crate::tidy::has_derivative(s, result)) else { return false };
            let heading = if items.is_empty() { "The derivative in general:" } else { "The next derivative:" };
            let lines = derivation.items.iter().map(unboxed).collect();
            let shown = items.iter().any(|x| shows_equation(s, x, s.rel(RelOp::Eq, part, result)));
            if !shown {
                items.push(Item::Lemma(Arc::new(Derivation { heading: Text::words(heading), items: lines, ..(*derivation).clone() })));
            }
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { return false };
            let ground = Ground::Cited { lemma, subst: values.subst.clone() };
            let new = values.put(s, result);
            if d.step(&pos, &f, ground, new, "lemma.cite", Text::words("the derivative above"), Weight::Main).is_err() {
                return false;
            }
        }
        if !items.is_empty() {
            d.line(Detail::Textbook);
        }
        true
    }

    /// The worksheet's names in the current term, worked out as lemmas, those they rest on first; once on this page, whose lemmas
    /// are those from number `from` on.
    pub(super) fn names_first(&self, d: &mut Draft<'s>, items: &mut Vec<Item>, from: usize) {
        let s = self.store;
        let mut calls = Vec::new();
        collect_names(s, d.current(), &mut calls);
        // A name for an array is the array.
        let is_value = |c: Id| match s.node(c) {
            Node::Call(g, xs) => s.unfold(*g, xs).is_some_and(|b| is_array(s, b) || s.as_rational(b).is_some()),
            _ => false,
        };
        let (values, calls): (Vec<Id>, Vec<Id>) = calls.into_iter().partition(|c| is_value(*c));
        let before = d.len();
        // Worked out in order, put in from the outside: a name's arguments hold the names it rests on.
        let here: Vec<Id> = calls.into_iter().filter(|c| s.contains(d.current(), *c)).collect();
        let known: Vec<(Id, Option<usize>)> = here.into_iter().map(|c| (c, self.name_worked_out(d, c, items, from))).collect();
        for (c, lemma) in known.into_iter().rev() {
            let Some(lemma) = lemma else { continue };
            let Some(value) = self.prover.lemma(lemma).map(|l| l.right) else { continue };
            while let Some(path) = outermost(s, d.current(), &|n| s.node(c) == n).first() {
                let pos = Position::at(path);
                let Ok(f) = d.proof.focus(&pos) else { break };
                let ground = Ground::Cited { lemma, subst: Substitution::new() };
                if d.step(&pos, &f, ground, value, "lemma.cite", Text::words("the values above"), Weight::Main).is_err() {
                    break;
                }
            }
        }
        for c in values {
            while let Some(path) = outermost(s, d.current(), &|n| s.node(c) == n).first() {
                if !self.definition_put_in(d, &Position::at(path)) {
                    break;
                }
            }
        }
        if d.len() > before {
            let read = Pass::Entries.apply(s, d.current());
            if super::evaluate::has_entry_of_array(s, d.current()) && !s.same(read, d.current()) {
                let _ = self.rewrite_any(d, read, "tensor.entries", Text::default(), Weight::Small);
            }
            d.line(Detail::Textbook);
        }
    }
    /// The name at this place by its definition; whether it could be put in.
    pub(super) fn definition_put_in(&self, d: &mut Draft<'s>, pos: &Position) -> bool {
        let s = self.store;
        let Ok(f) = d.proof.focus(pos) else { return false };
        // At an entry, that entry of what the name stands for.
        let (call, entry) = match s.node(f.part) {
            Node::Entry(t, ix) => (*t, Some(ix)),
            _ => (f.part, None),
        };
        let Node::Call(g, xs) = s.node(call) else { return false };
        let Some(body) = s.unfold(*g, xs).map(|b| entry.map_or(b, |ix| s.make_entry(b, ix))) else { return false };
        d.step(pos, &f, Ground::Unfolded, body, "definition.unfold", self.definition_reason(*g), Weight::Main).is_ok()
    }
    /// A name's value as a lemma of its own.
    fn name_worked_out(&self, d: &Draft<'s>, call: Id, items: &mut Vec<Item>, from: usize) -> Option<usize> {
        let s = self.store;
        let mut sub = Draft::new(self.prover, call, d.proof.givens());
        let mut own = Vec::new();
        let known = (from..self.prover.lemma_count()).rev().find(|k| {
            self.prover.lemma(*k).is_some_and(|l| {
                l.name == "the values above" && l.under.iter().all(|c| d.proof.givens().contains(c)) && s.same(l.left, call)
            })
        });
        if known.is_some() || !self.definition_put_in(&mut sub, &Position::root()) {
            return known;
        }
        if !super::evaluate::has_entry_of_array(s, sub.current()) {
            sub.line(Detail::Textbook);
        }
        let found = self.worked_out(&mut sub, &mut own, from);
        if !found || sub.len() == 0 || operation_left(s, sub.current()) || !s.free_vars(sub.current()).is_empty() {
            return None;
        }
        sub.line(Detail::Brief);
        let claim = Claim::Equal(call, sub.current());
        let lemma = self.prover.add_lemma("the values above", &sub.proof);
        own.push(Item::Chain(sub.chain(self.detail())));
        let assumptions = self.open_assumptions(&sub);
        let status = if assumptions.is_empty() { Status::Proved } else { Status::Conditional };
        let (heading, notes) = (Text::default(), Vec::new());
        items.push(Item::Lemma(Arc::new(Derivation { claim, heading, items: own, assumptions, notes, status, lemma: Some(lemma) })));
        Some(lemma)
    }

    /// Inner operations on arrays, innermost first, each worked out wherever it stands before the next one is looked at.
    pub(super) fn inner_operations(&self, d: &mut Draft<'s>) {
        let (s, begun) = (self.store, d.len());
        for _ in 0..STEPS {
            let Some((path, part, rest)) = innermost(s, d.current()) else { return };
            if s.sort(part).is_tensor() && self.numbers_worked_out(d, begun) {
                continue;
            }
            let Some(products) = written_out(s, part) else { return };
            let words = match s.node(part) {
                Node::MatMul(_) => "rows times columns",
                Node::Call(f, _) if s.prim(*f) == Some(Prim::Transpose) => "transpose",
                _ if s.convolution(part).is_some() => "products at each place",
                _ if s.sort(part).is_scalar() => "by entries",
                _ => "entry by entry",
            };
            let value = computed(s, products);
            if operation_left(s, value) || s.any_subterm(value, &mut |n| matches!(n, Node::Entry(..))) {
                return;
            }
            let places = match &rest {
                Some(_) => vec![path],
                None => everywhere(s, d.current(), &|n| s.node(part) == n),
            };
            let whole = |new: Id| rest.as_ref().map_or(new, |fs| s.intern(Node::MatMul(fs.iter().map(|x| x.unwrap_or(new)).collect())));
            let before = d.current();
            for (new, words) in shown_lines(s, part, products, value, words) {
                let put = places.iter().try_fold(before, |t, path| {
                    let pos = Position::at(path);
                    s.splice(t, &pos, &s.focus(before, &pos).ok()?.opened, whole(new)).ok()
                });
                let Some(put) = put else { return };
                let done = if new == value && d.current() != before {
                    self.rewrite_any(d, put, "tensor.write_out", Text::words(words), Weight::Main).is_ok()
                } else {
                    places.iter().all(|path| self.written_at(d, path, whole(new), words))
                };
                if !done {
                    return;
                }
                d.line(Detail::Textbook);
            }
        }
    }
    /// Numbers beside arrays worked out once something was; whether there were any.
    fn numbers_worked_out(&self, d: &mut Draft<'s>, begun: usize) -> bool {
        let new = crate::tidy::tidy(self.store, computed(self.store, d.current()));
        if d.len() == begun || self.store.same(new, d.current()) {
            return false;
        }
        let done = self.rewrite_any(d, new, "arithmetic.values", Text::words("work out"), Weight::Main).is_ok();
        d.line(Detail::Textbook);
        done
    }
    /// One operation by what its entries are; whether it could be written down.
    fn written_at(&self, d: &mut Draft<'s>, path: &[u32], new: Id, words: &'static str) -> bool {
        let s = self.store;
        let pos = Position::at(path);
        let Ok(f) = d.proof.focus(&pos) else { return false };
        let ground = if s.sort(new).is_tensor() { Ground::Extensional } else { Ground::Recomputed(gradus_kernel::Procedure::NormalForm) };
        s.same(f.part, new) || d.step(&pos, &f, ground, new, "tensor.write_out", Text::words(words), Weight::Main).is_ok()
    }
}

/// An operation written out by entries, then worked out; at once where every entry is one operation on two numbers.
pub(super) fn shown_lines(s: &Store, part: Id, products: Id, value: Id, words: &'static str) -> Vec<(Id, &'static str)> {
    let number = |x: Id| s.as_rational(x).is_some();
    let one_operation = |x: Id| match s.node(x) {
        _ if number(x) => true,
        Node::Sum(xs) => xs.len() <= 2 && xs.iter().all(|y| number(y.term)),
        Node::Product(xs) => xs.len() <= 2 && xs.iter().all(|y| number(*y)),
        Node::Quot(a, b) => number(*a) && number(*b),
        _ => false,
    };
    let by_entry = matches!(s.node(part), Node::Sum(_) | Node::Product(_) | Node::Quot(..))
        || matches!(s.node(part), Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Hadamard | Prim::Diag | Prim::Transpose)));
    if by_entry && is_array(s, value) && entries_of(s, products).into_iter().all(one_operation) {
        vec![(value, words)]
    } else {
        vec![(products, words), (value, "work out")]
    }
}

/// The entries of an array.
fn entries_of(s: &Store, t: Id) -> Vec<Id> {
    match s.node(t) {
        Node::Array(xs) => xs.iter().flat_map(|x| entries_of(s, *x)).collect(),
        _ => vec![t],
    }
}

/// The numbers in a term worked out.
pub(super) fn computed(s: &Store, t: Id) -> Id {
    [Pass::Values, Pass::Powers, Pass::Products, Pass::Denominators, Pass::Sums].iter().fold(t, |x, p| p.apply(s, x))
}

/// A result on the way, without its box.
fn unboxed(item: &Item) -> Item {
    match item {
        Item::Answer(x, _) => Item::Show(*x, Text::default()),
        Item::Chain(c) => Item::Chain(Chain { boxed: false, ..c.clone() }),
        other => other.clone(),
    }
}

/// Whether this is a derivative as it is asked for: of a scalar, or a whole tensor of them.
/// Whether a lemma shows this equation on the way to what it is about, as that of a Hessian shows the gradient.
fn shows_equation(s: &Store, item: &Item, equation: Id) -> bool {
    match item {
        Item::Lemma(d) => d.items.iter().any(|x| shows_equation(s, x, equation)),
        Item::Show(r, _) => s.same(*r, equation),
        _ => false,
    }
}

fn is_derivative(s: &Store, n: &Node) -> bool {
    match n {
        Node::Diff { body, .. } => s.loose(*body) <= 1,
        Node::Tensor { body, .. } => matches!(s.node(*body), Node::Diff { .. }),
        Node::Call(f, xs) => s.prim(*f) == Some(Prim::AsMatrix) && xs.first().is_some_and(|t| is_derivative(s, s.node(*t))),
        _ => false,
    }
}

/// The worksheet's names without parameters in a term, at values, those that others rest on first.
fn collect_names(s: &Store, t: Id, out: &mut Vec<Id>) {
    for path in everywhere(s, t, &|n| matches!(n, Node::Call(f, _) if s.fun(*f).is_constant_name() && !s.fun(*f).library)) {
        let Ok(f) = s.focus(t, &Position::at(&path)) else { continue };
        let Node::Call(g, xs) = s.node(f.part) else { continue };
        if out.len() >= STEPS || out.contains(&f.part) || s.loose(f.part) > 0 || !f.opened.is_empty() || !s.free_vars(f.part).is_empty() {
            continue;
        }
        if let Some(body) = s.unfold(*g, xs) {
            collect_names(s, body, out);
            if !out.contains(&f.part) {
                out.push(f.part);
            }
        }
    }
}

/// An operation inside the term whose operands are arrays: where, what is worked out, and for two factors of a longer product the
/// others (`None` where the result goes).
type Inner = (Vec<u32>, Id, Option<Vec<Option<Id>>>);

fn innermost(s: &Store, t: Id) -> Option<Inner> {
    let row = |x: Id| matches!(s.node(x), Node::Call(f, ys) if s.prim(*f) == Some(Prim::Transpose) && matches!(s.sort(x), Sort::Row(_)) && ys.iter().all(|y| is_array(s, *y)));
    let ready = |x: Id| !s.sort(x).is_tensor() || is_array(s, x) || row(x);
    let mut paths = everywhere(s, t, &|n| matches!(n, Node::Call(..) | Node::MatMul(_) | Node::Sum(_) | Node::Product(_) | Node::Quot(..)));
    paths.sort_by_key(|p| std::cmp::Reverse(p.len()));
    paths.into_iter().find_map(|path| {
        let part = s.focus(t, &Position::at(&path)).ok().filter(|f| f.opened.is_empty())?.part;
        let children: Vec<Id> = s.node(part).children().into_iter().map(|c| c.0).collect();
        let tensors = children.iter().filter(|c| s.sort(**c).is_tensor()).count();
        if is_array(s, part) || tensors == 0 || !children.iter().all(|c| ready(*c)) {
            return None;
        }
        match s.node(part) {
            // Of a longer product, the end with a vector first, else the beginning.
            Node::MatMul(xs) if xs.len() > 2 => {
                let column = xs.last().is_some_and(|x| s.sort(*x).dims().len() == 1);
                let from = if column { xs.len() - 2 } else { 0 };
                let pair = s.intern(Node::MatMul(xs.get(from..from + 2)?.into()));
                let mut rest: Vec<Option<Id>> = xs.iter().map(|x| Some(*x)).collect();
                rest.splice(from..from + 2, [None]);
                Some((path, pair, Some(rest)))
            }
            _ if path.is_empty() => None,
            _ if !matches!(s.sort(part), Sort::Row(_)) => Some((path, part, None)),
            _ => None,
        }
    })
}
