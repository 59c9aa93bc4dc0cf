//! Indices and their ranges: affine index expressions, sums over ranges, ranges found from shapes.
//!
//! An index whose range is not written gets it from the first entry where it stands alone: `x[j]` makes j run over
//! `1..n`. Sizes still open are unified with a written range in the same way.

use gradus_term::{Aff, BigOp, IVar, Id, Node, Prim, Sort, VarId, VarInfo, VarKind};

use super::{Elab, Local, Named, OpenIndex, Out, Said};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Binder, Domain, Expr, Ident};

impl Elab<'_> {
    /// A whole-number expression in sizes and indices.
    pub(super) fn index(&mut self, e: &Expr) -> Out<Aff> {
        let id = self.whole_value(e)?;
        match self.store.as_aff(id) {
            Some(a) => Ok(self.size(&a)),
            None => {
                let d = Diagnostic::new(Code::INDEX_FORM, e.span, "this is not a whole-number expression of indices and sizes");
                self.err(d.help("an index is like `i + j - 1`, in names given `in N` and indices"))
            }
        }
    }

    /// A value where only a whole number can stand.
    pub(super) fn whole_value(&mut self, e: &Expr) -> Out<Id> {
        let before = std::mem::replace(&mut self.whole, true);
        let value = self.value(e);
        self.whole = before;
        value
    }

    /// A size: as [`Elab::index`], and not surely negative.
    pub(super) fn size_of(&mut self, e: &Expr) -> Out<Aff> {
        let id = self.whole_value(e)?;
        match self.store.as_aff(id) {
            Some(a) if a.as_int().is_none_or(|n| n >= 0) => Ok(self.size(&a)),
            Some(_) => self.wrong(Code::SIZE, e.span, "a size is not negative"),
            None => match self.floors_named(id) {
                Some(a) => Ok(a),
                None => {
                    let d = Diagnostic::new(Code::SIZE, e.span, "a size is a whole-number expression");
                    self.err(d.help(
                        "declare the names in it as whole numbers: `given n in N`; `floor((n - 1)/2)` rounds down, where 2 is a number",
                    ))
                }
            },
        }
    }

    /// A sum of whole multiples of sizes and of floors `⌊a/d⌋`, these under their names.
    pub(super) fn floors_named(&mut self, id: Id) -> Option<Aff> {
        let s = self.store;
        if let Some(a) = s.as_aff(id) {
            return Some(self.size(&a));
        }
        match s.node(id) {
            Node::Sum(xs) => xs.iter().try_fold(Aff::int(0), |acc, x| {
                let own = self.floors_named(x.term)?;
                Some(acc.add_scaled(&own, if x.neg { -1 } else { 1 }))
            }),
            Node::Product(xs) => xs.iter().try_fold(Aff::int(1), |acc, x| {
                let own = self.floors_named(*x)?;
                match (acc.as_int(), own.as_int()) {
                    (Some(k), _) => Some(own.scale(k)),
                    (_, Some(k)) => Some(acc.scale(k)),
                    _ => None,
                }
            }),
            Node::Call(f, xs) if s.prim(*f) == Some(Prim::Floor) => {
                let Node::Quot(a, d) = s.node(*xs.first()?) else { return None };
                let (a, d) = (self.floors_named(*a)?, s.as_rational(*d)?.to_i64().filter(|d| *d >= 1)?);
                self.floor_of(&a, d)
            }
            _ => None,
        }
    }

    /// `⌊a/d⌋`, under a name if it is no affine expression.
    pub(super) fn floor_of(&mut self, a: &Aff, d: i64) -> Option<Aff> {
        a.divided_down(d).or_else(|| self.floor_name(a, d).map(Aff::free))
    }

    /// The name of `⌊a/d⌋`: a whole number q with `d q ≤ a ≤ d q + d − 1`, which become givens.
    fn floor_name(&mut self, a: &Aff, d: i64) -> Option<VarId> {
        let a = self.size(a);
        let given = |v: IVar| matches!(v, IVar::Free(w) if self.store.var(w).kind == VarKind::Size && !self.open_sizes.contains(&w));
        if !a.vars().all(given) {
            return None;
        }
        let key = (a, d);
        if let Some(v) = self.scope.floors.get(&key) {
            return Some(*v);
        }
        let shown = gradus_term::debug::aff(self.store, &key.0);
        let shown = if key.0.as_var().is_some() { shown } else { format!("({shown})") };
        let mut info = VarInfo::new(&format!("floor({shown}/{d})"), VarKind::Size, Sort::Scalar);
        info.domain = gradus_term::Domain::Int;
        info.floor = Some(key.clone());
        let v = self.store.declare(info);
        let (s, multiple) = (self.store, Aff::free(v).scale(d));
        let relation = |x: &Aff, y: &Aff| s.rel(gradus_term::RelOp::Le, s.index(x.clone()), s.index(y.clone()));
        self.scope.conditions.extend([relation(&multiple, &key.0), relation(&key.0, &multiple.plus(d - 1))]);
        self.scope.floors.insert(key, v);
        Some(v)
    }

    /// A fresh index.
    pub(super) fn new_index(&mut self, name: &str, kind: VarKind) -> VarId {
        let mut info = VarInfo::new(name, kind, Sort::Scalar);
        info.domain = gradus_term::Domain::Int;
        self.store.declare(info)
    }

    /// Notes that an index expression reads a dimension, and refuses what is surely out of range.
    pub(super) fn check_index(&mut self, t: Id, a: &Aff, dim: &Aff, span: Span) -> Out<()> {
        let padded = self.zero_outside(t);
        if let Some(IVar::Free(v)) = a.as_var() {
            return self.note_use(v, dim, padded, span);
        }
        self.note_multiple(a, dim);
        let outside = |n: Option<i64>| n.is_some_and(|n| n < 0);
        let below = outside(a.plus(-1).as_int());
        let above = outside(self.size(dim).sub(a).as_int());
        if (below || above) && !padded && self.guarded == 0 {
            let shown = gradus_term::debug::aff(self.store, &self.size(dim));
            let d = Diagnostic::new(Code::INDEX_RANGE, span, format!("this index is outside 1..{shown}"));
            return self.err(d.help("entries are counted from 1; `zero outside` makes entries outside the range 0"));
        }
        Ok(())
    }

    fn zero_outside(&self, t: Id) -> bool {
        match self.store.node(t) {
            Node::Var(v) => self.store.var(*v).props.zero_outside,
            _ => false,
        }
    }

    /// An index standing alone reads a dimension: its range, if still open, is that dimension's.
    fn note_use(&mut self, v: VarId, dim: &Aff, padded: bool, span: Span) -> Out<()> {
        let Some(at) = self.indices.iter().position(|o| o.var == v) else { return Ok(()) };
        let Some(open) = self.indices.get(at).cloned() else { return Ok(()) };
        let dim = self.size(dim);
        if open.stated {
            // A written range settles an open size; it need not fit a known one (conditions may guard it).
            if let Some(hi) = open.hi.filter(|_| open.lo == Aff::int(1)) {
                let size_is_open = dim.vars().any(|u| matches!(u, IVar::Free(w) if self.open_sizes.contains(&w)));
                if size_is_open {
                    self.unify(&dim, &hi);
                }
            }
            return Ok(());
        }
        if padded {
            if let Some(o) = self.indices.get_mut(at) {
                o.weak.get_or_insert(dim);
            }
            return Ok(());
        }
        match open.hi {
            None => {
                if let Some(o) = self.indices.get_mut(at) {
                    o.hi = Some(dim);
                }
                Ok(())
            }
            Some(hi) if self.unify(&hi, &dim) || self.guarded > 0 => Ok(()),
            Some(hi) => {
                let name = self.store.var(v).name.clone();
                let (a, b) = (gradus_term::debug::aff(self.store, &hi), gradus_term::debug::aff(self.store, &dim));
                let message = format!("the index `{name}` would run over 1..{a} and over 1..{b}");
                let d = Diagnostic::new(Code::SHAPE, span, message);
                self.err(d.help("write the range where the index is bound"))
            }
        }
    }

    /// An index that stands nowhere alone but in `x[2 r]` or `x[2 r - 1]`: it ranges from 1 to where the multiple leaves the dimension.
    fn note_multiple(&mut self, a: &Aff, dim: &Aff) {
        let mut vars = a.vars();
        let (Some(IVar::Free(v)), None) = (vars.next(), vars.next()) else { return };
        let (k, rest) = (a.coef(IVar::Free(v)), a.sub(&Aff::free(v).scale(a.coef(IVar::Free(v)))));
        let first = rest.as_int().is_some_and(|b| k >= 2 && b < 1 && k + b >= 1);
        let Some(last) = self.size(dim).sub(&rest).divided_down(k.max(1)).filter(|_| first) else { return };
        if let Some(o) = self.indices.iter_mut().find(|o| o.var == v && !o.stated && o.lo == Aff::int(1)) {
            o.weak.get_or_insert(last);
        }
    }

    /// The range of an index, once what it stands in has been read.
    pub(super) fn close_index(&mut self, v: VarId, span: Span) -> Out<(Aff, Aff)> {
        let found = self.indices.iter().rposition(|o| o.var == v).map(|k| self.indices.remove(k));
        let Some(o) = found else { return Err(Said) };
        match o.hi.or(o.weak) {
            Some(hi) => Ok((self.size(&o.lo), self.size(&hi))),
            None => {
                let name = self.store.var(v).name.clone();
                let d = Diagnostic::new(Code::RANGE_NEEDED, span, format!("the range of `{name}` is not known"));
                self.err(d.help(format!("write it: `{name} in 1..n`; it may be left out only where `x[{name}]` stands")))
            }
        }
    }

    /// Binds an index for `run`; gives its name and range and what `run` gave.
    pub(super) fn with_index<T>(&mut self, b: &Binder, run: impl FnOnce(&mut Self) -> Out<T>) -> Out<(VarId, Aff, Aff, T)> {
        let range = match &b.domain {
            None => None,
            Some(Domain::Range(lo, hi)) => Some((self.bound(lo)?, self.bound(hi)?)),
            Some(Domain::Set(s)) => {
                let d = Diagnostic::new(Code::RANGE_NEEDED, s.span, "an index ranges over `lo..hi`, not over a set");
                return self.err(d);
            }
        };
        if let Some((lo, hi)) = &range {
            if hi.sub(lo).as_int().is_some_and(|n| n < -1) {
                let d = Diagnostic::new(Code::EMPTY_RANGE, b.span, "this range is empty")
                    .note("a sum over `1..0` is 0; bounds further apart are taken for a mistake");
                return self.err(d);
            }
        }
        let v = self.new_index(&b.name.text, VarKind::Opened);
        let stated = range.is_some();
        let (lo, hi) = range.map_or((Aff::int(1), None), |(lo, hi)| (lo, Some(hi)));
        self.indices.push(OpenIndex { var: v, lo, hi, weak: None, stated });
        let local = Local { name: b.name.text.clone(), named: Named::Var(v) };
        let out = self.under(vec![local], run);
        let rule_range = self.rule_range(&b.name, v);
        let range = match rule_range {
            Some(r) => Ok(r),
            None if out.is_err() => {
                self.indices.retain(|o| o.var != v);
                Err(Said)
            }
            None => self.close_index(v, b.name.span),
        };
        let out = out?;
        let (lo, hi) = range?;
        Ok((v, lo, hi, out))
    }

    fn bound(&mut self, e: &Expr) -> Out<Aff> {
        let id = self.value(e)?;
        match self.store.as_aff(id).or_else(|| self.floors_named(id)) {
            Some(a) => Ok(a),
            None => {
                let d = Diagnostic::new(Code::INDEX_FORM, e.span, "a bound is a whole-number expression of sizes and indices");
                self.err(d)
            }
        }
    }

    /// In a rule a range left out is a pair of metavariables, the same for the same letter.
    fn rule_range(&mut self, name: &Ident, v: VarId) -> Option<(Aff, Aff)> {
        let open = self.indices.iter().any(|o| o.var == v && o.hi.is_none() && o.weak.is_none());
        if !self.rule_mode || !open {
            return None;
        }
        self.indices.retain(|o| o.var != v);
        let known = self.rule_ranges.get(&name.text).copied();
        let (lo, hi) = known.unwrap_or_else(|| {
            let pair =
                (self.new_index(&format!("{}.lo", name.text), VarKind::Meta), self.new_index(&format!("{}.hi", name.text), VarKind::Meta));
            self.rule_ranges.insert(name.text.clone(), pair);
            pair
        });
        Some((Aff::free(lo), Aff::free(hi)))
    }

    /// `sum(j in lo..hi if c, body)` and its kin.
    pub(super) fn big(&mut self, op: BigOp, b: &Binder, body: &Expr) -> Out<Id> {
        let guarded = b.condition.is_some();
        let (v, lo, hi, (cond, body)) = self.with_index(b, |s| {
            let cond = b.condition.as_ref().map(|c| s.condition(c)).transpose()?;
            s.guarded += u32::from(guarded);
            let body = s.value(body);
            s.guarded -= u32::from(guarded);
            Ok((cond, body?))
        })?;
        let (cond, body) = (cond.map(|c| self.settle(c)), self.settle(body));
        Ok(self.store.big(op, v, lo, hi, cond, body))
    }
}
