//! The names of the seed worksheet, built by hand as its declarations would be.
#![allow(dead_code, missing_docs, clippy::missing_panics_doc, reason = "shared by several test programs")]

use gradus_term::*;

pub mod solutions;

pub struct World {
    pub s: Store,
}

impl World {
    pub fn new() -> Self {
        World { s: Store::new() }
    }
    pub fn given(&self, name: &str) -> VarId {
        self.s.declare(VarInfo::new(name, VarKind::Given, Sort::Scalar))
    }
    pub fn scalar(&self, name: &str) -> Id {
        self.s.name(self.given(name))
    }
    pub fn size(&self, name: &str) -> VarId {
        let mut i = VarInfo::new(name, VarKind::Size, Sort::Scalar);
        i.domain = Domain::Nat;
        self.s.declare(i)
    }
    pub fn index(&self, name: &str) -> VarId {
        let mut i = VarInfo::new(name, VarKind::Index, Sort::Scalar);
        i.domain = Domain::Nat;
        self.s.declare(i)
    }
    pub fn tensor(&self, name: &str, dims: &[Aff]) -> VarId {
        self.s.declare(VarInfo::new(name, VarKind::Given, Sort::tensor(dims)))
    }
    pub fn formed(&self, name: &str, dims: &[Aff], latex: &str) -> VarId {
        let mut i = VarInfo::new(name, VarKind::Given, Sort::tensor(dims));
        i.latex = Some(latex.into());
        self.s.declare(i)
    }
    pub fn at(&self, v: VarId, ix: &[Aff]) -> Id {
        self.s.intern(Node::Entry(self.s.name(v), ix.into()))
    }
    pub fn entry(&self, t: Id, ix: &[Aff]) -> Id {
        self.s.intern(Node::Entry(t, ix.into()))
    }
    pub fn matmul(&self, xs: &[Id]) -> Id {
        self.s.intern(Node::MatMul(xs.into()))
    }
    pub fn t(&self, x: Id) -> Id {
        self.s.prim_call(Prim::Transpose, &[x])
    }
    pub fn iverson(&self, c: Id) -> Id {
        self.s.intern(Node::Iverson(c))
    }
    pub fn param(&self, name: &str, sort: Sort) -> Param {
        Param { var: self.s.declare(VarInfo::new(name, VarKind::Param, sort.clone())), sort }
    }
    pub fn signed(&self, xs: &[(bool, Id)]) -> Id {
        self.s.sum(&xs.iter().map(|(neg, term)| Summand { neg: *neg, term: *term }).collect::<Vec<_>>())
    }
    pub fn info(name: &str, kind: FnKind, params: Vec<Param>, explicit: usize) -> FnInfo {
        FnInfo { name: name.into(), kind, params, explicit, dims: vec![], result: Sort::Scalar, latex: None, library: false }
    }
    /// sigma(z) = 1/(1 + exp(-z))
    pub fn sigma(&self) -> FnId {
        let s = &self.s;
        let p = self.param("z", Sort::Scalar);
        let z = s.intern(Node::Var(p.var));
        let body = s.quot(s.int(1), s.add(s.int(1), s.exp(s.neg(z))));
        s.define(Self::info("sigma", FnKind::Defined, vec![p], 1), body)
    }
    /// S(x)[i] = exp(x[i]) / sum(k in 1..n, exp(x[k]))
    pub fn softmax(&self) -> FnId {
        let s = &self.s;
        let n = self.size("n");
        let nn = Aff::free(n);
        let p = self.param("x", Sort::tensor(&[nn.clone()]));
        let (i, k) = (self.index("i"), self.index("k"));
        let x = |j: VarId| s.exp(self.at(p.var, &[Aff::free(j)]));
        let body = s.quot(x(i), s.big(BigOp::Sum, k, Aff::int(1), nn.clone(), None, x(k)));
        let t = s.tensor(&[i], &[nn], body);
        let mut info = Self::info("S", FnKind::Defined, vec![p], 1);
        info.dims = vec![n];
        s.define(info, t)
    }
    /// A name without written parameters, over these names.
    pub fn named(&self, name: &str, over: &[(&str, Id)], body: &dyn Fn(&[Id]) -> Id) -> Id {
        let s = &self.s;
        let params: Vec<Param> = over.iter().map(|(n, t)| self.param(n, s.sort(*t).clone())).collect();
        let vars: Vec<Id> = params.iter().map(|p| s.intern(Node::Var(p.var))).collect();
        let f = s.define(Self::info(name, FnKind::Defined, params, 0), body(&vars));
        s.call(f, &over.iter().map(|x| x.1).collect::<Vec<_>>())
    }
    pub fn unknown_of(&self, name: &str, of: &str, x: Id) -> Id {
        let p = self.param(of, self.s.sort(x).clone());
        let f = self.s.add_fn(Self::info(name, FnKind::Unknown, vec![p], 0));
        self.s.call(f, &[x])
    }
    pub fn gradient(&self, l: Id, x: Id) -> Id {
        let v = self.index("j");
        let d = self.s.diff(l, x, &[Aff::free(v)]);
        self.s.tensor(&[v], self.s.sort(x).dims(), d)
    }
}
