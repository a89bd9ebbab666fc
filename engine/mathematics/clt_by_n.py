"""The central limit theorem along n: distance to the bell, decay of skewness and kurtosis, coverage of t-intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Array, Run
from engine.mathematics.clt_tally import Tally
from engine.mathematics.clt_theory import BERRY_ESSEEN, covered, critical
from engine.mathematics.exact_sums import corrected_distance, edgeworth, exact_distance
from engine.mathematics.populations import Population

if TYPE_CHECKING:
    from engine.mathematics.clt import Params

DRAWS_AT_ONCE = 200_000          # numbers in memory at a time
SIZES = (1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1000, 1414, 2000, 3162, 5623, 10_000)
SAMPLED, AVERAGES = 1000, 40_000     # where no law is known: up to this n, so many averages for each
FEW = (2, 3, 5, 8, 12, 20, 30, 50, 80, 130, 200, 400)
INTERVALS = 20_000


@dataclass(frozen=True)
class Distances:
    """Distances to the bell by n: of the exact law where one is known, else of 40 000 averages."""

    n: Array                         # (sizes,)
    distance: Array                  # NaN where it is not known yet
    bound: Array                     # Berry-Esseen; NaN where there is none
    edgeworth: Array                 # the first terms of what is left; NaN where there is no third moment
    corrected: Array                 # with the continuity correction; NaN where there is no lattice
    slope: float                     # of log distance against log n, over the larger half of the sizes
    done: float


def distances(p: Params, source: Population, run: Run) -> Iterator[Distances]:
    """KS distance to the bell for n = 1 ... 10 000, beside the Berry-Esseen bound and Edgeworth's first terms."""
    exact = p.independent and exact_distance(source, 1) is not None
    every = SIZES if exact else [n for n in SIZES[::2] if n <= SAMPLED]        # sampling is slow: half as many
    sizes = np.array(every, np.float64)
    rho = source.rho if p.independent and source.rho is not None else math.nan
    bound = BERRY_ESSEEN * rho / np.sqrt(sizes)
    predicted = edgeworth(source, sizes) if p.independent else np.full(len(sizes), np.nan)
    found = np.full((2, len(sizes)), np.nan)
    for count, n in enumerate(every):
        found[:, count] = (exact_distance(source, n), corrected_distance(source, n)) if exact else _sampled(p, source, n, run)
        run.report(count + 1, len(every))
        distance, corrected = found.copy()
        yield Distances(sizes, distance, bound, predicted, corrected, slope_of(sizes, distance), (count + 1) / len(every))


def slope_of(n: Array, distance: Array) -> float:
    """Least squares of log distance on log n over the larger half of the sizes; NaN before all are known."""
    half = len(n) // 2
    if half < 2 or not (distance[half:] > 0).all():
        return math.nan
    return float(np.polyfit(np.log(n[half:]), np.log(distance[half:]), 1)[0])


def _sampled(p: Params, source: Population, n: int, run: Run) -> tuple[float, float | None]:
    tally = Tally(source, n)
    for draws in _rows(p, source, n, AVERAGES, run, f"n={n}"):
        tally.add((draws.mean(axis=1) - source.location) / (source.scale / math.sqrt(n)))
    return tally.distance(), tally.corrected_distance()


def _rows(p: Params, source: Population, n: int, rows: int, run: Run, purpose: str) -> Iterator[Array]:
    """So many rows of n draws, in pieces that fit the memory."""
    rng, left = run.generator(purpose), rows
    while left:
        now = min(left, max(1, DRAWS_AT_ONCE // n))
        yield p.draws(source, rng, now, n)
        left -= now
        run.check()


@dataclass(frozen=True)
class Decay:
    """Skewness and excess kurtosis of 40 000 averages by n, beside gamma / sqrt n and kappa / n."""

    n: Array                         # (count,)
    skewness: Array                  # measured
    kurtosis: Array
    skewness_theory: Array           # NaN where theory has none
    kurtosis_theory: Array
    noise: tuple[float, float]       # one standard error of each measured on a bell
    done: float


def decay(p: Params, source: Population, run: Run) -> Iterator[Decay]:
    """How the third and fourth moment of the sum forget the population; nothing without a variance or a look at it."""
    sizes = [n for n in SIZES[::2] if n <= SAMPLED] if source.has_variance and p.beside == "moments" else []
    gamma, kappa = (v if v is not None and p.independent else math.nan for v in (source.skewness, source.kurtosis))
    found: list[tuple[float, float]] = []
    for count, n in enumerate(sizes, 1):
        tally = Tally(source, n)
        for draws in _rows(p, source, n, AVERAGES, run, f"moments n={n}"):
            tally.add((draws.mean(axis=1) - source.location) / (source.scale / math.sqrt(n)))
        _, _, skewness, kurtosis = tally.moments()
        found.append((skewness or 0.0, kurtosis or 0.0))
        at, (third, fourth) = np.array(sizes[:count], np.float64), np.array(found).T
        run.report(count, len(sizes))
        yield Decay(at, third, fourth, gamma / np.sqrt(at), kappa / at,
                    (math.sqrt(6 / AVERAGES), math.sqrt(24 / AVERAGES)), count / len(sizes))
    if not sizes:
        none = np.zeros(0)
        yield Decay(none, none, none, none, none, (0.0, 0.0), 1.0)


@dataclass(frozen=True)
class Coverage:
    """How many of 20 000 t-intervals hold the true mean, by the n draws that each is made of."""

    n: Array                         # (count,)
    share: Array
    error: float                     # two standard errors of a share of LEVEL
    done: float


def coverage(p: Params, source: Population, run: Run) -> Iterator[Coverage]:
    """Student's 95 % intervals kept to their word: exact for a normal population at every n, else in the limit."""
    sizes = FEW if source.has_variance and p.beside == "coverage" else ()
    shares: list[float] = []
    for count, n in enumerate(sizes, 1):
        t = critical(n)
        held = sum(covered(draws, source.location, t) for draws in _rows(p, source, n, INTERVALS, run, f"intervals n={n}"))
        shares.append(held / INTERVALS)
        run.report(count, len(sizes))
        yield Coverage(np.array(sizes[:count], np.float64), np.array(shares), 2 * math.sqrt(0.95 * 0.05 / INTERVALS),
                       count / len(sizes))
    if not sizes:
        yield Coverage(np.zeros(0), np.zeros(0), 0.0, 1.0)
