"""The proof of descent on a line: closed forms, torch's own steps, and scipy's derivatives for every promise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Array, Check

if TYPE_CHECKING:
    from engine.classical.gradient_descent_1d import Frame, Params


def proof(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """All checks of a recording."""
    f = frames[-1]
    k = np.arange(len(f.path))
    if p.function == "bowl" and p.noise == 0:
        exact = (1 - p.learning_rate * p.curvature) ** k * p.start
        yield Check.worst("closed_form", f.path, exact, 1e-9 * max(1.0, float(np.abs(exact).max())), "(1 - eta L)^k x_0")
    if p.noise == 0 and len(f.path) > 1 and p.function != "typed":
        yield Check.worst("torch_sgd", f.path[1:], _torch_steps(p, f.path[:-1]), 1e-9 * max(1.0, float(np.abs(f.path).max())),
                          "torch.optim.SGD from each of our points, float64")
    if len(f.path) > 1:
        yield from _against_taylor(p, f)
    if f.limit is not None and p.function == "two_wells":
        yield Check("limit", f.limit, 1.0, 1e-9, "2 / f''(1), f'' = 3 x^2 - 1")


def _torch_steps(p: Params, starts: Array) -> Array:
    """One step of torch.optim.SGD from every start, its gradients by autograd."""
    import torch

    functions = {"bowl": lambda x: p.curvature * x * x / 2, "quartic": lambda x: x**4 / 4,
                 "two_wells": lambda x: (x * x - 1) ** 2 / 4, "wavy": lambda x: x * x / 8 + torch.cos(4 * x) / 4}
    x = torch.tensor(starts, dtype=torch.float64, requires_grad=True)
    step = torch.optim.SGD([x], lr=p.learning_rate)
    functions[p.function](x).sum().backward()
    step.step()
    return x.detach().numpy()


def _against_taylor(p: Params, f: Frame) -> Iterator[Check]:
    """Taylor's remainder: |f(x + s) - f(x) - s f'(x)| <= max |f''| s^2 / 2 over the step, f'' by scipy's differences."""
    from scipy.differentiate import derivative

    from engine.core.expression import parse

    function = parse(p.text(), ("x",))
    a, b = f.path[:-1], f.path[1:]
    slope = np.asarray(derivative(function, a).df)
    between = a + (b - a) * np.linspace(0, 1, 201)[:, None]                     # (201, steps)
    small = 1e-4 * np.maximum(1.0, np.abs(between))
    bend = np.abs(function(between + small) - 2 * function(between) + function(between - small)) / small**2
    error = np.abs(function(b) - function(a) - (b - a) * slope)
    most = bend.max(axis=0) * (b - a) ** 2 / 2
    worst = int(np.argmax(error - most))
    scale = max(1.0, float(np.abs(f.heights).max()))
    yield Check("remainder", float(error[worst]), float(most[worst]), 1e-5 * scale, "Lagrange remainder, scipy.differentiate",
                "at_most")
    if f.error is not None:
        yield Check("promise", float(f.promised or 0.0), float(function(a[-1]) + (b[-1] - a[-1]) * slope[-1]), 1e-6 * scale,
                    "f(x) - eta f'(x)^2, scipy.differentiate")
    if f.second is not None and f.lemma is not None and p.function != "typed":          # a typed formula may have kinks
        signed = function(a[-1] + small[0, -1]) - 2 * function(a[-1]) + function(a[-1] - small[0, -1])
        curve = float(signed / small[0, -1] ** 2) * (b[-1] - a[-1]) ** 2 / 2
        yield Check("second", f.second, float(function(a[-1]) + (b[-1] - a[-1]) * slope[-1]) + curve,
                    1e-5 * scale * (1 + (b[-1] - a[-1]) ** 2), "f + s f' + s^2 f''/2, scipy.differentiate")
        yield Check("lemma", f.f, f.lemma, 1e-4 * scale, "f(x) - eta (1 - eta L / 2) f'(x)^2", "at_most")
