//! Powers and exponentials, by the rules of the rulebook.

use super::Back;
use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, tidy};
use crate::Engine;
use gradus_kernel::{rearranged, Text, Weight};
use gradus_term::{Id, Node, Position, Summand};

/// Powers of products, fractions, powers and exponentials.
const POWERS: &[&str] =
    &["exp.power", "fraction.power", "power.of_product", "power.power_whole", "power.power", "root.square", "root.twice", "abs.square"];

impl<'s> Engine<'s> {
    /// Powers of products, fractions and powers taken apart.
    pub(crate) fn open_powers(&self, d: &mut Draft<'s>) -> Option<Back> {
        self.rules_everywhere(d, POWERS, Weight::Main)
    }
    /// `e^u e^v` as `e^{u + v}`, in products that are not under a sum over an index that only one of them mentions.
    pub(crate) fn join_exponentials(&self, d: &mut Draft<'s>) -> Option<Back> {
        let s = self.store;
        let start = d.len();
        for _ in 0..16 {
            let hit = everywhere(s, d.current(), &|n| matches!(n, Node::Product(_) | Node::Quot(..))).into_iter().any(|path| {
                let pos = Position::at(&path);
                let Ok(f) = d.proof.focus(&pos) else { return false };
                let Some(new) = self.joined(f.part) else { return false };
                !rearranged(s, new, f.part) && d.recompute(&pos, &f, new, "exp.sum", Text::words("add the exponents"), Weight::Main).is_ok()
            });
            if !hit {
                break;
            }
        }
        (d.len() > start).then(|| Text::words("exponential of a sum"))
    }
    /// The exponentials among the factors of a product, or of a fraction of monomials, as one.
    fn joined(&self, t: Id) -> Option<Id> {
        let s = self.store;
        let (top, bottom) = match s.node(t) {
            Node::Quot(a, b) => (factors(s, *a), factors(s, *b)),
            _ => (factors(s, t), Vec::new()),
        };
        let is_exp = |x: &Id| self.exponent(*x).is_some();
        let count = top.iter().filter(|x| is_exp(x)).count() + bottom.iter().filter(|x| is_exp(x)).count();
        let alone = bottom.len() == 1 && bottom.iter().any(is_exp) && !top.iter().any(|x| matches!(s.node(*x), Node::Sum(_)));
        if count < 2 && !alone {
            return None;
        }
        let part = |xs: &[Id], neg: bool| -> Vec<Summand> {
            xs.iter().filter_map(|x| self.exponent(*x)).map(|u| Summand { neg, term: u }).collect()
        };
        let mut all = part(&top, false);
        all.extend(part(&bottom, true));
        let sum = s.sum(&all);
        // Like terms of the exponent are collected on the way.
        let u = gradus_decide::Facts::new(s, &[]).expand(sum).map_or_else(|| tidy(s, sum), |e| tidy(s, e));
        let mut above: Vec<Id> = top.into_iter().filter(|x| !is_exp(x) && !crate::tidy::is_one(s, *x)).collect();
        above.push(tidy(s, s.exp(u)));
        let below: Vec<Id> = bottom.into_iter().filter(|x| !is_exp(x)).collect();
        let a = tidy(s, s.product(&above));
        Some(if below.is_empty() { a } else { s.quot(a, s.product(&below)) })
    }
}
