//! The main job on a real worksheet: a page to look at.

use crate::tools;
use gradus::{Format, Layout, Session, Source, Status};
use std::path::{Path, PathBuf};

/// Solves a worksheet and leaves its page as PDF and HTML in `out/`.
///
/// # Errors
/// If the worksheet cannot be read, a goal is refuted, or a tool is missing.
pub fn run(root: &Path, worksheet: &str) -> Result<String, String> {
    let path = root.join(worksheet);
    let source = Source::new(worksheet, tools::read(&path)?);
    let worked = Session::new().solve(&source).map_err(|e| e.to_string())?;
    let mut said = String::new();
    worked.messages().iter().for_each(|m| said.push_str(&format!("{}\n", m.render(false))));
    for a in worked.answers() {
        let result = a.result.as_deref().unwrap_or("");
        said.push_str(&format!("{:12} {:12} {result}\n", a.label.as_deref().unwrap_or(a.kind), a.status.word()));
    }
    let stem = path.file_stem().map_or_else(|| "page".to_owned(), |s| s.to_string_lossy().into_owned());
    let out = root.join("out");
    let page = |format, ending: &str| -> Result<PathBuf, String> {
        let file = out.join(format!("{stem}.{ending}"));
        tools::write(&file, &worked.page(Layout::new(format)).map_err(|e| e.to_string())?)?;
        Ok(file)
    };
    page(Format::Html, "html")?;
    page(Format::Latex, "tex")?;
    tools::run(&out, "pdflatex", &["-interaction=nonstopmode", "-halt-on-error", &format!("{stem}.tex")])?;
    if worked.has_errors() || worked.answers().iter().any(|a| a.status == Status::Refuted) {
        return Err(said);
    }
    Ok(format!("{said}\nThe page: out/{stem}.pdf and out/{stem}.html"))
}
