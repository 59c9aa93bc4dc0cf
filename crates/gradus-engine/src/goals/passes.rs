//! Arithmetic as it is written on paper: one kind of operation a line. Each pass rewrites a term everywhere, innermost
//! first, and only *proposes*: the kernel recomputes.

use crate::tidy::{factors, gcd, tidy};
use gradus_term::{Aff, Arg, BigOp, Id, Node, Prim, Rat, Store, Summand};
use rustc_hash::FxHashMap;

/// Members a range may have to be written out.
const MEMBERS: i64 = 64;

/// A kind of operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pass {
    /// Definitions put in.
    Unfold,
    /// What tensor operations are by entries.
    Entries,
    /// Sums and products over a concrete range written out; the largest and smallest of a few.
    WriteOut,
    /// `exp(0)`, `log(1)`, `sin(pi/6)`, `sqrt(4)`.
    Values,
    /// Powers, factorials, binomial coefficients of numbers.
    Powers,
    /// Products and quotients of numbers.
    Products,
    /// Fractions of numbers brought to one denominator.
    Denominators,
    /// Sums of numbers.
    Sums,
}

impl Pass {
    /// In the order of the page.
    pub const ALL: [Pass; 9] = [
        Pass::Values,
        Pass::Unfold,
        Pass::Entries,
        Pass::WriteOut,
        Pass::Values,
        Pass::Powers,
        Pass::Products,
        Pass::Denominators,
        Pass::Sums,
    ];
    /// The move's name and the words beside the line.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Pass::Unfold => ("definition.unfold", "by definition"),
            Pass::Entries => ("tensor.entries", "by entries"),
            Pass::WriteOut => ("sum.write_out", "write out"),
            Pass::Values => ("arithmetic.values", "known values"),
            Pass::Powers => ("arithmetic.powers", "powers"),
            Pass::Products => ("arithmetic.products", "multiply"),
            Pass::Denominators => ("arithmetic.denominators", "common denominator"),
            Pass::Sums => ("arithmetic.sums", "add"),
        }
    }
    /// The term after this pass.
    pub fn apply(self, s: &Store, t: Id) -> Id {
        Run { s, pass: self, memo: FxHashMap::default() }.go(t, 0)
    }
}

struct Run<'s> {
    s: &'s Store,
    pass: Pass,
    memo: FxHashMap<Id, Id>,
}

impl Run<'_> {
    fn go(&mut self, t: Id, depth: u32) -> Id {
        if let Some(r) = self.memo.get(&t) {
            return *r;
        }
        let s = self.s;
        if depth > 400 {
            return t;
        }
        let r = match s.node(t) {
            Node::Diff { .. } | Node::Limit { .. } => t,
            // What stands under a binder waits until the range is written out.
            Node::Big { .. } | Node::Tensor { .. }
                if self.pass != Pass::WriteOut && self.pass != Pass::Unfold && self.pass != Pass::Entries =>
            {
                t
            }
            node => {
                let n = node.map_children(&mut |c, _| self.go(c, depth + 1));
                self.node(signs_out(s, n))
            }
        };
        self.memo.insert(t, r);
        r
    }
    fn node(&self, n: Node) -> Id {
        let s = self.s;
        let id = s.intern(n);
        let new = match self.pass {
            Pass::Unfold => unfold(s, id),
            Pass::Entries => entries(s, id),
            Pass::WriteOut => write_out(s, id),
            Pass::Values => value(s, id),
            Pass::Powers => power(s, id),
            Pass::Products => product(s, id),
            Pass::Denominators => denominators(s, id),
            Pass::Sums => sum(s, id),
        };
        new.unwrap_or(id)
    }
}

/// A summand that has become negative takes its sign to the sum.
fn signs_out(s: &Store, n: Node) -> Node {
    match n {
        Node::Sum(xs) if xs.len() > 1 => Node::Sum(
            xs.iter()
                .map(|x| {
                    let (neg, term) = crate::tidy::unsign(s, x.term);
                    Summand { neg: x.neg != neg, term }
                })
                .collect(),
        ),
        n => n,
    }
}

fn unfold(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Call(f, xs) => s.unfold(*f, xs),
        Node::Entry(u, ix) => match s.node(*u) {
            Node::Call(f, xs) => Some(s.make_entry(s.unfold(*f, xs)?, ix)),
            _ => None,
        },
        _ => None,
    }
}

fn entries(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Entry(u, ix) => s.entry(*u, ix),
        _ => s.scalar_form(t),
    }
}

fn write_out(s: &Store, t: Id) -> Option<Id> {
    let Node::Big { op, lo, hi, cond, body, .. } = s.node(t) else { return decided(s, t) };
    let (lo, hi) = (lo.as_int()?, hi.as_int()?);
    if hi.checked_sub(lo)? >= MEMBERS {
        return None;
    }
    let mut members = Vec::new();
    for k in lo..=hi {
        let at = [Arg::Idx(Aff::int(k))];
        if let Some(c) = cond {
            if !truth(s, s.open(*c, &at))? {
                continue;
            }
        }
        members.push(settle(s, s.open(*body, &at), 0));
    }
    match op {
        BigOp::Sum if members.is_empty() => Some(s.int(0)),
        BigOp::Sum => Some(s.sum(&members.into_iter().map(|term| Summand { neg: false, term }).collect::<Vec<_>>())),
        BigOp::Prod => Some(s.product(&members)),
        BigOp::Max => members.into_iter().reduce(|a, b| s.prim_call(Prim::Max, &[a, b])),
        BigOp::Min => members.into_iter().reduce(|a, b| s.prim_call(Prim::Min, &[a, b])),
    }
}

/// Entries with concrete indices are looked up, brackets decided: what a person does while writing a member down.
fn settle(s: &Store, t: Id, depth: u32) -> Id {
    if depth > 200 {
        return t;
    }
    let n = match s.node(t) {
        Node::Big { .. } | Node::Tensor { .. } | Node::Diff { .. } | Node::Limit { .. } => return t,
        node => node.map_children(&mut |c, _| settle(s, c, depth + 1)),
    };
    let t = s.intern(n);
    let looked_up = match s.node(t) {
        Node::Entry(u, ix) => s.entry(*u, ix),
        _ => None,
    };
    match looked_up {
        Some(e) => settle(s, e, depth + 1),
        None => decided(s, t).unwrap_or(t),
    }
}

/// A bracket or a choice whose conditions are between numbers.
fn decided(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Iverson(c) => Some(s.int(i64::from(truth(s, *c)?))),
        Node::Cases(bs, o) => {
            for (c, v) in bs {
                if truth(s, *c)? {
                    return Some(*v);
                }
            }
            *o
        }
        _ => None,
    }
}

/// Whether a condition between numbers holds.
fn truth(s: &Store, c: Id) -> Option<bool> {
    use gradus_term::RelOp;
    match s.node(c) {
        Node::Rel(op, a, b) => {
            let o = number(s, *a)?.cmp(&number(s, *b)?);
            Some(match op {
                RelOp::Eq => o.is_eq(),
                RelOp::Ne => o.is_ne(),
                RelOp::Lt => o.is_lt(),
                RelOp::Le => o.is_le(),
                RelOp::Gt => o.is_gt(),
                RelOp::Ge => o.is_ge(),
            })
        }
        Node::And(xs) => xs.iter().try_fold(true, |a, x| Some(a && truth(s, *x)?)),
        Node::Or(xs) => xs.iter().try_fold(false, |a, x| Some(a || truth(s, *x)?)),
        Node::Not(x) => Some(!truth(s, *x)?),
        _ => None,
    }
}

fn number(s: &Store, t: Id) -> Option<Rat> {
    s.as_rational(t).or_else(|| s.as_aff(t).and_then(|a| a.as_int()).map(Rat::int))
}

fn value(s: &Store, t: Id) -> Option<Id> {
    let Node::Call(f, xs) = s.node(t) else { return None };
    // A function that is defined by others, where that is a number: tan 0, tan(π/4), σ(0).
    let known = |x: &Id| number(s, *x).is_some() || multiple_of(s, *x, Prim::Pi).is_some();
    if s.fun(*f).library && s.prim(*f).is_none() && xs.iter().all(known) {
        let body = s.unfold(*f, xs)?;
        let passes = [Pass::Values, Pass::Powers, Pass::Products, Pass::Sums, Pass::Products];
        return number(s, passes.into_iter().fold(body, |t, p| p.apply(s, t))).map(|q| s.rational(&q));
    }
    let p = s.prim(*f).filter(|p| p.is_scalar())?;
    if let ([a, b], Prim::Max | Prim::Min) = (xs.as_ref(), p) {
        let (x, y) = (number(s, *a)?, number(s, *b)?);
        return Some(if (x >= y) == (p == Prim::Max) { *a } else { *b });
    }
    let [x] = xs.as_ref() else { return None };
    if matches!(p, Prim::Asin | Prim::Acos | Prim::Atan) {
        let (negative, square) = sign_and_square(s, *x)?;
        let turns = p.angle_of(negative, &square)?;
        return Some(tidy(s, s.mul(s.rational(&turns), s.prim_call(Prim::Pi, &[]))));
    }
    if let Some(q) = number(s, *x) {
        return match p {
            Prim::Exp if q.is_zero() => Some(s.int(1)),
            Prim::Log if q.is_one() => Some(s.int(0)),
            Prim::Sqrt => root(s, &q),
            Prim::Sin | Prim::Erf if q.is_zero() => Some(s.int(0)),
            Prim::Cos if q.is_zero() => Some(s.int(1)),
            Prim::Abs => Some(s.rational(&q.abs())),
            Prim::Sign => Some(s.int(if q.is_zero() {
                0
            } else if q.is_negative() {
                -1
            } else {
                1
            })),
            Prim::Floor => Some(s.rational(&q.floor())),
            Prim::Gamma => q.to_i64().filter(|n| (1..=60).contains(n)).map(|n| s.rational(&factorial(n - 1))),
            _ => None,
        };
    }
    match (p, s.node(*x)) {
        (Prim::Log, Node::Call(g, ys)) if s.prim(*g) == Some(Prim::Exp) => ys.first().copied(),
        (Prim::Exp, Node::Call(g, ys)) if s.prim(*g) == Some(Prim::Log) => ys.first().copied(),
        (Prim::Exp, _) => {
            let (k, log) = multiple_of(s, *x, Prim::Log)?;
            let Node::Call(_, ys) = s.node(log) else { return None };
            let q = number(s, *ys.first()?).filter(Rat::is_positive)?;
            match k.to_i64() {
                Some(k) => (k.abs() <= 64).then(|| q.pow(k).map(|q| s.rational(&q)))?,
                None if k == Rat::new(1, 2)? => Some(s.prim_call(Prim::Sqrt, &[s.rational(&q)])),
                None => Some(s.pow(s.rational(&q), s.rational(&k))),
            }
        }
        (Prim::Sin | Prim::Cos, _) => angle(s, p, &multiple_of(s, *x, Prim::Pi)?.0),
        _ => None,
    }
}

/// The sign and the square of a number, or of one times or over square roots of numbers: of `−√3/2`, negative and 3/4.
fn sign_and_square(s: &Store, t: Id) -> Option<(bool, Rat)> {
    let (neg, core) = crate::tidy::unsign(s, t);
    let (above, below) = match s.node(core) {
        Node::Quot(a, b) => (factors(s, *a), factors(s, *b)),
        _ => (factors(s, core), Vec::new()),
    };
    let (mut negative, mut square) = (neg, Rat::one());
    for (f, up) in above.into_iter().map(|f| (f, true)).chain(below.into_iter().map(|f| (f, false))) {
        let own = match (number(s, f), s.node(f)) {
            (Some(q), _) => {
                negative ^= q.is_negative();
                q.mul(&q)
            }
            (None, Node::Call(g, xs)) if s.prim(*g) == Some(Prim::Sqrt) => number(s, *xs.first()?).filter(|q| !q.is_negative())?,
            _ => return None,
        };
        square = if up { square.mul(&own) } else { square.div(&own)? };
    }
    Some((negative, square))
}

/// The root of a number: exact, or with the squares taken out (`√12 = 2 √3`).
fn root(s: &Store, q: &Rat) -> Option<Id> {
    if let Some(r) = q.root(2) {
        return Some(s.rational(&r));
    }
    let n = q.to_i64().filter(|n| *n > 1 && *n < 1_000_000)?;
    let (mut out, mut rest, mut p) = (1i64, n, 2i64);
    while p * p <= rest {
        while rest % (p * p) == 0 {
            rest /= p * p;
            out *= p;
        }
        p += 1;
    }
    (out > 1).then(|| s.mul(s.int(out), s.prim_call(Prim::Sqrt, &[s.int(rest)])))
}

/// `q` and the head if the term is `q π`, or `q log u`.
fn multiple_of(s: &Store, t: Id, head: Prim) -> Option<(Rat, Id)> {
    let (neg, core) = crate::tidy::unsign(s, t);
    let (num, den) = match s.node(core) {
        Node::Quot(a, b) => (*a, s.as_rational(*b)?),
        _ => (core, Rat::one()),
    };
    let mut q = Rat::one();
    let mut heads = Vec::new();
    for f in factors(s, num) {
        match s.node(f) {
            Node::Call(g, _) if s.prim(*g) == Some(head) => heads.push(f),
            _ => q = q.mul(&s.as_rational(f)?),
        }
    }
    let q = q.div(&den)?;
    let [of] = *heads.as_slice() else { return None };
    Some((if neg { q.neg() } else { q }, of))
}

/// The sine or cosine of a multiple of π/6 or π/4.
fn angle(s: &Store, p: Prim, q: &Rat) -> Option<Id> {
    let k = q.mul(&Rat::int(12)).to_i64()?;
    let k = if p == Prim::Cos { k.checked_add(6)? } else { k }.rem_euclid(24);
    let (neg, k) = if k >= 12 { (true, k - 12) } else { (false, k) };
    let half = |n: i64| s.quot(s.prim_call(Prim::Sqrt, &[s.int(n)]), s.int(2));
    let v = match k.min(12 - k) {
        0 => s.int(0),
        2 => s.quot(s.int(1), s.int(2)),
        3 => half(2),
        4 => half(3),
        6 => s.int(1),
        _ => return None,
    };
    Some(if neg && k != 0 { s.neg(v) } else { v })
}

fn factorial(n: i64) -> Rat {
    (1..=n).fold(Rat::one(), |a, i| a.mul(&Rat::int(i)))
}

fn power(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Pow(a, b) => {
            let (x, e) = (number(s, *a)?, number(s, *b)?);
            match e.to_i64() {
                Some(k) if k.abs() <= 4096 => Some(s.rational(&x.pow(k)?)),
                _ => {
                    let (n, d) = (Rat::from(e.numer()).to_i64()?, Rat::from(e.denom()).to_i64()?);
                    (d <= 64 && n.abs() <= 64).then_some(())?;
                    Some(s.rational(&x.root(d)?.pow(n)?))
                }
            }
        }
        Node::Call(f, xs) => match (s.prim(*f)?, xs.as_ref()) {
            (Prim::Factorial, [n]) => {
                let n = number(s, *n)?.to_i64().filter(|n| (0..=200).contains(n))?;
                Some(s.rational(&factorial(n)))
            }
            (Prim::Binom, [n, k]) => {
                let (n, k) = (number(s, *n)?.to_i64()?, number(s, *k)?.to_i64()?);
                if !(0..=400).contains(&n) || k < 0 {
                    return None;
                }
                let mut r = Rat::one();
                for i in 0..k.min(n + 1) {
                    r = r.mul(&Rat::int(n - i)).div(&Rat::int(i + 1))?;
                }
                Some(s.rational(&r))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Numbers among the factors multiplied; other factors stay.
fn product(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Product(_) | Node::Quot(..) if s.sort(t).is_scalar() => {
            let new = tidy(s, t);
            (new != t).then_some(new)
        }
        _ => None,
    }
}

fn denominators(s: &Store, t: Id) -> Option<Id> {
    let Node::Sum(xs) = s.node(t) else { return None };
    let qs: Vec<Rat> = xs.iter().map(|x| number(s, x.term)).collect::<Option<_>>()?;
    let lcm = qs.iter().try_fold(1i64, |a, q| {
        let d = Rat::from(q.denom()).to_i64()?;
        (a / gcd(a, d)).checked_mul(d)
    })?;
    if lcm == 1 || xs.len() < 2 || qs.iter().all(|q| Rat::from(q.denom()) == Rat::int(lcm)) {
        return None;
    }
    let terms: Vec<Summand> = xs
        .iter()
        .zip(&qs)
        .filter(|(_, q)| !q.is_zero())
        .map(|(x, q)| Summand { neg: x.neg, term: s.quot(s.rational(&q.mul(&Rat::int(lcm))), s.int(lcm)) })
        .collect();
    Some(s.sum(&terms))
}

fn sum(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Sum(_) if s.sort(t).is_scalar() => {
            let new = tidy(s, t);
            (new != t).then_some(new)
        }
        _ => None,
    }
}
