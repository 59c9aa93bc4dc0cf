//! The change of a number: a term in which every summand has it once, as `g dt`.

use crate::draft::Draft;
use crate::reading::collect::{assemble, of_summand};
use crate::reading::words::{merged, one_beside, product, pulled, transposed, transposed_word, with_powers, Term};
use crate::tidy::{factors, summands, unsign};
use crate::Engine;
use gradus_kernel::Text;
use gradus_term::{Arg, Goal, Id, Node, Prim, Store, Summand};

impl<'s> Engine<'s> {
    /// Brings the current term, in which every summand has the change of a number once, into the form `g dt`; g.
    pub(crate) fn gather_factor(&self, d: &mut Draft<'s>, change: Id, goal: &Goal) -> Option<Id> {
        let s = self.store;
        let now = d.current();
        let plain = crate::tidy(s, s.open(s.abstract_term(now, change), &[Arg::Val(s.int(1))]));
        let plain = like_turned(s, distributed(s, without_identities(s, plain)));
        let terms: Vec<Term> = summands(s, plain).iter().map(|x| of_summand(s, x)).collect();
        let several = terms.len() > 1;
        let terms = self.sums_joined(d, terms, goal);
        let collected = one_beside(s, assemble(s, &self.order(d), merged(s, terms), true));
        let forms = if several { [collected, plain] } else { [plain, collected] };
        forms.into_iter().filter(|f| s.sort(*f) == s.sort(plain)).find(|factor| {
            let (neg, core) = unsign(s, *factor);
            let product = s.mul(core, change);
            let reason = if several { Text::words("collect") } else { Text::default() };
            self.gathered(d, if neg { s.neg(product) } else { product }, reason).is_some()
        })
    }
    /// `sum(y ⊙ (1 − p) ⊙ 1) − sum((1 − y) ⊙ p ⊙ 1)` as `sum(y − p)`: sums of entries with the same scalars before them.
    fn sums_joined(&self, d: &Draft<'s>, mut terms: Vec<Term>, goal: &Goal) -> Vec<Term> {
        let s = self.store;
        let summed = |t: &Term| {
            let of = |x: &Id| match s.node(*x) {
                Node::Call(f, xs) if s.prim(*f) == Some(Prim::SumAll) => xs.first().copied(),
                Node::MatMul(xs) => match xs.as_ref() {
                    [a, b] if s.sort(*x).is_scalar() => Some(entrywise(s, transposed(s, *a), *b)),
                    _ => None,
                },
                _ => None,
            };
            let whole = (t.word.len() > 1).then(|| product(s, &t.word));
            let word = whole.as_slice();
            let mut rest: Vec<Id> = t.scalars.iter().chain(if word.is_empty() { &t.word } else { word }).copied().collect();
            let k = rest.iter().position(|x| of(x).is_some()).filter(|_| rest.iter().all(|x| s.sort(*x).is_scalar()))?;
            Some((of(&rest.remove(k))?, rest))
        };
        let mut k = 0;
        while let Some(first) = terms.get(k).cloned() {
            k += 1;
            let Some((of, rest)) = summed(&first) else { continue };
            let alike =
                |t: &Term| t.divisors == first.divisors && summed(t).is_some_and(|(v, others)| s.sort(v) == s.sort(of) && others == rest);
            let (group, others): (Vec<Term>, Vec<Term>) = terms.iter().cloned().partition(alike);
            let inside =
                group.iter().filter_map(|t| Some(Term { neg: t.neg, number: t.number.clone(), word: vec![summed(t)?.0], ..Term::one() }));
            let whole = assemble(s, &self.order(d), inside.collect(), false);
            let simple = self.simplest(d, whole, goal);
            // An inner product stays one, unless the sum is shorter.
            let products = |t: &Term| t.word.len() > 1 || t.scalars.iter().any(|x| matches!(s.node(*x), Node::MatMul(_)));
            let before: u32 = group.iter().map(|t| crate::cost(s, t.clone().build(s))).sum();
            if group.iter().any(products) && crate::cost(s, s.prim_call(Prim::SumAll, &[simple])) >= before {
                continue;
            }
            let (outer, inner) = pulled(s, simple);
            let sum = s.prim_call(Prim::SumAll, &[inner]);
            let scalars = rest.into_iter().chain(outer.scalars).chain([sum]).collect();
            let divisors = first.divisors.into_iter().chain(outer.divisors).collect();
            terms = others;
            terms.insert((k - 1).min(terms.len()), Term { scalars, divisors, word: Vec::new(), ..outer });
        }
        terms
    }
}

/// `u ⊙ v`; ones are no factor.
fn entrywise(s: &Store, u: Id, v: Id) -> Id {
    let factors = |t: Id| match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Hadamard) => xs.to_vec(),
        _ => vec![t],
    };
    let ones = |x: &Id| matches!(s.node(*x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Ones));
    let left = [factors(u), factors(v)].concat().into_iter().filter(|x| !ones(x)).reduce(|a, b| s.prim_call(Prim::Hadamard, &[a, b]));
    left.unwrap_or(u)
}

/// `(c A)⁻¹` as `A⁻¹/c` and `Diag(v)⁻¹` as `Diag(1 ⊘ v)`, wherever it stands.
pub(crate) fn unscaled(s: &Store, t: Id) -> Id {
    let inverse = |n: &Node| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Inv));
    let diagonal = |xs: &[Id]| match xs.first().map(|a| s.node(*a)) {
        Some(Node::Call(f, ys)) if s.prim(*f) == Some(Prim::Diag) => ys.first().copied(),
        _ => None,
    };
    s.bottom_up(t, false, &mut |x| match s.node(x) {
        Node::Call(_, xs) if inverse(s.node(x)) => match xs.first().and_then(|a| gradus_decide::scaled(s, *a)) {
            Some((c, inner)) => {
                let inverse = s.prim_call(Prim::Inv, &[inner]);
                match s.as_rational(c) {
                    Some(q) if q == gradus_term::Rat::int(-1) => s.neg(inverse),
                    _ => s.mul(s.quot(s.int(1), c), inverse),
                }
            }
            None => diagonal(xs).map_or(x, |v| s.prim_call(Prim::Diag, &[s.prim_call(Prim::EntryPow, &[v, s.int(-1)])])),
        },
        Node::Entry(u, ix) => match gradus_decide::scaled(s, *u) {
            Some((c, inner)) if s.any_subterm(inner, &mut |n| inverse(n)) => s.mul(c, s.intern(Node::Entry(inner, ix.clone()))),
            _ => x,
        },
        _ => x,
    })
}

/// Products of matrices without identities, and with powers: `A⁻¹ I A⁻¹` as `(A⁻¹)²`.
pub(super) fn without_identities(s: &Store, t: Id) -> Id {
    let eye = |x: &Id| matches!(s.node(*x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Eye));
    s.bottom_up(t, false, &mut |x| {
        let Node::MatMul(xs) = s.node(x) else { return x };
        let word: Vec<Id> = xs.iter().copied().filter(|x| !eye(x)).collect();
        if word.is_empty() {
            x
        } else {
            product(s, &with_powers(s, &word))
        }
    })
}

/// `c (u + v)` as `c u + c v`: what the summands share is taken out again of what they come to.
fn distributed(s: &Store, t: Id) -> Id {
    let mut out = Vec::new();
    for x in summands(s, t) {
        let fs = factors(s, x.term);
        let at = fs.iter().position(|f| matches!(s.node(*f), Node::Sum(ys) if ys.len() > 1));
        match at.and_then(|k| fs.get(k)).map(|f| s.node(*f)) {
            Some(Node::Sum(ys)) => out.extend(ys.iter().map(|y| {
                let with = |(k, f): (usize, &Id)| if Some(k) == at { y.term } else { *f };
                Summand { neg: x.neg != y.neg, term: s.product(&fs.iter().enumerate().map(with).collect::<Vec<_>>()) }
            })),
            _ => match s.node(x.term) {
                Node::Quot(a, b) => {
                    out.extend(summands(s, distributed(s, *a)).iter().map(|y| Summand { neg: x.neg != y.neg, term: s.quot(y.term, *b) }));
                }
                _ => out.push(x),
            },
        }
    }
    s.sum(&out)
}

/// Summands that are products of matrices, each turned like an earlier one that it is the transpose of: a scalar is its own transpose.
fn like_turned(s: &Store, t: Id) -> Id {
    let mut met: Vec<Id> = Vec::new();
    let mut like = |x: Id| {
        let Node::MatMul(xs) = s.node(x) else { return x };
        let turned = product(s, &transposed_word(s, xs));
        let same = met.iter().copied().find(|y| s.same(*y, x) || s.same(*y, turned));
        same.unwrap_or_else(|| {
            met.push(x);
            x
        })
    };
    let terms: Vec<Summand> = summands(s, t)
        .into_iter()
        .map(|x| {
            let term = match s.node(x.term) {
                Node::Product(xs) => s.product(&xs.iter().map(|f| like(*f)).collect::<Vec<_>>()),
                Node::Quot(a, b) => s.quot(like(*a), *b),
                _ => like(x.term),
            };
            Summand { neg: x.neg, term }
        })
        .collect();
    s.sum(&terms)
}
