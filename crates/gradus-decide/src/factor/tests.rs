//! Factors against products of irreducible polynomials: what was multiplied is found again.
use super::*;
fn count(p: &Poly) -> usize {
    factor(p).1.iter().map(|x| x.1 as usize).sum()
}
#[test]
fn textbook_factorisations() -> Result<(), &'static str> {
    let (x, y) = (Poly::var(0), Poly::var(1));
    let pow = |p: &Poly, k| p.pow(k).ok_or("too large");
    assert_eq!(count(&pow(&x, 2)?.sub(&Poly::one())), 2);
    assert_eq!(count(&pow(&x.add(&y), 2)?), 2);
    assert_eq!(count(&pow(&x, 3)?.sub(&pow(&y, 3)?)), 2);
    assert_eq!(count(&pow(&x, 4)?.sub(&pow(&y, 4)?)), 3);
    assert_eq!(count(&x.sub(&pow(&x, 2)?)), 2);
    assert_eq!(count(&pow(&x, 4)?.add(&Poly::num(Rat::int(4)))), 2);
    assert_eq!(count(&pow(&x, 2)?.add(&Poly::one())), 1);
    assert_eq!(count(&pow(&x, 3)?.add(&x).add(&Poly::one())), 1);
    assert_eq!(count(&pow(&x, 6)?.sub(&Poly::one())), 4);
    Ok(())
}

/// Irreducible over the rationals: by degree 1, by no rational root in degree 2 and 3, by reduction modulo 2 or as a form.
fn irreducible() -> Option<Vec<Poly>> {
    let (x, y) = (Poly::var(0), Poly::var(1));
    let n = |k: i64| Poly::num(Rat::int(k));
    let (x2, y2, x3) = (x.pow(2)?, y.pow(2)?, x.pow(3)?);
    Some(vec![
        x.clone(),
        x.add(&n(1)),
        x.sub(&n(3)),
        x.scale(&Rat::int(2)).add(&n(1)),
        x.scale(&Rat::int(3)).sub(&n(2)),
        x2.add(&n(1)),
        x2.add(&x).add(&n(1)),
        x2.sub(&n(2)),
        x2.scale(&Rat::int(2)).add(&n(3)),
        x3.add(&x).add(&n(1)),
        x3.sub(&n(2)),
        y.clone(),
        y.sub(&n(1)),
        x.add(&y),
        x.sub(&y.scale(&Rat::int(2))),
        x2.add(&y2),
        x2.add(&x.mul(&y)?).add(&y2),
        x.mul(&y)?.add(&n(1)),
        x2.sub(&y),
        y2.add(&x).add(&n(1)),
    ])
}

/// Each is made of one factor, each product of two of them (with other multiplicities and a number before it) of these two.
#[test]
fn what_was_multiplied_is_found_again() -> Result<(), &'static str> {
    let all = irreducible().ok_or("too large")?;
    let mut missed = Vec::new();
    for (i, p) in all.iter().enumerate() {
        assert_eq!(factor(p), (Rat::one(), vec![(p.clone(), 1)]), "{p:?}");
        for (j, q) in all.iter().enumerate().skip(i) {
            let (a, b) = (1 + (i + j) as u32 % 3, 1 + (i * j) as u32 % 2);
            let whole = p.pow(a).and_then(|u| u.mul(&q.pow(b)?)).ok_or("too large")?.scale(&Rat::int(-6));
            let mut want = if i == j { vec![(p.clone(), a + b)] } else { vec![(p.clone(), a), (q.clone(), b)] };
            want.sort_by(|a, b| (a.0.total_degree(), &a.0).cmp(&(b.0.total_degree(), &b.0)));
            let found = factor(&whole);
            let back = found.1.iter().try_fold(Poly::num(found.0.clone()), |acc, (f, k)| acc.mul(&f.pow(*k)?));
            assert_eq!(back, Some(whole), "{p:?}, {q:?}");
            if found != (Rat::int(-6), want) {
                missed.push((i, j));
            }
        }
    }
    assert_eq!(missed, []);
    Ok(())
}
