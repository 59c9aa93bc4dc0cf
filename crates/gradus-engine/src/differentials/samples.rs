//! Sums over samples, `Σ_n (x_n − μ)ᵀ Σ⁻¹ dΣ Σ⁻¹ (x_n − μ)`: what the change is multiplied by is a sum of matrices, which is read by its
//! entries as a product of matrices.

use super::adjoint::adjoint;
use super::gather::Turned;
use super::has_differential;
use crate::draft::Draft;
use crate::reading::powers::summed_word;
use crate::reading::words::{letters, product, pulled, Term};
use crate::Engine;
use gradus_term::{Aff, BigOp, Goal, Id, Node, Prim, Sort, Store, VarId};

/// Adds to `out` what the change under the sum `t` over an index is multiplied by, where the sum is multiplied by `w`: scalars summed, and
/// the entries of matrices summed.
pub(super) fn under_sum(s: &Store, t: Id, w: &Term, out: &mut Vec<Term>, turned: &mut Turned) -> Option<()> {
    let Node::Big { op: BigOp::Sum, lo, hi, cond: None, .. } = s.node(t) else { return None };
    if !w.word.is_empty() {
        return None;
    }
    let (vars, body) = s.open_child(t, 0)?;
    let v = *vars.first()?;
    let sum = |body: Id| s.big(BigOp::Sum, v, lo.clone(), hi.clone(), None, body);
    let mut inner = Vec::new();
    adjoint(s, body, Term::one(), &mut inner, turned)?;
    turned.samples = true;
    for t in inner {
        let varies = |x: &&Id| s.mentions(**x, v);
        let (own, scalars): (Vec<Id>, Vec<Id>) = t.scalars.iter().partition(varies);
        let (below, divisors): (Vec<Id>, Vec<Id>) = t.divisors.iter().partition(varies);
        let fraction = |top: Id| if below.is_empty() { top } else { s.quot(top, s.product(&below)) };
        let mut all = Term {
            neg: w.neg != t.neg,
            number: w.number.mul(&t.number),
            scalars: [w.scalars.as_slice(), &scalars].concat(),
            divisors: [w.divisors.as_slice(), &divisors].concat(),
            word: Vec::new(),
        };
        let summed = if own.is_empty() && below.is_empty() { summed_word(s, &t.word, v, lo, hi) } else { None };
        if let Some(letter) = summed {
            turned.samples = false;
            all.word = vec![letter];
        } else if t.word.iter().any(|x| s.mentions(*x, v)) {
            let dims = s.sort(product(s, &t.word)).dims().to_vec();
            let at: Vec<VarId> = dims.iter().zip(["i", "j"]).map(|(_, l)| s.fresh(s.sym(l), Sort::Scalar, true)).collect();
            let entry = s.make_entry(product(s, &t.word), &at.iter().map(|i| Aff::free(*i)).collect::<Vec<_>>());
            let summand = fraction(s.product(&own.into_iter().chain([entry]).collect::<Vec<_>>()));
            all.word = vec![s.tensor(&at, &dims, sum(summand))];
        } else {
            all.word = t.word;
            if own.is_empty() && below.is_empty() {
                // So many equal summands.
                turned.samples = false;
                all.scalars.insert(0, s.index(hi.sub(lo).plus(1)));
            } else {
                all.scalars.push(sum(fraction(s.product(&own))));
            }
        }
        out.push(all);
    }
    Some(())
}

/// A sum over samples with a change in it, spread inside; whether its sign is outside.
pub(super) fn spread_inside(s: &Store, t: Id, spread: &dyn Fn(Id) -> Id) -> Option<(bool, Id)> {
    let Node::Big { op: BigOp::Sum, hint, lo, hi, cond: None, .. } = s.node(t) else { return None };
    let (vars, body) = s.open_child(t, 0)?;
    let inner = spread(body);
    let (neg, inner) = match s.node(inner) {
        Node::Sum(xs) if xs.iter().all(|x| x.neg) => {
            (true, s.sum(&xs.iter().map(|x| gradus_term::Summand { neg: false, ..*x }).collect::<Vec<_>>()))
        }
        _ => (false, inner),
    };
    // Numbers stand in front.
    let (numbers, rest): (Vec<Id>, Vec<Id>) = crate::tidy::factors(s, inner).into_iter().partition(|x| s.as_rational(*x).is_some());
    let body = s.close(if numbers.is_empty() { inner } else { s.product(&rest) }, &vars);
    let sum = s.intern(Node::Big { op: BigOp::Sum, hint: *hint, lo: lo.clone(), hi: hi.clone(), cond: None, body });
    has_differential(s, t).then(|| (neg, s.product(&numbers.into_iter().chain([sum]).collect::<Vec<_>>())))
}

/// Products of vectors and squares of norms by their entries, so that these are read with the rest.
fn opened(s: &Store, t: Id) -> Id {
    s.bottom_up(t, true, &mut |x| {
        let square = match s.node(x) {
            Node::Pow(b, k) if s.as_rational(*k) == Some(gradus_term::Rat::int(2)) => match s.node(*b) {
                Node::Call(f, us) if s.prim(*f) == Some(Prim::Norm) => us.first().copied(),
                _ => None,
            },
            _ => None,
        };
        match (square, s.node(x)) {
            (Some(u), _) => match s.sort(u).dims() {
                [n] => {
                    let i = s.fresh(s.sym("i"), Sort::Scalar, true);
                    let entry = s.make_entry(u, &[Aff::free(i)]);
                    s.big(BigOp::Sum, i, Aff::int(1), n.clone(), None, s.pow(entry, s.int(2)))
                }
                _ => x,
            },
            (None, Node::MatMul(_)) => s.scalar_form(x).unwrap_or(x),
            _ => x,
        }
    })
}

impl<'s> Engine<'s> {
    /// The terms with their sums over samples read as matrices. `None` if one cannot be read.
    pub(super) fn samples_read(&self, d: &Draft<'s>, terms: Vec<Term>, goal: &Goal) -> Option<Vec<Term>> {
        let s = self.store;
        let sum = |n: &Node| matches!(n, Node::Big { op: BigOp::Sum, .. });
        let one = |t: Term| {
            let [letter] = t.word.as_slice() else { return Some(t) };
            let Node::Tensor { dims, body, .. } = s.node(*letter) else { return Some(t) };
            if !sum(s.node(*body)) {
                return Some(t);
            }
            let (dims, (vars, entry)) = (dims.clone(), s.open_child(*letter, 0)?);
            let mut sub = Draft::new(self.prover, entry, &self.in_range(d, &vars, &dims));
            let instances = self.instances(&[d.proof.start(), entry]);
            self.softplus.set(crate::fold::speaks_of_softplus(s, d.proof.start()));
            self.simplify(&mut sub, &instances);
            self.softplus.set(false);
            self.fold_shares(&mut sub, goal);
            let by_entries = opened(s, sub.current());
            let _ = sub.rewrite(by_entries, "tensor.entries", gradus_kernel::Text::default(), gradus_kernel::Weight::Trivial);
            let read = self.read_tensor(&sub, &vars, &dims, None, goal);
            let best = read.into_iter().filter(|r| !s.any_subterm(*r, &mut |n| sum(n))).min_by_key(|r| crate::cost(s, *r))?;
            let (outer, inner) = pulled(s, best);
            Some(Term {
                neg: t.neg != outer.neg,
                number: t.number.mul(&outer.number),
                scalars: [t.scalars.as_slice(), &outer.scalars].concat(),
                divisors: [t.divisors.as_slice(), &outer.divisors].concat(),
                word: letters(s, inner),
            })
        };
        terms.into_iter().map(one).collect()
    }
}
