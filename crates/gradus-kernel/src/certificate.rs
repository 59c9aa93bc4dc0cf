//! The certificate: every lemma of a session with its steps, and the claims that rest on them, as JSON.
//!
//! It holds names, functions, terms, positions, grounds and substitutions; nothing that a verifier could recompute (no
//! sorts, no definedness, no verdicts). [`crate::replay`] rebuilds everything in a fresh arena and makes every step again.

mod claims;

pub use claims::{certify, Answered, CClaim, CEquivalence, CLayer, CLink, CNetwork, COpen, CRoot, CSays, CUnder};

use crate::derivation::{Ground, Procedure, Step};
use crate::prover::Lemma;
use crate::rule::{Substitution, Value};
use gradus_term::{Aff, BigOp, Domain, FnId, FnKind, IVar, Id, LimitPoint, Node, Props, Rat, RelOp, Side, Sort, Store, VarId, VarKind};
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version this code writes and reads.
pub const VERSION: u32 = 3;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The version of the format.
    pub gradus_certificate: u32,
    /// The hash of the rulebook that the rules are taken from.
    pub rulebook: String,
    /// Declared and opened names.
    pub names: Vec<CName>,
    /// Functions; a body mentions only earlier ones.
    pub functions: Vec<CFunction>,
    /// Terms; each mentions only earlier ones.
    pub terms: Vec<CNode>,
    /// Networks as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<CNetwork>,
    /// Lemmas; each cites only earlier ones.
    pub lemmas: Vec<CLemma>,
    /// What is claimed.
    pub claims: Vec<CClaim>,
    /// Goals that are not proved here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<COpen>,
}

/// A name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CName {
    /// Its spelling.
    pub name: String,
    /// given, size, index, param, opened or meta.
    pub kind: String,
    /// Its sort.
    pub sort: CSort,
    /// The set it lies in.
    pub domain: CDomain,
    /// Declared properties, by their words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<String>,
}

/// A set of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum CDomain {
    /// ℝ
    Real,
    /// ℕ
    Nat,
    /// ℤ
    Int,
    /// These numbers.
    Finite(Vec<String>),
    /// Between two ends, each with whether it belongs.
    Interval(Option<(String, bool)>, Option<(String, bool)>),
}

/// An affine expression: the constant, then variables with coefficients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CAff(pub i64, pub Vec<(CIndex, i64)>);

/// A variable of an affine expression.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum CIndex {
    /// A name, by number.
    Name(u32),
    /// A bound index.
    Bound(u32),
}

/// A sort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum CSort {
    /// A number.
    Scalar,
    /// A tensor of these sizes.
    Tensor(Vec<CAff>),
    /// A row.
    Row(CAff),
    /// A column, row or matrix with compound indices: the sizes of their parts, so many of which belong to the rows.
    Compound {
        /// The sizes of the parts.
        sizes: Vec<CAff>,
        /// How many belong to the row index.
        rows: usize,
    },
    /// A condition.
    Cond,
    /// A function of so many arguments.
    Fun(u32),
    /// Anything.
    Any,
}

/// A function: one of the library by name, or a definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum CFunction {
    /// Built in or of the rulebook.
    Library(String),
    /// Of a worksheet.
    Own {
        /// Its name.
        name: String,
        /// Parameters: name and sort.
        params: Vec<(u32, CSort)>,
        /// How many are written.
        explicit: usize,
        /// Size parameters.
        dims: Vec<u32>,
        /// The sort of its value, where there is no body.
        result: CSort,
        /// Its body; none for an unknown function.
        body: Option<u32>,
    },
}

/// A node: children are numbers of earlier terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "op", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of gradus_term::Node")]
pub enum CNode {
    Num { value: String },
    Index { value: CAff },
    Var { name: u32 },
    Bound { level: u32, sort: CSort },
    Sum { summands: Vec<(bool, u32)> },
    Product { args: Vec<u32> },
    Quot { args: [u32; 2] },
    Pow { args: [u32; 2] },
    MatMul { args: Vec<u32> },
    Call { function: u32, args: Vec<u32> },
    CallVar { head: u32, args: Vec<u32> },
    Fun { function: u32 },
    Big { kind: String, letter: String, lo: CAff, hi: CAff, cond: Option<u32>, body: u32 },
    Iverson { cond: u32 },
    Cases { branches: Vec<(u32, u32)>, otherwise: Option<u32> },
    Entry { of: u32, indices: Vec<CAff> },
    Tensor { sizes: Vec<CAff>, letters: Vec<String>, body: u32 },
    Array { args: Vec<u32> },
    Stack { args: Vec<u32> },
    Diff { letter: String, body: u32, slot: Vec<CAff>, point: u32 },
    Differential { letter: String, body: u32, point: u32, along: u32 },
    Limit { letter: String, body: u32, point: CPoint, side: String },
    Rel { relation: String, args: [u32; 2] },
    And { args: Vec<u32> },
    Or { args: Vec<u32> },
    Not { cond: u32 },
    Infinity { negative: bool },
}

/// Where a limit is taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum CPoint {
    /// At a term.
    At(u32),
    /// At +∞.
    PosInf,
    /// At −∞.
    NegInf,
}

/// What stands for a name or a metavariable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum CValue {
    /// A term.
    Term(u32),
    /// An integer expression.
    Index(CAff),
    /// Signed summands.
    Summands(Vec<(bool, u32)>),
    /// Factors.
    Factors(Vec<u32>),
}

/// A ground.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the fields are those of Ground")]
pub enum CGround {
    Instance { rule: String, backward: bool, values: Vec<(String, CValue)>, slot: Vec<CAff>, side: Option<String> },
    Rearranged,
    Unfolded,
    Folded,
    Entries,
    Given(u32),
    Cited { lemma: usize, values: Vec<(u32, CValue)> },
    Constant { by: u32, at: u32 },
    Extensional,
    Entrywise { lemma: usize, indices: Vec<u32> },
    NormalForm,
    EntryDelta,
    SumRule,
    CasesRule,
    SignNear,
    Continuity,
    ChainRule,
    MatrixRule,
    DifferentialRule,
    ReadOff { lemma: usize, along: u32 },
    ByCases(Vec<usize>),
}

/// A step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CStep {
    /// The rule's or the move's name.
    pub rule: String,
    /// Where: child numbers.
    pub path: Vec<u32>,
    /// Where: operands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operands: Vec<u32>,
    /// The names opened on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<u32>,
    /// What is put there.
    pub new: u32,
    /// Why.
    pub ground: CGround,
}

/// A lemma.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CLemma {
    /// How it is cited.
    pub name: String,
    /// What it starts from.
    pub start: u32,
    /// What it ends in.
    pub end: u32,
    /// The conditions it is proved under.
    pub givens: Vec<u32>,
    /// Conditions its steps assume.
    pub assumptions: Vec<u32>,
    /// Its steps.
    pub steps: Vec<CStep>,
}

/// Numbers names, functions and terms in the order of first need.
struct Writer<'s> {
    s: &'s Store,
    out: Certificate,
    vars: FxHashMap<VarId, u32>,
    fns: FxHashMap<FnId, u32>,
    terms: FxHashMap<Id, u32>,
}

impl<'s> Writer<'s> {
    fn new(s: &'s Store, rulebook: &str) -> Self {
        let out = Certificate {
            gradus_certificate: VERSION,
            rulebook: rulebook.to_owned(),
            names: Vec::new(),
            functions: Vec::new(),
            terms: Vec::new(),
            networks: Vec::new(),
            lemmas: Vec::new(),
            claims: Vec::new(),
            open: Vec::new(),
        };
        Writer { s, out, vars: FxHashMap::default(), fns: FxHashMap::default(), terms: FxHashMap::default() }
    }
}

/// Terms with the names and functions in them, and nothing claimed: for evaluators of another make. The numbers of the terms
/// come with it.
pub fn export(s: &Store, terms: &[Id]) -> (Certificate, Vec<u32>) {
    let mut w = Writer::new(s, "");
    let numbers = w.all(terms);
    (w.out, numbers)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Writer<'_> {
    fn name(&mut self, v: VarId) -> u32 {
        if let Some(k) = self.vars.get(&v) {
            return *k;
        }
        let info = self.s.var(v).clone();
        let sort = self.sort(&info.sort);
        let q = |r: &Rat| r.to_string();
        let domain = match &info.domain {
            Domain::Real => CDomain::Real,
            Domain::Nat => CDomain::Nat,
            Domain::Int => CDomain::Int,
            Domain::Finite(vs) => CDomain::Finite(vs.iter().map(q).collect()),
            Domain::Interval(a, b) => CDomain::Interval(a.as_ref().map(|(r, i)| (q(r), *i)), b.as_ref().map(|(r, i)| (q(r), *i))),
        };
        let k = count(self.out.names.len());
        self.out.names.push(CName {
            name: info.name,
            kind: kind_word(info.kind).to_owned(),
            sort,
            domain,
            properties: property_words(info.props),
        });
        self.vars.insert(v, k);
        k
    }
    fn function(&mut self, f: FnId) -> u32 {
        if let Some(k) = self.fns.get(&f) {
            return *k;
        }
        let info = self.s.fun(f).clone();
        let c = if info.library || matches!(info.kind, FnKind::Prim(_)) {
            CFunction::Library(info.name)
        } else {
            let params = info.params.iter().map(|p| (self.name(p.var), self.sort(&p.sort))).collect();
            let dims = info.dims.iter().map(|v| self.name(*v)).collect();
            let (result, body) = (self.sort(&info.result), self.s.body(f).map(|b| self.term(b)));
            CFunction::Own { name: info.name, params, explicit: info.explicit, dims, result, body }
        };
        let k = count(self.out.functions.len());
        self.out.functions.push(c);
        self.fns.insert(f, k);
        k
    }
    fn aff(&mut self, a: &Aff) -> CAff {
        CAff(
            a.c,
            a.t.iter()
                .map(|(v, k)| {
                    (
                        match v {
                            IVar::Free(v) => CIndex::Name(self.name(*v)),
                            IVar::Bound(b) => CIndex::Bound(*b),
                        },
                        *k,
                    )
                })
                .collect(),
        )
    }
    fn affs(&mut self, xs: &[Aff]) -> Vec<CAff> {
        xs.iter().map(|a| self.aff(a)).collect()
    }
    fn sort(&mut self, s: &Sort) -> CSort {
        match s {
            Sort::Scalar => CSort::Scalar,
            Sort::Tensor(d) => CSort::Tensor(self.affs(d)),
            Sort::Row(n) => CSort::Row(self.aff(n)),
            Sort::Compound(c) => CSort::Compound { sizes: self.affs(&c.dims), rows: c.rows },
            Sort::Cond => CSort::Cond,
            Sort::Fun(n) => CSort::Fun(*n),
            Sort::Any | Sort::Ill => CSort::Any,
        }
    }
    fn all(&mut self, xs: &[Id]) -> Vec<u32> {
        xs.iter().map(|x| self.term(*x)).collect()
    }
    fn signed(&mut self, xs: &[gradus_term::Summand]) -> Vec<(bool, u32)> {
        xs.iter().map(|x| (x.neg, self.term(x.term))).collect()
    }
    fn term(&mut self, t: Id) -> u32 {
        if let Some(k) = self.terms.get(&t) {
            return *k;
        }
        let node = self.s.node(t).clone();
        let c = self.node(&node);
        let k = count(self.out.terms.len());
        self.out.terms.push(c);
        self.terms.insert(t, k);
        k
    }
    fn node(&mut self, n: &Node) -> CNode {
        let letter = |s: &Store, h: gradus_term::Sym| s.sym_str(h).to_owned();
        match n {
            Node::Num(q) => CNode::Num { value: q.to_string() },
            Node::Index(a) => CNode::Index { value: self.aff(a) },
            Node::Var(v) | Node::Meta(v, _) | Node::Seq(v) => CNode::Var { name: self.name(*v) },
            Node::Bound(k, s) => CNode::Bound { level: *k, sort: self.sort(s) },
            Node::Sum(xs) => CNode::Sum { summands: self.signed(xs) },
            Node::Product(xs) => CNode::Product { args: self.all(xs) },
            Node::Quot(a, b) => CNode::Quot { args: [self.term(*a), self.term(*b)] },
            Node::Pow(a, b) => CNode::Pow { args: [self.term(*a), self.term(*b)] },
            Node::MatMul(xs) => CNode::MatMul { args: self.all(xs) },
            Node::Call(f, xs) => CNode::Call { function: self.function(*f), args: self.all(xs) },
            Node::CallVar(h, xs) => CNode::CallVar { head: self.term(*h), args: self.all(xs) },
            Node::Fun(f) => CNode::Fun { function: self.function(*f) },
            Node::Big { op, hint, lo, hi, cond, body } => CNode::Big {
                kind: format!("{op:?}"),
                letter: letter(self.s, *hint),
                lo: self.aff(lo),
                hi: self.aff(hi),
                cond: cond.map(|c| self.term(c)),
                body: self.term(*body),
            },
            Node::Iverson(c) => CNode::Iverson { cond: self.term(*c) },
            Node::Cases(bs, o) => CNode::Cases {
                branches: bs.iter().map(|(c, v)| (self.term(*c), self.term(*v))).collect(),
                otherwise: o.map(|x| self.term(x)),
            },
            Node::Entry(t, ix) => CNode::Entry { of: self.term(*t), indices: self.affs(ix) },
            Node::Tensor { dims, hints, body } => CNode::Tensor {
                sizes: self.affs(dims),
                letters: hints.iter().map(|h| letter(self.s, *h)).collect(),
                body: self.term(*body),
            },
            Node::Array(xs) => CNode::Array { args: self.all(xs) },
            Node::Stack(xs) => CNode::Stack { args: self.all(xs) },
            Node::Diff { hint, body, slot, point } => {
                CNode::Diff { letter: letter(self.s, *hint), body: self.term(*body), slot: self.affs(slot), point: self.term(*point) }
            }
            Node::Differential { hint, body, point, along } => CNode::Differential {
                letter: letter(self.s, *hint),
                body: self.term(*body),
                point: self.term(*point),
                along: self.term(*along),
            },
            Node::Limit { hint, body, point, side } => CNode::Limit {
                letter: letter(self.s, *hint),
                body: self.term(*body),
                point: match point {
                    LimitPoint::At(p) => CPoint::At(self.term(*p)),
                    LimitPoint::PosInf => CPoint::PosInf,
                    LimitPoint::NegInf => CPoint::NegInf,
                },
                side: format!("{side:?}"),
            },
            Node::Rel(op, a, b) => CNode::Rel { relation: format!("{op:?}"), args: [self.term(*a), self.term(*b)] },
            Node::And(xs) => CNode::And { args: self.all(xs) },
            Node::Or(xs) => CNode::Or { args: self.all(xs) },
            Node::Not(x) => CNode::Not { cond: self.term(*x) },
            Node::Infinity(negative) => CNode::Infinity { negative: *negative },
        }
    }
    fn value(&mut self, v: &Value) -> CValue {
        match v {
            Value::Term(t) => CValue::Term(self.term(*t)),
            Value::Index(a) => CValue::Index(self.aff(a)),
            Value::Summands(xs) => CValue::Summands(self.signed(xs)),
            Value::Factors(xs) => CValue::Factors(self.all(xs)),
        }
    }
    fn ground(&mut self, g: &Ground, opened: &[VarId]) -> CGround {
        match g {
            Ground::Instance { rule, backward, subst } => {
                let values = subst.values.iter().map(|(v, x)| (self.s.var(*v).name.clone(), self.value(x))).collect();
                CGround::Instance {
                    rule: rule.clone(),
                    backward: *backward,
                    values,
                    slot: self.affs(&subst.slot),
                    side: subst.side.map(|d| format!("{d:?}")),
                }
            }
            Ground::Rearranged => CGround::Rearranged,
            Ground::Unfolded => CGround::Unfolded,
            Ground::Folded => CGround::Folded,
            Ground::Entries => CGround::Entries,
            Ground::Given(c) => CGround::Given(self.term(*c)),
            Ground::Cited { lemma, subst } => CGround::Cited { lemma: *lemma, values: self.cited(subst, opened) },
            Ground::Extensional => CGround::Extensional,
            Ground::Entrywise { lemma, indices } => {
                CGround::Entrywise { lemma: *lemma, indices: indices.iter().map(|v| self.name(*v)).collect() }
            }
            Ground::Constant(t) => CGround::Constant { by: self.name(t.by), at: self.term(t.at) },
            Ground::Recomputed(Procedure::NormalForm) => CGround::NormalForm,
            Ground::Recomputed(Procedure::EntryDelta) => CGround::EntryDelta,
            Ground::Recomputed(Procedure::SumRule) => CGround::SumRule,
            Ground::Recomputed(Procedure::CasesRule) => CGround::CasesRule,
            Ground::Recomputed(Procedure::SignNear) => CGround::SignNear,
            Ground::Recomputed(Procedure::Continuity) => CGround::Continuity,
            Ground::Recomputed(Procedure::ChainRule) => CGround::ChainRule,
            Ground::Recomputed(Procedure::MatrixRule) => CGround::MatrixRule,
            Ground::Recomputed(Procedure::DifferentialRule) => CGround::DifferentialRule,
            Ground::ByCases(lemmas) => CGround::ByCases(lemmas.clone()),
            Ground::ReadOff { lemma, along } => CGround::ReadOff { lemma: *lemma, along: self.name(*along) },
        }
    }
    /// The values of a citation. A lemma may stand at the very names that the path to it opens; they are opened anew when the step is
    /// made again, so their values are said.
    fn cited(&mut self, subst: &Substitution, opened: &[VarId]) -> Vec<(u32, CValue)> {
        let mut out: Vec<(u32, CValue)> = subst.values.iter().map(|(v, x)| (self.name(*v), self.value(x))).collect();
        for v in opened.iter().filter(|v| !subst.values.contains_key(v)) {
            let itself = if self.s.var(*v).is_integer() { Value::Index(Aff::free(*v)) } else { Value::Term(self.s.name(*v)) };
            out.push((self.name(*v), self.value(&itself)));
        }
        out
    }
    fn lemma(&mut self, l: &Lemma) -> CLemma {
        let (start, end, givens) = (self.term(l.left), self.term(l.right), self.all(&l.givens));
        let assumed: Vec<Id> = l.under.iter().copied().filter(|c| !l.givens.contains(c)).collect();
        let assumptions = self.all(&assumed);
        let steps = l.steps.iter().map(|s| self.step(s)).collect();
        CLemma { name: l.name.clone(), start, end, givens, assumptions, steps }
    }
    fn step(&mut self, s: &Step) -> CStep {
        CStep {
            rule: s.rule.clone(),
            path: s.position.path.clone(),
            operands: s.position.operands.clone(),
            opened: s.opened.iter().map(|v| self.name(*v)).collect(),
            new: self.term(s.new),
            ground: self.ground(&s.ground, &s.opened),
        }
    }
}

pub(crate) fn kind_word(k: VarKind) -> &'static str {
    match k {
        VarKind::Given => "given",
        VarKind::Size => "size",
        VarKind::Index => "index",
        VarKind::Param => "param",
        VarKind::Opened => "opened",
        VarKind::Meta => "meta",
    }
}

/// The words of declared properties.
pub fn property_words(p: Props) -> Vec<String> {
    [
        (p.symmetric, "symmetric"),
        (p.invertible, "invertible"),
        (p.positive_definite, "positive definite"),
        (p.diagonal, "diagonal"),
        (p.orthogonal, "orthogonal"),
        (p.positive, "positive"),
        (p.zero_outside, "zero outside"),
    ]
    .into_iter()
    .filter(|(on, _)| *on)
    .map(|(_, w)| w.to_owned())
    .collect()
}

pub(crate) fn relation(w: &str) -> Option<RelOp> {
    [RelOp::Eq, RelOp::Ne, RelOp::Lt, RelOp::Le, RelOp::Gt, RelOp::Ge].into_iter().find(|r| format!("{r:?}") == w)
}
pub(crate) fn big_op(w: &str) -> Option<BigOp> {
    [BigOp::Sum, BigOp::Prod, BigOp::Max, BigOp::Min].into_iter().find(|r| format!("{r:?}") == w)
}
pub(crate) fn limit_side(w: &str) -> Option<Side> {
    [Side::Both, Side::Left, Side::Right].into_iter().find(|r| format!("{r:?}") == w)
}
