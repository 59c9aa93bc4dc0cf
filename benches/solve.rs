//! `gradus solve` of questions 1 and 2 of the seed worksheet: whole processes, and the judge's share of the work.
//!
//! `cargo bench -p gradus-cli --bench solve`

#[path = "measure.rs"]
mod measure;

use gradus_engine::Engine;
use gradus_judge::Judge;
use gradus_kernel::Prover;
use gradus_rules::Rulebook;
use gradus_syntax::elab::ItemKind;
use gradus_syntax::{elaborate, parse_worksheet, Host};
use gradus_term::goal::Detail;
use gradus_term::Store;

/// The goals of a worksheet, answered; the steps and the points at which the judge compared them.
fn answer(text: &str, judge: Judge) -> Option<(usize, usize)> {
    let store = Store::new();
    let rules = Rulebook::load(&store).ok()?;
    let (sheet, _) = parse_worksheet(text.as_bytes(), Host::Gradus);
    let (doc, _) = elaborate(&store, &sheet);
    let prover = Prover::new(&store, &rules, judge);
    let engine = Engine::new(&rules, &prover);
    engine.set_networks(&doc.networks);
    for item in &doc.items {
        if let ItemKind::Goal(g) = &item.kind {
            engine.answer(&g.goal, Detail::Textbook);
        }
    }
    Some((prover.tally().steps, prover.tally().points))
}

fn main() {
    let runs = if measure::in_earnest() { 10 } else { 1 };
    let seed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/worksheets/seed.gradus"));
    let Ok(seed) = seed else { return eprintln!("the seed worksheet is missing") };
    let two = seed.split("section Question 3").next().unwrap_or(&seed).to_owned();
    let file = std::env::temp_dir().join(format!("gradus-bench-{}.gradus", std::process::id()));
    if std::fs::write(&file, &two).is_err() {
        return eprintln!("no temporary file can be written");
    }
    let (whole, status) = measure::median(runs, || {
        std::process::Command::new(env!("CARGO_BIN_EXE_gradus")).arg("solve").arg(&file).output().map(|o| o.status.code())
    });
    let (empty, _) = measure::median(runs, || {
        std::process::Command::new(env!("CARGO_BIN_EXE_gradus")).arg("--version").output().map(|o| o.status.code())
    });
    // The file is in the system's temporary folder: that it stays there harms nobody.
    let _ = std::fs::remove_file(&file);
    let code = status.and_then(Result::ok).flatten();
    println!("gradus solve, questions 1 and 2: median of {runs} processes {:.1} ms, exit {code:?}", whole.as_secs_f64() * 1e3);
    println!("gradus --version: {:.1} ms", empty.as_secs_f64() * 1e3);
    let (load, _) = measure::median(runs, || Rulebook::load(&Store::new()).is_ok());
    println!("the rulebook is read in {:.1} ms", load.as_secs_f64() * 1e3);
    let (judged, tally) = measure::median(runs, || answer(&two, Engine::judge()));
    let (unjudged, _) = measure::median(runs, || answer(&two, Judge { points: 0, ..Engine::judge() }));
    if let Some((steps, points)) = tally.flatten() {
        let share = 1.0 - unjudged.as_secs_f64() / judged.as_secs_f64();
        let ms = judged.as_secs_f64() * 1e3;
        println!("in one process: {ms:.1} ms for {steps} steps, compared at {points} points; {:.0} % of it is the judge", share * 100.0);
    }
}
