"""The proof of gradient descent: torch.optim takes every step again, torch.autograd every gradient."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.classical import rates
from engine.core import Array, Check, Run

if TYPE_CHECKING:
    from engine.classical.gradient_descent import Frame, Params

LINEAR = ("gd", "momentum", "nesterov")
RANDOM_POINTS = 64


def proof(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """All checks of a recording."""
    last = frames[-1]
    loss = torch_loss(p)
    yield from _derivatives(p, loss, last)
    for name, path in zip(p.optimisers.names, last.paths, strict=True):
        if len(path) < 2:
            continue
        if name == "newton":
            yield _newton(p, loss, path)
        elif name == "nesterov" and p.convention == "sutskever":
            if p.surface == "reddi":                # at a wall the step says nothing of the look-ahead
                continue
            yield _nesterov_shifted(p, loss, path)
        else:
            yield _against_optimiser(p, name, loss, path)
    if p.surface == "bowl":
        yield from _bowl_laws(p, frames)


def torch_loss(p: Params) -> Callable[[Any], Any]:
    """The loss written once more, in torch, without our derivatives: a function of theta (2,)."""
    import torch

    turn = 2 * torch.pi
    named: dict[str, Callable[[Any, Any], Any]] = {
        "bowl": lambda x, y: (x**2 / p.kappa + y**2) / 2,
        "saddle": lambda x, y: x**2 / 2 - y**2 / 2 + y**4 / 4,
        "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
        "himmelblau": lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        "rastrigin": lambda x, y: 20 + x**2 - 10 * torch.cos(turn * x) + y**2 - 10 * torch.cos(turn * y),
        "kinked": lambda x, y: torch.where(x < 1, 12.5 * x**2, torch.where(
            x < 2, x**2 / 2 + 24 * x - 12, 12.5 * x**2 - 24 * x + 36)) + y**2 / 2,
    }
    named["reddi"] = lambda x, y: (x + 1) / 3 + y**2 / 2
    function = named[p.surface] if p.surface != "typed" else _typed(p.function)
    return lambda theta: function(theta[0], theta[1])


def _typed(text: str) -> Callable[[Any, Any], Any]:
    """The typed formula over torch tensors, read from its syntax tree."""
    import operator

    import torch

    words = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "min": "minimum", "max": "maximum"}
    binary = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
              ast.Pow: operator.pow, ast.Mod: torch.remainder}
    tree = ast.parse(text.strip().replace("^", "**").replace("−", "-"), mode="eval").body

    def value(node: Any, scope: dict[str, Any]) -> Any:
        if isinstance(node, ast.Constant):
            return torch.tensor(float(str(node.value)), dtype=torch.float64)
        if isinstance(node, ast.Name):
            return scope[node.id]
        if isinstance(node, ast.UnaryOp):
            inner = value(node.operand, scope)
            return -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            return binary[type(node.op)](value(node.left, scope), value(node.right, scope))
        return getattr(torch, words.get(node.func.id, node.func.id))(*(value(a, scope) for a in node.args))

    constants = {"pi": torch.tensor(torch.pi, dtype=torch.float64), "e": torch.tensor(np.e, dtype=torch.float64)}
    return lambda x, y: value(tree, {"x": x, "y": y, **constants}) + 0 * (x + y)


def _gradient(loss: Callable[[Any], Any], point: Array) -> Array:
    import torch

    theta = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(loss(theta), theta)
    return np.asarray(found.numpy())


def _hessian(loss: Callable[[Any], Any], point: Array) -> Array:
    import torch

    return np.asarray(torch.autograd.functional.hessian(loss, torch.tensor(point, dtype=torch.float64)).numpy())


def _derivatives(p: Params, loss: Callable[[Any], Any], last: Frame) -> Iterator[Check]:
    """Our gradients and Hessians at random points of the ground, relative to their size."""
    ground, rng = last.ground.value, Run(p).generator("proof")
    points = rng.uniform([ground.x[0], ground.y[0]], [ground.x[1], ground.y[1]], (RANDOM_POINTS, 2))
    ours = p.made_surface().jet(points)
    for name, mine, theirs in (("gradient", ours.gradient(), np.array([_gradient(loss, q) for q in points])),
                               ("hessian", ours.hessian(), np.array([_hessian(loss, q) for q in points]))):
        defined = np.isfinite(mine.reshape(RANDOM_POINTS, -1)).all(axis=1) & \
            np.isfinite(theirs.reshape(RANDOM_POINTS, -1)).all(axis=1)
        if defined.any():
            scale = 1 + np.abs(theirs[defined]).max()
            yield Check.worst(name, mine[defined] / scale, theirs[defined] / scale, 1e-12, "torch.autograd, relative")


def _against_optimiser(p: Params, name: str, loss: Callable[[Any], Any], path: Array) -> Check:
    """torch.optim takes each step from our point, with its own buffers and its own gradient; the next points agree."""
    import torch

    theta = torch.nn.Parameter(torch.tensor(path[0], dtype=torch.float64))
    twin = _torch_optimiser(p, name, theta)
    noise = Run(p).generator("gradient noise")
    theirs = [path[0]]
    for number, point in enumerate(path[:-1]):
        with torch.no_grad():
            theta.copy_(torch.tensor(point))
        twin.zero_grad()
        loss(theta).backward()
        assert theta.grad is not None
        if p.surface == "reddi":
            theta.grad[0] = (3.0, -1.0, -1.0)[number % 3]                     # of 3x, -x, -x, on [-1, 1]
        kick = p.noise * noise.standard_normal(2)
        if name == "sgd":
            theta.grad += torch.tensor(kick)
        twin.step()
        with torch.no_grad():
            theta[0].clamp_(*((-1.0, 1.0) if p.surface == "reddi" else (None, torch.inf)))
        theirs.append(theta.detach().numpy().copy())
    return _same_path(f"steps_{name}", path, np.array(theirs), f"torch.optim.{type(twin).__name__}, float64, each step")


def _torch_optimiser(p: Params, name: str, theta: Any) -> Any:
    """torch's own optimiser for a method, told what ours was told."""
    import torch

    settings = p.settings()
    rate, decay, beta, plain = settings.rate(name), p.weight_decay, p.momentum, rates.torch_rate(name, settings)
    if name in ("gd", "sgd"):
        return torch.optim.SGD([theta], lr=rate, weight_decay=decay)
    if name == "momentum" and p.convention == "dampened":
        return torch.optim.SGD([theta], lr=rate, momentum=beta, dampening=beta, weight_decay=decay)
    if name == "momentum" or (name == "nesterov" and beta == 0):    # torch refuses Nesterov without momentum
        return torch.optim.SGD([theta], lr=plain, momentum=beta, weight_decay=decay)
    if name == "nesterov":
        return torch.optim.SGD([theta], lr=plain, momentum=beta, nesterov=True, weight_decay=decay)
    if name == "adagrad":
        return torch.optim.Adagrad([theta], lr=rate, weight_decay=decay)
    if name == "rmsprop":
        return torch.optim.RMSprop([theta], lr=rate, alpha=p.beta2, weight_decay=decay)
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind([theta], lr=rate, betas=(beta, p.beta2), weight_decay=decay, amsgrad=p.amsgrad)


def _same_path(name: str, ours: Array, theirs: Array, source: str) -> Check:
    """Two paths, each point measured in units of its own size where that is above 1."""
    scale = np.maximum(1.0, np.abs(ours).max(axis=1, keepdims=True))
    return Check.worst(name, ours / scale, theirs / scale, 1e-9, source)


def _nesterov_shifted(p: Params, loss: Callable[[Any], Any], path: Array) -> Check:
    """Sutskever's theta is torch's parameter less the look-ahead: torch, fed the look-ahead points, ends there too."""
    import torch

    rate, beta, decay = p.learning_rate, p.momentum, p.weight_decay
    theta = torch.nn.Parameter(torch.tensor(path[0], dtype=torch.float64))
    twin = torch.optim.SGD([theta], lr=rate, momentum=beta, nesterov=beta > 0, weight_decay=decay)
    theirs = [path[0]]
    for number in range(len(path) - 1):
        buffer = (path[number - 1] - path[number]) / rate if number else np.zeros(2)
        with torch.no_grad():
            theta.copy_(torch.tensor(path[number] - rate * beta * buffer))
        twin.zero_grad()
        ahead = theta.detach().numpy().copy()
        loss(theta).backward()
        assert theta.grad is not None
        # our decay pulls on theta, torch's on the point looked ahead to
        theta.grad += torch.tensor(decay * (path[number] - ahead))
        twin.step()
        memory = twin.state[theta].get("momentum_buffer")
        theirs.append(theta.detach().numpy() + rate * beta * (memory.numpy() if memory is not None else 0.0))
    return _same_path("steps_nesterov", path, np.array(theirs), "torch.optim.SGD(nesterov), less the look-ahead")


def _newton(p: Params, loss: Callable[[Any], Any], path: Array) -> Check:
    """Each of our steps solves (H + decay I) d = g + decay theta for torch's own H and g: the residual's share."""
    worst = 0.0
    for number, (here, there) in enumerate(itertools.pairwise(path)):
        gradient = _gradient(loss, here) + p.weight_decay * here
        if p.surface == "reddi":
            gradient[0] += (3.0, -1.0, -1.0)[number % 3] - 1 / 3
            if abs(there[0]) == 1:                                              # stopped by a wall: no step of Newton's
                continue
        hessian = _hessian(loss, here) + p.weight_decay * np.eye(2)
        direction = (here - there) / p.newton_rate
        rounding = 8 * np.finfo(float).eps * (1 + np.abs(here).max()) / p.newton_rate     # of the points' own digits
        size = np.abs(hessian).max() * np.abs(direction).max() + np.abs(gradient).max()
        excess = np.abs(hessian @ direction - gradient).max() - rounding * np.abs(hessian).max()
        worst = max(worst, float(excess / size) if size else 0.0)
    return Check("steps_newton", worst, 0.0, 1e-9, "torch.autograd: H d - g, relative")


def _bowl_laws(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """On the bowl all is known: powers of the step's matrix, its spectral radius, and the limit 2 / L."""
    last = frames[-1]
    curvatures = np.array([1 / p.kappa, 1.0]) + p.weight_decay
    for name, path in zip(p.optimisers.names, last.paths, strict=True):
        shifted = (name, p.convention) in (("momentum", "dampened"), ("nesterov", "sutskever"))
        if name not in LINEAR or shifted:
            continue
        eta, beta = rates.torch_rate(name, p.settings()), p.momentum
        columns = [_powers(name, eta, beta, c, x0, len(path)) for c, x0 in zip(curvatures, path[0], strict=True)]
        yield _same_path(f"law_{name}", path, np.stack(columns, axis=1), "numpy.linalg.matrix_power of its step")
        radius = float(max(np.abs(np.linalg.eigvals(_matrix(name, eta, beta, c))).max() for c in curvatures))
        if p.followed() == name and last.rate_theory is not None:
            yield Check("rate_theory", last.rate_theory, radius, 1e-6, "numpy.linalg.eigvals")
        if p.followed() == name == "gd" and last.rate is not None:
            yield Check("rate", last.rate, radius, 1e-9, "no step of descent can shrink the error less", "at_most")
        if name == "gd" and len(path) > 1 and path[0, 1] != 0:
            factor = abs(path[-1, 1] / path[0, 1]) ** (1 / (len(path) - 1))
            relation: Any = "at_most" if p.learning_rate <= 2 / curvatures[1] else "at_least"
            yield Check("stable_limit", float(factor), 1.0, 1e-9, "eta against 2 / L", relation)


def _matrix(name: str, eta: float, beta: float, curvature: float) -> Array:
    """One step on curvature * x^2 / 2 as a matrix over (x_{t+1}, x_t)."""
    shrunk = 1 - eta * curvature
    if name == "gd":
        return np.array([[shrunk, 0.0], [1.0, 0.0]])
    ahead = shrunk if name == "nesterov" else 1.0
    return np.array([[shrunk + beta * ahead, -beta * ahead], [1.0, 0.0]])


def _powers(name: str, eta: float, beta: float, curvature: float, x0: float, count: int) -> Array:
    """x_0 ... x_{count-1} by matrix powers from (x_1, x_0)."""
    first = (1 - eta * curvature * (1 + beta if name == "nesterov" else 1)) * x0
    pair, matrix = np.array([first, x0]), _matrix(name, eta, beta, curvature)
    return np.array([(np.linalg.matrix_power(matrix, k) @ pair)[1] for k in range(count)])
