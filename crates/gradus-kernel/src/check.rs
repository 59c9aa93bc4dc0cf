//! The checks behind the grounds: the trusted part. Each is a few lines; none searches.

use crate::compare::rearranged;
use crate::derivation::{Ground, Procedure};
use crate::domain::{is_derivative, necessary_needs};
use crate::instances::holds_at_its_indices;
use crate::prover::{Lemma, Prover, Refused};
use crate::rule::{instantiate, Need, Substitution};
use gradus_decide::{Definedness, Equality, Facts, Tri};
use gradus_term::{Aff, Arg, BigOp, Focus, Id, Node, RelOp, Store, VarId};
use rustc_hash::FxHashMap;

/// What a check may use at its place.
pub(crate) struct Discharge<'a, 's> {
    pub(crate) prover: &'a Prover<'s>,
    facts: Facts<'s>,
    pub(crate) conditions: Vec<Id>,
    /// Conditions of the natural domain that hold for all values of their opened indices.
    everywhere: &'a [Id],
    pub(crate) focus: &'a Focus,
    /// The term the chain starts with, and the one before this step.
    whole: [Id; 2],
}

impl<'a, 's> Discharge<'a, 's> {
    pub(crate) fn new(
        prover: &'a Prover<'s>,
        facts: &Facts<'s>,
        conditions: &[Id],
        everywhere: &'a [Id],
        focus: &'a Focus,
        whole: [Id; 2],
    ) -> Self {
        let mut all = conditions.to_vec();
        all.extend(focus.facts.iter().copied());
        let mut here = focus.facts.clone();
        here.extend(near_points(prover.store(), &all, focus));
        Discharge { prover, facts: facts.with(&here), conditions: all, everywhere, focus, whole }
    }
    pub(crate) fn store(&self) -> &'s Store {
        self.prover.store()
    }
    pub(crate) fn lemma(&self, k: usize) -> Option<Lemma> {
        self.prover.lemma(k)
    }
    pub(crate) fn facts(&self) -> &Facts<'s> {
        &self.facts
    }
    /// Whether a name stands in the chain's start or its term, or was opened on the way to the place: then what is known of it is not
    /// known of all its values.
    pub(crate) fn is_of_the_claim(&self, v: VarId) -> bool {
        self.focus.opened.contains(&v) || self.whole.iter().any(|t| self.store().mentions(*t, v))
    }
    pub(crate) fn facts_with(&self, cond: Id) -> Facts<'s> {
        self.facts.with(&[cond])
    }
    /// Whether two terms are equal here, by normal form. Facts order what they have met, and the form found depends on that order:
    /// what was asked before must not decide, so the question is asked of new facts as well.
    pub(crate) fn equal(&self, a: Id, b: Id) -> Equality {
        match self.facts.equal(a, b) {
            Equality::Proved => Equality::Proved,
            Equality::Unknown(_) => Facts::new(self.store(), self.facts.conditions()).equal(a, b),
        }
    }
    /// Those of the conditions that must be assumed.
    pub(crate) fn discharge_all(&self, conditions: &[Id]) -> Result<Vec<Id>, Refused> {
        let mut assumes = Vec::new();
        for c in conditions {
            assumes.extend(self.discharge(*c)?);
        }
        Ok(assumes)
    }
    /// A condition as it reads with the values bound by `diff` taken at their points.
    fn at_points(&self, cond: Id) -> Id {
        let mut out = cond;
        for (v, point) in self.focus.points.iter().rev() {
            let map: FxHashMap<VarId, Arg> = std::iter::once((*v, Arg::Val(*point))).collect();
            out = self.store().subst(out, &map);
        }
        out
    }
    /// `Ok(None)` if the condition is known here; `Ok(Some(cond))` if it must be assumed, for all values of opened indices.
    ///
    /// # Errors
    /// If it is false, or speaks of a value bound by `diff` and need not hold near the point where it holds at it.
    pub(crate) fn discharge(&self, cond: Id) -> Result<Option<Id>, Refused> {
        let s = self.store();
        let near = strict(s, cond, &self.focus.points);
        if near != cond && self.facts.holds(cond) == Tri::True {
            return Ok(None);
        }
        let c = self.at_points(near);
        let bound = self.focus.points.iter().any(|(v, _)| s.mentions(near, *v));
        if bound && !is_open(s, near) {
            return Err(Refused::NotGrounded("what is known near the point".to_owned()));
        }
        match self.facts.holds(c) {
            Tri::True => Ok(None),
            Tri::False => Err(Refused::NeedFails(c)),
            Tri::Unknown if holds_at_every_index(s, &self.facts, c) => Ok(None),
            Tri::Unknown if holds_at_its_indices(s, &self.facts, self.everywhere, c) => Ok(None),
            Tri::Unknown => Ok(Some(c)),
        }
    }
    /// A condition of replacing `old`. A limit is taken where its body has a value, so there that `old` has one is known.
    fn discharge_beside(&self, old: Id, cond: Id) -> Result<Option<Id>, Refused> {
        match self.discharge(cond)? {
            Some(c) if !self.focus.limits.is_empty() && self.focus.points.is_empty() => {
                // Where the rules of a derivative do not apply it may still have a value.
                let known = match self.store().any_subterm_defined(old, &mut is_derivative) {
                    true => necessary_needs(&self.facts, old),
                    false => needs(&self.facts.defined(old)),
                };
                let known = known.unwrap_or_default();
                Ok(Some(c).filter(|c| self.facts.with(&known).holds(*c) != Tri::True))
            }
            other => Ok(other),
        }
    }
    /// A lemma holds where its left side is known to have a value; that may be less than where it has one. What of that must be assumed.
    fn where_lemma_holds(&self, left: Id) -> Result<Vec<Id>, Refused> {
        let s = self.store();
        let needs = match self.facts.defined(left) {
            _ if !s.any_subterm_defined(left, &mut is_derivative) => return Ok(Vec::new()),
            Definedness::Always => return Ok(Vec::new()),
            Definedness::Never => return Err(Refused::NotGrounded("where the lemma holds".to_owned())),
            Definedness::Unknown { needs } => needs,
        };
        let necessary = necessary_needs(&self.facts, left).unwrap_or_default();
        // What the chain notes of all indices, kinks too, is known.
        let noted = crate::lemma::for_all_of(s, &self.whole, &self.conditions);
        let mut assumes = Vec::new();
        for c in needs.into_iter().filter(|c| !necessary.contains(c)) {
            if !holds_at_its_indices(s, &self.facts, &noted, c) {
                assumes.extend(self.discharge(c)?);
            }
        }
        Ok(assumes)
    }
    /// The new part must be defined wherever the old one is: the conditions for which that is not known.
    pub(crate) fn still_defined(&self, old: Id, new: Id) -> Result<Vec<Id>, Refused> {
        let s = self.store();
        let unsayable = || Refused::NotGrounded("what is known of where the terms are defined".to_owned());
        // Where nothing can be said of the old part, nothing more is known than that it has a value.
        let known = needs(&self.facts.defined(old)).unwrap_or_default();
        let facts = if known.is_empty() { self.facts.clone() } else { self.facts.with(&known) };
        let known: Vec<Schematic> = known.into_iter().map(|c| schematic(&self.facts, c, &self.focus.opened)).collect();
        let mut assumes = Vec::new();
        for need in needs(&facts.defined(new)).ok_or_else(unsayable)? {
            let for_all = schematic(&facts, need, &self.focus.opened);
            if known.iter().any(|k| k.covers(&facts, &for_all)) {
                continue;
            }
            let c = self.at_points(strict(s, need, &self.focus.points));
            match facts.holds(c) {
                Tri::True => {}
                Tri::False => return Err(Refused::NeedFails(c)),
                Tri::Unknown if holds_at_its_indices(s, &facts, self.everywhere, c) => {}
                Tri::Unknown => assumes.push(c),
            }
        }
        Ok(assumes)
    }
}

/// Whether a condition holds for every value of the indices that were opened on the way to it, where it has few of them: those
/// at which its entries are read inside their ranges.
pub fn holds_at_every_index(s: &Store, facts: &Facts<'_>, cond: Id) -> bool {
    at_every_index(s, facts, cond).is_some_and(|cases| cases.into_iter().all(|c| facts.holds(c) == Tri::True))
}
/// Whether a condition fails for a value of these indices.
pub fn fails_at_an_index(s: &Store, facts: &Facts<'_>, cond: Id) -> bool {
    at_every_index(s, facts, cond).is_some_and(|cases| cases.into_iter().any(|c| facts.holds(c) == Tri::False))
}
fn at_every_index(s: &Store, facts: &Facts<'_>, cond: Id) -> Option<Vec<Id>> {
    const VALUES: i64 = 32;
    const CASES: usize = 128;
    let open: Vec<VarId> = s.free_vars(cond).into_iter().filter(|v| s.var(*v).kind == gradus_term::VarKind::Opened).collect();
    let mut ranges = needs(&facts.defined(cond)).filter(|_| !open.is_empty())?;
    let whole = |t: Id| s.as_aff(t).is_some();
    ranges.retain(|c| matches!(s.node(*c), Node::Rel(_, a, b) if whole(*a) && whole(*b)));
    let inside = facts.with(&ranges);
    let mut cases = vec![cond];
    for v in open {
        let index = Aff::free(v);
        let last = (1..=VALUES).find(|n| inside.nonneg(&Aff::int(*n).sub(&index)) == Tri::True)?;
        if inside.nonneg(&index.plus(-1)) != Tri::True {
            return None;
        }
        let at = |c: &Id| (1..=last).map(|k| s.subst(*c, &std::iter::once((v, Arg::Idx(Aff::int(k)))).collect())).collect::<Vec<_>>();
        cases = cases.iter().flat_map(at).collect();
        if cases.len() > CASES {
            return None;
        }
    }
    Some(cases)
}

/// The conditions under which a term has a value; `None` if they cannot be said, or it has none.
pub(crate) fn needs(d: &Definedness) -> Option<Vec<Id>> {
    match d {
        Definedness::Always => Some(Vec::new()),
        Definedness::Unknown { needs } if !needs.is_empty() => Some(needs.clone()),
        Definedness::Unknown { .. } | Definedness::Never => None,
    }
}

/// A condition meant for all values of the indices that were opened on the way to it.
struct Schematic {
    /// The condition with these indices bound again.
    cond: Id,
    /// The indices, and what each ranges over.
    opened: Vec<(VarId, Option<(Aff, Aff)>)>,
}

impl Schematic {
    /// Whether this condition, for all its indices, gives the other for all of its own.
    fn covers(&self, facts: &Facts<'_>, other: &Schematic) -> bool {
        let s = facts.store();
        if self.cond != other.cond || self.opened.len() != other.opened.len() {
            return false;
        }
        let names: Vec<(VarId, VarId)> = self.opened.iter().zip(&other.opened).map(|(a, b)| (a.0, b.0)).collect();
        let renamed = |a: &Aff| names.iter().fold(a.clone(), |a, (v, w)| a.subst(gradus_term::IVar::Free(*v), &Aff::free(*w)));
        // Where the other's indices lie in their ranges.
        let mut inside = Vec::new();
        for (v, range) in &other.opened {
            let Some((lo, hi)) = range else { continue };
            let i = s.index(Aff::free(*v));
            inside.push(s.rel(RelOp::Le, s.index(lo.clone()), i));
            inside.push(s.rel(RelOp::Le, i, s.index(hi.clone())));
        }
        let facts = facts.with(&inside);
        self.opened.iter().zip(&other.opened).all(|((_, mine), (w, _))| match mine {
            Some((lo, hi)) => {
                let i = Aff::free(*w);
                facts.nonneg(&i.sub(&renamed(lo))) == Tri::True && facts.nonneg(&renamed(hi).sub(&i)) == Tri::True
            }
            None => false,
        })
    }
}

fn schematic(facts: &Facts<'_>, cond: Id, own: &[VarId]) -> Schematic {
    let (cond, opened) = rebound(facts.store(), cond, own);
    Schematic { cond, opened: opened.into_iter().map(|v| (v, facts.range_of(v))).collect() }
}
/// A condition with the indices that were opened on the way to it bound again, and these. Names the position itself opened stay as
/// they are.
pub(crate) fn rebound(s: &Store, cond: Id, own: &[VarId]) -> (Id, Vec<VarId>) {
    let opened: Vec<VarId> =
        s.free_vars(cond).into_iter().filter(|v| s.var(*v).kind == gradus_term::VarKind::Opened && !own.contains(v)).collect();
    (s.canon(s.close(cond, &opened)), opened)
}

/// Under a `diff`: strict conditions between continuous terms that hold at the point hold near it, so also for the bound
/// value.
fn near_points(s: &Store, conditions: &[Id], focus: &Focus) -> Vec<Id> {
    let mut out = Vec::new();
    for (v, point) in &focus.points {
        for c in conditions {
            let strict = matches!(s.node(*c), Node::Rel(RelOp::Ne | RelOp::Lt | RelOp::Gt, ..));
            if strict && s.contains(*c, *point) && is_continuous(s, *c) {
                let bound = s.intern(Node::Var(*v));
                out.push(s.open(s.abstract_term(*c, *point), &[Arg::Val(bound)]));
            }
        }
    }
    out
}

/// A condition that mentions a value bound by a `diff`, made to hold near a point if it holds there: `≤` as `<`.
fn strict(s: &Store, cond: Id, points: &[(VarId, Id)]) -> Id {
    let bound = points.iter().any(|(v, _)| s.mentions(cond, *v));
    match s.node(cond) {
        Node::Rel(op @ (RelOp::Le | RelOp::Ge), a, b) if bound && !is_open(s, cond) => {
            s.rel(if *op == RelOp::Le { RelOp::Lt } else { RelOp::Gt }, *a, *b)
        }
        _ => cond,
    }
}

/// Whether a term is built of functions that are continuous wherever they are defined.
pub(crate) fn is_continuous(s: &Store, t: Id) -> bool {
    !s.any_subterm(t, &mut |n| match n {
        Node::Iverson(_)
        | Node::Cases(..)
        | Node::Limit { .. }
        | Node::Diff { .. }
        | Node::Differential { .. }
        | Node::CallVar(..)
        | Node::Meta(..) => true,
        Node::Big { cond: Some(_), .. } => true,
        Node::Call(f, _) => match s.fun(*f).kind {
            gradus_term::FnKind::Prim(p) => matches!(p, gradus_term::Prim::Floor | gradus_term::Prim::Sign),
            gradus_term::FnKind::Defined => s.body(*f).is_none_or(|b| !is_continuous(s, b)),
            gradus_term::FnKind::Unknown => false,
        },
        _ => false,
    })
}

/// Whether a condition, true at a point, is true near it: strict relations of continuous terms, and index conditions.
fn is_open(s: &Store, cond: Id) -> bool {
    match s.node(cond) {
        Node::Rel(RelOp::Ne | RelOp::Lt | RelOp::Gt, a, b) if is_continuous(s, *a) && is_continuous(s, *b) => true,
        Node::Rel(_, a, b) => s.as_aff(*a).is_some() && s.as_aff(*b).is_some(),
        Node::And(xs) | Node::Or(xs) => xs.iter().all(|x| is_open(s, *x)),
        _ => false,
    }
}

/// Checks that `ground` makes `old` and `new` equal here; the conditions that must be assumed for it.
pub(crate) fn check_ground(d: &Discharge<'_, '_>, ground: &Ground, old: Id, new: Id) -> Result<Vec<Id>, Refused> {
    let s = d.store();
    let no = |what: &str| Err(Refused::NotGrounded(what.to_owned()));
    let mut assumes = match ground {
        Ground::Instance { rule, backward, subst } => check_instance(d, rule, *backward, subst, old, new)?,
        Ground::Rearranged => return if rearranged(s, old, new) { Ok(Vec::new()) } else { no("rearranging") },
        Ground::Unfolded if unfolds(s, old, new) => Vec::new(),
        Ground::Folded if unfolds(s, new, old) => Vec::new(),
        Ground::Entries if entries(s, old, new) || entries(s, new, old) => Vec::new(),
        Ground::Given(c) => check_given(d, *c, old, new)?,
        Ground::Cited { lemma, subst } => crate::lemma::check_cited(d, *lemma, subst, old, new)?,
        Ground::Entrywise { lemma, indices } => crate::lemma::check_entrywise(d, *lemma, indices, old, new)?,
        Ground::ByCases(lemmas) => crate::cases::check_by_cases(d, lemmas, old, new)?,
        Ground::ReadOff { lemma, along } => crate::differential::check_read_off(d, *lemma, *along, old, new)?,
        Ground::Constant(turning) => crate::intervals::check_constant(d, *turning, old, new)?,
        Ground::Extensional if s.sort(old).is_tensor() && d.equal(old, new) == Equality::Proved => Vec::new(),
        Ground::Recomputed(Procedure::NormalForm) if d.equal(old, new) == Equality::Proved => Vec::new(),
        Ground::Recomputed(Procedure::EntryDelta) if crate::entries::entry_delta(s, old).is_some_and(|e| rearranged(s, e, new)) => {
            return Ok(Vec::new())
        }
        Ground::Recomputed(Procedure::SumRule) if sum_rule(s, old).is_some_and(|e| rearranged(s, e, new)) => return Ok(Vec::new()),
        Ground::Recomputed(Procedure::SumRule) if conditional_sum_rule(s, old).is_some_and(|e| rearranged(s, e, new)) => Vec::new(),
        Ground::Recomputed(Procedure::CasesRule) => check_cases_rule(d, old, new)?,
        Ground::Recomputed(Procedure::SignNear) if crate::limit::sign_near(s, &d.facts, old).is_some_and(|e| s.same(e, new)) => {
            return Ok(Vec::new())
        }
        Ground::Recomputed(Procedure::Continuity) if crate::limit::continued(s, &d.facts, old, new) => return Ok(Vec::new()),
        Ground::Recomputed(Procedure::ChainRule) if crate::chain::by_chain_rule(s, old, new) => Vec::new(),
        Ground::Recomputed(Procedure::MatrixRule) if crate::matrix::matrix_rule(s, old).is_some_and(|e| rearranged(s, e.0, new)) => {
            Vec::new()
        }
        Ground::Recomputed(Procedure::DifferentialRule)
            if crate::differential::differential_rule(s, old).is_some_and(|e| rearranged(s, e.0, new)) =>
        {
            Vec::new()
        }
        other => return no(other.word()),
    };
    if matches!(ground, Ground::Cited { .. } | Ground::Entrywise { .. } | Ground::ByCases(_) | Ground::ReadOff { .. }) {
        assumes.extend(d.where_lemma_holds(old)?);
    }
    // An infinite limit is a value that is no term: nothing is to be defined.
    if matches!(s.node(new), Node::Infinity(_)) && matches!(s.node(old), Node::Limit { .. }) {
        return Ok(assumes);
    }
    // A limit has a value where a premise says which.
    if let (Node::Limit { .. }, Ground::Instance { rule, subst, .. }) = (s.node(new), ground) {
        if is_value_of_premise(d, rule, subst, new) {
            return Ok(assumes);
        }
    }
    for c in d.still_defined(old, new)? {
        if !assumes.contains(&c) {
            assumes.push(c);
        }
    }
    Ok(assumes)
}

fn check_instance(d: &Discharge<'_, '_>, name: &str, backward: bool, subst: &Substitution, old: Id, new: Id) -> Result<Vec<Id>, Refused> {
    let s = d.store();
    let rule = d.prover.rules().rule(name).ok_or_else(|| Refused::NoSuchRule(name.to_owned()))?;
    let bad = |_| Refused::NotGrounded(name.to_owned());
    let (l, r) = if backward { (rule.right, rule.left) } else { (rule.left, rule.right) };
    let (l, r) = (instantiate(s, l, subst).map_err(bad)?, instantiate(s, r, subst).map_err(bad)?);
    if !rearranged(s, l, old) || !rearranged(s, r, new) {
        return Err(Refused::NotGrounded(name.to_owned()));
    }
    let mut assumes = Vec::new();
    for need in &rule.needs {
        match need {
            Need::Holds(c) => {
                let c = instantiate(s, *c, subst).map_err(bad)?;
                assumes.extend(d.discharge_beside(old, c)?);
            }
            Need::Number(t) => {
                let t = instantiate(s, *t, subst).map_err(bad)?;
                if s.as_rational(t).is_none() {
                    return Err(Refused::NotGrounded(name.to_owned()));
                }
            }
        }
    }
    for p in &rule.premises {
        let p = instantiate(s, *p, subst).map_err(bad)?;
        let (equation, under) = d.prover.proved_under(p).ok_or_else(|| Refused::NotGrounded(name.to_owned()))?;
        if crate::lemma::for_all(s, &[equation], &under).into_iter().any(|v| d.is_of_the_claim(v)) {
            return Err(Refused::NotGrounded(name.to_owned()));
        }
        for c in under {
            assumes.extend(d.discharge(c)?);
        }
    }
    crate::limit::check_values(s, rule, subst)?;
    Ok(assumes)
}

/// Whether a premise of the rule, here proved, is `t = value`.
fn is_value_of_premise(d: &Discharge<'_, '_>, name: &str, subst: &Substitution, t: Id) -> bool {
    let s = d.store();
    let states = |p: &Id| instantiate(s, *p, subst).is_ok_and(|p| matches!(s.node(p), Node::Rel(RelOp::Eq, l, _) if rearranged(s, *l, t)));
    d.prover.rules().rule(name).is_some_and(|r| r.premises.iter().any(states))
}

/// Whether `new` is `old` with the definition of its head put in (at an entry, too).
fn unfolds(s: &Store, old: Id, new: Id) -> bool {
    let body = match s.node(old) {
        Node::Call(f, xs) => s.unfold(*f, xs),
        Node::Entry(t, ix) => match s.node(*t) {
            Node::Call(f, xs) => s.unfold(*f, xs).map(|b| s.make_entry(b, ix)),
            _ => None,
        },
        _ => None,
    };
    body.is_some_and(|b| rearranged(s, b, new))
}

fn entries(s: &Store, old: Id, new: Id) -> bool {
    let e = match s.node(old) {
        Node::Entry(t, ix) => s.entry(*t, ix),
        _ => None,
    };
    e.or_else(|| s.scalar_form(old)).is_some_and(|e| rearranged(s, e, new))
}

fn check_given(d: &Discharge<'_, '_>, cond: Id, old: Id, new: Id) -> Result<Vec<Id>, Refused> {
    let s = d.store();
    let known = d.conditions.iter().any(|c| s.same(*c, cond));
    match s.node(cond) {
        Node::Rel(RelOp::Eq, a, b)
            if known && ((rearranged(s, *a, old) && rearranged(s, *b, new)) || (rearranged(s, *b, old) && rearranged(s, *a, new))) =>
        {
            Ok(Vec::new())
        }
        _ => Err(Refused::NotGrounded("the given equation".to_owned())),
    }
}

/// `(u ± v ± …)′` as `u′ ± v′ ± …`; `None` if `t` is no derivative of a sum.
pub fn sum_rule(s: &Store, t: Id) -> Option<Id> {
    let Node::Diff { hint, body, slot, point } = s.node(t) else { return None };
    let Node::Sum(xs) = s.node(*body) else { return None };
    let terms: Vec<_> = xs
        .iter()
        .map(|x| gradus_term::Summand {
            neg: x.neg,
            term: s.intern(Node::Diff { hint: *hint, body: x.term, slot: slot.clone(), point: *point }),
        })
        .collect();
    Some(s.sum(&terms))
}

/// `(Σ_{j: c} u_j)′` as `Σ_{j: c} u_j′`, for a condition on indices alone; `None` if `t` is no such derivative.
pub fn conditional_sum_rule(s: &Store, t: Id) -> Option<Id> {
    let Node::Diff { hint, body, slot, point } = s.node(t) else { return None };
    let x = s.fresh(*hint, s.sort(*point).clone(), false);
    let sum = s.open(*body, &[Arg::Val(s.name(x))]);
    let Node::Big { op: BigOp::Sum, hint: index, lo, hi, cond: Some(c), .. } = s.node(sum) else { return None };
    let (vars, u) = s.open_child(sum, 0)?;
    if s.mentions(*c, x) {
        return None;
    }
    let derivative = s.intern(Node::Diff { hint: *hint, body: s.close(u, &[x]), slot: slot.clone(), point: *point });
    let body = s.close(derivative, &vars);
    Some(s.intern(Node::Big { op: BigOp::Sum, hint: *index, lo: lo.clone(), hi: hi.clone(), cond: Some(*c), body }))
}

/// `(cases(u if a < b, …))′` as `cases(u′ if a < b, …)` at the point, and the relations that must not be on their boundary
/// there: pairs `(a, b)` with `a ≠ b` needed. `None` if `t` is no such derivative, or a condition is more than relations of what is
/// continuous: `sign(x)² < 1` holds at 0 and nowhere near it.
pub fn cases_rule(s: &Store, t: Id) -> Option<(Id, Vec<(Id, Id)>)> {
    let Node::Diff { hint, body, slot, point } = s.node(t) else { return None };
    let Node::Cases(branches, otherwise) = s.node(*body) else { return None };
    let at_point = |x: Id| s.open(x, &[Arg::Val(*point)]);
    let derivative = |u: Id| s.intern(Node::Diff { hint: *hint, body: u, slot: slot.clone(), point: *point });
    let mut boundaries = Vec::new();
    let mut out = Vec::new();
    for (c, u) in branches {
        relations(s, *c, &mut |a, b| boundaries.push((at_point(a), at_point(b))))?;
        out.push((at_point(*c), derivative(*u)));
    }
    Some((s.intern(Node::Cases(out.into(), otherwise.map(derivative))), boundaries))
}

/// Calls `f` with the sides of every relation in a condition that depends on the bound value; `None` for anything else.
fn relations(s: &Store, cond: Id, f: &mut dyn FnMut(Id, Id)) -> Option<()> {
    match s.node(cond) {
        _ if s.loose(cond) == 0 => Some(()),
        Node::Rel(_, a, b) => {
            f(*a, *b);
            [*a, *b].into_iter().all(|t| s.loose(t) == 0 || is_continuous(s, t)).then_some(())
        }
        Node::And(xs) | Node::Or(xs) => xs.iter().try_for_each(|x| relations(s, *x, f)),
        Node::Not(x) => relations(s, *x, f),
        _ => None,
    }
}

fn check_cases_rule(d: &Discharge<'_, '_>, old: Id, new: Id) -> Result<Vec<Id>, Refused> {
    let s = d.store();
    let no = || Refused::NotGrounded("the derivative of cases".to_owned());
    let (expected, boundaries) = cases_rule(s, old).ok_or_else(no)?;
    if !rearranged(s, expected, new) {
        return Err(no());
    }
    if crate::kink::branches_join(s, &d.facts, old) {
        return Ok(Vec::new());
    }
    let mut assumes = Vec::new();
    for (a, b) in boundaries {
        assumes.extend(d.discharge(s.rel(RelOp::Ne, a, b))?);
    }
    Ok(assumes)
}
