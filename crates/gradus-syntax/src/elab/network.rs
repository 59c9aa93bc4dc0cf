//! `network`.
//!
//! Layers and their arguments are named as in PyTorch. Sizes may be products of sizes and floors.

use gradus_term::goal::{Layer, Network as TermNetwork};
use gradus_term::{Id, LayerKind, Node, Size, LAYERS, WORDS};

use super::{Elab, Named, Out};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::surface::{Arg, Expr, Kind, SetKind};
use crate::worksheet::Network;

impl Elab<'_> {
    /// `network …` as the engine reads it.
    pub(super) fn network(&mut self, n: &Network, at: usize) -> Out<TermNetwork> {
        self.reset();
        let SetKind::Real(dims) = &n.input.kind else {
            let d = Diagnostic::new(Code::BAD_STATEMENT, n.input.span, "a network is declared on a set of tensors");
            return self.err(d.help("write `network net on R^(3 x h x w) = …`"));
        };
        let input = dims.iter().map(|e| self.product_size(e)).collect::<Out<Vec<Size>>>()?;
        let mut layers = Vec::new();
        for e in &n.layers {
            layers.push(self.layer(e)?);
        }
        self.declare_name(&n.name, Named::Network(at))?;
        Ok(TermNetwork { name: n.name.text.to_string(), input, layers })
    }

    fn layer(&mut self, e: &Expr) -> Out<Layer> {
        let (name, args) = match &e.kind {
            Kind::Call(head, args) => (head.as_name(), args.as_slice()),
            Kind::Name(n) => (Some(&*n.text), [].as_slice()),
            _ => (None, [].as_slice()),
        };
        let Some(kind) = name.and_then(LayerKind::of) else {
            let d = Diagnostic::new(Code::ARGUMENTS, e.span, "this is not a layer");
            let near = name.and_then(|n| crate::suggest::closest(n, LAYERS.iter().map(|k| k.name)));
            return self.err(match near {
                Some(n) => d.help(format!("did you mean `{n}`?")),
                None => d.help(
                    "layers are named as in PyTorch: `Conv2d(out, kernel=…)`, `MaxPool2d(kernel)`, `Linear(out)`, `Flatten`, `ReLU`, …",
                ),
            });
        };
        let mut layer = Layer { name: kind.name.to_owned(), args: Vec::new(), named: Vec::new(), words: Vec::new() };
        for a in args {
            let Arg::Expr(x) = a else {
                return self.wrong(Code::ARGUMENTS, e.span, "a layer takes numbers");
            };
            match &x.kind {
                Kind::Relation(key, links) => {
                    let (Some(key), [(crate::surface::Relation::Equal, value)]) = (key.as_name(), links.as_slice()) else {
                        return self.wrong(Code::ARGUMENTS, x.span, "an argument is `name=value`");
                    };
                    let Some(first) = kind.argument(key) else {
                        let d = Diagnostic::new(Code::ARGUMENTS, x.span, format!("`{}` has no argument `{key}`", kind.name));
                        let known: Vec<&str> = kind.arguments.iter().filter_map(|a| a.split('|').next()).collect();
                        return self.err(d.help(if known.is_empty() {
                            "it has none".to_owned()
                        } else {
                            format!("arguments are {}", known.join(", "))
                        }));
                    };
                    match self.layer_word(first, value)? {
                        Some(word) => layer.words.push((first.to_owned(), word.to_owned())),
                        None => {
                            let id = self.layer_value(value)?;
                            layer.named.push((first.to_owned(), id));
                        }
                    }
                }
                _ => {
                    let first = kind.arguments.get(layer.args.len()).and_then(|a| a.split('|').next()).unwrap_or("");
                    let id = match self.layer_word(first, x)? {
                        Some(word) => {
                            layer.words.push((first.to_owned(), word.to_owned()));
                            self.store.int(0)
                        }
                        None => self.layer_value(x)?,
                    };
                    layer.args.push(id);
                }
            }
        }
        Ok(layer)
    }

    /// A number of a layer, one for each direction (`[3, 5]` or `(3, 5)`), a fraction that shapes do not depend on, or `true` or `false`.
    fn layer_value(&mut self, e: &Expr) -> Out<Id> {
        match e.bare().as_name() {
            Some("true" | "True") => return Ok(self.store.int(1)),
            Some("false" | "False") => return Ok(self.store.int(0)),
            _ => {}
        }
        match &e.bare().kind {
            Kind::Array(xs) => {
                let ids = xs.iter().flatten().map(|x| self.whole(x)).collect::<Out<Vec<Id>>>()?;
                Ok(self.store.intern(Node::Array(ids.into())))
            }
            Kind::Tuple(xs) => {
                let mut ids = Vec::new();
                for x in self.plain_args(xs)? {
                    ids.push(self.whole(x)?);
                }
                Ok(self.store.intern(Node::Array(ids.into())))
            }
            _ => {
                let id = self.value(e)?;
                match self.store.as_rational(id) {
                    Some(q) if !q.is_integer() => Ok(id),
                    _ => self.whole(e),
                }
            }
        }
    }

    /// A word for an argument that takes one: `padding="same"`, also without the quotes where the word is not declared.
    fn layer_word(&mut self, key: &str, value: &Expr) -> Out<Option<&'static str>> {
        let said = match &value.bare().kind {
            Kind::Quoted(w) => &**w,
            Kind::Name(n) if self.declared(&n.text).is_none() => &*n.text,
            _ => return Ok(None),
        };
        let words = WORDS.iter().find(|x| x.0 == key).map_or(&[][..], |x| x.1);
        if let Some(word) = words.iter().find(|w| **w == said) {
            return Ok(Some(word));
        }
        if words.is_empty() {
            return Ok(None);
        }
        let d = Diagnostic::new(Code::BAD_VALUE, value.span, format!("`{key}` cannot be `{said}`"));
        let near = crate::suggest::closest(said, words.iter().copied());
        let all: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
        self.err(d.help(near.map_or_else(|| format!("it may be {}", all.join(", ")), |n| format!("did you mean `{n}`?"))))
    }

    /// A size of a network, which may be a product of sizes and a floor.
    fn product_size(&mut self, e: &Expr) -> Out<Size> {
        let id = self.whole(e)?;
        match Size::read(self.store, id) {
            Some(a) => Ok(a),
            None => self.wrong(Code::SIZE, e.span, "a size is a whole-number expression"),
        }
    }

    fn whole(&mut self, e: &Expr) -> Out<Id> {
        let id = self.whole_value(e)?;
        if Size::read(self.store, id).is_some_and(|a| a.as_aff().is_none()) {
            return Ok(id);
        }
        let a = self.size_of(e)?;
        Ok(self.store.index(a))
    }
}
