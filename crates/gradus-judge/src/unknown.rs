//! Random smooth functions, for names the worksheet leaves unknown, and the random numbers they and the points are made of.
//!
//! `f(u) = c + Σ a_k sin(w_k · u + φ_k) + b (v · u)² + d e^{(q · u)/16}` with rational constants drawn from a seed: smooth, defined
//! everywhere, and with no relation between its value and its derivatives.

use crate::field::{Field, Out};
use crate::jet::Scalar;
use crate::num::{Num, Q};
use crate::series;
use crate::tensor::Value;
use gradus_term::Prim;

/// The generator splitmix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Copy, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }
    /// An integer in `lo..=hi`.
    pub fn range(&mut self, lo: i64, hi: i64) -> i64 {
        let n = hi.saturating_sub(lo).saturating_add(1).max(1);
        lo + (self.next() >> 1) as i64 % n
    }
    /// One of these.
    pub fn pick<T: Copy>(&mut self, xs: &[T]) -> Option<T> {
        let n = xs.len().max(1) as u64;
        xs.get(usize::try_from(self.next() % n).unwrap_or(0)).copied()
    }
}

fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A seed made of two.
pub fn seed(a: u64, b: u64) -> u64 {
    mix(a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ mix(b.wrapping_add(0x1234_5678_9abc_def1)))
}

fn constant<F: Field>(r: &mut Random, size: i64, d: i64) -> Scalar<F> {
    let n = match r.range(-size, size) {
        0 => size,
        n => n,
    };
    Q::new(i128::from(n), i128::from(d)).map_or(Scalar::int(n), |q| Scalar::N(Num::Q(q)))
}

/// The scalars that arguments consist of.
fn flatten<F: Field>(args: &[Value<F>]) -> Out<Vec<Scalar<F>>> {
    let mut out = Vec::new();
    for a in args {
        match a {
            Value::S(x) => out.push(x.clone()),
            Value::T(t) => {
                for x in &t.data {
                    out.push(x.clone()?);
                }
            }
            // A function among the arguments has no coordinates; the seed of the callee must tell.
            Value::Fun(_) | Value::Random(_) => {}
        }
    }
    Ok(out)
}

/// The random smooth function with this seed at these arguments. A third of the salts make all unknown functions positive, a
/// third put them between 0 and 1, so that conditions on them can be met.
pub fn smooth<F: Field>(seed: u64, salt: u64, args: &[Value<F>]) -> Out<Scalar<F>> {
    at(seed, salt, &flatten(args)?)
}

fn at<F: Field>(seed: u64, salt: u64, u: &[Scalar<F>]) -> Out<Scalar<F>> {
    let f = any(seed, u)?;
    let square = f.mul(&f);
    match salt % 3 {
        0 => Ok(f),
        1 => square.add(&Scalar::int(1)).div(&Scalar::int(2)),
        _ => square.add(&Scalar::int(1)).div(&square.add(&Scalar::int(3))),
    }
}

fn any<F: Field>(seed: u64, u: &[Scalar<F>]) -> Out<Scalar<F>> {
    let mut r = Random(seed);
    let linear = |r: &mut Random, d: i64| u.iter().fold(Scalar::int(0), |acc, x| acc.add(&constant(r, 5, d).mul(x)));
    let mut acc: Scalar<F> = constant(&mut r, 7, 3);
    for _ in 0..2 {
        let a = constant(&mut r, 4, 3);
        let phase = linear(&mut r, 4).add(&constant(&mut r, 6, 5));
        acc = acc.add(&a.mul(&series::apply(Prim::Sin, &phase)?));
    }
    let v = linear(&mut r, 3);
    acc = acc.add(&constant(&mut r, 3, 4).mul(&v.mul(&v)));
    let e = linear(&mut r, 16);
    Ok(acc.add(&constant(&mut r, 3, 2).mul(&series::apply(Prim::Exp, &e)?)))
}

/// A random smooth value with these sizes: an independent function for each entry.
pub fn value<F: Field>(base: u64, salt: u64, args: &[Value<F>], dims: &[usize], row: bool) -> Out<Value<F>> {
    let u = flatten(args)?;
    if dims.is_empty() {
        return Ok(Value::S(at(base, salt, &u)?));
    }
    let n: usize = dims.iter().product();
    let data = (0..n).map(|k| at(seed(base, k as u64 + 1), salt, &u)).collect();
    Ok(Value::new(dims.to_vec(), row, data))
}
