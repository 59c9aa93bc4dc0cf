//! What is decided about random terms, kept in a file, a line for each: so that no answer is lost, and none is given anew, unseen.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "tests may fail loudly")]

use gradus_decide::{Definedness, Equality, Facts, Tri};
use gradus_term::Id;
use std::path::Path;

/// FNV-1a, short.
pub fn hash(text: &str) -> String {
    let h = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{:05x}", h % (1 << 20))
}
/// `=` proved, `~` not, `!` for want of budget.
pub fn equality(e: &Equality) -> char {
    match e {
        Equality::Proved => '=',
        Equality::Unknown(gradus_decide::Why::Budget) => '!',
        _ => '~',
    }
}
pub fn tri(t: Tri) -> char {
    match t {
        Tri::True => 'T',
        Tri::False => 'F',
        Tri::Unknown => '?',
    }
}
/// The signs it may have.
pub fn signs(f: &Facts<'_>, t: Id) -> String {
    let s = f.sign(t);
    let word: String = [(s.neg, '-'), (s.zero, '0'), (s.pos, '+')].iter().filter(|x| x.0).map(|x| x.1).collect();
    if word.len() == 3 {
        "*".into()
    } else {
        word
    }
}
/// Always, never, or what it needs.
pub fn defined(d: &Definedness, show: &dyn Fn(Id) -> String) -> String {
    match d {
        Definedness::Always => "A".into(),
        Definedness::Never => "N".into(),
        Definedness::Unknown { needs } if needs.is_empty() => "U".into(),
        Definedness::Unknown { needs } => {
            let texts: Vec<String> = needs.iter().map(|c| show(*c)).collect();
            format!("n{}", hash(&texts.join(", ")))
        }
    }
}
/// Compares with the file; `GRADUS_BLESS=1` writes it, and each change of it is to be looked at: more may be decided, never less.
pub fn compare(name: &str, lines: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/decided/{name}.txt"));
    if std::env::var_os("GRADUS_BLESS").is_some() {
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    for (k, (was, is)) in kept.lines().zip(lines).enumerate() {
        assert_eq!(is, was, "{name} {k}: another answer than the one kept; if it is right, GRADUS_BLESS=1 writes it");
    }
    assert_eq!(kept.lines().count(), lines.len(), "{name}: as many answers as are kept");
}
