"""Where things stand in the picture of PCA: the box of the cloud, pictures side by side, the longest loadings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.classical.pca_data import columns_of, is_digits, is_space
from engine.core import Array

if TYPE_CHECKING:
    from engine.classical.pca import Frame, Params

SIDE, GAP = 8, 1                        # pixels of a digit, and between two
LONGEST = 7                             # loadings shown
Box = tuple[float, float, float, float]


def layout(p: Params) -> str:
    """The views for this kind of data."""
    if is_digits(p.source):
        return "2| pictures:1.6 components / 2.6| cloud:1.6 scree"
    small = "gaze" if is_space(p.source) else "turning" if columns_of(p.source) <= 2 else "loadings"
    return f"3.2| cloud / 2| {small} scree"


def box_of(f: Frame) -> Box:
    """The range of the cloud, of two deviations and of the origin, and a little room, (x low, x high, y low, y high)."""
    x0, x1, y0, y1 = (float(v) for v in f.cloud.value.box)
    across, up = 2 * np.sqrt(np.maximum(np.diag(f.round), 0.0))
    x0, x1, y0, y1 = min(x0, -across), max(x1, across), min(y0, -up), max(y1, up)
    room = 0.06 * max(x1 - x0, y1 - y0, 1e-9)
    return x0 - room, x1 + room, y0 - room, y1 + room


def grip(box: Box) -> float:
    """How far from the origin the axis is held: within the box whichever way it points."""
    return 0.82 * max(-box[2], box[3])


def ellipse(square: Array, deviations: float = 2.0) -> tuple[Array, Array]:
    """The curve at so many deviations from the origin in every direction."""
    values, vectors = np.linalg.eigh(square)
    turn = np.linspace(0, 2 * math.pi, 121)
    x, y = vectors @ (deviations * np.sqrt(np.maximum(values, 0.0))[:, None] * np.stack([np.cos(turn), np.sin(turn)]))
    return x, y


def feet(f: Frame) -> tuple[Array, Array]:
    """Where the samples fall on the hand's axis."""
    along = f.cloud.value.x * f.axis[0] + f.cloud.value.y * f.axis[1]
    return along * f.axis[0], along * f.axis[1]


def mosaic(pictures: Array, columns: int) -> Array:
    """Pictures (count, 8, 8) in rows of so many, NaN between them."""
    count = len(pictures)
    rows = -(-count // columns)
    step = SIDE + GAP
    made = np.full((rows * step - GAP, columns * step - GAP), np.nan)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        made[row * step:row * step + SIDE, column * step:column * step + SIDE] = picture
    return made


def signs(f: Frame, p: Params) -> Array:
    """1 or -1 for each axis: its arrow, its loadings and its picture turn round, and nothing else does, (columns,)."""
    return f.by_score if p.signs == "score" else np.ones(len(f.by_score))


def noise_band(f: Frame) -> tuple[float, float] | None:
    """Between which shares the eigenvalues of pure noise lie, (1 -+ sqrt(columns / rows))^2; None where that is not asked."""
    if f.noise is None or not f.total:
        return None
    return (2 - math.sqrt(f.noise)) ** 2 / f.total, f.noise / f.total


def longest_loadings(f: Frame) -> Array:
    """Which columns weigh most on the first axis, at most LONGEST of them, the heaviest first."""
    return np.argsort(-np.abs(f.loadings), kind="stable")[:LONGEST]
