"""Concrete arrays and what NumPy and PyTorch make of them.

    /usr/bin/python3 tests/arrays/generate.py > tests/arrays/evaluated.json

Every case is worksheet statements that end in an `evaluate` goal, and the value of that goal as nested lists of numerators and denominators.
NumPy gives one-dimensional convolutions and products; PyTorch gives strides, paddings and dilations, two dimensions, softmax, and all
gradients, Jacobians and Hessians (by its own differentiation). Entries are small whole numbers, so that the floating-point results
are recognised exactly; softmax is taken at logarithms of whole numbers.
"""
import json
import random
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F

random.seed(20261126)
torch.set_default_dtype(torch.float64)


def ints(*shape, low=-3, high=4):
    if len(shape) == 1:
        return [random.randint(low, high) for _ in range(shape[0])]
    return [ints(*shape[1:], low=low, high=high) for _ in range(shape[0])]


def text(x):
    return "[" + ", ".join(map(text, x)) + "]" if isinstance(x, list) else str(x)


def exact(x):
    if isinstance(x, list):
        return [exact(y) for y in x]
    f = Fraction(x).limit_denominator(5000)
    assert abs(float(f) - x) < 1e-9, x
    return [f.numerator, f.denominator]


def tensor(x):
    return torch.tensor(x, dtype=torch.float64)


cases = []


def case(kind, statements, value):
    cases.append({"kind": kind, "text": statements, "value": exact(value)})


def options(stride, padding, dilation):
    named = [("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)]
    return "".join(f", {k}={v}" for k, v, usual in named if v != usual)


# One dimension: NumPy's three modes. `same` of two lengths of which the shorter is even is centred as NumPy does.
for _ in range(30):
    mode = random.choice(["full", "valid", "same"])
    x, w = ints(random.randint(1, 7)), ints(random.randint(1, 4))
    case("numpy.convolve", f"evaluate convolve({text(x)}, {text(w)}, {mode})", np.convolve(x, w, mode).tolist())
for _ in range(12):
    x = ints(random.randint(3, 8))
    w = ints(random.randint(1, 3))
    case("numpy.correlate", f"evaluate correlate({text(x)}, {text(w)}, valid)", np.correlate(x, w, "valid").tolist())
# Stride, padding and dilation: PyTorch's convolution does not flip.
for _ in range(25):
    k, d, p, s = random.randint(1, 3), random.choice([1, 1, 2]), random.choice([0, 0, 1, 2]), random.choice([1, 1, 2, 3])
    x, w = ints(random.randint(d * (k - 1) + 1, 9)), ints(k)
    y = F.conv1d(tensor([[x]]), tensor([[w]]), stride=s, padding=p, dilation=d)[0, 0].tolist()
    case("torch.conv1d", f"evaluate correlate({text(x)}, {text(w)}, valid{options(s, p, d)})", y)
for _ in range(20):
    k, l, d, p, s = random.randint(1, 2), random.randint(1, 3), random.choice([1, 1, 2]), random.choice([0, 0, 1]), random.choice([1, 1, 2])
    x, w = ints(random.randint(d * (k - 1) + 1, 4), random.randint(d * (l - 1) + 1, 5)), ints(k, l)
    y = F.conv2d(tensor([[x]]), tensor([[w]]), stride=s, padding=p, dilation=d)[0, 0].tolist()
    case("torch.conv2d", f"evaluate correlate({text(x)}, {text(w)}, valid{options(s, p, d)})", y)
for _ in range(10):
    k, l = random.randint(1, 2), random.randint(1, 3)
    x, w = ints(random.randint(1, 3), random.randint(1, 4)), ints(k, l)
    y = F.conv2d(tensor([[x]]), tensor([[w]]).flip(2, 3), padding=(k - 1, l - 1))[0, 0].tolist()
    case("torch.conv2d full, flipped", f"evaluate convolve({text(x)}, {text(w)}, full)", y)
# Products.
for _ in range(15):
    m, n, p = (random.randint(1, 3) for _ in range(3))
    a, b = ints(m, n), ints(n, p)
    case("numpy.matmul", f"evaluate {text(a)} * {text(b)}", np.matmul(a, b).tolist())
for _ in range(8):
    m, n = random.randint(1, 3), random.randint(1, 3)
    a, x, b = ints(m, n), ints(n), ints(m)
    y = (np.array(a).T @ (np.array(a) @ np.array(x) - np.array(b))).tolist()
    case("numpy.matmul", f"define A = {text(a)}\nevaluate A^T * (A * {text(x)} - {text(b)})", y)
for _ in range(6):
    a, b = ints(random.randint(1, 2), random.randint(1, 2)), ints(random.randint(1, 2), random.randint(1, 2))
    case("numpy.kron", f"evaluate kron({text(a)}, {text(b)})", np.kron(a, b).tolist())
# Softmax at logarithms.
for _ in range(10):
    q = ints(random.randint(2, 4), low=1, high=6)
    y = F.softmax(torch.log(tensor(q)), 0).tolist()
    case("torch.softmax", f"evaluate softmax([{', '.join(f'log({n})' for n in q)}])", y)


def gradient(f, *at, by=0):
    xs = [tensor(a).requires_grad_(k == by) for k, a in enumerate(at)]
    return torch.autograd.grad(f(*xs), xs[by])[0].tolist()


# Gradients of squares of convolutions, in the input and in the kernel.
for _ in range(14):
    m, k = random.randint(2, 5), random.randint(1, 2)
    x, w, by = ints(m), ints(k), random.choice([0, 1])
    f = lambda x, w: (F.conv1d(x[None, None], w[None, None]) ** 2).sum()
    given = f"given x in R^{m}\ngiven w in R^{k}\ndefine y = correlate(x, w, valid)\ndefine L = y^T y\n"
    at = f"x = {text(x)}, w = {text(w)}"
    case("torch.autograd conv1d", given + f"evaluate gradient(L, {'xw'[by]}) with {at}", gradient(f, x, w, by=by))
# Least squares: sizes found from the arrays.
for _ in range(14):
    m, n, by = random.randint(1, 3), random.randint(1, 3), random.choice([0, 1, 2])
    a, w, b = ints(m, n), ints(n), ints(m)
    f = lambda a, w, b: ((a @ w - b) ** 2).sum()
    given = "given m, n in N\ngiven A in R^(m x n)\ngiven w in R^n\ngiven b in R^m\ndefine L = (A w - b)^T (A w - b)\n"
    at = f"A = {text(a)}, w = {text(w)}, b = {text(b)}"
    case("torch.autograd least squares", given + f"evaluate gradient(L, {'Awb'[by]}) with {at}", gradient(f, a, w, b, by=by))
# A step of gradient descent.
for _ in range(5):
    m, n = random.randint(1, 3), random.randint(1, 3)
    a, w, b = ints(m, n), ints(n), ints(m)
    f = lambda w: ((tensor(a) @ w - tensor(b)) ** 2).sum()
    y = (tensor(w) - tensor(gradient(f, w)) / 10).tolist()
    given = "given m, n in N\ngiven A in R^(m x n)\ngiven w in R^n\ngiven b in R^m\ndefine L = norm(A w - b)^2\n"
    at = f"A = {text(a)}, w = {text(w)}, b = {text(b)}"
    case("torch.autograd descent", given + f"evaluate w - 1/10 gradient(L, w) with {at}", y)
# Softmax and its cross-entropy at logarithms.
for _ in range(8):
    n = random.randint(2, 3)
    q, c = ints(n, low=1, high=5), random.randrange(n)
    z, y = torch.log(tensor(q)).tolist(), [int(k == c) for k in range(n)]
    f = lambda z: F.cross_entropy(z, torch.tensor(c))
    given = "given n in N\ngiven z, y in R^n\ndefine L = -y^T log(softmax(z))\n"
    at = f"z = [{', '.join(f'log({k})' for k in q)}], y = {text(y)}"
    case("torch.autograd cross-entropy", given + f"evaluate gradient(L, z) with {at}", gradient(f, z))
for _ in range(4):
    n = random.randint(2, 3)
    q = ints(n, low=1, high=4)
    y = torch.autograd.functional.jacobian(lambda z: F.softmax(z, 0), torch.log(tensor(q))).tolist()
    given = f"given n in N\ngiven z in R^n\n"
    case("torch.autograd jacobian", given + f"evaluate jacobian(softmax(z), z) with z = [{', '.join(f'log({k})' for k in q)}]", y)
for _ in range(4):
    n = random.randint(1, 3)
    a, x = ints(n, n), ints(n)
    y = torch.autograd.functional.hessian(lambda x: x @ tensor(a) @ x, tensor(x)).tolist()
    given = "given n in N\ngiven A in R^(n x n)\ngiven x in R^n\n"
    case("torch.autograd hessian", given + f"evaluate hessian(x^T A x, x) with A = {text(a)}, x = {text(x)}", y)

print("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]")
