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
    s.convolution(t).filter(|c| c.directions.iter().all(|d| [&d.m, &d.k, &d.places].iter().all(|n| n.as_int().is_some())))
}

impl<'s> Engine<'s> {
    /// Evaluates the convolution that `d` stands at; the flip and the table of products go to `items`. Whether it could.
    pub(crate) fn convolution(&self, d: &mut Draft<'s>, c: &Convolution, items: &mut Vec<Item>) -> bool {
        let s = self.store;
        let Some(products) = written_out(s, d.current()) else { return false };
        if c.flips {
            if let Some(flip) = self.flipped(d, c.w) {
                items.push(Item::Say(Text::words("A convolution flips the kernel:")));
                items.push(flip);
            }
        }
        let along = if c.directions.len() == 1 { "vector" } else { "array" };
        let kernel = if c.flips { "The flipped kernel" } else { "The kernel" };
        let outside = if c.inside { "" } else { ", with zeros outside" };
        items.push(Item::Say(Text::words(format!(
            "{kernel} moves along the {along}{outside}. At each place the entries that lie above each other are multiplied and the products added:"
        ))));
        let mut rows = Vec::new();
        let result = self.products_by_place(products, &mut Vec::new(), &mut rows);
        items.push(Item::Table(vec![Text::words("place"), Text::words("sum of products")], rows));
        if self.rewrite_any(d, products, "tensor.write_out", Text::words("products at each place"), Weight::Small).is_err() {
            return false;
        }
        if self.rewrite_any(d, result, "arithmetic.sums", Text::words("add"), Weight::Main).is_err() {
            return false;
        }
        d.line_because(Detail::Brief, Some(Text::words("from the table")));
        true
    }
    /// The array with its sums of products computed; each is a row of the table, with its place.
    fn products_by_place(&self, t: Id, place: &mut Vec<i64>, rows: &mut Vec<Vec<Text>>) -> Id {
        let s = self.store;
        if let Node::Array(xs) = s.node(t) {
            let mut values = Vec::new();
            for (k, x) in xs.iter().enumerate() {
                place.push(i64::try_from(k + 1).unwrap_or(0));
                values.push(self.products_by_place(*x, place, rows));
                place.pop();
            }
            return s.intern(Node::Array(values.into()));
        }
        let value = computed(s, t);
        let sum = if s.same(t, value) { value } else { s.rel(RelOp::Eq, t, value) };
        let numbers: Vec<String> = place.iter().map(ToString::to_string).collect();
        let at = match numbers.as_slice() {
            [one] => one.clone(),
            many => format!("({})", many.join(", ")),
        };
        rows.push(vec![Text::words(at), Text::default().term(sum)]);
        value
    }
    /// `flip(w) = [2, 0, 1]`, as a chain of its own.
    fn flipped(&self, d: &Draft<'s>, w: Id) -> Option<Item> {
        let s = self.store;
        let flip = s.prim_call(Prim::Flip, &[w]);
        let mut sub = Draft::new(self.prover, flip, d.proof.givens());
        let array = written_out(s, flip)?;
        self.rewrite_any(
            &mut sub,
            array,
            "tensor.write_out",
            Text::words(if s.sort(w).dims().len() == 1 { "last entry first" } else { "last row and last column first" }),
            Weight::Main,
        )
        .ok()?;
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
