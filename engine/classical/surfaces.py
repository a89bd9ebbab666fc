"""The loss surfaces that optimisers walk on: textbook functions with derivatives by hand, and any typed formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from engine.classical.jets import Jet, differentiate
from engine.core import Array

At = Callable[[Any, Any], Jet]
NODES = 97                      # of the grid on which a typed formula's minima are first looked for, a side
MOST_MINIMA = 200


@dataclass(frozen=True)
class Surface:
    """A loss f(x, y) with derivatives, the window it is shown in, and the minima that lie there.

    One that is met in turns has, besides its mean f, a cycle of `turns`: what each adds to f_x; and walks stay in `walls`.
    """

    name: str
    at: At
    window: tuple[float, float, float, float]       # x low, x high, y low, y high
    known_minima: tuple[tuple[float, float], ...] = ()
    turns: tuple[float, ...] = (0.0,)
    walls: tuple[float, float] | None = None        # x low, x high

    def jet(self, points: Array) -> Jet:
        """Loss, gradient and Hessian at points (..., 2)."""
        with np.errstate(all="ignore"):
            return self.at(points[..., 0], points[..., 1])

    def turn(self, step: int) -> Array:
        """What the loss met at that step adds to the gradient of the mean, (2,)."""
        return np.array([self.turns[step % len(self.turns)], 0.0])

    def within(self, points: Array) -> Array:
        """The points, or the nearest to them between the walls, (..., 2)."""
        if self.walls is None:
            return points
        return np.stack([np.clip(points[..., 0], *self.walls), points[..., 1]], axis=-1)

    def losses(self, points: Array) -> Array:
        """The loss alone, (...)."""
        return np.asarray(self.jet(points).f, np.float64)

    def minima(self) -> Array:
        """Local minima within the window, the lowest first, (k, 2)."""
        found = np.array(self.known_minima).reshape(-1, 2) if self.known_minima else find_minima(self)
        return found[np.argsort(self.losses(found), kind="stable")]     # a copy: what is kept stays as it is


def bowl(kappa: float, x: Any, y: Any) -> Jet:
    """Curvature 1 across and 1 / kappa along: the Hessian's condition number is kappa everywhere."""
    return Jet(0.5 * (x * x / kappa + y * y), x / kappa, y, 1 / kappa, 0.0, 1.0)


def saddle(x: Any, y: Any) -> Jet:
    """A pass at the origin between two wells at (0, 1) and (0, -1)."""
    return Jet(0.5 * (x * x - y * y) + 0.25 * y**4, x, y**3 - y, 1.0, 0.0, 3 * y * y - 1)


def rosenbrock(x: Any, y: Any) -> Jet:
    """A curved valley; its floor falls gently to (1, 1)."""
    rise = y - x * x
    return Jet((1 - x) ** 2 + 100 * rise**2, -2 * (1 - x) - 400 * x * rise, 200 * rise,
               2 - 400 * rise + 800 * x * x, -400 * x, 200.0)


def himmelblau(x: Any, y: Any) -> Jet:
    """Four equal minima."""
    a, b = x * x + y - 11, x + y * y - 7
    return Jet(a * a + b * b, 4 * x * a + 2 * b, 2 * a + 4 * y * b,
               4 * a + 8 * x * x + 2, 4 * x + 4 * y, 2 + 4 * b + 8 * y * y)


def rastrigin(x: Any, y: Any) -> Jet:
    """A bowl under an egg box: a local minimum near every whole point, the lowest at the origin."""
    turn = 2 * np.pi
    value = 20 + x * x + y * y - 10 * (np.cos(turn * x) + np.cos(turn * y))
    return Jet(value, 2 * x + 10 * turn * np.sin(turn * x), 2 * y + 10 * turn * np.sin(turn * y),
               2 + 10 * turn**2 * np.cos(turn * x), 0.0, 2 + 10 * turn**2 * np.cos(turn * y))


def kinked(x: Any, y: Any) -> Jet:
    """Convex and smooth, curvature 25, then 1 for 1 < x < 2, then 25 again: Lessard, Recht and Packard (2016), 4.6."""
    middle, right = (x >= 1) & (x < 2), x >= 2
    value = np.where(right, 12.5 * x * x - 24 * x + 36, np.where(middle, 0.5 * x * x + 24 * x - 12, 12.5 * x * x))
    slope = np.where(right, 25 * x - 24, np.where(middle, x + 24, 25 * x))
    return Jet(value + 0.5 * y * y, slope, y, np.where(middle, 1.0, 25.0), 0.0, 1.0)


STEEP = 3.0                     # Reddi's C: every third loss is C x, the others -x, so that their mean rises to the right


def reddi(x: Any, y: Any) -> Jet:
    """The mean of losses met in turns, C x, -x, -x, on [-1, 1]: Reddi, Kale and Kumar (2018), theorem 1; and a trough in y."""
    slope = (STEEP - 2) / 3
    return Jet(slope * (x + 1) + 0.5 * y * y, slope + 0 * x, y, 0.0, 0.0, 1.0)


NAMED = {
    "saddle": Surface("saddle", saddle, (-3.4, 3.4, -1.9, 1.9), ((0.0, 1.0), (0.0, -1.0))),
    "rosenbrock": Surface("rosenbrock", rosenbrock, (-2.0, 2.0, -1.0, 3.0), ((1.0, 1.0),)),
    "himmelblau": Surface("himmelblau", himmelblau, (-6.0, 6.0, -6.0, 6.0)),
    "rastrigin": Surface("rastrigin", rastrigin, (-5.12, 5.12, -5.12, 5.12)),
    "kinked": Surface("kinked", kinked, (-3.4, 4.2, -1.9, 1.9), ((0.0, 0.0),)),
    "reddi": Surface("reddi", reddi, (-1.3, 1.3, -0.75, 0.75), ((-1.0, 0.0),),
                     (STEEP - (STEEP - 2) / 3, *(-1 - (STEEP - 2) / 3,) * 2), (-1.0, 1.0)),
}
SURFACES = ("bowl", *NAMED, "typed")


@lru_cache(maxsize=64)
def surface(name: str, *, kappa: float = 24.0, function: str = "x**2 + y**2", half_width: float = 4.0) -> Surface:
    """The surface of that name; `kappa` shapes the bowl, `function` and `half_width` the typed one."""
    if name == "bowl":
        return Surface(name, partial(bowl, kappa), (-10.6, 3.8, -2.7, 2.7), ((0.0, 0.0),))
    if name == "typed":
        return Surface(f"typed {function}", partial(differentiate, function), (-half_width, half_width) * 2)
    return NAMED[name]


@lru_cache(maxsize=32)
def grid_of(window: tuple[float, float, float, float], columns: int, rows: int) -> Array:
    """Nodes spanning the window, (rows, columns, 2)."""
    x, y = np.meshgrid(np.linspace(*window[:2], columns), np.linspace(*window[2:], rows))
    return np.stack([x, y], axis=-1)


@lru_cache(maxsize=64)
def find_minima(s: Surface) -> Array:
    """Nodes lower than their eight neighbours, walked down to the bottom, each bottom once, (k, 2)."""
    nodes = grid_of(s.window, NODES, NODES)
    losses = s.losses(nodes)
    losses = np.where(np.isfinite(losses), losses, np.inf)
    inner = losses[1:-1, 1:-1]
    around = [losses[1 + i:NODES - 1 + i, 1 + j:NODES - 1 + j] for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    lowest = np.all([inner < other for other in around], axis=0)
    starts = nodes[1:-1, 1:-1][lowest]
    starts = starts[np.argsort(inner[lowest], kind="stable")][:MOST_MINIMA]
    if not len(starts):
        return np.zeros((0, 2))
    width = s.window[1] - s.window[0]
    ends = _polished(s, _downhill(s, starts))
    return _distinct(ends[_is_bottom(s, ends, width)], 1e-4 * width)


def _downhill(s: Surface, points: Array) -> Array:
    """Compass search: go to the lowest of eight neighbours, or halve the stride where none is lower."""
    stride = np.full((len(points), 1), (s.window[1] - s.window[0]) / (NODES - 1))
    compass = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)], float)     # (9, 2), itself in the middle
    for _ in range(60):
        around = points[:, None] + stride[:, None] * compass                         # (k, 9, 2)
        losses = s.losses(around)
        best = np.argmin(np.where(np.isfinite(losses), losses, np.inf), axis=1)
        stride = np.where(best[:, None] == 4, stride / 2, stride)
        points = np.take_along_axis(around, best[:, None, None], axis=1)[:, 0]
    return points


def _polished(s: Surface, points: Array) -> Array:
    """Levenberg steps, (H + damping)^-1 g, each kept where it does not climb: down curved valleys to the last digit."""
    damping = np.full(len(points), 1e-3)
    losses = s.losses(points)
    for _ in range(60):
        here = s.jet(points)
        hessian = here.hessian()
        scale = np.abs(hessian).max(axis=(1, 2)) * damping
        with np.errstate(all="ignore"):
            moved = points - newton_step(here.gradient(), hessian + scale[:, None, None] * np.eye(2))
        there = s.jet(np.where(np.isfinite(moved), moved, points))
        less = np.hypot(*there.gradient().T) < np.hypot(*here.gradient().T)
        better = np.isfinite(moved).all(axis=1) & ((there.f < losses) | ((there.f == losses) & less))
        points, losses = np.where(better[:, None], moved, points), np.where(better, there.f, losses)
        damping = np.clip(np.where(better, damping / 8, damping * 4), 1e-16, 1e6)
    return points


def _is_bottom(s: Surface, points: Array, width: float) -> Array:
    """Which points are minima: inside the window, and the gradient vanishes, or jumps as it does at a kink."""
    x0, x1, y0, y1 = s.window
    inside = (points[:, 0] > x0) & (points[:, 0] < x1) & (points[:, 1] > y0) & (points[:, 1] < y1)
    slope = np.hypot(*s.jet(points).gradient().T)
    beside = [s.jet(points + np.array(d) * 1e-6 * width).gradient() for d in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    jump = np.maximum(np.hypot(*(beside[0] - beside[1]).T), np.hypot(*(beside[2] - beside[3]).T))
    return np.asarray(inside & ((slope < 1e-7) | (jump > 0.3 * slope)))


def _distinct(points: Array, apart: float) -> Array:
    """The points without those that lie within `apart` of an earlier one."""
    kept: list[Array] = []
    for point in points:
        if all(np.abs(point - other).max() > apart for other in kept):
            kept.append(point)
    return np.array(kept).reshape(-1, 2)


def newton_step(gradient: Array, hessian: Array) -> Array:
    """H^-1 g by Cramer's rule, (..., 2); not finite where H is singular."""
    a, b, c = hessian[..., 0, 0], hessian[..., 0, 1], hessian[..., 1, 1]
    determinant = a * c - b * b
    gx, gy = gradient[..., 0], gradient[..., 1]
    return np.stack([(c * gx - b * gy) / determinant, (a * gy - b * gx) / determinant], axis=-1)
