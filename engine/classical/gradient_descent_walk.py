"""The ground that optimisers walk on, and a walker: one optimiser with where it has been."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.classical.optimisers import Settings, optimiser
from engine.classical.surfaces import Surface, grid_of
from engine.core import Array, BadInput

COLUMNS, ROWS = 161, 101        # nodes of the ground
FARTHEST = 30.0                 # a path is lost beyond so many of the ground's half-diagonals from its middle
HIGHEST = 1e100                 # and above this loss


@dataclass(frozen=True)
class Ground:
    """What all paths run over: losses on a grid, and where the minima are."""

    x: tuple[float, float]
    y: tuple[float, float]
    losses: Array                    # (ROWS, COLUMNS); where the function is undefined, the highest loss
    minima: Array                    # (k, 2), the lowest first
    depths: Array                    # (k,) the loss at each
    floor: float                     # the lowest loss known

    @property
    def goals(self) -> Array:
        """The global minima, (g, 2)."""
        return self.minima[self.depths <= self.floor + 1e-9 * (1 + abs(self.floor))]

    def bounds(self) -> tuple[Array, float]:
        """The middle of the ground, and how far from it a path is lost."""
        middle = np.array([sum(self.x) / 2, sum(self.y) / 2])
        return middle, FARTHEST * 0.5 * math.hypot(self.x[1] - self.x[0], self.y[1] - self.y[0])


def ground_of(s: Surface, start: Array) -> Ground:
    """Losses over the surface's window, widened to hold the start."""
    if not np.isfinite(s.losses(start)):
        raise BadInput(f"start_x={start[0]:g}, start_y={start[1]:g}: the function is undefined there; start elsewhere",
                       "undefined_start", x=float(start[0]), y=float(start[1]))
    x0, x1, y0, y1 = s.window
    room_x, room_y = 0.06 * (x1 - x0), 0.06 * (y1 - y0)
    x = (min(x0, float(start[0]) - room_x), max(x1, float(start[0]) + room_x))
    y = (min(y0, float(start[1]) - room_y), max(y1, float(start[1]) + room_y))
    losses = s.losses(grid_of((*x, *y), COLUMNS, ROWS))
    defined = np.abs(losses) < HIGHEST                     # false where not a number, too
    losses = np.where(defined, losses, losses[defined].max() if defined.any() else 0.0)
    minima = s.minima()
    depths = s.losses(minima)
    return Ground(x, y, losses, minima, depths, float(depths[0] if len(depths) else losses.min()))


class Walker:
    """One optimiser on its way: where it has been, what the loss was there, and whether it is lost."""

    def __init__(self, name: str, settings: Settings, start: Array, loss: float, steps: int) -> None:
        self.name, self.optimiser = name, optimiser(name, settings)
        self.points, self.losses = np.empty((steps + 1, 2)), np.empty(steps + 1)
        self.points[0], self.losses[0] = start, loss
        self.count = 1                # points known
        self.direction: Array | None = None
        self.lost = False

    @property
    def theta(self) -> Array:
        """Where it stands."""
        here: Array = self.points[self.count - 1]
        return here

    @property
    def loss(self) -> float:
        """The loss where it stands."""
        return float(self.losses[self.count - 1])

    def look(self, gradient: Array, hessian: Array) -> None:
        """Choose the next direction; none where the gradient is no number or the Hessian is singular."""
        found = self.optimiser.direction(self.theta, gradient, hessian)
        self.direction = found if np.isfinite(found).all() else None

    def move(self, s: Surface, middle: Array, farthest: float) -> None:
        """Take the step, unless there is none or it leads out of all bounds: then the path ends here."""
        if self.lost or self.direction is None:
            self.lost = True
            return
        there = s.within(self.theta - self.optimiser.rate * self.direction)
        loss = float(s.losses(there))
        if not (abs(loss) < HIGHEST and np.abs(there - middle).max() < farthest):
            self.lost, self.direction = True, None
            return
        self.points[self.count], self.losses[self.count] = there, loss
        self.count += 1


def look_all(walkers: Sequence[Walker], s: Surface, step: int, noise: Array) -> None:
    """Gradients at all the points asked for at once, noisy for 'sgd'; every walker chooses its direction."""
    turn = s.turn(step)
    asked = s.jet(np.array([w.optimiser.asks(w.theta) for w in walkers]))
    for walker, gradient, hessian in zip(walkers, asked.gradient() + turn, asked.hessian(), strict=True):
        if not walker.lost:
            walker.look(gradient + noise if walker.name == "sgd" else gradient, hessian)
