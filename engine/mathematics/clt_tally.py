"""A tally of standardised averages: counts on a fine grid or on a lattice's own atoms, and what is read off them."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from engine.core import Array
from engine.mathematics.exact_sums import normal_cdf
from engine.mathematics.populations import Population

REACH, CELLS = 8.0, 16_384       # the fine grid on which F_n is kept: 2 * 8 / 16 384, about 0.001 wide
SHOWN, SHOWN_CELLS = 4.0, 512    # the part of it that a frame carries
LEVELS = (np.arange(61) + 0.5) / 61


class Tally:
    """Counts of standardised averages on a fine grid (or on a lattice's own atoms), and their moments."""

    def __init__(self, source: Population, n: int) -> None:
        spread = source.scale * math.sqrt(n)
        self.lattice = source.step > 0
        if self.lattice:                                    # one cell around each atom that can occur
            width = source.step / spread
            first = n * (source.origin - source.location) / spread
            last = min(n * (source.top - source.location) / spread, 12.0 + 30 / spread)
            self.low, self.width, self.cells = first - width / 2, width, round((last - first) / width) + 1
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

    def cells_between(self, low: float, high: float) -> tuple[int, int]:
        """The cells from a to b - 1 that lie between two values of z: whole atoms, or cut at the nearest edges."""
        if self.lattice:
            middle = self.low + self.width / 2
            first, last = math.ceil((low - middle) / self.width - 1e-9), math.floor((high - middle) / self.width + 1e-9) + 1
        else:
            first, last = round((low - self.low) / self.width), round((high - self.low) / self.width)
        first = min(max(first, 0), self.cells)
        return first, min(max(last, first), self.cells)

    def share_of(self, cells: tuple[int, int]) -> float:
        """The share of the averages counted in cells a to b - 1."""
        return float(self.counts[cells[0] + 1:cells[1] + 1].sum()) / self.drawn


@cache
def fine_bell() -> Array:
    """Phi on the edges of the fine grid, (CELLS + 1,)."""
    return normal_cdf(np.linspace(-REACH, REACH, CELLS + 1))


@cache
def bell_quantiles() -> Array:
    """Phi^-1 at LEVELS, by interpolating Phi on the fine grid."""
    return np.interp(LEVELS, fine_bell(), np.linspace(-REACH, REACH, CELLS + 1))
