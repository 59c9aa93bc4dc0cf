//! Blocks that define a function through known ones, and blocks that say what is known of a built-in one.

use crate::blocks::{list, Block, Text};
use crate::elaborate::{all_of, Formulas, Mode, Place};
use crate::scan::Roles;
use crate::{RuleError, RuleErrorKind as Kind};
use gradus_term::{Aff, Domain, FnId, FnInfo, FnKind, Id, Param, Sort, Store, VarId, VarInfo, VarKind};
use rustc_hash::FxHashMap;

/// A function of the library.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its place in the signature.
    pub id: FnId,
    /// Its name.
    pub name: String,
    /// Other names for it.
    pub aliases: Vec<String>,
    /// Its definition as written: `sigmoid(z) = 1 / (1 + exp(-z))`.
    pub statement: String,
    /// What is known of its values, as written.
    pub facts: Vec<String>,
    /// Where it is defined, as written.
    pub domain: Option<String>,
    /// Its sentence.
    pub says: String,
}

/// `softmax(x in R^n)[i] = body`, taken apart: of each parameter the name and the sizes, none for a number.
struct Head<'a> {
    name: &'a str,
    params: Vec<(&'a str, Vec<&'a str>)>,
    indices: Vec<&'a str>,
    body: &'a str,
}

fn head(text: &str) -> Option<Head<'_>> {
    let (name, rest) = text.split_once('(')?;
    let mut open = 1;
    let end = rest.find(|c| {
        open += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        open == 0
    })?;
    let (params, rest) = (rest.get(..end)?, rest.get(end + 1..)?);
    let (left, body) = match rest.split_once('=') {
        Some((l, b)) => (l.trim(), b.trim()),
        None => (rest.trim(), ""),
    };
    let indices = match left.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
        Some(ix) => ix.split(',').map(str::trim).collect(),
        None if left.is_empty() => Vec::new(),
        None => return None,
    };
    let params = params.split(',').map(str::trim).filter(|p| !p.is_empty());
    let params = params.map(|p| p.split_once(" in R^").map_or((p, Vec::new()), |(n, w)| (n, sizes(w)))).collect();
    let plain = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_alphanumeric() || c == '_');
    plain(name.trim()).then_some(Head { name: name.trim(), params, indices, body })
}

/// The sizes in `n` or `(m x n)`.
fn sizes(text: &str) -> Vec<&str> {
    text.trim().trim_start_matches('(').trim_end_matches(')').split(" x ").collect()
}

/// Adds the function of a block to the signature.
pub(crate) fn function(
    s: &Store,
    names: &mut FxHashMap<String, FnId>,
    file: &'static str,
    block: &Block<'_>,
) -> Result<Function, RuleError> {
    let place = Place::of(file, block.head);
    let bad = || place.error(Kind::BadHead(block.head.text.to_owned()));
    let h = head(block.head.text).filter(|h| !h.body.is_empty()).ok_or_else(bad)?;
    if names.contains_key(h.name) {
        return Err(place.error(Kind::Duplicate(h.name.to_owned())));
    }
    let body = place.surface(h.body)?;
    let mut roles = Roles::default();
    roles.read(&body);
    let mut dims: Vec<(String, VarId)> = Vec::new();
    let mut params = Vec::new();
    for (name, sizes) in &h.params {
        let shape: Vec<Aff> = sizes.iter().map(|n| Aff::free(size_parameter(s, &mut dims, n))).collect();
        let sort = if shape.is_empty() { Sort::Scalar } else { Sort::tensor(&shape) };
        params.push(((*name).to_owned(), Param { var: s.declare(VarInfo::new(name, VarKind::Param, sort.clone())), sort }));
    }
    let mut f = Formulas::new(s, names, Mode::Function, &roles);
    for (n, v) in dims.iter().cloned().chain(params.iter().map(|(n, p)| (n.clone(), p.var))) {
        f.declare(&n, v);
    }
    let mut indices = Vec::new();
    for i in &h.indices {
        let mut info = VarInfo::new(i, VarKind::Index, Sort::Scalar);
        info.domain = Domain::Int;
        indices.push(s.declare(info));
        f.declare(i, *indices.last().ok_or_else(bad)?);
    }
    let scalar = f.formula(&body).map_err(|k| place.error(k))?;
    let body = if indices.is_empty() {
        scalar
    } else {
        // The indices of the head range as the sizes say, in their order.
        let sizes: Vec<Aff> = dims.iter().take(indices.len()).map(|d| Aff::free(d.1)).collect();
        if sizes.len() != indices.len() {
            return Err(bad());
        }
        s.tensor(&indices, &sizes, scalar)
    };
    let latex = block.one("latex").map(|t| t.text.to_owned());
    let info = FnInfo {
        name: h.name.to_owned(),
        kind: FnKind::Defined,
        explicit: params.len(),
        params: params.iter().map(|p| p.1.clone()).collect(),
        dims: dims.iter().map(|d| d.1).collect(),
        result: s.sort(body).clone(),
        latex,
        library: true,
    };
    let id = s.define(info, body);
    let aliases: Vec<String> = block.all("alias").map(|t| t.text.to_owned()).collect();
    names.insert(h.name.to_owned(), id);
    for a in &aliases {
        names.insert(a.clone(), id);
    }
    let known: Vec<(String, VarId)> = dims.into_iter().chain(params.into_iter().map(|(n, p)| (n, p.var))).collect();
    facts(s, names, file, block, id, &known)?;
    if let Some(t) = block.one("domain") {
        let conds: Vec<Id> = list(t.text).into_iter().map(|c| condition(s, names, file, t, c, &known)).collect::<Result<_, _>>()?;
        s.set_fn_domain(id, all_of(s, &conds));
    }
    Ok(Function {
        id,
        name: h.name.to_owned(),
        aliases,
        statement: block.head.text.to_owned(),
        facts: block.all("fact").map(|t| t.text.to_owned()).collect(),
        domain: block.one("domain").map(|t| t.text.to_owned()),
        says: block.must(file, "says")?.text.to_owned(),
    })
}

fn size_parameter(s: &Store, dims: &mut Vec<(String, VarId)>, name: &str) -> VarId {
    if let Some((_, v)) = dims.iter().find(|(n, _)| n == name) {
        return *v;
    }
    let mut info = VarInfo::new(name, VarKind::Param, Sort::Scalar);
    info.domain = Domain::Nat;
    let v = s.declare(info);
    dims.push((name.to_owned(), v));
    v
}

/// States what is known of a built-in function.
pub(crate) fn primitive(s: &Store, names: &mut FxHashMap<String, FnId>, file: &'static str, block: &Block<'_>) -> Result<(), RuleError> {
    let place = Place::of(file, block.head);
    let bad = || place.error(Kind::BadHead(block.head.text.to_owned()));
    let h = head(block.head.text).ok_or_else(bad)?;
    let id = *names.get(h.name).ok_or_else(bad)?;
    for a in block.all("alias") {
        names.insert(a.text.to_owned(), id);
    }
    let known: Vec<(String, VarId)> = h.params.iter().map(|p| p.0.to_owned()).zip(s.fun(id).params.iter().map(|p| p.var)).collect();
    if known.len() != h.params.len() {
        return Err(bad());
    }
    facts(s, names, file, block, id, &known)
}

fn facts(
    s: &Store,
    names: &FxHashMap<String, FnId>,
    file: &'static str,
    block: &Block<'_>,
    id: FnId,
    known: &[(String, VarId)],
) -> Result<(), RuleError> {
    for t in block.all("fact") {
        let c = condition(s, names, file, t, t.text, known)?;
        s.add_fn_fact(id, c);
    }
    Ok(())
}

fn condition(
    s: &Store,
    names: &FxHashMap<String, FnId>,
    file: &'static str,
    at: Text<'_>,
    text: &str,
    known: &[(String, VarId)],
) -> Result<Id, RuleError> {
    let place = Place::of(file, at);
    let e = place.surface(text)?;
    if !e.is_condition() {
        return Err(place.error(Kind::BadCondition(text.to_owned())));
    }
    let roles = Roles::default();
    let mut f = Formulas::new(s, names, Mode::Function, &roles);
    for (n, v) in known {
        f.declare(n, *v);
    }
    f.formula(&e).map_err(|k| place.error(k))
}
