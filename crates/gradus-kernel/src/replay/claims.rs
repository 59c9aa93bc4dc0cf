//! Claims of a certificate, each proved again by its own check.

use super::names::is_word;
use super::{Reader, ReplayError};
use crate::certificate::{CClaim, CEquivalence, CGround, CLink, CNetwork, CRoot, CSays, CUnder};
use crate::check::{needs, rebound};
use crate::claims::Link;
use crate::compare::rearranged;
use crate::derivation::{Claim, Ground};
use crate::domain::{has_no_value, necessary_needs};
use crate::intervals::Turning;
use crate::kink::kink_is_domain;
use crate::prover::Prover;
use crate::solutions::{Root, Solutions};
use crate::statement::sizes_of;
use gradus_decide::Facts;
use gradus_term::goal::{Layer, Network};
use gradus_term::{Id, Size, Sort, VarId};
use rustc_hash::FxHashMap;

/// A verified claim.
#[derive(Debug)]
pub struct VerifiedClaim {
    /// The goal's label.
    pub label: Option<String>,
    /// What is proved.
    pub claim: Claim,
    /// The conditions it is proved under.
    pub givens: Vec<Id>,
    /// Conditions assumed beyond them.
    pub assumptions: Vec<Id>,
}

/// Proves claim number `k` again.
pub(super) fn replay<'s>(prover: &'s Prover<'s>, r: &Reader<'s, '_>, k: usize, c: &CClaim) -> Result<VerifiedClaim, ReplayError> {
    let bad = |why| ReplayError::Malformed { what: "claim", index: k, why };
    let refused = |cause| ReplayError::Claim { claim: k, cause };
    let s = r.s;
    let term = |t: u32| r.term(t).ok_or(bad("no such term"));
    let terms = |ts: &[u32]| r.terms_of(ts).ok_or(bad("no such term"));
    let sizes_said = |ts: &[u32]| {
        let each = terms(ts)?.into_iter().map(|t| Size::read(s, t));
        each.collect::<Option<Vec<Size>>>().ok_or(bad("its sizes"))
    };
    let name = |v: u32| r.name(v).ok_or(bad("no such name"));
    let lemma = |l: usize| prover.lemma(l).filter(|_| l < r.cert.lemmas.len()).ok_or(bad("no such lemma"));
    let beyond = |l: &crate::prover::Lemma| l.under.iter().copied().filter(|c| !l.givens.contains(c)).collect();
    let done = |claim, givens, assumptions| Ok(VerifiedClaim { label: c.label.clone(), claim, givens, assumptions });
    let under = |u: &CUnder| -> Result<(Vec<Id>, Vec<Id>, Vec<Id>), ReplayError> {
        let (givens, assuming) = (terms(&u.givens)?, terms(&u.assuming)?);
        let all: Vec<Id> = givens.iter().chain(&assuming).copied().collect();
        if all.iter().any(|c| *s.sort(*c) != Sort::Cond) {
            return Err(bad("a given that is no condition"));
        }
        Ok((givens, assuming, all))
    };
    // What a check assumes must be stated; indices are opened anew in each check.
    let stated = |assumes: Vec<Id>, all: &[Id]| {
        let closed = |c: Id| rebound(s, c, &[]).0;
        if assumes.iter().all(|a| all.iter().any(|b| closed(*a) == closed(*b))) {
            Ok(())
        } else {
            Err(bad("it needs other assumptions than it states"))
        }
    };
    match &c.says {
        CSays::Equal { left, right, lemma: l } => {
            let l = lemma(*l)?;
            let (left, right) = (term(*left)?, term(*right)?);
            if !rearranged(s, l.left, left) || !rearranged(s, l.right, right) {
                return Err(bad("the chain does not lead from its left side to its right side"));
            }
            let facts = Facts::new(s, &l.givens);
            if has_no_value(&facts, left) && !facts.contradictory() {
                return Err(bad("a left side that has no value anywhere"));
            }
            // The chain holds where the left side is known to have a value; it may have one elsewhere.
            let mut assumptions: Vec<Id> = beyond(&l);
            let domain = needs(&Facts::new(s, &l.under).defined(left)).unwrap_or_default();
            let necessary = necessary_needs(&facts, left).unwrap_or_default();
            let more = |c: &Id| !necessary.contains(c) && !kink_is_domain(s, &l.givens, left, *c) && !assumptions.contains(c);
            let more: Vec<Id> = domain.into_iter().filter(more).collect();
            assumptions.extend(more);
            done(Claim::Equal(left, right), l.givens, assumptions)
        }
        CSays::Holds { under: u, condition, turnings } => {
            let (givens, assuming, all) = under(u)?;
            let condition = term(*condition)?;
            for (by, at) in turnings {
                prover.look_at(Turning { by: name(*by)?, at: term(*at)? });
            }
            stated(prover.holds(&all, condition).map_err(refused)?, &all)?;
            done(Claim::Holds(condition), givens, assuming)
        }
        CSays::Solves { under: u, equation, unknown, values, all: every, links } => {
            let (givens, assuming, all) = under(u)?;
            let (equation, unknown) = (term(*equation)?, name(*unknown)?);
            let root = |c: &CRoot| Ok(Root { value: term(c.value)?, when: terms(&c.when)? });
            let values = values.iter().map(root).collect::<Result<Vec<Root>, ReplayError>>()?;
            if values.iter().flat_map(|r| &r.when).any(|c| *s.sort(*c) != Sort::Cond) {
                return Err(bad("a condition of a value that is none"));
            }
            let links =
                links.iter().map(|l| link(prover, r, l)).collect::<Option<Vec<_>>>().ok_or(bad("an equivalence that cannot be read"))?;
            let claim = Solutions { equation, unknown, values: &values, all: *every };
            stated(prover.solutions(&all, claim, &links).map_err(refused)?, &all)?;
            done(Claim::Solves { equation, unknown, values, all: *every }, givens, assuming)
        }
        CSays::Found { under: u, condition, values, for_all } => {
            let (givens, assuming, all) = under(u)?;
            let condition = term(*condition)?;
            let values: Vec<(VarId, Id)> = values.iter().map(|(v, t)| Ok((name(*v)?, term(*t)?))).collect::<Result<_, ReplayError>>()?;
            let for_all: Vec<VarId> = for_all.iter().map(|v| name(*v)).collect::<Result<_, _>>()?;
            if values.is_empty() {
                return Err(bad("nothing is found"));
            }
            stated(prover.satisfies(&all, condition, &values, &for_all).map_err(refused)?, &all)?;
            done(Claim::Found { condition, values, for_all }, givens, assuming)
        }
        CSays::Shape { under: u, of, sizes } => {
            let (givens, assuming, all) = under(u)?;
            let (of, sizes) = (term(*of)?, sizes_said(sizes)?);
            let own = sizes_of(s.sort(of)).ok_or(bad("it has no shape"))?;
            prover.same_sizes(&all, &own, &sizes).map_err(refused)?;
            done(Claim::Shape { of: Some(of), name: String::new(), sizes }, givens, assuming)
        }
        CSays::NetworkShape { under: u, network, layer, sizes } => {
            let (givens, assuming, all) = under(u)?;
            let net = r.network(*network).ok_or(bad("no such network"))?;
            let sizes = sizes_said(sizes)?;
            let own = prover.output_sizes(&all, &net, *layer).map_err(refused)?;
            prover.same_sizes(&all, &own, &sizes).map_err(refused)?;
            let name = layer.map_or_else(|| net.name.clone(), |k| format!("{} layer {k}", net.name));
            done(Claim::Shape { of: None, name, sizes }, givens, assuming)
        }
        CSays::Field { under: u, network, layer, sizes } => {
            let (givens, assuming, all) = under(u)?;
            let net = r.network(*network).ok_or(bad("no such network"))?;
            let sizes = sizes_said(sizes)?;
            let own = prover.receptive_field(&all, &net, *layer).map_err(refused)?;
            prover.same_sizes(&all, &own, &sizes).map_err(refused)?;
            let name = layer.map_or_else(|| net.name.clone(), |k| format!("{} layer {k}", net.name));
            done(Claim::Field { name, sizes }, givens, assuming)
        }
        CSays::Parameters { network, layer, without_bias, value, lemma: l } => {
            let (l, value) = (lemma(*l)?, term(*value)?);
            let net = r.network(*network).ok_or(bad("no such network"))?;
            let count = prover.parameters(&l.givens, &net, *layer, *without_bias).map_err(refused)?;
            if !rearranged(s, l.left, count) || !rearranged(s, l.right, value) {
                return Err(bad("the chain does not lead from the formulas to the number"));
            }
            let of = layer.map_or_else(|| net.name.clone(), |k| format!("{} layer {k}", net.name));
            let name = if *without_bias { format!("{of} without bias") } else { of };
            let assumptions = beyond(&l);
            done(Claim::Count { name, value }, l.givens, assumptions)
        }
    }
}

fn link<'s>(prover: &Prover<'s>, r: &Reader<'s, '_>, l: &CEquivalence) -> Option<(Id, Id, Link)> {
    let link = match &l.link {
        CLink::Sides => Link::Sides,
        CLink::Rule { rule, backward, values } => {
            let ground =
                CGround::Instance { rule: rule.clone(), backward: *backward, values: values.clone(), slot: Vec::new(), side: None };
            match r.ground(&ground, 0, &FxHashMap::default(), prover)? {
                Ground::Instance { rule, backward, subst } => Link::Rule { rule, backward, subst },
                _ => return None,
            }
        }
        CLink::Scaled(k) => Link::Scaled(r.term(*k)?),
        CLink::Freed(m) => Link::Freed(r.term(*m)?),
        CLink::Inverted => Link::Inverted,
        CLink::Transposed => Link::Transposed,
        CLink::Factors(k) => Link::Factors(r.term(*k)?),
        CLink::Signs(u) => Link::Signs(r.term(*u)?),
        CLink::Never => Link::Never,
        CLink::Always => Link::Always,
    };
    Some((r.term(l.from)?, r.term(l.to)?, link))
}

impl Reader<'_, '_> {
    /// A network as written.
    pub(super) fn network(&self, k: usize) -> Option<Network> {
        let CNetwork { name, input, layers } = self.cert.networks.get(k)?;
        let words = layers.iter().flat_map(|l| &l.words).flat_map(|(k, w)| [k, w]).chain(layers.iter().map(|l| &l.name));
        if !is_word(name) || !words.chain(layers.iter().flat_map(|l| l.named.iter().map(|x| &x.0))).all(|w| is_word(w)) {
            return None;
        }
        let layer = |l: &crate::certificate::CLayer| {
            let named = l.named.iter().map(|(k, t)| Some((k.clone(), self.term(*t)?))).collect::<Option<_>>()?;
            Some(Layer { name: l.name.clone(), args: self.terms_of(&l.args)?, named, words: l.words.clone() })
        };
        let input = self.terms_of(input)?.into_iter().map(|t| Size::read(self.s, t)).collect::<Option<_>>()?;
        Some(Network { name: name.clone(), input, layers: layers.iter().map(layer).collect::<Option<_>>()? })
    }
}
