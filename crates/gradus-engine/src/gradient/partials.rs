//! Partial derivatives of functions and operators, read from the rulebook.
//!
//! A rule `diff(h(u(x), v(x)), x) => R` is linear in the derivatives of `u` and `v` that stand in `R`. The partial derivative
//! by `u` is `R` with the derivative of `u` replaced by 1 and every other derivative by 0.

use crate::tidy::{is_one, is_zero};
use gradus_kernel::{Need, Rule};
use gradus_rules::Rulebook;
use gradus_term::{Aff, FnId, IVar, Id, Node, Rat, Store, Summand, VarId};
use rustc_hash::FxHashMap;

/// A rule as a table entry: what stands for the operands, the partial derivative by each, and what the rule needs.
struct Entry {
    operands: Vec<VarId>,
    by: Vec<Id>,
    needs: Vec<Id>,
}

/// The partial derivatives of an operator by its two operands, and what the rule needs.
pub(super) struct Sides {
    pub by: [Id; 2],
    pub needs: Vec<Id>,
}

/// The table.
pub(super) struct Partials<'s> {
    store: &'s Store,
    functions: FxHashMap<FnId, Entry>,
    quotient: Option<Entry>,
    /// Only the base varies; only the exponent; both.
    powers: [Option<Entry>; 3],
}

impl<'s> Partials<'s> {
    pub(super) fn read(store: &'s Store, rules: &Rulebook) -> Self {
        let mut table = Partials { store, functions: FxHashMap::default(), quotient: None, powers: [None, None, None] };
        for rule in rules.family("diff") {
            let Node::Diff { body, .. } = store.node(rule.left) else { continue };
            if let Node::Call(f, xs) = store.node(*body) {
                if let (false, Some(e)) = (table.functions.contains_key(f), table.entry(rule, xs)) {
                    table.functions.insert(*f, e);
                }
            }
        }
        let of = |name: &str| {
            let rule = rules.get(name)?;
            let Node::Diff { body, .. } = store.node(rule.left) else { return None };
            match store.node(*body) {
                Node::Quot(a, b) | Node::Pow(a, b) => table.entry(rule, &[*a, *b]),
                _ => None,
            }
        };
        let (quotient, powers) = (of("diff.quotient_terms"), [of("diff.power"), of("diff.exponential"), of("diff.general_power")]);
        table.quotient = quotient;
        table.powers = powers;
        table
    }
    fn entry(&self, rule: &Rule, operands: &[Id]) -> Option<Entry> {
        let s = self.store;
        let metas: Option<Vec<VarId>> = operands
            .iter()
            .map(|x| match s.node(*x) {
                Node::Meta(v, _) => Some(*v),
                Node::Index(a) => match a.as_var() {
                    Some(IVar::Free(v)) => Some(v),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        let operands = metas?;
        let by = operands.iter().map(|v| self.partial(rule.right, *v)).collect();
        let needs = rule.needs.iter().map(|n| match n {
            Need::Holds(c) => Some(*c),
            Need::Number(_) => None,
        });
        Some(Entry { by, needs: needs.collect::<Option<Vec<Id>>>()?, operands })
    }
    /// The right side with the derivative of one operand replaced by 1, of every other by 0.
    fn partial(&self, schema: Id, by: VarId) -> Id {
        let s = self.store;
        match s.node(schema) {
            Node::Diff { body, .. } => s.int(i64::from(matches!(s.node(*body), Node::Meta(v, _) if *v == by))),
            node => self.build(node, |c| self.partial(c, by)),
        }
    }
    fn instance(&self, schema: Id, operands: &[VarId], values: &[Id]) -> Id {
        let value = |v: VarId| operands.iter().zip(values).find(|(o, _)| **o == v).map(|(_, x)| *x);
        match self.store.node(schema) {
            Node::Meta(v, _) => value(*v).unwrap_or(schema),
            Node::Index(a) => self.store.index(a.map(|v| match v {
                IVar::Free(w) => value(w).and_then(|x| self.store.as_aff(x)).unwrap_or_else(|| Aff::var(v)),
                IVar::Bound(_) => Aff::var(v),
            })),
            node => self.build(node, |c| self.instance(c, operands, values)),
        }
    }
    /// The node with its children replaced, without ones and zeros.
    fn build(&self, node: &Node, f: impl Fn(Id) -> Id) -> Id {
        let s = self.store;
        match node {
            Node::Sum(xs) => self.sum(&xs.iter().map(|x| Summand { neg: x.neg, term: f(x.term) }).collect::<Vec<_>>()),
            Node::Product(xs) => xs.iter().fold(s.int(1), |a, x| self.times(a, f(*x))),
            Node::Quot(a, b) => match (f(*a), f(*b)) {
                (a, _) if is_zero(s, a) => a,
                (a, b) if is_one(s, b) => a,
                (a, b) => s.quot(a, b),
            },
            Node::Pow(a, b) => match (f(*a), f(*b)) {
                (a, b) if is_one(s, b) => a,
                (_, b) if is_zero(s, b) => s.int(1),
                (a, b) => s.pow(a, b),
            },
            node => s.intern(node.map_children(&mut |c, _| f(c))),
        }
    }

    // ---- the table

    /// Whether the rulebook differentiates calls of this function.
    pub(super) fn knows(&self, f: FnId) -> bool {
        self.functions.contains_key(&f)
    }
    /// The partial derivative of `f(xs)` by its argument with number `k`.
    pub(super) fn call(&self, f: FnId, xs: &[Id], k: usize) -> Option<Id> {
        let e = self.functions.get(&f)?;
        Some(self.instance(*e.by.get(k)?, &e.operands, xs))
    }
    /// The partial derivatives of `u / v`.
    pub(super) fn quotient(&self, u: Id, v: Id) -> Option<(Id, Id)> {
        let Sides { by: [du, dv], .. } = self.sides(self.quotient.as_ref()?, u, v)?;
        Some((du, dv))
    }
    /// The partial derivatives of `u ^ v`, of which the marked ones vary.
    pub(super) fn power(&self, u: Id, v: Id, varies: (bool, bool)) -> Option<Sides> {
        let [power, exponential, general] = &self.powers;
        let entry = match varies {
            (_, false) => power,
            (false, true) => exponential,
            (true, true) => general,
        };
        self.sides(entry.as_ref()?, u, v)
    }
    fn sides(&self, e: &Entry, u: Id, v: Id) -> Option<Sides> {
        let at = |schema: &Id| self.instance(*schema, &e.operands, &[u, v]);
        match e.by.as_slice() {
            [du, dv] => Some(Sides { by: [at(du), at(dv)], needs: e.needs.iter().map(at).collect() }),
            _ => None,
        }
    }

    // ---- terms without ones, zeros and double signs

    /// `-a`
    pub(super) fn neg(&self, a: Id) -> Id {
        let s = self.store;
        match s.node(a) {
            _ if is_zero(s, a) => a,
            Node::Sum(xs) if xs.len() == 1 => self.sign(a).1,
            _ => s.neg(a),
        }
    }
    /// The term without a leading minus, and whether it had one.
    pub(super) fn sign(&self, a: Id) -> (bool, Id) {
        match self.store.node(a) {
            Node::Sum(xs) => match xs.as_ref() {
                [x] if x.neg => (true, x.term),
                _ => (false, a),
            },
            _ => (false, a),
        }
    }
    /// `a b`
    pub(super) fn times(&self, a: Id, b: Id) -> Id {
        let s = self.store;
        let ((na, a), (nb, b)) = (self.sign(a), self.sign(b));
        let (p, q) = (s.node(a), s.node(b));
        let product = match (p, q) {
            _ if is_zero(s, a) || is_zero(s, b) => return s.int(0),
            _ if is_one(s, a) => b,
            _ if is_one(s, b) => a,
            (Node::Num(x), Node::Num(y)) => s.rational(&x.mul(y)),
            (_, Node::Quot(one, v)) if is_one(s, *one) => s.quot(a, *v),
            (_, Node::Num(_)) => s.mul(b, a),
            _ => s.mul(a, b),
        };
        if na == nb {
            product
        } else {
            self.neg(product)
        }
    }
    /// The sum; numbers of a sum of numbers are added.
    pub(super) fn sum(&self, xs: &[Summand]) -> Id {
        let s = self.store;
        let signed = |x: &Summand| {
            let (n, term) = self.sign(x.term);
            Summand { neg: n != x.neg, term }
        };
        let ys: Vec<Summand> = xs.iter().map(signed).filter(|x| !is_zero(s, x.term)).collect();
        let numbers: Option<Vec<Rat>> = ys.iter().map(|x| s.as_rational(x.term).map(|q| if x.neg { q.neg() } else { q })).collect();
        match numbers {
            Some(qs) => s.rational(&qs.iter().fold(Rat::zero(), |a, q| a.add(q))),
            None => s.sum(&ys),
        }
    }
}
