//! Bytes to text, and text to tokens.
//!
//! The lexer never stops at a bad character: it says so and goes on, so one run reports all of them. It never
//! drops one silently. Comments and spaces are the only things that leave no token.

use num_bigint::BigUint;

use crate::chars;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::limits;
use crate::span::Span;
use crate::token::{Number, Sign, Tok, Token};

/// Checks size and encoding. A byte order mark at the start is allowed (and stays in the text).
///
/// # Errors
/// `SOURCE_TOO_LARGE` or `NOT_UTF8`, with the place.
pub fn decode(bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    if bytes.len() > limits::SOURCE_BYTES {
        let message = format!("the source has {} bytes; at most {} are read", bytes.len(), limits::SOURCE_BYTES);
        return Err(Box::new(Diagnostic::new(Code::SOURCE_TOO_LARGE, Span::empty(0), message)));
    }
    std::str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or_default();
        let d = Diagnostic::new(Code::NOT_UTF8, Span::new(at, at + 1), format!("byte {at} (0x{byte:02x}) is not UTF-8"));
        Box::new(d.help("save the file as UTF-8"))
    })
}

/// The tokens of `source[span]`, and what was wrong with them.
#[must_use]
pub fn lex(source: &str, span: Span) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut lexer = Lexer { text: span.text(source), base: span.start as usize, at: 0, out: Vec::new(), said: Vec::new() };
    lexer.run();
    (lexer.out, lexer.said)
}

struct Lexer<'a> {
    text: &'a str,
    base: usize,
    at: usize,
    out: Vec<Token>,
    said: Vec<Diagnostic>,
}

/// Two-character signs before one-character ones.
const SIGNS: &[(&str, Sign)] = &[
    (".*", Sign::DotTimes),
    ("./", Sign::DotSlash),
    (".^", Sign::DotCaret),
    ("..", Sign::Range),
    ("->", Sign::Arrow),
    ("<=", Sign::LessEqual),
    (">=", Sign::GreaterEqual),
    ("!=", Sign::NotEqual),
    ("(", Sign::Open),
    (")", Sign::Close),
    ("[", Sign::OpenSquare),
    ("]", Sign::CloseSquare),
    ("{", Sign::OpenBrace),
    ("}", Sign::CloseBrace),
    (",", Sign::Comma),
    (";", Sign::Semicolon),
    (":", Sign::Colon),
    ("+", Sign::Plus),
    ("-", Sign::Minus),
    ("−", Sign::Minus),
    ("*", Sign::Times),
    ("·", Sign::Times),
    ("⋅", Sign::Times),
    ("×", Sign::Cross),
    ("/", Sign::Slash),
    ("^", Sign::Caret),
    ("⊙", Sign::DotTimes),
    ("!", Sign::Bang),
    ("=", Sign::Equal),
    ("≠", Sign::NotEqual),
    ("<", Sign::Less),
    ("≤", Sign::LessEqual),
    (">", Sign::Greater),
    ("≥", Sign::GreaterEqual),
    ("→", Sign::Arrow),
    ("…", Sign::Range),
];

/// Signs that are words.
const WORDS: &[(char, &str)] = &[('∈', "in"), ('ℝ', "R"), ('ℕ', "N"), ('ℂ', "C"), ('⊤', "T"), ('∞', "inf"), ('∂', "∂")];

fn name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii() && (chars::greek(c).is_some() || chars::confusable(c).is_some())
}

fn name_part(c: char) -> bool {
    name_start(c) || c.is_ascii_digit() || c == '\'' || c == '′'
}

/// How many digits a text begins with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn span_from(&self, start: usize) -> Span {
        Span::new(self.base + start, self.base + self.at)
    }

    fn push(&mut self, tok: Tok, start: usize, spaced: bool) {
        let span = self.span_from(start);
        self.out.push(Token { tok, span, spaced });
    }

    fn say(&mut self, d: Diagnostic) {
        if self.said.len() < limits::DIAGNOSTICS {
            self.said.push(d);
        }
    }

    fn run(&mut self) {
        let mut spaced = true;
        while let Some(c) = self.peek() {
            let start = self.at;
            let first_of_file = self.base + start == 0;
            if matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{a0}') || (c == '\u{feff}' && first_of_file) {
                self.at += c.len_utf8();
                spaced = true;
                continue;
            }
            if c == '#' {
                self.at += self.rest().find(['\n', '\r']).unwrap_or(self.rest().len());
                spaced = true;
                continue;
            }
            self.token(c, start, spaced);
            spaced = false;
        }
    }

    fn token(&mut self, c: char, start: usize, spaced: bool) {
        if name_start(c) {
            self.name(start, spaced);
        } else if c.is_ascii_digit() || (c == '.' && self.rest().as_bytes().get(1).is_some_and(u8::is_ascii_digit)) {
            self.number(start, spaced);
        } else if c == '"' || c == '\'' && self.single_quoted() {
            self.quoted(start, spaced);
        } else if c == '$' {
            self.latex(start, spaced);
        } else if let Some((_, word)) = WORDS.iter().find(|w| w.0 == c) {
            self.at += c.len_utf8();
            // `∂_1`: by which argument.
            let number = self.rest().strip_prefix('_').filter(|_| c == '∂').map_or("", |r| r.get(..digits(r)).unwrap_or(""));
            self.at += if number.is_empty() { 0 } else { 1 + number.len() };
            let word = if number.is_empty() { (*word).to_owned() } else { format!("{word}_{number}") };
            self.push(Tok::Name(word.into()), start, spaced);
        } else if let Some((text, sign)) = SIGNS.iter().find(|s| self.rest().starts_with(s.0)) {
            self.at += text.len();
            self.push(Tok::Sign(*sign), start, spaced);
        } else if let Some((raised, _)) = chars::script(c) {
            self.script(start, raised);
        } else {
            self.at += c.len_utf8();
            let shown =
                if c.is_control() || c.is_whitespace() { format!("U+{:04X}", c as u32) } else { format!("`{c}` (U+{:04X})", c as u32) };
            let mut d = Diagnostic::new(Code::BAD_CHARACTER, self.span_from(start), format!("the character {shown} means nothing here"));
            if let Some(hint) = chars::hint(c) {
                d = d.help(hint);
            }
            self.say(d);
        }
    }

    /// Small letters and digits above or below the line: said once for all of them.
    fn script(&mut self, start: usize, raised: bool) {
        let mut plain = String::new();
        while let Some((_, c)) = self.peek().and_then(chars::script).filter(|s| s.0 == raised) {
            self.at += self.peek().map_or(0, char::len_utf8);
            plain.push(c);
        }
        let whole = self.text.get(start..self.at).unwrap_or("");
        let (what, fix) = if raised {
            let simple = plain.chars().skip(1).all(|c| c.is_ascii_digit()) && plain != "-" || plain.len() == 1;
            ("exponents are typed with `^`", if simple { format!("write `^{plain}`") } else { format!("write `^({plain})`") })
        } else {
            (
                "indices are typed on the line",
                format!("write `{plain}` as a part of the name, as in `x{plain}`, or `[{plain}]` for an entry, as in `x[{plain}]`"),
            )
        };
        let d = Diagnostic::new(Code::BAD_CHARACTER, self.span_from(start), format!("`{whole}` means nothing here: {what}"));
        self.say(d.help(fix));
    }

    fn name(&mut self, start: usize, spaced: bool) {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| name_part(*c)) {
            let from = self.at;
            self.at += c.len_utf8();
            if c.is_ascii() {
                name.push(c);
            } else if let Some(spelling) = chars::greek(c) {
                name.push_str(spelling);
            } else if let Some(latin) = chars::confusable(c) {
                name.push(latin);
                let message = format!("`{c}` (U+{:04X}) looks like the Latin letter `{latin}` but is another letter", c as u32);
                let d = Diagnostic::new(Code::CONFUSABLE, self.span_from(from), message).help(format!("replace it by `{latin}`"));
                self.say(d);
            } else {
                name.push(if c == '′' { '\'' } else { c });
            }
        }
        if name.len() > limits::NAME_BYTES {
            let message = format!("a name of {} characters; at most {} are allowed", name.len(), limits::NAME_BYTES);
            let d = Diagnostic::new(Code::NAME_TOO_LONG, self.span_from(start), message);
            self.say(d);
            name.truncate(1);
        }
        self.push(Tok::Name(name.into_boxed_str()), start, spaced);
    }

    fn digits(&mut self) -> &'a str {
        let rest = self.rest();
        let n = rest.bytes().take_while(u8::is_ascii_digit).count();
        self.at += n;
        rest.get(..n).unwrap_or("")
    }

    fn number(&mut self, start: usize, spaced: bool) {
        let whole = self.digits();
        let mut fraction = "";
        let mut bad = whole.is_empty();
        let after = self.rest().as_bytes();
        if after.first() == Some(&b'.') && !matches!(after.get(1), Some(b'.' | b'*' | b'/' | b'^')) {
            self.at += 1;
            fraction = self.digits();
            bad |= fraction.is_empty() || self.rest().as_bytes().first() == Some(&b'.') && self.rest().as_bytes().get(1) != Some(&b'.');
        }
        let exponent = self.exponent();
        let radix = whole == "0" && fraction.is_empty() && {
            let mut cs = self.rest().chars();
            matches!(cs.next(), Some('x' | 'X' | 'b' | 'B' | 'o' | 'O')) && cs.next().is_some_and(|c| c.is_ascii_hexdigit())
        };
        if bad || radix {
            let rest = self.rest();
            self.at += rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
            let shown: String = self.text.get(start..self.at).unwrap_or("").chars().take(20).collect();
            let d = Diagnostic::new(Code::BAD_NUMBER, self.span_from(start), format!("`{shown}` is not a number"))
                .help("a decimal has digits on both sides of the point, `0.5`; a product needs a sign or a space, `0 x`");
            self.say(d);
        }
        let span = self.span_from(start);
        let digits = whole.len() + fraction.len();
        let mut mantissa = BigUint::default();
        if digits > limits::DIGITS {
            let message = format!("a number of {digits} digits; at most {} are allowed", limits::DIGITS);
            self.say(Diagnostic::new(Code::INTEGER_TOO_LONG, span, message));
        } else {
            mantissa = BigUint::parse_bytes(format!("{whole}{fraction}").as_bytes(), 10).unwrap_or_default();
        }
        let point = i32::try_from(fraction.len()).unwrap_or(i32::MAX);
        let exponent = exponent.unwrap_or_else(|| {
            let message = format!("a decimal exponent is at most {} in absolute value", limits::EXPONENT);
            self.say(Diagnostic::new(Code::EXPONENT_TOO_LARGE, span, message));
            0
        });
        self.push(Tok::Number(Box::new(Number { mantissa, exponent: exponent.saturating_sub(point) })), start, spaced);
    }

    /// The exponent of `1e-3`, if digits follow the `e`; `None` if it is too large.
    fn exponent(&mut self) -> Option<i32> {
        let rest = self.rest();
        let Some(tail) = rest.strip_prefix(['e', 'E']) else { return Some(0) };
        let (minus, digits) = match tail.strip_prefix('-') {
            Some(d) => (true, d),
            None => (false, tail.strip_prefix('+').unwrap_or(tail)),
        };
        let n = digits.bytes().take_while(u8::is_ascii_digit).count();
        if n == 0 {
            return Some(0);
        }
        self.at += rest.len() - digits.len() + n;
        let value: i32 = digits
            .get(..n)?
            .trim_start_matches('0')
            .parse()
            .or_else(|e: std::num::ParseIntError| if *e.kind() == std::num::IntErrorKind::Empty { Ok(0) } else { Err(e) })
            .ok()?;
        (value.unsigned_abs() <= limits::EXPONENT).then_some(if minus { -value } else { value })
    }

    /// Whether a word in single quotes stands here.
    fn single_quoted(&self) -> bool {
        let word = self.rest().trim_start_matches('\'').trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        self.rest().starts_with('\'') && word.len() + 1 < self.rest().len() && word.starts_with('\'')
    }
    fn quoted(&mut self, start: usize, spaced: bool) {
        let quote = if self.rest().starts_with('"') { '"' } else { '\'' };
        self.at += 1;
        let body = self.rest();
        match body.find([quote, '\n', '\r']) {
            Some(n) if body.get(n..).is_some_and(|b| b.starts_with(quote)) => {
                self.at += n + 1;
                self.push(Tok::Quoted(body.get(..n).unwrap_or("").into()), start, spaced);
            }
            end => self.unclosed(start, end.unwrap_or(body.len()), "quote", "\""),
        }
    }

    fn latex(&mut self, start: usize, spaced: bool) {
        self.at += 1;
        let body = self.rest();
        let mut escaped = false;
        let end = body.find(|c| {
            let here = c == '$' && !escaped;
            escaped = c == '\\' && !escaped;
            here
        });
        if let Some(n) = end {
            self.at += n + 1;
            self.push(Tok::Latex, start, spaced);
        } else {
            self.unclosed(start, body.len(), "dollar", "$");
        }
    }

    fn unclosed(&mut self, start: usize, len: usize, what: &str, sign: &str) {
        self.at += len;
        let span = Span::new(self.base + start, self.base + start + 1);
        let d = Diagnostic::new(Code::UNCLOSED_QUOTE, span, format!("this {what} is not closed on its line"));
        self.say(d.help(format!("add the closing `{sign}`")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let (tokens, said) = lex(text, Span::new(0, text.len()));
        let mut out: Vec<String> = tokens
            .iter()
            .map(|t| match &t.tok {
                Tok::Name(n) => n.to_string(),
                Tok::Number(n) => format!("{}e{}", n.mantissa, n.exponent),
                Tok::Sign(s) => s.text().to_owned(),
                Tok::Quoted(q) => format!("{q:?}"),
                Tok::Latex => "$$".to_owned(),
            })
            .collect();
        out.extend(said.iter().map(|d| d.code.name().to_owned()));
        out.join(" ")
    }

    #[test]
    fn unicode_signs_equal_their_ascii_spelling() {
        assert_eq!(show("σ ∈ ℝ ≤ ≠ → ⊤ ⊙ × · −"), show("sigma in R <= != -> T .* × * -"));
        assert_eq!(show("ω_1′"), "omega_1'");
    }

    #[test]
    fn numbers_are_exact() {
        assert_eq!(show("0.10 1e-3 2x 1..n 1 .* x 3.*x"), "10e-2 1e-3 2e0 x 1e0 .. n 1e0 .* x 3e0 .* x");
        assert_eq!(show("1e999999999"), "1e0 E0107");
        for bad in [".5", "5.", "1.2.3", "0x10"] {
            assert!(show(bad).contains("E0108"), "{bad}: {}", show(bad));
        }
        assert_eq!(show("0 x 0y"), "0e0 x 0e0 y");
    }

    #[test]
    fn bad_characters_are_said_not_dropped() {
        for bad in ["x\u{0}+1", "x\u{200b}", "x\u{202e}+1", "\u{ff58}", "x²", "\u{661}+1", "\u{1d465}", "e\u{301}"] {
            assert!(show(bad).contains("E0102"), "{bad:?}: {}", show(bad));
        }
        assert!(show("\u{430}").contains("E0103"));
        assert_eq!(show("\u{feff}x\u{a0}+ 1"), "x + 1e0");
    }

    #[test]
    fn comments_end_with_the_line_and_quotes_hide_them() {
        assert_eq!(show("a # b\nc \"#\" $#$"), "a c \"#\" $$");
        assert_eq!(show("\"open"), "E0109");
    }
}
