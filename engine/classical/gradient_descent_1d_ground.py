"""The ground of descent on a line: the function over a stretch, the valley nearest to the start and its ridges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.classical.jets import differentiate
from engine.core import Array

if TYPE_CHECKING:
    from engine.classical.gradient_descent_1d import Params

FORMULAS = {"quartic": "x**4/4", "two_wells": "(x**2 - 1)**2/4", "wavy": "x**2/8 + cos(4*x)/4"}
REACH = {"bowl": 4.0, "quartic": 3.0, "two_wells": 2.0, "wavy": 4.0, "typed": 4.0}


@dataclass(frozen=True)
class Ground:
    """The function over the stretch that is shown, and its lowest point there."""

    x: Array                # (nodes,)
    f: Array                # (nodes,); NaN where it is undefined
    valley: float           # the minimum nearest to where the walk began
    lowest: float           # f there
    bend: float             # f'' there
    ridges: tuple[float, float]     # the nearest tops left and right of it; infinite where there is none


def value_and_slope(text: str, x: float) -> tuple[float, float]:
    """f and f' at one point, exact to rounding."""
    jet = differentiate(text, x, 0.0)
    return float(jet.f), float(jet.x)


def ground_of(p: Params) -> Ground:
    """The function where it is shown; its valley is the local minimum reached by walking down from the start."""
    reach = REACH[p.function]
    x = np.linspace(-max(reach, abs(p.start)), max(reach, abs(p.start)), 801)
    jet = differentiate(p.text(), x, np.zeros_like(x))
    f = np.where(np.isfinite(jet.f), jet.f, np.nan)
    at = int(np.argmin(np.abs(x - p.start)))
    filled = np.where(np.isfinite(f), f, np.inf)
    while 0 < at < len(x) - 1 and min(filled[at - 1], filled[at + 1]) < filled[at]:
        at += 1 if filled[at + 1] < filled[at - 1] else -1
    valley = _refined(p.text(), float(x[at]), float(x[1] - x[0]))
    found = differentiate(p.text(), valley, 0.0)
    bend = float(found.xx) if np.isfinite(found.xx) else 0.0
    return Ground(x, f, valley, float(found.f) if np.isfinite(found.f) else 0.0, bend,
                  _ridges(x, f, valley))


def _ridges(x: Array, f: Array, valley: float) -> tuple[float, float]:
    """The nearest local maxima on either side, by the nodes; a walk beyond one of them has left the valley."""
    inner = (f[1:-1] > f[:-2]) & (f[1:-1] >= f[2:])
    tops = x[1:-1][inner]
    left, right = tops[tops < valley], tops[tops > valley]
    return (float(left[-1]) if len(left) else -np.inf, float(right[0]) if len(right) else np.inf)


def _refined(text: str, x: float, room: float) -> float:
    """Newton's method on f' from a grid point, kept within a cell of it."""
    best = x
    for _ in range(30):
        jet = differentiate(text, best, 0.0)
        if not np.isfinite(jet.xx) or abs(jet.xx) < 1e-12:
            break
        best = float(np.clip(best - jet.x / jet.xx, x - room, x + room))
    return best
