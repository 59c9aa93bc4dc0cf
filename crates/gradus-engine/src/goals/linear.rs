//! Linear equations of vectors and matrices: `Xᵀ(X w − y) + l w = 0` is `(Xᵀ X + l I) w = Xᵀ y`, and so `w = (Xᵀ X + l I)⁻¹ Xᵀ y`
//! where that matrix is invertible.

use super::chase::Chase;
use crate::arrange::Order;
use crate::reading::collect::assemble;
use crate::reading::words::{letters, merged, product, pulled, transposed_word, zero, Term};
use crate::tidy::{is_one, is_zero, tidy};
use gradus_kernel::{Link, Text};
use gradus_term::{Id, Node, Prim, Rat, RelOp, Sort, Store, Summand, VarId};

impl Chase<'_, '_> {
    /// One line towards the unknown of a linear equation of tensors: everything with the unknown collected on the left, then the
    /// matrix before it taken to the right.
    pub(super) fn linear_tensors(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        if !s.sort(l).is_tensor() {
            return self.linear_through_tensors(l, r);
        }
        if let Node::Call(f, xs) = s.node(l) {
            if let (Some(Prim::Inv), [inner], false) = (s.prim(*f), xs.as_ref(), self.has(r)) {
                let to = s.rel(RelOp::Eq, *inner, inverse_of_multiple(s, r));
                return self.push(to, &Link::Inverted, Text::words("invert both sides"));
            }
        }
        if self.turned_everywhere(l) && self.turned_everywhere(r) && (self.has(l) || self.has(r)) {
            let to = s.rel(RelOp::Eq, transpose_of(s, l), transpose_of(s, r));
            return self.push(to, &Link::Transposed, Text::words("transpose both sides"));
        }
        if self.out_of_inverses(l, r) {
            return true;
        }
        let mut parts = Parts { unknown: self.unknown, with: Vec::new(), free: Vec::new() };
        if parts.take(s, l, Term::one(), &[]).is_none() || parts.take(s, r, Term { neg: true, ..Term::one() }, &[]).is_none() {
            return self.without_number(l, r);
        }
        let Some((with, behind)) = parts.one_sided(s, &Order::of(s, &[l, r])) else { return false };
        let dims = s.sort(s.name(self.unknown)).dims().to_vec();
        let Some(rows) = dims.first().map(|n| s.index(n.clone())) else { return false };
        let eye = s.prim_call(Prim::Eye, &[rows]);
        let order = Order::of(s, &[l, r]);
        let with = merged(s, with);
        if with.is_empty() {
            return false;
        }
        // What is a number times the unknown everywhere has no matrix before it.
        let scalar = with.iter().all(|t| t.word.is_empty());
        let before = if scalar {
            assemble(s, &order, with, false)
        } else {
            let square = |t: Term| if t.word.is_empty() { Term { word: vec![eye], ..t } } else { t };
            assemble(s, &order, with.into_iter().map(square).collect(), false)
        };
        let (outer, matrix) = if scalar { (of_scalar(s, before), s.int(1)) } else { pulled(s, before) };
        let shared = self.divisible(outer.clone());
        let k = Term { word: Vec::new(), neg: false, ..shared.clone() }.build(s);
        let k = if shared.neg { s.neg(k) } else { k };
        let right: Vec<Term> = merged(s, parts.free).into_iter().map(|t| over(s, t, &shared)).collect();
        let right = if right.is_empty() { zero(s, l) } else { assemble(s, &order, right, false) };
        // The unknown with what stands behind it everywhere.
        let x = product(s, &std::iter::once(s.name(self.unknown)).chain(behind.iter().copied()).collect::<Vec<_>>());
        let rest = without(&outer, &shared);
        let left = match (scalar, is_one(s, Term { neg: false, ..rest.clone() }.build(s))) {
            (true, true) => x,
            (false, true) => product(s, &letters(s, matrix).into_iter().chain(letters(s, x)).collect::<Vec<_>>()),
            (true, false) => s.mul(rest.build(s), x),
            (false, false) => Term { word: letters(s, matrix).into_iter().chain(letters(s, x)).collect(), ..rest.clone() }.build(s),
        };
        let reason = match s.as_rational(k) {
            Some(q) if q.abs().is_one() => Text::words("multiply out and collect"),
            _ => Text::words("divide by ").term(tidy(s, if shared.neg { s.neg(k) } else { k })).and(" and collect"),
        };
        let collected = s.rel(RelOp::Eq, left, right);
        if !gradus_kernel::rearranged(s, collected, self.now) && self.push(collected, &Link::Scaled(tidy(s, s.quot(s.int(1), k))), reason) {
            return true;
        }
        // The line above stands as it is: only the matrix is left before the unknown, or behind it.
        let bare = scalar && is_one(s, Term { neg: false, ..rest.clone() }.build(s));
        if bare && !behind.is_empty() {
            let whole = product(s, &behind);
            let (front, inner) = pulled(s, right);
            let value = Term { word: cancelled(s, letters(s, inner).into_iter().chain([inverse_of(s, whole)]).collect()), ..front };
            let to = s.rel(RelOp::Eq, s.name(self.unknown), signed(s, value));
            return self.push(to, &Link::Freed(whole), Text::words("multiply by the inverse from the right"));
        }
        if scalar {
            let c = rest.build(s);
            let inverse = s.quot(s.int(1), c);
            let to = s.rel(RelOp::Eq, x, tidy_front(s, &Term { neg: outer.neg, ..rest }, right));
            return self.push(to, &Link::Scaled(inverse), Text::words("divide by ").term(c));
        }
        let front = Term { neg: false, ..rest }.build(s);
        let whole = if is_one(s, front) { matrix } else { s.mul(front, matrix) };
        let inverse = inverse_of(s, whole);
        let (front, inner) = pulled(s, right);
        let value = Term { word: cancelled(s, std::iter::once(inverse).chain(letters(s, inner)).collect()), ..front };
        self.push(s.rel(RelOp::Eq, x, signed(s, value)), &Link::Freed(whole), Text::words("multiply by the inverse from the left"))
    }
    /// `c (u + v) = 0` as `u + v = 0`.
    fn without_number(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let (outer, inner) = pulled(s, l);
        let c = Term { word: Vec::new(), neg: false, ..outer.clone() }.build(s);
        if is_one(s, c) || !is_zero(s, tidy(s, r)) || self.has(c) || !matches!(s.node(inner), Node::Sum(_)) {
            return false;
        }
        let inner = if outer.neg { s.neg(inner) } else { inner };
        self.push(s.rel(RelOp::Eq, inner, r), &Link::Scaled(s.quot(s.int(1), c)), Text::words("divide by ").term(c))
    }
    /// Whether the unknown stands in the term as its transpose only.
    fn turned_everywhere(&self, t: Id) -> bool {
        let s = self.e.store;
        let name = s.name(self.unknown);
        let turned = |n: &Node| matches!(n, Node::Call(f, xs) if s.prim(*f) == Some(Prim::Transpose) && xs.first() == Some(&name));
        let count = |is: &dyn Fn(&Node) -> bool| crate::draft::everywhere(s, t, is).len();
        count(&|n| matches!(n, Node::Var(v) if *v == self.unknown)) == count(&turned)
    }
    /// `V⁻¹ S V⁻¹ − V⁻¹ = 0`, where the unknown is inverted everywhere: multiplied by it from the left, then from the right.
    fn out_of_inverses(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let name = s.name(self.unknown);
        let atom = s.prim_call(Prim::Inv, &[name]);
        let (outer, inner) = pulled(s, l);
        let terms: Vec<Term> = crate::tidy::summands(s, inner).iter().map(|x| crate::reading::collect::of_summand(s, x)).collect();
        let front = terms.iter().all(|t| t.word.first() == Some(&atom));
        let behind = !front && terms.iter().any(|t| t.word.len() > 1 && t.word.last() == Some(&atom));
        if !is_zero(s, tidy(s, r)) || terms.len() < 2 || !(front || behind) || !matches!(s.sort(l), Sort::Tensor(d) if d.len() == 2) {
            return false;
        }
        let c = Term { word: Vec::new(), neg: false, ..outer.clone() }.build(s);
        if !is_one(s, c) {
            let reason = Text::words("divide by ").term(c);
            let inner = if outer.neg { s.neg(inner) } else { inner };
            return self.push(s.rel(RelOp::Eq, inner, r), &Link::Scaled(s.quot(s.int(1), c)), reason);
        }
        let eye = s.sort(l).dims().first().map(|n| s.prim_call(Prim::Eye, &[s.index(n.clone())]));
        let freed = |t: Term| {
            let mut word = t.word.clone();
            if front {
                word.remove(0);
            } else if word.last() == Some(&atom) {
                word.pop();
            } else {
                word.push(name);
                without_identities(s, &mut word);
            }
            if word.is_empty() {
                word.extend(eye);
            }
            Term { word, ..t }
        };
        let left = assemble(s, &Order::of(s, &[l, r]), terms.into_iter().map(freed).collect(), true);
        let reason = Text::words("multiply by ").term(name).and(if front { " from the left" } else { " from the right" });
        self.push(s.rel(RelOp::Eq, left, r), &Link::Freed(atom), reason)
    }
    /// An equation of numbers that is linear in a number which stands inside of vectors or matrices, as `(x + t d)ᵀ d = 0`: multiplied out.
    fn linear_through_tensors(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let inside = |t: Id| {
            s.any_subterm(t, &mut |n| match n {
                Node::MatMul(_) | Node::Call(..) => s.sort(s.intern(n.clone())).is_tensor() || matches!(n, Node::MatMul(_)),
                _ => false,
            })
        };
        if *s.sort(s.name(self.unknown)) != Sort::Scalar || !(inside(l) || inside(r)) {
            return false;
        }
        let (Some(a), Some(b)) = (parts_of(s, l, self.unknown), parts_of(s, r, self.unknown)) else { return false };
        let difference = |x: Option<Id>, y: Option<Id>| match (x, y) {
            (Some(x), Some(y)) => s.sub(x, y),
            (Some(x), None) => x,
            (None, Some(y)) => s.neg(y),
            (None, None) => s.int(0),
        };
        let order = Order::of(s, &[l, r]);
        let collected = |t: Id| {
            let terms = crate::tidy::summands(s, tidy(s, t)).iter().map(|x| crate::reading::collect::of_summand(s, x)).collect();
            assemble(s, &order, merged(s, terms), false)
        };
        let (with, free) = (collected(difference(a.0, b.0)), collected(difference(b.1, a.1)));
        let to = s.rel(RelOp::Eq, s.mul(with, s.name(self.unknown)), free);
        if with == s.int(0) || gradus_kernel::rearranged(s, to, self.now) {
            return false;
        }
        self.push(to, &Link::Scaled(s.int(1)), Text::words("multiply out and collect"))
    }
    /// Of what stands before the unknown, what both sides may be divided by: its sign, its number, and all of it if that is not 0.
    fn divisible(&self, outer: Term) -> Term {
        let s = self.e.store;
        let whole = Term { neg: false, ..outer.clone() }.build(s);
        if self.facts().sign(whole).is_nonzero() {
            return outer;
        }
        Term { neg: outer.neg, number: outer.number, ..Term::one() }
    }
}

/// The transpose of a sum of products, term by term.
fn transpose_of(s: &Store, t: Id) -> Id {
    let terms = crate::tidy::summands(s, t).into_iter().map(|x| {
        let (outer, inner) = pulled(s, x.term);
        let neg = outer.neg != x.neg;
        Summand { neg, term: Term { neg: false, word: transposed_word(s, &letters(s, inner)), ..outer }.build(s) }
    });
    s.sum(&terms.collect::<Vec<_>>())
}
/// The inverse of a matrix; of an inverse, what it is the inverse of.
fn inverse_of(s: &Store, m: Id) -> Id {
    match s.node(m) {
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(Prim::Inv), [x]) => *x,
            (Some(Prim::Transpose), [x]) if !s.sort(*x).is_compound() => s.prim_call(Prim::Transpose, &[inverse_of(s, *x)]),
            _ => s.prim_call(Prim::Inv, &[m]),
        },
        _ => s.prim_call(Prim::Inv, &[m]),
    }
}
/// The inverse of `c A` as `A⁻¹/c`.
fn inverse_of_multiple(s: &Store, m: Id) -> Id {
    let (outer, inner) = pulled(s, m);
    match Rat::one().div(&outer.number) {
        Some(number) => {
            signed(s, Term { neg: outer.neg, number, scalars: outer.divisors, divisors: outer.scalars, word: vec![inverse_of(s, inner)] })
        }
        None => inverse_of(s, m),
    }
}
/// A word without a matrix beside its inverse, unless nothing else is left.
fn cancelled(s: &Store, word: Vec<Id>) -> Vec<Id> {
    let mut out: Vec<Id> = Vec::new();
    for (k, x) in word.iter().enumerate() {
        let rest = out.len() > 1 || k + 1 < word.len();
        if rest && out.last().is_some_and(|y| inverse_of(s, *y) == *x || inverse_of(s, *x) == *y) {
            out.pop();
        } else {
            out.push(*x);
        }
    }
    out
}
/// A word of matrices without identities, unless it is one.
fn without_identities(s: &Store, word: &mut Vec<Id>) {
    let is_eye = |x: &Id| matches!(s.node(*x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Eye));
    if word.iter().any(|x| !is_eye(x)) {
        word.retain(|x| !is_eye(x));
    } else {
        word.truncate(1);
    }
}
/// A term with its sign.
fn signed(s: &Store, t: Term) -> Id {
    let built = Term { neg: false, ..t.clone() }.build(s);
    if t.neg {
        s.neg(built)
    } else {
        built
    }
}

/// The summands of the difference of two sides.
struct Parts {
    unknown: VarId,
    /// What the unknown is multiplied by, in front and behind.
    with: Vec<(Term, Vec<Id>)>,
    /// What is free of it, on the other side.
    free: Vec<Term>,
}

impl Parts {
    /// What stands in front of the unknown, where the same stands behind it everywhere, and that; what stands behind it, where nothing
    /// stands in front. `None` for an equation like `A X + X B = C`.
    fn one_sided(&mut self, s: &Store, order: &Order<'_>) -> Option<(Vec<Term>, Vec<Id>)> {
        let with = std::mem::take(&mut self.with);
        let (_, first) = with.first()?;
        if with.iter().all(|(_, b)| b.len() == first.len() && b.iter().zip(first).all(|(x, y)| s.same(*x, *y))) {
            let behind = first.clone();
            return Some((with.into_iter().map(|(t, _)| t).collect(), behind));
        }
        if with.iter().any(|(t, _)| !t.word.is_empty()) {
            return None;
        }
        let n = s.sort(s.name(self.unknown)).dims().get(1)?.clone();
        let eye = s.prim_call(Prim::Eye, &[s.index(n)]);
        let square = |(t, b): (Term, Vec<Id>)| Term { word: if b.is_empty() { vec![eye] } else { b }, ..t };
        let whole = assemble(s, order, merged(s, with.into_iter().map(square).collect()), false);
        let (outer, inner) = pulled(s, whole);
        Some((vec![outer], letters(s, inner)))
    }
    /// Takes `t`, multiplied by `w` in front and by `behind`, apart; `None` if it is not linear in the unknown.
    fn take(&mut self, s: &Store, t: Id, w: Term, behind: &[Id]) -> Option<()> {
        if !s.mentions(t, self.unknown) {
            let (outer, inner) = pulled(s, t);
            let mut w = w;
            w.neg ^= !outer.neg;
            w.number = w.number.mul(&outer.number);
            w.scalars.extend(outer.scalars);
            w.divisors.extend(outer.divisors);
            w.word.extend(letters(s, inner));
            w.word.extend(behind);
            without_identities(s, &mut w.word);
            if !w.number.is_zero() {
                self.free.push(w);
            }
            return Some(());
        }
        match s.node(t) {
            Node::Var(_) => {
                self.with.push((w, behind.to_vec()));
                Some(())
            }
            Node::Sum(xs) => xs.iter().try_for_each(|x| self.take(s, x.term, Term { neg: w.neg != x.neg, ..w.clone() }, behind)),
            Node::Quot(a, b) if !s.mentions(*b, self.unknown) => {
                let mut w = w;
                w.divided(s, *b);
                self.take(s, *a, w, behind)
            }
            Node::Product(xs) => {
                let (hit, rest): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| s.mentions(**x, self.unknown));
                let [part] = hit.as_slice() else { return None };
                let mut w = w;
                for x in rest {
                    match s.as_rational(x) {
                        _ if s.sort(x).is_tensor() => return None,
                        Some(q) => w.times(&q),
                        None => crate::differentials::scalar_factor(s, &mut w, x),
                    }
                }
                self.take(s, *part, w, behind)
            }
            Node::MatMul(xs) => {
                let at = xs.iter().position(|x| s.mentions(*x, self.unknown))?;
                let (init, after) = (xs.get(..at)?, xs.get(at + 1..)?);
                if after.iter().any(|x| s.mentions(*x, self.unknown)) {
                    return None;
                }
                let behind: Vec<Id> = after.iter().chain(behind).copied().collect();
                self.take(s, *xs.get(at)?, Term { word: w.word.iter().chain(init).copied().collect(), ..w }, &behind)
            }
            // An entrywise factor of a vector is a diagonal matrix before it.
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Hadamard) && s.sort(t).dims().len() == 1 => {
                let (hit, rest): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| s.mentions(**x, self.unknown));
                let ([part], [factor]) = (hit.as_slice(), rest.as_slice()) else { return None };
                let mut w = w;
                w.word.push(s.prim_call(Prim::Diag, &[*factor]));
                self.take(s, *part, w, behind)
            }
            _ => None,
        }
    }
}

/// `u` and `v` of `u t + v` for a term that is linear in the number t; `None` for what is 0.
fn parts_of(s: &Store, x: Id, t: VarId) -> Option<(Option<Id>, Option<Id>)> {
    if !s.mentions(x, t) {
        return Some((None, Some(x)));
    }
    // The operation with its one part that has t exchanged.
    let through = |part: Id, with: &dyn Fn(Id) -> Id| {
        let (u, v) = parts_of(s, part, t)?;
        Some((u.map(with), v.map(with)))
    };
    let one_of = |xs: &[Id]| {
        let mut hits = xs.iter().enumerate().filter(|(_, y)| s.mentions(**y, t)).map(|(k, _)| k);
        hits.next().filter(|_| hits.next().is_none())
    };
    let put = |xs: &[Id], k: usize, y: Id| xs.iter().enumerate().map(|(j, z)| if j == k { y } else { *z }).collect::<Vec<_>>();
    match s.node(x) {
        Node::Var(_) => Some((Some(s.int(1)), None)),
        Node::Sum(xs) => {
            let parts: Option<Vec<_>> = xs.iter().map(|y| Some((y.neg, parts_of(s, y.term, t)?))).collect();
            let parts = parts?;
            let sum = |ys: Vec<Summand>| (!ys.is_empty()).then(|| s.sum(&ys));
            let some = |f: &dyn Fn(&(Option<Id>, Option<Id>)) -> Option<Id>| {
                sum(parts.iter().filter_map(|(neg, p)| f(p).map(|term| Summand { neg: *neg, term })).collect())
            };
            Some((some(&|p| p.0), some(&|p| p.1)))
        }
        Node::Product(xs) => {
            let k = one_of(xs)?;
            through(*xs.get(k)?, &|y| s.product(&put(xs, k, y)))
        }
        Node::MatMul(xs) => {
            let k = one_of(xs)?;
            through(*xs.get(k)?, &|y| s.intern(Node::MatMul(put(xs, k, y).into())))
        }
        Node::Quot(a, b) if !s.mentions(*b, t) => through(*a, &|y| s.quot(y, *b)),
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(p @ (Prim::Transpose | Prim::Tr | Prim::SumAll | Prim::Diag)), [u]) => through(*u, &|y| s.prim_call(p, &[y])),
            _ => None,
        },
        _ => None,
    }
}

/// A scalar as a sign, a number and factors.
fn of_scalar(s: &Store, t: Id) -> Term {
    let mut out = Term::one();
    let (neg, core) = crate::tidy::unsign(s, t);
    out.neg = neg;
    for x in crate::tidy::factors(s, core) {
        match s.as_rational(x) {
            Some(q) => out.times(&q),
            None => crate::differentials::scalar_factor(s, &mut out, x),
        }
    }
    out
}
/// `t` divided by the scalar `by`.
fn over(s: &Store, t: Term, by: &Term) -> Term {
    let number = t.number.div(&by.number).unwrap_or_else(|| t.number.clone());
    let mut out = Term { neg: t.neg != by.neg, number, ..t };
    out.scalars.extend(&by.divisors);
    for x in &by.scalars {
        out.divided(s, *x);
    }
    out
}
/// What is left of `t` without the factors of `by`, which are all of its or its number alone.
fn without(t: &Term, by: &Term) -> Term {
    if by.scalars.len() == t.scalars.len() && by.divisors.len() == t.divisors.len() {
        return Term::one();
    }
    Term { neg: false, number: Rat::one(), ..t.clone() }
}
/// A tensor over the scalar in front of the unknown.
fn tidy_front(s: &Store, by: &Term, t: Id) -> Id {
    let (outer, inner) = pulled(s, t);
    let term = over(s, Term { word: letters(s, inner), ..outer }, &Term { neg: false, ..by.clone() });
    let built = term.build(s);
    if term.neg {
        s.neg(built)
    } else {
        built
    }
}
