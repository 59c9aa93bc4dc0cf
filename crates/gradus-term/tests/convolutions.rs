//! Convolutions and correlations against plain loops: every kind, with stride, padding and dilation, of vectors and of matrices, at
//! every place, as written-out products and as a sum with guards.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]

mod common;

use common::{name, places, Env, Rng, P};
use gradus_term::{kernel_first, Aff, Id, Prim, Sort, Store, VarInfo, VarKind};

const KINDS: [(Prim, bool, &str); 6] = [
    (Prim::ConvolveFull, true, "full"),
    (Prim::ConvolveValid, true, "valid"),
    (Prim::ConvolveSame, true, "same"),
    (Prim::CorrelateFull, false, "full"),
    (Prim::CorrelateValid, false, "valid"),
    (Prim::CorrelateSame, false, "same"),
];

/// For each place in one direction, the pairs of entries of `x` and `w` that are multiplied there.
fn pairs(m: i64, k: i64, flips: bool, extent: &str, [stride, padding, dilation]: [i64; 3]) -> Vec<Vec<(i64, i64)>> {
    let (long, span) = (m + 2 * padding, dilation * (k - 1) + 1);
    // At place n of the full correlation the kernel ends at entry n of the padded x.
    let full = |n: i64| {
        (1..=k)
            .map(|j| {
                let stands = n - span + (j - 1) * dilation + 1;
                (stands - padding, if flips { k + 1 - j } else { j })
            })
            .filter(|(at, _)| (1..=m).contains(at))
            .collect::<Vec<_>>()
    };
    let all: Vec<i64> = match extent {
        "full" => (1..=long + span - 1).collect(),
        "valid" => (span..=long).collect(),
        _ => {
            let first = (m.min(span) - 1) / 2 + 1;
            (first..first + long.max(span)).collect()
        }
    };
    all.into_iter().step_by(stride as usize).map(full).collect()
}

fn tensor(s: &Store, l: &str, sizes: &[i64]) -> Id {
    let dims: Vec<Aff> = sizes.iter().map(|n| Aff::int(*n)).collect();
    s.name(s.declare(VarInfo::new(l, VarKind::Given, Sort::tensor(&dims))))
}

#[test]
fn entries_are_those_of_plain_loops() {
    let mut r = Rng(11);
    let shapes: [(&[i64], &[i64]); 8] =
        [(&[5], &[3]), (&[4], &[2]), (&[3], &[3]), (&[2], &[4]), (&[1], &[1]), (&[3, 4], &[2, 2]), (&[2, 3], &[3, 3]), (&[3, 2], &[2, 1])];
    for (m, k) in shapes {
        for (p, flips, extent) in KINDS {
            for options in [[1, 0, 1], [2, 0, 1], [1, 1, 1], [1, 0, 2], [2, 1, 2], [3, 2, 1]] {
                let s = Store::new();
                let (x, w) = (tensor(&s, "x", m), tensor(&s, "w", k));
                let mut args = vec![x, w];
                if options != [1, 0, 1] {
                    args.extend(options.iter().map(|n| s.int(*n)));
                }
                let t = s.prim_call(p, &args);
                let larger = m.iter().zip(k).all(|(m, k)| k >= m) && m != k;
                assert_eq!(
                    kernel_first(&m.iter().map(|n| Aff::int(*n)).collect::<Vec<_>>(), &k.iter().map(|n| Aff::int(*n)).collect::<Vec<_>>()),
                    larger
                );
                // Of two operands of a valid convolution the smaller one is the kernel.
                let turned = flips && extent == "valid" && options == [1, 0, 1] && larger;
                let (long, short) = if turned { (k, m) } else { (m, k) };
                let each: Vec<_> = long.iter().zip(short).map(|(m, k)| pairs(*m, *k, flips, extent, options)).collect();
                let counts: Vec<i64> = each.iter().map(|d| d.len() as i64).collect();
                let words = format!("{extent} of {m:?} and {k:?} with {options:?}, flips {flips}");
                if counts.contains(&0) {
                    continue;
                }
                assert_eq!(s.sort(t).dims(), counts.iter().map(|n| Aff::int(*n)).collect::<Vec<_>>(), "{words}");
                let mut e = Env::default();
                for t in [x, w] {
                    e.values.insert(name(&s, t), (0..16).map(|_| r.below(P as usize) as i64).collect());
                }
                let value = |t: Id, ix: &[i64]| e.eval(&s, t).unwrap().at(ix).unwrap();
                let (a, b) = if turned { (w, x) } else { (x, w) };
                let places_ = counts.iter().map(|_| s.fresh(s.sym("i"), Sort::Scalar, true)).collect::<Vec<_>>();
                for n in places(&counts) {
                    let mut products = vec![(Vec::new(), Vec::new())];
                    for (d, n) in each.iter().zip(&n) {
                        let here = &d[*n as usize - 1];
                        products = products
                            .iter()
                            .flat_map(|(p, q): &(Vec<i64>, Vec<i64>)| {
                                here.iter().map(move |(i, j)| ([&p[..], &[*i]].concat(), [&q[..], &[*j]].concat()))
                            })
                            .collect();
                    }
                    let want = products.iter().map(|(i, j)| value(a, i) * value(b, j) % P).sum::<i64>() % P;
                    let written = s.make_entry(t, &n.iter().map(|n| Aff::int(*n)).collect::<Vec<_>>());
                    assert_eq!(e.eval(&s, written).unwrap().xs, [want], "{words} at {n:?}");
                    let summed = s.make_entry(t, &places_.iter().map(|v| Aff::free(*v)).collect::<Vec<_>>());
                    let mut at = e.clone();
                    at.ints.extend(places_.iter().copied().zip(n.iter().copied()));
                    assert_eq!(at.eval(&s, summed).unwrap().xs, [want], "{words} at {n:?}, as a sum");
                }
            }
        }
    }
}
