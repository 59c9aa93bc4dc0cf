//! Differentials: `dL` pushed inward a layer a line, until only changes of the variable are left.
//!
//! Linear operations are passed through without a line of their own; a product, a power, an inverse, a function takes one.
//! The derivative of a function stands in the rulebook: it is found entry by entry as everywhere else, and read as a whole.
//! What a line leaves is written term by term in [`spread`]; in the end, a sum of products that contain the change once each is gathered in
//! [`gather`].

mod adjoint;
mod factor;
mod gather;
mod named;
mod samples;
mod spread;

pub(crate) use adjoint::scalar_factor;
pub(crate) use factor::unscaled;

use crate::derive::Keep;
use crate::draft::{outermost, Draft};
use crate::tidy::{has_derivative, is_final};
use crate::Engine;
use gradus_kernel::{
    differential_rule, Chain, Claim, Derivation, DifferentialRule, Ground, Item, Procedure, Refused, Status, Text, Weight,
};
use gradus_term::goal::Detail;
use gradus_term::{FnKind, Focus, Goal, Id, Node, Position, Prim, RelOp, Sort, Store, VarInfo, VarKind};
use rustc_hash::FxHashSet;

/// Lines that one differential may take.
const LAYERS: usize = 40;
/// Rules that one line may apply.
const RULES: usize = 200;

/// Whether this is a differential that a rule can take further: the change of the variable itself is final.
fn is_open(s: &Store, n: &Node) -> bool {
    matches!(n, Node::Differential { body, .. } if !matches!(s.node(*body), Node::Bound(0, _)))
}

/// Whether a differential stands in the term, open or final.
pub(crate) fn has_differential(s: &Store, t: Id) -> bool {
    s.any_subterm(t, &mut |n| matches!(n, Node::Differential { .. }))
}

impl<'s> Engine<'s> {
    /// Takes every differential in the current term as far as it goes, a line a layer; whether only changes are left.
    pub(crate) fn push_differentials(&self, d: &mut Draft<'s>, goal: &Goal) -> bool {
        let s = self.store;
        for _ in 0..LAYERS {
            if outermost(s, d.current(), &|n| is_open(s, n)).is_empty() {
                return true;
            }
            let before = d.len();
            if self.differential_layer(d, goal).is_err() || d.len() == before {
                return false;
            }
            self.spread_linear(d, goal);
            d.line(Detail::Textbook);
        }
        false
    }

    /// One layer at every open differential: linear operations, and one rule of another kind.
    fn differential_layer(&self, d: &mut Draft<'s>, goal: &Goal) -> Result<(), Refused> {
        let s = self.store;
        let mut waiting: FxHashSet<Id> = FxHashSet::default();
        for _ in 0..RULES {
            let next = outermost(s, d.current(), &|n| is_open(s, n)).into_iter().find_map(|p| {
                let f = d.proof.focus(&Position::at(&p)).ok()?;
                (!waiting.contains(&key(s, &f))).then_some((p, f))
            });
            let Some((path, f)) = next else { return Ok(()) };
            let (new, rule) = self.differential_step(d, &path, &f, goal)?;
            if rule != DifferentialRule::Linear {
                // What a rule left over waits for the next line, unless it is linear.
                waiting.extend(self.left_over(new));
            }
        }
        Ok(())
    }
    /// The open differentials in a part that are not linear.
    fn left_over(&self, part: Id) -> Vec<Id> {
        let s = self.store;
        let mut out = Vec::new();
        let mut todo = vec![part];
        while let Some(t) = todo.pop() {
            match s.node(t) {
                n @ Node::Differential { body, .. } => {
                    if is_open(s, n) && !self.is_linear(*body) {
                        out.push(s.canon(t));
                    }
                }
                n => n.for_each_child(|c, _| todo.push(c)),
            }
        }
        out
    }
    /// Whether a body is linear in its bound value, by linear operations and names for such.
    pub(crate) fn is_linear(&self, body: Id) -> bool {
        let s = self.store;
        if s.loose(body) == 0 {
            return true;
        }
        let one = |xs: &[Id]| xs.iter().filter(|x| s.loose(**x) > 0).count() == 1 && xs.iter().all(|x| self.is_linear(*x));
        match s.node(body) {
            Node::Bound(0, _) => true,
            Node::Sum(xs) => xs.iter().all(|x| self.is_linear(x.term)),
            Node::Product(xs) | Node::MatMul(xs) => one(xs),
            Node::Quot(a, b) => s.loose(*b) == 0 && self.is_linear(*a),
            Node::Call(f, xs) => match s.prim(*f) {
                Some(Prim::Transpose | Prim::Tr | Prim::SumAll | Prim::Diag | Prim::Diagonal | Prim::Vec | Prim::Flip) => one(xs),
                Some(Prim::Dot | Prim::Outer | Prim::Hadamard | Prim::Kron) => one(xs),
                Some(Prim::EntryDiv) => xs.get(1).is_some_and(|b| s.loose(*b) == 0) && one(xs),
                _ => false,
            },
            _ => false,
        }
    }

    /// One rule at the differential at `path`.
    fn differential_step(&self, d: &mut Draft<'s>, path: &[u32], f: &Focus, goal: &Goal) -> Result<(Id, DifferentialRule), Refused> {
        let s = self.store;
        if self.open_definition(d, path)? {
            return Ok((f.part, DifferentialRule::Linear));
        }
        if self.open_log_softmax(d, path)? || self.open_log_quotient(d, path)? {
            return Ok((f.part, DifferentialRule::Linear));
        }
        let (new, rule) = differential_rule(s, f.part).ok_or_else(stuck)?;
        let final_chain = rule == DifferentialRule::Chain && !has_derivative(s, new);
        let (reason, weight) = match words(rule).or(final_chain.then_some("chain rule")) {
            Some(w) => (Text::words(w), Weight::Main),
            None => (Text::default(), Weight::Small),
        };
        let pos = place(s, d.current(), path);
        d.step(&pos, f, Ground::Recomputed(Procedure::DifferentialRule), new, "differential.rule", reason, weight)?;
        if matches!(rule, DifferentialRule::Entrywise | DifferentialRule::Chain) {
            self.settle_derivatives(d, goal)?;
        }
        Ok((new, rule))
    }
    /// Puts the definition of a worksheet's name in for what a differential is taken of.
    fn open_definition(&self, d: &mut Draft<'s>, path: &[u32]) -> Result<bool, Refused> {
        let s = self.store;
        let inner = Position::at(path).child(0);
        let f = d.proof.focus(&inner)?;
        let Node::Call(g, xs) = s.node(f.part) else { return Ok(false) };
        let info = s.fun(*g);
        if info.kind != FnKind::Defined || info.library || s.is_entrywise(f.part) || self.is_said_by_itself(d, path) {
            return Ok(false);
        }
        let Some(new) = s.unfold(*g, xs) else { return Ok(false) };
        d.step(&inner, &f, Ground::Unfolded, new, "definition.unfold", self.definition_reason(*g), Weight::Main)?;
        Ok(true)
    }

    /// Whether a number's name rests on one other number, and its derivative by that is a lemma in which it stands again: then
    /// `dp = p (1 − p) dz`, and its definition is not put in.
    fn is_said_by_itself(&self, d: &Draft<'s>, path: &[u32]) -> bool {
        let s = self.store;
        let Ok(f) = d.proof.focus(&Position::at(path)) else { return false };
        let Node::Differential { body, point, .. } = s.node(f.part) else { return false };
        let Node::Call(g, xs) = s.node(*body) else { return false };
        let mut moving = xs.iter().enumerate().filter(|(_, x)| s.loose(**x) > 0);
        let (Some((k, u)), None) = (moving.next(), moving.next()) else { return false };
        if !s.sort(*body).is_scalar() || !s.sort(*u).is_scalar() || matches!(s.node(*u), Node::Bound(..)) {
            return false;
        }
        let at = |x: Id| s.open(x, &[gradus_term::Arg::Val(*point)]);
        let bound = s.intern(Node::Bound(0, Sort::Scalar));
        let args: Vec<Id> = xs.iter().enumerate().map(|(j, x)| if j == k { bound } else { at(*x) }).collect();
        s.loose(at(*u)) == 0 && self.derivative_lemma(*g, &args, k, at(*u), Keep::IfSaidByItself)
    }

    /// `log softmax(z)` as `z − logsumexp(z) 1`, which is differentiated at sight.
    fn open_log_softmax(&self, d: &mut Draft<'s>, path: &[u32]) -> Result<bool, Refused> {
        let s = self.store;
        let inner = Position::at(path).child(0);
        let f = d.proof.focus(&inner)?;
        let argument = |t: Id, is: &dyn Fn(gradus_term::FnId) -> bool| match s.node(t) {
            Node::Call(g, xs) if is(*g) => xs.first().copied(),
            _ => None,
        };
        let (softmax, logsumexp) = (self.rules.function("softmax"), self.rules.function("logsumexp"));
        let Some(z) = argument(f.part, &|g| s.prim(g) == Some(Prim::Log)).and_then(|p| argument(p, &|g| Some(g) == softmax)) else {
            return Ok(false);
        };
        let (Some(lse), [n]) = (logsumexp, s.sort(z).dims()) else { return Ok(false) };
        let ones = s.prim_call(Prim::Ones, &[s.index(n.clone())]);
        let new = s.sub(z, s.mul(s.call(lse, &[z]), ones));
        let reason = Text::words("logarithm of a quotient");
        d.step(&inner, &f, Ground::Extensional, new, "differential.log_softmax", reason, Weight::Main)?;
        Ok(true)
    }
    /// The logarithm of a product or quotient with an exponential in it is taken apart first.
    fn open_log_quotient(&self, d: &mut Draft<'s>, path: &[u32]) -> Result<bool, Refused> {
        let s = self.store;
        let f = d.proof.focus(&Position::at(path).child(0))?;
        let log = matches!(s.node(f.part), Node::Call(g, _) if s.prim(*g) == Some(Prim::Log)) && s.sort(f.part).is_scalar();
        Ok(log && self.expand_log(d, path)?)
    }
    /// The derivatives of functions that a rule left: of a scalar cited, of entries read as a whole.
    fn settle_derivatives(&self, d: &mut Draft<'s>, goal: &Goal) -> Result<(), Refused> {
        let s = self.store;
        let hit = |n: &Node| match n {
            Node::Differential { .. } => true,
            Node::Diff { body, .. } => !is_final(s, *body),
            Node::Tensor { body, .. } => has_derivative(s, *body),
            _ => false,
        };
        for _ in 0..RULES {
            let open = outermost(s, d.current(), &hit).into_iter().find_map(|p| {
                let f = d.proof.focus(&Position::at(&p)).ok()?;
                (!matches!(s.node(f.part), Node::Differential { .. })).then_some((p, f))
            });
            let Some((path, f)) = open else { return Ok(()) };
            let pos = place(s, d.current(), &path);
            match s.node(f.part) {
                Node::Tensor { .. } => self.settle_tensor(d, &pos, &f, goal)?,
                _ => self.settle_scalar(d, &pos, &f)?,
            }
        }
        Ok(())
    }
    /// `f′(u)` of a scalar.
    fn settle_scalar(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus) -> Result<(), Refused> {
        if self.cite_known(d, pos, f)? {
            return Ok(());
        }
        let mut sub = Draft::new(self.prover, f.part, d.proof.givens());
        let outer = self.pending.take();
        let derived = self.derive_quietly(&mut sub);
        self.pending.replace(outer);
        let reason = derived?;
        let lemma = self.prover.add_lemma("", &sub.proof);
        let ground = Ground::Cited { lemma, subst: gradus_kernel::Substitution::new() };
        d.step(pos, f, ground, sub.current(), "differential.derivative", reason, Weight::Main)
    }
    /// `f′(U)`: one entry for all, then read as a whole. A gradient or a Jacobian of a known function is a lemma of its own.
    fn settle_tensor(&self, d: &mut Draft<'s>, pos: &Position, f: &Focus, goal: &Goal) -> Result<(), Refused> {
        let s = self.store;
        let whole = match s.node(f.part) {
            Node::Tensor { body, .. } => match s.node(*body) {
                Node::Diff { slot, point, .. } if !slot.is_empty() => Some(*point),
                _ => None,
            },
            _ => None,
        };
        let Some(point) = whole else {
            return self.derive_entries(d, pos, goal, false).map(|_| ());
        };
        // Shown before, in this solution or an earlier one of the section.
        if self.cite_known(d, pos, f)? {
            return Ok(());
        }
        // The lemma is about a name, so that it reads well and serves at every point.
        let taken: Vec<&str> = s.free_vars(d.current()).into_iter().map(|v| s.var(v).name.as_str()).collect();
        let letter = ["x", "z", "u", "v", "t"].into_iter().find(|w| !taken.contains(w)).unwrap_or("x");
        let (name, start) = match s.node(point) {
            Node::Var(_) => (point, f.part),
            _ => {
                let z = s.name(s.declare(VarInfo::new(letter, VarKind::Given, s.sort(point).clone())));
                let Node::Tensor { dims, hints, body } = s.node(f.part).clone() else { return Err(stuck()) };
                let Node::Diff { hint, body, slot, .. } = s.node(body).clone() else { return Err(stuck()) };
                let inner = s.intern(Node::Diff { hint, body, slot, point: z });
                (z, s.intern(Node::Tensor { dims, hints, body: inner }))
            }
        };
        let mut lemma = Draft::new(self.prover, start, d.proof.givens());
        let (_, shown) = self.derive_entries(&mut lemma, &Position::root(), goal, true)?;
        let number = self.prover.add_lemma("", &lemma.proof);
        let mut subst = gradus_kernel::Substitution::new();
        if let (Node::Var(v), false) = (s.node(name), s.same(name, point)) {
            subst = subst.with(*v, point);
        }
        let new = match s.node(name) {
            Node::Var(v) => s.subst(lemma.current(), &std::iter::once((*v, gradus_term::Arg::Val(point))).collect()),
            _ => lemma.current(),
        };
        self.pending.borrow_mut().push(Item::Lemma(std::sync::Arc::new(Derivation {
            claim: Claim::Equal(start, lemma.current()),
            heading: Text::words("First, entry by entry:"),
            items: vec![Item::Chain(shown), Item::Show(s.rel(RelOp::Eq, start, lemma.current()), Text::default())],
            assumptions: Vec::new(),
            notes: Vec::new(),
            status: Status::Proved,
            lemma: Some(number),
        })));
        if let Some(g) = self.function_derived(start) {
            self.remember_derivative(number, g);
        }
        let ground = Ground::Cited { lemma: number, subst };
        d.step(pos, f, ground, new, "differential.derivative", Text::words("the derivative above"), Weight::Main)
    }
    /// The function of a tensor that this tensor of derivatives is about, as in `∂softmax(x)/∂x`.
    fn function_derived(&self, t: Id) -> Option<gradus_term::FnId> {
        let s = self.store;
        let Node::Tensor { body, .. } = s.node(t) else { return None };
        let Node::Diff { body, .. } = s.node(*body) else { return None };
        let call = if let Node::Entry(u, _) = *s.node(*body) { u } else { *body };
        match s.node(call) {
            Node::Call(g, xs) if xs.iter().all(|x| matches!(s.node(*x), Node::Bound(..))) => Some(*g),
            _ => None,
        }
    }
    /// Rewrites the tensor of derivatives at `pos` by its entries and reads them as a whole: why, and the chain of one entry.
    fn derive_entries(&self, d: &mut Draft<'s>, pos: &Position, goal: &Goal, lines: bool) -> Result<(Text, Chain), Refused> {
        let s = self.store;
        let f = d.proof.focus(pos)?;
        let Node::Tensor { dims, .. } = s.node(f.part).clone() else { return Err(stuck()) };
        let (vars, entry) = s.open_child(f.part, 0).ok_or_else(stuck)?;
        let givens = self.in_range(d, &vars, &dims);
        let mut sub = Draft::new(self.prover, entry, &givens);
        let outer = self.pending.take();
        let derived = self.derive_quietly(&mut sub);
        self.pending.replace(outer);
        let reason = derived?;
        let read = self.read_tensor(&sub, &vars, &dims, None, goal);
        let lemma = self.prover.add_lemma("", &sub.proof);
        let former = s.tensor(&vars, &dims, sub.current());
        let ground = Ground::Entrywise { lemma, indices: vars.clone() };
        d.step(pos, &f, ground, former, "differential.derivative", reason.clone(), Weight::Main)?;
        for r in read {
            let r = if lines { r } else { gather::broadcast(s, r) };
            let f = d.proof.focus(pos)?;
            if d.step(pos, &f, Ground::Extensional, r, "tensor.read", Text::default(), Weight::Small).is_ok() {
                return Ok((reason, sub.chain(self.detail())));
            }
        }
        Err(stuck())
    }
    /// What is given, and the ranges of these indices.
    fn in_range(&self, d: &Draft<'s>, vars: &[gradus_term::VarId], dims: &[gradus_term::Aff]) -> Vec<Id> {
        let s = self.store;
        let mut givens = d.proof.givens().to_vec();
        for (v, n) in vars.iter().zip(dims) {
            let i = s.name(*v);
            givens.push(s.rel(RelOp::Le, s.int(1), i));
            givens.push(s.rel(RelOp::Le, i, s.index(n.clone())));
        }
        givens
    }
    /// Derives the start of `sub` without lines; the reason of its first step.
    fn derive_quietly(&self, sub: &mut Draft<'s>) -> Result<Text, Refused> {
        if !self.push_derivatives(sub) {
            return Err(Refused::NotGrounded("the derivative of a function".to_owned()));
        }
        let reason = sub.proof.steps().iter().find(|st| st.weight == Weight::Main).map(|st| st.reason.clone()).unwrap_or_default();
        let instances = self.instances(&[sub.proof.start(), sub.current()]);
        self.simplify(sub, &instances);
        Ok(reason)
    }

    /// Signs, numbers and scalars out of products and traces, sums out of both, without a word.
    fn spread_linear(&self, d: &mut Draft<'s>, goal: &Goal) {
        let s = self.store;
        let spread = spread::spread(s, factor::unscaled(s, d.current()), &|t| self.simplest(d, t, goal));
        let new = factor::without_identities(s, spread::fronted(s, crate::tidy::tidy(s, spread)));
        if !s.same(new, d.current()) {
            // A form that the kernel does not accept is not used.
            let _ = d.rewrite(new, "differential.spread", Text::default(), Weight::Trivial);
        }
    }
}

fn stuck() -> Refused {
    Refused::NotGrounded("the differential".to_owned())
}

/// The differential that stands at a focus, whatever letters its indices were opened with.
fn key(s: &Store, f: &Focus) -> Id {
    s.canon(s.close(f.part, &f.opened))
}

/// The position of the node at a path; among the factors of a matrix product, that factor, so that a product joins them.
fn place(s: &Store, t: Id, path: &[u32]) -> Position {
    let Some((last, init)) = path.split_last() else { return Position::root() };
    let mut at = t;
    for k in init {
        match s.node(at).children().get(*k as usize) {
            Some((c, _)) => at = *c,
            None => return Position::at(path),
        }
    }
    match s.node(at) {
        Node::MatMul(_) => Position::at(init).select(&[*last]),
        _ => Position::at(path),
    }
}

/// The reason beside a line; none for what is passed through.
fn words(rule: DifferentialRule) -> Option<&'static str> {
    Some(match rule {
        DifferentialRule::Linear | DifferentialRule::Entrywise | DifferentialRule::Chain => return None,
        DifferentialRule::Product => "product rule",
        DifferentialRule::Quotient => "quotient rule",
        DifferentialRule::Power => "power rule",
        DifferentialRule::Inverse => "differential of an inverse",
        DifferentialRule::Determinant => "differential of a determinant",
        DifferentialRule::LogDeterminant => "differential of the logarithm of a determinant",
        DifferentialRule::SquaredNorm => "differential of a squared norm",
        DifferentialRule::PowerOfNorm => "differential of a power of a norm",
        DifferentialRule::Norm => "differential of a norm",
    })
}
