//! Kronecker's method: the variables become powers of one, and a factor of the image is interpolated from divisors of its
//! values at small integers; small degrees only.
//!
//! Source: Knuth, The Art of Computer Programming 2, §4.6.2.

use super::divisors;
use crate::poly::Poly;
use gradus_term::Rat;

/// Images of higher degree are left alone.
const MAX_IMAGE: u32 = 64;
/// Factors of higher degree are not looked for.
const MAX_FACTOR: u32 = 4;
/// How many points are looked at, and how many more than a factor needs are kept to test it.
const POINTS: i64 = 12;
const TESTS: usize = 3;
/// How many factors of one degree, and of all degrees, are interpolated.
const MAX_CHOICES: usize = 4000;
const MAX_TRIED: usize = 8000;

/// A factor of a primitive squarefree polynomial and what is left.
pub(super) fn kronecker(p: &Poly) -> Option<(Poly, Poly)> {
    let image = Image::of(p)?;
    let factor = |f: &Poly| -> Option<(Poly, Poly)> {
        let f = image.back(&f.primitive().1)?.primitive().1;
        if f.as_num().is_some() || f == *p {
            return None;
        }
        let g = p.divide(&f)?;
        g.as_num().is_none().then_some((f, g))
    };
    let mut tried = 0;
    for d in 1..=(image.degree() / 2).min(MAX_FACTOR) {
        let need = d as usize + 1;
        let mut values: Vec<Value> = Vec::new();
        for at in 0..POINTS {
            if values.len() == need + TESTS {
                break;
            }
            let x = if at % 2 == 0 { at / 2 } else { -(at + 1) / 2 };
            match image.at(x) {
                Some(0) => {
                    if let Some(r) = factor(&Poly::var(0).sub(&Poly::num(Rat::int(x)))) {
                        return Some(r);
                    }
                }
                Some(y) => values.extend(divisors(y).map(|divisors| Value { x, y, divisors })),
                None => {}
            }
        }
        values.sort_by_key(|v| v.divisors.len());
        let tests = values.split_off(need.min(values.len()));
        let total = values.iter().map(|v| v.divisors.len()).product::<usize>();
        if values.len() < need || total > MAX_CHOICES {
            continue;
        }
        let basis = Basis::at(&values.iter().map(|v| v.x).collect::<Vec<_>>())?;
        let weights: Vec<(Vec<i128>, i128)> = tests.iter().map(|t| (basis.weights(t.x), i128::from(t.y))).collect();
        for k in 0..total {
            tried += 1;
            if tried > MAX_TRIED {
                return None;
            }
            let ys = chosen(&values, k);
            // At the other points a factor's value divides too.
            let fits = |(w, y): &(Vec<i128>, i128)| basis.whole(w, &ys).is_some_and(|v| v != 0 && y % v == 0);
            if !weights.iter().all(fits) {
                continue;
            }
            let found = basis.through(&ys).filter(|f| f.degree(0) == d && image.poly.divide(f).is_some());
            if let Some(r) = found.and_then(|f| factor(&f)) {
                return Some(r);
            }
        }
    }
    None
}

/// The value of the image at an integer, not 0, and its divisors with sign.
struct Value {
    x: i64,
    y: i64,
    divisors: Vec<i64>,
}

/// The k-th choice of one divisor at every point.
fn chosen(values: &[Value], mut k: usize) -> Vec<i128> {
    let one = |v: &Value| {
        let n = v.divisors.len();
        let y = v.divisors.get(k % n).copied().unwrap_or(1);
        k /= n;
        i128::from(y)
    };
    values.iter().map(one).collect()
}

/// A polynomial whose variables are powers `t`, `t^b`, `t^(b²)`, … of one, `b` above all its degrees.
struct Image {
    poly: Poly,
    base: u32,
    /// The variables, the first with the lowest power.
    vars: Vec<usize>,
}

impl Image {
    fn of(p: &Poly) -> Option<Self> {
        let vars = p.vars();
        let base = vars.iter().map(|v| p.degree(*v)).max()? + 1;
        let mut place = 1u32;
        let mut places = Vec::new();
        for v in &vars {
            places.push((*v, place));
            place = place.checked_mul(base)?;
        }
        let mut poly = Poly::zero();
        for (e, q) in &p.terms {
            let d = places.iter().map(|(v, w)| e.get(*v).copied().unwrap_or(0) * w).sum::<u32>();
            poly = poly.add(&Poly::term(vec![d], q.clone()));
        }
        (poly.degree(0) <= MAX_IMAGE).then_some(Self { poly, base, vars })
    }
    fn degree(&self) -> u32 {
        self.poly.degree(0)
    }
    /// The value at an integer.
    fn at(&self, x: i64) -> Option<i64> {
        self.poly.eval(0, &Rat::int(x))?.as_num()?.to_i64()
    }
    /// The polynomial in all variables of which this would be the image.
    fn back(&self, f: &Poly) -> Option<Poly> {
        let mut out = Poly::zero();
        for (e, q) in &f.terms {
            let mut d = e.first().copied().unwrap_or(0);
            let mut x = vec![0; self.vars.iter().max()? + 1];
            for v in &self.vars {
                *x.get_mut(*v)? = d % self.base;
                d /= self.base;
            }
            (d == 0).then_some(())?;
            out = out.add(&Poly::term(x, q.clone()));
        }
        Some(out)
    }
}

/// Lagrange's basis at some integers `x_i` over one denominator `D`: the polynomial with values `y_i` is `Σ y_i P_i / D`.
struct Basis {
    over: i128,
    /// The coefficients of each `P_i`, constant first.
    parts: Vec<Vec<i128>>,
}

impl Basis {
    fn at(xs: &[i64]) -> Option<Self> {
        let others = |i: usize| xs.iter().enumerate().filter(move |(j, _)| *j != i).map(|(_, z)| i128::from(*z));
        let below: Vec<i128> = xs.iter().enumerate().map(|(i, x)| others(i).map(|z| i128::from(*x) - z).product()).collect();
        let over = below.iter().fold(1, |l: i128, d| num_integer::lcm(l, *d));
        let parts = below.iter().enumerate().map(|(i, d)| {
            let scale = over.checked_div(*d)?;
            // Each factor x − z shifts the coefficients and takes z times them away.
            Some(others(i).fold(vec![scale], |p, z| {
                let shifted = std::iter::once(0).chain(p.iter().copied());
                shifted.zip(p.iter().copied().chain([0])).map(|(up, here)| up - z * here).collect()
            }))
        });
        Some(Self { over, parts: parts.collect::<Option<_>>()? })
    }
    /// `P_i(x)` for every i.
    fn weights(&self, x: i64) -> Vec<i128> {
        self.parts.iter().map(|p| p.iter().rev().fold(0, |s, c| s * i128::from(x) + c)).collect()
    }
    /// `Σ w_i y_i / D`, if that is whole.
    fn whole(&self, weights: &[i128], ys: &[i128]) -> Option<i128> {
        let sum: i128 = weights.iter().zip(ys).map(|(w, y)| w * y).sum();
        (sum % self.over == 0).then_some(sum / self.over)
    }
    /// The polynomial with these values, if its coefficients are whole: by Gauss's lemma a factor's are.
    fn through(&self, ys: &[i128]) -> Option<Poly> {
        let mut out = Poly::zero();
        for k in 0..self.parts.len() {
            let coefficients: Vec<i128> = self.parts.iter().map(|p| p.get(k).copied().unwrap_or(0)).collect();
            let c = i64::try_from(self.whole(&coefficients, ys)?).ok()?;
            out = out.add(&Poly::term(vec![u32::try_from(k).ok()?], Rat::int(c)));
        }
        Some(out)
    }
}
