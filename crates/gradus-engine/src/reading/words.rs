//! Words: a summand as a number, scalars, and a matrix product; sums of words, as they are read and written. What terms share is
//! taken out in [`super::collect`].

use gradus_term::{Aff, Id, Node, Prim, Rat, Sort, Store, Summand};

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
    /// Divides by a scalar.
    pub fn divided(&mut self, s: &Store, by: Id) {
        let (q, more) = divisors(s, by);
        if let Some(q) = Rat::one().div(&q) {
            self.times(&q);
        }
        self.divisors.extend(more);
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
        // −(a − b)/‖a − b‖ has the difference twice.
        let below = self.word.iter().any(|x| self.divisors.iter().any(|d| s.contains(*d, *x)));
        if !self.neg || self.word.is_empty() || !only || below {
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
        fs.extend(joined_scalars(s, &self.scalars));
        let mut below = Vec::new();
        if !q.is_one() {
            below.push(s.rational(&q));
        }
        below.extend(powers(s, &self.divisors));
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

/// Scalars with a factor beside a symbolic power of it joined to that: `u^(k−1) u` as `u^k`.
fn joined_scalars(s: &Store, scalars: &[Id]) -> Vec<Id> {
    let power = |x: Id| match s.node(x) {
        Node::Pow(b, k) => (*b, *k),
        _ => (x, s.int(1)),
    };
    let symbolic = |k: Id| s.as_rational(k).is_none();
    let mut out: Vec<Id> = Vec::new();
    for x in scalars {
        let (b, k) = power(*x);
        let beside = |y: &&mut Id| {
            let (c, e) = power(**y);
            s.same(b, c) && (symbolic(k) || symbolic(e))
        };
        match out.iter_mut().find(beside) {
            Some(y) => {
                let e = crate::tidy(s, s.add(power(*y).1, k));
                *y = if s.as_rational(e).is_some_and(|e| e.is_one()) { b } else { s.pow(b, e) };
            }
            None => out.push(*x),
        }
    }
    out
}

/// Equal divisors as powers, in the order they are met; with a root, `u √u` as `u^(3/2)`.
pub(super) fn powers(s: &Store, divisors: &[Id]) -> Vec<Id> {
    let half = Rat::new(1, 2).unwrap_or_else(Rat::one);
    let mut out: Vec<(Id, Rat)> = Vec::new();
    for x in divisors {
        let (base, e) = match s.node(*x) {
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) => (xs.first().copied().unwrap_or(*x), half.clone()),
            _ => (*x, Rat::one()),
        };
        match out.iter_mut().find(|(y, _)| s.same(base, *y)) {
            Some((_, k)) => *k = k.add(&e),
            None => out.push((base, e)),
        }
    }
    let power = |(x, k): (Id, Rat)| match k.to_i64() {
        Some(1) => x,
        _ if k == half => s.prim_call(Prim::Sqrt, &[x]),
        _ => s.pow(x, s.rational(&k)),
    };
    out.into_iter().map(power).collect()
}
/// What a scalar divides by: its numbers together, and its factors, powers repeated.
pub(crate) fn divisors(s: &Store, b: Id) -> (Rat, Vec<Id>) {
    if let Some(q) = s.as_rational(b).filter(|q| !q.is_zero()) {
        return (q, Vec::new());
    }
    match s.node(b) {
        Node::Product(xs) => xs.iter().fold((Rat::one(), Vec::new()), |(q, mut out), x| {
            let (p, more) = divisors(s, *x);
            out.extend(more);
            (q.mul(&p), out)
        }),
        // 2 m of a size m.
        Node::Index(a) => match (a.t.as_slice(), a.c) {
            ([(v, k)], 0) if *k != 1 => (Rat::int(*k), vec![s.index(Aff::var(*v))]),
            _ => (Rat::one(), vec![b]),
        },
        _ => (Rat::one(), repeated(s, b)),
    }
}
/// `u³` as three times u, `u^(3/2)` as u and √u; anything else once.
pub(crate) fn repeated(s: &Store, x: Id) -> Vec<Id> {
    let Node::Pow(b, k) = s.node(x) else { return vec![x] };
    let halves = s.as_rational(*k).and_then(|k| k.mul(&Rat::int(2)).to_i64()).and_then(|n| usize::try_from(n).ok());
    match halves {
        Some(n @ 3..=16) => {
            let root = (n % 2 == 1).then(|| s.prim_call(Prim::Sqrt, &[*b]));
            vec![*b; n / 2].into_iter().chain(root).collect()
        }
        _ => vec![x],
    }
}

/// `1 ⊘ x`, and of a power the power with its exponent turned: `x^∘−2`.
pub(crate) fn entrywise_inverse(s: &Store, x: Id) -> Id {
    let power = match s.node(x) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::EntryPow) => match xs.as_ref() {
            [b, k] => s.as_rational(*k).map(|k| (*b, k.neg())),
            _ => None,
        },
        _ => None,
    };
    let (base, k) = power.unwrap_or((x, Rat::int(-1)));
    s.prim_call(Prim::EntryPow, &[base, s.rational(&k)])
}
/// The matrix product of a word.
pub(crate) fn product(s: &Store, word: &[Id]) -> Id {
    match word {
        [one] => *one,
        _ => s.intern(Node::MatMul(word.into())),
    }
}

/// Equal neighbours in a word as powers; of a transpose, the transpose of the power.
pub(crate) fn with_powers(s: &Store, word: &[Id]) -> Vec<Id> {
    let mut runs: Vec<(Id, i64)> = Vec::new();
    for x in &super::powers::joined_powers(s, word) {
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

/// A word with `M M⁻¹` and `M⁻¹ M` gone, the inverse of an inverse opened; an identity where nothing else is left.
pub(crate) fn without_inverses(s: &Store, word: &[Id]) -> Vec<Id> {
    let inverted = |x: Id| match s.node(x) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Inv) && s.sort(x).is_tensor() => xs.first().copied(),
        _ => None,
    };
    // What the letter is the inverse of, as a word.
    let of = |x: Id| match inverted(x) {
        Some(m) => Some(letters(s, m)),
        None if is_transpose(s, x) => inverted(bare(s, x)).map(|m| transposed_word(s, &letters(s, m))),
        None => None,
    };
    let plain: Vec<Id> = word.iter().map(|x| inverted(*x).and_then(inverted).unwrap_or(*x)).collect();
    let Some(first) = plain.first().copied() else { return plain };
    let mut out = plain;
    let cancelled = |out: &[Id]| {
        out.iter().enumerate().find_map(|(k, x)| {
            let m = of(*x)?;
            let (before, after) = (out.get(..k)?, out.get(k + 1..)?);
            match (before.strip_suffix(m.as_slice()), after.strip_prefix(m.as_slice())) {
                (Some(b), _) => Some([b, after].concat()),
                (_, Some(a)) => Some([before, a].concat()),
                _ => None,
            }
        })
    };
    while let Some(less) = cancelled(&out) {
        out = less;
    }
    if out.is_empty() {
        let n = s.sort(first).dims().first().cloned().unwrap_or_else(|| Aff::int(1));
        out.push(s.prim_call(Prim::Eye, &[s.index(n)]));
    }
    out
}

/// The zero of the shape of `t`.
pub(crate) fn zero(s: &Store, t: Id) -> Id {
    let dims: Vec<Id> = match s.sort(t) {
        Sort::Tensor(d) => d.iter().map(|n| s.index(n.clone())).collect(),
        _ => Vec::new(),
    };
    s.mul(s.int(0), product(s, &[s.prim_call(Prim::Ones, &dims)]))
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
        // Diag(p) − p pᵀ, A + Aᵀ.
        Node::Sum(xs) if is_its_transpose(s, xs) => t,
        // (1 − Aᵀ ⊘ Bᵀ)ᵀ is 1 − A ⊘ B.
        Node::Sum(xs) if xs.iter().any(|x| is_entrywise_quotient(s, x.term)) => {
            let side = |x: &Summand| Summand { neg: x.neg, term: product(s, &transposed_word(s, &letters(s, x.term))) };
            let turned = s.sum(&xs.iter().map(side).collect::<Vec<_>>());
            if transposes(s, turned) <= transposes(s, t) {
                turned
            } else {
                s.prim_call(Prim::Transpose, &[t])
            }
        }
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(Prim::Transpose), [x]) => *x,
            (Some(Prim::Diag | Prim::Eye), _) => t,
            // (Aᵀ ⊙ B)ᵀ is A ⊙ Bᵀ where that has no more transposes than it had.
            (Some(p @ (Prim::Hadamard | Prim::EntryDiv)), [x, y]) if s.sort(t).dims().len() == 2 => {
                let side = |x: Id| product(s, &transposed_word(s, &letters(s, x)));
                let turned = s.prim_call(p, &[side(*x), side(*y)]);
                if transposes(s, turned) <= transposes(s, t) {
                    turned
                } else {
                    s.prim_call(Prim::Transpose, &[t])
                }
            }
            // (Xᵀ A X)⁻ᵀ is (Xᵀ Aᵀ X)⁻¹, but (A X B)⁻ᵀ stays.
            (Some(Prim::Inv), [x]) if matches!(s.node(*x), Node::MatMul(_)) => {
                let turned = product(s, &transposed_word(s, &letters(s, *x)));
                if transposes(s, turned) <= transposes(s, *x) + 1 {
                    s.prim_call(Prim::Inv, &[turned])
                } else {
                    s.prim_call(Prim::Transpose, &[t])
                }
            }
            // step(Aᵀ)ᵀ is step(A).
            (_, [x]) if s.is_entrywise(t) && s.sort(t).dims().len() == 2 && transposes(s, transposed(s, *x)) < transposes(s, *x) => {
                s.call(*f, &[transposed(s, *x)])
            }
            _ => s.prim_call(Prim::Transpose, &[t]),
        },
        _ => s.prim_call(Prim::Transpose, &[t]),
    }
}

fn is_entrywise_quotient(s: &Store, t: Id) -> bool {
    matches!(s.node(t), Node::Call(f, _) if s.prim(*f) == Some(Prim::EntryDiv)) && s.sort(t).dims().len() == 2
}
/// Whether the transposes of a sum's terms are its terms.
fn is_its_transpose(s: &Store, xs: &[Summand]) -> bool {
    let mut rest = xs.to_vec();
    xs.iter().all(|x| {
        let turned = product(s, &transposed_word(s, &letters(s, x.term)));
        let at = rest.iter().position(|y| y.neg == x.neg && s.same(y.term, turned));
        at.map(|k| rest.remove(k)).is_some()
    })
}
/// The transpose of a word.
pub(crate) fn transposed_word(s: &Store, word: &[Id]) -> Vec<Id> {
    word.iter().rev().map(|x| transposed(s, *x)).collect()
}

/// The signed sum, a positive term first where there is one.
pub(crate) fn signed_sum(s: &Store, terms: &[Term]) -> Id {
    let mut terms: Vec<Term> = terms.iter().map(|t| t.clone().turned(s)).collect();
    // Beside another tensor 1 stands for all ones, but beside a product of matrices, where it would be taken for the identity.
    let of_matrices = terms.iter().any(|t| !all_ones(s, &t.word) && is_of_matrices(s, &t.word));
    if terms.iter().any(|t| !t.word.is_empty() && !all_ones(s, &t.word)) {
        for t in terms.iter_mut().filter(|t| all_ones(s, &t.word)) {
            let dims: Vec<Id> = s.sort(product(s, &t.word)).dims().iter().map(|n| s.index(n.clone())).collect();
            if let ([m, n], true) = (dims.as_slice(), of_matrices) {
                t.word = vec![s.prim_call(Prim::Ones, &[*m]), transposed(s, s.prim_call(Prim::Ones, &[*n]))];
                continue;
            }
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
        Node::Sum(xs) if xs.iter().any(|x| !all_ones(s, &[x.term])) && !xs.iter().any(|x| is_of_matrices(s, &letters(s, x.term))) => {
            let one = |x: Id| if all_ones(s, &[x]) { s.mul(s.int(1), x) } else { x };
            s.sum(&xs.iter().map(|x| Summand { neg: x.neg, term: one(x.term) }).collect::<Vec<_>>())
        }
        n => s.intern(n),
    }
}

/// Whether a matrix is an identity, a diagonal matrix or a product, and not made entry by entry.
fn is_of_matrices(s: &Store, word: &[Id]) -> bool {
    let diagonal = |x: &Id| matches!(s.node(*x), Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Eye | Prim::Diag)));
    let matrix = s.sort(product(s, word)).dims().len() == 2;
    !word.is_empty() && matrix && (word.len() > 1 || word.iter().any(diagonal))
}

/// Whether a word is the vector or the matrix of all ones.
pub(crate) fn all_ones(s: &Store, word: &[Id]) -> bool {
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

pub(super) fn is_transpose(s: &Store, x: Id) -> bool {
    matches!(s.node(x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Transpose))
}
/// A factor without its transposition.
pub(super) fn bare(s: &Store, x: Id) -> Id {
    match s.node(x) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Transpose) => xs.first().copied().unwrap_or(x),
        _ => x,
    }
}

/// How many transposes are written.
pub(super) fn transposes(s: &Store, t: Id) -> usize {
    crate::draft::everywhere(s, t, &|n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Transpose))).len()
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
        inner.divided(s, *b);
        return (inner, tensor);
    }
    if let Node::Product(xs) = s.node(core) {
        for x in xs.iter().flat_map(|x| crate::tidy::factors(s, *x)) {
            match s.as_rational(x) {
                _ if s.sort(x).is_tensor() => tensor = x,
                Some(q) => outer.times(&q),
                None => outer.scalars.push(x),
            }
        }
    }
    // −A − B is −(A + B).
    if let Node::Sum(xs) = s.node(tensor) {
        if xs.len() > 1 && xs.iter().all(|x| x.neg) {
            outer.neg ^= true;
            tensor = s.sum(&xs.iter().map(|x| Summand { neg: false, term: x.term }).collect::<Vec<_>>());
        }
    }
    (outer, tensor)
}
