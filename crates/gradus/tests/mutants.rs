//! One-edit mutants of every step that the seed worksheet and the examples derive. `tests/mutants/classify.py` classed them as
//! true or false by evaluation with mpmath; here kernel and judge are asked. With `GRADUS_MUTANTS=FOLDER` the mutants are
//! written out for that script; with `GRADUS_FULL` all of them are tried, otherwise a fixed sample.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod steps;

use gradus_engine::Engine;
use gradus_judge::{Judge, Verdict};
use gradus_kernel::certificate::export;
use gradus_kernel::{Ground, Procedure, Proposal, Text, Weight};
use gradus_render::{text_term, Options};
use gradus_term::Id;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use steps::{over, root, sheets};

/// In the sample every so manieth lemma is tried, on these worksheets.
const SAMPLE: (usize, &[&str]) =
    (6, &["tests/worksheets/seed.gradus", "tests/worksheets/differentials.gradus", "examples/losses/classification.gradus"]);

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
