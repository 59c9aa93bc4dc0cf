//! Concrete convolutions as on paper: the kernel flipped first, then for every place the products that are added.

use super::evaluate::written_out;
use super::passes::Pass;
use crate::draft::Draft;
use crate::tidy::tidy;
use crate::Engine;
use gradus_kernel::{Item, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Convolution, Id, Node, Prim, RelOp, Store};

/// The convolution at the head of a term, if its sizes are known.
pub(crate) fn operands(s: &Store, t: Id) -> Option<Convolution> {
    s.convolution(t).filter(|c| c.places.as_int().is_some() && c.k.as_int().is_some() && c.m.as_int().is_some())
}

impl<'s> Engine<'s> {
    /// Evaluates the convolution that `d` stands at; the flip and the table of products go to `items`. Whether it could.
    pub(crate) fn convolution(&self, d: &mut Draft<'s>, c: &Convolution, items: &mut Vec<Item>) -> bool {
        let s = self.store;
        let Some(products) = written_out(s, d.current()) else { return false };
        let Node::Array(entries) = s.node(products) else { return false };
        if c.flips {
            if let Some(flip) = self.flipped(d, c.w) {
                items.push(Item::Say(Text::words("A convolution flips the kernel:")));
                items.push(flip);
            }
        }
        let values: Vec<Id> = entries.iter().map(|x| computed(s, *x)).collect();
        items.push(Item::Say(Text::words(match (c.flips, c.inside) {
            (true, true) => "The flipped kernel moves along the vector. At each place the entries that lie above each other are multiplied and the products added:",
            (true, false) => "The flipped kernel moves along the vector, with zeros outside. At each place the entries that lie above each other are multiplied and the products added:",
            (false, true) => "The kernel moves along the vector. At each place the entries that lie above each other are multiplied and the products added:",
            (false, false) => "The kernel moves along the vector, with zeros outside. At each place the entries that lie above each other are multiplied and the products added:",
        })));
        let rows = entries
            .iter()
            .zip(&values)
            .enumerate()
            .map(|(k, (e, v))| {
                let sum = if s.same(*e, *v) { *v } else { s.rel(RelOp::Eq, *e, *v) };
                vec![Text::default().term(s.int(i64::try_from(k + 1).unwrap_or(0))), Text::default().term(sum)]
            })
            .collect();
        items.push(Item::Table(vec![Text::words("place"), Text::words("sum of products")], rows));
        let result = s.intern(Node::Array(values.into()));
        if self.rewrite_any(d, products, "tensor.write_out", Text::words("products at each place"), Weight::Small).is_err() {
            return false;
        }
        if self.rewrite_any(d, result, "arithmetic.sums", Text::words("add"), Weight::Main).is_err() {
            return false;
        }
        d.line_because(Detail::Brief, Some(Text::words("from the table")));
        true
    }
    /// `flip(w) = [2, 0, 1]`, as a chain of its own.
    fn flipped(&self, d: &Draft<'s>, w: Id) -> Option<Item> {
        let s = self.store;
        let flip = s.prim_call(Prim::Flip, &[w]);
        let mut sub = Draft::new(self.prover, flip, d.proof.givens());
        let array = written_out(s, flip)?;
        self.rewrite_any(&mut sub, array, "tensor.write_out", Text::words("last entry first"), Weight::Main).ok()?;
        sub.line(Detail::Brief);
        Some(Item::Chain(sub.chain(self.detail())))
    }
}

/// A sum of products of numbers as a number.
fn computed(s: &Store, t: Id) -> Id {
    let mut t = t;
    for p in [Pass::Values, Pass::Powers, Pass::Products, Pass::Sums] {
        t = p.apply(s, t);
    }
    tidy(s, t)
}
