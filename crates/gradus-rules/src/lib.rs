//! The rulebook: the mathematics of Gradus as text, and its loader.
//!
//! The files under `rules/` are part of the program. [`Rulebook::load`] turns them into rule schemas of the kernel and puts
//! the library's functions into the store's signature. Nothing here matches, applies or proves anything.
//!
//! Invariants
//! * A rule's name is `family.what` and unique; the order of rules is the order of the files, and of the blocks in them.
//! * [`Rulebook::hash`] depends on the texts alone, so a certificate can say which rulebook it was made with.
//! * Loading needs no input and fails only for a fault in the files, with its file and line; a test loads them all.

mod blocks;
mod catalogue;
mod elaborate;
mod functions;
mod head;
mod scan;

use blocks::{Block, BlockKind};
use gradus_kernel::{Rule, RuleSource};
use gradus_term::{FnId, Id, Store};
use rustc_hash::FxHashMap;

pub use catalogue::catalogue;
pub use functions::Function;
pub use head::Head;

/// The rule files, in order.
const FILES: &[(&str, &str)] = &[
    ("functions.rules", include_str!("../rules/functions.rules")),
    ("derivatives.rules", include_str!("../rules/derivatives.rules")),
    ("algebra.rules", include_str!("../rules/algebra.rules")),
    ("powers.rules", include_str!("../rules/powers.rules")),
    ("kinks.rules", include_str!("../rules/kinks.rules")),
    ("trigonometry.rules", include_str!("../rules/trigonometry.rules")),
    ("sums.rules", include_str!("../rules/sums.rules")),
    ("limits.rules", include_str!("../rules/limits.rules")),
    ("equations.rules", include_str!("../rules/equations.rules")),
];

/// A fault in a rule file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}:{line}: {kind}")]
pub struct RuleError {
    /// The file.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub kind: RuleErrorKind,
}

/// What is wrong in a rule file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RuleErrorKind {
    /// A line at the margin that begins no block.
    #[error("`{0}` begins no block: expected `rule`, `function` or `primitive`")]
    NotABlock(String),
    /// An indented line that is no clause.
    #[error("`{0}` begins no clause of this block")]
    NotAClause(String),
    /// A clause given twice.
    #[error("`{0}` is given twice")]
    Twice(String),
    /// A clause with nothing in it.
    #[error("`{0}` says nothing")]
    Empty(String),
    /// Something every such block has.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A rule's name that is not `family.what`.
    #[error("`{0}` is not a name of the form family.what")]
    BadName(String),
    /// Two of one name.
    #[error("there is another `{0}`")]
    Duplicate(String),
    /// `<=>` between terms.
    #[error("`<=>` stands between conditions; terms are rewritten by `=>`")]
    NoConditions,
    /// A statement without its arrow.
    #[error("a statement is `left => right` or `left <=> right`")]
    NoArrow,
    /// A `where` or `needs` that is none.
    #[error("`{0}` is none of the conditions a rule may state")]
    BadCondition(String),
    /// A function's head that is none.
    #[error("`{0}` is not the head of a function")]
    BadHead(String),
    /// A formula that cannot be read.
    #[error("in `{0}`: {1}")]
    Formula(String, String),
    /// Notation that rules do not have.
    #[error("rules have no such notation: {0}")]
    Notation(String),
    /// The sides are of different sorts.
    #[error("the sides are of different sorts")]
    Sorts,
    /// The right side mentions what the left side does not.
    #[error("`{0}` stands on the right side only")]
    NewVariable(String),
}

/// What a rule file says of a rule beyond the schema.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// The few words beside a line that reads the rule backwards.
    pub back: Option<String>,
    /// The statement as written.
    pub statement: String,
    /// Its conditions as written: `needs`, `where` and `when`, each with its word.
    pub conditions: Vec<(&'static str, String)>,
    /// Its examples as written.
    pub tries: Vec<String>,
    /// The file it stands in.
    pub file: &'static str,
    /// The line it begins on.
    pub line: usize,
}

/// The rules and functions of the library.
#[derive(Debug, Default)]
pub struct Rulebook {
    rules: Vec<Rule>,
    notes: Vec<Note>,
    functions: Vec<Function>,
    by_name: FxHashMap<String, usize>,
    families: Vec<(String, std::ops::Range<usize>)>,
    forward: FxHashMap<Head, Vec<usize>>,
    backward: FxHashMap<Head, Vec<usize>>,
    open_forward: Vec<usize>,
    open_backward: Vec<usize>,
    names: FxHashMap<String, FnId>,
    hash: u64,
    /// Whether examples are read as terms.
    examples: bool,
}

impl RuleSource for Rulebook {
    fn rule(&self, name: &str) -> Option<&Rule> {
        self.get(name)
    }
}

impl Rulebook {
    /// Reads the rulebook into a store: its functions join the signature.
    ///
    /// # Errors
    /// For a fault in the files.
    pub fn load(store: &Store) -> Result<Self, RuleError> {
        Self::read(store, &[], false)
    }
    /// Reads the rulebook with its examples, and further files after it, each with its name: for tests, and for checking
    /// files. A plain [`Rulebook::load`] leaves [`Rule::tries`] empty, which halves its time; [`Note::tries`] has their text.
    ///
    /// # Errors
    /// For a fault in the files.
    pub fn load_with(store: &Store, more: &[(&'static str, &str)]) -> Result<Self, RuleError> {
        Self::read(store, more, true)
    }
    fn read(store: &Store, more: &[(&'static str, &str)], examples: bool) -> Result<Self, RuleError> {
        let mut book = Rulebook { names: elaborate::primitives(), examples, ..Rulebook::default() };
        for (file, text) in FILES.iter().chain(more) {
            book.hash = fnv(fnv(book.hash, file.as_bytes()), text.as_bytes());
            for block in blocks::blocks(file, text)? {
                book.add(store, file, &block)?;
            }
        }
        book.families();
        book.index(store);
        Ok(book)
    }
    fn add(&mut self, store: &Store, file: &'static str, block: &Block<'_>) -> Result<(), RuleError> {
        match block.kind {
            BlockKind::Rule => {
                let (rule, note) = elaborate::rule(store, &self.names, file, block, self.examples)?;
                if self.by_name.insert(rule.name.clone(), self.rules.len()).is_some() {
                    return Err(RuleError { file, line: block.head.line, kind: RuleErrorKind::Duplicate(rule.name) });
                }
                self.rules.push(rule);
                self.notes.push(note);
            }
            BlockKind::Function => {
                let f = functions::function(store, &mut self.names, file, block)?;
                self.functions.push(f);
            }
            BlockKind::Primitive => functions::primitive(store, &mut self.names, file, block)?,
        }
        Ok(())
    }
    /// Rules of one family stand together, families in the order of their first rule.
    fn families(&mut self) {
        let mut order: FxHashMap<String, usize> = FxHashMap::default();
        let mut both: Vec<(usize, Rule, Note)> = Vec::with_capacity(self.rules.len());
        for (r, n) in std::mem::take(&mut self.rules).into_iter().zip(std::mem::take(&mut self.notes)) {
            let next = order.len();
            both.push((*order.entry(family_of(&r).to_owned()).or_insert(next), r, n));
        }
        both.sort_by_key(|x| x.0);
        for (k, (_, r, n)) in both.into_iter().enumerate() {
            match self.families.last_mut() {
                Some((f, range)) if f == family_of(&r) => range.end = k + 1,
                _ => self.families.push((family_of(&r).to_owned(), k..k + 1)),
            }
            self.by_name.insert(r.name.clone(), k);
            self.rules.push(r);
            self.notes.push(n);
        }
    }
    fn index(&mut self, store: &Store) {
        for (k, r) in self.rules.iter().enumerate() {
            match Head::of_schema(store, r.left) {
                Some(h) => self.forward.entry(h).or_default().push(k),
                None => self.open_forward.push(k),
            }
            match Head::of_schema(store, r.right) {
                Some(h) => self.backward.entry(h).or_default().push(k),
                None => self.open_backward.push(k),
            }
        }
    }

    /// All rules, in order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
    /// The rule of this name.
    pub fn get(&self, name: &str) -> Option<&Rule> {
        self.by_name.get(name).and_then(|k| self.rules.get(*k))
    }
    /// What the file says of the rule of this name beyond its schema.
    pub fn note(&self, name: &str) -> Option<&Note> {
        self.by_name.get(name).and_then(|k| self.notes.get(*k))
    }
    /// The rules of a family, in order: those whose name begins with `family.`.
    pub fn family(&self, family: &str) -> &[Rule] {
        self.families.iter().find(|(f, _)| f == family).and_then(|(_, r)| self.rules.get(r.clone())).unwrap_or(&[])
    }
    /// The names of the families, in order.
    pub fn family_names(&self) -> impl Iterator<Item = &str> {
        self.families.iter().map(|(f, _)| f.as_str())
    }
    /// The rules whose left side may fit a term by its head, in order; see [`Rulebook::for_head_backward`].
    pub fn for_head<'a>(&'a self, store: &Store, term: Id) -> impl Iterator<Item = &'a Rule> {
        self.candidates(&self.forward, &self.open_forward, store, term)
    }
    /// The rules whose right side may fit a term by its head, in order.
    pub fn for_head_backward<'a>(&'a self, store: &Store, term: Id) -> impl Iterator<Item = &'a Rule> {
        self.candidates(&self.backward, &self.open_backward, store, term)
    }
    fn candidates<'a>(
        &'a self,
        table: &FxHashMap<Head, Vec<usize>>,
        open: &[usize],
        store: &Store,
        term: Id,
    ) -> impl Iterator<Item = &'a Rule> + use<'a> {
        let mut ks: Vec<usize> = Head::of_term(store, term).iter().filter_map(|h| table.get(h)).flatten().chain(open).copied().collect();
        ks.sort_unstable();
        ks.dedup();
        ks.into_iter().filter_map(|k| self.rules.get(k))
    }
    /// The library's functions, in order.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }
    /// The function of this name or alias, built in or of the library.
    pub fn function(&self, name: &str) -> Option<FnId> {
        self.names.get(name).copied()
    }
    /// A number that changes with every change of the files.
    pub fn hash(&self) -> u64 {
        self.hash
    }
}

fn family_of(r: &Rule) -> &str {
    r.name.split('.').next().unwrap_or("")
}

/// Fowler, Noll and Vo's hash (FNV-1a), continued from `seed`: the same on every platform and for ever.
fn fnv(seed: u64, bytes: &[u8]) -> u64 {
    let start = if seed == 0 { 0xcbf2_9ce4_8422_2325 } else { seed };
    bytes.iter().fold(start, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}
