//! Words: a summand as a number, scalars, and a matrix product; sums of words, factored from the left and from the right.

use crate::arrange::Order;
use gradus_term::{Id, Node, Prim, Rat, Sort, Store, Summand};

/// A summand: `± number · scalars · word / divisors`. The word is empty for a scalar.
#[derive(Clone, Debug)]
pub(crate) struct Term {
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
    /// `−A (b − c)` as `A (c − b)`, where the difference is the only one.
    fn turned(mut self, s: &Store) -> Self {
        let mixed = |x: &Id| matches!(s.node(*x), Node::Sum(xs) if xs.iter().any(|x| x.neg) && xs.iter().any(|x| !x.neg));
        let holds = |x: &Id| mixed(x) || mixed(&transposed(s, *x));
        let only = self.word.iter().chain(&self.scalars).filter(|x| holds(x)).count() == 1;
        if !self.neg || self.word.is_empty() || !only {
            return self;
        }
        let turned = |x: Id| match s.node(x) {
            Node::Sum(xs) => {
                let turned: Vec<Summand> = xs.iter().map(|x| Summand { neg: !x.neg, term: x.term }).collect();
                crate::simplify::positive_order(s, s.sum(&turned))
            }
            _ => x,
        };
        for x in self.word.iter_mut().chain(self.scalars.iter_mut()).filter(|x| holds(x)) {
            *x = if mixed(x) { turned(*x) } else { transposed(s, turned(transposed(s, *x))) };
        }
        self.neg = false;
        self
    }
    /// The term without its sign.
    pub fn build(&self, s: &Store) -> Id {
        let mut fs = Vec::new();
        let (p, q) = (Rat::from(self.number.numer()), Rat::from(self.number.denom()));
        if !p.is_one() {
            fs.push(s.rational(&p));
        }
        fs.extend(&self.scalars);
        let mut below = Vec::new();
        if !q.is_one() {
            below.push(s.rational(&q));
        }
        below.extend(&self.divisors);
        let word = (!self.word.is_empty()).then(|| product(s, &with_powers(s, &self.word)));
        let name = |x: Id| matches!(s.node(x), Node::Var(_)) || matches!(s.node(x), Node::Call(f, _) if s.fun(*f).is_constant_name());
        // 1/‖u‖ (u − c) is (u − c)/‖u‖.
        let alone = fs.is_empty() && !self.divisors.is_empty() && word.is_some_and(|x| matches!(s.node(x), Node::Sum(_)));
        if below.is_empty() || alone || word.is_some_and(name) {
            let top = s.product(&fs.into_iter().chain(word).collect::<Vec<_>>());
            return if below.is_empty() { top } else { s.quot(top, s.product(&below)) };
        }
        // A fraction stands in front of a matrix product.
        let fraction = s.quot(s.product(&fs), s.product(&below));
        s.product(&std::iter::once(fraction).chain(word).collect::<Vec<_>>())
    }
}

/// The matrix product of a word.
pub(crate) fn product(s: &Store, word: &[Id]) -> Id {
    match word {
        [one] => *one,
        _ => s.intern(Node::MatMul(word.into())),
    }
}

/// Equal neighbours in a word as powers; of a transpose, the transpose of the power.
pub(super) fn with_powers(s: &Store, word: &[Id]) -> Vec<Id> {
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
pub(crate) fn letters(s: &Store, t: Id) -> Vec<Id> {
    match s.node(t) {
        Node::MatMul(xs) => xs.to_vec(),
        _ => vec![t],
    }
}

/// `Aᵀ` of one factor.
pub(crate) fn transposed(s: &Store, t: Id) -> Id {
    if gradus_decide::is_symmetric(s, t) {
        return t;
    }
    match s.node(t) {
        // A sum of symmetric matrices: Diag(p) − p pᵀ.
        Node::Sum(xs) if xs.iter().all(|x| product(s, &transposed_word(s, &letters(s, x.term))) == x.term) => t,
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(Prim::Transpose), [x]) => *x,
            (Some(Prim::Diag | Prim::Eye), _) => t,
            // (Xᵀ A X)⁻ᵀ is (Xᵀ Aᵀ X)⁻¹, but (A X B)⁻ᵀ stays.
            (Some(Prim::Inv), [x]) if matches!(s.node(*x), Node::MatMul(_)) => {
                let turned = product(s, &transposed_word(s, &letters(s, *x)));
                if transposes(s, turned) <= transposes(s, *x) + 1 {
                    s.prim_call(Prim::Inv, &[turned])
                } else {
                    s.prim_call(Prim::Transpose, &[t])
                }
            }
            _ => s.prim_call(Prim::Transpose, &[t]),
        },
        _ => s.prim_call(Prim::Transpose, &[t]),
    }
}

/// The transpose of a word.
pub(crate) fn transposed_word(s: &Store, word: &[Id]) -> Vec<Id> {
    word.iter().rev().map(|x| transposed(s, *x)).collect()
}

/// The sum of these terms, with what is common taken out where that is shorter. `top`: it is the whole result.
pub(crate) fn assemble(s: &Store, order: &Order<'_>, terms: Vec<Term>, top: bool) -> Id {
    let mut terms = in_order(s, order, merged(s, terms));
    if let Some(t) = all_transposed(s, order, &terms) {
        return t;
    }
    let whole = collected(s, order, terms.clone(), top);
    if top || s.sort(whole).dims().len() != 2 || !matches!(s.node(pulled(s, whole).1), Node::Sum(_)) {
        return whole;
    }
    // `(U Vᵀ − M)ᵀ` for `V Uᵀ − Mᵀ`
    terms.iter_mut().for_each(|t| t.word = transposed_word(s, &t.word));
    let (mut outer, turned) = pulled(s, collected(s, order, terms, top));
    if transposes(s, turned) + 1 > transposes(s, whole) {
        return whole;
    }
    outer.word = vec![s.prim_call(Prim::Transpose, &[turned])];
    signed_sum(s, &[outer])
}

fn collected(s: &Store, order: &Order<'_>, mut terms: Vec<Term>, top: bool) -> Id {
    while let Some(better) = factored(s, order, &terms, true).or_else(|| factored(s, order, &terms, false)) {
        terms = better;
    }
    let terms = diagonals(s, order, terms);
    let (outer, inner) = common(s, terms, top);
    let sum = signed_sum(s, &inner);
    if inner.len() < 2 || (outer.number.is_one() && outer.scalars.is_empty() && outer.divisors.is_empty()) {
        return if inner.len() < 2 { signed_sum(s, &rejoin(&outer, inner)) } else { sum };
    }
    let whole = if s.sort(sum).is_scalar() {
        Term { scalars: outer.scalars.iter().copied().chain([sum]).collect(), ..outer }
    } else {
        Term { word: vec![sum], ..outer }
    };
    signed_sum(s, &[whole])
}

/// Products of the same matrices, some of them transposed, in the order of an alphabet that is the problem's.
fn in_order(s: &Store, order: &Order<'_>, mut terms: Vec<Term>) -> Vec<Term> {
    if terms.len() > 1 && terms.iter().all(|t| !t.word.is_empty()) && same_letters(s, &terms) {
        let letter = |x: &Id| {
            let turned = matches!(s.node(*x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Transpose));
            (order.name_rank(bare(s, *x)), turned)
        };
        terms.sort_by_cached_key(|t| t.word.iter().map(letter).collect::<Vec<_>>());
    }
    terms
}

fn rejoin(outer: &Term, inner: Vec<Term>) -> Vec<Term> {
    inner
        .into_iter()
        .map(|t| Term {
            neg: t.neg,
            number: t.number.mul(&outer.number),
            scalars: outer.scalars.iter().copied().chain(t.scalars).collect(),
            divisors: outer.divisors.iter().copied().chain(t.divisors).collect(),
            word: t.word,
        })
        .collect()
}

/// The signed sum, a positive term first where there is one.
pub(crate) fn signed_sum(s: &Store, terms: &[Term]) -> Id {
    let mut terms: Vec<Term> = terms.iter().map(|t| t.clone().turned(s)).collect();
    // Beside another tensor 1 stands for all ones.
    if terms.iter().any(|t| !t.word.is_empty() && !all_ones(s, &t.word)) {
        for t in terms.iter_mut().filter(|t| all_ones(s, &t.word)) {
            let dims: Vec<Id> = s.sort(product(s, &t.word)).dims().iter().map(|n| s.index(n.clone())).collect();
            let ones = s.prim_call(Prim::Ones, &dims);
            // A factor before it is that scalar, added to each entry.
            let bare = t.scalars.is_empty() && Rat::from(t.number.numer()).is_one();
            t.word = vec![if bare { s.mul(s.int(1), ones) } else { ones }];
        }
    }
    let xs: Vec<Summand> = terms.iter().map(|t| Summand { neg: t.neg, term: t.build(s) }).collect();
    crate::simplify::positive_order(s, s.sum(&xs))
}

/// The vector (matrix) of ones beside another tensor as a 1 that is added to each entry, wherever it stands.
pub(crate) fn one_beside(s: &Store, t: Id) -> Id {
    if s.loose(t) > 0 || !s.sort(t).is_tensor() {
        return t;
    }
    let n = s.node(t).map_children(&mut |c, under| if under == 0 { one_beside(s, c) } else { c });
    match n {
        Node::Sum(xs) if xs.iter().any(|x| !all_ones(s, &[x.term])) => {
            let one = |x: Id| if all_ones(s, &[x]) { s.mul(s.int(1), x) } else { x };
            s.sum(&xs.iter().map(|x| Summand { neg: x.neg, term: one(x.term) }).collect::<Vec<_>>())
        }
        n => s.intern(n),
    }
}

/// Whether a word is the vector or the matrix of all ones.
fn all_ones(s: &Store, word: &[Id]) -> bool {
    let ones = |x: Id| matches!(s.node(x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Ones));
    match word {
        [x] => ones(*x),
        [x, y] => ones(*x) && ones(transposed(s, *y)),
        _ => false,
    }
}

/// Like terms added up.
pub(crate) fn merged(s: &Store, terms: Vec<Term>) -> Vec<Term> {
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
fn common(s: &Store, mut terms: Vec<Term>, top: bool) -> (Term, Vec<Term>) {
    let mut outer = Term::one();
    let Some(first) = terms.first().cloned() else { return (outer, terms) };
    if terms.len() < 2 {
        return (outer, terms);
    }
    // A whole number is taken out of a sum of products only where the sum is a factor itself: `2 Xᵀ X + 2 λ I`.
    let plain = |t: &Term| t.word.len() + t.scalars.len() < 2;
    let taken = !top || !first.number.is_integer() || terms.iter().all(plain);
    if taken && !first.number.is_one() && terms.iter().all(|t| t.number == first.number) {
        outer.number = first.number.clone();
        terms.iter_mut().for_each(|t| t.number = Rat::one());
    }
    for x in &first.divisors {
        if terms.iter().all(|t| t.divisors.iter().any(|y| s.same(*x, *y))) {
            outer.divisors.push(*x);
            for t in &mut terms {
                if let Some(k) = t.divisors.iter().position(|y| s.same(*x, *y)) {
                    t.divisors.remove(k);
                }
            }
        }
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
fn factored(s: &Store, order: &Order<'_>, terms: &[Term], left: bool) -> Option<Vec<Term>> {
    let end = |t: &Term| if left { t.word.first().copied() } else { t.word.last().copied() };
    let alike = |t: &Term, u: &Term| u.word.len() > 1 && end(u) == end(t) && u.divisors == t.divisors;
    let k = terms.iter().position(|t| t.word.len() > 1 && terms.iter().filter(|u| alike(t, u)).count() > 1)?;
    let first = terms.get(k)?.clone();
    let letter = end(&first)?;
    let (group, rest): (Vec<Term>, Vec<Term>) = terms.iter().cloned().partition(|u| alike(&first, u));
    if anagrams(s, &group, letter) {
        return None;
    }
    let inside: Vec<Term> = group
        .into_iter()
        .map(|mut t| {
            t.divisors.clear();
            if left {
                t.word.remove(0);
            } else {
                t.word.pop();
            }
            t
        })
        .collect();
    let (mut outer, inner) = pulled(s, assemble(s, order, inside, false));
    outer.divisors.extend(first.divisors);
    let inner = letters(s, inner);
    outer.word = if left { std::iter::once(letter).chain(inner).collect() } else { inner.into_iter().chain([letter]).collect() };
    if s.sort(product(s, &outer.word)) == &Sort::Ill {
        return None;
    }
    let mut out = rest;
    out.insert(k.min(out.len()), outer);
    Some(out)
}

/// Whether these matrices, which share a factor, have the same factors up to transposition: `B X + Bᵀ X` and
/// `X A X + X X A` stay as they are.
fn anagrams(s: &Store, terms: &[Term], shared: Id) -> bool {
    if s.sort(shared).dims().len() != 2 || terms.iter().any(|t| s.sort(product(s, &t.word)).dims().len() != 2) {
        return false;
    }
    same_letters(s, terms)
}

/// Whether the products have the same factors up to order and transposition.
fn same_letters(s: &Store, terms: &[Term]) -> bool {
    let mut bags = terms.iter().map(|t| {
        let mut bag: Vec<Id> = t.word.iter().map(|x| bare(s, *x)).collect();
        bag.sort_unstable();
        bag
    });
    let first = bags.next();
    bags.all(|b| Some(&b) == first.as_ref())
}

/// A factor without its transposition.
fn bare(s: &Store, x: Id) -> Id {
    match s.node(x) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Transpose) => xs.first().copied().unwrap_or(x),
        _ => x,
    }
}

/// How many transposes are written.
fn transposes(s: &Store, t: Id) -> usize {
    crate::draft::everywhere(s, t, &|n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Transpose))).len()
}

/// A sum of products all of whose factors are transposes as the transpose of a sum: `(A X² + X A X + X² A)ᵀ`.
fn all_transposed(s: &Store, order: &Order<'_>, terms: &[Term]) -> Option<Id> {
    let transpose = |x: &Id| matches!(s.node(*x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Transpose));
    let distinct = |t: &Term| t.word.iter().any(|x| Some(x) != t.word.first());
    if terms.is_empty() || !terms.iter().all(|t| t.word.len() > 1 && distinct(t) && t.word.iter().all(transpose)) {
        return None;
    }
    let turned: Vec<Term> = terms.iter().map(|t| Term { word: transposed_word(s, &t.word), ..t.clone() }).collect();
    let (mut outer, inner) = pulled(s, assemble(s, order, turned, false));
    outer.word = vec![s.prim_call(Prim::Transpose, &[inner])];
    Some(signed_sum(s, &[outer]))
}

/// Number and scalars in front of a tensor, and the tensor.
pub(crate) fn pulled(s: &Store, t: Id) -> (Term, Id) {
    let mut outer = Term::one();
    let (neg, core) = crate::tidy::unsign(s, t);
    outer.neg = neg;
    let mut tensor = core;
    if let Node::Quot(a, b) = s.node(core) {
        let (mut inner, tensor) = pulled(s, *a);
        inner.neg ^= neg;
        match s.as_rational(*b).and_then(|q| Rat::one().div(&q)) {
            Some(q) => inner.times(&q),
            None => inner.divisors.extend(crate::tidy::factors(s, *b)),
        }
        return (inner, tensor);
    }
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
fn diagonals(s: &Store, order: &Order<'_>, terms: Vec<Term>) -> Vec<Term> {
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
    rest.insert(0, Term { word: vec![s.prim_call(Prim::Diag, &[assemble(s, order, vectors, false)])], ..Term::one() });
    rest
}
