"""The proof of the central limit theorem's panel: its numbers against scipy's laws and against theory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.core import Check
from engine.mathematics.clt import SHOWN, values_of
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
            "coin": lambda: stats.binom(p.n, p.p), "cauchy": lambda: stats.cauchy(0, p.n),
            "normal": lambda: stats.norm(0, math.sqrt(p.n))}
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
    elif p.population == "dice" and f.law.value is not None:
        faces = np.fft.rfft(np.full(6, 1 / 6), 5 * p.n + 1)
        yield Check.worst("exact_density", f.law.value.density, np.fft.irfft(faces**p.n, 5 * p.n + 1) * scale, 1e-12 * scale,
                          "numpy.fft: the characteristic function to the power n")
    yield from _against_theory(p, f, source, band)


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
