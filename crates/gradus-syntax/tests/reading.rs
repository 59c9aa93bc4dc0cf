//! Real worksheets and hostile inputs through the parsers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gradus_syntax::worksheet::{parse_worksheet, Host, ItemKind};
use gradus_syntax::{latex, Code, Span};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn rows(name: &str) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(data(name)).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn the_worksheets_of_the_cases_parse_without_diagnostics() {
    for name in ["seed.gradus", "matrix.gradus"] {
        let bytes = std::fs::read(data(name)).unwrap();
        let (sheet, said) = parse_worksheet(&bytes, Host::Gradus);
        let said: Vec<String> = said.iter().map(|d| d.render(&bytes, name, false)).collect();
        assert!(said.is_empty(), "{}", said.join("\n"));
        let goals = sheet.items.iter().filter(|i| matches!(i.kind, ItemKind::Goal(_))).count();
        assert_eq!(goals, if name == "seed.gradus" { 25 } else { 23 }, "{name}");
    }
}

/// The text a row of bad-inputs.jsonl stands for: escapes, and `'a'*n+…` generators.
fn input(row: &serde_json::Value) -> Option<Vec<u8>> {
    let raw = row["input"].as_str()?;
    if row["kind"] == "bytes" {
        return raw.split(' ').map(|h| u8::from_str_radix(h, 16).ok()).collect();
    }
    let Some(expr) = raw.strip_prefix("gen:") else { return Some(unescape(raw).into_bytes()) };
    if expr.contains("join") {
        return Some((0..100_000).map(|i| format!("x{i}")).collect::<Vec<_>>().join("+").into_bytes());
    }
    let mut out = String::new();
    let mut rest = expr;
    while let Some(tail) = rest.strip_prefix('\'') {
        let (piece, tail) = tail.split_once('\'')?;
        let digits: String = tail.strip_prefix('*').unwrap_or("").chars().take_while(char::is_ascii_digit).collect();
        let n = digits.parse().unwrap_or(1);
        out.push_str(&unescape(piece).repeat(n));
        rest = tail.trim_start_matches('*').trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches('+');
    }
    Some(out.into_bytes())
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let mut hex = |n: usize| {
            let digits: String = chars.by_ref().take(n).collect();
            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
        };
        match hex(0).or_else(|| chars.next()) {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                out.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            Some('U') => {
                let digits: String = chars.by_ref().take(8).collect();
                out.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            Some(c) => out.push(c),
            None => out.push('\\'),
        }
    }
    out
}

/// What our codes answer to the names in bad-inputs.jsonl.
fn answers(wanted: &str) -> &'static [Code] {
    match wanted {
        "TooDeep" => &[Code::TOO_DEEP],
        "NameTooLong" => &[Code::NAME_TOO_LONG],
        "IntegerTooLong" => &[Code::INTEGER_TOO_LONG],
        "ExponentTooLarge" => &[Code::EXPONENT_TOO_LARGE],
        "BadChar" => &[Code::BAD_CHARACTER, Code::EXPECTED_FORMULA],
        "InvalidUtf8" => &[Code::NOT_UTF8],
        "Confusable" => &[Code::CONFUSABLE],
        "UnclosedGroup" => &[Code::UNCLOSED_GROUP],
        "UnexpectedClose" => &[Code::UNEXPECTED_CLOSE],
        "DoubleScript" => &[Code::DOUBLE_SCRIPT],
        "AdjacentNumbers" => &[Code::ADJACENT_NUMBERS],
        "AmbiguousBars" => &[Code::AMBIGUOUS_BARS],
        "AmbiguousInverse" => &[Code::AMBIGUOUS_INVERSE],
        "MissingBound" => &[Code::MISSING_BOUND],
        "MismatchedDelimiter" => &[Code::MISMATCHED_DELIMITER],
        "BadNumber" => &[Code::BAD_NUMBER, Code::UNEXPECTED],
        "UnknownCommand" => &[Code::UNKNOWN_COMMAND],
        "UnknownEnvironment" => &[Code::UNKNOWN_ENVIRONMENT],
        "UnexpectedChar" => &[Code::BAD_CHARACTER, Code::UNEXPECTED, Code::EXPECTED_FORMULA],
        _ => &[],
    }
}

#[test]
fn hostile_inputs_end_quickly_in_a_tree_or_a_typed_diagnostic() {
    for row in rows("bad-inputs.jsonl") {
        let kind = row["kind"].as_str().unwrap();
        if !matches!(kind, "expr" | "latex" | "bytes" | "ident" | "cmd") {
            continue;
        }
        let Some(bytes) = input(&row) else { continue };
        let wrap = |before: &str, after: &str| [before.as_bytes(), &bytes, after.as_bytes()].concat();
        let source = match kind {
            "latex" => wrap("evaluate $", "$"),
            "ident" => wrap("given w in R as \"", "\""),
            // A mark of byte order stands only at the start of a file.
            _ if bytes.starts_with(b"\xef\xbb\xbf") => [b"\xef\xbb\xbfevaluate ", bytes.get(3..).unwrap()].concat(),
            // Line ends are spaces inside brackets.
            _ if row["id"] == "B053" => wrap("evaluate (", ")"),
            _ => wrap("evaluate ", ""),
        };
        let started = Instant::now();
        let (_, said) = parse_worksheet(&source, Host::Gradus);
        let took = started.elapsed();
        assert!(took < Duration::from_secs(2), "{} took {took:?}", row["id"]);
        let wanted = answers(row["code"].as_str().unwrap());
        let ok = wanted.is_empty() || said.iter().any(|d| wanted.contains(&d.code) || d.code == Code::SOURCE_TOO_LARGE);
        assert!(ok, "{}: wanted {}, got {:?}", row["id"], row["code"], said);
        if kind == "ident" && row["code"] == "BadName" {
            assert!(!said.is_empty(), "{}: a bad form was accepted", row["id"]);
        }
        let expected = row["expected"].as_str().unwrap();
        if expected.starts_with("ok") && !expected.contains(" or ") && kind != "ident" && kind != "cmd" {
            assert!(said.is_empty(), "{}: {said:?}", row["id"]);
        }
        for d in said {
            let _ = d.render(&source, "input", false);
        }
    }
}

#[test]
fn latex_that_people_write() {
    // Not part of the language: integrals, conjugates, kets, adjoints, ellipses; the bars of `||x||y||` are ambiguous,
    // `\sin^{-1}` and a number base of `\imaginaryunit` too.
    let outside = |t: &str| ["\\int", "\\overline", "\\imaginaryunit", "\\rangle", "\\sin^{-1}", "||x||y||"].iter().any(|w| t.contains(w));
    let (mut read, mut total) = (0, 0);
    for row in rows("latex_input.jsonl") {
        let text = row["latex"].as_str().unwrap();
        let out = latex::formula(text, Span::new(0, text.len()));
        if row["kind"] == "must_fail" {
            // The two that need names' kinds fail in elaboration.
            let later = text.contains("\\frac{d}{dx}");
            assert!(out.is_err() || later, "{text} must fail");
            continue;
        }
        total += 1;
        match out {
            Ok(_) => read += 1,
            Err(d) => assert!(outside(text), "{text}: {d:?}"),
        }
    }
    assert_eq!((read, total), (194, 240));
}

#[test]
fn prose_of_hosts_is_kept_byte_for_byte() {
    let md = "# One\n\nSome *text*.\n\n```gradus\nshow 1 = 1\n  label a\n```\n\n## Two `x`\n\n~~~ gradus\nshow 2 = 2\n~~~\nend";
    let tex = "\\section{One}\nText % \\begin{gradus}\n\\begin{gradus}\nshow 1 = 1\n  label a\n\\end{gradus}\n\\subsection*{Two}\n\\begin{gradus}\nshow 2 = 2\n\\end{gradus}\n";
    for (text, host) in [(md, Host::Markdown), (tex, Host::Latex)] {
        let (sheet, said) = parse_worksheet(text.as_bytes(), host);
        assert!(said.is_empty(), "{said:?}");
        let goals = sheet.items.iter().filter(|i| matches!(i.kind, ItemKind::Goal(_))).count();
        let sections: Vec<_> = sheet
            .items
            .iter()
            .filter_map(|i| match &i.kind {
                ItemKind::Section { heading, .. } => Some(heading.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(goals, 2);
        assert_eq!(sections.len(), 2);
        assert_eq!(sections[0], "One");
        let prose: String = sheet.items.iter().filter(|i| i.kind == ItemKind::Prose).map(|i| i.span.text(text)).collect();
        for line in text.lines().filter(|l| l.contains("ext") || l.contains("One") || l.contains("end") && host == Host::Markdown) {
            assert!(prose.contains(line), "{line:?} is not in {prose:?}");
        }
    }
}

#[test]
fn one_broken_statement_does_not_spoil_the_next() {
    let text = "evaluate (1 + 2\nshow 1 = 1\n  expect (\n  label a\ngiven x in\nderive x ! y )\nshow 2 = 2\n";
    let (sheet, said) = parse_worksheet(text.as_bytes(), Host::Gradus);
    let codes: Vec<&str> = said.iter().map(|d| d.code.name()).collect();
    assert_eq!(codes, ["E0202", "E0202", "E0210", "E0203"], "{said:?}");
    assert_eq!(sheet.items.len(), 5);
}

#[test]
fn a_statement_goes_on_in_indented_lines_about_an_operator_or_an_inner_word() {
    let text = "define L =\n    exp(x)  # first\n  - 2 x\nsolve L = 0\n  for x\n  label a\n  expect x\n    + 1\ngiven n\n  in N\nderive dL/dx\n  in terms of n\n";
    let (sheet, said) = parse_worksheet(text.as_bytes(), Host::Gradus);
    assert!(said.is_empty(), "{said:?}");
    assert_eq!(sheet.items.len(), 4);
    let Some(ItemKind::Goal(goal)) = sheet.items.get(1).map(|i| &i.kind) else { panic!("{sheet:?}") };
    let clauses: Vec<&str> = goal.clauses.iter().map(|c| c.span.text(text)).collect();
    assert_eq!(clauses, ["label a", "expect x\n    + 1"]);
    // Nothing goes on at the margin.
    let (_, said) = parse_worksheet(b"define L = x\n- 2 x\n", Host::Gradus);
    assert_eq!(said.len(), 1, "{said:?}");
}

#[test]
fn definitions_in_latex_are_those_in_plain_text() {
    let pairs = [
        (r"$\phi(z) = \frac{e^z}{1 + e^z}$", "phi(z) = exp(z)/(1 + exp(z))", "phi", 1, 0),
        (r"$p_i = \frac{e^{x_i}}{\sum_j e^{x_j}}$", "p[i] = exp(x[i])/sum(j, exp(x[j]))", "p", 0, 1),
        (r"$S(x)_i = e^{x_i}$", "S(x)[i] = exp(x[i])", "S", 1, 1),
        (r"$L_{CE} = -y \log f$", "L_CE = -y log(f)", "L_CE", 0, 0),
        (r"$\ell$ = x^2 + 1", "ell = x^2 + 1", "ell", 0, 0),
        (r##"$f(x, y) = x y$ as "\mathbf{f}""##, "f(x, y) = x y", "f", 2, 0),
    ];
    for (latex, plain, name, params, indices) in pairs {
        for text in [latex, plain] {
            let (sheet, said) = parse_worksheet(format!("define {text}\n").as_bytes(), Host::Gradus);
            assert!(said.is_empty(), "{text}: {said:?}");
            let Some(ItemKind::Define(d)) = sheet.items.first().map(|i| &i.kind) else { panic!("{text}") };
            let got = (&*d.name.text, d.params.as_ref().map_or(0, Vec::len), d.indices.len());
            assert_eq!(got, (name, params, indices), "{text}");
        }
    }
    for wrong in ["$2 x = 3$", "$x + y = 3$", "$(a) = 3$", "$f(x)(y) = x$", "$x$", "$given = 2$"] {
        let (_, said) = parse_worksheet(format!("define {wrong}\n").as_bytes(), Host::Gradus);
        assert!(!said.is_empty(), "{wrong}");
    }
}
