"""Exact distributions of the standardised sum of n draws, where one is known, and how far each is from the bell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.core import Array
from engine.mathematics.populations import PEAK, PEAK_SD, Population

SPLINES = 30                # up to so many draws a density in steps is summed by splines, beyond by its Fourier integral
FREQUENCIES = 600


@dataclass(frozen=True)
class Exact:
    """The exact law of Z_n on a grid: density and distribution function at z.

    For a lattice population z holds the atoms, `density` is probability / spacing, and `cdf` includes the atom.
    """

    z: Array         # (points,)
    density: Array   # (points,)
    cdf: Array       # (points,)
    lattice: bool


def exact_sum(source: Population, n: int, z: Array) -> Exact | None:
    """The exact law of Z_n at the points z (its own atoms for a lattice population), or None where none is known."""
    if source.step:
        return _lattice(source, n)
    x = n * source.location + source.scale * math.sqrt(n) * z        # the sum itself
    spread = source.scale * math.sqrt(n)
    if source.weights:
        density, cdf = _steps(x, source, n)
    elif source.name == "exponential":
        density, cdf = _erlang(x, n)
    elif source.name == "two_peaks":
        density, cdf = _peaks(x, n)
    elif source.name == "normal":
        density, cdf = normal_density(x / math.sqrt(n)) / math.sqrt(n), normal_cdf(x / math.sqrt(n))
    elif source.name == "cauchy":
        density, cdf = n / (np.pi * (n * n + x * x)), 0.5 + np.arctan(x / n) / np.pi
    else:
        return None
    return Exact(z, density * spread, cdf, False)


def normal_density(z: Array) -> Array:
    """phi(z) = exp(-z^2 / 2) / sqrt(2 pi)."""
    return np.asarray(np.exp(-z * z / 2) / math.sqrt(2 * math.pi))


def normal_cdf(z: Array) -> Array:
    """Phi(z) = (1 + erf(z / sqrt 2)) / 2."""
    return np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in np.ravel(z)]).reshape(np.shape(z))


def _erlang(x: Array, n: int) -> tuple[Array, Array]:
    """Sum of n exponentials: f(x) = x^(n-1) e^-x / (n-1)!, and F(x) = 1 - sum of the first n Poisson(x) terms.

    The first of those terms is f itself, term k - 1 is term k times k / x, and far below x none is left to count.
    """
    positive = np.maximum(x, 1e-300)
    density = np.where(x >= 0, np.exp((n - 1) * np.log(positive) - positive - math.lgamma(n)), 0.0)
    inside = x > 0
    at, term = positive[inside], density[inside]
    total = term.copy()
    for k in range(n - 1, 0, -1):
        term = term * (k / at)
        total += term
        if k < at.min(initial=math.inf) and term.max(initial=0.0) < 1e-20:
            break
    cdf = np.zeros(x.shape)
    cdf[inside] = np.clip(1 - total, 0.0, 1.0)
    return density, cdf


def _steps(x: Array, source: Population, n: int) -> tuple[Array, Array]:
    """Sum of n draws of a density in m equal steps on [0, 1]: m times a draw is a step's number K plus a uniform U.

    The sum of the K has the n-fold convolution W of the steps' shares, the sum of the U the spline M_n of Irwin and Hall:
    f(u) = sum_k W_k M_n(u - k) with u = m x. One step is the uniform distribution.
    """
    m = len(source.weights)
    u = m * x
    if n > SPLINES:
        density, cdf = _steps_by_fourier(u, source, n)
        return m * density, cdf
    shares = _power(np.array(source.weights), n)                      # W, (n (m - 1) + 1,)
    below, at_most = np.cumsum(shares), len(shares) - 1
    cell = np.floor(u).astype(np.int64)
    spline, summed = _splines(u - cell, n)                            # M_n and F_n at u - cell + i, (points, n + 1)
    density, cdf = np.zeros(len(u)), np.zeros(len(u))
    for i in range(n + 1):
        k = cell - i
        share = np.where((k >= 0) & (k <= at_most), shares[np.clip(k, 0, at_most)], 0.0)
        density += share * spline[:, i]
        cdf += share * summed[:, i]
    rest = cell - n - 1                                               # here F_n is 1
    cdf += np.where(rest >= 0, below[np.clip(rest, 0, at_most)], 0.0)
    return m * density, np.clip(cdf, 0.0, 1.0)


def _splines(part: Array, n: int) -> tuple[Array, Array]:
    """The cardinal B-spline M_n and its integral F_n at part + 0, part + 1, ..., part + n, each (points, n + 1).

    M_1 = 1 on [0, 1);  M_k(x) = (x M_{k-1}(x) + (k - x) M_{k-1}(x - 1)) / (k - 1), all terms positive, so nothing cancels.
    F_n(x) = sum_j M_{n+1}(x - j).
    """
    at = part[:, None] + np.arange(n + 1)                             # (points, n + 1)
    spline = ((at >= 0) & (at < 1)).astype(np.float64)                # M_1
    density = spline
    for k in range(2, n + 2):
        left = np.concatenate([np.zeros((len(part), 1)), spline[:, :-1]], axis=1)
        spline = (at * spline + (k - at) * left) / (k - 1)
        if k == n:
            density = spline
    return density, np.cumsum(spline, axis=1)


def _steps_by_fourier(u: Array, source: Population, n: int) -> tuple[Array, Array]:
    """The same for large n, by inverting the n-th power of the characteristic function (Gil-Pelaez 1951)."""
    m = len(source.weights)
    t = (np.arange(FREQUENCIES) + 0.5) * (31.0 / math.sqrt(n) / FREQUENCIES)
    middles = np.arange(m) + 0.5 - m * source.location
    one = np.exp(1j * np.outer(t, middles)) @ np.array(source.weights) * np.sinc(t / (2 * np.pi))
    phi = one**n                                                      # of the centred sum
    wave = np.exp(-1j * np.outer(u - n * m * source.location, t)) * phi
    step = float(t[1] - t[0]) / np.pi
    return wave.real.sum(axis=1) * step, 0.5 - (wave.imag @ (1 / t)) * step


def _peaks(x: Array, n: int) -> tuple[Array, Array]:
    """Sum of n two-peak draws: K of them to the right, K binomial, and a normal of variance n s^2 around that."""
    k = np.arange(n + 1)
    weight = _binomial(n, 0.5)
    spread = PEAK_SD * math.sqrt(n)
    keep = weight > 1e-18
    u = (x[:, None] - PEAK * (2 * k[keep] - n)[None, :]) / spread     # (points, terms)
    return normal_density(u) @ weight[keep] / spread, normal_cdf(u) @ weight[keep]


def _binomial(n: int, p: float) -> Array:
    """P(K = k) for k = 0..n, by log-gamma."""
    k = range(n + 1)
    if p in (0.0, 1.0):
        return np.array([float(i == n * p) for i in k])
    log = [math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) + (n - i) * math.log1p(-p)
           for i in k]
    return np.asarray(np.exp(np.array(log)))


def _poisson(mean: float) -> Array:
    """P(K = k) for every k up to where less than 1e-20 is left."""
    k = range(int(mean + 12 * math.sqrt(mean) + 30))
    return np.asarray(np.exp([i * math.log(mean) - mean - math.lgamma(i + 1) for i in k]))


def _lattice(source: Population, n: int) -> Exact:
    if source.name == "coin":
        weight = _binomial(n, source.location)
    elif source.name == "poisson":
        weight = _poisson(n * source.location)
    else:                                                             # dice: the n-fold convolution, by squaring
        weight = _power(np.full(6, 1 / 6), n)
    total = n * source.origin + source.step * np.arange(len(weight))
    spread = source.scale * math.sqrt(n)
    z = (total - n * source.location) / spread
    return Exact(z, weight * spread / source.step, np.cumsum(weight), True)


def _power(weights: Array, n: int) -> Array:
    """The n-fold convolution of a probability vector with itself, by squaring; ends below 1e-25 are left out on the way."""
    size = n * (len(weights) - 1) + 1
    (at, result), (base_at, base) = (0, np.ones(1)), _trimmed(0, weights)
    while n:
        if n & 1:
            at, result = _trimmed(at + base_at, np.convolve(result, base))
        if n > 1:
            base_at, base = _trimmed(2 * base_at, np.convolve(base, base))
        n >>= 1
    return np.pad(result, (at, size - at - len(result)))


def _trimmed(at: int, weights: Array) -> tuple[int, Array]:
    """Where the first weight above 1e-25 stands, and the weights from there to the last such."""
    kept = np.flatnonzero(weights > 1e-25)
    return at + int(kept[0]), weights[kept[0]:kept[-1] + 1]


def exact_distance(source: Population, n: int) -> float | None:
    """sup |F_n - Phi| over all z: both sides of every atom, or to the last digits between the points of a grid."""
    if source.step:
        law = _lattice(source, n)
        bell = normal_cdf(law.z)
        below = np.concatenate([[0.0], law.cdf[:-1]])
        return float(np.maximum(np.abs(law.cdf - bell), np.abs(below - bell)).max())
    grid = np.linspace(-6, 6, 601)
    if exact_sum(source, n, grid[:1]) is None:
        return None
    gap = _gap(source, n, grid)
    inner = np.flatnonzero((gap[1:-1] >= gap[:-2]) & (gap[1:-1] >= gap[2:])) + 1
    tops = inner[gap[inner] >= gap.max() - 1e-3][:8]
    return max(float(gap.max()), _highest(source, n, grid[tops - 1], grid[tops + 1]))


def _gap(source: Population, n: int, z: Array) -> Array:
    law = exact_sum(source, n, z)
    assert law is not None
    return np.abs(law.cdf - normal_cdf(z))


def _highest(source: Population, n: int, low: Array, high: Array) -> float:
    """The largest gap within some stretches, (stretches,) each, every look twenty times closer than the last."""
    best, row = 0.0, np.arange(len(low))
    for _ in range(3):
        z = np.linspace(low, high, 41, axis=1)                                  # (stretches, 41)
        gap = _gap(source, n, z.ravel()).reshape(z.shape)
        top = gap.argmax(axis=1)
        best = max(best, float(gap.max(initial=0.0)))
        low, high = z[row, np.maximum(top - 1, 0)], z[row, np.minimum(top + 1, 40)]
    return best


def corrected_distance(source: Population, n: int) -> float | None:
    """The same with de Moivre's and Laplace's correction, |F(k) - Phi(half a step beyond k)|; None without a lattice."""
    if not source.step:
        return None
    law = _lattice(source, n)
    half = source.step / (source.scale * math.sqrt(n)) / 2
    return float(np.abs(law.cdf - normal_cdf(law.z + half)).max())


def edgeworth(source: Population, n: Array) -> Array:
    """What the first terms that the limit neglects make of the distance, (sizes,); NaN without a third moment.

    Of a lattice of spacing h it is (|gamma| + 3 h / sigma) / (6 sqrt(2 pi n)), half an atom included (Esseen 1945);
    else sup phi |gamma He_2 / (6 sqrt n) + kappa He_3 / (24 n) + gamma^2 He_5 / (72 n)|.
    """
    if source.skewness is None:
        return np.full(len(n), np.nan)
    skew = source.skewness
    if source.step:
        return np.asarray((abs(skew) + 3 * source.step / source.scale) / (6 * np.sqrt(2 * np.pi * n)))
    z, root = np.linspace(-6, 6, 1201), np.sqrt(n)[:, None]
    first = skew * (z**2 - 1) / 6 / root
    second = ((source.kurtosis or 0.0) * (z**3 - 3 * z) / 24 + skew**2 * (z**5 - 10 * z**3 + 15 * z) / 72) / root**2
    return np.asarray((np.abs(first + second) * normal_density(z)).max(axis=1))
