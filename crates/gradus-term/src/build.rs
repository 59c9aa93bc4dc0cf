//! Builders for terms, used by every crate above. They flatten nothing and simplify nothing, except that a sum or product
//! of one operand is that operand.

use crate::aff::{Aff, IVar};
use crate::node::{BigOp, Node, RelOp, Summand, Sym};
use crate::rat::Rat;
use crate::signature::{FnId, Prim, VarId};
use crate::sort::Sort;
use crate::store::{Id, Store};

impl Store {
    /// The natural number `n`; for `n < 0` the negated number.
    pub fn int(&self, n: i64) -> Id {
        self.rational(&Rat::int(n))
    }
    /// A rational number: `-2/3` is `-(2/3)`.
    pub fn rational(&self, q: &Rat) -> Id {
        let a = q.abs();
        let n = self.intern(Node::Num(Rat::from(a.numer())));
        let v = if a.is_integer() { n } else { self.intern(Node::Quot(n, self.intern(Node::Num(Rat::from(a.denom()))))) };
        if q.is_negative() {
            self.neg(v)
        } else {
            v
        }
    }
    /// A declared name where a value stands: an index expression if it is integer-valued.
    pub fn name(&self, v: VarId) -> Id {
        if self.var(v).is_integer() {
            self.intern(Node::Index(Aff::free(v)))
        } else {
            self.intern(Node::Var(v))
        }
    }
    /// An integer expression as a scalar; a constant becomes a number.
    pub fn index(&self, a: Aff) -> Id {
        match a.as_int() {
            Some(n) => self.int(n),
            None => self.intern(Node::Index(a)),
        }
    }
    /// The term as an affine integer expression, if it is one.
    pub fn as_aff(&self, id: Id) -> Option<Aff> {
        match self.node(id) {
            Node::Index(a) => Some(a.clone()),
            Node::Num(q) => q.to_i64().map(Aff::int),
            Node::Sum(xs) => {
                xs.iter().try_fold(Aff::int(0), |acc, x| Some(acc.add_scaled(&self.as_aff(x.term)?, if x.neg { -1 } else { 1 })))
            }
            Node::Product(xs) => {
                let mut acc = Aff::int(1);
                for x in xs {
                    let f = self.as_aff(*x)?;
                    acc = match (acc.as_int(), f.as_int()) {
                        (Some(k), _) => f.scale(k),
                        (_, Some(k)) => acc.scale(k),
                        _ => return None,
                    };
                }
                Some(acc)
            }
            _ => None,
        }
    }
    /// The term as a rational number, if it is a number written out: `3`, `-2/3`.
    pub fn as_rational(&self, id: Id) -> Option<Rat> {
        match self.node(id) {
            Node::Num(q) => Some(q.clone()),
            Node::Index(a) => a.as_int().map(Rat::int),
            Node::Quot(a, b) => self.as_rational(*a)?.div(&self.as_rational(*b)?),
            Node::Sum(xs) => match xs.as_ref() {
                [x] if x.neg => Some(self.as_rational(x.term)?.neg()),
                _ => None,
            },
            _ => None,
        }
    }
    /// The signed sum; one positive summand is itself, none is 0.
    pub fn sum(&self, xs: &[Summand]) -> Id {
        match xs {
            [] => self.int(0),
            [x] if !x.neg => x.term,
            _ => self.intern(Node::Sum(xs.into())),
        }
    }
    /// `a + b`
    pub fn add(&self, a: Id, b: Id) -> Id {
        self.sum(&[Summand { neg: false, term: a }, Summand { neg: false, term: b }])
    }
    /// `a - b`
    pub fn sub(&self, a: Id, b: Id) -> Id {
        self.sum(&[Summand { neg: false, term: a }, Summand { neg: true, term: b }])
    }
    /// `-a`
    pub fn neg(&self, a: Id) -> Id {
        self.sum(&[Summand { neg: true, term: a }])
    }
    /// The product; one factor is itself, none is 1.
    pub fn product(&self, xs: &[Id]) -> Id {
        match xs {
            [] => self.int(1),
            [x] => *x,
            _ => self.intern(Node::Product(xs.into())),
        }
    }
    /// `a b`
    pub fn mul(&self, a: Id, b: Id) -> Id {
        self.product(&[a, b])
    }
    /// `a / b`
    pub fn quot(&self, a: Id, b: Id) -> Id {
        self.intern(Node::Quot(a, b))
    }
    /// `a ^ b`
    pub fn pow(&self, a: Id, b: Id) -> Id {
        self.intern(Node::Pow(a, b))
    }
    /// `f(args)`
    pub fn call(&self, f: FnId, args: &[Id]) -> Id {
        self.intern(Node::Call(f, args.into()))
    }
    /// A primitive applied.
    pub fn prim_call(&self, p: Prim, args: &[Id]) -> Id {
        self.call(p.id(), args)
    }
    /// `e^u`
    pub fn exp(&self, u: Id) -> Id {
        self.prim_call(Prim::Exp, &[u])
    }
    /// `log(u)`
    pub fn log(&self, u: Id) -> Id {
        self.prim_call(Prim::Log, &[u])
    }
    /// A relation.
    pub fn rel(&self, op: RelOp, a: Id, b: Id) -> Id {
        self.intern(Node::Rel(op, a, b))
    }
    /// `[a = b]`
    pub fn delta(&self, a: &Aff, b: &Aff) -> Id {
        self.intern(Node::Iverson(self.rel(RelOp::Eq, self.index(a.clone()), self.index(b.clone()))))
    }
    /// An operation over `v` in `lo..hi` of a body that mentions `v` freely; its letter is `v`'s spelling.
    pub fn big(&self, op: BigOp, v: VarId, lo: Aff, hi: Aff, cond: Option<Id>, body: Id) -> Id {
        let hint = self.sym(&self.var(v).name);
        let (body, cond) = (self.close(body, &[v]), cond.map(|c| self.close(c, &[v])));
        self.intern(Node::Big { op, hint, lo, hi, cond, body })
    }
    /// The tensor whose entry at `vars` (in `1..dims`) is `body`.
    pub fn tensor(&self, vars: &[VarId], dims: &[Aff], body: Id) -> Id {
        let hints = vars.iter().map(|v| self.sym(&self.var(*v).name)).collect();
        let body = self.close(body, vars);
        self.intern(Node::Tensor { dims: dims.into(), hints, body })
    }
    /// The derivative of `body` with respect to the closed term `of` (a name, or a defined name taken as independent),
    /// at its own value: `∂ body / ∂ of[slot]`.
    pub fn diff(&self, body: Id, of: Id, slot: &[Aff]) -> Id {
        let hint = match self.node(of) {
            Node::Var(v) => self.sym(&self.var(*v).name),
            Node::Call(f, _) => self.sym(&self.fun(*f).name),
            _ => Sym::NONE,
        };
        let body = self.abstract_term(body, of);
        self.intern(Node::Diff { hint, body, slot: slot.into(), point: of })
    }
    /// The differential of `body` for a change of the closed term `of` by `along`: `d body` where `d of` is `along`.
    pub fn differential(&self, body: Id, of: Id, along: Id) -> Id {
        let Node::Diff { hint, body, point, .. } = self.node(self.diff(body, of, &[])).clone() else { return body };
        self.intern(Node::Differential { hint, body, point, along })
    }
    /// Opens the binders above child number `child` of `id` with fresh names; returns the names and the opened child.
    pub fn open_child(&self, id: Id, child: usize) -> Option<(Vec<VarId>, Id)> {
        let node = self.node(id);
        let (c, n) = *node.children().get(child)?;
        if n == 0 {
            return Some((Vec::new(), c));
        }
        let vars: Vec<VarId> = match node {
            Node::Big { hint, .. } => vec![self.fresh(*hint, Sort::Scalar, true)],
            Node::Tensor { hints, .. } => hints.iter().map(|h| self.fresh(*h, Sort::Scalar, true)).collect(),
            Node::Diff { hint, point, .. } | Node::Differential { hint, point, .. } => vec![self.fresh_near(*hint, *point)],
            Node::Limit { hint, .. } => vec![self.fresh(*hint, Sort::Scalar, false)],
            _ => return None,
        };
        let args: Vec<_> = vars
            .iter()
            .map(|v| if self.var(*v).is_integer() { crate::Arg::Idx(Aff::free(*v)) } else { crate::Arg::Val(self.intern(Node::Var(*v))) })
            .collect();
        Some((vars, self.open(c, &args)))
    }
    /// A name for values near `point`: entries that are positive at the point are positive near it, and reads outside the
    /// range are 0 wherever they are at the point.
    fn fresh_near(&self, hint: Sym, point: Id) -> VarId {
        let mut info = crate::VarInfo::new(self.sym_str(hint), crate::VarKind::Opened, self.sort(point).clone());
        if let Node::Var(v) = self.node(point) {
            let p = self.var(*v).props;
            info.props = crate::Props { positive: p.positive, zero_outside: p.zero_outside, ..crate::Props::default() };
        }
        self.declare(info)
    }
    /// The same node with its children replaced, in the order of [`Node::for_each_child`]; bodies must already be closed.
    pub fn with_children(&self, id: Id, children: &[Id]) -> Id {
        let mut it = children.iter();
        let n = self.node(id).map_children(&mut |c, _| it.next().copied().unwrap_or(c));
        self.intern(n)
    }
    /// The integer variable of an index term.
    pub fn index_var(&self, id: Id) -> Option<VarId> {
        match self.node(id) {
            Node::Index(a) => match a.as_var() {
                Some(IVar::Free(v)) => Some(v),
                _ => None,
            },
            _ => None,
        }
    }
}
