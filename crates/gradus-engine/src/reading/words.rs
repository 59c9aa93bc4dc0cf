//! Words: a summand as a number, scalars, and a matrix product; sums of words, factored from the left and from the right.

use gradus_term::{Id, Node, Prim, Rat, Sort, Store, Summand};

/// A summand: `± number · scalars · word / divisors`. The word is empty for a scalar.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// Whether it is subtracted.
    pub neg: bool,
    /// The number, positive.
    pub number: Rat,
    /// Scalar factors.
    pub scalars: Vec<Id>,
    /// Scalar divisors.
    pub divisors: Vec<Id>,
    /// The factors of a matrix product, in order.
    pub word: Vec<Id>,
}

impl Term {
    /// The number 1.
    pub fn one() -> Self {
        Term { neg: false, number: Rat::one(), scalars: Vec::new(), divisors: Vec::new(), word: Vec::new() }
    }
    /// Multiplies by a signed number.
    pub fn times(&mut self, q: &Rat) {
        self.neg ^= q.is_negative();
        self.number = self.number.mul(&q.abs());
    }
    /// Whether both have the same word, scalars and divisors.
    fn like(&self, s: &Store, o: &Term) -> bool {
        let same = |a: &[Id], b: &[Id]| a.len() == b.len() && a.iter().zip(b).all(|(x, y)| s.same(*x, *y));
        same(&self.word, &o.word) && same(&self.scalars, &o.scalars) && same(&self.divisors, &o.divisors)
    }
    /// The term without its sign.
    fn build(&self, s: &Store) -> Id {
        let mut fs = Vec::new();
        let (p, q) = (Rat::from(self.number.numer()), Rat::from(self.number.denom()));
        if !p.is_one() {
            fs.push(s.rational(&p));
        }
        fs.extend(&self.scalars);
        if !self.word.is_empty() {
            fs.push(product(s, &with_powers(s, &self.word)));
        }
        let mut below = Vec::new();
        if !q.is_one() {
            below.push(s.rational(&q));
        }
        below.extend(&self.divisors);
        let top = s.product(&fs);
        if below.is_empty() {
            top
        } else {
            s.quot(top, s.product(&below))
        }
    }
}

/// The matrix product of a word.
pub(super) fn product(s: &Store, word: &[Id]) -> Id {
    match word {
        [one] => *one,
        _ => s.intern(Node::MatMul(word.into())),
    }
}

/// Equal neighbours in a word as powers; of a transpose, the transpose of the power.
fn with_powers(s: &Store, word: &[Id]) -> Vec<Id> {
    let mut runs: Vec<(Id, i64)> = Vec::new();
    for x in word {
        match runs.last_mut() {
            Some((y, k)) if y == x && s.sort(*x).dims().len() == 2 => *k += 1,
            _ => runs.push((*x, 1)),
        }
    }
    let power = |x: Id, k: i64| match s.node(x) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Transpose) => {
            xs.first().map_or(x, |y| s.prim_call(Prim::Transpose, &[s.pow(*y, s.int(k))]))
        }
        _ => s.pow(x, s.int(k)),
    };
    runs.into_iter().map(|(x, k)| if k == 1 { x } else { power(x, k) }).collect()
}

/// The factors of a matrix product.
pub(super) fn letters(s: &Store, t: Id) -> Vec<Id> {
    match s.node(t) {
        Node::MatMul(xs) => xs.to_vec(),
        _ => vec![t],
    }
}

/// `Aᵀ` of one factor.
pub(super) fn transposed(s: &Store, t: Id) -> Id {
    if gradus_decide::is_symmetric(s, t) {
        return t;
    }
    match s.node(t) {
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(Prim::Transpose), [x]) => *x,
            (Some(Prim::Diag | Prim::Eye), _) => t,
            _ => s.prim_call(Prim::Transpose, &[t]),
        },
        _ => s.prim_call(Prim::Transpose, &[t]),
    }
}

/// The transpose of a word.
pub(super) fn transposed_word(s: &Store, word: &[Id]) -> Vec<Id> {
    word.iter().rev().map(|x| transposed(s, *x)).collect()
}

/// The sum of these terms, with what is common taken out where that is shorter.
pub(super) fn assemble(s: &Store, terms: Vec<Term>) -> Id {
    let mut terms = merged(s, terms);
    while let Some(better) = factored(s, &terms, true).or_else(|| factored(s, &terms, false)) {
        terms = better;
    }
    let terms = diagonals(s, terms);
    let (outer, inner) = common(s, terms);
    let sum = signed_sum(s, &inner);
    if inner.len() < 2 || (outer.number.is_one() && outer.scalars.is_empty()) {
        return if inner.len() < 2 { signed_sum(s, &rejoin(&outer, inner)) } else { sum };
    }
    let whole = if s.sort(sum).is_scalar() {
        Term { scalars: outer.scalars.iter().copied().chain([sum]).collect(), ..outer }
    } else {
        Term { word: vec![sum], ..outer }
    };
    signed_sum(s, &[whole])
}

fn rejoin(outer: &Term, inner: Vec<Term>) -> Vec<Term> {
    inner
        .into_iter()
        .map(|t| Term {
            neg: t.neg,
            number: t.number.mul(&outer.number),
            scalars: outer.scalars.iter().copied().chain(t.scalars).collect(),
            divisors: t.divisors,
            word: t.word,
        })
        .collect()
}

/// The signed sum, a positive term first where there is one.
fn signed_sum(s: &Store, terms: &[Term]) -> Id {
    let xs: Vec<Summand> = terms.iter().map(|t| Summand { neg: t.neg, term: t.build(s) }).collect();
    crate::simplify::positive_order(s, s.sum(&xs))
}

/// Like terms added up.
fn merged(s: &Store, terms: Vec<Term>) -> Vec<Term> {
    let mut out: Vec<Term> = Vec::new();
    for t in terms {
        match out.iter_mut().find(|o| o.like(s, &t)) {
            Some(o) => {
                let signed = |t: &Term| if t.neg { t.number.neg() } else { t.number.clone() };
                let q = signed(o).add(&signed(&t));
                o.neg = q.is_negative();
                o.number = q.abs();
            }
            None => out.push(t),
        }
    }
    out.retain(|t| !t.number.is_zero());
    out
}

/// The number and the scalars that all terms share, and the terms without them.
fn common(s: &Store, mut terms: Vec<Term>) -> (Term, Vec<Term>) {
    let mut outer = Term::one();
    let Some(first) = terms.first().cloned() else { return (outer, terms) };
    if terms.len() < 2 {
        return (outer, terms);
    }
    if !first.number.is_one() && terms.iter().all(|t| t.number == first.number) {
        outer.number = first.number.clone();
        terms.iter_mut().for_each(|t| t.number = Rat::one());
    }
    for x in &first.scalars {
        let everywhere = terms.iter().all(|t| t.scalars.iter().any(|y| s.same(*x, *y)));
        // A scalar sum keeps at least one factor in each term.
        let worth = terms.iter().all(|t| !t.word.is_empty() || t.scalars.len() > 1);
        if everywhere && worth {
            outer.scalars.push(*x);
            for t in &mut terms {
                if let Some(k) = t.scalars.iter().position(|y| s.same(*x, *y)) {
                    t.scalars.remove(k);
                }
            }
        }
    }
    (outer, terms)
}

/// `A u + A v` as `A (u + v)` (from the left), `u A + v A` as `(u + v) A`. `None` if no two terms share an end.
fn factored(s: &Store, terms: &[Term], left: bool) -> Option<Vec<Term>> {
    let end = |t: &Term| if left { t.word.first().copied() } else { t.word.last().copied() };
    let k = terms.iter().position(|t| t.word.len() > 1 && terms.iter().filter(|u| u.word.len() > 1 && end(u) == end(t)).count() > 1)?;
    let letter = end(terms.get(k)?)?;
    let (group, rest): (Vec<Term>, Vec<Term>) = terms.iter().cloned().partition(|t| t.word.len() > 1 && end(t) == Some(letter));
    let inside: Vec<Term> = group
        .into_iter()
        .map(|mut t| {
            if left {
                t.word.remove(0);
            } else {
                t.word.pop();
            }
            t
        })
        .collect();
    let (mut outer, inner) = pulled(s, assemble(s, inside));
    let inner = letters(s, inner);
    outer.word = if left { std::iter::once(letter).chain(inner).collect() } else { inner.into_iter().chain([letter]).collect() };
    if s.sort(product(s, &outer.word)) == &Sort::Ill {
        return None;
    }
    let mut out = rest;
    out.insert(k.min(out.len()), outer);
    Some(out)
}

/// Number and scalars in front of a tensor, and the tensor.
pub(super) fn pulled(s: &Store, t: Id) -> (Term, Id) {
    let mut outer = Term::one();
    let (neg, core) = crate::tidy::unsign(s, t);
    outer.neg = neg;
    let mut tensor = core;
    if let Node::Product(xs) = s.node(core) {
        for x in xs {
            match s.as_rational(*x) {
                _ if s.sort(*x).is_tensor() => tensor = *x,
                Some(q) => outer.times(&q),
                None => outer.scalars.push(*x),
            }
        }
    }
    (outer, tensor)
}

/// `Diag(a) − Diag(b)` as `Diag(a − b)`.
fn diagonals(s: &Store, terms: Vec<Term>) -> Vec<Term> {
    let inside = |t: &Term| match t.word.as_slice() {
        [one] => match s.node(*one) {
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Diag) => xs.first().copied(),
            _ => None,
        },
        _ => None,
    };
    if terms.iter().filter(|t| inside(t).is_some()).count() < 2 {
        return terms;
    }
    let (diagonal, mut rest): (Vec<Term>, Vec<Term>) = terms.into_iter().partition(|t| inside(t).is_some());
    let vectors: Vec<Term> = diagonal.iter().filter_map(|t| Some(Term { word: vec![inside(t)?], ..t.clone() })).collect();
    rest.insert(0, Term { word: vec![s.prim_call(Prim::Diag, &[assemble(s, vectors)])], ..Term::one() });
    rest
}
