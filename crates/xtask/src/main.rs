//! `cargo xtask`: see `xtask::tidy` and its neighbours.

use std::process::ExitCode;
use xtask::{arrows, demo, emitted, figures, generated, root, tidy, tools, Findings};

const HELP: &str = "\
cargo xtask tidy               what style guides ask and compilers do not check; the arrows between crates
cargo xtask generate           write docs/rules.md, docs/diagnostics.md and docs/report.schema.json anew
cargo xtask katex              every formula of every worksheet through KaTeX in strict mode
cargo xtask latex              every document through pdflatex
cargo xtask emitted            both, the worksheets being solved once
cargo xtask figures            goals, lines, merged rewrites and grounds of the worksheets, lines of the crates
cargo xtask demo [WORKSHEET]   solve a worksheet and leave its page in out/
cargo xtask full               the long campaigns: every property test with many more cases, the fuzz
                           of the normal form with 50,000, in release mode";

/// What `cargo xtask demo` solves.
const DEMO: &str = "examples/losses/classification.gradus";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let root = root();
    let done = match words.as_slice() {
        ["tidy"] => listed([tidy::check(&root), arrows::check(&root), arrows::proposing(&root)].concat()),
        ["generate" | "rules"] => generated::write(&root),
        ["katex"] => emitted::solved(&root).and_then(|s| emitted::katex(&root, &s)),
        ["latex"] => emitted::solved(&root).and_then(|s| emitted::latex(&root, &s)),
        ["emitted"] => emitted::solved(&root).and_then(|s| Ok(format!("{}\n{}", emitted::katex(&root, &s)?, emitted::latex(&root, &s)?))),
        ["figures"] => figures::page(&root),
        ["demo"] => demo::run(&root, DEMO),
        ["demo", worksheet] => demo::run(&root, worksheet),
        ["full"] => full(&root),
        _ => Err(HELP.to_owned()),
    };
    match done {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn listed(found: Findings) -> Result<String, String> {
    if found.is_empty() {
        Ok("tidy".to_owned())
    } else {
        Err(found.join("\n"))
    }
}

fn full(root: &std::path::Path) -> Result<String, String> {
    let env = ["PROPTEST_CASES=20000", "GRADUS_FUZZ=50000", "GRADUS_FULL=1", "cargo", "test", "--workspace", "--release"];
    tools::run(root, "env", &env)
}
