//! Scalars of orthogonal matrices without indices: norms are written as traces, transposes go inside, and `QᵀQ` goes, in a trace also
//! round its end. What an orthogonal matrix obeys is a law of the whole matrix that its entries do not say one by one.

use crate::draft::everywhere;
use crate::moves::Back;
use crate::reading::collect::of_summand;
use crate::reading::words::{letters, product, signed_sum, transposed_word, Term};
use crate::tidy::summands;
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{Text, Weight};
use gradus_term::{Id, Node, Position, Prim, RelOp, Store, Summand};

/// What a step puts in place of a part, and why; the reason upwards.
type Move = fn(&Store, Id) -> Option<(Id, Text, Back)>;

impl<'s> Engine<'s> {
    /// Takes a side down by what orthogonal matrices obey.
    pub(super) fn take_down_turned(&self, w: &mut Walk<'s>) {
        const MOVES: [Move; 7] =
            [norm_as_trace, determinant_apart, unit_determinant, transposes_inside, multiplied_out, transposes_inside, without_turns];
        for mv in MOVES {
            let mut upwards = Text::default();
            for path in everywhere(self.store, w.d.current(), &|_| true) {
                let pos = Position::at(&path);
                let Ok(f) = w.d.proof.focus(&pos) else { continue };
                let Some((new, why, back)) = mv(self.store, f.part) else { continue };
                if w.d.recompute(&pos, &f, new, "matrix.orthogonal", why, Weight::Main).is_ok() {
                    upwards = back;
                }
            }
            w.stop_as_it_is(upwards);
        }
    }
}

/// Whether a name that is given as orthogonal stands in a term.
pub(super) fn has_orthogonal(s: &Store, t: Id) -> bool {
    s.any_subterm(t, &mut |n| matches!(n, Node::Var(v) if s.var(*v).props.orthogonal))
}

/// `‖X‖²` as `tr(XᵀX)`, `‖x‖²` as `xᵀx`, and the norm itself as a root.
fn norm_as_trace(s: &Store, t: Id) -> Option<(Id, Text, Back)> {
    let norm = |t: Id| match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Norm) => xs.first().copied(),
        _ => None,
    };
    let square = |x: Id| {
        let whole = product(s, &std::iter::once(s.prim_call(Prim::Transpose, &[x])).chain(letters(s, x)).collect::<Vec<_>>());
        if s.sort(x).dims().len() == 2 {
            s.prim_call(Prim::Tr, &[whole])
        } else {
            whole
        }
    };
    match s.node(t) {
        Node::Pow(b, k) if s.as_rational(*k).is_some_and(|k| k == gradus_term::Rat::int(2)) => {
            let x = norm(*b)?;
            Some((square(x), Text::words("definition of the norm"), Text::words("definition of the norm")))
        }
        _ => {
            let x = norm(t)?;
            Some((s.prim_call(Prim::Sqrt, &[square(x)]), Text::words("definition of the norm"), Text::words("definition of the norm")))
        }
    }
}

/// `det(Q A Qᵀ)` as `det(Q)² det(A)`, for square matrices.
fn determinant_apart(s: &Store, t: Id) -> Option<(Id, Text, Back)> {
    let square = |x: Id| matches!(s.sort(x).dims(), [m, n] if m == n);
    let Node::MatMul(xs) = s.node(under_determinant(s, t)?) else { return None };
    if !xs.iter().all(|x| square(*x)) {
        return None;
    }
    let plain = |x: Id| match s.node(x) {
        Node::Call(f, ys) if s.prim(*f) == Some(Prim::Transpose) => ys.first().copied().unwrap_or(x),
        _ => x,
    };
    let turned = xs.iter().any(|x| plain(*x) != *x);
    let mut powers: Vec<(Id, i64)> = Vec::new();
    for x in xs.iter().map(|x| plain(*x)) {
        match powers.iter_mut().find(|(y, _)| *y == x) {
            Some((_, k)) => *k += 1,
            None => powers.push((x, 1)),
        }
    }
    let factor = |(x, k): &(Id, i64)| {
        let det = s.prim_call(Prim::Det, &[*x]);
        if *k == 1 {
            det
        } else {
            s.pow(det, s.int(*k))
        }
    };
    let why = Text::words(if turned { "determinants of a product and of a transpose" } else { "determinant of a product" });
    Some((s.product(&powers.iter().map(factor).collect::<Vec<_>>()), why.clone(), why))
}
/// `det(Q)²` as 1.
fn unit_determinant(s: &Store, t: Id) -> Option<(Id, Text, Back)> {
    let Node::Pow(b, k) = s.node(t) else { return None };
    let q = under_determinant(s, *b).filter(|q| has_orthogonal(s, *q))?;
    if s.as_rational(*k)? != gradus_term::Rat::int(2) {
        return None;
    }
    let product = product(s, &[s.prim_call(Prim::Transpose, &[q]), q]);
    let det = s.prim_call(Prim::Det, &[product]);
    let why = Text::default().term(s.rel(RelOp::Eq, t, det)).and(" and ").term(s.rel(RelOp::Eq, product, eye_of(s, q)?));
    Some((s.int(1), why.clone(), why))
}
/// What a determinant is taken of.
fn under_determinant(s: &Store, t: Id) -> Option<Id> {
    match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Det) => xs.first().copied(),
        _ => None,
    }
}

/// `(A B − C)ᵀ D` as `(Bᵀ Aᵀ − Cᵀ) D`.
fn transposes_inside(s: &Store, t: Id) -> Option<(Id, Text, Back)> {
    let Node::MatMul(xs) = s.node(t) else { return None };
    let inside = |x: Id| match s.node(x) {
        Node::MatMul(zs) => zs.to_vec(),
        Node::Call(f, ys) if s.prim(*f) == Some(Prim::Transpose) => match ys.first().map(|y| s.node(*y)) {
            Some(Node::MatMul(zs)) => transposed_word(s, zs),
            Some(Node::Sum(zs)) => {
                let turned = |z: &Summand| {
                    let term = of_summand(s, z);
                    Term { word: transposed_word(s, &term.word), ..term }
                };
                vec![signed_sum(s, &zs.iter().map(turned).collect::<Vec<_>>())]
            }
            _ => vec![x],
        },
        _ => vec![x],
    };
    let word: Vec<Id> = xs.iter().flat_map(|x| inside(*x)).collect();
    let why = || Text::words("the transpose of a product");
    (word.as_slice() != xs.as_ref()).then(|| (product(s, &word), why(), why()))
}

/// `tr((A − B) C)` as `tr(A C) − tr(B C)`, and a product of sums likewise.
fn multiplied_out(s: &Store, t: Id) -> Option<(Id, Text, Back)> {
    const TERMS: usize = 16;
    let (whole, traced) = match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Tr) => (*xs.first()?, true),
        Node::MatMul(_) if s.sort(t).is_scalar() => (t, false),
        _ => return None,
    };
    let Node::MatMul(xs) = s.node(whole) else { return None };
    let mut terms = vec![Term::one()];
    for x in xs {
        let parts: Vec<Term> = summands(s, *x).iter().map(|y| of_summand(s, y)).collect();
        let times = |a: &Term, b: &Term| Term {
            neg: a.neg != b.neg,
            number: a.number.mul(&b.number),
            scalars: a.scalars.iter().chain(&b.scalars).copied().collect(),
            divisors: a.divisors.iter().chain(&b.divisors).copied().collect(),
            word: a.word.iter().chain(&b.word).copied().collect(),
        };
        terms = terms.iter().flat_map(|a| parts.iter().map(move |b| times(a, b))).collect();
        if terms.len() > TERMS {
            return None;
        }
    }
    if terms.len() < 2 {
        return None;
    }
    let scalar = |x: Term| {
        let word = product(s, &x.word);
        Term { word: vec![if traced { s.prim_call(Prim::Tr, &[word]) } else { word }], ..x }
    };
    let why = Text::words("multiply out");
    Some((signed_sum(s, &terms.into_iter().map(scalar).collect::<Vec<_>>()), why.clone(), why))
}

/// A product without an orthogonal matrix beside its transpose; in a trace the last factor stands beside the first.
fn without_turns(s: &Store, t: Id) -> Option<(Id, Text, Back)> {
    let (whole, traced) = match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Tr) => (*xs.first()?, true),
        Node::MatMul(_) => (t, false),
        _ => return None,
    };
    let mut word = letters(s, whole);
    let (mut why, mut round) = (Text::default(), false);
    loop {
        let n = word.len();
        let beside = |k: usize| Some((*word.get(k)?, *word.get((k + 1) % n)?));
        let Some(k) = (0..n).find(|k| n > 1 && (traced || k + 1 < n) && beside(*k).is_some_and(|(a, b)| turned_pair(s, a, b))) else {
            break;
        };
        let (a, b) = beside(k)?;
        round |= k + 1 == n;
        why = why.also(&Text::default().term(s.rel(RelOp::Eq, product(s, &[a, b]), eye_of(s, a)?)));
        word = word.iter().enumerate().filter(|(j, _)| *j != k && *j != (k + 1) % n).map(|(_, x)| *x).collect();
    }
    if why.is_empty() {
        return None;
    }
    let new = match (traced, word.is_empty()) {
        (true, true) => s.index(s.sort(whole).dims().first()?.clone()),
        (true, false) => s.prim_call(Prim::Tr, &[product(s, &word)]),
        (false, true) => eye_of(s, whole)?,
        (false, false) => product(s, &word),
    };
    let why = if round { Text::words("the trace is cyclic").also(&why) } else { why };
    Some((new, why.clone(), why))
}
fn eye_of(s: &Store, a: Id) -> Option<Id> {
    Some(s.prim_call(Prim::Eye, &[s.index(s.sort(a).dims().first()?.clone())]))
}
/// Whether two square matrices are an orthogonal one and its transpose.
fn turned_pair(s: &Store, a: Id, b: Id) -> bool {
    let name = |x: Id| match s.node(x) {
        Node::Var(v) if s.var(*v).props.orthogonal && matches!(s.sort(x).dims(), [m, n] if m == n) => Some(*v),
        _ => None,
    };
    let turned = |x: Id| match s.node(x) {
        Node::Call(f, xs) if matches!(s.prim(*f), Some(Prim::Transpose | Prim::Inv)) => xs.first().and_then(|y| name(*y)),
        _ => None,
    };
    name(a).is_some_and(|v| turned(b) == Some(v)) || name(b).is_some_and(|v| turned(a) == Some(v))
}
