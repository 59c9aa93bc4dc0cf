//! Sums, products and largest members against their terms: random relations near true ones, against plain evaluation at sizes up to 3.
//! Whatever is decided holds at every point at which the facts do and both sides have values. The answers are kept.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]
#[path = "common/mod.rs"]
mod common;
#[path = "common/kept.rs"]
mod kept;
#[path = "common/values.rs"]
mod values;
use common::World;
use gradus_decide::{Facts, Tri};
use gradus_term::{Aff, BigOp, Domain, IVar, Id, Node, Prim, Props, RelOp};
use values::{Point, Rng};

struct Gen<'w> {
    w: &'w World,
    r: Rng,
    n: Aff,
    i: Aff,
    x: Id,
    y: Id,
    v: Id,
    h: Id,
    a: Id,
    p: Id,
}

/// What is summed: the same of every member.
#[derive(Clone, Copy)]
struct Part(usize);

impl<'w> Gen<'w> {
    fn new(w: &'w World, seed: u64) -> Self {
        let n = w.size("n");
        let dims = [n.clone()];
        let positive = Props { positive: true, ..Props::default() };
        let outside = Props { zero_outside: true, ..Props::default() };
        let half_line = Domain::Interval(Some((gradus_term::Rat::zero(), false)), None);
        Gen {
            w,
            r: Rng(seed),
            i: w.index("i"),
            x: w.tensor("x", &dims),
            y: w.tensor("y", &dims),
            v: w.tensor_with("v", &dims, positive),
            h: w.tensor_with("h", &dims, outside),
            a: w.scalar("a"),
            p: w.scalar_in("p", half_line),
            n,
        }
    }
    fn fun(&self, f: Prim, u: Id) -> Id {
        self.w.s.prim_call(f, &[u])
    }
    /// A member at an index.
    fn member(&self, part: Part, j: &Aff) -> Id {
        let w = self.w;
        let (x, y, v, h) = (w.at(self.x, &[j]), w.at(self.y, &[j]), w.at(self.v, &[j]), w.at(self.h, &[j]));
        match part.0 {
            0 => x,
            1 => w.pow(x, 2),
            2 => self.fun(Prim::Abs, x),
            3 => w.exp(x),
            4 => v,
            5 => w.mul(&[v, x]),
            6 => w.mul(&[v, w.exp(x)]),
            7 => w.s.prim_call(Prim::Max, &[x, w.int(0)]),
            8 => w.sub(x, y),
            9 => w.pow(w.sub(x, self.a), 2),
            10 => w.ix(j),
            11 => w.mul(&[self.a, w.pow(x, 2)]),
            12 => w.mul(&[self.p, self.fun(Prim::Abs, x)]),
            13 => h,
            14 => w.log(v),
            15 => w.mul(&[w.s.intern(Node::Iverson(w.gt0(x))), x]),
            16 => w.exp(w.sub(x, y)),
            17 => w.div(w.int(1), v),
            18 => self.fun(Prim::Abs, w.sub(x, y)),
            19 => w.neg(v),
            20 => w.neg(w.exp(x)),
            21 => w.mul(&[w.at(self.v, &[&self.i]), w.pow(x, 2)]),
            22 => self.w.pow(h, 2),
            _ => w.mul(&[w.int(2), w.exp(w.mul(&[w.int(2), x]))]),
        }
    }
    fn part(&mut self) -> Part {
        Part(self.r.below(24))
    }
    fn place(&mut self) -> Aff {
        let (n, i) = (self.n.clone(), self.i.clone());
        self.r.pick(&[i.clone(), i.clone(), i.clone(), Aff::int(1), n.clone(), i.plus(1), Aff::int(2), n.plus(-1)])
    }
    fn range(&mut self) -> (Aff, Aff) {
        let (n, i) = (self.n.clone(), self.i.clone());
        let lo = self.r.pick(&[Aff::int(1), Aff::int(1), Aff::int(1), Aff::int(1), Aff::int(2), i.clone(), i.plus(1)]);
        let hi = self.r.pick(&[n.clone(), n.clone(), n.clone(), n.clone(), n.plus(-1), i.clone(), Aff::int(2)]);
        (lo, hi)
    }
    /// All members of a range together.
    fn whole(&mut self, op: BigOp, part: Part) -> Id {
        let w = self.w;
        let (v, j) = w.fresh("k");
        let (lo, hi) = self.range();
        let cond = (op == BigOp::Sum && self.r.below(5) == 0).then(|| {
            let op = self.r.pick(&[RelOp::Ne, RelOp::Ne, RelOp::Lt, RelOp::Ge]);
            w.s.rel(op, w.ix(&j), w.ix(&self.i))
        });
        let mut body = self.member(part, &j);
        if op == BigOp::Sum && self.r.below(8) == 0 {
            let (u, l) = w.fresh("l");
            let other = Part(self.r.pick(&[1, 3, 4, 2]));
            let other = self.member(other, &l);
            body = w.s.big(op, u, Aff::int(1), self.r.pick(&[self.n.clone(), j.clone()]), None, w.mul(&[body, other]));
        }
        w.s.big(op, v, lo, hi, cond, body)
    }
    fn big(&mut self) -> BigOp {
        self.r.pick(&[BigOp::Sum, BigOp::Sum, BigOp::Max, BigOp::Min])
    }
    fn factor(&mut self) -> Id {
        let w = self.w;
        self.r.pick(&[w.int(1), w.int(1), w.int(1), w.int(2), w.int(-1), w.ix(&self.n), self.a, self.p, w.neg(self.p), w.q(1, 2)])
    }
    fn times(&mut self, k: Id, t: Id) -> Id {
        match self.w.s.as_rational(k).is_some_and(|q| q.is_one()) {
            true => t,
            false => self.w.mul(&[k, t]),
        }
    }
    /// Two sides of which one may bound the other.
    fn sides(&mut self) -> (Id, Id) {
        let w = self.w;
        let (part, op) = (self.part(), self.big());
        let whole = self.whole(op, part);
        let place = self.place();
        let one = self.member(part, &place);
        let (k, l) = (self.factor(), self.factor());
        match self.r.below(12) {
            0..=2 => (self.times(k, whole), self.times(k, one)),
            3 => (self.times(k, whole), self.times(l, one)),
            4 => {
                let f = self.r.pick(&[Prim::Log, Prim::Sqrt, Prim::Exp, Prim::Abs]);
                (self.fun(f, whole), self.fun(f, one))
            }
            5 => {
                let other = self.part();
                let inner = self.member(other, &place);
                let f = self.r.pick(&[Prim::Log, Prim::Sqrt]);
                (self.fun(f, whole), inner)
            }
            6 => (w.div(one, whole), self.r.pick(&[w.int(1), w.int(0), w.q(1, 2)])),
            7 => {
                let (lo, hi) = (self.big(), self.big());
                let (a, b) = (self.whole(lo, part), self.whole(hi, part));
                (self.times(k, a), self.times(l, b))
            }
            8 => {
                let other = self.part();
                let (a, b) = (self.whole(BigOp::Sum, part), self.whole(BigOp::Sum, other));
                (a, self.times(k, b))
            }
            9 => {
                let (second, last) = (self.place(), self.whole(BigOp::Sum, part));
                (last, w.add(&[one, self.member(part, &second)]))
            }
            10 => {
                let most = self.whole(BigOp::Max, part);
                (w.log(self.whole(BigOp::Sum, Part(3))), w.add(&[most, self.r.pick(&[w.log(w.ix(&self.n)), w.int(0), w.int(1)])]))
            }
            _ => {
                let product = self.whole(BigOp::Prod, part);
                (product, self.r.pick(&[one, w.int(1), w.int(0)]))
            }
        }
    }
    fn known(&mut self) -> Vec<Id> {
        let w = self.w;
        let s = &w.s;
        let mut known = Vec::new();
        if self.r.below(5) > 0 {
            known.extend(w.range(&self.i, &self.n));
        }
        let place = self.place();
        let at = w.at(self.x, &[&place]);
        for _ in 0..self.r.below(3) {
            let (n, i) = (w.ix(&self.n), w.ix(&self.i));
            let zero = w.int(0);
            known.push(match self.r.below(10) {
                0 => s.rel(RelOp::Ge, n, w.int(2)),
                1 => s.rel(RelOp::Lt, i, n),
                2 => s.rel(RelOp::Gt, i, w.int(1)),
                3 => s.rel(self.r.pick(&[RelOp::Ge, RelOp::Le, RelOp::Gt]), self.a, zero),
                4 => s.rel(self.r.pick(&[RelOp::Ge, RelOp::Gt]), self.p, w.int(1)),
                5 => s.rel(self.r.pick(&[RelOp::Ge, RelOp::Le, RelOp::Eq, RelOp::Gt]), at, self.r.pick(&[zero, self.a, w.int(1)])),
                6 => s.rel(RelOp::Eq, i, self.r.pick(&[n, w.int(1)])),
                7 => s.rel(RelOp::Le, self.a, self.p),
                8 => s.rel(RelOp::Le, n, w.int(2)),
                _ => s.rel(RelOp::Eq, w.sum1(&self.n, |j| w.at(self.x, &[j])), w.int(1)),
            });
        }
        known
    }
    fn point(&mut self) -> Point {
        let mut at = Point::default();
        let s = &self.w.s;
        let of = |t: Id| if let Node::Var(v) = s.node(t) { *v } else { panic!("no name") };
        let id = |a: &Aff| if let Some(IVar::Free(v)) = a.vars().next() { v } else { panic!("no name") };
        let n = self.r.below(3) as i64 + 1;
        at.ints.insert(id(&self.n), n);
        at.ints.insert(id(&self.i), self.r.below(5) as i64);
        at.reals.insert(of(self.a), self.r.pick(&[0.0, 1.0, -1.0, 2.0, -2.0, 0.5]));
        at.reals.insert(of(self.p), self.r.pick(&[0.5, 1.0, 2.0, 3.0, 0.25]));
        for t in [self.x, self.y, self.h] {
            at.entries.insert(of(t), (0..n).map(|_| self.r.pick(&[0.0, 0.0, 1.0, -1.0, 2.0, 0.5, -2.0])).collect());
        }
        at.entries.insert(of(self.v), (0..n).map(|_| self.r.pick(&[0.25, 1.0, 2.0, 0.5])).collect());
        at
    }
}

/// A round's facts and questions.
fn asked<'w>(w: &'w World, g: &mut Gen<'w>) -> (Vec<Id>, Facts<'w>, Vec<(Id, Tri)>) {
    let known = g.known();
    let f = Facts::new(&w.s, &known);
    let (a, b) = g.sides();
    let all = [RelOp::Ge, RelOp::Gt, RelOp::Le, RelOp::Lt, RelOp::Eq];
    let answers = all.map(|op| w.s.rel(op, a, b)).map(|c| (c, f.holds(c)));
    (known, f, answers.to_vec())
}

fn round(seed: u64, decided: &mut usize) {
    let w = World::new();
    let mut g = Gen::new(&w, seed);
    let s = &w.s;
    let (known, f, answers) = asked(&w, &mut g);
    *decided += answers.iter().filter(|a| a.1 != Tri::Unknown).count();
    if answers.iter().all(|a| a.1 == Tri::Unknown) && !f.contradictory() {
        return;
    }
    let is = |at: &Point, c: Id| at.cond(s, c, &mut Vec::<i64>::new());
    for _ in 0..80 {
        let at = g.point();
        if !known.iter().all(|c| is(&at, *c) == Some(true)) || at.unclear.get() {
            continue;
        }
        let under = || known.iter().map(|c| w.show(*c)).collect::<Vec<_>>();
        assert!(!f.contradictory(), "seed {seed}: {:?} is called contradictory at {at:?}", under());
        for (c, holds) in &answers {
            let wrong = matches!((is(&at, *c), holds), (Some(false), Tri::True) | (Some(true), Tri::False));
            assert!(!wrong || at.unclear.get(), "seed {seed}: {} is {holds:?} under {:?} at {at:?}", w.show(*c), under());
        }
    }
}

#[test]
fn what_is_said_of_sums_and_largest_members_holds_at_every_point() {
    let rounds: u64 = std::env::var("GRADUS_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    let mut decided = 0;
    for seed in 0..rounds {
        round(seed, &mut decided);
    }
    println!("{decided} decided");
}

#[test]
fn what_is_said_of_sums_is_kept() {
    let line = |seed: u64| {
        let w = World::new();
        let mut g = Gen::new(&w, seed);
        let (_, f, answers) = asked(&w, &mut g);
        let words: String = answers.iter().map(|a| kept::tri(a.1)).collect();
        let Some((Node::Rel(_, a, b), _)) = answers.first().map(|a| (w.s.node(a.0), a.1)) else { panic!("no relation") };
        format!("{words} {} {}", kept::signs(&f, *a), kept::signs(&f, *b))
    };
    kept::compare("bounds", &(0..150).map(line).collect::<Vec<_>>());
}
