//! From a raw result to the form a person would leave: deltas collapsed, names folded back, terms collected.
//!
//! Every form is a candidate until the readability table ([`crate::cost`]) prefers it; every line is a step the kernel
//! checks. `expect` is not read here: the same form comes out without it.

mod signs;

use crate::arrange::Order;
use crate::cost::cost;
use crate::draft::{everywhere, Draft};
use crate::fold::Instance;
use crate::polish::{differences, polish};
use crate::tidy::{factors, summands, tidy};
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{BigOp, Domain, Id, Node, Position, Prim, Summand, VarKind};

pub(crate) use signs::{minus_inside, positive_first_parts, positive_order};

/// Rounds of choosing a better form.
const ROUNDS: usize = 6;
/// How much dearer a fraction may be with what its numerator shares taken out.
const SHARED: u32 = 3;

impl<'s> Engine<'s> {
    /// Brings the current term into its most readable form, a line a move.
    pub(crate) fn simplify(&self, d: &mut Draft<'s>, instances: &[Instance]) {
        if self.store.exhausted() {
            return;
        }
        self.equal_terms_of_sums(d);
        d.tidy();
        self.collect_like(d);
        d.line(Detail::Textbook);
        self.rounds(d, instances, false);
        if calls_for_rules(self.store, d.current()) {
            self.by_rules(d);
            // Tangents and secants become sines and cosines where their own identities do not help.
            self.rounds(d, instances, true);
        }
        self.excluded_terms(d);
        d.line(Detail::Brief);
        let order = self.order(d);
        let last = order.arrange(positive_order(self.store, d.current()));
        d.reorder(minus_inside(self.store, last).unwrap_or(last));
    }
    /// Moves until none is left, `converting` from some circular functions to others, or not.
    fn rounds(&self, d: &mut Draft<'s>, instances: &[Instance], converting: bool) {
        // The terms that rounds ended in, with the steps up to there: moves that lead back to one of them lead nowhere.
        let mut ends: Vec<(Id, usize)> = vec![(d.current(), d.len())];
        for _ in 0..ROUNDS {
            let before = d.len();
            if self.collapse_deltas(d) {
                d.tidy();
                d.line(Detail::Textbook);
            }
            self.sums_settled(d);
            if self.join_powers(d) {
                d.line(Detail::Textbook);
            }
            self.fractions_in_fractions(d, instances);
            if self.fold(d, instances) {
                d.tidy();
                d.line(Detail::Textbook);
            }
            if self.guards_left_out(d, instances) {
                d.tidy();
            }
            self.conditions_shortened(d);
            self.collect_like(d);
            let shut = d.len();
            while self.constants_out_of_sums(d) || self.known_sums(d) || self.known_powers(d) {}
            d.tidy();
            if d.len() > shut {
                d.line(Detail::Textbook);
                if self.fold(d, instances) {
                    d.tidy();
                }
            }
            if self.split_sums_over(d) {
                d.tidy();
                continue;
            }
            d.line(Detail::Textbook);
            self.better_form(d, converting);
            self.names_that_cancel(d);
            self.inner_forms(d);
            if d.len() == before {
                break;
            }
            let now = d.current();
            if let Some(k) = ends.iter().position(|(t, _)| self.store.same(*t, now)) {
                let shortest = ends.iter().skip(k).min_by_key(|(t, _)| cost(self.store, *t));
                shortest.into_iter().for_each(|(_, steps)| d.truncate(*steps));
                break;
            }
            ends.push((now, d.len()));
        }
    }
    /// The order that the problem and the lines so far suggest.
    pub(crate) fn order(&self, d: &Draft<'s>) -> Order<'s> {
        let lines = d.proof.steps().iter().map(|st| st.after);
        Order::of(self.store, &std::iter::once(d.proof.start()).chain(lines).collect::<Vec<_>>())
    }

    /// Sums that are known, before anything is done to what stands around them.
    fn sums_settled(&self, d: &mut Draft<'s>) {
        let before = d.len();
        let mut known = false;
        while self.constants_out_of_sums(d) || self.known_sums(d) {
            known = known || d.proof.steps().last().is_some_and(|st| st.rule == "sums.known");
        }
        if known {
            d.tidy();
            d.line(Detail::Textbook);
        } else {
            d.truncate(before);
        }
    }
    /// `(δ √v − u w/√v)/v` as `1/√v (δ − u w/v)`: a fraction with fractions above its line is settled before names are looked for in it.
    fn fractions_in_fractions(&self, d: &mut Draft<'s>, instances: &[Instance]) {
        let s = self.store;
        let nested = |n: &Node| matches!(n, Node::Quot(..)) && crate::fold::settled_fraction(s, s.intern(n.clone())).is_some();
        if s.any_subterm(d.current(), &mut |n| nested(n)) {
            self.fold_roots(d, instances);
        }
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..))) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            // Of the whole the better forms are looked at anyway.
            let cancelled = || crate::fold::cancelled_in_terms(s, f.part).filter(|_| !path.is_empty());
            let Some(new) = crate::fold::settled_fraction(s, f.part).or_else(cancelled) else { continue };
            if d.recompute(&pos, &f, new, "algebra.factor", Text::words("factor and cancel"), Weight::Main).is_ok() {
                d.line(Detail::Textbook);
                return;
            }
        }
    }
    /// `u/(D² q)` as `u/D` for a name `q = 1/D`: a name below a fraction line is put in where it cancels.
    fn names_that_cancel(&self, d: &mut Draft<'s>) {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Quot(..))) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Quot(a, b) = *s.node(f.part) else { continue };
            let below = factors(s, b);
            let named = below.iter().find_map(|x| match s.node(*x) {
                Node::Call(g, xs) if !s.fun(*g).library => Some((*x, *g, s.unfold(*g, xs)?)),
                _ => None,
            });
            let Some((name, g, body)) = named else { continue };
            let Node::Quot(n, own) = *s.node(body) else { continue };
            let base = |x: Id| if let Node::Pow(b, _) = s.node(x) { *b } else { x };
            let shared = factors(s, own).iter().any(|x| below.iter().any(|y| s.same(base(*x), base(*y))));
            let rest: Vec<Id> = below.iter().copied().filter(|x| *x != name).chain([n]).collect();
            let new = tidy(s, s.quot(s.mul(a, own), s.product(&rest)));
            if shared && cost(s, new) < cost(s, f.part) {
                let reason = self.definition_reason(g);
                if d.recompute(&pos, &f, new, "definition.unfold", reason, Weight::Main).is_ok() {
                    d.line(Detail::Textbook);
                    return;
                }
            }
        }
    }
    /// Under a sum over a range the shortest form of the summand.
    fn inner_forms(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        // The entry of a tensor is read as a matrix, from the form at hand unless much of it cancels.
        let read = s.free_vars(d.current()).iter().any(|v| s.var(*v).kind == VarKind::Opened);
        let shorter = |new: u32, old: u32| if read { 3 * new < 2 * old } else { new + 1 < old };
        let order = self.order(d);
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, .. })) {
            let pos = gradus_term::Position::at(&path).child(0);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let facts = d.proof.facts_at(&f);
            let sums = s.any_subterm(f.part, &mut |n| matches!(n, Node::Sum(_)));
            if !sums || !s.sort(f.part).is_scalar() {
                continue;
            }
            let best = self
                .forms(&facts, f.part)
                .into_iter()
                .chain(crate::fold::common_factors(s, f.part))
                .map(|t| order.arrange(positive_order(s, t)))
                .filter(|t| keeps_squares(s, f.part, *t))
                .min_by_key(|t| cost(s, *t));
            let Some(best) = best.filter(|t| shorter(cost(s, *t), cost(s, order.arrange(f.part)))) else { continue };
            if d.recompute(&pos, &f, best, "algebra.inside", Text::words("collect inside the sum"), Weight::Main).is_ok() {
                d.line(Detail::Textbook);
                return true;
            }
        }
        false
    }

    /// `y²` as 1 for a label y that is 1 or −1; whether any was.
    fn known_powers(&self, d: &mut Draft<'s>) -> bool {
        let s = self.store;
        let listed = |n: &Node| match n {
            Node::Pow(b, k) => {
                let base = match s.node(*b) {
                    Node::Entry(t, _) => *t,
                    _ => *b,
                };
                let listed = matches!(s.node(base), Node::Var(v) if matches!(s.var(*v).domain, Domain::Finite(_)));
                listed && s.as_rational(*k).is_some()
            }
            _ => false,
        };
        for path in everywhere(s, d.current(), &listed) {
            let pos = gradus_term::Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let one = s.int(1);
            if d.proof.facts_at(&f).equal(f.part, one) != gradus_decide::Equality::Proved {
                continue;
            }
            let reason = Text::default().term(s.rel(gradus_term::RelOp::Eq, f.part, one));
            if d.recompute(&pos, &f, one, "powers.known", reason, Weight::Main).is_ok() {
                return true;
            }
        }
        false
    }

    /// `β + β` as `2 β`, wherever summands are alike but for a number.
    fn collect_like(&self, d: &mut Draft<'s>) {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Sum(xs) if xs.len() > 1)).into_iter().rev() {
            let pos = gradus_term::Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let new = crate::arrange::collected(s, f.part).or_else(|| self.sizes_of_signs(f.part));
            if let Some(new) = new {
                // A form the kernel does not accept is not used.
                let _ = d.recompute(&pos, &f, new, "algebra.collect", Text::words("collect"), Weight::Small);
            }
        }
        d.tidy();
    }

    /// `1 + |x| − x sgn x` as 1: a sum in which a size meets a number with its sign.
    fn sizes_of_signs(&self, sum: Id) -> Option<Id> {
        let s = self.store;
        let Node::Sum(xs) = s.node(sum) else { return None };
        let argument = |t: Id, p: Prim| match s.node(t) {
            Node::Call(g, us) if s.prim(*g) == Some(p) => us.first().copied(),
            _ => None,
        };
        // u sgn u is |u|.
        let size = |t: Id| {
            let mut fs = factors(s, t);
            let (k, u) = fs.iter().enumerate().find_map(|(k, f)| Some((k, argument(*f, Prim::Sign)?)))?;
            let i = fs.iter().position(|f| s.same(*f, u))?;
            *fs.get_mut(i)? = s.prim_call(Prim::Abs, &[u]);
            fs.remove(k);
            Some(s.product(&fs))
        };
        if !xs.iter().any(|x| size(x.term).is_some()) {
            return None;
        }
        let with_sizes = s.sum(&xs.iter().map(|x| Summand { neg: x.neg, term: size(x.term).unwrap_or(x.term) }).collect::<Vec<_>>());
        crate::arrange::collected(s, with_sizes).map(|t| tidy(s, t)).filter(|t| cost(s, *t) + 1 < cost(s, sum))
    }

    /// `Σ (u + u)` as `2 Σ u`, where the product rule left both terms of a square.
    fn equal_terms_of_sums(&self, d: &mut Draft<'s>) {
        let s = self.store;
        for path in everywhere(s, d.current(), &|n| matches!(n, Node::Big { op: BigOp::Sum, .. })) {
            let pos = Position::at(&path);
            let Ok(f) = d.proof.focus(&pos) else { continue };
            let Node::Big { body, .. } = s.node(f.part) else { continue };
            let terms = summands(s, *body);
            let Some((first, rest)) = terms.split_first().filter(|(_, rest)| !rest.is_empty()) else { continue };
            if !rest.iter().all(|x| x.neg == first.neg && gradus_kernel::rearranged(s, x.term, first.term)) {
                continue;
            }
            let mut one = s.node(f.part).clone();
            if let Node::Big { body, .. } = &mut one {
                *body = s.sum(&[*first]);
            }
            let count = s.int(i64::try_from(terms.len()).unwrap_or(1));
            let new = tidy(s, s.mul(count, s.intern(one)));
            if d.recompute(&pos, &f, new, "sum.equal_terms", Text::words("the terms are equal"), Weight::Main).is_ok() {
                d.tidy();
                d.line(Detail::Textbook);
                return;
            }
        }
    }

    /// The forms of a term: expanded, over one denominator, factored. Each is equal where all are defined; the kernel
    /// checks whichever is used.
    pub(crate) fn forms(&self, facts: &Facts<'s>, t: Id) -> Vec<Id> {
        [facts.expand(t), facts.together(t), facts.factor(t)].into_iter().flatten().map(|x| tidy(self.store, x)).collect()
    }

    /// The forms of a term, and the same with what stands below in factors: `1/(‖s‖ (1 + ‖s‖²)²)`.
    pub(crate) fn forms_below(&self, facts: &Facts<'s>, t: Id) -> Vec<Id> {
        let s = self.store;
        let below = |x: &Id| match s.node(*x) {
            Node::Quot(a, b) => facts.factor(*b).map(|b| tidy(s, s.quot(*a, b))),
            _ => None,
        };
        let forms = self.forms(facts, t);
        let factored: Vec<Id> = forms.iter().filter_map(below).collect();
        forms.into_iter().chain(factored).collect()
    }

    /// One better form, if there is one: by distributing and cancelling, expanding, a common denominator, or factoring.
    fn better_form(&self, d: &mut Draft<'s>, converting: bool) {
        let s = self.store;
        let now = d.current();
        if s.sort(now).is_tensor() {
            return;
        }
        let facts = d.proof.facts().clone();
        let same_functions = |c: &crate::fold::Circular| functions_in(s, c.plain) == functions_in(s, now);
        let circular = crate::fold::circular(self, &facts, now).filter(|c| converting || same_functions(c));
        // What all terms above a fraction line share.
        let above = |t: Id| match s.node(crate::tidy::unsign(s, t).1) {
            Node::Quot(a, b) if !s.any_subterm(*a, &mut |n| matches!(n, Node::Quot(..))) => {
                crate::fold::common_factors(s, facts.expand(*a)?).map(|a| s.quot(a, *b))
            }
            _ => None,
        };
        let signed = |u: Id, t: Id| if crate::tidy::unsign(s, t).0 { s.neg(u) } else { u };
        // Over one denominator, which stays as it is, with a factored numerator.
        let factored_above = |t: Id| match s.node(crate::tidy::unsign(s, t).1) {
            Node::Quot(a, b) => facts.factor(*a).map(|a| signed(s.quot(a, *b), t)),
            _ => None,
        };
        let expanded = facts.expand(now);
        let named: [(&str, &str, Option<Id>); 11] = [
            ("algebra.factor", "factor", crate::fold::common_factors(s, now)),
            ("algebra.factor", "factor", plain_factors(s, now)),
            ("algebra.factor", "factor", crate::fold::common_power(&facts, now)),
            ("algebra.factor", "factor", crate::fold::common_roots(s, now)),
            ("algebra.expand", "expand and collect", expanded),
            ("algebra.together", "common denominator", crate::fold::over_one_denominator(s, now)),
            ("algebra.together", "common denominator", facts.together(now)),
            ("algebra.factor", "factor", facts.factor(now)),
            ("algebra.factor", "factor", above(now).map(|u| signed(u, now))),
            ("algebra.expand", "expand and collect", Some(now)),
            ("algebra.together", "common denominator", facts.together(now).and_then(factored_above)),
        ];
        let seen: Vec<Id> = d.proof.steps().iter().rev().map(|st| st.after).chain([d.proof.start()]).take(8).collect();
        let around = differences(s, &seen);
        let order = self.order(d);
        // Putting in order comes last, and without a word.
        let in_order = order.arrange(positive_order(s, now));
        let mut better: Vec<(&str, &str, Id)> = named
            .into_iter()
            .chain(circular.iter().flat_map(|c| c.forms.iter().map(|t| ("algebra.circular", c.words.1, Some(*t)))))
            .filter_map(|(n, w, t)| t.map(|t| (n, w, order.arrange(positive_order(s, polish(&facts, &around, tidy(s, t)))))))
            .filter(|(_, _, t)| !s.same(*t, in_order))
            // A number taken out of a bracket is not worth a line.
            .filter(|(_, _, t)| !gradus_kernel::rearranged(s, number_in(s, *t), now))
            // An exponential that stands as one is not taken apart.
            .filter(|(_, _, t)| exponentials(s, *t) <= exponentials(s, now))
            .filter(|(_, _, t)| cost(s, *t) + 1 < cost(s, now) && keeps_squares(s, now, *t))
            .collect();
        better.sort_by_key(|(_, _, t)| cost(s, *t));
        for (name, words, best) in better {
            // `(k + 1) x/(k + x²)` rather than `(k x + x)/(k + x²)`.
            let in_factors = matches!(s.node(crate::tidy::unsign(s, best).1), Node::Quot(a, _) if matches!(s.node(*a), Node::Product(_)));
            let shared = above(best).filter(|_| !in_factors).map(|u| order.arrange(positive_order(s, tidy(s, signed(u, best)))));
            let grouped = || brackets_collected(s, best).map(|t| order.arrange(t));
            let best = shared.or_else(grouped).filter(|t| cost(s, *t) <= cost(s, best) + SHARED).unwrap_or(best);
            // Other functions are put in terms of two before these are used.
            let before = d.len();
            let plain = circular.as_ref().filter(|c| name == "algebra.circular" && !s.same(c.plain, best));
            if let Some(c) = plain.filter(|c| !same_functions(c)) {
                // A line that is not accepted is left out.
                let _ = d.rewrite(c.plain, "algebra.circular", Text::words(c.words.0), Weight::Main);
                d.line(Detail::Textbook);
            }
            let assumes = d.proof.steps().iter().skip(before).any(|st| !st.assumes.is_empty());
            if !assumes && self.take_form(d, name, words, best) {
                return;
            }
            d.truncate(before);
        }
    }

    /// Goes to a better form, with the line between where factors cancel term by term; whether it was reached without an
    /// assumption.
    fn take_form(&self, d: &mut Draft<'s>, name: &str, words: &str, best: Id) -> bool {
        let s = self.store;
        let before = d.len();
        if let Some(step) = distribute_and_cancel(s, d.current()).map(|t| tidy(s, t)).filter(|t| !s.same(*t, best)) {
            if d.rewrite(step, "algebra.distribute", Text::words("distribute and cancel"), Weight::Main).is_ok() {
                d.line(Detail::Textbook);
            }
        }
        // After distributing, what is left may be no more than expanding.
        let expands =
            d.len() > before && d.proof.facts().expand(d.current()).is_some_and(|t| gradus_kernel::rearranged(s, tidy(s, t), best));
        let below = |t: Id| match s.node(crate::tidy::unsign(s, t).1) {
            Node::Quot(_, b) => Some(*b),
            _ => None,
        };
        let cancels = below(d.current()).is_some() && below(best).is_none();
        let (name, words) = match (name, expands) {
            (_, true) => ("algebra.expand", "expand and collect"),
            ("algebra.factor" | "algebra.together", _) if cancels => ("algebra.factor", "factor and cancel"),
            _ => (name, words),
        };
        let made = d.rewrite(best, name, Text::words(words), Weight::Main).is_ok();
        if !made || d.proof.steps().iter().skip(before).any(|st| !st.assumes.is_empty()) {
            d.truncate(before);
            return false;
        }
        d.line(Detail::Textbook);
        true
    }
}

/// `u (x p δ − x p q)` as `u x (p δ − p q)`: the names that all summands of a product's bracket share, before it.
fn plain_factors(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let (neg, core) = crate::tidy::unsign(s, t);
    let mut fs = factors(s, core);
    let k = fs.iter().position(|f| matches!(s.node(*f), Node::Sum(xs) if xs.len() > 1)).filter(|_| fs.len() > 1)?;
    let plain = |f: Id| match s.node(f) {
        Node::Var(_) | Node::Index(_) => true,
        Node::Entry(t, _) => matches!(s.node(*t), Node::Var(_)),
        _ => false,
    };
    let inner = crate::fold::common_factors_that(s, *fs.get(k)?, &plain)?;
    fs.splice(k..=k, factors(s, inner));
    let new = s.product(&fs);
    Some(if neg { s.neg(new) } else { new })
}

/// `2 (a + b)/c` as `(2 a + 2 b)/c`.
fn number_in(s: &gradus_term::Store, t: Id) -> Id {
    let (neg, core) = crate::tidy::unsign(s, t);
    let (top, below) = match s.node(core) {
        Node::Quot(a, b) => (*a, Some(*b)),
        _ => (core, None),
    };
    let Node::Product(xs) = s.node(top) else { return t };
    let [q, sum] = xs.as_ref() else { return t };
    if s.as_rational(*q).is_none() || !matches!(s.node(*sum), Node::Sum(_)) {
        return t;
    }
    let terms: Vec<Summand> =
        summands(s, *sum).into_iter().map(|x| Summand { neg: x.neg != neg, term: tidy(s, s.mul(*q, x.term)) }).collect();
    below.map_or(s.sum(&terms), |b| s.quot(s.sum(&terms), b))
}

/// Whether rules of the rulebook may shorten a term that the normal form cannot: fractions of trigonometric and hyperbolic
/// functions, rectifiers beside brackets, `1 − σ(−u)`.
fn calls_for_rules(s: &gradus_term::Store, t: Id) -> bool {
    let called = |n: &Node, names: &[&str]| matches!(n, Node::Call(f, _) if names.contains(&s.fun(*f).name.as_str()));
    let trigonometric = ["sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "sech"];
    let turned = |n: &Node| match n {
        Node::Call(f, xs) => s.fun(*f).name == "sigmoid" && xs.first().is_some_and(|x| crate::tidy::unsign(s, *x).0),
        _ => false,
    };
    // Over a number, nothing cancels.
    let fractions = everywhere(s, t, &|n| matches!(n, Node::Quot(_, b) if s.as_rational(*b).is_none())).into_iter();
    let parts = fractions.filter_map(|p| s.focus(t, &gradus_term::Position::at(&p)).ok()).map(|f| f.part);
    let in_fraction = parts.into_iter().any(|q| everywhere(s, q, &|n| called(n, &trigonometric)).len() > 1);
    let one_less = |n: &Node| matches!(n, Node::Sum(xs) if xs.len() == 2 && xs.iter().any(|x| turned(s.node(x.term))));
    let guarded = s.any_subterm(t, &mut |n| called(n, &["relu"])) && s.any_subterm(t, &mut |n| matches!(n, Node::Iverson(_)));
    in_fraction || guarded || s.any_subterm(t, &mut |n| one_less(n))
}

/// `(1 − ε) δ_{jc}` for `δ_{jc} − ε δ_{jc}`: the summands with the same bracket together.
fn brackets_collected(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let Node::Sum(xs) = s.node(t) else { return None };
    let bracket = |x: &Summand| factors(s, x.term).into_iter().find(|f| matches!(s.node(*f), Node::Iverson(_)));
    let (k, of) = xs.iter().enumerate().find_map(|(k, x)| {
        let of = bracket(x)?;
        xs.iter().skip(k + 1).any(|y| bracket(y) == Some(of)).then_some((k, of))
    })?;
    let (own, others): (Vec<Summand>, Vec<Summand>) = xs.iter().partition(|x| bracket(x) == Some(of));
    let neg = own.first().is_some_and(|x| x.neg);
    let rest = |x: &Summand| {
        let left: Vec<Id> = factors(s, x.term).into_iter().filter(|f| *f != of).collect();
        Summand { neg: x.neg != neg, term: s.product(&left) }
    };
    let together = Summand { neg, term: s.product(&[s.sum(&own.iter().map(rest).collect::<Vec<_>>()), of]) };
    let mut all = others;
    all.insert(k.min(all.len()), together);
    Some(s.sum(&all))
}

/// The functions that are written, each once, in the order of their numbers.
fn functions_in(s: &gradus_term::Store, t: Id) -> std::collections::BTreeSet<gradus_term::FnId> {
    let mut out = std::collections::BTreeSet::new();
    s.any_subterm(t, &mut |n| {
        if let Node::Call(f, _) = n {
            out.insert(*f);
        }
        false
    });
    out
}

/// Whether the squares of differences in a term stand in another form of it, too, or that is much shorter: `(x − μ)² − s²` is not taken
/// apart into factors, `x² − (x − 1)²` is multiplied out.
fn keeps_squares(s: &gradus_term::Store, old: Id, new: Id) -> bool {
    let square = |n: &Node| match n {
        Node::Pow(b, k) => matches!(s.node(*b), Node::Sum(xs) if xs.len() == 2) && s.as_rational(*k) == Some(gradus_term::Rat::int(2)),
        _ => false,
    };
    let kept = |path: &Vec<u32>| {
        let Ok(Node::Pow(b, _)) = s.focus(old, &Position::at(path)).map(|f| s.node(f.part)) else { return true };
        let turned: Vec<Summand> = summands(s, *b).iter().map(|x| Summand { neg: !x.neg, term: x.term }).collect();
        let turned = [*b, s.sum(&turned)];
        let there = |n: &Node| {
            turned.iter().any(|b| {
                std::mem::discriminant(s.node(*b)) == std::mem::discriminant(n) && gradus_kernel::rearranged(s, *b, s.intern(n.clone()))
            })
        };
        s.loose(*b) > 0 || s.any_subterm(new, &mut |n| there(n))
    };
    3 * cost(s, new) < 2 * cost(s, old) || everywhere(s, old, &square).iter().all(kept)
}

/// How many exponentials are written.
fn exponentials(s: &gradus_term::Store, t: Id) -> usize {
    everywhere(s, t, &|n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Exp))).len()
}

/// `(−y/σ + (1−y)/(1−σ)) σ (1−σ)` as `−y (1−σ) + (1−y) σ`: a product with a sum of fractions whose denominators the other
/// factors cancel, multiplied out term by term. `None` if nothing cancels.
fn distribute_and_cancel(s: &gradus_term::Store, t: Id) -> Option<Id> {
    let fs = factors(s, t);
    let k = fs.iter().position(|f| matches!(s.node(*f), Node::Sum(xs) if xs.iter().any(|x| matches!(s.node(x.term), Node::Quot(..)))))?;
    let sum = *fs.get(k)?;
    let others: Vec<Id> = fs.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, f)| *f).collect();
    let mut cancelled = false;
    let terms: Vec<Summand> = summands(s, sum)
        .into_iter()
        .map(|x| {
            let (num, den) = match s.node(x.term) {
                Node::Quot(a, b) => (*a, factors(s, *b)),
                _ => (x.term, Vec::new()),
            };
            let mut rest = others.clone();
            let den: Vec<Id> = den
                .into_iter()
                .filter(|q| match rest.iter().position(|r| s.same(*r, *q)) {
                    Some(i) => {
                        rest.remove(i);
                        cancelled = true;
                        false
                    }
                    None => true,
                })
                .collect();
            let mut tops = factors(s, num);
            tops.extend(rest);
            let top = s.product(&tops);
            Summand { neg: x.neg, term: if den.is_empty() { top } else { s.quot(top, s.product(&den)) } }
        })
        .collect();
    cancelled.then(|| s.sum(&terms))
}
