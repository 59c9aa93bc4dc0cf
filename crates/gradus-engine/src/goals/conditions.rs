//! Conditions on one quantity solved for it: `1 − r > 0` as `r < 1`, and `t ≠ 0` with `1/t − 1 > 0` as `0 < t < 1`, by the signs of
//! the linear factors between their zeros.

use gradus_decide::Facts;
use gradus_term::{Id, Node, Prim, Rat, RelOp, Store, Summand};

/// Zeros of all factors together.
const ZEROS: usize = 12;

/// What a condition says of the argument of `exp`, `log` or a root: `e^t − 1 > 0` as `t > 0`, `log t > 0` as `t > 1`.
fn unwrapped(s: &Store, cond: Id) -> Id {
    let Node::Rel(op, a, b) = *s.node(cond) else { return cond };
    let (true, Some(Part { slope, of: Some(x), constant })) =
        (op != RelOp::Eq && s.sort(a).is_scalar(), part(s, s.sub(a, b), &is_increasing))
    else {
        return cond;
    };
    let Node::Call(f, us) = s.node(x) else { return cond };
    let (Some(u), Some(value)) = (us.first().copied(), constant.neg().div(&slope)) else { return cond };
    let op = if slope.is_negative() { op.mirrored() } else { op };
    let (zero, one) = (value.is_zero(), value.is_one());
    let argument = match s.prim(*f) {
        Some(Prim::Exp) if one => Rat::zero(),
        Some(Prim::Log) if zero => Rat::one(),
        Some(Prim::Sqrt) if zero && op != RelOp::Lt && op != RelOp::Le => Rat::zero(),
        Some(Prim::Sqrt) if value.is_positive() => value.mul(&value),
        _ => return cond,
    };
    // A root is positive where it is not 0.
    let op = if s.prim(*f) == Some(Prim::Sqrt) && op == RelOp::Ne && zero { RelOp::Gt } else { op };
    unwrapped(s, s.rel(op, u, s.rational(&argument)))
}

/// The conditions, those on one quantity solved for it where that is one interval; the others as they are. The facts give every
/// condition back from those that are returned.
pub(super) fn solved(facts: &Facts<'_>, conditions: &[Id]) -> Vec<Id> {
    let s = facts.store();
    // 0 is said last.
    let conditions: Vec<Id> = conditions
        .iter()
        .map(|c| match *s.node(*c) {
            Node::Rel(op, a, b) if crate::tidy::is_zero(s, a) && !crate::tidy::is_zero(s, b) => s.rel(op.mirrored(), b, a),
            _ => *c,
        })
        .collect();
    // A root is positive where what stands under it is.
    let rooted = |c: Id| match *s.node(c) {
        Node::Rel(RelOp::Gt | RelOp::Ne, a, b) if crate::tidy::is_zero(s, b) => match s.node(a) {
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) => xs.first().map_or(c, |u| s.rel(RelOp::Gt, *u, b)),
            Node::Pow(u, k) if s.as_rational(*k).is_some_and(|k| !k.is_integer() && k.is_positive()) => s.rel(RelOp::Gt, *u, b),
            _ => c,
        },
        _ => c,
    };
    let conditions = without_roots(facts, conditions.into_iter().map(rooted).map(|c| without_extrema(facts, c)).collect());
    let conditions: Vec<Id> = conditions.into_iter().flat_map(|c| open_factors(facts, c).unwrap_or_else(|| vec![c])).collect();
    let short = |c: Id| if linear_solved(s, c) == c { crate::fold::shorter_relation(facts, c).unwrap_or(c) } else { c };
    let conditions: Vec<Id> = conditions.into_iter().map(short).collect();
    let alone: Vec<Id> = conditions.iter().map(|c| linear_solved(s, *c)).collect();
    let charts: Vec<Option<Signs>> = conditions.iter().map(|c| signs(facts, unwrapped(s, *c))).collect();
    let mut done = vec![false; conditions.len()];
    let mut out = Vec::new();
    for k in 0..conditions.len() {
        if done.get(k).copied().unwrap_or(true) {
            continue;
        }
        let of = charts.get(k).and_then(|c| c.as_ref()).map(|c| c.of);
        let group: Vec<usize> =
            (k..conditions.len()).filter(|j| of.is_some() && charts.get(*j).and_then(|c| c.as_ref()).map(|c| c.of) == of).collect();
        let together: Vec<&Signs> = group.iter().filter_map(|j| charts.get(*j).and_then(|c| c.as_ref())).collect();
        let whole = of.and_then(|x| interval(s, x, &together)).filter(|new| {
            let under = facts.with(new);
            group.iter().all(|j| conditions.get(*j).is_some_and(|c| under.holds(*c).is_true()))
        });
        match whole {
            Some(new) => {
                group.iter().for_each(|j| {
                    if let Some(d) = done.get_mut(*j) {
                        *d = true;
                    }
                });
                out.extend(new);
            }
            None => out.extend(alone.get(k)),
        }
    }
    between(s, out.into_iter().map(|c| without_minus(s, c)).collect())
}

/// `a + b − 2 ≠ 0` as `a + b ≠ 2`.
fn without_minus(s: &Store, cond: Id) -> Id {
    let Node::Rel(op, a, b) = *s.node(cond) else { return cond };
    let xs = crate::tidy::summands(s, a);
    let (minus, plus): (Vec<Summand>, Vec<Summand>) = xs.iter().partition(|x| x.neg);
    if !crate::tidy::is_zero(s, b) || minus.is_empty() {
        return cond;
    }
    let turned: Vec<Summand> = minus.iter().map(|x| Summand { neg: false, term: x.term }).collect();
    if plus.is_empty() {
        return s.rel(op.mirrored(), s.sum(&turned), b);
    }
    let (plus, turned) = (s.sum(&plus), s.sum(&turned));
    // A number stands on the right.
    if s.free_vars(plus).is_empty() && !s.free_vars(turned).is_empty() {
        s.rel(op.mirrored(), turned, plus)
    } else {
        s.rel(op, plus, turned)
    }
}

/// `min(6, u) ≠ 0` as `u ≠ 0`, since 6 is larger.
fn without_extrema(facts: &Facts<'_>, cond: Id) -> Id {
    let s = facts.store();
    let Node::Rel(RelOp::Ne, a, b) = *s.node(cond) else { return cond };
    let other = |x: Id, y: Id| {
        let Node::Call(f, us) = s.node(x) else { return None };
        let beyond = match s.prim(*f)? {
            Prim::Max => RelOp::Lt,
            Prim::Min => RelOp::Gt,
            _ => return None,
        };
        let [u, v] = *us.as_ref() else { return None };
        let far = |t: Id| facts.holds(s.rel(beyond, t, y)).is_true();
        let left = if far(u) { v } else { Some(u).filter(|_| far(v))? };
        Some(without_extrema(facts, s.rel(RelOp::Ne, left, y)))
    };
    other(a, b).or_else(|| other(b, a)).unwrap_or(cond)
}

/// `a + √b > 0` and `a − √b > 0` together as `a > 0` and `a² − b > 0`, of which what is known is left out.
fn without_roots(facts: &Facts<'_>, mut conditions: Vec<Id>) -> Vec<Id> {
    let s = facts.store();
    let has_root = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Sqrt)));
    let positive = |c: Id| match *s.node(c) {
        Node::Rel(RelOp::Gt, a, b) if has_root(a) || has_root(b) => Some(s.sub(a, b)),
        _ => None,
    };
    let pairs = (0..conditions.len()).flat_map(|i| (i + 1..conditions.len()).map(move |j| (i, j)));
    let plain = pairs.filter_map(|(i, j)| {
        let (c, d) = (*conditions.get(i)?, *conditions.get(j)?);
        let (p, q) = (positive(c)?, positive(d)?);
        let half = facts.expand(s.quot(s.add(p, q), s.int(2)))?;
        let product = facts.expand(s.product(&[p, q]))?;
        (!has_root(half) && !has_root(product)).then_some((i, j, [half, product].map(|t| s.rel(RelOp::Gt, t, s.int(0)))))
    });
    let Some((i, j, new)) = plain.into_iter().next() else { return conditions };
    let others: Vec<Id> = conditions.iter().enumerate().filter(|(k, _)| *k != i && *k != j).map(|(_, c)| *c).collect();
    let under = facts.with(&others);
    let new: Vec<Id> = new.into_iter().filter(|c| !under.holds(*c).is_true()).collect();
    let both = under.with(&new);
    if [i, j].iter().all(|k| conditions.get(*k).is_some_and(|c| both.holds(*c).is_true())) {
        conditions.remove(j);
        conditions.splice(i..=i, new);
    }
    conditions
}

/// `number · ∏ (x − zero)^power op 0`
struct Signs {
    of: Id,
    op: RelOp,
    number: Rat,
    zeros: Vec<(Rat, i64)>,
}

impl Signs {
    /// The sign at a point that is no zero.
    fn positive_at(&self, at: &Rat) -> bool {
        let minus = self.zeros.iter().filter(|(z, k)| k % 2 != 0 && at < z).count();
        self.number.is_negative() == (minus % 2 == 1)
    }
    /// Whether the condition holds at a point.
    fn holds_at(&self, at: &Rat) -> bool {
        match self.zeros.iter().find(|(z, _)| z == at) {
            Some((_, k)) => *k > 0 && matches!(self.op, RelOp::Ge | RelOp::Le),
            None => match self.op {
                RelOp::Gt | RelOp::Ge => self.positive_at(at),
                RelOp::Lt | RelOp::Le => !self.positive_at(at),
                RelOp::Ne => true,
                RelOp::Eq => false,
            },
        }
    }
}

/// A condition as one on the sign of a product of linear factors of one quantity.
fn signs(facts: &Facts<'_>, cond: Id) -> Option<Signs> {
    let s = facts.store();
    let Node::Rel(op, a, b) = *s.node(cond) else { return None };
    if op == RelOp::Eq || !s.sort(a).is_scalar() || s.loose(cond) > 0 {
        return None;
    }
    let one = facts.factor(s.sub(a, b))?;
    let mut out = Signs { of: cond, op, number: Rat::one(), zeros: Vec::new() };
    let mut of = None;
    collect(s, one, 1, &mut of, &mut out)?;
    out.of = of?;
    (out.zeros.len() <= ZEROS).then_some(out)
}

/// The factors of a term, raised to a power, into `out`.
fn collect(s: &Store, t: Id, power: i64, of: &mut Option<Id>, out: &mut Signs) -> Option<()> {
    match s.node(t) {
        Node::Quot(a, b) => {
            collect(s, *a, power, of, out)?;
            collect(s, *b, -power, of, out)
        }
        Node::Product(xs) => xs.iter().try_for_each(|x| collect(s, *x, power, of, out)),
        Node::Pow(b, e) if s.as_rational(*e).is_some() => {
            let k = s.as_rational(*e)?.to_i64()?;
            collect(s, *b, power.checked_mul(k)?, of, out)
        }
        _ => {
            let Part { slope, of: x, constant } = linear(s, t)?;
            match x {
                None => {
                    (!constant.is_zero()).then_some(())?;
                    if constant.is_negative() && power % 2 != 0 {
                        out.number = out.number.neg();
                    }
                }
                Some(x) => {
                    if *of.get_or_insert(x) != x {
                        return None;
                    }
                    if slope.is_negative() && power % 2 != 0 {
                        out.number = out.number.neg();
                    }
                    let zero = constant.neg().div(&slope)?;
                    match out.zeros.iter_mut().find(|(z, _)| *z == zero) {
                        Some((_, k)) => *k += power,
                        None => out.zeros.push((zero, power)),
                    }
                }
            }
            Some(())
        }
    }
}

/// Where all the conditions hold, if that is one interval, or all but some points.
fn interval(s: &Store, x: Id, conditions: &[&Signs]) -> Option<Vec<Id>> {
    let mut zeros: Vec<Rat> = conditions.iter().flat_map(|c| c.zeros.iter().map(|z| z.0.clone())).collect();
    zeros.sort();
    zeros.dedup();
    let (first, last) = (zeros.first()?.clone(), zeros.last()?.clone());
    // Intervals and points in turn: before the first zero, the first zero, between the first and the second, …
    let mut places = vec![first.sub(&Rat::one())];
    for (k, z) in zeros.iter().enumerate() {
        places.push(z.clone());
        places.push(match zeros.get(k + 1) {
            Some(next) => z.add(next).div(&Rat::int(2))?,
            None => last.add(&Rat::one()),
        });
    }
    let holds: Vec<bool> = places.iter().map(|p| conditions.iter().all(|c| c.holds_at(p))).collect();
    let bound = |op: RelOp, z: &Rat| s.rel(op, x, s.rational(z));
    if holds.iter().step_by(2).all(|h| *h) {
        let gone = zeros.iter().enumerate().filter(|(k, _)| holds.get(2 * k + 1) == Some(&false));
        return Some(gone.map(|(_, z)| bound(RelOp::Ne, z)).collect());
    }
    let begin = holds.iter().position(|h| *h)?;
    let end = holds.iter().rposition(|h| *h)?;
    if begin == end && begin % 2 == 1 || holds.get(begin..=end)?.iter().any(|h| !h) {
        return None;
    }
    // An odd place is a zero, which belongs to the interval; an even one lies after the zero before it.
    let low = if begin % 2 == 1 { Some((begin / 2, RelOp::Ge)) } else { (begin / 2).checked_sub(1).map(|k| (k, RelOp::Gt)) };
    let high = Some((end / 2, if end % 2 == 1 { RelOp::Le } else { RelOp::Lt })).filter(|(k, _)| *k < zeros.len());
    Some([low, high].into_iter().flatten().filter_map(|(k, op)| zeros.get(k).map(|z| bound(op, z))).collect())
}

/// A condition on a fraction or on a multiple as one on its factor of open sign: `k/n < 1` as `k < n` where n > 0; that it is not 0, of
/// each factor.
fn open_factors(facts: &Facts<'_>, cond: Id) -> Option<Vec<Id>> {
    let s = facts.store();
    let Node::Rel(op, a, b) = *s.node(cond) else { return None };
    let fraction = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Quot(_, d) if s.as_rational(*d).is_none()));
    if op == RelOp::Eq || !s.sort(a).is_scalar() || s.loose(cond) > 0 {
        return None;
    }
    let (mut turned, core) = crate::tidy::unsign(s, facts.factor(s.sub(a, b))?);
    let several = |t: Id| s.free_vars(t).len() > 1;
    let multiple = several(core) && crate::tidy::factors(s, core).iter().any(|f| s.as_rational(*f).is_some());
    let product = op == RelOp::Ne && matches!(s.node(a), Node::Product(_)) && crate::tidy::is_zero(s, b);
    if !fraction(cond) && !multiple && !product {
        return None;
    }
    let (above, below) = match s.node(core) {
        Node::Quot(x, y) => (crate::tidy::factors(s, *x), crate::tidy::factors(s, *y)),
        _ => (crate::tidy::factors(s, core), Vec::new()),
    };
    let mut open: Vec<(Id, bool)> = Vec::new();
    // Squares say only that they are not 0.
    let mut squares: Vec<Id> = Vec::new();
    let strict = matches!(op, RelOp::Gt | RelOp::Lt);
    for (f, is_below) in above.into_iter().map(|f| (f, false)).chain(below.into_iter().map(|f| (f, true))) {
        let sign = facts.sign(f);
        if sign.is_negative() {
            turned = !turned;
        } else if !sign.is_positive() {
            match *s.node(f) {
                Node::Pow(base, k) if (strict || is_below) && sign.is_nonneg() && s.as_rational(k).is_some() => squares.push(base),
                _ => open.push((f, is_below)),
            }
        }
    }
    let said = |op: RelOp, f: Id| match crate::tidy::summands(s, f).as_slice() {
        [x, y] if !x.neg && y.neg => s.rel(op, x.term, y.term),
        _ => linear_solved(s, s.rel(op, f, s.int(0))),
    };
    let new: Vec<Id> = match (op, open.as_slice()) {
        (RelOp::Ne, fs) => fs.iter().map(|(f, _)| said(RelOp::Ne, *f)).collect(),
        (op, [(f, is_below)]) => {
            let op = if turned { op.mirrored() } else { op };
            // What stands below is not 0.
            let op = match op {
                RelOp::Ge if *is_below => RelOp::Gt,
                RelOp::Le if *is_below => RelOp::Lt,
                op => op,
            };
            vec![said(op, *f)]
        }
        (RelOp::Gt, []) if !turned && !squares.is_empty() => Vec::new(),
        (RelOp::Lt, []) if turned && !squares.is_empty() => Vec::new(),
        _ => return None,
    };
    let new: Vec<Id> = squares.into_iter().map(|f| said(RelOp::Ne, f)).chain(new).collect();
    facts.with(&new).holds(cond).is_true().then_some(new)
}

/// A linear condition on one quantity solved for it: `1 − r > 0` as `r < 1`.
pub(crate) fn linear_solved(s: &Store, cond: Id) -> Id {
    let Node::Rel(op, a, b) = *s.node(cond) else { return cond };
    let Some(Part { slope, of: Some(x), constant }) = linear(s, a).zip(linear(s, b)).and_then(|(p, q)| p.plus(&q, &Rat::int(-1))) else {
        return cond;
    };
    let turned = if slope.is_negative() { op.mirrored() } else { op };
    match constant.neg().div(&slope) {
        Some(value) => s.rel(turned, x, s.rational(&value)),
        None => cond,
    }
}

/// `slope · of + constant` with numbers for slope and constant.
struct Part {
    slope: Rat,
    of: Option<Id>,
    constant: Rat,
}

impl Part {
    /// `self + k · other`, if both are of one quantity.
    fn plus(&self, other: &Part, k: &Rat) -> Option<Part> {
        let slope = self.slope.add(&other.slope.mul(k));
        let of = match (self.of, other.of) {
            (Some(x), Some(y)) if x != y => return None,
            (x, y) => x.or(y).filter(|_| !slope.is_zero()),
        };
        Some(Part { slope, of, constant: self.constant.add(&other.constant.mul(k)) })
    }
}

/// A term as a linear one in a name or an entry of a name.
fn linear(s: &Store, t: Id) -> Option<Part> {
    part(s, t, &is_named)
}
/// A name or an entry of one, given or defined.
pub(crate) fn is_named(s: &Store, t: Id) -> bool {
    let name = if let Node::Entry(u, _) = *s.node(t) { u } else { t };
    match s.node(name) {
        Node::Var(_) => true,
        Node::Call(f, _) => s.fun(*f).is_constant_name() && s.prim(*f).is_none(),
        _ => false,
    }
}
/// A call of a function that grows with its argument.
fn is_increasing(s: &Store, t: Id) -> bool {
    matches!(s.node(t), Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Exp | Prim::Log | Prim::Sqrt)))
}
/// A term as a linear one in a quantity of a kind.
fn part(s: &Store, t: Id, is_quantity: &dyn Fn(&Store, Id) -> bool) -> Option<Part> {
    if let Some(q) = s.as_rational(t) {
        return Some(Part { slope: Rat::zero(), of: None, constant: q });
    }
    if is_quantity(s, t) {
        return Some(Part { slope: Rat::one(), of: Some(t), constant: Rat::zero() });
    }
    match s.node(t) {
        Node::Sum(xs) => xs.iter().try_fold(Part { slope: Rat::zero(), of: None, constant: Rat::zero() }, |sum, x| {
            sum.plus(&part(s, x.term, is_quantity)?, &Rat::int(if x.neg { -1 } else { 1 }))
        }),
        Node::Quot(a, b) => {
            let k = s.as_rational(*b)?.recip()?;
            Part { slope: Rat::zero(), of: None, constant: Rat::zero() }.plus(&part(s, *a, is_quantity)?, &k)
        }
        Node::Product(xs) => {
            let (numbers, others): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| s.as_rational(**x).is_some());
            let [one] = others.as_slice() else { return None };
            let k = numbers.iter().filter_map(|n| s.as_rational(*n)).fold(Rat::one(), |p, q| p.mul(&q));
            Part { slope: Rat::zero(), of: None, constant: Rat::zero() }.plus(&part(s, *one, is_quantity)?, &k)
        }
        _ => None,
    }
}

/// A lower and an upper bound of one quantity said together: `r > 0` and `r < 1` as `0 < r < 1`.
pub(crate) fn between(s: &Store, mut conditions: Vec<Id>) -> Vec<Id> {
    let number = |t: Id| s.free_vars(t).is_empty() && s.loose(t) == 0;
    let bound = |c: Id, below: bool| {
        let (op, x, b) = match *s.node(c) {
            Node::Rel(op, x, b) if number(b) => (op, x, b),
            Node::Rel(op, b, x) if number(b) => (op.mirrored(), x, b),
            _ => return None,
        };
        let fits = if below { matches!(op, RelOp::Gt | RelOp::Ge) } else { matches!(op, RelOp::Lt | RelOp::Le) };
        fits.then_some((x, b, op))
    };
    let mut k = 0;
    while let Some(c) = conditions.get(k).copied() {
        let other = |below: bool| {
            let x = bound(c, !below)?.0;
            conditions.iter().position(|d| bound(*d, below).is_some_and(|(y, _, _)| y == x))
        };
        if let Some(j) = other(true).or_else(|| other(false)) {
            let pair = [c, conditions.get(j).copied().unwrap_or(c)];
            let (low, high) = (pair.iter().find_map(|c| bound(*c, true)), pair.iter().find_map(|c| bound(*c, false)));
            if let (Some((x, lo, above)), Some((_, hi, under))) = (low, high) {
                let both = [s.rel(above.mirrored(), lo, x), s.rel(under, x, hi)];
                conditions.splice(k..=k, [s.intern(Node::And(both.into()))]);
                conditions.remove(j);
                continue;
            }
        }
        k += 1;
    }
    conditions
}
