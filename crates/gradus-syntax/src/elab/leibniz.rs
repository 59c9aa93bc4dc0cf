//! Leibniz's notation: which factors of a product are derivatives.
//!
//! `dU/dV` and `\frac{dU}{dV}` are one if the names `dU` and `dV` (in LaTeX `d`) are undeclared, and a whole `dU/dV` in
//! `derive` and `limit of` always; `\partial` always is. `d/dx` takes the product that follows.

use gradus_term::Id;

use super::partials::ByArguments;
use super::{Elab, Out};
use crate::codes::Code;
use crate::span::Span;
use crate::surface::{Arg, Expr, Factor, Join, Kind, Name, Origin};

/// A derivative as written.
pub(super) struct Derivative {
    /// What is derived.
    pub of: Expr,
    /// By what, each with its order.
    pub by: Vec<(Expr, u32)>,
}

/// A piece of a product.
pub(super) enum Piece<'f> {
    /// A factor.
    Plain(&'f Expr),
    /// A derivative.
    Derivative(Box<Derivative>),
    /// A derivative by the number of an argument.
    ByArguments(ByArguments<'f>),
}

/// The upper part: what is derived (none: what follows), and the order.
struct Upper {
    of: Option<Expr>,
    order: u32,
}

/// A derivative found: its upper part, its variables, how many factors it uses.
type Found = (Upper, Vec<(Expr, u32)>, usize);

type Pieces<'f> = Vec<(Join, Piece<'f>, Span)>;

impl Elab<'_> {
    /// The factors with derivatives found.
    pub(super) fn pieces<'f>(&mut self, factors: &'f [Factor]) -> Out<Pieces<'f>> {
        let mut out = Vec::new();
        let mut at = 0;
        while let Some(f) = factors.get(at) {
            if let Some((d, used)) = self.by_arguments_at(factors, at) {
                out.push((f.join, Piece::ByArguments(d), f.expr.span));
                at += used;
                continue;
            }
            let found = self.derivative_at(factors, at, false);
            let Some((upper, by, used)) = found else {
                out.push((f.join, Piece::Plain(&f.expr), f.expr.span));
                at += 1;
                continue;
            };
            let span = f.expr.span;
            let end = at + used;
            if let Some(of) = upper.of {
                out.push((f.join, Piece::Derivative(Box::new(Derivative { of, by })), span));
                at = end;
                continue;
            }
            let following = factors.get(end..).unwrap_or(&[]);
            let beside = following.first().is_some_and(|f| matches!(f.join, Join::Beside | Join::Times));
            let Some(of) = Self::refold(following).filter(|_| beside) else { return self.no_operand(span) };
            out.push((f.join, Piece::Derivative(Box::new(Derivative { of, by })), span));
            return Ok(out);
        }
        Ok(out)
    }

    /// The whole formula as a derivative, whatever names exist (in `derive` and `limit of`).
    pub(super) fn whole_derivative(&mut self, e: &Expr) -> Option<Derivative> {
        let Kind::Product(factors) = &e.bare().kind else { return None };
        let Some((upper, by, used)) = self.derivative_at(factors, 0, true) else { return self.of_all_between(factors) };
        let following = factors.get(used..).unwrap_or(&[]);
        match (upper.of, following.first()) {
            (Some(of), None) => Some(Derivative { of, by }),
            // `d/dx u`, though `d` may be a size: what is asked for is a derivative.
            (None, Some(f)) if matches!(f.join, Join::Beside | Join::Times) => Self::refold(following).map(|of| Derivative { of, by }),
            _ => self.of_all_between(factors),
        }
    }

    /// `d x^2 sin(x)/dx`: from a `d` alone to the last slash.
    fn of_all_between(&self, factors: &[Factor]) -> Option<Derivative> {
        let (first, rest) = factors.split_first()?;
        let (last, between) = rest.split_last()?;
        let order = self.bare_d(&first.expr, true)?;
        let beside = between.first().is_some_and(|f| f.join == Join::Beside) && last.join == Join::Over;
        let by = self.lower(&last.expr, true).filter(|_| beside)?;
        let of = Self::refold(between)?;
        checked(Upper { of: None, order }, by, 0).map(|(_, by, _)| Derivative { of, by })
    }

    /// A derivative that begins at a factor: its upper part, its variables, how many factors it uses.
    fn derivative_at(&self, factors: &[Factor], at: usize, forced: bool) -> Option<Found> {
        let first = factors.get(at)?;
        if first.join == Join::Over {
            return None;
        }
        // `\frac{dU}{dV}` beside something is one factor.
        let fraction = match &first.expr.kind {
            Kind::Product(inner) => match inner.as_slice() {
                [top, bottom] if bottom.join == Join::Over => Some((top, bottom)),
                _ => None,
            },
            _ => None,
        };
        if let Some((top, bottom)) = fraction {
            let upper = self.upper(&top.expr, forced)?;
            let by = self.lower(&bottom.expr, forced)?;
            return checked(upper, by, 1);
        }
        // `dU / dV`, `d^2 U / dV^2`.
        let second = factors.get(at + 1)?;
        let (upper, below) = if second.join == Join::Over {
            (self.upper(&first.expr, forced)?, at + 1)
        } else {
            let order = self.bare_d(&first.expr, forced).filter(|_| second.join == Join::Beside)?;
            (Upper { of: Some(second.expr.clone()), order }, at + 2)
        };
        let (by, end) = self.lower_at(factors, below, forced)?;
        checked(upper, by, end - at)
    }

    /// The variables below a slash, and where they end: one factor `dx`, or signs and variables standing singly, `∂x ∂y`.
    fn lower_at(&self, factors: &[Factor], at: usize, forced: bool) -> Option<(Vec<(Expr, u32)>, usize)> {
        let first = factors.get(at).filter(|f| f.join == Join::Over)?;
        if self.bare_d(&first.expr, forced) != Some(1) {
            return Some((self.lower(&first.expr, forced)?, at + 1));
        }
        let mut by = Vec::new();
        let mut end = at;
        while factors.get(end).is_some_and(|f| (end == at || f.join == Join::Beside) && self.bare_d(&f.expr, forced) == Some(1)) {
            let variable = factors.get(end + 1).filter(|f| f.join == Join::Beside)?;
            by.push(raised(&variable.expr)?);
            end += 2;
        }
        Some((by, end))
    }

    /// Whether this name is a free `d`: `d` itself, or `∂`.
    fn is_d(&self, n: &Name, forced: bool) -> bool {
        &*n.text == "∂" || &*n.text == "d" && (forced || self.declared("d").is_none())
    }

    /// `d` or `d^2`: the order.
    fn bare_d(&self, e: &Expr, forced: bool) -> Option<u32> {
        match &e.kind {
            Kind::Name(n) if self.is_d(n, forced) => Some(1),
            Kind::Power { base, exponent, entrywise: false } => {
                self.bare_d(base, forced).filter(|k| *k == 1)?;
                small(exponent)
            }
            _ => None,
        }
    }

    fn upper(&self, e: &Expr, forced: bool) -> Option<Upper> {
        if let Some(order) = self.bare_d(e, forced) {
            return Some(Upper { of: None, order });
        }
        if let Kind::Product(factors) = &e.kind {
            let (first, rest) = factors.split_first()?;
            let order = self.bare_d(&first.expr, forced)?;
            let beside = rest.iter().all(|f| f.join == Join::Beside);
            return Self::refold(rest).filter(|_| beside).map(|of| Upper { of: Some(of), order });
        }
        // `d(a^2)`: a call by its form, a derivative by the name.
        if let Kind::Call(head, args) = &e.kind {
            if let (Some(order), [Arg::Expr(of)]) = (self.bare_d(head, forced), args.as_slice()) {
                return Some(Upper { of: Some(of.clone()), order });
            }
        }
        self.without_d(e, forced).map(|of| Upper { of: Some(of), order: 1 })
    }

    /// `dx`, `dx^2`, `dx[j]`, `d x`, `(dx dy)`: the variables with their orders.
    fn lower(&self, e: &Expr, forced: bool) -> Option<Vec<(Expr, u32)>> {
        match &e.kind {
            Kind::Power { base, exponent, entrywise: false } => {
                let v = self.without_d(base, forced)?;
                Some(vec![(v, small(exponent)?)])
            }
            Kind::Paren(inner) if matches!(&inner.kind, Kind::Product(_)) => self.lower(inner, forced),
            Kind::Product(factors) => {
                let mut out = Vec::new();
                let mut rest = factors.as_slice();
                while let Some((first, tail)) = rest.split_first() {
                    if !matches!(first.join, Join::First | Join::Beside) {
                        return None;
                    }
                    if self.bare_d(&first.expr, forced) == Some(1) {
                        let (v, tail) = tail.split_first()?;
                        out.push(raised(&v.expr)?);
                        rest = tail;
                    } else {
                        out.extend(self.lower(&first.expr, forced)?);
                        rest = tail;
                    }
                }
                (!out.is_empty()).then_some(out)
            }
            _ => self.several(e, forced).or_else(|| self.without_d(e, forced).map(|v| vec![(v, 1)])),
        }
    }
    /// `dKdL` where K and L are names, and neither `dKdL` nor `KdL` is one: the variables, in order.
    fn several(&self, e: &Expr, forced: bool) -> Option<Vec<(Expr, u32)>> {
        let Kind::Name(n) = &e.kind else { return None };
        let whole = self.without_d(e, forced)?;
        if whole.as_name().is_none_or(|rest| self.declared(rest).is_some()) {
            return None;
        }
        let mut out: Vec<(Expr, u32)> = Vec::new();
        let (mut rest, mut at) = (&*n.text, e.span.start);
        while !rest.is_empty() {
            let sign = rest.chars().next().filter(|c| matches!(c, 'd' | '∂'))?;
            let body = rest.get(sign.len_utf8()..)?;
            // The longest declared name that is followed by another `d`, or by nothing.
            let ends = body.char_indices().filter(|(_, c)| *c == sign).map(|(k, _)| k).chain([body.len()]);
            let end = ends.filter(|k| *k > 0 && body.get(..*k).is_some_and(|name| self.declared(name).is_some())).max()?;
            let start = at + u32::try_from(sign.len_utf8()).unwrap_or(0);
            at = start + u32::try_from(end).unwrap_or(0);
            let (name, tail) = (body.get(..end)?, body.get(end..)?);
            out.push((Expr::name(Span { start, end: at }, name, Origin::Plain), 1));
            rest = tail;
        }
        (out.len() > 1).then_some(out)
    }

    /// `dL_CE`, `dS(x)[i]` without the `d`, if that name is free.
    fn without_d(&self, e: &Expr, forced: bool) -> Option<Expr> {
        let kind = match &e.kind {
            Kind::Name(n) => {
                let rest = n.text.strip_prefix('d').or_else(|| n.text.strip_prefix('∂')).filter(|r| !r.is_empty())?;
                if n.origin != Origin::Plain || !(forced || self.declared(&n.text).is_none()) {
                    return None;
                }
                let d = u32::try_from(n.text.len() - rest.len()).unwrap_or(0);
                let span = Span { start: e.span.start + d, end: e.span.end };
                return Some(Expr::name(span, rest, Origin::Plain));
            }
            Kind::Call(head, args) => {
                let bare = self.without_d(head, forced)?;
                // `det(A)/det(B)` and `diag(u)` are calls of the library, unless `et` is a name.
                if matches!(&head.kind, Kind::Name(n) if self.is_function(n)) && bare.as_name().is_none_or(|n| self.declared(n).is_none()) {
                    return None;
                }
                Kind::Call(Box::new(bare), args.clone())
            }
            Kind::Index(base, subs) => Kind::Index(Box::new(self.without_d(base, forced)?), subs.clone()),
            _ => return None,
        };
        Some(Expr::new(e.span, kind))
    }

    /// The term of a derivative.
    pub(super) fn leibniz(&mut self, d: &Derivative, span: Span) -> Out<Id> {
        let mut of = self.value(&d.of)?;
        // `\partial^2 L / \partial y \partial f` is the derivative by y of that by f.
        for (v, order) in d.by.iter().rev() {
            if *order > 64 {
                return self.wrong(Code::ARGUMENTS, v.span, "the order of a derivative is at most 64");
            }
            for _ in 0..*order {
                of = self.derivative(of, d.of.span, v, span)?;
            }
        }
        Ok(of)
    }
}

/// The orders above and below must agree.
fn checked(upper: Upper, by: Vec<(Expr, u32)>, used: usize) -> Option<Found> {
    let total: u32 = by.iter().map(|b| b.1).sum();
    (total == upper.order).then_some((upper, by, used))
}

/// `x` or `x^2`: a variable and how often.
fn raised(e: &Expr) -> Option<(Expr, u32)> {
    Some(match &e.kind {
        Kind::Power { base, exponent, entrywise: false } => ((**base).clone(), small(exponent)?),
        _ => (e.clone(), 1),
    })
}

pub(super) fn small(e: &Expr) -> Option<u32> {
    match &e.bare().kind {
        Kind::Number(n) if n.exponent == 0 => u32::try_from(&n.mantissa).ok(),
        _ => None,
    }
}
