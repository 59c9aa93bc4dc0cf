"""Mutants of the trusted part, all compiled at once.

Every place of the trusted sources where one small change can be made (a comparison, a sign, a number, a condition, a relation, an
answer given early, a statement or a branch left out) becomes `if on(N) { changed } else { as it was }`. So one build holds all
mutants. Each test function is a process of its own (those that go through many worksheets: one for each of them), so that
a mutant is tried only by those that reach it, and the first panic ends it.

    pip install tree-sitter tree-sitter-rust
    python3 tests/mutants/trusted.py build WORK           # a changed copy in WORK, compiled
    python3 tests/mutants/trusted.py survey WORK          # what each test function reaches, and how long it takes
    python3 tests/mutants/trusted.py run WORK [PART…]     # the tests, once for each mutant; WORK/results-*.jsonl grow
    python3 tests/mutants/trusted.py report WORK > tests/mutants/trusted.txt

CRATES="decide kernel" changes only these of the trusted crates, PACKAGES="gradus-decide gradus" asks only the tests of these (`build`). SKIP is a pattern of tests not asked. `run` obeys these variables: EVERY=8 takes every eighth mutant, by name, SEED another eighth; JOB=0/2 and JOB=1/2 share them between two processes;
BUDGET is the seconds of the processor for one mutant, SLOWEST those of the longest test asked; with AGAIN those that were not seen
are tried again. A mutant is *seen* if a test fails, crashes or does not end. What the tests do not see is listed with its place and
with the reason why it makes no false line, as far as there is one.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import tree_sitter_rust
from tree_sitter import Language, Parser

ROOT = Path(__file__).resolve().parents[2]
# All sources of the trusted crates but these: names of modules, printing for panics, and tests.
TRUSTED = os.environ.get("CRATES", "term decide judge kernel").split()
LEFT_OUT = {"lib.rs", "debug.rs", "tests.rs"}
# The packages whose tests are asked. Each test function is run by itself, so that a mutant is tried only by those that reach it.
PACKAGES = os.environ.get("PACKAGES", "gradus-term gradus-decide gradus-judge gradus-kernel gradus-rules gradus-engine gradus").split()
# Tests that say nothing of the trusted part: pages, prose, the host's formats.
# Tests that go through many worksheets are asked for each of them by itself.
BY_SHEET = {
    "gradus/examples::pages_are_as_approved": ["examples/*/*.gradus", "examples/*/*.tex", "examples/*/*.md"],
    "gradus/near_misses::false_twins_are_refuted_and_true_ones_proved": ["tests/near-misses/*.gradus"],
    "gradus/certificates::everything_in_seed_and_examples_is_proved_again": ["examples/*/*.gradus", "tests/worksheets/*.gradus"],
    "gradus/forged::what_the_grounds_take_is_not_refuted": ["examples/calculus/*.gradus", "examples/losses/*.gradus", "tests/worksheets/[sd]*.gradus"],
}
# And one that goes through many questions, for thirty of them at a time.
BY_PART = {"gradus/grounds::what_is_false_is_left_unproved_by_every_ground": (ROOT / "tests/corpora/questions.txt", 30)}
SKIPPED = re.compile(r"gradus-(rules|engine)/unit|gradus/(unit|session|renamed|unasked|embedding)|every_example|gradus/mutants")
LANGUAGE = Language(tree_sitter_rust.language())
# Nodes in which nothing is changed: patterns, types, constants, attributes.
VERBATIM = {
    "attribute_item", "inner_attribute_item", "const_item", "static_item", "use_declaration", "token_tree", "type_arguments",
    "type_parameters", "parameters", "closure_parameters", "enum_item", "struct_item", "where_clause", "line_comment", "block_comment",
    "array_type", "lifetime",
}
SWAPS = {"add": "sub", "sub": "add", "all": "any", "any": "all", "min": "max", "max": "min", "first": "last", "last": "first", "mul": "add"}
ENUMS = {
    "Tri::Unknown": "Tri::True", "Tri::True": "Tri::Unknown", "Tri::False": "Tri::Unknown",
    "RelOp::Lt": "RelOp::Le", "RelOp::Le": "RelOp::Lt", "RelOp::Gt": "RelOp::Ge", "RelOp::Ge": "RelOp::Gt",
    "RelOp::Eq": "RelOp::Ne", "RelOp::Ne": "RelOp::Eq", "Cmp::Gt": "Cmp::Ge", "Cmp::Ge": "Cmp::Gt", "Cmp::Eq": "Cmp::Ne", "Cmp::Ne": "Cmp::Eq",
    "Equality::Proved": "Equality::Unknown(Why::NotFound)", "BigOp::Sum": "BigOp::Prod", "BigOp::Prod": "BigOp::Sum",
    "Mode::Opaque": "Mode::Full", "Mode::Full": "Mode::Opaque",
}
QUESTIONS = {"contains", "mentions", "same", "any", "all", "contradictory", "entails", "refutes", "loose_in", "contains_key", "has_guard"}
EARLY = {
    "bool": ["true", "false"], "Tri": ["crate::facts::Tri::True", "crate::facts::Tri::Unknown", "crate::facts::Tri::False"],
    "R<bool>": ["Ok(true)", "Ok(false)"], "Result<bool, Refused>": ["Ok(true)", "Ok(false)"], "Result<bool, Budget>": ["Ok(true)", "Ok(false)"],
    "Result<Vec<Id>, Refused>": ["Ok(Vec::new())"], "Result<(), Refused>": ["Ok(())"], "Result<Option<Id>, Refused>": ["Ok(None)"],
    "Vec<Id>": ["Vec::new()"], "Range": ["Range::any()", "Range::positive()"], "Nf": ["Nf::zero()"], "R<Nf>": ["Ok(Nf::zero())"],
}
MODULE = """//! The switch of the mutants.
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::LazyLock;
const NONE: u32 = u32::MAX;
const REACH: u32 = u32::MAX - 1;
const START: u32 = u32::MAX - 2;
static ACTIVE: AtomicU32 = AtomicU32::new(START);
static REACHED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("GRADUS_REACHED").ok());
static SEEN: [AtomicBool; 40000] = [const { AtomicBool::new(false) }; 40000];
/// Whether this mutant is on.
#[inline(always)]
pub fn on(id: u32) -> bool {
    let active = ACTIVE.load(Ordering::Relaxed);
    if active < START || active == NONE { active == id } else { asked(id) }
}
#[cold]
#[inline(never)]
fn asked(id: u32) -> bool {
    if ACTIVE.load(Ordering::Relaxed) == START {
        // The first panic ends the process: what it says goes to a file.
        if let Ok(path) = std::env::var("GRADUS_PANIC") {
            std::panic::set_hook(Box::new(move |info| {
                let _ = std::fs::write(&path, format!("{info}"));
                std::process::exit(101);
            }));
        }
        let mutant = std::env::var("GRADUS_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(NONE);
        ACTIVE.store(if REACHED.is_some() { REACH } else { mutant }, Ordering::Relaxed);
    }
    if let Some(path) = REACHED.as_ref() {
        if !SEEN[id as usize].swap(true, Ordering::Relaxed) {
            let mut f = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
            f.write_all(format!("{id}\\n").as_bytes()).unwrap();
        }
        return false;
    }
    ACTIVE.load(Ordering::Relaxed) == id
}
"""


class Instrument:
    def __init__(self, base, path, crate, dropped, sites):
        self.path, self.src = path, (base / path).read_bytes()
        self.on = ("crate" if crate == "term" else "gradus_term") + "::mutant::on"
        self.dropped, self.sites = dropped, sites
        self.fn, self.seen, self.made = "", {}, {}

    def text(self, n):
        return self.src[n.start_byte : n.end_byte].decode()

    def site(self, n, kind, new, part=""):
        """The number of a mutant here, or None if it does not compile."""
        old = " ".join(self.text(n).split())[:90]
        key = f"{self.path}:{self.fn}:{kind}:{part}:{old}"
        self.seen[key] = self.seen.get(key, 0) + 1
        key += f"#{self.seen[key]}"
        if key in self.dropped:
            return None
        k = len(self.sites)
        self.sites.append({"key": key, "file": str(self.path), "line": n.start_point[0] + 1, "fn": self.fn, "kind": kind,
                           "old": old, "new": new})
        return k

    def go(self, n, raw=None):
        """The source of a node with its mutants; `raw` holds children to be copied as they are."""
        if n.type in VERBATIM or n.type.endswith("_pattern") and n.type != "match_pattern" or n.type.endswith("_type"):
            return self.text(n)
        if n.type == "mod_item" and self.text(n.child_by_field_name("name")) == "tests":
            return self.text(n)
        raw = set(raw or ())
        for field in ("pattern", "name", "type", "return_type", "label", "field"):
            c = n.child_by_field_name(field)
            if c is not None:
                raw.add(c.id)
        if n.type == "match_pattern":
            raw |= {c.id for c in n.children if c.id != getattr(n.child_by_field_name("condition"), "id", None)}
        outer = self.fn
        if n.type == "function_item":
            self.fn = self.text(n.child_by_field_name("name"))
        out, at = [], n.start_byte
        for c in n.children:
            out.append(self.src[at : c.start_byte].decode())
            t = self.text(c) if c.id in raw else self.go(c)
            self.made[c.id] = t
            if not (c.id in raw):
                t = self.after(n, c, t)
            out.append(t)
            at = c.end_byte
        out.append(self.src[at : n.end_byte].decode())
        text = "".join(out)
        if len(text) < 6000 or n.type in ("function_item", "block"):
            text = self.around(n, text, raw)
        self.fn = outer
        return text

    # ---- what is changed

    def after(self, parent, c, t):
        """Mutants that depend on where the child stands."""
        is_if = parent.type == "if_expression" and parent.child_by_field_name("condition") == c
        guard = parent.type == "match_pattern" and parent.child_by_field_name("condition") == c
        if (is_if or guard) and c.type not in ("let_condition", "let_chain"):
            no, yes = self.site(c, "condition", "false", "no"), self.site(c, "condition", "true", "yes")
            if no is not None:
                t = f"(!{self.on}({no}) && ({t}))"
            if yes is not None:
                t = f"({self.on}({yes}) || ({t}))"
        if parent.type == "block" and c.type == "expression_statement" and c.named_children:
            e = c.named_children[0]
            if e.type in ("call_expression", "try_expression", "assignment_expression", "compound_assignment_expr", "macro_invocation"):
                k = self.site(c, "statement", "left out")
                if k is not None:
                    t = f"if !{self.on}({k}) {{ {t} }}"
        if parent.type == "match_block" and c.type == "match_arm":
            arms = [a for a in parent.named_children if a.type == "match_arm"]
            last = self.text(arms[-1].child_by_field_name("pattern"))
            pattern = c.child_by_field_name("pattern")
            if c != arms[-1] and re.fullmatch(r"_|[a-z]\w*", last) and pattern.child_by_field_name("condition") is None:
                k = self.site(pattern, "branch", "left out")
                if k is not None:
                    p = self.text(pattern)
                    t = p + f" if !{self.on}({k})" + t[len(p):]
        return t

    def either(self, n, kind, new, text, changed):
        k = self.site(n, kind, new, new)
        return text if k is None else f"(if {self.on}({k}) {{ {changed} }} else {{ {text} }})"

    def negated(self, n, text):
        k = self.site(n, "negated", "negated")
        return text if k is None else f"({self.on}({k}) != ({text}))"

    def around(self, n, text, raw):
        on = self.on
        if n.type == "binary_expression":
            l, r = n.child_by_field_name("left"), n.child_by_field_name("right")
            op = self.text(n.child_by_field_name("operator"))
            if any(x.type in ("let_condition", "let_chain") for x in (l, r)):
                return text
            if op in ("&&", "||"):
                k = self.site(n, "connective", "||" if op == "&&" else "&&")
                if k is None:
                    return text
                a, b = self.made[l.id], self.made[r.id]
                other = f"{on}({k})" if op == "&&" else f"!{on}({k})"
                return f"(if ({a}) != {on}({k}) {{ {b} }} else {{ {other} }})" if op == "&&" else f"(if ({a}) != {on}({k}) {{ {other} }} else {{ {b} }})"
            if op in ("<", "<=", ">", ">="):
                new = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}[op]
                return self.negated(n, self.either(n, "comparison", new, text, f"{self.again(l)} {new} {self.again(r)}"))
            if op in ("==", "!="):
                return self.negated(n, text)
            if op in ("+", "-", "*"):
                new = {"+": "-", "-": "+", "*": "+"}[op]
                return self.either(n, "arithmetic", new, text, f"({self.again(l)}) {new} ({self.again(r)})")
        if n.type == "unary_expression" and text.startswith("!"):
            return self.either(n, "not", "without !", text, text[1:])
        if n.type == "boolean_literal":
            return self.negated(n, text)
        if n.type == "integer_literal":
            m = re.fullmatch(r"(\d+)((?:[iu]\d+|usize)?)", text)
            if m and int(m[1]) < 100:
                new = {"0": "1", "1": "0"}.get(m[1], str(int(m[1]) + 1))
                k = self.site(n, "number", new)
                return text if k is None else f"(if {on}({k}) {{ {new}{m[2]} }} else {{ {text} }})"
        if n.type == "macro_invocation" and text.startswith("matches!"):
            return self.negated(n, text)
        if n.type == "scoped_identifier" and text in ENUMS and n.parent.type not in ("scoped_identifier", "scoped_type_identifier"):
            return self.either(n, "value", ENUMS[text], text, ENUMS[text])
        if n.type == "call_expression":
            f = n.child_by_field_name("function")
            if f.type == "field_expression":
                name = self.text(f.child_by_field_name("field"))
                if name.startswith("is_") or name in QUESTIONS:
                    text = self.negated(n, text)
                if name in SWAPS and name not in ("any", "all"):
                    head = self.again(f.child_by_field_name("value"))
                    args = self.again(n.child_by_field_name("arguments"))
                    text = self.either(n, "method", SWAPS[name], text, f"{head}.{SWAPS[name]}{args}")
                if name == "neg" and self.text(n.child_by_field_name("arguments")) == "()":
                    text = self.either(n, "method", "clone", text, f"({self.again(f.child_by_field_name('value'))}).clone()")
                return text
            name = self.text(f)
            if name.startswith("is_") or re.fullmatch(r"(rearranged|unfolds|entries)", name):
                return self.negated(n, text)
        if n.type == "compound_assignment_expr":
            op = self.text(n.child_by_field_name("operator"))
            new = {"+=": "-=", "-=": "+=", "|=": "&=", "&=": "|="}.get(op)
            if new:
                l, r = self.text(n.child_by_field_name("left")), self.again(n.child_by_field_name("right"))
                return self.either(n, "assignment", new, text, f"{l} {new} {r}")
        if n.type == "function_item":
            result = n.child_by_field_name("return_type")
            body = n.child_by_field_name("body")
            if result is not None and body is not None:
                kind = " ".join(self.text(result).split())
                early = EARLY.get(kind, ["None"] if kind.startswith("Option<") else [])
                lines = "".join(self.early(n, e) for e in early)
                at = text.index("{", len(self.src[n.start_byte : body.start_byte].decode()) - 1)
                return text[: at + 1] + lines + text[at + 1 :]
        return text

    def early(self, n, answer):
        k = self.site(n, "answer", answer, answer)
        return "" if k is None else f" if {self.on}({k}) {{ return {answer}; }}"

    def again(self, n):
        """A second copy of an operand, without mutants."""
        return self.text(n)


def sources():
    for crate in TRUSTED:
        src = ROOT / f"crates/gradus-{crate}/src"
        for f in sorted(src.rglob("*.rs")):
            if f.name not in LEFT_OUT:
                yield crate, f.relative_to(ROOT)


def instrument(work, dropped):
    sites, where = [], {}
    parser = Parser(LANGUAGE)
    for crate, path in sources():
        i = Instrument(work / "base", path, crate, dropped, sites)
        first = len(sites)
        text = i.go(parser.parse(i.src).root_node)
        where[str(path)] = (first, len(sites))
        out = work / "src" / path
        if not out.exists() or out.read_text() != text:
            out.write_text(text)
    (work / "sites.json").write_text(json.dumps(sites))
    return sites


def offenders(work, sites, messages):
    """The mutants at the places of compile errors."""
    found = set()
    for m in messages:
        # What is moved in a loop must be put back: that statement cannot go.
        moved = re.search(r"moved value: `(\w+)`", m["message"])
        if moved:
            back = [k for k, s in enumerate(sites) if s["kind"] == "statement" and s["old"].startswith(moved[1] + " = ")
                    and any(x["file_name"] == s["file"] for x in m["spans"])]
            if back:
                found |= set(back)
                continue
        # An arm with a condition covers nothing.
        if "non-exhaustive" in m["message"]:
            for x in m["spans"]:
                # Lines are those of the source: what is put in has no line breaks.
                arms = [k for k, s in enumerate(sites) if s["kind"] == "branch" and s["file"] == x["file_name"]
                        and 0 < s["line"] - x["line_start"] < 8]
                if x["is_primary"] and arms:
                    found |= set(arms)
            continue
        for span in m["spans"]:
            if not span["is_primary"]:
                continue
            path = work / "src" / span["file_name"]
            if not path.exists():
                continue
            data = path.read_bytes()
            # The mutants within the place, else the nearest before it.
            ids = [(x.start(), int(x[1])) for x in re.finditer(rb"mutant::on\((\d+)\)", data)]
            inside = [k for p, k in ids if span["byte_start"] <= p <= span["byte_end"]]
            near = [k for p, k in ids if p <= span["byte_start"]]
            found |= set(inside[:2]) if inside else set(near[-1:])
    return {sites[k]["key"] for k in found}


def build(work):
    work.mkdir(parents=True, exist_ok=True)
    src = work / "src"
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    for f in filter(None, files):
        a, b = ROOT / f, src / f
        if a.is_file():
            b.parent.mkdir(parents=True, exist_ok=True)
            if not b.exists() or b.stat().st_mtime < a.stat().st_mtime:
                shutil.copy2(a, b)
    for _, path in sources():
        (work / "base" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, work / "base" / path)
    lib = src / "crates/gradus-term/src/lib.rs"
    if "pub mod mutant;" not in lib.read_text():
        lib.write_text(lib.read_text() + "\npub mod mutant;\n")
    switch = src / "crates/gradus-term/src/mutant.rs"
    if not switch.exists() or switch.read_text() != MODULE:
        switch.write_text(MODULE)
    cargo = src / "Cargo.toml"
    # What is not of the workspace is compiled as always, so that a target directory copied here is of use.
    profile = (ROOT / "Cargo.toml").read_text().replace('[profile.dev]\ndebug = "line-tables-only"', "[profile.dev]\nopt-level = 1\ndebug = false")
    profile = profile.replace('[profile.dev.package."*"]\n', '[profile.dev.package."*"]\ndebug = "line-tables-only"\n')
    if cargo.read_text() != profile:
        cargo.write_text(profile)
    store = work / "dropped.json"
    dropped = set(json.loads(store.read_text())) if store.exists() else set()
    check = ["cargo", "check", "--offline", "--message-format=json"]
    for c in TRUSTED:
        check += ["-p", f"gradus-{c}"]
    args = ["cargo", "test", "--offline", "--no-run", "--message-format=json", "--lib", "--tests"]
    for p in PACKAGES:
        args += ["-p", p]
    ready = False
    for attempt in range(60):
        sites = instrument(work, dropped)
        run = subprocess.run(args if ready else check, cwd=src, capture_output=True, text=True)
        lines = [json.loads(l) for l in run.stdout.split("\n") if l.startswith("{")]
        errors = [l["message"] for l in lines if l.get("reason") == "compiler-message" and l["message"]["level"] == "error"]
        print(f"build {attempt}: {len(sites)} mutants, {len(errors)} errors", flush=True)
        if run.returncode == 0 and not ready:
            ready = True
        elif run.returncode == 0:
            exe = {}
            for l in lines:
                if l.get("reason") == "compiler-artifact" and l.get("executable"):
                    crate = Path(l["manifest_path"]).parent.name
                    kind = "unit" if "lib" in l["target"]["kind"] else l["target"]["name"]
                    exe[f"{crate}/{kind}"] = l["executable"]
            (work / "tests.json").write_text(json.dumps(exe))
            return
        bad = offenders(work, sites, errors)
        if run.returncode != 0 and not bad - dropped:
            print(run.stderr[-3000:], "\n".join(e["rendered"] for e in errors[:4]))
            sys.exit(1)
        dropped |= bad
        store.write_text(json.dumps(sorted(dropped)))


def one(work, test, exe, env, seconds):
    """Runs one test function; how it ended, and the seconds of the processor it took."""
    package, name = test.split("/")[0], test.split("::", 1)[1].split("[")[0]
    if test.endswith("]"):
        part = test.split("[")[1][:-1]
        env = dict(env, **{"GRADUS_PART" if part.isdigit() else "GRADUS_SHEET": part})
    e = dict(os.environ, CARGO_MANIFEST_DIR=str(work / "src/crates" / package), RUST_BACKTRACE="0", INSTA_UPDATE="no", **env)
    # A limit of the processor's time, so that a busy machine kills nothing.
    limit = int(3 + 6 * seconds)

    def limits():
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))

    p = subprocess.Popen([exe, "-q", "--exact", name, "--test-threads=1"], cwd=work / "src/crates" / package, env=e,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=limits)
    # One that waits for itself uses no time of the processor.
    alarm = threading.Timer(60 + 20 * limit, lambda: os.killpg(p.pid, 9))
    alarm.start()
    _, status, used = os.wait4(p.pid, 0)
    alarm.cancel()
    code = p.returncode = os.waitstatus_to_exitcode(status)
    return "no end" if code in (-9, -24) else code, used.ru_utime + used.ru_stime


def survey(work):
    """The test functions, with what each reaches and how long it takes; kept until the next build."""
    store = work / "survey.json"
    exe = json.loads((work / "tests.json").read_text())
    stamps = {n: os.path.getmtime(x) for n, x in exe.items()}
    old = json.loads(store.read_text()) if store.exists() else {"stamps": {}, "tests": {}}
    out = {}
    for binary, path in sorted(exe.items()):
        names = subprocess.run([path, "--list", "--format", "terse"], capture_output=True, text=True, cwd=work / "src").stdout
        found = [f"{binary}::{name}" for name in re.findall(r"^(.*): test$", names, re.M)]
        for test in list(found):
            for pattern in BY_SHEET.get(test, []):
                sheets = [p for p in sorted(ROOT.glob(pattern)) if p.name != "README.md"]
                found += [f"{test}[{p.parent.name}/{p.name}]" for p in sheets]
            if test in BY_PART:
                path_of, most = BY_PART[test]
                asked = sum(1 for l in path_of.read_text().split("\n") if l and not l.startswith("#"))
                found += [f"{test}[{k}]" for k in range(-(-asked // most))]
        for test in found:
            if SKIPPED.search(test) or test in BY_SHEET or test in BY_PART or "SKIP" in os.environ and re.search(os.environ["SKIP"], test):
                continue
            if old["stamps"].get(binary) == stamps[binary] and test in old["tests"]:
                out[test] = old["tests"][test]
                continue
            reached = work / "reached"
            reached.unlink(missing_ok=True)
            code, first = one(work, test, path, {"GRADUS_REACHED": str(reached)}, 60)
            again, seconds = one(work, test, path, {"GRADUS_PANIC": str(work / "panic")}, 60)
            ids = sorted({int(x) for x in reached.read_text().split()}) if reached.exists() else []
            if code != 0 or again != 0:
                print(f"{test} fails without a mutant: {code}, {again}: left out", flush=True)
                ids = []
            out[test] = {"seconds": seconds, "reaches": ids, "exe": path}
            print(f"{test}: {seconds:.2f} s, reaches {len(ids)}", flush=True)
            store.write_text(json.dumps({"stamps": stamps, "tests": out}))
    store.write_text(json.dumps({"stamps": stamps, "tests": out}))
    return out


def run(work, parts):
    sites = json.loads((work / "sites.json").read_text())
    found = survey(work)
    reach, slow = {}, float(os.environ.get("SLOWEST", "3"))
    for test, r in found.items():
        for k in r["reaches"]:
            reach.setdefault(k, []).append(test)
    job, jobs = (int(x) for x in os.environ.get("JOB", "0/1").split("/"))
    out = work / f"results-{job}-{int(time.time())}.jsonl"
    # What was tried is done; with AGAIN set, what was not seen is tried again by the tests there are now.
    before = {r["key"]: r for r in rows(work)}
    again = "AGAIN" in os.environ
    every, seed = int(os.environ.get("EVERY", "1")), os.environ.get("SEED", "")
    budget = float(os.environ.get("BUDGET", "8"))
    todo = [(k, s) for k, s in enumerate(sites) if (s["key"] not in before or again and not before[s["key"]]["killed"])
            and (not parts or any(p in s["file"] for p in parts))]
    # A sample by name, so that it stays the same while the sources change.
    todo = [x for x in todo if zlib.crc32((seed + x[1]["key"]).encode()) % every == 0]
    todo = [x for n, x in enumerate(sorted(todo, key=lambda x: zlib.crc32(x[1]["key"].encode()))) if n % jobs == job]
    # What killed near here is asked first.
    near, panic = {}, work / f"panic-{job}"
    for r in before.values():
        if r["killed"]:
            near[r["file"], r["fn"], r["test"]] = near.get((r["file"], r["fn"], r["test"]), 0) + 1
            near[r["file"], r["test"]] = near.get((r["file"], r["test"]), 0) + 1
            near[r["test"]] = near.get(r["test"], 0) + 1
    with out.open("a") as f:
        for k, s in todo:
            def worth(t):
                hits = near.get((s["file"], s["fn"], t), 0) + 0.3 * near.get((s["file"], t), 0) + 0.05 * near.get(t, 0) + 0.01
                return hits / (0.05 + found[t]["seconds"])

            killer, said, spent, left = None, "", 0.0, 0
            for test in sorted(reach.get(k, []), key=worth, reverse=True):
                seconds = found[test]["seconds"]
                if seconds > slow or spent > budget:
                    left += 1
                    continue
                panic.unlink(missing_ok=True)
                code, took = one(work, test, found[test]["exe"], {"GRADUS_MUTANT": str(k), "GRADUS_PANIC": str(panic)}, seconds)
                spent += took
                if code != 0:
                    killer, said = str(code), panic.read_text()[:400] if panic.exists() else ""
                    near[s["file"], s["fn"], test] = near.get((s["file"], s["fn"], test), 0) + 1
                    near[s["file"], test] = near.get((s["file"], test), 0) + 1
                    near[test] = near.get(test, 0) + 1
                    break
            row = dict(s, killed=killer, test=test if killer else None, said=said, reached=len(reach.get(k, [])), left=left, seconds=round(spent, 2))
            f.write(json.dumps(row) + "\n")
            f.flush()


def rows(work):
    """The last result of each mutant that is still there."""
    all = [json.loads(l) for f in sorted(work.glob("results-*.jsonl"), key=os.path.getmtime) for l in f.read_text().split("\n") if l]
    last = {r["key"]: r for r in all}
    last.update({r["key"]: r for r in all if r["killed"]})
    now = {s["key"] for s in json.loads((work / "sites.json").read_text())}
    return [r for r in last.values() if r["key"] in now]


# What proposes forms: nothing that decides uses it (a test of the architecture).
PROPOSES = re.compile(r"gradus-decide/src/(poly|factor|shape)\b")
# What a failing test says where a mutant said something false, and not only less or other than before.
FALSE = re.compile(r"is taken|are taken|FALSE ACCEPT|called equal|not equal|does not hold|: holds|has no value|has a value|a value under|"
                   r"its slopes differ|has no slope|is not in|has a solution|refuted|is_err|called contradictory|fails under|holds under|"
                   r"accepted|another value|a fact fails|the sign|wrong")


def line_of(r):
    """The line of the source at which a mutant stands."""
    lines = (ROOT / r["file"]).read_text().split("\n")
    return lines[r["line"] - 1] if r["line"] <= len(lines) else ""


# A number or a sum on such a line counts how deep or how long is searched.
COUNTS = re.compile(r"\bdepth\b|splits|[A-Z]{4,}|spend\(|fill\(|\.take\(|, 0\)|, &mut 0\)|fuel|hopeless|attempt")


# Why a mutant that no test sees makes no false line: by its kind, or as it was read. What fits nothing is not settled.
def why(r):
    place = f"{r['file'][14:]} {r['fn']}: {r['old']} -> {r['new']}"
    if PROPOSES.search(r["file"]):
        return "proposes: the form is checked like any step"
    if "gradus-judge/" in r["file"]:
        return "judge: what the grounds refuse stays refused"
    for reason, pattern in READ:
        if re.search(pattern, place):
            return reason
    if re.search(r"memo|seen\.|[A-Z]{4,}|\bdepth\b|fuel|spend|hopeless|bits|by == 0|> \d\d+", r["old"]) and r["kind"] != "answer":
        return "time: a memo, a shortcut, a bound of the work"
    if r["kind"] in ("number", "arithmetic", "comparison") and COUNTS.search(line_of(r)):
        return "time: a memo, a shortcut, a bound of the work"
    if re.search(r"\bsort_\w+\(|\bsorted\(|reverse\(\)|dedup|min_by|max_by|turned < ", r["old"]):
        return "proofs: which of equal forms is taken, so that equal ones are not found"
    if r["kind"] == "branch" and re.search(r"decide/src/(?!defined)", r["file"]):
        return "proofs: a case less is looked into"
    if r["kind"] == "statement" and re.search(r"bounded|meet", r["old"]):
        return "proofs: a bound less is known"
    if r["kind"] == "answer" and r["new"] in ("None", "crate::facts::Tri::Unknown", "Range::any()", "Ok(None)"):
        return "proofs: no answer"
    if "kernel/src/kink" in r["file"]:
        return "notes: whether a kink is a note or an assumption"
    return "not settled"


READ = [
    ("time: a memo, a shortcut, a bound of the work",
     r"algebra.rs pow: (1|x > ex)|units_of_angles: angles.iter|add_scaled: o.is_zero|defined.rs walk: out.never|with: f.real.len|asked: !outer"
     r"|power: \*b == Nf::one|proved_under|linear.rs eliminate: 0i64|equal_at: Mode::Full|learn: !self.store.sort|entails: c >= 0"
     r"|same_words: !has_words"),
    ("nothing: the value is the same",
     r"log_rat: n > 1|recip: true|components: \*e < ex|mono_term|network.rs convolution: transposed|flatten: 1 ->|group_norm: 1 ->|scalar_form: dims.first"
     r"|for_each_child: 0 ->.*Rel|denominators: (0 ->|\*e < ex)|root_power: (e > ex|inner != )|rat_power: k > 0|split_open: \*e < ex|intern: vars.retain"
     r"|is_empty: (pub )?fn|equal_at: s.is_tensor|real_guard: p.lead|cond_nf: !self.store.sort|subst_at: 0 ->|sum: ys.first|trace: s.sort\(of\)"
     r"|is_row: d.len|component: vs.iter|sums_cancel: common.len|abs_nf: !self.has_guard"),
    ("a check that another repeats", r"nonempty|components: 0 ->|judge_step: f.points"),
    ("proofs: a case less is looked into",
     r"contradict: |entry_atom: i > j|solutions: s.mentions|invertible: p.invertible|scan_mono: \*height|sums_vanish: gone|guards.rs eq_guard: self.entails"
     r"|words.rs cut: pieces"),
    ("proofs: which of equal forms is taken, so that equal ones are not found",
     r"contract_inverse: ranges.sort|slots: 0|functions.rs log_nf: 1 ->|product_of_nonzero: Mode|reduce_finite: 4 ->"),
]


def effect(r):
    """What a killed mutant was seen to do."""
    if r["killed"] == "no end":
        return "does not end"
    if re.match(r"panicked at crates/gradus-\w+/src", r.get("said", "")):
        return "crashes"
    return "false" if FALSE.search(r.get("said", "")) or "near_misses" in r["test"] or "no_ground" in r["test"] else "less or other"


def report(work):
    found, files = rows(work), {}
    for r in found:
        files.setdefault(r["file"], []).append(r)
    print("file | mutants | seen | of these saying something false | not seen | not reached")
    lines = [(f, rs) for f, rs in sorted(files.items())]
    judges = [r for r in found if "gradus-judge/" in r["file"]]
    decides = [r for r in found if not PROPOSES.search(r["file"]) and r not in judges]
    lines += [("what decides", decides), ("the judge", judges), ("what proposes", [r for r in found if PROPOSES.search(r["file"])]), ("all", found)]
    for f, rs in lines:
        killed = [r for r in rs if r["killed"]]
        false = sum(1 for r in killed if effect(r) == "false")
        far = sum(1 for r in rs if not r["reached"])
        print(f"{f} | {len(rs)} | {len(killed)} | {false} | {len(rs) - len(killed) - far} | {far}")
    print()
    alive = {}
    for r in found:
        if not r["killed"]:
            alive.setdefault(why(r), []).append(r)
    for reason, rs in sorted(alive.items()):
        print(f"{reason}: {len(rs)}")
    for reason, rs in sorted(alive.items()):
        print(f"\n# {reason}")
        for r in sorted(rs, key=lambda r: (r["file"], r["line"])):
            word = "" if r["reached"] else " (not reached)"
            print(f"{r['file']}:{r['line']} {r['fn']}: {r['kind']}: {r['old']} -> {r['new']}{word}")


if __name__ == "__main__":
    command, work, *rest = sys.argv[1], Path(sys.argv[2]).resolve(), *sys.argv[3:]
    {"build": lambda: build(work), "survey": lambda: survey(work), "run": lambda: run(work, rest), "report": lambda: report(work)}[command]()
