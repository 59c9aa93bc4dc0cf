//! The `gradus` command. It reads files, calls the library and writes pages; everything it knows of mathematics is in the library.
//!
//! Pages go to standard output or to a file, everything else to standard error. Exit codes: see [`args::AFTER_HELP`].

mod args;
mod look_up;
mod out;
mod solve;

use args::{Args, Command};
use clap::{CommandFactory, Parser};
use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// Everything asked is settled.
    Settled,
    /// Something is not.
    Open,
    /// The call or the input cannot be used.
    Unusable,
}

/// What makes a run unusable, in words.
pub type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = run(args.command).unwrap_or_else(|message| {
        out::error(&message);
        Outcome::Unusable
    });
    ExitCode::from(match outcome {
        Outcome::Settled => 0,
        Outcome::Open => 1,
        Outcome::Unusable => 2,
    })
}

fn run(command: Command) -> Result<Outcome> {
    match command {
        Command::Solve { files, page } => solve::files(&files, &page),
        Command::Derive { what, question, page } => solve::question("derive", &what, question, &page),
        Command::Show { what, question, page } => solve::question("show", &what, question, &page),
        Command::Rules { family } => look_up::rules(family.as_deref()),
        Command::Explain { name } => look_up::explain(&name),
        Command::Verify { certificate } => look_up::verify(&certificate),
        Command::Schema => out::page(None, &gradus::Report::schema()).map(|()| Outcome::Settled),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "gradus", &mut text);
            out::page(None, &String::from_utf8_lossy(&text)).map(|()| Outcome::Settled)
        }
    }
}
