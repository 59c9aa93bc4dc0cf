//! Where the statements of a file stand, and what lies between them.
//!
//! The blocks are in order; prose and statement blocks with their fences cover the file. Headings are empty
//! spans: their text stays in the prose.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::Host;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// A piece of a host file.
pub enum Block {
    /// Text that is copied.
    Prose(Span),
    /// A heading begins here.
    Heading(Span, String),
    /// Statements.
    Statements(Span),
}

/// The pieces of a file.
pub fn blocks(source: &str, host: Host, said: &mut Vec<Diagnostic>) -> Vec<Block> {
    let marks = match host {
        Host::Gradus => return vec![Block::Statements(Span::new(0, source.len()))],
        Host::Markdown => markdown(source),
        Host::Latex => latex(source, said),
    };
    let mut out = Vec::new();
    let mut at = 0;
    let prose = |out: &mut Vec<Block>, from: usize, to: usize| {
        if from < to {
            out.push(Block::Prose(Span::new(from, to)));
        }
    };
    for mark in marks {
        match mark {
            Mark::Heading(start, text) => {
                prose(&mut out, at, start);
                at = start.max(at);
                out.push(Block::Heading(Span::empty(start), text));
            }
            Mark::Statements { whole, inner } => {
                prose(&mut out, at, whole.start);
                out.push(Block::Statements(inner));
                at = whole.end;
            }
        }
    }
    prose(&mut out, at, source.len());
    out
}

enum Mark {
    Heading(usize, String),
    Statements { whole: std::ops::Range<usize>, inner: Span },
}

fn markdown(source: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut heading: Option<(usize, String)> = None;
    let mut fence: Option<(std::ops::Range<usize>, Option<Span>)> = None;
    for (event, range) in Parser::new_ext(source, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some((range.start, String::new())),
            Event::End(TagEnd::Heading(_)) => marks.extend(heading.take().map(|(at, t)| Mark::Heading(at, t))),
            Event::Text(t) | Event::Code(t) if heading.is_some() => {
                if let Some((_, text)) = &mut heading {
                    text.push_str(&t);
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if info.split([' ', ',']).next() == Some("gradus") => {
                fence = Some((range, None));
            }
            Event::Text(_) => {
                if let Some((_, inner)) = &mut fence {
                    let span = Span::new(range.start, range.end);
                    *inner = Some(inner.map_or(span, |s| s.to(span)));
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((whole, inner)) = fence.take() {
                    let inner = inner.unwrap_or_else(|| Span::empty(whole.end));
                    marks.push(Mark::Statements { whole, inner });
                }
            }
            _ => {}
        }
    }
    marks
}

const HEADINGS: &[&str] = &["\\part", "\\chapter", "\\section", "\\subsection", "\\subsubsection", "\\paragraph"];

fn latex(source: &str, said: &mut Vec<Diagnostic>) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let text = line.trim();
        match open {
            None if text == "\\begin{gradus}" => open = Some((start, at)),
            None => {
                let command = HEADINGS.iter().find_map(|h| {
                    let rest = text.strip_prefix(h)?;
                    rest.trim_start_matches('*').strip_prefix('{')
                });
                if let Some(rest) = command {
                    let title = rest.rsplit_once('}').map_or(rest, |r| r.0);
                    marks.push(Mark::Heading(start, title.to_owned()));
                }
            }
            Some((whole, inner)) if text == "\\end{gradus}" => {
                marks.push(Mark::Statements { whole: whole..at, inner: Span::new(inner, start) });
                open = None;
            }
            Some(_) => {}
        }
    }
    if let Some((whole, inner)) = open {
        let d = Diagnostic::new(Code::UNCLOSED_BLOCK, Span::new(whole, inner), "this block is not closed");
        said.push(d.help("add `\\end{gradus}` on a line of its own"));
        marks.push(Mark::Statements { whole: whole..source.len(), inner: Span::new(inner, source.len()) });
    }
    marks
}
