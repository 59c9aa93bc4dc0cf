//! Shares of exponentials among what is read: `e^{u_i}/Σ_k e^{u_k}` as an entry of `softmax(u)`, `e^{U_ij}/Σ_k e^{U_ik}` as one of the
//! matrix `softmax(U)`, whose rows are the softmax of the rows of U.

use super::paths::Reader;
use super::words::{repeated, Term};
use crate::Engine;
use gradus_kernel::Text;
use gradus_term::{Aff, Arg, BigOp, Id, Node, Prim, Store, VarId};

impl<'s> Engine<'s> {
    /// Terms with `softmax(u)` in place of `e^u/sum(e^u)`, also within `Diag`, and why.
    pub(crate) fn shares_of_words(&self, terms: Vec<Term>) -> (Vec<Term>, Text) {
        let s = self.store;
        let Some(softmax) = self.rules.function("softmax") else { return (terms, Text::default()) };
        let mut why = Text::default();
        let mut one = |mut t: Term| {
            let mut k = 0;
            while let Some(exp) = t.divisors.get(k).map(|d| summed_exponential(s, *d)) {
                let at = exp.and_then(|(e, _)| t.word.iter().position(|x| s.contains(*x, e)));
                match (exp, at.and_then(|i| t.word.get_mut(i))) {
                    (Some((e, u)), Some(x)) => {
                        *x = s.open(s.abstract_term(*x, e), &[Arg::Val(s.call(softmax, &[u]))]);
                        t.divisors.remove(k);
                        why = self.definition_reason(softmax);
                    }
                    _ => k += 1,
                }
            }
            t
        };
        let terms = terms.into_iter().map(&mut one).collect();
        (terms, why)
    }
}

/// `e^u` and `u` of a sum of all entries of `e^u`.
fn summed_exponential(s: &Store, t: Id) -> Option<(Id, Id)> {
    let inside = |t: Id, p: Prim| match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(p) => xs.first().copied(),
        _ => None,
    };
    let e = inside(t, Prim::SumAll)?;
    let u = inside(e, Prim::Exp)?;
    (s.sort(u).dims().len() == 1).then_some((e, u))
}

impl<'s> Reader<'_, 's> {
    /// Puts an entry of a softmax in for each exponential above that is divided by the sum of its kind.
    pub(super) fn shares(&mut self, above: &mut [Id], below: &mut Vec<Id>, active: &[VarId]) {
        let s = self.store();
        let sums = |x: Id| match s.node(x) {
            Node::Pow(b, _) if matches!(s.node(*b), Node::Big { .. }) || summed_exponential(s, *b).is_some() => repeated(s, x),
            _ => vec![x],
        };
        *below = below.iter().flat_map(|x| sums(*x)).collect();
        let mut k = 0;
        while let Some(sum) = below.get(k).copied() {
            let found = above.iter().enumerate().find_map(|(n, x)| Some((n, self.share(*x, sum, active)?)));
            match found {
                Some((n, share)) => {
                    below.remove(k);
                    if let Some(slot) = above.get_mut(n) {
                        *slot = share;
                    }
                }
                None => k += 1,
            }
        }
    }
    /// `e^{…}` over the sum of such over one of its indices, as an entry.
    fn share(&mut self, x: Id, sum: Id, active: &[VarId]) -> Option<Id> {
        let s = self.store();
        if let (Some((_, u)), [v]) = (summed_exponential(s, sum), self.mentioned(x, active).as_slice()) {
            let entry = s.make_entry(u, &[Aff::free(*v)]);
            let share = s.call(self.function("softmax")?, &[u]);
            return s.same(x, s.prim_call(Prim::Exp, &[entry])).then(|| s.intern(Node::Entry(share, [Aff::free(*v)].into())));
        }
        let (Node::Call(f, xs), Node::Big { op: BigOp::Sum, cond: None, lo, body, .. }) = (s.node(x), s.node(sum)) else { return None };
        if s.prim(*f) != Some(Prim::Exp) || lo.as_int() != Some(1) {
            return None;
        }
        let exponent = *xs.first()?;
        let mentioned = self.mentioned(x, active);
        let over = mentioned.iter().copied().find(|v| !s.mentions(sum, *v) && s.same(s.open(*body, &[Arg::Idx(Aff::free(*v))]), x))?;
        let (name, ix) = match mentioned.as_slice() {
            [_] => ("softmax", vec![over]),
            [u, v] => ("softmax_rows", vec![if *u == over { *v } else { *u }, over]),
            _ => return None,
        };
        let whole = self.read(exponent, &ix)?;
        let call = s.call(self.function(name)?, &[whole]);
        let fits = s.sort(call).dims().len() == ix.len();
        fits.then(|| s.intern(Node::Entry(call, ix.iter().map(|v| Aff::free(*v)).collect())))
    }
}
