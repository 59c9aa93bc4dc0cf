//! Differentiation, one layer a line.
//!
//! A *layer* applies one rule at every outermost derivative, and takes along what a person takes along: the derivative of
//! something simple inside (an entry, an affine argument), constant factors, the sum sign. Which rule applies is decided
//! by the head of what is differentiated; functions of the rulebook have their rule there, definitions are unfolded or have
//! their derivative proved once as a lemma and cited.

use crate::draft::{outermost, Draft};
use crate::tidy::{factors, has_derivative};
use crate::Engine;
use gradus_kernel::{Ground, Procedure, Refused, Rule, Substitution, Text, Value, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, FnKind, Focus, Id, IVar, Node, Position, Summand};

/// Layers that one derivation may take.
const LAYERS: usize = 60;

fn is_diff(n: &Node) -> bool {
    matches!(n, Node::Diff { .. })
}

/// What happened to a derivative.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Moved {
    /// It is gone, or pushed inside: this layer is done with it.
    Done,
    /// It was only rewritten: the layer goes on with what stands there now.
    Again,
    /// No rule applies.
    Stuck,
}

impl<'s> Engine<'s> {
    /// Evaluates every derivative in the current term, a line a layer; whether none is left.
    pub(crate) fn push_derivatives(&self, d: &mut Draft<'s>) -> bool {
        for _ in 0..LAYERS {
            if !has_derivative(self.store, d.current()) {
                return true;
            }
            let before = d.len();
            self.layer(d);
            if d.len() == before {
                return false;
            }
            d.tidy();
            d.line(Detail::Textbook);
        }
        !has_derivative(self.store, d.current())
    }

    /// One layer at every outermost derivative, left to right.
    fn layer(&self, d: &mut Draft<'s>) {
        let count = outermost(self.store, d.current(), &is_diff).len();
        for left_after in (0..count).rev() {
            let paths = outermost(self.store, d.current(), &is_diff);
            let Some(path) = paths.len().checked_sub(left_after + 1).and_then(|k| paths.get(k)) else { continue };
            // Earlier derivatives of this layer may have left new ones; this one is counted from the right.
            let path = path.clone();
            self.differentiate_at(d, &path, true);
        }
    }

    /// Applies rules to the derivative at `path` until the layer is done there.
    fn differentiate_at(&self, d: &mut Draft<'s>, path: &[u32], top: bool) {
        for _ in 0..12 {
            match self.one_rule(d, path, top) {
                Ok(Moved::Again) => {}
                Ok(Moved::Done | Moved::Stuck) | Err(_) => return,
            }
            let Ok(f) = d.proof.focus(&Position::at(path)) else { return };
            if !is_diff(self.store.node(f.part)) {
                return;
            }
        }
    }

    fn one_rule(&self, d: &mut Draft<'s>, path: &[u32], top: bool) -> Result<Moved, Refused> {
        let s = self.store;
        let pos = Position::at(path);
        let f = d.proof.focus(&pos)?;
        let Node::Diff { body, slot, point, .. } = s.node(f.part).clone() else { return Ok(Moved::Stuck) };
        if self.cite_known(d, &pos, &f)? {
            return Ok(Moved::Done);
        }
        let base = Substitution { slot: slot.to_vec(), ..Substitution::default() };
        if s.loose(body) == 0 {
            let sub = self.subst(base, "diff.constant", &[("c", body), ("x", point)])?;
            self.apply(d, &pos, &f, "diff.constant", sub, Weight::Small)?;
            return Ok(Moved::Done);
        }
        match s.node(body).clone() {
            Node::Bound(0, _) => self.entry_delta(d, &pos, &f),
            Node::Entry(t, _) if matches!(s.node(t), Node::Bound(0, _)) => self.entry_delta(d, &pos, &f),
            Node::Sum(xs) => {
                self.sum_rule(d, &pos, &f, &xs)?;
                self.finish_summands(d, path, xs.len());
                Ok(Moved::Done)
            }
            Node::Product(xs) => {
                let (c, u): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| s.loose(**x) == 0);
                if let Some((first, rest)) = u.split_first().filter(|_| c.is_empty()) {
                    let sub = self.subst(base, "diff.product", &[("u", *first), ("v", s.product(rest)), ("x", point)])?;
                    self.apply(d, &pos, &f, "diff.product", sub, Weight::Main)?;
                    self.take_simple(d, path);
                    return Ok(Moved::Done);
                }
                let sub = self.subst(base, "diff.constant_factor", &[("c", s.product(&c)), ("u", s.product(&u)), ("x", point)])?;
                self.apply(d, &pos, &f, "diff.constant_factor", sub, Weight::Small)?;
                self.inner_of_product(d, path, top);
                Ok(Moved::Done)
            }
            Node::Quot(a, b) => self.quotient(d, &pos, &f, base, (a, b, point), top),
            Node::Big { .. } | Node::Pow(..) | Node::Cases(..) => self.by_rulebook(d, &pos, &f, path),
            Node::Entry(t, ix) => self.open_entry(d, path, t, &ix),
            Node::MatMul(_) => self.open_entries(d, path),
            Node::Call(g, xs) => self.call(d, path, &f, g, &xs, body, point),
            _ => self.by_rulebook(d, &pos, &f, path),
        }
    }

    /// `∂x[i]/∂x[j]` or `∂x/∂x`.
    fn entry_delta(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus) -> Result<Moved, Refused> {
        let s = self.store;
        let Some(new) = gradus_kernel::entry_delta(s, f.part) else { return Ok(Moved::Stuck) };
        let new_tidy = crate::tidy::tidy(s, new);
        let reason = if matches!(s.node(new_tidy), Node::Num(_)) { Text::default() } else { Text::default().term(s.rel(gradus_term::RelOp::Eq, f.part, new)) };
        d.step(pos, f, Ground::Recomputed(Procedure::EntryDelta), new, "diff.entry", reason, Weight::Small)?;
        Ok(Moved::Done)
    }

    /// `(u ± v ± …)′ = u′ ± v′ ± …`
    fn sum_rule(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus, xs: &[Summand]) -> Result<(), Refused> {
        let Some(new) = gradus_kernel::sum_rule(self.store, f.part) else { return Ok(()) };
        let (reason, weight) = if xs.len() > 1 { (Text::words("sum rule"), Weight::Main) } else { (Text::default(), Weight::Trivial) };
        d.step(pos, f, Ground::Recomputed(Procedure::SumRule), new, "diff.sum", reason, weight)
    }
    /// After the sum rule: constants vanish, constant factors come out, entries are taken; the rest waits for the next line.
    fn finish_summands(&self, d: &mut Draft<'s>, path: &[u32], count: usize) {
        let s = self.store;
        let before = outermost_under(self, d.current(), path);
        for left_after in (0..count.min(before.len())).rev() {
            let paths = outermost_under(self, d.current(), path);
            let Some(p) = paths.len().checked_sub(left_after + 1).and_then(|k| paths.get(k)).cloned() else { continue };
            let Ok(f) = d.proof.focus(&Position::at(&p)) else { continue };
            let Node::Diff { body, .. } = s.node(f.part) else { continue };
            let pull = match s.node(*body) {
                Node::Product(xs) => xs.iter().any(|x| s.loose(*x) == 0),
                Node::Quot(_, b) => s.loose(*b) == 0,
                _ => false,
            };
            if self.is_simple(*body) {
                self.evaluate_simple(d, &p);
            } else if pull {
                let _ = self.one_rule(d, &p, false);
            }
        }
    }
    /// After a constant factor came out: the derivative that is left, unless it waits for the next line.
    fn inner_of_product(&self, d: &mut Draft<'s>, path: &[u32], top: bool) {
        for p in outermost_under(self, d.current(), path) {
            let Ok(f) = d.proof.focus(&Position::at(&p)) else { continue };
            let Node::Diff { body, .. } = self.store.node(f.part) else { continue };
            if self.is_simple(*body) {
                self.evaluate_simple(d, &p);
            } else if top {
                self.differentiate_at(d, &p, top);
            }
        }
    }
    /// Derivatives of simple things under `path` are taken along.
    fn take_simple(&self, d: &mut Draft<'s>, path: &[u32]) {
        for _ in 0..24 {
            let hit = outermost_under(self, d.current(), path).into_iter().find(|p| {
                d.proof.focus(&Position::at(p)).is_ok_and(|f| matches!(self.store.node(f.part), Node::Diff { body, .. } if self.is_simple(*body)))
            });
            let Some(p) = hit else { return };
            let before = d.len();
            self.evaluate_simple(d, &p);
            if d.len() == before {
                return;
            }
        }
    }
    /// Evaluates a simple derivative completely.
    fn evaluate_simple(&self, d: &mut Draft<'s>, path: &[u32]) {
        for _ in 0..24 {
            let paths = outermost_under(self, d.current(), path);
            let Some(p) = paths.first().cloned() else { return };
            let before = d.len();
            let _ = self.one_rule(d, &p, false);
            if d.len() == before {
                return;
            }
        }
    }
    /// Constants, the variable and its entries, and affine combinations of them with constant coefficients.
    fn is_simple(&self, body: Id) -> bool {
        let s = self.store;
        if s.loose(body) == 0 {
            return true;
        }
        match s.node(body) {
            Node::Bound(0, _) => true,
            Node::Entry(t, _) => matches!(s.node(*t), Node::Bound(0, _)),
            Node::Sum(xs) => xs.iter().all(|x| self.is_simple(x.term)),
            Node::Product(xs) => xs.iter().filter(|x| s.loose(**x) > 0).count() == 1 && xs.iter().all(|x| self.is_simple(*x)),
            Node::Quot(a, b) => s.loose(*b) == 0 && self.is_simple(*a),
            _ => false,
        }
    }

    fn quotient(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus, base: Substitution, (a, b, x): (Id, Id, Id), top: bool) -> Result<Moved, Refused> {
        let s = self.store;
        let path = &pos.path;
        if s.loose(b) == 0 {
            // u/c is (1/c) u
            let sub = self.subst(base, "diff.constant_divisor", &[("u", a), ("c", b), ("x", x)])?;
            self.apply(d, pos, f, "diff.constant_divisor", sub, Weight::Small)?;
            self.inner_of_product(d, path, top);
            return Ok(Moved::Done);
        }
        if s.loose(a) == 0 {
            let one = crate::tidy::is_one(s, a);
            if one {
                // 1/v is v^-1, as a person writes it before using the power rule.
                let inverse = s.pow(b, s.int(-1));
                let Node::Diff { hint, slot, point, .. } = s.node(f.part).clone() else { return Ok(Moved::Stuck) };
                let new = s.intern(Node::Diff { hint, body: inverse, slot, point });
                let _ = top;
                d.recompute(pos, f, new, "powers.reciprocal", Text::words("a reciprocal is a power"), Weight::Small)?;
                return self.by_rulebook(d, pos, &d.proof.focus(pos)?, path);
            }
            let sub = self.subst(base, "diff.constant_factor", &[("c", a), ("u", s.quot(s.int(1), b)), ("x", x)])?;
            let quotient = self.subst(Substitution { slot: sub.slot.clone(), ..Substitution::default() }, "diff.reciprocal", &[("c", a), ("v", b), ("x", x)]);
            if let Ok(q) = quotient {
                if self.apply(d, pos, f, "diff.reciprocal", q, Weight::Main).is_ok() {
                    self.take_simple(d, path);
                    return Ok(Moved::Done);
                }
            }
            self.apply(d, pos, f, "diff.constant_factor", sub, Weight::Small)?;
            self.inner_of_product(d, path, top);
            return Ok(Moved::Done);
        }
        let sub = self.subst(base, "diff.quotient", &[("u", a), ("v", b), ("x", x)])?;
        self.apply(d, pos, f, "diff.quotient", sub, Weight::Main)?;
        self.take_simple(d, path);
        Ok(Moved::Done)
    }

    /// The first rule of the rulebook's `diff` family that matches; simple inner derivatives are taken along.
    fn by_rulebook(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus, path: &[u32]) -> Result<Moved, Refused> {
        let s = self.store;
        for rule in self.rules.family("diff") {
            for (m, new) in crate::matching::rewrite(s, rule, f.part, false) {
                let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: m.subst };
                if d.step(pos, f, ground, new, &rule.name, Text::words(rule.short.clone()), Weight::Main).is_ok() {
                    self.take_simple(d, path);
                    if rule.name.starts_with("diff.sum_over") {
                        self.layer_under(d, path);
                    }
                    return Ok(Moved::Done);
                }
            }
        }
        Ok(Moved::Stuck)
    }
    /// Under a sum over a range the layer goes on inside.
    fn layer_under(&self, d: &mut Draft<'s>, path: &[u32]) {
        let count = outermost_under(self, d.current(), path).len();
        for left_after in (0..count).rev() {
            let paths = outermost_under(self, d.current(), path);
            if let Some(p) = paths.len().checked_sub(left_after + 1).and_then(|k| paths.get(k)).cloned() {
                self.differentiate_at(d, &p, true);
            }
        }
    }

    /// The derivative of a call: by the rulebook's rule, by the chain rule through a named quantity, by a lemma, or unfolded.
    #[allow(clippy::too_many_arguments, reason = "the parts of one node, taken apart by the caller")]
    fn call(&self, d: &mut Draft<'s>, path: &[u32], f: &Focus, g: gradus_term::FnId, xs: &[Id], body: Id, point: Id) -> Result<Moved, Refused> {
        let s = self.store;
        let pos = Position::at(path);
        let info = s.fun(g);
        if matches!(info.kind, FnKind::Prim(_)) || info.library {
            if let Moved::Done = self.by_rulebook(d, &pos, f, path)? {
                return Ok(Moved::Done);
            }
            if let Some(form) = s.scalar_form(body) {
                return self.replace_body(d, path, form, Ground::Entries, "tensor.entries", "by entries");
            }
        }
        let dependent: Vec<(usize, Id)> = xs.iter().copied().enumerate().filter(|(_, x)| s.loose(*x) > 0).collect();
        // A name that depends on the variable through one named quantity: the chain rule through it.
        if let [(k, u)] = dependent.as_slice() {
            let trivial = matches!(s.node(*u), Node::Bound(0, _));
            let scalar_parameter = info.params.get(*k).is_some_and(|p| p.sort.is_scalar());
            let worth = matches!(info.kind, FnKind::Unknown) || info.is_constant_name() || !self.is_simple(*u) || info.explicit == 1;
            if !trivial && scalar_parameter && worth && s.sort(*u).is_scalar() {
                return self.chain_rule(d, path, g, xs, *k, *u, point);
            }
            if trivial && matches!(info.kind, FnKind::Unknown) {
                return Ok(Moved::Stuck);
            }
        }
        match s.unfold(g, xs) {
            Some(b) => {
                let reason = format!("definition of ");
                let _ = &reason;
                self.replace_body(d, path, b, Ground::Unfolded, "definition.unfold", "")
            }
            None => Ok(Moved::Stuck),
        }
    }

    /// `d/dx g(u(x)) = g′(u(x)) u′(x)`
    #[allow(clippy::too_many_arguments, reason = "the parts of one node, taken apart by the caller")]
    fn chain_rule(&self, d: &mut Draft<'s>, path: &[u32], g: gradus_term::FnId, xs: &[Id], k: usize, u: Id, point: Id) -> Result<Moved, Refused> {
        let s = self.store;
        let pos = Position::at(path);
        let f = d.proof.focus(&pos)?;
        let Node::Diff { slot, .. } = s.node(f.part).clone() else { return Ok(Moved::Stuck) };
        let mut args = xs.to_vec();
        if let Some(a) = args.get_mut(k) {
            *a = s.intern(Node::Bound(0, s.sort(u).clone()));
        }
        let outer = s.call(g, &args);
        let base = Substitution { slot: slot.to_vec(), ..Substitution::default() };
        let sub = self.subst(base, "diff.chain", &[("g", outer), ("u", u), ("x", point)])?;
        self.apply(d, &pos, &f, "diff.chain", sub, Weight::Main)?;
        Ok(Moved::Done)
    }

    /// Replaces what is differentiated by an equal term.
    fn replace_body(&self, d: &mut Draft<'s>, path: &[u32], new_body: Id, ground: Ground, name: &str, words: &str) -> Result<Moved, Refused> {
        let s = self.store;
        let inner = Position::at(path).child(0);
        let f = d.proof.focus(&inner)?;
        // `new_body` stands under the derivative's binder; the focus has opened it.
        let Some(v) = f.opened.last() else { return Ok(Moved::Stuck) };
        let new = s.open(new_body, &[gradus_term::Arg::Val(s.name(*v))]);
        let reason = match (&ground, s.node(f.part)) {
            (Ground::Unfolded, Node::Call(g, _)) => self.definition_reason(*g),
            (Ground::Unfolded, Node::Entry(t, _)) => match s.node(*t) {
                Node::Call(g, _) => self.definition_reason(*g),
                _ => Text::words(words),
            },
            _ => Text::words(words),
        };
        d.step(&inner, &f, ground, new, name, reason, Weight::Main)?;
        Ok(Moved::Done)
    }
    /// An entry of something that is no name: what that entry is.
    fn open_entry(&self, d: &mut Draft<'s>, path: &[u32], t: Id, ix: &[Aff]) -> Result<Moved, Refused> {
        let s = self.store;
        if let Node::Call(g, xs) = s.node(t) {
            if let Some(b) = s.unfold(*g, xs) {
                return self.replace_body(d, path, s.make_entry(b, ix), Ground::Unfolded, "definition.unfold", "");
            }
        }
        match s.entry(t, ix) {
            Some(e) => self.replace_body(d, path, e, Ground::Entries, "tensor.entries", "by entries"),
            None => Ok(Moved::Stuck),
        }
    }
    fn open_entries(&self, d: &mut Draft<'s>, path: &[u32]) -> Result<Moved, Refused> {
        let s = self.store;
        let f = d.proof.focus(&Position::at(path))?;
        let Node::Diff { body, .. } = s.node(f.part) else { return Ok(Moved::Stuck) };
        match s.scalar_form(*body) {
            Some(e) => self.replace_body(d, path, e, Ground::Entries, "tensor.entries", "by entries"),
            None => Ok(Moved::Stuck),
        }
    }

    // ---- rules by name

    /// A substitution for a rule's metavariables by their spelling.
    pub(crate) fn subst(&self, mut base: Substitution, rule: &str, values: &[(&str, Id)]) -> Result<Substitution, Refused> {
        let r = self.rule(rule)?;
        for v in &r.metas {
            let name = &self.store.var(*v).name;
            if let Some((_, x)) = values.iter().find(|(n, _)| n == name) {
                base.values.insert(*v, Value::Term(*x));
            }
        }
        Ok(base)
    }
    pub(crate) fn rule(&self, name: &str) -> Result<&'s Rule, Refused> {
        self.rules.get(name).ok_or_else(|| Refused::NoSuchRule(name.to_owned()))
    }
    pub(crate) fn apply(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus, rule: &str, sub: Substitution, weight: Weight) -> Result<(), Refused> {
        let r = self.rule(rule)?;
        d.apply(pos, f, r, false, sub, weight)
    }
    /// "definition of σ"
    pub(crate) fn definition_reason(&self, g: gradus_term::FnId) -> Text {
        Text::words("definition of ").term(self.store.intern(Node::Fun(g)))
    }
}

/// The outermost derivatives under a path.
fn outermost_under(e: &Engine<'_>, term: Id, path: &[u32]) -> Vec<Vec<u32>> {
    outermost(e.store, term, &is_diff).into_iter().filter(|p| p.starts_with(path)).collect()
}
