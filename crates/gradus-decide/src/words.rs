//! Matrix expressions as sums of words: what is equal by distributing, transposing, and turning a trace round.
//!
//! A word is a product of letters, each a matrix or a vector that is not looked into, perhaps transposed. A word from a row to
//! a column is a scalar and its own transpose; a trace is a word up to turning it round and transposing it. Equal sums of words
//! are equal in value, whatever the letters are. This settles at once what the normal form by entries settles with a sum for
//! each product; what it does not settle is left to that.

mod powers;

use crate::facts::Facts;
use gradus_term::{Aff, Id, Node, Prim, Rat, Sort, Store, Sym, VarId};
use std::collections::BTreeMap;

/// Summands, letters and nesting at most.
const TERMS: usize = 256;
const LETTERS: usize = 64;
const DEPTH: u32 = 120;

/// A matrix or a vector, perhaps transposed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Letter {
    of: Id,
    turned: bool,
}

/// A scalar factor.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Factor {
    /// A scalar that is not looked into.
    Above(Id),
    /// One over such a scalar.
    Below(Id),
    /// A word from a row to a column.
    Word(Vec<Letter>),
    /// The trace of a word.
    Trace(Vec<Letter>),
    /// The mark of a sum, over an index from 0 to this, of the term it stands in.
    Over(Aff),
}

/// A product of scalars and a word; the word of a scalar is empty.
type Term = (Vec<Factor>, Vec<Letter>);
/// Terms with their coefficients, none of them 0.
type Sum = BTreeMap<Term, Rat>;

impl Facts<'_> {
    /// Whether two terms are the same sum of words. A no says nothing.
    pub(crate) fn same_words(&self, a: Id, b: Id) -> bool {
        let s = self.store();
        let has_words = |t: Id| {
            s.any_subterm(t, &mut |n| match n {
                Node::MatMul(_) => true,
                Node::Pow(b, _) => s.sort(*b).is_tensor(),
                Node::Call(f, _) => matches!(s.prim(*f), Some(Prim::Tr | Prim::Inv)),
                _ => false,
            })
        };
        if !has_words(a) && !has_words(b) {
            return false;
        }
        let w = Words { s, facts: self, index: s.fresh(Sym::NONE, Sort::Scalar, true) };
        let whole = |t: Id| w.unmarked(w.sum(t, 0)?);
        matches!((whole(a), whole(b)), (Some(x), Some(y)) if x == y)
    }
}

struct Words<'f, 's> {
    s: &'s Store,
    facts: &'f Facts<'s>,
    /// The index of sums under a mark.
    index: VarId,
}

impl Words<'_, '_> {
    fn sum(&self, t: Id, depth: u32) -> Option<Sum> {
        let s = self.s;
        if depth > DEPTH {
            return None;
        }
        let go = |x: Id| self.sum(x, depth + 1);
        if let Some(q) = s.as_rational(t).filter(|_| s.sort(t).is_scalar()) {
            return Some(scaled(one(), &q));
        }
        match s.node(t) {
            Node::Sum(xs) => {
                let mut out = Sum::new();
                for x in xs {
                    add(&mut out, go(x.term)?, &Rat::int(if x.neg { -1 } else { 1 }));
                }
                (out.len() <= TERMS).then_some(out)
            }
            // The size n + 1.
            Node::Index(a) if a.t.len() > 1 || a.c != 0 => {
                let mut out = scaled(one(), &Rat::int(a.c));
                for (v, k) in &a.t {
                    add(&mut out, self.letter(s.index(Aff::var(*v))), &Rat::int(*k));
                }
                Some(out)
            }
            Node::Product(xs) | Node::MatMul(xs) => {
                let mut out = one();
                for x in xs {
                    out = self.times(&out, &go(*x)?)?;
                }
                Some(if s.sort(t).is_scalar() { self.closed(out) } else { out })
            }
            Node::Quot(a, b) => match s.as_rational(*b).and_then(|q| Rat::one().div(&q)) {
                Some(q) => Some(scaled(go(*a)?, &q)),
                None => {
                    let below: Vec<Factor> = match s.node(*b) {
                        Node::Product(xs) => xs.iter().map(|x| Factor::Below(s.canon(*x))).collect(),
                        _ => vec![Factor::Below(s.canon(*b))],
                    };
                    self.times(&go(*a)?, &std::iter::once(((below, Vec::new()), Rat::one())).collect())
                }
            },
            Node::Pow(b, k) if s.sort(t).is_tensor() => match s.as_aff(*k).and_then(|k| self.power(*b, &k, depth)) {
                Some(sum) => Some(sum),
                None => Some(self.letter(t)),
            },
            Node::Big { .. } => Some(self.over_exponents(t, depth).unwrap_or_else(|| self.letter(t))),
            Node::Pow(b, k) => match s.as_rational(*k).and_then(|k| k.to_i64()).filter(|k| (1..=16).contains(k)) {
                Some(k) => {
                    let b = go(*b)?;
                    let mut out = b.clone();
                    for _ in 1..k {
                        out = self.times(&out, &b)?;
                    }
                    Some(out)
                }
                None => Some(self.letter(t)),
            },
            Node::Differential { body, along, .. } if matches!(s.node(*body), Node::Bound(0, _)) => go(*along),
            Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
                (Some(Prim::Transpose), [x]) if s.sort(*x).is_tensor() => Some(self.turned(go(*x)?)),
                (Some(Prim::Inv), [x]) if self.is_orthogonal(*x) => Some(self.turned(self.letter(*x))),
                (Some(Prim::Inv), [x]) if self.inverted(*x, depth).is_some() => self.inverted(*x, depth),
                (Some(Prim::Inv), [x]) => match s.node(*x) {
                    Node::Call(g, ys) if s.prim(*g) == Some(Prim::Transpose) && s.sort(t).is_tensor() => {
                        let inverse = s.prim_call(Prim::Inv, &[*ys.first()?]);
                        Some(self.turned(self.letter(inverse)))
                    }
                    _ => match crate::matrices::scaled(s, *x).filter(|_| s.sort(t).is_tensor()) {
                        Some((c, inner)) => {
                            let (above, below) = match s.node(c) {
                                Node::Quot(a, b) => (*b, *a),
                                _ => (s.int(1), c),
                            };
                            go(s.quot(s.mul(above, s.prim_call(Prim::Inv, &[inner])), below))
                        }
                        None => Some(self.letter(t)),
                    },
                },
                (Some(Prim::Hadamard), [x, y]) if matches!(s.sort(t), Sort::Tensor(d) if d.len() == 1) => {
                    let (a, v) = self.as_diagonal(*x, *y);
                    self.times(&self.diagonal(a, depth + 1)?, &go(v)?)
                }
                (Some(Prim::Diag), [x]) => self.diagonal(*x, depth + 1),
                (Some(Prim::Outer), [x, y]) => self.times(&go(*x)?, &self.turned(go(*y)?)),
                (Some(Prim::Dot), [x, y]) => Some(self.closed(self.times(&self.turned(go(*x)?), &go(*y)?)?)),
                (Some(Prim::Tr), [x]) => self.trace(go(*x)?, s.sort(*x).dims().first()?, 0),
                (Some(Prim::Eye), _) => Some(one()),
                _ => Some(self.letter(t)),
            },
            _ => Some(self.letter(t)),
        }
    }
    /// The inverse of a product of square matrices, of an inverse, or of a multiple of such, letter by letter; it has a value only where what it is
    /// a multiple by is not 0.
    fn inverted(&self, t: Id, depth: u32) -> Option<Sum> {
        let s = self.s;
        let inner = |of: Id| match s.node(of) {
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Inv) => xs.first().copied(),
            _ => None,
        };
        if let Node::Pow(b, k) = s.node(t) {
            return self.sum(s.pow(s.prim_call(Prim::Inv, &[*b]), *k), depth + 1).filter(|_| s.sort(t).is_tensor());
        }
        if !matches!(s.node(t), Node::MatMul(_)) && inner(t).is_none() {
            return None;
        }
        let sum = self.sum(t, depth + 1)?;
        let mut terms = sum.iter();
        let ((factors, word), q) = terms.next().filter(|_| terms.next().is_none())?;
        let square = |l: &Letter| matches!(s.sort(l.of), Sort::Tensor(d) if matches!(d.as_ref(), [m, n] if m == n));
        if word.is_empty() || !word.iter().all(square) {
            return None;
        }
        let below = |f: &Factor| match f {
            Factor::Above(x) => Some(Factor::Below(*x)),
            Factor::Below(x) => Some(Factor::Above(*x)),
            _ => None,
        };
        let factors: Vec<Factor> = factors.iter().map(below).collect::<Option<_>>()?;
        let mut out: Sum = std::iter::once(((sorted(factors), Vec::new()), Rat::one().div(q)?)).collect();
        for l in word.iter().rev() {
            let inverse = match inner(l.of) {
                Some(u) => self.sum(u, depth + 1)?,
                None => self.letter(s.prim_call(Prim::Inv, &[l.of])),
            };
            out = self.times(&out, &if l.turned { self.turned(inverse) } else { inverse })?;
        }
        Some(out)
    }
    /// Which of two vectors multiplied entry by entry is taken as a diagonal matrix: `a ⊙ (W x)` is `Diag(a) W x`.
    fn as_diagonal(&self, x: Id, y: Id) -> (Id, Id) {
        let s = self.s;
        let product = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::MatMul(_)));
        match (product(x), product(y)) {
            (true, false) => (y, x),
            (false, true) => (x, y),
            _ if s.canon(y) < s.canon(x) => (y, x),
            _ => (x, y),
        }
    }
    /// `Diag(a)`: of a sum the sum, of an entrywise product the product, of ones the identity.
    fn diagonal(&self, a: Id, depth: u32) -> Option<Sum> {
        let s = self.s;
        if depth > DEPTH {
            return None;
        }
        let go = |x: Id| self.diagonal(x, depth + 1);
        match s.node(a) {
            Node::Sum(xs) => {
                let mut out = Sum::new();
                for x in xs {
                    add(&mut out, go(x.term)?, &Rat::int(if x.neg { -1 } else { 1 }));
                }
                Some(out)
            }
            Node::Product(xs) => xs.iter().try_fold(one(), |out, x| {
                let factor = if s.sort(*x).is_tensor() { go(*x)? } else { self.sum(*x, depth + 1)? };
                self.times(&out, &factor)
            }),
            Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
                (Some(Prim::Hadamard), [x, y]) => self.times(&go(*x)?, &go(*y)?),
                (Some(Prim::Ones), [_]) => Some(one()),
                _ => Some(self.letter(s.prim_call(Prim::Diag, &[a]))),
            },
            _ => Some(self.letter(s.prim_call(Prim::Diag, &[a]))),
        }
    }
    /// What is not looked into.
    fn letter(&self, t: Id) -> Sum {
        let of = self.s.canon(t);
        let term = if self.s.sort(t).is_tensor() {
            (Vec::new(), vec![Letter { of, turned: false }])
        } else {
            (vec![Factor::Above(of)], Vec::new())
        };
        std::iter::once((term, Rat::one())).collect()
    }
    fn times(&self, a: &Sum, b: &Sum) -> Option<Sum> {
        if a.len().saturating_mul(b.len()) > TERMS {
            return None;
        }
        let mut out = Sum::new();
        for ((f, v), p) in a {
            for ((g, w), q) in b {
                let factors = self.joined_factors([f.as_slice(), g.as_slice()].concat());
                let word = self.joined(v, w);
                if word.len() > LETTERS || factors.len() > LETTERS || powers::marks(&factors) > 1 {
                    return None;
                }
                add(&mut out, self.without_inverses((factors, word))?, &p.mul(q));
            }
        }
        Some(self.cut(out))
    }
    /// A term with `M M⁻¹` and `M⁻¹ M` gone. For `M = c w + R` with a longest word w, `c w M⁻¹` is `1 − R M⁻¹` and `c M⁻¹ w` is `1 − M⁻¹ R`;
    /// both hold wherever the inverse has a value.
    fn without_inverses(&self, term: Term) -> Option<Sum> {
        let mut out = Sum::new();
        let mut todo = vec![(term, Rat::one())];
        for _ in 0..TERMS {
            let Some((t, q)) = todo.pop() else { return Some(out) };
            match self.one_inverse_less(&t) {
                Some(parts) => todo.extend(parts.into_iter().map(|(u, p)| (u, q.mul(&p)))),
                None => add(&mut out, std::iter::once((t, q)).collect(), &Rat::one()),
            }
        }
        None
    }
    fn one_inverse_less(&self, (factors, w): &Term) -> Option<Vec<(Term, Rat)>> {
        let s = self.s;
        w.iter().enumerate().find_map(|(k, l)| {
            let of = match s.node(l.of) {
                Node::Call(f, xs) if s.prim(*f) == Some(Prim::Inv) && s.sort(l.of).is_tensor() => *xs.first()?,
                _ => return None,
            };
            let m = self.sum(of, 0).filter(|m| !m.keys().any(|(f, _)| powers::marks(f) > 0))?;
            let m = if l.turned { self.turned(m) } else { m };
            let (first, c) = m.iter().filter(|((_, v), _)| !v.is_empty()).max_by_key(|((_, v), _)| (v.len(), v.clone()))?;
            let (scale, lead) = first;
            let (before, after) = (w.get(..k)?, w.get(k + 1..)?);
            let (before, after, left) = match (before.strip_suffix(lead.as_slice()), after.strip_prefix(lead.as_slice())) {
                (Some(b), _) => (b, after, true),
                (None, Some(a)) => (before, a, false),
                _ => return None,
            };
            let (factors, one) = (over(factors, scale)?, Rat::one().div(c)?);
            let mut parts = vec![((factors.clone(), [before, after].concat()), one.clone())];
            for ((f, v), q) in m.iter().filter(|(t, _)| *t != first) {
                let inside = if left { [v.as_slice(), &[*l]].concat() } else { [&[*l], v.as_slice()].concat() };
                let all = sorted([factors.as_slice(), f.as_slice()].concat());
                parts.push(((all, [before, &inside, after].concat()), one.mul(q).neg()));
            }
            Some(parts)
        })
    }
    /// One word after the other; an orthogonal matrix beside its transpose goes, diagonal matrices beside each other stand in order.
    fn joined(&self, v: &[Letter], w: &[Letter]) -> Vec<Letter> {
        let mut out = v.to_vec();
        for l in w {
            if out.last().is_some_and(|k| self.cancel(*k, *l)) {
                out.pop();
                continue;
            }
            if self.joins(&mut out, *l) {
                continue;
            }
            let after = if self.is_diagonal(*l) { out.iter().rev().take_while(|k| self.is_diagonal(**k) && *k > l).count() } else { 0 };
            out.insert(out.len() - after, *l);
        }
        out
    }
    fn is_diagonal(&self, l: Letter) -> bool {
        matches!(self.s.node(l.of), Node::Call(f, _) if self.s.prim(*f) == Some(Prim::Diag))
    }
    /// Whether one is the transpose of the other, a square matrix given as orthogonal.
    fn cancel(&self, k: Letter, l: Letter) -> bool {
        k.of == l.of && k.turned != l.turned && self.is_orthogonal(k.of)
    }
    /// Whether a term is the name of a square matrix given as orthogonal.
    fn is_orthogonal(&self, t: Id) -> bool {
        let square = matches!(self.s.sort(t).dims(), [m, n] if m == n);
        square && matches!(self.s.node(t), Node::Var(v) if self.s.var(*v).props.orthogonal)
    }
    fn flip(&self, l: Letter) -> Letter {
        let s = self.s;
        let symmetric = |t: Id| crate::matrices::is_symmetric(s, t);
        let own = symmetric(l.of) || symmetric(self.base_of(l)) || self.is_diagonal(l);
        Letter { of: l.of, turned: !own && !l.turned }
    }
    fn flipped(&self, w: &[Letter]) -> Vec<Letter> {
        w.iter().rev().map(|l| self.flip(*l)).collect()
    }
    fn turned(&self, a: Sum) -> Sum {
        let mut out = Sum::new();
        for ((f, w), q) in a {
            add(&mut out, std::iter::once(((f, self.flipped(&w)), q)).collect(), &Rat::one());
        }
        out
    }
    /// How many rows a matrix has.
    fn rows(&self, l: Letter) -> Option<Aff> {
        match self.s.sort(l.of).dims() {
            [m, n] => Some(if l.turned { n.clone() } else { m.clone() }),
            _ => None,
        }
    }
    fn is_column(&self, l: Letter) -> bool {
        match self.s.sort(l.of) {
            Sort::Tensor(d) => d.len() == 1 && !l.turned,
            Sort::Row(_) => l.turned,
            _ => false,
        }
    }
    fn is_row(&self, l: Letter) -> bool {
        match self.s.sort(l.of) {
            Sort::Tensor(d) => d.len() == 1 && l.turned,
            Sort::Row(_) => !l.turned,
            _ => false,
        }
    }
    /// The pieces of a word between a column and the row after it.
    fn pieces(&self, w: &[Letter]) -> Vec<Vec<Letter>> {
        let mut out: Vec<Vec<Letter>> = vec![Vec::new()];
        for l in w {
            let ends = out.last().and_then(|p| p.last()).is_some_and(|last| self.is_column(*last));
            if ends && self.is_row(*l) {
                out.push(Vec::new());
            }
            if let Some(p) = out.last_mut() {
                p.push(*l);
            }
        }
        out
    }
    fn is_scalar(&self, w: &[Letter]) -> bool {
        matches!((w.first(), w.last()), (Some(a), Some(b)) if w.len() > 1 && self.is_row(*a) && self.is_column(*b))
    }
    /// A word from a row to a column, or its transpose, whichever comes first.
    fn scalar(&self, w: Vec<Letter>) -> Factor {
        let turned = self.flipped(&w);
        Factor::Word(if turned < w { turned } else { w })
    }
    /// Scalars inside words taken out.
    fn cut(&self, a: Sum) -> Sum {
        let mut out = Sum::new();
        for ((mut f, w), q) in a {
            let pieces = self.pieces(&w);
            let word = if pieces.len() > 1 {
                let (scalars, rest): (Vec<Vec<Letter>>, Vec<Vec<Letter>>) = pieces.into_iter().partition(|p| self.is_scalar(p));
                f.extend(scalars.into_iter().map(|p| self.scalar(p)));
                f = sorted(f);
                rest.concat()
            } else {
                w
            };
            add(&mut out, std::iter::once(((f, word), q)).collect(), &Rat::one());
        }
        out
    }
    /// The words of a scalar as factors.
    fn closed(&self, a: Sum) -> Sum {
        let mut out = Sum::new();
        for ((mut f, w), q) in a {
            let word = if self.is_scalar(&w) {
                f.push(self.scalar(w));
                f = sorted(f);
                Vec::new()
            } else {
                w
            };
            add(&mut out, std::iter::once(((f, word), q)).collect(), &Rat::one());
        }
        out
    }
    /// The trace of square matrices of this size.
    fn trace(&self, a: Sum, size: &Aff, depth: u32) -> Option<Sum> {
        let s = self.s;
        let mut out = Sum::new();
        if depth > DEPTH {
            return None;
        }
        for ((mut f, mut w), q) in a {
            while let [first, inner @ .., last] = w.as_slice() {
                if !self.cancel(*last, *first) {
                    break;
                }
                w = inner.to_vec();
            }
            w = self.joined_round(w);
            // After a column that a row follows, the word may begin.
            let n = w.len();
            let start = (0..n).find(|k| {
                let before = w.get((k + n - 1) % n);
                matches!((before, w.get(*k)), (Some(c), Some(r)) if self.is_column(*c) && self.is_row(*r))
            });
            match start {
                Some(k) => f.extend(self.pieces(&rotated(&w, k)).into_iter().map(|p| self.scalar(p))),
                None if w.is_empty() => {
                    let size = self.sum(s.index(size.clone()), 0)?;
                    let whole = self.times(&std::iter::once(((f, Vec::new()), q)).collect(), &size)?;
                    add(&mut out, whole, &Rat::one());
                    continue;
                }
                None => {
                    // tr(A M⁻¹ B) is tr(B A M⁻¹), where B A may be M.
                    let round = (1..n).find_map(|k| {
                        let turned = rotated(&w, k);
                        Some((self.rows(*turned.first()?)?, self.one_inverse_less(&(f.clone(), turned))?))
                    });
                    if let Some((rows, parts)) = round {
                        let mut less = Sum::new();
                        parts.into_iter().for_each(|(t, p)| add(&mut less, std::iter::once((t, p)).collect(), &q));
                        add(&mut out, self.trace(less, &rows, depth + 1)?, &Rat::one());
                        continue;
                    }
                    f.push(Factor::Trace(self.first_turn(&w)));
                }
            }
            add(&mut out, std::iter::once(((sorted(f), Vec::new()), q)).collect(), &Rat::one());
        }
        Some(out)
    }
}

/// Factors divided by others: a factor that is there is left out, one over a scalar becomes the scalar. `None` for a factor that is
/// not there: it may be 0.
fn over(factors: &[Factor], by: &[Factor]) -> Option<Vec<Factor>> {
    let mut out = factors.to_vec();
    for f in by {
        match (out.iter().position(|g| g == f), f) {
            (Some(k), _) => {
                out.remove(k);
            }
            (None, Factor::Below(x)) => out.push(Factor::Above(*x)),
            _ => return None,
        }
    }
    Some(sorted(out))
}
fn one() -> Sum {
    std::iter::once(((Vec::new(), Vec::new()), Rat::one())).collect()
}
fn scaled(a: Sum, q: &Rat) -> Sum {
    let mut out = Sum::new();
    add(&mut out, a, q);
    out
}
fn add(out: &mut Sum, a: Sum, q: &Rat) {
    for (t, p) in a {
        let sum = out.remove(&t).unwrap_or_else(Rat::zero).add(&p.mul(q));
        if !sum.is_zero() {
            out.insert(t, sum);
        }
    }
}
fn sorted(mut f: Vec<Factor>) -> Vec<Factor> {
    f.sort();
    f
}
fn rotated(w: &[Letter], k: usize) -> Vec<Letter> {
    let (a, b) = w.split_at(k.min(w.len()));
    [b, a].concat()
}
