//! Derivatives proved once, shown before the chain that uses them, and cited there.

use super::*;
use gradus_kernel::{Claim, Derivation, Item, Status};
use gradus_term::Arg;
use std::sync::Arc;

/// Which derivatives are worth a lemma.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keep {
    /// Every one.
    Always,
    /// Those in which the function itself stands again, as `s′ = s (1 − s)`.
    IfSaidByItself,
}

impl<'s> Engine<'s> {
    /// Proves `g′(z)` once for a definition `g` of one written argument, so that it can be cited at every argument, or `dq/dz` for a
    /// name `q` without arguments; whether there is such a lemma now.
    pub(super) fn derivative_lemma(&self, g: FnId, args: &[Id], k: usize, point: Id, keep: Keep) -> bool {
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
        let known = self
            .citable_lemmas()
            .into_iter()
            .filter_map(|n| self.prover.lemma(n))
            .any(|l| crate::goals::cite::instance(self, &l, start).is_some());
        if known {
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
        let lemma = self.prover.add_lemma(&format!("derivative of {}", info.name), &d.proof);
        let what = Text::words("derivative of ").term(s.intern(Node::Fun(g)));
        let first = if self.pending.borrow().is_empty() { "First, the " } else { "Next, the " };
        let heading = Text::words(first).text(&what).and(":");
        self.remember_as(None, lemma, what);
        let item = self.lemma_item(lemma, &d, heading);
        self.pending.borrow_mut().push(item);
        true
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
