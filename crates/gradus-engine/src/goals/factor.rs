//! `factor`: common factors taken out and the identities of school applied one by one, each a line with its reason; what
//! they do not reach is left to the normal form's factorisation.

use super::monomial::{common, Monomial};
use crate::draft::Draft;
use crate::tidy::{factors, summands, tidy};
use crate::Engine;
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Id, Node, Position, Rat, Store, Summand};

/// Lines one factorisation may take.
const LINES: usize = 12;

/// One way to write a sum as a product, with the reason beside the line.
struct Identity {
    name: &'static str,
    product: Id,
    reason: Text,
}

impl<'s> Engine<'s> {
    /// Factors the current term of `d` as far as it goes.
    pub(crate) fn factor(&self, d: &mut Draft<'s>) {
        let s = self.store;
        // Sums inside a product are factored in place; a sum of products is multiplied out first if nothing applies.
        for _ in 0..LINES {
            if !self.factor_once(d) {
                break;
            }
            d.line(Detail::Textbook);
        }
        let facts = d.proof.facts().clone();
        let Some(full) = facts.factor(d.current()).map(|t| tidy(s, t)) else { return };
        if is_product(s, full)
            && breadth(s, full) > breadth(s, d.current())
            && d.rewrite(full, "algebra.factor", Text::words("factor"), Weight::Main).is_ok()
        {
            d.line(Detail::Textbook);
            while self.factor_once(d) && d.len() < LINES {
                d.line(Detail::Textbook);
            }
        }
    }
    /// Applies one identity at the first sum among the factors that has one.
    fn factor_once(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        for path in sums_among_factors(s, d.current()) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            for i in identities(s, f.part) {
                let before = d.len();
                if d.recompute(&pos, &f, i.product, i.name, i.reason, Weight::Main).is_ok() {
                    let t = tidy(s, d.current());
                    if !s.same(t, d.current()) && d.rewrite(t, "arithmetic.tidy", Text::default(), Weight::Trivial).is_err() {
                        d.truncate(before);
                        continue;
                    }
                    return true;
                }
            }
        }
        false
    }
}

fn is_product(s: &Store, t: Id) -> bool {
    matches!(s.node(crate::tidy::unsign(s, t).1), Node::Product(_) | Node::Pow(..) | Node::Quot(..))
}

/// How many factors that are no numbers a term has, powers counted.
fn breadth(s: &Store, t: Id) -> i64 {
    let core = crate::tidy::unsign(s, t).1;
    match s.node(core) {
        Node::Quot(a, _) => breadth(s, *a),
        _ => factors(s, core)
            .iter()
            .map(|f| match s.node(*f) {
                Node::Pow(_, k) => s.as_rational(*k).and_then(|q| q.to_i64()).unwrap_or(1),
                _ if s.as_rational(*f).is_some() => 0,
                _ => 1,
            })
            .sum(),
    }
}

/// The paths of the sums that stand as factors, bases of powers, or above or below a fraction bar.
fn sums_among_factors(s: &Store, t: Id) -> Vec<Vec<u32>> {
    let mut out = Vec::new();
    let mut todo = vec![(t, Vec::new())];
    while let Some((t, path)) = todo.pop() {
        let mut down = |k: u32, c: Id| {
            let mut p: Vec<u32> = path.clone();
            p.push(k);
            todo.push((c, p));
        };
        match s.node(t) {
            Node::Sum(xs) => match xs.as_ref() {
                [x] => down(0, x.term),
                _ => out.push(path),
            },
            Node::Product(xs) => {
                for (k, x) in xs.iter().enumerate().rev() {
                    down(u32::try_from(k).unwrap_or(u32::MAX), *x);
                }
            }
            Node::Quot(a, b) => {
                down(1, *b);
                down(0, *a);
            }
            Node::Pow(a, _) => down(0, *a),
            _ => {}
        }
    }
    out
}

/// The identities that apply to a sum, the first one best.
fn identities(s: &Store, sum: Id) -> Vec<Identity> {
    let xs = summands(s, sum);
    let Some(ms) = xs
        .iter()
        .map(|x| {
            let mut m = Monomial::read(s, x.term)?;
            if x.neg {
                m.coef = m.coef.neg();
            }
            Some(m)
        })
        .collect::<Option<Vec<_>>>()
    else {
        return Vec::new();
    };
    let mut out = Vec::new();
    out.extend(common_factor(s, &ms));
    match ms.as_slice() {
        [a, b] => out.extend(two_terms(s, a, b)),
        [a, b, c] => out.extend(three_terms(s, [a, b, c])),
        [a, b, c, e] => out.extend(cube_of_binomial(s, [a, b, c, e])),
        _ => {}
    }
    out
}

fn signed(s: &Store, ms: &[Monomial]) -> Id {
    let mut xs: Vec<Summand> = ms.iter().map(|m| Summand { neg: m.coef.is_negative(), term: m.term(s) }).collect();
    // A positive summand first, where there is one.
    if xs.first().is_some_and(|x| x.neg) {
        if let Some(k) = xs.iter().position(|x| !x.neg) {
            if let Some(head) = xs.get_mut(..=k) {
                head.rotate_right(1);
            }
        }
    }
    s.sum(&xs)
}

/// `6 x² + 9 x = 3 x (2 x + 3)`; also factors that are sums, as in `a (x+1) + b (x+1)`.
fn common_factor(s: &Store, ms: &[Monomial]) -> Option<Identity> {
    let c = common(s, ms);
    if (c.coef.is_one() && c.powers.is_empty()) || ms.len() < 2 {
        return None;
    }
    let rest: Vec<Monomial> = ms.iter().map(|m| m.over(s, &c)).collect::<Option<_>>()?;
    let front = c.term(s);
    let product = s.product(&factors(s, front).into_iter().chain([signed(s, &rest)]).collect::<Vec<_>>());
    Some(Identity { name: "factor.common_factor", product, reason: Text::words("take out ").term(front) })
}

/// `a² − b²`, `a³ ± b³`.
fn two_terms(s: &Store, a: &Monomial, b: &Monomial) -> Vec<Identity> {
    let mut out = Vec::new();
    let (p, n) = match (a.coef.is_negative(), b.coef.is_negative()) {
        (false, true) => (a, b),
        (true, false) => (b, a),
        (false, false) => {
            out.extend(cubes(s, a, b, false));
            return out;
        }
        (true, true) => return out,
    };
    let positive = Monomial { coef: n.coef.neg(), powers: n.powers.clone() };
    if let (Some(u), Some(v)) = (p.root(2), positive.root(2)) {
        let (u, v) = (u.term(s), v.term(s));
        out.push(Identity {
            name: "factor.difference_of_squares",
            product: s.product(&[s.add(u, v), s.sub(u, v)]),
            reason: Text::words("difference of two squares"),
        });
    }
    out.extend(cubes(s, p, &positive, true));
    out
}

/// `u³ ± v³ = (u ± v)(u² ∓ u v + v²)`
fn cubes(s: &Store, a: &Monomial, b: &Monomial, minus: bool) -> Option<Identity> {
    let (u, v) = (a.root(3)?, b.root(3)?);
    if u.powers.is_empty() && v.powers.is_empty() {
        return None;
    }
    let uv = u.mul(s, &v).term(s);
    let (u2, v2) = (u.mul(s, &u).term(s), v.mul(s, &v).term(s));
    let first = s.sum(&[Summand { neg: false, term: u.term(s) }, Summand { neg: minus, term: v.term(s) }]);
    let second = s.sum(&[Summand { neg: false, term: u2 }, Summand { neg: !minus, term: uv }, Summand { neg: false, term: v2 }]);
    let words = if minus { "difference of two cubes" } else { "sum of two cubes" };
    Some(Identity { name: "factor.cubes", product: s.product(&[first, second]), reason: Text::words(words) })
}

/// Perfect squares and quadratics, in any order of the terms.
fn three_terms(s: &Store, ms: [&Monomial; 3]) -> Vec<Identity> {
    let mut out = Vec::new();
    let [a, b, c] = ms;
    for (x, m, y) in [(a, b, c), (a, c, b), (b, a, c)] {
        if let (Some(u), Some(v)) = (x.root(2), y.root(2)) {
            let double = Monomial { coef: Rat::int(2), powers: Vec::new() }.mul(s, &u).mul(s, &v);
            if double.alike(s, m) && double.coef == m.coef.abs() {
                let minus = m.coef.is_negative();
                let base = s.sum(&[Summand { neg: false, term: u.term(s) }, Summand { neg: minus, term: v.term(s) }]);
                let words = if minus { "square of a difference" } else { "square of a sum" };
                out.push(Identity { name: "factor.perfect_square", product: s.pow(base, s.int(2)), reason: Text::words(words) });
                return out;
            }
        }
    }
    for (x, m, y) in [(a, b, c), (a, c, b), (b, a, c), (b, c, a), (c, a, b), (c, b, a)] {
        if let Some(i) = quadratic(s, x, m, y) {
            out.push(i);
            return out;
        }
    }
    out
}

/// `a u² + b u v + c v²` with rational coefficients and rational roots.
fn quadratic(s: &Store, x: &Monomial, m: &Monomial, y: &Monomial) -> Option<Identity> {
    let unit = |k: &Monomial| Monomial { coef: Rat::one(), powers: k.powers.clone() };
    let (u, v) = (unit(x).root(2)?, unit(y).root(2)?);
    if u.powers.is_empty() || !u.mul(s, &v).alike(s, m) {
        return None;
    }
    let (a, b, c) = (&x.coef, &m.coef, &y.coef);
    let disc = b.mul(b).sub(&Rat::int(4).mul(a).mul(c));
    let root = disc.root(2)?;
    let two_a = a.add(a);
    let (r1, r2) = (b.neg().add(&root).div(&two_a)?, b.neg().sub(&root).div(&two_a)?);
    // a (u − r₁ v)(u − r₂ v) with the denominators of the roots multiplied in.
    let mut rest = a.clone();
    let linear = |r: &Rat, rest: &mut Rat| -> Option<Id> {
        let q = Rat::from(r.denom());
        *rest = rest.div(&q)?;
        let (lead, tail) =
            (Monomial { coef: q.clone(), powers: u.powers.clone() }, Monomial { coef: r.mul(&q).neg(), powers: v.powers.clone() });
        Some(signed_in_order(s, &lead, &tail))
    };
    let (f1, f2) = (linear(&r1, &mut rest)?, linear(&r2, &mut rest)?);
    let mut fs = Vec::new();
    if !rest.is_one() {
        fs.push(s.rational(&rest.abs()));
    }
    fs.extend([f1, f2]);
    let product = s.product(&fs);
    let product = if rest.is_negative() { s.neg(product) } else { product };
    let reason = if a.is_one() && v.powers.is_empty() && r1.is_integer() && r2.is_integer() {
        // x² + b x + c: two numbers with sum b and product c.
        let (p, q) = (r1.neg(), r2.neg());
        Text::words("two numbers with sum ")
            .term(s.rational(b))
            .and(" and product ")
            .term(s.rational(c))
            .and(": ")
            .term(s.rational(&p))
            .and(" and ")
            .term(s.rational(&q))
    } else if v.powers.is_empty() {
        Text::words("roots ").term(s.rational(&r1)).and(" and ").term(s.rational(&r2))
    } else {
        Text::words("factor the quadratic")
    };
    Some(Identity { name: "factor.quadratic", product, reason })
}

fn signed_in_order(s: &Store, lead: &Monomial, tail: &Monomial) -> Id {
    s.sum(&[Summand { neg: lead.coef.is_negative(), term: lead.term(s) }, Summand { neg: tail.coef.is_negative(), term: tail.term(s) }])
}

/// `(u ± v)³`
fn cube_of_binomial(s: &Store, ms: [&Monomial; 4]) -> Option<Identity> {
    let cubes: Vec<(usize, Monomial)> = ms.iter().enumerate().filter_map(|(i, m)| Some((i, m.root(3)?))).collect();
    for (i, u) in &cubes {
        for (j, v) in cubes.iter().filter(|(j, _)| j > i) {
            let three = Monomial { coef: Rat::int(3), powers: Vec::new() };
            let (p, q) = (three.mul(s, u).mul(s, u).mul(s, v), three.mul(s, u).mul(s, v).mul(s, v));
            let others: Vec<&&Monomial> = ms.iter().enumerate().filter(|(k, _)| k != i && k != j).map(|(_, m)| m).collect();
            let is = |m: &Monomial, w: &Monomial| m.alike(s, w) && m.coef == w.coef;
            if let [m, n] = others.as_slice() {
                if (is(m, &p) && is(n, &q)) || (is(m, &q) && is(n, &p)) {
                    let base = signed(s, &[u.clone(), v.clone()]);
                    return Some(Identity {
                        name: "factor.perfect_cube",
                        product: s.pow(base, s.int(3)),
                        reason: Text::words("cube of a binomial"),
                    });
                }
            }
        }
    }
    None
}
