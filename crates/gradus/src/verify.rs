//! Certificates, replayed in a fresh arena by kernel, decide, rulebook and judge alone.

use crate::error::{Error, Kind};
use crate::session::hash;
use crate::stack;
use gradus_kernel::certificate::Certificate;
use gradus_kernel::{replay, Claim, Prover, Root};
use gradus_render::{text_definition, text_term, Options};
use gradus_rules::Rulebook;
use gradus_term::goal::Network;
use gradus_term::{Aff, Domain, FnId, Id, Node, Rat, RelOp, Size, Sort, Store, VarId, VarKind};

/// What a certificate proves, in worksheet syntax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The names it speaks of, with the sets they lie in: what `given` says of them.
    pub declarations: Vec<String>,
    /// The networks.
    pub networks: Vec<String>,
    /// The worksheet's definitions.
    pub definitions: Vec<String>,
    /// The claims.
    pub claims: Vec<VerifiedClaim>,
    /// Goals of the worksheet that are **not** proved by the certificate, with how far they were taken.
    pub open: Vec<String>,
    /// The number of steps made again.
    pub steps: usize,
    /// The rulebook's hash.
    pub rulebook: String,
}

/// A claim of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedClaim {
    /// The goal's label.
    pub label: Option<String>,
    /// What is proved.
    pub claim: String,
    /// The conditions it is proved under.
    pub givens: Vec<String>,
    /// Conditions its steps assume.
    pub assumptions: Vec<String>,
    /// Which names and definitions are meant, of those that are spelt like others: a later section may declare a name anew.
    pub about: Vec<String>,
}

/// Checks a certificate: every step is made again.
///
/// # Errors
/// If it is no certificate, or the first step that does not follow.
pub fn verify(certificate: &str) -> Result<Verified, Error> {
    let certificate: Certificate = serde_json::from_str(certificate).map_err(Kind::NotACertificate)?;
    stack::run(|| check(&certificate))?
}

fn check(certificate: &Certificate) -> Result<Verified, Error> {
    let store = Store::new();
    let book = Rulebook::load(&store)?;
    let library = store.fn_count();
    let prover = Prover::new(&store, &book, gradus_judge::Judge::default());
    let found = replay::replay(&prover, certificate, &hash(&book), &|name| book.function(name)).map_err(Kind::Replay)?;
    let o = Options::default();
    let term = |t: &Id| text_term(&store, *t, &o);
    let own: Vec<FnId> = (library..store.fn_count()).filter_map(|k| Some(FnId(u32::try_from(k).ok()?))).collect();
    let said = Said { s: &store, names: &found.names, functions: &own };
    let claims = found.claims.iter().map(|c| VerifiedClaim {
        label: c.label.clone(),
        claim: statement(&store, &c.claim),
        givens: c.givens.iter().map(term).collect(),
        assumptions: c.assumptions.iter().map(term).collect(),
        about: said.about(c),
    });
    let open = found.open.iter().map(|(l, kind, status)| format!("{} ({kind}): {status}", l.as_deref().unwrap_or("a goal without label")));
    Ok(Verified {
        declarations: found
            .names
            .iter()
            .filter_map(|v| declaration(&store, *v))
            .chain(own.iter().filter_map(|f| unknown(&store, *f)))
            .collect(),
        networks: found.networks.iter().map(|n| network(&store, n)).collect(),
        open: open.collect(),
        definitions: own.iter().filter_map(|f| text_definition(&store, *f, &o)).collect(),
        claims: claims.collect(),
        steps: found.steps,
        rulebook: hash(&book),
    })
}

/// A function of which nothing is known, as `given` says it.
fn unknown(s: &Store, f: FnId) -> Option<String> {
    let info = s.fun(f);
    let of = |v: VarId| s.var(v).name.as_str();
    match (s.body(f), info.params.as_slice()) {
        (Some(_), _) => None,
        (None, [p]) if info.explicit == 1 && p.sort == Sort::Scalar => Some(format!("{} : R -> R", info.name)),
        (None, ps) => Some(format!("{} : function of {}", info.name, ps.iter().map(|p| of(p.var)).collect::<Vec<_>>().join(", "))),
    }
}

/// What a certificate declares and defines.
struct Said<'a> {
    s: &'a Store,
    names: &'a [VarId],
    functions: &'a [FnId],
}

impl Said<'_> {
    /// The declarations and definitions that a claim is about, where others are spelt alike.
    fn about(&self, c: &gradus_kernel::replay::VerifiedClaim) -> Vec<String> {
        let s = self.s;
        let spelt = |w: &str| {
            let names = self.names.iter().filter(|v| declaration(s, **v).is_some() && s.var(**v).name == w).count();
            names + self.functions.iter().filter(|f| s.fun(**f).name == w).count()
        };
        let mut todo = c.terms(s);
        let (mut names, mut functions): (Vec<VarId>, Vec<FnId>) = (Vec::new(), Vec::new());
        while let Some(t) = todo.pop() {
            names.extend(s.free_vars(t));
            s.any_subterm(t, &mut |n| {
                if let Node::Call(f, _) | Node::Fun(f) = n {
                    if self.functions.contains(f) && !functions.contains(f) {
                        functions.push(*f);
                        todo.extend(s.body(*f));
                    }
                }
                false
            });
        }
        names.sort_unstable();
        names.dedup();
        functions.sort_unstable();
        let names = names.into_iter().filter(|v| spelt(&s.var(*v).name) > 1).filter_map(|v| declaration(s, v));
        let functions = functions.into_iter().filter(|f| spelt(&s.fun(*f).name) > 1);
        let defined = |f: FnId| text_definition(s, f, &Options::default()).or_else(|| unknown(s, f));
        names.chain(functions.filter_map(defined)).collect()
    }
}

/// A claim in words and worksheet syntax; nothing that was checked is left out.
fn statement(s: &Store, c: &Claim) -> String {
    let term = |t: Id| text_term(s, t, &Options::default());
    let list = |sizes: &[Size]| sizes.iter().map(|a| term(a.term(s))).collect::<Vec<_>>().join(", ");
    let is = |v: VarId, t: Id| term(s.rel(RelOp::Eq, s.name(v), t));
    match c {
        Claim::Equal(a, b) => term(s.rel(RelOp::Eq, *a, *b)),
        Claim::Holds(c) => term(*c),
        Claim::Solves { equation, unknown, values, all } => {
            let x = &s.var(*unknown).name;
            let when = |r: &Root| r.when.iter().map(|c| format!(" and {}", term(*c))).collect::<String>();
            let values: Vec<String> = values.iter().map(|r| is(*unknown, r.value) + &when(r)).collect();
            match (values.is_empty(), all) {
                (true, true) => format!("no {x} solves {}", term(*equation)),
                (_, true) => format!("{} exactly where {}", term(*equation), values.join(" or ")),
                (_, false) => format!("{} where {}", term(*equation), values.join(" or ")),
            }
        }
        Claim::Found { condition, values, for_all } => {
            let values: Vec<String> = values.iter().map(|(v, t)| is(*v, *t)).collect();
            let names: Vec<&str> = for_all.iter().map(|v| s.var(*v).name.as_str()).collect();
            let every = if names.is_empty() { String::new() } else { format!(" for all {}", names.join(", ")) };
            format!("{}{every}, with {}", term(*condition), values.join(", "))
        }
        Claim::Shape { of: Some(t), sizes, .. } => format!("shape of {}: [{}]", term(*t), list(sizes)),
        Claim::Shape { of: None, name, sizes } => format!("shape of {name}: [{}]", list(sizes)),
        Claim::Field { name, sizes } => format!("receptive field of {name}: [{}]", list(sizes)),
        Claim::Count { name, value } => format!("parameters of {name}: {}", term(*value)),
    }
}

/// `x in R`, as `given` says it; nothing for a parameter or an opened name.
fn declaration(s: &Store, v: VarId) -> Option<String> {
    let info = s.var(v);
    if !matches!(info.kind, VarKind::Given | VarKind::Size | VarKind::Index) {
        return None;
    }
    let o = Options::default();
    let size = |a: &Aff| text_term(s, s.index(a.clone()), &o);
    let end = |e: &Option<(Rat, bool)>, none: &str| e.as_ref().map_or_else(|| none.to_owned(), |x| x.0.to_string());
    let closed = |e: &Option<(Rat, bool)>| e.as_ref().is_some_and(|x| x.1);
    let set = match &info.domain {
        Domain::Real => "R".to_owned(),
        Domain::Nat => "N".to_owned(),
        Domain::Int => "Z".to_owned(),
        Domain::Finite(vs) => format!("{{{}}}", vs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        Domain::Interval(a, b) => {
            let (open, close) = (if closed(a) { "[" } else { "(" }, if closed(b) { "]" } else { ")" });
            format!("{open}{}, {}{close}", end(a, "-inf"), end(b, "inf"))
        }
    };
    let power = match &info.sort {
        Sort::Scalar => String::new(),
        Sort::Tensor(d) => format!("^({})", d.iter().map(size).collect::<Vec<_>>().join(" x ")),
        Sort::Row(n) => format!("^(1 x {})", size(n)),
        Sort::Compound(c) => {
            let part = |n: &gradus_term::Aff| format!("({})", size(n));
            let (rows, cols) = c.dims.split_at(c.rows.min(c.dims.len()));
            let side = |parts: &[gradus_term::Aff]| if parts.is_empty() { "1".to_owned() } else { parts.iter().map(part).collect() };
            format!("^({} x {})", side(rows), side(cols))
        }
        Sort::Fun(n) => format!(", a function of {n}"),
        Sort::Cond | Sort::Any | Sort::Ill => return None,
    };
    let words = gradus_kernel::certificate::property_words(info.props);
    let words = if words.is_empty() { String::new() } else { format!(", {}", words.join(", ")) };
    Some(format!("{} in {set}{power}{words}", info.name))
}

/// A network as it is written.
fn network(s: &Store, n: &Network) -> String {
    let o = Options::default();
    let term = |t: &Id| text_term(s, *t, &o);
    let input: Vec<String> = n.input.iter().map(|a| text_term(s, a.term(s), &o)).collect();
    let layer = |l: &gradus_term::goal::Layer| {
        let named = l.named.iter().map(|(k, t)| format!("{k} = {}", term(t)));
        let words = l.words.iter().map(|(k, w)| format!("{k} = \"{w}\""));
        let args = l.args.iter().map(term).chain(named).chain(words);
        format!("{}({})", l.name, args.collect::<Vec<_>>().join(", "))
    };
    let layers: Vec<String> = n.layers.iter().map(layer).collect();
    format!("{} on [{}]: {}", n.name, input.join(", "), layers.join(", "))
}
