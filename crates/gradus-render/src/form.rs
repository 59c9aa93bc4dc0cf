//! Forms given by `as "…"`: printed in LaTeX as they are, read into a layout for the other formats.
//!
//! `#` is where an entry's indices go. The reader knows letters, Greek, `\mathbf{…}` and its kin, accents and scripts; what it
//! does not know it shows as written.

use crate::latex;
use crate::layout::{Accent, Face, Layout, Letters, Op};
use crate::names::greek;

/// Deepest braces read; forms deeper than this are shown as written.
const DEPTH: usize = 16;

/// The whole tensor: `#` dropped, and a subscript left empty.
pub fn whole(form: &str) -> Layout {
    let text = form.replace('#', "").replace("_{}", "");
    let other = read(&text, None);
    Layout::Form(text, Box::new(other))
}

/// An entry: the indices in place of `#`, or as a further subscript of the form without its `\mathbf`.
pub fn entry(form: &str, indices: Layout) -> Layout {
    if form.contains('#') {
        let spelt = latex::print(&indices);
        let other = read(form, Some(&indices));
        return Layout::Form(form.replace('#', &spelt), Box::new(other));
    }
    let light = unbold(form);
    let inner = Layout::Form(light.clone(), Box::new(read(&light, None)));
    if light.contains('_') {
        // A second subscript beside the first needs braces of its own.
        let braced = Layout::Form(format!("{{{light}}}"), Box::new(read(&light, None)));
        return braced.script(Some(indices), None);
    }
    inner.script(Some(indices), None)
}

fn unbold(form: &str) -> String {
    for command in ["\\mathbf", "\\boldsymbol", "\\bm"] {
        if let Some((before, after)) = form.split_once(command) {
            if let Some((inner, rest)) = braced(after) {
                let inner = if inner.chars().count() == 1 { inner.to_owned() } else { format!("{{{inner}}}") };
                return format!("{before}{inner}{rest}");
            }
        }
    }
    form.to_owned()
}

/// `{inner}rest`, the braces balanced.
fn braced(s: &str) -> Option<(&str, &str)> {
    let body = s.strip_prefix('{')?;
    let mut depth = 0_usize;
    for (k, c) in body.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some((body.get(..k)?, body.get(k + 1..)?)),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn read(s: &str, hole: Option<&Layout>) -> Layout {
    group(s, hole, Face::Italic, DEPTH).unwrap_or_else(|| Layout::Words(s.to_owned()))
}

fn group(mut s: &str, hole: Option<&Layout>, face: Face, depth: usize) -> Option<Layout> {
    let depth = depth.checked_sub(1)?;
    let mut out: Vec<Layout> = Vec::new();
    while let Some(c) = s.chars().next() {
        if c == '_' || c == '^' {
            let (x, rest) = atom(s.get(1..)?, hole, face, depth)?;
            let base = out.pop()?;
            out.push(attach(base, c == '_', x));
            s = rest;
        } else {
            let (x, rest) = atom(s, hole, face, depth)?;
            out.push(x);
            s = rest;
        }
    }
    Some(Layout::row(out))
}

fn attach(base: Layout, below: bool, x: Layout) -> Layout {
    let x = Box::new(x);
    match base {
        Layout::Script { base, sub: None, sup } if below => Layout::Script { base, sub: Some(x), sup },
        Layout::Script { base, sub, sup: None } if !below => Layout::Script { base, sub, sup: Some(x) },
        b if below => Layout::Script { base: Box::new(b), sub: Some(x), sup: None },
        b => Layout::Script { base: Box::new(b), sub: None, sup: Some(x) },
    }
}

fn atom<'a>(s: &'a str, hole: Option<&Layout>, face: Face, depth: usize) -> Option<(Layout, &'a str)> {
    let c = s.chars().next()?;
    let rest = s.get(c.len_utf8()..)?;
    Some(match c {
        '#' => (hole.cloned().unwrap_or(Layout::Row(Vec::new())), rest),
        '{' => {
            let (inner, rest) = braced(s)?;
            (group(inner, hole, face, depth)?, rest)
        }
        '\\' => return command(rest, hole, face, depth),
        '\'' => (Layout::Op(Op::Prime), rest),
        '0'..='9' => (Layout::Number(c.to_string()), rest),
        ' ' => (Layout::Op(Op::Thin), rest),
        '}' => return None,
        c if c.is_alphabetic() => (Layout::Name(Letters { text: c.to_string(), face }), rest),
        c => (Layout::Words(c.to_string()), rest),
    })
}

fn command<'a>(s: &'a str, hole: Option<&Layout>, face: Face, depth: usize) -> Option<(Layout, &'a str)> {
    let n = s.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(s.len());
    let (word, rest) = (s.get(..n)?, s.get(n..)?.trim_start());
    if let Some(g) = greek(word) {
        return Some((Layout::Name(Letters { text: g.to_string(), face }), rest));
    }
    let with = |f: Face| {
        let (inner, rest) = braced(rest)?;
        if f == Face::Upright || f == Face::Operator {
            return Some((Layout::Name(Letters { text: inner.to_owned(), face: f }), rest));
        }
        Some((group(inner, hole, f, depth)?, rest))
    };
    let accent = |a: Accent| {
        let (x, rest) = atom(rest, hole, face, depth)?;
        Some((Layout::Accent(a, Box::new(x)), rest))
    };
    match word {
        "mathbf" | "boldsymbol" | "bm" => with(Face::Bold),
        "mathrm" | "text" => with(Face::Upright),
        "operatorname" => with(Face::Operator),
        "tilde" | "widetilde" => accent(Accent::Tilde),
        "hat" | "widehat" => accent(Accent::Hat),
        "bar" | "overline" => accent(Accent::Bar),
        "dot" => accent(Accent::Dot),
        "vec" => accent(Accent::Vec),
        "top" => Some((Layout::Op(Op::Top), rest)),
        "tanh" | "sinh" | "cosh" | "sin" | "cos" | "tan" | "sec" | "csc" | "cot" | "coth" | "log" | "ln" | "exp" | "det" | "max"
        | "min" | "arcsin" | "arccos" | "arctan" => Some((Layout::operator(word), rest)),
        _ => None,
    }
}
