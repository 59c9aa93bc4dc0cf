//! Calls: definitions by binding their parameters, primitives by their meaning, unknown functions by random smooth ones.

use crate::eval::{Eval, Slot};
use crate::field::{Fault, Field, Out};
use crate::jet::Scalar;
use crate::linalg::{self, Extent, Movement};
use crate::num::Num;
use crate::tensor::{Tensor, Value};
use crate::{series, unknown};
use gradus_term::{FnId, FnInfo, FnKind, IVar, Id, Prim, Sort, VarId};
use std::cmp::Ordering;
use std::rc::Rc;

/// `f(xs)`
pub fn call<'a, F: Field>(ev: &mut Eval<'a, F>, f: FnId, xs: &'a [Id]) -> Out<Value<F>> {
    let args = xs.iter().map(|x| ev.eval(*x)).collect::<Out<Vec<_>>>()?;
    if let (FnKind::Prim(p), [x, w, ..]) = (ev.s.fun(f).kind, xs) {
        let numbers = [x, w].iter().all(|t| ev.s.sort(**t).dims().iter().all(|n| n.as_int().is_some()));
        if let Some(kind) = convolution_kind(p) {
            return convolution(ev, kind, numbers, &args);
        }
    }
    call_values(ev, f, &args)
}

/// Whether the kernel is flipped, and which entries are kept.
fn convolution_kind(p: Prim) -> Option<(bool, Extent)> {
    Some(match p {
        Prim::ConvolveFull => (true, Extent::Full),
        Prim::ConvolveValid => (true, Extent::Valid),
        Prim::ConvolveSame => (true, Extent::Same),
        Prim::CorrelateFull => (false, Extent::Full),
        Prim::CorrelateValid => (false, Extent::Valid),
        Prim::CorrelateSame => (false, Extent::Same),
        _ => return None,
    })
}

/// A convolution or correlation. Where the sizes are written as numbers, the smaller operand is the kernel; symbolic ones at which the
/// kernel does not fit are outside the domain.
fn convolution<F: Field>(ev: &mut Eval<'_, F>, (flip, extent): (bool, Extent), numbers: bool, args: &[Value<F>]) -> Out<Value<F>> {
    let [Value::T(a), Value::T(b), rest @ ..] = args else { return Err(Fault::Unsupported) };
    within(ev, a.data.len().saturating_mul(b.data.len()))?;
    let option = |k: usize, default: i64| match rest.get(k) {
        None => Ok(default),
        Some(v) => size(Some(v)).map(|n| n as i64),
    };
    let how = Movement { extent, stride: option(0, 1)?, padding: option(1, 0)?, dilation: option(2, 1)? };
    let larger = |x: &Tensor<F>, w: &Tensor<F>| w.dims != x.dims && w.dims.iter().zip(&x.dims).all(|(k, m)| k >= m);
    let exchanged = numbers && flip && extent == Extent::Valid && rest.is_empty() && larger(a, b);
    let (x, w) = if exchanged { (b, a) } else { (a, b) };
    let fits = numbers || extent != Extent::Same || how.fits(x, w);
    if fits {
        linalg::convolve(x, w, flip, how)
    } else {
        Err(Fault::Undefined)
    }
}

/// `f` at values.
pub fn call_values<F: Field>(ev: &mut Eval<'_, F>, f: FnId, args: &[Value<F>]) -> Out<Value<F>> {
    let info = ev.s.fun(f);
    match info.kind {
        FnKind::Prim(p) if p.is_scalar() => scalar_prim(ev, p, args),
        FnKind::Prim(p) => tensor_prim(ev, p, args),
        _ => {
            let scalar_function = info.params.iter().all(|p| p.sort.is_scalar());
            let first = args.iter().find_map(|a| if let Value::T(t) = a { Some(t.clone()) } else { None });
            match first {
                Some(t) if scalar_function && ev.s.body(f).is_none_or(|b| ev.s.sort(b).is_scalar()) => {
                    entrywise(ev, &t, args, &mut |ev, xs| single(ev, f, xs))
                }
                _ => single(ev, f, args),
            }
        }
    }
}

/// A scalar function at every entry; numbers go with every entry.
fn entrywise<F: Field>(
    ev: &mut Eval<'_, F>,
    shape: &Tensor<F>,
    args: &[Value<F>],
    f: &mut dyn FnMut(&mut Eval<'_, F>, &[Value<F>]) -> Out<Value<F>>,
) -> Out<Value<F>> {
    ev.work(shape.data.len() as u64)?;
    for a in args {
        if let Value::T(t) = a {
            if t.dims != shape.dims {
                return Err(Fault::Undefined);
            }
        }
    }
    let mut data = Vec::with_capacity(shape.data.len());
    for k in 0..shape.data.len() {
        let xs: Out<Vec<Value<F>>> = args
            .iter()
            .map(|a| match a {
                Value::T(t) => t.data.get(k).cloned().unwrap_or(Err(Fault::Undefined)).map(Value::S),
                v => Ok(v.clone()),
            })
            .collect();
        data.push(xs.and_then(|xs| f(ev, &xs)).and_then(Value::scalar));
    }
    Ok(Value::new(shape.dims.clone(), shape.row, data))
}

/// A call that is not entrywise: a definition by its body, an unknown function by a random smooth one.
fn single<F: Field>(ev: &mut Eval<'_, F>, f: FnId, args: &[Value<F>]) -> Out<Value<F>> {
    let s = ev.s;
    let info = s.fun(f);
    let vars = bindings(ev, info, args)?;
    if info.kind == FnKind::Unknown {
        let seed = ev.seed_of(f);
        let row = matches!(info.result, Sort::Row(_));
        let result = info.result.clone();
        return ev.in_frame(vars, |ev| {
            let dims = ev.sizes(result.dims())?;
            unknown::value(seed, ev.salt, args, &dims, row)
        });
    }
    let body = s.body(f).ok_or(Fault::Unsupported)?;
    let domain = s.fn_domain(f);
    ev.work(1)?;
    ev.in_frame(vars, |ev| {
        if let Some(d) = domain {
            if !ev.condition(d)? {
                return Err(Fault::Undefined);
            }
        }
        ev.eval(body)
    })
}

/// The parameters bound to the arguments, and the size parameters found from their shapes.
fn bindings<F: Field>(ev: &Eval<'_, F>, info: &FnInfo, args: &[Value<F>]) -> Out<Vec<(VarId, Slot<F>)>> {
    if info.params.len() != args.len() {
        return Err(Fault::Unsupported);
    }
    let mut vars: Vec<(VarId, Slot<F>)> = Vec::with_capacity(args.len() + info.dims.len());
    for (p, x) in info.params.iter().zip(args) {
        let slot = match x {
            Value::S(n) if ev.s.var(p.var).is_integer() => match n.real().as_int() {
                Some(k) if !n.is_jet() => Slot::Int(k),
                _ => Slot::Val(x.clone()),
            },
            _ => Slot::Val(x.clone()),
        };
        vars.push((p.var, slot));
    }
    // Sizes: first those that are a parameter's size by themselves, then those in n + 1 and the like.
    for exact in [true, false] {
        for (p, x) in info.params.iter().zip(args) {
            let Value::T(t) = x else { continue };
            if p.sort.dims().len() != t.dims.len() {
                return Err(Fault::Undefined);
            }
            for (d, n) in p.sort.dims().iter().zip(&t.dims) {
                if d.as_var().is_some() == exact {
                    settle(ev, info, d, *n as i64, &mut vars)?;
                }
            }
        }
    }
    Ok(vars)
}

/// Solves `d = n` for the one size parameter in it that is not yet known, or checks it.
fn settle<F: Field>(ev: &Eval<'_, F>, info: &FnInfo, d: &gradus_term::Aff, n: i64, vars: &mut Vec<(VarId, Slot<F>)>) -> Out<()> {
    let mut rest = d.c;
    let mut open = None;
    for (v, k) in &d.t {
        let IVar::Free(v) = v else { return Err(Fault::Unsupported) };
        match vars.iter().find(|(u, _)| u == v).map(|(_, s)| s.clone()).or_else(|| {
            if info.dims.contains(v) {
                None
            } else {
                ev.var(*v).ok().cloned()
            }
        }) {
            Some(Slot::Int(x)) => rest += x * k,
            Some(Slot::Val(Value::S(x))) => rest += x.real().as_int().ok_or(Fault::Unclear)? * k,
            Some(Slot::Val(_)) => return Err(Fault::Unsupported),
            None if open.is_none() => open = Some((*v, *k)),
            None => return Ok(()),
        }
    }
    match open {
        Some((v, k)) if k != 0 && (n - rest) % k == 0 => {
            vars.push((v, Slot::Int((n - rest) / k)));
            Ok(())
        }
        None if rest == n => Ok(()),
        _ => Err(Fault::Undefined),
    }
}

fn scalar_prim<F: Field>(ev: &mut Eval<'_, F>, p: Prim, args: &[Value<F>]) -> Out<Value<F>> {
    ev.work(2)?;
    match (p, args) {
        (Prim::Pi, _) => Ok(Value::S(Scalar::N(Num::F(F::pi())))),
        (Prim::Max | Prim::Min, [first, rest @ ..]) => {
            let which = if p == Prim::Max { Ordering::Greater } else { Ordering::Less };
            rest.iter().try_fold(first.clone(), |acc, x| acc.zip(x, |a, b| a.extreme(b, which)))
        }
        (Prim::Binom, [n, k]) => n.zip(k, series::binomial),
        (Prim::Polygamma, [m, x]) => m.zip(x, |m, x| {
            let order = m.real().as_int().and_then(|m| u32::try_from(m).ok()).filter(|m| *m <= 8 && m > &0).ok_or(Fault::Unclear)?;
            Ok(x.apply_series(&series::polygamma_series(order, x.real(), x.order())?))
        }),
        (_, [x]) => x.map(|x| series::apply(p, x)),
        _ => Err(Fault::Unsupported),
    }
}

fn size<F: Field>(v: Option<&Value<F>>) -> Out<usize> {
    match v {
        Some(Value::S(Scalar::N(n))) => n.as_int().and_then(|n| usize::try_from(n).ok()).ok_or(Fault::Undefined),
        _ => Err(Fault::Unsupported),
    }
}

/// The tensor operators, on whole tensors.
fn tensor_prim<F: Field>(ev: &mut Eval<'_, F>, p: Prim, args: &[Value<F>]) -> Out<Value<F>> {
    let entries: usize = args.iter().map(|a| if let Value::T(t) = a { t.data.len() } else { 1 }).sum();
    ev.work(entries as u64)?;
    match (p, args) {
        (Prim::Ones, _) => {
            let dims = args.iter().map(|a| size(Some(a))).collect::<Out<Vec<_>>>()?;
            let n = dims.iter().product::<usize>();
            within(ev, n)?;
            Ok(Value::new(dims, false, vec![Ok(Scalar::int(1)); n]))
        }
        (Prim::Eye, [n]) => {
            let n = size(Some(n))?;
            within(ev, n.saturating_mul(n))?;
            Ok(linalg::eye(n))
        }
        (Prim::Commutation, [m, n]) => {
            let (m, n) = (size(Some(m))?, size(Some(n))?);
            within(ev, m.saturating_mul(n).saturating_pow(2))?;
            Ok(linalg::commutation(m, n))
        }
        (Prim::AsMatrix, [Value::T(t), rows]) => {
            let rows = size(Some(rows))?;
            let (r, c) = t.dims.split_at_checked(rows).ok_or(Fault::Unsupported)?;
            let dims = [r, c].into_iter().filter(|d| !d.is_empty()).map(|d| d.iter().product()).collect();
            Ok(Value::new(dims, r.is_empty(), t.data.clone()))
        }
        (Prim::Hadamard, [a, b]) => a.zip(b, |x, y| Ok(x.mul(y))),
        (Prim::EntryDiv, [a, b]) => a.zip(b, Scalar::div),
        (Prim::EntryPow, [a, b]) => a.zip(b, series::pow),
        (_, [Value::S(x)]) => scalar_operand(p, x),
        (_, [Value::T(t)]) => unary(ev, p, t),
        (Prim::Outer, [Value::T(a), Value::T(b)]) => Ok(linalg::outer_product(a, b)),
        (Prim::Dot, [Value::T(a), Value::T(b)]) => Ok(Value::S(a.zip(b, |x, y| Ok(x.mul(y)))?.sum()?)),
        (Prim::Dot | Prim::Outer | Prim::Kron, [a @ Value::S(_), b @ Value::S(_)]) => a.zip(b, |x, y| Ok(x.mul(y))),
        (Prim::Kron, [Value::T(a), Value::T(b)]) => {
            within(ev, a.data.len().saturating_mul(b.data.len()))?;
            linalg::kron(a, b)
        }
        (Prim::Kron, [a, b]) => a.zip(b, |x, y| Ok(x.mul(y))),
        _ => Err(Fault::Unsupported),
    }
}

fn within<F: Field>(ev: &mut Eval<'_, F>, n: usize) -> Out<()> {
    if n > ev.limits.entries {
        return Err(Fault::Budget);
    }
    ev.work(n as u64)
}

/// Operators at a number, which is a 1×1 matrix to them.
fn scalar_operand<F: Field>(p: Prim, x: &Scalar<F>) -> Out<Value<F>> {
    match p {
        Prim::Transpose | Prim::Tr | Prim::Det | Prim::SumAll | Prim::Flip | Prim::Vec => Ok(Value::S(x.clone())),
        Prim::Inv => Ok(Value::S(x.recip()?)),
        Prim::Norm => Ok(Value::S(series::apply(Prim::Abs, x)?)),
        Prim::LogDet => Ok(Value::S(series::apply(Prim::Log, &series::apply(Prim::Abs, x)?)?)),
        _ => Err(Fault::Unsupported),
    }
}

fn unary<F: Field>(ev: &mut Eval<'_, F>, p: Prim, t: &Rc<Tensor<F>>) -> Out<Value<F>> {
    let n = t.dim(0) as u64;
    match p {
        Prim::Transpose => Ok(Value::T(Rc::new(t.transpose()))),
        Prim::Inv => {
            ev.work(n.pow(3))?;
            linalg::inverse(t)
        }
        Prim::Tr => Ok(Value::S(linalg::trace(t)?)),
        Prim::Det => {
            ev.work(n << n.min(9))?;
            Ok(Value::S(linalg::det(t)?))
        }
        Prim::LogDet => {
            ev.work(n << n.min(9))?;
            let d = series::apply(Prim::Abs, &linalg::det(t)?)?;
            Ok(Value::S(series::apply(Prim::Log, &d)?))
        }
        Prim::Diag if t.dims.len() == 1 => {
            let n = t.dim(0);
            within(ev, n * n)?;
            Ok(Value::T(Rc::new(Tensor::build(&[n, n], false, |ix| if ix[0] == ix[1] { t.at(&ix[..1]) } else { Ok(Scalar::int(0)) }))))
        }
        Prim::Diagonal if t.dims.len() == 2 => {
            Ok(Value::T(Rc::new(Tensor::build(&[t.dim(0).min(t.dim(1))], false, |ix| t.at(&[ix[0], ix[0]])))))
        }
        Prim::Norm => {
            let squares = t.map(|x| Ok(x.mul(x))).sum()?;
            Ok(Value::S(series::apply(Prim::Sqrt, &squares)?))
        }
        Prim::SumAll => Ok(Value::S(t.sum()?)),
        Prim::Flip => {
            let data = t.data.iter().rev().cloned().collect();
            Ok(Value::new(t.dims.clone(), t.row, data))
        }
        Prim::Vec => Ok(linalg::vec(t)),
        _ => Err(Fault::Unsupported),
    }
}
