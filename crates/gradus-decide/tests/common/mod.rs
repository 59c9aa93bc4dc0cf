//! Builders for the tests: a small world of names, and terms written briefly.
#![allow(dead_code, reason = "not every test uses every builder")]

use gradus_decide::Facts;
use gradus_term::{Aff, BigOp, Domain, FnId, FnInfo, FnKind, Id, Node, Param, Props, RelOp, Sort, Store, VarId, VarInfo, VarKind};

/// A store with short builders.
pub struct World {
    pub s: Store,
}

impl World {
    pub fn new() -> Self {
        World { s: Store::new() }
    }
    pub fn scalar(&self, n: &str) -> Id {
        self.scalar_in(n, Domain::Real)
    }
    pub fn scalar_in(&self, n: &str, d: Domain) -> Id {
        let mut i = VarInfo::new(n, VarKind::Given, Sort::Scalar);
        i.domain = d;
        self.s.name(self.s.declare(i))
    }
    pub fn size(&self, n: &str) -> Aff {
        let mut i = VarInfo::new(n, VarKind::Size, Sort::Scalar);
        i.domain = Domain::Nat;
        Aff::free(self.s.declare(i))
    }
    pub fn index(&self, n: &str) -> Aff {
        let mut i = VarInfo::new(n, VarKind::Index, Sort::Scalar);
        i.domain = Domain::Int;
        Aff::free(self.s.declare(i))
    }
    pub fn tensor(&self, n: &str, dims: &[Aff]) -> Id {
        self.tensor_with(n, dims, Props::default())
    }
    pub fn tensor_with(&self, n: &str, dims: &[Aff], props: Props) -> Id {
        let mut i = VarInfo::new(n, VarKind::Given, Sort::tensor(dims));
        i.props = props;
        self.s.name(self.s.declare(i))
    }
    pub fn at(&self, t: Id, ix: &[&Aff]) -> Id {
        self.s.intern(Node::Entry(t, ix.iter().map(|a| (*a).clone()).collect()))
    }
    pub fn fresh(&self, n: &str) -> (VarId, Aff) {
        let v = self.s.fresh(self.s.sym(n), Sort::Scalar, true);
        (v, Aff::free(v))
    }
    pub fn sum(&self, lo: &Aff, hi: &Aff, f: impl FnOnce(&Aff) -> Id) -> Id {
        let (v, a) = self.fresh("k");
        let b = f(&a);
        self.s.big(BigOp::Sum, v, lo.clone(), hi.clone(), None, b)
    }
    pub fn sum1(&self, hi: &Aff, f: impl FnOnce(&Aff) -> Id) -> Id {
        self.sum(&Aff::int(1), hi, f)
    }
    pub fn mul(&self, xs: &[Id]) -> Id {
        self.s.product(xs)
    }
    pub fn add(&self, xs: &[Id]) -> Id {
        xs.iter().copied().reduce(|a, b| self.s.add(a, b)).unwrap_or_else(|| self.s.int(0))
    }
    pub fn sub(&self, a: Id, b: Id) -> Id {
        self.s.sub(a, b)
    }
    pub fn neg(&self, a: Id) -> Id {
        self.s.neg(a)
    }
    pub fn div(&self, a: Id, b: Id) -> Id {
        self.s.quot(a, b)
    }
    pub fn pow(&self, a: Id, n: i64) -> Id {
        self.s.pow(a, self.s.int(n))
    }
    pub fn exp(&self, a: Id) -> Id {
        self.s.exp(a)
    }
    pub fn log(&self, a: Id) -> Id {
        self.s.log(a)
    }
    pub fn int(&self, n: i64) -> Id {
        self.s.int(n)
    }
    pub fn q(&self, a: i64, b: i64) -> Id {
        self.s.quot(self.s.int(a), self.s.int(b))
    }
    pub fn ix(&self, a: &Aff) -> Id {
        self.s.index(a.clone())
    }
    pub fn delta(&self, a: &Aff, b: &Aff) -> Id {
        self.s.delta(a, b)
    }
    pub fn le(&self, a: &Aff, b: &Aff) -> Id {
        self.s.rel(RelOp::Le, self.ix(a), self.ix(b))
    }
    pub fn range(&self, i: &Aff, n: &Aff) -> [Id; 2] {
        [self.le(&Aff::int(1), i), self.le(i, n)]
    }
    pub fn gt0(&self, a: Id) -> Id {
        self.s.rel(RelOp::Gt, a, self.int(0))
    }
    /// `name(z) = body(z)`
    pub fn define(&self, name: &str, body: impl FnOnce(Id) -> Id) -> FnId {
        let z = self.s.declare(VarInfo::new("z", VarKind::Param, Sort::Scalar));
        let info = FnInfo {
            name: name.into(),
            kind: FnKind::Defined,
            params: vec![Param { var: z, sort: Sort::Scalar }],
            explicit: 1,
            dims: vec![],
            result: Sort::Scalar,
            latex: None,
            library: true,
        };
        let b = body(self.s.name(z));
        self.s.define(info, b)
    }
    pub fn unknown(&self, name: &str) -> FnId {
        let z = self.s.declare(VarInfo::new("z", VarKind::Param, Sort::Scalar));
        self.s.add_fn(FnInfo {
            name: name.into(),
            kind: FnKind::Unknown,
            params: vec![Param { var: z, sort: Sort::Scalar }],
            explicit: 1,
            dims: vec![],
            result: Sort::Scalar,
            latex: None,
            library: false,
        })
    }
    pub fn sigma(&self) -> FnId {
        let f = self.define("sigma", |z| self.div(self.int(1), self.add(&[self.int(1), self.exp(self.neg(z))])));
        let z = self.s.name(self.s.fun(f).params[0].var);
        let call = self.s.call(f, &[z]);
        self.s.add_fn_fact(f, self.s.rel(RelOp::Lt, self.int(0), call));
        self.s.add_fn_fact(f, self.s.rel(RelOp::Lt, call, self.int(1)));
        f
    }
    pub fn tanh(&self) -> FnId {
        self.define("tanh", |z| self.div(self.sub(self.exp(z), self.exp(self.neg(z))), self.add(&[self.exp(z), self.exp(self.neg(z))])))
    }
    pub fn show(&self, t: Id) -> String {
        gradus_term::debug::show(&self.s, t)
    }
    #[track_caller]
    pub fn yes(&self, f: &Facts, a: Id, b: Id) {
        let r = f.equal(a, b);
        assert!(r.is_proved(), "{r:?}: not proved\n  {}\n= {}", self.show(a), self.show(b));
    }
    #[track_caller]
    pub fn no(&self, f: &Facts, a: Id, b: Id) {
        assert!(!f.equal(a, b).is_proved(), "wrongly proved\n  {}\n= {}", self.show(a), self.show(b));
    }
}
