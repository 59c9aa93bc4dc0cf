//! Every example of the rulebook is exactly what its rule does, by the matcher.

use gradus_engine::matching::{fits, matches, rewrite};
use gradus_engine::Engine;
use gradus_kernel::{instantiate, rearranged, Ground, Link, Need, Proposal, Prover, Refused, Rule, Substitution, Text, Weight};
use gradus_rules::Rulebook;
use gradus_term::{debug::show, Id, Position, Sort, Store};

/// Whether the rule makes `after` of `before`. Metavariables of the premises alone are found from `after`.
fn does(s: &Store, r: &Rule, before: Id, after: Id, backward: bool) -> bool {
    if rewrite(s, r, before, backward).iter().any(|(m, new)| m.operands.is_empty() && rearranged(s, *new, after)) {
        return true;
    }
    let (from, to) = if backward { (r.right, r.left) } else { (r.left, r.right) };
    matches(s, from, before).into_iter().any(|m| {
        matches(s, to, after).into_iter().any(|n| {
            let mut all = m.subst.clone();
            for (v, x) in n.subst.values {
                all.values.entry(v).or_insert(x);
            }
            let side = |schema: Id, t: Id| instantiate(s, schema, &all).is_ok_and(|x| rearranged(s, x, t));
            side(from, before) && side(to, after)
        })
    })
}

/// An example writes `n` where an instance computes `n - 1 + 1`: the counted range of a rule, in whole numbers.
#[test]
fn every_example_is_what_its_rule_does() {
    let s = Store::new();
    let book = Rulebook::load_with(&s, &[]).unwrap_or_else(|e| panic!("{e}"));
    let mut wrong = Vec::new();
    for r in book.rules() {
        for (before, after) in &r.tries {
            if !does(&s, r, *before, *after, false) {
                let got: Vec<String> = rewrite(&s, r, *before, false).iter().map(|(_, x)| show(&s, *x)).collect();
                wrong.push(format!("{}\n   {}\n   wants {}\n   gives {got:?}", r.name, show(&s, *before), show(&s, *after)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_match_of_every_example_fits() {
    let s = Store::new();
    let book = Rulebook::load_with(&s, &[]).unwrap_or_else(|e| panic!("{e}"));
    let terms: Vec<Id> = book.rules().iter().flat_map(|r| r.tries.iter().flat_map(|(a, b)| [*a, *b])).collect();
    for r in book.rules() {
        for t in &terms {
            for side in [r.left, r.right] {
                for m in matches(&s, side, *t) {
                    assert!(fits(&s, side, *t, &m), "{} in {}", r.name, show(&s, *t));
                }
            }
        }
    }
}

/// A rule with words for reading it backwards can be read backwards.
#[test]
fn rules_with_a_backward_reading_match_backwards() {
    let s = Store::new();
    let book = Rulebook::load_with(&s, &[]).unwrap_or_else(|e| panic!("{e}"));
    for r in book.rules() {
        if book.note(&r.name).is_some_and(|n| n.back.is_some()) && r.name != "algebra.same_minus_same" {
            for (before, after) in &r.tries {
                let back = matches(&s, r.right, *after);
                assert!(
                    !back.is_empty() || matches!(s.node(r.right), gradus_term::Node::Product(_)),
                    "{}: {} to {}",
                    r.name,
                    show(&s, *after),
                    show(&s, *before)
                );
            }
        }
    }
}

/// What stands for the metavariables where a rule makes `after` of `before`.
fn substitutions(s: &Store, r: &Rule, before: Id, after: Id) -> Vec<Substitution> {
    let mut out = Vec::new();
    for m in matches(s, r.left, before) {
        for n in matches(s, r.right, after) {
            let mut all = m.subst.clone();
            n.subst.values.into_iter().for_each(|(v, x)| {
                all.values.entry(v).or_insert(x);
            });
            let side = |schema: Id, t: Id| instantiate(s, schema, &all).is_ok_and(|x| rearranged(s, x, t));
            if side(r.left, before) && side(r.right, after) {
                out.push(all);
            }
        }
    }
    out
}

/// Makes the step by the kernel, under the rule's own needs.
fn made(prover: &Prover<'_>, r: &Rule, subst: &Substitution, before: Id, after: Id) -> Result<(), Refused> {
    let s = prover.store();
    let known: Vec<Id> =
        r.needs.iter().filter_map(|n| if let Need::Holds(c) = n { instantiate(s, *c, subst).ok() } else { None }).collect();
    let (rule, subst) = (r.name.clone(), subst.clone());
    if r.equivalence {
        return prover.link(&known, before, after, &Link::Rule { rule, backward: false, subst }).map(|_| ());
    }
    let mut proof = prover.proof(before, &known);
    let focus = proof.focus(&Position::root())?;
    let ground = Ground::Instance { rule: rule.clone(), backward: false, subst };
    proof.step(&Position::root(), &focus, Proposal { rule, ground, new: after, reason: Text::words("example"), weight: Weight::Main })
}

/// Every rule is used by a derivation: its own example is a step (a link, between conditions) that the kernel makes and the
/// judge does not refute, and with anything else on the right it is refused. Rules with premises are used by the limits.
#[test]
fn every_example_is_a_step_of_the_kernel() {
    let s = Store::new();
    let book = Rulebook::load_with(&s, &[]).unwrap_or_else(|e| panic!("{e}"));
    let prover = Prover::new(&s, &book, Engine::judge());
    let (mut used, mut unused) = (0, Vec::new());
    for r in book.rules().iter().filter(|r| r.premises.is_empty()) {
        for (before, after) in &r.tries {
            let found = substitutions(&s, r, *before, *after);
            let tried: Vec<_> = found.iter().map(|x| made(&prover, r, x, *before, *after)).collect();
            match tried.iter().any(Result::is_ok) {
                true => used += 1,
                false => unused.push(format!("{}: {} to {}: {tried:?}", r.name, show(&s, *before), show(&s, *after))),
            }
            let wrong = if r.equivalence { s.intern(gradus_term::Node::Not(*after)) } else { s.add(*after, s.int(1)) };
            if *s.sort(wrong) != Sort::Ill {
                let taken = found.iter().any(|x| made(&prover, r, x, *before, wrong).is_ok());
                assert!(!taken, "{}: {} to {}", r.name, show(&s, *before), show(&s, wrong));
            }
        }
    }
    println!("{used} examples are steps; not: {unused:#?}");
    assert!(unused.is_empty(), "{unused:#?}");
    assert!(used >= 250, "{used}");
}
