//! How time and memory grow: with the layers of a network, the dimensions and channels of a convolution and the length of a trace; with
//! steps, and without for the layers.
//!
//! `cargo bench -p gradus --bench growth [FAMILY]`

#[path = "measure.rs"]
mod measure;

use gradus::{Question, Session, Source, Status};

/// `h_k = tanh(w_k h_{k-1})`, the loss `(h_n - y)^2`, by the first weight.
fn layers(n: usize) -> (String, Question) {
    let mut definitions = Vec::new();
    for k in 1..=n {
        let before = if k == 1 { "x".to_owned() } else { format!("h{}", k - 1) };
        definitions.push(format!("h{k} = tanh(w{k} {before})"));
    }
    definitions.push(format!("L = (h{n} - y)^2"));
    let weights: Vec<String> = (1..=n).map(|k| format!("w{k}")).collect();
    let given = format!("x, y, {} in R", weights.join(", "));
    let question = definitions.iter().fold(Question::new("L").given(given.clone()), |q, d| q.define(d.clone()));
    let defined: String = definitions.iter().map(|d| format!("define {d}\n")).collect();
    (format!("given {given}\n{defined}derive dL/dw1\n"), question)
}

/// Gradients through a convolution of this many dimensions, in the input and in the kernel.
fn convolution(dims: usize) -> String {
    let sizes = |letters: [&'static str; 3]| letters.into_iter().take(dims).collect::<Vec<_>>();
    let (own, kernel) = (sizes(["m", "n", "o"]), sizes(["p", "q", "r"]));
    format!(
        "given {}, {} in N\ngiven x in R^({})\ngiven w in R^({})\ndefine y = convolve(x, w, full)\ngiven L : function of y\n\
         derive gradient of L wrt x\nderive gradient of L wrt w\n",
        own.join(", "),
        kernel.join(", "),
        own.join(" x "),
        kernel.join(" x ")
    )
}

/// Gradients through a convolution with `n` channels on both sides, written out by entries.
fn channels(n: usize) -> String {
    format!(
        "given m, k in N, k <= m\ngiven X in R^({n} x m)\ngiven K in R^({n} x {n} x k)\n\
         define Y[o in 1..{n}, i in 1..m - k + 1] = sum(c in 1..{n}, sum(a in 1..k, X[c, i + a - 1] K[o, c, a]))\n\
         given L : function of Y\nderive gradient of L wrt X\nderive gradient of L wrt K\n"
    )
}

fn trace(power: usize) -> String {
    format!("given n in N\ngiven X in R^(n x n)\ndefine T = tr(X^{power})\nderive dT/dX\n")
}

/// One problem, worked once.
fn work(name: &str, n: usize, text: &str) {
    let source = Source::new("growth.gradus", text.to_owned());
    let (time, worked) = measure::median(1, || Session::new().solve(&source));
    let Some(Ok(worked)) = worked else { return println!("{name:12} {n:>3} cannot be worked on") };
    for m in worked.messages() {
        println!("{}", m.render(false));
    }
    let status = worked.answers().iter().map(|a| a.status).find(|s| *s != Status::Proved).unwrap_or(Status::Proved);
    let lines = worked.report().map(|r| r.goals.iter().map(|g| lines(&g.steps)).sum::<usize>()).unwrap_or_default();
    let memory = measure::peak().map_or_else(|| "?".to_owned(), |m| m.to_string());
    println!("{name:12} {n:>3} {:>10.1} ms {memory:>5} MiB {lines:>4} lines  {}", time.as_secs_f64() * 1e3, status.word());
}

fn lines(steps: &[gradus::JsonStep]) -> usize {
    steps.iter().map(|s| usize::from(s.ground == "line") + lines(&s.steps)).sum()
}

fn main() {
    let earnest = measure::in_earnest();
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let runs = |family: &str| wanted.is_empty() || wanted.iter().any(|w| w == family);
    let upto = |sizes: &[usize]| sizes.iter().copied().take(if earnest { usize::MAX } else { 1 }).collect::<Vec<_>>();
    if runs("layers") {
        for n in upto(&[1, 2, 4, 8, 16, 32, 64]) {
            let (text, question) = layers(n);
            work("layers", n, &text);
            let weights: Vec<String> = (1..=n).map(|k| format!("w{k}")).collect();
            let names: Vec<&str> = weights.iter().map(String::as_str).collect();
            let (time, found) = measure::median(1, || gradus::gradient(&question, &names).map(|g| g.partials().len()));
            let found = found.map_or_else(|| "nothing".to_owned(), |r| r.map_or_else(|e| e.to_string(), |k| format!("{k} derivatives")));
            println!("  without steps, by every weight {:>10.1} ms  {found}", time.as_secs_f64() * 1e3);
        }
    }
    if runs("convolution") {
        for n in upto(&[1, 2, 3]) {
            work("convolution", n, &convolution(n));
        }
    }
    if runs("channels") {
        for n in upto(&[1, 2, 4, 8, 16, 32]) {
            work("channels", n, &channels(n));
        }
    }
    if runs("trace") {
        for n in upto(&[2, 3, 4, 6, 8, 10, 12]) {
            work("trace", n, &trace(n));
        }
    }
}
