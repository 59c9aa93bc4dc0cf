//! What is easy to read: a cost for each form of a result. The table is data; the walk is the only code.

use crate::tidy::{is_one, unsign};
use gradus_term::{Aff, Id, Node, Prim, Store};
use rustc_hash::FxHashMap;

/// The weights. A form with the lower total is shown; ties keep the form at hand.
struct Weights {
    node: u32,
    fraction: u32,
    nested_fraction: u32,
    power: u32,
    negative_exponent: u32,
    leading_minus: u32,
    exponential: u32,
    product_of_sums: u32,
    half_factored: u32,
    over_range: u32,
    guard: u32,
    loose_guard: u32,
    index_term: u32,
    digits: u32,
    unevaluated: u32,
}

const READABILITY: Weights = Weights {
    node: 2,
    fraction: 3,
    nested_fraction: 12,
    power: 2,
    negative_exponent: 6,
    leading_minus: 1,
    exponential: 3,
    product_of_sums: 2,
    half_factored: 8,
    over_range: 6,
    guard: 4,
    loose_guard: 9,
    index_term: 1,
    digits: 1,
    unevaluated: 60,
};

/// The cost of reading a term.
pub fn cost(s: &Store, id: Id) -> u32 {
    Cost { s, memo: FxHashMap::default() }.go(id)
}

struct Cost<'s> {
    s: &'s Store,
    memo: FxHashMap<Id, u32>,
}

impl Cost<'_> {
    fn go(&mut self, id: Id) -> u32 {
        if let Some(c) = self.memo.get(&id) {
            return *c;
        }
        self.s.spend(1);
        let c = self.own(id).saturating_add(self.below(id));
        self.memo.insert(id, c);
        c
    }
    /// Hidden arguments are not read.
    fn below(&mut self, id: Id) -> u32 {
        let s = self.s;
        let kids: Vec<Id> = match s.node(id) {
            Node::Call(f, xs) => xs.iter().copied().take(s.fun(*f).explicit).collect(),
            n => n.children().into_iter().map(|c| c.0).collect(),
        };
        kids.into_iter().fold(0u32, |a, k| a.saturating_add(self.go(k)))
    }
    fn own(&self, id: Id) -> u32 {
        let (s, w) = (self.s, &READABILITY);
        match s.node(id) {
            Node::Num(q) => w.node + w.digits * (u32::try_from(q.numer().bits()).unwrap_or(99) / 4),
            Node::Sum(xs) => {
                let leading = xs.first().is_some_and(|x| x.neg);
                let half = if is_half_factored(s, id, xs) { w.half_factored } else { 0 };
                (xs.len() as u32).saturating_sub(1) * w.node / 2 + if leading { w.leading_minus } else { 0 } + half
            }
            Node::Product(xs) => {
                let sums = xs.iter().filter(|x| matches!(s.node(**x), Node::Sum(_))).count() as u32;
                // `p ([i = j] − q)`: the bracket hides which term is left.
                let guard = |x: Id| matches!(s.node(x), Node::Iverson(_));
                let loose = |x: Id| match s.node(x) {
                    Node::Sum(ys) => ys.iter().filter(|y| guard(y.term)).count() as u32,
                    _ => 0,
                };
                xs.iter().map(|x| loose(*x)).sum::<u32>() * w.loose_guard + sums.saturating_sub(1) * w.product_of_sums
            }
            Node::Quot(a, b) => {
                let nested = has_fraction(s, *a) || has_fraction(s, *b);
                let number = s.as_rational(id).is_some() || is_one(s, *b);
                if number {
                    0
                } else {
                    w.fraction + if nested { w.nested_fraction } else { 0 }
                }
            }
            Node::Pow(_, e) => w.power + if unsign(s, *e).0 { w.negative_exponent } else { 0 },
            Node::Call(f, _) => match s.prim(*f) {
                Some(Prim::Exp) => w.exponential,
                _ => w.node,
            },
            Node::Big { lo, hi, .. } => w.over_range + w.index_term * (affine(lo) + affine(hi)),
            Node::Iverson(_) => w.guard,
            Node::Cases(bs, _) => w.guard * bs.len() as u32,
            Node::Entry(_, ix) => w.index_term * ix.iter().map(affine).sum::<u32>(),
            Node::Index(a) => w.node / 2 + w.index_term * affine(a),
            Node::Diff { .. } | Node::Differential { .. } | Node::Limit { .. } => w.unevaluated,
            _ => w.node,
        }
    }
}

/// `a (2a − 3) + 1`: a polynomial in one name, neither in powers of it nor as a product.
fn is_half_factored(s: &Store, id: Id, xs: &[gradus_term::Summand]) -> bool {
    let with_sum = |t: Id| {
        let above = if let Node::Quot(a, _) = s.node(t) { *a } else { t };
        let is_sum = |f: Id| match s.node(f) {
            Node::Index(a) => a.c != 0 && a.vars().next().is_some(),
            n => matches!(n, Node::Sum(_)),
        };
        matches!(s.node(above), Node::Product(fs) if fs.iter().any(|f| is_sum(*f)))
    };
    xs.iter().any(|x| with_sum(x.term)) && xs.iter().all(|x| is_polynomial(s, x.term)) && s.free_vars(id).len() == 1
}

/// Numbers, names, their sums, products and whole powers.
fn is_polynomial(s: &Store, t: Id) -> bool {
    match s.node(t) {
        Node::Num(_) | Node::Var(_) | Node::Index(_) => true,
        Node::Sum(xs) => xs.iter().all(|x| is_polynomial(s, x.term)),
        Node::Product(xs) => xs.iter().all(|x| is_polynomial(s, *x)),
        Node::Pow(b, k) => is_polynomial(s, *b) && matches!(s.node(*k), Node::Num(_)),
        Node::Quot(a, b) => is_polynomial(s, *a) && matches!(s.node(*b), Node::Num(_)),
        _ => false,
    }
}

/// Whether a fraction stands among the factors and summands; exponents and arguments are lines of their own.
fn has_fraction(s: &Store, x: Id) -> bool {
    match s.node(x) {
        Node::Quot(..) => true,
        Node::Sum(xs) => xs.iter().any(|y| has_fraction(s, y.term)),
        Node::Product(xs) => xs.iter().any(|y| has_fraction(s, *y)),
        Node::Pow(b, _) => has_fraction(s, *b),
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Sqrt) => xs.iter().any(|y| has_fraction(s, *y)),
        Node::Big { body, .. } => has_fraction(s, *body),
        _ => false,
    }
}

fn affine(a: &Aff) -> u32 {
    (a.t.iter().map(|(_, k)| if *k == 1 { 1 } else { 2 }).sum::<u32>() + u32::from(a.c != 0)).max(1)
}
