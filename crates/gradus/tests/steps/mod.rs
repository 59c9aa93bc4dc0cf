//! Steps that worksheets derive, made again one by one, and terms that differ from their new parts by one edit.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use gradus_engine::Engine;
use gradus_judge::Judge;
use gradus_kernel::{Lemma, Proof, Proposal, Prover, Refused, Step, Text, Weight};
use gradus_render::{text_term, Options};
use gradus_rules::Rulebook;
use gradus_syntax::elab::ItemKind;
use gradus_syntax::{elaborate, parse_worksheet, Host};
use gradus_term::{Aff, Arg, BigOp, Focus, Id, Node, Prim, RelOp, Sort, Store, VarId};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Mutants tried of one step.
const OF_A_STEP: usize = 34;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The worksheets whose steps are tried.
pub fn sheets() -> Vec<String> {
    let mut out: Vec<String> = ["seed", "differentials"].iter().map(|s| format!("tests/worksheets/{s}.gradus")).collect();
    for topic in std::fs::read_dir(root().join("examples")).expect("it is there").flatten().filter(|e| e.path().is_dir()) {
        let files = std::fs::read_dir(topic.path()).expect("it can be read").flatten().map(|e| e.path());
        let sheets = files.filter(|p| p.extension().is_some_and(|e| e == "gradus"));
        out.extend(sheets.map(|p| p.strip_prefix(root()).unwrap_or(&p).to_string_lossy().into_owned()));
    }
    out.sort();
    out
}

/// A step about to be made again, with its false and true variants.
pub struct Trial {
    pub left: Id,
    /// Key, the whole right side, and the new part.
    pub mutants: Vec<(String, Id, Id)>,
    pub conditions: Vec<Id>,
}

/// FNV-1a.
pub fn hash(text: &str) -> String {
    let h = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{h:016x}")
}

/// Every term that differs from `t` by one edit.
pub fn edits(s: &Store, t: Id, out: &mut Vec<Id>) {
    let node = s.node(t).clone();
    let mut put = |n: Node| out.push(s.intern(n));
    let plus = |a: &Aff, k: i64| a.plus(k);
    match &node {
        Node::Num(q) => put(Node::Num(q.add(&gradus_term::Rat::one()))),
        Node::Index(a) => {
            put(Node::Index(plus(a, 1)));
            put(Node::Index(plus(a, -1)));
        }
        Node::Sum(xs) => {
            for k in 0..xs.len() {
                let mut ys = xs.to_vec();
                if let Some(y) = ys.get_mut(k) {
                    y.neg = !y.neg;
                }
                out.push(s.sum(&ys));
                ys.remove(k);
                out.push(s.sum(&ys));
            }
        }
        Node::Product(xs) => {
            for k in 0..xs.len() {
                let mut ys = xs.to_vec();
                ys.remove(k);
                out.push(s.product(&ys));
            }
        }
        Node::Quot(a, b) => {
            put(Node::Quot(*b, *a));
            out.push(*a);
        }
        Node::Pow(a, k) => {
            put(Node::Pow(*a, s.add(*k, s.int(1))));
            out.push(*a);
        }
        Node::Entry(x, ix) => {
            for k in 0..ix.len() {
                let mut jx = ix.clone();
                if let Some(j) = jx.get_mut(k) {
                    *j = plus(j, 1);
                }
                put(Node::Entry(*x, jx));
            }
            if ix.len() == 2 {
                put(Node::Entry(*x, ix.iter().rev().cloned().collect()));
            }
        }
        Node::Diff { hint, body, slot, point } => {
            for k in 0..slot.len() {
                let mut jx = slot.clone();
                if let Some(j) = jx.get_mut(k) {
                    *j = plus(j, 1);
                }
                put(Node::Diff { hint: *hint, body: *body, slot: jx, point: *point });
            }
        }
        Node::Big { op, hint, lo, hi, cond, body } => {
            let big = |op: BigOp, lo: Aff, hi: Aff| Node::Big { op, hint: *hint, lo, hi, cond: *cond, body: *body };
            put(big(*op, plus(lo, 1), hi.clone()));
            put(big(*op, lo.clone(), plus(hi, -1)));
            put(big(if *op == BigOp::Sum { BigOp::Prod } else { BigOp::Sum }, lo.clone(), hi.clone()));
        }
        Node::MatMul(xs) => {
            for k in 0..xs.len() {
                let mut ys = xs.to_vec();
                if let Some(y) = ys.get_mut(k) {
                    *y = s.prim_call(Prim::Transpose, &[*y]);
                }
                put(Node::MatMul(ys.into()));
                let mut ys = xs.to_vec();
                if k + 1 < ys.len() {
                    ys.swap(k, k + 1);
                    put(Node::MatMul(ys.into()));
                }
            }
        }
        Node::Call(f, xs) => {
            let swap = match s.prim(*f) {
                Some(Prim::Exp) => Some(Prim::Cos),
                Some(Prim::Log) => Some(Prim::Exp),
                Some(Prim::Sin) => Some(Prim::Cos),
                Some(Prim::Cos) => Some(Prim::Sin),
                Some(Prim::Sqrt) => Some(Prim::Abs),
                Some(Prim::Max) => Some(Prim::Min),
                Some(Prim::Atan) => Some(Prim::Sin),
                _ => None,
            };
            if let Some(p) = swap {
                out.push(s.prim_call(p, xs));
            }
            if let [x] = xs.as_ref() {
                out.push(*x);
            }
        }
        Node::Rel(op, a, b) => put(Node::Rel(if *op == RelOp::Eq { RelOp::Ne } else { RelOp::Eq }, *a, *b)),
        _ => {}
    }
    let count = node.children().len();
    let children: Vec<Id> = node.children().into_iter().map(|c| c.0).collect();
    for (k, c) in children.into_iter().enumerate().take(count) {
        let mut below = Vec::new();
        edits(s, c, &mut below);
        for x in below {
            if s.sort(x) == s.sort(c) && out.len() < 4000 {
                let mut at = 0;
                out.push(s.intern(node.map_children(&mut |y, _| {
                    at += 1;
                    // The order is that of `map_children`, so the place is found by the child itself.
                    if at - 1 == k && y == c {
                        x
                    } else {
                        y
                    }
                })));
            }
        }
    }
}

/// The mutants of a step: edits of its new part, and its sign.
pub fn mutants_of(s: &Store, new: Id) -> Vec<Id> {
    let mut all = Vec::new();
    if s.sort(new).is_scalar() {
        all.push(s.neg(new));
        all.push(s.mul(s.int(2), new));
    }
    edits(s, new, &mut all);
    let mut seen = BTreeSet::new();
    all.retain(|m| s.sort(*m) == s.sort(new) && *s.sort(*m) != Sort::Ill && !s.same(*m, new) && seen.insert(s.canon(*m)));
    let stride = all.len().div_ceil(OF_A_STEP).max(1);
    all.into_iter().step_by(stride).collect()
}

/// A place at which a step is about to be made.
pub struct Place {
    /// What is compared: the part, or the whole term where a bound value is not free.
    pub left: Id,
    /// Whether the whole terms are compared.
    pub whole: bool,
    pub conditions: Vec<Id>,
}

impl Place {
    /// The other side, with this put for the part.
    pub fn right(&self, s: &Store, st: &Step, new: Id) -> Option<Id> {
        let right = if self.whole { s.splice(self.left, &st.position, &st.opened, new).ok()? } else { new };
        (*s.sort(right) != Sort::Ill).then_some(right)
    }
}

/// Makes a lemma's steps again under these givens and shows each, before it is made, to `visit`. The first step that is refused
/// ends it.
pub fn follow<'s>(
    prover: &'s Prover<'s>,
    l: &Lemma,
    givens: &[Id],
    visit: &mut dyn FnMut(&mut Proof<'s>, &Step, &Focus, Place),
) -> Result<(), String> {
    let s = prover.store();
    let mut proof = prover.proof(l.left, givens);
    for st in &l.steps {
        let own = proof.focus(&st.position).expect("the position is there");
        let map = own
            .opened
            .iter()
            .zip(&st.opened)
            .map(|(a, b): (&VarId, &VarId)| (*a, if s.var(*b).is_integer() { Arg::Idx(Aff::free(*b)) } else { Arg::Val(s.name(*b)) }));
        let map = map.collect();
        let go = |t: &Id| s.subst(*t, &map);
        let focus = Focus {
            part: go(&own.part),
            opened: st.opened.clone(),
            facts: own.facts.iter().map(go).collect(),
            limits: own.limits.clone(),
            points: own.points.clone(),
        };
        // Under a derivative or a limit the bound value is not free: there the whole terms are compared.
        let whole = !focus.points.is_empty() || !focus.limits.is_empty();
        let mut conditions = proof.conditions().to_vec();
        if !whole {
            conditions.extend(&focus.facts);
        }
        let left = if whole { proof.current() } else { focus.part };
        visit(&mut proof, st, &focus, Place { left, whole, conditions });
        if let Err(e) = make(&mut proof, st, &focus, st.new) {
            let text = |t: Id| text_term(s, t, &Options::default());
            return Err(format!("{e}: {} = {} in {}", text(focus.part), text(st.new), l.name));
        }
    }
    Ok(())
}

/// [`follow`] with the step's one-edit mutants.
pub fn retrace<'s>(prover: &'s Prover<'s>, l: &Lemma, visit: &mut dyn FnMut(&mut Proof<'s>, &Step, &Focus, Trial)) {
    let s = prover.store();
    let text = |t: Id| text_term(s, t, &Options::default());
    let made = follow(prover, l, &l.givens, &mut |proof, st, focus, place| {
        let given: Vec<String> = place.conditions.iter().map(|c| text(*c)).collect();
        let mut mutants = Vec::new();
        for new in mutants_of(s, st.new) {
            if let Some(right) = place.right(s, st, new) {
                mutants.push((hash(&format!("{} = {} if {}", text(place.left), text(right), given.join(", "))), right, new));
            }
        }
        visit(proof, st, focus, Trial { left: place.left, mutants, conditions: place.conditions });
    });
    if let Err(e) = made {
        panic!("a true step is refused, {e}");
    }
}

/// Offers the step with this new part.
pub fn make(proof: &mut Proof<'_>, st: &Step, f: &Focus, new: Id) -> Result<(), Refused> {
    let p = Proposal { rule: st.rule.clone(), ground: st.ground.clone(), new, reason: Text::default(), weight: Weight::Main };
    proof.step(&st.position, f, p)
}

/// Solves a worksheet; the prover then holds what was proved.
pub fn solved(sheet: &str, judge: Judge, then: &mut dyn FnMut(&Prover<'_>)) {
    let store = Store::new();
    let book = Rulebook::load(&store).expect("the rulebook loads");
    let bytes = std::fs::read(root().join(sheet)).expect("it is there");
    let (parsed, _) = parse_worksheet(&bytes, Host::Gradus);
    let (doc, _) = elaborate(&store, &parsed);
    let prover = Prover::new(&store, &book, judge);
    let engine = Engine::new(&book, &prover);
    engine.set_networks(&doc.networks);
    for item in &doc.items {
        if let ItemKind::Goal(g) = &item.kind {
            engine.answer(&g.goal, gradus_term::goal::Detail::Textbook);
        }
    }
    then(&prover);
}

/// Solves a worksheet and retraces every lemma of it that `wanted` takes.
pub fn over(
    sheet: &str,
    judge: Judge,
    wanted: &dyn Fn(usize) -> bool,
    visit: &mut dyn FnMut(&Prover<'_>, &mut Proof<'_>, &Step, &Focus, Trial),
) {
    solved(sheet, judge, &mut |prover| {
        for k in (0..prover.lemma_count()).filter(|k| wanted(*k)) {
            if let Some(l) = prover.lemma(k) {
                retrace(prover, &l, &mut |proof, st, f, t| visit(prover, proof, st, f, t));
            }
        }
    });
}
