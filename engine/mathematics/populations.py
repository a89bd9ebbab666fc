"""Populations to draw from, each with its exact moments: what one draw looks like before any averaging."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.core import Array, BadInput

Sampler = Callable[[np.random.Generator, tuple[int, ...]], Array]


@dataclass(frozen=True)
class Population:
    """A distribution of one draw. Moments are None where the integral diverges.

    location, scale: mean and standard deviation where they exist, else median, and interquartile range / 1.349.
    skewness: E(X-mu)^3 / sigma^3. kurtosis: excess, E(X-mu)^4 / sigma^4 - 3. rho: E|X-mu|^3 / sigma^3.
    step: spacing of a lattice population in its own units, 0 for a continuous one; origin, top: its smallest and its
    largest value. weights: shares of the equal steps on [0, 1] of a density in steps.
    """

    name: str
    sample: Sampler
    location: float
    scale: float
    skewness: float | None
    kurtosis: float | None
    rho: float | None
    step: float = 0.0
    origin: float = 0.0
    top: float = math.inf
    has_variance: bool = True
    weights: tuple[float, ...] = ()


def uniform() -> Population:
    """X = U on [0, 1)."""
    return Population("uniform", lambda rng, shape: rng.random(shape), 0.5, math.sqrt(1 / 12), 0.0, -1.2,
                      3 * math.sqrt(3) / 4, weights=(1.0,))


def exponential() -> Population:
    """X with density exp(-x); E|X-1|^3 = 12/e - 2."""
    return Population("exponential", lambda rng, shape: rng.standard_exponential(shape), 1.0, 1.0, 2.0, 6.0,
                      12 / math.e - 2)


def coin(p: float) -> Population:
    """X = 1 with probability p, else 0: the theorem of de Moivre and Laplace."""
    q, variance = 1 - p, p * (1 - p)
    return Population("coin", lambda rng, shape: (rng.random(shape) < p).astype(np.float64), p, math.sqrt(variance),
                      (q - p) / math.sqrt(variance), (1 - 6 * variance) / variance,
                      (p * p + q * q) / math.sqrt(variance), step=1.0, top=1.0)


def dice() -> Population:
    """X uniform on {1, ..., 6}."""
    variance = 35 / 12
    fourth = sum((k - 3.5) ** 4 for k in range(1, 7)) / 6
    third = sum(abs(k - 3.5) ** 3 for k in range(1, 7)) / 6
    return Population("dice", lambda rng, shape: rng.integers(1, 7, shape).astype(np.float64), 3.5,
                      math.sqrt(variance), 0.0, fourth / variance**2 - 3, third / variance**1.5, step=1.0, origin=1.0, top=6.0)


def poisson(rate: float) -> Population:
    """X = how many rare events fall into an hour, `rate` on average; E|X - rate|^3 summed over every count that can be."""
    counts = np.arange(int(rate + 40 * math.sqrt(rate) + 60))
    chance = np.exp(counts * math.log(rate) - rate - np.array([math.lgamma(k + 1) for k in counts]))
    third = float(np.abs(counts - rate) ** 3 @ chance)
    return Population("poisson", lambda rng, shape: rng.poisson(rate, shape).astype(np.float64), rate, math.sqrt(rate),
                      1 / math.sqrt(rate), 1 / rate, third / rate**1.5, step=1.0)


PEAK, PEAK_SD = 2.0, 0.6


def two_peaks() -> Population:
    """X normal around -2 or +2 with equal chance: nothing near its own mean."""
    variance = PEAK**2 + PEAK_SD**2
    fourth = PEAK**4 + 6 * PEAK**2 * PEAK_SD**2 + 3 * PEAK_SD**4

    def sample(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        side = np.where(rng.random(shape) < 0.5, -PEAK, PEAK)
        return side + PEAK_SD * rng.standard_normal(shape)

    return Population("two_peaks", sample, 0.0, math.sqrt(variance), 0.0, fourth / variance**2 - 3,
                      _peaks_third() / variance**1.5)


def _peaks_third() -> float:
    """E|X|^3 of two_peaks: the third absolute moment of a normal with mean 2 and deviation 0.6."""
    m, s = PEAK, PEAK_SD
    phi = math.exp(-((m / s) ** 2) / 2) / math.sqrt(2 * math.pi)
    inside = math.erf(m / s / math.sqrt(2))
    return (m**3 + 3 * m * s**2) * inside + 2 * s * (m**2 + 2 * s**2) * phi


def arcsine() -> Population:
    """X = sin^2(pi U / 2): most draws lie at the two ends of [0, 1]."""
    def sample(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return np.sin(0.5 * np.pi * rng.random(shape)) ** 2

    return Population("arcsine", sample, 0.5, math.sqrt(1 / 8), 0.0, -1.5, 8 * math.sqrt(2) / (3 * math.pi))


def lognormal() -> Population:
    """X = exp(Z), Z standard normal: a long right tail, yet every moment is finite. rho by quadrature."""
    w = math.e
    variance = (w - 1) * w
    return Population("lognormal", lambda rng, shape: np.exp(rng.standard_normal(shape)), math.sqrt(w),
                      math.sqrt(variance), (w + 2) * math.sqrt(w - 1), w**4 + 2 * w**3 + 3 * w**2 - 6,
                      _lognormal_third() / variance**1.5)


def _lognormal_third() -> float:
    """E|X - mean|^3 of the lognormal, by the trapezoid rule over z in [-9, 12]."""
    z = np.linspace(-9.0, 12.0, 200_001)
    weight = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return float(np.trapezoid(np.abs(np.exp(z) - math.sqrt(math.e)) ** 3 * weight, z))


def pareto(alpha: float) -> Population:
    """X = (1-U)^(-1/alpha) >= 1: moments exist only below order alpha."""
    def sample(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return np.asarray((1.0 - rng.random(shape)) ** (-1.0 / alpha))

    if alpha <= 2:
        quartile = [(1 - q) ** (-1 / alpha) for q in (0.25, 0.5, 0.75)]
        middle = alpha / (alpha - 1) if alpha > 1 else quartile[1]
        return Population("pareto", sample, middle, (quartile[2] - quartile[0]) / 1.349, None, None, None,
                          has_variance=False)
    mean = alpha / (alpha - 1)
    sd = math.sqrt(alpha / (alpha - 2)) / (alpha - 1)
    skew = 2 * (1 + alpha) / (alpha - 3) * math.sqrt((alpha - 2) / alpha) if alpha > 3 else None
    kurtosis = 6 * (alpha**3 + alpha**2 - 6 * alpha - 2) / (alpha * (alpha - 3) * (alpha - 4)) if alpha > 4 else None
    return Population("pareto", sample, mean, sd, skew, kurtosis, _pareto_third(alpha, mean, sd) if alpha > 3 else None)


def _pareto_third(alpha: float, mean: float, sd: float) -> float:
    """E|X - mean|^3 / sd^3 for alpha > 3: the third central moment plus twice the part below the mean."""
    def below(power: int) -> float:  # integral of x^power * alpha * x^(-alpha-1) from 1 to the mean
        return float(alpha * (mean ** (power - alpha) - 1) / (power - alpha))

    raw = [alpha / (alpha - k) for k in range(4)]
    central = raw[3] - 3 * mean * raw[2] + 3 * mean**2 * raw[1] - mean**3
    left = below(3) - 3 * mean * below(2) + 3 * mean**2 * below(1) - mean**3 * below(0)
    return float((central - 2 * left) / sd**3)


def cauchy() -> Population:
    """X with density 1 / (pi (1 + x^2)): no mean, no variance; the average of n draws is as wild as one."""
    return Population("cauchy", lambda rng, shape: rng.standard_cauchy(shape), 0.0, 2 / 1.349, None, None, None,
                      has_variance=False)


def normal() -> Population:
    """X standard normal: its averages are exactly normal at every n. E|X|^3 = 2 sqrt(2 / pi)."""
    return Population("normal", lambda rng, shape: rng.standard_normal(shape), 0.0, 1.0, 0.0, 0.0, 2 * math.sqrt(2 / math.pi))


def drawn(weights: tuple[float, ...]) -> Population:
    """X with a density drawn by hand: as many equal steps on [0, 1] as there are weights."""
    shares = np.array(weights, np.float64)
    shares = shares / shares.sum() if shares.sum() > 0 else np.full(len(shares), 1 / len(shares))
    edges, ends = np.linspace(0, 1, len(shares) + 1), np.cumsum(shares)

    def sample(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        step = np.searchsorted(ends[:-1], rng.random(shape), side="right")
        return (step + rng.random(shape)) / len(shares)

    mean = _step_moment(shares, edges, 0.0, 1)
    second, third, fourth = (_step_moment(shares, edges, mean, k) for k in (2, 3, 4))
    return Population("drawn", sample, mean, math.sqrt(second), third / second**1.5, fourth / second**2 - 3,
                      _step_moment(shares, edges, mean, 3, absolute=True) / second**1.5, weights=tuple(shares.tolist()))


def _step_moment(shares: Array, edges: Array, center: float, power: int, absolute: bool = False) -> float:
    """E (X - center)^power of a density in steps, each integrated exactly; E |X - center|^power if `absolute`."""
    def integral(x: Array) -> Array:
        away = x - center
        whole = np.sign(away) * np.abs(away) ** (power + 1) if absolute else away ** (power + 1)
        return np.asarray(whole / (power + 1))

    return float(np.sum(shares * (integral(edges[1:]) - integral(edges[:-1])) / np.diff(edges)))


def of_sample(values: Array) -> Population:
    """X drawn again, with replacement, from a user's own numbers: their empirical distribution."""
    mean, sd = float(values.mean()), float(values.std())
    if sd == 0:
        raise BadInput("data: every value of the column is the same, so averages cannot vary; choose another column",
                       "no_spread")
    z = (values - mean) / sd
    return Population("data", lambda rng, shape: values[rng.integers(0, len(values), shape)], mean, sd,
                      float((z**3).mean()), float((z**4).mean()) - 3, float((np.abs(z) ** 3).mean()))


def population(name: str, *, p: float = 0.5, rate: float = 1.5, alpha: float = 3.0, weights: tuple[float, ...] = (1.0,),
               values: Array | None = None) -> Population:
    """The population of that name.

    p: the coin's chance of 1. rate: Poisson's mean. alpha: the Pareto tail's exponent. weights: the steps of the density
    drawn by hand. values: the numbers of 'data', (count,).
    """
    made: dict[str, Callable[[], Population]] = {
        "uniform": uniform, "exponential": exponential, "coin": lambda: coin(p), "dice": dice, "two_peaks": two_peaks,
        "poisson": lambda: poisson(rate),
        "arcsine": arcsine, "lognormal": lognormal, "normal": normal, "pareto": lambda: pareto(alpha), "cauchy": cauchy,
        "drawn": lambda: drawn(weights), "data": lambda: of_sample(np.zeros(2) if values is None else values),
    }
    return made[name]()


def sticky(draws: Array, rho: float, rng: np.random.Generator) -> Array:
    """Dependent draws: each repeats the one before it with chance rho, so corr(X_i, X_j) = rho^|i - j|; (averages, n)."""
    repeats = rng.random(draws.shape) < rho
    repeats[:, 0] = False
    fresh = np.where(repeats, 0, np.arange(draws.shape[1]))
    return np.take_along_axis(draws, np.maximum.accumulate(fresh, axis=1), axis=1)


def shared(draws: Array, rho: float, rng: np.random.Generator) -> Array:
    """Dependent draws: each is the row's common shock with chance sqrt(rho), so corr(X_i, X_j) = rho; (averages, n)."""
    shock = rng.permutation(draws[:, 0])[:, None]
    return np.where(rng.random(draws.shape) < math.sqrt(rho), shock, draws)


def dependent_spread(kind: str, rho: float, n: int) -> float:
    """The deviation of Z_n under dependence, exactly: Var Z_n = sum of all correlations / n."""
    if kind == "shared":
        return math.sqrt(1 + (n - 1) * rho)
    lags = np.arange(1, n)
    return math.sqrt(1 + 2 * float(np.sum((1 - lags / n) * rho**lags)))
