"""Exact distributions of the standardised sum of n draws, where one is known in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.core import Array
from engine.mathematics.populations import PEAK, PEAK_SD, Population


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
    if source.name == "exponential":
        density, cdf = _erlang(x, n)
    elif source.name == "uniform":
        density, cdf = _irwin_hall(x, n)
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
    """Sum of n exponentials: f(x) = x^(n-1) e^-x / (n-1)!, and F(x) = 1 - sum of the first n Poisson(x) terms."""
    positive = np.maximum(x, 1e-300)
    density = np.where(x >= 0, np.exp((n - 1) * np.log(positive) - positive - math.lgamma(n)), 0.0)
    k = np.arange(n)
    log_factorial = np.array([math.lgamma(i + 1) for i in k])
    terms = np.exp(k[None, :] * np.log(positive)[:, None] - positive[:, None] - log_factorial[None, :])  # (points, n)
    return density, np.where(x > 0, np.clip(1 - terms.sum(axis=1), 0.0, 1.0), 0.0)


def _irwin_hall(x: Array, n: int) -> tuple[Array, Array]:
    """Sum of n uniforms: the cardinal B-spline, by its recursion of positive terms (no cancellation).

    M_1 = 1 on [0, 1);  M_k(x) = (x M_{k-1}(x) + (k - x) M_{k-1}(x - 1)) / (k - 1).  F_n(x) = sum_j M_{n+1}(x - j).
    """
    if n > 60:
        return _irwin_hall_fourier(x, n)
    shifted = x[:, None] - np.arange(n + 1)[None, :]                  # (points, n + 1): x, x - 1, ..., x - n
    spline = ((shifted >= 0) & (shifted < 1)).astype(np.float64)      # M_1
    density = spline[:, 0]
    for k in range(2, n + 2):
        right = np.concatenate([spline[:, 1:], np.zeros((len(x), 1))], axis=1)
        spline = (shifted * spline + (k - shifted) * right) / (k - 1)
        if k == n:
            density = spline[:, 0]
    return density, np.clip(np.where(x >= n, 1.0, spline.sum(axis=1)), 0.0, 1.0)


def _irwin_hall_fourier(x: Array, n: int) -> tuple[Array, Array]:
    """The same for large n by inverting the characteristic function (sin(t/2) / (t/2))^n of the centred sum."""
    centred = x - n / 2
    t = (np.arange(4000) + 0.5) * (24.0 / math.sqrt(n) / 4000) * math.sqrt(12) / 2
    step = t[1] - t[0]
    phi = np.sinc(t / (2 * np.pi)) ** n                               # np.sinc(u) = sin(pi u) / (pi u)
    angle = centred[:, None] * t[None, :]                             # (points, frequencies)
    density = (np.cos(angle) @ phi) * step / np.pi
    return density, 0.5 + (np.sin(angle) @ (phi / t)) * step / np.pi  # Gil-Pelaez


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


def _lattice(source: Population, n: int) -> Exact:
    if source.name == "coin":
        weight = _binomial(n, source.location)
    else:                                                             # dice: the n-fold convolution, by squaring
        weight = _power(np.full(6, 1 / 6), n)
    total = n * source.origin + source.step * np.arange(len(weight))
    spread = source.scale * math.sqrt(n)
    z = (total - n * source.location) / spread
    return Exact(z, weight * spread / source.step, np.cumsum(weight), True)


def _power(weights: Array, n: int) -> Array:
    """The n-fold convolution of a probability vector with itself."""
    result, base = np.ones(1), weights
    while n:
        if n & 1:
            result = np.convolve(result, base)
        base, n = np.convolve(base, base) if n > 1 else base, n >> 1
    return result


def distance_to_normal(law: Exact) -> float:
    """sup |F - Phi| over the law's points, both sides of every jump."""
    bell = normal_cdf(law.z)
    gaps = np.abs(law.cdf - bell)
    if law.lattice:
        below = np.concatenate([[0.0], law.cdf[:-1]])
        gaps = np.maximum(gaps, np.abs(below - bell))
    return float(gaps.max())
