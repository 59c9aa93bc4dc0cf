//! Matching among summands, factors and matrix factors.

use super::{abstracted, could_fit, Binders, Goal, Search, State, Target};
use gradus_kernel::{rearranged, Value};
use gradus_term::{Id, Node, Store, Summand, VarId};
use std::rc::Rc;

/// Most operands of which all groupings are tried; above it, single operands and the largest group.
const GROUPED: usize = 6;

/// Which operands they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sum,
    Product,
    MatMul,
}

/// A matching of patterns to operands under way.
#[derive(Clone)]
pub(super) struct Nary {
    kind: Kind,
    /// Patterns, sequences left out; for factors the sign is always plus.
    patterns: Rc<[Summand]>,
    seq: Option<(VarId, bool)>,
    operands: Rc<[Summand]>,
    binders: Binders,
    /// The next pattern, the operands taken, and the last one taken.
    next: usize,
    used: Vec<u32>,
    last: Option<u32>,
    root: bool,
    /// Whether metavariables take several operands.
    grouped: bool,
}

impl Nary {
    /// At the root of a schema: some of the operands.
    pub(super) fn at_root(s: &Store, p: Id, t: Id) -> Option<Nary> {
        let mut n = Self::new(s, p, t, &Rc::from([]))?;
        n.root = n.seq.is_none();
        (n.patterns.len() <= n.operands.len()).then_some(n)
    }
    /// Inside a schema: all of the operands.
    pub(super) fn inside(s: &Store, p: Id, t: Id, binders: &Binders, st: &State) -> Option<Nary> {
        let mut n = Self::new(s, p, t, binders)?;
        if n.seq.is_some() || n.patterns.len() == n.operands.len() {
            return (n.patterns.len() <= n.operands.len()).then_some(n);
        }
        let is_meta = |x: &Summand| matches!(s.node(x.term), Node::Meta(v, _) if !s.var(*v).is_integer());
        if n.patterns.len() > n.operands.len() || !n.patterns.iter().any(is_meta) || n.kind == Kind::MatMul {
            return None;
        }
        // Rigid patterns first, then metavariables that may mention least: what is left goes to the last.
        let rank = |x: &Summand| match s.node(x.term) {
            Node::Meta(v, args) if is_meta(x) => (1 + args.len(), usize::from(!st.values.contains_key(v))),
            _ => (0, 0),
        };
        let mut patterns = n.patterns.to_vec();
        patterns.sort_by_key(rank);
        n.patterns = patterns.into();
        n.grouped = true;
        Some(n)
    }
    fn new(s: &Store, p: Id, t: Id, binders: &Binders) -> Option<Nary> {
        let plain = |xs: &[Id]| xs.iter().map(|x| Summand { neg: false, term: *x }).collect::<Vec<_>>();
        let (kind, mut patterns, operands) = match (s.node(p), s.node(t)) {
            (Node::Sum(a), Node::Sum(b)) => (Kind::Sum, a.to_vec(), b.to_vec()),
            (Node::Product(a), Node::Product(b)) => (Kind::Product, plain(a), plain(b)),
            (Node::MatMul(a), Node::MatMul(b)) => (Kind::MatMul, plain(a), plain(b)),
            _ => return None,
        };
        let mut seq = None;
        patterns.retain(|x| match s.node(x.term) {
            Node::Seq(v) => {
                seq = Some((*v, x.neg));
                false
            }
            _ => true,
        });
        Some(Nary {
            kind,
            patterns: patterns.into(),
            seq,
            operands: operands.into(),
            binders: binders.clone(),
            next: 0,
            used: Vec::new(),
            last: None,
            root: false,
            grouped: false,
        })
    }
    fn free(&self) -> Vec<u32> {
        (0..u32::try_from(self.operands.len()).unwrap_or(0)).filter(|k| !self.used.contains(k)).collect()
    }
    fn taking(&self, ks: &[u32]) -> Nary {
        let mut n = self.clone();
        n.next += 1;
        n.used.extend_from_slice(ks);
        n.last = ks.last().copied();
        n
    }
    fn operand(&self, k: u32) -> Option<Summand> {
        self.operands.get(k as usize).copied()
    }
    /// These operands as one term, read with the sign `neg` before it.
    fn combined(&self, s: &Store, ks: &[u32], neg: bool) -> Option<Id> {
        let xs: Vec<Summand> = ks.iter().map(|k| self.operand(*k)).collect::<Option<_>>()?;
        Some(match self.kind {
            Kind::Sum => s.sum(&xs.iter().map(|x| Summand { neg: x.neg != neg, term: x.term }).collect::<Vec<_>>()),
            _ => s.product(&xs.iter().map(|x| x.term).collect::<Vec<_>>()),
        })
    }
}

impl Search<'_> {
    /// Tries every way for the next pattern, the orderly ones first, and goes on with the goals.
    pub(super) fn operands(&mut self, n: &Rc<Nary>, goals: &[Goal], st: &State) {
        let s = self.store;
        let Some(p) = n.patterns.get(n.next).copied() else {
            if let Some(done) = self.finished(n, st) {
                self.run(goals.to_vec(), done);
            }
            return;
        };
        let meta = matches!(s.node(p.term), Node::Meta(v, _) if !s.var(*v).is_integer());
        let ways = if n.grouped && meta { self.groups(n, p.term, st) } else { singles(n) };
        for ks in ways {
            let part = match (ks.as_slice(), n.kind) {
                ([k], Kind::Sum) if !meta => n.operand(*k).filter(|x| x.neg == p.neg).map(|x| x.term),
                _ => n.combined(s, &ks, p.neg),
            };
            let Some(part) = part.filter(|t| could_fit(s, p.term, *t)) else { continue };
            let mut more = goals.to_vec();
            more.push(Goal::Operands(Rc::new(n.taking(&ks))));
            more.push(Goal::Pair { schema: p.term, part, binders: n.binders.clone() });
            self.run(more, st.clone());
        }
    }

    /// All patterns have their operands: what is left goes to the sequence, or is not selected, or must be nothing.
    fn finished(&self, n: &Nary, st: &State) -> Option<State> {
        let mut st = st.clone();
        let rest = n.free();
        if let Some((v, neg)) = n.seq {
            let xs: Vec<Summand> = rest.iter().map(|k| n.operand(*k)).collect::<Option<_>>()?;
            let value = match n.kind {
                Kind::Sum => Value::Summands(xs.iter().map(|x| Summand { neg: x.neg != neg, term: x.term }).collect()),
                _ => Value::Factors(xs.iter().map(|x| x.term).collect()),
            };
            return match st.values.get(&v) {
                _ if rest.is_empty() => None,
                None => {
                    st.values.insert(v, value);
                    Some(st)
                }
                Some(old) => same_operands(self.store, old, &value).then_some(st),
            };
        }
        if n.root {
            if !rest.is_empty() {
                st.operands.clone_from(&n.used);
                st.operands.sort_unstable();
            }
            return Some(st);
        }
        rest.is_empty().then_some(st)
    }

    /// The groups of operands that a metavariable may take, where it takes several.
    fn groups(&self, n: &Nary, p: Id, st: &State) -> Vec<Vec<u32>> {
        let s = self.store;
        let free = n.free();
        let later = n.patterns.len() - n.next - 1;
        if later == 0 {
            return vec![free];
        }
        let Node::Meta(v, args) = s.node(p) else { return Vec::new() };
        if st.values.contains_key(v) {
            return self.expected(*v, args, &n.binders, st).and_then(|x| subset_equal(s, n, &free, x)).into_iter().collect();
        }
        let mut out: Vec<Vec<u32>> = Vec::new();
        let most = free.len().saturating_sub(later);
        // The largest group that mentions no name it may not.
        let targets: Option<Vec<Target>> = args.iter().map(|a| self.target(*a, &n.binders, st)).collect();
        let allowed: Vec<u32> = match &targets {
            Some(ts) => free
                .iter()
                .copied()
                .filter(|k| n.operand(*k).is_some_and(|x| abstracted(s, x.term, n.binders.len(), ts).is_some()))
                .collect(),
            None => free.clone(),
        };
        if args.len() < n.binders.len() && (1..=most).contains(&allowed.len()) {
            out.push(allowed.clone());
        }
        let sizes = if allowed.len() <= GROUPED { most } else { 1 };
        for size in 1..=sizes.min(allowed.len()) {
            subsets(&allowed, size, &mut |ks| {
                if !out.iter().any(|o| o == ks) {
                    out.push(ks.to_vec());
                }
            });
        }
        out
    }
}

/// One operand each: those after the last one taken first. In a matrix product, the next one only.
fn singles(n: &Nary) -> Vec<Vec<u32>> {
    let free = n.free();
    let split = n.last.map_or(0, |l| free.iter().position(|k| *k > l).unwrap_or(free.len()));
    let (before, after) = free.split_at(split);
    match (n.kind, n.last) {
        (Kind::MatMul, Some(l)) => after.iter().filter(|k| **k == l + 1).map(|k| vec![*k]).collect(),
        (Kind::MatMul, None) if !n.root => after.first().map(|k| vec![*k]).into_iter().collect(),
        _ => after.iter().chain(before).map(|k| vec![*k]).collect(),
    }
}

/// The operands that make up `x`, if they are there.
fn subset_equal(s: &Store, n: &Nary, free: &[u32], x: Id) -> Option<Vec<u32>> {
    let wanted: Vec<Summand> = match (n.kind, s.node(x)) {
        (Kind::Sum, Node::Sum(xs)) => xs.to_vec(),
        (Kind::Product, Node::Product(xs)) => xs.iter().map(|x| Summand { neg: false, term: *x }).collect(),
        _ => vec![Summand { neg: false, term: x }],
    };
    let mut out: Vec<u32> = Vec::new();
    for w in wanted {
        let k =
            free.iter().find(|k| !out.contains(k) && n.operand(**k).is_some_and(|o| o.neg == w.neg && rearranged(s, o.term, w.term)))?;
        out.push(*k);
    }
    out.sort_unstable();
    Some(out)
}

fn same_operands(s: &Store, a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Summands(x), Value::Summands(y)) => rearranged(s, s.sum(x), s.sum(y)),
        (Value::Factors(x), Value::Factors(y)) => rearranged(s, s.product(x), s.product(y)),
        _ => false,
    }
}

/// Calls `f` with every subset of this size, in lexicographic order. As deep as the size.
fn subsets(xs: &[u32], size: usize, f: &mut dyn FnMut(&[u32])) {
    fn go(xs: &[u32], size: usize, taken: &mut Vec<u32>, f: &mut dyn FnMut(&[u32])) {
        if size == 0 {
            return f(taken);
        }
        for (i, x) in xs.iter().enumerate() {
            taken.push(*x);
            go(xs.get(i + 1..).unwrap_or(&[]), size - 1, taken, f);
            taken.pop();
        }
    }
    go(xs, size, &mut Vec::new(), f);
}
