//! A small notation for claims in tests: scalars `a b c t`, a tensor by its entries `T(i, n, body)`, derivatives `D(body, x)` and
//! `D(body, x, j)`, Iverson brackets `{i = j}`, matrix products `@`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, missing_docs, reason = "tests may fail loudly")]

use gradus_term::*;
use std::collections::HashMap;

pub struct World {
    pub s: Store,
    pub vars: HashMap<String, VarId>,
    pub fns: HashMap<String, FnId>,
}

impl World {
    pub fn new() -> Self {
        let mut w = World { s: Store::new(), vars: HashMap::new(), fns: HashMap::new() };
        for n in ["n", "m", "k", "p"] {
            w.int(n, VarKind::Size, Domain::Nat);
        }
        for n in ["i", "j", "l", "q"] {
            w.int(n, VarKind::Index, Domain::Int);
        }
        for n in ["a", "b", "c", "t", "y", "r"] {
            w.value(n, Sort::Scalar, Props::default());
        }
        let d = |w: &World, n: &str| Aff::free(w.vars[n]);
        let (n, m, k) = (d(&w, "n"), d(&w, "m"), d(&w, "k"));
        let none = Props::default();
        let zero = Props { zero_outside: true, ..none };
        for v in ["x", "z", "u"] {
            w.value(v, Sort::tensor(&[n.clone()]), none);
        }
        w.value("w", Sort::tensor(&[k.clone()]), none);
        w.value("h", Sort::tensor(&[n.clone()]), zero);
        w.value("wz", Sort::tensor(&[k.clone()]), zero);
        w.value("g", Sort::tensor(&[n.sub(&k).plus(1)]), zero);
        w.value("v", Sort::tensor(&[m.clone()]), none);
        let sq = Sort::tensor(&[n.clone(), n.clone()]);
        for v in ["A", "B", "X"] {
            w.value(v, sq.clone(), none);
        }
        w.value("M", Sort::tensor(&[m.clone(), n.clone()]), none);
        w.value("S", sq.clone(), Props { symmetric: true, ..none });
        w.value("P", sq.clone(), Props { positive_definite: true, symmetric: true, ..none });
        w.value("V", sq.clone(), Props { invertible: true, ..none });
        w.value("O", sq.clone(), Props { orthogonal: true, ..none });
        w.value("Dg", sq, Props { diagonal: true, ..none });
        w.value("pos", Sort::tensor(&[n.clone()]), Props { positive: true, ..none });
        w.bit("bit");
        w.define("sigma", &[("zz", None)], "1/(1 + exp(-zz))");
        w.define("tanh", &[("zz", None)], "(exp(zz) - exp(-zz))/(exp(zz) + exp(-zz))");
        w.define("relu", &[("zz", None)], "cases(zz > 0, zz, 0)");
        w.define("softmax", &[("xx", Some("nn"))], "T(i, nn, exp(xx[i])/sum(j, 1, nn, exp(xx[j])))");
        w.define("lse", &[("xx", Some("nn"))], "log(sum(j, 1, nn, exp(xx[j])))");
        w.unknown("F", &[Sort::Scalar]);
        w.unknown("L", &[Sort::tensor(&[n])]);
        w
    }
    fn int(&mut self, name: &str, kind: VarKind, domain: Domain) {
        let mut i = VarInfo::new(name, kind, Sort::Scalar);
        i.domain = domain;
        let v = self.s.declare(i);
        self.vars.insert(name.into(), v);
    }
    fn bit(&mut self, name: &str) {
        let mut i = VarInfo::new(name, VarKind::Given, Sort::Scalar);
        i.domain = Domain::Finite(vec![Rat::int(0), Rat::int(1)]);
        let v = self.s.declare(i);
        self.vars.insert(name.into(), v);
    }
    pub fn value(&mut self, name: &str, sort: Sort, props: Props) -> VarId {
        let mut i = VarInfo::new(name, VarKind::Given, sort);
        i.props = props;
        let v = self.s.declare(i);
        self.vars.insert(name.into(), v);
        v
    }
    fn unknown(&mut self, name: &str, sorts: &[Sort]) {
        let params =
            sorts.iter().map(|s| Param { var: self.s.declare(VarInfo::new("u", VarKind::Param, s.clone())), sort: s.clone() }).collect();
        let f = self.s.add_fn(FnInfo {
            name: name.into(),
            kind: FnKind::Unknown,
            params,
            explicit: sorts.len(),
            dims: vec![],
            result: Sort::Scalar,
            latex: None,
            library: false,
        });
        self.fns.insert(name.into(), f);
    }
    /// Parameters with, for a vector, the name of its size.
    pub fn define(&mut self, name: &str, params: &[(&str, Option<&str>)], body: &str) {
        let saved = self.vars.clone();
        let (mut ps, mut dims) = (vec![], vec![]);
        for (p, size) in params {
            let sort = match size {
                None => Sort::Scalar,
                Some(n) => {
                    let mut i = VarInfo::new(n, VarKind::Param, Sort::Scalar);
                    i.domain = Domain::Nat;
                    let v = *self.vars.entry((*n).into()).or_insert_with(|| self.s.declare(i));
                    if !dims.contains(&v) {
                        dims.push(v);
                    }
                    Sort::tensor(&[Aff::free(v)])
                }
            };
            let var = self.s.declare(VarInfo::new(p, VarKind::Param, sort.clone()));
            self.vars.insert((*p).into(), var);
            ps.push(Param { var, sort });
        }
        let body = self.parse(body);
        self.vars = saved;
        let explicit = ps.len();
        let f = self.s.define(
            FnInfo {
                name: name.into(),
                kind: FnKind::Defined,
                params: ps,
                explicit,
                dims,
                result: Sort::Scalar,
                latex: None,
                library: true,
            },
            body,
        );
        self.fns.insert(name.into(), f);
    }
    pub fn parse(&self, text: &str) -> Id {
        let mut p = Parser { w: self, t: tokens(text), at: 0, scope: self.vars.clone(), src: text };
        let e = p.expr();
        assert_eq!(p.at, p.t.len(), "rest of {text}: {:?}", &p.t[p.at..]);
        e
    }
    /// Conditions separated by `;`.
    pub fn facts(&self, text: &str) -> Vec<Id> {
        text.split(';').filter(|c| !c.trim().is_empty()).map(|c| self.cond(c)).collect()
    }
    pub fn cond(&self, text: &str) -> Id {
        let mut p = Parser { w: self, t: tokens(text), at: 0, scope: self.vars.clone(), src: text };
        let c = p.cond();
        assert_eq!(p.at, p.t.len(), "rest of {text}");
        c
    }
}

fn tokens(text: &str) -> Vec<String> {
    let c: Vec<char> = text.chars().collect();
    let mut out = vec![];
    let mut i = 0;
    while i < c.len() {
        if c[i].is_whitespace() {
            i += 1;
        } else if c[i].is_alphanumeric() {
            let st = i;
            while i < c.len() && c[i].is_alphanumeric() {
                i += 1;
            }
            out.push(c[st..i].iter().collect());
        } else if i + 1 < c.len() && ["<=", ">=", "!="].contains(&format!("{}{}", c[i], c[i + 1]).as_str()) {
            out.push(format!("{}{}", c[i], c[i + 1]));
            i += 2;
        } else {
            out.push(c[i].to_string());
            i += 1;
        }
    }
    out
}

struct Parser<'a> {
    w: &'a World,
    t: Vec<String>,
    at: usize,
    scope: HashMap<String, VarId>,
    src: &'a str,
}

impl Parser<'_> {
    fn peek(&self) -> &str {
        self.t.get(self.at).map_or("", String::as_str)
    }
    fn next(&mut self) -> String {
        self.at += 1;
        self.t.get(self.at - 1).unwrap_or_else(|| panic!("end of {}", self.src)).clone()
    }
    fn eat(&mut self, x: &str) -> bool {
        if self.peek() == x {
            self.at += 1;
            true
        } else {
            false
        }
    }
    fn need(&mut self, x: &str) {
        assert!(self.eat(x), "{x} expected in {} at {:?}", self.src, &self.t[self.at..]);
    }
    fn expr(&mut self) -> Id {
        let mut xs = vec![Summand { neg: self.eat("-"), term: self.term() }];
        loop {
            if self.eat("+") {
                xs.push(Summand { neg: false, term: self.term() });
            } else if self.eat("-") {
                xs.push(Summand { neg: true, term: self.term() });
            } else {
                break;
            }
        }
        let s = &self.w.s;
        match xs.iter().map(|x| s.as_aff(x.term).map(|a| a.scale(if x.neg { -1 } else { 1 }))).collect::<Option<Vec<_>>>() {
            Some(v) => s.index(v.iter().fold(Aff::int(0), |a, b| a.add(b))),
            None => s.sum(&xs),
        }
    }
    fn term(&mut self) -> Id {
        let mut a = self.chain();
        let mut fs = vec![a];
        let s = &self.w.s;
        loop {
            if self.eat("*") {
                fs.push(self.chain());
            } else if self.eat("/") {
                a = s.product(&fs);
                fs = vec![s.quot(a, self.chain())];
            } else {
                break;
            }
        }
        if let ([x, y], true) = (fs.as_slice(), fs.iter().all(|f| s.as_aff(*f).is_some())) {
            if let Some(k) = s.as_rational(*x).and_then(|k| k.to_i64()) {
                return s.index(s.as_aff(*y).unwrap().scale(k));
            }
        }
        s.product(&fs)
    }
    fn chain(&mut self) -> Id {
        let mut xs = vec![self.power()];
        while self.eat("@") {
            xs.push(self.power());
        }
        if xs.len() == 1 {
            xs[0]
        } else {
            self.w.s.intern(Node::MatMul(xs.into()))
        }
    }
    fn power(&mut self) -> Id {
        if self.eat("-") {
            let x = self.power();
            return self.w.s.neg(x);
        }
        let mut a = self.atom();
        loop {
            if self.eat("[") {
                let mut ix = vec![];
                loop {
                    let e = self.expr();
                    ix.push(self.w.s.as_aff(e).unwrap_or_else(|| panic!("index in {}", self.src)));
                    if !self.eat(",") {
                        break;
                    }
                }
                self.need("]");
                a = self.w.s.intern(Node::Entry(a, ix.into()));
            } else if self.eat("'") {
                a = self.w.s.prim_call(Prim::Transpose, &[a]);
            } else {
                break;
            }
        }
        if self.eat("^") {
            let b = if self.eat("-") {
                let x = self.atom();
                self.w.s.neg(x)
            } else {
                self.atom()
            };
            return self.w.s.pow(a, b);
        }
        a
    }
    fn bound(&mut self) -> (String, VarId) {
        let name = self.next();
        let v = self.w.s.fresh(self.w.s.sym(&name), Sort::Scalar, true);
        (name, v)
    }
    fn aff(&mut self) -> Aff {
        let e = self.expr();
        self.w.s.as_aff(e).unwrap_or_else(|| panic!("size in {}", self.src))
    }
    fn atom(&mut self) -> Id {
        let s = &self.w.s;
        let t = self.next();
        if let Ok(n) = t.parse::<i64>() {
            return s.int(n);
        }
        if t == "(" {
            let e = self.expr();
            self.need(")");
            return e;
        }
        if t == "{" {
            let c = self.cond();
            self.need("}");
            return s.intern(Node::Iverson(c));
        }
        if t == "[" {
            let stacked = self.eat(";");
            let mut xs = vec![self.expr()];
            while self.eat(",") {
                xs.push(self.expr());
            }
            self.need("]");
            return s.intern(if stacked { Node::Stack(xs.into()) } else { Node::Array(xs.into()) });
        }
        if self.peek() != "(" {
            return s.name(*self.scope.get(&t).unwrap_or_else(|| panic!("{t} in {}", self.src)));
        }
        self.need("(");
        let e = self.call(&t);
        self.need(")");
        e
    }
    fn call(&mut self, t: &str) -> Id {
        let s = &self.w.s;
        let saved = self.scope.clone();
        let op = match t {
            "sum" => Some(BigOp::Sum),
            "prod" => Some(BigOp::Prod),
            "maxo" => Some(BigOp::Max),
            _ => None,
        };
        if let Some(op) = op {
            let (name, v) = self.bound();
            self.need(",");
            let lo = self.aff();
            self.need(",");
            let hi = self.aff();
            self.scope.insert(name, v);
            let cond = if self.eat("?") { Some(self.cond()) } else { None };
            self.need(",");
            let body = self.expr();
            self.scope = saved;
            return s.big(op, v, lo, hi, cond, body);
        }
        match t {
            "T" => {
                let (mut vs, mut ds) = (vec![], vec![]);
                while self.t.get(self.at + 1).map(String::as_str) == Some(",")
                    && vs.len() < 2
                    && self.w.vars.get(self.peek()).is_none_or(|v| self.w.s.var(*v).kind == VarKind::Index)
                {
                    let (name, v) = self.bound();
                    self.need(",");
                    ds.push(self.aff());
                    self.need(",");
                    vs.push(v);
                    self.scope.insert(name, v);
                }
                let body = self.expr();
                self.scope = saved;
                s.tensor(&vs, &ds, body)
            }
            "D" => {
                let body = self.expr();
                self.need(",");
                let of = self.expr();
                let mut slot = vec![];
                while self.eat(",") {
                    slot.push(self.aff());
                }
                s.diff(body, of, &slot)
            }
            "cases" => {
                let c = self.cond();
                self.need(",");
                let v = self.expr();
                let o = self.eat(",").then(|| self.expr());
                s.intern(Node::Cases([(c, v)].into(), o))
            }
            _ => {
                let mut xs = vec![];
                if self.peek() != ")" {
                    xs.push(self.expr());
                    while self.eat(",") {
                        xs.push(self.expr());
                    }
                }
                let name = match t {
                    "convfull" => "convolve_full",
                    "convvalid" => "convolve_valid",
                    "convsame" => "convolve_same",
                    "corrfull" => "correlate_full",
                    "corrvalid" => "correlate_valid",
                    o => o,
                };
                match self.w.fns.get(name) {
                    Some(f) => s.call(*f, &xs),
                    None => s.prim_call(*Prim::ALL.iter().find(|p| p.name() == name).unwrap_or_else(|| panic!("function {t}")), &xs),
                }
            }
        }
    }
    fn cond(&mut self) -> Id {
        let s = &self.w.s;
        let mut parts = vec![];
        let mut a = self.expr();
        loop {
            let op = match self.peek() {
                "=" => RelOp::Eq,
                "!=" => RelOp::Ne,
                "<" => RelOp::Lt,
                "<=" => RelOp::Le,
                ">" => RelOp::Gt,
                ">=" => RelOp::Ge,
                _ => break,
            };
            self.at += 1;
            let b = self.expr();
            parts.push(s.rel(op, a, b));
            a = b;
        }
        if parts.len() == 1 {
            parts[0]
        } else {
            s.intern(Node::And(parts.into()))
        }
    }
}
