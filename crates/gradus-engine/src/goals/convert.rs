//! Cited results at work in `find`: a kernel in terms of another (σ from tanh = 2σ(2z) − 1), and a free parameter chosen so that
//! the arguments match (S(x + c) = S(x) with c = −x₁).

use super::find::Findings;
use super::sides::Met;
use super::unify::Unifier;
use crate::draft::{everywhere, Draft};
use crate::tidy::{summands, tidy};
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{Claim, Condition, Derivation, Ground, Item, Lemma, Status, Text, Value, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Arg, FnId, Id, Node, Position, Prim, Rat, RelOp, Sort, VarId, VarInfo, VarKind};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Puts every call of `g` on the walk in terms of `heads`, by a cited result solved for it or, in a search, by one that is found;
/// the derivation of the formula.
pub(super) fn rewrite_kernel<'s>(e: &Engine<'s>, w: &mut Walk<'s>, g: FnId, heads: &[FnId], search: bool) -> Option<Item> {
    let s = e.store;
    // A letter that does not stand on the page already.
    let taken: Vec<String> = s.free_vars(w.d.current()).into_iter().map(|v| s.var(v).name.clone()).collect();
    let letter = ["u", "t", "v", "s", "w"].into_iter().find(|l| !taken.iter().any(|t| t == l)).unwrap_or("u");
    let cited = e.citable_lemmas().into_iter().rev().find_map(|k| solved_for(e, &e.prover.lemma(k)?, g, heads, letter));
    let (item, lemma) = cited.or_else(|| heads.iter().filter(|_| search).find_map(|h| expressed_by(e, g, *h, letter)))?;
    let before = w.d.len();
    for _ in 0..16 {
        let hit = everywhere(e.store, w.d.current(), &|n| matches!(n, Node::Call(f, _) if *f == g))
            .into_iter()
            .any(|path| cite_at(e, &mut w.d, &Position::at(&path), lemma));
        if !hit {
            break;
        }
    }
    if w.d.len() == before {
        return None;
    }
    w.stop(Text::default());
    Some(item)
}

/// `e^u/(e^u + e^v)` as `g(u − v)`, where g is a sigmoid; whether it is one.
pub(super) fn share_as_sigmoid<'s>(e: &Engine<'s>, w: &mut Walk<'s>, g: FnId) -> bool {
    let s = e.store;
    let exponent = |t: Id| match s.node(t) {
        Node::Call(f, xs) if s.prim(*f) == Some(Prim::Exp) => xs.first().copied(),
        _ => None,
    };
    let Node::Quot(a, b) = *s.node(w.d.current()) else { return false };
    let parts = summands(s, b);
    let (Some(u), [x, y]) = (exponent(a), parts.as_slice()) else { return false };
    if x.neg || y.neg {
        return false;
    }
    let other = if s.same(x.term, a) { y.term } else { x.term };
    let Some(v) = exponent(other) else { return false };
    let new = s.call(g, &[tidy(s, s.sub(u, v))]);
    let reason = Text::words("divide numerator and denominator by ").term(a).and("; ").text(&e.definition_reason(g));
    e.line_to(&mut w.d, new, "sigmoid.share", reason).is_ok()
}

fn cite_at<'s>(e: &Engine<'s>, d: &mut Draft<'s>, pos: &Position, k: usize) -> bool {
    let Ok(f) = d.proof.focus(pos) else { return false };
    let Some(lemma) = e.prover.lemma(k) else { return false };
    let Some((subst, new)) = super::cite::instance(e, &lemma, f.part) else { return false };
    let reason = Text::words("put in ").term(e.store.rel(RelOp::Eq, lemma.left, lemma.right));
    d.step(pos, &f, Ground::Cited { lemma: k, subst }, new, "lemma.cite", reason, Weight::Main).is_ok()
}

/// A result `l = r` in which g occurs linearly, at a linear argument, solved for `g(u)`: shown, proved and made a lemma.
fn solved_for(e: &Engine<'_>, lemma: &Lemma, g: FnId, heads: &[FnId], letter: &str) -> Option<(Item, usize)> {
    let s = e.store;
    let equation = s.rel(RelOp::Eq, lemma.left, lemma.right);
    let calls: Vec<Id> = everywhere(s, equation, &|n| matches!(n, Node::Call(f, _) if *f == g))
        .iter()
        .filter_map(|p| s.focus(equation, &Position::at(p)).ok())
        .map(|f| f.part)
        .collect();
    let call = *calls.first()?;
    let Node::Call(_, xs) = s.node(call) else { return None };
    let [argument] = xs.as_ref() else { return None };
    if calls.iter().any(|c| !s.same(*c, call))
        || !heads.iter().any(|h| s.any_subterm(equation, &mut |n| matches!(n, Node::Call(f, _) if f == h)))
    {
        return None;
    }
    let z = *s.free_vars(*argument).iter().find(|v| s.var(**v).sort == Sort::Scalar && !s.var(**v).is_integer())?;
    // g(w) = y is solved for y …
    let y = s.declare(VarInfo::new("y", VarKind::Opened, Sort::Scalar));
    let with_y = crate::bridge::replace_all(s, equation, call, s.name(y));
    let Node::Rel(_, l, r) = *s.node(with_y) else { return None };
    let value = isolated(e, y, (l, r))?;
    // … and w = u for z.
    let u = s.declare(VarInfo::new(letter, VarKind::Given, Sort::Scalar));
    let at = isolated(e, z, (*argument, s.name(u)))?;
    let map: FxHashMap<VarId, Arg> = std::iter::once((z, Arg::Val(at))).collect();
    let (left, right) = (s.call(g, &[s.name(u)]), tidy(s, s.subst(value, &map)));
    let mut d = Draft::new(e.prover, left, &[]);
    d.rewrite(right, "lemma.solve", Text::words(lemma.name.clone()), Weight::Main).ok()?;
    d.line(Detail::Brief);
    let k = e.prover.add_lemma("", &d.proof);
    let solved = Condition::equivalent(s.rel(RelOp::Eq, call, value), Text::words("solve for ").term(call));
    let lines = vec![Condition::equivalent(equation, Text::words(lemma.name.clone())), solved];
    let claim = Claim::Equal(left, right);
    let mut items = vec![Item::Conditions(lines)];
    if !s.same(at, s.name(u)) {
        items.push(Item::Say(Text::words("With ").term(s.rel(RelOp::Eq, s.name(z), at)).and(":")));
        items.push(Item::Show(s.rel(RelOp::Eq, left, right), Text::default()));
    }
    let heading = Text::words("Express ").term(left).and(":");
    let derivation =
        Derivation { claim, heading, items, assumptions: Vec::new(), notes: Vec::new(), status: Status::Proved, lemma: Some(k) };
    Some((Item::Lemma(Arc::new(derivation)), k))
}

/// Factors of the argument that are tried where one function is put in terms of another.
const SCALES: [(i64, i64); 6] = [(1, 1), (2, 1), (1, 2), (-1, 1), (-2, 1), (-1, 2)];

/// `g(u) = p h(q u) + r` with numbers p, q and r, if there are such: shown, proved and made a lemma.
fn expressed_by(e: &Engine<'_>, g: FnId, h: FnId, letter: &str) -> Option<(Item, usize)> {
    let s = e.store;
    let scalar = |f: FnId| s.fun(f).params.len() == 1 && s.fun(f).params.iter().all(|p| p.sort == Sort::Scalar);
    if g == h || !scalar(g) || !scalar(h) {
        return None;
    }
    let fresh = |name: &str| s.declare(VarInfo::new(name, VarKind::Given, Sort::Scalar));
    let (u, p, r) = (fresh(letter), fresh("p"), fresh("r"));
    let left = s.call(g, &[s.name(u)]);
    SCALES.into_iter().find_map(|(a, b)| {
        let q = s.rational(&Rat::new(a, b)?);
        let of = s.call(h, &[tidy(s, s.mul(q, s.name(u)))]);
        let form = s.add(s.mul(s.name(p), of), s.name(r));
        let found = super::identity::compare(e, &[p, r], &[u], (left, form), &[])?;
        let map: FxHashMap<VarId, Arg> = found.values.iter().map(|x| (x.var, Arg::Val(x.value))).collect();
        let right = tidy(s, s.subst(form, &map));
        if !found.assumptions.is_empty() || s.free_vars(right) != [u] {
            return None;
        }
        let Met::Joined(mut d) = super::sides::connect(e, left, right, &[]) else { return None };
        d.line(Detail::Brief);
        let k = e.prover.add_lemma("", &d.proof);
        let heading = Text::words("Express ").term(left).and(":");
        Some((e.lemma_item(k, &d, heading), k))
    })
}

fn isolated(e: &Engine<'_>, v: VarId, (l, r): (Id, Id)) -> Option<Id> {
    let mut chase = super::chase::Chase::new(e, v, &[], e.store.rel(RelOp::Eq, l, r)).keeping_names();
    match chase.run() {
        super::chase::End::Values(vs) if chase.assumes.is_empty() && vs.len() == 1 => vs.first().copied(),
        _ => None,
    }
}

/// A cited result with a free parameter turns the known side into one whose arguments match the template's.
pub(super) fn by_citation(
    e: &Engine<'_>,
    unknowns: &[VarId],
    for_all: &[VarId],
    (template, known): (Id, Id),
    givens: &[Id],
) -> Option<Findings> {
    e.citable_lemmas().into_iter().rev().find_map(|k| {
        let lemma = e.prover.lemma(k)?;
        [(lemma.left, lemma.right), (lemma.right, lemma.left)]
            .into_iter()
            .find_map(|(from, to)| one_citation(e, unknowns, for_all, (template, known), givens, (k, &lemma, from, to)))
    })
}

#[allow(clippy::too_many_arguments, reason = "the parts of one citation")]
fn one_citation(
    e: &Engine<'_>,
    unknowns: &[VarId],
    for_all: &[VarId],
    (template, known): (Id, Id),
    givens: &[Id],
    (k, lemma, from, to): (usize, &Lemma, Id, Id),
) -> Option<Findings> {
    let s = e.store;
    let free: Vec<VarId> = s.free_vars(to).into_iter().filter(|v| !s.mentions(from, *v) && !s.var(*v).is_integer()).collect();
    let [c] = free.as_slice() else { return None };
    if s.var(*c).sort != Sort::Scalar {
        return None;
    }
    let turned = Lemma { left: from, right: to, ..lemma.clone() };
    let (mut subst, new) = super::cite::instance(e, &turned, known)?;
    let mut u = Unifier::new(e, unknowns, for_all, givens);
    u.choice = Some(*c);
    if !u.unify(template, new) || u.found.len() != unknowns.len() {
        return None;
    }
    let chosen = u.chosen?;
    subst.values.insert(*c, Value::Term(chosen));
    let map: FxHashMap<VarId, Arg> = std::iter::once((*c, Arg::Val(chosen))).collect();
    let at = s.subst(new, &map);
    let mut d = Draft::new(e.prover, known, givens);
    let pos = Position::root();
    let f = d.proof.focus(&pos).ok()?;
    let reason = Text::words(lemma.name.clone()).and(" with ").term(s.rel(RelOp::Eq, s.name(*c), chosen));
    let ground = Ground::Cited { lemma: k, subst };
    d.step(&pos, &f, ground, at, "lemma.cite", reason, Weight::Main).ok()?;
    plain_arguments(e, &mut d);
    d.line(Detail::Brief);
    written_out(e, &mut d, template, &u);
    // The chain is the proof that the values satisfy the condition.
    e.prover.add_lemma("", &d.proof);
    let items = vec![Item::Chain(d.chain(e.detail()))];
    Some(Findings { values: u.found, items, assumptions: d.proof.assumptions() })
}

/// `x + (−x₁)` in arguments as `x − x₁`.
fn plain_arguments<'s>(e: &Engine<'s>, d: &mut Draft<'s>) {
    let s = e.store;
    let flat = |t: Id| -> Id {
        let xs: Vec<_> = summands(s, t)
            .into_iter()
            .map(|x| match s.node(x.term) {
                Node::Product(fs) => {
                    let mut neg = x.neg;
                    let fs: Vec<Id> = fs
                        .iter()
                        .map(|f| {
                            let (n, core) = crate::tidy::unsign(s, *f);
                            neg ^= n;
                            core
                        })
                        .collect();
                    gradus_term::Summand { neg, term: s.product(&fs) }
                }
                _ => x,
            })
            .collect();
        s.sum(&xs)
    };
    let paths = everywhere(s, d.current(), &|n| matches!(n, Node::Sum(_)));
    for path in paths {
        let pos = Position::at(&path);
        let Ok(f) = d.proof.focus(&pos) else { continue };
        let new = flat(f.part);
        if !s.same(new, f.part) && s.sort(new).is_tensor() {
            let _ = d.step(&pos, &f, Ground::Extensional, new, "arithmetic.tidy", Text::default(), Weight::Trivial);
        }
    }
}

/// The argument as the template has it, with the values found put in.
fn written_out<'s>(e: &Engine<'s>, d: &mut Draft<'s>, template: Id, u: &Unifier<'_, '_>) {
    let s = e.store;
    let map: FxHashMap<VarId, Arg> = u
        .found
        .iter()
        .map(|a| (a.var, Arg::Val(if a.ix.is_empty() { a.value } else { s.tensor(&a.ix, s.var(a.var).sort.dims(), a.value) })))
        .collect();
    let target = s.subst(template, &map);
    let (Node::Call(f, xs), Node::Call(g, ys)) = (s.node(d.current()).clone(), s.node(target).clone()) else { return };
    if f != g {
        return;
    }
    for (k, (x, y)) in xs.iter().zip(ys.iter()).enumerate() {
        if s.same(*x, *y) {
            continue;
        }
        let pos = Position::root().child(u32::try_from(k).unwrap_or(0));
        let Ok(at) = d.proof.focus(&pos) else { continue };
        let _ = d.step(&pos, &at, Ground::Extensional, *y, "tensor.extensional", Text::words("written entry by entry"), Weight::Main);
    }
    d.line(Detail::Brief);
}
