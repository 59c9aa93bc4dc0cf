//! Sizes with floors and products against their values: every operation has the value that the integers have, and a size is read
//! back from its term as it was.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use gradus_term::{Aff, Arg, Domain, Id, Node, Prim, Rat, Size, Sort, Store, VarId, VarInfo, VarKind};

fn value(s: &Store, t: Id) -> Rat {
    match s.node(t) {
        Node::Sum(xs) => xs.iter().fold(Rat::zero(), |a, x| if x.neg { a.sub(&value(s, x.term)) } else { a.add(&value(s, x.term)) }),
        Node::Product(xs) => xs.iter().fold(Rat::one(), |a, x| a.mul(&value(s, *x))),
        Node::Pow(a, b) => value(s, *a).pow(value(s, *b).to_i64().expect("whole")).expect("a power"),
        Node::Quot(a, b) => value(s, *a).div(&value(s, *b)).expect("not by 0"),
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Floor) => value(s, xs[0]).floor(),
        _ => s.as_rational(t).unwrap_or_else(|| panic!("no number")),
    }
}

/// A size together with its value at each of the points.
struct Sized(Size, Vec<i64>);

#[test]
fn sizes_have_the_values_of_their_operations() {
    let s = Store::new();
    let name = |n: &str| {
        let mut info = VarInfo::new(n, VarKind::Size, Sort::Scalar);
        info.domain = Domain::Nat;
        s.declare(info)
    };
    let names: [VarId; 3] = [name("h"), name("w"), name("r")];
    let points: Vec<[i64; 3]> = (-3..9).flat_map(|a| (-2..8).map(move |b| [a, b, 1 + (3 * a + b + 11) % 5])).collect();
    let r = Size::from(&Aff::free(names[2]));
    let divisors: Vec<Size> = vec![
        r.clone(),
        r.scale(2).unwrap(),
        r.scale(2).unwrap().plus(1).unwrap(),
        Size::product(&[r.clone(), r.clone()]).unwrap(),
        Size::product(&[r.plus(2).unwrap(), r.clone()]).unwrap(),
    ];
    let at_point = |v: gradus_term::IVar, p: &[i64; 3]| names.iter().position(|n| v == gradus_term::IVar::Free(*n)).map_or(0, |k| p[k]);
    let number = |x: &Size, p: &[i64; 3]| {
        let at = names.iter().zip(p).map(|(v, x)| (*v, Arg::Idx(Aff::int(*x)))).collect();
        value(&s, s.subst(x.term(&s), &at)).to_i64().expect("whole")
    };
    let mut seed = 7u64;
    let mut random = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    let mut all: Vec<Sized> = (0..3).map(|k| Sized(Size::from(&Aff::free(names[k])), points.iter().map(|p| p[k]).collect())).collect();
    let (mut floors, mut products, mut symbolic, mut unlike) = (0, 0, 0, 0);
    while all.len() < 1500 {
        let (a, b) = (&all[random(all.len() as u64) as usize], &all[random(all.len().min(40) as u64) as usize]);
        let k = random(7) as i64 - 3;
        let (size, want): (Option<Size>, Vec<i64>) = match random(8) {
            6 => {
                let d = &divisors[random(divisors.len() as u64) as usize];
                symbolic += 1;
                (a.0.quotient(d), a.1.iter().zip(&points).map(|(x, p)| x.div_euclid(number(d, p))).collect())
            }
            7 => (Size::product(&[a.0.clone(), r.clone()]), a.1.iter().zip(&points).map(|(x, p)| x * p[2]).collect()),
            0 | 1 => (a.0.divided_down(k.abs() + 1), a.1.iter().map(|x| x.div_euclid(k.abs() + 1)).collect()),
            2 => (Size::product(&[a.0.clone(), b.0.clone()]), a.1.iter().zip(&b.1).map(|(x, y)| x * y).collect()),
            3 => (a.0.plus(k), a.1.iter().map(|x| x + k).collect()),
            _ => (a.0.add_scaled(&b.0, k), a.1.iter().zip(&b.1).map(|(x, y)| x + k * y).collect()),
        };
        let size = size.expect("small numbers");
        let term = size.term(&s);
        if want.iter().any(|x| x.abs() > 1 << 40) || s.size(term) > 60 {
            all.truncate(all.len() - 1);
            continue;
        }
        floors += usize::from(s.any_subterm(term, &mut |n| matches!(n, Node::Call(..))));
        products += usize::from(size.as_aff().is_none() && s.any_subterm(term, &mut |n| matches!(n, Node::Product(_))));
        let read = Size::read(&s, term).expect("it reads back");
        if read != size {
            let same = read.add_scaled(&size, -1).and_then(|x| x.expanded()).is_some_and(|x| x.as_int() == Some(0));
            unlike += usize::from(!same);
            println!("{same} {}", gradus_term::debug::show(&s, term));
        }
        for (p, want) in points.iter().zip(&want) {
            assert_eq!(number(&size, p), *want, "{} at {p:?}", gradus_term::debug::show(&s, term));
        }
        if let Some(wide) = size.expanded() {
            for (p, want) in points.iter().zip(&want) {
                assert_eq!(number(&wide, p), *want, "{} expanded, at {p:?}", gradus_term::debug::show(&s, term));
            }
        }
        if let Some(a) = size.nonneg_where() {
            for (p, want) in points.iter().zip(&want) {
                let value = a.as_aff().and_then(|a| a.map(|v| Aff::int(at_point(v, p))).as_int()).unwrap_or_else(|| number(&a, p));
                assert_eq!(value >= 0, *want >= 0, "{} at {p:?}", gradus_term::debug::show(&s, term));
            }
        }
        all.push(Sized(size, want));
    }
    println!("{unlike} of {symbolic}");
    assert!(floors > 500 && products > 200 && symbolic > 100, "{floors} floors, {products} products, {symbolic} by a size");
}

#[test]
fn equal_floors_are_equal_sizes() {
    let s = Store::new();
    let mut info = VarInfo::new("h", VarKind::Size, Sort::Scalar);
    info.domain = Domain::Nat;
    let h = Size::from(&Aff::free(s.declare(info)));
    let half = |x: &Size| x.divided_down(2).unwrap();
    // ⌊(h − 1)/2⌋ + 1 = ⌊(h + 1)/2⌋, ⌊⌊h/2⌋/2⌋ = ⌊h/4⌋, ⌊(2h + 3)/4⌋ = ⌊(h + 1)/2⌋, ⌊(2h + 1)/2⌋ = h
    assert_eq!(half(&h.plus(-1).unwrap()).plus(1), Some(half(&h.plus(1).unwrap())));
    assert_eq!(half(&half(&h)), h.divided_down(4).unwrap());
    assert_eq!(h.scale(2).unwrap().plus(3).unwrap().divided_down(4), Some(half(&h.plus(1).unwrap())));
    assert_eq!(half(&h.scale(2).unwrap().plus(1).unwrap()), h);
    assert_eq!(gradus_term::debug::show(&s, half(&h.plus(-1).unwrap()).plus(1).unwrap().term(&s)), "floor((h+1 / 2))");
    // What leaves 64 bits is no size.
    assert_eq!(h.scale(i64::MAX).and_then(|x| x.scale(2)), None);
    assert_eq!(h.divided_down(0), None);
}
