//! The head of a term: what rules are looked up by.

use gradus_term::{BigOp, FnId, Id, Node, RelOp, Store};

/// The outermost symbol of a term; for a derivative also that of what is differentiated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Head {
    /// A number.
    Num,
    /// A sum.
    Sum,
    /// A product.
    Product,
    /// A fraction.
    Quot,
    /// A power.
    Pow,
    /// A matrix product.
    MatMul,
    /// A call of this function.
    Call(FnId),
    /// An operation over a range.
    Big(BigOp),
    /// A bracket.
    Iverson,
    /// A definition by cases.
    Cases,
    /// An entry.
    Entry,
    /// A derivative, of anything.
    Diff,
    /// A derivative of a call of this function.
    DiffCall(FnId),
    /// A limit.
    Limit,
    /// A relation.
    Rel(RelOp),
    /// Anything else.
    Other,
}

impl Head {
    /// The head a schema asks for; `None` if it fits anything.
    pub fn of_schema(s: &Store, schema: Id) -> Option<Head> {
        match s.node(schema) {
            Node::Meta(..) | Node::Seq(_) => None,
            Node::Diff { body, .. } => Some(match s.node(*body) {
                Node::Call(f, _) => Head::DiffCall(*f),
                _ => Head::Diff,
            }),
            _ => Some(plain(s, schema)),
        }
    }
    /// The heads under which schemas for a term are kept.
    pub fn of_term(s: &Store, term: Id) -> Vec<Head> {
        match s.node(term) {
            Node::Diff { body, .. } => match s.node(*body) {
                Node::Call(f, _) => vec![Head::DiffCall(*f), Head::Diff],
                _ => vec![Head::Diff],
            },
            _ => vec![plain(s, term)],
        }
    }
}

fn plain(s: &Store, id: Id) -> Head {
    match s.node(id) {
        Node::Num(_) | Node::Index(_) => Head::Num,
        Node::Sum(_) => Head::Sum,
        Node::Product(_) => Head::Product,
        Node::Quot(..) => Head::Quot,
        Node::Pow(..) => Head::Pow,
        Node::MatMul(_) => Head::MatMul,
        Node::Call(f, _) => Head::Call(*f),
        Node::Big { op, .. } => Head::Big(*op),
        Node::Iverson(_) => Head::Iverson,
        Node::Cases(..) => Head::Cases,
        Node::Entry(..) => Head::Entry,
        Node::Diff { .. } => Head::Diff,
        Node::Limit { .. } => Head::Limit,
        Node::Rel(op, ..) => Head::Rel(*op),
        _ => Head::Other,
    }
}
