//! `derive` of a gradient by differentials: `dL` as `tr(Gᵀ dX)`, and the gradient read off.

use crate::draft::Draft;
use crate::Engine;
use gradus_kernel::{Ground, Item, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Goal, Id, Node, Position, Sort, VarInfo, VarKind};

/// A derivation found, before it is concluded.
pub(super) struct Found<'s> {
    /// The page so far.
    pub items: Vec<Item>,
    /// From the gradient to the tensor read off.
    pub whole: Draft<'s>,
    /// The lines it shows at the usual detail.
    pub lines: usize,
}

impl<'s> Engine<'s> {
    /// The gradient `term` by differentials. `None` where the method does not lead to it.
    pub(super) fn by_differentials(&self, goal: &Goal, term: Id) -> Option<Found<'s>> {
        let s = self.store;
        let (vars, entry) = s.open_child(term, 0)?;
        let Node::Diff { hint, body, slot, point } = s.node(entry) else { return None };
        let own: Vec<Aff> = vars.iter().map(|v| Aff::free(*v)).collect();
        let closed = !vars.iter().any(|v| s.mentions(*body, *v) || s.mentions(*point, *v));
        if slot.as_ref() != own.as_slice() || !closed || !s.sort(*body).is_scalar() || !matches!(s.sort(*point), Sort::Tensor(_)) {
            return None;
        }
        let along = s.declare(VarInfo::new("change", VarKind::Opened, s.sort(*point).clone()));
        let start = s.intern(Node::Differential { hint: *hint, body: *body, point: *point, along: s.name(along) });
        let givens = self.givens(goal);
        let mut d = Draft::new(self.prover, start, &givens);
        self.pending.take();
        let pushed = self.push_differentials(&mut d, goal);
        let lemmas = self.pending.take();
        if !pushed {
            return None;
        }
        let gradient = self.gather(&mut d, goal)?;
        let lemma = self.prover.add_lemma("the differential above", &d.proof);
        let mut whole = Draft::new(self.prover, term, &givens);
        let f = whole.proof.focus(&Position::root()).ok()?;
        let ground = Ground::ReadOff { lemma, along };
        whole.step(&Position::root(), &f, ground, gradient, "differential.read", Text::words("read off"), Weight::Main).ok()?;
        whole.line(Detail::Brief);
        let change = s.intern(Node::Differential {
            hint: *hint,
            body: s.intern(Node::Bound(0, s.sort(*point).clone())),
            point: *point,
            along: s.name(along),
        });
        let chain = d.chain(self.detail());
        let lines = d.chain(Detail::Textbook).lines.len() + super::gradient::lines(&lemmas);
        let mut items = lemmas;
        items.extend([
            Item::Say(self.opening(*point)),
            Item::Chain(chain),
            Item::Say(Text::words("What stands before ").term(change).and(", transposed, is the gradient:")),
        ]);
        Some(Found { items, whole, lines })
    }
    /// "By differentials:", and for a symmetric argument how its entries count.
    fn opening(&self, point: Id) -> Text {
        if gradus_decide::is_symmetric(self.store, point) {
            return Text::words("By differentials, the entries of ").term(point).and(" counted as independent:");
        }
        Text::words("By differentials:")
    }
}
