//! Densities: definitions that are a product or a quotient with an exponential in it, found among the factors of a term.

use super::factors::factor_map;
use super::{under_diff, Engine, Instance};
use crate::draft::{everywhere, Draft};
use crate::tidy::tidy;
use gradus_kernel::Weight;
use gradus_term::{FnId, FnKind, Id, Node, Position, Prim, Rat, Store};

impl<'s> Engine<'s> {
    /// A known definition, or an entry of one, found among the factors of a term: from `−x e^{-x²/2}/√(2π)` to `−x φ(x)`.
    pub(super) fn fold_factors(&self, d: &mut Draft<'s>, inst: &Instance) -> bool {
        let s = self.store;
        let Some(own) = density(s, inst.body) else { return false };
        everywhere(s, d.current(), &is_product).into_iter().any(|path| {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { return false };
            if under_diff(s, d.current(), &path) || s.contains(inst.name, f.part) {
                return false;
            }
            let reason = self.definition_reason(inst.def);
            self.entries_of(inst, &own, f.part).into_iter().any(|(name, body)| {
                let Some(density) = density(s, body) else { return false };
                let whole = named(s, name, &density, f.part);
                // `2 s e^u` is `2 K/s` for `K = s² e^u`, where s is not 0.
                let short = || named_over(s, name, &density, f.part).filter(|new| crate::cost(s, *new) < crate::cost(s, f.part));
                let before = d.len();
                let folded = whole
                    .or_else(short)
                    .is_some_and(|new| d.recompute(&pos, &f, new, "definition.fold", reason.clone(), Weight::Main).is_ok());
                let free = d.proof.steps().iter().skip(before).all(|st| st.assumes.is_empty());
                if !free {
                    d.truncate(before);
                }
                folded && free
            })
        })
    }
    /// The instance at the indices that its exponential has in a term: names and what they are.
    fn entries_of(&self, inst: &Instance, (_, wanted): &(Rat, Vec<(Id, i64)>), part: Id) -> Vec<(Id, Id)> {
        let s = self.store;
        if inst.indices.is_empty() {
            return vec![(inst.name, inst.body)];
        }
        let Some(pattern) = wanted.iter().map(|(b, _)| *b).find(|b| is_exponential(s, *b)) else { return Vec::new() };
        let there = factor_map(s, part).1.into_iter().map(|(b, _)| b).filter(|b| is_exponential(s, *b));
        let found = there.flat_map(|b| crate::matching::matches(s, pattern, b)).filter(|m| m.operands.is_empty());
        let at = |m: crate::matching::Match| super::indices_found(self, inst, &m.subst);
        found.filter_map(at).map(|at| (s.subst(inst.name, &at), s.subst(inst.body, &at))).collect()
    }
    /// The same for the worksheet's functions of one number, at the arguments that others of its functions have: `φ(x)` beside `Φ(x)`.
    pub(super) fn fold_densities(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let unary = |f: &FnId| {
            let info = s.fun(*f);
            info.kind == FnKind::Defined
                && !info.library
                && info.explicit == 1
                && info.params.len() == 1
                && info.params.iter().all(|p| p.sort.is_scalar())
        };
        let own: Vec<FnId> = self.scope().into_iter().filter(unary).collect();
        if own.len() < 2 || !s.any_subterm(d.current(), &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Exp))) {
            return false;
        }
        let arguments = |t: Id| {
            let mut out: Vec<Id> = Vec::new();
            s.any_subterm(t, &mut |n| {
                if let Node::Call(f, xs) = n {
                    let new = xs.first().filter(|x| own.contains(f) && s.loose(**x) == 0 && !out.contains(x));
                    out.extend(new.copied());
                }
                false
            });
            out
        };
        let everywhere_known = arguments(d.current());
        everywhere(s, d.current(), &is_product).into_iter().any(|path| {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { return false };
            if under_diff(s, d.current(), &path) {
                return false;
            }
            let points = arguments(f.part).into_iter().chain(everywhere_known.iter().copied()).collect::<Vec<_>>();
            own.iter().any(|def| {
                points.iter().any(|x| {
                    let call = s.call(*def, &[*x]);
                    let body = s.unfold(*def, &[*x]).map(|b| tidy(s, b));
                    let Some(density) = body.and_then(|b| density(s, b)) else { return false };
                    let Some(new) = named(s, call, &density, f.part) else { return false };
                    d.recompute(&pos, &f, new, "definition.fold", self.definition_reason(*def), Weight::Main).is_ok()
                })
            })
        })
    }
}

fn is_product(n: &Node) -> bool {
    matches!(n, Node::Quot(..) | Node::Product(_))
}
/// The number and the powers of a term that has an exponential beside another factor.
fn density(s: &Store, body: Id) -> Option<(Rat, Vec<(Id, i64)>)> {
    let (number, wanted) = factor_map(s, body);
    (wanted.len() > 1 && wanted.iter().any(|(b, e)| *e > 0 && is_exponential(s, *b))).then_some((number, wanted))
}
fn is_exponential(s: &Store, t: Id) -> bool {
    matches!(s.node(t), Node::Call(f, _) if s.prim(*f) == Some(Prim::Exp))
}
/// Of `x^(k − 2)`, where `x^(k − 1)` is looked for, that and `1/x`.
fn with_power(s: &Store, have: &mut Vec<(Id, i64)>, wanted: Id) {
    let lettered = |t: Id| match *s.node(t) {
        Node::Pow(u, p) if s.as_rational(p).is_none() => Some((u, p)),
        _ => None,
    };
    let Some((u, p)) = lettered(wanted) else { return };
    if have.iter().any(|(b, _)| gradus_kernel::rearranged(s, *b, wanted)) {
        return;
    }
    let ahead = |t: Id| {
        let (v, r) = lettered(t).filter(|(v, _)| s.same(*v, u))?;
        let k = gradus_decide::Facts::new(s, &[]).expand(s.sub(r, p))?;
        Some((v, s.as_rational(tidy(s, k))?.to_i64()?))
    };
    let Some((at, (v, k))) = have.iter().enumerate().find_map(|(i, (b, e))| Some((i, ahead(*b).filter(|_| *e == 1)?))) else { return };
    if let Some(x) = have.get_mut(at) {
        x.0 = wanted;
    }
    super::factors::push_factor(s, have, v, k);
    have.retain(|(_, k)| *k != 0);
}
/// A term with these factors in it as the name times the rest.
fn named(s: &Store, name: Id, density: &(Rat, Vec<(Id, i64)>), part: Id) -> Option<Id> {
    let exactly = |e: i64, k: i64| (e > 0 && k >= e) || (e < 0 && k <= e);
    with_name(s, name, density, part, &|_, e, k| exactly(e, k))
}
/// The same where lower powers than the name has may stand in the term, but for exponentials and what divides, and of one factor none:
/// `e^u` is `q/w` for `q = w e^u`.
fn named_over(s: &Store, name: Id, density: &(Rat, Vec<(Id, i64)>), part: Id) -> Option<Id> {
    let (_, have) = factor_map(s, part);
    let stands = |b: Id| have.iter().any(|(c, _)| gradus_kernel::rearranged(s, *c, b));
    if density.1.iter().filter(|(b, _)| !stands(*b)).count() > 1 {
        return None;
    }
    with_name(s, name, density, part, &|b, e, k| match () {
        () if is_exponential(s, b) => k >= e,
        () if e < 0 => k <= e,
        () => k > 0 || e == 1,
    })
}
fn with_name(s: &Store, name: Id, (number, wanted): &(Rat, Vec<(Id, i64)>), part: Id, fit: &dyn Fn(Id, i64, i64) -> bool) -> Option<Id> {
    let (q, mut have) = factor_map(s, part);
    for (b, _) in wanted {
        with_power(s, &mut have, *b);
    }
    let fits = wanted.iter().all(|(b, e)| match have.iter().position(|(c, _)| gradus_kernel::rearranged(s, *c, *b)) {
        Some(at) => have.get_mut(at).is_some_and(|(_, k)| {
            let fits = fit(*b, *e, *k);
            *k -= e;
            fits
        }),
        None => {
            have.push((*b, -e));
            fit(*b, *e, 0)
        }
    });
    let rest = q.div(number).filter(|_| fits)?;
    let power = |(b, k): &(Id, i64)| if *k == 1 { *b } else { s.pow(*b, s.int(*k)) };
    let tops: Vec<Id> = have.iter().filter(|(_, k)| *k > 0).map(power).collect();
    let bottoms: Vec<Id> = have.iter().filter(|(_, k)| *k < 0).map(|(b, k)| power(&(*b, -k))).collect();
    let lead = s.product(&[s.rational(&rest)].into_iter().chain(tops).collect::<Vec<_>>());
    let lead = if bottoms.is_empty() { lead } else { s.quot(lead, s.product(&bottoms)) };
    Some(tidy(s, s.mul(tidy(s, lead), name)))
}
