//! Words for their target: nothing a document says can become a command of the format it is printed in.

use crate::names::greek_command;

/// Words as LaTeX text.
pub fn latex(s: &str) -> String {
    words(s, "$", "$")
}

/// Words with signs between `open` and `close`.
fn words(s: &str, open: &str, close: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '{' | '}' | '$' | '&' | '#' | '_' | '%' => {
                out.push('\\');
                out.push(c);
            }
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' | '>' => out.push_str(&format!("{open}{c}{close}")),
            '|' => out.push_str(&format!("{open}\\vert{close}")),
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c => special(c, open, close, &mut out),
        }
    }
    out
}

/// Words inside `\text{…}` of a formula that stands between dollars itself: signs leave the `\text` and come back.
pub fn latex_in_math(s: &str) -> String {
    words(s, "}", "\\text{")
}

/// Signs that a plain LaTeX font lacks, as mathematics.
fn special(c: char, open: &str, close: &str, out: &mut String) {
    if let Some(g) = greek_command(c) {
        out.push_str(&format!("{open}\\{g}{close}"));
        return;
    }
    let math = match c {
        '≤' => "\\le",
        '≥' => "\\ge",
        '≠' => "\\ne",
        '→' => "\\to",
        '⇒' => "\\Rightarrow",
        '⇔' => "\\iff",
        '∈' => "\\in",
        '×' => "\\times",
        '·' => "\\cdot",
        '−' => "-",
        '∞' => "\\infty",
        '∂' => "\\partial",
        '∇' => "\\nabla",
        '∑' => "\\sum",
        '∏' => "\\prod",
        '√' => "\\surd",
        '⊤' => "\\top",
        '⊙' => "\\odot",
        'ℝ' => "\\mathbb{R}",
        'ℕ' => "\\mathbb{N}",
        '′' => "'",
        _ => {
            if c.is_ascii() || ('\u{a1}'..='\u{17f}').contains(&c) || "–—‘’“”…".contains(c) {
                out.push(c);
            } else {
                out.push_str(&format!("[U+{:04X}]", c as u32));
            }
            return;
        }
    };
    out.push_str(&format!("{open}{math}{close}"));
}

/// Letters of a name inside a formula.
pub fn latex_letters(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '_' | '#' | '$' | '%' | '&' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_alphanumeric() && c.is_ascii() || c == '\'' => out.push(c),
            c => match greek_command(c) {
                Some(g) => out.push_str(&format!("\\{g} ")),
                None => out.push_str(&format!("\\text{{{}}}", latex(&c.to_string()))),
            },
        }
    }
    out
}

/// Words as HTML or XML text.
pub fn html(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// Words as Markdown text.
pub fn markdown(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut at_start = true;
    for c in s.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '$' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '&' => out.push_str("&amp;"),
            '-' | '+' if at_start => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
        at_start = false;
    }
    out
}

/// Words for a terminal: no control characters.
pub fn terminal(s: &str) -> String {
    s.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
