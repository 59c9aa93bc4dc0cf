//! Sines and cosines: which angles stay whole, and how the others are made of them.
//!
//! Where an equality has only one angle, however long it is written, `sin(c + d x)` and its cosine are the kernels and nothing is
//! taken apart. Where there are several, a basis of them over the rationals is chosen, each cut into as many parts as the
//! others ask for ([`Units`]), and every sine is expanded by the addition formulas into those of the units. Without units an
//! angle is taken apart monomial by monomial.

use crate::algebra::ex;
use crate::atom::{Atom, Ex, Head, Mono, Nf};
use crate::budget::Budget;
use crate::facts::{Facts, Mode};
use gradus_term::{FnKind, Id, Node, Prim, Rat};
use rustc_hash::FxHashSet;

type R<T> = Result<T, Budget>;

/// Multiples of an angle are expanded up to this one, and no angle is cut into more parts.
const MAX_MULTIPLE: i64 = 12;
/// Terms with more nodes, definitions opened, are not searched for angles.
const MAX_SEARCH: usize = 20_000;

/// Angles that are independent over the rationals and without a multiple of π.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Units {
    /// Each is sum of its monomials; none is 0.
    parts: Vec<Nf>,
    echelon: Vec<Row>,
}
/// A combination of the units without the pivots of the rows before it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Row {
    pivot: Mono,
    row: Nf,
    of: Vec<Rat>,
}

impl Units {
    fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
    /// What is left of `n` when it is written by the units, and how often each of them is taken.
    fn reduced(&self, n: &Nf) -> (Nf, Vec<Rat>) {
        let (mut rest, mut taken) = (n.clone(), vec![Rat::zero(); self.parts.len()]);
        for r in &self.echelon {
            let at = |n: &Nf| n.iter().find(|(m, _)| *m == r.pivot).map(|x| x.1.clone());
            let (Some(c), Some(p)) = (at(&rest), at(&r.row)) else { continue };
            let Some(k) = c.div(&p) else { continue };
            rest = rest.sub(&r.row.scale(&k));
            for (t, q) in taken.iter_mut().zip(&r.of) {
                *t = t.add(&q.mul(&k));
            }
        }
        (rest, taken)
    }
    /// The whole multiples of the units that make up `n`.
    fn multiples(&self, n: &Nf) -> Option<Vec<i64>> {
        let (rest, taken) = self.reduced(n);
        let whole = |q: &Rat| q.to_i64().filter(|k| q.is_integer() && k.abs() <= MAX_MULTIPLE);
        rest.is_zero().then(|| taken.iter().map(whole).collect()).flatten()
    }
    /// One unit more, if it does not depend on those there are.
    fn push(&mut self, n: &Nf) {
        let (row, taken) = self.reduced(n);
        let Some((pivot, _)) = row.lead() else { return };
        let of = taken.iter().map(Rat::neg).chain([Rat::one()]).collect();
        let pivot = pivot.clone();
        self.parts.push(n.clone());
        self.echelon.push(Row { pivot, row, of });
    }
    /// Units that all of these are whole multiples and sums of.
    fn of(mut angles: Vec<Nf>) -> Option<Units> {
        angles.retain(|n| !n.is_zero());
        angles.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        angles.dedup();
        let mut basis = Units::default();
        angles.iter().for_each(|n| basis.push(n));
        let mut cuts = vec![1i64; basis.parts.len()];
        for n in &angles {
            for (cut, q) in cuts.iter_mut().zip(basis.reduced(n).1) {
                *cut = num_integer::lcm(*cut, Rat::from(q.denom()).to_i64()?);
            }
        }
        let mut units = Units::default();
        for (n, cut) in basis.parts.iter().zip(cuts) {
            if cut > MAX_MULTIPLE {
                return None;
            }
            let up = if n.lead().is_some_and(|x| x.1.is_negative()) { -cut } else { cut };
            units.push(&n.scale(&Rat::new(1, up)?));
        }
        Some(units)
    }
}

impl Facts<'_> {
    /// The units of the angles in these terms, where some angle is a sum or several meet that depend on each other; else an
    /// angle is its own unit anyway.
    pub(crate) fn units_of_angles(&self, terms: &[Id]) -> Option<Units> {
        let mut angles = Vec::new();
        for u in self.angles_in(terms)? {
            let n = self.on_half(|f| f.nf_mode(u, Mode::Full)).ok()?;
            let n = self.split_pi(&n).1;
            if !angles.contains(&n) {
                angles.push(n);
            }
        }
        if angles.iter().all(|n| n.len() <= 1) {
            return None;
        }
        Units::of(angles)
    }
    /// What stands under a sine or cosine, definitions opened, outside binders.
    fn angles_in(&self, terms: &[Id]) -> Option<Vec<Id>> {
        let s = self.store;
        let (mut seen, mut todo, mut found) = (FxHashSet::default(), terms.to_vec(), Vec::new());
        while let Some(t) = todo.pop() {
            if !seen.insert(t) {
                continue;
            }
            if seen.len() > MAX_SEARCH {
                return None;
            }
            if let Node::Call(f, xs) = s.node(t) {
                match (s.prim(*f), xs.first()) {
                    (Some(Prim::Sin | Prim::Cos), Some(u)) if s.loose(*u) == 0 => found.push(s.canon(*u)),
                    _ if s.fun(*f).kind == FnKind::Defined && s.loose(t) == 0 && s.sort(t).is_scalar() => todo.extend(s.unfold(*f, xs)),
                    _ => {}
                }
            }
            s.node(t).for_each_child(|c, _| todo.push(c));
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    }
    /// Units for the angles that are left in normal forms, where several depend on each other (`x` and `x/2`).
    pub(crate) fn common_angles(&self, ns: &[Nf]) -> Option<Units> {
        let mut found: Vec<Nf> = Vec::new();
        let mut todo: Vec<(Nf, u32)> = ns.iter().map(|n| (n.clone(), 0)).collect();
        while let Some((n, depth)) = todo.pop() {
            for a in n.iter().flat_map(|(m, _)| m.iter().map(|x| x.0).collect::<Vec<_>>()) {
                let inside = |n: &Nf| (n.clone(), depth + 1);
                match &*self.get(a) {
                    Atom::Fn(h, args) => {
                        if let (Some(Prim::Sin | Prim::Cos), Some(u)) = (self.prim_of(*h), args.first()) {
                            let u = self.split_pi(u).1;
                            if !found.contains(&u) {
                                found.push(u);
                            }
                        }
                        if depth < 4 {
                            todo.extend(args.iter().map(inside));
                        }
                    }
                    Atom::Poly(n) | Atom::Root(n) if depth < 4 => todo.push(inside(n)),
                    _ => {}
                }
            }
        }
        let count = found.len();
        Units::of(found).filter(|u| u.parts.len() < count)
    }
    /// `u = q π + rest`
    fn split_pi(&self, u: &Nf) -> (Rat, Nf) {
        match u.iter().find(|(m, _)| self.is_pi(m)) {
            Some((m, q)) => (q.clone(), u.sub(&Nf::term(m.clone(), q.clone()))),
            None => (Rat::zero(), u.clone()),
        }
    }

    /// `sin u` or `cos u`: sums of angles and whole multiples are expanded, multiples of π/6 and π/4 evaluated.
    pub(crate) fn angle(&self, p: Prim, u: &Nf) -> R<Nf> {
        let (sin, cos) = self.sin_cos(u)?;
        Ok(if p == Prim::Sin { sin } else { cos })
    }
    fn sin_cos(&self, u: &Nf) -> R<(Nf, Nf)> {
        if !self.units.is_empty() {
            let (_, rest) = self.split_pi(u);
            if let Some(ks) = self.units.multiples(&rest) {
                let mut out = self.monomials_sin_cos(&u.sub(&rest))?;
                for (n, k) in self.units.parts.iter().zip(ks) {
                    out = self.angle_sum(&out, &self.multiple(n, k)?)?;
                }
                return Ok(out);
            }
        }
        self.monomials_sin_cos(u)
    }
    /// The sine and cosine of a sum, monomial by monomial.
    fn monomials_sin_cos(&self, u: &Nf) -> R<(Nf, Nf)> {
        let mut out = (Nf::zero(), Nf::one());
        for (m, q) in u.iter() {
            out = self.angle_sum(&out, &self.monomial_sin_cos(m, q)?)?;
        }
        Ok(out)
    }
    /// The sine and cosine of the sum of two angles.
    fn angle_sum(&self, (sa, ca): &(Nf, Nf), (sb, cb): &(Nf, Nf)) -> R<(Nf, Nf)> {
        let sin = self.mul(sa, cb)?.add(&self.mul(ca, sb)?);
        let cos = self.mul(ca, cb)?.sub(&self.mul(sa, sb)?);
        Ok((sin, cos))
    }
    /// The sine and cosine of `k n`, by those of `n`.
    fn multiple(&self, n: &Nf, k: i64) -> R<(Nf, Nf)> {
        let kernel = |p: Prim| self.atom_nf(Atom::Fn(Head::Fn(p.id()), vec![n.clone()]));
        let one = (kernel(Prim::Sin), kernel(Prim::Cos));
        let mut out = (Nf::zero(), Nf::one());
        for _ in 0..k.abs() {
            out = self.angle_sum(&out, &one)?;
        }
        Ok(if k < 0 { (out.0.neg(), out.1) } else { out })
    }
    fn monomial_sin_cos(&self, m: &Mono, q: &Rat) -> R<(Nf, Nf)> {
        if self.is_pi(m) {
            if let (Some(s), Some(c)) = (self.pi_multiple(Prim::Sin, q)?, self.pi_multiple(Prim::Cos, q)?) {
                return Ok((s, c));
            }
        }
        let k = Rat::from(q.numer()).to_i64().unwrap_or(0);
        if (1..=MAX_MULTIPLE).contains(&k.abs()) {
            let unit = Nf::term(m.clone(), Rat::from(q.denom()).recip().unwrap_or_else(Rat::one));
            return self.multiple(&unit, k);
        }
        let (s, c) = self.multiple(&Nf::term(m.clone(), q.abs()), 1)?;
        Ok(if q.is_negative() { (s.neg(), c) } else { (s, c) })
    }
    fn is_pi(&self, m: &Mono) -> bool {
        match m.0.as_ref() {
            [(a, e)] if *e == ex(1) => matches!(&*self.get(*a), Atom::Fn(Head::Fn(f), _) if self.store.prim(*f) == Some(Prim::Pi)),
            _ => false,
        }
    }
    /// `sin(q π)`, `cos(q π)` for multiples of 1/6 and 1/4.
    fn pi_multiple(&self, p: Prim, q: &Rat) -> R<Option<Nf>> {
        let Some(k) = q.mul(&Rat::int(12)).to_i64() else { return Ok(None) };
        // cos(t) = sin(t + π/2); reduce to 0 ≤ k < 24 twelfths.
        let k = if p == Prim::Cos { k.saturating_add(6) } else { k }.rem_euclid(24);
        let (sign, k) = if k >= 12 { (-1, k - 12) } else { (1, k) };
        let k = if k > 6 { 12 - k } else { k };
        let half = Rat::new(1, 2).unwrap_or_else(Rat::one);
        let root = |n: i64| self.pow(&Nf::int(n), Ex::new(1, 2)).map(|r| r.scale(&half));
        let v = match k {
            0 => Nf::zero(),
            2 => Nf::num(half.clone()),
            3 => root(2)?,
            4 => root(3)?,
            6 => Nf::one(),
            _ => return Ok(None),
        };
        Ok(Some(v.scale(&Rat::int(sign))))
    }
}
