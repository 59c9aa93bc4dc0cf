//! Powers of matrices with symbolic exponents in words, and sums of words over an index that stands in such exponents:
//! `X^i X^(k−1−i)` is `X^(k−1)`, and `Σ_{i=0}^{k−1} tr(X^i A X^(k−1−i))` is `k tr(X^(k−1) A)`.

use super::{add, one, rotated, scaled, sorted, Factor, Letter, Sum, Term, Words, LETTERS};
use gradus_term::{Aff, Arg, BigOp, Id, Node, Prim, Rat, Store, VarId};
use rustc_hash::FxHashMap;

impl Words<'_, '_> {
    /// A letter as a power of its base. Wherever two powers of one base have values, `X^a X^b` is `X^(a+b)`.
    fn power_of(&self, of: Id) -> (Id, Aff) {
        let s = self.s;
        match s.node(of) {
            Node::Pow(b, k) if s.sort(of).is_tensor() => s.as_aff(*k).map_or((of, Aff::int(1)), |k| (s.canon(*b), k)),
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Inv) && s.sort(of).is_tensor() => {
                xs.first().map_or((of, Aff::int(1)), |b| (s.canon(*b), Aff::int(-1)))
            }
            _ => (of, Aff::int(1)),
        }
    }
    /// What a letter is a power of.
    pub(super) fn base_of(&self, l: Letter) -> Id {
        self.power_of(l.of).0
    }
    /// The letters of `base^k`: a symbolic power is one letter, a known one as many as it says.
    fn letters_of(&self, base: Id, k: &Aff, turned: bool) -> Vec<Letter> {
        let s = self.s;
        let (of, count) = match k.as_int() {
            None => (s.canon(s.pow(base, s.index(k.clone()))), 1),
            Some(c) if c >= 0 => (base, usize::try_from(c).unwrap_or(0)),
            Some(c) => (s.canon(s.prim_call(Prim::Inv, &[base])), usize::try_from(-c).unwrap_or(0)),
        };
        vec![Letter { of, turned }; count]
    }
    /// The power `b^k` of a matrix.
    pub(super) fn power(&self, b: Id, k: &Aff, depth: u32) -> Option<Sum> {
        let s = self.s;
        let sum = self.sum(b, depth + 1)?;
        if let Some(c) = k.as_int().and_then(|c| usize::try_from(c).ok()) {
            return (0..c).try_fold(one(), |out, _| self.times(&out, &sum));
        }
        let letter = match sum.iter().collect::<Vec<_>>().as_slice() {
            [((f, w), q)] if f.is_empty() && q.is_one() && w.len() == 1 => w.first().copied(),
            _ => None,
        };
        let (base, e, turned) = match letter {
            Some(l) => {
                let (base, e) = self.power_of(l.of);
                (base, e, l.turned)
            }
            None => (s.canon(b), Aff::int(1), false),
        };
        // A power of a symbolic power is looked into no further.
        let k = e.as_int().map(|e| k.scale(e))?;
        let word = self.letters_of(base, &k, turned);
        (word.len() <= LETTERS).then(|| std::iter::once(((Vec::new(), word), Rat::one())).collect())
    }
    /// Puts a letter behind a word if it joins with the end of it to a power of which one exponent is symbolic.
    pub(super) fn joins(&self, word: &mut Vec<Letter>, l: Letter) -> bool {
        let symbolic = |x: &Letter| matches!(self.s.node(x.of), Node::Pow(..)) && self.power_of(x.of).1.as_int().is_none();
        let (base, mut e) = self.power_of(l.of);
        let beside = |x: &Letter| x.turned == l.turned && self.power_of(x.of).0 == base;
        if !word.last().is_some_and(|k| beside(k) && (symbolic(k) || symbolic(&l))) {
            return false;
        }
        while let Some(k) = word.last().filter(|k| beside(k)) {
            e = e.add(&self.power_of(k.of).1);
            word.pop();
        }
        word.extend(self.letters_of(base, &e, l.turned));
        true
    }
    /// A trace's word with its last letters joined to its first ones.
    pub(super) fn joined_round(&self, mut w: Vec<Letter>) -> Vec<Letter> {
        while let [rest @ .., last] = w.as_slice() {
            let mut round = vec![*last];
            let first = match rest.first() {
                Some(first) if self.joins(&mut round, *first) => rest.get(1..).unwrap_or_default(),
                _ => break,
            };
            w = self.joined(&round, first);
        }
        w
    }
    /// Scalar factors sorted, those that are powers of one base joined where an exponent is symbolic and none is negative: `u^(k−1) u`
    /// is `u^k`.
    pub(super) fn joined_factors(&self, factors: Vec<Factor>) -> Vec<Factor> {
        let s = self.s;
        let power = |f: &Factor| match f {
            Factor::Above(x) => match s.node(*x) {
                Node::Pow(b, k) => Some((s.canon(*b), s.as_aff(*k)?)),
                _ => Some((*x, Aff::int(1))),
            },
            _ => None,
        };
        let symbolic = |f: &Factor| power(f).filter(|(_, k)| k.as_int().is_none() && self.facts.nonneg(k).is_true());
        let bases: Vec<Id> = factors.iter().filter_map(|f| Some(symbolic(f)?.0)).collect();
        let mut out = factors;
        for b in bases {
            let joins = |f: &Factor| power(f).is_some_and(|(c, k)| c == b && self.facts.nonneg(&k).is_true());
            let (of_b, rest): (Vec<Factor>, Vec<Factor>) = out.into_iter().partition(joins);
            let k = of_b.iter().filter_map(power).fold(Aff::int(0), |sum, (_, k)| sum.add(&k));
            out = rest;
            out.push(Factor::Above(s.canon(s.pow(b, s.index(k)))));
        }
        // `c · 1/c` is 1 wherever it has a value.
        while let Some(k) = out.iter().position(|f| matches!(f, Factor::Below(x) if out.contains(&Factor::Above(*x)))) {
            if let Factor::Below(x) = out.remove(k) {
                out.iter().position(|f| *f == Factor::Above(x)).map(|j| out.remove(j));
            }
        }
        sorted(out)
    }
    /// A sum over an index that stands in the exponent of a matrix, as words under a mark.
    pub(super) fn over_exponents(&self, t: Id, depth: u32) -> Option<Sum> {
        let s = self.s;
        let Node::Big { op: BigOp::Sum, lo, hi, cond: None, body, .. } = s.node(t) else { return None };
        let i = Aff::free(self.index);
        let body = s.open(*body, &[Arg::Val(s.index(lo.add(&i)))]);
        let exponent = &mut |n: &Node| match n {
            Node::Pow(b, k) => s.sort(*b).is_tensor() && s.mentions(*k, self.index),
            _ => false,
        };
        if s.mentions(t, self.index) || !s.any_subterm(body, exponent) {
            return None;
        }
        let inner = self.sum(body, depth + 1)?;
        let marked = |((mut f, w), q): (Term, Rat)| {
            f.push(Factor::Over(hi.sub(lo)));
            (marks(&f) == 1).then(|| ((sorted(f), w), q))
        };
        inner.into_iter().map(marked).collect()
    }
    /// Marks that nothing stands under replaced by how many summands there are; of a sum and the sum counted backwards, the first one.
    pub(super) fn unmarked(&self, a: Sum) -> Option<Sum> {
        let s = self.s;
        let mut out = Sum::new();
        for (t, q) in a {
            let Some(Factor::Over(last)) = t.0.iter().find(|f| matches!(f, Factor::Over(_))).cloned() else {
                add(&mut out, std::iter::once((t, q)).collect(), &Rat::one());
                continue;
            };
            if !self.varies(&t) {
                // 1..0 is a range without a number in it, 2..0 is none.
                if !self.facts.nonneg(&last.plus(1)).is_true() {
                    return None;
                }
                let rest = t.0.into_iter().filter(|f| !matches!(f, Factor::Over(_))).collect();
                let count = self.sum(s.index(last.plus(1)), 0)?;
                add(&mut out, self.times(&scaled(std::iter::once(((rest, t.1), Rat::one())).collect(), &q), &count)?, &Rat::one());
                continue;
            }
            let back = self.counted_backwards(&t, &last);
            add(&mut out, std::iter::once((back.min(t), q)).collect(), &Rat::one());
        }
        Some(out)
    }
    fn varies(&self, (factors, word): &Term) -> bool {
        let letter = |l: &Letter| self.s.mentions(l.of, self.index);
        word.iter().any(letter)
            || factors.iter().any(|f| match f {
                Factor::Above(x) | Factor::Below(x) => self.s.mentions(*x, self.index),
                Factor::Word(w) | Factor::Trace(w) => w.iter().any(letter),
                Factor::Over(_) => false,
            })
    }
    /// The same term with `last − i` in place of i.
    fn counted_backwards(&self, (factors, word): &Term, last: &Aff) -> Term {
        let s = self.s;
        let turn = |x: Id| s.canon(in_place(s, x, self.index, &last.sub(&Aff::free(self.index))));
        let letters = |w: &[Letter]| w.iter().map(|l| Letter { of: turn(l.of), ..*l }).collect::<Vec<_>>();
        let factor = |f: &Factor| match f {
            Factor::Above(x) => Factor::Above(turn(*x)),
            Factor::Below(x) => Factor::Below(turn(*x)),
            Factor::Word(w) => self.scalar(letters(w)),
            Factor::Trace(w) => Factor::Trace(self.first_turn(&letters(w))),
            Factor::Over(_) => f.clone(),
        };
        (sorted(factors.iter().map(factor).collect()), letters(word))
    }
    /// A trace's word and its transpose, turned round, whichever comes first.
    pub(super) fn first_turn(&self, w: &[Letter]) -> Vec<Letter> {
        let turned = self.flipped(w);
        (0..w.len()).flat_map(|k| [rotated(w, k), rotated(&turned, k)]).min().unwrap_or_default()
    }
}

/// The marks of sums among the factors. Two of them are about one index, so such terms are not taken.
pub(super) fn marks(factors: &[Factor]) -> usize {
    factors.iter().filter(|f| matches!(f, Factor::Over(_))).count()
}
fn in_place(s: &Store, t: Id, v: VarId, by: &Aff) -> Id {
    let map: FxHashMap<VarId, Arg> = std::iter::once((v, Arg::Val(s.index(by.clone())))).collect();
    s.subst(t, &map)
}
