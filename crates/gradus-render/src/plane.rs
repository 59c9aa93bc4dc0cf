//! Layout to built-up Unicode text: fractions and big signs take several lines.

use crate::escape;
use crate::layout::{Accent, BigSign, Fence, Layout, Op};
use gradus_term::RelOp;

/// The layout as lines, without spaces at their ends.
pub fn print(l: &Layout) -> String {
    block(l).lines.iter().map(|x| x.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// The layout on one line, for formulas inside sentences.
pub fn flat(l: &Layout) -> String {
    let bracket = |x: &Layout| {
        let s = flat(x);
        let plain = matches!(x, Layout::Number(_) | Layout::Name(_) | Layout::Script { .. } | Layout::Fence(..) | Layout::Form(..))
            || wide(&s) == 1;
        if plain {
            s
        } else {
            format!("({s})")
        }
    };
    match l {
        Layout::Row(xs) => xs.iter().map(flat).collect(),
        Layout::Frac(a, b) => format!("{}/{}", bracket(a), bracket(b)),
        Layout::Script { base, sub, sup } => {
            let mut out = flat(base);
            for (x, mark, table) in [(sub, '_', SUB), (sup, '^', SUPER)] {
                let Some(x) = x else { continue };
                match small(&Block::line(&flat(x)), table) {
                    Some(s) => out.push_str(&s),
                    None => out.push_str(&format!("{mark}{}", bracket(x))),
                }
            }
            out
        }
        Layout::Big { sign, sub, sup, body } => {
            let below = sub.iter().map(flat).collect::<Vec<_>>().join(", ");
            let above = sup.as_ref().map_or(String::new(), |x| format!("..{}", flat(x)));
            let sign = big(*sign, &[], None).lines.concat();
            format!("{sign}_({below}{above}) {}", flat(body))
        }
        Layout::Fence(f, x) => fence(*f, Block::line(&flat(x))).lines.concat(),
        Layout::Sqrt(x) => format!("√({})", flat(x)),
        Layout::Binom(a, b) => format!("binom({}, {})", flat(a), flat(b)),
        Layout::Grid(rows) => {
            format!("[{}]", rows.iter().map(|r| r.iter().map(flat).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("; "))
        }
        Layout::Cases(bs) => {
            let one = |(v, c): &(Layout, Option<Layout>)| {
                c.as_ref().map_or_else(|| format!("{} otherwise", flat(v)), |c| format!("{} if {}", flat(v), flat(c)))
            };
            bs.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Layout::At(x, c) => format!("{}|_({})", flat(x), flat(c)),
        Layout::Boxed(x) | Layout::Form(_, x) => flat(x),
        _ => block(l).lines.concat(),
    }
}

/// A rectangle of text; `base` is the line that letters stand on.
#[derive(Clone, Debug)]
pub struct Block {
    /// Lines of equal width.
    pub lines: Vec<String>,
    /// The line that letters stand on.
    pub base: usize,
}

/// One beside the other.
pub fn join(a: Block, b: Block) -> Block {
    a.beside(b)
}

/// Spaces.
pub fn space(n: usize) -> Block {
    Block::line(&" ".repeat(n))
}

/// The width of a line in characters, without combining marks.
pub fn width(s: &str) -> usize {
    wide(s)
}

fn wide(s: &str) -> usize {
    s.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).count()
}

fn pad(s: &str, n: usize) -> String {
    format!("{s}{}", " ".repeat(n.saturating_sub(wide(s))))
}

fn centre(s: &str, n: usize) -> String {
    let left = n.saturating_sub(wide(s)) / 2;
    pad(&format!("{}{s}", " ".repeat(left)), n)
}

impl Block {
    fn line(s: &str) -> Block {
        Block { lines: vec![s.to_owned()], base: 0 }
    }
    /// Its width in characters.
    pub fn width(&self) -> usize {
        self.lines.iter().map(|l| wide(l)).max().unwrap_or(0)
    }
    fn below(&self) -> usize {
        self.lines.len().saturating_sub(self.base + 1)
    }
    /// One beside the other, on one base line.
    fn beside(self, o: Block) -> Block {
        if self.lines.is_empty() {
            return o;
        }
        let (base, below) = (self.base.max(o.base), self.below().max(o.below()));
        let (a, b) = (self.width(), o.width());
        let lines = (0..=base + below)
            .map(|k| {
                let at = |x: &Block, w: usize| pad((k + x.base).checked_sub(base).and_then(|i| x.lines.get(i)).map_or("", |l| l), w);
                format!("{}{}", at(&self, a), at(&o, b))
            })
            .collect();
        Block { lines, base }
    }
    /// One above the other, centred; the base is that of part number `base`.
    fn stack(parts: Vec<Block>, base: usize, centred: bool) -> Block {
        let w = parts.iter().map(Block::width).max().unwrap_or(0);
        let mut at = 0;
        let mut lines = Vec::new();
        for (k, p) in parts.iter().enumerate() {
            if k == base {
                at = lines.len() + p.base;
            }
            let own = p.width();
            lines.extend(p.lines.iter().map(|l| if centred { centre(&pad(l, own), w) } else { pad(l, w) }));
        }
        Block { lines, base: at }
    }
    /// Between brackets as tall as it is.
    fn between(self, one: (&str, &str), top: (&str, &str), mid: (&str, &str), bottom: (&str, &str)) -> Block {
        let n = self.lines.len();
        if n <= 1 {
            return Block::line(one.0).beside(self).beside(Block::line(one.1));
        }
        let side = |left: bool| {
            let pick = |p: (&str, &str)| if left { p.0.to_owned() } else { p.1.to_owned() };
            let lines = (0..n)
                .map(|k| match k {
                    0 => pick(top),
                    k if k + 1 == n => pick(bottom),
                    _ => pick(mid),
                })
                .collect();
            Block { lines, base: self.base }
        };
        side(true).beside(self.clone()).beside(side(false))
    }
}

/// Most lines of a formula; a taller part is written on one line.
const TALL: usize = 40;

/// The layout as a rectangle.
pub fn block(l: &Layout) -> Block {
    let b = built_up(l);
    if b.lines.len() > TALL {
        return Block::line(&flat(l));
    }
    b
}

fn built_up(l: &Layout) -> Block {
    match l {
        Layout::Number(s) => Block::line(s),
        Layout::Words(s) => Block::line(&escape::terminal(s)),
        Layout::Name(n) => Block::line(&escape::terminal(&n.text)),
        Layout::Op(o) => Block::line(op(*o)),
        Layout::Row(xs) => xs.iter().fold(Block { lines: Vec::new(), base: 0 }, |b, x| b.beside(block(x))),
        Layout::Frac(a, b) => {
            let (a, b) = (block(a), block(b));
            let rule = Block::line(&"─".repeat(a.width().max(b.width()) + 2));
            Block::stack(vec![a, rule, b], 1, true)
        }
        Layout::Script { base, sub, sup } => scripts(base, sub.as_deref(), sup.as_deref()),
        Layout::Big { sign, sub, sup, body } => big(*sign, sub, sup.as_deref()).beside(Block::line(" ")).beside(block(body)),
        Layout::Fence(f, x) => fence(*f, block(x)),
        Layout::Sqrt(x) => Block::line("√").beside(fence(Fence::Round, block(x))),
        Layout::Binom(a, b) => {
            let inner = Block::stack(vec![block(a), block(b)], 0, true);
            fence(Fence::Round, inner)
        }
        Layout::Grid(rows) => fence(Fence::Round, grid(rows)),
        Layout::Cases(bs) => cases(bs),
        Layout::At(x, c) => {
            let x = block(x);
            let bar = Block { lines: vec!["│".to_owned(); x.lines.len() + 1], base: x.base };
            let c = block(c);
            let lines = std::iter::repeat_n(String::new(), x.lines.len()).chain(c.lines).collect();
            let base = x.base;
            x.beside(bar).beside(Block { lines, base })
        }
        Layout::Boxed(x) => {
            let x = block(x);
            let w = x.width();
            let mut lines = vec![format!("┌{}┐", "─".repeat(w + 2))];
            lines.extend(x.lines.iter().map(|l| format!("│ {} │", pad(l, w))));
            lines.push(format!("└{}┘", "─".repeat(w + 2)));
            Block { lines, base: x.base + 1 }
        }
        Layout::Accent(a, x) => {
            let mark = match a {
                Accent::Tilde => '\u{303}',
                Accent::Hat => '\u{302}',
                Accent::Bar => '\u{304}',
                Accent::Dot => '\u{307}',
                Accent::Vec => '\u{20d7}',
            };
            let mut b = block(x);
            if let Some(l) = b.lines.last_mut() {
                l.push(mark);
            }
            b
        }
        Layout::Form(_, x) => block(x),
    }
}

const SUPER: &[(char, char)] = &[
    ('0', '⁰'),
    ('1', '¹'),
    ('2', '²'),
    ('3', '³'),
    ('4', '⁴'),
    ('5', '⁵'),
    ('6', '⁶'),
    ('7', '⁷'),
    ('8', '⁸'),
    ('9', '⁹'),
    ('+', '⁺'),
    ('-', '⁻'),
    ('−', '⁻'),
    ('(', '⁽'),
    (')', '⁾'),
    ('n', 'ⁿ'),
    ('i', 'ⁱ'),
    ('⊤', 'ᵀ'),
    ('′', '′'),
];
const SUB: &[(char, char)] = &[
    ('0', '₀'),
    ('1', '₁'),
    ('2', '₂'),
    ('3', '₃'),
    ('4', '₄'),
    ('5', '₅'),
    ('6', '₆'),
    ('7', '₇'),
    ('8', '₈'),
    ('9', '₉'),
    ('+', '₊'),
    ('-', '₋'),
    ('−', '₋'),
    ('i', 'ᵢ'),
    ('j', 'ⱼ'),
    ('k', 'ₖ'),
    ('l', 'ₗ'),
    ('m', 'ₘ'),
    ('n', 'ₙ'),
    ('p', 'ₚ'),
    ('r', 'ᵣ'),
    ('s', 'ₛ'),
    ('t', 'ₜ'),
    ('x', 'ₓ'),
    ('a', 'ₐ'),
    ('e', 'ₑ'),
    ('h', 'ₕ'),
    ('o', 'ₒ'),
    ('u', 'ᵤ'),
    ('v', 'ᵥ'),
];

/// As small letters on the same line, if there are such.
fn small(b: &Block, table: &[(char, char)]) -> Option<String> {
    let [line] = b.lines.as_slice() else { return None };
    line.chars().filter(|c| *c != ' ').map(|c| table.iter().find(|(a, _)| *a == c).map(|(_, s)| *s)).collect()
}

fn scripts(base: &Layout, sub: Option<&Layout>, sup: Option<&Layout>) -> Block {
    let mut base = block(base);
    let (sub, sup) = (sub.map(block), sup.map(block));
    let (low, high) = (sub.as_ref().map(|b| small(b, SUB)), sup.as_ref().map(|b| small(b, SUPER)));
    if base.lines.len() == 1 && low != Some(None) && high != Some(None) {
        let s = format!("{}{}", low.flatten().unwrap_or_default(), high.flatten().unwrap_or_default());
        return base.beside(Block::line(&s));
    }
    if let (Some(Some(s)), None | Some(None), 1) = (&low, &high, base.lines.len()) {
        base = base.beside(Block::line(s));
        return raised(base, None, sup);
    }
    raised(base, sub, sup)
}

fn raised(base: Block, sub: Option<Block>, sup: Option<Block>) -> Block {
    let n = base.lines.len();
    let above = sup.map_or(Vec::new(), |b| b.lines);
    let below = sub.map_or(Vec::new(), |b| b.lines);
    let at = above.len() + base.base;
    let w = above.iter().chain(&below).map(|l| wide(l)).max().unwrap_or(0);
    let lines = above.into_iter().chain(std::iter::repeat_n(String::new(), n)).chain(below).map(|l| pad(&l, w)).collect();
    base.beside(Block { lines, base: at })
}

fn big(sign: BigSign, sub: &[Layout], sup: Option<&Layout>) -> Block {
    let own = Block::line(match sign {
        BigSign::Sum => "∑",
        BigSign::Prod => "∏",
        BigSign::Max => "max",
        BigSign::Min => "min",
        BigSign::Lim => "lim",
    });
    let mut parts: Vec<Block> = sup.map(block).into_iter().collect();
    let base = parts.len();
    parts.push(own);
    parts.extend(sub.iter().map(block));
    Block::stack(parts, base, true)
}

fn fence(f: Fence, x: Block) -> Block {
    match f {
        Fence::Round | Fence::Call => x.between(("(", ")"), ("⎛", "⎞"), ("⎜", "⎟"), ("⎝", "⎠")),
        Fence::Square => x.between(("[", "]"), ("⎡", "⎤"), ("⎢", "⎥"), ("⎣", "⎦")),
        Fence::Bars => x.between(("|", "|"), ("│", "│"), ("│", "│"), ("│", "│")),
        Fence::DoubleBars => x.between(("‖", "‖"), ("‖", "‖"), ("‖", "‖"), ("‖", "‖")),
        Fence::Floor => x.between(("⌊", "⌋"), ("⎢", "⎥"), ("⎢", "⎥"), ("⎣", "⎦")),
    }
}

fn grid(rows: &[Vec<Layout>]) -> Block {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cells: Vec<Vec<Block>> = rows.iter().map(|r| r.iter().map(block).collect()).collect();
    let widths: Vec<usize> = (0..columns).map(|c| cells.iter().filter_map(|r| r.get(c)).map(Block::width).max().unwrap_or(0)).collect();
    let lines: Vec<Block> = cells
        .into_iter()
        .map(|r| {
            r.into_iter().zip(&widths).enumerate().fold(Block { lines: Vec::new(), base: 0 }, |b, (k, (x, w))| {
                let (base, own) = (x.base, x.width());
                let x = Block { lines: x.lines.iter().map(|l| centre(&pad(l, own), *w)).collect(), base };
                if k == 0 {
                    x
                } else {
                    b.beside(Block::line("  ")).beside(x)
                }
            })
        })
        .collect();
    let mut b = Block::stack(lines, 0, true);
    b.base = b.lines.len().saturating_sub(1) / 2;
    b
}

fn cases(bs: &[(Layout, Option<Layout>)]) -> Block {
    let values: Vec<Block> = bs.iter().map(|b| block(&b.0)).collect();
    let w = values.iter().map(Block::width).max().unwrap_or(0);
    let rows = values
        .into_iter()
        .zip(bs)
        .map(|(v, (_, c))| {
            let gap = " ".repeat(w.saturating_sub(v.width()) + 2);
            let c = c.as_ref().map_or(Block::line("otherwise"), |c| Block::line("if ").beside(block(c)));
            v.beside(Block::line(&gap)).beside(c)
        })
        .collect();
    let mut b = Block::stack(rows, 0, false);
    b.base = b.lines.len().saturating_sub(1) / 2;
    b.between(("{ ", ""), ("⎧ ", ""), ("⎨ ", ""), ("⎩ ", ""))
}

fn op(o: Op) -> &'static str {
    match o {
        Op::Plus => " + ",
        Op::Minus => " − ",
        Op::Plusminus(true) => "+",
        Op::Neg | Op::Plusminus(false) => "−",
        Op::Dot => " · ",
        Op::Star => " * ",
        Op::Thin | Op::Space => " ",
        Op::Slash => "/",
        Op::Hadamard => " ⊙ ",
        Op::EntryDiv => " ⊘ ",
        Op::EntryPow | Op::Caret => "^",
        Op::Kron => " ⊗ ",
        Op::Convolve => " * ",
        Op::Correlate => " *̃ ",
        Op::Comma => ", ",
        Op::Semicolon => "; ",
        Op::Colon => ":",
        Op::Rel(RelOp::Eq) => " = ",
        Op::Rel(RelOp::Ne) => " ≠ ",
        Op::Rel(RelOp::Lt) => " < ",
        Op::Rel(RelOp::Le) => " ≤ ",
        Op::Rel(RelOp::Gt) => " > ",
        Op::Rel(RelOp::Ge) => " ≥ ",
        Op::And => " and ",
        Op::Or => " or ",
        Op::Not => "not ",
        Op::To => " → ",
        Op::Partial => "∂",
        Op::D => "d",
        Op::Nabla => "∇",
        Op::Bang => "!",
        Op::Top => "⊤",
        Op::Prime => "′",
        Op::Infinity => "∞",
        Op::In => " ∈ ",
        Op::Iff => "  ⇔  ",
        Op::Implies => "  ⇒  ",
        Op::Full => "full",
        Op::Valid => "valid",
        Op::Same => "same",
        Op::Quad => "  ",
        Op::Stop => ".",
        Op::Dots => "…",
    }
}
