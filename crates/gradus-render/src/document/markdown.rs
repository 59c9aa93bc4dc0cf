//! The page in Markdown, with LaTeX formulas.

use super::latex::aligned;
use crate::escape;
use crate::latex::print;
use crate::page::{Block, Span};

/// The page.
pub(crate) fn page(blocks: &[Block]) -> String {
    let mut out = Vec::new();
    for b in blocks {
        out.push(match b {
            Block::Heading(label, title) => {
                let parts: Vec<String> = label.iter().chain(title).map(|s| escape::markdown(s)).collect();
                format!("## {}", parts.join(" "))
            }
            Block::Paragraph(p) => spans(p),
            Block::Display { left, rows, reason } => format!("$$\n{}\n$$", aligned(left, rows, reason)),
            Block::Table(head, rows) => table(head, rows),
        });
    }
    let mut text = out.join("\n\n");
    text.push('\n');
    text
}

fn spans(xs: &[Span]) -> String {
    xs.iter()
        .map(|x| match x {
            Span::Words(w) => escape::markdown(w),
            Span::Strong(w) => format!("**{}**", escape::markdown(w)),
            Span::Math(l, _) => format!("${}$", print(l)),
        })
        .collect()
}

fn table(head: &[Vec<Span>], rows: &[Vec<Vec<Span>>]) -> String {
    let line = |r: &[Vec<Span>]| format!("| {} |", r.iter().map(|c| spans(c).replace('|', "\\vert ")).collect::<Vec<_>>().join(" | "));
    let mut out = vec![line(head), format!("|{}", "---|".repeat(head.len().max(1)))];
    out.extend(rows.iter().map(|r| line(r)));
    out.join("\n")
}
