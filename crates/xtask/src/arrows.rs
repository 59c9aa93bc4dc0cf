//! The arrows of the architecture: which crate may depend on which, held against the manifests.

use crate::{shown, Findings};
use std::path::Path;

/// Each crate with the crates of the workspace it may depend on. Arrows point down the list of `docs/architecture.md` only.
pub const ARROWS: &[(&str, &[&str])] = &[
    ("gradus-term", &[]),
    ("gradus-decide", &["gradus-term"]),
    ("gradus-judge", &["gradus-term"]),
    ("gradus-kernel", &["gradus-term", "gradus-decide", "gradus-judge"]),
    ("gradus-syntax", &["gradus-term"]),
    ("gradus-rules", &["gradus-term", "gradus-kernel", "gradus-syntax"]),
    ("gradus-engine", &["gradus-term", "gradus-decide", "gradus-judge", "gradus-kernel", "gradus-rules"]),
    ("gradus-render", &["gradus-term", "gradus-kernel"]),
    (
        "gradus",
        &[
            "gradus-term",
            "gradus-decide",
            "gradus-judge",
            "gradus-kernel",
            "gradus-syntax",
            "gradus-rules",
            "gradus-engine",
            "gradus-render",
        ],
    ),
    ("gradus-cli", &["gradus"]),
    ("xtask", &["gradus"]),
];

/// Reads every manifest; what tests alone depend on is not looked at.
#[must_use]
pub fn check(root: &Path) -> Findings {
    let mut out = Vec::new();
    let Ok(entries) = std::fs::read_dir(root.join("crates")) else { return vec!["no crates".to_owned()] };
    let mut manifests: Vec<_> = entries.flatten().map(|e| e.path().join("Cargo.toml")).filter(|p| p.exists()).collect();
    manifests.sort();
    let mut seen = Vec::new();
    for path in manifests {
        let table = std::fs::read_to_string(&path).ok().and_then(|t| t.parse::<toml::Table>().ok());
        let Some(table) = table else {
            out.push(format!("{}: cannot be read", shown(root, &path)));
            continue;
        };
        let (name, findings) = manifest(&table);
        seen.push(name);
        out.extend(findings);
    }
    out.extend(ARROWS.iter().filter(|(n, _)| !seen.iter().any(|s| s == n)).map(|(n, _)| format!("{n}: no such crate")));
    out
}

/// The crate's name, and its dependencies that no arrow allows.
#[must_use]
pub fn manifest(table: &toml::Table) -> (String, Findings) {
    let name = table.get("package").and_then(|p| p.get("name")).and_then(toml::Value::as_str).unwrap_or("?").to_owned();
    let Some((_, allowed)) = ARROWS.iter().find(|(n, _)| *n == name) else {
        let finding = format!("{name}: not in the list of crates");
        return (name, vec![finding]);
    };
    let wanted = ["dependencies", "build-dependencies"].iter().filter_map(|k| table.get(*k)?.as_table()).flat_map(toml::Table::keys);
    let bad = wanted
        .filter(|d| d.starts_with("gradus") && !allowed.contains(&d.as_str()))
        .map(|d| format!("{name}: may not depend on {d}"))
        .collect();
    (name, bad)
}

/// What of `gradus-decide` only proposes forms, which whoever uses them has checked like any step.
const PROPOSING: [&str; 3] = ["poly", "factor", "shape"];

/// Nothing that decides uses what only proposes, so that a fault there makes no false line: neither the rest of `gradus-decide`
/// nor the kernel.
#[must_use]
pub fn proposing(root: &Path) -> Findings {
    let mut out = Vec::new();
    for path in crate::files(&root.join("crates"), &[".rs"]) {
        let name = shown(root, &path);
        let decides = name.strip_prefix("crates/gradus-decide/src/");
        let own = decides.is_some_and(|f| PROPOSING.iter().any(|m| f.strip_prefix(m).is_some_and(|r| r.starts_with(['.', '/']))));
        if own || decides.is_none() && !name.starts_with("crates/gradus-kernel/src/") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let paths = PROPOSING.iter().map(|m| format!("crate::{m}::"));
        let calls = ["expand", "together", "factor"].iter().map(|f| format!(".{f}("));
        out.extend(paths.chain(calls).filter(|w| text.contains(w)).map(|w| format!("{name}: {w} only proposes")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_point_down() {
        for (k, (name, to)) in ARROWS.iter().enumerate() {
            for t in *to {
                let at = ARROWS.iter().position(|(n, _)| n == t);
                assert!(at.is_some_and(|at| at < k), "{name} -> {t}");
            }
        }
    }

    #[test]
    fn an_arrow_upwards_is_found() {
        let text = "[package]\nname = \"gradus-render\"\n[dependencies]\ngradus-engine = \"*\"\n";
        let found = text.parse::<toml::Table>().map(|t| manifest(&t).1).unwrap_or_default();
        assert_eq!(found, ["gradus-render: may not depend on gradus-engine"]);
    }
}
