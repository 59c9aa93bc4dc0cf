#!/usr/bin/env python3
"""Classes one-edit mutants of steps as true or false by plain evaluation with mpmath at random points.

It shares nothing with Gradus: derivatives are difference quotients, limits are values close to the point, functions are
written anew here. Usage, from the root of the project:

    GRADUS_MUTANTS=/tmp/mutants cargo test --release -p gradus --test mutants
    pip install mpmath && python3 tests/mutants/classify.py /tmp/mutants tests/mutants/classes.txt
"""
import json, os, random, sys, zlib
import mpmath as mp

mp.mp.dps = 50
H = mp.mpf(10) ** -14
POINTS, TRIES = 3, 60


class Undefined(Exception):
    pass


class Unsupported(Exception):
    pass


def real(x):
    if isinstance(x, list):
        raise Unsupported
    if isinstance(x, mp.mpc):
        if x.imag != 0:
            raise Undefined
        x = x.real
    if not mp.isfinite(x):
        raise Undefined
    return x


def log(x):
    if x <= 0:
        raise Undefined
    return mp.log(x)


def div(a, b):
    if b == 0:
        raise Undefined
    return a / b


def root(x):
    if x < 0:
        raise Undefined
    return mp.sqrt(x)


def power(a, b):
    if b == int(b):
        if a == 0 and b <= 0:
            if b == 0:
                return mp.mpf(1)
            raise Undefined
        return a ** int(b)
    if a <= 0:
        raise Undefined
    return mp.power(a, b)


def limited(f):
    def g(x):
        if not -1 <= x <= 1:
            raise Undefined
        return f(x)
    return g


ENTRY = {
    'exp': mp.exp, 'log': log, 'sqrt': root, 'sin': mp.sin, 'cos': mp.cos, 'atan': mp.atan, 'asin': limited(mp.asin),
    'acos': limited(mp.acos), 'abs': abs, 'sign': mp.sign, 'floor': mp.floor, 'erf': mp.erf, 'gamma': mp.gamma,
    'digamma': mp.digamma, 'tan': mp.tan, 'sec': mp.sec, 'csc': mp.csc, 'cot': mp.cot, 'sinh': mp.sinh, 'cosh': mp.cosh,
    'tanh': mp.tanh, 'sech': mp.sech, 'csch': mp.csch, 'coth': mp.coth, 'asinh': mp.asinh,
    'atanh': lambda x: div(log((1 + x) / (1 - x)), 2) if x != 1 else log(mp.mpf(0)),
    'acosh': lambda x: mp.acosh(x) if x >= 1 else log(mp.mpf(0)),
    'sigmoid': lambda x: 1 / (1 + mp.exp(-x)), 'softplus': lambda x: mp.log(1 + mp.exp(x)),
    'relu': lambda x: x if x > 0 else mp.mpf(0), 'step': lambda x: mp.mpf(1 if x > 0 else 0),
}


class Row(list):
    """A row: the transpose of a vector."""


def each(f, *xs):
    if any(isinstance(x, list) for x in xs):
        n = max(len(x) for x in xs if isinstance(x, list))
        kind = Row if any(isinstance(x, Row) for x in xs) else list
        return kind(each(f, *[x[i] if isinstance(x, list) else x for x in xs]) for i in range(n))
    return f(*xs)


def shape(x):
    return [len(x)] + shape(x[0]) if isinstance(x, list) and x else ([0] if isinstance(x, list) else [])


def softmax(x):
    e = [mp.exp(v) for v in x]
    return [v / sum(e) for v in e]


def matmul(a, b):
    da, db = len(shape(a)), len(shape(b))
    if da == 0 or db == 0:
        return each(lambda x, y: x * y, a, b)
    if isinstance(a, Row) and db == 1:
        return sum(u * v for u, v in zip(a, b))
    if isinstance(a, Row) and db == 2:
        return Row(sum(a[k] * b[k][j] for k in range(len(b))) for j in range(len(b[0])))
    if da == 2 and db == 2:
        return [[sum(r[k] * b[k][j] for k in range(len(b))) for j in range(len(b[0]))] for r in a]
    if da == 2 and db == 1:
        return [sum(r[k] * b[k] for k in range(len(b))) for r in a]
    if da == 1 and db == 1:
        return [[u * v for v in b] for u in a]
    raise Unsupported


def inverse(a):
    if abs(mp.det(mp.matrix(a))) < mp.mpf(10) ** -6:
        raise Undefined
    return [list(r) for r in (mp.matrix(a) ** -1).tolist()]


class World:
    """The terms of one worksheet, with values for its names."""

    def __init__(self, doc, rng):
        self.d, self.rng, self.env, self.stack = doc, rng, {}, []

    def aff(self, a):
        out = a[0]
        for v, k in a[1]:
            kind, i = next(iter(v.items()))
            x = self.name(i) if kind == 'Name' else self.stack[-1 - i]
            if isinstance(x, list) or x != int(x):
                raise Unsupported
            out += k * int(x)
        return out

    def sort(self, s):
        if isinstance(s, dict) and 'Tensor' in s:
            return [self.aff(a) for a in s['Tensor']]
        return []

    def number(self, dom):
        r = self.rng
        if dom == 'Real':
            return mp.mpf(r.randint(-2500, 2500)) / 1000
        if dom in ('Nat', 'Int'):
            return r.randint(1, 4)
        if 'Finite' in dom:
            p = r.choice(dom['Finite']).split('/')
            return mp.mpf(p[0]) / mp.mpf(p[1] if len(p) > 1 else 1)
        a, b = dom['Interval']
        q = lambda e, d: mp.mpf(e[0].split('/')[0]) / mp.mpf((e[0].split('/') + ['1'])[1]) if e else d
        lo, hi = q(a, mp.mpf(-3)), q(b, mp.mpf(3))
        return lo + (hi - lo) * mp.mpf(r.randint(1, 999)) / 1000

    def name(self, i):
        if i not in self.env:
            n = self.d['names'][i]
            if isinstance(n['sort'], dict) and 'Fun' in n['sort']:
                c = [self.number('Real') for _ in range(8)]
                self.env[i] = lambda *xs: sum(mp.sin(c[k % 8] * x + c[(k + 1) % 8]) + c[(k + 2) % 8] * x * x for k, x in enumerate(xs))
                return self.env[i]
            if n['sort'] == 'Cond' or (n.get('properties') or []):
                raise Unsupported
            dims, dom = self.sort(n['sort']), n['domain']
            build = lambda ds: self.number(dom) if not ds else [build(ds[1:]) for _ in range(ds[0])]
            self.env[i] = build(dims)
        return self.env[i]

    def bound(self, values, body):
        self.stack.extend(values)
        try:
            return self.ev(body)
        finally:
            del self.stack[len(self.stack) - len(values):]

    def entry(self, t, ix):
        for i in ix:
            if not isinstance(t, list) or not 1 <= i <= len(t):
                raise Undefined
            t = t[i - 1]
        return t

    def call(self, f, xs):
        fn = self.d['functions'][f]
        if 'Own' in fn:
            o = fn['Own']
            if o['body'] is None:
                raise Unsupported
            keep, stack = self.env, self.stack
            self.env, self.stack = dict(keep), []
            try:
                for (v, s), x in zip(o['params'], xs):
                    self.env[v] = x
                    if isinstance(s, dict) and 'Tensor' in s:
                        for a, n in zip(s['Tensor'], shape(x)):
                            if len(a[1]) == 1 and a[1][0][1] == 1 and 'Name' in a[1][0][0] and a[1][0][0]['Name'] in o['dims']:
                                self.env[a[1][0][0]['Name']] = n - a[0]
                return self.ev(o['body'])
            finally:
                self.env, self.stack = keep, stack
        n = fn['Library']
        if n in ENTRY:
            return each(lambda x: real(ENTRY[n](mp.mpf(x))), xs[0])
        if n == 'pi':
            return mp.pi + 0
        if n in ('max', 'min'):
            return each(max if n == 'max' else min, *xs)
        if n == 'softmax':
            return softmax(xs[0])
        if n == 'logsumexp':
            return mp.log(sum(mp.exp(v) for v in xs[0]))
        if n == 'factorial':
            return mp.factorial(xs[0])
        if n == 'hadamard':
            return each(lambda *v: mp.fprod(v), *xs)
        if n == 'entrydiv':
            return each(div, *xs)
        if n == 'entrypow':
            return each(power, *xs)
        if n == 'transpose' and len(shape(xs[0])) == 1:
            return list(xs[0]) if isinstance(xs[0], Row) else Row(xs[0])
        if n == 'transpose' and len(shape(xs[0])) == 2:
            return [list(r) for r in zip(*xs[0])]
        if n == 'diag':
            return [[x if i == j else mp.mpf(0) for j in range(len(xs[0]))] for i, x in enumerate(xs[0])]
        if n == 'diagonal':
            return [r[i] for i, r in enumerate(xs[0])]
        if n == 'tr':
            return sum(r[i] for i, r in enumerate(xs[0]))
        if n == 'sum':
            return sum(flat(xs[0]))
        if n == 'norm':
            return mp.sqrt(sum(x * x for x in flat(xs[0])))
        if n == 'inv':
            return inverse(xs[0])
        if n in ('det', 'logdet'):
            d = mp.det(mp.matrix(xs[0]))
            return d if n == 'det' else log(abs(d))
        if n == 'eye':
            return [[mp.mpf(i == j) for j in range(int(xs[0]))] for i in range(int(xs[0]))]
        if n == 'ones':
            go = lambda ds: mp.mpf(1) if not ds else [go(ds[1:]) for _ in range(int(ds[0]))]
            return go(xs)
        if n == 'outer':
            return [[u * v for v in xs[1]] for u in xs[0]]
        if n == 'dot':
            return sum(u * v for u, v in zip(*xs))
        raise Unsupported

    def derivative(self, n):
        p, slot = self.ev(n['point']), [self.aff(a) for a in n['slot']]

        def moved(h):
            if not slot:
                return real(p) + h
            def put(t, ix):
                if not isinstance(t, list) or not 1 <= ix[0] <= len(t):
                    raise Undefined
                t = list(t)
                t[ix[0] - 1] = put(t[ix[0] - 1], ix[1:]) if len(ix) > 1 else t[ix[0] - 1] + h
                return t
            return put(p, slot)
        f = lambda h: real(self.bound([moved(h)], n['body']))
        a, b, c = f(H), f(mp.mpf(0)), f(-H)
        l, r = (a - b) / H, (b - c) / H
        if abs(l - r) > mp.mpf(10) ** -4 * (1 + abs(l)):
            raise Undefined
        return (a - c) / (2 * H)

    def differential(self, n):
        p, h = self.ev(n['point']), self.ev(n['along'])
        f = lambda t: self.bound([each(lambda x, d: x + t * d, p, h)], n['body'])
        a, b, c = f(H), f(mp.mpf(0)), f(-H)

        def slope(a, b, c):
            l, r = (a - b) / H, (b - c) / H
            if abs(l - r) > mp.mpf(10) ** -4 * (1 + abs(l)):
                raise Undefined
            return (a - c) / (2 * H)
        return each(slope, a, b, c)

    def limit(self, n):
        point, side = n['point'], n['side']
        values = []
        for k in (18, 24):
            e = mp.mpf(10) ** -k
            if point in ('PosInf', 'NegInf'):
                xs = [(1 / e) * (1 if point == 'PosInf' else -1)]
            else:
                p = real(self.ev(point['At']))
                xs = [p + e] * (side != 'Left') + [p - e] * (side != 'Right')
            for x in xs:
                values.append(real(self.bound([x], n['body'])))
        if max(values) - min(values) > mp.mpf(10) ** -9:
            raise Unsupported
        return values[-1]

    def ev(self, t):
        n = self.d['terms'][t]
        op, ev = n['op'], self.ev
        if op == 'Num':
            p = n['value'].split('/')
            return mp.mpf(p[0]) / mp.mpf(p[1] if len(p) > 1 else 1)
        if op == 'Index':
            return mp.mpf(self.aff(n['value']))
        if op == 'Var':
            return self.name(n['name'])
        if op == 'Bound':
            return self.stack[-1 - n['level']]
        if op == 'Sum':
            xs = [each(lambda x: -x, ev(x)) if neg else ev(x) for neg, x in n['summands']]
            out = xs[0] if xs else mp.mpf(0)
            for x in xs[1:]:
                if shape(x) != shape(out):
                    raise Unsupported
                out = each(lambda a, b: a + b, out, x)
            return out
        if op == 'Product':
            out = mp.mpf(1)
            for x in [ev(x) for x in n['args']]:
                out = each(lambda a, b: a * b, out, x)
            return out
        if op == 'Quot':
            a, b = (ev(x) for x in n['args'])
            return each(lambda x: div(x, real(b)), a)
        if op == 'Pow':
            a, b = (ev(x) for x in n['args'])
            if len(shape(a)) == 2 and b == int(b) and b >= 1:
                out = a
                for _ in range(int(b) - 1):
                    out = matmul(out, a)
                return out
            return power(real(a), real(b))
        if op == 'MatMul':
            xs = [ev(x) for x in n['args']]
            out = xs[0]
            for x in xs[1:]:
                out = matmul(out, x)
            return out
        if op == 'Call':
            return self.call(n['function'], [ev(x) for x in n['args']])
        if op == 'CallVar':
            f, xs = ev(n['head']), [real(ev(x)) for x in n['args']]
            return f(*xs)
        if op == 'Big':
            kind, out = n['kind'], []
            for i in range(self.aff(n['lo']), self.aff(n['hi']) + 1):
                if n['cond'] is None or self.bound([i], n['cond']):
                    out.append(self.bound([i], n['body']))
            if kind in ('Max', 'Min'):
                if not out:
                    raise Undefined
                return (max if kind == 'Max' else min)(out)
            acc = mp.mpf(0 if kind == 'Sum' else 1)
            for x in out:
                acc = each((lambda a, b: a + b) if kind == 'Sum' else (lambda a, b: a * b), acc, x)
            return acc
        if op == 'Iverson':
            return mp.mpf(1 if ev(n['cond']) else 0)
        if op == 'Cases':
            for c, v in n['branches']:
                if ev(c):
                    return ev(v)
            if n['otherwise'] is None:
                raise Undefined
            return ev(n['otherwise'])
        if op == 'Entry':
            return self.entry(ev(n['of']), [self.aff(a) for a in n['indices']])
        if op == 'Tensor':
            sizes = [self.aff(a) for a in n['sizes']]
            go = lambda ix: self.bound(ix, n['body']) if len(ix) == len(sizes) else [go(ix + [i + 1]) for i in range(sizes[len(ix)])]
            return go([])
        if op == 'Array':
            return [ev(x) for x in n['args']]
        if op == 'Stack':
            return [y for x in n['args'] for y in (lambda v: v if isinstance(v, list) else [v])(ev(x))]
        if op == 'Diff':
            return self.derivative(n)
        if op == 'Differential':
            return self.differential(n)
        if op == 'Limit':
            return self.limit(n)
        if op == 'Rel':
            a, b = (real(ev(x)) for x in n['args'])
            close = abs(a - b) < mp.mpf(10) ** -20
            return {'Eq': close, 'Ne': not close, 'Lt': a < b and not close, 'Le': a < b or close, 'Gt': a > b and not close,
                    'Ge': a > b or close}[n['relation']]
        if op == 'And':
            return all(ev(x) for x in n['args'])
        if op == 'Or':
            return any(ev(x) for x in n['args'])
        if op == 'Not':
            return not ev(n['cond'])
        raise Unsupported


def flat(x):
    return [y for e in x for y in flat(e)] if isinstance(x, list) else [x]


SPOIL = (Undefined, ZeroDivisionError, OverflowError, ValueError)


def classify(doc, trial):
    key, left, mutants, conditions = trial
    rng = random.Random(zlib.crc32(key.encode()))
    points = []
    for _ in range(TRIES):
        w = World(doc, rng)
        try:
            if all(w.ev(c) for c in conditions):
                points.append((w, flat(w.ev(left))))
        except SPOIL:
            continue
        except (Unsupported, TypeError, IndexError, KeyError, AttributeError, RecursionError, ArithmeticError):
            return {m[0]: '?' for m in mutants}
        if len(points) == POINTS:
            break
    out = {}
    for name, right in mutants:
        agree, verdict = 0, '?'
        for w, a in points:
            try:
                b = flat(w.ev(right))
                if len(a) != len(b):
                    break
                if any(abs(x - y) > mp.mpf(10) ** -8 * (1 + abs(x) + abs(y)) for x, y in zip(map(real, a), map(real, b))):
                    verdict = 'F'
                    break
                agree += 1
            except SPOIL:
                continue
            except (Unsupported, TypeError, IndexError, KeyError, AttributeError, RecursionError, ArithmeticError):
                break
        if verdict == '?' and agree == POINTS:
            verdict = 'T'
        out[name] = verdict
    return out


def read(target):
    classes, c = {}, '?'
    if os.path.exists(target):
        for line in open(target):
            words = line.split()
            if words and len(words[0]) == 1:
                c = words[0]
            else:
                classes.update((k, c) for k in words)
    return classes


def write(target, classes):
    with open(target, 'w') as out:
        for c in 'FT?':
            keys = sorted(k for k, v in classes.items() if v == c)
            out.write(f'{c} {len(keys)}\n' + ''.join(k + ('\n' if i % 8 == 7 else ' ') for i, k in enumerate(keys)).strip() + '\n')
            print(c, len(keys))


def main(folder, target, *prefixes):
    """What the target holds already is kept; with prefixes, only files whose names begin so are read."""
    classes = read(target)
    for n, f in enumerate(sorted(os.listdir(folder))):
        if prefixes and not f.startswith(prefixes):
            continue
        doc = json.load(open(os.path.join(folder, f)))
        for key, left, mutants, conditions in doc['trials']:
            new = [m for m in mutants if m[0] not in classes]
            if new:
                classes.update(classify(doc, (key, left, new, conditions)))
        if n % 100 == 99:
            write(target, classes)
    write(target, classes)


main(*sys.argv[1:])
