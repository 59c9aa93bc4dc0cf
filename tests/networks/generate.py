"""Random networks and what PyTorch makes of them: shapes after every layer and numbers of parameters.

    /usr/bin/python3 tests/networks/generate.py > tests/networks/pytorch.json

Every case is a `network` in the worksheet language with the output shape after each layer and the parameters of each layer
with and without biases. Cases that PyTorch refuses are kept too, with the layer at which it does.
"""
import json
import random

import torch
from torch import nn

COUNT = 260
random.seed(20240611)
torch.set_grad_enabled(False)


def values(xs):
    """One number for all directions, or a tuple."""
    return str(xs[0]) if len(set(xs)) == 1 else "[" + ", ".join(map(str, xs)) + "]"


def pick(n, choices):
    return [random.choice(choices)] * n if random.random() < 0.7 else [random.choice(choices) for _ in range(n)]


def call(name, args):
    return name + "(" + ", ".join(args) + ")" if args else name


def window(n, size):
    kernel = pick(n, [1, 2, 3, 3, 4, 5])
    stride = pick(n, [1, 1, 1, 2, 3])
    padding = pick(n, [0, 0, 1, 2])
    dilation = pick(n, [1, 1, 1, 2])
    return kernel, stride, padding, dilation


def named(key, xs, usual):
    return [] if xs is None or all(x == usual for x in xs) else [f"{key}={values(xs)}"]


def layer(shape):
    """A random layer for this shape: its text, and the module."""
    n = len(shape) - 1
    if n == 0:
        kind = random.choice(["Linear", "ReLU", "Dropout", "LayerNorm", "Tanh"])
    else:
        kind = random.choice(
            ["Conv"] * 5 + ["ConvTranspose"] * 2 + ["MaxPool"] * 2 + ["AvgPool"] * 2
            + ["AdaptiveAvgPool", "AdaptiveMaxPool", "BatchNorm", "InstanceNorm", "GroupNorm", "LayerNorm", "PReLU",
               "Flatten", "Linear", "ReLU", "GELU", "Dropout"])
    c = shape[0]
    if kind in ("Conv", "ConvTranspose"):
        kernel, stride, padding, dilation = window(n, shape)
        groups = random.choice([g for g in (1, 1, 1, 2, 3, c) if c % g == 0])
        out = groups * random.choice([1, 2, 3, 4])
        bias = random.random() < 0.8
        text = [str(out), f"kernel={values(kernel)}" if random.random() < 0.7 else values(kernel)]
        text += named("stride", stride, 1) + named("padding", padding, 0) + named("dilation", dilation, 1)
        text += [f"groups={groups}"] * (groups != 1) + ["bias=false"] * (not bias)
        extra = {}
        if kind == "ConvTranspose":
            q = [random.randrange(max(s, d)) for s, d in zip(stride, dilation)]
            extra["output_padding"] = tuple(q)
            text += named("output_padding", q, 0)
        module = getattr(nn, f"{kind}{n}d")(
            c, out, tuple(kernel), stride=tuple(stride), padding=tuple(padding), dilation=tuple(dilation), groups=groups, bias=bias,
            **extra)
        return call(f"{kind}{n}d", text), module
    if kind in ("MaxPool", "AvgPool"):
        kernel = pick(n, [1, 2, 2, 3, 4])
        stride = None if random.random() < 0.5 else pick(n, [1, 2, 3])
        padding = [random.randint(0, k // 2) for k in kernel] if random.random() < 0.3 else [0] * n
        ceil = random.random() < 0.4
        text = [values(kernel)] + ([f"stride={values(stride)}"] if stride else []) + named("padding", padding, 0)
        extra = {}
        if kind == "MaxPool":
            dilation = pick(n, [1, 1, 2])
            extra["dilation"] = tuple(dilation)
            text += named("dilation", dilation, 1)
        text += ["ceil_mode=true"] * ceil
        module = getattr(nn, f"{kind}{n}d")(
            tuple(kernel), stride=tuple(stride) if stride else None, padding=tuple(padding), ceil_mode=ceil, **extra)
        return call(f"{kind}{n}d", text), module
    if kind.startswith("Adaptive"):
        size = pick(n, [1, 2, 3])
        return call(f"{kind}{n}d", [values(size)]), getattr(nn, f"{kind}{n}d")(tuple(size))
    if kind == "BatchNorm":
        affine = random.random() < 0.7
        return call(f"{kind}{n}d", ["affine=false"] * (not affine)), getattr(nn, f"{kind}{n}d")(c, affine=affine).eval()
    if kind == "InstanceNorm":
        affine = random.random() < 0.5
        return call(f"{kind}{n}d", ["affine=true"] * affine), getattr(nn, f"{kind}{n}d")(c, affine=affine).eval()
    if kind == "GroupNorm":
        g = random.choice([g for g in (1, 2, 3, c) if c % g == 0])
        return call(kind, [str(g)]), nn.GroupNorm(g, c)
    if kind == "LayerNorm":
        last = random.randint(1, len(shape))
        affine = random.random() < 0.7
        dims = list(shape[-last:])
        text = ["[" + ", ".join(map(str, dims)) + "]"] + ["elementwise_affine=false"] * (not affine)
        return call(kind, text), nn.LayerNorm(dims, elementwise_affine=affine)
    if kind == "PReLU":
        each = random.random() < 0.5
        return call(kind, [str(c)] * each), nn.PReLU(c if each else 1)
    if kind == "Linear":
        out, bias = random.choice([1, 5, 10]), random.random() < 0.7
        return call(kind, [str(out)] + ["bias=false"] * (not bias)), nn.Linear(shape[-1], out, bias=bias)
    if kind == "Flatten":
        return kind, nn.Flatten()
    if kind == "Dropout":
        return call(kind, ["0.5"]), nn.Dropout(0.5)
    return kind, getattr(nn, kind)()


def case():
    n = random.choice([1, 2, 2, 2, 3])
    shape = [random.choice([1, 2, 3, 4, 6])] + [random.randint(5, 14 if n == 3 else 30) for _ in range(n)]
    if n > 1 and random.random() < 0.5:
        shape[1:] = [shape[1]] * n
    out = {"input": shape, "layers": [], "shapes": [], "parameters": [], "weights": []}
    x = torch.zeros([1] + shape)
    for _ in range(random.randint(2, 7)):
        if x.numel() > 400000:
            break
        text, module = layer(list(x.shape[1:]))
        out["layers"].append(text)
        try:
            x = module.eval()(x)
            if 0 in x.shape:  # some pools do not refuse what does not fit
                raise ValueError("nothing is left")
        except (RuntimeError, ValueError):
            # Norms are refused for one entry to average, AvgPool3d for less than a kernel even when rounding up: not shapes.
            if "Norm" in text or text.startswith("AvgPool3d"):
                out["layers"].pop()
                break
            out["fails"] = len(out["layers"])
            break
        out["shapes"].append(list(x.shape[1:]))
        out["parameters"].append(sum(p.numel() for p in module.parameters()))
        out["weights"].append(sum(p.numel() for k, p in module.named_parameters() if k != "bias"))
    return out


cases = [case() for _ in range(COUNT)]
print("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]")
