"""What is known of Z_n before a draw: bounds, decay, intervals by the bell, and what a t-interval promises."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Array, Run
from engine.mathematics.clt_tally import Tally
from engine.mathematics.exact_sums import exact_distance, exact_sum, normal_cdf
from engine.mathematics.populations import Population, dependent_spread

if TYPE_CHECKING:
    from engine.mathematics.clt import Params

BERRY_ESSEEN = 0.4748            # the best constant proved so far: Shevtsova (2011), arXiv:1111.6554
LEVEL = 0.95                     # what a t-interval promises


@dataclass(frozen=True)
class Theory:
    """What is known of Z_n beforehand; None where it is not. The fields are metrics of every frame."""

    bound: float | None              # Berry-Esseen: C rho / sqrt(n)
    ks_exact: float | None           # sup |F_n - Phi| of the exact law
    constant: float | None           # sqrt(n) / rho times that: the C that this population would need here
    sd_theory: float | None
    skewness_theory: float | None    # gamma / sqrt(n)
    kurtosis_theory: float | None    # kappa / n


def theory_of(p: Params, source: Population, run: Run) -> Theory:
    """The numbers that theory gives, with a note for each that it does not."""
    def noted(value: float | None, reason: str, *metrics: str) -> float | None:
        for metric in metrics if value is None else ():
            run.note(metric, reason)
        return value

    distance = exact_distance(source, p.n) if p.independent else None
    noted(distance, "no_law" if p.independent else "dependent", "ks_exact", "constant")
    if not source.has_variance:
        noted(None, "no_variance", "bound", "constant", "z_mean", "z_sd", "sd_theory", "z_skewness", "skewness_theory",
              "z_kurtosis", "kurtosis_theory", "coverage")
        return Theory(None, distance, None, None, None, None)
    noted(None if p.n == 1 else 0.0, "one_draw", "coverage")
    if not p.independent:
        noted(None, "dependent", "bound", "skewness_theory", "kurtosis_theory")
        return Theory(None, None, None, dependent_spread(p.dependence, p.rho, p.n), None, None)
    root, rho, skewness, kurtosis = math.sqrt(p.n), source.rho, source.skewness, source.kurtosis
    return Theory(
        noted(None if rho is None else BERRY_ESSEEN * rho / root, "no_third_moment", "bound"), distance,
        None if rho is None or distance is None else distance * root / rho, 1.0,
        noted(None if skewness is None else skewness / root, "no_third_moment", "skewness_theory"),
        noted(None if kurtosis is None else kurtosis / p.n, "no_fourth_moment", "kurtosis_theory"))


@dataclass(frozen=True)
class Inside:
    """The chance that Z_n falls between two values, four ways; the fields are metrics of every frame."""

    inside: float                    # the share of the averages
    inside_exact: float | None       # by the exact law
    inside_bell: float               # Phi(b) - Phi(a), at the outermost atoms of a lattice
    inside_corrected: float | None   # of a lattice, Phi half a step beyond them (de Moivre-Laplace, corrected)


def inside_of(tally: Tally, asked: Array, exact: Callable[[tuple[int, int]], float | None]) -> Inside:
    """How much of Z_n lies between the two values asked for, (2,), a lattice's end atoms included.

    `exact` knows the exact chance of the tally's cells a to b - 1, where there is one.
    """
    first, last = cells = tally.cells_between(*asked)
    a, b = float(tally.edges[first]), float(tally.edges[last])              # half a step beyond the outermost atoms
    if not tally.lattice:
        return Inside(tally.share_of(cells), exact(cells), _bell_between(a, b), None)
    half = tally.width / 2
    plain = _bell_between(a + half, b - half) if last > first else 0.0
    return Inside(tally.share_of(cells), exact(cells), plain, _bell_between(a, b))


def exact_between(tally: Tally, source: Population, n: int) -> Callable[[tuple[int, int]], float | None]:
    """A function of cells (a, b): the exact chance of cells a to b - 1, each pair computed once; None without a law."""
    @cache
    def chance(cells: tuple[int, int]) -> float | None:
        law = exact_sum(source, n, tally.edges[list(cells)])
        if law is None:
            return None
        return float(law.density[slice(*cells)].sum() * tally.width) if law.lattice else float(law.cdf[1] - law.cdf[0])

    return chance


def _bell_between(a: float, b: float) -> float:
    low, high = normal_cdf(np.array([a, b]))
    return float(high - low)


@cache
def critical(n: int) -> float:
    """The t for which Student's law with m = n - 1 degrees of freedom has LEVEL between -t and t, by bisection.

    With t = sqrt(m) tan(a) that share is 2 Gamma((m + 1) / 2) / (sqrt(pi) Gamma(m / 2)) times the integral of
    cos^(m - 1) from 0 to a (Student 1908), here by Simpson's rule.
    """
    m = n - 1
    at = np.linspace(0, 1, 1001)
    weight = np.tile([2.0, 4.0], 501)[:-1] / 3000
    weight[[0, -1]] /= 2
    front = 2 / math.sqrt(math.pi) * math.exp(math.lgamma((m + 1) / 2) - math.lgamma(m / 2))
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        share = front * middle * float(weight @ np.cos(middle * at) ** (m - 1))
        low, high = (middle, high) if share < LEVEL else (low, middle)
    return math.sqrt(m) * math.tan((low + high) / 2)


def covered(draws: Array, location: float, t: float) -> int:
    """How many rows of draws, (rows, n), have the true mean within mean +- t s / sqrt n."""
    n = draws.shape[1]
    off = np.abs(draws.mean(axis=1) - location)
    return int((off <= t * draws.std(axis=1, ddof=1) / math.sqrt(n)).sum())
