//! Random index expressions against an exact evaluator: meaning-preserving rewrites should be proved, and nothing that differs
//! anywhere on a grid of sizes and indices may be.
//!
//! The evaluator works in the field of 2^61 − 1 elements; `e^t` is `37^t` for a whole `t` modulo 2^61 − 2, which is an exact
//! homomorphism, so exponentials are tested exactly. It shares no code with the normal form.
//! `GRADUS_FUZZ=5000 cargo test -p gradus-decide --test fuzz -- --nocapture` runs longer; `cargo xtask full` runs 50,000.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]
mod common;
#[path = "common/kept.rs"]
mod kept;
use common::World;
use gradus_decide::Facts;
use gradus_term::{Aff, Arg, BigOp, FnId, IVar, Id, Node, Prim, Props, RelOp, Store, VarId};
use std::collections::BTreeMap;

const P: u64 = (1 << 61) - 1;
/// The fewest nodes of a term that is asked about.
const SMALLEST: usize = 6;
/// Rounds of which the answers are kept.
const KEPT: usize = 200;

struct Rng(u64);
impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
    fn pick<T: Clone>(&mut self, xs: &[T]) -> T {
        xs[self.below(xs.len())].clone()
    }
}

// ---- the evaluator

fn mulm(a: u64, b: u64, m: u64) -> u64 {
    if m == P {
        // 2^61 is 1 modulo 2^61 - 1.
        let x = u128::from(a) * u128::from(b);
        let r = (x as u64 & P) + (x >> 61) as u64;
        return if r >= P { r - P } else { r };
    }
    (u128::from(a) * u128::from(b) % u128::from(m)) as u64
}
fn powm(mut b: u64, mut e: u64, m: u64) -> u64 {
    let mut r = 1 % m;
    while e > 0 {
        if e & 1 == 1 {
            r = mulm(r, b, m);
        }
        b = mulm(b, b, m);
        e >>= 1;
    }
    r
}
struct Point {
    ints: BTreeMap<VarId, i64>,
    seed: u64,
}
impl Point {
    fn aff(&self, a: &Aff, stack: &[i64]) -> i64 {
        a.c + a
            .t
            .iter()
            .map(|(v, k)| {
                k * match v {
                    IVar::Free(v) => self.ints[v],
                    IVar::Bound(b) => stack[stack.len() - 1 - *b as usize],
                }
            })
            .sum::<i64>()
    }
    /// The value modulo `m`; `None` where there is none.
    fn eval(&self, s: &Store, t: Id, m: u64, stack: &mut Vec<i64>) -> Option<u64> {
        let int = |k: i64| k.rem_euclid(m as i64) as u64;
        Some(match s.node(t) {
            Node::Num(q) => int(q.to_i64()?),
            Node::Index(a) => int(self.aff(a, stack)),
            Node::Var(v) => self.random(v.0, &[], m),
            Node::Sum(xs) => {
                let mut r = 0;
                for x in xs {
                    let y = self.eval(s, x.term, m, stack)?;
                    r = (r + if x.neg { m - y } else { y }) % m;
                }
                r
            }
            Node::Product(xs) => {
                // Guards first: a false one shields.
                for x in xs {
                    if let Node::Iverson(c) = s.node(*x) {
                        if !self.cond(s, *c, stack) {
                            return Some(0);
                        }
                    }
                }
                let mut r = 1 % m;
                for x in xs {
                    r = mulm(r, self.eval(s, *x, m, stack)?, m);
                }
                r
            }
            Node::Quot(a, b) => {
                if m != P {
                    return None;
                }
                let d = self.eval(s, *b, m, stack)?;
                if d == 0 {
                    return None;
                }
                mulm(self.eval(s, *a, m, stack)?, powm(d, P - 2, P), m)
            }
            Node::Pow(a, b) => {
                let b = s.as_rational(*b)?.to_i64()?;
                let a = self.eval(s, *a, m, stack)?;
                powm(a, u64::try_from(b).ok()?, m)
            }
            Node::Call(f, xs) => match s.prim(*f) {
                Some(Prim::Exp) => powm(37, self.eval(s, xs[0], P - 1, stack)?, P),
                Some(p) => panic!("not evaluated: {p:?}"),
                None => {
                    // Arguments may mention bound indices of the stack: freeze them first.
                    let frozen: Vec<Id> = xs.iter().map(|x| freeze(s, *x, stack)).collect();
                    self.eval(s, s.unfold(*f, &frozen)?, m, &mut Vec::new())?
                }
            },
            Node::Big { op: BigOp::Sum, lo, hi, body, .. } => {
                let (lo, hi) = (self.aff(lo, stack), self.aff(hi, stack));
                let mut r = 0;
                for k in lo..=hi {
                    stack.push(k);
                    let y = self.eval(s, *body, m, stack);
                    stack.pop();
                    r = (r + y?) % m;
                }
                r
            }
            Node::Iverson(c) => u64::from(self.cond(s, *c, stack)),
            Node::Entry(t, ix) => {
                let pos: Vec<i64> = ix.iter().map(|a| self.aff(a, stack)).collect();
                let dims: Vec<i64> = s.sort(*t).dims().iter().map(|a| self.aff(a, &[])).collect();
                let Node::Var(v) = s.node(*t) else { panic!("entry of a term") };
                if pos.iter().zip(&dims).any(|(p, d)| *p < 1 || p > d) {
                    return s.var(*v).props.zero_outside.then_some(0);
                }
                self.random(v.0, &pos, m)
            }
            n => panic!("not evaluated: {n:?}"),
        })
    }
    fn random(&self, name: u32, pos: &[i64], m: u64) -> u64 {
        let mut r = Rng(self.seed ^ u64::from(name) << 32);
        for p in pos {
            r = Rng(r.next() ^ *p as u64);
        }
        (r.next() % 100_003 + 1) % m
    }
    fn cond(&self, s: &Store, c: Id, stack: &[i64]) -> bool {
        let Node::Rel(op, a, b) = s.node(c) else { panic!("not a relation") };
        let d = self.aff(&s.as_aff(*a).unwrap(), stack) - self.aff(&s.as_aff(*b).unwrap(), stack);
        match op {
            RelOp::Eq => d == 0,
            RelOp::Ne => d != 0,
            RelOp::Lt => d < 0,
            RelOp::Le => d <= 0,
            RelOp::Gt => d > 0,
            RelOp::Ge => d >= 0,
        }
    }
}
fn freeze(s: &Store, t: Id, stack: &[i64]) -> Id {
    let n = s.loose(t) as usize;
    let args: Vec<Arg> = stack[stack.len() - n..].iter().map(|k| Arg::Idx(Aff::int(*k))).collect();
    s.open(t, &args)
}

// ---- random terms

struct Gen<'w> {
    w: &'w World,
    r: Rng,
    n: Aff,
    k: Aff,
    i: Aff,
    j: Aff,
    x: Id,
    a: Id,
    z: Id,
    c: Id,
    sigma: FnId,
}
impl Gen<'_> {
    fn leaf(&mut self, ix: &[Aff]) -> Id {
        let w = self.w;
        let (p, q) = (self.r.pick(ix), self.r.pick(ix));
        match self.r.below(12) {
            0..=2 => w.at(self.x, &[&p]),
            3..=4 => w.at(self.a, &[&p, &q]),
            5..=6 => {
                let d = self.r.below(3) as i64;
                w.at(self.z, &[&p.sub(&q).plus(d)])
            }
            7 => w.delta(&p, &q),
            8 => {
                let op = self.r.pick(&[RelOp::Le, RelOp::Lt, RelOp::Ne]);
                w.s.intern(Node::Iverson(w.s.rel(op, w.ix(&p), w.ix(&q))))
            }
            9 => self.c,
            10 => w.ix(&p),
            _ => w.int(self.r.below(6) as i64 - 2),
        }
    }
    fn exponent(&mut self, ix: &[Aff]) -> Id {
        let w = self.w;
        let p = self.r.pick(ix);
        match self.r.below(4) {
            0 => w.at(self.x, &[&p]),
            1 => w.add(&[w.at(self.x, &[&p]), self.c]),
            2 => {
                let (a, x) = (self.a, self.x);
                w.sum1(&self.n.clone(), |v| w.mul(&[w.at(a, &[&p, v]), w.at(x, &[v])]))
            }
            _ => self.c,
        }
    }
    fn term(&mut self, depth: u32, ix: &[Aff]) -> Id {
        let w = self.w;
        if depth == 0 || self.r.chance(15) {
            return self.leaf(ix);
        }
        match self.r.below(100) {
            0..=19 => {
                let (a, b) = (self.term(depth - 1, ix), self.term(depth - 1, ix));
                if self.r.chance(50) {
                    w.add(&[a, b])
                } else {
                    w.sub(a, b)
                }
            }
            20..=44 => {
                let (a, b) = (self.term(depth - 1, ix), self.term(depth - 1, ix));
                w.mul(&[a, b])
            }
            45..=69 => {
                let (v, a) = w.fresh("v");
                let mut inner = ix.to_vec();
                inner.push(a);
                let body = self.term(depth - 1, &inner);
                let p = self.r.pick(ix);
                let (lo, hi) = match self.r.below(5) {
                    0 => (Aff::int(1), p),
                    1 => (p.plus(1), self.n.clone()),
                    _ => (Aff::int(1), self.n.clone()),
                };
                w.s.big(BigOp::Sum, v, lo, hi, None, body)
            }
            70..=77 => {
                let e = self.exponent(ix);
                w.exp(e)
            }
            78..=83 => {
                let e = self.exponent(ix);
                w.s.call(self.sigma, &[e])
            }
            84..=91 => {
                let t = self.term(depth - 1, ix);
                let e = self.exponent(ix);
                let d = match self.r.below(3) {
                    0 => w.add(&[w.int(1), w.exp(e)]),
                    1 => {
                        let x = self.x;
                        w.sum1(&self.n.clone(), |v| w.exp(w.at(x, &[v])))
                    }
                    _ => {
                        let p = self.r.pick(ix);
                        w.at(self.x, &[&p])
                    }
                };
                w.div(t, d)
            }
            _ => {
                let t = self.term(depth - 1, ix);
                w.pow(t, 2)
            }
        }
    }
    /// A rewriting everywhere with some chance, keeping values wherever they exist.
    fn rewrite(&mut self, t: Id) -> Id {
        let w = self.w;
        let s = &w.s;
        if let Node::Big { op, lo, hi, body, cond: None, .. } = s.node(t) {
            let (v, a) = w.fresh("u");
            let choice = self.r.below(6);
            let at = match choice {
                0 => lo.add(hi).sub(&a),
                1 => a.plus(-2),
                _ => a,
            };
            let b = s.open(*body, &[Arg::Idx(at)]);
            let b = self.rewrite(b);
            let (l, h) = if choice == 1 { (lo.plus(2), hi.plus(2)) } else { (lo.clone(), hi.clone()) };
            if let (2, Node::Sum(xs)) = (choice, s.node(b)) {
                let parts = xs
                    .iter()
                    .map(|x| gradus_term::Summand { neg: x.neg, term: s.big(*op, v, l.clone(), h.clone(), None, x.term) })
                    .collect::<Vec<_>>();
                return s.sum(&parts);
            }
            if choice == 3 && l == Aff::int(1) && h == self.n {
                // Σ_1^n = Σ_1^i + Σ_{i+1}^n
                return w.add(&[s.big(*op, v, l, self.i.clone(), None, b), s.big(*op, v, self.i.plus(1), h, None, b)]);
            }
            if let (4, Node::Big { lo: l2, hi: h2, body: b2, op: BigOp::Sum, cond: None, .. }) = (choice, s.node(b)) {
                if !l2.mentions(IVar::Free(v)) && !h2.mentions(IVar::Free(v)) {
                    let (u, ua) = w.fresh("u");
                    let core = s.open(*b2, &[Arg::Idx(ua)]);
                    return s.big(*op, u, l2.clone(), h2.clone(), None, s.big(*op, v, l, h, None, core));
                }
            }
            return s.big(*op, v, l, h, None, b);
        }
        let kids: Vec<Id> = s.node(t).children().iter().map(|c| c.0).collect();
        let t = if matches!(s.node(t), Node::Iverson(_) | Node::Entry(..) | Node::Call(..)) {
            t
        } else {
            let new: Vec<Id> = kids.iter().map(|k| if s.sort(*k).is_scalar() { self.rewrite(*k) } else { *k }).collect();
            s.with_children(t, &new)
        };
        match s.node(t) {
            Node::Sum(xs) if self.r.chance(40) => {
                let mut v = xs.to_vec();
                v.reverse();
                s.intern(Node::Sum(v.into()))
            }
            Node::Product(xs) if self.r.chance(70) => {
                if let Some(k) = xs.iter().position(|x| matches!(s.node(*x), Node::Sum(_))) {
                    if let Node::Sum(ys) = s.node(xs[k]) {
                        let parts: Vec<_> = ys
                            .iter()
                            .map(|y| {
                                let mut f = xs.to_vec();
                                f[k] = y.term;
                                gradus_term::Summand { neg: y.neg, term: s.product(&f) }
                            })
                            .collect();
                        return s.sum(&parts);
                    }
                }
                let mut v = xs.to_vec();
                v.reverse();
                s.product(&v)
            }
            Node::Pow(a, _) if self.r.chance(60) => w.mul(&[*a, *a]),
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Exp) && self.r.chance(40) => {
                w.mul(&[w.exp(w.mul(&[w.int(2), xs[0]])), w.exp(w.neg(xs[0]))])
            }
            Node::Call(f, xs) if *f == self.sigma && self.r.chance(60) => {
                let e = w.exp(xs[0]);
                w.sub(w.int(1), w.div(w.int(1), w.add(&[e, w.int(1)])))
            }
            Node::Entry(u, ix)
                if self.r.chance(12)
                    && s.var(match s.node(*u) {
                        Node::Var(v) => *v,
                        _ => return t,
                    })
                    .props
                    .zero_outside
                    .eq(&false) =>
            {
                // x_p = Σ_v [v = p] x_v
                let p = ix[0].clone();
                let rest: Vec<Aff> = ix[1..].to_vec();
                let u = *u;
                w.sum1(&self.n.clone(), |v| {
                    let mut all = vec![v];
                    all.extend(rest.iter());
                    w.mul(&[w.delta(v, &p), w.at(u, &all)])
                })
            }
            Node::Quot(a, b) if self.r.chance(40) => {
                let e = w.add(&[w.int(1), w.exp(self.c)]);
                w.mul(&[w.div(w.mul(&[e, *a]), *b), w.div(w.int(1), e)])
            }
            _ => t,
        }
    }
    /// One random edit.
    fn mutate(&mut self, t: Id) -> Id {
        let w = self.w;
        let s = &w.s;
        if let Node::Big { op, lo, hi, body, .. } = s.node(t) {
            let (v, a) = w.fresh("u");
            let b = s.open(*body, &[Arg::Idx(a.clone())]);
            return match self.r.below(6) {
                0 => s.big(*op, v, lo.clone(), hi.plus(-1), None, b),
                1 => s.big(*op, v, lo.plus(1), hi.clone(), None, b),
                _ => {
                    let b = self.mutate(b);
                    s.big(*op, v, lo.clone(), hi.clone(), None, b)
                }
            };
        }
        let kids: Vec<Id> = s.node(t).children().iter().map(|c| c.0).filter(|k| s.sort(*k).is_scalar()).collect();
        if !kids.is_empty() && !matches!(s.node(t), Node::Iverson(_) | Node::Entry(..)) && self.r.chance(70) {
            let at = self.r.below(kids.len());
            if !(at == 1 && matches!(s.node(t), Node::Pow(..))) {
                let mut new: Vec<Id> = s.node(t).children().iter().map(|c| c.0).collect();
                if new.len() == kids.len() {
                    new[at] = self.mutate(new[at]);
                    return s.with_children(t, &new);
                }
            }
        }
        match (self.r.below(5), s.node(t)) {
            (0, Node::Entry(u, ix)) => {
                let mut jx = ix.to_vec();
                jx[0] = self.r.pick(&[self.i.clone(), self.j.clone()]);
                s.intern(Node::Entry(*u, jx.into()))
            }
            (1, _) => w.add(&[t, w.int(1)]),
            (2, _) => w.mul(&[t, w.at(self.x, &[&self.i.clone()])]),
            (3, _) => w.mul(&[t, w.delta(&self.i.clone(), &self.j.clone())]),
            _ => w.neg(t),
        }
    }
}

fn size(s: &Store, t: Id, ops: &mut BTreeMap<&'static str, usize>) {
    let name = match s.node(t) {
        Node::Sum(_) => "sum",
        Node::Product(_) => "product",
        Node::Quot(..) => "quotient",
        Node::Pow(..) => "power",
        Node::Big { .. } => "Σ",
        Node::Call(..) => "function",
        Node::Iverson(_) => "guard",
        Node::Entry(..) => "entry",
        Node::Num(_) => "number",
        Node::Index(_) => "index",
        Node::Var(_) => "name",
        _ => "other",
    };
    *ops.entry(name).or_default() += 1;
    s.node(t).for_each_child(|c, _| size(s, c, ops));
}

/// The values at every point of a grid.
type Values = Vec<Option<u64>>;
/// Whether the values agree wherever both exist; `None` if they exist nowhere together.
fn agree(a: &Values, b: &Values) -> Option<bool> {
    let mut seen = false;
    for (x, y) in a.iter().zip(b).filter_map(|(x, y)| Some((x.as_ref()?, y.as_ref()?))) {
        seen = true;
        if x != y {
            return Some(false);
        }
    }
    seen.then_some(true)
}
struct Grid {
    points: Vec<Point>,
}
impl Grid {
    fn values(&self, s: &Store, t: Id) -> Values {
        self.points.iter().map(|p| p.eval(s, t, P, &mut Vec::new())).collect()
    }
    fn new(ids: &[VarId; 4], sizes: std::ops::RangeInclusive<i64>) -> Self {
        let mut points = Vec::new();
        for n in sizes {
            for k in [1, 2, 3, 6] {
                for i in 1..=n {
                    for j in 1..=n {
                        points.push(Point {
                            ints: ids.iter().copied().zip([n, k, i, j]).collect(),
                            seed: (n * 1000 + k * 100 + i * 10 + j) as u64,
                        });
                    }
                }
            }
        }
        Grid { points }
    }
}
fn var(a: &Aff) -> VarId {
    match a.as_var() {
        Some(IVar::Free(v)) => v,
        _ => panic!("a variable"),
    }
}

#[test]
fn random_rewrites_and_mutants() {
    let rounds: usize = std::env::var("GRADUS_FUZZ").ok().and_then(|s| s.parse().ok()).unwrap_or(200);
    let seed: u64 = std::env::var("GRADUS_FUZZ_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_261_123);
    let started = std::time::Instant::now();
    let (mut proved, mut missed, mut mutants, mut equal_mutants, mut missed_mutants, mut nowhere) = (0, 0, 0, 0, 0, 0);
    let (mut budget, mut presented) = (0, 0);
    let mut lines = Vec::new();
    let (mut slowest, mut total_size) = (0u128, 0);
    let (mut ops, mut sizes) = (BTreeMap::<&str, usize>::new(), BTreeMap::<usize, usize>::new());
    for round in 0..rounds {
        let w = World::new();
        let (n, k) = (w.size("n"), w.size("k"));
        let (i, j) = (w.index("i"), w.index("j"));
        let x = w.tensor("x", &[n.clone()]);
        let a = w.tensor("A", &[n.clone(), n.clone()]);
        let z = w.tensor_with("w", &[k.clone()], Props { zero_outside: true, ..Props::default() });
        let c = w.scalar("c");
        let sigma = w.sigma();
        let mut facts = w.range(&i, &n).to_vec();
        facts.extend(w.range(&j, &n));
        let f = Facts::new(&w.s, &facts);
        let ids = [var(&n), var(&k), var(&i), var(&j)];
        let grid = Grid::new(&ids, 1..=4);
        let mut g =
            Gen { w: &w, r: Rng(seed.wrapping_add(round as u64 * 7919)), n, k: k.clone(), i: i.clone(), j: j.clone(), x, a, z, c, sigma };
        let _ = &g.k;
        let (mut t, mut here) = (w.int(0), BTreeMap::new());
        // Trivial terms prove nothing: small ones are drawn again.
        while here.values().sum::<usize>() < SMALLEST {
            here.clear();
            t = g.term(4, &[i.clone(), j.clone()]);
            size(&w.s, t, &mut here);
        }
        let nodes = here.values().sum::<usize>();
        total_size += nodes;
        *sizes.entry(nodes.next_power_of_two()).or_default() += 1;
        here.into_iter().for_each(|(name, k)| *ops.entry(name).or_default() += k);
        let u = g.rewrite(t);
        let m = g.mutate(t);
        let at = std::time::Instant::now();
        let values = grid.values(&w.s, t);
        match agree(&values, &grid.values(&w.s, u)) {
            None => nowhere += 1,
            Some(false) => panic!("the rewriting of round {round} is wrong\n{}\n{}", w.show(t), w.show(u)),
            Some(true) => match f.equal(t, u) {
                gradus_decide::Equality::Proved => proved += 1,
                r => {
                    missed += 1;
                    budget += usize::from(r == gradus_decide::Equality::Unknown(gradus_decide::Why::Budget));
                    println!("missed in round {round} ({r:?}):\n  {}\n  {}", w.show(t), w.show(u));
                }
            },
        }
        // What is presented has the value of what was asked.
        let back = f.nf(t).ok().and_then(|n| f.to_term(&n));
        presented += usize::from(back.is_some());
        for (how, u) in [("normal form", back), ("expanded", f.expand(t)), ("together", f.together(t)), ("factored", f.factor(t))] {
            let Some(u) = u else {
                continue;
            };
            assert_ne!(agree(&values, &grid.values(&w.s, u)), Some(false), "{how} in round {round}:\n  {}\n  {}", w.show(t), w.show(u));
        }
        let same = f.equal(t, m).is_proved();
        if lines.len() < KEPT {
            let forms = [f.expand(t), f.together(t), f.factor(t)].map(|u| u.map_or("-".into(), |u| w.show(u))).join("\n");
            let equal: String = [f.equal(t, u), f.equal(t, m)].iter().map(kept::equality).collect();
            lines.push(format!("{equal} {}", kept::hash(&forms)));
        }
        mutants += 1;
        match (agree(&values, &grid.values(&w.s, m)), same) {
            (Some(false), true) => panic!("FALSE ACCEPT in round {round}\n  {}\n  {}", w.show(t), w.show(m)),
            (Some(true), true) => equal_mutants += 1,
            (Some(true), false) => {
                let wide = Grid::new(&ids, 5..=5);
                if agree(&wide.values(&w.s, t), &wide.values(&w.s, m)) == Some(true) {
                    missed_mutants += 1;
                }
            }
            _ => {}
        }
        slowest = slowest.max(at.elapsed().as_millis());
    }
    println!("{rounds} rounds: {proved} rewrites proved, {missed} missed ({budget} by budget), {nowhere} without values; {mutants} mutants, {equal_mutants} equal and proved, {missed_mutants} apparently equal and not proved; 0 false accepts; {presented} normal forms presented");
    println!(
        "mean size {:.1}, up to 8, 16, 32, … nodes: {sizes:?}, operators {ops:?}, slowest round {slowest} ms, {:.1} s",
        total_size as f64 / rounds as f64,
        started.elapsed().as_secs_f64()
    );
    if rounds >= KEPT {
        kept::compare("indices", &lines);
    }
    assert!(missed * 100 <= rounds, "too many equalities missed: {missed} of {rounds}");
}
