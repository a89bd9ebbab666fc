"""Contours: lines of equal value over a grid, found by marching squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.core.frame import Array
from panels.kit import raster
from panels.kit.colored import digest
from panels.kit.mark import Box, Extent, Mark, no_values
from panels.kit.paper import Paper


@dataclass(frozen=True, eq=False)
class Contours(Mark):
    """Lines of equal value over a grid of nodes that spans x and y."""

    values: Array = no_values()
    x: tuple[float, float] = (0.0, 1.0)
    y: tuple[float, float] = (0.0, 1.0)
    levels: tuple[float, ...] = ()
    width: float = 1.0
    alpha: float = 0.5

    def extent(self) -> Extent | None:
        return min(self.x), max(self.x), min(self.y), max(self.y)

    def paint(self, paper: Paper, box: Box) -> None:
        rows, columns = self.values.shape
        paper.use(paper.pen(self.role, self.width, (), self.alpha))
        known = digest(self.values)
        for level in self.levels:
            pieces = crossings(self.values, level, known)              # (k, 2 ends, (column, row)) in cells
            if not len(pieces):
                continue
            at_x = self.x[0] + pieces[..., 0] / (columns - 1) * (self.x[1] - self.x[0])
            at_y = self.y[0] + pieces[..., 1] / (rows - 1) * (self.y[1] - self.y[0])
            a, b = box.px(at_x[:, 0], at_y[:, 0]), box.px(at_x[:, 1], at_y[:, 1])
            paper.painter.drawLines(raster.SEGMENTS.of(np.concatenate([a, b], axis=1)))

    def as_ghost(self) -> Mark | None:
        return None


_CONTOURS: dict[tuple[bytes, float], Array] = {}


def crossings(values: Array, level: float, known: bytes | None = None) -> Array:
    """Marching squares: the straight pieces of a contour, (k, 2, 2) as (column, row) of both ends."""
    key = (known or digest(values), level)
    found = _CONTOURS.get(key)
    if found is None:
        if len(_CONTOURS) > 400:
            _CONTOURS.clear()
        found = _CONTOURS[key] = _march(values, level)
    return found


def _march(values: Array, level: float) -> Array:
    v = np.where(np.isfinite(values), values, np.inf) - level
    a, b, c, d = v[:-1, :-1], v[:-1, 1:], v[1:, 1:], v[1:, :-1]         # corners, counter-clockwise from (0, 0)
    rows, columns = np.indices(a.shape)
    with np.errstate(all="ignore"):
        edges = np.stack([
            np.stack([columns + a / (a - b), rows + 0.0 * a], -1),      # bottom, right, top, left
            np.stack([columns + 1 + 0.0 * a, rows + b / (b - c)], -1),
            np.stack([columns + d / (d - c), rows + 1 + 0.0 * a], -1),
            np.stack([columns + 0.0 * a, rows + a / (a - d)], -1),
        ])                                                              # (4 edges, rows, columns, 2)
    crossed = np.stack([(a > 0) != (b > 0), (b > 0) != (c > 0), (d > 0) != (c > 0), (a > 0) != (d > 0)])
    found = []
    for first, second in ((0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (1, 3)):
        others = [e for e in range(4) if e not in (first, second)]
        two = crossed[first] & crossed[second] & ~crossed[others[0]] & ~crossed[others[1]]
        four = crossed.all(axis=0) & (((a > 0) == ((first, second) in ((0, 1), (2, 3)))) &
                                      ((first, second) in ((0, 1), (2, 3), (1, 2), (3, 0))))
        here = two | four
        if here.any():
            found.append(np.stack([edges[first][here], edges[second][here]], axis=1))
    pieces = np.concatenate(found) if found else np.zeros((0, 2, 2))
    return pieces[np.isfinite(pieces).all(axis=(1, 2))]
