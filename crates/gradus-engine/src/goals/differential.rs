//! `derive` by differentials: of a scalar, `dL` as `tr(Gᵀ dX)`, and the gradient read off; of a vector, `df` as `J dx`, and the Jacobian;
//! a Hessian as the Jacobian of a gradient.

use crate::draft::Draft;
use crate::Engine;
use gradus_kernel::{Ground, Item, Substitution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Goal, Id, Node, Position, RelOp, Sort, Sym, VarId, VarInfo, VarKind};

/// A derivation found, before it is concluded.
pub(super) struct Found<'s> {
    /// The page so far.
    pub items: Vec<Item>,
    /// From the derivative to the tensor read off.
    pub whole: Draft<'s>,
    /// The lines it shows at the usual detail.
    pub lines: usize,
}

/// What is asked, as a function of the variable: its body under the binder.
#[derive(Clone, Copy)]
struct Asked {
    hint: Sym,
    body: Id,
    point: Id,
}

impl<'s> Engine<'s> {
    /// The gradient, Jacobian or Hessian `term` by differentials. `None` where the method does not lead to it.
    pub(super) fn by_differentials(&self, goal: &Goal, term: Id) -> Option<Found<'s>> {
        let s = self.store;
        let (vars, entry) = s.open_child(term, 0)?;
        let Node::Diff { hint, body, slot, point } = s.node(entry) else { return None };
        let closed = |t: Id| !vars.iter().any(|v| s.mentions(t, *v));
        if !closed(*point) || !matches!(s.sort(*point), Sort::Tensor(_)) {
            return None;
        }
        let is = |ix: &[Aff], vs: &[VarId]| ix.iter().eq(vs.iter().map(|v| Aff::free(*v)).collect::<Vec<_>>().iter());
        let asked = Asked { hint: *hint, body: *body, point: *point };
        match (s.node(*body), vars.as_slice()) {
            _ if is(slot, &vars) && closed(*body) => self.gradient_by_differentials(goal, term, asked),
            (Node::Entry(f, ix), [i, j]) if is(ix, &[*i]) && is(slot, &[*j]) && closed(*f) => {
                self.jacobian_by_differentials(goal, term, Asked { body: *f, ..asked })
            }
            (Node::Diff { body: l, slot: inner, point: p, .. }, [i, j])
                if is(slot, &[*i]) && is(inner, &[*j]) && closed(*l) && matches!(s.node(*p), Node::Bound(0, _)) && s.loose(*l) == 1 =>
            {
                self.hessian_by_differentials(goal, term, Asked { body: *l, ..asked })
            }
            _ => None,
        }
    }

    fn gradient_by_differentials(&self, goal: &Goal, term: Id, asked: Asked) -> Option<Found<'s>> {
        if !self.store.sort(asked.body).is_scalar() {
            return None;
        }
        self.by_reading_off(goal, term, asked, ", transposed, is the gradient:", |d, _| self.gather(d, goal))
    }
    fn jacobian_by_differentials(&self, goal: &Goal, term: Id, asked: Asked) -> Option<Found<'s>> {
        self.by_reading_off(goal, term, asked, " is the Jacobian:", |d, _| self.gather_product(d, goal))
    }
    /// The differential gathered, and what stands before the change read off.
    fn by_reading_off(
        &self,
        goal: &Goal,
        term: Id,
        asked: Asked,
        is: &str,
        gather: impl FnOnce(&mut Draft<'s>, Id) -> Option<Id>,
    ) -> Option<Found<'s>> {
        let (mut d, along, mut items) = self.differential_of(goal, asked)?;
        let change = self.change(asked, along);
        let before = gather(&mut d, change)?;
        let whole = self.read_off(goal, term, &d, along, &[before])?;
        let lines = d.chain(Detail::Textbook).lines.len() + super::gradient::lines(&items);
        items.extend([
            Item::Say(self.opening(asked.point)),
            Item::Chain(d.chain(self.detail())),
            Item::Say(Text::words("What stands before ").term(change).and(is)),
        ]);
        Some(Found { items, whole, lines })
    }
    /// The derivative by a number of a scalar or a tensor that depends on it through matrices, as in `log det(A + t B)`: `dL = g dt`.
    pub(super) fn by_differential_of_a_number(&self, goal: &Goal, term: Id) -> Option<Found<'s>> {
        let s = self.store;
        let (vars, entry) = match s.node(term) {
            Node::Tensor { .. } => s.open_child(term, 0)?,
            _ => (Vec::new(), term),
        };
        let Node::Diff { hint, body, slot, point } = s.node(entry).clone() else { return None };
        let body = match s.node(body) {
            _ if vars.is_empty() => body,
            Node::Entry(f, ix) if ix.iter().eq(&vars.iter().map(|v| Aff::free(*v)).collect::<Vec<_>>()) => *f,
            _ => return None,
        };
        if vars.is_empty() && slot.is_empty() && matches!(s.node(body), Node::Diff { slot, .. } if slot.is_empty()) {
            return self.second_by_differential(goal, term, Asked { hint, body, point });
        }
        let closed = !vars.iter().any(|v| s.mentions(body, *v) || s.mentions(point, *v));
        let number = slot.is_empty() && *s.sort(point) == Sort::Scalar && !matches!(s.node(point), Node::Index(_));
        if !closed || !number || crate::tidy::has_derivative(s, body) || self.speaks_in_indices(body) || !self.varies_in_tensors(body) {
            return None;
        }
        let asked = Asked { hint, body, point };
        self.by_reading_off(goal, term, asked, " is the derivative:", |d, change| self.gather_factor(d, change, goal))
    }
    /// The second derivative by a number: the first one, and the differential of what was found.
    fn second_by_differential(&self, goal: &Goal, term: Id, asked: Asked) -> Option<Found<'s>> {
        let s = self.store;
        let Node::Var(x) = *s.node(asked.point) else { return None };
        let inner = s.open(asked.body, &[gradus_term::Arg::Val(asked.point)]);
        if !matches!(s.node(inner), Node::Diff { point, .. } if s.same(*point, asked.point)) {
            return None;
        }
        let first = self.by_differential_of_a_number(goal, inner)?;
        let found = first.whole.current();
        let lemma = self.prover.add_lemma("the derivative above", &first.whole.proof);
        let of = Asked { body: s.abstract_term(found, asked.point), ..asked };
        if s.loose(of.body) == 0 {
            return None;
        }
        let (mut d, along, lemmas) = self.differential_of(goal, of)?;
        let factor = self.gather_factor(&mut d, self.change(of, along), goal)?;
        let mut whole = Draft::new(self.prover, term, &self.givens(goal));
        let below = Position::root().child(0);
        let f = whole.proof.focus(&below).ok()?;
        let Node::Diff { point, .. } = *s.node(f.part) else { return None };
        let cited = Ground::Cited { lemma, subst: Substitution::new().with(x, point) };
        let new = s.subst(found, &std::iter::once((x, gradus_term::Arg::Val(point))).collect());
        whole.step(&below, &f, cited, new, "lemma.cite", Text::words("the derivative above"), Weight::Main).ok()?;
        let lemma = self.prover.add_lemma("the differential above", &d.proof);
        let f = whole.proof.focus(&Position::root()).ok()?;
        let ground = Ground::ReadOff { lemma, along };
        whole.step(&Position::root(), &f, ground, factor, "differential.read", Text::words("read off"), Weight::Main).ok()?;
        whole.line(Detail::Brief);
        let mut items = first.items;
        items.push(Item::Show(s.rel(RelOp::Eq, inner, found), Text::default()));
        let lines = first.lines + d.chain(Detail::Textbook).lines.len() + super::gradient::lines(&lemmas);
        items.extend(lemmas);
        items.extend([
            Item::Say(Text::words("Its differential:")),
            Item::Chain(d.chain(self.detail())),
            Item::Say(Text::words("What stands before ").term(self.change(of, along)).and(" is the second derivative:")),
        ]);
        Some(Found { items, whole, lines })
    }
    /// Whether a tensor in the body, or in a definition that stands in it, varies with the bound value.
    fn varies_in_tensors(&self, body: Id) -> bool {
        let s = self.store;
        let mut todo = vec![body];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(t) = todo.pop() {
            if s.loose(t) == 0 || !seen.insert(t) {
                continue;
            }
            if s.sort(t).is_tensor() {
                return true;
            }
            if let Node::Call(f, xs) = s.node(t) {
                todo.extend(s.unfold(*f, xs));
            }
            s.node(t).for_each_child(|c, _| todo.push(c));
        }
        false
    }
    /// The gradient first; then the gradient's own differential, `d∇L = H dx`.
    fn hessian_by_differentials(&self, goal: &Goal, term: Id, asked: Asked) -> Option<Found<'s>> {
        let s = self.store;
        let Node::Var(x) = s.node(asked.point) else { return None };
        let size = s.sort(asked.point).dims().to_vec();
        let letters: Vec<VarId> = size.iter().map(|_| s.fresh(s.sym("j"), Sort::Scalar, true)).collect();
        let entry =
            Node::Diff { hint: asked.hint, body: asked.body, slot: letters.iter().map(|v| Aff::free(*v)).collect(), point: asked.point };
        let gradient = s.tensor(&letters, &size, s.intern(entry));
        let first = self.gradient_by_differentials(goal, gradient, asked)?;
        let found = first.whole.current();
        let lemma = self.prover.add_lemma("the gradient above", &first.whole.proof);
        // The gradient's differential, and what it is multiplied by.
        let of = Asked { body: s.abstract_term(found, asked.point), ..asked };
        if s.loose(of.body) == 0 {
            return None;
        }
        let (mut d, along, lemmas) = self.differential_of(goal, of)?;
        let hessian = self.gather_product(&mut d, goal)?;
        // ∂²L/∂x_i ∂x_j as the derivative of an entry of the gradient found.
        let mut whole = Draft::new(self.prover, term, &self.givens(goal));
        let inner = Position::root().child(0).child(0);
        let f = whole.proof.focus(&inner).ok()?;
        let Node::Diff { body, slot, point, hint } = s.node(f.part).clone() else { return None };
        let entry = Node::Diff { hint, body, slot: letters.iter().map(|v| Aff::free(*v)).collect(), point };
        let former = s.intern(Node::Entry(s.tensor(&letters, &size, s.intern(entry)), slot));
        whole.step(&inner, &f, Ground::Entries, former, "tensor.entries", Text::default(), Weight::Small).ok()?;
        let inner = inner.child(0);
        let f = whole.proof.focus(&inner).ok()?;
        // Looking there opened the bound value by another name.
        let (_, entry) = s.open_child(f.part, 0)?;
        let Node::Diff { point, .. } = *s.node(entry) else { return None };
        let subst = Substitution::new().with(*x, point);
        let map = std::iter::once((*x, gradus_term::Arg::Val(point))).collect();
        let cited = Ground::Cited { lemma, subst };
        whole.step(&inner, &f, cited, s.subst(found, &map), "lemma.cite", Text::words("the gradient above"), Weight::Main).ok()?;
        let lemma = self.prover.add_lemma("the differential above", &d.proof);
        let f = whole.proof.focus(&Position::root()).ok()?;
        let ground = Ground::ReadOff { lemma, along };
        let mut read = |new: Id| {
            whole.step(&Position::root(), &f, ground.clone(), new, "differential.read", Text::words("read off"), Weight::Main).is_ok()
        };
        let turned = s.prim_call(gradus_term::Prim::Transpose, &[hessian]);
        if !read(hessian) && !read(turned) {
            return None;
        }
        whole.line(Detail::Brief);
        let mut items = first.items;
        items.push(Item::Show(s.rel(RelOp::Eq, gradient, found), Text::default()));
        let lines = first.lines + d.chain(Detail::Textbook).lines.len() + super::gradient::lines(&lemmas);
        items.extend(lemmas);
        items.extend([
            Item::Say(Text::words("Its differential:")),
            Item::Chain(d.chain(self.detail())),
            Item::Say(Text::words("What stands before ").term(self.change(of, along)).and(" is the Hessian:")),
        ]);
        Some(Found { items, whole, lines })
    }

    /// The differential of what is asked, taken as far as it goes; its change; lemmas shown before it.
    fn differential_of(&self, goal: &Goal, asked: Asked) -> Option<(Draft<'s>, VarId, Vec<Item>)> {
        let s = self.store;
        let along = s.declare(VarInfo::new("change", VarKind::Opened, s.sort(asked.point).clone()));
        let start = s.intern(Node::Differential { hint: asked.hint, body: asked.body, point: asked.point, along: s.name(along) });
        let mut d = Draft::new(self.prover, start, &self.givens(goal));
        self.pending.take();
        let pushed = self.push_differentials(&mut d, goal);
        let lemmas = self.pending.take();
        pushed.then_some((d, along, lemmas))
    }
    /// The derivative read off its differential: the first of these forms that the kernel accepts.
    fn read_off(&self, goal: &Goal, term: Id, d: &Draft<'s>, along: VarId, forms: &[Id]) -> Option<Draft<'s>> {
        let lemma = self.prover.add_lemma("the differential above", &d.proof);
        let mut whole = Draft::new(self.prover, term, &self.givens(goal));
        let f = whole.proof.focus(&Position::root()).ok()?;
        let read = forms.iter().any(|new| {
            let ground = Ground::ReadOff { lemma, along };
            whole.step(&Position::root(), &f, ground, *new, "differential.read", Text::words("read off"), Weight::Main).is_ok()
        });
        whole.line(Detail::Brief);
        read.then_some(whole)
    }
    /// `dx`, as it is shown.
    fn change(&self, asked: Asked, along: VarId) -> Id {
        let s = self.store;
        let body = s.intern(Node::Bound(0, s.sort(asked.point).clone()));
        s.intern(Node::Differential { hint: asked.hint, body, point: asked.point, along: s.name(along) })
    }
    /// "By differentials:", and for a symmetric argument how its entries count.
    fn opening(&self, point: Id) -> Text {
        if gradus_decide::is_symmetric(self.store, point) {
            return Text::words("By differentials, the entries of ").term(point).and(" counted as independent:");
        }
        Text::words("By differentials:")
    }
}
