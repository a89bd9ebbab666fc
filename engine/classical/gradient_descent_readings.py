"""What is read off the optimisers at a step: the followed one in full, and why a number is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from engine.classical import rates
from engine.classical.gradient_descent_walk import Ground, Walker
from engine.classical.optimisers import PLAIN, Settings
from engine.classical.surfaces import Surface
from engine.core import Array, Named, Run

N = TypeVar("N", int, float)

ARRIVED = 0.01                  # a path has arrived once this much of its first distance to the minimum is left
WINDOW = 10                     # steps over which the rate is measured
ROUNDING = 1e-13                # distances below are rounding, not progress


class Readings:
    """The numbers of a run, step by step; it remembers the phase, the arrival and the first gradient."""

    def __init__(self, followed: str, settings: Settings, s: Surface, ground: Ground, run: Run) -> None:
        self.followed, self.settings, self.surface, self.ground, self.run = followed, settings, s, ground, run
        self.phase = "fall"
        self.arrived: int | None = None
        self.first_gradient = 0.0
        self.first_distance: float | None = None
        self.curvatures: Array | None = None        # at the minimum nearest to the followed optimiser, ascending

    def of_all(self, walkers: Sequence[Walker]) -> tuple[Named, Named]:
        """Losses and distances to the nearest global minimum, by optimiser."""
        names = tuple(w.name for w in walkers)
        losses = tuple(self._or_why(f"losses.{w.name}", None if w.lost else w.loss, "diverged") for w in walkers)
        return Named(names, losses), Named(names, tuple(self._distance(f"distances.{w.name}", w) for w in walkers))

    def of_followed(self, walkers: Sequence[Walker], step: int) -> dict[str, Any]:
        """The followed optimiser's numbers, by the names that a frame gives them."""
        w = next(w for w in walkers if w.name == self.followed)
        if w.lost:
            self.phase = "lost"
            found: dict[str, Any] = dict.fromkeys(("loss", "gradient_norm", "distance", "x", "y", "direction_x",
                                                   "direction_y", "condition", "stable_rate", "rate"))
            for metric in found:
                self.run.note(metric, "diverged")
        else:
            found = self._where_it_stands(w, step)
        return {**found, "eta": w.optimiser.rate, "arrived": self._or_why("arrived", self.arrived, "not_arrived"),
                "rate_theory": self._theory(), **self._best(), "phase": self.phase}

    def _or_why(self, metric: str, value: N | None, reason: str) -> N | None:
        """The value; where it is missing or no number, None, and the reason is noted."""
        if value is None or not math.isfinite(value):
            self.run.note(metric, reason)
            return None
        return value

    def _distance(self, metric: str, w: Walker) -> float | None:
        if w.lost:
            self.run.note(metric, "diverged")
            return None
        near = nearest(self.ground.goals, w.theta)
        return self._or_why(metric, None if near is None else near[1], "no_minimum")

    def _where_it_stands(self, w: Walker, step: int) -> dict[str, Any]:
        here = self.surface.jet(w.theta)
        norm = float(np.hypot(*here.gradient()))
        distance = self._distance("distance", w)
        self._follow_phase(norm, step)
        self.first_distance = distance if step == 0 else self.first_distance
        if self.arrived is None and distance is not None and distance <= ARRIVED * (self.first_distance or 0.0):
            self.arrived = step
        minimum = nearest(self.ground.minima, w.theta)
        at = None if minimum is None else self.ground.minima[minimum[0]]
        self.curvatures = None if at is None else np.linalg.eigvalsh(self.surface.jet(at).hessian())
        ahead = (None, None) if w.direction is None else w.direction.tolist()
        return {
            "loss": w.loss, "gradient_norm": self._or_why("gradient_norm", norm, "diverged"), "distance": distance,
            "x": float(w.theta[0]), "y": float(w.theta[1]),
            "direction_x": self._or_why("direction_x", ahead[0], "diverged"),
            "direction_y": self._or_why("direction_y", ahead[1], "diverged"),
            **self._curvature(here.hessian()), "rate": self._measured(w, at),
        }

    def _curvature(self, hessian: Array) -> dict[str, Any]:
        """Condition number and the largest stable rate of plain descent, of the Hessian where it stands."""
        low, high = np.linalg.eigvalsh(hessian) if np.isfinite(hessian).all() else (math.nan, math.nan)
        small, large = sorted((abs(low), abs(high)))
        return {"condition": self._or_why("condition", float(large / small) if small > 1e-12 * large else None, "flat"),
                "stable_rate": self._or_why("stable_rate", float(2 / high) if high > 0 else None, "curves_down")}

    def _follow_phase(self, norm: float, step: int) -> None:
        """Falling until a quarter of the first gradient is left, along the floor until a fiftieth, then settling."""
        self.first_gradient = norm if step == 0 else self.first_gradient
        if self.phase == "fall" and norm < 0.25 * self.first_gradient:
            self.phase = "along"
        if self.phase == "along" and norm < 0.02 * self.first_gradient:
            self.phase = "settle"

    def _measured(self, w: Walker, minimum: Array | None) -> float | None:
        """Geometric mean of the error's factor a step over the last WINDOW steps, to the nearest local minimum."""
        back = min(WINDOW, w.count - 1)
        if minimum is None or back == 0:
            self.run.note("rate", "no_minimum" if minimum is None else "first_step")
            return None
        now, then = (float(np.hypot(*(w.points[w.count - 1 - k] - minimum))) for k in (0, back))
        known = min(now, then) > ROUNDING
        return self._or_why("rate", (now / then) ** (1 / back) if known else None, "at_minimum")

    def _theory(self) -> float | None:
        """Spectral radius of the followed method's step at the minimum."""
        if self.curvatures is None or self.curvatures[0] <= 0:
            self.run.note("rate_theory", "no_minimum")
            return None
        found = rates.rate(self.followed, self.settings, self.curvatures)
        return self._or_why("rate_theory", found, "not_linear")

    def _best(self) -> dict[str, Any]:
        """The least rate that its settings could reach for those curvatures, and the settings, in its convention."""
        names, found = ("best_rate", "best_learning_rate", "best_momentum"), self.curvatures
        if found is None or found[0] <= 0 or self.followed not in PLAIN:
            for name in names:
                self.run.note(name, "no_minimum" if found is None or found[0] <= 0 else "not_linear")
            return dict.fromkeys(names)
        best = rates.best(self.followed, float(found[0]), float(found[1]))
        share = rates.share(self.followed, best.momentum, self.settings.convention)
        return dict(zip(names, (best.rate, best.learning_rate / share, best.momentum), strict=True))


def nearest(places: Array, point: Array) -> tuple[int, float] | None:
    """(index, distance) of the nearest of some places, (k, 2); None where there is none."""
    if not len(places):
        return None
    gaps = np.hypot(*(places - point).T)
    best = int(np.argmin(gaps))
    return best, float(gaps[best])
