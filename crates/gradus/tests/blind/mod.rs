//! Steps offered to a kernel whose judge looks at no point.
#![allow(dead_code, reason = "not every test uses every helper")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail loudly")]

use gradus_engine::Engine;
use gradus_judge::Judge;
use gradus_kernel::{Ground, Proof, Proposal, Prover, Refused, Text, Weight};
use gradus_render::{text_term, Options};
use gradus_rules::Rulebook;
use gradus_syntax::elab::ItemKind;
use gradus_syntax::{elaborate, parse_worksheet, Host};
use gradus_term::goal::{Goal, GoalKind};
use gradus_term::{Aff, Focus, Id, Node, Position, RelOp, Store, VarId};

/// The goals of a worksheet.
pub fn goals(store: &Store, text: &str) -> Vec<Goal> {
    let (sheet, said) = parse_worksheet(text.as_bytes(), Host::Gradus);
    assert!(said.is_empty(), "{said:?}");
    let (doc, said) = elaborate(store, &sheet);
    assert!(said.is_empty(), "{said:?}");
    doc.items.iter().filter_map(|i| if let ItemKind::Goal(g) = &i.kind { Some(g.goal.clone()) } else { None }).collect()
}
/// The goals of a worksheet, with a prover whose judge is blind.
pub fn with(text: &str, f: impl FnOnce(&Prover<'_>, &[Goal])) {
    let store = Store::new();
    let book = Rulebook::load(&store).expect("the rulebook loads");
    let goals = goals(&store, text);
    let prover = Prover::new(&store, &book, Judge { tries: 0, ..Engine::judge() });
    f(&prover, &goals);
}
/// The sides of a `show`, and what is given.
pub fn sides(s: &Store, g: &Goal) -> (Id, Id, Vec<Id>) {
    let GoalKind::Show(c) = &g.kind else { panic!("no `show`") };
    let Node::Rel(RelOp::Eq, a, b) = s.node(*c) else { panic!("no equation") };
    let mut known = g.givens.clone();
    for (v, lo, hi) in &g.indices {
        let i = s.index(Aff::free(*v));
        known.push(s.rel(RelOp::Le, s.index(lo.clone()), i));
        known.push(s.rel(RelOp::Le, i, s.index(hi.clone())));
    }
    known.extend(&g.assuming);
    (*a, *b, known)
}
pub fn shown(s: &Store, t: Id) -> String {
    text_term(s, t, &Options::default())
}
pub fn put<'s>(p: &mut Proof<'s>, pos: &Position, f: &Focus, ground: Ground, new: Id) -> Result<(), Refused> {
    p.step(pos, f, Proposal { rule: "test".into(), ground, new, reason: Text::default(), weight: Weight::Main })
}
/// The step from the left side to the right one; what it assumes.
pub fn step(prover: &Prover<'_>, g: &Goal, ground: &Ground) -> Result<Vec<String>, Refused> {
    let s = prover.store();
    let (a, b, known) = sides(s, g);
    let mut p = prover.proof(a, &known);
    let f = p.focus(&Position::root()).unwrap();
    put(&mut p, &Position::root(), &f, ground.clone(), b)?;
    Ok(p.assumptions().into_iter().map(|c| shown(s, c)).collect())
}

pub fn name(s: &Store, g: &Goal, word: &str) -> VarId {
    *g.names.iter().find(|v| s.var(**v).name == word).unwrap_or_else(|| panic!("no {word}"))
}
