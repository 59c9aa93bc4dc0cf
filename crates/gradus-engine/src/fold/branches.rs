//! Tensors that are defined to be 0 where a condition fails, as the weights of causal attention: what they are elsewhere is read back under
//! that condition, and beside their entries the condition need not be said again.

use super::{under_diff, Instance};
use crate::cost::cost;
use crate::draft::{everywhere, Draft};
use crate::tidy::{factors, is_zero, summands, tidy, unsign};
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Arg, BigOp, IVar, Id, Node, Position, Prim, Sort, Store, Summand, Sym, VarId};
use rustc_hash::FxHashMap;

/// How much shorter a relation between longer sums must become.
const GAIN: u32 = 12;
/// What a bracket says of the larger or the smaller of two.
const OF_EXTREMA: &[&str] = &["maximum.larger_above", "maximum.smaller_below", "maximum.smaller_above", "maximum.larger_below"];

impl<'s> Engine<'s> {
    /// For a definition that is `u` under a condition and 0 otherwise, the instance that is `u`: it is taken only where that holds.
    pub(super) fn branch_of(&self, inst: &Instance) -> Option<Instance> {
        let s = self.store;
        let Node::Cases(bs, Some(o)) = s.node(inst.body) else { return None };
        match bs.as_ref() {
            [(_, u)] if is_zero(s, *o) && !inst.indices.is_empty() => Some(Instance { body: tidy(s, *u), ..inst.clone() }),
            _ => None,
        }
    }
    /// Conditions of brackets and choices in a shorter form, where the sides share something.
    pub(crate) fn conditions_shortened(&self, d: &mut Draft<'s>) {
        let s = self.store;
        let before = d.len();
        let conditional = |n: &Node| matches!(n, Node::Iverson(_) | Node::Cases(..));
        let extremum = |n: &Node| matches!(n, Node::Iverson(c) if s.any_subterm(*c, &mut |n| matches!(n, Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Max | Prim::Min)))));
        if s.any_subterm(d.current(), &mut |n| extremum(n)) && self.rules_everywhere(d, OF_EXTREMA, Weight::Small).is_some() {
            d.tidy();
        }
        for path in everywhere(s, d.current(), &conditional).into_iter().rev() {
            if under_diff(s, d.current(), &path) {
                continue;
            }
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let facts = d.proof.facts_at(&f);
            let solved = |c: Id| Some(crate::goals::conditions::linear_solved(s, c)).filter(|x| cost(s, *x) < cost(s, c));
            let short = |c: Id| solved(c).or_else(|| shorter_relation(&facts, c)).unwrap_or(c);
            let new = match s.node(f.part) {
                Node::Iverson(c) => s.intern(Node::Iverson(short(*c))),
                Node::Cases(bs, o) => s.intern(Node::Cases(bs.iter().map(|(c, v)| (short(*c), *v)).collect(), *o)),
                _ => continue,
            };
            if !s.same(new, f.part) {
                // What the kernel does not take stays as it is.
                let _ = d.recompute(&pos, &f, new, "guard.shorter", Text::words("simplify the condition"), Weight::Small);
            }
        }
        let brackets =
            |n: &Node| matches!(n, Node::Product(xs) if xs.iter().filter(|x| matches!(s.node(**x), Node::Iverson(_))).count() > 1);
        for path in everywhere(s, d.current(), &brackets).into_iter().rev() {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            if let Some(new) = between_two(s, f.part).filter(|_| !under_diff(s, d.current(), &path)) {
                // What the kernel does not take stays as it is.
                let _ = d.recompute(&pos, &f, new, "guard.between", Text::words("both conditions"), Weight::Small);
            }
        }
        d.on_the_line_before(before);
    }
    /// Conditions and ends of ranges left out beside entries that are 0 without them; whether any was.
    pub(crate) fn guards_left_out(&self, d: &mut Draft<'s>, instances: &[Instance]) -> bool {
        let s = self.store;
        let guarded: Vec<Id> = instances
            .iter()
            .filter(|i| matches!(s.node(i.body), Node::Cases(bs, Some(o)) if bs.len() == 1 && is_zero(s, *o)))
            .filter_map(|i| match s.node(i.name) {
                Node::Entry(t, _) => Some(*t),
                _ => None,
            })
            .collect();
        if guarded.is_empty() {
            return false;
        }
        let start = d.len();
        let places = |n: &Node| match n {
            Node::Cases(..) | Node::Big { op: BigOp::Sum, .. } => true,
            Node::Product(xs) => xs.iter().any(|x| matches!(s.node(*x), Node::Iverson(_))),
            _ => false,
        };
        for path in everywhere(s, d.current(), &places).into_iter().rev() {
            if under_diff(s, d.current(), &path) {
                continue;
            }
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            for (new, of) in without_condition(s, f.part, &guarded).into_iter().chain(over_all(s, f.part, &guarded)) {
                let reason = Text::words("the other entries of ").term(of).and(" are 0");
                if d.recompute(&pos, &f, new, "definition.guard", reason, Weight::Main).is_ok() {
                    break;
                }
            }
        }
        d.line(Detail::Textbook);
        d.len() > start
    }
}

/// `[x > a] [x < b]` as `[a < x < b]`, in a product.
fn between_two(s: &Store, t: Id) -> Option<Id> {
    let Node::Product(xs) = s.node(t) else { return None };
    let condition = |x: &Id| match s.node(*x) {
        Node::Iverson(c) => Some(*c),
        _ => None,
    };
    let conditions: Vec<Id> = xs.iter().filter_map(condition).collect();
    let [both] = *crate::goals::conditions::between(s, conditions).as_slice() else { return None };
    let first = xs.iter().position(|x| condition(x).is_some())?;
    let mut out: Vec<Id> = xs.iter().copied().filter(|x| condition(x).is_none()).collect();
    out.insert(first, s.intern(Node::Iverson(both)));
    matches!(s.node(both), Node::And(_)).then(|| s.product(&out))
}

/// A relation between reals by what is left when its sides are subtracted, if that is shorter: `p (y − x) > (p − 1)(y − x)` is `y > x`.
pub(crate) fn shorter_relation(facts: &Facts<'_>, cond: Id) -> Option<Id> {
    let s = facts.store();
    let Node::Rel(op, a, b) = *s.node(cond) else { return None };
    if ![a, b].iter().all(|t| s.sort(*t).is_scalar()) || [a, b].iter().all(|t| s.as_aff(*t).is_some()) {
        return None;
    }
    // What a name stands for is not looked into.
    let mut names = FxHashMap::default();
    let [p, q] = [a, b].map(|t| hide_names(s, t, &mut names));
    let shown = |t: Id| s.subst(t, &names);
    let left = facts.expand(s.sub(p, q)).map(|t| tidy(s, t))?;
    // Factors of known sign say nothing, or turn the relation.
    let (mut turned, core) = unsign(s, facts.factor(left).map_or(left, |t| tidy(s, t)));
    let mut open = Vec::new();
    for f in if matches!(s.node(core), Node::Quot(..)) { vec![core] } else { factors(s, core) } {
        let sign = facts.sign(shown(f));
        turned ^= sign.is_negative();
        if !sign.is_positive() && !sign.is_negative() {
            open.push(f);
        }
    }
    let dropped = matches!(*open.as_slice(), [f] if f != core);
    let (op, left) = match *open.as_slice() {
        [f] if dropped => (if turned { op.mirrored() } else { op }, f),
        _ => (op, left),
    };
    let (plus, minus): (Vec<Summand>, Vec<Summand>) = crate::tidy::summands(s, left).into_iter().partition(|x| !x.neg);
    // Longer sums stay as they are written, unless much is gained.
    let long = !dropped && (plus.len() > 1 || minus.len() > 1);
    let side = |xs: &[Summand]| s.sum(&xs.iter().map(|x| Summand { neg: false, term: x.term }).collect::<Vec<_>>());
    let new = match (side(&plus), side(&minus)) {
        (p, m) if minus.is_empty() => s.rel(op, p, m),
        (p, m) if plus.is_empty() => s.rel(op.mirrored(), m, p),
        // A number stands on the right.
        (p, m) if s.free_vars(p).is_empty() => s.rel(op.mirrored(), m, p),
        (p, m) => s.rel(op, p, m),
    };
    let new = shown(new);
    (cost(s, new) + if long { GAIN } else { 0 } < cost(s, cond)).then_some(new)
}

/// A term with other names for its defined names and their entries, and what those stand for.
fn hide_names(s: &Store, t: Id, names: &mut FxHashMap<VarId, Arg>) -> Id {
    if crate::goals::conditions::is_named(s, t) && s.loose(t) == 0 && s.sort(t).is_scalar() && !matches!(s.node(t), Node::Var(_)) {
        let known = names.iter().find(|(_, x)| **x == Arg::Val(t)).map(|(v, _)| *v);
        let v = known.unwrap_or_else(|| s.fresh(Sym::NONE, Sort::Scalar, false));
        names.insert(v, Arg::Val(t));
        return s.name(v);
    }
    let node = s.node(t).map_children(&mut |c, _| hide_names(s, c, names));
    s.intern(node)
}

/// `u` of "`u` if c, 0 otherwise" and of `[c] u`, where every summand of u has an entry of one of these tensors as a factor.
fn without_condition(s: &Store, t: Id, guarded: &[Id]) -> Option<(Id, Id)> {
    match s.node(t) {
        Node::Cases(bs, Some(o)) => {
            let [(_, u)] = bs.as_ref() else { return None };
            let of = guarded.iter().find(|g| is_zero(s, *o) && entries_of(s, *u, **g).is_some())?;
            Some((*u, *of))
        }
        Node::Product(xs) => {
            let at = xs.iter().position(|x| matches!(s.node(*x), Node::Iverson(_)))?;
            let rest = s.product(&xs.iter().enumerate().filter(|(k, _)| *k != at).map(|(_, x)| *x).collect::<Vec<_>>());
            guarded.iter().find(|g| entries_of(s, rest, **g).is_some()).map(|of| (rest, *of))
        }
        _ => None,
    }
}
/// A sum over the whole range of an index, without its condition, at which every summand has an entry of one of these tensors.
fn over_all(s: &Store, t: Id, guarded: &[Id]) -> Option<(Id, Id)> {
    let Node::Big { op: BigOp::Sum, hint, lo, hi, cond, .. } = s.node(t).clone() else { return None };
    let (vars, body) = s.open_child(t, 0)?;
    let v = *vars.first()?;
    guarded.iter().find_map(|g| {
        let entries = entries_of(s, body, *g)?;
        let at = entries.first()?.iter().position(|a| *a == Aff::free(v))?;
        let alike =
            entries.iter().all(|ix| ix.get(at) == Some(&Aff::free(v)) && ix.iter().filter(|a| a.mentions(IVar::Free(v))).count() == 1);
        let n = s.sort(*g).dims().get(at)?.clone();
        let whole = || s.intern(Node::Big { op: BigOp::Sum, hint, lo: Aff::int(1), hi: n.clone(), cond: None, body: s.close(body, &vars) });
        (alike && (cond.is_some() || hi != n || lo != Aff::int(1))).then(|| (whole(), *g))
    })
}
/// The indices of the entries of a tensor that the summands of a term have as factors; `None` if one has none.
fn entries_of(s: &Store, t: Id, tensor: Id) -> Option<Vec<Vec<Aff>>> {
    let of = |x: Id| {
        let (_, core) = unsign(s, x);
        let top = match s.node(core) {
            Node::Quot(a, _) => *a,
            _ => core,
        };
        factors(s, top).into_iter().find_map(|f| match s.node(f) {
            Node::Entry(u, ix) if s.same(*u, tensor) => Some(vec![ix.to_vec()]),
            Node::Sum(_) => entries_of(s, f, tensor),
            _ => None,
        })
    };
    let each: Option<Vec<Vec<Vec<Aff>>>> = summands(s, t).into_iter().map(|x| of(x.term)).collect();
    Some(each?.concat())
}
