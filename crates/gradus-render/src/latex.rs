//! Layout to LaTeX, with a closed list of commands that amsmath, KaTeX (strict) and MathJax share.

use crate::escape;
use crate::layout::{Accent, BigSign, Face, Fence, Layout, Letters, Op};
use crate::names::greek_command;
use gradus_term::RelOp;

/// Every command that is ever emitted in a formula (forms given by `as` apart).
pub const COMMANDS: &[&str] = &[
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "varepsilon",
    "zeta",
    "eta",
    "theta",
    "vartheta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "pi",
    "rho",
    "varrho",
    "sigma",
    "varsigma",
    "tau",
    "upsilon",
    "phi",
    "varphi",
    "chi",
    "psi",
    "omega",
    "Gamma",
    "Delta",
    "Theta",
    "Lambda",
    "Xi",
    "Pi",
    "Sigma",
    "Upsilon",
    "Phi",
    "Psi",
    "Omega",
    "sin",
    "cos",
    "tan",
    "sec",
    "csc",
    "cot",
    "sinh",
    "cosh",
    "tanh",
    "coth",
    "arcsin",
    "arccos",
    "arctan",
    "exp",
    "log",
    "ln",
    "det",
    "max",
    "min",
    "lim",
    "sum",
    "prod",
    "frac",
    "dfrac",
    "sqrt",
    "binom",
    "mathbf",
    "boldsymbol",
    "mathrm",
    "operatorname",
    "text",
    "boxed",
    "left",
    "right",
    "lvert",
    "rvert",
    "lVert",
    "rVert",
    "lfloor",
    "rfloor",
    "cdot",
    "odot",
    "oslash",
    "otimes",
    "mathbin",
    "tilde",
    "hat",
    "bar",
    "dot",
    "vec",
    "partial",
    "nabla",
    "top",
    "prime",
    "infty",
    "ne",
    "le",
    "ge",
    "in",
    "to",
    "iff",
    "quad",
    "substack",
    "begin",
    "end",
    ",",
    "!",
    "\\",
    "ldots",
    "tag",
    "%",
    "#",
    "&",
    "_",
    "{",
    "}",
    "$",
    "textbackslash",
    "textasciitilde",
    "textasciicircum",
];

/// Functions with a command of their own.
const OPERATORS: &[&str] = &[
    "sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "coth", "arcsin", "arccos", "arctan", "exp", "log", "ln", "det",
    "max", "min",
];

/// The layout as LaTeX, without dollars.
pub fn print(l: &Layout) -> String {
    let mut p = Printer::default();
    p.layout(l);
    p.out
}

/// For a formula in a line of text: outer fractions in display size.
pub fn print_inline(l: &Layout) -> String {
    let mut p = Printer { display: true, ..Printer::default() };
    p.layout(l);
    p.out
}

#[derive(Default)]
struct Printer {
    out: String,
    display: bool,
}

impl Printer {
    /// Appends, keeping a command and a letter after it apart.
    fn put(&mut self, s: &str) {
        if s.starts_with(|c: char| c.is_ascii_alphabetic()) && ends_in_command(&self.out) {
            self.out.push(' ');
        }
        self.out.push_str(s);
    }
    /// In braces, at script size.
    fn group(&mut self, l: &Layout) {
        self.out.push('{');
        self.small(l);
        self.out.push('}');
    }
    fn small(&mut self, l: &Layout) {
        let was = std::mem::replace(&mut self.display, false);
        self.layout(l);
        self.display = was;
    }
    /// A script: without braces where it is one character.
    fn script(&mut self, mark: char, l: &Layout) {
        if let (Layout::Op(Op::Prime), '^') = (l, mark) {
            self.out.push('\'');
            return;
        }
        if let (Layout::Row(xs), '^') = (l, mark) {
            if xs.iter().all(|x| *x == Layout::Op(Op::Prime)) {
                self.out.extend(std::iter::repeat_n('\'', xs.len()));
                return;
            }
        }
        let mut inner = Printer::default();
        inner.layout(l);
        self.out.push(mark);
        let one_char = inner.out.chars().count() == 1;
        let one_command = inner.out.strip_prefix('\\').is_some_and(|w| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphabetic()));
        if one_char || one_command {
            self.out.push_str(&inner.out);
        } else {
            self.out.push('{');
            self.out.push_str(&inner.out);
            self.out.push('}');
        }
    }

    fn layout(&mut self, l: &Layout) {
        match l {
            Layout::Number(s) => self.out.push_str(s),
            Layout::Name(l) => self.letters(l),
            Layout::Op(o) => self.op(*o),
            Layout::Words(s) => {
                self.out.push_str("\\text{");
                self.out.push_str(&escape::latex(s));
                self.out.push('}');
            }
            Layout::Row(xs) => self.row(xs),
            Layout::Frac(a, b) => {
                self.out.push_str(if self.display { "\\dfrac" } else { "\\frac" });
                self.group(a);
                self.group(b);
            }
            Layout::Script { base, sub, sup } => self.scripts(base, sub.as_deref(), sup.as_deref()),
            Layout::Big { sign, sub, sup, body } => self.big(*sign, sub, sup.as_deref(), body),
            Layout::Fence(f, x) => self.fence(*f, x),
            Layout::Sqrt(x) => {
                self.out.push_str("\\sqrt");
                self.group(x);
            }
            Layout::Binom(a, b) => {
                self.out.push_str("\\binom");
                self.group(a);
                self.group(b);
            }
            Layout::Grid(rows) => self.grid(rows),
            Layout::Cases(bs) => self.cases(bs),
            Layout::At(x, c) => {
                self.out.push_str("\\left.");
                self.layout(x);
                self.out.push_str("\\right|");
                self.script('_', c);
            }
            Layout::Boxed(x) => {
                self.out.push_str("\\boxed{");
                self.layout(x);
                self.out.push('}');
            }
            Layout::Accent(a, x) => {
                self.out.push_str(match a {
                    Accent::Tilde => "\\tilde",
                    Accent::Hat => "\\hat",
                    Accent::Bar => "\\bar",
                    Accent::Dot => "\\dot",
                    Accent::Vec => "\\vec",
                });
                self.group(x);
            }
            Layout::Form(s, _) => self.put(s),
        }
    }

    /// Around a function's command, a big sign and tall brackets TeX sets the thin space itself.
    fn row(&mut self, xs: &[Layout]) {
        for (k, x) in xs.iter().enumerate() {
            let before = k.checked_sub(1).and_then(|b| xs.get(b));
            if *x != Layout::Op(Op::Thin) {
                self.layout(x);
            } else if before.is_some_and(is_operator) {
                if !self.out.ends_with('}') {
                    self.out.push(' ');
                }
            } else if !before.is_some_and(is_tall_fence) && !xs.get(k + 1).is_some_and(begins_with_operator) {
                self.layout(x);
            }
        }
    }

    fn letters(&mut self, l: &Letters) {
        let mut chars = l.text.chars();
        let command = match (chars.next(), chars.next()) {
            (Some(c), None) => greek_command(c).map(|w| format!("\\{w}")),
            _ => None,
        };
        let is_greek = command.is_some();
        let text = command.unwrap_or_else(|| escape::latex_letters(&l.text));
        match l.face {
            Face::Italic | Face::Plain => self.put(&text),
            Face::Bold if is_greek => self.put(&format!("\\boldsymbol{{{text}}}")),
            Face::Bold => self.put(&format!("\\mathbf{{{text}}}")),
            Face::Upright => self.put(&format!("\\mathrm{{{text}}}")),
            Face::Operator if OPERATORS.contains(&l.text.as_str()) => self.put(&format!("\\{text}")),
            Face::Operator => self.put(&format!("\\operatorname{{{text}}}")),
        }
    }

    fn scripts(&mut self, base: &Layout, sub: Option<&Layout>, sup: Option<&Layout>) {
        // A base that carries such a script already is kept apart by braces.
        let carries = match base {
            Layout::Script { sub: s, sup: p, .. } => (s.is_some() && sub.is_some()) || (p.is_some() && sup.is_some()),
            Layout::Form(f, _) => (f.contains('_') && sub.is_some() || f.contains('^') && sup.is_some()) && !f.starts_with('{'),
            Layout::Row(xs) => matches!(xs.last(), Some(Layout::Script { .. })),
            Layout::Frac(..) | Layout::Big { .. } => true,
            _ => false,
        };
        if carries {
            self.out.push('{');
            self.layout(base);
            self.out.push('}');
        } else {
            self.layout(base);
        }
        if let Some(s) = sub {
            self.script('_', s);
        }
        if let Some(p) = sup {
            self.script('^', p);
        }
    }

    fn big(&mut self, sign: BigSign, sub: &[Layout], sup: Option<&Layout>, body: &Layout) {
        self.put(match sign {
            BigSign::Sum => "\\sum",
            BigSign::Prod => "\\prod",
            BigSign::Max => "\\max",
            BigSign::Min => "\\min",
            BigSign::Lim => "\\lim",
        });
        match sub {
            [] => {}
            [x] => self.script('_', x),
            xs => {
                self.out.push_str("_{\\substack{");
                for (k, x) in xs.iter().enumerate() {
                    if k > 0 {
                        self.out.push_str("\\\\");
                    }
                    self.small(x);
                }
                self.out.push_str("}}");
            }
        }
        if let Some(x) = sup {
            self.script('^', x);
        }
        self.out.push(' ');
        self.layout(body);
    }

    fn fence(&mut self, f: Fence, x: &Layout) {
        let tall = x.height();
        let (open, close) = match (f, tall) {
            (Fence::Round, 0) | (Fence::Call, 0 | 1) => ("(", ")"),
            (Fence::Round, _) => ("\\left(", "\\right)"),
            (Fence::Call, _) => ("\\!\\left(", "\\right)"),
            (Fence::Square, 0 | 1) => ("[", "]"),
            (Fence::Square, _) => ("\\left[", "\\right]"),
            (Fence::Bars, 0 | 1) => ("\\lvert", "\\rvert"),
            (Fence::Bars, _) => ("\\left\\lvert", "\\right\\rvert"),
            (Fence::DoubleBars, 0 | 1) => ("\\lVert", "\\rVert"),
            (Fence::DoubleBars, _) => ("\\left\\lVert", "\\right\\rVert"),
            (Fence::Floor, 0 | 1) => ("\\lfloor", "\\rfloor"),
            (Fence::Floor, _) => ("\\left\\lfloor", "\\right\\rfloor"),
        };
        self.out.push_str(open);
        self.layout(x);
        self.out.push_str(close);
    }

    fn grid(&mut self, rows: &[Vec<Layout>]) {
        self.out.push_str("\\begin{pmatrix}");
        for (k, r) in rows.iter().enumerate() {
            if k > 0 {
                self.out.push_str("\\\\ ");
            }
            for (j, x) in r.iter().enumerate() {
                if j > 0 {
                    self.out.push_str(" & ");
                }
                self.small(x);
            }
        }
        self.out.push_str("\\end{pmatrix}");
    }

    fn cases(&mut self, bs: &[(Layout, Option<Layout>)]) {
        self.out.push_str("\\begin{cases}");
        for (k, (v, c)) in bs.iter().enumerate() {
            if k > 0 {
                self.out.push_str("\\\\ ");
            }
            self.small(v);
            match c {
                Some(c) => {
                    self.out.push_str(" & \\text{if }");
                    self.small(c);
                }
                None => self.out.push_str(" & \\text{otherwise}"),
            }
        }
        self.out.push_str("\\end{cases}");
    }

    fn op(&mut self, o: Op) {
        self.put(match o {
            Op::Plus => "+",
            Op::Minus | Op::Neg => "-",
            Op::Dot => "\\cdot",
            Op::Star => "*",
            Op::Thin => "\\,",
            Op::Space => " ",
            Op::Slash => "/",
            Op::Hadamard => "\\odot",
            Op::EntryDiv => "\\oslash",
            Op::EntryPow => "^",
            Op::Kron => "\\otimes",
            Op::Convolve => "*",
            Op::Correlate => "\\mathbin{\\tilde{*}}",
            Op::Comma => ",",
            Op::Semicolon => ";",
            Op::Colon => ":",
            Op::Rel(r) => match r {
                RelOp::Eq => "=",
                RelOp::Ne => "\\ne",
                RelOp::Lt => "<",
                RelOp::Le => "\\le",
                RelOp::Gt => ">",
                RelOp::Ge => "\\ge",
            },
            Op::And => "\\text{ and }",
            Op::Or => "\\text{ or }",
            Op::Not => "\\text{not }",
            Op::To => "\\to",
            Op::Partial => "\\partial",
            Op::D => "d",
            Op::Nabla => "\\nabla",
            Op::Bang => "!",
            Op::Top => "\\top",
            Op::Prime => "\\prime",
            Op::Infinity => "\\infty",
            Op::In => "\\in",
            Op::Iff => "\\iff",
            Op::Implies => "\\implies",
            Op::Caret => "^",
            Op::Full => "\\mathrm{full}",
            Op::Valid => "\\mathrm{valid}",
            Op::Same => "\\mathrm{same}",
            Op::Plusminus(plus) => {
                if plus {
                    "+"
                } else {
                    "-"
                }
            }
            Op::Quad => "\\quad",
            Op::Stop => ".",
            Op::Dots => "\\ldots",
        });
    }
}

fn is_operator(l: &Layout) -> bool {
    match l {
        Layout::Name(l) => l.face == Face::Operator,
        Layout::Script { base, .. } => is_operator(base),
        _ => false,
    }
}

fn is_tall_fence(l: &Layout) -> bool {
    matches!(l, Layout::Fence(Fence::Round, x) if x.height() > 0)
}

fn begins_with_operator(l: &Layout) -> bool {
    match l {
        Layout::Row(xs) => xs.first().is_some_and(begins_with_operator),
        Layout::Big { .. } => true,
        _ => is_operator(l),
    }
}

fn ends_in_command(s: &str) -> bool {
    let word = s.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    word.len() < s.len() && word.ends_with('\\')
}
