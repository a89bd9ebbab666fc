"""Central limit theorem: standardised sums of n independent draws, streamed until their histogram is the bell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

import numpy as np

from engine.core import Array, Check, Curve, Range, Run, Seed, Shared, View, When, concept
from engine.mathematics.exact_sums import Exact, distance_to_normal, exact_sum, normal_cdf, normal_density
from engine.mathematics.populations import Population, population

BERRY_ESSEEN = 0.4748            # the best constant proved so far: Shevtsova (2011), arXiv:1111.6554
REACH, CELLS = 8.0, 16_384       # the fine grid on which F_n is kept: 2 * 8 / 16 384, about 0.001 wide
SHOWN, SHOWN_CELLS = 4.0, 512    # the part of it that a frame carries
DRAWS_AT_ONCE = 200_000          # numbers in memory at a time
DRAWS_PER_FRAME = 2_000_000      # so that a frame stays short whatever n is
LEVELS = (np.arange(61) + 0.5) / 61


@dataclass(frozen=True)
class Params:
    population: Literal["exponential", "uniform", "coin", "dice", "two_peaks", "arcsine", "lognormal", "pareto",
                        "cauchy"] = "exponential"
    p: Annotated[float, Range(0.01, 0.99), When("population", ("coin",))] = 0.5
    alpha: Annotated[float, Range(0.5, 6.0), When("population", ("pareto",))] = 2.5
    n: Annotated[int, Range(1, 1000, log=True)] = 30
    averages: Annotated[int, Range(1, 20_000, log=True)] = 4000     # per frame
    bins: Annotated[int, Range(16, 128), View()] = 64
    exact: Annotated[bool, View()] = True
    seed: Seed = 7


@dataclass(frozen=True)
class Frame:
    edges: Array                     # (cells + 1,) of Z_n: a fine grid, or the cells around a lattice's atoms
    counts: Array                    # (cells,) int64: averages so far in each cell
    draw_edges: Array                # (41,) of one draw, for the small picture of the population
    draw_density: Array              # (40,)
    quantiles: Array                 # (61,) of the averages so far
    bell_quantiles: Array            # (61,) of N(0, 1)
    law: Shared[Exact | None]        # the exact law of Z_n, where one is known
    drawn: int                       # averages so far
    mean: float                      # of the newest average
    z: float                         # the newest standardised average
    ks: float                        # sup |F_drawn - Phi| over the fine grid
    bound: float | None              # Berry-Esseen
    z_mean: float | None
    z_skewness: float | None
    skewness_theory: float | None    # gamma / sqrt(n)
    mu: float                        # of one draw: mean (or median), deviation (or its quartile estimate)
    sigma: float
    phase: str


@concept(kind="stream", rest=120)
def clt(p: Params, run: Run) -> Iterator[Frame]:
    """Draw averages of n, standardise them, count them; Lindeberg-Levy says the histogram becomes N(0, 1).

    Z_n = (mean of n draws - mu) / (sigma / sqrt n). Where the variance is infinite, the median and a quartile
    estimate of the spread stand in for mu and sigma, and no bell appears at any n.
    """
    source = population(p.population, p=p.p, alpha=p.alpha)
    tally = Tally(source, p.n)
    one_draw = _one_draw(source, run)
    law = Shared(exact_sum(source, p.n, np.linspace(-SHOWN, SHOWN, 401)))
    bound = None if source.rho is None else BERRY_ESSEEN * source.rho / math.sqrt(p.n)
    skew = None if source.skewness is None else source.skewness / math.sqrt(p.n)
    if not source.has_variance:
        for metric in ("bound", "z_mean", "z_skewness", "skewness_theory"):
            run.note(metric, "no_variance")
    elif bound is None:
        for metric in ("bound", "skewness_theory"):
            run.note(metric, "no_third_moment")
    while True:
        for batch in _batches(p.averages, p.n):
            means = source.sample(run.rng, (batch, p.n)).mean(axis=1)         # (batch, n) -> (batch,)
            z = (means - source.location) / (source.scale / math.sqrt(p.n))
            tally.add(z)
            run.check()
        edges, counts = tally.histogram()
        quantiles = tally.quantiles(LEVELS)
        yield Frame(
            edges, counts, *one_draw, quantiles, bell_quantiles(), law, tally.drawn,
            float(means[-1]), float(z[-1]), tally.distance(), bound,
            tally.mean() if source.has_variance else None, tally.skewness() if source.has_variance else None,
            skew, source.location, source.scale, _phase(tally.drawn),
        )


def _batches(averages: int, n: int) -> Iterator[int]:
    """How many averages to draw at a time, until a frame has its number (or its most draws)."""
    left = min(averages, max(1, DRAWS_PER_FRAME // n))
    while left:
        batch = min(left, max(1, DRAWS_AT_ONCE // n))
        yield batch
        left -= batch


def _phase(drawn: int) -> str:
    return "first" if drawn < 20_000 else "shape" if drawn < 100_000 else "tails"


def _one_draw(source: Population, run: Run) -> tuple[Array, Array]:
    """Histogram of 20 000 single draws, in the population's own units, between its 1 % and 99 % points."""
    draws = source.sample(run.generator("one draw"), (20_000,))
    low, high = np.quantile(draws, (0.01, 0.99)) if not source.step else (draws.min() - 0.5, draws.max() + 0.5)
    edges = np.linspace(low, high, int(high - low) + 1 if source.step else 41)
    counts, _ = np.histogram(draws, edges)
    return edges, counts / (len(draws) * np.diff(edges))


class Tally:
    """Counts of standardised averages on a fine grid (or on a lattice's own atoms), and their moments."""

    def __init__(self, source: Population, n: int) -> None:
        spread = source.scale * math.sqrt(n)
        self.lattice = source.step > 0
        if self.lattice:                                    # one cell around each atom that can occur
            width = source.step / spread
            sides = 1 if source.name == "coin" else 5
            first = (n * source.origin - n * source.location) / spread
            self.low, self.width, self.cells = first - width / 2, width, n * sides + 1
        else:
            self.low, self.width, self.cells = -REACH, 2 * REACH / CELLS, CELLS
        self.counts = np.zeros(self.cells + 2, np.int64)    # with one cell below and one above
        self.power_sums = np.zeros(4)                       # of z^0 .. z^3
        self.edges = self.low + self.width * np.arange(self.cells + 1)
        at = self.edges[:-1] + self.width / 2 if self.lattice else self.edges
        self.bell = normal_cdf(at) if self.lattice else fine_bell()

    @property
    def drawn(self) -> int:
        return int(self.power_sums[0])

    def add(self, z: Array) -> None:
        """Count the values z, (averages,)."""
        cell = np.clip(np.floor((z - self.low) / self.width), -1, self.cells).astype(np.int64) + 1
        self.counts += np.bincount(cell, minlength=self.cells + 2)
        self.power_sums += [len(z), z.sum(), np.dot(z, z), np.dot(z, z * z)]

    def mean(self) -> float:
        return float(self.power_sums[1] / self.power_sums[0])

    def skewness(self) -> float | None:
        """Third central moment over the cube of the deviation; None before there is a spread."""
        count, first, second, third = self.power_sums
        mean = first / count
        variance = second / count - mean**2
        if variance <= 1e-12:
            return None
        return float((third / count - 3 * mean * second / count + 2 * mean**3) / variance**1.5)

    def distance(self) -> float:
        """sup |F_drawn - Phi|, at both sides of every atom of a lattice."""
        below = np.cumsum(self.counts)[:-1] / self.drawn                       # F just below each cell, (cells + 1,)
        if not self.lattice:
            return float(np.abs(below - self.bell).max())
        return float(max(np.abs(below[:-1] - self.bell).max(), np.abs(below[1:] - self.bell).max()))

    def quantiles(self, levels: Array) -> Array:
        """Values of z below which the given shares of the averages lie, to the width of a cell."""
        share = np.cumsum(self.counts) / self.drawn
        return np.clip(self.edges[np.clip(np.searchsorted(share, levels), 0, self.cells)],
                       self.edges[0], self.edges[-1])

    def histogram(self) -> tuple[Array, Array]:
        """Edges and counts of what a frame carries: cells within SHOWN, fine ones joined to SHOWN_CELLS."""
        if self.lattice:
            inside = np.flatnonzero(np.abs(self.edges[:-1] + self.width / 2) <= SHOWN + self.width)
            first, last = int(inside[0]), int(inside[-1])
            return self.edges[first:last + 2], self.counts[first + 1:last + 2].copy()
        skip = int((REACH - SHOWN) / self.width)
        counts = self.counts[1 + skip:1 + CELLS - skip].reshape(SHOWN_CELLS, -1).sum(axis=1)
        return np.linspace(-SHOWN, SHOWN, SHOWN_CELLS + 1), counts


@cache
def fine_bell() -> Array:
    """Phi on the edges of the fine grid, (CELLS + 1,)."""
    return normal_cdf(np.linspace(-REACH, REACH, CELLS + 1))


@cache
def bell_quantiles() -> Array:
    """Phi^-1 at LEVELS, by interpolating Phi on the fine grid."""
    return np.interp(LEVELS, fine_bell(), np.linspace(-REACH, REACH, CELLS + 1))


SIZES = (1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1000)


@clt.layer(reads=("population", "p", "alpha", "seed"))
def distance_by_n(p: Params, run: Run) -> Iterator[Curve]:
    """KS distance to the bell for n = 1 ... 1000: of the exact law where one is known, else of 40 000 averages."""
    source = population(p.population, p=p.p, alpha=p.alpha)
    grid = np.linspace(-6, 6, 1201)
    found: list[float] = []
    for count, n in enumerate(SIZES, 1):
        law = exact_sum(source, n, grid)
        found.append(distance_to_normal(law) if law else _sampled_distance(source, n, run))
        bound = np.full(count, np.nan) if source.rho is None else BERRY_ESSEEN * source.rho / np.sqrt(SIZES[:count])
        run.report(count, len(SIZES))
        yield Curve(np.array(SIZES[:count], np.float64), np.array(found), None if source.rho is None else bound,
                    count / len(SIZES))


def _sampled_distance(source: Population, n: int, run: Run) -> float:
    tally, rng = Tally(source, n), run.generator(f"n={n}")
    per_batch = max(1, DRAWS_AT_ONCE // n)
    while tally.drawn < 40_000:
        draws = source.sample(rng, (min(per_batch, 40_000 - tally.drawn), n))
        tally.add((draws.mean(axis=1) - source.location) / (source.scale / math.sqrt(n)))
        run.check()
    return tally.distance()


@clt.verify
def against_exact_laws(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """The stream against scipy's binomial, gamma and Irwin-Hall laws, within the Dvoretzky-Kiefer-Wolfowitz band."""
    from scipy import stats

    f = frames[-1]
    source = population(p.population, p=p.p, alpha=p.alpha)
    scale = source.scale * math.sqrt(p.n)
    band = math.sqrt(math.log(2 / 1e-6) / (2 * f.drawn))       # P(sup gap > band) < 1e-6
    laws = {"exponential": lambda: stats.gamma(p.n), "uniform": lambda: stats.irwinhall(p.n),
            "coin": lambda: stats.binom(p.n, p.p), "cauchy": lambda: stats.cauchy(0, p.n)}
    if p.population in laws and not (p.population == "uniform" and p.n > 100):
        law = laws[p.population]()
        middle = (f.edges[:-1] + f.edges[1:]) / 2 if source.step else f.edges[1:]
        total = p.n * source.location + scale * middle
        shares = np.cumsum(f.counts) / f.drawn
        exact = law.cdf(np.round(total) if source.step else total)
        start = law.cdf(p.n * source.location + scale * f.edges[0])
        yield Check.worst("exact_law", shares, exact - start, 2 * band, f"scipy.stats.{law.dist.name}, DKW 1e-6")
        if f.law.value is not None:
            drawn = f.law.value
            x = p.n * source.location + scale * drawn.z
            density = law.pmf(np.round(x)) * scale / source.step if source.step else law.pdf(x) * scale
            yield Check.worst("exact_density", drawn.density, density, 1e-9 * max(1.0, float(density.max())),
                              f"scipy.stats.{law.dist.name}")
    elif p.population == "dice" and f.law.value is not None:
        faces = np.fft.rfft(np.full(6, 1 / 6), 5 * p.n + 1)
        yield Check.worst("exact_density", f.law.value.density, np.fft.irfft(faces**p.n, 5 * p.n + 1) * scale, 1e-12 * scale,
                          "numpy.fft: the characteristic function to the power n")
    yield from _against_theory(p, f, source, band)


def _against_theory(p: Params, f: Frame, source: Population, band: float) -> Iterator[Check]:
    from scipy import stats

    yield Check.worst("bell", normal_density(f.edges), stats.norm.pdf(f.edges), 1e-14, "scipy.stats.norm")
    if source.has_variance:
        yield Check("none_lost", float(f.counts.sum()), float(f.drawn), f.drawn / SHOWN**2, "Chebyshev beyond 4 sigma")
        yield Check("mean", float(f.z_mean or 0.0), 0.0, 5 / math.sqrt(f.drawn), "E Z = 0, 5 standard errors")
    if f.bound is not None:
        yield Check("berry_esseen", f.ks, f.bound, band, "Shevtsova 2011, C = 0.4748", "at_most")
    if source.skewness is not None and source.kurtosis is not None:
        error = 5 * math.sqrt((6 + 9 * (source.skewness**2 + abs(source.kurtosis)) ** 2 / p.n) / f.drawn)
        yield Check("skewness", float(f.z_skewness or 0.0), float(f.skewness_theory or 0.0), error,
                    "gamma / sqrt(n), 5 standard errors")


def rebinned(f: Frame, bins: int) -> tuple[Array, Array]:
    """The frame's counts in about `bins` bars, as edges and densities; whole lattice cells stay whole."""
    per_bar = max(1, round(len(f.counts) / bins))
    starts = np.arange(0, len(f.counts), per_bar)
    edges = np.append(f.edges[starts], f.edges[-1])
    return edges, np.add.reduceat(f.counts, starts) / (f.drawn * np.diff(edges))
