//! The table of diagnostic codes: number, title, explanation, and an example that gives the code.
//!
//! The one place where a code is defined. `docs/diagnostics.md` is generated from it, and a test runs every
//! example. A code, once released, keeps its meaning; a retired one is not used again.

use crate::diagnostic::Severity;

/// A stable diagnostic code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Code(&'static str);

/// An input that gives a code.
#[derive(Clone, Copy, Debug)]
pub enum Example {
    /// A worksheet.
    Text(&'static str),
    /// A `.tex` file with worksheet environments.
    Tex(&'static str),
    /// A worksheet that is not text.
    Bytes(&'static [u8]),
    /// `before`, then `unit` so many times, then `after`: for what only happens at size.
    Repeat {
        /// What comes first.
        before: &'static str,
        /// What is repeated.
        unit: &'static str,
        /// How often.
        times: usize,
        /// What comes last.
        after: &'static str,
    },
}

impl Example {
    /// The example as bytes of a file.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match *self {
            Example::Text(t) | Example::Tex(t) => t.as_bytes().to_vec(),
            Example::Bytes(b) => b.to_vec(),
            Example::Repeat { before, unit, times, after } => format!("{before}{}{after}", unit.repeat(times)).into_bytes(),
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// What it is called.
    pub title: &'static str,
    /// Why it is an error, and what to do.
    pub explanation: &'static str,
    /// A worksheet that gives it.
    pub example: Example,
}

impl Code {
    /// The code as printed, `E0101`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0
    }

    /// Codes that begin with `W` are warnings.
    #[must_use]
    pub fn severity(self) -> Severity {
        if self.0.starts_with('W') {
            Severity::Warning
        } else {
            Severity::Error
        }
    }

    /// Whether it is said of a goal that was read but not answered; a worksheet with its example reads without error.
    #[must_use]
    pub fn is_of_goals(self) -> bool {
        self.0.starts_with("E09")
    }

    /// Its row in the table.
    #[must_use]
    pub fn entry(self) -> Option<&'static Entry> {
        TABLE.iter().find(|e| e.code == self)
    }
}

/// The row whose code prints as `name`.
#[must_use]
pub fn lookup(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|e| e.code.0.eq_ignore_ascii_case(name))
}

/// `docs/diagnostics.md`.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from(
        "# Diagnostics\n\nGenerated from `crates/gradus-syntax/src/codes.rs`; every example is run by a test. \
         `GRADUS_BLESS=1 cargo test -p gradus-syntax` writes this page anew.\n",
    );
    for e in TABLE {
        let example = match e.example {
            Example::Text(t) => format!("```gradus\n{}\n```", t.trim_end()),
            Example::Tex(t) => format!("```latex\n{}\n```", t.trim_end()),
            Example::Bytes(b) => format!("The bytes `{}`.", b.escape_ascii()),
            Example::Repeat { before, unit, times, after } => format!(
                "`{}`, then `{}` {times} times{}.",
                before.escape_default(),
                unit.escape_default(),
                if after.is_empty() { String::new() } else { format!(", then `{}`", after.escape_default()) }
            ),
        };
        out.push_str(&format!("\n## {}: {}\n{}\n\n{example}\n", e.code.0, e.title, e.explanation));
    }
    out
}

macro_rules! codes {
    ($($name:ident $code:literal $title:literal $explanation:literal $example:expr;)*) => {
        impl Code {
            $(#[doc = $title] pub const $name: Code = Code($code);)*
        }
        /// Every code, in order.
        pub const TABLE: &[Entry] = &[$(Entry {
            code: Code::$name, title: $title, explanation: $explanation, example: $example,
        }),*];
    };
}

use Example::{Bytes, Repeat, Tex, Text};

codes! {
    NOT_UTF8 "E0101" "the file is not UTF-8"
        "Worksheets are UTF-8 text. The label points at the first byte that is not."
        Bytes(b"evaluate \xff + 1\n");
    BAD_CHARACTER "E0102" "a character that means nothing here"
        "Only ASCII, Greek letters and the signs listed in `language.md` stand in formulas. Invisible and full-width characters are refused, since they would make two names look alike."
        Text("evaluate 1 \u{200b}+ 1");
    CONFUSABLE "E0103" "a letter of another alphabet that looks like a Latin one"
        "The letter is not the one it looks like, so the name would differ from the one meant. Type the Latin letter."
        Text("given \u{0430} in R");
    SOURCE_TOO_LARGE "E0104" "the source is too large"
        "A source is at most 1 MiB."
        Repeat { before: "", unit: " ", times: 1_048_577, after: "" };
    NAME_TOO_LONG "E0105" "a name is too long"
        "A name has at most 128 bytes."
        Repeat { before: "given ", unit: "v", times: 129, after: " in R" };
    INTEGER_TOO_LONG "E0106" "a number has too many digits"
        "A number has at most 10000 digits."
        Repeat { before: "evaluate ", unit: "9", times: 10_001, after: "" };
    EXPONENT_TOO_LARGE "E0107" "a decimal exponent is too large"
        "In `1e-3` the exponent is at most 10000 in absolute value: numbers are exact and would fill the memory."
        Text("evaluate 1e999999999");
    BAD_NUMBER "E0108" "not a number"
        "A decimal has digits on both sides of the point, and numbers are decimal: no `.5`, `5.`, `1.2.3` or `0x10`."
        Text("evaluate .5 + 1");
    UNCLOSED_QUOTE "E0109" "a quote or a dollar is not closed"
        "`\"…\"` and `$…$` end on the line they begin on, unless a bracket is open."
        Text("given b in R as \"\\beta");
    EMPTY_INPUT "E0110" "there is nothing to read"
        "The source holds no statement."
        Text("  \n");

    EXPECTED_FORMULA "E0201" "a formula is missing"
        "An operand, a bound or a whole formula was expected here."
        Text("evaluate 1 +");
    UNCLOSED_GROUP "E0202" "a bracket is not closed"
        "The bracket at the label has no partner before the statement ends."
        Text("evaluate (1 + 2");
    UNEXPECTED_CLOSE "E0203" "a closing bracket without partner"
        "Nothing was opened that this could close. Nothing that was written is ever dropped."
        Text("evaluate 1) + 2");
    TOO_DEEP "E0204" "nested too deep"
        "Brackets, signs and exponents nest at most 256 deep."
        Repeat { before: "evaluate ", unit: "(", times: 257, after: "" };
    UNEXPECTED "E0205" "something stands where it cannot"
        "The statement made sense up to here, and this does not continue it."
        Text("evaluate 1 , 2");
    ADJACENT_NUMBERS "E0206" "two numbers side by side"
        "`3 4` is not 12. Write `3*4`, or remove the space."
        Text("evaluate 3 4");
    RESERVED "E0207" "a keyword cannot be a name"
        "The words that begin statements and clauses, and `in`, `if`, `otherwise`, `and`, `for`, `as`, `on`, `wrt`, `with`, `such`, are reserved."
        Text("given label in R");
    UNKNOWN_STATEMENT "E0208" "no statement begins like this"
        "Each statement begins with a keyword at the start of its line: `given`, `define`, `derive`, `show`, …"
        Text("derivve x");
    UNKNOWN_CLAUSE "E0209" "no clause begins like this, or it stands alone"
        "An indented line is a clause of the goal above it and begins with `expect`, `through`, `in terms of`, `using`, `assuming`, `by`, `detail` or `label`."
        Text("show 1 = 1\n  becuase x");
    BAD_STATEMENT "E0210" "the statement is not complete"
        "The statement lacks a part; the message says which."
        Text("given x");
    UNCLOSED_BLOCK "E0211" "a gradus block is not closed"
        "`\\begin{gradus}` needs `\\end{gradus}`, each on a line of its own."
        Tex("\\begin{gradus}\nshow 1 = 1\n");
    BAD_CLAUSE "E0212" "the clause does not say what it must"
        "`by` takes `indices` or `differentials`, `detail` takes `brief`, `textbook` or `detailed`, `label` one word."
        Text("show 1 = 1\n  detail enormous");
    BAD_FORM "E0213" "a LaTeX form that cannot be used"
        "`as \"…\"` takes mathematics that stays inside its formula: letters, digits, fonts, accents, scripts, balanced braces, and `#` once where an entry's indices go."
        Text("given w in R as \"\\input{x}\"");

    UNKNOWN_COMMAND "E0301" "an unknown LaTeX command"
        "Only mathematical commands are read; macros are not expanded."
        Text("evaluate $\\def\\a$");
    UNKNOWN_ENVIRONMENT "E0302" "an unknown LaTeX environment"
        "`cases`, `matrix` and its kin, and `array` are read."
        Text("evaluate $\\begin{verbatim} 1 \\end{verbatim}$");
    DOUBLE_SCRIPT "E0303" "two scripts of one kind"
        "TeX rejects `2^3^4` and `x_1_2` too. Use braces."
        Text("evaluate $2^3^4$");
    MISMATCHED_DELIMITER "E0304" "delimiters that do not match"
        "What `\\left` or a bracket opens, its own partner closes."
        Text("evaluate $\\left(1\\right]$");
    AMBIGUOUS_BARS "E0305" "bars that can be read in several ways"
        "Write `\\lvert … \\rvert` or `\\left| … \\right|`."
        Text("evaluate $|1|2|3|$");
    AMBIGUOUS_ARGUMENT "E0306" "a function without brackets whose argument is unclear"
        "After a function without brackets stand a number and one factor. Where people differ, brackets decide."
        Text("given x, y in R\nevaluate $\\log x y$");
    AMBIGUOUS_INVERSE "E0307" "an exponent -1 on a function"
        "`\\sin^{-1} x` is the arcsine to some and 1/sin x to others. Write `\\arcsin x` or `1/\\sin x`."
        Text("given x in R\nevaluate $\\sin^{-1} x$");
    MISSING_BOUND "E0308" "a sum without its index or bound"
        "`\\sum_{i=1}^{n}` names its index and both bounds; a bound may be left out only where a shape gives it."
        Text("evaluate $\\sum_{=1}^3 2$");
    UNSUPPORTED "E0309" "not part of the language"
        "The construct is understood but Gradus has no such thing (integrals, conjugates)."
        Text("given x in R\nevaluate $\\int x dx$");

    UNDECLARED "E0401" "a name that is not declared"
        "Every name is declared before it is used, by `given` or `define`, or is a function of the language."
        Text("given x in R\nevaluate x + y");
    DECLARED_TWICE "E0402" "a name declared twice in one section"
        "A later section may declare a name anew; within one section a name has one meaning."
        Text("given x in R\ngiven x in R");
    NOT_A_FUNCTION "E0403" "brackets touch a name that is no function"
        "`f(x)` calls f. For a product write `f*(x)` or leave a space."
        Text("given f, x in R\nevaluate f(x)");
    FUNCTION_ALONE "E0404" "a function without its argument"
        "A function's argument stands in brackets: `log(f)`, not `log f`."
        Text("given f in R\nevaluate log f");
    ARGUMENTS "E0405" "the wrong number or kind of arguments"
        "The call has too few, too many or wrong arguments; the message says what the function takes."
        Text("evaluate exp(1, 2)");
    LABEL "E0406" "a label that is not there yet"
        "`using` cites a goal above that has this label."
        Text("show 1 = 1\n  using 1.4");
    LABEL_TWICE "E0407" "a label given twice"
        "A label names one goal."
        Text("show 1 = 1\n  label a\nshow 2 = 2\n  label a");
    NOT_A_NAME "E0408" "a name is needed here"
        "What stands after `wrt`, `for`, `through` or below `d…/d…` must be a declared name (or its entry)."
        Text("given x in R\nderive diff(x^2, 2 x)");
    OPERATOR_ALONE "E0409" "a derivative without something to derive"
        "`d/dx` and `\\frac{d}{dx}` take the product that follows; nothing follows."
        Text("given x in R\nevaluate $(\\frac{d}{dx})$");

    SHAPE "E0501" "shapes that do not fit"
        "Sums need equal shapes, and in a matrix product the inner sizes agree. The message shows both shapes."
        Text("given m, n in N\ngiven A in R^(m x n)\nevaluate A * A");
    SCALAR_NEEDED "E0502" "a scalar is needed here"
        "A tensor stands where only a number can."
        Text("given x in R^2\nevaluate exp(1)^x");
    VECTOR_POWER "E0503" "a power of a vector or of a matrix that is not square"
        "`A^k` multiplies a square matrix by itself; entrywise powers are written `x .^ 2`."
        Text("given x in R^3\nevaluate x^2");
    INDEX_COUNT "E0504" "too many or too few indices"
        "A vector has one index, a matrix two; a scalar none."
        Text("given x in R^3\nevaluate x[1, 2]");
    INDEX_RANGE "E0505" "an index out of range"
        "Entries are counted from 1. A name given `zero outside` may be read outside its range."
        Text("given x in R^3\nevaluate x[4]");
    INDEX_FORM "E0506" "not an index"
        "An index is a whole-number expression such as `i + j - 1`: sums of names of whole numbers and their multiples."
        Text("given x in R^3\ngiven t in R\nevaluate x[t]");
    EMPTY_RANGE "E0507" "a range that is empty"
        "The last value of the range is more than one below the first, whatever the sizes are."
        Text("evaluate sum(j in 5..2, j)");
    RANGE_NEEDED "E0508" "a range is needed"
        "The range of an index may be left out only where the index stands alone in a tensor's entry."
        Text("evaluate sum(j, 2 j)");
    CONDITION "E0509" "a condition where a value should stand, or the reverse"
        "`[i = j]` turns a condition into 1 or 0; `if` and `assuming` take conditions."
        Text("given a in R\nevaluate 1 + (a = 1)");
    SIZE "E0510" "not a size"
        "Sizes are whole-number expressions in names given `in N`, and never negative."
        Text("given a in R\ngiven x in R^a");
    BAD_VALUE "E0511" "a property or value that does not fit"
        "The property does not apply to a thing of this shape, or the value is not of the kind needed."
        Text("given x in R symmetric");
    NOT_YET "E0512" "not supported yet"
        "The statement is understood, but Gradus cannot represent it yet."
        Text("given z in C");
    DIVISION_BY_ZERO "E0601" "division by zero"
        "The denominator is the number 0."
        Text("evaluate 1/0");
    GOAL_KIND "E0901" "a goal of a kind that is not supported yet"
        "The goal is understood, but there is no way of answering it yet."
        Text("given x, p in R\nfind p such that p x > 0 for all x");
    LAYER_MISFIT "E0902" "a layer that does not fit its input"
        "The message names the layer and the sizes. Padding, stride, kernel or the layer before it must change."
        Text("network net on R^(3 x 2 x 2) = Conv2d(4, kernel=5)\nshape of net");
    NO_SUCH_LAYER "E0903" "a layer that the network does not have"
        "Layers are counted from 1, pooling and activations included."
        Text("network net on R^3 = Linear(2)\nparameters of net layer 5");
    WORK_DONE "E0910" "the work allowed for one goal is done"
        "Work is counted, not timed, so the answer is the same everywhere. Parts that have names (`define`) are derived once; or less is asked at once."
        Text("given x in R\nderive diff(sin(sin(sin(sin(sin(sin(sin(sin(sin(sin(sin(sin(x)))))))))))), x, 6)");
    LINE_TOO_LARGE "E0911" "a line that would be too large"
        "A line of more than 30,000 signs could not be read. Names keep lines short."
        Repeat { before: "given x in R\nderive diff(x", unit: " + sin(x)", times: 8_000, after: ", x)" };
    NO_REAL_VALUE "E0912" "an expression without a real value"
        "Logarithms and roots are real: there is no `log(-1)` and no `sqrt(-1)`."
        Text("evaluate log(-1)");
    EXPANSION_TOO_LARGE "E0913" "an expansion of too many terms"
        "Multiplied out, the expression has more terms than a page can show; a part of it can be expanded."
        Text("given x, y, z in R\nexpand (x + y + z)^200");

    STATEMENT_IN_TEXT "W0101" "a statement inside of a text"
        "A `text` goes up to the next blank line, and what stands in it is printed, not read. This line of it could be read as a statement; if it is one, a blank line before it ends the text."
        Text("text Lifetimes are measured.\ngiven t in R");
    INDEX_OF_BEFORE "W0401" "an index that is a number of an earlier section"
        "An index that is declared nowhere stands for any place. This one is a number that was given in an earlier section, none of the tensor's sizes, so the entry at that one place is meant: what is given of it is not given of the others."
        Text("given n in N\nsection Labels\ngiven N, K in N\ngiven y in R^(N x K), sum(k in 1..K, y[n, k]) = 1");
}
