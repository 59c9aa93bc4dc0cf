//! Limits by the limits of the parts: every part has its limit proved as a lemma, rules put them together, and indeterminate
//! forms are rewritten until no part is indeterminate ([`forms`]).
//!
//! What is proposed here is only proposed: a rule's premises are lemmas the kernel looks up, infinite values never enter a
//! term, and a limit that is not found is left open.

mod calls;
mod decay;
mod forms;
mod growth;
mod parts;

use super::passes::Pass;
use crate::cost::cost;
use crate::draft::Draft;
use crate::tidy::{factors, is_zero, summands, tidy};
use crate::Engine;
use gradus_decide::{Facts, Tri};
use gradus_kernel::{Ground, Refused, Rule, Substitution, Text, Value, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Arg, FnKind, Id, LimitPoint, Node, Position, Prim, Rat, RelOp, Side, Summand, VarId};
use rustc_hash::{FxHashMap, FxHashSet};

/// How many indeterminate forms are rewritten one inside the other.
const DEPTH: u32 = 7;
/// Parts whose limits are looked for in one goal.
const PARTS: usize = 160;

/// What moves, and where to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    /// The name that moves.
    pub var: VarId,
    /// Where to.
    pub point: LimitPoint,
    /// From which side.
    pub side: Side,
}

/// What kind of value a limit is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A real number.
    Finite,
    /// +∞.
    Above,
    /// −∞.
    Below,
}

/// A part's limit: the value as found, and tidied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// The value as the rules give it: `0 - 1`.
    pub raw: Id,
    /// The value: `-1`.
    pub value: Id,
}

/// The limits of one goal.
pub(crate) struct Limits<'e, 's> {
    pub(crate) e: &'e Engine<'s>,
    pub(crate) at: At,
    givens: Vec<Id>,
    facts: Facts<'s>,
    near: Facts<'s>,
    found: FxHashMap<Id, Option<Part>>,
    tidied: FxHashMap<Id, bool>,
    /// The parts whose limits have a place of their own on the page.
    shown: FxHashSet<Id>,
    depth: u32,
}

impl<'e, 's> Limits<'e, 's> {
    /// Limits at a point under these conditions.
    pub fn new(e: &'e Engine<'s>, at: At, givens: &[Id]) -> Self {
        let facts = Facts::new(e.store, givens);
        let near = facts.with(&e.store.near(at.var, at.point, at.side));
        Limits {
            e,
            at,
            givens: givens.to_vec(),
            facts,
            near,
            found: FxHashMap::default(),
            tidied: FxHashMap::default(),
            shown: FxHashSet::default(),
            depth: 0,
        }
    }
    /// `lim body`
    pub fn node(&self, body: Id) -> Id {
        let s = self.e.store;
        let hint = s.sym(&s.var(self.at.var).name);
        s.intern(Node::Limit { hint, body: self.under(body), point: self.at.point, side: self.at.side })
    }
    /// The body as a rule's variable takes it: with the moving name bound.
    pub fn under(&self, body: Id) -> Id {
        self.e.store.close(body, &[self.at.var])
    }
    pub fn kind(&self, value: Id) -> Kind {
        match self.e.store.node(value) {
            Node::Infinity(false) => Kind::Above,
            Node::Infinity(true) => Kind::Below,
            _ => Kind::Finite,
        }
    }
    pub fn is_zero(&self, value: Id) -> bool {
        self.kind(value) == Kind::Finite && crate::tidy::is_zero(self.e.store, value)
    }
    /// Whether the value is certainly > 0 (`Some(true)`) or < 0.
    pub fn sign(&self, value: Id) -> Option<bool> {
        let s = self.e.store;
        let holds = |op| self.facts.holds(s.rel(op, value, s.int(0))) == Tri::True;
        if holds(RelOp::Gt) {
            Some(true)
        } else if holds(RelOp::Lt) {
            Some(false)
        } else {
            None
        }
    }
    pub fn moves(&self, t: Id) -> bool {
        self.e.store.mentions(t, self.at.var)
    }

    // ---- parts

    /// The limit of a part, as a lemma with the value found and one with the value tidied.
    pub fn part(&mut self, body: Id) -> Option<Part> {
        let key = self.e.store.canon(body);
        if let Some(r) = self.found.get(&key) {
            return *r;
        }
        if self.found.len() > PARTS {
            return None;
        }
        // While it is being looked for it is not found: no part rests on itself.
        self.found.insert(key, None);
        let r = self.prove_part(body);
        self.found.insert(key, r);
        r
    }
    fn prove_part(&mut self, body: Id) -> Option<Part> {
        let s = self.e.store;
        let mut d = Draft::new(self.e.prover, self.node(body), &self.givens.clone());
        if !self.reduce(&mut d, body) {
            return None;
        }
        let shown = self.is_named(body) || d.proof.steps().iter().any(|st| st.rule.starts_with("limit.lhopital"));
        let (raw, rewritten) = (d.current(), d.len() > 1);
        self.e.prover.add_lemma("", &d.proof);
        let value = self.settle(&mut d);
        if !s.same(raw, value) {
            self.e.prover.add_lemma("", &d.proof);
        }
        if shown {
            d.line(Detail::Brief);
            self.e.keep_lemma("", &d, Text::words("The limit of ").term(body).and(":"));
            self.shown.insert(s.canon(body));
        }
        // What has a lemma of its own is used by its value, and so is what was rewritten on the way.
        Some(Part { raw: if shown || rewritten { value } else { raw }, value })
    }
    /// A definition of the worksheet: its limit is worth a place of its own.
    fn is_named(&self, body: Id) -> bool {
        match self.e.store.node(body) {
            Node::Call(f, _) => !self.e.store.fun(*f).library,
            _ => false,
        }
    }
    /// Brings the value reached into its most readable form; the value.
    pub fn settle(&self, d: &mut Draft<'s>) -> Id {
        let s = self.e.store;
        let now = d.current();
        if self.kind(now) != Kind::Finite {
            return now;
        }
        // The normal form knows a derivative by its point as written: `f′(x + 0)`.
        for path in crate::draft::everywhere(s, now, &|n| matches!(n, Node::Diff { .. })).into_iter().rev() {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let new = self.nicest(f.part);
            if !s.same(new, f.part) {
                let _ = d.recompute(&pos, &f, new, "arithmetic.values", Text::default(), Weight::Small);
            }
        }
        let now = d.current();
        let best = self.nicest(now);
        if !s.same(best, now) {
            let _ = d.rewrite(best, "arithmetic.values", Text::default(), Weight::Small);
        }
        d.current()
    }
    /// The most readable form of a value.
    pub fn nicest(&self, value: Id) -> Id {
        let s = self.e.store;
        let plain = |x: Id| {
            let form = self.facts.expand(x).map(|y| tidy(s, y));
            form.filter(|y| cost(s, *y) < cost(s, x)).unwrap_or(x)
        };
        let worked = |t: Id| {
            let mut t = t;
            for _ in 0..4 {
                for p in [Pass::Values, Pass::Powers, Pass::Products, Pass::Sums] {
                    t = p.apply(s, t);
                }
                t = tidy(s, t);
            }
            t
        };
        // What stands inside, too: `f′(x + 0)`, `log(a K⁰ + 1 − a)`.
        let inside = s.bottom_up(worked(value), true, &mut |x| match s.node(x).clone() {
            Node::Diff { hint, body, slot, point } => s.intern(Node::Diff { hint, body, slot, point: tidy(s, point) }),
            Node::Pow(b, k) if crate::tidy::is_zero(s, k) && self.facts.sign(b).is_nonzero() => s.int(1),
            Node::Call(f, xs) if s.sort(x).is_scalar() && s.loose(x) == 0 => {
                s.intern(Node::Call(f, xs.iter().map(|y| if s.sort(*y).is_scalar() { plain(tidy(s, *y)) } else { *y }).collect()))
            }
            _ => x,
        });
        let t = worked(inside);
        let forms = [self.facts.expand(t), self.facts.together(t), self.as_powers(t)].into_iter().flatten().map(|x| tidy(s, x));
        let best = forms.min_by_key(|x| cost(s, *x)).filter(|x| cost(s, *x) < cost(s, t));
        best.unwrap_or(t)
    }

    /// `e^(a log u + (1 − a) log v)` as `u^a v^(1 − a)`.
    fn as_powers(&self, value: Id) -> Option<Id> {
        let s = self.e.store;
        let mut powers: Vec<(Id, Vec<Summand>)> = Vec::new();
        for x in summands(s, self.e.exponent(value)?) {
            let log = |t: &Id| match s.node(*t) {
                Node::Call(f, xs) if s.prim(*f) == Some(Prim::Log) => xs.first().copied(),
                _ => None,
            };
            let mut rest = factors(s, x.term);
            let at = rest.iter().position(|f| log(f).is_some())?;
            let base = log(&rest.remove(at))?;
            let times = Summand { neg: x.neg, term: s.product(&rest) };
            match powers.iter_mut().find(|p| s.same(p.0, base)) {
                Some(p) => p.1.push(times),
                None => powers.push((base, vec![times])),
            }
        }
        let power = |(base, times): (Id, Vec<Summand>)| {
            let sum = s.sum(&times);
            let exponent = self.facts.expand(sum).map_or(sum, |t| crate::simplify::positive_order(s, tidy(s, t)));
            s.pow(base, exponent)
        };
        Some(s.product(&powers.into_iter().map(power).collect::<Vec<_>>()))
    }

    // ---- steps

    /// The substitution for a limit rule: bodies under a binder, the point, the side.
    pub fn subst(&self, rule: &Rule, values: &[(&str, Id)]) -> Substitution {
        let s = self.e.store;
        let point = match self.at.point {
            LimitPoint::At(p) => p,
            LimitPoint::PosInf => s.intern(Node::Infinity(false)),
            LimitPoint::NegInf => s.intern(Node::Infinity(true)),
        };
        let mut out = Substitution { side: (self.at.side != Side::Both).then_some(self.at.side), ..Substitution::default() };
        for v in &rule.metas {
            let info = s.var(*v);
            let given = values.iter().find(|(n, _)| *n == info.name).map(|x| x.1).or((info.name == "p").then_some(point));
            let Some(t) = given else { continue };
            let value = match s.as_aff(t) {
                Some(a) if info.is_integer() => Value::Index(a),
                _ => Value::Term(t),
            };
            out.values.insert(*v, value);
        }
        out
    }
    /// Applies a limit rule to the whole chain.
    pub fn by(&self, d: &mut Draft<'s>, name: &str, values: &[(&str, Id)], reason: Option<Text>) -> bool {
        let Some(rule) = self.e.rules.get(&format!("limit.{name}")) else { return false };
        let subst = self.subst(rule, values);
        self.instance(d, rule, subst, reason).is_ok()
    }
    pub(crate) fn instance(&self, d: &mut Draft<'s>, rule: &Rule, subst: Substitution, reason: Option<Text>) -> Result<(), Refused> {
        let s = self.e.store;
        let new = gradus_kernel::instantiate(s, rule.right, &subst).map_err(|_| Refused::NotGrounded(rule.name.clone()))?;
        // The instance's own `a + (b - c)` reads `a + b - c`, and its x is the name that moves.
        let new = self.in_moving_name(rule, flattened(s, new));
        let pos = Position::root();
        let f = d.proof.focus(&pos)?;
        let before = d.len();
        let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst };
        let words = reason.unwrap_or_else(|| Text::words(rule.short.clone()));
        d.step(&pos, &f, ground, new, &rule.name, words, Weight::Main)?;
        // A limit is found, not assumed.
        if d.proof.steps().last().is_some_and(|st| !st.assumes.is_empty()) {
            d.truncate(before);
            return Err(Refused::NotGrounded(rule.name.clone()));
        }
        d.line(Detail::Textbook);
        // That a product with 0 in it is 0 needs no line.
        let (_, unsigned) = crate::tidy::unsign(s, new);
        let above = if let Node::Quot(a, _) = *s.node(unsigned) { a } else { unsigned };
        if factors(s, above).into_iter().any(|x| is_zero(s, x)) && is_zero(s, tidy(s, new)) {
            d.tidy();
        }
        Ok(())
    }
    /// The limits and derivatives of a rule's instance with the name that moves in place of the rule's own.
    fn in_moving_name(&self, rule: &Rule, t: Id) -> Id {
        let s = self.e.store;
        let Node::Limit { hint: own, .. } = *s.node(rule.left) else { return t };
        let name = s.sym(&s.var(self.at.var).name);
        s.bottom_up(t, true, &mut |x| {
            let mut node = s.node(x).clone();
            match &mut node {
                Node::Limit { hint, .. } | Node::Diff { hint, .. } if *hint == own => *hint = name,
                _ => return x,
            }
            s.intern(node)
        })
    }
    /// Replaces the body of the limit that the chain stands at. The new body and the terms of a rule's instance are said in the
    /// moving name.
    pub fn rewrite_body(&self, d: &mut Draft<'s>, new: Id, ground: Option<Ground>, name: &str, reason: Text, weight: Weight) -> bool {
        let s = self.e.store;
        let pos = Position::at(&[0]);
        let Ok(f) = d.proof.focus(&pos) else { return false };
        let Some(v) = f.limits.last() else { return false };
        let map: FxHashMap<VarId, Arg> = std::iter::once((self.at.var, Arg::Val(s.name(*v)))).collect();
        let new = s.subst(new, &map);
        let ground = ground.map(|g| match g {
            Ground::Instance { rule, backward, mut subst } => {
                for x in subst.values.values_mut() {
                    if let Value::Term(t) = x {
                        *t = s.subst(*t, &map);
                    }
                }
                Ground::Instance { rule, backward, subst }
            }
            other => other,
        });
        let before = d.len();
        // A form that stood here before leads nowhere.
        let again = self.node(s.subst(new, &std::iter::once((*v, Arg::Val(s.name(self.at.var)))).collect()));
        if d.proof.steps().iter().any(|st| s.same(st.before, again)) {
            return false;
        }
        let made = match ground {
            Some(g) => d.step(&pos, &f, g, new, name, reason, weight),
            None => d.recompute(&pos, &f, new, name, reason, weight),
        };
        if made.is_err() {
            return false;
        }
        if d.proof.steps().get(before).is_some_and(|st| !st.assumes.is_empty()) {
            d.truncate(before);
            return false;
        }
        true
    }
    /// The body of the limit that the chain stands at, in the moving name.
    pub fn body(&self, d: &Draft<'s>) -> Option<Id> {
        let s = self.e.store;
        match s.node(d.current()) {
            Node::Limit { body, .. } => Some(s.open(*body, &[Arg::Val(s.name(self.at.var))])),
            _ => None,
        }
    }
    /// `lim sign(t) = 1` (or −1), if the sign of `t` near the point is known: a premise of rules.
    pub fn sign_near(&mut self, t: Id) -> Option<bool> {
        let s = self.e.store;
        let key = s.canon(t);
        if let Some(p) = self.tidied.get(&key) {
            return Some(*p);
        }
        let start = self.node(s.prim_call(gradus_term::Prim::Sign, &[t]));
        // As it stands, or in factors.
        let factored = self.near.factor(t).map(|f| tidy(s, f)).filter(|f| !s.same(*f, t));
        let ways = [None, factored];
        for (positive, form) in ways.into_iter().flat_map(|form| [(true, form), (false, form)]) {
            let mut d = Draft::new(self.e.prover, start, &self.givens.clone());
            let whole = form.map(|f| s.prim_call(gradus_term::Prim::Sign, &[f]));
            if whole.is_some_and(|w| !self.rewrite_body(&mut d, w, None, "algebra.factor", Text::words("factor"), Weight::Small)) {
                continue;
            }
            // Derivatives in it are taken first.
            if crate::tidy::has_derivative(s, start) && !self.e.push_derivatives(&mut d) {
                return None;
            }
            if d.proof.assumptions().iter().any(|_| true) {
                return None;
            }
            let pos = Position::root();
            let Ok(f) = d.proof.focus(&pos) else { return None };
            let ground = Ground::Recomputed(gradus_kernel::Procedure::SignNear);
            if d.step(&pos, &f, ground, s.int(if positive { 1 } else { -1 }), "limit.sign_near", Text::default(), Weight::Small).is_ok() {
                self.e.prover.add_lemma("", &d.proof);
                self.tidied.insert(key, positive);
                return Some(positive);
            }
        }
        None
    }

    // ---- the walk

    /// Brings a chain that stands at `lim body` to the limit's value; whether it could.
    pub fn reduce(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let start = d.len();
        if !self.moves(body) {
            return self.by(d, "constant", &[("c", body)], None);
        }
        if self.of_unknown(body) && self.continued(d, body) {
            return true;
        }
        let done = match s.node(body).clone() {
            Node::Var(v) if v == self.at.var => self.by(d, "variable", &[], None),
            Node::Sum(xs) => self.sum(d, &xs),
            Node::Product(xs) => self.product(d, &xs),
            Node::Quot(a, b) => self.quotient(d, a, b),
            Node::Pow(a, b) => self.power(d, a, b),
            Node::Call(f, xs) => self.call(d, body, f, &xs),
            _ => false,
        };
        if done {
            return true;
        }
        d.truncate(start);
        if self.depth >= DEPTH {
            return false;
        }
        self.depth += 1;
        let done = self.rewrite_and_reduce(d, body);
        self.depth -= 1;
        if !done {
            d.truncate(start);
        }
        done
    }
    /// Whether a function that is only known to be smooth, or a derivative of it, stands in a term.
    fn of_unknown(&self, body: Id) -> bool {
        let s = self.e.store;
        s.any_subterm(body, &mut |n| matches!(n, Node::Call(f, _) if s.fun(*f).kind == FnKind::Unknown))
    }
    /// What is smooth at the point, with the point put in.
    fn continued(&self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let LimitPoint::At(p) = self.at.point else { return false };
        let pos = Position::root();
        let Ok(f) = d.proof.focus(&pos) else { return false };
        let new = s.subst(body, &std::iter::once((self.at.var, Arg::Val(p))).collect());
        let ground = Ground::Recomputed(gradus_kernel::Procedure::Continuity);
        let words = Text::words("continuous at ").term(s.rel(RelOp::Eq, s.name(self.at.var), p));
        if d.step(&pos, &f, ground, new, "limit.continuity", words, Weight::Main).is_err() {
            return false;
        }
        d.line(Detail::Textbook);
        true
    }
    /// Goes on after the body was rewritten.
    pub(crate) fn go_on(&mut self, d: &mut Draft<'s>) -> bool {
        match self.body(d) {
            Some(b) => {
                d.line(Detail::Textbook);
                self.reduce(d, b)
            }
            None => true,
        }
    }
    /// A number.
    pub(crate) fn number(&self, t: Id) -> Option<Rat> {
        self.e.store.as_rational(t)
    }
    pub(crate) fn facts_near(&self) -> &Facts<'s> {
        &self.near
    }
    /// "σ(a) tends to 0": what the parts of a term tend to, the ones that are no matter of course.
    pub(crate) fn because(&self, body: Id) -> Text {
        let s = self.e.store;
        let mut said = Vec::new();
        self.collect(body, &mut said, 0);
        // What tends to one value is said together: "2/x and 1/x² tend to 0".
        let mut groups: Vec<(Id, Vec<Id>)> = Vec::new();
        for (t, v) in said.into_iter().take(4) {
            match groups.iter_mut().find(|g| s.same(g.0, v)) {
                Some(g) => g.1.push(t),
                None => groups.push((v, vec![t])),
            }
        }
        let mut out = Text::default();
        for (k, (v, ts)) in groups.into_iter().take(3).enumerate() {
            out = if k == 0 { out } else { out.and(", ") };
            for (j, t) in ts.iter().enumerate() {
                let between = if j == 0 {
                    ""
                } else if j + 1 == ts.len() {
                    " and "
                } else {
                    ", "
                };
                out = (if between.is_empty() { out } else { out.and(between) }).term(*t);
            }
            out = out.and(if ts.len() == 1 { " tends to " } else { " tend to " }).term(v);
        }
        out
    }
    fn collect(&self, t: Id, out: &mut Vec<(Id, Id)>, depth: u32) {
        let s = self.e.store;
        if depth > 30 || !self.moves(t) {
            return;
        }
        if let (true, Some(p)) = (self.shown.contains(&s.canon(t)), self.found.get(&s.canon(t)).copied().flatten()) {
            return push(s, out, t, p.value);
        }
        match s.node(t) {
            Node::Sum(xs) => xs.iter().for_each(|x| self.collect(x.term, out, depth + 1)),
            Node::Product(xs) => {
                let whole = self.found.get(&s.canon(t)).copied().flatten();
                match whole {
                    // `(log n)/n` tends to 0 although log n does not.
                    Some(p) if xs.iter().any(|x| self.kind_of(*x).is_some_and(|k| k != Kind::Finite)) => push(s, out, t, p.value),
                    _ => xs.iter().for_each(|x| self.collect(*x, out, depth + 1)),
                }
            }
            Node::Quot(a, b) => {
                let whole = self.found.get(&s.canon(t)).copied().flatten();
                match whole {
                    // What its parts tend to would not say it.
                    Some(p) if !self.moves(*a) || self.is_indeterminate(*b) => push(s, out, t, p.value),
                    _ => {
                        self.collect(*a, out, depth + 1);
                        self.collect(*b, out, depth + 1);
                    }
                }
            }
            Node::Call(..) => {
                if let Some(p) = self.found.get(&s.canon(t)).copied().flatten() {
                    push(s, out, t, p.value);
                }
            }
            Node::Pow(a, _) if self.kind_of(t) == Some(Kind::Finite) => self.collect(*a, out, depth + 1),
            Node::Pow(..) => {
                if let Some(p) = self.found.get(&s.canon(t)).copied().flatten() {
                    push(s, out, t, p.value);
                }
            }
            _ => {}
        }
    }
    /// Whether a denominator tends to 0 or grows.
    fn is_indeterminate(&self, t: Id) -> bool {
        let found = self.found.get(&self.e.store.canon(t)).copied().flatten();
        found.is_some_and(|p| self.is_zero(p.value) || self.kind(p.value) != Kind::Finite)
    }
    fn kind_of(&self, t: Id) -> Option<Kind> {
        self.found.get(&self.e.store.canon(t)).copied().flatten().map(|p| self.kind(p.value))
    }
}

/// A sum in a sum and a product in a product, written as one.
fn flattened(s: &gradus_term::Store, t: Id) -> Id {
    match s.node(t) {
        Node::Sum(xs) => {
            let mut out = Vec::new();
            for x in xs {
                match s.node(x.term) {
                    Node::Sum(ys) => out.extend(ys.iter().map(|y| gradus_term::Summand { neg: y.neg != x.neg, term: y.term })),
                    _ => out.push(*x),
                }
            }
            s.sum(&out)
        }
        Node::Product(xs) => {
            let mut out = Vec::new();
            for x in xs {
                match s.node(*x) {
                    Node::Product(ys) => out.extend(ys.iter().copied()),
                    _ => out.push(*x),
                }
            }
            s.product(&out)
        }
        _ => t,
    }
}

fn push(s: &gradus_term::Store, out: &mut Vec<(Id, Id)>, t: Id, v: Id) {
    if !out.iter().any(|(u, _)| s.same(*u, t)) {
        out.push((t, v));
    }
}
