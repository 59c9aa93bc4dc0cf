//! What the kernel answers: which grounds take an equation, at the root and at the place where its sides differ, with what is assumed;
//! what the procedures make of a term; which conditions of a derivative are of its domain; what layers do. Kept, a line for each
//! question; what a ground takes, the judge must not refute.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]
#[path = "../../../tests/answers/questions.rs"]
mod questions;

use gradus_decide::{Definedness, Facts};
use gradus_judge::Judge;
use gradus_kernel::field::receptive_fields;
use gradus_kernel::network::{count_value, network_shapes, LayerShape};
use gradus_kernel::{
    arranged, cases_rule, conditional_sum_rule, differential_rule, entry_delta, fails_at_an_index, has_points, holds_at_every_index,
    kink_is_domain, kinks_meet, matrix_rule, parameter_count, sum_rule, Ground, Link, Procedure, Proposal, Prover, Root, Rule, RuleSource,
    Solutions, Text, Weight,
};
use gradus_term::{debug, Aff, Arg, Id, Node, Position, RelOp, Size, Sort, Store, VarId, VarKind};
use questions::{shown, Answer, Question};

/// No rules: procedures and definitions only.
struct NoRules;
impl RuleSource for NoRules {
    fn rule(&self, _: &str) -> Option<&Rule> {
        None
    }
}

fn grounds() -> Vec<(&'static str, Ground)> {
    let by = Ground::Recomputed;
    vec![
        ("rearranged", Ground::Rearranged),
        ("unfolded", Ground::Unfolded),
        ("folded", Ground::Folded),
        ("entries", Ground::Entries),
        ("extensional", Ground::Extensional),
        ("normal", by(Procedure::NormalForm)),
        ("delta", by(Procedure::EntryDelta)),
        ("sum", by(Procedure::SumRule)),
        ("cases", by(Procedure::CasesRule)),
        ("sign", by(Procedure::SignNear)),
        ("chain", by(Procedure::ChainRule)),
        ("continuity", by(Procedure::Continuity)),
        ("matrix", by(Procedure::MatrixRule)),
        ("differential", by(Procedure::DifferentialRule)),
    ]
}

/// Where two terms differ: as deep as only one child does.
fn difference(s: &Store, mut a: Id, mut b: Id) -> Vec<u32> {
    let mut path = Vec::new();
    loop {
        let (x, y) = (s.node(a).children(), s.node(b).children());
        let differ: Vec<usize> = (0..x.len()).filter(|k| x.get(*k) != y.get(*k)).collect();
        let ([k], true) = (differ.as_slice(), x.len() == y.len()) else { return path };
        // What else the nodes say must be the same.
        if s.intern(s.node(a).map_children(&mut |c, _| if c == x[*k].0 { y[*k].0 } else { c })) != b {
            return path;
        }
        path.push(u32::try_from(*k).unwrap());
        (a, b) = (x[*k].0, y[*k].0);
    }
}

/// A ground that takes an equation, and what is assumed, where the judge can be asked about it.
struct Taken {
    word: String,
    assumed: Option<Vec<Id>>,
}

fn taken(q: &Question<'_>, a: Id, b: Id) -> Vec<Taken> {
    let s = &q.w.s;
    let prover = Prover::new(s, &NoRules, Judge { tries: 0, ..Judge::default() });
    let mut all = grounds();
    all.extend(q.facts.iter().map(|c| ("given", Ground::Given(*c))));
    let mut out: Vec<Taken> = Vec::new();
    let deep = difference(s, a, b);
    for path in if deep.is_empty() { vec![Vec::new()] } else { vec![Vec::new(), deep] } {
        let here = if path.is_empty() { "" } else { "inside " };
        let pos = path.iter().fold(Position::root(), |p, k| p.child(*k));
        for (word, ground) in &all {
            let mut p = prover.proof(a, &q.facts);
            let (Ok(f), Ok(g)) = (p.focus(&pos), s.focus(b, &pos)) else { continue };
            let name = |v: VarId| if s.var(v).is_integer() { Arg::Idx(Aff::free(v)) } else { Arg::Val(s.name(v)) };
            let map = g.opened.iter().copied().zip(f.opened.iter().map(|v| name(*v))).collect();
            let new = s.subst(g.part, &map);
            let proposal = Proposal { rule: "test".into(), ground: ground.clone(), new, reason: Text::default(), weight: Weight::Main };
            if p.step(&pos, &f, proposal).is_ok() {
                let conditions = p.assumptions();
                let texts: Vec<String> = conditions.iter().map(|c| shown(s, *c)).collect();
                let under = if texts.is_empty() { String::new() } else { format!(" if {}", texts.join(" & ")) };
                let opened = conditions.iter().any(|c| s.free_vars(*c).iter().any(|v| s.var(*v).kind == VarKind::Opened));
                out.push(Taken { word: format!("{here}{word}{under}"), assumed: (!opened).then_some(conditions) });
            }
        }
    }
    out
}

/// What the procedures make of a term.
fn made(q: &Question<'_>, t: Id) -> String {
    let s = &q.w.s;
    let facts = Facts::new(s, &q.facts);
    let mut out: Vec<String> = Vec::new();
    let mut say = |word: &str, u: Option<Id>| out.extend(u.map(|u| format!("{word} {}", shown(s, u))));
    say("arranged", Some(arranged(s, t)).filter(|u| *u != t));
    say("delta", entry_delta(s, t));
    say("sum", sum_rule(s, t).or_else(|| conditional_sum_rule(s, t)));
    say("matrix", matrix_rule(s, t).map(|m| m.0));
    say("differential", differential_rule(s, t).map(|m| m.0));
    say("cases", cases_rule(s, t).map(|c| c.0));
    for (a, b) in cases_rule(s, t).map(|c| c.1).unwrap_or_default() {
        say("away from", Some(s.rel(RelOp::Eq, a, b)));
    }
    if matches!(s.node(t), Node::Limit { .. }) {
        out.push(format!("points {:?}", has_points(s, &facts, t)));
    }
    if let (Node::Diff { .. } | Node::Tensor { .. }, Definedness::Unknown { needs }) = (s.node(t), facts.defined(t)) {
        for c in needs {
            let domain = if kink_is_domain(s, &q.facts, t, c) { ", domain" } else { "" };
            let meet = if kinks_meet(s, &q.facts, t, c) { ", meet" } else { "" };
            let every = if holds_at_every_index(s, &facts, c) { ", at every index" } else { "" };
            let not = if fails_at_an_index(s, &facts, c) { ", fails at one" } else { "" };
            out.push(format!("{}{domain}{meet}{every}{not}", shown(s, c)));
        }
    }
    if out.is_empty() {
        "nothing".into()
    } else {
        out.join("; ")
    }
}

fn answer(q: &Question<'_>) -> Answer {
    let s = &q.w.s;
    match (s.sort(q.asked), s.node(q.asked)) {
        (Sort::Cond, Node::Rel(RelOp::Eq, a, b)) => {
            let all = taken(q, *a, *b);
            let words: Vec<&str> = all.iter().map(|t| t.word.as_str()).collect();
            Answer { text: if words.is_empty() { "no ground".into() } else { words.join("; ") }, decided: !all.is_empty() }
        }
        (Sort::Cond, _) => {
            let prover = Prover::new(s, &NoRules, Judge { tries: 0, ..Judge::default() });
            let text = match prover.holds(&q.facts, q.asked) {
                Ok(under) => format!("holds{}", under.iter().map(|c| format!(" if {}", shown(s, *c))).collect::<String>()),
                Err(e) => format!("{e:?}").split(['(', ' ', '{']).next().unwrap_or_default().to_owned(),
            };
            Answer { decided: text.starts_with("holds"), text }
        }
        _ => Answer { text: made(q, q.asked), decided: true },
    }
}

/// What a ground takes is not refuted under what it assumes: equal values, and a value wherever the left side has one.
fn check(q: &Question<'_>) {
    let s = &q.w.s;
    let Node::Rel(RelOp::Eq, a, b) = s.node(q.asked) else { return };
    for t in taken(q, *a, *b) {
        let Some(under) = t.assumed else { continue };
        let verdict = Judge { points: 12, ..Judge::default() }.equal(s, *a, *b, &[q.facts.as_slice(), &under].concat());
        assert!(!verdict.is_refuted(), "wrong: {} : {}\n{verdict:?}", q.text, t.word);
    }
}

/// What a layer does, as it is kept.
fn layer(s: &Store, l: &LayerShape) -> String {
    let sizes = |all: &[Size]| all.iter().map(|a| debug::size(s, a)).collect::<Vec<_>>().join(" x ");
    let mut out = sizes(&l.output);
    for a in &l.axes {
        out += &format!("; {}", shown(s, a.formula));
    }
    let all =
        [("weights", l.weights), ("biases", l.biases), ("all", parameter_count(s, l, false)), ("unbiased", parameter_count(s, l, true))];
    for (word, t) in all.into_iter().filter_map(|(w, t)| Some((w, t?))) {
        out += &format!("; {word} {}", shown(s, t));
        out += &count_value(s, t).map_or(String::new(), |q| format!(" = {q}"));
    }
    out
}
fn networks() {
    questions::networks("kernel", "networks", |s, facts, net| match network_shapes(s, &Facts::new(s, facts), net) {
        Ok(all) => {
            let joined = |xs: &[Size], by: &str| xs.iter().map(|a| debug::size(s, a)).collect::<Vec<_>>().join(by);
            let field = match receptive_fields(net, &all) {
                Ok(fs) => {
                    let each = fs.iter().map(|f| format!("{} every [{}]", joined(&f.sizes, " x "), joined(&f.distance, ", ")));
                    each.collect::<Vec<_>>().join(", ")
                }
                Err(k) => format!("none at layer {k}"),
            };
            // What the claims about it are checked by.
            let prover = Prover::new(s, &NoRules, Judge { tries: 0, ..Judge::default() });
            let mut claims = String::new();
            for k in (0..=u32::try_from(all.len()).unwrap() + 1).map(Some).chain([None]) {
                let sizes = |r: Result<Vec<Size>, gradus_kernel::Refused>| r.map_or_else(|e| e.to_string(), |a| joined(&a, " x "));
                claims += &format!("{k:?}: {}, ", sizes(prover.output_sizes(facts, net, k)));
                claims += &format!("{}, ", sizes(prover.receptive_field(facts, net, k)));
                for bare in [false, true] {
                    claims += &prover.parameters(facts, net, k, bare).map_or_else(|e| e.to_string(), |t| shown(s, t));
                }
            }
            let layers = all.iter().map(|l| layer(s, l)).collect::<Vec<_>>().join(" | ");
            format!("{layers} | field {field} | claims {:05x}", questions::hash(&claims))
        }
        Err((k, e)) => format!("layer {k}: {e}"),
    });
}

/// What scales, divides or has a sign in a link, and what may be found to hold on the way.
const SCALES: [&str; 5] = ["2", "x", "a", "1/x", "x - 1"];
const FACTORS: [&str; 3] = ["1", "a", "-1"];
const SIGNS: [&str; 3] = ["x", "x - 1", "a"];
const CONDITIONS: [&str; 6] = ["x >= 0", "x != 0", "a != 0", "a >= 0", "x != 1", "y != 0"];

/// The last of what is known as an equation, what is asked as what follows from it: by which links, with what assumed; the values
/// it names put in, alone and as all solutions.
fn linked(q: &Question<'_>, judge: Option<Judge>) -> Answer {
    let s = &q.w.s;
    let prover = Prover::new(s, &NoRules, Judge { tries: 0, ..Judge::default() });
    let (from, known) = q.facts.split_last().unwrap();
    let (from, to) = (*from, q.asked);
    let read = |w: &&str| q.w.read(w).ok();
    let mut links = vec![("sides".to_owned(), to, Link::Sides)];
    let mut add = |word: &str, all: &[&str], link: fn(Id) -> Link| {
        links.extend(all.iter().filter_map(|w| Some((format!("{word} {w}"), to, link(read(w)?)))));
    };
    if matches!(s.node(from), Node::Rel(_, l, _) if s.sort(*l).is_scalar()) {
        add("scaled", &SCALES, Link::Scaled);
        add("factors", &FACTORS, Link::Factors);
        add("signs", &SIGNS, Link::Signs);
        links.push(("never".to_owned(), s.intern(Node::Or([].into())), Link::Never));
        links.push(("always".to_owned(), s.intern(Node::And([].into())), Link::Always));
    } else {
        add("freed", &["G", "A"], Link::Freed);
        links.push(("inverted".to_owned(), to, Link::Inverted));
    }
    if let Some(judge) = judge {
        for (word, to, link) in &links {
            let Ok(under) = prover.link(known, from, *to, link) else { continue };
            let under = [known, &under].concat();
            let wrong = |c: Id, given: Id| judge.holds(s, c, &[under.as_slice(), &[given]].concat()).is_refuted();
            let refuted = match link {
                Link::Never => judge.holds(s, s.intern(Node::Not(from)), &under).is_refuted(),
                Link::Always => judge.holds(s, from, &under).is_refuted(),
                _ => wrong(*to, from) || wrong(from, *to),
            };
            assert!(!refuted, "wrong: {} : {word}", q.text);
        }
    }
    let if_any = |under: &[Id]| under.iter().map(|c| format!(" if {}", shown(s, *c))).collect::<String>();
    let mut out: Vec<String> = Vec::new();
    let mut steps: Vec<Vec<(Id, Id, Link)>> = vec![Vec::new()];
    for (word, to, link) in links {
        if let Ok(under) = prover.link(known, from, to, &link) {
            out.push(format!("{word}{}", if_any(&under)));
            steps.push(vec![(from, to, link)]);
        }
    }
    let found = CONDITIONS.iter().filter(|w| read(w).is_some_and(|c| prover.follows(known, (from, to), c)));
    out.extend(found.map(|w| format!("gives {w}")));
    // The values: of each alternative, its first equation, if that is `x = v`.
    let one = |c: Id| match s.node(c) {
        Node::And(xs) => Some((*xs.first()?, xs.iter().skip(1).copied().collect::<Vec<Id>>())),
        _ => Some((c, Vec::new())),
    };
    let alternatives = if let Node::Or(cs) = s.node(to) { cs.to_vec() } else { vec![to] };
    let roots: Vec<(VarId, Root)> = alternatives
        .into_iter()
        .filter_map(|c| {
            let (line, when) = one(c)?;
            let Node::Rel(RelOp::Eq, l, v) = *s.node(line) else { return None };
            let Node::Var(x) = *s.node(l) else { return None };
            Some((x, Root { value: v, when: when.into_iter().filter(|c| !s.mentions(*c, x)).collect() }))
        })
        .collect();
    let Some(unknown) = roots.first().map(|r| r.0) else {
        return Answer { decided: !out.is_empty(), text: out.join("; ") };
    };
    for (_, r) in &roots {
        out.extend(prover.solves_nowhere(known, from, unknown, r.value).then(|| format!("never {}", shown(s, r.value))));
        let other = roots.last().map_or(r.value, |o| o.1.value);
        out.extend(prover.solves_only_as(known, from, unknown, (r.value, other)).then(|| format!("only as {}", shown(s, other))));
    }
    let values: Vec<Root> = roots.into_iter().filter(|r| r.0 == unknown).map(|r| r.1).collect();
    for (all, values) in [(false, values.as_slice()), (true, values.as_slice()), (true, values.split_last().map_or(&[], |x| x.1))] {
        for links in steps.iter().filter(|l| all != l.is_empty() || all) {
            let claim = Solutions { equation: from, unknown, values, all };
            if let Ok(under) = prover.solutions(known, claim, links) {
                out.push(format!("{} {}{}", if all { "all" } else { "solves" }, values.len(), if_any(&under)));
            }
        }
    }
    Answer { decided: !out.is_empty(), text: out.join("; ") }
}

/// The judge refutes no link: of a part of the questions, of all where `GRADUS_FULL` is set.
#[test]
fn links_are_not_refuted() {
    let part = if std::env::var_os("GRADUS_FULL").is_some() { 1 } else { 16 };
    questions::every("links", |q| {
        if questions::hash(&q.text).is_multiple_of(part) {
            linked(q, Some(Judge { points: 12, ..Judge::default() }));
        }
    });
}

macro_rules! files {
    ($($name:ident)*) => {
        mod answers {
            $(#[test] fn $name() { super::questions::kept("kernel", stringify!($name), super::answer); })*
            #[test] fn networks() { super::networks(); }
        }
        mod sums {
            $(#[test] fn $name() { super::questions::sums("kernel", stringify!($name), 200_000, super::answer); })*
            #[test] fn links() { super::questions::sums("kernel", "links", 400_000, |q| super::linked(q, None)); }
        }
        mod judged {
            $(#[test] fn $name() { super::questions::each("kernel", stringify!($name), super::check); })*
        }
    };
}
files!(steps derivatives);
