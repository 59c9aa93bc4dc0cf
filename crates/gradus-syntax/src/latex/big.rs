//! Operators over the product that follows: `\sum`, `\prod`, `\max_j`, `\lim`, and `\nabla_x`.

use super::commands;
use super::lexer::Tok;
use super::parser::{error, Parser, Read};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Arg, Binder, Domain, Expr, Factor, Ident, Join, Kind, Origin, Relation};

/// The lower script of a sum: name, lower bound, upper bound, condition.
#[derive(Default)]
struct Lower {
    name: Option<Ident>,
    lo: Option<Expr>,
    hi: Option<Expr>,
    condition: Option<Expr>,
    /// Further indices with the same bounds: `i, j`.
    more: Vec<Ident>,
}

impl Parser<'_> {
    /// `\sum_{i=1}^{n} body`.
    pub(super) fn big(&mut self, start: Span, function: &str) -> Read<Expr> {
        self.bump();
        self.big_from(start, function)
    }

    /// As [`Parser::big`], past the command.
    pub(super) fn big_from(&mut self, start: Span, function: &str) -> Read<Expr> {
        let mut lower = Lower::default();
        let mut upper = None;
        loop {
            if self.eat('_') {
                lower = self.lower()?;
            } else if self.eat('^') {
                upper = Some(self.argument()?);
            } else {
                break;
            }
        }
        let head_span = self.since(start);
        let Some(name) = lower.name else {
            let d = Diagnostic::new(Code::MISSING_BOUND, head_span, format!("this {function} names no index"));
            return Err(Box::new(d.help(format!("write `\\{function}_{{j=1}}^{{n}}`"))));
        };
        let domain = match (lower.lo, lower.hi.or(upper)) {
            (Some(lo), Some(hi)) => Some(Domain::Range(lo, hi)),
            (None, None) => None,
            (lo, _) => {
                let which = if lo.is_some() { "upper" } else { "lower" };
                let d = Diagnostic::new(Code::MISSING_BOUND, head_span, format!("this {function} has no {which} bound"));
                return Err(Box::new(
                    d.help(format!("write `\\{function}_{{{0}=1}}^{{n}}`, or no bound at all where a shape gives both", name.text)),
                ));
            }
        };
        let body = self.deeper(Self::product)?;
        let span = self.since(start);
        let head = Expr::name(head_span, function, Origin::Sign);
        let mut condition = lower.condition;
        // The condition belongs to the last index.
        let indices = std::iter::once(name).chain(lower.more).rev();
        Ok(indices.fold(body, |body, name| {
            let binder = Binder { span: head_span, name, domain: domain.clone(), condition: condition.take() };
            Expr::new(span, Kind::Call(Box::new(head.clone()), vec![Arg::Binder(Box::new(binder)), Arg::Expr(body)]))
        }))
    }

    fn lower(&mut self) -> Read<Lower> {
        if self.sign() != Some('{') {
            let e = self.argument()?;
            return Ok(Lower { name: ident(&e), ..Lower::default() });
        }
        let open = self.bump();
        if self.command() == Some("substack") {
            self.bump();
            let out = self.lower()?;
            self.close('}', open)?;
            return Ok(out);
        }
        let mut out = self.level(false, |p| p.index_condition(open))?;
        let below = self.peek() == Some(&Tok::Row);
        if below {
            self.bump();
        }
        while !below && out.condition.is_none() && self.eat(',') {
            self.further_index(&mut out)?;
        }
        if below || out.condition.is_none() && self.eat(':') {
            out.condition = Some(self.level(false, Self::formula)?);
        }
        self.close('}', open)?;
        Ok(out)
    }

    /// After a comma: a further index, perhaps with the lower bound of all, or the condition.
    fn further_index(&mut self, out: &mut Lower) -> Read<()> {
        let e = self.level(false, Self::formula)?;
        if let Some(name) = ident(&e) {
            out.more.push(name);
            return Ok(());
        }
        if let Kind::Relation(first, links) = &e.kind {
            if let (Some(name), [(Relation::Equal, lo)]) = (ident(first), links.as_slice()) {
                let text = |e: &Expr| e.span.text(self.source).trim().to_owned();
                if out.lo.as_ref().is_some_and(|own| text(own) != text(lo)) {
                    return error(Code::MISSING_BOUND, e.span, "the indices of one sum begin alike; write two sums");
                }
                out.more.push(name);
                out.lo = Some(lo.clone());
                return Ok(());
            }
        }
        out.condition = Some(e);
        Ok(())
    }

    /// `i`, `i = 1`, `1 \le i \le n`, `j \ne i`.
    fn index_condition(&mut self, open: Span) -> Read<Lower> {
        if self.relation_sign().is_some() {
            return error(Code::MISSING_BOUND, self.here(), "the index is missing");
        }
        let e = self.formula()?;
        let span = self.since(open);
        let Kind::Relation(first, links) = e.kind else {
            return Ok(Lower { name: ident(&e), ..Lower::default() });
        };
        let mut links = links;
        let named = ident(&first);
        if links.len() == 2 {
            if let (Some((Relation::LessEqual, hi)), Some((Relation::LessEqual, i))) = (links.pop(), links.pop()) {
                return Ok(Lower { name: ident(&i), lo: Some(*first), hi: Some(hi), ..Lower::default() });
            }
            return error(Code::MISSING_BOUND, span, "a range is written `1 \\le i \\le n`");
        }
        match links.pop() {
            Some((Relation::Equal, lo)) if named.is_some() => Ok(Lower { name: named, lo: Some(lo), ..Lower::default() }),
            Some(link) => {
                let condition = Expr::new(e.span, Kind::Relation(first, vec![link]));
                Ok(Lower { name: named, condition: Some(condition), ..Lower::default() })
            }
            None => Ok(Lower::default()),
        }
    }

    /// `\lim_{x \to a^+} body`.
    pub(super) fn limit(&mut self, start: Span) -> Read<Expr> {
        self.bump();
        let open = self.here();
        if !(self.eat('_') && self.eat('{')) {
            let d = Diagnostic::new(Code::MISSING_BOUND, self.since(start), "this limit has no point");
            return Err(Box::new(d.help("write `\\lim_{x \\to 0}`")));
        }
        let variable = self.level(false, Self::sum)?;
        if !self.eat('→') {
            return error(Code::MISSING_BOUND, self.here(), format!("expected `\\to`, found {}", self.found()));
        }
        let mut args = self.level(false, Self::point)?;
        self.close('}', open)?;
        let body = self.deeper(Self::product)?;
        args.insert(0, variable);
        args.insert(0, body);
        Ok(Expr::sign_call(self.since(start), "limit", args))
    }

    /// The point and, if one is given, the side.
    fn point(&mut self) -> Read<Vec<Expr>> {
        let start = self.here();
        let minus = self.eat('-');
        let mut e = self.atom()?;
        let mut side = None;
        if self.sign() == Some('^') {
            let braced = usize::from(self.sign_at(1) == Some('{'));
            side = match self.sign_at(1 + braced) {
                Some('+') => Some("right"),
                Some('-') => Some("left"),
                _ => None,
            };
            if side.is_some() {
                for _ in 0..2 + 2 * braced {
                    self.bump();
                }
            }
        }
        e = self.scripts(start, e)?;
        if minus {
            e = Expr::new(self.since(start), Kind::Neg(Box::new(e)));
        }
        let mut out = vec![e];
        out.extend(side.map(|s| Expr::name(start, s, Origin::Sign)));
        Ok(out)
    }

    /// `\nabla_x L`: the gradient of the next factor; `\nabla_x^2 L`: the matrix of its second derivatives.
    pub(super) fn nabla(&mut self) -> Read<Expr> {
        let start = self.bump();
        if !self.eat('_') {
            let d = Diagnostic::new(Code::MISSING_BOUND, start, "by what the gradient is taken is not said");
            return Err(Box::new(d.help("write `\\nabla_{x} L`")));
        }
        let by = self.argument()?;
        let twice = self.sign() == Some('^') && matches!(self.peek_at(1), Some(Tok::Digits(d)) if &**d == "2");
        if twice {
            self.bump();
            self.bump();
        }
        let of = self.differentiated()?;
        Ok(Expr::sign_call(self.since(start), if twice { "hessian" } else { "gradient" }, vec![of, by]))
    }
    /// What stands after `\nabla_x`: a factor, a function with its argument; after a number or a transpose, which are no functions of x with a
    /// gradient, the whole product.
    fn differentiated(&mut self) -> Read<Expr> {
        let at = self.at;
        let first = self.deeper(Self::factor)?;
        if matches!(first.kind, Kind::Transpose(_)) || is_number(&first) {
            self.at = at;
            return self.deeper(Self::product);
        }
        let function = |e: &Expr| e.as_name().is_some_and(|n| commands::FUNCTIONS.iter().any(|f| f.1 == n));
        let mut factors = vec![Factor { join: Join::First, expr: first }];
        while let Some(last) = factors.last() {
            let follows = match last.expr.as_name() {
                Some(_) if self.sign() == Some('(') => Self::atom,
                Some(_) if function(&last.expr) => Self::factor,
                _ => break,
            };
            let expr = self.deeper(follows)?;
            factors.push(Factor { join: Join::Beside, expr });
        }
        match factors.as_slice() {
            [only] => Ok(only.expr.clone()),
            [first, .., last] => Ok(Expr::new(first.expr.span.to(last.expr.span), Kind::Product(factors.clone()))),
            [] => error(Code::EXPECTED_FORMULA, self.here(), "the gradient of nothing"),
        }
    }
}

/// A number, or a fraction of numbers.
fn is_number(e: &Expr) -> bool {
    match &e.bare().kind {
        Kind::Number(_) => true,
        Kind::Product(fs) => fs.iter().all(|f| is_number(&f.expr)),
        _ => false,
    }
}

fn ident(e: &Expr) -> Option<Ident> {
    match e.bare() {
        Expr { kind: Kind::Name(n), span } => Some(Ident { span: *span, text: n.text.clone() }),
        _ => None,
    }
}
