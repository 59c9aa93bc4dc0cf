//! Circular and hyperbolic functions of the inverses of others, as algebraic terms: `sin(2 arcsin x)` is `2x √(1 − x²)`.

use crate::draft::{outermost, Draft};
use crate::Engine;
use gradus_kernel::{Ground, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Id, Node, Position};

/// Lines it may take.
const LINES: usize = 8;

/// Functions that are undone.
const FUNCTIONS: &[&str] = &["sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "sech", "csch", "coth"];
/// Functions that undo.
const INVERSES: &[&str] = &["asin", "acos", "atan", "asinh", "acosh", "atanh"];

/// A function of the inverse itself.
const OF_INVERSE: &[&str] = &[
    "trig.sine_of_arcsine",
    "trig.cosine_of_arccosine",
    "trig.tangent_of_arctangent",
    "trig.cosine_of_arcsine",
    "trig.sine_of_arccosine",
    "trig.cosine_of_arctangent",
    "trig.sine_of_arctangent",
    "trig.tangent_of_arccosine",
    "hyperbolic.sine_of_inverse_sine",
    "hyperbolic.cosine_of_inverse_cosine",
    "hyperbolic.tangent_of_inverse_tangent",
    "hyperbolic.cosine_of_inverse_sine",
    "hyperbolic.sine_of_inverse_cosine",
    "hyperbolic.tangent_of_inverse_sine",
];
/// Of a multiple of one, or of a sum, by functions of the parts.
const OF_COMPOUNDS: &[&str] = &[
    "trig.sine_of_double",
    "trig.cosine_of_double",
    "trig.sine_of_triple",
    "trig.cosine_of_triple",
    "hyperbolic.sine_of_double",
    "hyperbolic.cosine_of_double",
    "trig.sine_of_sum",
    "trig.cosine_of_sum",
    "trig.tangent_of_sum",
    "hyperbolic.sine_of_sum",
    "hyperbolic.cosine_of_sum",
    "trig.sine_is_odd",
    "trig.cosine_is_even",
];
/// Of a difference: before sums, which a difference is one of.
const OF_DIFFERENCES: &[&str] = &["trig.sine_of_difference", "trig.cosine_of_difference"];
/// `cos(2 arcsin x)` is `1 − 2x²` at once, `cos(2 arccos x)` is `2x² − 1`.
const SHORTER: &[(&str, &str)] = &[("asin", "trig.cosine_of_double_by_sine"), ("acos", "trig.cosine_of_double_by_cosine")];

impl<'s> Engine<'s> {
    /// Every such function is written without the inverse, or nothing is done.
    pub(crate) fn undo_inverses(&self, d: &mut Draft<'s>) {
        let start = d.len();
        for _ in 0..LINES {
            let before = d.len();
            for path in outermost(self.store, d.current(), &|n| self.undoes(n)).into_iter().rev() {
                self.undo_at(d, &path);
            }
            if d.len() == before {
                break;
            }
            d.tidy();
            d.line(Detail::Textbook);
        }
        if self.store.any_subterm(d.current(), &mut |n| self.undoes(n)) {
            d.truncate(start);
        }
    }
    fn is_one_of(&self, n: &Node, names: &[&str]) -> bool {
        matches!(n, Node::Call(f, xs) if xs.len() == 1 && names.iter().any(|name| self.rules.function(name) == Some(*f)))
    }
    /// Whether this is a function of a linear term with an inverse.
    fn undoes(&self, n: &Node) -> bool {
        let s = self.store;
        let Node::Call(_, xs) = n else { return false };
        self.is_one_of(n, FUNCTIONS)
            && xs.iter().all(|x| s.any_subterm(*x, &mut |m| self.is_one_of(m, INVERSES)) && self.is_linear_in_inverses(*x))
    }
    fn is_linear_in_inverses(&self, t: Id) -> bool {
        let s = self.store;
        match s.node(t) {
            Node::Sum(xs) => xs.iter().all(|x| self.is_linear_in_inverses(x.term)),
            Node::Product(xs) => xs.iter().filter(|x| s.as_rational(**x).is_none()).all(|x| self.is_linear_in_inverses(*x)),
            n => self.is_one_of(n, INVERSES),
        }
    }
    fn undo_at(&self, d: &mut Draft<'s>, path: &[u32]) -> bool {
        let s = self.store;
        let pos = Position::at(path);
        let Ok(f) = d.proof.focus(&pos) else { return false };
        let shorter = SHORTER.iter().filter(|(inverse, _)| s.any_subterm(f.part, &mut |n| self.is_one_of(n, &[inverse])));
        let minus = s.any_subterm(f.part, &mut |n| matches!(n, Node::Sum(xs) if xs.len() > 1 && xs.iter().any(|x| x.neg)));
        let differences = if minus { OF_DIFFERENCES } else { &[] };
        for name in OF_INVERSE.iter().chain(shorter.map(|(_, rule)| rule)).chain(differences).chain(OF_COMPOUNDS) {
            let Some(rule) = self.rules.get(name) else { continue };
            for (m, new) in crate::matching::rewrite(s, rule, f.part, false) {
                let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: m.subst };
                if m.operands.is_empty() && d.step_surely(&pos, &f, ground, new, &rule.name, Text::words(rule.short.clone()), Weight::Main)
                {
                    return true;
                }
            }
        }
        if let Some(new) = self.tangent_of_double(f.part) {
            if d.recompute(&pos, &f, new, "trig.double_tangent", Text::words("double angle"), Weight::Main).is_ok() {
                return true;
            }
        }
        // What has no rule of its own is put in: `sec u = 1/cos u`.
        let Node::Call(g, xs) = s.node(f.part) else { return false };
        let Some(body) = s.unfold(*g, xs).filter(|b| s.any_subterm(*b, &mut |n| self.undoes(n))) else { return false };
        d.step(&pos, &f, Ground::Unfolded, body, "definition.unfold", self.definition_reason(*g), Weight::Main).is_ok()
    }
    /// `tan(2u)` as `2 tan(u)/(1 − tan² u)`.
    fn tangent_of_double(&self, t: Id) -> Option<Id> {
        let s = self.store;
        let Node::Call(f, xs) = s.node(t) else { return None };
        let (true, Node::Product(ys)) = (self.rules.function("tan") == Some(*f), s.node(*xs.first()?)) else { return None };
        let [two, u] = *ys.as_ref() else { return None };
        let tan = s.call(*f, &[u]);
        (s.as_rational(two)? == gradus_term::Rat::int(2)).then(|| s.quot(s.mul(two, tan), s.sub(s.int(1), s.pow(tan, s.int(2)))))
    }
}
