//! Indeterminate forms: standard limits, cancelling, dividing by the dominant term, products as quotients, l'Hôpital's rule,
//! roots by their conjugate, powers as exponentials.

use super::{Kind, Limits};
use crate::cost::cost;
use crate::draft::{outermost, Draft};
use crate::tidy::{factors, summands, tidy};
use gradus_kernel::{Ground, Text, Value, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Id, LimitPoint, Node, Position, Prim, RelOp, Summand};

/// Rules that settle an indeterminate form as it stands.
const STANDARD: &[&str] = &[
    "sine_over_variable",
    "tangent_over_variable",
    "arcsine_over_variable",
    "arctangent_over_variable",
    "sinh_over_variable",
    "tanh_over_variable",
    "variable_over_sine",
    "variable_over_tangent",
    "cosine_quotient",
    "exp_quotient",
    "log_quotient",
    "euler",
    "exp_beats_power",
    "exp_beats_variable",
    "exp_over_power",
    "exp_over_variable",
    "power_over_log",
    "variable_over_log",
    "power_times_exp",
    "infinity_times_exp",
    "power_times_exp_below",
    "variable_times_exp",
    "power_beats_log",
    "variable_beats_log",
    "power_times_log",
    "variable_times_log",
    "floor_over_variable",
    "bounded_sine",
    "bounded_cosine",
];

impl<'s> Limits<'_, 's> {
    /// Tries every way to rewrite `lim body`, in the order a person would.
    pub(super) fn rewrite_and_reduce(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let start = d.len();
        let shown = self.e.pending.borrow().len();
        let ways: [fn(&mut Self, &mut Draft<'s>, Id) -> bool; 15] = [
            Self::derived,
            Self::standard,
            Self::constant_out,
            Self::bounded,
            Self::exponential,
            Self::decaying,
            Self::conjugate,
            Self::one_logarithm,
            Self::divided,
            Self::cancelled,
            Self::names_put_in,
            Self::with_standard_factor,
            Self::opened,
            Self::as_quotient,
            Self::lhopital,
        ];
        for way in ways {
            if way(self, d, body) {
                return true;
            }
            d.truncate(start);
            self.e.pending.borrow_mut().truncate(shown);
        }
        false
    }

    /// The derivatives in the body, each found as a lemma and cited.
    fn derived(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let is_derivative = |n: &Node| matches!(n, Node::Diff { body, .. } if !crate::tidy::is_final(s, *body));
        let paths = outermost(s, body, &is_derivative);
        if paths.is_empty() {
            return false;
        }
        for path in paths {
            let Ok(part) = s.focus(body, &Position::at(&path)).map(|f| f.part) else { return false };
            let mut sub = Draft::new(self.e.prover, part, &self.givens.clone());
            let complete = self.e.push_derivatives(&mut sub);
            if complete {
                let instances = self.e.instances(&[part, sub.current()]);
                self.e.simplify(&mut sub, &instances);
            }
            if !complete || !self.e.open_assumptions(&sub).is_empty() {
                return false;
            }
            self.e.keep_lemma("the derivative above", &sub, Text::words("The derivative:"));
            let pos = Position::at(&[&[0], path.as_slice()].concat());
            let Ok(f) = d.proof.focus(&pos) else { return false };
            if !matches!(self.e.cite_known(d, &pos, &f), Ok(true)) {
                return false;
            }
        }
        self.go_on(d)
    }
    /// Names of the worksheet in a quotient, put in: `g/a` as `a σ(a)/a`.
    fn names_put_in(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let name = |n: &Node| matches!(n, Node::Call(f, _) if s.fun(*f).is_constant_name() && !s.fun(*f).library);
        let mut new = body;
        let mut reason = Text::default();
        for path in outermost(s, body, &name) {
            let pos = Position::at(&path);
            let Ok(f) = s.focus(body, &pos) else { return false };
            let Node::Call(g, xs) = s.node(f.part) else { return false };
            let Some(b) = s.unfold(*g, xs).filter(|_| self.moves(f.part)) else { continue };
            reason = reason.also(&self.e.definition_reason(*g));
            new = s.splice(new, &pos, &f.opened, b).unwrap_or(new);
        }
        !s.same(new, body) && self.rewrite_body(d, new, None, "definition.unfold", reason, Weight::Main) && self.go_on(d)
    }

    /// A rule of the rulebook that fits the limit as a whole, its premises proved.
    fn standard(&mut self, d: &mut Draft<'s>, _body: Id) -> bool {
        let s = self.e.store;
        for name in STANDARD {
            let Some(rule) = self.e.rules.get(&format!("limit.{name}")) else { continue };
            for m in crate::matching::matches(s, rule.left, d.current()) {
                if !m.operands.is_empty() {
                    continue;
                }
                // The side of the limit goes into every premise.
                let mut subst = m.subst;
                if let Node::Limit { side, .. } = s.node(d.current()) {
                    subst.side = (*side != gradus_term::Side::Both).then_some(*side);
                }
                if rule.premises.iter().all(|p| gradus_kernel::instantiate(s, *p, &subst).is_ok_and(|p| self.premise(p)))
                    && self.instance(d, rule, subst, None).is_ok()
                {
                    return true;
                }
            }
        }
        false
    }
    /// Proves a premise `lim u = value`.
    fn premise(&mut self, p: Id) -> bool {
        let s = self.e.store;
        let Node::Rel(RelOp::Eq, l, want) = *s.node(p) else { return false };
        let Node::Limit { body, .. } = *s.node(l) else { return false };
        let body = s.open(body, &[gradus_term::Arg::Val(s.name(self.at.var))]);
        if let Node::Call(f, xs) = s.node(body) {
            if let (Some(Prim::Sign), [u]) = (s.prim(*f), xs.as_ref()) {
                return self.sign_near(*u) == Some(crate::tidy::is_one(s, want));
            }
        }
        self.part(body).is_some_and(|p| s.same(p.value, want))
    }

    /// `sin(u)/v` as `sin(u) (1/v)`: bounded times what vanishes.
    fn bounded(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let Node::Quot(a, b) = *s.node(body) else { return false };
        let waves =
            factors(s, a).iter().any(|f| matches!(s.node(*f), Node::Call(g, _) if matches!(s.prim(*g), Some(Prim::Sin | Prim::Cos))));
        if !waves || self.part(a).is_some() {
            return false;
        }
        let new = s.product(&factors(s, a).into_iter().chain([s.quot(s.int(1), b)]).collect::<Vec<_>>());
        if !self.rewrite_body(d, new, None, "fraction.reciprocal_product", Text::words("as a product"), Weight::Small) {
            return false;
        }
        d.line(Detail::Textbook);
        self.standard(d, new)
    }

    /// `c u/v` as `c (u/v)` where c does not move.
    fn constant_out(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let Node::Quot(a, b) = *s.node(body) else { return false };
        let apart = |t: Id| -> (Vec<Id>, Vec<Id>) { factors(s, t).into_iter().partition(|f| self.moves(*f)) };
        let ((above, out), (below, out_below)) = (apart(a), apart(b));
        let number = |xs: &[Id]| xs.iter().all(|x| s.as_rational(*x).is_some());
        let far = !matches!(self.at.point, LimitPoint::At(_));
        if far || above.is_empty() || below.is_empty() || number(&out) && number(&out_below) {
            return false;
        }
        let constant = if out_below.is_empty() { s.product(&out) } else { s.quot(s.product(&out), s.product(&out_below)) };
        let new = s.product(&[constant, s.quot(s.product(&above), s.product(&below))]);
        let reason = Text::words("constant factor set apart");
        self.rewrite_body(d, new, None, "fraction.multiply_whole", reason, Weight::Small) && self.go_on(d)
    }
    /// The body simplified, factored or over one denominator, if that is shorter or cancels.
    fn cancelled(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let mut forms: Vec<(Id, &str)> = Vec::new();
        let near = self.facts_near().clone();
        let normal = near.nf(body).ok().and_then(|n| near.to_term(&n));
        for (t, words) in [
            (near.factor(body), "factor and cancel"),
            (near.together(body), "one fraction"),
            (near.expand(body), "expand"),
            (normal, "simplify near the point"),
        ] {
            let Some(t) = t.map(|t| tidy(s, t)) else { continue };
            if !gradus_kernel::rearranged(s, t, body) && !forms.iter().any(|f| s.same(f.0, t)) {
                forms.push((t, words));
            }
        }
        // `(1 − a)/(b − 1)` is no better than `(a − 1)/(1 − b)`.
        let sides = |t: Id| match *s.node(t) {
            Node::Quot(a, b) => Some((a, b)),
            _ => None,
        };
        let turned = |t: Id| match (sides(t), sides(body)) {
            (Some((a, b)), Some((c, d))) => near.equal(b, s.neg(d)).is_proved() && near.equal(a, s.neg(c)).is_proved(),
            _ => false,
        };
        forms.retain(|f| !turned(f.0));
        // A difference of fractions may grow when it becomes one.
        let room = |words: &str| if words == "one fraction" && matches!(s.node(body), Node::Sum(_)) { 24 } else { 4 };
        forms.retain(|f| cost(s, f.0) <= cost(s, body) + room(f.1));
        forms.sort_by_key(|f| cost(s, f.0));
        let start = d.len();
        let below = |t: Id| match *s.node(crate::tidy::unsign(s, t).1) {
            Node::Quot(_, b) => Some(b),
            _ => None,
        };
        let stays = |t: Id| matches!((below(t), below(body)), (Some(a), Some(b)) if s.same(a, b));
        for (t, words) in forms {
            let words = match words {
                "factor and cancel" if stays(t) => "factor",
                "factor and cancel" if below(body).is_none() && below(t).is_some() => "one fraction",
                _ => words,
            };
            if self.rewrite_body(d, t, None, "algebra.form", Text::words(words), Weight::Main) && self.go_on(d) {
                return true;
            }
            d.truncate(start);
        }
        false
    }

    /// Numerator and denominator divided by the term that grows fastest; towards infinity, or that term taken out of a sum.
    fn divided(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let far = !matches!(self.at.point, LimitPoint::At(_));
        let (num, den) = match *s.node(body) {
            Node::Quot(a, b) => (a, b),
            Node::Sum(ref xs) if far && xs.len() > 1 => return self.taken_out(d, body),
            _ => return false,
        };
        let rooted = far.then(|| self.root_growth(den)).flatten();
        let above = far && self.root_growth(num).is_some();
        if summands(s, num).len() < 2 && summands(s, den).len() < 2 && rooted.is_none() && !above {
            return false;
        }
        let Some(top) = rooted.or_else(|| self.dominant(den)).map(|t| self.without_number(t)) else { return false };
        if !self.moves(top) {
            return false;
        }
        let (above, below) = (self.each_over(num, top), self.each_over(den, top));
        let new = if crate::tidy::is_one(s, below) { above } else { s.quot(above, below) };
        let reason = Text::words("divide above and below by ").term(top);
        !s.same(new, body) && self.rewrite_body(d, new, None, "fraction.cancel", reason, Weight::Main) && self.go_on(d)
    }
    fn taken_out(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let Some(top) = self.dominant(body).map(|t| self.without_number(t)) else { return false };
        if !self.moves(top) {
            return false;
        }
        let new = s.product(&[top, self.each_over(body, top)]);
        self.rewrite_body(d, new, None, "algebra.factor_out", Text::words("take out ").term(top), Weight::Main) && self.go_on(d)
    }
    /// What a root or an absolute value of a sum grows like: `√(1 + x²)` and `|1 + x|` like `x`, or like `−x` towards −∞.
    fn root_growth(&mut self, t: Id) -> Option<Id> {
        let s = self.e.store;
        let Node::Call(f, xs) = s.node(t) else { return None };
        let p = s.prim(*f).filter(|p| matches!(p, Prim::Sqrt | Prim::Abs))?;
        let u = *xs.first()?;
        if summands(s, u).len() < 2 {
            return None;
        }
        let top = self.dominant(u)?;
        let near = self.facts_near();
        let n = near.nf(s.prim_call(p, &[self.without_number(top)])).ok()?;
        near.to_term(&n).map(|t| tidy(s, t)).filter(|t| self.moves(*t))
    }
    fn without_number(&self, t: Id) -> Id {
        let s = self.e.store;
        let fs: Vec<Id> = factors(s, t).into_iter().filter(|f| self.moves(*f)).collect();
        s.product(&fs)
    }
    /// Every summand divided by a term, each simplified.
    fn each_over(&self, t: Id, by: Id) -> Id {
        let s = self.e.store;
        let near = self.facts_near();
        let xs: Vec<Summand> = summands(s, t)
            .into_iter()
            .map(|x| {
                let q = s.quot(x.term, by);
                let forms = [near.together(q), near.expand(q), Some(q)].into_iter().flatten().map(|t| tidy(s, t));
                let best = self.root_over(x.term, by).or_else(|| self.power_over(x.term, by)).or_else(|| forms.min_by_key(|t| cost(s, *t)));
                let best = best.unwrap_or(q);
                let (neg, core) = crate::tidy::unsign(s, best);
                Summand { neg: x.neg != neg, term: core }
            })
            .collect();
        s.sum(&xs)
    }

    /// `a^u c / b^u` as `(a/b)^u c` for numbers a and b.
    fn power_over(&self, t: Id, by: Id) -> Option<Id> {
        let s = self.e.store;
        let Node::Pow(b, v) = s.node(by) else { return None };
        let mut fs = factors(s, t);
        let ratio = |f: Id| {
            let Node::Pow(a, u) = s.node(f) else { return None };
            let ratio = self.number(*a)?.div(&self.number(*b)?)?;
            (self.moves(*u) && s.same(*u, *v) && !ratio.is_one()).then(|| s.pow(s.rational(&ratio), *u))
        };
        let (k, new) = fs.iter().enumerate().find_map(|(k, f)| Some((k, ratio(*f)?)))?;
        if let Some(f) = fs.get_mut(k) {
            *f = new;
        }
        Some(s.product(&fs))
    }
    /// `√u / v` as `√(u/v²)` and `|u|/v` as `|u/v|`, where v > 0; with a minus, where v < 0.
    fn root_over(&self, t: Id, by: Id) -> Option<Id> {
        let s = self.e.store;
        let near = self.facts_near();
        let Node::Call(f, xs) = s.node(t) else { return None };
        let (p, u) = (s.prim(*f)?, *xs.first()?);
        let inner = match p {
            Prim::Sqrt => near.expand(s.quot(u, s.pow(by, s.int(2))))?,
            Prim::Abs => near.expand(s.quot(u, by))?,
            _ => return None,
        };
        let over = s.prim_call(p, &[inner]);
        let is = |op: RelOp| near.holds(s.rel(op, by, s.int(0))).is_true();
        if is(RelOp::Gt) {
            Some(over)
        } else {
            is(RelOp::Lt).then(|| s.neg(over))
        }
    }

    /// `log u + v` as `log(u e^v)`, where the logarithm and the rest go to opposite infinities.
    fn one_logarithm(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let xs: Vec<Summand> = summands(s, body).into_iter().map(|x| Summand { term: self.logarithm_in(x.term), ..x }).collect();
        let is_log = |x: &Summand| matches!(s.node(x.term), Node::Call(f, _) if s.prim(*f) == Some(Prim::Log));
        let (logs, rest): (Vec<Summand>, Vec<Summand>) = xs.into_iter().partition(is_log);
        let ([log], false) = (logs.as_slice(), rest.is_empty()) else { return false };
        let Node::Call(_, us) = s.node(log.term) else { return false };
        let Some(u) = us.first().copied() else { return false };
        let kinds = [s.sum(&[*log]), s.sum(&rest)].map(|t| self.part(t).map(|p| self.kind(p.value)));
        if !matches!(kinds, [Some(Kind::Above), Some(Kind::Below)] | [Some(Kind::Below), Some(Kind::Above)]) {
            return false;
        }
        let v: Vec<Summand> = rest.iter().map(|x| Summand { neg: x.neg != log.neg, ..*x }).collect();
        let inner = s.mul(u, s.exp(tidy(s, s.sum(&v))));
        let Some(inner) = self.facts_near().expand(inner).map(|t| tidy(s, t)) else { return false };
        let new = s.sum(&[Summand { neg: log.neg, term: s.log(inner) }]);
        self.rewrite_body(d, new, None, "log.one", Text::words("one logarithm"), Weight::Main) && self.go_on(d)
    }
    /// A function of the library that is a logarithm by definition, written as that.
    fn logarithm_in(&self, t: Id) -> Id {
        let s = self.e.store;
        let Node::Call(f, xs) = s.node(t) else { return t };
        let is_log = |u: &Id| matches!(s.node(*u), Node::Call(g, _) if s.prim(*g) == Some(Prim::Log));
        s.unfold(*f, xs).filter(is_log).unwrap_or(t)
    }
    /// Functions that are sums of exponentials by definition, written out: hyperbolic ones beside exponentials; and fractions of sines and
    /// cosines that have no standard limits of their own, as the cotangent.
    fn opened(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let of =
            |t: Id, ps: &[Prim]| s.any_subterm(t, &mut |n| matches!(n, Node::Call(g, _) if s.prim(*g).is_some_and(|p| ps.contains(&p))));
        let exponential = |t: Id| of(t, &[Prim::Exp]);
        let turned = |t: Id| matches!(s.node(t), Node::Quot(a, b) if of(*b, &[Prim::Sin, Prim::Cos]) && !(of(*a, &[Prim::Sin])));
        let new = if exponential(body) { self.with_definitions(body, &exponential, 0) } else { self.with_definitions(body, &turned, 0) };
        !s.same(new, body)
            && self.rewrite_body(d, tidy(s, new), None, "definition.unfold", Text::words("by definition"), Weight::Main)
            && self.go_on(d)
    }
    fn with_definitions(&self, t: Id, wanted: &dyn Fn(Id) -> bool, depth: u32) -> Id {
        let s = self.e.store;
        if depth > 30 || !self.moves(t) {
            return t;
        }
        if let Node::Call(f, xs) = s.node(t) {
            if let Some(u) = s.unfold(*f, xs).filter(|u| s.fun(*f).library && wanted(*u)) {
                return u;
            }
        }
        s.intern(s.node(t).map_children(&mut |c, under| if under > 0 { c } else { self.with_definitions(c, wanted, depth + 1) }))
    }

    /// `a/(b sin u)` as `(a/(b u)) (u/sin u)`, where u vanishes: a standard limit beside a simpler quotient.
    fn with_standard_factor(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let Node::Quot(a, b) = *s.node(body) else { return false };
        for (side, below) in [(b, true), (a, false)] {
            let fs = factors(s, side);
            let raised = |t: &Id| matches!(s.node(*t), Node::Pow(c, _) if matches!(s.node(*c), Node::Call(..)));
            if fs.len() < 2 && !below && factors(s, b).len() < 2 && !fs.iter().any(raised) {
                continue;
            }
            for (k, f) in fs.iter().enumerate() {
                // `sin u`, or a whole power of it.
                let (call, power) = match s.node(*f) {
                    Node::Pow(c, n) if self.number(*n).is_some_and(|q| q.is_integer() && q.is_positive()) => (*c, Some(*n)),
                    _ => (*f, None),
                };
                let Node::Call(g, us) = s.node(call) else { continue };
                let (Some(u), true) = (us.first().copied(), self.is_like_its_argument(*g)) else { continue };
                if !self.part(u).is_some_and(|p| self.is_zero(p.value)) {
                    continue;
                }
                let raised = |t: Id| power.map_or(t, |n| s.pow(t, n));
                let others: Vec<Id> = fs.iter().enumerate().map(|(j, x)| if j == k { tidy(s, raised(u)) } else { *x }).collect();
                let rest = s.product(&others);
                let near = self.facts_near();
                let (rest, factor) =
                    if below { (s.quot(a, rest), raised(s.quot(u, call))) } else { (s.quot(rest, b), raised(s.quot(call, u))) };
                let rest = near.together(rest).map_or(rest, |t| tidy(s, t));
                let start = d.len();
                let reason = Text::words("a standard limit set apart");
                if self.rewrite_body(d, s.product(&[rest, factor]), None, "fraction.multiply_whole", reason, Weight::Main) && self.go_on(d)
                {
                    return true;
                }
                d.truncate(start);
            }
        }
        false
    }
    /// Functions that near 0 are their argument and have a standard limit both ways.
    fn is_like_its_argument(&self, f: gradus_term::FnId) -> bool {
        let s = self.e.store;
        s.prim(f) == Some(Prim::Sin) || s.fun(f).library && s.fun(f).name == "tan"
    }

    /// 0·∞: the factor that vanishes goes below, so that l'Hôpital's rule applies.
    fn as_quotient(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let Node::Product(xs) = s.node(body).clone() else { return false };
        let Some(parts) = xs.iter().map(|x| self.part(*x)).collect::<Option<Vec<_>>>() else { return false };
        let (zeros, others): (Vec<_>, Vec<_>) = xs.iter().copied().zip(parts).partition(|(_, p)| self.is_zero(p.value));
        let infinite = others.iter().any(|(_, p)| self.kind(p.value) != Kind::Finite);
        if zeros.is_empty() || !infinite {
            return false;
        }
        let product = |ps: &[(Id, super::Part)]| s.product(&ps.iter().map(|p| p.0).collect::<Vec<_>>());
        let (z, o) = (product(&zeros), product(&others));
        let reciprocal = |t: Id| match s.node(t) {
            Node::Call(f, us) if s.prim(*f) == Some(Prim::Exp) => us.first().map_or(t, |u| s.exp(tidy(s, s.neg(*u)))),
            _ => self.facts_near().together(s.quot(s.int(1), t)).map_or_else(|| tidy(s, s.quot(s.int(1), t)), |t| tidy(s, t)),
        };
        // What goes below is differentiated as a reciprocal: powers and exponentials stay what they are.
        let awkward =
            |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Call(f, _) if !matches!(s.prim(*f), Some(Prim::Exp | Prim::Sqrt))));
        let mut ways = [(o, z), (z, o)].map(|(above, below)| (awkward(below), s.quot(above, reciprocal(below))));
        ways.sort_by_key(|(awkward, q)| (*awkward, cost(s, *q)));
        let start = d.len();
        for (_, q) in ways {
            if self.rewrite_body(d, q, None, "fraction.multiply_whole", Text::words("as a fraction"), Weight::Main) && self.go_on(d) {
                return true;
            }
            d.truncate(start);
        }
        false
    }

    /// `√a − √b` as `(a − b)/(√a + √b)`.
    fn conjugate(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let (sum, den) = match *s.node(body) {
            Node::Quot(a, b) => (a, Some(b)),
            _ => (body, None),
        };
        let xs = summands(s, sum);
        let [x, y] = xs.as_slice() else { return false };
        let root = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(Prim::Sqrt)));
        if x.neg == y.neg || !(root(x.term) || root(y.term)) {
            return false;
        }
        let two = s.int(2);
        let squares = s.sum(&[Summand { neg: x.neg, term: s.pow(x.term, two) }, Summand { neg: y.neg, term: s.pow(y.term, two) }]);
        let near = self.facts_near();
        let Some(top) = near.nf(squares).ok().and_then(|n| near.to_term(&n)).map(|t| tidy(s, t)).filter(|t| !root(*t)) else {
            return false;
        };
        let plus = s.add(x.term, y.term);
        let below = den.map_or(plus, |b| s.product(&[b, plus]));
        let new = s.quot(top, below);
        let reason = Text::words("multiply above and below by ").term(plus);
        self.rewrite_body(d, new, None, "root.rationalise", reason, Weight::Main) && self.go_on(d)
    }

    /// 0/0 and ∞/∞: the quotient of the derivatives.
    fn lhopital(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let Node::Quot(a, b) = *s.node(body) else { return false };
        let (Some(pa), Some(pb)) = (self.part(a), self.part(b)) else { return false };
        let zero = self.is_zero(pa.value) && self.is_zero(pb.value);
        if !zero && self.kind(pb.value) != Kind::Above {
            return false;
        }
        let x = s.name(self.at.var);
        let (da, db) = (s.diff(a, x, &[]), s.diff(b, x, &[]));
        let two = s.int(2);
        if self.sign_near(s.pow(db, two)) != Some(true) || self.sign_near(s.add(s.int(1), s.pow(da, two))) != Some(true) {
            return false;
        }
        let mut q = Draft::new(self.e.prover, self.node(s.quot(da, db)), &self.givens.clone());
        let shown = self.e.pending.borrow().len();
        if !self.e.push_derivatives(&mut q) || !q.proof.assumptions().is_empty() {
            return false;
        }
        // A limit's page does not show how its derivatives are found.
        self.e.pending.borrow_mut().truncate(shown);
        q.forget_lines();
        let Some(next) = self.body(&q) else { return false };
        let nicer = self.simpler(next);
        if !s.same(nicer, next) && !self.rewrite_body(&mut q, nicer, None, "algebra.form", Text::default(), Weight::Trivial) {
            return false;
        }
        q.line_because(Detail::Brief, Some(Text::words("differentiate above and below")));
        let at = self.body(&q).unwrap_or(nicer);
        if !self.reduce(&mut q, at) {
            return false;
        }
        q.line(Detail::Textbook);
        let value = q.current();
        let form = if zero { "lhopital_zero" } else { "lhopital_infinity" };
        let (rule, with_value) = match self.kind(value) {
            Kind::Finite => (form.to_owned(), true),
            Kind::Above => (format!("{form}_growing"), false),
            Kind::Below => (format!("{form}_falling"), false),
        };
        let why = if zero { "both tend to " } else { "the denominator tends to " };
        let end = if zero { s.int(0) } else { s.intern(Node::Infinity(false)) };
        let reason = Text::words("l'Hôpital's rule: ").and(why).term(end);
        self.e.prover.add_lemma("", &q.proof);
        let (u, v) = (self.under(a), self.under(b));
        let mut values = vec![("u", u), ("v", v)];
        if with_value {
            values.push(("l", value));
        }
        self.by(d, &rule, &values, Some(reason)) && d.follow(&q)
    }
    /// A quotient after differentiation: constants out, one fraction, if that is shorter.
    fn simpler(&self, t: Id) -> Id {
        let s = self.e.store;
        let near = self.facts_near();
        [Some(tidy(s, t)), near.together(t).map(|x| tidy(s, x)), near.factor(t).map(|x| tidy(s, x)), near.expand(t).map(|x| tidy(s, x))]
            .into_iter()
            .flatten()
            .min_by_key(|x| cost(s, *x))
            .filter(|x| cost(s, *x) < cost(s, t))
            .unwrap_or(t)
    }

    /// `u^v` as `e^{v log u}`.
    fn exponential(&mut self, d: &mut Draft<'s>, body: Id) -> bool {
        let s = self.e.store;
        let Node::Pow(u, v) = *s.node(body) else { return false };
        if self.number(v).is_some_and(|q| q.is_integer()) {
            return false;
        }
        let Some(rule) = self.e.rules.get("power.exponential") else { return false };
        let mut subst = gradus_kernel::Substitution::new();
        for m in &rule.metas {
            subst.values.insert(*m, Value::Term(if s.var(*m).name == "u" { u } else { v }));
        }
        let new = s.exp(super::flattened(s, s.mul(v, s.log(u))));
        let by_rule = Ground::Instance { rule: rule.name.clone(), backward: false, subst };
        self.rewrite_body(d, new, Some(by_rule), "power.exponential", Text::words(rule.short.clone()), Weight::Main) && self.go_on(d)
    }
}
