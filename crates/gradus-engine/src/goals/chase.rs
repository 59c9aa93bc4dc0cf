//! Chasing an unknown: one equation after the other until the unknown stands alone.

mod alternatives;

use crate::draft::{everywhere, Draft};
use crate::moves::Depth;
use crate::tidy::{factors, is_one, is_zero, summands, tidy};
use crate::walk::Walk;
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::{necessary_needs, Condition, Equivalence, Item, Link, Relates, Rule, Substitution, Text};
use gradus_term::{FnId, Id, Node, Prim, RelOp, Summand, VarId};

/// Equations one chase may write down.
const STEPS: usize = 40;

/// Where a chase ends.
pub(super) enum End {
    /// Exactly these values.
    Values(Vec<Id>),
    /// Every value.
    All,
    /// More than a list of values, as far as seen.
    Range,
    /// Not known.
    Stuck,
}

/// A value that a chase ends with, and what must hold for it to be a solution.
pub(super) struct Reached {
    pub(super) value: Id,
    /// What lines on the way needed.
    pub(super) when: Vec<Id>,
    /// What else holds where it is one.
    pub(super) bounds: Vec<Id>,
}

/// A chain of equations, each equivalent to the one before or following from it.
pub(super) struct Chase<'e, 's> {
    pub(super) e: &'e Engine<'s>,
    pub(super) unknown: VarId,
    /// The givens, the domain of the first equation, and what was assumed.
    pub(super) known: Vec<Id>,
    pub(super) now: Id,
    lines: Vec<Condition>,
    /// What was written down.
    pub(super) items: Vec<Item>,
    /// What had to be assumed.
    pub(super) assumes: Vec<Id>,
    /// What holds of everything that solves the lines so far, and was needed for one of them.
    implied: Vec<Id>,
    /// What holds of it too, but was not needed: `v ≥ 0` of `√u = v`.
    bounds: Vec<Id>,
    /// The case that is looked at: `x ≥ 0`.
    case: Vec<Id>,
    /// The values reached.
    pub(super) reached: Vec<Reached>,
    /// The links of the chain, in order.
    pub(super) links: Vec<Equivalence>,
    /// Whether names are opened on the way.
    opens: bool,
    /// Whether every value at the end is put into the equation: then lines may follow from the one before without being equivalent to it.
    checks_values: bool,
}

impl<'e, 's> Chase<'e, 's> {
    pub(super) fn new(e: &'e Engine<'s>, unknown: VarId, givens: &[Id], equation: Id) -> Self {
        let mut known = givens.to_vec();
        if let Node::Rel(_, a, b) = e.store.node(equation) {
            for t in [a, b] {
                // What only the rules of a derivative need is not known of a solution.
                known.extend(necessary_needs(&Facts::new(e.store, &known), *t).unwrap_or_default());
            }
        }
        Chase {
            e,
            unknown,
            known,
            now: equation,
            lines: vec![Condition::equivalent(equation, Text::default())],
            items: Vec::new(),
            assumes: Vec::new(),
            implied: Vec::new(),
            bounds: Vec::new(),
            case: Vec::new(),
            reached: Vec::new(),
            links: Vec::new(),
            opens: true,
            checks_values: false,
        }
    }
    /// The same without opening names that do not mention the unknown.
    pub(super) fn keeping_names(mut self) -> Self {
        self.opens = false;
        self
    }
    /// The same with lines that only follow from the one before; whoever asks must put the values into the equation.
    pub(super) fn with_implications(mut self) -> Self {
        self.checks_values = true;
        self
    }
    pub(super) fn facts(&self) -> Facts<'s> {
        Facts::new(self.e.store, &self.known)
    }
    pub(super) fn sides(&self) -> Option<(Id, Id)> {
        match self.e.store.node(self.now) {
            Node::Rel(RelOp::Eq, a, b) => Some((*a, *b)),
            _ => None,
        }
    }
    pub(super) fn has(&self, t: Id) -> bool {
        self.e.store.mentions(t, self.unknown)
    }

    /// Goes on until the unknown stands alone.
    pub(super) fn run(&mut self) -> End {
        for _ in 0..STEPS {
            let Some((l, r)) = self.sides() else { break };
            let alone = matches!(self.e.store.node(l), Node::Var(v) if *v == self.unknown);
            match (self.has(l), self.has(r)) {
                (false, false) => return self.settle(),
                (true, false) if alone => {
                    self.close_lines();
                    self.reach(r);
                    return End::Values(vec![r]);
                }
                _ => {}
            }
            // That a polynomial is never 0 is seen once its square is completed.
            let square = self.has_power(l) || self.has_power(r) || self.implied.iter().any(|c| self.has(*c) && !self.case.contains(c));
            if !square || self.times(l) + self.times(r) == 1 {
                if let Some(end) = self.impossible() {
                    return end;
                }
            }
            if let Some(cases) = self.split() {
                return self.each(cases);
            }
            if !self.one_step() {
                break;
            }
        }
        if let Some(end) = self.impossible() {
            return end;
        }
        // Both sides may be the same though no move shows it.
        if self.sides().is_some_and(|(l, r)| self.facts().equal(l, r).is_proved()) {
            return self.settle();
        }
        self.close_lines();
        End::Stuck
    }
    /// How often the unknown is written.
    fn times(&self, t: Id) -> usize {
        everywhere(self.e.store, t, &|n| matches!(n, Node::Var(v) if *v == self.unknown)).len()
    }
    /// Whether a power of the unknown itself is written.
    fn has_power(&self, t: Id) -> bool {
        let s = self.e.store;
        s.any_subterm(t, &mut |n| matches!(n, Node::Pow(b, _) if matches!(s.node(*b), Node::Var(v) if *v == self.unknown)))
    }
    /// The unknown has a value: what was found out about the unknown is now about the other names.
    fn reach(&mut self, value: Id) {
        let s = self.e.store;
        let at = std::iter::once((self.unknown, gradus_term::Arg::Val(value))).collect();
        let put = |xs: &[Id]| xs.iter().map(|c| s.subst(*c, &at)).collect();
        self.reached.push(Reached { value, when: put(&self.implied), bounds: put(&self.bounds) });
    }
    fn close_lines(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if lines.len() > 1 {
            self.items.push(Item::Conditions(lines));
        }
    }
    /// The unknown is gone.
    fn settle(&mut self) -> End {
        let s = self.e.store;
        if self.push(s.intern(Node::And([].into())), &Link::Always, Text::default()) {
            self.lines.pop();
            self.close_lines();
            return End::All;
        }
        self.impossible().unwrap_or_else(|| {
            self.close_lines();
            End::Stuck
        })
    }
    /// The sides never agree.
    fn impossible(&mut self) -> Option<End> {
        let s = self.e.store;
        let at = self.now;
        if !self.push(s.intern(Node::Or([].into())), &Link::Never, Text::default()) {
            return None;
        }
        self.lines.pop();
        self.close_lines();
        let never = match self.case.as_slice() {
            [] => Text::words("The two sides of "),
            [first, rest @ ..] => {
                rest.iter().fold(Text::words("For ").term(*first), |t, c| t.and(" and ").term(*c)).and(" the two sides of ")
            }
        };
        self.items.push(Item::Say(never.term(at).and(" are never equal.")));
        Some(End::Values(Vec::new()))
    }
    /// Writes down an equivalent equation; whether the kernel accepts it. Nothing may be assumed of the unknown itself.
    pub(super) fn push(&mut self, to: Id, link: &Link, reason: Text) -> bool {
        // Never back to an equation that stands above.
        if self.e.store.same(to, self.now) || self.lines.iter().any(|x| self.e.store.same(to, x.condition)) {
            return false;
        }
        let one_way = self.e.prover.is_one_way(link);
        if one_way && !self.checks_values {
            return false;
        }
        let Ok(needed) = self.e.prover.link(&self.known, self.now, to, link) else { return false };
        let (mut implied, mut assumes) = (Vec::new(), Vec::new());
        for c in needed {
            let known = [self.known.as_slice(), &implied].concat();
            if self.checks_values && self.e.prover.follows(&known, (self.now, to), c) {
                implied.push(c);
            } else {
                assumes.push(c);
            }
        }
        if assumes.iter().any(|c| self.has(*c)) {
            return false;
        }
        if let (true, Some((_, r))) = (one_way, self.sides()) {
            let bound = self.e.store.rel(RelOp::Ge, r, self.e.store.int(0));
            if self.e.prover.follows(&self.known, (self.now, to), bound) {
                self.bounds.push(bound);
            }
        }
        // With what the line before gives of the unknown it gives that line back, not alone, unless it gives that too.
        let given_back = |c: &Id| self.e.prover.follows(&self.known, (to, self.now), *c);
        let one_way = one_way || implied.iter().any(|c| self.has(*c) && !given_back(c));
        self.links.push((self.now, to, link.clone()));
        self.known.extend(&implied);
        self.implied.append(&mut implied);
        self.assume(assumes);
        self.now = to;
        self.lines.push(Condition { condition: to, one_way, reason });
        true
    }
    /// Leaves out the line before the last, which then follows from the one before that.
    pub(super) fn drop_line_before(&mut self) {
        let Some(mut last) = self.lines.pop() else { return };
        if let Some(before) = self.lines.pop() {
            last.one_way |= before.one_way;
        }
        self.lines.push(last);
    }
    /// Takes conditions on, solved together with those taken on before: `t ≠ 0` and `1/t − 1 > 0` are `0 < t < 1`.
    fn assume(&mut self, conditions: Vec<Id>) {
        if conditions.is_empty() {
            return;
        }
        let given: Vec<Id> = self.known.iter().copied().filter(|c| !self.assumes.contains(c)).collect();
        let all: Vec<Id> = self.assumes.iter().copied().chain(conditions).collect();
        self.assumes = super::conditions::solved(&Facts::new(self.e.store, &given), &all);
        self.known = given.into_iter().chain(self.assumes.iter().copied()).collect();
    }
    /// Writes down an equation and, on the same line, its right side (and numbers on the left) worked out.
    pub(super) fn push_worked(&mut self, to: Id, link: &Link, reason: Text) -> bool {
        if !self.push(to, link, reason.clone()) {
            return false;
        }
        let Some((l, r)) = self.sides() else { return true };
        let s = self.e.store;
        let right = if self.has(r) { tidy(s, r) } else { self.worked_out(r) };
        let nice = s.rel(RelOp::Eq, tidy(s, l), right);
        if self.push(nice, &Link::Sides, reason) {
            // One line for both.
            self.drop_line_before();
        }
        true
    }
    /// An instance of an equivalence of the rulebook.
    pub(super) fn by_rule(&mut self, name: &str, values: &[(&str, Id)]) -> bool {
        let Ok(subst) = self.e.subst(Substitution::new(), name, values) else { return false };
        let Ok(rule) = self.e.rule(name) else { return false };
        let Ok(to) = gradus_kernel::instantiate(self.e.store, rule.right, &subst) else { return false };
        let link = Link::Rule { rule: name.to_owned(), backward: false, subst };
        self.push_worked(to, &link, Text::words(rule.short.clone()))
    }
    // ---- one step

    fn one_step(&mut self) -> bool {
        let Some((l, r)) = self.sides() else { return false };
        let s = self.e.store;
        if !self.has(l) {
            let swapped = s.rel(RelOp::Eq, r, l);
            // Not worth a line of its own.
            let shown = self.push(swapped, &Link::Scaled(s.int(-1)), Text::words("read backwards"));
            if shown && self.lines.len() > 1 {
                self.lines.pop();
            }
            return shown;
        }
        self.same_heads(l, r)
            || self.at_zero(l, r)
            || self.has(r) && self.squared(l, r)
            || self.both_squared(l, r)
            || self.has(r) && self.logarithms_of_both(l, r)
            || !self.has(r) && self.on_a_branch(l, r)
            || self.open(l, r)
            || self.linear_tensors(l, r)
            || if self.has(r) { self.bring_together(l, r) } else { self.peel(l, r) || self.sums_apart(l, r) || self.polynomial(l, r) }
            || self.isolate(l, r)
    }
    /// `e^a = e^b`, `log a = log b`, `1/a = 1/b`: the arguments are equal.
    fn same_heads(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        match (s.node(l), s.node(r)) {
            (Node::Call(f, xs), Node::Call(g, ys)) if f == g => {
                let (Some(a), Some(b)) = (xs.first(), ys.first()) else { return false };
                let Some(rule) = self.undoing(*f, true) else { return false };
                self.by_rule(&rule.name, &[("a", *a), ("b", *b)])
            }
            (Node::Quot(a, b), Node::Quot(c, d)) if is_one(s, *a) && is_one(s, *c) => {
                self.by_rule("equation.reciprocals", &[("a", *b), ("b", *d)])
            }
            _ => false,
        }
    }
    /// Names are opened on both sides while the unknown stands inside of one.
    fn open(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let named = |t: Id| {
            s.any_subterm(t, &mut |n| match n {
                Node::Call(f, xs) => {
                    matches!(s.fun(*f).kind, gradus_term::FnKind::Defined) && xs.iter().any(|x| s.mentions(*x, self.unknown))
                }
                _ => false,
            })
        };
        if !self.opens || !named(l) && !named(r) {
            return false;
        }
        let (mut said, mut opened) = (Text::default(), Vec::new());
        for (t, depth) in [(l, if named(l) { Depth::All } else { Depth::Sheet }), (r, if named(r) { Depth::All } else { Depth::Sheet })] {
            let mut w = Walk::new(Draft::new(self.e.prover, t, &self.known));
            while let Some(back) = self.e.open_names(&mut w.d, depth) {
                w.stop(back.clone());
                if !said.0.iter().any(|x| back.0.contains(x) && matches!(x, gradus_kernel::Inline::Term(_))) {
                    said = said.also(&back);
                }
            }
            if let Some(back) = self.e.write_out(&mut w.d) {
                w.stop(back);
            }
            opened.push(w.d.current());
        }
        match opened.as_slice() {
            [a, b] => self.push(s.rel(RelOp::Eq, *a, *b), &Link::Sides, said),
            _ => false,
        }
    }
    /// The rule that undoes a function: `f(a) = b <=> a = …`, or, with both sides under it, `f(a) = f(b) <=> a = b`.
    fn undoing(&self, f: FnId, both: bool) -> Option<&'s Rule> {
        let s = self.e.store;
        let meta = |t: Id, name: &str| matches!(s.node(t), Node::Meta(v, xs) if xs.is_empty() && s.var(*v).name == name);
        let of = |t: Id, name: &str| matches!(s.node(t), Node::Call(g, xs) if *g == f && matches!(xs.as_ref(), [x] if meta(*x, name)));
        self.e.rules.family("equation").iter().find(|r| {
            let (Node::Rel(RelOp::Eq, l, b), Node::Rel(RelOp::Eq, a, _)) = (s.node(r.left), s.node(r.right)) else { return false };
            r.relates == Relates::Equivalent && of(*l, "a") && meta(*a, "a") && if both { of(*b, "b") } else { meta(*b, "b") }
        })
    }
    /// A function that is undone where its argument is known to lie on one branch: its definition is not needed.
    fn on_a_branch(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let Node::Call(f, xs) = s.node(l) else { return false };
        let (Some(a), Some(rule)) = (xs.first(), self.undoing(*f, false)) else { return false };
        let meta = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Meta(v, _) if s.var(*v).name == "a"));
        let branch = rule.needs.iter().any(|n| matches!(n, gradus_kernel::Need::Holds(c) if meta(*c)));
        branch && self.by_rule(&rule.name, &[("a", *a), ("b", r)])
    }
    /// The outermost operation on the left is undone on the right, which is free of the unknown.
    fn peel(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        match s.node(l).clone() {
            Node::Sum(xs) => self.peel_sum(&xs, r),
            Node::Product(xs) => {
                let (with, free): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| self.has(**x));
                !free.is_empty() && self.by_rule("equation.divide", &[("a", s.product(&free)), ("b", s.product(&with)), ("c", r)])
            }
            Node::Quot(a, b) if self.has(b) && is_one(s, a) => self.by_rule("equation.reciprocal", &[("a", b), ("b", r)]),
            Node::Quot(a, b) => self.by_rule("equation.multiply", &[("a", a), ("b", b), ("c", r)]),
            Node::Call(f, xs) => {
                let (Some(a), Some(rule)) = (xs.first(), self.undoing(f, false)) else { return false };
                self.by_rule(&rule.name, &[("a", *a), ("b", r)])
            }
            // x³ = −8 as (−x)³ = 8
            Node::Pow(base, k)
                if !is_zero(s, r)
                    && self.facts().sign(s.neg(r)).is_nonneg()
                    && s.as_rational(k).and_then(|q| q.to_i64()).is_some_and(|k| k % 2 != 0) =>
            {
                let turned = s.rel(RelOp::Eq, s.pow(tidy(s, s.neg(base)), k), self.worked_out(s.neg(r)));
                self.push(turned, &Link::Scaled(s.int(-1)), Text::words("change the sign"))
            }
            Node::Pow(base, k) if s.as_rational(k).is_some_and(|q| q == gradus_term::Rat::int(2)) => self.root_of_known_sign(base, r),
            Node::Pow(base, k) if !self.has(k) => self.root_of_power(base, k, r),
            Node::Pow(base, k) if !self.has(base) => {
                if self.logarithms_of_both(l, r) {
                    return true;
                }
                let exponential = s.exp(s.mul(k, s.log(base)));
                self.push(s.rel(RelOp::Eq, exponential, r), &Link::Sides, Text::words("write the power as an exponential"))
            }
            _ => false,
        }
    }
    /// Sums over a range with the unknown in them are split, and the unknown is taken out in front.
    fn sums_apart(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        let inside = |n: &Node| matches!(n, Node::Big { op: gradus_term::BigOp::Sum, body, .. } if self.has(*body));
        let mut new = l;
        for path in crate::draft::outermost(s, l, &inside).into_iter().rev() {
            let pos = gradus_term::Position::at(&path);
            let Ok(f) = s.focus(new, &pos) else { continue };
            let Some(split) = self.e.sum_apart(&self.facts(), f.part, &|x| !self.has(x)) else { continue };
            new = s.splice(new, &pos, &f.opened, split).unwrap_or(new);
        }
        if new == l {
            return false;
        }
        let written: Vec<Id> = self.lines.iter().map(|x| x.condition).collect();
        let new = crate::arrange::Order::of(s, &written).arrange(tidy(s, new));
        new != l
            && !s.any_subterm(new, &mut |n| inside(n))
            && self.push(s.rel(RelOp::Eq, new, r), &Link::Sides, Text::words("split the sum"))
    }
    fn peel_sum(&mut self, xs: &[Summand], r: Id) -> bool {
        let s = self.e.store;
        let (with, free): (Vec<Summand>, Vec<Summand>) = xs.iter().partition(|x| self.has(x.term));
        // `c − N x = 0` is read `N x = c`.
        if let ([x], false, true) = (with.as_slice(), free.is_empty(), is_zero(s, r)) {
            if x.neg {
                let to = s.rel(RelOp::Eq, x.term, s.sum(&free));
                return self.push_worked(to, &Link::Scaled(s.int(-1)), Text::words("add ").term(x.term).and(" to both sides"));
            }
        }
        // Several summands with the unknown are collected first.
        if !free.is_empty() && with.len() == 1 {
            let mut right: Vec<Summand> = if is_zero(s, r) { Vec::new() } else { summands(s, r) };
            // `t + √d` rather than `√d + t`, `a + b` rather than `b + a`.
            let named = |x: &Summand| !s.free_vars(x.term).is_empty();
            let names = right.iter().all(|x| !x.neg && named(x)) && free.iter().all(named);
            let roots = right.iter().all(|x| !x.neg && is_root(s, x.term));
            let at = if free.iter().all(|x| x.neg) && (names || roots) { 0 } else { right.len() };
            right.splice(at..at, free.iter().map(|x| Summand { neg: !x.neg, term: x.term }));
            let reason = match free.as_slice() {
                [x] => Text::words(if x.neg { "add " } else { "subtract " }).term(x.term).and(if x.neg {
                    " to both sides"
                } else {
                    " from both sides"
                }),
                _ => Text::words("bring the rest to the right side"),
            };
            // `(−b + √d)/(2a)` rather than `√d/(2a) − b/(2a)`.
            let over = |t: Id| matches!(*s.node(t), Node::Quot(a, _) if s.any_subterm(a, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Sqrt))));
            let whole = if right.iter().any(|x| over(x.term)) { self.one_fraction(&right) } else { None };
            if let Some(whole) = whole {
                return self.push(s.rel(RelOp::Eq, s.sum(&with), whole), &Link::Scaled(s.int(1)), reason);
            }
            return self.push_worked(s.rel(RelOp::Eq, s.sum(&with), s.sum(&right)), &Link::Scaled(s.int(1)), reason);
        }
        match with.as_slice() {
            // `−2 A = 0` is divided at once.
            [x] if x.neg && is_zero(s, r) && matches!(s.node(x.term), Node::Product(_)) => {
                let (with, free): (Vec<Id>, Vec<Id>) = factors(s, x.term).into_iter().partition(|f| self.has(*f));
                let by = s.neg(s.product(&free));
                let reason = Text::words("divide both sides by ").term(by);
                !free.is_empty() && self.push(s.rel(RelOp::Eq, s.product(&with), r), &Link::Scaled(s.quot(s.int(1), by)), reason)
            }
            [x] if x.neg => self.by_rule("equation.negate", &[("a", x.term), ("b", r)]),
            _ => false,
        }
    }
    /// Both sides mention the unknown: fractions go first, then everything with the unknown comes to the left.
    fn bring_together(&mut self, l: Id, r: Id) -> bool {
        let s = self.e.store;
        for (x, y, swap) in [(l, r, false), (r, l, true)] {
            if let Node::Quot(a, b) = *s.node(x) {
                if swap {
                    if !self.push(s.rel(RelOp::Eq, x, y), &Link::Scaled(s.int(-1)), Text::default()) {
                        return false;
                    }
                    // Not worth a line of its own.
                    if self.lines.len() > 1 {
                        self.lines.pop();
                    }
                }
                return self.by_rule("equation.multiply", &[("a", a), ("b", b), ("c", y)]);
            }
        }
        let (xs, ys) = (summands(s, l), summands(s, r));
        if let Some(c) = xs.iter().find(|x| xs.len() > 1 && ys.len() > 1 && ys.iter().any(|y| y.neg == x.neg && s.same(y.term, x.term))) {
            let without = |xs: &[Summand]| {
                let mut once = false;
                let kept: Vec<Summand> = xs
                    .iter()
                    .copied()
                    .filter(|x| once || !(x.neg == c.neg && s.same(x.term, c.term)) || std::mem::replace(&mut once, true))
                    .collect();
                s.sum(&kept)
            };
            let reason = Text::words(if c.neg { "add " } else { "subtract " }).term(c.term).and(if c.neg {
                " to both sides"
            } else {
                " from both sides"
            });
            return self.push(s.rel(RelOp::Eq, without(&xs), without(&ys)), &Link::Scaled(s.int(1)), reason);
        }
        self.polynomial(l, r)
    }
}

fn is_root(s: &gradus_term::Store, t: Id) -> bool {
    matches!(s.node(t), Node::Call(f, _) if s.prim(*f) == Some(Prim::Sqrt))
}
