//! The goals, one function per keyword that needs one.

use nom::multi::separated_list1;
use nom::Parser;

use super::{clauses, DerivativeForm, Goal, GoalKind, ItemKind, Side};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::input::{fail, must, sign, word, Fail, Parsed, Tokens};
use crate::plain::{self, must_formula};
use crate::span::Span;
use crate::surface::{Expr, Ident};
use crate::token::Sign;

/// A goal past its first word. What is wrong with its form is said with one that is right.
pub fn goal<'a>(keyword: &str, i: Tokens<'a>) -> Parsed<'a, ItemKind> {
    of_keyword(keyword, i).map_err(|e| match (e, example(keyword)) {
        (nom::Err::Failure(Fail::Said(d)), Some(form)) if d.code == Code::BAD_STATEMENT && d.help.is_none() => {
            nom::Err::Failure(Fail::Said(Box::new(d.help(format!("for example {form}")))))
        }
        (e, _) => e,
    })
}

/// Goals of the kind, as they are written.
fn example(keyword: &str) -> Option<&'static str> {
    Some(match keyword {
        "derive" => "`derive dL/da`, `derive gradient of L wrt w`",
        "specialise" => "`specialise L with N = 1`",
        "solve" => "`solve x^2 = 4 for x`",
        "find" => "`find a, b such that tanh(z) = a sigmoid(2 z) + b for all z`",
        "evaluate" => "`evaluate f(x)`, `evaluate f(x) with x = [1, 2]`",
        "limit" => "`limit of sin(x)/x as x -> 0`, `limit of 1/x as x -> 0+`",
        "shape" => "`shape of net`, `shape of X w`",
        "parameters" => "`parameters of net`, `parameters of net layer 1 without bias`",
        "receptive" => "`receptive field of net`",
        _ => return None,
    })
}

fn of_keyword<'a>(keyword: &str, i: Tokens<'a>) -> Parsed<'a, ItemKind> {
    let (rest, kind) = match keyword {
        "derive" => derive(i)?,
        "show" => show(i)?,
        "specialise" => specialise(i)?,
        "solve" => solve(i)?,
        "find" => find(i)?,
        "evaluate" => evaluate(i)?,
        "limit" => limit(i)?,
        "shape" => {
            let (after, _) = must("`of`", word("of"))(i)?;
            if after.next().word() == Some("layer") && !after.next().next().rest().is_empty() {
                let (i, (network, layer)) = layer_of(i)?;
                (i, GoalKind::LayerShape { network, layer })
            } else {
                must_formula.map(GoalKind::Shape).parse(after)?
            }
        }
        "parameters" => parameters(i)?,
        "receptive" => field(i)?,
        "expand" => must_formula.map(GoalKind::Expand).parse(i)?,
        "factor" => must_formula.map(GoalKind::Factor).parse(i)?,
        _ => must_formula.map(GoalKind::Simplify).parse(i)?,
    };
    Ok((rest, ItemKind::Goal(Box::new(Goal { span: Span::default(), kind, clauses: Vec::new() }))))
}

fn derive(i: Tokens<'_>) -> Parsed<'_, GoalKind> {
    let of_next = word("of")(i.next()).is_ok();
    let form = match i.word() {
        Some("gradient") if of_next => DerivativeForm::Gradient,
        Some("jacobian") if of_next => DerivativeForm::Jacobian,
        Some("hessian") if of_next => DerivativeForm::Hessian,
        _ => {
            let (rest, e) = must_formula(i)?;
            if rest.word() == Some("wrt") {
                let d = Diagnostic::new(Code::UNEXPECTED, rest.here(), "`wrt` belongs to a gradient, a Jacobian or a Hessian");
                return fail(d.help("write `derive gradient of L wrt x`, or `derive dL/dx`"));
            }
            return Ok((rest, GoalKind::Derive(e)));
        }
    };
    let (i, of) = must_formula(i.skip(2))?;
    let (i, _) = must("`wrt` and a name", word("wrt"))(i)?;
    let (i, wrt) = must_formula(i)?;
    Ok((i, GoalKind::DeriveBy { form, of, wrt }))
}

fn show(i: Tokens<'_>) -> Parsed<'_, GoalKind> {
    let (rest, e) = must_formula(i)?;
    if rest.word() == Some("for") {
        let d = Diagnostic::new(Code::UNEXPECTED, rest.here(), "`for` cannot stand here");
        return fail(d.help("what is shown holds for all values of its names as they are; leave this out, or say more with `assuming`"));
    }
    if e.bare().is_condition() {
        return Ok((rest, GoalKind::Show(e)));
    }
    let d = Diagnostic::new(Code::BAD_STATEMENT, e.span, "`show` needs an equation or another relation");
    fail(d.help("for example `show (x + 1)^2 = x^2 + 2 x + 1`"))
}

fn evaluate(i: Tokens<'_>) -> Parsed<'_, GoalKind> {
    let (i, of) = must_formula(i)?;
    if i.word() != Some("with") {
        return Ok((i, GoalKind::Evaluate { of, with: Vec::new() }));
    }
    let (i, with) = clauses::formulas(i.skip(1))?;
    Ok((i, GoalKind::Evaluate { of, with }))
}

fn specialise(i: Tokens<'_>) -> Parsed<'_, GoalKind> {
    let (i, name) = must_formula(i)?;
    let (i, _) = must("`with`", word("with"))(i)?;
    let (i, with) = clauses::formulas(i)?;
    Ok((i, GoalKind::Specialise { name, with }))
}

fn solve(i: Tokens<'_>) -> Parsed<'_, GoalKind> {
    let (i, equation) = must_formula(i)?;
    let (i, _) = must("`for` and the unknown", word("for"))(i)?;
    let (i, unknown) = must("the unknown's name", plain::ident)(i)?;
    Ok((i, GoalKind::Solve { equation, unknown }))
}

fn find(i: Tokens<'_>) -> Parsed<'_, GoalKind> {
    let names = |i| separated_list1(sign(Sign::Comma), must("a name", plain::ident)).parse(i);
    let (i, unknowns) = names(i)?;
    let (i, _) = must("`such that`", word("such"))(i)?;
    let (i, _) = must("`that`", word("that"))(i)?;
    let (i, condition) = must_formula(i)?;
    if i.word() != Some("for") {
        return Ok((i, GoalKind::Find { unknowns, condition, for_all: Vec::new() }));
    }
    let (i, _) = must("`all`", word("all"))(i.next())?;
    let (i, for_all) = names(i)?;
    Ok((i, GoalKind::Find { unknowns, condition, for_all }))
}

/// `of E as x -> p`, the point perhaps followed by `+` or `-`.
fn limit(i: Tokens<'_>) -> Parsed<'_, GoalKind> {
    let (i, _) = must("`of`", word("of"))(i)?;
    let (i, of) = must_formula(i)?;
    let (i, _) = must("`as`", word("as"))(i)?;
    let (i, variable) = must("the variable", plain::ident)(i)?;
    let (i, _) = must("`->`", sign(Sign::Arrow))(i)?;
    let n = i.rest().len();
    let side = match i.rest().last().map(|t| &t.tok) {
        Some(crate::token::Tok::Sign(Sign::Plus)) => Some(Side::Right),
        Some(crate::token::Tok::Sign(Sign::Minus)) => Some(Side::Left),
        _ => None,
    };
    let (left, point) = must_formula(i.only(n - usize::from(side.is_some())))?;
    plain::end(left)?;
    Ok((i.take_all(), GoalKind::Limit { of, variable, point, side }))
}

fn field(i: Tokens<'_>) -> Parsed<'_, GoalKind> {
    let (i, _) = must("`field`", word("field"))(i)?;
    let (i, (network, layer)) = layer_of(i)?;
    Ok((i, GoalKind::Field { network, layer }))
}

/// `of NET`, perhaps `layer 3`.
fn layer_of(i: Tokens<'_>) -> Parsed<'_, (Ident, Option<Expr>)> {
    let (i, _) = must("`of`", word("of"))(i)?;
    let (mut i, network) = must("a network's name", plain::ident)(i)?;
    let mut layer = None;
    if i.word() == Some("layer") {
        let n = i.rest().iter().position(|t| t.tok == crate::token::Tok::Name("without".into()));
        let part = n.map_or(i, |n| i.only(n));
        let (left, e) = must_formula(part.next())?;
        plain::end(left)?;
        layer = Some(e);
        i = n.map_or(i.take_all(), |n| i.skip(n));
    }
    Ok((i, (network, layer)))
}

fn parameters(i: Tokens<'_>) -> Parsed<'_, GoalKind> {
    let (mut i, (network, layer)) = layer_of(i)?;
    let mut without_bias = false;
    if i.word() == Some("without") {
        let (rest, _) = must("`bias`", word("bias"))(i.next())?;
        without_bias = true;
        i = rest;
    }
    Ok((i, GoalKind::Parameters { network, layer, without_bias }))
}
