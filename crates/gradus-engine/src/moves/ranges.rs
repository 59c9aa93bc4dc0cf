//! Sums and products over ranges: written out, constants pulled out.

use super::Back;
use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, is_one, summands};
use crate::Engine;
use gradus_kernel::{rearranged, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Arg, BigOp, Id, Node, Position, Summand, VarId};

/// Sums of at most this many terms are written out.
const TERMS: i64 = 8;

impl<'s> Engine<'s> {
    /// Writes out sums and products over ranges of known size.
    pub(crate) fn write_out(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let start = d.len();
        for _ in 0..16 {
            let before = d.len();
            for path in everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum | BigOp::Prod, cond: None, .. })) {
                let pos = Position::at(&path);
                let Ok(f) = d.proof.focus(&pos) else { continue };
                let Some((new, terms)) = self.written_out(f.part) else { continue };
                let words = if terms == 1 { "there is one term" } else { "write the sum out" };
                if d.recompute(&pos, &f, new, "sum.write_out", Text::words(words), Weight::Main).is_ok() {
                    break;
                }
            }
            if d.len() == before {
                break;
            }
        }
        (d.len() > start).then(|| Text::words("write as a sum"))
    }
    fn written_out(&self, t: Id) -> Option<(Id, i64)> {
        let s = self.store;
        let Node::Big { op, lo, hi, body, .. } = s.node(t) else { return None };
        let (lo, hi) = (lo.as_int()?, hi.as_int()?);
        let count = hi.checked_sub(lo)?.checked_add(1)?;
        if !(0..=TERMS).contains(&count) {
            return None;
        }
        let terms: Vec<Id> = (lo..=hi).map(|k| s.open(*body, &[Arg::Idx(Aff::int(k))])).collect();
        let new = match (op, terms.as_slice()) {
            (BigOp::Sum, []) => s.int(0),
            (BigOp::Sum, xs) => s.sum(&xs.iter().map(|x| Summand { neg: false, term: *x }).collect::<Vec<_>>()),
            (_, xs) => s.product(xs),
        };
        Some((new, count))
    }

    /// Sums with deltas as the terms that are left of them.
    pub(crate) fn only_terms(&self, d: &mut Draft<'s>) -> Option<Back> {
        self.collapse_deltas(d).then(|| Text::words("all other terms are 0"))
    }

    /// `Σ_j c u_j` as `c Σ_j u_j`, for factors above and below that do not mention the index.
    pub(crate) fn constants_out(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let start = d.len();
        for _ in 0..16 {
            let before = d.len();
            let mut paths = everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, .. }));
            paths.sort_by_key(|p| std::cmp::Reverse(p.len()));
            for path in paths {
                let pos = Position::at(&path);
                let Ok(f) = d.proof.focus(&pos) else { continue };
                let Some(new) = self.constant_out(f.part) else { continue };
                if d.recompute(&pos, &f, new, "sum.constant_factor", Text::words("constant factors come out of the sum"), Weight::Main)
                    .is_ok()
                {
                    break;
                }
            }
            if d.len() == before {
                break;
            }
        }
        (d.len() > start).then(|| Text::words("constant factors go into the sum"))
    }
    fn constant_out(&self, t: Id) -> Option<Id> {
        let s = self.store;
        let Node::Big { op, hint, lo, hi, cond, .. } = s.node(t).clone() else { return None };
        let (vars, body) = s.open_child(t, 0)?;
        let v = *vars.first()?;
        let (sign, body) = crate::tidy::unsign(s, body);
        let (num, den) = match s.node(body) {
            Node::Quot(a, b) => (*a, Some(*b)),
            _ => (body, None),
        };
        let split =
            |t: Id| -> (Vec<Id>, Vec<Id>) { factors(s, t).into_iter().filter(|f| !is_one(s, *f)).partition(|f| !s.mentions(*f, v)) };
        let (above, inside) = split(num);
        let (below, under) = den.map_or((Vec::new(), Vec::new()), split);
        if above.is_empty() && below.is_empty() && !sign {
            return None;
        }
        let over = |a: Id, b: &[Id]| if b.is_empty() { a } else { s.quot(a, s.product(b)) };
        if inside.is_empty() && under.is_empty() && cond.is_none() && op == BigOp::Sum {
            // A constant is added as often as there are terms.
            let count = hi.sub(&lo).plus(1);
            let fs: Vec<Id> = std::iter::once(s.index(count)).chain(above).collect();
            let r = over(s.product(&fs), &below);
            return Some(if sign { s.neg(r) } else { r });
        }
        let body = s.close(over(s.product(&inside), &under), &[v]);
        let sum = s.intern(Node::Big { op, hint, lo, hi, cond, body });
        let mut fs = above;
        fs.push(sum);
        let r = over(s.product(&fs), &below);
        Some(if sign { s.neg(r) } else { r })
    }

    /// `Σ_j (u_j + v_j)` as `Σ_j u_j + Σ_j v_j`.
    pub(crate) fn split_sums(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let start = d.len();
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, body, .. } if summands(s, *body).len() > 1)) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Big { op, hint, lo, hi, cond, body } = s.node(f.part).clone() else { continue };
            let parts: Vec<Summand> = summands(s, body)
                .into_iter()
                .map(|x| Summand { neg: x.neg, term: s.intern(Node::Big { op, hint, lo: lo.clone(), hi: hi.clone(), cond, body: x.term }) })
                .collect();
            if d.recompute(&pos, &f, s.sum(&parts), "sum.split", Text::words("split the sum"), Weight::Main).is_ok() {
                break;
            }
        }
        (d.len() > start).then(|| Text::words("one sum"))
    }

    /// Sums of polynomials in their index: split, constants taken out, and each sum of powers in its closed form.
    pub(crate) fn close_sums(&self, d: &mut Draft<'s>) {
        let s = self.store;
        let closing = |n: &Node| match n {
            Node::Big { op: BigOp::Sum, lo, cond: None, .. } if lo.as_int() == Some(1) => {
                let opened = s.open_child(s.intern(n.clone()), 0);
                opened.is_some_and(|(vars, body)| vars.first().is_some_and(|v| is_polynomial(s, body, *v)))
            }
            _ => false,
        };
        if !s.any_subterm(d.current(), &mut |n| closing(n)) {
            return;
        }
        let start = d.len();
        for path in everywhere(s, d.current(), &|n| closing(n)) {
            let pos = Position::at(&path).child(0);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Some(v) = f.opened.last().copied() else { continue };
            let Some(new) = d.proof.facts_at(&f).expand(f.part).map(|t| by_powers(s, crate::tidy::tidy(s, t), v)) else { continue };
            let shown = if rearranged(s, by_powers(s, f.part, v), new) { Weight::Trivial } else { Weight::Main };
            if d.recompute(&pos, &f, new, "algebra.expand", Text::words("multiply out"), shown).is_ok() && shown > Weight::Trivial {
                d.line(Detail::Textbook);
            }
        }
        for mv in [Engine::split_sums, Engine::constants_out] {
            if mv(self, d).is_some() {
                d.tidy();
                d.line(Detail::Textbook);
            }
        }
        if self.rules_everywhere(d, &["sum.gauss", "sum.squares", "sum.cubes", "sum.constant"], Weight::Main).is_some() {
            d.tidy();
            d.line(Detail::Textbook);
        }
        if s.any_subterm(d.current(), &mut |n| closing(n)) {
            d.truncate(start);
        }
    }

    /// `e^{u_j + c}` as `e^{u_j} e^c`, where it lets `e^c` out of a sum over j, and wherever the same `c` stands in an exponent beside it.
    pub(crate) fn split_exponents(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let mut constants: Vec<Id> = Vec::new();
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, .. })) {
            let Ok(f) = d.proof.focus(&Position::at(&path).child(0)) else { continue };
            let Some(v) = f.opened.last().copied() else { continue };
            for f in factors(s, f.part) {
                if let Some(u) = self.exponent(f) {
                    constants.extend(self.free_part(u, v));
                }
            }
        }
        let start = d.len();
        for c in constants {
            self.split_off(d, c);
        }
        (d.len() > start).then(|| Text::words("one exponential"))
    }
    /// The summands of an exponent that do not mention the index, if others do.
    fn free_part(&self, u: Id, v: VarId) -> Option<Id> {
        let s = self.store;
        let (free, rest): (Vec<Summand>, Vec<Summand>) = self.parts_of_exponent(u).into_iter().partition(|x| !s.mentions(x.term, v));
        (!free.is_empty() && !rest.is_empty()).then(|| s.sum(&free))
    }
    /// The summands of an exponent; those of `a (u + c)` and `(u + c)/a` multiplied out.
    fn parts_of_exponent(&self, u: Id) -> Vec<Summand> {
        let s = self.store;
        let of_sum = |t: Id| factors(s, t).iter().any(|f| matches!(s.node(*f), Node::Sum(xs) if xs.len() > 1));
        let composite = match s.node(u) {
            Node::Quot(a, _) => of_sum(*a),
            Node::Product(_) => of_sum(u),
            _ => false,
        };
        let flat = composite.then(|| gradus_decide::Facts::new(s, &[]).expand(u)).flatten().map(|t| crate::tidy::tidy(s, t));
        summands(s, flat.unwrap_or(u))
    }
    fn split_off(&self, d: &mut Draft<'s>, c: Id) {
        let s = self.store;
        for _ in 0..24 {
            let hit = everywhere(s, d.current(), &|n| matches!(n, Node::Call(..))).into_iter().any(|path| {
                let pos = Position::at(&path);
                let Ok(f) = d.proof.focus(&pos) else { return false };
                let Some(u) = self.exponent(f.part) else { return false };
                let parts = summands(s, c);
                let (mine, rest): (Vec<Summand>, Vec<Summand>) =
                    self.parts_of_exponent(u).into_iter().partition(|x| parts.iter().any(|p| p.neg == x.neg && s.same(p.term, x.term)));
                if mine.len() != parts.len() || rest.is_empty() {
                    return false;
                }
                let new = s.mul(s.exp(s.sum(&rest)), s.exp(s.sum(&mine)));
                d.recompute(&pos, &f, new, "exp.sum", Text::words("exponential of a sum"), Weight::Main).is_ok()
            });
            if !hit {
                return;
            }
        }
    }
}

/// Whether a term is a polynomial in an index, of a degree at most 3 in each power, with factors that do not mention it.
fn is_polynomial(s: &gradus_term::Store, t: Id, v: VarId) -> bool {
    if !s.mentions(t, v) {
        return true;
    }
    match s.node(t) {
        Node::Index(_) => true,
        Node::Sum(xs) => xs.iter().all(|x| is_polynomial(s, x.term, v)),
        Node::Product(xs) => xs.iter().all(|x| is_polynomial(s, *x, v)),
        Node::Quot(a, b) => is_polynomial(s, *a, v) && !s.mentions(*b, v),
        Node::Pow(a, k) => is_polynomial(s, *a, v) && s.as_rational(*k).and_then(|k| k.to_i64()).is_some_and(|k| (1..=3).contains(&k)),
        _ => false,
    }
}

/// `2i − 1`, which is one index expression, as a sum of multiples of i and a number.
fn by_powers(s: &gradus_term::Store, t: Id, v: VarId) -> Id {
    let parts = summands(s, t).into_iter().flat_map(|x| match s.node(x.term) {
        Node::Index(a) if s.mentions(x.term, v) && *a != Aff::free(v) => {
            let k = a.coef(gradus_term::IVar::Free(v));
            let rest = a.add_scaled(&Aff::free(v), -k);
            let multiple = if k.abs() == 1 { s.name(v) } else { s.mul(s.int(k.abs()), s.name(v)) };
            let first = Summand { neg: x.neg != (k < 0), term: multiple };
            let other = match rest.as_int() {
                Some(0) => None,
                Some(c) => Some(Summand { neg: x.neg != (c < 0), term: s.int(c.abs()) }),
                None => Some(Summand { neg: x.neg, term: s.index(rest) }),
            };
            std::iter::once(first).chain(other).collect::<Vec<_>>()
        }
        _ => vec![x],
    });
    s.sum(&parts.collect::<Vec<_>>())
}
