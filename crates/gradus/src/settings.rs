//! What a caller chooses.

pub use gradus_render::Profile;
pub use gradus_term::goal::Detail;

/// The form of a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// LaTeX.
    Latex,
    /// Markdown with LaTeX formulas.
    Markdown,
    /// HTML with MathML.
    Html,
    /// JSON, as [`Report`](crate::Report) says.
    Json,
    /// Text set in two dimensions, for a terminal.
    #[default]
    Text,
}

impl Format {
    /// Every format, with the ending of its files.
    pub const ALL: &'static [(Format, &'static str)] =
        &[(Format::Latex, "tex"), (Format::Markdown, "md"), (Format::Html, "html"), (Format::Json, "json"), (Format::Text, "txt")];
    /// The format of a file of this name, if its ending tells.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Format> {
        let ending = path.rsplit_once('.')?.1.to_ascii_lowercase();
        Format::ALL.iter().find(|(_, e)| *e == ending).map(|(f, _)| *f)
    }
}

/// How a page is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    /// Its form.
    pub format: Format,
    /// What LaTeX formulas must run on.
    pub profile: Profile,
    /// Only the body, to be put into a document of one's own.
    pub fragment: bool,
}

impl Layout {
    /// A whole document in this form.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Layout { format, ..Layout::default() }
    }
    /// Only the body.
    #[must_use]
    pub fn fragment(mut self, yes: bool) -> Self {
        self.fragment = yes;
        self
    }
    /// What LaTeX formulas must run on.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }
}
