//! Layout to one line of worksheet syntax. The layout was made for [`Style::Line`](crate::layout::Style::Line).

use crate::layout::{BigSign, Fence, Layout, Op};
use gradus_term::RelOp;

/// The layout in worksheet syntax.
pub fn print(l: &Layout) -> String {
    let mut out = String::new();
    put(l, &mut out);
    out
}

fn put(l: &Layout, out: &mut String) {
    let call = |name: &str, xs: &[&Layout], out: &mut String| {
        out.push_str(name);
        out.push('(');
        for (k, x) in xs.iter().enumerate() {
            if k > 0 {
                out.push_str(", ");
            }
            put(x, out);
        }
        out.push(')');
    };
    match l {
        Layout::Number(s) | Layout::Words(s) => out.push_str(s),
        Layout::Name(l) => out.push_str(&l.text),
        Layout::Op(o) => out.push_str(op(*o)),
        Layout::Row(xs) => xs.iter().for_each(|x| put(x, out)),
        Layout::Fence(f, x) => {
            let (a, b) = match f {
                Fence::Round | Fence::Call => ("(", ")"),
                Fence::Square => ("[", "]"),
                Fence::Bars => ("abs(", ")"),
                Fence::DoubleBars => ("norm(", ")"),
                Fence::Floor => ("floor(", ")"),
            };
            out.push_str(a);
            put(x, out);
            out.push_str(b);
        }
        Layout::Boxed(x) | Layout::Accent(_, x) | Layout::Form(_, x) => put(x, out),
        // The rest never stands in a line; it is spelt so that nothing is lost.
        Layout::Frac(a, b) => call("frac", &[a, b], out),
        Layout::Binom(a, b) => call("binom", &[a, b], out),
        Layout::Sqrt(x) => call("sqrt", &[x], out),
        Layout::At(a, b) => call("at", &[a, b], out),
        Layout::Script { base, sub, sup } => {
            put(base, out);
            if let Some(s) = sub {
                call("_", &[s], out);
            }
            if let Some(s) = sup {
                call("^", &[s], out);
            }
        }
        Layout::Big { sign, body, .. } => {
            let name = match sign {
                BigSign::Sum => "sum",
                BigSign::Prod => "prod",
                BigSign::Max => "max",
                BigSign::Min => "min",
                BigSign::Lim => "lim",
            };
            call(name, &[body], out);
        }
        Layout::Grid(rows) => rows.iter().for_each(|r| call("", &r.iter().collect::<Vec<_>>(), out)),
        Layout::Cases(bs) => call("cases", &bs.iter().map(|b| &b.0).collect::<Vec<_>>(), out),
    }
}

fn op(o: Op) -> &'static str {
    match o {
        Op::Plus => " + ",
        Op::Minus => " - ",
        Op::Neg => "-",
        Op::Dot | Op::Star => " * ",
        Op::Thin | Op::Space => " ",
        Op::Slash => "/",
        Op::Hadamard => " .* ",
        Op::EntryDiv => " ./ ",
        Op::EntryPow => ".^",
        Op::Kron => " kron ",
        Op::Convolve => " convolve ",
        Op::Correlate => " correlate ",
        Op::Comma => ", ",
        Op::Semicolon => "; ",
        Op::Colon => ":",
        Op::Rel(RelOp::Eq) => " = ",
        Op::Rel(RelOp::Ne) => " != ",
        Op::Rel(RelOp::Lt) => " < ",
        Op::Rel(RelOp::Le) => " <= ",
        Op::Rel(RelOp::Gt) => " > ",
        Op::Rel(RelOp::Ge) => " >= ",
        Op::And => " and ",
        Op::Or => " or ",
        Op::Not => "not ",
        Op::To => " -> ",
        Op::Partial | Op::D => "d",
        Op::Nabla => "gradient ",
        Op::Bang => "!",
        Op::Top => "^T",
        Op::Prime => "'",
        Op::Infinity => "inf",
        Op::In => " in ",
        Op::Iff => " <=> ",
        Op::Implies => " => ",
        Op::Caret => "^",
        Op::Full => "full",
        Op::Valid => "valid",
        Op::Same => "same",
        Op::Plusminus(true) => "+",
        Op::Plusminus(false) => "-",
        Op::Quad => "  ",
        Op::Stop => ".",
        Op::Dots => "...",
    }
}
