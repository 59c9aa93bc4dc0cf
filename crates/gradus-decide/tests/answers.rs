//! What is answered to thousands of questions about every operation, fact and operand: kept, a line for each, so that an answer that
//! is lost or changed fails with its very question. No answer is kept that the judge refutes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may fail loudly")]
#[path = "../../../tests/answers/questions.rs"]
mod questions;

use gradus_decide::{is_symmetric, Definedness, Equality, Facts, Signs, Tri, Why};
use gradus_judge::{Judge, Kind, Verdict};
use gradus_term::{Id, Node, RelOp, Sort, Store, VarId, VarKind};
use questions::{shown, Answer, Question};

/// A question with its answer, and what must then be true.
struct Answered {
    line: String,
    decided: bool,
    claims: Vec<Claim>,
}
enum Claim {
    /// Equal where both have a value.
    Equal(Id, Id),
    /// A condition, where it has a value.
    Holds(Id),
    /// A value under these further conditions.
    Value(Id, Vec<Id>),
}

fn tri(t: Tri) -> &'static str {
    match t {
        Tri::True => "true",
        Tri::False => "false",
        Tri::Unknown => "unknown",
    }
}
fn signs(s: Signs) -> &'static str {
    match (s.neg, s.zero, s.pos) {
        (true, true, true) => "any",
        (true, true, false) => "<= 0",
        (true, false, true) => "!= 0",
        (true, false, false) => "< 0",
        (false, true, true) => ">= 0",
        (false, true, false) => "= 0",
        (false, false, true) => "> 0",
        (false, false, false) => "none",
    }
}

impl Answered {
    fn say(&mut self, word: &str) {
        self.line.push_str(word);
    }
    fn defined(&mut self, s: &Store, t: Id, d: &Definedness) {
        match d {
            Definedness::Always => {
                self.claims.push(Claim::Value(t, Vec::new()));
                self.say("always");
            }
            // The judge goes further: it knows values of x^y at negative x.
            Definedness::Never => self.say("never"),
            Definedness::Unknown { needs } => {
                let texts: Vec<String> = needs.iter().map(|c| shown(s, *c)).collect();
                self.say(&format!("if {}", texts.join(" & ")));
                let opened = |v: &VarId| s.var(*v).kind == VarKind::Opened;
                if !needs.is_empty() && !needs.iter().any(|c| s.free_vars(*c).iter().any(opened)) {
                    self.claims.push(Claim::Value(t, needs.clone()));
                }
            }
        }
    }
    fn condition(&mut self, f: &Facts<'_>, c: Id) {
        let s = f.store();
        if let Node::Rel(RelOp::Eq, a, b) = s.node(c) {
            self.say(match f.equal(*a, *b) {
                Equality::Proved => "proved, ",
                Equality::Unknown(Why::NotFound) => "not found, ",
                Equality::Unknown(Why::Budget) => "too much, ",
            });
            if f.equal(*a, *b).is_proved() {
                self.claims.push(Claim::Equal(*a, *b));
            }
        }
        let holds = f.holds(c);
        self.say(tri(holds));
        match holds {
            Tri::True => self.claims.push(Claim::Holds(c)),
            Tri::False => self.claims.push(Claim::Holds(s.intern(Node::Not(c)))),
            Tri::Unknown => {}
        }
    }
    /// The sign, where there is a value, where there is a slope by `x`, and the forms.
    fn scalar(&mut self, f: &Facts<'_>, t: Id) {
        let s = f.store();
        let sign = f.sign(t);
        self.say(&format!("{}; ", signs(sign)));
        let zero = s.int(0);
        for (may, op) in [(sign.neg, RelOp::Ge), (sign.zero, RelOp::Ne), (sign.pos, RelOp::Le)] {
            if !may {
                self.claims.push(Claim::Holds(s.rel(op, t, zero)));
            }
        }
        self.defined(s, t, &f.defined(t));
        let named = |v: &VarId| s.var(*v).name == "x" && *s.sort(s.name(*v)) == Sort::Scalar;
        if let Some(x) = s.free_vars(t).into_iter().find(named) {
            self.say("; slope ");
            let d = s.diff(t, s.name(x), &[]);
            self.defined(s, d, &f.defined(d));
        }
        let mut forms: Vec<Id> = Vec::new();
        for u in [f.expand(t), f.together(t), f.factor(t)].into_iter().flatten() {
            if u != t && !forms.contains(&u) {
                forms.push(u);
            }
        }
        for u in forms {
            self.say(&format!("; = {}", shown(s, u)));
            self.claims.push(Claim::Equal(t, u));
        }
    }
}

fn answered(q: &Question<'_>) -> Answered {
    let s = &q.w.s;
    let f = Facts::new(s, &q.facts);
    let mut a = Answered { line: String::new(), decided: false, claims: Vec::new() };
    let nothing = f.contradictory();
    if nothing {
        a.say("contradictory, ");
    }
    match s.sort(q.asked) {
        Sort::Cond => a.condition(&f, q.asked),
        sort if sort.is_scalar() => a.scalar(&f, q.asked),
        _ => {
            a.defined(s, q.asked, &f.defined(q.asked));
            if is_symmetric(s, q.asked) {
                a.say(", symmetric");
                a.claims.push(Claim::Equal(q.asked, s.prim_call(gradus_term::Prim::Transpose, &[q.asked])));
            }
        }
    }
    a.decided = !a.claims.is_empty() || s.sort(q.asked) != &Sort::Cond;
    if nothing {
        // From a contradiction anything follows; but it must be one.
        a.claims = vec![Claim::Holds(s.rel(RelOp::Eq, s.int(0), s.int(1)))];
    }
    a
}

/// Whether the judge knows better.
fn check(q: &Question<'_>, a: &Answered) {
    let s = &q.w.s;
    let judge = Judge { points: 12, ..Judge::default() };
    for c in &a.claims {
        let verdict = match c {
            Claim::Equal(a, b) => judge.equal_where_defined(s, *a, *b, &q.facts),
            Claim::Holds(c) => judge.holds(s, *c, &q.facts),
            Claim::Value(t, needs) => {
                let known = [q.facts.as_slice(), needs].concat();
                if s.sort(*t).is_scalar() {
                    judge.equal(s, s.int(0), s.sub(*t, *t), &known)
                } else {
                    continue;
                }
            }
        };
        // An equation is about values: whether they exist is another question.
        let wrong = match (c, &verdict) {
            (Claim::Value(..), v) => v.is_refuted(),
            (_, Verdict::Refuted(c)) => c.kind != Kind::RightUndefined,
            _ => false,
        };
        assert!(!wrong, "wrong: {} : {}\n{verdict:?}", q.text, a.line);
    }
}

fn kept(name: &str) {
    questions::kept("decide", name, |q| {
        let a = answered(q);
        Answer { text: a.line, decided: a.decided }
    });
}
/// The same, with what is said of the two sides of a relation by themselves.
fn summed(name: &str) {
    questions::sums("decide", name, 50_000, |q| {
        let mut a = answered(q);
        let s = &q.w.s;
        if let Node::Rel(_, l, r) = *s.node(q.asked) {
            let f = Facts::new(s, &q.facts);
            for t in [l, r, s.sub(l, r)].into_iter().filter(|t| s.sort(*t).is_scalar()) {
                a.say(" | ");
                a.scalar(&f, t);
            }
        }
        Answer { text: a.line, decided: true }
    });
}
fn judged(name: &str) {
    questions::each("decide", name, |q| check(q, &answered(q)));
}

macro_rules! files {
    ($($name:ident)*) => {
        mod answers {
            $(#[test] fn $name() { super::kept(stringify!($name)); })*
        }
        mod sums {
            $(#[test] fn $name() { super::summed(stringify!($name)); })*
        }
        mod judged {
            $(#[test] fn $name() { super::judged(stringify!($name)); })*
        }
    };
}
files!(powers functions signs facts integers sums brackets definedness vectors words);
