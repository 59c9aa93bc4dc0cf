//! A whole page: prose, headings and solutions in the order of the worksheet.
//!
//! The prose of a host file stays byte for byte in a page of the host's own format; each block of statements gives way to the
//! solutions of its goals. Everything between the pieces (preamble, headings) stands here and in `gradus-render`.

use crate::prose;
use crate::settings::{Format, Layout};
use gradus_kernel::Solution;
use gradus_render::{escape, JsonGoal, Options};
use gradus_syntax::Host;
use gradus_term::Store;

/// A piece of a worksheet as the page needs it.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// Prose of the host, byte for byte.
    Prose(String),
    /// `title …`.
    Title(String),
    /// `section …`.
    Section(String),
    /// `text …`, Markdown.
    Text(String),
    /// The solution of this number.
    Goal(usize),
    /// A statement that could not be read: what was wrong with it.
    Broken(String),
}

/// Everything a page is made from.
pub(crate) struct Sheet {
    /// The arena of the solutions.
    pub store: Store,
    /// What kind of file it was.
    pub host: Host,
    /// The pieces, in order.
    pub pieces: Vec<Piece>,
    /// The answers, in order, each with how its section wants things written.
    pub solutions: Vec<(Solution, Options)>,
}

impl Sheet {
    /// The page, in any format but JSON.
    pub fn print(&self, layout: Layout) -> String {
        let mut body = String::new();
        let mut after_goal = false;
        for piece in &self.pieces {
            let mut text = self.piece(piece, layout);
            // A problem without a heading begins apart from the solution above it.
            if after_goal && layout.format == Format::Latex && self.is_without_heading(piece) {
                text.insert_str(0, "\\bigskip\n");
            }
            after_goal = matches!(piece, Piece::Goal(_));
            // Prose keeps its own blank lines; everything else stands apart from what is above it.
            if !matches!(piece, Piece::Prose(_)) && !body.is_empty() && !text.is_empty() {
                let end = if layout.format == Format::Html { "\n" } else { "\n\n" };
                while !body.ends_with(end) {
                    body.push('\n');
                }
            }
            body.push_str(&text);
        }
        self.finish(body, layout.format, layout.fragment)
    }

    /// The answers with their steps, as data.
    pub fn goals(&self) -> Vec<JsonGoal> {
        let one = |(sol, o): &(Solution, Options)| gradus_render::json_report(&self.store, &[sol], o).goals;
        self.solutions.iter().flat_map(one).collect()
    }

    fn is_without_heading(&self, piece: &Piece) -> bool {
        matches!(piece, Piece::Goal(k) if self.solutions.get(*k).is_some_and(|(sol, _)| sol.label.is_none()))
    }

    /// Whether the host's prose is already a document of this format.
    fn at_home(&self, format: Format) -> bool {
        matches!((self.host, format), (Host::Latex, Format::Latex) | (Host::Markdown, Format::Markdown))
    }

    fn piece(&self, piece: &Piece, layout: Layout) -> String {
        let f = layout.format;
        match piece {
            Piece::Prose(p) if self.at_home(f) => p.clone(),
            Piece::Prose(p) if self.host == Host::Latex => prose::latex_source(p, f),
            Piece::Prose(p) => prose::markdown(p, f),
            Piece::Text(t) => format!("{}\n", prose::markdown(t, f).trim_end_matches('\n')),
            Piece::Title(t) => title(t, f),
            Piece::Section(t) => section(t, f),
            Piece::Broken(t) => paragraph(t, f),
            Piece::Goal(k) => self.solutions.get(*k).map_or_else(String::new, |(sol, o)| self.solution(sol, o, layout)),
        }
    }

    fn solution(&self, sol: &Solution, notation: &Options, layout: Layout) -> String {
        let o = Options { fragment: true, profile: layout.profile, ..notation.clone() };
        let out = match layout.format {
            Format::Latex => gradus_render::latex_solution(&self.store, sol, &o),
            Format::Markdown => gradus_render::markdown_solution(&self.store, sol, &o),
            Format::Html => gradus_render::html_solution(&self.store, sol, &o),
            Format::Text => gradus_render::text_solution(&self.store, sol, &o),
            Format::Json => String::new(),
        };
        format!("{}\n", out.trim_end_matches('\n'))
    }

    fn finish(&self, body: String, format: Format, fragment: bool) -> String {
        let body = if self.at_home(format) { body } else { format!("{}\n", body.trim_end_matches('\n')) };
        if fragment || self.at_home(format) {
            return body;
        }
        match format {
            Format::Latex => gradus_render::latex_document(&body),
            Format::Html => gradus_render::html_document(self.title(), &body),
            _ => body,
        }
    }

    fn title(&self) -> &str {
        let of = |p: &Piece| matches!(p, Piece::Title(_) | Piece::Section(_));
        match self.pieces.iter().find(|p| of(p)) {
            Some(Piece::Title(t) | Piece::Section(t)) => t,
            _ => "Worked solution",
        }
    }
}

fn title(t: &str, format: Format) -> String {
    match format {
        Format::Latex => format!("\\begin{{center}}\\LARGE\\bfseries {}\\end{{center}}\n", escape::latex(t)),
        Format::Markdown => format!("# {}\n", escape::markdown(t)),
        Format::Html => format!("<h1>{}</h1>\n", escape::html(t)),
        _ => underlined(t, '═'),
    }
}

fn section(t: &str, format: Format) -> String {
    match format {
        Format::Latex => format!("\\section*{{\\centering {}}}\n", escape::latex(t)),
        Format::Markdown => format!("# {}\n", escape::markdown(t)),
        Format::Html => format!("<h1>{}</h1>\n", escape::html(t)),
        _ => underlined(t, '─'),
    }
}

fn underlined(t: &str, rule: char) -> String {
    let t = escape::terminal(t);
    format!("{t}\n{}\n", rule.to_string().repeat(t.chars().count()))
}

/// A sentence about what could not be read.
fn paragraph(t: &str, format: Format) -> String {
    match format {
        Format::Latex => format!("\\textbf{{{}}}\n", escape::latex(t)),
        Format::Markdown => format!("**{}**\n", escape::markdown(t)),
        Format::Html => format!("<p><strong>{}</strong></p>\n", escape::html(t)),
        _ => format!("{}\n", escape::terminal(t)),
    }
}
