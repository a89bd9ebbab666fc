"""What PCA looks at: the table that was chosen, its scatter accumulated chunk by chunk, and how it is prepared."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from engine.classical.datasets import BUNDLED, FEW_COLUMNS, Table, brought, bundled
from engine.core import Array, BadInput, Source
from engine.core.tables import label_column

if TYPE_CHECKING:
    from engine.classical.pca import Params

GENERATED = ("cloud", "classes", "curve", "space")
SMITH = ((2.5, 2.4), (0.5, 0.7), (2.2, 2.9), (1.9, 2.2), (3.1, 3.0), (2.3, 2.7), (2.0, 1.6), (1.0, 1.1), (1.5, 1.6), (1.1, 0.9))
MIDDLE = (5.0, 2.0)                     # of the clouds in the plane: far enough from the origin to need centring
HEAP = (0.8, 3.2)                       # where outliers lie, in stretches along and across the cloud
PLATE = (3.0, 1.6, 0.35)                # deviations of the flat cloud in space
CHUNK = 65_536                          # rows of two columns in hand at a time
MOST_COLUMNS = 500


def is_space(source: Source) -> bool:
    """Whether the cloud is looked at from a direction in space, rather than along an axis in a plane."""
    return not source.sha256 and source.name == "space"


def is_digits(source: Source) -> bool:
    """Whether the samples are pictures."""
    return not source.sha256 and source.name == "digits"


def columns_of(source: Source) -> int:
    """How many columns of numbers a source has, without loading it."""
    if source.sha256:
        return len(source.columns) - (label_column(source.columns) is not None)
    return {"space": 3, "iris": 4, "wine": 13, "digits": 64}.get(source.name, 2)


def table_of(p: Params) -> Table:
    """The samples that the parameters ask for."""
    if not p.source.sha256:
        return _named(p.source.name, p.points, p.stretch, p.tilt, p.gap, p.bend, p.outliers, p.seed)
    made = brought(p.source)
    rows, columns = made.x.shape
    if columns < 2 or rows < 3:
        raise BadInput(f"source={p.source.name}: has {columns} columns and {rows} rows of numbers; at least 2 and 3 are needed",
                       "source_small", name=p.source.name, columns=columns, rows=rows)
    if columns > MOST_COLUMNS:
        raise BadInput(f"source={p.source.name}: has {columns} columns, at most {MOST_COLUMNS} can be used; leave some out",
                       "csv_wide", path=p.source.name, count=columns, max=MOST_COLUMNS)
    return made


@lru_cache(maxsize=1)
def _named(name: str, points: int, stretch: float, tilt: float, gap: float, bend: float, outliers: float, seed: int) -> Table:
    if name in BUNDLED:
        return bundled(name)
    if name == "smith":
        return Table(np.array(SMITH), None, ("x1", "x2"))
    normals = _normals(seed, points, 3 if name == "space" else 2)               # (columns, points): fast column by column
    middle = np.array(MIDDLE)[:, None]
    if name == "space":
        return Table((_rotation_in_space(25.0, 35.0) @ (normals * np.array(PLATE)[:, None])).T, None, ("x1", "x2", "x3"))
    if name == "curve":
        turn = np.radians(bend) * (np.random.default_rng([seed, 1]).random(points) - 0.5)
        arc = 3.0 * np.stack([np.sin(turn), -np.cos(turn)]) + 0.12 * normals
        return Table((rotation(tilt) @ arc + middle).T, None, ("x1", "x2"))
    long, short = rotation(tilt).T
    x = np.outer(long, stretch * normals[0])                                    # (2, points)
    x += np.multiply.outer(short, normals[1])
    label = None
    if name == "classes":
        label = np.arange(points) % 2
        x += np.multiply.outer(short, (label - 0.5) * gap)
    elif count := round(outliers * points):                                     # one tight heap, away from the long axis
        far = np.random.default_rng([seed, 2]).choice(points, count, replace=False, shuffle=False)
        x[:, far] = 0.35 * normals[:, far] + (rotation(tilt) @ HEAP)[:, None] * stretch
    x += middle
    return Table(x.T, label, ("x1", "x2"))


@lru_cache(maxsize=1)
def _normals(seed: int, points: int, columns: int) -> Array:
    made = np.random.default_rng(seed).standard_normal((columns, points))
    made.flags.writeable = False
    return made


def rotation(degrees: float) -> Array:
    """The matrix that turns the plane counter-clockwise."""
    a = math.radians(degrees)
    return np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])


def _rotation_in_space(about_z: float, about_x: float) -> Array:
    z, x = np.eye(3), np.eye(3)
    z[:2, :2], x[1:, 1:] = rotation(about_z), rotation(about_x)
    return z @ x


@dataclass(frozen=True, eq=False)
class Prepared:
    """The samples as PCA sees them, y = (x - shift) @ mix, and their scatter."""

    y: Array                    # (rows, columns)
    label: Array | None
    classes: int
    columns: tuple[str, ...]
    shift: Array                # (columns,)
    unmix: Array                # (columns, columns): x = y @ unmix + shift
    scatter: Array              # (columns, columns): Y'Y / (rows - 1)
    values: Array               # (columns,) its eigenvalues, falling
    axes: Array                 # (columns, columns) its eigenvectors as rows, the largest entry of each positive
    by_svd: Array               # (columns,) squared singular values of Y over rows - 1; empty where Y is too large
    by_score: Array             # (columns,) 1 or -1: turns each axis so that its largest score is positive
    within: Array               # (columns, columns) scatter of the samples about the means of their classes
    between: Array              # (columns, columns) scatter of those means; the two together are that about the mean


SVD_CELLS = 400_000             # up to so many cells the singular values are computed as well


def prepared(p: Params) -> Prepared:
    """The chosen table, prepared as asked; kept, so that turning an axis costs nothing but the turn."""
    return _prepared(table_of(p), p.prepare)


@lru_cache(maxsize=1)
def _prepared(table: Table, how: str) -> Prepared:
    x = table.x
    columns = x.shape[1]
    mean, covariance = scatter(x)
    shift, mix, unmix = np.zeros(columns) if how == "none" else mean, np.eye(columns), np.eye(columns)
    if how == "standardise":
        deviation = np.sqrt(np.diag(covariance))
        deviation[deviation <= 1e-12 * deviation.max(initial=0.0)] = 1.0        # a column that never changes stays 0
        mix, unmix = np.diag(1 / deviation), np.diag(deviation)
    elif how in ("whiten", "whiten_axes"):
        values, axes = eigen(covariance)
        good = values > 1e-12 * max(values[0], 1e-300)
        root = np.sqrt(values[good])
        mix, unmix = (axes[good].T / root) @ axes[good], (axes[good].T * root) @ axes[good]
        if how == "whiten_axes":                                                # not turned back: the scores, divided
            mix, unmix = mix @ axes.T, axes @ unmix
    y = x if how == "none" else x - shift if how == "centre" else (mix.T @ (x - shift).T).T
    square = covariance if how == "centre" else scatter(y, about_mean=False)[1]
    values, axes = eigen(square)
    by_svd = np.zeros(0)
    if y.size <= SVD_CELLS:
        found = np.linalg.svd(y, compute_uv=False) ** 2 / (len(y) - 1)
        by_svd = np.pad(found, (0, columns - len(found)))
    within, between = within_between(y, table.label)
    names = tuple(str(n + 1) for n in range(columns)) if how == "whiten_axes" else table.columns
    return Prepared(y, table.label, table.classes, names, shift, unmix, square, values, axes, by_svd, score_signs(y, axes),
                    within, between)


def scatter(x: Array, *, about_mean: bool = True) -> tuple[Array, Array]:
    """(mean, scatter over rows - 1) in one pass over chunks; moments are taken about the first chunk's mean.

    That shift matters: a sum of raw squares minus n times the squared mean loses every digit when the mean is large.
    """
    rows, columns = x.shape
    shift = x[:CHUNK].mean(axis=0) if about_mean else np.zeros(columns)
    total, square = np.zeros(columns), np.zeros((columns, columns))
    for part in chunks(x):
        away = part - shift[:, None]
        total += away.sum(axis=1)
        square += np.einsum("as,bs->ab", away, away) if columns <= FEW_COLUMNS else away @ away.T
    if about_mean:
        square -= np.outer(total, total) / rows
    return shift + total / rows, square / (rows - 1)


def chunks(x: Array) -> Iterator[Array]:
    """The samples as columns, so many at a time that they stay in the cache, (columns, samples)."""
    step = max(4096, 2 * CHUNK // x.shape[1])
    for start in range(0, len(x), step):
        yield x.T[:, start:start + step]


def within_between(y: Array, label: Array | None) -> tuple[Array, Array]:
    """(within, between) scatter of the classes, sums over all samples; zero without classes."""
    columns = y.shape[1]
    if label is None:
        return np.zeros((columns, columns)), np.zeros((columns, columns))
    mean, whole = scatter(y)
    counts = np.bincount(label)
    apart = (class_means(y, label) - mean) * np.sqrt(counts)[:, None]
    between = apart.T @ apart
    return whole * (len(y) - 1) - between, between


def class_means(y: Array, label: Array) -> Array:
    """(classes, columns)."""
    return np.stack([np.bincount(label, column) for column in y.T], axis=1) / np.bincount(label)[:, None]


def eigen(matrix: Array) -> tuple[Array, Array]:
    """(eigenvalues falling, eigenvectors as rows with their largest entry positive) of a symmetric matrix."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    axes = vectors.T[::-1]
    largest = np.abs(axes).argmax(axis=1)
    signs = np.sign(axes[np.arange(len(axes)), largest])
    return np.maximum(values[::-1], 0.0), axes * signs[:, None]


def score_signs(y: Array, axes: Array) -> Array:
    """Which sign makes the score that is largest in size, y @ axis, positive, (columns,): scikit-learn's rule before 1.5."""
    most, each = np.zeros(len(axes)), np.arange(len(axes))
    for part in chunks(y):
        scores = axes @ part                                                    # (columns, samples)
        found = scores[each, np.abs(scores).argmax(axis=1)]
        most = np.where(np.abs(found) > np.abs(most), found, most)
    return np.where(most < 0, -1.0, 1.0)


def some_rows(y: Array, most: int) -> Array:
    """At most so many rows, drawn once and for all: the same rows of every table as long as this one."""
    if len(y) <= most:
        return y
    return y[np.sort(np.random.default_rng(0).choice(len(y), most, replace=False))]
