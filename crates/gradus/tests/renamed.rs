//! Names are only names: with every declared name of the seed worksheet changed, each goal has the same status, the same steps on
//! the same grounds, and the same result with the names changed.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod sheets;

use gradus::{JsonStep, Report};
use std::collections::BTreeMap;

/// What the seed declares, apart from the letters of indices, N, which is also a set, and x, which is also a sign.
const NAMES: &[&str] = &[
    "a", "y", "sigma", "f", "C", "q", "u", "t", "r", "CE", "L_CE", "yy", "ff", "MSE", "s", "v", "L_MSE", "g_CE", "g_MSE", "K", "S", "b",
    "z", "S2", "o", "p", "D", "M", "X", "w1", "b1", "w2", "b2", "v1", "c1", "v2", "c2", "net", "net4", "h", "A", "B", "d", "k1", "k2",
    "xi", "kappa1", "kappa2", "a1", "h1", "a2", "L", "e1", "g1", "e2", "Lf",
];

/// Each name with its new one; the new ones sort in the opposite order.
fn new_names() -> BTreeMap<&'static str, String> {
    let mut sorted = NAMES.to_vec();
    sorted.sort_unstable();
    let count = sorted.len();
    sorted.into_iter().enumerate().map(|(k, n)| (n, format!("n{}", 100 + count - k))).collect()
}

/// The text with every whole name changed, also after the d of a derivative; what is quoted stays.
fn renamed(text: &str, new: &BTreeMap<&str, String>) -> String {
    let change = |word: &str| match (new.get(word), word.strip_prefix('d').and_then(|rest| new.get(rest))) {
        (Some(n), _) => n.clone(),
        (None, Some(n)) => format!("d{n}"),
        _ => word.to_owned(),
    };
    let (mut out, mut word, mut quoted) = (String::new(), String::new(), false);
    for c in text.chars() {
        if !quoted && (c.is_alphanumeric() || c == '_') {
            word.push(c);
            continue;
        }
        out.push_str(&change(&std::mem::take(&mut word)));
        quoted ^= c == '"';
        out.push(c);
    }
    out + &change(&word)
}

/// The worksheet with its formulas renamed: its prose, titles and labels are words.
fn renamed_sheet(text: &str, new: &BTreeMap<&str, String>) -> String {
    let words = |l: &str| ["#", "title ", "section ", "text ", "  label ", "  using "].iter().any(|w| l.starts_with(w));
    text.lines().map(|l| if words(l) { l.to_owned() } else { renamed(l, new) } + "\n").collect()
}

/// The rules and grounds of all steps, in order.
fn grounds(steps: &[JsonStep], out: &mut Vec<(Option<String>, String)>) {
    for s in steps {
        out.push((s.rule.clone(), s.ground.clone()));
        grounds(&s.steps, out);
    }
}

fn report(text: String) -> Report {
    sheets::solve("seed.gradus", text).report().expect("it reports")
}

#[test]
fn other_names_change_nothing_but_names() {
    let new = new_names();
    let text = sheets::text(&sheets::root().join("tests/worksheets/seed.gradus"));
    let (old, changed) = (report(text.clone()), report(renamed_sheet(&text, &new)));
    assert_eq!((old.goals.len(), changed.goals.len()), (25, 25));
    for (a, b) in old.goals.iter().zip(&changed.goals) {
        let label = a.label.as_deref().unwrap_or_default();
        assert_eq!(a.status, b.status, "{label}: {:?}", b.diagnostics);
        assert_eq!(a.result.as_ref().map(|r| renamed(r, &new)), b.result, "{label}");
        let (mut x, mut y) = (Vec::new(), Vec::new());
        grounds(&a.steps, &mut x);
        grounds(&b.steps, &mut y);
        let differ = x.iter().zip(&y).position(|(p, q)| p != q);
        assert!(x.len() == y.len() && differ.is_none(), "{label}: {} and {} steps, differing at {differ:?}", x.len(), y.len());
    }
}
