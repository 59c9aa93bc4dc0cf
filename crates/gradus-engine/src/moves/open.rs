//! Opening names: definitions put in, entries of tensors taken, arrays and stacks read.

use super::{Back, PLACES};
use crate::draft::{outermost, Draft};
use crate::Engine;
use gradus_kernel::{Ground, Text, Weight};
use gradus_term::{FnId, FnKind, Id, Node, Position, Prim};

/// How far names are opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Depth {
    /// Entries of sums, products, arrays and stacks only.
    Entries,
    /// The definitions of the worksheet, too.
    Sheet,
    /// The functions of the rulebook, too.
    All,
}

impl<'s> Engine<'s> {
    /// Opens the outermost names, one layer, everywhere.
    pub(crate) fn open_names(&self, d: &mut Draft<'s>, depth: Depth) -> Option<Back> {
        let start = d.len();
        let mut layer: Vec<FnId> = Vec::new();
        for path in self.openable(d.current(), depth) {
            if let Some(g) = self.head_at(d.current(), &path) {
                layer.push(g);
            }
        }
        let mut back = Text::default();
        let mut said: Vec<FnId> = Vec::new();
        for _ in 0..PLACES {
            let paths = self.openable(d.current(), depth);
            let next = paths.into_iter().find(|p| self.head_at(d.current(), p).is_none_or(|g| layer.contains(&g)));
            let Some(path) = next else { break };
            let head = self.head_at(d.current(), &path);
            if !self.open_at(d, &path) {
                break;
            }
            if let Some(g) = head.filter(|g| !said.contains(g)) {
                let why = self.definition_reason(g);
                back = back.also(&why);
                said.push(g);
            }
        }
        if back.is_empty() {
            back = Text::words("by entries");
        }
        (d.len() > start).then_some(back)
    }

    /// The paths of the outermost nodes that can be opened.
    fn openable(&self, t: Id, depth: Depth) -> Vec<Vec<u32>> {
        let s = self.store;
        outermost(s, t, &|n| match n {
            Node::Call(f, xs) => match s.fun(*f).kind {
                FnKind::Defined => {
                    self.may_open(*f, depth)
                        && !xs.iter().any(|x| s.sort(*x).is_tensor() && s.is_entrywise(s.intern(n.clone())))
                        && s.sort(s.intern(n.clone())).is_scalar()
                }
                FnKind::Prim(p) => matches!(p, Prim::Dot | Prim::Tr | Prim::SumAll | Prim::Norm),
                FnKind::Unknown => false,
            },
            Node::MatMul(_) => s.sort(s.intern(n.clone())).is_scalar(),
            Node::Entry(t, ix) if s.sort(*t).dims().len() == ix.len() => match s.node(*t) {
                Node::Call(f, xs) if matches!(s.fun(*f).kind, FnKind::Defined) && !s.is_entrywise(*t) => {
                    self.may_open(*f, depth) && s.unfold(*f, xs).is_some()
                }
                // An array or a stack is read at a known place only: elsewhere it would become a case distinction.
                Node::Array(_) | Node::Stack(_) => s.entry(*t, ix).is_some_and(|e| !matches!(s.node(e), Node::Cases(..))),
                _ => s.entry(*t, ix).is_some(),
            },
            _ => false,
        })
    }
    fn may_open(&self, f: FnId, depth: Depth) -> bool {
        let info = self.store.fun(f);
        matches!(info.kind, FnKind::Defined)
            && match depth {
                Depth::Entries => false,
                Depth::Sheet => !info.library,
                Depth::All => true,
            }
    }
    /// The definition that would be opened at a path; `None` for mere entries.
    fn head_at(&self, t: Id, path: &[u32]) -> Option<FnId> {
        let s = self.store;
        let f = s.focus(t, &Position::at(path)).ok()?;
        let call = match s.node(f.part) {
            Node::Entry(t, _) if !s.is_entrywise(*t) => *t,
            _ => f.part,
        };
        match s.node(call) {
            Node::Call(g, _) if matches!(s.fun(*g).kind, FnKind::Defined) => Some(*g),
            _ => None,
        }
    }
    /// Opens the name at a path.
    pub(crate) fn open_at(&self, d: &mut Draft<'s>, path: &[u32]) -> bool {
        let s = self.store;
        let pos = Position::at(path);
        let Ok(f) = d.proof.focus(&pos) else { return false };
        let unfolded = match s.node(f.part) {
            Node::Call(g, xs) => s.unfold(*g, xs).map(|b| (*g, b)),
            Node::Entry(t, ix) if !s.is_entrywise(*t) => match s.node(*t) {
                Node::Call(g, xs) => s.unfold(*g, xs).map(|b| (*g, s.make_entry(b, ix))),
                _ => None,
            },
            _ => None,
        };
        if let Some((g, new)) = unfolded {
            return d.step(&pos, &f, Ground::Unfolded, new, "definition.unfold", self.definition_reason(g), Weight::Main).is_ok();
        }
        let entry = match s.node(f.part) {
            Node::Entry(t, ix) => s.entry(*t, ix),
            _ => s.scalar_form(f.part),
        };
        // A sum and its entries look alike on the page; an array's entry does not.
        let weight = if matches!(s.node(f.part), Node::Entry(..)) { Weight::Trivial } else { Weight::Small };
        entry.is_some_and(|e| d.step(&pos, &f, Ground::Entries, e, "tensor.entries", Text::words("by entries"), weight).is_ok())
    }
}
