//! Derivatives without steps.

use crate::ask::Question;
use crate::error::{Error, Kind};
use crate::source::Message;
use crate::stack;
use gradus_engine::gradient::Accumulator;
use gradus_render::Options;
use gradus_rules::Rulebook;
use gradus_syntax::elab::ItemKind;
use gradus_syntax::{elaborate, parse_worksheet};
use gradus_term::{GoalKind, Id, Node, Store, VarId};
use std::sync::Arc;

/// Nodes of a derivative that is written out.
const WRITTEN: usize = 50_000;

/// The derivatives of one expression by several names, in worksheet syntax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gradient {
    partials: Vec<(String, String)>,
    conditions: Vec<String>,
}

impl Gradient {
    /// The derivative by this name: a scalar for a scalar, for a tensor the tensor of its entries.
    #[must_use]
    pub fn partial(&self, name: &str) -> Option<&str> {
        self.partials.iter().find(|(n, _)| n == name).map(|(_, d)| d.as_str())
    }
    /// The names and the derivatives, in the order they were asked for.
    #[must_use]
    pub fn partials(&self) -> &[(String, String)] {
        &self.partials
    }
    /// What must hold besides both sides having values, such as `x > 0` for the derivative of `x^x`.
    #[must_use]
    pub fn conditions(&self) -> &[String] {
        &self.conditions
    }
}

/// The derivatives of an expression by several names at once, for callers who want no steps. The expression stands as the
/// question's goal; names left undeclared are real numbers. Nothing is proved, but every derivative is read from the
/// rulebook's.
///
/// ```
/// use gradus::{gradient, Question};
///
/// let loss = Question::new("L").given("n in N").given("y in R").given("x, w in R^n").define("p = sigmoid(w^T x)").define("L = (p - y)^2");
/// let g = gradient(&loss, &["y"])?;
/// assert_eq!(g.partial("y"), Some("-2 (p - y)"));
/// # Ok::<(), gradus::Error>(())
/// ```
///
/// # Errors
/// If the expression cannot be read, if the rulebook has no derivative of something in it, or if the derivative is too large
/// to be written out.
pub fn gradient(question: &Question, by: &[&str]) -> Result<Gradient, Error> {
    stack::run(|| found(question, by))?
}

/// The derivative of an expression by one name; see [`gradient`].
///
/// ```
/// assert_eq!(gradus::differentiate("x^2", "x")?, "2 x");
/// # Ok::<(), gradus::Error>(())
/// ```
///
/// # Errors
/// See [`gradient`].
pub fn differentiate(expression: &str, variable: &str) -> Result<String, Error> {
    let g = gradient(&Question::new(expression), &[variable])?;
    Ok(g.partials.into_iter().map(|(_, d)| d).next().unwrap_or_default())
}

fn found(question: &Question, by: &[&str]) -> Result<Gradient, Error> {
    let mut lines = vec![format!("simplify {}", question.goal)];
    lines.extend(by.iter().map(|n| format!("simplify {n}")));
    let question = Question { goal: lines.join("\n"), ..question.clone() };
    let names = question.undeclared()?;
    let source = Arc::new(question.worksheet(&names));
    let store = Store::new();
    let book = Rulebook::load(&store)?;
    let (sheet, mut said) = parse_worksheet(&source.bytes, source.host);
    let (doc, more) = elaborate(&store, &sheet);
    said.extend(more);
    let faults: Vec<String> =
        said.into_iter().filter(gradus_syntax::Diagnostic::is_error).map(|d| Message::new(d, &source).render(false)).collect();
    if !faults.is_empty() {
        return Err(Kind::Input(faults.join("\n\n")).into());
    }
    let mut terms = doc.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Goal(g) => match g.goal.kind {
            GoalKind::Simplify(t) => Some(t),
            _ => None,
        },
        _ => None,
    });
    let of = terms.next().ok_or_else(|| Kind::Input("there is no expression to differentiate".to_owned()))?;
    let by_terms: Vec<Id> = terms.collect();
    let vars: Vec<VarId> = by_terms
        .iter()
        .filter_map(|t| match store.node(*t) {
            Node::Var(v) => Some(*v),
            _ => None,
        })
        .collect();
    if vars.len() != by.len() {
        return Err(Kind::Input("a derivative without steps is taken by declared names".to_owned()).into());
    }
    let mut accumulator = Accumulator::new(&store, &book);
    let g = accumulator.gradient(of, &vars).map_err(|e| Kind::NoResult(e.to_string()))?;
    let options = Options::default();
    let written = |t: Id| {
        let t =
            accumulator.written(t, WRITTEN).ok_or_else(|| Kind::NoResult("the derivative is too large to be written out".to_owned()))?;
        Ok::<String, Error>(gradus_render::text_term(&store, t, &options))
    };
    let partials = by.iter().zip(&g.partials).map(|(n, t)| Ok(((*n).to_owned(), written(*t)?))).collect::<Result<_, Error>>()?;
    let conditions = g.conditions.iter().map(|c| written(*c)).collect::<Result<_, Error>>()?;
    Ok(Gradient { partials, conditions })
}
