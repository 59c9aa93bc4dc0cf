//! Formulas of rule files as terms, on the surface tree of `gradus-syntax`.

use crate::scan::Roles;
use crate::RuleErrorKind as Kind;
use gradus_syntax::surface::{Arg, Binder, Domain as Over, Expr, Factor, Join, Kind as Surface, Relation, Subscript};
use gradus_term::{
    Aff, BigOp, Domain, FnId, FnInfo, FnKind, Id, LimitPoint, Node, Param, Prim, Rat, RelOp, Side, Sort, Store, Summand, Sym, VarId,
    VarInfo, VarKind,
};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Pow;
use rustc_hash::FxHashMap;

/// What the names of a formula are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// Metavariables.
    Rule,
    /// Ordinary names.
    Example,
    /// The parameters declared beforehand, and nothing else.
    Function,
}

type Out<T> = Result<T, Kind>;

/// A name bound around the place being read.
enum Bound {
    Index,
    Value(Sort),
}

/// Turns formulas of one block into terms; they share their names.
pub(crate) struct Formulas<'a> {
    s: &'a Store,
    functions: &'a FxHashMap<String, FnId>,
    mode: Mode,
    roles: &'a Roles,
    names: Vec<(String, VarId)>,
    unknown: Vec<(String, FnId)>,
    bound: Vec<(String, Bound)>,
}

impl<'a> Formulas<'a> {
    pub fn new(s: &'a Store, functions: &'a FxHashMap<String, FnId>, mode: Mode, roles: &'a Roles) -> Self {
        Formulas { s, functions, mode, roles, names: Vec::new(), unknown: Vec::new(), bound: Vec::new() }
    }
    /// The names met so far, in order.
    pub fn declared(&self) -> &[(String, VarId)] {
        &self.names
    }
    /// Gives a name its meaning beforehand.
    pub fn declare(&mut self, name: &str, v: VarId) {
        self.names.push((name.to_owned(), v));
    }
    /// The term of a formula.
    pub fn formula(&mut self, e: &Expr) -> Out<Id> {
        let id = self.expr(e)?;
        if *self.s.sort(id) == Sort::Ill {
            Err(Kind::Sorts)
        } else {
            Ok(id)
        }
    }

    fn expr(&mut self, e: &Expr) -> Out<Id> {
        let s = self.s;
        match &e.kind {
            Surface::Number(n) => {
                let m = BigInt::from(n.mantissa.clone());
                let ten = Pow::pow(BigInt::from(10), n.exponent.unsigned_abs());
                let q = if n.exponent < 0 { BigRational::new(m, ten) } else { BigRational::from_integer(m * ten) };
                Ok(s.rational(&Rat::from_big(q)))
            }
            Surface::Name(n) => self.name(&n.text),
            Surface::Paren(x) => self.expr(x),
            Surface::Neg(x) => {
                let x = self.expr(x)?;
                Ok(s.neg(x))
            }
            Surface::Sum(xs) => {
                let xs: Vec<Summand> = xs.iter().map(|x| Ok(Summand { neg: x.minus, term: self.expr(&x.expr)? })).collect::<Out<_>>()?;
                if let [Summand { neg: true, term }] = xs.as_slice() {
                    if matches!(s.node(*term), Node::Infinity(false)) {
                        return Ok(s.intern(Node::Infinity(true)));
                    }
                }
                Ok(self.whole(s.sum(&xs)))
            }
            Surface::Product(fs) => self.product(fs),
            Surface::Power { base, entrywise: false, exponent } => {
                let (a, b) = (self.expr(base)?, self.expr(exponent)?);
                Ok(s.pow(a, b))
            }
            Surface::Factorial(x) => {
                let x = self.expr(x)?;
                Ok(s.prim_call(Prim::Factorial, &[x]))
            }
            Surface::Transpose(x) => {
                let x = self.expr(x)?;
                Ok(s.prim_call(Prim::Transpose, &[x]))
            }
            Surface::Iverson(c) => {
                let c = self.expr(c)?;
                Ok(s.intern(Node::Iverson(c)))
            }
            Surface::Relation(first, links) => self.relation(first, links),
            Surface::And(cs) => {
                let cs: Vec<Id> = cs.iter().map(|c| self.expr(c)).collect::<Out<_>>()?;
                Ok(s.intern(Node::And(cs.into())))
            }
            Surface::Index(t, subs) => {
                let t = self.expr(t)?;
                let ix: Vec<Aff> = subs.iter().map(|x| self.subscript(x)).collect::<Out<_>>()?;
                Ok(s.intern(Node::Entry(t, ix.into())))
            }
            Surface::Call(head, args) => match head.as_name() {
                Some(name) => self.call(name, args),
                None => Err(Kind::Notation("a call of something without a name".to_owned())),
            },
            other => Err(Kind::Notation(notation(other).to_owned())),
        }
    }

    // ---- names

    fn name(&mut self, text: &str) -> Out<Id> {
        let s = self.s;
        if let Some(p) = self.bound.iter().rposition(|(n, _)| n == text) {
            let k = u32::try_from(self.bound.len() - 1 - p).unwrap_or(0);
            return Ok(match self.bound.get(p) {
                Some((_, Bound::Value(sort))) => s.intern(Node::Bound(k, sort.clone())),
                _ => s.intern(Node::Index(Aff::bound(k))),
            });
        }
        match text {
            "inf" => return Ok(s.intern(Node::Infinity(false))),
            "pi" => return Ok(s.prim_call(Prim::Pi, &[])),
            _ => {}
        }
        let v = self.variable(text)?;
        Ok(match self.mode {
            Mode::Rule if !s.var(v).is_integer() => s.intern(Node::Meta(v, [].into())),
            _ => s.name(v),
        })
    }
    fn variable(&mut self, text: &str) -> Out<VarId> {
        if let Some((_, v)) = self.names.iter().find(|(n, _)| n == text) {
            return Ok(*v);
        }
        let (end, index) = (self.roles.ends.contains(text), self.roles.indices.contains(text));
        let info = match self.mode {
            Mode::Function => return Err(Kind::Notation(format!("`{text}` is no parameter"))),
            Mode::Rule => {
                let point = self.roles.points.contains(text);
                let mut i = VarInfo::new(text, VarKind::Meta, if point { Sort::Any } else { Sort::Scalar });
                if end || index {
                    i.domain = Domain::Int;
                }
                i
            }
            Mode::Example => {
                let rank = self.roles.tensors.iter().find(|(n, _)| n == text).map_or(0, |t| t.1);
                let sort = if rank == 0 { Sort::Scalar } else { Sort::tensor(&vec![Aff::free(self.size()); rank]) };
                let kind = if end {
                    VarKind::Size
                } else if index {
                    VarKind::Index
                } else {
                    VarKind::Given
                };
                let mut i = VarInfo::new(text, kind, sort);
                if end || index {
                    i.domain = if end { Domain::Nat } else { Domain::Int };
                }
                i
            }
        };
        let v = self.s.declare(info);
        self.names.push((text.to_owned(), v));
        Ok(v)
    }
    /// The size of an example's tensors.
    fn size(&mut self) -> VarId {
        if let Some((_, v)) = self.names.iter().find(|(n, _)| n == "n") {
            return *v;
        }
        let mut i = VarInfo::new("n", VarKind::Size, Sort::Scalar);
        i.domain = Domain::Nat;
        let v = self.s.declare(i);
        self.names.push(("n".to_owned(), v));
        v
    }

    // ---- arithmetic

    /// An integer expression is one node.
    fn whole(&self, id: Id) -> Id {
        let s = self.s;
        match s.as_aff(id) {
            Some(a) if a.as_int().is_none() => s.index(a),
            _ => id,
        }
    }
    fn product(&mut self, fs: &[Factor]) -> Out<Id> {
        let s = self.s;
        let mut acc: Vec<Id> = Vec::new();
        for f in fs {
            let x = self.expr(&f.expr)?;
            match f.join {
                Join::First | Join::Beside | Join::Times => acc.push(x),
                Join::Over => acc = vec![s.quot(s.product(&acc), x)],
                Join::DotTimes => acc = vec![s.prim_call(Prim::Hadamard, &[s.product(&acc), x])],
                Join::DotOver => acc = vec![s.prim_call(Prim::EntryDiv, &[s.product(&acc), x])],
            }
        }
        Ok(self.whole(s.product(&acc)))
    }
    fn relation(&mut self, first: &Expr, links: &[(Relation, Expr)]) -> Out<Id> {
        let s = self.s;
        let mut left = self.expr(first)?;
        let mut all = Vec::new();
        for (r, e) in links {
            let right = self.expr(e)?;
            let op = match r {
                Relation::Equal => RelOp::Eq,
                Relation::NotEqual => RelOp::Ne,
                Relation::Less => RelOp::Lt,
                Relation::LessEqual => RelOp::Le,
                Relation::Greater => RelOp::Gt,
                Relation::GreaterEqual => RelOp::Ge,
            };
            all.push(s.rel(op, left, right));
            left = right;
        }
        Ok(super::all_of(s, &all))
    }
    fn affine(&mut self, e: &Expr) -> Out<Aff> {
        let id = self.expr(e)?;
        self.s.as_aff(id).ok_or_else(|| Kind::Notation("an index that is no affine expression of whole numbers".to_owned()))
    }
    fn subscript(&mut self, x: &Subscript) -> Out<Aff> {
        match x {
            Subscript::At(e) => self.affine(e),
            Subscript::All(_) => Err(Kind::Notation("`:`".to_owned())),
        }
    }

    // ---- calls

    fn call(&mut self, name: &str, args: &[Arg]) -> Out<Id> {
        let s = self.s;
        match (name, args) {
            ("diff", [Arg::Expr(u), Arg::Expr(x)]) => return self.derivative(u, x),
            ("limit", [Arg::Expr(u), Arg::Expr(x), Arg::Expr(p)]) => return self.limit(u, x, p, Side::Both),
            ("limit", [Arg::Expr(u), Arg::Expr(x), Arg::Expr(p), Arg::Expr(side)]) => {
                let side = match side.as_name() {
                    Some("left") => Side::Left,
                    Some("right") => Side::Right,
                    _ => return Err(Kind::Notation("a side that is neither left nor right".to_owned())),
                };
                return self.limit(u, x, p, side);
            }
            ("sum" | "prod" | "max" | "min", [Arg::Binder(b), Arg::Expr(body)]) => return self.big(name, b, body),
            ("sum" | "prod", [Arg::Expr(j), Arg::Expr(body)]) => return self.open_big(name, j, body),
            ("cases", _) => return self.cases(args),
            _ => {}
        }
        let xs: Vec<Id> = args
            .iter()
            .map(|a| match a {
                Arg::Expr(e) => self.expr(e),
                _ => Err(Kind::Notation(format!("such an argument of `{name}`"))),
            })
            .collect::<Out<_>>()?;
        if let Some(base) = name.strip_suffix('\'') {
            let [point] = xs.as_slice() else { return Err(Kind::Notation("the derivative of a function of several arguments".to_owned())) };
            // The head takes the value bound here, so nothing of what stands around it is mentioned below the binder.
            self.bound.push((String::new(), Bound::Value(Sort::Any)));
            let hole = s.intern(Node::Bound(0, if self.mode == Mode::Rule { Sort::Any } else { Sort::Scalar }));
            let body = self.apply(base, &[hole]);
            self.bound.pop();
            return Ok(s.intern(Node::Diff { hint: s.sym("u"), body: body?, slot: [].into(), point: *point }));
        }
        self.apply(name, &xs)
    }
    fn apply(&mut self, name: &str, xs: &[Id]) -> Out<Id> {
        let s = self.s;
        if let Some(f) = self.functions.get(name) {
            return Ok(s.call(*f, xs));
        }
        match self.mode {
            Mode::Rule => {
                let v = self.variable(name)?;
                Ok(s.intern(Node::Meta(v, xs.into())))
            }
            Mode::Example => Ok(s.call(self.unknown_function(name, xs.len()), xs)),
            Mode::Function => Err(Kind::Notation(format!("`{name}` is no function known here"))),
        }
    }
    fn unknown_function(&mut self, name: &str, arity: usize) -> FnId {
        if let Some((_, f)) = self.unknown.iter().find(|(n, _)| n == name) {
            return *f;
        }
        let s = self.s;
        let params =
            (0..arity).map(|_| Param { var: s.declare(VarInfo::new("u", VarKind::Param, Sort::Scalar)), sort: Sort::Scalar }).collect();
        let f = s.add_fn(FnInfo {
            name: name.to_owned(),
            kind: FnKind::Unknown,
            params,
            explicit: arity,
            dims: Vec::new(),
            result: Sort::Scalar,
            latex: None,
            library: false,
        });
        self.unknown.push((name.to_owned(), f));
        f
    }

    // ---- binders

    fn under<T>(&mut self, name: &str, b: Bound, f: impl FnOnce(&mut Self) -> Out<T>) -> Out<T> {
        self.bound.push((name.to_owned(), b));
        let r = f(self);
        self.bound.pop();
        r
    }
    fn derivative(&mut self, u: &Expr, x: &Expr) -> Out<Id> {
        let (base, subs) = match &x.kind {
            Surface::Index(t, subs) => (t.as_ref(), subs.as_slice()),
            _ => (x, [].as_slice()),
        };
        let Some(name) = base.as_name() else { return Err(Kind::Notation("a derivative by something that is no name".to_owned())) };
        let point = self.expr(base)?;
        let slot: Vec<Aff> = subs.iter().map(|i| self.subscript(i)).collect::<Out<_>>()?;
        let sort = self.s.sort(point).clone();
        let body = self.under(name, Bound::Value(sort), |f| f.expr(u))?;
        Ok(self.s.intern(Node::Diff { hint: self.s.sym(name), body, slot: slot.into(), point }))
    }
    fn limit(&mut self, u: &Expr, x: &Expr, p: &Expr, side: Side) -> Out<Id> {
        let Some(name) = x.as_name() else { return Err(Kind::Notation("a limit of something that is no name".to_owned())) };
        let p = self.expr(p)?;
        let point = match self.s.node(p) {
            Node::Infinity(false) => LimitPoint::PosInf,
            Node::Infinity(true) => LimitPoint::NegInf,
            _ => LimitPoint::At(p),
        };
        let body = self.under(name, Bound::Value(Sort::Scalar), |f| f.expr(u))?;
        Ok(self.s.intern(Node::Limit { hint: self.s.sym(name), body, point, side }))
    }
    fn big(&mut self, op: &str, b: &Binder, body: &Expr) -> Out<Id> {
        let (lo, hi) = match &b.domain {
            Some(Over::Range(lo, hi)) => (self.affine(lo)?, self.affine(hi)?),
            Some(Over::Set(_)) => return Err(Kind::Notation("a range that is a set".to_owned())),
            None => self.open_range()?,
        };
        let name: &str = &b.name.text;
        let cond = match &b.condition {
            Some(c) => Some(self.under(name, Bound::Index, |f| f.expr(c))?),
            None => None,
        };
        let body = self.under(name, Bound::Index, |f| f.expr(body))?;
        Ok(self.s.intern(Node::Big { op: operation(op), hint: self.hint(name), lo, hi, cond, body }))
    }
    fn open_big(&mut self, op: &str, j: &Expr, body: &Expr) -> Out<Id> {
        let Some(name) = j.as_name() else { return Err(Kind::Notation(format!("`{op}` of two terms"))) };
        let (lo, hi) = self.open_range()?;
        let body = self.under(name, Bound::Index, |f| f.expr(body))?;
        Ok(self.s.intern(Node::Big { op: operation(op), hint: self.hint(name), lo, hi, cond: None, body }))
    }
    /// A range left out in a rule is `lo..hi`.
    fn open_range(&mut self) -> Out<(Aff, Aff)> {
        if self.mode != Mode::Rule {
            return Err(Kind::Notation("a range left out here".to_owned()));
        }
        Ok((Aff::free(self.variable("lo")?), Aff::free(self.variable("hi")?)))
    }
    /// A letter is for the page; the schema of a rule needs none.
    fn hint(&self, name: &str) -> Sym {
        self.s.sym(name)
    }
    fn cases(&mut self, args: &[Arg]) -> Out<Id> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        for a in args {
            match a {
                Arg::Branch(u, c) => {
                    let u = self.expr(u)?;
                    branches.push((self.expr(c)?, u));
                }
                Arg::Otherwise(u) => otherwise = Some(self.expr(u)?),
                _ => return Err(Kind::Notation("a branch without its condition".to_owned())),
            }
        }
        Ok(self.s.intern(Node::Cases(branches.into(), otherwise)))
    }
}

fn operation(name: &str) -> BigOp {
    match name {
        "prod" => BigOp::Prod,
        "max" => BigOp::Max,
        "min" => BigOp::Min,
        _ => BigOp::Sum,
    }
}

fn notation(k: &Surface) -> &'static str {
    match k {
        Surface::Tuple(_) => "a tuple",
        Surface::Power { .. } => "`.^`",
        Surface::InverseTranspose(_) => "`^-T`",
        Surface::Array(_) => "an array",
        Surface::Script(..) => "a subscript",
        _ => "this",
    }
}
