//! Values for the names of a claim: small integers first, then fractions, then critical points; matrices with the declared
//! properties; simple equations among the facts solved.

use crate::eval::{Eval, Limits, Slot};
use crate::field::{Fault, Field, Out};
use crate::interval::Iv;
use crate::jet::Scalar;
use crate::num::{Num, Q};
use crate::tensor::{Tensor, Value};
use crate::unknown::Random;
use gradus_term::{Aff, Domain, IVar, Id, Node, Props, Rat, RelOp, Sort, Store, VarId, VarKind};
use std::rc::Rc;

/// What a name is given.
#[derive(Clone, Debug)]
pub enum Assigned {
    /// A size or an index.
    Int(i64),
    /// A number.
    Scalar(Q),
    /// A tensor: sizes, whether it is a row, whether it is 0 outside, entries.
    Tensor(Vec<usize>, bool, bool, Vec<Q>),
    /// A random smooth function.
    Function(u64),
    /// The value of this term at the same point.
    At(Id),
}

/// An assignment, in the order in which names are bound.
pub type Assignment = Vec<(VarId, Assigned)>;

/// Binds an assignment in a new evaluator.
pub fn evaluator<'a, F: Field>(s: &'a Store, a: &Assignment, salt: u64, limits: Limits) -> Out<Eval<'a, F>> {
    let mut ev = Eval::new(s, limits);
    ev.salt = salt;
    for (v, x) in a {
        let slot = match x {
            Assigned::Int(n) => Slot::Int(*n),
            Assigned::Scalar(q) => Slot::Val(Value::S(Scalar::N(Num::Q(*q)))),
            Assigned::Tensor(dims, row, zero, data) => {
                let data = data.iter().map(|q| Ok(Scalar::N(Num::Q(*q)))).collect();
                Slot::Val(Value::T(Rc::new(Tensor { dims: dims.clone(), row: *row, zero: *zero, data })))
            }
            Assigned::Function(seed) => Slot::Val(Value::Random(*seed)),
            Assigned::At(t) => Slot::Val(ev.eval(*t)?.defined()?),
        };
        ev.bind(*v, slot);
    }
    ev.start_over();
    Ok(ev)
}

/// How numbers are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Style {
    Small,
    Positive,
    Unit,
    Fraction,
    Critical,
}

/// By round; later rounds alternate between the last two.
const ORDER: [Style; 6] = [Style::Small, Style::Critical, Style::Fraction, Style::Unit, Style::Positive, Style::Critical];

/// Where something special may happen; each name in turn is put at each of them.
fn critical() -> [Q; 8] {
    [Q::int(0), Q::int(1), Q::int(-1), q(1, 10_000_000), Q::int(-40), Q::int(40), q(-1, 10_000_000), Q::int(2)]
}

fn style_of(k: usize) -> Style {
    let at = if k < ORDER.len() { k } else { ORDER.len() - 1 - (k - ORDER.len()) % 2 };
    ORDER.get(at).copied().unwrap_or(Style::Small)
}

/// Lower and upper ends that relations with constants leave for a scalar, each with whether it may be reached.
#[derive(Clone, Copy, Default, Debug)]
struct Bounds {
    lo: Option<(Q, bool)>,
    hi: Option<(Q, bool)>,
}

fn q(n: i64, d: i64) -> Q {
    Q::new(i128::from(n), i128::from(d)).unwrap_or(Q::int(0))
}
fn small(r: &Rat) -> Option<Q> {
    match r {
        Rat::Small(r) => Some(Q { n: *r.numer(), d: *r.denom() }),
        Rat::Big(_) => None,
    }
}
fn less(a: Q, b: Q) -> bool {
    i128::from(a.n) * i128::from(b.d) < i128::from(b.n) * i128::from(a.d)
}

impl Bounds {
    fn holds(self, x: Q) -> bool {
        self.lo.is_none_or(|(b, closed)| less(b, x) || closed && b == x) && self.hi.is_none_or(|(b, closed)| less(x, b) || closed && b == x)
    }
    fn at_least(&mut self, b: Q, closed: bool) {
        if self.lo.is_none_or(|(c, k)| less(c, b) || c == b && k) {
            self.lo = Some((b, closed));
        }
    }
    fn at_most(&mut self, b: Q, closed: bool) {
        if self.hi.is_none_or(|(c, k)| less(b, c) || c == b && k) {
            self.hi = Some((b, closed));
        }
    }
    /// A number inside, from a position in 1..=7 of 8.
    fn inside(self, k: i64) -> Q {
        let f = |x: Q| (i128::from(x.n), i128::from(x.d));
        match (self.lo, self.hi) {
            (Some((a, _)), Some((b, _))) => {
                let ((a, c), (b, d)) = (f(a), f(b));
                // a + (b − a) k/8
                Q::new(a * d * i128::from(8 - k) + b * c * i128::from(k), c * d * 8).unwrap_or(Q::int(0))
            }
            (Some((a, _)), None) => Q::new(f(a).0 * 2 + f(a).1 * i128::from(k), f(a).1 * 2).unwrap_or(a),
            (None, Some((b, _))) => Q::new(f(b).0 * 2 - f(b).1 * i128::from(k), f(b).1 * 2).unwrap_or(b),
            (None, None) => Q::int(k),
        }
    }
}

/// Draws assignments of the values of a claim at given sizes.
pub struct Sampler<'a> {
    s: &'a Store,
    facts: Vec<Id>,
    /// For each name what is known of it or of all its entries, and with that what is known of single ones.
    bounds: Vec<(VarId, Bounds, Bounds)>,
    /// Whether all entries are drawn as what is known of single ones.
    alike: bool,
    solved: Vec<(VarId, Id)>,
    random: Random,
    turns: usize,
}

impl<'a> Sampler<'a> {
    /// For these names and facts.
    pub fn new(s: &'a Store, values: &[VarId], facts: &[Id], bindings: &[(VarId, Id)], seed: u64) -> Self {
        let mut flat = Vec::new();
        let mut todo: Vec<Id> = facts.iter().rev().copied().collect();
        while let Some(f) = todo.pop() {
            match s.node(f) {
                Node::And(xs) => todo.extend(xs.iter().rev()),
                _ => flat.push(f),
            }
        }
        let mut me = Sampler { s, facts: flat, bounds: Vec::new(), alike: true, solved: Vec::new(), random: Random(seed), turns: 0 };
        for v in values {
            me.bounds.push((*v, me.bounds_of(*v, false), me.bounds_of(*v, true)));
        }
        for f in me.facts.clone() {
            if let Node::Rel(RelOp::Eq, a, b) = s.node(f) {
                for (x, t) in [(*a, *b), (*b, *a)] {
                    if let Node::Var(v) = s.node(x) {
                        let free = !me.solved.iter().any(|(u, u_is)| u == v || s.mentions(t, *u) || s.mentions(*u_is, *v));
                        if free && !s.mentions(t, *v) && !bindings.iter().any(|b| b.0 == *v) {
                            me.solved.push((*v, t));
                            break;
                        }
                    }
                }
            }
        }
        me
    }
    fn bounds_of(&self, v: VarId, single: bool) -> Bounds {
        let info = self.s.var(v);
        let mut b = Bounds::default();
        if let Domain::Interval(lo, hi) = &info.domain {
            if let Some((x, c)) = lo {
                small(x).into_iter().for_each(|x| b.at_least(x, *c));
            }
            if let Some((x, c)) = hi {
                small(x).into_iter().for_each(|x| b.at_most(x, *c));
            }
        }
        if info.props.positive {
            b.at_least(Q::int(0), false);
        }
        let any = |i: &Aff| i.vars().any(|x| matches!(x, IVar::Free(x) if self.s.var(x).kind == VarKind::Opened));
        let about = |t: Id| match self.s.node(t) {
            Node::Var(u) => *u == v,
            Node::Entry(t, ix) => matches!(self.s.node(*t), Node::Var(u) if *u == v) && (single || ix.iter().all(any)),
            _ => false,
        };
        for f in &self.facts {
            let Node::Rel(op, l, r) = self.s.node(*f) else { continue };
            let (op, c) = if about(*l) {
                (*op, *r)
            } else if about(*r) {
                (op.mirrored(), *l)
            } else {
                continue;
            };
            let Some(c) = self.s.as_rational(c).as_ref().and_then(small) else { continue };
            match op {
                RelOp::Lt | RelOp::Le => b.at_most(c, op == RelOp::Le),
                RelOp::Gt | RelOp::Ge => b.at_least(c, op == RelOp::Ge),
                _ => {}
            }
        }
        b
    }

    /// An assignment at these sizes; `round` chooses the style, `try_` varies it; `None` where a shape is impossible.
    pub fn draw(
        &mut self,
        ints: &[(VarId, i64)],
        values: &[VarId],
        bindings: &[(VarId, Id)],
        round: usize,
        attempt: usize,
    ) -> Option<Assignment> {
        let base = style_of(round + attempt);
        // Where entries are drawn freely, what is known of one of them is met by chance.
        const BY_CHANCE: usize = 12;
        self.alike = round.is_multiple_of(2) || attempt >= BY_CHANCE;
        // A critical round puts one name at a critical value and leaves the others ordinary.
        let turn = self.turns;
        if base == Style::Critical {
            self.turns += 1;
        }
        let count = values.len().max(1);
        let special = critical().get(turn / count % 8).copied().unwrap_or(Q::int(0));
        let mut a: Assignment = ints.iter().map(|(v, n)| (*v, Assigned::Int(*n))).collect();
        let sizes: Eval<'_, Iv> = {
            let mut e = Eval::new(self.s, Limits::default());
            ints.iter().for_each(|(v, n)| e.bind(*v, Slot::Int(*n)));
            e
        };
        let mut later = Vec::new();
        for (place, v) in values.iter().enumerate() {
            let chosen = base == Style::Critical && place == turn % count;
            let style = if base == Style::Critical && !chosen { Style::Small } else { base };
            if let Some((_, t)) = self.solved.iter().find(|x| x.0 == *v) {
                later.push((*v, Assigned::At(*t)));
                continue;
            }
            if let (Some((_, t)), true) = (bindings.iter().find(|x| x.0 == *v), round.is_multiple_of(2)) {
                later.push((*v, Assigned::At(*t)));
                continue;
            }
            let info = self.s.var(*v);
            let x = match &info.sort {
                Sort::Fun(_) => Assigned::Function(self.random.next()),
                sort if sort.is_tensor() => {
                    let dims = crate::tensor::extents(sort, sizes.sizes(sort.dims()).ok()?);
                    let style = if chosen { Style::Small } else { style };
                    let mut data = self.tensor(*v, &dims, info.props, &info.domain, style)?;
                    if chosen && info.props == Props::default() && self.allowed(*v, &info.domain, special) {
                        for x in &mut data {
                            if self.random.range(0, 2) > 0 {
                                *x = special;
                            }
                        }
                    }
                    Assigned::Tensor(dims, matches!(sort, Sort::Row(_)), info.props.zero_outside, data)
                }
                Sort::Scalar | Sort::Any if chosen && self.allowed(*v, &info.domain, special) => Assigned::Scalar(special),
                Sort::Scalar | Sort::Any => Assigned::Scalar(self.scalar(*v, &info.domain, style)),
                _ => return None,
            };
            a.push((*v, x));
        }
        self.repair(&mut a);
        a.extend(later);
        Some(a)
    }

    /// The same with all numbers at the first one, where they may stand there: `x² + y² > 2 x y` fails only at equal values. `None`
    /// without two numbers.
    pub fn draw_alike(&mut self, ints: &[(VarId, i64)], values: &[VarId], round: usize, attempt: usize) -> Option<Assignment> {
        let mut a = self.draw(ints, values, &[], round, attempt)?;
        let mut numbers = a.iter_mut().filter_map(|(v, x)| match x {
            Assigned::Scalar(x) => Some((*v, x)),
            _ => None,
        });
        let (_, first) = numbers.next()?;
        let mut more = false;
        for (v, x) in numbers {
            if self.allowed(v, &self.s.var(v).domain, *first) {
                *x = *first;
                more = true;
            }
        }
        more.then_some(a)
    }
    fn bounds(&self, v: VarId) -> Bounds {
        self.bounds.iter().find(|b| b.0 == v).map_or(Bounds::default(), |b| if self.alike { b.2 } else { b.1 })
    }
    /// Whether the domain and the bounds leave this value.
    fn allowed(&self, v: VarId, domain: &Domain, x: Q) -> bool {
        self.bounds(v).holds(x) && !matches!(domain, Domain::Finite(_))
    }
    fn number(&mut self, style: Style) -> Q {
        let r = &mut self.random;
        match style {
            Style::Small => Q::int(r.range(-3, 3)),
            Style::Positive => Q::int(r.range(1, 5)),
            Style::Unit => q(r.range(1, 10), 11),
            Style::Fraction => q(r.range(-17, 17), r.range(2, 9)),
            Style::Critical => r.pick(&critical()).unwrap_or(Q::int(0)),
        }
    }
    fn scalar(&mut self, v: VarId, domain: &Domain, style: Style) -> Q {
        let b = self.bounds(v);
        if let Domain::Finite(xs) = domain {
            let all: Vec<Q> = xs.iter().filter_map(small).collect();
            return self.random.pick(&all).unwrap_or(Q::int(0));
        }
        for _ in 0..6 {
            let x = self.number(style);
            if b.holds(x) {
                return x;
            }
        }
        let k = self.random.range(1, 7);
        b.inside(k)
    }

    fn tensor(&mut self, v: VarId, dims: &[usize], props: Props, domain: &Domain, style: Style) -> Option<Vec<Q>> {
        let count: usize = dims.iter().product();
        if count > 4000 {
            return None;
        }
        let n = dims.first().copied().unwrap_or(0);
        let square = matches!(dims, [a, b] if a == b);
        if square && props.orthogonal {
            return Some(self.orthogonal(n));
        }
        if square && (props.positive_definite || props.diagonal || props.invertible) {
            return Some(self.structured(n, props));
        }
        let mut data: Vec<Q> = (0..count).map(|_| self.scalar(v, domain, style)).collect();
        if square && props.symmetric {
            for i in 0..n {
                for j in 0..i {
                    data[i * n + j] = data[j * n + i];
                }
            }
        }
        Some(data)
    }
    /// Integer matrices: diagonal; `BᵀB + I`; triangular products with a diagonal of ±1, ±2.
    fn structured(&mut self, n: usize, props: Props) -> Vec<Q> {
        let r = &mut self.random;
        let nonzero = |r: &mut Random| match r.range(-3, 3) {
            0 => 2,
            k => k,
        };
        let mut m = vec![0i64; n * n];
        let positive = props.positive_definite || props.positive;
        if props.diagonal {
            for i in 0..n {
                let k = if props.invertible || positive { nonzero(r) } else { r.range(-3, 3) };
                m[i * n + i] = if positive { k.abs() } else { k };
            }
        } else if props.positive_definite || props.symmetric {
            let lo = if props.positive { 1 } else { -2 };
            let b: Vec<i64> = (0..n * n).map(|_| r.range(lo, 2)).collect();
            for i in 0..n {
                for j in 0..n {
                    m[i * n + j] = i64::from(i == j) + (0..n).map(|k| b[k * n + i] * b[k * n + j]).sum::<i64>();
                }
            }
        } else {
            let (mut l, mut u) = (vec![0i64; n * n], vec![0i64; n * n]);
            for i in 0..n {
                for j in 0..n {
                    let k = if props.positive { r.range(1, 2) } else { r.range(-2, 2) };
                    match j.cmp(&i) {
                        std::cmp::Ordering::Less => l[i * n + j] = k,
                        std::cmp::Ordering::Greater => u[i * n + j] = k,
                        std::cmp::Ordering::Equal => {
                            l[i * n + j] = 1;
                            u[i * n + j] = if props.positive { nonzero(r).abs() } else { nonzero(r) };
                        }
                    }
                }
            }
            for i in 0..n {
                for j in 0..n {
                    m[i * n + j] = (0..n).map(|k| l[i * n + k] * u[k * n + j]).sum();
                }
            }
        }
        m.into_iter().map(Q::int).collect()
    }
    /// A product of rotations by Pythagorean angles, with signs.
    fn orthogonal(&mut self, n: usize) -> Vec<Q> {
        let mut m: Vec<Num<Iv>> = (0..n * n).map(|k| Num::int(i64::from(k / n == k % n))).collect();
        for i in 0..n {
            if self.random.range(0, 1) == 1 {
                m[i * n + i] = Num::int(-1);
            }
        }
        for i in 1..n.min(4) {
            let (a, b, c) = self.random.pick(&[(3, 4, 5), (5, 12, 13), (0, 1, 1)]).unwrap_or((3, 4, 5));
            let (cos, sin) = (Num::Q(q(a, c)), Num::Q(q(b, c)));
            for k in 0..n {
                let (x, y) = (m[(i - 1) * n + k].clone(), m[i * n + k].clone());
                m[(i - 1) * n + k] = cos.mul(&x).sub(&sin.mul(&y));
                m[i * n + k] = sin.mul(&x).add(&cos.mul(&y));
            }
        }
        m.iter().map(|x| if let Num::Q(q) = x { *q } else { Q::int(0) }).collect()
    }

    /// Makes scalar equations among the facts hold where one entry occurs affinely: one exact Newton step.
    fn repair(&mut self, a: &mut Assignment) {
        let s = self.s;
        for f in self.facts.clone() {
            let Node::Rel(RelOp::Eq, l, r) = s.node(f) else { continue };
            if s.sort(*l).is_tensor() || s.sort(*r).is_tensor() {
                continue;
            }
            let mentioned = s.free_vars(f);
            let Some(at) = a.iter().rposition(|(v, x)| mentioned.contains(v) && matches!(x, Assigned::Scalar(_) | Assigned::Tensor(..)))
            else {
                continue;
            };
            if self.solved.iter().any(|x| mentioned.contains(&x.0)) {
                continue;
            }
            let Some(v) = a.get(at).map(|x| x.0) else { continue };
            let props = s.var(v).props;
            // One entry may be moved alone, or all of them be multiplied by a number, where the name stays what it was declared as.
            let entry = !(props.positive_definite || props.invertible || props.orthogonal);
            let fits = |x: &Assigned| match x {
                Assigned::Scalar(x) => self.may_be(v, *x),
                Assigned::Tensor(_, _, _, data) => data.iter().all(|x| self.may_be(v, *x)),
                _ => false,
            };
            let scaled = || newton(s, a, at, Move::Scale, *l, *r).filter(|x| fits(x) && !props.orthogonal);
            let new = match entry.then(|| newton(s, a, at, Move::Last, *l, *r)) {
                Some(None) => continue,
                Some(Some(x)) if fits(&x) => Some(x),
                _ => scaled(),
            };
            if let (Some((_, x)), Some(new)) = (a.get_mut(at), new) {
                *x = new;
            }
        }
    }
    /// Whether a number, or an entry, may have this value by what is declared and given of it.
    fn may_be(&self, v: VarId, x: Q) -> bool {
        let domain = match &self.s.var(v).domain {
            Domain::Finite(xs) => xs.iter().filter_map(small).any(|y| y == x),
            _ => true,
        };
        domain && self.bounds(v).holds(x)
    }
}

/// How an assignment is moved to meet an equation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Move {
    /// The number, or the last entry of a tensor.
    Last,
    /// All entries, by one positive factor.
    Scale,
}

/// Assignment number `at` moved so that `l = r`, if the equation is affine in the move with exact coefficients.
fn newton(s: &Store, a: &Assignment, at: usize, by: Move, l: Id, r: Id) -> Option<Assigned> {
    let mut ev: Eval<'_, Iv> = evaluator(s, a, 0, Limits::default()).ok()?;
    let (v, _) = a.get(at)?;
    let slot = ev.globals.get(v)?.clone();
    let moved = match (slot, by) {
        (Slot::Val(Value::S(x)), Move::Last) => Value::S(x.with_infinitesimal(0)),
        (Slot::Val(Value::T(t)), _) => {
            let mut t = (*t).clone();
            let last = t.data.len().checked_sub(1)?;
            for (k, x) in t.data.iter_mut().enumerate() {
                let old = x.clone().ok()?;
                *x = match by {
                    Move::Last if k == last => Ok(old.with_infinitesimal(0)),
                    Move::Last => Ok(old),
                    // x (1 + ε)
                    Move::Scale => Ok(old.mul(&Scalar::int(1).with_infinitesimal(0))),
                };
            }
            Value::T(Rc::new(t))
        }
        _ => return None,
    };
    ev.bind(*v, Slot::Val(moved));
    ev.level = 1;
    let d = ev.scalar(l).ok()?.sub(&ev.scalar(r).ok()?);
    let step = d.real().div(d.derivative(0).real()).ok()?;
    let exact = |x: Num<Iv>| match x {
        Num::Q(x) => Some(x),
        Num::F(_) => None,
    };
    match a.get(at)?.1.clone() {
        Assigned::Scalar(x) => Some(Assigned::Scalar(exact(Num::Q(x).sub(&step))?)),
        Assigned::Tensor(dims, row, outside, mut data) => {
            if by == Move::Last {
                let x = data.last_mut()?;
                *x = exact(Num::Q(*x).sub(&step))?;
            } else {
                let factor = exact(Num::int(1).sub(&step)).filter(|q| less(Q::int(0), *q))?;
                for x in &mut data {
                    *x = exact(Num::Q(*x).mul(&Num::Q(factor)))?;
                }
            }
            Some(Assigned::Tensor(dims, row, outside, data))
        }
        _ => None,
    }
}

/// Whether all facts certainly hold; `Err` of what could not be told.
pub fn facts_hold<F: Field>(ev: &mut Eval<'_, F>, facts: &[Id]) -> Out<bool> {
    let mut fault: Option<Fault> = None;
    for f in facts {
        match ev.condition(*f) {
            Ok(true) => {}
            Ok(false) | Err(Fault::Undefined) => return Ok(false),
            Err(e) => fault = fault.or(Some(e)),
        }
    }
    fault.map_or(Ok(true), Err)
}
