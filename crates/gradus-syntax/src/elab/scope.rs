//! What is declared: names with their meaning, section by section.
//!
//! A later section may declare a name anew; what was said before keeps the old one, since terms hold identities.

use gradus_term::{Aff, FnId, Id, Prim, Store, VarId};
use rustc_hash::FxHashMap;

use crate::span::Span;

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A given, a size, an index, a parameter.
    Var(VarId),
    /// A function or a definition. A definition without parameters carries its hidden arguments.
    Fun(FnId, Vec<Id>),
    /// A network of the document.
    Network(usize),
    /// A metavariable of a rule and the number of bound names it is applied to.
    Meta(VarId, usize),
    /// A sequence metavariable of a rule.
    Rest(VarId),
    /// Its declaration was wrong: uses are not reported again.
    Poisoned,
    /// A name declared twice in one section: what it means is open, and uses say nothing more.
    Twice,
}

/// A declared name.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it means.
    pub named: Named,
    /// Where it was declared.
    pub span: Span,
    /// The section it was declared in.
    pub section: u32,
    /// The order of declaration.
    pub order: u32,
}

/// The names in force.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    names: FxHashMap<Box<str>, Entry>,
    library: FxHashMap<Box<str>, FnId>,
    /// The number of the section.
    pub section: u32,
    /// Conditions of the declarations so far.
    pub conditions: Vec<Id>,
    /// The names of floors in sizes: of `⌊a/d⌋` under `(a, d)`.
    pub floors: FxHashMap<(Aff, i64), VarId>,
    order: u32,
}

/// Primitives that have a notation of their own and are not called by name.
fn has_notation(p: Prim) -> bool {
    matches!(
        p,
        Prim::Transpose
            | Prim::Hadamard
            | Prim::EntryDiv
            | Prim::EntryPow
            | Prim::SumAll
            | Prim::Pi
            | Prim::ConvolveFull
            | Prim::ConvolveValid
            | Prim::ConvolveSame
            | Prim::CorrelateFull
            | Prim::CorrelateValid
            | Prim::CorrelateSame
    )
}

/// Names in use elsewhere for functions of the library. A declaration hides them like those.
const SYNONYMS: &[(&str, &str)] = &[
    ("ln", "log"),
    ("arcsin", "asin"),
    ("arccos", "acos"),
    ("arctan", "atan"),
    ("arccot", "acot"),
    ("arcsec", "asec"),
    ("arccsc", "acsc"),
    ("arsinh", "asinh"),
    ("arcosh", "acosh"),
    ("artanh", "atanh"),
    ("arcsinh", "asinh"),
    ("arccosh", "acosh"),
    ("arctanh", "atanh"),
    ("sgn", "sign"),
    ("trace", "tr"),
];

impl Scope {
    /// The functions of the library and nothing else.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        let mut library = FxHashMap::default();
        for n in 0..store.fn_count() {
            let f = FnId(u32::try_from(n).unwrap_or(u32::MAX));
            let info = store.fun(f);
            if info.library && !store.prim(f).is_some_and(has_notation) {
                library.insert(info.name.as_str().into(), f);
            }
        }
        Scope { library, ..Scope::default() }
    }

    /// What a declared name means.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.names.get(name)
    }

    /// The library function of this name.
    #[must_use]
    pub fn library(&self, name: &str) -> Option<FnId> {
        let known = |n: &str| self.library.get(n).copied();
        known(name).or_else(|| SYNONYMS.iter().find(|s| s.0 == name).and_then(|s| known(s.1)))
    }

    /// Adds a function to the library.
    pub fn add_library(&mut self, name: &str, f: FnId) {
        self.library.insert(name.into(), f);
    }

    /// Declares a name in the current section; gives the earlier declaration in this section, if there is one.
    pub fn insert(&mut self, name: &str, named: Named, span: Span) -> Option<Entry> {
        self.order += 1;
        let entry = Entry { named, span, section: self.section, order: self.order };
        let before = self.names.insert(name.into(), entry);
        before.filter(|b| b.section == self.section && b.named != Named::Poisoned)
    }

    /// All names that may be used, for suggestions, sorted.
    #[must_use]
    pub fn known(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.names.keys().chain(self.library.keys()).map(|k| &**k).collect();
        all.sort_unstable();
        all
    }

    /// The declared names in force, oldest first.
    #[must_use]
    pub fn declared(&self) -> Vec<&Entry> {
        let mut all: Vec<&Entry> = self.names.values().collect();
        all.sort_by_key(|e| e.order);
        all
    }
}
