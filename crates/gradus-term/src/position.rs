//! Positions in a term and `splice`, the only replacement there is.

use crate::aff::Aff;
use crate::node::{LimitPoint, Node, RelOp, Side, Summand};
use crate::signature::VarId;
use crate::store::{Id, Store};
use std::collections::BTreeSet;

/// How deep a term may be. Beyond it the engine answers with a typed error.
pub const MAX_DEPTH: u32 = 1500;
/// The most nodes of a term that a step leads to, written out as a tree: a page of them could still be printed.
pub const MAX_SIZE: u64 = 30_000;

/// A place in a term: child numbers from the root (in the order of [`Node::for_each_child`]), and, where the path ends at a
/// sum, product or matrix product, the operands meant (empty: the whole).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Position {
    /// Child numbers from the root.
    pub path: Vec<u32>,
    /// Operand numbers of the node the path ends at; ascending; empty for the node itself.
    pub operands: Vec<u32>,
}

impl Position {
    /// The whole term.
    pub fn root() -> Self {
        Self::default()
    }
    /// The node at this path.
    pub fn at(path: &[u32]) -> Self {
        Position { path: path.to_vec(), operands: Vec::new() }
    }
    /// One step further down.
    #[must_use]
    pub fn child(&self, k: u32) -> Self {
        let mut p = self.clone();
        p.path.push(k);
        p
    }
    /// These operands of the node at this path.
    #[must_use]
    pub fn select(&self, operands: &[u32]) -> Self {
        Position { path: self.path.clone(), operands: operands.to_vec() }
    }
}

/// A position that is not in the term.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PositionError {
    /// The path leaves the term.
    #[error("the path leaves the term")]
    NoSuchChild,
    /// The operand set is empty of meaning: not ascending, out of range, or not at an n-ary node.
    #[error("no such operands here")]
    NoSuchOperands,
}

/// What stands at a position, with its binders opened, and what is known there.
#[derive(Clone, Debug)]
pub struct Focus {
    /// The part, closed: bound names above it are opened with fresh free names.
    pub part: Id,
    /// The opened names, outermost first.
    pub opened: Vec<VarId>,
    /// What the path says: ranges of opened indices, conditions of branches, Iverson factors beside the position.
    pub facts: Vec<Id>,
    /// Values bound by `diff` on the way with the point they stand for.
    pub points: Vec<(VarId, Id)>,
    /// Values bound by `limit` on the way: nothing may be assumed of them.
    pub limits: Vec<VarId>,
}

impl Store {
    /// Looks at a position.
    ///
    /// # Errors
    /// If the position is not in the term.
    pub fn focus(&self, term: Id, pos: &Position) -> Result<Focus, PositionError> {
        let mut f = Focus { part: term, opened: Vec::new(), facts: Vec::new(), points: Vec::new(), limits: Vec::new() };
        for k in &pos.path {
            self.collect_facts(f.part, *k, &mut f.facts);
            let (vars, child) = self.open_child(f.part, *k as usize).ok_or(PositionError::NoSuchChild)?;
            match self.node(f.part) {
                Node::Big { lo, hi, cond, .. } => {
                    if let [v] = vars.as_slice() {
                        self.range_facts(*v, lo, hi, &mut f.facts);
                        if let (Some(c), 0) = (cond, *k) {
                            f.facts.push(self.open(*c, &[crate::Arg::Idx(Aff::free(*v))]));
                        }
                    }
                }
                Node::Tensor { dims, .. } => {
                    for (v, n) in vars.iter().zip(dims) {
                        self.range_facts(*v, &Aff::int(1), n, &mut f.facts);
                    }
                }
                Node::Diff { point, .. } | Node::Differential { point, .. } => {
                    if let [v] = vars.as_slice() {
                        f.points.push((*v, *point));
                    }
                }
                Node::Limit { point, side, .. } => {
                    if let [v] = vars.as_slice() {
                        f.facts.extend(self.near(*v, *point, *side));
                        f.limits.push(*v);
                    }
                }
                _ => {}
            }
            f.opened.extend(vars);
            f.part = child;
        }
        if !pos.operands.is_empty() {
            self.operand_facts(f.part, &pos.operands, &mut f.facts);
            f.part = self.selected(f.part, &pos.operands)?;
        }
        Ok(f)
    }

    /// What may be taken for granted of a value that moves towards a limit: it lies near the point, and is not the point.
    pub fn near(&self, x: VarId, point: LimitPoint, side: Side) -> Vec<Id> {
        let x = self.intern(Node::Var(x));
        let far = self.int(1000);
        let close = self.quot(self.int(1), far);
        match point {
            LimitPoint::PosInf => vec![self.rel(RelOp::Gt, x, far)],
            LimitPoint::NegInf => vec![self.rel(RelOp::Lt, x, self.neg(far))],
            LimitPoint::At(p) => {
                let mut out = Vec::new();
                match side {
                    Side::Both => out.push(self.rel(RelOp::Ne, x, p)),
                    Side::Right => out.push(self.rel(RelOp::Gt, x, p)),
                    Side::Left => out.push(self.rel(RelOp::Lt, x, p)),
                }
                if side != Side::Left {
                    out.push(self.rel(RelOp::Lt, x, self.add(p, close)));
                }
                if side != Side::Right {
                    out.push(self.rel(RelOp::Gt, x, self.sub(p, close)));
                }
                out
            }
        }
    }
    fn range_facts(&self, v: VarId, lo: &Aff, hi: &Aff, facts: &mut Vec<Id>) {
        let i = self.index(Aff::free(v));
        facts.push(self.rel(RelOp::Le, self.index(lo.clone()), i));
        facts.push(self.rel(RelOp::Le, i, self.index(hi.clone())));
    }
    /// Facts that a step from `parent` to child number `k` gives, beside those of its binder.
    fn collect_facts(&self, parent: Id, k: u32, facts: &mut Vec<Id>) {
        match self.node(parent) {
            Node::Product(_) => self.operand_facts(parent, &[k], facts),
            Node::Cases(bs, _) => {
                let branch = (k / 2) as usize;
                for (c, _) in bs.iter().take(branch) {
                    facts.push(self.intern(Node::Not(*c)));
                }
                if k % 2 == 1 {
                    if let Some((c, _)) = bs.get(branch) {
                        facts.push(*c);
                    }
                }
            }
            _ => {}
        }
    }
    /// Iverson factors that stand beside the selected operands of a product.
    fn operand_facts(&self, product: Id, operands: &[u32], facts: &mut Vec<Id>) {
        if let Node::Product(xs) = self.node(product) {
            for (i, x) in xs.iter().enumerate() {
                if let Node::Iverson(c) = self.node(*x) {
                    if !operands.contains(&(i as u32)) {
                        facts.push(*c);
                    }
                }
            }
        }
    }
    fn selected(&self, node: Id, operands: &[u32]) -> Result<Id, PositionError> {
        let ascending = operands.windows(2).all(|w| matches!(w, [a, b] if a < b));
        let pick = |xs: &[Id]| operands.iter().map(|k| xs.get(*k as usize).copied()).collect::<Option<Vec<_>>>();
        if !ascending {
            return Err(PositionError::NoSuchOperands);
        }
        match self.node(node) {
            Node::Sum(xs) => {
                let s: Option<Vec<Summand>> = operands.iter().map(|k| xs.get(*k as usize).copied()).collect();
                Ok(self.sum(&s.ok_or(PositionError::NoSuchOperands)?))
            }
            Node::Product(xs) => Ok(self.product(&pick(xs).ok_or(PositionError::NoSuchOperands)?)),
            Node::MatMul(xs) => {
                let contiguous = operands.windows(2).all(|w| matches!(w, [a, b] if a + 1 == *b));
                match (contiguous, pick(xs)) {
                    (true, Some(v)) => Ok(if let [one] = v.as_slice() { *one } else { self.intern(Node::MatMul(v.into())) }),
                    _ => Err(PositionError::NoSuchOperands),
                }
            }
            _ => Err(PositionError::NoSuchOperands),
        }
    }

    /// `term` with the part at `pos` replaced by `new`, which is given with the names that [`Store::focus`] opened.
    ///
    /// It inserts at the first selected operand; a sum among summands (a product among factors) is flattened with its
    /// signs multiplied; 0 among summands and 1 among factors are dropped; a lone positive operand replaces its parent;
    /// nothing else.
    ///
    /// # Errors
    /// If the position is not in the term.
    pub fn splice(&self, term: Id, pos: &Position, opened: &[VarId], new: Id) -> Result<Id, PositionError> {
        self.splice_at(term, &pos.path, &pos.operands, opened, new)
    }
    fn splice_at(&self, term: Id, path: &[u32], operands: &[u32], opened: &[VarId], new: Id) -> Result<Id, PositionError> {
        let Some((k, rest)) = path.split_first() else {
            return if operands.is_empty() { Ok(new) } else { self.replace_operands(term, operands, new) };
        };
        let node = self.node(term);
        let (child, binds) = *node.children().get(*k as usize).ok_or(PositionError::NoSuchChild)?;
        let (mine, deeper) = opened.split_at_checked(binds as usize).ok_or(PositionError::NoSuchChild)?;
        let args: Vec<_> = mine
            .iter()
            .map(|v| if self.var(*v).is_integer() { crate::Arg::Idx(Aff::free(*v)) } else { crate::Arg::Val(self.intern(Node::Var(*v))) })
            .collect();
        let inner = if binds == 0 { child } else { self.open(child, &args) };
        let done = self.splice_at(inner, rest, operands, deeper, new)?;
        let closed = if binds == 0 { done } else { self.close(done, mine) };
        if rest.is_empty() && operands.is_empty() && matches!(node, Node::Sum(_) | Node::Product(_))
            || matches!((node, self.node(closed)), (Node::Sum(_), Node::Sum(_)) | (Node::Product(_), Node::Product(_)))
        {
            return self.replace_child_operand(term, *k, closed);
        }
        let mut i = 0;
        let n = node.map_children(&mut |c, _| {
            i += 1;
            if i - 1 == *k {
                closed
            } else {
                c
            }
        });
        Ok(self.intern(n))
    }
    /// Replaces the operand's term, keeping its sign.
    fn replace_child_operand(&self, term: Id, k: u32, new: Id) -> Result<Id, PositionError> {
        match self.node(term) {
            Node::Sum(xs) if xs.get(k as usize).is_some_and(|x| x.neg) => {
                let negated = match self.node(new) {
                    Node::Sum(ys) => self.sum(&ys.iter().map(|y| Summand { neg: !y.neg, term: y.term }).collect::<Vec<_>>()),
                    _ => self.neg(new),
                };
                self.replace_operands(term, &[k], negated)
            }
            _ => self.replace_operands(term, &[k], new),
        }
    }
    fn replace_operands(&self, node: Id, operands: &[u32], new: Id) -> Result<Id, PositionError> {
        let first = *operands.first().ok_or(PositionError::NoSuchOperands)?;
        let gone: BTreeSet<u32> = operands.iter().copied().collect();
        self.selected(node, operands)?;
        let zero = |x: Id| matches!(self.node(x), Node::Num(q) if q.is_zero());
        let one = |x: Id| matches!(self.node(x), Node::Num(q) if q.is_one());
        match self.node(node) {
            Node::Sum(xs) => {
                let mut out = Vec::new();
                for (i, x) in xs.iter().enumerate() {
                    if i as u32 == first {
                        match self.node(new) {
                            Node::Sum(ys) => out.extend(ys.iter().copied().filter(|y| !zero(y.term))),
                            _ if zero(new) => {}
                            _ => out.push(Summand { neg: false, term: new }),
                        }
                    }
                    if !gone.contains(&(i as u32)) {
                        out.push(*x);
                    }
                }
                Ok(if out.is_empty() { self.zero_like(node) } else { self.sum(&out) })
            }
            Node::Product(xs) => {
                let mut out = Vec::new();
                for (i, x) in xs.iter().enumerate() {
                    if i as u32 == first {
                        match self.node(new) {
                            Node::Product(ys) => out.extend(ys.iter().copied().filter(|y| !one(*y))),
                            _ if one(new) => {}
                            _ => out.push(new),
                        }
                    }
                    if !gone.contains(&(i as u32)) {
                        out.push(*x);
                    }
                }
                Ok(self.product(&out))
            }
            Node::MatMul(xs) => {
                let mut out: Vec<Id> = Vec::new();
                for (i, x) in xs.iter().enumerate() {
                    if i as u32 == first {
                        match self.node(new) {
                            Node::MatMul(ys) => out.extend(ys.iter()),
                            _ => out.push(new),
                        }
                    }
                    if !gone.contains(&(i as u32)) {
                        out.push(*x);
                    }
                }
                Ok(if let [x] = out.as_slice() { *x } else { self.intern(Node::MatMul(out.into())) })
            }
            _ => Err(PositionError::NoSuchOperands),
        }
    }
    /// The zero of a term's sort: 0, or `0 ones`.
    fn zero_like(&self, id: Id) -> Id {
        let zero = self.int(0);
        let sort = self.sort(id).clone();
        if !sort.is_tensor() {
            return zero;
        }
        self.product(&[zero, self.ones_like(&sort)])
    }
}
