//! The arena: hash-consed nodes, declared names, functions and letters.
//!
//! Append-only, with interior mutability, so that builders nest. Ids are never invalidated. What a term is (its sort, its
//! canonical form without letters, its depth) is computed once when it is built.

use crate::node::{Node, Sym};
use crate::signature::{FnId, FnInfo, FnKind, Param, Prim, VarId, VarInfo};
use crate::sort::Sort;
use crate::work::Work;
use elsa::FrozenVec;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};

/// A term: an index into the [`Store`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Id(pub(crate) u32);

impl Id {
    /// A dense number, for tables over terms. Never order output by it.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is kept for each term.
#[derive(Debug)]
pub(crate) struct Entry {
    pub node: Node,
    pub sort: Sort,
    pub canon: Id,
    pub loose: u32,
    pub depth: u32,
    pub size: u64,
}

/// The arena of one session.
pub struct Store {
    terms: FrozenVec<Box<Entry>>,
    table: RefCell<FxHashMap<Node, Id>>,
    vars: FrozenVec<Box<VarInfo>>,
    fns: FrozenVec<Box<FnInfo>>,
    bodies: RefCell<FxHashMap<FnId, Id>>,
    fn_facts: RefCell<FxHashMap<FnId, Vec<Id>>>,
    fn_domain: RefCell<FxHashMap<FnId, Id>>,
    syms: FrozenVec<Box<str>>,
    sym_table: RefCell<FxHashMap<String, Sym>>,
    deepest: Cell<u32>,
    pub(crate) work: Work,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({} terms)", self.terms.len())
    }
}

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}

impl Store {
    /// An arena that knows the primitives and nothing else.
    pub fn new() -> Self {
        let s = Store {
            terms: FrozenVec::new(),
            table: RefCell::default(),
            vars: FrozenVec::new(),
            fns: FrozenVec::new(),
            bodies: RefCell::default(),
            fn_facts: RefCell::default(),
            fn_domain: RefCell::default(),
            syms: FrozenVec::new(),
            sym_table: RefCell::default(),
            deepest: Cell::new(0),
            work: Work::default(),
        };
        s.sym("");
        for p in Prim::ALL {
            let params = (0..p.arity())
                .map(|_| Param {
                    var: s.declare(VarInfo::new("u", crate::VarKind::Param, Sort::Scalar)),
                    sort: if p.is_scalar() { Sort::Scalar } else { Sort::Any },
                })
                .collect();
            s.add_fn(FnInfo {
                name: p.name().to_owned(),
                kind: FnKind::Prim(*p),
                params,
                explicit: p.arity(),
                dims: Vec::new(),
                result: Sort::Scalar,
                latex: None,
                library: true,
            });
        }
        s
    }

    // ---- terms

    /// The term with this node; the same id for the same node.
    pub fn intern(&self, node: Node) -> Id {
        self.spend(1);
        if let Some(id) = self.table.borrow().get(&node) {
            return *id;
        }
        let canon_node = self.canonical_node(&node);
        let canon = canon_node.map(|n| self.intern(n));
        let id = Id(u32::try_from(self.terms.len()).unwrap_or(u32::MAX));
        let (mut depth, mut loose, mut size) = (0, 0u32, 1u64);
        node.for_each_child(|c, under| {
            let e = self.entry_of(c);
            depth = depth.max(e.depth);
            size = size.saturating_add(e.size);
            loose = loose.max(e.loose.saturating_sub(under));
        });
        node.for_each_aff(|a, under| loose = loose.max(a.loose().saturating_sub(under)));
        if let Node::Bound(k, _) = &node {
            loose = loose.max(k + 1);
        }
        let sort = self.sort_of_node(&node);
        self.deepest.set(self.deepest.get().max(depth + 1));
        self.table.borrow_mut().insert(node.clone(), id);
        self.terms.push(Box::new(Entry { node, sort, canon: canon.unwrap_or(id), loose, depth: depth + 1, size }));
        id
    }
    /// The node of a term.
    pub fn node(&self, id: Id) -> &Node {
        &self.entry_of(id).node
    }
    /// The sort of a term.
    pub fn sort(&self, id: Id) -> &Sort {
        &self.entry_of(id).sort
    }
    /// The term with every binder letter erased: equal exactly for terms equal up to renaming.
    pub fn canon(&self, id: Id) -> Id {
        self.entry_of(id).canon
    }
    /// Whether two terms are equal up to the letters of their binders.
    pub fn same(&self, a: Id, b: Id) -> bool {
        self.canon(a) == self.canon(b)
    }
    /// How many binders above the term its loosest bound name needs: 0 for a closed term.
    pub fn loose(&self, id: Id) -> u32 {
        self.entry_of(id).loose
    }
    /// The depth of the term.
    pub fn depth(&self, id: Id) -> u32 {
        self.entry_of(id).depth
    }
    /// The number of nodes of the term written out as a tree, as a page does: parts that are shared count each time.
    pub fn size(&self, id: Id) -> u64 {
        self.entry_of(id).size
    }
    /// The depth of the deepest term ever built: callers hold it against their budget.
    pub fn deepest(&self) -> u32 {
        self.deepest.get()
    }
    /// The number of distinct terms built.
    pub fn len(&self) -> usize {
        self.terms.len()
    }
    /// Whether nothing was built.
    pub fn is_empty(&self) -> bool {
        self.terms.len() == 0
    }
    #[allow(clippy::indexing_slicing, reason = "an Id is only ever made by intern, which pushes its entry")]
    fn entry_of(&self, id: Id) -> &Entry {
        &self.terms[id.index()]
    }
    fn canonical_node(&self, node: &Node) -> Option<Node> {
        let mut changed = node.has_hint();
        node.for_each_child(|c, _| changed |= self.canon(c) != c);
        changed.then(|| node.map_children(&mut |c, _| self.canon(c)).without_hints())
    }

    // ---- letters

    /// The interned letter.
    pub fn sym(&self, s: &str) -> Sym {
        if let Some(k) = self.sym_table.borrow().get(s) {
            return *k;
        }
        let k = Sym(u32::try_from(self.syms.len()).unwrap_or(0));
        self.syms.push(s.into());
        self.sym_table.borrow_mut().insert(s.to_owned(), k);
        k
    }
    /// The spelling of a letter.
    pub fn sym_str(&self, s: Sym) -> &str {
        self.syms.get(s.0 as usize).unwrap_or("")
    }

    // ---- names

    /// Declares a name.
    pub fn declare(&self, info: VarInfo) -> VarId {
        let id = VarId(u32::try_from(self.vars.len()).unwrap_or(u32::MAX));
        self.vars.push(Box::new(info));
        id
    }
    /// What is known of a name.
    #[allow(clippy::indexing_slicing, reason = "a VarId is only ever made by declare")]
    pub fn var(&self, v: VarId) -> &VarInfo {
        &self.vars[v.0 as usize]
    }
    /// The number of declared names.
    pub fn var_count(&self) -> usize {
        self.vars.len()
    }

    // ---- functions

    /// Adds a function; its body, if any, is set by [`Store::set_body`].
    pub fn add_fn(&self, info: FnInfo) -> FnId {
        let id = FnId(u32::try_from(self.fns.len()).unwrap_or(u32::MAX));
        self.fns.push(Box::new(info));
        id
    }
    /// Defines a function with this body over the variables of its parameters.
    pub fn define(&self, info: FnInfo, body: Id) -> FnId {
        let id = self.add_fn(info);
        self.set_body(id, body);
        id
    }
    /// What is known of a function.
    #[allow(clippy::indexing_slicing, reason = "an FnId is only ever made by add_fn")]
    pub fn fun(&self, f: FnId) -> &FnInfo {
        &self.fns[f.0 as usize]
    }
    /// The number of functions.
    pub fn fn_count(&self) -> usize {
        self.fns.len()
    }
    /// Gives a function its body, over the variables of its parameters.
    pub fn set_body(&self, f: FnId, body: Id) {
        self.bodies.borrow_mut().insert(f, body);
    }
    /// The body of a function, over the variables of its parameters.
    pub fn body(&self, f: FnId) -> Option<Id> {
        self.bodies.borrow().get(&f).copied()
    }
    /// States a condition that every value of the function satisfies (over `Call(f, params)`), such as `0 < sigma(z)`.
    pub fn add_fn_fact(&self, f: FnId, fact: Id) {
        self.fn_facts.borrow_mut().entry(f).or_default().push(fact);
    }
    /// The conditions that every value satisfies.
    pub fn fn_facts(&self, f: FnId) -> Vec<Id> {
        self.fn_facts.borrow().get(&f).cloned().unwrap_or_default()
    }
    /// States where the function is defined, over its parameters (beyond what its body needs).
    pub fn set_fn_domain(&self, f: FnId, cond: Id) {
        self.fn_domain.borrow_mut().insert(f, cond);
    }
    /// Where the function is defined, if not everywhere its body is.
    pub fn fn_domain(&self, f: FnId) -> Option<Id> {
        self.fn_domain.borrow().get(&f).copied()
    }
    /// The primitive behind a function, if it is one.
    pub fn prim(&self, f: FnId) -> Option<Prim> {
        match self.fun(f).kind {
            FnKind::Prim(p) => Some(p),
            _ => None,
        }
    }
}
