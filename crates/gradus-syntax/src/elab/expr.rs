//! Formulas: dispatch, numbers, sums, powers, relations.
//!
//! Recursion is bounded by a depth budget; each arm is a function of its own, so that a level needs little stack.

use gradus_term::{Id, Node, Prim, Rat, RelOp, Sort, Summand};
use num_bigint::{BigInt, Sign};

use super::{Elab, Out, Said};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::input::too_deep;
use crate::limits;
use crate::span::Span;
use crate::surface::{self, Expr, Factor, Join, Kind, Relation};
use crate::token::Number;

impl Elab<'_> {
    /// A formula as a term: a value, or a condition.
    pub(super) fn expr(&mut self, e: &Expr) -> Out<Id> {
        let e = e.bare();
        if self.depth >= limits::ELABORATION_DEPTH {
            return self.err(too_deep(e.span, limits::ELABORATION_DEPTH));
        }
        self.depth += 1;
        let out = self.dispatch(e);
        self.depth -= 1;
        out
    }

    fn dispatch(&mut self, e: &Expr) -> Out<Id> {
        match &e.kind {
            Kind::Error | Kind::Paren(_) => Err(Said),
            Kind::Number(n) => Ok(self.number(n)),
            Kind::Name(n) => self.name(n, e.span),
            Kind::Tuple(_) => self.tuple(e.span),
            Kind::Sum(all) => self.sum(all),
            Kind::Neg(x) => {
                let id = self.value(x)?;
                Ok(self.affine(self.store.neg(id)))
            }
            Kind::Product(all) => self.product(all, e.span),
            Kind::Power { base, entrywise, exponent } => self.power(base, *entrywise, exponent, e.span),
            Kind::Transpose(x) => self.transpose(x, false),
            Kind::InverseTranspose(x) => self.transpose(x, true),
            Kind::Factorial(x) => {
                let id = self.value(x)?;
                let id = self.scalar(id, x.span, "the argument of `!`")?;
                Ok(self.store.prim_call(Prim::Factorial, &[id]))
            }
            Kind::Call(head, args) => self.call(head, args, e.span),
            Kind::Index(base, subs) => self.indexed(base, subs, e.span),
            Kind::Script(base, script) => self.script(base, script, e.span),
            Kind::Array(rows) => self.array(rows, e.span),
            Kind::Iverson(c) => {
                let c = self.condition(c)?;
                Ok(self.store.intern(Node::Iverson(c)))
            }
            Kind::Relation(first, links) => self.relation(first, links),
            Kind::And(all) => self.conjunction(all),
            Kind::Rest(n) => self.rest(n, e.span),
            Kind::Quoted(w) => self.wrong(Code::EXPECTED_FORMULA, e.span, format!("expected a formula, found `\"{w}\"`")),
        }
    }

    fn tuple(&mut self, span: Span) -> Out<Id> {
        let d = Diagnostic::new(Code::UNEXPECTED, span, "a list in round brackets that no function takes");
        self.err(d.help("an array is written `[a, b]`; a function's `(` touches its name"))
    }

    fn rest(&mut self, n: &surface::Ident, span: Span) -> Out<Id> {
        match self.scope.get(&n.text).map(|e| e.named.clone()) {
            Some(super::Named::Rest(v)) if self.rule_mode => Ok(self.store.intern(Node::Seq(v))),
            _ => self.wrong(Code::UNEXPECTED, span, "`..` stands only between the bounds of a range"),
        }
    }

    /// A formula that must be a value.
    pub(super) fn value(&mut self, e: &Expr) -> Out<Id> {
        let id = self.expr(e)?;
        if *self.store.sort(id) == Sort::Cond {
            return self.condition_as_value(e.span);
        }
        Ok(id)
    }

    /// A formula that must be a condition.
    pub(super) fn condition(&mut self, e: &Expr) -> Out<Id> {
        let id = self.expr(e)?;
        if !matches!(self.store.sort(id), Sort::Cond | Sort::Any) {
            let d = Diagnostic::new(Code::CONDITION, e.span, "a condition should stand here, not a value");
            return self.err(d.help("for example `i = j` or `x > 0`"));
        }
        Ok(id)
    }

    /// The exact value of a number: a decimal is a fraction.
    pub(super) fn number(&self, n: &Number) -> Id {
        let whole = BigInt::from_biguint(Sign::Plus, n.mantissa.clone());
        let power = BigInt::from(10u8).pow(n.exponent.unsigned_abs());
        let power = Rat::from(power);
        let whole = Rat::from(whole);
        let value = if n.exponent < 0 { whole.div(&power).unwrap_or(whole) } else { whole.mul(&power) };
        self.store.rational(&value)
    }

    fn sum(&mut self, all: &[surface::Summand]) -> Out<Id> {
        let mut parts = Vec::with_capacity(all.len());
        let mut failed = false;
        for s in all {
            match self.value(&s.expr) {
                Ok(id) => parts.push((id, s.expr.span)),
                Err(Said) => failed = true,
            }
        }
        if failed {
            return Err(Said);
        }
        let ids = self.join(parts, "in this sum")?;
        let summands: Vec<Summand> = all.iter().zip(ids).map(|(s, term)| Summand { neg: s.minus, term }).collect();
        Ok(self.affine(self.store.sum(&summands)))
    }

    /// A whole-number expression in sizes and indices is one [`Node::Index`]; anything else stays as it is.
    pub(super) fn affine(&self, id: Id) -> Id {
        match self.store.as_aff(id) {
            Some(a) if a.as_int().is_none() => self.store.index(a),
            _ => id,
        }
    }

    fn power(&mut self, base: &Expr, entrywise: bool, exponent: &Expr, span: Span) -> Out<Id> {
        let euler = base.as_name() == Some("e") && self.declared("e").is_none();
        if euler && !entrywise {
            let u = self.value(exponent)?;
            return Ok(self.store.exp(u));
        }
        let b = self.value(base)?;
        let x = self.value(exponent)?;
        if entrywise && (self.sort(b).is_tensor() || self.sort(x).is_tensor()) {
            if self.sort(b).is_tensor() && self.sort(x).is_tensor() {
                let ids = self.join(vec![(b, base.span), (x, exponent.span)], "in this entrywise power")?;
                return Ok(self.store.prim_call(Prim::EntryPow, &ids));
            }
            return Ok(self.store.prim_call(Prim::EntryPow, &[b, x]));
        }
        let x = self.scalar(x, exponent.span, "an exponent")?;
        if self.is_scalar(b) {
            return Ok(self.store.pow(b, x));
        }
        self.matrix_power(b, x, base.span, span)
    }

    fn matrix_power(&mut self, b: Id, x: Id, base: Span, span: Span) -> Out<Id> {
        let sort = self.sort(b);
        if !self.square(&sort) {
            let shown = self.show_sort(&sort);
            let d = Diagnostic::new(Code::VECTOR_POWER, span, "only a square matrix has powers").label(base, format!("this is {shown}"));
            return self.err(d.help("an entrywise power is written `x .^ 2`"));
        }
        let b = self.settle(b);
        match self.store.as_rational(x).and_then(|q| q.to_i64()) {
            Some(-1) => Ok(self.store.prim_call(Prim::Inv, &[b])),
            Some(k) if k < 0 => {
                let inverse = self.store.prim_call(Prim::Inv, &[b]);
                Ok(self.store.pow(inverse, self.store.int(-k)))
            }
            Some(_) => Ok(self.store.pow(b, x)),
            None if self.store.as_aff(x).is_some() => Ok(self.store.pow(b, x)),
            None => {
                let d = Diagnostic::new(Code::VECTOR_POWER, span, "the exponent of a matrix is a whole number");
                self.err(d.help("an entrywise power is written `A .^ t`"))
            }
        }
    }

    fn transpose(&mut self, x: &Expr, inverse: bool) -> Out<Id> {
        let mut id = self.value(x)?;
        let sort = self.sort(id);
        if inverse {
            id = self.inverse(id, x.span)?;
        }
        if (sort.dims().len() > 2 && !sort.is_compound()) || matches!(sort, Sort::Fun(_)) {
            let shown = self.show_sort(&sort);
            return self.wrong(Code::SHAPE, x.span, format!("only vectors and matrices are transposed, and this is {shown}"));
        }
        Ok(self.store.prim_call(Prim::Transpose, &[id]))
    }

    /// Whether this is a square matrix, or can be.
    pub(super) fn square(&mut self, sort: &Sort) -> bool {
        match sort.axes() {
            Some((rows, cols)) => !rows.is_empty() && self.unify_parts(rows, cols),
            None => false,
        }
    }

    /// `inv(A)` of a square matrix.
    pub(super) fn inverse(&mut self, id: Id, span: Span) -> Out<Id> {
        let sort = self.sort(id);
        if !sort.is_scalar() && !self.square(&sort) {
            let shown = self.show_sort(&sort);
            return self.wrong(Code::SHAPE, span, format!("only a square matrix has an inverse, and this is {shown}"));
        }
        let id = self.settle(id);
        Ok(self.store.prim_call(Prim::Inv, &[id]))
    }

    fn relation(&mut self, first: &Expr, links: &[(Relation, Expr)]) -> Out<Id> {
        let mut left = (self.value(first)?, first.span);
        let mut all = Vec::new();
        for (sign, e) in links {
            let right = (self.value(e)?, e.span);
            let op = match sign {
                Relation::Equal => RelOp::Eq,
                Relation::NotEqual => RelOp::Ne,
                Relation::Less => RelOp::Lt,
                Relation::LessEqual => RelOp::Le,
                Relation::Greater => RelOp::Gt,
                Relation::GreaterEqual => RelOp::Ge,
            };
            if !matches!(op, RelOp::Eq | RelOp::Ne) {
                for (id, span) in [left, right] {
                    let s = self.sort(id);
                    if s.is_tensor() {
                        let shown = self.show_sort(&s);
                        let d =
                            Diagnostic::new(Code::SCALAR_NEEDED, span, format!("what is compared must be a scalar, and this is {shown}"));
                        return self.err(d.help(
                            "compare entries, `x[i] > 0`; every entry of a given is positive if it says so: `given x in R^n positive`",
                        ));
                    }
                    self.scalar(id, span, "what is compared")?;
                }
            }
            let ids = self.join(vec![left, right], "in this relation")?;
            if let [a, b] = ids.as_slice() {
                all.push(self.store.rel(op, *a, *b));
                left = (right.0, right.1);
            }
        }
        match all.as_slice() {
            [one] => Ok(*one),
            _ => Ok(self.store.intern(Node::And(all.into()))),
        }
    }

    fn conjunction(&mut self, parts: &[Expr]) -> Out<Id> {
        let mut all = Vec::new();
        for e in parts {
            let c = self.condition(e)?;
            match self.store.node(c) {
                Node::And(inner) => all.extend(inner.iter().copied()),
                _ => all.push(c),
            }
        }
        Ok(self.store.intern(Node::And(all.into())))
    }

    /// `a / b` with both as given, for callers that have a surface factor list.
    pub(super) fn over(&mut self, a: Id, b: Id, top: Span, bottom: Span) -> Out<Id> {
        if self.sort(b).is_tensor() {
            let shown = self.show_sort(&self.sort(b));
            let d = Diagnostic::new(Code::SHAPE, bottom, format!("division by {shown}"));
            return self.err(d.help("entrywise division is written `x ./ y`; the inverse of a matrix `inv(A)`"));
        }
        self.scalar(b, bottom, "a denominator")?;
        if self.store.as_rational(b).is_some_and(|q| q.is_zero()) {
            let d = Diagnostic::new(Code::DIVISION_BY_ZERO, bottom, "division by zero").label(top, "this is divided");
            return self.err(d);
        }
        Ok(self.store.quot(a, b))
    }

    /// A factor list as one formula again.
    pub(super) fn refold(factors: &[Factor]) -> Option<Expr> {
        match factors {
            [] => None,
            [one] => Some(one.expr.clone()),
            [first, .., last] => {
                let span = first.expr.span.to(last.expr.span);
                let mut all = factors.to_vec();
                if let Some(f) = all.first_mut() {
                    f.join = Join::First;
                }
                Some(Expr::new(span, Kind::Product(all)))
            }
        }
    }
}
