//! Letters for the indices that no one has named, those of sums that stand in for products, norms and traces, and for those whose
//! letter is taken where a definition is put in.

use gradus_term::{Id, Node, Store, Sym};
use rustc_hash::FxHashMap;

/// The usual letters of indices, in the order a person takes them.
const LETTERS: [&str; 9] = ["i", "j", "k", "l", "m", "n", "r", "s", "t"];

/// The term with a letter for every operation over a range that has none or one that is taken: the first that is not in `used` and
/// not the letter of an operation around it. Sums that stand beside each other may have the same one.
pub(crate) fn lettered(s: &Store, t: Id, used: &[String]) -> Id {
    Letters { s, used, around: Vec::new(), memo: FxHashMap::default() }.go(t)
}

struct Letters<'a> {
    s: &'a Store,
    used: &'a [String],
    /// The letters of the operations around the term at hand.
    around: Vec<Sym>,
    memo: FxHashMap<(Id, Vec<Sym>), Id>,
}

impl Letters<'_> {
    fn go(&mut self, t: Id) -> Id {
        let s = self.s;
        let key = (t, self.around.clone());
        if let Some(done) = self.memo.get(&key) {
            return *done;
        }
        let out = match s.node(t).clone() {
            Node::Big { op, hint, lo, hi, cond, body } => {
                let letter = s.sym_str(hint);
                let taken = self.used.iter().any(|u| u == letter) || self.around.contains(&hint);
                let hint = if letter.is_empty() || taken { self.free(letter).unwrap_or(hint) } else { hint };
                self.around.push(hint);
                let (cond, body) = (cond.map(|c| self.go(c)), self.go(body));
                self.around.pop();
                s.intern(Node::Big { op, hint, lo, hi, cond, body })
            }
            Node::Sum(_) | Node::Product(_) | Node::Quot(..) | Node::Pow(..) | Node::Call(..) => {
                let kids: Vec<Id> = s.node(t).children().into_iter().map(|c| self.go(c.0)).collect();
                s.with_children(t, &kids)
            }
            _ => t,
        };
        self.memo.insert(key, out);
        out
    }
    /// The first letter that is not taken, after this one.
    fn free(&self, after: &str) -> Option<Sym> {
        let taken = |l: &&&str| self.used.iter().any(|u| u == **l) || self.around.iter().any(|a| self.s.sym_str(*a) == **l);
        let from = LETTERS.iter().position(|l| *l == after).map_or(0, |k| k + 1);
        LETTERS.iter().skip(from).chain(&LETTERS).find(|l| !taken(l)).map(|l| self.s.sym(l))
    }
}

/// The index letter of the rule exchanged for that of the part it was applied to, where both have but one.
pub(crate) fn in_letters_of(store: &Store, from: Id, part: Id, new: Id) -> Id {
    let (Some(own), Some(letter)) = (only_letter(store, from), only_letter(store, part)) else { return new };
    store.bottom_up(new, true, &mut |x| match store.node(x) {
        Node::Big { op, hint, lo, hi, cond, body } if *hint == own => {
            store.intern(Node::Big { op: *op, hint: letter, lo: lo.clone(), hi: hi.clone(), cond: *cond, body: *body })
        }
        _ => x,
    })
}

/// The letter of the sums and products in a term, if it is one and the same.
fn only_letter(store: &Store, t: Id) -> Option<Sym> {
    let mut found: Vec<Sym> = Vec::new();
    store.any_subterm(t, &mut |n| {
        if let Node::Big { hint, .. } = n {
            found.push(*hint);
        }
        false
    });
    found.dedup();
    found.first().copied().filter(|_| found.len() == 1)
}
