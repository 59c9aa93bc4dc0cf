//! Goals with their clauses.
//!
//! A name in an index that is declared nowhere is free over that entry's range; the goal and its clauses share it.

use gradus_term::goal::{DeriveNotation, Detail as TermDetail, Goal, GoalKind, Way};
use gradus_term::{Aff, Arg, IVar, Id, Node, RelOp, Side as TermSide, Sort, VarId, VarKind};
use rustc_hash::FxHashMap;

use super::{Elab, Named, OpenIndex, Out, Said};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::surface::{Expr, Ident, Kind, Relation, Subscript};
use crate::walk;
use crate::worksheet::{self, ClauseKind, DerivativeForm, Detail, GoalKind as Surface, Side};

impl Elab<'_> {
    /// A goal, its labels aside.
    pub(super) fn goal(&mut self, g: &worksheet::Goal) -> Out<Goal> {
        self.reset();
        self.free_indices(g);
        self.no_hidden_second_index(g)?;
        let kind = self.goal_kind(&g.kind)?;
        let mut goal = Goal::new(kind);
        let mut failed = false;
        for c in &g.clauses {
            failed |= self.clause(&mut goal, c).is_err();
        }
        if failed {
            return Err(Said);
        }
        self.close_free(&mut goal, g.span)?;
        goal.givens.clone_from(&self.scope.conditions);
        for e in self.scope.declared() {
            match &e.named {
                Named::Var(v) => goal.names.push(*v),
                Named::Fun(f, hidden) => {
                    goal.definitions.push(*f);
                    if self.store.fun(*f).explicit == 0 {
                        goal.constants.push((*f, self.store.call(*f, hidden)));
                    }
                }
                _ => {}
            }
        }
        self.reset();
        Ok(goal)
    }

    /// Makes the undeclared names that stand in indices known.
    fn free_indices(&mut self, g: &worksheet::Goal) {
        let mut formulas = goal_formulas(&g.kind);
        for c in &g.clauses {
            if let ClauseKind::Expect(all) | ClauseKind::Through(all) | ClauseKind::InTermsOf(all) | ClauseKind::Assuming(all) = &c.kind {
                formulas.extend(all);
            }
        }
        self.free_indices_of(&formulas);
    }
    /// `\sum_{i \\ne j}` where j stands nowhere else: some mean both indices, some only i.
    fn no_hidden_second_index(&mut self, g: &worksheet::Goal) -> Out<()> {
        let mut formulas = goal_formulas(&g.kind);
        for c in &g.clauses {
            if let ClauseKind::Expect(all) | ClauseKind::Through(all) | ClauseKind::InTermsOf(all) | ClauseKind::Assuming(all) = &c.kind {
                formulas.extend(all);
            }
        }
        let mut bound: Vec<Box<str>> = Vec::new();
        let mut conditions: Vec<(Span, Box<str>, Vec<Box<str>>, Expr)> = Vec::new();
        for e in &formulas {
            walk::each(e, |x| {
                let Kind::Call(head, args) = &x.kind else { return };
                let binders = args.iter().filter_map(|a| if let crate::surface::Arg::Binder(b) = a { Some(b) } else { None });
                bound.extend(binders.map(|b| b.name.text.clone()));
                let sign = matches!(&head.kind, Kind::Name(n) if n.origin == crate::surface::Origin::Sign);
                if let (true, Some(crate::surface::Arg::Binder(b))) = (sign, args.first()) {
                    let mut names = Vec::new();
                    if let Some(c) = &b.condition {
                        walk::each(c, |y| names.extend(y.as_name().map(Box::from)));
                    }
                    conditions.push((b.span, b.name.text.clone(), names, x.clone()));
                }
            });
        }
        let count = |e: &Expr, name: &str| {
            let mut n = 0_usize;
            walk::each(e, |x| n += usize::from(x.as_name() == Some(name)));
            n
        };
        for (span, index, names, whole) in conditions {
            let free = |n: &str| *n != *index && self.free.iter().any(|f| *f.0 == *n) && !bound.iter().any(|b| **b == *n);
            let hidden = names.iter().find(|n| free(n) && formulas.iter().map(|e| count(e, n)).sum::<usize>() == count(&whole, n));
            if let Some(other) = hidden {
                let d = Diagnostic::new(Code::MISSING_BOUND, span, format!("whether this sums over `{other}` too is unclear"));
                return self.err(
                    d.help(format!("over both: write `\\sum_{{{other}}}` before it; for one `{other}`, state it outside the sum too")),
                );
            }
        }
        Ok(())
    }
    /// Makes the undeclared names that stand in the indices of these formulas known.
    pub(super) fn free_indices_of(&mut self, formulas: &[&Expr]) {
        let mut names: Vec<(u32, Box<str>)> = Vec::new();
        let note = |i: &Expr, names: &mut Vec<(u32, Box<str>)>| {
            walk::each(i, |x| names.extend(x.as_name().map(|n| (x.span.start, n.into()))));
        };
        for e in formulas {
            walk::each(e, |e| match &e.kind {
                Kind::Index(_, subs) => subs.iter().for_each(|s| {
                    if let Subscript::At(i) = s {
                        note(i, &mut names);
                    }
                }),
                Kind::Script(_, s) => s.indices.iter().for_each(|i| note(i, &mut names)),
                _ => {}
            });
        }
        names.sort();
        for (_, n) in names {
            let name = crate::surface::Name { text: n.clone(), origin: crate::surface::Origin::Plain };
            let hides = self.is_no_index_of_before(&n) && !self.free.iter().any(|f| f.0 == n);
            if hides || self.declared(&n).is_none() && !self.is_function(&name) {
                let var = self.new_index(&n, VarKind::Index);
                self.indices.push(OpenIndex { var, lo: Aff::int(1), hi: None, weak: None, stated: false });
                self.free.push((n, var));
            }
        }
    }

    /// The ranges of the free indices that are used.
    fn close_free(&mut self, goal: &mut Goal, span: Span) -> Out<()> {
        let terms = goal.terms();
        for (_, v) in self.free.clone() {
            if terms.iter().any(|t| self.store.mentions(*t, v)) {
                let (lo, hi) = self.close_index(v, span)?;
                goal.indices.push((v, lo, hi));
            }
        }
        Ok(())
    }

    fn goal_kind(&mut self, kind: &Surface) -> Out<GoalKind> {
        match kind {
            Surface::Derive(e) => self.derive_goal(e),
            Surface::DeriveBy { form, of, wrt } => {
                let term = self.named_derivative(*form, of, wrt)?;
                let notation = match form {
                    DerivativeForm::Gradient => DeriveNotation::Gradient,
                    DerivativeForm::Jacobian => DeriveNotation::Jacobian,
                    DerivativeForm::Hessian => DeriveNotation::Hessian,
                };
                Ok(GoalKind::Derive { term: self.settle(term), notation })
            }
            Surface::Show(e) => {
                let c = self.condition(e)?;
                Ok(GoalKind::Show(self.settle(c)))
            }
            Surface::Specialise { name, with } => {
                let term = self.value(name)?;
                let with = self.values(with)?;
                Ok(GoalKind::Specialise { term: self.settle(term), with })
            }
            Surface::Solve { equation, unknown } => {
                let equation = self.condition(equation)?;
                let unknown = self.unknown(unknown)?;
                Ok(GoalKind::Solve { equation: self.settle(equation), unknown })
            }
            Surface::Find { unknowns, condition, for_all } => {
                let all = |s: &mut Self, names: &[Ident]| names.iter().map(|n| s.unknown(n)).collect::<Out<Vec<VarId>>>();
                let (unknowns, for_all) = (all(self, unknowns)?, all(self, for_all)?);
                let condition = self.condition(condition)?;
                Ok(GoalKind::Find { unknowns, condition: self.settle(condition), for_all })
            }
            Surface::Evaluate { of, with } => {
                let term = self.formula(of)?;
                Ok(GoalKind::Evaluate { term, with: self.values(with)? })
            }
            Surface::Limit { of, variable, point, side } => self.limit_goal(of, variable, point, *side),
            Surface::Shape(e) => {
                if let Some(Named::Network(n)) = e.bare().as_name().and_then(|n| self.declared(n)) {
                    return Ok(GoalKind::NetworkShape { network: n, layer: None });
                }
                self.formula(e).map(GoalKind::Shape)
            }
            Surface::LayerShape { network, layer } => {
                let (network, layer) = self.layer_of(network, layer.as_ref())?;
                Ok(GoalKind::NetworkShape { network, layer })
            }
            Surface::Field { network, layer } => {
                let (network, layer) = self.layer_of(network, layer.as_ref())?;
                Ok(GoalKind::NetworkField { network, layer })
            }
            Surface::Parameters { network, layer, without_bias } => {
                let (network, layer) = self.layer_of(network, layer.as_ref())?;
                Ok(GoalKind::NetworkParameters { network, layer, without_bias: *without_bias })
            }
            Surface::Expand(e) => self.formula(e).map(GoalKind::Expand),
            Surface::Factor(e) => self.formula(e).map(GoalKind::Factor),
            Surface::Simplify(e) => self.formula(e).map(GoalKind::Simplify),
        }
    }

    /// A network and perhaps one of its layers.
    fn layer_of(&mut self, network: &Ident, layer: Option<&Expr>) -> Out<(usize, Option<u32>)> {
        let Some(Named::Network(n)) = self.declared(&network.text) else {
            let message = format!("`{}` is not a network", network.text);
            return self.wrong(Code::UNDECLARED, network.span, message);
        };
        Ok((n, layer.map(|e| self.layer_number(e)).transpose()?))
    }

    fn layer_number(&mut self, e: &Expr) -> Out<u32> {
        let id = self.value(e)?;
        match self.store.as_rational(id).and_then(|q| q.to_i64()).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0) {
            Some(n) => Ok(n),
            None => self.wrong(Code::BAD_VALUE, e.span, "layers are counted 1, 2, …"),
        }
    }

    fn derive_goal(&mut self, e: &Expr) -> Out<GoalKind> {
        let term = self.maybe_derivative(e)?;
        if !self.store.any_subterm(term, &mut |n| matches!(n, Node::Diff { .. })) {
            let d = Diagnostic::new(Code::BAD_STATEMENT, e.span, "there is no derivative here");
            return self.err(d.help("write `derive dU/dx`, `derive diff(U, x)` or `derive gradient of U wrt x`"));
        }
        Ok(GoalKind::Derive { term, notation: DeriveNotation::Derivative })
    }

    /// A formula in which a whole `dU/dV` is a derivative whatever names exist.
    fn maybe_derivative(&mut self, e: &Expr) -> Out<Id> {
        let term = match self.whole_derivative(e) {
            Some(d) => self.leibniz(&d, e.span)?,
            None => self.value(e)?,
        };
        Ok(self.settle(term))
    }

    fn unknown(&mut self, n: &Ident) -> Out<VarId> {
        match self.declared(&n.text) {
            Some(Named::Var(v)) => Ok(v),
            Some(Named::Poisoned | Named::Twice) => Err(Said),
            Some(_) => self.wrong(Code::NOT_A_NAME, n.span, format!("`{}` is not a given", n.text)),
            None => self.undeclared(&n.text, n.span),
        }
    }

    /// The equations after `with`: names and what is put for them, with the sizes that this settles, sizes first.
    fn values(&mut self, with: &[Expr]) -> Out<Vec<(VarId, Id)>> {
        let mut pairs = Vec::new();
        for e in with {
            let (left, right) = self.equation(e)?;
            let Some(n) = left.bare().as_name() else {
                return self.wrong(Code::NOT_A_NAME, left.span, "a given's name stands on the left");
            };
            let v = self.unknown(&Ident { span: left.span, text: n.into() })?;
            pairs.push((v, right, left.span));
        }
        let mut sizes = FxHashMap::default();
        let mut out = Vec::new();
        for (v, e, span) in &pairs {
            if self.store.var(*v).is_integer() {
                let a = self.size_of(e)?;
                sizes.insert(*v, Arg::Idx(a.clone()));
                out.push((*v, self.store.index(a)));
            } else {
                let id = self.value(e)?;
                out.push((*v, self.settle(id)));
            }
            if out.iter().filter(|p| p.0 == *v).count() > 1 {
                return self.wrong(Code::DECLARED_TWICE, *span, "this name is given two values");
            }
        }
        for ((v, id), (_, e, span)) in out.iter().zip(&pairs) {
            let wanted = self.store.subst_sort(&self.store.var(*v).sort.clone(), &sizes);
            let found = self.sort(*id);
            self.settle_given_sizes(&wanted, &found, &mut sizes);
            let wanted = self.store.subst_sort(&wanted, &sizes);
            if !self.unify_sorts(&wanted, &found) {
                return self.mismatch("in this equation", (&wanted, *span), (&found, e.span));
            }
        }
        let mut floors: Vec<(&(Aff, i64), &VarId)> = self.scope.floors.iter().collect();
        floors.sort_by_key(|f| f.1);
        for ((a, d), q) in floors {
            let value = a.map(|v| match v {
                IVar::Free(u) => match sizes.get(&u) {
                    Some(Arg::Idx(n)) => n.clone(),
                    _ => Aff::var(v),
                },
                IVar::Bound(_) => Aff::var(v),
            });
            if let Some(value) = value.divided_down(*d).filter(|n| n != a) {
                sizes.insert(*q, Arg::Idx(value));
            }
        }
        let mut settled: Vec<(&VarId, &Arg)> = sizes.iter().collect();
        settled.sort_by_key(|p| *p.0);
        for (v, a) in settled {
            if let (Arg::Idx(a), false) = (a, out.iter().any(|p| p.0 == *v)) {
                out.push((*v, self.store.index(a.clone())));
            }
        }
        out.sort_by_key(|p| !self.store.var(p.0).is_integer());
        Ok(out)
    }

    /// The sizes of a given that its value settles: `x = [1, 2, 3]` makes n = 3 of x in R^n.
    fn settle_given_sizes(&self, wanted: &Sort, found: &Sort, sizes: &mut FxHashMap<VarId, Arg>) {
        for (w, n) in wanted.dims().iter().zip(found.dims()) {
            let diff = w.map(|v| match v {
                IVar::Free(u) => match sizes.get(&u) {
                    Some(Arg::Idx(a)) => a.clone(),
                    _ => Aff::var(v),
                },
                IVar::Bound(_) => Aff::var(v),
            });
            let diff = diff.sub(n);
            if let [(IVar::Free(u), _)] = diff.t.as_slice() {
                if let Some(a) = diff.solve(IVar::Free(*u)).filter(|a| a.as_int().is_some_and(|k| k >= 1)) {
                    sizes.insert(*u, Arg::Idx(a));
                }
            }
        }
    }

    /// A term with values put in for names.
    fn put(&self, term: Id, with: &[(VarId, Id)]) -> Id {
        let map = with.iter().map(|(v, t)| match self.store.as_aff(*t).filter(|_| self.store.var(*v).is_integer()) {
            Some(a) => (*v, Arg::Idx(a)),
            None => (*v, Arg::Val(*t)),
        });
        self.store.subst(term, &map.collect())
    }

    fn equation<'e>(&mut self, e: &'e Expr) -> Out<(&'e Expr, &'e Expr)> {
        if let Kind::Relation(left, links) = &e.bare().kind {
            if let [(Relation::Equal, right)] = links.as_slice() {
                return Ok((left, right));
            }
        }
        self.wrong(Code::BAD_CLAUSE, e.span, "an equation `name = value` should stand here")
    }

    fn limit_goal(&mut self, of: &Expr, variable: &Ident, point: &Expr, side: Option<Side>) -> Out<GoalKind> {
        let term = self.maybe_derivative(of)?;
        let term = self.scalar(term, of.span, "what a limit is taken of")?;
        let point = self.limit_point(point)?;
        let (var, term) = self.limit_variable(&variable.text, variable.span, point, (term, of.span))?;
        let side = match side {
            None => TermSide::Both,
            Some(Side::Left) => TermSide::Left,
            Some(Side::Right) => TermSide::Right,
        };
        Ok(GoalKind::Limit { term, var, point, side })
    }

    fn clause(&mut self, goal: &mut Goal, c: &worksheet::Clause) -> Out<()> {
        let formulas = |s: &mut Self, all: &[Expr]| all.iter().map(|e| s.formula(e)).collect::<Out<Vec<Id>>>();
        match &c.kind {
            ClauseKind::Expect(all) => self.expect(goal, all, c.span)?,
            ClauseKind::Through(all) => goal.through.extend(formulas(self, all)?),
            ClauseKind::InTermsOf(all) => goal.in_terms_of.extend(formulas(self, all)?),
            ClauseKind::Assuming(all) => {
                for e in all {
                    let id = self.condition(e)?;
                    goal.assuming.push(self.settle(id));
                }
            }
            ClauseKind::Using(labels) => goal.using.extend(labels.iter().map(|l| l.text.to_string())),
            ClauseKind::Label(l) => goal.label = Some(l.text.to_string()),
            ClauseKind::ByIndices => goal.way = Some(Way::Indices),
            ClauseKind::ByDifferentials => goal.way = Some(Way::Differentials),
            ClauseKind::Detail(d) => {
                goal.detail = Some(match d {
                    Detail::Brief => TermDetail::Brief,
                    Detail::Textbook => TermDetail::Textbook,
                    Detail::Detailed => TermDetail::Detailed,
                });
            }
        }
        Ok(())
    }

    fn expect(&mut self, goal: &mut Goal, all: &[Expr], span: Span) -> Out<()> {
        if let GoalKind::Find { .. } = goal.kind {
            for e in all {
                let (left, right) = self.equation(e)?;
                let (l, r) = (self.value(left)?, self.value(right)?);
                let ids = self.join(vec![(l, left.span), (r, right.span)], "in this equation")?;
                if let [l, r] = ids.as_slice() {
                    goal.expect_eqs.push((*l, *r));
                }
            }
            return Ok(());
        }
        let [e] = all else {
            return self.wrong(Code::BAD_CLAUSE, span, "one result is expected here");
        };
        let mut id = self.expr(e)?;
        if let (GoalKind::Solve { unknown, .. }, Node::Rel(RelOp::Eq, l, r)) = (&goal.kind, self.store.node(id)) {
            if *l == self.store.name(*unknown) {
                id = *r;
            }
        }
        if let GoalKind::Shape(_) = goal.kind {
            // Floors in the sizes stand under their names there.
            let s = self.store;
            let mut size = |x: Id| self.floors_named(x).map_or(x, |a| s.index(a));
            id = match s.node(id) {
                Node::Array(xs) => s.intern(Node::Array(xs.iter().map(|x| size(*x)).collect())),
                _ => size(id),
            };
        }
        let result = match &goal.kind {
            GoalKind::Derive { term, .. } | GoalKind::Expand(term) | GoalKind::Factor(term) | GoalKind::Simplify(term) => Some(*term),
            GoalKind::Evaluate { term, with } => Some(self.put(*term, with)),
            _ => None,
        };
        if let Some(term) = result.filter(|t| self.sort(*t).is_tensor() || self.sort(*t) == Sort::Scalar) {
            let sort = self.sort(term);
            let found = self.sort(id);
            if sort.is_tensor() && found == Sort::Scalar {
                id = self.broadcast(id, &sort);
            } else if !self.unify_sorts(&sort, &found) {
                let (w, f) = (self.show_sort(&sort), self.show_sort(&found));
                return self.wrong(Code::SHAPE, e.span, format!("the result is {w}, and this is {f}"));
            }
        }
        goal.expect = Some(self.settle(id));
        Ok(())
    }
}

fn goal_formulas(kind: &Surface) -> Vec<&Expr> {
    match kind {
        Surface::Derive(e) | Surface::Show(e) | Surface::Shape(e) | Surface::Expand(e) | Surface::Factor(e) | Surface::Simplify(e) => {
            vec![e]
        }
        Surface::DeriveBy { of, wrt, .. } => vec![of, wrt],
        Surface::Specialise { name: of, with } | Surface::Evaluate { of, with } => with.iter().chain([of]).collect(),
        Surface::Solve { equation, .. } => vec![equation],
        Surface::Find { condition, .. } => vec![condition],
        Surface::Limit { of, point, .. } => vec![of, point],
        Surface::Parameters { .. } | Surface::Field { .. } | Surface::LayerShape { .. } => Vec::new(),
    }
}
