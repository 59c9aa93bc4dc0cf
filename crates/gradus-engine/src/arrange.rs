//! The order a person writes: of summands, of factors, of the two sides of `[i = j]`, and where a fraction stands.
//!
//! The normal form has an order of its own. Here a form it gave gets back the order of the problem and of the lines before
//! it: a sum that stands there is written as it stands there, summands come as they came, factors from the plain to the
//! involved (numbers, names in the order of the problem, polynomials, exponentials, functions, brackets with functions, sums
//! over a range), and a fraction stands before a sum over a range instead of under it. Nothing is computed; the kernel checks
//! the step.

use crate::cost::cost;
use crate::simplify::positive_order;
use crate::tidy::{factors, is_one, summands, unsign};
use gradus_kernel::arranged;
use gradus_term::{Arg, BigOp, FnId, FnKind, IVar, Id, Node, Prim, Rat, RelOp, Store, Summand, VarId, VarKind};
use rustc_hash::FxHashMap;

/// Lines looked at.
const LINES: usize = 12;
/// Summands that multiplying out a line may give.
const MONOMIALS: usize = 48;
/// The rank of a function that no line mentions.
const MANY: usize = 1 << 20;

/// A name on the page.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Name {
    Var(VarId),
    Fun(FnId),
}

/// What the problem and the lines so far say about order.
pub(crate) struct Order<'s> {
    s: &'s Store,
    /// Sums as they were written, and the problem's products of names, by their arrangement.
    spelt: FxHashMap<Id, Id>,
    /// The place of a summand, by its arrangement without its number.
    place: FxHashMap<Id, usize>,
    /// The place of a name.
    rank: FxHashMap<Name, usize>,
}

impl<'s> Order<'s> {
    /// From the problem and then the lines, the oldest first.
    pub fn of(s: &'s Store, terms: &[Id]) -> Self {
        let mut out = Order { s, spelt: FxHashMap::default(), place: FxHashMap::default(), rank: FxHashMap::default() };
        for t in terms.iter().take(2) {
            out.meet_products(at_its_point(s, *t));
        }
        for t in terms.iter().take(1).chain(terms.iter().skip(1).rev().take(LINES).rev()) {
            out.meet(at_its_point(s, *t));
            out.meet(*t);
        }
        out
    }
    /// Products of names and their entries stay as the problem has them: `X[i, j] w[j]`, `β x`.
    fn meet_products(&mut self, t: Id) {
        let s = self.s;
        let mut todo = vec![t];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(x) = todo.pop() {
            if !seen.insert(x) {
                continue;
            }
            let plain = |x: &Id| s.sort(*x).is_scalar() && class(s, *x) <= Class::Entry;
            if matches!(s.node(x), Node::Product(xs) if xs.iter().all(plain)) && crate::tidy::tidy(s, x) == x {
                self.spelt.entry(arranged(s, x)).or_insert(x);
            }
            s.node(x).for_each_child(|c, _| todo.push(c));
        }
    }
    fn meet(&mut self, t: Id) {
        let s = self.s;
        // Before the walk numbers the summands as they stand: the order after multiplying out.
        let mut stack = vec![t];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(x) = stack.pop() {
            if !seen.insert(x) {
                continue;
            }
            let name = match s.node(x) {
                Node::Var(v) => Some(Name::Var(*v)),
                Node::Call(f, _) => Some(Name::Fun(*f)),
                Node::Index(a) => a.vars().find_map(|v| match v {
                    IVar::Free(v) => Some(Name::Var(v)),
                    IVar::Bound(_) => None,
                }),
                Node::Sum(xs) if xs.len() > 1 => {
                    if crate::tidy::tidy(s, x) == x {
                        self.spelt.entry(arranged(s, x)).or_insert(x);
                    }
                    for m in multiplied_out(s, x).into_iter().chain(xs.iter().map(|y| y.term)) {
                        let next = self.place.len();
                        self.place.entry(without_number(s, m)).or_insert(next);
                    }
                    None
                }
                Node::Product(_) => {
                    for m in multiplied_out(s, x) {
                        let next = self.place.len();
                        self.place.entry(without_number(s, m)).or_insert(next);
                    }
                    None
                }
                _ => None,
            };
            if let Some(n) = name {
                let next = self.rank.len();
                self.rank.entry(n).or_insert(next);
            }
            let mut kids: Vec<Id> = s.node(x).children().into_iter().map(|c| c.0).collect();
            kids.reverse();
            stack.extend(kids);
        }
    }

    /// Whether a sum stands in the problem or a line, in this order.
    pub fn is_spelt(&self, t: Id) -> bool {
        self.spelt.get(&arranged(self.s, t)) == Some(&t)
    }
    /// The term in this order.
    pub fn arrange(&self, t: Id) -> Id {
        Run { o: self, memo: FxHashMap::default() }.go(t)
    }
    /// The place of a name in the problem.
    pub fn name_rank(&self, t: Id) -> usize {
        let s = self.s;
        let name = match s.node(t) {
            Node::Var(v) => Some(Name::Var(*v)),
            Node::Call(f, _) => Some(Name::Fun(*f)),
            Node::Index(a) => a.vars().find_map(|v| match v {
                IVar::Free(v) => Some(Name::Var(v)),
                IVar::Bound(_) => None,
            }),
            Node::Entry(u, _) => return self.name_rank(*u),
            Node::Pow(b, _) => return self.name_rank(*b),
            _ => None,
        };
        name.and_then(|n| self.rank.get(&n).copied()).unwrap_or(usize::MAX)
    }
}

/// The unknown function of numbers that this is a value of, and how often it is differentiated there.
fn unknown_function(s: &Store, t: Id) -> Option<(FnId, usize)> {
    if let Some(p) = s.as_partial(t).filter(|p| p.is_written(s)) {
        return Some((p.f, p.order() as usize));
    }
    match s.node(t) {
        Node::Call(f, xs) if xs.len() == 1 && s.fun(*f).kind == FnKind::Unknown => Some((*f, 0)),
        Node::Diff { body, slot, point, .. } if slot.is_empty() && crate::tidy::is_final(s, *body) && s.sort(*point).is_scalar() => {
            unknown_function(s, *body).map(|(f, order)| (f, order + 1))
        }
        Node::Pow(b, _) => unknown_function(s, *b),
        _ => None,
    }
}

/// What is differentiated, at its point.
pub(crate) fn at_its_point(s: &Store, t: Id) -> Id {
    let mut inner = t;
    while let Node::Diff { body, point, .. } = s.node(inner) {
        if s.loose(*point) > 0 {
            break;
        }
        inner = s.open(*body, &[Arg::Val(*point)]);
    }
    inner
}

struct Run<'o, 's> {
    o: &'o Order<'s>,
    memo: FxHashMap<Id, Id>,
}

impl Run<'_, '_> {
    fn go(&mut self, t: Id) -> Id {
        if let Some(r) = self.memo.get(&t) {
            return *r;
        }
        let s = self.o.s;
        let r = match s.node(t) {
            Node::Diff { .. } | Node::Limit { .. } => t,
            // What the worksheet wrote inside of a call stays.
            node => {
                let n = node.map_children(&mut |c, _| self.go(c));
                self.node(n)
            }
        };
        self.memo.insert(t, r);
        r
    }
    fn node(&mut self, n: Node) -> Id {
        let s = self.o.s;
        match n {
            Node::Sum(xs) if xs.len() > 1 && xs.iter().all(|x| s.sort(x.term).is_scalar()) => self.sum(&xs),
            Node::Product(xs) if xs.iter().all(|x| s.sort(*x).is_scalar()) => self.product(&xs),
            Node::Quot(a, b) => fraction_in_front(s, a, b),
            Node::Iverson(c) => s.intern(Node::Iverson(turned(s, c))),
            n => s.intern(n),
        }
    }
    fn sum(&mut self, xs: &[Summand]) -> Id {
        let s = self.o.s;
        let xs: Vec<Summand> = xs
            .iter()
            .map(|x| {
                let (neg, term) = unsign(s, x.term);
                Summand { neg: neg != x.neg, term }
            })
            .collect();
        let xs = xs.as_slice();
        let whole = s.sum(xs);
        if let Some(known) = self.o.spelt.get(&arranged(s, whole)) {
            let terms: Vec<Summand> = summands(s, *known).into_iter().map(|x| Summand { neg: x.neg, term: self.go(x.term) }).collect();
            return positive_order(s, s.sum(&terms));
        }
        if let Some(degrees) = polynomial_in_one(s, xs) {
            return by_degree(s, xs, &degrees);
        }
        let mut out = xs.to_vec();
        out.sort_by_key(|x| self.o.place.get(&without_number(s, x.term)).copied().unwrap_or(usize::MAX));
        // `x² + y² − 1` rather than `x² − 1 + y²`; a number that leads stays.
        if let Some(k) = out.iter().position(|x| s.as_rational(x.term).is_some()).filter(|k| *k > 0) {
            let number = out.remove(k);
            out.push(number);
        }
        positive_order(s, s.sum(&out))
    }
    fn product(&self, xs: &[Id]) -> Id {
        let s = self.o.s;
        if let Some(known) = self.o.spelt.get(&arranged(s, s.product(xs))) {
            return *known;
        }
        let mut out: Vec<Id> = (0..xs.len()).map(|k| self.as_multiplied_out(xs, k)).collect();
        one_root(s, &mut out);
        out.sort_by_key(|x| {
            let class = class(s, *x);
            let within = match class {
                Class::Size | Class::Name | Class::Entry => self.o.name_rank(*x),
                Class::Function | Class::Bracket => match unknown_function(s, *x) {
                    // `f′ g + f g′`
                    Some((f, order)) => 8 * self.o.rank.get(&Name::Fun(f)).copied().unwrap_or(MANY) + order,
                    None => cost(s, *x) as usize,
                },
                _ => 0,
            };
            (class, within, self.places(*x))
        });
        // `u (−v − w)` is `−u (v + w)`.
        let mut neg = false;
        for x in &mut out {
            if let Node::Sum(ys) = s.node(*x) {
                if ys.len() > 1 && (ys.iter().all(|y| y.neg) || leads_with_minus(s, ys)) {
                    *x = s.sum(&ys.iter().map(|y| Summand { neg: !y.neg, term: y.term }).collect::<Vec<_>>());
                    neg = !neg;
                }
            }
        }
        let whole = s.product(&out);
        if neg {
            s.neg(whole)
        } else {
            whole
        }
    }
    /// Where the entry of a tensor stands if that is a number: `v₁ v₂`.
    fn places(&self, t: Id) -> Vec<i64> {
        match self.o.s.node(t) {
            Node::Entry(_, ix) => ix.iter().map(gradus_term::Aff::as_int).collect::<Option<_>>().unwrap_or_default(),
            Node::Pow(b, _) => self.places(*b),
            _ => Vec::new(),
        }
    }
    /// The factor number `k`; a sum with its summands in the order they have when the product is multiplied out.
    fn as_multiplied_out(&self, xs: &[Id], k: usize) -> Id {
        let s = self.o.s;
        let Some(x) = xs.get(k).copied() else { return s.int(1) };
        let Node::Sum(ys) = s.node(x) else { return x };
        if ys.len() < 2 || polynomial_in_one(s, ys).is_some() || self.o.spelt.contains_key(&arranged(s, x)) {
            return x;
        }
        let others: Vec<Id> = xs.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, f)| *f).collect();
        let place = |y: &Summand| {
            let whole = s.product(&others.iter().copied().chain(factors(s, y.term)).collect::<Vec<_>>());
            self.o.place.get(&without_number(s, crate::tidy::tidy(s, whole))).copied()
        };
        let Some(places) = ys.iter().map(place).collect::<Option<Vec<_>>>() else { return x };
        let mut order: Vec<(usize, Summand)> = places.into_iter().zip(ys.iter().copied()).collect();
        order.sort_by_key(|(p, _)| *p);
        positive_order(s, s.sum(&order.into_iter().map(|(_, y)| y).collect::<Vec<_>>()))
    }
}

/// `√2 √π` as `√(2π)`: roots of constants are one root.
fn one_root(s: &Store, xs: &mut Vec<Id>) {
    let inside = |x: Id| match s.node(x) {
        Node::Call(f, us) if s.prim(*f) == Some(Prim::Sqrt) => {
            us.first().copied().filter(|u| s.free_vars(*u).is_empty() && s.loose(*u) == 0)
        }
        _ => None,
    };
    let roots: Vec<Id> = xs.iter().filter_map(|x| inside(*x)).collect();
    if let (true, Some(k)) = (roots.len() > 1, xs.iter().position(|x| inside(*x).is_some())) {
        xs.retain(|x| inside(*x).is_none());
        xs.insert(k.min(xs.len()), s.prim_call(Prim::Sqrt, &[crate::tidy::tidy(s, s.product(&roots))]));
    }
}

/// From the plain to the involved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Number,
    Constant,
    Delta,
    Size,
    Name,
    Entry,
    Guard,
    Polynomial,
    Defined,
    Exponential,
    Function,
    Bracket,
    OverRange,
}

fn class(s: &Store, t: Id) -> Class {
    let constant_name = |t: Id| matches!(s.node(t), Node::Call(f, _) if s.fun(*f).is_constant_name());
    match s.node(t) {
        Node::Num(_) => Class::Number,
        Node::Quot(..) if s.as_rational(t).is_some() => Class::Number,
        _ if s.sort(t).is_scalar()
            && s.loose(t) == 0
            && s.free_vars(t).is_empty()
            && !matches!(s.node(t), Node::Index(_) | Node::Big { .. }) =>
        {
            // `x log 2` rather than `log(2) x`.
            let log = |t: Id| matches!(s.node(t), Node::Call(f, _) if s.prim(*f) == Some(Prim::Log));
            match *s.node(t) {
                Node::Pow(b, _) if log(b) => Class::Function,
                _ if log(t) => Class::Function,
                _ => Class::Constant,
            }
        }
        // `[u > 0]` of a number comes after the names.
        Node::Iverson(c) if s.any_subterm(*c, &mut |n| matches!(n, Node::Var(_) | Node::Call(..) | Node::Bound(..))) => Class::Guard,
        Node::Iverson(_) => Class::Delta,
        Node::Cases(..) => Class::OverRange,
        Node::Index(_) => Class::Size,
        Node::Var(_) | Node::Bound(..) => Class::Name,
        Node::Entry(u, _) if matches!(s.node(*u), Node::Var(_) | Node::Bound(..) | Node::Call(..)) => Class::Entry,
        Node::Pow(b, e) if s.as_rational(*e).is_some() => class(s, *b),
        Node::Pow(..) => match s.node(t) {
            Node::Pow(b, _) if matches!(s.node(*b), Node::Sum(_)) => class(s, *b),
            _ => Class::Exponential,
        },
        Node::Sum(xs) => {
            let ranges = s.any_subterm(t, &mut |n| matches!(n, Node::Big { .. } | Node::Iverson(_)));
            let plain = |f: Id| class(s, f) <= Class::Entry;
            let named = |x: &Summand| s.as_rational(x.term).is_none() && factors(s, x.term).into_iter().all(plain);
            if !ranges && xs.iter().any(named) {
                Class::Polynomial
            } else {
                Class::Bracket
            }
        }
        Node::Call(f, _) if s.prim(*f) == Some(Prim::Exp) => Class::Exponential,
        Node::Call(..) if constant_name(t) => Class::Defined,
        Node::Big { .. } => Class::OverRange,
        _ => Class::Function,
    }
}

/// The degrees of the summands if they are powers of one name times numbers.
fn polynomial_in_one(s: &Store, xs: &[Summand]) -> Option<Vec<Rat>> {
    let mut name = None;
    xs.iter()
        .map(|x| {
            factors(s, x.term).into_iter().try_fold(Rat::zero(), |degree, f| {
                let (base, k) = match s.node(f) {
                    Node::Pow(b, e) => (*b, s.as_rational(*e)?),
                    _ => (f, Rat::one()),
                };
                match s.node(base) {
                    _ if s.as_rational(base).is_some() => Some(degree),
                    Node::Var(_) if *name.get_or_insert(base) == base => Some(degree.add(&k)),
                    _ => None,
                }
            })
        })
        .collect()
}

/// The highest power first; from the lowest up where only that has the plus sign: `x² − 3 x − 1`, `1 − x − x²`.
fn by_degree(s: &Store, xs: &[Summand], degrees: &[Rat]) -> Id {
    let mut out: Vec<(&Rat, Summand)> = degrees.iter().zip(xs.iter().copied()).collect();
    out.sort_by(|a, b| b.0.cmp(a.0));
    let negative = |x: Option<&(&Rat, Summand)>| x.is_some_and(|x| x.1.neg);
    if negative(out.first()) && !negative(out.last()) {
        out.reverse();
    }
    s.sum(&out.into_iter().map(|x| x.1).collect::<Vec<_>>())
}

/// Whether a polynomial of more than two terms in one name begins and ends with a minus: `−x² + x − 4`.
fn leads_with_minus(s: &Store, xs: &[Summand]) -> bool {
    let ends = |x: Option<&Summand>| x.is_some_and(|x| x.neg);
    xs.len() > 2 && ends(xs.first()) && ends(xs.last()) && polynomial_in_one(s, xs).is_some()
}

/// `|u| − ε > 0` as `|u| > ε`.
fn against_bound(s: &Store, c: Id) -> Option<Id> {
    let Node::Rel(RelOp::Gt, u, zero) = s.node(c) else { return None };
    let Node::Sum(xs) = s.node(*u) else { return None };
    let size = |t: Id| matches!(s.node(t), Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Abs | Prim::Norm)));
    match xs.as_ref() {
        [a, b] if crate::tidy::is_zero(s, *zero) && !a.neg && b.neg && size(a.term) => Some(s.rel(RelOp::Gt, a.term, b.term)),
        _ => None,
    }
}
/// `[r = j]` as `[j = r]`: an index alone stands first, one of the goal before a given one, and in the goal's order.
fn turned(s: &Store, c: Id) -> Id {
    if let Some(bound) = against_bound(s, c) {
        return bound;
    }
    let Node::Rel(RelOp::Eq, a, b) = s.node(c) else { return c };
    let alone = |t: Id| match s.index_var(t) {
        Some(v) if s.var(v).kind == VarKind::Index => Some((0, v)),
        Some(v) if s.var(v).kind == VarKind::Opened => Some((1, v)),
        Some(v) => Some((2, v)),
        None => None,
    };
    let number = |t: Id| s.as_rational(t).is_some();
    let swap = match (alone(*a), alone(*b)) {
        (Some(x), Some(y)) => y < x,
        (None, Some(_)) => !number(*b),
        _ => false,
    };
    if swap {
        s.rel(RelOp::Eq, *b, *a)
    } else {
        c
    }
}

/// `(2 Σ_i u)/N` as `(2/N) Σ_i u`: a sum over a range, or a bracket with a fraction in it, is not written above a fraction line
/// that has only names below.
fn fraction_in_front(s: &Store, a: Id, b: Id) -> Id {
    // What stands below a root is one thing.
    let root = |f: &Id| matches!(s.node(*f), Node::Call(g, _) if s.prim(*g) == Some(Prim::Sqrt));
    let outside = s.product(&factors(s, b).into_iter().filter(|f| !root(f)).collect::<Vec<_>>());
    let plain = !s.any_subterm(b, &mut |n| matches!(n, Node::Big { .. })) && !s.any_subterm(outside, &mut |n| matches!(n, Node::Sum(_)));
    let (neg, core) = unsign(s, a);
    let tall = |t: Id| match s.node(t) {
        Node::Big { op: BigOp::Sum, .. } => true,
        Node::Sum(xs) => {
            let fraction = |f: Id| matches!(s.node(f), Node::Quot(..)) && s.as_rational(f).is_none();
            xs.len() > 1 && xs.iter().any(|x| factors(s, x.term).into_iter().any(fraction))
        }
        _ => false,
    };
    let (big, small): (Vec<Id>, Vec<Id>) = factors(s, core).into_iter().partition(|f| tall(*f));
    if !plain || big.is_empty() || s.sort(a).is_tensor() {
        let whole = s.quot(core, b);
        return if neg { s.neg(whole) } else { whole };
    }
    let top = if small.is_empty() { s.int(1) } else { s.product(&small) };
    let new = s.product(&std::iter::once(s.quot(top, b)).chain(big).collect::<Vec<_>>());
    if neg {
        s.neg(new)
    } else {
        new
    }
}

/// The arrangement of a summand without its number and sign.
fn without_number(s: &Store, t: Id) -> Id {
    arranged(s, number_apart(s, t).1)
}

/// A sum with the numbers of summands that are alike otherwise added up; `None` if no two are alike.
pub(crate) fn collected(s: &Store, t: Id) -> Option<Id> {
    let Node::Sum(xs) = s.node(t) else { return None };
    let mut out: Vec<(Id, Rat, Id)> = Vec::new();
    for x in xs.iter().filter(|x| s.sort(x.term).is_scalar()) {
        let (q, rest) = number_apart(s, x.term);
        let q = if x.neg { q.neg() } else { q };
        let key = arranged(s, rest);
        match out.iter_mut().find(|(k, _, _)| *k == key) {
            Some((_, n, _)) => *n = n.add(&q),
            None => out.push((key, q, rest)),
        }
    }
    if out.len() == xs.len() {
        return None;
    }
    let terms = out
        .into_iter()
        .filter(|(_, q, _)| !q.is_zero())
        .map(|(_, q, rest)| Summand { neg: q.is_negative(), term: crate::tidy::tidy(s, s.mul(s.rational(&q.abs()), rest)) });
    Some(s.sum(&terms.collect::<Vec<_>>()))
}

/// A term as a number and the rest.
fn number_apart(s: &Store, t: Id) -> (Rat, Id) {
    let (neg, core) = unsign(s, t);
    let (top, below) = match s.node(core) {
        Node::Quot(a, b) => (*a, Some(*b)),
        _ => (core, None),
    };
    let apart = |t: Id| {
        let (numbers, rest): (Vec<Id>, Vec<Id>) = factors(s, t).into_iter().partition(|f| s.as_rational(*f).is_some());
        let q = numbers.into_iter().filter_map(|n| s.as_rational(n)).fold(Rat::one(), |a, q| a.mul(&q));
        (q, s.product(&rest))
    };
    let (p, top) = apart(top);
    let (q, below) = below.map_or((Rat::one(), s.int(1)), apart);
    let whole = if is_one(s, below) { top } else { s.quot(top, below) };
    let number = p.div(&q).unwrap_or(p);
    (if neg { number.neg() } else { number }, whole)
}

/// The summands of a product of sums, multiplied out in the order they stand.
fn multiplied_out(s: &Store, t: Id) -> Vec<Id> {
    if s.exhausted() {
        return Vec::new();
    }
    let (_, core) = unsign(s, t);
    match s.node(core) {
        Node::Sum(xs) => {
            let mut out = Vec::new();
            for x in xs {
                out.extend(multiplied_out(s, x.term));
                if out.len() > MONOMIALS {
                    return Vec::new();
                }
            }
            out
        }
        Node::Product(xs) => {
            let mut out: Vec<Vec<Id>> = vec![Vec::new()];
            for x in xs {
                let parts = match s.node(*x) {
                    Node::Sum(ys) if ys.len() > 1 => summands(s, *x).into_iter().map(|y| y.term).collect(),
                    _ => vec![*x],
                };
                if out.len() * parts.len() > MONOMIALS {
                    return Vec::new();
                }
                out = out.iter().flat_map(|fs| parts.iter().map(|p| fs.iter().copied().chain(factors(s, *p)).collect())).collect();
            }
            out.iter().map(|fs| crate::tidy::tidy(s, s.product(fs))).collect()
        }
        _ => vec![core],
    }
}
