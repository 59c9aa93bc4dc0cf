//! The checks of the method's prototype: identities with symbolic sizes, and wrong variants rejected.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may fail loudly")]
mod common;
use common::World;
use gradus_decide::Facts;
use gradus_term::Aff;

struct Softmax {
    w: World,
    n: Aff,
    i: Aff,
    j: Aff,
    x: gradus_term::Id,
}
impl Softmax {
    fn new() -> Self {
        let w = World::new();
        let n = w.size("n");
        let (i, j) = (w.index("i"), w.index("j"));
        let x = w.tensor("x", &[n.clone()]);
        Softmax { w, n, i, j, x }
    }
    fn facts(&self) -> Facts<'_> {
        let mut c = self.w.range(&self.i, &self.n).to_vec();
        c.extend(self.w.range(&self.j, &self.n));
        Facts::new(&self.w.s, &c)
    }
    fn e(&self, i: &Aff) -> gradus_term::Id {
        self.w.exp(self.w.at(self.x, &[i]))
    }
    fn z(&self) -> gradus_term::Id {
        self.w.sum1(&self.n, |k| self.e(k))
    }
    fn s(&self, i: &Aff) -> gradus_term::Id {
        self.w.div(self.e(i), self.z())
    }
}

#[test]
fn softmax_sums_to_one_and_is_shift_invariant() {
    let m = Softmax::new();
    let (w, f) = (&m.w, m.facts());
    w.yes(&f, w.sum1(&m.n, |k| m.s(k)), w.int(1));
    w.no(&f, w.sum1(&m.n, |k| m.s(k)), w.int(2));
    let c = w.scalar("c");
    let sh = |i: &Aff| w.exp(w.add(&[w.at(m.x, &[i]), c]));
    w.yes(&f, w.div(sh(&m.i), w.sum1(&m.n, |k| sh(k))), m.s(&m.i));
    w.no(&f, w.div(sh(&m.i), w.sum1(&m.n, |k| m.e(k))), m.s(&m.i));
}

#[test]
fn softmax_jacobian() {
    let m = Softmax::new();
    let (w, f) = (&m.w, m.facts());
    // e_i [i=j] / Z − e_i (Σ_k e_k [k=j]) / Z²
    let inner = w.sum1(&m.n, |k| w.mul(&[m.e(k), w.delta(k, &m.j)]));
    let lhs = w.sub(w.div(w.mul(&[m.e(&m.i), w.delta(&m.i, &m.j)]), m.z()), w.div(w.mul(&[m.e(&m.i), inner]), w.pow(m.z(), 2)));
    let rhs = w.sub(w.mul(&[w.delta(&m.i, &m.j), m.s(&m.i)]), w.mul(&[m.s(&m.i), m.s(&m.j)]));
    w.yes(&f, lhs, rhs);
    let wrong = w.add(&[w.mul(&[w.delta(&m.i, &m.j), m.s(&m.i)]), w.mul(&[m.s(&m.i), m.s(&m.j)])]);
    w.no(&f, lhs, wrong);
}

#[test]
fn cross_entropy_of_softmax() {
    let m = Softmax::new();
    let (w, f) = (&m.w, m.facts());
    let y = w.tensor("y", &[m.n.clone()]);
    // −Σ_i y_i log S_i = log Z Σ y − Σ y x
    let lhs = w.neg(w.sum1(&m.n, |k| w.mul(&[w.at(y, &[k]), w.log(m.s(k))])));
    let rhs = w.sub(w.mul(&[w.log(m.z()), w.sum1(&m.n, |k| w.at(y, &[k]))]), w.sum1(&m.n, |k| w.mul(&[w.at(y, &[k]), w.at(m.x, &[k])])));
    w.yes(&f, lhs, rhs);
    w.no(&f, lhs, w.neg(rhs));
    // With Σ y = 1 known, the first sum goes.
    let one = w.s.rel(gradus_term::RelOp::Eq, w.sum1(&m.n, |k| w.at(y, &[k])), w.int(1));
    let g = f.with(&[one]);
    let rhs = w.sub(w.log(m.z()), w.sum1(&m.n, |k| w.mul(&[w.at(y, &[k]), w.at(m.x, &[k])])));
    w.yes(&g, lhs, rhs);
    w.no(&f, lhs, rhs);
}

#[test]
fn sigmoid_and_tanh() {
    let w = World::new();
    let (a, sigma, tanh) = (w.scalar("a"), w.sigma(), w.tanh());
    let f = Facts::new(&w.s, &[]);
    let s = |u| w.s.call(sigma, &[u]);
    let t = |u| w.s.call(tanh, &[u]);
    w.yes(&f, t(a), w.sub(w.mul(&[w.int(2), s(w.mul(&[w.int(2), a]))]), w.int(1)));
    w.no(&f, t(a), w.sub(w.mul(&[w.int(2), s(a)]), w.int(1)));
    w.yes(&f, s(w.neg(a)), w.sub(w.int(1), s(a)));
    let e = w.exp(w.neg(a));
    w.yes(&f, w.div(e, w.pow(w.add(&[w.int(1), e]), 2)), w.mul(&[s(a), w.sub(w.int(1), s(a))]));
    let y = w.scalar("y");
    let end = w.mul(&[w.add(&[w.neg(w.div(y, s(a))), w.div(w.sub(w.int(1), y), w.sub(w.int(1), s(a)))]), s(a), w.sub(w.int(1), s(a))]);
    w.yes(&f, end, w.sub(s(a), y));
    w.no(&f, end, w.sub(y, s(a)));
    // The seed's slip.
    let (p, m) = (w.exp(a), w.exp(w.neg(a)));
    w.no(&f, w.sub(w.sub(p, m), w.mul(&[w.int(2), m])), w.sub(p, m));
    w.yes(&f, w.sub(w.add(&[p, m]), w.mul(&[w.int(2), m])), w.sub(p, m));
}

#[test]
fn seed_three_with_symbolic_sizes() {
    let w = World::new();
    let (m, d, kk) = (w.size("M"), w.size("D"), w.size("K"));
    let k = w.index("k");
    let (w1, b1, w2, b2, x) = (
        w.tensor("w1", &[m.clone(), d.clone()]),
        w.tensor("b1", &[m.clone()]),
        w.tensor("w2", &[kk.clone(), m.clone()]),
        w.tensor("b2", &[kk.clone()]),
        w.tensor("x", &[d.clone()]),
    );
    let (sigma, tanh) = (w.sigma(), w.tanh());
    let half = w.q(1, 2);
    let pre = |h: bool, j: &Aff| {
        let s = |t| if h { w.mul(&[half, t]) } else { t };
        w.add(&[w.sum1(&d, |i| w.mul(&[s(w.at(w1, &[j, i])), w.at(x, &[i])])), s(w.at(b1, &[j]))])
    };
    let f = Facts::new(&w.s, &w.range(&k, &kk));
    let lhs = w.add(&[w.sum1(&m, |j| w.mul(&[w.at(w2, &[&k, j]), w.s.call(sigma, &[pre(false, j)])])), w.at(b2, &[&k])]);
    let net = |bias| w.add(&[w.sum1(&m, |j| w.mul(&[half, w.at(w2, &[&k, j]), w.s.call(tanh, &[pre(true, j)])])), bias]);
    let bias = w.add(&[w.sum1(&m, |j| w.mul(&[half, w.at(w2, &[&k, j])])), w.at(b2, &[&k])]);
    w.yes(&f, lhs, net(bias));
    w.no(&f, lhs, net(w.at(b2, &[&k])));
}

#[test]
fn convolution_with_zero_extension() {
    let w = World::new();
    let (h_, k) = (w.size("H"), w.size("k"));
    let n_ = h_.sub(&k).plus(1);
    let zx = gradus_term::Props { zero_outside: true, ..Default::default() };
    let (wt, g) = (w.tensor_with("w", &[k.clone()], zx), w.tensor_with("g", &[n_.clone()], zx));
    let (n, i) = (w.index("n"), w.index("i"));
    let mut c = w.range(&n, &h_).to_vec();
    c.push(w.le(&k, &h_));
    let f = Facts::new(&w.s, &c);
    // Σ_i g_i Σ_j w_j [i+j−1 = n]
    let d = |i: &Aff| w.sum1(&k, |j| w.mul(&[w.at(wt, &[j]), w.delta(&i.add(j).plus(-1), &n)]));
    let lhs = w.sum1(&n_, |i| w.mul(&[w.at(g, &[i]), d(i)]));
    let s2 = w.sum(&n.plus(1).sub(&k), &n, |i| w.mul(&[w.at(g, &[i]), w.at(wt, &[&n.sub(i).plus(1)])]));
    let s3 = w.sum1(&k, |j| w.mul(&[w.at(g, &[&n.add(j).sub(&k)]), w.at(wt, &[&k.sub(j).plus(1)])]));
    w.yes(&f, lhs, s2);
    w.yes(&f, s2, s3);
    let bad = w.sum1(&k, |j| w.mul(&[w.at(g, &[&n.add(j).sub(&k)]), w.at(wt, &[j])]));
    w.no(&f, s2, bad);
    let fi = f.with(&w.range(&i, &n_));
    w.yes(&fi, d(&i), w.at(wt, &[&n.sub(&i).plus(1)]));
    w.no(&fi, d(&i), w.at(wt, &[&n.sub(&i)]));
}

#[test]
fn layer_norm_jacobian() {
    let m = Softmax::new();
    let (w, f, n) = (&m.w, m.facts(), &m.n);
    let eps = w.scalar_in("eps", gradus_term::Domain::Interval(Some((gradus_term::Rat::zero(), false)), None));
    let mu = w.div(w.sum1(n, |k| w.at(m.x, &[k])), w.ix(n));
    let var = w.add(&[w.div(w.sum1(n, |k| w.pow(w.sub(w.at(m.x, &[k]), mu), 2)), w.ix(n)), eps]);
    let root = w.s.pow(var, w.s.rational(&gradus_term::Rat::new(-1, 2).unwrap()));
    let y = |i: &Aff| w.mul(&[w.sub(w.at(m.x, &[i]), mu), root]);
    // d var / dx_j = (2/n) Σ_k (x_k − μ)([k=j] − 1/n)
    let inv_n = w.div(w.int(1), w.ix(n));
    let dv = w.mul(&[w.int(2), inv_n, w.sum1(n, |k| w.mul(&[w.sub(w.at(m.x, &[k]), mu), w.sub(w.delta(k, &m.j), inv_n)]))]);
    let root3 = w.s.pow(var, w.s.rational(&gradus_term::Rat::new(-3, 2).unwrap()));
    let lhs =
        w.add(&[w.mul(&[w.sub(w.delta(&m.i, &m.j), inv_n), root]), w.neg(w.mul(&[w.q(1, 2), w.sub(w.at(m.x, &[&m.i]), mu), root3, dv]))]);
    let rhs = |with: bool| {
        let mut v = vec![w.delta(&m.i, &m.j), w.neg(w.mul(&[inv_n, y(&m.i), y(&m.j)]))];
        if with {
            v.push(w.neg(inv_n));
        }
        w.mul(&[root, w.add(&v)])
    };
    w.yes(&f, lhs, rhs(true));
    w.no(&f, lhs, rhs(false));
}

#[test]
fn traces_quadratic_forms_and_exchanged_sums() {
    let w = World::new();
    let n = w.size("n");
    let a = w.tensor("A", &[n.clone(), n.clone()]);
    let f = Facts::new(&w.s, &[]);
    let e = |i: &Aff, j: &Aff| w.at(a, &[i, j]);
    let t3 = |perm: u8| {
        w.sum1(&n, |p| {
            w.sum1(&n, |q| {
                w.sum1(&n, |r| if perm == 0 { w.mul(&[e(p, q), e(q, r), e(r, p)]) } else { w.mul(&[e(r, q), e(p, r), e(q, p)]) })
            })
        })
    };
    w.yes(&f, t3(0), t3(1));
    let wrong = w.sum1(&n, |p| w.sum1(&n, |q| w.sum1(&n, |r| w.mul(&[e(p, q), e(q, r), e(p, r)]))));
    w.no(&f, t3(0), wrong);
}

#[test]
fn power_sums_and_split_ranges() {
    let w = World::new();
    let n = w.size("n");
    let i = w.index("i");
    let f = Facts::new(&w.s, &w.range(&i, &n));
    let nn = w.ix(&n);
    let p = |k: i64| w.sum1(&n, |v| w.pow(w.ix(v), k));
    w.yes(&f, p(1), w.div(w.mul(&[nn, w.add(&[nn, w.int(1)])]), w.int(2)));
    w.yes(&f, p(3), w.pow(p(1), 2));
    w.no(&f, p(2), w.pow(p(1), 2));
    let x = w.tensor("x", &[n.clone()]);
    let part = |lo: &Aff, hi: &Aff| w.sum(lo, hi, |v| w.at(x, &[v]));
    w.yes(&f, part(&Aff::int(1), &n), w.add(&[part(&Aff::int(1), &i), part(&i.plus(1), &n)]));
    w.no(&f, part(&Aff::int(1), &n), w.add(&[part(&Aff::int(1), &i), part(&i, &n)]));
}

#[test]
fn an_empty_sum_is_no_fraction() {
    // Σ_{v<i} x_v / Σ_{k<i} x_k is 1 only if the range has a member.
    let w = World::new();
    let n = w.size("n");
    let i = w.index("i");
    let x = w.tensor("x", &[n.clone()]);
    let upto = i.plus(-1);
    let z = w.sum1(&upto, |k| w.at(x, &[k]));
    let t = w.sum1(&upto, |v| w.div(w.at(x, &[v]), z));
    let f = Facts::new(&w.s, &w.range(&i, &n));
    w.no(&f, t, w.int(1));
    w.yes(&f.with(&[w.le(&Aff::int(2), &i)]), t, w.int(1));
}

#[test]
fn convolution_of_images_with_channels() {
    // Σ_o Σ_i Σ_j g_oij Σ_a Σ_b Σ_e [p=a][q=i+b−1][r=j+e−1] F_oabe is the full convolution with flipped kernels.
    let w = World::new();
    let [ch, h, wd, o, k, l] = ["C", "H", "W", "O", "k", "l"].map(|n| w.size(n));
    let [p, q, r] = ["p", "q", "r"].map(|n| w.index(n));
    let zx = gradus_term::Props { zero_outside: true, ..Default::default() };
    let (gh, gw) = (h.sub(&k).plus(1), wd.sub(&l).plus(1));
    let ft = w.tensor_with("F", &[o.clone(), ch.clone(), k.clone(), l.clone()], zx);
    let g = w.tensor_with("g", &[o.clone(), gh.clone(), gw.clone()], zx);
    let mut c = vec![w.le(&k, &h), w.le(&l, &wd)];
    for (i, n) in [(&p, &ch), (&q, &h), (&r, &wd)] {
        c.extend(w.range(i, n));
    }
    let f = Facts::new(&w.s, &c);
    let inner = |oo: &Aff, i: &Aff, j: &Aff| {
        w.sum1(&ch, |a| {
            w.sum1(&k, |b| {
                w.sum1(&l, |e| {
                    w.mul(&[w.delta(&p, a), w.delta(&q, &i.add(b).plus(-1)), w.delta(&r, &j.add(e).plus(-1)), w.at(ft, &[oo, a, b, e])])
                })
            })
        })
    };
    let lhs = w.sum1(&o, |oo| w.sum1(&gh, |i| w.sum1(&gw, |j| w.mul(&[w.at(g, &[oo, i, j]), inner(oo, i, j)]))));
    let full = |flip: bool| {
        w.sum1(&o, |oo| {
            w.sum1(&k, |b| {
                w.sum1(&l, |e| {
                    let (fb, fe) = if flip { (k.sub(b).plus(1), l.sub(e).plus(1)) } else { (b.clone(), e.clone()) };
                    w.mul(&[w.at(g, &[oo, &q.add(b).sub(&k), &r.add(e).sub(&l)]), w.at(ft, &[oo, &p, &fb, &fe])])
                })
            })
        })
    };
    w.yes(&f, lhs, full(true));
    w.no(&f, lhs, full(false));
}

#[test]
fn logistic_regression_hessian() {
    let w = World::new();
    let (m, n) = (w.size("m"), w.size("n"));
    let (p, q) = (w.index("p"), w.index("q"));
    let (x, v) = (w.tensor("X", &[m.clone(), n.clone()]), w.tensor("w", &[n.clone()]));
    let f = Facts::new(&w.s, &[w.range(&p, &n), w.range(&q, &n)].concat());
    let u = |i: &Aff| w.sum1(&n, |k| w.mul(&[w.at(x, &[i, k]), w.at(v, &[k])]));
    let sigma = w.sigma();
    let s = |i: &Aff| w.s.call(sigma, &[u(i)]);
    // d/du of σ written through exponentials: e^{−u}/(1+e^{−u})².
    let ds = |i: &Aff| w.div(w.exp(w.neg(u(i))), w.pow(w.add(&[w.int(1), w.exp(w.neg(u(i)))]), 2));
    let lhs = w.sum1(&m, |i| w.mul(&[w.at(x, &[i, &p]), ds(i), w.sum1(&n, |k| w.mul(&[w.at(x, &[i, k]), w.delta(k, &q)]))]));
    let rhs = w.sum1(&m, |i| w.mul(&[w.at(x, &[i, &p]), w.at(x, &[i, &q]), s(i), w.sub(w.int(1), s(i))]));
    w.yes(&f, lhs, rhs);
    let wrong = w.sum1(&m, |i| w.mul(&[w.at(x, &[i, &p]), w.at(x, &[i, &q]), s(i), s(i)]));
    w.no(&f, lhs, wrong);
}

#[test]
fn deep_terms_end_without_overflow() {
    let w = World::new();
    let x = w.scalar("x");
    let mut t = x;
    for k in 0..700 {
        t = w.add(&[w.neg(t), w.int(k % 3)]);
    }
    let f = Facts::new(&w.s, &[]);
    let _ = (f.sign(t), f.defined(t), f.equal(t, x), f.expand(t), f.factor(t), f.nf(t).is_ok());
    let mut t = x;
    for _ in 0..700 {
        t = w.exp(w.div(w.int(1), t));
    }
    let _ = (f.sign(t), f.defined(t), f.equal(t, x), f.expand(t), f.factor(t), f.together(t));
}
