//! Questions asked to mislead, answered by the grounds alone: the judge of these tests looks at no point, so what is false must be left
//! unproved by every ground; and what is known to be proved is proved by them. With `GRADUS_PART=3` only the fourth thirty of them.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod sheets;

use gradus_engine::Engine;
use gradus_judge::Judge;
use gradus_kernel::{Prover, Status};
use gradus_render::{text_term, Options};
use gradus_rules::Rulebook;
use gradus_syntax::elab::ItemKind;
use gradus_syntax::{elaborate, parse_worksheet, Host};
use gradus_term::goal::Detail;
use gradus_term::Store;

/// True where it is known to have values, which is noted: for a positive base of a power with a varying exponent, where no root of 0 is
/// differentiated. The judge refutes it elsewhere.
const NOTED: [&str; 2] = ["x^a = abs(x)^a", "diff(sqrt(relu(x)^2), x) = 1"];

/// What is proved although it is false, or with another result, or not proved although it was, of questions that are one worksheet with a
/// section for each.
fn mistaken(rows: &[[&str; 3]]) -> Vec<String> {
    let store = Store::new();
    let book = Rulebook::load(&store).expect("the rulebook loads");
    let section = |k: usize, [_, given, goal]: &[&str; 3]| {
        let lines: Vec<String> = given.split("; ").chain(goal.split("\\n")).map(str::to_owned).collect();
        format!("section {k}\n{}\n", lines.join("\n").replace("\nassuming", "\n  assuming"))
    };
    let text: String = rows.iter().enumerate().map(|(k, r)| section(k, r)).collect();
    let (parsed, _) = parse_worksheet(text.as_bytes(), Host::Gradus);
    let (doc, _) = elaborate(&store, &parsed);
    let prover = Prover::new(&store, &book, Judge { tries: 0, ..Engine::judge() });
    let engine = Engine::new(&book, &prover);
    let goals: Vec<_> = doc.items.iter().filter_map(|i| if let ItemKind::Goal(g) = &i.kind { Some(&g.goal) } else { None }).collect();
    if goals.len() != rows.len() {
        // One that cannot be read is asked by itself, and then not at all.
        return if rows.len() == 1 { Vec::new() } else { rows.chunks(rows.len().div_ceil(2)).flat_map(mistaken).collect() };
    }
    let mut wrong = Vec::new();
    for ([kept, given, goal], g) in rows.iter().zip(goals) {
        let answer = engine.answer(g, Detail::Textbook);
        if answer.status != Status::Proved {
            if *kept == "proved" || kept.starts_with("= ") && answer.status != Status::Conditional {
                wrong.push(format!("{given}: {goal}: is {:?}, kept {kept}", answer.status));
            }
            continue;
        }
        let result = answer.result.map(|t| text_term(&store, t, &Options::default()));
        let right = match kept.split_once(' ') {
            Some(("not", word)) => word != "proved",
            Some(("=", what)) => result.as_deref().is_none_or(|r| r == what),
            Some(("if", what)) => result.as_deref().is_none_or(|r| Some(r) == what.strip_prefix("any ")),
            _ => *kept != "refuted",
        };
        if !right && !NOTED.iter().any(|w| goal.contains(w)) {
            wrong.push(format!("{given}: {goal}: is proved, {result:?}, kept {kept}"));
        }
    }
    wrong
}

/// So many questions are one worksheet.
const PART: usize = 30;

fn asked(rows: &[[&str; 3]]) -> Vec<String> {
    rows.chunks(PART).flat_map(mistaken).collect()
}

#[test]
fn what_is_false_is_left_unproved_by_every_ground() {
    let text = sheets::text(&sheets::root().join("tests/corpora/questions.txt"));
    let rows: Vec<[&str; 3]> = text
        .lines()
        .filter(|l| !l.starts_with('#'))
        .map(|l| l.splitn(3, " | ").collect::<Vec<_>>().try_into().expect("three parts"))
        .collect();
    let part: Option<usize> = std::env::var("GRADUS_PART").ok().and_then(|k| k.parse().ok());
    let rows = part.map_or(rows.as_slice(), |k| rows.chunks(PART).nth(k).expect("there are so many"));
    let wrong: Vec<String> = std::thread::scope(|all| {
        let run = |part| std::thread::Builder::new().stack_size(256 << 20).spawn_scoped(all, move || asked(part)).expect("a thread starts");
        let runs: Vec<_> = rows.chunks(rows.len().div_ceil(2).next_multiple_of(PART)).map(run).collect();
        runs.into_iter().flat_map(|r| r.join().expect("it ends")).collect()
    });
    assert!(wrong.is_empty(), "{} false:\n{}", wrong.len(), wrong.join("\n"));
}
