//! A plain print for debugging and test messages. What people read is printed by `gradus-render`.

use crate::aff::{Aff, IVar};
use crate::node::{LimitPoint, Node};
use crate::store::{Id, Store};

/// The term in an unambiguous, fully bracketed form.
pub fn show(s: &Store, id: Id) -> String {
    let list = |xs: &[Id]| xs.iter().map(|x| show(s, *x)).collect::<Vec<_>>().join(", ");
    let affs = |xs: &[Aff]| xs.iter().map(|a| aff(s, a)).collect::<Vec<_>>().join(",");
    match s.node(id) {
        Node::Num(q) => q.to_string(),
        Node::Index(a) => aff(s, a),
        Node::Var(v) => var(s, *v),
        Node::Bound(k, _) => format!("^{k}"),
        Node::Sum(xs) => format!(
            "({})",
            xs.iter().map(|x| format!("{}{}", if x.neg { "-" } else { "+" }, show(s, x.term))).collect::<Vec<_>>().join(" ")
        ),
        Node::Product(xs) => format!("({})", xs.iter().map(|x| show(s, *x)).collect::<Vec<_>>().join(" * ")),
        Node::MatMul(xs) => format!("<{}>", xs.iter().map(|x| show(s, *x)).collect::<Vec<_>>().join(" @ ")),
        Node::Quot(a, b) => format!("({} / {})", show(s, *a), show(s, *b)),
        Node::Pow(a, b) => format!("{}^{}", show(s, *a), show(s, *b)),
        Node::Call(f, xs) => format!("{}({})", s.fun(*f).name, list(xs)),
        Node::CallVar(h, xs) => format!("{}({})", show(s, *h), list(xs)),
        Node::Fun(f) => s.fun(*f).name.clone(),
        Node::Big { op, lo, hi, cond, body, .. } => format!(
            "{op:?}({}..{}{}, {})",
            aff(s, lo),
            aff(s, hi),
            cond.map_or(String::new(), |c| format!(" if {}", show(s, c))),
            show(s, *body)
        ),
        Node::Iverson(c) => format!("[{}]", show(s, *c)),
        Node::Cases(bs, o) => format!(
            "cases({}; {})",
            bs.iter().map(|(c, v)| format!("{} if {}", show(s, *v), show(s, *c))).collect::<Vec<_>>().join(", "),
            o.map_or("-".into(), |o| show(s, o))
        ),
        Node::Entry(t, ix) => format!("{}[{}]", show(s, *t), affs(ix)),
        Node::Tensor { dims, body, .. } => format!("T({}: {})", affs(dims), show(s, *body)),
        Node::Array(xs) => format!("[{}]", list(xs)),
        Node::Stack(xs) => format!("[{}]", xs.iter().map(|x| show(s, *x)).collect::<Vec<_>>().join("; ")),
        Node::Diff { body, slot, point, .. } => format!("D({} ;[{}] @ {})", show(s, *body), affs(slot), show(s, *point)),
        Node::Differential { body, point, along, .. } => format!("d({} @ {} by {})", show(s, *body), show(s, *point), show(s, *along)),
        Node::Limit { body, point, side, .. } => {
            let p = match point {
                LimitPoint::At(p) => show(s, *p),
                other => format!("{other:?}"),
            };
            format!("lim({} -> {p} {side:?})", show(s, *body))
        }
        Node::Rel(op, a, b) => format!("{} {op:?} {}", show(s, *a), show(s, *b)),
        Node::And(xs) => format!("and({})", list(xs)),
        Node::Or(xs) => format!("or({})", list(xs)),
        Node::Not(x) => format!("not({})", show(s, *x)),
        Node::Infinity(neg) => if *neg { "-inf" } else { "inf" }.to_owned(),
        Node::Meta(v, xs) => format!("?{}({})", s.var(*v).name, list(xs)),
        Node::Seq(v) => format!("..{}", s.var(*v).name),
    }
}

/// A free name; opened names carry their number.
fn var(s: &Store, v: crate::VarId) -> String {
    match s.var(v).kind {
        crate::VarKind::Opened => format!("{}#{}", s.var(v).name, v.0),
        _ => s.var(v).name.clone(),
    }
}

/// A size.
pub fn size(s: &Store, a: &crate::Size) -> String {
    a.as_aff().map_or_else(|| show(s, a.term(s)), |a| aff(s, &a))
}

/// An affine expression.
pub fn aff(s: &Store, a: &Aff) -> String {
    let mut out = String::new();
    for (v, k) in &a.t {
        let name = match v {
            IVar::Free(v) => var(s, *v),
            IVar::Bound(k) => format!("^{k}"),
        };
        match (k, out.is_empty()) {
            (1, true) => {}
            (-1, _) => out.push('-'),
            (1, false) => out.push('+'),
            (k, e) => out.push_str(&if *k > 0 && !e { format!("+{k}") } else { k.to_string() }),
        }
        out.push_str(&name);
    }
    if a.c != 0 || out.is_empty() {
        out.push_str(&if a.c >= 0 && !out.is_empty() { format!("+{}", a.c) } else { a.c.to_string() });
    }
    out
}
