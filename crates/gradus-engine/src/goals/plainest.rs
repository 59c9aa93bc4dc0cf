//! The plainest form of a side of an equation.

use super::chase::Chase;
use crate::cost::cost;
use crate::draft::Draft;
use crate::moves::Depth;
use crate::tidy::{summands, tidy, unsign};
use crate::walk::Walk;
use gradus_decide::Facts;
use gradus_term::{Id, Node, Prim, Summand};

impl<'s> Chase<'_, 's> {
    /// The plainest of the forms of a term.
    pub(super) fn worked_out(&self, t: Id) -> Id {
        let s = self.e.store;
        let facts = self.facts();
        let mut w = Walk::new(Draft::new(self.e.prover, t, &self.known));
        self.e.take_down(&mut w, Depth::Entries);
        let mut forms: Vec<Id> = w.stops.iter().map(|x| x.term).collect();
        forms.extend(self.e.forms(&facts, t));
        if s.free_vars(t).is_empty() {
            forms.extend(facts.nf(t).ok().and_then(|n| facts.to_term(&n)).filter(|x| !matches!(s.node(*x), Node::Sum(_))));
            forms.push(self.e.number_worked_out(t, &self.known));
        }
        let more: Vec<Id> = forms.iter().flat_map(|x| [self.signs_flipped(*x), self.logarithm_turned(&facts, *x)]).flatten().collect();
        forms.extend(more);
        // Known parts of π are said.
        let inverse = |n: &Node| {
            let number = |xs: &[Id]| xs.iter().all(|x| s.free_vars(*x).is_empty());
            matches!(n, Node::Call(f, xs) if matches!(s.prim(*f), Some(Prim::Asin | Prim::Acos | Prim::Atan)) && number(xs))
        };
        let angle = |x: Id| s.any_subterm(x, &mut |n| inverse(n));
        // `−log(1/p − 1)` is read with more effort than its length says.
        let turned = |x: Id| unsign(s, x).0 && s.any_subterm(x, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Log)));
        let fraction = |x: Id| matches!(s.node(x), Node::Quot(..));
        let forms = forms.into_iter().map(|x| roots(s, tidy(s, x)));
        let best = forms.min_by_key(|x| (angle(*x), cost(s, *x) + if turned(*x) { 4 } else { 0 }, !fraction(*x))).unwrap_or(t);
        in_one_order(s, best)
    }
    /// `(−a − b)/(c − d)` as `(a + b)/(d − c)`, and `−a/(c − d)` as `a/(d − c)`.
    fn signs_flipped(&self, t: Id) -> Option<Id> {
        let s = self.e.store;
        let negative = |x: Id| {
            let turned = summands(s, x).iter().map(|y| Summand { neg: !y.neg, term: y.term }).collect::<Vec<_>>();
            crate::simplify::positive_order(s, tidy(s, s.sum(&turned)))
        };
        let (minus, core) = unsign(s, t);
        let Node::Quot(a, b) = *s.node(core) else { return None };
        if minus {
            return (summands(s, b).len() > 1).then(|| s.quot(a, negative(b)));
        }
        (summands(s, a).len() > 1 || summands(s, b).len() > 1).then(|| s.quot(negative(a), negative(b)))
    }
    /// `−log u` as `log(1/u)`.
    fn logarithm_turned(&self, facts: &Facts<'s>, t: Id) -> Option<Id> {
        let s = self.e.store;
        let (true, core) = unsign(s, t) else { return None };
        let Node::Call(f, xs) = s.node(core) else { return None };
        let u = xs.first().filter(|u| s.prim(*f) == Some(Prim::Log) && s.any_subterm(**u, &mut |n| matches!(n, Node::Quot(..))))?;
        let turned = facts.together(s.quot(s.int(1), *u)).map(|x| tidy(s, x))?;
        let turned = self.signs_flipped(turned).filter(|x| cost(s, *x) < cost(s, turned)).unwrap_or(turned);
        Some(s.log(turned))
    }
    /// Fractions over their one denominator, the summands with roots last.
    pub(super) fn one_fraction(&self, xs: &[Summand]) -> Option<Id> {
        let s = self.e.store;
        let (mut above, mut below) = (Vec::new(), None);
        for x in xs {
            let Node::Quot(a, b) = *s.node(x.term) else { return None };
            if !s.same(*below.get_or_insert(b), b) {
                return None;
            }
            above.extend(summands(s, a).into_iter().map(|y| Summand { neg: y.neg != x.neg, term: y.term }));
        }
        let root = |x: &Summand| s.any_subterm(x.term, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Sqrt)));
        let (with, without): (Vec<Summand>, Vec<Summand>) = above.into_iter().partition(root);
        Some(s.quot(s.sum(&[without, with].concat()), below?))
    }
}

/// `(t + 1)/(1 − t)` as `(1 + t)/(1 − t)`: the summands above in the order of those below.
fn in_one_order(s: &gradus_term::Store, t: Id) -> Id {
    let Node::Quot(a, b) = *s.node(t) else { return t };
    let (xs, ys) = (summands(s, a), summands(s, b));
    let place = |x: &Summand| ys.iter().position(|y| s.same(y.term, x.term));
    if xs.len() != ys.len()
        || xs.iter().any(|x| place(x).is_none())
        || ys.first().is_some_and(|y| xs.iter().any(|x| x.neg && s.same(x.term, y.term)))
    {
        return t;
    }
    let mut sorted = xs;
    sorted.sort_by_key(place);
    s.quot(s.sum(&sorted), b)
}
/// Roots of squares of numbers worked out: √4 is 2.
fn roots(s: &gradus_term::Store, t: Id) -> Id {
    let mut out = t;
    for path in crate::draft::everywhere(s, t, &|n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Sqrt))).into_iter().rev() {
        let pos = gradus_term::Position::at(&path);
        let Ok(f) = s.focus(out, &pos) else { continue };
        let Node::Call(_, xs) = s.node(f.part) else { continue };
        let Some(root) = xs.first().and_then(|x| s.as_rational(*x)).and_then(|q| q.root(2)) else { continue };
        out = s.splice(out, &pos, &f.opened, s.rational(&root)).unwrap_or(out);
    }
    tidy(s, out)
}

/// A product or fraction with its factors `|v|` as v.
pub(super) fn without_signs(s: &gradus_term::Store, t: Id) -> Id {
    match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Abs) => xs.first().copied().unwrap_or(t),
        Node::Product(xs) => s.product(&xs.iter().map(|x| without_signs(s, *x)).collect::<Vec<_>>()),
        Node::Quot(a, b) => s.quot(without_signs(s, *a), without_signs(s, *b)),
        _ => t,
    }
}
