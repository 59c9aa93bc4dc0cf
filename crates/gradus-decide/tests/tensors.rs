//! Equality of expressions of matrices and vectors, against plain evaluation modulo a prime at sizes up to 3. What is equal is
//! found by words of letters or by entries; what is said to be equal is so at every point.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]

#[path = "common/kept.rs"]
mod kept;
#[path = "../../gradus-term/tests/common/mod.rs"]
mod values;

use gradus_decide::{Definedness, Facts, Tri};
use gradus_term::{debug, Aff, Domain, Id, Node, Prim, Props, RelOp, Sort, Store, Summand, VarInfo, VarKind};
use values::{id, name, Env, Rng, World, P};

struct Gen {
    s: Store,
    r: Rng,
    n: Aff,
    scalars: [Id; 2],
    vectors: [Id; 3],
    /// The last is symmetric.
    matrices: [Id; 3],
}

impl Gen {
    fn new(seed: u64) -> Self {
        let s = Store::new();
        let mut size = VarInfo::new("n", VarKind::Size, Sort::Scalar);
        size.domain = Domain::Nat;
        let n = Aff::free(s.declare(size));
        let given = |l: &str, dims: usize, props: Props| {
            let mut v = VarInfo::new(l, VarKind::Given, if dims == 0 { Sort::Scalar } else { Sort::tensor(&vec![n.clone(); dims]) });
            v.props = props;
            s.name(s.declare(v))
        };
        let plain = Props::default;
        let scalars = ["a", "b"].map(|l| given(l, 0, plain()));
        let vectors = ["u", "v", "w"].map(|l| given(l, 1, plain()));
        let symmetric = Props { symmetric: true, ..plain() };
        let matrices = [given("A", 2, plain()), given("B", 2, plain()), given("S", 2, symmetric)];
        Gen { r: Rng(seed), n, scalars, vectors, matrices, s }
    }
    fn env(&mut self) -> Env {
        let mut e = Env::default();
        let n = self.r.below(3) as i64 + 1;
        e.ints.insert(id(&self.n), n);
        for t in self.scalars.iter().chain(&self.vectors).chain(&self.matrices) {
            let mut xs: Vec<i64> = (0..n * n).map(|_| self.r.below(P as usize) as i64).collect();
            if *t == self.matrices[2] {
                for i in 0..n {
                    for j in 0..i {
                        xs[(i * n + j) as usize] = xs[(j * n + i) as usize];
                    }
                }
            }
            e.values.insert(name(&self.s, *t), xs);
        }
        e
    }
    fn call(&self, p: Prim, xs: &[Id]) -> Id {
        self.s.prim_call(p, xs)
    }
    fn product(&self, xs: &[Id]) -> Id {
        self.s.intern(Node::MatMul(xs.into()))
    }
    fn turned(&self, x: Id) -> Id {
        self.call(Prim::Transpose, &[x])
    }
    fn signed(&mut self, xs: &[Id]) -> Id {
        let ys: Vec<Summand> = xs.iter().map(|x| Summand { neg: self.r.below(3) == 0, term: *x }).collect();
        self.s.sum(&ys)
    }
    fn matrix(&mut self, depth: u32) -> Id {
        if depth == 0 {
            return self.r.pick(&self.matrices);
        }
        let d = depth - 1;
        match self.r.below(11) {
            0..=1 => {
                let x = self.matrix(d);
                self.turned(x)
            }
            2..=4 => {
                let xs: Vec<Id> = (0..2 + self.r.below(2)).map(|_| self.matrix(d)).collect();
                self.product(&xs)
            }
            5..=6 => {
                let xs = [self.matrix(d), self.matrix(d)];
                self.signed(&xs)
            }
            7 => {
                let (k, x) = (self.scalar(d), self.matrix(d));
                self.s.mul(k, x)
            }
            8 => {
                let (x, y) = (self.vector(d), self.vector(d));
                if self.r.below(2) == 0 {
                    self.call(Prim::Outer, &[x, y])
                } else {
                    self.product(&[x, self.turned(y)])
                }
            }
            9 => match self.r.below(5) {
                3..=4 => {
                    let x = self.matrix(d);
                    self.call(Prim::Inv, &[x])
                }
                0 => self.call(Prim::Eye, &[self.s.index(self.n.clone())]),
                1 => {
                    let x = self.matrix(d);
                    self.s.pow(x, self.s.int(2))
                }
                _ => {
                    let (x, y) = (self.matrix(d), self.matrix(d));
                    self.call(Prim::Hadamard, &[x, y])
                }
            },
            _ => {
                let x = self.vector(d);
                self.call(Prim::Diag, &[x])
            }
        }
    }
    fn vector(&mut self, depth: u32) -> Id {
        if depth == 0 {
            return self.r.pick(&self.vectors);
        }
        let d = depth - 1;
        match self.r.below(6) {
            0..=2 => {
                let (x, y) = (self.matrix(d), self.vector(d));
                self.product(&[x, y])
            }
            3 => {
                let xs = [self.vector(d), self.vector(d)];
                self.signed(&xs)
            }
            4 => {
                let (k, x) = (self.scalar(d), self.vector(d));
                self.s.mul(k, x)
            }
            _ => {
                let x = self.matrix(d);
                self.call(Prim::Diagonal, &[x])
            }
        }
    }
    fn scalar(&mut self, depth: u32) -> Id {
        if depth == 0 {
            return match self.r.below(4) {
                0 => self.s.int(self.r.below(3) as i64 + 1),
                1 => self.s.quot(self.r.pick(&self.scalars), self.s.int(2)),
                _ => self.r.pick(&self.scalars),
            };
        }
        let d = depth - 1;
        match self.r.below(7) {
            0 => {
                let (x, y) = (self.vector(d), self.vector(d));
                self.call(Prim::Dot, &[x, y])
            }
            1..=2 => {
                let (x, m, y) = (self.vector(d), self.matrix(d), self.vector(d));
                self.product(&[self.turned(x), m, y])
            }
            3..=4 => {
                let (p, x) = (self.r.pick(&[Prim::Tr, Prim::Tr, Prim::Det]), self.matrix(d));
                self.call(p, &[x])
            }
            5 => {
                let (x, y) = (self.scalar(d), self.scalar(d));
                self.s.mul(x, y)
            }
            _ => {
                let xs = [self.scalar(d), self.scalar(d)];
                self.signed(&xs)
            }
        }
    }
    fn kids(&mut self, t: Id, f: &mut dyn FnMut(&mut Self, Id) -> Id) -> Id {
        let old: Vec<Id> = self.s.node(t).children().iter().map(|c| c.0).collect();
        let new: Vec<Id> = old.iter().map(|k| if matches!(self.s.node(*k), Node::Index(_)) { *k } else { f(self, *k) }).collect();
        if new == old {
            t
        } else {
            self.s.with_children(t, &new)
        }
    }
    /// Another form of the same value.
    fn rewritten(&mut self, t: Id) -> Id {
        let t = self.kids(t, &mut |g, k| g.rewritten(k));
        let node = self.s.node(t).clone();
        match &node {
            // A (B + C) is A B + A C; a longer product is grouped.
            Node::MatMul(xs) => {
                if let Some((k, Node::Sum(ys))) =
                    xs.iter().enumerate().map(|(k, x)| (k, self.s.node(*x).clone())).find(|x| matches!(x.1, Node::Sum(_)))
                {
                    let parts: Vec<Summand> = ys
                        .iter()
                        .map(|y| {
                            let mut zs = xs.to_vec();
                            zs[k] = y.term;
                            Summand { neg: y.neg, term: self.product(&zs) }
                        })
                        .collect();
                    return self.s.sum(&parts);
                }
                if xs.len() > 2 && !self.s.sort(t).is_scalar() {
                    let tail = self.product(&xs[1..]);
                    return self.product(&[xs[0], tail]);
                }
                t
            }
            Node::Sum(xs) if xs.len() > 1 => {
                let mut ys = xs.to_vec();
                ys.reverse();
                self.s.intern(Node::Sum(ys.into()))
            }
            Node::Pow(a, _) if self.s.sort(*a).is_tensor() => self.product(&[*a, *a]),
            Node::Call(f, xs) => match (self.s.prim(*f), xs.as_ref()) {
                (Some(Prim::Transpose), [x]) => match self.s.node(*x).clone() {
                    Node::MatMul(ys) if self.s.sort(*x).dims().len() == 2 => {
                        let zs: Vec<Id> = ys.iter().rev().map(|y| self.turned(*y)).collect();
                        self.product(&zs)
                    }
                    Node::Sum(ys) => {
                        let zs: Vec<Summand> = ys.iter().map(|y| Summand { neg: y.neg, term: self.turned(y.term) }).collect();
                        self.s.sum(&zs)
                    }
                    _ => t,
                },
                (Some(Prim::Tr), [x]) => match self.s.node(*x).clone() {
                    Node::MatMul(ys) if ys.iter().all(|y| self.s.sort(*y).dims().len() == 2) => {
                        let mut zs = ys.to_vec();
                        zs.rotate_left(1);
                        self.call(Prim::Tr, &[self.product(&zs)])
                    }
                    _ => self.call(Prim::Tr, &[self.turned(*x)]),
                },
                (Some(Prim::Inv | Prim::Det), [x]) => {
                    let p = self.s.prim(*f).unwrap();
                    match self.s.node(*x).clone() {
                        Node::MatMul(ys) if ys.iter().all(|y| self.s.sort(*y).dims().len() == 2) => {
                            let parts: Vec<Id> = ys.iter().rev().map(|y| self.call(p, &[*y])).collect();
                            if p == Prim::Inv {
                                self.product(&parts)
                            } else {
                                self.s.product(&parts)
                            }
                        }
                        _ if p == Prim::Inv => self.turned(self.call(p, &[self.turned(*x)])),
                        _ => self.call(p, &[self.turned(*x)]),
                    }
                }
                (Some(Prim::Dot), [x, y]) => self.product(&[self.turned(*y), *x]),
                (Some(Prim::Outer), [x, y]) => self.product(&[*x, self.turned(*y)]),
                (Some(Prim::Hadamard), [x, y]) => self.call(Prim::Hadamard, &[*y, *x]),
                _ => t,
            },
            _ => t,
        }
    }
    /// One edit somewhere, or none where nothing fits.
    fn edited(&mut self, t: Id) -> Id {
        let count = self.s.node(t).children().len();
        if count > 0 && self.r.below(4) > 0 {
            let (at, mut k) = (self.r.below(count), 0);
            return self.kids(t, &mut |g, x| {
                k += 1;
                if k - 1 == at {
                    g.edited(x)
                } else {
                    x
                }
            });
        }
        let node = self.s.node(t).clone();
        match &node {
            Node::MatMul(xs) if xs.iter().all(|x| self.s.sort(*x).dims().len() == 2) => {
                let mut ys = xs.to_vec();
                ys.swap(0, 1);
                self.product(&ys)
            }
            Node::Call(f, xs)
                if self.s.prim(*f) == Some(Prim::Transpose) && self.s.sort(t).dims().len() == 2 && self.s.sort(xs[0]) == self.s.sort(t) =>
            {
                xs[0]
            }
            Node::Call(f, xs) if self.s.prim(*f) == Some(Prim::Outer) => self.call(Prim::Outer, &[xs[1], xs[0]]),
            _ if self.r.below(3) == 0 => self.s.neg(t),
            _ => match (self.s.sort(t).clone(), self.s.sort(t).dims().len()) {
                (Sort::Scalar, _) => self.r.pick(&self.scalars),
                (Sort::Tensor(_), 1) => self.r.pick(&self.vectors),
                (Sort::Tensor(_), 2) if self.r.below(2) == 0 => self.turned(t),
                (Sort::Tensor(_), 2) => self.r.pick(&self.matrices),
                _ => t,
            },
        }
    }
}

#[test]
fn what_is_called_equal_has_the_same_entries() {
    let full: Option<u64> = std::env::var("GRADUS_FUZZ").ok().and_then(|n| n.parse().ok());
    // A round takes long: products of matrices by entries are sums within sums.
    let rounds = full.map_or(120, |n| n.min(5000));
    let (mut lines, mut proved, mut edits, mut equal) = (Vec::new(), 0, 0, 0);
    for seed in 0..rounds {
        let mut g = Gen::new(seed);
        let t = match seed % 3 {
            0 => g.scalar(3),
            1 => g.vector(2),
            _ => g.matrix(2),
        };
        let (same, other) = (g.rewritten(t), g.edited(t));
        let points: Vec<Env> = (0..4).map(|_| g.env()).collect();
        let s = &g.s;
        let show = |t: Id| debug::show(s, t);
        assert!(*s.sort(same) == *s.sort(t), "seed {seed}: {} is no form of {}", show(same), show(t));
        let f = Facts::new(s, &[]);
        let (a, b) = (f.equal(t, same), f.equal(t, other));
        let mut differs = false;
        for e in &points {
            let value = e.eval(s, t);
            let (again, edit) = (e.eval(s, same), e.eval(s, other));
            if value.is_none() || again.is_none() || edit.is_none() {
                continue;
            }
            assert_eq!(value, again, "seed {seed}: {} is another value than {}", show(same), show(t));
            differs |= *s.sort(other) == *s.sort(t) && value != edit;
        }
        assert!(!(differs && b.is_proved()), "seed {seed}: called equal\n{}\n{}", show(t), show(other));
        proved += usize::from(a.is_proved());
        edits += usize::from(differs);
        equal += usize::from(b.is_proved());
        lines.push([a, b].iter().map(kept::equality).collect::<String>());
    }
    println!("{rounds} rounds: {proved} rewritings proved, {edits} edits differ, {equal} are equal and proved");
    if full.is_none() {
        kept::compare("tensors", &lines);
    }
}

/// `M⁻¹ M x` and `M M⁻¹ x` are x for sums of products M, and `M⁻¹ N x` is only where it has that value.
#[test]
fn inverses_of_sums_of_products() {
    let (mut proved, mut near, mut points) = (0, 0, 0);
    for seed in 0..250 {
        let mut g = Gen::new(seed + 70_000);
        let parts = [g.matrix(1), g.matrix(1), g.matrix(0)];
        let (m, x) = (g.signed(&parts), g.vector(1));
        let n = g.edited(m);
        if *g.s.sort(n) != *g.s.sort(m) {
            continue;
        }
        let inverse = g.call(Prim::Inv, &[m]);
        let orders = |a: Id| if seed % 2 == 0 { [inverse, a, x] } else { [a, inverse, x] };
        let (same, other) = (g.product(&orders(m)), g.product(&orders(n)));
        let same = if seed % 3 == 0 { g.rewritten(same) } else { same };
        let envs: Vec<Env> = (0..4).map(|_| g.env()).collect();
        let s = &g.s;
        let f = Facts::new(s, &[]);
        proved += usize::from(f.equal(same, x).is_proved());
        let claimed = f.equal(other, x).is_proved();
        near += usize::from(claimed);
        for e in &envs {
            let (Some(value), Some(again)) = (e.eval(s, x), e.eval(s, same)) else { continue };
            assert_eq!(value, again, "seed {seed}");
            points += 1;
            assert!(!claimed || e.eval(s, other).is_none_or(|v| v == value), "seed {seed}: {} is not x", debug::show(s, other));
        }
    }
    println!("{proved} proved, {near} edits equal, {points} points");
    assert!(proved >= 200 && points >= 400, "{proved} proved, {points} points");
}

/// Whether a condition holds; `None` if a side has no value or a name stands for every index.
fn holds(e: &Env, s: &Store, c: Id) -> Option<bool> {
    if s.free_vars(c).into_iter().any(|v| !e.ints.contains_key(&v) && !e.values.contains_key(&v)) {
        return None;
    }
    match s.node(c) {
        Node::And(xs) => xs.iter().map(|x| holds(e, s, *x)).collect::<Option<Vec<_>>>().map(|xs| xs.iter().all(|x| *x)),
        Node::Or(xs) => xs.iter().map(|x| holds(e, s, *x)).collect::<Option<Vec<_>>>().map(|xs| xs.iter().any(|x| *x)),
        Node::Not(x) => holds(e, s, *x).map(|x| !x),
        _ => e.cond(s, c, &mut Vec::new(), None),
    }
}

/// Sums, products, cases, guards, formers and entries over indices, with quotients and entries that are not always there.
#[test]
fn what_is_called_defined_has_a_value() {
    let full = std::env::var("GRADUS_FUZZ").ok().and_then(|n| n.parse().ok());
    let rounds: u64 = full.unwrap_or(1500);
    let (mut lines, mut always, mut never, mut needed) = (Vec::new(), 0, 0, 0);
    for seed in 0..rounds {
        let mut w = World::new(seed + 9000);
        let (i, n) = (w.i.clone(), w.n.clone());
        let depth = 2 + w.r.below(2) as u32;
        let ix = [i.clone(), i.plus(1), n.clone()];
        let t = match seed % 4 {
            0 => w.vector(1),
            1 => {
                let v = w.vector(2);
                w.s.intern(Node::Entry(v, [i.clone()].into()))
            }
            _ => w.term(depth, &ix),
        };
        let (c, u) = (w.cond(&ix), w.term(1, &ix));
        let asked = w.cond(&ix);
        let sum = w.s.add(t, if w.s.sort(t).is_scalar() { u } else { t });
        let s = &w.s;
        let index = |a: &Aff| s.index(a.clone());
        let within = [s.rel(RelOp::Le, s.int(1), index(&i)), s.rel(RelOp::Le, index(&i), index(&n))];
        let known: Vec<Id> = match seed % 3 {
            0 => within.to_vec(),
            1 => [within.as_slice(), &[c]].concat(),
            _ => vec![c],
        };
        let f = Facts::new(s, &known);
        let show = |t: Id| debug::show(s, t);
        let (defined, of_sum, held, none) = (f.defined(t), f.defined(sum), f.holds(asked), f.contradictory());
        always += usize::from(defined == Definedness::Always);
        never += usize::from(defined == Definedness::Never);
        for (k, at) in (1..=3).flat_map(|k| (0..=4).map(move |at| (k, at))) {
            let mut r = Rng(seed * 31 + 7 * k as u64 + at as u64);
            let mut e = Env::default();
            e.ints.insert(id(&n), k);
            e.ints.insert(id(&i), at);
            for t in [w.x, w.y, w.a].iter().chain(&w.reals) {
                e.values.insert(name(s, *t), (0..9).map(|_| r.below(P as usize) as i64).collect());
            }
            if !known.iter().all(|c| holds(&e, s, *c) == Some(true)) {
                continue;
            }
            let under = || known.iter().map(|c| show(*c)).collect::<Vec<_>>();
            assert!(!none, "seed {seed}: called contradictory: {:?}", under());
            match (holds(&e, s, asked), held) {
                (Some(x), Tri::True) => assert!(x, "seed {seed}: {} fails under {:?}", show(asked), under()),
                (Some(x), Tri::False) => assert!(!x, "seed {seed}: {} holds under {:?}", show(asked), under()),
                _ => {}
            }
            for (t, d) in [(t, &defined), (sum, &of_sum)] {
                let value = e.eval(s, t).is_some();
                match d {
                    Definedness::Always => assert!(value, "seed {seed}: no value under {:?}: {} at {:?}", under(), show(t), e.ints),
                    Definedness::Never => assert!(!value, "seed {seed}: a value under {:?}: {} at {:?}", under(), show(t), e.ints),
                    Definedness::Unknown { needs } => {
                        let met = !needs.is_empty() && needs.iter().all(|c| holds(&e, s, *c) == Some(true));
                        needed += usize::from(met);
                        let words = || needs.iter().map(|c| show(*c)).collect::<Vec<_>>();
                        assert!(!met || value, "seed {seed}: no value where {:?}: {} at {:?}", words(), show(t), e.ints);
                    }
                }
            }
        }
        lines.push(format!("{} {} {}", kept::defined(&defined, &show), kept::defined(&of_sum, &show), kept::tri(held)));
    }
    println!("{rounds} rounds: {always} always, {never} never, needs met at {needed} points");
    if full.is_none() {
        kept::compare("defined", &lines);
    }
}
