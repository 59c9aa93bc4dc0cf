//! Breaking displayed lines so that they fit the page, and placing the reasons. Widths are hundredths of an em.

use crate::layout::{Layout, Op};
use crate::page::{Row, Span};

/// The text width of an A4 page with margins of 25 mm at 11 pt, less what the estimated widths may fall short by.
pub(crate) const PAGE: u32 = 3600;
/// What must stay free between the columns.
const GAP: u32 = 260;
/// The narrowest column that reasons are wrapped in.
const NARROWEST: u32 = 1000;

/// Where the reasons of a display stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reasons {
    /// Beside the lines.
    Beside,
    /// Beside the lines, in a column of this width.
    Wrapped(u32),
    /// Below the lines.
    Below,
}

/// A display arranged.
#[derive(Clone, Debug)]
pub(crate) struct Arranged {
    /// Whether the left side stands on a line of its own.
    pub left_alone: bool,
    /// The left side, in pieces if it stands alone.
    pub left: Vec<Layout>,
    /// The room right of the sign.
    pub room: u32,
    /// The lines, each broken into pieces.
    pub rows: Vec<(Op, Vec<Layout>, Vec<Span>)>,
    /// Where the reasons stand.
    pub reasons: Reasons,
}

/// Arranges a display of this left side and these lines in the width of a page.
pub(crate) fn arrange(left: &Layout, rows: &[Row], page: u32) -> Arranged {
    let sign = 160;
    let widest = rows.iter().map(|r| r.right.width()).max().unwrap_or(0);
    let left_alone = left.width() > page / 3 && left.width().saturating_add(widest).saturating_add(sign) > page;
    let taken = if left_alone { 200 } else { left.width() }.saturating_add(sign);
    let room = page.saturating_sub(taken).saturating_sub(100).max(600);
    let rows: Vec<(Op, Vec<Layout>, Vec<Span>)> = rows.iter().map(|r| (r.sign, broken(&r.right, room), r.reason.clone())).collect();
    let right = rows.iter().flat_map(|r| r.1.iter()).map(Layout::width).max().unwrap_or(0);
    let reason = rows.iter().map(|r| spans_width(&r.2)).max().unwrap_or(0);
    let free = page.saturating_sub(taken).saturating_sub(right).saturating_sub(GAP);
    let reasons = if reason <= free {
        Reasons::Beside
    } else if free >= NARROWEST {
        Reasons::Wrapped(free)
    } else {
        Reasons::Below
    };
    let left = if left_alone || rows.is_empty() { broken(left, page.saturating_sub(200)) } else { vec![left.clone()] };
    Arranged { left_alone, left, room, rows, reasons }
}

/// The width of a reason at the size of footnotes.
pub(crate) fn spans_width(xs: &[Span]) -> u32 {
    xs.iter().fold(0, |n: u32, x| {
        n.saturating_add(match x {
            Span::Words(w) | Span::Strong(w) => u32::try_from(w.chars().count()).unwrap_or(u32::MAX / 64).saturating_mul(41),
            Span::Math(_, inline) => inline.width().saturating_mul(84) / 100,
        })
    })
}

/// A line in pieces that fit: broken before a + or − of the outermost sum, or before a factor.
fn broken(l: &Layout, room: u32) -> Vec<Layout> {
    if l.width() <= room {
        return vec![l.clone()];
    }
    let (inner, boxed) = match l {
        Layout::Boxed(x) => (&**x, true),
        x => (x, false),
    };
    let Layout::Row(xs) = inner else { return vec![l.clone()] };
    let sum = xs.iter().skip(1).any(is_sum_sign);
    let mut out: Vec<Vec<Layout>> = vec![Vec::new()];
    let mut width = 0_u32;
    let mut part: Vec<Layout> = Vec::new();
    for x in xs {
        let may_break =
            if sum { is_sum_sign(x) } else { matches!(x, Layout::Op(Op::Dot | Op::Thin | Op::Rel(_) | Op::Comma) | Layout::Fence(..)) };
        if may_break && !part.is_empty() {
            place(&mut out, &mut width, std::mem::take(&mut part), room);
        }
        part.push(x.clone());
    }
    place(&mut out, &mut width, part, room);
    if boxed && out.len() == 1 {
        return vec![l.clone()];
    }
    out.into_iter().filter(|p| !p.is_empty()).map(Layout::row).collect()
}

fn place(out: &mut Vec<Vec<Layout>>, width: &mut u32, part: Vec<Layout>, room: u32) {
    let w = part.iter().fold(0, |n: u32, x| n.saturating_add(x.width()));
    let full = width.saturating_add(w) > room && out.last().is_some_and(|l| !l.is_empty());
    if full {
        *width = 200;
        out.push(Vec::new());
    }
    *width = width.saturating_add(w);
    if let Some(l) = out.last_mut() {
        l.extend(part);
    }
}

fn is_sum_sign(x: &Layout) -> bool {
    matches!(x, Layout::Op(Op::Plus | Op::Minus))
}
