//! Differentiation, one layer a line.
//!
//! A *layer* applies one rule at every outermost derivative, and takes along what a person takes along: the derivative of
//! something simple inside (an entry, an affine argument), constant factors, the sum sign. Which rule applies is decided
//! by the head of what is differentiated; functions of the rulebook have their rule there, definitions are unfolded or have
//! their derivative proved once as a lemma and cited.

mod lemmas;
mod numbers;
mod opening;
mod through;
mod window;

use crate::draft::{everywhere, outermost, Draft};
use crate::tidy::{has_derivative, is_final, is_one};
use crate::Engine;
use gradus_kernel::{Ground, MatrixFunction, Procedure, Refused, Rule, Substitution, Text, Value, Weight};
use gradus_term::goal::Detail;
use gradus_term::{BigOp, FnId, FnKind, Focus, Id, Node, Position, Prim, Sort, Summand};
pub(crate) use lemmas::Keep;
use window::Window;

/// Layers that one derivation may take.
const LAYERS: usize = 400;

/// What happened to a derivative.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Moved {
    /// It is gone, or pushed inside: this layer is done with it.
    Done,
    /// No rule applies.
    Stuck,
}

impl<'s> Engine<'s> {
    /// Evaluates every derivative in the current term, a line a layer; whether none is left.
    pub(crate) fn push_derivatives(&self, d: &mut Draft<'s>) -> bool {
        let names = self.instances(&[d.current()]);
        for _ in 0..LAYERS {
            if !has_derivative(self.store, d.current()) {
                return true;
            }
            let before = d.len();
            if !self.cite_lower(d) {
                self.layer(d);
            }
            if d.len() == before {
                return false;
            }
            d.tidy();
            self.numbers_cancel(d);
            self.fold_roots(d, &names);
            if self.has_delta_beside_function(d.current()) {
                d.line(Detail::Textbook);
            }
            self.collapse_deltas(d);
            d.line(Detail::Textbook);
        }
        !has_derivative(self.store, d.current())
    }

    /// The highest derivative of a derivative that an earlier result gives, put in; whether there was one.
    fn cite_lower(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let nested = |n: &Node| matches!(n, Node::Diff { body, .. } if matches!(s.node(*body), Node::Diff { .. }));
        everywhere(s, d.current(), &nested).into_iter().any(|path| {
            let pos = Position::at(&path);
            d.proof.focus(&pos).is_ok_and(|f| matches!(self.cite_known(d, &pos, &f), Ok(true)))
        })
    }
    /// One layer at every outermost derivative, left to right.
    fn layer(&self, d: &mut Draft<'s>) {
        self.layer_in(d, Window::default());
    }

    fn one_rule(&self, d: &mut Draft<'s>, path: &[u32], top: bool) -> Result<Moved, Refused> {
        let s = self.store;
        let pos = Position::at(path);
        let w = Window::around(self, d.current(), path);
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
        if self.vanishes(f.part) {
            return self.entry_delta(d, &pos, &f);
        }
        if let Some((new, of)) = gradus_kernel::matrix_rule(s, f.part) {
            let reason = match of {
                MatrixFunction::Inverse => "derivative of an inverse",
                MatrixFunction::Determinant => "derivative of a determinant",
                MatrixFunction::LogDeterminant => "derivative of the logarithm of a determinant",
            };
            d.step(&pos, &f, Ground::Recomputed(Procedure::MatrixRule), new, "diff.matrix", Text::words(reason), Weight::Main)?;
            self.take_along(d, w, Self::is_simple);
            return Ok(Moved::Done);
        }
        if s.as_partial(body).is_some() {
            return self.through_arguments(d, &pos, &f, w);
        }
        match s.node(body).clone() {
            Node::Bound(0, _) => self.entry_delta(d, &pos, &f),
            Node::Entry(t, _) if matches!(s.node(t), Node::Bound(0, _)) => self.entry_delta(d, &pos, &f),
            Node::Sum(_) if self.without_kinks(d, path)? => Ok(Moved::Done),
            Node::Sum(xs) => {
                self.sum_rule(d, &pos, &f, &xs)?;
                self.finish_summands(d, w);
                Ok(Moved::Done)
            }
            Node::Product(xs) => {
                let (c, u): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| s.loose(**x) == 0);
                if c.is_empty() && self.past_other_entries(d, &pos, &f, &u)? {
                    self.inner_of_product(d, w, top);
                    return Ok(Moved::Done);
                }
                if let Some((first, rest)) = u.split_first().filter(|_| c.is_empty()) {
                    let sub = self.subst(base, "diff.product", &[("u", *first), ("v", s.product(rest)), ("x", point)])?;
                    self.apply(d, &pos, &f, "diff.product", sub, Weight::Main)?;
                    self.take_along(d, w, Self::is_simple);
                    return Ok(Moved::Done);
                }
                let sub = self.subst(base, "diff.constant_factor", &[("c", s.product(&c)), ("u", s.product(&u)), ("x", point)])?;
                self.apply(d, &pos, &f, "diff.constant_factor", sub, Weight::Small)?;
                self.inner_of_product(d, w, top);
                Ok(Moved::Done)
            }
            Node::Quot(a, b) => self.quotient(d, &pos, &f, base, (a, b, point), top),
            Node::Cases(..) => {
                let Some((new, _)) = gradus_kernel::cases_rule(s, f.part) else { return Ok(Moved::Stuck) };
                let joined = gradus_kernel::branches_join(s, &d.proof.facts_at(&f), f.part);
                let said = Text::words(if joined { "branch by branch; they join with one slope" } else { "branch by branch" });
                d.step(&pos, &f, Ground::Recomputed(Procedure::CasesRule), new, "diff.cases", said, Weight::Main)?;
                self.take_along(d, w, Self::is_easy);
                Ok(Moved::Done)
            }
            // What a rule left, `x^(2 − 1)`, is not derived as a power.
            Node::Pow(_, e) if crate::tidy::tidy(s, e) != e || is_one(s, e) => {
                let inner = pos.child(0);
                let g = d.proof.focus(&inner)?;
                d.recompute(&inner, &g, crate::tidy::tidy(s, g.part), "arithmetic.tidy", Text::default(), Weight::Trivial)?;
                self.one_rule(d, path, top)
            }
            Node::Pow(b, e) if self.is_square_of_norm(b, e) => self.open_norm(d, path),
            Node::Big { op: BigOp::Sum, cond: Some(_), .. } => {
                let Some(new) = gradus_kernel::conditional_sum_rule(s, f.part) else { return Ok(Moved::Stuck) };
                let said = Text::words("term by term");
                d.step(&pos, &f, Ground::Recomputed(Procedure::SumRule), new, "diff.sum", said, Weight::Main)?;
                self.take_along(d, w, Self::is_easy);
                Ok(Moved::Done)
            }
            Node::Big { .. } | Node::Pow(..) => self.by_rulebook(d, &pos, &f),
            Node::Entry(..) if !path.is_empty() && self.entry_lemma(d, &pos, &f)? => Ok(Moved::Done),
            Node::Entry(..) if self.through_unknown(d, &pos, &f)? || self.through_tensor(d, &pos, &f)? => Ok(Moved::Done),
            Node::Entry(..) | Node::MatMul(_) => self.open_body(d, path),
            Node::Call(g, xs) => self.call(d, path, &f, g, &xs, body, point),
            // `d/dt g′(u) = g″(u) du/dt`
            Node::Diff { hint, body: of, slot: own, point: u } if s.loose(of) <= 1 && s.sort(u).is_scalar() => {
                if matches!(s.node(u), Node::Bound(0, _)) {
                    return Ok(Moved::Stuck);
                }
                let outer = s.intern(Node::Diff { hint, body: of, slot: own, point: s.intern(Node::Bound(0, s.sort(u).clone())) });
                let sub = self.subst(base, "diff.chain", &[("g", outer), ("u", u), ("x", point)])?;
                self.apply(d, &pos, &f, "diff.chain", sub, Weight::Main)?;
                Ok(Moved::Done)
            }
            _ => self.by_rulebook(d, &pos, &f),
        }
    }

    /// `∂(x[2] u)/∂x[1]` is `x[2] ∂u/∂x[1]`: other entries are constant factors. Whether there were some among the factors.
    fn past_other_entries(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus, xs: &[Id]) -> Result<bool, Refused> {
        let s = self.store;
        let Node::Diff { hint, slot, point, .. } = s.node(f.part).clone() else { return Ok(false) };
        let derivative = |x: Id| s.intern(Node::Diff { hint, body: x, slot: slot.clone(), point });
        let (others, own): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| self.vanishes(derivative(**x)));
        if slot.is_empty() || others.is_empty() || own.is_empty() {
            return Ok(false);
        }
        let base = Substitution { slot: slot.to_vec(), ..Substitution::default() };
        let sub = self.subst(base, "diff.product", &[("u", s.product(&own)), ("v", s.product(&others)), ("x", point)])?;
        self.apply(d, pos, f, "diff.product", sub, Weight::Trivial)?;
        Ok(true)
    }
    /// Whether a derivative by one entry is of other entries alone: `∂ sin(x[2])/∂x[1]`.
    fn vanishes(&self, diff: Id) -> bool {
        gradus_kernel::entry_delta(self.store, diff).is_some_and(|t| crate::tidy::is_zero(self.store, crate::tidy::tidy(self.store, t)))
    }
    /// `∂x[i]/∂x[j]` or `∂x/∂x`.
    fn entry_delta(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus) -> Result<Moved, Refused> {
        let s = self.store;
        let Some(new) = gradus_kernel::entry_delta(s, f.part) else { return Ok(Moved::Stuck) };
        let new_tidy = crate::tidy::tidy(s, new);
        // An index without a letter of its own gets one on the page, which words cannot know.
        let lettered = f.opened.iter().all(|v| !s.var(*v).name.is_empty() || !s.mentions(f.part, *v));
        let reason = match s.node(new_tidy) {
            Node::Num(_) => Text::default(),
            _ if lettered => Text::default().term(s.rel(gradus_term::RelOp::Eq, f.part, new)),
            _ => Text::words("derivative of an entry"),
        };
        // That an entry's derivative is a delta is said even where it is taken along.
        let weight = if reason.is_empty() { Weight::Small } else { Weight::Main };
        d.step_said(pos, f, Ground::Recomputed(Procedure::EntryDelta), new, "diff.entry", reason, weight)?;
        Ok(Moved::Done)
    }

    /// `(u ± v ± …)′ = u′ ± v′ ± …`
    fn sum_rule(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus, xs: &[Summand]) -> Result<(), Refused> {
        let Some(new) = gradus_kernel::sum_rule(self.store, f.part) else { return Ok(()) };
        let (reason, weight) = if xs.len() > 1 { (Text::words("sum rule"), Weight::Main) } else { (Text::default(), Weight::Trivial) };
        d.step(pos, f, Ground::Recomputed(Procedure::SumRule), new, "diff.sum", reason, weight)
    }
    /// After the sum rule: constants vanish, constant factors come out, entries are taken; the rest waits for the next line.
    fn finish_summands(&self, d: &mut Draft<'s>, w: Window) {
        let s = self.store;
        let count = w.paths(self, d.current()).len();
        for after in (0..count).rev() {
            let one = Window { before: w.before, after: w.after + after };
            let Some(p) = one.paths(self, d.current()).pop() else { continue };
            let Ok(f) = d.proof.focus(&Position::at(&p)) else { continue };
            let Node::Diff { body, .. } = s.node(f.part) else { continue };
            let pull = match s.node(*body) {
                Node::Product(xs) => xs.iter().any(|x| s.loose(*x) == 0),
                Node::Quot(_, b) => s.loose(*b) == 0,
                _ => false,
            };
            if self.is_simple(*body) || self.vanishes(f.part) {
                let inner = Window::around(self, d.current(), &p);
                self.evaluate(d, inner);
            } else if pull {
                // A rule that does not apply leaves the derivative for the next line.
                let _ = self.one_rule(d, &p, false);
            }
        }
    }
    /// After a constant factor came out: the derivative that is left, unless it waits for the next line.
    fn inner_of_product(&self, d: &mut Draft<'s>, w: Window, top: bool) {
        self.take_along(d, w, Self::is_simple);
        if top {
            self.layer_in(d, w);
        }
    }
    /// Derivatives in the window that a person takes along are evaluated completely.
    fn take_along(&self, d: &mut Draft<'s>, w: Window, along: fn(&Self, Id) -> bool) {
        for _ in 0..24 {
            let hit = w.paths(self, d.current()).into_iter().find(|p| {
                d.proof.focus(&Position::at(p)).is_ok_and(
                    |f| matches!(self.store.node(f.part), Node::Diff { body, .. } if along(self, *body) || self.vanishes(f.part)),
                )
            });
            let Some(p) = hit else { return };
            let before = d.len();
            let inner = Window::around(self, d.current(), &p);
            self.evaluate(d, inner);
            if d.len() == before {
                return;
            }
        }
    }
    /// Evaluates every derivative in the window, without lines of its own.
    fn evaluate(&self, d: &mut Draft<'s>, w: Window) {
        d.aside(true);
        for _ in 0..24 {
            let Some(p) = w.paths(self, d.current()).first().cloned() else { break };
            let before = d.len();
            // A rule that does not apply ends the evaluation here.
            let _ = self.one_rule(d, &p, false);
            if d.len() == before {
                break;
            }
        }
        d.aside(false);
    }
    /// One elementary function of something simple, a constant power of it, or a sum of such with constants: what is taken
    /// along as the inner derivative of the chain rule.
    fn is_easy(&self, body: Id) -> bool {
        let s = self.store;
        match s.node(body) {
            _ if self.is_simple(body) => true,
            Node::Call(f, xs) if s.fun(*f).library => xs.len() == 1 && xs.iter().all(|x| self.is_simple(*x)),
            Node::Pow(b, e) => s.loose(*e) == 0 && self.is_simple(*b),
            Node::Sum(xs) => xs.iter().filter(|x| !self.is_simple(x.term)).count() <= 1 && xs.iter().all(|x| self.is_easy(x.term)),
            Node::Product(xs) => xs.iter().filter(|x| s.loose(**x) > 0).count() == 1 && xs.iter().all(|x| self.is_easy(*x)),
            _ => false,
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

    fn quotient(
        &self,
        d: &mut Draft<'s>,
        pos: &Position,
        f: &Focus,
        base: Substitution,
        (a, b, x): (Id, Id, Id),
        top: bool,
    ) -> Result<Moved, Refused> {
        let s = self.store;
        let w = Window::around(self, d.current(), &pos.path);
        if s.loose(b) == 0 {
            // u/c is (1/c) u
            let sub = self.subst(base, "diff.constant_divisor", &[("u", a), ("c", b), ("x", x)])?;
            self.apply(d, pos, f, "diff.constant_divisor", sub, Weight::Small)?;
            self.inner_of_product(d, w, top);
            return Ok(Moved::Done);
        }
        if s.loose(a) == 0 {
            if crate::tidy::is_one(s, a) {
                // 1/v is v^-1, as a person writes it before using the power rule.
                let inner = pos.child(0);
                let g = d.proof.focus(&inner)?;
                if let Node::Quot(_, v) = *s.node(g.part) {
                    // … of 1/v², v^-2.
                    let power = match *s.node(v) {
                        Node::Pow(u, k) if s.as_rational(k).is_some() => s.pow(u, crate::tidy::tidy(s, s.neg(k))),
                        _ => s.pow(v, s.int(-1)),
                    };
                    d.recompute(&inner, &g, power, "powers.reciprocal", Text::words("a reciprocal is a power"), Weight::Small)?;
                }
                if top {
                    d.line(Detail::Textbook);
                }
                return self.by_rulebook(d, pos, &d.proof.focus(pos)?);
            }
            let sub = self.subst(base, "diff.constant_factor", &[("c", a), ("u", s.quot(s.int(1), b)), ("x", x)])?;
            let quotient = self.subst(
                Substitution { slot: sub.slot.clone(), ..Substitution::default() },
                "diff.reciprocal",
                &[("c", a), ("v", b), ("x", x)],
            );
            if let Ok(q) = quotient {
                if self.apply(d, pos, f, "diff.reciprocal", q, Weight::Main).is_ok() {
                    self.take_along(d, w, Self::is_easy);
                    return Ok(Moved::Done);
                }
            }
            self.apply(d, pos, f, "diff.constant_factor", sub, Weight::Small)?;
            self.inner_of_product(d, w, top);
            return Ok(Moved::Done);
        }
        // Over a sum over a range the two terms stay apart: that is how the quotient is folded back.
        let over_range = s.any_subterm(b, &mut |n| matches!(n, Node::Big { .. }));
        let rule = if over_range { "diff.quotient_terms" } else { "diff.quotient" };
        let sub = self.subst(base, rule, &[("u", a), ("v", b), ("x", x)])?;
        self.apply(d, pos, f, rule, sub, Weight::Main)?;
        self.take_along(d, w, Self::is_simple);
        self.opposites_cancelled(d, pos);
        Ok(Moved::Done)
    }
    /// `(1 − x + 1 + x)/v²` on the line of the quotient rule as `2/v²`.
    fn opposites_cancelled(&self, d: &mut Draft<'s>, pos: &Position) {
        let s = self.store;
        let above = pos.child(0);
        let Ok(f) = d.proof.focus(&above) else { return };
        let Node::Sum(_) = s.node(f.part) else { return };
        let inside = |x: Summand| crate::tidy::summands(s, x.term).into_iter().map(move |y| Summand { neg: x.neg != y.neg, ..y });
        let parts: Vec<Summand> = crate::tidy::summands(s, crate::tidy::tidy(s, f.part)).into_iter().flat_map(inside).collect();
        let opposite = |x: &Summand, y: &Summand| x.neg != y.neg && s.same(x.term, y.term);
        let cancels = parts.iter().any(|x| parts.iter().any(|y| opposite(x, y)));
        let simple = parts.iter().all(|x| matches!(s.node(x.term), Node::Num(_) | Node::Var(_) | Node::Product(_)));
        if let Some(new) = d.proof.facts_at(&f).expand(f.part).filter(|_| cancels && simple) {
            // What the kernel does not take stays as it is.
            let _ = d.recompute(&above, &f, crate::tidy::tidy(s, new), "algebra.collect", Text::default(), Weight::Trivial);
        }
    }

    /// The first rule of the rulebook's `diff` family that matches; simple inner derivatives are taken along.
    fn by_rulebook(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus) -> Result<Moved, Refused> {
        let s = self.store;
        let w = Window::around(self, d.current(), &pos.path);
        for rule in self.rules.family("diff") {
            for (m, new) in crate::matching::rewrite(s, rule, f.part, false) {
                let new = keep_letter(s, f.part, new);
                let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: m.subst };
                if d.step(pos, f, ground, new, &rule.name, Text::words(rule.short.clone()), Weight::Main).is_ok() {
                    self.take_along(d, w, Self::is_easy);
                    if rule.name == "diff.sum_over" {
                        self.layer_in(d, w);
                    }
                    return Ok(Moved::Done);
                }
            }
        }
        Ok(Moved::Stuck)
    }
    /// One rule at every innermost derivative under a path, left to right. Earlier ones may leave new derivatives, so each
    /// is counted from the right.
    fn layer_in(&self, d: &mut Draft<'s>, w: Window) {
        let count = w.paths(self, d.current()).len();
        for after in (0..count).rev() {
            let one = Window { before: w.before, after: w.after + after };
            if let Some(p) = one.paths(self, d.current()).pop() {
                // Where no rule applies the derivative stays.
                let _ = self.one_rule(d, &p, true);
            }
        }
    }

    /// The derivative of a call: by the rulebook's rule, by the chain rule through a named quantity, by a lemma, or unfolded.
    #[allow(clippy::too_many_arguments, reason = "the parts of one node, taken apart by the caller")]
    fn call(
        &self,
        d: &mut Draft<'s>,
        path: &[u32],
        f: &Focus,
        g: gradus_term::FnId,
        xs: &[Id],
        body: Id,
        point: Id,
    ) -> Result<Moved, Refused> {
        let s = self.store;
        let pos = Position::at(path);
        let info = s.fun(g);
        if s.prim(g) == Some(Prim::Log) && self.expand_log(d, path)? {
            return Ok(Moved::Done);
        }
        if matches!(s.prim(g), Some(Prim::Max | Prim::Min)) && xs.iter().all(|x| s.loose(*x) > 0) && self.without_a_bound(d, path)? {
            return Ok(Moved::Done);
        }
        if matches!(info.kind, FnKind::Prim(_)) || info.library {
            if let Moved::Done = self.by_rulebook(d, &pos, f)? {
                return Ok(Moved::Done);
            }
            if s.scalar_form(body).is_some() {
                return self.open_body(d, path);
            }
        }
        let dependent: Vec<(usize, Id)> = xs.iter().copied().enumerate().filter(|(_, x)| s.loose(*x) > 0).collect();
        // A name that depends on the variable through one named quantity: the chain rule through it.
        if let [(k, u)] = dependent.as_slice() {
            let trivial = matches!(s.node(*u), Node::Bound(0, _));
            let scalar_parameter = info.params.get(*k).is_some_and(|p| p.sort.is_scalar());
            let worth = matches!(info.kind, FnKind::Unknown) || info.is_constant_name() || !self.is_simple(*u) || info.explicit == 1;
            if !trivial && scalar_parameter && worth && s.sort(*u).is_scalar() && !self.logs_a_density(g, xs) {
                return self.chain_rule(d, &pos, f, (g, xs, *k, *u), point);
            }
            if trivial && matches!(info.kind, FnKind::Unknown) {
                return Ok(Moved::Stuck);
            }
            // Inside a larger term, a derivative that is said by the function itself, as s′ = s (1 − s), is found apart and cited;
            // that of a name upon names, where it is asked for more than once.
            if trivial
                && !path.is_empty()
                && (!self.rests_on_names(body) || self.derived_again(d.current(), g))
                && self.derivative_lemma(g, xs, *k, point, Keep::IfSaidByItself)
                && self.cite_known(d, &pos, f)?
            {
                return Ok(Moved::Done);
            }
        }
        match self.open_body(d, path)? {
            Moved::Done => self.after_unfolding(d, path),
            Moved::Stuck => Ok(Moved::Stuck),
        }
    }

    /// A name that stands for another name is put in with it, and a reciprocal is written as a power, on the same line.
    fn after_unfolding(&self, d: &mut Draft<'s>, path: &[u32]) -> Result<Moved, Refused> {
        let s = self.store;
        let inner = Position::at(path).child(0);
        let g = d.proof.focus(&inner)?;
        match *s.node(g.part) {
            Node::Call(f, ref xs)
                if !s.fun(f).library && s.fun(f).kind == FnKind::Defined && xs.iter().all(|x| !matches!(s.node(*x), Node::Call(..))) =>
            {
                match self.open_body(d, path)? {
                    Moved::Done => self.after_unfolding(d, path),
                    Moved::Stuck => Ok(Moved::Done),
                }
            }
            Node::Quot(one, v) if crate::tidy::is_one(s, one) => {
                d.recompute(&inner, &g, s.pow(v, s.int(-1)), "powers.reciprocal", Text::default(), Weight::Trivial)?;
                Ok(Moved::Done)
            }
            _ => Ok(Moved::Done),
        }
    }

    /// `d/dx g(u(x)) = g′(u(x)) u′(x)`
    fn chain_rule(
        &self,
        d: &mut Draft<'s>,
        pos: &Position,
        f: &Focus,
        (g, xs, k, u): (FnId, &[Id], usize, Id),
        point: Id,
    ) -> Result<Moved, Refused> {
        let s = self.store;
        let Node::Diff { slot, .. } = s.node(f.part) else { return Ok(Moved::Stuck) };
        let mut args = xs.to_vec();
        if let Some(a) = args.get_mut(k) {
            *a = s.intern(Node::Bound(0, s.sort(u).clone()));
        }
        let outer = s.call(g, &args);
        if !s.fun(g).is_constant_name() {
            self.derivative_lemma(g, &args, k, point, Keep::Always);
        }
        let base = Substitution { slot: slot.to_vec(), ..Substitution::default() };
        let sub = self.subst(base, "diff.chain", &[("g", outer), ("u", u), ("x", point)])?;
        self.apply(d, pos, f, "diff.chain", sub, Weight::Main)?;
        Ok(Moved::Done)
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
    pub(crate) fn apply(
        &self,
        d: &mut Draft<'s>,
        pos: &Position,
        f: &Focus,
        rule: &str,
        sub: Substitution,
        weight: Weight,
    ) -> Result<(), Refused> {
        let r = self.rule(rule)?;
        d.apply(pos, f, r, false, sub, weight)
    }
    /// "definition of σ"
    pub(crate) fn definition_reason(&self, g: gradus_term::FnId) -> Text {
        Text::words("definition of ").term(self.store.intern(Node::Fun(g)))
    }
}

/// An operation over a range that a rule wrote keeps the letter it had in what was differentiated.
fn keep_letter(s: &gradus_term::Store, part: Id, new: Id) -> Id {
    let Node::Diff { body, .. } = s.node(part) else { return new };
    match (s.node(*body), s.node(new).clone()) {
        (Node::Big { hint, .. }, Node::Big { op, lo, hi, cond, body, .. }) => s.intern(Node::Big { op, hint: *hint, lo, hi, cond, body }),
        _ => new,
    }
}
