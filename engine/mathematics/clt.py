"""Central limit theorem: standardised sums of n independent draws, streamed until their histogram is the bell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from engine.core import (
    Among,
    Array,
    BadInput,
    Check,
    Live,
    Range,
    Run,
    Seed,
    Shared,
    Source,
    Takes,
    View,
    When,
    concept,
)
from engine.core.data import load_source
from engine.mathematics import clt_by_n
from engine.mathematics.clt_by_n import DRAWS_AT_ONCE, Coverage, Decay, Distances
from engine.mathematics.clt_tally import LEVELS, SHOWN, Tally, bell_quantiles
from engine.mathematics.clt_theory import covered, critical, exact_between, inside_of, theory_of
from engine.mathematics.exact_sums import Exact, exact_sum
from engine.mathematics.populations import Population, population, shared, sticky

DRAWS_PER_FRAME = 2_000_000      # so that a frame stays short whatever n is
INTERVALS = 250                  # t-intervals tried a frame


Weight = Annotated[float, Range(0, 1), When("population", ("drawn",))]


@dataclass(frozen=True)
class Params:
    population: Literal["exponential", "uniform", "normal", "coin", "dice", "two_peaks", "arcsine", "lognormal", "pareto",
                        "cauchy", "poisson", "drawn", "data"] = "exponential"
    p: Annotated[float, Range(0.01, 0.99), When("population", ("coin",))] = 0.5
    rate: Annotated[float, Range(0.05, 50, log=True), When("population", ("poisson",))] = 1.5
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
    n: Annotated[int, Range(1, 10_000, log=True)] = 30
    dependence: Literal["none", "sticky", "shared"] = "none"
    rho: Annotated[float, Range(0, 0.95), When("dependence", ("sticky", "shared"))] = 0.5
    averages: Annotated[int, Range(1, 20_000, log=True)] = 4000     # per frame
    beside: Annotated[Literal["quantiles", "moments", "interval", "coverage"], View()] = "quantiles"
    low: Annotated[float, Range(-4, 4), Live(), When("beside", ("interval",))] = -1.0
    high: Annotated[float, Range(-4, 4), Live(), When("beside", ("interval",))] = 1.0
    bins: Annotated[int, Range(16, 128), View()] = 64
    exact: Annotated[bool, View()] = True
    seed: Seed = 7

    def source(self) -> Population:
        """The population asked for."""
        weights = (self.w1, self.w2, self.w3, self.w4, self.w5, self.w6, self.w7, self.w8)
        values = values_of(self.data, self.column) if self.population == "data" else None
        return population(self.population, p=self.p, rate=self.rate, alpha=self.alpha, weights=weights, values=values)

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
    asked: Array                     # (2,) the ends of the interval that was asked for
    drawn: int                       # averages so far
    mean: float                      # of the newest average
    z: float                         # the newest standardised average
    ks: float                        # sup |F_drawn - Phi| over the fine grid
    bound: float | None              # Berry-Esseen
    ks_exact: float | None           # sup |F_n - Phi| of the exact law, to the last digits
    constant: float | None           # sqrt(n) / rho times that: what C this population needs here
    ks_corrected: float | None       # of a lattice, with the continuity correction: Phi half a step further on
    z_mean: float | None
    z_sd: float | None
    sd_theory: float | None          # 1, or what the dependence makes of it
    z_skewness: float | None
    skewness_theory: float | None    # gamma / sqrt(n)
    z_kurtosis: float | None         # excess
    kurtosis_theory: float | None    # kappa / n
    coverage: float | None           # share of t-intervals of n draws that hold the true mean; 95 % are promised
    inside: float                    # share of the averages between 'low' and 'high'
    inside_exact: float | None
    inside_bell: float               # by Phi at the ends, and half a lattice step beyond them
    inside_corrected: float | None
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
    t = critical(p.n) if source.has_variance and p.n > 1 else None
    exact = exact_between(tally, source, p.n) if p.independent else lambda cells: None
    held = tried = 0
    if not source.step:
        for metric in ("ks_corrected", "inside_corrected"):
            run.note(metric, "no_lattice")
    while True:
        for number, batch in enumerate(_batches(p.averages, p.n)):
            draws = p.draws(source, run.rng, batch, p.n)                      # (batch, n)
            means = np.einsum("ij->i", draws) / p.n                           # (batch,), four times as fast as mean
            if t is not None and number == 0:
                held, tried = held + covered(draws[:INTERVALS], source.location, t), tried + len(draws[:INTERVALS])
            del draws                                                         # the next ones take its place in the cache
            z = (means - source.location) / (source.scale / math.sqrt(p.n))
            tally.add(z)
            run.check()
        mean, sd, skewness, kurtosis = tally.moments() if source.has_variance else (None, None, None, None)
        asked = np.sort([run.params.low, run.params.high])
        inside = inside_of(tally, asked, exact)
        if inside.inside_exact is None:
            run.note("inside_exact", "no_law" if p.independent else "dependent")
        edges, counts = tally.histogram()
        yield Frame(
            edges=edges, counts=counts, draw_edges=one_draw[0], draw_density=one_draw[1], quantiles=tally.quantiles(LEVELS),
            bell_quantiles=bell_quantiles(), law=law, asked=asked, drawn=tally.drawn, mean=float(means[-1]), z=float(z[-1]),
            ks=tally.distance(), ks_corrected=tally.corrected_distance(), z_mean=mean, z_sd=sd, z_skewness=skewness,
            z_kurtosis=kurtosis, coverage=held / tried if tried else None, mu=source.location, sigma=source.scale,
            phase=_phase(tally.drawn), **vars(theory), **vars(inside))


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


POPULATION = ("population", "p", "rate", "alpha", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "data", "column",
              "dependence", "rho", "seed")


@clt.layer(reads=POPULATION)
def distance_by_n(p: Params, run: Run) -> Iterator[Distances]:
    """Distance to the bell by n, beside what bounds and what predicts it."""
    yield from clt_by_n.distances(p, p.source(), run)


@clt.layer(reads=(*POPULATION, "beside"))
def moments_by_n(p: Params, run: Run) -> Iterator[Decay]:
    """Skewness and kurtosis by n; computed while they are looked at."""
    yield from clt_by_n.decay(p, p.source(), run)


@clt.layer(reads=(*POPULATION, "beside"))
def coverage_by_n(p: Params, run: Run) -> Iterator[Coverage]:
    """Coverage of t-intervals by n; computed while it is looked at."""
    yield from clt_by_n.coverage(p, p.source(), run)


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
