//! The command line as data.

use clap::{Parser, Subcommand, ValueEnum};

/// What stands below the help of `gradus`.
pub const AFTER_HELP: &str = "\
Exit codes:
  0  every goal is proved, or conditional on what its `assuming` states
  1  some goal is conditional on more, unknown, refuted or could not be attempted
  2  the call or the input cannot be used";

/// Worked solutions: every line named, justified and proved.
#[derive(Parser, Debug)]
#[command(name = "gradus", version, about, after_help = AFTER_HELP, arg_required_else_help = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Solve worksheets and print the page
    Solve {
        /// Worksheets: `.gradus`, `.md` or `.tex`; `-` is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Find one derivative: gradus derive "dL/da" --given "a in R" --define "L = log(1 + exp(a))"
    Derive {
        /// `dL/da`, `diff(x^2, x)`, `gradient of L wrt w`, …
        #[arg(allow_hyphen_values = true)]
        what: String,
        #[command(flatten)]
        question: Question,
        #[command(flatten)]
        page: Page,
    },
    /// Prove one statement: gradus show "tanh(z) = 2 sigmoid(2 z) - 1"
    Show {
        /// An equation or an inequality
        #[arg(allow_hyphen_values = true)]
        what: String,
        #[command(flatten)]
        question: Question,
        #[command(flatten)]
        page: Page,
    },
    /// List the rules, or those of a family
    Rules {
        /// `diff`, `log`, …
        family: Option<String>,
    },
    /// Explain a rule or a diagnostic code
    Explain {
        /// `diff.product`, `E0401`, …
        name: String,
    },
    /// Check a certificate without the engine that found it
    Verify {
        /// The file; `-` is standard input
        certificate: String,
    },
    /// Print the JSON Schema of `--format json`
    Schema,
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// What a single question needs.
#[derive(clap::Args, Debug)]
pub struct Question {
    /// A given, as in a worksheet: "a in R, a > 0"; names left undeclared are real numbers
    #[arg(long, value_name = "GIVEN")]
    pub given: Vec<String>,
    /// A definition, as in a worksheet: "f(x) = x^2"
    #[arg(long, value_name = "DEFINITION")]
    pub define: Vec<String>,
    /// The result must be equal to this, and is shown in its form
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
    pub expect: Option<String>,
    /// An extra assumption
    #[arg(long, value_name = "CONDITION")]
    pub assuming: Vec<String>,
}

/// How the page is made.
#[derive(clap::Args, Debug)]
pub struct Page {
    /// The form of the page; by default the ending of OUT tells, without one that of a `.md` or `.tex` worksheet, else `text`
    #[arg(long, short, value_enum)]
    pub format: Option<Format>,
    /// How fine the steps are, where a goal does not say
    #[arg(long, short, value_enum, default_value = "textbook")]
    pub detail: Detail,
    /// What LaTeX formulas must run on
    #[arg(long, value_enum, default_value = "amsmath")]
    pub profile: Profile,
    /// Only the body, to be put into a document of your own
    #[arg(long)]
    pub fragment: bool,
    /// Also write a certificate, which `gradus verify` checks
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<String>,
    /// Where the page goes; by default to standard output
    #[arg(long, short, value_name = "OUT")]
    pub output: Option<String>,
}

/// The form of the page.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// A document that compiles with pdflatex
    Latex,
    /// Markdown with formulas between dollars
    Markdown,
    /// A page with MathML
    Html,
    /// Answers and steps as data
    Json,
    /// Text set in two dimensions
    Text,
}

impl From<Format> for gradus::Format {
    fn from(f: Format) -> Self {
        match f {
            Format::Latex => gradus::Format::Latex,
            Format::Markdown => gradus::Format::Markdown,
            Format::Html => gradus::Format::Html,
            Format::Json => gradus::Format::Json,
            Format::Text => gradus::Format::Text,
        }
    }
}

/// How fine the steps are.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Detail {
    /// The outline
    Brief,
    /// As in a good textbook
    Textbook,
    /// Every step
    Detailed,
}

impl From<Detail> for gradus::Detail {
    fn from(d: Detail) -> Self {
        match d {
            Detail::Brief => gradus::Detail::Brief,
            Detail::Textbook => gradus::Detail::Textbook,
            Detail::Detailed => gradus::Detail::Detailed,
        }
    }
}

/// What LaTeX formulas must run on.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Profile {
    /// pdflatex with amsmath
    Amsmath,
    /// KaTeX in strict mode, MathJax, notebooks
    Katex,
}

impl From<Profile> for gradus::Profile {
    fn from(p: Profile) -> Self {
        match p {
            Profile::Amsmath => gradus::Profile::Amsmath,
            Profile::Katex => gradus::Profile::Katex,
        }
    }
}

impl Page {
    /// The layout asked for: by `--format`, else by the ending of OUT, else that of the document the worksheet `name` stands in.
    pub fn layout(&self, name: &str) -> gradus::Layout {
        let told = self.format.map(gradus::Format::from).or_else(|| gradus::Format::of_path(self.output.as_deref()?));
        let host = || gradus::Format::of_path(name).filter(|f| matches!(f, gradus::Format::Latex | gradus::Format::Markdown));
        let format = told.or_else(host).unwrap_or_default();
        gradus::Layout { format, profile: self.profile.into(), fragment: self.fragment }
    }
    /// The session asked for.
    pub fn session(&self) -> gradus::Session {
        gradus::Session::new().detail(self.detail.into()).certificate(self.certificate.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }
}
