//! Names: their letters and scripts, kept apart in one solution; letters of binders.

use crate::form;
use crate::layout::{Accent, Face, Layout, Letters, Op};

use gradus_term::{FnId, Id, Node, Sort, Store, Sym, VarId, VarKind};
use std::collections::{BTreeMap, BTreeSet};

/// Greek letters, and ℓ: the spelling in plain text, and the letter.
pub const GREEK: &[(&str, char)] = &[
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("epsilon", 'ϵ'),
    ("varepsilon", 'ε'),
    ("zeta", 'ζ'),
    ("eta", 'η'),
    ("theta", 'θ'),
    ("vartheta", 'ϑ'),
    ("iota", 'ι'),
    ("kappa", 'κ'),
    ("lambda", 'λ'),
    ("mu", 'μ'),
    ("nu", 'ν'),
    ("xi", 'ξ'),
    ("pi", 'π'),
    ("rho", 'ρ'),
    ("varrho", 'ϱ'),
    ("sigma", 'σ'),
    ("varsigma", 'ς'),
    ("tau", 'τ'),
    ("upsilon", 'υ'),
    ("phi", 'ϕ'),
    ("varphi", 'φ'),
    ("chi", 'χ'),
    ("psi", 'ψ'),
    ("omega", 'ω'),
    ("Gamma", 'Γ'),
    ("Delta", 'Δ'),
    ("Theta", 'Θ'),
    ("Lambda", 'Λ'),
    ("Xi", 'Ξ'),
    ("Pi", 'Π'),
    ("Sigma", 'Σ'),
    ("Upsilon", 'Υ'),
    ("Phi", 'Φ'),
    ("Psi", 'Ψ'),
    ("Omega", 'Ω'),
    ("ell", 'ℓ'),
];

/// The Greek letter of this spelling.
pub fn greek(word: &str) -> Option<char> {
    GREEK.iter().find(|(w, _)| *w == word).map(|(_, c)| *c)
}

/// The LaTeX command of a Greek letter.
pub fn greek_command(c: char) -> Option<&'static str> {
    GREEK.iter().find(|(_, g)| *g == c).map(|(w, _)| *w)
}

/// Accents as they are spelt behind a letter.
const ACCENTS: &[(&str, Accent)] =
    &[("hat", Accent::Hat), ("bar", Accent::Bar), ("tilde", Accent::Tilde), ("dot", Accent::Dot), ("vec", Accent::Vec)];

/// The letters chosen for binders without one.
const CHOICES: &[&str] = &["i", "j", "k", "l", "m", "n", "r", "s", "t"];

/// A name taken apart: `h1'` is h, subscript 1, one prime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Its letters.
    pub base: String,
    /// The accent on its letter: `y_hat` is ŷ.
    pub accent: Option<Accent>,
    /// What stands below.
    pub sub: String,
    /// How many primes.
    pub primes: usize,
}

impl Parts {
    /// Takes a plain name apart.
    pub fn of(name: &str) -> Parts {
        let bare = name.trim_end_matches('\'');
        let primes = name.len() - bare.len();
        if let Some((base, sub)) = bare.split_once('_').filter(|(b, s)| !b.is_empty() && !s.is_empty()) {
            let (first, rest) = sub.split_once('_').unwrap_or((sub, ""));
            let one_letter = base.chars().count() == 1 || greek(base).is_some();
            return match ACCENTS.iter().find(|(word, _)| *word == first && one_letter) {
                Some((_, accent)) => Parts { base: base.to_owned(), accent: Some(*accent), sub: rest.replace('_', ","), primes },
                None => Parts { base: base.to_owned(), accent: None, sub: sub.replace('_', ","), primes },
            };
        }
        let base = bare.trim_end_matches(|c: char| c.is_ascii_digit());
        if base.is_empty() || base.ends_with('_') {
            return Parts { base: bare.to_owned(), accent: None, sub: String::new(), primes };
        }
        Parts { base: base.to_owned(), accent: None, sub: bare.get(base.len()..).unwrap_or("").to_owned(), primes }
    }
    /// Its letters with the accent.
    pub fn stem(&self, face: Face) -> Layout {
        let name = Layout::Name(self.letters(face));
        match self.accent {
            Some(accent) => Layout::Accent(accent, Box::new(name)),
            None => name,
        }
    }
    /// The letters of the base.
    pub fn letters(&self, face: Face) -> Letters {
        let (text, single) = match greek(&self.base) {
            Some(c) => (c.to_string(), true),
            None => (self.base.clone(), self.base.chars().count() == 1),
        };
        let face = match face {
            Face::Italic if !single => Face::Upright,
            Face::Operator if single => Face::Italic,
            f => f,
        };
        Letters { text, face }
    }
    /// The subscript that belongs to the name itself.
    pub fn subscript(&self) -> Option<Layout> {
        if self.sub.is_empty() {
            return None;
        }
        let mut out = Vec::new();
        for (k, part) in self.sub.split(',').enumerate() {
            if k > 0 {
                out.push(Layout::Op(Op::Comma));
            }
            out.push(match greek(part) {
                Some(c) => Layout::Name(Letters { text: c.to_string(), face: Face::Italic }),
                None if part.chars().all(|c| c.is_ascii_digit()) => Layout::Number(part.to_owned()),
                None => letters_row(part),
            });
        }
        Some(Layout::row(out))
    }
    /// The primes.
    pub fn prime(&self) -> Option<Layout> {
        (self.primes > 0).then(|| Layout::row(vec![Layout::Op(Op::Prime); self.primes]))
    }
}

/// `CE` in a subscript: slanted letters one after the other.
fn letters_row(s: &str) -> Layout {
    Layout::row(
        s.chars()
            .map(|c| match c.is_ascii_digit() {
                true => Layout::Number(c.to_string()),
                false => Layout::Name(Letters { text: c.to_string(), face: Face::Italic }),
            })
            .collect(),
    )
}

/// What is called by a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Thing {
    Var(VarId),
    Fun(FnId),
}

/// The names of one solution: each thing has one, and no two print alike.
#[derive(Clone, Debug, Default)]
pub struct Names {
    spelt: BTreeMap<Thing, String>,
    taken: BTreeSet<String>,
    /// Those of `taken` that are indices: a binder elsewhere may have the same letter.
    indices: BTreeSet<String>,
    /// The names of every term that has an opened one beside others.
    together: Vec<Vec<VarId>>,
}

impl Names {
    /// The names that occur in these terms, in order; later ones that would print like an earlier one get primes.
    pub fn of(s: &Store, terms: &[Id]) -> Names {
        let opened = |vs: &Vec<VarId>| vs.len() > 1 && vs.iter().any(|v| s.var(*v).kind == VarKind::Opened);
        let together = terms.iter().map(|t| s.free_vars(*t)).filter(opened).collect();
        let mut names = Names { together, ..Names::default() };
        let mut values = Vec::new();
        let mut seen = vec![false; s.len()];
        let mut todo: Vec<Id> = terms.iter().rev().copied().collect();
        while let Some(x) = todo.pop() {
            match seen.get_mut(x.index()) {
                Some(b) if !*b => *b = true,
                _ => continue,
            }
            let node = s.node(x);
            match node {
                // The letters of lemmas about any value come last: they may be those of other lines.
                Node::Var(v) if s.var(*v).kind == VarKind::Opened && !s.var(*v).is_integer() => values.push(*v),
                Node::Var(v) | Node::Meta(v, _) => names.add_var(s, *v),
                Node::Call(f, _) | Node::Fun(f) if s.prim(*f).is_none() => match s.fun(*f).name.strip_suffix("_rows") {
                    // The library's function of a matrix by its rows is written like that of a vector.
                    Some(of_vector) if s.fun(*f).library => {
                        names.spelt.entry(Thing::Fun(*f)).or_insert_with(|| of_vector.to_owned());
                    }
                    _ => names.add(Thing::Fun(*f), &s.fun(*f).name, s.fun(*f).latex.as_deref()),
                },
                _ => {}
            }
            node.for_each_aff(|a, _| {
                for v in a.vars() {
                    if let gradus_term::IVar::Free(v) = v {
                        names.add_var(s, v);
                    }
                }
            });
            let mut kids = node.children();
            // What a differential changes by is written as the differential of the variable.
            if matches!(node, Node::Differential { .. }) {
                kids.pop();
            }
            kids.reverse();
            todo.extend(kids.into_iter().map(|k| k.0));
        }
        for v in values {
            names.add_var(s, v);
        }
        names
    }
    fn add_var(&mut self, s: &Store, v: VarId) {
        let info = s.var(v);
        match info.kind {
            // A parameter hides what it shares its name with, and stands for it.
            VarKind::Param => {}
            // A name at another size is written like it.
            VarKind::Given if !self.spelt.contains_key(&Thing::Var(v)) && self.at_another_size(s, v) => {
                self.spelt.insert(Thing::Var(v), info.name.clone());
            }
            // An index opened twice, for two reasons of one line, keeps its letter.
            kind => {
                match self.shared(s, v).filter(|_| kind == VarKind::Opened && !self.spelt.contains_key(&Thing::Var(v))) {
                    // An index opened twice, for two reasons of one line, keeps its letter.
                    Some(name) => {
                        self.spelt.insert(Thing::Var(v), name);
                    }
                    // One that meets another index of its name goes on as a binder does.
                    None => {
                        let again = kind == VarKind::Opened && info.latex.is_none() && self.taken.contains(&info.name);
                        let next = if again { self.next_letter(&info.name, &|c| self.taken.contains(c)) } else { None };
                        self.add(Thing::Var(v), next.unwrap_or(&info.name), info.latex.as_deref());
                    }
                }
                if let (VarKind::Index | VarKind::Opened, Some(n)) = (kind, self.spelt.get(&Thing::Var(v))) {
                    self.indices.insert(n.clone());
                }
            }
        }
    }
    /// Whether a name of another shape with this spelling is in use: the same array before its size was put in.
    fn at_another_size(&self, s: &Store, v: VarId) -> bool {
        let info = s.var(v);
        self.spelt.iter().any(|(t, n)| match t {
            Thing::Var(w) => {
                let other = s.var(*w);
                let resized = other.sort != info.sort && other.sort.dims().len() == info.sort.dims().len();
                *n == info.name && other.name == info.name && other.kind == VarKind::Given && resized
            }
            Thing::Fun(_) => false,
        })
    }
    /// The letter that an opened name may share with others of its name: no term has two of them. An index shares it with opened
    /// ones only, the value that a lemma is about with any.
    fn shared(&self, s: &Store, v: VarId) -> Option<String> {
        let alike = |t: &Thing| match t {
            Thing::Var(w) => (s.var(*w).kind == VarKind::Opened || !s.var(v).is_integer()) && s.var(*w).name == s.var(v).name,
            Thing::Fun(_) => false,
        };
        let apart = |t: &Thing| match t {
            Thing::Var(w) => !self.together.iter().any(|vs| vs.contains(&v) && vs.contains(w)),
            Thing::Fun(_) => false,
        };
        let mut letters = self.spelt.iter().filter(|(t, _)| alike(t)).map(|(_, n)| n);
        letters.find(|n| self.spelt.iter().filter(|(_, m)| m == n).all(|(t, _)| alike(t) && apart(t))).cloned()
    }
    fn add(&mut self, thing: Thing, name: &str, form: Option<&str>) {
        if self.spelt.contains_key(&thing) {
            return;
        }
        let mut name = if name.is_empty() { "u".to_owned() } else { name.to_owned() };
        // A form of the author's is never altered; only its plain spelling is kept apart.
        while self.taken.contains(&name) || (form.is_none() && self.alike(&name)) {
            name.push('\'');
        }
        self.taken.insert(name.clone());
        self.spelt.insert(thing, name);
    }
    /// Whether another name looks like this one on the page: `w1` and `w_1`.
    fn alike(&self, name: &str) -> bool {
        let p = Parts::of(name);
        self.spelt.values().any(|n| Parts::of(n) == p)
    }
    /// The plain spelling of a declared name.
    pub fn var<'a>(&'a self, s: &'a Store, v: VarId) -> &'a str {
        self.spelt.get(&Thing::Var(v)).map_or(&s.var(v).name, |n| n)
    }
    /// The plain spelling of a function.
    pub fn fun<'a>(&'a self, s: &'a Store, f: FnId) -> &'a str {
        self.spelt.get(&Thing::Fun(f)).map_or(&s.fun(f).name, |n| n)
    }
    /// Whether a name is in use.
    pub fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }
    /// The letter of an index: its own if that is free; else, as a person goes on from i to j to k, the next free one of the usual
    /// index letters; else its own with primes. `used` says what may not be taken beyond the fixed names: what stands free beside
    /// the binder, and the letters above it.
    pub fn letter(&self, s: &Store, hint: Sym, above: usize, used: &dyn Fn(&str) -> bool) -> String {
        let own = s.sym_str(hint);
        let clash = |n: &str| (self.taken.contains(n) && !self.indices.contains(n)) || used(n);
        if !own.is_empty() && !clash(own) {
            return own.to_owned();
        }
        if let Some(c) = self.next_letter(own, &|c| if own.is_empty() { self.taken.contains(c) || used(c) } else { clash(c) }) {
            return c.to_owned();
        }
        let mut name = if own.is_empty() { "i".to_owned() } else { own.to_owned() };
        apart(&mut name, above, &clash);
        name
    }
    /// The next of the usual index letters after one of them, or the first if there is none, that does not clash. A letter that is
    /// also the stem of another name, as k beside k₂, is taken only if there is no other.
    fn next_letter(&self, after: &str, clash: &dyn Fn(&str) -> bool) -> Option<&'static str> {
        let start = match CHOICES.iter().position(|c| *c == after) {
            Some(k) => k + 1,
            None if after.is_empty() => 0,
            None => return None,
        };
        let stems: BTreeSet<String> = self.taken.iter().filter(|n| !CHOICES.contains(&n.as_str())).map(|n| Parts::of(n).base).collect();
        let turned = CHOICES.iter().skip(start).chain(CHOICES.iter().take(start)).copied();
        let mut free = turned.clone().filter(|c| !clash(c) && !stems.contains(*c)).chain(turned.filter(|c| !clash(c)));
        free.next()
    }
    /// The letter of a value: its own, which may hide a declared name.
    pub fn value_letter(s: &Store, hint: Sym, above: usize, used: &dyn Fn(&str) -> bool) -> String {
        let own = s.sym_str(hint);
        let mut name = if own.is_empty() { "x".to_owned() } else { own.to_owned() };
        apart(&mut name, above, used);
        name
    }
}

/// Adds primes until the name is free; beyond three, a number that starts at the binders above, so that deep nests stay short.
fn apart(name: &mut String, above: usize, clash: &dyn Fn(&str) -> bool) {
    let base = name.clone();
    let mut tries = 0_usize;
    while clash(name) {
        tries += 1;
        *name = if tries <= 3 { format!("{base}{}", "'".repeat(tries)) } else { format!("{base}{}", above + tries) };
    }
}

/// How a sort's names are set.
pub fn face(sort: &Sort) -> Face {
    match sort {
        Sort::Tensor(_) | Sort::Row(_) => Face::Bold,
        Sort::Fun(_) => Face::Operator,
        _ => Face::Italic,
    }
}

/// A whole name on the page.
pub fn whole(name: &str, form: Option<&str>, face: Face) -> Layout {
    if let Some(f) = form {
        return form::whole(f);
    }
    let p = Parts::of(name);
    let base = p.stem(face);
    match (p.subscript(), p.prime()) {
        (None, None) => base,
        (sub, sup) => base.script(sub, sup),
    }
}

/// An entry of a named tensor on the page: the letters unbolded, the indices below. `exponent` is a power beside them.
pub fn entry(name: &str, form: Option<&str>, indices: Layout, exponent: Option<Layout>) -> Layout {
    if let Some(f) = form {
        let e = form::entry(f, indices);
        return match exponent {
            Some(x) => e.fenced(crate::layout::Fence::Round).script(None, Some(x)),
            None => e,
        };
    }
    let p = Parts::of(name);
    let base = p.stem(Face::Italic);
    let sub = match p.subscript() {
        Some(own) => Layout::row(vec![own, Layout::Op(Op::Comma), indices]),
        None => indices,
    };
    let sup = match (p.prime(), exponent) {
        (Some(p), Some(e)) => Some(Layout::row(vec![p, e])),
        (a, b) => a.or(b),
    };
    base.script(Some(sub), sup)
}
