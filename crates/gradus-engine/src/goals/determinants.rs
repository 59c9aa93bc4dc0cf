//! Identities of determinants of sums: `det(A + U V)` is `det A · det(I + A⁻¹ U V)`, and `det(I + U V)` is `det(I + V U)`, for columns and
//! rows `1 + vᵀ u`.

use super::show::by_extension;
use crate::draft::{outermost, Draft};
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Id, Node, Position, Prim, Store};

const SYLVESTER: &str = "Sylvester’s identity det(I + UV) = det(I + VU)";
const PRODUCT: &str = "the determinant of a product is the product of the determinants";

/// A chain from `a` to `b` that takes invertible matrices out of the determinants of sums.
pub(super) fn connect<'s>(e: &Engine<'s>, a: Id, b: Id, givens: &[Id]) -> Option<Draft<'s>> {
    let s = e.store;
    let sums = |t: Id| outermost(s, t, &|n| of_a_sum(s, n)).len();
    if sums(a) > 0 {
        return walk(e, a, b, givens).map(|w| w.d);
    }
    if sums(b) == 0 {
        return None;
    }
    let w = walk(e, b, a, givens)?;
    let mut d = Draft::new(e.prover, a, givens);
    e.climb(&mut d, &w, w.stops.len() - 1).ok()?;
    d.line(Detail::Brief);
    Some(d)
}
fn walk<'s>(e: &Engine<'s>, a: Id, b: Id, givens: &[Id]) -> Option<Walk<'s>> {
    let s = e.store;
    let mut w = Walk::new(Draft::new(e.prover, a, givens));
    for path in outermost(s, a, &|n| of_a_sum(s, n)).into_iter().rev() {
        let pos = Position::at(&path);
        let f = w.d.proof.focus(&pos).ok()?;
        let Node::Call(p, xs) = s.node(f.part) else { continue };
        let Some((Some(m), Some(changed))) = w.d.proof.facts().taken_out(*xs.first()?) else { continue };
        let (outside, inside) = (s.call(*p, &[m]), s.call(*p, &[changed]));
        let new = if s.prim(*p) == Some(Prim::Det) { s.mul(outside, inside) } else { s.add(outside, inside) };
        w.d.recompute(&pos, &f, new, "matrix.determinant", Text::words(PRODUCT), Weight::Main).ok()?;
    }
    w.stop_as_it_is(Text::words(PRODUCT));
    let numbers = !s.any_subterm(b, &mut |n| of_a_sum(s, n));
    let why = if numbers { "det(I + uvᵀ) = 1 + vᵀu" } else { SYLVESTER };
    if !by_extension(&mut w.d, b, why) {
        return None;
    }
    w.stop_as_it_is(Text::words(why));
    w.d.line(Detail::Brief);
    Some(w)
}
/// Whether this is the determinant of a sum, or the logarithm of its size.
fn of_a_sum(s: &Store, n: &Node) -> bool {
    match n {
        Node::Call(f, xs) => matches!(s.prim(*f), Some(Prim::Det | Prim::LogDet)) && xs.iter().all(|x| matches!(s.node(*x), Node::Sum(_))),
        _ => false,
    }
}
