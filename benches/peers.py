#!/usr/bin/env python3
"""The cases of gradient.rs in SymPy and, where it is installed, SymEngine: median of the runs, in microseconds."""
import statistics
import time

import sympy

try:
    import symengine
except ImportError:
    symengine = None


def chain(m, n):
    x = m.Symbol("x")
    e = x
    for k in range(n):
        e = m.sin(e) if k % 2 == 0 else m.cos(e)
    return e, [x]


def product(m, n):
    x = m.Symbol("x")
    e = m.Integer(1)
    for k in range(1, n + 1):
        e = e * (x + k)
    return e, [x]


def cross_entropy(m, n):
    xs = [m.Symbol(f"x{k}") for k in range(n)]
    ys = [m.Symbol(f"y{k}") for k in range(n)]
    es = [m.exp(x) for x in xs]
    z = sum(es[1:], es[0])
    return sum((-y * m.log(e / z) for e, y in zip(es, ys)), m.Integer(0)), xs


def clock(m, case, n, runs):
    times = []
    for _ in range(runs):
        if m is sympy:
            sympy.core.cache.clear_cache()
        begin = time.perf_counter()
        e, by = case(m, n)
        for x in by:
            e.diff(x)
        times.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(times)


print(f"{'case':14} {'n':>6} {'sympy µs':>12} {'symengine µs':>14}   (sympy {sympy.__version__}"
      f"{', symengine ' + symengine.__version__ if symengine else ', no symengine'})")
for name, case, sizes in [("chain", chain, [25, 100, 200]), ("product", product, [25, 100, 200]),
                          ("cross-entropy", cross_entropy, [8, 16, 32])]:
    for n in sizes:
        try:
            slow = f"{clock(sympy, case, n, 3):12.1f}"
        except RecursionError:
            slow = f"{'too deep':>12}"
        fast = f"{clock(symengine, case, n, 11):14.1f}" if symengine else f"{'-':>14}"
        print(f"{name:14} {n:>6} {slow} {fast}")
