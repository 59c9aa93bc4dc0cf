//! Laws of the decisions about reals and integers, against plain evaluation: whatever is decided under conditions holds at every
//! point of a grid at which the conditions hold. The grid hits kinks, jumps and boundaries exactly. What is decided is also
//! counted, and may not become less.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]
#[path = "common/mod.rs"]
mod common;
#[path = "common/kept.rs"]
mod kept;
#[path = "common/values.rs"]
mod values;
use common::World;
use gradus_decide::{Definedness, Facts, Tri};
use gradus_term::{Aff, BigOp, Domain, FnId, IVar, Id, Node, Prim, Props, Rat, RelOp, Store, Summand, VarId};
use values::{Point, Rng};

// ---- random terms, conditions and points

struct Gen<'w> {
    w: &'w World,
    r: Rng,
    reals: Vec<Id>,
    n: Aff,
    i: Aff,
    x: Id,
    z: Id,
    sigma: FnId,
}

impl<'w> Gen<'w> {
    fn new(w: &'w World, seed: u64) -> Self {
        let half = |a: i64, b: i64| Some((Rat::new(a, b).unwrap(), false));
        let reals = vec![
            w.scalar("a"),
            w.scalar("b"),
            w.scalar("c"),
            w.scalar_in("p", Domain::Interval(half(0, 1), None)),
            w.scalar_in("t", Domain::Interval(half(0, 1), half(1, 1))),
            w.scalar_in("y", Domain::Finite(vec![Rat::zero(), Rat::one()])),
            w.scalar_in("s", Domain::Finite(vec![Rat::int(-1), Rat::one()])),
        ];
        let n = w.size("n");
        let x = w.tensor("x", &[n.clone()]);
        let z = w.tensor_with("z", &[n.clone()], Props { zero_outside: true, ..Props::default() });
        Gen { w, r: Rng(seed), reals, i: w.index("i"), n, x, z, sigma: w.sigma() }
    }
    fn number(&mut self) -> Id {
        let w = self.w;
        match self.r.below(6) {
            0 => w.q(1, 2),
            1 => w.int(-1),
            2 => w.int(2),
            3 => w.int(3),
            4 => w.int(0),
            _ => w.int(1),
        }
    }
    fn leaf(&mut self) -> Id {
        match self.r.below(12) {
            0..=8 => self.r.pick(&self.reals),
            9 if self.r.below(4) == 0 => self.w.s.prim_call(Prim::Factorial, &[self.w.ix(&self.i)]),
            9 => self.w.at(self.x, &[&self.i]),
            10 => self.w.at(self.z, &[&self.i]),
            _ => self.number(),
        }
    }
    fn relation(&mut self, depth: u32) -> Id {
        let op = self.r.pick(&[RelOp::Lt, RelOp::Le, RelOp::Gt, RelOp::Ge, RelOp::Ne, RelOp::Eq]);
        let a = self.term(depth);
        let b = if self.r.below(3) == 0 { self.term(depth) } else { self.number() };
        self.w.s.rel(op, a, b)
    }
    fn condition(&mut self, depth: u32) -> Id {
        let s = &self.w.s;
        match self.r.below(8) {
            0 => s.intern(Node::And([self.relation(depth), self.relation(depth)].into())),
            1 => s.intern(Node::Or([self.relation(depth), self.relation(depth)].into())),
            2 => s.intern(Node::Not(self.relation(depth))),
            3 => {
                let op = self.r.pick(&[RelOp::Lt, RelOp::Le, RelOp::Eq, RelOp::Ne]);
                let end = if self.r.below(2) == 0 { self.n.clone() } else { Aff::int(2) };
                s.rel(op, self.w.ix(&self.i), self.w.ix(&end))
            }
            _ => self.relation(depth),
        }
    }
    fn call(&mut self, p: Prim, depth: u32) -> Id {
        let u = self.term(depth);
        if matches!(p, Prim::Max | Prim::Min) {
            let v = self.term(depth);
            return self.w.s.prim_call(p, &[u, v]);
        }
        self.w.s.prim_call(p, &[u])
    }
    fn term(&mut self, depth: u32) -> Id {
        let w = self.w;
        if depth == 0 {
            return self.leaf();
        }
        let d = depth - 1;
        match self.r.below(26) {
            0..=4 => {
                let (a, b) = (self.term(d), self.term(d));
                w.add(&[a, b])
            }
            5..=6 => {
                let (a, b) = (self.term(d), self.term(d));
                w.sub(a, b)
            }
            7..=11 => {
                let (a, b) = (self.term(d), self.term(d));
                w.mul(&[a, b])
            }
            12..=14 => {
                let (a, b) = (self.term(d), self.term(d));
                w.div(a, b)
            }
            15..=16 => {
                let (a, k) = (self.term(d), self.r.pick(&[2, 3, -1, -2, 0]));
                w.pow(a, k)
            }
            17 => {
                let a = self.term(d);
                w.s.pow(a, w.q(1, 2))
            }
            18..=21 => {
                let p = self.r.pick(&[
                    Prim::Exp,
                    Prim::Log,
                    Prim::Sqrt,
                    Prim::Abs,
                    Prim::Sign,
                    Prim::Sin,
                    Prim::Cos,
                    Prim::Atan,
                    Prim::Asin,
                    Prim::Acos,
                    Prim::Gamma,
                    Prim::Digamma,
                    Prim::Floor,
                    Prim::Max,
                    Prim::Min,
                ]);
                self.call(p, d)
            }
            22 => {
                let c = self.condition(d.min(1));
                let (g, t) = (w.s.intern(Node::Iverson(c)), self.term(d));
                w.mul(&[g, t])
            }
            23 => {
                let (c, a, b) = (self.condition(d.min(1)), self.term(d), self.term(d));
                w.s.intern(Node::Cases([(c, a)].into(), Some(b)))
            }
            24 => {
                let u = self.term(d);
                w.s.call(self.sigma, &[u])
            }
            _ => {
                let t = self.term(d.min(1));
                let (x, z) = (self.x, self.z);
                let op = self.r.pick(&[BigOp::Sum, BigOp::Sum, BigOp::Prod, BigOp::Max]);
                let (v, k) = w.fresh("k");
                let part =
                    self.r.pick(&[w.at(x, &[&k]), w.exp(w.at(x, &[&k])), w.at(z, &[&k.plus(1)]), w.pow(w.at(x, &[&k]), 2), w.ix(&k)]);
                let cond = (self.r.below(3) == 0).then(|| w.s.rel(RelOp::Ne, w.ix(&k), w.ix(&self.i)));
                let cond = cond.filter(|_| op == BigOp::Sum);
                w.s.big(op, v, Aff::int(1), self.n.clone(), cond, w.mul(&[t, part]))
            }
        }
    }
    /// Another form of the same value.
    fn rewritten(&mut self, t: Id) -> Id {
        let w = self.w;
        let s = &w.s;
        match s.node(t).clone() {
            Node::Sum(xs) => {
                let mut ys: Vec<Summand> = xs.iter().map(|x| Summand { neg: x.neg, term: self.rewritten(x.term) }).collect();
                ys.reverse();
                s.sum(&ys)
            }
            Node::Product(xs) if xs.len() == 2 => {
                let (a, b) = (self.rewritten(xs[0]), self.rewritten(xs[1]));
                match (s.node(b).clone(), self.r.below(2)) {
                    (Node::Sum(ys), 0) => s.sum(&ys.iter().map(|y| Summand { neg: y.neg, term: w.mul(&[a, y.term]) }).collect::<Vec<_>>()),
                    _ => w.mul(&[b, a]),
                }
            }
            Node::Quot(a, b) => {
                let (a, b) = (self.rewritten(a), self.rewritten(b));
                if self.r.below(2) == 0 {
                    w.mul(&[a, w.pow(b, -1)])
                } else {
                    w.div(w.mul(&[w.int(2), a]), w.mul(&[w.int(2), b]))
                }
            }
            Node::Pow(a, k) if s.as_rational(k) == Some(Rat::int(2)) => {
                let b = self.rewritten(a);
                w.mul(&[a, b])
            }
            Node::Call(f, xs) => match (s.prim(f), xs.as_ref()) {
                (Some(Prim::Exp), [u]) => w.div(w.int(1), w.exp(w.neg(*u))),
                (Some(Prim::Max), [u, v]) => {
                    let c = s.rel(RelOp::Lt, *u, *v);
                    s.intern(Node::Cases([(c, *v)].into(), Some(*u)))
                }
                (Some(Prim::Abs), [u]) => s.prim_call(Prim::Max, &[*u, w.neg(*u)]),
                (Some(Prim::Sin), [u]) => w.neg(s.prim_call(Prim::Sin, &[w.neg(*u)])),
                (Some(Prim::Cos), [u]) => {
                    let half = w.div(*u, w.int(2));
                    w.sub(w.int(1), w.mul(&[w.int(2), w.pow(s.prim_call(Prim::Sin, &[half]), 2)]))
                }
                (None, _) => s.unfold(f, &xs).unwrap(),
                _ => t,
            },
            _ => t,
        }
    }
    /// One edit somewhere.
    fn edited(&mut self, t: Id) -> Id {
        let w = self.w;
        let kids: Vec<Id> = w.s.node(t).children().iter().filter(|c| c.1 == 0).map(|c| c.0).filter(|c| w.s.sort(*c).is_scalar()).collect();
        if !kids.is_empty() && self.r.below(3) > 0 {
            let k = self.r.pick(&kids);
            let new = self.edited(k);
            let mut once = true;
            return w.s.intern(w.s.node(t).map_children(&mut |c, _| {
                if c == k && once {
                    once = false;
                    new
                } else {
                    c
                }
            }));
        }
        match self.r.below(5) {
            0 => w.neg(t),
            1 => w.add(&[t, w.int(1)]),
            2 => w.s.prim_call(Prim::Abs, &[t]),
            3 => w.mul(&[t, t]),
            _ => self.leaf(),
        }
    }
    /// What lies near: the conditions known with another relation or another bound, and the term against numbers.
    fn near(&mut self, known: &[Id], t: Id) -> Vec<Id> {
        let w = self.w;
        let s = &w.s;
        let all = [RelOp::Lt, RelOp::Le, RelOp::Gt, RelOp::Ge, RelOp::Ne, RelOp::Eq];
        let mut out = vec![s.rel(self.r.pick(&all), t, w.int(0)), s.rel(self.r.pick(&all), t, w.int(1))];
        for c in known {
            if let Node::Rel(_, a, b) = s.node(*c) {
                let by = self.number();
                out.push(s.rel(self.r.pick(&all), *a, *b));
                out.push(s.rel(self.r.pick(&all), w.add(&[*a, by]), *b));
                out.push(s.rel(self.r.pick(&all), w.mul(&[*a, w.int(-2)]), w.mul(&[w.int(-2), *b])));
                out.push(s.rel(self.r.pick(&all), w.sub(*b, *a), w.int(0)));
            }
        }
        if let (Some(a), Some(b)) = (known.first(), known.get(1)) {
            out.push(s.intern(Node::And([*a, *b].into())));
            out.push(s.intern(Node::Or([s.intern(Node::Not(*a)), *b].into())));
        }
        out
    }
    fn point(&mut self) -> Point {
        let mut at = Point::default();
        let s = &self.w.s;
        for t in self.reals.clone() {
            let Node::Var(v) = s.node(t) else { panic!("no name") };
            let all: &[f64] = match s.var(*v).name.as_str() {
                "p" => &[0.5, 1.0, 2.0, 3.0, 0.25],
                "t" => &[0.5, 0.25, 0.75],
                "y" => &[0.0, 1.0],
                "s" => &[-1.0, 1.0],
                _ => &[0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, 0.25],
            };
            at.reals.insert(*v, self.r.pick(all));
        }
        let n = self.r.below(4) as i64 + 1;
        let id = |a: &Aff| match a.vars().next() {
            Some(IVar::Free(v)) => v,
            _ => panic!("no name"),
        };
        at.ints.insert(id(&self.n), n);
        at.ints.insert(id(&self.i), self.r.below(6) as i64 - 1);
        for t in [self.x, self.z] {
            let Node::Var(v) = s.node(t) else { panic!("no name") };
            at.entries.insert(*v, (0..n).map(|_| self.r.pick(&[0.0, 1.0, -1.0, 2.0, 0.5, -2.0])).collect());
        }
        at
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-7 * (1.0 + a.abs().max(b.abs()))
}

#[derive(Default, Debug)]
struct Counts {
    equal: usize,
    edited_equal: usize,
    holds: usize,
    fails: usize,
    signs: usize,
    always: usize,
    never: usize,
    needs: usize,
}

/// Whether a need can be checked at the point: those about an opened index are meant for all its values.
fn own(s: &Store, at: &Point, c: Id) -> bool {
    let known = |v: VarId| at.reals.contains_key(&v) || at.ints.contains_key(&v) || at.entries.contains_key(&v);
    s.free_vars(c).into_iter().all(known)
}

/// What a round asks about.
struct Asked<'w> {
    known: Vec<Id>,
    facts: Facts<'w>,
    term: Id,
    same: Id,
    other: Id,
    cond: Id,
}

fn asked<'w>(w: &'w World, g: &mut Gen<'w>) -> Asked<'w> {
    let known: Vec<Id> = (0..g.r.below(4)).map(|_| g.condition(1)).collect();
    let facts = Facts::new(&w.s, &known);
    let depth = 2 + g.r.below(2) as u32;
    let term = g.term(depth);
    let (same, other, cond) = (g.rewritten(term), g.edited(term), g.condition(2));
    Asked { known, facts, term, same, other, cond }
}

/// A round's terms and conditions at many points.
fn round(seed: u64, n: &mut Counts) {
    let w = World::new();
    let mut g = Gen::new(&w, seed);
    let s = &w.s;
    let Asked { known, facts: f, term: t, same, other, cond } = asked(&w, &mut g);
    let (is_same, is_other) = (f.equal(t, same).is_proved(), f.equal(t, other).is_proved());
    let (holds, signs, defined) = (f.holds(cond), f.sign(t), f.defined(t));
    n.equal += usize::from(is_same);
    n.holds += usize::from(holds == Tri::True);
    n.fails += usize::from(holds == Tri::False);
    n.signs += [signs.neg, signs.zero, signs.pos].iter().filter(|may| !**may).count();
    match &defined {
        Definedness::Always => n.always += 1,
        Definedness::Never => n.never += 1,
        Definedness::Unknown { needs } => n.needs += usize::from(!needs.is_empty()),
    }
    // The derivative by a: where it is said to have a value, both slopes agree.
    let a = g.reals[0];
    let Node::Var(a_name) = *s.node(a) else { panic!("no name") };
    let slope = f.defined(s.diff(t, a, &[]));
    let mut differs = false;
    let near: Vec<(Id, Tri)> = g.near(&known, t).into_iter().map(|c| (c, f.holds(c))).collect();
    for _ in 0..60 {
        let at = g.point();
        let ev = |t: Id| at.eval(s, t, &mut Vec::new());
        if !known.iter().all(|c| at.cond(s, *c, &mut Vec::new()) == Some(true)) {
            continue;
        }
        let say = |what: &str, u: Id| {
            if at.unclear.get() {
                return;
            }
            panic!(
                "seed {seed}, {what}: {}\n{}\nunder {known:?} at {at:?}",
                w.show(t),
                w.show(u),
                known = known.iter().map(|c| w.show(*c)).collect::<Vec<_>>()
            )
        };
        let value = ev(t);
        let smooth = match &slope {
            Definedness::Always => true,
            Definedness::Never => false,
            Definedness::Unknown { needs } => {
                !needs.is_empty() && needs.iter().all(|c| own(s, &at, *c) && at.cond(s, *c, &mut Vec::new()) == Some(true))
            }
        };
        if smooth {
            let beside = |h: f64| {
                let mut at = at.clone();
                *at.reals.get_mut(&a_name).unwrap() += h;
                at.eval(s, t, &mut Vec::new())
            };
            let h = 1e-6;
            let (Some(x), Some(l), Some(r)) = (value, beside(-h), beside(h)) else {
                say("has no slope", a);
                continue;
            };
            let (l, r) = ((x - l) / h, (r - x) / h);
            if x.abs() < 100.0 && l.abs() < 100.0 && (l - r).abs() > 1e-2 * (1.0 + l.abs()) {
                say("its slopes differ", a);
            }
        }
        for (u, proved) in [(same, is_same), (other, is_other)] {
            if let (Some(x), Some(y)) = (value, ev(u)) {
                if !close(x, y) {
                    differs |= u == other;
                    if proved {
                        say("not equal", u);
                    }
                }
            }
        }
        for (cond, holds) in near.iter().copied().chain([(cond, holds)]) {
            match (at.cond(s, cond, &mut Vec::new()), holds) {
                (Some(false), Tri::True) => say("does not hold", cond),
                (Some(true), Tri::False) => say("holds", cond),
                _ => {}
            }
        }
        if let Some(x) = value {
            at.is_zero(x);
            if x < 0.0 && !signs.neg || x > 0.0 && !signs.pos || x == 0.0 && !signs.zero {
                say("the sign", t);
            }
            if defined == Definedness::Never {
                say("has a value", t);
            }
        } else {
            match &defined {
                Definedness::Always => say("has no value", t),
                Definedness::Unknown { needs }
                    if !needs.is_empty() && needs.iter().all(|c| own(s, &at, *c) && at.cond(s, *c, &mut Vec::new()) == Some(true)) =>
                {
                    say("has no value where its needs hold", t);
                }
                _ => {}
            }
        }
    }
    n.edited_equal += usize::from(is_other && !differs);
}

#[test]
fn what_is_decided_holds_at_every_point() {
    let rounds: u64 = std::env::var("GRADUS_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(500);
    let mut n = Counts::default();
    for seed in 0..rounds {
        round(seed, &mut n);
    }
    println!("{n:?}");
    if rounds == 500 {
        let least = Counts { equal: 490, edited_equal: 69, holds: 28, fails: 28, signs: 276, always: 181, never: 2, needs: 316 };
        assert!(n.equal >= least.equal && n.edited_equal >= least.edited_equal, "fewer equalities: {n:?}");
        assert!(n.holds >= least.holds && n.fails >= least.fails && n.signs >= least.signs, "fewer conditions: {n:?}");
        assert!(n.always >= least.always && n.never >= least.never && n.needs >= least.needs, "fewer definednesses: {n:?}");
    }
}

/// The answers to a round's questions, in a line.
fn answers(seed: u64) -> String {
    let w = World::new();
    let mut g = Gen::new(&w, seed);
    let s = &w.s;
    let Asked { known, facts: f, term: t, same, other, cond } = asked(&w, &mut g);
    let show = |t: Id| w.show(t);
    let forms = [f.expand(t), f.together(t), f.factor(t), f.collect(t, g.reals[0])].map(|u| u.map_or("-".into(), show)).join("\n");
    [
        [f.equal(t, same), f.equal(t, other)].iter().map(kept::equality).collect(),
        [cond].into_iter().chain(g.near(&known, t)).map(|c| kept::tri(f.holds(c))).collect(),
        kept::signs(&f, t),
        kept::defined(&f.defined(t), &show),
        kept::defined(&f.defined(s.diff(t, g.reals[0], &[])), &show),
        kept::hash(&forms),
    ]
    .join(" ")
}

/// `what_is_decided_holds_at_every_point` is run for 15,000 seeds by `cargo xtask full`; the answers to the first of them are kept.
#[test]
fn what_is_decided_is_kept() {
    kept::compare("reals", &(0..1500).map(answers).collect::<Vec<_>>());
}

/// Integer conditions, against every point of a box.
#[test]
fn what_follows_for_integers_holds_in_every_box() {
    let w = World::new();
    let s = &w.s;
    let names = [w.size("n"), w.size("m"), w.index("i"), w.index("j")];
    let ids: Vec<VarId> = names.iter().map(|a| if let Some(IVar::Free(v)) = a.vars().next() { v } else { panic!("no name") }).collect();
    let mut r = Rng(7);
    let (mut decided, mut contradictions) = (0, 0);
    for seed in 0..500 {
        let affine = |r: &mut Rng| {
            let mut a = Aff::int(r.below(7) as i64 - 3);
            for v in &names {
                if r.below(2) == 0 {
                    a = a.add(&v.scale(r.pick(&[1, 1, 1, -1, -1, 2, -2, 3])));
                }
            }
            a
        };
        let relation = |r: &mut Rng| {
            let op = r.pick(&[RelOp::Lt, RelOp::Le, RelOp::Gt, RelOp::Ge, RelOp::Ne, RelOp::Eq]);
            s.rel(op, w.ix(&affine(r)), w.ix(&affine(r)))
        };
        let known: Vec<Id> = (0..1 + r.below(4)).map(|_| relation(&mut r)).collect();
        let asked = relation(&mut r);
        let f = Facts::new(s, &known);
        let (holds, none) = (f.holds(asked), f.contradictory());
        let of = affine(&mut Rng(seed + 1000));
        let signs = f.sign(w.ix(&of));
        decided += usize::from(holds != Tri::Unknown);
        contradictions += usize::from(none);
        let (lo, hi) = (-4i64, 5i64);
        for n in 1..=hi {
            for m in 1..=hi {
                for i in lo..=hi {
                    for j in lo..=hi {
                        let at = Point { ints: ids.iter().copied().zip([n, m, i, j]).collect(), ..Point::default() };
                        let is = |c: Id| at.cond(s, c, &mut Vec::new()).unwrap();
                        if !known.iter().all(|c| is(*c)) {
                            continue;
                        }
                        assert!(!none, "seed {seed}: {:?} is called contradictory", known.iter().map(|c| w.show(*c)).collect::<Vec<_>>());
                        let x = at.eval(s, w.ix(&of), &mut Vec::new()).unwrap();
                        let may = if x < 0.0 {
                            signs.neg
                        } else if x > 0.0 {
                            signs.pos
                        } else {
                            signs.zero
                        };
                        assert!(may, "seed {seed}: {x} is no value of {} with {signs:?}", w.show(w.ix(&of)));
                        let right = match holds {
                            Tri::True => is(asked),
                            Tri::False => !is(asked),
                            Tri::Unknown => true,
                        };
                        assert!(
                            right,
                            "seed {seed}: {} is {holds:?} under {:?}",
                            w.show(asked),
                            known.iter().map(|c| w.show(*c)).collect::<Vec<_>>()
                        );
                    }
                }
            }
        }
    }
    println!("{decided} decided, {contradictions} contradictions");
    assert!(decided >= 174 && contradictions >= 1, "fewer: {decided}, {contradictions}");
}

/// What fails deep inside one question is attempted again when it is asked by itself.
#[test]
fn a_failure_for_want_of_budget_is_not_remembered() {
    let w = World::new();
    let x = w.scalar("x");
    let mut tower = vec![w.define("g0", |z| z)];
    for k in 1..140 {
        let below = tower[k - 1];
        tower.push(w.define(&format!("g{k}"), |z| w.add(&[w.s.call(below, &[z]), z])));
    }
    let f = Facts::new(&w.s, &[]);
    let at = |k: usize| w.s.call(tower[k], &[x]);
    let whole = |k: i64| w.mul(&[w.int(k + 1), x]);
    assert!(!f.equal(at(139), whole(139)).is_proved());
    w.yes(&f, at(60), whole(60));
    w.yes(&f, at(80), whole(80));
}
