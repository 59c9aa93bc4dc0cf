//! The check that an equation has exactly these solutions, each under its conditions. Part of the trusted core.
//!
//! From the equation a chain of links leads to the unknown alone, in branches. Whatever solves the equation solves every line of one
//! branch, so what a line needs to hold, holds of the solutions on that branch: it is no assumption.

use crate::check::needs;
use crate::claims::{sides, Link};
use crate::compare::rearranged;
use crate::domain::{has_no_value, necessary_needs};
use crate::prover::{Chained, Prover, Refused};
use gradus_decide::{Definedness, Facts, Tri};
use gradus_term::{Arg, Id, Node, RelOp, VarId};

/// A step of a solution for an unknown: the condition before, the one after, and why the one follows from the other.
pub type Equivalence = (Id, Id, Link);

/// A value of the unknown that solves an equation.
#[derive(Clone, Debug, PartialEq)]
pub struct Root {
    /// The value.
    pub value: Id,
    /// The conditions on the other names under which it does. Where one of them fails it is no solution.
    pub when: Vec<Id>,
}

impl Root {
    /// A value that solves the equation whatever the other names stand for.
    pub fn everywhere(value: Id) -> Root {
        Root { value, when: Vec::new() }
    }
}

/// What is claimed of an equation's solutions.
#[derive(Clone, Copy, Debug)]
pub struct Solutions<'a> {
    /// The equation.
    pub equation: Id,
    /// The unknown.
    pub unknown: VarId,
    /// Its values.
    pub values: &'a [Root],
    /// Whether there are no others.
    pub all: bool,
}

/// One of the alternatives that the links lead to.
struct Branch {
    /// The line reached.
    at: Id,
    /// The lines on the way to it.
    lines: Vec<Id>,
    /// What holds of every solution on this branch beyond the lines.
    known: Vec<Id>,
}

impl<'s> Prover<'s> {
    /// Checks that values solve an equation under their conditions, and, if that is claimed, that by these links nothing else does; what
    /// must be assumed for it. For the latter it is enough that each condition follows from the one before: of the values at the end,
    /// those that do not solve the equation are left out, and a condition is one that fails only where the value does not solve it.
    ///
    /// # Errors
    /// If a link does not hold, the links do not lead to the unknown alone, or a value is missing or does not solve it.
    pub fn solutions(&self, givens: &[Id], claim: Solutions<'_>, links: &[Equivalence]) -> Result<Vec<Id>, Refused> {
        let s = self.store();
        let no = |what: &str| Refused::NotGrounded(what.to_owned());
        let Solutions { equation, unknown, values, all } = claim;
        let (a, b) = sides(s, equation).ok_or_else(|| no("the equation"))?;
        let chain = || Chained { known: givens.to_vec(), equation, unknown, links: links.to_vec() };
        let mut known = givens.to_vec();
        for t in [a, b] {
            let facts = Facts::new(s, &known);
            // An equation that has a value nowhere has no solution.
            if all && values.is_empty() && has_no_value(&facts, t) {
                self.keep_chain(chain());
                return Ok(Vec::new());
            }
            known.extend(necessary_needs(&facts, t).ok_or_else(|| no("where the equation has values"))?);
        }
        let mut assumes: Vec<Id> = Vec::new();
        for root in values {
            if root.when.iter().any(|c| s.mentions(*c, unknown)) {
                return Err(no("a condition on the unknown"));
            }
            let under = [givens, &root.when].concat();
            assumes.extend(self.satisfies(&under, equation, &[(unknown, root.value)], &[])?);
        }
        if !all {
            return if links.is_empty() { Ok(assumes) } else { Err(no("the equivalences")) };
        }
        // What is given of the unknown holds of every solution.
        let given = known.iter().copied().filter(|c| s.mentions(*c, unknown)).collect();
        let mut open = vec![Branch { at: equation, lines: vec![equation], known: given }];
        for (from, to, link) in links {
            let at = open.iter().position(|b| s.same(b.at, *from)).ok_or_else(|| no("the order of the equivalences"))?;
            let mut branch = open.remove(at);
            for c in self.link(&[known.clone(), branch.known.clone()].concat(), *from, *to, link)? {
                if self.follows(&[known.clone(), branch.known.clone()].concat(), (*from, *to), c) {
                    branch.known.push(c);
                } else if s.mentions(c, unknown) {
                    // A condition on the unknown itself would throw solutions away.
                    return Err(no("a condition on the unknown"));
                } else {
                    known.push(c);
                    assumes.push(c);
                }
            }
            let alternatives = match s.node(*to) {
                Node::Or(cases) => cases.to_vec(),
                _ => vec![*to],
            };
            open.extend(alternatives.into_iter().map(|c| {
                let mut parts = match s.node(c) {
                    Node::And(parts) => parts.to_vec(),
                    _ => vec![c],
                };
                let at = if parts.is_empty() { c } else { parts.remove(0) };
                let lines = branch.lines.iter().copied().chain([at]).collect();
                Branch { at, lines, known: branch.known.iter().copied().chain(parts).collect() }
            }));
        }
        let under = [givens, &assumes].concat();
        let mut missing: Vec<&Root> = values.iter().collect();
        for branch in open {
            let (l, v) = sides(s, branch.at).ok_or_else(|| no("the last equivalence"))?;
            if !matches!(s.node(l), Node::Var(x) if *x == unknown) || s.mentions(v, unknown) {
                return Err(no("the last equivalence"));
            }
            let end = self.put_in(&branch, unknown, v);
            // What is known where the value solves the equation.
            let here = [under.clone(), end.known.clone()].concat();
            let facts = Facts::new(s, &here);
            let is = |w: &&Root| facts.equal(w.value, v).is_proved();
            missing.retain(|w| !is(w));
            let listed = values.iter().filter(is).any(|w| self.only_where(&under, &end, &w.when));
            let elsewhere = || {
                let only = |w: &&Root| self.solves_only_as(&here, equation, unknown, (v, w.value));
                values.iter().filter(only).any(|w| self.only_where(&under, &end, &w.when))
            };
            if !listed && !self.solves_nowhere(&here, equation, unknown, v) && !self.excluded(&under, &end) && !elsewhere() {
                return Err(no("a value that is not listed"));
            }
        }
        if missing.is_empty() {
            self.keep_chain(chain());
            Ok(assumes)
        } else {
            Err(no("a value that the equivalences do not give"))
        }
    }

    /// Whether a condition holds wherever an equation does, under what is known: it holds of the other side of the equation, or where it
    /// fails, the sides of the equation differ. That a factor is not 0 is also seen by leaving it out: `k A = r` with `r ≠ 0` where
    /// `k = 0`, A being the left side of the line that follows.
    pub fn follows(&self, known: &[Id], (equation, next): (Id, Id), condition: Id) -> bool {
        let s = self.store();
        let Some((l, r)) = sides(s, equation) else { return false };
        let other = |t: Id| [(l, r), (r, l)].into_iter().find(|(x, _)| s.same(*x, t)).map_or(t, |(_, y)| y);
        let exchanged = match *s.node(condition) {
            Node::Rel(op, a, b) => s.rel(op, other(a), other(b)),
            _ => condition,
        };
        let facts = Facts::new(s, known);
        if exchanged != condition && facts.holds(exchanged) == Tri::True {
            return true;
        }
        let Some(fails) = self.fails(known, condition) else { return false };
        let without = match (s.node(condition), sides(s, next)) {
            (Node::Rel(RelOp::Ne, k, zero), Some((left, _))) if s.same(*zero, s.int(0)) && fails.defined(left) == Definedness::Always => {
                let part = s.mul(*k, left);
                [s.add(l, part), s.sub(l, part)].into_iter().any(|l| differ(&fails, s.rel(RelOp::Eq, l, r)))
            }
            _ => false,
        };
        without || differ(&fails, equation)
    }
    /// What is known where a condition fails, if it can only hold or fail: its terms have values.
    fn fails(&self, known: &[Id], condition: Id) -> Option<Facts<'s>> {
        let s = self.store();
        let Node::Rel(_, a, b) = *s.node(condition) else { return None };
        let facts = Facts::new(s, known);
        let meant = [a, b].into_iter().all(|t| needs(&facts.defined(t)).is_some_and(|n| n.is_empty()));
        meant.then(|| facts.with(&[s.intern(Node::Not(condition))]))
    }
    /// The lines of a branch, and what is known on it, at a value of the unknown.
    fn put_in(&self, branch: &Branch, unknown: VarId, value: Id) -> Branch {
        let s = self.store();
        let at = std::iter::once((unknown, Arg::Val(value))).collect();
        let put = |xs: &[Id]| xs.iter().map(|x| s.subst(*x, &at)).collect();
        Branch { at: s.subst(branch.at, &at), lines: put(&branch.lines), known: put(&branch.known) }
    }
    /// Whether the lines of a branch, a value put in, cannot all hold with what is known on it.
    fn excluded(&self, under: &[Id], end: &Branch) -> bool {
        let facts = Facts::new(self.store(), under);
        // A line that holds has values.
        let mut values = Vec::new();
        for t in end.lines.iter().filter_map(|l| sides(self.store(), *l)).flat_map(|(a, b)| [a, b]) {
            if has_no_value(&facts, t) {
                return true;
            }
            values.extend(necessary_needs(&facts, t).unwrap_or_default());
        }
        let facts = facts.with(&values);
        if values.iter().enumerate().any(|(k, c)| {
            let others: Vec<Id> = values.iter().enumerate().filter(|(j, d)| *j != k && *d != c).map(|(_, d)| *d).collect();
            Facts::new(self.store(), under).with(&others).holds(*c).is_false()
        }) {
            return true;
        }
        facts.contradictory()
            || end.known.iter().any(|c| facts.holds(*c).is_false())
            || facts.with(&end.known).contradictory()
            || end.lines.iter().any(|l| differ(&facts, *l))
    }
    /// Whether each of the conditions holds wherever the lines of a branch do, a value put in.
    fn only_where(&self, under: &[Id], end: &Branch, when: &[Id]) -> bool {
        let s = self.store();
        let mut under = under.to_vec();
        let parts = when.iter().flat_map(|c| match s.node(*c) {
            Node::And(xs) => xs.to_vec(),
            _ => vec![*c],
        });
        for c in parts {
            let known = [under.clone(), end.known.clone()].concat();
            let fails = || self.fails(&under, c).is_some_and(|facts| self.excluded(facts.conditions(), end));
            if Facts::new(s, &known).holds(c) != Tri::True && !fails() {
                return false;
            }
            under.push(c);
        }
        true
    }

    /// Whether a value of the unknown satisfies an equation nowhere under conditions, whatever the other names stand for: the equation
    /// has no value there, or its sides differ. That they differ for some values of the other names is not enough.
    pub fn solves_nowhere(&self, givens: &[Id], equation: Id, unknown: VarId, value: Id) -> bool {
        let s = self.store();
        let at = std::iter::once((unknown, Arg::Val(value))).collect();
        let facts = Facts::new(s, givens);
        // A solution obeys what is given of the unknown.
        if givens.iter().any(|c| s.mentions(*c, unknown) && facts.holds(s.subst(*c, &at)) == Tri::False) {
            return true;
        }
        let Some((a, b)) = sides(s, equation).map(|(a, b)| (s.subst(a, &at), s.subst(b, &at))) else { return false };
        if has_no_value(&facts, a) || has_no_value(&facts, b) {
            return true;
        }
        let numbers = s.free_vars(a).is_empty() && s.free_vars(b).is_empty();
        let refuted = || matches!(self.satisfies(givens, equation, &[(unknown, value)], &[]), Err(Refused::Refuted(_)));
        facts.holds(s.rel(RelOp::Ne, s.sub(a, b), s.int(0))) == Tri::True || numbers && refuted()
    }
    /// Whether wherever one value of the unknown satisfies an equation under conditions it is the same as another.
    pub fn solves_only_as(&self, givens: &[Id], equation: Id, unknown: VarId, (value, other): (Id, Id)) -> bool {
        let s = self.store();
        let at = std::iter::once((unknown, Arg::Val(value))).collect();
        let facts = Facts::new(s, givens);
        let Some((a, b)) = sides(s, equation).map(|(a, b)| (s.subst(a, &at), s.subst(b, &at))) else { return false };
        let solves = [s.rel(RelOp::Eq, a, b), s.rel(RelOp::Eq, self.by_lemma(&facts, a), self.by_lemma(&facts, b))];
        facts.with(&solves).equal(value, other).is_proved()
    }
    /// What a lemma that holds under the facts says a term is; else the term.
    fn by_lemma(&self, facts: &Facts<'s>, t: Id) -> Id {
        let holds = |l: &crate::prover::Lemma| rearranged(self.store(), l.left, t) && l.under.iter().all(|c| facts.holds(*c) == Tri::True);
        (0..self.lemma_count()).rev().filter_map(|k| self.lemma(k)).find(holds).map_or(t, |l| l.right)
    }
}

/// Whether the sides of an equation differ.
fn differ(facts: &Facts<'_>, equation: Id) -> bool {
    let s = facts.store();
    sides(s, equation).is_some_and(|(a, b)| facts.holds(s.rel(RelOp::Ne, s.sub(a, b), s.int(0))) == Tri::True)
}
