"""What every mark can do: say how far it reaches, paint itself, offer places for its label, and be read by a cursor."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from engine.core.frame import Array
from panels.kit.paper import Paper, finite
from panels.kit.scale import Scale

Extent = tuple[float, float, float, float]


def no_values() -> Any:
    """The default of a mark's array."""
    return field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(frozen=True)
class Box:
    """A view's plot area at one size: where data goes in pixels."""

    rect: QRectF
    x: Scale
    y: Scale

    def px(self, x: Any, y: Any) -> Array:
        """Data points as pixels, (k, 2)."""
        at_x, at_y = np.broadcast_arrays(np.atleast_1d(self.x.px(x)), np.atleast_1d(self.y.px(y)))
        return np.stack([at_x, at_y], axis=1)

    def shorten(self, points: Array) -> Array:
        """Pixels far outside the plot area brought near it, so that no painter meets a coordinate of 10^300."""
        r, room = self.rect, 4000.0
        low = [r.left() - room, r.top() - room]
        high = [r.right() + room, r.bottom() + room]
        return np.clip(points, low, high)


class Place(NamedTuple):
    """A place where a label may stand: its anchor point, its side, and how little it is liked."""

    x: float
    y: float
    anchor: str
    cost: float


@dataclass(frozen=True)
class Reading:
    """What the data cursor reads off a mark: the data values and where they are on screen."""

    mark: str
    x: float
    y: float
    value: float | None
    at: QPointF
    distance: float
    cell: tuple[int, int] | None = None         # (row, column) of marks that are made of cells


@dataclass(frozen=True)
class Pick:
    """What a click on a mark asks for: parameters of the row and of the column, and what they become there.

    Without `rows` and `columns` that is the number at the place itself; with them, one for each of the cells' rows or
    columns, None where a click says nothing.
    """

    sets: tuple[str | None, str | None]
    rows: tuple[Any, ...] | None = None
    columns: tuple[Any, ...] | None = None

    def values(self, reading: Reading) -> dict[str, Any]:
        """The parameters asked for where the pointer reads this; empty where nothing is."""
        found: dict[str, Any] = {}
        places = int(reading.y), int(reading.x)
        cells = reading.cell or places
        for name, choices, cell, place in zip(self.sets, (self.rows, self.columns), cells, places, strict=True):
            value = place if choices is None else choices[cell] if cell < len(choices) else None
            if name is not None and value is not None:
                found[name] = value
        return found


@dataclass(frozen=True, eq=False)
class Mark:
    """A named thing in a view. `label` is the text of its direct label, already in the language."""

    name: str
    role: str = "data"
    label: str = field(default="", kw_only=True)
    at: str | float = field(default="auto", kw_only=True)
    pin: bool = field(default=True, kw_only=True)
    ghosted: bool = field(default=False, kw_only=True)
    clips = True

    def extent(self) -> Extent | None:
        """(x low, x high, y low, y high) of the data, or None where the mark does not stretch the axes."""
        return None

    def positive(self) -> Extent | None:
        """As `extent`, of the positive values alone, for logarithmic axes."""
        return self.extent()

    def paint(self, paper: Paper, box: Box) -> None:
        """Paint it within a plot's box."""
        raise NotImplementedError

    def obstacles(self, box: Box) -> Array:
        """Pixels that labels had better not cover, (k, 2)."""
        return np.zeros((0, 2))

    def places(self, box: Box, paper: Paper) -> list[Place]:
        """Where its label may stand."""
        return []

    def read(self, box: Box, at: QPointF) -> Reading | None:
        """The reading nearest to a pixel."""
        return None

    def as_ghost(self) -> Mark | None:
        """The mark as a pinned run shows it; None for marks that are left out."""
        return replace(self, role="ghost", label="", ghosted=True) if self.pin else None


def reach(x: Array, y: Array) -> Extent | None:
    """The extent of the finite points among (x, y)."""
    x, y = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
    if not x.size:
        return None
    ends = float(x.min()), float(x.max()), float(y.min()), float(y.max())
    if all(map(math.isfinite, ends)):                   # as nearly always: NaN and infinity would show in the ends
        return ends
    good = np.isfinite(x) & np.isfinite(y)
    if not good.any():
        return None
    return float(x[good].min()), float(x[good].max()), float(y[good].min()), float(y[good].max())


def positive_reach(x: Array, y: Array) -> Extent | None:
    """The extent of the points with both coordinates positive where they can be: for logarithmic axes."""
    x, y = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
    with np.errstate(all="ignore"):
        return reach(np.where(x > 0, x, np.nan), np.where(y > 0, y, np.nan))


def nearest(name: str, box: Box, x: Array, y: Array, at: QPointF, value: Array | None = None) -> Reading | None:
    """The reading of the data point whose pixel is nearest."""
    points = box.px(x, y)
    if not len(points):
        return None
    gap = np.hypot(points[:, 0] - at.x(), points[:, 1] - at.y())
    gap = np.where(np.isfinite(gap), gap, np.inf)
    best = int(np.argmin(gap))
    if not np.isfinite(gap[best]):
        return None
    xs, ys = np.broadcast_arrays(np.atleast_1d(x), np.atleast_1d(y))
    return Reading(name, float(xs[best]), float(ys[best]), None if value is None else float(np.ravel(value)[best]),
                   QPointF(*points[best]), float(gap[best]))


def along(points: Array, box: Box, paper: Paper, at: str | float) -> list[Place]:
    """Places along a line's pixels: above and below it at many stretches, or just where `at` says."""
    points = points[finite(points)]
    r = box.rect
    points = points[(points[:, 0] >= r.left() - 1) & (points[:, 0] <= r.right() + 1)
                    & (points[:, 1] >= r.top() - 1) & (points[:, 1] <= r.bottom() + 1)]
    if not len(points):
        return []
    if at == "start":
        shares = np.array([0.0, 0.06])
    elif isinstance(at, int | float):
        shares = np.clip(float(at) + np.array([0.0, -0.04, 0.04]), 0, 1)
    else:
        shares = np.linspace(0.04, 0.96, 24)
    chosen = points[np.round(shares * (len(points) - 1)).astype(int)]
    near, places = paper.px(9), []
    for number, ((x, y), share) in enumerate(zip(chosen.tolist(), shares.tolist(), strict=True)):
        likes = 0.4 * abs(share - 0.66) if at == "auto" else 0.02 * number
        places += [Place(x, y - near, "center bottom", likes), Place(x, y + near, "center top", likes + 0.05),
                   Place(x, y - 2.2 * near, "center bottom", likes + 0.06), Place(x, y + 2.2 * near, "center top", likes + 0.1),
                   Place(x + near, y, "left", likes + 0.08), Place(x - near, y, "right", likes + 0.1)]
    return places
