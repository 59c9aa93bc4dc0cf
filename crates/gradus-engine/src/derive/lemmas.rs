//! Derivatives proved once, shown before the chain that uses them, and cited there.

use super::*;
use crate::known::name_of;
use gradus_kernel::{Claim, Derivation, Item, Status};
use gradus_term::{Arg, VarId, VarKind};
use std::sync::Arc;

/// Which derivatives are worth a lemma.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Keep {
    /// Every one.
    Always,
    /// Those in which the function itself stands again, as `s′ = s (1 − s)`.
    IfSaidByItself,
}

impl<'s> Engine<'s> {
    /// Proves `g′(z)` once for a definition `g` of one written argument, so that it can be cited at every argument, or `dq/dz` for a
    /// name `q` without arguments; whether there is such a lemma now.
    pub(crate) fn derivative_lemma(&self, g: FnId, args: &[Id], k: usize, point: Id, keep: Keep) -> bool {
        let s = self.store;
        let info = s.fun(g);
        let others_closed = args.iter().enumerate().all(|(i, x)| i == k || s.loose(*x) == 0);
        let has_arguments = info.explicit == 1 && k == 0;
        if info.kind != FnKind::Defined || info.library || !(has_arguments || info.is_constant_name()) || !others_closed {
            return false;
        }
        let letter = info.params.first().map_or("z", |p| s.var(p.var).name.as_str());
        let z = if has_arguments { s.name(s.fresh(s.sym(letter), Sort::Scalar, false)) } else { point };
        let call = s.open(s.call(g, args), &[Arg::Val(z)]);
        let start = s.diff(call, z, &[]);
        if self.is_citable(start) {
            return true;
        }
        let mut d = Draft::new(self.prover, start, &[]);
        if !self.push_derivatives(&mut d) {
            return false;
        }
        let instances = self.instances(&[call, d.current()]);
        self.simplify(&mut d, &instances);
        if keep == Keep::IfSaidByItself && !s.contains(d.current(), call) {
            return false;
        }
        self.named_lemma(g, &d);
        true
    }
    /// Proves the derivative of an entry of a named tensor once, if it is said by that tensor's entries, as
    /// `∂p_k/∂z_i = δ_{ki} p_k − p_k p_i`, and cites it; whether it could.
    pub(super) fn entry_lemma(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus) -> Result<bool, Refused> {
        let s = self.store;
        let Node::Diff { body, .. } = s.node(f.part) else { return Ok(false) };
        let entry = matches!(s.node(*body), Node::Entry(..));
        let Some(g) = name_of(s, *body).filter(|g| entry && s.fun(*g).kind == FnKind::Defined) else { return Ok(false) };
        // Where the letters of its indices are not known, it is found in its place; so is that of a layer upon layers.
        if f.opened.iter().any(|v| s.var(*v).name.is_empty()) || self.rests_on_names(*body) {
            return Ok(false);
        }
        Ok(self.lemma_said_by_itself(d, g, f.part, &f.facts, |_| true) && self.cite_known(d, pos, f)?)
    }
    /// Proves the derivative of an entry of a function of a tensor once, if it is said by the function's own entries and each of them rests
    /// on more than one entry of the tensor; whether it can be cited now.
    pub(super) fn mixing_lemma(&self, d: &Draft<'s>, g: FnId, part: Id, facts: &[Id]) -> bool {
        let s = self.store;
        let entries = match s.node(part) {
            Node::Diff { slot, .. } => slot.len(),
            _ => 0,
        };
        // An entry that rests on one entry alone has a delta for each index.
        let deltas = |found: Id| crate::tidy::factors(s, found).into_iter().filter(|x| matches!(s.node(*x), Node::Iverson(_))).count();
        self.is_citable(part) || self.lemma_said_by_itself(d, g, part, facts, |found| deltas(found) < entries)
    }
    /// Proves the derivative `part` of the scalar `of` by an entry of a name, as a lemma that is shown first; whether it could.
    pub(super) fn scalar_lemma(&self, d: &Draft<'s>, of: Id, part: Id, facts: &[Id]) -> bool {
        let s = self.store;
        if self.is_citable(part) {
            return true;
        }
        let givens = self.facts_about(part, &[d.proof.givens(), facts].concat());
        let mut sub = Draft::new(self.prover, part, &givens);
        if !self.push_derivatives(&mut sub) || !sub.proof.assumptions().is_empty() {
            return false;
        }
        let instances = self.instances(&[part, sub.current()]);
        self.simplify(&mut sub, &instances);
        match s.node(of) {
            Node::Call(g, _) if s.fun(*g).is_constant_name() => self.named_lemma(*g, &sub),
            _ => self.keep_lemma("the derivative above", &sub, Text::words("Next, by its entries:")),
        }
        true
    }
    /// Proves the derivative `part` of an entry of g as a lemma, if what is found has entries of g in it and is worth it.
    fn lemma_said_by_itself(&self, d: &Draft<'s>, g: FnId, part: Id, facts: &[Id], worth: impl Fn(Id) -> bool) -> bool {
        let s = self.store;
        let Node::Diff { body, point, .. } = s.node(part) else { return false };
        let givens = self.facts_about(part, &[d.proof.givens(), facts].concat());
        let mut sub = Draft::new(self.prover, part, &givens);
        let shown = self.pending.borrow().len();
        let complete = self.push_derivatives(&mut sub);
        let at_point = s.open(*body, &[Arg::Val(*point)]);
        if complete {
            let instances = self.instances(&[at_point, sub.current()]);
            self.simplify(&mut sub, &instances);
        }
        let says_itself = |n: &Node| matches!(n, Node::Entry(u, _) if matches!(s.node(*u), Node::Call(h, _) if *h == g));
        let said = complete && sub.proof.assumptions().is_empty() && s.any_subterm(sub.current(), &mut |n| says_itself(n));
        if said && worth(sub.current()) {
            self.named_lemma(g, &sub);
            return true;
        }
        self.pending.borrow_mut().truncate(shown);
        false
    }
    /// Whether a result that may be cited says what this is.
    fn is_citable(&self, part: Id) -> bool {
        let lemmas = self.citable_lemmas().into_iter().filter_map(|k| self.prover.lemma(k));
        lemmas.into_iter().any(|l| crate::goals::cite::instance(self, &l, part).is_some())
    }
    /// The facts that a lemma about `part` may rest on: those of sizes and names, and of the indices in it and what these are compared with.
    /// A range of another index would have to be met wherever the lemma is cited.
    fn facts_about(&self, part: Id, facts: &[Id]) -> Vec<Id> {
        let s = self.store;
        let indices = |t: Id| {
            s.free_vars(t).iter().copied().filter(|v| s.var(*v).is_integer() && s.var(*v).kind != VarKind::Size).collect::<Vec<_>>()
        };
        let mut met = indices(part);
        let mut left: Vec<Vec<VarId>> = facts.iter().map(|c| indices(*c)).collect();
        while let Some(near) = left.iter_mut().find(|of| of.iter().any(|v| met.contains(v)) && of.iter().any(|v| !met.contains(v))) {
            met.append(near);
        }
        facts.iter().copied().filter(|c| indices(*c).iter().all(|v| met.contains(v))).collect()
    }
    /// Whether more than one derivative in the term is of something in which the definition stands.
    pub(super) fn derived_again(&self, t: Id, g: FnId) -> bool {
        let s = self.store;
        let of = |n: &Node| matches!(n, Node::Diff { body, .. } if s.any_subterm(*body, &mut |m| matches!(m, Node::Call(h, _) if *h == g)));
        crate::draft::outermost(s, t, &of).len() > 1
    }
    /// Whether the definition of what stands here, or of the tensor whose entry this is, rests on further names that vary with what is
    /// differentiated by.
    pub(super) fn rests_on_names(&self, t: Id) -> bool {
        let s = self.store;
        let call = match s.node(t) {
            Node::Entry(u, _) => *u,
            _ => t,
        };
        let Node::Call(g, xs) = s.node(call) else { return false };
        let named = |n: &Node| match n {
            Node::Call(h, ys) => s.fun(*h).is_constant_name() && !s.fun(*h).library && ys.iter().any(|y| s.loose(*y) > 0),
            _ => false,
        };
        xs.iter().any(|x| s.any_subterm(*x, &mut |n| named(n))) || s.unfold(*g, xs).is_some_and(|b| s.any_subterm(b, &mut |n| named(n)))
    }
    /// Whether the derivative of this name, or of an entry of this name, can be cited.
    pub(super) fn has_derivative_lemma(&self, t: Id) -> bool {
        let s = self.store;
        let Some(g) = name_of(s, t) else { return false };
        let of = |l: Id| matches!(s.node(l), Node::Diff { body, .. } if name_of(s, *body) == Some(g));
        self.citable_lemmas().into_iter().filter_map(|k| self.prover.lemma(k)).any(|l| of(l.left))
    }
    /// The derivative of `g`, shown first and cited by that name.
    fn named_lemma(&self, g: FnId, d: &Draft<'s>) {
        let lemma = self.prover.add_lemma(&format!("derivative of {}", self.store.fun(g).name), &d.proof);
        let first = if self.pending.borrow().is_empty() { "First, the " } else { "Next, the " };
        let heading = Text::words(first).text(&self.derivative_of(g)).and(":");
        self.remember_derivative(lemma, g);
        let item = self.lemma_item(lemma, d, heading);
        self.pending.borrow_mut().push(item);
    }
    /// Keeps a finished chain as a lemma that is shown before the chain at hand and may be cited in it.
    pub(crate) fn keep_lemma(&self, name: &str, d: &Draft<'s>, heading: Text) {
        let lemma = self.prover.add_lemma(name, &d.proof);
        self.remember(None, lemma);
        let item = self.lemma_item(lemma, d, heading);
        self.pending.borrow_mut().push(item);
    }
    /// A lemma's chain with its heading, for the page.
    pub(crate) fn lemma_item(&self, lemma: usize, d: &Draft<'s>, heading: Text) -> Item {
        let assumptions = self.open_assumptions(d);
        let status = if assumptions.is_empty() { Status::Proved } else { Status::Conditional };
        let claim = Claim::Equal(d.proof.start(), d.current());
        let items = vec![Item::Chain(d.chain(self.detail()))];
        let derivation = Derivation { claim, heading, items, assumptions, notes: Vec::new(), status, lemma: Some(lemma) };
        Item::Lemma(Arc::new(derivation))
    }
}
