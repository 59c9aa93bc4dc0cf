//! Laws of the arena on random terms, against a plain evaluation modulo a prime that opens no binder and knows no entries:
//! substitution, opening and closing, what stands at a position and what is put there, entries of tensors, exact numbers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]

mod common;

use common::{id, name, scalar, Env, Rng, World, P};
use gradus_term::{Aff, Arg, IVar, Id, Node, Position, Prim, Rat, RelOp, Sort, Store, VarId};

fn positions(s: &Store, t: Id, path: &[u32], out: &mut Vec<Vec<u32>>) {
    out.push(path.to_vec());
    for (k, (c, _)) in s.node(t).children().into_iter().enumerate() {
        let size = matches!(s.node(t), Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Ones | Prim::Eye)));
        if size || matches!(s.node(t), Node::Pow(..)) && k == 1 {
            // Sizes, and exponents, which are numbers written out.
            continue;
        }
        positions(s, c, &[path, &[k as u32]].concat(), out);
    }
}

// ---- the laws

#[test]
fn substitution_means_what_it_says() {
    for seed in 0..200 {
        let mut w = World::new(seed);
        let ix = [w.n.clone(), w.i.clone(), Aff::int(1)];
        let t = w.term(3, &ix);
        let u = w.term(2, &ix);
        let (b, i) = (name(&w.s, w.reals[0]), id(&w.i));
        let index = w.n.sub(&w.i).plus(1);
        let map = [(b, Arg::Val(u)), (i, Arg::Idx(index.clone()))].into_iter().collect();
        let done = w.s.subst(t, &map);
        assert_eq!(w.s.subst(t, &std::iter::empty().collect()), t);
        // Closing over a name and opening with a term is substitution of that name alone.
        let alone = w.s.open(w.s.close(t, &[b]), &[Arg::Val(u)]);
        let only = std::iter::once((b, Arg::Val(u))).collect();
        assert_eq!(alone, w.s.subst(t, &only), "seed {seed}");
        assert_eq!(w.s.open(w.s.close(t, &[b, i]), &[Arg::Val(w.reals[0]), Arg::Idx(w.i.clone())]), t, "seed {seed}");
        assert_eq!(w.s.open(w.s.abstract_term(t, w.reals[1]), &[Arg::Val(w.reals[1])]), t);
        assert_eq!(w.s.loose(t), 0);
        assert_eq!(w.s.mentions(t, b), w.s.free_vars(t).contains(&b));
        assert_eq!(w.s.mentions(t, i), w.s.free_vars(t).contains(&i));
        assert_eq!(w.s.contains(t, w.reals[0]), w.s.mentions(t, b));
        assert!(!w.s.mentions(w.s.close(t, &[b]), b));
        assert!(!w.s.contains(w.s.abstract_term(t, w.reals[1]), w.reals[1]));
        for _ in 0..4 {
            let e = w.env();
            let (Some(value), true) = (e.eval(&w.s, u), true) else { continue };
            let mut shifted = e.clone();
            shifted.values.insert(b, value.xs);
            if !w.s.mentions(t, b) || w.s.loose(u) == 0 {
                shifted.ints.insert(i, e.aff(&index, &[]));
            }
            assert_eq!(e.eval(&w.s, done), shifted.eval(&w.s, t), "seed {seed}: {}", gradus_term::debug::show(&w.s, t));
        }
    }
}

#[test]
fn what_is_put_at_a_position_stands_there() {
    for seed in 0..60 {
        let mut w = World::new(seed + 1000);
        let ix = [w.n.clone(), w.i.clone(), Aff::int(1)];
        let t = w.term(3, &ix);
        let mut all = Vec::new();
        positions(&w.s, t, &[], &mut all);
        let s = &w.s;
        for path in all {
            let pos = Position::at(&path);
            let f = s.focus(t, &pos).unwrap();
            let back = s.splice(t, &pos, &f.opened, f.part).unwrap();
            // In place of the part: a term that tells every opened name.
            let mut new = s.sub(w.reals[1], s.mul(s.int(3), w.reals[0]));
            for (k, v) in f.opened.iter().enumerate() {
                new = s.add(new, s.mul(s.int(7 + k as i64), s.index(Aff::free(*v))));
            }
            if *s.sort(f.part) == Sort::Cond {
                new = s.rel(RelOp::Lt, s.index(w.i.clone()), s.index(f.opened.last().map_or(w.n.clone(), |v| Aff::free(*v))));
            } else if !s.sort(f.part).is_scalar() {
                new = if s.sort(f.part).dims().len() == 1 { s.neg(w.y) } else { s.neg(w.a) };
            }
            let put = s.splice(t, &pos, &f.opened, new).unwrap();
            assert_eq!(s.loose(put), 0);
            assert!(f.opened.iter().all(|v| !s.mentions(put, *v)), "seed {seed} {path:?}: an opened name is left");
            for round in 0..2 {
                let e = {
                    let mut r = Rng(seed * 7 + round);
                    let mut e = Env::default();
                    e.ints.insert(id(&w.n), r.below(3) as i64 + 1);
                    e.ints.insert(id(&w.i), r.below(3) as i64 + 1);
                    for t in [w.x, w.y, w.a].iter().chain(&w.reals) {
                        e.values.insert(name(s, *t), (0..9).map(|_| r.below(P as usize) as i64).collect());
                    }
                    e
                };
                // Where a product joins another, its guards shield more than before.
                if let Some(value) = e.eval(s, t) {
                    assert_eq!(e.eval(s, back), Some(value), "seed {seed} {path:?}");
                }
                let opened = |stack: &[i64]| {
                    let mut inner = e.clone();
                    inner.ints.extend(f.opened.iter().copied().zip(stack.iter().copied()));
                    inner
                };
                let holds = |o: Env, c: Id| scalar(i64::from(o.cond(s, c, &mut Vec::new(), None).unwrap()));
                let there = |stack: &[i64]| match s.sort(new) {
                    Sort::Cond => holds(opened(stack), new),
                    _ => opened(stack).eval(s, new).unwrap(),
                };
                let want = e.go(s, t, &mut Vec::new(), Some((&path, &there)));
                // 0 and 1 may be dropped, so that a part without a value stays unasked: never the other way.
                if want.is_some() {
                    assert_eq!(e.eval(s, put), want, "seed {seed} {path:?}: {}", gradus_term::debug::show(s, t));
                }
                // What is known at the place holds whenever it is reached; guards beside a guard are asked only where it counts.
                let facts = std::cell::RefCell::new(Vec::new());
                let looked = |stack: &[i64]| {
                    let o = opened(stack);
                    facts.borrow_mut().push(f.facts.iter().all(|c| o.cond(s, *c, &mut Vec::new(), None) == Some(true)));
                    match s.sort(f.part) {
                        Sort::Cond => holds(o, f.part),
                        _ => o.eval(s, f.part).unwrap_or_else(|| scalar(0)),
                    }
                };
                let _ = e.go(s, t, &mut Vec::new(), Some((&path, &looked)));
                let guard = matches!(s.node(f.part), Node::Iverson(_))
                    || path
                        .iter()
                        .enumerate()
                        .any(|(k, _)| s.focus(t, &Position::at(&path[..k])).is_ok_and(|g| matches!(s.node(g.part), Node::Iverson(_))));
                assert!(guard || facts.borrow().iter().all(|x| *x), "seed {seed} {path:?}: a fact fails");
            }
        }
    }
}

#[test]
fn entries_are_those_of_the_whole() {
    for seed in 0..150 {
        let mut w = World::new(seed + 5000);
        let (v, m) = (w.vector(3), w.matrix(3));
        let (i, n) = (w.i.clone(), w.n.clone());
        let row = w.call(Prim::Transpose, &[v]);
        let scalars = [
            w.s.intern(Node::MatMul([row, w.x].into())),
            w.s.intern(Node::MatMul([row, m, w.y].into())),
            w.call(Prim::Tr, &[m]),
            w.call(Prim::Dot, &[v, w.x]),
            w.call(Prim::SumAll, &[m]),
        ];
        let two = w.s.intern(Node::Stack([w.reals[0], v, w.reals[1], w.x].into()));
        for _ in 0..3 {
            let e = w.env();
            let s = &w.s;
            let (k, size) = (e.ints[&id(&i)], e.ints[&id(&n)]);
            if k <= size {
                if let Some(whole) = e.eval(s, v) {
                    assert_eq!(e.eval(s, s.make_entry(v, std::slice::from_ref(&i))).map(|v| v.xs[0]), whole.at(&[k]), "seed {seed}");
                }
                let j = n.sub(&i).plus(1);
                if let Some(whole) = e.eval(s, m) {
                    let want = whole.at(&[k, size + 1 - k]);
                    assert_eq!(e.eval(s, s.make_entry(m, &[i.clone(), j])).map(|v| v.xs[0]), want, "seed {seed}");
                }
            }
            for t in scalars {
                let want = e.eval(s, t);
                assert!(want.is_none() || e.eval(s, s.scalar_form(t).unwrap()) == want, "seed {seed}");
            }
            for at in 1..=2 * size + 2 {
                let symbolic = i.plus(at - k);
                let Some(whole) = e.eval(s, two) else { continue };
                let want = whole.at(&[at]);
                assert_eq!(e.eval(s, s.make_entry(two, &[symbolic])).map(|v| v.xs[0]), want, "seed {seed}: a stack");
            }
            // Of blocks of known sizes each entry is one of them.
            let list = s.intern(Node::Array([w.reals[1], s.int(4), s.index(n.clone())].into()));
            let blocks = s.intern(Node::Stack([w.reals[0], list, w.reals[1], list].into()));
            for at in 1..=8 {
                let entry = s.make_entry(blocks, &[Aff::int(at)]);
                assert!(!matches!(s.node(entry), Node::Cases(..)), "it is known which");
                assert_eq!(e.eval(s, entry).map(|v| v.xs[0]), e.eval(s, blocks).unwrap().at(&[at]), "seed {seed}: {at} of a stack");
                assert_eq!(e.eval(s, s.make_entry(blocks, &[i.plus(at - k)])).map(|v| v.xs[0]), e.eval(s, blocks).unwrap().at(&[at]));
            }
            let call = s.call(w.f, &[w.reals[0]]);
            assert_eq!(e.eval(s, s.unfold(w.f, &[w.reals[0]]).unwrap()), e.eval(s, call));
        }
    }
}

#[test]
fn exact_numbers_and_affine_expressions() {
    let mut r = Rng(3);
    let big = [i64::MAX, i64::MIN + 1, 3_037_000_500, -3_037_000_499];
    for round in 0..3000 {
        let mut q = || {
            let p = if r.below(12) == 0 { r.pick(&big) } else { r.below(41) as i64 - 20 };
            (p, r.below(9) as i64 + 1)
        };
        let ((a, b), (c, d)) = (q(), q());
        let (x, y) = (Rat::new(a, b).unwrap(), Rat::new(c, d).unwrap());
        let wide = |p: i128, q: i128| {
            let g = num_integer::gcd(p, q).max(1) * q.signum();
            ((p / g).to_string(), (q / g).to_string())
        };
        let is = |z: &Rat, p: i128, q: i128| {
            assert_eq!((z.numer().to_string(), z.denom().to_string()), wide(p, q), "round {round}: {x:?} {y:?}")
        };
        let (a, b, c, d) = (i128::from(a), i128::from(b), i128::from(c), i128::from(d));
        is(&x.add(&y), a * d + b * c, b * d);
        is(&x.sub(&y), a * d - b * c, b * d);
        is(&x.mul(&y), a * c, b * d);
        is(&x.neg(), -a, b);
        is(&x.abs(), a.abs(), b);
        is(&x.floor(), a.div_euclid(b), 1);
        assert_eq!(x.cmp(&y), (a * d).cmp(&(b * c)));
        assert_eq!((x.is_zero(), x.is_negative(), x.is_positive(), x.is_integer()), (a == 0, a < 0, a > 0, a % b == 0));
        assert_eq!(x.is_one(), a == b);
        match y.recip() {
            Some(z) => is(&z, d, c),
            None => assert_eq!(c, 0),
        }
        match x.div(&y) {
            Some(z) => is(&z, a * d, b * c),
            None => assert_eq!(c, 0),
        }
        if a.abs() < 50 {
            assert_eq!(x.to_i64(), (a % b == 0).then_some((a / b) as i64));
            for k in 0..4u32 {
                is(&x.pow(i64::from(k)).unwrap(), a.pow(k), b.pow(k));
            }
            match x.pow(-2) {
                Some(z) => is(&z, b * b, a * a),
                None => assert_eq!(a, 0),
            }
        }
    }
    assert!(Rat::new(1, 0).is_none());
    let s = Store::new();
    let vs: Vec<VarId> = ["i", "j", "k"].iter().map(|l| s.fresh(s.sym(l), Sort::Scalar, true)).collect();
    for _ in 0..2000 {
        let mut affine = || vs.iter().fold(Aff::int(r.below(9) as i64 - 4), |a, v| a.add_scaled(&Aff::free(*v), r.below(5) as i64 - 2));
        let (a, b) = (affine(), affine());
        let e = Env { ints: vs.iter().map(|v| (*v, r.below(11) as i64 - 5)).collect(), ..Env::default() };
        let at = |a: &Aff| e.aff(a, &[]);
        assert_eq!(at(&a.add(&b)), at(&a) + at(&b));
        assert_eq!(at(&a.sub(&b)), at(&a) - at(&b));
        assert_eq!(at(&a.neg()), -at(&a));
        assert_eq!((at(&a.scale(3)), at(&a.plus(5))), (3 * at(&a), at(&a) + 5));
        assert_eq!(a.sub(&a), Aff::int(0));
        assert_eq!(a == b, a.sub(&b) == Aff::int(0));
        assert_eq!(a.as_int(), (a.vars().count() == 0).then_some(a.c));
        assert!(a.t.windows(2).all(|w| w[0].0 < w[1].0) && a.t.iter().all(|x| x.1 != 0));
        let v = IVar::Free(vs[0]);
        let mut moved = e.clone();
        moved.ints.insert(vs[0], at(&b));
        assert_eq!(at(&a.subst(v, &b)), moved.aff(&a, &[]));
        assert_eq!(a.mentions(v), a.coef(v) != 0);
        match a.solve(v) {
            Some(x) => {
                assert!(!x.mentions(v));
                assert_eq!(a.subst(v, &x), Aff::int(0));
            }
            None => assert!(a.coef(v).abs() != 1),
        }
        if let Some(x) = a.divided_down(2) {
            assert!(x.scale(2) == a || at(&x.scale(2)) <= at(&a) && at(&a) < at(&x.scale(2)) + 2);
        }
        if let Some(IVar::Free(w)) = a.as_var() {
            assert_eq!(a, Aff::free(w));
        }
        assert_eq!(s.as_aff(s.index(a.clone())), Some(a));
    }
}
