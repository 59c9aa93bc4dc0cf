//! Identities of sines and cosines shown as on paper: compound angles by the addition formulas, known values, products multiplied out,
//! and at last the squares of one function by those of the other. Hyperbolic functions likewise.
//!
//! Every line is only proposed: the kernel recomputes it.

mod units;

use super::passes::Pass;
use super::sides::joined;
use crate::cost::cost;
use crate::draft::Draft;
use crate::moves::fractions::{flat, unflat, Flat};
use crate::moves::Depth;
use crate::tidy::{factors, summands, tidy, unsign};
use crate::walk::Walk;
use crate::Engine;
use gradus_decide::Facts;
use gradus_kernel::{Ground, Text, Weight};
use gradus_term::{FnId, Id, Node, Position, Prim, Store, Summand};
use units::Units;

/// Angles halved one after the other.
const DOUBLINGS: usize = 4;
/// Powers of a sine or cosine that are replaced.
const POWERS: i64 = 12;
/// Laws of squares used one after the other.
const LAWS: usize = 4;
/// The rules about squares, and whether they are read backwards.
const SQUARES: [(&str, bool); 9] = [
    ("algebra.difference_of_squares", true),
    ("power.difference_of_fourth_powers", false),
    ("trig.pythagoras", false),
    ("trig.sine_squared", false),
    ("trig.cosine_squared", false),
    ("hyperbolic.pythagoras", false),
    ("hyperbolic.cosine_squared", false),
    ("hyperbolic.sine_squared", false),
    ("trig.cosine_of_double", true),
];
/// How much wider than three times the sides a line may be.
const WIDTH: u32 = 30;

/// Which pair of functions, and which law their squares obey.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Circular,
    Hyperbolic,
}

/// A way of taking both sides down.
#[derive(Clone, Copy)]
enum Way {
    /// Products of two functions by sums.
    Products,
    /// Compound angles apart.
    Angles,
    /// … and the laws of squares where they stand.
    Laws,
    /// … and the squares of the sine by those of the cosine, or (`true`) the other way.
    Squares(bool),
    /// … after a fraction is multiplied above and below so that its denominator becomes a difference of squares, and then their laws.
    Conjugate,
}

impl Way {
    const ALL: [Way; 6] = [Way::Products, Way::Angles, Way::Laws, Way::Squares(false), Way::Squares(true), Way::Conjugate];
}

/// Connects two equal terms in sines and cosines, if there are any, by the way with the fewest lines.
pub(super) fn by_angles<'s>(e: &Engine<'s>, a: Id, b: Id, givens: &[Id]) -> Option<Draft<'s>> {
    let s = e.store;
    let (x, y) = (in_two_functions(e, a, givens)?, in_two_functions(e, b, givens)?);
    let facts = x.d.proof.facts().clone();
    let terms = [x.d.current(), y.d.current()];
    let angles: Vec<Id> = terms.into_iter().flat_map(|t| arguments(e, t)).collect();
    let units = Units::of(s, &facts, &angles)?;
    let widest = 3 * terms.into_iter().map(|t| cost(s, t)).max().unwrap_or(0) + WIDTH;
    let found = Way::ALL.into_iter().filter_map(|way| {
        let walk = |t: Id| {
            let mut w = in_two_functions(e, t, givens)?;
            match way {
                Way::Products => e.products_as_sums(&mut w),
                _ => {
                    if matches!(way, Way::Conjugate) {
                        e.times_conjugate(&mut w);
                    }
                    e.take_angles_apart(&mut w, &units);
                    e.functions_of_inverses(&mut w);
                }
            }
            if !matches!(way, Way::Conjugate) {
                e.take_down(&mut w, Depth::Entries);
            }
            match way {
                Way::Laws | Way::Conjugate => e.laws_of_squares(&mut w),
                Way::Squares(of_cosine) => e.squares_replaced(&mut w, of_cosine),
                Way::Products | Way::Angles => return Some(w),
            }
            e.take_down(&mut w, Depth::Entries);
            e.number_cancelled(&mut w);
            Some(w)
        };
        let d = joined(e, walk(a)?, &walk(b)?, false)?;
        let narrow = d.proof.steps().iter().all(|st| cost(s, st.after) <= widest);
        narrow.then(|| (d.chain(e.detail()).lines.len(), d))
    });
    found.min_by_key(|(lines, _)| *lines).map(|(_, d)| d)
}

/// A term with tangents, secants and their kin by sines and cosines.
fn in_two_functions<'s>(e: &Engine<'s>, t: Id, givens: &[Id]) -> Option<Walk<'s>> {
    let mut w = Walk::new(Draft::new(e.prover, t, givens));
    let (new, names) = opened(e, t);
    if !e.store.same(new, t) {
        let words = if names.len() > 1 { "definitions of " } else { "definition of " };
        let reason = Text::words(format!("{words}{}", names.join(" and ")));
        w.d.rewrite(new, "definition.unfold", reason.clone(), Weight::Main).ok()?;
        // A fraction with fractions in it is seen as it is, and cleared as one line.
        if e.has_nested_fraction(&w.d) {
            w.stop_as_it_is(reason);
        } else {
            w.stop(reason);
        }
    }
    Some(w)
}

impl<'s> Engine<'s> {
    /// `sin(u + v)` as `sin u cos v + cos u sin v`, and so on, in one line; known values in the next.
    fn take_angles_apart(&self, w: &mut Walk<'s>, units: &Units) {
        let s = self.store;
        for _ in 0..DOUBLINGS {
            let mut said: Vec<&str> = Vec::new();
            let new = expanded(self, w.d.current(), units, &mut said);
            if said.is_empty() {
                break;
            }
            let reason = Text::words(said.join("; "));
            if w.d.rewrite(tidy(s, new), "trig.angles", reason.clone(), Weight::Main).is_err() {
                return;
            }
            w.stop(reason);
        }
        let known = Pass::Values.apply(s, w.d.current());
        if !s.same(known, w.d.current()) && w.d.rewrite(known, "values.exact", Text::words("known values"), Weight::Main).is_ok() {
            w.stop(Text::words("known values"));
        }
    }
    /// `cos(arctan x)` as `1/√(1 + x²)`, and so on.
    fn functions_of_inverses(&self, w: &mut Walk<'s>) {
        let s = self.store;
        let inverse = |n: &Node| matches!(n, Node::Call(f, _) if matches!(s.prim(*f), Some(Prim::Asin | Prim::Acos | Prim::Atan)));
        let of_inverse = |n: &Node| function(self, n).is_some_and(|x| inverse(s.node(x.2)));
        let mut words: Vec<String> = Vec::new();
        for path in crate::draft::everywhere(s, w.d.current(), &of_inverse) {
            let pos = Position::at(&path);
            let Ok(f) = w.d.proof.focus(&pos) else { continue };
            let trig = self.rules.for_head(s, f.part).filter(|r| r.name.starts_with("trig."));
            let found = trig.into_iter().find_map(|r| {
                let hit =
                    crate::matching::rewrite(s, r, f.part, false).into_iter().find(|(_, new)| !s.any_subterm(*new, &mut |n| inverse(n)))?;
                Some((r, hit))
            });
            let Some((rule, (m, new))) = found else { continue };
            let ground = Ground::Instance { rule: rule.name.clone(), backward: false, subst: m.subst };
            let made = w.d.step(&pos, &f, ground, new, &rule.name, Text::words(rule.short.clone()), Weight::Main).is_ok();
            if made && !words.contains(&rule.short) {
                words.push(rule.short.clone());
            }
        }
        w.stop_as_it_is(Text::words(words.join("; ")));
    }
    /// `a/(u − v)` as `a (u + v)/((u − v)(u + v))`.
    fn times_conjugate(&self, w: &mut Walk<'s>) {
        let s = self.store;
        let Node::Quot(a, b) = *s.node(w.d.current()) else { return };
        let xs = summands(s, b);
        let [x, y] = *xs.as_slice() else { return };
        if ![x, y].iter().any(|x| s.any_subterm(x.term, &mut |n| function(self, n).is_some())) {
            return;
        }
        let by = s.sum(&[x, Summand { neg: !y.neg, term: y.term }]);
        // `1 + cos x` stays as it is read.
        let by = if x.neg { s.neg(by) } else { by };
        let above = if s.same(a, by) { s.pow(a, s.int(2)) } else { tidy(s, s.product(&[a, by])) };
        let new = s.quot(above, s.product(&[b, by]));
        let reason = Text::words("multiply numerator and denominator by ").term(by);
        if w.d.rewrite(new, "fraction.expand", reason, Weight::Main).is_ok() {
            w.stop_as_it_is(Text::words("cancel ").term(by));
        }
    }
    /// `sin² u + cos² u` as 1, `1 − sin² u` as `cos² u`, and products of sum and difference before that.
    fn laws_of_squares(&self, w: &mut Walk<'s>) {
        let s = self.store;
        for _ in 0..LAWS {
            let before = w.d.len();
            for (name, backward) in SQUARES {
                let Some(rule) = self.rules.get(name) else { continue };
                let whole = |n: &Node| matches!(n, Node::Sum(_) | Node::Product(_));
                let hit = crate::draft::everywhere(s, w.d.current(), &whole).into_iter().find_map(|path| {
                    let f = w.d.proof.focus(&Position::at(&path)).ok().filter(|f| f.opened.is_empty())?;
                    let functions = |t: Id| s.any_subterm(t, &mut |n| function(self, n).is_some());
                    let (m, new) = crate::matching::rewrite(s, rule, f.part, backward).into_iter().next().filter(|_| functions(f.part))?;
                    Some((Position { path, operands: m.operands }, m.subst, new))
                });
                let Some((pos, subst, new)) = hit else { continue };
                let Ok(f) = w.d.proof.focus(&pos) else { continue };
                let ground = Ground::Instance { rule: rule.name.clone(), backward, subst };
                let (short, back) = (rule.short.clone(), self.rules.note(name).and_then(|n| n.back.clone()));
                let (down, up) =
                    if backward { (back.unwrap_or_else(|| short.clone()), short) } else { (short.clone(), back.unwrap_or(short)) };
                if w.d.step(&pos, &f, ground, new, name, Text::words(down), Weight::Main).is_ok() {
                    w.stop(Text::words(up));
                }
            }
            if w.d.len() == before {
                return;
            }
        }
    }
    /// `(8 a − 8 b)/8` as `a − b`.
    fn number_cancelled(&self, w: &mut Walk<'s>) {
        let s = self.store;
        let Node::Quot(a, b) = *s.node(w.d.current()) else { return };
        let Some(q) = s.as_rational(b) else { return };
        let each: Vec<Summand> = summands(s, a).iter().map(|x| Summand { term: tidy(s, s.quot(x.term, b)), ..*x }).collect();
        if each.iter().any(|x| matches!(s.node(x.term), Node::Quot(..))) || each.len() < 2 {
            return;
        }
        let words = Text::words("cancel ").term(s.rational(&q));
        if w.d.rewrite(s.sum(&each), "fraction.cancel", words, Weight::Main).is_ok() {
            w.stop(Text::words("one fraction"));
        }
    }
    /// Even powers of the sine by the cosine, or of the cosine by the sine.
    fn squares_replaced(&self, w: &mut Walk<'s>, of_cosine: bool) {
        let s = self.store;
        let mut kinds = Vec::new();
        let new = tidy(s, replaced(self, w.d.current(), of_cosine, &mut kinds));
        let words = if kinds.contains(&Kind::Circular) { "sine and cosine" } else { "cosh and sinh" };
        if !kinds.is_empty() && w.d.rewrite(new, "trig.pythagoras", Text::words(words), Weight::Main).is_ok() {
            w.stop(Text::words(words));
        }
    }
    /// `sin u cos v` as `(sin(u + v) + sin(u − v))/2`, and so on.
    fn products_as_sums(&self, w: &mut Walk<'s>) {
        let s = self.store;
        let facts = w.d.proof.facts().clone();
        let new = as_sums(self, &facts, w.d.current());
        if !s.same(new, w.d.current()) && w.d.rewrite(tidy(s, new), "trig.product", Text::words("products as sums"), Weight::Main).is_ok() {
            w.stop(Text::words("sums as products"));
        }
    }
}

/// Products of two sines or cosines of different angles, by sums (Abramowitz and Stegun, 4.3.31–33).
fn as_sums(e: &Engine<'_>, facts: &Facts<'_>, t: Id) -> Id {
    let s = e.store;
    let sum_of = |x: Id, y: Id| {
        let ((kind, c, u), (other, d, v)) = (function(e, s.node(x))?, function(e, s.node(y))?);
        if kind != other || s.same(u, v) {
            return None;
        }
        // The cosine comes second.
        let (c, d, u, v) = if c && !d { (d, c, v, u) } else { (c, d, u, v) };
        let flat = |t: Id| facts.expand(t).map_or(t, |t| crate::simplify::positive_order(s, tidy(s, t)));
        let both = [flat(s.add(u, v)), flat(s.sub(u, v))].map(|w| call(e, kind, c == d, w));
        let [Some(of_sum), Some(of_difference)] = both else { return None };
        let minus = |neg: bool, x: Id, y: Id| s.sum(&[Summand { neg: false, term: x }, Summand { neg, term: y }]);
        let above = match (c, d, kind) {
            (false, false, Kind::Circular) => minus(true, of_difference, of_sum),
            (false, false, Kind::Hyperbolic) => minus(true, of_sum, of_difference),
            (true, true, Kind::Circular) => minus(false, of_difference, of_sum),
            _ => minus(false, of_sum, of_difference),
        };
        Some(s.quot(above, s.int(2)))
    };
    s.bottom_up(t, false, &mut |t| {
        let Node::Product(xs) = s.node(t) else { return t };
        let (with, free): (Vec<Id>, Vec<Id>) = xs.iter().partition(|x| function(e, s.node(**x)).is_some());
        match *with.as_slice() {
            [x, y] => sum_of(x, y).map_or(t, |sum| tidy(s, s.product(&free.into_iter().chain([sum]).collect::<Vec<_>>()))),
            _ => t,
        }
    })
}

/// What stands inside sines and cosines.
fn arguments(e: &Engine<'_>, t: Id) -> Vec<Id> {
    let s = e.store;
    let paths = crate::draft::everywhere(s, t, &|n| function(e, n).is_some());
    let parts = paths.iter().filter_map(|p| s.focus(t, &Position::at(p)).ok()).filter(|f| f.opened.is_empty());
    parts.filter_map(|f| function(e, s.node(f.part)).map(|x| x.2)).collect()
}

/// A sine (`false`) or cosine (`true`) of which kind, and its argument.
fn function(e: &Engine<'_>, n: &Node) -> Option<(Kind, bool, Id)> {
    let s = e.store;
    let Node::Call(f, xs) = n else { return None };
    let [u] = *xs.as_ref() else { return None };
    if !s.sort(u).is_scalar() {
        return None;
    }
    match s.prim(*f) {
        Some(Prim::Sin) => Some((Kind::Circular, false, u)),
        Some(Prim::Cos) => Some((Kind::Circular, true, u)),
        _ if Some(*f) == e.rules.function("sinh") => Some((Kind::Hyperbolic, false, u)),
        _ if Some(*f) == e.rules.function("cosh") => Some((Kind::Hyperbolic, true, u)),
        _ => None,
    }
}

fn call(e: &Engine<'_>, kind: Kind, cosine: bool, u: Id) -> Option<Id> {
    let s = e.store;
    Some(match (kind, cosine) {
        (Kind::Circular, false) => s.prim_call(Prim::Sin, &[u]),
        (Kind::Circular, true) => s.prim_call(Prim::Cos, &[u]),
        (Kind::Hyperbolic, false) => s.call(e.rules.function("sinh")?, &[u]),
        (Kind::Hyperbolic, true) => s.call(e.rules.function("cosh")?, &[u]),
    })
}

/// Tangents, secants and their kin by sines and cosines, and their names.
fn opened(e: &Engine<'_>, t: Id) -> (Id, Vec<String>) {
    const BY_BOTH: [(&str, bool, Option<bool>, bool); 8] = [
        // name, hyperbolic, above (sine or cosine, or 1), below
        ("tan", false, Some(false), true),
        ("cot", false, Some(true), false),
        ("sec", false, None, true),
        ("csc", false, None, false),
        ("tanh", true, Some(false), true),
        ("coth", true, Some(true), false),
        ("sech", true, None, true),
        ("csch", true, None, false),
    ];
    let s = e.store;
    let mut names: Vec<String> = Vec::new();
    let of = |f: FnId| BY_BOTH.iter().find(|(name, ..)| Some(f) == e.rules.function(name));
    let mut by_both = |x: Id| {
        let Node::Call(f, xs) = s.node(x) else { return None };
        let (name, hyperbolic, above, below) = *of(*f)?;
        let [u] = *xs.as_ref() else { return None };
        let kind = if hyperbolic { Kind::Hyperbolic } else { Kind::Circular };
        if !names.iter().any(|n| n == name) {
            names.push(name.to_owned());
        }
        let top = match above {
            Some(cosine) => call(e, kind, cosine, u)?,
            None => s.int(1),
        };
        Some(s.quot(top, call(e, kind, below, u)?))
    };
    let new = s.bottom_up(t, false, &mut |x| by_both(x).unwrap_or(x));
    (new, names)
}

/// The term with its compound angles taken apart; what was used is noted.
fn expanded(e: &Engine<'_>, t: Id, units: &Units, said: &mut Vec<&'static str>) -> Id {
    let s = e.store;
    let facts = Facts::new(s, &[]);
    let mut apart = |t: Id| {
        let (kind, cosine, u) = function(e, s.node(t))?;
        let ms = units.multiples(s, &facts, u)?;
        // 4u is twice 2u.
        let ms = match *ms.as_slice() {
            [(_, 1)] => return None,
            [(u, k)] if k % 2 == 0 && k.abs() > 2 => vec![(tidy(s, s.mul(s.int(k / 2), u)), 2)],
            _ => ms,
        };
        let (sine_of, cosine_of) = of_sum(e, kind, &ms, said)?;
        Some(tidy(s, if cosine { cosine_of } else { sine_of }))
    };
    s.bottom_up(t, false, &mut |t| apart(t).unwrap_or(t))
}

/// The sine and the cosine of a sum of multiples, by the formulas for two summands and for multiples.
fn of_sum(e: &Engine<'_>, kind: Kind, ms: &[(Id, i64)], said: &mut Vec<&'static str>) -> Option<(Id, Id)> {
    let s = e.store;
    let ((u, k), rest) = ms.split_first()?;
    let first = of_multiple(e, kind, *u, *k, said)?;
    if rest.is_empty() {
        return Some(first);
    }
    let words = "addition formulas";
    if !said.contains(&words) {
        said.insert(0, words);
    }
    let second = of_sum(e, kind, rest, said)?;
    Some(added(s, kind, first, second))
}

/// Of `k u`.
fn of_multiple(e: &Engine<'_>, kind: Kind, u: Id, k: i64, said: &mut Vec<&'static str>) -> Option<(Id, Id)> {
    let s = e.store;
    let one = (call(e, kind, false, u)?, call(e, kind, true, u)?);
    let flat = |t: Id| crate::simplify::positive_order(s, tidy(s, collected(s, t)));
    let mut out = one;
    for _ in 1..k.abs() {
        let next = added(s, kind, out, one);
        out = (flat(next.0), flat(next.1));
    }
    let words = match k.abs() {
        1 => "",
        2 => "double angle",
        3 => "triple angle",
        _ => "multiple angle",
    };
    if k.abs() > 1 && !said.contains(&words) {
        said.push(words);
    }
    if k.abs() == 2 {
        // 2 sin u cos u, cos² u − sin² u
        let square = |t: Id| s.pow(t, s.int(2));
        let cosine = [(false, one.1), (kind == Kind::Circular, one.0)].map(|(neg, t)| Summand { neg, term: square(t) });
        out = (s.product(&[s.int(2), one.0, one.1]), s.sum(&cosine));
    }
    Some(if k < 0 { (s.neg(out.0), out.1) } else { out })
}

/// Products of the same functions joined: `sin u cos u + cos u sin u` is `2 sin u cos u`.
fn collected(s: &Store, t: Id) -> Id {
    let mut all: Vec<Flat> = Vec::new();
    for x in summands(s, tidy(s, multiplied(s, t))) {
        let (neg, core) = unsign(s, x.term);
        let mut own = flat(s, core);
        if x.neg != neg {
            own.number = own.number.neg();
        }
        own.powers.sort_by_key(|p| s.canon(p.0));
        match all.iter_mut().find(|f| f.powers == own.powers) {
            Some(f) => f.number = f.number.add(&own.number),
            None => all.push(own),
        }
    }
    let term = |f: &Flat| {
        let (neg, term) = unsign(s, unflat(s, f));
        Summand { neg, term }
    };
    s.sum(&all.iter().filter(|f| !f.number.is_zero()).map(term).collect::<Vec<_>>())
}

/// Products of sums multiplied out.
fn multiplied(s: &Store, t: Id) -> Id {
    let xs: Vec<Summand> = summands(s, t)
        .into_iter()
        .flat_map(|x| {
            let mut all = vec![(x.neg, Vec::<Id>::new())];
            for f in factors(s, x.term) {
                let parts = summands(s, f);
                all = all
                    .iter()
                    .flat_map(|(neg, fs)| parts.iter().map(move |p| (*neg != p.neg, fs.iter().copied().chain([p.term]).collect())))
                    .collect();
            }
            all.into_iter().map(|(neg, fs)| Summand { neg, term: tidy(s, s.product(&fs)) }).collect::<Vec<_>>()
        })
        .collect();
    s.sum(&xs)
}

/// The addition formulas.
fn added(s: &Store, kind: Kind, (sa, ca): (Id, Id), (sb, cb): (Id, Id)) -> (Id, Id) {
    let sum = |neg: bool, x: Id, y: Id| s.sum(&[Summand { neg: false, term: x }, Summand { neg, term: y }]);
    let sine = sum(false, s.mul(sa, cb), s.mul(ca, sb));
    (sine, sum(kind == Kind::Circular, s.mul(ca, cb), s.mul(sa, sb)))
}

/// The term with even powers of the sine by the cosine: `sin³ = (1 − cos²) sin`; or with those of the cosine.
fn replaced(e: &Engine<'_>, t: Id, of_cosine: bool, kinds: &mut Vec<Kind>) -> Id {
    let s = e.store;
    let mut by_other = |t: Id| {
        let Node::Pow(b, k) = *s.node(t) else { return None };
        let (kind, cosine, u) = function(e, s.node(b)).filter(|x| x.1 == of_cosine)?;
        let k = s.as_rational(k).and_then(|q| q.to_i64()).filter(|k| (2..=POWERS).contains(k))?;
        let other = s.pow(call(e, kind, !cosine, u)?, s.int(2));
        kinds.push(kind);
        let square = match (kind, cosine) {
            (Kind::Circular, _) => s.sub(s.int(1), other),
            (Kind::Hyperbolic, true) => s.add(s.int(1), other),
            (Kind::Hyperbolic, false) => s.sub(other, s.int(1)),
        };
        let even = if k < 4 { square } else { s.pow(square, s.int(k / 2)) };
        Some(if k % 2 == 1 { s.mul(even, b) } else { even })
    };
    s.bottom_up(t, false, &mut |t| by_other(t).unwrap_or(t))
}
