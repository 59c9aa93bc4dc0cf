//! Replay: a certificate is rebuilt in a fresh arena and every step is made again, with kernel, decide, rulebook and judge
//! alone.
//!
//! The loader trusts nothing: terms mention only earlier terms, bodies only earlier functions, citations only earlier
//! lemmas; sorts and scopes are inferred anew; the ends of chains must be the claims.

use crate::certificate::{
    big_op, limit_side, relation, CAff, CDomain, CFunction, CGround, CIndex, CLemma, CNode, CPoint, CSort, CValue, Certificate, VERSION,
};
use crate::check::rebound;
use crate::compare::rearranged;
use crate::derivation::{Ground, Procedure, Text, Weight};
use crate::intervals::Turning;
use crate::prover::{Proposal, Prover, Refused};
use crate::rule::{Substitution, Value};
use gradus_term::goal::Network;
use gradus_term::{
    Aff, Arg, Domain, FnId, FnInfo, FnKind, Id, LimitPoint, Node, Param, Position, Props, Rat, Sort, Store, Summand, VarId, VarInfo,
    VarKind,
};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

mod claims;
mod names;

pub use claims::VerifiedClaim;

/// Why a certificate is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Written by another version.
    #[error("the certificate has version {0}; this program reads {VERSION}")]
    Version(u32),
    /// Made with another rulebook.
    #[error("the certificate was made with rulebook {0}, this is {1}")]
    Rulebook(String, String),
    /// Something in it does not hold together.
    #[error("{what} number {index}: {why}")]
    Malformed {
        /// What kind of entry.
        what: &'static str,
        /// Which.
        index: usize,
        /// Why.
        why: &'static str,
    },
    /// A step does not follow.
    #[error("lemma {lemma}, step {step}: {cause}")]
    Step {
        /// Which lemma.
        lemma: usize,
        /// Which step.
        step: usize,
        /// Why.
        cause: Refused,
    },
    /// A claim does not follow.
    #[error("claim {claim}: {cause}")]
    Claim {
        /// Which claim.
        claim: usize,
        /// Why.
        cause: Refused,
    },
}

/// What was verified.
#[derive(Debug, Default)]
pub struct Verified {
    /// The claims.
    pub claims: Vec<VerifiedClaim>,
    /// Goals of the worksheet that are not proved here: label, kind, and how far they were taken.
    pub open: Vec<(Option<String>, String, String)>,
    /// The declared names, in order.
    pub names: Vec<VarId>,
    /// The networks.
    pub networks: Vec<Network>,
    /// The number of steps made again.
    pub steps: usize,
}

/// Makes every step of a certificate again. `prover` is over a fresh arena in which the rulebook was just loaded;
/// `library` finds a function of the rulebook by its name.
///
/// # Errors
/// At the first thing that does not follow.
pub fn replay<'s>(
    prover: &'s Prover<'s>,
    cert: &Certificate,
    rulebook: &str,
    library: &dyn Fn(&str) -> Option<FnId>,
) -> Result<Verified, ReplayError> {
    if cert.gradus_certificate != VERSION {
        return Err(ReplayError::Version(cert.gradus_certificate));
    }
    if cert.rulebook != rulebook {
        return Err(ReplayError::Rulebook(cert.rulebook.clone(), rulebook.to_owned()));
    }
    let mut r = Reader { s: prover.store(), cert, names: Vec::new(), fns: Vec::new(), terms: Vec::new(), library };
    r.read_all()?;
    let mut out = Verified::default();
    for (k, l) in cert.lemmas.iter().enumerate() {
        out.steps += replay_lemma(prover, &r, k, l)?;
    }
    for (k, c) in cert.claims.iter().enumerate() {
        let claim = claims::replay(prover, &r, k, c)?;
        if !names::speaks_openly(prover.store(), &claim) {
            return Err(ReplayError::Malformed { what: "claim", index: k, why: "it speaks of names that are not declared" });
        }
        out.claims.push(claim);
    }
    for k in 0..cert.networks.len() {
        let bad = ReplayError::Malformed { what: "network", index: k, why: "it mentions something missing" };
        out.networks.push(r.network(k).ok_or(bad)?);
    }
    if cert.open.iter().any(|o| ![o.label.as_deref().unwrap_or(""), &o.kind, &o.status].into_iter().all(names::is_line)) {
        return Err(ReplayError::Malformed { what: "open goal", index: 0, why: "its words" });
    }
    out.open = cert.open.iter().map(|o| (o.label.clone(), o.kind.clone(), o.status.clone())).collect();
    out.names = r.names;
    Ok(out)
}

fn replay_lemma<'s>(prover: &'s Prover<'s>, r: &Reader<'s, '_>, k: usize, l: &CLemma) -> Result<usize, ReplayError> {
    let bad = |why| ReplayError::Malformed { what: "lemma", index: k, why };
    let term = |t: u32| r.term(t).ok_or(bad("no such term"));
    let givens: Vec<Id> = l.givens.iter().map(|g| term(*g)).collect::<Result<_, _>>()?;
    let mut proof = prover.proof(term(l.start)?, &givens);
    for (i, st) in l.steps.iter().enumerate() {
        let step = |cause| ReplayError::Step { lemma: k, step: i, cause };
        let pos = Position { path: st.path.clone(), operands: st.operands.clone() };
        let f = proof.focus(&pos).map_err(|e| step(e.into()))?;
        let opened: Vec<VarId> = st.opened.iter().map(|v| r.name(*v)).collect::<Option<_>>().ok_or(bad("no such name"))?;
        if opened.len() != f.opened.len() {
            return Err(bad("another number of opened names"));
        }
        let alike = |a: &VarInfo, b: &VarInfo| a.kind == b.kind && a.sort == b.sort && a.domain == b.domain && a.props == b.props;
        if !opened.iter().zip(&f.opened).all(|(a, b)| alike(r.s.var(*a), r.s.var(*b))) {
            return Err(bad("a name that is opened as another kind of name"));
        }
        let map: FxHashMap<VarId, Arg> = opened
            .iter()
            .zip(&f.opened)
            .map(|(old, new)| (*old, if r.s.var(*new).is_integer() { Arg::Idx(Aff::free(*new)) } else { Arg::Val(r.s.name(*new)) }))
            .collect();
        let ground = r.ground(&st.ground, k, &map, prover).ok_or(bad("a ground that cannot be read"))?;
        let new = r.s.subst(term(st.new)?, &map);
        let proposal = Proposal { rule: st.rule.clone(), ground, new, reason: Text::default(), weight: Weight::Main };
        proof.step(&pos, &f, proposal).map_err(step)?;
    }
    if !rearranged(r.s, proof.current(), term(l.end)?) {
        return Err(bad("its chain does not end where it says"));
    }
    let stated: Vec<Id> = l.assumptions.iter().map(|a| term(*a)).collect::<Result<_, _>>()?;
    // The opened names of the certificate are others than those of this replay.
    let closed = |cs: &[Id]| cs.iter().map(|c| rebound(r.s, *c, &[]).0).collect::<BTreeSet<Id>>();
    let needed: Vec<Id> = proof.assumptions().into_iter().filter(|c| !givens.contains(c)).collect();
    if closed(&needed) != closed(&stated) {
        return Err(bad("it needs other assumptions than it states"));
    }
    prover.add_lemma(&l.name, &proof);
    Ok(l.steps.len())
}

struct Reader<'s, 'c> {
    s: &'s Store,
    cert: &'c Certificate,
    names: Vec<VarId>,
    fns: Vec<FnId>,
    terms: Vec<Id>,
    library: &'c dyn Fn(&str) -> Option<FnId>,
}

impl Reader<'_, '_> {
    fn name(&self, k: u32) -> Option<VarId> {
        self.names.get(k as usize).copied()
    }
    fn term(&self, k: u32) -> Option<Id> {
        self.terms.get(k as usize).copied()
    }
    fn terms_of(&self, ks: &[u32]) -> Option<Vec<Id>> {
        ks.iter().map(|k| self.term(*k)).collect()
    }

    /// Names, then functions and terms as far as they are needed by each other, each only once what it mentions is there.
    fn read_all(&mut self) -> Result<(), ReplayError> {
        let cert = self.cert;
        for (i, n) in cert.names.iter().enumerate() {
            let bad = |why| ReplayError::Malformed { what: "name", index: i, why };
            let mut info = VarInfo::new(&n.name, kind(&n.kind).ok_or(bad("no such kind"))?, self.sort(&n.sort).ok_or(bad("its sort"))?);
            info.domain = domain(&n.domain).ok_or(bad("its domain"))?;
            info.props = properties(&n.properties).ok_or(bad("its properties"))?;
            if let Some(why) = names::fault(&info) {
                return Err(bad(why));
            }
            self.names.push(self.s.declare(info));
        }
        let mut next_fn = 0;
        for (i, n) in cert.terms.iter().enumerate() {
            self.read_functions(&mut next_fn)?;
            let t = self.node(n).ok_or(ReplayError::Malformed { what: "term", index: i, why: "it mentions something later or missing" })?;
            if *self.s.sort(t) == Sort::Ill || self.s.depth(t) > gradus_term::MAX_DEPTH {
                return Err(ReplayError::Malformed { what: "term", index: i, why: "its parts do not fit together" });
            }
            self.terms.push(t);
        }
        self.read_functions(&mut next_fn)?;
        if next_fn < cert.functions.len() {
            return Err(ReplayError::Malformed { what: "function", index: next_fn, why: "its body is missing or mentions itself" });
        }
        Ok(())
    }
    fn read_functions(&mut self, next: &mut usize) -> Result<(), ReplayError> {
        while let Some(f) = self.cert.functions.get(*next) {
            let bad = |why| ReplayError::Malformed { what: "function", index: *next, why };
            let id = match f {
                CFunction::Library(name) => (self.library)(name).ok_or(bad("not in the library"))?,
                CFunction::Own { name, params, explicit, dims, result, body } => {
                    if !names::is_word(name) {
                        return Err(bad("its name is no word"));
                    }
                    let body = match body {
                        Some(b) if self.term(*b).is_none() => return Ok(()),
                        Some(b) => self.term(*b),
                        None => None,
                    };
                    let params: Vec<Param> = params
                        .iter()
                        .map(|(v, s)| Some(Param { var: self.name(*v)?, sort: self.sort(s)? }))
                        .collect::<Option<_>>()
                        .ok_or(bad("its parameters"))?;
                    let dims = dims.iter().map(|v| self.name(*v)).collect::<Option<_>>().ok_or(bad("its sizes"))?;
                    let kind = if body.is_some() { FnKind::Defined } else { FnKind::Unknown };
                    let result = self.sort(result).ok_or(bad("its result"))?;
                    let id = self.s.add_fn(FnInfo {
                        name: name.clone(),
                        kind,
                        params,
                        explicit: *explicit,
                        dims,
                        result,
                        latex: None,
                        library: false,
                    });
                    if let Some(b) = body {
                        self.s.set_body(id, b);
                    }
                    id
                }
            };
            self.fns.push(id);
            *next += 1;
        }
        Ok(())
    }
    fn aff(&self, a: &CAff) -> Option<Aff> {
        let mut out = Aff::int(a.0);
        for (v, k) in &a.1 {
            let v = match v {
                // What stands as an index is a whole number.
                CIndex::Name(n) => Aff::free(self.name(*n).filter(|v| self.s.var(*v).is_integer())?),
                CIndex::Bound(b) => Aff::bound(*b),
            };
            out = out.add_scaled(&v, *k);
        }
        Some(out)
    }
    fn affs(&self, xs: &[CAff]) -> Option<Vec<Aff>> {
        xs.iter().map(|a| self.aff(a)).collect()
    }
    fn sort(&self, s: &CSort) -> Option<Sort> {
        Some(match s {
            CSort::Scalar => Sort::Scalar,
            CSort::Tensor(d) => Sort::tensor(&self.affs(d)?),
            CSort::Row(n) => Sort::Row(self.aff(n)?),
            CSort::Compound { sizes, rows } => {
                let sizes = self.affs(sizes)?;
                let (rows, cols) = sizes.split_at_checked(*rows)?;
                Sort::matrix(rows, cols)
            }
            CSort::Cond => Sort::Cond,
            CSort::Fun(n) => Sort::Fun(*n),
            CSort::Any => Sort::Any,
        })
    }
    fn signed(&self, xs: &[(bool, u32)]) -> Option<Vec<Summand>> {
        xs.iter().map(|(neg, t)| Some(Summand { neg: *neg, term: self.term(*t)? })).collect()
    }
    fn node(&self, n: &CNode) -> Option<Id> {
        let s = self.s;
        let t = |k: &u32| self.term(*k);
        let f = |k: &u32| self.fns.get(*k as usize).copied();
        let hint = |w: &String| names::is_letter(w).then(|| s.sym(w));
        let node = match n {
            CNode::Num { value } => Node::Num(number(value).filter(|q| q.is_integer() && !q.is_negative())?),
            CNode::Index { value } => Node::Index(self.aff(value)?),
            CNode::Var { name } => Node::Var(self.name(*name)?),
            CNode::Bound { level, sort } => Node::Bound(*level, self.sort(sort)?),
            CNode::Sum { summands } => Node::Sum(self.signed(summands)?.into()),
            CNode::Product { args } => Node::Product(self.terms_of(args)?.into()),
            CNode::Quot { args: [a, b] } => Node::Quot(t(a)?, t(b)?),
            CNode::Pow { args: [a, b] } => Node::Pow(t(a)?, t(b)?),
            CNode::MatMul { args } => Node::MatMul(self.terms_of(args)?.into()),
            CNode::Call { function, args } => Node::Call(f(function)?, self.terms_of(args)?.into()),
            CNode::CallVar { head, args } => Node::CallVar(t(head)?, self.terms_of(args)?.into()),
            CNode::Fun { function } => Node::Fun(f(function)?),
            CNode::Big { kind, letter, lo, hi, cond, body } => Node::Big {
                op: big_op(kind)?,
                hint: hint(letter)?,
                lo: self.aff(lo)?,
                hi: self.aff(hi)?,
                cond: opt(cond.as_ref(), t)?,
                body: t(body)?,
            },
            CNode::Iverson { cond } => Node::Iverson(t(cond)?),
            CNode::Cases { branches, otherwise } => {
                Node::Cases(branches.iter().map(|(c, v)| Some((t(c)?, t(v)?))).collect::<Option<_>>()?, opt(otherwise.as_ref(), t)?)
            }
            CNode::Entry { of, indices } => Node::Entry(t(of)?, self.affs(indices)?.into()),
            CNode::Tensor { sizes, letters, body } if sizes.len() == letters.len() => {
                Node::Tensor { dims: self.affs(sizes)?.into(), hints: letters.iter().map(hint).collect::<Option<_>>()?, body: t(body)? }
            }
            CNode::Tensor { .. } => return None,
            CNode::Array { args } => Node::Array(self.terms_of(args)?.into()),
            CNode::Stack { args } => Node::Stack(self.terms_of(args)?.into()),
            CNode::Diff { letter, body, slot, point } => {
                Node::Diff { hint: hint(letter)?, body: t(body)?, slot: self.affs(slot)?.into(), point: t(point)? }
            }
            CNode::Differential { letter, body, point, along } => {
                Node::Differential { hint: hint(letter)?, body: t(body)?, point: t(point)?, along: t(along)? }
            }
            CNode::Limit { letter, body, point, side } => Node::Limit {
                hint: hint(letter)?,
                body: t(body)?,
                point: match point {
                    CPoint::At(p) => LimitPoint::At(t(p)?),
                    CPoint::PosInf => LimitPoint::PosInf,
                    CPoint::NegInf => LimitPoint::NegInf,
                },
                side: limit_side(side)?,
            },
            CNode::Rel { relation: r, args: [a, b] } => Node::Rel(relation(r)?, t(a)?, t(b)?),
            CNode::And { args } => Node::And(self.terms_of(args)?.into()),
            CNode::Or { args } => Node::Or(self.terms_of(args)?.into()),
            CNode::Not { cond } => Node::Not(t(cond)?),
            CNode::Infinity { negative } => Node::Infinity(*negative),
        };
        Some(s.intern(node))
    }
    fn value(&self, v: &CValue, map: &FxHashMap<VarId, Arg>) -> Option<Value> {
        let s = self.s;
        let go = |t: Id| s.subst(t, map);
        Some(match v {
            CValue::Term(t) => Value::Term(go(self.term(*t)?)),
            CValue::Index(a) => {
                let t = go(s.intern(Node::Index(self.aff(a)?)));
                Value::Index(s.as_aff(t)?)
            }
            CValue::Summands(xs) => {
                Value::Summands(self.signed(xs)?.into_iter().map(|x| Summand { neg: x.neg, term: go(x.term) }).collect())
            }
            CValue::Factors(xs) => Value::Factors(self.terms_of(xs)?.into_iter().map(go).collect()),
        })
    }
    fn ground(&self, g: &CGround, lemma: usize, map: &FxHashMap<VarId, Arg>, prover: &Prover<'_>) -> Option<Ground> {
        let s = self.s;
        Some(match g {
            CGround::Instance { rule, backward, values, slot, side } => {
                let r = prover.rules().rule(rule)?;
                let mut subst = Substitution::new();
                for (name, v) in values {
                    let meta = r.metas.iter().find(|m| s.var(**m).name == *name)?;
                    subst.values.insert(*meta, self.value(v, map)?);
                }
                for a in slot {
                    match self.value(&CValue::Index(a.clone()), map)? {
                        Value::Index(a) => subst.slot.push(a),
                        _ => return None,
                    }
                }
                subst.side = match side {
                    Some(w) => Some(limit_side(w)?),
                    None => None,
                };
                Ground::Instance { rule: rule.clone(), backward: *backward, subst }
            }
            CGround::Rearranged => Ground::Rearranged,
            CGround::Unfolded => Ground::Unfolded,
            CGround::Folded => Ground::Folded,
            CGround::Entries => Ground::Entries,
            CGround::Given(c) => Ground::Given(s.subst(self.term(*c)?, map)),
            CGround::Cited { lemma: l, values } if *l < lemma => {
                let mut subst = Substitution::new();
                for (v, x) in values {
                    subst.values.insert(self.name(*v)?, self.value(x, map)?);
                }
                Ground::Cited { lemma: *l, subst }
            }
            CGround::Entrywise { lemma: l, indices } if *l < lemma => {
                Ground::Entrywise { lemma: *l, indices: indices.iter().map(|v| self.name(*v)).collect::<Option<_>>()? }
            }
            CGround::ReadOff { lemma: l, along } if *l < lemma => Ground::ReadOff { lemma: *l, along: self.name(*along)? },
            CGround::ByCases(ls) if ls.iter().all(|l| *l < lemma) => Ground::ByCases(ls.clone()),
            CGround::Cited { .. } | CGround::Entrywise { .. } | CGround::ReadOff { .. } | CGround::ByCases(_) => return None,
            CGround::Constant { by, at } => Ground::Constant(Turning { by: self.name(*by)?, at: s.subst(self.term(*at)?, map) }),
            CGround::Extensional => Ground::Extensional,
            CGround::NormalForm => Ground::Recomputed(Procedure::NormalForm),
            CGround::EntryDelta => Ground::Recomputed(Procedure::EntryDelta),
            CGround::SumRule => Ground::Recomputed(Procedure::SumRule),
            CGround::CasesRule => Ground::Recomputed(Procedure::CasesRule),
            CGround::SignNear => Ground::Recomputed(Procedure::SignNear),
            CGround::Continuity => Ground::Recomputed(Procedure::Continuity),
            CGround::ChainRule => Ground::Recomputed(Procedure::ChainRule),
            CGround::MatrixRule => Ground::Recomputed(Procedure::MatrixRule),
            CGround::DifferentialRule => Ground::Recomputed(Procedure::DifferentialRule),
        })
    }
}

/// `Some(None)` for none, `None` if what is there cannot be read.
fn opt<T, U>(x: Option<T>, f: impl Fn(T) -> Option<U>) -> Option<Option<U>> {
    x.map_or(Some(None), |t| f(t).map(Some))
}
fn number(w: &str) -> Option<Rat> {
    let (p, q) = w.split_once('/').unwrap_or((w, "1"));
    let int = |t: &str| t.parse::<num_bigint::BigInt>().ok().map(Rat::from);
    int(p)?.div(&int(q)?)
}
fn kind(w: &str) -> Option<VarKind> {
    use crate::certificate::kind_word;
    [VarKind::Given, VarKind::Size, VarKind::Index, VarKind::Param, VarKind::Opened, VarKind::Meta].into_iter().find(|k| kind_word(*k) == w)
}
fn domain(d: &CDomain) -> Option<Domain> {
    let end = |e: &Option<(String, bool)>| opt(e.as_ref(), |(w, i)| Some((number(w)?, *i)));
    Some(match d {
        CDomain::Real => Domain::Real,
        CDomain::Nat => Domain::Nat,
        CDomain::Int => Domain::Int,
        CDomain::Finite(vs) => Domain::Finite(vs.iter().map(|v| number(v)).collect::<Option<_>>()?),
        CDomain::Interval(a, b) => Domain::Interval(end(a)?, end(b)?),
    })
}
fn properties(ws: &[String]) -> Option<Props> {
    let mut p = Props::default();
    for w in ws {
        match w.as_str() {
            "symmetric" => p.symmetric = true,
            "invertible" => p.invertible = true,
            "positive definite" => p.positive_definite = true,
            "diagonal" => p.diagonal = true,
            "orthogonal" => p.orthogonal = true,
            "positive" => p.positive = true,
            "zero outside" => p.zero_outside = true,
            _ => return None,
        }
    }
    Some(p)
}
