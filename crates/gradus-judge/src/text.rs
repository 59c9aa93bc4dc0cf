//! Values as text: certain digits only.

use crate::ball::Ball;
use crate::field::Field;
use crate::float::Big;
use num_bigint::{BigInt, Sign};
use num_traits::Signed;

/// `floor(2 · 10^k · |x|)` or so: the decimal expansion of a dyadic number, rounded to `k` places after the point.
fn scaled(x: &Big, k: i64) -> BigInt {
    let m = BigInt::from_biguint(if x.neg { Sign::Minus } else { Sign::Plus }, x.mantissa());
    let ten = |p: i64| BigInt::from(10).pow(u32::try_from(p.clamp(0, 4000)).unwrap_or(0));
    let num = if k >= 0 { m * ten(k) } else { m };
    let den = if k >= 0 { BigInt::from(1) } else { ten(-k) };
    let e = x.e.clamp(-20_000, 20_000);
    let (num, den) = if e >= 0 { (num << e, den) } else { (num, den << -e) };
    // Round half up.
    num_integer::Integer::div_floor(&(num * 2 + &den), &(den * 2))
}

/// The ball in decimal notation with at most `digits` significant digits, all within one unit of the last.
pub fn ball(b: &Ball, digits: usize) -> String {
    let (mid, rad) = (b.approx(), b.slack());
    // Within what is shown of other values, 0 is 0.
    if mid.abs() <= rad && mid.abs() + rad < libm::pow(10.0, -(digits as f64)) {
        return "0".to_owned();
    }
    if mid == 0.0 || !mid.is_finite() {
        return format!("about {mid:e}");
    }
    let log = |x: f64| libm::log10(x.abs()).floor();
    #[allow(clippy::cast_possible_truncation, reason = "at most a few hundred")]
    let (top, low) = (log(mid) as i64, if rad == 0.0 { i64::MIN / 4 } else { libm::log10(rad).ceil() as i64 });
    let k = (digits as i64 - 1 - top).min(-low);
    if k < -top {
        return format!("about {mid:.1e}");
    }
    decimal(&scaled(&b.mid, k), k)
}

/// `n · 10^-k` in decimal notation: plain, or with an exponent where it would be long.
fn decimal(n: &BigInt, k: i64) -> String {
    let sign = if n.is_negative() { "-" } else { "" };
    let digits = n.magnitude().to_string();
    let exponent = digits.len() as i64 - 1 - k;
    if !(-5..=15).contains(&exponent) {
        let (a, b) = digits.split_at(1.min(digits.len()));
        let b = b.trim_end_matches('0');
        let dot = if b.is_empty() { "" } else { "." };
        return format!("{sign}{a}{dot}{b}e{exponent}");
    }
    if k <= 0 {
        return format!("{sign}{digits}{}", "0".repeat(usize::try_from(-k).unwrap_or(0)));
    }
    let k = usize::try_from(k).unwrap_or(0);
    let padded = format!("{digits:0>width$}", width = k + 1);
    let (a, b) = padded.split_at(padded.len() - k);
    let b = b.trim_end_matches('0');
    if b.is_empty() {
        format!("{sign}{a}")
    } else {
        format!("{sign}{a}.{b}")
    }
}

/// Nested brackets around the entries of a tensor.
pub fn nested(dims: &[usize], cells: &[String]) -> String {
    match dims {
        [] | [_] => format!("[{}]", cells.join(", ")),
        [n, rest @ ..] => {
            let size = rest.iter().product::<usize>().max(1);
            let parts: Vec<String> = cells.chunks(size).take(*n).map(|c| nested(rest, c)).collect();
            format!("[{}]", parts.join(", "))
        }
    }
}
