"""Nine ways to turn gradients into steps: each is theta - rate * direction, and differs in the direction alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.classical.surfaces import newton_step
from engine.core import Array

Convention = Literal["average", "torch", "dampened", "sutskever"]
METHODS = ("gd", "momentum", "nesterov", "rmsprop", "adam", "newton", "sgd", "adagrad", "adamw")
PLAIN = ("gd", "sgd", "momentum", "nesterov")       # their rate multiplies a gradient: it must stay below 2 / L
ADAPTIVE = ("adagrad", "rmsprop", "adam", "adamw")  # their rate is a length: the gradient's size is divided out


@dataclass(frozen=True)
class Settings:
    """What the methods are told; names and meanings are those of torch.optim where it has them."""

    learning_rate: float = 0.1
    adaptive_rate: float = 0.1
    newton_rate: float = 1.0
    momentum: float = 0.9
    beta2: float = 0.999
    weight_decay: float = 0.0
    amsgrad: bool = False           # of adam and adamw
    convention: Convention = "average"

    def rate(self, method: str) -> float:
        """The learning rate that a method goes by."""
        if method == "newton":
            return self.newton_rate
        return self.adaptive_rate if method in ADAPTIVE else self.learning_rate


class Optimiser:
    """Plain gradient descent, and the base of the others. Points have shape (..., 2): one start, or many at once."""

    decoupled = False           # weight decay is part of the loss, except in AdamW

    def __init__(self, settings: Settings, rate: float) -> None:
        self.settings, self.rate = settings, rate

    def asks(self, theta: Array) -> Array:
        """The point at which the next gradient is wanted: where it stands, save for one form of Nesterov."""
        return theta

    def direction(self, theta: Array, gradient: Array, hessian: Array) -> Array:
        """d of theta - rate * d, from the gradient (..., 2) and Hessian (..., 2, 2) at the point asked for."""
        decay = self.settings.weight_decay
        if not decay:
            return self.turn(gradient, hessian)
        if self.decoupled:
            return self.turn(gradient, hessian) + decay * theta
        return self.turn(gradient + decay * theta, hessian + decay * np.eye(2))

    def turn(self, g: Array, hessian: Array) -> Array:
        """The method itself: a gradient (and Hessian) into a direction."""
        return g


class Momentum(Optimiser):
    """Polyak's heavy ball: the direction is a decaying sum, or average, of past gradients."""

    buffer: Array | None = None

    def remember(self, g: Array) -> Array:
        """Add a gradient to the buffer, by the convention asked for."""
        beta, convention = self.settings.momentum, self.settings.convention
        share = 1 - beta if convention in ("average", "dampened") else 1.0
        if self.buffer is None:                     # torch's dampening leaves the first gradient whole
            self.buffer = g if convention == "dampened" else share * g
        else:
            self.buffer = beta * self.buffer + share * g
        return self.buffer

    def turn(self, g: Array, hessian: Array) -> Array:
        return self.remember(g)


class Nesterov(Momentum):
    """Momentum that looks ahead. torch keeps the point looked ahead to; Sutskever's form keeps the point itself."""

    def remember(self, g: Array) -> Array:
        """As momentum's; torch refuses dampening here, so 'dampened' averages."""
        beta, averaged = self.settings.momentum, self.settings.convention in ("average", "dampened")
        fresh = (1 - beta) * g if averaged else g
        self.buffer = fresh if self.buffer is None else beta * self.buffer + fresh
        return fresh

    def asks(self, theta: Array) -> Array:
        if self.settings.convention != "sutskever" or self.buffer is None:
            return theta
        return theta - self.rate * self.settings.momentum * self.buffer

    def turn(self, g: Array, hessian: Array) -> Array:
        fresh = self.remember(g)
        assert self.buffer is not None
        return self.buffer if self.settings.convention == "sutskever" else fresh + self.settings.momentum * self.buffer


class AdaGrad(Optimiser):
    """Each coordinate divided by the root of the sum of all its squared gradients: steps only ever shorten."""

    total: Array | float = 0.0

    def turn(self, g: Array, hessian: Array) -> Array:
        self.total = self.total + g * g
        return g / (np.sqrt(self.total) + 1e-10)


class RMSProp(Optimiser):
    """As AdaGrad, but old gradients fade. The average starts at 0 uncorrected, so first steps are long."""

    square: Array | float = 0.0

    def turn(self, g: Array, hessian: Array) -> Array:
        beta2 = self.settings.beta2
        self.square = beta2 * self.square + (1 - beta2) * g * g
        return g / (np.sqrt(self.square) + 1e-8)


class Adam(Optimiser):
    """Momentum over RMSProp, both corrected for having started at 0. AMSGrad divides by the largest square so far."""

    mean: Array | float = 0.0
    square: Array | float = 0.0
    most: Array | float = 0.0
    count = 0

    def turn(self, g: Array, hessian: Array) -> Array:
        beta1, beta2 = self.settings.momentum, self.settings.beta2
        self.count += 1
        self.mean = beta1 * self.mean + (1 - beta1) * g
        self.square = beta2 * self.square + (1 - beta2) * g * g
        mean = self.mean / (1 - beta1**self.count)
        self.most = np.maximum(self.most, self.square)
        square = (self.most if self.settings.amsgrad else self.square) / (1 - beta2**self.count)
        return mean / (np.sqrt(square) + 1e-8)


class AdamW(Adam):
    """Adam whose weight decay pulls on the point itself and is not divided by the root of the squares."""

    decoupled = True


class Newton(Optimiser):
    """Solve H d = g: on a quadratic d ends at the minimum, however stretched it is."""

    def turn(self, g: Array, hessian: Array) -> Array:
        with np.errstate(all="ignore"):
            return newton_step(g, hessian)


CLASSES: dict[str, type[Optimiser]] = {
    "gd": Optimiser, "sgd": Optimiser, "momentum": Momentum, "nesterov": Nesterov, "adagrad": AdaGrad,
    "rmsprop": RMSProp, "adam": Adam, "adamw": AdamW, "newton": Newton,
}


def optimiser(method: str, settings: Settings) -> Optimiser:
    """A fresh optimiser of that name ('sgd' is 'gd' fed noisy gradients)."""
    return CLASSES[method](settings, settings.rate(method))
