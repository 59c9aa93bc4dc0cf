//! The page as text for a terminal: built-up formulas, words wrapped by `pretty`.

use crate::escape;
use crate::layout::{Layout, Op};
use crate::page::{Block, Row, Span};
use crate::plane;
use pretty::RcDoc;

/// Columns of a page.
const WIDTH: usize = 96;
/// How far displays are set in.
const INDENT: &str = "    ";

/// The page.
pub(crate) fn page(blocks: &[Block]) -> String {
    let mut out = Vec::new();
    for b in blocks {
        out.push(match b {
            Block::Heading(label, title) => {
                let parts: Vec<String> = label.iter().chain(title).map(|s| escape::terminal(s)).collect();
                let line = parts.join("  ");
                let rule = "═".repeat(line.chars().count());
                format!("{line}\n{rule}")
            }
            Block::Paragraph(t) => wrapped(t, WIDTH),
            Block::Display { left, rows, reason } => display(left, rows, reason),
            Block::Table(head, rows) => table(head, rows),
        });
    }
    let mut text = out.join("\n\n");
    text.push('\n');
    text
}

fn flat(xs: &[Span]) -> String {
    xs.iter()
        .map(|x| match x {
            Span::Words(w) | Span::Strong(w) => escape::terminal(w),
            Span::Math(_, inline) => plane::flat(inline),
        })
        .collect()
}

/// Words in lines; formulas are not broken.
fn wrapped(xs: &[Span], width: usize) -> String {
    let mut words: Vec<String> = vec![String::new()];
    for x in xs {
        match x {
            Span::Math(_, inline) => {
                if let Some(w) = words.last_mut() {
                    w.push_str(&plane::flat(inline));
                }
            }
            Span::Words(w) | Span::Strong(w) => {
                for (k, part) in escape::terminal(w).split(' ').enumerate() {
                    if k > 0 {
                        words.push(String::new());
                    }
                    if let Some(last) = words.last_mut() {
                        last.push_str(part);
                    }
                }
            }
        }
    }
    let doc: RcDoc<'_> = RcDoc::intersperse(words.into_iter().filter(|w| !w.is_empty()).map(RcDoc::text), RcDoc::softline());
    let mut out = Vec::new();
    match doc.group().render(width, &mut out) {
        Ok(()) => String::from_utf8_lossy(&out).into_owned(),
        Err(_) => flat(xs),
    }
}

fn display(left: &Layout, rows: &[Row], reason: &[Span]) -> String {
    let lead = plane::block(left);
    let own_line = rows.is_empty() || !reason.is_empty() || lead.width() > WIDTH / 2;
    let column = if own_line { 2 } else { lead.width() };
    let right: Vec<plane::Block> = rows.iter().map(|r| plane::block(&Layout::row(vec![Layout::Op(r.sign), r.right.clone()]))).collect();
    let widest = right.iter().map(plane::Block::width).max().unwrap_or(0);
    let mut out = Vec::new();
    if own_line {
        out.push(beside(&lead, &flat(reason), 0, lead.width()));
    }
    let n = rows.len();
    for (k, (r, b)) in rows.iter().zip(&right).enumerate() {
        let mut b = b.clone();
        if let (true, Some(l)) = (k + 1 == n, b.lines.get_mut(b.base)) {
            *l = format!("{}{}", l.trim_end(), plane::print(&Layout::Op(Op::Stop)));
        }
        let b = if k == 0 && !own_line { plane::join(lead.clone(), b) } else { plane::join(plane::space(column), b) };
        out.push(beside(&b, &flat(&r.reason), column, column + widest + 1));
    }
    out.join(if right.iter().any(|b| b.lines.len() > 1) { "\n\n" } else { "\n" })
}

/// A block with a reason at the right, or below where there is no room.
fn beside(b: &plane::Block, reason: &str, column: usize, reach: usize) -> String {
    let room = INDENT.len() + reach + 3 + reason.chars().count() <= WIDTH;
    let mut lines: Vec<String> = b.lines.iter().map(|l| format!("{INDENT}{l}").trim_end().to_owned()).collect();
    if !reason.is_empty() {
        match lines.get_mut(b.base) {
            Some(l) if room => {
                let have = plane::width(l);
                l.push_str(&" ".repeat((INDENT.len() + reach + 3).saturating_sub(have)));
                l.push_str(reason);
            }
            _ => lines.push(format!("{INDENT}{}({reason})", " ".repeat(column + 3))),
        }
    }
    lines.join("\n")
}

fn table(head: &[Vec<Span>], rows: &[Vec<Vec<Span>>]) -> String {
    let all: Vec<Vec<String>> = std::iter::once(head)
        .chain(rows.iter().map(Vec::as_slice))
        .filter(|r| !r.is_empty())
        .map(|r| r.iter().map(|c| flat(c)).collect())
        .collect();
    let columns = all.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..columns).map(|c| all.iter().filter_map(|r| r.get(c)).map(|x| plane::width(x)).max().unwrap_or(0)).collect();
    let line = |r: &Vec<String>| {
        let cells: Vec<String> =
            r.iter().zip(&widths).map(|(x, w)| format!("{x}{}", " ".repeat(w.saturating_sub(plane::width(x))))).collect();
        format!("{INDENT}{}", cells.join("  ")).trim_end().to_owned()
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}
