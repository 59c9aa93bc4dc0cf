//! Reading a tensor's entries back as a matrix expression: `δ_ij p_i − p_i p_j` as `Diag(p) − p pᵀ`.
//!
//! Three tiers. `paths`: the contraction graph of each summand is reduced to matrix products, transposes, diagonals,
//! entrywise products, outer products and traces; `words` factors the products from the left and from the right. `synthesis`:
//! operator terms over the tensors that occur, such as convolutions, are tried by size. If neither reads it, the entries
//! themselves are the answer. What is read is only proposed; the step that uses it is accepted by proof.

pub(crate) mod collect;
mod convolutions;
mod derivatives;
mod graph;
mod kronecker;
mod paths;
pub(crate) mod powers;
mod shares;
mod synthesis;
pub(crate) mod words;

use crate::draft::Draft;
use crate::Engine;
use gradus_kernel::{Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{Aff, Arg, Goal, IVar, Id, Node, Sort, Store, VarId};
use paths::Reader;

/// The names that stand alone as these indices; `None` if one of them is anything else.
fn free_names(ix: &[Aff]) -> Option<Vec<VarId>> {
    let name = |a: &Aff| match a.as_var() {
        Some(IVar::Free(v)) => Some(v),
        _ => None,
    };
    ix.iter().map(name).collect()
}

/// Rounds of names put in place of what they stand for, names told by names.
const ALIASES: usize = 8;

impl<'s> Engine<'s> {
    /// Expressions for the tensor whose entry at the indices `vars` is the term that `d` ends in, the likeliest first. With `rows`,
    /// the matrix whose row index are the first so many.
    pub(crate) fn read_tensor(&self, d: &Draft<'s>, vars: &[VarId], dims: &[Aff], rows: Option<usize>, goal: &Goal) -> Vec<Id> {
        let s = self.store;
        let mut out: Vec<Id> = Vec::new();
        let now = crate::differentials::unscaled(s, d.current());
        let facts = d.proof.facts();
        let order = self.order(d);
        let plain = facts.nf(now).ok().and_then(|n| facts.to_term(&n));
        let forms = [self.with_convolutions(now, goal), Some(now), facts.expand(now), plain];
        let forms: Vec<Id> = forms.into_iter().flatten().collect();
        let plainly = forms.iter().map(|t| (*t, false));
        for (t, apart) in plainly.chain(forms.iter().map(|t| (*t, true))) {
            let r = Reader::new(self, &order, vars, dims);
            let mut r = if apart { r.taking_apart() } else { r };
            let read = match rows.and_then(|k| vars.split_at_checked(k)) {
                Some((rows, cols)) => r.read_compound(t, rows, cols),
                None => r.read(t, vars),
            };
            let Some(whole) = read else { continue };
            let whole = self.fold_aliases(whole, goal);
            let fits = match rows.and_then(|k| dims.split_at_checked(k)) {
                Some((rows, cols)) => *s.sort(whole) == Sort::matrix(rows, cols),
                None => s.sort(whole).dims() == dims,
            };
            if fits && !out.contains(&whole) {
                out.push(whole);
            }
        }
        // `(W ⊙ (f 1ᵀ − 1 fᵀ)) 1` is (Diag(W 1) − W) f.
        out.sort_by_key(|t| spread_out(s, *t));
        if out.is_empty() && rows.is_none() {
            let now = self.with_convolutions(now, goal).unwrap_or(now);
            out.extend(self.synthesise((facts, &order), now, vars, dims, goal));
        }
        out
    }
    /// The sums over entries in a derivative by a number as products, where the formula has no indices: `Σ_i v_i x_i` as `vᵀ x`.
    pub(crate) fn read_scalar(&self, d: &mut Draft<'s>, asked: Id) {
        let s = self.store;
        let plain = matches!(s.node(asked), Node::Diff { body, slot, .. } if slot.is_empty() && !self.speaks_of_entries(*body));
        let sums = |t: Id| s.any_subterm(t, &mut |n| matches!(n, Node::Big { .. }));
        let now = d.current();
        if !plain || !sums(now) {
            return;
        }
        let order = self.order(d);
        let read = Reader::new(self, &order, &[], &[]).read(now, &[]).filter(|t| !sums(*t) && s.sort(*t).is_scalar());
        if let Some(t) = read {
            let products = s.any_subterm(t, &mut |n| matches!(n, Node::MatMul(_)));
            let reason = if products { "sums of products of entries are products" } else { "written without indices" };
            // A reading that the kernel does not accept is not used.
            let _ = d.rewrite(t, "tensor.read", Text::words(reason), Weight::Main);
            d.line(Detail::Brief);
        }
    }
    /// `S(x)` as `p` where `p = S(x)` is in scope; inside of a term, whatever a name stands for as its name.
    pub(crate) fn fold_aliases(&self, t: Id, goal: &Goal) -> Id {
        let s = self.store;
        let mut out = t;
        // δ₁ is told by δ₂, which has to stand there first.
        for _ in 0..ALIASES {
            let before = out;
            for f in goal.definitions.iter().rev() {
                let (info, Some(body)) = (s.fun(*f), s.body(*f)) else { continue };
                let trivial = matches!(s.node(body), Node::Var(_) | Node::Num(_) | Node::Index(_));
                if !info.is_constant_name() || trivial {
                    continue;
                }
                // The alias of the names themselves: hidden arguments are the names they stand for.
                let Some(call) = goal.constants.iter().find(|(g, _)| g == f).map(|(_, c)| *c) else { continue };
                let Node::Call(_, xs) = s.node(call) else { continue };
                let Some(b) = s.unfold(*f, xs) else { continue };
                let alias = s.sort(b).is_tensor() && matches!(s.node(b), Node::Call(..));
                if s.contains(out, b) && (alias || !s.same(out, b)) {
                    out = settled_below(s, s.open(s.abstract_term(out, b), &[Arg::Val(call)]));
                }
            }
            if out == before {
                break;
            }
        }
        out
    }
}

/// How many vectors are spread out to matrices, as `f 1ᵀ` is, to be multiplied entry by entry.
fn spread_out(s: &Store, t: Id) -> usize {
    let ones = |x: &Id| s.is_ones(words::bare(s, *x));
    let outer = |n: &Node| matches!(n, Node::MatMul(xs) if xs.len() == 2 && xs.iter().any(ones) && xs.first().is_some_and(|x| s.sort(*x).dims().len() == 1));
    let product = |n: &Node| matches!(n, Node::Call(f, _) if s.prim(*f) == Some(gradus_term::Prim::Hadamard));
    let places = crate::draft::outermost(s, t, &product);
    let part = |path: &Vec<u32>| s.focus(t, &gradus_term::Position::at(path)).map(|f| f.part);
    places.iter().filter_map(|p| part(p).ok()).map(|h| crate::draft::everywhere(s, h, &outer).len()).sum()
}
/// Powers of one name below a line together, as `k³` for `k² k`; what stands above and below cancelled.
fn settled_below(s: &Store, t: Id) -> Id {
    if s.loose(t) > 0 {
        return t;
    }
    let n = s.node(t).map_children(&mut |c, under| if under == 0 { settled_below(s, c) } else { c });
    match n {
        Node::Quot(a, b) if s.sort(a).is_scalar() => crate::tidy(s, s.quot(a, b)),
        Node::Product(xs) if xs.iter().any(|x| crate::tidy::is_one(s, *x)) && !xs.iter().any(|x| s.is_ones(*x)) => {
            s.product(&xs.iter().copied().filter(|x| !crate::tidy::is_one(s, *x)).collect::<Vec<_>>())
        }
        Node::Quot(a, b) => {
            let (outer, inner) = words::pulled(s, s.quot(a, b));
            let mut term = words::Term { word: words::letters(s, inner), ..outer };
            if collect::cancelled(s, &mut term) {
                words::signed_sum(s, &[term])
            } else {
                s.quot(a, crate::tidy(s, b))
            }
        }
        n => s.intern(n),
    }
}
