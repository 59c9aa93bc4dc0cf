//! The library as a caller meets it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use gradus::{Detail, Format, Host, Layout, Question, Session, Source, Status, Worked};

const SHEET: &str = "title A page\ngiven x in R\ntext Take $x$ with *care*.\n\nderive diff(x sin(x), x)\n  label product\n";

fn solve(text: &str) -> Worked {
    Session::new().solve(&Source::new("a.gradus", text)).expect("it can be worked on")
}

#[test]
fn results_can_be_sent_and_shared() {
    fn sendable<T: Send + Sync + 'static>() {}
    sendable::<Worked>();
    sendable::<gradus::Error>();
    let worked = solve(SHEET);
    let page = std::thread::spawn(move || worked.page(Layout::new(Format::Text))).join().expect("no panic");
    assert!(page.expect("it prints").contains("sin x + x cos x"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for (format, _) in Format::ALL {
        let page = || solve(SHEET).page(Layout::new(*format)).expect("it prints");
        assert_eq!(page(), page(), "{format:?}");
    }
}

/// What was found under an assumption of another goal is not cited where nothing needs it.
#[test]
fn assumptions_stay_with_their_goals() {
    let worked = solve(
        "given n, K in N\ngiven Z, Y in R^(n x K)\ndefine P = softmax(Z)\n\
         define L = -1/n sum(i in 1..n, k in 1..K, Y[i, k] log(P[i, k]))\n\
         derive gradient of L wrt Z\n  assuming Y ones(K) = ones(n)\n\
         define M = -tr(Y^T log(P))/n\nderive gradient of M wrt Z\n",
    );
    let goals = worked.report().expect("it is reported").goals;
    let found: Vec<_> = goals.iter().map(|g| (g.status.as_str(), g.assumptions.len())).collect();
    assert_eq!(found, [("proved", 0), ("proved", 0)]);
}

#[test]
fn whole_documents_and_fragments() {
    let worked = solve(SHEET);
    let page = |f, fragment| worked.page(Layout::new(f).fragment(fragment)).expect("it prints");
    assert!(page(Format::Latex, false).starts_with("\\documentclass"));
    assert!(page(Format::Latex, false).ends_with("\\end{document}\n"));
    assert!(!page(Format::Latex, true).contains("\\begin{document}"));
    assert!(page(Format::Latex, true).contains("Take $x$ with \\emph{care}."));
    assert!(page(Format::Html, false).starts_with("<!DOCTYPE html>"));
    assert!(page(Format::Html, false).contains("<title>A page</title>"));
    assert!(page(Format::Markdown, false).starts_with("# A page\n\nTake $x$ with *care*.\n\n"));
    assert!(page(Format::Json, false).starts_with("{\n  \"gradus\": 1"));
}

/// Blocks give way to solutions; every other byte stays.
#[test]
fn prose_of_a_host_file_stays_byte_for_byte() {
    let before = "# Notes \t\n\n* a  list\n\n<b>raw</b> & `code` \\$5\n\n";
    let after = "\nThe end, without a newline";
    let text = format!("{before}```gradus\ngiven x in R\nderive diff(x^2, x)\n```\n{after}");
    let page = solve_as("a.md", &text).page(Layout::new(Format::Markdown)).expect("it prints");
    assert!(page.starts_with(before), "{page}");
    assert!(page.ends_with(after), "{page}");
    assert!(!page.contains("```gradus"));
    let before = "\\documentclass{article}%  odd   spacing\n\\begin{document}\n";
    let after = "Done. % comment\n\\end{document}\n\n";
    let text = format!("{before}\\begin{{gradus}}\ngiven x in R\nderive diff(x^2, x)\n\\end{{gradus}}\n{after}");
    let page = solve_as("a.tex", &text).page(Layout::new(Format::Latex)).expect("it prints");
    assert!(page.starts_with(before) && page.ends_with(after), "{page}");
}

fn solve_as(name: &str, text: &str) -> Worked {
    Session::new().solve(&Source::new(name, text)).expect("it can be worked on")
}

#[test]
fn hosts_are_told_by_names() {
    assert_eq!(Source::new("a.md", "").host, Host::Markdown);
    assert_eq!(Source::new("a.TEX", "").host, Host::Latex);
    assert_eq!(Source::new("standard input", "").host, Host::Gradus);
}

#[test]
fn one_wrong_statement_does_not_stop_the_others() {
    let worked = solve("given x in R\nderive diff(x^2 +, x)\nderive diff(x^2, x)\n");
    assert!(worked.has_errors() && !worked.is_proved());
    let statuses: Vec<Status> = worked.answers().iter().map(|a| a.status).collect();
    assert_eq!(statuses, [Status::Error, Status::Proved]);
    let m = worked.messages().first().expect("one message");
    assert_eq!((m.code.as_str(), m.line), ("E0201", 2));
    assert!(m.render(false).contains("a.gradus:2:"));
    assert!(worked.page(Layout::new(Format::Text)).expect("it prints").contains("E0201"));
}

#[test]
fn a_false_expectation_is_refuted_with_a_point() {
    let worked = solve("given x in R\nderive diff(x^2, x)\n  expect 3 x\n");
    let a = worked.answers().first().expect("one answer");
    assert_eq!((a.status, a.line), (Status::Refuted, 2));
    assert!(a.counterexample.is_some());
    assert!(!worked.is_proved());
}

#[test]
fn a_small_stack_is_enough_for_deep_input() {
    let deep = format!("given x in R\nderive diff({}x{}, x)\n", "sin(".repeat(100), ")".repeat(100));
    let work = move || solve(&deep).answers().len();
    let handle = std::thread::Builder::new().stack_size(128 << 10).spawn(work).expect("a thread starts");
    assert_eq!(handle.join().expect("no overflow"), 1);
}

/// Names that a question leaves undeclared are numbers, but not where they are called: that is a function that is not known.
#[test]
fn an_unknown_function_is_no_number() {
    let worked = Session::new().ask(&Question::new("derive d/dx sigma(x)")).expect("it can be read");
    let said: Vec<&str> = worked.messages().iter().map(|m| m.text.as_str()).collect();
    assert!(said.iter().any(|d| d.contains("`sigma` is not declared")), "{said:?}");
    let worked = Session::new().ask(&Question::new("derive d/dx ln(k x)")).expect("it can be worked on");
    assert!(worked.is_proved(), "{:?}", worked.notes());
}

#[test]
fn questions_declare_what_is_missing_and_say_so() {
    let q = Question::new("derive dL/da").define("L = a^2 + b");
    let worked = Session::new().detail(Detail::Brief).ask(&q).expect("it can be worked on");
    assert_eq!(worked.notes(), ["`a` is taken as a real number", "`b` is taken as a real number"]);
    assert_eq!(worked.answers().first().and_then(|a| a.result.as_deref()), Some("2 a"));
}

#[test]
fn a_question_is_put_in_the_order_it_needs() {
    let question = Question::new("derive gradient of L wrt w")
        .given("L : function of a")
        .define("a = X w")
        .given("w in R^d")
        .given("X in R^(n x d)")
        .given("n, d in N");
    let worked = Session::new().ask(&question).expect("it can be worked on");
    assert!(worked.notes().is_empty(), "{:?}", worked.notes());
    assert_eq!(worked.answers().first().and_then(|a| a.result.as_deref()), Some("X^T gradient(L, a)"));
}

#[test]
fn a_name_declared_twice_is_used_by_no_goal() {
    let worked = solve("given a in R\ngiven L : function of a\ndefine a = 3\nderive d(a^2)/da\nderive d(b^2)/db\n");
    assert!(worked.answers().iter().all(|a| a.status == Status::Error), "{:?}", worked.answers());
}

#[test]
fn derivatives_without_steps() {
    assert_eq!(gradus::differentiate("sin(t)", "t").expect("found"), "cos(t)");
    assert!(gradus::differentiate("sin(", "t").is_err_and(|e| e.is_input()));
}

#[test]
fn a_certificate_verifies_and_a_changed_one_does_not() {
    let sheet = Source::new("a.gradus", SHEET);
    let worked = Session::new().certificate(true).solve(&sheet).expect("it can be worked on");
    let text = worked.certificate().expect("it was asked for");
    let found = gradus::verify(text).expect("it holds");
    assert_eq!(found.claims.len(), 1);
    assert!(found.steps > 0);
    assert!(gradus::verify("{}").is_err_and(|e| e.is_input()));
    let mut changed: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
    let claim = &mut changed["claims"][0]["says"]["Equal"];
    claim["right"] = claim["left"].clone();
    assert!(gradus::verify(&changed.to_string()).is_err_and(|e| e.is_refused()));
}

#[test]
fn rules_and_codes_are_explained() {
    let rules = gradus::rules(None).expect("the rulebook loads");
    assert!(rules.len() > 50);
    for f in gradus::families().expect("the rulebook loads") {
        assert!(!gradus::rules(Some(&f)).expect("the rulebook loads").is_empty(), "{f}");
    }
    let first = rules.first().expect("there is one");
    assert_eq!(gradus::rule(&first.name).expect("the rulebook loads").as_ref(), Some(first));
    assert!(gradus::explain("E0201").is_some_and(|t| t.contains("formula")));
}

#[test]
fn one_derivative_in_every_notation() {
    let given = "given a, b in R\ndefine L = a^2 b\n";
    let first = ["dL/da", "d(a^2 b)/da", "d/da (a^2 b)", "∂L/∂a", "∂(a^2 b)/∂a", "diff(L, a)"];
    let in_latex =
        [r"\frac{dL}{da}", r"\frac{d L}{d a}", r"\frac{\partial L}{\partial a}", r"\frac{d(a^2 b)}{da}", r"\frac{d}{da} L", "dL/da"];
    let again = ["d^2 L/da^2", "∂^2 L/∂a^2", "d^2(a^2 b)/da^2", r"$\frac{d^2 L}{da^2}$", r"$\partial^2 L/\partial a^2$"];
    let mixed = ["∂^2 L/∂a∂b", r"$\frac{\partial^2 L}{\partial a\,\partial b}$"];
    let wanted = |forms: &[String], expect: &str| {
        for f in forms {
            let worked = solve(&format!("{given}derive {f}\n  expect {expect}\n"));
            assert!(worked.is_proved(), "{f}: {:?}", worked.messages().iter().map(|m| m.render(false)).collect::<Vec<_>>());
        }
    };
    let plain = |forms: &[&str]| forms.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>();
    wanted(&plain(&first), "2 a b");
    wanted(&in_latex.iter().map(|f| format!("${f}$")).collect::<Vec<_>>(), "2 a b");
    wanted(&plain(&again), "2 b");
    wanted(&plain(&mixed), "2 a");
}

#[test]
fn kinks_that_may_cancel_are_assumed_away() {
    let status = |goal: &str| solve(&format!("given t in R\nderive diff({goal}, t)\n")).answers().first().map(|a| a.status);
    // relu(t) − |t|/2 is t/2, with the derivative 1/2 at 0, where the formula gives 0.
    for goal in ["relu(t) - abs(t)/2", "2 relu(t) - relu(-t)"] {
        assert_eq!(status(goal), Some(Status::Conditional), "{goal}");
    }
    // Where a rule says that the sum is smooth, its derivative holds everywhere: relu(t) − relu(−t) is t.
    let smooth = solve("given t in R\nderive diff(relu(t) - relu(-t), t)\n");
    assert!(smooth.is_proved());
    assert_eq!(smooth.answers().first().and_then(|a| a.result.clone()).as_deref(), Some("1"));
    for goal in ["abs(t)", "relu(t)", "max(0, 1 - t)", "abs(t) + abs(t - 1)"] {
        assert_eq!(status(goal), Some(Status::Proved), "{goal}");
    }
}

#[test]
fn a_line_that_holds_always_makes_no_solution_of_every_value() {
    let status = |equation: &str| solve(&format!("given x in R\nsolve {equation} for x\n")).answers().first().map(|a| a.status);
    // Squared, these are x² = x² and the like; −2 solves none of them.
    for squared in ["sqrt(x^2) = x", "sqrt(x^2 + 2 x + 1) = x + 1", "sqrt(x^4) = x abs(x)"] {
        assert_ne!(status(squared), Some(Status::Proved), "{squared}");
    }
    for always in ["2 x + 2 = 2 (x + 1)", "x/x = 1", "sqrt(x) = sqrt(x)", "d(x^2)/dx = 2 x"] {
        assert_eq!(status(always), Some(Status::Proved), "{always}");
    }
}

#[test]
fn what_is_shown_once_is_cited() {
    let model = "given n, k in N, h in R^n, W in R^(k x n), b in R^k, y in R^k, sum(c in 1..k, y[c]) = 1\n\
                 define u = W h + b\ndefine p = softmax(u)\ndefine E = -sum(c in 1..k, y[c] log(p[c]))\n";
    let page = |goals: &str| solve(&format!("{model}{goals}")).page(Layout::new(Format::Text)).expect("it prints");
    let first = |text: &str| text.matches("First, the derivative of p").count();
    let by_logits = "derive gradient of E wrt u\n";
    // By its label, or in the same section without one.
    let labelled = page(&format!("{by_logits}  label logits\nderive gradient of E wrt h\n  using logits\n"));
    assert!(labelled.contains("chain rule; by logits") && first(&labelled) == 1, "{labelled}");
    let unlabelled = page(&format!("{by_logits}derive gradient of E wrt h\n"));
    assert!(unlabelled.contains("chain rule; derivative of E") && first(&unlabelled) == 1, "{unlabelled}");
    // A labelled result is read by itself.
    let apart = page(&format!("{by_logits}  label logits\nderive gradient of E wrt h\n  label weights\n"));
    assert_eq!(first(&apart), 2, "{apart}");
}
