//! `derive`: a derivative, plain or through named intermediates; a Jacobian, gradient or Hessian by its entries.

use crate::draft::{everywhere, outermost, shows, Draft};
use crate::Engine;
use gradus_kernel::{Ground, Item, Solution, Substitution, Text, Weight};
use gradus_term::goal::{DeriveNotation, Detail, Way};
use gradus_term::{Arg, Goal, Id, Node, Position, RelOp, Summand};

/// Answers `derive term`.
pub(crate) fn answer(e: &Engine<'_>, goal: &Goal, term: Id, _notation: DeriveNotation) -> Solution {
    let mut out = if e.store.sort(term).is_tensor() { super::gradient::answer(e, goal, term) } else { scalar(e, goal, term) };
    out.task = Text::words("Find ").term(term).and(".");
    out
}

fn scalar<'s>(e: &Engine<'s>, goal: &Goal, term: Id) -> Solution {
    let free = goal.way != Some(Way::Indices) && goal.through.is_empty();
    if let Some(found) = free.then(|| e.by_differential_of_a_number(goal, term)).flatten() {
        return super::gradient::conclude(e, goal, term, found);
    }
    let givens = e.givens(goal);
    let mut d = Draft::new(e.prover, term, &givens);
    let mut items = Vec::new();
    let complete = e.derive_entry(&mut d, goal, &mut items);
    e.guards_to_cases(&mut d);
    e.sides_to_cases(&mut d);
    if complete {
        e.restrict_ranges(&mut d, true);
        e.read_scalar(&mut d, term);
        e.deltas_as_cases(&mut d);
    }
    let expected = e.meet_expectation(&mut d, goal.expect);
    close_items(e, &d, &mut items);
    e.conclude(goal, &d, term, items, complete, expected)
}

/// The last part of the main chain, boxed; earlier parts and lemmas are in `items` already.
pub(super) fn close_items(e: &Engine<'_>, d: &Draft<'_>, items: &mut Vec<Item>) {
    let shown: usize = items
        .iter()
        .map(|i| match i {
            Item::Chain(c) => c.lines.iter().map(|l| l.steps.len()).sum(),
            _ => 0,
        })
        .sum();
    let mut chain = d.chain_from(shown, e.detail());
    chain.boxed = true;
    if !chain.lines.is_empty() || items.is_empty() {
        items.push(Item::Chain(chain));
    }
}

impl<'s> Engine<'s> {
    /// Derives the current term of `d`, a scalar with derivatives in it; earlier parts of the page go to `items`.
    pub(crate) fn derive_chain(&self, d: &mut Draft<'s>, goal: &Goal, items: &mut Vec<Item>) -> bool {
        self.lower_derivative(d);
        let through = self.intermediates(d.current(), goal);
        if !through.is_empty() {
            self.outline_chain(d, goal, &through, items);
        }
        let complete = self.push_derivatives(d);
        let first = usize::from(matches!(items.first(), Some(Item::Say(_))));
        items.splice(first..first, self.pending.take());
        let mut known = vec![d.proof.start(), d.current()];
        known.extend(&goal.in_terms_of);
        known.extend(self.aliases(goal));
        let instances: Vec<_> = self
            .instances(&known)
            .into_iter()
            .filter(|i| {
                !through.iter().any(|t| self.store.same(*t, i.name) && !self.stays_a_name(d.proof.start(), *t)) && !self.unfolded_in(d, i)
            })
            .collect();
        self.simplify(d, &instances);
        if self.vanish(d) {
            self.simplify(d, &instances);
        }
        self.fold_shares(d, goal);
        complete
    }

    /// The worksheet's names for a function's value, `p = softmax(z)`: what is said of it is said by the name.
    fn aliases(&self, goal: &Goal) -> Vec<Id> {
        let s = self.store;
        let library = |t: Id| matches!(s.node(t), Node::Call(f, _) if s.fun(*f).library && s.prim(*f).is_none());
        let alias = |call: Id| matches!(s.node(call), Node::Call(f, xs) if s.unfold(*f, xs).is_some_and(library));
        goal.constants.iter().filter(|(f, _)| goal.definitions.contains(f)).map(|(_, c)| *c).filter(|c| alias(*c)).collect()
    }

    /// A factor, or some of its summands, that are 0 by what the names in it stand for: `r² − u² − v²` with r = √(u² + v²),
    /// `2m − p − q` in `2m + 2m log(p/m) − p − q` with m = (p + q)/2. Whether there was one.
    fn vanish(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let named = |n: &Node| matches!(n, Node::Call(f, _) if s.fun(*f).is_constant_name() && !s.fun(*f).library);
        let top = match s.node(d.current()) {
            Node::Quot(a, _) => *a,
            _ => d.current(),
        };
        let facts = d.proof.facts().clone();
        let function = |n: &Node| matches!(n, Node::Call(f, _) if s.fun(*f).library);
        let vanishing = |x: Id| {
            let Node::Sum(xs) = s.node(x) else { return None };
            let (rest, plain): (Vec<Summand>, Vec<Summand>) = xs.iter().copied().partition(|y| s.any_subterm(y.term, &mut |n| function(n)));
            let zero = |ys: &[Summand]| {
                let sum = s.sum(ys);
                ys.len() > 1 && s.any_subterm(sum, &mut |n| named(n)) && facts.equal(sum, s.int(0)).is_proved()
            };
            if zero(xs) {
                return Some((x, xs.to_vec(), s.int(0)));
            }
            (!rest.is_empty() && zero(&plain)).then(|| (x, plain, s.sum(&rest)))
        };
        let Some((whole, gone, left)) = crate::tidy::factors(s, top).into_iter().find_map(vanishing) else { return false };
        let sum = s.sum(&gone);
        let mut reason = Text::default();
        for path in everywhere(s, sum, &|n| named(n)) {
            let name = s.focus(sum, &Position::at(&path)).map(|f| f.part);
            if let Ok(Node::Call(f, _)) = name.map(|t| s.node(t)) {
                reason = reason.also(&self.definition_reason(*f));
            }
        }
        let factors = crate::tidy::factors(s, top).into_iter().map(|x| if x == whole { left } else { x });
        let above = s.product(&factors.collect::<Vec<_>>());
        let new = match s.node(d.current()) {
            _ if crate::tidy::is_zero(s, left) => left,
            Node::Quot(_, b) => s.quot(above, *b),
            _ => above,
        };
        if d.rewrite(new, "arithmetic.collect", reason, Weight::Main).is_err() {
            return false;
        }
        d.tidy();
        d.line(Detail::Brief);
        true
    }

    /// The outermost derivatives in a term, each as a lemma under this heading.
    pub(super) fn derivatives_apart(&self, t: Id, givens: &[Id], heading: &str) {
        let s = self.store;
        for path in outermost(s, t, &|n| matches!(n, Node::Diff { .. })) {
            let Some(f) = s.focus(t, &Position::at(&path)).ok().filter(|f| f.opened.is_empty()) else { continue };
            if !crate::tidy::has_derivative(s, f.part) || self.citable_result(f.part) {
                continue;
            }
            let mut sub = Draft::new(self.prover, f.part, givens);
            self.lower_derivative(&sub);
            if self.push_derivatives(&mut sub) {
                let instances = self.instances(&[f.part, sub.current()]);
                self.simplify(&mut sub, &instances);
                self.keep_lemma("the derivatives above", &sub, Text::words(heading));
            }
        }
    }

    /// Of every higher derivative, the lower one first, as a lemma.
    fn lower_derivative(&self, d: &Draft<'s>) {
        let s = self.store;
        for path in outermost(s, d.current(), &|n| matches!(n, Node::Diff { .. })) {
            let Ok(f) = d.proof.focus(&Position::at(&path)) else { continue };
            let Node::Diff { body, point, .. } = s.node(f.part) else { continue };
            let inner = s.open(*body, &[Arg::Val(*point)]);
            let higher = matches!(s.node(inner), Node::Diff { .. }) && crate::tidy::has_derivative(s, inner);
            if !f.opened.is_empty() || !higher || self.citable_result(inner) {
                continue;
            }
            let mut sub = Draft::new(self.prover, inner, d.proof.givens());
            self.lower_derivative(&sub);
            if !self.push_derivatives(&mut sub) {
                continue;
            }
            let instances = self.instances(&[inner, sub.current()]);
            self.simplify(&mut sub, &instances);
            self.keep_lemma("the derivative above", &sub, Text::words("The derivative of lower order:"));
        }
    }

    /// Names that were put in during the derivation do not come back.
    fn unfolded_in(&self, d: &Draft<'s>, inst: &crate::fold::Instance) -> bool {
        let s = self.store;
        s.fun(inst.def).is_constant_name()
            && matches!(s.node(inst.body), Node::Call(..))
            && d.proof
                .steps()
                .iter()
                .any(|st| matches!(st.ground, Ground::Unfolded) && s.contains(st.before, inst.name) && !s.contains(st.after, inst.name))
    }

    /// The named quantities the derivative goes through: those asked for, else the one named argument that carries the
    /// whole dependence.
    fn intermediates(&self, term: Id, goal: &Goal) -> Vec<Id> {
        let s = self.store;
        if !goal.through.is_empty() {
            return goal.through.clone();
        }
        let Node::Diff { body, point, .. } = s.node(term) else { return Vec::new() };
        let Node::Call(g, xs) = s.node(*body) else { return Vec::new() };
        if !s.fun(*g).is_constant_name() {
            return Vec::new();
        }
        if let Some(z) = self.known_intermediate(term, *g) {
            return vec![z];
        }
        let dependent: Vec<Id> = xs.iter().copied().filter(|x| s.loose(*x) > 0).collect();
        let log_of_density = self.logs_a_density(*g, xs);
        match dependent.as_slice() {
            _ if log_of_density => Vec::new(),
            [u] => match s.node(*u) {
                Node::Call(f, _) if s.fun(*f).is_constant_name() && s.sort(*u).is_scalar() => vec![s.open(*u, &[Arg::Val(*point)])],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The name of a number by which the derivative of g may be cited, where the derivative asked for is by something else.
    fn known_intermediate(&self, term: Id, g: gradus_term::FnId) -> Option<Id> {
        let s = self.store;
        let Node::Diff { body: asked, point: by, .. } = s.node(term) else { return None };
        let through = |z: Id| match s.node(z) {
            Node::Call(f, _) => {
                s.fun(*f).is_constant_name()
                    && s.any_subterm(*asked, &mut |n| matches!(n, Node::Call(h, xs) if h == f && xs.iter().any(|x| s.loose(*x) > 0)))
            }
            _ => false,
        };
        self.citable_lemmas().into_iter().rev().filter_map(|k| self.prover.lemma(k)).find_map(|l| match s.node(l.left) {
            Node::Diff { body, slot, point, .. } if slot.is_empty() && !s.same(*point, *by) => {
                (matches!(s.node(*body), Node::Call(f, _) if *f == g) && through(*point)).then_some(*point)
            }
            _ => None,
        })
    }

    /// Whether a definition takes the logarithm of a density: that is taken apart instead of using the chain rule.
    pub(crate) fn logs_a_density(&self, g: gradus_term::FnId, xs: &[Id]) -> bool {
        let s = self.store;
        let logs = |n: &Node| matches!(n, Node::Call(f, us) if s.prim(*f) == Some(gradus_term::Prim::Log) && us.iter().any(|u| self.is_density(*u)));
        s.unfold(g, xs).is_some_and(|b| s.any_subterm(b, &mut |n| logs(n)))
    }
    /// A name for a product over a range, or for a product or quotient with an exponential in it.
    fn is_density(&self, u: Id) -> bool {
        let s = self.store;
        matches!(s.node(u), Node::Call(f, ys) if !s.fun(*f).library && s.unfold(*f, ys).is_some_and(|b| crate::fold::is_product_over(s, b) || crate::fold::log_of_factors(s, b).is_some()))
    }

    /// "L depends on a through f": the chain rule, a lemma for each factor, and all of it together.
    fn outline_chain(&self, d: &mut Draft<'s>, goal: &Goal, through: &[Id], items: &mut Vec<Item>) {
        let s = self.store;
        for t in through {
            self.chain_through(d, *t);
        }
        if d.len() == 0 {
            return;
        }
        d.line(Detail::Brief);
        items.push(Item::Chain(d.chain_from(0, self.detail())));
        let factors: Vec<Id> = outermost(s, d.current(), &|n| matches!(n, Node::Diff { .. }))
            .iter()
            .filter_map(|p| d.proof.focus(&Position::at(p)).ok())
            .map(|f| f.part)
            .collect();
        for (k, part) in factors.iter().enumerate() {
            let heading = match (k, factors.len()) {
                (0, 2) => "The outer derivative:",
                (1, 2) => "The inner derivative:",
                _ => "The next factor:",
            };
            items.extend(self.recall_factor(d, *part, heading).or_else(|| self.prove_factor(d, goal, *part, heading)));
        }
        let stays = |t: Id| self.stays_a_name(d.proof.start(), t) || factors.iter().any(|part| self.is_said_by_name(*part, t));
        let put_in: Vec<Id> = through.iter().copied().filter(|t| !stays(*t)).collect();
        let put_in = self.put_together(d, &put_in);
        let mut say = Text::words("Together");
        for t in &put_in {
            if let Node::Call(f, xs) = s.node(*t) {
                if let Some(b) = s.unfold(*f, xs) {
                    say = say.and(", with ").term(s.rel(RelOp::Eq, *t, b));
                }
            }
        }
        items.push(Item::Say(say.and(":")));
    }

    /// Whether a name stays when the factors are put together: it is defined by other names, as `h₂ = tanh(w h₁)`, or nothing is known of the
    /// function of it that is differentiated.
    fn stays_a_name(&self, asked: Id, t: Id) -> bool {
        let s = self.store;
        let unknown = |t: Id| matches!(s.node(t), Node::Call(g, _) if s.fun(*g).kind == gradus_term::FnKind::Unknown);
        if matches!(s.node(asked), Node::Diff { body, .. } if unknown(*body)) {
            return true;
        }
        let Node::Call(f, xs) = s.node(t) else { return false };
        let named = |n: &Node| matches!(n, Node::Call(g, _) if s.fun(*g).is_constant_name() && !s.fun(*g).library);
        s.unfold(*f, xs).is_some_and(|b| s.any_subterm(b, &mut |n| named(n)))
    }

    /// Whether the derivative found is said by another name that stands for something of `t`: `∂F/∂z = F e^{−z}`. With z put in, that would
    /// be F at a value.
    fn is_said_by_name(&self, derivative: Id, t: Id) -> bool {
        let s = self.store;
        let of_it = |n: &Node| matches!(n, Node::Call(g, xs) if s.fun(*g).is_constant_name() && xs.iter().any(|x| s.same(*x, t)));
        let found = self.citable_lemmas().into_iter().rev().filter_map(|k| self.prover.lemma(k)).find(|l| s.same(l.left, derivative));
        found.is_some_and(|l| s.any_subterm(l.right, &mut |n| of_it(n)))
    }

    /// Applies the chain rule to the derivative that goes through `t`.
    fn chain_through(&self, d: &mut Draft<'s>, t: Id) {
        let s = self.store;
        for path in outermost(s, d.current(), &|n| matches!(n, Node::Diff { .. })) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Diff { body, slot, point, .. } = s.node(f.part).clone() else { continue };
            // The intermediate as it stands under the binder: with the variable bound.
            let bound = s.abstract_term(t, point);
            if s.loose(bound) == 0 || !s.sort(t).is_scalar() || s.same(body, bound) {
                continue;
            }
            // g: the body with the intermediate bound instead. Under the binder, `bound` occurs as a subterm.
            let v = s.fresh(gradus_term::Sym::NONE, s.sort(point).clone(), false);
            let opened = s.open(body, &[Arg::Val(s.name(v))]);
            let u = s.open(bound, &[Arg::Val(s.name(v))]);
            let g = s.abstract_term(opened, u);
            if s.loose(g) == 0 || s.mentions(g, v) {
                continue;
            }
            let base = Substitution { slot: slot.to_vec(), ..Substitution::default() };
            let Ok(sub) = self.subst(base, "diff.chain", &[("g", g), ("u", bound), ("x", point)]) else { continue };
            if self.apply(d, &pos, &f, "diff.chain", sub, Weight::Main).is_ok() {
                return;
            }
        }
    }

    fn citable_result(&self, part: Id) -> bool {
        self.citable_lemmas().into_iter().filter_map(|k| self.prover.lemma(k)).any(|l| super::cite::instance(self, &l, part).is_some())
    }

    /// A factor of the chain rule that an earlier lemma gives: the line that cites it.
    fn recall_factor(&self, d: &Draft<'s>, part: Id, heading: &str) -> Option<Item> {
        let mut sub = Draft::new(self.prover, part, d.proof.givens());
        let root = Position::root();
        let f = sub.proof.focus(&root).ok()?;
        let cited = self.cite_known(&mut sub, &root, &f).is_ok_and(|cited| cited);
        sub.line(Detail::Brief);
        cited.then(|| self.factor_item("", &sub, heading).1)
    }

    /// A lemma for one factor of the chain rule.
    fn prove_factor(&self, d: &Draft<'s>, goal: &Goal, part: Id, heading: &str) -> Option<Item> {
        let mut sub = Draft::new(self.prover, part, d.proof.givens());
        let complete = self.push_derivatives(&mut sub);
        let known = [part, sub.current(), d.proof.start()];
        let instances: Vec<_> = self.instances(&known).into_iter().filter(|i| !self.store.fun(i.def).is_constant_name()).collect();
        // What is multiplied by other factors later is folded, not rearranged.
        self.fold(&mut sub, &instances);
        self.conditions_shortened(&mut sub);
        sub.tidy();
        sub.line(Detail::Brief);
        if !complete || sub.len() == 0 {
            return None;
        }
        let name = match &goal.label {
            Some(l) => format!("by {l}"),
            None => String::new(),
        };
        let (lemma, item) = self.factor_item(&name, &sub, heading);
        self.remember(goal.label.as_deref(), lemma);
        Some(item)
    }

    /// A chain for one factor as a lemma with its heading.
    fn factor_item(&self, name: &str, sub: &Draft<'s>, heading: &str) -> (usize, Item) {
        let lemma = self.prover.add_lemma(name, &sub.proof);
        (lemma, self.lemma_item(lemma, sub, Text::words(heading)))
    }

    /// Cites the factors and puts the intermediate's definition in.
    fn put_together(&self, d: &mut Draft<'s>, through: &[Id]) -> Vec<Id> {
        let s = self.store;
        let count = outermost(s, d.current(), &|n| matches!(n, Node::Diff { .. })).len();
        for left in (0..count).rev() {
            let paths = outermost(s, d.current(), &|n| matches!(n, Node::Diff { .. }));
            let Some(path) = paths.len().checked_sub(left + 1).and_then(|k| paths.get(k)).cloned() else { continue };
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let _ = self.cite_known(d, &pos, &f);
        }
        let written: Vec<Id> = through.iter().copied().filter(|t| shows(s, d.current(), *t)).collect();
        for t in &written {
            self.unfold_everywhere(d, *t);
        }
        d.tidy();
        d.line_because(Detail::Brief, Some(Text::default()));
        written
    }

    /// Puts a name's definition in wherever it stands.
    pub(crate) fn unfold_everywhere(&self, d: &mut Draft<'s>, call: Id) {
        let s = self.store;
        let Node::Call(g, xs) = s.node(call) else { return };
        let Some(body) = s.unfold(*g, xs) else { return };
        for _ in 0..64 {
            let Some(path) = outermost(s, d.current(), &|n| matches!(n, Node::Call(h, ys) if h == g && ys == xs)).first().cloned() else {
                return;
            };
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { return };
            if d.step(&pos, &f, Ground::Unfolded, body, "definition.unfold", self.definition_reason(*g), Weight::Small).is_err() {
                return;
            }
        }
    }
}
