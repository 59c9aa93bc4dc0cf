//! A small library of functions, as the rulebook will give it, and helpers.

use gradus_syntax::worksheet::{parse_worksheet, Host, ItemKind};
use gradus_syntax::{elaborate, Diagnostic, Document, Elab};
use gradus_term::Store;

const LIBRARY: &str = "
define tan(u) = sin(u)/cos(u)
define tanh(u) = (exp(u) - exp(-u))/(exp(u) + exp(-u))
define sigmoid(u) = 1/(1 + exp(-u))
define softplus(u) = log(1 + exp(u))
define relu(u) = max(u, 0)
define step(u) = [u > 0]
define softmax(x in R^n)[i] = exp(x[i]) / sum(j in 1..n, exp(x[j]))
define logsumexp(x in R^n) = log(sum(j, exp(x[j])))
";

/// A store with a small library.
pub fn store() -> Store {
    let store = Store::new();
    let (sheet, said) = parse_worksheet(LIBRARY.as_bytes(), Host::Gradus);
    assert!(said.is_empty(), "{said:?}");
    let mut elab = Elab::new(&store);
    for item in &sheet.items {
        if let ItemKind::Define(d) = &item.kind {
            let out = elab.define(d, true);
            assert!(out.is_ok(), "{:?}", elab.take_diagnostics());
        }
    }
    store
}

/// Reads and elaborates; all diagnostics.
pub fn read(store: &Store, bytes: &[u8], host: Host) -> (Document, Vec<Diagnostic>) {
    let (sheet, mut said) = parse_worksheet(bytes, host);
    let (document, more) = elaborate(store, &sheet);
    said.extend(more);
    (document, said)
}

/// Everything said about a worksheet, rendered.
pub fn said(text: &str) -> String {
    let (_, said) = read(&store(), text.as_bytes(), Host::Gradus);
    said.iter().map(|d| d.render(text.as_bytes(), "sheet.gradus", false)).collect::<Vec<_>>().join("\n\n")
}
