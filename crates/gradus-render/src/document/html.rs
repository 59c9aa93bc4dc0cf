//! The page in HTML with MathML.

use crate::escape;
use crate::layout::{Layout, Op};
use crate::mathml;
use crate::page::{Block, Row, Span};

const STYLE: &str = "body{max-width:46em;margin:2em auto;padding:0 1em;font-family:serif;line-height:1.5}\
math{font-size:1.05em}mtd.r{text-align:right;padding:.25em 0}mtd.l{text-align:left;padding:.25em 0}mtd.w{text-align:left;padding-left:2em;font-size:.85em}\
table{border-collapse:collapse;margin:1em auto}th,td{padding:.2em .8em;text-align:left}th{border-bottom:1px solid}";

/// A whole page around a body.
pub(crate) fn document(title: &str, body: &str) -> String {
    format!("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n", escape::html(title))
}

/// The body of a solution.
pub(crate) fn body(blocks: &[Block]) -> String {
    let mut out = String::new();
    for b in blocks {
        match b {
            Block::Heading(label, title) => {
                let parts: Vec<String> = label.iter().chain(title).map(|s| escape::html(s)).collect();
                out.push_str(&format!("<h2>{}</h2>\n", parts.join("&emsp;")));
            }
            Block::Paragraph(p) => out.push_str(&format!("<p>{}</p>\n", spans(p))),
            Block::Display { left, rows, reason } => display(left, rows, reason, &mut out),
            Block::Table(head, rows) => table(head, rows, &mut out),
        }
    }
    out
}

fn spans(xs: &[Span]) -> String {
    xs.iter()
        .map(|x| match x {
            Span::Words(w) => escape::html(w),
            Span::Strong(w) => format!("<strong>{}</strong>", escape::html(w)),
            Span::Math(l, _) => mathml::print(l, false),
        })
        .collect()
}

/// A reason inside a formula.
fn reason(xs: &[Span]) -> String {
    xs.iter()
        .map(|x| match x {
            Span::Words(w) | Span::Strong(w) => format!("<mtext>{}</mtext>", escape::html(w).replace(' ', "&#xa0;")),
            Span::Math(_, inline) => mathml::fragment(inline),
        })
        .collect()
}

fn display(left: &Layout, rows: &[Row], why: &[Span], out: &mut String) {
    out.push_str("<math display=\"block\"><mtable displaystyle=\"true\" columnalign=\"right left left\">\n");
    let mut line = |a: String, b: String, w: &[Span]| {
        out.push_str(&format!("<mtr><mtd class=\"r\">{a}</mtd><mtd class=\"l\">{b}</mtd><mtd class=\"w\">{}</mtd></mtr>\n", reason(w)));
    };
    let mut open = mathml::fragment(left);
    if rows.is_empty() || !why.is_empty() {
        line(String::new(), std::mem::take(&mut open), why);
    }
    let n = rows.len();
    for (k, r) in rows.iter().enumerate() {
        let mut right = mathml::fragment(&Layout::Op(r.sign));
        right.push_str(&mathml::fragment(&r.right));
        if k + 1 == n {
            right.push_str(&mathml::fragment(&Layout::Op(Op::Stop)));
        }
        line(std::mem::take(&mut open), right, &r.reason);
    }
    out.push_str("</mtable></math>\n");
}

fn table(head: &[Vec<Span>], rows: &[Vec<Vec<Span>>], out: &mut String) {
    let line =
        |tag: &str, r: &[Vec<Span>]| format!("<tr>{}</tr>\n", r.iter().map(|c| format!("<{tag}>{}</{tag}>", spans(c))).collect::<String>());
    out.push_str("<table>\n");
    if !head.is_empty() {
        out.push_str(&line("th", head));
    }
    rows.iter().for_each(|r| out.push_str(&line("td", r)));
    out.push_str("</table>\n");
}
