//! Tidying: the small clean-up that a person does without a word while writing the next line.
//!
//! Signs float out of products and fractions, numbers are multiplied together, ones and zeros vanish, a product of
//! fractions becomes one fraction, equal factors become powers, nested fractions are flattened. Nothing is distributed, no
//! unlike terms are combined, nothing inside an unevaluated derivative or limit is touched. Each result is justified by a
//! step with the ground *recomputed*; this module only proposes it.

use crate::simplify::positive_first_parts;
use gradus_term::{Aff, Id, Node, Prim, Rat, RelOp, Store, Summand};
use rustc_hash::FxHashMap;

/// The tidied term.
pub fn tidy(s: &Store, id: Id) -> Id {
    Tidy { s, memo: FxHashMap::default() }.go(id)
}

/// Whether a relation of two numbers, or an equation of two of the same, or of an even and an odd index, holds.
pub(crate) fn settled(s: &Store, cond: Id) -> Option<bool> {
    if let Node::Rel(op @ (RelOp::Lt | RelOp::Le | RelOp::Gt | RelOp::Ge), a, b) = s.node(cond) {
        let (p, q) = s.as_rational(*a).zip(s.as_rational(*b))?;
        return Some(match op {
            RelOp::Lt => p < q,
            RelOp::Le => p <= q,
            RelOp::Gt => p > q,
            _ => p >= q,
        });
    }
    let Node::Rel(op @ (RelOp::Eq | RelOp::Ne), a, b) = s.node(cond) else { return None };
    let equal = if s.same(*a, *b) {
        true
    } else {
        let numbers = s.as_rational(*a).zip(s.as_rational(*b)).map(|(p, q)| p == q);
        numbers.or_else(|| {
            common_multiple(s, *a, *b).and_then(|(a, b, k)| (a.sub(&b).divided_down(k)?.scale(k) != a.sub(&b)).then_some(false))
        })?
    };
    Some(equal == (*op == RelOp::Eq))
}
/// Two index expressions whose difference has multiples of k ≥ 2 of all its letters, and the greatest such k.
fn common_multiple(s: &Store, a: Id, b: Id) -> Option<(Aff, Aff, i64)> {
    let (a, b) = s.as_aff(a).zip(s.as_aff(b))?;
    let difference = a.sub(&b);
    let k = difference.vars().map(|v| difference.coef(v)).fold(0, gcd);
    (k >= 2).then_some((a, b, k))
}
/// `2 i = 2 r` as `i = r`, and `2 i - 1 = 2 r - 1` likewise.
fn divided_equation(s: &Store, cond: Id) -> Option<Id> {
    let Node::Rel(RelOp::Eq, a, b) = s.node(cond) else { return None };
    let (a, b, k) = common_multiple(s, *a, *b)?;
    let fixed = b.vars().fold(b.clone(), |c, v| c.subst(v, &Aff::int(0)));
    let half = |x: &Aff| x.sub(&fixed).divided_down(k).filter(|y| y.scale(k) == x.sub(&fixed));
    Some(s.rel(RelOp::Eq, s.index(half(&a)?), s.index(half(&b)?)))
}

/// Whether a factor is 1 where an index lies between others, 0 elsewhere.
pub(crate) fn is_guard(s: &Store, f: Id) -> bool {
    let Node::Iverson(c) = s.node(f) else { return false };
    let between = |c: Id| match s.node(c) {
        Node::Rel(op, a, b) => !matches!(op, RelOp::Eq | RelOp::Ne) && s.as_aff(*a).is_some() && s.as_aff(*b).is_some(),
        _ => false,
    };
    match s.node(*c) {
        Node::And(cs) => cs.iter().all(|c| between(*c)),
        _ => between(*c),
    }
}

/// Sums of products without factors that are 1.
pub(crate) fn without_ones(s: &Store, id: Id) -> Id {
    match s.node(id) {
        Node::Product(xs) if xs.iter().any(|x| is_one(s, *x)) => {
            s.product(&xs.iter().copied().filter(|x| !is_one(s, *x)).collect::<Vec<_>>())
        }
        Node::Sum(xs) => s.sum(&xs.iter().map(|x| Summand { neg: x.neg, term: without_ones(s, x.term) }).collect::<Vec<_>>()),
        _ => id,
    }
}

/// The greatest common divisor; of 0 and 0 it is 0.
pub(crate) fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i64::try_from(a).unwrap_or(1)
}

struct Tidy<'s> {
    s: &'s Store,
    memo: FxHashMap<Id, Id>,
}

impl Tidy<'_> {
    fn go(&mut self, id: Id) -> Id {
        if let Some(r) = self.memo.get(&id) {
            return *r;
        }
        let s = self.s;
        let r = match s.node(id) {
            Node::Diff { .. } | Node::Differential { .. } | Node::Limit { .. } | Node::Rel(..) => id,
            node => {
                let n = node.map_children(&mut |c, _| self.go(c));
                self.node(n)
            }
        };
        self.memo.insert(id, r);
        r
    }
    fn node(&self, n: Node) -> Id {
        let s = self.s;
        match n {
            Node::Sum(xs) => self.sum(&xs),
            Node::Product(xs) => self.product(&xs),
            Node::Quot(a, b) => self.quot(a, b),
            Node::Pow(a, b) => self.pow(a, b),
            Node::Big { op: gradus_term::BigOp::Sum, body, .. } if is_zero(s, body) => s.int(0),
            Node::Iverson(c) => match settled(s, c) {
                Some(true) => s.int(1),
                Some(false) => s.int(0),
                None => divided_equation(s, c).map_or_else(|| s.intern(n), |c| s.intern(Node::Iverson(c))),
            },
            Node::Cases(ref bs, o) if bs.iter().any(|b| settled(s, b.0).is_some()) => {
                let open: Vec<(Id, Id)> = bs.iter().copied().filter(|b| settled(s, b.0) != Some(false)).collect();
                let (upto, last) = match open.iter().position(|b| settled(s, b.0) == Some(true)) {
                    Some(k) => (open.get(..k).unwrap_or(&[]), open.get(k).map(|b| b.1)),
                    None => (open.as_slice(), o),
                };
                match (upto, last) {
                    ([], Some(v)) => v,
                    ([], None) => s.intern(n),
                    _ => s.intern(Node::Cases(upto.into(), last)),
                }
            }
            Node::Call(f, ref xs) => match (s.prim(f), xs.as_ref()) {
                (Some(Prim::Exp), [x]) if is_zero(s, *x) => s.int(1),
                (Some(Prim::Log), [x]) if is_one(s, *x) => s.int(0),
                _ => s.intern(n),
            },
            n => s.intern(n),
        }
    }
    fn sum(&self, xs: &[Summand]) -> Id {
        let s = self.s;
        let mut out: Vec<Summand> = Vec::new();
        let mut number = Rat::zero();
        let mut number_at = None;
        let mut numbers = 0;
        for x in xs {
            let parts: Vec<Summand> = match s.node(x.term) {
                Node::Sum(ys) => {
                    let turned = ys.iter().map(|y| Summand { neg: y.neg != x.neg, term: y.term }).collect();
                    // A difference with its sign turned is the difference turned: −(a − b) is b − a.
                    if x.neg && out.is_empty() {
                        positive_first_parts(turned)
                    } else {
                        turned
                    }
                }
                _ => vec![*x],
            };
            for p in parts {
                match s.as_rational(p.term) {
                    Some(q) if !s.sort(p.term).is_tensor() => {
                        numbers += 1;
                        number = if p.neg { number.sub(&q) } else { number.add(&q) };
                        number_at.get_or_insert(out.len());
                        if numbers == 1 {
                            out.push(p);
                        }
                    }
                    _ => out.push(p),
                }
            }
        }
        if let Some(k) = number_at {
            if number.is_zero() {
                out.remove(k);
            } else if let Some(slot) = out.get_mut(k) {
                *slot = Summand { neg: number.is_negative(), term: s.rational(&number.abs()) };
            }
        }
        s.sum(&out)
    }
    fn product(&self, xs: &[Id]) -> Id {
        let s = self.s;
        let mut neg = false;
        let mut top: Vec<Id> = Vec::new();
        let mut bottom: Vec<Id> = Vec::new();
        let mut number = Rat::one();
        let keep_fractions = xs.iter().any(|x| has_derivative(s, *x));
        for x in xs {
            let (n, core) = unsign(s, *x);
            neg ^= n;
            for f in factors(s, core) {
                if let Some(q) = s.as_rational(f) {
                    number = number.mul(&q);
                    continue;
                }
                match s.node(f) {
                    Node::Quot(a, b) if !keep_fractions => {
                        let (n, a) = unsign(s, *a);
                        neg ^= n;
                        for (f, side) in factors(s, a).into_iter().map(|f| (f, true)).chain(factors(s, *b).into_iter().map(|f| (f, false)))
                        {
                            match s.as_rational(f) {
                                Some(q) => number = if side { number.mul(&q) } else { number.div(&q).unwrap_or_else(|| number.clone()) },
                                None if side => top.push(f),
                                None => bottom.push(f),
                            }
                        }
                    }
                    _ => top.push(f),
                }
            }
        }
        if number.is_zero() {
            return s.int(0);
        }
        let (num, den) = (Rat::from(number.abs().numer()), Rat::from(number.denom()));
        neg ^= number.is_negative();
        // Deltas and brackets stand first, then π, names and their powers, as they are read: `2 x e^x`; a tensor is last.
        top.sort_by_key(|f| match s.node(*f) {
            Node::Iverson(_) => 0,
            _ if s.sort(*f).is_tensor() => 3,
            Node::Call(g, xs) if xs.is_empty() && s.prim(*g).is_some() => 1,
            n if is_name(s, n) => 1,
            Node::Pow(b, _) if is_name(s, s.node(*b)) => 1,
            _ => 2,
        });
        let (top, bottom) = if keep_fractions { (self.powers(top), self.powers(bottom)) } else { self.cancel(top, bottom) };
        let r = self.fraction(&num, top, &den, bottom);
        if neg {
            s.neg(r)
        } else {
            r
        }
    }
    /// Powers of one base above and below the fraction line are taken together.
    fn cancel(&self, top: Vec<Id>, bottom: Vec<Id>) -> (Vec<Id>, Vec<Id>) {
        let s = self.s;
        let split = |f: Id| match s.node(f) {
            Node::Pow(b, e) => match s.as_rational(*e).and_then(|q| q.to_i64()) {
                Some(k) if k > 0 => (*b, k),
                _ => (f, 1),
            },
            _ => (f, 1),
        };
        let mut bottoms: Vec<(Id, i64)> = self.powers(bottom).into_iter().map(split).collect();
        let mut tops: Vec<(Id, i64)> = self.powers(top).into_iter().map(split).collect();
        for (b, k) in &mut tops {
            if let Some((_, n)) = bottoms.iter_mut().find(|(c, _)| same_base(s, *c, *b)) {
                let common = (*k).min(*n);
                *k -= common;
                *n -= common;
            }
        }
        let join =
            |xs: Vec<(Id, i64)>| xs.into_iter().filter(|(_, k)| *k > 0).map(|(b, k)| if k == 1 { b } else { s.pow(b, s.int(k)) }).collect();
        (join(tops), join(bottoms))
    }
    /// A fraction; what says where an index lies stands before it, so that what is below need have no value elsewhere.
    fn fraction(&self, num: &Rat, top: Vec<Id>, den: &Rat, bottom: Vec<Id>) -> Id {
        let s = self.s;
        if bottom.is_empty() && den.is_one() {
            return self.with_number(num, top);
        }
        let (guards, top): (Vec<Id>, Vec<Id>) = top.into_iter().partition(|f| !bottom.is_empty() && is_guard(s, *f));
        let r = s.quot(self.with_number(num, top), self.with_number(den, bottom));
        if guards.is_empty() {
            return r;
        }
        s.product(&guards.into_iter().chain([r]).collect::<Vec<_>>())
    }
    fn with_number(&self, q: &Rat, mut fs: Vec<Id>) -> Id {
        if !q.is_one() {
            fs.insert(0, self.s.rational(q));
        }
        self.s.product(&fs)
    }
    /// The roots of different numbers among factors as one root: `√2 √π` is `√(2π)`.
    fn one_root(&self, fs: Vec<Id>) -> Vec<Id> {
        let s = self.s;
        let under = |f: Id| match s.node(f) {
            Node::Call(g, xs) if s.prim(*g) == Some(Prim::Sqrt) => {
                xs.first().copied().filter(|u| s.loose(*u) == 0 && s.free_vars(*u).is_empty())
            }
            _ => None,
        };
        let roots: Vec<Id> = fs.iter().filter_map(|f| under(*f)).collect();
        let apart = roots
            .iter()
            .enumerate()
            .all(|(k, u)| roots.iter().skip(k + 1).all(|v| !factors(s, *u).iter().any(|f| factors(s, *v).contains(f))));
        if roots.len() < 2 || !apart {
            return fs;
        }
        let root = s.prim_call(Prim::Sqrt, &[tidy(s, s.product(&roots))]);
        let first = fs.iter().position(|f| under(*f).is_some()).unwrap_or(0);
        let mut out: Vec<Id> = fs.iter().copied().filter(|f| under(*f).is_none()).collect();
        out.insert(first.min(out.len()), root);
        out
    }
    /// Equal factors and powers of one base with whole exponents become one power.
    fn powers(&self, fs: Vec<Id>) -> Vec<Id> {
        let s = self.s;
        let fs = self.one_root(fs);
        let mut out: Vec<(Id, i64)> = Vec::new();
        for f in fs {
            let (base, k) = match s.node(f) {
                Node::Pow(b, e) => match s.as_rational(*e).and_then(|q| q.to_i64()) {
                    Some(k) if k > 0 => (*b, k),
                    _ => (f, 1),
                },
                _ => (f, 1),
            };
            let keep = matches!(s.node(base), Node::Call(g, _) if s.prim(*g) == Some(Prim::Exp)) || s.sort(base).is_tensor();
            match out.iter_mut().find(|(b, _)| !keep && same_base(s, *b, base)) {
                Some((_, n)) => *n += k,
                None => out.push((base, k)),
            }
        }
        out.into_iter().map(|(b, k)| if k == 1 { b } else { s.pow(b, s.int(k)) }).collect()
    }
    fn quot(&self, a: Id, b: Id) -> Id {
        let s = self.s;
        if is_one(s, b) {
            return a;
        }
        if is_zero(s, a) {
            return a;
        }
        if let (Some(p), Some(q)) = (s.as_rational(a), s.as_rational(b)) {
            if let Some(r) = p.div(&q) {
                return s.rational(&r);
            }
        }
        if has_derivative(s, a) || has_derivative(s, b) {
            return s.quot(a, b);
        }
        let (na, a) = unsign(s, a);
        let (nb, b) = unsign(s, b);
        let mut tops = factors(s, a);
        let mut bottoms = Vec::new();
        for f in factors(s, b) {
            match s.node(f) {
                Node::Quot(p, q) => {
                    bottoms.extend(factors(s, *p));
                    tops.extend(factors(s, *q));
                }
                _ => bottoms.push(f),
            }
        }
        let inner: Vec<Id> = tops.clone();
        tops.clear();
        for f in inner {
            match s.node(f) {
                Node::Quot(p, q) => {
                    tops.extend(factors(s, *p));
                    bottoms.extend(factors(s, *q));
                }
                _ => tops.push(f),
            }
        }
        let mut number = Rat::one();
        let mut take = |fs: Vec<Id>, up: bool| {
            fs.into_iter()
                .flat_map(|f| number_of_size(s, f))
                .filter(|f| match s.as_rational(*f) {
                    Some(q) if up => {
                        number = number.mul(&q);
                        false
                    }
                    Some(q) => match number.div(&q) {
                        Some(r) => {
                            number = r;
                            false
                        }
                        None => true,
                    },
                    None => true,
                })
                .collect::<Vec<_>>()
        };
        let (tops, bottoms) = (take(tops, true), take(bottoms, false));
        let (num, den) = (Rat::from(number.abs().numer()), Rat::from(number.denom()));
        let (tops, bottoms) = self.cancel(tops, bottoms);
        let r = self.fraction(&num, tops, &den, bottoms);
        if na ^ nb ^ number.is_negative() {
            s.neg(r)
        } else {
            r
        }
    }
    fn pow(&self, a: Id, b: Id) -> Id {
        let s = self.s;
        if s.sort(a).is_tensor() {
            return s.intern(Node::Pow(a, b));
        }
        if is_one(s, a) {
            return a;
        }
        let Some(e) = s.as_rational(b) else { return s.pow(a, b) };
        let b = s.rational(&e);
        if e.is_one() {
            return a;
        }
        if let (Some(x), Some(k)) = (s.as_rational(a), e.to_i64()) {
            if k.abs() <= 64 {
                if let Some(r) = x.pow(k) {
                    return s.rational(&r);
                }
            }
        }
        if e.is_negative() && !has_derivative(s, a) {
            let p = self.pow(a, s.rational(&e.neg()));
            return s.quot(s.int(1), p);
        }
        if let (Node::Quot(one, u), Some(_)) = (s.node(a), e.to_i64().filter(|k| *k > 0)) {
            if is_one(s, *one) && !has_derivative(s, a) {
                return s.quot(*one, self.pow(*u, b));
            }
        }
        if let (Node::Product(xs), Some(k)) = (s.node(a), e.to_i64()) {
            if !has_derivative(s, a) && xs.iter().all(|x| s.sort(*x).is_scalar()) {
                let fs: Vec<Id> = xs.iter().map(|x| self.pow(*x, s.int(k))).collect();
                return self.product(&fs);
            }
        }
        if let (Node::Call(f, xs), true) = (s.node(a), e == Rat::int(2)) {
            if let (Some(Prim::Sqrt), [u], true) = (s.prim(*f), xs.as_ref(), !s.free_vars(a).is_empty()) {
                return *u;
            }
        }
        if let (Node::Pow(c, d), Some(k)) = (s.node(a), e.to_i64()) {
            if let Some(m) = s.as_rational(*d).and_then(|q| q.to_i64()).and_then(|m| m.checked_mul(k)) {
                return s.pow(*c, s.int(m));
            }
        }
        if let Some(k) = e.to_i64() {
            let (neg, core) = unsign(s, a);
            if neg {
                let p = s.pow(core, b);
                return if k % 2 == 0 { p } else { s.neg(p) };
            }
        }
        s.pow(a, b)
    }
}

/// A size with a common factor, `2 m`, as that number and the rest.
fn number_of_size(s: &Store, t: Id) -> Vec<Id> {
    let Some(a) = s.as_aff(t).filter(|a| a.as_int().is_none()) else { return vec![t] };
    let gcd = |mut p: i64, mut q: i64| {
        while q != 0 {
            (p, q) = (q, p % q);
        }
        p.abs()
    };
    let common = a.t.iter().fold(a.c, |g, (_, k)| gcd(g, *k));
    match a.divided_down(common).filter(|_| common > 1) {
        Some(rest) => vec![s.int(common), s.index(rest)],
        None => vec![t],
    }
}

/// Whether two factors are one, in whatever order their summands stand.
fn same_base(s: &Store, a: Id, b: Id) -> bool {
    let turned = |xs: &[Summand], ys: &[Summand]| {
        xs.len() == ys.len() && xs.iter().all(|x| ys.iter().any(|y| y.neg == x.neg && s.same(x.term, y.term)))
    };
    s.same(a, b) || matches!((s.node(a), s.node(b)), (Node::Sum(xs), Node::Sum(ys)) if turned(xs, ys))
}

/// A name, a size, or an entry of a name.
fn is_name(s: &Store, n: &Node) -> bool {
    match n {
        Node::Var(_) | Node::Index(_) | Node::Bound(..) => true,
        Node::Entry(t, _) => matches!(s.node(*t), Node::Var(_) | Node::Bound(..)),
        _ => false,
    }
}

/// Takes the sign off a negated term.
pub fn unsign(s: &Store, id: Id) -> (bool, Id) {
    match s.node(id) {
        Node::Sum(xs) => match xs.as_ref() {
            [x] if x.neg => {
                let (n, core) = unsign(s, x.term);
                (!n, core)
            }
            _ => (false, id),
        },
        _ => (false, id),
    }
}

/// A product of products as one product.
pub(crate) fn flat_product(s: &Store, t: Id) -> Id {
    match s.node(t) {
        Node::Product(xs) => s.product(&xs.iter().flat_map(|x| factors(s, *x)).collect::<Vec<_>>()),
        _ => t,
    }
}

/// The factors of a term: of a product its operands, of anything else itself.
pub fn factors(s: &Store, id: Id) -> Vec<Id> {
    match s.node(id) {
        Node::Product(xs) => xs.to_vec(),
        _ => vec![id],
    }
}

/// The signed summands of a term.
pub fn summands(s: &Store, id: Id) -> Vec<Summand> {
    match s.node(id) {
        Node::Sum(xs) => xs.to_vec(),
        _ => vec![Summand { neg: false, term: id }],
    }
}

/// Whether the term is the number 0.
pub fn is_zero(s: &Store, id: Id) -> bool {
    matches!(s.node(id), Node::Num(q) if q.is_zero())
}

/// Whether the term is the number 1.
pub fn is_one(s: &Store, id: Id) -> bool {
    matches!(s.node(id), Node::Num(q) if q.is_one())
}

/// Whether a derivative stands in the term that can be evaluated further: one of an unknown function by its own argument
/// (`g'(u)`, an entry of `gradient(L, a)`) is what it is.
pub fn has_derivative(s: &Store, id: Id) -> bool {
    s.any_subterm(id, &mut |n| matches!(n, Node::Diff { body, .. } if !is_final(s, *body)))
}

/// Whether `body`, under a derivative's binder, is an unknown function of the bound value itself (or a derivative of one).
pub fn is_final(s: &Store, body: Id) -> bool {
    if let Some(p) = s.as_partial(body) {
        let own = |x: &Id| matches!(s.node(*x), Node::Bound(0, _));
        return p.args.iter().filter(|x| own(x)).count() == 1 && p.args.iter().all(|x| own(x) || !s.mentions_innermost(*x));
    }
    match s.node(body) {
        Node::Call(f, xs) => {
            let own = |x: &Id| matches!(s.node(*x), Node::Bound(0, _));
            s.fun(*f).kind == gradus_term::FnKind::Unknown
                && xs.iter().filter(|x| own(x)).count() == 1
                && xs.iter().all(|x| own(x) || s.loose(*x) == 0)
        }
        Node::Diff { body, point, .. } => matches!(s.node(*point), Node::Bound(0, _)) && is_final(s, *body),
        Node::Entry(t, _) => is_final(s, *t),
        _ => false,
    }
}
