//! What the project runs on itself: tidiness of the sources, the arrows between crates, generated pages, and checks of every
//! formula and document that is emitted. `cargo xtask` lists them.
//!
//! Everything answers with a list of findings; an empty list is a pass. Nothing here is part of what is shipped.

pub mod arrows;
pub mod demo;
pub mod emitted;
pub mod figures;
pub mod generated;
pub mod tidy;
pub mod tools;

use std::path::{Path, PathBuf};

/// What went wrong, in words.
pub type Findings = Vec<String>;

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// A path as it reads from the root.
#[must_use]
pub fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// Files below `dir` whose name ends in one of `endings`, in order; build products and hidden folders are left out.
#[must_use]
pub fn files(dir: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut todo = vec![dir.to_path_buf()];
    while let Some(d) = todo.pop() {
        let Ok(entries) = std::fs::read_dir(&d) else { continue };
        for path in entries.flatten().map(|e| e.path()) {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "node_modules" {
                    todo.push(path);
                }
            } else if endings.iter().any(|e| name.ends_with(e)) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}
