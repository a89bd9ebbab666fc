"""The proof of the central limit theorem's panel: its numbers against scipy's laws and against theory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core import Check
from engine.mathematics.clt import DRAWS_PER_FRAME, INTERVALS, values_of
from engine.mathematics.clt_by_n import DRAWS_AT_ONCE
from engine.mathematics.clt_tally import SHOWN
from engine.mathematics.exact_sums import normal_density
from engine.mathematics.populations import Population

if TYPE_CHECKING:
    from engine.mathematics.clt import Frame, Params


def proof(p: Params, frames: Sequence[Frame]) -> Iterator[Check]:
    """The stream against scipy's binomial, gamma and Irwin-Hall laws, within the Dvoretzky-Kiefer-Wolfowitz band."""
    from scipy import stats

    f = frames[-1]
    source = p.source()
    scale = source.scale * math.sqrt(p.n)
    band = math.sqrt(math.log(2 / 1e-6) / (2 * f.drawn))       # P(sup gap > band) < 1e-6
    laws = {"exponential": lambda: stats.gamma(p.n), "uniform": lambda: stats.irwinhall(p.n),
            "coin": lambda: stats.binom(p.n, p.p), "poisson": lambda: stats.poisson(p.n * p.rate),
            "cauchy": lambda: stats.cauchy(0, p.n), "normal": lambda: stats.norm(0, math.sqrt(p.n))}
    if p.independent and p.population in laws and not (p.population == "uniform" and p.n > 100):
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
        yield from _against_law(f, source, law, p.n * source.location, scale)
    elif p.population == "dice" and f.law.value is not None:
        faces = np.fft.rfft(np.full(6, 1 / 6), 5 * p.n + 1)
        yield Check.worst("exact_density", f.law.value.density, np.fft.irfft(faces**p.n, 5 * p.n + 1) * scale, 1e-12 * scale,
                          "numpy.fft: the characteristic function to the power n")
    elif p.population == "drawn" and f.law.value is not None:
        ours = np.interp(f.edges, f.law.value.z, f.law.value.cdf)
        yield Check.worst("exact_law", np.cumsum(f.counts) / f.drawn, ours[1:] - ours[0], 2 * band + 1e-4,
                          "the averages themselves, DKW 1e-6")
    yield from _against_theory(p, f, source, band)
    yield from _intervals(p, f, source)


def _against_law(f: Frame, source: Population, law: Any, mean: float, scale: float) -> Iterator[Check]:
    """The largest gap to the bell and the chance of the interval, from scipy's distribution functions alone."""
    from scipy import stats

    if source.step:
        k = np.arange(int(law.ppf(1e-15)), int(law.isf(1e-15)) + 2)
        bell = stats.norm(mean, scale).cdf(k)
        gap = float(np.maximum(np.abs(law.cdf(k) - bell), np.abs(law.cdf(k - 1) - bell)).max())
    else:
        z = np.linspace(-6, 6, 40_001)
        gap = float(np.abs(law.cdf(mean + scale * z) - stats.norm.cdf(z)).max())
    if f.ks_exact is not None:
        yield Check("ks_exact", f.ks_exact, gap, 1e-9 if source.step else 2e-8,
                    f"scipy.stats.{law.dist.name}, every atom or 40 001 points")
    if f.inside_exact is not None:
        yield Check("inside", f.inside, f.inside_exact, 6 * math.sqrt(0.25 / f.drawn), "the exact law, 6 standard errors")


def _against_theory(p: Params, f: Frame, source: Population, band: float) -> Iterator[Check]:
    from scipy import stats

    yield Check.worst("bell", normal_density(f.edges), stats.norm.pdf(f.edges), 1e-14, "scipy.stats.norm")
    if source.has_variance:
        spread = f.sd_theory or 1.0
        outside = f.drawn * min(1.0, (spread / SHOWN) ** 2 + 5 / math.sqrt(f.drawn))
        yield Check("none_lost", float(f.counts.sum()), float(f.drawn), outside, "Chebyshev beyond 4 sigma")
        yield Check("mean", float(f.z_mean or 0.0), 0.0, 6 * spread / math.sqrt(f.drawn), "E Z = 0, 6 standard errors")
        if source.kurtosis is not None and f.z_sd is not None:
            tails = 3 + abs(source.kurtosis) * (1 / p.n if p.independent else 1.0)
            yield Check("spread", f.z_sd**2, spread**2, 6 * spread**2 * math.sqrt(tails / f.drawn),
                        "Var Z = sum of all correlations / n, 6 standard errors")
        if p.population in ("drawn", "data", "lognormal") and source.kurtosis is not None:
            yield from _moments_again(p, source)
    if f.bound is not None:
        yield Check("berry_esseen", f.ks, f.bound, band, "Shevtsova 2011, C = 0.4748", "at_most")
    if p.independent and source.skewness is not None and source.kurtosis is not None:
        error = 5 * math.sqrt((6 + 9 * (source.skewness**2 + abs(source.kurtosis)) ** 2 / p.n) / f.drawn)
        yield Check("skewness", float(f.z_skewness or 0.0), float(f.skewness_theory or 0.0), error,
                    "gamma / sqrt(n), 5 standard errors")


def _moments_again(p: Params, source: Population) -> Iterator[Check]:
    """The moments that the standardisation and the bound use, by scipy: of the same density or of the same numbers."""
    from scipy import integrate, stats

    if p.population == "data":
        values = values_of(p.data, p.column)
        found = (values.mean(), values.std(), stats.skew(values), stats.kurtosis(values))
    elif p.population == "lognormal":
        mean, variance, skewness, kurtosis = stats.lognorm(1).stats(moments="mvsk")
        found = (mean, math.sqrt(variance), skewness, kurtosis)
    else:
        weights = np.array([p.w1, p.w2, p.w3, p.w4, p.w5, p.w6, p.w7, p.w8])
        weights = weights / weights.sum() if weights.sum() else np.full(8, 1 / 8)

        def moment(center: float, power: int) -> float:
            return float(sum(8 * w * integrate.quad(lambda x: (x - center) ** power, k / 8, (k + 1) / 8)[0]
                             for k, w in enumerate(weights)))

        mean, variance = moment(0, 1), moment(moment(0, 1), 2)
        found = (mean, math.sqrt(variance), moment(mean, 3) / variance**1.5, moment(mean, 4) / variance**2 - 3)
    ours = (source.location, source.scale, source.skewness or 0.0, source.kurtosis or 0.0)
    most = max(1.0, *(abs(float(v)) for v in found))
    yield Check.worst("moments", ours, found, 1e-9 * most, "scipy: mean, sd, skewness, kurtosis")


def _intervals(p: Params, f: Frame, source: Population) -> Iterator[Check]:
    """The interval by scipy's normal and exact laws, and how many t-intervals hold the mean, drawn once more by scipy."""
    from scipy import stats

    low, high = f.asked
    if source.step:
        spread = source.scale * math.sqrt(p.n)
        a = math.ceil(p.n * source.location + low * spread - 1e-9)
        b = math.floor(p.n * source.location + high * spread + 1e-9)
        a, b = max(a, int(p.n * source.origin)), min(b, p.n * source.top)
        if a <= b:
            z = (np.array([a, b, a - 0.5, b + 0.5]) - p.n * source.location) / spread
            plain, corrected = np.diff(stats.norm.cdf(z[:2])).item(), np.diff(stats.norm.cdf(z[2:])).item()
            yield Check("inside_bell", f.inside_bell, plain, 1e-9, "scipy.stats.norm at the outermost atoms")
            yield Check("inside_corrected", f.inside_corrected or 0.0, corrected, 1e-9, "scipy.stats.norm half a step beyond")
        exact = {"coin": lambda: stats.binom(p.n, p.p), "poisson": lambda: stats.poisson(p.n * p.rate)}.get(p.population)
        if exact is not None and a <= b and f.inside_exact is not None:
            law = exact()
            yield Check("inside_exact", f.inside_exact, float(law.cdf(b) - law.cdf(a - 1)), 1e-9, f"scipy.stats.{law.dist.name}")
    else:
        yield Check("inside_bell", f.inside_bell, float(stats.norm.cdf(high) - stats.norm.cdf(low)), 1e-3,
                    "scipy.stats.norm, to a cell of the grid")
    yield from _covered(p, f)


def _covered(p: Params, f: Frame) -> Iterator[Check]:
    """How many t-intervals hold the mean, with scipy's own intervals of scipy's own draws."""
    from scipy import stats

    laws = {"exponential": stats.expon(), "uniform": stats.uniform(), "normal": stats.norm(), "lognormal": stats.lognorm(1)}
    a_frame = min(p.averages, max(1, DRAWS_PER_FRAME // p.n))
    tried = f.drawn // a_frame * min(INTERVALS, a_frame, max(1, DRAWS_AT_ONCE // p.n))
    if f.coverage is None or not p.independent or p.population not in laws or tried < 500:
        return
    law, rows = laws[p.population], max(500, min(20_000, 2_000_000 // p.n))
    draws = law.rvs((rows, p.n), random_state=p.seed + 1)
    low, high = stats.t.interval(0.95, p.n - 1, loc=draws.mean(axis=1), scale=stats.sem(draws, axis=1))
    share = float(((low <= law.mean()) & (law.mean() <= high)).mean())
    yield Check("coverage", f.coverage, share, 6 * math.sqrt(share * (1 - share) * (1 / rows + 1 / tried)),
                "scipy.stats.t.interval on its own draws, 6 standard errors")
