"""Where descent on a line ends up in the long run: by learning rate without noise, and out of its valley with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.classical.gradient_descent_1d_ground import ground_of
from engine.classical.jets import differentiate
from engine.core import Array, Run

if TYPE_CHECKING:
    from engine.classical.gradient_descent_1d import Params

ORBIT, SEEN, RATES, CELLS = 400, 60, 360, 600            # of the bifurcation picture
WALKERS, PATIENCE = 200, 4000                            # of each strength of noise, and the steps that they are given
NOISES = np.geomspace(0.2, 3.0, 19)


@dataclass(frozen=True)
class Orbits:
    """Where the walk ends up, by learning rate: each late place once."""

    rates: Array                # (places,)
    places: Array               # (places,) x
    most: float                 # the largest rate tried
    done: float


def orbits(p: Params, run: Run) -> Iterator[Orbits]:
    """Late positions of the walk for many learning rates at once."""
    ground = ground_of(p)
    most = min(1.5 * 2 / ground.bend, 4.0) if ground.bend > 1e-9 else 1.0
    rates = np.linspace(0.01, most, RATES)
    low, high = float(ground.x[0]), float(ground.x[-1])
    visited = np.zeros((CELLS, RATES), bool)
    x = np.full(RATES, p.start)
    for k in range(ORBIT):
        with np.errstate(all="ignore"):
            slope = np.broadcast_to(differentiate(p.text(), x, np.zeros_like(x)).x, x.shape)
            x = np.clip(x - rates * slope, -1e6, 1e6)                           # (rates,)
        if k >= ORBIT - SEEN:
            cell = np.floor((x - low) / (high - low) * CELLS)
            inside = np.isfinite(cell) & (cell >= 0) & (cell < CELLS)
            visited[cell[inside].astype(int), np.flatnonzero(inside)] = True
        run.report(k + 1, ORBIT)
        if k == ORBIT - 1 or (k > ORBIT - SEEN and k % 20 == 0):
            row, column = np.nonzero(visited)
            yield Orbits(rates[column], low + (row + 0.5) / CELLS * (high - low), most, (k + 1) / ORBIT)


@dataclass(frozen=True)
class Escapes:
    """Steps until noise has carried a walk over a ridge, by the noise's deviation: quartiles of 200 walks."""

    noise: Array                # (strengths,)
    steps: Array                # (strengths, 3) lower quartile, median, upper; NaN where so many have not left yet
    done: float


def escapes(p: Params, run: Run) -> Iterator[Escapes]:
    """All walks of all strengths at once, from the bottom of the valley: x <- x - eta (f'(x) + noise)."""
    ground = ground_of(p)
    if p.beside != "escape" or not np.isfinite(ground.ridges).any():
        yield Escapes(NOISES, np.full((len(NOISES), 3), np.nan), 1.0)
        return
    rng, x = run.generator("escape"), np.full((len(NOISES), WALKERS), ground.valley)
    left = np.full(x.shape, np.inf)                                             # the step at which it had left
    for k in range(1, PATIENCE + 1):
        with np.errstate(all="ignore"):
            slope = np.broadcast_to(differentiate(p.text(), x, np.zeros_like(x)).x, x.shape)
            x = x - p.learning_rate * (slope + NOISES[:, None] * rng.standard_normal(x.shape))
        gone = ~((x > ground.ridges[0]) & (x < ground.ridges[1]))
        left = np.where(gone, np.minimum(left, k), left)
        x = np.where(gone, ground.valley, x)                                    # those that left no longer matter
        if k % 200 == 0 or k == 20:
            run.report(k, PATIENCE)
            quartiles = np.sort(left, axis=1)[:, [WALKERS // 4, WALKERS // 2, 3 * WALKERS // 4]]
            yield Escapes(NOISES, np.where(np.isfinite(quartiles), quartiles, np.nan), k / PATIENCE)
