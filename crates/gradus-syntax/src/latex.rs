//! Formulas written in LaTeX, to the same surface tree as plain ones.
//!
//! A closed list of mathematical commands is read and no macro is expanded. Letters stand singly and spaces do
//! not count. What depends on kinds of names is left to elaboration: `x_j` is a [`Kind::Script`], `f(x)` and
//! `\sin x \cos x` are products of what was written ([`Origin::Latex`] marks the names).

mod big;
mod commands;
mod group;
mod lexer;
mod parser;

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::Expr;

#[cfg(doc)]
use crate::surface::{Kind, Origin};

/// Reads `source[span]` (without the dollars) as one LaTeX formula.
///
/// # Errors
/// The first thing that cannot be read, with its place.
pub fn formula(source: &str, span: Span) -> Result<Expr, Box<Diagnostic>> {
    let tokens = lexer::lex(source, span)?;
    parser::Parser::new(source, tokens, span.end).whole()
}

/// Whether `form` may be printed for a name: it must stay inside its formula and use known commands.
///
/// # Errors
/// What is wrong with it, as part of a sentence.
pub fn check_form(form: &str) -> Result<(), String> {
    if let Some(c) = form.chars().find(|c| !c.is_ascii_alphanumeric() && !"\\{}^_()#'+-*/,.:;|! ".contains(*c)) {
        return Err(format!("it holds the character U+{:04X}", c as u32));
    }
    let (mut depth, mut escaped) = (0_usize, false);
    for c in form.chars() {
        match c {
            '{' if !escaped => depth += 1,
            '}' if !escaped => depth = depth.checked_sub(1).ok_or("its braces do not match")?,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    if depth > 0 || escaped {
        return Err("its braces do not match".to_owned());
    }
    if form.contains("^^") {
        return Err("it holds `^^`".to_owned());
    }
    if form.matches('#').count() > 1 {
        return Err("it holds more than one `#`".to_owned());
    }
    if form.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    for piece in form.split('\\').skip(1) {
        let name: String = piece.chars().take_while(char::is_ascii_alphabetic).collect();
        let known = name.is_empty() && piece.starts_with(['{', '}', ',', ';', ':', '!', ' ', '|'])
            || commands::known().any(|k| k == name)
            || matches!(name.as_str(), "ell" | "varepsilon" | "varphi" | "star" | "dagger" | "text");
        if !known {
            return Err(format!("`\\{name}` is not a command for names"));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "latex/tests.rs"]
mod tests;
