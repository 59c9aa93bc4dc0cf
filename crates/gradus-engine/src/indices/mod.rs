//! Indices: sums whose deltas leave one term; ranges restricted by guards; reindexing.

mod ranges;

use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, summands};
use crate::Engine;
use gradus_decide::{Facts, Tri};
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Arg, BigOp, IVar, Id, Node, Position, RelOp, Store, Summand, VarId, VarKind};
use rustc_hash::FxHashMap;

/// Sums collapsed in one line.
const COLLAPSES: usize = 24;

/// `k = r`: the term that is left.
struct Left {
    index: Aff,
    value: Aff,
    /// Whether two sums changed places.
    exchanged: bool,
}

impl<'s> Engine<'s> {
    /// Collapses sums with a delta in the bound index, the innermost first; whether any was.
    pub(crate) fn collapse_deltas(&self, d: &mut Draft<'s>) -> bool {
        let start = d.len();
        let s = self.store;
        let summed =
            |n: &Node| matches!(n, Node::Big { op: BigOp::Sum, body, .. } if s.any_subterm(*body, &mut |m| matches!(m, Node::Cases(..))));
        if s.any_subterm(d.current(), &mut |n| summed(n)) {
            while self.deltas_out_of_cases(d) {}
        }
        for _ in 0..COLLAPSES {
            let before = d.len();
            self.collapse_one(d);
            if d.len() == before {
                break;
            }
        }
        d.line(Detail::Textbook);
        d.len() > start
    }
    /// The same, where what the terms of a bracket share stands before each sum first: `c Σ_k (δ_kj − u_k)`.
    pub(crate) fn collapse_deltas_of_brackets(&self, d: &mut Draft<'s>) -> bool {
        let mut collapsed = false;
        for _ in 0..COLLAPSES {
            while self.constants_out_of_sums(d) {}
            let before = d.len();
            self.collapse_one(d);
            if d.len() == before {
                break;
            }
            collapsed = true;
        }
        d.line(Detail::Textbook);
        collapsed
    }
    /// Whether some sum has a delta beside a function of its index, as `Σ_k δ_{kj} e^{x_k}`: a derivative of that function was just
    /// taken, and its line is read before the sum is collapsed. A delta beside entries alone is collapsed on the line it arises.
    pub(crate) fn has_delta_beside_function(&self, t: Id) -> bool {
        let s = self.store;
        everywhere(s, t, &|n| matches!(n, Node::Big { op: BigOp::Sum, .. })).into_iter().any(|path| {
            let sum = path.iter().try_fold(t, |x, k| s.node(x).children().get(*k as usize).map(|c| c.0));
            let Some((vars, body)) = sum.and_then(|x| s.open_child(x, 0)) else { return false };
            vars.first().is_some_and(|v| {
                summands(s, body).into_iter().any(|x| {
                    let fs = factors(s, fraction(s, x.term).0);
                    fs.iter().any(|f| matches!(s.node(*f), Node::Iverson(c) if equal_to(s, *c, *v).is_some()))
                        && fs.iter().any(|f| is_function_of(s, *f, *v))
                })
            })
        })
    }
    /// A delta that all branches of `cases` have in front of them: `δ_ik u` if c, `δ_ik v` otherwise. Whether there was one.
    pub(crate) fn deltas_out_of_cases(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let zero = |t: Id| crate::tidy::is_zero(s, t);
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Cases(..))) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Cases(bs, otherwise) = s.node(f.part) else { continue };
            let values: Vec<Id> = bs.iter().map(|b| b.1).chain(*otherwise).collect();
            let delta = |x: &Id| matches!(s.node(*x), Node::Iverson(c) if matches!(s.node(*c), Node::Rel(RelOp::Eq, ..)));
            let core = |v: Id| factors(s, fraction(s, crate::tidy::unsign(s, v).1).0);
            let has = |v: Id, x: Id| zero(v) || core(v).iter().any(|y| s.same(*y, x));
            let Some(first) = values.iter().find(|v| !zero(**v)) else { continue };
            let Some(shared) = core(*first).into_iter().find(|x| delta(x) && values.iter().all(|v| has(*v, *x))) else { continue };
            let without = |v: Id| {
                let rest = s.product(&core(v).into_iter().filter(|y| !s.same(*y, shared)).collect::<Vec<_>>());
                let rest = fraction(s, crate::tidy::unsign(s, v).1).1.map_or(rest, |below| s.quot(rest, below));
                match crate::tidy::unsign(s, v).0 {
                    _ if zero(v) => v,
                    true => s.neg(rest),
                    false => rest,
                }
            };
            let cases = s.intern(Node::Cases(bs.iter().map(|b| (b.0, without(b.1))).collect(), otherwise.map(without)));
            let reason = Text::words("a common factor of the branches comes out");
            if d.recompute(&pos, &f, s.mul(shared, cases), "delta.cases", reason, Weight::Main).is_ok() {
                d.line(Detail::Textbook);
                return true;
            }
        }
        false
    }
    fn collapse_one(&self, d: &mut Draft<'s>) {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, .. })).into_iter().rev() {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let facts = d.proof.facts_at(&f);
            let Some((new, left)) = only_term(s, &facts, f.part) else { continue };
            let reason = left.said(s);
            let new = crate::tidy::tidy(s, new);
            if d.recompute(&pos, &f, new, "delta.collapse", reason, Weight::Main).is_ok() {
                return;
            }
        }
    }
}

impl Left {
    /// "only the term k = r is left"; without the equation where an index has no letter of its own.
    fn said(self, s: &Store) -> Text {
        let nameless = |a: &Aff| a.vars().any(|v| matches!(v, IVar::Free(v) if s.var(v).name.is_empty()));
        if nameless(&self.index) || nameless(&self.value) {
            return Text::words("only one term is left");
        }
        let before = if self.exchanged { "sums exchanged; only the term " } else { "only the term " };
        Text::words(before).term(s.rel(RelOp::Eq, s.index(self.index), s.index(self.value))).and(" is left")
    }
}

/// `Σ_k [k = r] u(k)` is `u(r)` where r lies in the range, else `u(r)` with the range as a guard, and so with the sum's condition;
/// summands without such a delta keep their sum.
fn only_term(s: &Store, facts: &Facts<'_>, sum: Id) -> Option<(Id, Left)> {
    let Node::Big { op, hint, lo, hi, cond, .. } = s.node(sum).clone() else { return None };
    let (vars, body) = s.open_child(sum, 0)?;
    let v = *vars.first()?;
    let range = Range { lo, hi, cond: cond.map(|c| s.open(c, &[Arg::Idx(Aff::free(v))])) };
    let (mut out, mut rest, mut left) = (Vec::new(), Vec::new(), None);
    for x in distributed(s, body, v) {
        match one_term(s, facts, x.term, v, &range) {
            Some((value, l)) => {
                out.push(Summand { neg: x.neg, term: value });
                left.get_or_insert(l);
            }
            None => rest.push(x),
        }
    }
    let Some(left) = left else { return exchanged(s, facts, sum) };
    if !rest.is_empty() {
        // A minus before every summand stands before the sum.
        let neg = rest.iter().all(|x| x.neg);
        let kept: Vec<Summand> = rest.iter().map(|x| Summand { neg: x.neg != neg, term: x.term }).collect();
        let body = s.close(s.sum(&kept), &[v]);
        out.push(Summand { neg, term: s.intern(Node::Big { op, hint, lo: range.lo, hi: range.hi, cond, body }) });
    }
    Some((s.sum(&out), left))
}

/// `Σ_k u(k) Σ_j [k = r(j)] w(j)` as `Σ_j u(r(j)) w(j)`: the range of the inner sum does not mention k. A condition of the inner sum goes
/// into its terms.
fn exchanged(s: &Store, facts: &Facts<'_>, sum: Id) -> Option<(Id, Left)> {
    let Node::Big { lo, hi, cond: None, .. } = s.node(sum).clone() else { return None };
    let (vars, body) = s.open_child(sum, 0)?;
    let v = *vars.first()?;
    let fs = factors(s, body);
    let (at, inner) = fs.iter().copied().enumerate().find(|(_, f)| {
        matches!(s.node(*f), Node::Big { op: BigOp::Sum, lo, hi, .. }
            if !lo.mentions(IVar::Free(v)) && !hi.mentions(IVar::Free(v)) && holds_delta(s, *f, v))
    })?;
    let Node::Big { op, hint, lo: from, hi: to, cond, .. } = s.node(inner).clone() else { return None };
    let (own, term) = s.open_child(inner, 0)?;
    let mut all: Vec<Id> = fs.iter().enumerate().flat_map(|(k, f)| if k == at { factors(s, term) } else { vec![*f] }).collect();
    let at: Vec<Arg> = own.iter().map(|v| Arg::Idx(Aff::free(*v))).collect();
    all.extend(cond.map(|c| s.intern(Node::Iverson(s.open(c, &at)))));
    let (value, left) = one_term(s, facts, s.product(&all), v, &Range { lo, hi, cond: None })?;
    let new = s.intern(Node::Big { op, hint, lo: from, hi: to, cond: None, body: s.close(value, &own) });
    Some((new, Left { exchanged: true, ..left }))
}

/// The summands of a body, with sums that hold a delta in `v` multiplied out.
fn distributed(s: &Store, body: Id, v: VarId) -> Vec<Summand> {
    let mut out = Vec::new();
    for x in summands(s, body) {
        let x = if holds_delta(s, x.term, v) { Summand { neg: x.neg, term: flat(s, x.term) } } else { x };
        let (num, den) = fraction(s, x.term);
        let fs = factors(s, num);
        let k = fs.iter().position(|f| matches!(s.node(*f), Node::Sum(_)) && holds_delta(s, *f, v));
        let Some((k, sum)) = k.and_then(|k| Some((k, *fs.get(k)?))) else {
            out.push(x);
            continue;
        };
        for y in summands(s, sum) {
            let mut all = fs.clone();
            if let Some(f) = all.get_mut(k) {
                *f = y.term;
            }
            let term = over(s, s.product(&all), den);
            out.extend(distributed(s, term, v).into_iter().map(|z| Summand { neg: z.neg ^ x.neg ^ y.neg, term: z.term }));
        }
    }
    out
}
/// The term as one product over one product, `u` if c, 0 otherwise, as `[c] u`.
fn flat(s: &Store, t: Id) -> Id {
    let (num, den) = fraction(s, t);
    let mut below: Vec<Id> = den.map(|b| factors(s, b)).unwrap_or_default();
    let mut above = Vec::new();
    let mut todo: Vec<Id> = factors(s, num);
    todo.reverse();
    while let Some(f) = todo.pop() {
        match s.node(f) {
            Node::Product(xs) => todo.extend(xs.iter().rev()),
            Node::Quot(a, b) => {
                below.extend(factors(s, *b));
                todo.push(*a);
            }
            Node::Cases(bs, Some(o)) if bs.len() == 1 && crate::tidy::is_zero(s, *o) => {
                todo.extend(bs.iter().map(|(_, u)| *u));
                todo.extend(bs.iter().map(|(c, _)| s.intern(Node::Iverson(*c))));
            }
            _ => above.push(f),
        }
    }
    over(s, s.product(&above), (!below.is_empty()).then(|| s.product(&below)))
}
fn holds_delta(s: &Store, t: Id, v: VarId) -> bool {
    s.any_subterm(t, &mut |n| match n {
        Node::Iverson(c) => equal_to(s, *c, v).is_some(),
        // u if v = …, 0 otherwise.
        Node::Cases(bs, Some(o)) => {
            crate::tidy::is_zero(s, *o) && matches!(bs.as_ref(), [(c, _)] if s.loose(*c) == 0 && equal_to(s, *c, v).is_some())
        }
        _ => false,
    })
}
/// Whether a factor holds a function or a power of something with the index in it.
fn is_function_of(s: &Store, t: Id, v: VarId) -> bool {
    match s.node(t) {
        Node::Call(..) | Node::Pow(..) => s.mentions(t, v),
        Node::Sum(xs) => xs.iter().any(|x| is_function_of(s, x.term, v)),
        Node::Product(xs) => xs.iter().any(|x| is_function_of(s, *x, v)),
        Node::Quot(a, b) => is_function_of(s, *a, v) || is_function_of(s, *b, v),
        _ => false,
    }
}
fn fraction(s: &Store, t: Id) -> (Id, Option<Id>) {
    match s.node(t) {
        Node::Quot(a, b) => (*a, Some(*b)),
        _ => (t, None),
    }
}
fn over(s: &Store, a: Id, b: Option<Id>) -> Id {
    b.map_or(a, |b| s.quot(a, b))
}
/// The value that the condition `v = r` gives `v`.
fn equal_to(s: &Store, c: Id, v: VarId) -> Option<Aff> {
    let Node::Rel(RelOp::Eq, a, b) = s.node(c) else { return None };
    s.as_aff(*a)?.sub(&s.as_aff(*b)?).solve(IVar::Free(v))
}

/// Where the index of a sum lies.
struct Range {
    lo: Aff,
    hi: Aff,
    cond: Option<Id>,
}

/// One summand at the value its delta gives, guarded by the range where that is not known.
fn one_term(s: &Store, facts: &Facts<'_>, t: Id, v: VarId, range: &Range) -> Option<(Id, Left)> {
    let (num, den) = fraction(s, t);
    let (r, rest) = without_delta(s, num, v)?;
    let map: FxHashMap<_, _> = std::iter::once((v, Arg::Idx(r.clone()))).collect();
    let value = without_true_guards(s, facts, s.subst(over(s, rest, den), &map));
    // Counted from the other end it may be what an entry there has as its index.
    let stands = |at: &Aff| s.any_subterm(value, &mut |n| matches!(n, Node::Entry(_, ix) if ix.contains(at)));
    let from_end = range.lo.add(&range.hi).sub(&r);
    let said = if !stands(&r) && stands(&from_end) { &from_end } else { &r };
    let mut guards = Vec::new();
    for (a, b) in [(&range.lo, said), (said, &range.hi)] {
        if facts.nonneg(&b.sub(a)) != Tri::True {
            guards.push(at_most(s, a, b));
        }
    }
    if let Some(c) = range.cond.map(|c| s.subst(c, &map)) {
        match facts.holds(c) {
            Tri::True => {}
            Tri::False => return Some((s.int(0), Left { index: Aff::free(v), value: r, exchanged: false })),
            Tri::Unknown => guards.push(c),
        }
    }
    let new = match guards.as_slice() {
        [] => value,
        [g] => s.mul(s.intern(Node::Iverson(*g)), value),
        gs => s.mul(s.intern(Node::Iverson(s.intern(Node::And(gs.into())))), value),
    };
    Some((new, Left { index: Aff::free(v), value: r, exchanged: false }))
}

/// `a ≤ b`, about one index alone said of it: `2 ≤ i` for `1 ≤ i − 1`, and `i ≤ n − 2` for `i + 1 ≤ n − 1`.
fn at_most(s: &Store, a: &Aff, b: &Aff) -> Id {
    let d = b.sub(a);
    let is_index = |v: IVar| matches!(v, IVar::Free(v) if matches!(s.var(v).kind, VarKind::Index | VarKind::Opened));
    let mut indices = d.t.iter().filter(|(v, _)| is_index(*v));
    let alone = indices.next().filter(|_| indices.next().is_none()).or_else(|| d.t.first().filter(|_| d.t.len() == 1));
    let (low, high) = match alone {
        Some((v, 1)) => (Aff::var(*v).sub(&d), Aff::var(*v)),
        Some((v, -1)) => (Aff::var(*v), Aff::var(*v).add(&d)),
        _ => (a.clone(), b.clone()),
    };
    s.rel(RelOp::Le, s.index(low), s.index(high))
}

/// A product with one delta in `v` taken out, from an inner sum, too; and the value it gives.
fn without_delta(s: &Store, t: Id, v: VarId) -> Option<(Aff, Id)> {
    let fs = factors(s, t);
    let replaced = |k: usize, new: Option<Id>| {
        let all: Vec<Id> = fs.iter().enumerate().filter_map(|(i, f)| if i == k { new } else { Some(*f) }).collect();
        s.product(&all)
    };
    for (k, f) in fs.iter().enumerate() {
        match s.node(*f) {
            Node::Iverson(c) => {
                let cs = match s.node(*c) {
                    Node::And(cs) => cs.to_vec(),
                    _ => vec![*c],
                };
                let Some((i, r)) = cs.iter().enumerate().find_map(|(i, c)| Some((i, equal_to(s, *c, v)?))) else { continue };
                let others: Vec<Id> = cs.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, c)| *c).collect();
                let guard = match others.as_slice() {
                    [] => None,
                    [one] => Some(s.intern(Node::Iverson(*one))),
                    many => Some(s.intern(Node::Iverson(s.intern(Node::And(many.into()))))),
                };
                return Some((r, replaced(k, guard)));
            }
            Node::Big { op: BigOp::Sum, hint, lo, hi, cond, .. } => {
                let (vars, body) = s.open_child(*f, 0)?;
                let w = *vars.first()?;
                let terms = summands(s, body);
                // Every term has the delta.
                let apart = terms.iter().map(|x| {
                    let (num, den) = fraction(s, x.term);
                    let (r, rest) = without_delta(s, num, v).filter(|(r, _)| !r.mentions(IVar::Free(w)))?;
                    Some((r, Summand { neg: x.neg, term: over(s, rest, den) }))
                });
                let Some(apart) = apart.collect::<Option<Vec<(Aff, Summand)>>>() else { continue };
                let Some(r) = apart.first().map(|x| x.0.clone()).filter(|r| apart.iter().all(|x| x.0 == *r)) else { continue };
                let body = s.close(s.sum(&apart.into_iter().map(|x| x.1).collect::<Vec<_>>()), &vars);
                let inner = s.intern(Node::Big { op: BigOp::Sum, hint: *hint, lo: lo.clone(), hi: hi.clone(), cond: *cond, body });
                return Some((r, replaced(k, Some(inner))));
            }
            _ => {}
        }
    }
    None
}

/// The term without factors `[c]` whose condition is known.
fn without_true_guards(s: &Store, facts: &Facts<'_>, t: Id) -> Id {
    let (num, den) = fraction(s, t);
    let kept: Vec<Id> =
        factors(s, num).into_iter().filter(|f| !matches!(s.node(*f), Node::Iverson(c) if facts.holds(*c) == Tri::True)).collect();
    over(s, s.product(&kept), den)
}
