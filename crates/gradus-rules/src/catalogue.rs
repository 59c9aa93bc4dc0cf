//! The catalogue of all rules, `docs/rules.md`, written from the rulebook.

use crate::Rulebook;
use std::fmt::Write;

/// The catalogue as Markdown: the same for the same rule files.
pub fn catalogue(book: &Rulebook) -> String {
    let mut out = String::from(
        "# The rulebook\n\nWritten from `crates/gradus-rules/rules/*.rules`; do not edit. How a rule is read and how one is added: \
         [writing-rules.md](writing-rules.md).\n",
    );
    let _ =
        writeln!(out, "\n{} rules in {} families, {} functions.", book.rules().len(), book.family_names().count(), book.functions().len());
    out.push_str("\n## Functions\n");
    for f in book.functions() {
        let _ = writeln!(out, "\n### {}\n\n`{}`\n\n{}", f.name, f.statement, f.says);
        let mut known: Vec<String> = f.domain.iter().map(|d| format!("Defined for `{d}`.")).collect();
        if !f.facts.is_empty() {
            known.push(format!("Known: {}.", f.facts.iter().map(|x| format!("`{x}`")).collect::<Vec<_>>().join(", ")));
        }
        if !f.aliases.is_empty() {
            known.push(format!("Also: {}.", f.aliases.iter().map(|x| format!("`{x}`")).collect::<Vec<_>>().join(", ")));
        }
        if !known.is_empty() {
            let _ = writeln!(out, "\n{}", known.join(" "));
        }
    }
    for family in book.family_names() {
        let _ = writeln!(out, "\n## {family}");
        for r in book.family(family) {
            let Some(n) = book.note(&r.name) else { continue };
            let _ = writeln!(out, "\n### {}\n\n`{}`\n\n{}", r.name, n.statement, r.says);
            for (word, text) in &n.conditions {
                let _ = writeln!(out, "\n- {word} `{text}`");
            }
            let back = n.back.as_ref().map_or(String::new(), |b| format!("; backwards “{b}”"));
            let _ = writeln!(
                out,
                "\nBeside a line: “{}”{back}. Example: {}.",
                r.short,
                n.tries.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", ")
            );
        }
    }
    out
}
