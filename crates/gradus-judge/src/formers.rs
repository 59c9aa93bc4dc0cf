//! Tensors built from their entries, and entries of tensors.

use crate::eval::{Eval, Slot};
use crate::field::{Fault, Field, Out};
use crate::jet::Scalar;
use crate::tensor::{Tensor, Value};
use gradus_term::{Aff, Compound, Id, Node, Sort};

impl<'a, F: Field> Eval<'a, F> {
    pub(crate) fn former(&mut self, dims: &'a [Aff], body: Id) -> Out<Value<F>> {
        let d = self.sizes(dims)?;
        let n: usize = d.iter().product();
        self.work(n as u64)?;
        let base = self.stack.len();
        for _ in &d {
            self.push(Slot::Int(1));
        }
        let mut entries: Vec<Out<Value<F>>> = Vec::with_capacity(n);
        let mut ix = vec![0usize; d.len()];
        for _ in 0..n {
            for (k, i) in ix.iter().enumerate() {
                self.set_top(d.len() - 1 - k, *i as i64 + 1);
            }
            let v = self.eval(body);
            if v.as_ref().is_err_and(|e| *e == Fault::Budget) {
                self.stack.truncate(base);
                return Err(Fault::Budget);
            }
            entries.push(v);
            for (k, m) in d.iter().enumerate().rev() {
                ix[k] += 1;
                if ix[k] < *m {
                    break;
                }
                ix[k] = 0;
            }
        }
        self.stack.truncate(base);
        assemble(d, entries)
    }
    pub(crate) fn array(&mut self, xs: &[Id]) -> Out<Value<F>> {
        let entries = xs.iter().map(|x| self.eval(*x)).collect::<Vec<_>>();
        assemble(vec![xs.len()], entries)
    }
    pub(crate) fn stack_blocks(&mut self, xs: &[Id]) -> Out<Value<F>> {
        let mut data = Vec::new();
        for x in xs {
            match self.eval(*x) {
                Ok(Value::S(v)) => data.push(Ok(v)),
                Ok(Value::T(t)) => data.extend(t.data.iter().cloned()),
                Ok(_) => return Err(Fault::Unsupported),
                Err(e) if self.s.sort(*x).is_scalar() => data.push(Err(e)),
                Err(e) => return Err(e),
            }
        }
        Ok(Value::new(vec![data.len()], false, data))
    }

    /// `t[ix]`. A tensor former is asked for the one entry; what is read outside is undefined, or 0 for a name
    /// declared so.
    pub(crate) fn entry(&mut self, t: Id, ix: &'a [Aff]) -> Out<Value<F>> {
        let mut at: smallvec::SmallVec<[i64; 4]> = ix.iter().map(|a| self.aff(a)).collect::<Out<_>>()?;
        let s = self.s;
        if let Sort::Compound(c) = s.sort(t) {
            at = self.places(c, &at)?;
        }
        if let Node::Tensor { dims, body, .. } = s.node(t) {
            if dims.len() == at.len() && s.loose(t) > 0 {
                return self.entry_of_former(dims, *body, &at);
            }
        }
        let zero_outside = matches!(s.node(t), Node::Var(v) if s.var(*v).props.zero_outside);
        let pick = |t: &Tensor<F>| -> Out<Value<F>> {
            match t.place(&at) {
                Some(p) if at.len() == t.dims.len() => Ok(Value::S(t.data.get(p).cloned().unwrap_or(Err(Fault::Undefined))?)),
                Some(p) => {
                    let dims = t.dims.get(at.len()..).unwrap_or(&[]).to_vec();
                    let n: usize = dims.iter().product();
                    Ok(Value::new(dims, false, t.data.get(p..p + n).map_or_else(Vec::new, <[_]>::to_vec)))
                }
                None if (zero_outside || t.zero) && at.len() == t.dims.len() => Ok(Value::S(Scalar::int(0))),
                None => Err(Fault::Undefined),
            }
        };
        match s.node(t) {
            Node::Var(v) => {
                if let Slot::Val(Value::T(t)) = self.var(*v)? {
                    return pick(t);
                }
            }
            Node::Bound(k, _) => {
                if let Slot::Val(Value::T(t)) = &self.bound(*k)?.slot {
                    return pick(t);
                }
            }
            _ => {}
        }
        pick(&*self.eval(t)?.tensor()?)
    }
    /// The row and the column that compound indices stand for, counting from 1.
    fn places(&mut self, c: &'a Compound, at: &[i64]) -> Out<smallvec::SmallVec<[i64; 4]>> {
        let dims = self.sizes(&c.dims)?;
        if at.len() != dims.len() {
            return Err(Fault::Unsupported);
        }
        let place = |parts: std::ops::Range<usize>| -> Out<i64> {
            let mut out = 0i64;
            for k in parts {
                let n = i64::try_from(dims[k]).map_err(|_| Fault::Budget)?;
                if at[k] < 1 || at[k] > n {
                    return Err(Fault::Undefined);
                }
                out = out.checked_mul(n).and_then(|x| x.checked_add(at[k] - 1)).ok_or(Fault::Budget)?;
            }
            Ok(out + 1)
        };
        let mut out = smallvec::SmallVec::new();
        if c.rows > 0 {
            out.push(place(0..c.rows)?);
        }
        if c.rows < dims.len() {
            out.push(place(c.rows..dims.len())?);
        }
        Ok(out)
    }
    fn entry_of_former(&mut self, dims: &'a [Aff], body: Id, at: &[i64]) -> Out<Value<F>> {
        for (d, i) in dims.iter().zip(at) {
            let n = self.aff(d)?;
            if n < 0 || *i < 1 || *i > n {
                return Err(Fault::Undefined);
            }
        }
        for i in at {
            self.push(Slot::Int(*i));
        }
        let v = self.eval(body);
        self.stack.truncate(self.stack.len().saturating_sub(at.len()));
        v
    }
}

/// Puts the entries of a tensor of tensors together.
fn assemble<F: Field>(outer: Vec<usize>, entries: Vec<Out<Value<F>>>) -> Out<Value<F>> {
    let inner = entries.iter().find_map(|e| match e {
        Ok(Value::T(t)) => Some(t.dims.clone()),
        _ => None,
    });
    let Some(inner) = inner else {
        let data = entries.into_iter().map(|e| e.and_then(Value::scalar)).collect();
        return Ok(Value::new(outer, false, data));
    };
    let n: usize = inner.iter().product();
    let mut data = Vec::new();
    for e in entries {
        match e {
            Ok(Value::T(t)) if t.dims == inner => data.extend(t.data.iter().cloned()),
            Ok(_) => return Err(Fault::Undefined),
            Err(f) => data.extend(std::iter::repeat_n(Err(f), n)),
        }
    }
    let dims = outer.into_iter().chain(inner).collect();
    Ok(Value::new(dims, false, data))
}
