//! Checks of what Gradus prints: every formula through KaTeX, every document through pdflatex.

use crate::{files, shown, tools, Findings};
use gradus::{Detail, Format, Layout, Profile, Session, Source, Worked};
use pulldown_cmark::{Event, Options, Parser};
use std::path::{Path, PathBuf};

/// Every degree of detail with its word.
const DETAILS: &[(Detail, &str)] = &[(Detail::Brief, "brief"), (Detail::Textbook, "textbook"), (Detail::Detailed, "detailed")];

/// The worksheets that are checked.
#[must_use]
pub fn worksheets(root: &Path) -> Vec<PathBuf> {
    let mut out = files(&root.join("examples"), &[".gradus", ".md", ".tex"]);
    out.extend(files(&root.join("tests/worksheets"), &[".gradus"]));
    out.retain(|p| !p.ends_with("README.md"));
    out
}

/// Worksheets solved, each with a name for its files.
pub type Solved = Vec<(String, Worked)>;

/// Every worksheet solved at every detail.
///
/// # Errors
/// If one cannot be read or worked on.
pub fn solved(root: &Path) -> Result<Solved, String> {
    let each = tools::on_every_core(&worksheets(root), |path| {
        let name = shown(root, path);
        let source = Source::new(name.clone(), tools::read(path)?);
        let one = |(detail, word): &(Detail, &str)| {
            let worked = Session::new().detail(*detail).solve(&source).map_err(|e| format!("{name}: {e}"))?;
            Ok((format!("{}-{word}", name.replace(['/', '.'], "-")), worked))
        };
        DETAILS.iter().map(one).collect::<Result<Vec<_>, String>>()
    })?;
    Ok(each.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// A formula with the page it stands on.
struct Formula {
    page: String,
    display: bool,
    tex: String,
}

/// The formulas of a Markdown page, as a reader of Markdown finds them.
fn formulas(page: &str, text: &str) -> Vec<Formula> {
    let of = |display, tex: &str| Formula { page: page.to_owned(), display, tex: tex.to_owned() };
    Parser::new_ext(text, Options::ENABLE_MATH | Options::ENABLE_TABLES)
        .filter_map(|e| match e {
            Event::InlineMath(m) => Some(of(false, &m)),
            Event::DisplayMath(m) => Some(of(true, &m)),
            _ => None,
        })
        .collect()
}

/// Puts every formula through KaTeX in strict mode.
///
/// # Errors
/// If a tool is missing, or KaTeX rejects a formula.
pub fn katex(root: &Path, solved: &Solved) -> Result<String, String> {
    let mut all = Vec::new();
    for (name, worked) in solved {
        let page = worked.page(Layout::new(Format::Markdown).profile(Profile::Katex)).map_err(|e| e.to_string())?;
        all.extend(formulas(name, &page));
    }
    if all.is_empty() {
        return Err("no formula was found on any page".to_owned());
    }
    let data: Vec<_> = all.iter().map(|f| serde_json::json!({"page": f.page, "display": f.display, "tex": f.tex})).collect();
    let file = root.join("target/emitted/formulas.json");
    tools::write(&file, &serde_json::Value::from(data).to_string())?;
    let dir = root.join("tests/katex");
    if !dir.join("node_modules/katex").exists() {
        tools::run(&dir, "npm", &["ci", "--no-audit", "--no-fund"])?;
    }
    let said = tools::run(&dir, "node", &["check.mjs", &file.to_string_lossy()])?;
    Ok(said.trim_end().to_owned())
}

/// Compiles every document.
///
/// # Errors
/// If a tool is missing, or a document has an error, a line that sticks out, or a sign without a glyph.
pub fn latex(root: &Path, solved: &Solved) -> Result<String, String> {
    let dir = root.join("target/emitted/latex");
    let compiled = tools::on_every_core(solved, |(name, worked)| {
        let page = worked.page(Layout::new(Format::Latex)).map_err(|e| e.to_string())?;
        tools::write(&dir.join(format!("{name}.tex")), &page)?;
        tools::run(&dir, "pdflatex", &["-interaction=nonstopmode", "-halt-on-error", &format!("{name}.tex")])
            .map_err(|e| format!("{name}: {e}"))?;
        let log = std::fs::read(dir.join(format!("{name}.log"))).map_err(|e| format!("{name}.log: {e}"))?;
        Ok(complaints(name, &String::from_utf8_lossy(&log)))
    })?;
    let found: Findings = compiled.into_iter().flat_map(|c: Result<Findings, String>| c.unwrap_or_else(|e| vec![e])).collect();
    if found.is_empty() {
        Ok(format!("{} documents compile, no line sticks out", solved.len()))
    } else {
        Err(found.join("\n"))
    }
}

/// What a reader of the page would see of what TeX complains about.
fn complaints(name: &str, log: &str) -> Findings {
    let bad = |l: &&str| l.starts_with("Overfull \\hbox") || l.starts_with("Missing character");
    log.lines().filter(bad).map(|l| format!("{name}: {l}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_found_as_readers_find_them() {
        let found = formulas("p", "Let $x_1$ cost \\$5.\n\n$$\ny = 2\n$$\n");
        let seen: Vec<_> = found.iter().map(|f| (f.display, f.tex.trim())).collect();
        assert_eq!(seen, [(false, "x_1"), (true, "y = 2")]);
    }

    #[test]
    fn a_line_that_sticks_out_is_found() {
        let log = "Overfull \\hbox (12.0pt too wide) in paragraph\nUnderfull \\vbox\n";
        assert_eq!(complaints("a", log).len(), 1);
    }
}
