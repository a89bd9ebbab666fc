"""What the picture shows of many columns: the plane that is looked at, the samples in it, and digits as pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from engine.classical.pca_data import Prepared, chunks, class_means, is_digits, is_space
from engine.core import Array

if TYPE_CHECKING:
    from engine.classical.pca import Params

MOST_POINTS = 20_000            # more samples are shown as a density
CELLS = 240                     # of the density, along its longer side
DIGIT, EIGEN = 8, 20            # pixels a side; components shown as pictures


@dataclass(frozen=True, eq=False)
class Plane:
    """Two directions to the right and upward, and the direction that the hand turns (in space: the gaze)."""

    basis: Array                # (2, columns)
    hand: Array                 # (columns,) of length 1


@dataclass(frozen=True, eq=False)
class Cloud:
    """The samples in the plane: points, or a density where there are too many."""

    x: Array                    # (points,)
    y: Array
    depth: Array                # (points,) toward the eye, in space; empty in a plane
    label: Array                # (points,); empty without classes
    counts: Array               # (rows, columns) samples in each cell; (0, 0) where points are shown
    box: Array                  # (4,) x low, x high, y low, y high
    means: Array                # (classes, 2)


@dataclass(frozen=True, eq=False)
class Pictures:
    """Ten digits as they were, as the kept components give them back, and components as pictures."""

    originals: Array            # (10, 8, 8)
    rebuilt: Array              # (10, 8, 8)
    components: Array           # (20, 8, 8)


def plane_of(p: Params, of: Prepared) -> Plane:
    """Two columns are their own plane, space is seen along the gaze, more columns along their first two components."""
    a = math.radians(p.angle)
    columns = of.y.shape[1]
    if is_space(p.source):
        e = math.radians(p.elevation)
        gaze = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
        right = np.array([-math.sin(a), math.cos(a), 0.0])
        return Plane(np.stack([right, np.cross(gaze, right)]), gaze)
    basis = np.eye(2) if columns == 2 else of.axes[:2]
    return Plane(basis, math.cos(a) * basis[0] + math.sin(a) * basis[1])


def cloud_of(of: Prepared, plane: Plane, space: bool) -> Cloud:
    """The samples in the plane; turning an axis within it gives the same cloud again."""
    return _cloud(of, plane.basis.tobytes(), plane.hand.tobytes() if space else b"")


@lru_cache(maxsize=1)
def _cloud(of: Prepared, basis: bytes, gaze: bytes) -> Cloud:
    flat = np.frombuffer(basis).reshape(2, -1)
    seen = of.y.T if flat.shape[1] == 2 else flat @ of.y.T                              # (2, samples)
    low, high = seen.min(axis=1), seen.max(axis=1)
    box = np.array([low[0], high[0], low[1], high[1]])
    means = np.zeros((0, 2)) if of.label is None else class_means(seen.T, of.label)
    if seen.shape[1] > MOST_POINTS:
        empty = np.zeros(0)
        return Cloud(empty, empty, empty, empty, _density(seen, low, high), box, means)
    label = np.zeros(0) if of.label is None else of.label
    depth = of.y @ np.frombuffer(gaze) if gaze else np.zeros(0)
    return Cloud(seen[0].copy(), seen[1].copy(), depth, label, np.zeros((0, 0)), box, means)


def _density(seen: Array, low: Array, high: Array) -> Array:
    """Samples in square cells over the box that holds them all, (rows, columns)."""
    size = np.maximum(high - low, 1e-300)
    cell = float(size.max()) / CELLS
    columns, rows = (max(1, math.ceil(s / cell)) for s in size)
    counts = np.zeros(rows * columns, np.int64)
    for x, y in chunks(seen.T):
        across = np.minimum((x - low[0]) * (columns / size[0]), columns - 1).astype(np.int32)
        up = np.minimum((y - low[1]) * (rows / size[1]), rows - 1).astype(np.int32)
        counts += np.bincount(up * columns + across, minlength=rows * columns)
    return counts.reshape(rows, columns)


def pictures_of(p: Params, of: Prepared) -> Pictures:
    """The p.sample-th handwriting of each of the ten digits, rebuilt from k components; empty of other tables."""
    if not is_digits(p.source):
        none = np.zeros((0, DIGIT, DIGIT))
        return Pictures(none, none, none)
    assert of.label is not None
    rows = np.array([np.flatnonzero(of.label == digit)[p.sample] for digit in range(10)])
    kept = of.axes[:p.k]
    y = of.y[rows]                                                                      # (10, 64)
    rebuilt = y @ kept.T @ kept
    shape = (-1, DIGIT, DIGIT)
    return Pictures((y @ of.unmix + of.shift).reshape(shape), (rebuilt @ of.unmix + of.shift).reshape(shape),
                    of.axes[:EIGEN].reshape(shape))
