//! Equations with the unknown under roots, absolute values and logarithms: one of them is isolated and undone, by squaring, by its two
//! signs, or after all logarithms are joined to one. What follows need not give the equation back, so every value is put in at the end.

use super::chase::Chase;
use crate::cost::cost;
use crate::tidy::{factors, is_zero, summands, tidy};
use gradus_decide::Facts;
use gradus_kernel::{Link, Text};
use gradus_term::{Id, Node, Prim, Rat, RelOp, Store, Summand};

/// A quantity at whose sign a term has its kink, and what the term is where it is not negative and where it is not positive.
struct Kink {
    of: Id,
    above: Id,
    below: Id,
}

impl Chase<'_, '_> {
    /// The next step towards an equation without the roots, absolute values and logarithms that the unknown stands under.
    pub(super) fn isolate(&mut self, l: Id, r: Id) -> bool {
        self.one_logarithm(l, r) || self.alone(l, r)
    }
    /// `√u = v` squared.
    pub(super) fn squared(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        match s.node(l) {
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) => {
                xs.first().is_some_and(|a| self.by_rule("equation.squares", &[("a", *a), ("b", r)]))
            }
            _ => false,
        }
    }
    /// `u = k √v` squared, where k is no number and the root stands nowhere else.
    pub(super) fn both_squared(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let heads = |t: Id| factors(s, t).into_iter().filter(|x| self.is_wrapped(*x)).collect::<Vec<_>>();
        let wrapped = |t: Id| crate::draft::everywhere(s, t, &|n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Sqrt))).len();
        let (above, below) = (heads(l), heads(r));
        let only = |own: &[Id], other: &[Id], t: Id, o: Id| own.len() == 1 && other.is_empty() && wrapped(t) == 1 && wrapped(o) == 0;
        if !(only(&above, &below, l, r) || only(&below, &above, r, l)) || !self.has(l) || !self.has(r) {
            return false;
        }
        if !self.by_rule("equation.both_squared", &[("a", l), ("b", r)]) {
            return false;
        }
        let Some((a, b)) = self.sides() else { return true };
        let facts = self.facts();
        let plain = |t: Id| facts.factor(t).map_or(t, |x| tidy(s, x));
        if self.push(s.rel(RelOp::Eq, plain(a), plain(b)), &Link::Sides, Text::words("square both sides")) {
            self.drop_line_before();
        }
        true
    }
    /// `a^u = b^v` with positive a and b as `u log a = v log b`.
    pub(super) fn logarithms_of_both(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let facts = self.facts();
        let powers = |t: Id| {
            factors(s, t).iter().all(|f| match *s.node(*f) {
                Node::Pow(b, k) => self.has(k) && !self.has(b) && facts.sign(b).is_positive(),
                _ => self.e.exponent(*f).is_some() || !self.has(*f) && (facts.sign(*f).is_positive() || *f == t),
            })
        };
        let bases = |t: Id| factors(s, t).iter().any(|f| matches!(*s.node(*f), Node::Pow(_, k) if self.has(k)));
        if !powers(l) || !powers(r) || !bases(l) && !bases(r) || !self.has(l) {
            return false;
        }
        let Ok(subst) = self.e.subst(gradus_kernel::Substitution::new(), "equation.logarithms", &[("a", l), ("b", r)]) else {
            return false;
        };
        let link = Link::Rule { rule: "equation.logarithms".to_owned(), backward: true, subst };
        let taken = s.rel(RelOp::Eq, s.log(l), s.log(r));
        if !self.push(taken, &link, Text::words("take logarithms")) {
            return false;
        }
        let apart = |t: Id| {
            let parts = factors(s, t).into_iter().map(|f| match *s.node(f) {
                Node::Pow(b, k) => s.mul(k, s.log(b)),
                _ => self.e.exponent(f).unwrap_or_else(|| s.log(f)),
            });
            tidy(s, s.sum(&parts.map(|term| Summand { neg: false, term }).collect::<Vec<_>>()))
        };
        let plain = s.rel(RelOp::Eq, apart(l), apart(r));
        if self.push(plain, &Link::Sides, Text::words("take logarithms")) {
            self.drop_line_before();
        }
        true
    }
    /// `u² = v` as `u = √v`, or `u = −√v`, where the sign of u is known.
    pub(super) fn root_of_known_sign(&mut self, u: Id, r: Id) -> bool {
        let s = self.e.store;
        if !self.by_rule("equation.square", &[("a", u), ("b", r)]) {
            return false;
        }
        let Some((_, whole)) = self.sides() else { return true };
        let negative = !self.facts().sign(u).is_nonneg();
        let signed = |t: Id| if negative { s.neg(t) } else { t };
        for root in self.root_up_to_sign(r).into_iter().chain([whole]) {
            let alone = s.rel(RelOp::Eq, u, tidy(s, signed(root)));
            let link = if negative { Link::Scaled(s.int(-1)) } else { Link::Sides };
            let sign = s.rel(if negative { RelOp::Le } else { RelOp::Ge }, u, s.int(0));
            if self.push(alone, &link, Text::words("take roots, where ").term(sign)) {
                self.drop_line_before();
                return true;
            }
        }
        true
    }
    /// `u^k = v` as `u = v^(1/k)`, an even power as `|u| = v^(1/k)`.
    pub(super) fn root_of_power(&mut self, u: Id, k: Id, r: Id) -> bool {
        let s = self.e.store;
        let rooted = |chase: &mut Self, base: Id| {
            let values = [("a", base), ("k", k), ("b", r)];
            chase.by_rule("equation.power", &values) && chase.roots_apart()
        };
        if rooted(self, u) {
            return true;
        }
        let bars = s.prim_call(Prim::Abs, &[u]);
        let even = s.rel(RelOp::Eq, s.pow(bars, k), r);
        if !self.push(even, &Link::Sides, Text::words("an even power")) || !rooted(self, bars) {
            return false;
        }
        self.drop_line_before();
        true
    }
    /// `(2 s⁶)^(1/6)` as `2^(1/6) s`, on the line that brought it.
    pub(super) fn roots_apart(&mut self) -> bool {
        let s = self.e.store;
        let Some((l, r)) = self.sides() else { return true };
        let Node::Pow(b, k) = *s.node(r) else { return true };
        let (above, below) = match *s.node(b) {
            Node::Quot(x, y) => (factors(s, x), factors(s, y)),
            _ => (factors(s, b), Vec::new()),
        };
        let each = |fs: Vec<Id>| {
            let of = |f: Id| match *s.node(f) {
                Node::Pow(u, m) => s.pow(u, tidy(s, s.mul(m, k))),
                _ => s.pow(f, k),
            };
            let (numbers, names): (Vec<Id>, Vec<Id>) = fs.into_iter().map(of).partition(|f| s.free_vars(*f).is_empty());
            tidy(s, s.product(&[numbers, names].concat()))
        };
        let apart = if below.is_empty() { each(above) } else { tidy(s, s.quot(each(above), each(below))) };
        if cost(s, apart) <= cost(s, r) && self.push(s.rel(RelOp::Eq, l, apart), &Link::Sides, Text::words("take roots")) {
            self.drop_line_before();
        }
        true
    }
    /// `u + k √v = w` as `√v = (w − u)/k`: of several, the one with the most under it.
    fn alone(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let left = summands(s, l).into_iter();
        let mut all: Vec<Summand> = left.chain(summands(s, r).into_iter().map(|x| Summand { neg: !x.neg, term: x.term })).collect();
        if !all.iter().any(|x| factors(s, x.term).iter().any(|f| self.is_wrapped(*f))) {
            let Some(expanded) = self.form(s.sub(l, r), Facts::expand) else { return false };
            all = summands(s, expanded);
        }
        let head = |t: Id| factors(s, t).into_iter().find(|x| self.is_wrapped(*x));
        let Some((at, inner)) =
            all.iter().enumerate().filter_map(|(k, x)| head(x.term).map(|h| (k, h))).max_by_key(|(k, h)| (cost(s, *h), usize::MAX - k))
        else {
            return false;
        };
        let Some(own) = all.get(at) else { return false };
        let others: Vec<Id> = factors(s, own.term).into_iter().filter(|x| *x != inner).collect();
        let k = s.product(&others);
        if self.has(k) || all.len() == 1 {
            return false;
        }
        let rest = all.iter().enumerate().filter(|(j, _)| *j != at).map(|(_, x)| Summand { neg: x.neg == own.neg, term: x.term });
        let rest = s.sum(&rest.collect::<Vec<_>>());
        let right = tidy(s, s.quot(rest, k));
        let factor = if own.neg { s.neg(k) } else { k };
        let link = Link::Scaled(tidy(s, s.quot(s.int(1), factor)));
        let facts = self.facts();
        // Of equally long forms a fraction is the one that is cancelled.
        let cancelled = if matches!(s.node(right), Node::Quot(..)) { facts.factor(right) } else { None };
        let forms = [cancelled, Some(right), facts.expand(right)].into_iter().flatten().map(|t| tidy(s, t));
        let plain = forms.min_by_key(|t| cost(s, *t)).unwrap_or(right);
        self.push(s.rel(RelOp::Eq, inner, plain), &link, Text::words("isolate ").term(inner))
    }
    /// Whether the term is a root or an absolute value with the unknown under it.
    fn is_wrapped(&self, t: Id) -> bool {
        let s = self.e.store;
        matches!(s.node(t), Node::Call(f, xs) if matches!(s.prim(*f), Some(Prim::Sqrt | Prim::Abs)) && xs.iter().any(|x| self.has(*x)))
    }
    /// `log u − 2 log v + w = c` as `log(u/v²) = c − w`.
    fn one_logarithm(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let left = summands(s, l).into_iter();
        let all = left.chain(summands(s, r).into_iter().map(|x| Summand { neg: !x.neg, term: x.term }));
        let (logs, rest): (Vec<Summand>, Vec<Summand>) = all.partition(|x| self.logarithm(x.term).is_some());
        let powers: Option<Vec<(i64, Id)>> =
            logs.iter().map(|x| self.logarithm(x.term).and_then(|(k, u)| Some((if x.neg { k.neg() } else { k }.to_i64()?, u)))).collect();
        let Some(powers) = powers.filter(|p| p.len() > 1) else { return false };
        if rest.iter().any(|x| self.has(x.term)) {
            return false;
        }
        let side = |up: bool| {
            let of = powers.iter().filter(|(k, _)| (*k > 0) == up).map(|(k, u)| tidy(s, s.pow(*u, s.int(k.abs()))));
            s.product(&of.collect::<Vec<_>>())
        };
        let below = side(false);
        let argument = if crate::tidy::is_one(s, below) { side(true) } else { s.quot(side(true), below) };
        let right: Vec<Summand> = rest.iter().filter(|x| !is_zero(s, x.term)).map(|x| Summand { neg: !x.neg, term: x.term }).collect();
        let to = s.rel(RelOp::Eq, s.log(argument), s.sum(&right));
        self.push_worked(to, &Link::Scaled(s.int(1)), Text::words("one logarithm"))
    }
    /// `k log u` with a number k and the unknown in u.
    fn logarithm(&self, t: Id) -> Option<(Rat, Id)> {
        let s = self.e.store;
        let (mut k, mut of) = (Rat::one(), None);
        for f in factors(s, t) {
            match s.node(f) {
                Node::Call(g, xs) if s.prim(*g) == Some(Prim::Log) && of.is_none() && xs.iter().any(|x| self.has(*x)) => {
                    of = xs.first().copied();
                }
                _ => k = k.mul(&s.as_rational(f)?),
            }
        }
        Some((k, of?))
    }
    /// `x = t (1 + |x|)` as the two equations for x ≥ 0 and for x ≤ 0, where isolating the absolute value would divide by an open factor,
    /// or there are several; `max(a, b) = c` as those for a ≥ b and for a ≤ b.
    pub(super) fn signs_in(&mut self, l: Id, r: Id) -> Option<Vec<Id>> {
        let s = self.e.store;
        let is = |n: &Node| matches!(n, Node::Call(f, xs) if s.prim(*f) == Some(Prim::Abs) && xs.iter().any(|x| self.has(*x)));
        let is_kink = |n: &Node| is(n) || self.largest(n).is_some();
        let mut inside: Vec<Kink> = Vec::new();
        for t in [l, r] {
            for path in crate::draft::everywhere(s, t, &is_kink) {
                let Some(part) = s.focus(t, &gradus_term::Position::at(&path)).ok().map(|f| f.part) else { continue };
                let kink = match s.node(part) {
                    Node::Call(_, xs) if is(s.node(part)) => {
                        let u = *xs.first()?;
                        Kink { of: u, above: u, below: s.neg(u) }
                    }
                    n => self.largest(n)?,
                };
                if !inside.iter().any(|x| s.same(x.of, kink.of)) {
                    inside.push(kink);
                }
            }
        }
        let head = |t: Id| is(s.node(t)) || factors(s, t).iter().all(|f| is(s.node(*f)) || s.as_rational(*f).is_some());
        let plain = |t: Id| summands(s, t).iter().all(|x| head(x.term) || !s.any_subterm(x.term, &mut |n| is_kink(n)));
        let u = inside.first()?.of;
        if inside.len() == 1 && plain(l) && plain(r) {
            return None;
        }
        let of_u = |n: &Node| match n {
            Node::Call(_, xs) if is(n) => xs.first().filter(|x| s.same(**x, u)).map(|x| Kink { of: u, above: *x, below: s.neg(*x) }),
            _ => self.largest(n).filter(|k| s.same(k.of, u)),
        };
        let cases: Vec<Id> = [(RelOp::Ge, false), (RelOp::Le, true)]
            .into_iter()
            .map(|(op, minus)| {
                let line = [l, r].map(|t| {
                    let mut new = t;
                    for path in crate::draft::everywhere(s, t, &|n| of_u(n).is_some()).into_iter().rev() {
                        let pos = gradus_term::Position::at(&path);
                        let Ok(f) = s.focus(new, &pos) else { continue };
                        let Some(kink) = of_u(s.node(f.part)) else { continue };
                        new = s.splice(new, &pos, &f.opened, if minus { kink.below } else { kink.above }).unwrap_or(new);
                    }
                    tidy(s, new)
                });
                s.intern(Node::And([s.rel(RelOp::Eq, line[0], line[1]), s.rel(op, u, s.int(0))].into()))
            })
            .collect();
        let to = s.intern(Node::Or(cases.clone().into_boxed_slice()));
        self.push(to, &Link::Signs(u), Text::words("the two signs of ").term(u)).then_some(cases)
    }
    /// The larger or smaller of two terms, one of them with the unknown.
    fn largest(&self, n: &Node) -> Option<Kink> {
        let s = self.e.store;
        let Node::Call(f, xs) = n else { return None };
        let [a, b] = *xs.as_ref() else { return None };
        let of = self.worked_out(s.sub(a, b));
        match s.prim(*f)? {
            Prim::Max if self.has(of) => Some(Kink { of, above: a, below: b }),
            Prim::Min if self.has(of) => Some(Kink { of, above: b, below: a }),
            _ => None,
        }
    }
    /// `u^k = 0` and `|u| = 0` as `u = 0`.
    pub(super) fn at_zero(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        match s.node(l) {
            _ if !is_zero(s, r) => false,
            Node::Pow(u, k) if self.has(*u) && !self.has(*k) => self.by_rule("equation.power_zero", &[("a", *u), ("k", *k)]),
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Abs) => {
                xs.first().is_some_and(|u| self.by_rule("equation.absolute_zero", &[("a", *u)]))
            }
            _ => false,
        }
    }
    /// A root up to its sign, squares taken out: of `t²/(1 − t²)`, `t/√(1 − t²)`.
    pub(super) fn root_up_to_sign(&self, r: Id) -> Option<Id> {
        let s = self.e.store;
        let facts = self.facts();
        let form = [Some(r), facts.factor(r), facts.together(r).and_then(|t| facts.factor(t))].into_iter().flatten().map(|t| tidy(s, t));
        let mut best: Option<Id> = None;
        for t in form {
            let (above, below) = match *s.node(t) {
                Node::Quot(a, b) => (factors(s, a), factors(s, b)),
                _ => (factors(s, t), Vec::new()),
            };
            let (out, within) = squares_out(s, &above);
            let (out_below, within_below) = squares_out(s, &below);
            if out.is_empty() && out_below.is_empty() {
                continue;
            }
            let whole = |xs: &[Id]| {
                let t = s.product(xs);
                if xs.len() > 1 {
                    self.form(t, Facts::expand).unwrap_or(t)
                } else {
                    t
                }
            };
            let root = |xs: &[Id]| if xs.is_empty() { None } else { Some(s.prim_call(Prim::Sqrt, &[whole(xs)])) };
            let (mut top, mut bottom) = (out, out_below);
            match (root(&within), root(&within_below)) {
                (Some(_), Some(_)) => top.push(s.prim_call(Prim::Sqrt, &[s.quot(whole(&within), whole(&within_below))])),
                (a, b) => {
                    top.extend(a);
                    bottom.extend(b);
                }
            }
            let found = tidy(s, if bottom.is_empty() { s.product(&top) } else { s.quot(s.product(&top), s.product(&bottom)) });
            if best.is_none_or(|b| cost(s, found) < cost(s, b)) {
                best = Some(found);
            }
        }
        best
    }
    /// `|u| = v` as `u = v` or `u = −v`: both have the square v².
    pub(super) fn signs_apart(&mut self, l: Id, r: Id) -> Option<Vec<Id>> {
        let s = self.e.store;
        let Node::Call(f, xs) = s.node(l) else { return None };
        let u = xs.first().copied().filter(|u| s.prim(*f) == Some(Prim::Abs) && self.has(*u) && !is_zero(s, r))?;
        let values = [("a", u), ("b", r)];
        if !self.by_rule("equation.absolute_value", &values) {
            return None;
        }
        // |u| = |v| is u = v or u = −v.
        let r = match s.node(r) {
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Abs) => xs.first().copied().unwrap_or(r),
            _ => r,
        };
        let cases = [r, tidy(s, s.neg(r))].map(|v| s.rel(RelOp::Eq, u, v)).to_vec();
        let to = s.intern(Node::Or(cases.clone().into_boxed_slice()));
        if !self.push(to, &Link::Factors(s.int(1)), Text::words("the two signs")) {
            return None;
        }
        self.drop_line_before();
        Some(cases)
    }
}

/// The roots of the squares among factors, and the factors that stay under the root.
fn squares_out(s: &Store, fs: &[Id]) -> (Vec<Id>, Vec<Id>) {
    let (mut out, mut within) = (Vec::new(), Vec::new());
    for f in fs {
        if let Some(q) = s.as_rational(*f) {
            match q.root(2) {
                Some(root) if !root.is_one() => out.push(s.rational(&root)),
                Some(_) => {}
                None => {
                    // 12 = 2² · 3
                    let square = (2..=31i64).rev().find(|k| q.to_i64().is_some_and(|n| n > 0 && n % (k * k) == 0));
                    let rest = square.and_then(|k| q.div(&Rat::int(k * k))).unwrap_or_else(|| q.clone());
                    out.extend(square.map(|k| s.int(k)));
                    within.push(s.rational(&rest));
                }
            }
            continue;
        }
        match *s.node(*f) {
            Node::Pow(b, k) => match s.as_rational(k).and_then(|q| q.to_i64()).filter(|k| *k > 1) {
                Some(k) => {
                    out.push(if k < 4 { b } else { s.pow(b, s.int(k / 2)) });
                    if k % 2 == 1 {
                        within.push(b);
                    }
                }
                None => within.push(*f),
            },
            _ => within.push(*f),
        }
    }
    (out, within)
}
