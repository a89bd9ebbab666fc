"""What a schedule costs: rounds, bytes on its longest way, the α–β model fitted to measurements, and where rivals cross.

A message of b bytes takes α + β b. The messages of a round are taken to be simultaneous, so a schedule takes
R α + V S β, with R rounds and V S the sum over rounds of the largest message (Hockney 1994; Thakur, Rabenseifner and
Gropp, Optimization of collective communication operations in MPICH, 2005).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.core import Array
from engine.distributed.schedules import Schedule

BUS = {"send": "1", "broadcast": "1", "reduce": "1", "all_reduce": "2(n-1)/n", "gather": "(n-1)/n", "scatter": "(n-1)/n",
       "all_gather": "(n-1)/n", "reduce_scatter": "(n-1)/n", "all_to_all": "(n-1)/n"}
"""NCCL-tests' factors from bytes per second of a buffer to bytes per second of the busiest link (doc/PERFORMANCE.md)."""


@dataclass(frozen=True)
class Demand:
    """What a schedule asks of a network, whatever the size: rounds, and bytes on the longest way as shares of the buffer."""

    rounds: int
    volume: float

    def seconds(self, size: Array | float, alpha: float, beta: float) -> Array:
        """Time for a buffer of `size` bytes; alpha in s, beta in s/B."""
        return self.rounds * alpha + self.volume * np.asarray(size, np.float64) * beta


def demand(schedule: Schedule, n: int) -> Demand:
    """The demand of a schedule on n ranks, whose buffers have n equal blocks."""
    return Demand(len(schedule), sum(max(len(m.blocks) for m in messages) for messages in schedule) / n)


def bus_factor(primitive: str, n: int) -> float | None:
    """What turns buffer bytes per second into link bytes per second; None for a barrier, which moves nothing."""
    return {"1": 1.0, "2(n-1)/n": 2 * (n - 1) / n, "(n-1)/n": (n - 1) / n}[BUS[primitive]] if primitive in BUS else None


def fit(rounds: Array, volumes: Array, seconds: Array) -> tuple[float, float]:
    """(alpha, beta) >= 0 with the least squared relative error of rounds α + volumes β against the seconds; all (k,)."""
    weighted = np.stack([rounds, volumes], axis=1) / seconds[:, None]
    ones = np.ones(len(seconds))
    found, *_ = np.linalg.lstsq(weighted, ones, rcond=None)
    if (found < 0).any():                                       # the best on an edge: one of the two alone
        alone = [(w @ ones / max(w @ w, 1e-300), j) for j, w in enumerate(weighted.T)]
        best = min(alone, key=lambda a: float(((weighted[:, a[1]] * a[0] - 1) ** 2).sum()))
        found = np.array([best[0] if j == best[1] else 0.0 for j in (0, 1)])
    return float(found[0]), float(found[1])


def misses(rounds: Array, volumes: Array, seconds: Array, alpha: float, beta: float) -> float:
    """By which factor the model is off, typically: exp of the mean absolute logarithm of model over measurement."""
    model = np.maximum(rounds * alpha + volumes * beta, 1e-12)
    return float(np.exp(np.abs(np.log(model / seconds)).mean()))


def crossing(a: Demand, b: Demand, alpha: float, beta: float) -> float | None:
    """The size in bytes at which two schedules take equally long; None where one is never slower."""
    if a.volume == b.volume or beta <= 0:
        return None
    size = (a.rounds - b.rounds) * alpha / ((b.volume - a.volume) * beta)
    return size if size > 0 and math.isfinite(size) else None


def best_at(demands: Sequence[Demand], alpha: float, beta: float) -> list[tuple[float, int]]:
    """(from this size on, number of the fastest schedule), beginning at size 0: the lower edge of all the lines."""
    at = min(range(len(demands)), key=lambda j: (demands[j].rounds, demands[j].volume))
    found = [(0.0, at)]
    while True:
        size = found[-1][0]
        rivals = [(s, demands[j].volume, j) for j in range(len(demands))
                  if demands[j].volume < demands[at].volume
                  and (s := crossing(demands[at], demands[j], alpha, beta)) is not None and s >= size]
        if not rivals:
            return found
        size, _, at = min(rivals)
        found.append((size, at))
