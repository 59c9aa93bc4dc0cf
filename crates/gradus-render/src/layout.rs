//! The math layout tree: what stands on the page, before any output format.
//!
//! It knows rows, fractions, scripts, brackets and the like, and no terms. Everything that could be decided twice (which
//! brackets, which spaces, which letters) has been decided when it is built; a printer only spells it.
//! Invariant: a tree made for [`Style::Line`] holds only rows, names, numbers, signs, words and brackets.

use gradus_term::RelOp;

/// Where a formula stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// On the page, with built-up fractions.
    Page,
    /// In an exponent or index: fractions on one line.
    Script,
    /// In worksheet syntax, which parses back.
    Line,
}

/// How the letters of a name are set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Face {
    /// One letter, slanted: a scalar.
    Italic,
    /// A tensor.
    Bold,
    /// A word for a scalar: `MSE`.
    Upright,
    /// A word for a function: `flip`, with the spacing of an operator.
    Operator,
    /// As in a worksheet.
    Plain,
}

/// The letters of a name, without scripts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letters {
    /// The letters; a Greek letter is itself (`σ`).
    pub text: String,
    /// How they are set.
    pub face: Face,
}

/// A sign with the spacing that belongs to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Op {
    Plus,
    Minus,
    /// A minus before a term.
    Neg,
    /// A multiplication sign that must be seen.
    Dot,
    /// A multiplication sign in worksheet syntax.
    Star,
    /// A thin space between factors.
    Thin,
    /// The space of juxtaposition in worksheet syntax.
    Space,
    Slash,
    Hadamard,
    EntryDiv,
    EntryPow,
    Kron,
    Convolve,
    Correlate,
    Comma,
    Semicolon,
    Colon,
    Rel(RelOp),
    And,
    Or,
    Not,
    To,
    Partial,
    /// The d of an ordinary derivative.
    D,
    Nabla,
    Bang,
    Top,
    Prime,
    Infinity,
    In,
    Iff,
    /// `⇒`
    Implies,
    /// `^` in worksheet syntax.
    Caret,
    Full,
    Valid,
    Same,
    Plusminus(bool),
    /// A wide space.
    Quad,
    Stop,
    Dots,
}

/// Brackets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Fence {
    Round,
    /// The brackets of a call.
    Call,
    Square,
    Bars,
    DoubleBars,
    Floor,
}

/// Signs with limits above and below.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "their names say it")]
pub enum BigSign {
    Sum,
    Prod,
    Max,
    Min,
    Lim,
}

/// What stands over a letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Accent {
    Tilde,
    Hat,
    Bar,
    Dot,
    Vec,
}

/// A formula as it stands on the page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Layout {
    /// A number in digits.
    Number(String),
    /// The letters of a name.
    Name(Letters),
    /// A sign.
    Op(Op),
    /// Words inside a formula.
    Words(String),
    /// One after the other.
    Row(Vec<Layout>),
    /// A fraction.
    Frac(Box<Layout>, Box<Layout>),
    /// A base with scripts.
    Script {
        /// What carries them.
        base: Box<Layout>,
        /// Below.
        sub: Option<Box<Layout>>,
        /// Above.
        sup: Option<Box<Layout>>,
    },
    /// A big operator with its limits and what it applies to.
    Big {
        /// The sign.
        sign: BigSign,
        /// Lines below it.
        sub: Vec<Layout>,
        /// Above it.
        sup: Option<Box<Layout>>,
        /// What follows.
        body: Box<Layout>,
    },
    /// Something in brackets.
    Fence(Fence, Box<Layout>),
    /// A square root.
    Sqrt(Box<Layout>),
    /// A binomial coefficient.
    Binom(Box<Layout>, Box<Layout>),
    /// A matrix in round brackets.
    Grid(Vec<Vec<Layout>>),
    /// Values with their conditions; none: otherwise.
    Cases(Vec<(Layout, Option<Layout>)>),
    /// Taken at a value.
    At(Box<Layout>, Box<Layout>),
    /// The answer.
    Boxed(Box<Layout>),
    /// A letter with an accent.
    Accent(Accent, Box<Layout>),
    /// A form given by the author: its LaTeX as it is, and what other formats show.
    Form(String, Box<Layout>),
}

impl Layout {
    /// A row, or its only member.
    pub fn row(mut xs: Vec<Layout>) -> Layout {
        match (xs.len(), xs.pop()) {
            (1, Some(x)) => x,
            (_, last) => {
                xs.extend(last);
                Layout::Row(xs)
            }
        }
    }
    /// With a subscript, or an exponent, or both.
    pub fn script(self, sub: Option<Layout>, sup: Option<Layout>) -> Layout {
        Layout::Script { base: Box::new(self), sub: sub.map(Box::new), sup: sup.map(Box::new) }
    }
    /// In brackets.
    pub fn fenced(self, f: Fence) -> Layout {
        Layout::Fence(f, Box::new(self))
    }
    /// A word in worksheet syntax.
    pub fn plain(s: impl Into<String>) -> Layout {
        Layout::Name(Letters { text: s.into(), face: Face::Plain })
    }
    /// A word set as an operator.
    pub fn operator(s: impl Into<String>) -> Layout {
        Layout::Name(Letters { text: s.into(), face: Face::Operator })
    }
    /// How tall it is: 0 a line of letters, 1 with exponents or brackets, 2 with fractions or big signs.
    pub fn height(&self) -> u8 {
        let two = |a: &Layout| a.height();
        match self {
            Layout::Number(_) | Layout::Name(_) | Layout::Op(_) | Layout::Words(_) | Layout::Accent(..) | Layout::Form(..) => 0,
            Layout::Row(xs) => xs.iter().map(two).max().unwrap_or(0),
            Layout::Script { base, sup, .. } => base.height().max(u8::from(sup.is_some())),
            Layout::Fence(_, x) => x.height().max(1),
            Layout::Sqrt(x) => x.height().max(1),
            Layout::Frac(..) | Layout::Big { .. } | Layout::Binom(..) | Layout::Grid(_) | Layout::Cases(_) | Layout::At(..) => 2,
            Layout::Boxed(x) => x.height(),
        }
    }
    /// About how wide it is, in hundredths of an em; for breaking lines.
    pub fn width(&self) -> u32 {
        let scripts = |x: &Layout| x.width().saturating_mul(7) / 10;
        match self {
            Layout::Number(s) => 50 * chars(s),
            Layout::Name(l) => match l.face {
                Face::Operator => 10 + 50 * chars(&l.text),
                // The widest capitals of the bold face are twice as wide as most letters.
                Face::Bold => l.text.chars().map(|c| if matches!(c, 'W' | 'M') { 115 } else { 56 }).sum(),
                _ => 56 * chars(&l.text),
            },
            Layout::Words(s) => 46 * chars(s),
            Layout::Op(o) => o.width(),
            Layout::Row(xs) => xs.iter().fold(0, |n, x| n.saturating_add(x.width())),
            Layout::Frac(a, b) => a.width().max(b.width()).saturating_add(25),
            Layout::Script { base, sub, sup } => {
                let s = [sub, sup].iter().filter_map(|x| x.as_ref().map(|x| scripts(x))).max().unwrap_or(0);
                base.width().saturating_add(s)
            }
            Layout::Big { sign, sub, sup, body } => {
                let own = if matches!(sign, BigSign::Sum | BigSign::Prod) { 145 } else { 190 };
                let limits = sub.iter().chain(sup.as_deref()).map(scripts).max().unwrap_or(0);
                body.width().saturating_add(17).saturating_add(limits.max(own))
            }
            Layout::Fence(_, x) => x.width().saturating_add(if x.height() > 1 { 150 } else { 85 }),
            Layout::Sqrt(x) => x.width().saturating_add(90),
            Layout::Binom(a, b) => a.width().max(b.width()).saturating_add(120),
            Layout::Grid(rows) => {
                let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
                (0..columns).fold(180, |n: u32, c| {
                    n.saturating_add(100).saturating_add(rows.iter().filter_map(|r| r.get(c)).map(Layout::width).max().unwrap_or(0))
                })
            }
            Layout::Cases(bs) => {
                let v = bs.iter().map(|b| b.0.width()).max().unwrap_or(0);
                let c = bs.iter().map(|b| b.1.as_ref().map_or(400, |c| c.width().saturating_add(100))).max().unwrap_or(0);
                v.saturating_add(c).saturating_add(220)
            }
            Layout::At(a, b) => a.width().saturating_add(60).saturating_add(scripts(b)),
            Layout::Boxed(x) => x.width().saturating_add(70),
            Layout::Accent(_, x) | Layout::Form(_, x) => x.width(),
        }
    }
}

impl Op {
    fn width(self) -> u32 {
        match self {
            Op::Plus | Op::Minus | Op::Hadamard | Op::EntryDiv | Op::Kron | Op::Convolve | Op::Correlate => 122,
            Op::Neg => 78,
            Op::Dot => 73,
            Op::Thin => 17,
            Op::Rel(_) | Op::To | Op::In => 133,
            Op::And | Op::Or | Op::Iff | Op::Implies => 260,
            Op::Prime | Op::Stop | Op::Bang | Op::Colon => 28,
            Op::Nabla => 83,
            Op::Infinity | Op::Quad => 100,
            Op::Comma | Op::Semicolon => 45,
            _ => 56,
        }
    }
}

fn chars(s: &str) -> u32 {
    u32::try_from(s.chars().count()).unwrap_or(u32::MAX / 64)
}
