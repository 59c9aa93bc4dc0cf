//! The checks behind claims that are more than equations: links between conditions, solutions, parameters found.
//!
//! Part of the trusted core. A link is checked where the first equation of the chain has values: the conditions handed in say
//! where that is. Solutions and parameters are checked by substitution.

use crate::check::needs;
use crate::compare::rearranged;
use crate::domain::necessary_needs;
use crate::prover::{Prover, Refused};
use crate::rule::{instantiate, Need, Relates, Rule, Substitution};
use gradus_decide::{Facts, Tri};
use gradus_judge::Verdict;
use gradus_term::{Arg, Domain, Id, Node, Prim, Props, RelOp, Sort, Store, VarId};
use rustc_hash::FxHashMap;

/// Why a condition follows from another; but for the rules that say only this, the other follows from it too.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    /// Both sides of the equation are replaced by equal ones: by normal form, or by a lemma.
    Sides,
    /// An instance of a rule between conditions, an equivalence or an implication.
    Rule {
        /// The rule's name.
        rule: String,
        /// Whether it is read from right to left.
        backward: bool,
        /// What stands for its metavariables.
        subst: Substitution,
    },
    /// The difference of the sides is multiplied by this factor, which is not 0.
    Scaled(Id),
    /// Both sides have this matrix, which is invertible, as a factor in front, or both behind, which is left out: `A x = A y` and
    /// `x = y`, or `X A = Y A` and `X = Y`.
    Freed(Id),
    /// Both sides are square matrices, which are inverted: `A⁻¹ = B` and `A = B⁻¹`. Where they are equal the one is invertible if the other is.
    Inverted,
    /// Both sides are transposed.
    Transposed,
    /// The difference of the sides is this factor, which is not 0, times the differences of the sides of the alternatives.
    Factors(Id),
    /// This quantity is not negative or not positive, and the sides are replaced by what they are in either case: `|x| + x = 1` by
    /// `x + x = 1 and x ≥ 0` or `−x + x = 1 and x ≤ 0`.
    Signs(Id),
    /// The sides differ everywhere: no alternative is left.
    Never,
    /// The sides are equal everywhere: no condition is left.
    Always,
}

impl<'s> Prover<'s> {
    /// Checks that the condition `to` follows from `from` where `known` holds, and unless the link says only that ([`Self::is_one_way`]),
    /// `from` from `to`; what must be assumed for it.
    ///
    /// # Errors
    /// If the link does not give it, or a side condition is false.
    pub fn link(&self, known: &[Id], from: Id, to: Id, link: &Link) -> Result<Vec<Id>, Refused> {
        let s = self.store();
        let facts = Facts::new(s, known);
        let no = || Refused::NotGrounded("the equivalence".to_owned());
        let mut assumes = Vec::new();
        let difference = |e: Id| sides(s, e).map(|(a, b)| s.sub(a, b)).ok_or_else(no);
        match link {
            Link::Sides => {
                let ((a, b), (x, y)) = (sides(s, from).ok_or_else(no)?, sides(s, to).ok_or_else(no)?);
                for (old, new) in [(a, x), (b, y)] {
                    if !facts.equal(old, new).is_proved() && !self.lemma_gives(&facts, old, new, &mut assumes)? {
                        return Err(no());
                    }
                }
            }
            Link::Rule { rule, backward, subst } => self.rule_link(&facts, from, to, (rule, *backward, subst), &mut assumes)?,
            Link::Scaled(k) => {
                self.nowhere_zero(&facts, *k, &mut assumes)?;
                if !facts.equal(difference(to)?, s.mul(*k, difference(from)?)).is_proved() {
                    return Err(no());
                }
            }
            Link::Freed(m) => {
                let square =
                    matches!(s.sort(*m), Sort::Tensor(d) if matches!(d.as_ref(), [a, b] if facts.is_zero_aff(&a.sub(b)).is_true()));
                if !square {
                    return Err(no());
                }
                // That its inverse has a value is that it is invertible.
                let inverse = s.prim_call(Prim::Inv, &[*m]);
                for c in needs(&facts.defined(inverse)).ok_or_else(no)? {
                    assume(&facts, c, &mut assumes)?;
                }
                let facts = facts.with(&assumes);
                let ((a, b), (x, y)) = (sides(s, from).ok_or_else(no)?, sides(s, to).ok_or_else(no)?);
                let is = |with: Id, product: [Id; 2]| {
                    let product = s.intern(Node::MatMul(product.into()));
                    s.sort(product) == s.sort(with) && facts.equal(with, product).is_proved()
                };
                let matrices = [x, y].iter().all(|t| matches!(s.sort(*t), Sort::Tensor(d) if d.len() == 2));
                let front = is(a, [*m, x]) && is(b, [*m, y]);
                if !(front || matrices && is(a, [x, *m]) && is(b, [y, *m])) {
                    return Err(no());
                }
            }
            Link::Inverted => {
                let ((a, b), (x, y)) = (sides(s, from).ok_or_else(no)?, sides(s, to).ok_or_else(no)?);
                for (old, new) in [(a, x), (b, y)] {
                    let square =
                        matches!(s.sort(old), Sort::Tensor(d) if matches!(d.as_ref(), [m, n] if facts.is_zero_aff(&m.sub(n)).is_true()));
                    let inverse = s.prim_call(Prim::Inv, &[old]);
                    if !square || s.sort(new) != s.sort(old) || !facts.equal(new, inverse).is_proved() {
                        return Err(no());
                    }
                    for c in needs(&facts.defined(inverse)).ok_or_else(no)? {
                        assume(&facts, c, &mut assumes)?;
                    }
                }
            }
            Link::Transposed => {
                let ((a, b), (x, y)) = (sides(s, from).ok_or_else(no)?, sides(s, to).ok_or_else(no)?);
                let turns = |old: Id, new: Id| {
                    let turned = s.prim_call(Prim::Transpose, &[old]);
                    s.sort(old).is_tensor() && s.sort(new) == s.sort(turned) && facts.equal(new, turned).is_proved()
                };
                if !turns(a, x) || !turns(b, y) {
                    return Err(no());
                }
            }
            Link::Factors(k) => {
                self.nowhere_zero(&facts, *k, &mut assumes)?;
                let Node::Or(cases) = s.node(to) else { return Err(no()) };
                let mut fs = vec![*k];
                for c in cases {
                    fs.push(difference(*c)?);
                }
                if !facts.equal(difference(from)?, s.product(&fs)).is_proved() {
                    return Err(no());
                }
            }
            Link::Signs(u) => {
                for c in needs(&facts.defined(*u)).ok_or_else(no)? {
                    assume(&facts, c, &mut assumes)?;
                }
                let Node::Or(cases) = s.node(to) else { return Err(no()) };
                let (a, b) = sides(s, from).ok_or_else(no)?;
                for (k, op) in [RelOp::Ge, RelOp::Le].into_iter().enumerate() {
                    let case = cases.get(k).filter(|_| cases.len() == 2).ok_or_else(no)?;
                    let Node::And(parts) = s.node(*case) else { return Err(no()) };
                    let [line, sign] = *parts.as_ref() else { return Err(no()) };
                    let (x, y) = sides(s, line).ok_or_else(no)?;
                    let here = facts.with(&[sign]);
                    let alike = here.equal(a, x).is_proved() && here.equal(b, y).is_proved();
                    if sign != s.rel(op, *u, s.int(0)) || !alike {
                        return Err(no());
                    }
                }
            }
            Link::Never => {
                let apart = s.rel(RelOp::Ne, difference(from)?, s.int(0));
                if *s.node(to) != Node::Or([].into()) || facts.holds(apart) != Tri::True {
                    return Err(no());
                }
            }
            Link::Always => {
                let (a, b) = sides(s, from).ok_or_else(no)?;
                if *s.node(to) != Node::And([].into()) || !facts.equal(a, b).is_proved() {
                    return Err(no());
                }
            }
        }
        self.defined_too(&facts, to, &mut assumes)?;
        Ok(assumes)
    }
    /// Whether a link gives only that the second condition follows from the first: what solves the second need not solve the first.
    pub fn is_one_way(&self, link: &Link) -> bool {
        matches!(link, Link::Rule { rule, .. } if self.rules().rule(rule).is_some_and(|r| r.relates == Relates::Implied))
    }
    fn rule_link(
        &self,
        facts: &Facts<'s>,
        from: Id,
        to: Id,
        (name, backward, subst): (&str, bool, &Substitution),
        assumes: &mut Vec<Id>,
    ) -> Result<(), Refused> {
        let s = self.store();
        let no = |_| Refused::NotGrounded(name.to_owned());
        let fits = |r: &&Rule| r.relates == Relates::Equivalent || r.relates == Relates::Implied && !backward;
        let rule = self.rules().rule(name).filter(fits).ok_or_else(|| Refused::NoSuchRule(name.to_owned()))?;
        let (l, r) = if backward { (rule.right, rule.left) } else { (rule.left, rule.right) };
        let (l, r) = (instantiate(s, l, subst).map_err(no)?, instantiate(s, r, subst).map_err(no)?);
        if !rearranged(s, l, from) || !rearranged(s, r, to) || !rule.premises.is_empty() {
            return Err(Refused::NotGrounded(name.to_owned()));
        }
        for need in &rule.needs {
            match need {
                Need::Holds(c) => assume(facts, instantiate(s, *c, subst).map_err(no)?, assumes)?,
                Need::Number(t) => {
                    let t = instantiate(s, *t, subst).map_err(no)?;
                    s.as_rational(t).ok_or_else(|| Refused::NotGrounded(name.to_owned()))?;
                }
            }
        }
        Ok(())
    }
    /// A factor must have a value, and one that is not 0: `1/x` is never 0, but `x x = x a` is not `x = a` where `x = 0`.
    fn nowhere_zero(&self, facts: &Facts<'s>, k: Id, assumes: &mut Vec<Id>) -> Result<(), Refused> {
        let s = self.store();
        for c in needs(&facts.defined(k)).ok_or_else(|| Refused::NotGrounded("where the factor is defined".to_owned()))? {
            assume(facts, c, assumes)?;
        }
        assume(facts, s.rel(RelOp::Ne, k, s.int(0)), assumes)
    }
    /// The terms compared in `to` must have values wherever `known` holds.
    fn defined_too(&self, facts: &Facts<'s>, to: Id, assumes: &mut Vec<Id>) -> Result<(), Refused> {
        match self.store().node(to) {
            Node::Or(xs) | Node::And(xs) => xs.iter().try_for_each(|x| self.defined_too(facts, *x, assumes)),
            Node::Not(x) => self.defined_too(facts, *x, assumes),
            Node::Rel(_, a, b) => [*a, *b].into_iter().try_for_each(|t| {
                let needs = needs(&facts.defined(t)).ok_or_else(|| Refused::NotGrounded("where the terms are defined".to_owned()))?;
                needs.into_iter().try_for_each(|c| assume(facts, c, assumes))
            }),
            _ => Err(Refused::NotGrounded("the equivalence".to_owned())),
        }
    }

    /// Checks by substitution that values of the unknowns satisfy a condition (an equation, or several) under the givens and
    /// for all values of every other name; what must be assumed for it.
    ///
    /// # Errors
    /// If a value mentions an unknown or a name it may not depend on, lies outside the declared set, or an equation is not
    /// proved.
    pub fn satisfies(&self, givens: &[Id], condition: Id, values: &[(VarId, Id)], for_all: &[VarId]) -> Result<Vec<Id>, Refused> {
        let s = self.store();
        let facts = Facts::new(s, givens);
        for (v, t) in values {
            let forbidden = values.iter().map(|x| x.0).chain(for_all.iter().copied()).any(|w| s.mentions(*t, w));
            if forbidden || !in_set(&facts, *v, *t) {
                return Err(Refused::NotGrounded(format!("the value of {}", s.var(*v).name)));
            }
        }
        let map: FxHashMap<VarId, Arg> = values.iter().map(|(v, t)| (*v, value(s, *v, *t))).collect();
        let mut assumes = Vec::new();
        // What is given of the unknowns must hold of their values.
        for c in givens.iter().filter(|c| values.iter().any(|(v, _)| s.mentions(**c, *v))) {
            assume(&facts, s.subst(*c, &map), &mut assumes)?;
        }
        for general in equations(s, condition) {
            let (l, r) = sides(s, general).ok_or_else(|| Refused::NotGrounded("the condition".to_owned()))?;
            let (a, b) = (s.subst(l, &map), s.subst(r, &map));
            let shown = self.shown_at(&facts, (l, r), &map, &mut assumes);
            // It is asked for only where what it rests on holds.
            if let Verdict::Refuted(c) = self.judge().equal_where_defined(s, a, b, &[givens, &assumes].concat()) {
                return Err(Refused::Refuted(c));
            }
            let proved = shown?;
            if s.sort(a) != s.sort(b) || *s.sort(a) == Sort::Ill || !proved {
                return Err(Refused::NotGrounded("the condition, with the values put in".to_owned()));
            }
            let domain =
                |f: &Facts<'s>, t: Id| needs(&f.defined(t)).ok_or_else(|| Refused::NotGrounded("where the terms are defined".to_owned()));
            // The condition is asked for where its left side has a value: what that needs and varies with `for_all` is its domain.
            let needed = necessary_needs(&facts, a).unwrap_or_default();
            let varies = |c: &Id| for_all.iter().any(|v| s.mentions(*c, *v));
            let (own, others): (Vec<Id>, Vec<Id>) = domain(&facts, a)?.into_iter().partition(|c| varies(c) && needed.contains(c));
            let everywhere = crate::instances::of_givens(s, general, givens);
            let closed = |c: Id| crate::check::rebound(s, c, &[]).0;
            for c in others.into_iter().chain(domain(&facts.with(&own), b)?) {
                let known = crate::instances::holds_at_its_indices(s, &facts.with(&own), &everywhere, c);
                if !known && !assumes.iter().any(|x| closed(*x) == closed(c)) {
                    assume(&facts.with(&own), c, &mut assumes)?;
                }
            }
        }
        Ok(assumes)
    }
    /// Whether facts or lemmas make two sides equal at values of the unknowns; what is assumed for it.
    fn shown_at(&self, facts: &Facts<'s>, (l, r): (Id, Id), map: &FxHashMap<VarId, Arg>, assumes: &mut Vec<Id>) -> Result<bool, Refused> {
        let s = self.store();
        let (a, b) = (s.subst(l, map), s.subst(r, map));
        if facts.equal(a, b).is_proved() || self.lemma_gives(facts, a, b, assumes)? {
            return Ok(true);
        }
        let (x, y) = (self.lemma_at(facts, l, map, assumes)?, self.lemma_at(facts, r, map, assumes)?);
        Ok(facts.equal(x, y).is_proved())
    }
    /// The term with values put in; where a lemma says what the term is, what that is at the values. What the lemma was proved
    /// under must hold there, or is assumed.
    fn lemma_at(&self, facts: &Facts<'s>, t: Id, map: &FxHashMap<VarId, Arg>, assumes: &mut Vec<Id>) -> Result<Id, Refused> {
        let s = self.store();
        let lemma = (0..self.lemma_count()).rev().filter_map(|k| self.lemma(k)).find(|l| rearranged(s, l.left, t));
        let Some(lemma) = lemma else { return Ok(s.subst(t, map)) };
        for c in &lemma.under {
            assume(facts, s.subst(*c, map), assumes)?;
        }
        Ok(s.subst(lemma.right, map))
    }
    /// Whether a lemma proved before states the equation; what it was proved under must hold, or is assumed.
    pub(crate) fn lemma_gives(&self, facts: &Facts<'s>, a: Id, b: Id, assumes: &mut Vec<Id>) -> Result<bool, Refused> {
        let s = self.store();
        let states = |l: &crate::prover::Lemma| {
            rearranged(s, l.left, a) && rearranged(s, l.right, b) || rearranged(s, l.left, b) && rearranged(s, l.right, a)
        };
        let Some(lemma) = (0..self.lemma_count()).rev().filter_map(|k| self.lemma(k)).find(states) else { return Ok(false) };
        // A lemma is about the places where its left side is known to have a value.
        let places = needs(&facts.defined(lemma.left)).unwrap_or_default();
        for c in lemma.under.iter().chain(&places) {
            assume(facts, *c, assumes)?;
        }
        Ok(true)
    }
}

fn equations(s: &Store, c: Id) -> Vec<Id> {
    match s.node(c) {
        Node::And(xs) => xs.to_vec(),
        _ => vec![c],
    }
}
pub(crate) fn sides(s: &Store, e: Id) -> Option<(Id, Id)> {
    match s.node(e) {
        Node::Rel(RelOp::Eq, a, b) => Some((*a, *b)),
        _ => None,
    }
}
/// A known condition is dropped, a false one is an error, an open one is assumed.
pub(crate) fn assume(facts: &Facts<'_>, c: Id, assumes: &mut Vec<Id>) -> Result<(), Refused> {
    match facts.holds(c) {
        Tri::True => {}
        Tri::False => return Err(Refused::NeedFails(c)),
        Tri::Unknown if assumes.contains(&c) => {}
        Tri::Unknown => assumes.push(c),
    }
    Ok(())
}
fn value(s: &Store, v: VarId, t: Id) -> Arg {
    match s.as_aff(t).filter(|_| s.var(v).is_integer()) {
        Some(a) => Arg::Idx(a),
        None => Arg::Val(t),
    }
}
/// Whether a value has the properties of a name, by what is given and by its form; an inverse is invertible where it has a value.
fn has_properties(facts: &Facts<'_>, t: Id, asked: Props) -> bool {
    let s = facts.store();
    let is_inverse = |t: Id| matches!(s.node(t), Node::Call(f, _) if s.prim(*f) == Some(Prim::Inv));
    let invertible = |t: Id| is_inverse(t) || facts.invertible(t);
    // A positive definite matrix is symmetric.
    let asked = Props { symmetric: asked.symmetric && !asked.positive_definite, ..asked };
    match asked {
        p if p == Props::default() => true,
        p if p == (Props { invertible: true, ..Props::default() }) => match s.node(t) {
            Node::MatMul(xs) => xs.iter().all(|x| invertible(*x)),
            _ => invertible(t),
        },
        p if p == (Props { positive_definite: true, ..Props::default() }) => facts.positive_definite(t),
        p if p == (Props { symmetric: true, ..Props::default() }) => gradus_decide::is_symmetric(s, t),
        _ => false,
    }
}
/// Whether the value lies in the set the unknown was declared in.
fn in_set(facts: &Facts<'_>, v: VarId, t: Id) -> bool {
    let s = facts.store();
    let info = s.var(v);
    if !has_properties(facts, t, info.props) || *s.sort(t) != info.sort {
        return false;
    }
    match &info.domain {
        Domain::Real => true,
        Domain::Int => s.as_aff(t).is_some(),
        Domain::Nat => s.as_aff(t).is_some_and(|a| facts.nonneg(&a.plus(-1)) == Tri::True),
        Domain::Finite(vs) => s.as_rational(t).is_some_and(|q| vs.contains(&q)),
        Domain::Interval(..) => false,
    }
}
