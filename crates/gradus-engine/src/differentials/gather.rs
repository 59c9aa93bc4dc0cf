//! Gathering: a scalar in which every summand contains the change once, as `tr(H dX)` or `hᵀ dx`.
//!
//! The gradient is found by walking from the whole to the change: what a part is multiplied by is handed on to the operand that
//! changes, on the side it belongs to, transposed (`⟨W, P N Q⟩ = ⟨Pᵀ W Qᵀ, N⟩`, `⟨W, Nᵀ⟩ = ⟨Wᵀ, N⟩`,
//! `⟨W, F ⊙ N⟩ = ⟨F ⊙ W, N⟩`). What is found is only proposed; the lines that use it are accepted by proof.

use super::adjoint::{adjoint, multipliers, scalar_factor};
use super::has_differential;
use crate::draft::{shows, Draft};
use crate::fold::Instance;
use crate::reading::collect::{assemble, of_summand};
use crate::reading::words::{letters, merged, one_beside, product, pulled, signed_sum, transposed, zero, Term};
use crate::tidy::summands;
use crate::Engine;
use gradus_kernel::{Ground, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, FnId, Goal, Id, Node, Position, Prim, Sort, Store, Summand, VarId};

/// The ways a change was turned round, for the words beside the line.
#[derive(Default)]
pub(super) struct Turned {
    pub transposed: bool,
    pub round: bool,
    pub scalar: bool,
    pub entrywise: bool,
    pub summed: bool,
    pub diagonal: bool,
    pub samples: bool,
}

impl<'s> Engine<'s> {
    /// Brings the current term, a scalar with changes only, into the form `tr(H dX)` or `hᵀ dx`; the tensor that is multiplied by
    /// the change, transposed: the gradient. `None` if it cannot be read so.
    pub(crate) fn gather(&self, d: &mut Draft<'s>, goal: &Goal) -> Option<Id> {
        let s = self.store;
        let now = d.current();
        let change = change_in(s, now)?;
        let (mut terms, mut turned) = (Vec::new(), Turned::default());
        adjoint(s, now, Term::one(), &mut terms, &mut turned)?;
        let terms = self.samples_read(d, terms, goal)?;
        let (terms, vanished) = self.without_vanishing(d, merged(s, terms));
        if terms.is_empty() {
            return None;
        }
        let reason = turned.words(s, change).also(&vanished);
        if !reason.is_empty() {
            let apart: Vec<Term> = terms.iter().map(|t| against(s, &t.word, change, t)).collect();
            self.gathered(d, signed_sum(s, &apart), reason)?;
        }
        let terms = unbracketed(s, terms);
        let whole = |t: Term| match t.word.as_slice() {
            [] => Term { word: vec![identity(s, change)], ..t },
            _ => t,
        };
        let several = terms.len() > 1;
        let terms: Vec<Term> = terms.into_iter().map(whole).collect();
        let (terms, named) = self.named(terms, goal);
        let (terms, shares) = self.shares_of_words(terms);
        let gradient = assemble(s, &self.order(d), terms, true);
        if crate::tidy::is_zero(s, crate::tidy::tidy(s, gradient)) {
            self.gathered(d, s.int(0), Text::words("a matrix times its inverse is the identity"))?;
            return Some(zero(s, change));
        }
        let lettered = self.simplest_letters(d, gradient, goal);
        let folded = self.fold_aliases(one_beside(s, lettered), goal);
        let row = |gradient: Id| {
            let (outer, inner) = pulled(s, gradient);
            signed_sum(s, &[against(s, &letters(s, inner), change, &outer)])
        };
        let (plain, simple) = (one_beside(s, lettered), one_beside(s, folded));
        let reason = match () {
            () if several => Some(Text::words("collect").also(&named).also(&shares)),
            () if !shares.is_empty() => Some(shares),
            () if s.same(plain, one_beside(s, gradient)) => (!s.same(simple, gradient)).then(Text::default),
            () => Some(self.sigmoid_put_in(gradient, lettered).unwrap_or_else(|| Text::words("simplify entry by entry"))),
        };
        let Some(reason) = reason else { return Some(simple) };
        let before = d.len();
        let folds = |d: &mut Draft<'s>| {
            self.in_one_line(d, row(plain), reason.clone())?;
            // As it is written, so that names are found in it.
            let pos = Position::root();
            let f = d.proof.focus(&pos).ok()?;
            if f.part != row(plain) {
                d.step(&pos, &f, Ground::Rearranged, row(plain), "differential.gather", Text::default(), Weight::Trivial).ok()?;
            }
            self.names_folded(d, row(simple), goal).then_some(())
        };
        if s.same(plain, simple) || folds(d).is_none() {
            d.truncate(before);
            if self.gathered(d, row(simple), reason.clone().also(&self.names_put_in(lettered, folded, goal))).is_none() {
                self.gathered(d, row(plain), reason)?;
                return Some(plain);
            }
        }
        d.line(Detail::Textbook);
        Some(simple)
    }
    /// A sum of words with its letters that are made entry by entry in their simplest form.
    fn simplest_letters(&self, d: &Draft<'s>, t: Id, goal: &Goal) -> Id {
        let s = self.store;
        let before: Vec<Term> = summands(s, t).iter().map(|x| of_summand(s, x)).collect();
        let terms: Vec<Term> = before
            .iter()
            .map(|t| {
                let word = t.word.iter().map(|l| self.simplest(d, *l, goal)).collect();
                self.simplest_scalars(d, Term { word, ..t.clone() })
            })
            .collect();
        if terms.iter().zip(&before).all(|(a, b)| a.word == b.word && a.scalars == b.scalars) {
            return t;
        }
        assemble(s, &self.order(d), terms, true)
    }
    /// A term whose scalars, as one fraction, have a shorter form: `(e^u (1 + e^u) − e^{2u})/(1 + e^u)²` as `e^u/(1 + e^u)²`.
    fn simplest_scalars(&self, d: &Draft<'s>, t: Term) -> Term {
        let s = self.store;
        let sums = |x: Id| s.any_subterm(x, &mut |n| matches!(n, Node::Sum(xs) if xs.len() > 1));
        let whole = Term { word: Vec::new(), neg: false, ..t.clone() }.build(s);
        let named = self.softplus_folded(d, whole);
        if t.word.is_empty() || named.is_none() && !t.scalars.iter().any(|x| sums(*x)) {
            return t;
        }
        let facts = d.proof.facts();
        let best =
            self.forms_below(facts, whole).into_iter().chain(named).filter(|x| facts.equal(*x, whole) == gradus_decide::Equality::Proved);
        let Some(best) = best.min_by_key(|x| crate::cost(s, *x)).filter(|x| crate::cost(s, *x) + 1 < crate::cost(s, whole)) else {
            return t;
        };
        let mut out = Term { neg: t.neg, word: t.word, ..Term::one() };
        scalar_factor(s, &mut out, self.order(d).arrange(best));
        out.scalars = out.scalars.iter().flat_map(|x| crate::tidy::factors(s, *x)).collect();
        out
    }
    /// "definition of σ", if that is what stands in the new term alone.
    fn sigmoid_put_in(&self, old: Id, new: Id) -> Option<Text> {
        let s = self.store;
        let sigmoid = self.rules.function("sigmoid")?;
        let has = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Call(f, _) if *f == sigmoid));
        (has(new) && !has(old)).then(|| self.definition_reason(sigmoid))
    }
    /// `e^u/(1 + e^u)` as σ(u), where the problem is about `log(1 + e^u)`.
    fn softplus_folded(&self, d: &Draft<'s>, scalar: Id) -> Option<Id> {
        let s = self.store;
        let exponential = |n: &Node| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Exp));
        if !s.any_subterm(scalar, &mut |n| exponential(n)) || !crate::fold::speaks_of_softplus(s, d.proof.start()) {
            return None;
        }
        let mut sub = Draft::new(self.prover, scalar, d.proof.givens());
        self.softplus.set(true);
        self.simplify(&mut sub, &[]);
        self.softplus.set(false);
        (!s.any_subterm(sub.current(), &mut |n| exponential(n))).then(|| sub.current())
    }
    /// The simplest form of a tensor made entry by entry by products, quotients and sums: `(y ⊘ p) ⊙ p ⊙ (1 − p)` as
    /// `y ⊙ (1 − p)`.
    pub(super) fn simplest(&self, d: &Draft<'s>, t: Id, goal: &Goal) -> Id {
        let s = self.store;
        let dims = s.sort(t).dims().to_vec();
        if !matches!(s.sort(t), Sort::Tensor(_)) || dims.len() > 2 || !may_simplify(s, t) || has_differential(s, t) {
            return t;
        }
        let vars: Vec<VarId> = dims.iter().zip(["i", "j"]).map(|(_, w)| s.fresh(s.sym(w), Sort::Scalar, true)).collect();
        let ix: Vec<Aff> = vars.iter().map(|v| Aff::free(*v)).collect();
        let givens = self.in_range(d, &vars, &dims);
        let mut sub = Draft::new(self.prover, entry_of(s, t, &ix), &givens);
        let mut read = self.read_tensor(&sub, &vars, &dims, None, goal);
        // `sinh ⊘ cosh` as tanh.
        self.by_rules(&mut sub);
        if sub.len() > 0 {
            read.extend(self.read_tensor(&sub, &vars, &dims, None, goal));
        }
        let best = read.into_iter().map(|r| broadcast(s, r)).min_by_key(|r| crate::cost(s, *r));
        best.filter(|r| crate::cost(s, *r) < crate::cost(s, t)).unwrap_or(t)
    }
    /// Brings the current term, a vector with changes of a vector only, into the form `J dx`; `J`. `None` if it cannot be read so.
    pub(crate) fn gather_product(&self, d: &mut Draft<'s>, goal: &Goal) -> Option<Id> {
        let s = self.store;
        let now = d.current();
        let change = change_in(s, now)?;
        if s.sort(now).dims().len() != 1 || s.sort(change).dims().len() != 1 || !matches!(s.sort(now), Sort::Tensor(_)) {
            return None;
        }
        let mut terms = Vec::new();
        multipliers(s, now, Term::one(), &mut terms)?;
        let terms = merged(s, terms);
        if terms.is_empty() {
            return None;
        }
        let square = |t: Term| match t.word.as_slice() {
            [] => Term { word: vec![identity(s, change)], ..t },
            _ => t,
        };
        let several = terms.len() > 1;
        let (terms, shares) = self.shares_of_words(terms.into_iter().map(square).collect());
        let found = assemble(s, &self.order(d), terms, true);
        let simple = one_beside(s, self.fold_aliases(self.simplest_letters(d, found, goal), goal));
        let (outer, inner) = pulled(s, simple);
        let mut word = letters(s, inner);
        let eye = matches!(word.as_slice(), [x] if matches!(s.node(*x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Eye)));
        if eye {
            word.clear();
        }
        word.push(change);
        let whole = signed_sum(s, &[Term { word, ..outer }]);
        let reason = if several { "collect" } else { "an entrywise factor is a diagonal matrix" };
        let looks =
            s.any_subterm(now, &mut |n| matches!(n, Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Hadamard | Prim::EntryDiv))));
        if several || looks {
            self.gathered(d, whole, Text::words(reason).also(&shares))?;
        }
        Some(simple)
    }
    pub(super) fn gathered(&self, d: &mut Draft<'s>, new: Id, reason: Text) -> Option<()> {
        let before = d.len();
        self.in_one_line(d, new, reason)?;
        if d.len() > before {
            d.line(Detail::Textbook);
        }
        Some(())
    }
    fn in_one_line(&self, d: &mut Draft<'s>, new: Id, reason: Text) -> Option<()> {
        if gradus_kernel::rearranged(self.store, new, d.current()) {
            return Some(());
        }
        d.rewrite(new, "differential.gather", reason, Weight::Main).ok()
    }
    /// Puts names of the worksheet in place of what they stand for, one after the other where they stand; whether `row` came of it.
    fn names_folded(&self, d: &mut Draft<'s>, row: Id, goal: &Goal) -> bool {
        let s = self.store;
        let body = |name: Id| match s.node(name) {
            Node::Call(f, xs) => s.unfold(*f, xs),
            _ => None,
        };
        // The names in it, and those that these are told by.
        let (mut new, mut todo): (Vec<(FnId, Id)>, Vec<Id>) = (Vec::new(), vec![row]);
        while let Some(t) = todo.pop() {
            for (def, name) in &goal.constants {
                if shows(s, t, *name) && !shows(s, d.current(), *name) && !new.iter().any(|(_, n)| n == name) {
                    new.push((*def, *name));
                    todo.extend(body(*name));
                }
            }
        }
        for _ in 0..=new.len() {
            for (def, name) in &new {
                let Some(body) = body(*name) else { continue };
                while self.fold_as_it_stands(d, &Instance { def: *def, name: *name, body, indices: Vec::new() }) {}
            }
            if gradus_kernel::rearranged(s, d.current(), row) {
                return true;
            }
        }
        false
    }
}

impl Turned {
    fn words(&self, s: &Store, change: Id) -> Text {
        let matrix = s.sort(change).dims().len() > 1;
        let said = [
            (self.summed && !self.entrywise, "a sum of entries is a product with ones"),
            (
                self.summed && self.entrywise,
                if matrix { "a sum of products of entries is a trace" } else { "a sum of products of entries is a product" },
            ),
            (self.entrywise && !self.summed, "an entrywise factor changes sides"),
            (self.samples, "a sum over samples is a product"),
            (self.diagonal, "a diagonal matrix multiplies entry by entry"),
            (self.scalar && matrix, "a scalar is its own trace"),
            (self.transposed && matrix, "a transpose has the same trace"),
            (self.transposed && !matrix, "a scalar is its own transpose"),
            (self.round && matrix && !self.scalar, "the trace is cyclic"),
        ];
        let said: Vec<&str> = said.into_iter().filter(|w| w.0).map(|w| w.1).collect();
        if said.is_empty() {
            Text::default()
        } else {
            Text::words(said.join("; "))
        }
    }
}

/// The change of the variable, where it stands in the term.
fn change_in(s: &Store, t: Id) -> Option<Id> {
    let mut todo = vec![t];
    while let Some(x) = todo.pop() {
        match s.node(x) {
            Node::Differential { body, .. } if matches!(s.node(*body), Node::Bound(0, _)) => return Some(x),
            n => n.for_each_child(|c, _| todo.push(c)),
        }
    }
    None
}

fn identity(s: &Store, change: Id) -> Id {
    let n = s.sort(change).dims().first().cloned().unwrap_or_else(|| Aff::int(1));
    s.prim_call(Prim::Eye, &[s.index(n)])
}

/// `tr(Gᵀ dX)` or `gᵀ dx` for a word of the gradient, with the number and the scalars of `outer` in front.
fn against(s: &Store, gradient: &[Id], change: Id, outer: &Term) -> Term {
    let row = rows(s, gradient);
    let mut word = if row.is_empty() { Vec::new() } else { letters(s, Term { word: row, ..Term::one() }.build(s)) };
    word.push(change);
    let whole = product(s, &word);
    let whole = if s.sort(change).dims().len() == 2 { s.prim_call(Prim::Tr, &[whole]) } else { whole };
    Term { word: vec![whole], ..outer.clone() }
}
/// The transpose of a word; of a sum in it, the sum of the transposes where that has fewer of them, or stands alone.
pub(super) fn rows(s: &Store, word: &[Id]) -> Vec<Id> {
    let turns = |t: Id| {
        let mut n = 0;
        let mut todo = vec![t];
        while let Some(x) = todo.pop() {
            n += usize::from(matches!(s.node(x), Node::Call(f, _) if s.prim(*f) == Some(Prim::Transpose)));
            s.node(x).for_each_child(|c, _| todo.push(c));
        }
        n
    };
    let turn = |x: Id| {
        let outside = transposed(s, x);
        if !matches!(s.node(x), Node::Sum(_)) {
            return outside;
        }
        let inside: Vec<Term> = summands(s, x)
            .into_iter()
            .map(|y| {
                let (outer, inner) = pulled(s, y.term);
                Term { neg: outer.neg != y.neg, word: rows(s, &letters(s, inner)), ..outer }
            })
            .collect();
        let inside =
            s.sum(&inside.iter().map(|t| Summand { neg: t.neg, term: Term { neg: false, ..t.clone() }.build(s) }).collect::<Vec<_>>());
        let (a, b) = (turns(inside), turns(outside));
        let products = summands(s, x).iter().any(|y| letters(s, pulled(s, y.term).1).len() > 1);
        if a < b || word.len() == 1 && products {
            inside
        } else {
            outside
        }
    };
    word.iter().rev().map(|x| turn(*x)).collect()
}
/// Terms that are sums in brackets taken apart, where something then cancels or adds up, or fractions stand in a fraction.
fn unbracketed(s: &Store, terms: Vec<Term>) -> Vec<Term> {
    let mut nested = false;
    let opened: Vec<Term> = terms
        .iter()
        .flat_map(|t| match t.word.as_slice() {
            [one] => summands(s, *one)
                .into_iter()
                .map(|x| {
                    let inner = of_summand(s, &x);
                    nested |= !inner.divisors.is_empty() && !t.divisors.is_empty();
                    let mut out = Term { neg: t.neg != inner.neg, word: inner.word, ..t.clone() };
                    out.number = out.number.mul(&inner.number);
                    out.scalars.extend(inner.scalars);
                    out.divisors.extend(inner.divisors);
                    out
                })
                .collect(),
            _ => vec![t.clone()],
        })
        .collect();
    let count = opened.len();
    let together = merged(s, opened);
    if (nested || together.len() < count) && !together.is_empty() {
        together
    } else {
        terms
    }
}
/// Whether a tensor made entry by entry may have a simpler form: it has quotients, or is a sum of products.
fn may_simplify(s: &Store, t: Id) -> bool {
    let made = |t: Id, quotient: bool| {
        let mut todo = vec![t];
        while let Some(x) = todo.pop() {
            match s.node(x) {
                Node::Call(f, xs) => match s.prim(*f) {
                    Some(Prim::EntryDiv) => return true,
                    Some(Prim::Hadamard) if !quotient || xs.iter().any(|x| s.is_ones(*x)) => return true,
                    Some(Prim::Hadamard) => todo.extend(xs.iter().copied()),
                    _ => {}
                },
                Node::Sum(xs) => todo.extend(xs.iter().map(|x| x.term)),
                Node::Product(xs) => todo.extend(xs.iter().copied()),
                _ => {}
            }
        }
        false
    };
    made(t, true) || matches!(s.node(t), Node::Sum(xs) if xs.iter().filter(|x| made(x.term, false)).count() > 1)
}
/// An entry of a tensor made entry by entry; what is not made so stays whole.
fn entry_of(s: &Store, t: Id, ix: &[Aff]) -> Id {
    let go = |x: Id| entry_of(s, x, ix);
    match s.node(t) {
        _ if !s.sort(t).is_tensor() => t,
        Node::Sum(xs) => s.sum(&xs.iter().map(|x| Summand { neg: x.neg, term: go(x.term) }).collect::<Vec<_>>()),
        Node::Product(xs) => s.product(&xs.iter().map(|x| go(*x)).collect::<Vec<_>>()),
        Node::Quot(a, b) => s.quot(go(*a), *b),
        Node::Call(f, xs) => match (s.prim(*f), xs.as_ref()) {
            (Some(Prim::Hadamard), [a, b]) => s.mul(go(*a), go(*b)),
            (Some(Prim::EntryDiv), [a, b]) => s.quot(go(*a), go(*b)),
            (Some(Prim::EntryPow), [a, k]) if s.sort(*k).is_scalar() => s.pow(go(*a), *k),
            (Some(Prim::Ones), _) => s.int(1),
            (_, [u]) if s.fun(*f).library && s.is_entrywise(t) => s.call(*f, &[go(*u)]),
            _ => s.intern(Node::Entry(t, ix.into())),
        },
        _ => s.intern(Node::Entry(t, ix.into())),
    }
}
/// `1 1ᵀ` as the matrix of ones that it is, wherever it stands.
pub(super) fn broadcast(s: &Store, t: Id) -> Id {
    let ones = |x: Id| match s.node(x) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Ones) && xs.len() == 1 => xs.first().copied(),
        _ => None,
    };
    if let Node::MatMul(xs) = s.node(t) {
        if let [a, b] = xs.as_ref() {
            let row = match s.node(*b) {
                Node::Call(f, ys) if s.prim(*f) == Some(Prim::Transpose) => ys.first().and_then(|y| ones(*y)),
                _ => None,
            };
            if let (Some(m), Some(n)) = (ones(*a), row) {
                return s.prim_call(Prim::Ones, &[m, n]);
            }
        }
    }
    if s.loose(t) > 0 {
        return t;
    }
    s.intern(s.node(t).map_children(&mut |c, under| if under == 0 { broadcast(s, c) } else { c }))
}
