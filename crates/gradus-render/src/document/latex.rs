//! The page in LaTeX: a whole document or its body.

use super::lines::{arrange, spans_width, Arranged, Reasons, PAGE};
use crate::escape;
use crate::latex::{print, print_inline};
use crate::layout::{Layout, Op};
use crate::page::{Block, Row, Span};
use crate::{Options, Profile};

const PREAMBLE: &str = "\\documentclass[11pt]{article}
\\usepackage[a4paper,margin=25mm]{geometry}
\\usepackage{amsmath,amssymb}
\\newcommand{\\why}[1]{&&\\text{\\footnotesize #1}}
\\newcommand{\\whybox}[2]{&&\\parbox[t]{#1}{\\raggedright\\footnotesize #2}}
\\setlength{\\parindent}{0pt}\\setlength{\\parskip}{4pt}
\\allowdisplaybreaks
\\begin{document}
";

/// A whole document around the bodies of solutions.
pub(crate) fn document(body: &str) -> String {
    format!("{PREAMBLE}{body}\\end{{document}}\n")
}

/// The body of a solution.
pub(crate) fn body(blocks: &[Block], o: &Options) -> String {
    let mut out = String::new();
    for (k, b) in blocks.iter().enumerate() {
        // A display belongs to the text around it: no paragraph ends beside one.
        let display_follows = matches!(blocks.get(k + 1), Some(Block::Display { .. }) | None);
        let end = if display_follows { "\n" } else { "\n\n" };
        match b {
            Block::Heading(label, title) => heading(label.as_deref(), title.as_deref(), &mut out),
            Block::Paragraph(p) => {
                // A problem and the beginning of its solution stay on one page.
                let kept = matches!(blocks.get(k + 1), Some(Block::Paragraph(next)) if matches!(next.first(), Some(Span::Strong(_))));
                out.push_str(&format!("{}{}{end}", spans(p), if kept { "\\nopagebreak" } else { "" }));
            }
            Block::Display { left, rows, reason } => display(left, rows, reason, o, &mut out),
            Block::Table(head, rows) => table(head, rows, &mut out),
        }
    }
    out
}

fn heading(label: Option<&str>, title: Option<&str>, out: &mut String) {
    let parts: Vec<String> = label.iter().chain(&title).map(|s| escape::latex(s)).collect();
    out.push_str(&format!("\\subsection*{{{}}}\n", parts.join("\\quad ")));
}

/// A sentence with formulas.
pub(crate) fn spans(xs: &[Span]) -> String {
    xs.iter()
        .map(|x| match x {
            Span::Words(w) => escape::latex(w),
            Span::Strong(w) => format!("\\textbf{{{}}}", escape::latex(w)),
            Span::Math(l, _) => format!("${}$", print_inline(l)),
        })
        .collect()
}

/// A reason: its formulas on one line.
fn reason_text(xs: &[Span]) -> String {
    xs.iter()
        .map(|x| match x {
            Span::Math(_, inline) => format!("${}$", print(inline)),
            other => spans(std::slice::from_ref(other)),
        })
        .collect()
}

fn display(left: &Layout, rows: &[Row], reason: &[Span], o: &Options, out: &mut String) {
    if o.profile == Profile::Katex {
        out.push_str(&format!("\\[\n{}\n\\]\n", aligned(left, rows, reason)));
        return;
    }
    if let Some(tagged) = single(left, rows, reason) {
        out.push_str(&tagged);
        return;
    }
    let a = arrange(left, rows, PAGE);
    // A piece that no break makes narrow enough is set smaller, with the whole display.
    let widest = a.rows.iter().flat_map(|r| r.1.iter()).map(crate::layout::Layout::width).max().unwrap_or(0);
    let size = match widest.saturating_mul(100) / a.room.max(1) {
        0..=100 => "",
        101..=112 => "\\small",
        113..=124 => "\\footnotesize",
        125..=139 => "\\scriptsize",
        _ => "\\tiny",
    };
    if !size.is_empty() {
        out.push_str(&format!("{{{size}\n"));
    }
    out.push_str("\\begin{align*}\n");
    let mut lines = Vec::new();
    let mut open = print(left);
    if a.left_alone || rows.is_empty() || !reason.is_empty() {
        open = String::new();
        left_lines(&a, &why(reason, Reasons::Beside, o), rows.is_empty(), &mut lines);
    }
    let n = a.rows.len();
    for (k, row) in a.rows.iter().enumerate() {
        row_lines(row, &a, std::mem::take(&mut open), k + 1 == n, o, &mut lines);
    }
    out.push_str(&lines.join("\\\\\n"));
    out.push_str("\n\\end{align*}\n");
    if !size.is_empty() {
        out.push_str("}\n");
    }
}

/// The left side on lines of its own.
fn left_lines(a: &Arranged, why: &str, alone: bool, lines: &mut Vec<String>) {
    let n = a.left.len();
    for (k, piece) in a.left.iter().enumerate() {
        let (indent, end) = (if k > 0 { "\\quad {}" } else { "" }, k + 1 == n);
        lines.push(format!("&{indent}{}{}{}", print(piece), if end && alone { "." } else { "" }, if end { why } else { "" }));
    }
}

/// One line of a chain, broken where it must be.
fn row_lines(row: &(Op, Vec<Layout>, Vec<Span>), a: &Arranged, open: String, last: bool, o: &Options, lines: &mut Vec<String>) {
    let (sign, pieces, reason) = row;
    for (j, piece) in pieces.iter().enumerate() {
        let end = j + 1 == pieces.len();
        let stop = if end && last { "." } else { "" };
        let right = print(piece);
        let mut line = match j {
            0 => format!("{open}\n &{}{}", if a.left_alone { "\\quad " } else { "" }, signed(*sign, &right)),
            _ => format!(" &\\quad {{}}{right}"),
        };
        line.push_str(stop);
        if end && a.reasons != Reasons::Below {
            line.push_str(&why(reason, a.reasons, o));
        }
        lines.push(line.trim_start_matches('\n').to_owned());
    }
    if a.reasons == Reasons::Below && !reason.is_empty() {
        let text = reason_text(reason);
        let room = a.room.saturating_sub(200);
        lines.push(if spans_width(reason) > room {
            format!(" &\\qquad\\parbox[t]{{{}.{:02}em}}{{\\raggedright\\footnotesize({text})}}", room / 100, room % 100)
        } else {
            format!(" &\\qquad\\text{{\\footnotesize({text})}}")
        });
    }
}

/// A sign before a formula: after a command, a letter needs a space.
fn signed(sign: Op, right: &str) -> String {
    let sign = print(&Layout::Op(sign));
    let gap = sign.starts_with('\\') && right.starts_with(|c: char| c.is_ascii_alphabetic());
    format!("{sign}{}{right}", if gap { " " } else { "" })
}

fn why(reason: &[Span], place: Reasons, o: &Options) -> String {
    if reason.is_empty() {
        return String::new();
    }
    let text = reason_text(reason);
    match place {
        Reasons::Wrapped(w) if spans_width(reason) > w => {
            let em = format!("{}.{:02}em", w / 100, w % 100);
            if o.fragment {
                format!(" &&\\parbox[t]{{{em}}}{{\\raggedright\\footnotesize {text}}}")
            } else {
                format!(" \\whybox{{{em}}}{{{text}}}")
            }
        }
        _ if o.fragment => format!(" &&\\text{{\\footnotesize {text}}}"),
        _ => format!(" \\why{{{text}}}"),
    }
}

/// One equation, its reason as a tag, where both fit.
fn single(left: &Layout, rows: &[Row], reason: &[Span]) -> Option<String> {
    let (body, why) = match rows {
        [] => (print(left), reason),
        [r] if reason.is_empty() => (format!("{}{}", print(left), signed(r.sign, &print(&r.right))), r.reason.as_slice()),
        _ => return None,
    };
    let width = left.width() + rows.first().map_or(0, |r| r.right.width() + 150);
    let tag = spans_width(why) * 5 / 4 + 100;
    if width / 2 + tag + 100 > PAGE / 2 {
        return None;
    }
    let tag = if why.is_empty() { String::new() } else { format!(" \\tag{{{}}}", reason_text(why)) };
    Some(format!("\\[\n{body}.{tag}\n\\]\n"))
}

/// `\begin{aligned}…\end{aligned}`, for KaTeX, MathJax and Markdown: reasons without inner dollars.
pub(crate) fn aligned(left: &Layout, rows: &[Row], reason: &[Span]) -> String {
    let a = arrange(left, rows, PAGE);
    let mut lines = Vec::new();
    let mut open = print(left);
    if a.left_alone || rows.is_empty() || !reason.is_empty() {
        left_lines(&a, &outside(" && ", reason), rows.is_empty(), &mut lines);
        open = String::new();
    }
    let n = a.rows.len();
    for (k, (sign, pieces, why)) in a.rows.iter().enumerate() {
        for (j, piece) in pieces.iter().enumerate() {
            let end = j + 1 == pieces.len();
            let right = print(piece);
            let mut line =
                if j == 0 { format!("{open} &{}", signed(*sign, &right)).trim_start().to_owned() } else { format!("&\\quad {{}}{right}") };
            open = String::new();
            if end && k + 1 == n {
                line.push('.');
            }
            if end && a.reasons != Reasons::Below {
                line.push_str(&outside(" && ", why));
            }
            lines.push(line);
        }
        if a.reasons == Reasons::Below && !why.is_empty() {
            lines.push(format!("&\\quad {}", outside("", why)));
        }
    }
    format!("\\begin{{aligned}}\n{}\n\\end{{aligned}}", lines.join(" \\\\\n"))
}

/// A reason as a formula: words in `\text`, formulas outside it.
fn outside(before: &str, xs: &[Span]) -> String {
    if xs.is_empty() {
        return String::new();
    }
    let body: String = xs
        .iter()
        .map(|x| match x {
            Span::Words(w) | Span::Strong(w) => format!("\\text{{{}}}", escape::latex_in_math(w)),
            Span::Math(_, inline) => print(inline),
        })
        .collect();
    format!("{before}{body}")
}

fn table(head: &[Vec<Span>], rows: &[Vec<Vec<Span>>], out: &mut String) {
    let columns = head.len().max(rows.iter().map(Vec::len).max().unwrap_or(0));
    let line = |r: &[Vec<Span>]| r.iter().map(|c| spans(c)).collect::<Vec<_>>().join(" & ");
    out.push_str(&format!("\\begin{{center}}\\begin{{tabular}}{{{}}}\n", "l".repeat(columns.max(1))));
    if !head.is_empty() {
        out.push_str(&format!("{}\\\\ \\hline\n", line(head)));
    }
    for r in rows {
        out.push_str(&format!("{}\\\\\n", line(r)));
    }
    out.push_str("\\end{tabular}\\end{center}\n\n");
}
