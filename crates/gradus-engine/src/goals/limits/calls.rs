//! Limits of calls: continuous functions, saturating ones, definitions put in.

use super::{Kind, Limits};
use crate::draft::Draft;
use gradus_kernel::{Ground, Text, Weight};
use gradus_term::goal::Detail;
use gradus_term::{FnId, FnKind, Id, Prim};

impl<'s> Limits<'_, 's> {
    /// A function by its own rules, else by its definition.
    pub(super) fn call(&mut self, d: &mut Draft<'s>, _body: Id, f: FnId, xs: &[Id]) -> bool {
        let s = self.e.store;
        let info = s.fun(f);
        let name = info.name.clone();
        if let ([u], true) = (xs, matches!(info.kind, FnKind::Prim(_)) || info.library) {
            let start = d.len();
            if self.one_argument(d, &name, s.prim(f), *u) {
                return true;
            }
            d.truncate(start);
        }
        if let ([u, v], Some(Prim::Max)) = (xs, s.prim(f)) {
            let (Some(l), Some(m)) = (self.part(*u), self.part(*v)) else { return false };
            let (u, v) = (self.under(*u), self.under(*v));
            return self.by(d, "maximum", &[("u", u), ("v", v), ("l", l.raw), ("m", m.raw)], None);
        }
        let Some(def) = s.unfold(f, xs) else { return false };
        if !self.rewrite_body(d, def, Some(Ground::Unfolded), "definition.unfold", self.e.definition_reason(f), Weight::Main) {
            return false;
        }
        // `e^{−(−a)}` is not written.
        let plain = self.body(d).filter(|_| s.fun(f).explicit > 0).map(|b| (b, crate::tidy::tidy(s, b)));
        if let Some((_, new)) = plain.filter(|(b, new)| !s.same(*b, *new)) {
            let _ = self.rewrite_body(d, new, None, "arithmetic.tidy", Text::default(), Weight::Trivial);
        }
        d.line(Detail::Textbook);
        self.go_on(d)
    }
    fn one_argument(&mut self, d: &mut Draft<'s>, name: &str, prim: Option<Prim>, u: Id) -> bool {
        let Some(p) = self.part(u) else { return false };
        let under = self.under(u);
        let reason = || {
            let t = self.because(u);
            if t.is_empty() && self.kind(p.value) != Kind::Finite && !matches!(self.e.store.node(u), gradus_term::Node::Var(_)) {
                Some(Text::default().term(u).and(" tends to ").term(p.value))
            } else {
                Some(t).filter(|t| !t.is_empty())
            }
        };
        // `e^{−0}` is not written.
        let negative_zero = self.is_zero(p.value) && crate::tidy::unsign(self.e.store, p.raw).0;
        let with_l = [("u", under), ("l", if negative_zero { p.value } else { p.raw })];
        let alone = [("u", under)];
        match (self.kind(p.value), prim) {
            (Kind::Finite, Some(Prim::Log)) if self.is_zero(p.value) => {
                self.sign_near(u) == Some(true) && self.by(d, "log_below", &alone, None)
            }
            (Kind::Finite, Some(Prim::Sqrt)) if self.is_zero(p.value) => {
                self.sign_near(u) == Some(true) && self.by(d, "sqrt_zero", &alone, None)
            }
            (Kind::Finite, _) => {
                let r = reason();
                self.by(d, name, &with_l, r)
            }
            (Kind::Above, Some(Prim::Sqrt)) => self.by(d, "root_above", &alone, None),
            (Kind::Above, _) => {
                let r = reason();
                self.by(d, &format!("{name}_above"), &alone, r)
            }
            (Kind::Below, _) => {
                let r = reason();
                self.by(d, &format!("{name}_below"), &alone, r)
            }
        }
    }
}
