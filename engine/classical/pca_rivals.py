"""Other axes to lay beside the principal one: a regression line, two robust axes, and Fisher's discriminant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from engine.classical.pca_data import Prepared, eigen, some_rows
from engine.core import Array

Beside = Literal["nothing", "regression", "spherical", "mcd", "lda"]
MOST_ROWS = {"spherical": 20_000, "mcd": 2000}
STARTS, KEPT = 200, 10                  # of the search for the tightest half of the samples
MCD_COLUMNS = 20


@dataclass(frozen=True, eq=False)
class Rival:
    """An axis through a point of its own; `reason` says why there is none."""

    centre: Array                       # (columns,)
    axis: Array                         # (columns,) of length 1
    reason: str = ""


def rival(kind: Beside, of: Prepared) -> Rival | None:
    """The axis asked for, or None where nothing is."""
    return None if kind == "nothing" else _rival(kind, of)


@lru_cache(maxsize=1)
def _rival(kind: Beside, of: Prepared) -> Rival:
    columns = of.y.shape[1]
    if kind == "regression":
        return regression(of.y) if columns == 2 else _none(columns, "two_columns_only")
    if kind == "spherical":
        return spherical(some_rows(of.y, MOST_ROWS[kind]))
    if kind == "mcd":
        y = some_rows(of.y, MOST_ROWS[kind])
        if columns > MCD_COLUMNS or len(y) < 5 * columns or of.values[-1] <= 1e-9 * of.values[0]:
            return _none(columns, "too_few_samples")
        centre, square, half = mcd(y)
        centre, square = reweighted(y, centre, square, half)
        return Rival(centre, eigen(square)[1][0])
    if of.classes < 2:
        return _none(columns, "no_classes")
    return Rival(of.y.mean(axis=0), discriminants(of.within, of.between)[0])


def _none(columns: int, reason: str) -> Rival:
    return Rival(np.zeros(columns), np.zeros(columns), reason)


def regression(y: Array) -> Rival:
    """The least-squares line of the second column on the first: it measures errors upright, not at right angles."""
    centre = y.mean(axis=0)
    a, b = (y - centre).T
    spread = float(a @ a)
    axis = np.array([1.0, float(a @ b) / spread]) if spread > 0 else np.array([0.0, 1.0])
    return Rival(centre, axis / np.hypot(*axis))


def spatial_median(y: Array, steps: int = 500) -> Array:
    """The point with the least sum of distances to the samples (Weiszfeld, kept off the samples by Vardi and Zhang)."""
    at = np.median(y, axis=0)
    scale = float(np.abs(y - at).mean()) or 1.0
    for _ in range(steps):
        gap = np.sqrt(((y - at) ** 2).sum(axis=1))
        here = gap <= 1e-12 * scale
        weight = 1 / np.where(here, 1.0, gap)
        weight[here] = 0.0
        if not weight.any():
            break
        target = weight @ y / weight.sum()
        pull = float(np.linalg.norm(weight @ (y - at)))
        stay = min(1.0, here.sum() / pull) if pull > 0 else 1.0                 # standing on a sample may be the answer
        new = (1 - stay) * target + stay * at
        moved, at = float(np.abs(new - at).max()), new
        if moved <= 1e-13 * scale:
            break
    return at


def spherical(y: Array) -> Rival:
    """Spherical PCA (Locantore 1999): every sample pulled to the unit sphere about the spatial median has one vote."""
    centre = spatial_median(y)
    away = y - centre
    length = np.sqrt((away**2).sum(axis=1))
    if not length.any():
        return _none(y.shape[1], "no_variance")
    signs = away[length > 0] / length[length > 0, None]
    return Rival(centre, eigen(signs.T @ signs / len(signs))[1][0])


def mcd(y: Array) -> tuple[Array, Array, float]:
    """Minimum covariance determinant (Rousseeuw): mean and covariance of the tightest half of the samples, and its share.

    The half is (rows + columns + 1) // 2 samples. Each step keeps those that are nearest by the present covariance, and
    the determinant never grows. 200 starts take two steps, the ten best go on to the end.
    """
    rows, columns = y.shape
    half = (rows + columns + 1) // 2
    rng = np.random.default_rng(0)
    first = np.stack([rng.choice(rows, columns + 1, replace=False) for _ in range(STARTS)])     # (starts, columns + 1)
    chosen = y[first]                                                                           # (starts, ., columns)
    for _ in range(2):
        chosen = _concentrated(y, chosen, half)
    best = np.argsort(_determinants(chosen), kind="stable")[:KEPT]
    chosen, least = chosen[best], np.full(len(best), np.inf)
    for _ in range(100):
        now = _determinants(chosen)
        if np.all(now >= least * (1 - 1e-12)):
            break
        least, chosen = now, _concentrated(y, chosen, half)
    winner = chosen[int(np.argmin(_determinants(chosen)))]
    return winner.mean(axis=0), np.cov(winner, rowvar=False, ddof=0), half / rows


def reweighted(y: Array, centre: Array, square: Array, half: float) -> tuple[Array, Array]:
    """Mean and covariance of the samples within 97.5 % of a normal law whose tightest `half` (a share) is known.

    Half of the samples waste the other half; this takes the good ones back. The covariance is first widened by the
    factor of Croux and Haesbroeck (1999), by which the core of a normal law is tighter than the whole.
    """
    from scipy.special import gammainc, gammaincinv

    columns = y.shape[1]
    radius = gammaincinv(columns / 2, half)                         # half of chi squared's quantile
    factor = half / gammainc(columns / 2 + 1, radius)
    away = y - centre
    distance = np.einsum("rc,cd,rd->r", away, np.linalg.inv(square * factor), away)
    good = y[distance < 2 * gammaincinv(columns / 2, 0.975)]
    return good.mean(axis=0), np.cov(good, rowvar=False)


def _covariances(chosen: Array) -> tuple[Array, Array]:
    mean = chosen.mean(axis=1, keepdims=True)
    away = chosen - mean
    return mean, np.einsum("skc,skd->scd", away, away) / chosen.shape[1]


def _determinants(chosen: Array) -> Array:
    return np.asarray(np.linalg.det(_covariances(chosen)[1]))


def _concentrated(y: Array, chosen: Array, half: int) -> Array:
    """For every start, the `half` samples nearest to its mean by its covariance, (starts, half, columns)."""
    mean, square = _covariances(chosen)
    spread = np.trace(square, axis1=1, axis2=2)[:, None, None]
    inverse = np.linalg.inv(square + 1e-9 * spread * np.eye(y.shape[1]))        # a flat start is no fault
    away = y[None] - mean                                                       # (starts, rows, columns)
    distance = np.einsum("src,scd,srd->sr", away, inverse, away, optimize=True)
    return y[np.argpartition(distance, half - 1, axis=1)[:, :half]]


def discriminants(within: Array, between: Array) -> Array:
    """Fisher's axes as rows of length 1: make the classes round (whiten by the within scatter), then PCA of their means."""
    values, axes = eigen(within)
    good = values > 1e-10 * values[0]
    whiten = axes[good].T / np.sqrt(values[good])                               # (columns, kept)
    found = (whiten @ eigen(whiten.T @ between @ whiten)[1].T).T
    found /= np.sqrt((found**2).sum(axis=1, keepdims=True))
    largest = np.abs(found).argmax(axis=1)
    return np.asarray(found * np.sign(found[np.arange(len(found)), largest])[:, None])
