//! What the entries of tensor operations are: sums, products, transposes, convolutions entry by entry. Part of the trusted core.

use super::*;

impl Store {
    /// What the entry `t[ix]` is, one definition deep: `(A + B)[i,j]` is `A[i,j] + B[i,j]`, `(A B)[i,j]` a sum over the inner
    /// index, an entry of a tensor former its body. `None` for the entry of a name, which is what it is, and for a
    /// definition (unfold it), an inverse or a row where indices do not fit.
    pub fn entry(&self, t: Id, ix: &[Aff]) -> Option<Id> {
        let e = |x: Id, ix: &[Aff]| self.make_entry(x, ix);
        let whole = self.sort(t).dims().len() == ix.len();
        Some(match self.node(t) {
            Node::Sum(xs) => {
                let terms = xs.iter().map(|x| Summand { neg: x.neg, term: e(x.term, ix) }).collect();
                self.intern(Node::Sum(terms))
            }
            Node::Product(xs) => {
                let fs: Vec<Id> =
                    xs.iter().filter_map(|x| if self.sort(*x).is_tensor() { self.entry_or_one(*x, ix) } else { Some(*x) }).collect();
                self.product(&fs)
            }
            Node::Quot(a, b) => self.intern(Node::Quot(e(*a, ix), *b)),
            Node::Tensor { dims, body, .. } if ix.len() >= dims.len() => {
                let (own, rest) = ix.split_at(dims.len());
                let opened = self.open(*body, &own.iter().map(|a| Arg::Idx(a.clone())).collect::<Vec<_>>());
                if rest.is_empty() {
                    opened
                } else {
                    e(opened, rest)
                }
            }
            Node::Cases(bs, o) => self.intern(Node::Cases(bs.iter().map(|(c, v)| (*c, e(*v, ix))).collect(), o.map(|v| e(v, ix)))),
            Node::Big { op, hint, lo, hi, cond, body } => {
                let up: Vec<Aff> = ix.iter().map(|a| shift_aff(a, 1, 0)).collect();
                let body = e(*body, &up);
                self.intern(Node::Big { op: *op, hint: *hint, lo: lo.clone(), hi: hi.clone(), cond: *cond, body })
            }
            Node::Array(xs) => {
                let (first, rest) = ix.split_first()?;
                let pick = |x: Id| if rest.is_empty() { x } else { e(x, rest) };
                if let Some(k) = first.as_int() {
                    pick(*xs.get(usize::try_from(k - 1).ok()?)?)
                } else {
                    let b = xs.iter().enumerate().map(|(k, x)| (self.index_eq(first, &Aff::int(k as i64 + 1)), pick(*x))).collect();
                    self.intern(Node::Cases(b, None))
                }
            }
            Node::Stack(xs) => self.stack_entry(xs, ix.first()?)?,
            Node::Entry(u, jx) => {
                let all: Vec<Aff> = jx.iter().chain(ix).cloned().collect();
                e(*u, &all)
            }
            // The differential of the bound value itself is its change.
            Node::Differential { body, along, .. } if matches!(self.node(*body), Node::Bound(0, _)) => e(*along, ix),
            Node::Differential { hint, body, point, along } => {
                let up: Vec<Aff> = ix.iter().map(|a| shift_aff(a, 1, 0)).collect();
                self.intern(Node::Differential { hint: *hint, body: e(*body, &up), point: *point, along: *along })
            }
            Node::MatMul(xs) if whole => self.matmul_entry(xs, ix)?,
            Node::Pow(a, k) if whole => self.matrix_power_entry(*a, *k, ix)?,
            Node::Call(f, xs) => match self.prim(*f) {
                Some(p) => self.prim_entry(p, xs, ix)?,
                None if self.is_entrywise(t) => {
                    let ys = xs.iter().map(|x| if self.sort(*x).is_tensor() { e(*x, ix) } else { *x }).collect();
                    self.intern(Node::Call(*f, ys))
                }
                None => return None,
            },
            _ => return None,
        })
    }
    /// Whether this is a scalar function applied entry by entry to a tensor.
    pub fn is_entrywise(&self, t: Id) -> bool {
        match self.node(t) {
            Node::Call(f, xs) => {
                let info = self.fun(*f);
                let scalar_fn = match info.kind {
                    FnKind::Prim(p) => p.is_scalar(),
                    _ => info.params.iter().all(|p| p.sort == Sort::Scalar) && self.body(*f).is_none_or(|b| *self.sort(b) == Sort::Scalar),
                };
                scalar_fn && xs.iter().any(|x| self.sort(*x).is_tensor())
            }
            _ => false,
        }
    }
    /// `t[ix]` one layer in, or the entry node itself where the tensor has no layer to look into. A scalar has no indices and is itself.
    pub fn make_entry(&self, t: Id, ix: &[Aff]) -> Id {
        if ix.is_empty() {
            return t;
        }
        self.entry(t, ix).unwrap_or_else(|| self.intern(Node::Entry(t, ix.into())))
    }
    pub(super) fn entry_or_one(&self, t: Id, ix: &[Aff]) -> Option<Id> {
        if self.is_ones(t) {
            None
        } else {
            Some(self.make_entry(t, ix))
        }
    }
    pub(super) fn index_eq(&self, a: &Aff, b: &Aff) -> Id {
        let (a, b) = (self.index(a.clone()), self.index(b.clone()));
        self.intern(Node::Rel(RelOp::Eq, a, b))
    }
    pub(super) fn stack_entry(&self, xs: &[Id], i: &Aff) -> Option<Id> {
        let mut before = Aff::int(0);
        let mut branches = Vec::new();
        for x in xs {
            let n = if self.sort(*x).is_scalar() { Aff::int(1) } else { self.sort(*x).dims().first()?.clone() };
            let local = i.sub(&before);
            let value = if self.sort(*x).is_scalar() { *x } else { self.make_entry(*x, &[local.clone()]) };
            let upto = before.add(&n);
            if let (Some(k), Some(n)) = (local.as_int(), n.as_int()) {
                if 1 <= k && k <= n {
                    return Some(value);
                }
            }
            let cond = if n == Aff::int(1) {
                self.index_eq(i, &upto)
            } else {
                let (a, b) = (self.index(i.clone()), self.index(upto.clone()));
                self.intern(Node::Rel(RelOp::Le, a, b))
            };
            branches.push((cond, value));
            before = upto;
        }
        let last = branches.pop()?;
        if branches.is_empty() {
            return Some(last.1);
        }
        Some(self.intern(Node::Cases(branches.into(), Some(last.1))))
    }
    pub(super) fn sum_over(&self, hint: &str, n: &Aff, f: &dyn Fn(Aff) -> Id) -> Id {
        let v = self.fresh(self.sym(hint), Sort::Scalar, true);
        let body = self.close(f(Aff::free(v)), &[v]);
        self.intern(Node::Big { op: BigOp::Sum, hint: Sym::NONE, lo: Aff::int(1), hi: n.clone(), cond: None, body })
    }
    pub(super) fn matmul_entry(&self, xs: &[Id], ix: &[Aff]) -> Option<Id> {
        if let [single] = xs {
            return Some(self.make_entry(*single, ix));
        }
        let (last, init) = xs.split_last()?;
        let left = if let [one] = init { *one } else { self.intern(Node::MatMul(init.into())) };
        match (self.sort(left), self.sort(*last)) {
            (a, b) if a.is_tensor() && b.is_tensor() && (a.is_compound() || b.is_compound()) => {
                self.compound_product_entry(left, *last, ix)
            }
            (Sort::Scalar, _) => Some(self.product(&[left, self.make_entry(*last, ix)])),
            (_, Sort::Scalar) => Some(self.product(&[self.make_entry(left, ix), *last])),
            (Sort::Row(n), Sort::Tensor(d)) if d.len() == 1 && ix.is_empty() => {
                Some(self.sum_over("k", n, &|k| self.product(&[self.make_entry(left, &[k.clone()]), self.make_entry(*last, &[k])])))
            }
            (Sort::Row(n), Sort::Tensor(d)) if d.len() == 2 => {
                let j = ix.first()?;
                Some(
                    self.sum_over("k", n, &|k| {
                        self.product(&[self.make_entry(left, &[k.clone()]), self.make_entry(*last, &[k, j.clone()])])
                    }),
                )
            }
            (Sort::Tensor(d), Sort::Row(_)) => {
                let (i, j) = (ix.first()?, ix.get(1)?);
                let li = if d.len() == 1 { vec![i.clone()] } else { vec![i.clone(), Aff::int(1)] };
                Some(self.product(&[self.make_entry(left, &li), self.make_entry(*last, &[j.clone()])]))
            }
            (Sort::Tensor(d), Sort::Tensor(_)) => {
                let (i, rest) = ix.split_first()?;
                let n = d.get(1)?;
                Some(self.sum_over("k", n, &|k| {
                    let mut r = vec![k.clone()];
                    r.extend_from_slice(rest);
                    self.product(&[self.make_entry(left, &[i.clone(), k]), self.make_entry(*last, &r)])
                }))
            }
            _ => None,
        }
    }
    pub(super) fn matrix_power_entry(&self, a: Id, k: Id, ix: &[Aff]) -> Option<Id> {
        let n = match self.node(k) {
            Node::Num(q) => q.to_i64()?,
            _ => return None,
        };
        match n {
            0 if self.sort(a).is_compound() => None,
            0 => Some(self.intern(Node::Iverson(self.index_eq(ix.first()?, ix.get(1)?)))),
            1 => Some(self.make_entry(a, ix)),
            2..=64 => self.matmul_entry(&vec![a; usize::try_from(n).ok()?], ix),
            _ => None,
        }
    }
    pub(super) fn prim_entry(&self, p: Prim, xs: &[Id], ix: &[Aff]) -> Option<Id> {
        let e = |x: Id, ix: &[Aff]| if self.sort(x).is_tensor() { self.make_entry(x, ix) } else { x };
        let x = xs.first().copied();
        let i = ix.first();
        if p.is_scalar() {
            let ys = xs.iter().map(|x| e(*x, ix)).collect();
            return Some(self.intern(Node::Call(p.id(), ys)));
        }
        let compound = matches!(p, Prim::Vec | Prim::Kron | Prim::Commutation | Prim::AsMatrix)
            || xs.iter().any(|x| self.sort(*x).is_compound()) && !matches!(p, Prim::Hadamard | Prim::EntryDiv | Prim::EntryPow);
        if compound {
            return self.compound_entry(p, xs, ix);
        }
        match p {
            Prim::Transpose => {
                let mut r = ix.to_vec();
                r.reverse();
                Some(e(x?, &r))
            }
            Prim::Diag => {
                let d = self.intern(Node::Iverson(self.index_eq(i?, ix.get(1)?)));
                Some(self.product(&[d, e(x?, &ix[..1])]))
            }
            Prim::Diagonal => Some(e(x?, &[i?.clone(), i?.clone()])),
            Prim::Hadamard => Some(self.product(&[e(x?, ix), e(*xs.get(1)?, ix)])),
            Prim::EntryDiv => Some(self.intern(Node::Quot(e(x?, ix), e(*xs.get(1)?, ix)))),
            Prim::EntryPow => Some(self.intern(Node::Pow(e(x?, ix), e(*xs.get(1)?, ix)))),
            Prim::Outer => Some(self.product(&[e(x?, &ix[..1]), e(*xs.get(1)?, ix.get(1..2)?)])),
            Prim::Inv => self.inverse_entry(x?, ix),
            Prim::Ones => Some(self.intern(Node::Num(Rat::one()))),
            Prim::Eye => Some(self.intern(Node::Iverson(self.index_eq(i?, ix.get(1)?)))),
            Prim::Flip => {
                let r: Vec<Aff> = self.sort(x?).dims().iter().zip(ix).map(|(n, i)| n.sub(i).plus(1)).collect();
                Some(e(x?, &r))
            }
            _ => self.convolution_entry(&self.convolution_of(p, xs)?, ix),
        }
    }
    /// What a scalar-valued tensor operator is by entries: `tr(A)` is `Σ_i A[i,i]`, `xᵀ y` is `Σ_k x[k] y[k]`. `None` if it has
    /// no such form (a determinant of a matrix that is not written out).
    pub fn scalar_form(&self, t: Id) -> Option<Id> {
        match self.node(t) {
            Node::MatMul(xs) if self.sort(t).is_scalar() => self.matmul_entry(xs, &[]),
            Node::Call(f, xs) => {
                let x = *xs.first()?;
                let dims = self.sort(x).dims().to_vec();
                match self.prim(*f)? {
                    Prim::Det => self.determinant_form(x),
                    Prim::Tr if self.sort(x).is_compound() => {
                        let rows = self.sort(x).axes()?.0;
                        Some(self.sum_entries(rows, &mut Vec::new(), &|i| self.make_entry(x, &[i, i].concat())))
                    }
                    Prim::Dot if self.sort(x).is_compound() => {
                        let y = *xs.get(1)?;
                        Some(self.sum_entries(&dims, &mut Vec::new(), &|i| self.product(&[self.make_entry(x, i), self.make_entry(y, i)])))
                    }
                    Prim::Tr => Some(self.sum_over("i", dims.first()?, &|i| self.make_entry(x, &[i.clone(), i]))),
                    Prim::Dot => {
                        let y = *xs.get(1)?;
                        Some(
                            self.sum_over("i", dims.first()?, &|i| {
                                self.product(&[self.make_entry(x, &[i.clone()]), self.make_entry(y, &[i])])
                            }),
                        )
                    }
                    Prim::SumAll => Some(self.sum_entries(&dims, &mut Vec::new(), &|ix| self.make_entry(x, ix))),
                    Prim::Norm => {
                        let two = self.intern(Node::Num(Rat::int(2)));
                        let s = self.sum_entries(&dims, &mut Vec::new(), &|ix| self.intern(Node::Pow(self.make_entry(x, ix), two)));
                        Some(self.intern(Node::Call(Prim::Sqrt.id(), [s].into())))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
    pub(crate) fn sum_entries(&self, dims: &[Aff], ix: &mut Vec<Aff>, f: &dyn Fn(&[Aff]) -> Id) -> Id {
        match dims.split_first() {
            None => f(ix),
            Some((n, rest)) => {
                let v = self.fresh(Sym::NONE, Sort::Scalar, true);
                ix.push(Aff::free(v));
                let inner = self.sum_entries(rest, ix, f);
                ix.pop();
                let body = self.close(inner, &[v]);
                self.intern(Node::Big { op: BigOp::Sum, hint: Sym::NONE, lo: Aff::int(1), hi: n.clone(), cond: None, body })
            }
        }
    }

    /// The sort with free sizes replaced.
    pub fn subst_sort(&self, s: &Sort, map: &FxHashMap<VarId, Arg>) -> Sort {
        s.map_dims(&mut |a| {
            a.map(|v| match v {
                IVar::Free(w) => match map.get(&w) {
                    Some(Arg::Idx(b)) => b.clone(),
                    Some(Arg::Val(x)) => self.as_aff(*x).unwrap_or_else(|| Aff::var(v)),
                    None => Aff::var(v),
                },
                IVar::Bound(_) => Aff::var(v),
            })
        })
    }
}
