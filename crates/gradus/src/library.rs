//! The rulebook and the table of diagnostics, to be looked up.

use crate::error::Error;
use crate::stack;
use gradus_rules::Rulebook;
use gradus_syntax::codes;
use gradus_term::Store;

/// A rule of the rulebook, as its file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleEntry {
    /// `family.what`.
    pub name: String,
    /// `left => right` or `left <=> right`.
    pub statement: String,
    /// `needs`, `where` and `when`, each with its word.
    pub conditions: Vec<String>,
    /// The sentence that explains it.
    pub says: String,
    /// Examples.
    pub tries: Vec<String>,
    /// The file it stands in.
    pub file: String,
    /// The line it begins on.
    pub line: usize,
}

impl RuleEntry {
    /// The rule as text, for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("{}\n  {}\n", self.name, self.statement);
        self.conditions.iter().for_each(|c| out.push_str(&format!("  {c}\n")));
        out.push_str(&format!("\n  {}\n", self.says));
        if !self.tries.is_empty() {
            out.push('\n');
            self.tries.iter().for_each(|t| out.push_str(&format!("  for example  {t}\n")));
        }
        out.push_str(&format!("\n  {}\n", self.file));
        out
    }
}

fn book<T: Send>(read: impl FnOnce(&Rulebook) -> T + Send) -> Result<T, Error> {
    stack::run(|| {
        let store = Store::new();
        Ok(read(&Rulebook::load(&store)?))
    })?
}

fn entry(book: &Rulebook, rule: &gradus_kernel::Rule) -> RuleEntry {
    let note = book.note(&rule.name).cloned().unwrap_or_default();
    RuleEntry {
        name: rule.name.clone(),
        statement: note.statement,
        conditions: note.conditions.iter().map(|(w, c)| format!("{w} {c}")).collect(),
        says: rule.says.clone(),
        tries: note.tries,
        file: note.file.to_owned(),
        line: note.line,
    }
}

/// The rules, in the order of the rulebook; those of one family, if it is named.
///
/// # Errors
/// If the rulebook has a fault.
pub fn rules(family: Option<&str>) -> Result<Vec<RuleEntry>, Error> {
    book(|b| {
        let all = family.map_or(b.rules(), |f| b.family(f));
        all.iter().map(|r| entry(b, r)).collect()
    })
}

/// The names of the families of rules, in the order of the rulebook.
///
/// # Errors
/// If the rulebook has a fault.
pub fn families() -> Result<Vec<String>, Error> {
    book(|b| b.family_names().map(str::to_owned).collect())
}

/// The rule of this name.
///
/// # Errors
/// If the rulebook has a fault.
pub fn rule(name: &str) -> Result<Option<RuleEntry>, Error> {
    book(|b| b.get(name).map(|r| entry(b, r)))
}

/// `docs/rules.md`: every rule and function, as Markdown.
///
/// # Errors
/// If the rulebook has a fault.
pub fn rules_page() -> Result<String, Error> {
    book(gradus_rules::catalogue)
}

/// `docs/diagnostics.md`: every code, as Markdown.
#[must_use]
pub fn diagnostics_page() -> String {
    codes::markdown()
}

/// What a diagnostic code means, with an input that gives it.
///
/// ```
/// assert!(gradus::explain("E0401").is_some_and(|t| t.contains("not declared")));
/// assert!(gradus::explain("E9999").is_none());
/// ```
#[must_use]
pub fn explain(code: &str) -> Option<String> {
    let e = codes::lookup(code)?;
    let mut out = format!("{}: {}\n\n{}\n", e.code.name(), e.title, e.explanation);
    if let codes::Example::Text(t) | codes::Example::Tex(t) = e.example {
        out.push_str("\nFor example:\n\n");
        t.lines().for_each(|l| out.push_str(&format!("  {l}\n")));
    }
    Some(out)
}
