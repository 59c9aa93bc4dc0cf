//! Elaboration: names, sorts, shapes, index ranges; from surface trees to terms.
//!
//! An [`Elab`] knows a [`Store`] and what is declared, and turns formulas into terms and statements into
//! declarations and goals. It decides nothing about truth. It never guesses a shape: sizes left open by a definition's
//! parameters are settled by unification and, if still open, become size parameters of the definition.
//!
//! Invariants: what fails has said why ([`Said`]) and poisons the names it would have declared, so one mistake is
//! reported once; terms are built only from operands whose shapes were unified, so no term built here is ill-sorted.

mod arrays;
mod binders;
mod bounds;
mod builtins;
mod calls;
mod declare;
mod derive;
mod document;
mod expr;
mod goals;
mod leibniz;
mod names;
mod network;
mod partials;
mod product;
mod resolve;
mod scope;
mod shapes;

use gradus_term::{Aff, Id, Sort, Store, VarId};
use rustc_hash::FxHashMap;

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::input::{Context, Fail, Tokens};
use crate::limits;
use crate::span::Span;
use crate::surface::Expr;
use crate::{lexer, plain};

pub use document::{elaborate, Document, Item, ItemKind, Notation, Stated, StatedGoal};
pub use scope::{Entry, Named, Scope};

/// The diagnostic has been said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Said;

/// What elaboration gives.
pub type Out<T> = Result<T, Said>;

/// A name bound while something is elaborated.
#[derive(Clone, Debug)]
struct Local {
    name: Box<str>,
    named: Named,
}

/// An index whose range may still be open.
#[derive(Clone, Debug)]
struct OpenIndex {
    var: VarId,
    lo: Aff,
    /// The last value, once known.
    hi: Option<Aff>,
    /// The last value that an entry read beyond its range without harm would give; used if nothing else is known.
    weak: Option<Aff>,
    /// Whether the range was written.
    stated: bool,
}

/// The elaborator.
pub struct Elab<'s> {
    store: &'s Store,
    /// What is declared.
    pub scope: Scope,
    said: Vec<Diagnostic>,
    locals: Vec<Local>,
    indices: Vec<OpenIndex>,
    /// Index names free in the goal at hand.
    free: Vec<(Box<str>, VarId)>,
    /// Sizes that unification may settle, and what it has settled.
    open_sizes: Vec<VarId>,
    settled: FxHashMap<VarId, gradus_term::Arg>,
    /// Parameters whose shape may hold open sizes: declared anew when one is settled.
    shaped: Vec<VarId>,
    /// Whether what is elaborated may be read out of range (a branch, beside an Iverson bracket).
    guarded: u32,
    /// Whether a size or an index is elaborated: a name missing there is a whole number.
    whole: bool,
    /// Whether a condition of a declaration is elaborated: what it says of one entry is not known of the others.
    giving: bool,
    depth: u16,
    rule_mode: bool,
    rule_ranges: FxHashMap<Box<str>, (VarId, VarId)>,
}

impl<'s> Elab<'s> {
    /// An elaborator that knows the functions of the store's library and no declarations.
    #[must_use]
    pub fn new(store: &'s Store) -> Self {
        Elab {
            store,
            scope: Scope::new(store),
            said: Vec::new(),
            locals: Vec::new(),
            indices: Vec::new(),
            free: Vec::new(),
            open_sizes: Vec::new(),
            settled: FxHashMap::default(),
            shaped: Vec::new(),
            guarded: 0,
            whole: false,
            giving: false,
            depth: 0,
            rule_mode: false,
            rule_ranges: FxHashMap::default(),
        }
    }

    /// The same for rule files: metavariables may be declared, `..rest` may stand in sums and products, and a range
    /// left out is a pair of metavariables named after the letter.
    #[must_use]
    pub fn for_rules(store: &'s Store) -> Self {
        Elab { rule_mode: true, ..Elab::new(store) }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &'s Store {
        self.store
    }

    /// Declares a metavariable: `name`, or with `arity > 0` applied to bound names: `name(x)`.
    pub fn declare_meta(&mut self, name: &str, var: VarId, arity: usize) {
        self.scope.insert(name, Named::Meta(var, arity), Span::default());
    }

    /// Declares a sequence metavariable, written `..name`.
    pub fn declare_rest(&mut self, name: &str, var: VarId) {
        self.scope.insert(name, Named::Rest(var), Span::default());
    }

    /// Binds a name for what follows, inside everything declared; see [`Elab::unbind`].
    pub fn bind(&mut self, name: &str, var: VarId) {
        self.locals.push(Local { name: name.into(), named: Named::Var(var) });
    }

    /// Forgets the innermost bound name.
    pub fn unbind(&mut self) {
        self.locals.pop();
    }

    /// Elaborates a formula. On failure the diagnostics are in [`Elab::take_diagnostics`].
    ///
    /// # Errors
    /// [`Said`]: diagnostics have been recorded.
    pub fn formula(&mut self, e: &Expr) -> Out<Id> {
        let id = self.expr(e)?;
        let id = self.settle(id);
        if *self.store.sort(id) == Sort::Ill {
            return self.err(Diagnostic::new(Code::SHAPE, e.span, "the parts of this formula do not fit together"));
        }
        Ok(id)
    }

    /// Elaborates text as one formula.
    ///
    /// # Errors
    /// Everything that was wrong with it.
    pub fn parse_formula(&mut self, text: &str) -> Result<Id, Vec<Diagnostic>> {
        let surface = parse_surface(text)?;
        self.formula(&surface).map_err(|Said| self.take_diagnostics())
    }

    /// What was said so far.
    pub fn take_diagnostics(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.said)
    }

    fn err<T>(&mut self, d: Diagnostic) -> Out<T> {
        // Several names of one `given` are each read with its set.
        let again = self.said.iter().any(|s| s.span() == d.span() && s.code == d.code && s.message == d.message);
        if !again && self.said.len() < limits::DIAGNOSTICS {
            self.said.push(d);
        }
        Err(Said)
    }

    fn wrong<T>(&mut self, code: Code, span: Span, message: impl Into<String>) -> Out<T> {
        self.err(Diagnostic::new(code, span, message))
    }

    /// Runs something under local names, which are forgotten after it.
    fn under<T>(&mut self, locals: Vec<Local>, run: impl FnOnce(&mut Self) -> T) -> T {
        let n = self.locals.len();
        self.locals.extend(locals);
        let out = run(self);
        self.locals.truncate(n);
        out
    }
}

/// Reads text as one formula, newlines being spaces.
///
/// # Errors
/// What is wrong with it.
pub fn parse_surface(text: &str) -> Result<Expr, Vec<Diagnostic>> {
    if text.len() > limits::SOURCE_BYTES {
        let message = format!("the formula has {} bytes; at most {} are read", text.len(), limits::SOURCE_BYTES);
        return Err(vec![Diagnostic::new(Code::SOURCE_TOO_LARGE, Span::empty(0), message)]);
    }
    let span = Span::new(0, text.len());
    let (tokens, said) = lexer::lex(text, span);
    if !said.is_empty() {
        return Err(said);
    }
    if tokens.is_empty() {
        return Err(vec![Diagnostic::new(Code::EMPTY_INPUT, span, "there is no formula here")]);
    }
    let cx = Context::new(text, &tokens, span.end).map_err(|d| vec![*d])?;
    let out = plain::must_formula(Tokens::all(&cx)).and_then(|(rest, e)| plain::end(rest).map(|_| e));
    out.map_err(|e| match e {
        nom::Err::Failure(Fail::Said(d)) | nom::Err::Error(Fail::Said(d)) => vec![*d],
        _ => vec![Diagnostic::new(Code::EXPECTED_FORMULA, span, "this formula cannot be read")],
    })
}

/// Reads a formula (plain, or LaTeX between dollars) with these declarations, for the shell and for round trips.
///
/// # Errors
/// Everything that was wrong with it.
pub fn parse_expr(store: &Store, scope: &Scope, text: &str) -> Result<Id, Vec<Diagnostic>> {
    let mut elab = Elab::new(store);
    elab.scope = scope.clone();
    elab.parse_formula(text)
}
