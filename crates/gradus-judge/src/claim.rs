//! What is tested at one point.

use crate::conditions::relation;
use crate::eval::Eval;
use crate::field::{Fault, Field, Out};
use crate::jet::Scalar;
use crate::num::Num;
use crate::tensor::Value;
use gradus_term::{Id, Node, RelOp};
use std::cmp::Ordering;

/// A claim about a point.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Claim {
    /// Equal values wherever both are defined; if the flag is set, the right side is defined wherever the left one is.
    Equal(Id, Id, bool),
    /// The condition holds where its left side is defined.
    Holds(Id),
    /// Nothing but the facts.
    Nothing,
}

impl Claim {
    pub(crate) fn terms(self) -> Vec<Id> {
        match self {
            Claim::Equal(a, b, _) => vec![a, b],
            Claim::Holds(c) => vec![c],
            Claim::Nothing => Vec::new(),
        }
    }
}

/// What came out at one point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// Agreement: exact, or of enclosures narrower than `1/2^40` (`sharp`) relative to the values.
    Agree { exact: bool, sharp: bool },
    /// A proof that the claim fails here.
    Apart { exact: bool, left: String, right: String },
    /// The left side has a value, the right one certainly none.
    RightUndefined { left: String },
    /// The claim says nothing here.
    LeftUndefined,
    /// It cannot be told.
    Unclear(Fault),
}

const DIGITS: usize = 12;

/// A value as text.
pub(crate) fn text<F: Field>(v: &Value<F>) -> String {
    match v {
        Value::S(x) => x.real().text(DIGITS),
        Value::T(t) => {
            let cell = |x: &Out<Scalar<F>>| x.as_ref().map_or_else(|_| "undefined".to_owned(), |x| x.real().text(DIGITS));
            let cells: Vec<String> = t.data.iter().map(cell).collect();
            crate::text::nested(&t.dims, &cells)
        }
        Value::Fun(_) | Value::Random(_) => "a function".to_owned(),
    }
}

/// Tests the claim with one kind of enclosure.
pub(crate) fn test<F: Field>(ev: &mut Eval<'_, F>, claim: Claim) -> Outcome {
    match claim {
        Claim::Equal(a, b, defined) => equal(ev, a, b, defined),
        Claim::Holds(c) => holds(ev, c),
        Claim::Nothing => Outcome::Agree { exact: true, sharp: true },
    }
}

fn equal<F: Field>(ev: &mut Eval<'_, F>, a: Id, b: Id, defined: bool) -> Outcome {
    ev.refill();
    let x = match ev.eval(a).and_then(Value::defined) {
        Ok(v) => v,
        Err(Fault::Undefined) => return Outcome::LeftUndefined,
        Err(e) => return Outcome::Unclear(e),
    };
    ev.refill();
    let y = match ev.eval(b).and_then(Value::defined) {
        Ok(v) => v,
        Err(Fault::Undefined) if defined => return Outcome::RightUndefined { left: text(&x) },
        Err(Fault::Undefined) => return Outcome::LeftUndefined,
        Err(e) => return Outcome::Unclear(e),
    };
    compare(&x, &y)
}

/// Compares two defined values.
pub(crate) fn compare<F: Field>(x: &Value<F>, y: &Value<F>) -> Outcome {
    let apart = |exact: bool| Outcome::Apart { exact, left: text(x), right: text(y) };
    match (x, y) {
        (Value::S(a), Value::S(b)) => match near(a.real(), b.real()) {
            Near::Apart(exact) => apart(exact),
            Near::Exact => Outcome::Agree { exact: true, sharp: true },
            Near::Close(sharp) => Outcome::Agree { exact: false, sharp },
        },
        (Value::T(s), Value::T(t)) => {
            // A row is not its column; a scalar is not a vector of length one.
            if s.dims != t.dims || s.row != t.row {
                return apart(true);
            }
            let (mut exact, mut sharp) = (true, true);
            for (a, b) in s.data.iter().zip(&t.data) {
                let (Ok(a), Ok(b)) = (a, b) else { return Outcome::Unclear(Fault::Unclear) };
                match near(a.real(), b.real()) {
                    Near::Apart(e) => return apart(e),
                    Near::Exact => {}
                    Near::Close(s) => {
                        exact = false;
                        sharp &= s;
                    }
                }
            }
            Outcome::Agree { exact, sharp }
        }
        _ => Outcome::Unclear(Fault::Unsupported),
    }
}

enum Near {
    Apart(bool),
    Exact,
    Close(bool),
}

fn near<F: Field>(a: &Num<F>, b: &Num<F>) -> Near {
    match a.cmp(b) {
        Ok(Ordering::Equal) => Near::Exact,
        Ok(_) => Near::Apart(matches!((a, b), (Num::Q(_), Num::Q(_)))),
        Err(_) => {
            let (a, b) = (a.field(), b.field());
            let size = a.approx().abs().max(b.approx().abs());
            let width = a.slack() + b.slack();
            Near::Close(width <= size * 1e-11 || width < 1e-40)
        }
    }
}

/// A condition: false is a refutation only where the left sides of its relations are defined.
fn holds<F: Field>(ev: &mut Eval<'_, F>, c: Id) -> Outcome {
    ev.refill();
    let s = ev.s;
    if let Node::Rel(RelOp::Eq, a, b) = s.node(c) {
        return equal(ev, *a, *b, true);
    }
    match ev.condition(c) {
        Ok(true) => Outcome::Agree { exact: true, sharp: true },
        Ok(false) => {
            let (left, right) = match s.node(c) {
                Node::Rel(_, a, b) => (show(ev, *a), show(ev, *b)),
                _ => ("false".to_owned(), "true".to_owned()),
            };
            Outcome::Apart { exact: false, left, right }
        }
        Err(Fault::Undefined) => match s.node(c) {
            Node::Rel(_, a, _) => match ev.eval(*a).and_then(Value::defined) {
                Ok(v) => Outcome::RightUndefined { left: text(&v) },
                Err(_) => Outcome::LeftUndefined,
            },
            _ => Outcome::LeftUndefined,
        },
        Err(Fault::Unclear) => tie(ev, c),
        Err(e) => Outcome::Unclear(e),
    }
}

/// `a ≤ b` with equal values: enclosures that touch agree as well as they can.
fn tie<F: Field>(ev: &mut Eval<'_, F>, c: Id) -> Outcome {
    let s = ev.s;
    if let Node::Rel(RelOp::Le | RelOp::Ge, a, b) = s.node(c) {
        if let (Ok(x), Ok(y)) = (ev.eval(*a), ev.eval(*b)) {
            if relation(RelOp::Eq, &x, &y).is_err() {
                if let Outcome::Agree { exact, sharp } = compare(&x, &y) {
                    return Outcome::Agree { exact, sharp };
                }
            }
        }
    }
    Outcome::Unclear(Fault::Unclear)
}

fn show<F: Field>(ev: &mut Eval<'_, F>, t: Id) -> String {
    ev.eval(t).map_or_else(|_| "undefined".to_owned(), |v| text(&v))
}
