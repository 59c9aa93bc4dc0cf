//! Certificates, replayed in a fresh arena by kernel, decide, rulebook and judge alone.

use crate::error::{Error, Kind};
use crate::session::hash;
use crate::stack;
use gradus_kernel::certificate::Certificate;
use gradus_kernel::{replay, Prover};
use gradus_render::{text_definition, text_term, Options};
use gradus_rules::Rulebook;
use gradus_term::{FnId, Id, Store};

/// What a certificate proves, in worksheet syntax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The worksheet's definitions.
    pub definitions: Vec<String>,
    /// The claims.
    pub claims: Vec<VerifiedClaim>,
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
    /// `left = right`.
    pub claim: String,
    /// The conditions it is proved under.
    pub givens: Vec<String>,
    /// Conditions its steps assume.
    pub assumptions: Vec<String>,
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
    let definition = |k: usize| text_definition(&store, FnId(u32::try_from(k).ok()?), &o);
    let claims = found.claims.iter().map(|c| VerifiedClaim {
        label: c.label.clone(),
        claim: format!("{} = {}", term(&c.left), term(&c.right)),
        givens: c.givens.iter().map(term).collect(),
        assumptions: c.assumptions.iter().map(term).collect(),
    });
    Ok(Verified {
        definitions: (library..store.fn_count()).filter_map(definition).collect(),
        claims: claims.collect(),
        steps: found.steps,
        rulebook: hash(&book),
    })
}
