//! Every step of worksheets made again with something forged: another new part, or without one of the givens. What the kernel
//! takes by its grounds alone, while its own judge looks at no point, another judge must not refute. The fixed sample is run by
//! default, with `GRADUS_SHEET=FOLDER/FILE` one worksheet, with `GRADUS_FULL` all of them.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod sheets;
mod steps;

use gradus_engine::Engine;
use gradus_judge::{Judge, Verdict};
use gradus_kernel::{Lemma, Proof, Prover, Step};
use gradus_render::{text_term, Options};
use gradus_term::{Focus, Id, Prim, Sort, Store};
use std::collections::BTreeSet;
use std::path::Path;
use steps::{edits, follow, make, root, solved, Place};

/// Forged parts tried of one step.
const OF_A_STEP: usize = 10;
/// In the sample every so manieth lemma is tried, on these worksheets.
const SAMPLE: (usize, &[&str]) = (5, &["tests/worksheets/seed.gradus", "tests/worksheets/differentials.gradus"]);

/// What could be put in place of the new part: the part itself turned, of the other sign, twice, or with one edit.
fn twins(s: &Store, old: Id, new: Id) -> Vec<Id> {
    let mut all = vec![old];
    if s.sort(new).is_scalar() {
        all.extend([s.neg(new), s.mul(s.int(2), new), s.add(new, s.int(1))]);
    } else if matches!(s.sort(new), Sort::Tensor(_)) {
        all.extend([s.neg(new), s.prim_call(Prim::Transpose, &[new])]);
    }
    let mut edited = Vec::new();
    edits(s, new, &mut edited);
    let stride = edited.len().div_ceil(OF_A_STEP).max(1);
    all.extend(edited.into_iter().step_by(stride));
    let mut seen = BTreeSet::new();
    all.retain(|m| s.sort(*m) == s.sort(new) && *s.sort(*m) != Sort::Ill && !s.same(*m, new) && seen.insert(s.canon(*m)));
    all
}

/// What was taken, and what of it is false.
#[derive(Default)]
struct Found {
    offered: usize,
    taken: usize,
    without: usize,
    wrong: Vec<String>,
}

impl Found {
    /// What the last step, which was taken, says is not refuted.
    fn judged(&mut self, s: &Store, proof: &Proof<'_>, st: &Step, place: &Place, new: Id, how: &str) {
        let Some(right) = place.right(s, st, new) else { return };
        let mut conditions = place.conditions.clone();
        conditions.extend(proof.steps().last().into_iter().flat_map(|x| x.assumes.iter().copied()));
        if let Verdict::Refuted(c) = Engine::judge().equal(s, place.left, right, &conditions) {
            let text = |t: Id| text_term(s, t, &Options::default());
            let under: Vec<String> = conditions.iter().map(|c| text(*c)).collect();
            self.wrong.push(format!("{how}, {:?}: {} = {} under {}: {c:?}", st.ground, text(place.left), text(right), under.join(", ")));
        }
    }
    fn other_parts(&mut self, s: &Store, proof: &mut Proof<'_>, st: &Step, f: &Focus, place: &Place) {
        let before = proof.steps().len();
        for new in twins(s, f.part, st.new) {
            self.offered += 1;
            if make(proof, st, f, new).is_ok() {
                self.taken += 1;
                self.judged(s, proof, st, place, new, "another part");
                proof.truncate(before);
            }
        }
    }
    fn fewer_givens(&mut self, prover: &Prover<'_>, l: &Lemma) {
        let s = prover.store();
        for k in 0..l.givens.len() {
            let fewer: Vec<Id> = l.givens.iter().enumerate().filter(|(j, _)| *j != k).map(|(_, c)| *c).collect();
            // A step that needs the given is refused or assumes it; the ones before it stand without.
            let _ = follow(prover, l, &fewer, &mut |proof, st, f, place| {
                let before = proof.steps().len();
                self.offered += 1;
                if make(proof, st, f, st.new).is_ok() {
                    self.without += 1;
                    self.judged(s, proof, st, &place, st.new, "without a given");
                    proof.truncate(before);
                }
            });
        }
    }
}

fn forge(sheet: &str, stride: usize, found: &mut Found) {
    solved(sheet, Judge { tries: 0, ..Engine::judge() }, &mut |prover| {
        let s = prover.store();
        for l in (0..prover.lemma_count()).step_by(stride).filter_map(|k| prover.lemma(k)) {
            let made = follow(prover, &l, &l.givens, &mut |proof, st, f, place| {
                found.other_parts(s, proof, st, f, &place);
            });
            assert_eq!(made, Ok(()), "a true step is refused");
            found.fewer_givens(prover, &l);
        }
    });
}

#[test]
fn what_the_grounds_take_is_not_refuted() {
    let work = std::thread::Builder::new().stack_size(256 << 20).spawn(|| {
        let mut found = Found::default();
        if std::env::var_os("GRADUS_FULL").is_some() || !sheets::all() {
            for sheet in steps::sheets().iter().filter(|p| sheets::chosen(&root().join(Path::new(p)))) {
                forge(sheet, 1, &mut found);
            }
        } else {
            for sheet in SAMPLE.1 {
                forge(sheet, SAMPLE.0, &mut found);
            }
        }
        println!(
            "{} offered; with another part {} taken, without a given {}; {} refuted",
            found.offered,
            found.taken,
            found.without,
            found.wrong.len()
        );
        assert!(found.wrong.is_empty(), "false steps are taken:\n{}", found.wrong.join("\n"));
        assert!(found.taken > 0 || !sheets::all(), "none of them is taken");
    });
    work.expect("a thread starts").join().expect("no false step is taken");
}
