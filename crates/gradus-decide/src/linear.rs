//! Integer linear arithmetic: does a system of affine constraints over integer variables have no solution?
//!
//! Equations are solved first (a gcd that does not divide the constant refutes; a variable with coefficient ±1 is put in
//! everywhere), then Fourier–Motzkin elimination over the rationals with integer tightening: `2 i ≥ 3` becomes `i ≥ 2`.
//! `≠` splits into `<` and `>`.
//!
//! Sound for "no solution"; it may miss some (no dark shadows), and it gives up (says "perhaps") beyond a number of rows or
//! on overflow. Each elimination removes a variable, so it terminates.

use gradus_term::{Aff, IVar};

/// `c + Σ k·v` in wide integers, so that elimination cannot overflow unseen.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
struct Row {
    t: Vec<(IVar, i128)>,
    c: i128,
}

/// More rows than this and the system is called feasible.
const MAX_ROWS: usize = 400;
/// How many `≠` are split.
const MAX_SPLITS: usize = 4;

/// Constraints: `a ≥ 0`, `a = 0`, `a ≠ 0`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct System {
    /// `a ≥ 0`
    pub ge: Vec<Aff>,
    /// `a = 0`
    pub eq: Vec<Aff>,
    /// `a ≠ 0`
    pub ne: Vec<Aff>,
}

impl System {
    /// The part of the system connected to `goal` through shared variables.
    pub fn connected(&self, goals: &[&Aff]) -> System {
        let mut vars: Vec<IVar> = goals.iter().flat_map(|g| g.vars()).collect();
        let all = self.ge.iter().map(|a| (0u8, a)).chain(self.eq.iter().map(|a| (1, a))).chain(self.ne.iter().map(|a| (2, a)));
        let mut rest: Vec<(u8, &Aff)> = all.collect();
        let mut out = System::default();
        loop {
            let (near, far): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(_, a)| a.t.is_empty() || a.vars().any(|v| vars.contains(&v)));
            if near.is_empty() {
                break;
            }
            for (k, a) in near {
                vars.extend(a.vars().filter(|v| !vars.contains(v)).collect::<Vec<_>>());
                match k {
                    0 => out.ge.push(a.clone()),
                    1 => out.eq.push(a.clone()),
                    _ => out.ne.push(a.clone()),
                }
            }
            rest = far;
        }
        for v in [&mut out.ge, &mut out.eq, &mut out.ne] {
            v.sort();
            v.dedup();
        }
        out
    }
    /// Whether the system certainly has no integer solution.
    pub fn infeasible(&self) -> bool {
        let ge = self.ge.iter().map(Row::from).collect();
        let eq = self.eq.iter().map(Row::from).collect();
        let ne: Vec<Row> = self.ne.iter().map(Row::from).collect();
        refuted(ge, eq, ne).unwrap_or(false)
    }
}

impl From<&Aff> for Row {
    fn from(a: &Aff) -> Self {
        Row { t: a.t.iter().map(|(v, k)| (*v, i128::from(*k))).collect(), c: i128::from(a.c) }
    }
}

impl Row {
    fn coef(&self, v: IVar) -> i128 {
        self.t.iter().find(|(u, _)| *u == v).map_or(0, |x| x.1)
    }
    /// `a·self + b·o`, or `None` on overflow.
    fn combine(&self, a: i128, o: &Row, b: i128) -> Option<Row> {
        let mut t: Vec<(IVar, i128)> = Vec::with_capacity(self.t.len() + o.t.len());
        for (v, k) in &self.t {
            t.push((*v, k.checked_mul(a)?));
        }
        for (v, k) in &o.t {
            let k = k.checked_mul(b)?;
            match t.iter_mut().find(|x| x.0 == *v) {
                Some(x) => x.1 = x.1.checked_add(k)?,
                None => t.push((*v, k)),
            }
        }
        t.retain(|x| x.1 != 0);
        t.sort_unstable();
        let c = self.c.checked_mul(a)?.checked_add(o.c.checked_mul(b)?)?;
        Some(Row { t, c })
    }
    fn gcd(&self) -> i128 {
        self.t.iter().fold(0, |g, (_, k)| gcd(g, *k))
    }
    /// `2 i ≥ 3` to `i ≥ 2`: valid for integer variables.
    fn tightened(mut self) -> Row {
        let g = self.gcd();
        if g > 1 {
            self.t.iter_mut().for_each(|x| x.1 /= g);
            self.c = self.c.div_euclid(g);
        }
        self
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.saturating_abs(), b.saturating_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// `Some(true)`: no solution. `None`: gave up.
fn refuted(mut ge: Vec<Row>, mut eq: Vec<Row>, mut ne: Vec<Row>) -> Option<bool> {
    while let Some(e) = eq.pop() {
        let g = e.gcd();
        if g == 0 {
            if e.c != 0 {
                return Some(true);
            }
            continue;
        }
        if e.c % g != 0 {
            return Some(true);
        }
        let e = Row { t: e.t.iter().map(|(v, k)| (*v, k / g)).collect(), c: e.c / g };
        match e.t.iter().find(|x| x.1.abs() == 1).copied() {
            Some((v, s)) => {
                let put = |r: &Row| match r.coef(v) {
                    0 => Some(r.clone()),
                    k => r.combine(1, &e, -k.checked_mul(s)?),
                };
                for rows in [&mut ge, &mut eq, &mut ne] {
                    *rows = rows.iter().map(put).collect::<Option<_>>()?;
                }
            }
            None => {
                ge.push(e.combine(-1, &Row { t: vec![], c: 0 }, 0)?);
                ge.push(e);
            }
        }
    }
    if ne.iter().any(|r| r.t.is_empty() && r.c == 0) || eliminate(ge.clone())? {
        return Some(true);
    }
    ne.retain(|r| !r.t.is_empty());
    let Some(split) = ne.pop() else { return Some(false) };
    if ne.len() >= MAX_SPLITS {
        return Some(false);
    }
    for s in [1, -1] {
        let mut side = ge.clone();
        side.push(split.combine(s, &Row { t: vec![], c: -1 }, 1)?);
        if !refuted(side, Vec::new(), ne.clone())? {
            return Some(false);
        }
    }
    Some(true)
}

fn eliminate(rows: Vec<Row>) -> Option<bool> {
    let mut rows: Vec<Row> = rows.into_iter().map(Row::tightened).collect();
    loop {
        rows.sort_unstable();
        // Of rows with the same variables only the strongest (the smallest constant) matters.
        rows.dedup_by(|b, a| a.t == b.t);
        if rows.iter().any(|r| r.t.is_empty() && r.c < 0) {
            return Some(true);
        }
        rows.retain(|r| !r.t.is_empty());
        let mut vars: Vec<IVar> = rows.iter().flat_map(|r| r.t.iter().map(|x| x.0)).collect();
        vars.sort_unstable();
        vars.dedup();
        let cost = |v: &IVar| {
            let (p, n) = rows.iter().fold((0i64, 0i64), |(p, n), r| match r.coef(*v).signum() {
                1 => (p + 1, n),
                -1 => (p, n + 1),
                _ => (p, n),
            });
            (p * n - p - n, *v)
        };
        let Some(v) = vars.iter().copied().min_by_key(cost) else { return Some(false) };
        let (with, mut keep): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|r| r.coef(v) != 0);
        let (pos, neg): (Vec<Row>, Vec<Row>) = with.into_iter().partition(|r| r.coef(v) > 0);
        if keep.len() + pos.len() * neg.len() > MAX_ROWS {
            return None;
        }
        for p in &pos {
            for n in &neg {
                keep.push(p.combine(-n.coef(v), n, p.coef(v))?.tightened());
            }
        }
        rows = keep;
    }
}

#[cfg(test)]
mod tests;
