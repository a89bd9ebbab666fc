"""Central limit theorem: standardised sums of n independent draws, streamed until their histogram is the bell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

import numpy as np

from engine.core import Among, Array, BadInput, Check, Range, Run, Seed, Shared, Source, Takes, View, When, concept
from engine.core.data import load_source
from engine.mathematics.exact_sums import Exact, distance_to_normal, exact_sum, normal_cdf
from engine.mathematics.populations import Population, dependent_spread, population, shared, sticky

BERRY_ESSEEN = 0.4748            # the best constant proved so far: Shevtsova (2011), arXiv:1111.6554
REACH, CELLS = 8.0, 16_384       # the fine grid on which F_n is kept: 2 * 8 / 16 384, about 0.001 wide
SHOWN, SHOWN_CELLS = 4.0, 512    # the part of it that a frame carries
DRAWS_AT_ONCE = 200_000          # numbers in memory at a time
DRAWS_PER_FRAME = 2_000_000      # so that a frame stays short whatever n is
LEVELS = (np.arange(61) + 0.5) / 61


Weight = Annotated[float, Range(0, 1), When("population", ("drawn",))]


@dataclass(frozen=True)
class Params:
    population: Literal["exponential", "uniform", "normal", "coin", "dice", "two_peaks", "arcsine", "lognormal", "pareto",
                        "cauchy", "drawn", "data"] = "exponential"
    p: Annotated[float, Range(0.01, 0.99), When("population", ("coin",))] = 0.5
    alpha: Annotated[float, Range(0.5, 6.0), When("population", ("pareto",))] = 2.5
    w1: Weight = 0.9
    w2: Weight = 0.25
    w3: Weight = 0.1
    w4: Weight = 0.05
    w5: Weight = 0.05
    w6: Weight = 0.15
    w7: Weight = 0.5
    w8: Weight = 0.7
    data: Annotated[Source, Among("prime_gaps"), Takes("value"), When("population", ("data",))] = Source("prime_gaps")
    column: Annotated[int, Range(1, 200), When("population", ("data",))] = 1
    n: Annotated[int, Range(1, 1000, log=True)] = 30
    dependence: Literal["none", "sticky", "shared"] = "none"
    rho: Annotated[float, Range(0, 0.95), When("dependence", ("sticky", "shared"))] = 0.5
    averages: Annotated[int, Range(1, 20_000, log=True)] = 4000     # per frame
    bins: Annotated[int, Range(16, 128), View()] = 64
    exact: Annotated[bool, View()] = True
    seed: Seed = 7

    def source(self) -> Population:
        """The population asked for."""
        weights = (self.w1, self.w2, self.w3, self.w4, self.w5, self.w6, self.w7, self.w8)
        values = values_of(self.data, self.column) if self.population == "data" else None
        return population(self.population, p=self.p, alpha=self.alpha, weights=weights, values=values)

    def draws(self, source: Population, rng: np.random.Generator, averages: int, n: int) -> Array:
        """(averages, n) draws, dependent within each row if so asked."""
        found = source.sample(rng, (averages, n))
        if self.dependence == "none" or self.rho == 0:
            return found
        return (sticky if self.dependence == "sticky" else shared)(found, self.rho, rng)

    @property
    def independent(self) -> bool:
        """Whether the draws in a row know nothing of one another."""
        return self.dependence == "none" or self.rho == 0


def values_of(data: Source, column: int) -> Array:
    """The numbers of 'data': a column of the user's CSV, or the gaps between the primes below 100 000."""
    if data.sha256:
        table = load_source(data)
        if column > table.shape[1]:
            raise BadInput(f"column={column}: the table has {table.shape[1]} columns; choose one of them", "no_column",
                           value=column, count=table.shape[1])
        return np.asarray(table[:, column - 1])
    sieve = np.ones(100_000, bool)
    sieve[:2] = False
    for k in range(2, 317):
        sieve[k * k::k] = False
    return np.diff(np.flatnonzero(sieve)).astype(np.float64)


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
    ks_corrected: float | None       # of a lattice, with the continuity correction: Phi half a step further on
    z_mean: float | None
    z_sd: float | None
    sd_theory: float | None          # 1, or what the dependence makes of it
    z_skewness: float | None
    skewness_theory: float | None    # gamma / sqrt(n)
    z_kurtosis: float | None         # excess
    kurtosis_theory: float | None    # kappa / n
    mu: float                        # of one draw: mean (or median), deviation (or its quartile estimate)
    sigma: float
    phase: str


@concept(kind="stream", rest=120)
def clt(p: Params, run: Run) -> Iterator[Frame]:
    """Draw averages of n, standardise them, count them; Lindeberg-Levy says the histogram becomes N(0, 1).

    Z_n = (mean of n draws - mu) / (sigma / sqrt n). Where the variance is infinite, the median and a quartile
    estimate of the spread stand in for mu and sigma, and no bell appears at any n.
    """
    source = p.source()
    tally = Tally(source, p.n)
    one_draw = _one_draw(source, run)
    law = Shared(exact_sum(source, p.n, np.linspace(-SHOWN, SHOWN, 401)) if p.independent else None)
    theory = theory_of(p, source, run)
    while True:
        for batch in _batches(p.averages, p.n):
            means = p.draws(source, run.rng, batch, p.n).mean(axis=1)         # (batch, n) -> (batch,)
            z = (means - source.location) / (source.scale / math.sqrt(p.n))
            tally.add(z)
            run.check()
        edges, counts = tally.histogram()
        mean, sd, skewness, kurtosis = tally.moments() if source.has_variance else (None, None, None, None)
        yield Frame(
            edges, counts, *one_draw, tally.quantiles(LEVELS), bell_quantiles(), law, tally.drawn,
            float(means[-1]), float(z[-1]), tally.distance(), theory.bound, tally.corrected_distance(),
            mean, sd, theory.sd, skewness, theory.skewness, kurtosis, theory.kurtosis, source.location, source.scale,
            _phase(tally.drawn),
        )


@dataclass(frozen=True)
class Theory:
    """What is known of Z_n beforehand; None where it is not."""

    bound: float | None              # Berry-Esseen: C rho / sqrt(n)
    sd: float | None
    skewness: float | None           # gamma / sqrt(n)
    kurtosis: float | None           # kappa / n


def theory_of(p: Params, source: Population, run: Run) -> Theory:
    """The numbers that theory gives, with a note for each that it does not."""
    def noted(value: float | None, reason: str, *metrics: str) -> float | None:
        if value is None:
            for metric in metrics:
                run.note(metric, reason)
        return value

    if not source.step:
        run.note("ks_corrected", "no_lattice")
    if not source.has_variance:
        noted(None, "no_variance", "bound", "z_mean", "z_sd", "sd_theory", "z_skewness", "skewness_theory", "z_kurtosis",
              "kurtosis_theory")
        return Theory(None, None, None, None)
    if not p.independent:
        noted(None, "dependent", "bound", "skewness_theory", "kurtosis_theory")
        return Theory(None, dependent_spread(p.dependence, p.rho, p.n), None, None)
    return Theory(
        noted(None if source.rho is None else BERRY_ESSEEN * source.rho / math.sqrt(p.n), "no_third_moment", "bound"), 1.0,
        noted(None if source.skewness is None else source.skewness / math.sqrt(p.n), "no_third_moment", "skewness_theory"),
        noted(None if source.kurtosis is None else source.kurtosis / p.n, "no_fourth_moment", "kurtosis_theory"))


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
        self.power_sums = np.zeros(5)                       # of z^0 .. z^4
        self.edges = self.low + self.width * np.arange(self.cells + 1)
        at = self.edges[:-1] + self.width / 2 if self.lattice else self.edges
        self.bell = normal_cdf(at) if self.lattice else fine_bell()

    @property
    def drawn(self) -> int:
        """How many averages have been counted."""
        return int(self.power_sums[0])

    def add(self, z: Array) -> None:
        """Count the values z, (averages,)."""
        cell = np.clip(np.floor((z - self.low) / self.width), -1, self.cells).astype(np.int64) + 1
        self.counts += np.bincount(cell, minlength=self.cells + 2)
        square = z * z
        self.power_sums += [len(z), z.sum(), square.sum(), np.dot(z, square), np.dot(square, square)]

    def moments(self) -> tuple[float, float | None, float | None, float | None]:
        """Mean, deviation, skewness and excess kurtosis of the averages so far; None before there is a spread."""
        count, first, second, third, fourth = self.power_sums
        mean = first / count
        variance = second / count - mean**2
        if variance <= 1e-12:
            return float(mean), None, None, None
        central3 = third / count - 3 * mean * second / count + 2 * mean**3
        central4 = fourth / count - 4 * mean * third / count + 6 * mean**2 * second / count - 3 * mean**4
        return (float(mean), float(math.sqrt(variance)), float(central3 / variance**1.5), float(central4 / variance**2 - 3))

    def corrected_distance(self) -> float | None:
        """De Moivre-Laplace with the continuity correction: |F(k) - Phi(half a step beyond k)| at every atom."""
        if not self.lattice:
            return None
        share = np.cumsum(self.counts)[1:-1] / self.drawn                      # F at each atom, (cells,)
        return float(np.abs(share - normal_cdf(self.edges[1:])).max())

    def distance(self) -> float:
        """sup |F_drawn - Phi|, at both sides of every atom of a lattice."""
        below = np.cumsum(self.counts)[:-1] / self.drawn                       # F just below each cell, (cells + 1,)
        if not self.lattice:
            return float(np.abs(below - self.bell).max())
        return float(max(np.abs(below[:-1] - self.bell).max(), np.abs(below[1:] - self.bell).max()))

    def quantiles(self, levels: Array) -> Array:
        """Values of z below which the given shares of the averages lie, to the width of a cell."""
        share = np.cumsum(self.counts) / self.drawn
        return np.asarray(self.edges[np.clip(np.searchsorted(share, levels), 0, self.cells)])

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


@dataclass(frozen=True)
class Distances:
    """Distances to the bell by n: of the exact law where one is known, else of 40 000 averages."""

    n: Array                         # (count,)
    distance: Array
    bound: Array                     # Berry-Esseen; NaN where there is none
    edgeworth: Array                 # |gamma| / (6 sqrt(2 pi n)), the first term of what is left
    corrected: Array                 # with the continuity correction; NaN where there is no lattice
    done: float


@clt.layer(reads=("population", "p", "alpha", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "data", "column",
                  "dependence", "rho", "seed"))
def distance_by_n(p: Params, run: Run) -> Iterator[Distances]:
    """KS distance to the bell for n = 1 ... 1000, beside the Berry-Esseen bound and Edgeworth's first term."""
    source = p.source()
    grid = np.linspace(-6, 6, 1201)
    exact = p.independent and exact_sum(source, 1, grid) is not None
    every = SIZES if exact else SIZES[::2]                                     # sampling is slow: half as many
    found: list[tuple[float, float]] = []
    for count, n in enumerate(every, 1):
        law = exact_sum(source, n, grid) if exact else None
        found.append((distance_to_normal(law), corrected_distance(law, source, n)) if law else _sampled(p, source, n, run))
        sizes, known = np.array(every[:count], np.float64), p.independent
        rho = source.rho if known and source.rho is not None else math.nan
        skewness = source.skewness if known and source.skewness is not None else math.nan
        distances = np.array(found)                                            # (count, 2)
        run.report(count, len(every))
        yield Distances(sizes, distances[:, 0], BERRY_ESSEEN * rho / np.sqrt(sizes),
                        abs(skewness) / (6 * np.sqrt(2 * math.pi * sizes)), distances[:, 1], count / len(every))


def corrected_distance(law: Exact, source: Population, n: int) -> float:
    """The same with the continuity correction; NaN for a law that is no lattice's."""
    if not law.lattice:
        return math.nan
    half = source.step / (source.scale * math.sqrt(n)) / 2
    return float(np.abs(law.cdf - normal_cdf(law.z + half)).max())


def _sampled(p: Params, source: Population, n: int, run: Run) -> tuple[float, float]:
    tally, rng = Tally(source, n), run.generator(f"n={n}")
    per_batch = max(1, DRAWS_AT_ONCE // n)
    while tally.drawn < 40_000:
        means = p.draws(source, rng, min(per_batch, 40_000 - tally.drawn), n).mean(axis=1)
        tally.add((means - source.location) / (source.scale / math.sqrt(n)))
        run.check()
    corrected = tally.corrected_distance()
    return tally.distance(), math.nan if corrected is None else corrected


def rebinned(f: Frame, bins: int) -> tuple[Array, Array]:
    """The frame's counts in about `bins` bars, as edges and densities; whole lattice cells stay whole."""
    per_bar = max(1, round(len(f.counts) / bins))
    starts = np.arange(0, len(f.counts), per_bar)
    edges = np.append(f.edges[starts], f.edges[-1])
    return edges, np.add.reduceat(f.counts, starts) / (f.drawn * np.diff(edges))


@clt.verify
def against_exact_laws(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """The stream against scipy's binomial, gamma and Irwin-Hall laws, its moments and distances against theory."""
    from engine.mathematics.clt_proof import proof

    yield from proof(p, frames)
