//! Derivatives by the number of an argument: `∂_1 g(u, v)`, `∂_1 ∂_2^2 g(u, v)`; `d_1` while that name is free.

use gradus_term::{Id, Node, Partial};

use super::{Elab, Out};
use crate::codes::Code;
use crate::span::Span;
use crate::surface::{Expr, Factor, Join, Kind};

/// `∂_k` before a call.
pub(super) struct ByArguments<'f> {
    /// The call.
    pub call: &'f Expr,
    /// By which arguments, each time it is differentiated.
    pub by: Vec<usize>,
}

impl Elab<'_> {
    /// The derivative by numbers of arguments that begins at a factor, and how many factors it uses.
    pub(super) fn by_arguments_at<'f>(&self, factors: &'f [Factor], at: usize) -> Option<(ByArguments<'f>, usize)> {
        let (mut by, mut end) = (Vec::new(), at);
        while let Some(found) = factors.get(end).and_then(|f| self.numbered(&f.expr)) {
            by.extend(found);
            end += 1;
        }
        let rest = factors.get(at + 1..=end)?;
        let call = &rest.last()?.expr;
        (rest.iter().all(|f| f.join == Join::Beside) && matches!(call.kind, Kind::Call(..)))
            .then(|| (ByArguments { call, by }, end + 1 - at))
    }

    /// `∂_2`, `∂_2^3`: by which argument, so many times.
    fn numbered(&self, e: &Expr) -> Option<Vec<usize>> {
        match &e.kind {
            Kind::Name(n) => {
                let own = n.text.strip_prefix("∂_").or_else(|| n.text.strip_prefix("d_").filter(|_| self.declared(&n.text).is_none()));
                Some(vec![own?.parse().ok()?])
            }
            Kind::Script(base, script) if base.as_name() == Some("∂") => Some(vec![script.text.parse().ok()?]),
            Kind::Power { base, exponent, entrywise: false } => {
                let times = usize::try_from(super::leibniz::small(exponent)?).ok().filter(|n| *n <= 64)?;
                let [k] = *self.numbered(base)?.as_slice() else { return None };
                Some(vec![k; times])
            }
            _ => None,
        }
    }

    /// The term of such a derivative.
    pub(super) fn by_arguments(&mut self, d: &ByArguments<'_>, span: Span) -> Out<Id> {
        let of = self.value(d.call)?;
        let Node::Call(f, args) = self.store.node(of).clone() else {
            return self.wrong(Code::ARGUMENTS, d.call.span, "an argument can be counted only in a call of a function");
        };
        let counted = self.store.fun(f).explicit == args.len();
        let numbers = args.iter().all(|x| self.store.sort(*x).is_scalar());
        let plain = numbers.then(|| Partial::of_numbers(f, args.to_vec(), vec![0; args.len()]));
        let Some(mut p) = self.store.as_partial(of).filter(|_| counted).or(plain) else {
            return self.wrong(Code::ARGUMENTS, d.call.span, "an argument is counted only in a call with numbers");
        };
        let last = if counted { p.args.len() } else { self.store.fun(f).explicit };
        for k in &d.by {
            if !(1..=last).contains(k) {
                return self.wrong(Code::ARGUMENTS, span, format!("the function has no argument with the number {k}"));
            }
            p = p.by(k - 1);
        }
        Ok(self.store.partial(&p))
    }
}
