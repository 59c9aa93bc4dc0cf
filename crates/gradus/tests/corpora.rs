//! Cases that others collected, solved whole: antiderivatives, whose derivative must come out, and inputs that made other systems
//! hang, crash or answer wrongly. What comes of each is kept; none may be refuted that is true, none may run away.
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod sheets;

use std::collections::BTreeSet;

/// Functions and constants of the language that the antiderivatives mention; every other word is a parameter.
const KNOWN: &[&str] = &[
    "exp", "log", "sqrt", "sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "sech", "csch", "coth", "asin", "acos", "atan",
    "asinh", "acosh", "atanh", "erf", "abs", "gamma", "pi",
];

/// The names that a formula mentions.
fn names(formula: &str) -> BTreeSet<String> {
    let words = formula.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|w| w.starts_with(|c: char| c.is_ascii_alphabetic()) && !KNOWN.contains(w)).map(str::to_owned).collect()
}

/// The status of the only goal of a worksheet, with the codes of what was said.
fn outcome(text: String) -> String {
    let worked = sheets::solve("case", text);
    let Some(a) = worked.answers().first() else { return "nothing asked".to_owned() };
    let codes: Vec<&str> = a.problems.iter().map(|p| p.0.as_str()).collect();
    [vec![a.status.word()], codes].concat().join(" ")
}

#[test]
fn derivatives_of_antiderivatives() {
    let text = sheets::text(&sheets::root().join("tests/corpora/antiderivatives.txt"));
    let (quick, rest) = text.split_once("# rest\n").expect("two parts");
    let mut rows: Vec<&str> = quick.lines().collect();
    if std::env::var_os("GRADUS_FULL").is_some() {
        rows.extend(rest.lines());
    }
    rows.retain(|r| !r.starts_with('#'));
    let wrong: Vec<String> = std::thread::scope(|all| {
        let half = rows.len().div_ceil(2);
        let runs: Vec<_> =
            rows.chunks(half).map(|part| all.spawn(move || part.iter().filter_map(|r| differs(r)).collect::<Vec<_>>())).collect();
        runs.into_iter().flat_map(|r| r.join().expect("it ends")).collect()
    });
    assert!(rows.len() >= 40 && wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// What is wrong with a row, if anything.
fn differs(row: &str) -> Option<String> {
    let [id, kept, var, whole, part] = row.split('\t').collect::<Vec<_>>()[..] else { return Some(format!("not a row: {row}")) };
    let mut given = names(&format!("{whole} {part}"));
    given.insert(var.to_owned());
    let given: Vec<String> = given.into_iter().collect();
    let got = outcome(format!("given {} in R\nshow diff({whole}, {var}) = {part}\n", given.join(", ")));
    let same = got.split(' ').next() == Some(kept) || kept == "open" && !got.starts_with("refuted") && !got.starts_with("error");
    (!same).then(|| format!("{id}: {got}, kept {kept}"))
}

/// Statements after which others hung, crashed or answered wrongly: what it is about, declarations, the goal.
fn hostile() -> Vec<(&'static str, &'static str, String)> {
    let x = "given x in R";
    let nested = |open: &str, n: usize| format!("{}x{}", open.repeat(n), ")".repeat(n));
    vec![
        ("nested brackets", x, format!("simplify {}", nested("(", 100))),
        ("nested fractions", x, format!("simplify {}", nested("1/(1+", 25))),
        ("ten thousand digits", "", format!("evaluate {}", "9".repeat(10_000))),
        ("a tower", "", "evaluate 9^9^9^9".to_owned()),
        ("a large power", "", "evaluate 2^(10^9)".to_owned()),
        ("expansion, one variable", x, "expand (1+x)^(10^9)".to_owned()),
        ("expansion, large coefficients", "given a, b in R", "expand (a+b)^100000".to_owned()),
        ("expansion, many terms", "given a, b, c, d in R", "expand (a+b+c+d)^60".to_owned()),
        ("a factorial", "", "evaluate 1000000000!".to_owned()),
        ("an order too high", x, "derive diff(x^2*sin(x), x, 1000000)".to_owned()),
        ("a product of twelve", "given x in R^12", "derive diff(prod(i in 1..12, 1/(1 + exp(-x[i]))), x[1])".to_owned()),
        ("a large tensor", "given v in R^1000000000", "evaluate sum(v)".to_owned()),
        ("division by zero", "", "simplify 1/0".to_owned()),
        ("zero by zero", "", "simplify 0/0".to_owned()),
        ("x/x", x, "simplify x/x".to_owned()),
        ("1 = x/x", x, "show 1 = x/x".to_owned()),
        ("root of a square", x, "show sqrt(x^2) = abs(x)".to_owned()),
        ("root of a square, false", x, "show sqrt(x^2) = x".to_owned()),
        ("logarithm of a square", x, "show log(x^2) = 2 log(abs(x))".to_owned()),
        ("logarithm of a square, positive", x, "show log(x^2) = 2 log(x)".to_owned()),
        ("logarithm of a negative", "", "simplify log(-1)".to_owned()),
        ("root of a negative", "", "simplify (-8)^(1/3)".to_owned()),
        ("a kink", x, "derive diff(relu(x), x)".to_owned()),
        ("an empty sum", "given f in R^3", "show sum(i in 1..0, f[i]) = 0".to_owned()),
        (
            "an index used twice",
            "given n, m in N\ngiven a in R^m",
            "show sum(i in 1..n, sum(i in 1..m, a[i])) = n sum(i in 1..m, a[i])".to_owned(),
        ),
        ("an index in and out", "given n in N\ngiven c, x in R^n", "derive diff(sum(i, c[i] x[i]), x[i])".to_owned()),
        ("shapes", "given A, B in R^(2 x 3)", "simplify A * B".to_owned()),
        ("decimals", "", "show 0.1 + 0.2 - 0.3 = 0".to_owned()),
        ("a tenth derivative", x, "derive diff(exp(x^2), x, 10)".to_owned()),
    ]
}

#[test]
fn hostile_goals_end() {
    let lines: Vec<String> =
        hostile().into_iter().map(|(what, given, goal)| format!("{what}: {}", outcome(format!("{given}\n{goal}\n")))).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// Goals whose work runs out: a typed answer, not an endless search.
#[test]
fn the_budget_ends_what_would_go_on() {
    let nested = |open: &str, n: usize| format!("{}x{}", open.repeat(n), ")".repeat(n));
    let mut goals = vec![format!("derive diff({}, x, 8)", nested("sin(", 10))];
    if std::env::var_os("GRADUS_FULL").is_some() {
        goals.push(format!("simplify {}", nested("1/(1+", 100)));
    }
    for goal in goals {
        let got = outcome(format!("given x in R\n{goal}\n"));
        assert!(got.contains("E0910") || got == "proved", "{goal}: {got}");
    }
}

/// What is said at the end of an answer: the result, or the last line.
fn said(goal: &serde_json::Value) -> String {
    let word = |v: &serde_json::Value, k: &str| v[k].as_str().unwrap_or_default().to_owned();
    match goal["steps"].as_array().and_then(|steps| steps.last()) {
        Some(last) if goal["result"].is_null() => format!("{} {}", word(last, "text"), word(last, "reason")).trim().to_owned(),
        _ => word(goal, "result"),
    }
}

/// What is wrong with the answers to questions, all of one worksheet with a section for each.
fn mistaken(rows: &[(usize, &str)]) -> Vec<String> {
    let parts: Vec<[&str; 3]> = rows.iter().map(|(_, r)| r.splitn(3, " | ").collect::<Vec<_>>().try_into().expect("three parts")).collect();
    let section = |k: usize, [_, given, goal]: &[&str; 3]| {
        let lines: Vec<&str> = given.split("; ").chain(goal.split("\\n")).collect();
        let lines: Vec<String> = lines.iter().map(|l| if l.starts_with("assuming") { format!("  {l}") } else { (*l).to_owned() }).collect();
        format!("section {k}\n{}\n", lines.join("\n"))
    };
    let text: String = parts.iter().enumerate().map(|(k, p)| section(k, p)).collect();
    let page = sheets::solve("questions", text).page(gradus::Layout::new(gradus::Format::Json)).expect("it prints");
    let report: serde_json::Value = serde_json::from_str(&page).expect("it is JSON");
    let goals = report["goals"].as_array().expect("a list");
    assert_eq!(goals.len(), parts.len(), "each question is answered");
    let differs = |[kept, given, goal]: &[&str; 3], a: &serde_json::Value| {
        let status = a["status"].as_str().unwrap_or_default();
        let answered = ["proved", "conditional"].contains(&status);
        let right = match kept.split_once(' ') {
            Some(("not", word)) => status != word,
            Some(("=", what)) => answered && said(a) == what,
            Some(("if", what)) => !answered || Some(said(a).as_str()) == what.strip_prefix("any "),
            _ => status == *kept,
        };
        (!right).then(|| format!("{given}: {goal}: {status}, {}, kept {kept}", said(a)))
    };
    parts.iter().zip(goals).filter_map(|(p, a)| differs(p, a)).collect()
}

/// Questions asked to mislead: roots, kinks, jumps, empty ranges, values that are not there.
#[test]
fn questions_with_known_answers() {
    let text = sheets::text(&sheets::root().join("tests/corpora/questions.txt"));
    let rows: Vec<(usize, &str)> = text.lines().filter(|l| !l.starts_with('#')).enumerate().collect();
    let wrong: Vec<String> = std::thread::scope(|all| {
        let of = |half: usize| rows.iter().copied().filter(|(k, _)| k % 2 == half).collect::<Vec<_>>();
        let runs: Vec<_> =
            [of(0), of(1)].into_iter().map(|part| all.spawn(move || part.chunks(30).flat_map(mistaken).collect::<Vec<_>>())).collect();
        runs.into_iter().flat_map(|r| r.join().expect("it ends")).collect()
    });
    assert!(rows.len() > 400 && wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
