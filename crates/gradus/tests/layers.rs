//! The trusted formulas of layers against counting: where a window stands is counted place by place, an argument that may not be
//! is an error, the formula on the page has the value, and with a symbolic size the value at every number is the counted one.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use gradus_decide::Facts;
use gradus_kernel::field::receptive_fields;
use gradus_kernel::network::{count_value, layer_shape, LayerError, LayerShape};
use gradus_term::goal::{Layer, Network};
use gradus_term::{Aff, Arg, Domain, Id, Node, Rat, RelOp, Size, Sort, Store, VarId, VarInfo, VarKind};

fn layer(s: &Store, name: &str, args: &[(&str, i64)]) -> Layer {
    Layer {
        name: name.into(),
        args: Vec::new(),
        named: args.iter().map(|(k, v)| ((*k).to_owned(), s.int(*v))).collect(),
        words: Vec::new(),
    }
}
fn shape(s: &Store, l: &Layer, input: &[i64]) -> Result<LayerShape, LayerError> {
    layer_shape(s, &Facts::new(s, &[]), l, &input.iter().map(|n| Size::int(*n)).collect::<Vec<_>>())
}
fn network(input: &[i64], layers: Vec<Layer>) -> Network {
    Network { name: "net".into(), input: input.iter().map(|n| Size::int(*n)).collect(), layers }
}
/// The shapes after the layers of a network, one after the other.
fn shapes(s: &Store, net: &Network) -> Vec<LayerShape> {
    let mut now: Vec<Size> = net.input.clone();
    net.layers
        .iter()
        .map(|l| {
            let out = layer_shape(s, &Facts::new(s, &[]), l, &now).unwrap_or_else(|e| panic!("{}: {e:?}", l.name));
            now = out.output.clone();
            out
        })
        .collect()
}
fn numbers(sizes: &[Size]) -> Vec<i64> {
    sizes.iter().map(|a| a.as_int().expect("a number")).collect()
}
/// The value of a formula (how a size is read off a term is tested by itself, in `gradus-term`).
fn value(s: &Store, t: Id) -> Rat {
    Rat::int(Size::read(s, t).and_then(|n| n.as_int()).expect("a number"))
}
/// The value of a size at `m = at`.
fn at(s: &Store, size: &Size, m: VarId, at: i64) -> Option<i64> {
    let term = s.subst(size.term(s), &std::iter::once((m, Arg::Idx(Aff::int(at)))).collect());
    value(s, term).to_i64()
}
fn size_name(s: &Store, name: &str) -> VarId {
    let mut size = VarInfo::new(name, VarKind::Size, Sort::Scalar);
    size.domain = Domain::Nat;
    s.declare(size)
}
/// How many places a window of `k` taps has on `n` entries with `p` more on each side. Rounded up, a last place may reach over the
/// end, but begins within the input or the padding before it.
fn places(n: i64, k: i64, stride: i64, p: i64, dilation: i64, up: bool) -> i64 {
    let (end, span) = (n + 2 * p, dilation * (k - 1) + 1);
    let starts = (0..).map(|j| j * stride).take_while(|at| at + span <= end);
    let full = starts.count() as i64;
    let over = up && full * stride < n + p && full * stride + span < end + stride && (full > 0 || span < end + stride);
    full + i64::from(over)
}

#[test]
fn windows_stand_where_counting_finds_them() {
    let s = Store::new();
    let mut errors = 0;
    for (n, k) in (1..8).flat_map(|n| (1..5).map(move |k| (n, k))) {
        for (stride, p, d) in (1..4).flat_map(|a| (0..3).flat_map(move |b| (1..3).map(move |c| (a, b, c)))) {
            let args = [("kernel", k), ("stride", stride), ("padding", p), ("dilation", d)];
            for up in [false, true] {
                let pool = shape(&s, &layer(&s, "MaxPool1d", &[&args[..], &[("ceil_mode", i64::from(up))]].concat()), &[3, n]);
                let want = places(n, k, stride, p, d, up);
                match pool {
                    Ok(r) => {
                        assert_eq!(numbers(&r.output), [3, want], "{args:?} on {n}, up {up}");
                        assert!(2 * p <= k && r.weights.is_none() && r.biases.is_none());
                        assert_eq!(value(&s, r.axes[0].formula), Rat::int(want), "the formula of {args:?} on {n}, up {up}");
                        assert_eq!((r.axes[0].before.as_int(), r.axes[0].after.as_int()), (Some(n), Some(want)));
                    }
                    Err(e) => {
                        errors += 1;
                        assert!(2 * p > k || want < 1, "{args:?} on {n}, up {up}: {e}");
                        assert_eq!(matches!(e, LayerError::Padding { .. }), 2 * p > k, "{args:?}: {e}");
                    }
                }
            }
            let conv = shape(&s, &layer(&s, "Conv1d", &[&args[..], &[("out", 4)]].concat()), &[6, n]);
            let want = places(n, k, stride, p, d, false);
            assert_eq!(conv.is_ok(), want > 0, "{args:?} on {n}");
            if let Ok(r) = conv {
                assert_eq!((numbers(&r.output), value(&s, r.axes[0].formula)), (vec![4, want], Rat::int(want)), "{args:?} on {n}");
                let count = |t: Option<Id>| t.and_then(|t| count_value(&s, t));
                assert_eq!((count(r.weights), count(r.biases)), (Some(Rat::int(4 * 6 * k)), Some(Rat::int(4))));
            }
            // A transposed convolution goes back to the sizes from which the plain one comes.
            for extra in 0..2 {
                let l = layer(&s, "ConvTranspose1d", &[&args[..], &[("out", 4), ("output_padding", extra), ("bias", 0)]].concat());
                let size = (n - 1) * stride + d * (k - 1) + 1 - 2 * p + extra;
                match shape(&s, &l, &[6, n]) {
                    Ok(r) => {
                        assert_eq!(numbers(&r.output), [4, size], "{args:?} on {n}");
                        assert_eq!(value(&s, r.axes[0].formula), Rat::int(size), "the formula of {args:?} on {n}");
                        if extra < stride {
                            assert_eq!(places(size, k, stride, p, d, false), n, "{args:?} on {n}");
                        }
                        assert_eq!(r.weights.and_then(|t| count_value(&s, t)), Some(Rat::int(6 * 4 * k)));
                        assert!(r.biases.is_none());
                    }
                    Err(e) => {
                        let stays_away = extra == 0 || extra < stride || extra < d;
                        assert!(size < 1 || !stays_away, "{args:?} on {n}: {e}");
                        assert_eq!(matches!(e, LayerError::OutputPadding(_)), !stays_away, "{args:?} on {n}: {e}");
                    }
                }
            }
        }
    }
    assert!(errors > 100, "{errors}");
}

#[test]
fn symbolic_sizes_have_the_value_of_every_number() {
    let s = Store::new();
    let m = size_name(&s, "m");
    let mut symbolic = 0;
    for (scale, rest) in (1..4).flat_map(|a| (0..4).map(move |b| (a, b))) {
        for (k, stride, p, up) in (1..4).flat_map(|k| (1..4).flat_map(move |t| [(k, t, 0, false), (k, t, 1, false), (k, t, k / 2, true)])) {
            let name = if up { "MaxPool1d" } else { "Conv1d" };
            let mut args = vec![("kernel", k), ("stride", stride), ("padding", p)];
            args.push(if up { ("ceil_mode", 1) } else { ("out", 2) });
            let input = [Size::int(2), Size::from(&Aff::free(m).scale(scale).plus(rest))];
            let r = match layer_shape(&s, &Facts::new(&s, &[]), &layer(&s, name, &args), &input) {
                Ok(r) => r,
                Err(e) => panic!("{name} {args:?}: {e}"),
            };
            symbolic += 1;
            for x in 1..7 {
                let n = scale * x + rest;
                let want = places(n, k, stride, p, 1, up);
                let formula = s.subst(r.axes[0].formula, &std::iter::once((m, Arg::Idx(Aff::int(x)))).collect());
                if want > 0 {
                    assert_eq!(at(&s, &r.output[1], m, x), Some(want), "{name} {args:?} on {n}");
                    assert_eq!(value(&s, formula), Rat::int(want), "{name} {args:?} on {n}");
                }
            }
        }
    }
    assert!(symbolic > 300, "{symbolic}");
}

/// Kernel, stride, padding, dilation and groups as names, and multiples and products of names, against the formulas at numbers.
#[test]
fn symbolic_windows_have_the_value_of_every_number() {
    let s = Store::new();
    let names = ["n", "k", "t", "p", "d"].map(|x| size_name(&s, x));
    let [n, k, t, p, d] = names.map(|v| Size::from(&Aff::free(v)));
    let facts = Facts::new(&s, &[s.rel(RelOp::Le, s.add(p.term(&s), t.term(&s)), k.term(&s))]);
    let times = |a: &Size, b: &Size| Size::product(&[a.clone(), b.clone()]).expect("small");
    let plus = |a: &Size, b: &Size| a.add_scaled(b, 1).expect("small");
    let one = Size::int(1);
    let windows = [
        (k.clone(), one.clone(), Size::int(0), d.clone()),
        (k.clone(), t.clone(), p.clone(), one.clone()),
        (k.clone(), t.clone(), p.clone(), d.clone()),
        (plus(&p.scale(2).expect("small"), &one), times(&t, &d), times(&p, &d), d.clone()),
        (times(&k, &t), t.clone(), p.clone(), Size::int(2)),
        (Size::int(3), plus(&t.scale(2).expect("small"), &one), Size::int(1), d.clone()),
    ];
    let points = (0..400i64).map(|x| [1 + (7 * x) % 23, 1 + x % 5, 1 + x / 5 % 4, 1 + x / 3 % 3, 1 + x / 7 % 3]);
    let mut compared = 0;
    for (kernel, stride, padding, dilation) in windows {
        for (name, up) in [("Conv1d", false), ("ConvTranspose1d", false), ("MaxPool1d", false), ("MaxPool1d", true)] {
            let named = [("kernel", &kernel), ("stride", &stride), ("padding", &padding), ("dilation", &dilation)];
            let mut l = layer(&s, name, if up { &[("ceil_mode", 1)] } else { &[] });
            l.named.extend(named.map(|(key, v)| (key.to_owned(), v.term(&s))));
            if name.starts_with("Conv") {
                l.named.push(("out".to_owned(), times(&t, &d).term(&s)));
                l.named.push(("groups".to_owned(), t.term(&s)));
            }
            let r = match layer_shape(&s, &facts, &l, &[times(&t, &k), n.clone()]) {
                Ok(r) => r,
                Err(LayerError::LastPlace(..)) if up => continue,
                Err(e) => panic!("{l:?}: {e}"),
            };
            for at in points.clone() {
                let put = names.iter().zip(at).map(|(v, x)| (*v, Arg::Idx(Aff::int(x)))).collect();
                let number = |x: &Size| value(&s, s.subst(x.term(&s), &put)).to_i64().expect("whole");
                let (k, t, p, d) = (number(&kernel), number(&stride), number(&padding), number(&dilation));
                if up && at[3] + at[2] > at[1] {
                    continue;
                }
                let want =
                    if name == "ConvTranspose1d" { (at[0] - 1) * t - 2 * p + d * (k - 1) + 1 } else { places(at[0], k, t, p, d, up) };
                if want > 0 {
                    compared += 1;
                    assert_eq!(number(&r.output[1]), want, "{name} at {at:?}");
                    assert_eq!(value(&s, s.subst(r.axes[0].formula, &put)), Rat::int(want), "{name} at {at:?}");
                }
                if let Some(w) = r.weights {
                    let (channels, out) = (at[2] * at[1], at[2] * at[4]);
                    assert_eq!(value(&s, s.subst(w, &put)), Rat::int(k * channels * out / at[2]), "{name} at {at:?}");
                }
            }
        }
    }
    assert!(compared > 4000, "{compared}");
}

/// Floors of floors, and products of them: what several layers make of a symbolic size has the value they have at every number.
#[test]
fn layers_of_symbolic_sizes_have_the_value_of_every_number() {
    let s = Store::new();
    let (m, facts) = (size_name(&s, "m"), Facts::new(&s, &[]));
    let window = |k: i64| {
        let (kernel, stride, padding) = (1 + k % 3, 1 + k / 3 % 3, k / 9 % 2);
        layer(&s, "Conv1d", &[("out", 3), ("kernel", kernel), ("stride", stride), ("padding", padding)])
    };
    let last = [layer(&s, "ConvTranspose1d", &[("out", 4), ("kernel", 2), ("stride", 3)]), layer(&s, "Flatten", &[])];
    let mut compared = 0;
    for chain in (0..18).flat_map(|a| (0..18).map(move |b| (a, b))) {
        let layers = [window(chain.0), window(chain.1), last[0].clone(), window(chain.0 + chain.1), last[1].clone()];
        let run = |first: Size| {
            layers.iter().try_fold(vec![Size::int(2), first], |now, l| layer_shape(&s, &facts, l, &now).ok().map(|r| r.output))
        };
        let symbolic = run(Size::from(&Aff::free(m).scale(2).plus(1))).expect("a size");
        assert_eq!(symbolic[0], Size::read(&s, symbolic[0].term(&s)).expect("it reads back"), "{chain:?}");
        for x in 1..9 {
            if let Some(numeric) = run(Size::int(2 * x + 1)) {
                compared += 1;
                assert_eq!(at(&s, &symbolic[0], m, x), numeric[0].as_int(), "{chain:?} at {x}");
            }
        }
    }
    assert!(compared > 2000, "{compared}");
}

#[test]
fn arguments_that_may_not_be_are_errors() {
    let s = Store::new();
    let ok = |name: &str, args: &[(&str, i64)], input: &[i64]| shape(&s, &layer(&s, name, args), input).is_ok();
    // Each argument at the least it may be, and below.
    let conv: &[(&str, i64, i64)] =
        &[("out", 1, 1), ("kernel", 1, 1), ("stride", 1, 1), ("padding", 0, 0), ("dilation", 1, 1), ("groups", 1, 1), ("bias", 0, 1)];
    let pool: &[(&str, i64, i64)] = &[("kernel", 1, 1), ("stride", 1, 1), ("padding", 0, 0), ("dilation", 1, 1), ("ceil_mode", 0, 0)];
    let transposed: &[(&str, i64, i64)] = &[("out", 1, 1), ("kernel", 1, 1), ("output_padding", 0, 0)];
    let all: &[(&str, &[(&str, i64, i64)], &[i64])] = &[
        ("Conv1d", conv, &[2, 4]),
        ("Conv2d", conv, &[2, 4, 4]),
        ("Conv3d", conv, &[2, 4, 4, 4]),
        ("ConvTranspose1d", transposed, &[2, 4]),
        ("MaxPool1d", pool, &[2, 4]),
        ("MaxPool2d", pool, &[2, 4, 4]),
        ("AvgPool3d", &pool[..3], &[2, 4, 4, 4]),
        ("AdaptiveAvgPool2d", &[("size", 1, 1)], &[2, 4, 4]),
        ("Linear", &[("out", 1, 1), ("bias", 0, 1)], &[3, 5]),
        ("Embedding", &[("words", 1, 1), ("size", 1, 1)], &[4]),
        ("GroupNorm", &[("groups", 1, 1), ("affine", 0, 1)], &[4, 3]),
        ("BatchNorm2d", &[("affine", 0, 1)], &[4, 3, 3]),
        ("PReLU", &[("num_parameters", 1, 1)], &[4, 3]),
    ];
    for (name, arguments, input) in all {
        let usual: Vec<(&str, i64)> = arguments.iter().map(|(k, _, v)| (*k, *v)).collect();
        assert!(ok(name, &usual, input), "{name}");
        for (k, least, _) in *arguments {
            let with = |v: i64| usual.iter().map(|(w, x)| (*w, if w == k { v } else { *x })).collect::<Vec<_>>();
            assert!(ok(name, &with(*least), input), "{name}: {k} = {least}");
            assert!(!ok(name, &with(least - 1), input), "{name}: {k} = {}", least - 1);
        }
        // One size more or less than it takes.
        if name.ends_with('d') {
            assert!(!ok(name, &usual, &input[1..]) || *name == "BatchNorm1d", "{name}");
            assert!(!ok(name, &usual, &[input, &[2][..]].concat()), "{name}");
        }
    }
    // Channels divide into groups, in and out.
    for (inside, out, groups, fits) in [(6, 4, 2, true), (6, 4, 3, false), (4, 6, 4, false), (3, 4, 2, false), (6, 6, 6, true)] {
        let r = shape(&s, &layer(&s, "Conv1d", &[("out", out), ("kernel", 3), ("groups", groups)]), &[inside, 5]);
        assert_eq!(r.is_ok(), fits, "{inside} {out} {groups}");
        if let Ok(r) = r {
            assert_eq!(r.weights.and_then(|t| count_value(&s, t)), Some(Rat::int(out * inside / groups * 3)));
        }
        assert_eq!(ok("GroupNorm", &[("groups", groups)], &[inside, 2]), inside % groups == 0);
    }
    assert!(ok("PReLU", &[("num_parameters", 4)], &[4, 3]) && !ok("PReLU", &[("num_parameters", 3)], &[4, 3]));
    assert!(!ok("NoSuchLayer", &[], &[3]) && !ok("Conv1d", &[("out", 2)], &[2, 4]) && !ok("Linear", &[], &[3]));
    assert!(!ok("Linear", &[("out", 2)], &[]) && !ok("GroupNorm", &[("groups", 1)], &[]));
    let many = Layer { name: "Linear".into(), args: vec![s.int(2), s.int(1), s.int(1)], named: Vec::new(), words: Vec::new() };
    assert!(shape(&s, &many, &[3]).is_err());
    let array = |xs: &[i64]| s.intern(Node::Array(xs.iter().map(|x| s.int(*x)).collect()));
    let norm = |xs: &[i64], bias: i64, affine: i64| Layer {
        name: "LayerNorm".into(),
        args: Vec::new(),
        named: vec![("shape".into(), array(xs)), ("bias".into(), s.int(bias)), ("elementwise_affine".into(), s.int(affine))],
        words: Vec::new(),
    };
    for (ends, fits) in [(&[3, 2][..], true), (&[2], true), (&[3], false), (&[2, 3], false), (&[], false), (&[4, 4, 3, 2], false)] {
        assert_eq!(shape(&s, &norm(ends, 1, 1), &[4, 3, 2]).is_ok(), fits, "{ends:?}");
    }
    // Parameters.
    let counts = |l: &Layer, input: &[i64]| {
        let r = shape(&s, l, input).expect("it fits");
        let of = |t: Option<Id>| t.and_then(|t| count_value(&s, t)).and_then(|q| q.to_i64());
        (of(r.weights), of(r.biases), numbers(&r.output))
    };
    assert_eq!(counts(&norm(&[3, 2], 1, 1), &[4, 3, 2]), (Some(6), Some(6), vec![4, 3, 2]));
    assert_eq!(counts(&norm(&[3, 2], 0, 1), &[4, 3, 2]), (Some(6), None, vec![4, 3, 2]));
    assert_eq!(counts(&norm(&[3, 2], 1, 0), &[4, 3, 2]), (None, None, vec![4, 3, 2]));
    assert_eq!(counts(&layer(&s, "LayerNorm", &[]), &[4, 3, 2]), (Some(2), Some(2), vec![4, 3, 2]));
    assert_eq!(counts(&layer(&s, "Linear", &[("out", 7)]), &[4, 3]), (Some(21), Some(7), vec![4, 7]));
    assert_eq!(counts(&layer(&s, "Linear", &[("out", 7), ("bias", 0)]), &[3]), (Some(21), None, vec![7]));
    assert_eq!(counts(&layer(&s, "Embedding", &[("words", 10), ("size", 3)]), &[4, 2]), (Some(30), None, vec![4, 2, 3]));
    assert_eq!(counts(&layer(&s, "PReLU", &[]), &[4, 3]), (Some(1), None, vec![4, 3]));
    assert_eq!(counts(&layer(&s, "PReLU", &[("num_parameters", 4)]), &[4, 3]), (Some(4), None, vec![4, 3]));
    assert_eq!(counts(&layer(&s, "GroupNorm", &[("groups", 2)]), &[4, 3]), (Some(4), Some(4), vec![4, 3]));
    assert_eq!(counts(&layer(&s, "GroupNorm", &[("groups", 2), ("affine", 0)]), &[4, 3]), (None, None, vec![4, 3]));
    for (name, input, affine) in [("BatchNorm1d", &[4][..], true), ("BatchNorm1d", &[4, 3], true), ("InstanceNorm2d", &[4, 3, 3], false)] {
        let own = affine.then_some(4);
        assert_eq!(counts(&layer(&s, name, &[]), input), (own, own, input.to_vec()), "{name}");
        assert_eq!(counts(&layer(&s, name, &[("affine", 1)]), input), (Some(4), Some(4), input.to_vec()), "{name}");
    }
    assert_eq!(counts(&layer(&s, "Flatten", &[]), &[4, 3, 2]), (None, None, vec![24]));
    assert_eq!(counts(&layer(&s, "AdaptiveAvgPool2d", &[("size", 3)]), &[4, 9, 7]), (None, None, vec![4, 3, 3]));
    assert_eq!(counts(&layer(&s, "ReLU", &[]), &[4, 3, 2]), (None, None, vec![4, 3, 2]));
}

/// How many inputs there are is not written. Numbers that PyTorch would read as that are refused, not taken for something else.
#[test]
fn input_channels_are_refused_and_not_taken_for_something_else() {
    let s = Store::new();
    let by_place = |name: &str, args: &[i64]| Layer {
        name: name.into(),
        args: args.iter().map(|x| s.int(*x)).collect(),
        named: Vec::new(),
        words: Vec::new(),
    };
    let refused = |l: Layer, input: &[i64]| shape(&s, &l, input).expect_err("it is refused");
    assert!(matches!(refused(by_place("Conv2d", &[3, 16, 3]), &[3, 32, 32]), LayerError::InputChannels(_)));
    assert!(shape(&s, &by_place("Conv2d", &[16, 3, 2]), &[3, 32, 32]).is_ok());
    assert!(shape(&s, &by_place("Conv2d", &[3, 3]), &[3, 32, 32]).is_ok());
    assert_eq!(refused(by_place("Linear", &[784, 10]), &[784]), LayerError::Flag("bias"));
    assert_eq!(refused(by_place("BatchNorm2d", &[64]), &[64, 8, 8]), LayerError::Channels);
    assert_eq!(refused(by_place("GroupNorm", &[4, 64]), &[64, 8, 8]), LayerError::Channels);
    let same = |stride: i64| Layer {
        words: vec![("padding".into(), "same".into())],
        ..layer(&s, "Conv2d", &[("out", 8), ("kernel", 4), ("stride", stride), ("dilation", 3)])
    };
    assert_eq!(numbers(&shape(&s, &same(1), &[3, 9, 7]).expect("it fits").output), [8, 9, 7]);
    assert_eq!(refused(same(2), &[3, 9, 7]), LayerError::SamePadding);
    let transposed = Layer { name: "ConvTranspose2d".into(), ..same(1) };
    assert_eq!(refused(transposed, &[3, 9, 7]), LayerError::Argument("padding"));
}

/// The receptive field against what an output is found to depend on, layer by layer, for chains of kernels in one direction.
#[test]
fn fields_are_what_an_output_depends_on() {
    let s = Store::new();
    let kernels = [(1, 1, 1), (3, 1, 1), (2, 2, 1), (3, 2, 2), (4, 3, 1), (2, 1, 3)];
    let names = ["Conv1d", "MaxPool1d", "AvgPool1d"];
    for (i, a) in kernels.iter().enumerate() {
        for (j, b) in kernels.iter().enumerate() {
            let chain = [*a, *b, kernels[(i + 2 * j) % kernels.len()]];
            let mut layers = Vec::new();
            for (n, (k, stride, dilation)) in chain.iter().enumerate() {
                let name = names[(i + j + n) % names.len()];
                let mut args = vec![("kernel", *k), ("stride", *stride)];
                if name == "Conv1d" {
                    args.push(("out", 2));
                }
                // An average has no dilation.
                if name != "AvgPool1d" {
                    args.push(("dilation", *dilation));
                }
                layers.push((layer(&s, name, &args), if name == "AvgPool1d" { (*k, *stride, 1) } else { (*k, *stride, *dilation) }));
                layers.push((layer(&s, "ReLU", &[]), (1, 1, 1)));
            }
            let net = network(&[3, 400], layers.iter().map(|l| l.0.clone()).collect());
            let fields = receptive_fields(&net, &shapes(&s, &net)).expect("kernels say it");
            for upto in 1..=layers.len() {
                // What the outputs 0 and 1 of the last layer need, from the last to the first.
                let needs = |at: i64| {
                    layers[..upto].iter().rev().fold(vec![at], |at, (_, (k, stride, d))| {
                        let mut out: Vec<i64> = at.iter().flat_map(|o| (0..*k).map(move |t| o * stride + d * t)).collect();
                        out.sort_unstable();
                        out.dedup();
                        out
                    })
                };
                let (first, second) = (needs(0), needs(1));
                let (low, high) = (first[0], first[first.len() - 1]);
                let field = &fields[upto - 1];
                assert_eq!(field.sizes, [Size::int(high - low + 1)], "{chain:?}, {upto}");
                assert_eq!(field.distance, [Size::int(second[0] - low)], "{chain:?}, {upto}");
            }
        }
    }
}

/// Where no kernel says what an output depends on there is no field, and the layer is named by its place; where it is everything, it is
/// the whole input from there on.
#[test]
fn fields_end_where_no_kernel_says_them() {
    let s = Store::new();
    let conv = || layer(&s, "Conv2d", &[("out", 4), ("kernel", 3)]);
    let go = |layers: Vec<Layer>| {
        let net = network(&[3, 16, 12], layers);
        receptive_fields(&net, &shapes(&s, &net))
    };
    let plain = |name: &str| layer(&s, name, &[]);
    assert_eq!(go(vec![layer(&s, "ConvTranspose2d", &[("out", 4), ("kernel", 3)])]), Err(1));
    assert_eq!(go(vec![conv(), layer(&s, "ConvTranspose2d", &[("out", 4), ("kernel", 3)]), conv()]), Err(2));
    assert_eq!(go(vec![conv(), layer(&s, "AdaptiveAvgPool2d", &[("size", 2)])]), Err(2));
    assert_eq!(go(vec![conv(), plain("ReLU"), layer(&s, "Linear", &[("out", 5)])]), Err(3));
    let whole = vec![Size::int(16), Size::int(12)];
    for layers in [
        vec![conv(), layer(&s, "AdaptiveAvgPool2d", &[("size", 1)])],
        vec![conv(), plain("Flatten"), layer(&s, "Linear", &[("out", 5)])],
        vec![conv(), plain("LayerNorm"), conv()],
    ] {
        let fields = go(layers).expect("kernels say it");
        assert_eq!(fields[0].sizes, [Size::int(3), Size::int(3)]);
        assert_eq!(fields[fields.len() - 1].sizes, whole);
    }
}
