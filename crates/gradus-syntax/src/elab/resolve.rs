//! Functions in a product: which factors are their arguments.
//!
//! A function's name before `(` calls, with or without a space. In LaTeX a function without brackets takes a number
//! and one factor and stops at the next function; where more could be meant it is an error that shows the readings.
//! In plain text a function without brackets is an error.

use super::{Elab, Out};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Arg, Expr, Factor, Join, Kind, Name, Origin};

/// A bare function at the end of a factor: `sin`, or `sin^2` with its power.
struct Bare<'e> {
    name: &'e Name,
    span: Span,
    power: Option<&'e Expr>,
}

impl Elab<'_> {
    fn bare_function<'e>(&self, e: &'e Expr) -> Option<Bare<'e>> {
        match &e.kind {
            Kind::Name(n) if self.is_function(n) => Some(Bare { name: n, span: e.span, power: None }),
            Kind::Power { base, exponent, entrywise: false } => match &base.kind {
                Kind::Name(n) if self.is_function(n) => Some(Bare { name: n, span: base.span, power: Some(exponent) }),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether any factor is a function waiting for its argument.
    pub(super) fn has_bare_function(&self, factors: &[Factor]) -> bool {
        factors.iter().any(|f| self.bare_function(&f.expr).is_some())
    }

    /// The factors with every function applied.
    pub(super) fn apply_functions(&mut self, factors: &[Factor]) -> Out<Vec<Factor>> {
        let mut out = Vec::new();
        let mut rest = factors;
        while let Some((f, tail)) = rest.split_first() {
            let Some(bare) = self.bare_function(&f.expr) else {
                out.push(f.clone());
                rest = tail;
                continue;
            };
            let (expr, left) = self.apply(&bare, f, tail)?;
            out.push(Factor { join: f.join, expr });
            rest = left;
        }
        Ok(out)
    }

    fn apply<'f>(&mut self, bare: &Bare<'_>, f: &Factor, tail: &'f [Factor]) -> Out<(Expr, &'f [Factor])> {
        if let Some(minus) = bare.power.filter(|p| is_minus_one(p)) {
            let name = &bare.name.text;
            let message = format!("`{name}^-1` can be read in two ways");
            let d = Diagnostic::new(Code::AMBIGUOUS_INVERSE, bare.span.to(minus.span), message);
            return self.err(d.help(format!("write `a{name}(…)` for the inverse function, or `1/{name}(…)`")));
        }
        let next = tail.first().filter(|n| n.join == Join::Beside);
        let Some(next) = next else { return self.function_alone(bare.name, f.expr.span) };
        if let Some(args) = leading_bracket(&next.expr) {
            let head = Expr::new(bare.span, Kind::Name(bare.name.clone()));
            let call = Expr::new(bare.span.to(args.1), Kind::Call(Box::new(head), args.0));
            let call = raised(call, bare.power);
            let expr = replace_base(&next.expr, call);
            return Ok((expr, tail.get(1..).unwrap_or(&[])));
        }
        if bare.name.origin != Origin::Latex {
            let argument = next.expr.span;
            let d = Diagnostic::new(Code::FUNCTION_ALONE, f.expr.span, format!("the argument of `{}` needs brackets", bare.name.text));
            let d = d.label(argument, "its argument?");
            let inner = next.expr.as_name().unwrap_or("…");
            return self.err(d.help(format!("write `{}({inner})`", bare.name.text)));
        }
        self.apply_latex(bare, tail)
    }

    fn apply_latex<'f>(&mut self, bare: &Bare<'_>, tail: &'f [Factor]) -> Out<(Expr, &'f [Factor])> {
        let number = tail.first().is_some_and(|t| matches!(t.expr.kind, Kind::Number(_)));
        let mut argument: Vec<Factor> = Vec::new();
        let mut rest = tail;
        if let Some((first, more)) = tail.split_first().filter(|_| number) {
            argument.push(first.clone());
            rest = more;
        }
        let beside = |f: &[Factor]| f.first().is_some_and(|n| n.join == Join::Beside);
        if beside(rest) || !number {
            if let Some((first, more)) = rest.split_first() {
                match self.bare_function(&first.expr) {
                    Some(inner) if !number => {
                        let (expr, left) = self.apply(&inner, first, more)?;
                        argument.push(Factor { join: Join::Beside, expr });
                        rest = left;
                    }
                    Some(_) => {}
                    None => {
                        argument.push(first.clone());
                        rest = more;
                    }
                }
            }
        }
        self.nothing_more(bare, &argument, rest)?;
        let Some(inner) = Self::refold(&argument) else { return self.function_alone(bare.name, bare.span) };
        let span = bare.span.to(inner.span);
        let head = Expr::new(bare.span, Kind::Name(bare.name.clone()));
        let call = Expr::new(span, Kind::Call(Box::new(head), vec![Arg::Expr(inner)]));
        Ok((raised(call, bare.power), rest))
    }

    /// After an argument without brackets, a further factor or a slash could belong to it.
    fn nothing_more(&mut self, bare: &Bare<'_>, argument: &[Factor], rest: &[Factor]) -> Out<()> {
        let Some(next) = rest.first() else { return Ok(()) };
        let slash = next.join == Join::Over;
        if !(slash || next.join == Join::Beside) || self.bare_function(&next.expr).is_some() {
            return Ok(());
        }
        if matches!(next.expr.kind, Kind::Call(..)) && next.join == Join::Beside {
            return Ok(());
        }
        let name = &bare.name.text;
        let span = bare.span.to(next.expr.span);
        let d = Diagnostic::new(Code::AMBIGUOUS_ARGUMENT, span, format!("where the argument of `{name}` ends is unclear"));
        let d = match argument.last() {
            Some(a) => d.label(a.expr.span, format!("`{name}` of this alone?")).label(next.expr.span, "or of this too?"),
            None => d,
        };
        self.err(d.help(format!("write `\\{name}(…)` with brackets")))
    }
}

fn is_minus_one(e: &Expr) -> bool {
    let inner = match &e.bare().kind {
        Kind::Neg(x) => x,
        Kind::Sum(all) => match all.as_slice() {
            [s] if s.minus => &s.expr,
            _ => return false,
        },
        _ => return false,
    };
    matches!(&inner.bare().kind, Kind::Number(n) if n.exponent == 0 && n.mantissa == 1u8.into())
}

fn raised(call: Expr, power: Option<&Expr>) -> Expr {
    match power {
        None => call,
        Some(p) => {
            let span = call.span.to(p.span);
            let kind = Kind::Power { base: Box::new(call), entrywise: false, exponent: Box::new(p.clone()) };
            Expr::new(span, kind)
        }
    }
}

/// The bracket an operand begins with: `(x)`, `(x, y)`, `(x)^2`, `(x)[i]`.
fn leading_bracket(e: &Expr) -> Option<(Vec<Arg>, Span)> {
    match &e.kind {
        Kind::Paren(x) => Some((vec![Arg::Expr((**x).clone())], e.span)),
        Kind::Tuple(args) => Some((args.clone(), e.span)),
        Kind::Power { base, .. }
        | Kind::Transpose(base)
        | Kind::InverseTranspose(base)
        | Kind::Factorial(base)
        | Kind::Index(base, _)
        | Kind::Script(base, _) => leading_bracket(base),
        _ => None,
    }
}

/// The operand with the bracket it begins with replaced.
fn replace_base(e: &Expr, by: Expr) -> Expr {
    let span = by.span.to(e.span);
    let kind = match &e.kind {
        Kind::Power { base, entrywise, exponent } => {
            Kind::Power { base: Box::new(replace_base(base, by)), entrywise: *entrywise, exponent: exponent.clone() }
        }
        Kind::Transpose(base) => Kind::Transpose(Box::new(replace_base(base, by))),
        Kind::InverseTranspose(base) => Kind::InverseTranspose(Box::new(replace_base(base, by))),
        Kind::Factorial(base) => Kind::Factorial(Box::new(replace_base(base, by))),
        Kind::Index(base, subs) => Kind::Index(Box::new(replace_base(base, by)), subs.clone()),
        Kind::Script(base, script) => Kind::Script(Box::new(replace_base(base, by)), script.clone()),
        _ => return by,
    };
    Expr::new(span, kind)
}
