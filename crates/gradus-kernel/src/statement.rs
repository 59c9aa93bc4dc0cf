//! The checks behind whole claims that are no chain: that a condition holds, that a network has this shape and so many parameters.
//! Part of the trusted core.

use crate::check::needs;
use crate::claims::assume;
use crate::compare::rearranged;
use crate::domain::necessary_needs;
use crate::field::receptive_fields;
use crate::network::{network_shapes, LayerShape};
use crate::prover::{Prover, Refused};
use gradus_decide::{Facts, Tri};
use gradus_judge::Verdict;
use gradus_term::goal::Network;
use gradus_term::{Aff, Id, Node, RelOp, Size, Sort, Store, Summand};

impl<'s> Prover<'s> {
    /// Checks that a condition holds wherever its terms are defined; what must be assumed for it.
    ///
    /// # Errors
    /// If the judge refutes it, or neither the facts nor a lemma about its sides give it.
    pub fn holds(&self, givens: &[Id], condition: Id) -> Result<Vec<Id>, Refused> {
        let s = self.store();
        let no = || Refused::NotGrounded("what is known".to_owned());
        let mut assumes = Vec::new();
        if let Node::And(xs) = s.node(condition) {
            for x in xs {
                assumes.extend(self.holds(givens, *x)?);
            }
            return Ok(assumes);
        }
        // A relation is claimed wherever its sides have values.
        let refuted = |known: &[Id]| match self.judge().holds(s, condition, known) {
            Verdict::Refuted(c) => Err(Refused::Refuted(c)),
            _ => Ok(()),
        };
        let mut facts = Facts::new(s, givens);
        let Node::Rel(op, a, b) = *s.node(condition) else {
            refuted(givens)?;
            return if facts.holds(condition) == Tri::True { Ok(assumes) } else { Err(no()) };
        };
        if s.sort(a) != s.sort(b) {
            return Err(Refused::Sort);
        }
        let (mut domain, larger) = self.domain_of_relation(givens, a, b).ok_or_else(no)?;
        refuted(&domain)?;
        for c in larger {
            assume(&facts, c, &mut assumes)?;
            domain.push(c);
        }
        facts = facts.with(&domain);
        for t in [a, b] {
            for c in needs(&facts.defined(t)).ok_or_else(no)? {
                assume(&facts, c, &mut assumes)?;
            }
            facts = facts.with(&assumes);
        }
        let known = match op {
            RelOp::Eq => facts.equal(a, b).is_proved() || self.lemma_gives(&facts, a, b, &mut assumes)?,
            _ => {
                facts.holds(condition) == Tri::True
                    || self.sign_by_lemma(&facts, op, (a, b), None)?
                    || self.holds_where_least(facts.conditions(), condition)
                    || self.least_by_lemma(&facts, condition)
                    || self.squares_compare(&facts, op, (a, b))?
                    || self.logarithms_compare(&facts, op, (a, b))?
                    || self.holds_in_cases(&facts, condition)
                    || self.sign_by_lemma(&facts, op, (a, b), Some(&mut assumes))?
            }
        };
        if known {
            Ok(assumes)
        } else {
            Err(no())
        }
    }
    /// What is known where both sides of a relation have values, and which sizes must be large enough for the right side alone; `None`
    /// if where a side has a value cannot be said.
    pub fn domain_of_relation(&self, givens: &[Id], a: Id, b: Id) -> Option<(Vec<Id>, Vec<Id>)> {
        let s = self.store();
        let facts = Facts::new(s, givens);
        let (ours, theirs) = (necessary_needs(&facts, a)?, necessary_needs(&facts, b)?);
        let of_sizes = |c: &Id| matches!(s.node(*c), Node::Rel(_, x, y) if s.as_aff(*x).is_some() && s.as_aff(*y).is_some());
        // That a size is large enough for an index is of the domain where the left side asks for it.
        let left = facts.with(&ours);
        let (larger, theirs): (Vec<Id>, Vec<Id>) = theirs.into_iter().partition(|c| of_sizes(c) && left.holds(*c) != Tri::True);
        Some((givens.iter().copied().chain(ours).chain(theirs).collect(), larger))
    }
    /// Whether a relation that has values holds since the difference of its sides does where it is least.
    pub fn holds_where_least(&self, known: &[Id], condition: Id) -> bool {
        let s = self.store();
        let Node::Rel(op, a, b) = *s.node(condition) else { return false };
        let (big, small) = if matches!(op, RelOp::Lt | RelOp::Le) { (b, a) } else { (a, b) };
        let sign = if matches!(op, RelOp::Lt | RelOp::Gt) { RelOp::Gt } else { RelOp::Ge };
        let difference = if s.same(small, s.int(0)) { big } else { s.sub(big, small) };
        // It is claimed wherever both sides have values.
        let mut facts = Facts::new(s, known);
        for t in [a, b] {
            let Some(domain) = necessary_needs(&facts, t) else { return false };
            facts = facts.with(&domain);
        }
        !matches!(op, RelOp::Eq | RelOp::Ne) && self.sign_by_extremum(facts.conditions(), sign, difference, 0)
    }
    /// Whether a relation holds since the larger side is not negative and the squares of the sides are so related: from `u² ≤ v²` and
    /// `v ≥ 0` follows `u ≤ v`.
    fn squares_compare(&self, facts: &Facts<'s>, op: RelOp, (a, b): (Id, Id)) -> Result<bool, Refused> {
        let s = self.store();
        let big = match op {
            RelOp::Lt | RelOp::Le => b,
            RelOp::Gt | RelOp::Ge => a,
            RelOp::Eq | RelOp::Ne => return Ok(false),
        };
        let squares = (s.pow(a, s.int(2)), s.pow(b, s.int(2)));
        let scalars = s.sort(a).is_scalar() && s.sort(b).is_scalar();
        Ok(scalars && facts.sign(big).is_nonneg() && self.sign_by_lemma(facts, op, squares, None)?)
    }
    /// Whether a relation holds since both sides are positive and their logarithms are so related: the difference of these is, by a lemma
    /// that holds under the facts, a term whose sign is known. From `log u ≤ log v` follows `u ≤ v`.
    fn logarithms_compare(&self, facts: &Facts<'s>, op: RelOp, (a, b): (Id, Id)) -> Result<bool, Refused> {
        let s = self.store();
        let (big, small, sign) = match op {
            RelOp::Lt => (b, a, RelOp::Gt),
            RelOp::Le => (b, a, RelOp::Ge),
            RelOp::Gt => (a, b, RelOp::Gt),
            RelOp::Ge => (a, b, RelOp::Ge),
            RelOp::Eq | RelOp::Ne => return Ok(false),
        };
        let positive = |t: Id| s.sort(t).is_scalar() && facts.sign(t).is_positive();
        if !positive(big) || !positive(small) {
            return Ok(false);
        }
        if self.sign_by_lemma(facts, op, (s.log(a), s.log(b)), None)? {
            return Ok(true);
        }
        let difference = s.sub(s.log(big), s.log(small));
        let lemmas: Vec<_> = (0..self.lemma_count()).rev().filter_map(|k| self.lemma(k)).collect();
        let fits = |l: &crate::prover::Lemma| {
            let places = [l.left, l.right].into_iter().all(|t| needs(&facts.defined(t)).is_some_and(|n| n.is_empty()));
            places && rearranged(s, l.left, difference) && l.under.iter().all(|c| facts.holds(*c) == Tri::True)
        };
        Ok(lemmas.into_iter().filter(|l| fits(l)).any(|l| {
            let claim = s.rel(sign, l.right, s.int(0));
            self.holds_where_least(facts.conditions(), claim) || self.holds_in_cases(facts, claim)
        }))
    }
    /// Whether the difference of the sides of a relation is, by a lemma that holds under the facts, a term that has the sign asked for where
    /// it is least: of `|x| ≥ sin x` for x ≥ 0 the term `x − sin x`.
    pub(crate) fn least_by_lemma(&self, facts: &Facts<'s>, relation: Id) -> bool {
        let s = self.store();
        let Node::Rel(op, a, b) = *s.node(relation) else { return false };
        let (big, small) = if matches!(op, RelOp::Lt | RelOp::Le) { (b, a) } else { (a, b) };
        let sign = match op {
            RelOp::Lt | RelOp::Gt => RelOp::Gt,
            RelOp::Le | RelOp::Ge => RelOp::Ge,
            RelOp::Eq | RelOp::Ne => return false,
        };
        let difference = if s.same(small, s.int(0)) { big } else { s.sub(big, small) };
        let holds = |l: &crate::prover::Lemma| {
            let places = needs(&facts.defined(l.left)).is_some_and(|n| n.is_empty());
            places && rearranged(s, l.left, difference) && l.under.iter().all(|c| facts.holds(*c) == Tri::True)
        };
        (0..self.lemma_count())
            .rev()
            .filter_map(|k| self.lemma(k))
            .filter(holds)
            .any(|l| self.sign_by_extremum(facts.conditions(), sign, l.right, 0))
    }
    /// Whether a lemma that holds under the facts, or under what is then assumed, brings the difference of two sides into a form whose
    /// sign is known.
    fn sign_by_lemma(&self, facts: &Facts<'s>, op: RelOp, (a, b): (Id, Id), assumes: Option<&mut Vec<Id>>) -> Result<bool, Refused> {
        let s = self.store();
        let (big, small) = if matches!(op, RelOp::Lt | RelOp::Le) { (b, a) } else { (a, b) };
        let difference = s.sub(big, small);
        let decided = |t: Id| match op {
            RelOp::Lt | RelOp::Gt => facts.sign(t).is_positive(),
            RelOp::Le | RelOp::Ge => facts.sign(t).is_nonneg(),
            RelOp::Ne => facts.sign(t).is_nonzero(),
            RelOp::Eq => false,
        };
        let known = |l: &crate::prover::Lemma| l.under.iter().all(|c| facts.holds(*c) == Tri::True);
        let of = |l: &crate::prover::Lemma| rearranged(s, l.left, difference) && decided(l.right) && (assumes.is_some() || known(l));
        let Some(lemma) = (0..self.lemma_count()).rev().filter_map(|k| self.lemma(k)).find(of) else { return Ok(false) };
        if let Some(assumes) = assumes {
            for c in &lemma.under {
                assume(facts, *c, assumes)?;
            }
        }
        Ok(true)
    }

    /// Checks that sizes are these, whatever the names in them stand for.
    ///
    /// # Errors
    /// If they are not known to be.
    pub fn same_sizes(&self, givens: &[Id], found: &[Size], claimed: &[Size]) -> Result<(), Refused> {
        let facts = Facts::new(self.store(), givens);
        if found.len() == claimed.len() && found.iter().zip(claimed).all(|(a, b)| same_size(&facts, a, b).is_true()) {
            Ok(())
        } else {
            Err(Refused::NotGrounded("the formulas of the layers".to_owned()))
        }
    }
    /// The sizes of a network's output, or of that of one of its layers (counted from 1), by the formulas of its layers.
    ///
    /// # Errors
    /// If a layer does not fit or is not there.
    pub fn output_sizes(&self, givens: &[Id], net: &Network, layer: Option<u32>) -> Result<Vec<Size>, Refused> {
        let shapes = self.layers(givens, net)?;
        if let Some(k) = layer {
            let of = usize::try_from(k).ok().and_then(|k| k.checked_sub(1)).and_then(|k| shapes.get(k));
            return of.map(|l| l.output.clone()).ok_or_else(|| Refused::NotGrounded(format!("the shape after layer {k}")));
        }
        Ok(shapes.last().map_or_else(|| net.input.clone(), |l| l.output.clone()))
    }
    /// The receptive field of a network, or of its layers up to one (counted from 1).
    ///
    /// # Errors
    /// If a layer does not fit, has no receptive field of its own, or is not there.
    pub fn receptive_field(&self, givens: &[Id], net: &Network, layer: Option<u32>) -> Result<Vec<Size>, Refused> {
        let no = |k: usize| Refused::NotGrounded(format!("the receptive field of layer {k}"));
        let mut shapes = self.layers(givens, net)?;
        let mut upto = net.clone();
        if let Some(k) = layer.map(|k| usize::try_from(k).unwrap_or(0)) {
            upto.layers.truncate(k);
            shapes.truncate(k);
            if k == 0 || shapes.len() != k {
                return Err(no(k));
            }
        }
        let fields = receptive_fields(&upto, &shapes).map_err(no)?;
        fields.last().map(|f| f.sizes.clone()).ok_or_else(|| no(0))
    }
    fn layers(&self, givens: &[Id], net: &Network) -> Result<Vec<LayerShape>, Refused> {
        let no = |(k, why)| Refused::NotGrounded(format!("layer {k} ({why})"));
        network_shapes(self.store(), &Facts::new(self.store(), givens), net).map_err(no)
    }
    /// The number of parameters of a network, or of one layer (counted from 1), as the sum of its formulas.
    ///
    /// # Errors
    /// If a layer does not fit, or there is no such layer.
    pub fn parameters(&self, givens: &[Id], net: &Network, layer: Option<u32>, without_bias: bool) -> Result<Id, Refused> {
        let s = self.store();
        let shapes = self.layers(givens, net)?;
        let chosen = match layer.map(|k| usize::try_from(k).unwrap_or(0)) {
            None => shapes.as_slice(),
            Some(k) => shapes.get(k.wrapping_sub(1)..k).ok_or_else(|| Refused::NotGrounded("a layer that is not there".to_owned()))?,
        };
        let terms = chosen.iter().filter_map(|l| parameter_count(s, l, without_bias));
        Ok(s.sum(&terms.map(|term| Summand { neg: false, term }).collect::<Vec<_>>()))
    }
}

/// Whether two sizes are equal for all values of the names in them.
pub fn same_size(facts: &Facts<'_>, a: &Size, b: &Size) -> Tri {
    let difference = a.add_scaled(b, -1);
    match difference.as_ref().and_then(Size::expanded).or(difference) {
        Some(d) if d.as_int() == Some(0) => Tri::True,
        Some(d) => d.as_aff().map_or(Tri::Unknown, |d| facts.is_zero_aff(&d)),
        None => Tri::Unknown,
    }
}

/// The sizes of a tensor; of a row, 1 and its own; of a column, row or matrix with compound indices, products. `None` for what has no shape.
pub fn sizes_of(sort: &Sort) -> Option<Vec<Size>> {
    let product = |parts: &[Aff]| Size::product(&parts.iter().map(Size::from).collect::<Vec<_>>());
    match sort {
        Sort::Scalar => Some(Vec::new()),
        Sort::Tensor(d) => Some(d.iter().map(Size::from).collect()),
        _ => match sort.axes()? {
            (rows, []) => Some(vec![product(rows)?]),
            ([], cols) => Some(vec![Size::int(1), product(cols)?]),
            (rows, cols) => Some(vec![product(rows)?, product(cols)?]),
        },
    }
}

/// The number of parameters of a layer as a product, biases added; `None` if it has none.
pub fn parameter_count(s: &Store, layer: &LayerShape, without_bias: bool) -> Option<Id> {
    match (layer.weights, layer.biases.filter(|_| !without_bias)) {
        (Some(w), Some(b)) => Some(s.add(w, b)),
        (w, b) => w.or(b),
    }
}
