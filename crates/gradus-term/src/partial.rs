//! Partial derivatives of a function of several numbers at arguments: `∂₁∂₂g(u, v)`.
//!
//! As a term this is a derivative of the call by a bound value that stands for one argument, at that argument; of higher order,
//! a derivative of such a term. The same partial derivative is written by several terms, since the order of the derivatives and
//! what stands outside are free: [`Store::as_partial`] reads them all, [`Store::partial`] writes one.

use crate::node::{Node, Sym};
use crate::signature::{FnId, FnKind};
use crate::store::{Id, Store};
use crate::subst::Arg;

/// A partial derivative at arguments; of order 0, the call itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partial {
    /// The function.
    pub f: FnId,
    /// All arguments of the call, numbers; the entries of an array count one by one.
    pub args: Vec<Id>,
    /// How often it is differentiated by each of them.
    pub orders: Vec<u32>,
    /// For each parameter, how many entries its array has; none for a number.
    arrays: Vec<Option<usize>>,
}

impl Partial {
    /// A partial derivative of a function of numbers.
    pub fn of_numbers(f: FnId, args: Vec<Id>, orders: Vec<u32>) -> Self {
        let arrays = vec![None; args.len()];
        Partial { f, args, orders, arrays }
    }
    /// How often it is differentiated in all.
    pub fn order(&self) -> u32 {
        self.orders.iter().sum()
    }
    /// The same derivative at other arguments.
    #[must_use]
    pub fn at(self, args: Vec<Id>) -> Self {
        Partial { args, ..self }
    }
    /// Differentiated once more, by the argument with this number, counted from 0.
    #[must_use]
    pub fn by(mut self, k: usize) -> Self {
        if let Some(n) = self.orders.get_mut(k) {
            *n += 1;
        }
        self
    }
    /// The function itself at the arguments.
    #[must_use]
    pub fn without_order(mut self) -> Self {
        self.orders.fill(0);
        self
    }
    /// Whether it is of a function of several numbers that are written in its call.
    pub fn is_written(&self, s: &Store) -> bool {
        self.order() > 0 && s.fun(self.f).explicit == self.arrays.len()
    }
}

impl Store {
    /// Whether a term mentions the scalar that the binder just above it binds.
    pub fn mentions_innermost(&self, t: Id) -> bool {
        let at = |n: i64| self.open(t, &[Arg::Val(self.int(n))]);
        self.loose(t) > 0 && at(0) != at(1)
    }
    /// The partial derivative of an unknown function of several numbers that this term is.
    pub fn as_partial(&self, t: Id) -> Option<Partial> {
        match self.node(t) {
            Node::Call(f, xs) => {
                let info = self.fun(*f);
                if info.kind != FnKind::Unknown || !info.result.is_scalar() {
                    return None;
                }
                let (mut args, mut arrays) = (Vec::new(), Vec::new());
                for x in xs {
                    match self.node(*x) {
                        _ if self.sort(*x).is_scalar() => {
                            args.push(*x);
                            arrays.push(None);
                        }
                        Node::Array(ys) if ys.iter().all(|y| self.sort(*y).is_scalar()) => {
                            args.extend(ys);
                            arrays.push(Some(ys.len()));
                        }
                        _ => return None,
                    }
                }
                (args.len() > 1).then(|| Partial { f: *f, orders: vec![0; args.len()], args, arrays })
            }
            Node::Diff { body, slot, point, .. } if slot.is_empty() && self.sort(*point).is_scalar() => {
                let mut p = self.as_partial(*body)?;
                let mut by = None;
                for (k, x) in p.args.iter_mut().enumerate() {
                    if matches!(self.node(*x), Node::Bound(0, _)) {
                        if by.replace(k).is_some() {
                            return None;
                        }
                    } else if self.mentions_innermost(*x) {
                        return None;
                    }
                    *x = self.open(*x, &[Arg::Val(*point)]);
                }
                Some(p.by(by?))
            }
            _ => None,
        }
    }
    /// The term of a partial derivative: the one by the first argument stands outside.
    pub fn partial(&self, p: &Partial) -> Id {
        let Some((k, x)) = p.orders.iter().position(|n| *n > 0).and_then(|k| Some((k, *p.args.get(k)?))) else {
            let mut args = p.args.iter().copied();
            let parameter = |n: &Option<usize>| match n {
                None => args.next().unwrap_or(self.int(0)),
                Some(n) => self.intern(Node::Array(args.by_ref().take(*n).collect())),
            };
            let args: Vec<Id> = p.arrays.iter().map(parameter).collect();
            return self.call(p.f, &args);
        };
        let v = self.fresh(Sym::NONE, self.sort(x).clone(), false);
        let mut inner = p.clone();
        for (i, (n, a)) in inner.orders.iter_mut().zip(&mut inner.args).enumerate() {
            if i == k {
                (*n, *a) = (*n - 1, self.name(v));
            }
        }
        let body = self.close(self.partial(&inner), &[v]);
        self.intern(Node::Diff { hint: Sym::NONE, body, slot: Box::default(), point: x })
    }
}
