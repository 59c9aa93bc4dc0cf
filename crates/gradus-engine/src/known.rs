//! Results that later goals may cite: by their label, or without one in the same section.

use crate::draft::Draft;
use crate::{goals, Engine};
use gradus_kernel::{Derivation, Ground, Item, Lemma, Refused, Solution, Status, Step, Text, Weight};
use gradus_term::{FnId, FnKind, Focus, Goal, Id, Node, Position, Store};

/// A result proved earlier that later goals may cite.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// The label of the goal it was found in.
    pub label: Option<String>,
    /// The number of the lemma.
    pub lemma: usize,
    /// The name of which it is the derivative, where it is cited as that.
    pub about: Option<FnId>,
    /// What is said where it is cited.
    pub reason: Text,
}

/// What a page shows: its lemmas, and the two ends of its chains.
#[derive(Default)]
struct Shown {
    lemmas: Vec<usize>,
    chains: Vec<(Id, Id)>,
}

impl Shown {
    fn look_at(&mut self, d: &Derivation) {
        self.lemmas.extend(d.lemma);
        for item in &d.items {
            match item {
                Item::Lemma(l) => self.look_at(l),
                Item::Chain(c) => self.chains.extend(c.lines.last().map(|l| (c.shown_start.unwrap_or(c.start), l.term))),
                _ => {}
            }
        }
    }
}

/// The name that a term calls, or of which it is an entry.
pub(crate) fn name_of(s: &Store, t: Id) -> Option<FnId> {
    let call = if let Node::Entry(u, _) = *s.node(t) { u } else { t };
    match s.node(call) {
        Node::Call(g, _) => Some(*g),
        _ => None,
    }
}

impl<'s> Engine<'s> {
    /// Makes a lemma citable in the goal at hand, and later by label.
    pub(crate) fn remember(&self, label: Option<&str>, lemma: usize) {
        let name = self.prover.lemma(lemma).map(|l| l.name.clone()).unwrap_or_default();
        self.known.borrow_mut().push(Known { label: label.map(str::to_owned), lemma, about: None, reason: Text::words(name) });
        self.citable.borrow_mut().push(lemma);
    }
    /// Makes a lemma citable as the derivative of a name, here and in later goals of the section.
    pub(crate) fn remember_derivative(&self, lemma: usize, g: FnId) {
        self.known.borrow_mut().push(Known { label: None, lemma, about: Some(g), reason: self.derivative_of(g) });
        self.citable.borrow_mut().push(lemma);
        self.shared(lemma);
    }
    /// "derivative of g"
    pub(crate) fn derivative_of(&self, g: FnId) -> Text {
        Text::words("derivative of ").term(self.store.intern(Node::Fun(g)))
    }
    /// The lemmas that may be cited in the goal at hand.
    pub(crate) fn citable_lemmas(&self) -> Vec<usize> {
        self.citable.borrow().clone()
    }
    /// Cites a known result whose left side is the part at hand; whether one was.
    pub(crate) fn cite_known(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus) -> Result<bool, Refused> {
        let citable = self.citable.borrow().clone();
        for k in citable.into_iter().rev() {
            let Some(lemma) = self.prover.lemma(k) else { continue };
            let Some((subst, new)) = goals::cite::instance(self, &lemma, f.part) else { continue };
            // At other values, in the order that is written here: `x e^{xy}`, not `x e^{yx}`.
            let as_here = (!subst.values.is_empty()).then(|| crate::arrange::Order::of(self.store, &[f.part]).arrange(new));
            let ground = Ground::Cited { lemma: k, subst };
            let said = self.known.borrow().iter().rev().find(|known| known.lemma == k).map(|known| known.reason.clone());
            let reason = said.unwrap_or_else(|| Text::words(lemma.name.clone()));
            if d.step(pos, f, ground, new, "lemma.cite", reason, Weight::Main).is_ok() {
                if let (Some(t), Ok(f)) = (as_here, d.proof.focus(pos)) {
                    // What the kernel does not take stays as it is.
                    let _ = d.recompute(pos, &f, t, "arithmetic.tidy", Text::default(), Weight::Trivial);
                }
                return Ok(true);
            }
        }
        Ok(false)
    }
    /// Another way to the same goal: what the first one proved is not cited in it. If it is not taken, these stay.
    pub(crate) fn another_way<T>(&self, before: usize, way: impl FnOnce() -> T, taken: impl FnOnce(&T) -> bool) -> T {
        let first = self.citable.borrow_mut().split_off(before);
        let out = way();
        if !taken(&out) {
            let mut citable = self.citable.borrow_mut();
            citable.truncate(before);
            citable.extend(first);
        }
        out
    }
    /// Whether a step of these parts of a page cites a result that `using` names.
    pub(crate) fn cites_told(&self, items: &[Item], goal: &Goal) -> bool {
        items.iter().any(|i| match i {
            Item::Chain(c) => c.lines.iter().any(|l| self.cites_told_in(&l.steps, goal)),
            Item::Lemma(l) => self.cites_told(&l.items, goal),
            _ => false,
        })
    }
    fn cites_told_in(&self, steps: &[Step], goal: &Goal) -> bool {
        let known = self.known.borrow();
        let told = |k: usize| known.iter().any(|x| x.lemma == k && x.label.as_ref().is_some_and(|l| goal.using.contains(l)));
        steps.iter().any(|st| matches!(st.ground, Ground::Cited { lemma, .. } if told(lemma)))
    }
    /// The lemmas shown inside a labelled result are cited by its label, too.
    pub(crate) fn label_lemmas(&self, before: usize, goal: &Goal) {
        let Some(label) = &goal.label else { return };
        for k in self.known.borrow_mut().iter_mut().skip(before).filter(|k| k.label.is_none()) {
            k.label = Some(label.clone());
            k.reason = match k.about {
                Some(g) => self.derivative_of(g).and(format!(", by {label}")),
                None => Text::words(format!("by {label}")),
            };
        }
    }
    /// A goal that was a derivative of a name, or of an entry of one, is such a lemma itself.
    pub(crate) fn keep_derivative(&self, out: &Solution) {
        let s = self.store;
        let proved = out.derivation.as_ref().filter(|d| d.status == Status::Proved).and_then(|d| d.lemma);
        let Some(lemma) = proved.filter(|_| !self.labelled.get()) else { return };
        let Some(Node::Diff { body, .. }) = self.prover.lemma(lemma).map(|l| s.node(l.left).clone()) else { return };
        let call = if let Node::Entry(u, _) = *s.node(body) { u } else { body };
        let Node::Call(g, xs) = s.node(call) else { return };
        let by_argument = matches!(xs.first().map(|x| s.node(*x)), Some(Node::Bound(0, _))) && s.fun(*g).explicit == 1;
        if s.fun(*g).kind == FnKind::Defined && !s.fun(*g).library && (by_argument || s.fun(*g).is_constant_name()) {
            self.remember_derivative(lemma, *g);
        }
    }
    /// Lemmas of ways that were not taken in the end stand on no page: nobody can cite them.
    pub(crate) fn forget_unshown(&self, (known, shared): (usize, usize), out: &Solution) {
        let s = self.store;
        let mut shown = Shown::default();
        if let Some(d) = &out.derivation {
            shown.look_at(d);
        }
        let stands = |k: usize| {
            let said = |l: Lemma| shown.chains.iter().any(|(a, b)| s.same(*a, l.left) && s.same(*b, l.right));
            shown.lemmas.contains(&k) || self.prover.lemma(k).is_some_and(said)
        };
        let keep = |list: &mut Vec<Known>| {
            let own = list.split_off(known.min(list.len()));
            list.extend(own.into_iter().filter(|k| stands(k.lemma)));
        };
        keep(&mut self.known.borrow_mut());
        let section = &mut self.section.borrow_mut().1;
        let own = section.split_off(shared.min(section.len()));
        section.extend(own.into_iter().filter(|k| stands(*k)));
    }
    /// A lemma that later goals of the section may cite.
    pub(crate) fn shared(&self, lemma: usize) {
        if !self.labelled.get() {
            self.section.borrow_mut().1.push(lemma);
        }
    }
}
