//! Conditions: three-valued, certain or a fault.

use crate::eval::Eval;
use crate::field::{Fault, Field, Out};
use crate::jet::Scalar;
use crate::tensor::Value;
use gradus_term::{Id, Node, RelOp};
use std::cmp::Ordering;

impl<F: Field> Eval<'_, F> {
    /// Whether a condition holds.
    pub fn condition(&mut self, c: Id) -> Out<bool> {
        let s = self.s;
        match s.node(c) {
            Node::Rel(op, a, b) => {
                self.work(1)?;
                if let (Some(x), Some(y)) = (self.plain_index(*a), self.plain_index(*b)) {
                    return Ok(related(*op, x?.cmp(&y?)));
                }
                let (x, y) = (self.eval(*a)?, self.eval(*b)?);
                relation(*op, &x, &y)
            }
            Node::And(xs) => self.all(xs, true),
            Node::Or(xs) => Ok(!self.all(xs, false)?),
            Node::Not(x) => Ok(!self.condition(*x)?),
            _ => Err(Fault::Unsupported),
        }
    }
    /// Whether all are `want`; one that certainly is not decides, even beside unclear ones.
    fn all(&mut self, xs: &[Id], want: bool) -> Out<bool> {
        let mut fault = None;
        for x in xs {
            match self.condition(*x) {
                Ok(v) if v != want => return Ok(false),
                Ok(_) => {}
                Err(e) => fault = fault.or(Some(e)),
            }
        }
        fault.map_or(Ok(true), Err)
    }
    fn plain_index(&self, id: Id) -> Option<Out<i64>> {
        match self.s.node(id) {
            Node::Index(a) => match self.aff(a) {
                Err(Fault::Unclear | Fault::Unsupported) => None,
                r => Some(r),
            },
            Node::Num(q) => q.to_i64().map(Ok),
            _ => None,
        }
    }
}

fn related(op: RelOp, c: Ordering) -> bool {
    match op {
        RelOp::Eq => c == Ordering::Equal,
        RelOp::Ne => c != Ordering::Equal,
        RelOp::Lt => c == Ordering::Less,
        RelOp::Le => c != Ordering::Greater,
        RelOp::Gt => c == Ordering::Greater,
        RelOp::Ge => c != Ordering::Less,
    }
}

/// A relation between two values; of tensors, `=` (all entries) and its negation.
pub(crate) fn relation<F: Field>(op: RelOp, x: &Value<F>, y: &Value<F>) -> Out<bool> {
    match (x, y) {
        (Value::S(a), Value::S(b)) => Ok(related(op, a.cmp(b)?)),
        _ => {
            let t = x.zip(y, |a, b| Ok(a.sub(b)))?.defined()?.tensor()?;
            let (mut fault, mut equal) = (None, true);
            for e in &t.data {
                match e.as_ref().map_err(|e| *e).and_then(Scalar::sign) {
                    Ok(Ordering::Equal) => {}
                    Ok(c) => match op {
                        RelOp::Eq | RelOp::Ne => equal = false,
                        _ if !related(op, c) => return Ok(false),
                        _ => {}
                    },
                    Err(e) => fault = Some(e),
                }
                if !equal && matches!(op, RelOp::Eq | RelOp::Ne) {
                    return Ok(op == RelOp::Ne);
                }
                if matches!(e.as_ref().map_err(|e| *e).and_then(Scalar::sign), Ok(Ordering::Equal)) && matches!(op, RelOp::Lt | RelOp::Gt) {
                    return Ok(false);
                }
            }
            match fault {
                Some(f) => Err(f),
                None => Ok(op != RelOp::Ne),
            }
        }
    }
}
