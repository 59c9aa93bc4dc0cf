//! A short search through the rulebook: from a term to one of several goals by two or three rules, for identities that no
//! fixed order of moves settles (trigonometric ones, logarithms of roots).
//!
//! It terminates: breadth first, as many rules deep as its [`Reach`] says and [`NODES`] terms wide; the rules it may use are named by
//! family.

use crate::cost::cost;
use crate::draft::everywhere;
use crate::tidy::tidy;
use crate::walk::Walk;
use crate::Engine;
use gradus_kernel::{arranged, Ground, Substitution, Text, Weight};
use gradus_term::{Focus, Id, Position};

/// How far a search goes: rules used one after the other at most, and the families they are taken from.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    depth: usize,
    families: &'static [&'static str],
}

impl Reach {
    /// A few rules of the functions that have laws of their own.
    pub(crate) const FEW: Reach = Reach { depth: 3, families: &["trig", "hyperbolic", "log", "exp", "power", "root", "abs", "fraction"] };
    /// One rule of any family, for what no normal form knows: recurrences, values of closed sums.
    pub(crate) const ONE: Reach = Reach {
        depth: 1,
        families: &["special", "trig", "hyperbolic", "log", "exp", "power", "root", "abs", "sum", "product", "delta", "sigmoid", "maximum"],
    };
}

/// Terms looked at in one search at most.
const NODES: usize = 160;

/// One rule at one place.
#[derive(Clone)]
struct Rewrite {
    path: Vec<u32>,
    operands: Vec<u32>,
    rule: String,
    backward: bool,
    subst: Substitution,
}

/// A term found, and from where.
struct Found {
    term: Id,
    from: Option<(usize, Rewrite)>,
    depth: usize,
}

impl<'s> Engine<'s> {
    /// Lengthens a walk from its stop number `k` to one of the targets by rules of the rulebook, if a few are enough.
    pub(crate) fn search(&self, w: &mut Walk<'s>, k: usize, targets: &[Id], reach: Reach) -> bool {
        let s = self.store;
        let Some(start) = w.stops.get(k).map(|x| x.term) else { return false };
        let goals: Vec<Id> = targets.iter().map(|t| arranged(s, *t)).collect();
        let limit = cost(s, start).max(targets.iter().map(|t| cost(s, *t)).max().unwrap_or(0)).saturating_mul(2) + 12;
        let mut found = vec![Found { term: start, from: None, depth: 0 }];
        let mut seen = vec![arranged(s, start)];
        let mut next = 0;
        while let Some((term, depth)) = found.get(next).map(|f| (f.term, f.depth)) {
            if depth == reach.depth || found.len() > NODES || s.exhausted() {
                return false;
            }
            for (new, how) in self.rewrites(term, reach) {
                let key = arranged(s, new);
                if cost(s, new) > limit || seen.contains(&key) {
                    continue;
                }
                seen.push(key);
                found.push(Found { term: new, from: Some((next, how)), depth: depth + 1 });
                if goals.contains(&key) {
                    return self.follow(w, k, &found);
                }
            }
            next += 1;
        }
        false
    }

    /// Everything one rule makes of a term, tidied.
    fn rewrites(&self, term: Id, reach: Reach) -> Vec<(Id, Rewrite)> {
        let s = self.store;
        let mut out = Vec::new();
        for path in everywhere(s, term, &|_| true) {
            let Ok(f) = s.focus(term, &Position::at(&path)) else { continue };
            let forward = self.rules.for_head(s, f.part).map(|r| (r, false));
            let backward = self.rules.for_head_backward(s, f.part).map(|r| (r, true));
            for (rule, backward) in forward.chain(backward) {
                if rule.relates != gradus_kernel::Relates::Equal
                    || !rule.premises.is_empty()
                    || !reach.families.iter().any(|x| rule.name.split('.').next() == Some(x))
                {
                    continue;
                }
                for (m, new) in crate::matching::rewrite(s, rule, f.part, backward).into_iter().take(6) {
                    let pos = Position { path: path.clone(), operands: m.operands.clone() };
                    let Ok(after) = s.splice(term, &pos, &f.opened, new) else { continue };
                    out.push((
                        tidy(s, after),
                        Rewrite { path: path.clone(), operands: m.operands, rule: rule.name.clone(), backward, subst: m.subst },
                    ));
                }
            }
        }
        out
    }

    /// Makes the steps of the way found, from the last term back to the first.
    fn follow(&self, w: &mut Walk<'s>, k: usize, found: &[Found]) -> bool {
        let mut way = Vec::new();
        let mut at = found.len().checked_sub(1);
        while let Some((from, how)) = at.and_then(|n| found.get(n)).and_then(|f| f.from.as_ref()) {
            way.push(how.clone());
            at = Some(*from);
        }
        w.cut(k);
        way.iter().rev().all(|r| self.follow_one(w, r))
    }
    fn follow_one(&self, w: &mut Walk<'s>, r: &Rewrite) -> bool {
        let s = self.store;
        let Some(rule) = self.rules.get(&r.rule) else { return false };
        // The names a focus opens are new each time: match again.
        let Ok(f) = w.d.proof.focus(&Position::at(&r.path)) else { return false };
        let again = crate::matching::rewrite(s, rule, f.part, r.backward);
        let hit = again
            .into_iter()
            .find(|(m, _)| m.operands == r.operands && (f.opened.is_empty() && m.subst == r.subst || !f.opened.is_empty()));
        let Some((m, new)) = hit else { return false };
        let pos = Position { path: r.path.clone(), operands: r.operands.clone() };
        let part = if m.operands.is_empty() {
            Some(f.part)
        } else {
            s.focus(f.part, &Position { path: Vec::new(), operands: m.operands }).ok().map(|x| x.part)
        };
        let Some(part) = part else { return false };
        let note = self.rules.note(&rule.name).and_then(|n| n.back.clone()).unwrap_or_else(|| rule.short.clone());
        let (reason, back) = if r.backward { (note, rule.short.clone()) } else { (rule.short.clone(), note) };
        let ground = Ground::Instance { rule: rule.name.clone(), backward: r.backward, subst: m.subst };
        if !w.d.step_surely(&pos, &Focus { part, ..f }, ground, new, &rule.name, Text::words(reason), Weight::Main) {
            return false;
        }
        w.stop(Text::words(back));
        true
    }
}
