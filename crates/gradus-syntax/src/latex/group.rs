//! Operands of LaTeX formulas: letters, numbers, brackets, bars, fonts, fractions, roots, environments.

use super::commands::{self, find};
use super::lexer::{self, Tok};
use super::parser::{error, Parser, Read};
use crate::chars;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Arg, Expr, Factor, Join, Kind, Origin};

impl Parser<'_> {
    /// An operand without its scripts.
    pub(super) fn atom(&mut self) -> Read<Expr> {
        let start = self.here();
        match self.peek().cloned() {
            Some(Tok::Letter(l)) => {
                self.bump();
                Ok(Expr::name(start, &l, Origin::Latex))
            }
            Some(Tok::Digits(d)) => {
                self.bump();
                Ok(Expr::new(start, Kind::Number(Box::new(lexer::value(&d, start)?))))
            }
            Some(Tok::Begin(name)) => self.environment(&name),
            Some(Tok::Command(name)) if self.sign().is_none() => self.command_atom(&name),
            _ => self.sign_atom(start),
        }
    }

    fn sign_atom(&mut self, start: Span) -> Read<Expr> {
        match self.sign() {
            Some('{') => self.braces(false),
            Some('(') => self.parens(')'),
            Some('[') => self.parens(']'),
            Some('⦃') => self.parens('⦄'),
            Some('|') => self.bars('|', "abs"),
            Some('‖') => self.bars('‖', "norm"),
            Some('∞') => self.constant(start, "inf"),
            Some('∂') => self.constant(start, "∂"),
            Some('∇') => self.nabla(),
            Some(c @ (')' | ']' | '}')) => error(Code::UNEXPECTED_CLOSE, start, format!("`{c}` stands where an operand should")),
            _ => error(Code::EXPECTED_FORMULA, start, format!("expected an operand, found {}", self.found())),
        }
    }

    fn constant(&mut self, start: Span, name: &str) -> Read<Expr> {
        self.bump();
        Ok(Expr::name(start, name, Origin::Latex))
    }

    /// `{…}`: transparent round one operand; `keep` leaves it a bracket.
    pub(super) fn braces(&mut self, keep: bool) -> Read<Expr> {
        let open = self.bump();
        let e = self.level(false, Self::formula)?;
        self.close('}', open)?;
        let span = self.since(open);
        let alone = matches!(
            e.kind,
            Kind::Name(_) | Kind::Number(_) | Kind::Paren(_) | Kind::Script(..) | Kind::Call(..) | Kind::Array(_) | Kind::Iverson(_)
        );
        if alone && !keep {
            return Ok(e);
        }
        Ok(Expr::new(span, Kind::Paren(Box::new(e))))
    }

    fn parens(&mut self, close: char) -> Read<Expr> {
        let open = self.bump();
        let items = self.level(false, |p| p.items(close))?;
        self.close(close, open)?;
        Ok(bracketed(self.since(open), close, items))
    }

    fn items(&mut self, close: char) -> Read<Vec<Expr>> {
        let mut items = Vec::new();
        if self.sign() == Some(close) {
            return Ok(items);
        }
        items.push(self.formula()?);
        while self.eat(',') || self.eat(';') {
            items.push(self.formula()?);
        }
        Ok(items)
    }

    /// `|x|` and `\|x\|`.
    fn bars(&mut self, bar: char, function: &str) -> Read<Expr> {
        let open = self.bump();
        let e = self.level(true, Self::formula)?;
        if !self.eat(bar) {
            return error(Code::UNCLOSED_GROUP, open, "this bar is not closed");
        }
        Ok(Expr::sign_call(self.since(open), function, vec![e]))
    }

    /// `\left( … \right)`.
    fn left(&mut self, start: Span) -> Read<Expr> {
        self.bump();
        let Some(open) = self.delimiter() else {
            return error(Code::MISMATCHED_DELIMITER, start, "`\\left` needs a delimiter");
        };
        self.bump();
        let items = self.level(false, |p| p.items('\0'))?;
        let right = self.here();
        if self.command() != Some("right") {
            self.known_command()?;
            return error(Code::UNCLOSED_GROUP, start, "this `\\left` has no `\\right`");
        }
        self.bump();
        let close = self.delimiter();
        self.bump();
        let span = self.since(start);
        match (open, close) {
            ('|', Some('|')) => one(span, items).map(|e| Expr::sign_call(span, "abs", vec![e])),
            ('‖', Some('‖')) => one(span, items).map(|e| Expr::sign_call(span, "norm", vec![e])),
            ('⌊', Some('⌋')) => one(span, items).map(|e| Expr::sign_call(span, "floor", vec![e])),
            ('⌈', Some('⌉')) => one(span, items).map(|e| Expr::sign_call(span, "ceil", vec![e])),
            ('(', Some(')')) | ('[', Some(']')) | ('⦃', Some('⦄')) => Ok(bracketed(span, if open == '[' { ']' } else { ')' }, items)),
            ('⦃', Some('.')) => one(span, items),
            _ => {
                let d = Diagnostic::new(Code::MISMATCHED_DELIMITER, right, "`\\right` does not match its `\\left`");
                Err(Box::new(d.label(start, "opened here")))
            }
        }
    }

    fn delimiter(&self) -> Option<char> {
        match self.command() {
            Some("lvert" | "rvert") => Some('|'),
            Some("lVert" | "rVert") => Some('‖'),
            Some("lfloor") => Some('⌊'),
            Some("rfloor") => Some('⌋'),
            Some("lceil") => Some('⌈'),
            Some("rceil") => Some('⌉'),
            _ => self.sign(),
        }
    }

    fn fenced(&mut self, start: Span, close: &str, function: &str) -> Read<Expr> {
        self.bump();
        let e = self.level(false, Self::formula)?;
        if self.command() != Some(close) {
            self.known_command()?;
            return error(Code::UNCLOSED_GROUP, start, format!("this delimiter needs `\\{close}`"));
        }
        self.bump();
        Ok(Expr::sign_call(self.since(start), function, vec![e]))
    }

    fn command_atom(&mut self, name: &str) -> Read<Expr> {
        let start = self.here();
        if let Some(function) = find(commands::FUNCTIONS, name) {
            return self.function(start, function);
        }
        if chars::is_greek_name(name) {
            self.bump();
            let letter = name.strip_prefix("var").filter(|n| matches!(*n, "phi" | "epsilon")).unwrap_or(name);
            return Ok(Expr::name(start, letter, Origin::Latex));
        }
        if commands::FONTS.contains(&name) {
            return self.font(start);
        }
        if let Some(suffix) = find(commands::ACCENTS, name) {
            return self.accent(start, suffix);
        }
        match name {
            "frac" | "dfrac" | "tfrac" | "cfrac" => self.fraction(start),
            "binom" | "tbinom" | "dbinom" => {
                self.bump();
                let (n, k) = (self.argument()?, self.argument()?);
                Ok(Expr::sign_call(self.since(start), "binom", vec![n, k]))
            }
            "sqrt" => self.root(start),
            "left" => self.left(start),
            "lfloor" => self.fenced(start, "rfloor", "floor"),
            "lceil" => self.fenced(start, "rceil", "ceil"),
            "lvert" => self.fenced(start, "rvert", "abs"),
            "lVert" => self.fenced(start, "rVert", "norm"),
            "sum" => self.big(start, "sum"),
            "prod" => self.big(start, "prod"),
            "lim" => self.limit(start),
            "nabla" => self.nabla(),
            "partial" => self.constant(start, "∂"),
            "infty" => self.constant(start, "inf"),
            "operatornamewithlimits" => self.font(start),
            _ => self.unknown(start, name),
        }
    }

    /// A command here that is not in the list is the real trouble.
    pub(super) fn known_command(&self) -> Read<()> {
        match self.command() {
            Some(n) if commands::known().all(|k| k != n) => self.unknown(self.here(), n).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn unknown(&self, start: Span, name: &str) -> Read<Expr> {
        if let Some(what) = find(commands::UNSUPPORTED, name) {
            let d = Diagnostic::new(Code::UNSUPPORTED, start, format!("`\\{name}`: Gradus has no {what}"));
            return Err(Box::new(match what {
                "integrals" => d.help("what is an integral can be stated as a derivative: `show diff(F, x) = f`"),
                "angle brackets" => d.help("a scalar product is written `x^\\top y`"),
                "ellipses" => d.help("a range is written in full: `\\sum_{i=1}^{n}`"),
                _ => d,
            }));
        }
        let mut d = Diagnostic::new(Code::UNKNOWN_COMMAND, start, format!("`\\{name}` is not a command Gradus reads"));
        if let Some(near) = crate::suggest::closest(name, commands::known()) {
            d = d.help(format!("did you mean `\\{near}`?"));
        }
        Err(Box::new(d))
    }

    fn function(&mut self, start: Span, function: &str) -> Read<Expr> {
        self.bump();
        if matches!(function, "max" | "min") && self.sign() == Some('_') {
            return self.big_from(start, function);
        }
        Ok(Expr::name(start, function, Origin::Latex))
    }

    /// `\mathbf{x}`, `\operatorname{softmax}`; `\mathbf{1}_{c}` is an indicator.
    fn font(&mut self, start: Span) -> Read<Expr> {
        self.bump();
        let mut name = String::new();
        let braced = self.eat('{');
        loop {
            match self.peek().cloned() {
                Some(Tok::Letter(l)) => name.push_str(&l),
                Some(Tok::Digits(d)) => name.push_str(&d),
                Some(Tok::Command(c)) if chars::is_greek_name(&c) => name.push_str(&c),
                Some(Tok::Sign('\'')) if !name.is_empty() => name.push('\''),
                _ => break,
            }
            self.bump();
            if !braced {
                break;
            }
        }
        if braced && !self.eat('}') {
            return error(Code::UNEXPECTED, self.here(), format!("{} cannot be part of a name", self.found()));
        }
        let span = self.since(start);
        if name == "1" {
            return self.indicator(start);
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return error(Code::EXPECTED_FORMULA, span, "a name begins with a letter");
        }
        let name = find(commands::FUNCTIONS, &name).unwrap_or(&name);
        let name = match name {
            "Tr" | "trace" => "tr",
            "Diag" => "diag",
            other => other,
        };
        Ok(Expr::name(span, name, Origin::Latex))
    }

    /// `\mathbf{1}_{i=j}`, `\mathbf{1}[i=j]`, `\mathbf{1}_n`.
    fn indicator(&mut self, start: Span) -> Read<Expr> {
        let subscript = self.eat('_');
        if !subscript && !matches!(self.sign(), Some('[' | '(' | '{')) {
            return Ok(Expr::sign_call(self.since(start), "ones", Vec::new()));
        }
        let inner = self.argument()?;
        let span = self.since(start);
        Ok(match inner.kind {
            Kind::Iverson(c) => Expr::new(span, Kind::Iverson(c)),
            Kind::Paren(c) if c.is_condition() => Expr::new(span, Kind::Iverson(c)),
            kind => Expr::sign_call(span, "ones", vec![Expr::new(inner.span, kind)]),
        })
    }

    /// `\tilde{w}` is the name `w_tilde`.
    fn accent(&mut self, start: Span, suffix: &str) -> Read<Expr> {
        self.bump();
        let inner = self.argument()?;
        let span = self.since(start);
        match inner.as_name() {
            Some(n) => Ok(Expr::name(span, &format!("{n}_{suffix}"), Origin::Latex)),
            None => error(Code::UNEXPECTED, inner.span, "an accent stands on a name"),
        }
    }

    fn fraction(&mut self, start: Span) -> Read<Expr> {
        self.bump();
        // The bar groups: brackets round the parts would hide `d^2` of `\frac{d^2 L}{dx^2}`.
        let open = |e: Expr| if let Kind::Paren(inner) = e.kind { *inner } else { e };
        let braced = |p: &mut Self| {
            let group = p.sign() == Some('{');
            p.argument().map(|e| if group && e.span.text(p.source).starts_with('{') { open(e) } else { e })
        };
        let top = braced(self)?;
        let bottom = braced(self)?;
        let factors = vec![Factor { join: Join::First, expr: top }, Factor { join: Join::Over, expr: bottom }];
        Ok(Expr::new(self.since(start), Kind::Product(factors)))
    }

    fn root(&mut self, start: Span) -> Read<Expr> {
        self.bump();
        let mut index = None;
        if self.sign() == Some('[') {
            let open = self.bump();
            index = Some(self.level(false, Self::formula)?);
            self.close(']', open)?;
        }
        let radicand = self.argument()?;
        let span = self.since(start);
        let Some(index) = index else { return Ok(Expr::sign_call(span, "sqrt", vec![radicand])) };
        let one = Kind::Number(Box::new(lexer::value("1", span)?));
        let factors = vec![Factor { join: Join::First, expr: Expr::new(index.span, one) }, Factor { join: Join::Over, expr: index }];
        let exponent = Box::new(Expr::new(span, Kind::Product(factors)));
        Ok(Expr::new(span, Kind::Power { base: Box::new(radicand), entrywise: false, exponent }))
    }

    fn environment(&mut self, name: &str) -> Read<Expr> {
        let start = self.bump();
        let cases = matches!(name, "cases" | "dcases" | "rcases");
        let matrix = name.trim_end_matches('*').ends_with("matrix") || name == "array";
        if !cases && !matrix {
            return error(Code::UNKNOWN_ENVIRONMENT, start, format!("`{name}` is not an environment Gradus reads"));
        }
        if name == "array" && self.sign() == Some('{') {
            while self.peek().is_some() && self.sign() != Some('}') {
                self.bump();
            }
            self.bump();
        }
        if cases {
            let args = self.level(false, Self::branches)?;
            self.end_environment(name, start)?;
            let head = Expr::name(Span { end: start.start, ..start }, "cases", Origin::Sign);
            return Ok(Expr::new(self.since(start), Kind::Call(Box::new(head), args)));
        }
        let rows = self.level(false, Self::matrix_rows)?;
        self.end_environment(name, start)?;
        let span = self.since(start);
        let array = matrix_array(span, rows);
        Ok(match name.trim_end_matches('*') {
            "vmatrix" => Expr::sign_call(span, "det", vec![array]),
            "Vmatrix" => Expr::sign_call(span, "norm", vec![array]),
            _ => array,
        })
    }

    fn end_environment(&mut self, name: &str, start: Span) -> Read<()> {
        match self.peek().cloned() {
            Some(Tok::End(n)) if &*n == name => {
                self.bump();
                Ok(())
            }
            None => error(Code::UNCLOSED_GROUP, start, format!("`\\begin{{{name}}}` has no `\\end`")),
            _ => {
                self.known_command()?;
                let d = Diagnostic::new(Code::MISMATCHED_DELIMITER, self.here(), format!("{} cannot stand in `{name}`", self.found()));
                Err(Box::new(d.label(start, "opened here")))
            }
        }
    }

    fn matrix_rows(&mut self) -> Read<Vec<Vec<Expr>>> {
        let mut rows = Vec::new();
        while !matches!(self.peek(), Some(Tok::End(_)) | None) {
            let mut row = vec![self.formula()?];
            while self.eat('&') {
                row.push(self.formula()?);
            }
            rows.push(row);
            if self.peek() != Some(&Tok::Row) {
                break;
            }
            self.bump();
        }
        Ok(rows)
    }

    fn branches(&mut self) -> Read<Vec<Arg>> {
        let mut args = Vec::new();
        while !matches!(self.peek(), Some(Tok::End(_)) | None) {
            let value = self.formula()?;
            let _ = self.eat(',');
            let _ = self.eat('&');
            let word = match self.peek() {
                Some(Tok::Text(t)) => Some(t.trim_end_matches(',').to_owned()),
                _ => None,
            };
            match word.as_deref() {
                Some("otherwise" | "else") => {
                    self.bump();
                    args.push(Arg::Otherwise(value));
                }
                Some("if" | "for" | "when" | "") | None => {
                    if word.is_some() {
                        self.bump();
                    }
                    args.push(Arg::Branch(value, self.formula()?));
                }
                Some(w) => return error(Code::UNEXPECTED, self.here(), format!("`{w}` is not `if` or `otherwise`")),
            }
            let _ = self.eat(',') || self.eat('.');
            if self.peek() != Some(&Tok::Row) {
                break;
            }
            self.bump();
        }
        Ok(args)
    }
}

fn one(span: Span, items: Vec<Expr>) -> Read<Expr> {
    match <[Expr; 1]>::try_from(items) {
        Ok([e]) => Ok(e),
        Err(_) => error(Code::EXPECTED_FORMULA, span, "one formula must stand between these"),
    }
}

/// Round brackets group or list; square ones with a condition are Iverson's, with a list an array, else group.
fn bracketed(span: Span, close: char, mut items: Vec<Expr>) -> Expr {
    if items.len() == 1 {
        if let Some(e) = items.pop() {
            let square = close == ']' && e.is_condition();
            return Expr::new(span, if square { Kind::Iverson(Box::new(e)) } else { Kind::Paren(Box::new(e)) });
        }
    }
    let kind = if close == ']' { Kind::Array(vec![items]) } else { Kind::Tuple(items.into_iter().map(Arg::Expr).collect()) };
    Expr::new(span, kind)
}

/// One column is a vector; more are an array of rows.
fn matrix_array(span: Span, rows: Vec<Vec<Expr>>) -> Expr {
    let column = rows.iter().all(|r| r.len() == 1);
    let items = if column {
        rows.into_iter().flatten().collect()
    } else {
        rows.into_iter()
            .map(|r| {
                let at = r.first().zip(r.last()).map_or(span, |(a, b)| a.span.to(b.span));
                Expr::new(at, Kind::Array(vec![r]))
            })
            .collect()
    };
    Expr::new(span, Kind::Array(vec![items]))
}
