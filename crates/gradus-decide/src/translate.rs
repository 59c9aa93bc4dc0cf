//! From terms to normal forms.
//!
//! Terms are walked with an explicit stack; only binders, entries and unfoldings recurse, under the nesting budget. In
//! [`Mode::Opaque`] a definition is a kernel of its normalised arguments, in [`Mode::Full`] it is unfolded. Unevaluated
//! derivatives and limits are kernels keyed by their structure, closed over the indices they mention.

use crate::algebra::ex;
use crate::atom::{Atom, Cmp, Head, Nf};
use crate::budget::Budget;
use crate::facts::{Facts, Mode, Tri};
use crate::matrices::InverseEntry;
use gradus_term::{Aff, Arg, BigOp, FnId, FnKind, IVar, Id, Node, RelOp, Sym, VarId};

type R<T> = Result<T, Budget>;

/// Ranges of at most this many members are written out.
const EXPLICIT: i64 = 6;
/// … and of this many if each is a number.
const NUMBERS: i64 = 64;

impl Facts<'_> {
    /// The normal form of a scalar term; definitions stay kernels.
    ///
    /// # Errors
    /// If the budget runs out.
    pub fn nf(&self, t: Id) -> Result<Nf, Budget> {
        self.asked(|f| f.nf_mode(t, Mode::Opaque))
    }
    pub(crate) fn nf_mode(&self, t: Id, mode: Mode) -> R<Nf> {
        let root = self.store.canon(t);
        let mut stack = vec![root];
        while let Some(t) = stack.last().copied() {
            if self.is_settled(t, mode) {
                stack.pop();
                continue;
            }
            let before = stack.len();
            self.visit_operands(t, &mut |c| {
                if !self.is_settled(c, mode) {
                    stack.push(c);
                }
            });
            if stack.len() == before {
                stack.pop();
                let r = self.sh.fuel.attempt_or(|| self.sh.fuel.spend(1).and_then(|()| self.node_nf(t, mode)));
                self.memo().borrow_mut().insert((t, mode), r);
            }
        }
        let r = self.memo().borrow().get(&(root, mode)).cloned();
        r.and_then(Result::ok).ok_or(Budget)
    }
    /// Whether the normal form is known, or is not to be had with what is allowed now.
    fn is_settled(&self, t: Id, mode: Mode) -> bool {
        match self.memo().borrow().get(&(t, mode)) {
            Some(Ok(_)) => true,
            Some(Err(then)) => self.sh.fuel.hopeless(*then),
            None => false,
        }
    }
    /// The scalar operands that are surely needed and stand under no binder.
    fn visit_operands(&self, t: Id, f: &mut dyn FnMut(Id)) {
        let mut go = |x: Id| {
            if self.store.sort(x).is_scalar() {
                f(self.store.canon(x));
            }
        };
        match self.store.node(t) {
            Node::Sum(xs) => xs.iter().for_each(|x| go(x.term)),
            Node::Product(xs) => xs.iter().for_each(|x| go(*x)),
            Node::Quot(a, b) | Node::Pow(a, b) => {
                go(*a);
                go(*b);
            }
            Node::Call(g, xs) if self.store.prim(*g).is_some_and(gradus_term::Prim::is_scalar) => xs.iter().for_each(|x| go(*x)),
            _ => {}
        }
    }
    fn node_nf(&self, t: Id, mode: Mode) -> R<Nf> {
        let nf = |x: Id| self.nf_mode(x, mode);
        match self.store.node(t) {
            Node::Num(q) => Ok(Nf::num(q.clone())),
            Node::Index(a) => Ok(self.aff_nf(&self.solve_in(a))),
            Node::Sum(xs) => {
                let mut out = crate::atom::Collect::default();
                for x in xs {
                    out.add(&nf(x.term)?, &gradus_term::Rat::int(if x.neg { -1 } else { 1 }));
                }
                let n = out.finish();
                if xs.len() > 1 {
                    self.merged(n)
                } else {
                    Ok(n)
                }
            }
            Node::Product(xs) => self.product_nf(xs, mode),
            Node::Quot(a, b) => {
                let d = self.pow(&nf(*b)?, ex(-1))?;
                self.mul(&nf(*a)?, &d)
            }
            Node::Pow(a, b) => self.power(&nf(*a)?, &nf(*b)?),
            Node::Call(f, xs) => self.call_nf(t, *f, xs, mode),
            Node::CallVar(h, xs) => {
                let args = xs.iter().map(|x| nf(*x)).collect::<R<Vec<_>>>()?;
                self.apply(Head::Var(self.store.canon(*h)), args)
            }
            Node::Big { op, .. } => self.big_nf(t, *op, mode),
            Node::Iverson(c) => self.cond_nf(*c, true, mode, 0, true),
            Node::Cases(bs, o) => self.cases_nf(bs, *o, mode),
            Node::Entry(u, ix) => self.entry_nf(*u, ix, mode),
            Node::MatMul(_) => match self.store.scalar_form(t) {
                Some(e) => self.sh.fuel.deeper(|| nf(e)),
                None => self.opaque(t),
            },
            Node::Differential { body, along, .. } if matches!(self.store.node(*body), Node::Bound(0, _)) => nf(*along),
            Node::Diff { .. } if self.store.as_partial(t).is_some() => self.partial_nf(t, mode),
            Node::Diff { hint, body, slot, point } if self.is_slope(*body, slot, *point) => {
                let at_zero = Node::Diff { hint: *hint, body: *body, slot: slot.clone(), point: self.store.int(0) };
                self.apply(Head::Slope(self.store.canon(self.store.intern(at_zero))), vec![nf(*point)?])
            }
            Node::Array(xs) if self.store.sort(t).is_scalar() => xs.first().map_or(Err(Budget), |x| nf(*x)),
            _ => self.opaque(t),
        }
    }
    /// A partial derivative of an unknown function: its orders are what it is, whichever came first; its arguments are put in.
    fn partial_nf(&self, t: Id, mode: Mode) -> R<Nf> {
        let Some(p) = self.store.as_partial(t) else { return self.opaque(t) };
        let args = p.args.iter().map(|x| self.nf_mode(*x, mode)).collect::<R<Vec<_>>>()?;
        let nowhere = p.at(vec![self.store.int(0); args.len()]);
        self.apply(Head::Slope(self.store.canon(self.store.partial(&nowhere))), args)
    }
    /// Whether this is `g′(u)` for a function of a number alone, and u is no name: then what is equal to u may stand there.
    fn is_slope(&self, body: Id, slot: &[Aff], point: Id) -> bool {
        let s = self.store;
        let name = matches!(s.node(point), Node::Var(_) | Node::Index(_) | Node::Bound(..));
        let indices = || s.free_vars(body).into_iter().any(|v| s.var(v).is_integer());
        slot.is_empty() && !name && s.loose(body) <= 1 && s.sort(point).is_scalar() && s.sort(body).is_scalar() && !indices()
    }
    /// A product: `[i ≠ j]` is `1 − [i = j]` only beside total factors; else it keeps shielding.
    fn product_nf(&self, xs: &[Id], mode: Mode) -> R<Nf> {
        let mut out = Nf::one();
        let is_ne = |x: &Id| matches!(self.store.node(*x), Node::Iverson(_));
        let total = xs.iter().filter(|x| !is_ne(x)).all(|x| self.plainly_total(*x));
        for x in xs {
            let n = match self.store.node(*x) {
                Node::Iverson(c) if !total => self.cond_nf(*c, true, mode, 0, false)?,
                _ => self.nf_mode(*x, mode)?,
            };
            out = self.mul(&out, &n)?;
            if out.is_zero() {
                break;
            }
        }
        Ok(out)
    }
    /// Whether the term has a value wherever its entries do, by its operations alone.
    fn plainly_total(&self, t: Id) -> bool {
        !self.store.any_subterm(t, &mut |n| match n {
            Node::Quot(_, b) => self.store.as_rational(*b).is_none_or(|q| q.is_zero()),
            Node::Pow(_, b) => !self.store.as_rational(*b).is_some_and(|q| q.is_integer() && !q.is_negative()),
            Node::Call(f, _) => self.store.prim(*f).is_none_or(|p| {
                !matches!(p, gradus_term::Prim::Exp | gradus_term::Prim::Sin | gradus_term::Prim::Cos | gradus_term::Prim::Abs)
            }),
            Node::CallVar(..) | Node::Diff { .. } | Node::Differential { .. } | Node::Limit { .. } => true,
            _ => false,
        })
    }
    fn call_nf(&self, t: Id, f: FnId, xs: &[Id], mode: Mode) -> R<Nf> {
        let defined = self.store.fun(f).kind == FnKind::Defined;
        if defined && mode == Mode::Full {
            return match self.store.unfold(f, xs) {
                Some(b) => self.sh.fuel.deeper(|| self.nf_mode(b, mode)),
                None => self.opaque(t),
            };
        }
        if self.scalar_args(f, xs) {
            let args = xs.iter().map(|x| self.nf_mode(*x, mode)).collect::<R<Vec<_>>>()?;
            return self.apply(Head::Fn(f), args);
        }
        match self.store.scalar_form(t) {
            Some(e) => self.sh.fuel.deeper(|| self.nf_mode(e, mode)),
            None => match self.determinant(t) {
                Some(e) => self.sh.fuel.deeper(|| self.nf_mode(e, mode)),
                None => self.opaque(t),
            },
        }
    }

    // ---- binders

    /// The facts under the binder of a `Big` node, as they hold for its condition: a fresh index and its range.
    pub(crate) fn under_range(&self, t: Id) -> Option<(Self, VarId)> {
        let Node::Big { hint, lo, hi, .. } = self.store.node(t) else { return None };
        Some(self.at_any_index(*hint, lo, hi))
    }
    /// The facts with a fresh index, of which only the range is known.
    pub(crate) fn at_any_index(&self, hint: Sym, lo: &Aff, hi: &Aff) -> (Self, VarId) {
        let v = self.store.fresh(hint, gradus_term::Sort::Scalar, true);
        self.opened(v, lo, hi);
        let i = self.store.index(Aff::free(v));
        let facts =
            [self.store.rel(RelOp::Le, self.store.index(lo.clone()), i), self.store.rel(RelOp::Le, i, self.store.index(hi.clone()))];
        (self.with(&facts), v)
    }
    /// The facts for its body: the condition, too.
    pub(crate) fn under_binder(&self, t: Id) -> Option<(Self, VarId)> {
        let (within, v) = self.under_range(t)?;
        match self.store.node(t) {
            Node::Big { cond: Some(c), .. } => Some((within.with(&[self.store.open(*c, &[Arg::Idx(Aff::free(v))])]), v)),
            _ => Some((within, v)),
        }
    }
    fn big_nf(&self, t: Id, op: BigOp, mode: Mode) -> R<Nf> {
        let Node::Big { lo, hi, cond, body, .. } = self.store.node(t) else { return self.opaque(t) };
        if let Some(n) = self.explicit(op, lo, hi, *cond, *body, mode)? {
            return Ok(n);
        }
        let Some((under, v)) = self.under_binder(t) else { return self.opaque(t) };
        let open = |x: Id| self.store.open(x, &[Arg::Idx(Aff::free(v))]);
        let inner = self.sh.fuel.deeper(|| under.nf_mode(open(*body), mode))?;
        let var = Aff::free(v);
        let guard = match cond {
            // Beside a total body, as an Iverson bracket beside total factors.
            Some(c) => self.cond_nf(open(*c), true, mode, 0, op == BigOp::Sum && self.plainly_total(open(*body)))?,
            None => Nf::one(),
        };
        let range = self.mul(&self.ge_guard(&var.sub(lo))?, &self.ge_guard(&hi.sub(&var))?)?;
        match op {
            BigOp::Sum => {
                let all = self.mul(&self.mul(&range, &guard)?, &inner)?;
                self.sum_over_all(&[IVar::Free(v)], &all)
            }
            BigOp::Prod => self.prod_nf(v, lo, hi, &guard, &inner),
            BigOp::Max | BigOp::Min if cond.is_none() => self.bind_big(op, v, lo, hi, &inner),
            _ => self.opaque(t),
        }
    }
    /// Whether a sum over a few known members stands in the term, which [`Facts::with_sums_whole`] would treat otherwise.
    pub(crate) fn has_few_members(&self, t: Id) -> bool {
        self.store.any_subterm(t, &mut |n| match n {
            Node::Big { op: BigOp::Sum, lo, hi, .. } => hi.sub(lo).as_int().is_some_and(|n| (1..EXPLICIT).contains(&n)),
            _ => false,
        })
    }
    /// A range of a few known members, written out.
    fn explicit(&self, op: BigOp, lo: &Aff, hi: &Aff, cond: Option<Id>, body: Id, mode: Mode) -> R<Option<Nf>> {
        let (lo, hi) = (self.solve_in(lo), self.solve_in(hi));
        let Some(n) = hi.sub(&lo).plus(1).as_int() else { return Ok(None) };
        let unit = match op {
            BigOp::Sum => Nf::zero(),
            BigOp::Prod => Nf::one(),
            _ => return Ok(None),
        };
        // Members that are numbers stay one number.
        let closed = || self.store.free_vars(body).is_empty() && !self.store.any_subterm(body, &mut |n| matches!(n, Node::Big { .. }));
        if n > EXPLICIT && !(n <= NUMBERS && closed()) || self.sums_whole && n > 1 && op == BigOp::Sum {
            return Ok(None);
        }
        let mut out = unit;
        for k in 0..n.max(0) {
            let at = [Arg::Idx(lo.plus(k))];
            let x = self.store.open(body, &at);
            let x = match cond {
                Some(c) => self.store.mul(self.store.intern(Node::Iverson(self.store.open(c, &at))), x),
                None => x,
            };
            if op == BigOp::Prod && cond.is_some() {
                return Ok(None);
            }
            let x = self.sh.fuel.deeper(|| self.nf_mode(x, mode))?;
            out = if op == BigOp::Sum { out.add(&x) } else { self.mul(&out, &x)? };
        }
        Ok(Some(out))
    }
    /// `Π_v f`: factors free of `v` give powers, exponentials sums, the rest stays factor by factor.
    fn prod_nf(&self, v: VarId, lo: &Aff, hi: &Aff, guard: &Nf, inner: &Nf) -> R<Nf> {
        let iv = IVar::Free(v);
        let count = hi.sub(lo).plus(1);
        let counted = *guard == Nf::one() && self.entails(&count, &[])?;
        let Some((m, q)) = inner.single().filter(|_| counted && !self.has_guard(inner)) else {
            let body = self.mul(guard, inner)?;
            let other = if *guard == Nf::one() { Nf::zero() } else { Nf::one().sub(guard) };
            return self.bind_big(BigOp::Prod, v, lo, hi, &body.add(&other));
        };
        let mut out = self.power(&Nf::num(q.clone()), &self.aff_nf(&count))?;
        for (a, e) in m.iter() {
            let n = Nf::atom(*a);
            let f = if !self.sh.table.borrow().mentions(*a, iv) {
                self.power(&n, &self.aff_nf(&count))?
            } else if let Atom::Exp(k) = &*self.get(*a) {
                let var = Aff::free(v);
                let range = self.mul(&self.ge_guard(&var.sub(lo))?, &self.ge_guard(&hi.sub(&var))?)?;
                let body = self.mul(&range, &Nf::term(k.clone(), gradus_term::Rat::one()))?;
                self.exp_nf(&self.sum_over_all(&[iv], &body)?)?
            } else {
                self.bind_big(BigOp::Prod, v, lo, hi, &n)?
            };
            out = self.mul(&out, &self.pow(&f, *e)?)?;
        }
        Ok(out)
    }
    /// A `Π`, max or min that stays, its range starting at 1, its binder named by height.
    fn bind_big(&self, op: BigOp, v: VarId, lo: &Aff, hi: &Aff, body: &Nf) -> R<Nf> {
        let shift = lo.plus(-1);
        let t = self.sh.table.borrow_mut().temp();
        let body = self.subst_nf(body, IVar::Free(v), &Aff::var(t).add(&shift))?;
        let height = body.iter().flat_map(|(m, _)| m.iter()).map(|(a, _)| self.sh.table.borrow().height(*a)).max().unwrap_or(0) + 1;
        let name = IVar::Bound(height * 32);
        let body = self.subst_nf(&body, t, &Aff::var(name))?;
        Ok(self.atom_nf(Atom::Big(op, name, Aff::int(1), hi.sub(&shift), body)))
    }

    // ---- conditions

    /// `[c]` (or `[not c]`). With `beside_total` an integer `≠` may be `1 − [=]`, which does not shield.
    pub(crate) fn cond_nf(&self, c: Id, positive: bool, mode: Mode, depth: u32, beside_total: bool) -> R<Nf> {
        if depth > 40 {
            return Err(Budget);
        }
        let again = |x: Id, p: bool| self.cond_nf(x, p, mode, depth + 1, beside_total);
        match self.store.node(c) {
            Node::Not(x) => again(*x, !positive),
            Node::And(xs) | Node::Or(xs) => {
                let conjunction = matches!(self.store.node(c), Node::And(_)) == positive;
                if conjunction {
                    let mut out = Nf::one();
                    for x in xs {
                        out = self.mul(&out, &again(*x, positive)?)?;
                    }
                    return Ok(out);
                }
                // a or b or …: the first that holds.
                let (mut out, mut none) = (Nf::zero(), Nf::one());
                for x in xs {
                    out = out.add(&self.mul(&none, &again(*x, positive)?)?);
                    none = self.mul(&none, &again(*x, !positive)?)?;
                }
                Ok(out)
            }
            Node::Rel(op, a, b) => {
                let op = if positive { *op } else { op.negated() };
                if let (Some(x), Some(y)) = (self.store.as_aff(*a), self.store.as_aff(*b)) {
                    return self.integer_guard(op, &x.sub(&y), beside_total);
                }
                if !self.store.sort(*a).is_scalar() || !self.store.sort(*b).is_scalar() {
                    return self.opaque_cond(c, positive);
                }
                match self.relation_signs(op, *a, *b) {
                    Tri::True => return Ok(Nf::one()),
                    Tri::False => return Ok(Nf::zero()),
                    Tri::Unknown => {}
                }
                let d = self.difference(*a, *b, mode)?;
                match op {
                    RelOp::Gt => self.real_guard(Cmp::Gt, &d),
                    RelOp::Ge => self.real_guard(Cmp::Ge, &d),
                    RelOp::Lt => self.real_guard(Cmp::Gt, &d.neg()),
                    RelOp::Le => self.real_guard(Cmp::Ge, &d.neg()),
                    RelOp::Eq => self.real_guard(Cmp::Eq, &d),
                    RelOp::Ne => self.real_guard(Cmp::Ne, &d),
                }
            }
            _ => self.opaque_cond(c, positive),
        }
    }
    /// The relation by term structure alone (cheap; the normal form is asked afterwards).
    fn relation_signs(&self, op: RelOp, a: Id, b: Id) -> Tri {
        let rel = self.store.rel(op, a, b);
        if self.conditions().iter().any(|c| self.store.same(*c, rel)) {
            return Tri::True;
        }
        Tri::Unknown
    }
    fn integer_guard(&self, op: RelOp, d: &Aff, beside_total: bool) -> R<Nf> {
        match op {
            RelOp::Eq => self.eq_guard(d),
            RelOp::Ge => self.ge_guard(d),
            RelOp::Gt => self.ge_guard(&d.plus(-1)),
            RelOp::Le => self.ge_guard(&d.neg()),
            RelOp::Lt => self.ge_guard(&d.neg().plus(-1)),
            RelOp::Ne if beside_total => Ok(Nf::one().sub(&self.eq_guard(d)?)),
            RelOp::Ne => Ok(self.ge_guard(&d.plus(-1))?.add(&self.ge_guard(&d.neg().plus(-1))?)),
        }
    }
    fn opaque_cond(&self, c: Id, positive: bool) -> R<Nf> {
        let c = if positive { c } else { self.store.intern(Node::Not(c)) };
        let (head, args) = self.close_over_indices(c);
        Ok(self.atom_nf(Atom::Cond { head, args }))
    }
    fn cases_nf(&self, bs: &[(Id, Id)], o: Option<Id>, mode: Mode) -> R<Nf> {
        let (mut out, mut none, mut before) = (Nf::zero(), Nf::one(), Vec::new());
        for (c, v) in bs {
            let g = self.mul(&none, &self.cond_nf(*c, true, mode, 0, false)?)?;
            if !g.is_zero() {
                let mut facts = before.clone();
                facts.push(*c);
                let n = self.sh.fuel.deeper(|| self.with(&facts).nf_mode(*v, mode))?;
                out = out.add(&self.mul(&g, &n)?);
            }
            none = self.mul(&none, &self.cond_nf(*c, false, mode, 0, false)?)?;
            before.push(self.store.intern(Node::Not(*c)));
        }
        match o {
            Some(v) if !none.is_zero() => {
                let n = self.sh.fuel.deeper(|| self.with(&before).nf_mode(v, mode))?;
                Ok(out.add(&self.mul(&none, &n)?))
            }
            Some(_) => Ok(out),
            // Where no branch holds there is no value; anything may stand there, but it must not look like 0.
            None => Ok(out),
        }
    }

    // ---- entries and opaque terms

    fn entry_nf(&self, u: Id, ix: &[Aff], mode: Mode) -> R<Nf> {
        let ix: Vec<Aff> = ix.iter().map(|a| self.solve_in(a)).collect();
        if self.store.sort(u).dims().len() != ix.len() {
            return Err(Budget);
        }
        if let Some(e) = self.store.entry(u, &ix) {
            return self.sh.fuel.deeper(|| self.nf_mode(e, mode));
        }
        if let (Node::Call(f, xs), Mode::Full) = (self.store.node(u), mode) {
            if let Some(b) = self.store.unfold(*f, xs) {
                return self.sh.fuel.deeper(|| self.nf_mode(self.store.make_entry(b, &ix), mode));
            }
        }
        if let Node::Diff { .. } = self.store.node(u) {
            return Err(Budget);
        }
        let (u, ix) = match self.inverse_entry(u, ix) {
            InverseEntry::Kept(u, ix) => (u, ix),
            InverseEntry::Product(u, ix) => return self.sh.fuel.deeper(|| self.nf_mode(self.store.make_entry(u, &ix), mode)),
        };
        let (head, mut args) = self.close_over_indices(u);
        let params = u8::try_from(args.len()).map_err(|_| Budget)?;
        args.extend(ix);
        self.entry_atom(head, params, args)
    }
    /// The entry of a name, with what its properties say: guards where entries outside are 0, symmetric indices sorted.
    pub(crate) fn entry_atom(&self, head: Id, params: u8, mut args: Vec<Aff>) -> R<Nf> {
        let mut guard = Nf::one();
        if let (Node::Var(v), 0) = (self.store.node(head), params) {
            let info = self.store.var(*v);
            let p = info.props;
            if let ([i, j], true) = (args.as_slice(), p.diagonal) {
                guard = self.eq_guard(&i.sub(j))?;
            }
            if p.zero_outside {
                for (a, n) in args.iter().zip(info.sort.dims()) {
                    guard = self.mul(&guard, &self.ge_guard(&a.plus(-1))?)?;
                    guard = self.mul(&guard, &self.ge_guard(&n.sub(a))?)?;
                }
            }
        }
        if let Some([i, j]) = args.get_mut(usize::from(params)..) {
            if i > j && crate::matrices::is_symmetric(self.store, head) {
                std::mem::swap(i, j);
            }
        }
        let atom = self.atom_nf(Atom::Ent { head, params, args });
        self.mul(&guard, &atom)
    }
    /// A term nobody looks into.
    fn opaque(&self, t: Id) -> R<Nf> {
        if self.store.loose(t) > 0 || !self.store.sort(t).is_scalar() {
            return Err(Budget);
        }
        let (t, slot) = self.without_slot(t);
        let (mut head, mut args) = self.close_over_indices(t);
        for (v, a) in slot {
            // The entry a derivative is taken by is an index like any other.
            match args.iter_mut().find(|x| **x == Aff::free(v)) {
                Some(x) => *x = self.solve_in(&a),
                None => head = t,
            }
        }
        let params = u8::try_from(args.len()).map_err(|_| Budget)?;
        Ok(self.atom_nf(Atom::Ent { head, params, args }))
    }
    /// A derivative by an entry with names in place of the entry's indices, and what they stand for.
    fn without_slot(&self, t: Id) -> (Id, Vec<(VarId, Aff)>) {
        let Node::Diff { hint, body, slot, point } = self.store.node(t) else { return (t, Vec::new()) };
        let named: Vec<(VarId, Aff)> =
            slot.iter().map(|a| (self.store.fresh(gradus_term::Sym::NONE, gradus_term::Sort::Scalar, true), a.clone())).collect();
        let slot = named.iter().map(|(v, _)| Aff::free(*v)).collect();
        (self.store.intern(Node::Diff { hint: *hint, body: *body, slot, point: *point }), named)
    }
    /// The term closed over the integer names it mentions, and these: so that an index can be put in later.
    fn close_over_indices(&self, t: Id) -> (Id, Vec<Aff>) {
        let t = self.store.canon(t);
        if matches!(self.store.node(t), Node::Var(_)) {
            return (t, Vec::new());
        }
        let vars: Vec<VarId> = self.store.free_vars(t).into_iter().filter(|v| self.store.var(*v).is_integer()).collect();
        let head = self.store.canon(self.store.close(t, &vars));
        (head, vars.into_iter().map(|v| self.solve_in(&Aff::free(v))).collect())
    }
}
