//! Differentiation without steps against named peers, in one run: a bare arena that differentiates nine operations and
//! simplifies as it builds (the floor: nothing general can be faster), and SymPy and SymEngine where Python has them.
//!
//! `cargo bench -p gradus-engine --bench gradient`

#[path = "measure.rs"]
mod measure;

use gradus_engine::gradient::Accumulator;
use gradus_rules::Rulebook;
use gradus_term::{Id, Prim, Sort, Store, Summand, VarId, VarInfo, VarKind};
use rustc_hash::FxHashMap;

/// The floor: an arena of nine operations.
mod floor {
    use super::FxHashMap;

    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Op {
        Int(i64),
        Name(u32),
        Add(u32, u32),
        Mul(u32, u32),
        Inv(u32),
        Sin(u32),
        Cos(u32),
        Exp(u32),
        Log(u32),
    }

    #[derive(Default)]
    pub struct Arena {
        pub ops: Vec<Op>,
        table: FxHashMap<Op, u32>,
    }

    impl Arena {
        pub fn op(&mut self, x: Op) -> u32 {
            if let Some(k) = self.table.get(&x) {
                return *k;
            }
            let k = self.ops.len() as u32;
            self.ops.push(x);
            self.table.insert(x, k);
            k
        }
        pub fn add(&mut self, a: u32, b: u32) -> u32 {
            match (self.ops[a as usize], self.ops[b as usize]) {
                (Op::Int(0), _) => b,
                (_, Op::Int(0)) => a,
                (Op::Int(p), Op::Int(q)) => self.op(Op::Int(p + q)),
                _ => self.op(Op::Add(a.min(b), a.max(b))),
            }
        }
        pub fn mul(&mut self, a: u32, b: u32) -> u32 {
            match (self.ops[a as usize], self.ops[b as usize]) {
                (Op::Int(0), _) | (_, Op::Int(0)) => self.op(Op::Int(0)),
                (Op::Int(1), _) => b,
                (_, Op::Int(1)) => a,
                (Op::Int(p), Op::Int(q)) => self.op(Op::Int(p * q)),
                _ => self.op(Op::Mul(a.min(b), a.max(b))),
            }
        }
        pub fn neg(&mut self, a: u32) -> u32 {
            let m = self.op(Op::Int(-1));
            self.mul(m, a)
        }
        pub fn gradient(&mut self, root: u32, by: &[u32]) -> Vec<u32> {
            let zero = self.op(Op::Int(0));
            let mut adjoint = vec![zero; root as usize + 1];
            adjoint[root as usize] = self.op(Op::Int(1));
            for i in (0..=root).rev() {
                let a = adjoint[i as usize];
                if a == zero {
                    continue;
                }
                let to: [Option<(u32, u32)>; 2] = match self.ops[i as usize] {
                    Op::Int(_) | Op::Name(_) => [None, None],
                    Op::Add(p, q) => [Some((p, a)), Some((q, a))],
                    Op::Mul(p, q) => [Some((p, self.mul(a, q))), Some((q, self.mul(a, p)))],
                    Op::Inv(c) => {
                        let square = self.mul(i, i);
                        let d = self.neg(square);
                        [Some((c, self.mul(a, d))), None]
                    }
                    Op::Sin(c) => {
                        let d = self.op(Op::Cos(c));
                        [Some((c, self.mul(a, d))), None]
                    }
                    Op::Cos(c) => {
                        let s = self.op(Op::Sin(c));
                        let d = self.neg(s);
                        [Some((c, self.mul(a, d))), None]
                    }
                    Op::Exp(c) => [Some((c, self.mul(a, i))), None],
                    Op::Log(c) => {
                        let d = self.op(Op::Inv(c));
                        [Some((c, self.mul(a, d))), None]
                    }
                };
                for (x, d) in to.into_iter().flatten() {
                    adjoint[x as usize] = self.add(adjoint[x as usize], d);
                }
            }
            by.iter().map(|x| adjoint.get(*x as usize).copied().unwrap_or(zero)).collect()
        }
    }
}

use floor::{Arena, Op};

fn scalar(s: &Store, name: &str) -> (VarId, Id) {
    let v = s.declare(VarInfo::new(name, VarKind::Given, Sort::Scalar));
    (v, s.name(v))
}

/// `sin(cos(sin(…x…)))`
fn chain(s: &Store, n: usize) -> (Id, Vec<VarId>) {
    let (v, mut e) = scalar(s, "x");
    for k in 0..n {
        e = s.prim_call(if k % 2 == 0 { Prim::Sin } else { Prim::Cos }, &[e]);
    }
    (e, vec![v])
}
fn chain_floor(n: usize) -> usize {
    let mut a = Arena::default();
    let x = a.op(Op::Name(0));
    let e = (0..n).fold(x, |e, k| a.op(if k % 2 == 0 { Op::Sin(e) } else { Op::Cos(e) }));
    a.gradient(e, &[x]);
    a.ops.len()
}

/// `(x + 1) (x + 2) … (x + n)`
fn product(s: &Store, n: usize) -> (Id, Vec<VarId>) {
    let (v, x) = scalar(s, "x");
    let factors: Vec<Id> = (1..=n).map(|k| s.add(x, s.int(k as i64))).collect();
    (s.product(&factors), vec![v])
}
fn product_floor(n: usize) -> usize {
    let mut a = Arena::default();
    let x = a.op(Op::Name(0));
    let mut e = a.op(Op::Int(1));
    for k in 1..=n {
        let c = a.op(Op::Int(k as i64));
        let f = a.add(x, c);
        e = a.mul(e, f);
    }
    a.gradient(e, &[x]);
    a.ops.len()
}

/// The cross-entropy of a softmax of n logits, by every logit.
fn cross_entropy(s: &Store, n: usize) -> (Id, Vec<VarId>) {
    let xs: Vec<(VarId, Id)> = (0..n).map(|k| scalar(s, &format!("x{k}"))).collect();
    let ys: Vec<Id> = (0..n).map(|k| scalar(s, &format!("y{k}")).1).collect();
    let es: Vec<Id> = xs.iter().map(|x| s.exp(x.1)).collect();
    let z = s.sum(&es.iter().map(|e| Summand { neg: false, term: *e }).collect::<Vec<_>>());
    let terms: Vec<Summand> = es.iter().zip(&ys).map(|(e, y)| Summand { neg: true, term: s.mul(*y, s.log(s.quot(*e, z))) }).collect();
    (s.sum(&terms), xs.iter().map(|x| x.0).collect())
}
fn cross_entropy_floor(n: usize) -> usize {
    let mut a = Arena::default();
    let xs: Vec<u32> = (0..n).map(|k| a.op(Op::Name(k as u32))).collect();
    let ys: Vec<u32> = (0..n).map(|k| a.op(Op::Name(1_000 + k as u32))).collect();
    let es: Vec<u32> = xs.iter().map(|x| a.op(Op::Exp(*x))).collect();
    let mut z = es[0];
    for e in &es[1..] {
        z = a.add(z, *e);
    }
    let inverse = a.op(Op::Inv(z));
    let mut loss = a.op(Op::Int(0));
    for (e, y) in es.iter().zip(&ys) {
        let q = a.mul(*e, inverse);
        let log = a.op(Op::Log(q));
        let t = a.mul(*y, log);
        let t = a.neg(t);
        loss = a.add(loss, t);
    }
    a.gradient(loss, &xs);
    a.ops.len()
}

type Build = fn(&Store, usize) -> (Id, Vec<VarId>);

fn main() {
    let earnest = measure::in_earnest();
    let cases: [(&str, Build, fn(usize) -> usize, &[usize]); 3] = [
        ("chain", chain, chain_floor, &[25, 100, 200, 1_000, 10_000]),
        ("product", product, product_floor, &[25, 100, 200, 1_000]),
        ("cross-entropy", cross_entropy, cross_entropy_floor, &[8, 16, 32, 64, 256]),
    ];
    let runs = if earnest { 31 } else { 1 };
    println!("{:14} {:>6} {:>12} {:>10} {:>12} {:>7}", "case", "n", "gradus µs", "terms", "floor µs", "ratio");
    for (name, build, floor, sizes) in cases {
        for n in sizes.iter().take(if earnest { usize::MAX } else { 1 }) {
            // Every run has a store of its own: stating the problem and a cold table belong to it, as they do for the floor.
            let mut times = Vec::new();
            let mut terms = 0;
            for _ in 0..runs {
                let store = Store::new();
                let Ok(rules) = Rulebook::load(&store) else { return eprintln!("the rulebook does not load") };
                let mut accumulator = Accumulator::new(&store, &rules);
                let before = store.len();
                let (time, found) = measure::median(1, || {
                    let (of, by) = build(&store, *n);
                    accumulator.gradient(of, &by).map(|g| g.partials.len())
                });
                if let Some(Err(e)) = found {
                    return eprintln!("{name}: {e}");
                }
                times.push(time);
                terms = store.len() - before;
            }
            times.sort_unstable();
            let ours = times[times.len() / 2].as_secs_f64() * 1e6;
            let (theirs, _) = measure::median(runs, || floor(*n));
            let theirs = theirs.as_secs_f64() * 1e6;
            println!("{name:14} {n:>6} {ours:>12.1} {terms:>10} {theirs:>12.1} {:>7.1}", ours / theirs.max(0.001));
        }
    }
    if earnest {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../benches/peers.py");
        match std::process::Command::new("python3").arg(script).output() {
            Ok(out) if out.status.success() => print!("\n{}", String::from_utf8_lossy(&out.stdout)),
            _ => println!("\npeers.py did not run: python3 with sympy (and symengine) is not there"),
        }
    }
}
