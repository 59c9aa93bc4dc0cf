//! Characters: Greek letters and their English spelling, letters that look like others, hints.
//!
//! A table and nothing else. Greek capitals that look Latin (Α, Β, …) have no LaTeX command and are
//! confusables, not names.

/// Greek letters, and ℓ, with the English spelling of the name.
pub const GREEK: &[(char, &str)] = &[
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "epsilon"),
    ('ϵ', "epsilon"),
    ('ζ', "zeta"),
    ('η', "eta"),
    ('θ', "theta"),
    ('ϑ', "vartheta"),
    ('ι', "iota"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('µ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('π', "pi"),
    ('ρ', "rho"),
    ('ϱ', "varrho"),
    ('σ', "sigma"),
    ('ς', "varsigma"),
    ('τ', "tau"),
    ('υ', "upsilon"),
    ('φ', "phi"),
    ('ϕ', "phi"),
    ('χ', "chi"),
    ('ψ', "psi"),
    ('ω', "omega"),
    ('Γ', "Gamma"),
    ('Δ', "Delta"),
    ('Θ', "Theta"),
    ('Λ', "Lambda"),
    ('Ξ', "Xi"),
    ('Π', "Pi"),
    ('Σ', "Sigma"),
    ('Υ', "Upsilon"),
    ('Φ', "Phi"),
    ('Ψ', "Psi"),
    ('Ω', "Omega"),
    ('ℓ', "ell"),
];

/// The English spelling of a Greek letter.
#[must_use]
pub fn greek(c: char) -> Option<&'static str> {
    GREEK.iter().find(|(g, _)| *g == c).map(|(_, n)| *n)
}

/// Whether a word is the English spelling of a Greek letter (so also a LaTeX command).
#[must_use]
pub fn is_greek_name(word: &str) -> bool {
    GREEK.iter().any(|(_, n)| *n == word) || matches!(word, "varphi" | "varepsilon")
}

const LOOKS_LIKE: &[(&str, &str)] =
    &[("аеорсухіјѕԁһԛԝ", "aeopcyxijsdhqw"), ("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS"), ("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo"), ("ɑɡⅼ", "agl")];

/// The Latin letter that a letter of another alphabet looks like.
#[must_use]
pub fn confusable(c: char) -> Option<char> {
    LOOKS_LIKE.iter().find_map(|(from, to)| from.chars().zip(to.chars()).find(|(f, _)| *f == c).map(|(_, t)| t))
}

const RAISED: (&str, &str) = ("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱᵀᵏᵐ", "0123456789+-()niTkm");
const LOWERED: (&str, &str) = ("₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₗₘₙₚₛₜₓ", "0123456789+-ijklmnpstx");

/// The character that is set as an exponent (`true`) or as an index.
#[must_use]
pub fn script(c: char) -> Option<(bool, char)> {
    let of = |(from, to): (&str, &str)| from.chars().zip(to.chars()).find(|(f, _)| *f == c).map(|(_, t)| t);
    of(RAISED).map(|t| (true, t)).or_else(|| of(LOWERED).map(|t| (false, t)))
}

/// What a person who typed this character may have meant.
#[must_use]
pub fn hint(c: char) -> Option<String> {
    let say = |s: &str| Some(format!("write `{s}`"));
    match c {
        '√' => say("sqrt(…)"),
        '∑' => say("sum(j in 1..n, …)"),
        '∏' => say("prod(j in 1..n, …)"),
        '÷' => say("/"),
        '∇' => say("gradient(L, x)"),
        '‖' => say("norm(x)"),
        '|' => say("abs(…)"),
        '&' | '∧' => say("and"),
        '\\' => Some("LaTeX stands between dollars: `$\\frac{1}{2}$`".to_owned()),
        '“' | '”' | '„' => say("\""),
        '‘' | '’' => say("'"),
        '–' | '—' => say("-"),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).map(|a| format!("write the ASCII `{a}`")),
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {
            Some("an invisible character: delete it".to_owned())
        }
        '@' => Some("matrices are multiplied by `*` or stand side by side: `x^T A x`".to_owned()),
        '.' => Some("a decimal has digits on both sides of the point, `0.5`; the transpose is `x^T`".to_owned()),
        '\'' => Some("a prime touches the name it belongs to; words stand in `\"`".to_owned()),
        c if c.is_alphabetic() => Some("names have ASCII and Greek letters, digits and `_`".to_owned()),
        _ => Some("delete it".to_owned()),
    }
}
