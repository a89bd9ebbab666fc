"""How fast gradient methods shrink the error near a minimum: exact, from the eigenvalues of the Hessian there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.classical.optimisers import Settings
from engine.core import Array


@dataclass(frozen=True)
class Best:
    """The settings that shrink the error fastest on a quadratic with curvatures mu to L, in torch's convention."""

    learning_rate: float
    momentum: float
    rate: float


def best(method: str, mu: float, largest: float) -> Best:
    """The optimum of plain descent (2 / (L + mu)), of the heavy ball (Polyak 1964) and of Nesterov (1/L)."""
    root = math.sqrt(largest / mu)
    if method == "momentum":
        rate = (root - 1) / (root + 1)
        return Best(4 / (math.sqrt(largest) + math.sqrt(mu)) ** 2, rate**2, rate)
    if method == "nesterov":
        return Best(1 / largest, (root - 1) / (root + 1), 1 - 1 / root)
    return Best(2 / (largest + mu), 0.0, (largest - mu) / (largest + mu))


def share(method: str, momentum: float, convention: str) -> float:
    """What a convention multiplies each gradient by: 1 - beta where it averages them, 1 where it adds them up."""
    return 1 - momentum if method in ("momentum", "nesterov") and convention in ("average", "dampened") else 1.0


def torch_rate(method: str, settings: Settings) -> float:
    """The learning rate with which torch's own convention takes the same path."""
    return settings.learning_rate * share(method, settings.momentum, settings.convention)


def radius(method: str, eta: Any, beta: Any, curvature: Any) -> Array:
    """Spectral radius of one step on curvature * x^2 / 2 with torch's eta and beta: the error's factor in the long run.

    The step takes (x_t, x_{t-1}) to (x_{t+1}, x_t); its eigenvalues are the roots of z^2 - trace z + product.
    """
    shrunk = 1 - np.asarray(eta, np.float64) * curvature
    if method not in ("momentum", "nesterov"):
        return np.asarray(np.abs(shrunk))
    ahead = shrunk if method == "nesterov" else 1.0
    trace, product = shrunk + beta * ahead, beta * ahead
    gap = trace**2 - 4 * product
    largest = np.where(gap < 0, np.sqrt(np.abs(product)), (np.abs(trace) + np.sqrt(np.abs(gap))) / 2)
    return np.asarray(largest)


def rate(method: str, settings: Settings, curvatures: Array) -> float | None:
    """The error's factor a step in the long run near a minimum with these curvatures; None for adaptive methods."""
    if method == "newton":
        return abs(1 - settings.newton_rate)
    if method not in ("gd", "sgd", "momentum", "nesterov"):
        return None
    eta, beta = torch_rate(method, settings), settings.momentum
    return float(radius(method, eta, beta, np.asarray(curvatures) + settings.weight_decay).max())
