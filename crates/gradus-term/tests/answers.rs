//! What terms are: sorts, names, entries, forms by indices, definitions put in, every position with what is known there and what comes
//! of putting something else. Kept, a line for each term; entries, forms and definitions have the same values, says the judge.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]
#[path = "../../../tests/answers/questions.rs"]
mod questions;

use gradus_judge::Judge;
use gradus_term::{debug, Aff, Arg, Id, LimitPoint, Node, Position, RelOp, Side, Size, Sort, Store, VarId, VarInfo, VarKind};
use questions::{shown, Answer, Question};

fn sort(s: &Store, of: &Sort) -> String {
    let affs = |xs: &[Aff]| xs.iter().map(|a| debug::aff(s, a)).collect::<Vec<_>>().join(" ");
    match of {
        Sort::Compound(c) => format!("[{}]x[{}]", affs(&c.dims), c.rows),
        Sort::Tensor(_) => format!("tensor {}", affs(of.dims())),
        Sort::Row(_) => format!("row {}", affs(of.dims())),
        other => format!("{other:?}").split(['(', ' ', '{']).next().unwrap_or_default().to_owned(),
    }
}
/// A declared name of the question.
fn named(q: &Question<'_>, word: &str) -> Option<VarId> {
    (0..q.w.s.var_count())
        .map(|k| VarId(u32::try_from(k).unwrap()))
        .find(|v| q.w.s.var(*v).name == word && q.w.s.var(*v).kind != VarKind::Opened)
}

/// What is equal to the term by what it is made of.
fn forms(q: &Question<'_>) -> Vec<(String, Id, Id)> {
    let (s, t) = (&q.w.s, q.asked);
    let mut out = Vec::new();
    let index = |w: &str| named(q, w).map(Aff::free).unwrap();
    let rank = s.sort(t).dims().len();
    for ix in [vec!["i"], vec!["i", "j"], vec!["j", "i"], vec!["i", "j", "l"], vec!["i", "j", "l", "k"]] {
        if rank == ix.len() && s.sort(t).is_tensor() {
            let ix: Vec<Aff> = ix.iter().map(|w| index(w)).collect();
            let raw = s.intern(Node::Entry(t, ix.clone().into()));
            out.push(("entry".into(), raw, s.make_entry(t, &ix)));
            out.extend(s.entry(t, &ix).map(|e| ("by entries".into(), raw, e)));
        }
    }
    out.extend(s.scalar_form(t).map(|e| ("by indices".to_owned(), t, e)));
    if let Node::Call(f, xs) = s.node(t) {
        out.extend(s.unfold(*f, xs).map(|e| ("unfolded".to_owned(), t, e)));
    }
    out
}

fn about(q: &Question<'_>) -> Answer {
    let (s, t) = (&q.w.s, q.asked);
    let names: Vec<String> = s.free_vars(t).iter().map(|v| s.var(*v).name.clone()).collect();
    let mut out = format!("{}; of {}; {} {} {}", sort(s, s.sort(t)), names.join(" "), s.size(t), s.depth(t), s.loose(t));
    let mut say = |word: &str, text: String| out += &format!("; {word} {text}");
    for (word, _, e) in forms(q) {
        say(&word, shown(s, e));
    }
    for (is, word) in [(s.is_entrywise(t), "entrywise"), (s.is_ones(t), "ones"), (s.canon(t) != t, "disordered")] {
        if is {
            say(word, String::new());
        }
    }
    if let Some(a) = s.as_aff(t) {
        say("affine", debug::aff(s, &a));
    }
    if let Some(r) = s.as_rational(t) {
        say("number", r.to_string());
    }
    if let Some(z) = Size::read(s, t) {
        say("size", shown(s, z.term(s)));
    }
    if let Some(m) = Some(t).filter(|t| *s.sort(*t) == Sort::Cond).and_then(|t| s.invertible(t)) {
        say("invertible", shown(s, m));
    }
    for (v, by) in [("x", "x + 1"), ("i", "i + 1"), ("n", "n + 1"), ("v", "w")] {
        let (Some(v), Ok(by)) = (named(q, v).filter(|v| s.mentions(t, *v)), q.w.read(by)) else { continue };
        let arg = if s.var(v).is_integer() { Arg::Idx(s.as_aff(by).unwrap()) } else { Arg::Val(by) };
        let put = s.subst(t, &std::iter::once((v, arg.clone())).collect());
        say("put", shown(s, put));
        if !s.var(v).is_integer() {
            assert!(s.same(s.open(s.close(t, &[v]), &[arg]), put), "{}", q.text);
            assert!(s.same(s.open(s.abstract_term(t, s.name(v)), &[Arg::Val(by)]), put), "{}", q.text);
        }
    }
    for p in positions(s, t) {
        say("at", p);
    }
    if let (Node::Limit { point, side, .. }, Some((vars, _))) = (s.node(t), s.open_child(t, 0)) {
        let known = s.near(vars[0], *point, *side);
        say("near", known.iter().map(|c| shown(s, *c)).collect::<Vec<_>>().join(" & "));
    }
    Answer { text: out, decided: true }
}

/// Every position, what is known there, and the term with a name put there; pairs of operands of sums and products, too.
fn positions(s: &Store, t: Id) -> Vec<String> {
    let mut out = Vec::new();
    let mut todo = vec![Position::root()];
    while let Some(pos) = todo.pop() {
        let Ok(f) = s.focus(t, &pos) else { continue };
        let children = u32::try_from(s.node(f.part).children().len()).unwrap();
        todo.extend((0..children).rev().map(|k| pos.child(k)));
        let mut all = vec![pos.clone()];
        if matches!(s.node(f.part), Node::Sum(_) | Node::Product(_) | Node::MatMul(_)) {
            all.extend((1..children).map(|k| pos.select(&[k - 1, k])));
        }
        for p in all {
            let Ok(f) = s.focus(t, &p) else { continue };
            let hole = s.name(s.declare(VarInfo::new("hole", VarKind::Given, s.sort(f.part).clone())));
            let put = s.splice(t, &p, &f.opened, hole).map_or_else(|e| e.to_string(), |u| shown(s, u));
            let same = s.splice(t, &p, &f.opened, f.part).is_ok_and(|u| s.same(u, t));
            let zero = if s.sort(f.part).is_scalar() {
                [0, 1].map(|k| s.splice(t, &p, &f.opened, s.int(k)).map_or_else(|e| e.to_string(), |u| shown(s, u))).join(" / ")
            } else {
                String::new()
            };
            let known: Vec<String> = f.facts.iter().map(|c| shown(s, *c)).collect();
            let points: Vec<String> = f.points.iter().map(|(_, p)| shown(s, *p)).collect();
            out.push(format!(
                "{} [{}] points [{}] {} {put} / {zero} {}",
                shown(s, f.part),
                known.join(" & "),
                points.join(", "),
                f.limits.len(),
                if same { "" } else { "OTHER" }
            ));
        }
    }
    // A long list by a sum of its signs: which position it is, the failing test shows by the term.
    if out.len() > 1 {
        let rest = out.split_off(1);
        out.push(format!("{} more {:05x}", rest.len(), questions::hash(&rest.join("\n"))));
    }
    out
}

/// Forms have the values of what they are made of.
fn check(q: &Question<'_>) {
    let s = &q.w.s;
    let judge = Judge { points: 12, ..Judge::default() };
    let mut known = q.facts.clone();
    for (word, of, form) in forms(q) {
        // The indices lie in their ranges.
        if let Node::Entry(t, ix) = s.node(of) {
            for (i, n) in ix.iter().zip(s.sort(*t).dims().to_vec()) {
                known.extend([s.rel(RelOp::Le, s.int(1), s.index(i.clone())), s.rel(RelOp::Le, s.index(i.clone()), s.index(n))]);
            }
        }
        let verdict = judge.equal(s, of, form, &known);
        assert!(!verdict.is_refuted(), "wrong: {} {word} {}\n{verdict:?}", q.text, shown(s, form));
    }
}

/// What lies near a point, from every side.
#[test]
fn beside_a_point() {
    let s = Store::new();
    let x = s.declare(VarInfo::new("x", VarKind::Given, Sort::Scalar));
    let near = |p: LimitPoint, side: Side| s.near(x, p, side).iter().map(|c| debug::show(&s, *c)).collect::<Vec<_>>().join(" & ");
    let all: Vec<String> = [Side::Left, Side::Right, Side::Both].map(|side| near(LimitPoint::At(s.int(2)), side)).into();
    let (below, above) = ("x Gt (+2 -(1 / 1000))", "x Lt (+2 +(1 / 1000))");
    assert_eq!(all, [format!("x Lt 2 & {below}"), format!("x Gt 2 & {above}"), format!("x Ne 2 & {above} & {below}")]);
}

mod answers {
    #[test]
    fn terms() {
        super::questions::kept("term", "terms", super::about);
    }
}
mod sums {
    #[test]
    fn terms() {
        super::questions::sums("term", "terms", 1_000_000, super::about);
    }
}
mod judged {
    #[test]
    fn terms() {
        super::questions::each("term", "terms", super::check);
    }
}
