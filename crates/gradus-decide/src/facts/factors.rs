//! What the factors of a normal form say of its sign, and its sign of theirs: `1 − t²` is positive for −1 < t < 1, and where
//! `x² − 1` is not 0, neither is `x − 1`.
//!
//! Factors are proposed, and multiplied out again before they count. A normal form without guards is, over one denominator, a polynomial in its atoms; where it has a value its factors have one.
//! A factor `a ± √b` has the sign that `a² − b` gives it.

use super::*;
use crate::algebra::ex;
use crate::atom::{Cmp, Collect, Ex};
use crate::signs::power_range;
use gradus_term::{Prim, Rat};

/// Larger normal forms are not factored.
const MAX_TERMS: usize = 24;
const MAX_ATOMS: usize = 6;
/// How deep roots and denominators are looked into.
const MAX_DEPTH: u32 = 3;

/// A number times factors with their powers.
struct Factored {
    number: Rat,
    factors: Vec<(Nf, Ex)>,
}

/// A number that is positive times powers of what is positive or not negative, times what is left.
pub(crate) struct Positive {
    pub(crate) number: Rat,
    pub(crate) powers: Vec<(Nf, Ex)>,
    pub(crate) rest: Nf,
}

impl Facts<'_> {
    /// Whether `a op b` by the factors of the difference, whose signs are among `s`.
    pub(super) fn relation_by_factors(&self, op: RelOp, a: Id, b: Id, mut s: Signs) -> Tri {
        for mode in [Mode::Opaque, Mode::Full] {
            let (Ok(x), Ok(y)) = (self.nf_mode(a, mode), self.nf_mode(b, mode)) else { continue };
            let apart = self.factored_range(&x, 0).add(&self.factored_range(&y, 0).neg());
            s = meet(s, meet(apart.signs(), self.factored_range(&x.sub(&y), 0).signs()));
            let r = compare(op, s);
            if r != Tri::Unknown {
                return r;
            }
        }
        match self.in_common_angles(a, b) {
            Some((f, d)) => compare(op, meet(s, f.factored_range(&d, 0).signs())),
            None => Tri::Unknown,
        }
    }
    /// The difference by the angles that it has in common with what is known, where they are no angles of its own: of `sin(x/2)`
    /// and `cos x` the first.
    fn in_common_angles(&self, a: Id, b: Id) -> Option<(Self, Nf)> {
        const KNOWN: usize = 12;
        let mut all = vec![self.difference(a, b, Mode::Full).ok()?];
        all.extend(self.real.iter().take(KNOWN).filter_map(|r| self.difference(r.1, r.2, Mode::Full).ok()));
        let f = self.with_angles(self.common_angles(&all)?).learn(0);
        let d = f.difference(a, b, Mode::Full).ok()?;
        Some((f, d))
    }
    /// The range of a normal form as the product of its factors.
    pub(crate) fn factored_range(&self, n: &Nf, depth: u32) -> Range {
        let whole = self.nf_range(n);
        if depth > MAX_DEPTH || whole.signs().is_positive() || whole.signs().is_negative() {
            return whole;
        }
        let Some(all) = self.factored(n) else { return whole };
        let start = Range::point(all.number.clone());
        let parts = all.factors.iter().fold(start, |r, (f, e)| r.mul(&power_range(&self.factor_range(f, depth), *e)));
        whole.meet(&parts).meet(&self.product_range(&all))
    }
    /// The sign of a product whose factors of open sign make up, but for squares, a product of known sign or two of them.
    fn product_range(&self, all: &Factored) -> Range {
        let Some((turned, open)) = self.open_factors(all) else { return Range::any() };
        let beside = |known: &[Nf]| -> Vec<Nf> {
            let once = |xs: &[Nf], ys: &[Nf]| xs.iter().filter(|x| !ys.contains(x)).cloned().collect::<Vec<_>>();
            let mut rest = [once(&open, known), once(known, &open)].concat();
            rest.sort();
            rest
        };
        let two = || self.products.iter().find_map(|(known, negative)| Some(self.products.get(&beside(known))? != negative));
        match self.products.get(&open).copied().or_else(two) {
            Some(negative) if negative != turned => Range::positive().neg(),
            Some(_) => Range::positive(),
            None => Range::any(),
        }
    }
    /// The factors of open sign that stand in odd powers, and whether the sign of the rest is negative; `None` if the rest may be 0.
    fn open_factors(&self, all: &Factored) -> Option<(bool, Vec<Nf>)> {
        if self.products.is_empty() || all.factors.len() < 2 {
            return None;
        }
        self.split_open(all)
    }
    fn split_open(&self, all: &Factored) -> Option<(bool, Vec<Nf>)> {
        let (mut negative, mut open) = (all.number.is_negative(), Vec::new());
        for (f, e) in &all.factors {
            let (s, odd) = (self.factor_range(f, 0).signs(), e.is_integer() && e.numer() % 2 != 0);
            if s.is_negative() && odd {
                negative = !negative;
            } else if !(s.is_positive() || s.is_nonzero() && !odd || *e < ex(0) && !odd) {
                if !odd {
                    return None;
                }
                let m = monic(f);
                negative ^= m != f.primitive().1;
                open.push(m);
            }
        }
        open.sort();
        Some((negative, open))
    }
    fn factor_range(&self, f: &Nf, depth: u32) -> Range {
        let own = self.nf_range(f);
        match f.single() {
            Some((m, _)) => match m.0.as_ref() {
                [(a, e)] if *e == ex(1) && !own.nonzero && self.conjugates(*a).is_some_and(|c| c.iter().all(|n| self.known_nonzero(n))) => {
                    own.meet(&Range { nonzero: true, ..Range::any() })
                }
                _ => own,
            },
            None if self.beside_one(f) => own.meet(&Range { nonzero: true, ..Range::any() }),
            None => own.meet(&self.radical_range(f, depth)),
        }
    }
    /// Whether this is `1 − cos u` or its like, and `sin u` is known not to be 0.
    fn beside_one(&self, f: &Nf) -> bool {
        let lone = f.iter().filter(|(m, _)| !m.is_one()).map(|(m, _)| m.0.as_ref()).collect::<Vec<_>>();
        let ([[(a, e)]], 2) = (lone.as_slice(), f.len()) else { return false };
        let Some((other, ends)) = self.counterpart(*a).map(|o| (o, self.ends(*a))).filter(|_| *e == ex(1)) else { return false };
        ends.contains(&monic(f)) && self.nf_range(&other).nonzero
    }
    /// The range of a sum with a root: of the whole, and of what is left beside the summands whose own signs are known.
    fn radical_range(&self, n: &Nf, depth: u32) -> Range {
        let signed = |m: &Mono| {
            let (s, is_root) = (self.mono_range(m).signs(), |a: AtomId| matches!(&*self.get(a), Atom::Root(_)));
            (!s.neg || !s.pos) && !m.iter().any(|(a, _)| is_root(*a))
        };
        let (mut apart, mut rest) = (Range::point(Rat::zero()), Collect::default());
        for (m, q) in n.iter() {
            if signed(m) {
                apart = apart.add(&self.mono_range(m).scale(q));
            } else {
                rest.push(m.clone(), q);
            }
        }
        let rest = rest.finish();
        let whole = self.root_range(n, depth);
        if rest.len() < 2 || rest.len() == n.len() {
            return whole;
        }
        whole.meet(&self.root_range(&rest, depth).add(&apart))
    }
    /// The range of `a + m √p` by `a² − m² p`, which is its product with `a − m √p`.
    fn root_range(&self, n: &Nf, depth: u32) -> Range {
        let half = Ex::new(1, 2);
        let of_n = n.iter().flat_map(|(m, _)| m.iter()).find_map(|(a, e)| match &*self.get(*a) {
            Atom::Root(p) if *e == half => Some((*a, p.clone())),
            _ => None,
        });
        let (Some((root, p)), true) = (of_n, depth < MAX_DEPTH) else { return Range::any() };
        let (mut a, mut m) = (Collect::default(), Collect::default());
        for (k, q) in n.iter() {
            match k.exponent(root) {
                e if e == ex(0) => a.push(k.clone(), q),
                e if e == half => m.push(k.without(root), q),
                _ => return Range::any(),
            }
        }
        let (a, m) = (a.finish(), m.finish());
        let product = self.mul(&m, &m).and_then(|m| self.mul(&m, &p)).and_then(|under| Ok(self.mul(&a, &a)?.sub(&under)));
        let Ok(product) = product else { return Range::any() };
        let [a, m, product] = [&a, &m, &product].map(|n| self.factored_range(n, depth + 1).signs());
        if !m.neg {
            larger_root(a, product)
        } else if !m.pos {
            larger_root(Signs { neg: a.pos, zero: a.zero, pos: a.neg }, product).neg()
        } else {
            // `a + r` and `a − r` have the sign of `a` where their product is positive.
            let signed = if product.neg || a.neg && a.pos {
                Range::any()
            } else if a.neg {
                Range::nonneg().neg()
            } else {
                Range::nonneg()
            };
            signed.meet(&Range { nonzero: !product.zero, ..Range::any() })
        }
    }
    /// The cosine beside a sine and the sine beside a cosine, of one angle.
    fn counterpart(&self, a: AtomId) -> Option<Nf> {
        let Atom::Fn(h, args) = &*self.get(a) else { return None };
        let p = match self.prim_of(*h)? {
            Prim::Sin => Prim::Cos,
            Prim::Cos => Prim::Sin,
            _ => return None,
        };
        Some(self.atom_nf(Atom::Fn(crate::atom::Head::Fn(p.id()), args.clone())))
    }
    /// `1 − a` and `1 + a`.
    fn ends(&self, a: AtomId) -> [Nf; 2] {
        [Nf::one().sub(&Nf::atom(a)), Nf::one().add(&Nf::atom(a))].map(|n| monic(&n))
    }
    /// `1 − v` and `1 + v` for the counterpart `v` of a sine or cosine `a`: their product is `a²`.
    fn conjugates(&self, a: AtomId) -> Option<[Nf; 2]> {
        let v = self.counterpart(a)?;
        Some([Nf::one().sub(&v), Nf::one().add(&v)].map(|n| monic(&n)))
    }
    /// What a strict relation `d op 0` says of the factors of `d`: none is 0, and where the signs of the others are known, so is
    /// that of a factor to an odd power. Whether the sign of a factor is left open.
    pub(super) fn learn_polynomial_factors(&mut self, op: RelOp, d: &Nf) -> bool {
        let Some(all) = self.factored(d) else { return false };
        let mut open = false;
        if let (RelOp::Lt | RelOp::Gt, Some((turned, open))) = (op, self.split_open(&all)) {
            if open.len() > 1 {
                Rc::make_mut(&mut self.products).insert(open, turned != (op == RelOp::Lt));
            }
        }
        let ranges: Vec<Range> = all.factors.iter().map(|(f, e)| power_range(&self.factor_range(f, 0), *e)).collect();
        for (k, (f, e)) in all.factors.iter().enumerate() {
            let others = ranges.iter().enumerate().filter(|(j, _)| *j != k);
            let rest = others.fold(Range::point(all.number.clone()), |r, (_, o)| r.mul(o)).signs();
            let odd = e.is_integer() && e.numer() % 2 != 0;
            let op = match op {
                RelOp::Lt | RelOp::Gt if odd && rest.is_positive() => op,
                RelOp::Lt | RelOp::Gt if odd && rest.is_negative() => op.mirrored(),
                op => {
                    open |= op != RelOp::Ne && odd;
                    RelOp::Ne
                }
            };
            Rc::make_mut(&mut self.nonzero).insert(monic(f));
            if let Some((m, _)) = f.single() {
                let atom = m.iter().next().and_then(|(a, _)| self.conjugates(*a));
                atom.into_iter().flatten().for_each(|n| {
                    Rc::make_mut(&mut self.nonzero).insert(n);
                });
            }
            self.learn_bound(op, f);
        }
        open
    }
    /// A polynomial as what is known to be positive, and even powers as those of absolute values, times what is left: for −1 < x < 2
    /// the factors of `(x + 1)(x − 2)(y + 1)²` are `x + 1`, `2 − x` and `|y + 1|²`, and −1 is left. `None` if nothing comes out.
    pub(crate) fn positive_factors(&self, n: &Nf) -> Result<Option<Positive>, Budget> {
        let degree = |m: &Mono| m.iter().map(|(_, e)| e.ceil()).fold(ex(0), |a, b| a + b);
        if n.len() < 2 || n.iter().any(|(m, _)| m.iter().any(|(_, e)| *e < ex(0))) || n.iter().all(|(m, _)| degree(m) < ex(2)) {
            return Ok(None);
        }
        let Some(all) = self.factored(n) else { return Ok(None) };
        let (mut out, mut rest) = (Vec::new(), Nf::num(Rat::int(if all.number.is_negative() { -1 } else { 1 })));
        for (f, e) in &all.factors {
            let (s, even) = (self.nf_range(f).signs(), e.is_integer() && e.numer() % 2 == 0);
            if s.is_positive() {
                out.push((f.clone(), *e));
            } else if even {
                out.push((self.apply_prim(Prim::Abs, vec![f.clone()])?, *e));
            } else if s.is_negative() && e.is_integer() {
                out.push((f.neg(), *e));
                rest = rest.neg();
            } else {
                rest = self.mul(&rest, &self.pow(f, *e)?)?;
            }
        }
        let whole = all.factors.len() == 1 && all.factors.iter().all(|x| x.1 == ex(1));
        Ok((!out.is_empty() && !whole).then(|| Positive { number: all.number.abs(), powers: out, rest }))
    }
    /// What a comparison with 0 is left to ask where factors of known sign, or in an equation those that are not 0, are left out:
    /// of `(1 − a) z` with a < 1, z. `None` if there are none.
    pub(crate) fn without_known_factors(&self, c: Cmp, n: &Nf) -> Result<Option<Nf>, Budget> {
        let Some(all) = self.factored(n).filter(|all| all.factors.len() > 1) else { return Ok(None) };
        let (mut rest, mut negative, mut left_out) = (Nf::one(), all.number.is_negative(), false);
        for (f, e) in &all.factors {
            let s = self.nf_range(f).signs();
            let (whole, even) = (e.is_integer(), e.is_integer() && e.numer() % 2 == 0);
            let equation = matches!(c, Cmp::Eq | Cmp::Ne);
            if s.is_positive() || s.is_nonzero() && (even || equation) {
                left_out = true;
            } else if s.is_negative() && whole {
                (left_out, negative) = (true, !negative);
            } else {
                rest = self.mul(&rest, &self.pow(f, *e)?)?;
            }
        }
        // A longer form would hide what is compared.
        let shorter = left_out && (rest.len() < n.len() || n.len() == 1);
        Ok(shorter.then(|| if negative { rest.neg() } else { rest }))
    }
    /// The factors of a normal form over one denominator.
    fn factored(&self, n: &Nf) -> Option<Factored> {
        if n.is_zero() || n.len() > MAX_TERMS || self.has_guard(n) {
            return None;
        }
        self.sh.fuel.spend(10 * (n.len() * n.len()) as u64).ok()?;
        let den = self.clearable(n);
        let up = if den.is_empty() { n.clone() } else { self.clear(n, &den).ok()? };
        let mut atoms: Vec<AtomId> = up.iter().flat_map(|(m, _)| m.iter().map(|x| x.0)).collect();
        atoms.sort_unstable();
        atoms.dedup();
        if up.len() > MAX_TERMS || up.is_zero() || up.len() > 1 && atoms.len() > MAX_ATOMS {
            return None;
        }
        let lowest = |a: AtomId| up.iter().map(|(m, _)| m.exponent(a)).min().unwrap_or(ex(0));
        let mut out = Factored { number: Rat::one(), factors: Vec::new() };
        for (a, k) in den {
            let below = match &*self.get(a) {
                Atom::Poly(p) => self.factored(p)?,
                _ => Factored { number: Rat::one(), factors: vec![(Nf::atom(a), ex(1))] },
            };
            out.number = out.number.mul(&below.number.pow(-*k.numer())?);
            out.factors.extend(below.factors.into_iter().map(|(f, e)| (f, -k * e)));
        }
        out.factors.extend(atoms.iter().map(|a| (Nf::atom(*a), lowest(*a))).filter(|x| x.1 != ex(0)));
        if let Some((_, q)) = up.single() {
            out.number = out.number.mul(q);
            return Some(out);
        }
        // What is proposed counts where its product is the normal form.
        let mut product = Nf::term(Mono::from_vec(atoms.iter().map(|a| (*a, lowest(*a))).filter(|x| x.1 != ex(0)).collect()), Rat::one());
        let (number, factors) = self.proposed_factors(&up, &atoms.iter().map(|a| (*a, lowest(*a))).collect::<Vec<_>>())?;
        for (n, k) in &factors {
            product = self.mul(&product, &self.pow(n, ex(*k)).ok()?).ok()?;
        }
        if product.scale(&number) != up {
            return None;
        }
        out.number = out.number.mul(&number);
        out.factors.extend(factors.into_iter().map(|(n, k)| (n, ex(k))));
        Some(out)
    }
}

/// The range of `a + r` with `r ≥ 0`, by the signs of `a` and of `a² − r²`.
fn larger_root(a: Signs, product: Signs) -> Range {
    let mut r = Range { nonzero: !product.zero, ..Range::any() };
    if !a.neg || !product.pos {
        r = r.meet(&Range::nonneg());
    }
    if !a.pos && !product.neg {
        r = r.meet(&Range::nonneg().neg());
    }
    r
}
