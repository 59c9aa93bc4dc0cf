//! One-edit mutants of every step that the seed worksheet and the examples derive. `tests/mutants/classify.py` classed them as
//! true or false by evaluation with mpmath; here kernel and judge are asked. With `GRADUS_MUTANTS=FOLDER` the mutants are
//! written out for that script; with `GRADUS_FULL` all of them are tried, otherwise a fixed sample.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use gradus_engine::Engine;
use gradus_judge::{Judge, Verdict};
use gradus_kernel::certificate::export;
use gradus_kernel::{Ground, Lemma, Procedure, Proof, Proposal, Prover, Refused, Step, Text, Weight};
use gradus_render::{text_term, Options};
use gradus_rules::Rulebook;
use gradus_syntax::elab::ItemKind;
use gradus_syntax::{elaborate, parse_worksheet, Host};
use gradus_term::{Aff, Arg, BigOp, Focus, Id, Node, Prim, RelOp, Sort, Store, VarId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Mutants tried of one step.
const OF_A_STEP: usize = 34;
/// In the sample every so manieth lemma is tried, on these worksheets.
const SAMPLE: (usize, &[&str]) =
    (6, &["tests/worksheets/seed.gradus", "tests/worksheets/differentials.gradus", "examples/losses/classification.gradus"]);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sheets() -> Vec<String> {
    let mut out: Vec<String> = ["seed", "differentials"].iter().map(|s| format!("tests/worksheets/{s}.gradus")).collect();
    for topic in std::fs::read_dir(root().join("examples")).expect("it is there").flatten().filter(|e| e.path().is_dir()) {
        let files = std::fs::read_dir(topic.path()).expect("it can be read").flatten().map(|e| e.path());
        let sheets = files.filter(|p| p.extension().is_some_and(|e| e == "gradus"));
        out.extend(sheets.map(|p| p.strip_prefix(root()).unwrap_or(&p).to_string_lossy().into_owned()));
    }
    out.sort();
    out
}

/// A step about to be made again, with its false and true variants.
struct Trial {
    left: Id,
    /// Key, the whole right side, and the new part.
    mutants: Vec<(String, Id, Id)>,
    conditions: Vec<Id>,
}

/// FNV-1a.
fn hash(text: &str) -> String {
    let h = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{h:016x}")
}

/// Every term that differs from `t` by one edit.
fn edits(s: &Store, t: Id, out: &mut Vec<Id>) {
    let node = s.node(t).clone();
    let mut put = |n: Node| out.push(s.intern(n));
    let plus = |a: &Aff, k: i64| a.plus(k);
    match &node {
        Node::Num(q) => put(Node::Num(q.add(&gradus_term::Rat::one()))),
        Node::Index(a) => {
            put(Node::Index(plus(a, 1)));
            put(Node::Index(plus(a, -1)));
        }
        Node::Sum(xs) => {
            for k in 0..xs.len() {
                let mut ys = xs.to_vec();
                if let Some(y) = ys.get_mut(k) {
                    y.neg = !y.neg;
                }
                out.push(s.sum(&ys));
                ys.remove(k);
                out.push(s.sum(&ys));
            }
        }
        Node::Product(xs) => {
            for k in 0..xs.len() {
                let mut ys = xs.to_vec();
                ys.remove(k);
                out.push(s.product(&ys));
            }
        }
        Node::Quot(a, b) => {
            put(Node::Quot(*b, *a));
            out.push(*a);
        }
        Node::Pow(a, k) => {
            put(Node::Pow(*a, s.add(*k, s.int(1))));
            out.push(*a);
        }
        Node::Entry(x, ix) => {
            for k in 0..ix.len() {
                let mut jx = ix.clone();
                if let Some(j) = jx.get_mut(k) {
                    *j = plus(j, 1);
                }
                put(Node::Entry(*x, jx));
            }
            if ix.len() == 2 {
                put(Node::Entry(*x, ix.iter().rev().cloned().collect()));
            }
        }
        Node::Diff { hint, body, slot, point } => {
            for k in 0..slot.len() {
                let mut jx = slot.clone();
                if let Some(j) = jx.get_mut(k) {
                    *j = plus(j, 1);
                }
                put(Node::Diff { hint: *hint, body: *body, slot: jx, point: *point });
            }
        }
        Node::Big { op, hint, lo, hi, cond, body } => {
            let big = |op: BigOp, lo: Aff, hi: Aff| Node::Big { op, hint: *hint, lo, hi, cond: *cond, body: *body };
            put(big(*op, plus(lo, 1), hi.clone()));
            put(big(*op, lo.clone(), plus(hi, -1)));
            put(big(if *op == BigOp::Sum { BigOp::Prod } else { BigOp::Sum }, lo.clone(), hi.clone()));
        }
        Node::MatMul(xs) => {
            for k in 0..xs.len() {
                let mut ys = xs.to_vec();
                if let Some(y) = ys.get_mut(k) {
                    *y = s.prim_call(Prim::Transpose, &[*y]);
                }
                put(Node::MatMul(ys.into()));
                let mut ys = xs.to_vec();
                if k + 1 < ys.len() {
                    ys.swap(k, k + 1);
                    put(Node::MatMul(ys.into()));
                }
            }
        }
        Node::Call(f, xs) => {
            let swap = match s.prim(*f) {
                Some(Prim::Exp) => Some(Prim::Cos),
                Some(Prim::Log) => Some(Prim::Exp),
                Some(Prim::Sin) => Some(Prim::Cos),
                Some(Prim::Cos) => Some(Prim::Sin),
                Some(Prim::Sqrt) => Some(Prim::Abs),
                Some(Prim::Max) => Some(Prim::Min),
                Some(Prim::Atan) => Some(Prim::Sin),
                _ => None,
            };
            if let Some(p) = swap {
                out.push(s.prim_call(p, xs));
            }
            if let [x] = xs.as_ref() {
                out.push(*x);
            }
        }
        Node::Rel(op, a, b) => put(Node::Rel(if *op == RelOp::Eq { RelOp::Ne } else { RelOp::Eq }, *a, *b)),
        _ => {}
    }
    let count = node.children().len();
    let children: Vec<Id> = node.children().into_iter().map(|c| c.0).collect();
    for (k, c) in children.into_iter().enumerate().take(count) {
        let mut below = Vec::new();
        edits(s, c, &mut below);
        for x in below {
            if s.sort(x) == s.sort(c) && out.len() < 4000 {
                let mut at = 0;
                out.push(s.intern(node.map_children(&mut |y, _| {
                    at += 1;
                    // The order is that of `map_children`, so the place is found by the child itself.
                    if at - 1 == k && y == c {
                        x
                    } else {
                        y
                    }
                })));
            }
        }
    }
}

/// The mutants of a step: edits of its new part, and its sign.
fn mutants_of(s: &Store, new: Id) -> Vec<Id> {
    let mut all = Vec::new();
    if s.sort(new).is_scalar() {
        all.push(s.neg(new));
        all.push(s.mul(s.int(2), new));
    }
    edits(s, new, &mut all);
    let mut seen = BTreeSet::new();
    all.retain(|m| s.sort(*m) == s.sort(new) && *s.sort(*m) != Sort::Ill && !s.same(*m, new) && seen.insert(s.canon(*m)));
    let stride = all.len().div_ceil(OF_A_STEP).max(1);
    all.into_iter().step_by(stride).collect()
}

/// Makes a lemma's steps again and shows each, before it is made, to `visit`.
fn retrace<'s>(prover: &'s Prover<'s>, l: &Lemma, visit: &mut dyn FnMut(&mut Proof<'s>, &Step, &Focus, Trial)) {
    let s = prover.store();
    let mut proof = prover.proof(l.left, &l.givens);
    for st in &l.steps {
        let own = proof.focus(&st.position).expect("the position is there");
        let map = own
            .opened
            .iter()
            .zip(&st.opened)
            .map(|(a, b): (&VarId, &VarId)| (*a, if s.var(*b).is_integer() { Arg::Idx(Aff::free(*b)) } else { Arg::Val(s.name(*b)) }));
        let map = map.collect();
        let go = |t: &Id| s.subst(*t, &map);
        let focus = Focus {
            part: go(&own.part),
            opened: st.opened.clone(),
            facts: own.facts.iter().map(go).collect(),
            limits: own.limits.clone(),
            points: own.points.clone(),
        };
        // Under a derivative or a limit the bound value is not free: there the whole terms are compared.
        let whole = !focus.points.is_empty() || !focus.limits.is_empty();
        let mut conditions = proof.conditions().to_vec();
        if !whole {
            conditions.extend(&focus.facts);
        }
        let left = if whole { proof.current() } else { focus.part };
        let text = |t: Id| text_term(s, t, &Options::default());
        let given: Vec<String> = conditions.iter().map(|c| text(*c)).collect();
        let mut mutants = Vec::new();
        for new in mutants_of(s, st.new) {
            let right = if whole {
                match s.splice(proof.current(), &st.position, &st.opened, new) {
                    Ok(t) => t,
                    Err(_) => continue,
                }
            } else {
                new
            };
            if *s.sort(right) != Sort::Ill {
                mutants.push((hash(&format!("{} = {} if {}", text(left), text(right), given.join(", "))), right, new));
            }
        }
        visit(&mut proof, st, &focus, Trial { left, mutants, conditions });
        if let Err(e) = make(&mut proof, st, &focus) {
            panic!("a true step is refused, {e}: {} = {} in {}", text(focus.part), text(st.new), l.name);
        }
    }
}

fn make(proof: &mut Proof<'_>, st: &Step, f: &Focus) -> Result<(), Refused> {
    let p = Proposal { rule: st.rule.clone(), ground: st.ground.clone(), new: st.new, reason: Text::default(), weight: Weight::Main };
    proof.step(&st.position, f, p)
}

/// Solves a worksheet and retraces every lemma of it that `wanted` takes.
fn over(
    sheet: &str,
    judge: Judge,
    wanted: &dyn Fn(usize) -> bool,
    visit: &mut dyn FnMut(&Prover<'_>, &mut Proof<'_>, &Step, &Focus, Trial),
) {
    let store = Store::new();
    let book = Rulebook::load(&store).expect("the rulebook loads");
    let bytes = std::fs::read(root().join(sheet)).expect("it is there");
    let (parsed, _) = parse_worksheet(&bytes, Host::Gradus);
    let (doc, _) = elaborate(&store, &parsed);
    let prover = Prover::new(&store, &book, judge);
    let engine = Engine::new(&book, &prover);
    engine.set_networks(&doc.networks);
    for item in &doc.items {
        if let ItemKind::Goal(g) = &item.kind {
            engine.answer(&g.goal, gradus_term::goal::Detail::Textbook);
        }
    }
    for k in (0..prover.lemma_count()).filter(|k| wanted(*k)) {
        if let Some(l) = prover.lemma(k) {
            retrace(&prover, &l, &mut |proof, st, f, t| visit(&prover, proof, st, f, t));
        }
    }
}

/// Everything the kernel could take a step for.
fn grounds(own: &Ground) -> Vec<Ground> {
    use Procedure::{CasesRule, ChainRule, DifferentialRule, EntryDelta, MatrixRule, NormalForm, SignNear, SumRule};
    let mut out = vec![own.clone(), Ground::Rearranged, Ground::Unfolded, Ground::Folded, Ground::Entries, Ground::Extensional];
    out.extend([NormalForm, EntryDelta, SumRule, CasesRule, SignNear, ChainRule, MatrixRule, DifferentialRule].map(Ground::Recomputed));
    out
}

fn classes() -> BTreeMap<String, char> {
    let text = std::fs::read_to_string(root().join("tests/mutants/classes.txt")).expect("the classes are kept");
    let (mut out, mut class) = (BTreeMap::new(), '?');
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [c, _] if c.len() == 1 => class = c.chars().next().unwrap_or('?'),
            keys => out.extend(keys.iter().map(|k| ((*k).to_owned(), class))),
        }
    }
    out
}

#[derive(Default, Debug)]
struct Counts {
    steps: usize,
    false_refuted: usize,
    false_unproved: usize,
    false_under_assumptions: usize,
    true_accepted: usize,
    true_unproved: usize,
    unclassed: usize,
    wrong: Vec<String>,
}

fn campaign(judge: Judge) {
    let full = std::env::var_os("GRADUS_FULL").is_some();
    let classes = classes();
    let (stride, few) = SAMPLE;
    let sheets = if full { sheets() } else { few.iter().map(|s| (*s).to_owned()).collect() };
    let mut n = Counts::default();
    let mut seen = BTreeSet::new();
    for sheet in sheets {
        over(&sheet, judge, &|k| full || k % stride == 0, &mut |prover, proof, st, f, t| {
            n.steps += 1;
            let s = prover.store();
            for (key, right, new) in t.mutants {
                if !seen.insert(key.clone()) {
                    continue;
                }
                let Some(class) = classes.get(&key).filter(|c| **c != '?') else {
                    n.unclassed += 1;
                    continue;
                };
                let before = proof.steps().len();
                let mut taken = None;
                for ground in grounds(&st.ground) {
                    let word = format!("{ground:?}");
                    let p = Proposal { rule: st.rule.clone(), ground, new, reason: Text::default(), weight: Weight::Main };
                    if proof.step(&st.position, f, p).is_ok() {
                        let assumed = proof.steps().last().is_some_and(|x| !x.assumes.is_empty());
                        proof.truncate(before);
                        taken = Some((word, assumed));
                        if !assumed {
                            break;
                        }
                    }
                }
                match (class, taken) {
                    ('F', Some((word, false))) => {
                        let text = |t: Id| text_term(s, t, &Options::default());
                        n.wrong.push(format!("{sheet} {key}: {} = {} by {word}", text(t.left), text(right)));
                    }
                    ('F', Some((_, true))) => n.false_under_assumptions += 1,
                    ('F', None) => match prover.judge().equal(s, t.left, right, &t.conditions) {
                        Verdict::Refuted(_) => n.false_refuted += 1,
                        _ => n.false_unproved += 1,
                    },
                    (_, Some(_)) => n.true_accepted += 1,
                    (_, None) => n.true_unproved += 1,
                }
            }
        });
    }
    println!("{n:#?}");
    assert!(n.wrong.is_empty(), "false mutants were accepted:\n{}", n.wrong.join("\n"));
    let classed = n.false_refuted + n.false_unproved + n.false_under_assumptions + n.true_accepted + n.true_unproved;
    assert!(classed >= if full { 9_000 } else { 100 }, "only {classed} mutants are classed: run tests/mutants/classify.py again");
}

/// Writes the mutants for the classifier, a file for each step.
fn write_out(folder: &Path) {
    std::fs::create_dir_all(folder).expect("it can be made");
    let mut seen = BTreeSet::new();
    for (n, sheet) in sheets().iter().enumerate() {
        let mut step = 0;
        over(sheet, Engine::judge(), &|_| true, &mut |prover, _, _, _, t| {
            step += 1;
            let fresh: Vec<&(String, Id, Id)> = t.mutants.iter().filter(|m| seen.insert(m.0.clone())).collect();
            let Some(first) = fresh.first() else { return };
            let roots: Vec<Id> = [t.left].into_iter().chain(fresh.iter().map(|m| m.1)).chain(t.conditions.iter().copied()).collect();
            let (terms, at) = export(prover.store(), &roots);
            let mut doc = serde_json::to_value(&terms).expect("it is JSON");
            let rights: Vec<_> = fresh.iter().zip(at.iter().skip(1)).map(|(m, k)| json!([m.0, k])).collect();
            let conditions: Vec<_> = at.iter().skip(1 + fresh.len()).collect();
            doc["trials"] = json!([[first.0, at.first(), rights, conditions]]);
            std::fs::write(folder.join(format!("{n:02}-{step:05}.json")), doc.to_string()).expect("it can be written");
        });
    }
}

fn on_a_large_stack(work: impl FnOnce() + Send + 'static) {
    let work = std::thread::Builder::new().stack_size(256 << 20).spawn(work).expect("a thread starts");
    work.join().expect("every mutant is judged rightly");
}

#[test]
fn no_false_mutant_is_accepted() {
    on_a_large_stack(|| match std::env::var_os("GRADUS_MUTANTS") {
        Some(folder) => write_out(Path::new(&folder)),
        None => campaign(Engine::judge()),
    });
}

/// The grounds alone refuse every false mutant: here the judge looks at no point.
#[test]
fn no_false_mutant_is_accepted_without_a_judge() {
    on_a_large_stack(|| campaign(Judge { tries: 0, ..Engine::judge() }));
}
