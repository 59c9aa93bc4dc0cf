//! `gradus solve`, `gradus derive`, `gradus show`.

use crate::args::{Page, Question};
use crate::{out, Outcome, Result};
use gradus::{Answer, Format, Source, Status, Worked};
use std::path::Path;

/// Most messages shown of one worksheet.
const SHOWN: usize = 20;

/// Solves worksheets; the pages follow each other.
pub fn files(files: &[String], page: &Page) -> Result<Outcome> {
    if files.len() > 1 && (page.output.is_some() || page.certificate.is_some()) {
        return Err("--output and --certificate take one worksheet".to_owned());
    }
    let mut outcome = Outcome::Settled;
    for f in files {
        let name = if f == "-" { "standard input" } else { f };
        let source = Source::new(name, out::read(f)?);
        if let Some(o) = page.output.as_deref().filter(|o| same_file(o, f)) {
            return Err(format!("{o} is the worksheet itself"));
        }
        let worked = page.session().solve(&source).map_err(|e| e.to_string())?;
        outcome = outcome.max(finish(&worked, name, page)?);
    }
    Ok(outcome)
}

/// Answers one question.
pub fn question(word: &str, what: &str, q: Question, page: &Page) -> Result<Outcome> {
    let mut goal = format!("{word} {}", one_line(what));
    if let Some(e) = &q.expect {
        goal.push_str(&format!("\n  expect {}", one_line(e)));
    }
    if !q.assuming.is_empty() {
        goal.push_str(&format!("\n  assuming {}", one_line(&q.assuming.join(", "))));
    }
    let lines = |xs: Vec<String>| xs.iter().map(|x| one_line(x)).collect();
    let question = gradus::Question { goal, given: lines(q.given), define: lines(q.define) };
    let worked = page.session().ask(&question).map_err(|e| e.to_string())?;
    worked.notes().iter().for_each(|n| out::note(n));
    finish(&worked, "question", page)
}

/// An argument is one statement, whatever it holds.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

fn same_file(a: &str, b: &str) -> bool {
    let real = |p: &str| Path::new(p).canonicalize().ok();
    real(a).is_some() && real(a) == real(b)
}

/// Says what is to be said, writes page and certificate.
fn finish(worked: &Worked, name: &str, page: &Page) -> Result<Outcome> {
    worked.messages().iter().take(SHOWN).for_each(|m| out::say(&m.render(true)));
    if let Some(more) = worked.messages().len().checked_sub(SHOWN).filter(|n| *n > 0) {
        out::note(&format!("{more} more messages about {name} are not shown"));
    }
    // What is wrong with a statement has been said at its place.
    let said = |a: &Answer| a.problems.iter().all(|(code, _)| worked.messages().iter().any(|m| m.code == *code));
    worked.answers().iter().filter(|a| !(a.is_settled() || a.status == Status::Error && said(a))).for_each(|a| report(a, name));
    if worked.answers().is_empty() && !worked.has_errors() {
        out::note(&format!("{name} has no goal"));
    }
    let layout = page.layout(name);
    let mut text = worked.page(layout).map_err(|e| e.to_string())?;
    if layout.format == Format::Text && !text.ends_with('\n') {
        text.push('\n');
    }
    out::page(page.output.as_deref(), &text)?;
    if let (Some(path), Some(text)) = (&page.certificate, worked.certificate()) {
        out::page(Some(path), &format!("{text}\n"))?;
    }
    let attempted = worked.answers().iter().any(|a| a.status != Status::Error);
    Ok(match (worked.is_proved(), attempted || !worked.has_errors()) {
        (true, _) => Outcome::Settled,
        (false, true) => Outcome::Open,
        (false, false) => Outcome::Unusable,
    })
}

/// A goal that is not settled, on standard error.
fn report(a: &Answer, name: &str) {
    let goal = a.label.as_ref().map_or_else(|| format!("this `{}`", a.kind), |l| format!("`{l}`"));
    let what = match a.status {
        Status::Conditional => format!("{goal} holds only under assumptions"),
        Status::Unknown => format!("{goal} is not settled"),
        Status::Refuted => format!("{goal} does not hold"),
        Status::Error => format!("{goal} could not be attempted"),
        Status::Proved => return,
    };
    let mut more: Vec<String> = a.assumptions.iter().map(|c| format!("assumed: {c}")).collect();
    if let Some(c) = &a.counterexample {
        let at: Vec<String> = c.at.iter().map(|(n, v)| format!("{n} = {v}")).collect();
        let place = if at.is_empty() { String::new() } else { format!("at {}: ", at.join(", ")) };
        more.push(format!("{place}left side {}, right side {}", c.left, c.right));
    }
    more.extend(a.problems.iter().map(|(code, text)| format!("{code}: {text}")));
    out::goal(a.status != Status::Conditional, &what, &format!("{name}:{}", a.line), &more);
}
