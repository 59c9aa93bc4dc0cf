//! Layout to MathML.

use crate::escape;
use crate::layout::{Accent, BigSign, Face, Fence, Layout, Letters, Op};
use gradus_term::RelOp;

/// The layout as a `<math>` element; `display` for a formula on a line of its own.
pub fn print(l: &Layout, display: bool) -> String {
    let mut out = String::from(if display { "<math display=\"block\">" } else { "<math>" });
    put(l, &mut out);
    out.push_str("</math>");
    out
}

/// The layout as the inside of a `<math>` element.
pub fn fragment(l: &Layout) -> String {
    let mut out = String::new();
    put(l, &mut out);
    out
}

fn tag(name: &str, parts: &[&Layout], out: &mut String) {
    out.push_str(&format!("<{name}>"));
    for p in parts {
        one(p, out);
    }
    out.push_str(&format!("</{name}>"));
}

/// As exactly one element.
fn one(l: &Layout, out: &mut String) {
    match l {
        Layout::Row(_) | Layout::Fence(..) | Layout::Big { .. } | Layout::At(..) | Layout::Grid(_) | Layout::Cases(_) => {
            out.push_str("<mrow>");
            put(l, out);
            out.push_str("</mrow>");
        }
        Layout::Form(_, x) => one(x, out),
        _ => put(l, out),
    }
}

fn put(l: &Layout, out: &mut String) {
    match l {
        Layout::Number(s) => out.push_str(&format!("<mn>{}</mn>", escape::html(s))),
        Layout::Name(l) => letters(l, out),
        Layout::Op(o) => op(*o, out),
        Layout::Words(s) => out.push_str(&format!("<mtext>{}</mtext>", escape::html(s))),
        Layout::Row(xs) => xs.iter().for_each(|x| put(x, out)),
        Layout::Frac(a, b) => tag("mfrac", &[a, b], out),
        Layout::Sqrt(x) => tag("msqrt", &[x], out),
        Layout::Binom(a, b) => {
            out.push_str("<mrow><mo>(</mo><mfrac linethickness=\"0\">");
            one(a, out);
            one(b, out);
            out.push_str("</mfrac><mo>)</mo></mrow>");
        }
        Layout::Script { base, sub, sup } => match (sub, sup) {
            (Some(a), Some(b)) => tag("msubsup", &[base, a, b], out),
            (Some(a), None) => tag("msub", &[base, a], out),
            (None, Some(b)) => tag("msup", &[base, b], out),
            (None, None) => put(base, out),
        },
        Layout::Big { sign, sub, sup, body } => {
            big(*sign, sub, sup.as_deref(), out);
            put(body, out);
        }
        Layout::Fence(f, x) => {
            let (a, b) = match f {
                Fence::Round | Fence::Call => ("(", ")"),
                Fence::Square => ("[", "]"),
                Fence::Bars => ("|", "|"),
                Fence::DoubleBars => ("‖", "‖"),
                Fence::Floor => ("⌊", "⌋"),
            };
            if *f == Fence::Call {
                out.push_str("<mo>&#x2061;</mo>");
            }
            out.push_str(&format!("<mo fence=\"true\" form=\"prefix\">{a}</mo>"));
            put(x, out);
            out.push_str(&format!("<mo fence=\"true\" form=\"postfix\">{b}</mo>"));
        }
        Layout::Grid(rows) => {
            out.push_str("<mo>(</mo><mtable>");
            for r in rows {
                out.push_str("<mtr>");
                r.iter().for_each(|x| tag("mtd", &[x], out));
                out.push_str("</mtr>");
            }
            out.push_str("</mtable><mo>)</mo>");
        }
        Layout::Cases(bs) => {
            out.push_str("<mo>{</mo><mtable columnalign=\"left left\">");
            for (v, c) in bs {
                out.push_str("<mtr>");
                tag("mtd", &[v], out);
                out.push_str("<mtd>");
                match c {
                    Some(c) => {
                        out.push_str("<mtext>if&#xa0;</mtext>");
                        put(c, out);
                    }
                    None => out.push_str("<mtext>otherwise</mtext>"),
                }
                out.push_str("</mtd></mtr>");
            }
            out.push_str("</mtable>");
        }
        Layout::At(x, c) => {
            out.push_str("<msub><mrow>");
            put(x, out);
            out.push_str("<mo stretchy=\"true\">|</mo></mrow>");
            one(c, out);
            out.push_str("</msub>");
        }
        Layout::Boxed(x) => {
            out.push_str("<mrow style=\"border:1px solid;padding:0.2em\">");
            put(x, out);
            out.push_str("</mrow>");
        }
        Layout::Accent(a, x) => {
            out.push_str("<mover accent=\"true\">");
            one(x, out);
            out.push_str(&format!(
                "<mo>{}</mo></mover>",
                match a {
                    Accent::Tilde => "~",
                    Accent::Hat => "^",
                    Accent::Bar => "‾",
                    Accent::Dot => "˙",
                    Accent::Vec => "→",
                }
            ));
        }
        Layout::Form(_, x) => put(x, out),
    }
}

fn letters(l: &Letters, out: &mut String) {
    let text = escape::html(&l.text);
    match l.face {
        Face::Bold => out.push_str(&format!("<mi mathvariant=\"normal\">{}</mi>", escape::html(&bold(&l.text)))),
        Face::Upright if l.text.chars().count() == 1 => out.push_str(&format!("<mi mathvariant=\"normal\">{text}</mi>")),
        _ => out.push_str(&format!("<mi>{text}</mi>")),
    }
}

/// Mathematical bold letters; browsers do not embolden `mi` themselves.
fn bold(s: &str) -> String {
    let shift = |c: char, from: char, to: u32| char::from_u32(to + (c as u32 - from as u32)).unwrap_or(c);
    s.chars()
        .map(|c| match c {
            'A'..='Z' => shift(c, 'A', 0x1D400),
            'a'..='z' => shift(c, 'a', 0x1D41A),
            '0'..='9' => shift(c, '0', 0x1D7CE),
            'Α'..='Ω' => shift(c, 'Α', 0x1D6A8),
            'α'..='ω' => shift(c, 'α', 0x1D6C2),
            c => c,
        })
        .collect()
}

fn big(sign: BigSign, sub: &[Layout], sup: Option<&Layout>, out: &mut String) {
    let base = match sign {
        BigSign::Sum => "<mo largeop=\"true\">∑</mo>",
        BigSign::Prod => "<mo largeop=\"true\">∏</mo>",
        BigSign::Max => "<mo movablelimits=\"false\">max</mo>",
        BigSign::Min => "<mo movablelimits=\"false\">min</mo>",
        BigSign::Lim => "<mo movablelimits=\"false\">lim</mo>",
    };
    let below = |out: &mut String| match sub {
        [x] => one(x, out),
        xs => {
            out.push_str("<mtable>");
            for x in xs {
                out.push_str("<mtr>");
                tag("mtd", &[x], out);
                out.push_str("</mtr>");
            }
            out.push_str("</mtable>");
        }
    };
    match (sub.is_empty(), sup) {
        (true, _) => out.push_str(base),
        (false, None) => {
            out.push_str(&format!("<munder>{base}"));
            below(out);
            out.push_str("</munder>");
        }
        (false, Some(p)) => {
            out.push_str(&format!("<munderover>{base}"));
            below(out);
            one(p, out);
            out.push_str("</munderover>");
        }
    }
}

fn op(o: Op, out: &mut String) {
    let mo = match o {
        Op::Plus | Op::Plusminus(true) => "+",
        Op::Minus | Op::Plusminus(false) => "−",
        Op::Neg => "<mo form=\"prefix\">−</mo>",
        Op::Dot => "⋅",
        Op::Star | Op::Convolve => "*",
        Op::Thin | Op::Space => "<mspace width=\"0.1667em\"/>",
        Op::Slash => "/",
        Op::Hadamard => "⊙",
        Op::EntryDiv => "⊘",
        Op::EntryPow | Op::Caret => "^",
        Op::Kron => "⊗",
        Op::Correlate => "<mover><mo>*</mo><mo>~</mo></mover>",
        Op::Comma => "<mo separator=\"true\">,</mo>",
        Op::Semicolon => "<mo separator=\"true\">;</mo>",
        Op::Colon => ":",
        Op::Rel(RelOp::Eq) => "=",
        Op::Rel(RelOp::Ne) => "≠",
        Op::Rel(RelOp::Lt) => "&lt;",
        Op::Rel(RelOp::Le) => "≤",
        Op::Rel(RelOp::Gt) => "&gt;",
        Op::Rel(RelOp::Ge) => "≥",
        Op::And => "<mtext>&#xa0;and&#xa0;</mtext>",
        Op::Or => "<mtext>&#xa0;or&#xa0;</mtext>",
        Op::Not => "<mtext>not&#xa0;</mtext>",
        Op::To => "→",
        Op::Partial => "<mi>∂</mi>",
        Op::D => "<mi>d</mi>",
        Op::Nabla => "∇",
        Op::Bang => "!",
        Op::Top => "⊤",
        Op::Prime => "′",
        Op::Infinity => "<mi>∞</mi>",
        Op::In => "∈",
        Op::Iff => "⇔",
        Op::Implies => "⇒",
        Op::Full => "<mtext>full</mtext>",
        Op::Valid => "<mtext>valid</mtext>",
        Op::Same => "<mtext>same</mtext>",
        Op::Quad => "<mspace width=\"1em\"/>",
        Op::Stop => "<mtext>.</mtext>",
        Op::Dots => "<mtext>…</mtext>",
    };
    if mo.starts_with('<') {
        out.push_str(mo);
    } else {
        out.push_str(&format!("<mo>{mo}</mo>"));
    }
}
