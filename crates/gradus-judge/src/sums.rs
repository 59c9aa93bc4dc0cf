//! Sums, products and extremes over ranges.
//!
//! A nest of sums over a product whose brute force would explode is evaluated factor by factor (bucket elimination; R. Dechter,
//! Artificial Intelligence 113, 1999): each dummy in turn is summed over the product of the factors that mention it, leaving a table over
//! their other dummies. Distribution is only used where every factor has a value everywhere; else brute force decides.

use crate::eval::{combine, Eval, Slot};
use crate::field::{Fault, Field, Out};
use crate::jet::Scalar;
use crate::tensor::Value;
use gradus_term::{Aff, BigOp, Id, Node};
use rustc_hash::FxHashMap;

/// Beyond this many terms a nest is summed factor by factor.
const BRUTE: u64 = 300;

/// A `Big` node.
pub fn big<'a, F: Field>(ev: &mut Eval<'a, F>, node: &'a Node, id: Id) -> Out<Value<F>> {
    let Node::Big { op, lo, hi, cond, body, .. } = node else { return Err(Fault::Unsupported) };
    if *op == BigOp::Sum {
        if let Some(v) = by_factors(ev, node) {
            match v {
                Ok(v) => return Ok(Value::S(v)),
                Err(Fault::Budget) => return Err(Fault::Budget),
                Err(_) => {}
            }
        }
    }
    let (lo, hi) = (ev.aff(lo)?, ev.aff(hi)?);
    let base = ev.stack.len();
    ev.push(Slot::Int(lo));
    let mut acc: Option<Value<F>> = None;
    let mut result = Ok(());
    for j in lo..=hi {
        ev.set_top(0, j);
        let step = term(ev, *cond, *body).and_then(|v| {
            acc = match (acc.take(), v) {
                (a, None) => a,
                (None, v) => v,
                (Some(a), Some(v)) => Some(combine(*op, &a, &v)?),
            };
            Ok(())
        });
        match step {
            Ok(()) => {}
            // Something unclear may stand beside something undefined; the latter is certain.
            Err(Fault::Unclear) => result = Err(Fault::Unclear),
            Err(e) => {
                result = Err(e);
                break;
            }
        }
    }
    ev.stack.truncate(base);
    result?;
    match (acc, op) {
        (Some(v), _) => Ok(v),
        (None, BigOp::Sum) => ev.zero_like(id),
        (None, BigOp::Prod) => Ok(Value::S(Scalar::int(1))),
        (None, _) => Err(Fault::Undefined),
    }
}

fn term<F: Field>(ev: &mut Eval<'_, F>, cond: Option<Id>, body: Id) -> Out<Option<Value<F>>> {
    ev.work(1)?;
    if let Some(c) = cond {
        if !ev.condition(c)? {
            return Ok(None);
        }
    }
    Ok(Some(ev.eval(body)?))
}

/// A factor or table over dummies, numbered from the outermost.
struct Factor<F> {
    scope: Vec<usize>,
    table: FxHashMap<Vec<i64>, Scalar<F>>,
}

/// A nest of sums with constant ranges over a product of scalars, if brute force would take too long.
fn by_factors<'a, F: Field>(ev: &mut Eval<'a, F>, node: &'a Node) -> Option<Out<Scalar<F>>> {
    let s = ev.s;
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    let mut at = node;
    let mut size = 1u64;
    let factors: Vec<Id> = loop {
        match at {
            Node::Big { op: BigOp::Sum, lo, hi, cond: None, body, .. }
                if s.sort(*body).is_scalar() && outside(lo, ranges.len()) && outside(hi, ranges.len()) =>
            {
                let shift = |a: &Aff| {
                    a.map(|v| match v {
                        gradus_term::IVar::Bound(k) => Aff::bound(k - ranges.len() as u32),
                        free => Aff::var(free),
                    })
                };
                let r = (ev.aff(&shift(lo)).ok()?, ev.aff(&shift(hi)).ok()?);
                if r.1 < r.0 {
                    return None;
                }
                size = size.saturating_mul((r.1 - r.0 + 1).unsigned_abs());
                ranges.push(r);
                match s.node(*body) {
                    Node::Product(xs) => break xs.to_vec(),
                    next @ Node::Big { .. } => at = next,
                    _ => return None,
                }
            }
            _ => return None,
        }
    };
    if ranges.len() < 2 || size <= BRUTE {
        return None;
    }
    let base = ev.stack.len();
    for r in &ranges {
        ev.push(Slot::Int(r.0));
    }
    let out = eliminate(ev, &factors, &ranges);
    ev.stack.truncate(base);
    Some(out)
}

/// Whether the expression mentions none of the innermost `n` binders.
fn outside(a: &Aff, n: usize) -> bool {
    a.vars().all(|v| match v {
        gradus_term::IVar::Bound(k) => k as usize >= n,
        gradus_term::IVar::Free(_) => true,
    })
}

/// All assignments of the dummies in `scope`, lexicographically.
fn assignments(scope: &[usize], ranges: &[(i64, i64)]) -> Vec<Vec<i64>> {
    scope.iter().filter_map(|v| ranges.get(*v)).fold(vec![Vec::new()], |acc, (lo, hi)| {
        acc.iter().flat_map(|p| (*lo..=*hi).map(|j| p.iter().copied().chain([j]).collect())).collect()
    })
}

fn volume(scope: &[usize], ranges: &[(i64, i64)]) -> u64 {
    scope.iter().filter_map(|v| ranges.get(*v)).fold(1u64, |acc, r| acc.saturating_mul((r.1 - r.0 + 1).unsigned_abs()))
}

fn eliminate<F: Field>(ev: &mut Eval<'_, F>, factors: &[Id], ranges: &[(i64, i64)]) -> Out<Scalar<F>> {
    let n = ranges.len();
    let mut live: Vec<Factor<F>> = Vec::new();
    for f in factors {
        let scope: Vec<usize> = (0..n).filter(|v| ev.bound_occurs(*f, (n - 1 - v) as u32)).collect();
        ev.work(volume(&scope, ranges))?;
        let mut table = FxHashMap::default();
        for a in assignments(&scope, ranges) {
            for (v, j) in scope.iter().zip(&a) {
                ev.set_top(n - 1 - v, *j);
            }
            table.insert(a, ev.scalar(*f)?);
        }
        live.push(Factor { scope, table });
    }
    for _ in 0..n {
        // The dummy whose table will be smallest.
        let left: Vec<usize> = (0..n).filter(|v| live.iter().any(|f| f.scope.contains(v))).collect();
        let joined = |v: usize| {
            let mut sc: Vec<usize> = live.iter().filter(|f| f.scope.contains(&v)).flat_map(|f| f.scope.iter().copied()).collect();
            sc.sort_unstable();
            sc.dedup();
            sc
        };
        let Some(v) = left.into_iter().min_by_key(|v| (volume(&joined(*v), ranges), *v)) else { break };
        let scope = joined(v);
        ev.work(volume(&scope, ranges))?;
        let (bucket, rest): (Vec<_>, Vec<_>) = live.into_iter().partition(|f| f.scope.contains(&v));
        live = rest;
        live.push(sum_out(v, &scope, &bucket, ranges));
    }
    let idle: u64 =
        (0..n).filter(|v| !factors.iter().any(|f| ev.bound_occurs(*f, (n - 1 - v) as u32))).fold(1, |acc, v| acc * volume(&[v], ranges));
    let mut acc = Scalar::int(i64::try_from(idle).map_err(|_| Fault::Budget)?);
    for f in &live {
        if let Some(x) = f.table.get(&Vec::new()) {
            acc = acc.mul(x);
        }
    }
    Ok(acc)
}

/// `Σ_v Π bucket` as a table over the other dummies of `scope`.
fn sum_out<F: Field>(v: usize, scope: &[usize], bucket: &[Factor<F>], ranges: &[(i64, i64)]) -> Factor<F> {
    let places: Vec<Vec<usize>> =
        bucket.iter().map(|f| f.scope.iter().filter_map(|u| scope.iter().position(|w| w == u)).collect()).collect();
    let at_v = scope.iter().position(|w| *w == v);
    let mut table: FxHashMap<Vec<i64>, Scalar<F>> = FxHashMap::default();
    for a in assignments(scope, ranges) {
        let mut p = Scalar::int(1);
        for (f, at) in bucket.iter().zip(&places) {
            let key: Vec<i64> = at.iter().filter_map(|k| a.get(*k).copied()).collect();
            if let Some(x) = f.table.get(&key) {
                p = p.mul(x);
            }
        }
        let key: Vec<i64> = a.iter().enumerate().filter(|(k, _)| Some(*k) != at_v).map(|(_, j)| *j).collect();
        match table.get_mut(&key) {
            Some(acc) => *acc = acc.add(&p),
            None => {
                table.insert(key, p);
            }
        }
    }
    Factor { scope: scope.iter().copied().filter(|u| *u != v).collect(), table }
}
