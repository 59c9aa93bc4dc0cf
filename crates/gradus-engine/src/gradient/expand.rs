//! What reverse accumulation works on: definitions put in, scalar-valued tensor operators written by entries, one layer at a
//! time, so that tensors stay whole and shared. Afterwards names go back to where they stood.

use super::{Accumulator, GradientError};
use gradus_term::{Aff, Arg, FnKind, Id, Node, Sort, Sym, VarId, VarInfo, VarKind};
use rustc_hash::FxHashMap;

/// What is left to do with a term.
enum Task {
    Look(Id),
    /// Its operands are done.
    Build(Id),
    /// Its body, opened by these names, is done.
    Close(Id, Vec<VarId>, Id),
    /// What it stands for is done.
    Wait(Id, Id),
}

impl Accumulator<'_> {
    /// The term with everything put in that the table of derivatives does not know.
    pub(super) fn expand(&mut self, id: Id) -> Result<Id, GradientError> {
        let s = self.store;
        let mut todo = vec![Task::Look(id)];
        while let Some(task) = todo.pop() {
            if s.len() > self.limit {
                return Err(GradientError::TooLarge);
            }
            match task {
                Task::Look(x) if self.expanded.contains_key(&x) => {}
                Task::Look(x) => match s.node(x) {
                    Node::Diff { .. } | Node::Limit { .. } => {
                        self.expanded.insert(x, x);
                    }
                    Node::Big { .. } | Node::Tensor { .. } => match s.open_child(x, 0) {
                        Some((vars, body)) => {
                            todo.push(Task::Close(x, vars, body));
                            todo.push(Task::Look(body));
                        }
                        None => {
                            self.expanded.insert(x, x);
                        }
                    },
                    node => {
                        todo.push(Task::Build(x));
                        node.for_each_child(|c, _| todo.push(Task::Look(c)));
                    }
                },
                Task::Close(x, vars, body) => {
                    let closed = s.close(self.now(body), &vars);
                    let mut first = true;
                    let node = s.node(x).map_children(&mut |c, _| if std::mem::take(&mut first) { closed } else { c });
                    let new = s.intern(node);
                    self.expanded.insert(x, new);
                }
                Task::Build(x) => {
                    let node = s.node(x).map_children(&mut |c, _| self.now(c));
                    let built = s.intern(node);
                    match self.one_layer(built) {
                        Some(new) => {
                            todo.push(Task::Wait(x, new));
                            todo.push(Task::Look(new));
                        }
                        None => {
                            self.expanded.insert(x, built);
                        }
                    }
                }
                Task::Wait(x, new) => {
                    let new = self.now(new);
                    let is_name = matches!(s.node(x), Node::Call(f, _) if !s.fun(*f).library && s.fun(*f).kind == FnKind::Defined);
                    if (is_name || s.sort(x).is_tensor()) && s.loose(x) == 0 {
                        self.folded.entry(new).or_insert(x);
                    }
                    self.expanded.insert(x, new);
                }
            }
        }
        Ok(self.now(id))
    }
    fn now(&self, id: Id) -> Id {
        self.expanded.get(&id).copied().unwrap_or(id)
    }
    /// What a call stands for, where it is not in the table.
    fn one_layer(&self, id: Id) -> Option<Id> {
        let s = self.store;
        match s.node(id) {
            Node::Call(f, xs) if s.is_entrywise(id) => {
                if s.fun(*f).kind != FnKind::Defined || self.partials.knows(*f) {
                    return None;
                }
                let dims = s.sort(id).dims().to_vec();
                let vars: Vec<VarId> = dims.iter().map(|_| s.fresh(Sym::NONE, Sort::Scalar, true)).collect();
                let ix: Vec<Aff> = vars.iter().map(|v| Aff::free(*v)).collect();
                let ys: Vec<Id> =
                    xs.iter().map(|x| if s.sort(*x).is_tensor() { s.intern(Node::Entry(*x, ix.clone().into())) } else { *x }).collect();
                Some(s.tensor(&vars, &dims, s.unfold(*f, &ys)?))
            }
            Node::Call(f, _) if self.partials.knows(*f) => None,
            Node::Call(f, xs) if s.fun(*f).kind == FnKind::Defined => s.unfold(*f, xs),
            Node::Call(..) | Node::MatMul(_) if s.sort(id).is_scalar() => self.with_whole_tensors(id, |s, x| s.scalar_form(x)),
            _ => None,
        }
    }
    /// The entry of a tensor, one layer in: the tensors it is made of stay whole.
    pub(super) fn one_entry(&self, id: Id, ix: &[Aff]) -> Option<Id> {
        if matches!(self.store.node(id), Node::Tensor { .. }) {
            return self.store.entry(id, ix);
        }
        self.with_whole_tensors(id, |s, x| s.entry(x, ix))
    }
    fn with_whole_tensors(&self, id: Id, form: impl FnOnce(&gradus_term::Store, Id) -> Option<Id>) -> Option<Id> {
        let s = self.store;
        let mut back: FxHashMap<VarId, Arg> = FxHashMap::default();
        let node = s.node(id).map_children(&mut |c, under| {
            let keep = !s.sort(c).is_tensor() || under > 0 || s.loose(c) > 0 || matches!(s.node(c), Node::Var(_));
            let fixed = matches!(s.node(c), Node::Call(f, xs) if s.prim(*f).is_some() && xs.iter().all(|x| s.as_aff(*x).is_some()));
            if keep || fixed {
                return c;
            }
            let v = s.declare(VarInfo::new("", VarKind::Opened, s.sort(c).clone()));
            back.insert(v, Arg::Val(c));
            s.intern(Node::Var(v))
        });
        let new = form(s, s.intern(node))?;
        Some(s.subst(new, &back))
    }

    /// The term with names where definitions were put in.
    pub(super) fn fold(&self, id: Id, memo: &mut FxHashMap<Id, Id>) -> Id {
        let s = self.store;
        let mut todo = vec![(id, false)];
        while let Some((x, ready)) = todo.pop() {
            if memo.contains_key(&x) {
                continue;
            }
            if let Some(name) = self.folded.get(&x) {
                memo.insert(x, *name);
            } else if ready {
                let node = s.node(x).map_children(&mut |c, _| memo.get(&c).copied().unwrap_or(c));
                memo.insert(x, s.intern(node));
            } else {
                todo.push((x, true));
                s.node(x).for_each_child(|c, _| todo.push((c, false)));
            }
        }
        memo.get(&id).copied().unwrap_or(id)
    }
}
