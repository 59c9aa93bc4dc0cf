//! What is differentiated is opened before a rule applies: a definition put in, a tensor written by entries, a norm as a root of a sum,
//! the logarithm of a product taken apart.

use super::Moved;
use crate::draft::Draft;
use crate::Engine;
use gradus_kernel::{Ground, Refused, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{FnId, Focus, Id, Node, Position, Prim, Store};

/// A name, or an entry of one, with the definition in its place.
fn unfolded(s: &Store, t: Id) -> Option<(FnId, Id)> {
    match s.node(t) {
        Node::Call(g, xs) => Some((*g, s.unfold(*g, xs)?)),
        Node::Entry(u, ix) => unfolded(s, *u).map(|(g, b)| (g, s.make_entry(b, ix))),
        _ => None,
    }
}

impl<'s> Engine<'s> {
    /// A sum whose kinks cancel is written without them before it is differentiated: there its derivative has a value, too.
    pub(super) fn without_kinks(&self, d: &mut Draft<'s>, path: &[u32]) -> Result<bool, Refused> {
        let s = self.store;
        let inner = Position::at(path).child(0);
        let f = d.proof.focus(&inner)?;
        let kink = |n: &Node| matches!(n, Node::Call(g, _) if matches!(s.prim(*g), Some(Prim::Abs | Prim::Max | Prim::Min)));
        if !s.any_subterm_defined(f.part, &mut |n| kink(n)) {
            return Ok(false);
        }
        for rule in self.rules.family("smooth") {
            for (some, _) in crate::matching::rewrite(s, rule, f.part, false) {
                // The summands meant, looked at by themselves: the step is said in the names opened there.
                let at = Position { operands: some.operands, ..inner.clone() };
                let here = d.proof.focus(&at)?;
                let Some((m, new)) = crate::matching::rewrite(s, rule, here.part, false).into_iter().next() else { continue };
                let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: m.subst };
                if d.step(&at, &here, ground, new, &rule.name, Text::words(rule.short.clone()), Weight::Main).is_ok() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
    /// `min(A u, A clip(u, a, b))`, whose two terms are one on an interval, without the bound that does not matter: `A min(u, b)` for A > 0,
    /// `A max(u, a)` for A < 0.
    pub(super) fn without_a_bound(&self, d: &mut Draft<'s>, path: &[u32]) -> Result<bool, Refused> {
        let s = self.store;
        let before = d.len();
        let inner = Position::at(path).child(0);
        let bound = |n: &Node| matches!(n, Node::Call(g, _) if matches!(s.prim(*g), Some(Prim::Max | Prim::Min)));
        let named = |n: &Node| match n {
            Node::Call(g, xs) if !s.fun(*g).library => s.unfold(*g, xs).is_some_and(|b| bound(s.node(b))),
            _ => false,
        };
        let places = |d: &Draft<'s>, is: &dyn Fn(&Node) -> bool| -> Result<Vec<Position>, Refused> {
            let part = d.proof.focus(&inner)?.part;
            Ok(crate::draft::outermost(s, part, is).into_iter().map(|p| p.iter().fold(inner.clone(), |at, k| at.child(*k))).collect())
        };
        for at in places(d, &named)? {
            let f = d.proof.focus(&at)?;
            let Node::Call(g, xs) = s.node(f.part) else { continue };
            let Some(new) = s.unfold(*g, xs) else { continue };
            d.step(&at, &f, Ground::Unfolded, new, "definition.unfold", self.definition_reason(*g), Weight::Main)?;
        }
        let mut clipped = false;
        // A sign comes out before a factor does.
        for family in ["factored", "factored", "clipped"] {
            for at in places(d, &bound)? {
                for rule in self.rules.family(family) {
                    let f = d.proof.focus(&at)?;
                    let fits = |new: &Id| match s.node(*new) {
                        Node::Cases(bs, _) => bs.iter().all(|b| s.loose(b.0) == 0 && !f.opened.iter().any(|v| s.mentions(b.0, *v))),
                        _ => true,
                    };
                    let found = crate::matching::rewrite(s, rule, f.part, false).into_iter().find(|(_, new)| fits(new));
                    let Some((m, new)) = found else { continue };
                    let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: m.subst };
                    if d.step_surely(&at, &f, ground, new, &rule.name, Text::words(rule.short.clone()), Weight::Main) {
                        clipped |= family == "clipped";
                        break;
                    }
                }
            }
        }
        if !clipped {
            d.truncate(before);
        }
        Ok(clipped)
    }
    pub(super) fn is_square_of_norm(&self, base: Id, exponent: Id) -> bool {
        let s = self.store;
        let norm = matches!(s.node(base), Node::Call(f, _) if s.prim(*f) == Some(Prim::Norm));
        norm && s.as_rational(exponent).is_some_and(|q| q == gradus_term::Rat::int(2))
    }
    /// `‖u‖²` as the sum of squares under its root.
    pub(super) fn open_norm(&self, d: &mut Draft<'s>, path: &[u32]) -> Result<Moved, Refused> {
        let s = self.store;
        let inner = Position::at(path).child(0);
        let f = d.proof.focus(&inner)?;
        let Node::Pow(base, _) = s.node(f.part) else { return Ok(Moved::Stuck) };
        let sum = s.scalar_form(*base).and_then(|root| match s.node(root) {
            Node::Call(_, xs) => xs.first().copied(),
            _ => None,
        });
        let Some(sum) = sum.map(|t| d.lettered(&f, t)) else { return Ok(Moved::Stuck) };
        d.recompute(&inner, &f, sum, "norm.square", Text::words("the square of a norm is a sum of squares"), Weight::Main)?;
        Ok(Moved::Done)
    }
    /// The logarithm of a product over a range as a sum, if its factors are known to be positive; whether it was.
    fn log_over_range(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus) -> bool {
        let Some(rule) = self.rules.get("log.product_over") else { return false };
        let Some((m, new)) = crate::matching::rewrite(self.store, rule, f.part, false).into_iter().next() else { return false };
        let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: m.subst };
        d.step_surely(pos, f, ground, new, &rule.name, Text::words("logarithm of a product"), Weight::Main)
    }
    /// The logarithm of a product or quotient with an exponential in it, or of a product over a range, is taken apart before it is
    /// differentiated.
    pub(crate) fn expand_log(&self, d: &mut Draft<'s>, path: &[u32]) -> Result<bool, Refused> {
        let s = self.store;
        let inner = Position::at(path).child(0);
        let f = d.proof.focus(&inner)?;
        let Node::Call(_, xs) = s.node(f.part) else { return Ok(false) };
        let Some(u) = xs.first().copied() else { return Ok(false) };
        let body = match s.node(u) {
            Node::Call(g, _) if s.fun(*g).library => None,
            _ => unfolded(s, u).map(|x| x.1),
        };
        // Beside the derivative of the name itself, that of its logarithm rests on it.
        if self.has_derivative_lemma(u) {
            return Ok(false);
        }
        let shape = body.unwrap_or(u);
        let over_range = crate::fold::is_product_over(s, shape);
        let log = crate::fold::log_of_factors(s, shape);
        if !over_range && log.is_none() {
            return Ok(false);
        }
        if body.is_some() {
            let at = inner.child(0);
            let g = d.proof.focus(&at)?;
            let Some((h, new)) = unfolded(s, g.part) else { return Ok(false) };
            d.step(&at, &g, Ground::Unfolded, new, "definition.unfold", self.definition_reason(h), Weight::Main)?;
            d.line(Detail::Textbook);
        }
        let f = d.proof.focus(&inner)?;
        if over_range {
            return Ok(self.log_over_range(d, &inner, &f));
        }
        let again = match s.node(f.part) {
            Node::Call(_, xs) => xs.first().and_then(|u| crate::fold::log_of_factors(s, *u)),
            _ => None,
        };
        let Some(log) = again.or(log) else { return Ok(false) };
        let quotient = matches!(s.node(f.part), Node::Call(_, xs) if xs.first().is_some_and(|u| matches!(s.node(*u), Node::Quot(..))));
        let reason = if quotient { "logarithm of a quotient" } else { "logarithm of a product" };
        Ok(d.recompute(&inner, &f, log, "log.expand", Text::words(reason), Weight::Main).is_ok())
    }

    /// Puts a definition in for what is differentiated, or writes it by entries.
    pub(super) fn open_body(&self, d: &mut Draft<'s>, path: &[u32]) -> Result<Moved, Refused> {
        let s = self.store;
        let inner = Position::at(path).child(0);
        let f = d.proof.focus(&inner)?;
        if let Some((g, new)) = unfolded(s, f.part) {
            d.step(&inner, &f, Ground::Unfolded, new, "definition.unfold", self.definition_reason(g), Weight::Main)?;
            self.drop_ones(d, &inner)?;
            // Of a definition by cases at an index that settles them, one branch.
            let f = d.proof.focus(&inner)?;
            if s.any_subterm(f.part, &mut |n| matches!(n, Node::Cases(bs, _) if bs.iter().any(|b| crate::tidy::settled(s, b.0).is_some())))
            {
                d.recompute(&inner, &f, crate::tidy::tidy(s, f.part), "arithmetic.tidy", Text::default(), Weight::Trivial)?;
            }
            return Ok(Moved::Done);
        }
        let by_entries = match s.node(f.part) {
            Node::Entry(t, ix) => s.entry(*t, ix),
            _ => s.scalar_form(f.part),
        };
        let Some(new) = by_entries else { return Ok(Moved::Stuck) };
        d.step(&inner, &f, Ground::Entries, new, "tensor.entries", Text::words("by entries"), Weight::Main)?;
        self.drop_ones(d, &inner)?;
        // `Σ_j u_j u_j` is `Σ_j u_j²` at once.
        let f = d.proof.focus(&inner)?;
        let new = crate::tidy::tidy(s, f.part);
        d.recompute(&inner, &f, new, "arithmetic.tidy", Text::default(), Weight::Trivial)?;
        Ok(Moved::Done)
    }
    /// The entries of a vector of ones are no factors that a person writes.
    fn drop_ones(&self, d: &mut Draft<'s>, pos: &Position) -> Result<(), Refused> {
        let f = d.proof.focus(pos)?;
        let new = crate::tidy::without_ones(self.store, f.part);
        d.recompute(pos, &f, new, "arithmetic.tidy", Text::default(), Weight::Trivial)
    }
}
