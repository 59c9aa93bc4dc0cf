//! Random bytes, random tokens and mutated worksheets through the reader and the elaborator: each ends in a tree and typed
//! diagnostics, never in a panic, and soon. The seed is fixed; `GRADUS_FULL=1` makes sixty times as many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly")]

#[allow(dead_code, reason = "each test uses its part")]
mod support;

use gradus_syntax::worksheet::Host;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::time::{Duration, Instant};

/// Words that worksheets are made of, and such as spoil them.
const TOKENS: &[&str] = &[
    "given ",
    "define ",
    "derive ",
    "show ",
    "solve ",
    "find ",
    "evaluate ",
    "limit of ",
    "simplify ",
    "expand ",
    "factor ",
    "shape of ",
    "specialise ",
    "network ",
    "parameters of ",
    "receptive field of ",
    "text ",
    "title ",
    "section ",
    "notation ",
    "\n",
    "\n    ",
    "\n  expect ",
    "\n  through ",
    "\n  assuming ",
    "\n  label ",
    "\n  using ",
    "\n  in terms of ",
    "\n  detail brief",
    "\n  by indices",
    " in ",
    "R",
    "N",
    "R^n",
    "R^(n x m)",
    "R -> R",
    " : ",
    " as ",
    " for ",
    " with ",
    " wrt ",
    "gradient ",
    "jacobian of ",
    "hessian ",
    " -> ",
    "inf",
    "x",
    "y",
    "n",
    "W",
    "f",
    "sigma",
    "σ",
    "∂",
    "∞",
    "d/dx ",
    "dL/dx",
    "d^2 L/dx^2",
    "∂L/∂x[i]",
    "diff(",
    "limit(",
    "sum(",
    "prod(",
    "max(",
    "cases(",
    "exp(",
    "log(",
    "sqrt(",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    "‖",
    "$",
    "$$",
    "\"",
    "#",
    "\\",
    "\\frac",
    "\\sum_{i=1}^n ",
    "\\left(",
    "\\right]",
    "\\log ",
    "_",
    "^",
    "^T",
    "^-1",
    "'",
    "+",
    "-",
    "*",
    ".*",
    "/",
    "./",
    "=",
    "!=",
    "<=",
    ">",
    ",",
    ";",
    "..",
    "...",
    ":",
    "1",
    "0",
    "-1",
    "0.5",
    "1e-3",
    "1e9999999999",
    "99999999999999999999",
    "1..n",
    "j in 1..n",
    " if ",
    " otherwise",
    " and ",
    "n!",
    "kernel=",
    "Conv2d(",
    "MaxPool2d(2)",
    "convolve(",
    "full",
    "\u{0}",
    "\u{200b}",
    "é",
    "а",
    "\u{feff}",
];

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
    fn of<'a, T>(&mut self, xs: &'a [T]) -> &'a T {
        &xs[self.below(xs.len())]
    }
}

fn bytes(dice: &mut Dice) -> Vec<u8> {
    (0..dice.below(200)).map(|_| dice.next() as u8).collect()
}

fn tokens(dice: &mut Dice) -> Vec<u8> {
    let mut out = String::new();
    for _ in 0..dice.below(40) {
        out.push_str(dice.of::<&str>(TOKENS));
    }
    out.into_bytes()
}

/// A few lines of a worksheet with a few edits: a token put in, a stretch left out or repeated, a byte changed.
fn mutated(dice: &mut Dice, sheets: &[Vec<u8>]) -> Vec<u8> {
    let lines: Vec<&[u8]> = dice.of(sheets).split_inclusive(|b| *b == b'\n').collect();
    let from = dice.below(lines.len());
    let mut out = lines[from..(from + 1 + dice.below(12)).min(lines.len())].concat();
    for _ in 0..=dice.below(4) {
        let (a, b) = (dice.below(out.len() + 1), dice.below(12));
        let end = (a + b).min(out.len());
        match dice.below(4) {
            0 => drop(out.splice(a..a, dice.of(TOKENS).bytes())),
            1 => drop(out.drain(a..end)),
            2 => {
                let part = out[a..end].to_vec();
                drop(out.splice(a..a, part));
            }
            _ => {
                if let Some(x) = out.get_mut(a) {
                    *x = dice.next() as u8;
                }
            }
        }
    }
    out
}

#[test]
fn whatever_is_typed_ends_in_a_tree_and_diagnostics() {
    let rounds = if std::env::var_os("GRADUS_FULL").is_some() { 300_000 } else { 5_000 };
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let sheets: Vec<Vec<u8>> = ["seed.gradus", "matrix.gradus"].iter().map(|f| std::fs::read(data.join(f)).unwrap()).collect();
    let mut dice = Dice(0x6772_6164_7573);
    let mut diagnosed = 0;
    let mut store = support::store();
    for round in 0..rounds {
        if round % 200 == 0 {
            store = support::store();
        }
        let source = match round % 3 {
            0 => bytes(&mut dice),
            1 => tokens(&mut dice),
            _ => mutated(&mut dice, &sheets),
        };
        for host in [Host::Gradus, Host::Markdown, Host::Latex] {
            let started = Instant::now();
            let said = catch_unwind(AssertUnwindSafe(|| support::read(&store, &source, host).1));
            let Ok(said) = said else { panic!("round {round}, {host:?}: a panic for {:?}", String::from_utf8_lossy(&source)) };
            assert!(started.elapsed() < Duration::from_secs(10), "round {round}: {:?}", String::from_utf8_lossy(&source));
            diagnosed += usize::from(!said.is_empty());
            for d in &said {
                if let Ok(text) = std::str::from_utf8(&source) {
                    let at = d.span().range();
                    let whole = text.is_char_boundary(at.start) && text.is_char_boundary(at.end);
                    assert!(whole, "round {round}: {} at {at:?} of {text:?}", d.code.name());
                }
                assert!(!d.render(&source, "input", false).is_empty(), "round {round}");
            }
        }
    }
    assert!(diagnosed > rounds / 3, "{diagnosed} of {rounds} were answered with diagnostics");
}
