"""A jet carries a function of (x, y) with its first and second derivatives, so that a formula differentiates itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from engine.core import Array
from engine.core.expression import formula


@dataclass(frozen=True, eq=False)
class Jet:
    """Value and derivatives at one point, or at many: six floats, or six arrays that broadcast together.

    Exact to rounding: every operation applies its own rule of calculus, nothing is a finite difference.
    """

    f: Any
    x: Any = 0.0
    y: Any = 0.0
    xx: Any = 0.0
    xy: Any = 0.0
    yy: Any = 0.0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """numpy calls this for np.sin(jet), np.add(jet, 1.0) and the like."""
        rule = rules().get(ufunc)
        if rule is None or method != "__call__" or options:
            return NotImplemented
        return rule(*(value if isinstance(value, Jet) else Jet(value) for value in inputs))

    def gradient(self) -> Array:
        """(f_x, f_y), (..., 2)."""
        return np.stack(np.broadcast_arrays(self.f, self.x, self.y)[1:], axis=-1).astype(np.float64)

    def hessian(self) -> Array:
        """The second derivatives, (..., 2, 2)."""
        _, xx, xy, yy = np.broadcast_arrays(self.f, self.xx, self.xy, self.yy)
        return np.stack([np.stack([xx, xy], -1), np.stack([xy, yy], -1)], axis=-2).astype(np.float64)


def differentiate(text: str, x: Any, y: Any, name: str = "function") -> Jet:
    """The typed formula in x and y, with its derivatives, at points x, y (floats or arrays of one shape)."""
    scope = {"x": Jet(np.asarray(x, np.float64), 1.0), "y": Jet(np.asarray(y, np.float64), 0.0, 1.0)}
    with np.errstate(all="ignore"):
        found = formula(text, ("x", "y"), name)(scope)
    found = found if isinstance(found, Jet) else Jet(found)
    return Jet(np.broadcast_to(found.f, np.shape(x)), found.x, found.y, found.xx, found.xy, found.yy)


def chained(a: Jet, f: Any, f1: Any, f2: Any) -> Jet:
    """The chain rule: outer function with value f, slope f1 and curvature f2 at a."""
    return Jet(f, f1 * a.x, f1 * a.y,
               f1 * a.xx + f2 * a.x * a.x, f1 * a.xy + f2 * a.x * a.y, f1 * a.yy + f2 * a.y * a.y)


def plus(a: Jet, b: Jet) -> Jet:
    """The sum rule."""
    return Jet(a.f + b.f, a.x + b.x, a.y + b.y, a.xx + b.xx, a.xy + b.xy, a.yy + b.yy)


def scaled(a: Jet, by: Any) -> Jet:
    """a times a number."""
    return Jet(a.f * by, a.x * by, a.y * by, a.xx * by, a.xy * by, a.yy * by)


def minus(a: Jet, b: Jet) -> Jet:
    """a - b."""
    return plus(a, scaled(b, -1.0))


def times(a: Jet, b: Jet) -> Jet:
    """The product rule, twice."""
    return Jet(a.f * b.f, a.x * b.f + a.f * b.x, a.y * b.f + a.f * b.y,
               a.xx * b.f + 2 * a.x * b.x + a.f * b.xx,
               a.xy * b.f + a.x * b.y + a.y * b.x + a.f * b.xy,
               a.yy * b.f + 2 * a.y * b.y + a.f * b.yy)


def over(a: Jet, b: Jet) -> Jet:
    """The quotient rule, as a times 1/b."""
    return times(a, chained(b, 1 / b.f, -1 / b.f**2, 2 / b.f**3))


def power(a: Jet, b: Jet) -> Jet:
    """a ** b; where b is a plain number a may be negative, as in x**3."""
    if _is_number(b):
        n = b.f
        return chained(a, np.power(a.f, n), _term(n, a.f, n - 1), _term(n * (n - 1), a.f, n - 2))
    return EXP(times(b, LOG(a)))


def _is_number(a: Jet) -> bool:
    return all(np.ndim(part) == 0 and part == 0 for part in (a.x, a.y, a.xx, a.xy, a.yy)) and np.ndim(a.f) == 0


def _term(coefficient: Any, base: Any, exponent: Any) -> Any:
    """coefficient * base ** exponent, 0 where the coefficient is: x**1 has no curvature even at x = 0."""
    return coefficient * np.power(base, exponent) if coefficient else 0.0


def remainder(a: Jet, b: Jet) -> Jet:
    """a % b, differentiated between its jumps."""
    return minus(a, scaled(b, np.floor(a.f / b.f)))


def chosen(first: Any, a: Jet, b: Jet) -> Jet:
    """a where `first`, else b: minimum and maximum."""
    return Jet(*(np.where(first, getattr(a, part), getattr(b, part)) for part in ("f", "x", "y", "xx", "xy", "yy")))


def unary(f: Callable[[Any], Any], f1: Callable[[Any], Any], f2: Callable[[Any], Any]) -> Callable[[Jet], Jet]:
    """The rule of a function of one variable, from its slope and curvature."""
    return lambda a: chained(a, f(a.f), f1(a.f), f2(a.f))


def flat(f: Callable[[Any], Any]) -> Callable[[Jet], Jet]:
    """A function of steps: no slope between its jumps."""
    return lambda a: Jet(f(a.f), *(0.0 * part for part in (a.x, a.y, a.xx, a.xy, a.yy)))


def logarithm(base: float) -> Callable[[Jet], Jet]:
    """The logarithm to a base."""
    scale = 1 / np.log(base)
    return unary(lambda v: np.log(v) * scale, lambda v: scale / v, lambda v: -scale / v**2)


EXP = unary(np.exp, np.exp, np.exp)
LOG = logarithm(float(np.e))


@cache
def rules() -> dict[Any, Callable[..., Jet]]:
    """How each function that may be typed acts on jets."""
    def tanh1(v: Any) -> Any:
        return 1 - np.tanh(v) ** 2

    def tan1(v: Any) -> Any:
        return 1 + np.tan(v) ** 2

    return {
        np.add: plus, np.subtract: minus, np.multiply: times, np.divide: over, np.power: power, np.remainder: remainder,
        np.negative: lambda a: scaled(a, -1.0),
        np.exp: EXP, np.log: LOG, np.log2: logarithm(2), np.log10: logarithm(10),
        np.sqrt: unary(np.sqrt, lambda v: 0.5 / np.sqrt(v), lambda v: -0.25 / np.sqrt(v) ** 3),
        np.sin: unary(np.sin, np.cos, lambda v: -np.sin(v)),
        np.cos: unary(np.cos, lambda v: -np.sin(v), lambda v: -np.cos(v)),
        np.tan: unary(np.tan, tan1, lambda v: 2 * np.tan(v) * tan1(v)),
        np.arcsin: unary(np.arcsin, lambda v: (1 - v * v) ** -0.5, lambda v: v * (1 - v * v) ** -1.5),
        np.arccos: unary(np.arccos, lambda v: -((1 - v * v) ** -0.5), lambda v: -v * (1 - v * v) ** -1.5),
        np.arctan: unary(np.arctan, lambda v: 1 / (1 + v * v), lambda v: -2 * v / (1 + v * v) ** 2),
        np.sinh: unary(np.sinh, np.cosh, np.sinh), np.cosh: unary(np.cosh, np.sinh, np.cosh),
        np.tanh: unary(np.tanh, tanh1, lambda v: -2 * np.tanh(v) * tanh1(v)),
        np.absolute: lambda a: scaled(a, np.where(a.f < 0, -1.0, 1.0)),
        np.sign: flat(np.sign), np.floor: flat(np.floor), np.ceil: flat(np.ceil),
        np.minimum: lambda a, b: chosen(a.f <= b.f, a, b), np.maximum: lambda a, b: chosen(a.f >= b.f, a, b),
    }
