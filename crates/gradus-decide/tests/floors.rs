//! Floors of whole and of real quantities: what is decided equal has equal values, computed in rationals, and the laws of the floor
//! are decided.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may fail loudly")]
mod common;
#[path = "common/values.rs"]
mod values;
use common::World;
use gradus_decide::Facts;
use gradus_term::{Aff, IVar, Id, Node, Prim, Rat, Store};

/// The value where the index names and the real name have these.
fn value(s: &Store, t: Id, at: &[(Aff, i64)], x: (Id, &Rat)) -> Rat {
    let go = |t: Id| value(s, t, at, x);
    if t == x.0 {
        return x.1.clone();
    }
    match s.node(t) {
        Node::Sum(xs) => xs.iter().fold(Rat::zero(), |a, y| if y.neg { a.sub(&go(y.term)) } else { a.add(&go(y.term)) }),
        Node::Product(xs) => xs.iter().fold(Rat::one(), |a, y| a.mul(&go(*y))),
        Node::Quot(a, b) => go(*a).div(&go(*b)).unwrap(),
        Node::Call(_, xs) => go(xs[0]).floor(),
        Node::Index(a) => {
            let number = |v: IVar| at.iter().find(|n| n.0.as_var() == Some(v)).unwrap().1;
            Rat::int(a.map(|v| Aff::int(number(v))).as_int().unwrap())
        }
        _ => s.as_rational(t).unwrap(),
    }
}

#[test]
fn floors_decided_equal_are_equal() {
    let w = World::new();
    let (h, n, x) = (w.index("h"), w.index("n"), w.scalar("x"));
    let floor = |t: Id| w.s.prim_call(Prim::Floor, &[t]);
    let mut r = values::Rng(11);
    let mut terms: Vec<Id> = vec![w.ix(&h), w.ix(&n), x, w.q(1, 2), w.int(3)];
    while terms.len() < 400 {
        let (a, b) = (r.pick(&terms), terms[r.below(terms.len().min(60))]);
        let q = w.q(i64::try_from(r.below(7)).unwrap() - 3, 1 + i64::try_from(r.below(4)).unwrap());
        let t = match r.below(5) {
            0 | 1 => floor(w.add(&[w.mul(&[w.q(1, 2 + i64::try_from(r.below(2)).unwrap()), a]), q])),
            2 => w.add(&[a, w.mul(&[q, b])]),
            3 => floor(w.add(&[a, b])),
            _ => w.add(&[a, q]),
        };
        if w.s.size(t) < 30 {
            terms.push(t);
        }
    }
    let points: Vec<(i64, i64, Rat)> =
        (-4..5).flat_map(|a| (-3..4).map(move |b| (a, b, Rat::new(2 * a + 5 * b, 3 + (a * b).abs()).unwrap()))).collect();
    let all = |t: Id| -> Vec<Rat> { points.iter().map(|(a, b, q)| value(&w.s, t, &[(h.clone(), *a), (n.clone(), *b)], (x, q))).collect() };
    let f = Facts::new(&w.s, &[]);
    let values: Vec<Vec<Rat>> = terms.iter().map(|t| all(*t)).collect();
    let (mut proved, mut alike) = (0, 0);
    for (i, a) in terms.iter().enumerate() {
        for (j, b) in terms.iter().enumerate().take(i) {
            let same = values[i] == values[j];
            alike += usize::from(same);
            if same || r.below(8) == 0 {
                let said = f.equal(*a, *b).is_proved();
                proved += usize::from(said);
                assert!(!said || same, "{} = {}", w.show(*a), w.show(*b));
            }
        }
    }
    assert!(alike > 100 && proved * 10 > alike * 7, "{proved} of {alike}");
}

#[test]
fn laws_of_the_floor() {
    let w = World::new();
    let (h, n, x) = (w.index("h"), w.index("n"), w.scalar("x"));
    let f = Facts::new(&w.s, &[]);
    let floor = |t: Id| w.s.prim_call(Prim::Floor, &[t]);
    let over = |a: Id, d: i64| floor(w.div(a, w.int(d)));
    let (hi, ni) = (w.ix(&h), w.ix(&n));
    w.yes(&f, floor(w.add(&[x, hi])), w.add(&[floor(x), hi]));
    w.yes(&f, floor(w.add(&[x, w.q(7, 2)])), w.add(&[floor(w.add(&[x, w.q(1, 2)])), w.int(3)]));
    w.yes(&f, floor(w.mul(&[hi, ni])), w.mul(&[hi, ni]));
    w.yes(&f, over(w.add(&[w.mul(&[w.int(2), hi]), w.int(1)]), 2), hi);
    w.yes(&f, w.add(&[over(w.sub(hi, w.int(1)), 2), w.int(1)]), over(w.add(&[hi, w.int(1)]), 2));
    w.yes(&f, over(w.add(&[over(hi, 2), w.int(3)]), 3), over(w.add(&[hi, w.int(6)]), 6));
    w.yes(&f, over(floor(x), 3), floor(w.div(x, w.int(3))));
    w.yes(&f, floor(floor(x)), floor(x));
    w.no(&f, over(hi, 2), w.div(hi, w.int(2)));
    w.no(&f, floor(w.mul(&[w.int(2), x])), w.mul(&[w.int(2), floor(x)]));
    w.no(&f, floor(w.add(&[x, w.q(1, 2)])), floor(x));
    w.no(&f, over(w.mul(&[w.int(3), over(hi, 2)]), 6), over(hi, 6));
    w.yes(&f, over(w.mul(&[w.int(2), over(hi, 2)]), 4), over(hi, 4));
}
