//! Rule schemas and their instances.
//!
//! A rule is a pair of terms with metavariables. The kernel never searches: it is given the finished [`Substitution`],
//! instantiates both sides and compares (see [`crate::compare`]). Finding where and how a rule applies is the engine's work.

use gradus_term::{Aff, Arg, Id, LimitPoint, Node, Side, Sort, Store, Summand, VarId};
use std::collections::BTreeMap;

/// What a side condition asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// A condition over the metavariables: signs, ≠ 0, index facts.
    Holds(Id),
    /// The term is a number written out.
    Number(Id),
}

/// What a rule says of its sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relates {
    /// Terms that are equal (`=>`).
    Equal,
    /// Conditions each of which follows from the other (`<=>`).
    Equivalent,
    /// Conditions of which the right one follows from the left one (`=>`).
    Implied,
}

/// A rule of the rulebook.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `family.what`; never changes once released.
    pub name: String,
    /// The left side.
    pub left: Id,
    /// The right side.
    pub right: Id,
    /// What the left side has to do with the right one.
    pub relates: Relates,
    /// Side conditions.
    pub needs: Vec<Need>,
    /// Limits and other claims that must be proved first: an equation over the metavariables each.
    pub premises: Vec<Id>,
    /// The sentence.
    pub says: String,
    /// The few words beside a line: "product rule".
    pub short: String,
    /// The examples: before and after, as terms.
    pub tries: Vec<(Id, Id)>,
    /// The metavariables.
    pub metas: Vec<VarId>,
}

/// What stands for a metavariable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A term; for a metavariable applied to `n` bound names, a body under `n` binders (the last name is `Bound(0)`).
    Term(Id),
    /// An integer expression.
    Index(Aff),
    /// Summands for a sequence variable in a sum.
    Summands(Vec<Summand>),
    /// Factors for a sequence variable in a product.
    Factors(Vec<Id>),
}

/// Values of the metavariables, and the entry that the rule's derivatives are taken by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substitution {
    /// Values, by metavariable.
    pub values: BTreeMap<VarId, Value>,
    /// Derivatives in rules have no slot: the instance puts this one into each of them.
    pub slot: Vec<Aff>,
    /// Limits in rules say no side: the instance puts this one into each of them (none: from both).
    pub side: Option<Side>,
}

impl Substitution {
    /// The empty substitution.
    pub fn new() -> Self {
        Self::default()
    }
    /// With one more value.
    #[must_use]
    pub fn with(mut self, v: VarId, x: Id) -> Self {
        self.values.insert(v, Value::Term(x));
        self
    }
    /// The term standing for a metavariable without arguments.
    pub fn term(&self, v: VarId) -> Option<Id> {
        match self.values.get(&v) {
            Some(Value::Term(x)) => Some(*x),
            _ => None,
        }
    }
}

/// Why a schema could not be instantiated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstanceError {
    /// A metavariable has no value.
    #[error("no value for the metavariable {0}")]
    Missing(String),
    /// A metavariable has a value of the wrong kind.
    #[error("the metavariable {0} has a value of the wrong kind")]
    WrongKind(String),
}

/// The schema with its metavariables replaced.
///
/// # Errors
/// If a metavariable has no value, or one of the wrong kind.
pub fn instantiate(s: &Store, schema: Id, sub: &Substitution) -> Result<Id, InstanceError> {
    let missing = |v: VarId| InstanceError::Missing(s.var(v).name.clone());
    let wrong = |v: VarId| InstanceError::WrongKind(s.var(v).name.clone());
    let go = |x: Id| instantiate(s, x, sub);
    let aff = |a: &Aff| {
        a.map(|v| match v {
            gradus_term::IVar::Free(w) => match sub.values.get(&w) {
                Some(Value::Index(b)) => b.clone(),
                _ => Aff::var(v),
            },
            gradus_term::IVar::Bound(_) => Aff::var(v),
        })
    };
    match s.node(schema) {
        Node::Meta(v, args) => match sub.values.get(v) {
            Some(Value::Term(x)) => {
                let args: Result<Vec<Arg>, _> = args
                    .iter()
                    .map(|a| {
                        Ok(match s.node(*a) {
                            Node::Index(i) => Arg::Idx(aff(i)),
                            _ => Arg::Val(go(*a)?),
                        })
                    })
                    .collect();
                Ok(s.open(*x, &args?))
            }
            Some(Value::Index(a)) => Ok(s.index(a.clone())),
            Some(_) => Err(wrong(*v)),
            None => Err(missing(*v)),
        },
        // A sequence that stands alone is the whole sum or product.
        Node::Seq(v) => match sub.values.get(v) {
            Some(Value::Summands(ys)) => Ok(s.sum(ys)),
            Some(Value::Factors(ys)) => Ok(s.product(ys)),
            Some(_) => Err(wrong(*v)),
            None => Err(missing(*v)),
        },
        Node::Index(a) => Ok(s.index(aff(a))),
        // A limit at a metavariable that stands for ∞ is a limit at infinity.
        Node::Limit { hint, body, point, side } => {
            let point = match point {
                LimitPoint::At(p) => {
                    let p = go(*p)?;
                    match s.node(p) {
                        Node::Infinity(false) => LimitPoint::PosInf,
                        Node::Infinity(true) => LimitPoint::NegInf,
                        _ => LimitPoint::At(p),
                    }
                }
                other => *other,
            };
            let side = if *side == Side::Both { sub.side.unwrap_or(Side::Both) } else { *side };
            Ok(s.intern(Node::Limit { hint: *hint, body: go(*body)?, point, side }))
        }
        Node::Sum(xs) => {
            let mut out = Vec::new();
            for x in xs {
                if let Node::Seq(v) = s.node(x.term) {
                    match sub.values.get(v) {
                        Some(Value::Summands(ys)) => out.extend(ys.iter().map(|y| Summand { neg: y.neg != x.neg, term: y.term })),
                        Some(_) => return Err(wrong(*v)),
                        None => return Err(missing(*v)),
                    }
                } else {
                    out.push(Summand { neg: x.neg, term: go(x.term)? });
                }
            }
            Ok(s.sum(&out))
        }
        Node::Product(xs) => {
            let mut out = Vec::new();
            for x in xs {
                if let Node::Seq(v) = s.node(*x) {
                    match sub.values.get(v) {
                        Some(Value::Factors(ys)) => out.extend(ys.iter().copied()),
                        Some(_) => return Err(wrong(*v)),
                        None => return Err(missing(*v)),
                    }
                } else {
                    out.push(go(*x)?);
                }
            }
            Ok(s.product(&out))
        }
        Node::Diff { hint, body, slot, point } => {
            let point = go(*point)?;
            let sort = s.sort(point).clone();
            let body = retype_bound(s, go(*body)?, &sort);
            // The instance's entry belongs to the derivatives by its tensor; one by a scalar (g′(u) in a chain rule) has none.
            let takes_entry = sort.dims().len() == sub.slot.len() || sort == Sort::Any;
            let slot = match (slot.is_empty(), takes_entry) {
                (true, true) => sub.slot.clone().into(),
                (true, false) => Box::default(),
                (false, _) => slot.iter().map(aff).collect(),
            };
            Ok(s.intern(Node::Diff { hint: *hint, body, slot, point }))
        }
        node => {
            let mut error = None;
            let n = node.map_affs(&mut |a| aff(a)).map_children(&mut |c, _| {
                go(c).unwrap_or_else(|e| {
                    error.get_or_insert(e);
                    c
                })
            });
            match error {
                Some(e) => Err(e),
                None => Ok(s.intern(n)),
            }
        }
    }
}

/// A rule's bound value has no sort of its own (`Sort::Any`): in an instance it has the point's.
fn retype_bound(s: &Store, body: Id, sort: &Sort) -> Id {
    let v = s.fresh(gradus_term::Sym::NONE, sort.clone(), false);
    let opened = s.open(body, &[Arg::Val(s.intern(Node::Var(v)))]);
    s.close(opened, &[v])
}
