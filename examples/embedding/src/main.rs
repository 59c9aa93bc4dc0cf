//! A program that embeds Gradus: it states a problem, has it solved on another thread, and prints the page, the steps as
//! data, the derivative without steps, and what a certificate proves.

use gradus::{Error, Format, Layout, Question, Session, Source, Worked};

/// A problem as a program would put it together or read it from a file.
const SHEET: &str = "\
given y in R
given a in R
define sigma(z) = 1/(1 + exp(-z))
define f = sigma(a)
define L = (y - f)^2/2

derive dL/da
  through f
  label slope
";

/// Everything that can go wrong is one opaque error; a goal that cannot be solved has a status instead.
fn solve(sheet: &str) -> Result<Worked, Error> {
    Session::new().certificate(true).solve(&Source::new("slope.gradus", sheet))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Results own what they hold and can be sent to wherever they are needed.
    let worked = std::thread::spawn(|| solve(SHEET)).join().map_err(|_| "the thread ended early")??;
    println!("{}", worked.page(Layout::new(Format::Text))?);
    if let Some(answer) = worked.answer("slope") {
        println!("{}: {}", answer.status.word(), answer.result.as_deref().unwrap_or("no result"));
    }
    let steps = serde_json::to_string(&worked.report()?)?;
    println!("{} bytes of JSON", steps.len());
    let again = gradus::verify(worked.certificate().unwrap_or_default())?;
    println!("{} claims verified from the certificate", again.claims.len());
    let fast = gradus::gradient(&Question::new("(y - sigmoid(a))^2/2"), &["a", "y"])?;
    for (name, derivative) in fast.partials() {
        println!("by {name}: {derivative}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may fail loudly")]
    use super::*;

    /// How a user keeps a derivation: a change of its lines shows up as a diff.
    #[test]
    fn the_derivation_is_as_it_was_approved() {
        let worked = solve(SHEET).expect("it can be worked on");
        assert!(worked.is_proved());
        insta::assert_snapshot!("slope", worked.page(Layout::new(Format::Text).fragment(true)).expect("it prints"));
        let report = worked.report().expect("it has steps");
        let lines: Vec<&str> = report.goals.iter().flat_map(|g| &g.steps).flat_map(|s| &s.steps).map(|l| l.reason.as_str()).collect();
        insta::assert_json_snapshot!("reasons", lines);
    }

    #[test]
    fn the_program_runs() {
        main().expect("it runs");
    }

    #[test]
    fn results_can_be_sent_and_errors_are_one_type() {
        fn sent<T: Send + 'static>() {}
        sent::<Worked>();
        sent::<Error>();
        let fault = gradus::gradient(&Question::new("sin("), &["x"]).expect_err("not an expression");
        assert!(fault.is_input());
    }
}
