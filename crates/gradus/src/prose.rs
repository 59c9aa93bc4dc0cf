//! The prose of a worksheet in the format of the page. Markdown is read here; mathematics between dollars is copied.
//!
//! In a format of the host's own, prose is not touched at all (see `page`). Elsewhere nothing it says can become a command:
//! words are escaped, and a formula that uses a command outside a closed list is shown as it was typed.

use crate::settings::Format;
use gradus_render::{escape, LATEX_COMMANDS};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Commands allowed in prose beyond those that Gradus prints itself.
const PROSE_COMMANDS: &[&str] = &[
    "mathbb",
    "mathcal",
    "mathsf",
    "ldots",
    "dots",
    "cdots",
    "times",
    "leq",
    "geq",
    "neq",
    "approx",
    "sim",
    "equiv",
    "int",
    "forall",
    "exists",
    "mid",
    "mapsto",
    "Rightarrow",
    "rightarrow",
    "leftarrow",
    "subset",
    "cup",
    "cap",
    "setminus",
    "pm",
    "mp",
    "circ",
    "ell",
    "langle",
    "rangle",
    "big",
    "Big",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
    "tfrac",
    "qquad",
    "colon",
    "quad",
    ";",
    ":",
    " ",
    "|",
    "vert",
    "Vert",
    "limits",
    "nolimits",
    "star",
    "ast",
    "perp",
    "propto",
    "infty",
    "overline",
    "underline",
    "widehat",
    "widetilde",
    "log",
    "lceil",
    "rceil",
];

/// Markdown as this format; JSON has no prose.
pub(crate) fn markdown(text: &str, format: Format) -> String {
    match format {
        Format::Markdown | Format::Text => text.chars().filter(|c| !c.is_control() || *c == '\n' || *c == '\t').collect(),
        Format::Json => String::new(),
        Format::Latex => Latex::default().page(text),
        Format::Html => html(text),
    }
}

/// Prose of a LaTeX file in another format: as it was typed.
pub(crate) fn latex_source(text: &str, format: Format) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    match format {
        Format::Latex => text.to_owned(),
        Format::Markdown => format!("```latex\n{}\n```\n", text.trim_matches('\n').replace("```", "` ` `")),
        Format::Html => format!("<pre>{}</pre>\n", escape::html(text.trim_matches('\n'))),
        Format::Text => format!("{}\n", escape_lines(text.trim_matches('\n'))),
        Format::Json => String::new(),
    }
}

fn escape_lines(text: &str) -> String {
    text.lines().map(escape::terminal).collect::<Vec<_>>().join("\n")
}

fn options() -> Options {
    Options::ENABLE_MATH | Options::ENABLE_TABLES
}

/// Whether a formula uses known commands only.
fn harmless(math: &str) -> bool {
    let mut rest = math;
    while let Some((_, after)) = rest.split_once('\\') {
        let n = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let n = if n == 0 { after.chars().next().map_or(0, char::len_utf8) } else { n };
        let word = after.get(..n).unwrap_or("");
        if !LATEX_COMMANDS.contains(&word) && !PROSE_COMMANDS.contains(&word) {
            return false;
        }
        rest = after.get(n..).unwrap_or("");
    }
    true
}

fn html(text: &str) -> String {
    let events = Parser::new_ext(text, options()).map(|e| match e {
        Event::InlineMath(m) => Event::InlineHtml(format!("<span class=\"math\">\\({}\\)</span>", escape::html(&m)).into()),
        Event::DisplayMath(m) => Event::InlineHtml(format!("<span class=\"math\">\\[{}\\]</span>", escape::html(&m)).into()),
        Event::Html(h) | Event::InlineHtml(h) => Event::Text(h),
        other => other,
    });
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, events);
    out
}

/// Markdown to LaTeX, as far as notes go.
#[derive(Default)]
struct Latex {
    out: String,
    lists: Vec<&'static str>,
    code: bool,
}

impl Latex {
    fn page(mut self, text: &str) -> String {
        for event in Parser::new_ext(text, options()) {
            self.event(event);
        }
        self.out
    }
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(t) if self.code => self.code_lines(&t),
            Event::Text(t) | Event::Html(t) | Event::InlineHtml(t) => self.out.push_str(&escape::latex(&t)),
            Event::Code(t) => self.out.push_str(&format!("\\texttt{{{}}}", escape::latex(&t))),
            Event::InlineMath(m) if harmless(&m) => self.out.push_str(&format!("${m}$")),
            Event::DisplayMath(m) if harmless(&m) => self.out.push_str(&format!("\\[{}\\]", m.trim())),
            Event::InlineMath(m) | Event::DisplayMath(m) => self.out.push_str(&format!("\\texttt{{{}}}", escape::latex(&m))),
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("\\\\\n"),
            Event::Rule => self.out.push_str("\\medskip\\hrule\\medskip\n"),
            Event::FootnoteReference(t) => self.out.push_str(&escape::latex(&format!("[{t}]"))),
            Event::TaskListMarker(done) => self.out.push_str(if done { "[x] " } else { "[ ] " }),
        }
    }
    fn code_lines(&mut self, text: &str) {
        for line in text.lines() {
            self.out.push_str(&format!("\\texttt{{{}}}\\\\\n", escape::latex(line).replace(' ', "~")));
        }
    }
    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.out.push_str("\\section*{"),
            Tag::Emphasis => self.out.push_str("\\emph{"),
            Tag::Strong => self.out.push_str("\\textbf{"),
            Tag::List(first) => {
                let kind = if first.is_some() { "enumerate" } else { "itemize" };
                self.lists.push(kind);
                self.out.push_str(&format!("\\begin{{{kind}}}\n"));
            }
            Tag::Item => self.out.push_str("\\item "),
            Tag::BlockQuote(_) => self.out.push_str("\\begin{quote}\n"),
            Tag::CodeBlock(_) => {
                self.code = true;
                self.out.push_str("\\begin{quote}\\small\\raggedright\n");
            }
            _ => {}
        }
    }
    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.out.push_str("\n\n"),
            TagEnd::Heading(_) => self.out.push_str("}\n"),
            TagEnd::Emphasis | TagEnd::Strong => self.out.push('}'),
            TagEnd::List(_) => {
                let kind = self.lists.pop().unwrap_or("itemize");
                self.out.push_str(&format!("\\end{{{kind}}}\n\n"));
            }
            TagEnd::Item | TagEnd::TableRow | TagEnd::TableHead => self.out.push('\n'),
            TagEnd::TableCell => self.out.push_str("\\quad "),
            TagEnd::BlockQuote(_) => self.out.push_str("\\end{quote}\n"),
            TagEnd::CodeBlock => {
                self.code = false;
                self.out.push_str("\\end{quote}\n\n");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_escaped_and_formulas_copied() {
        assert_eq!(markdown("50 % of *all* $x_1$.", Format::Latex), "50 \\% of \\emph{all} $x_1$.\n\n");
    }

    #[test]
    fn a_formula_with_a_foreign_command_is_shown_as_typed() {
        assert!(!markdown("$\\input{secret}$", Format::Latex).contains("\\input"));
        assert!(!harmless("\\write18{x}"));
        assert!(harmless("\\frac{1}{2}\\,x_{\\mathbb R}"));
    }

    #[test]
    fn raw_html_is_text() {
        assert!(!markdown("<script>1</script>", Format::Html).contains("<script"));
    }
}
