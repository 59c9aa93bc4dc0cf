//! What a certificate may call things, and what its claims may speak of: whoever reads a verified claim reads in which sets its names
//! lie, so a name whose set is not printed may lie in no other than all numbers.

use super::VerifiedClaim;
use crate::derivation::Claim;
use gradus_term::{Domain, Id, Props, Size, Sort, Store, VarId, VarInfo, VarKind};

/// Whether this is a name, and neither a number nor a formula.
pub(super) fn is_word(w: &str) -> bool {
    w.starts_with(char::is_alphabetic) && w.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '\''))
}
/// The name of a whole number that is a quotient rounded down: `floor((n - k)/2)`. That it is this its conditions say; what holds without
/// them holds of every whole number.
fn is_floor(v: &VarInfo) -> bool {
    let inside = v.name.strip_prefix("floor(").and_then(|w| w.strip_suffix(')'));
    v.domain == Domain::Int && inside.is_some_and(|w| w.chars().all(|c| c.is_alphanumeric() || "_'()+-*/ ".contains(c)))
}
/// A bound letter, or none.
pub(super) fn is_letter(w: &str) -> bool {
    w.is_empty() || is_word(w)
}
/// One word of a label.
pub(super) fn is_label(w: &str) -> bool {
    !w.is_empty() && w.chars().all(|c| c.is_alphanumeric() || ".-_':".contains(c))
}
/// What is printed in one line.
pub(super) fn is_line(w: &str) -> bool {
    !w.contains(char::is_control)
}

/// What is wrong with a name.
pub(super) fn fault(v: &VarInfo) -> Option<&'static str> {
    let every = matches!(v.domain, Domain::Real | Domain::Int | Domain::Nat);
    let sort = matches!(v.sort, Sort::Scalar | Sort::Tensor(_) | Sort::Row(_) | Sort::Compound(_) | Sort::Fun(_));
    match v.kind {
        VarKind::Given | VarKind::Size | VarKind::Index if !is_word(&v.name) && !is_floor(v) => Some("it is no word"),
        VarKind::Given if !sort => Some("its sort"),
        VarKind::Size | VarKind::Index if !v.is_integer() => Some("it is no whole number"),
        VarKind::Given | VarKind::Size | VarKind::Index => None,
        // What is known of a tensor near a point, as of the point, is known of a name that is opened there.
        VarKind::Opened => (!is_letter(&v.name) || !every).then_some("its set is not printed"),
        VarKind::Param | VarKind::Meta => {
            (!is_letter(&v.name) || !every || v.props != Props::default()).then_some("its set is not printed")
        }
    }
}

/// Whether a claim speaks of declared names alone; its conditions, too, of indices that are meant for all their values.
pub(super) fn speaks_openly(s: &Store, c: &VerifiedClaim) -> bool {
    let declared = |v: VarId| matches!(s.var(v).kind, VarKind::Given | VarKind::Size | VarKind::Index);
    let every = |v: VarId| {
        let info = s.var(v);
        info.kind == VarKind::Opened && info.domain == Domain::Int && info.sort == Sort::Scalar
    };
    let (terms, conditions) = spoken_of(s, &c.claim);
    let conditions = conditions.iter().chain(&c.givens).chain(&c.assumptions);
    terms.iter().flat_map(|t| s.free_vars(*t)).all(declared)
        && conditions.flat_map(|t| s.free_vars(*t)).all(|v| declared(v) || every(v))
        && c.label.as_deref().is_none_or(is_label)
}

impl VerifiedClaim {
    /// Its terms, with those of its conditions.
    pub fn terms(&self, s: &Store) -> Vec<Id> {
        let (terms, conditions) = spoken_of(s, &self.claim);
        [terms, conditions, self.givens.clone(), self.assumptions.clone()].concat()
    }
}

/// The terms of a claim, and the conditions in it.
fn spoken_of(s: &Store, c: &Claim) -> (Vec<Id>, Vec<Id>) {
    let of_sizes = |sizes: &[Size]| sizes.iter().map(|z| z.term(s)).collect::<Vec<_>>();
    match c {
        Claim::Equal(a, b) => (vec![*a, *b], Vec::new()),
        Claim::Holds(c) => (vec![*c], Vec::new()),
        Claim::Solves { equation, unknown, values, .. } => {
            let when = values.iter().flat_map(|r| r.when.iter().copied()).collect();
            (values.iter().map(|r| r.value).chain([*equation, s.name(*unknown)]).collect(), when)
        }
        Claim::Found { condition, values, for_all } => {
            let names = values.iter().map(|v| v.0).chain(for_all.iter().copied()).map(|v| s.name(v));
            (values.iter().map(|v| v.1).chain(names).chain([*condition]).collect(), Vec::new())
        }
        Claim::Shape { of, sizes, .. } => (of.iter().copied().chain(of_sizes(sizes)).collect(), Vec::new()),
        Claim::Field { sizes, .. } => (of_sizes(sizes), Vec::new()),
        Claim::Count { value, .. } => (vec![*value], Vec::new()),
    }
}
