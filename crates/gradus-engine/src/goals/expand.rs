//! `expand`, `factor`, `simplify`: an expression in another form, each line with its reason.

use super::finish::Expected;
use crate::cost::cost;
use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, summands, tidy};
use crate::Engine;
use gradus_kernel::{Ground, Item, Rule, Solution, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Goal, Id, Node, Position, Rat, Store, Summand};

/// Summands a product may be multiplied out to.
const TERMS: usize = 120;
/// Rules one simplification may apply.
const RULES: usize = 16;
/// Families whose rules bring a term into a shorter form, or leave it as it is.
const SHORTENING: &[&str] = &["algebra", "fraction", "power", "root", "exp", "log", "abs", "trig", "hyperbolic", "sum", "prod", "matrix", "delta", "tensor"];

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
    let mut d = Draft::new(e.prover, term, &e.givens(goal));
    match form {
        Form::Expanded => e.expand(&mut d),
        Form::Factored => e.factor(&mut d),
        Form::Simple => e.shorten(&mut d, goal),
    }
    let complete = !e.store.sort(term).is_tensor() || d.len() > 0 || form == Form::Simple;
    let mut out = finish(e, goal, term, d, complete);
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
    if d.len() == 0 {
        items = vec![Item::Say(Text::words("The expression is in this form already.")), Item::Answer(term)];
    }
    let lemma = e.prover.add_lemma(&goal.label.as_ref().map_or(String::new(), |l| format!("by {l}")), &d.proof);
    if let Some(l) = &goal.label {
        e.remember(Some(l), lemma, true);
    }
    e.conclude(goal, &d, term, items, complete, expected)
}

impl<'s> Engine<'s> {
    /// Multiplies out: first every product of sums, then like terms together.
    fn expand(&self, d: &mut Draft<'s>) {
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
            let better = d.len() == 0 || summands(s, c).len() < summands(s, d.current()).len() || !gradus_kernel::rearranged(s, c, d.current());
            if better && d.rewrite(c, "algebra.collect", Text::words(reason), Weight::Main).is_ok() {
                d.line(Detail::Textbook);
            }
        }
    }

    /// The most readable form: rules of the rulebook while they make it shorter, then the forms of the normal form.
    fn shorten(&self, d: &mut Draft<'s>, goal: &Goal) {
        let start = d.current();
        self.by_rules(d);
        let mut known = vec![start];
        known.extend(&goal.in_terms_of);
        let instances: Vec<_> = self.instances(&known).into_iter().collect();
        self.simplify(d, &instances);
        self.by_rules(d);
    }
    /// Applies the rule that shortens most, as long as one does.
    pub(crate) fn by_rules(&self, d: &mut Draft<'s>) {
        for _ in 0..RULES {
            let before = d.len();
            let Some((pos, rule, backward, subst, new)) = self.best_rule(d) else { return };
            let Ok(f) = d.proof.focus(&pos) else { return };
            let ground = Ground::Instance { rule: rule.name.clone(), backward, subst };
            if d.step(&pos, &f, ground, new, &rule.name, Text::words(rule.short.clone()), Weight::Main).is_err() {
                return;
            }
            d.tidy();
            if d.len() == before {
                return;
            }
            d.line(Detail::Textbook);
        }
    }
    /// The instance after which the tidied whole is cheapest, if it is cheaper than now.
    fn best_rule(&self, d: &Draft<'s>) -> Option<(Position, &'s Rule, bool, gradus_kernel::Substitution, Id)> {
        let s = self.store;
        let now = d.current();
        let mut best: Option<(u32, (Position, &'s Rule, bool, gradus_kernel::Substitution, Id))> = None;
        let limit = cost(s, tidy(s, now)).min(cost(s, now));
        for path in everywhere(s, now, &|_| true).into_iter().take(200) {
            let at = Position::at(&path);
            let Ok(f) = d.proof.focus(&at) else { continue };
            for family in SHORTENING {
                for rule in self.rules.family(family) {
                    for (m, new) in crate::matching::rewrite(s, rule, f.part, false) {
                        let pos = Position { path: path.clone(), operands: m.operands.clone() };
                        let Ok(g) = d.proof.focus(&pos) else { continue };
                        let Ok(after) = s.splice(now, &pos, &f.opened, new) else { continue };
                        if !f.opened.is_empty() && !m.operands.is_empty() && g.opened != f.opened {
                            continue;
                        }
                        let c = cost(s, tidy(s, after));
                        if c < best.as_ref().map_or(limit, |b| b.0) && self.would_hold(d, rule, &m.subst) {
                            best = Some((c, (pos, rule, false, m.subst, new)));
                        }
                    }
                }
            }
        }
        best.map(|b| b.1)
    }
    /// Whether the rule's needs are known here: simplifying never makes assumptions.
    fn would_hold(&self, d: &Draft<'s>, rule: &Rule, subst: &gradus_kernel::Substitution) -> bool {
        rule.premises.is_empty()
            && rule.needs.iter().all(|n| match n {
                gradus_kernel::Need::Holds(c) => gradus_kernel::instantiate(self.store, *c, subst).is_ok_and(|c| d.proof.facts().holds(c).is_true()),
                gradus_kernel::Need::Number(_) => true,
            })
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
        Node::Quot(a, b) if s.sort(t).is_scalar() => multiply_out(s, *a)?.into_iter().map(|x| Summand { neg: x.neg, term: tidy(s, s.quot(x.term, *b)) }).collect(),
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
