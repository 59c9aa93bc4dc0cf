//! From a rule's block to its schema.
//!
//! Names of a rule are metavariables: applied (`u(x)`), they may mention the names they are applied to; the ends of ranges
//! and what `where … integer` says are whole numbers; the variable of a derivative is, outside it, the point. Names of an
//! example are ordinary scalars, sizes and tensors, and unknown functions where they are applied.

mod formula;

pub(crate) use formula::{Formulas, Mode};

use crate::blocks::{list, sides, Block, Text};
use crate::scan::{surface, Roles};
use crate::{Note, RuleError, RuleErrorKind as Kind};
use gradus_kernel::{Need, Relates, Rule};
use gradus_syntax::surface::Expr;
use gradus_term::{FnId, Id, Node, Prim, Sort, Store, VarId};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// The names of the built-in functions.
pub(crate) fn primitives() -> FxHashMap<String, FnId> {
    Prim::ALL.iter().map(|p| (p.name().to_owned(), p.id())).collect()
}

/// A place in a file, for errors.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub file: &'static str,
    pub line: usize,
}

impl Place {
    pub fn of(file: &'static str, t: Text<'_>) -> Self {
        Place { file, line: t.line }
    }
    pub fn error(self, kind: Kind) -> RuleError {
        RuleError { file: self.file, line: self.line, kind }
    }
    pub fn surface(self, text: &str) -> Result<Expr, RuleError> {
        surface(text).map_err(|m| self.error(Kind::Formula(text.to_owned(), m)))
    }
}

/// The schema of a rule's block, and what else it says.
pub(crate) fn rule(
    store: &Store,
    names: &FxHashMap<String, FnId>,
    file: &'static str,
    block: &Block<'_>,
    with_examples: bool,
) -> Result<(Rule, Note), RuleError> {
    let at = |t: Text<'_>| Place::of(file, t);
    let name = block.head.text;
    let well_named = name.split_once('.').is_some_and(|(f, w)| word(f) && word(w));
    if !well_named {
        return Err(at(block.head).error(Kind::BadName(name.to_owned())));
    }
    let statement = block.must(file, "").map_err(|e| RuleError { kind: Kind::Missing("the statement"), ..e })?;
    let (l, r, equivalence) = sides(statement.text).ok_or_else(|| at(statement).error(Kind::NoArrow))?;
    let (l, r) = (at(statement).surface(l)?, at(statement).surface(r)?);
    let whole = integers(file, block)?;
    let needs = read_needs(file, block)?;
    let whens: Vec<(Expr, Place)> = block.all("when").map(|t| at(t).surface(t.text).map(|e| (e, at(t)))).collect::<Result<_, _>>()?;

    let mut roles = Roles::default();
    for e in [&l, &r].into_iter().chain(needs.iter().map(|n| &n.0)).chain(whens.iter().map(|w| &w.0)) {
        roles.read(e);
    }
    roles.ends.extend(["lo".to_owned(), "hi".to_owned()]);
    roles.indices.extend(whole.iter().cloned());
    let mut f = Formulas::new(store, names, Mode::Rule, &roles);
    let put = |f: &mut Formulas<'_>, e: &Expr, p: Place| f.formula(e).map_err(|k| p.error(k));
    let left = put(&mut f, &l, at(statement))?;
    let mut premises = Vec::new();
    for (e, p) in &whens {
        premises.push(put(&mut f, e, *p)?);
    }
    let before_right = f.declared().to_vec();
    let right = put(&mut f, &r, at(statement))?;
    check_sides(store, left, right, &before_right, f.declared()).map_err(|k| at(statement).error(k))?;
    let relates = match (equivalence, *store.sort(left) == Sort::Cond) {
        (true, true) => Relates::Equivalent,
        (false, true) => Relates::Implied,
        (false, false) => Relates::Equal,
        (true, false) => return Err(at(statement).error(Kind::NoConditions)),
    };
    let mut conditions = Vec::new();
    for (e, number, p) in &needs {
        let id = put(&mut f, e, *p)?;
        conditions.push(if *number { Need::Number(id) } else { Need::Holds(id) });
    }
    let metas: Vec<VarId> = f.declared().iter().map(|(_, v)| *v).collect();
    let says = block.must(file, "says")?;
    let short = block.must(file, "short")?;
    if block.one("try").is_none() {
        return Err(at(block.head).error(Kind::Missing("an example")));
    }
    let tries = if with_examples { examples(store, names, file, block, &whole)? } else { Vec::new() };
    let note = note(file, block, statement.text);
    let rule = Rule {
        name: name.to_owned(),
        left,
        right,
        relates,
        needs: conditions,
        premises,
        says: says.text.to_owned(),
        short: short.text.to_owned(),
        tries,
        metas,
    };
    Ok((rule, note))
}

fn word(w: &str) -> bool {
    !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn check_sides(s: &Store, left: Id, right: Id, known: &[(String, VarId)], now: &[(String, VarId)]) -> Result<(), Kind> {
    if let Some((new, _)) = now.get(known.len()) {
        return Err(Kind::NewVariable(new.clone()));
    }
    let (a, b) = (s.sort(left), s.sort(right));
    let fits = a == b || *a == Sort::Any && *b != Sort::Ill || *b == Sort::Any && *a != Sort::Ill;
    if fits && *a != Sort::Ill {
        Ok(())
    } else {
        Err(Kind::Sorts)
    }
}

/// `where n integer, m integer`: the names of whole numbers.
fn integers(file: &'static str, block: &Block<'_>) -> Result<BTreeSet<String>, RuleError> {
    let mut out = BTreeSet::new();
    let Some(t) = block.one("where") else { return Ok(out) };
    for part in list(t.text) {
        let names = part.strip_suffix(" integer").ok_or_else(|| Place::of(file, t).error(Kind::BadCondition(part.to_owned())))?;
        out.extend(names.split_whitespace().map(str::to_owned));
    }
    Ok(out)
}

/// `needs u > 0, n number`: relations, and terms that must be written numbers.
fn read_needs(file: &'static str, block: &Block<'_>) -> Result<Vec<(Expr, bool, Place)>, RuleError> {
    let Some(t) = block.one("needs") else { return Ok(Vec::new()) };
    let place = Place::of(file, t);
    let mut out = Vec::new();
    for part in list(t.text) {
        let (text, number) = part.strip_suffix(" number").map_or((part, false), |p| (p, true));
        let e = place.surface(text)?;
        if e.is_condition() == number {
            return Err(place.error(Kind::BadCondition(part.to_owned())));
        }
        out.push((e, number, place));
    }
    Ok(out)
}

fn examples(
    store: &Store,
    names: &FxHashMap<String, FnId>,
    file: &'static str,
    block: &Block<'_>,
    whole: &BTreeSet<String>,
) -> Result<Vec<(Id, Id)>, RuleError> {
    let mut out = Vec::new();
    for t in block.all("try") {
        let place = Place::of(file, t);
        let (l, r, _) = sides(t.text).ok_or_else(|| place.error(Kind::NoArrow))?;
        let (l, r) = (place.surface(l)?, place.surface(r)?);
        let mut roles = Roles::default();
        roles.read(&l);
        roles.read(&r);
        roles.indices.extend(whole.iter().cloned());
        let mut f = Formulas::new(store, names, Mode::Example, &roles);
        let before = f.formula(&l).map_err(|k| place.error(k))?;
        let after = f.formula(&r).map_err(|k| place.error(k))?;
        out.push((before, after));
    }
    Ok(out)
}

fn note(file: &'static str, block: &Block<'_>, statement: &str) -> Note {
    let mut conditions = Vec::new();
    for word in ["where", "when", "needs"] {
        conditions.extend(block.all(word).map(|t| (word, t.text.to_owned())));
    }
    Note {
        back: block.one("back").map(|t| t.text.to_owned()),
        statement: statement.split_whitespace().collect::<Vec<_>>().join(" "),
        conditions,
        tries: block.all("try").map(|t| t.text.split_whitespace().collect::<Vec<_>>().join(" ")).collect(),
        file,
        line: block.head.line,
    }
}

/// The conditions of a list of relations as one.
pub(crate) fn all_of(s: &Store, conds: &[Id]) -> Id {
    match conds {
        [one] => *one,
        _ => s.intern(Node::And(conds.into())),
    }
}
