"""Basins of attraction: to which minimum the followed optimiser comes from every start, coarse first, then row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.classical.gradient_descent_walk import FARTHEST
from engine.classical.optimisers import optimiser
from engine.classical.surfaces import Surface, grid_of
from engine.core import Array, Run

if TYPE_CHECKING:
    from engine.classical.gradient_descent import Params

BASIN_STEPS, BASIN_GRIDS = 300, (27, 81, 243, 729)       # every cell becomes nine
CELLS_AT_ONCE = 8_000                                    # that many starts stay in the cache together
CALM = 1e-9                                              # a block has arrived once no step in it is longer, in windows


@dataclass(frozen=True)
class Basins:
    """To which minimum the followed optimiser comes from every start in the window."""

    x: tuple[float, float]
    y: tuple[float, float]
    index: Array                     # (rows, columns) int16: number of the minimum, -1 where it came to none
    minima: Array                    # (k, 2)
    done: float


NO_BASINS = Basins((0.0, 1.0), (0.0, 1.0), np.full((1, 1), -1, np.int16), np.zeros((0, 2)), 1.0)


def basins_of(p: Params, run: Run) -> Iterator[Basins]:
    """Grid by grid; the last ones block by block over what the coarser one had found."""
    if p.picture != "basins":
        yield NO_BASINS
        return
    s = p.made_surface()
    minima, (x0, x1, y0, y1) = s.minima(), s.window
    work, done, index = sum(n * n for n in BASIN_GRIDS), 0, np.full((1, 1), -1, np.int16)
    for count in BASIN_GRIDS:
        half_x, half_y = (x1 - x0) / count / 2, (y1 - y0) / count / 2        # cells' middles, not their corners
        starts = grid_of((x0 + half_x, x1 - half_x, y0 + half_y, y1 - half_y), count, count)
        times = count // len(index)
        index = np.repeat(np.repeat(index, times, axis=0), times, axis=1)
        rows = max(1, CELLS_AT_ONCE // count)
        for number, first in enumerate(range(0, count, rows), 1):
            block = starts[first:first + rows]
            ends = _ends(p, s, block, run, f"basin noise {count} {first}")
            index[first:first + rows] = _which(ends, minima, 0.02 * (x1 - x0))
            done += block.shape[0] * block.shape[1]
            run.report(done, work)
            if number % 6 == 0 or first + rows >= count:
                yield Basins((x0, x1), (y0, y1), index.copy(), minima, done / work)


def _ends(p: Params, s: Surface, starts: Array, run: Run, purpose: str) -> Array:
    """The points (rows, columns, 2) to which the followed optimiser comes from all the starts at once."""
    method, theta = p.followed(), starts
    moves, rng = optimiser(method, p.settings()), run.generator(purpose)
    x0, x1, y0, y1 = s.window
    middle, size = np.array([x0 + x1, y0 + y1]) / 2, max(x1 - x0, y1 - y0)
    with np.errstate(all="ignore"):
        for step in range(BASIN_STEPS):
            asked = s.jet(moves.asks(theta))
            gradient = asked.gradient() + s.turn(step)
            if method == "sgd":
                gradient = gradient + p.noise * rng.standard_normal(gradient.shape)
            there = s.within(theta - moves.rate * moves.direction(theta, gradient, asked.hessian()))
            there = np.where(np.abs(there - middle) < FARTHEST * size, there, np.nan)     # lost for good
            still = np.nanmax(np.abs(there - theta), initial=0.0) < CALM * size
            theta = there
            run.check()
            if still:
                break
    return theta


def _which(ends: Array, minima: Array, near: float) -> Array:
    """The number of the minimum within `near` of each end, else -1, (rows, columns)."""
    index, best = np.full(ends.shape[:2], -1, np.int16), np.full(ends.shape[:2], near)
    for number, minimum in enumerate(minima):
        gap = np.hypot(ends[..., 0] - minimum[0], ends[..., 1] - minimum[1])
        closer = gap < best
        index[closer], best[closer] = number, gap[closer]
    return index
