//! Claims in a certificate: each kind with what proves it. A goal that nothing here proves is listed as open, never left out.

use super::{CValue, Certificate, Writer};
use crate::claims::Link;
use crate::derivation::{Claim, Derivation, Solution, Status};
use crate::prover::Prover;
use gradus_term::goal::Network;
use gradus_term::{Goal, GoalKind, Id, Size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A claim and what proves it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CClaim {
    /// The goal's label.
    pub label: Option<String>,
    /// What is claimed, and by what.
    pub says: CSays,
}

/// What is claimed, and what proves it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum CSays {
    /// Two terms are equal, by a lemma.
    Equal {
        /// The left side.
        left: u32,
        /// The right side.
        right: u32,
        /// The lemma.
        lemma: usize,
    },
    /// A condition holds wherever its terms are defined.
    Holds {
        /// What it stands under.
        under: CUnder,
        /// The condition.
        condition: u32,
        /// Names, and points at which terms are looked at as these vary.
        turnings: Vec<(u32, u32)>,
    },
    /// Values solve an equation.
    Solves {
        /// What it stands under.
        under: CUnder,
        /// The equation.
        equation: u32,
        /// The unknown, a name.
        unknown: u32,
        /// Its values.
        values: Vec<CRoot>,
        /// Whether nothing else solves it.
        all: bool,
        /// The equivalences from the equation down to the unknown.
        links: Vec<CEquivalence>,
    },
    /// Values satisfy a condition for all values of some names.
    Found {
        /// What it stands under.
        under: CUnder,
        /// The condition.
        condition: u32,
        /// Names and their values.
        values: Vec<(u32, u32)>,
        /// The names it holds for.
        for_all: Vec<u32>,
    },
    /// The sizes of a term.
    Shape {
        /// What it stands under.
        under: CUnder,
        /// The term.
        of: u32,
        /// The sizes.
        sizes: Vec<u32>,
    },
    /// The sizes of a network's output, or of that of one of its layers.
    NetworkShape {
        /// What it stands under.
        under: CUnder,
        /// Which network.
        network: usize,
        /// After which layer, counted from 1; none for the last one.
        layer: Option<u32>,
        /// The sizes.
        sizes: Vec<u32>,
    },
    /// The receptive field of a network, or of its layers up to one.
    Field {
        /// What it stands under.
        under: CUnder,
        /// Which network.
        network: usize,
        /// Up to which layer, counted from 1; none for all of them.
        layer: Option<u32>,
        /// The sizes.
        sizes: Vec<u32>,
    },
    /// The number of parameters of a network, or of one of its layers.
    Parameters {
        /// Which network.
        network: usize,
        /// Which layer, counted from 1; none for all of them.
        layer: Option<u32>,
        /// Whether biases are left out.
        without_bias: bool,
        /// The number.
        value: u32,
        /// The lemma from the formulas to the number.
        lemma: usize,
    },
}

/// What a claim stands under.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CUnder {
    /// Given conditions.
    pub givens: Vec<u32>,
    /// Conditions assumed beyond them.
    pub assuming: Vec<u32>,
}

/// A value that solves an equation under conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CRoot {
    /// The value.
    pub value: u32,
    /// The conditions.
    pub when: Vec<u32>,
}

/// Two equivalent conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CEquivalence {
    /// The one before.
    pub from: u32,
    /// The one after.
    pub to: u32,
    /// Why.
    pub link: CLink,
}

/// Why two conditions are equivalent; the fields are those of [`Link`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the fields are those of Link")]
pub enum CLink {
    Sides,
    Rule { rule: String, backward: bool, values: Vec<(String, CValue)> },
    Scaled(u32),
    Freed(u32),
    Inverted,
    Transposed,
    Factors(u32),
    Signs(u32),
    Never,
    Always,
}

/// A network as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CNetwork {
    /// Its name.
    pub name: String,
    /// The sizes of its input.
    pub input: Vec<u32>,
    /// Its layers.
    pub layers: Vec<CLayer>,
}

/// A layer as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CLayer {
    /// Its kind.
    pub name: String,
    /// Arguments by place.
    pub args: Vec<u32>,
    /// Arguments by name.
    pub named: Vec<(String, u32)>,
    /// Arguments by name whose value is a word.
    pub words: Vec<(String, String)>,
}

/// A goal of the worksheet that the certificate does not prove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct COpen {
    /// Its label.
    pub label: Option<String>,
    /// Its kind.
    pub kind: String,
    /// How far it was taken.
    pub status: String,
}

/// A goal with its answer, to be certified.
#[derive(Clone, Debug)]
pub struct Answered<'a> {
    /// The goal; none if it could not be read.
    pub goal: Option<&'a Goal>,
    /// The conditions it stands under.
    pub givens: Vec<Id>,
    /// Its answer.
    pub solution: &'a Solution,
}

/// The certificate of everything a prover has proved, with the claims of these answers.
pub fn certify(prover: &Prover<'_>, rulebook: &str, networks: &[Network], answers: &[Answered<'_>]) -> Certificate {
    let mut w = Writer::new(prover.store(), rulebook);
    for k in 0..prover.lemma_count() {
        if let Some(l) = prover.lemma(k) {
            let c = w.lemma(&l);
            w.out.lemmas.push(c);
        }
    }
    for n in networks {
        let c = w.network(n);
        w.out.networks.push(c);
    }
    for a in answers {
        let settled = matches!(a.solution.status, Status::Proved | Status::Conditional);
        let says = a.solution.derivation.as_ref().filter(|_| settled).and_then(|d| w.says(prover, a, d));
        let label = a.solution.label.clone();
        match says {
            Some(says) => w.out.claims.push(CClaim { label, says }),
            None => {
                let (kind, status) = (a.solution.kind.to_owned(), a.solution.status.word().to_owned());
                w.out.open.push(COpen { label, kind, status });
            }
        }
    }
    w.out
}

impl Writer<'_> {
    fn sizes(&mut self, sizes: &[Size]) -> Vec<u32> {
        sizes.iter().map(|a| self.term(a.term(self.s))).collect()
    }
    fn network(&mut self, n: &Network) -> CNetwork {
        let layer = |w: &mut Self, l: &gradus_term::goal::Layer| CLayer {
            name: l.name.clone(),
            args: w.all(&l.args),
            named: l.named.iter().map(|(k, t)| (k.clone(), w.term(*t))).collect(),
            words: l.words.clone(),
        };
        CNetwork { name: n.name.clone(), input: self.sizes(&n.input), layers: n.layers.iter().map(|l| layer(self, l)).collect() }
    }
    fn says(&mut self, prover: &Prover<'_>, a: &Answered<'_>, d: &Derivation) -> Option<CSays> {
        let under = |w: &mut Self| CUnder { givens: w.all(&a.givens), assuming: w.all(&d.assumptions) };
        Some(match (&d.claim, a.goal.map(|g| &g.kind)) {
            (Claim::Equal(l, r), _) => CSays::Equal { left: self.term(*l), right: self.term(*r), lemma: d.lemma? },
            (Claim::Holds(c), _) => {
                let own = prover.turnings().into_iter().filter(|t| self.s.mentions(*c, t.by));
                let turnings = own.map(|t| (self.name(t.by), self.term(t.at))).collect();
                CSays::Holds { under: under(self), condition: self.term(*c), turnings }
            }
            (Claim::Solves { equation, unknown, values, all }, _) => {
                let known = [a.givens.as_slice(), d.assumptions.as_slice()].concat();
                let links = if *all { prover.chain(&known, *equation, *unknown)? } else { Vec::new() };
                let links = links.iter().map(|l| self.link(l)).collect();
                let roots = values.iter().map(|r| CRoot { value: self.term(r.value), when: self.all(&r.when) });
                let values = roots.collect();
                let (equation, unknown) = (self.term(*equation), self.name(*unknown));
                CSays::Solves { under: under(self), equation, unknown, values, all: *all, links }
            }
            (Claim::Found { condition, values, for_all }, _) => CSays::Found {
                under: under(self),
                condition: self.term(*condition),
                values: values.iter().map(|(v, t)| (self.name(*v), self.term(*t))).collect(),
                for_all: for_all.iter().map(|v| self.name(*v)).collect(),
            },
            (Claim::Shape { of: Some(t), sizes, .. }, _) => {
                CSays::Shape { under: under(self), of: self.term(*t), sizes: self.sizes(sizes) }
            }
            (Claim::Shape { sizes, .. }, Some(GoalKind::NetworkShape { network, layer })) => {
                CSays::NetworkShape { under: under(self), network: *network, layer: *layer, sizes: self.sizes(sizes) }
            }
            (Claim::Field { sizes, .. }, Some(GoalKind::NetworkField { network, layer })) => {
                CSays::Field { under: under(self), network: *network, layer: *layer, sizes: self.sizes(sizes) }
            }
            (Claim::Count { value, .. }, Some(GoalKind::NetworkParameters { network, layer, without_bias })) => CSays::Parameters {
                network: *network,
                layer: *layer,
                without_bias: *without_bias,
                value: self.term(*value),
                lemma: d.lemma?,
            },
            (Claim::Shape { .. } | Claim::Field { .. } | Claim::Count { .. }, _) => return None,
        })
    }
    fn link(&mut self, (from, to, link): &(Id, Id, Link)) -> CEquivalence {
        let link = match link {
            Link::Sides => CLink::Sides,
            Link::Rule { rule, backward, subst } => {
                let values = subst.values.iter().map(|(v, x)| (self.s.var(*v).name.clone(), self.value(x))).collect();
                CLink::Rule { rule: rule.clone(), backward: *backward, values }
            }
            Link::Scaled(k) => CLink::Scaled(self.term(*k)),
            Link::Freed(m) => CLink::Freed(self.term(*m)),
            Link::Inverted => CLink::Inverted,
            Link::Transposed => CLink::Transposed,
            Link::Factors(k) => CLink::Factors(self.term(*k)),
            Link::Signs(u) => CLink::Signs(self.term(*u)),
            Link::Never => CLink::Never,
            Link::Always => CLink::Always,
        };
        CEquivalence { from: self.term(*from), to: self.term(*to), link }
    }
}
