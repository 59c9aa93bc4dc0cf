//! How the work of deriving with steps grows, in terms built, which does not depend on the machine.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod worked;

/// The terms built while a network of names upon names is derived with steps: they grow with the square of its layers, as the page does.
#[test]
fn terms_built_grow_with_the_page() {
    let built = |n: usize| {
        let weights: Vec<String> = (1..=n).map(|k| format!("w{k}")).collect();
        let mut text = format!("given x, y, {} in R\n", weights.join(", "));
        for k in 1..=n {
            let before = if k == 1 { "x".to_owned() } else { format!("h{}", k - 1) };
            text.push_str(&format!("define h{k} = tanh(w{k} {before})\n"));
        }
        text.push_str(&format!("define L = (h{n} - y)^2\nderive dL/dw1\n"));
        let mut terms = 0;
        worked::each(&text, |s, sol| {
            assert_eq!(sol.status, gradus_kernel::Status::Proved);
            terms = s.len();
        });
        terms
    };
    let start = built(1);
    let (a, b) = (built(8) - start, built(16) - start);
    assert!(b <= 4 * a, "{a} terms for 8 layers, {b} for 16");
}
