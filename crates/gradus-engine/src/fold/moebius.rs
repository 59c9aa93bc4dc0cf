//! Functions of one exponential: `(α E + β)/(γ E + δ)` with `E = e^{c z}`, such as the sigmoid. A fraction in E is written in
//! terms of the function by putting E in terms of it.

use super::{under_diff, Engine, Instance};
use crate::cost::cost;
use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, tidy};
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{FnId, FnKind, Focus, Id, Node, Position, Prim, Rat, Sort, Store, VarId, VarInfo, VarKind};

impl<'s> Engine<'s> {
    /// A definition `(α E + β)/(γ E + δ)` with `E = e^{c z}`: E in terms of the name, cancelled.
    pub(super) fn fold_moebius(&self, d: &mut Draft<'s>, inst: &Instance) -> bool {
        let s = self.store;
        let Some(m) = self.moebius(inst.body) else { return false };
        everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..))).into_iter().any(|path| {
            let pos = Position::at(&path);
            if under_diff(s, d.current(), &path) {
                return false;
            }
            let Ok(f) = d.proof.focus(&pos) else { return false };
            let Some((inst, m)) = self.at_its_indices(f.part, inst, &m) else { return false };
            let best = self.in_terms_of(d, &f, &inst, &m);
            best.is_some_and(|best| self.fold_here(d, &pos, f, (&inst, &m), best))
        })
    }
    /// The entry of a tensor whose exponential stands in the part; a number as it is.
    fn at_its_indices(&self, part: Id, inst: &Instance, m: &Moebius) -> Option<(Instance, Moebius)> {
        let s = self.store;
        if inst.indices.is_empty() {
            return Some((inst.clone(), m.clone()));
        }
        let exponentials = everywhere(s, part, &|n| matches!(n, Node::Call(g, _) if s.prim(*g) == Some(Prim::Exp)));
        exponentials.into_iter().find_map(|p| {
            let e = s.focus(part, &Position::at(&p)).ok().filter(|e| e.opened.is_empty())?;
            let found = crate::matching::matches(s, m.exp, e.part).into_iter().find(|m| m.operands.is_empty())?;
            let map = super::indices_found(self, inst, &found.subst)?;
            let here = Instance { name: s.subst(inst.name, &map), body: s.subst(inst.body, &map), indices: Vec::new(), ..inst.clone() };
            Some((here, Moebius { exp: e.part, ..m.clone() }))
        })
    }
    /// The fraction at a place in terms of the name, if that is shorter.
    fn in_terms_of(&self, d: &Draft<'s>, f: &Focus, inst: &Instance, m: &Moebius) -> Option<Id> {
        let s = self.store;
        if !s.contains(f.part, m.exp) {
            return None;
        }
        let replaced = replace(self, f.part, m.exp, m.inverse(s, inst.name)?);
        let facts = d.proof.facts_at(f);
        let forms = self.forms(&facts, replaced).into_iter().filter(|t| !s.contains(*t, m.exp));
        forms.min_by_key(|t| cost(s, *t)).filter(|t| cost(s, *t) < cost(s, f.part))
    }
    /// Makes the step, with the line before it where one is needed.
    fn fold_here(&self, d: &mut Draft<'s>, pos: &Position, f: Focus, (inst, m): (&Instance, &Moebius), best: Id) -> bool {
        let before = d.len();
        let f = if f.opened.is_empty() {
            self.add_and_subtract(d, pos, m);
            d.proof.focus(pos).unwrap_or(f)
        } else {
            f
        };
        let own = self.definition_reason(inst.def);
        let reason = if d.len() > before { Text::words("split the fraction; ").text(&own) } else { own };
        let made = d.recompute(pos, &f, best, "definition.fold", reason, Weight::Main).is_ok();
        if !made {
            d.truncate(before);
        }
        made
    }

    /// Fractions in one exponential by a function of one number that the worksheet defines, or by the sigmoid where the
    /// problem is about `log(1 + e^u)`; whether any was.
    pub(super) fn fold_exponentials(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let unary = |f: &FnId| {
            let info = s.fun(*f);
            info.kind == FnKind::Defined && info.explicit == 1 && info.params.len() == 1 && info.params.iter().all(|p| p.sort.is_scalar())
        };
        let mut defs: Vec<FnId> = self.scope().into_iter().filter(unary).collect();
        if defs.is_empty() && (self.softplus.get() || speaks_of_softplus(s, d.proof.start())) {
            defs.extend(self.rules.function("sigmoid"));
        }
        let paths = everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..)));
        for path in paths {
            if under_diff(s, d.current(), &path) {
                continue;
            }
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let best =
                defs.iter().flat_map(|def| self.by_exponents(d, &f, *def)).min_by_key(|(_, _, t)| (cost(s, *t), unsign_argument(s, *t)));
            if let Some((inst, m, t)) = best.filter(|(_, _, t)| cost(s, *t) < cost(s, f.part)) {
                if self.fold_here(d, &pos, f, (&inst, &m), t) {
                    return true;
                }
            }
        }
        false
    }
    /// A part in terms of `def` at the exponents that stand in it.
    fn by_exponents(&self, d: &Draft<'s>, f: &Focus, def: FnId) -> Vec<(Instance, Moebius, Id)> {
        let s = self.store;
        let z = s.declare(VarInfo::new("z", VarKind::Given, Sort::Scalar));
        let Some(m) = s.unfold(def, &[s.name(z)]).and_then(|b| self.moebius(b)) else { return Vec::new() };
        let Node::Call(_, ys) = s.node(m.exp) else { return Vec::new() };
        let Some(c) = ys.first().and_then(|y| multiple_of(s, *y, z)) else { return Vec::new() };
        let facts = d.proof.facts_at(f);
        let mut exps: Vec<Id> = Vec::new();
        for p in everywhere(s, f.part, &|n| matches!(n, Node::Call(g, _) if s.prim(*g) == Some(Prim::Exp))) {
            let Ok(e) = s.focus(f.part, &Position::at(&p)) else { continue };
            if e.opened.is_empty() && s.loose(e.part) == 0 && !exps.contains(&e.part) {
                exps.push(e.part);
            }
        }
        let Some((first, others)) = exps.split_first() else { return Vec::new() };
        // One exponential, however its exponent is written.
        let mut part = f.part;
        for o in others {
            if facts.equal(*o, *first) != gradus_decide::Equality::Proved {
                return Vec::new();
            }
            part = replace(self, part, *o, *first);
        }
        let Node::Call(_, us) = s.node(*first) else { return Vec::new() };
        let Some(u) = us.first().copied() else { return Vec::new() };
        let mut out = Vec::new();
        for sign in [Rat::one(), Rat::int(-1)] {
            let Some(q) = sign.div(&c) else { continue };
            // E = e^{c z} with z = ±u/c is e^{±u}; z as u stands, or multiplied out.
            let plain = s.mul(s.rational(&q), u);
            let mut args: Vec<Id> =
                [Some(plain), facts.expand(plain)].into_iter().flatten().map(|t| crate::simplify::positive_order(s, tidy(s, t))).collect();
            args.dedup();
            for arg in args {
                let Some(inst) = self.instance(s.call(def, &[arg])) else { continue };
                let Some(inverse) = m.inverse(s, inst.name) else { continue };
                let inverse = if sign.is_negative() { s.quot(s.int(1), inverse) } else { inverse };
                let replaced = replace(self, part, *first, inverse);
                out.extend(
                    self.forms(&facts, replaced)
                        .into_iter()
                        .filter(|t| !s.contains(*t, *first))
                        .map(|t| (inst.clone(), Moebius { exp: *first, ..m.clone() }, t)),
                );
            }
        }
        out
    }

    /// `E/(β + E)²` as `1/(β + E) · ((β + E) − β)/(β + E)`: the line a person writes before splitting the fraction.
    fn add_and_subtract(&self, d: &mut Draft<'s>, pos: &Position, m: &Moebius) {
        let s = self.store;
        let Ok(f) = d.proof.focus(pos) else { return };
        let Node::Quot(a, b) = *s.node(f.part) else { return };
        let Node::Pow(base, e) = *s.node(b) else { return };
        let two = s.as_rational(e).is_some_and(|q| q == Rat::int(2));
        let Node::Sum(xs) = s.node(base) else { return };
        let tops = factors(s, a);
        if !two || !tops.iter().any(|x| s.same(*x, m.exp)) || !xs.iter().any(|x| !x.neg && s.same(x.term, m.exp)) {
            return;
        }
        let others: Vec<Id> = tops.iter().copied().filter(|x| !s.same(*x, m.exp)).collect();
        let rest: Vec<_> =
            xs.iter().filter(|x| !s.same(x.term, m.exp)).map(|x| gradus_term::Summand { neg: !x.neg, term: x.term }).collect();
        let mut signed = vec![gradus_term::Summand { neg: false, term: base }];
        signed.extend(rest.iter().copied());
        let top = s.sum(&signed);
        let new = s.product(&others.into_iter().chain([s.quot(s.int(1), base), s.quot(top, base)]).collect::<Vec<_>>());
        let what = match rest.as_slice() {
            [x] => Text::words("add and subtract ").term(x.term),
            _ => Text::words("add and subtract"),
        };
        if d.recompute(pos, &f, new, "algebra.add_and_subtract", what, Weight::Main).is_ok() {
            d.line(Detail::Textbook);
        }
    }

    /// The body as a Möbius function of one exponential.
    fn moebius(&self, body: Id) -> Option<Moebius> {
        let s = self.store;
        let mut exps: Vec<Id> = Vec::new();
        for p in everywhere(s, body, &|n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Exp))) {
            let e = s.focus(body, &Position::at(&p)).ok()?.part;
            if !exps.iter().any(|x| s.same(*x, e)) {
                exps.push(e);
            }
        }
        let [exp] = exps.as_slice() else { return None };
        let (num, den) = match s.node(body) {
            Node::Quot(a, b) => (*a, *b),
            _ => return None,
        };
        let (a, b) = linear_in(self, num, *exp)?;
        let (c, e) = linear_in(self, den, *exp)?;
        Some(Moebius { exp: *exp, a, b, c, d: e })
    }
}

/// `(a E + b)/(c E + d)` with rational coefficients.
#[derive(Clone)]
struct Moebius {
    exp: Id,
    a: Rat,
    b: Rat,
    c: Rat,
    d: Rat,
}

impl Moebius {
    /// E in terms of the value `v`: `(b − d v)/(c v − a)`.
    fn inverse(&self, s: &gradus_term::Store, v: Id) -> Option<Id> {
        let lin = |k: &Rat, c: &Rat| {
            let t = tidy(s, s.mul(s.rational(k), v));
            tidy(s, s.add(s.rational(c), t))
        };
        let det = self.a.mul(&self.d).sub(&self.b.mul(&self.c));
        (!det.is_zero()).then(|| s.quot(lin(&self.d.neg(), &self.b), lin(&self.c, &self.a.neg())))
    }
}

/// `k E + c` with rational k, c.
fn linear_in(e: &Engine<'_>, t: Id, exp: Id) -> Option<(Rat, Rat)> {
    let s = e.store;
    let mut acc = (Rat::zero(), Rat::zero());
    for x in crate::tidy::summands(s, t) {
        let sign = if x.neg { Rat::int(-1) } else { Rat::one() };
        if let Some(q) = s.as_rational(x.term) {
            acc.1 = acc.1.add(&q.mul(&sign));
            continue;
        }
        let mut k = sign;
        let mut exps = 0;
        for f in factors(s, x.term) {
            match s.as_rational(f) {
                Some(q) => k = k.mul(&q),
                None if s.same(f, exp) => exps += 1,
                None => return None,
            }
        }
        if exps != 1 {
            return None;
        }
        acc.0 = acc.0.add(&k);
    }
    Some(acc)
}

/// `q` where the term is `q z`.
fn multiple_of(s: &Store, t: Id, z: VarId) -> Option<Rat> {
    let (neg, core) = crate::tidy::unsign(s, t);
    let mut q = if neg { Rat::int(-1) } else { Rat::one() };
    let mut times = 0;
    for f in factors(s, core) {
        match s.node(f) {
            Node::Var(v) if *v == z => times += 1,
            _ => q = q.mul(&s.as_rational(f)?),
        }
    }
    (times == 1).then_some(q)
}

/// Whether `log(1 + e^u)` stands in a problem.
pub(crate) fn speaks_of_softplus(s: &Store, t: Id) -> bool {
    let mut todo = vec![t];
    let mut seen = rustc_hash::FxHashSet::default();
    while let Some(x) = todo.pop() {
        if !seen.insert(x) {
            continue;
        }
        if let Node::Call(f, xs) = s.node(x) {
            let one_and_exponential = |u: &Id| match s.node(*u) {
                Node::Sum(ys) => {
                    ys.len() == 2
                        && ys.iter().any(|y| crate::tidy::is_one(s, y.term))
                        && ys.iter().any(|y| matches!(s.node(y.term), Node::Call(g, _) if s.prim(*g) == Some(Prim::Exp)))
                }
                _ => false,
            };
            if s.prim(*f) == Some(Prim::Log) && xs.iter().any(one_and_exponential) {
                return true;
            }
            if !s.fun(*f).library {
                todo.extend(s.unfold(*f, xs));
            }
        }
        s.node(x).for_each_child(|c, _| todo.push(c));
    }
    false
}

/// How many calls have a negative argument.
fn unsign_argument(s: &Store, t: Id) -> usize {
    everywhere(s, t, &|n| matches!(n, Node::Call(_, xs) if xs.first().is_some_and(|x| crate::tidy::unsign(s, *x).0))).len()
}

/// Every occurrence of a closed term replaced.
fn replace(e: &Engine<'_>, term: Id, what: Id, by: Id) -> Id {
    let s = e.store;
    s.open(s.abstract_term(term, what), &[gradus_term::Arg::Val(by)])
}
