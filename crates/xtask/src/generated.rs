//! Pages that are written from data: the rulebook and the table of diagnostics.

use crate::tools;
use std::path::Path;

/// The generated pages with their text.
///
/// # Errors
/// If the rulebook has a fault.
pub fn pages() -> Result<Vec<(&'static str, String)>, String> {
    Ok(vec![
        ("docs/rules.md", gradus::rules_page().map_err(|e| e.to_string())?),
        ("docs/diagnostics.md", gradus::diagnostics_page()),
        ("docs/report.schema.json", gradus::Report::schema() + "\n"),
    ])
}

/// Writes the pages anew.
///
/// # Errors
/// If one cannot be written.
pub fn write(root: &Path) -> Result<String, String> {
    let pages = pages()?;
    for (path, text) in &pages {
        tools::write(&root.join(path), text)?;
    }
    Ok(format!("{} pages written", pages.len()))
}
