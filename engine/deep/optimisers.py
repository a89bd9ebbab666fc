"""Seven optimisers over lists of arrays; names, constants and the order of operations are those of torch.optim."""

from __future__ import annotations

from typing import Literal

import numpy as np

from engine.core import Array

OptimiserName = Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
BETA, ALPHA, BETA1, BETA2, EPSILON = 0.9, 0.99, 0.9, 0.999, 1e-8


class Optimiser:
    """Plain stochastic gradient descent, and the base of the others."""

    decoupled = False           # AdamW takes the L2 penalty off the weights itself

    def __init__(self) -> None:
        self.count = 0

    def step(self, weights: list[Array], slopes: list[Array], rate: float) -> list[Array]:
        """New weights; the old arrays are left as they are."""
        self.count += 1
        return [w - rate * self.direction(n, g) for n, (w, g) in enumerate(zip(weights, slopes, strict=True))]

    def direction(self, n: int, g: Array) -> Array:
        """What is subtracted, times the rate, from array number n."""
        return g


class Momentum(Optimiser):
    """A decaying sum of past gradients."""

    ahead = False

    def __init__(self) -> None:
        super().__init__()
        self.sums: dict[int, Array] = {}

    def direction(self, n: int, g: Array) -> Array:
        self.sums[n] = BETA * self.sums.get(n, 0.0) + g
        return g + BETA * self.sums[n] if self.ahead else self.sums[n]


class Nesterov(Momentum):
    """Momentum that looks a step ahead."""

    ahead = True


class AdaGrad(Optimiser):
    """Each slope over the root of the sum of its squares so far: steps only ever shorten."""

    def __init__(self) -> None:
        super().__init__()
        self.squares: dict[int, Array] = {}

    def direction(self, n: int, g: Array) -> Array:
        self.squares[n] = self.squares.get(n, 0.0) + g * g
        return np.asarray(g / (np.sqrt(self.squares[n]) + 1e-10))


class RMSProp(AdaGrad):
    """As AdaGrad, but old squares fade."""

    def direction(self, n: int, g: Array) -> Array:
        self.squares[n] = ALPHA * self.squares.get(n, 0.0) + (1 - ALPHA) * g * g
        return np.asarray(g / (np.sqrt(self.squares[n]) + EPSILON))


class Adam(Optimiser):
    """Momentum over RMSProp, both corrected for having begun at 0."""

    def __init__(self) -> None:
        super().__init__()
        self.means: dict[int, Array] = {}
        self.squares: dict[int, Array] = {}

    def direction(self, n: int, g: Array) -> Array:
        self.means[n] = BETA1 * self.means.get(n, 0.0) + (1 - BETA1) * g
        self.squares[n] = BETA2 * self.squares.get(n, 0.0) + (1 - BETA2) * g * g
        mean = self.means[n] / (1 - BETA1**self.count)
        square = self.squares[n] / (1 - BETA2**self.count)
        return np.asarray(mean / (np.sqrt(square) + EPSILON))


class AdamW(Adam):
    """Adam whose decay pulls on the weights themselves, and is not divided by the root of the squares."""

    decoupled = True


OPTIMISERS: dict[str, type[Optimiser]] = {
    "sgd": Optimiser, "momentum": Momentum, "nesterov": Nesterov, "adagrad": AdaGrad, "rmsprop": RMSProp, "adam": Adam,
    "adamw": AdamW,
}
