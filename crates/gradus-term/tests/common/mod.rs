//! A plain evaluation of terms modulo a prime, and random terms to evaluate. It opens no binder and knows no entries.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]

use gradus_term::{
    Aff, BigOp, Domain, FnId, FnInfo, FnKind, IVar, Id, Node, Param, Prim, RelOp, Sort, Store, Summand, VarId, VarInfo, VarKind,
};
use std::collections::BTreeMap;

pub const P: i64 = 1_000_003;

pub struct Rng(pub u64);
impl Rng {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
    pub fn pick<T: Clone>(&mut self, xs: &[T]) -> T {
        xs[self.below(xs.len())].clone()
    }
}

// ---- evaluation

/// A value: entries in order of rows, with the sizes; a scalar has none.
#[derive(Clone, PartialEq, Debug)]
pub struct Value {
    pub sizes: Vec<i64>,
    pub xs: Vec<i64>,
}
pub fn scalar(x: i64) -> Value {
    Value { sizes: vec![], xs: vec![x.rem_euclid(P)] }
}
impl Value {
    pub fn at(&self, ix: &[i64]) -> Option<i64> {
        let mut k = 0;
        for (i, n) in ix.iter().zip(&self.sizes) {
            if *i < 1 || i > n {
                return None;
            }
            k = k * n + i - 1;
        }
        self.xs.get(k as usize).copied()
    }
    pub fn row(&self, i: i64, width: i64) -> &[i64] {
        &self.xs[((i - 1) * width) as usize..(i * width) as usize]
    }
}
pub fn places(sizes: &[i64]) -> Vec<Vec<i64>> {
    sizes.iter().fold(vec![vec![]], |acc, n| {
        acc.iter().flat_map(|p: &Vec<i64>| (1..=*n).map(move |k| p.iter().copied().chain([k]).collect())).collect()
    })
}

/// Another value at a place: the path, and what is taken there, given the bound values on the way.
pub type Instead<'a> = (&'a [u32], &'a dyn Fn(&[i64]) -> Value);

#[derive(Clone, Default, Debug)]
pub struct Env {
    pub ints: BTreeMap<VarId, i64>,
    pub values: BTreeMap<VarId, Vec<i64>>,
}
impl Env {
    pub fn aff(&self, a: &Aff, stack: &[i64]) -> i64 {
        let one = |v: &IVar| match v {
            IVar::Free(v) => self.ints[v],
            IVar::Bound(b) => stack[stack.len() - 1 - *b as usize],
        };
        a.c + a.t.iter().map(|(v, k)| k * one(v)).sum::<i64>()
    }
    pub fn eval(&self, s: &Store, t: Id) -> Option<Value> {
        self.go(s, t, &mut Vec::new(), None)
    }
    pub fn go(&self, s: &Store, t: Id, stack: &mut Vec<i64>, instead: Option<Instead<'_>>) -> Option<Value> {
        if let Some(([], f)) = instead {
            return Some(f(stack));
        }
        let below = |k: u32| instead.and_then(|(p, f)| (p.first() == Some(&k)).then_some((&p[1..], f)));
        let mut kid = |k: u32, t: Id| self.go(s, t, stack, below(k));
        Some(match s.node(t) {
            Node::Num(q) => scalar(q.to_i64()?),
            Node::Index(a) => scalar(self.aff(a, stack)),
            Node::Var(v) => {
                let sizes: Vec<i64> = s.var(*v).sort.dims().iter().map(|a| self.aff(a, &[])).collect();
                let count = sizes.iter().product::<i64>() as usize;
                Value { sizes, xs: self.values[v].iter().copied().cycle().take(count.max(usize::from(s.sort(t).is_scalar()))).collect() }
            }
            Node::Sum(xs) => {
                let all: Option<Vec<Value>> = xs.iter().enumerate().map(|(k, x)| kid(k as u32, x.term)).collect();
                let mut sum = Value { sizes: vec![], xs: vec![] };
                for (v, x) in all?.into_iter().zip(xs) {
                    sum.sizes.clone_from(&v.sizes);
                    sum.xs.resize(v.xs.len(), 0);
                    sum.xs.iter_mut().zip(&v.xs).for_each(|(a, b)| *a = (*a + if x.neg { P - b } else { *b }) % P);
                }
                sum
            }
            Node::Product(xs) => {
                // A false guard shields what stands beside it.
                for (k, x) in xs.iter().enumerate() {
                    if matches!(s.node(*x), Node::Iverson(_)) && kid(k as u32, *x)? == scalar(0) {
                        return Some(scalar(0));
                    }
                }
                let all: Option<Vec<Value>> = xs.iter().enumerate().map(|(k, x)| kid(k as u32, *x)).collect();
                let all = all?;
                let factor = all.iter().filter(|v| v.sizes.is_empty()).fold(1, |a, v| a * v.xs[0] % P);
                match all.into_iter().find(|v| !v.sizes.is_empty()) {
                    Some(v) => Value { xs: v.xs.iter().map(|x| x * factor % P).collect(), sizes: v.sizes },
                    None => scalar(factor),
                }
            }
            Node::Quot(a, b) => {
                let (a, b) = (kid(0, *a)?, kid(1, *b)?.xs[0]);
                let inverse = (0..20).rev().fold(1, |r, k| {
                    let r = r * r % P;
                    if (P - 2) >> k & 1 == 1 {
                        r * b % P
                    } else {
                        r
                    }
                });
                (b != 0).then(|| Value { xs: a.xs.iter().map(|x| x * inverse % P).collect(), sizes: a.sizes })?
            }
            Node::Pow(a, k) => {
                let (a, k) = (kid(0, *a)?, s.as_rational(*k)?.to_i64()?);
                if a.sizes.is_empty() {
                    scalar((0..k).fold(1, |r, _| r * a.xs[0] % P))
                } else {
                    let n = a.sizes[0];
                    let unit = Value { sizes: a.sizes.clone(), xs: places(&a.sizes).iter().map(|p| i64::from(p[0] == p[1])).collect() };
                    (0..k).fold(unit, |r, _| times(&r, &a, n))
                }
            }
            Node::Call(f, xs) => match s.prim(*f) {
                Some(p) => {
                    let all: Option<Vec<Value>> = xs.iter().enumerate().map(|(k, x)| kid(k as u32, *x)).collect();
                    prim(p, &all?)?
                }
                None => {
                    let z = kid(0, xs[0])?;
                    let mut inner = self.clone();
                    inner.values.insert(s.fun(*f).params[0].var, z.xs);
                    inner.eval(s, s.body(*f)?)?
                }
            },
            Node::Big { op, lo, hi, cond, body, .. } => {
                let (lo, hi) = (self.aff(lo, stack), self.aff(hi, stack));
                let mut r = if *op == BigOp::Sum { 0 } else { 1 };
                for k in lo..=hi {
                    stack.push(k);
                    let x = match cond.map_or(Some(true), |c| self.cond(s, c, stack, below(1))) {
                        Some(true) => self.go(s, *body, stack, below(0)),
                        Some(false) => Some(scalar(i64::from(*op != BigOp::Sum))),
                        None => None,
                    };
                    stack.pop();
                    let x = x?.xs[0];
                    r = if *op == BigOp::Sum { (r + x) % P } else { r * x % P };
                }
                scalar(r)
            }
            Node::Iverson(c) => scalar(i64::from(self.cond(s, *c, stack, below(0))?)),
            Node::Cases(bs, o) => {
                for (k, (c, v)) in bs.iter().enumerate() {
                    if self.cond(s, *c, stack, below(2 * k as u32))? {
                        return self.go(s, *v, stack, below(2 * k as u32 + 1));
                    }
                }
                self.go(s, (*o)?, stack, below(2 * bs.len() as u32))?
            }
            Node::Entry(t, ix) => {
                let ix: Vec<i64> = ix.iter().map(|a| self.aff(a, stack)).collect();
                // The other members of a list or of a former need no value.
                match s.node(*t) {
                    Node::Array(xs) if ix.len() == 1 && !matches!(below(0), Some(([], _))) => {
                        let k = usize::try_from(ix[0] - 1).ok()?;
                        let inner = below(0).and_then(|(p, f)| (p.first() == Some(&(k as u32))).then_some((&p[1..], f)));
                        self.go(s, *xs.get(k)?, stack, inner)?
                    }
                    Node::Tensor { dims, body, .. } if ix.len() == dims.len() && !matches!(below(0), Some(([], _))) => {
                        let inside = ix.iter().zip(dims).all(|(i, n)| 1 <= *i && *i <= self.aff(n, stack));
                        let inner = below(0).and_then(|(p, f)| (p.first() == Some(&0)).then_some((&p[1..], f)));
                        stack.extend(&ix);
                        let x = if inside { self.go(s, *body, stack, inner) } else { None };
                        stack.truncate(stack.len() - ix.len());
                        x?
                    }
                    _ => scalar(self.go(s, *t, stack, below(0))?.at(&ix)?),
                }
            }
            Node::Tensor { dims, body, .. } => {
                let sizes: Vec<i64> = dims.iter().map(|a| self.aff(a, stack)).collect();
                let mut xs = Vec::new();
                for p in places(&sizes) {
                    stack.extend(&p);
                    let x = self.go(s, *body, stack, below(0));
                    stack.truncate(stack.len() - p.len());
                    xs.push(x?.xs[0]);
                }
                Value { sizes, xs }
            }
            Node::MatMul(xs) => {
                let all: Option<Vec<Value>> = xs.iter().enumerate().map(|(k, x)| kid(k as u32, *x)).collect();
                let mut parts = all?.into_iter().zip(xs.iter().map(|x| matches!(s.sort(*x), Sort::Row(_))));
                let (mut r, mut row) = parts.next()?;
                for (v, next_row) in parts {
                    (r, row) = match (r.sizes.len(), row, v.sizes.len(), next_row) {
                        // A row times a column, a column times a row, a row times a matrix.
                        (1, true, 1, false) => (scalar(r.xs.iter().zip(&v.xs).map(|(a, b)| a * b % P).sum()), false),
                        (1, false, 1, true) => {
                            let xs = r.xs.iter().flat_map(|a| v.xs.iter().map(move |b| a * b % P)).collect();
                            (Value { sizes: vec![r.sizes[0], v.sizes[0]], xs }, false)
                        }
                        (1, true, 2, _) => {
                            let as_row = Value { sizes: vec![1, r.sizes[0]], xs: r.xs };
                            (Value { sizes: vec![v.sizes[1]], xs: times(&as_row, &v, as_row.sizes[1]).xs }, true)
                        }
                        (2, _, 1, false) => {
                            let column = Value { sizes: vec![v.sizes[0], 1], xs: v.xs };
                            (Value { sizes: vec![r.sizes[0]], xs: times(&r, &column, column.sizes[0]).xs }, false)
                        }
                        (2, _, 2, _) => (times(&r, &v, v.sizes[0]), false),
                        (0, ..) => (Value { xs: v.xs.iter().map(|x| x * r.xs[0] % P).collect(), sizes: v.sizes }, next_row),
                        other => panic!("no product: {other:?}"),
                    };
                }
                r
            }
            Node::Array(xs) | Node::Stack(xs) => {
                let all: Option<Vec<Value>> = xs.iter().enumerate().map(|(k, x)| kid(k as u32, *x)).collect();
                let xs: Vec<i64> = all?.into_iter().flat_map(|v| v.xs).collect();
                Value { sizes: vec![xs.len() as i64], xs }
            }
            n => panic!("not evaluated: {n:?}"),
        })
    }
    pub fn cond(&self, s: &Store, c: Id, stack: &mut Vec<i64>, instead: Option<Instead<'_>>) -> Option<bool> {
        if let Some(([], f)) = instead {
            return Some(f(stack) != scalar(0));
        }
        let below = |k: u32| instead.and_then(|(p, f)| (p.first() == Some(&k)).then_some((&p[1..], f)));
        Some(match s.node(c) {
            Node::Rel(op, a, b) => {
                let signed = |x: i64| if x > P / 2 { x - P } else { x };
                let (a, b) = (signed(self.go(s, *a, stack, below(0))?.xs[0]), signed(self.go(s, *b, stack, below(1))?.xs[0]));
                match op {
                    RelOp::Eq => a == b,
                    RelOp::Ne => a != b,
                    RelOp::Lt => a < b,
                    RelOp::Le => a <= b,
                    RelOp::Gt => a > b,
                    RelOp::Ge => a >= b,
                }
            }
            Node::Not(x) => !self.cond(s, *x, stack, below(0))?,
            Node::And(xs) => {
                let all: Option<Vec<bool>> = xs.iter().enumerate().map(|(k, x)| self.cond(s, *x, stack, below(k as u32))).collect();
                all?.into_iter().all(|b| b)
            }
            n => panic!("no condition: {n:?}"),
        })
    }
}
pub fn times(a: &Value, b: &Value, inner: i64) -> Value {
    let (m, n) = (a.sizes[0], b.sizes[1]);
    let entry = |i: i64, j: i64| (1..=inner).map(|k| a.row(i, inner)[k as usize - 1] * b.row(k, n)[j as usize - 1] % P).sum::<i64>() % P;
    Value { sizes: vec![m, n], xs: places(&[m, n]).iter().map(|p| entry(p[0], p[1])).collect() }
}
pub fn prim(p: Prim, xs: &[Value]) -> Option<Value> {
    let by = |sizes: Vec<i64>, f: &dyn Fn(&[i64]) -> i64| Value { xs: places(&sizes).iter().map(|p| f(p) % P).collect(), sizes };
    let a = &xs[0];
    Some(match p {
        Prim::Transpose if a.sizes.len() == 1 => a.clone(),
        Prim::Transpose => by(vec![a.sizes[1], a.sizes[0]], &|q| a.at(&[q[1], q[0]]).unwrap()),
        Prim::Diag => by(vec![a.sizes[0]; 2], &|q| if q[0] == q[1] { a.at(&q[..1]).unwrap() } else { 0 }),
        Prim::Diagonal => by(vec![a.sizes[0]], &|q| a.at(&[q[0], q[0]]).unwrap()),
        Prim::Hadamard => by(a.sizes.clone(), &|q| a.at(q).unwrap() * xs[1].at(q).unwrap()),
        Prim::Outer => by(vec![a.sizes[0], xs[1].sizes[0]], &|q| a.at(&q[..1]).unwrap() * xs[1].at(&q[1..]).unwrap()),
        Prim::Flip => by(a.sizes.clone(), &|q| a.at(&[a.sizes[0] + 1 - q[0]]).unwrap()),
        Prim::Tr => scalar((1..=a.sizes[0]).map(|k| a.at(&[k, k]).unwrap()).sum()),
        Prim::Dot => scalar(a.xs.iter().zip(&xs[1].xs).map(|(x, y)| x * y % P).sum()),
        Prim::SumAll => scalar(a.xs.iter().sum()),
        Prim::Ones => by(xs.iter().map(|n| n.xs[0]).collect(), &|_| 1),
        Prim::Eye => by(vec![a.xs[0]; 2], &|q| i64::from(q[0] == q[1])),
        Prim::Det => scalar(eliminated(a).0),
        Prim::Inv => eliminated(a).1?,
        p => panic!("not evaluated: {p:?}"),
    })
}
/// `b` to the power `k`.
pub fn power(b: i64, k: i64) -> i64 {
    (0..20).rev().fold(1, |r, bit| if k >> bit & 1 == 1 { r * r % P * b % P } else { r * r % P })
}
/// The determinant, and the inverse if there is one, by elimination.
fn eliminated(a: &Value) -> (i64, Option<Value>) {
    let n = a.sizes[0] as usize;
    let mut rows: Vec<Vec<i64>> =
        (0..n).map(|i| (0..2 * n).map(|j| if j < n { a.xs[i * n + j] } else { i64::from(j - n == i) }).collect()).collect();
    let mut det = 1;
    for k in 0..n {
        let Some(pivot) = (k..n).find(|i| rows[*i][k] != 0) else { return (0, None) };
        rows.swap(k, pivot);
        det = (if pivot == k { det } else { P - det }) * rows[k][k] % P;
        let inverse = power(rows[k][k], P - 2);
        rows[k].iter_mut().for_each(|x| *x = *x * inverse % P);
        let row = rows[k].clone();
        for (_, other) in rows.iter_mut().enumerate().filter(|(i, _)| *i != k) {
            let c = other[k];
            other.iter_mut().zip(&row).for_each(|(x, y)| *x = (*x + (P - c) * y) % P);
        }
    }
    (det, Some(Value { sizes: a.sizes.clone(), xs: rows.iter().flat_map(|r| r[n..].to_vec()).collect() }))
}

// ---- random terms

pub struct World {
    pub s: Store,
    pub r: Rng,
    pub n: Aff,
    pub i: Aff,
    pub reals: Vec<Id>,
    pub x: Id,
    pub y: Id,
    pub a: Id,
    pub f: FnId,
}
pub fn id(a: &Aff) -> VarId {
    match a.vars().next() {
        Some(IVar::Free(v)) => v,
        _ => panic!("no name"),
    }
}
pub fn name(s: &Store, t: Id) -> VarId {
    match s.node(t) {
        Node::Var(v) => *v,
        _ => panic!("no name"),
    }
}
impl World {
    pub fn new(seed: u64) -> Self {
        let s = Store::new();
        let int = |l: &str, kind: VarKind, domain: Domain| {
            let mut v = VarInfo::new(l, kind, Sort::Scalar);
            v.domain = domain;
            Aff::free(s.declare(v))
        };
        let (n, i) = (int("n", VarKind::Size, Domain::Nat), int("i", VarKind::Index, Domain::Int));
        let given = |l: &str, sort: Sort| s.name(s.declare(VarInfo::new(l, VarKind::Given, sort)));
        let reals = ["b", "c"].map(|l| given(l, Sort::Scalar)).to_vec();
        let vector = Sort::tensor(std::slice::from_ref(&n));
        let (x, y) = (given("x", vector.clone()), given("y", vector));
        let a = given("A", Sort::tensor(&[n.clone(), n.clone()]));
        let z = s.declare(VarInfo::new("z", VarKind::Param, Sort::Scalar));
        let info = FnInfo {
            name: "f".into(),
            kind: FnKind::Defined,
            params: vec![Param { var: z, sort: Sort::Scalar }],
            explicit: 1,
            dims: vec![],
            result: Sort::Scalar,
            latex: None,
            library: false,
        };
        let k = s.fresh(s.sym("k"), Sort::Scalar, true);
        let inner = s.mul(s.name(z), s.intern(Node::Entry(x, [Aff::free(k)].into())));
        let body = s.add(s.big(BigOp::Sum, k, Aff::int(1), n.clone(), None, inner), s.name(z));
        let f = s.define(info, body);
        World { s, r: Rng(seed), n, i, reals, x, y, a, f }
    }
    pub fn env(&mut self) -> Env {
        let mut e = Env::default();
        e.ints.insert(id(&self.n), self.r.below(3) as i64 + 1);
        e.ints.insert(id(&self.i), self.r.below(3) as i64 + 1);
        for t in [self.x, self.y, self.a].iter().chain(&self.reals) {
            e.values.insert(name(&self.s, *t), (0..9).map(|_| self.r.below(P as usize) as i64).collect());
        }
        e
    }
    pub fn cond(&mut self, ix: &[Aff]) -> Id {
        let op = self.r.pick(&[RelOp::Lt, RelOp::Le, RelOp::Gt, RelOp::Ge, RelOp::Ne, RelOp::Eq]);
        let (p, q) = (self.s.index(self.r.pick(ix)), self.s.index(self.r.pick(ix).plus(self.r.below(3) as i64 - 1)));
        let c = self.s.rel(op, p, q);
        if self.r.below(4) == 0 {
            return self.s.intern(Node::Not(c));
        }
        c
    }
    pub fn term(&mut self, depth: u32, ix: &[Aff]) -> Id {
        if depth == 0 {
            return match self.r.below(6) {
                0 => self.s.int(self.r.below(5) as i64 - 1),
                1 => self.s.index(self.r.pick(ix)),
                2 => self.s.intern(Node::Entry(self.x, [self.r.pick(ix)].into())),
                3 => self.s.intern(Node::Entry(self.a, [self.r.pick(ix), self.r.pick(ix)].into())),
                _ => self.r.pick(&self.reals),
            };
        }
        let d = depth - 1;
        match self.r.below(12) {
            0..=1 => {
                let xs: Vec<Summand> =
                    (0..2 + self.r.below(2)).map(|_| Summand { neg: self.r.below(2) == 0, term: self.term(d, ix) }).collect();
                self.s.sum(&xs)
            }
            2..=3 => {
                let xs: Vec<Id> = (0..2 + self.r.below(2)).map(|_| self.term(d, ix)).collect();
                self.s.product(&xs)
            }
            4 => {
                let (c, t) = (self.cond(ix), self.term(d, ix));
                self.s.product(&[self.s.intern(Node::Iverson(c)), t])
            }
            5 => {
                let (c, e, t, u, o) = (self.cond(ix), self.cond(ix), self.term(d, ix), self.term(d, ix), self.term(d, ix));
                self.s.intern(Node::Cases([(c, t), (e, u)].into(), Some(o)))
            }
            6 => {
                let (a, b) = (self.term(d, ix), self.term(d, ix));
                self.s.quot(a, b)
            }
            7 => {
                let (a, k) = (self.term(d, ix), self.r.below(4) as i64);
                self.s.pow(a, self.s.int(k))
            }
            8 => {
                let u = self.term(d, ix);
                self.s.call(self.f, &[u])
            }
            9 => {
                // An entry of a tensor former, of a whole expression, of an array.
                let v = match self.r.below(3) {
                    0 => self.former(d, ix),
                    1 => self.vector(d),
                    _ => {
                        let xs: Vec<Id> = (0..3).map(|_| self.term(d, ix)).collect();
                        self.s.intern(Node::Array(xs.into()))
                    }
                };
                self.s.intern(Node::Entry(v, [self.r.pick(ix)].into()))
            }
            _ => {
                let v = self.s.fresh(self.s.sym("j"), Sort::Scalar, true);
                let mut inner = ix.to_vec();
                inner.push(Aff::free(v));
                let body = self.term(d, &inner);
                let cond = (self.r.below(3) == 0).then(|| self.cond(&inner));
                let lo = if self.r.below(3) == 0 { self.r.pick(ix) } else { Aff::int(1) };
                let op = self.r.pick(&[BigOp::Sum, BigOp::Sum, BigOp::Prod]);
                self.s.big(op, v, lo, self.n.clone(), cond, body)
            }
        }
    }
    pub fn former(&mut self, depth: u32, ix: &[Aff]) -> Id {
        let v = self.s.fresh(self.s.sym("m"), Sort::Scalar, true);
        let mut inner = ix.to_vec();
        inner.push(Aff::free(v));
        let body = self.term(depth, &inner);
        self.s.tensor(&[v], std::slice::from_ref(&self.n), body)
    }
    pub fn call(&self, p: Prim, xs: &[Id]) -> Id {
        self.s.prim_call(p, xs)
    }
    pub fn vector(&mut self, depth: u32) -> Id {
        let s_n = self.s.index(self.n.clone());
        if depth == 0 {
            return self.r.pick(&[self.x, self.y, self.call(Prim::Ones, &[s_n])]);
        }
        let d = depth - 1;
        match self.r.below(8) {
            0 => {
                let (u, v) = (self.vector(d), self.vector(d));
                self.s.sub(u, v)
            }
            1 => {
                let (b, v) = (self.r.pick(&self.reals), self.vector(d));
                self.s.mul(b, v)
            }
            2 => {
                let (m, v) = (self.matrix(d), self.vector(d));
                self.s.intern(Node::MatMul([m, v].into()))
            }
            3 => {
                let m = self.matrix(d);
                self.call(Prim::Diagonal, &[m])
            }
            4 => {
                let (u, v) = (self.vector(d), self.vector(d));
                self.call(Prim::Hadamard, &[u, v])
            }
            5 => {
                let v = self.vector(d);
                self.call(Prim::Flip, &[v])
            }
            6 => {
                let i = self.i.clone();
                self.former(d, &[i])
            }
            _ => self.vector(d),
        }
    }
    pub fn matrix(&mut self, depth: u32) -> Id {
        let s_n = self.s.index(self.n.clone());
        if depth == 0 {
            return self.r.pick(&[self.a, self.a, self.call(Prim::Eye, &[s_n])]);
        }
        let d = depth - 1;
        match self.r.below(7) {
            0 => {
                let (u, v) = (self.matrix(d), self.matrix(d));
                self.s.add(u, v)
            }
            1 => {
                let (u, v, w) = (self.matrix(d), self.matrix(d), self.matrix(0));
                self.s.intern(Node::MatMul([u, v, w].into()))
            }
            2 => {
                let m = self.matrix(d);
                self.call(Prim::Transpose, &[m])
            }
            3 => {
                let v = self.vector(d);
                self.call(Prim::Diag, &[v])
            }
            4 => {
                let (u, v) = (self.vector(d), self.vector(d));
                if self.r.below(2) == 0 {
                    return self.call(Prim::Outer, &[u, v]);
                }
                let row = self.call(Prim::Transpose, &[v]);
                self.s.intern(Node::MatMul([u, row].into()))
            }
            5 => {
                let m = self.matrix(d);
                self.s.pow(m, self.s.int(self.r.below(4) as i64))
            }
            _ => {
                let m = self.matrix(d);
                self.s.quot(m, self.reals[0])
            }
        }
    }
}
