//! The recursive descent over LaTeX tokens: formula, relation, sum, product, scripts.
//!
//! Recursion is bounded by [`Parser::deeper`]. A `|` closes when bars are open and an operand stands before it.

use super::commands::{self, find};
use super::lexer::{self, Tok, Token};
use crate::chars;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::input::too_deep;
use crate::limits;
use crate::span::Span;
use crate::surface::{Expr, Factor, Join, Kind, Origin, Relation, Script, Summand};

/// The result of a parser.
pub type Read<T> = Result<T, Box<Diagnostic>>;

/// A cursor over LaTeX tokens.
pub struct Parser<'a> {
    pub(super) source: &'a str,
    tokens: Vec<Token>,
    pub(super) at: usize,
    end: u32,
    depth: u16,
    /// Bars open at this level, so that `|` closes.
    pub(super) bars: bool,
}

pub(super) fn error<T>(code: Code, span: Span, message: impl Into<String>) -> Read<T> {
    Err(Box::new(Diagnostic::new(code, span, message)))
}

impl<'a> Parser<'a> {
    /// A parser at the start.
    pub fn new(source: &'a str, tokens: Vec<Token>, end: u32) -> Self {
        Parser { source, tokens, at: 0, end, depth: 0, bars: false }
    }

    pub(super) fn peek(&self) -> Option<&Tok> {
        self.tokens.get(self.at).map(|t| &t.tok)
    }

    pub(super) fn peek_at(&self, n: usize) -> Option<&Tok> {
        self.tokens.get(self.at + n).map(|t| &t.tok)
    }

    /// The next token as a sign, commands such as `\leq` included.
    pub(super) fn sign(&self) -> Option<char> {
        self.sign_at(0)
    }

    pub(super) fn sign_at(&self, n: usize) -> Option<char> {
        match self.peek_at(n)? {
            Tok::Sign('−') => Some('-'),
            Tok::Sign('·' | '⋅' | '×') => Some('*'),
            Tok::Sign('÷') => Some('/'),
            Tok::Sign('′') => Some('\''),
            Tok::Sign(c) => Some(*c),
            Tok::Command(n) => match &**n {
                "{" => Some('⦃'),
                "}" => Some('⦄'),
                n => find(commands::SIGNS, n),
            },
            Tok::Text(t) if &**t == "and" => Some('∧'),
            _ => None,
        }
    }

    pub(super) fn command(&self) -> Option<&str> {
        match self.peek() {
            Some(Tok::Command(n)) => Some(n),
            _ => None,
        }
    }

    pub(super) fn here(&self) -> Span {
        self.tokens.get(self.at).map_or(Span { start: self.end, end: self.end }, |t| t.span)
    }

    pub(super) fn bump(&mut self) -> Span {
        let span = self.here();
        self.at += 1;
        span
    }

    pub(super) fn since(&self, start: Span) -> Span {
        let end = self.at.checked_sub(1).and_then(|n| self.tokens.get(n)).map_or(start.end, |t| t.span.end);
        Span { start: start.start, end: end.max(start.start) }
    }

    pub(super) fn found(&self) -> String {
        match self.peek() {
            None => "the end of the formula".to_owned(),
            Some(_) => format!("`{}`", self.here().text(self.source).chars().take(40).collect::<String>()),
        }
    }

    pub(super) fn eat(&mut self, wanted: char) -> bool {
        let here = self.sign() == Some(wanted);
        self.at += usize::from(here);
        here
    }

    pub(super) fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= limits::LATEX_DEPTH {
            return Err(Box::new(too_deep(self.here(), limits::LATEX_DEPTH)));
        }
        self.depth += 1;
        let out = parse(self);
        self.depth -= 1;
        out
    }

    /// A level of its own, where outer bars do not close.
    pub(super) fn level<T>(&mut self, bars: bool, parse: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let outer = std::mem::replace(&mut self.bars, bars);
        let out = self.deeper(parse);
        self.bars = outer;
        out
    }

    /// The whole formula, nothing left over.
    pub fn whole(mut self) -> Read<Expr> {
        let e = self.formula()?;
        match (self.peek(), self.sign()) {
            (None, _) => Ok(e),
            (_, Some(c @ (')' | ']' | '}'))) => error(Code::UNEXPECTED_CLOSE, self.here(), format!("`{c}` closes nothing")),
            _ => {
                self.known_command()?;
                error(Code::UNEXPECTED, self.here(), format!("{} cannot stand here", self.found()))
            }
        }
    }

    /// A formula, conditions included.
    pub fn formula(&mut self) -> Read<Expr> {
        let start = self.here();
        let first = self.relation()?;
        if self.sign() != Some('∧') {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.eat('∧') {
            all.push(self.relation()?);
        }
        Ok(Expr::new(self.since(start), Kind::And(all)))
    }

    pub(super) fn relation_sign(&self) -> Option<Relation> {
        Some(match self.sign()? {
            '=' => Relation::Equal,
            '≠' => Relation::NotEqual,
            '<' => Relation::Less,
            '≤' => Relation::LessEqual,
            '>' => Relation::Greater,
            '≥' => Relation::GreaterEqual,
            _ => return None,
        })
    }

    fn relation(&mut self) -> Read<Expr> {
        let start = self.here();
        let first = self.sum()?;
        if self.relation_sign().is_none() {
            return Ok(first);
        }
        let mut links = Vec::new();
        while let Some(r) = self.relation_sign() {
            self.bump();
            links.push((r, self.sum()?));
        }
        Ok(Expr::new(self.since(start), Kind::Relation(Box::new(first), links)))
    }

    /// A sum of products.
    pub fn sum(&mut self) -> Read<Expr> {
        let start = self.here();
        let lead = matches!(self.sign(), Some('+' | '-')).then(|| self.sign() == Some('-'));
        if lead.is_some() {
            self.bump();
        }
        let first = self.product()?;
        if lead != Some(true) && !matches!(self.sign(), Some('+' | '-')) {
            return Ok(first);
        }
        let mut all = vec![Summand { minus: lead == Some(true), expr: first }];
        while let Some(c @ ('+' | '-')) = self.sign() {
            self.bump();
            all.push(Summand { minus: c == '-', expr: self.product()? });
        }
        Ok(Expr::new(self.since(start), Kind::Sum(all)))
    }

    fn join(&self) -> Option<Join> {
        match self.sign() {
            Some('*') => return Some(Join::Times),
            Some('/') => return Some(Join::Over),
            Some('⊙') => return Some(Join::DotTimes),
            Some('⊘') => return Some(Join::DotOver),
            _ => {}
        }
        self.starts_operand().then_some(Join::Beside)
    }

    pub(super) fn starts_operand(&self) -> bool {
        match self.peek() {
            Some(Tok::Letter(_) | Tok::Digits(_) | Tok::Begin(_)) => true,
            Some(Tok::Sign(_) | Tok::Text(_)) | None => self.sign_opens(),
            Some(Tok::Command(n)) => {
                self.sign_opens()
                    || find(commands::SIGNS, n).is_none() && !matches!(&**n, "right" | "}" | "rfloor" | "rceil" | "rvert" | "rVert")
            }
            Some(Tok::End(_) | Tok::Row) => false,
        }
    }

    fn sign_opens(&self) -> bool {
        match self.sign() {
            Some('(' | '[' | '{' | '⦃' | '∞' | '∂' | '∇') => true,
            Some('|' | '‖') => !self.bars,
            _ => false,
        }
    }

    /// A product, as far as juxtaposition goes.
    pub fn product(&mut self) -> Read<Expr> {
        let start = self.here();
        let first = self.factor()?;
        let Some(mut join) = self.join() else { return self.complete(first) };
        let mut all = vec![Factor { join: Join::First, expr: first }];
        let mut barred = false;
        loop {
            if join == Join::Beside {
                self.check_juxtaposition(&all, barred)?;
            } else {
                self.bump();
            }
            barred |= self.since_bar(&all);
            let expr = self.factor()?;
            all.push(Factor { join, expr });
            match self.join() {
                Some(j) => join = j,
                None => break,
            }
        }
        if let Some(last) = all.pop() {
            let last_expr = self.complete(last.expr)?;
            all.push(Factor { join: last.join, expr: last_expr });
        }
        Ok(Expr::new(self.since(start), Kind::Product(all)))
    }

    fn since_bar(&self, all: &[Factor]) -> bool {
        all.last().is_some_and(|f| f.expr.span.text(self.source).starts_with('|'))
    }

    fn check_juxtaposition(&self, all: &[Factor], barred: bool) -> Read<()> {
        let Some(last) = all.last() else { return Ok(()) };
        let here = self.here();
        if matches!(last.expr.kind, Kind::Number(_)) && matches!(self.peek(), Some(Tok::Digits(_))) {
            return error(Code::ADJACENT_NUMBERS, here, "two numbers side by side");
        }
        if self.sign() == Some('|') && barred && !self.since_bar(all) {
            let d = Diagnostic::new(Code::AMBIGUOUS_BARS, here, "these bars can be read in several ways");
            return Err(Box::new(d.help("write `\\lvert … \\rvert`")));
        }
        let split = matches!(last.expr.kind, Kind::Power { ref exponent, .. } if matches!(exponent.kind, Kind::Number(_)));
        if split && matches!(self.peek(), Some(Tok::Digits(_))) && last.expr.span.end == here.start {
            let d = Diagnostic::new(Code::AMBIGUOUS_ARGUMENT, here, "only one digit belongs to the exponent");
            return Err(Box::new(d.help("put the exponent into braces: `x^{10}`")));
        }
        Ok(())
    }

    /// A powered function command needs its argument in the same product.
    fn complete(&self, last: Expr) -> Read<Expr> {
        if let Kind::Power { base, .. } = &last.kind {
            if let Kind::Name(n) = &base.kind {
                if n.origin == Origin::Latex && commands::FUNCTIONS.iter().any(|f| f.1 == &*n.text) {
                    let message = format!("`{}` has no argument", last.span.text(self.source));
                    return error(Code::EXPECTED_FORMULA, last.span, message);
                }
            }
        }
        Ok(last)
    }

    /// A power, or a sign and a factor.
    pub(super) fn factor(&mut self) -> Read<Expr> {
        let start = self.here();
        if self.eat('-') {
            let e = self.deeper(Self::factor)?;
            return Ok(Expr::new(self.since(start), Kind::Neg(Box::new(e))));
        }
        if self.eat('+') {
            return self.deeper(Self::factor);
        }
        let base = self.atom()?;
        self.scripts(start, base)
    }

    /// Primes, `_`, `^` and `!` after an operand.
    pub(super) fn scripts(&mut self, start: Span, mut e: Expr) -> Read<Expr> {
        let (mut sub, mut sup, mut bangs) = (None, None, 0);
        loop {
            match self.sign() {
                Some('\'') => e = self.primes(start, e)?,
                Some('_') => {
                    if sub.replace(self.here()).is_some() {
                        return self.double("subscript");
                    }
                    let script = self.script()?;
                    let kind = Kind::Script(Box::new(e), Box::new(script));
                    e = match sup.take() {
                        None => Expr::new(self.since(start), kind),
                        Some(p) => return self.late_subscript(start, kind, p),
                    };
                }
                Some('^') => {
                    if sup.is_some() {
                        return self.double("superscript");
                    }
                    let before = e.clone();
                    e = self.superscript(start, e)?;
                    sup = Some((before, e.clone()));
                }
                Some('!') if bangs < 8 => {
                    self.bump();
                    bangs += 1;
                    e = Expr::new(self.since(start), Kind::Factorial(Box::new(e)));
                }
                _ => return Ok(e),
            }
        }
    }

    /// `x^2_i`: the subscript belongs to the base.
    fn late_subscript(&mut self, start: Span, kind: Kind, powered: (Expr, Expr)) -> Read<Expr> {
        let span = self.since(start);
        let Kind::Script(_, script) = kind else { return Ok(Expr::error(span)) };
        let base = Expr::new(span, Kind::Script(Box::new(powered.0), script));
        let kind = match powered.1.kind {
            Kind::Power { entrywise, exponent, .. } => Kind::Power { base: Box::new(base), entrywise, exponent },
            Kind::Transpose(_) => Kind::Transpose(Box::new(base)),
            Kind::InverseTranspose(_) => Kind::InverseTranspose(Box::new(base)),
            _ => Kind::Error,
        };
        if matches!(self.sign(), Some('_' | '^')) {
            return self.double("script");
        }
        Ok(Expr::new(span, kind))
    }

    fn double<T>(&self, what: &str) -> Read<T> {
        let d = Diagnostic::new(Code::DOUBLE_SCRIPT, self.here(), format!("a second {what}"));
        Err(Box::new(d.help("use braces to say which belongs to which")))
    }

    fn primes(&mut self, start: Span, e: Expr) -> Read<Expr> {
        let mut n = String::new();
        while self.eat('\'') {
            n.push('\'');
        }
        let span = self.since(start);
        match e.kind {
            Kind::Name(name) => Ok(Expr::name(span, &format!("{}{n}", name.text), name.origin)),
            Kind::Script(base, mut script) if !script.text.is_empty() => {
                script.text = format!("{}{n}", script.text).into();
                script.indices.clear();
                Ok(Expr::new(span, Kind::Script(base, script)))
            }
            _ => error(Code::UNEXPECTED, span, "a prime stands only after a name"),
        }
    }

    /// One token or a braced group, as TeX takes an argument; a number gives one digit.
    pub(super) fn argument(&mut self) -> Read<Expr> {
        if self.sign() == Some('{') {
            return self.braces(false);
        }
        if let Some(Tok::Digits(d)) = self.peek() {
            let (first, rest) = d.split_at(1);
            let (first, rest) = (first.to_owned(), rest.trim_start_matches('.').to_owned());
            let span = self.here();
            let one = Span { start: span.start, end: span.start + 1 };
            if rest.is_empty() {
                self.bump();
            } else if let Some(t) = self.tokens.get_mut(self.at) {
                *t = Token { tok: Tok::Digits(rest.into()), span: Span { start: one.end, end: span.end } };
            }
            return Ok(Expr::new(one, Kind::Number(Box::new(lexer::value(&first, one)?))));
        }
        self.deeper(Self::atom)
    }

    fn superscript(&mut self, start: Span, base: Expr) -> Read<Expr> {
        self.bump();
        let base = Box::new(base);
        if let Some(inverse) = self.transposed() {
            let kind = if inverse { Kind::InverseTranspose(base) } else { Kind::Transpose(base) };
            return Ok(Expr::new(self.since(start), kind));
        }
        if self.sign() == Some('{') && self.sign_at(1) == Some('⊙') {
            let open = self.bump();
            self.bump();
            let exponent = Box::new(self.level(false, Self::sum)?);
            self.close('}', open)?;
            return Ok(Expr::new(self.since(start), Kind::Power { base, entrywise: true, exponent }));
        }
        let exponent = Box::new(self.argument()?);
        let minus_one = exponent.span.text(self.source).replace([' ', '{', '}'], "") == "-1";
        let function = base.as_name().is_some_and(|n| commands::FUNCTIONS.iter().any(|f| f.1 == n));
        if minus_one && function {
            let name = base.span.text(self.source).trim_start_matches('\\').to_owned();
            let d = Diagnostic::new(Code::AMBIGUOUS_INVERSE, self.since(start), format!("`\\{name}^{{-1}}` can be read in two ways"));
            return Err(Box::new(d.help(format!("write `\\arc{name}` for the inverse function, or `1/\\{name}` for the quotient"))));
        }
        let span = self.since(start).to(exponent.span);
        Ok(Expr::new(span, Kind::Power { base, entrywise: false, exponent }))
    }

    /// `T`, `\top`, `{-T}`, `{-\top}`: whether inverted.
    fn transposed(&mut self) -> Option<bool> {
        let t = |p: &Self, n: usize| match p.peek_at(n) {
            Some(Tok::Letter(l)) => &**l == "T",
            Some(Tok::Sign('⊤')) => true,
            Some(Tok::Command(c)) => matches!(&**c, "top" | "intercal"),
            _ => false,
        };
        let font = |p: &Self, n: usize| {
            matches!(p.peek_at(n), Some(Tok::Command(c)) if commands::FONTS.contains(&&**c))
                && p.sign_at(n + 1) == Some('{')
                && t(p, n + 2)
                && p.sign_at(n + 3) == Some('}')
        };
        let open = usize::from(self.sign() == Some('{'));
        let minus = usize::from(open == 1 && self.sign_at(1) == Some('-'));
        let at = open + minus;
        let len = if t(self, at) {
            1
        } else if font(self, at) {
            4
        } else {
            return None;
        };
        if open == 1 && self.sign_at(at + len) != Some('}') {
            return None;
        }
        self.at += at + len + open;
        Some(minus == 1)
    }

    fn script(&mut self) -> Read<Script> {
        self.bump();
        let start = self.here();
        if let (Some('{'), Some(Tok::Text(t)), Some('}')) = (self.sign(), self.peek_at(1), self.sign_at(2)) {
            let text = t.clone();
            self.at += 3;
            return Ok(Script { span: self.since(start), text, indices: Vec::new() });
        }
        let braced = self.sign() == Some('{');
        let items = if braced { self.level(false, Self::script_items)? } else { vec![self.argument()?] };
        let span = self.since(start);
        let mut raw = span.text(self.source).to_owned();
        for font in commands::FONTS {
            raw = raw.replace(&format!("\\{font}"), "");
        }
        let mut text: String = raw.chars().filter(|c| !matches!(c, ' ' | '{' | '}' | '\\')).collect();
        if !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '\'' || chars::greek(c).is_some()) {
            text.clear();
        }
        let indices = items.into_iter().flat_map(split_letters).collect();
        Ok(Script { span, text: text.into(), indices })
    }

    fn script_items(&mut self) -> Read<Vec<Expr>> {
        let open = self.bump();
        let mut items = vec![self.formula()?];
        while self.eat(',') {
            items.push(self.formula()?);
        }
        self.close('}', open)?;
        Ok(items)
    }

    pub(super) fn close(&mut self, wanted: char, open: Span) -> Read<()> {
        if self.eat(wanted) {
            return Ok(());
        }
        let opened = open.text(self.source).to_owned();
        match self.sign() {
            None if self.peek().is_none() => {
                let d = Diagnostic::new(Code::UNCLOSED_GROUP, open, format!("this `{opened}` is not closed"));
                let closes = match opened.as_str() {
                    "(" => ")",
                    "[" => "]",
                    "{" => "}",
                    other => other,
                };
                Err(Box::new(d.help(format!("add `{closes}`"))))
            }
            Some(c @ (')' | ']' | '}')) => {
                let d = Diagnostic::new(Code::MISMATCHED_DELIMITER, self.here(), format!("`{c}` does not close `{opened}`"));
                Err(Box::new(d.label(open, "opened here")))
            }
            _ => {
                self.known_command()?;
                let d = Diagnostic::new(Code::UNEXPECTED, self.here(), format!("{} cannot stand here", self.found()));
                Err(Box::new(d.label(open, "inside this group")))
            }
        }
    }
}

/// `kj` in a subscript gives k and j.
fn split_letters(e: Expr) -> Vec<Expr> {
    match e.kind {
        Kind::Product(factors) if factors.iter().all(|f| matches!(f.join, Join::First | Join::Beside)) => {
            factors.into_iter().map(|f| f.expr).collect()
        }
        kind => vec![Expr::new(e.span, kind)],
    }
}
