//! The judge: points, enclosures, verdicts.

use crate::ball::Ball;
use crate::claim::{self, Claim, Outcome};
use crate::eval::{Eval, Limits, Slot};
use crate::field::{Fault, Out};
use crate::interval::Iv;
use crate::limits;
use crate::names::{self, Names};
use crate::points::{evaluator, facts_hold, Assigned, Assignment, Sampler};
use gradus_term::{Id, Node, Store, VarId};

/// Why nothing was judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Reason {
    /// Something occurs that the judge cannot evaluate.
    Unsupported,
    /// A budget (operations, depth, order of derivatives, size of tensors) ran out at every point.
    Budget,
    /// The left side has no value at any point tried.
    NowhereDefined,
    /// At every point tried the enclosures were too wide, or the point a kink.
    Unclear,
    /// The sorts of the two sides do not fit.
    Shape,
}

/// What a counterexample shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Kind {
    /// Both sides have values, and they differ; or a condition is false.
    ValuesDiffer,
    /// The left side has a value, the right side has none.
    RightUndefined,
    /// The term stays away from the claimed limit.
    LimitDiffers,
}

/// A point at which a claim fails.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counterexample {
    /// Values of the free names, as text: `3`, `-1/2`, `[[1, 2], [3, 4]]`; sizes first.
    pub bindings: Vec<(VarId, String)>,
    /// The value of the left side.
    pub left: String,
    /// The value of the right side; `undefined` if it has none.
    pub right: String,
    /// What it shows.
    pub kind: Kind,
}

/// What the judge found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// No refutation at so many points. Evidence, not proof.
    Agrees {
        /// Points at which both sides were compared.
        points: usize,
    },
    /// The claim is false: the enclosures at this point are disjoint.
    Refuted(Box<Counterexample>),
    /// Nothing can be said.
    NotJudged(Reason),
    /// No point was found that satisfies the facts.
    Vacuous,
}

impl Verdict {
    /// Whether this is a refutation.
    pub fn is_refuted(&self) -> bool {
        matches!(self, Verdict::Refuted(_))
    }
    /// Whether this is agreement.
    pub fn agrees(&self) -> bool {
        matches!(self, Verdict::Agrees { .. })
    }
}

/// The judge with its budgets. Same input, same verdict.
#[derive(Clone, Copy, Debug)]
pub struct Judge {
    /// Seed of all random choices.
    pub seed: u64,
    /// Points compared at most.
    pub points: usize,
    /// Tuples of sizes at most.
    pub sizes: usize,
    /// Tuples of indices for each tuple of sizes at most.
    pub indices: usize,
    /// Operations after which no further point is begun, once a few have been compared.
    pub effort: u64,
    /// Points that may be computed again with balls because intervals did not suffice.
    pub balls: usize,
    /// Attempts to meet the facts for each draw of values.
    pub tries: usize,
    /// Budgets of one evaluation.
    pub limits: Limits,
}

impl Default for Judge {
    fn default() -> Self {
        Judge { seed: 0x6772_6164_7573, points: 60, sizes: 8, indices: 16, effort: 8_000, balls: 6, tries: 24, limits: Limits::default() }
    }
}

/// Draws of equal numbers.
const ALIKE: usize = 3;

/// Everything one run needs.
struct Run<'a> {
    judge: Judge,
    s: &'a Store,
    claim: Claim,
    facts: &'a [Id],
    /// Facts that mention a free index, tested at every index.
    moving: Vec<Id>,
    /// The others.
    fixed: Vec<Id>,
    names: Names,
    bindings: &'a [(VarId, Id)],
    agreed: usize,
    undefined: usize,
    unclear: usize,
    met: bool,
    fault: Option<Fault>,
    balls: usize,
    checked: bool,
    ops: u64,
    witness: Option<Vec<(VarId, String)>>,
}

impl Judge {
    /// A judge that looks longer: for rules, and for lines that are shown.
    pub fn thorough() -> Self {
        Judge { points: 400, sizes: 16, indices: 40, effort: 400_000, balls: 40, tries: 60, ..Self::default() }
    }

    /// Whether `a` and `b` (scalars, or tensors of one shape) have equal values wherever both are defined and `b` is
    /// defined wherever `a` is, under the facts. Free indices take all values their range facts allow.
    pub fn equal(&self, s: &Store, a: Id, b: Id, facts: &[Id]) -> Verdict {
        self.equal_at(s, a, b, facts, &[], true)
    }
    /// Equal values wherever both are defined; definedness is not compared.
    pub fn equal_where_defined(&self, s: &Store, a: Id, b: Id, facts: &[Id]) -> Verdict {
        self.equal_at(s, a, b, facts, &[], false)
    }
    /// As [`Judge::equal`] (or, without `defined`, [`Judge::equal_where_defined`]) at a position under derivatives: `bindings` are the opened names with the points they
    /// stand for ([`gradus_term::Focus::points`]). The claim must hold on an open set, so every second draw takes the name at
    /// the value of its point and every other one takes it free, wherever the facts (strict ranges of the point, stated
    /// of the name) allow.
    pub fn equal_at(&self, s: &Store, a: Id, b: Id, facts: &[Id], bindings: &[(VarId, Id)], defined: bool) -> Verdict {
        for (l, v) in [(a, b), (b, a)] {
            if let (Node::Limit { .. }, false) = (s.node(l), s.any_subterm(v, &mut |n| matches!(n, Node::Limit { .. }))) {
                return self.limit(s, l, v, facts);
            }
        }
        self.run(s, Claim::Equal(a, b, defined), facts, bindings).0
    }
    /// Whether a condition holds at all points under the facts at which its left side is defined.
    pub fn holds(&self, s: &Store, cond: Id, facts: &[Id]) -> Verdict {
        self.run(s, Claim::Holds(cond), facts, &[]).0
    }
    /// Whether the limit (a `Node::Limit`) can be this value (or `Node::Infinity`). Only clear separation refutes.
    pub fn limit(&self, s: &Store, limit: Id, value: Id, facts: &[Id]) -> Verdict {
        limits::limit(self, s, limit, value, facts)
    }
    /// A point that satisfies all facts, with domains and properties.
    pub fn witness(&self, s: &Store, facts: &[Id]) -> Option<Vec<(VarId, String)>> {
        let judge = Judge { points: 1, tries: self.tries.max(60), ..*self };
        judge.run(s, Claim::Nothing, facts, &[]).1
    }
    /// The value of a term where names have the given exact values (terms without free names; integer names take integer
    /// terms), as text with certain digits only. `None` if there is none, or it cannot be told.
    pub fn evaluate(&self, s: &Store, term: Id, at: &[(VarId, Id)]) -> Option<String> {
        let assignment: Assignment = at
            .iter()
            .map(|(v, t)| {
                (
                    *v,
                    if s.var(*v).is_integer() {
                        s.as_rational(*t).and_then(|q| q.to_i64()).map_or(Assigned::At(*t), Assigned::Int)
                    } else {
                        Assigned::At(*t)
                    },
                )
            })
            .collect();
        let mut ev: Eval<'_, Ball> = evaluator(s, &assignment, 0, self.limits).ok()?;
        ev.eval(term).and_then(crate::tensor::Value::defined).ok().map(|v| claim::text(&v))
    }

    fn run(&self, s: &Store, claim: Claim, facts: &[Id], bindings: &[(VarId, Id)]) -> (Verdict, Option<Vec<(VarId, String)>>) {
        if let Claim::Equal(a, b, _) = claim {
            if s.same(a, b) {
                return (Verdict::Agrees { points: 0 }, None);
            }
        }
        let mut terms = claim.terms();
        terms.extend_from_slice(facts);
        terms.extend(bindings.iter().map(|b| b.1));
        let names = names::collect(s, &terms);
        let mentions_index = |f: &Id| names.indices.iter().any(|v| s.mentions(*f, *v));
        let (moving, fixed) = facts.iter().partition(|f| mentions_index(f));
        let mut run = Run {
            judge: *self,
            s,
            claim,
            facts,
            moving,
            fixed,
            names,
            bindings,
            agreed: 0,
            undefined: 0,
            unclear: 0,
            met: false,
            fault: None,
            balls: 0,
            checked: false,
            ops: 0,
            witness: None,
        };
        let verdict = run.all();
        s.spend(run.ops);
        (verdict, run.witness)
    }

    pub(crate) fn assignments(&self, s: &Store, terms: &[Id], facts: &[Id], count: usize) -> Vec<(Assignment, u64)> {
        let names = names::collect(s, terms);
        let sizes = names::size_tuples(s, &names, facts, 2, 4);
        let mut sampler = Sampler::new(s, &names.values, facts, &[], self.seed);
        let mut out = Vec::new();
        for t in &sizes {
            for ix in names::index_tuples(s, &names, facts, t, 2) {
                let ints: Vec<_> = t.iter().chain(&ix).copied().collect();
                for k in 0..self.tries {
                    let Some(a) = sampler.draw(&ints, &names.values, &[], 0, k) else { break };
                    let salt = k as u64;
                    let good = evaluator::<Iv>(s, &a, salt, self.limits).is_ok_and(|mut ev| facts_hold(&mut ev, facts) == Ok(true));
                    if good {
                        out.push((a, salt));
                        if out.len() >= count || out.len() % 2 == 0 {
                            break;
                        }
                    }
                }
                if out.len() >= count {
                    return out;
                }
            }
        }
        out
    }
}

impl Run<'_> {
    fn all(&mut self) -> Verdict {
        let terms = self.claim.terms();
        let degree = names::degree(self.s, &terms);
        let sizes = names::size_tuples(self.s, &self.names, self.facts, degree, self.judge.sizes);
        let values = self.names.values.clone();
        let mut sampler = Sampler::new(self.s, &values, self.facts, self.bindings, self.judge.seed);
        // Few names: more draws at each size; without values one draw says all.
        let rounds = match (values.is_empty(), sizes.len()) {
            (true, _) => 1,
            (_, 0 | 1) => 24,
            (_, n) => (16 / n).max(2),
        };
        for round in 0..rounds {
            for t in &sizes {
                if let Some(v) = self.at_sizes(&mut sampler, t, round, false) {
                    return v;
                }
                if self.enough() {
                    return self.verdict();
                }
            }
        }
        // At last equal numbers.
        for round in 0..ALIKE {
            for t in &sizes {
                if let Some(v) = self.at_sizes(&mut sampler, t, round, true) {
                    return v;
                }
            }
        }
        self.verdict()
    }
    fn enough(&self) -> bool {
        self.agreed >= self.judge.points
            || (self.ops > self.judge.effort && self.agreed >= 6)
            || self.ops > 20 * self.judge.effort.max(50_000)
            || self.fault == Some(Fault::Unsupported)
    }
    fn verdict(&self) -> Verdict {
        if self.agreed > 0 {
            return Verdict::Agrees { points: self.agreed };
        }
        match self.fault {
            Some(Fault::Unsupported) => Verdict::NotJudged(Reason::Unsupported),
            Some(Fault::Budget) => Verdict::NotJudged(Reason::Budget),
            _ if self.unclear > 0 => Verdict::NotJudged(Reason::Unclear),
            _ if self.met || self.undefined > 0 => Verdict::NotJudged(Reason::NowhereDefined),
            _ => Verdict::Vacuous,
        }
    }
    fn note(&mut self, f: Fault) {
        match f {
            Fault::Unclear | Fault::Undefined => self.unclear += 1,
            Fault::Unsupported => self.fault = Some(f),
            Fault::Budget => self.fault = self.fault.or(Some(f)),
        }
    }

    /// One draw of values at these sizes, and all indices there.
    fn at_sizes(&mut self, sampler: &mut Sampler<'_>, sizes: &[(VarId, i64)], round: usize, alike: bool) -> Option<Verdict> {
        let values = self.names.values.clone();
        let tuples = names::index_tuples(self.s, &self.names, self.facts, sizes, self.judge.indices);
        if tuples.is_empty() {
            return None;
        }
        for attempt in 0..self.judge.tries {
            let drawn = match alike {
                true => Some(sampler.draw_alike(sizes, &values, round, attempt)?),
                false => sampler.draw(sizes, &values, self.bindings, round, attempt),
            };
            let Some(a) = drawn else {
                self.note(Fault::Unsupported);
                return None;
            };
            // Terms put for names may mention indices; then each index is a draw of its own.
            let salt = if attempt == 0 { (round as u64) * 3 } else { (round * 64 + attempt) as u64 };
            match self.draw(&a, salt, &tuples) {
                Ok(done) => return done,
                Err(true) => {}
                Err(false) => return None,
            }
            self.ops += 2;
        }
        None
    }
    /// `Err(true)`: the facts do not hold here, try again; `Err(false)`: they cannot be evaluated.
    fn draw(&mut self, a: &Assignment, salt: u64, tuples: &[Vec<(VarId, i64)>]) -> Result<Option<Verdict>, bool> {
        let late = a.iter().any(|(_, x)| matches!(x, Assigned::At(t) if self.names.indices.iter().any(|v| self.s.mentions(*t, *v))));
        let mut met = false;
        let mut shared: Option<Eval<'_, Iv>> = None;
        for tuple in tuples {
            let mut full = a.clone();
            let at = full.iter().position(|(_, x)| !matches!(x, Assigned::Int(_))).unwrap_or(full.len());
            full.splice(at..at, tuple.iter().map(|(v, n)| (*v, Assigned::Int(*n))));
            if shared.is_none() || late {
                match evaluator::<Iv>(self.s, &full, salt, self.judge.limits) {
                    Ok(mut ev) => {
                        ev.set_varying(&self.names.indices);
                        match facts_hold(&mut ev, &self.fixed) {
                            Ok(true) => shared = Some(ev),
                            Ok(false) if late => continue,
                            Ok(false) => return Err(true),
                            Err(f) => match self.facts_by_balls(&full, salt, f) {
                                Ok(true) => shared = Some(ev),
                                Ok(false) if late => continue,
                                Ok(false) => return Err(true),
                                Err(f) => {
                                    self.note(f);
                                    return Err(f == Fault::Unclear);
                                }
                            },
                        }
                    }
                    Err(Fault::Unsupported) => {
                        self.note(Fault::Unsupported);
                        return Err(false);
                    }
                    Err(_) if late => continue,
                    Err(_) => return Err(true),
                }
            }
            let Some(ev) = shared.as_mut() else { continue };
            for (v, n) in tuple {
                ev.rebind(*v, Slot::Int(*n));
            }
            match facts_hold(ev, &self.moving) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(f) => match self.facts_by_balls(&full, salt, f) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(f) => {
                        self.note(f);
                        continue;
                    }
                },
            }
            met = true;
            self.met = true;
            if self.claim_is_nothing() {
                self.witness = Some(self.bindings_text(&full));
            }
            let first = claim::test(ev, self.claim);
            self.ops += ev.ops + 4;
            if let Some(v) = self.settle(first, &full, salt) {
                return Ok(Some(v));
            }
            if self.enough() {
                break;
            }
        }
        if met {
            Ok(None)
        } else {
            Err(true)
        }
    }
    fn claim_is_nothing(&self) -> bool {
        matches!(self.claim, Claim::Nothing)
    }
    fn facts_by_balls(&self, a: &Assignment, salt: u64, f: Fault) -> Out<bool> {
        if f != Fault::Unclear {
            return Err(f);
        }
        let mut ev: Eval<'_, Ball> = evaluator(self.s, a, salt, self.judge.limits)?;
        facts_hold(&mut ev, self.facts)
    }

    /// What an outcome of intervals means; balls are asked for proofs, for what is unclear, and once for confirmation.
    fn settle(&mut self, first: Outcome, a: &Assignment, salt: u64) -> Option<Verdict> {
        let outcome = match first {
            Outcome::Agree { exact: true, .. } => first,
            Outcome::Agree { sharp: true, .. } if self.checked => first,
            Outcome::Agree { .. } | Outcome::Unclear(Fault::Unclear) if self.balls >= self.judge.balls => {
                // Touching intervals agree, if only roughly; what is unclear says nothing.
                if matches!(first, Outcome::Agree { .. }) {
                    self.agreed += 1;
                } else {
                    self.unclear += 1;
                }
                return None;
            }
            Outcome::LeftUndefined | Outcome::Unclear(Fault::Unsupported | Fault::Budget) => first,
            _ => self.by_balls(a, salt),
        };
        match outcome {
            Outcome::Agree { exact: true, .. } | Outcome::Agree { sharp: true, .. } => self.agreed += 1,
            Outcome::Agree { .. } => self.unclear += 1,
            Outcome::LeftUndefined => self.undefined += 1,
            Outcome::Unclear(f) => self.note(f),
            Outcome::Apart { left, right, .. } => return Some(self.refuted(a, left, right, Kind::ValuesDiffer)),
            Outcome::RightUndefined { left } => return Some(self.refuted(a, left, "undefined".to_owned(), Kind::RightUndefined)),
        }
        None
    }
    fn by_balls(&mut self, a: &Assignment, salt: u64) -> Outcome {
        self.balls += 1;
        self.checked = true;
        let mut ev: Eval<'_, Ball> = match evaluator(self.s, a, salt, self.judge.limits) {
            Ok(ev) => ev,
            Err(f) => return Outcome::Unclear(f),
        };
        if facts_hold(&mut ev, self.facts) != Ok(true) {
            return Outcome::Unclear(Fault::Unclear);
        }
        let out = claim::test(&mut ev, self.claim);
        self.ops += 3 * ev.ops;
        out
    }
    fn refuted(&self, a: &Assignment, left: String, right: String, kind: Kind) -> Verdict {
        Verdict::Refuted(Box::new(Counterexample { bindings: self.bindings_text(a), left, right, kind }))
    }
    fn bindings_text(&self, a: &Assignment) -> Vec<(VarId, String)> {
        bindings_text(self.s, a)
    }
}

/// The values of an assignment as text.
pub(crate) fn bindings_text(s: &Store, a: &Assignment) -> Vec<(VarId, String)> {
    let mut ev: Option<Eval<'_, Ball>> = None;
    a.iter()
        .map(|(v, x)| {
            let t = match x {
                Assigned::Int(n) => n.to_string(),
                Assigned::Scalar(q) => q.to_string(),
                Assigned::Tensor(dims, _, _, data) => crate::text::nested(dims, &data.iter().map(ToString::to_string).collect::<Vec<_>>()),
                Assigned::Function(_) => "a smooth function".to_owned(),
                Assigned::At(t) => {
                    if ev.is_none() {
                        ev = evaluator(s, a, 0, Limits::default()).ok();
                    }
                    ev.as_mut().and_then(|e| e.eval(*t).ok()).map_or_else(|| "?".to_owned(), |v| claim::text(&v))
                }
            };
            (*v, t)
        })
        .collect()
}
