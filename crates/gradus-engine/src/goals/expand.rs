//! `expand`, `factor`, `simplify`: an expression in another form, each line with its reason.

use super::finish::Expected;
use crate::draft::Draft;
use crate::tidy::{factors, summands, tidy};
use crate::Engine;
use gradus_kernel::{Item, Solution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Goal, Id, Node, Rat, Store, Summand};

/// Summands a product may be multiplied out to.
const TERMS: usize = 120;

/// The laws that take functions of sums apart, of differences, and of products.
const OF_SUMS: &[&str] = &["trig.sine_of_sum", "trig.cosine_of_sum", "hyperbolic.sine_of_sum", "hyperbolic.cosine_of_sum", "exp.sum"];
const OF_DIFFERENCES: &[&str] = &["trig.sine_of_difference", "trig.cosine_of_difference", "exp.difference"];
const LAWS: &[&str] = &["trig.sine_of_double", "trig.cosine_of_double", "log.product", "log.quotient", "log.power"];

/// What is asked of the form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// Products of sums multiplied out.
    Expanded,
    /// A product.
    Factored,
    /// The most readable form.
    Simple,
}

/// Answers `expand`, `factor` and `simplify`.
pub(crate) fn answer<'s>(e: &Engine<'s>, goal: &Goal, term: Id, form: Form) -> Solution {
    let mut d = match form {
        Form::Simple => e.simplified(goal, term),
        _ => Draft::new(e.prover, term, &e.givens(goal)),
    };
    match form {
        Form::Expanded => e.expand(&mut d),
        Form::Factored => e.factor(&mut d),
        Form::Simple => {}
    }
    let too_large = form == Form::Expanded && unexpanded(e.store, d.current());
    let complete = (!e.store.sort(term).is_tensor() || d.len() > 0 || form == Form::Simple) && !too_large;
    let mut out = finish(e, goal, term, d, complete);
    if too_large {
        let why = Text::words(format!("multiplied out this has more than {TERMS} terms; expand a part of it"));
        out.problems.push(("E0913".to_owned(), why));
    }
    let verb = match form {
        Form::Expanded => "Expand ",
        Form::Factored => "Factor ",
        Form::Simple => "Simplify ",
    };
    out.task = Text::words(verb).term(term).and(".");
    out
}

/// The chain as the whole solution: `expect`, the box, the lemma under the goal's label.
pub(crate) fn finish<'s>(e: &Engine<'s>, goal: &Goal, term: Id, mut d: Draft<'s>, complete: bool) -> Solution {
    let expected = if complete { e.meet_expectation(&mut d, goal.expect) } else { Expected::Open };
    d.line(Detail::Brief);
    let mut chain = d.chain(e.detail());
    chain.boxed = true;
    let mut items = vec![Item::Chain(chain)];
    if d.len() == 0 && !complete {
        items = vec![Item::Answer(term, Text::default())];
    } else if d.len() == 0 {
        items = vec![Item::Say(Text::words("The expression is in this form already.")), Item::Answer(term, Text::default())];
    }
    e.conclude(goal, &d, term, items, complete, expected)
}

impl<'s> Engine<'s> {
    /// Multiplies out: first every product of sums, then like terms together; what is no product is taken apart by the laws of its
    /// functions.
    fn expand(&self, d: &mut Draft<'s>) {
        self.multiplied_out(d);
        // `sin(x − y)` by the law of differences, which the law of sums would give with −y.
        let minus = self.store.any_subterm(d.current(), &mut |n| matches!(n, Node::Sum(xs) if xs.iter().any(|x| x.neg)));
        let (first, second) = if minus { (OF_DIFFERENCES, OF_SUMS) } else { (OF_SUMS, OF_DIFFERENCES) };
        let laws = [first, second, LAWS].concat();
        if d.len() == 0 && self.rules_everywhere(d, &laws, Weight::Main).is_some() {
            d.tidy();
            d.line(Detail::Textbook);
            if unexpanded(self.store, d.current()) {
                self.multiplied_out(d);
            }
        }
    }
    fn multiplied_out(&self, d: &mut Draft<'s>) {
        let s = self.store;
        let facts = d.proof.facts().clone();
        let collected = facts.expand(d.current()).map(|t| tidy(s, t));
        let out = multiply_out(s, d.current()).map(|xs| tidy(s, s.sum(&xs)));
        let reason = if binomial(s, d.current()) { "binomial theorem" } else { "multiply out" };
        if let Some(m) = out {
            let shown = collected.is_none_or(|c| summands(s, m).len() > summands(s, c).len());
            // Without like terms the collected form says the same in better order.
            let first = if shown { m } else { collected.unwrap_or(m) };
            if d.rewrite(first, "algebra.expand", Text::words(reason), Weight::Main).is_ok() {
                d.line(Detail::Textbook);
            }
        }
        if let Some(c) = collected {
            let reason = if d.len() > 0 { "collect like terms" } else { "expand" };
            let better =
                d.len() == 0 || summands(s, c).len() < summands(s, d.current()).len() || !gradus_kernel::rearranged(s, c, d.current());
            if better && d.rewrite(c, "algebra.collect", Text::words(reason), Weight::Main).is_ok() {
                d.line(Detail::Textbook);
            }
        }
    }
}

/// Whether a whole power of a sum, or a product with one, is left where expanding would have multiplied it out.
fn unexpanded(s: &Store, t: Id) -> bool {
    let is_sum = |t: Id| s.sort(t).is_scalar() && matches!(s.node(t), Node::Sum(xs) if xs.len() > 1);
    match s.node(t) {
        Node::Sum(xs) => xs.iter().any(|x| unexpanded(s, x.term)),
        Node::Quot(a, _) => unexpanded(s, *a),
        Node::Pow(b, k) => is_sum(*b) && s.as_rational(*k).map_or_else(|| s.free_vars(*k).is_empty(), |q| q.is_integer() && q > Rat::one()),
        Node::Product(xs) => xs.iter().any(|x| is_sum(*x) || unexpanded(s, *x)),
        _ => false,
    }
}

/// A whole power of a sum of two terms.
fn binomial(s: &Store, t: Id) -> bool {
    matches!(s.node(t), Node::Pow(b, _) if matches!(s.node(*b), Node::Sum(xs) if xs.len() == 2))
}

/// The summands of a term with every product of sums and every whole power of a sum multiplied out, like terms not yet
/// collected; `None` beyond the budget.
pub(crate) fn multiply_out(s: &Store, t: Id) -> Option<Vec<Summand>> {
    let one = |term: Id| vec![Summand { neg: false, term }];
    Some(match s.node(t) {
        Node::Sum(xs) => {
            let mut out = Vec::new();
            for x in xs {
                out.extend(multiply_out(s, x.term)?.into_iter().map(|y| Summand { neg: y.neg != x.neg, term: y.term }));
            }
            out
        }
        Node::Product(xs) => {
            let mut out = one(s.int(1));
            for x in xs {
                out = cross(s, &out, &multiply_out(s, *x)?)?;
            }
            out
        }
        Node::Quot(a, b) if s.sort(t).is_scalar() => {
            multiply_out(s, *a)?.into_iter().map(|x| Summand { neg: x.neg, term: tidy(s, s.quot(x.term, *b)) }).collect()
        }
        Node::Pow(b, k) if s.sort(*b).is_scalar() => {
            let (base, n) = (multiply_out(s, *b)?, s.as_rational(*k).and_then(|q| q.to_i64()));
            match n {
                Some(n) if (2..=24).contains(&n) && base.len() == 2 => power_of_two_terms(s, &base, n)?,
                Some(n) if (2..=8).contains(&n) && base.len() > 2 => {
                    let mut out = base.clone();
                    for _ in 1..n {
                        out = cross(s, &out, &base)?;
                    }
                    out
                }
                _ => one(t),
            }
        }
        _ => one(t),
    })
}

fn cross(s: &Store, xs: &[Summand], ys: &[Summand]) -> Option<Vec<Summand>> {
    if xs.len() * ys.len() > TERMS {
        return None;
    }
    let mut out = Vec::with_capacity(xs.len() * ys.len());
    for x in xs {
        for y in ys {
            let fs: Vec<Id> = factors(s, x.term).into_iter().chain(factors(s, y.term)).collect();
            let (neg, term) = crate::tidy::unsign(s, tidy(s, s.product(&fs)));
            out.push(Summand { neg: (x.neg != y.neg) != neg, term });
        }
    }
    Some(out)
}

/// `(a ± b)^n` by the binomial theorem.
fn power_of_two_terms(s: &Store, base: &[Summand], n: i64) -> Option<Vec<Summand>> {
    let [a, b] = base else { return None };
    let mut coef = Rat::one();
    let mut out = Vec::new();
    for k in 0..=n {
        let fs = [s.rational(&coef), s.pow(a.term, s.int(n - k)), s.pow(b.term, s.int(k))];
        // A zeroth power is left out: its base may be anything.
        let fs: Vec<Id> = fs.into_iter().enumerate().filter(|(i, _)| !(*i == 1 && k == n || *i == 2 && k == 0)).map(|(_, f)| f).collect();
        let (neg, term) = crate::tidy::unsign(s, tidy(s, s.product(&fs)));
        let sign = (a.neg && (n - k) % 2 == 1) != (b.neg && k % 2 == 1);
        out.push(Summand { neg: sign != neg, term });
        coef = coef.mul(&Rat::int(n - k)).div(&Rat::int(k + 1))?;
    }
    Some(out)
}
