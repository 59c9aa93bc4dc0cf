//! Every example of the rulebook is exactly what its rule does, by the matcher.

use gradus_engine::matching::{fits, matches, rewrite};
use gradus_engine::Engine;
use gradus_kernel::{instantiate, rearranged, Ground, Link, Proposal, Prover, Relates, Rule, Substitution, Text, Weight};
use gradus_rules::Rulebook;
use gradus_term::{debug::show, Id, Position, Store};

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

/// What stands for a rule's metavariables in an example.
fn read(s: &Store, r: &Rule, before: Id, after: Id) -> Vec<Substitution> {
    let made = rewrite(s, r, before, false).into_iter().filter(|(m, new)| m.operands.is_empty() && rearranged(s, *new, after));
    let mut out: Vec<Substitution> = made.map(|(m, _)| m.subst).collect();
    for m in matches(s, r.left, before).into_iter().filter(|m| m.operands.is_empty()) {
        for n in matches(s, r.right, after) {
            let mut all = m.subst.clone();
            for (v, x) in n.subst.values {
                all.values.entry(v).or_insert(x);
            }
            let is = |schema: Id, t: Id| instantiate(s, schema, &all).is_ok_and(|x| rearranged(s, x, t));
            if is(r.left, before) && is(r.right, after) {
                out.push(all);
            }
        }
    }
    out
}

/// Every rule is one that the kernel takes, by its example: as a step, or as a link between conditions; backward too, if it has words
/// for that. Rules with premises are taken only where a lemma gives these; `limits.rs` has them.
#[test]
fn the_kernel_takes_every_rule_by_its_example() {
    let s = Store::new();
    let book = Rulebook::load_with(&s, &[]).unwrap_or_else(|e| panic!("{e}"));
    let prover = Prover::new(&s, &book, Engine::judge());
    let (mut refused, mut taken) = (Vec::new(), 0);
    for r in book.rules().iter().filter(|r| r.premises.is_empty()) {
        for (before, after) in &r.tries {
            let found = read(&s, r, *before, *after);
            let words = format!("{}: {} to {}", r.name, show(&s, *before), show(&s, *after));
            if found.is_empty() {
                refused.push(format!("{words}: not read"));
            }
            for subst in found.into_iter().take(1) {
                let needs: Vec<Id> = r
                    .needs
                    .iter()
                    .filter_map(|n| if let gradus_kernel::Need::Holds(c) = n { instantiate(&s, *c, &subst).ok() } else { None })
                    .collect();
                let back = r.relates == Relates::Equivalent || book.note(&r.name).is_some_and(|n| n.back.is_some());
                for backward in [false, true].into_iter().filter(|b| back || !*b) {
                    let (from, to) = if backward { (*after, *before) } else { (*before, *after) };
                    let done = if r.relates != Relates::Equal {
                        prover.link(&needs, from, to, &Link::Rule { rule: r.name.clone(), backward, subst: subst.clone() }).map(|_| ())
                    } else {
                        let mut p = prover.proof(from, &needs);
                        let ground = Ground::Instance { rule: r.name.clone(), backward, subst: subst.clone() };
                        let f = p.focus(&Position::root()).unwrap_or_else(|e| panic!("{e}"));
                        let proposal = Proposal { rule: r.name.clone(), ground, new: to, reason: Text::default(), weight: Weight::Main };
                        p.step(&Position::root(), &f, proposal)
                    };
                    match done {
                        Ok(()) => taken += 1,
                        Err(e) => refused.push(format!("{words} ({}): {e}", if backward { "back" } else { "forth" })),
                    }
                }
            }
        }
    }
    assert!(refused.is_empty(), "{taken} taken, but\n{}", refused.join("\n"));
}
