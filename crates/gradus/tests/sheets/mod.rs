//! The worksheets of this repository, for the tests that work on all of them.

#![allow(dead_code, reason = "each test uses its part")]

use gradus::{Session, Source, Worked};
use std::path::{Path, PathBuf};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect()
}

/// The worksheets of every topic under `examples/`, whatever their host.
pub fn examples() -> Vec<PathBuf> {
    let hosted = |p: &PathBuf| p.extension().is_some_and(|e| ["gradus", "md", "tex"].iter().any(|host| e == *host));
    let topics = entries(&root().join("examples"));
    let mut out: Vec<PathBuf> = topics.iter().filter(|p| p.is_dir()).flat_map(|p| entries(p)).collect();
    out.retain(|p| hosted(p) && !p.ends_with("README.md"));
    out.sort();
    assert!(out.len() >= 10, "the examples are there: {out:?}");
    out.retain(|p| chosen(p));
    out
}

/// A folder's `.gradus` files under `tests/`.
pub fn of(folder: &str) -> Vec<PathBuf> {
    let mut out = entries(&root().join("tests").join(folder));
    out.retain(|p| p.extension().is_some_and(|e| e == "gradus"));
    out.sort();
    assert!(!out.is_empty(), "{folder} is there");
    out.retain(|p| chosen(p));
    out
}

/// Whether a worksheet is asked for: `GRADUS_SHEET` names a single one.
pub fn chosen(path: &Path) -> bool {
    std::env::var("GRADUS_SHEET").is_ok_and(|s| s == name(path)) || all()
}
/// Whether the tests are of all worksheets, and may count.
pub fn all() -> bool {
    std::env::var_os("GRADUS_SHEET").is_none()
}

/// A worksheet's name: the folder and the file.
pub fn name(path: &Path) -> String {
    let last = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{}/{}", path.parent().map(last).unwrap_or_default(), last(path))
}

pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub fn solve(name: &str, text: String) -> Worked {
    Session::new().solve(&Source::new(name, text)).unwrap_or_else(|e| panic!("{name}: {e}"))
}
