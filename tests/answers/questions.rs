//! Questions written as in a worksheet, many from one line, and what was answered, a line for each.
//!
//! A file of questions declares names (`given`, `define`, `index i, j`), gives words for letters (`u: x | -x | x + 1`) and asks: in
//! `x > 0 ; y != 0 ⊢ {u}^2 > 0` each word is put for the letter in turn, and `{<|<=}` stands for each of its parts. Facts may begin
//! with `not` and hold ` or `; so may what is asked.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may fail loudly")]

use gradus_syntax::elab::{Named, Scope};
use gradus_syntax::{elaborate, parse_expr, parse_worksheet, Host, Span};
use gradus_term::goal::Network;
use gradus_term::{Domain, Id, Node, Sort, Store, VarInfo, VarKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The store and the declared names of a line of questions.
pub struct World {
    pub s: Store,
    pub scope: Scope,
}

/// One question.
pub struct Question<'w> {
    pub w: &'w World,
    /// As it is written, facts and all.
    pub text: String,
    /// What is known: of the declarations, then of the question.
    pub facts: Vec<Id>,
    /// A condition or a term.
    pub asked: Id,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/answers")
}

impl World {
    fn new(declared: &str, indices: &[String]) -> Self {
        let s = Store::new();
        let (sheet, said) = parse_worksheet(declared.as_bytes(), Host::Gradus);
        assert!(said.is_empty(), "{said:?}");
        let (doc, said) = elaborate(&s, &sheet);
        assert!(said.is_empty(), "{said:?}");
        let mut scope = doc.scope;
        for name in indices {
            let mut info = VarInfo::new(name, VarKind::Index, Sort::Scalar);
            info.domain = Domain::Int;
            scope.insert(name, Named::Var(s.declare(info)), Span::default());
        }
        World { s, scope }
    }
    /// A term or a condition; what is wrong with it otherwise.
    pub fn read(&self, text: &str) -> Result<Id, String> {
        let text = text.trim();
        if text.contains(" or ") {
            let parts = text.split(" or ").map(|t| self.read(t)).collect::<Result<Vec<Id>, String>>()?;
            return Ok(self.s.intern(Node::Or(parts.into())));
        }
        match text.strip_prefix("not ") {
            Some(rest) => Ok(self.s.intern(Node::Not(self.read(rest)?))),
            None => parse_expr(&self.s, &self.scope, text).map_err(|d| format!("{text}: {d:?}")),
        }
    }
    fn question(&self, text: &str) -> Result<Question<'_>, String> {
        let (known, asked) = text.split_once('⊢').map_or(("", text), |x| x);
        let mut facts = self.scope.conditions.clone();
        for f in known.split(';').filter(|f| !f.trim().is_empty()) {
            facts.push(self.read(f)?);
        }
        Ok(Question { w: self, text: text.to_owned(), facts, asked: self.read(asked)? })
    }
}

/// All that a line asks: its first brace replaced in every way, and so on.
fn expanded(line: &str, words: &[(String, Vec<String>)]) -> Vec<String> {
    let Some(from) = line.find('{') else { return vec![line.to_owned()] };
    let to = from + line[from..].find('}').unwrap_or_else(|| panic!("{line}: a brace is open"));
    let (brace, inside) = (&line[from..=to], &line[from + 1..to]);
    let choices: Vec<String> = match words.iter().rev().find(|w| w.0 == inside) {
        Some((_, all)) => all.clone(),
        None => inside.split('|').map(str::to_owned).collect(),
    };
    choices
        .iter()
        .flat_map(|c| {
            // A letter stands for one word all over the line, parts only for this place.
            let put = if words.iter().any(|w| w.0 == inside) { line.replace(brace, c) } else { line.replacen(brace, c, 1) };
            expanded(&put, words)
        })
        .collect()
}

/// An answer.
pub struct Answer {
    pub text: String,
    /// Whether anything was decided.
    pub decided: bool,
}

/// Of one line so many questions are kept that are decided, and that are not.
const DECIDED: usize = 120;
const OPEN: usize = 14;
/// So many are asked for their sum.
const SUMMED: usize = 400;
/// What takes more work is not kept.
const WORK: u64 = 150_000;

pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)) % 1_000_003
}

/// The lines of a file, each with the maker of the worlds in which it is asked: each question has its own, so that no answer depends on
/// what was asked before.
fn lines(name: &str, mut each: impl FnMut(&dyn Fn() -> World, Vec<String>)) {
    let text = std::fs::read_to_string(folder().join(format!("{name}.questions"))).unwrap();
    let (mut declared, mut indices, mut words) = (String::new(), Vec::new(), Vec::new());
    for line in text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        if line.starts_with("given ") || line.starts_with("define ") {
            declared = declared + line + "\n";
        } else if let Some(names) = line.strip_prefix("index ") {
            indices = names.split(", ").map(str::to_owned).collect();
        } else if let Some((letter, all)) = line.split_once(": ").filter(|x| x.0.len() < 3) {
            words.push((letter.to_owned(), all.split(" | ").map(|w| w.trim().to_owned()).collect()));
        } else {
            each(&|| World::new(&declared, &indices), expanded(line, &words));
        }
    }
}

/// Asks the questions of a file whose answers are kept under `tests/answers/OF/NAME.txt`, and compares. `GRADUS_BLESS=1` asks all and
/// writes the answers; each change is to be looked at: more may be known, never less.
pub fn kept(of: &str, name: &str, ask: impl Fn(&Question<'_>) -> Answer) {
    let path = folder().join(of).join(format!("{name}.txt"));
    if std::env::var_os("GRADUS_BLESS").is_some() {
        return std::fs::write(&path, all(name, ask)).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}; GRADUS_BLESS=1 writes it", path.display()));
    let mut left: BTreeMap<&str, &str> = text.lines().map(|l| l.split_once(" : ").unwrap()).collect();
    lines(name, |new, all| {
        for text in all {
            let Some(was) = left.remove(text.as_str()) else { continue };
            let w = new();
            let is = ask(&w.question(&text).unwrap()).text;
            assert!(
                is == was,
                "another answer than the one kept; if it is right, GRADUS_BLESS=1 writes it:\n{text}\n was {was}\n  is {is}"
            );
        }
    });
    assert!(left.is_empty(), "no longer asked: {left:?}");
}
/// The answers to what a file asks, of each line until they have taken so much work: of each a count, one sum of its answers and the work that they took: kept, so that nothing
/// that is answered otherwise, and nothing that takes another way to its answer, goes unseen. With `GRADUS_SHOW` set, every answer of the
/// line that differs is printed.
pub fn sums(of: &str, name: &str, enough: u64, ask: impl Fn(&Question<'_>) -> Answer) {
    let path = folder().join(of).join("sums").join(format!("{name}.txt"));
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let mut kept = kept.lines();
    let mut out = String::new();
    let bless = std::env::var_os("GRADUS_BLESS").is_some();
    lines(name, |new, texts| {
        let (first, w) = (texts[0].clone(), new());
        let before = w.s.work_done();
        let mut chosen: Vec<&String> = texts.iter().collect();
        chosen.sort_by_key(|t| hash(t));
        let mut all: Vec<(String, String)> = Vec::new();
        for text in chosen.into_iter().take(SUMMED) {
            if w.s.work_done() - before > enough {
                break;
            }
            // Shapes need not fit in every combination.
            let answer = w.question(text).map_or_else(|_| "-".to_owned(), |q| ask(&q).text);
            all.push((text.clone(), answer));
        }
        let said: String = all.iter().map(|(_, a)| format!("{a}\n")).collect();
        let line = format!("{} {:06} {} : {first}", all.len(), hash(&said), w.s.work_done() - before);
        if !bless && kept.next() != Some(line.as_str()) {
            let show = || all.iter().map(|(t, a)| format!("{t} : {a}\n")).collect::<String>();
            let all = std::env::var_os("GRADUS_SHOW").map_or_else(String::new, |_| show());
            panic!("other answers, or other work for them, than kept; if they are right, GRADUS_BLESS=1 writes them:\n{line}\n{all}");
        }
        out += &line;
        out.push('\n');
    });
    if bless {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, out).unwrap();
    }
    assert!(bless || kept.next().is_none(), "{name}: fewer lines than kept");
}
/// Asks the same questions without comparing: a quarter of them, and all where `GRADUS_FULL` is set, as in `cargo xtask full`.
pub fn each(of: &str, name: &str, ask: impl Fn(&Question<'_>)) {
    let text = std::fs::read_to_string(folder().join(of).join(format!("{name}.txt"))).unwrap();
    let kept: BTreeMap<&str, &str> = text.lines().map(|l| l.split_once(" : ").unwrap()).collect();
    let part = if std::env::var_os("GRADUS_FULL").is_some() { 1 } else { 4 };
    lines(name, |new, all| {
        let chosen = all.iter().filter(|t| kept.contains_key(t.as_str()) && hash(t).is_multiple_of(part));
        chosen.for_each(|t| ask(&new().question(t).unwrap()));
    });
}
/// Asks everything that a file asks.
pub fn every(name: &str, ask: impl Fn(&Question<'_>)) {
    lines(name, |new, all| {
        let w = new();
        all.iter().filter_map(|t| w.question(t).ok()).for_each(|q| ask(&q));
    });
}
/// The answers to keep.
fn all(name: &str, ask: impl Fn(&Question<'_>) -> Answer) -> String {
    let mut out = String::new();
    lines(name, |new, texts| {
        let (mut found, mut wrong) = (Vec::new(), None);
        for text in &texts {
            let w = new();
            match w.question(text) {
                Ok(q) => {
                    let before = w.s.work_done();
                    let a = ask(&q);
                    if w.s.work_done() - before < WORK {
                        found.push((text, a));
                    }
                }
                Err(e) => wrong = Some(e),
            }
        }
        // Shapes need not fit in every combination; in one they must.
        assert!(!found.is_empty(), "{:?}: {wrong:?}", texts.first());
        let mut chosen: Vec<&str> = Vec::new();
        for (decided, most) in [(true, DECIDED), (false, OPEN)] {
            let mut of: Vec<&str> = found.iter().filter(|x| x.1.decided == decided).map(|x| x.0.as_str()).collect();
            of.sort_by_key(|t| hash(t));
            chosen.extend(of.into_iter().take(most));
        }
        let lines = found.iter().filter(|x| chosen.contains(&x.0.as_str()));
        lines.for_each(|(text, a)| out = std::mem::take(&mut out) + text + " : " + &a.text + "\n");
    });
    let mut seen = std::collections::BTreeSet::new();
    out.lines().filter(|l| seen.insert(l.split_once(" : ").map(|x| x.0))).map(|l| format!("{l}\n")).collect()
}

/// The same for networks: each line declares one, under the names declared before.
pub fn networks(of: &str, name: &str, ask: impl Fn(&Store, &[Id], &Network) -> String) {
    let path = folder().join(of).join(format!("{name}.txt"));
    let mut out = String::new();
    let text = std::fs::read_to_string(folder().join(format!("{name}.questions"))).unwrap();
    let (given, lines): (Vec<&str>, Vec<&str>) =
        text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).partition(|l| l.starts_with("given "));
    for line in lines.iter().flat_map(|l| expanded(l, &[])) {
        let s = Store::new();
        let (sheet, _) = parse_worksheet(format!("{}\nnetwork net on {line}\n", given.join("\n")).as_bytes(), Host::Gradus);
        let (doc, said) = elaborate(&s, &sheet);
        let said = || said.first().map_or(String::new(), |d| d.message.clone());
        out += &format!("{line} : {}\n", doc.networks.first().map_or_else(said, |net| ask(&s, &doc.scope.conditions, net)));
    }
    if std::env::var_os("GRADUS_BLESS").is_some() {
        return std::fs::write(&path, out).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}; GRADUS_BLESS=1 writes it", path.display()));
    for (is, was) in out.lines().zip(kept.lines()) {
        assert!(is == was, "another answer than the one kept; if it is right, GRADUS_BLESS=1 writes it:\n was {was}\n  is {is}");
    }
    assert_eq!(out.lines().count(), kept.lines().count(), "{name}: as many answers as are kept");
}

/// A term in the print of the debugger, the numbers of opened names left out; a long one by its beginning and a sum of its signs.
pub fn shown(s: &Store, t: Id) -> String {
    let full = gradus_term::debug::show(s, t);
    let mut out = String::new();
    let mut number = false;
    for c in full.chars() {
        number = c == '#' || number && c.is_ascii_digit();
        if !number || c == '#' {
            out.push(c);
        }
    }
    let count = out.chars().count();
    if count <= 90 {
        return out;
    }
    format!("{}… {count} {:05x}", out.chars().take(60).collect::<String>(), hash(&out))
}
